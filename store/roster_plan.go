package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// rosterElsewhere is what the other schools of the same file say: an id that stands there too has not left.
type rosterElsewhere struct {
	at    map[string][]school.SchoolID // of an id, in the order of the file
	whole map[school.SchoolID]bool     // schools that stand in the file and claim to be everybody
	names map[school.SchoolID]string
	parts map[school.SchoolID]int
}

// rosterChange is what becomes of one person.
type rosterChange struct {
	row     *rosterRow // nil: is not in the file
	has     *rosterHas // nil: somebody new
	home    school.SchoolID
	set     row // columns of the person
	join    []rosterJoin
	end     []string // memberships
	archive bool
	brings  bool // comes from another school, with what is held
	comes   bool // is new at this school: what it joins there goes without saying
}

// rosterJoin is a membership to come: a class, a course by its name, or the school as such.
type rosterJoin struct {
	class   *rosterClassAs
	course  string
	school  bool
	teaches bool
}

// classChange is what becomes of one class.
type classChange struct {
	as    *rosterClassAs // nil: it ends or makes room
	has   *classHas
	name  string // to be called; empty: as it is
	grade string
	ends  bool
}

// rosterPlan is a part thought through: what a page shows and what applying carries out, from one computation.
type rosterPlan struct {
	school.RosterPart
	persons []*rosterChange
	classes []*classChange
	goes    map[school.PersonID]school.SchoolID // stand at another school of the file
	w       *rosterWorld
}

type rosterPlanner struct {
	*rosterMatch
	p         *rosterPlan
	elsewhere rosterElsewhere
	teaching  bool // the file says who teaches what
	courses   bool
	left      map[*classHas]int // who remains in a class
	became    map[*rosterClassAs]int
}

// planRoster thinks one school of a roster through. It changes nothing and looks nothing up.
func planRoster(w *rosterWorld, in school.RosterSchool, other rosterElsewhere) *rosterPlan {
	p := &rosterPlanner{rosterMatch: newRosterMatch(w, in, other.at), elsewhere: other, left: map[*classHas]int{}, became: map[*rosterClassAs]int{},
		p: &rosterPlan{w: w, RosterPart: school.RosterPart{School: w.school.ID, SchoolName: w.school.Name, Number: in.Number, State: "planned", People: len(in.People), Counts: map[school.RosterDoes]int{}}}}
	p.match()
	p.p.Questions = p.asked
	for _, r := range p.rows {
		p.teaching = p.teaching || len(r.Teaches) > 0
		p.courses = p.courses || len(r.Classes) > 1 || len(r.Classes) == 1 && r.class == ""
	}
	for _, r := range p.rows {
		p.row(r)
	}
	if !in.Partial {
		p.missing()
	}
	p.remaining()
	p.classChanges()
	p.finish()
	return p.p
}

func (p *rosterPlanner) item(i school.RosterItem) { p.p.Items = append(p.p.Items, i) }

func (p *rosterPlanner) say(code string, row int, value string) {
	p.p.Words = append(p.p.Words, school.RosterWord{Row: row, Code: code, Value: value})
}

// row thinks one person of the file through.
func (p *rosterPlanner) row(r *rosterRow) {
	c := &rosterChange{row: r, has: r.has, home: p.w.school.ID, set: row{}}
	line := school.RosterItem{Row: r.Row, Name: school.Person{Given: r.Given, Family: r.Family}.Name()}
	is := p.cleaned(r, c.has)
	switch {
	case r.state == rowHeld:
		return
	case c.has != nil && c.has.Archived && c.has.devices > 0 && !p.w.may(c.has.School): // it would come along, and nobody asked there
		p.say("held_elsewhere", r.Row, line.Name)
		return
	case is == nil:
		p.say("unusable", r.Row, line.Name)
		return
	case c.has == nil:
		p.fresh(r, c, is, line)
	default:
		line.Person, line.Devices = c.has.ID, c.has.devices
		p.known(r, c, is, line)
	}
	if !r.Until.IsZero() {
		goes := line
		goes.Does, goes.To = school.RosterGoes, r.Until.Format(time.DateOnly)
		p.item(goes)
	}
	p.memberships(r, c, line)
	p.p.persons = append(p.p.persons, c)
}

