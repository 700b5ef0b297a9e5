package roster_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"ranzen/enroll/roster"
	"ranzen/store/school"
)

// thirty are the lines of FX-01 to FX-04, with the letters on which old tables differ.
func thirty() string {
	out := [][]string{{"Import-ID", "Vorname", "Nachname", "Klasse"}}
	given, family := []string{"Žofie", "Štěpán", "Renée", "Jürgen", "Œdipe"}, []string{"Šimić", "Weiß", "D´Angelo", "Öz", "Kaiser €", "Großmann"}
	for i := range 30 {
		out = append(out, []string{fmt.Sprint(i + 1), given[i%5], family[i%6], fmt.Sprintf("%d%c", 5+i%3, 'a'+i%2)})
	}
	text := csvOf(";", out...)
	return strings.NewReplacer("ě", "e", "ć", "c").Replace(text) // ě and ć stand in neither of the old tables
}

func encoded(t *testing.T, table *charmap.Charmap, s string) string {
	t.Helper()
	if table == charmap.ISO8859_15 {
		s = strings.ReplaceAll(s, "´", "'")
	}
	out, err := table.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFX01_04_EveryEncodingGivesTheSamePeople(t *testing.T) {
	text := thirty()
	plain := strings.ReplaceAll(text, "´", "'")
	for _, tc := range []struct {
		fixture, text, want string
		enc                 roster.Encoding
		mark                bool
	}{
		{"FX-01", text, text, roster.UTF8, false},
		{"FX-02", "\ufeff" + text, text, roster.UTF8, true},
		{"FX-03", encoded(t, charmap.Windows1252, text), text, roster.Windows1252, false},
		{"FX-04", encoded(t, charmap.ISO8859_15, text), plain, roster.Latin9, false},
		{"FX-05", utf16le(text), text, roster.UTF16LE, true},
		{"FX-05 without mark", utf16le(text)[2:], text, roster.UTF16LE, false},
	} {
		res := read(t, "liste.csv", tc.text)
		if res.Detected.Encoding != tc.enc || res.Detected.Mark != tc.mark {
			t.Errorf("%s: detected %s, mark %v", tc.fixture, res.Detected.Encoding, res.Detected.Mark)
		}
		if d := cmp.Diff(read(t, "liste.csv", tc.want).Roster, res.Roster); d != "" || len(people(res)) != 30 {
			t.Errorf("%s: %s", tc.fixture, d)
		}
	}
}

func TestTheTwoOldTablesAreToldApart(t *testing.T) {
	for text, want := range map[string]roster.Encoding{
		"M\xfcller":               roster.Windows1252, // the same in both
		"D\xb4Angelo; O\xb4Neill": roster.Windows1252,
		"caf\xe9 \xbd Liter":      roster.Windows1252,
		"\x8aimic":                roster.Windows1252,
		"100 \xa4":                roster.Latin9,
		"\xa6imi\xe8":             roster.Latin9,
		"Ale\xa8":                 roster.Latin9,
		"\xb4i\xb8ka":             roster.Latin9,
		"\xbcuvre":                roster.Latin9,
	} {
		res := read(t, "l.csv", "Vorname;Nachname;Klasse\nA;"+text+";5a\n")
		if res.Detected.Encoding != want {
			t.Errorf("%q was taken for %s", text, res.Detected.Encoding)
		}
	}
}

func TestFX05_TheSampleOfUCS(t *testing.T) {
	res := read(t, "user_new_example.csv", utf16le("Schulen\tBenutzertyp\tVorname\tNachname\tKlassen\tBeschreibung\tTelefon\tEMail\r\nschule1\tstudent\tLena\tÖzdemir\tschule1-1A\tText\t0421\tlena@schule.example\r\nschule1,schule2\tteacher\tAda\tStern\tschule1-1A,schule2-2B\t\t\t\r\n"))
	if d := res.Detected; d.Format != "ucs" || d.Delimiter != "tab" || d.Encoding != roster.UTF16LE {
		t.Errorf("detected %+v", d)
	}
	s := res.Roster.Schools
	if len(s) != 2 || s[0].Number != "schule1" || len(s[0].People) != 2 || len(s[1].People) != 1 {
		t.Fatalf("%+v", s)
	}
	if p := s[0].People[0]; p.Email != "lena@schule.example" || !slices.Equal(p.Classes, []string{"1A"}) {
		t.Errorf("%+v", p)
	}
	if got := fmt.Sprint(s[0].People[1].Teaches, s[1].People[0].Teaches); got != "[1A] [2B]" {
		t.Errorf("each school has its own classes: %s", got)
	}
	if strings.Contains(fmt.Sprintf("%+v", res), "0421") {
		t.Error("a telephone number is kept")
	}
}

func TestFX06_QuotesSeparatorsAndLineBreaks(t *testing.T) {
	want := []string{"Müller; Anna|5a", "Zeile zwei|5b", `Hans "Hansi" Kurz|5a`, "a,b|5c"}
	for _, comma := range []string{";", ",", "\t", "|"} {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			text := strings.Join([]string{"Vorname" + comma + "Nachname" + comma + "Klasse",
				`X` + comma + `"Müller; Anna"` + comma + "5a",
				`X` + comma + `"Zeile` + end + `zwei"` + comma + "5b",
				`X` + comma + `"Hans ""Hansi"" Kurz"` + comma + "5a",
				`X` + comma + `"a,b"` + comma + `"5c"`}, end) + end
			res := read(t, "l.csv", text)
			var got []string
			for _, p := range people(res) {
				got = append(got, p.Family+"|"+strings.Join(p.Classes, ","))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q %q: %q", comma, end, got)
			}
			if rows := people(res); rows[2].Row != 5 {
				t.Errorf("behind a line break in quotes the lines are counted on: %d", rows[2].Row)
			}
		}
	}
}

