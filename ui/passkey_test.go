package ui

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/passkey/passkeytest"
)

const namedServer = "https://ranzen.example"

// keyed is a world at an address that lets passkeys be.
func keyed(t testing.TB) *world {
	return newWorld(t, func(c *Config) { c.Public = namedServer })
}

func phone(t testing.TB) *passkeytest.Authenticator {
	return &passkeytest.Authenticator{T: t, Origin: namedServer, Eligible: true}
}

// asked is what a browser is told to sign.
func (c *client) asked(t testing.TB, path string) string {
	t.Helper()
	a := c.post(path+"/ask", nil)
	if a.Status != http.StatusOK || a.Header.Get("Content-Type") != "application/json" || strings.Contains(a.Body, `"error"`) {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	return a.Body
}

// adds makes a key on a device, under one's own account.
func (c *client) adds(t testing.TB, a *passkeytest.Authenticator, name string) answer {
	t.Helper()
	return c.post("/account/passkeys", url.Values{"name": {name}, "answer": {a.Create(c.asked(t, "/account/passkeys"))}})
}

// comes signs in with a device alone.
func (c *client) comes(t testing.TB, a *passkeytest.Authenticator) answer {
	t.Helper()
	return c.post("/sign-in/passkey", url.Values{"next": {"/people"}, "answer": {a.Get(c.asked(t, "/sign-in/passkey"))}})
}

func TestAPasskeyFromAddingToSigningIn(t *testing.T) {
	w := keyed(t)
	c, a := w.as(w.Clerk), phone(t)
	c.get("/account").says(t, http.StatusOK, "Passkeys")
	c.get("/account/passkeys").says(t, http.StatusOK, "Sie haben noch keinen Passkey.", "Passkey hinzufügen", "Für Passkeys muss JavaScript eingeschaltet sein.")
	if ask := c.asked(t, "/account/passkeys"); !strings.Contains(ask, `"id":"ranzen.example"`) || !strings.Contains(ask, `"attestation":"none"`) || !strings.Contains(ask, `"userVerification":"required"`) {
		t.Errorf("asked: %s", ask)
	}
	c.adds(t, a, " ").says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	first := c.adds(t, a, "Mein Telefon")
	first.says(t, http.StatusOK, "Ihre Wiederherstellungscodes", "Diese Seite erscheint nur jetzt")
	page := c.get("/account/passkeys")
	page.says(t, http.StatusOK, "Mein Telefon", "noch nie", "auf Ihren Geräten gesichert", "Noch 10.")
	c.adds(t, a, "noch einmal").says(t, http.StatusUnprocessableEntity, "Dieser Passkey ist schon eingetragen.")
	stick := &passkeytest.Authenticator{T: t, Origin: namedServer, Count: 1}
	if done := c.adds(t, stick, "Stick"); done.Location != "/account/passkeys" {
		t.Fatalf("%d %s", done.Status, done.read())
	}

	w.clock(noon.Add(time.Hour))
	in := w.as("")
	in.get("/sign-in?next=/people").says(t, http.StatusOK, "Mit Passkey anmelden")
	if got := in.comes(t, a); got.Location != "/people" {
		t.Fatalf("%d %s", got.Status, got.read())
	}
	in.get("/account").says(t, http.StatusOK, "Birte Beispiel", "Passkey „Mein Telefon“")
	w.as(w.Admin).get("/accounts/"+string(w.accountID(w.Clerk))).says(t, http.StatusOK, "mit zweitem Faktor", "Passkeys")
	w.as(w.Admin).get("/sessions").says(t, http.StatusOK, "Passkey")

	// After the password.
	half := w.as("")
	if got := half.post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}, "next": {"/years"}}); got.Location != "/sign-in/code?next=%2Fyears" {
		t.Fatalf("%d to %s", got.Status, got.Location)
	}
	half.get("/sign-in/code?next=/years").says(t, http.StatusOK, "Mit Passkey bestätigen", "Oder mit einem Code", "Einer Ihrer Wiederherstellungscodes.")
	if got := half.post("/sign-in/code/passkey", url.Values{"next": {"/years"}, "answer": {stick.Get(half.asked(t, "/sign-in/code/passkey"))}}); got.Location != "/years" {
		t.Fatalf("%d %s", got.Status, got.read())
	}

	// Removed.
	var keys []store.Passkey
	by, _, err := w.st.SessionActor(context.Background(), in.http.Jar.(jar)["ranzen"])
	if err == nil {
		keys, err = w.st.Passkeys(context.Background(), by)
	}
	if err != nil || len(keys) != 2 {
		t.Fatal(keys, err)
	}
	if got := in.post("/account/passkeys/"+keys[0].ID+"/remove", nil); got.Location != "/account/passkeys" {
		t.Fatalf("%d %s", got.Status, got.read())
	}
	w.as("").comes(t, a).says(t, http.StatusUnprocessableEntity, "Diesen Passkey gibt es hier nicht, oder nicht mehr.")
	in.get("/account/passkeys").hides(t, "Mein Telefon")

	// Whoever sits there later says who they are first.
	w.clock(noon.Add(2 * time.Hour))
	late := in.get("/account/passkeys")
	late.says(t, http.StatusOK, "Sind Sie es noch?", "Mit Passkey bestätigen", "Mit Passwort bestätigen")
	late.hides(t, "Entfernen")
	in.post("/account/passkeys/"+keys[1].ID+"/remove", nil).says(t, http.StatusUnprocessableEntity, "Bitte weisen Sie sich zuerst noch einmal aus.")
	if got := in.post("/account/passkeys/ask", nil); !strings.Contains(got.Body, "Bitte weisen Sie sich zuerst noch einmal aus.") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	in.post("/account/passkeys/prove", url.Values{"old": {"falsch"}, "code": {"x"}}).says(t, http.StatusUnprocessableEntity, "Das bisherige Passwort stimmt nicht.")
	codes := recoveryShown.FindStringSubmatch(first.Body)
	if got := in.post("/account/passkeys/prove", url.Values{"old": {password}, "code": {codes[1]}}); got.Location != "/account/passkeys" {
		t.Fatalf("%d %s", got.Status, got.read())
	}
	in.get("/account/passkeys").says(t, http.StatusOK, "Noch 9.", "Entfernen")
	w.clock(noon.Add(3 * time.Hour))
	if got := in.post("/account/passkeys/prove", url.Values{"answer": {stick.Get(in.asked(t, "/account/passkeys/prove"))}}); got.Location != "/account/passkeys" {
		t.Fatalf("%d %s", got.Status, got.read())
	}
	in.post("/account/passkeys/codes", nil).says(t, http.StatusOK, "Ihre Wiederherstellungscodes")
	if got := in.post("/account/passkeys/"+keys[1].ID+"/remove", nil); got.Location != "/account/passkeys" {
		t.Fatalf("%d %s", got.Status, got.read())
	}
	if got := w.as("").post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}}); got.Location != "/" {
		t.Errorf("without keys a code is asked for: %s", got.Location)
	}
	w.as(w.Admin).get("/audit").says(t, http.StatusOK, "Passkey hinzugefügt", "Passkey entfernt", "Neue Wiederherstellungscodes erstellt")
}

