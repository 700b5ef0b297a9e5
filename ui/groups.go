package ui

import (
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func (u *UI) groupsPage(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	f := store.GroupFilter{School: school.SchoolID(q.Get("school")), Text: q.Get("q"), After: q.Get("after")}
	page, err := u.st.Groups(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	schools, err := u.schoolOptions(r, v, school.View, web.T(v.lang, "groups.school.any"), string(f.School))
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("admin.groups"), p.T("groups.lead")
	p.Place = u.orgPlace(&p.Frame, v, school.School{})
	if v.by.CanSomewhere(school.EditOrg, v.by.Tenant) {
		p.Actions = []web.Action{{Text: p.T("groups.new"), Href: "/groups/new", Primary: true}}
		if v.authority.Has(school.Management) {
			p.Actions = append(p.Actions, web.Action{Text: p.T("grouprule.new"), Href: "/groups/new?by=rule"})
		}
	}
	p.Filter = &web.Filter{Action: "/groups", Fields: []web.Field{
		{Kind: web.SearchField, Name: "q", Label: p.T("groups.name"), Value: f.Text},
		{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: schools}}}
	p.Columns = []web.Column{{Name: p.T("groups.name")}, {Name: p.T("devices.school")}, {Name: p.T("nav.people"), Numeric: true}, {Name: p.T("nav.devices"), Numeric: true}}
	for _, g := range page.Rows {
		at := g.SchoolName
		if at == "" {
			at = p.T("groups.across")
		}
		p.Rows = append(p.Rows, []cell{{Text: g.Name, Href: "/groups/" + string(g.ID)}, {Text: at}, {Text: p.Lang.Number(int64(g.People)), Numeric: true}, {}})
		if row := p.Rows[len(p.Rows)-1]; !g.Rule.Empty() {
			row[0].Detail, row[2].Text = p.T("grouprule.is"), ""
			row[3] = cell{Text: p.Lang.Number(int64(g.Devices)), Numeric: true}
		}
	}
	if v.extent.Schools == 1 {
		p.drop(1)
		p.Filter.Fields = p.Filter.Fields[:1]
	}
	p.Pager = keyPager(r, len(page.Rows), page.Next)
	p.Empty = web.Empty{Title: p.T("groups.none"), Text: p.T("groups.none.text"), Actions: p.Actions}
	if f.Text != "" || f.School != "" {
		p.Filter.Reset = "/groups"
		p.Empty = web.Empty{Title: p.T("groups.nothing"), Actions: []web.Action{{Text: p.T("part.filter.reset"), Href: "/groups"}}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) groupForm(r *http.Request, v view, g store.GroupRow) (*formPage, error) {
	if !g.Rule.Empty() || g.ID == "" && r.FormValue("by") == "rule" && v.authority.Has(school.Management) {
		return u.ruledForm(r, v, g)
	}
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Action: "/groups/new", Cancel: "/groups"}
	p.Title = p.T("groups.new")
	if err := u.groupBasis(p, r, v, g, "groups.name.hint", "groups.archive.text"); err != nil {
		return nil, err
	}
	p.Place = u.orgPlace(&p.Frame, v, school.School{}, web.Crumb{Name: p.T("admin.groups"), Href: "/groups"})
	return p, nil
}

// groupBasis asks for what every group has, whoever decides who belongs to it: its name, and when it is new its school.
func (u *UI) groupBasis(p *formPage, r *http.Request, v view, g store.GroupRow, hint, archived string) error {
	p.Fields = []web.Field{{Name: "name", Label: p.T("groups.name"), Hint: p.T(hint), Value: g.Name, MaxLength: 100, Focus: g.ID == ""}}
	if g.ID != "" {
		path := "/groups/" + string(g.ID)
		p.Title, p.Action, p.Cancel = p.T("groups.edit"), path+"/edit", path
		p.Confirm = &web.Confirm{ID: "archive", Title: p.T("groups.archive"), Text: p.T(archived), Button: p.T("groups.archive"), Action: path + "/archive", Cancel: path}
		return nil
	}
	first := ""
	if v.can(school.EditOrg) {
		first = p.T("groups.across")
	}
	schools, err := u.schoolOptions(r, v, school.EditOrg, first, string(g.School))
	p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Hint: p.T("groups.school.hint"), Options: schools})
	return err
}

func (u *UI) newGroupPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.groupForm(r, v, store.GroupRow{Group: school.Group{School: school.SchoolID(r.URL.Query().Get("school"))}})
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) newGroup(w http.ResponseWriter, r *http.Request, v view) error {
	g := school.Group{Name: r.PostFormValue("name"), School: school.SchoolID(r.PostFormValue("school"))}
	if r.PostFormValue("by") == "rule" && v.authority.Has(school.Management) {
		return u.planGroup(w, r, v, store.GroupRow{Group: g})
	}
	id, err := u.st.CreateGroup(r.Context(), v.by, g)
	if err != nil {
		return u.groupRefused(w, r, v, store.GroupRow{Group: g}, err)
	}
	return u.done(w, r, "/groups/"+string(id), "done.group.created", "")
}

