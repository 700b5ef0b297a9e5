package ui

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// send posts a form with files, named "field/filename".
func (c *client) send(path string, form url.Values, files map[string][]byte) answer {
	c.w.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			if err := m.WriteField(name, value); err != nil {
				c.w.t.Fatal(err)
			}
		}
	}
	for name, content := range files {
		field, file, _ := strings.Cut(name, "/")
		part, err := m.CreateFormFile(field, file)
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			c.w.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		c.w.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, c.w.server.URL+path, &body)
	if err != nil {
		c.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	return c.do(r, nil)
}

// follow opens the page an accepted form leads to.
func (c *client) follow(a answer) answer {
	c.w.t.Helper()
	if a.Status != http.StatusSeeOther {
		c.w.t.Fatalf("status %d, want a redirect\n%.3000s", a.Status, a.read())
	}
	return c.get(a.Location)
}

func TestProfilesAreListedWithWhoHasThem(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	a := admin.get("/profiles")
	a.says(t, 200, "Einschränkungen Sek I", "Webclip", "Fassung 1", "an 1 Stelle", "WLAN Schule", "nirgends", "Profil anlegen")
	if !strings.Contains(a.Body, `value="34" max="34"`) && !strings.Contains(a.Body, "<progress") {
		t.Error("what is assigned to all has no progress")
	}
	admin.get("/profiles?q=anton").says(t, 200, "Anton verlinkt")
	admin.get("/profiles?q=anton").hides(t, "WLAN Schule")
	admin.get("/profiles?q=nichts").says(t, 200, "Kein Profil passt dazu")
	admin.get("/profiles?archived=1").says(t, 200, "Kein Profil passt dazu")
	csv := admin.get("/profiles?format=csv")
	if !strings.HasPrefix(csv.Body, "\ufeffProfil;Gehört;Art;") || !strings.Contains(csv.Body, "Anton verlinkt;Musterstadt;Webclip;") {
		t.Errorf("the file begins %.200q", csv.Body)
	}
	auditor := w.as(w.Auditor)
	auditor.get("/profiles").says(t, 200, "WLAN Schule")
	auditor.get("/profiles").hides(t, "Profil anlegen", "Datei einlesen")
	for _, path := range []string{"/profiles/new", "/profiles/import", "/profiles/new/wifi", "/profiles/" + string(w.Wifi) + "/edit"} {
		auditor.get(path).says(t, 404)
	}
	admin.get("/profiles/nirgends").says(t, 404)
	emptyWorld(t).as("admin@musterstadt.example").get("/profiles").says(t, 200, "Noch keine Profile", "WLAN der Schule")
}

