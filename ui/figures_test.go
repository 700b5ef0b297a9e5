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

// Every figure is a page, a CSV, a spreadsheet and a paper; where there is nothing yet it says what to do first.
func TestKSM06_FiguresArePagesAndFiles(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get(figuresPath).says(t, http.StatusOK, "Auswertungen", "Offene Teile", "Medienentwicklungsplan", "Leasing und Rücklauf")
	c.get(lacksPath).says(t, http.StatusOK, "Noch nichts zu zählen", "ist entschieden")
	c.get(fundsPath).says(t, http.StatusOK, "aus welchem Programm")
	c.get(returnsPath).says(t, http.StatusOK, "Leasingvertrag und Ende")
	x := w.lent()
	if _, err := w.st.AssessDamage(t.Context(), w.by, school.DamageID(x.damage), "accident", school.Fault); err != nil {
		t.Fatal(err)
	}
	if _, err := w.st.SettleDamage(t.Context(), w.by, school.DamageID(x.damage), 18900, 9900, school.Invoice, ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.st.TakeIn(t.Context(), w.by, store.GivenBack{Asset: school.AssetID(x.asset), Missing: []int{2}}); err != nil {
		t.Fatal(err)
	}
	for path, said := range map[string][]string{lacksPath: {"Netzteil", "49,00 €", "Muster, Lena"}, brokenPath: {"Gymnasium Nord", "189,00 €", "99,00 €"}, fundsPath: {"Landesprogramm", "649,00 €"},
		fundedPath: {"NB-26-000001", "Landesprogramm", "Handel"}, mepPath: {"Gymnasium Nord", "Realschule West"}, fleetPath: {"Notebook 14", "Notebooks 2026", "neues iPadOS bis", "etwa 2027"}, costsPath: {"649,00 €", "189,00 €"},
		returnsPath: {"Leasing 2024", "Leasing AG"}, contractsPath + "?view=open": {"NB-26-000001"}} {
		c.get(path).says(t, http.StatusOK, append(said, "Liste herunterladen", "PDF")...)
		with := path + "?"
		if strings.Contains(path, "?") {
			with = path + "&"
		}
		c.get(with+"format=csv").says(t, http.StatusOK, said...)
		if a := c.get(with + "format=xlsx"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "PK") {
			t.Errorf("%s as a spreadsheet: %d", path, a.Status)
		}
		if a := c.get(with + "format=pdf"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "%PDF") {
			t.Errorf("%s on paper: %d %.80q", path, a.Status, a.Body)
		}
		c.get(path, "Accept-Language", "en").says(t, http.StatusOK)
	}
	auditor := w.as(w.Auditor)
	page := auditor.get(figuresPath)
	page.says(t, http.StatusOK, "Kosten je Schule")
	page.hides(t, "Offene Teile")
	auditor.get(lacksPath).says(t, http.StatusNotFound)
	page = auditor.get(costsPath + "?year=2024")
	page.says(t, http.StatusOK, "649,00 €")
	page.hides(t, "189,00 €")
}

// A lease on its way back, by its pages: begun, listed for Apple School Manager, ended; and the start page says when its end comes near.
func TestALeaseGoesBackByItsPages(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	batch, err := w.st.CreateBatch(t.Context(), w.by, school.Batch{Name: "Leasing 2023", Lease: school.Lease{Number: "LV-3", Lessor: "Leasing AG", Until: w.st.Now().AddDate(0, 2, 0), Rate: 1250}})
	ok(t, batch, err)
	for _, id := range w.Devices[:2] {
		d, err := w.st.DeviceByID(t.Context(), w.by, id)
		ok(t, d, err)
		a, err := w.st.AssetByID(t.Context(), w.by, d.Asset)
		ok(t, a, err)
		a.Batch = batch
		_, err = w.st.ChangeAsset(t.Context(), w.by, a.Asset)
		ok(t, 0, err)
	}
	c.get("/").says(t, http.StatusOK, "Das Leasing „Leasing 2023“ endet am", "2 Geräte gehen zurück", "Leasing ansehen")
	c.get(returnsPath).says(t, http.StatusOK, "in weniger als 3 Monaten", "25,00 €", "Rücklauf beginnen")
	run := c.post(returnsPath, url.Values{"batch": {string(batch)}}).Location
	c.get("/").says(t, http.StatusOK, "Rücklauf ansehen")
	c.get(run).says(t, http.StatusOK, "Leasing AG, LV-3", "0 von 2 übergeben", "ausgeliehen: zurücknehmen", "Vertrag L-", "Liste für Apple School Manager (0)")
	c.get(run+"?step=out").says(t, http.StatusOK, "MS-26-000397", "Vertrag L-")
	c.get(run+"?step=ready").says(t, http.StatusOK, "Zu diesem Schritt gehört gerade kein Gerät")
	page := c.get(run + "/release.csv")
	page.says(t, http.StatusOK, "Seriennummer")
	page.hides(t, "F9FX")
	c.post(run+"/released", nil).says(t, http.StatusConflict, "Gerade ist kein Gerät so weit")
	c.get(run+"?format=csv").says(t, http.StatusOK, "MS-26-000398", "ausgeliehen")
	if a := c.get(run + "?format=pdf"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "%PDF") {
		t.Errorf("the list on paper: %d", a.Status)
	}
	if text := webtest.ReadPDF(t, []byte(c.get(run+"/list.pdf").Body)); !strings.Contains(text, "LV-3") || !strings.Contains(text, "MS-26-000398") || !strings.Contains(text, "Für den Leasinggeber") {
		t.Errorf("the list that goes with them: %s", text)
	}
	if a := c.post(run+"/close", nil); a.Location != run {
		t.Errorf("%d %s", a.Status, a.Location)
	}
	page = c.get(run)
	page.says(t, http.StatusOK, "beendet am")
	page.hides(t, "Rücklauf beenden")
	page = w.as(w.Auditor).get(run)
	page.says(t, http.StatusOK, "Rücklauf Leasing 2023")
	page.hides(t, "Rücklauf beenden")
}
