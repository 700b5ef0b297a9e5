package ui

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/passkey"
	"ranzen/ui/web"
)

// Passkeys: added, listed and removed under one's own account. Whatever changes them takes that their owner proved to be there
// just now; signing in with one is in passkey_signin.go.
const (
	passkeysPath = web.AccountPath + "/passkeys"
	keyPath      = web.SignInPath + "/passkey"
	codeKeyPath  = codePath + "/passkey"
)

// passkeyForm is the part "passkey".
type passkeyForm struct {
	Action, Ask string
	Do          string // create or get
	Origin      string
	Hidden      []web.Hidden
	Field       *web.Field
	Submit      string
	Primary     bool
}

// party is who we are for keys, if our address lets them be.
func (u *UI) party() (passkey.Party, bool) { return passkey.At(u.Public) }

func keyOf(k store.Passkey) passkey.Key {
	return passkey.Key{ID: k.Credential, Public: k.Public, Transports: k.Transports, Count: k.Count, Eligible: k.Eligible, BackedUp: k.BackedUp}
}

func userOf(a store.Account) passkey.User {
	return passkey.User{ID: []byte(a.ID), Login: a.Login, Name: a.Name}
}

// passkeyCodes are what stands against an answer, as the rules call it.
var passkeyCodes = map[error]string{passkey.ErrForm: "passkey_form", passkey.ErrOrigin: "passkey_origin", passkey.ErrUnverified: "passkey_unverified", passkey.ErrRefused: "passkey_refused"}

func passkeyRule(err error) error {
	if code, known := passkeyCodes[err]; known {
		return school.Refuse("", code)
	}
	return err
}