func TestFX07_DaysAreReadOrRefusedNeverSwapped(t *testing.T) {
	m, _ := roster.MappingOf("csv")
	m.Adult = true
	for written, want := range map[string]string{
		"01.08.2010": "2028-08-01", "2010-08-01": "2028-08-01", "20100801": "2028-08-01", "1.8.10": "2028-08-01", "40391": "2028-08-01", "01.08.2010 00:00:00": "2028-08-01",
		"29.02.2008": "2026-03-01", "1.8.99": "2017-08-01", "2010-08-01T00:00:00Z": "2028-08-01",
		"1/8/2010": "", "08/01/2010": "", "31.02.2010": "", "2010-13-01": "", "01082010": "", "10122010": "", "1.8.": "", "gestern": "", "01-08-10": "", "4": "", "1.8.0010": "",
	} {
		in := input("l.csv", "Vorname;Nachname;Klasse;Geburtsdatum;ID\nLena;Meer;5a;"+written+";7\n")
		in.Mapping = &m
		res, err := roster.Read(in)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if d := people(res)[0].AdultFrom; !d.IsZero() {
			got = d.Format("2006-01-02")
		}
		if got != want {
			t.Errorf("%q makes of age on %q, want %q", written, got, want)
		}
		refused := said(res, "birth")
		if (want == "") != (len(refused) == 1) || want == "" && (refused[0].Row != 2 || !refused[0].Stop || refused[0].Value != "") {
			t.Errorf("%q: %+v", written, refused)
		}
		if want == "" && strings.Contains(fmt.Sprintf("%+v%v", res.Roster, res.Preview), written) && len(written) > 2 {
			t.Errorf("%q is repeated: %+v", written, res)
		}
	}
	for order, want := range map[string]string{"dmy": "2028-08-01", "mdy": "2028-01-08"} {
		m.Dates = order
		in := input("l.csv", "Vorname;Nachname;Klasse;Geburtsdatum\nLena;Meer;5a;1/8/2010\n")
		in.Mapping = &m
		res, err := roster.Read(in)
		if err != nil || people(res)[0].AdultFrom.Format("2006-01-02") != want {
			t.Errorf("%s: %v, %v", order, people(res), err)
		}
	}
}

func TestFX08_OneClassHoweverWritten(t *testing.T) {
	res := read(t, "l.csv", "Vorname;Nachname;Klasse\nA;A;Klasse 5a\nB;B;5a\nC;C;05A\nD;D;5 a\nE;E;5a\n")
	s := res.Roster.Schools[0]
	if len(s.Classes) != 1 || s.Classes[0].Name != "5a" {
		t.Fatalf("%+v", s.Classes)
	}
	for _, p := range s.People {
		if !slices.Equal(p.Classes, []string{"5a"}) {
			t.Errorf("%+v", p)
		}
	}
	if len(said(res, "spelled")) != 1 {
		t.Errorf("the spellings are not said: %+v", res.Roster.Words)
	}
}

