package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"ranzen/store/school"
)

// TestMUC05_SchoolsPassAPupilOn: who looks after one school alone offers, is answered, and sees nothing more of the other school
// than its name.
func TestMUC05_SchoolsPassAPupilOn(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	nord := w.as(w.Clerk)
	anger := w.as(w.account("schule@anger.example", "Anja Anger", school.Grant{Role: school.SchoolAdmin, School: w.Anger}))
	who, err := w.st.PersonByID(ctx, w.by, w.Pupils[0])
	ok(t, who, err)
	here := personAddress(who.ID)
	person := nord.get(here)
	person.says(t, 200, "Wechsel anbieten")
	person.hides(t, "Schule wechseln")
	nord.get(here+"/offer").says(t, 200, "Sie betreuen die andere Schule nicht", "Grundschule am Anger")
	nord.post(here+"/offer", url.Values{}).says(t, 422, "Bitte füllen Sie dieses Feld aus")
	if a := nord.post(here+"/offer", url.Values{"school": {string(w.Anger)}}); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	nord.post(here+"/offer", url.Values{"school": {string(w.Anger)}}).says(t, 422, "schon einer Schule angeboten")
	nord.get(crossingsPath).says(t, 200, who.Name(), "wartet auf Antwort", "Zurückziehen")
	anger.get(here).says(t, 404)
	anger.get("/").says(t, 200, "1 Schulwechsel wartet auf Ihre Antwort")
	list := anger.get(crossingsPath)
	list.says(t, 200, who.Name(), "Gymnasium Nord", "MS-26-000397", "Aufnehmen", "Ablehnen")
	_, rest, _ := strings.Cut(list.Body, `href="`+crossingsPath+"/")
	id, _, _ := strings.Cut(rest, `"`)
	anger.get(crossingsPath+"/"+id).says(t, 200, who.Name()+" aufnehmen", "kommt mit und wird nicht gelöscht", "Klasse an: Grundschule am Anger")
	nord.get(crossingsPath+"/"+id).says(t, 404)
	if a := anger.post(crossingsPath+"/"+id, url.Values{"class": {string(w.C3a)}}); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	anger.get(here).says(t, 200, "3a", "MS-26-000397")
	nord.get(here).says(t, 404)
	nord.get(crossingsPath).says(t, 200, "aufgenommen")
	anger.get(crossingsPath+"/"+id).says(t, 404)

	// The same way back, declined.
	if a := anger.post(here+"/offer", url.Values{"school": {string(w.Nord)}}); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	_, rest, _ = strings.Cut(nord.get(crossingsPath).Body, `href="`+crossingsPath+"/")
	id, _, _ = strings.Cut(rest, `"`)
	if a := nord.post(crossingsPath+"/"+id+"/decline", nil); a.Location != crossingsPath {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	anger.get(crossingsPath).says(t, 200, "abgelehnt")
	anger.get(here).says(t, 200, "MS-26-000397")
}

// TestMUC05_PairsOfOneNameAreShownToWhoLooksAfterBoth: to nobody else, and one click makes them one.
func TestMUC05_PairsOfOneNameAreShownToWhoLooksAfterBoth(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	who, err := w.st.PersonByID(ctx, w.by, w.Pupils[5])
	ok(t, who, err)
	if who.Device != "" {
		_, err = w.st.TakeBack(ctx, w.by, who.Device)
		ok(t, 0, err)
	}
	_, err = w.st.ArchivePerson(ctx, w.by, who.ID)
	ok(t, 0, err)
	twin, err := w.st.CreatePerson(ctx, w.by, school.Person{School: w.Anger, Kind: school.Pupil, Given: who.Given, Family: who.Family}, w.C3a)
	ok(t, twin, err)
	_, err = w.st.Retain(ctx, w.authority)
	ok(t, 0, err)
	admin := w.as(w.Admin)
	admin.get("/").says(t, 200, "1 Person hat eine Schule verlassen")
	admin.get(crossingsPath).says(t, 200, "Kein Schulwechsel offen", "Gleicher Name")
	admin.get(crossingsPath+"?list=names").says(t, 200, who.Name(), "Gymnasium Nord", "Grundschule am Anger", "Dieselbe Person", "Zwei Personen")
	clerk := w.as(w.Clerk)
	clerk.get(crossingsPath+"?list=names").hides(t, who.Name())
	both := url.Values{"left": {string(who.ID)}, "new": {string(twin)}}
	if a := clerk.post(crossingsPath+"/same", both); a.Status != 404 {
		t.Fatalf("%d", a.Status)
	}
	if a := admin.post(crossingsPath+"/same", both); a.Location != personAddress(who.ID) {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	admin.get(personAddress(who.ID)).says(t, 200, "Grundschule am Anger", "3a")
	admin.get("/").hides(t, "eine Schule verlassen")
}
