package ui

import (
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// The forms that build the tree below the authority: schools with their set-up network, school years, classes and places.
// Groups, which also lie across schools, are in groups.go. The pages that show all this are school.go and class.go.

// orgPlace is the way to a page below the schools, or below one of them.
func (u *UI) orgPlace(f *web.Frame, v view, s school.School, way ...web.Crumb) []web.Crumb {
	out := []web.Crumb{{Name: v.authority.Name, Href: web.HomePath}, {Name: f.T("nav.schools"), Href: "/schools"}}
	if s.ID != "" {
		out = append(out, web.Crumb{Name: s.Name, Href: schoolAddress(s.ID)})
	}
	return append(append(out, way...), web.Crumb{Name: f.Title})
}

// editableSchool is a school somebody may see and do something at; else there is no such page.
func (u *UI) editableSchool(r *http.Request, v view, verb school.Verb, id school.SchoolID) (school.School, error) {
	s, err := u.st.School(r.Context(), v.by, id)
	if err == nil && !v.at(verb, id) {
		err = school.Deny(verb)
	}
	return s, err
}

// schoolTypes are offered, not prescribed: profiles can be assigned to a type, so it must be spelled the same everywhere.
var schoolTypes = []string{"Grundschule", "Hauptschule", "Realschule", "Gesamtschule", "Gemeinschaftsschule", "Sekundarschule", "Gymnasium",
	"Förderschule", "Berufskolleg", "Berufsschule", "Weiterbildungskolleg", "Musikschule", "Volkshochschule"}

func (u *UI) schoolForm(r *http.Request, v view, s school.School) (*formPage, error) {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: "/schools"}
	p.Title, p.Action = p.T("edit.school.new"), "/schools/new"
	if s.ID != "" {
		p.Title, p.Action, p.Cancel = p.T("edit.school.edit"), schoolAddress(s.ID)+"/edit", schoolAddress(s.ID)
	}
	p.Place = u.orgPlace(&p.Frame, v, s)
	types := append([]string{}, schoolTypes...)
	there, err := u.st.Schools(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{"": true}
	for _, t := range types {
		known[t] = true
	}
	for _, t := range append([]string{s.Type}, typesOf(there)...) {
		if !known[t] {
			known[t] = true
			types = append(types, t)
		}
	}
	options := []web.Option{{Text: p.T("edit.school.type.none")}}
	for _, t := range types {
		options = append(options, web.Option{Value: t, Text: t})
	}
	p.Fields = []web.Field{
		{Name: "name", Label: p.T("edit.school.name"), Value: s.Name, MaxLength: 200, Focus: s.ID == ""},
		{Kind: web.SelectField, Name: "type", Label: p.T("edit.school.type"), Hint: p.T("edit.school.type.hint"), Options: choose(s.Type, options...)},
		{Name: "number", Label: p.T("edit.school.number"), Hint: p.T("edit.school.number.hint"), Value: s.Number, MaxLength: 40, Optional: true},
	}
	p.keeps = s.ID != ""
	return p, nil
}

func typesOf(schools []store.SchoolRow) (out []string) {
	for _, s := range schools {
		out = append(out, s.Type)
	}
	return out
}

func schoolIn(r *http.Request) school.School {
	return school.School{Name: r.PostFormValue("name"), Type: strings.TrimSpace(r.PostFormValue("type")), Number: r.PostFormValue("number")}
}

func (u *UI) newSchoolPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.EditOrg) {
		return web.ErrNotFound
	}
	p, err := u.schoolForm(r, v, school.School{})
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) newSchool(w http.ResponseWriter, r *http.Request, v view) error {
	s := schoolIn(r)
	id, err := u.st.CreateSchool(r.Context(), v.by, s)
	if err != nil {
		return u.schoolRefused(w, r, v, s, err)
	}
	return u.done(w, r, schoolAddress(id), "done.school.created", "")
}

