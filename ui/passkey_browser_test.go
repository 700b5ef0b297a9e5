package ui

import (
	"net/url"
	"strings"
	"testing"

	"ranzen/ui/web/webtest"
)

// Chromium with a played authenticator: the script, the policy of the pages and what a browser really sends.
func TestPasskeysInABrowser(t *testing.T) {
	w := newWorld(t)
	local := strings.Replace(w.server.URL, "127.0.0.1", "localhost", 1)
	w.ui.Public = local
	expected := []string{"status of 422"}
	tab := webtest.Open(t, local+"/account/passkeys", webtest.Options{Cookies: map[string]string{"ranzen": w.as(w.Clerk).Secret}, Expected: expected})
	a := tab.Authenticator()
	look := func(name string) {
		t.Helper()
		tab.Axe()
		picture(tab, "p7-"+name)
		tab.Resize(390, 844)
		tab.Fits()
		picture(tab, "p7-"+name+"-narrow")
		tab.Resize(1280, 900)
	}
	look("none")
	a.Verifies(false)
	tab.Click(`form[data-passkey] button`)
	tab.Until(`!document.querySelector('[data-says]').hidden`)
	if said := tab.Text("[data-says]"); said != "Es wurde kein Passkey angelegt: Sie haben abgebrochen, oder die Zeit ist abgelaufen." {
		t.Errorf("cancelled: %q", said)
	}
	look("cancelled")
	a.Verifies(true)
	tab.Click(`form[data-passkey] button`)
	tab.Wait(".recovery")
	code := tab.Text(".recovery code")
	tab.Goto(local + "/account/passkeys")
	look("one")
	tab.Click(`form[data-passkey] button`)
	tab.Until(`!document.querySelector('[data-says]').hidden`)
	if said := tab.Text("[data-says]"); said != "Auf diesem Gerät liegt schon ein Passkey für Ihr Konto." {
		t.Errorf("twice: %q", said)
	}
	if keys := a.Keys(); len(keys) != 1 || keys[0].RpID != "localhost" || !keys[0].IsResidentCredential {
		t.Fatalf("%+v", keys)
	}

	// In, by the key alone, and after the password.
	leave := func() {
		t.Helper()
		tab.Eval(`document.querySelector('form[action="/sign-out"]').submit()`, nil)
		tab.Wait("#login")
	}
	leave()
	look("sign-in")
	tab.Goto(local + "/sign-in?next=/account")
	tab.Click(`form[data-passkey] button`)
	tab.Until(`location.pathname === '/account'`)
	leave()
	tab.Type("#login", w.Clerk)
	tab.Type("#password", password+webtest.Keys.Enter)
	tab.Wait("#code")
	look("code")
	was := a.Keys() // a thief copies it here
	tab.Click(`form[data-passkey] button`)
	tab.Until(`location.pathname === '/'`)

	// A second device, and the first is removed.
	in := w.as("")
	in.post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}})
	if done := in.post("/sign-in/code", url.Values{"code": {code}}); done.Location != "/" {
		t.Fatalf("%d %s", done.Status, done.read())
	}
	phone := webtest.Open(t, local+"/account/passkeys", webtest.Options{Cookies: map[string]string{"ranzen": in.http.Jar.(jar)["ranzen"]}, Expected: expected, Dark: true, Width: 390, Height: 844})
	b := phone.Authenticator()
	phone.Eval(`document.getElementById('name').value = 'Telefon'`, nil)
	phone.Click(`form[data-passkey] button`)
	phone.Until(`document.querySelectorAll('tbody tr').length === 2`)
	phone.Axe()
	phone.Fits()
	picture(phone, "p7-two-dark")
	if len(b.Keys()) != 1 {
		t.Error("it is not on the second device")
	}

	// The copy counts what the original counted already.
	thief := webtest.Open(t, local+"/sign-in", webtest.Options{Expected: expected, Dark: true})
	c := thief.Authenticator()
	c.Put(was)
	thief.Click(`form[data-passkey] button`)
	thief.Wait(".alert--danger .alert-title")
	if said := thief.Text("main .alert"); !strings.Contains(said, "Dieser Passkey ist gesperrt, weil es wohl eine Kopie davon gibt.") {
		t.Errorf("a copy: %q", said)
	}
	thief.Axe()
	picture(thief, "p7-copy-dark")
	phone.Goto(local + "/account/passkeys")
	if said := phone.Text("tbody tr"); !strings.Contains(said, "gesperrt: Es gibt wohl eine Kopie.") {
		t.Errorf("its owner reads %q", said)
	}
	phone.Axe()
	picture(phone, "p7-blocked")
	phone.Click(`tbody tr form button`)
	phone.Until(`document.querySelectorAll('tbody tr').length === 1`)
	tab.Goto(local + "/account") // what the removed key had opened is over
	tab.Wait("#login")

	// Removed, it opens nothing; no key on a device; another address.
	stranger := webtest.Open(t, local+"/sign-in?lang=en", webtest.Options{Expected: expected})
	stranger.Authenticator().Put(was)
	stranger.Click(`form[data-passkey] button`)
	stranger.Wait(".alert--danger .alert-title")
	if said := stranger.Text("main .alert"); !strings.Contains(said, "This passkey does not exist here, or no longer.") {
		t.Errorf("removed: %q", said)
	}
	astray := webtest.Open(t, w.server.URL+"/sign-in", webtest.Options{})
	astray.Click(`form[data-passkey] button`)
	astray.Until(`!document.querySelector('[data-says]').hidden`)
	if said := astray.Text("[data-says]"); !strings.Contains(said, "Passkeys gelten nur unter "+local) {
		t.Errorf("at another address: %q", said)
	}
	picture(astray, "p7-astray")
	without := webtest.Open(t, local+"/sign-in", webtest.Options{NoScript: true})
	without.Fits()
	without.Axe()
	if said := without.Text("main"); !strings.Contains(said, "Für Passkeys muss JavaScript eingeschaltet sein.") || strings.Contains(said, "Mit Passkey anmelden") {
		t.Errorf("without script: %q", said)
	}
}
