package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
)

func TestADeviceAnswersBeforeItIsAsked(t *testing.T) {
	w := newWorld(t)
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	w.converge(w.awake()...)
	c := w.as(w.Admin)

	c.get(deviceAddress(w.Asleep)).says(t, 200, "MS-26-000417", "Es fehlt: WLAN Schule (Fassung 1)", "Warum", "Das iPad hat sich seit 12 Tagen nicht gemeldet",
		"Seit wann", "Zugewiesen heute 08:10 über Klasse 7b.", "Was hilft", "Einschalten und mit einem WLAN verbinden; der Rest geschieht von selbst.",
		"Wer", "oder die Klassenleitung", "Nachweis", "iPad hat sich gemeldet", "Vorhanden: 2 · alle vom iPad bestätigt, zuletzt Do, 05.11., 13:02", "Aufträge: keine offen", "Aktualisieren", "Zugewiesen")
	c.get(deviceAddress(w.Devices[0])).says(t, 200, "Alles wie festgelegt: 3 Profile bestätigt.", "ausgegeben an Lena M.", "iPadOS 26.1", "Akku", "84")
	c.get(deviceAddress(w.Devices[0])+"/items").says(t, 200, "WLAN Schule", "Klasse 7b", "Einschränkungen Sek I", "Schulträger, fest", "Vorhanden")
	c.get(deviceAddress(w.Unconfirmed)).says(t, 200, "GG7ZQ30001", "iPad bestätigen", "Wartet auf Bestätigung.")
	c.get(deviceAddress("nowhere")).says(t, 404)
	facts, _, err := w.st.ScopeFacts(context.Background(), w.by, school.Scope{Level: school.AtDevice, ID: string(w.Devices[3])})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.st.Clone(context.Background(), store.Identity{Authority: w.authority, Device: w.Devices[3], Enrollment: facts[0].Enrollment}); err != nil {
		t.Fatal(err)
	}
	c.get(deviceAddress(w.Devices[3])).says(t, 200, "Ein zweites Gerät gibt sich vermutlich als dieses aus", "Nachsehen, wo das iPad ist")
	fragment := c.get(deviceAddress(w.Asleep) + "?part=answer")
	fragment.says(t, 200, "Es fehlt: WLAN Schule")
	if strings.Contains(fragment.Body, "<h1") {
		t.Error("the fragment is a whole page")
	}
}

func TestNamesAreForThoseWhoMaySeePeople(t *testing.T) {
	w := newWorld(t)
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	w.converge(w.awake()...)
	for _, login := range []string{w.Operator, w.Auditor} {
		c := w.as(login)
		for _, path := range []string{deviceAddress(w.Devices[0]), deviceAddress(w.Asleep), classAddress(w.C7b), classAddress(w.C7b) + "/devices", classAddress(w.C7b) + "/print",
			"/devices", "/devices?format=csv", deviceAddress(w.Devices[0]) + "/history", "/devices?q=Muster", "/devices?sort=holder"} {
			a := c.get(path)
			a.says(t, 200)
			a.hides(t, "Lena", "Muster,", "Yılmaz")
		}
		for _, path := range []string{"/people", personAddress(w.Pupils[0]), classAddress(w.C7b) + "/people", deviceAddress(w.Devices[0]) + "/issue"} {
			c.get(path).says(t, 404)
		}
		c.get("/search?q=Muster").says(t, 200, "Nichts gefunden")
		a := c.get(deviceAddress(w.Devices[0]))
		a.hides(t, "Aktualisieren", "Neu starten", "Zurücknehmen", "Angaben ändern")
	}
}