// cleaned is the person as it would be kept; nil when it cannot be. An address or login that cannot be one is left out.
func (p *rosterPlanner) cleaned(r *rosterRow, has *rosterHas) *school.Person {
	is := school.Person{Kind: r.Kind, Given: r.Given, Family: r.Family, Email: r.Email, Login: r.Login}
	if has != nil {
		if is.Kind == "" {
			is.Kind = has.Kind
		}
		for _, x := range []struct{ to, from *string }{{&is.Given, &has.Given}, {&is.Email, &has.Email}, {&is.Login, &has.Login}} {
			if *x.to == "" {
				*x.to = *x.from
			}
		}
	}
	for range 3 {
		err := cleanPerson(&is)
		if err == nil {
			return &is
		}
		switch school.Refusals(err)[0].Field {
		case "email":
			p.say("email", r.Row, "")
			is.Email = ""
			if has != nil {
				is.Email = has.Email
			}
		case "login":
			p.say("login", r.Row, "")
			is.Login = ""
			if has != nil {
				is.Login = has.Login
			}
		default:
			return nil
		}
	}
	return nil
}

func (p *rosterPlanner) fresh(r *rosterRow, c *rosterChange, is *school.Person, line school.RosterItem) {
	personRow(c.set, *is)
	if !r.AdultFrom.IsZero() {
		c.set["adult_from"] = micros(r.AdultFrom)
	}
	c.comes = true
	if first := p.elsewhere.at[r.ID]; r.ID != "" && len(first) > 0 && first[0] != p.w.school.ID {
		c.home = first[0]
		if n := p.elsewhere.parts[c.home]; !slices.Contains(p.p.After, n) {
			p.p.After = append(p.p.After, n)
		}
		p.guest(r, c, line)
		return
	}
	line.Does, line.To = school.RosterNew, p.className(r)
	p.item(line)
}

// guest belongs here beside the school that speaks for the person.
func (p *rosterPlanner) guest(r *rosterRow, c *rosterChange, line school.RosterItem) {
	c.comes = true
	c.join = append(c.join, rosterJoin{school: true})
	line.Does, line.From, line.To = school.RosterGuest, p.elsewhere.names[c.home], p.className(r)
	line.Devices = 0 // what it holds is the other school's
	p.item(line)
}

func (p *rosterPlanner) className(r *rosterRow) string {
	if as := p.class[r.class]; as != nil {
		return school.ClassName(as.Name)
	}
	return ""
}

// known compares somebody we know with what the file says. The school a person is led at speaks for the person; at others
// only what the person belongs to there is compared, or two files would change a name back and forth.
func (p *rosterPlanner) known(r *rosterRow, c *rosterChange, is *school.Person, line school.RosterItem) {
	h := c.has
	here := p.w.school.ID
	c.home = h.School
	with := func(does school.RosterDoes, from, to string) {
		x := line
		x.Does, x.From, x.To = does, from, to
		p.item(x)
	}
	switch {
	case h.School == here && h.Archived:
		c.set["archived"], c.comes = false, true
		with(school.RosterBack, "", p.className(r))
	case h.School == here:
	case h.Archived && !p.w.ahead && !p.brought[h]:
		p.arrives(c)
		with(school.RosterBack, p.elsewhere.names[h.School], p.className(r))
	case h.Archived, p.brought[h], p.w.crosses(h):
		p.arrives(c)
		with(school.RosterArrives, p.elsewhere.names[h.School], p.className(r))
	case r.ID != "" && !slices.Contains(p.elsewhere.at[r.ID], h.School) && p.elsewhere.whole[h.School]:
		p.arrives(c)
		with(school.RosterArrives, p.elsewhere.names[h.School], p.className(r))
	case !slices.ContainsFunc(h.members, func(m memberHas) bool { return m.school == here }):
		p.guest(r, c, line)
	}
	led := h.School != here && slices.Contains(p.elsewhere.at[r.ID], h.School) // the id is learnt where the person is led
	if !led && (h.byHand() || r.ID != "" && h.key != r.ID) {
		with(school.RosterLinked, "", "")
	}
	if c.home != here {
		return
	}
	named := is.Given != h.Given || is.Family != h.Family
	if named {
		with(school.RosterRenamed, h.Name(), is.Name())
	}
	changed := line
	for _, x := range []struct{ field, was, is string }{{"kind", string(h.Kind), string(is.Kind)}, {"email", h.Email, is.Email}, {"login", h.Login, is.Login}} {
		if x.was != x.is && (x.field == "kind" || !strings.EqualFold(x.was, x.is)) {
			changed.Fields = append(changed.Fields, x.field)
		}
	}
	if named || len(changed.Fields) > 0 {
		personRow(c.set, *is)
	}
	if !r.AdultFrom.IsZero() && !r.AdultFrom.Equal(h.adult) {
		changed.Fields = append(changed.Fields, "adult")
		c.set["adult_from"] = micros(r.AdultFrom)
	}
	if len(changed.Fields) > 0 {
		changed.Does = school.RosterChanged
		p.item(changed)
	}
}

