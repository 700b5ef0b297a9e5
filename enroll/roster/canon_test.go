package roster_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"ranzen/enroll/roster"
	"ranzen/store/school"
)

// someone is a person of the one small school that every format tells of.
type someone struct {
	id, given, family, grade, class, course string
	teaches                                 []string // a teacher's classes and courses; nil: a pupil
}

var small = []someone{
	{"1", "Lena", "Özdemir", "5", "5a", "Schach-AG", nil},
	{"2", "Tom", "Weiß", "5", "5a", "", nil},
	{"3", "Jürgen", "von Stein", "5", "5b", "", nil},
	{"4", "Łucja", "Đặng", "EF", "EFa", "", nil},
	{"5", "Mia Sophie", "Müller-Şahin", "Q1", "Q1", "Schach-AG", nil},
	{"6", "Ada", "Stern", "", "", "", []string{"5a", "5b"}},
	{"7", "Kurt", "Ahl", "", "", "", []string{"EFa", "Schach-AG"}},
}

// picture is what must be the same whatever the format.
type picture struct {
	People, Classes []string
}

// seen draws a roster; what a format cannot say is left out of both pictures.
func seen(r school.Roster, teachers, courses bool) (p picture) {
	course := map[string]bool{}
	for _, s := range r.Schools {
		for _, c := range s.Classes {
			course[c.Name] = c.Course
			if courses || !c.Course {
				p.Classes = append(p.Classes, fmt.Sprintf("%s grade %q course %v", c.Name, c.Grade, c.Course))
			}
		}
	}
	keep := func(list []string) (out []string) {
		for _, c := range list {
			if courses || !course[c] {
				out = append(out, c)
			}
		}
		return out
	}
	for _, s := range r.Schools {
		for _, q := range s.People {
			if teachers || q.Kind == school.Pupil {
				p.People = append(p.People, fmt.Sprintf("%s %s, %s in %v teaches %v", q.Kind, q.Family, q.Given, keep(q.Classes), keep(q.Teaches)))
			}
		}
	}
	slices.Sort(p.People)
	slices.Sort(p.Classes)
	return p
}

func rosterOfSmall() school.Roster {
	s := school.RosterSchool{Number: "165400", Name: "Gymnasium am See", Classes: []school.RosterClass{
		{ID: "c5a", Name: "5a", Grade: "5"}, {ID: "c5b", Name: "5b", Grade: "5"}, {ID: "cefa", Name: "EFa", Grade: "EF"}, {ID: "cq1", Name: "Q1", Grade: "Q1"}, {ID: "cag", Name: "Schach-AG", Course: true}}}
	for _, o := range small {
		p := school.RosterPerson{ID: "p" + o.id, Given: o.given, Family: o.family, Kind: school.Pupil, Grade: o.grade}
		if o.class != "" {
			p.Classes = append(p.Classes, o.class)
		}
		if o.course != "" {
			p.Classes = append(p.Classes, o.course)
		}
		if o.teaches != nil {
			p.Kind, p.Teaches = school.Teacher, o.teaches
		}
		s.People = append(s.People, p)
	}
	return school.Roster{Schools: []school.RosterSchool{s}}
}

// csvOf writes lines of cells.
func csvOf(comma string, rows ...[]string) string {
	var b strings.Builder
	for _, r := range rows {
		for i, c := range r {
			if i > 0 {
				b.WriteString(comma)
			}
			if strings.ContainsAny(c, comma+"\"\n,") {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			b.WriteString(c)
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func zipOf(files map[string]string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		w, _ := z.Create(n)
		w.Write([]byte(files[n]))
	}
	z.Close()
	return b.String()
}

// xlsxOf writes a spreadsheet: the first line as shared texts, the others in place.
func xlsxOf(rows ...[]string) string {
	var shared, data strings.Builder
	esc := func(s string) string { var b bytes.Buffer; xml.EscapeText(&b, []byte(s)); return b.String() }
	for y, r := range rows {
		fmt.Fprintf(&data, `<row r="%d">`, y+1)
		for x, c := range r {
			ref := string(rune('A'+x)) + fmt.Sprint(y+1)
			switch {
			case c == "":
			case y == 0:
				fmt.Fprintf(&shared, `<si><r><t>%s</t></r><rPh><t>x</t></rPh></si>`, esc(c))
				fmt.Fprintf(&data, `<c r="%s" t="s"><v>%d</v></c>`, ref, x)
			default:
				fmt.Fprintf(&data, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, esc(c))
			}
		}
		data.WriteString(`</row>`)
	}
	return book(data.String(), shared.String(), "")
}

func book(data, shared, styles string) string {
	return zipOf(map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="Liste" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + data + `</sheetData></worksheet>`,
		"xl/sharedStrings.xml":       `<sst>` + shared + `</sst>`,
		"xl/styles.xml":              `<styleSheet>` + styles + `</styleSheet>`,
	})
}

// rows makes a table of the small school; line gives the cells of a person, nil leaves them out.
func rows(heads []string, line func(s someone) []string) [][]string {
	out := [][]string{heads}
	for _, s := range small {
		if l := line(s); l != nil {
			out = append(out, l)
		}
	}
	return out
}

func join(list ...string) string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ",")
}