// sendAsk tells a browser what to sign, or in one sentence why it is not asked.
func (u *UI) sendAsk(w http.ResponseWriter, r *http.Request, use store.PasskeyUse, ask store.PasskeyAsk, err error) error {
	party, there := u.party()
	if err == nil && !there {
		err = school.Clash("passkey_address")
	}
	said, err := fieldErrors(web.LangOf(r), err)
	if err != nil {
		return err
	}
	for _, text := range said {
		return sendJSON(w, map[string]string{"error": text})
	}
	keys := make([]passkey.Key, 0, len(ask.Keys))
	for _, k := range ask.Keys {
		keys = append(keys, keyOf(k))
	}
	var body []byte
	if use == store.PasskeyAdd {
		body, err = party.Creation(ask.Challenge, userOf(ask.Account), keys)
	} else {
		body, err = party.Request(ask.Challenge, keys)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(body)
	return err
}

// answered reads what a browser's key signed for what it was asked; what was asked is void then, however it went.
func (u *UI) answered(r *http.Request, use store.PasskeyUse, holder string) (store.PasskeyProof, error) {
	var p store.PasskeyProof
	ask, err := u.st.TakePasskeyAsk(r.Context(), use, holder)
	if err != nil {
		return p, err
	}
	party, there := u.party()
	if !there {
		return p, school.Clash("passkey_address")
	}
	answer, err := passkey.Read([]byte(r.PostFormValue("answer")))
	if err != nil {
		return p, passkeyRule(err)
	}
	if p.Key, err = u.st.PasskeyByCredential(r.Context(), answer.Credential); err != nil {
		return p, err
	}
	// Whoever answers without having said who it is says it by the key; whoever said so answers with a key of its own.
	if ask.Account.ID != "" && ask.Account.ID != p.Key.Account || ask.Account.ID == "" && len(answer.User) == 0 {
		return p, school.Refuse("", "passkey_unknown")
	}
	now, err := party.Check(ask.Challenge, []byte(p.Key.Account), keyOf(p.Key), answer)
	if err != nil {
		if ferr := u.st.PasskeyFailed(r.Context(), p.Key); ferr != nil {
			return p, ferr
		}
		return p, passkeyRule(err)
	}
	p.Count, p.BackedUp = now.Count, now.BackedUp
	return p, nil
}

// made reads the new key a browser's owner made for what it was asked.
func (u *UI) made(r *http.Request, by store.Account, holder string) (store.Passkey, error) {
	ask, err := u.st.TakePasskeyAsk(r.Context(), store.PasskeyAdd, holder)
	if err == nil && ask.Account.ID != by.ID {
		err = school.Refuse("", "passkey_over")
	}
	if err != nil {
		return store.Passkey{}, err
	}
	party, there := u.party()
	if !there {
		return store.Passkey{}, school.Clash("passkey_address")
	}
	k, err := party.Register(ask.Challenge, userOf(by), []byte(r.PostFormValue("answer")))
	if err != nil {
		return store.Passkey{}, passkeyRule(err)
	}
	return store.Passkey{Name: r.PostFormValue("name"), Credential: k.ID, Public: k.Public, Transports: k.Transports, Count: k.Count, Eligible: k.Eligible, BackedUp: k.BackedUp}, nil
}

// addPasskeyForm asks for a new key and a word for it.
func addPasskeyForm(f *web.Frame, r *http.Request, party passkey.Party, action, ask string) *passkeyForm {
	name := r.PostFormValue("name")
	if name == "" {
		name = browserFamily(r.UserAgent())
	}
	return &passkeyForm{Do: "create", Action: action, Ask: ask, Origin: party.Origin, Submit: f.T("passkey.add.do"), Primary: true,
		Field: &web.Field{Name: "name", Label: f.T("account.name"), Hint: f.T("passkey.name.hint"), Value: name, MaxLength: store.PasskeyName, Autocomplete: "off"}}
}

// passkeysPage is the page "passkeys": one's own.
type passkeysPage struct {
	web.Frame
	Lead     string
	Possible bool
	Alert    *web.Alert
	Rows     []passkeyRow
	Ask      []web.Field // password and code: nobody proved anything just now
	Proving  *passkeyForm
	Add      *passkeyForm
	Codes    string
	Renew    *web.Action
}

type passkeyRow struct {
	Name   string
	Added  web.When
	Used   web.When
	Never  bool
	Status web.Status
	Remove *web.Action
}

func (u *UI) ownPasskeys(r *http.Request, v view) (*passkeysPage, error) {
	p := &passkeysPage{Frame: u.frame(r, "")}
	p.Title = p.T("passkey.title")
	p.Place = []web.Crumb{{Name: p.T("account.title"), Href: web.AccountPath}, {Name: p.Title}}
	second, err := u.st.SecondFactor(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	if p.Lead = p.T("passkey.lead"); !second.Possible {
		p.Lead = p.T("second.elsewhere")
		return p, nil
	}
	p.Possible = true
	keys, err := u.st.Passkeys(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	fresh := v.now.Sub(v.session.Proven) < store.FreshFor
	for _, k := range keys {
		row := passkeyRow{Name: k.Name, Added: p.When(k.Created), Used: p.When(k.Used), Never: k.Used.IsZero(), Status: web.Status{Kind: web.OK, Text: p.T("passkey.single")}}
		switch {
		case !k.Suspect.IsZero():
			row.Status = web.Status{Kind: web.Danger, Text: p.T("passkey.suspect")}
		case k.BackedUp:
			row.Status.Text = p.T("passkey.copied")
		case k.Eligible:
			row.Status.Text = p.T("passkey.eligible")
		}
		if fresh {
			row.Remove = &web.Action{Text: p.T("passkey.remove"), About: k.Name, Href: passkeysPath + "/" + k.ID + "/remove", Post: true}
		}
		p.Rows = append(p.Rows, row)
	}
	party, there := u.party()
	switch {
	case !fresh:
		p.Ask = []web.Field{{Kind: web.PasswordField, Name: "old", Label: p.T("signin.password"), Autocomplete: "current-password"}}
		if second.On {
			p.Ask = append(p.Ask, codeField(&p.Frame, false))
			if !second.App {
				p.Ask[1].Hint = p.T("recovery.hint")
			}
		}
		if len(keys) > 0 && there {
			p.Proving = &passkeyForm{Do: "get", Action: passkeysPath + "/prove", Ask: passkeysPath + "/prove/ask", Origin: party.Origin, Submit: p.T("passkey.prove.key"), Primary: true}
		}
	case !there:
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("passkey.impossible"), Text: p.T("passkey.impossible.text")}
	default:
		p.Add = addPasskeyForm(&p.Frame, r, party, passkeysPath, passkeysPath+"/ask")
	}
	if second.On {
		p.Codes = p.T("passkey.codes", second.Codes)
		if fresh {
			p.Renew = &web.Action{Text: p.T("second.codes"), Href: passkeysPath + "/codes", Post: true}
		}
	}
	return p, nil
}

func (u *UI) passkeysPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.ownPasskeys(r, v)
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "passkeys", p)
}

