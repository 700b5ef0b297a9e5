package roster_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"ranzen/enroll/roster"
	"ranzen/store/school"
)

// goodASM is a set Apple takes.
func goodASM(t *testing.T) map[string]string {
	t.Helper()
	var set bytes.Buffer
	if words, err := roster.WriteASM(&set, rosterOfSmall(), roster.ASMOptions{PasswordPolicy: "4"}); err != nil || set.Len() == 0 {
		t.Fatalf("%+v, %v", words, err)
	}
	z, err := zip.NewReader(bytes.NewReader(set.Bytes()), int64(set.Len()))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r)
		out[f.Name] = string(text)
	}
	return out
}

func TestEveryRuleOfAppleIsChecked(t *testing.T) {
	in := func(file, old, new string) func(map[string]string) {
		return func(m map[string]string) {
			if !strings.Contains(m[file], old) {
				t.Fatalf("%s has no %q:\n%s", file, old, m[file])
			}
			m[file] = strings.Replace(m[file], old, new, 1)
		}
	}
	for _, tc := range []struct {
		rule, code string
		breach     func(map[string]string)
		o          roster.ASMOptions
	}{
		{"as it is", "", func(map[string]string) {}, roster.ASMOptions{}},
		{"semicolons are taken too", "", func(m map[string]string) {
			for n := range m {
				m[n] = strings.ReplaceAll(m[n], ",", ";")
			}
		}, roster.ASMOptions{}},
		{"no folder", "asm_folder", func(m map[string]string) {
			for n, text := range m {
				delete(m, n)
				m["export/"+n] = text
			}
		}, roster.ASMOptions{}},
		{"all six files", "asm_file_missing", func(m map[string]string) { delete(m, "courses.csv") }, roster.ASMOptions{}},
		{"no other files", "asm_file_extra", func(m map[string]string) { m["notes.csv"] = "a\n" }, roster.ASMOptions{}},
		{"exact names", "asm_file_name", func(m map[string]string) { m["Staff.csv"] = m["staff.csv"]; delete(m, "staff.csv") }, roster.ASMOptions{}},
		{"heads unchanged", "asm_heads", in("students.csv", "first_name", "firstname"), roster.ASMOptions{}},
		{"heads in their order", "asm_heads", in("rosters.csv", "class_id,student_id", "student_id,class_id"), roster.ASMOptions{}},
		{"heads complete", "asm_heads", in("students.csv", ",password_policy", ""), roster.ASMOptions{}},
		{"no head twice", "asm_head_twice", in("locations.csv", "location_id,location_name", "location_id,location_id"), roster.ASMOptions{}},
		{"UTF-8", "asm_utf8", in("students.csv", "Ö", "\xd6"), roster.ASMOptions{}},
		{"no byte order mark", "asm_mark", in("staff.csv", "person_id", "\ufeffperson_id"), roster.ASMOptions{}},
		{"line feeds", "asm_line_end", func(m map[string]string) { m["staff.csv"] = strings.ReplaceAll(m["staff.csv"], "\n", "\r\n") }, roster.ASMOptions{}},
		{"no blank behind the separator", "asm_blank", in("students.csv", ",Lena,", ", Lena,"), roster.ASMOptions{}},
		{"quotes around blanks", "asm_quotes", in("students.csv", `"von Stein"`, `von Stein`), roster.ASMOptions{}},
		{"straight quotes", "asm_quotes", in("students.csv", `"von Stein"`, `“von Stein”`), roster.ASMOptions{}},
		{"closed quotes", "asm_quotes", in("students.csv", `"von Stein"`, `"von Stein`), roster.ASMOptions{}},
		{"a backslash before quotes", "asm_escape", in("students.csv", `"von Stein"`, `"von ""Stein"`), roster.ASMOptions{}},
		{"ids of letters, digits, hyphens", "asm_id", in("students.csv", "\np1,", "\np_1,"), roster.ASMOptions{}},
		{"names are required", "asm_required", in("students.csv", ",Weiß,", ",,"), roster.ASMOptions{}},
		{"a place is required", "asm_required", in("courses.csv", "165400", ""), roster.ASMOptions{}},
		{"addresses with federated sign-in", "asm_required", func(map[string]string) {}, roster.ASMOptions{Required: []string{"email_address"}}},
		{"one person, one id", "asm_id_twice", in("students.csv", "\np2,", "\np1,"), roster.ASMOptions{}},
		{"pupils and staff share the ids", "asm_id_twice", in("staff.csv", "\np6,", "\np1,"), roster.ASMOptions{}},
		{"one class, one id", "asm_id_twice", in("classes.csv", "\nc5b,", "\nc5a,"), roster.ASMOptions{}},
		{"a line of a class once", "asm_id_twice", func(m map[string]string) {
			lines := strings.SplitAfter(m["rosters.csv"], "\n")
			m["rosters.csv"] += lines[1]
		}, roster.ASMOptions{}},
		{"a class that exists", "asm_reference", in("rosters.csv", ",c5a,", ",c9z,"), roster.ASMOptions{}},
		{"a course that exists", "asm_reference", in("courses.csv", "\nc5a,", "\nc5z,"), roster.ASMOptions{}},
		{"a teacher who exists", "asm_reference", in("staff.csv", "\np6,", "\np66,"), roster.ASMOptions{}},
		{"a place that exists", "asm_reference", in("locations.csv", "\n165400,", "\n165401,"), roster.ASMOptions{}},
		{"passwords of 4, 6 or 8", "asm_password", in("students.csv", ",4,", ",5,"), roster.ASMOptions{}},
		{"as many cells as heads", "asm_width", in("staff.csv", "\np6,", "\np6,,"), roster.ASMOptions{}},
		{"no empty lines", "asm_empty_line", in("staff.csv", "\np6,", "\n\np6,"), roster.ASMOptions{}},
		{"no class is lost", "asm_class_lost", func(map[string]string) {}, roster.ASMOptions{Before: []string{"c5a", "c4a"}}},
	} {
		files := goodASM(t)
		tc.breach(files)
		text := zipOf(files)
		words, err := roster.CheckASM(strings.NewReader(text), int64(len(text)), tc.o)
		if err != nil {
			t.Errorf("%s: %v", tc.rule, err)
			continue
		}
		found := slices.ContainsFunc(words, func(w school.RosterWord) bool { return w.Code == tc.code && w.Stop })
		if tc.code == "" && len(words) > 0 || tc.code != "" && !found {
			t.Errorf("%s: %+v", tc.rule, words)
		}
	}
}

