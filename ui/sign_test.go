package ui

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/ui/web/webtest"
)

// paperOfLena makes a contract and its paper, and gives the address of its papers and of its file.
func paperOfLena(t *testing.T, w *world, admin *client) (papers, file string) {
	t.Helper()
	people, err := w.st.Persons(t.Context(), w.by, store.PersonFilter{Class: w.C7a, Limit: 1})
	ok(t, people, err)
	ids, _, err := w.st.PlanContracts(t.Context(), w.by, w.Nord, []store.ContractWish{{Person: people.Rows[0].ID}})
	ok(t, ids, err)
	papers = contractPapersAddress(ids[0])
	if a := admin.post(papers, url.Values{"kind": {"contract"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	m := regexp.MustCompile(`href="(/documents/file/[^"]+)\.pdf"`).FindStringSubmatch(admin.get(papers).Body)
	if m == nil {
		t.Fatal("there is no paper")
	}
	return papers, m[1]
}

func hashOf(t *testing.T, page answer) string {
	t.Helper()
	m := regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`).FindStringSubmatch(page.Body)
	if m == nil {
		t.Fatalf("the page does not say what is signed: %s", page.read())
	}
	return m[1]
}

// Somebody signs on a screen at the desk: drawn or typed, it stands on the paper that is kept.
func TestAContractIsSignedOnAScreen(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	papers, file := paperOfLena(t, w, admin)
	page := admin.get(file + "/sign")
	page.says(t, 200, "Unterschreiben: Leihvertrag", "Sorgeberechtigte Person", "Bitte lesen Sie es zuerst.")
	hash := hashOf(t, page)
	admin.post(file+"/sign", url.Values{"hash": {hash}}).says(t, 422, "Bitte")
	for _, drawn := range []string{"{}", "[[[1]]]x", `[[[1e9,2],[3,4]]]`, strings.Repeat("[", 5000)} {
		admin.post(file+"/sign", url.Values{"hash": {hash}, "name-0": {"Konrad Muster"}, "drawn-0": {drawn}}).says(t, 422, "ließ sich nicht lesen")
	}
	if a := admin.post(file+"/sign", url.Values{"hash": {hash}, "name-0": {"Konrad Muster"}, "drawn-0": {`[[[10,20],[200,80],[400,10]]]`}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	admin.get(papers).says(t, 200, "unterschrieben am 17.11.2026, auf dem Bildschirm")
	pdf := admin.get(file + ".pdf")
	if text := webtest.ReadPDF(t, []byte(pdf.Body)); !strings.Contains(text, "Konrad Muster") || !strings.Contains(text, "17.11.2026 08:10, auf dem Bildschirm") {
		t.Errorf("the paper says:\n%s", text)
	}
	if tree := webtest.Tell(t, "pdfinfo", "-struct", webtest.KeepPDF(t, []byte(pdf.Body))); !strings.Contains(tree, "Figure") {
		t.Error("the drawing is not on the paper")
	}
	if a := admin.get(file + "/sign"); a.Status != http.StatusNotFound {
		t.Errorf("what was signed can be signed again: %d", a.Status)
	}
}

// A link opens one paper once, for somebody nobody knows, and nothing else.
func TestALinkSignsOnce(t *testing.T) {
	w := newWorld(t)
	admin, nobody := w.as(w.Admin), w.as("")
	papers, file := paperOfLena(t, w, admin)
	link := func() string {
		t.Helper()
		page := admin.post(file+"/link", nil)
		page.says(t, 200, "Dieser Link wird nur jetzt gezeigt.")
		m := regexp.MustCompile(`(/s/[A-Za-z0-9_-]{20,})`).FindString(page.Body)
		if m == "" {
			t.Fatal("no link is shown")
		}
		return m
	}
	old := link()
	now := link()
	if a := nobody.get(old); a.Status != http.StatusNotFound {
		t.Errorf("the old link opens: %d", a.Status)
	}
	page := nobody.get(now)
	page.says(t, 200, "Unterschreiben: Leihvertrag", "Das Papier lesen (PDF)")
	if a := nobody.get(now + "/paper.pdf"); a.Status != 200 || !strings.HasPrefix(a.Body, "%PDF-") {
		t.Errorf("the paper cannot be read: %d", a.Status)
	}
	form := url.Values{"hash": {hashOf(t, page)}, "name-0": {"Konrad Muster"}}
	nobody.post(now, url.Values{"hash": {strings.Repeat("0", 64)}, "name-0": {"x"}}).says(t, 422, "inzwischen ersetzt oder unterschrieben")
	nobody.post(now, form).says(t, 200, "Vielen Dank.", "dieser Link ist damit verbraucht")
	for _, a := range []answer{nobody.get(now), nobody.get(now + "/paper.pdf"), nobody.post(now, form)} {
		if a.Status != http.StatusNotFound {
			t.Errorf("a used link opens: %d", a.Status)
		}
	}
	admin.get(papers).says(t, 200, "über einen Link")

	w = newWorld(t)
	admin, nobody = w.as(w.Admin), w.as("")
	_, file = paperOfLena(t, w, admin)
	late := link()
	w.clock(noon.Add(store.SignLinkLife + time.Minute))
	if a := nobody.get(late); a.Status != http.StatusNotFound {
		t.Errorf("after its days a link opens: %d", a.Status)
	}
}

func TestSigningInABrowser(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	_, file := paperOfLena(t, w, admin)
	tab := admin.open(t, file+"/sign", webtest.Options{})
	tab.Axe()
	tab.Eval(`(() => { const c = document.querySelector('canvas'), r = c.getBoundingClientRect();
		for (const [type, x, y] of [['pointerdown', 20, 20], ['pointermove', 90, 60], ['pointermove', 160, 20], ['pointerup', 160, 20]])
			c.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: r.left + x, clientY: r.top + y, bubbles: true, cancelable: true })); return true; })()`, new(bool))
	var drawn string
	tab.Eval(`document.querySelector('[data-pad] input').value`, &drawn)
	if s, err := readStrokes(drawn); err != nil || len(s) != 1 || len(s[0]) < 3 {
		t.Errorf("what was drawn is kept as %q: %v", drawn, err)
	}
	tab.Resize(390, 844)
	tab.Fits()
}

func FuzzReadStrokes(f *testing.F) {
	f.Add(`[[[1,2],[3,4]]]`)
	f.Add(`[[],[[1,2]]]`)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := readStrokes(text)
		if err != nil {
			return
		}
		n := 0
		for _, s := range all {
			for _, p := range s {
				if n++; !(p.X >= -padSide && p.X <= padSide && p.Y >= -padSide && p.Y <= padSide) {
					t.Errorf("a point at %v", p)
				}
			}
		}
		if len(all) > mostStrokes || n > mostPoints {
			t.Errorf("%d lines, %d points", len(all), n)
		}
	})
}
