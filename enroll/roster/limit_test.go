package roster_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"ranzen/enroll/roster"
	"ranzen/store/school"
)

// refusedAs reads what must not be read and compares the word for it.
func refusedAs(t *testing.T, name, text, code string) {
	t.Helper()
	_, err := roster.Read(input(name, text))
	var e *school.Error
	if !errors.As(err, &e) || e.Code != "roster."+code {
		t.Errorf("%s: %v, want %s", name, err, code)
	}
}

func TestWhatIsNoRosterIsSaidByName(t *testing.T) {
	for _, tc := range []struct{ name, text, code string }{
		{"a.csv", "", "empty"}, {"a.csv", " \r\n", "empty"},
		{"a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"}, {"a.pdf", "%PDF-1.7", "pdf"}, {"a.xml", "<?xml version=\"1.0\"?><a/>", "xml"},
		{"a.gz", "\x1f\x8b\x08", "packed"}, {"a.zip", zipOf(map[string]string{"readme.txt": "x"}), "archive"}, {"a.zip", "PK\x03\x04 and no more", "broken"},
		{"a.bin", "a\x00\x01b" + strings.Repeat("xyz", 100), "binary"}, {"a.json", `{"schueler":[],"klassen":[`, "broken"},
		{"a.csv", "Vorname;Nachname\n" + strings.Repeat("a", 65<<10) + ";b\n", "cell"}, {"a.csv", strings.Repeat(";", 1100), "columns"},
		{"a.csv", "Vorname;Nachname\nA;\"" + strings.Repeat("b;c\n", 100), "quote"},
		{"a.zip", zipOf(map[string]string{"students.csv": "person_id\n", "locations.csv": "location_id,location_name\n"}), "head_missing"},
		{"a.zip", zipOf(map[string]string{"a/users.csv": "x", "b/users.csv": "y"}), "twice"},
	} {
		refusedAs(t, tc.name, tc.text, tc.code)
	}
	var e *school.Error
	if _, err := roster.Read(roster.Input{Name: "l.csv", Data: strings.NewReader("a;b"), Size: 3, Format: "svws"}); !errors.As(err, &e) || e.Code != "roster.medium" {
		t.Errorf("%v", err)
	}
	if _, err := roster.Read(roster.Input{Name: "l.csv", Data: zeros{}, Size: 65 << 20}); !errors.As(err, &e) || e.Code != "roster.empty" && e.Code != "roster.size" && e.Code != "roster.binary" {
		t.Errorf("%v", err)
	}
	refusedAs(t, "many.csv", "Vorname;Nachname\n"+strings.Repeat("a;b\n", 100_001), "rows")
	refusedAs(t, "many.json", `[`+strings.Repeat(`{"vorname":"a","nachname":"b"},`, 100_001)+`{}]`, "rows")
}

// zeros is a file without an end.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// bomb is an archive of which one file unpacks to more than everything may: a megabyte, packed once and told 210 times.
func bomb(t *testing.T, name string, head string, others map[string]string) string {
	t.Helper()
	var block, b bytes.Buffer
	packer, _ := flate.NewWriter(&block, flate.BestSpeed)
	io.WriteString(packer, head)
	packer.Flush()
	start := block.Len()
	io.WriteString(packer, strings.Repeat("\n", 1<<20))
	packer.Flush()
	z := zip.NewWriter(&b)
	for n, text := range others {
		w, _ := z.Create(n)
		io.WriteString(w, text)
	}
	packed := append(block.Bytes()[:start:start], bytes.Repeat(block.Bytes()[start:], 210)...)
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(len(packed)), UncompressedSize64: 210 << 20})
	if err != nil {
		t.Fatal(err)
	}
	w.Write(packed)
	z.Close()
	if b.Len() > 2<<20 {
		t.Fatalf("the bomb is %d bytes", b.Len())
	}
	return b.String()
}

func TestBombsAreNotUnpacked(t *testing.T) {
	book := map[string]string{"xl/workbook.xml": `<workbook><sheets><sheet name="a" id="r1"/></sheets></workbook>`}
	refusedAs(t, "a.xlsx", bomb(t, "xl/worksheets/sheet1.xml", "<worksheet>", book), "unpacked")
	refusedAs(t, "a.zip", bomb(t, "users.csv", "sourcedId,givenName,familyName\n", map[string]string{"orgs.csv": "sourcedId\n"}), "unpacked")
	defer roster.ShareLess(1 << 20)()
	shared := map[string]string{"xl/workbook.xml": book["xl/workbook.xml"], "xl/worksheets/sheet1.xml": "<a/>",
		"xl/sharedStrings.xml": "<sst>" + strings.Repeat("<si><t>"+strings.Repeat("x", 60_000)+"</t></si>", 20) + "</sst>"}
	refusedAs(t, "a.xlsx", zipOf(shared), "unpacked")
	if _, err := roster.Read(input("deep.json", `{"a":`+strings.Repeat("[", 200_000)+`}`)); err == nil {
		t.Error("a document without a bottom was read")
	}
	many := map[string]string{}
	for i := range 2100 {
		many[fmt.Sprint(i)] = ""
	}
	refusedAs(t, "a.zip", zipOf(many), "entries")
}

