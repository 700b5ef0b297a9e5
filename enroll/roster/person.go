package roster

import (
	"strings"

	"ranzen/store/school"
)

// From a line to a person: who it is about, what they are, where they belong.

// names puts a name together: the name a person is called by, and the family name with its particle.
func (rd *reading) names(cells []string, row int) (given, family string) {
	if given = rd.one(cells, row, CallName); given == "" {
		given = rd.one(cells, row, Given)
	}
	family = rd.one(cells, row, Family)
	if full := rd.one(cells, row, FullName); full != "" && family == "" {
		if given != "" {
			family = full
		} else {
			given, family = splitName(full)
			if given != "" {
				rd.words.say("name_split", 0, "", "")
			}
		}
	}
	if particle := rd.one(cells, row, Particle); particle != "" && family != "" && !strings.HasPrefix(school.Fold(family), school.Fold(particle)+" ") {
		family = particle + " " + family
	}
	return given, family
}

// splitName splits a whole name: at its comma, else before the last word and the particles before it.
func splitName(s string) (given, family string) {
	if family, given, found := strings.Cut(s, ","); found {
		return strings.TrimSpace(given), strings.TrimSpace(family)
	}
	parts := strings.Fields(s)
	at := len(parts) - 1
	for at > 1 && parts[at-1] == strings.ToLower(parts[at-1]) { // von, zu, der, van, el
		at--
	}
	if at < 1 {
		return "", s
	}
	return strings.Join(parts[:at], " "), strings.Join(parts[at:], " ")
}

// person reads one line about a person; kind is what the place of the line says, empty in a file with one table.
func (rd *reading) person(cells []string, row int, kind school.PersonKind) {
	if !rd.meant(cells, row) {
		return
	}
	given, family := rd.names(cells, row)
	if given == "" && family == "" {
		rd.words.say("no_name", row, "", "")
		return
	}
	if family == "" || given == "" {
		rd.words.say("half_name", row, "", given+family)
	}
	p := entryOf(row, given, family)
	for _, i := range rd.by[ID] {
		id := ""
		if i < len(cells) {
			id = rd.cell(cells[i], row, i)
		}
		p.ids = append(p.ids, id)
	}
	classes := rd.listed(cells, row, Class)
	if c, ok := rd.m.Constants[Class]; ok && len(classes) == 0 {
		classes = []string{c}
	}
	groups := rd.listed(cells, row, Groups)
	p.kind = rd.kind(cells, row, kind, classes, groups)
	if p.kind == nobody {
		rd.words.say("left_out", row, "", "")
		return
	}
	p.Email, p.Login = rd.mail(cells, row), rd.one(cells, row, Login)
	rd.memberships(&p, classes, groups, rd.listed(cells, row, Courses), rd.listed(cells, row, Teaches))
	if g := rd.constant(cells, row, Grade); g != "" {
		grade, ok := school.Grade(g)
		if !ok {
			rd.words.say("grade", row, "", g)
		}
		p.Grade = grade
	}
	rd.days(&p, cells, row)
	if y := rd.constant(cells, row, Year); y != "" {
		rd.people.inYear(y, row)
	}
	rd.people.add(p, rd.schoolsOf(cells, row), rd.one(cells, row, SchoolName), rd.m.Classes.School)
}

func (rd *reading) constant(cells []string, row int, f Field) string {
	if s := rd.one(cells, row, f); s != "" {
		return s
	}
	return rd.m.Constants[f]
}

func (rd *reading) schoolsOf(cells []string, row int) []string {
	list := rd.listed(cells, row, School)
	if c := rd.m.Constants[School]; len(list) == 0 && c != "" {
		list = []string{c}
	}
	if len(list) == 0 {
		list = []string{""}
	}
	return list
}

// meant reports whether a line is about somebody who is there.
func (rd *reading) meant(cells []string, row int) bool {
	if v := strings.ToLower(rd.one(cells, row, Ignored)); v == "1" || v == "true" || v == "yes" || v == "ja" {
		rd.words.say("left_ignored", row, "", "")
		return false
	}
	if strings.EqualFold(rd.one(cells, row, Action), "D") {
		rd.words.say("left_gone", row, "", "")
		return false
	}
	if status := rd.one(cells, row, Status); status != "" && rd.left[headKey(status)] {
		rd.words.say("left_gone", row, "", "")
		return false
	}
	return true
}

