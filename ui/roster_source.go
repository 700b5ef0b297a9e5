package ui

import (
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"ranzen/enroll/roster"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func sourceAddress(id school.RosterSourceID) string {
	return rostersPath + "/sources/" + url.PathEscape(string(id))
}

// rosterSources lists where rosters come from.
func (u *UI) rosterSources(w http.ResponseWriter, r *http.Request, v view) error {
	list, err := u.st.RosterSources(r.Context(), v.by)
	if err != nil {
		return err
	}
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	p := &tablePage{Frame: u.frame(r, t("sources.title"), u.rosterPlace(v, web.Crumb{Name: t("sources.title")})...), Lead: t("sources.lead"),
		Columns: []web.Column{{Name: t("roster.source.name")}, {Name: t("roster.format")}, {Name: t("devices.school")}, {Name: t("people.title"), Numeric: true}},
		Actions: []web.Action{{Text: t("rosters.new"), Href: rostersPath + "/new"}, {Text: t("server.new"), Href: newServerPath}},
		Empty:   web.Empty{Title: t("sources.none"), Text: t("sources.none.text")}}
	for _, x := range list {
		name, where, format := cell{Text: x.Name}, x.SchoolName, t("roster.found")
		if v.at(school.EditPeople, x.School) {
			name.Href = sourceAddress(x.ID)
		}
		if x.School == "" {
			where = t("sources.all")
		}
		switch {
		case x.Server:
			format = t("server.format")
		case x.Format != "":
			format = t("roster.format." + x.Format)
		}
		p.Rows = append(p.Rows, []cell{name, {Text: format}, {Text: where}, {Text: v.lang.Number(int64(x.People)), Numeric: true}})
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func sourceOf(r *http.Request) school.RosterSourceID {
	return school.RosterSourceID(mux.Vars(r)["source"])
}

// endSource asks before a source is ended.
func endSource(f *web.Frame, id school.RosterSourceID) *web.Confirm {
	return &web.Confirm{ID: "archive", Title: f.T("sources.archive"), Text: f.T("sources.archive.text"), Button: f.T("sources.archive"), Action: sourceAddress(id) + "/archive", Cancel: rostersPath + "/sources"}
}

// sourceToEdit reads the source of an address for somebody who may change it.
func (u *UI) sourceToEdit(r *http.Request, v view) (store.RosterSourceRow, error) {
	x, err := u.st.RosterSourceByID(r.Context(), v.by, sourceOf(r))
	if err == nil && (!v.at(school.EditPeople, x.School) || x.Archived) {
		err = web.ErrNotFound
	}
	return x, err
}

func (u *UI) sourceForm(r *http.Request, v view, x store.RosterSourceRow) *formPage {
	p := &formPage{Frame: u.frame(r, x.Name, u.rosterPlace(v, web.Crumb{Name: web.T(v.lang, "sources.title"), Href: rostersPath + "/sources"}, web.Crumb{Name: x.Name})...), Cancel: rostersPath + "/sources"}
	formats := []web.Option{{Text: p.T("roster.found")}}
	for _, f := range roster.Formats() {
		formats = append(formats, web.Option{Value: f.ID, Text: p.T("roster.format." + f.ID)})
	}
	p.Fields = []web.Field{{Kind: web.TextField, Name: "name", Label: p.T("roster.source.name"), Value: x.Name, MaxLength: 100},
		{Kind: web.SelectField, Name: "format", Label: p.T("roster.format"), Hint: p.T("sources.format.hint"), Options: choose(x.Format, formats...)}}
	p.Confirm = endSource(&p.Frame, x.ID)
	return p
}

func (u *UI) rosterSource(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.sourceToEdit(r, v)
	if err != nil {
		return err
	}
	if x.Server {
		return u.showServer(w, r, v, nil)
	}
	return u.showForm(w, r, u.sourceForm(r, v, x))
}

// changeRosterSource writes name and format. How columns were understood ends with the format they belong to.
func (u *UI) changeRosterSource(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.sourceToEdit(r, v)
	if err == nil && x.Server {
		err = web.ErrNotFound
	}
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	x.Name = r.PostForm.Get("name")
	if f := r.PostForm.Get("format"); f != x.Format {
		x.Format, x.Mapping = f, ""
	}
	set, err := u.st.ChangeRosterSource(r.Context(), v.by, x.RosterSource)
	if err != nil {
		return u.refuse(w, r, u.sourceForm(r, v, x), err)
	}
	return u.done(w, r, rostersPath+"/sources", "done.kept", set)
}

func (u *UI) archiveRosterSource(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.sourceToEdit(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.ArchiveRosterSource(r.Context(), v.by, x.ID)
	if err != nil {
		return err
	}
	return u.done(w, r, rostersPath+"/sources", "done.source.archived", set)
}
