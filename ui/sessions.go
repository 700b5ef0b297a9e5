package ui

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// sessionCells are browser, way in, times and the button of a session of somebody else.
func (u *UI) sessionCells(f *web.Frame, v view, s store.Session, end string, may bool) []cell {
	client := s.Client
	if client == "" {
		client = f.T("account.client.unknown")
	}
	by := s.Provider
	switch {
	case s.Passkey != "":
		by = f.T("passkey.one")
	case by == "":
		by = f.T("signin.password")
	}
	row := []cell{{Text: client}, {Text: by}, {When: momentOf(f, s.Created)}, {When: momentOf(f, s.Seen)}, {}}
	if s.ID == v.session.ID {
		row[0].Text += " (" + f.T("account.here") + ")"
	} else if may {
		row[4].Actions = []web.Action{{Text: f.T("account.end"), About: s.Name + ", " + client, Href: end, Post: true, Hidden: []web.Hidden{{Name: "session", Value: s.ID}}}}
	}
	return row
}

// sessionsPage lists who of the authority's accounts is signed in.
func (u *UI) sessionsPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.Accounts) {
		return web.ErrNotFound
	}
	list, err := u.st.AccountSessions(r.Context(), v.by, store.SessionFilter{After: r.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("sessions.title"), p.T("sessions.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	for _, key := range []string{"account.name", "account.client", "sessions.by", "account.created", "account.seen"} {
		p.Columns = append(p.Columns, web.Column{Name: p.T(key)})
	}
	p.Columns = append(p.Columns, web.Column{Name: p.T("table.do"), Hidden: true})
	for _, s := range list.Rows {
		p.Rows = append(p.Rows, append([]cell{{Text: s.Name, Href: "/accounts/" + string(s.Account)}}, u.sessionCells(&p.Frame, v, s, "/sessions", true)...))
	}
	p.Pager = keyPager(r, len(list.Rows), list.Next)
	p.Empty = web.Empty{Title: p.T("sessions.none")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) endSomeSession(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.EndAccountSession(r.Context(), v.by, r.PostFormValue("session")); err != nil {
		return err
	}
	return u.done(w, r, "/sessions", "done.sessions", "", 1)
}

// endAccountSessions ends one session of an account, or without a name all of them.
func (u *UI) endAccountSessions(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.AccountID(routeVar(r, "account"))
	to := "/accounts/" + string(id)
	if session := r.PostFormValue("session"); session != "" {
		if err := u.st.EndAccountSession(r.Context(), v.by, session); err != nil {
			return err
		}
		return u.done(w, r, to, "done.sessions", "", 1)
	}
	if err := u.st.EndAccountSessions(r.Context(), v.by, id); err != nil {
		return err
	}
	return u.done(w, r, to, "done.sessions.all", "")
}

func init() {
	web.Add(web.Words{
		"sessions.title":    {"Anmeldungen", "Sign-ins"},
		"sessions.lead":     {"Wer gerade angemeldet ist. Beenden hilft, wenn ein Gerät verloren ging oder jemand das Abmelden vergessen hat.", "Who is signed in now. Ending helps when a device was lost or somebody forgot to sign out."},
		"sessions.by":       {"Angemeldet über", "Signed in by"},
		"sessions.end.all":  {"Alle beenden", "End all"},
		"sessions.none":     {"Niemand ist angemeldet", "Nobody is signed in"},
		"done.sessions.all": {"Alle Anmeldungen dieses Kontos sind beendet.", "All sign-ins of this account have ended."},
	})
}
