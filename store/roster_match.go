package store

import (
	"cmp"
	"fmt"
	"slices"

	"ranzen/store/school"
)

// rosterMatch finds out who of a roster is who of a school: by the id of the source, by our own, by the school's own login or an
// id of another source, by e-mail address within the school, by name and class; by the name alone never without being told.
// Between schools nobody is ever found by name. Two of one name in one class are never told apart by rule.
type rosterMatch struct {
	w  *rosterWorld
	in school.RosterSchool
	at map[string][]school.SchoolID // ids the same file names at other schools

	rows    []*rosterRow
	listed  map[string]bool     // ids of the file
	taken   map[*rosterHas]bool // somebody's match
	held    map[*rosterHas]bool // may be meant by a question nobody answered: left alone
	class   map[string]*rosterClassAs
	order   []*rosterClassAs
	course  map[string]string   // key of a course → its name
	brought map[*rosterHas]bool // comes from another school, as somebody said
	asked   []school.RosterQuestion
}

// rosterRow is a person of the file on the way to somebody we know.
type rosterRow struct {
	school.RosterPerson
	name  string
	class string // key of its class
	has   *rosterHas
	state rowState
	rekey *rosterHas // who had this id before
}

type rowState int

const (
	rowOpen  rowState = iota
	rowKnown          // has says who it is
	rowFresh          // somebody new
	rowHeld           // asked and not answered
)

// rosterClassAs is what a class of the file is with us.
type rosterClassAs struct {
	school.RosterClass
	key    string
	has    *classHas // nil: none of ours
	alias  bool      // another name for a class of ours that another class of the file is already
	create bool
	known  bool // has or create is decided
}

func newRosterMatch(w *rosterWorld, in school.RosterSchool, at map[string][]school.SchoolID) *rosterMatch {
	m := &rosterMatch{w: w, in: in, at: at, listed: map[string]bool{}, taken: map[*rosterHas]bool{}, held: map[*rosterHas]bool{}, brought: map[*rosterHas]bool{}, class: map[string]*rosterClassAs{}, course: map[string]string{}}
	for _, c := range in.Classes {
		key := school.ClassKey(c.Name)
		if c.Course {
			m.course[key] = school.ClassName(c.Name)
		} else if m.class[key] == nil {
			m.class[key] = &rosterClassAs{RosterClass: c, key: key}
			m.order = append(m.order, m.class[key])
		}
	}
	for _, p := range in.People {
		r := &rosterRow{RosterPerson: p, name: foldName(p.Given, p.Family)}
		for _, name := range p.Classes {
			if key := school.ClassKey(name); r.class == "" && m.class[key] != nil {
				r.class = key
			}
		}
		if p.ID != "" {
			m.listed[p.ID] = true
		}
		m.rows = append(m.rows, r)
	}
	return m
}

func (m *rosterMatch) match() {
	m.byID()
	m.unnamed()
	m.byOwn()
	m.byMark((*rosterRow).alike, func(p *school.RosterPerson) string { return school.Fold(p.Login) }, func(h *rosterHas) []string { return []string{school.Fold(h.Login)} })
	m.byMark((*rosterRow).namesake, func(p *school.RosterPerson) string { return p.ID }, func(h *rosterHas) []string { return keys(h.other) })
	m.byMark((*rosterRow).alike, func(p *school.RosterPerson) string { return school.Fold(p.Email) }, func(h *rosterHas) []string { return []string{school.Fold(h.Email)} })
	m.classes()
	m.byNameAndClass()
	m.byName()
	m.byChange()
	m.byOthers()
}

func (m *rosterMatch) take(r *rosterRow, h *rosterHas) {
	r.has, r.state = h, rowKnown
	m.taken[h] = true
}

// ask puts a question and says how it was answered. What it may be about is left alone until then.
func (m *rosterMatch) ask(q school.RosterQuestion, meant ...*rosterHas) string {
	a := m.w.answers[askKey(q.Kind, q.Subject)]
	q.Choice = a.choice
	for _, id := range []string{string(a.person), string(a.class)} {
		if id != "" {
			q.Choice = id
			if !slices.ContainsFunc(q.Options, func(o school.RosterOption) bool { return o.ID == id }) {
				q.Choice = "" // who was meant is no more, or somebody else by now
			}
		}
	}
	m.asked = append(m.asked, q)
	if q.Choice == "" || q.Choice == school.ChooseLater {
		for _, h := range meant {
			m.held[h] = true
		}
	}
	return q.Choice
}

