package roster

import (
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// listMark separates several values a program wrote as a list, for cells made of JSON.
const listMark = '\x1f'

// named is a class or a course by its name.
type named struct {
	name  string
	id    string // the source's, where it outlives the name
	class bool   // surely a class; false: a course, or not known
	grade string // as the source says
}

// candidate is a person as one line tells of them.
type candidate struct {
	school.RosterPerson
	kind    school.PersonKind
	ids     []string // one for each column that could be the id
	classes []named
	teaches []named
}

func entryOf(row int, given, family string) candidate {
	return candidate{RosterPerson: school.RosterPerson{Row: row, Given: given, Family: family}}
}

// builder puts lines together to schools: classes by what they mean, people by their id.
type builder struct {
	words    *words
	partial  bool
	year     string
	schools  []*building
	byNumber map[string]*building
	idColumn int // -1: there is but one
}

// building is one school on its way.
type building struct {
	number, name string
	partial      bool
	people       []candidate
	classes      map[string]*classCount
	keys         map[string]string // spelling → key
	order        []*classCount
}

type classCount struct {
	key       string
	spelled   map[string]int
	first     []string
	class     bool
	id, grade string
	grades    map[string]int // of the pupils in it
}

func newBuilder(w *words, partial bool) *builder {
	return &builder{words: w, partial: partial, byNumber: map[string]*building{}}
}

// inYear notes the school year a line says.
func (b *builder) inYear(s string, row int) {
	year, ok := readYear(s)
	switch {
	case !ok:
		b.words.say("year", row, "", s)
	case b.year == "":
		b.year = year
	case b.year != year:
		b.words.stop("years", row, "", s)
	}
}

func (b *builder) school(number, name string) *building {
	s := b.byNumber[number]
	if s == nil {
		s = &building{number: number, classes: map[string]*classCount{}, keys: map[string]string{}}
		b.byNumber[number] = s
		b.schools = append(b.schools, s)
	}
	if s.name == "" {
		s.name = name
	}
	return s
}

// add puts a person into each of their schools. Where the names of classes carry the school's name before sign, each
// school gets its own.
func (b *builder) add(p candidate, numbers []string, schoolName, sign string) {
	for i, number := range numbers {
		if slices.Contains(numbers[:i], number) {
			continue
		}
		q := p
		q.classes = ofSchool(p.classes, number, numbers, sign)
		q.teaches = ofSchool(p.teaches, number, numbers, sign)
		s := b.school(number, schoolName)
		s.people = append(s.people, q)
	}
}

// ofSchool picks the classes whose names begin with the school's name and takes it away. Names without any belong to every
// school of the line.
func ofSchool(list []named, number string, numbers []string, sign string) []named {
	if sign == "" || len(list) == 0 {
		return slices.Clone(list)
	}
	var out []named
	for _, n := range list {
		foreign := false
		for _, other := range numbers {
			if len(n.name) <= len(other)+len(sign) || !strings.EqualFold(n.name[:len(other)+len(sign)], other+sign) {
				continue
			}
			if other == number {
				n.name = n.name[len(other)+len(sign):]
			} else {
				foreign = true
			}
			break
		}
		if !foreign {
			out = append(out, n)
		}
	}
	return out
}

// key is school.ClassKey, asked once for each spelling.
func (s *building) key(name string) string {
	key, ok := s.keys[name]
	if !ok {
		key = school.ClassKey(name)
		s.keys[name] = key
	}
	return key
}

// count notes a class by its key; it shows under the spelling most lines use.
func (s *building) count(n named) string {
	key := s.key(n.name)
	c := s.classes[key]
	if c == nil {
		c = &classCount{key: key, spelled: map[string]int{}, grades: map[string]int{}}
		s.classes[key] = c
		s.order = append(s.order, c)
	}
	if c.spelled[n.name]++; c.spelled[n.name] == 1 {
		c.first = append(c.first, n.name)
	}
	if c.id == "" || n.class && !c.class && n.id != "" {
		c.id = n.id
	}
	c.class = c.class || n.class
	if c.grade == "" {
		c.grade = n.grade
	}
	return key
}

func (c *classCount) name() string {
	best := c.first[0]
	for _, s := range c.first[1:] {
		if c.spelled[s] > c.spelled[best] {
			best = s
		}
	}
	return best
}

// chooseID decides for the whole file which column is the id: the one most people have one in, and of equal ones the first.
// Who is known by one number today and by another tomorrow would be two people. Columns of which no line fills two are
// one: pupils and teachers of one file often have their ids under different heads.
func (b *builder) chooseID() {
	var filled []int
	several := false
	for _, s := range b.schools {
		for _, p := range s.people {
			n := 0
			for i, id := range p.ids {
				for len(filled) <= i {
					filled = append(filled, 0)
				}
				if id != "" {
					filled[i]++
					n++
				}
			}
			several = several || n > 1
		}
	}
	b.idColumn = -1
	if several {
		b.idColumn = 0
		for i, n := range filled {
			if n > filled[b.idColumn] {
				b.idColumn = i
			}
		}
	}
	for _, s := range b.schools {
		for n := range s.people {
			p := &s.people[n]
			for i, id := range p.ids {
				if id != "" && (i == b.idColumn || b.idColumn < 0) {
					p.ID = id
				}
			}
		}
	}
}

// finish makes the roster.
func (b *builder) finish() school.Roster {
	b.chooseID()
	r := school.Roster{Year: b.year}
	for _, s := range b.schools {
		r.Schools = append(r.Schools, b.finishSchool(s))
	}
	slices.SortStableFunc(r.Schools, func(x, y school.RosterSchool) int { return strings.Compare(x.Number, y.Number) })
	return r
}

func (b *builder) finishSchool(s *building) school.RosterSchool {
	out := school.RosterSchool{Number: s.number, Name: s.name, Partial: b.partial || s.partial}
	byID := map[string]int{}
	var people []candidate
	anyID := slices.ContainsFunc(s.people, func(p candidate) bool { return p.ID != "" })
	for _, p := range s.people {
		at, met := byID[p.ID]
		switch {
		case p.ID == "":
			if anyID {
				b.words.say("row_without_id", p.Row, "", p.Family+", "+p.Given)
			}
		case met && !sameName(people[at], p):
			b.words.stop("id_twice", p.Row, "", p.ID)
			continue
		case met:
			b.join(&people[at], p)
			continue
		default:
			byID[p.ID] = len(people)
		}
		people = append(people, p)
	}
	for i := range people {
		p := &people[i]
		for _, n := range p.classes {
			c := s.classes[s.count(n)]
			if n.class && p.Grade != "" {
				c.grades[p.Grade]++
			} else if n.class {
				c.grades[""]++
			}
		}
		for _, n := range p.teaches {
			s.count(n)
		}
	}
	names := map[string]string{}
	for _, c := range s.order {
		names[c.key] = c.name()
		if len(c.first) > 1 {
			b.words.say("spelled", 0, "", strings.Join(c.first, " · "))
		}
		out.Classes = append(out.Classes, school.RosterClass{ID: c.id, Name: names[c.key], Grade: c.gradeOf(), Course: !c.class && school.GradeOfClass(names[c.key]) == ""})
	}
	slices.SortFunc(out.Classes, func(x, y school.RosterClass) int {
		return strings.Compare(school.SortKey(x.Name), school.SortKey(y.Name))
	})
	b.twins(s, people)
	for _, p := range people {
		p.Kind = p.kind
		p.Classes, p.Teaches = s.namesOf(p.classes, names), s.namesOf(p.teaches, names)
		if p.Kind == school.Pupil && p.Grade == "" && len(p.Classes) == 0 {
			b.words.say("without_class", p.Row, "", p.Family+", "+p.Given)
		}
		out.People = append(out.People, p.RosterPerson)
	}
	return out
}

// gradeOf is what the source says of a class, else what all its pupils share, else what its name tells. A class whose
// pupils are of several grades is mixed and has none.
func (c *classCount) gradeOf() string {
	if c.grade != "" || !c.class && school.GradeOfClass(c.name()) == "" {
		return c.grade
	}
	said := ""
	for g := range c.grades {
		if g == "" {
			continue
		}
		if said != "" {
			return ""
		}
		said = g
	}
	if said != "" {
		return said
	}
	return school.GradeOfClass(c.name())
}

func (s *building) namesOf(list []named, names map[string]string) []string {
	var out []string
	for _, n := range list {
		if name := names[s.key(n.name)]; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if len(out) > 1 {
		slices.SortFunc(out, func(a, b string) int { return strings.Compare(school.SortKey(a), school.SortKey(b)) })
	}
	return out
}

func sameName(a, b candidate) bool {
	return school.Fold(a.Family) == school.Fold(b.Family) && school.Fold(a.Given) == school.Fold(b.Given) && a.kind == b.kind
}

// join puts a further line about a person to the first.
func (b *builder) join(p *candidate, q candidate) {
	p.classes, p.teaches = append(p.classes, q.classes...), append(p.teaches, q.teaches...)
	for _, pair := range [][2]*string{{&p.Email, &q.Email}, {&p.Login, &q.Login}, {&p.Grade, &q.Grade}} {
		if *pair[0] == "" {
			*pair[0] = *pair[1]
		}
	}
	if p.Until.IsZero() {
		p.Until = q.Until
	}
	if p.AdultFrom.IsZero() {
		p.AdultFrom = q.AdultFrom
	}
	b.words.say("joined", q.Row, "", q.Family+", "+q.Given)
}

// twins says where two people of one name stand in one class: nobody but a person can tell them apart.
func (b *builder) twins(s *building, people []candidate) {
	seen := map[string]bool{}
	for _, p := range people {
		class := ""
		if len(p.classes) > 0 {
			class = s.key(p.classes[0].name)
		}
		key := school.Fold(p.Family) + "\x00" + school.Fold(p.Given) + "\x00" + class
		if seen[key] {
			b.words.say("twins", p.Row, "", p.Family+", "+p.Given)
		}
		seen[key] = true
	}
}

// sortedKeys are the keys of a map in a fixed order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Collector puts people together who come from somewhere else than a file: a server that is asked page by page. It makes
// of them what Read makes of lines.
type Collector struct {
	words  words
	people *builder
}

// Person is somebody as a server tells of them, at one school.
type Person struct {
	ID, Given, Family, Email, Login string
	School, SchoolName              string
	Kind                            school.PersonKind
	Grade                           string
	Classes, Teaches                []Group
	Until                           time.Time
}

// Group is a class or a course. ID is given only where it outlives the name.
type Group struct {
	ID, Name, Grade string
	Class           bool
}

// NewCollector begins.
func NewCollector() *Collector {
	c := &Collector{}
	c.people = newBuilder(&c.words, false)
	return c
}

// Say notes a word; stop means that nothing may be taken over before it is mended.
func (c *Collector) Say(code, value string, stop bool) { c.words.add(code, 0, "", value, stop) }

// Partial notes that a school was not told of completely: who is missing has not left.
func (c *Collector) Partial(number, name string) { c.people.school(number, name).partial = true }

// Add takes somebody in. ok is false for a name nobody can keep; a word says why.
func (c *Collector) Add(p Person) (ok bool) {
	for _, s := range []*string{&p.Given, &p.Family, &p.Email, &p.Login, &p.SchoolName} {
		text, why := clean(*s)
		if why != "" {
			c.words.stop("letters_"+why, 0, "", text)
			return false
		}
		*s = text
	}
	grade, _ := school.Grade(p.Grade)
	q := candidate{kind: p.Kind, ids: []string{p.ID}, classes: c.named(p.Classes), teaches: c.named(p.Teaches)}
	q.RosterPerson = school.RosterPerson{Given: p.Given, Family: p.Family, Email: p.Email, Login: p.Login, Grade: grade, Until: p.Until}
	c.people.add(q, []string{p.School}, p.SchoolName, "")
	return true
}

func (c *Collector) named(list []Group) (out []named) {
	for _, g := range list {
		name, why := clean(g.Name)
		if why != "" {
			c.words.stop("letters_"+why, 0, "", name)
			continue
		}
		if name = school.ClassName(name); name != "" {
			grade, _ := school.Grade(g.Grade)
			out = append(out, named{name: name, id: g.ID, class: g.Class, grade: grade})
		}
	}
	return out
}

// Finish gives the roster. A source without anybody in it is no source.
func (c *Collector) Finish(source string) school.Roster {
	r := c.people.finish()
	n := 0
	for _, s := range r.Schools {
		n += len(s.People)
	}
	if n == 0 {
		c.words.stop("nobody", 0, "", "")
	}
	r.Source, r.Words = source, c.words.list
	return r
}