func (u *UI) schoolRefused(w http.ResponseWriter, r *http.Request, v view, s school.School, err error) error {
	if e := school.Refusals(err); len(e) == 1 && e[0].Code == "taken" {
		e[0].Field, e[0].Code, e[0].Args = "name", "school_taken", []any{s.Name}
	}
	p, ferr := u.schoolForm(r, v, s)
	if ferr != nil {
		return ferr
	}
	return u.refuse(w, r, p, err)
}

func (u *UI) editSchoolPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.editableSchool(r, v, school.EditOrg, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	p, err := u.schoolForm(r, v, s)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) editSchool(w http.ResponseWriter, r *http.Request, v view) error {
	is, err := u.editableSchool(r, v, school.EditOrg, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	form, err := u.schoolForm(r, v, is)
	if err != nil {
		return err
	}
	var set school.ChangeSetID
	err = form.meanwhile(r)
	s := schoolIn(r)
	if s.ID = is.ID; err == nil {
		set, err = u.st.ChangeSchool(r.Context(), v.by, s)
	}
	if err != nil {
		return u.schoolRefused(w, r, v, s, err)
	}
	return u.done(w, r, schoolAddress(s.ID), "done.kept", set)
}

// networkForm never shows the password: it can be replaced, not read.
func (u *UI) networkForm(r *http.Request, v view, s school.School, n school.Network) *formPage {
	path := schoolAddress(s.ID)
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Action: path + "/network", Cancel: path}
	p.Title, p.Lead = p.T("network.title"), p.T("network.lead")
	p.Place = u.orgPlace(&p.Frame, v, s)
	if n.Security == "" {
		n.Security = "WPA2"
	}
	hint := p.T("network.password.hint")
	if s.Network.SSID != "" && s.Network.Security != "None" {
		hint = p.T("network.password.kept")
	}
	p.Fields = []web.Field{
		{Name: "ssid", Label: p.T("network.ssid"), Hint: p.T("network.ssid.hint"), Value: n.SSID, MaxLength: 32},
		{Kind: web.RadioField, Name: "security", Label: p.T("network.security"), Options: choose(n.Security,
			web.Option{Value: "WPA2", Text: "WPA2"}, web.Option{Value: "WPA3", Text: "WPA3"}, web.Option{Value: "None", Text: p.T("network.open"), Hint: p.T("network.open.hint")})},
		{Kind: web.PasswordField, Name: "password", Label: p.T("signin.password"), Hint: hint, Autocomplete: "new-password"},
		{Kind: web.CheckField, Name: "hidden", Label: p.T("network.hidden"), Value: checked(n.Hidden)},
	}
	return p
}

func (u *UI) networkPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.editableSchool(r, v, school.Enroll, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.networkForm(r, v, s, s.Network))
}