func TestFX09_ComposedAndDecomposedLettersAreOneName(t *testing.T) {
	res := read(t, "l.csv", "ID;Vorname;Nachname;Klasse\n1;"+norm.NFC.String("Jürgen")+";Weiß;5a\n1;"+norm.NFD.String("Jürgen")+";Weiß;5b\n")
	got := people(res)
	if len(got) != 1 || got[0].Given != norm.NFC.String("Jürgen") || !slices.Equal(got[0].Classes, []string{"5a", "5b"}) {
		t.Errorf("%+v", got)
	}
}

func TestFX10_IDs(t *testing.T) {
	res := read(t, "l.csv", "ID;Vorname;Nachname;Klasse\n1;Lena;Meer;5a\n;Tom;Meer;5a\n1;Ada;Berg;5b\n")
	if w := said(res, "row_without_id"); len(w) != 1 || w[0].Row != 3 || w[0].Stop {
		t.Errorf("a line without id: %+v", w)
	}
	if w := said(res, "id_twice"); len(w) != 1 || w[0].Row != 4 || !w[0].Stop {
		t.Errorf("one id for two people: %+v", w)
	}
	t.Run("one column for the whole file", func(t *testing.T) {
		res := read(t, "iserv.csv", "GUID;Import-ID;Vorname;Nachname;Klasse\n;i1;Lena;Meer;5a\ng2;i2;Tom;Meer;5a\n;i3;Ada;Berg;5b\n")
		for i, p := range people(res) {
			if p.ID != fmt.Sprintf("i%d", i+1) {
				t.Errorf("%+v", p)
			}
		}
	})
	t.Run("two of one name in one class are two", func(t *testing.T) {
		res := read(t, "l.csv", "Vorname;Nachname;Klasse\nBen;Müller;5a\nBen;Müller;5a\n")
		if len(people(res)) != 2 || len(said(res, "twins")) != 1 || len(said(res, "no_id")) != 1 {
			t.Errorf("%+v", res.Roster)
		}
	})
}

// twoSchools is FX-11: a pupil at two schools, a teacher at three.
const twoSchools = "ID;Vorname;Nachname;Rolle;Klasse;Jahrgang;Schulnummer\np1;Lena;Meer;Schüler;5a;05;100\np1;Lena;Meer;Schüler;Chor;05;200\nt1;Ada;Stern;Lehrkraft;5a;;100\nt1;Ada;Stern;Lehrkraft;;;200\nt1;Ada;Stern;Lehrkraft;;;300\n"

func TestFX11_OnePersonAtSeveralSchools(t *testing.T) {
	res := read(t, "l.csv", twoSchools)
	var at []string
	for _, s := range res.Roster.Schools {
		for _, p := range s.People {
			at = append(at, s.Number+" "+p.ID)
		}
	}
	if got := strings.Join(at, ", "); got != "100 p1, 100 t1, 200 p1, 200 t1, 300 t1" {
		t.Error(got)
	}
	for _, w := range res.Roster.Words {
		if w.Stop {
			t.Errorf("%+v", w)
		}
	}
}

func TestFX12_WithoutClassAndMixedClasses(t *testing.T) {
	res := read(t, "l.csv", "Vorname;Nachname;Klasse;Jahrgang\nLena;Meer;;05\nTom;Berg;;\nAda;See;Eulen;E1\nBen;Au;Eulen;E2\nCem;Tal;7b;08\nDana;Hag;7b;08\n")
	s := res.Roster.Schools[0]
	if len(s.People) != 6 || s.People[0].Grade != "5" || len(s.People[0].Classes) != 0 {
		t.Errorf("%+v", s.People)
	}
	if w := said(res, "without_class"); len(w) != 1 || w[0].Row != 3 {
		t.Errorf("%+v", w)
	}
	for _, c := range s.Classes {
		if c.Name == "Eulen" && (c.Grade != "" || c.Course) || c.Name == "7b" && c.Grade != "8" {
			t.Errorf("%+v", c)
		}
	}
}

