package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// holds and lacks look at the page as it is sent, with its addresses.
func holds(t *testing.T, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if a.Status != 200 || !strings.Contains(a.Body, text) {
			t.Errorf("%d: the page does not hold %q", a.Status, text)
		}
	}
}

func lacks(t *testing.T, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if a.Status != 200 || strings.Contains(a.Body, text) {
			t.Errorf("%d: the page holds %q", a.Status, text)
		}
	}
}

func TestMUC05_PagesSwitchBetweenTheOpenSchoolYears(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	here, class := schoolAddress(w.Nord), classAddress(w.C7b)
	c.get(class).says(t, 200, "Schuljahr 2026/27")
	lacks(t, c.get(class), "2027/28")
	c.get(here+"/years/2027").says(t, 404)
	w.clock(time.Date(2027, time.May, 3, 8, 0, 0, 0, time.UTC))
	c = w.as(w.Admin)
	c.get(here).says(t, 200, "2027/28, Vorschau")
	c.get(here+"/years/2027").says(t, 200, "noch nicht vorbereitet", "Termin festlegen", "Klasse 8b", "7b")
	lacks(t, c.get(here+"/years/2027"), "Klassen ändern")
	if a := c.post("/rollover/date", url.Values{"runs": {"2027-08-01"}}); a.Location != rolloverPath {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	year := here + "/years/2027"
	c.get(year).says(t, 200, "Vorschau auf das Schuljahr 2027/28", "2026/27, läuft", "Klassen ändern")
	holds(t, c.get(class), year+"/class?id=")
	holds(t, c.get(class+"/people"), year+"/class?id=")
	holds(t, c.get(class+"/print"), year+"/class?id=", "Schuljahr 2026/27 · Stand")
	page := c.get(year + "/class?id=" + url.QueryEscape(string(w.C7b)))
	page.says(t, 200, "Klasse 8b", "Heute: Klasse 7b.", "MS-26-000417", "hinter dem Namen")
	holds(t, page, class, rolloverAddress(w.Nord)+"/people/")

	// One of the class goes elsewhere: seen in the next year, not in this one.
	person := rolloverAddress(w.Nord) + "/people/" + url.PathEscape(string(w.Pupils[0]))
	who, err := w.st.PersonByID(context.Background(), w.by, w.Pupils[0])
	ok(t, who, err)
	a := c.post(person, url.Values{"goes": {"name"}, "to": {"8x"}})
	if a.Location != rolloverAddress(w.Nord)+"/people" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	holds(t, c.get(a.Location), "Rückgängig")
	c.get(yearClassAddress(w.Nord, school.SchoolYear{Starts: time.Date(2027, time.August, 1, 0, 0, 0, 0, time.UTC)}, "8x")).says(t, 200, "Klasse 8x", who.Name(), "Von Hand")
	c.get(class+"/people").says(t, 200, who.Name())
	c.get(year+"/lists").says(t, 200, "Klasse 8x", "Klasse 8b", who.Name(), "Als PDF herunterladen")
	page = c.get(year + "/lists?name=8b")
	page.says(t, 200, "Klasse 8b")
	lacks(t, page, who.Name())
	for _, address := range []string{year + "/lists.pdf", year + "/lists.pdf?name=8x", rolloverAddress(w.Nord) + "/sheet.pdf"} {
		if a := c.get(address); a.Status != 200 || !strings.HasPrefix(a.Body, "%PDF-") {
			t.Errorf("%s: %d %.40s", address, a.Status, a.Body)
		}
	}
	if a := c.get(year + "/class?name=nirgends"); a.Location != year {
		t.Errorf("%d %s", a.Status, a.Location)
	}
	c.get(rolloverAddress(w.Nord)+"/sheet").says(t, 200, "Unterschrift der Schule", "Ort, Datum", "7b", "geht weiter")

	// Carried out, the present is the new year and the last one can be looked up.
	x, err := w.st.Rollover(context.Background(), w.by)
	ok(t, x, err)
	p, err := w.st.RolloverPart(context.Background(), w.by, x.ID, w.Nord)
	ok(t, p, err)
	ok(t, 0, w.st.SignRollover(context.Background(), w.by, x.ID, w.Nord, p.Hash, p.Now.Typed()))
	w.clock(time.Date(2027, time.August, 2, 8, 0, 0, 0, time.UTC))
	ok(t, 0, w.st.RunRollovers(context.Background()))
	c = w.as(w.Admin)
	c.get(class).says(t, 200, "Klasse 8b", "2026/27, vorbei")
	c.get(here+"/years/2026").says(t, 200, "So war es im Schuljahr 2026/27", "Klasse 7b", "8b")
	page = c.get(here + "/years/2026/class?id=" + url.QueryEscape(string(w.C7b)))
	page.says(t, 200, "Klasse 7b", who.Name(), "8x")
	lacks(t, page, "Von Hand")
	c.get(year).says(t, 404)
}

func TestMUC05_ARefusedSignatureIsNotSignedByClickingOnceMore(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	id, err := w.st.SetRollover(ctx, w.by, w.st.NextYear())
	ok(t, id, err)
	c := w.as(w.Admin)
	here := rolloverAddress(w.Nord)
	plan := func(a answer) string {
		return strings.SplitN(strings.SplitN(a.Body, `name="plan" value="`, 2)[1], `"`, 2)[0]
	}
	looked := plan(c.get(here + "/sign"))
	if _, err := w.st.ChooseRollover(ctx, w.by, id, w.Nord, nil, map[school.PersonID]string{w.Pupils[0]: ""}); err != nil { // somebody else, meanwhile
		t.Fatal(err)
	}
	for range 2 {
		a := c.post(here+"/sign", url.Values{"plan": {looked}})
		a.says(t, 422, "Seitdem hat sich etwas geändert")
		if looked = plan(a); looked == "" {
			t.Fatal("the form forgot what was looked at")
		}
	}
	p, err := w.st.RolloverPart(ctx, w.by, id, w.Nord)
	if ok(t, p, err); p.State == "signed" {
		t.Error("signed unseen")
	}
	if a := c.post(here+"/sign", url.Values{"plan": {plan(c.get(here + "/sign"))}}); a.Location != here { // looked at again
		t.Errorf("%d %s", a.Status, a.read())
	}
}

func TestKSM09_GradesAreALevelWhereThereAreSeveral(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	c := w.as(w.Admin)
	here := schoolAddress(w.Nord)
	grade := gradeAddress(w.Nord, "7")
	// Both classes of Gymnasium Nord are of one grade: no empty level.
	page := c.get(here)
	page.says(t, 200, "Klasse 7b")
	lacks(t, page, grade)
	page = c.get(classAddress(w.C7b))
	page.says(t, 200, "Klasse 7b")
	lacks(t, page, "Jahrgang 7")
	other, err := w.st.CreateClass(ctx, w.by, school.Class{School: w.Nord, Name: "EF", Grade: "EF"})
	ok(t, other, err)
	holds(t, c.get(here), grade, gradeAddress(w.Nord, "EF"))
	holds(t, c.get(classAddress(w.C7b)), "Jahrgang 7", grade)
	page = c.get(grade)
	page.says(t, 200, "Klasse 7a", "Klasse 7b", "Zuweisen")
	lacks(t, page, "Klasse EF")
	c.get(gradeAddress(w.Nord, "9")).says(t, 404)

	// What is assigned to the grade from its page holds for both classes and not for the third.
	form := c.get(assignAddress(school.GradeScope(w.Nord, "7"), grade+"/assigned"))
	form.says(t, 200, "Jahrgang 7")
	a := c.post(assignPath, url.Values{"kind": {string(school.ChangeAssign)}, "level": {"grade"}, "scope": {string(w.Nord) + "/7"}, "back": {grade + "/assigned"}, "profile": {string(w.Wifi)}, "mode": {string(school.Required)}})
	path, _, _ := strings.Cut(a.Location, "?")
	if a := c.post(path+"/apply", url.Values{"back": {grade + "/assigned"}}); a.Location != grade+"/assigned" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get(grade+"/assigned").says(t, 200, "WLAN Schule", "Jahrgang 7")
	c.get(classAddress(w.C7b)).says(t, 200, "WLAN Schule")
	page = c.get(classAddress(other))
	page.says(t, 200)
	lacks(t, page, "WLAN Schule")
	w.as(w.Clerk).get(gradeAddress(w.Anger, "3")).says(t, 404)
}

// A list that does not say its school year is told it by who brings it: it is offered as a proposal, and who is new stands
// on its page with the day of coming.
func TestMUC07_AListOfTheNextYearOnItsWay(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	first := c.bring("nord.csv", pupilsList, url.Values{"source": {"new"}, "name": {"IServ"}, "school": {string(w.Nord)}}).Location
	page := c.get(first)
	page.says(t, 200, "2 Personen an 1 Schule.")
	lacks(t, page, "Schuljahr der Liste") // there is only one year to choose
	id, err := w.st.SetRollover(context.Background(), w.by, w.st.NextYear())
	ok(t, id, err)
	c.get(first).says(t, 200, "Schuljahr der Liste", "das laufende", "2027/28")
	if to := c.post(first+"/read", url.Values{"format": {"csv"}, "year": {"2027/28"}, "plan": {"1"}}).Location; to != first {
		t.Fatalf("no plan but %q", to)
	}
	c.get(first).says(t, 200, "Sie wird ein Vorschlag für den Schuljahreswechsel", "1 neue Person")
	if to := c.post(first+"/0/apply", nil).Location; to != first {
		t.Fatalf("not taken over but %q", to)
	}
	c.get(schoolAddress(w.Nord)+"/years/2027").says(t, 200, "Klasse 7c")
	c.get(schoolAddress(w.Nord)).hides(t, "Klasse 7c")
	people, err := w.st.Persons(context.Background(), w.by, store.PersonFilter{School: w.Nord, Text: "Ankunft"})
	if ok(t, people, err); len(people.Rows) != 1 {
		t.Fatalf("%+v", people.Rows)
	}
	page = c.get(personAddress(people.Rows[0].ID))
	page.says(t, 200, "kommt zum", "01.08.2027")
	page.hides(t, "auch an")
}