func (u *UI) setNetwork(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.editableSchool(r, v, school.Enroll, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	n := school.Network{SSID: r.PostFormValue("ssid"), Security: r.PostFormValue("security"), Password: r.PostFormValue("password"), Hidden: r.PostFormValue("hidden") == "1"}
	set, err := u.st.SetNetwork(r.Context(), v.by, s.ID, n)
	if err != nil {
		p := u.networkForm(r, v, s, n)
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, schoolAddress(s.ID), "done.network", set)
}

// yearsPage lists the school years and takes a new one.
func (u *UI) yearsPage(w http.ResponseWriter, r *http.Request, v view) error {
	years, err := u.st.Years(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("admin.years"), p.T("years.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	if v.can(school.EditOrg) {
		p.Actions = []web.Action{{Text: p.T("years.new"), Href: "/years/new", Primary: true}}
	}
	p.Columns = []web.Column{{Name: p.T("years.name")}, {Name: p.T("years.starts")}, {Name: p.T("years.ends")}, {Name: p.T("accounts.state")}}
	for _, y := range years {
		state := web.Status{Kind: web.Off, Text: p.T("years.over")}
		switch {
		case v.now.Before(y.Starts):
			state = web.Status{Kind: web.Waiting, Text: p.T("years.next")}
		case v.now.Before(y.Ends):
			state = web.Status{Kind: web.OK, Text: p.T("years.now")}
		}
		p.Rows = append(p.Rows, []cell{{Text: y.Name}, {Text: p.Lang.Date(y.Starts)}, {Text: p.Lang.Date(y.Ends.AddDate(0, 0, -1))}, {Status: &state}})
	}
	p.Empty = web.Empty{Title: p.T("years.none"), Text: p.T("years.none.text"), Actions: p.Actions}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) yearForm(r *http.Request, v view) *formPage {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: "/years"}
	p.Title = p.T("years.new")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.years"), Href: "/years"})
	p.Fields = []web.Field{
		{Name: "name", Label: p.T("years.name"), Hint: p.T("years.name.hint"), Value: r.PostFormValue("name"), MaxLength: 40, Focus: true},
		{Kind: web.DateField, Name: "starts", Label: p.T("years.starts"), Hint: p.T("years.starts.hint"), Value: r.PostFormValue("starts")},
		{Kind: web.DateField, Name: "ends", Label: p.T("years.ends"), Hint: p.T("years.ends.hint"), Value: r.PostFormValue("ends")},
	}
	return p
}

func (u *UI) newYearPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.EditOrg) {
		return web.ErrNotFound
	}
	return u.showForm(w, r, u.yearForm(r, v))
}

func (u *UI) newYear(w http.ResponseWriter, r *http.Request, v view) error {
	starts, err := dayOf(r.PostFormValue("starts"), "starts")
	if err == nil && starts.IsZero() {
		err = school.Refuse("starts", "required")
	}
	ends, eerr := dayOf(r.PostFormValue("ends"), "ends")
	if err == nil {
		if err = eerr; err == nil && ends.IsZero() {
			err = school.Refuse("ends", "required")
		}
	}
	if err == nil {
		_, err = u.st.CreateYear(r.Context(), v.by, school.SchoolYear{Name: r.PostFormValue("name"), Starts: starts, Ends: ends.AddDate(0, 0, 1)})
	}
	if err != nil {
		p := u.yearForm(r, v)
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, "/years", "done.year.created", "")
}

func (u *UI) classForm(r *http.Request, v view, s school.School, c school.Class) *formPage {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: schoolAddress(s.ID)}
	p.Title, p.Action = p.T("edit.class.new"), schoolAddress(s.ID)+"/classes/new"
	if c.ID != "" {
		p.keeping().Title, p.Action, p.Cancel = p.T("edit.class.change"), classAddress(c.ID)+"/edit", classAddress(c.ID)
	}
	p.Place = u.orgPlace(&p.Frame, v, s)
	p.Fields = []web.Field{
		{Name: "name", Label: p.T("edit.class.name"), Hint: p.T("edit.class.name.hint"), Value: c.Name, MaxLength: 60, Focus: c.ID == ""},
		{Name: "grade", Label: p.T("edit.class.grade"), Hint: p.T("edit.class.grade.hint"), Value: c.Grade, MaxLength: 20, Optional: true},
	}
	return p
}

func (u *UI) newClassPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.editableSchool(r, v, school.EditOrg, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.classForm(r, v, s, school.Class{}))
}

