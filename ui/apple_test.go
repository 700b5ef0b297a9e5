package ui

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ranzen/enroll"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
)

// appleWorld is the world with a played Apple and the way in.
func appleWorld(t *testing.T) (*world, *sim.Apple) {
	t.Helper()
	calm := sim.Calm()
	apple, err := sim.NewApple(sim.Config{Weather: &calm, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *Config) {
		c.Enroll = enroll.New(enroll.Config{Store: c.Store, BaseURL: "https://mdm.musterstadt.example", Apple: apple})
	})
	return w, apple
}

const topicUUID = "7D6C5B4A-0000-4000-8000-4D5553544552"

func TestThePushCertificate(t *testing.T) {
	w, apple := appleWorld(t)
	admin := w.as(w.Admin)
	admin.get("/apple").says(t, 200, "Noch nicht eingerichtet", "Push einrichten", "Noch kein Token", "Noch läuft nichts ab")
	admin.get("/apple/push").says(t, 200, "1. Anforderung erzeugen", "identity.apple.com/pushcert", "Create a Certificate")
	admin.get("/apple/push/request.csr").says(t, 404)
	admin.post("/apple/push/request", url.Values{"request-account": {""}}).says(t, 422, "Bitte füllen Sie dieses Feld aus")
	admin.follow(admin.post("/apple/push/request", url.Values{"request-account": {"push@musterstadt.example"}})).says(t, 200, "Die Anforderung wartet auf ihr Zertifikat", "Anforderung herunterladen")
	csr := admin.get("/apple/push/request.csr")
	if !strings.HasPrefix(csr.Body, "-----BEGIN CERTIFICATE REQUEST-----") {
		t.Fatalf("the request begins %.60q", csr.Body)
	}
	admin.post("/apple/push/sign", nil).says(t, 404) // no signing service is configured

	admin.send("/apple/push/certificate", nil, nil).says(t, 422, "Bitte wählen Sie das Zertifikat")
	admin.send("/apple/push/certificate", nil, map[string][]byte{"certificate/x.pem": []byte("nichts")}).says(t, 422, "steht kein")
	cert, _, err := apple.PushCertificate(topicUUID, []byte(csr.Body))
	if err != nil {
		t.Fatal(err)
	}
	page := admin.follow(admin.send("/apple/push/certificate", url.Values{"account": {"push@musterstadt.example"}}, map[string][]byte{"certificate/push.pem": cert}))
	page.says(t, 200, "Funktioniert", "push@musterstadt.example", "Zum Erneuern bei Apple als push@musterstadt.example anmelden", "Nachweis")
	admin.get("/apple").says(t, 200, "Push-Zertifikat", "push@musterstadt.example", "Erneuern", "noch 12 Monate")

	// A certificate of another account is refused with the sentence that says what it would cost.
	other, key, err := apple.PushCertificate("7D6C5B4A-0000-4000-8000-4D5553544553", nil)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"both-certificate/a.pem": other, "both-key/a.key": key}
	admin.send("/apple/push/certificate", url.Values{"way": {"both"}, "both-account": {"jemand@example.org"}}, files).
		says(t, 422, "gehört zu einem anderen Apple Account", "neu eingerichtet werden", "push@musterstadt.example", "Renew")
	admin.send("/apple/push/certificate", url.Values{"way": {"both"}}, map[string][]byte{"both-certificate/a.pem": other}).says(t, 422, "Bitte wählen Sie den Schlüssel")

	w.as(w.Auditor).get("/apple").says(t, 200, "Funktioniert")
	w.as(w.Auditor).get("/apple").hides(t, "Erneuern", "Token hinzufügen")
	w.as(w.Auditor).get("/apple/push").says(t, 404)
	w.as(w.Clerk).get("/apple").says(t, 404)
}

