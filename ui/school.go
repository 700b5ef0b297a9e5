package ui

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func schoolAddress(id school.SchoolID) string { return "/schools/" + url.PathEscape(string(id)) }

// schools lists the schools.
func (u *UI) schools(w http.ResponseWriter, r *http.Request, v view) error {
	archived := r.URL.Query().Get("archived") == "1"
	rows, err := u.st.Schools(r.Context(), v.by)
	if err != nil {
		return err
	}
	old, err := u.st.ArchivedSchools(r.Context(), v.by)
	if err != nil {
		return err
	}
	t := func(key string) string { return web.T(v.lang, key) }
	text := strings.TrimSpace(r.URL.Query().Get("q"))
	p := &tablePage{Frame: u.frame(r, t("schools.title"), web.Crumb{Name: t("schools.title")}), Files: filesOf(r)}
	p.Columns = []web.Column{{Name: t("schools.name")}, {Name: t("schools.type")}, {Name: t("schools.number")}, {Name: t("schools.classes"), Numeric: true},
		{Name: t("schools.devices"), Numeric: true}, {Name: t("schools.network")}}
	if len(old) > 0 {
		p.Tabs = []web.Tab{{Name: t("schools.tab.open"), Href: "/schools", Current: !archived, Counted: true, Count: len(rows)},
			{Name: t("schools.tab.archived"), Href: "/schools?archived=1", Current: archived, Counted: true, Count: len(old)}}
	}
	restores := archived && v.can(school.EditOrg)
	list := "/schools"
	if archived {
		rows, list = old, list+"?archived=1"
	}
	var shown []store.SchoolRow
	for _, s := range rows {
		if text == "" || strings.Contains(school.Fold(s.Name+" "+s.Number+" "+s.Type), school.Fold(text)) {
			shown = append(shown, s)
		}
	}
	if wantsFile(r) {
		head := make([]string, len(p.Columns))
		for i, c := range p.Columns {
			head[i] = c.Name
		}
		return sendList(w, r, t("schools.file"), head, func(yield func([]string, error) bool) {
			for _, s := range shown {
				if !yield([]string{s.Name, s.Type, s.Number, v.lang.Number(int64(s.Classes)), v.lang.Number(int64(s.Devices)), networkStatus(v.lang, s.HasNetwork).Text}, nil) {
					return
				}
			}
		})
	}
	if restores {
		p.Columns = append(p.Columns, web.Column{Name: t("table.do"), Hidden: true})
	}
	for _, s := range shown {
		status := networkStatus(v.lang, s.HasNetwork)
		row := []cell{{Text: s.Name, Href: schoolAddress(s.ID)}, {Text: s.Type}, {Text: s.Number}, {Text: v.lang.Number(int64(s.Classes)), Numeric: true},
			{Text: v.lang.Number(int64(s.Devices)), Numeric: true, Href: "/devices?school=" + url.QueryEscape(string(s.ID))}, {Status: &status}}
		if restores {
			row = append(row, cell{Actions: []web.Action{v.restoreAction(s.School)}})
		}
		p.Rows = append(p.Rows, row)
	}
	if v.can(school.EditOrg) && !archived {
		p.Actions = []web.Action{{Text: t("schools.new"), Href: "/schools/new", Primary: len(rows) == 0}}
	}
	if len(rows) > 1 {
		p.Filter = &web.Filter{Action: "/schools", Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: t("schools.search"), Value: text}}}
		if archived {
			p.Filter.Hidden = []web.Hidden{{Name: "archived", Value: "1"}}
		}
		if text != "" {
			p.Filter.Reset = list
		}
	}
	switch {
	case text != "":
		p.Empty = web.Empty{Title: t("schools.none.found"), Actions: []web.Action{{Text: t("part.filter.reset"), Href: list}}}
	case archived:
		p.Empty = web.Empty{Title: t("schools.none.archived"), Actions: []web.Action{{Text: t("schools.title"), Href: "/schools"}}}
	default:
		p.Empty = web.Empty{Title: t("schools.none"), Text: t("schools.none.text"), Actions: p.Actions}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func networkStatus(l web.Lang, has bool) web.Status {
	if has {
		return web.Status{Kind: web.OK, Text: web.T(l, "schools.network.there")}
	}
	return web.Status{Kind: web.Warning, Text: web.T(l, "schools.network.none")}
}

// schoolPage is the page "school" in its views: classes (the first), what is assigned, history.
type schoolPage struct {
	web.Frame
	Line     string
	Network  *web.Status
	Years    *web.Menu
	Grades   bool // it has several: they are a level of their own
	Actions  []web.Action
	Menu     *web.Menu
	Tabs     []web.Tab
	Totals   []link
	People   bool
	Rows     []classLine
	Assigned *assignedBlock
	Events   []web.Event
	Empty    *web.Empty
}

type classLine struct {
	link
	Grade   *link
	People  int
	Devices int
}

func (u *UI) schoolHead(r *http.Request, v view, tab string) (*schoolPage, school.School, error) {
	s, err := u.st.School(r.Context(), v.by, school.SchoolID(mux.Vars(r)["school"]))
	if err != nil {
		return nil, s, err
	}
	here := schoolAddress(s.ID)
	p := &schoolPage{Frame: u.frame(r, s.Name, web.Crumb{Name: s.Name}), People: v.at(school.ViewPeople, s.ID)}
	var line []string
	for _, x := range []string{s.Type, s.Number} {
		if x != "" {
			line = append(line, x)
		}
	}
	if s.Archived {
		line = append(line, p.T("school.archived"))
	}
	p.Line = strings.Join(line, " · ")
	network := networkStatus(v.lang, s.Network.SSID != "")
	p.Network = &network
	if s.Network.SSID != "" {
		p.Network.Text = p.T("school.network", s.Network.SSID)
	}
	if !s.Archived && !v.authority.Policy.StaffOnly {
		years, err := u.st.OpenYears(r.Context(), v.by, s.ID)
		if err != nil {
			return nil, s, err
		}
		p.Years = yearSwitch(&p.Frame, years, school.YearPresent, func(y school.OpenYear) string { return yearAddress(s.ID, y.SchoolYear) })
	}
	if v.at(school.Assign, s.ID) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("class.assign"), Href: assignAddress(school.Scope{Level: school.AtSchool, ID: string(s.ID)}, here+"/assigned"), Primary: true})
	}
	p.Actions = append(p.Actions, web.Action{Text: p.T("school.devices"), Href: "/devices?school=" + url.QueryEscape(string(s.ID))})
	if p.People {
		p.Actions = append(p.Actions, web.Action{Text: p.T("school.people"), Href: "/people?school=" + url.QueryEscape(string(s.ID))})
	}
	p.Tabs = []web.Tab{{Name: p.T("school.tab.classes"), Href: here, Current: tab == ""}, {Name: p.T("class.tab.assigned"), Href: here + "/assigned", Current: tab == "assigned"},
		{Name: p.T("class.tab.history"), Href: here + "/history", Current: tab == "history"}}
	if v.authority.Policy.StaffOnly {
		if p.Tabs, err = u.staffTabs(r.Context(), v, s, p.Tabs); err != nil {
			return nil, s, err
		}
	}
	if s.Archived { // nothing is left there to be looked at or changed
		p.Actions = nil
		if v.can(school.EditOrg) {
			p.Actions = []web.Action{v.restoreAction(s)}
		}
		return p, s, nil
	}
	var more []web.Action
	if v.authority.Has(school.Management) {
		more = append(more, web.Action{Text: p.T("sight.short"), Href: here + "/sight"})
	}
	if v.at(school.EditOrg, s.ID) && !v.authority.Policy.StaffOnly {
		more = append(more, web.Action{Text: p.T("school.newclass"), Href: here + "/classes/new"})
	}
	if v.at(school.Enroll, s.ID) {
		more = append(more, web.Action{Text: p.T("school.editnetwork"), Href: here + "/network"})
	}
	if v.at(school.EditOrg, s.ID) && v.authority.Has(school.Management) {
		more = append(more, web.Action{Text: p.T("calm.title"), Href: here + "/calm"})
	}
	if v.at(school.EditOrg, s.ID) {
		more = append(more, web.Action{Text: p.T("school.places"), Href: here + "/places"}, web.Action{Text: p.T("school.edit"), Href: here + "/edit"})
	}
	if v.can(school.EditOrg) {
		more = append(more, web.Action{Text: p.T("school.archive"), Href: here + "/archive"})
	}
	if len(more) > 0 {
		p.Menu = &web.Menu{Text: p.T("class.more"), Actions: more}
	}
	return p, s, nil
}