func TestASpreadsheetIsReadWithoutCalculating(t *testing.T) {
	res := read(t, "l.xlsx", xlsxOf([]string{"Vorname", "Nachname", "Klasse"}, []string{"Lena", "Özdemir & Söhne", "5a"}))
	if p := people(res); len(p) != 1 || p[0].Family != "Özdemir & Söhne" || res.Detected.Medium != "xlsx" || res.Detected.Sheet != "Liste" {
		t.Fatalf("%+v", res)
	}
	t.Run("formulas stop", func(t *testing.T) {
		res := read(t, "l.xlsx", book(`<row r="1"><c r="A1" t="str"><v>Vorname</v></c><c r="B1" t="str"><v>Nachname</v></c></row><row r="2"><c r="A2" t="str"><v>Lena</v></c><c r="B2" t="str"><f>[1]Other!A1</f><v>Alt</v></c></row>`, "", ""))
		if w := said(res, "calculated"); len(w) != 1 || w[0].Row != 2 || !w[0].Stop || strings.Contains(fmt.Sprintf("%+v", res), "Alt") {
			t.Errorf("%+v", res)
		}
	})
	t.Run("days are days", func(t *testing.T) {
		m, _ := roster.MappingOf("csv")
		m.Adult = true
		in := input("l.xlsx", book(`<row r="1"><c r="A1" t="str"><v>Vorname</v></c><c r="B1" t="str"><v>Nachname</v></c><c r="C1" t="str"><v>Geburtsdatum</v></c><c r="D1" t="str"><v>ID</v></c></row>`+
			`<row r="3"><c r="A3" t="str"><v>Lena</v></c><c r="B3" t="str"><v>Meer</v></c><c r="C3" s="1"><v>40391</v></c><c r="D3"><v>4711</v></c></row>`, "",
			`<numFmts><numFmt numFmtId="165" formatCode="m/d/yy;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="165"/></cellXfs>`))
		in.Mapping = &m
		res, err := roster.Read(in)
		if err != nil {
			t.Fatal(err)
		}
		if p := people(res)[0]; p.AdultFrom.Format("2006-01-02") != "2028-08-01" || p.ID != "4711" || p.Row != 3 {
			t.Errorf("%+v", p)
		}
	})
}

func TestWhatIsPrivateIsNeverKept(t *testing.T) {
	heads := []string{"ID", "Vorname", "Nachname", "Klasse"}
	cells := []string{"1", "Lena", "Meer", "5a"}
	for _, h := range []string{"Geburtsdatum", "Geschlecht", "m/w/d", "Konfession", "Religionszugehörigkeit", "Straße", "PLZ", "Wohnort", "Telefon (Mutter)", "Passwort", "Startpasswort", "Staatsangehörigkeit", "Muttersprache", "Erzieher 1: Nachname", "Sorgeberechtigte", "password",
		"Geburtsort", "E-Mail (privat)", "Ausweisnummer", "Förderschwerpunkt", "Handynummer", "birthDate", "Geschlehct", "Passwrot"} {
		heads, cells = append(heads, h), append(cells, "GEHEIM")
	}
	heads, cells = append(heads, "Lieblingsfarbe"), append(cells, "blau")
	res := read(t, "l.csv", csvOf(";", heads, cells))
	if text := fmt.Sprintf("%+v", res); strings.Contains(text, "GEHEIM") {
		t.Errorf("something private is kept: %s", text)
	}
	if n := len(said(res, "private_column")); n < len(heads)-6 {
		t.Errorf("%d of %d private columns are said: %+v", n, len(heads)-5, res.Roster.Words)
	}
	if len(people(res)) != 1 || strings.Contains(fmt.Sprintf("%+v", res.Roster), "blau") {
		t.Errorf("%+v", res.Roster)
	}
	for _, h := range []string{"Geburtsdatum", "Passwort", "Straße"} {
		m := roster.Mapping{Format: "csv", Columns: []roster.Rule{{Field: roster.Login, Heads: []string{h}}}}
		if err := m.Check(); err == nil {
			t.Errorf("a mapping keeps %s", h)
		}
	}
}