func (u *UI) newClass(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.editableSchool(r, v, school.EditOrg, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	c := school.Class{School: s.ID, Name: r.PostFormValue("name"), Grade: r.PostFormValue("grade")}
	id, err := u.st.CreateClass(r.Context(), v.by, c)
	if err != nil {
		p := u.classForm(r, v, s, c)
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, classAddress(id), "done.class.created", "")
}

// editableClass is a class somebody may change, and its school.
func (u *UI) editableClass(r *http.Request, v view) (store.ClassRow, school.School, error) {
	c, err := u.st.ClassByID(r.Context(), v.by, school.ClassID(routeVar(r, "class")))
	if err != nil {
		return c, school.School{}, err
	}
	s, err := u.editableSchool(r, v, school.EditOrg, c.School)
	return c, s, err
}

// editClassForm also archives: an empty class with a press, one that is not with the sentence why not.
func (u *UI) editClassForm(r *http.Request, v view, s school.School, c store.ClassRow) *formPage {
	p := u.classForm(r, v, s, c.Class)
	if !c.Archived {
		p.Confirm = &web.Confirm{ID: "archive", Title: p.T("edit.class.archive"), Text: p.T("edit.class.archive.text"), Button: p.T("edit.class.archive"),
			Action: classAddress(c.ID) + "/archive", Cancel: classAddress(c.ID)}
	}
	return p
}

func (u *UI) editClassPage(w http.ResponseWriter, r *http.Request, v view) error {
	c, s, err := u.editableClass(r, v)
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.editClassForm(r, v, s, c))
}

func (u *UI) editClass(w http.ResponseWriter, r *http.Request, v view) error {
	c, s, err := u.editableClass(r, v)
	if err != nil {
		return err
	}
	var set school.ChangeSetID
	err = u.editClassForm(r, v, s, c).meanwhile(r)
	if c.Name, c.Grade = r.PostFormValue("name"), r.PostFormValue("grade"); err == nil {
		set, err = u.st.ChangeClass(r.Context(), v.by, c.Class)
	}
	if err != nil {
		p := u.editClassForm(r, v, s, c)
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, classAddress(c.ID), "done.kept", set)
}