// What an attacker has: an answer that was seen, one given elsewhere, one that comes late, a copy of a key, a key of
// somebody else.
func TestForeignPasskeysSignNobodyIn(t *testing.T) {
	w := keyed(t)
	a := phone(t)
	a.Count = 10
	w.as(w.Clerk).adds(t, a, "Telefon").says(t, http.StatusOK, "Ihre Wiederherstellungscodes")
	refused := func(name string, got answer, text string) {
		t.Helper()
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.read(), text) || strings.Contains(got.Header.Get("Set-Cookie"), "ranzen=") {
			t.Errorf("%s: %d to %q: %s", name, got.Status, got.Location, got.read())
		}
	}
	in := w.as("")
	answer := url.Values{"answer": {a.Get(in.asked(t, "/sign-in/passkey"))}}
	cookie := in.http.Jar.(jar)["ranzen-passkey"]
	refused("in another browser", w.as("").post("/sign-in/passkey", answer), "Diese Anfrage ist abgelaufen oder wurde schon benutzt.")
	if got := in.post("/sign-in/passkey", answer); got.Location != "/" {
		t.Fatalf("%d %s", got.Status, got.read())
	}
	thief := w.as("")
	thief.http.Jar.(jar)["ranzen-passkey"] = cookie
	refused("once more", thief.post("/sign-in/passkey", answer), "Diese Anfrage ist abgelaufen oder wurde schon benutzt.")
	thief.asked(t, "/sign-in/passkey")
	refused("for another question", thief.post("/sign-in/passkey", answer), "Dieser Passkey passt nicht.")
	late := w.as("")
	answer = url.Values{"answer": {a.Get(late.asked(t, "/sign-in/passkey"))}}
	w.clock(noon.Add(5 * time.Minute))
	refused("late", late.post("/sign-in/passkey", answer), "Diese Anfrage ist abgelaufen oder wurde schon benutzt.")

	elsewhere := *a
	elsewhere.Origin = "https://ranzen.example.boese.example"
	refused("at another address", w.as("").comes(t, &elsewhere), "Dieser Passkey wurde an einer anderen Adresse benutzt.")
	party := *a
	party.Party = "boese.example"
	refused("for another party", w.as("").comes(t, &party), "Dieser Passkey passt nicht.")
	unasked := *a
	unasked.Unasked = true
	refused("without a finger", w.as("").comes(t, &unasked), "Ihr Gerät hat nicht nach Finger, Gesicht oder PIN gefragt.")
	refused("nothing", w.as("").post("/sign-in/passkey", nil), "Diese Anfrage ist abgelaufen")
	garbage := w.as("")
	garbage.asked(t, "/sign-in/passkey")
	refused("rubbish", garbage.post("/sign-in/passkey", url.Values{"answer": {`{"id":`}}), "Was Ihr Browser geschickt hat, lässt sich nicht lesen.")

	// Another authority on the same server.
	ctx := context.Background()
	other, err := w.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Anderswo"})
	if err != nil {
		t.Fatal(err)
	}
	_, link, err := w.st.CreateAccount(ctx, school.System("test", other), store.Account{Login: "fremd@anderswo.example", Name: "Frida Beispiel"}, []school.Grant{{Role: school.AuthorityAdmin, Authority: other}})
	if err == nil {
		_, err = w.st.SetPassword(ctx, link, password)
	}
	if err != nil {
		t.Fatal(err)
	}
	foreign := phone(t)
	w.as("fremd@anderswo.example").adds(t, foreign, "Telefon").says(t, http.StatusOK, "Ihre Wiederherstellungscodes")
	half := w.as("")
	half.post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}})
	refused("another authority's after the password", half.post("/sign-in/code/passkey", url.Values{"answer": {foreign.Get(half.asked(t, "/sign-in/code/passkey"))}}), "Diesen Passkey gibt es hier nicht")
	mine := *a
	mine.Owner = foreign.Owner
	refused("in another's name", w.as("").comes(t, &mine), "Dieser Passkey passt nicht.")
	swapped := *foreign
	swapped.ID, swapped.Owner = a.ID, a.Owner
	refused("another's key by its name", w.as("").comes(t, &swapped), "Dieser Passkey passt nicht.")
	taken := phone(t)
	taken.ID = a.ID
	refused("one that is somebody else's", w.as(w.Admin).adds(t, taken, "Meins"), "Dieser Passkey ist schon eingetragen.")
	guest := w.as("")
	if got := guest.comes(t, foreign); got.Location != "/people" {
		t.Fatalf("%d %s", got.Status, got.read())
	}
	guest.get("/accounts").hides(t, "Birte Beispiel")
	if got := guest.get("/schools/" + string(w.Nord)); got.Status != http.StatusNotFound {
		t.Errorf("another authority's school: %d", got.Status)
	}

	// A copy that counts for itself.
	copied := *a
	if got := w.as("").comes(t, a); got.Location != "/people" {
		t.Fatalf("%d %s", got.Status, got.read())
	}
	refused("a copy", w.as("").comes(t, &copied), "Dieser Passkey ist gesperrt, weil es wohl eine Kopie davon gibt.")
	refused("its original", w.as("").comes(t, a), "Dieser Passkey ist gesperrt, weil es wohl eine Kopie davon gibt.")
	w.as(w.Admin).get("/audit").says(t, http.StatusOK, "Passkey gesperrt: Sein Zähler lief rückwärts, es gibt wohl eine Kopie")
}