func TestFX14_ACutOffFileStops(t *testing.T) {
	whole := "ID;Vorname;Nachname;Klasse\n1;Lena;Meer;5a\n2;Tom;Berg;5a\n3;Ada;Stern;5b\n"
	if res := read(t, "l.csv", strings.TrimSuffix(whole, "\n")); len(people(res)) != 3 || len(said(res, "cut_off")) != 0 {
		t.Errorf("a last line without an end is a line: %+v", res.Roster)
	}
	res := read(t, "l.csv", whole[:len(whole)-6])
	if w := said(res, "cut_off"); len(w) != 1 || !w[0].Stop || w[0].Row != 4 {
		t.Errorf("%+v", res.Roster.Words)
	}
	_, err := roster.Read(input("l.csv", whole+"4;\"Ben;Au;5b\n5;Cem;Tal;5b\n"))
	var e *school.Error
	if !errors.As(err, &e) || e.Code != "roster.quote" || e.Row != 5 {
		t.Errorf("a quotation mark that is never closed: %v", err)
	}
}

func TestFX15_UntidyHeadsAreUnderstoodAndSaid(t *testing.T) {
	res := read(t, "l.csv", "Vornamme;Nachnmae;Klase;Lieblingstier;Geburtsdtum;;\nLena;Meer;5a;Igel;1.8.2010;;\n\nTom;Berg;5b;Hase;2.8.2010;;\n\n")
	got := people(res)
	if len(got) != 2 || got[0].Given != "Lena" || got[1].Family != "Berg" || !slices.Equal(got[1].Classes, []string{"5b"}) {
		t.Fatalf("%+v", got)
	}
	for code, n := range map[string]int{"head_guess": 3, "unknown_column": 1, "private_column": 1, "blank_lines": 1} {
		if len(said(res, code)) != n {
			t.Errorf("%s: %+v", code, res.Roster.Words)
		}
	}
	if strings.Contains(fmt.Sprintf("%+v", res), "2010") {
		t.Errorf("a birth date shows: %+v", res)
	}
	t.Run("too many cells", func(t *testing.T) {
		res := read(t, "l.csv", "Vorname;Nachname;Klasse\nLena;Meer;5a\nTom;Berg;Müller;5b\n")
		if w := said(res, "many_cells"); len(w) != 1 || !w[0].Stop || w[0].Row != 3 {
			t.Errorf("%+v", w)
		}
	})
}

func TestFX16_FilesWithoutHeads(t *testing.T) {
	res := read(t, "vertraege.csv", "Lena;Meer;SDMPQ1ABCDE2F\nTom;Berg;F9GX40ABCD1E\n")
	if res.Detected.Format != "classload" || res.Detected.Header != 0 || len(res.Devices) != 2 || len(people(res)) != 0 {
		t.Fatalf("%+v", res)
	}
	if d := res.Devices[0]; d.Serial != "DMPQ1ABCDE2F" || d.Given != "Lena" || d.Row != 1 {
		t.Errorf("%+v", d)
	}
	if res := read(t, "t.csv", "Ada;Stern;Ste;F9GX40ABCD1E\n"); res.Detected.Format != "classload-teachers" || res.Devices[0].ID != "Ste" {
		t.Errorf("%+v", res)
	}
	if res := read(t, "t.csv", "MS-26-000001;F9GX40ABCD1E\n"); res.Detected.Format != "classload-tags" || res.Devices[0].Number != "MS-26-000001" {
		t.Errorf("%+v", res)
	}
	res = read(t, "GPU010.TXT", "MeeLen;Meer;;;;;;Lena;S1;5a;1;;20100801;lena@schule.example;F1\n")
	if p := people(res); res.Detected.Format != "untis" || len(p) != 1 || p[0].ID != "F1" && p[0].ID != "S1" && p[0].ID != "MeeLen" || p[0].Email == "" {
		t.Errorf("%+v", res)
	}
	if strings.Contains(fmt.Sprintf("%+v", res), "20100801") {
		t.Error("a birth date shows")
	}
	t.Run("unknown", func(t *testing.T) {
		res := read(t, "l.csv", "Lena;Meer;5a;1.8.2010\nTom;Berg;5b;2.8.2010\n")
		if w := said(res, "no_heads"); len(w) != 1 || !w[0].Stop || len(res.Columns) != 4 || len(res.Preview) != 2 || res.Preview[0][0] != "Lena" || res.Preview[0][3] != "" {
			t.Errorf("a page cannot ask: %+v", res)
		}
		m := roster.Mapping{Format: "csv", Header: "no", Only: true, Columns: []roster.Rule{{Field: roster.Given, Position: 1}, {Field: roster.Family, Position: 2}, {Field: roster.Class, Position: 3}}}
		in := input("l.csv", "Lena;Meer;5a;1.8.2010\nTom;Berg;5b;2.8.2010\n")
		in.Mapping = &m
		if res, err := roster.Read(in); err != nil || len(people(res)) != 2 || people(res)[1].Family != "Berg" {
			t.Errorf("%+v, %v", res, err)
		}
	})
}