// about is a question about a row, by what stays the same when the file comes again.
func (m *rosterMatch) about(kind string, r *rosterRow) school.RosterQuestion {
	subject := "id\x00" + r.ID
	if kind == school.AskName {
		subject += "\x00" + r.name
	}
	if r.ID == "" {
		n := 0
		for _, other := range m.rows {
			if other == r {
				break
			}
			if other.ID == "" && other.name == r.name && other.class == r.class && other.Kind == r.Kind {
				n++
			}
		}
		subject = fmt.Sprintf("name\x00%s\x00%s\x00%s\x00%d", r.name, r.class, r.Kind, n)
	}
	detail := ""
	if c := m.class[r.class]; c != nil {
		detail = school.ClassName(c.Name)
	}
	return school.RosterQuestion{Kind: kind, Subject: subject, Row: r.Row, Name: school.Person{Given: r.Given, Family: r.Family}.Name(), Detail: detail}
}

// options are people to choose from. Twins in one class read alike: they are told apart by the iPad they have, else by what
// they sign in with, else by what the source calls them.
func options(list []*rosterHas) (out []school.RosterOption) {
	alike := map[school.RosterOption]int{}
	for _, h := range list {
		o := school.RosterOption{Name: h.Name()}
		if h.class != nil {
			o.Detail = h.class.Name
		}
		alike[o]++
		out = append(out, o)
	}
	for i, h := range list {
		o := &out[i]
		if alike[*o] > 1 {
			key := h.key
			if h.unnamed() {
				key = ""
			}
			o.Detail = joined(o.Detail, cmp.Or(h.device, h.Login, h.Email, key))
		}
		o.ID = string(h.ID)
	}
	return out
}

// decided carries out the answer to a question about a row with these people to choose from.
func (m *rosterMatch) decided(r *rosterRow, choice string, list []*rosterHas) {
	switch choice {
	case "", school.ChooseLater:
		r.state = rowHeld
	case school.ChooseNew:
		r.state = rowFresh
	default:
		for _, h := range list {
			if string(h.ID) == choice && !m.taken[h] {
				m.take(r, h)
				return
			}
		}
		r.state = rowHeld // two rows cannot be one person
	}
}

// alike reports whether one of the two names is the same: people marry, or write a second given name.
func (r *rosterRow) alike(h *rosterHas) bool {
	return bareName(r.Family) == bareName(h.Family) || bareName(r.Given) == bareName(h.Given)
}

// namesake reports whether both names are the same: two sources count from one, both of them.
func (r *rosterRow) namesake(h *rosterHas) bool { return r.name == h.name }

// byID matches by the source's own id. An id with quite another name may have been given anew: that is asked.
func (m *rosterMatch) byID() {
	for _, r := range m.rows {
		h := m.w.byKey[r.ID]
		if r.ID == "" || h == nil || m.taken[h] {
			continue
		}
		same := r.Email != "" && school.Fold(r.Email) == school.Fold(h.Email) || r.Login != "" && school.Fold(r.Login) == school.Fold(h.Login)
		if same || r.alike(h) {
			m.take(r, h)
			continue
		}
		q := m.about(school.AskName, r)
		q.Detail = h.Name()
		switch m.ask(q, h) {
		case school.ChooseSame:
			m.take(r, h)
		case school.ChooseNew:
			r.rekey = h
		default:
			r.state = rowHeld
		}
	}
}

// unnamed matches rows without an id with people this source named without one before, where the name is the only one.
func (m *rosterMatch) unnamed() {
	of := map[string][]*rosterHas{}
	for _, h := range m.w.people {
		if h.unnamed() && !h.Archived {
			of[string(h.Kind)+h.name] = append(of[string(h.Kind)+h.name], h)
		}
	}
	rows := map[string]int{}
	for _, r := range m.rows {
		if r.ID == "" {
			rows[string(r.Kind)+r.name]++
		}
	}
	for _, r := range m.rows {
		if list := of[string(r.Kind)+r.name]; r.ID == "" && r.state == rowOpen && len(list) == 1 && rows[string(r.Kind)+r.name] == 1 {
			m.take(r, list[0])
		}
	}
}

// byMark matches by something that should be one person's alone within the school: a login, an id, an address. One that
// several have says nothing, and one whose both names differ was given to somebody else.
func (m *rosterMatch) byMark(fits func(*rosterRow, *rosterHas) bool, ofRow func(*school.RosterPerson) string, ofHas func(*rosterHas) []string) {
	rows, people := map[string]int{}, map[string][]*rosterHas{}
	for _, r := range m.rows {
		rows[ofRow(&r.RosterPerson)]++
	}
	for _, h := range m.w.people {
		for _, mark := range ofHas(h) {
			if mark != "" && h.School == m.w.school.ID {
				people[mark] = append(people[mark], h)
			}
		}
	}
	for _, r := range m.rows {
		mark := ofRow(&r.RosterPerson)
		list := people[mark]
		if mark == "" || r.state != rowOpen || r.rekey != nil || rows[mark] != 1 || len(list) != 1 || m.taken[list[0]] || list[0].Kind != r.Kind || !fits(r, list[0]) {
			continue
		}
		m.meets(r, list[0])
	}
}

