package ui

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// assignWifi assigns „WLAN Schule“ to 7b as a person does: form, plan, start. It returns the page one lands on.
func assignWifi(t *testing.T, w *world, c *client) answer {
	t.Helper()
	class := classAddress(w.C7b)
	form := c.get(assignAddress(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, class))
	form.says(t, 200, "Zuweisen: Klasse 7b", "WLAN Schule, Fassung 1", "Einschränkungen Sek I, Fassung 1 – fest durch Schulträger")
	form.hides(t, "Nichts gefunden")
	if !strings.Contains(form.Body, `<option value="`+string(w.Rules)+`" disabled>`) {
		t.Error("what is fixed above can be chosen")
	}
	a := c.post(assignPath, url.Values{"kind": {"assign"}, "level": {"class"}, "scope": {string(w.C7b)}, "profile": {string(w.Wifi)}, "mode": {"required"}, "back": {class}})
	if a.Status != 303 || !strings.HasPrefix(a.Location, "/plans/") {
		t.Fatalf("%d to %q: %s", a.Status, a.Location, a.read())
	}
	plan := c.get(a.Location)
	plan.says(t, 200, "Vorschau: „WLAN Schule“ Fassung 1 für Klasse 7b", "Noch ist nichts geändert.", "Trifft 27 iPads an 1 Schule.",
		"WLAN: Kein iPad verliert sein bestätigtes Netz.", "Für 27 iPads starten", "Rückgängig bis 01.12.2026")
	path, _, _ := strings.Cut(a.Location, "?")
	done := c.post(path+"/apply", url.Values{"back": {class}})
	if done.Status != 303 || done.Location != class {
		t.Fatalf("%d to %q: %s", done.Status, done.Location, done.read())
	}
	page := c.get(class)
	if !strings.Contains(page.Body, "Zugewiesen. Es betrifft 27 iPads.") || !strings.Contains(page.Body, `action="/undo/`) {
		t.Error("the page does not say what was done, or offers no way back")
	}
	return page
}

func TestAnAssignmentFromPlanToTwentyFive(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	class := classAddress(w.C7b)
	c.get(class).says(t, 200, "Klasse 7b", "27 iPads · 27 Personen", "Schuljahr 2026/27", "Einschränkungen Sek I", "Schulträger, fest", "alle bestätigt", "27/27")
	asks := func(page answer, how string) {
		t.Helper()
		if !strings.Contains(page.Body, `hx-trigger="`+how+`"`) {
			t.Errorf("the page does not ask anew %s", how)
		}
	}
	asks(c.get(class), "every 15s")
	assigned := assignWifi(t, w, c)
	assigned.says(t, 200, "WLAN Schule", "0/27")
	asks(assigned, "every 2s") // what is under way is seen to move
	w.clock(noon.Add(time.Minute))
	w.converge(w.awake()...)
	page := c.get(class + "?part=assigned")
	page.says(t, 200, "WLAN Schule", "25/27", "2 offen", "MS-26-000417", "Seit 12 Tagen nicht gesehen. Kommt, sobald es online ist.", "MS-26-000398", "Warum?", "Klasse 7b", "Update oder Tausch",
		"heute 08:11 25 iPads haben „WLAN Schule“ bestätigt. Rückgängig")
	if text := page.read(); strings.Index(text, "WLAN Schule") > strings.Index(text, "Einschränkungen Sek I") {
		t.Error("what is done stands before what is under way")
	}
	if strings.Contains(page.Body, "<html") {
		t.Error("the fragment is a whole page")
	}
	c.get(class+"/history").says(t, 200, "Profil zugewiesen", "WLAN Schule", "Rückgängig")
	c.get(class+"/devices").says(t, 200, "MS-26-000417", "Muster, Lena", "wie festgelegt")
	c.get(class+"/people").says(t, 200, "Muster, Lena", "Schülerin oder Schüler", "MS-26-000397")
	c.get(class+"/print").says(t, 200, "Klasse 7b, Gymnasium Nord", "Yılmaz, Deniz")

	// The person who assigned it takes it back, and takes that back too.
	set := snip(page.Body, `action="/undo/`, `?back`)
	undone := c.post("/undo/"+set+"?back="+class, nil)
	if undone.Status != 303 || undone.Location != class {
		t.Fatalf("%d to %q", undone.Status, undone.Location)
	}
	after := c.get(class)
	if !strings.Contains(after.Body, "Rückgängig gemacht.") || strings.Contains(after.read(), "WLAN Schule (") {
		t.Error("nothing was undone")
	}
	again := c.post("/undo/"+set, url.Values{"back": {class}})
	again.says(t, 409, "Nicht rückgängig gemacht", "Das wurde schon rückgängig gemacht.", "Zurück")
}