func TestWhatCannotBeWrittenForAppleIsSaidAndNotWritten(t *testing.T) {
	person := func(id string, kind school.PersonKind) school.RosterPerson {
		return school.RosterPerson{ID: id, Given: "Lena", Family: "Meer", Kind: kind}
	}
	for code, r := range map[string]school.Roster{
		"asm_no_id":       {Schools: []school.RosterSchool{{Number: "1", People: []school.RosterPerson{person("", school.Pupil)}}}},
		"asm_no_location": {Schools: []school.RosterSchool{{People: []school.RosterPerson{person("1", school.Pupil)}}}},
		"asm_two_kinds":   {Schools: []school.RosterSchool{{Number: "1", People: []school.RosterPerson{person("1", school.Pupil)}}, {Number: "2", People: []school.RosterPerson{person("1", school.Staff)}}}},
		"asm_required":    {Schools: []school.RosterSchool{{Number: "1", People: []school.RosterPerson{{ID: "1", Family: "Meer", Kind: school.Pupil}}}}},
	} {
		var out bytes.Buffer
		words, err := roster.WriteASM(&out, r, roster.ASMOptions{})
		if err != nil || out.Len() > 0 || !slices.ContainsFunc(words, func(w school.RosterWord) bool { return w.Code == code && w.Stop }) {
			t.Errorf("%s: %+v, %v, %d bytes", code, words, err, out.Len())
		}
	}
	many := school.RosterSchool{Number: "Schule 1/2", Name: `Schule „Am See" \ Nord`, Classes: []school.RosterClass{{Name: "5a"}}}
	for i := range 17 {
		many.People = append(many.People, school.RosterPerson{ID: fmt.Sprintf("l_%d", i), Given: "Ada", Family: `"Stern", die`, Kind: school.Teacher, Teaches: []string{"5a"}})
	}
	var out bytes.Buffer
	words, err := roster.WriteASM(&out, school.Roster{Schools: []school.RosterSchool{many}}, roster.ASMOptions{})
	if err != nil || out.Len() == 0 || !slices.ContainsFunc(words, func(w school.RosterWord) bool { return w.Code == "asm_instructors" }) {
		t.Errorf("%+v, %v", words, err)
	}
	back := read(t, "asm.zip", out.String())
	if p := people(back); len(p) != 17 || p[0].Family != `"Stern", die` || back.Roster.Schools[0].Name != many.Name {
		t.Errorf("%+v", back.Roster)
	}
}