func (u *UI) groupRefused(w http.ResponseWriter, r *http.Request, v view, g store.GroupRow, err error) error {
	p, ferr := u.groupForm(r, v, g)
	if ferr != nil {
		return ferr
	}
	return u.refuse(w, r, p, err)
}

// groupEdits reports whether somebody may change a group: where it stands, or across schools.
func (v view) groupEdits(g store.GroupRow) bool {
	return v.at(school.EditOrg, g.School)
}

func (u *UI) editableGroup(r *http.Request, v view) (store.GroupRow, error) {
	g, err := u.st.GroupByID(r.Context(), v.by, school.GroupID(routeVar(r, "group")))
	if err == nil && (!v.groupEdits(g) || g.Archived) {
		err = school.Deny(school.EditOrg)
	}
	return g, err
}

func (u *UI) editGroupPage(w http.ResponseWriter, r *http.Request, v view) error {
	g, err := u.editableGroup(r, v)
	if err != nil {
		return err
	}
	p, err := u.groupForm(r, v, g)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) editGroup(w http.ResponseWriter, r *http.Request, v view) error {
	g, err := u.editableGroup(r, v)
	if err != nil {
		return err
	}
	g.Name = r.PostFormValue("name")
	if !g.Rule.Empty() {
		return u.planGroup(w, r, v, g)
	}
	set, err := u.st.ChangeGroup(r.Context(), v.by, g.Group)
	if err != nil {
		return u.groupRefused(w, r, v, g, err)
	}
	return u.done(w, r, "/groups/"+string(g.ID), "done.kept", set)
}

func (u *UI) archiveGroup(w http.ResponseWriter, r *http.Request, v view) error {
	g, err := u.editableGroup(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.ArchiveGroup(r.Context(), v.by, g.ID)
	if err != nil {
		return u.groupRefused(w, r, v, g, err)
	}
	return u.done(w, r, "/groups", "done.group.archived", set)
}

// groupPage is the page "group": who belongs to it, and a search for who else should.
type groupPage struct {
	web.Frame
	Lead    string
	Actions []web.Action
	Members [][]cell
	Pager   *web.Pager
	Empty   web.Empty
	Hidden  string // names may not be seen here: how many there are, as a sentence
	Rule    string // instead of people: which devices belong to it
	Devices []deviceLine

	Assigned *assignedBlock
	Find     *web.Filter
	Found    [][]cell
	Nobody   bool
}

func (u *UI) groupPage(w http.ResponseWriter, r *http.Request, v view) error {
	g, err := u.st.GroupByID(r.Context(), v.by, school.GroupID(routeVar(r, "group")))
	if err != nil {
		return err
	}
	path := "/groups/" + string(g.ID)
	p := &groupPage{Frame: u.frame(r, g.Name, web.Crumb{})}
	p.Place = u.orgPlace(&p.Frame, v, school.School{}, web.Crumb{Name: p.T("admin.groups"), Href: "/groups"})
	p.Lead = g.SchoolName
	if p.Lead == "" {
		p.Lead = p.T("groups.across")
	}
	edits := v.groupEdits(g) && !g.Archived
	if edits {
		p.Actions = append(p.Actions, web.Action{Text: p.T("groups.edit"), Href: path + "/edit"})
	}
	if v.authority.Has(school.Management) {
		scope := school.Scope{Level: school.AtGroup, ID: string(g.ID)}
		if p.Assigned, err = u.assignedBlock(r.Context(), v, scope, g.School, path, false); err != nil {
			return err
		}
		if !g.Archived && v.at(school.Assign, g.School) {
			p.Actions = append(p.Actions, web.Action{Text: p.T("class.assign"), Href: assignAddress(scope, path), Primary: true})
		}
	}
	if !g.Rule.Empty() {
		if err := u.ruled(r, v, p, g); err != nil {
			return err
		}
		return u.site.Render(w, r, http.StatusOK, "group", p)
	}
	if !v.by.CanSomewhere(school.ViewPeople, v.by.Tenant) {
		p.Hidden = p.T("groups.hidden", g.People)
		return u.site.Render(w, r, http.StatusOK, "group", p)
	}
	q := r.URL.Query()
	page, err := u.st.Persons(r.Context(), v.by, store.PersonFilter{Group: g.ID, After: q.Get("after")})
	if err != nil {
		return err
	}
	row := func(x store.PersonRow, action web.Action) []cell {
		out := []cell{{Text: x.Name(), Href: personAddress(x.ID)}, {Text: x.SchoolName}, {Text: x.ClassName}, {}}
		if edits {
			action.About, action.Post, action.Hidden = x.Name(), true, []web.Hidden{{Name: "person", Value: string(x.ID)}}
			out[3].Actions = []web.Action{action}
		}
		return out
	}
	for _, x := range page.Rows {
		p.Members = append(p.Members, row(x, web.Action{Text: p.T("groups.remove"), Href: path + "/remove"}))
	}
	p.Pager = keyPager(r, len(page.Rows), page.Next)
	p.Empty = web.Empty{Title: p.T("groups.empty"), Text: p.T("groups.empty.text")}
	if edits {
		text := strings.TrimSpace(q.Get("q"))
		p.Find = &web.Filter{Action: path, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("groups.find"), Value: text}}}
		if text != "" {
			found, err := u.st.Persons(r.Context(), v.by, store.PersonFilter{School: g.School, Text: text, Limit: 20})
			if err != nil {
				return err
			}
			for _, x := range found.Rows {
				p.Found = append(p.Found, row(x, web.Action{Text: p.T("groups.add"), Href: path + "/add"}))
			}
			p.Nobody = len(found.Rows) == 0
		}
	}
	return u.site.Render(w, r, http.StatusOK, "group", p)
}

