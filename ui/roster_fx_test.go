package ui

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"ranzen/enroll/roster"
	"ranzen/store"
	"ranzen/store/school"
)

// lister is somebody who brings lists of a school that has nobody yet.
type lister struct {
	*client
	t      *testing.T
	w      *world
	at     school.SchoolID // empty: lists name their schools
	south  school.SchoolID
	source string
}

func newLister(t *testing.T) *lister {
	t.Helper()
	w := newWorld(t)
	id, err := w.st.CreateSchool(context.Background(), w.by, school.School{Name: "Realschule Süd", Number: "300300"})
	if err != nil {
		t.Fatal(err)
	}
	return &lister{client: w.as(w.Admin), t: t, w: w, at: id, south: id, source: "new"}
}

var (
	formSelect = regexp.MustCompile(`(?s)<select[^>]* name="([^"]+)".*?</select>`)
	formChosen = regexp.MustCompile(`<option value="([^"]*)" selected`)
	sourcePath = regexp.MustCompile(`/rosters/sources/(0[^"/]+)"`)
	partPath   = regexp.MustCompile(`href="(/rosters/[^"/]+/[0-9]+)"`)
)

// look uploads a list and opens what was understood.
func (l *lister) look(file, text string) (run string, page answer) {
	l.t.Helper()
	run = l.bring(file, text, url.Values{"source": {l.source}, "name": {"Fixtur " + file}, "school": {string(l.at)}}).Location
	if run == "" {
		l.t.Fatalf("%s was not taken", file)
	}
	if l.source == "new" {
		for _, m := range sourcePath.FindAllStringSubmatch(l.get("/rosters/sources").Body, -1) {
			l.source = m[1]
		}
	}
	return run, l.get(run)
}

// plan has a list thought through.
func (l *lister) plan(file, text string) (run string) {
	l.t.Helper()
	run, page := l.look(file, text)
	form := url.Values{"plan": {"1"}} // what a browser sends
	for _, m := range formSelect.FindAllStringSubmatch(page.Body, -1) {
		if chosen := formChosen.FindStringSubmatch(m[0]); chosen != nil {
			form.Set(m[1], chosen[1])
		}
	}
	if a := l.post(run+"/read", form); a.Location != run {
		l.t.Fatalf("%s: no plan, %d\n%s", file, a.Status, a.read())
	}
	return run
}

// take has a list taken over at all its schools.
func (l *lister) take(file, text string) (run string) {
	l.t.Helper()
	run = l.plan(file, text)
	for _, part := range partPath.FindAllStringSubmatch(l.get(run).Body, -1) {
		if a := l.post(part[1]+"/apply", nil); a.Location != run {
			l.t.Fatalf("%s: %s not taken over, %d\n%s", file, part[1], a.Status, a.read())
		}
	}
	return run
}

// people are those of a school with their classes.
func (l *lister) people(at school.SchoolID) map[string]string {
	l.t.Helper()
	list, err := l.w.st.Persons(context.Background(), l.w.by, store.PersonFilter{School: at, Limit: store.MaxPage})
	if err != nil {
		l.t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range list.Rows {
		out[p.Name()] = p.ClassName
	}
	return out
}

func (l *lister) has(want map[string]string) {
	l.t.Helper()
	if diff := cmp.Diff(want, l.people(l.south)); diff != "" {
		l.t.Error(diff)
	}
}

const fxHeads = "Vorname;Nachname;Klasse;Import-ID;Typ\n"

func encoded(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	out, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFX01_04_EveryEncodingFromThePage(t *testing.T) {
	text, want := fxHeads, map[string]string{}
	for i := range 30 {
		text += fmt.Sprintf("Žoë %c;Müller-Š€;5a;%d;Schüler\n", 'A'+i%26, i)
	}
	text = strings.ReplaceAll(text, "€", "") // no name has one, the encodings do
	for i := range 30 {
		want[fmt.Sprintf("Müller-Š, Žoë %c", 'A'+i%26)] = "5a"
	}
	for name, tc := range map[string]struct{ text, says string }{
		"FX-01 UTF-8":             {text, "UTF-8"},
		"FX-02 UTF-8 with a mark": {"\ufeff" + text, "UTF-8"},
		"FX-03 Windows-1252":      {encoded(t, charmap.Windows1252, text), "WINDOWS-1252"},
		"FX-04 ISO-8859-15":       {encoded(t, charmap.ISO8859_15, text), "ISO-8859-15"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLister(t)
			_, page := l.look("liste.csv", tc.text)
			page.says(t, http.StatusOK, tc.says, "30 Personen an 1 Schule.")
			l.take("liste.csv", tc.text)
			l.has(want)
		})
	}
}

func TestFX05_TheSampleOfUCSFromThePage(t *testing.T) {
	l := newLister(t)
	text := "Schulen\tBenutzertyp\tVorname\tNachname\tKlassen\tBeschreibung\tTelefon\tEMail\r\nsued\tschueler\tÁnna\tÇelik\tsued-1A\tx\t0421\tanna@sued.example\r\nsued\tlehrer\tUwe\tGroß\tsued-1A\t\t\tuwe@sued.example\r\n"
	l.take("user_new_example.csv", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text))
	l.has(map[string]string{"Çelik, Ánna": "1A", "Groß, Uwe": ""})
}