func TestAMappingIsData(t *testing.T) {
	for _, f := range roster.Formats() {
		m, ok := roster.MappingOf(f.ID)
		if ok != f.Table {
			t.Errorf("%s: a table %v, a mapping %v", f.ID, f.Table, ok)
		}
		if !ok {
			continue
		}
		back, err := roster.ParseMapping(m.JSON())
		if err != nil || string(back.JSON()) != string(m.JSON()) {
			t.Errorf("%s: %v", f.ID, err)
		}
	}
	for _, bad := range []string{``, `{}`, `{"format":"nie"}`, `{"format":"csv","columns":[{"field":"religion","heads":["a"]}]}`, `{"format":"csv","delimiter":"x"}`, `{"format":"csv","unknown":1}`,
		`{"format":"csv","encoding":"ebcdic"}`, `{"format":"csv","constants":{"id":"1"}}`, `{"format":"csv","kinds":{"default":"king"}}`, `{"format":"csv"}{}`, `{"format":"csv","columns":[{"field":"id"}]}`, `{"format":"csv","skip":-1}`} {
		if _, err := roster.ParseMapping([]byte(bad)); err == nil {
			t.Errorf("%s is a mapping", bad)
		}
	}
	m := roster.Mapping{Format: "csv", Only: true, Delimiter: "|", Encoding: roster.Windows1252, Header: "yes", Skip: 1, Lists: "/", Partial: true, Left: []string{"weg"},
		Columns: []roster.Rule{{Field: roster.Given, Heads: []string{"V"}}, {Field: roster.Family, Heads: []string{"N"}}, {Field: roster.Class, Heads: []string{"K"}}, {Field: roster.Status, Heads: []string{"S"}}},
		Classes: roster.ClassRule{Prefixes: []string{"GYM_"}, None: []string{"keine"}}, Kinds: roster.KindRule{Default: school.Staff}, Constants: map[roster.Field]string{roster.School: "77", roster.Year: "2026/2027"}}
	in := input("l.csv", "# Kommentar\nV|N|K|S|Vorname\nL\xf6na|Meer|GYM_5a/GYM_5b|da|x\nTom|Berg|keine|da|x\nAda|Au|GYM_5a|weg|x\n")
	in.Mapping = &m
	res, err := roster.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	s := res.Roster.Schools[0]
	if s.Number != "77" || !s.Partial || res.Roster.Year != "2026/27" || len(s.People) != 2 || s.People[0].Given != "Löna" || strings.Join(s.People[0].Teaches, ",") != "5a,5b" || s.People[0].Kind != school.Staff {
		t.Errorf("%+v", res.Roster)
	}
}

func TestStatusKindAndLeavers(t *testing.T) {
	res := read(t, "schild.csv", "Interne ID-Nummer;Vorname;Nachname;Klasse;Status;Entlassdatum;Schuljahr;E-Mail (schulisch)\n1;A;A;5a;2;31.01.2027;2026/27;a@s.example\n2;B;B;5a;9;;2026/27;\n3;C;C;;0;;2026/27;keine\n")
	got := people(res)
	if res.Detected.Format != "schild" || len(got) != 2 || got[0].Until.Format("2006-01-02") != "2027-01-31" || got[0].Email != "a@s.example" || got[1].Email != "" || res.Roster.Year != "2026/27" {
		t.Errorf("%+v", res)
	}
	if len(said(res, "left_gone")) != 1 || len(said(res, "email")) != 1 {
		t.Errorf("%+v", res.Roster.Words)
	}
	res = read(t, "lehrkraefte.csv", "Name;Kürzel\nvon der Heide, Anna;HEI\nAda Maria Stern;STE\n")
	if p := people(res); len(p) != 2 || p[0].Kind != school.Teacher || p[0].Family != "von der Heide" || p[0].Given != "Anna" || p[1].Family != "Stern" || p[1].Given != "Ada Maria" || p[1].ID != "STE" {
		t.Errorf("%+v", p)
	}
	res = read(t, "l.csv", "Name;Vorname;Klasse\nvon der Heide;Anna;5a\n")
	if p := people(res); p[0].Family != "von der Heide" || p[0].Given != "Anna" {
		t.Errorf("%+v", p)
	}
}

func TestManyWordsAreCounted(t *testing.T) {
	res := read(t, "l.csv", "ID;Vorname;Nachname;Klasse;E-Mail\n"+strings.Repeat("x;A;B;5a;kaputt\n", 1)+func() string {
		var b strings.Builder
		for i := range 500 {
			fmt.Fprintf(&b, "%d;A%d;B;5a;kaputt\n", i, i)
		}
		return b.String()
	}())
	w := said(res, "email")
	if len(w) != 50 || w[49].More != 451 {
		t.Errorf("%d listed, %d more", len(w), w[len(w)-1].More)
	}
}

