package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ranzen/enroll"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// The second factor: set up and changed under one's own account, asked for after the password.
const (
	secondPath = web.AccountPath + "/second"
	codePath   = web.SignInPath + "/code"
)

// secondSecret is a secret on its way into an app: as QR code and to be typed.
type secondSecret struct {
	QR     template.HTML
	Secret string // in groups of four
	Link   template.URL
}

// secretFor draws a secret. The issuer is what apps show above the code.
func secretFor(authority, login, secret string) (*secondSecret, error) {
	name := "Ranzen"
	if authority != "" {
		name += " " + authority
	}
	q := url.Values{"secret": {secret}, "issuer": {name}}
	link := "otpauth://totp/" + url.PathEscape(name+":"+login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
	svg, err := enroll.QR(link)
	if err != nil {
		return nil, err
	}
	var groups []string
	for part := range slices.Chunk([]byte(secret), 4) {
		groups = append(groups, string(part))
	}
	return &secondSecret{QR: template.HTML(svg), Secret: strings.Join(groups, " "), Link: template.URL(link)}, nil // drawn by us of rectangles alone
}

func codeField(f *web.Frame, focus bool) web.Field {
	return web.Field{Name: "code", Label: f.T("second.code"), Hint: f.T("second.code.hint"), Autocomplete: "one-time-code", MaxLength: 20, Focus: focus}
}

// signInCodePage is the page "signincode": the password was right, and the second factor is asked for or set up.
type signInCodePage struct {
	web.Frame
	Lead   string
	Alert  *web.Alert
	Set    *secondSecret // to be set up first
	Key    *passkeyForm
	Code   web.Field
	Next   string
	Submit string

	Name                string // who signs in
	KeyTitle, CodeTitle string // where both are there
}

func (u *UI) stepForm(r *http.Request) (*signInCodePage, error) {
	step := cookieOf(r, u.stepCookie())
	a, setsUp, err := u.st.SignInStep(r.Context(), step)
	if err != nil {
		return nil, err
	}
	p := &signInCodePage{Frame: u.frame(r, ""), Next: nextOf(r), Name: a.Name}
	p.Title, p.Lead, p.Submit = p.T("second.title"), p.T("second.ask", a.Name), p.T("signin.title")
	p.Code = codeField(&p.Frame, true)
	u.stepKey(r, p, a, setsUp)
	if !setsUp {
		return p, nil
	}
	secret, err := u.st.StepSecret(r.Context(), step)
	if err != nil {
		return nil, err
	}
	p.Title, p.Lead = p.T("second.setup"), p.T("second.setup.must", a.Name)
	p.Code.Hint = p.T("second.first.hint")
	p.Set, err = secretFor("", a.Login, secret)
	return p, err
}

func (u *UI) codePage(w http.ResponseWriter, r *http.Request) error {
	p, err := u.stepForm(r)
	if isCode(err, "step_over") {
		return web.Redirect(w, r, web.SignInPath+"?next="+url.QueryEscape(nextOf(r)))
	}
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "signincode", p)
}

func isCode(err error, code string) bool {
	for _, e := range school.Refusals(err) {
		if e.Code == code {
			return true
		}
	}
	return false
}

// enterCode finishes a sign-in by its code. Recovery codes that came into being by it are shown on the answer, this once.
func (u *UI) enterCode(w http.ResponseWriter, r *http.Request) error {
	next := nextOf(r)
	secret, codes, err := u.st.FinishSignIn(r.Context(), cookieOf(r, u.stepCookie()), r.PostFormValue("code"), u.bringing(r))
	if err != nil {
		return u.refuseStep(w, r, next, err)
	}
	u.setCookie(w, u.stepCookie(), "", 0)
	if len(codes) == 0 {
		return u.goIn(w, r, secret, next)
	}
	u.setSession(w, secret)
	return u.showRecovery(w, r, codes, next)
}

// recoveryPage is the page "recovery": codes for the day the telephone is lost, to be printed, shown once.
type recoveryPage struct {
	web.Frame
	Codes []string
	Next  string
}

func (u *UI) showRecovery(w http.ResponseWriter, r *http.Request, codes []string, next string) error {
	p := &recoveryPage{Frame: u.frame(r, ""), Codes: codes, Next: next}
	p.Title = p.T("recovery.title")
	return u.site.Render(w, r, http.StatusOK, "recovery", p)
}

