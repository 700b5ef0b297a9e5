package ui

import (
	"net/http"
	"net/url"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// obstaclePages is where what stands in the way of archiving a school can be dealt with, in the order of the buttons.
var obstaclePages = []struct {
	what, text string
	path       func(s school.SchoolID) string
	verb       school.Verb
	module     school.Module
}{
	{"devices", "school.devices", func(s school.SchoolID) string { return "/devices?school=" + url.QueryEscape(string(s)) }, school.View, school.Management},
	{"people", "school.people", func(s school.SchoolID) string { return "/people?school=" + url.QueryEscape(string(s)) }, school.ViewPeople, ""},
	{"classes", "school.tab.classes", schoolAddress, school.View, ""},
	{"groups", "admin.groups", func(school.SchoolID) string { return "/groups" }, school.View, ""},
	{"codes", "admin.codes", func(school.SchoolID) string { return codesPath }, school.Enroll, school.Management},
	{"tokens", "admin.apple", func(school.SchoolID) string { return applePath }, school.Apple, school.Management},
	{"roles", "admin.accounts", func(school.SchoolID) string { return "/accounts" }, school.Accounts, ""},
	{"api", "admin.tokens", func(school.SchoolID) string { return "/tokens" }, school.Accounts, ""},
}

// archivable is the school of an address for somebody who may archive it: the authority decides that.
func (u *UI) archivable(r *http.Request, v view) (school.School, error) {
	s, err := u.st.School(r.Context(), v.by, school.SchoolID(routeVar(r, "school")))
	if err == nil && !v.can(school.EditOrg) {
		err = web.ErrNotFound
	}
	return s, err
}

func (u *UI) archiveSchoolPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.archivable(r, v)
	if err != nil {
		return err
	}
	if s.Archived {
		return web.Redirect(w, r, schoolAddress(s.ID))
	}
	return u.showArchive(w, r, v, s, http.StatusOK, "", "")
}

// showArchive says what archiving means and asks for the name, or says what stands in the way and where that is.
func (u *UI) showArchive(w http.ResponseWriter, r *http.Request, v view, s school.School, status int, typed, wrong string) error {
	p := &surePage{Frame: u.frame(r, web.T(v.lang, "archive.title", s.Name))}
	p.Place = u.orgPlace(&p.Frame, v, s)
	inTheWay := u.st.MayArchiveSchool(r.Context(), v.by, s.ID)
	if inTheWay == nil {
		p.Confirm = &web.Confirm{ID: "archive", Title: p.T("archive.do"), Text: p.T("archive.text"), Word: s.Name, Typed: typed, Error: wrong, Button: p.T("archive.do"),
			Action: schoolAddress(s.ID) + "/archive", Cancel: schoolAddress(s.ID)}
		return u.site.Render(w, r, status, "sure", p)
	}
	said, err := fieldErrors(v.lang, inTheWay)
	if err != nil {
		return err
	}
	p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("archive.not"), Text: p.T("archive.not.text")}
	for _, o := range obstaclePages {
		if said[o.what] == "" {
			continue
		}
		p.Alert.Lines = append(p.Alert.Lines, said[o.what])
		if v.can(o.verb) && (o.module == "" || v.authority.Has(o.module)) {
			p.Alert.Actions = append(p.Alert.Actions, web.Action{Text: p.T(o.text), Href: o.path(s.ID)})
		}
	}
	return u.site.Render(w, r, status, "sure", p)
}

func (u *UI) archiveSchool(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.archivable(r, v)
	if err != nil {
		return err
	}
	if typed := r.PostFormValue(web.ConfirmName); school.Fold(typed) != school.Fold(s.Name) {
		return u.showArchive(w, r, v, s, http.StatusUnprocessableEntity, typed, web.T(v.lang, "archive.wrong", s.Name))
	}
	set, err := u.st.ArchiveSchool(r.Context(), v.by, s.ID)
	if school.KindOf(err) == school.Conflict && !s.Archived {
		return u.showArchive(w, r, v, s, http.StatusConflict, "", "")
	}
	if err != nil {
		return err
	}
	return u.done(w, r, "/schools", "done.school.archived", set)
}

func (v view) restoreAction(s school.School) web.Action {
	return web.Action{Text: web.T(v.lang, "archive.restore"), About: s.Name, Href: schoolAddress(s.ID) + "/restore", Post: true}
}

func (u *UI) restoreSchool(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.archivable(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.RestoreSchool(r.Context(), v.by, s.ID)
	if err != nil {
		return err
	}
	return u.done(w, r, schoolAddress(s.ID), "done.school.restored", set)
}

func init() {
	web.Add(web.Words{
		"school.archive":  {"Schule archivieren …", "Archive school …"},
		"school.archived": {"archiviert", "archived"},
		"archive.title":   {"{1} archivieren", "Archive {1}"},
		"archive.do":      {"Schule archivieren", "Archive school"},
		"archive.text": {"Die Schule verschwindet mit ihren Klassen und Gruppen aus allen Listen. Gelöscht wird nichts: Unter „Archiviert“ lässt sie sich wiederherstellen.",
			"The school disappears from all lists, with its classes and groups. Nothing is erased: it can be restored under “Archived”."},
		"archive.wrong":        {"Bitte tippen Sie den Namen der Schule: {1}", "Please type the name of the school: {1}"},
		"archive.not":          {"Diese Schule lässt sich noch nicht archivieren", "This school cannot be archived yet"},
		"archive.not.text":     {"Zuerst muss alles ein neues Zuhause haben oder beendet sein:", "First everything must have a new home or have ended:"},
		"archive.restore":      {"Wiederherstellen", "Restore"},
		"done.school.archived": {"Die Schule ist archiviert.", "The school is archived."},
		"done.school.restored": {"Die Schule ist wiederhergestellt.", "The school is restored."},
	})
}
