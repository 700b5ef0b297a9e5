package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// An issue day goes from the plan to the look back: what is missing, contracts, helpers with PINs, paper, the desk of that
// day, the line on the start page, and who has nothing in the end.
func TestAnIssueDay(t *testing.T) {
	w := newDeskWorld(t, 3)
	var shown answer
	c := w.as(w.Admin)
	c.get(issueDaysPath).says(t, 200, "Kein Ausgabetag geplant")
	c.get(issueDaysPath+"/new").says(t, 200, "An welcher Schule?")
	c.post(issueDaysPath+"/new", url.Values{"school": {string(w.Nord)}}).says(t, 200, "Wählen Sie die Klassen", "Klasse 8a", "0 von 3 haben ein Gerät")
	form := url.Values{"school": {string(w.Nord)}, "day": {"2026-11-18"}, "name": {"Ausgabe 8"}, "room": {"Aula"}, "classes": {string(w.Class), string(w.C7a)}}
	c.post(issueDaysPath+"/new", url.Values{"school": {string(w.Nord)}, "day": {"2026-11-18"}, "name": {"Ausgabe 8"}}).says(t, http.StatusUnprocessableEntity, "mindestens eine Klasse")
	made := c.post(issueDaysPath+"/new", form)
	if !strings.HasPrefix(made.Location, issueDaysPath+"/") {
		t.Fatalf("%d %s", made.Status, made.read())
	}
	here := made.Location
	c.get(issueDaysPath).says(t, 200, "Ausgabe 8", "morgen", "Aula")
	c.get("/").says(t, 200, "Morgen ist Ausgabetag: Ausgabe 8, Gymnasium Nord, Aula.", "3 von 7 sind bereit")
	c.get(here).says(t, 200, "Klasse 8a", "3/3", "Klasse 7a", "0/4", "Vertrag fehlt", "kein Gerät vorbereitet", "4 Verträge anlegen", "hilft noch niemand")
	if a := c.post(here+"/contracts", nil); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	shown = c.get(here)
	shown.says(t, 200, "Unterschrift fehlt")
	if !strings.Contains(shown.Body, "4 Verträge angelegt.") {
		t.Error("nobody is told what was made")
	}
	shown = c.get(here + "/people?lack=signature")
	shown.says(t, 200, "Klasse 7a", "L-26-")
	shown.hides(t, "Achtel-01")
	if file := c.get(here + "/people?format=csv"); file.Status != 200 || strings.Count(file.Body, "\n") < 8 || !strings.Contains(file.Body, "Achtel-01") {
		t.Errorf("%d %s", file.Status, file.Body)
	}
	number, err := w.st.ContractByID(t.Context(), w.by, w.Contract[0])
	ok(t, 0, err)
	for _, x := range [][]string{{"/lists.pdf", "Klassenlisten: Ausgabe 8", "Achtel-01", number.Number, "Unterschrift fehlt"}, {"/picks.pdf", "Pickliste: Ausgabe 8", w.Numbers[0], "kein Gerät vorbereitet"}} {
		file := c.get(here + x[0])
		text := webtest.ReadPDF(t, []byte(file.Body))
		for _, said := range x[1:] {
			if !strings.Contains(text, said) {
				t.Errorf("%s does not say %q", x[0], said)
			}
		}
	}
	c.post(here+"/clerks", url.Values{"names": {" \n"}}).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	slips := c.post(here+"/clerks", url.Values{"names": {"Ole Helfer\r\nIda Helferin\n"}})
	slips.says(t, 200, "Ole Helfer", "Ida Helferin", "PIN", "Gilt bis 18.11.2026.")
	c.get(here).says(t, 200, "Ole Helfer", "pult-")

	login := w.deskClerk("pult")
	desk := w.as(login)
	shown = desk.get(here)
	shown.says(t, 200, "Ausgabe 8", "Klasse 8a")
	shown.hides(t, "/documents/class/")
	shown = desk.get(deskPath + "?" + url.Values{"day": {strings.TrimPrefix(here, issueDaysPath+"/")}}.Encode())
	shown.says(t, 200, "Ausgabetag Ausgabe 8, Aula", "Klasse 8a", "Alle Klassen der Schule")
	shown.hides(t, "Klasse 7b")
	w.clock(noon.AddDate(0, 0, 1))
	c = w.as(w.Admin)
	c.get("/").says(t, 200, "Heute ist Ausgabetag: Ausgabe 8")
	d := w.clerkAt(login, school.DeskClass, w.Class)
	shown = d.get(deskPath)
	shown.says(t, 200, "Ausgabetag Ausgabe 8, Aula")
	shown.hides(t, "Klasse 7b")
	d.get(deskPath+"?day=all").says(t, 200, "Klasse 7b")
	_, _, err = w.st.HandOut(t.Context(), w.by, store.Handover{Person: w.Eighth[0], Asset: w.Assets[0]})
	ok(t, 0, err)

	w.clock(noon.AddDate(0, 0, 3))
	c = w.as(w.Admin)
	c.get("/").says(t, 200, "Nach dem Ausgabetag Ausgabe 8 vom 18.11.2026 haben 6 Personen noch nichts.")
	c.get(here).says(t, 200, "Nicht ausgegeben, und warum", "war nicht da oder wurde übersprungen", "Unterschrift fehlt")
	shown = c.get(here + "/people?open=1")
	shown.says(t, 200, "Achtel-02", "war nicht da oder wurde übersprungen")
	shown.hides(t, "Achtel-01")
	c.get(issueDaysPath).says(t, 200, "Kein Ausgabetag geplant")
	c.get(issueDaysPath+"?view=past").says(t, 200, "Ausgabe 8", "vorbei")

	if a := c.post(here+"/edit", url.Values{"day": {"2026-11-24"}, "name": {"Nachausgabe"}, "classes": {string(w.Class)}}); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	shown = c.get(here)
	shown.says(t, 200, "Nachausgabe", "24.11.2026")
	shown.hides(t, "Klasse 7a")
	if a := w.as(w.account("schule@anger.example", "Nora Nachbar", school.Grant{Role: school.SchoolAdmin, School: w.Anger})).get(here); a.Status != http.StatusNotFound {
		t.Errorf("the school next door: %d", a.Status)
	}
	tab := c.open(t, here, webtest.Options{})
	for _, path := range []string{here, here + "/people", here + "/edit", here + "/clerks", issueDaysPath} {
		tab.Goto(w.server.URL + path)
		tab.Axe()
		tab.Resize(390, 844)
		tab.Fits()
		tab.Resize(1280, 900)
	}
	for range 6 {
		_, _, err := w.st.SetIssueDay(t.Context(), w.by, school.IssueDay{School: w.Nord, Name: "Noch ein Tag", Day: "2026-11-21", Classes: []school.ClassID{w.C7a}})
		ok(t, 0, err)
	}
	c.get("/").says(t, 200, "Morgen ist Ausgabetag: Noch ein Tag", "1 weiterer Ausgabetag dieser Tage.")
	if a := c.post(here+"/remove", nil); a.Location != issueDaysPath {
		t.Fatalf("%d %s", a.Status, a.read())
	}
}