func TestAnAppleTokenFromKeyToList(t *testing.T) {
	w, apple := appleWorld(t)
	woken := []string{}
	w.ui.Wake = func(kind, subject string) { woken = append(woken, kind+" "+subject) }
	admin := w.as(w.Admin)
	admin.post("/apple/tokens/new", url.Values{"name": {""}, "kind": {"asm"}}).says(t, 422, "Bitte füllen Sie dieses Feld aus")
	made := admin.post("/apple/tokens/new", url.Values{"name": {"Alle Schulen"}, "kind": {"asm"}})
	home := made.Location
	id := school.TokenID(strings.TrimPrefix(home, "/apple/tokens/"))
	admin.get(home).says(t, 200, "Wartet auf die Token-Datei", "1. Schlüssel herunterladen", "school.apple.com", "3. Token hier hochladen")
	key := admin.get(home + "/key.pem")
	if !strings.HasPrefix(key.Body, "-----BEGIN CERTIFICATE-----") {
		t.Fatalf("the key begins %.60q", key.Body)
	}
	admin.send(home+"/file", nil, nil).says(t, 422, "Bitte wählen Sie die Token-Datei")
	admin.send(home+"/file", nil, map[string][]byte{"token/x.p7m": []byte("unsinn")}).says(t, 422, "keine Token-Datei")

	server := apple.AddServer("Ranzen", "Musterstadt")
	for i := range 3 {
		server.Deliver(sim.Spec{Serial: fmt.Sprintf("DMPX00TEST%02d", i+1)})
	}
	file := must(server.Token([]byte(key.Body)))
	admin.follow(admin.send(home+"/file", nil, map[string][]byte{"token/a.p7m": file})).says(t, 200, "Liest die Geräteliste zum ersten Mal", "Musterstadt", "Geräteverwaltungsdienst", "Jetzt abgleichen")
	if len(woken) != 1 || woken[0] != "ade "+string(id) {
		t.Errorf("woken: %q", woken)
	}
	x := w.ui.Enroll
	must(x.SyncToken(t.Context(), id))
	must(x.AssignProfiles(t.Context(), id))
	admin.get(home).says(t, 200, "Alle iPads sind vorbereitet", "3/3", "Zuletzt abgeglichen")
	admin.get(home+"?part=state").says(t, 200, "3/3")
	admin.get("/apple").says(t, 200, "Token „Alle Schulen“", "3/3")
	admin.get(home+"/devices").says(t, 200, "DMPX00TEST02", "vorbereitet")
	admin.get(home+"/devices?q=DMPX00TEST03").hides(t, "DMPX00TEST02")
	admin.get(home+"/devices?show=refused").says(t, 200, "Keine Geräte")
	if csv := admin.get(home + "/devices?format=csv"); !strings.Contains(csv.Body, "DMPX00TEST01;") {
		t.Errorf("the list as a file: %.200q", csv.Body)
	}
	admin.follow(admin.post(home+"/sync", nil)).says(t, 200, "Alle iPads")

	// Settings: what is refused keeps what was typed.
	saved := url.Values{"name": {"Alle Schulen"}, "school": {string(w.Nord)}, "department": {"Schul-IT"}, "phone": {"0555 4711"}, "show": {"Siri", "Passcode"}}
	admin.follow(admin.post(home+"/settings", saved)).says(t, 200, "Einrichtung der iPads")
	page := admin.get(home)
	if !strings.Contains(page.Body, `value="Siri" checked`) || !strings.Contains(page.Body, `value="Schul-IT"`) {
		t.Error("the settings are not shown")
	}
	saved.Set("phone", strings.Repeat("1", 51))
	admin.post(home+"/settings", saved).says(t, 422, "Höchstens 50 Zeichen")
	saved.Set("phone", "1")
	saved.Add("show", "Restore")
	admin.post(home+"/settings", saved).says(t, 422, "Restore")

	// Renewal with a new key, then trouble, then the end.
	admin.follow(admin.post(home+"/key", nil)).says(t, 200, "Ein neuer Schlüssel wartet auf seine Token-Datei")
	fresh := admin.get(home + "/key.pem")
	if fresh.Body == key.Body {
		t.Error("the new key is the old one")
	}
	admin.follow(admin.send(home+"/file", nil, map[string][]byte{"token/b.p7m": must(server.Token([]byte(fresh.Body)))})).hides(t, "Ein neuer Schlüssel wartet")
	foreign := apple.AddServer("Anderer", "Musterstadt")
	admin.send(home+"/file", nil, map[string][]byte{"token/c.p7m": must(foreign.Token([]byte(fresh.Body)))}).says(t, 422, "anderen Server")
	server.RevokeToken()
	_, _ = x.SyncToken(t.Context(), id)
	admin.get(home).says(t, 200, "Apple nimmt das Token nicht mehr an", "ade_token_rejected")
	admin.get("/apple").says(t, 200, "Apple nimmt das Token nicht mehr an")
	admin.post(home+"/remove", url.Values{"confirm": {"Alle"}}).says(t, 422, "Das ist ein anderer Name")
	admin.follow(admin.post(home+"/remove", url.Values{"confirm": {"Alle Schulen"}})).says(t, 200, "Noch kein Token")
	admin.get(home).says(t, 404)
	w.as(w.Clerk).get("/apple/tokens/new").says(t, 404)
}