func TestAProfileByForm(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	admin.get("/profiles/new").says(t, 200, "Was soll auf die iPads?", "WLAN", "Einschränkungen", "Home-Bildschirm", "Drucker (AirPrint)")
	admin.get("/profiles/new/wifi").says(t, 200, "WLAN anlegen", "Netzname (SSID)", "Musterstadt (alle Schulen)")
	admin.get("/profiles/new/toaster").says(t, 404)

	// Refused: what was typed stays, the reason stands beside the field.
	bad := admin.post("/profiles/new/wifi", url.Values{"name": {"WLAN neu"}, "ssid": {"Schule <neu>"}, "security": {"WPA2"}, "password": {"kurz"}})
	bad.says(t, 422, "Ein WLAN-Passwort hat 8 bis 63 Zeichen")
	if !strings.Contains(bad.Body, `value="Schule &lt;neu&gt;"`) || strings.Contains(bad.Body, "kurz") {
		t.Error("the form must keep the name of the network and forget the password")
	}
	made := admin.post("/profiles/new/wifi", url.Values{"name": {"WLAN neu"}, "ssid": {"Schule neu"}, "security": {"WPA2"}, "password": {"lang und geheim"}})
	page := admin.follow(made)
	page.says(t, 200, "WLAN neu", "Ein Entwurf ist noch nicht veröffentlicht", "Als Fassung 1 veröffentlichen", "Schule neu", "hinterlegt, wird nicht angezeigt")
	page.hides(t, "lang und geheim", "Zuweisen …")
	if strings.Contains(page.Body, "lang und geheim") {
		t.Error("the page holds the password")
	}
	home := made.Location
	admin.follow(admin.post(home+"/publish", nil)).says(t, 200, "Fassung 1", "Zuweisen …", "Bearbeiten")

	// The next version keeps the password that is not typed again.
	edit := admin.get(home + "/edit")
	edit.says(t, 200, "„WLAN neu“ bearbeiten", "Leer lassen, um das hinterlegte zu behalten")
	admin.follow(admin.post(home+"/edit", url.Values{"name": {"WLAN neu"}, "ssid": {"Schule ganz neu"}, "security": {"WPA2"}, "hidden": {"1"}, "publish": {"1"}})).
		says(t, 200, "Fassung 2", "Schule ganz neu")
	list := admin.get(home + "/versions")
	list.says(t, 200, "Fassung 2", "Fassung 1")
	id := school.ProfileID(strings.TrimPrefix(home, "/profiles/"))
	x := must(w.st.Profile(t.Context(), w.by, id))
	version := admin.get("/versions/" + string(x.Latest))
	version.says(t, 200, "Was ändert sich gegenüber Fassung 1", "Netzname (SSID)", "Schule neu", "Schule ganz neu", "Das Netz ist versteckt")
	version.hides(t, "lang und geheim")
	file := admin.get("/versions/" + string(x.Latest) + "/download")
	if file.Header.Get("Content-Type") != "application/x-apple-aspen-config" || !strings.Contains(file.Body, "lang und geheim") {
		t.Error("who may write the profile gets it whole as a file")
	}
	w.as(w.Auditor).get("/versions/"+string(x.Latest)+"/download").says(t, 404)
	w.as(w.Clerk).get("/versions/"+string(x.Latest)).says(t, 200, "Schule ganz neu")
	w.as(w.Clerk).get("/versions/"+string(x.Latest)+"/download").says(t, 404)
	w.as(w.Clerk).post(home+"/publish", nil).says(t, 403)

	// Somebody else was faster.
	first := admin.post(home+"/edit", url.Values{"name": {"WLAN neu"}, "ssid": {"A"}, "security": {"WPA2"}})
	admin.follow(first)
	admin.post(home+"/edit", url.Values{"name": {"WLAN neu"}, "ssid": {"B"}, "security": {"WPA2"}}).says(t, 422, "Jemand hat den Entwurf inzwischen geändert")
	admin.follow(admin.post(home+"/draft/drop", nil)).says(t, 200, "Fassung 2", "Schule ganz neu")
	admin.follow(admin.post(home+"/name", url.Values{"name": {"WLAN Neubau"}, "description": {"x"}})).says(t, 200, "WLAN Neubau")
	admin.follow(admin.post(home+"/archive", nil)).hides(t, "WLAN Neubau")
	admin.get("/profiles?archived=1").says(t, 200, "WLAN Neubau")
	admin.post("/profiles/"+string(w.Rules)+"/archive", nil).says(t, 409, "noch 1-mal zugewiesen")
}

// must is for values that cannot fail in a test world; a failure ends the test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRestrictionsAreThreeStateAndKnowAPreset(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	page := admin.get("/profiles/new/restrictions")
	page.says(t, 200, "Grundeinstellung für Schul-iPads", "Unterricht", "Bildschirmfotos und -aufnahmen", "nicht festgelegt", "gesperrt", "erlaubt", "ab iPadOS 18")
	preset := admin.get("/profiles/new/restrictions?preset=school")
	if n, m := strings.Count(page.Body, " selected"), strings.Count(preset.Body, `<option value="false" selected`); n == 0 || m < 10 {
		t.Errorf("the preset sets %d switches", m)
	}
	admin.post("/profiles/new/restrictions", url.Values{"name": {"Leer"}}).says(t, 422, "So bewirkt das Profil nichts")
	made := admin.post("/profiles/new/restrictions", url.Values{"name": {"Ohne Kamera"}, "allowCamera": {"false"}, "forceWiFiPowerOn": {"true"}})
	admin.follow(made).says(t, 200, "Kamera", "gesperrt", "WLAN bleibt eingeschaltet", "erzwungen")
	again := admin.get(made.Location + "/edit")
	if strings.Count(again.Body, `<option value="false" selected`) != 1 || strings.Count(again.Body, `<option value="true" selected`) != 1 {
		t.Error("the form does not show what the profile says")
	}
}

func TestWhatIsTypedIsCheckedAtOnce(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	check := func(form url.Values) answer {
		return admin.post("/profiles/new/webfilter/check?part=check", form, "HX-Request", "true")
	}
	a := check(url.Values{"name": {""}, "permitted": {"https://ok.example\nnicht gut"}})
	a.says(t, 200, "3 Angaben stimmen noch nicht", "Zeile 2 ist nicht verständlich: nicht gut")
	if !strings.Contains(a.Body, `id="said-permitted" hx-swap-oob="true"`) || strings.Contains(a.Body, "<html") {
		t.Error("the answer must be notes for the fields")
	}
	erred := check(url.Values{"name": {"x"}, "auto": {"1"}, "erred": {"name"}})
	if !strings.Contains(erred.Body, `id="name-error" hx-swap-oob="true" hidden`) {
		t.Error("an error that is mended must go")
	}
	if list, err := w.st.Profiles(t.Context(), w.by, store.ProfileFilter{}); err != nil || len(list.Rows) != 3 {
		t.Errorf("checking wrote something: %d profiles, %v", len(list.Rows), err)
	}
}