// staffTabs are the views of a place without pupils: of classes there is no word where there are none.
func (u *UI) staffTabs(ctx context.Context, v view, s school.School, tabs []web.Tab) ([]web.Tab, error) {
	some, err := u.st.Classes(ctx, v.by, store.ClassFilter{School: s.ID, Limit: 1})
	if err != nil || len(some.Rows) > 0 {
		return tabs, err
	}
	return slices.DeleteFunc(tabs, func(t web.Tab) bool { return t.Href == schoolAddress(s.ID) }), nil
}

func (u *UI) school(w http.ResponseWriter, r *http.Request, v view) error {
	p, s, err := u.schoolHead(r, v, "")
	if err != nil {
		return err
	}
	if p.Tabs[0].Href != schoolAddress(s.ID) {
		return web.Redirect(w, r, p.Tabs[0].Href)
	}
	totals, err := u.st.Totals(r.Context(), v.by, s.ID)
	if err != nil {
		return err
	}
	if totals.Enrolled > 0 {
		p.Totals = v.totals(totals, s.ID)
	}
	if p.Rows, err = u.classLines(r.Context(), v, s.ID, nil); err != nil {
		return err
	}
	grades := map[string]bool{}
	for _, c := range p.Rows {
		if c.Grade != nil {
			grades[c.Grade.Name] = true
		}
	}
	p.Grades = len(grades) > 1
	p.Tabs[0].Counted, p.Tabs[0].Count = true, len(p.Rows)
	if len(p.Rows) == 0 {
		p.Empty = &web.Empty{Title: p.T("school.noclass"), Text: p.T("school.noclass.text")}
		if v.at(school.EditOrg, s.ID) && !s.Archived {
			p.Empty.Actions = []web.Action{{Text: p.T("school.newclass"), Href: schoolAddress(s.ID) + "/classes/new"}}
		}
	}
	return u.site.Render(w, r, http.StatusOK, "school", p)
}

