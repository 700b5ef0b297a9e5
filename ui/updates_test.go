package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// say plays what control keeps when an iPad speaks of an update.
func (w *world) say(d school.DeviceID, u school.Updating) {
	w.t.Helper()
	p, err := w.st.DeviceByID(context.Background(), w.by, d)
	if err != nil {
		w.t.Fatal(err)
	}
	u.Said = w.st.Now()
	if err := w.st.Observe(context.Background(), w.authority, p.Enrollment.ID, "", func(o *store.Observation) error {
		o.Updating = &u
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
}

func TestAnUpdateIsDemandedByARuleAndPlannedFirst(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/admin").says(t, 200, "Aktualisierungen", "Ausrollen")
	c.get("/updates").says(t, 200, "Noch keine Regel", "iPadOS 26.1", "die Liste ist nicht gelesen")
	c.get("/profiles/new/update").says(t, 200, "Version von iPadOS", "Uhr des iPads")
	if body := c.get("/profiles/new/update").Body; !strings.Contains(body, `type="datetime-local"`) {
		t.Error("the deadline is not asked for as day and time")
	}
	wrong := c.post("/profiles/new/update", url.Values{"name": {"Herbst"}, "version": {"26,4"}, "deadline": {"bald"}, "publish": {"1"}})
	wrong.says(t, 422, "So schreibt Apple keine Version", "Bitte Tag und Uhrzeit angeben")
	if !strings.Contains(wrong.Body, `value="26,4"`) {
		t.Error("what was typed is lost")
	}
	a := c.post("/profiles/new/update", url.Values{"name": {"Herbst"}, "version": {"26.4"}, "deadline": {"2026-12-04T10:00"}, "publish": {"1"}})
	if a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	rule := school.ProfileID(strings.TrimPrefix(a.Location, profilesPath+"/"))
	c.get(a.Location).says(t, 200, "Update bis Termin", "04.12.2026 10:00")
	c.get("/updates").says(t, 200, "Herbst", "iPadOS 26.4 bis 04.12.2026 10:00", "nirgends")

	if _, err := w.st.SetCalm(context.Background(), w.by, w.Nord, school.Calm{From: 7 * 60, Until: 16 * 60}); err != nil {
		t.Fatal(err)
	}
	plan := c.post(assignPath, url.Values{"kind": {"assign"}, "level": {"class"}, "scope": {string(w.C7b)}, "profile": {string(rule)}, "mode": {"required"}, "back": {"/updates"}})
	c.get(plan.Location).says(t, 200, "iPadOS 26.4 bis 04.12.2026 16:00, verschoben aus der Unterrichtszeit der Schule", "iPadOS zu alt")
	c.post(freezesPath+"/new", url.Values{"name": {"Vera 7"}, "school": {string(w.Nord)}, "part": {"7"}, "from": {"2026-12-03"}, "until": {"2026-12-08"}})
	plan = c.post(assignPath, url.Values{"kind": {"assign"}, "level": {"class"}, "scope": {string(w.C7b)}, "profile": {string(rule)}, "mode": {"required"}, "back": {"/updates"}})
	c.get(plan.Location).says(t, 200, "verschoben wegen der Prüfungssperre „Vera 7“")
	id, _, _ := strings.Cut(plan.Location, "?")
	if a := c.post(id+"/apply", url.Values{"back": {"/updates"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	w.converge(w.awake()...)
	c.get(deviceAddress(w.Devices[0])+"/items").says(t, 200, "Das iPad kennt den Termin: iPadOS 26.4", "Vera 7")
	c.get(deviceAddress(w.Old)).says(t, 200, "Das Profil braucht iPadOS 17, das iPad hat 15.8")
	c.get("/updates").says(t, 200, "an 1 Stelle")
	c.get(rolloutsPath).says(t, 200, "Herbst", "25/27")
	c.get(rolloutsPath+"?profile="+string(rule)).says(t, 200, "Gymnasium Nord", "Ruhezeit 07:00 bis 16:00")
	c.get(rolloutsPath+"?school="+string(w.Nord)).says(t, 200, "Tempo und Ruhezeit dieser Schule")
	if csv := c.get(rolloutsPath + "?format=csv").Body; !strings.Contains(csv, "Herbst;Update bis Termin;Gymnasium Nord;27;25;1") {
		t.Errorf("%s", csv)
	}
}

func TestWhatKeepsAnIPadFromUpdatingIsSaidTheSameEverywhere(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	rule := w.profile("Herbst", "update", url.Values{"version": {"26.4"}, "deadline": {"2026-12-04T18:00"}})
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, rule, false)
	for i, cause := range school.Causes {
		reason := map[school.Cause]string{school.CauseSpace: "Not enough free space", school.CauseBattery: "battery too low", school.CauseNetwork: "Wi-Fi lost", school.CauseCode: "passcode required",
			school.CauseGone: "update not available", school.CauseBroken: "could not be verified", school.CauseBusy: "postponed by user", school.CauseUnknown: "Fehler 7"}[cause]
		w.say(w.Devices[i+2], school.Updating{State: school.UpdateFailed, Failures: 2, Reason: reason, FailedAt: w.st.Now()})
	}
	w.converge(w.awake()...)
	list := c.get("/updates/devices?state=failing")
	for _, cause := range school.Causes {
		list.says(t, 200, web.T(web.German, "updates.cause."+string(cause)), web.T(web.German, "why.helps."+remedyWord(cause)))
	}
	page := c.get(deviceAddress(w.Devices[2]))
	page.says(t, 200, "Für iPadOS 26.4 ist auf dem iPad zu wenig Speicher frei.", "Am iPad Platz schaffen", "iPad meldet: „Not enough free space“")
	csv := c.get("/updates/devices?state=failing&format=csv").Body
	if !strings.Contains(csv, "zu wenig Speicher frei;Not enough free space;2") {
		t.Errorf("%s", csv)
	}
	c.get("/updates").says(t, 200, "Was dazwischenkommt", "zu wenig Speicher frei", "Fehlgeschlagen")
	own := w.as(w.Clerk)
	own.get("/updates").says(t, 200, "iPadOS 26.1")
}

func TestFreezesAreAddedAndRemoved(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get(freezesPath).says(t, 200, "Keine Prüfungssperren", "Prüfungssperre eintragen")
	c.get(freezesPath+"/new").says(t, 200, "Erster Tag", "Q2")
	for part, says := range map[string]string{"9z": "„9z“ ist weder eine Klasse noch ein Jahrgang", "7b": ""} {
		a := c.post(freezesPath+"/new", url.Values{"name": {"Abitur"}, "school": {string(w.Nord)}, "part": {part}, "from": {"2027-04-19"}, "until": {"2027-05-07"}})
		if says != "" {
			if a.says(t, 422, says); !strings.Contains(a.Body, `value="2027-04-19"`) {
				t.Error("what was typed is lost")
			}
		} else if a.Location != freezesPath {
			t.Errorf("%d %s", a.Status, a.read())
		}
	}
	c.post(freezesPath+"/new", url.Values{"name": {""}, "from": {""}, "until": {"gestern"}}).says(t, 422, "Das ist kein Datum")
	c.post(freezesPath+"/new", url.Values{"name": {"lang"}, "from": {"2027-01-01"}, "until": {"2027-06-01"}}).says(t, 422, "höchstens 90 Tage")
	list := c.get(freezesPath)
	list.says(t, 200, "Abitur", "Gymnasium Nord, Klasse 7b", "19.04.2027", "07.05.2027", "kommt noch", "Aufheben")
	all, err := w.st.Freezes(context.Background(), w.by)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if a := c.post(freezesPath+"/"+string(all[0].ID)+"/remove", nil); a.Location != freezesPath {
		t.Errorf("%d %s", a.Status, a.read())
	}
	c.get(freezesPath).says(t, 200, "Keine Prüfungssperren")
}
