package ui

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ranzen/enroll/roster"
	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// bring uploads a list and returns what came.
func (c *client) bring(file, text string, form url.Values) answer {
	return c.send("/rosters/new", form, map[string][]byte{"file/" + file: []byte(text)})
}

const pupilsList = "Vorname;Nachname;Klasse;Import-ID;Geburtsdatum\nLena;Muster;7b;1;01.08.2013\nNeu;Ankunft;7c;2;02.08.2013\n"

var selects = regexp.MustCompile(`(?s)<select[^>]* name="(q-[0-9a-f]+)".*?</select>`)

// A file of IServ on its way through all pages: understood, planned, questions, taken over, undone.
func TestMUC07_AListOnItsWay(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/rosters").says(t, http.StatusOK, "Noch keine Listen.", "Liste einlesen")
	c.get("/rosters/new").says(t, http.StatusOK, "neue Quelle", "Gymnasium Nord")
	c.bring("leer.csv", "", url.Values{"source": {"new"}, "school": {string(w.Nord)}}).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	c.bring("x.pdf", "%PDF-1.7", url.Values{"source": {"new"}, "school": {string(w.Nord)}}).says(t, http.StatusUnprocessableEntity, "Das ist ein PDF.")
	run := c.bring("iserv.csv", pupilsList, url.Values{"source": {"new"}, "name": {"IServ Nord"}, "school": {string(w.Nord)}}).Location
	read := c.get(run)
	read.says(t, http.StatusOK, "So wurde die Datei verstanden.", "2 Personen an 1 Schule.", "Diese Spalte wird nie gespeichert.", "Ankunft", "IServ Nord")
	read.hides(t, "01.08.2013")
	if to := c.post(run+"/read", url.Values{"format": {"csv"}, "plan": {"1"}}).Location; to != run {
		t.Fatalf("no plan but %q", to)
	}
	c.get(run).says(t, http.StatusOK, "iserv.csv", "Gymnasium Nord", "1 neue Person", "1 neue Klasse", "1 verknüpft", "1 Schule übernehmen")
	c.get(run+"/0").says(t, http.StatusOK, "2 Personen in der Liste, 3 Änderungen.", "von Hand angelegt und nicht in der Liste: bleibt", "3 Änderungen übernehmen")
	c.get(run+"/0?names=new").says(t, http.StatusOK, "Ankunft, Neu", "7c")
	if to := c.post(run+"/0/apply", nil).Location; to != run {
		t.Fatalf("not taken over but %q", to)
	}
	done := c.get(run)
	done.says(t, http.StatusOK, "übernommen: 3 Änderungen", "übernommen")
	c.get("/people?q=Ankunft").says(t, http.StatusOK, "Ankunft, Neu", "7c")
	c.post(run+"/0/apply", nil).says(t, http.StatusConflict, "Das wurde schon übernommen.")
	undo := regexp.MustCompile(`action="(/undo/[^"]+)"`).FindStringSubmatch(done.Body)
	if undo == nil {
		t.Fatal("nothing leads back")
	}
	c.post(undo[1], url.Values{"back": {run}})
	c.get(run).says(t, http.StatusOK, "rückgängig gemacht")
	c.get("/people?q=Ankunft").says(t, http.StatusOK, "Niemanden gefunden.")
	c.get("/rosters/sources").says(t, http.StatusOK, "IServ Nord", "freie Tabelle")

	// The same source again: somebody without a class of that name is asked for, and the answer counts.
	source := regexp.MustCompile(`/rosters/sources/(0[^"]+)"`).FindStringSubmatch(c.get("/rosters/sources").Body)[1]
	second := c.bring("iserv2.csv", strings.Replace(pupilsList, "Lena;Muster;7b", "Lena;Muster;7a", 1), url.Values{"source": {source}, "school": {string(w.Nord)}}).Location
	c.post(second+"/read", url.Values{"format": {"csv"}, "plan": {"1"}})
	c.get("/rosters").says(t, http.StatusOK, "1 Zuordnung wartet auf Ihre Antwort.")
	queue := c.get("/rosters/questions")
	queue.says(t, http.StatusOK, "Wer ist „Muster, Lena“?", "Muster, Lena, 7b", "später entscheiden")
	c.get(second+"/0").says(t, http.StatusOK, "Offene Zuordnungen")
	c.post(second+"/apply", nil).says(t, http.StatusConflict, "1 Frage ist noch offen.")
	name := selects.FindStringSubmatch(queue.Body)[1]
	c.post(second+"/0/answers", url.Values{name: {string(w.Pupils[0])}, "back": {"/rosters/questions"}})
	c.get("/rosters/questions").says(t, http.StatusOK, "Nichts ist offen.")
	c.post(second+"/apply", nil)
	c.get(second).says(t, http.StatusOK, "wird übernommen: 0 von 1 Schulen")
	if err := w.st.ApplyConfirmed(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.get(second).says(t, http.StatusOK, "1 Klassenwechsel")
	c.get("/audit").says(t, http.StatusOK, "Personenliste übernommen: ")

	// Columns may be mapped otherwise, and the source remembers it.
	third := c.bring("x.csv", "A;B;C;D\nLena;Muster;7a;1\n", url.Values{"source": {source}, "school": {string(w.Nord)}}).Location
	c.get(third).says(t, http.StatusOK, "Keine Spalte wurde erkannt.")
	mapped := url.Values{"format": {"csv"}, "header": {"yes"}, "column-0": {"given"}, "column-1": {"family"}, "column-2": {"class"}, "column-3": {"id"}}
	c.post(third+"/read", mapped).says(t, http.StatusOK, "1 Person an 1 Schule.")
	mapped.Set("plan", "1")
	c.post(third+"/read", mapped)
	fourth := c.bring("x.csv", "A;B;C;D\nLena;Muster;7a;1\n", url.Values{"source": {source}, "school": {string(w.Nord)}}).Location
	c.get(fourth).says(t, http.StatusOK, "1 Person an 1 Schule.")
	c.post(fourth+"/drop", nil)
	c.get("/rosters").says(t, http.StatusOK, "verworfen")
}

func TestListsOfOthers(t *testing.T) {
	w := newWorld(t)
	run := w.as(w.Admin).bring("anger.csv", pupilsList, url.Values{"source": {"new"}, "school": {string(w.Anger)}}).Location
	clerk := w.as(w.Clerk)
	clerk.get(run).says(t, http.StatusNotFound)
	clerk.get("/rosters").says(t, http.StatusOK, "Noch keine Listen.")
	clerk.get("/rosters/new").hides(t, "die Datei nennt ihre Schulen", "Grundschule am Anger")
	own := clerk.bring("nord.csv", pupilsList, url.Values{"source": {"new"}, "name": {"Eigene"}, "school": {string(w.Nord)}}).Location
	clerk.get(own).says(t, http.StatusOK, "Eigene")
	for _, login := range []string{w.Auditor, w.Operator} {
		w.as(login).get("/rosters").says(t, http.StatusNotFound)
		w.as(login).get(own).says(t, http.StatusNotFound)
	}
}

// What readers of files say and refuse has its sentence.
func TestWhatReadersSayHasASentence(t *testing.T) {
	files, err := filepath.Glob("../enroll/roster/*.go")
	if err != nil || len(files) < 10 {
		t.Fatal("no readers", err)
	}
	more, err := filepath.Glob("../enroll/roster/schulconnex/*.go")
	if err != nil || len(more) < 2 {
		t.Fatal("no client", err)
	}
	files = append(files, more...)
	said := regexp.MustCompile(`\b([sS]ay|stop|count|refuse|refuseRow)\("([a-z_]+)"`)
	n := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllStringSubmatch(string(source), -1) {
			key := "roster.word." + m[2]
			if strings.HasPrefix(m[1], "refuse") {
				key = "error.roster." + m[2]
			}
			if m[2] == "letters_" { // a beginning of three
				continue
			}
			n++
			if _, ok := web.Args(key); !ok {
				t.Errorf("%s: there is no %s", file, key)
			}
		}
	}
	for _, f := range roster.Formats() {
		if _, ok := web.Args("roster.format." + f.ID); !ok {
			t.Errorf("the format %s has no name", f.ID)
		}
	}
	for _, f := range append(slices.Clone(roster.Fields), roster.Action, roster.Ignored) {
		if _, ok := web.Args("roster.field." + string(f)); !ok {
			t.Errorf("the field %s has no name", f)
		}
	}
	for _, list := range [][]school.RosterDoes{school.RosterActs, school.RosterNotes} {
		for _, d := range list {
			if _, ok := web.Args("roster.does." + string(d)); !ok {
				t.Errorf("%s has no words", d)
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d codes found: this test no longer reads the readers", n)
	}
}

func TestRosterPagesAgainstTheirStructs(t *testing.T) {
	f := frameOf("Seite")
	act := web.Action{Text: "Los", Href: "/x", Post: true}
	field := web.Field{Kind: web.SelectField, Name: "a", Label: "A", Options: []web.Option{{Value: "1", Text: "eins"}}}
	other := web.Field{Kind: web.TextField, Name: "b", Label: "B"}
	alert := &web.Alert{Kind: web.Danger, Title: "Nein", Lines: []string{"darum"}}
	words := []rosterWord{{Where: "Zeile 1", Status: web.Status{Kind: web.Note, Text: "x"}, Value: "y"}}
	webtest.CheckTemplate(t, "roster-new", &rosterNewPage{Frame: f, Lead: "x", Alert: alert, File: web.FileField{Name: "file", Label: "Datei"}, Fields: []web.Field{field}, Cancel: "/"})
	webtest.CheckTemplate(t, "roster-read", &rosterReadPage{Frame: f, Lead: "x", Alert: alert, Facts: []web.Fact{{Name: "a", Text: "b"}}, Fields: []web.Field{field}, Columns: []rosterColumn{{Head: "A", Field: &other, Note: "x"}, {Head: "B", Note: "nie"}},
		Heads: []string{"A", "B"}, Rows: [][]string{{"1", "2"}}, Words: words, Sum: "1 Person", Action: "/x", Drop: act})
	webtest.CheckTemplate(t, "roster-read", &rosterReadPage{Frame: f, Stop: true, Drop: act})
	line := rosterLine{link: link{"Nord", "/x"}, State: web.Status{Kind: web.OK, Text: "da"}, People: 2, Changes: 1, What: "1 neu", Undo: &act}
	webtest.CheckTemplate(t, "roster", &rosterPage{Frame: f, Alert: alert, Live: &rosterBlock{From: "/x", Again: "every 2s", Status: line.State, Rows: []rosterLine{line, {}}}, Words: words, Fields: []web.Field{field}, Submit: "los", Apply: "/x", Until: "u", Drop: &act, Again: &act}, "run")
	webtest.CheckTemplate(t, "roster", &rosterPage{Frame: f, Live: &rosterBlock{}}, "run")
	webtest.CheckTemplate(t, "roster-part", &rosterPartPage{Frame: f, Sum: "x", Groups: []web.Group{{Kind: web.Loses, Count: 2, Text: "x", Where: "y", Names: "/n"}}, Guards: []string{"viele"}, Words: words, Questions: []rosterAsk{{field}},
		Answer: "/x", Typed: &other, Submit: "los", Apply: "/x", Until: "u", Back: "/", Names: &namesTable{Title: "x", Columns: []web.Column{{Name: "a"}}, Rows: [][]cell{{{Text: "a", Href: "/d"}, {Text: "2", Numeric: true}}}, Close: "/"}})
	webtest.CheckTemplate(t, "roster-part", &rosterPartPage{Frame: f, Alert: alert, Back: "/"})
	webtest.CheckTemplate(t, "roster-queue", &rosterQueuePage{Frame: f, Lead: "x", Parts: []rosterQueue{{link: link{"Nord", "/x"}, Detail: "d", Answer: "/a", Questions: []rosterAsk{{field}}}}})
	server := web.Status{Kind: web.Busy, Text: "wird gefragt"}
	webtest.CheckTemplate(t, "roster-server", &rosterServerPage{Frame: f, Live: &serverBlock{From: "/x", Again: "every 2s", Status: server, Facts: []web.Fact{{Name: "a", Text: "b"}}}, Actions: []web.Action{act}, Alert: alert, Facts: []web.Fact{{Name: "a", Code: "b"}}}, "server")
	webtest.CheckTemplate(t, "roster-server", &rosterServerPage{Frame: f, Live: &serverBlock{Status: server}}, "server")
	webtest.CheckTemplate(t, "asm", &asmPage{Frame: f, Lead: "x", Alert: alert, Filter: web.Filter{Action: "/x", Fields: []web.Field{field}}, Facts: []web.Fact{{Name: "a", Text: "1"}}, Words: words, Lost: []string{"7b"},
		Hidden: []web.Hidden{{Name: "a", Value: "b"}}, Typed: &other, Submit: "los"})
	webtest.CheckTemplate(t, "asm", &asmPage{Frame: f, Filter: web.Filter{Action: "/x"}})
	webtest.CheckTemplate(t, "roster-queue", &rosterQueuePage{Frame: f, Empty: web.Empty{Title: "Nichts"}})
}