// refusePasskey shows the page again with what was refused.
func (u *UI) refusePasskey(w http.ResponseWriter, r *http.Request, v view, refused error) error {
	p, err := u.ownPasskeys(r, v)
	if err != nil {
		return err
	}
	fields := [][]web.Field{p.Ask}
	if p.Add != nil {
		fields = append(fields, []web.Field{*p.Add.Field})
	}
	alert, err := refusal(p.Lang, refused, fields...)
	if err != nil {
		return err
	}
	if p.Add != nil {
		p.Add.Field = &fields[1][0]
	}
	if alert != nil {
		p.Alert = alert
	}
	status := http.StatusUnprocessableEntity
	if isCode(refused, "sign_in_wait") {
		status = http.StatusTooManyRequests
	}
	return u.site.Render(w, r, status, "passkeys", p)
}

func (u *UI) askNewPasskey(w http.ResponseWriter, r *http.Request, v view) error {
	ask, err := u.st.AskPasskey(r.Context(), v.by, store.PasskeyAdd, cookieOf(r, u.cookieName()))
	return u.sendAsk(w, r, store.PasskeyAdd, ask, err)
}

func (u *UI) askOwnPasskey(w http.ResponseWriter, r *http.Request, v view) error {
	ask, err := u.st.AskPasskey(r.Context(), v.by, store.PasskeyProve, cookieOf(r, u.cookieName()))
	return u.sendAsk(w, r, store.PasskeyProve, ask, err)
}

func (u *UI) addPasskey(w http.ResponseWriter, r *http.Request, v view) error {
	keep := cookieOf(r, u.cookieName())
	k, err := u.made(r, store.Account{ID: v.by.Account, Login: v.session.Login, Name: v.session.Name}, keep)
	var codes []string
	if err == nil {
		codes, err = u.st.AddPasskey(r.Context(), v.by, k, keep)
	}
	if err != nil {
		return u.refusePasskey(w, r, v, err)
	}
	if len(codes) > 0 {
		return u.showRecovery(w, r, codes, passkeysPath)
	}
	return u.done(w, r, passkeysPath, "done.passkey.added", "")
}

// provePasskey is told by password and code, or by a key, that its owner is there.
func (u *UI) provePasskey(w http.ResponseWriter, r *http.Request, v view) error {
	keep := cookieOf(r, u.cookieName())
	var err error
	if r.PostFormValue("answer") != "" {
		var p store.PasskeyProof
		if p, err = u.answered(r, store.PasskeyProve, keep); err == nil {
			err = u.st.ProveWithPasskey(r.Context(), v.by, p, keep)
		}
	} else {
		err = u.st.Prove(r.Context(), v.by, r.PostFormValue("old"), r.PostFormValue("code"), keep)
	}
	if err != nil {
		return u.refusePasskey(w, r, v, err)
	}
	return web.Redirect(w, r, passkeysPath)
}

func (u *UI) removePasskey(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.RemovePasskey(r.Context(), v.by, routeVar(r, "passkey"), cookieOf(r, u.cookieName())); err != nil {
		return u.refusePasskey(w, r, v, err)
	}
	return u.done(w, r, passkeysPath, "done.passkey.removed", "")
}

func (u *UI) renewRecovery(w http.ResponseWriter, r *http.Request, v view) error {
	codes, err := u.st.RenewRecoveryCodes(r.Context(), v.by, cookieOf(r, u.cookieName()))
	if err != nil {
		return u.refusePasskey(w, r, v, err)
	}
	return u.showRecovery(w, r, codes, passkeysPath)
}