// meets matches a row with somebody found by other than the id. Whom the source knew under an id that is gone from the file
// is asked for; whom it still names by another id is somebody else.
func (m *rosterMatch) meets(r *rosterRow, h *rosterHas) {
	switch {
	case h.byHand(), h.unnamed():
		m.take(r, h)
	case !m.listed[h.key]:
		list := []*rosterHas{h}
		q := m.about(school.AskID, r)
		q.Options = options(list)
		m.decided(r, m.ask(q, h), list)
	}
}

// byOwn matches by our own id, which stands in a set we wrote for Apple, wherever the person is led.
func (m *rosterMatch) byOwn() {
	people := map[string]*rosterHas{}
	for _, h := range m.w.people {
		people[string(h.ID)] = h
	}
	for _, r := range m.rows {
		if h := people[r.ID]; h != nil && r.state == rowOpen && r.rekey == nil && !m.taken[h] && h.Kind == r.Kind && r.namesake(h) {
			m.meets(r, h)
		}
	}
}

// byNameAndClass matches where one row and one person have the same name, kind and class.
func (m *rosterMatch) byNameAndClass() {
	rows, people := map[string]int{}, map[string][]*rosterHas{}
	at := func(kind school.PersonKind, class school.ClassID, name string) string {
		return string(kind) + "\x00" + string(class) + "\x00" + name
	}
	rowAt := func(r *rosterRow) string {
		if c := m.class[r.class]; c != nil && c.has != nil {
			return at(r.Kind, c.has.ID, r.name)
		}
		return ""
	}
	for _, r := range m.rows {
		rows[rowAt(r)]++
	}
	for _, h := range m.w.people {
		if h.class != nil && !h.Archived {
			people[at(h.Kind, h.class.ID, h.name)] = append(people[at(h.Kind, h.class.ID, h.name)], h)
		}
	}
	for _, r := range m.rows {
		if key := rowAt(r); r.state == rowOpen && r.rekey == nil && key != "" && rows[key] == 1 && len(people[key]) == 1 && !m.taken[people[key][0]] {
			m.meets(r, people[key][0])
		}
	}
}

// byName asks for the rest: who bears a name that somebody of the school bears, and is not in the file otherwise.
func (m *rosterMatch) byName() {
	people := map[string][]*rosterHas{}
	for _, h := range m.w.people {
		if !m.taken[h] && h.School == m.w.school.ID && (h.byHand() || h.unnamed() || !m.listed[h.key]) {
			people[string(h.Kind)+h.name] = append(people[string(h.Kind)+h.name], h)
		}
	}
	for _, r := range m.rows {
		if r.state != rowOpen {
			continue
		}
		list := slices.DeleteFunc(slices.Clone(people[string(r.Kind)+r.name]), func(h *rosterHas) bool { return h == r.rekey })
		if len(list) == 0 {
			r.state = rowFresh
			continue
		}
		q := m.about(school.AskPerson, r)
		q.Options = options(list)
		m.decided(r, m.ask(q, list...), list)
	}
}

// byChange asks whether somebody without an id who is in no list any more is who stands in the same class under a name of which
// one half is the same: people marry, are adopted, or write another given name.
func (m *rosterMatch) byChange() {
	gone := map[*classHas][]*rosterHas{}
	for _, h := range m.w.people {
		if !m.taken[h] && !m.held[h] && !h.Archived && h.School == m.w.school.ID && h.class != nil && h.key != "" && (h.unnamed() || !m.listed[h.key]) {
			gone[h.class] = append(gone[h.class], h)
		}
	}
	for _, r := range m.rows {
		c := m.class[r.class]
		if r.state != rowFresh || r.ID != "" || c == nil || c.has == nil || m.told(r) {
			continue
		}
		list := slices.DeleteFunc(slices.Clone(gone[c.has]), func(h *rosterHas) bool { return m.taken[h] || m.held[h] || h.Kind != r.Kind || !r.alike(h) })
		if len(list) > 0 {
			q := m.about(school.AskChanged, r)
			q.Options = options(list)
			m.decided(r, m.ask(q, list...), list)
		}
	}
}

// told reports whether somebody said already that a row is somebody new.
func (m *rosterMatch) told(r *rosterRow) bool {
	return m.w.answers[askKey(school.AskPerson, m.about(school.AskPerson, r).Subject)].choice == school.ChooseNew
}