func TestTheSameSchoolFromEveryFormat(t *testing.T) {
	pupil := func(f func(s someone) []string) func(someone) []string {
		return func(s someone) []string {
			if s.teaches != nil {
				return nil
			}
			return f(s)
		}
	}
	kind := func(s someone) string {
		if s.teaches != nil {
			return "Lehrkraft"
		}
		return "Schüler"
	}
	classesOf := func(s someone) (classes, courses []string) {
		for _, c := range s.teaches {
			if c == "Schach-AG" {
				courses = append(courses, c)
			} else {
				classes = append(classes, c)
			}
		}
		return append(classes, nonempty(s.class)...), append(courses, nonempty(s.course)...)
	}
	free := rows([]string{"ID", "Nachname", "Vorname", "Rolle", "Klasse", "Kurse"}, func(s someone) []string {
		classes, courses := classesOf(s)
		return []string{"p" + s.id, s.family, s.given, kind(s), strings.Join(classes, ","), strings.Join(courses, ",")}
	})
	iserv := rows([]string{"GUID", "Vorname", "Nachname", "Klasse/Information", "Gruppen", "Account"}, func(s someone) []string {
		if s.teaches == nil {
			return []string{"g" + s.id, s.given, s.family, "Klasse " + s.class, join("Klasse "+s.class, s.course, "Schüler"), s.given}
		}
		groups := []string{"Lehrer"}
		for _, c := range s.teaches {
			if c != "Schach-AG" {
				c = "Klasse " + c
			}
			groups = append(groups, c)
		}
		return []string{"g" + s.id, s.given, s.family, "Lehrer", strings.Join(groups, ","), s.given}
	})
	schild := rows([]string{"Interne ID-Nummer", "Nachname", "Vorname", "Klasse", "Jahrgang", "Status", "Geburtsdatum", "Schul-Nummer"}, pupil(func(s someone) []string {
		return []string{s.id, s.family, s.given, s.class, s.grade, "2", "01.08.2010", "165400"}
	}))
	ucs := rows([]string{"Schulen", "Benutzertyp", "Vorname", "Nachname", "Klassen", "Beschreibung", "Telefon", "EMail"}, func(s someone) []string {
		k, classes := "student", nonempty(s.class)
		if s.teaches != nil {
			k, classes = "teacher", nil
			for _, c := range s.teaches {
				if c != "Schach-AG" {
					classes = append(classes, c)
				}
			}
		}
		for i := range classes {
			classes[i] = "gym-" + classes[i]
		}
		return []string{"gym", k, s.given, s.family, strings.Join(classes, ","), "", "", ""}
	})
	particle := func(family string) (string, string) {
		if rest, ok := strings.CutPrefix(family, "von "); ok {
			return "von", rest
		}
		return "", family
	}
	asvbw := rows([]string{"Familienname", "Namensbestandteil vorangestellt", "Rufname", "Vornamen", "Klasse", "Klassenstufe", "Austrittsdatum", "Straße"}, pupil(func(s someone) []string {
		von, family := particle(s.family)
		return []string{family, von, s.given, s.given + " Xaver", s.class, s.grade, "", "Seeweg 1"}
	}))
	asvby := rows([]string{"lokales_differenzierungsmerkmal", "familienname", "namensbestandteil_vorangestellt", "vornamen", "klassenname", "jahrgangsstufe"}, pupil(func(s someone) []string {
		von, family := particle(s.family)
		return []string{s.id, family, von, s.given, s.class, s.grade}
	}))
	danis := rows([]string{"SchuelerIdentNummer", "SchuelerRufname", "SchuelerNachname", "GruppeBezeichung"}, pupil(func(s someone) []string { return []string{s.id, s.given, s.family, s.class} }))
	magellan := rows([]string{"SchulNr", "Mandant", "Typ", "ID", "GUID", "Nachname", "Namenszusatz", "Vorname", "Klasse"}, pupil(func(s someone) []string {
		von, family := particle(s.family)
		return []string{"165400", "1", "S", s.id, "g" + s.id, family, von, s.given, s.class}
	}))
	untis := rows(nil, pupil(func(s someone) []string {
		return []string{"N" + s.id, s.family, "", "", "", "", "", s.given, "", s.class, "1", "", "20100801", "", "F" + s.id}
	}))[1:]
	var lernende, personal []map[string]any
	for _, s := range small {
		if s.teaches == nil {
			lernende = append(lernende, map[string]any{"schuelerUID": s.id, "schuelerNachname": s.family, "schuelerVorname": s.given, "klassenname": s.class, "dienststellennummer": 165400, "schuelerGeburtsdatum": "01.08.2010"})
		} else {
			classes, _ := classesOf(s)
			personal = append(personal, map[string]any{"personalUID": "L" + s.id, "nachname": s.family, "vorname": s.given, "klassenlehrerKlassen": classes, "dienststellennummer": 165400})
		}
	}
	lusd, _ := json.Marshal(map[string]any{"lernende": lernende, "personal": personal})
	var set bytes.Buffer
	if words, err := roster.WriteASM(&set, rosterOfSmall(), roster.ASMOptions{}); err != nil || set.Len() == 0 {
		t.Fatalf("%v, %v", words, err)
	}
	want := rosterOfSmall()
	for _, tc := range []struct {
		format, name, text string
		teachers, courses  bool
	}{
		{"csv", "liste.csv", csvOf(";", free...), true, true},
		{"csv", "liste.csv", csvOf(",", free...), true, true},
		{"csv", "liste.txt", csvOf("\t", free...), true, true},
		{"csv", "liste.csv", "\ufeff" + csvOf("|", free...), true, true},
		{"csv", "liste.csv", "sep=;\r\n" + csvOf(";", free...), true, true},
		{"csv", "liste.csv", "Schülerliste\r\nStand 22.11.2026\r\n\r\n" + csvOf(";", free...), true, true},
		{"csv", "liste.xlsx", xlsxOf(free...), true, true},
		{"iserv", "iserv.csv", csvOf(";", iserv...), true, true},
		{"schild", "schueler.txt", csvOf(";", schild...), false, false},
		{"svws", "lernplattform.json", svwsOfSmall(false), true, true},
		{"svws", "lernplattform.json", svwsOfSmall(true), true, true},
		{"asm", "asm.zip", set.String(), true, true},
		{"oneroster", "oneroster.zip", oneRosterOfSmall(false), true, true},
		{"oneroster", "oneroster.zip", oneRosterOfSmall(true), true, true},
		{"ucs", "user_new_example.csv", utf16le(csvOf("\t", ucs...)), true, false},
		{"asv-bw", "asv.csv", csvOf(";", asvbw...), false, false},
		{"asv-by", "asv.csv", csvOf(";", asvby...), false, false},
		{"lusd", "lusd.json", string(lusd), true, false},
		{"danis", "danis.csv", csvOf(";", danis...), false, false},
		{"magellan", "schueler.export.csv", csvOf(";", magellan...), false, false},
		{"untis", "GPU010.TXT", csvOf(";", untis...), false, false},
	} {
		res, err := roster.Read(input(tc.name, tc.text))
		if err != nil {
			t.Errorf("%s: %v", tc.format, err)
			continue
		}
		if res.Detected.Format != tc.format {
			t.Errorf("%s was taken for %s", tc.format, res.Detected.Format)
		}
		p, q := seen(want, tc.teachers, tc.courses), seen(res.Roster, tc.teachers, tc.courses)
		if d := cmp.Diff(p, q); d != "" {
			t.Errorf("%s (%s): %s\nwords %+v", tc.format, tc.name, d, res.Roster.Words)
		}
		for _, w := range res.Roster.Words {
			if w.Stop {
				t.Errorf("%s stops: %+v", tc.format, w)
			}
		}
		if strings.Contains(fmt.Sprintf("%+v", res), "2010") {
			t.Errorf("%s keeps a birth date: %+v", tc.format, res)
		}
	}
}

