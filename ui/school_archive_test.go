package ui

import (
	"net/url"
	"strings"
	"testing"

	"ranzen/ui/web"
)

func TestASchoolIsArchivedAndRestored(t *testing.T) {
	w := newWorld(t)
	c, west := w.as(w.Admin), schoolAddress(w.West)
	c.get(schoolAddress(w.Nord)+"/archive").says(t, 200, "Diese Schule lässt sich noch nicht archivieren", "28 iPads gehören noch zur Schule.", "31 Personen gehören noch zur Schule.",
		"2 Klassen haben noch Mitglieder.", "1 Konto hat noch eine Rolle an dieser Schule.", "Personen", "Konten")
	c.get(schoolAddress(w.Nord)+"/archive").hides(t, "Bitte tippen", "Schule archivieren")
	c.post(schoolAddress(w.Nord)+"/archive", url.Values{web.ConfirmName: {"Gymnasium Nord"}}).says(t, 409, "28 iPads gehören noch zur Schule.")

	c.get(west).says(t, 200, "Schule archivieren …")
	c.get("/schools").hides(t, "Archiviert")
	c.get(west+"/archive").says(t, 200, "Realschule West archivieren", "Gelöscht wird nichts")
	c.post(west+"/archive", url.Values{web.ConfirmName: {"Realschule"}}).says(t, 422, "Bitte tippen Sie den Namen der Schule: Realschule West")
	if a := c.post(west+"/archive", url.Values{web.ConfirmName: {"realschule west"}}); a.Status != 303 || a.Location != "/schools" {
		t.Fatalf("%d to %q: %s", a.Status, a.Location, a.read())
	}
	page := c.get("/schools")
	page.says(t, 200, "Archiviert")
	page.hides(t, "Realschule West")
	if !strings.Contains(page.Body, "Die Schule ist archiviert.") || !strings.Contains(page.Body, `action="/undo/`) {
		t.Error("the page does not say what was done, or offers no way back")
	}
	c.get("/schools?archived=1").says(t, 200, "Realschule West", "Wiederherstellen")
	old := c.get(west)
	old.says(t, 200, "archiviert", "Wiederherstellen")
	old.hides(t, "Klasse anlegen", "Zuweisen", "Schule archivieren")
	if a := c.get(west + "/archive"); a.Status != 303 {
		t.Errorf("%d", a.Status)
	}
	c.get(west+"/history").says(t, 200, "Schule archiviert", "Rückgängig")
	if a := c.post(west+"/restore", nil); a.Status != 303 || a.Location != west {
		t.Fatalf("%d to %q", a.Status, a.Location)
	}
	c.get(west).says(t, 200, "Schule archivieren …")
	c.get("/schools?archived=1").says(t, 200, "Keine Schule ist archiviert.")

	clerk, nord := w.as(w.Clerk), schoolAddress(w.Nord)
	clerk.get(nord).hides(t, "Schule archivieren")
	for _, path := range []string{nord + "/archive", nord + "/restore"} {
		if a := clerk.post(path, url.Values{web.ConfirmName: {"Gymnasium Nord"}}); a.Status != 404 {
			t.Errorf("%s by the school: %d", path, a.Status)
		}
	}
}
