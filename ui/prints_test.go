package ui

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// planned makes contracts for everybody of classes.
func (w *world) planned(classes ...school.ClassID) (all []store.PersonRow) {
	w.t.Helper()
	var wishes []store.ContractWish
	for _, c := range classes {
		people, err := w.st.Persons(w.t.Context(), w.by, store.PersonFilter{Class: c, Limit: store.MaxPage})
		for _, p := range ok(w.t, people, err).Rows {
			all, wishes = append(all, p), append(wishes, store.ContractWish{Person: p.ID})
		}
	}
	ids, _, err := w.st.PlanContracts(w.t.Context(), w.by, w.Nord, wishes)
	ok(w.t, ids, err)
	return all
}

// newcomers is a class of two who have nothing yet.
func (w *world) newcomers() school.ClassID {
	w.t.Helper()
	class, err := w.st.CreateClass(w.t.Context(), w.by, school.Class{School: w.Nord, Name: "7x"})
	ok(w.t, class, err)
	for _, family := range []string{"Zebra", "Amsel"} {
		id, err := w.st.CreatePerson(w.t.Context(), w.by, school.Person{School: w.Nord, Kind: school.Pupil, Given: "Neu", Family: family}, class)
		ok(w.t, id, err)
	}
	return class
}

// The contracts of a school are ordered on a page, made class by class by a job, watched, and taken as one file for each class,
// by surname; another order prints only what changed.
func TestMUC10_ContractsOfASchoolArePrintedClassByClass(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	admin.get(printsPath).says(t, 200, "Noch nichts gedruckt", "Verträge erstellen …")
	admin.get(printsPath+"/new").says(t, 200, "Kein Vertrag, der auf ein Papier wartet")
	people := w.planned(w.C7a, w.newcomers())
	admin.get(printsPath+"/new").says(t, 200, "7a: 4 Verträge", "Ohne Häkchen: alle")
	order := func(form url.Values) string {
		t.Helper()
		form.Set("school", string(w.Nord))
		a := admin.post(printsPath+"/new", form)
		if a.Status != http.StatusSeeOther {
			t.Fatalf("%d: %s", a.Status, a.read())
		}
		return a.Location
	}
	page := order(url.Values{})
	admin.post(printsPath+"/new", url.Values{"school": {string(w.Nord)}}).says(t, 422, "werden gerade Verträge erstellt")
	waiting := admin.get(page)
	if waiting.says(t, 200, "wird erstellt", "Anhalten"); !strings.Contains(waiting.Body, `hx-trigger="every 2s"`) {
		t.Error("the page does not move")
	}
	if err := w.st.RunPrints(t.Context(), MakePapers(w.st)); err != nil {
		t.Fatal(err)
	}
	done := admin.get(page)
	done.says(t, 200, "fertig", "4 Verträge (PDF)", "als ZIP-Datei")
	if done.hides(t, "Anhalten"); strings.Contains(done.Body, "hx-trigger") {
		t.Error("the page moves for nothing")
	}
	files := func(page string) map[string]string {
		t.Helper()
		a := admin.get(page + ".zip")
		if a.Status != 200 || !strings.Contains(a.Header.Get("Content-Disposition"), "vertraege-gymnasium-nord.zip") {
			t.Fatalf("%d %v", a.Status, a.Header)
		}
		z, err := zip.NewReader(strings.NewReader(a.Body), int64(len(a.Body)))
		ok(t, z, err)
		out := map[string]string{}
		for _, f := range z.File {
			r, err := f.Open()
			b, err2 := io.ReadAll(ok(t, r, err))
			out[f.Name] = webtest.ReadPDF(t, ok(t, b, err2))
		}
		return out
	}
	all := files(page)
	if len(all) != 2 || all["001-klasse-7a.pdf"] == "" || all["002-klasse-7x.pdf"] == "" {
		t.Fatalf("the ZIP file holds %d files", len(all))
	}
	last := -1
	for _, p := range people[:4] {
		at := strings.Index(all["001-klasse-7a.pdf"], p.Name())
		if at < 0 || at < last {
			t.Errorf("%s does not stand where a surname belongs", p.Name())
		}
		last = at
	}
	one := regexp.MustCompile(`href="(/documents/prints/[^"]+\.pdf)"`).FindStringSubmatch(done.Body)
	if a := admin.get(one[1]); a.Status != 200 || !strings.HasPrefix(a.Body, "%PDF-") || !strings.Contains(a.Header.Get("Content-Disposition"), "vertraege-gymnasium-nord-klasse-7a.pdf") {
		t.Errorf("%d %v", a.Status, a.Header)
	}

	again := order(url.Values{})
	if err := w.st.RunPrints(t.Context(), MakePapers(w.st)); err != nil {
		t.Fatal(err)
	}
	admin.get(again).says(t, 200, "nichts Neues zu drucken")
	if a := admin.get(again + ".zip"); a.Status != http.StatusNotFound {
		t.Errorf("an empty ZIP file is sent: %d", a.Status)
	}
	person, err := w.st.PersonByID(t.Context(), w.by, people[0].ID)
	changed := ok(t, person, err).Person
	changed.Family = "Zuletzt"
	_, err = w.st.ChangePerson(t.Context(), w.by, changed)
	ok(t, 0, err)
	again = order(url.Values{"of": {string(w.C7a)}})
	if err := w.st.RunPrints(t.Context(), MakePapers(w.st)); err != nil {
		t.Fatal(err)
	}
	admin.get(again).says(t, 200, "1 neu oder geändert, 3 unverändert.")
	if all := files(again); len(all) != 1 || !strings.Contains(all["001-klasse-7a.pdf"], "Zuletzt") || strings.Contains(all["001-klasse-7a.pdf"], people[1].Name()) {
		t.Errorf("printed is what did not change: %v", len(all))
	}

	next := w.as(w.account("schule@anger.example", "Nora Nachbar", school.Grant{Role: school.SchoolAdmin, School: w.Anger}))
	for _, path := range []string{page, page + ".zip", one[1]} {
		if a := next.get(path); a.Status != http.StatusNotFound {
			t.Errorf("the school next door opens %s: %d", path, a.Status)
		}
	}
	tab := admin.open(t, printsPath, webtest.Options{})
	tab.Axe()
	tab.Resize(390, 844)
	tab.Fits()
	tab = admin.open(t, page, webtest.Options{Dark: true})
	tab.Axe()
	tab.Resize(390, 844)
	tab.Fits()
}