func TestFX06_QuotesSeparatorsAndLineBreaksFromThePage(t *testing.T) {
	for _, comma := range []string{";", ","} {
		l := newLister(t)
		row := func(cells ...string) string { return strings.Join(cells, comma) + "\n" }
		l.take("liste.csv", row("Vorname", "Nachname", "Klasse", "Import-ID", "Typ", "Bemerkung")+row("Anna", `"Müller; Anna"`, "5a", "1", "Schüler", "\"zwei\nZeilen\"")+row("Tom", `"Stern, von"`, "5a", "2", "Schüler", ""))
		l.has(map[string]string{"Müller; Anna, Anna": "5a", "Stern, von, Tom": "5a"})
	}
}

func TestFX07_DaysFromThePage(t *testing.T) {
	l := newLister(t)
	heads := "Vorname;Nachname;Klasse;Import-ID;Typ;Entlassdatum\n"
	good := heads
	for i, day := range []string{"01.08.2099", "2099-08-01", "20990801", "1.8.2099", "72899"} {
		good += fmt.Sprintf("Kind %d;Tag;5a;%d;Schüler;%s\n", i, i, day)
	}
	run := l.plan("liste.csv", good)
	l.get(run+"/0?names=goes").says(t, http.StatusOK, "01.08.2099", "Tag, Kind 4")
	_, page := l.look("falsch.csv", heads+"Lena;Tag;5a;1;Schüler;01.08.2099\nTom;Tag;5a;2;Schüler;31.02.2099\n")
	page.says(t, http.StatusOK, "Zeile 3, Spalte „Entlassdatum“")
	page.hides(t, "Vorschau zeigen")
}

func TestFX08_OneClassHoweverWrittenFromThePage(t *testing.T) {
	l := newLister(t)
	l.take("liste.csv", fxHeads+"A;Eins;Klasse 5a;1;Schüler\nB;Zwei;5a;2;Schüler\nC;Drei;05A;3;Schüler\nD;Vier;5 a;4;Schüler\n")
	classes := map[string]bool{}
	for _, c := range l.people(l.south) {
		classes[c] = true
	}
	if len(classes) != 1 || len(l.people(l.south)) != 4 {
		t.Errorf("%v", l.people(l.south))
	}
}

func TestFX09_FormsOfLettersAreOnePersonFromThePage(t *testing.T) {
	l := newLister(t)
	l.take("nfc.csv", fxHeads+norm.NFC.String("Jürgen;Öz;5a;;Schüler\n"))
	run := l.plan("nfd.csv", fxHeads+norm.NFD.String("Jürgen;Öz;5a;;Schüler\n"))
	l.get(run).says(t, http.StatusOK, "Vorschau: 0 Änderungen")
	l.has(map[string]string{norm.NFC.String("Öz, Jürgen"): "5a"})
}

func TestFX10_IDsFromThePage(t *testing.T) {
	l := newLister(t)
	_, page := l.look("ohne.csv", fxHeads+"Lena;Fuchs;5a;;Schüler\nTom;Weiß;5a;2;Schüler\n")
	page.says(t, http.StatusOK, "Zeile 2", "Vorschau zeigen") // warned
	l.take("liste.csv", fxHeads+"Lena;Fuchs;5a;1;Schüler\nTom;Weiß;5a;2;Schüler\n")
	_, page = l.look("doppelt.csv", fxHeads+"Lena;Fuchs;5a;1;Schüler\nTom;Weiß;5a;1;Schüler\n")
	page.hides(t, "Vorschau zeigen") // stopped
	run := l.plan("anders.csv", fxHeads+"Lena;Fuchs;5a;9;Schüler\nTom;Weiß;5a;2;Schüler\n")
	asked := l.get(run + "/0")
	asked.says(t, http.StatusOK, "Offene Zuordnungen", "Fuchs, Lena")
	if l.post(run+"/0/apply", nil).Status != http.StatusConflict {
		t.Error("taken over with a question open")
	}
	name := selects.FindStringSubmatch(asked.Body)[1]
	person := regexp.MustCompile(`<option value="([0-9a-f-]{30,})"`).FindStringSubmatch(selects.FindString(asked.Body))[1]
	l.post(run+"/0/answers", url.Values{name: {person}})
	l.post(run+"/0/apply", nil)
	l.has(map[string]string{"Fuchs, Lena": "5a", "Weiß, Tom": "5a"})
}