// arrives brings somebody to this school who was led at another one. What is held comes along where both schools are looked after.
func (p *rosterPlanner) arrives(c *rosterChange) {
	here := p.w.school.ID
	c.home, c.set["school_id"], c.comes, c.brings = here, string(here), true, p.w.may(c.has.School)
	if c.has.Archived {
		c.set["archived"] = false
	}
	for _, m := range c.has.members {
		if m.school == here || m.school == c.has.School || m.at == c.has.School {
			c.end = append(c.end, m.id)
		}
	}
}

// memberships compares class, teaching and courses at this school. What a person entered is not ended because the file does
// not say it; a pupil without a class in the file keeps the one there is.
func (p *rosterPlanner) memberships(r *rosterRow, c *rosterChange, line school.RosterItem) {
	var members []memberHas
	if c.has != nil {
		for _, m := range c.has.members {
			if !slices.Contains(c.end, m.id) {
				members = append(members, m)
			}
		}
	}
	ours := func(m memberHas) bool { return m.source == p.w.source && !p.in.Partial }

	as := p.class[r.class]
	switch {
	case as != nil && (as.has != nil || as.create):
		stays, was := false, ""
		for _, m := range members {
			switch {
			case m.class == "" || m.teaches:
			case as.has != nil && m.class == as.has.ID:
				stays = true
			case m.at == p.w.school.ID || c.home == p.w.school.ID:
				c.end = append(c.end, m.id)
				if x := p.w.byClass[m.class]; x != nil {
					was = x.Name
				}
			}
		}
		if !stays {
			c.join = append(c.join, rosterJoin{class: as})
			if !c.comes {
				line.Does, line.From, line.To = school.RosterMoves, was, school.ClassName(as.Name)
				p.item(line)
			}
		}
		p.became[as]++
	case c.has != nil && c.has.class != nil:
		p.left[c.has.class]++
		line.Does, line.From = school.RosterKept, c.has.class.Name
		p.item(line)
	case r.Kind == school.Pupil:
		line.Does = school.RosterUnclassed
		p.item(line)
	}
	if c.has != nil && c.has.class != nil && as != nil && as.has == c.has.class {
		p.left[as.has]++
	}
	p.teaches(r, c, members, ours, line)
	p.inCourses(r, c, members, ours, line)
}

func (p *rosterPlanner) teaches(r *rosterRow, c *rosterChange, members []memberHas, ours func(memberHas) bool, line school.RosterItem) {
	wanted := map[*rosterClassAs]bool{}
	for _, name := range r.Teaches {
		if as := p.class[school.ClassKey(name)]; as != nil && (as.has != nil || as.create) {
			wanted[as] = true
		}
	}
	var more, less []string
	for _, as := range p.order {
		if wanted[as] && !slices.ContainsFunc(members, func(m memberHas) bool { return m.teaches && as.has != nil && m.class == as.has.ID }) {
			c.join = append(c.join, rosterJoin{class: as, teaches: true})
			more = append(more, school.ClassName(as.Name))
		}
	}
	for _, m := range members {
		x := p.w.byClass[m.class]
		if x == nil || !m.teaches || !ours(m) || !p.teaching {
			continue
		}
		stays := false
		for as := range wanted {
			stays = stays || as.has == x
		}
		if !stays {
			c.end = append(c.end, m.id)
			less = append(less, x.Name)
		}
	}
	p.differs(c, line, school.RosterTeaches, less, more)
}

func (p *rosterPlanner) inCourses(r *rosterRow, c *rosterChange, members []memberHas, ours func(memberHas) bool, line school.RosterItem) {
	wanted := map[string]bool{}
	var more, less []string
	for i, list := range [][]string{r.Classes, r.Teaches} {
		for _, name := range list {
			course := p.course[school.ClassKey(name)]
			if course == "" {
				continue
			}
			fold := school.Fold(course)
			id, there := p.w.groups[fold]
			key := fmt.Sprint(fold, "\x00", i == 1)
			if wanted[key] {
				continue
			}
			wanted[key] = true
			if !there || !slices.ContainsFunc(members, func(m memberHas) bool { return m.group == id && m.teaches == (i == 1) }) {
				c.join = append(c.join, rosterJoin{course: course, teaches: i == 1})
				more = append(more, course)
			}
		}
	}
	for _, m := range members {
		fold, at := p.w.groupOf[m.group]
		if at && ours(m) && p.courses && !wanted[fmt.Sprint(fold, "\x00", m.teaches)] {
			c.end = append(c.end, m.id)
			less = append(less, fold)
		}
	}
	p.differs(c, line, school.RosterCourses, less, more)
}