func (u *UI) archiveClass(w http.ResponseWriter, r *http.Request, v view) error {
	c, s, err := u.editableClass(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.ArchiveClass(r.Context(), v.by, c.ID)
	if err != nil {
		p := u.editClassForm(r, v, s, c)
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, schoolAddress(s.ID), "done.class.archived", set)
}

func (u *UI) placesPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.st.School(r.Context(), v.by, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	page, err := u.st.Places(r.Context(), v.by, store.PlaceFilter{School: s.ID, Text: q.Get("q"), After: q.Get("after")})
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("places.title"), p.T("places.lead")
	p.Place = u.orgPlace(&p.Frame, v, s)
	edits := v.at(school.EditOrg, s.ID)
	if edits {
		p.Actions = []web.Action{{Text: p.T("places.new"), Href: r.URL.Path + "/new", Primary: true}}
	}
	p.Columns = []web.Column{{Name: p.T("places.name")}, {Name: p.T("places.kind")}, {Name: p.T("devices.class")}, {Name: p.T("nav.devices"), Numeric: true}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range page.Rows {
		row := []cell{{Text: x.Name}, {Text: p.T("places.kind." + string(x.Kind))}, {Text: x.ClassName}, {Text: p.Lang.Number(int64(x.Devices)), Numeric: true}, {}}
		if v.authority.Has(school.Management) && x.Devices > 0 {
			row[3].Href = "/devices?place=" + string(x.ID)
		}
		if edits {
			row[4].Actions = []web.Action{{Text: p.T("places.edit"), About: x.Name, Href: "/places/" + string(x.ID)}}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Pager = keyPager(r, len(page.Rows), page.Next)
	p.Empty = web.Empty{Title: p.T("places.none"), Text: p.T("places.none.text"), Actions: p.Actions}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) placeForm(r *http.Request, v view, s school.School, x school.Place) (*formPage, error) {
	list := schoolAddress(s.ID) + "/places"
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Action: list + "/new", Cancel: list}
	p.Title = p.T("places.new")
	if x.ID != "" {
		p.keeping().Title, p.Action = p.T("places.edit"), "/places/"+string(x.ID)
		p.Confirm = &web.Confirm{ID: "remove", Title: p.T("places.remove"), Text: p.T("places.remove.text"), Button: p.T("places.remove"), Action: p.Action + "/remove", Cancel: list}
	}
	p.Place = u.orgPlace(&p.Frame, v, s)
	classes := []web.Option{{Text: p.T("places.class.none")}}
	for after := ""; ; {
		page, err := u.st.Classes(r.Context(), v.by, store.ClassFilter{School: s.ID, After: after, Limit: store.MaxPage})
		if err != nil {
			return nil, err
		}
		for _, c := range page.Rows {
			classes = append(classes, web.Option{Value: string(c.ID), Text: c.Name})
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if x.Kind == "" {
		x.Kind = school.Case
	}
	p.Fields = []web.Field{
		{Name: "name", Label: p.T("places.name"), Hint: p.T("places.name.hint"), Value: x.Name, MaxLength: 100, Focus: x.ID == ""},
		{Kind: web.RadioField, Name: "kind", Label: p.T("places.kind"), Options: choose(string(x.Kind),
			web.Option{Value: string(school.Case), Text: p.T("places.kind.case")}, web.Option{Value: string(school.Room), Text: p.T("places.kind.room")}, web.Option{Value: string(school.Stock), Text: p.T("places.kind.stock")})},
		{Kind: web.SelectField, Name: "class", Label: p.T("devices.class"), Hint: p.T("places.class.hint"), Options: choose(string(x.Class), classes...)},
	}
	return p, nil
}

func placeIn(r *http.Request) school.Place {
	return school.Place{Name: r.PostFormValue("name"), Kind: school.PlaceKind(r.PostFormValue("kind")), Class: school.ClassID(r.PostFormValue("class"))}
}

func (u *UI) newPlacePage(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.editableSchool(r, v, school.EditOrg, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	p, err := u.placeForm(r, v, s, school.Place{})
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) newPlace(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.editableSchool(r, v, school.EditOrg, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	x := placeIn(r)
	x.School = s.ID
	if _, err := u.st.CreatePlace(r.Context(), v.by, x); err != nil {
		return u.placeRefused(w, r, v, s, x, err)
	}
	return u.done(w, r, schoolAddress(s.ID)+"/places", "done.place.created", "")
}

func (u *UI) placeRefused(w http.ResponseWriter, r *http.Request, v view, s school.School, x school.Place, err error) error {
	p, ferr := u.placeForm(r, v, s, x)
	if ferr != nil {
		return ferr
	}
	return u.refuse(w, r, p, err)
}

// editablePlace is a place somebody may change, and its school.
func (u *UI) editablePlace(r *http.Request, v view) (store.PlaceRow, school.School, error) {
	x, err := u.st.PlaceByID(r.Context(), v.by, school.PlaceID(routeVar(r, "place")))
	if err != nil {
		return x, school.School{}, err
	}
	s, err := u.editableSchool(r, v, school.EditOrg, x.School)
	return x, s, err
}

func (u *UI) editPlacePage(w http.ResponseWriter, r *http.Request, v view) error {
	x, s, err := u.editablePlace(r, v)
	if err != nil {
		return err
	}
	p, err := u.placeForm(r, v, s, x.Place)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) editPlace(w http.ResponseWriter, r *http.Request, v view) error {
	x, s, err := u.editablePlace(r, v)
	if err != nil {
		return err
	}
	form, err := u.placeForm(r, v, s, x.Place)
	if err != nil {
		return err
	}
	var set school.ChangeSetID
	err = form.meanwhile(r)
	to := placeIn(r)
	if to.ID, to.School = x.ID, x.School; err == nil {
		set, err = u.st.ChangePlace(r.Context(), v.by, to)
	}
	if err != nil {
		return u.placeRefused(w, r, v, s, to, err)
	}
	return u.done(w, r, schoolAddress(s.ID)+"/places", "done.kept", set)
}

func (u *UI) removePlace(w http.ResponseWriter, r *http.Request, v view) error {
	x, s, err := u.editablePlace(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.RemovePlace(r.Context(), v.by, x.ID)
	if err != nil {
		return u.placeRefused(w, r, v, s, x.Place, err)
	}
	return u.done(w, r, schoolAddress(s.ID)+"/places", "done.place.removed", set)
}
