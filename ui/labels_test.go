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

// From a class to a sheet of labels, and from a label back to the device; a stranger learns whose it is and nothing else.
func TestLabelsFromAClassToWhoFindsOne(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	page := admin.get(classAddress(w.C7b))
	link := regexp.MustCompile(`href="(/labels\?[^"]*)"`).FindStringSubmatch(page.Body)
	if link == nil {
		t.Fatal("the page of a class leads to no labels")
	}
	admin.get(strings.ReplaceAll(link[1], "&amp;", "&")).says(t, 200, "Etiketten", "Avery Zweckform L4732", "Beginnen bei Etikett")
	form := url.Values{"school": {string(w.Nord)}, "class": {string(w.C7b)}, "stock": {"l4770"}, "start": {"15"}, "copies": {"1"}, "codes": {"both"}, "leads": {"page"}, "order": {"number"}}
	look := admin.post(labelsPath, form)
	look.says(t, 200, "So sieht es aus", "27 Etiketten auf 2 Seiten", "27 Etiketten drucken (PDF)", "Originalgröße")
	if !strings.Contains(look.Body, "<svg") || strings.Contains(look.Body, "Warum") {
		t.Error("the preview shows no label, or asks why it is printed the first time")
	}
	file := admin.post(labelsPath+"/print", form)
	if file.Status != 200 || !strings.HasPrefix(file.Body, "%PDF-") || !strings.Contains(file.Header.Get("Content-Disposition"), "etiketten-2026-11-17.pdf") {
		t.Fatalf("%d %v", file.Status, file.Header)
	}
	if text := webtest.ReadPDF(t, []byte(file.Body)); strings.Count(text, "MS-26-") != 27 || strings.Contains(text, "Muster,") {
		t.Errorf("the labels say:\n%s", text)
	}
	again := admin.post(labelsPath, form)
	again.says(t, 200, "Warum 27 Etiketten noch einmal?")
	admin.post(labelsPath+"/print", form).says(t, 422, "27 Etiketten wurden schon gedruckt")
	form.Set("reason", "misprint")
	if a := admin.post(labelsPath+"/print", form); a.Status != 200 || !strings.HasPrefix(a.Body, "%PDF-") {
		t.Errorf("with a reason it is printed again: %d", a.Status)
	}
	admin.get("/audit").says(t, 200, "27 Etiketten gedruckt")

	form.Set("stock", "l4730")
	admin.post(labelsPath, form).says(t, 422, "passt")
	form.Set("stock", "l4770")
	form.Set("start", "41")
	admin.post(labelsPath, form).says(t, 422, "Eine Zahl von 1 bis 40")
	form.Set("start", "1")
	form.Del("class")
	form.Del("school")
	admin.post(labelsPath, form).says(t, 422, "Geben Sie Nummern ein oder wählen Sie eine Schule.")
	form.Set("numbers", "MS-26-000417\ngibt es nicht")
	admin.post(labelsPath, form).says(t, 200, "1 Etikett auf 1 Seite", "1 Nummer gehören zu keinem Gerät, für das Sie drucken dürfen: gibt es nicht")

	var found string
	l, err := w.st.LabelsFor(t.Context(), w.by, store.LabelFilter{Numbers: []string{"MS-26-000417"}})
	if ok(t, l, err); len(l.Rows) == 1 {
		found = l.Rows[0].Found
	}
	nobody := w.as("")
	public := nobody.get(foundPath + found)
	public.says(t, 200, "Gefunden?", "Dieses Gerät gehört: Musterstadt.")
	for _, never := range []string{"MS-26-000417", "Gymnasium Nord", "Muster, ", "7b", "F9"} {
		if strings.Contains(public.read(), never) {
			t.Errorf("a stranger reads %q", never)
		}
	}
	unknown := nobody.get(foundPath + "0000000000000")
	unknown.says(t, 404, "Gefunden?", "Dieses Etikett ist hier nicht bekannt.")
	if a := admin.get(foundPath + found); a.Status != 303 || !strings.HasPrefix(a.Location, "/devices/") {
		t.Errorf("who works here lands at %d %s", a.Status, a.Location)
	}
	tab := nobody.open(t, foundPath+found, webtest.Options{})
	tab.Axe()
	tab.Resize(390, 844)
	tab.Fits()
	tab = admin.open(t, labelsPath+"?school="+string(w.Nord)+"&class="+string(w.C7b), webtest.Options{})
	tab.Click(`form[action="/labels"] button[type=submit]`)
	tab.Wait(".label-picture svg")
	tab.Axe()
	tab.Resize(390, 844)
	tab.Fits()
	for range missesPerMinute {
		nobody.get(foundPath + "zzzzzzzzzzzzz")
	}
	nobody.get(foundPath+"zzzzzzzzzzzzz").says(t, 429, "Versuchen Sie es in einer Minute noch einmal.")
	nobody.get(foundPath+found).says(t, 200, "Musterstadt")
	w.clock(noon.Add(2 * time.Minute))
	nobody.get(foundPath+"zzzzzzzzzzzzz").says(t, 404, "nicht bekannt")
}