func TestASchoolSeesItself(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Clerk)
	for path, status := range map[string]int{
		schoolAddress(w.Nord): 200, classAddress(w.C7b): 200, deviceAddress(w.Devices[0]): 200, personAddress(w.Pupils[0]): 200, "/schools": 200,
		schoolAddress(w.Anger): 404, classAddress(w.C3a): 404, deviceAddress(w.InCase[0]): 404, deviceAddress(w.Unplaced[0]): 404, deviceAddress(w.InCase[0]) + "/orders": 404,
		deviceAddress(w.InCase[0]) + "/edit": 404, schoolAddress(w.Anger) + "/assigned": 404,
		assignAddress(school.Scope{Level: school.AtClass, ID: string(w.C3a)}, "/"):           404,
		assignAddress(school.Scope{Level: school.AtAuthority, ID: string(w.authority)}, "/"): 404,
	} {
		if a := c.get(path); a.Status != status {
			t.Errorf("%s: %d, want %d", path, a.Status, status)
		}
	}
	c.get("/devices?q=DMPC").hides(t, "DMPC9K")
	c.get(classAddress(w.C7b)).hides(t, "Zuweisung beenden") // neither of what applies was given by the class
	if a := c.post(deviceAddress(w.InCase[0])+"/order", url.Values{"kind": {"refresh"}}); a.Status != 404 {
		t.Errorf("order at a foreign school: %d", a.Status)
	}
	if a := c.post(assignPath, url.Values{"kind": {"unassign"}, "assignment": {string(w.RulesGiven)}}); a.Status != 403 && a.Status != 404 {
		t.Errorf("ending what the authority fixed: %d", a.Status)
	}
	stranger := w.as("")
	if a := stranger.get(deviceAddress(w.Devices[0])); a.Status != 303 || !strings.HasPrefix(a.Location, "/sign-in") {
		t.Errorf("a stranger: %d %s", a.Status, a.Location)
	}
}

func TestWhatOneDoesWithADevice(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	d := deviceAddress(w.Devices[0])
	posts := func(path string, form url.Values, to string) {
		t.Helper()
		if a := c.post(path, form); a.Status != 303 || a.Location != to {
			t.Fatalf("%s: %d to %q: %s", path, a.Status, a.Location, a.read())
		}
	}
	posts(d+"/order", url.Values{"kind": {"refresh"}}, d)
	c.get(d+"/orders").says(t, 200, "Aktualisieren", "wartet auf das iPad", "Zurückziehen", "Auftrag „Aktualisieren“ wartet")
	order := snip(c.get(d+"/orders").Body, `action="/orders/`, `/cancel`)
	posts("/orders/"+order+"/cancel", url.Values{"back": {d + "/orders"}}, d+"/orders")
	c.get(d+"/orders").says(t, 200, "zurückgezogen", "von Hand")

	posts(d+"/takeback", nil, d)
	c.post(d+"/issue", url.Values{"person": {"Niemand"}}).says(t, 422, "Zu „Niemand“ gibt es an dieser Schule niemanden.")
	posts(d+"/issue", url.Values{"person": {"Lena Muster"}}, d)
	c.get(d).says(t, 200, "Muster, Lena")
	c.post(d+"/edit", url.Values{"number": {"MS-26-000398"}}).says(t, 422, "MS-26-000398")
	posts(d+"/edit", url.Values{"number": {"MS-26-009999"}}, d)
	c.get(d).says(t, 200, "MS-26-009999")

	posts(deviceAddress(w.Unconfirmed)+"/confirm", nil, deviceAddress(w.Unconfirmed))
	c.get(deviceAddress(w.Unconfirmed)).hides(t, "iPad bestätigen")
	c.get(d+"/release").says(t, 200, "Das iPad verliert sein letztes bestätigtes WLAN")
	posts(d+"/network", url.Values{"release": {"1"}}, d)
	c.get(d).says(t, 200, "WLAN wieder schützen")
	posts(d+"/network", nil, d)
	c.get(d+"/history").says(t, 200, "Rückgängig")
	c.get(d+"/move").says(t, 200, "Gymnasium Nord · Klasse 7a")
}

func TestTheListOfDevices(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/devices").says(t, 200, "1 bis 35 von 35", "MS-26-000397", "ohne Schule")
	c.get("/devices?q=000417").says(t, 200, "MS-26-000417", "1 bis 1 von 1", "Alle zeigen")
	c.get("/devices?q=nichtdabei").says(t, 200, "Keine Geräte gefunden.")
	c.get("/devices?state=unconfirmed").says(t, 200, "GG7ZQ30001")
	c.get("/devices?state=nonsense").says(t, 200, "von 35")
	c.get("/devices?school="+string(w.Nord)+"&class="+string(w.C7b)).says(t, 200, "1 bis 27 von 27")

	csv := c.get("/devices?state=unplaced&format=csv")
	if !strings.HasPrefix(csv.Body, "\ufeffNummer;Seriennummer;") || strings.Count(csv.Body, "\n") != 3 || !strings.Contains(csv.Body, "H4VLQ10001") {
		t.Errorf("%q", csv.Body)
	}
	ask := c.post("/devices/refresh", url.Values{"filter": {"class=" + string(w.C7b)}, "all": {"1"}})
	ask.says(t, 200, "27 iPads aktualisieren", "Die iPads melden ihren Zustand neu.")
	if a := c.post("/devices/refresh", url.Values{"filter": {"class=" + string(w.C7b)}, "all": {"1"}, "sure": {"1"}}); a.Status != 303 {
		t.Errorf("%d %s", a.Status, a.read())
	}
	orders, err := w.st.Orders(context.Background(), w.by, w.Devices[3], 5)
	if err != nil || len(orders) != 1 {
		t.Errorf("%d orders, %v", len(orders), err)
	}
	c.post("/devices/move", url.Values{"mark": {string(w.Unplaced[0]), string(w.Unplaced[1])}}).says(t, 200, "2 iPads umziehen", "Vorschau für 2 iPads")
	a := c.post(assignPath, url.Values{"kind": {"move"}, "mark": {string(w.Unplaced[0]), string(w.Unplaced[1])}, "filter": {"state=unplaced"}, "to": {"school:" + string(w.West)}, "back": {"/devices"}})
	c.get(a.Location).says(t, 200, "Vorschau: 2 iPads nach Realschule West", "Trifft 2 iPads")
	if a := c.post("/devices/refresh", nil); a.Status != 303 {
		t.Errorf("nothing marked: %d", a.Status)
	}
}