// listed reads cells in which several names may stand.
func (rd *reading) listed(cells []string, row int, f Field) []string {
	signs := rd.m.Lists
	if signs == "" {
		signs = ","
	}
	var out []string
	for _, i := range rd.by[f] {
		if i >= len(cells) {
			continue
		}
		for _, part := range strings.FieldsFunc(cells[i], func(r rune) bool { return r == '\n' || r == listMark || strings.ContainsRune(signs, r) }) {
			if s := rd.cell(part, row, i); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// kind decides who somebody is: by the column, by what they are a member of, by the place in the file, by the rule, by the
// name of the file.
func (rd *reading) kind(cells []string, row int, place school.PersonKind, classes, groups []string) school.PersonKind {
	kinds := rd.listed(cells, row, Kind)
	if c := rd.m.Constants[Kind]; len(kinds) == 0 && c != "" {
		kinds = []string{c}
	}
	best := school.PersonKind("")
	for _, k := range kinds {
		if found := rd.kindNamed(k); found != "" {
			best = stronger(best, found)
		}
	}
	if len(kinds) > 0 && best == "" && kinds[0] != "" {
		rd.words.say("kind", row, "", kinds[0])
	}
	if best != "" {
		return best
	}
	for _, list := range [][]string{classes, groups} {
		for _, name := range list {
			best = stronger(best, rd.kindOfGroup(name))
		}
	}
	switch {
	case best != "":
		return best
	case place != "":
		return place
	case rd.m.Kinds.Default != "":
		return rd.m.Kinds.Default
	}
	name := headKey(rd.in.Name)
	for _, w := range []string{"lehrer", "lehrkraft", "lehrkrafte", "kollegium", "teacher", "staff"} {
		if strings.Contains(name, w) {
			return school.Teacher
		}
	}
	return school.Pupil
}

// kindNamed is what a word in the column of kinds means: by the mapping, else by what everybody knows.
func (rd *reading) kindNamed(name string) school.PersonKind {
	key := headKey(name)
	if k, ok := rd.values[key]; ok {
		return k
	}
	return kindWords[key]
}

// kindOfGroup is what being in a group says of somebody. Short names are classes and no words.
func (rd *reading) kindOfGroup(name string) school.PersonKind {
	if k, ok := rd.asked[name]; ok {
		return k
	}
	key := headKey(name)
	k, ok := rd.groups[key]
	if !ok && len(key) > 4 {
		k = kindWords[key]
	}
	if len(rd.asked) < maxRows {
		rd.asked[name] = k
	}
	return k
}

// stronger decides between two kinds of one person: a teacher who is also a parent is a teacher.
func stronger(a, b school.PersonKind) school.PersonKind {
	for _, k := range []school.PersonKind{school.Teacher, school.Staff, school.Pupil, nobody} {
		if a == k || b == k {
			return k
		}
	}
	return ""
}

func (rd *reading) mail(cells []string, row int) string {
	return rd.address(rd.one(cells, row, Email), row)
}

// address keeps a mail address that can be one and says which cannot.
func (rd *reading) address(mail string, row int) string {
	mail, _ = clean(mail)
	if mail == "" {
		return ""
	}
	if at := strings.IndexByte(mail, '@'); at < 1 || at == len(mail)-1 || strings.ContainsAny(mail, " ,;<>\"()\ufffd") || strings.Count(mail, "@") > 1 {
		rd.words.say("email", row, "", mail)
		return ""
	}
	return mail
}

// memberships sorts the names of classes and courses of a line.
func (rd *reading) memberships(p *candidate, classes, groups, courses, teaches []string) {
	mine := &p.classes
	if p.kind != school.Pupil {
		mine = &p.teaches
	}
	for _, c := range classes {
		if rd.kindOfGroup(c) != "" || rd.noClass(c) {
			continue
		}
		*mine = append(*mine, named{name: rd.bare(c), class: true})
	}
	known := map[string]bool{}
	for _, c := range *mine {
		if len(groups) > 0 {
			known[school.ClassKey(c.name)] = true
		}
	}
	for _, g := range groups {
		key := school.ClassKey(g)
		switch {
		case rd.kindOfGroup(g) != "", rd.noClass(g), known[key]:
		case len(g) > 9 && strings.EqualFold(g[:9], "jahrgang "):
			if grade, ok := school.Grade(g); ok && p.kind == school.Pupil {
				p.Grade = grade
			}
		case school.ClassName(g) != g, len(known) == 0 && school.GradeOfClass(g) != "":
			*mine = append(*mine, named{name: rd.bare(g), class: true})
		default:
			*mine = append(*mine, named{name: rd.bare(g)})
		}
	}
	for _, c := range courses {
		*mine = append(*mine, named{name: rd.bare(c)})
	}
	for _, c := range teaches {
		if !rd.noClass(c) {
			p.teaches = append(p.teaches, named{name: rd.bare(c), class: school.GradeOfClass(c) != ""})
		}
	}
}

func (rd *reading) noClass(name string) bool {
	if strings.Trim(name, "-–./ ") == "" {
		return true
	}
	return len(rd.none) > 0 && rd.none[headKey(name)]
}

// bare takes away what the source writes before every name of a class.
func (rd *reading) bare(name string) string {
	for _, p := range rd.m.Classes.Prefixes {
		if rest := strings.TrimSpace(strings.TrimPrefix(name, p)); rest != "" && rest != name {
			name = rest
			break
		}
	}
	return school.ClassName(name)
}

// days reads the day of leaving and, when the mapping says so, the day of coming of age. The birth date itself is
// forgotten here; not even a word about it that is wrong repeats it.
func (rd *reading) days(p *candidate, cells []string, row int) {
	if s := rd.one(cells, row, Until); s != "" {
		day, ok := readDate(s, rd.m.Dates, rd.in.Now, false)
		if !ok {
			rd.words.stop("date", row, rd.name(rd.by[Until][0]), s)
		}
		p.Until = day
	}
	if s := rd.one(cells, row, AdultFrom); s != "" && rd.m.Adult {
		day, ok := readDate(s, rd.m.Dates, rd.in.Now, true)
		switch {
		case !ok:
			rd.words.stop("birth", row, rd.name(rd.by[AdultFrom][0]), "")
		case p.kind == school.Pupil:
			p.AdultFrom = comingOfAge(day)
		}
	}
}
