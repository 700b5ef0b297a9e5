package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// scanned is a PDF of pictures of pages, as a scanner makes one: every second page lies on its head.
func scanned(t *testing.T, pdf []byte, leaveOut ...int) []byte {
	t.Helper()
	base := filepath.Join(t.TempDir(), "page")
	webtest.Tell(t, "pdftoppm", "-r", "200", "-gray", "-png", webtest.KeepPDF(t, pdf), base)
	files, err := filepath.Glob(base + "*.png")
	ok(t, files, err)
	slices.Sort(files)
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[")
	for i := range files {
		if !slices.Contains(leaveOut, i) {
			fmt.Fprintf(&b, "%d 0 R ", 10+2*i)
		}
	}
	b.WriteString("]>>endobj\n")
	for i, file := range files {
		body, err := os.ReadFile(file)
		m, err2 := png.Decode(bytes.NewReader(ok(t, body, err)))
		g := image.NewGray(ok(t, m, err2).Bounds())
		draw.Draw(g, g.Rect, m, image.Point{}, draw.Src)
		if i%2 == 1 {
			slices.Reverse(g.Pix)
		}
		var j bytes.Buffer
		if err := jpeg.Encode(&j, g, nil); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%d 0 obj<</Type/Page/Resources<</XObject<</A %d 0 R>>>>>>endobj %d 0 obj<</Subtype/Image/Width %d/Height %d/Filter/DCTDecode/Length %d>>stream\n%s\nendstream endobj\n", 10+2*i, 11+2*i, 11+2*i, g.Rect.Dx(), g.Rect.Dy(), j.Len(), j.Bytes())
	}
	b.WriteString("trailer<</Root 1 0 R>>")
	return b.Bytes()
}

// brings uploads a stack.
func (c *client) brings(path string, file []byte, fields map[string]string) answer {
	c.w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range fields {
		m.WriteField(k, v)
	}
	f, err := m.CreateFormFile("file", "stapel.pdf")
	ok(c.w.t, f, err).Write(file)
	m.Close()
	r, err := http.NewRequest(http.MethodPost, c.w.server.URL+path, &b)
	ok(c.w.t, r, err).Header.Set("Content-Type", m.FormDataContentType())
	return c.do(r, nil)
}

// A class signs on paper, the stack is scanned and brought: every page finds its contract, what lacks is said, what cannot be read is
// filed by hand, and nothing is signed until somebody confirms.
func TestMUC11_AStackFindsItsContracts(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	people := w.planned(w.C7a)
	page := classPapersAddress(w.C7a)
	if a := admin.post(page, nil); a.Status != http.StatusSeeOther {
		t.Fatalf("%d", a.Status)
	}
	printed := []byte(admin.get(page + "/papers.pdf").Body)
	docs, err := w.st.ClassDocuments(t.Context(), w.by, w.C7a, school.LoanContract)
	paper, err2 := readPaper(ok(t, docs, err)[0])
	each := len(ok(t, docs, err))
	ok(t, paper, err2)
	admin.get(stacksPath).says(t, 200, "Noch kein Stapel eingelesen")
	to := map[string]string{"school": string(w.Nord)}
	for _, body := range [][]byte{nil} {
		admin.brings(stacksPath+"/new", body, to).says(t, 422, "Bitte")
	}
	a := admin.brings(stacksPath+"/new", scanned(t, printed, 0), to) // the first page of the first contract stayed in the scanner
	if a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	stack := a.Location
	admin.get(stack).says(t, 200, "wird gelesen")
	if err := w.st.ReadStacks(t.Context(), ReadStack); err != nil {
		t.Fatal(err)
	}
	read := admin.get(stack)
	read.says(t, 200, "Seiten fehlen", "vollständig, zu bestätigen", fmt.Sprintf("Bei allen %d vollständigen", each-1), people[0].Name(), people[3].Name())
	if strings.Contains(read.Body, "Vertragsnummer") {
		t.Error("a page was not read")
	}
	if c, err := w.st.ContractByID(t.Context(), w.by, docs[1].Contract); err != nil || c.State != school.ContractPrepared {
		t.Errorf("a scan signs: %s, %v", c.State, err)
	}
	if a := admin.post(stack+"/confirm", nil); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	signed := 0
	for _, d := range docs {
		c, err := w.st.ContractByID(t.Context(), w.by, d.Contract)
		if ok(t, c, err).State == school.ContractSigned && c.SignedHow == school.ByPaper {
			signed++
		}
	}
	if signed != each-1 {
		t.Errorf("%d of %d are signed", signed, each)
	}
	admin.get(contractPapersAddress(docs[1].Contract)).says(t, 200, "auf Papier", "Scan")
	scan := documentsPath + "/file/" + string(docs[1].ID) + "/scan"
	picture := regexp.MustCompile(`src="(/documents/scanned/[^"]+)"`).FindStringSubmatch(admin.get(scan).Body)
	if picture == nil {
		t.Fatal("nothing of the scan is to be seen")
	}
	if a := admin.get(picture[1]); a.Status != 200 || !strings.HasPrefix(a.Body, "\xff\xd8") {
		t.Errorf("%d", a.Status)
	}

	// The page that stayed behind comes as a picture nobody can read, and is filed by its number.
	var blank bytes.Buffer
	if err := png.Encode(&blank, image.NewGray(image.Rect(0, 0, 400, 600))); err != nil {
		t.Fatal(err)
	}
	late := admin.brings(stacksPath+"/new", blank.Bytes(), to).Location
	if err := w.st.ReadStacks(t.Context(), ReadStack); err != nil {
		t.Fatal(err)
	}
	lost := admin.get(late)
	lost.says(t, 200, "Seiten zuzuordnen", "Der Strichcode ließ sich nicht lesen.", "Vertragsnummer")
	form := regexp.MustCompile(`action="(/documents/stacks/[^"]+/pages/[^"]+)"`).FindStringSubmatch(lost.Body)[1]
	admin.post(form, url.Values{"do": {"file"}, "number-1": {""}}).says(t, 422, "Bitte")
	admin.post(form, url.Values{"do": {"file"}, "number-1": {"L-26-999999"}}).says(t, 422, "gibt es an dieser Schule kein Papier")
	first := paper.Facts.Number
	if a := admin.post(form, url.Values{"do": {"file"}, "number-1": {strings.ToLower(first)}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	admin.post(form, url.Values{"do": {"aside"}}).says(t, 422, "inzwischen zugeordnet")
	admin.get(late).says(t, 200, "vollständig, zu bestätigen", "Unterschrift liegt vor")
	if a := admin.post(late+"/confirm", url.Values{"document": {string(docs[0].ID)}, "hash": {docs[0].Hash}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	admin.get(late).says(t, 200, "erledigt", "unterschrieben am")

	next := w.as(w.account("schule@anger.example", "Nora Nachbar", school.Grant{Role: school.SchoolAdmin, School: w.Anger}))
	for _, path := range []string{stack, picture[1], scan} {
		if a := next.get(path); a.Status != http.StatusNotFound {
			t.Errorf("the school next door opens %s: %d", path, a.Status)
		}
	}
	if a := next.brings(stacksPath+"/new", blank.Bytes(), to); a.Status != http.StatusNotFound && a.Status != http.StatusSeeOther {
		t.Errorf("%d", a.Status)
	}
	if a := next.post(form, url.Values{"do": {"aside"}}); a.Status != http.StatusNotFound {
		t.Errorf("the school next door sets a page aside: %d", a.Status)
	}
	other := admin.brings(stacksPath+"/new", blank.Bytes(), to).Location
	if err := w.st.ReadStacks(t.Context(), ReadStack); err != nil {
		t.Fatal(err)
	}
	// A page without a picture is looked at in the file, as long as it waits.
	const bare = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page>>endobj\ntrailer<</Root 1 0 R>>"
	unseen := admin.brings(stacksPath+"/new", []byte(bare), to).Location
	if err := w.st.ReadStacks(t.Context(), ReadStack); err != nil {
		t.Fatal(err)
	}
	shown := admin.get(unseen)
	shown.says(t, 200, "nicht als Bild entnehmen", "Eingelesene Datei herunterladen", "Beiseitelegen")
	if a := admin.get(unseen + "/file"); a.Body != bare || a.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%d %q", a.Status, a.Body)
	}
	if a := next.get(unseen + "/file"); a.Status != http.StatusNotFound {
		t.Errorf("the school next door takes the file: %d", a.Status)
	}
	for _, path := range []string{stacksPath, other, unseen, stacksPath + "/new"} {
		tab := admin.open(t, path, webtest.Options{})
		tab.Axe()
		tab.Resize(390, 844)
		tab.Fits()
	}
	admin.post(regexp.MustCompile(`action="(/documents/stacks/[^"]+/pages/[^"]+)"`).FindStringSubmatch(shown.Body)[1], url.Values{"do": {"aside"}})
	if a := admin.get(unseen + "/file"); a.Status != http.StatusNotFound {
		t.Errorf("the file is still there: %d", a.Status)
	}
}

func TestStackPagesAgainstTheirStructs(t *testing.T) {
	f := frameOf("Stapel")
	act := web.Action{Text: "Los", Href: "/x", Post: true}
	webtest.CheckTemplate(t, "stack", &stackPage{Frame: f, Lead: "x", Alert: &web.Alert{Kind: web.Danger, Title: "Nein"}, Live: &printBlock{From: "/x", Again: "every 2s", Status: &web.Status{Kind: web.Busy, Text: "x"}, Sum: "s", Actions: []web.Action{act},
		Columns: []web.Column{{Name: "a"}}, Rows: [][]cell{{{Text: "Nord"}}}}, Review: []reviewLine{{Name: "Seite 1", Why: "darum", Picture: "/p", Action: "/x", Field: web.Field{Kind: web.CodeField, Name: "number-1", Label: "Nummer"}}, {Name: "Seite 2", File: "/f", Field: web.Field{Name: "number-2", Label: "n"}}}}, "stack")
}