// A school is sent class by class: what happens to the last one while the first is being sent still counts.
func TestMUC10_AZipFileIsSentClassByClass(t *testing.T) {
	w := newWorld(t)
	last := w.newcomers()
	w.planned(w.C7a, last)
	id, err := w.st.OrderPrint(t.Context(), w.by, w.Nord, nil, false)
	ok(t, id, err)
	if err := w.st.RunPrints(t.Context(), MakePapers(w.st)); err != nil {
		t.Fatal(err)
	}
	rec := &begun{ResponseRecorder: httptest.NewRecorder()}
	rec.do = func() { // all of the last class is signed: nothing of it waits for a signature any more
		docs, err := w.st.ClassDocuments(t.Context(), w.by, last, school.LoanContract)
		for _, d := range ok(t, docs, err) {
			if err := w.st.SignDocument(t.Context(), w.by, d.ID, school.ByPaper, d.Hash, []byte("%PDF")); err != nil {
				t.Error(err)
			}
		}
	}
	r := httptest.NewRequest(http.MethodGet, printAddress(id)+".zip", nil)
	r.AddCookie(&http.Cookie{Name: "ranzen", Value: w.as(w.Admin).Secret})
	w.server.Config.Handler.ServeHTTP(rec, r)
	z, err := zip.NewReader(bytes.NewReader(rec.Body.Bytes()), int64(rec.Body.Len()))
	if ok(t, z, err); len(z.File) != 1 {
		t.Errorf("%d files: the last class was read before the first was sent", len(z.File))
	}
}

// begun tells of the first bytes of a file.
type begun struct {
	*httptest.ResponseRecorder
	do func()
}

func (b *begun) Write(p []byte) (int, error) {
	if b.do != nil {
		b.do()
		b.do = nil
	}
	return b.ResponseRecorder.Write(p)
}

func TestPrintPagesAgainstTheirStructs(t *testing.T) {
	f := frameOf("Drucken")
	act := web.Action{Text: "Los", Href: "/x", Post: true}
	row := []cell{{Text: "Nord", Href: "/x"}, {Progress: &web.Progress{Label: "x", Done: 1, Total: 2}}}
	webtest.CheckTemplate(t, "prints", &printsPage{Frame: f, Lead: "x", Actions: []web.Action{act}, Pager: &web.Pager{From: 1, To: 1, Total: 1}, Live: &printBlock{From: "/x", Again: "every 2s", Status: &web.Status{Kind: web.Busy, Text: "x"},
		Progress: &web.Progress{Label: "x", Done: 1, Total: 2}, Sum: "s", Actions: []web.Action{act}, Columns: []web.Column{{Name: "a"}, {Name: "b"}}, Rows: [][]cell{row}}}, "prints")
	webtest.CheckTemplate(t, "prints", &printsPage{Frame: f, Empty: web.Empty{Title: "Nichts", Actions: []web.Action{act}}})
}