func TestSearchLeadsThere(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	for _, text := range []string{"MS-26-000417", "F9FXK2A120", "f9fxk2a120"} {
		if a := c.get("/search?q=" + text); a.Location != deviceAddress(w.Asleep) {
			t.Errorf("%s leads to %q", text, a.Location)
		}
	}
	c.get("/search?q=7b").says(t, 200, "Klassen", "Klasse 7b", "Gymnasium Nord")
	c.get("/search?q=lena").says(t, 200, "Personen", "Muster, Lena", "7b")
	c.get("/search?q=koffer").says(t, 200, "Orte", "Koffer 1")
	c.get("/search?q=zzzz").says(t, 200, "Nichts gefunden zu „zzzz“.")
	c.get("/search?q=").says(t, 200, "mindestens zwei Zeichen")
}

func TestPeople(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/people").says(t, 200, "Muster, Lena", "1 bis 31 von 31")
	c.get("/people?without=1").says(t, 200, "1 bis 4 von 4")
	c.get("/people?q=yilmaz").says(t, 200, "Yılmaz, Deniz")
	c.get("/people?q=unbekannt").says(t, 200, "Niemanden gefunden.")
	c.get(personAddress(w.Pupils[0])).says(t, 200, "Muster, Lena", "MS-26-000397", "Zurücknehmen", "7b")
	if csv := c.get("/people?format=csv"); strings.Count(csv.Body, "\n") != 32 {
		t.Errorf("%d lines", strings.Count(csv.Body, "\n"))
	}
}

func TestAPersonIsMadeChangedAndTakenOut(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Clerk)
	form := url.Values{"given": {"Pia"}, "family": {""}, "kind": {"pupil"}, "school": {string(w.Nord)}, "class": {string(w.C7a)}}
	c.post("/people/new", form).says(t, 422, "Familienname")
	form.Set("family", "Probe")
	made := c.post("/people/new", form)
	c.get(made.Location).says(t, 200, "Probe, Pia", "7a")
	form.Set("family", "Probst")
	form.Set("class", string(w.C7b))
	if a := c.post(made.Location+"/edit", form); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get(made.Location).says(t, 200, "Probst, Pia", "7b")
	c.get(made.Location+"/edit").says(t, 200, "Aus den Listen nehmen")
	if a := c.post(made.Location+"/archive", nil); a.Location != "/people" {
		t.Errorf("%d to %q", a.Status, a.Location)
	}
	c.get("/people?q=probst").says(t, 200, "Niemanden gefunden.")
	c.post(personAddress(w.Pupils[0])+"/archive", nil).says(t, 409, "MS-26-000397")
}

func TestSchools(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/schools").says(t, 200, "Gymnasium Nord", "Grundschule am Anger", "eingetragen", "fehlt")
	c.get("/schools?q=anger").hides(t, "Gymnasium Nord")
	c.get(schoolAddress(w.Nord)).says(t, 200, "Gymnasium Nord", "Klasse 7a", "Klasse 7b", "Einrichtungs-WLAN „Einrichtung“", "28 iPads:")
	c.get(schoolAddress(w.Nord)+"/assigned").says(t, 200, "Anton verlinkt", "Zuweisung beenden …", "28/28", "alle bestätigt")
	c.get(schoolAddress(w.Nord)+"/history").says(t, 200, "Einrichtungs-WLAN")
	c.get(schoolAddress(w.West)).says(t, 200, "Noch keine Klassen.")
}
