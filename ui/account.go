package ui

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// accountPage is the page "account": one's own.
type accountPage struct {
	web.Frame
	Change   *web.Action // where the authority is chosen, if there is a choice
	Facts    []web.Fact
	Language web.Field
	Password []web.Field // empty: somebody else keeps it
	Second   *web.Action
	Keys     *web.Action
	Alert    *web.Alert // the password was refused
	Sessions []sessionRow
	Others   int
}

type sessionRow struct {
	Client, Via   string
	Here          bool
	Created, Seen web.When
	Ends          web.When
	End           web.Action
}

func (u *UI) ownAccount(r *http.Request, v view) (*accountPage, error) {
	p := &accountPage{Frame: u.frame(r, "")}
	p.Title = p.T("account.title")
	names, err := u.schoolNames(r, v)
	if err != nil {
		return nil, err
	}
	p.Facts = []web.Fact{{Name: p.T("account.name"), Text: v.session.Name}, {Name: p.T("signin.login"), Text: v.session.Login}}
	several := v.provisions() || len(v.session.Authorities) > 1
	for _, g := range v.by.Grants {
		if g.Authority == v.by.Tenant && v.by.Tenant != "" || g.Authority == "" {
			p.Facts = append(p.Facts, web.Fact{Name: p.T("account.role"), Text: grantText(&p.Frame, g, v.authority.Name, names)})
		}
	}
	if several {
		p.Change = &web.Action{Text: p.T("account.change_authority"), Href: choosePath}
	}
	p.Language = web.Field{Kind: web.RadioField, Name: "language", Label: p.T("account.language"), Hint: p.T("account.language.hint"),
		Options: choose(v.session.Language, web.Option{Value: "", Text: p.T("account.language.any")}, web.Option{Value: "de", Text: "Deutsch"}, web.Option{Value: "en", Text: "English"})}
	second, err := u.st.SecondFactor(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	if second.Possible {
		state := web.Status{Kind: web.Off, Text: p.T("second.off")}
		if second.On {
			state = web.Status{Kind: web.OK, Text: p.T("second.on")}
		}
		p.Facts = append(p.Facts, web.Fact{Name: p.T("second.title"), Status: &state})
		p.Second = &web.Action{Text: p.T("second.title"), Href: secondPath}
		p.Facts = append(p.Facts, web.Fact{Name: p.T("passkey.title"), Text: p.Lang.Number(int64(second.Passkeys))})
		p.Keys = &web.Action{Text: p.T("passkey.title"), Href: passkeysPath}
	} else {
		p.Facts[1] = web.Fact{Name: p.T("accounts.provider"), Text: p.T("accounts.provider.text")}
	}
	p.Password = []web.Field{
		{Kind: web.PasswordField, Name: "old", Label: p.T("account.old"), Autocomplete: "current-password"},
		{Kind: web.PasswordField, Name: "password", Label: p.T("setup.password"), Hint: p.T("setup.password.hint", store.PasswordLength), Autocomplete: "new-password"},
		{Kind: web.PasswordField, Name: "again", Label: p.T("setup.again"), Autocomplete: "new-password"},
	}
	if !second.Possible {
		p.Password = nil
	}
	sessions, err := u.st.Sessions(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		row := sessionRow{Client: s.Client, Via: s.Provider, Here: s.ID == v.session.ID, Created: p.When(s.Created), Seen: p.When(s.Seen), Ends: p.When(s.Ends)}
		if s.Passkey != "" {
			row.Via = p.T("passkey.via", s.Passkey)
		}
		if row.Client == "" {
			row.Client = p.T("account.client.unknown")
		}
		row.End = web.Action{Text: p.T("account.end"), About: row.Client, Href: "/account/sessions", Post: true, Hidden: []web.Hidden{{Name: "session", Value: s.ID}}}
		if !row.Here {
			p.Others++
		}
		p.Sessions = append(p.Sessions, row)
	}
	return p, nil
}

// schoolNames are the names of the schools somebody may see, by id, for roles that hold at one.
func (u *UI) schoolNames(r *http.Request, v view) (map[school.SchoolID]string, error) {
	names := map[school.SchoolID]string{}
	if v.by.Tenant == "" {
		return names, nil
	}
	if !v.by.CanSomewhere(school.View, v.by.Tenant) {
		return u.st.NodeNames(r.Context(), v.by)
	}
	schools, err := u.st.Schools(r.Context(), v.by)
	for _, s := range schools {
		names[s.ID] = s.Name
	}
	return names, err
}

// grantText says a role, where it holds and until when.
func grantText(f *web.Frame, g school.Grant, authority string, names map[school.SchoolID]string) string {
	where := authority
	switch {
	case g.Authority == "":
		where = f.T("grant.everywhere")
	case g.School != "":
		where = names[g.School]
	}
	text := roleName(f.Lang, g.Role)
	if where != "" {
		text += " · " + where
	}
	if !g.Until.IsZero() {
		text += " · " + f.T("grant.until", lastDay(g.Until))
	}
	return text
}

// lastDay is the last day of what ends at a moment: at midnight, the day before.
func lastDay(end time.Time) time.Time { return end.Add(-time.Nanosecond) }

func (u *UI) accountPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.ownAccount(r, v)
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "account", p)
}

