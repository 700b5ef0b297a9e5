package ui

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// signInPage is the page "signin".
type signInPage struct {
	web.Frame
	Alert    *web.Alert
	Start    string // name of the authority whose doors these are
	Doors    []signInDoor
	Search   *web.Filter // where there are many
	Nothing  string
	Login    web.Field
	Password web.Field
	Key      *passkeyForm
	Next     string // a local address, to come back to
}

// signInDoor is a provider somebody may come by.
type signInDoor struct{ Name, Detail, Href string }

func (u *UI) signInForm(r *http.Request, login, next string) (*signInPage, error) {
	p := &signInPage{Frame: u.frame(r, ""), Next: next}
	p.Title = p.T("signin.title")
	p.Login = web.Field{Name: "login", Label: p.T("signin.login"), Value: login, Autocomplete: "username", Focus: login == ""}
	p.Password = web.Field{Kind: web.PasswordField, Name: "password", Label: p.T("signin.password"), Autocomplete: "current-password", Focus: login != ""}
	p.Key = u.signInKey(&p.Frame, next)
	return p, u.addDoors(r, p)
}

// next is the address to come back to that a request carries; never the sign-in page itself.
func nextOf(r *http.Request) string {
	next := localTarget(r.FormValue("next"))
	if strings.HasPrefix(next, web.SignInPath) || strings.HasPrefix(next, web.SignOutPath) {
		return web.HomePath
	}
	return next
}

func (u *UI) signInPage(w http.ResponseWriter, r *http.Request) error {
	if _, ok := viewOf(r); ok {
		return web.Redirect(w, r, nextOf(r))
	}
	p, err := u.signInForm(r, "", nextOf(r))
	if err != nil {
		return err
	}
	if len(p.Doors) > 0 {
		u.keepStart(w, r)
	}
	return u.site.Render(w, r, http.StatusOK, "signin", p)
}

func (u *UI) signIn(w http.ResponseWriter, r *http.Request) error {
	login, next := strings.TrimSpace(r.PostFormValue("login")), nextOf(r)
	err := u.enter(w, r, login, r.PostFormValue("password"), next)
	said, err := fieldErrors(web.LangOf(r), err)
	if err != nil || len(said) == 0 {
		return err
	}
	p, err := u.signInForm(r, login, next)
	if err != nil {
		return err
	}
	p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("signin.failed")}
	for _, text := range said { // one sentence, and never which of the two was wrong
		p.Alert.Text = text
	}
	status := http.StatusUnprocessableEntity
	if _, waits := said[""]; waits { // too many attempts: no field is to blame
		status = http.StatusTooManyRequests
	}
	return u.site.Render(w, r, status, "signin", p)
}

// enter signs in, gives the browser a new session and sends it on, in the language of the account if it has chosen one.
func (u *UI) enter(w http.ResponseWriter, r *http.Request, login, password, next string) error {
	in := u.bringing(r)
	in.Login, in.Password = login, password
	secret, err := u.st.SignIn(r.Context(), in)
	if step, more := errors.AsType[*store.NextStep](err); more {
		u.setCookie(w, u.stepCookie(), step.Secret, 0)
		return web.Redirect(w, r, codePath+"?next="+url.QueryEscape(next))
	}
	if err != nil {
		return err
	}
	return u.goIn(w, r, secret, next)
}

// goIn gives the browser its session and sends it on, in the language of the account.
func (u *UI) goIn(w http.ResponseWriter, r *http.Request, secret, next string) error {
	u.setSession(w, secret)
	if _, session, err := u.st.SessionActor(r.Context(), secret); err == nil && session.Language != "" {
		next = withLanguage(next, session.Language)
	}
	return web.Redirect(w, r, next)
}

// withLanguage adds the choice of a language to a local address; the guard of all pages keeps it and takes it out again.
func withLanguage(next, language string) string {
	to, err := url.Parse(next)
	if err != nil {
		return next
	}
	q := to.Query()
	q.Set("lang", language)
	to.RawQuery = q.Encode()
	return to.String()
}