func nonempty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func svwsOfSmall(old bool) string {
	key := func(now, before string) string {
		if old {
			return before
		}
		return now
	}
	type o = map[string]any
	grades := map[string]int{"5": 1, "EF": 2, "Q1": 3}
	classes := map[string]int{"5a": 11, "5b": 12, "EFa": 13, "Q1": 14}
	var pupils, teachers []o
	lead := map[string][]int{}
	for i, s := range small {
		if s.teaches != nil {
			teachers = append(teachers, o{"id": i + 1, "nachname": s.family, "vorname": s.given, "emailDienstlich": nil})
			for _, c := range s.teaches {
				lead[c] = append(lead[c], i+1)
			}
			continue
		}
		p := o{"id": i + 1, "nachname": s.family, "vorname": s.given, "status": 2, "geburtsdatum": "01.08.2010", "geschlecht": "w", key("idJahrgang", "jahrgangId"): grades[s.grade], key("idKlasse", "klasseId"): classes[s.class]}
		if s.course != "" {
			p[key("idsLerngruppen", "lerngruppenIds")] = []int{900}
		}
		pupils = append(pupils, p)
	}
	for _, status := range []int{1, 8, 9, 10} {
		pupils = append(pupils, o{"id": 100 + status, "nachname": "Fort", "vorname": "Gegangen", "status": status})
	}
	var list []o
	for name, id := range classes {
		g := map[string]int{"5a": 1, "5b": 1, "EFa": 2, "Q1": 3}[name]
		list = append(list, o{"id": id, "kuerzel": "0" + name, "kuerzelAnzeige": name, key("idJahrgang", "jahrgangId"): g, key("idsKlassenlehrer", "klassenlehrer"): append([]int{}, lead[name]...)})
	}
	text, _ := json.Marshal(o{"revision": 1, "schulnummer": 165400, "schuljahr": 2026, "schulbezeichnung": "Gymnasium am See", "faecher": []o{{"id": 1}},
		"jahrgaenge": []o{{"id": 1, "kuerzel": "05"}, {"id": 2, "kuerzel": "EF"}, {"id": 3, "kuerzel": "Q1"}}, "klassen": list, "lehrer": teachers, "schueler": pupils,
		"lerngruppen": []o{{"id": 900, key("idKursart", "kursartId"): 5, "bezeichnung": "Schach-AG", key("idsLehrer", "lehrerIds"): lead["Schach-AG"]}, {"id": 901, "bezeichnung": "D", key("idsLehrer", "lehrerIds"): []int{6}}}})
	return string(text)
}

