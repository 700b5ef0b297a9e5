package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// Somebody asks what is stored about a pupil: the file to read and the file for programs hold it, and the log says that
// they were given out.
func TestDSG15_TheAnswerIsGivenOutAndNoted(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	lena := personAddress(w.Pupils[0])
	admin.get(lena).says(t, 200, "Datenschutz", "Auskunft nach Art. 15 als PDF", "Endgültig löschen", "Wer hat nachgesehen")
	pdf := admin.get(lena + "/data.pdf")
	if pdf.Status != 200 {
		t.Fatalf("%d", pdf.Status)
	}
	text := webtest.ReadPDF(t, []byte(pdf.Body))
	for _, want := range []string{"Auskunft nach Art. 15 DSGVO: Muster, Lena", "Angaben zur Person", "Familienname Muster", "MS-26-000397", "Gymnasium Nord", "7b", "183 Tage", "Ihre Rechte"} {
		if !strings.Contains(text, want) {
			t.Errorf("the PDF does not say %q:\n%s", want, text)
		}
	}
	for _, never := range []string{"Yılmaz", "Anna Beispiel", "Error", "_id"} {
		if strings.Contains(text, never) {
			t.Errorf("the PDF says %q", never)
		}
	}
	file := admin.get(lena + "/data.json")
	var x sheet.Answer
	if err := json.Unmarshal([]byte(file.Body), &x); err != nil || x.Stored["person"][0]["family"] != "Muster" || len(x.Stored["holding"]) != 1 || x.Retention["left"] != 30 {
		t.Errorf("%v\n%s", err, file.Body)
	}
	views := admin.get(lena + "/views")
	views.says(t, 200, "Seite der Person geöffnet", "Auskunft nach Art. 15 herausgegeben", "Anna Beispiel")
	w.as(w.Auditor).get(lena+"/views").says(t, 200, "Anna Beispiel")
	if page := w.as(w.Auditor).get(lena + "/views"); strings.Contains(page.Body, "Muster, Lena") {
		t.Error("an auditor reads the name")
	}
	for _, c := range []struct {
		who, path string
		status    int
	}{{w.Auditor, "/data.pdf", 404}, {w.Auditor, "/erase", 404}, {w.Clerk, "/views", 404}, {w.Clerk, "/erase", 404}, {w.Clerk, "/data.json", 200}, {w.Operator, "/data.json", 404}} {
		if a := w.as(c.who).get(lena + c.path); a.Status != c.status {
			t.Errorf("%s %s: %d, want %d", c.who, c.path, a.Status, c.status)
		}
	}
}

