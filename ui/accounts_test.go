package ui

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
)

// accountID finds an account by its login.
func (w *world) accountID(login string) school.AccountID {
	w.t.Helper()
	p, err := w.st.Accounts(context.Background(), w.by, store.AccountFilter{Text: login})
	rows := ok(w.t, p, err).Rows
	if len(rows) != 1 {
		w.t.Fatalf("%d accounts are called %s", len(rows), login)
	}
	return rows[0].ID
}

func TestAccountsAreMadeByALinkThatIsShownOnce(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/accounts").says(t, http.StatusOK, "Konten", "Anna Beispiel", "Birte Beispiel", "Schulverwaltung · Gymnasium Nord", "kann sich anmelden", "1 bis 3 von 3")
	c.get("/accounts?q=birte").says(t, http.StatusOK, "Birte Beispiel", "Alle zeigen")
	c.get("/accounts?q=niemand").says(t, http.StatusOK, "Kein Konto passt dazu")
	c.get("/accounts/new").says(t, http.StatusOK, "Verwaltung", "Schulverwaltung", "Prüfung", "Gymnasium Nord")

	form := url.Values{"name": {"Dora Beispiel"}, "login": {"dora@west.example"}, "role": {"school_admin"}, "until": {"31.07.2027"}}
	refused := c.post("/accounts/new", form)
	refused.says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	if !strings.Contains(refused.Body, `value="dora@west.example"`) {
		t.Error("the form forgets what was typed")
	}
	c.post("/accounts/new", url.Values{"name": {"X"}, "login": {w.Clerk}, "role": {"auditor"}}).says(t, http.StatusUnprocessableEntity, "Diesen Anmeldenamen gibt es schon.")
	c.post("/accounts/new", url.Values{"name": {"X"}, "login": {"x"}, "role": {"auditor"}, "until": {"bald"}}).says(t, http.StatusUnprocessableEntity, "Das ist kein Datum.")
	form.Set("school", string(w.West))
	made := c.post("/accounts/new", form)
	made.says(t, http.StatusOK, "Dora Beispiel", "Link zum Setzen des Passworts", "Schulverwaltung · Realschule West · bis 31.07.2027", "Link offen bis")
	id := w.accountID("dora")
	c.get("/accounts/"+string(id)).hides(t, "/setup/")

	again := c.post("/accounts/"+string(id)+"/link", nil)
	again.says(t, http.StatusOK, "/setup/")
	_, rest, _ := strings.Cut(made.Body, "/setup/")
	old, _, _ := strings.Cut(rest, "<")
	w.as("").get("/setup/"+old).says(t, http.StatusUnprocessableEntity, "Dieser Link gilt nicht mehr")
}