func TestTheAuthorityLeadsToAPasskey(t *testing.T) {
	w := keyed(t)
	admin := w.as(w.Admin)
	if a := admin.post("/admin/authority", url.Values{"name": {"Musterstadt"}, "modules": {"management"}, "await_minutes": {"15"}, "second_factor": {string(school.SchoolAdmin)}}); a.Location != "/admin" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c, a := w.as(""), phone(t)
	way := c.post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}, "next": {"/people"}})
	c.get(way.Location).says(t, http.StatusOK, "Ihr Schulträger verlangt für Ihre Rolle einen zweiten Faktor.", "Mit einem Passkey", "Oder mit einer Authenticator-App")
	c.post("/sign-in/code/passkey", url.Values{"name": {"x"}, "answer": {"{}"}}).says(t, http.StatusUnprocessableEntity, "Diese Anfrage ist abgelaufen")
	done := c.post("/sign-in/code/passkey", url.Values{"name": {"Telefon"}, "next": {"/people"}, "answer": {a.Create(c.asked(t, "/sign-in/code/passkey"))}})
	done.says(t, http.StatusOK, "Ihre Wiederherstellungscodes")
	if !strings.Contains(done.Body, `href="/people"`) {
		t.Error("it does not lead on")
	}
	page := c.get("/account/passkeys")
	page.says(t, http.StatusOK, "Telefon")
	id := regexp.MustCompile(`/account/passkeys/([0-9a-f-]{36})/remove`).FindStringSubmatch(page.Body)
	c.post("/account/passkeys/"+id[1]+"/remove", nil).says(t, http.StatusUnprocessableEntity, "Fügen Sie zuerst einen anderen Passkey hinzu oder richten Sie die App ein.")
	if got := w.as("").comes(t, a); got.Location != "/people" {
		t.Errorf("%d %s", got.Status, got.read())
	}
	// Lost: the administration takes it away, and the way begins anew.
	path := "/accounts/" + string(w.accountID(w.Clerk))
	admin.get(path).says(t, http.StatusOK, "App, Passkeys und Wiederherstellungscodes gelten dann nicht mehr")
	if got := admin.post(path+"/second", nil); got.Location != path {
		t.Fatalf("%d %s", got.Status, got.read())
	}
	w.as("").comes(t, a).says(t, http.StatusUnprocessableEntity, "Diesen Passkey gibt es hier nicht, oder nicht mehr.")
}

func TestWherePasskeysCannotBeThePageSaysSo(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Public = "https://192.0.2.7" })
	w.as("").get("/sign-in").hides(t, "Mit Passkey anmelden")
	c := w.as(w.Clerk)
	c.get("/account/passkeys").says(t, http.StatusOK, "Unter dieser Adresse gibt es keine Passkeys", "Wer den Server betreibt, gibt ihm einen Namen.")
	if a := c.post("/account/passkeys/ask", nil); !strings.Contains(a.Body, "Unter der Adresse dieses Servers gibt es keine Passkeys.") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := w.as("").get("/sign-in/code/passkey?next=/years"); a.Location != "/sign-in?next=%2Fyears" {
		t.Errorf("loaded again: %d to %s", a.Status, a.Location)
	}
}
