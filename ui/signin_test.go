package ui

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func TestWhoIsNotSignedInSignsInAndComesBack(t *testing.T) {
	w := newWorld(t)
	c := w.as("")
	a := c.get("/audit?event=undone")
	if a.Status != http.StatusSeeOther || a.Location != "/sign-in?next=%2Faudit%3Fevent%3Dundone" {
		t.Fatalf("%d to %s", a.Status, a.Location)
	}
	page := c.get(a.Location)
	page.says(t, http.StatusOK, "Anmelden", "Anmeldename", "Passwort")
	if !strings.Contains(page.Body, `name="next" value="/audit?event=undone"`) {
		t.Error("the form forgets where to come back to")
	}
	a = c.post("/sign-in", url.Values{"login": {w.Admin}, "password": {password}, "next": {"/audit?event=undone"}})
	if a.Status != http.StatusSeeOther || a.Location != "/audit?event=undone" {
		t.Fatalf("%d to %s", a.Status, a.Location)
	}
	cookie := a.Header.Get("Set-Cookie")
	for _, part := range []string{"ranzen=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %s", strings.SplitN(cookie, "=", 2)[0], part)
		}
	}
	c.get("/audit").says(t, http.StatusOK, "Protokoll", "Anna Beispiel")
	if a := c.get("/sign-in?next=/years"); a.Location != "/years" {
		t.Errorf("who is signed in is sent to %q", a.Location)
	}
}

func TestTheSessionCookieIsBoundToTheHostByHTTPS(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Secure = true })
	a := w.as("").post("/sign-in", url.Values{"login": {w.Admin}, "password": {password}})
	cookie := a.Header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-ranzen=") || !strings.Contains(cookie, "Secure") || strings.Contains(cookie, "Domain") {
		t.Errorf("the cookie is %q", strings.SplitN(cookie, "=", 2)[0])
	}
}

func TestSignInLeadsToNoOtherHost(t *testing.T) {
	w := newWorld(t)
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/sign-in?next=/sign-in", ""} {
		a := w.as("").post("/sign-in", url.Values{"login": {w.Admin}, "password": {password}, "next": {next}})
		if a.Location != "/" {
			t.Errorf("next=%q leads to %q", next, a.Location)
		}
	}
}

func TestAWrongPasswordTellsNobodyWhichWasWrong(t *testing.T) {
	w := newWorld(t)
	c := w.as("")
	wrong := c.post("/sign-in", url.Values{"login": {w.Admin}, "password": {"falsch"}, "next": {"/years"}})
	wrong.says(t, http.StatusUnprocessableEntity, "Anmeldename und Passwort passen nicht zusammen.")
	if !strings.Contains(wrong.Body, `value="`+w.Admin+`"`) || !strings.Contains(wrong.Body, `value="/years"`) || strings.Contains(wrong.Body, "falsch") {
		t.Error("the form keeps the login and the way back, and never the password")
	}
	unknown := c.post("/sign-in", url.Values{"login": {"niemand@musterstadt.example"}, "password": {"falsch"}, "next": {"/years"}})
	if a, b := wrong.read(), unknown.read(); a != b {
		t.Errorf("a known and an unknown login are told apart:\n%s\n%s", a, b)
	}
}

func TestManyWrongPasswordsWaitAndSaySo(t *testing.T) {
	w := newWorld(t)
	c := w.as("")
	try := func(password string) answer {
		return c.post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}})
	}
	for range 5 {
		try("falsch").says(t, http.StatusUnprocessableEntity, "passen nicht zusammen")
	}
	try(password).says(t, http.StatusTooManyRequests, "noch 2 Sekunden gesperrt", "Andere Konten sind nicht betroffen.")
	if a := w.as("").post("/sign-in", url.Values{"login": {w.Admin}, "password": {password}}); a.Status != http.StatusSeeOther {
		t.Errorf("another account waits too: %d", a.Status)
	}
	w.clock(noon.Add(2 * time.Second))
	if a := try(password); a.Status != http.StatusSeeOther {
		t.Errorf("after the wait: %d", a.Status)
	}
}

func TestASignInEndsTheSessionBeforeIt(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.post("/sign-in", url.Values{"login": {w.Admin}, "password": {password}})
	if _, _, err := w.st.SessionActor(context.Background(), c.Secret); school.KindOf(err) != school.NotFound {
		t.Errorf("the old session: %v", err)
	}
	c.get("/account").says(t, http.StatusOK, "Anna Beispiel")
}