// classLines are the classes of a school, or those of one of its grades.
func (u *UI) classLines(ctx context.Context, v view, at school.SchoolID, grade *string) (out []classLine, err error) {
	f := store.ClassFilter{School: at, Limit: store.MaxPage}
	for {
		page, err := u.st.Classes(ctx, v.by, f)
		if err != nil {
			return nil, err
		}
		for _, c := range page.Rows {
			if grade != nil && c.Grade != *grade {
				continue
			}
			x := classLine{link: link{web.ClassName(v.lang, c.Name), classAddress(c.ID)}, People: c.People, Devices: c.Devices}
			if c.Grade != "" {
				x.Grade = &link{c.Grade, gradeAddress(at, c.Grade)}
			}
			out = append(out, x)
		}
		if f.After = page.Next; f.After == "" {
			return out, nil
		}
	}
}

func (u *UI) schoolAssigned(w http.ResponseWriter, r *http.Request, v view) error {
	p, s, err := u.schoolHead(r, v, "assigned")
	if err != nil {
		return err
	}
	here := schoolAddress(s.ID) + "/assigned"
	// A school may have thousands of devices: they are counted here and explained on the pages of their classes.
	if p.Assigned, err = u.assignedBlock(r.Context(), v, school.Scope{Level: school.AtSchool, ID: string(s.ID)}, s.ID, here, false); err != nil {
		return err
	}
	p.Assigned.Again = "every 15s"
	countTab(p.Tabs, here, len(p.Assigned.Lines))
	return u.site.Render(w, r, http.StatusOK, "school", p)
}

