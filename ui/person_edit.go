package ui

import (
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// personForm asks what a person is called and where it belongs. Whole schools come as a list; this is for the one who is
// missing on it.
func (u *UI) personForm(r *http.Request, v view, title string, typed url.Values, back string) (*formPage, error) {
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "people.title"), Href: "/people"}, web.Crumb{Name: title}), Cancel: back}
	schools, err := u.schoolOptions(r, v, school.EditPeople, "", typed.Get("school"))
	if err != nil {
		return nil, err
	}
	var kinds []web.Option
	for _, k := range v.personKinds() {
		kinds = append(kinds, web.Option{Value: string(k), Text: p.T("people.kind." + string(k))})
	}
	classes := []web.Option{{Text: p.T("person.noclass")}}
	page, err := u.st.Classes(r.Context(), v.by, store.ClassFilter{School: school.SchoolID(typed.Get("school")), Limit: store.MaxPage})
	if err != nil {
		return nil, err
	}
	for _, c := range page.Rows {
		if v.at(school.EditPeople, c.School) {
			classes = append(classes, web.Option{Value: string(c.ID), Text: p.T("person.class.at", web.ClassName(v.lang, c.Name), c.SchoolName)})
		}
	}
	p.Fields = []web.Field{{Kind: web.TextField, Name: "given", Label: p.T("person.given"), Value: typed.Get("given"), Optional: true, MaxLength: 200},
		{Kind: web.TextField, Name: "family", Label: p.T("person.family"), Value: typed.Get("family"), MaxLength: 200},
		{Kind: web.SelectField, Name: "kind", Label: p.T("people.kind"), Options: choose(typed.Get("kind"), kinds...)},
		{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: schools},
		{Kind: web.SelectField, Name: "class", Label: p.T("devices.class"), Options: choose(typed.Get("class"), classes...)},
		{Kind: web.EmailField, Name: "email", Label: p.T("people.email"), Value: typed.Get("email"), Optional: true},
		{Kind: web.TextField, Name: "login", Label: p.T("people.login"), Value: typed.Get("login"), Optional: true}}
	return p, nil
}

// personKinds are the kinds of persons there can be: a place without pupils has none.
func (v view) personKinds() []school.PersonKind {
	if v.authority.Policy.StaffOnly {
		return []school.PersonKind{school.Teacher, school.Staff}
	}
	return []school.PersonKind{school.Pupil, school.Teacher, school.Staff}
}

func personOf(form url.Values) school.Person {
	return school.Person{School: school.SchoolID(form.Get("school")), Kind: school.PersonKind(form.Get("kind")), Given: form.Get("given"), Family: form.Get("family"),
		Email: form.Get("email"), Login: form.Get("login")}
}

func (u *UI) newPersonPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.personForm(r, v, web.T(v.lang, "person.new"), r.URL.Query(), "/people")
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) newPerson(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	id, err := u.st.CreatePerson(r.Context(), v.by, personOf(r.PostForm), school.ClassID(r.PostForm.Get("class")))
	if err != nil {
		p, ferr := u.personForm(r, v, web.T(v.lang, "person.new"), r.PostForm, "/people")
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, personAddress(id), "done.person", "")
}

// personToEdit reads the person of an address for somebody who may change it.
func (u *UI) personToEdit(r *http.Request, v view) (store.PersonRow, error) {
	x, err := u.st.PersonByID(r.Context(), v.by, school.PersonID(mux.Vars(r)["person"]))
	if err == nil && !v.at(school.EditPeople, x.School) {
		err = web.ErrNotFound
	}
	return x, err
}

// personValues are the fields of a person as a form has them.
func personValues(x store.PersonRow) url.Values {
	return url.Values{"given": {x.Given}, "family": {x.Family}, "kind": {string(x.Kind)}, "school": {string(x.School)}, "class": {string(x.Class)}, "email": {x.Email}, "login": {x.Login}}
}

func (u *UI) editPersonForm(r *http.Request, v view, x store.PersonRow, says url.Values) (*formPage, error) {
	p, err := u.personForm(r, v, web.T(v.lang, "person.edit", x.Name()), says, personAddress(x.ID))
	if err != nil {
		return nil, err
	}
	return p.keeping(), nil
}

func (u *UI) editPersonPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.personToEdit(r, v)
	if err != nil {
		return err
	}
	p, err := u.editPersonForm(r, v, x, personValues(x))
	if err != nil {
		return err
	}
	p.Confirm = &web.Confirm{ID: "archive", Title: p.T("person.archive"), Text: p.T("person.archive.text"), Button: p.T("person.archive"),
		Action: personAddress(x.ID) + "/archive", Cancel: personAddress(x.ID)}
	return u.showForm(w, r, p)
}

// editPerson writes name and addresses, and the class, if another was chosen, as a second act.
func (u *UI) editPerson(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.personToEdit(r, v)
	if err != nil {
		return err
	}
	is, err := u.editPersonForm(r, v, x, personValues(x))
	if err != nil {
		return err
	}
	var set school.ChangeSetID
	err = is.meanwhile(r)
	person := personOf(r.PostForm)
	if person.ID = x.ID; err == nil {
		set, err = u.st.ChangePerson(r.Context(), v.by, person)
	}
	if class := school.ClassID(r.PostForm.Get("class")); err == nil && class != x.Class {
		before := set
		if class == "" {
			set, err = u.st.LeaveClass(r.Context(), v.by, x.ID)
		} else {
			set, err = u.st.MoveToClass(r.Context(), v.by, class, x.ID)
		}
		if before != "" {
			set = "" // two acts: the history can undo each
		}
	}
	if err != nil {
		p, ferr := u.editPersonForm(r, v, x, r.PostForm)
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, personAddress(x.ID), "done.saved", set)
}

func (u *UI) archivePerson(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.personToEdit(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.ArchivePerson(r.Context(), v.by, x.ID)
	if err != nil {
		return err
	}
	return u.done(w, r, "/people", "done.person.archived", set)
}

func init() {
	web.Add(web.Words{
		"person.new":           {"Person anlegen", "Create a person"},
		"person.edit":          {"{1} ändern", "Change {1}"},
		"person.edit.do":       {"Angaben ändern", "Change details"},
		"person.given":         {"Vorname", "Given name"},
		"person.family":        {"Familienname", "Family name"},
		"person.noclass":       {"keine Klasse", "no class"},
		"person.class.at":      {"{1}, {2}", "{1}, {2}"},
		"person.archive":       {"Aus den Listen nehmen", "Take out of the lists"},
		"person.archive.text":  {"Die Person verlässt ihre Klasse und steht in keiner Liste mehr. Wer noch ein iPad hat, muss es erst zurückgeben.", "The person leaves the class and stands in no list any more. Who still has an iPad must give it back first."},
		"done.person":          {"Angelegt.", "Created."},
		"done.person.archived": {"Aus den Listen genommen.", "Taken out of the lists."},
	})
}
