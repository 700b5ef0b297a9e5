package school

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// RolloverID is one roll-over of an authority from a school year to the next.
type RolloverID string

// RolloverDoes is what becomes of a class.
type RolloverDoes string

const (
	RollsUp    RolloverDoes = "up"    // another name or grade, the same class: nothing of what is assigned to it moves
	RollsStays RolloverDoes = "stays" // as it is
	RollsEnds  RolloverDoes = "ends"  // its people leave the school
	RollsJoins RolloverDoes = "joins" // becomes part of another class
	RollsNew   RolloverDoes = "new"   // made for those who were sent to it by hand
)

// RolloverChoices are what people decided against the rules. Classes: the name in the new year, empty for a class that
// leaves. People: the name of the class they are in then, empty for who leaves. Goes and Comes are the two sides of a change of
// schools inside the authority: at the school that is left the one to come to, at that one the class then.
type RolloverChoices struct {
	Classes map[ClassID]string    `json:"c,omitempty"`
	People  map[PersonID]string   `json:"p,omitempty"`
	Goes    map[PersonID]SchoolID `json:"g,omitempty"`
	Comes   map[PersonID]string   `json:"n,omitempty"` // empty: without a class
}

// RolloverPerson is a person as a roll-over names it.
type RolloverPerson struct {
	ID      PersonID `json:"id"`
	Name    string   `json:"-"`
	School  string   `json:"-"` // of who changes schools: the other one
	Class   ClassID  `json:"-"` // empty: none yet
	From    string   `json:"-"` // its class now
	To      string   `json:"to,omitempty"`
	Devices []string `json:"-"` // what is held, by inventory number or serial
	Planned []string `json:"-"` // what is planned for it
	Pupil   bool     `json:"-"`
}

// RolloverClass is a class as it is now.
type RolloverClass struct {
	ID       ClassID
	Name     string
	Grade    string
	Teachers []RolloverPerson
}

// RolloverFacts are what a roll-over of one school is thought through from. Classes stand in the order of counting.
type RolloverFacts struct {
	Type    string // of school
	Classes []RolloverClass
	People  []RolloverPerson // of the school, in the order of names
	Comes   []RolloverPerson // who is led at another school and comes, in the order of names
	Schools map[SchoolID]string
	Choices RolloverChoices
}

// RolloverStep is what becomes of one class.
type RolloverStep struct {
	Class  ClassID      `json:"id,omitempty"` // empty: new
	Name   string       `json:"-"`
	Grade  string       `json:"-"`
	Does   RolloverDoes `json:"does"`
	To     string       `json:"to,omitempty"` // name in the new year
	ToAs   string       `json:"as,omitempty"` // grade then
	Into   ClassID      `json:"into,omitempty"`
	People int          `json:"-"` // in it now
}

// RolloverPlan is what a roll-over does at one school, with the names people need to judge it.
type RolloverPlan struct {
	Steps    []RolloverStep
	Moves    []RolloverPerson // go elsewhere than their class
	Leavers  []RolloverPerson
	Goes     []RolloverPerson // change to another school of the authority, when that one rolls over
	Comes    []RolloverPerson // change to this one, with what they hold
	Without  []RolloverPerson // pupils who stay and have no device and none planned
	Unclass  []RolloverPerson // pupils without a class: they stay, and so does whatever they hold
	Teachers []RolloverPerson // lose the last class they teach here
}

// RolloverCounts are the numbers of a plan, for the board.
type RolloverCounts struct {
	People  int `json:"people"` // pupils of the school
	Renamed int `json:"renamed"`
	Moves   int `json:"moves"`
	Leavers int `json:"leavers"`
	Held    int `json:"held"` // leavers who still hold a device
	Without int `json:"without"`
	Unclass int `json:"unclassed"`
	Lost    int `json:"teachers"`
	Planned int `json:"planned"` // devices planned for leavers: the plan ends
	Goes    int `json:"goes"`
	Comes   int `json:"comes"`
}