func oneRosterOfSmall(v12 bool) string {
	files := map[string][][]string{
		"manifest.csv":         {{"propertyName", "value"}, {"oneroster.version", "1.1"}},
		"orgs.csv":             {{"sourcedId", "status", "name", "type", "identifier"}, {"o0", "active", "Stadt", "district", ""}, {"o1", "active", "Gymnasium am See", "school", "165400"}},
		"academicSessions.csv": {{"sourcedId", "status", "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"}, {"t1", "active", "2026/27", "schoolYear", "2026-08-01", "2027-07-31", "", "2027"}},
		"classes.csv":          {{"sourcedId", "status", "title", "grades", "courseSourcedId", "classCode", "classType", "schoolSourcedId"}, {"c9", "tobedeleted", "9x", "09", "", "", "homeroom", "o1"}},
		"users.csv":            {{"sourcedId", "status", "enabledUser", "orgSourcedIds", "role", "username", "givenName", "familyName", "email", "password"}},
		"enrollments.csv":      {{"sourcedId", "status", "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "endDate"}},
		"demographics.csv":     {{"sourcedId", "birthDate", "sex"}, {"u1", "2010-08-01", "female"}},
	}
	if v12 {
		files["users.csv"] = [][]string{{"sourcedId", "status", "enabledUser", "username", "givenName", "familyName", "prefferedGivenName", "email", "primaryOrgSourcedId", "pronouns", ""}}
		files["roles.csv"] = [][]string{{"sourcedId", "status", "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId"}}
	}
	add := func(name string, cells ...string) { files[name] = append(files[name], cells) }
	for _, c := range []struct{ id, name, grade, kind string }{{"c1", "Klasse 5a", "05", "homeroom"}, {"c2", "5b", "05", "homeroom"}, {"c3", "EFa", "EF", "homeroom"}, {"c4", "Q1", "Q1", "homeroom"}, {"c5", "Schach-AG", "05,Q1", "scheduled"}} {
		add("classes.csv", c.id, "active", c.name, c.grade, "", "", c.kind, "o1")
	}
	ids := map[string]string{"5a": "c1", "5b": "c2", "EFa": "c3", "Q1": "c4", "Schach-AG": "c5"}
	n := 0
	enroll := func(user, class, role string) {
		if class != "" {
			n++
			add("enrollments.csv", fmt.Sprint("e", n), "active", ids[class], "o1", user, role, "")
		}
	}
	for _, s := range append(slices.Clone(small), someone{id: "8", given: "Eltern", family: "Teil"}) {
		role := "student"
		if s.teaches != nil {
			role = "teacher"
		} else if s.class == "" {
			role = "guardian"
		}
		if v12 {
			add("users.csv", "u"+s.id, "active", "1", s.given, s.given, s.family, "", "", "o1", "")
			add("roles.csv", "r"+s.id, "active", "u"+s.id, "primary", role, "", "", "o1")
		} else {
			add("users.csv", "u"+s.id, "active", "true", "o1", role, s.given, s.given, s.family, "", "geheim")
		}
		enroll("u"+s.id, s.class, role)
		enroll("u"+s.id, s.course, role)
		for _, c := range s.teaches {
			enroll("u"+s.id, c, role)
		}
	}
	out := map[string]string{}
	for name, rows := range files {
		out[name] = csvOf(",", rows...)
	}
	return zipOf(out)
}