// secondPage is the page "second": one's own second factor.
type secondPage struct {
	web.Frame
	Lead  string
	Facts []web.Fact
	Alert *web.Alert
	Set   *secondSecret // waits for its first code
	Code  web.Field
	Begin []web.Field // what setting up takes; empty where it cannot be
	Word  string      // on the button
	Note  string      // above it
	On    bool
	Off   bool        // it may be switched off
	Drop  string      // on the button for that
	Prove []web.Field // password and code, for new recovery codes or switching off
}

func (u *UI) ownSecond(r *http.Request, v view) (*secondPage, error) {
	p := &secondPage{Frame: u.frame(r, "")}
	p.Title = p.T("second.title")
	p.Place = []web.Crumb{{Name: p.T("account.title"), Href: web.AccountPath}, {Name: p.Title}}
	x, err := u.st.SecondFactor(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	if p.Drop = p.T("second.drop"); x.Passkeys > 0 {
		p.Drop = p.T("second.app.drop")
	}
	p.Lead, p.On, p.Off = p.T("second.lead"), x.On, x.App && (!x.Required || x.Passkeys > 0)
	if !x.Possible {
		p.Lead = p.T("second.elsewhere")
		return p, nil
	}
	state := web.Status{Kind: web.Off, Text: p.T("second.off")}
	if x.On {
		state = web.Status{Kind: web.OK, Text: p.T("second.on")}
	}
	p.Facts = []web.Fact{{Name: p.T("accounts.state"), Status: &state}}
	if x.App {
		since := p.When(x.Since)
		p.Facts = append(p.Facts, web.Fact{Name: p.T("second.app"), Text: p.T("second.app.on")}, web.Fact{Name: p.T("grants.from"), When: &since})
	}
	if x.Passkeys > 0 {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("passkey.title"), Text: p.Lang.Number(int64(x.Passkeys)), Href: passkeysPath})
	}
	if x.On {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("recovery.left"), Text: p.T("recovery.count", x.Codes)})
	}
	if x.Required {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("second.policy"), Text: p.T("second.required")})
	}
	secret, err := u.st.PendingSecret(r.Context(), v.by)
	if err != nil && school.KindOf(err) != school.NotFound {
		return nil, err
	}
	if secret != "" {
		if p.Set, err = secretFor(v.authority.Name, v.session.Login, secret); err != nil {
			return nil, err
		}
		p.Code = codeField(&p.Frame, true)
		p.Code.Hint = p.T("second.first.hint")
	}
	password := func() web.Field {
		return web.Field{Kind: web.PasswordField, Name: "old", Label: p.T("account.old"), Autocomplete: "current-password"}
	}
	p.Begin, p.Word = []web.Field{password()}, p.T("second.setup")
	if x.On {
		if p.Word = p.T("second.app.setup"); x.App {
			p.Word, p.Note = p.T("second.renew"), p.T("second.renew.text")
		}
		p.Begin = append(p.Begin, codeField(&p.Frame, false))
		p.Prove = []web.Field{password(), codeField(&p.Frame, false)}
		p.Prove[0].Name, p.Prove[1].Name = "password", "proof" // ids are unique on a page
		if !x.App {
			p.Begin[1].Hint, p.Prove[1].Hint = p.T("recovery.hint"), p.T("recovery.hint")
		}
	}
	return p, nil
}

func (u *UI) secondPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.ownSecond(r, v)
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "second", p)
}

// refuseSecond shows the page again with what was refused: fields of the store to fields of the form.
func (u *UI) refuseSecond(w http.ResponseWriter, r *http.Request, v view, refused error, names map[string]string) error {
	said, err := fieldErrors(v.lang, refused)
	if err != nil {
		return err
	}
	p, err := u.ownSecond(r, v)
	if err != nil {
		return err
	}
	for field, text := range said {
		name, placed := names[field], false
		for _, list := range [][]web.Field{p.Begin, p.Prove} {
			for i := range list {
				if list[i].Name == name {
					list[i].Error, placed = text, true
				}
			}
		}
		if p.Set != nil && name == "first" {
			p.Code.Error, placed = text, true
		}
		if !placed {
			p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("form.refused"), Text: text}
		}
	}
	status := http.StatusUnprocessableEntity
	if isCode(refused, "sign_in_wait") {
		status = http.StatusTooManyRequests
	}
	return u.site.Render(w, r, status, "second", p)
}