func TestFX11_OnePersonAtSeveralSchoolsFromThePage(t *testing.T) {
	l := newLister(t)
	l.at = ""
	heads := "Vorname;Nachname;Klasse;Import-ID;Typ;Schule;Unterrichtet\n"
	l.take("liste.csv", heads+"Lena;Fixtur;5a;1;Schüler;Realschule Süd;\nUwe;Fixtur;;L1;Lehrer;Realschule Süd;5a\nUwe;Fixtur;;L1;Lehrer;Gymnasium Nord;\nUwe;Fixtur;;L1;Lehrer;Grundschule am Anger;\n"+
		"Lena;Fixtur;;1;Schüler;Gymnasium Nord;\n")
	found, err := l.w.st.Persons(context.Background(), l.w.by, store.PersonFilter{Text: "Fixtur", Limit: 50})
	if err != nil || len(found.Rows) != 2 {
		t.Fatalf("%d people, %v", len(found.Rows), err)
	}
	for _, at := range []school.SchoolID{l.south, l.w.Nord, l.w.Anger} {
		if _, there := l.people(at)["Fixtur, Uwe"]; !there {
			t.Errorf("the teacher is not at %s", at)
		}
	}
	if _, there := l.people(l.w.Nord)["Fixtur, Lena"]; !there {
		t.Error("the pupil is not at the second school")
	}

	// FX-19: what leaves for Apple comes back as the same.
	made := l.post("/rosters/asm", nil)
	if made.Status != http.StatusOK {
		t.Fatalf("%d %.200s", made.Status, made.Body)
	}
	words, err := roster.CheckASM(strings.NewReader(made.Body), int64(len(made.Body)), roster.ASMOptions{})
	if err != nil || len(words) > 0 {
		t.Errorf("its own check says %+v %v", words, err)
	}
	l.source = "new"
	back := l.plan("asm.zip", made.Body)
	l.get(back).hides(t, "Abgang", "Abgänge", "neue Person", "Klassenwechsel", "umbenannt")
}

func TestFX12_WithoutClassAndMixedClassesFromThePage(t *testing.T) {
	l := newLister(t)
	run := l.plan("liste.csv", fxHeads+"Ada;Ohne;;1;Schüler\nBen;Flex;Delfine;2;Schüler\nCem;Klein;0b;3;Schüler\n")
	l.get(run+"/0").says(t, http.StatusOK, "ohne Klasse", "Klasse ohne Jahrgang", "Klasse mit weniger als fünf Personen")
	l.post(run+"/0/apply", nil)
	l.has(map[string]string{"Ohne, Ada": "", "Flex, Ben": "Delfine", "Klein, Cem": "0b"})
}

func TestFX13_TheTurnOfAYearFromThePage(t *testing.T) {
	l := newLister(t)
	list := func(year int) string {
		text := fxHeads
		for grade := 5; grade <= 10; grade++ { // born into grade 5 in the year "entry"
			entry := year - grade
			for i := range 12 {
				text += fmt.Sprintf("Kind %c;Jahr%d;%da;%d-%d;Schüler\n", 'A'+i, 100+entry, grade, entry, i)
			}
		}
		return text
	}
	l.take("alt.csv", list(20))
	run := l.plan("neu.csv", list(21))
	part := l.get(run + "/0")
	part.says(t, http.StatusOK, "12 von 72 Personen würden die Schule verlassen.", "die Zahl 12")
	l.get(run).says(t, http.StatusOK, "12 Abgänge")
	l.post(run+"/0/apply", nil).says(t, http.StatusUnprocessableEntity)
	if a := l.post(run+"/0/apply", url.Values{"typed": {"12"}}); a.Location != run {
		t.Fatalf("%d\n%s", a.Status, a.Body)
	}
	got := l.people(l.south)
	if len(got) != 72 || got["Jahr111, Kind A"] != "10a" {
		t.Errorf("%d people, %q", len(got), got["Jahr111, Kind A"])
	}
}