// large is FX-18: a whole city in one file.
func large(n int) string {
	var b strings.Builder
	b.WriteString("GUID;Vorname;Nachname;Klasse/Information;Gruppen;Account;Schulnummer;E-Mail;Geburtsdatum;Straße\n")
	for i := range n {
		fmt.Fprintf(&b, "%032d;Lena-Sophie %d;Müller-Lüdenscheidt;Klasse %d%c;\"Klasse %d%c,Jahrgang %d,Schüler\";lena.sophie.mueller%d;1654%02d;lena.sophie.%d@schule.example;01.08.2010;Am langen Weg %d\n", i, i, 5+i%6, 'a'+i%5, 5+i%6, 'a'+i%5, 5+i%6, i, i%90, i, i)
	}
	return b.String()
}

func TestFX18_ALargeFileNeedsLittleMemory(t *testing.T) {
	text := large(45_000)
	if len(text) < 8<<20 {
		t.Fatalf("the file has %d bytes", len(text))
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res := read(t, "stadt.csv", text)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(people(res)) != 45_000 || len(res.Roster.Schools) != 90 {
		t.Fatalf("%d people, %d schools", len(people(res)), len(res.Roster.Schools))
	}
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 100<<20 {
		t.Errorf("the roster keeps %d MB", kept>>20)
	}
	runtime.KeepAlive(res)
}

func BenchmarkFX18(b *testing.B) {
	text := large(45_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := roster.Read(input("stadt.csv", text)); err != nil {
			b.Fatal(err)
		}
	}
}

// fuzz reads anything under a name and expects an error or a roster, never more.
func fuzz(f *testing.F, name string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, format := range []string{"", "csv"} {
			in := roster.Input{Name: name, Data: bytes.NewReader(text), Size: int64(len(text)), Now: today, Format: format}
			res, err := roster.Read(in)
			if err != nil {
				if school.KindOf(err) == "" {
					t.Errorf("not a refusal: %v", err)
				}
				continue
			}
			for _, s := range res.Roster.Schools {
				known := map[string]bool{}
				for _, c := range s.Classes {
					known[c.Name] = true
				}
				for _, p := range s.People {
					for _, c := range append(p.Classes, p.Teaches...) {
						if !known[c] {
							t.Errorf("%q is in no list of classes", c)
						}
					}
				}
			}
			if _, err := roster.Guess(in); err != nil {
				t.Errorf("read but not guessed: %v", err)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	fuzz(f, "l.csv", thirty(), utf16le(thirty()), twoSchools, "sep=;\nVorname;Nachname\n\"a\"b;\"c\"\"d\"\n", "Vorname,Nachname\r'=1,\"\n", "\xff\xfe", "a;b\r\rc|d\te")
}

func FuzzJSON(f *testing.F) {
	fuzz(f, "l.json", svwsOfSmall(false), svwsOfSmall(true), `[{"vorname":"A","nachname":["B",{"name":"C"}]}]`, `{"lernende":[{"schuelerUID":1}],"personal":{}}`, `{"schueler":null,"klassen":[{"id":{}}]}`)
}

func FuzzZIP(f *testing.F) {
	var set bytes.Buffer
	roster.WriteASM(&set, rosterOfSmall(), roster.ASMOptions{})
	fuzz(f, "l.zip", set.String(), oneRosterOfSmall(true), xlsxOf([]string{"Vorname", "Nachname"}, []string{"a", "b"}))
}

// FuzzSheet plays a spreadsheet whose one sheet is anything.
func FuzzSheet(f *testing.F) {
	for _, s := range []string{`<row r="1"><c r="A1" t="str"><v>Vorname</v></c></row>`, `<row><c t="s"><v>-1</v></c><c t="inlineStr"><is><r><t>a</t></r></is></c></row>`, `<row r="99999999999"><c r="ZZZ1"/></row>`, `<row`, `<!DOCTYPE a [<!ENTITY x "y">]><row>&x;</row>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if _, err := roster.Read(input("l.xlsx", book(data, "<si><t>x</t></si>", ""))); err != nil && school.KindOf(err) == "" {
			t.Errorf("not a refusal: %v", err)
		}
	})
}

func FuzzCheckASM(f *testing.F) {
	f.Add("person_id,person_number\n1,\"a\\\"b\"\n", ",")
	f.Fuzz(func(t *testing.T, students, locations string) {
		text := zipOf(map[string]string{"students.csv": students, "locations.csv": locations})
		if _, err := roster.CheckASM(strings.NewReader(text), int64(len(text)), roster.ASMOptions{}); err != nil && school.KindOf(err) == "" {
			t.Errorf("not a refusal: %v", err)
		}
	})
}
