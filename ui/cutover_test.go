package ui

import (
	"net/http"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
)

// The board, the iPads of a school, the list for Apple School Manager and the dry run say how iPads come over from another
// management, who does what, that two systems must not give licences, and which way leads back.
func TestMUC08_TheMoveFromAnotherManagementOnItsPages(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/admin").says(t, http.StatusOK, "Umzug aus anderer Verwaltung")
	c.get(cutoverPath).says(t, http.StatusOK, "Gymnasium Nord", "Lizenzen gibt immer nur ein System aus", "noch nicht zugewiesen", "kommt ohne Löschen")
	d, err := w.st.DeviceByID(t.Context(), w.by, w.Devices[0])
	at, name := ok(t, d, err).School, d.SchoolName
	here := cutoverAddress(at)
	c.get(here+"/sheet").says(t, http.StatusOK, "Hier ist nichts mehr zu tun", "Der Weg zurück")
	if _, _, err := w.st.Announce(t.Context(), w.by, []store.Announced{{Serial: "H4VLQ3MUC08", School: name}}); err != nil {
		t.Fatal(err)
	}
	c.get(here).says(t, http.StatusOK, "Probelauf ansehen", "übernommen", "Angemeldet am")
	c.get(here+"/sheet").says(t, http.StatusOK, "Vorher prüfen", "Der Weg zurück", "Inhaltstoken", "Noch ist nichts geändert")
	if a := c.get(here + "/sheet.pdf"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "%PDF") {
		t.Errorf("%d %.20s", a.Status, a.Body)
	}
	page, err := w.st.CutoverDevices(t.Context(), w.by, at, "elsewhere", "")
	var want strings.Builder
	for _, x := range ok(t, page, err).Rows {
		want.WriteString(x.Serial + "\n")
	}
	if a := c.get(here + "/serials.csv"); a.Status != http.StatusOK || a.Body != want.String() {
		t.Errorf("%d %q, want %q", a.Status, a.Body, want.String())
	}
	if a := c.get(cutoverAddress(school.SchoolID("01990c5e-7a11-7c3e-9d42-3f1a6b0c0001"))); a.Status != http.StatusNotFound {
		t.Errorf("a school nobody has: %d", a.Status)
	}
}
