package roster

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"ranzen/store/school"
)

// Apple School Manager takes six tables in one archive, and gives nothing back when one word in them is wrong: a reference
// that leads nowhere refuses the whole upload. It also takes a class that is missing from a later upload for gone and
// deletes the work in it. Therefore what is written here is checked by the same rules before anybody gets it, and the
// check can be told which classes were there before.
//
// An upload is not the only way: an organisation that signs in through its own identity provider cannot upload at all.
// Nothing in the product may need this set.
//
// Document: Apple School Manager User Guide, "Upload data using SFTP" and the templates it links to.

// asmFiles are the six tables and their heads in the order Apple asks for. A head ending in _n stands for as many further
// ones as are needed, counted from 2.
var asmFiles = []struct {
	name     string
	heads    []string
	more     string // head that may be repeated, with its largest number
	most     int
	required []string
}{
	{"locations.csv", []string{"location_id", "location_name"}, "", 0, []string{"location_id", "location_name"}},
	{"students.csv", []string{"person_id", "person_number", "first_name", "middle_name", "last_name", "grade_level", "email_address", "sis_username", "password_policy", "location_id"}, "location_id", 999, []string{"person_id", "first_name", "last_name", "location_id"}},
	{"staff.csv", []string{"person_id", "person_number", "first_name", "middle_name", "last_name", "email_address", "sis_username", "location_id"}, "location_id", 999, []string{"person_id", "first_name", "last_name", "location_id"}},
	{"courses.csv", []string{"course_id", "course_number", "course_name", "location_id"}, "", 0, []string{"course_id", "location_id"}},
	{"classes.csv", []string{"class_id", "class_number", "course_id", "instructor_id", "instructor_id_2", "instructor_id_3", "location_id"}, "instructor_id", maxInstructors, []string{"class_id", "course_id", "location_id"}},
	{"rosters.csv", []string{"roster_id", "class_id", "student_id"}, "", 0, []string{"roster_id", "class_id", "student_id"}},
}

// maxInstructors is how many teachers Apple's template has places for.
const maxInstructors = 15

// ASMOptions say what an organisation has set at Apple.
type ASMOptions struct {
	PasswordPolicy string   // "4", "6", "8" or empty: how long a pupil's password is
	Required       []string // columns the organisation makes its accounts of: "email_address" with federated sign-in
	Before         []string // class ids of the upload before: one that is missing now is lost with its work
}

// Words for the number of a course, by which a set that comes back is read again: Apple knows no difference.
const (
	asmClass  = "Klasse"
	asmCourse = "Kurs"
)