// differs says what somebody who was here teaches or attends otherwise.
func (p *rosterPlanner) differs(c *rosterChange, line school.RosterItem, does school.RosterDoes, less, more []string) {
	if !c.comes && len(less)+len(more) > 0 {
		slices.Sort(less)
		line.Does, line.From, line.To = does, strings.Join(less, ", "), strings.Join(more, ", ")
		p.item(line)
	}
}

// missing thinks through whom the source named before and does not name any more. Whom it never named it does not touch.
func (p *rosterPlanner) missing() {
	for _, h := range p.w.people {
		if p.taken[h] || p.held[h] || h.Archived || h.byHand() || !p.w.ahead && h.announced(p.w) {
			continue
		}
		c := &rosterChange{has: h, home: h.School, set: row{}}
		line := school.RosterItem{Person: h.ID, Name: h.Name(), Devices: h.devices}
		if h.class != nil {
			line.From = h.class.Name
		}
		here := p.w.school.ID
		next := school.SchoolID("")
		for _, m := range h.members {
			if m.school == here || m.at == here {
				c.end = append(c.end, m.id)
			}
			if m.school != "" && m.school != here {
				next = m.school
			}
		}
		switch {
		case h.School == here && p.next(h) != "":
			line.Does, line.To = school.RosterElsewhere, p.elsewhere.names[p.next(h)]
			if p.p.goes == nil {
				p.p.goes = map[school.PersonID]school.SchoolID{}
			}
			p.p.goes[h.ID] = p.next(h)
			c = nil
		case h.School != here:
			line.Does = school.RosterEnds
			if len(c.end) == 0 {
				continue
			}
		case next != "":
			line.Does = school.RosterMovesOn
			c.home, c.set["school_id"] = next, string(next)
			for _, m := range h.members {
				if m.school == next {
					c.end = append(c.end, m.id)
				}
			}
		default:
			line.Does = school.RosterLeaves
			c.archive, c.set["archived"] = true, true
			c.end = nil // all of them end with the person
		}
		p.taken[h] = true
		p.item(line)
		if c != nil {
			p.p.persons = append(p.p.persons, c)
		} else if h.class != nil && !p.w.ahead {
			p.left[h.class]++
		}
	}
}

// next is the other school of the authority somebody goes to who is in no line of this one: the file says so, or people did.
func (p *rosterPlanner) next(h *rosterHas) school.SchoolID {
	if at := p.elsewhere.at[h.key]; len(at) > 0 {
		return at[0]
	}
	return p.w.goes[h.ID]
}

// remaining counts who stays in a class without the file having a say.
func (p *rosterPlanner) remaining() {
	for _, h := range p.w.people {
		if h.Archived || p.taken[h] {
			continue
		}
		if h.class != nil {
			p.left[h.class]++
		}
		if h.School == p.w.school.ID && h.byHand() && !p.in.Partial && !p.held[h] {
			p.item(school.RosterItem{Does: school.RosterByHand, Person: h.ID, Name: h.Name(), Devices: h.devices})
		}
	}
}

