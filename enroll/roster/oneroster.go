package roster

import (
	"bytes"
	"io"
	"strings"
	"time"

	"ranzen/store/school"
)

// OneRoster is a set of tables in an archive, in two versions that differ in where the role of a person stands. Ids of
// classes are left out: a class of OneRoster belongs to one term and gets a new id for the next.
//
// demographics.csv holds birth dates, sex and more and is never opened; neither are the profiles with passwords.
//
// Document: 1EdTech OneRoster 1.1 and 1.2, CSV binding.

// member is one table of an archive, its heads matched with slips.
type member struct {
	name  string
	in    *records
	place map[string]int
	rows  int
	max   int
}

// member opens a table. wanted are the heads that are read; all others are left out, with a word for those that are
// private and those that had to be guessed.
func (a *archive) member(name string, w *words, max int, wanted ...string) (*member, error) {
	text, _, done, err := a.text(name)
	if err != nil {
		return nil, err
	}
	defer done()
	body, err := io.ReadAll(text) // decoding is the reading; the bytes are bounded by the archive
	if err != nil {
		return nil, broken(err)
	}
	t := &member{name: name, place: map[string]int{}, max: max}
	t.in = newRecords(bytes.NewReader(body), findSeparator(body[:min(len(body), 256<<10)], len(body) <= 256<<10))
	t.in.backslash = bytes.Contains(body, []byte(`\"`))
	heads, _, err := t.in.next()
	if err == io.EOF {
		return t, nil
	} else if err != nil {
		return nil, err
	}
	rules := map[string]Field{}
	for _, h := range wanted {
		rules[headKey(h)] = Field(h)
	}
	for i, h := range heads {
		key := headKey(h)
		if f, ok := rules[key]; ok {
			t.place[string(f)] = i
		} else if isPrivate(key) || isBirth(key) {
			w.say("private_column", 0, h, "")
		} else if f, ok := nearest(key, rules); ok {
			if _, taken := t.place[string(f)]; !taken {
				t.place[string(f)] = i
				w.say("head_guess", 0, h, string(f))
			}
		} else if key == "" && i < len(heads)-1 {
			w.say("unknown_column", 0, placeName(i), "")
		}
	}
	return t, nil
}

// need refuses a table without a column nothing can be read without.
func (t *member) need(heads ...string) error {
	for _, h := range heads {
		if _, ok := t.place[h]; !ok {
			return refuse("head_missing", t.name, h)
		}
	}
	return nil
}

// each visits the lines; get gives a cell by its head.
func (t *member) each(visit func(row int, get func(head string) string) error) error {
	for {
		cells, row, err := t.in.next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if blank(cells) {
			continue
		}
		if t.rows++; t.rows > t.max {
			return refuse("rows", t.max)
		}
		if err := visit(row, func(head string) string {
			if i, ok := t.place[head]; ok && i < len(cells) {
				return cells[i]
			}
			return ""
		}); err != nil {
			return err
		}
	}
}