func TestASchoolWritesItsOwnProfiles(t *testing.T) {
	w := newWorld(t)
	clerk := w.as(w.Clerk)
	page := clerk.get("/profiles/new/webclip")
	page.says(t, 200, "Name unter dem Symbol")
	page.hides(t, "alle Schulen")
	form := url.Values{"name": {"Speiseplan"}, "label": {"Mensa"}, "url": {"https://mensa.example"}, "school": {string(w.Nord)}}
	made := clerk.send("/profiles/new/webclip", form, nil)
	clerk.follow(made).says(t, 200, "Speiseplan", "gehört Gymnasium Nord")
	clerk.get("/profiles").says(t, 200, "Speiseplan", "Gymnasium Nord", "WLAN Schule")
	clerk.get("/profiles/"+string(w.Wifi)).hides(t, "Bearbeiten", "Archivieren")
	form.Set("school", "")
	clerk.send("/profiles/new/webclip", form, nil).says(t, 403)
	form.Set("school", string(w.West))
	clerk.send("/profiles/new/webclip", form, nil).says(t, 404)
	w.as(w.Admin).get("/profiles?school="+string(w.West)).hides(t, "Speiseplan")
}

func TestWhoHasAProfile(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	a := admin.get("/profiles/" + string(w.Rules) + "/assignments")
	a.says(t, 200, "Wer hat es", "Musterstadt", "fest", "Fassung 1", "Zuweisung beenden …", "durch Schul-IT")
	admin.get("/profiles/"+string(w.Link)+"/assignments").says(t, 200, "Gymnasium Nord", "28/28", "alle bestätigt")
	admin.get("/profiles/"+string(w.Wifi)+"/assignments").says(t, 200, "Noch niemandem zugewiesen", "Zuweisen …")
	admin.get("/profiles/"+string(w.Link)+"/assignments?part=holders").says(t, 200, "28/28")

	// A new version leads to the plan.
	home := "/profiles/" + string(w.Link)
	admin.follow(admin.send(home+"/edit", url.Values{"name": {"Anton verlinkt"}, "label": {"Anton"}, "url": {"https://anton.example/neu"}, "publish": {"1"}}, nil)).says(t, 200, "Fassung 2")
	raised := admin.get(home + "/assignments")
	raised.says(t, 200, "nicht die neueste", "Auf Fassung 2 heben …")
	plan := admin.post(assignPath, url.Values{"kind": {"version"}, "assignment": {string(w.LinkGiven)}, "back": {home + "/assignments"}})
	if !strings.HasPrefix(plan.Location, "/plans/") {
		t.Errorf("raising leads to %q", plan.Location)
	}
	admin.get("/profiles").says(t, 200, "1 auf älterer Fassung")
	w.as(w.Auditor).get("/profiles/"+string(w.Rules)+"/assignments").hides(t, "Zuweisung beenden")
}

func TestVariablesArePreviewedOnADevice(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	made := admin.post("/profiles/new/lockscreen", url.Values{"name": {"Sperrbildschirm"}, "tag": {"{{device.number}} von {{person.name}}"}, "footnote": {"{{school.name}}"}})
	home := made.Location
	admin.get(home+"/preview").says(t, 200, "Nummer oder Seriennummer", "{{person.name}}", "Vor- und Nachname der Person")
	one := admin.get(home + "/preview?q=MS-26-000397")
	one.says(t, 200, "So kommt es auf MS-26-000397 an", "MS-26-000397 von Lena Muster", "Gymnasium Nord", "Kennzeichnung")
	admin.get(home+"/preview?q=MS-26").says(t, 200, "Welches iPad ist gemeint?")
	admin.get(home+"/preview?q=ZZZ").says(t, 200, "Kein iPad passt dazu")
	admin.get(home+"/preview?device="+string(w.InCase[0])).says(t, 200, "1 Wert fehlt", "Für person.name gibt es bei diesem iPad keinen Wert")
	masked := w.as(w.Auditor).get(home + "/preview?q=MS-26-000397")
	masked.says(t, 200, "nur mit Berechtigung sichtbar")
	masked.hides(t, "Lena", "Muster,")
	admin.post("/profiles/new/lockscreen", url.Values{"name": {"x"}, "tag": {"{{person.alter}}"}}).says(t, 422, "Die Variable person.alter gibt es nicht")
}