func TestAccountsAreChangedDisabledAndEnabled(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	path := "/accounts/" + string(w.accountID("schule@nord.example"))
	c.get(path+"/edit").says(t, http.StatusOK, "Konto ändern")
	c.post(path+"/edit", url.Values{"name": {""}, "login": {"schule@nord.example"}}).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	if a := c.post(path+"/edit", url.Values{"name": {"Birte Anders"}, "login": {"schule@nord.example"}}); a.Location != path {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	clerk := w.as(w.Clerk)
	if a := c.post(path+"/disable", nil); a.Location != path {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	if a := clerk.get("/account"); a.Status != http.StatusSeeOther {
		t.Errorf("the session of a disabled account: %d", a.Status)
	}
	page := c.get(path)
	page.says(t, http.StatusOK, "Birte Anders", "gesperrt", "Konto entsperren")
	page.hides(t, "Neuen Link erstellen", "Rolle geben")
	if a := c.post(path+"/enable", nil); a.Location != path {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	own := c.get("/accounts/" + string(w.accountID("admin@musterstadt.example")))
	own.hides(t, "Konto sperren") // nobody locks themselves out
}

func TestRolesAreGivenAndEnded(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	path := "/accounts/" + string(w.accountID("pruefung@musterstadt.example"))
	c.post(path+"/grants", url.Values{"role": {"school_admin"}}).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	c.post(path+"/grants", url.Values{"role": {"auditor"}, "school": {string(w.Nord)}}).says(t, http.StatusUnprocessableEntity, "bitte ohne Schule")
	c.post(path+"/grants", url.Values{}).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	if a := c.post(path+"/grants", url.Values{"role": {"school_admin"}, "school": {string(w.Nord)}}); a.Location != path {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	page := c.get(path)
	page.says(t, http.StatusOK, "Schulverwaltung · Gymnasium Nord")
	_, rest, _ := strings.Cut(page.Body, `name="grant" value="`)
	grant, _, _ := strings.Cut(rest, `"`)
	if a := c.post(path+"/grants/end", url.Values{"grant": {grant}}); a.Location != path {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	c.get(path).says(t, http.StatusOK, "beendet")

	self := "/accounts/" + string(w.accountID("admin@musterstadt.example"))
	_, rest, _ = strings.Cut(c.get(self).Body, `name="grant" value="`)
	grant, _, _ = strings.Cut(rest, `"`)
	c.post(self+"/grants/end", url.Values{"grant": {grant}}).says(t, http.StatusConflict, "letzte Verwaltung")
}

// TestWhoMayNotSeesNoSuchPage walks the pages of this file's subjects with every role.
func TestWhoMayNotSeesNoSuchPage(t *testing.T) {
	w := newWorld(t)
	account := "/accounts/" + string(w.accountID("schule@nord.example"))
	who := map[string]*client{"operator": w.as(w.Operator), "admin": w.as(w.Admin), "school": w.as(w.Clerk), "auditor": w.as(w.Auditor)}
	for _, c := range []struct{ path, may string }{
		{"/admin", "operator admin school auditor"},
		{"/admin/authority", "operator admin"},
		{"/accounts", "operator admin"}, {"/accounts/new", "operator admin"}, {account, "operator admin"},
		{"/operators", "operator"}, {"/operators/new", "operator"}, {"/authorities/new", "operator"},
		{"/tokens", "operator admin"}, {"/tokens/new", "operator admin"},
		{"/audit", "operator admin auditor"}, {"/outbox", "operator admin auditor"},
		{"/schools/new", "admin"}, {"/years/new", "admin"}, {"/years", "operator admin school auditor"},
		{"/schools/" + string(w.Nord) + "/edit", "admin school"}, {"/schools/" + string(w.Nord) + "/network", "admin school"},
		{"/schools/" + string(w.West) + "/edit", "admin"}, {"/schools/" + string(w.West) + "/places", "operator admin auditor"},
		{"/classes/" + string(w.C7b) + "/edit", "admin school"}, {"/classes/" + string(w.C3a) + "/edit", "admin"},
		{"/places/" + string(w.Case), "admin"}, {"/groups", "operator admin school auditor"}, {"/groups/new", "admin school"},
	} {
		for name, client := range who {
			got := client.get(c.path)
			may := strings.Contains(" "+c.may+" ", " "+name+" ")
			switch {
			case may && got.Status != http.StatusOK:
				t.Errorf("%s may open %s, gets %d", name, c.path, got.Status)
			case !may && got.Status != http.StatusNotFound && got.Status != http.StatusForbidden:
				t.Errorf("%s may not open %s, gets %d", name, c.path, got.Status)
			case !may && name == "school" && strings.Contains(c.path, string(w.West)) && got.Status != http.StatusNotFound:
				t.Errorf("a stranger to %s gets %d", c.path, got.Status)
			}
		}
		if got := w.as("").get(c.path); got.Status != http.StatusSeeOther || !strings.HasPrefix(got.Location, "/sign-in") {
			t.Errorf("who is not signed in gets %d for %s", got.Status, c.path)
		}
	}
	for _, c := range []struct {
		name, path string
		form       url.Values
	}{
		{"auditor", account + "/disable", nil},
		{"school", account + "/link", nil},
		{"auditor", "/tokens/new", url.Values{"name": {"x"}}},
		{"school", "/schools/new", url.Values{"name": {"Neue Schule"}}},
		{"school", "/classes/" + string(w.C3a) + "/archive", nil},
		{"auditor", "/admin/authority", url.Values{"name": {"Anders"}}},
		{"admin", "/authorities/new", url.Values{"name": {"Anders"}}},
		{"operator", "/schools/" + string(w.Nord) + "/network", url.Values{"ssid": {"x"}}},
	} {
		if got := who[c.name].post(c.path, c.form); got.Status != http.StatusNotFound && got.Status != http.StatusForbidden {
			t.Errorf("%s posts to %s and gets %d", c.name, c.path, got.Status)
		}
	}
}

// TestButtonsAreThereForThoseWhoMayPressThem: nobody is offered what would be refused.
func TestButtonsAreThereForThoseWhoMayPressThem(t *testing.T) {
	w := newWorld(t)
	operator := w.as(w.Operator)
	admins := operator.get("/accounts/" + string(w.accountID("admin@musterstadt.example")))
	admins.says(t, http.StatusOK, "Anna Beispiel", "Verwaltung · Musterstadt")
	admins.hides(t, "Neuen Link erstellen", "Konto ändern", "Konto sperren", "Beenden") // else it could let itself in
	auditors := operator.get("/accounts/" + string(w.accountID("pruefung@musterstadt.example")))
	auditors.says(t, http.StatusOK, "Neuen Link erstellen", "Konto sperren")
	page := w.as(w.Clerk).get("/admin")
	page.says(t, http.StatusOK, "Schuljahre", "Gruppen")
	page.hides(t, "Konten", "Protokoll", "Postausgang", "Einstellungen")
	w.as(w.Auditor).get("/years").hides(t, "Schuljahr anlegen")
}

func TestOperatorsMakeOperators(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Operator)
	c.get("/operators").says(t, http.StatusOK, "Betrieb", "betrieb@ranzen.example", "Betrieb · alle Schulträger")
	made := c.post("/operators/new", url.Values{"name": {"Zweiter Betrieb"}, "login": {"zweiter@ranzen.example"}})
	made.says(t, http.StatusOK, "Zweiter Betrieb", "/setup/")
	c.post("/operators/new", url.Values{"name": {"Noch einer"}, "login": {"zweiter@ranzen.example"}}).says(t, http.StatusUnprocessableEntity, "Diesen Anmeldenamen gibt es schon.")
}

func TestAPITokensAreShownOnce(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/tokens").says(t, http.StatusOK, "Noch keine API-Token")
	c.get("/tokens/new").says(t, http.StatusOK, "Verwaltung", "Schulverwaltung", "Prüfung", "Namen von Personen sehen")
	c.get("/tokens/new?role=auditor").hides(t, "Namen von Personen sehen")
	c.post("/tokens/new", url.Values{"role": {"auditor"}, "name": {"Abgleich"}}).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	c.post("/tokens/new", url.Values{"role": {"auditor"}, "name": {"Abgleich"}, "verbs": {"assign"}}).
		says(t, http.StatusUnprocessableEntity, "Die gewählte Rolle enthält „Profile zuweisen“ nicht.")
	made := c.post("/tokens/new", url.Values{"role": {"school_admin"}, "school": {string(w.Nord)}, "name": {"Abgleich"}, "verbs": {"view", "assign"}, "ends": {"2027-07-31"}})
	made.says(t, http.StatusOK, "API-Token „Abgleich“", "rz_", "nur dieses eine Mal")
	_, rest, _ := strings.Cut(made.Body, "<code>")
	secret, _, _ := strings.Cut(rest, "</code>")
	by, err := w.st.TokenActor(context.Background(), secret)
	if ok(t, by, err); !by.Can(school.Assign, school.Where{Authority: w.authority, School: w.Nord}) || by.Can(school.EditOrg, school.Where{Authority: w.authority, School: w.Nord}) {
		t.Error("the token may something else than was ticked")
	}
	list := c.get("/tokens")
	list.says(t, http.StatusOK, "Abgleich", "Schulverwaltung · Gymnasium Nord", "Profile zuweisen", "31.07.2027", "gilt")
	list.hides(t, "rz_")
	if a := c.post("/tokens/revoke", url.Values{"token": {string(by.Account)}}); a.Location != "/tokens" {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	page := c.get("/tokens")
	page.says(t, http.StatusOK, "zurückgezogen")
	page.hides(t, "Zurückziehen")
}
