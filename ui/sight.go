package ui

import (
	"net/http"

	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// What can be seen about an iPad, for those who hold one and for parents: generated from what the planner asks devices
// (mdm.Sight) and from the settings in force. It is open without sign-in under a link nobody can guess, so that it can be
// handed out on paper; it holds nothing that is secret, but a school need not be found by strangers.

// sightPage is the sheet for somebody who works at the school, with the link to hand out.
func (u *UI) sightPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.st.School(r.Context(), v.by, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	code, err := u.st.SightCode(r.Context(), v.by, s.ID)
	if err != nil {
		return err
	}
	link := "/sight/" + string(s.ID) + "/" + code
	p := (&sheetPage{Frame: u.frame(r, web.T(v.lang, "sight.title"), web.Crumb{Name: s.Name, Href: schoolAddress(s.ID)}, web.Crumb{Name: web.T(v.lang, "sight.short")})}).shows(sheet.Sight(v.lang, v.authority, s))
	p.Alert = &web.Alert{Kind: web.Note, Title: p.T("sight.link"), Text: u.Public + link, Actions: []web.Action{{Text: p.T("sight.open"), Href: link}}}
	return u.site.Render(w, r, http.StatusOK, "sheet", p)
}

// sightPublic is the sheet for everybody who has the link.
func (u *UI) sightPublic(w http.ResponseWriter, r *http.Request) error {
	s, a, err := u.st.SightOf(r.Context(), school.SchoolID(routeVar(r, "school")), routeVar(r, "code"))
	if err != nil {
		return err
	}
	p := &sheetPage{Frame: u.frame(r, "")}
	return u.site.Render(w, r, http.StatusOK, "sheet", p.shows(sheet.Sight(p.Lang, a, s)))
}

func init() {
	web.Add(web.Words{
		"sight.short": {"Was gesehen werden kann", "What can be seen"},
		"sight.link":  {"Ohne Anmeldung erreichbar, für Aushang und Elternbrief", "Reachable without sign-in, for notices and letters to parents"},
		"sight.open":  {"Öffentliche Seite öffnen", "Open the public page"},
	})
}