func (u *UI) joinGroup(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.GroupID(routeVar(r, "group"))
	set, err := u.st.AddMember(r.Context(), v.by, school.Membership{Person: school.PersonID(r.PostFormValue("person")), Group: id})
	if err != nil {
		return err
	}
	return u.done(w, r, "/groups/"+string(id), "done.group.joined", set)
}

func (u *UI) leaveGroup(w http.ResponseWriter, r *http.Request, v view) error {
	id, person := school.GroupID(routeVar(r, "group")), school.PersonID(r.PostFormValue("person"))
	all, err := u.st.Memberships(r.Context(), v.by, person)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Group == id && (m.Until.IsZero() || m.Until.After(v.now)) {
			set, err := u.st.EndMembership(r.Context(), v.by, person, m.ID)
			if err != nil {
				return err
			}
			return u.done(w, r, "/groups/"+string(id), "done.group.left", set)
		}
	}
	return web.Redirect(w, r, "/groups/"+string(id)) // somebody else was faster
}

func init() {
	web.Add(web.Words{
		"groups.lead":         {"Alles, was keine Klasse ist: Kurse, AGs, Testgruppen. Profile können einer Gruppe zugewiesen werden.", "Whatever is not a class: courses, clubs, test groups. Profiles can be assigned to a group."},
		"groups.new":          {"Gruppe anlegen", "Add a group"},
		"groups.edit":         {"Gruppe ändern", "Change group"},
		"groups.name":         {"Name der Gruppe", "Name of the group"},
		"groups.name.hint":    {"Zum Beispiel „Foto-AG“ oder „Testgeräte“.", "Such as “Photo club” or “Test devices”."},
		"groups.school.any":   {"alle Schulen", "all schools"},
		"groups.school.hint":  {"Die Schule lässt sich später nicht ändern.", "The school cannot be changed later."},
		"groups.across":       {"über Schulen hinweg", "across schools"},
		"groups.archive":      {"Gruppe archivieren", "Archive group"},
		"groups.archive.text": {"Alle verlassen die Gruppe, und was ihr zugewiesen ist, gilt nicht mehr.", "Everybody leaves the group, and what is assigned to it no longer holds."},
		"groups.none":         {"Noch keine Gruppen", "No groups yet"},
		"groups.none.text":    {"Eine Testgruppe mit fünf iPads ist ein guter Anfang: Was dort funktioniert, bekommen danach alle.", "A test group with five iPads is a good start: what works there goes to everybody afterwards."},
		"groups.nothing":      {"Keine Gruppe passt dazu", "No group fits"},
		"groups.empty":        {"Noch niemand in dieser Gruppe", "Nobody in this group yet"},
		"groups.empty.text":   {"Suchen Sie nach einem Namen und nehmen Sie die Person auf.", "Search for a name and add the person."},
		"groups.hidden":       {"{1} {1:Person gehört|Personen gehören} dazu. Namen sieht Ihre Rolle nicht.", "{1} {1:person belongs|people belong} to it. Your role does not see names."},
		"groups.members":      {"Wer dazugehört", "Who belongs to it"},
		"groups.find":         {"Name", "Name"},
		"groups.find.title":   {"Person aufnehmen", "Add a person"},
		"groups.find.nobody":  {"Niemand mit diesem Namen gefunden.", "Nobody of this name was found."},
		"groups.add":          {"Aufnehmen", "Add"},
		"groups.remove":       {"Herausnehmen", "Remove"},
		"done.group.created":  {"Die Gruppe ist angelegt.", "The group has been added."},
		"done.group.archived": {"Die Gruppe ist archiviert.", "The group is archived."},
		"done.group.joined":   {"Aufgenommen. Das iPad bekommt von selbst, was der Gruppe zugewiesen ist.", "Added. The iPad gets by itself what is assigned to the group."},
		"done.group.left":     {"Herausgenommen.", "Removed."},
	})
}
