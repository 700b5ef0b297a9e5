package ui

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"ranzen/store/school"
)

func (w *world) code(secret string) string {
	w.t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), time.UnixMicro(w.now.Load()))
	return ok(w.t, code, err)
}

var secretShown = regexp.MustCompile(`[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}`)
var recoveryShown = regexp.MustCompile(`<code>([A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4})</code>`)

// protect sets a second factor up as a person does, and returns its secret and recovery codes.
func (c *client) protect(t *testing.T) (secret string, codes []string) {
	t.Helper()
	if a := c.post("/account/second/begin", url.Values{"old": {password}}); a.Location != "/account/second" {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	page := c.get("/account/second")
	page.says(t, http.StatusOK, "Mit einer Authenticator-App scannen")
	secret = secretShown.FindString(page.Body)
	if secret == "" || !strings.Contains(page.Body, "<svg") || !strings.Contains(page.Body, `href="otpauth://totp/Ranzen%20Musterstadt`) {
		t.Fatalf("no secret: %s", page.Body)
	}
	done := c.post("/account/second/confirm", url.Values{"code": {c.w.code(secret)}})
	done.says(t, http.StatusOK, "Diese Seite erscheint nur jetzt")
	for _, m := range recoveryShown.FindAllStringSubmatch(done.Body, -1) {
		codes = append(codes, m[1])
	}
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	return secret, codes
}

func TestASecondFactorFromSetUpToSignIn(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Clerk)
	c.get("/account").says(t, http.StatusOK, "Zweiter Faktor", "ausgeschaltet")
	c.get("/account/second").says(t, http.StatusOK, "Zweiten Faktor einrichten")
	c.post("/account/second/begin", url.Values{"old": {"falsch"}}).says(t, http.StatusUnprocessableEntity, "Das bisherige Passwort stimmt nicht.")
	if a := c.post("/account/second/begin", url.Values{"old": {password}}); a.Location != "/account/second" {
		t.Fatal(a.Status)
	}
	c.post("/account/second/confirm", url.Values{"code": {"000000"}}).says(t, http.StatusUnprocessableEntity, "Dieser Code passt nicht.")
	secret, codes := c.protect(t)
	page := c.get("/account/second")
	page.says(t, http.StatusOK, "eingeschaltet", "noch 10", "Zweiten Faktor ausschalten")
	page.hides(t, codes[0])

	w.clock(noon.Add(time.Hour))
	in := w.as("")
	a := in.post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}, "next": {"/people?q=x"}})
	if a.Location != "/sign-in/code?next=%2Fpeople%3Fq%3Dx" {
		t.Fatalf("%d to %s", a.Status, a.Location)
	}
	if a := in.get("/people"); a.Location != "/sign-in?next=%2Fpeople" {
		t.Errorf("half a sign-in sees a page: %d", a.Status)
	}
	form := in.get(a.Location)
	form.says(t, http.StatusOK, "Zweiter Faktor", "Birte Beispiel", "Bitte geben Sie den Code aus Ihrer App ein.")
	if !strings.Contains(form.Body, `value="/people?q=x"`) || !strings.Contains(form.Body, `autocomplete="one-time-code"`) {
		t.Error("the form forgets the way")
	}
	in.post("/sign-in/code", url.Values{"code": {"000000"}}).says(t, http.StatusUnprocessableEntity, "Dieser Code passt nicht.")
	if a := in.post("/sign-in/code", url.Values{"code": {w.code(secret)}, "next": {"/people?q=x"}}); a.Location != "/people?q=x" {
		t.Fatalf("%d to %s: %s", a.Status, a.Location, a.read())
	}
	in.get("/account").says(t, http.StatusOK, "Birte Beispiel")
	in.post("/sign-in/code", url.Values{"code": {w.code(secret)}}).says(t, http.StatusUnprocessableEntity, "Diese Anmeldung ist abgelaufen.")
	if a := w.as("").get("/sign-in/code?next=/years"); a.Location != "/sign-in?next=%2Fyears" {
		t.Errorf("without a password: %d to %s", a.Status, a.Location)
	}

	w.clock(noon.Add(2 * time.Hour))
	in.post("/account/second/codes", url.Values{"password": {password}, "proof": {"000000"}}).says(t, http.StatusUnprocessableEntity, "Dieser Code passt nicht.")
	in.post("/account/second/off", url.Values{"password": {"falsch"}, "proof": {codes[0]}}).says(t, http.StatusUnprocessableEntity, "Das bisherige Passwort stimmt nicht.")
	fresh := in.post("/account/second/codes", url.Values{"password": {password}, "proof": {codes[0]}})
	fresh.says(t, http.StatusOK, "Ihre Wiederherstellungscodes")
	fresh.hides(t, codes[1])
	w.clock(noon.Add(3 * time.Hour))
	if a := in.post("/account/second/off", url.Values{"password": {password}, "proof": {w.code(secret)}}); a.Location != "/account/second" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	in.get("/account/second").says(t, http.StatusOK, "ausgeschaltet")
}

