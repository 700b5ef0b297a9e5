package webtest

import (
	"context"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// An Authenticator holds passkeys: a telephone that always sees the right finger, played by the browser.
type Authenticator struct {
	tab *Tab
	id  webauthn.AuthenticatorID
}

// Authenticator gives the tab one. It counts its signatures, as sticks do.
func (tab *Tab) Authenticator() *Authenticator {
	tab.t.Helper()
	a := &Authenticator{tab: tab}
	tab.run("adding an authenticator", webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		a.id, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}).Do(ctx)
		return err
	}))
	return a
}

// Verifies says whether the finger is the right one from now on.
func (a *Authenticator) Verifies(right bool) {
	a.tab.t.Helper()
	a.tab.run("changing fingers", webauthn.SetUserVerified(a.id, right))
}

// Keys are the passkeys on it.
func (a *Authenticator) Keys() []*webauthn.Credential {
	a.tab.t.Helper()
	var keys []*webauthn.Credential
	a.tab.run("counting passkeys", chromedp.ActionFunc(func(ctx context.Context) (err error) {
		keys, err = webauthn.GetCredentials(a.id).Do(ctx)
		return err
	}))
	return keys
}

// Put replaces what is on it: with what was there before, it is a copy.
func (a *Authenticator) Put(keys []*webauthn.Credential) {
	a.tab.t.Helper()
	actions := []chromedp.Action{webauthn.ClearCredentials(a.id)}
	for _, k := range keys {
		actions = append(actions, webauthn.AddCredential(a.id, k))
	}
	a.tab.run("putting passkeys", actions...)
}