func TestEnrolmentCodes(t *testing.T) {
	w, apple := appleWorld(t)
	admin := w.as(w.Admin)
	admin.get("/codes").says(t, 200, "Noch keine Codes")
	form := url.Values{"school": {string(w.Nord)}, "note": {"Koffer 2"}, "uses": {"2"}, "expires": {"7"}}
	page := admin.post("/codes/new", form)
	page.says(t, 200, "Diese Seite erscheint nur jetzt", "Gymnasium Nord", "Koffer 2", "https://mdm.musterstadt.example/enroll", "Gilt für 2 iPads")
	if !strings.Contains(page.Body, "<svg xmlns") || strings.Contains(page.Header.Get("Cache-Control"), "public") {
		t.Error("the page shows no QR code, or may be kept")
	}
	link := "/e/" + strings.Split(fieldValue(page.Body, "https://mdm.musterstadt.example/e/", "<"), `"`)[0]
	typed := strings.TrimSpace(fieldValue(page.Body, `ticket-code"><span class="code"><code>`, "</code>"))
	admin.get("/codes").says(t, 200, "Koffer 2", "Gymnasium Nord", "0 von 2", "Zurückziehen")
	admin.get("/codes").hides(t, typed)
	for name, value := range map[string]string{"uses": "0", "expires": "99"} {
		bad := url.Values{"school": {string(w.Nord)}, "uses": {"1"}, "expires": {"7"}, "note": {"n"}}
		bad.Set(name, value)
		admin.post("/codes/new", bad).says(t, 422, "Ein Code gilt")
	}

	// Nobody is signed in where an iPad enrols.
	stranger := w.as("")
	stranger.get(link).says(t, 503, "noch nicht eingerichtet")
	cert, key, err := apple.PushCertificate(topicUUID, nil)
	if err != nil {
		t.Fatal(err)
	}
	must(w.ui.Enroll.AcceptPushCertificate(t.Context(), w.by, cert, key, ""))
	what := stranger.get(link)
	what.says(t, 200, "iPad anmelden", "Gymnasium Nord, Musterstadt", "Sie sieht keine Fotos", "Profil laden", "Bis die Schule das iPad bestätigt")
	if strings.Contains(what.Body, "/search") || what.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Error("a stranger sees the frame of somebody who is signed in, or the secret travels on")
	}
	admin.get("/codes").says(t, 200, "0 von 2") // looking uses nothing up
	profile := stranger.post(link+"/profile", nil)
	if profile.Status != 200 || profile.Header.Get("Content-Type") != "application/x-apple-aspen-config" {
		t.Fatalf("status %d, %s", profile.Status, profile.read())
	}
	admin.get("/codes").says(t, 200, "1 von 2")
	stranger.get("/e/gibtesnicht").says(t, 404, "Diesen Code gibt es nicht", "Tippen Sie den Code ein")

	// The same typed.
	stranger.get("/enroll").says(t, 200, "Tippen Sie den Code ein")
	stranger.post("/enroll", url.Values{"code": {""}}).says(t, 422, "Bitte füllen Sie dieses Feld aus")
	stranger.post("/enroll", url.Values{"code": {"00000-00000"}}).says(t, 404, "Diesen Code gibt es nicht")
	stranger.post("/enroll", url.Values{"code": {strings.ToLower(typed)}}).says(t, 200, "Gymnasium Nord, Musterstadt", "Profil laden")
	if second := stranger.post("/enroll", url.Values{"code": {typed}, "go": {"1"}}); second.Status != 200 || second.Header.Get("Content-Type") != "application/x-apple-aspen-config" {
		t.Errorf("status %d, %s", second.Status, second.read())
	}
	stranger.get(link).says(t, http.StatusGone, "Dieser Code gilt nicht mehr")
	admin.get("/codes").says(t, 200, "aufgebraucht")

	// A school makes codes of its own and takes them back.
	clerk := w.as(w.Clerk)
	clerk.post("/codes/new", form).says(t, 200, "Gymnasium Nord")
	clerk.post("/codes/new", url.Values{"school": {string(w.West)}, "uses": {"1"}, "expires": {"7"}}).says(t, 404)
	list := must(w.st.Codes(t.Context(), w.by, "", "", 0))
	clerk.follow(clerk.post("/codes/"+string(list.Rows[0].ID)+"/revoke", nil)).says(t, 200, "zurückgezogen")
	w.as(w.Auditor).get("/codes").says(t, 404)
	if csv := admin.get("/codes?format=csv"); !strings.Contains(csv.Body, "Koffer 2;Gymnasium Nord;") {
		t.Errorf("the list as a file: %.300q", csv.Body)
	}
}