func (u *UI) schoolHistory(w http.ResponseWriter, r *http.Request, v view) error {
	p, s, err := u.schoolHead(r, v, "history")
	if err != nil {
		return err
	}
	if p.Events, err = u.history(r.Context(), v, "school", string(s.ID), schoolAddress(s.ID)+"/history", 100); err != nil {
		return err
	}
	if len(p.Events) == 0 {
		p.Empty = &web.Empty{Title: p.T("history.empty")}
	}
	return u.site.Render(w, r, http.StatusOK, "school", p)
}

// totals says how devices are, in numbers that add up; each leads to the list behind it.
func (v view) totals(t store.Totals, at school.SchoolID) []link {
	all := []link{{Name: web.T(v.lang, "totals.all", t.Enrolled)}}
	for _, x := range []struct {
		n     int
		state store.DeviceState
	}{{t.AsDecided, store.AsDecided}, {t.CatchingUp, store.CatchingUp}, {t.NeedHelp, store.NeedsHelp}} {
		l := link{Name: web.T(v.lang, "totals."+string(x.state), x.n)}
		if x.n > 0 {
			q := url.Values{"state": {string(x.state)}}
			if at != "" {
				q.Set("school", string(at))
			}
			l.Href = address("/devices", q)
		}
		all = append(all, l)
	}
	return all
}

func init() {
	web.Add(web.Words{
		"schools.title":         {"Schulen", "Schools"},
		"schools.file":          {"schulen", "schools"},
		"schools.name":          {"Schule", "School"},
		"schools.type":          {"Schulform", "School type"},
		"schools.number":        {"Schulnummer", "School number"},
		"schools.classes":       {"Klassen", "Classes"},
		"schools.devices":       {"iPads", "iPads"},
		"schools.network":       {"Einrichtungs-WLAN", "Set-up network"},
		"schools.network.there": {"eingetragen", "there"},
		"schools.network.none":  {"fehlt", "missing"},
		"schools.new":           {"Schule anlegen", "Add a school"},
		"schools.search":        {"Name, Nummer oder Schulform", "Name, number or type"},
		"schools.none":          {"Noch keine Schulen.", "No schools yet."},
		"schools.none.text":     {"Legen Sie die erste Schule an. Danach können ihr iPads, Klassen und ein Einrichtungs-WLAN gehören.", "Create the first school. It can then have iPads, classes and a set-up network."},
		"schools.none.archived": {"Keine Schule ist archiviert.", "No school is archived."},
		"schools.tab.open":      {"Schulen", "Schools"},
		"schools.tab.archived":  {"Archiviert", "Archived"},
		"schools.none.found":    {"Keine Schule gefunden.", "No school found."},

		"school.network":      {"Einrichtungs-WLAN „{1}“", "Set-up network “{1}”"},
		"school.devices":      {"iPads", "iPads"},
		"school.people":       {"Personen", "People"},
		"school.newclass":     {"Klasse anlegen", "Create a class"},
		"school.editnetwork":  {"Einrichtungs-WLAN ändern", "Change set-up network"},
		"school.places":       {"Orte: Koffer, Räume, Lager", "Places: cases, rooms, stores"},
		"school.edit":         {"Schule ändern", "Change school"},
		"school.tab.classes":  {"Klassen", "Classes"},
		"school.grade":        {"Jahrgang", "Grade"},
		"school.noclass":      {"Noch keine Klassen.", "No classes yet."},
		"school.noclass.text": {"Legen Sie die erste Klasse an; dann können Sie ihr Profile zuweisen.", "Create the first class; then you can assign profiles to it."},

		"totals.all":         {"{1} {1:iPad|iPads}", "{1} {1:iPad|iPads}"},
		"totals.as_decided":  {"{1} wie festgelegt", "{1} as decided"},
		"totals.catching_up": {"{1} {1:holt|holen} auf", "{1} catching up"},
		"totals.help":        {"{1} {1:braucht|brauchen} Hilfe", "{1} {1:needs|need} help"},
	})
}
