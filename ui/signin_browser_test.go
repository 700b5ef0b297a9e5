package ui

import (
	"context"
	"net/url"
	"testing"

	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// The pages of signing in, as people see them: wide, on a telephone, in the dark, in English.
func TestSignInPagesInABrowser(t *testing.T) {
	w := doored(t)
	s := w.iserv()
	id := w.provider(s, w.Nord, teacher, school.ClaimRule{Claim: "groups", Value: "schulleitung", Role: school.SchoolAdmin})
	if err := w.st.SetStart(context.Background(), w.by, "musterstadt"); err != nil {
		t.Fatal(err)
	}
	look := func(tab *webtest.Tab, name, path string) {
		t.Helper()
		tab.Goto(w.server.URL + path)
		tab.Axe()
		tab.Resize(390, 844)
		tab.Fits()
		picture(tab, "s2-"+name+"-narrow")
		tab.Resize(1280, 900)
		picture(tab, "s2-"+name)
	}
	clerk := w.as(w.Clerk)
	if a := clerk.post("/account/second/begin", url.Values{"old": {password}}); a.Location != "/account/second" {
		t.Fatal(a.Status)
	}
	stranger := w.as("").open(t, "/sign-in/musterstadt", webtest.Options{Dark: true, Expected: []string{"status of 403", "status of 422", "status of 502"}})
	look(stranger, "doors", "/sign-in/musterstadt")
	look(stranger, "not-signed-in", backPath+"/"+string(id)+"?state=x")

	mine := clerk.open(t, "/account", webtest.Options{})
	look(mine, "account", "/account")
	look(mine, "second-new", "/account/second")
	secret := secretShown.FindString(clerk.get("/account/second").Body)
	mine.Type("#code", w.code(secret))
	mine.Click("main form button[type=submit]")
	mine.Wait(".recovery")
	mine.Axe()
	picture(mine, "s2-recovery")
	look(mine, "second", "/account/second")

	in := w.as("").open(t, "/sign-in?next=/people", webtest.Options{Width: 390, Height: 844, Cookies: map[string]string{"lang": "en"}})
	in.Type("#login", w.Clerk)
	in.Type("#password", password)
	in.Press(webtest.Keys.Enter)
	in.Wait("#code")
	in.Axe()
	in.Fits()
	picture(in, "s2-code")

	admin := w.as(w.Admin).open(t, "/providers", webtest.Options{})
	look(admin, "providers", "/providers")
	look(admin, "provider", "/providers/"+string(id))
	look(admin, "preview", "/providers/"+string(id)+"/preview")
	look(admin, "account-of", "/accounts/"+string(w.accountID(w.Clerk)))
	look(admin, "sessions", "/sessions")
}