func TestArrivedDevices(t *testing.T) {
	w, _ := appleWorld(t)
	admin := w.as(w.Admin)
	page := admin.get("/arrivals")
	page.says(t, 200, "Warten auf Bestätigung", "GG7ZQ30001", "Gehören noch zu keiner Schule", "H4VLQ10001", "H4VLQ10002")
	clerk := w.as(w.Clerk)
	clerk.get("/arrivals").says(t, 200, "GG7ZQ30001")
	clerk.get("/arrivals").hides(t, "H4VLQ10001")

	plan := admin.post(assignPath, url.Values{"kind": {"move"}, "back": {"/arrivals"}, "device": {string(w.Unplaced[0]), string(w.Unplaced[1])}, "school": {string(w.West)}})
	if !strings.HasPrefix(plan.Location, "/plans/") {
		t.Errorf("placing leads to %q\n%s", plan.Location, plan.read())
	}

	home := "/arrivals/" + string(w.Unconfirmed)
	clerk.get(home).says(t, 200, "iPad GG7ZQ30001 bestätigen", "Vorgesehen für", "Die nächste freie Nummer")
	form := url.Values{"number": {"MS-26-000397"}, "school": {string(w.Nord)}, "class": {string(w.C7a)}, "person": {""}}
	clerk.post(home, form).says(t, 422, "MS-26-000397")
	form.Set("number", "")
	form.Set("person", "Niemand Unbekannt")
	clerk.post(home, form).says(t, 422, "Niemand Unbekannt")
	d := must(w.st.DeviceByID(t.Context(), w.by, w.Unconfirmed))
	if d.Confirmed {
		t.Error("a refused form confirmed the device")
	}
	form.Set("person", "Weber-Test, Jonas")
	clerk.follow(clerk.post(home, form)).hides(t, "GG7ZQ30001")
	d = must(w.st.DeviceByID(t.Context(), w.by, w.Unconfirmed))
	if !d.Confirmed || d.Number == "" || d.Device.PlannedClass != w.C7a || d.Planned == nil {
		t.Errorf("confirmed %v, number %q, class %q, planned %v", d.Confirmed, d.Number, d.Device.PlannedClass, d.Planned)
	}
	w.as(w.Auditor).get(home).says(t, 404)
	emptyWorld(t).as("admin@musterstadt.example").get("/arrivals").says(t, 200, "Alle angekommenen iPads sind zugeordnet")
}

func TestDeliveriesAreCheckedRowByRow(t *testing.T) {
	w, _ := appleWorld(t)
	admin := w.as(w.Admin)
	admin.get("/deliveries").says(t, 200, "Kündigen Sie eine Lieferung", "Seriennummer", "Koffer, Raum oder Lager")
	template := admin.get("/deliveries/template.csv")
	if !strings.HasPrefix(template.Body, "\ufeffSeriennummer;Inventarnummer;Schule") {
		t.Errorf("the template begins %.80q", template.Body)
	}
	upload := func(body string) answer {
		return admin.send("/deliveries", nil, map[string][]byte{"file/l.csv": []byte(body)})
	}
	admin.send("/deliveries", nil, nil).says(t, 422, "Bitte wählen Sie eine Datei")
	upload("Name;Farbe\nx;blau\n").says(t, 422, "Seriennummer", "Name, Farbe")
	wrong := upload("Seriennummer;Schule;Klasse\nF9FXK2ABCO;Gymnasium Nord;\nK7XQ000002;Gymnasium Nord;7c\nK7XQ000003;Gymnasium Süd;\n")
	wrong.says(t, 422, "3 Zeilen sind nicht richtig", "gemeint ist wohl die Null", "Klasse „7c“", "Gymnasium Süd", "laden Sie sie neu hoch")
	wrong.hides(t, "übernehmen „")
	if strings.Contains(wrong.Body, `name="body"`) {
		t.Error("a wrong list can be taken over")
	}
	good := "Seriennummer;Schule;Klasse\nK7XQ000002;Gymnasium Nord;7b\nF9FXK2A100;Grundschule am Anger;\n"
	look := upload(good)
	look.says(t, 200, "Noch ist nichts geändert", "1 neu · 1 ändern sich · 0 bleiben", "ändert sich: Schule", "2 Zeilen übernehmen")
	if _, err := w.st.DeviceBySerial(t.Context(), w.by, "K7XQ000002"); school.KindOf(err) != school.NotFound {
		t.Error("looking at a list wrote it")
	}
	body := fieldValue(look.Body, `name="body" value="`, `"`)
	done := admin.post("/deliveries", url.Values{"body": {body}})
	shown := admin.follow(done)
	if !strings.Contains(readable(shown.Body), "Übernommen: 1 neues iPad, 1 geändert.") || !strings.Contains(shown.Body, "/undo/") {
		t.Error("what was taken over is not said, or cannot be undone")
	}
	if d := must(w.st.DeviceBySerial(t.Context(), w.by, "K7XQ000002")); d.Device.PlannedClass != w.C7b {
		t.Errorf("it is planned for %q", d.Device.PlannedClass)
	}
	upload(good).says(t, 200, "Es gibt nichts zu übernehmen")
	if p, err := w.st.PlanAnnounce(t.Context(), w.by, []store.Announced{{Serial: "K7XQ000002"}}); err != nil || p.Creates != 0 {
		t.Error(p, err)
	}
	w.as(w.Auditor).get("/deliveries").says(t, 404)
}
