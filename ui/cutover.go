package ui

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

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
	id := school.SchoolID(mux.Vars(r)["school"])
	if id == noSchool {
		id = ""
	}
	schools, err := u.st.CutoverSchools(r.Context(), v.by)
	for _, x := range schools {
		if x.School == id {
			return x, nil
		}
	}
	if err == nil && id != "" { // it has no iPads
		s, err := u.st.School(r.Context(), v.by, id)
		return store.CutoverSchool{School: s.ID, Name: s.Name}, err
	}
	if err == nil {
		err = web.ErrNotFound
	}
	return store.CutoverSchool{}, err
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
		p.Rows = append(p.Rows, []cell{{Text: orElse(d.Number, d.Serial), Href: deviceAddress(d.Device)}, {Code: d.Serial}, class, {Status: cutoverStatus(v.lang, d.Is)}, {Text: cutoverHelps(v.lang, d)}})
	}
	p.Empty = web.Empty{Title: p.T("cutover.nothing")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// cutoverHelps says what happens to an iPad next, or what somebody has to do.
func cutoverHelps(l web.Lang, d store.CutoverDevice) string {
	switch d.Is {
	case store.CutMoves, store.CutLate:
		return web.T(l, "cutover.helps."+string(d.Is), l.Date(d.Until))
	case store.CutTaken:
		return web.T(l, "cutover.helps.taken", l.Date(d.Enrolled))
	}
	return web.T(l, "cutover.helps."+string(d.Is))
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
			if !yield([]string{d.Number, d.Serial, d.ClassName, t("cutover.is." + string(d.Is)), until, cutoverHelps(v.lang, d)}, err) || err != nil {
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

// cutoverSheet is the dry run of a school on one sheet: what to look at before, what becomes of which iPad, what somebody does,
// and the way back.
func (u *UI) cutoverSheet(r *http.Request, v view) (sheet.Sheet, store.CutoverSchool, error) {
	x, err := u.cutoverOf(r, v)
	if err != nil {
		return sheet.Sheet{}, x, err
	}
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	s := sheet.Sheet{Title: t("cutover.sheet", orElse(x.Name, t("cutover.none.school"))), Lead: t("cutover.sheet.lead", x.Are[store.CutTaken], x.Devices),
		Foot: t("cutover.sheet.foot", v.authority.Name, v.lang.DateTime(v.now))}
	network := t("cutover.before.network")
	if x.School != "" && !x.Network {
		network = t("cutover.network.text")
	}
	s.Add(sheet.Part{Heading: t("cutover.before"), Points: []string{network, t("cutover.before.profiles"), t("cutover.content.text"), t("cutover.before.lock"), t("cutover.before.backup")}})
	for _, is := range store.Cutovers {
		if x.Are[is] == 0 || is == store.CutTaken {
			continue
		}
		p := sheet.Part{Heading: t("cutover.part", t("cutover.is."+string(is)), x.Are[is]), Texts: []string{t("cutover.do." + string(is))},
			Head: []string{t("devices.number"), t("devices.serial"), t("devices.class"), t("cutover.until")}, Shares: []float64{2, 3, 2, 2}}
		for d, err := range u.everyCutover(r, v, x.School, is) {
			if err != nil {
				return s, x, err
			}
			until := ""
			if !d.Until.IsZero() {
				until = v.lang.Date(d.Until)
			}
			p.Rows = append(p.Rows, []string{d.Number, d.Serial, web.ClassName(v.lang, d.ClassName), until})
		}
		s.Add(p)
	}
	s.Add(sheet.Part{Heading: t("cutover.back"), Points: []string{t("cutover.back.1"), t("cutover.back.2"), t("cutover.back.3")}})
	return s, x, nil
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
		"admin.cutover":           {"Umzug aus anderer Verwaltung", "Moving from another management"},
		"admin.text.cutover":      {"iPads von IServ MDM oder einer anderen Verwaltung übernehmen, Schule für Schule.", "Take iPads over from IServ MDM or another management, school by school."},
		"cutover.lead":            {"Wie weit jede Schule ist, deren iPads bisher IServ MDM oder eine andere Verwaltung hatte. Beide können nebeneinander laufen: Ein iPad gehört immer zu genau einer, und welche das ist, legt Apple School Manager fest.", "How far each school is whose iPads had IServ MDM or another management so far. Both can run side by side: an iPad always belongs to exactly one, and Apple School Manager decides which."},
		"cutover.taken":           {"Übernommen", "Taken over"},
		"cutover.of":              {"{1} von {2}", "{1} of {2}"},
		"cutover.file":            {"umzug", "move"},
		"cutover.none":            {"Noch keine iPads bekannt", "No iPads known yet"},
		"cutover.none.text":       {"Kündigen Sie die iPads mit einer Lieferliste an: Seriennummer, Schule und Inventarnummer genügen. Danach steht hier je Schule, wie sie herüberkommen.", "Announce the iPads with a delivery list: serial, school and inventory number are enough. Then it stands here per school how they come over."},
		"cutover.none.school":     {"Ohne Schule", "Without a school"},
		"cutover.nothing":         {"Kein iPad in diesem Stand", "No iPad in this state"},
		"cutover.is.late":         {"Frist vorbei", "deadline has passed"},
		"cutover.is.refused":      {"von Apple abgelehnt", "refused by Apple"},
		"cutover.is.elsewhere":    {"noch nicht zugewiesen", "not assigned yet"},
		"cutover.is.erase":        {"wartet aufs Löschen", "waits to be erased"},
		"cutover.is.moves":        {"kommt ohne Löschen", "comes without an erase"},
		"cutover.is.taken":        {"übernommen", "taken over"},
		"cutover.helps":           {"Was geschieht", "What happens"},
		"cutover.helps.late":      {"Die Frist war am {1}. Einschalten und mit einem WLAN verbinden; erscheint keine Aufforderung, in der alten Verwaltung löschen.", "The deadline was on {1}. Switch it on and connect it to a Wi-Fi; if it asks for nothing, erase it in the old management."},
		"cutover.helps.refused":   {"Apple nimmt das Einrichtungsprofil für dieses iPad nicht an. Die Seite des Apple-Servers sagt, warum.", "Apple does not take the enrolment profile for this iPad. The page of the Apple server says why."},
		"cutover.helps.elsewhere": {"In Apple School Manager diesem Server zuweisen; die Liste der Seriennummern steht oben.", "Assign it to this server in Apple School Manager; the list of serials is above."},
		"cutover.helps.erase":     {"In der alten Verwaltung löschen. Beim Einrichten kommt es von selbst hierher.", "Erase it in the old management. When it is set up it comes here by itself."},
		"cutover.helps.moves":     {"Kommt mit allen Daten von selbst, spätestens am {1}. Bis dahin erinnert es jeden Tag.", "Comes by itself with all its data, on {1} at the latest. Until then it reminds every day."},
		"cutover.helps.taken":     {"Angemeldet am {1}.", "Enrolled on {1}."},
		"cutover.until":           {"Frist", "Deadline"},
		"cutover.school.lead":     {"{1} von {2} iPads sind übernommen. Nichts auf dieser Seite ändert etwas: Der Umzug beginnt in Apple School Manager.", "{1} of {2} iPads are taken over. Nothing on this page changes anything: the move begins in Apple School Manager."},
		"cutover.network":         {"Für diese Schule ist kein Einrichtungs-WLAN hinterlegt", "This school has no set-up network"},
		"cutover.network.text":    {"Ohne Einrichtungs-WLAN muss nach dem Löschen an jedem iPad jemand ein WLAN wählen. Tragen Sie es vorher auf der Seite der Schule ein.", "Without a set-up network somebody has to choose a Wi-Fi on every iPad after the erase. Enter it before on the page of the school."},
		"cutover.try":             {"Probelauf ansehen", "See the dry run"},
		"cutover.serials":         {"{1} {1:Seriennummer|Seriennummern} für Apple School Manager", "{1} {1:serial|serials} for Apple School Manager"},
		"cutover.serials.file":    {"seriennummern", "serials"},
		"cutover.content":         {"Lizenzen gibt immer nur ein System aus", "Only one system gives licences"},
		"cutover.content.text":    {"Ein Inhaltstoken aus Apple School Manager darf nicht in zwei Systemen zugleich liegen: Das zweite nimmt dem ersten Lizenzen weg. Legen Sie für die umziehenden Schulen einen eigenen Standort an und übertragen Sie Lizenzen dorthin, oder entfernen Sie das Token in der alten Verwaltung, bevor Sie es hier einsetzen.", "A content token of Apple School Manager must not be in two systems at once: the second takes licences away from the first. Make a location of its own for the schools that move and transfer licences there, or remove the token from the old management before you use it here."},
		"cutover.sheet":           {"{1}: Probelauf des Umzugs", "{1}: dry run of the move"},
		"cutover.sheet.lead":      {"{1} von {2} iPads sind schon übernommen. Noch ist nichts geändert; so geht es mit den übrigen weiter.", "{1} of {2} iPads are taken over already. Nothing is changed yet; this is how the others go on."},
		"cutover.sheet.foot":      {"{1} · Stand {2}", "{1} · as of {2}"},
		"cutover.part":            {"{1} ({2})", "{1} ({2})"},
		"cutover.before":          {"Vorher prüfen", "Look at it before"},
		"cutover.before.network":  {"Das Einrichtungs-WLAN der Schule ist hinterlegt und heute in jedem Klassenraum zu empfangen.", "The set-up network of the school is entered and reaches every classroom today."},
		"cutover.before.profiles": {"WLAN, Einschränkungen und Apps der Schule sind hier zugewiesen. Ein iPad, das ohne Löschen kommt, behält nur die Apps, die es auch hier bekommt; die übrigen löscht es mit ihren Daten.", "Wi-Fi, restrictions and apps of the school are assigned here. An iPad that comes without an erase keeps only the apps it gets here, too; it deletes the others with their data."},
		"cutover.before.lock":     {"Die Aktivierungssperre ist in der alten Verwaltung aufgehoben. Codes von dort gelten nach dem Umzug nicht mehr.", "Activation Lock is taken off in the old management. Its codes are void after the move."},
		"cutover.before.backup":   {"Was nur auf dem iPad liegt, ist gesichert, wo gelöscht werden muss.", "What is on the iPad alone is saved where it has to be erased."},
		"cutover.do.late":         {"Diese iPads sollten längst hier sein. Meist sind sie ausgeschaltet oder ohne WLAN.", "These iPads should be here by now. Mostly they are switched off or without Wi-Fi."},
		"cutover.do.refused":      {"Apple nimmt für diese iPads kein Einrichtungsprofil an. Sie bleiben, wo sie sind, bis das geklärt ist.", "Apple takes no enrolment profile for these iPads. They stay where they are until that is settled."},
		"cutover.do.elsewhere":    {"1. Liste der Seriennummern herunterladen. 2. In Apple School Manager unter Geräte diese Seriennummern suchen und diesem Server zuweisen. 3. Haben die iPads iPadOS 26 oder neuer und sind keine geteilten iPads, dabei eine Frist setzen, höchstens 90 Tage: Dann kommen sie ohne Löschen.", "1. Download the list of serials. 2. In Apple School Manager look these serials up under devices and assign them to this server. 3. If the iPads have iPadOS 26 or later and are no Shared iPads, set a deadline, 90 days at most: then they come without an erase."},
		"cutover.do.erase":        {"1. In der alten Verwaltung löschen, klassenweise und am Ladekoffer. 2. Mit dem Einrichtungs-WLAN verbinden. 3. Beim Einrichten kommen sie hierher. Wer stattdessen nachträglich eine Frist setzt, spart ab iPadOS 26 das Löschen.", "1. Erase them in the old management, class by class and next to the charging case. 2. Connect them to the set-up network. 3. When they are set up they come here. Setting a deadline afterwards saves the erase from iPadOS 26 on."},
		"cutover.do.moves":        {"Nichts zu tun: Diese iPads erinnern täglich und ziehen spätestens an der Frist um, mit allen Daten.", "Nothing to do: these iPads remind every day and move at the deadline at the latest, with all their data."},
		"cutover.back":            {"Der Weg zurück", "The way back"},
		"cutover.back.1":          {"Solange ein iPad nicht übernommen ist: in Apple School Manager wieder dem alten Server zuweisen. Es hat nichts bemerkt.", "As long as an iPad is not taken over: assign it to the old server again in Apple School Manager. It noticed nothing."},
		"cutover.back.2":          {"Danach geht es wie hinwärts: dem alten Server zuweisen, ab iPadOS 26 mit Frist und ohne Löschen, sonst mit Löschen von hier aus. Vorher hier die Aktivierungssperre aufheben.", "Afterwards it goes as it came: assign it to the old server, from iPadOS 26 on with a deadline and without an erase, else with an erase from here. Take Activation Lock off here before."},
		"cutover.back.3":          {"Ausleihen, Verträge und Zuweisungen bleiben hier stehen. Lizenzen gibt ein iPad zurück, sobald es sich hier abmeldet.", "Loans, contracts and assignments stay here. An iPad gives its licences back as soon as it leaves."},
	})
}
