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
	day := w.Store.Now().AddDate(1, 0, 0)
	day = day.AddDate(0, 8-int(day.Month()), 0)
	for _, try := range []string{day.AddDate(-1, 0, 0).Format("2006-01-02"), day.Format("2006-01-02")} {
		c.post("/rollover/date", url.Values{"runs": {try}})
	}
	c.get("/rollover").says(t, 200, "Gymnasium Nord", "offen", "Ausgeführt: 0 von")
	here := rolloverAddress(w.North)
	c.get(here).says(t, 200, "7a", "8a", "geht weiter", "Unterschreiben")
	for _, list := range rolloverLists {
		c.get(here+"?list="+list).says(t, 200, "Lehrkräfte ohne Klasse")
	}
	form := c.get(here + "/classes")
	form.says(t, 200, "Aus 7a")
	people := c.get(here + "/people")
	people.says(t, 200, "Einzelne Personen")
	person := here + "/people/" + url.PathEscape(string(w.Lena))
	c.get(person).says(t, 200, "mit der Klasse")
	c.post(person, url.Values{"goes": {"name"}, "to": {" "}}).says(t, 422, "Bitte füllen Sie dieses Feld aus.")
	if a := c.post(person, url.Values{"goes": {"leaves"}}); a.Location != here+"/people" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get(here+"?list=leavers").says(t, 200, "geprüft"[:0]+"Gehen")
	sign := c.get(here + "/sign")
	hash := strings.SplitN(strings.SplitN(sign.Body, `name="plan" value="`, 2)[1], `"`, 2)[0]
	c.post(here+"/sign", url.Values{"plan": {"other"}}).says(t, 409)
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
	here := personAddress(w.Lena)
	c.get(here).says(t, 200, "Schule wechseln")
	c.get(here+"/move").says(t, 200, "wechselt die Schule", "Vorschau ansehen")
	a := c.post(assignPath, url.Values{"kind": {string(school.ChangeMove)}, "person": {string(w.Lena)}, "back": {here}, "to": {"school:" + string(w.South)}})
	plan := a.Location
	c.get(plan).says(t, 200, "iPad", "nach")
	path, _, _ := strings.Cut(plan, "?")
	if a := c.post(path+"/apply", url.Values{"back": {here}}); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	x, err := w.Store.PersonByID(t.Context(), w.Admin, w.Lena)
	if err != nil || x.School != w.South {
		t.Errorf("%+v %v", x, err)
	}
}
