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

// LEND-07: a swap on the page of a contract keeps its number and leaves an addendum; the damage of what came back has its day.
func TestLEND07_AContractIsSwappedOnItsPage(t *testing.T) {
	w := newDeskWorld(t, 2)
	c := w.as(w.Admin)
	_, _, err := w.st.HandOut(t.Context(), w.by, store.Handover{Person: w.Eighth[0], Asset: w.Assets[0]})
	ok(t, 0, err)
	here := contractAddress(w.Contract[0])
	c.get(here).says(t, 200, "Tauschen", "Schaden aufnehmen", "Verlust melden")
	if a := c.post(assetAddress(w.Assets[0])+"/damage", url.Values{"what": {"display"}, "note": {"heruntergefallen"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get(here+"/swap").says(t, 200, "Warum wird getauscht?", "ein Nachtrag hält den Tausch fest")
	for typed, says := range map[string]string{"": "Bitte füllen Sie dieses Feld aus.", "MS-99-1": "gibt es an dieser Schule nichts", w.Numbers[0]: "Zum Tausch gehört ein anderes Gerät."} {
		c.post(here+"/swap", url.Values{"reason": {"damage"}, "thing": {typed}}).says(t, http.StatusUnprocessableEntity, says)
	}
	if a := c.post(here+"/swap", url.Values{"reason": {"damage"}, "thing": {"SF9FXK8A101"}}); a.Location != here { // Apple's bar code has an S before the serial
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get(here).says(t, 200, "Nachträge", "Tausch", w.Numbers[0], w.Numbers[1], "17.05.2027")
	if a := w.as(w.account("schule@anger.example", "Nora Nachbar", school.Grant{Role: school.SchoolAdmin, School: w.Anger})).get(here + "/swap"); a.Status != http.StatusNotFound {
		t.Errorf("the school next door: %d", a.Status)
	}
}

// MUC-04: one form takes a device out of the pool to a person, with erase, settings and paper.
func TestMUC04_ADeviceOfThePoolGoesToAPerson(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	person, err := w.st.CreatePerson(t.Context(), w.by, school.Person{School: w.Anger, Kind: school.Pupil, Given: "Mia", Family: "Drittel"}, w.C3a)
	ok(t, person, err)
	device, err := w.st.DeviceByID(t.Context(), w.by, w.InCase[0])
	d := ok(t, device, err)
	here := assetAddress(d.Asset)
	c.get(here).says(t, 200, "An eine Person geben")
	c.get(here+"/give").says(t, 200, "Alle Daten auf "+d.Number+" werden gelöscht.", "lässt sich nicht rückgängig machen")
	c.post(here+"/give", url.Values{"person": {"Mia Drittel"}, "word": {"ja"}}).says(t, http.StatusUnprocessableEntity, "Bitte tippen Sie genau "+d.Number)
	c.post(here+"/give", url.Values{"person": {"Niemand"}, "word": {d.Number}}).says(t, http.StatusUnprocessableEntity)
	done := c.post(here+"/give", url.Values{"person": {"Mia Drittel"}, "word": {d.Number}})
	if !strings.HasPrefix(done.Location, documentsPath+"/of/") {
		t.Fatalf("%d %s", done.Status, done.read())
	}
	c.get(done.Location).says(t, 200, "Drittel, Mia", d.Number, "Unterschrift ausstehend")
	after, err := w.st.DeviceByID(t.Context(), w.by, w.InCase[0])
	if x := ok(t, after, err); x.Place != "" || x.Planned == nil || x.Planned.ID != person {
		t.Errorf("%+v", x)
	}
	c.get(turnsPath).says(t, 200, d.Number)
	other, err := w.st.CreatePerson(t.Context(), w.by, school.Person{School: w.Anger, Kind: school.Pupil, Given: "Ben", Family: "Viertel"}, w.C3a)
	ok(t, other, err)
	c.post(here+"/give", url.Values{"person": {"Ben Viertel"}, "word": {d.Number}}).says(t, http.StatusUnprocessableEntity, "ist für jemand anderen vorgesehen, unter dem Vertrag")
	tab := c.open(t, here+"/give", webtest.Options{})
	tab.Axe()
	tab.Resize(390, 844)
	tab.Fits()
}

// A contract is made for one person before anything is handed out, once.
func TestAContractIsMadeForOnePerson(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	list, err := w.st.Persons(t.Context(), w.by, store.PersonFilter{Class: w.C7a})
	person := ok(t, list, err).Rows[0]
	here := contractsPath + "?person=" + string(person.ID)
	c.get(personAddress(person.ID)).says(t, 200, "Verträge")
	c.get(here).says(t, 200, "Verträge: "+person.Name(), "Noch kein Vertrag", "Vertrag anlegen")
	made := c.post(contractsPath+"/plan", url.Values{"person": {string(person.ID)}})
	if !strings.HasPrefix(made.Location, contractsPath+"/") {
		t.Fatalf("%d %s", made.Status, made.read())
	}
	c.get(made.Location).says(t, 200, "vorbereitet", person.Name(), "ausstehend: Sorgeberechtigte")
	if again := c.post(contractsPath+"/plan", url.Values{"person": {string(person.ID)}}); again.Location != here {
		t.Errorf("%d %s", again.Status, again.Location)
	}
	c.post(made.Location+"/refuse", nil)
	c.get(made.Location).says(t, 200, "abgelehnt", "Wieder aufnehmen")
	if a := w.as(w.account("schule@anger.example", "Nora Nachbar", school.Grant{Role: school.SchoolAdmin, School: w.Anger})).post(contractsPath+"/plan", url.Values{"person": {string(person.ID)}}); a.Status != http.StatusNotFound {
		t.Errorf("the school next door: %d", a.Status)
	}
}
