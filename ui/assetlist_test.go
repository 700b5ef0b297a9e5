package ui

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"ranzen/store"
	"ranzen/store/school"
)

// hiddenOf are what a form of a page carries to the next step.
func hiddenOf(body, step string) url.Values {
	out := url.Values{}
	for _, form := range strings.Split(body, "<form")[1:] {
		form, _, _ = strings.Cut(form, "</form>")
		if !strings.Contains(form, `name="step" value="`+step+`"`) {
			continue
		}
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
			out.Set(m[1], html.UnescapeString(m[2]))
		}
		for _, s := range regexp.MustCompile(`(?s)<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>`).FindAllStringSubmatch(form, -1) {
			out.Set(s[1], "")
			if m := regexp.MustCompile(`<option value="([^"]*)" selected`).FindStringSubmatch(s[2]); m != nil {
				out.Set(s[1], m[1])
			}
		}
	}
	return out
}

// A list is understood, put right, looked at and taken over; its columns are known the next time, and then there is nothing to do.
func TestMUC16_AListIsReadInByItsPage(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	bring := func(text string) answer {
		return c.send(assetListPath, nil, map[string][]byte{"file/bestand.csv": []byte(text)})
	}
	c.get(assetListPath).says(t, http.StatusOK, "Bestand einlesen", "Leere Liste herunterladen", "Inventarnummer")
	c.get(assetListPath+"/template.csv").says(t, http.StatusOK, "Seriennummer;Art;Modell")
	bring("").says(t, http.StatusUnprocessableEntity)
	const list = "SN;Bezeichnung;Standort;Wert\nPF4A0001;Notebook 14;Gymnasium Nord;649,00\nPF4A0002;Notebook 14;Gymnasium Süd;649,00\n"
	page := bring(list)
	page.says(t, http.StatusOK, "So wird die Liste verstanden", "2 Zeilen, 4 Spalten", "zum Beispiel: PF4A0001")
	form := hiddenOf(page.Body, "plan")
	if form.Get("column-0") != "serial" || form.Get("column-2") != "school" || form.Get("column-3") != "" {
		t.Fatalf("%v", form)
	}
	form.Set("column-3", "serial")
	c.post(assetListPath, form).says(t, http.StatusUnprocessableEntity, "Das sagt schon eine andere Spalte")
	form.Set("column-3", "price")
	c.post(assetListPath, form).says(t, http.StatusUnprocessableEntity, "2 Zeilen sind nicht richtig", "Gymnasium Süd")
	form.Set("kind", "notebook")
	wrong := c.post(assetListPath, form)
	wrong.says(t, http.StatusUnprocessableEntity, "1 Zeile ist nicht richtig", "3 Schule", "Spalten ändern")
	c.post(assetListPath, hiddenOf(wrong.Body, "back")).says(t, http.StatusOK, "So wird die Liste verstanden")
	page = bring(strings.Replace(list, "Gymnasium Süd", "Gymnasium Nord", 1))
	form = hiddenOf(page.Body, "plan")
	form.Set("column-3", "price")
	form.Set("kind", "notebook")
	plan := c.post(assetListPath, form)
	plan.says(t, http.StatusOK, "2 neu", "2 Zeilen übernehmen", "Noch ist nichts geändert")
	if n, err := w.st.CountAssets(t.Context(), w.by, store.AssetFilter{Kind: school.Notebook}); err != nil || n != 0 {
		t.Fatalf("looking made %d notebooks: %v", n, err)
	}
	taken := c.post(assetListPath, hiddenOf(plan.Body, "apply"))
	if taken.Location != assetsPath {
		t.Fatalf("%d %s", taken.Status, taken.Location)
	}
	if done := c.follow(taken); !strings.Contains(done.Body, "Übernommen: 2 neue Geräte") || !strings.Contains(done.Body, "Rückgängig") || !strings.Contains(done.Body, "PF4A0002") {
		t.Errorf("nothing says what was taken over: %s", done.Body)
	}
	again := bring(strings.Replace(list, "Gymnasium Süd", "Gymnasium Nord", 1))
	again.says(t, http.StatusOK, "kam schon einmal")
	c.post(assetListPath, hiddenOf(again.Body, "plan")).says(t, http.StatusOK, "2 bleiben, wie sie sind", "Es gibt nichts zu übernehmen")
}

// A spreadsheet takes the same way: understood, looked at, taken over; a line with a formula in it says so and nothing is taken.
func TestMUC16_ASpreadsheetIsReadInByItsPage(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	bring := func(last string) answer {
		f := excelize.NewFile()
		defer f.Close()
		for i, row := range [][]any{{"SN", "Bezeichnung", "Standort", "Art"}, {"PF4A0021", "Notebook 14", "Gymnasium Nord", "Notebook"}, {"PF4A0022", "Notebook 14", "Gymnasium Nord", "Notebook"}} {
			if err := f.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		if last != "" {
			if err := f.SetCellFormula("Sheet1", "B3", last); err != nil {
				t.Fatal(err)
			}
		}
		b, err := f.WriteToBuffer()
		return c.send(assetListPath, nil, map[string][]byte{"file/bestand.xlsx": ok(t, b, err).Bytes()})
	}
	wrong := c.post(assetListPath, hiddenOf(bring("A1&B1").Body, "plan"))
	wrong.says(t, http.StatusUnprocessableEntity, "wird eine Zelle berechnet")
	page := bring("")
	page.says(t, http.StatusOK, "2 Zeilen, 4 Spalten", "zum Beispiel: PF4A0021")
	plan := c.post(assetListPath, hiddenOf(page.Body, "plan"))
	plan.says(t, http.StatusOK, "PF4A0022")
	if a := c.post(assetListPath, hiddenOf(plan.Body, "apply")); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	c.get(assetsPath+"?q=PF4A0022").says(t, http.StatusOK, "Notebook 14")
}
