package ui

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// A class gets its contracts in one file, by surname, each page known by its bars; what did not change is not made anew, and
// what was signed stays as it was.
func TestMUC10_AClassGetsItsContractsInOneFile(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	page := classPapersAddress(w.C7a)
	admin.get(page).says(t, 200, "Verträge der Klasse 7a", "Keine Verträge in dieser Klasse")
	people, err := w.st.Persons(t.Context(), w.by, store.PersonFilter{Class: w.C7a, Limit: store.MaxPage})
	ok(t, people, err)
	var wishes []store.ContractWish
	for _, p := range people.Rows {
		wishes = append(wishes, store.ContractWish{Person: p.ID})
	}
	ids, _, err := w.st.PlanContracts(t.Context(), w.by, w.Nord, wishes)
	ok(t, ids, err)
	admin.get(page).says(t, 200, "4 Verträge erstellen", "noch kein Papier")
	if a := admin.post(page, nil); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	made := admin.get(page)
	made.says(t, 200, "4 Verträge drucken (PDF)", "erstellt am 17.11.2026")
	if !strings.Contains(made.Body, "4 Papiere erstellt, 0 unverändert.") {
		t.Error("nobody is told what was made")
	}
	file := admin.get(page + "/papers.pdf")
	if file.Status != 200 || !strings.Contains(file.Header.Get("Content-Disposition"), "vertraege-gymnasium-nord-7a.pdf") {
		t.Fatalf("%d %v", file.Status, file.Header)
	}
	text := webtest.ReadPDF(t, []byte(file.Body))
	last := -1
	for _, p := range people.Rows {
		at := strings.Index(text, p.Name())
		if at < 0 || at < last {
			t.Errorf("%s does not stand where a surname belongs", p.Name())
		}
		last = at
	}
	admin.post(page, nil)
	if again := admin.get(page); !strings.Contains(again.Body, "0 Papiere erstellt, 4 unverändert.") {
		t.Error("what did not change is made anew")
	}

	one := regexp.MustCompile(`href="(/documents/of/[^"]+)"`).FindStringSubmatch(made.Body)
	if one == nil {
		t.Fatal("no contract can be opened")
	}
	papers := admin.get(one[1])
	papers.says(t, 200, "Papiere zum Vertrag L-26-", "Unterschrift ausstehend", "Liegt unterschrieben vor")
	link := regexp.MustCompile(`href="(/documents/file/[^"]+)"`).FindStringSubmatch(papers.Body)
	before := admin.get(link[1])
	form := url.Values{}
	for _, m := range regexp.MustCompile(`name="(document|hash)" value="([^"]+)"`).FindAllStringSubmatch(papers.Body, -1) {
		form.Set(m[1], m[2])
	}
	if a := admin.post(one[1]+"/signed", form); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	admin.get(one[1]).says(t, 200, "unterschrieben am 17.11.2026, auf Papier")
	admin.post(one[1]+"/signed", form).says(t, 422, "inzwischen ersetzt oder unterschrieben")
	if after := admin.get(link[1]); after.Status != 200 || after.Body != before.Body || !strings.HasPrefix(after.Body, "%PDF-") {
		t.Errorf("printed again it is another file: %d", after.Status)
	}
	next := w.as(w.account("schule@anger.example", "Nora Nachbar", school.Grant{Role: school.SchoolAdmin, School: w.Anger}))
	if x := next.get(link[1]); x.Status != http.StatusNotFound {
		t.Errorf("the school next door reads a contract: %d", x.Status)
	}
	tab := admin.open(t, page, webtest.Options{})
	tab.Axe()
	tab.Resize(390, 844)
	tab.Fits()
}