// commaList splits a cell in which OneRoster lists several values.
func commaList(s string) (out []string) {
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// oneRoster is the set as it is put together.
type oneRoster struct {
	rd      *reading
	zip     *archive
	schools map[string][2]string // id → number, name
	classes map[string]oneClass
	people  map[string]*onePerson
	order   []*onePerson
	year    string
}

type oneClass struct {
	named
	school string
}

type onePerson struct {
	candidate
	roles   map[string]school.PersonKind // school id → what the person is there
	classes map[string][]string          // school id → ids of classes
	teaches map[string][]string
}

func (f *file) readOneRoster(in Input) (Result, error) {
	m := Mapping{Format: "oneroster"}
	if in.Mapping != nil {
		m = *in.Mapping
	}
	o := &oneRoster{rd: newReading(in, m), zip: f.zip, schools: map[string][2]string{}, classes: map[string]oneClass{}, people: map[string]*onePerson{}}
	w := &o.rd.words
	if f.zip.folder {
		w.say("folder", 0, "", "")
	}
	for _, name := range []string{"demographics.csv", "userProfiles.csv", "userResources.csv"} {
		if f.zip.has(name) {
			w.say("private_file", 0, name, "")
		}
	}
	for _, step := range []func() error{o.orgs, o.sessions, o.readClasses, o.users, o.roles, o.enrollments} {
		if err := step(); err != nil {
			return Result{}, err
		}
	}
	o.deliver()
	return o.rd.result(Detected{Encoding: UTF8}), nil
}

// gone reports whether a line is on its way out.
func gone(get func(string) string) bool {
	return strings.EqualFold(strings.TrimSpace(get("status")), "tobedeleted")
}

func (o *oneRoster) orgs() error {
	t, err := o.zip.member("orgs.csv", &o.rd.words, maxRows, "sourcedId", "status", "name", "type", "identifier")
	if err == nil {
		err = t.need("sourcedId")
	}
	if err != nil {
		return err
	}
	return t.each(func(_ int, get func(string) string) error {
		if kind := strings.ToLower(get("type")); !gone(get) && (kind == "" || kind == "school") {
			name, _ := clean(get("name"))
			number, _ := clean(get("identifier"))
			o.schools[get("sourcedId")] = [2]string{first(number, get("sourcedId")), name}
		}
		return nil
	})
}

// sessions finds the school year that runs: the one around today, else the last.
func (o *oneRoster) sessions() error {
	if !o.zip.has("academicSessions.csv") {
		return nil
	}
	t, err := o.zip.member("academicSessions.csv", &o.rd.words, maxRows, "sourcedId", "status", "type", "startDate", "endDate", "schoolYear")
	if err != nil {
		return err
	}
	last := ""
	err = t.each(func(_ int, get func(string) string) error {
		year := get("schoolYear")
		if n, ok := digits(year); ok && len(year) == 4 { // OneRoster names a year by its end
			year = time.Date(n-1, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006")
		}
		y, ok := readYear(year)
		if gone(get) || !ok {
			return nil
		}
		from, fok := readDate(get("startDate"), "", o.rd.in.Now, false)
		to, tok := readDate(get("endDate"), "", o.rd.in.Now, false)
		if fok && tok && !o.rd.in.Now.Before(from) && !o.rd.in.Now.After(to.AddDate(0, 0, 1)) {
			o.year = y
		}
		last = max(last, y)
		return nil
	})
	o.year = first(o.year, last)
	return err
}

func (o *oneRoster) readClasses() error {
	if !o.zip.has("classes.csv") {
		o.rd.words.say("file_missing", 0, "classes.csv", "")
		return nil
	}
	t, err := o.zip.member("classes.csv", &o.rd.words, maxLinks, "sourcedId", "status", "title", "grades", "classCode", "classType", "schoolSourcedId")
	if err == nil {
		err = t.need("sourcedId", "title")
	}
	if err != nil {
		return err
	}
	return t.each(func(row int, get func(string) string) error {
		name, why := clean(get("title"))
		if why != "" {
			o.rd.words.stop("letters_"+why, row, "classes.csv", name)
		}
		if gone(get) || name == "" {
			return nil
		}
		c := oneClass{named: named{name: school.ClassName(name)}, school: get("schoolSourcedId")}
		kind := strings.ToLower(get("classType"))
		c.class = kind == "homeroom" || kind == "" && school.GradeOfClass(name) != ""
		if grades := commaList(get("grades")); len(grades) == 1 {
			c.grade, _ = school.Grade(grades[0])
		}
		o.classes[get("sourcedId")] = c
		return nil
	})
}

func (o *oneRoster) users() error {
	t, err := o.zip.member("users.csv", &o.rd.words, maxRows, "sourcedId", "status", "enabledUser", "orgSourcedIds", "primaryOrgSourcedId", "role", "username",
		"givenName", "familyName", "middleName", "preferredGivenName", "preferredFamilyName", "identifier", "email", "grades")
	if err == nil {
		err = t.need("sourcedId", "givenName", "familyName")
	}
	if err != nil {
		return err
	}
	return t.each(func(row int, get func(string) string) error {
		o.rd.rows++
		if gone(get) {
			o.rd.words.say("left_gone", row, "users.csv", "")
			return nil
		}
		c, ok := o.rd.record("users.csv", row, first(get("preferredGivenName"), get("givenName")), first(get("preferredFamilyName"), get("familyName")), get("email"))
		if !ok {
			return nil
		}
		c.Login, _ = clean(get("username"))
		id, _ := clean(get("sourcedId"))
		c.ids = []string{id}
		if grades := commaList(get("grades")); len(grades) == 1 {
			c.Grade, _ = school.Grade(grades[0])
		}
		p := &onePerson{candidate: c, roles: map[string]school.PersonKind{}, classes: map[string][]string{}, teaches: map[string][]string{}}
		for _, org := range append(commaList(get("orgSourcedIds")), commaList(get("primaryOrgSourcedId"))...) {
			p.roles[org] = kindWords[headKey(get("role"))]
		}
		if o.people[id] != nil {
			o.rd.words.stop("id_twice", row, "users.csv", id)
			return nil
		}
		o.people[id] = p
		o.order = append(o.order, p)
		return nil
	})
}

func (o *oneRoster) roles() error {
	if !o.zip.has("roles.csv") {
		return nil
	}
	t, err := o.zip.member("roles.csv", &o.rd.words, maxLinks, "sourcedId", "status", "userSourcedId", "role", "orgSourcedId", "beginDate", "endDate")
	if err == nil {
		err = t.need("userSourcedId", "role", "orgSourcedId")
	}
	if err != nil {
		return err
	}
	return t.each(func(row int, get func(string) string) error {
		p := o.people[get("userSourcedId")]
		if p == nil || gone(get) || o.over(get("endDate")) {
			return nil
		}
		if org := get("orgSourcedId"); org != "" {
			p.roles[org] = stronger(p.roles[org], kindWords[headKey(get("role"))])
		}
		return nil
	})
}

// over reports whether a day has passed.
func (o *oneRoster) over(day string) bool {
	end, ok := readDate(day, "", o.rd.in.Now, false)
	return ok && !o.rd.in.Now.IsZero() && end.AddDate(0, 0, 1).Before(o.rd.in.Now)
}

func (o *oneRoster) enrollments() error {
	if !o.zip.has("enrollments.csv") {
		o.rd.words.say("file_missing", 0, "enrollments.csv", "")
		return nil
	}
	t, err := o.zip.member("enrollments.csv", &o.rd.words, maxLinks, "sourcedId", "status", "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "beginDate", "endDate")
	if err == nil {
		err = t.need("classSourcedId", "userSourcedId")
	}
	if err != nil {
		return err
	}
	return t.each(func(row int, get func(string) string) error {
		if gone(get) || o.over(get("endDate")) {
			return nil
		}
		p, c := o.people[get("userSourcedId")], o.classes[get("classSourcedId")]
		if p == nil || c.name == "" {
			o.rd.words.say("dangling", row, "enrollments.csv", "")
			return nil
		}
		at := first(get("schoolSourcedId"), c.school)
		switch kindWords[headKey(get("role"))] {
		case school.Teacher:
			p.teaches[at] = append(p.teaches[at], get("classSourcedId"))
		case school.Pupil, "":
			p.classes[at] = append(p.classes[at], get("classSourcedId"))
		}
		return nil
	})
}

// deliver gives each person to each of their schools.
func (o *oneRoster) deliver() {
	if o.year != "" {
		o.rd.people.inYear(o.year, 0)
	}
	for _, p := range o.order {
		orgs := sortedKeys(p.roles)
		kept := false
		for _, org := range orgs {
			at, ok := o.schools[org]
			if !ok {
				continue // a district, or a school that is going
			}
			kind := p.roles[org]
			if kind == "" && len(p.teaches[org]) > 0 {
				kind = school.Teacher
			} else if kind == "" && len(p.classes[org]) > 0 {
				kind = school.Pupil
			}
			if kind == "" || kind == nobody {
				continue
			}
			kept = true
			q := p.candidate
			q.kind = kind
			q.ids = p.ids
			for _, id := range p.classes[org] {
				q.classes = append(q.classes, o.classes[id].named)
			}
			for _, id := range p.teaches[org] {
				q.teaches = append(q.teaches, o.classes[id].named)
			}
			if kind != school.Pupil {
				q.Grade, q.classes = "", nil
			}
			o.rd.people.add(q, []string{at[0]}, at[1], "")
		}
		if !kept {
			o.rd.words.say("left_out", p.Row, "users.csv", "")
		}
	}
}