func (u *UI) beginSecond(w http.ResponseWriter, r *http.Request, v view) error {
	if _, err := u.st.BeginSecondFactor(r.Context(), v.by, r.PostFormValue("old"), r.PostFormValue("code")); err != nil {
		return u.refuseSecond(w, r, v, err, map[string]string{"old": "old", "code": "code"})
	}
	return web.Redirect(w, r, secondPath)
}

func (u *UI) confirmSecond(w http.ResponseWriter, r *http.Request, v view) error {
	codes, err := u.st.ConfirmSecondFactor(r.Context(), v.by, r.PostFormValue("code"), cookieOf(r, u.cookieName()))
	if err != nil {
		return u.refuseSecond(w, r, v, err, map[string]string{"code": "first"})
	}
	return u.showRecovery(w, r, codes, secondPath)
}

func (u *UI) newRecovery(w http.ResponseWriter, r *http.Request, v view) error {
	codes, err := u.st.NewRecoveryCodes(r.Context(), v.by, r.PostFormValue("password"), r.PostFormValue("proof"))
	if err != nil {
		return u.refuseSecond(w, r, v, err, map[string]string{"old": "password", "code": "proof"})
	}
	return u.showRecovery(w, r, codes, secondPath)
}

func (u *UI) dropSecond(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.DropSecondFactor(r.Context(), v.by, r.PostFormValue("password"), r.PostFormValue("proof")); err != nil {
		return u.refuseSecond(w, r, v, err, map[string]string{"old": "password", "code": "proof"})
	}
	key := "done.second.off"
	if x, err := u.st.SecondFactor(r.Context(), v.by); err != nil {
		return err
	} else if x.On {
		key = "done.second.app"
	}
	return u.done(w, r, secondPath, key, "")
}