// asmID is an id Apple takes: letters, digits and hyphens. Any other becomes a number of its own that is always the same.
func asmID(id string) string {
	if asmMay(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "x-" + hex.EncodeToString(sum[:12])
}

func asmMay(id string) bool {
	for i := 0; i < len(id); i++ {
		if c := id[i]; c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return id != ""
}

// asmPerson is one line of students.csv or staff.csv.
type asmPerson struct {
	person    school.RosterPerson
	pupil     bool
	grade     string
	locations []string
}

// asmSet is the set before it is written.
type asmSet struct {
	o      ASMOptions
	words  words
	people map[string]*asmPerson
	tables map[string][][]string
	teach  map[string][]string // class id → ids of its teachers
	links  map[string]bool
}

// WriteASM writes the set of files for Apple School Manager. Words with Stop say why there is none; nothing was written
// then. A class keeps its id at Apple as long as RosterClass.ID stays, so callers give their own ids: an id made of a name
// changes with the name, and Apple deletes what pupils have handed in.
func WriteASM(w io.Writer, r school.Roster, o ASMOptions) ([]school.RosterWord, error) {
	s := &asmSet{o: o, people: map[string]*asmPerson{}, tables: map[string][][]string{}, teach: map[string][]string{}, links: map[string]bool{}}
	for _, at := range r.Schools {
		s.school(at)
	}
	s.lines()
	text, err := s.archive()
	if err != nil {
		return nil, err
	}
	words, err := CheckASM(bytes.NewReader(text), int64(len(text)), o)
	words = append(s.words.list, words...)
	if err != nil || slices.ContainsFunc(words, func(w school.RosterWord) bool { return w.Stop }) {
		return words, err
	}
	_, err = w.Write(text)
	return words, err
}

// ASMClasses are the classes and courses of a set with their names, by the ids they have at Apple.
func ASMClasses(r school.Roster) map[string]string {
	out := map[string]string{}
	for _, at := range r.Schools {
		for _, c := range at.Classes {
			out[asmClassID(at, c)] = c.Name
		}
	}
	return out
}

// asmClassID is what a class is at Apple: its own id, or its name where it has none.
func asmClassID(at school.RosterSchool, c school.RosterClass) string {
	if c.ID == "" {
		return asmID(at.Number + "-" + school.ClassKey(c.Name))
	}
	return asmID(c.ID)
}

func (s *asmSet) table(name string, cells ...string) {
	s.tables[name] = append(s.tables[name], cells)
}

func (s *asmSet) school(at school.RosterSchool) {
	if at.Number == "" {
		s.words.stop("asm_no_location", 0, "", at.Name)
		return
	}
	location := asmID(at.Number)
	s.table("locations.csv", location, first(at.Name, at.Number))
	ids := map[string]string{}
	for _, c := range at.Classes {
		id := asmClassID(at, c)
		if c.ID == "" {
			s.words.say("asm_class_id", 0, "", c.Name)
		}
		ids[school.ClassKey(c.Name)] = id
		kind := asmClass
		if c.Course {
			kind = asmCourse
		}
		s.table("courses.csv", id, kind, c.Name, location)
		s.table("classes.csv", id, c.Name, id, location)
	}
	grades := map[string]string{}
	for _, c := range at.Classes {
		grades[school.ClassKey(c.Name)] = c.Grade
	}
	for _, p := range at.People {
		id := s.person(p, location, grades)
		if id == "" {
			continue
		}
		for _, name := range p.Classes {
			class := ids[school.ClassKey(name)]
			if class != "" && s.people[id].pupil && !s.links[class+"\x00"+id] {
				s.links[class+"\x00"+id] = true
				s.table("rosters.csv", asmID(class+"/"+id), class, id)
			}
		}
		for _, name := range p.Teaches {
			if class := ids[school.ClassKey(name)]; class != "" && !s.people[id].pupil && !slices.Contains(s.teach[class], id) {
				s.teach[class] = append(s.teach[class], id)
			}
		}
	}
}

func (s *asmSet) person(p school.RosterPerson, location string, grades map[string]string) string {
	if p.ID == "" {
		s.words.stop("asm_no_id", p.Row, "", p.Family+", "+p.Given)
		return ""
	}
	id, pupil := asmID(p.ID), p.Kind == school.Pupil
	met := s.people[id]
	if met == nil {
		met = &asmPerson{person: p, pupil: pupil}
		s.people[id] = met
	}
	if met.pupil != pupil {
		s.words.stop("asm_two_kinds", p.Row, "", p.Family+", "+p.Given)
		return ""
	}
	if !slices.Contains(met.locations, location) {
		met.locations = append(met.locations, location)
	}
	if met.grade == "" {
		met.grade = p.Grade
		for _, c := range p.Classes {
			met.grade = first(met.grade, grades[school.ClassKey(c)])
		}
	}
	return id
}

// lines writes people and teachers into their tables, everybody at a fixed place.
func (s *asmSet) lines() {
	for _, id := range sortedKeys(s.people) {
		p := s.people[id]
		if p.pupil {
			s.table("students.csv", append([]string{id, "", p.person.Given, "", p.person.Family, p.grade, p.person.Email, p.person.Login, s.o.PasswordPolicy}, p.locations...)...)
		} else {
			s.table("staff.csv", append([]string{id, "", p.person.Given, "", p.person.Family, p.person.Email, p.person.Login}, p.locations...)...)
		}
	}
	for i, c := range s.tables["classes.csv"] {
		teachers := s.teach[c[0]]
		if len(teachers) > maxInstructors {
			s.words.say("asm_instructors", 0, "", c[1])
			teachers = teachers[:maxInstructors]
		}
		s.tables["classes.csv"][i] = append(append(c[:3:3], teachers...), c[3])
	}
}

// archive writes the six tables. Where lines are of different lengths, the heads are repeated as often as the longest
// needs; in classes.csv the place of the school stays the last.
func (s *asmSet) archive() ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range asmFiles {
		rows := s.tables[f.name]
		slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
		wide := len(f.heads)
		for _, r := range rows {
			wide = max(wide, len(r))
		}
		heads := asmHeads(f.heads, f.more, wide)
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate})
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", f.name, err)
		}
		var text bytes.Buffer
		asmLine(&text, heads)
		for _, r := range rows {
			for len(r) < wide {
				if f.name == "classes.csv" {
					r = slices.Insert(r, len(r)-1, "")
				} else {
					r = append(r, "")
				}
			}
			asmLine(&text, r)
		}
		if _, err := w.Write(text.Bytes()); err != nil {
			return nil, fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write the archive: %w", err)
	}
	return out.Bytes(), nil
}

// asmHeads repeats a head until a line is as wide as it must be.
func asmHeads(heads []string, more string, wide int) []string {
	out := slices.Clone(heads)
	for n := len(heads); n < wide; n++ {
		switch more {
		case "location_id":
			out = append(out, fmt.Sprintf("location_id_%d", n-len(heads)+2))
		case "instructor_id":
			out = slices.Insert(out, len(out)-1, fmt.Sprintf("instructor_id_%d", n-len(heads)+4))
		}
	}
	return out
}

// asmLine writes a line as Apple reads it: commas without blanks, quotes around what has a blank or a comma in it, a
// backslash before a quote, and a bare line feed.
func asmLine(out *bytes.Buffer, cells []string) {
	for i, c := range cells {
		if i > 0 {
			out.WriteByte(',')
		}
		if !strings.ContainsAny(c, " ,;\"\\“„") {
			out.WriteString(c)
			continue
		}
		out.WriteByte('"')
		out.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(c))
		out.WriteByte('"')
	}
	out.WriteByte('\n')
}

