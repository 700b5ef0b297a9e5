package ui

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// wholeDistrict is the list of a district: so many people at ninety schools, with all that is never kept, 8 MB of it.
func wholeDistrict(n int) string {
	var b strings.Builder
	b.WriteString("GUID;Vorname;Nachname;Klasse/Information;Gruppen;Account;Schulnummer;E-Mail;Geburtsdatum;Straße\n")
	for i := range n {
		fmt.Fprintf(&b, "%032d;Lena-Sophie %d;Müller-Lüdenscheidt;Klasse %d%c;\"Klasse %d%c,Jahrgang %d,Schüler\";lena.sophie.mueller%d;1654%02d;lena.sophie.%d@schule.example;01.08.2010;Am langen Weg %d\n",
			i, i, 5+i%6, 'a'+i%5, 5+i%6, 'a'+i%5, 5+i%6, i, i%90, i, i)
	}
	return b.String()
}

// TestFX18_ALargeFileFromThePage: the list of a whole district is uploaded, understood and thought through as somebody does it in a
// browser; every school has its part, and no address or birth date stands on a page.
func TestFX18_ALargeFileFromThePage(t *testing.T) {
	l := newLister(t)
	l.at = ""
	for i := range 90 {
		id, err := l.w.st.CreateSchool(context.Background(), l.w.by, school.School{Name: fmt.Sprintf("Schule %02d", i), Number: fmt.Sprintf("1654%02d", i)})
		ok(t, id, err)
	}
	text := wholeDistrict(45_000)
	if len(text) < 8<<20 {
		t.Fatalf("the file has %d bytes", len(text))
	}
	var run string
	if most := storetest.Peak(func() { run = l.plan("stadt.csv", text) }); most > 300<<20 {
		t.Errorf("%d MB", most>>20)
	}
	page := l.get(run)
	page.says(t, http.StatusOK, "stadt.csv", "Schule 00", "Schule 89", "500 neue Personen", "90 Schulen übernehmen")
	page.hides(t, "langen Weg", "01.08.2010")
	parts := partPath.FindAllStringSubmatch(page.Body, -1)
	if len(parts) != 90 {
		t.Fatalf("%d schools are on the page", len(parts))
	}
	if a := l.post(parts[7][1]+"/apply", nil); a.Location != run {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	if n, err := l.w.st.CountPersons(context.Background(), l.w.by, store.PersonFilter{}); ok(t, n, err) < 500 {
		t.Errorf("%d people", n)
	}
}
