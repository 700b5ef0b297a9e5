package school

import "slices"

// YearIs is how a school year stands to what is.
type YearIs string

const (
	YearPresent YearIs = "present" // what people and classes are now
	YearAhead   YearIs = "ahead"   // what they will be once the school has rolled over
	YearPast    YearIs = "past"    // what they were before it did
)

// OpenYear is one of the school years that can be looked at.
type OpenYear struct {
	SchoolYear
	Is YearIs
}

// YearClass is a class as it is in one school year.
type YearClass struct {
	ID     ClassID // empty: it will be made
	Name   string
	Grade  string
	Now    string // its name today; empty: there is none, or nobody is in it any more
	People []YearPerson
}

// YearPerson is somebody of a class in one school year.
type YearPerson struct {
	ID      PersonID
	Name    string
	Now     string   // its class today; of who comes from another school that one
	Devices []string // what is held or planned, by inventory number or serial
	Alone   bool     // goes elsewhere than its class
}

// Ahead are the classes of the next school year as a plan leaves them, with everybody who is in them then, and who is in
// none. Names stand in the order of counting only as far as the classes of today do; who shows them sorts.
func (p RolloverPlan) Ahead(f RolloverFacts) (classes []YearClass, without []YearPerson) {
	at, by := map[string]int{}, map[ClassID]int{}
	for _, s := range p.Steps {
		if s.Does == RollsEnds || s.Does == RollsJoins {
			continue
		}
		at[Fold(s.To)] = len(classes)
		classes = append(classes, YearClass{ID: s.Class, Name: s.To, Grade: s.ToAs, Now: s.Name})
	}
	for _, s := range p.Steps {
		if s.Does != RollsEnds && s.Class != "" {
			by[s.Class] = at[Fold(s.To)]
		}
	}
	to, gone := map[PersonID]string{}, map[PersonID]bool{}
	for _, x := range p.Moves {
		to[x.ID] = x.To
	}
	for _, x := range append(slices.Clone(p.Leavers), p.Goes...) {
		gone[x.ID] = true
	}
	for _, x := range p.Comes {
		if y := (YearPerson{ID: x.ID, Name: x.Name, Now: x.School, Devices: x.Devices, Alone: true}); x.To == "" {
			without = append(without, y)
		} else {
			i := at[Fold(x.To)]
			classes[i].People = append(classes[i].People, y)
		}
	}
	for _, x := range f.People {
		y := YearPerson{ID: x.ID, Name: x.Name, Now: x.From, Devices: append(append([]string(nil), x.Devices...), x.Planned...)}
		i, classed := by[x.Class]
		if name, moves := to[x.ID]; moves {
			_, y.Alone = f.Choices.People[x.ID]
			i, classed = at[Fold(name)], true
		}
		switch {
		case gone[x.ID]:
		case classed:
			classes[i].People = append(classes[i].People, y)
		case x.Pupil:
			without = append(without, y)
		}
	}
	return classes, without
}