// snip cuts out what stands between two texts.
func snip(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

func TestAPlanWhoseFactsMovedIsShownAnew(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	a := c.post(assignPath, url.Values{"kind": {"assign"}, "level": {"class"}, "scope": {string(w.C7b)}, "profile": {string(w.Wifi)}, "back": {"/"}})
	path, _, _ := strings.Cut(a.Location, "?")
	c.post(deviceAddress(w.Devices[5])+"/takeback", nil)
	c.post(path+"/apply", url.Values{"back": {"/"}}).says(t, 409, "Seit der Vorschau hat sich etwas geändert.", "Trifft 26 iPads", "Für 26 iPads starten")
	if done := c.post(path+"/apply", url.Values{"back": {"/"}}); done.Status != 303 {
		t.Errorf("the new plan: %d %s", done.Status, done.read())
	}
	c.get(path).says(t, 200, "Diese Vorschau wurde heute 08:10 ausgeführt.")

	drop := c.post(assignPath, url.Values{"kind": {"move"}, "device": {string(w.Devices[2])}, "to": {"school:" + string(w.West)}, "back": {"/devices"}})
	path, _, _ = strings.Cut(drop.Location, "?")
	c.get(drop.Location).says(t, 200, "Vorschau: 1 iPad nach Realschule West", "Verliert etwas", "„Anton verlinkt“ entfällt", "Gymnasium Nord 1")
	c.get(drop.Location+"&names=0").says(t, 200, "Verliert etwas: „Anton verlinkt“ entfällt", "MS-26-000399")
	if done := c.post(path+"/drop", url.Values{"back": {"/devices"}}); done.Location != "/devices" {
		t.Errorf("to %q", done.Location)
	}
	c.get(path).says(t, 404)
}

func TestForMoreThanFiveHundredTheNumberIsTyped(t *testing.T) {
	w := newWorld(t)
	var rows []store.Announced
	for i := range store.TypedFrom + 1 {
		rows = append(rows, store.Announced{Row: i + 2, Serial: fmt.Sprintf("C02ZW%06d", i), School: "Realschule West"})
	}
	if _, _, err := w.st.Announce(context.Background(), w.by, rows); err != nil {
		t.Fatal(err)
	}
	c := w.as(w.Admin)
	a := c.post(assignPath, url.Values{"kind": {"assign"}, "where": {"school:" + string(w.West)}, "profile": {string(w.Wifi)}, "back": {"/"}})
	c.get(a.Location).says(t, 200, "Trifft 501 iPads an 1 Schule.", "So viele iPads auf einmal: Tippen Sie die Zahl 501 ein", "Für 501 iPads starten")
	path, _, _ := strings.Cut(a.Location, "?")
	c.post(path+"/apply", url.Values{"back": {"/"}, "typed": {"50"}}).says(t, 422, "Zur Bestätigung bitte die Zahl der iPads eingeben: 501.")
	if done := c.post(path+"/apply", url.Values{"back": {"/"}, "typed": {"501"}}); done.Status != 303 {
		t.Errorf("%d %s", done.Status, done.read())
	}
}

func TestPlansSayWhatCannotBe(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	// What is refused is said at the form, and nothing typed is lost.
	c.post(assignPath, url.Values{"kind": {"assign"}, "level": {"authority"}, "scope": {string(w.authority)}, "profile": {string(w.Rules)}, "mode": {"excluded"}, "back": {"/"}}).
		says(t, 422, "So geht es nicht", "nicht")
	// An assignment ends by plan too.
	a := c.post(assignPath, url.Values{"kind": {"unassign"}, "assignment": {string(w.LinkGiven)}, "back": {"/schools"}})
	c.get(a.Location).says(t, 200, "Vorschau: „Anton verlinkt“ nicht mehr für Gymnasium Nord", "Verliert etwas")
	c.post(assignPath, url.Values{"kind": {"nonsense"}}).says(t, 422)
	c.post(assignPath, url.Values{"kind": {"assign"}}).says(t, 404)
	c.get("/plans/none").says(t, 404)
	c.post("/plans/none/drop", nil)
}