// readASM reads a set back.
func (f *file) readASM(in Input) (Result, error) {
	m := Mapping{Format: "asm"}
	if in.Mapping != nil {
		m = *in.Mapping
	}
	rd := newReading(in, m)
	if f.zip.folder {
		rd.words.say("folder", 0, "", "")
	}
	places := map[string]string{}
	if err := f.asmTable(rd, "locations.csv", maxRows, func(_ int, get func(string) string) error {
		name, _ := clean(get("location_name"))
		places[get("location_id")] = name
		rd.people.school(get("location_id"), name)
		return nil
	}); err != nil {
		return Result{}, err
	}
	courses := map[string][2]string{}
	if err := f.asmTable(rd, "courses.csv", maxLinks, func(_ int, get func(string) string) error {
		courses[get("course_id")] = [2]string{get("course_number"), get("course_name")}
		return nil
	}); err != nil {
		return Result{}, err
	}
	type place struct {
		named
		at string
	}
	classes, of, teaches := map[string]place{}, map[string][]string{}, map[string][]string{}
	if err := f.asmTable(rd, "classes.csv", maxLinks, func(row int, get func(string) string) error {
		id, course := get("class_id"), courses[get("course_id")]
		name, why := clean(first(get("class_number"), course[1], course[0], id))
		if why != "" {
			rd.words.stop("letters_"+why, row, "classes.csv", name)
		}
		name = school.ClassName(name)
		classes[id] = place{named{name: name, id: id, class: course[0] == asmClass || course[0] != asmCourse && school.GradeOfClass(name) != ""}, get("location_id")}
		for n := 1; n <= maxInstructors; n++ {
			if t := get(numbered("instructor_id", n)); t != "" {
				teaches[t] = append(teaches[t], id)
			}
		}
		return nil
	}); err != nil {
		return Result{}, err
	}
	if err := f.asmTable(rd, "rosters.csv", maxLinks, func(row int, get func(string) string) error {
		if _, ok := classes[get("class_id")]; !ok {
			rd.words.say("dangling", row, "rosters.csv", "")
			return nil
		}
		of[get("student_id")] = append(of[get("student_id")], get("class_id"))
		return nil
	}); err != nil {
		return Result{}, err
	}
	for _, list := range []struct {
		file string
		kind school.PersonKind
	}{{"students.csv", school.Pupil}, {"staff.csv", school.Teacher}} {
		if err := f.asmTable(rd, list.file, maxRows, func(row int, get func(string) string) error {
			if rd.rows++; rd.rows > maxRows {
				return refuse("rows", maxRows)
			}
			c, ok := rd.record(list.file, row, get("first_name"), get("last_name"), get("email_address"))
			if !ok {
				return nil
			}
			c.Login, _ = clean(get("sis_username"))
			if g, ok := school.Grade(get("grade_level")); ok {
				c.Grade = g
			}
			id := get("person_id")
			c.ids, c.kind = []string{id}, list.kind
			for n := 1; n <= 999; n++ {
				at := get(numbered("location_id", n))
				if at == "" {
					if n > 1 {
						break
					}
					continue
				}
				if _, ok := places[at]; !ok {
					rd.words.say("dangling", row, list.file, at)
				}
				q := c
				for _, class := range of[id] {
					if p := classes[class]; p.at == at && list.kind == school.Pupil {
						q.classes = append(q.classes[:len(q.classes):len(q.classes)], p.named)
					}
				}
				for _, class := range teaches[id] {
					if p := classes[class]; p.at == at && list.kind == school.Teacher {
						q.teaches = append(q.teaches[:len(q.teaches):len(q.teaches)], p.named)
					}
				}
				rd.people.add(q, []string{at}, places[at], "")
			}
			return nil
		}); err != nil {
			return Result{}, err
		}
	}
	return rd.result(Detected{Encoding: UTF8}), nil
}

// numbered is a head that may be repeated: the first without a number.
func numbered(head string, n int) string {
	if n == 1 {
		return head
	}
	return fmt.Sprintf("%s_%d", head, n)
}

func (f *file) asmTable(rd *reading, name string, most int, visit func(int, func(string) string) error) error {
	for _, file := range asmFiles {
		if file.name != name {
			continue
		}
		if !f.zip.has(name) {
			rd.words.say("file_missing", 0, name, "")
			return nil
		}
		wanted := slices.Clone(file.heads)
		for n := 2; n <= file.most; n++ {
			if h := numbered(file.more, n); !slices.Contains(wanted, h) {
				wanted = append(wanted, h)
			}
		}
		t, err := f.zip.member(name, &rd.words, most, wanted...)
		if err == nil {
			err = t.need(file.required...)
		}
		if err != nil {
			return err
		}
		return t.each(visit)
	}
	return nil
}