func TestSigningOut(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	if a := c.get("/sign-out"); a.Status != http.StatusNotFound {
		t.Errorf("a link signs out: %d", a.Status)
	}
	if a := c.post("/sign-out", nil); a.Location != "/sign-in" {
		t.Errorf("%d to %s", a.Status, a.Location)
	}
	if _, _, err := w.st.SessionActor(context.Background(), c.Secret); school.KindOf(err) != school.NotFound {
		t.Errorf("the session lives on: %v", err)
	}
	c.get("/sign-in").says(t, http.StatusOK)
	if a := c.get("/account"); a.Status != http.StatusSeeOther {
		t.Errorf("still signed in: %d", a.Status)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	w := newWorld(t)
	a := w.as(w.Admin).post("/sign-out", nil, "Sec-Fetch-Site", "cross-site")
	a.says(t, http.StatusForbidden, "von einer anderen Website")
}

func TestTheLanguageOfTheAccountIsTakenAlong(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	if a := c.post("/account/language", url.Values{"language": {"en"}}); a.Location != "/account?lang=en" {
		t.Fatalf("%d to %s", a.Status, a.Location)
	}
	a := w.as("").post("/sign-in", url.Values{"login": {w.Admin}, "password": {password}, "next": {"/audit?event=undone"}})
	if a.Location != "/audit?event=undone&lang=en" {
		t.Errorf("to %s", a.Location)
	}
}

func TestTheSetUpLinkOfAFreshServerLeadsToTheFirstAuthority(t *testing.T) {
	w := openWorld(t, t.TempDir()+"/world.db")
	w.serve()
	link, err := w.st.FirstLink(context.Background(), "betrieb@ranzen.example", "Betrieb")
	ok(t, link, err)
	c := w.as("")
	c.get("/setup/"+link).says(t, http.StatusOK, "Passwort setzen", "Guten Tag, Betrieb", "Mindestens 12 Zeichen")
	c.post("/setup/"+link, url.Values{"password": {"kurz"}, "again": {"kurz"}}).says(t, http.StatusUnprocessableEntity, "mindestens 12 Zeichen")
	c.post("/setup/"+link, url.Values{"password": {password}, "again": {"anders"}}).says(t, http.StatusUnprocessableEntity, "verschieden")
	if a := c.post("/setup/"+link, url.Values{"password": {password}, "again": {password}}); a.Location != "/" {
		t.Fatalf("%d to %s: %s", a.Status, a.Location, a.read())
	}
	c.get("/setup/"+link).says(t, http.StatusUnprocessableEntity, "Dieser Link gilt nicht mehr")

	// The start page needs an authority, choosing one needs one that is there.
	if a := c.get("/years"); a.Location != "/choose" {
		t.Errorf("%d to %s", a.Status, a.Location)
	}
	if a := c.get("/choose"); a.Location != "/authorities/new" {
		t.Errorf("%d to %s", a.Status, a.Location)
	}
	c.get("/authorities/new").says(t, http.StatusOK, "Schulträger anlegen", "Ich verwalte diesen Schulträger selbst")
	c.post("/authorities/new", url.Values{"name": {" "}}).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	if a := c.post("/authorities/new", url.Values{"name": {"Neustadt"}, "contact": {"Schul-IT"}, "mine": {"1"}}); a.Location != "/" {
		t.Fatalf("%d to %s: %s", a.Status, a.Location, a.read())
	}
	c.get("/admin").says(t, http.StatusOK, "Verwaltung", "Neustadt")
	c.get("/schools/new").says(t, http.StatusOK, "Schule anlegen") // only the administration may
	c.get("/account").says(t, http.StatusOK, "Betrieb · alle Schulträger", "Verwaltung · Neustadt")
}

func TestAnOperatorWhoDoesNotAdministerAppointsSomebody(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Operator)
	c.get("/choose").says(t, http.StatusOK, "Musterstadt", "hier arbeiten Sie gerade")
	if a := c.post("/authorities/new", url.Values{"name": {"Neustadt"}}); a.Location != "/" {
		t.Fatalf("%d to %s", a.Status, a.Location)
	}
	if a := c.get("/schools/new"); a.Status != http.StatusNotFound {
		t.Errorf("an operator edits schools: %d", a.Status)
	}
	c.get("/accounts/new").says(t, http.StatusOK, "Verwaltung", "Darf alles an allen Schulen")
	made := c.post("/accounts/new", url.Values{"name": {"Eva Beispiel"}, "login": {"eva@neustadt.example"}, "role": {"authority_admin"}})
	made.says(t, http.StatusOK, "Link zum Setzen des Passworts", "/setup/", "Verwaltung · Neustadt")
	_, rest, _ := strings.Cut(made.Body, "/setup/")
	link, _, _ := strings.Cut(rest, "<")
	if _, err := w.st.SetPassword(context.Background(), link, password); err != nil {
		t.Fatal(err)
	}
	// From now on Neustadt decides itself.
	c.get("/accounts/new").hides(t, "Darf alles an allen Schulen")
	c.post("/accounts/new", url.Values{"name": {"Noch Jemand"}, "login": {"noch@neustadt.example"}, "role": {"authority_admin"}}).
		says(t, http.StatusUnprocessableEntity, "hat bereits eine Verwaltung")
}