// byOthers asks whether a pupil who is new here is one of that name who leaves, or has left, another school of the authority.
// Of whom the same file speaks at the other school nothing is asked.
func (m *rosterMatch) byOthers() {
	for _, r := range m.rows {
		if r.state != rowFresh || r.Kind != school.Pupil || r.rekey != nil {
			continue
		}
		list := slices.DeleteFunc(slices.Clone(m.w.others[r.name]), func(h *rosterHas) bool { return m.taken[h] || h.key != "" && len(m.at[h.key]) > 0 })
		if len(list) == 0 {
			continue
		}
		q := m.about(school.AskOther, r)
		for _, h := range list {
			q.Options = append(q.Options, school.RosterOption{ID: string(h.ID), Name: h.Name(), Detail: joined(h.at, h.device)})
		}
		m.decided(r, m.ask(q), list)
		if r.has != nil {
			m.brought[r.has] = true
		}
	}
}

// Of a class of which two in three come from one class of ours, and no fewer than three, and to which two in three of those
// go, it is the same class under another name.
const (
	clearOf   = 3
	clearPart = 2
	clearMin  = 3
)

// classes finds out which class of the file is which of ours: by the id of the source, by who is in it, by an answer, by
// name. Who is in it comes before the name, because at the turn of a year every name goes to other people.
func (m *rosterMatch) classes() {
	claimed := map[*classHas]bool{}
	claim := func(c *rosterClassAs, h *classHas) { c.has, c.known, claimed[h] = h, true, true }
	for _, c := range m.order {
		if h := m.w.byClass[m.w.classKey[c.ID].class]; c.ID != "" && h != nil && !claimed[h] {
			claim(c, h)
		}
	}
	both, from, to := m.overlap()
	for _, c := range m.order {
		told := m.w.answers[askKey(school.AskClass, c.key)].class != "" // who was told what a class is does not guess
		for _, h := range m.w.classes {
			n := both[c.key+"\x00"+string(h.ID)]
			if !told && !c.known && !claimed[h] && n >= clearMin && n*clearOf >= from[h.ID]*clearPart && n*clearOf >= to[c.key]*clearPart {
				claim(c, h)
			}
		}
	}
	freed := map[string]bool{} // names whose class goes on under another one
	for _, c := range m.order {
		if c.has != nil && c.has.key != c.key {
			freed[c.has.key] = true
		}
	}
	for _, c := range m.order {
		for _, h := range m.w.classes {
			if !c.known && !claimed[h] && h.key == c.key {
				claim(c, h)
			}
		}
	}
	people := map[string]int{}
	for _, r := range m.rows {
		people[r.class]++
	}
	for _, c := range m.order {
		if c.known {
			continue
		}
		if m.w.before < 0 || freed[c.key] || m.w.ahead { // of the next year the school looks at every class before it signs
			c.create, c.known = true, true
			continue
		}
		q := school.RosterQuestion{Kind: school.AskClass, Subject: c.key, Name: school.ClassName(c.Name), Detail: fmt.Sprint(people[c.key])}
		for _, used := range []bool{false, true} { // those nobody claimed first
			for _, h := range m.w.classes {
				if claimed[h] == used {
					q.Options = append(q.Options, school.RosterOption{ID: string(h.ID), Name: h.Name, Detail: fmt.Sprint(h.members)})
				}
			}
		}
		switch choice := m.ask(q); choice {
		case "", school.ChooseLater:
		case school.ChooseNone:
			c.known = true
		case school.ChooseNew:
			c.create, c.known = true, true
		default:
			h := m.w.byClass[school.ClassID(choice)]
			c.alias = claimed[h]
			claim(c, h)
		}
	}
}

// overlap counts who is known from which class of ours in which class of the file: by match so far, or by a name that is
// the only one of the school on both sides. That is enough to recognise a class and never enough to recognise a person.
func (m *rosterMatch) overlap() (both map[string]int, from map[school.ClassID]int, to map[string]int) {
	both, from, to = map[string]int{}, map[school.ClassID]int{}, map[string]int{}
	rows, people := map[string]int{}, map[string][]*rosterHas{}
	for _, r := range m.rows {
		if r.state == rowOpen {
			rows[string(r.Kind)+r.name]++
		}
	}
	for _, h := range m.w.people {
		if !m.taken[h] && !h.Archived {
			people[string(h.Kind)+h.name] = append(people[string(h.Kind)+h.name], h)
		}
	}
	for _, r := range m.rows {
		h := r.has
		if list := people[string(r.Kind)+r.name]; r.state == rowOpen && rows[string(r.Kind)+r.name] == 1 && len(list) == 1 {
			h = list[0]
		}
		if h != nil && h.class != nil && r.class != "" {
			both[r.class+"\x00"+string(h.class.ID)]++
			from[h.class.ID]++
			to[r.class]++
		}
	}
	return both, from, to
}
