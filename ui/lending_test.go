package ui

import (
	"net/http"
	"regexp"
	"slices"
	"testing"
)

// tabsOf reads the rows of tabs of a page: the names, the current one first marked.
func tabsOf(body string) (out [][]string) {
	for _, nav := range regexp.MustCompile(`(?s)<nav class="tabs[^"]*".*?</nav>`).FindAllString(body, -1) {
		var row []string
		for _, m := range regexp.MustCompile(`<a href="[^"]*"( aria-current="[a-z]+")?>([^<]+)`).FindAllStringSubmatch(nav, -1) {
			name := m[2]
			if m[1] != "" {
				name = "*" + name
			}
			row = append(row, name)
		}
		out = append(out, row)
	}
	return out
}

// Lending is five tabs by what people do; where one is in one of several views the others stand below it. Who may see few of them
// sees no more, and no row of one.
func TestLendingIsTabsByWhatPeopleDo(t *testing.T) {
	w := newWorld(t)
	admin, auditor := w.as(w.Admin), w.as(w.Auditor)
	for path, want := range map[string][][]string{
		deskPath:      {{"*Ausgabe", "Verträge", "Bestand", "Schäden und Verluste", "Auswertungen"}, {"*Ausgabetisch", "Ausgabetage", "Übergabe an Lehrkräfte", "Aushilfen"}},
		contractsPath: {{"Ausgabe", "*Verträge", "Bestand", "Schäden und Verluste", "Auswertungen"}},
		kitsPath:      {{"Ausgabe", "Verträge", "*Bestand", "Schäden und Verluste", "Auswertungen"}, {"Bestand", "*Sets", "Lieferungen", "Etiketten"}},
		lossesPath:    {{"Ausgabe", "Verträge", "Bestand", "*Schäden und Verluste", "Auswertungen"}, {"Schäden", "*Verluste", "Meldungen", "Reparaturen"}},
		figuresPath:   {{"Ausgabe", "Verträge", "Bestand", "Schäden und Verluste", "*Auswertungen"}},
	} {
		a := admin.get(path)
		a.says(t, http.StatusOK)
		if got := tabsOf(a.Body); !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	want := [][]string{{"*Bestand", "Schäden und Verluste", "Auswertungen"}, {"*Bestand", "Sets", "Lieferungen"}}
	if got := tabsOf(auditor.get(assetsPath).Body); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("auditor: %q, want %q", got, want)
	}
}