// resetSecond takes away the second factor of somebody who lost it, and writes to that person in the language of the account.
func (u *UI) resetSecond(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.AccountID(routeVar(r, "account"))
	a, err := u.st.Account(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	l, ok := web.ParseLang(a.Language)
	if !ok {
		l = v.lang
	}
	body := web.T(l, "second.mail", a.Name, v.session.Name, u.Public)
	if err := u.st.ResetSecondFactor(r.Context(), v.by, id, web.T(l, "second.mail.subject"), body); err != nil {
		return err
	}
	return u.done(w, r, "/accounts/"+string(id), "done.second.reset", "")
}

// secondPolicy asks whom the authority asks a second factor of.
func secondPolicy(f *web.Frame, p school.Policy) web.Field {
	var options []web.Option
	for _, role := range school.Roles {
		if role != school.Operator {
			options = append(options, web.Option{Value: string(role), Text: roleName(f.Lang, role), Chosen: slices.Contains(p.SecondFactor, role)})
		}
	}
	return web.Field{Kind: web.ChecksField, Name: "second_factor", Label: f.T("authority.second"), Hint: f.T("authority.second.hint"), Options: options, Optional: true}
}

func init() {
	web.Add(web.Words{
		"second.title":        {"Zweiter Faktor", "Second factor"},
		"second.lead":         {"Nach dem Passwort fragt die Anmeldung dann nach einem Code, den eine App auf Ihrem Telefon anzeigt. Ein gestohlenes Passwort allein genügt nicht mehr. Ein Passkey leistet dasselbe ohne Abtippen.", "After the password, signing in then asks for a code shown by an app on your telephone. A stolen password alone is no longer enough. A passkey does the same without typing."},
		"second.elsewhere":    {"Sie melden sich über einen Anmeldedienst an. Um einen zweiten Faktor kümmert sich dieser.", "You sign in by an identity provider. A second factor is its business."},
		"second.app":          {"Authenticator-App", "Authenticator app"},
		"second.app.setup":    {"Authenticator-App einrichten", "Set up an authenticator app"},
		"second.app.on":       {"eingerichtet", "set up"},
		"second.on":           {"eingeschaltet", "switched on"},
		"second.off":          {"ausgeschaltet", "switched off"},
		"second.policy":       {"Vorgabe", "Rule"},
		"second.required":     {"Ihr Schulträger verlangt ihn für Ihre Rolle.", "Your authority requires it for your role."},
		"second.setup":        {"Zweiten Faktor einrichten", "Set up a second factor"},
		"second.setup.must":   {"Guten Tag, {1}. Ihr Schulträger verlangt für Ihre Rolle einen zweiten Faktor. Richten Sie ihn jetzt ein; danach sind Sie angemeldet.", "Hello {1}. Your authority requires a second factor for your role. Set it up now; then you are signed in."},
		"second.renew":        {"Neu einrichten", "Set up anew"},
		"second.renew.text":   {"Für ein neues Telefon. Der bisherige gilt, bis der erste Code des neuen stimmt.", "For a new telephone. The present one counts until the first code of the new one is right."},
		"second.ask":          {"Guten Tag, {1}. Bitte geben Sie den Code aus Ihrer App ein.", "Hello {1}. Please enter the code from your app."},
		"second.code":         {"Code", "Code"},
		"second.code.hint":    {"6 Ziffern aus der App, oder einer Ihrer Wiederherstellungscodes.", "6 digits from the app, or one of your recovery codes."},
		"second.first.hint":   {"Die 6 Ziffern, die die App jetzt anzeigt.", "The 6 digits the app shows now."},
		"second.confirm":      {"Prüfen und einschalten", "Check and switch on"},
		"second.lost":         {"Telefon und Wiederherstellungscodes verloren? Ihre Verwaltung kann den zweiten Faktor zurücksetzen.", "Telephone and recovery codes lost? Your administration can reset the second factor."},
		"second.change":       {"Wiederherstellungscodes und Ausschalten", "Recovery codes and switching off"},
		"second.drop":         {"Zweiten Faktor ausschalten", "Switch the second factor off"},
		"second.codes":        {"Neue Wiederherstellungscodes", "New recovery codes"},
		"second.reset":        {"Zweiten Faktor zurücksetzen", "Reset the second factor"},
		"second.reset.text":   {"Nur wenn Sie sicher sind, mit wem Sie sprechen: App, Passkeys und Wiederherstellungscodes gelten dann nicht mehr, und das Passwort genügt. Alle Anmeldungen dieses Kontos enden, und eine E-Mail sagt der Person Bescheid.", "Only if you are sure whom you are talking to: app, passkeys and recovery codes are no longer valid then, and the password is enough. All sign-ins of this account end, and an e-mail tells the person."},
		"second.mail.subject": {"Ihr zweiter Faktor wurde zurückgesetzt", "Your second factor was reset"},
		"second.mail":         {"Guten Tag, {1},\n\n{2} hat den zweiten Faktor Ihres Kontos zurückgesetzt. Bis Sie ihn neu einrichten, genügt Ihr Passwort.\n\nHaben Sie nicht darum gebeten, melden Sie sich sofort bei Ihrer Verwaltung.\n\n{3}\n", "Hello {1},\n\n{2} has reset the second factor of your account. Until you set it up anew your password is enough.\n\nIf you did not ask for this, contact your administration at once.\n\n{3}\n"},
		"recovery.title":      {"Ihre Wiederherstellungscodes", "Your recovery codes"},
		"recovery.once":       {"Diese Seite erscheint nur jetzt. Drucken Sie sie und legen Sie sie weg, aber nicht zum Telefon.", "This page appears only now. Print it and put it away, but not with the telephone."},
		"recovery.text":       {"Jeder dieser Codes ersetzt einmal den Code der App. Ältere Wiederherstellungscodes gelten nicht mehr.", "Each of these codes replaces the code of the app once. Older recovery codes are no longer valid."},
		"recovery.next":       {"Ich habe sie aufgehoben", "I have kept them"},
		"recovery.left":       {"Wiederherstellungscodes", "Recovery codes"},
		"recovery.count":      {"noch {1}", "{1} left"},
		"done.second.off":     {"Der zweite Faktor ist ausgeschaltet.", "The second factor is switched off."},
		"done.second.app":     {"Die App ist entfernt. Ihre Passkeys gelten weiter.", "The app is removed. Your passkeys stay valid."},
		"second.app.drop":     {"App entfernen", "Remove the app"},
		"done.second.reset":   {"Der zweite Faktor ist zurückgesetzt.", "The second factor is reset."},
		"authority.second":    {"Zweiter Faktor nötig für", "Second factor required for"},
		"authority.second.hint": {"Wer eine dieser Rollen und ein Passwort hat, richtet ihn bei der nächsten Anmeldung ein. Für Anmeldungen über einen Anmeldedienst entscheidet dieser.",
			"Whoever has one of these roles and a password sets it up at the next sign-in. For sign-ins by an identity provider, the provider decides."},
	})
}
