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

// KWH-14: how far the hand-over to each of the staff is, who still lacks something, and the line on the start page.
func TestKWH14_UnfinishedHandoversAreSeen(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get(handoversPath).says(t, 200, "Noch kein Personal")
	var ids []school.PersonID
	for _, name := range []string{"Tafel", "Kreide"} {
		id, err := w.st.CreatePerson(t.Context(), w.by, school.Person{School: w.Nord, Kind: school.Teacher, Given: "Thea", Family: name, Email: strings.ToLower(name) + "@nord.example"}, "")
		ids = append(ids, ok(t, id, err))
	}
	c.get("/").hides(t, "Übergabe an Lehrkräfte")
	a, err := w.st.Authority(t.Context(), w.by)
	want := ok(t, a, err)
	want.Policy.Lending.Teachers = true
	_, err = w.st.ChangeAuthority(t.Context(), w.by, a, want)
	ok(t, 0, err)
	c.get("/").says(t, 200, "Übergabe an Lehrkräfte: 2 von 2 fehlt noch etwas.")
	c.get(handoversPath).says(t, 200, "2 von 2 fehlt noch etwas.", "Tafel, Thea", "Gerät vorsehen")
	here := handoverAddress(ids[0])
	c.get(here).says(t, 200, "Konto bereit", "Eingewiesen", "E-Mail-Adresse oder Anmeldename ist eingetragen.", "Gemeinsam anmelden")
	say := func(step, done string) {
		t.Helper()
		if a := c.post(here, url.Values{"step": {step}, "done": {done}}); a.Location != here {
			t.Fatalf("%d %s", a.Status, a.read())
		}
	}
	say("briefed", "1")
	asset, err := w.st.DeviceByID(t.Context(), w.by, w.Devices[0])
	thing := ok(t, asset, err).Asset
	_, _, err = w.st.TakeIn(t.Context(), w.by, store.GivenBack{Asset: thing})
	ok(t, 0, err)
	out, _, err := w.st.HandOut(t.Context(), w.by, store.Handover{Person: ids[0], Asset: thing})
	ok(t, out, err)
	c.get(here).says(t, 200, "unterschreiben lassen", "Ausgegeben am 17.11.2026.")
	_, err = w.st.SignContract(t.Context(), w.by, out.Contract, school.ByPaper)
	ok(t, 0, err)
	c.get(here).says(t, 200, "E-Mail einrichten")
	say("app", "1")
	say("mail", "1")
	c.get(here).says(t, 200, "alles erledigt")
	c.get(handoversPath+"?open=1").hides(t, "Tafel")
	c.get("/").says(t, 200, "Übergabe an Lehrkräfte: 1 von 2 fehlt noch etwas.")
	if file := c.get(handoversPath + "?format=csv"); file.Status != 200 || !strings.Contains(file.Body, "In der App angemeldet") || strings.Count(file.Body, "\n") != 3 {
		t.Errorf("%d %s", file.Status, file.Body)
	}
	say("mail", "")
	c.get(here).says(t, 200, "E-Mail einrichten")
	w.assign(school.Scope{Level: school.AtPerson, ID: string(ids[0])}, w.profile("Schulmail", "mail", url.Values{"label": {"Schule"}, "incoming": {"imap.nord.example"}, "outgoing": {"smtp.nord.example"}}), false)
	w.converge()
	c.get(here).says(t, 200, "E-Mail einrichten") // sent, and not confirmed
	w.converge(w.Devices[0])
	c.get(here).says(t, 200, "alles erledigt", "Das iPad hat das E-Mail-Konto bestätigt.")
	w.as(w.Auditor).get(handoversPath).hides(t, "Ist erledigt")
	if a := w.as(w.account("schule@anger.example", "Nora Nachbar", school.Grant{Role: school.SchoolAdmin, School: w.Anger})).post(here, url.Values{"step": {"briefed"}}); a.Status != http.StatusNotFound {
		t.Errorf("the school next door: %d", a.Status)
	}
	tab := c.open(t, here, webtest.Options{})
	for _, path := range []string{here, handoversPath} {
		tab.Goto(w.server.URL + path)
		tab.Axe()
		tab.Resize(390, 844)
		tab.Fits()
		tab.Resize(1280, 900)
	}
}
