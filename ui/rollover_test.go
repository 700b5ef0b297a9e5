package ui

import (
	"net/url"
	"strings"
	"testing"

	"ranzen/store/school"
)

func TestMUC05_RolloverPages(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/rollover").says(t, 200, "Noch kein Schuljahreswechsel vorbereitet", "Termin festlegen")
	c.post("/rollover/date", url.Values{"runs": {"1.8.1999"}}).says(t, 422, "Der Termin liegt zwischen")
	if a := c.post("/rollover/date", url.Values{"runs": {"2027-08-01"}}); a.Location != rolloverPath {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get("/rollover").says(t, 200, "Gymnasium Nord", "offen", "Ausgeführt: 0 von")
	here := rolloverAddress(w.Nord)
	c.get(here).says(t, 200, "7a", "8a", "geht weiter", "Unterschreiben")
	for _, list := range rolloverLists {
		c.get(here+"?list="+list).says(t, 200, "Lehrkräfte ohne Klasse")
	}
	form := c.get(here + "/classes")
	form.says(t, 200, "Aus 7a")
	people := c.get(here + "/people")
	people.says(t, 200, "Einzelne Personen")
	person := here + "/people/" + url.PathEscape(string(w.Pupils[0]))
	c.get(person).says(t, 200, "mit der Klasse")
	c.post(person, url.Values{"goes": {"name"}, "to": {" "}}).says(t, 422, "Bitte füllen Sie dieses Feld aus.")
	if a := c.post(person, url.Values{"goes": {"leaves"}}); a.Location != here+"/people" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get(here+"?list=leavers").says(t, 200, "Gehen")
	sign := c.get(here + "/sign")
	hash := strings.SplitN(strings.SplitN(sign.Body, `name="plan" value="`, 2)[1], `"`, 2)[0]
	c.post(here+"/sign", url.Values{"plan": {"other"}}).says(t, 422, "Seitdem hat sich etwas geändert")
	if a := c.post(here+"/sign", url.Values{"plan": {hash}}); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get("/rollover?state=signed").says(t, 200, "Gymnasium Nord", "unterschrieben")
	if csv := c.get("/rollover?format=csv").Body; !strings.Contains(csv, "Gymnasium Nord;unterschrieben;1;") {
		t.Error(csv)
	}
	if a := c.post(here+"/withdraw", nil); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get("/rollover").says(t, 200, "geprüft")
}

func TestMUC05_APersonChangesSchoolsInTwoClicks(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	here := personAddress(w.Pupils[0])
	c.get(here).says(t, 200, "Schule wechseln")
	c.get(here+"/move").says(t, 200, "wechselt die Schule", "Vorschau ansehen")
	a := c.post(assignPath, url.Values{"kind": {string(school.ChangeMove)}, "person": {string(w.Pupils[0])}, "back": {here}, "to": {"school:" + string(w.Anger)}})
	plan := a.Location
	c.get(plan).says(t, 200, "iPad", "nach")
	path, _, _ := strings.Cut(plan, "?")
	if a := c.post(path+"/apply", url.Values{"back": {here}}); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	x, err := w.st.PersonByID(t.Context(), w.by, w.Pupils[0])
	if err != nil || x.School != w.Anger {
		t.Errorf("%+v %v", x, err)
	}
}