func TestFX14_AFileThatWasCutOffFromThePage(t *testing.T) {
	l := newLister(t)
	text := fxHeads
	for i := range 120 {
		text += fmt.Sprintf("Kind %d;Lang;%da;%d;Schüler\n", i, 5+i/30, i)
	}
	l.take("ganz.csv", text)
	cut := strings.Join(strings.SplitAfter(text, "\n")[:101], "")
	run := l.plan("halb.csv", cut)
	l.get(run+"/0").says(t, http.StatusOK, "Die Datei enthält 100 von zuletzt 120 Personen.", "die Zahl 20")
	l.post(run+"/0/apply", nil).says(t, http.StatusUnprocessableEntity)
	if n := len(l.people(l.south)); n != 120 {
		t.Errorf("%d people stay", n)
	}
	_, page := l.look("mitten.csv", cut+"Kind;La")
	page.hides(t, "Vorschau zeigen")
}

func TestFX15_UntidyHeadsFromThePage(t *testing.T) {
	l := newLister(t)
	text := "Vornahme;Nachnahme;Klassse;Import ID;Typ;Lieblingsfarbe;;;\nLena;Fuchs;5a;1;Schüler;rot;;;\n;;;;;;;;\n\n"
	_, page := l.look("liste.csv", text)
	page.says(t, http.StatusOK, "Vornahme", "Lieblingsfarbe", "Vermutlich so gemeint. Bitte prüfen.")
	l.take("liste.csv", text)
	l.has(map[string]string{"Fuchs, Lena": "5a"})
}

func TestFX16_WithoutHeadsFromThePage(t *testing.T) {
	l := newLister(t)
	line := func(short, family, given, sex, born, key string) string {
		return fmt.Sprintf("%q;%q;\"\";\"\";\"\";\"\";\"\";%q;\"\";\"5a\";%q;\"\";%q;\"\";%q\n", short, family, given, sex, born, key)
	}
	l.take("GPU010.txt", line("FuLe", "Fuchs", "Lena", "1", "20150801", "u-1")+line("WeTo", "Weiß", "Tom", "2", "20150802", "u-2"))
	l.has(map[string]string{"Fuchs, Lena": "5a", "Weiß, Tom": "5a"})
	_, page := newLister(t).look("liste.csv", "Lena;Fuchs;F9FXK2ABCD\nTom;Weiß;SF9FXK2ABCE\n") // devices beside names, of Classload
	page.says(t, http.StatusOK, "Classload")
}

func TestFX17_FormulasAreTextFromThePage(t *testing.T) {
	l := newLister(t)
	l.take("liste.csv", fxHeads+"\"=HYPERLINK(\"\"https://x.example\"\")\";Fuchs;5a;1;Schüler\n@x;Weiß;5a;2;Schüler\n+49;Stern;5a;3;Schüler\nLena;=1+1;5a;4;Schüler\n")
	l.has(map[string]string{`Fuchs, =HYPERLINK("https://x.example")`: "5a", "Weiß, @x": "5a", "Stern, +49": "5a", "=1+1, Lena": "5a"})
	out := l.get("/people?school=" + string(l.south) + "&format=csv").Body
	for _, bad := range []string{";=", ";@", ";+", "\n=", "\n@", "\n+", "\"=", "\"@"} {
		if strings.Contains(out, bad) {
			t.Errorf("a spreadsheet would run %q\n%s", bad, out)
		}
	}
	if !strings.Contains(out, "'=1+1, Lena") {
		t.Errorf("a formula is gone\n%s", out)
	}
}

// Names of DIN 91379, also those that are put together of several signs, go in and come out as they are written.
func TestFX20_NamesGoInAndComeOut(t *testing.T) {
	l := newLister(t)
	names := []string{"Łukasz", "Đặng", "Ğül", "Iłona", "Ștefan", "Þóra", "Ŷvonne", "A̋gnes", "M̂arta", "Ḩaļina", "ẞtefan", "Ñuño", "Œuvre", "K̄atja", "L̥ina"}
	text, want := fxHeads, map[string]string{}
	for i, n := range names {
		n = norm.NFC.String(n)
		text += fmt.Sprintf("%s;O’Neill-%s;5a;%d;Schüler\n", n, n, i)
		want["O’Neill-"+n+", "+n] = "5a"
	}
	l.take("liste.csv", text)
	l.has(want)
	for name := range maps.Keys(want) {
		l.get("/people?q="+url.QueryEscape(name)).says(t, http.StatusOK, name)
	}
	list, err := l.w.st.Persons(context.Background(), l.w.by, store.PersonFilter{School: l.south, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list.Rows {
		if pdf := l.get("/people/" + string(p.ID) + "/data.pdf"); pdf.Status != http.StatusOK || !strings.HasPrefix(pdf.Body, "%PDF") {
			t.Errorf("%s: no paper, %d", p.Name(), pdf.Status)
		}
	}
}