// PlanRollover thinks the roll-over of one school through: by the rules of grades, except where people chose otherwise.
// Two classes that get the same name become one; a name nobody has becomes a new class.
func PlanRollover(f RolloverFacts) RolloverPlan {
	var p RolloverPlan
	has := map[string]bool{}
	named := map[string]string{} // classes that are called like a grade of the upper level, by that
	for _, c := range f.Classes {
		g := gradeOf(c)
		has[g] = true
		if Fold(c.Name) == Fold(g) {
			named[Fold(g)] = c.Name
		}
	}
	members := map[ClassID]int{}
	for _, x := range f.People {
		members[x.Class]++
	}
	keeps := map[string]int{} // folded name in the new year -> index of the step that keeps its class
	outcome := map[ClassID]int{}
	for _, c := range f.Classes {
		s := RolloverStep{Class: c.ID, Name: c.Name, Grade: c.Grade, People: members[c.ID]}
		next, leaves := nextGrade(gradeOf(c), f.Type, has)
		s.To, s.ToAs = nextName(c.Name, gradeOf(c), next, named), next
		if c.Grade == "" && next == gradeOf(c) {
			s.ToAs = ""
		}
		if name, chosen := f.Choices.Classes[c.ID]; chosen {
			if leaves = name == ""; !leaves && name != s.To {
				s.To = name
				switch g := gradeIn(name); {
				case name == c.Name:
					s.ToAs = c.Grade
				case g != "":
					s.ToAs = g
				}
			}
		}
		switch {
		case leaves:
			s.Does, s.To, s.ToAs = RollsEnds, "", ""
		case s.To == c.Name && s.ToAs == c.Grade:
			s.Does = RollsStays
		default:
			s.Does = RollsUp
		}
		outcome[c.ID] = len(p.Steps)
		p.Steps = append(p.Steps, s)
	}
	for i, s := range p.Steps { // of those that get one name the first keeps its class, one that stays before all
		if first, taken := keeps[Fold(s.To)]; s.Does != RollsEnds && (!taken || s.Does == RollsStays && p.Steps[first].Does != RollsStays) {
			keeps[Fold(s.To)] = i
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Does == RollsEnds {
			continue
		}
		if into := keeps[Fold(s.To)]; into != i {
			s.Does, s.Into, s.To, s.ToAs = RollsJoins, p.Steps[into].Class, p.Steps[into].To, p.Steps[into].ToAs
		}
	}
	keep := func(to string) int { // the step that leads to a class of that name
		into, known := keeps[Fold(to)]
		if !known {
			into = len(p.Steps)
			keeps[Fold(to)] = into
			p.Steps = append(p.Steps, RolloverStep{Does: RollsNew, To: to, ToAs: gradeIn(to)})
		}
		return into
	}
	for _, x := range f.People {
		if to, goes := f.Choices.Goes[x.ID]; goes { // stays as it is until the other school has rolled over
			x.School = f.Schools[to]
			p.Goes = append(p.Goes, x)
			continue
		}
		i, classed := outcome[x.Class]
		to, chosen := f.Choices.People[x.ID]
		leaves := chosen && to == "" || !chosen && classed && p.Steps[i].Does == RollsEnds
		switch {
		case leaves:
			p.Leavers = append(p.Leavers, x)
			continue
		case chosen:
			if into := keep(to); !classed || into != i {
				x.To = p.Steps[into].To
				p.Moves = append(p.Moves, x)
			}
		case classed && p.Steps[i].Does == RollsJoins:
			x.To = p.Steps[i].To
			p.Moves = append(p.Moves, x)
		case !classed && x.Pupil:
			p.Unclass = append(p.Unclass, x)
		}
		if x.Pupil && len(x.Devices) == 0 && len(x.Planned) == 0 {
			p.Without = append(p.Without, x)
		}
	}
	for _, x := range f.Comes {
		to, comes := f.Choices.Comes[x.ID]
		if !comes {
			continue
		}
		if to != "" {
			into := keep(to)
			x.To = p.Steps[into].To
		}
		p.Comes = append(p.Comes, x)
		if x.Pupil && len(x.Devices) == 0 {
			p.Without = append(p.Without, x)
		}
	}
	p.Teachers = losing(f, p)
	return p
}

// losing are the teachers all of whose classes here end. Those of a class that joins another teach that one.
func losing(f RolloverFacts, p RolloverPlan) []RolloverPerson {
	stays := map[PersonID]bool{}
	for i, c := range f.Classes {
		for _, t := range c.Teachers {
			if p.Steps[i].Does != RollsEnds {
				stays[t.ID] = true
			}
		}
	}
	var out []RolloverPerson
	seen := map[PersonID]bool{}
	for _, c := range f.Classes {
		for _, t := range c.Teachers {
			if !stays[t.ID] && !seen[t.ID] {
				seen[t.ID] = true
				t.From = c.Name
				out = append(out, t)
			}
		}
	}
	return out
}

// Hash names what a plan does. Who brings a device back, or is given one, does not change it; nor does who has gone to another
// school by now, because that one rolled over first.
func (p RolloverPlan) Hash() string {
	does := []any{p.Steps, p.Moves, p.Leavers}
	if len(p.Comes) > 0 {
		does = append(does, p.Comes)
	}
	b, _ := json.Marshal(does)
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:16])
}