func TestSheetsAndPrintersOfOnesOwn(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	admin.get(labelKindsPath).says(t, 200, "Noch kein eigener Bogen und kein Drucker")
	pdf := admin.get(labelsPath + "/calibration.pdf")
	if pdf.Status != 200 || !strings.Contains(webtest.ReadPDF(t, []byte(pdf.Body)), "Maß 4") {
		t.Errorf("the calibration page: %d", pdf.Status)
	}
	sheet := url.Values{"name": {"Lager"}, "width": {"60"}, "height": {"30"}, "left": {"7,5"}, "top": {"10"}, "across": {"50"}, "down": {"viel"}}
	admin.post(labelsPath+"/sheets/new", sheet).says(t, 422, "Eine Länge in Millimetern, etwa 38,1.")
	sheet.Set("down", "31")
	admin.post(labelsPath+"/sheets/new", sheet).says(t, 422, "Mit diesem Maß passen die Etiketten nicht auf A4.")
	sheet.Set("across", "66")
	if a := admin.post(labelsPath+"/sheets/new", sheet); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	admin.post(labelsPath+"/printers/new", url.Values{"name": {"Sekretariat"}, "left": {"20,5"}, "top": {"19"}, "across": {"171"}, "down": {"400"}}).says(t, 422, "Mit diesem Maß")
	if a := admin.post(labelsPath+"/printers/new", url.Values{"name": {"Sekretariat"}, "left": {"20,5"}, "top": {"19"}, "across": {"171"}, "down": {"250"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	kinds := admin.get(labelKindsPath)
	kinds.says(t, 200, "Lager", "60 × 30 mm, 3 × 9 Etiketten", "verschiebt um 0,4 mm nach rechts und -1 mm nach unten, dehnt um 0,6 % und 0 %")
	form := admin.get(labelsPath)
	form.says(t, 200, "Lager · 60 × 30 mm, 27 je Bogen", "Sekretariat")
	remove := regexp.MustCompile(`action="(/labels/(?:sheets|printers)/[^"]*/remove)"`).FindAllStringSubmatch(kinds.Body, -1)
	if len(remove) != 2 {
		t.Fatalf("%d can be removed", len(remove))
	}
	for _, m := range remove {
		if a := admin.post(m[1], nil); a.Status != http.StatusSeeOther {
			t.Errorf("%d", a.Status)
		}
	}
	if last := admin.get(labelKindsPath); !strings.Contains(last.Body, "Entfernt.") || !strings.Contains(last.Body, "Rückgängig") {
		t.Error("nobody is told that it was removed, or offered to undo it")
	}
}

func TestATelephoneDialsWhatAnAuthoritySays(t *testing.T) {
	for contact, want := range map[string]string{"Schul-IT, Tel. 0251 492-0": "tel:02514920", "+49 251 49 20": "tel:+49251 4920", "it@stadt.example": "", "Zimmer 12": "", "0251 4920 oder 0251 4921": "", "": ""} {
		if got := dial(contact); got != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%q is dialled %q", contact, got)
		}
	}
}