func (u *UI) setLanguage(w http.ResponseWriter, r *http.Request, v view) error {
	language := r.PostFormValue("language")
	if err := u.st.SetLanguage(r.Context(), v.by, language); err != nil {
		return err
	}
	to := web.AccountPath
	if language != "" {
		to = withLanguage(to, language)
	}
	return u.done(w, r, to, "done.kept", "")
}

func (u *UI) changePassword(w http.ResponseWriter, r *http.Request, v view) error {
	password := r.PostFormValue("password")
	said := map[string]string{}
	if r.PostFormValue("again") != password {
		said["again"] = web.T(v.lang, "setup.differs")
	} else {
		keep := ""
		if c, err := r.Cookie(u.cookieName()); err == nil {
			keep = c.Value
		}
		var err error
		if said, err = fieldErrors(v.lang, u.st.ChangePassword(r.Context(), v.by, r.PostFormValue("old"), password, keep)); err != nil {
			return err
		}
	}
	if len(said) == 0 {
		return u.done(w, r, web.AccountPath, "done.password", "")
	}
	p, err := u.ownAccount(r, v)
	if err != nil {
		return err
	}
	for i, f := range p.Password {
		p.Password[i].Error = said[f.Name]
		delete(said, f.Name)
	}
	for _, text := range said {
		p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("form.refused"), Text: text}
	}
	return u.site.Render(w, r, http.StatusUnprocessableEntity, "account", p)
}

// endSession ends one session of one's own, or without a name all others.
func (u *UI) endSession(w http.ResponseWriter, r *http.Request, v view) error {
	id := r.PostFormValue("session")
	if id == "" {
		n, err := u.st.EndSessions(r.Context(), v.by, v.session.ID)
		if err != nil {
			return err
		}
		return u.done(w, r, web.AccountPath, "done.sessions", "", int64(n))
	}
	if err := u.st.EndSession(r.Context(), v.by, id); err != nil {
		return err
	}
	if id == v.session.ID {
		u.setSession(w, "")
		return u.done(w, r, web.SignInPath, "done.signed_out", "")
	}
	return u.done(w, r, web.AccountPath, "done.sessions", "", 1)
}

func init() {
	web.Add(web.Words{
		"account.title":            {"Mein Konto", "My account"},
		"account.name":             {"Name", "Name"},
		"account.role":             {"Rolle", "Role"},
		"account.change_authority": {"Schulträger wechseln", "Change school authority"},
		"account.name.hint":        {"Name, Anmeldename und Rollen ändert die Verwaltung Ihres Schulträgers.", "Name, login and roles are changed by the administration of your school authority."},
		"account.language":         {"Sprache der Seiten", "Language of the pages"},
		"account.language.hint":    {"Gilt überall, wo Sie sich anmelden.", "Holds wherever you sign in."},
		"account.language.any":     {"wie der Browser", "as the browser"},
		"account.password":         {"Passwort ändern", "Change password"},
		"account.password.lead":    {"Alle anderen Anmeldungen mit diesem Konto enden dadurch.", "All other sign-ins with this account end by that."},
		"account.old":              {"Bisheriges Passwort", "Current password"},
		"account.sessions":         {"Wo Sie angemeldet sind", "Where you are signed in"},
		"account.sessions.lead":    {"Kommt Ihnen eine Zeile unbekannt vor, beenden Sie sie und ändern Sie Ihr Passwort.", "If a line looks unknown to you, end it and change your password."},
		"account.client":           {"Browser", "Browser"},
		"account.client.unknown":   {"unbekannter Browser", "unknown browser"},
		"account.here":             {"dieser Browser", "this browser"},
		"account.created":          {"Angemeldet", "Signed in"},
		"account.seen":             {"Zuletzt benutzt", "Last used"},
		"account.ends":             {"Endet spätestens", "Ends at the latest"},
		"account.end":              {"Beenden", "End"},
		"account.end.others":       {"Alle anderen beenden", "End all others"},
		"grant.everywhere":         {"alle Schulträger", "all school authorities"},
		"grant.until":              {"bis {1}", "until {1}"},
		"done.kept":                {"Gespeichert.", "Saved."},
		"done.password":            {"Ihr Passwort ist geändert. Alle anderen Anmeldungen sind beendet.", "Your password is changed. All other sign-ins have ended."},
		"done.sessions":            {"{1} {1:Anmeldung|Anmeldungen} beendet.", "{1} {1:sign-in|sign-ins} ended."},
	})
}
