package ui

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// An authority writes its own contract: a draft with a mistake is told where, a good one is released and stays what it was.
func TestAnAuthorityWritesItsOwnContract(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	admin.get(documentsPath).says(t, 200, "Texte der Dokumente", "Leihvertrag", "Vorschlag von Ranzen", "keine Rechtsberatung")
	page := documentAddress(school.LoanContract)
	shown := admin.get(page)
	shown.says(t, 200, "Leihvertrag", "{{contract.number}}", "Nummer des Vertrags", "muss vorkommen")
	sample := admin.get(page + "/sample.pdf")
	if text := webtest.ReadPDF(t, []byte(sample.Body)); sample.Status != 200 || !strings.Contains(text, "Leihvertrag") || !strings.Contains(text, "Vorschau") || !strings.Contains(text, "Müllendörffer") {
		t.Errorf("%d: %s", sample.Status, text)
	}
	const good = "# Vertrag {{contract.number}}\n\n{{authority.name}} leiht {{person.name}} bis {{contract.until}}:\n\n{{table.kit}}\n\n{{signatures}}\n"
	save := func(text string) {
		t.Helper()
		if a := admin.post(page, url.Values{"text": {text}}); a.Status != http.StatusSeeOther {
			t.Fatalf("%d: %s", a.Status, a.read())
		}
	}
	save(good + "\nFür {{person.geheim}}\n")
	draft, err := w.st.WordingVersions(t.Context(), w.by, school.LoanContract)
	ok(t, draft, err)
	admin.get(page).says(t, 200, "Entwurf freigeben", "Neue Dokumente sagen ihn erst, wenn er freigegeben ist.")
	admin.post(page+"/release", url.Values{"hash": {draft[0].Hash}}).says(t, 422, "Zeile 9: {{person.geheim}} gibt es in diesem Dokument nicht.")
	admin.get(page+"/sample.pdf?version=0").says(t, 422, "Zeile 9")
	save(good)
	draft, err = w.st.WordingVersions(t.Context(), w.by, school.LoanContract)
	ok(t, draft, err)
	admin.post(page, url.Values{"text": {"anderes"}, "before": {"alt"}}).says(t, 422, "hat den Entwurf inzwischen geändert", "anderes")
	if a := admin.post(page+"/release", url.Values{"hash": {draft[0].Hash}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	admin.get(page).says(t, 200, "Fassung 1", "Muster der Fassung 1 (PDF)")
	admin.get(documentsPath).says(t, 200, "Fassung 1")
	if text := webtest.ReadPDF(t, []byte(admin.get(page+"/sample.pdf?version=1").Body)); !strings.Contains(text, "Vertrag L-26-000417") {
		t.Errorf("version 1 says:\n%s", text)
	}
	save(good + "\nNachsatz\n")
	if a := admin.post(page+"/drop", nil); a.Status != http.StatusSeeOther {
		t.Errorf("%d", a.Status)
	}
	for _, address := range []string{documentsPath + "/will", page + "/sample.pdf?version=9"} {
		if a := admin.get(address); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d", address, a.Status)
		}
	}
	if a := w.as(w.Clerk).get(page); a.Status != http.StatusNotFound {
		t.Errorf("a clerk writes contracts: %d", a.Status)
	}
	tab := admin.open(t, page, webtest.Options{})
	tab.Axe()
	tab.Resize(390, 844)
	tab.Fits()
}