// setSession gives the browser its session; the empty secret takes it away. The cookie ends with the browser at the
// latest; when the session ends is the store's rule.
func (u *UI) setSession(w http.ResponseWriter, secret string) {
	u.setCookie(w, u.cookieName(), secret, 0)
}

// setCookie keeps something of a sign-in in the browser, for so many seconds or until it is closed; the empty value takes
// it away.
func (u *UI) setCookie(w http.ResponseWriter, name, value string, seconds int) {
	if value == "" {
		seconds = -1
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: u.Secure, SameSite: http.SameSiteLaxMode})
}

// ownCookie is the name of a cookie of ours; by https it is bound to this very host.
func (u *UI) ownCookie(name string) string {
	if u.Secure {
		return "__Host-ranzen-" + name
	}
	return "ranzen-" + name
}

func (u *UI) stepCookie() string { return u.ownCookie("step") }

func cookieOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// signOut ends the session. Whoever came by a provider is still signed in there, which on a shared computer matters: the
// page says so and leads there.
func (u *UI) signOut(w http.ResponseWriter, r *http.Request) error {
	var away store.SessionAway
	if secret := cookieOf(r, u.cookieName()); secret != "" {
		var err error
		if away, err = u.st.SignOutAway(r.Context(), secret); err != nil {
			return err
		}
	}
	u.setSession(w, "")
	if away.Provider.ID != "" {
		return u.signedOut(w, r, away)
	}
	u.site.SetFlash(w, web.Flash{Key: "done.signed_out"})
	return web.Redirect(w, r, web.SignInPath)
}

// demoIn takes the link the demo prints.
func (u *UI) demoIn(w http.ResponseWriter, r *http.Request) error {
	if u.Demo == nil || u.Demo.TakeLink == nil {
		return web.ErrNotFound
	}
	if r.Method == http.MethodHead { // a look at the link does not use it up
		return nil
	}
	login, password, ok := u.Demo.TakeLink(routeVar(r, "secret"))
	if !ok {
		return &web.Problem{Status: http.StatusNotFound, Key: "signin.demo.over"}
	}
	return u.enter(w, r, login, password, web.HomePath)
}

// signed is the door of a page that needs somebody signed in, but no authority.
func (u *UI) signed(h page) http.Handler {
	return u.site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		v, ok := viewOf(r)
		if !ok {
			if r.Method != http.MethodGet {
				return web.Redirect(w, r, web.SignInPath)
			}
			return web.Redirect(w, r, web.SignInPath+"?next="+escapePath(r))
		}
		return h(w, r, v)
	})
}

// choosePage is the page "choose": in which authority somebody works who may work in several.
type choosePage struct {
	web.Frame
	Lead        string
	Next        string // address that was asked for
	Authorities []chooseRow
	Closed      []chooseRow // authorities an operator has no access to now
	Operators   *web.Action
	Empty       *web.Empty
	Create      *web.Action
}

type chooseRow struct {
	ID, Name string
	Here     bool
}

func (v view) provisions() bool { return v.by.Installs() }

// installs is the door of a page of those who run the installation, in whatever authority they work or in none.
func (u *UI) installs(h page) http.Handler {
	return u.signed(func(w http.ResponseWriter, r *http.Request, v view) error {
		if !v.provisions() {
			return web.ErrNotFound
		}
		return h(w, r, v)
	})
}