func TestALostSecondFactorIsResetByTheAdministration(t *testing.T) {
	w := newWorld(t)
	clerk, admin := w.as(w.Clerk), w.as(w.Admin)
	path := "/accounts/" + string(w.accountID(w.Clerk))
	admin.get(path).hides(t, "Zweiten Faktor zurücksetzen")
	clerk.protect(t)
	admin.get("/accounts").says(t, http.StatusOK, "kann sich anmelden, mit zweitem Faktor")
	admin.get(path).says(t, http.StatusOK, "Zweiten Faktor zurücksetzen")
	if a := admin.post(path+"/second", nil); a.Location != path {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	if a := w.as("").post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}}); a.Location != "/" {
		t.Errorf("to %s", a.Location)
	}
	admin.get("/audit").says(t, http.StatusOK, "Zweiter Faktor zurückgesetzt")
	if a := w.as(w.Auditor).post(path+"/second", nil); a.Status != http.StatusNotFound {
		t.Errorf("an auditor resets: %d", a.Status)
	}
}

func TestTheAuthorityLeadsToASecondFactor(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	if a := admin.post("/admin/authority", url.Values{"name": {"Musterstadt"}, "modules": {"management"}, "await_minutes": {"15"}, "second_factor": {string(school.SchoolAdmin)}}); a.Location != "/admin" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c := w.as("")
	a := c.post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}, "next": {"/people"}})
	page := c.get(a.Location)
	page.says(t, http.StatusOK, "Ihr Schulträger verlangt für Ihre Rolle einen zweiten Faktor.", "Die 6 Ziffern, die die App jetzt anzeigt.")
	secret := secretShown.FindString(page.Body)
	c.post("/sign-in/code", url.Values{"code": {"000000"}, "next": {"/people"}}).says(t, http.StatusUnprocessableEntity, "Dieser Code passt nicht.")
	done := c.post("/sign-in/code", url.Values{"code": {w.code(secret)}, "next": {"/people"}})
	done.says(t, http.StatusOK, "Ihre Wiederherstellungscodes")
	if !strings.Contains(done.Body, `href="/people"`) {
		t.Error("it does not lead on")
	}
	c.get("/account/second").says(t, http.StatusOK, "Ihr Schulträger verlangt ihn für Ihre Rolle.")
}

func TestSessionsOfOthersAreEnded(t *testing.T) {
	w := newWorld(t)
	admin, clerk := w.as(w.Admin), w.as(w.Clerk)
	admin.get("/sessions").says(t, http.StatusOK, "Birte Beispiel", "Anna Beispiel", "dieser Browser", "Beenden")
	path := "/accounts/" + string(w.accountID(w.Clerk))
	page := admin.get(path)
	page.says(t, http.StatusOK, "Anmeldungen", "Alle beenden")
	id := regexp.MustCompile(`name="session" value="([0-9a-f]{64})"`).FindStringSubmatch(page.Body)
	if id == nil {
		t.Fatal("no session to end")
	}
	if a := w.as(w.Auditor).post("/sessions", url.Values{"session": {id[1]}}); a.Status != http.StatusNotFound {
		t.Errorf("an auditor ends it: %d", a.Status)
	}
	if a := admin.post("/sessions", url.Values{"session": {id[1]}}); a.Location != "/sessions" {
		t.Errorf("%d", a.Status)
	}
	if a := clerk.get("/account"); a.Status != http.StatusSeeOther {
		t.Errorf("it lives on: %d", a.Status)
	}
	again := w.as(w.Clerk)
	if a := admin.post(path+"/sessions", nil); a.Location != path {
		t.Errorf("%d", a.Status)
	}
	if a := again.get("/account"); a.Status != http.StatusSeeOther {
		t.Errorf("it lives on: %d", a.Status)
	}
}