// Lists with names that leave as a file are in the log before they leave.
func TestKSM02_AListWithNamesThatLeavesIsNoted(t *testing.T) {
	w := newWorld(t)
	w.as(w.Clerk).get("/people?format=csv").says(t, 200, "Muster")
	w.as(w.Clerk).get("/devices?format=csv").says(t, 200, "Muster")
	w.as(w.Auditor).get("/devices?format=csv").says(t, 200, "MS-26-000397")
	entries, err := w.st.Audit(context.Background(), w.by, store.AuditFilter{Event: "names.exported"})
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// Erasing says what it means, asks for the name, refuses while an iPad is out, and is not offered to be undone.
func TestDSG17_ErasingOnThePage(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	lena := personAddress(w.Pupils[0])
	admin.get(lena+"/erase").says(t, 200, "Die Person hat noch MS-26-000397.", "Zum iPad")
	if a := admin.post(lena+"/erase", url.Values{web.ConfirmName: {"Muster, Lena"}}); a.Status != 409 {
		t.Errorf("erased with an iPad: %d", a.Status)
	}
	admin.post(deviceAddress(w.Devices[0])+"/takeback", url.Values{})
	admin.get(lena+"/erase").says(t, 200, "nicht rückgängig machen", "Tippen Sie „Muster, Lena“")
	admin.post(lena+"/erase", url.Values{web.ConfirmName: {"Lena"}}).says(t, 422, "Tippen Sie „Muster, Lena“")
	if a := admin.post(lena+"/erase", url.Values{web.ConfirmName: {"muster, lena"}}); a.Status != 303 || a.Location != "/people" {
		t.Fatalf("%d %s", a.Status, a.Location)
	}
	if a := admin.get(lena); a.Status != 404 {
		t.Errorf("she is still there: %d", a.Status)
	}
	page := admin.get(deviceAddress(w.Devices[0]))
	page.says(t, 200, "nicht mehr gespeichert")
	if strings.Contains(page.Body, "nobody-") {
		t.Error("the page leads to nobody")
	}
}

// The clocks are set on a page, within reason, and the page says what the coming night takes.
func TestRetentionIsSetOnAPage(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	admin.get("/admin").says(t, 200, "Aufbewahrung", "Datenschutz-Unterlagen")
	admin.get(retentionPath).says(t, 200, "Ehemalige ohne iPad")
	admin.post(retentionPath, url.Values{"loans": {"183"}, "left": {"9999"}, "orders": {"90"}, "audit": {"730"}}).says(t, 422, "Zwischen 1 und 730 Tagen.")
	if a := admin.post(retentionPath, url.Values{"loans": {"100"}, "left": {"14"}, "orders": {"90"}, "audit": {"730"}}); a.Status != 303 {
		t.Fatalf("%d", a.Status)
	}
	ctx := context.Background()
	if _, err := w.st.TakeBack(ctx, w.by, w.Devices[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := w.st.ArchivePerson(ctx, w.by, w.Pupils[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := w.st.Retain(ctx, w.authority); err != nil {
		t.Fatal(err)
	}
	w.clock(noon.AddDate(0, 0, 15))
	w.as(w.Admin).get(retentionPath).says(t, 200, "1 Person wird gelöscht.")
	for _, who := range []string{w.Clerk, w.Auditor} {
		if a := w.as(who).get(retentionPath); a.Status != 404 {
			t.Errorf("%s: %d", who, a.Status)
		}
	}
}

// Every paper says what is set and what is so, in both languages, on the page and on paper.
func TestMUSES14_PapersAreFilledFromWhatIsSet(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Hosts = []sheet.Host{{Name: "push.example", What: "push"}, {Name: "list.example", What: "list"}, {Name: "mail.example", What: "mail"}}
	})
	admin := w.as(w.Admin)
	admin.get(papersPath).says(t, 200, "Es fehlt noch, wer für den Datenschutz zuständig ist")
	admin.post(papersPath+"/particulars", url.Values{"officer": {"datenschutz@musterstadt.example"}, "control": {"joint"}})
	admin.post(papersPath+"/particulars", url.Values{"officer": {""}, "control": {"nobody"}}).says(t, 422)
	if _, err := w.st.SetPrivacy(context.Background(), w.by, school.Privacy{}, school.Privacy{Officer: "datenschutz@musterstadt.example", Control: school.BothControl, Retention: school.Retention{Loans: 77}}); err != nil {
		t.Fatal(err)
	}
	night := noon.Add(-6 * time.Hour)
	if err := w.st.NoteBackup(context.Background(), func(b *store.BackupState) { b.Planned, b.At, b.Verified = true, night, night }); err != nil {
		t.Fatal(err)
	}
	for paper, says := range map[string][]string{
		"record":   {"Art. 26 DSGVO", "datenschutz@musterstadt.example", "77 Tage", "push.example", "mail.example", "iPads, die die Person hat und hatte", "kein Feld dafür"},
		"measures": {"17.11.2026 02:10", "Die Kette ist lückenlos", "list.example", "Schulverwaltung", "Prüfung", "sieht sie nicht"},
		"erasure":  {"77 Tage", "730 Tage", "14 Tage", "Verzeichnis der Löschungen"},
		"council":  {"der Ladestand", "den Standort", "77 Tage", "Es gibt keine Auswertung"},
	} {
		admin.get(papersPath+"/"+paper).says(t, 200, says...)
		text := webtest.ReadPDF(t, []byte(admin.get(papersPath+"/"+paper+"/pdf").Body))
		for _, x := range says {
			if !strings.Contains(text, x) {
				t.Errorf("%s on paper does not say %q", paper, x)
			}
		}
		if strings.Contains(text, "paper.") || strings.Contains(text, "data.") {
			t.Errorf("%s says a key:\n%s", paper, text)
		}
		w.as(w.Auditor).get(papersPath+"/"+paper).says(t, 200)
		if a := w.as(w.Clerk).get(papersPath + "/" + paper); a.Status != 404 {
			t.Errorf("a clerk: %d", a.Status)
		}
	}
	if a := admin.get(papersPath + "/nothing"); a.Status != 404 {
		t.Errorf("%d", a.Status)
	}
}

// Parents reach the page of their school by its link, without sign-in, and by no other; it says what is asked and no more.
func TestDSG13_ThePageOfASchoolIsPublicUnderItsLink(t *testing.T) {
	w := newWorld(t)
	inside := w.as(w.Clerk).get(schoolAddress(w.Nord) + "/sight")
	inside.says(t, 200, "Ohne Anmeldung erreichbar")
	at := strings.Index(inside.Body, `href="/sight/`)
	if at < 0 {
		t.Fatal("no link")
	}
	link := inside.Body[at+6 : at+6+strings.IndexByte(inside.Body[at+6:], '"')]
	anybody := w.as("")
	page := anybody.get(link)
	page.says(t, 200, "Was über Ihr iPad gesehen werden kann", "Gymnasium Nord", "der Ladestand", "den Standort")
	if parents := page.Body[strings.Index(page.Body, "die Eltern gekauft haben"):strings.Index(page.Body, "Was niemand sehen kann")]; strings.Contains(parents, "Ladestand") {
		t.Error("parents are told that their iPads are asked for the battery")
	}
	for _, wrong := range []string{link[:len(link)-1] + "x", "/sight/" + string(w.Anger) + link[strings.LastIndex(link, "/"):], "/sight/x/y"} {
		if a := anybody.get(wrong); a.Status != 404 {
			t.Errorf("%s: %d", wrong, a.Status)
		}
	}
}

// Every table that says something about a person has a name and a purpose people can read.
func TestEveryTableAboutPeopleHasWords(t *testing.T) {
	w := newWorld(t)
	tables, err := w.st.PersonTables(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tables {
		for _, key := range []string{"data.table." + x, "data.purpose." + x} {
			if _, said := web.Args(key); !said {
				t.Errorf("there are no words for %s", key)
			}
		}
	}
}

func TestSheetsFitTheirTemplate(t *testing.T) {
	f := frameOf("Blatt")
	act := web.Action{Text: "Los", Href: "/x"}
	s := sheet.Sheet{Title: "Blatt", Lead: "x", Foot: "y"}
	s.Add(sheet.Part{Heading: "a", Texts: []string{"b"}, Points: []string{"c"}, Facts: []web.Fact{{Name: "d", Text: "e"}}, Head: []string{"f"}, Rows: [][]string{{"g"}}})
	webtest.CheckTemplate(t, "sheet", (&sheetPage{Frame: f, Actions: []web.Action{act}, Alert: &web.Alert{Kind: web.Note, Title: "x"}}).shows(s))
	webtest.CheckTemplate(t, "sheet", (&sheetPage{Frame: f}).shows(sheet.Sheet{}))
}

// The page of a person answers as fast as before although it is noted who opened it.
func BenchmarkPersonPage(b *testing.B) {
	w := newWorld(b)
	c := w.as(w.Admin)
	for b.Loop() {
		if a := c.get(personAddress(w.Pupils[0])); a.Status != 200 {
			b.Fatal(fmt.Sprint(a.Status))
		}
	}
}