func TestTheDemoSignsInByItsLinkOnce(t *testing.T) {
	left := 1
	w := newWorld(t, func(c *Config) {
		c.Demo = &Demo{TakeLink: func(secret string) (string, string, bool) {
			if secret != "geheim" || left == 0 {
				return "", "", false
			}
			left--
			return "admin@musterstadt.example", password, true
		}}
	})
	r, err := http.NewRequest(http.MethodHead, w.server.URL+"/demo/geheim", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := w.as("").do(r, nil); a.Status != http.StatusOK || left != 1 {
		t.Errorf("a look at the link uses it up: %d", a.Status)
	}
	c := w.as("")
	if a := c.get("/demo/geheim"); a.Location != "/" {
		t.Fatalf("%d to %s", a.Status, a.Location)
	}
	c.get("/account").says(t, http.StatusOK, "Anna Beispiel")
	w.as("").get("/demo/geheim").says(t, http.StatusNotFound, "schon benutzt")
	newWorld(t).as("").get("/demo/geheim").says(t, http.StatusNotFound, "Diese Seite gibt es nicht")
}

func TestOwnAccount(t *testing.T) {
	w := newWorld(t)
	other := w.as(w.Clerk)
	c := w.as(w.Clerk)
	c.get("/account").says(t, http.StatusOK, "Mein Konto", "Birte Beispiel", "Schulverwaltung · Gymnasium Nord", "dieser Browser", "Alle anderen beenden")
	change := func(old, new, again string) answer {
		return c.post("/account/password", url.Values{"old": {old}, "password": {new}, "again": {again}})
	}
	change(password, "ein anderes Kennwort 8", "ein ganz anderes").says(t, http.StatusUnprocessableEntity, "verschieden")
	change("falsch", "ein anderes Kennwort 8", "ein anderes Kennwort 8").says(t, http.StatusUnprocessableEntity, "Das bisherige Passwort stimmt nicht.")
	change(password, "kurz", "kurz").says(t, http.StatusUnprocessableEntity, "mindestens 12 Zeichen")
	if a := change(password, "ein anderes Kennwort 8", "ein anderes Kennwort 8"); a.Location != "/account" {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	if a := other.get("/account"); a.Status != http.StatusSeeOther {
		t.Errorf("another session outlives the old password: %d", a.Status)
	}
	page := c.get("/account")
	page.says(t, http.StatusOK, "dieser Browser")
	page.hides(t, "Alle anderen beenden")

	_, x, err := w.st.SessionActor(context.Background(), c.Secret)
	ok(t, x, err)
	admin := w.as(w.Admin)
	if a := admin.post("/account/sessions", url.Values{"session": {x.ID}}); a.Status != http.StatusNotFound {
		t.Errorf("a session of somebody else was ended: %d", a.Status)
	}
	if a := c.post("/account/sessions", url.Values{"session": {x.ID}}); a.Location != web.SignInPath {
		t.Errorf("ending one's own session: %d to %s", a.Status, a.Location)
	}
}

func TestBrowserFamily(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1": "Safari · iPad",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0":                                               "Firefox · Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":  "Edge · Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":          "Chrome · Mac",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                   "Chrome · Android",
		"curl/8": "", "": "",
	} {
		if got := browserFamily(agent); got != want {
			t.Errorf("%s is %q, want %q", agent, got, want)
		}
	}
}

func TestWhoHasNoRoleIsToldSo(t *testing.T) {
	w := newWorld(t)
	login := w.account("ohne@musterstadt.example", "Ohne Rolle", school.Grant{Role: school.Auditor})
	a, err := w.st.Accounts(context.Background(), w.by, store.AccountFilter{Text: "ohne"})
	if err := w.st.EndGrant(context.Background(), w.by, ok(t, a, err).Rows[0].Grants[0].ID); err != nil {
		t.Fatal(err)
	}
	c := w.as(login)
	if a := c.get("/admin"); a.Location != "/choose" {
		t.Errorf("%d to %s", a.Status, a.Location)
	}
	c.get("/choose").says(t, http.StatusOK, "Ihr Konto hat noch keine Rolle")
}
