package ui

import (
	"net/http"
	"net/url"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// keyCookie binds what a stranger's key is asked for to the browser that asked.
func (u *UI) keyCookie() string { return u.ownCookie("passkey") }

// signInKey is the button of the sign-in page.
func (u *UI) signInKey(f *web.Frame, next string) *passkeyForm {
	party, there := u.party()
	if !there {
		return nil
	}
	return &passkeyForm{Do: "get", Action: keyPath, Ask: keyPath + "/ask", Origin: party.Origin, Submit: f.T("passkey.signin"), Hidden: []web.Hidden{{Name: "next", Value: next}}}
}

func (u *UI) askAnyPasskey(w http.ResponseWriter, r *http.Request) error {
	browser := store.Secret(32)
	ask, err := u.st.AskAnyPasskey(r.Context(), browser)
	if err == nil {
		u.setCookie(w, u.keyCookie(), browser, 0)
	}
	return u.sendAsk(w, r, store.PasskeySignIn, ask, err)
}

// signInWithPasskey signs in whoever's key answered.
func (u *UI) signInWithPasskey(w http.ResponseWriter, r *http.Request) error {
	next := nextOf(r)
	proof, err := u.answered(r, store.PasskeySignIn, cookieOf(r, u.keyCookie()))
	u.setCookie(w, u.keyCookie(), "", 0)
	var secret string
	if err == nil {
		secret, err = u.st.SignInWithPasskey(r.Context(), proof, u.bringing(r))
	}
	if err == nil {
		return u.goIn(w, r, secret, next)
	}
	said, err := fieldErrors(web.LangOf(r), err)
	if err != nil {
		return err
	}
	p, err := u.signInForm(r, "", next)
	if err != nil {
		return err
	}
	for _, text := range said {
		p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("signin.failed"), Text: text}
	}
	return u.site.Render(w, r, http.StatusUnprocessableEntity, "signin", p)
}

// bringing is what a browser brings to a sign-in beside its proof.
func (u *UI) bringing(r *http.Request) store.SignIn {
	return store.SignIn{Client: browserFamily(r.UserAgent()), Old: cookieOf(r, u.cookieName())}
}

// stepKey adds to the page after the password what keys can do there: answer, or become the second factor that is needed.
func (u *UI) stepKey(r *http.Request, p *signInCodePage, a store.Account, setsUp bool) {
	party, there := u.party()
	if !there || !setsUp && a.Passkeys == 0 {
		return
	}
	if setsUp {
		p.Key = addPasskeyForm(&p.Frame, r, party, codeKeyPath, codeKeyPath+"/ask")
		p.KeyTitle, p.CodeTitle = p.T("passkey.or.passkey"), p.T("passkey.or.app")
		p.Code.Focus = false
	} else {
		p.Key = &passkeyForm{Do: "get", Action: codeKeyPath, Ask: codeKeyPath + "/ask", Origin: party.Origin, Submit: p.T("passkey.prove.key"), Primary: true}
		p.Lead, p.CodeTitle, p.Code.Focus = p.T("passkey.ask", p.Name), p.T("passkey.or.code"), a.App
		if !a.App {
			p.Code.Hint = p.T("recovery.hint")
		}
	}
	p.Key.Hidden = []web.Hidden{{Name: "next", Value: p.Next}}
}

func (u *UI) askPasskeyInStep(w http.ResponseWriter, r *http.Request) error {
	ask, use, err := u.st.AskPasskeyInStep(r.Context(), cookieOf(r, u.stepCookie()))
	return u.sendAsk(w, r, use, ask, err)
}

// finishWithPasskey finishes a sign-in by a key: one that answers, or a new one.
func (u *UI) finishWithPasskey(w http.ResponseWriter, r *http.Request) error {
	next, step := nextOf(r), cookieOf(r, u.stepCookie())
	a, setsUp, err := u.st.SignInStep(r.Context(), step)
	var secret string
	var codes []string
	switch {
	case err != nil:
	case setsUp:
		var k store.Passkey
		if k, err = u.made(r, a, step); err == nil {
			secret, codes, err = u.st.FinishByAddingPasskey(r.Context(), step, k, u.bringing(r))
		}
	default:
		var proof store.PasskeyProof
		if proof, err = u.answered(r, store.PasskeySecond, step); err == nil {
			secret, err = u.st.FinishWithPasskey(r.Context(), step, proof, u.bringing(r))
		}
	}
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

// refuseStep shows the page after the password again, or, where that is over, that it is.
func (u *UI) refuseStep(w http.ResponseWriter, r *http.Request, next string, refused error) error {
	said, err := fieldErrors(web.LangOf(r), refused)
	if err != nil {
		return err
	}
	p, err := u.stepForm(r)
	if isCode(err, "step_over") {
		return u.notSignedIn(w, r, school.Provider{}, next, err)
	}
	if err != nil {
		return err
	}
	status := http.StatusUnprocessableEntity
	if isCode(refused, "sign_in_wait") {
		status = http.StatusTooManyRequests
	}
	p.Code.Error = said["code"]
	if p.Key != nil && p.Key.Field != nil {
		p.Key.Field.Error = said["name"]
	}
	if text := said[""]; text != "" {
		p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("signin.failed"), Text: text}
	}
	return u.site.Render(w, r, status, "signincode", p)
}

// passkeySignInPage is where somebody lands who loads the answer to a form again.
func (u *UI) passkeySignInPage(w http.ResponseWriter, r *http.Request) error {
	return web.Redirect(w, r, web.SignInPath+"?next="+url.QueryEscape(nextOf(r)))
}