// classChanges thinks the classes through: new ones, other names, those nobody is in any more. A class keeps the school's
// spelling of its name while it means the same.
func (p *rosterPlanner) classChanges() {
	taken := map[string]bool{} // folded names after it
	claimed := map[*classHas]bool{}
	for _, as := range p.order {
		if as.has == nil && !as.create || as.alias {
			continue
		}
		c := &classChange{as: as, has: as.has}
		name := school.ClassName(as.Name)
		line := school.RosterItem{Name: name, To: name}
		if as.create {
			c.name, c.grade = name, as.Grade
			line.Does, line.To = school.RosterClassNew, ""
			p.item(line)
		} else {
			claimed[as.has] = true
			line.Class, line.Name, line.From = as.has.ID, as.has.Name, as.has.Name
			c.grade = as.has.Grade
			if as.has.key != as.key {
				c.name = name
			} else {
				name = as.has.Name
				line.From, line.To = "", ""
			}
			if as.Grade != "" && as.Grade != as.has.Grade {
				c.grade = as.Grade
				line.Fields = []string{"grade"}
			}
			if c.name != "" || c.grade != as.has.Grade {
				line.Does = school.RosterClassAs
				p.item(line)
			}
		}
		taken[school.Fold(name)] = true
		p.p.classes = append(p.p.classes, c)
		if as.Grade == "" && (as.has == nil || as.has.Grade == "") {
			p.item(school.RosterItem{Does: school.RosterMixed, Name: name})
		}
		if n := p.became[as]; n > 0 && n < 5 {
			p.item(school.RosterItem{Does: school.RosterSmall, Name: name, Devices: n})
		}
	}
	last := schoolYear(p.w.now.AddDate(-1, 0, 0)).Name
	for _, h := range p.w.classes {
		if claimed[h] {
			continue
		}
		c := &classChange{has: h, grade: h.Grade}
		line := school.RosterItem{Class: h.ID, Name: h.Name}
		switch {
		case h.members > 0 && p.left[h] == 0 && !p.in.Partial && !p.w.planted[h.ID]:
			c.ends = true
			line.Does = school.RosterClassEnds
		case taken[school.Fold(h.Name)]:
			c.name = p.gone(h.Name, last, taken)
			taken[school.Fold(c.name)] = true
			line.Does, line.From, line.To = school.RosterClassAs, h.Name, c.name
		default:
			continue
		}
		p.item(line)
		p.p.classes = append(p.p.classes, c)
	}
	if p.in.Partial {
		return
	}
	for _, h := range p.w.classes {
		n := p.left[h]
		for as, more := range p.became {
			if as.has == h {
				n = max(n, more)
			}
		}
		if h.members > 0 && n == 0 {
			p.p.Guards = append(p.p.Guards, school.RosterGuard{Kind: school.GuardEmptied, Count: h.members, Of: h.members, Class: h.Name})
		}
	}
}

// gone is how a class that is no more is called while another one has its name.
func (p *rosterPlanner) gone(name, year string, taken map[string]bool) string {
	for n := 1; ; n++ {
		out := fmt.Sprintf("%s (%s)", name, year)
		if n > 1 {
			out += fmt.Sprintf(" %d", n)
		}
		free := !taken[school.Fold(out)]
		for _, h := range p.w.classes {
			free = free && school.Fold(h.Name) != school.Fold(out)
		}
		if free {
			return out
		}
	}
}

// finish sorts, counts and guards, and names the whole by a hash: two plans of one hash do the same.
func (p *rosterPlanner) finish() {
	part := &p.p.RosterPart
	if p.w.ahead {
		p.leaveForLater()
	}
	order := map[school.RosterDoes]int{}
	for i, d := range append(slices.Clone(school.RosterActs), school.RosterNotes...) {
		order[d] = i
	}
	slices.SortStableFunc(part.Items, func(a, b school.RosterItem) int {
		if d := order[a.Does] - order[b.Does]; d != 0 {
			return d
		}
		return strings.Compare(naturalSort(a.Name), naturalSort(b.Name))
	})
	notes := map[school.RosterDoes]bool{}
	for _, d := range school.RosterNotes {
		notes[d] = true
	}
	h := sha256.New()
	fmt.Fprintf(h, "ranzen roster 1\n%s\n%s\n", p.w.source, p.w.school.ID)
	if p.w.ahead {
		fmt.Fprintln(h, "ahead")
	}
	for _, i := range part.Items {
		part.Counts[i.Does]++
		if notes[i.Does] {
			continue
		}
		part.Changes++
		if i.Does == school.RosterGuest {
			i.Person = "" // the same whether their own school was taken over before or not
		}
		h.Write([]byte(toJSON(i)))
	}
	for _, q := range part.Questions {
		if q.Choice == "" {
			part.Open++
		}
		h.Write([]byte(toJSON([]string{q.Kind, q.Subject, q.Choice})))
	}
	part.Hash = hex.EncodeToString(h.Sum(nil))

	known := 0
	for _, x := range p.w.people {
		if x.School == p.w.school.ID && !x.Archived && !x.byHand() {
			known++
		}
	}
	leave := part.Counts[school.RosterLeaves] + part.Counts[school.RosterMovesOn]
	if leave*10 > known {
		part.Guards = append([]school.RosterGuard{{Kind: school.GuardLeavers, Count: leave, Of: known}}, part.Guards...)
	}
	if p.w.before > 0 && part.People*10 < p.w.before*9 && !p.in.Partial {
		part.Guards = append([]school.RosterGuard{{Kind: school.GuardCut, Count: part.People, Of: p.w.before}}, part.Guards...)
	}
	if len(part.Guards) > 0 {
		if part.Typed = leave; leave == 0 {
			part.Typed = part.People
		}
	}
}