// Counts are the numbers of a plan made from these facts.
func (p RolloverPlan) Counts(f RolloverFacts) RolloverCounts {
	n := RolloverCounts{Moves: len(p.Moves), Leavers: len(p.Leavers), Without: len(p.Without), Unclass: len(p.Unclass), Lost: len(p.Teachers), Goes: len(p.Goes), Comes: len(p.Comes)}
	for _, x := range f.People {
		if x.Pupil {
			n.People++
		}
	}
	for _, s := range p.Steps {
		if s.Does == RollsUp {
			n.Renamed++
		}
	}
	for _, x := range p.Leavers {
		if len(x.Devices) > 0 {
			n.Held++
		}
		n.Planned += len(x.Planned)
	}
	return n
}

// Typed is the number of leavers where they are more than one in ten: who signs types it. In an ordinary year the last
// grade alone is that much, and a class that leaves by a slip of the hand is noticed here.
func (n RolloverCounts) Typed() int {
	if n.Leavers*10 > n.People {
		return n.Leavers
	}
	return 0
}

func gradeOf(c RolloverClass) string {
	if c.Grade != "" {
		return c.Grade
	}
	return gradeIn(c.Name)
}

var gradeAhead = regexp.MustCompile(`(?i)^(?:klasse\s+)?(?:0*([1-9]|1[0-3])(?:[^0-9]|$)|(EF|E|Q[1-4])(?:[^a-z0-9]|[a-z]?$))`)

// gradeIn reads the grade a name begins with.
func gradeIn(name string) string {
	m := gradeAhead.FindStringSubmatch(name)
	switch {
	case m == nil:
		return ""
	case m[1] != "":
		return m[1]
	}
	return strings.ToUpper(m[2])
}

// nextGrade is the grade after one, or that its people leave. A grade nobody knows stays.
func nextGrade(grade, kind string, has map[string]bool) (next string, leaves bool) {
	switch g := strings.ToUpper(grade); g {
	case "E", "EF":
		return "Q1", false
	case "Q1", "Q3":
		return g[:1] + string(g[1]+1), false
	case "Q2":
		if has["Q3"] {
			return "Q3", false
		}
		return "", true
	case "Q4":
		return "", true
	}
	n, err := strconv.Atoi(grade)
	switch {
	case err != nil:
		return grade, false
	case n >= 13 || n == lastGrade(kind, has):
		return "", true
	case n == 10 && has["EF"]:
		return "EF", false
	case n == 10 && has["E"]:
		return "E", false
	}
	return strconv.Itoa(n + 1), false
}

// lastGrade is the grade after which people leave a type of school; 0 where the type does not say.
func lastGrade(kind string, has map[string]bool) int {
	kind = Fold(kind)
	of := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(kind, w) })
	}
	switch {
	case of("grundschule", "primar"):
		if has["5"] || has["6"] {
			return 6
		}
		return 4
	case of("hauptschule", "realschule", "sekundar", "oberschule", "mittelschule", "forder"):
		if has["11"] || has["EF"] || has["E"] {
			return 0
		}
		return 10
	}
	return 0
}

var digits = regexp.MustCompile(`[0-9]+`)

// nextName is a name with the grade in it counted up: 7a, 07A and «Klasse 7a» stay what they are otherwise. Into an upper
// level that is one class by its name all go.
func nextName(name, grade, next string, named map[string]string) string {
	if next == "" || next == grade {
		return name
	}
	if n, err := strconv.Atoi(next); err != nil {
		if whole, is := named[Fold(next)]; is {
			return whole
		}
	} else if was, err := strconv.Atoi(grade); err == nil {
		done := false
		return digits.ReplaceAllStringFunc(name, func(d string) string {
			if x, err := strconv.Atoi(d); done || err != nil || x != was {
				return d
			}
			done = true
			out := strconv.Itoa(n)
			if d[0] == '0' {
				out = strings.Repeat("0", max(0, len(d)-len(out))) + out
			}
			return out
		})
	}
	for i := range name {
		if len(name)-i >= len(grade) && strings.EqualFold(name[i:i+len(grade)], grade) {
			return name[:i] + next + name[i+len(grade):]
		}
	}
	return name
}
