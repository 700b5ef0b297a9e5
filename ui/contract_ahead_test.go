package ui

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// LEND-04: the paper of a contract that is made before the summer prints the class of the new school year.
func TestLEND04_ThePaperNamesTheNewClass(t *testing.T) {
	w := newWorld(t)
	run, err := w.st.SetRollover(t.Context(), w.by, w.st.NextYear())
	ok(t, run, err)
	person, err := w.st.CreatePerson(t.Context(), w.by, school.Person{School: w.Nord, Kind: school.Pupil, Given: "Nele", Family: "Neuling"}, "")
	ok(t, person, err)
	_, err = w.st.ChooseRollover(t.Context(), w.by, run, w.Nord, nil, map[school.PersonID]string{person: "5b"})
	ok(t, 0, err)
	made, _, err := w.st.PlanContracts(t.Context(), w.by, w.Nord, []store.ContractWish{{Person: person}})
	page := contractPapersAddress(ok(t, made, err)[0])
	c := w.as(w.Admin)
	c.get(contractAddress(made[0])).says(t, 200, "Im neuen Schuljahr", "Klasse 5b")
	c.post(page, url.Values{"kind": {string(school.LoanContract)}})
	link := regexp.MustCompile(`href="(/documents/file/[^"]+\.pdf)"`).FindStringSubmatch(c.get(page).Body)
	if link == nil {
		t.Fatal("no paper was made")
	}
	text := webtest.ReadPDF(t, []byte(c.get(link[1]).Body))
	for _, said := range []string{"Neuling, Nele", "5b", "Gymnasium Nord"} {
		if !strings.Contains(text, said) {
			t.Errorf("the paper does not say %q: %s", said, text)
		}
	}
}
