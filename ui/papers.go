package ui

import (
	"net/http"
	"strings"

	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// The papers of data protection (package sheet) on pages, and what they need that no machine knows.

const papersPath = "/papers"

func (u *UI) papersPlace(f *web.Frame, v view) []web.Crumb {
	return u.adminPlace(f, v, web.Crumb{Name: f.T("admin.papers"), Href: papersPath})
}

func (u *UI) papersPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.ReadAudit) {
		return web.ErrNotFound
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{}), Lead: web.T(v.lang, "papers.lead")}
	p.Title = p.T("admin.papers")
	p.Place = u.adminPlace(&p.Frame, v)
	if v.can(school.Settings) {
		p.Actions = []web.Action{{Text: p.T("papers.particulars"), Href: papersPath + "/particulars"}}
	}
	if v.authority.Policy.Privacy.Officer == "" {
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("papers.missing"), Text: p.T("papers.missing.text")}
	}
	p.Columns = []web.Column{{Name: p.T("papers.paper")}, {Name: p.T("papers.for")}, {Name: p.T("papers.file")}}
	for _, id := range sheet.Papers() {
		p.Rows = append(p.Rows, []cell{{Text: p.T("paper." + id), Href: papersPath + "/" + id}, {Text: p.T("paper." + id + ".for")},
			{Text: p.T("papers.pdf", p.T("paper."+id)), Href: papersPath + "/" + id + "/pdf"}})
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// paper writes the paper of an address.
func (u *UI) paper(r *http.Request, v view) (sheet.Sheet, string, error) {
	id := routeVar(r, "paper")
	s, err := u.writer().Paper(r.Context(), v.reads(), id)
	return s, id, err
}

func (u *UI) paperPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, id, err := u.paper(r, v)
	if err != nil {
		return err
	}
	p := (&sheetPage{Frame: u.frame(r, s.Title, web.Crumb{Name: s.Title}), Actions: []web.Action{{Text: web.T(v.lang, "sheet.pdf"), Href: papersPath + "/" + id + "/pdf"}}}).shows(s)
	p.Place = u.papersPlace(&p.Frame, v)
	return u.site.Render(w, r, http.StatusOK, "sheet", p)
}

func (u *UI) paperPDF(w http.ResponseWriter, r *http.Request, v view) error {
	s, id, err := u.paper(r, v)
	if err != nil {
		return err
	}
	return sendSheet(w, s, v.lang, v.now, web.T(v.lang, "paper."+id+".file"))
}

// particularsForm asks what no machine knows.
func (u *UI) particularsForm(r *http.Request, v view, x school.Privacy) (*formPage, error) {
	if !v.can(school.Settings) {
		return nil, web.ErrNotFound
	}
	p := (&formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: papersPath}).keeping()
	p.Title = p.T("papers.particulars")
	p.Place = u.papersPlace(&p.Frame, v)
	var controls []web.Option
	for _, c := range school.Controls {
		controls = append(controls, web.Option{Value: string(c), Text: p.T("control." + sheet.ControlKey(c))})
	}
	p.Fields = []web.Field{
		{Name: "officer", Label: p.T("paper.officer"), Hint: p.T("papers.officer.hint"), Value: x.Officer, MaxLength: 300, Optional: true},
	}
	if !v.authority.Policy.StaffOnly { // for the data of pupils
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "control", Label: p.T("papers.control"), Hint: p.T("papers.control.hint"), Options: choose(string(x.Control), controls...)})
	}
	return p, nil
}

func (u *UI) particularsPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.particularsForm(r, v, v.authority.Policy.Privacy)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) setParticulars(w http.ResponseWriter, r *http.Request, v view) error {
	is, err := u.particularsForm(r, v, v.authority.Policy.Privacy)
	if err != nil {
		return err
	}
	err = is.meanwhile(r)
	x := v.authority.Policy.Privacy
	if x.Officer = strings.TrimSpace(r.PostFormValue("officer")); !v.authority.Policy.StaffOnly {
		x.Control = school.Control(r.PostFormValue("control"))
	}
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.SetPrivacy(r.Context(), v.by, v.authority.Policy.Privacy, x)
	}
	if err != nil {
		p, ferr := u.particularsForm(r, v, x)
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, papersPath, "done.kept", set)
}
