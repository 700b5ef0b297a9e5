package schulconnex

import (
	"encoding/json"
	"strings"
	"time"

	"ranzen/enroll/roster"
	"ranzen/store/school"
)

// dataset is a person as the server tells of them. What is not here is not read: no birth, no sex, no confidence level.
type dataset struct {
	PID    text `json:"pid"`
	Person struct {
		Name struct {
			Family text `json:"familienname"`
			Given  text `json:"vorname"`
			Called text `json:"rufname"`
		} `json:"name"`
	} `json:"person"`
	Contexts list[personContext] `json:"personenkontexte"`
}

type personContext struct {
	Organisation struct {
		ID     text `json:"id"`
		Number text `json:"kennung"`
		Name   text `json:"name"`
		Type   text `json:"typ"`
	} `json:"organisation"`
	Role     text          `json:"rolle"`
	Status   text          `json:"personenstatus"`
	Grade    text          `json:"jahrgangsstufe"`
	Reach    list[reach]   `json:"erreichbarkeiten"`
	Groups   list[groupOf] `json:"gruppen"`
	Deletion struct {
		At text `json:"zeitpunkt"`
	} `json:"loeschung"`
}

type reach struct {
	Type  text `json:"typ"`
	Value text `json:"kennung"`
}

type groupOf struct {
	Group struct {
		ID     text       `json:"id"`
		Name   text       `json:"bezeichnung"`
		Type   text       `json:"typ"`
		Grades list[text] `json:"jahrgangsstufen"`
		Term   span       `json:"laufzeit"`
	} `json:"gruppe"`
	Belongs struct {
		Roles list[text] `json:"rollen"`
		span
	} `json:"gruppenzugehoerigkeit"`
}

// span is a time in which something holds; either end may be open.
type span struct {
	From text `json:"von"`
	To   text `json:"bis"`
}

// text is a member that should be a string. Servers write numbers for codes and null for nothing; anything else is nothing.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	var n json.Number
	switch {
	case json.Unmarshal(b, &s) == nil:
		*t = text(strings.TrimSpace(s))
	case json.Unmarshal(b, &n) == nil:
		*t = text(n)
	}
	return nil
}

func (t text) is(codes ...string) bool {
	for _, c := range codes {
		if strings.EqualFold(string(t), c) {
			return true
		}
	}
	return false
}

// list is a member that should be an array; one element alone is a list of one, anything else is empty.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(b []byte) error {
	var many []T
	if json.Unmarshal(b, &many) == nil {
		*l = many
		return nil
	}
	var one T
	if len(b) > 0 && b[0] != '[' && json.Unmarshal(b, &one) == nil {
		*l = list[T]{one}
	}
	return nil
}

// day reads a date, or the date of a point in time.
func day(t text) (time.Time, bool) {
	s := string(t)
	if len(s) > 10 {
		s = s[:10]
	}
	d, err := time.Parse("2006-01-02", s)
	return d, err == nil
}

// holds reports whether a span includes today.
func (s span) holds(now time.Time) bool {
	if from, ok := day(s.From); ok && now.Before(from) {
		return false
	}
	to, ok := day(s.To)
	return !ok || now.Before(to.AddDate(0, 0, 1))
}

// kind is what a role makes of a person; ok is false for a role that is not told or not known.
func kind(role text) (k school.PersonKind, ok bool) {
	switch {
	case role.is("Lern"):
		return school.Pupil, true
	case role.is("Lehr", "Leit"):
		return school.Teacher, true
	case role.is("NLehr", "OrgAdmin", "SysAdmin", "SchB"):
		return school.Staff, true
	case role.is("SorgBer", "Extern"):
		return "", true
	}
	return "", false
}

// deliver makes people of contexts. Several contexts at one school are one person there.
func (g *gathering) deliver() {
	for _, d := range g.people {
		type place struct {
			roster.Person
			unknown bool
		}
		var order []string
		places := map[string]*place{}
		for _, c := range d.Contexts {
			if c.Organisation.Type != "" && !c.Organisation.Type.is("Schule") || c.Status != "" && !c.Status.is("Aktiv") {
				continue
			}
			until, leaving := day(c.Deletion.At)
			if leaving && !g.now.Before(until) {
				continue
			}
			k, known := kind(c.Role)
			if !known {
				k, known = g.kindFromGroups(c)
			}
			if known && k == "" {
				continue // guardians and guests
			}
			number := string(c.Organisation.Number)
			if number == "" {
				number = string(c.Organisation.ID)
			}
			p := places[number]
			if p == nil {
				p = &place{Person: roster.Person{ID: string(d.PID), School: number, SchoolName: string(c.Organisation.Name),
					Given: string(d.Person.Name.Called), Family: string(d.Person.Name.Family)}}
				if p.Given == "" {
					p.Given = string(d.Person.Name.Given)
				}
				places[number], order = p, append(order, number)
			}
			p.unknown = p.unknown || !known
			if p.Kind == "" || k == school.Teacher || k == school.Staff && p.Kind == school.Pupil {
				p.Kind = k
			}
			if p.Grade == "" {
				p.Grade = string(c.Grade)
			}
			if leaving && (p.Until.IsZero() || until.Before(p.Until)) {
				p.Until = until
			}
			for _, r := range c.Reach {
				if p.Email == "" && (r.Type == "" || r.Type.is("E-Mail", "EMail")) && strings.Contains(string(r.Value), "@") {
					p.Email = string(r.Value)
				}
			}
			g.groups(&p.Person, c)
		}
		for _, number := range order {
			p := places[number]
			switch {
			case p.Given == "" && p.Family == "":
				g.into.Say("not_released_name", "", false)
				g.into.Partial(p.School, p.SchoolName)
			case p.Kind == "":
				g.into.Say("not_released_role", "", false)
				g.into.Partial(p.School, p.SchoolName)
			default:
				g.into.Add(p.Person)
			}
		}
	}
}

// leads reports what the roles in a group say: whether the person leads it or belongs to it.
func leads(roles list[text]) (lead, belong bool) {
	for _, r := range roles {
		lead = lead || r.is("Lehr", "KlLeit", "VLehr", "GLeit", "Foerd")
		belong = belong || r.is("Lern", "GMit")
	}
	return lead, belong
}

// kindFromGroups guesses a role that is not released from the roles in groups, if all of them say the same.
func (g *gathering) kindFromGroups(c personContext) (school.PersonKind, bool) {
	lead, belong := false, false
	for _, m := range c.Groups {
		l, b := leads(m.Belongs.Roles)
		lead, belong = lead || l, belong || b
	}
	switch {
	case lead && !belong:
		return school.Teacher, true
	case belong && !lead:
		return school.Pupil, true
	}
	return "", false
}

// groups adds the groups of a context that run today.
func (g *gathering) groups(p *roster.Person, c personContext) {
	for _, m := range c.Groups {
		if !m.Group.Term.holds(g.now) || !m.Belongs.holds(g.now) {
			continue
		}
		if m.Group.Name == "" {
			g.into.Say("not_released_group", "", false)
			continue
		}
		n := roster.Group{ID: string(m.Group.ID), Name: string(m.Group.Name), Class: m.Group.Type.is("Klasse") || m.Group.Type == "" && school.GradeOfClass(string(m.Group.Name)) != ""}
		if len(m.Group.Grades) == 1 {
			n.Grade = string(m.Group.Grades[0])
		}
		lead, belong := leads(m.Belongs.Roles)
		if lead || !belong && p.Kind != school.Pupil {
			p.Teaches = append(p.Teaches, n)
		} else {
			p.Classes = append(p.Classes, n)
		}
	}
}