// foreign is a profile of another tool: two payloads, one of them unknown to Apple, and a secret.
const foreign = `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.schule.mail</string><key>PayloadUUID</key><string>11111111-2222-4333-8444-555555555555</string>
<key>PayloadDisplayName</key><string>Mail und mehr</string>
<key>PayloadContent</key><array>
<dict><key>PayloadType</key><string>com.apple.vpn.managed</string><key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key><string>example.schule.vpn</string>
<key>PayloadUUID</key><string>11111111-2222-4333-8444-555555555556</string><key>UserDefinedName</key><string>VPN</string><key>VPNType</key><string>Fax</string>
<key>SharedSecret</key><string>streng geheim</string></dict>
<dict><key>PayloadType</key><string>example.unbekannt</string><key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key><string>example.schule.x</string>
<key>PayloadUUID</key><string>11111111-2222-4333-8444-555555555557</string><key>Farbe</key><string>blau</string></dict>
</array></dict></plist>`

func TestAFileIsLookedAtBeforeItIsSaved(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	admin.send("/profiles/import", nil, nil).says(t, 422, "Bitte wählen Sie eine Datei")
	admin.send("/profiles/import", nil, map[string][]byte{"file/a.mobileconfig": []byte("Guten Tag")}).says(t, 422, "Die Datei ist kein Konfigurationsprofil")
	look := admin.send("/profiles/import", nil, map[string][]byte{"file/a.mobileconfig": []byte(foreign)})
	look.says(t, 200, "Noch ist nichts gespeichert", "example.schule.mail", "Der Wert Fax ist nicht zulässig", "Apple beschreibt den Payload-Typ example.unbekannt nicht", "Farbe", "blau")
	look.hides(t, "streng geheim")
	if !strings.Contains(look.Body, `value="Mail und mehr"`) {
		t.Error("the name of the file is not proposed")
	}
	if list := must(w.st.Profiles(t.Context(), w.by, store.ProfileFilter{})); len(list.Rows) != 3 {
		t.Error("looking at a file saved it")
	}
	body := fieldValue(look.Body, `name="body" value="`, `"`)
	saved := admin.send("/profiles/import", url.Values{"body": {body}, "name": {"Mail"}, "school": {""}}, nil)
	page := admin.follow(saved)
	page.says(t, 200, "Mail", "Eingelesene Datei", "Angabe stimmt noch nicht", "SharedSecret", "hinterlegt, wird nicht angezeigt")
	page.hides(t, "Als Fassung 1 veröffentlichen", "streng geheim")
	admin.post(saved.Location+"/publish", nil).says(t, 422)
	twice := admin.send("/profiles/import", url.Values{"body": {body}, "name": {"Mail"}}, nil)
	twice.says(t, 422, "example.schule.mail")

	// It has no form: the next version comes as a file, and what changes is said first.
	raw := admin.get(saved.Location + "/edit")
	if !strings.HasPrefix(raw.Location, "/profiles/import?profile=") {
		t.Errorf("editing leads to %q", raw.Location)
	}
	next := strings.ReplaceAll(strings.ReplaceAll(foreign, "Fax", "IKEv2"), "streng geheim", "noch geheimer")
	admin.get(raw.Location).says(t, 200, "Neue Fassung von „Mail“", "Für dieses Profil gibt es kein Formular")
	look = admin.send(raw.Location, nil, map[string][]byte{"file/b.mobileconfig": []byte(next)})
	body = fieldValue(look.Body, `name="body" value="`, `"`)
	admin.follow(admin.send(raw.Location, url.Values{"body": {body}}, nil)).says(t, 200, "Mail")
	w.as(w.Clerk).get(raw.Location).says(t, 404)

	// A file a form can show is edited with the form.
	clip, err := profiles.Build("webclip", "Plan", url.Values{"label": {"Plan"}, "url": {"https://plan.example"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	look = admin.send("/profiles/import", nil, map[string][]byte{"file/c.mobileconfig": clip.Body})
	saved = admin.send("/profiles/import", url.Values{"body": {fieldValue(look.Body, `name="body" value="`, `"`)}, "name": {"Plan"}}, nil)
	admin.get(saved.Location+"/edit").says(t, 200, "Name unter dem Symbol")
}

func fieldValue(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return strings.NewReplacer("&#43;", "+", "&amp;", "&").Replace(s)
}

// Every field and option of every form has its words; a missing one ends the test where it is said.
func TestEveryFormHasItsWords(t *testing.T) {
	for _, l := range web.Langs {
		for _, f := range profiles.Forms() {
			formName(l, f.Kind)
			web.T(l, "form."+f.Kind+".about")
			for _, preset := range f.Presets {
				web.T(l, "form."+f.Kind+".preset."+preset.Name)
			}
			for _, g := range f.Groups {
				groupName(l, f, g)
				for _, x := range g.Fields {
					fieldLabel(l, f, x)
					for _, o := range x.Options {
						if optionLabel(l, f, x, o) == "" {
							t.Errorf("%s.%s has no word for %q", f.Kind, x.Name, o)
						}
					}
				}
			}
		}
		for _, name := range school.VariableNames {
			web.T(l, "variable."+name)
		}
	}
}