func TestFX17_FormulasAreText(t *testing.T) {
	res := read(t, "l.csv", "Vorname;Nachname;Klasse;Benutzername\n=HYPERLINK(\"http://x\");+49;5a;@x\n'=1+1;Meer;=\"05A\";'@y\n")
	got := people(res)
	if got[0].Given != `=HYPERLINK("http://x")` || got[0].Family != "+49" || got[0].Login != "@x" {
		t.Errorf("%+v", got[0])
	}
	if got[1].Given != "=1+1" || got[1].Login != "@y" || !slices.Equal(got[1].Classes, got[0].Classes) && got[1].Classes[0] != "05A" {
		t.Errorf("what we wrote ourselves comes back: %+v", got[1])
	}
	if len(said(res, "formula")) == 0 {
		t.Error("formulas are not said")
	}
}

func TestFX19_WhatIsWrittenForAppleComesBack(t *testing.T) {
	res := read(t, "l.csv", twoSchools)
	var set bytes.Buffer
	words, err := roster.WriteASM(&set, res.Roster, roster.ASMOptions{PasswordPolicy: "6"})
	if err != nil || set.Len() == 0 {
		t.Fatalf("%+v, %v", words, err)
	}
	if words, err := roster.CheckASM(bytes.NewReader(set.Bytes()), int64(set.Len()), roster.ASMOptions{}); err != nil || len(words) != 0 {
		t.Fatalf("%+v, %v", words, err)
	}
	back := read(t, "asm.zip", set.String())
	if d := cmp.Diff(seen(res.Roster, true, true), seen(back.Roster, true, true)); d != "" {
		t.Error(d)
	}
	var again bytes.Buffer
	if _, err := roster.WriteASM(&again, res.Roster, roster.ASMOptions{PasswordPolicy: "6"}); err != nil || !bytes.Equal(again.Bytes(), set.Bytes()) {
		t.Errorf("the same people make the same set: %v", err)
	}
}

func TestFX20_NamesOfDIN91379PassUnchanged(t *testing.T) {
	for _, name := range []string{"Đặng", "Łőșğ", "ẞ", "Åsa", "M̂esi", "C̨̆ak", "K͟het", "ʻOkina", "D’Angelo", "Œdipe", "Ǥiŧŧa", "Þór", "Ṙẏan", "Ɖo", "ơn", "Ç̆", "N̈", "a̋", "Müller-Lüdenscheidt", "Ĳssel", "Ḱ", "żółć"} {
		want := norm.NFC.String(name)
		res := read(t, "l.csv", "ID;Vorname;Nachname;Klasse\n1;"+name+";"+name+";5a\n")
		if p := people(res)[0]; p.Given != want || p.Family != want {
			t.Errorf("%q became %q", want, p.Given)
		}
		for _, w := range res.Roster.Words {
			t.Errorf("%q: %+v", name, w)
		}
	}
}

func TestLettersThatCannotBeANameStop(t *testing.T) {
	for name, code := range map[string]string{
		"Le\x01na": "letters_control", "Le\ue000na": "letters_control", "Lena\u202eanel": "letters_control", "Le\ufffdna": "letters_broken", "MÃ¼ller": "letters_garbled", "StÃ¶r": "letters_garbled", "WeiÃŸ": "letters_garbled",
	} {
		res := read(t, "l.csv", "ID;Vorname;Nachname;Klasse\n1;"+name+";Meer;5a\n")
		if w := said(res, code); len(w) != 1 || !w[0].Stop || w[0].Row != 2 || w[0].Column != "Vorname" {
			t.Errorf("%q: %+v", name, res.Roster.Words)
		}
	}
	res := read(t, "l.csv", "ID;Vorname;Nachname;Klasse\n1;Le\u200bna\u00a0 Marie\u00ad;Meer;5a\n")
	if p := people(res)[0]; p.Given != "Lena Marie" {
		t.Errorf("%q", p.Given)
	}
	broken := read(t, "l.csv", "ID;Vorname;Nachname;Klasse\n1;Müller;Ömer;5a\n2;Lü\xffna;Größe;5a\n")
	if broken.Detected.Encoding != roster.UTF8 || len(said(broken, "letters_broken")) != 1 {
		t.Errorf("one broken place does not make an old table: %+v", broken.Roster.Words)
	}
}
