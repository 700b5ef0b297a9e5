package ui

import (
	"net/http"
	"net/url"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

const cutoverPath = "/cutover"

// noSchool stands in addresses for the iPads that belong to no school yet.
const noSchool = "none"

func cutoverAddress(id school.SchoolID) string {
	return cutoverPath + "/" + url.PathEscape(orElse(string(id), noSchool))
}

var cutoverKinds = map[store.Cutover]web.StatusKind{store.CutLate: web.Warning, store.CutRefused: web.Warning, store.CutElsewhere: web.Off, store.CutErase: web.Waiting, store.CutMoves: web.Busy, store.CutTaken: web.OK}

func cutoverStatus(l web.Lang, is store.Cutover) *web.Status {
	return &web.Status{Kind: cutoverKinds[is], Text: web.T(l, "cutover.is."+string(is))}
}

// cutoverPage is the board: every school with how many of its iPads have come over from another management, and how the others will.
func (u *UI) cutoverPage(w http.ResponseWriter, r *http.Request, v view) error {
	schools, err := u.st.CutoverSchools(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{}), Lead: web.T(v.lang, "cutover.lead"), Files: filesOf(r)}
	p.Title = p.T("admin.cutover")
	p.Place = u.adminPlace(&p.Frame, v)
	if p.Alert, err = u.contentWarning(r, v, true); err != nil {
		return err
	}
	p.Columns = []web.Column{{Name: p.T("devices.school")}, {Name: p.T("cutover.taken")}}
	for _, is := range store.Cutovers[:len(store.Cutovers)-1] {
		p.Columns = append(p.Columns, web.Column{Name: p.T("cutover.is." + string(is)), Numeric: true})
	}
	var lines [][]string
	for _, x := range schools {
		here := cutoverAddress(x.School)
		taken := p.T("cutover.of", x.Are[store.CutTaken], x.Devices)
		row, line := []cell{{Text: orElse(x.Name, p.T("cutover.none.school")), Href: here}, {Text: taken}}, []string{orElse(x.Name, p.T("cutover.none.school")), taken}
		for _, is := range store.Cutovers[:len(store.Cutovers)-1] {
			c := cell{Text: p.Lang.Number(int64(x.Are[is])), Numeric: true}
			if x.Are[is] > 0 {
				c.Href = here + "?is=" + string(is)
			}
			row, line = append(row, c), append(line, c.Text)
		}
		p.Rows, lines = append(p.Rows, row), append(lines, line)
	}
	if wantsFile(r) {
		return sendList(w, r, p.T("cutover.file"), heads(p.Columns), func(yield func([]string, error) bool) {
			for _, line := range lines {
				if !yield(line, nil) {
					return
				}
			}
		})
	}
	p.Empty = web.Empty{Title: p.T("cutover.none"), Text: p.T("cutover.none.text")}
	if v.by.CanSomewhere(school.Enroll, v.by.Tenant) {
		p.Empty.Actions = []web.Action{{Text: p.T("admin.deliveries"), Href: "/deliveries", Primary: true}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// contentWarning says that licences are given by one system alone: which location another one still uses, and with always what
// to do before iPads come over.
func (u *UI) contentWarning(r *http.Request, v view, always bool) (*web.Alert, error) {
	a := &web.Alert{Kind: web.Note, Title: web.T(v.lang, "cutover.content"), Text: web.T(v.lang, "cutover.content.text")}
	tokens, err := u.st.ContentTokens(r.Context(), v.by)
	if err != nil && school.KindOf(err) != school.NotFound {
		return nil, err
	}
	for _, t := range tokens {
		if t.ClaimedBy != "" {
			a.Kind, a.Title = web.Warning, web.T(v.lang, "content.foreign", t.ClaimedBy)
			always = true
		}
	}
	if !always {
		return nil, nil
	}
	if v.can(school.Apple) {
		a.Actions = []web.Action{{Text: web.T(v.lang, "content.title"), Href: contentPath}}
	}
	return a, nil
}

// cutoverOf reads the school of an address.
func (u *UI) cutoverOf(r *http.Request, v view) (store.CutoverSchool, error) {
	id := school.SchoolID(routeVar(r, "school"))
	if id == noSchool {
		id = ""
	}
	return u.st.CutoverOf(r.Context(), v.by, id)
}

// cutoverSchool lists the iPads of a school, each with how far it is and what helps.
func (u *UI) cutoverSchool(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.cutoverOf(r, v)
	if err != nil {
		return err
	}
	here, is := cutoverAddress(x.School), store.Cutover(r.URL.Query().Get("is"))
	if wantsFile(r) {
		return u.cutoverFile(w, r, v, x, is)
	}
	list, err := u.st.CutoverDevices(r.Context(), v.by, x.School, is, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{}), Pager: keyPager(r, len(list.Rows), list.Next), Files: filesOf(r)}
	p.Title = orElse(x.Name, p.T("cutover.none.school"))
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.cutover"), Href: cutoverPath})
	p.Lead = p.T("cutover.school.lead", x.Are[store.CutTaken], x.Devices)
	if x.School != "" && !x.Network {
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("cutover.network"), Text: p.T("cutover.network.text"), Actions: []web.Action{{Text: x.Name, Href: schoolAddress(x.School)}}}
	}
	p.Actions = []web.Action{{Text: p.T("cutover.try"), Href: here + "/sheet", Primary: true}}
	if x.Are[store.CutElsewhere] > 0 {
		p.Actions = append(p.Actions, web.Action{Text: p.T("cutover.serials", x.Are[store.CutElsewhere]), Href: here + "/serials.csv"})
	}
	p.Tabs = []web.Tab{{Name: p.T("devices.all"), Href: here, Current: is == "", Counted: true, Count: x.Devices}}
	for _, k := range store.Cutovers {
		if x.Are[k] > 0 || k == is {
			p.Tabs = append(p.Tabs, web.Tab{Name: p.T("cutover.is." + string(k)), Href: here + "?is=" + string(k), Current: k == is, Counted: true, Count: x.Are[k]})
		}
	}
	p.Columns = []web.Column{{Name: p.T("devices.number")}, {Name: p.T("devices.serial")}, {Name: p.T("devices.class")}, {Name: p.T("devices.state")}, {Name: p.T("cutover.helps")}}
	for _, d := range list.Rows {
		class := cell{}
		if d.Class != "" {
			class = cell{Text: web.ClassName(v.lang, d.ClassName), Href: classAddress(d.Class)}
		}
		p.Rows = append(p.Rows, []cell{{Text: orElse(d.Number, d.Serial), Href: deviceAddress(d.Device)}, {Code: d.Serial}, class, {Status: cutoverStatus(v.lang, d.Is)}, {Text: sheet.CutoverHelps(v.lang, d)}})
	}
	p.Empty = web.Empty{Title: p.T("cutover.nothing")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) everyCutover(r *http.Request, v view, at school.SchoolID, is store.Cutover) func(yield func(store.CutoverDevice, error) bool) {
	return everyRow(func(after string) (store.Page[store.CutoverDevice], error) {
		return u.st.CutoverDevices(r.Context(), v.by, at, is, after)
	})
}

func (u *UI) cutoverFile(w http.ResponseWriter, r *http.Request, v view, x store.CutoverSchool, is store.Cutover) error {
	t := func(key string) string { return web.T(v.lang, key) }
	head := []string{t("devices.number"), t("devices.serial"), t("devices.class"), t("devices.state"), t("cutover.until"), t("cutover.helps")}
	return sendList(w, r, t("cutover.file"), head, func(yield func([]string, error) bool) {
		for d, err := range u.everyCutover(r, v, x.School, is) {
			until := ""
			if !d.Until.IsZero() {
				until = v.lang.Date(d.Until)
			}
			if !yield([]string{d.Number, d.Serial, d.ClassName, t("cutover.is." + string(d.Is)), until, sheet.CutoverHelps(v.lang, d)}, err) || err != nil {
				return
			}
		}
	})
}

// cutoverSerials are the serials that are to be assigned to this server, as Apple School Manager takes them: one per line and
// nothing else.
func (u *UI) cutoverSerials(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.cutoverOf(r, v)
	if err != nil {
		return err
	}
	var b strings.Builder
	for d, err := range u.everyCutover(r, v, x.School, store.CutElsewhere) {
		if err != nil {
			return err
		}
		b.WriteString(d.Serial + "\n")
	}
	return sendFile(w, "text/csv; charset=utf-8", web.T(v.lang, "cutover.serials.file")+".csv", []byte(b.String()))
}

// cutoverSheet is the dry run of a school on one sheet.
func (u *UI) cutoverSheet(r *http.Request, v view) (sheet.Sheet, store.CutoverSchool, error) {
	x, err := u.cutoverOf(r, v)
	if err != nil {
		return sheet.Sheet{}, x, err
	}
	s, err := u.writer().Cutover(r.Context(), v.reads(), x)
	return s, x, err
}

func (u *UI) cutoverSheetPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, x, err := u.cutoverSheet(r, v)
	if err != nil {
		return err
	}
	here := cutoverAddress(x.School)
	p := &sheetPage{Frame: u.frame(r, s.Title, web.Crumb{}), Actions: []web.Action{{Text: web.T(v.lang, "sheet.pdf"), Href: here + "/sheet.pdf"}}}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.cutover"), Href: cutoverPath}, web.Crumb{Name: orElse(x.Name, p.T("cutover.none.school")), Href: here})
	return u.site.Render(w, r, http.StatusOK, "sheet", p.shows(s))
}

func (u *UI) cutoverPDF(w http.ResponseWriter, r *http.Request, v view) error {
	s, _, err := u.cutoverSheet(r, v)
	if err != nil {
		return err
	}
	return sendSheet(w, s, v.lang, v.now, web.T(v.lang, "cutover.file"))
}

func init() {
	web.Add(web.Words{
		"admin.cutover":        {"Umzug aus anderer Verwaltung", "Moving from another management"},
		"admin.text.cutover":   {"iPads von IServ MDM oder einer anderen Verwaltung übernehmen, Schule für Schule.", "Take iPads over from IServ MDM or another management, school by school."},
		"cutover.lead":         {"Wie weit jede Schule ist, deren iPads bisher IServ MDM oder eine andere Verwaltung hatte. Beide können nebeneinander laufen: Ein iPad gehört immer zu genau einer, und welche das ist, legt Apple School Manager fest.", "How far each school is whose iPads had IServ MDM or another management so far. Both can run side by side: an iPad always belongs to exactly one, and Apple School Manager decides which."},
		"cutover.taken":        {"Übernommen", "Taken over"},
		"cutover.of":           {"{1} von {2}", "{1} of {2}"},
		"cutover.none":         {"Noch keine iPads bekannt", "No iPads known yet"},
		"cutover.none.text":    {"Kündigen Sie die iPads mit einer Lieferliste an: Seriennummer, Schule und Inventarnummer genügen. Danach steht hier je Schule, wie sie herüberkommen.", "Announce the iPads with a delivery list: serial, school and inventory number are enough. Then it stands here per school how they come over."},
		"cutover.nothing":      {"Kein iPad in diesem Stand", "No iPad in this state"},
		"cutover.helps":        {"Was geschieht", "What happens"},
		"cutover.school.lead":  {"{1} von {2} iPads sind übernommen. Nichts auf dieser Seite ändert etwas: Der Umzug beginnt in Apple School Manager.", "{1} of {2} iPads are taken over. Nothing on this page changes anything: the move begins in Apple School Manager."},
		"cutover.network":      {"Für diese Schule ist kein Einrichtungs-WLAN hinterlegt", "This school has no set-up network"},
		"cutover.try":          {"Probelauf ansehen", "See the dry run"},
		"cutover.serials":      {"{1} {1:Seriennummer|Seriennummern} für Apple School Manager", "{1} {1:serial|serials} for Apple School Manager"},
		"cutover.serials.file": {"seriennummern", "serials"},
		"cutover.content":      {"Lizenzen gibt immer nur ein System aus", "Only one system gives licences"},
	})
}
