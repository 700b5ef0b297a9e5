package ui

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

func TestSettingsOfTheAuthority(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	page := c.get("/admin/authority")
	page.says(t, http.StatusOK, "Einstellungen", "Geräteverwaltung", "Ausleihe", "Mindestversion von iPadOS", "MS-26-000417")
	good := func() url.Values {
		return url.Values{"name": {"Musterstadt"}, "contact": {"IT"}, "modules": {"management"}, "minimum_os": {"17.6"}, "await_minutes": {"20"}, "renew_days": {"90"}, "per_minute": {"120"}, "from": {"21:00"}, "until": {"07:00"}, "number_pattern": {"X-{seq:04}"}}
	}
	for field, wrong := range map[string]struct{ value, says string }{
		"name": {" ", "Bitte füllen Sie dieses Feld aus."}, "minimum_os": {"siebzehn", "keine iPadOS-Version"}, "await_minutes": {"0", "Zwischen 1 und 120 Minuten."},
		"renew_days": {"29", "Zwischen 30 und 365 Tagen."},
	} {
		f := good()
		f.Set(field, wrong.value)
		c.post("/admin/authority", f).says(t, http.StatusUnprocessableEntity, wrong.says)
	}
	none := good()
	none.Del("modules")
	c.post("/admin/authority", none).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	if a := c.post("/admin/authority", good()); a.Location != "/admin" {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	a, err := w.st.Authority(context.Background(), w.by)
	if ok(t, a, err); a.Policy.MinimumOS != "17.6" || a.Policy.AwaitMinutes != 20 || a.Policy.RenewDays != 90 || a.Policy.Calm != (school.Calm{PerMinute: 120, From: 21 * 60, Until: 7 * 60}) || a.Policy.DeclaredProfiles || a.Contact != "IT" || a.Policy.NumberPattern != "X-{seq:04}" {
		t.Errorf("stored is %+v", a)
	}
	flash := c.get("/admin")
	if !strings.Contains(flash.Body, `action="/undo/`) {
		t.Error("what was saved cannot be undone")
	}
}

func TestTheWayOfAllProfilesIsChangedKnowingly(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/admin/authority").says(t, 200, "Profile als Deklaration verteilen (ab iPadOS 17)", "noch nicht erwiesen", "testdata/UNPROVEN.md")
	form := url.Values{"name": {"Musterstadt"}, "modules": {"management", "lending"}, "minimum_os": {""}, "await_minutes": {"15"}, "renew_days": {"365"}, "declared": {"1"}, "number_pattern": {""}}
	ask := c.post("/admin/authority", form)
	ask.says(t, 200, "Profile als Deklaration verteilen", "35 iPads werden neu geplant.", "noch nicht erwiesen", "Für 35 iPads umstellen")
	for _, kept := range []string{`name="modules" value="lending"`, `name="declared" value="1"`, `name="sure" value="1"`} {
		if !strings.Contains(ask.Body, kept) {
			t.Errorf("the question forgets %s", kept)
		}
	}
	declared := func() bool {
		a, err := w.st.Authority(context.Background(), w.by)
		return ok(t, a, err).Policy.DeclaredProfiles
	}
	if declared() {
		t.Fatal("changed without an answer")
	}
	marks := func() int {
		facts, _, _, err := w.st.Marked(context.Background(), w.authority, 1000)
		return len(ok(t, facts, err))
	}
	before := marks()
	form.Set("sure", "1")
	if a := c.post("/admin/authority", form); a.Location != "/admin" {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	if after := marks(); !declared() || after != 35 || before == after {
		t.Errorf("%d devices are planned anew, before %d", after, before)
	}
	if page := c.get("/admin"); !strings.Contains(page.Body, "Gespeichert. 35 iPads werden neu geplant.") || !strings.Contains(page.Body, `action="/undo/`) {
		t.Error("the page does not say what was done, or offers no way back")
	}
	form.Del("declared")
	form.Del("sure")
	c.post("/admin/authority", form).says(t, 200, "Profile wieder als Befehl verteilen", "Was als Deklaration da ist, bleibt es")
}

// TestWhatIsOffHasNoMenuAndNoPage: a module that is not used leaves nothing behind.
func TestWhatIsOffHasNoMenuAndNoPage(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.post("/admin/authority", url.Values{"name": {"Musterstadt"}, "modules": {"lending"}, "await_minutes": {"15"}})
	page := c.get("/admin")
	page.says(t, http.StatusOK, "Konten")
	page.hides(t, "Apple-Anbindung", "Einrichtungscodes")
	if strings.Contains(page.Body, `href="/devices"`) || strings.Contains(page.Body, `href="/profiles"`) {
		t.Error("the menu offers what is off")
	}
	c.get("/admin/authority").hides(t, "Mindestversion")
	for _, path := range []string{"/devices", "/profiles", "/apple", "/codes", "/deliveries"} {
		if got := c.get(path).Status; got != http.StatusNotFound {
			t.Errorf("%s answers %d", path, got)
		}
	}
}

func TestSchoolsAreBuilt(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	ctx := context.Background()
	c.get("/schools/new").says(t, http.StatusOK, "Schule anlegen", "Schulform", "Gymnasium")
	c.post("/schools/new", url.Values{"name": {"Gymnasium NORD"}}).says(t, http.StatusUnprocessableEntity, "Eine Schule „Gymnasium NORD“ gibt es schon.")
	a := c.post("/schools/new", url.Values{"name": {"Musikschule"}, "type": {"Musikschule"}, "number": {"1"}})
	if !strings.HasPrefix(a.Location, "/schools/") {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	path := a.Location
	id := school.SchoolID(strings.TrimPrefix(path, "/schools/"))
	c.post(path+"/edit", url.Values{"name": {""}}).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	if a := c.post(path+"/edit", url.Values{"name": {"Städtische Musikschule"}, "type": {"Musikschule"}}); a.Location != path {
		t.Errorf("%d: %s", a.Status, a.read())
	}

	network := func(ssid, security, password string) answer {
		return c.post(path+"/network", url.Values{"ssid": {ssid}, "security": {security}, "password": {password}})
	}
	network("", "WPA2", "einrichten").says(t, http.StatusUnprocessableEntity, "1 bis 32 Zeichen")
	network("Einrichtung", "WPA2", "kurz").says(t, http.StatusUnprocessableEntity, "8 bis 63 Zeichen")
	network("Einrichtung", "WPA2", "").says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	if a := network("Einrichtung", "WPA3", "sehr geheim"); a.Location != path {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	form := c.get(path + "/network")
	form.says(t, http.StatusOK, "Ein Passwort ist hinterlegt")
	if strings.Contains(form.Body, "sehr geheim") || !strings.Contains(form.Body, `value="Einrichtung"`) {
		t.Error("the form shows the password, or forgets the network")
	}
	if a := network("Einrichtung", "WPA3", ""); a.Location != path {
		t.Errorf("keeping the password: %d: %s", a.Status, a.read())
	}

	c.post(path+"/classes/new", url.Values{"name": {"1a"}, "grade": {"1/2"}}).says(t, http.StatusUnprocessableEntity, "keinen Schrägstrich")
	made := c.post(path+"/classes/new", url.Values{"name": {"1a"}, "grade": {"1"}})
	if !strings.HasPrefix(made.Location, "/classes/") {
		t.Fatalf("%d: %s", made.Status, made.read())
	}
	c.post(path+"/classes/new", url.Values{"name": {"1A"}}).says(t, http.StatusUnprocessableEntity, "Klasse „1A“ gibt es")
	c.get(made.Location+"/edit").says(t, http.StatusOK, "Klasse ändern", "Klasse archivieren")
	if a := c.post(made.Location+"/edit", url.Values{"name": {"2a"}, "grade": {"2"}}); a.Location != made.Location {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	if a := c.post(made.Location+"/archive", nil); a.Location != path {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	c.post("/classes/"+string(w.C7b)+"/archive", nil).says(t, http.StatusUnprocessableEntity, "27 Personen und 27 iPads")

	c.get(path+"/places").says(t, http.StatusOK, "Noch keine Orte")
	c.post(path+"/places/new", url.Values{"name": {"Koffer"}, "kind": {"Tasche"}}).says(t, http.StatusUnprocessableEntity, "Bitte wählen Sie")
	if a := c.post(path+"/places/new", url.Values{"name": {"Koffer"}, "kind": {"case"}}); a.Location != path+"/places" {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	places, err := w.st.Places(ctx, w.by, store.PlaceFilter{School: id})
	place := "/places/" + string(ok(t, places, err).Rows[0].ID)
	c.get(path+"/places").says(t, http.StatusOK, "Koffer oder Wagen", "Ort ändern")
	if a := c.post(place, url.Values{"name": {"Raum 1"}, "kind": {"room"}}); a.Location != path+"/places" {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	if a := c.post(place+"/remove", nil); a.Location != path+"/places" {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	c.post("/places/"+string(w.Case)+"/remove", nil).says(t, http.StatusUnprocessableEntity, "stehen noch 5 Geräte")
}

func TestSchoolYears(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/years").says(t, http.StatusOK, "2026/27", "01.08.2026", "31.07.2027", "läuft")
	year := func(name, starts, ends string) answer {
		return c.post("/years/new", url.Values{"name": {name}, "starts": {starts}, "ends": {ends}})
	}
	year("2027/28", "2027-08-01", "").says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	year("2027/28", "2027-08-01", "2027-07-01").says(t, http.StatusUnprocessableEntity)
	year("2026/27", "2027-08-01", "2028-07-31").says(t, http.StatusUnprocessableEntity, "2026/27")
	if a := year("2027/28", "2027-08-01", "2028-07-31"); a.Location != "/years" {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	c.get("/years").says(t, http.StatusOK, "2027/28", "31.07.2028", "kommt")
}

func TestGroups(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Clerk)
	c.get("/groups").says(t, http.StatusOK, "Noch keine Gruppen")
	c.get("/groups/new").hides(t, "über Schulen hinweg") // that is for the authority
	made := c.post("/groups/new", url.Values{"name": {"Foto-AG"}, "school": {string(w.Nord)}})
	if !strings.HasPrefix(made.Location, "/groups/") {
		t.Fatalf("%d: %s", made.Status, made.read())
	}
	c.post("/groups/new", url.Values{"name": {"foto-ag"}, "school": {string(w.Nord)}}).says(t, http.StatusUnprocessableEntity)
	c.get(made.Location).says(t, http.StatusOK, "Foto-AG", "Gymnasium Nord", "Noch niemand in dieser Gruppe")
	c.get(made.Location+"?q=yilm").says(t, http.StatusOK, "Yılmaz, Deniz", "7b", "Aufnehmen")
	c.get(made.Location+"?q=xyz").says(t, http.StatusOK, "Niemand mit diesem Namen")
	person := url.Values{"person": {string(w.Pupils[1])}}
	if a := c.post(made.Location+"/add", person); a.Location != made.Location {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	c.get(made.Location).says(t, http.StatusOK, "Yılmaz, Deniz", "Herausnehmen", "1 bis 1 von 1")
	auditor := w.as(w.Auditor).get(made.Location)
	auditor.says(t, http.StatusOK, "1 Person gehört dazu. Namen sieht Ihre Rolle nicht.")
	auditor.hides(t, "Yılmaz", "Gruppe ändern")
	if a := c.post(made.Location+"/remove", person); a.Location != made.Location {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	c.get(made.Location).says(t, http.StatusOK, "Noch niemand in dieser Gruppe")
	if a := c.post(made.Location+"/edit", url.Values{"name": {"Film-AG"}}); a.Location != made.Location {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	if a := c.post(made.Location+"/archive", nil); a.Location != "/groups" {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	across := w.as(w.Admin).post("/groups/new", url.Values{"name": {"Testgeräte"}})
	if got := c.get(across.Location).Status; got != http.StatusNotFound {
		t.Errorf("a school sees a group across schools: %d", got)
	}
}

// A group by rule is asked for in words, shown before it is saved, and lists its iPads; what is assigned to it reaches them.
func TestGroupsByRule(t *testing.T) {
	w := newWorld(t)
	w.converge(w.awake()...)
	c := w.as(w.Admin)
	c.get("/groups").says(t, http.StatusOK, "Gruppe nach Regel anlegen")
	c.get("/groups/new?by=rule").says(t, http.StatusOK, "iPadOS älter als", "Lehrkräften", "iPad (9. Generation)", "Dienstgerät", "Gymnasium Nord")
	rule := url.Values{"by": {"rule"}, "name": {"Altes iPadOS"}, "school": {string(w.Nord)}, "os_below": {"siebzehn"}, "models": {"iPad (9. Generation)"}, "unseen": {"viele"}}
	c.post("/groups/new", rule).says(t, http.StatusUnprocessableEntity, "Die Zahl liegt zwischen 1 und 730")
	rule.Del("unseen")
	wrong := c.post("/groups/new", rule)
	wrong.says(t, http.StatusUnprocessableEntity, "„siebzehn“ ist keine Version")
	if !strings.Contains(wrong.Body, `value="siebzehn"`) || !strings.Contains(wrong.Body, `value="Altes iPadOS"`) {
		t.Error("what was typed is lost")
	}
	empty := url.Values{"by": {"rule"}, "name": {"Alle"}}
	c.post("/groups/new", empty).says(t, http.StatusUnprocessableEntity, "Wählen Sie mindestens eine Bedingung")
	rule.Set("os_below", "17")
	rule.Del("models")
	plan := c.post("/groups/new", rule)
	c.get(plan.Location).says(t, http.StatusOK, "Vorschau: Gruppe „Altes iPadOS“", "an der Schule Gymnasium Nord; iPadOS älter als 17", "gehört künftig dazu", "Trifft 1 iPad", "Gruppe speichern")
	c.get("/groups").hides(t, "Altes iPadOS")
	id, back, _ := strings.Cut(plan.Location, "?back=")
	back, _ = url.QueryUnescape(back)
	made := c.post(id+"/apply", url.Values{"back": {back}})
	if made.Location != back {
		t.Fatalf("%d: %s", made.Status, made.read())
	}
	page := c.get(back)
	page.says(t, http.StatusOK, "iPads, für die alles davon gilt", "iPadOS älter als 17", "Welche iPads dazugehören", "15.8", "Zuweisen")
	page.hides(t, "Person aufnehmen")
	c.get("/groups").says(t, http.StatusOK, "Altes iPadOS", "nach Regel")
	group := strings.TrimPrefix(back, "/groups/")
	c.get("/devices?group="+group).says(t, http.StatusOK, "15.8", "1 bis 1 von 1")

	profile := w.profile("Nur für Alte", "webclip", url.Values{"label": {"Alt"}, "url": {"https://alt.example"}})
	plan = c.post(assignPath, url.Values{"kind": {"assign"}, "level": {"group"}, "scope": {group}, "profile": {string(profile)}, "mode": {"required"}, "back": {back}})
	c.get(plan.Location).says(t, http.StatusOK, "Trifft 1 iPad", "Nur für Alte")
	id, _, _ = strings.Cut(plan.Location, "?")
	c.post(id+"/apply", url.Values{"back": {back}})
	c.get(back).says(t, http.StatusOK, "Nur für Alte")
	if page := c.get(back + "/edit"); !strings.Contains(page.Body, `value="17"`) {
		t.Error("the rule is not in its form")
	} else {
		page.says(t, http.StatusOK, "Vorschau ansehen", "Gruppe archivieren")
	}
	plan = c.post(back+"/edit", url.Values{"name": {"Altes iPadOS"}, "os_below": {"15.8"}})
	c.get(plan.Location).says(t, http.StatusOK, "„Nur für Alte“ entfällt")
	c.get(back, "Accept-Language", "en").says(t, http.StatusOK, "iPads of which all of this is true: at Gymnasium Nord; iPadOS older than 17.")
	if a := c.post(back+"/archive", nil); a.Location != "/groups" {
		t.Errorf("%d: %s", a.Status, a.read())
	}
	c.get("/groups").hides(t, "Altes iPadOS")
	school := w.as(w.Clerk)
	if a := school.post("/groups/new", url.Values{"by": {"rule"}, "name": {"Überall"}, "os_below": {"17"}}); a.Status == http.StatusSeeOther {
		t.Error("a school makes a group across schools")
	}
}

// Whose an iPad is decides what it is asked; who may change the iPad says so on its page.
func TestOwnershipOfAnIPad(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	here := deviceAddress(w.Devices[0])
	c.get(here+"/edit").says(t, http.StatusOK, "Eigentum", "Dienstgerät mit privater Nutzung", "Der Ladestand wird nicht gefragt")
	if a := c.post(here+"/edit", url.Values{"number": {""}, "ownership": {"staff"}}); a.Location != here {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	c.get(here).says(t, http.StatusOK, "Schulträger, Dienstgerät mit privater Nutzung")
	c.post(here+"/edit", url.Values{"ownership": {"meins"}}).says(t, http.StatusUnprocessableEntity)

	class := url.Values{"filter": {"class=" + string(w.C7b)}, "all": {"1"}}
	c.get("/devices").says(t, http.StatusOK, "Eigentum …")
	c.post("/devices/ownership", class).says(t, http.StatusOK, "Eigentum von 27 iPads", "Auf den iPads ändert sich nichts")
	class.Set("ownership", "parent")
	if a := c.post("/devices/ownership", class); a.Location != "/devices?class="+string(w.C7b) {
		t.Fatalf("%d to %q: %s", a.Status, a.Location, a.read())
	}
	c.get(deviceAddress(w.Devices[5])).says(t, http.StatusOK, "Eigentum Eltern")
}

func TestAuditLog(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Auditor)
	ctx := context.Background()
	if _, _, err := w.st.Issue(ctx, w.by, w.Pupils[0], w.InCase[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := w.st.GrantRole(ctx, w.by, w.accountID("pruefung"), school.Grant{Role: school.SchoolAdmin, School: w.West}); err != nil {
		t.Fatal(err)
	}
	page := c.get("/audit")
	page.says(t, http.StatusOK, "Protokoll", "iPad ausgegeben", "MS-26-000601", "Grundschule am Anger", "Ranzen selbst", "Rolle „Schulverwaltung“ gegeben", "1 bis 50 von mehr als 50", "Weiter")
	page.hides(t, "Lena", "Muster,")
	_, rest, _ := strings.Cut(page.Body, `rel="next"`)
	before, _, _ := strings.Cut(page.Body, `" rel="next"`)
	next := before[strings.LastIndex(before, `href="`)+6:]
	if rest == "" {
		t.Fatal("there is no next page")
	}
	c.get(strings.ReplaceAll(next, "&amp;", "&")).says(t, http.StatusOK, "51 bis", "Zum Anfang")
	c.get("/audit?event=device.issued").says(t, http.StatusOK, "iPad ausgegeben", "Alle zeigen")
	c.get("/audit?event=undone").says(t, http.StatusOK, "Kein Eintrag passt dazu")
	c.get("/audit?subject=class&id="+string(w.C7b)).says(t, http.StatusOK, "Klasse angelegt", "7b")
	c.get("/audit?verify=1").says(t, http.StatusOK, "Die Kette ist lückenlos:")

	csv := c.get("/audit?event=device.issued&format=csv")
	if got := csv.Header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("content type %s", got)
	}
	lines := strings.Split(strings.TrimSpace(csv.Body), "\n")
	if len(lines) != 29 || !strings.HasPrefix(lines[0], "\ufeffNr.;Wann;Was;") || !strings.Contains(lines[1], "device.issued") || strings.Contains(csv.Body, "Lena") {
		t.Errorf("%d lines: %.300s", len(lines), csv.Body)
	}
}

func TestNothingOfTheAuditLogIsWithoutWords(t *testing.T) {
	w := newWorld(t)
	page := w.as(w.Admin).get("/audit", "Accept-Language", "en")
	page.says(t, http.StatusOK, "Audit log", "Profile assigned")
	for _, code := range []string{"device.", "profile.", "account.", "event."} {
		page.hides(t, code+"a", code+"c", code+"s", code+"p")
	}
}

func TestOutbox(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/outbox").says(t, http.StatusOK, "Der Postausgang ist leer")
	if got := c.get("/outbox/nowhere").Status; got != http.StatusNotFound {
		t.Errorf("a letter that is not there: %d", got)
	}
}

func TestMailStatus(t *testing.T) {
	p := &tablePage{}
	for want, m := range map[string]store.Mail{
		"wartet":     {Next: noon},
		"verschickt": {Sent: noon},
		"2 Versuche ohne Erfolg, wird wiederholt": {Next: noon, Tries: 2},
		"aufgegeben nach 9 Versuchen":             {Tries: 9},
	} {
		if got := mailStatus(&p.Frame, m); got.Text != want {
			t.Errorf("%q, want %q", got.Text, want)
		}
	}
}

// TestTemplatesOfAdministration holds the structs of this file's subjects against their templates, with everything in them
// that may be there.
func TestTemplatesOfAdministration(t *testing.T) {
	f := web.Frame{Title: "Titel", Now: noon, Path: "/admin", Help: "/help", User: "Anna", Authority: "Musterstadt"}
	when := f.When(noon.Add(-time.Hour))
	status := web.Status{Kind: web.OK, Text: "gut"}
	action := web.Action{Text: "Tun", Href: "/x", Post: true, About: "es", Hidden: []web.Hidden{{Name: "a", Value: "b"}}}
	alert := &web.Alert{Kind: web.Danger, Title: "Nein", Lines: []string{"eins"}}
	field := web.Field{Name: "name", Label: "Name", Hint: "so", Error: "nein"}
	other := web.Field{Kind: web.PasswordField, Name: "password", Label: "Passwort"}
	confirm := &web.Confirm{ID: "c", Title: "Wirklich", Text: "alles", Button: "Ja", Action: "/x", Cancel: "/y"}
	filter := &web.Filter{Action: "/x", Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: "Suche"}}, Reset: "/x"}
	pager := &web.Pager{From: 51, To: 100, Total: 100, More: true, First: "/x", Next: "/x?after=1"}
	empty := web.Empty{Title: "Nichts", Text: "Noch nicht", Actions: []web.Action{action}}
	row := []cell{{Text: "a", Href: "/a", Detail: "b"}, {Code: "c"}, {When: &when}, {Status: &status}, {Text: "1", Numeric: true}, {Actions: []web.Action{action}}}
	columns := []web.Column{{Name: "A"}, {Name: "B"}, {Name: "C"}, {Name: "D"}, {Name: "E", Numeric: true}, {Name: "F", Hidden: true}}
	section, err := bookOf(web.German)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := secretFor("Musterstadt", "anna", "JBSWY3DPEHPK3PXP")
	if err != nil {
		t.Fatal(err)
	}
	keyForm := &passkeyForm{Do: "create", Action: "/x", Ask: "/y", Origin: "https://x", Field: &other, Submit: "Los", Primary: true}
	for page, all := range map[string][]web.Page{
		"signin": {&signInPage{Frame: f, Alert: alert, Login: field, Password: other, Next: "/"},
			&signInPage{Frame: f, Start: "Musterstadt", Doors: []signInDoor{{"Nord", "IServ", "/x"}, {"Süd", "", "/y"}}, Search: filter, Nothing: "keine", Login: field, Password: other, Key: &passkeyForm{Do: "get", Origin: "https://x", Hidden: []web.Hidden{{Name: "next", Value: "/"}}, Submit: "Los"}, Next: "/"}},
		"signincode":  {&signInCodePage{Frame: f, Key: &passkeyForm{Do: "create", Origin: "https://x", Field: &other, Submit: "Los"}, KeyTitle: "a", CodeTitle: "b", Code: field}, &signInCodePage{Frame: f, Lead: "x", Alert: alert, Code: field, Next: "/", Submit: "Los"}, &signInCodePage{Frame: f, Set: secret, Code: field}},
		"notsignedin": {&notSignedInPage{Frame: f, Alert: *alert, Help: "wer", Actions: []web.Action{action}}, &notSignedInPage{Frame: f}},
		"signedout":   {&signedOutPage{Frame: f, Text: "x", Actions: []web.Action{action}}},
		"recovery":    {&recoveryPage{Frame: f, Codes: []string{"ABCD-EFGH-IJKL"}, Next: "/"}},
		"passkeys": {&passkeysPage{Frame: f, Lead: "x", Possible: true, Alert: alert, Rows: []passkeyRow{{Name: "a", Added: when, Used: when, Status: status, Remove: &action}, {Name: "b", Added: when, Never: true, Status: status}}, Add: keyForm, Codes: "10", Renew: &action},
			&passkeysPage{Frame: f, Possible: true, Ask: []web.Field{other}, Proving: &passkeyForm{Do: "get", Origin: "https://x", Submit: "Los", Primary: true}}, &passkeysPage{Frame: f}},
		"second": {&secondPage{Frame: f, Lead: "x", Facts: []web.Fact{{Name: "a", Text: "b"}}, Alert: alert, Begin: []web.Field{field}, Word: "Los", Note: "y", On: true, Off: true, Drop: "aus", Prove: []web.Field{other}},
			&secondPage{Frame: f, Set: secret, Code: field}, &secondPage{Frame: f, Begin: []web.Field{field}, Word: "Los"}, &secondPage{Frame: f}},
		"provider": {&providerPage{Frame: f, Status: status, Actions: []web.Action{action}, Alert: alert, Facts: []web.Fact{{Name: "a", Text: "b"}}, There: []web.Fact{{Name: "a", Code: "b"}},
			Rules: [][]cell{{{Text: "a"}, {Text: "b"}, {Text: "c"}, {Actions: []web.Action{action}}}}, Rule: []web.Field{field}, Add: "/x", Refused: alert, Link: "https://x", QR: secret.QR}, &providerPage{Frame: f, Status: status}},
		"claims": {&claimsPage{Frame: f, Field: field, Action: "/x", Of: "y", Shown: true, Gives: []string{"a"}, Used: []string{"b"}, Left: []string{"c"}}, &claimsPage{Frame: f, Field: field, Shown: true}, &claimsPage{Frame: f, Field: field}},
		"providers-import": {&providersImportPage{Frame: f, File: &web.FileField{Name: "file", Label: "x"}, Like: &field}, &providersImportPage{Frame: f, Planned: true, Sum: "1", Hidden: []web.Hidden{{Name: "a", Value: "b"}}, Submit: "Los",
			Rows: [][]cell{{{Text: "a"}, {Text: "b"}, {Status: &status}, {Status: &status}}}}, &providersImportPage{Frame: f, Planned: true, Problems: []rowProblem{{2, "a", "b"}}}},
		"choose": {&choosePage{Frame: f, Authorities: []chooseRow{{"1", "Musterstadt", true}}, Create: &action}, &choosePage{Frame: f, Empty: &empty}},
		"form":   {&formPage{Frame: f, Lead: "x", Alert: alert, Action: "/x", Fields: []web.Field{field, other}, Submit: "Los", Cancel: "/y", Confirm: confirm}},
		"table": {&tablePage{Frame: f, Lead: "x", Tabs: []web.Tab{{Name: "A", Href: "/a"}}, Alert: alert, Actions: []web.Action{action}, Filter: filter, Columns: columns,
			Rows: [][]cell{row}, Pager: pager, Files: web.Files{CSV: "/x?format=csv", XLSX: "/x?format=csv"}}, &tablePage{Frame: f, Empty: empty}},
		"account": {&accountPage{Frame: f, Change: &action, Facts: []web.Fact{{Name: "Name", Text: "Anna"}}, Language: field, Password: []web.Field{other}, Alert: alert,
			Sessions: []sessionRow{{"Safari", "IServ", true, when, when, when, action}}, Second: &action, Keys: &action, Others: 1}},
		"accountof": {&accountOfPage{Frame: f, Status: status, Facts: []web.Fact{{Name: "Name", Text: "Anna"}}, Link: "https://x", Actions: []web.Action{action}, Grants: [][]cell{row},
			Give: []web.Field{field}, Given: "/x", Alert: alert, Confirm: confirm, Sessions: [][]cell{row}, EndAll: &action, Reset: &web.Confirm{ID: "r", Title: "x", Text: "y", Button: "z", Action: "/x", Cancel: "/y"}}, &accountOfPage{Frame: f, Status: status}},
		"token": {&tokenPage{Frame: f, Tabs: []web.Tab{{Name: "A", Href: "/a", Current: true}}, Alert: alert, Role: school.Auditor, Fields: []web.Field{field}}, &tokenPage{Frame: f, Secret: "rz_x"}},
		"admin": {&adminPage{Frame: f, Facts: []web.Fact{{Name: "Name", Text: "x"}}, Groups: []adminGroup{{"G", []adminLink{{"a", "/a", "b"}}}}}},
		"group": {&groupPage{Frame: f, Lead: "x", Actions: []web.Action{action}, Members: [][]cell{row}, Pager: pager, Find: filter, Found: [][]cell{row}}, &groupPage{Frame: f, Empty: empty, Find: filter, Nobody: true}, &groupPage{Frame: f, Hidden: "x"}},
		"wording": {&wordingPage{Frame: f, Lead: "x", Alert: alert, Action: "/x", Field: field, Before: "h", Submit: "y", Cancel: "/y", Draft: &wordingDraft{Says: "z", Sample: "/s", Release: action, Drop: action},
			Places: []wordingPlace{{"{{a}}", "b", true}}, Versions: [][]cell{row}, Columns: []web.Column{{Name: "x"}}}, &wordingPage{Frame: f}},
		"sign":          {&signPage{Frame: f, Lead: "x", Alert: alert, Paper: "/p", Action: "/x", Hash: "h", Signers: []signField{{0, "Sorgeberechtigte", web.Field{Name: "name-0", Label: "Name"}}}, Submit: "y", Cancel: "/y"}, &signPage{Frame: f, Done: "Danke"}},
		"signlink":      {&linkPage{Frame: f, Link: "https://x", QR: "<svg></svg>", Back: "/y"}},
		"found":         {&foundPage{Frame: f, Owner: "Musterstadt", Contact: "0251 1", Call: "tel:02511"}, &foundPage{Frame: f, Owner: "x", Contact: "y"}, &foundPage{Frame: f, Owner: "x"}, &foundPage{Frame: f}},
		"labels":        {&labelsPage{Frame: f, Actions: []web.Action{action}, Tabs: []web.Tab{{Name: "A", Href: "/a", Current: true}}, Lead: "x", Alert: alert, Action: "/x", Fields: []web.Field{field}, Submit: "y", Preview: &labelPreview{Picture: "<svg></svg>", Sums: []string{"1"}, Notes: []string{"2"}, Hidden: []web.Hidden{{Name: "a", Value: "b"}}, Reason: &web.Field{Kind: web.SelectField, Name: "reason", Label: "Warum"}, Submit: "z"}}, &labelsPage{Frame: f, Preview: &labelPreview{}}},
		"letter":        {&letterPage{Frame: f, Status: status, Facts: []web.Fact{{Name: "An", Text: "x"}}, Body: "Guten Tag"}},
		"help":          {&helpPage{Frame: f, Body: section[0].HTML, Contents: []helpLink{{"a", "/a", true}}}, &helpPage{Frame: f, Query: "x", Searched: true, Found: []helpHit{{"a", "/a", "b"}}}, &helpPage{Frame: f, Query: "x", Searched: true}, &helpPage{Frame: f}},
		"handbook":      {&handbookPage{Frame: f, Sections: section}},
		"accessibility": {&accessibilityPage{Frame: f}},
	} {
		for _, data := range all {
			webtest.CheckTemplate(t, page, data)
		}
	}
}

// TestPagesOfAdministrationInABrowser opens them as people do: wide and narrow, light and dark, in both languages.
func TestPagesOfAdministrationInABrowser(t *testing.T) {
	w := newWorld(t)
	admin, operator := w.as(w.Admin), w.as(w.Operator)
	account := "/accounts/" + string(w.accountID("schule@nord.example"))
	made := admin.post("/groups/new", url.Values{"name": {"Foto-AG"}, "school": {string(w.Nord)}})
	admin.post(made.Location+"/add", url.Values{"person": {string(w.Pupils[1])}})
	admin.post("/tokens/new", url.Values{"role": {"auditor"}, "name": {"Abgleich"}, "verbs": {"view", "read_audit"}})
	link, err := w.st.NewLink(context.Background(), w.by, w.accountID("pruefung"))
	ok(t, link, err)

	wide := admin.open(t, "/admin", webtest.Options{Expected: []string{"status of 422"}})
	pages := []string{"/admin", "/admin/authority", "/accounts", account, "/tokens", "/tokens/new", "/audit?verify=1", "/outbox", made.Location + "?q=muster",
		"/schools/" + string(w.Nord) + "/network", "/classes/" + string(w.C7b) + "/edit", "/account", "/help", "/help/device", "/help?q=wlan", "/accessibility"}
	look := func(tab *webtest.Tab, kind string, pages ...string) {
		for _, path := range pages {
			tab.Goto(w.server.URL + path)
			tab.Axe()
			tab.Fits()
			name, _, _ := strings.Cut(path, "?")
			picture(tab, "u2-"+kind+strings.NewReplacer("/", "-", string(w.Nord), "nord", string(w.Anger), "anger").Replace(name))
		}
	}
	look(wide, "wide", pages...)
	// A form that is refused says so at its field, and the focus is there.
	wide.Goto(w.server.URL + "/schools/new")
	wide.Type("#number", "77")
	wide.Click("main form button[type=submit]")
	wide.Wait("#name-error")
	wide.Axe()
	wide.Until(`document.activeElement.id === "name" && document.getElementById("number").value === "77"`)

	narrow := admin.open(t, "/admin", webtest.Options{Width: 390, Height: 844, Dark: true, Cookies: map[string]string{"lang": "en"}})
	look(narrow, "narrow", "/admin/authority", account, "/audit", "/account", "/help/device")

	stranger := w.as("").open(t, "/sign-in", webtest.Options{Width: 320, Height: 700, Expected: []string{"status of 422"}})
	stranger.Axe()
	stranger.Fits()
	picture(stranger, "u2-sign-in")
	stranger.Type("#login", "niemand")
	stranger.Type("#password", "falsch")
	stranger.Press(webtest.Keys.Enter)
	stranger.Wait(".alert")
	stranger.Axe()
	picture(stranger, "u2-sign-in-wrong")
	stranger.Goto(w.server.URL + "/setup/" + link)
	stranger.Axe()
	stranger.Fits()
	picture(stranger, "u2-setup")
	stranger.Goto(w.server.URL + "/help/handbook")
	stranger.Axe()
	stranger.Fits()

	tab := operator.open(t, "/choose", webtest.Options{Dark: true})
	tab.Axe()
	picture(tab, "u2-choose")
	tab.Goto(w.server.URL + "/authorities/new")
	tab.Axe()
	picture(tab, "u2-authority-new")
	tab.Goto(w.server.URL + "/operators")
	tab.Axe()
	picture(tab, "u2-operators")
}

// What stands below the links of the administration is a sentence, in one style.
func TestTheAdministrationSpeaksInSentences(t *testing.T) {
	for _, g := range adminLinks {
		for _, x := range g.links {
			for _, l := range []web.Lang{web.German, web.English} {
				if text := web.T(l, "admin.text."+x.key); !strings.HasSuffix(text, ".") || !unicode.IsUpper([]rune(text)[0]) && !strings.HasPrefix(text, "iPad") {
					t.Errorf("%s: %q", x.key, text)
				}
			}
		}
	}
}

// TestKSM04_AChosenNameIsSentAndTakenBack: whoever decides what iPads are called is led to the plan that calls them so, and back to
// names that say nothing by the same way.
func TestKSM04_AChosenNameIsSentAndTakenBack(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	c := w.as(w.Admin)
	c.get("/admin/authority").says(t, 200, "Alle in der Nähe lesen, wem es gehört", "Fragen Sie vorher die datenschutzbeauftragte Stelle")
	called := func(names, want string) {
		t.Helper()
		a := c.post("/admin/authority", url.Values{"name": {"Musterstadt"}, "modules": {"management", "lending"}, "await_minutes": {"15"}, "number_pattern": {"MS-{YY}-{seq:06}"}, "device_names": {names}})
		if !strings.HasPrefix(a.Location, "/plans/") {
			t.Fatalf("%q: %d %s\n%s", names, a.Status, a.Location, a.read())
		}
		page := c.get(a.Location)
		page.says(t, 200, "Namen setzen")
		path, _, _ := strings.Cut(a.Location, "?")
		if a := c.post(path+"/apply", url.Values{"back": {"/admin"}}); a.Status != 303 {
			t.Fatalf("%q: %d %s", names, a.Status, a.read())
		}
		f, _, err := w.st.DeviceFacts(ctx, w.by, w.Devices[3])
		if got := ok(t, f, err).DeviceName(); got != want {
			t.Errorf("%q: called %q", names, got)
		}
		orders, err := w.st.Orders(ctx, w.by, w.Devices[3], 5)
		if len(ok(t, orders, err)) == 0 || orders[0].Kind != school.Rename || !orders[0].State.Open() {
			t.Errorf("%q: %+v", names, orders)
		}
	}
	called("person", "Ola Z. MS-26-000400")
	orders, err := w.st.Orders(ctx, w.by, w.Devices[3], 5)
	ok(t, 0, w.st.CancelOrder(ctx, w.by, ok(t, orders, err)[0].ID))
	called("", "MS-26-000400")
	if a := c.post("/admin/authority", url.Values{"name": {"Musterstadt"}, "modules": {"management", "lending"}, "await_minutes": {"15"}, "number_pattern": {"MS-{YY}-{seq:06}"}, "device_names": {""}}); a.Location != "/admin" {
		t.Errorf("nothing else was chosen: %s", a.Location)
	}
}