func (u *UI) choosePage(w http.ResponseWriter, r *http.Request, v view) error {
	all, err := u.st.Authorities(r.Context(), v.by)
	if err != nil {
		return err
	}
	var tenants []store.Tenant
	if v.provisions() {
		if tenants, err = u.st.Tenants(r.Context(), v.by); err != nil {
			return err
		}
		if len(tenants) == 0 {
			return web.Redirect(w, r, newAuthorityPath)
		}
	}
	p := &choosePage{Frame: u.frame(r, ""), Lead: web.T(v.lang, "choose.lead")}
	p.Title = p.T("choose.title")
	for _, a := range all {
		p.Authorities = append(p.Authorities, chooseRow{string(a.ID), a.Name, a.ID == v.authority.ID})
	}
	for _, t := range tenants {
		if !v.by.Belongs(t.ID) {
			p.Closed = append(p.Closed, chooseRow{ID: string(t.ID), Name: t.Name})
		}
	}
	if len(all)+len(p.Closed) == 0 {
		p.Empty = &web.Empty{Title: p.T("choose.none"), Text: p.T("choose.none.text")}
	}
	if v.provisions() {
		p.Create = &web.Action{Text: p.T("authority.new"), Href: newAuthorityPath}
		p.Operators = &web.Action{Text: p.T("operators.title"), Href: "/operators"}
	}
	return u.site.Render(w, r, http.StatusOK, "choose", p)
}

func (u *UI) choose(w http.ResponseWriter, r *http.Request, _ view) error {
	c, err := r.Cookie(u.cookieName())
	if err != nil {
		return web.Redirect(w, r, web.SignInPath)
	}
	if err := u.st.ChooseAuthority(r.Context(), c.Value, school.AuthorityID(r.PostFormValue("authority"))); err != nil {
		return err
	}
	return web.Redirect(w, r, localTarget(r.PostFormValue("next")))
}

// browserFamily names a browser for the list of sessions: enough to recognise one's own, nothing to recognise a person by.
func browserFamily(agent string) string {
	has := func(s string) bool { return strings.Contains(agent, s) }
	first := func(names ...string) string {
		for i := 0; i < len(names); i += 2 {
			if has(names[i]) {
				return names[i+1]
			}
		}
		return ""
	}
	browser := first("Edg", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "FxiOS", "Firefox", "CriOS", "Chrome", "Chrome/", "Chrome", "Safari/", "Safari")
	system := first("iPad", "iPad", "iPhone", "iPhone", "Android", "Android", "CrOS", "ChromeOS", "Windows", "Windows", "Macintosh", "Mac", "Linux", "Linux")
	return strings.Trim(browser+" · "+system, " ·")
}

// countOf reads a number a form carries; what is none is 0.
func countOf(r *http.Request, name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue(name)))
	if err != nil {
		return 0
	}
	return n
}

func init() {
	web.Add(web.Words{
		"signin.title":     {"Anmelden", "Sign in"},
		"signin.login":     {"Anmeldename", "Login"},
		"signin.password":  {"Passwort", "Password"},
		"signin.failed":    {"Die Anmeldung hat nicht geklappt", "Signing in did not work"},
		"signin.forgotten": {"Passwort vergessen oder noch kein Konto? Ihre Verwaltung erstellt Ihnen einen Link, mit dem Sie das Passwort selbst setzen.", "Password forgotten, or no account yet? Your administration makes you a link with which you set the password yourself."},
		"signin.demo.over": {"Dieser Link wurde schon benutzt. Starten Sie die Vorführung neu, dann steht dort ein neuer.", "This link has been used already. Start the demo again, and it shows a new one."},
		"done.signed_out":  {"Sie sind abgemeldet.", "You are signed out."},

		"choose.title":     {"Schulträger wählen", "Choose a school authority"},
		"choose.lead":      {"Sie arbeiten immer in einem Schulträger. Wechseln können Sie jederzeit über „Mein Konto“.", "You always work in one school authority. You can change it any time under “My account”."},
		"choose.into":      {"Zu {1} wechseln?", "Change to {1}?"},
		"choose.into.lead": {"Die Adresse, der Sie folgen, gehört zu {1}. Sie arbeiten gerade in {2}.", "The address you follow belongs to {1}. You are working in {2} just now."},
		"choose.here":      {"hier arbeiten Sie gerade", "you are working here now"},
		"choose.none":      {"Ihr Konto hat noch keine Rolle", "Your account has no role yet"},
		"choose.none.text": {"Die Verwaltung Ihres Schulträgers kann Ihnen eine geben. Danach genügt es, diese Seite neu zu laden.", "The administration of your school authority can give you one. Then it is enough to reload this page."},
	})
}
