package enroll

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
)

func TestDeliveryNotesOutOfEverySpreadsheet(t *testing.T) {
	want := []store.Announced{{Row: 2, Serial: "DMPX00TEST01", School: "Grundschule Süd", Place: "Koffer 3"}, {Row: 3, Serial: "DMPX00TEST02", School: "Gymnasium; Nord"}}
	german := "Seriennummer;Schule;Raum\r\nDMPX00TEST01;Grundschule Süd;Koffer 3\r\nDMPX00TEST02;\"Gymnasium; Nord\";\r\n"
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(german)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	later := func(rows []store.Announced, by int) (out []store.Announced) {
		for _, r := range rows {
			r.Row += by
			out = append(out, r)
		}
		return out
	}
	for name, test := range map[string]struct {
		file string
		want []store.Announced
	}{
		"semicolons":                 {german, want},
		"with a mark":                {"\ufeff" + german, want},
		"UTF-16 of Excel":            {string(wide), want},
		"Windows-1252":               {strings.ReplaceAll(german, "ü", "\xfc"), want},
		"commas, English":            {"Serial No.,School,Room\nDMPX00TEST01,Grundschule Süd,Koffer 3\nDMPX00TEST02,Gymnasium; Nord,\n", want},
		"tabs, other order":          {"SCHOOL\tlocation\tS/N\nGrundschule Süd\tKoffer 3\tDMPX00TEST01\nGymnasium; Nord\t\tDMPX00TEST02", want},
		"columns nobody asked for":   {"Pos;Artikel;Seriennummer;Preis;Schule;Ort\n1;iPad;DMPX00TEST01;\"399,00\";Grundschule Süd;Koffer 3\n2;iPad;DMPX00TEST02;\"399,00\";\"Gymnasium; Nord\";\n", want},
		"Excel says its separator":   {"sep=;\r\n" + german, later(want, 1)},
		"rows that end early":        {"Seriennummer;Schule;Raum\nDMPX00TEST01;Grundschule Süd;Koffer 3\nDMPX00TEST02;\"Gymnasium; Nord\"\n", want},
		"empty lines between":        {"Seriennummer;Schule;Raum\n\n;;\nDMPX00TEST01;Grundschule Süd;Koffer 3\nDMPX00TEST02;\"Gymnasium; Nord\";\n;;\n", later(want, 2)},
		"one column":                 {"Serial Number\nDMPX00TEST01\n", []store.Announced{{Row: 2, Serial: "DMPX00TEST01"}}},
		"every column":               {"Seriennummer;Inventarnummer;Schule;Klasse;Person;Platz;Lieferung\nA;B;C;D;E;F;G\n", []store.Announced{{Row: 2, Serial: "A", Number: "B", School: "C", Class: "D", Person: "E", Place: "F", Batch: "G"}}},
		"made text by an export":     {"Seriennummer;Schule\nA;'=1+1\nB;'Nord\n", []store.Announced{{Row: 2, Serial: "A", School: "=1+1"}, {Row: 3, Serial: "B", School: "'Nord"}}},
		"a separator in the heading": {"\"Schule; Ort\";Seriennummer;Schule\nx;A;Nord\n", []store.Announced{{Row: 2, Serial: "A", School: "Nord"}}},
	} {
		got, problems, err := ParseAnnouncement([]byte(test.file))
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", name, problems, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestFilesThatAreNoDeliveryNote(t *testing.T) {
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"empty":                {nil, "csv.empty"},
		"a heading alone":      {[]byte("Seriennummer;Schule\n"), "csv.empty"},
		"no serial numbers":    {[]byte("Schule;Klasse\nNord;7b\n"), "csv.column_missing"},
		"a column twice":       {[]byte("Seriennummer;Serial\nA;B\n"), "csv.column_twice"},
		"an old workbook":      {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "csv.spreadsheet"},
		"no text":              {[]byte("Seriennummer;Schule\nA\x00B;C\n"), "csv.text"},
		"too big":              {make([]byte, maxFile+1), "csv.size"},
		"too many rows":        {[]byte("SN\n" + strings.Repeat("A\n", maxRows+1)), "csv.rows"},
		"an open quote at top": {[]byte("\"Seriennummer;Schule\nA;B\n"), "csv.quote"},
	} {
		rows, _, err := ParseAnnouncement(test.file)
		if codeOf(err) != test.want || rows != nil {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	_, _, err := ParseAnnouncement([]byte("Schule;Klasse; ;Gerät\nNord;7b;;x\n"))
	if e, ok := err.(*school.Error); !ok || e.Args[0] != "Seriennummer" || e.Args[1] != "Schule, Klasse, Gerät" {
		t.Errorf("the columns that were found are not named: %+v", err)
	}
}

func TestRowsWithProblemsAreListedBesideTheOthers(t *testing.T) {
	file := "Seriennummer;Schule\nA;Nord\nB;Nord;zu viel;x\nC;\"No\"rd\nD;" + strings.Repeat("x", maxField+1) + "\nE;Süd\n"
	rows, problems, err := ParseAnnouncement([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	var serials []string
	for _, r := range rows {
		serials = append(serials, r.Serial)
	}
	type row struct {
		Row  int
		Code string
	}
	var got []row
	for _, p := range problems {
		got = append(got, row{p.Row, p.Code})
	}
	if diff := cmp.Diff([]row{{3, "csv.fields"}, {4, "csv.quote"}, {5, "csv.field"}}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"A", "E"}, serials); diff != "" {
		t.Error(diff)
	}
	_, problems, err = ParseAnnouncement([]byte("Seriennummer\n" + strings.Repeat("A;B\n", 10_000)))
	if err != nil || len(problems) != maxProblems {
		t.Errorf("%d problems, %v", len(problems), err)
	}
}

func TestExportIsTextAndComesBack(t *testing.T) {
	rows := []store.Announced{{Serial: "A", Number: "=HYPERLINK(\"https://x.example\")", School: "Größe; \"Nord\"", Class: "+7b", Person: "-1", Place: "@x", Batch: " =1"}, {Serial: "B"}}
	var b bytes.Buffer
	if err := WriteAnnouncement(&b, rows); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
	r.Comma = ';'
	table, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range table {
		for _, cell := range record {
			if cell != "" && strings.ContainsAny(strings.TrimLeft(cell, " ")[:1], "=+-@\t\r\n") {
				t.Errorf("a spreadsheet calculates %q", cell)
			}
		}
	}
	back, problems, err := ParseAnnouncement(b.Bytes())
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	rows[0].Row, rows[1].Row = 2, 3
	if diff := cmp.Diff(rows, back); diff != "" {
		t.Error(diff)
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, first := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "  ="} {
		var b bytes.Buffer
		out := NewCSV(&b)
		if err := errors.Join(out.Line([]string{first + "1", "a" + first}), out.Close()); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
		r.Comma = ';'
		got, err := r.Read()
		if err != nil || len(got) != 2 || !strings.HasPrefix(got[0], "'") || !strings.HasPrefix(got[1], "a") {
			t.Errorf("%q: %q %v", first, got, err)
		}
	}
}

func FuzzParseAnnouncement(f *testing.F) {
	for _, seed := range []string{"Seriennummer;Schule\nA;B\n", "SN,School\n\"A\",\"B\n\"\n", "sep=\t\nSN\tOrt\nA\tB", "\xff\xfeS\x00N\x00\n\x00A\x00", "SN\n\"", "PK\x03\x04", "\xef\xbb\xbfSN\nA", "S\xfc;SN\n;\xe4"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, problems, err := ParseAnnouncement(file)
		if err != nil && (rows != nil || problems != nil || school.KindOf(err) != school.Invalid) {
			t.Errorf("%d rows, %d problems and %v", len(rows), len(problems), err)
		}
		var b bytes.Buffer
		for _, r := range rows {
			if r.Row < 2 || !utf8.ValidString(r.Serial) {
				t.Errorf("row %+v", r)
			}
		}
		if err := WriteAnnouncement(&b, rows); err != nil {
			t.Error(err)
		}
	})
}
