package school

import (
	"slices"
	"time"
)

// ChangeKind is an act that has a plan: a change of facts that reaches more than one device, or may.
type ChangeKind string

const (
	ChangeAssign   ChangeKind = "assign"   // a new assignment
	ChangeUnassign ChangeKind = "unassign" // an assignment ends
	ChangeVersion  ChangeKind = "version"  // an assignment points to another version
	ChangeMove     ChangeKind = "move"     // devices go to another school, class or place
	ChangeOrder    ChangeKind = "order"    // devices are ordered to do something
	ChangeGroup    ChangeKind = "group"    // a group gets a rule, or another one
)

// Change is a wish that was not yet carried out. It is stored with its plan and applied as it stands, or not at all.
type Change struct {
	Kind       ChangeKind
	Assignment Assignment // assign: the new one (with its id already given); unassign, version: the existing one
	ScopeName  string
	New        *Version // assign, version: what devices get
	Devices    []DeviceID
	To         Placement         // move: where the devices go (School, Class through PlannedClass)
	OwnClass   map[DeviceID]bool // move: devices whose class is their person's own; moving the device does not move the person
	Enters     []Assigned        // move, group: what devices may newly come under
	// A move with a person takes the person along: school, class and what it holds go in one act. Devices are then what it holds.
	Person  PersonID
	Drops   []GroupID         // groups of the old school, which end for the person
	Letters map[string]Letter // by language: what both schools are told
	Order   *OrderWish        // order: what of Devices; it changes no facts
	Group   Group             // group: as it will be, with its id already given
}

// Letter is what somebody is told by mail. The subject names no person.
type Letter struct{ Subject, Body string }

// Apply says what the facts of one device would be after the change. It never looks anything up: what the device would
// newly come under stands in the change. A property test holds Apply equal to the real write.
func (c Change) Apply(f Facts) Facts {
	switch c.Kind {
	case ChangeAssign:
		if f.Place.Has(c.Assignment.Scope, f.Authority, f.Device.ID) {
			f.Assigned = append(without(f.Assigned, c.Assignment.ID), Assigned{Assignment: c.Assignment, ScopeName: c.ScopeName, New: c.New})
		}
	case ChangeUnassign:
		f.Assigned = without(f.Assigned, c.Assignment.ID)
	case ChangeVersion:
		out := make([]Assigned, 0, len(f.Assigned))
		for _, a := range f.Assigned {
			if a.ID == c.Assignment.ID {
				a.Version, a.Rollout, a.New, a.Old = c.New.ID, nil, c.New, nil
			}
			out = append(out, a)
		}
		f.Assigned = out
	case ChangeGroup:
		return c.regroup(f)
	case ChangeMove:
		for _, d := range c.Devices {
			if d == f.Device.ID {
				return c.move(f)
			}
		}
	}
	return f
}

func (c Change) move(f Facts) Facts {
	to := c.To
	to.Groups, to.Person = f.Place.Groups, f.Place.Person
	if len(c.Drops) > 0 {
		to.Groups = slices.DeleteFunc(slices.Clone(to.Groups), func(g GroupID) bool { return slices.Contains(c.Drops, g) })
	}
	switch {
	case c.OwnClass[f.Device.ID]:
		to.Class, to.ClassName, to.Grade = f.Place.Class, f.Place.ClassName, f.Place.Grade
	case !f.Device.Confirmed: // nobody's yet: it stands at a school and nowhere nearer
		to.Class, to.ClassName, to.Grade = "", "", ""
	}
	if f.Device.School != to.School {
		f.Device.Place = ""
	}
	f.Device.PlannedClass = c.To.Class
	f.Place = to
	f.Device.School = to.School
	return c.enter(f)
}

// regroup is the device once the rule of the group is another one.
func (c Change) regroup(f Facts) Facts {
	rules := make([]Group, 0, len(f.Rules)+1)
	for _, g := range f.Rules {
		if g.ID != c.Group.ID {
			rules = append(rules, g)
		}
	}
	f.Rules = append(rules, c.Group)
	return c.enter(f)
}

// enter gives the device the groups whose rules it now fits, and with them what it comes under.
func (c Change) enter(f Facts) Facts {
	f.Place.Groups = f.GroupsByRule()
	kept := make([]Assigned, 0, len(f.Assigned)+len(c.Enters))
	seen := map[AssignmentID]bool{}
	for _, list := range [][]Assigned{f.Assigned, c.Enters} {
		for _, a := range list {
			if !seen[a.ID] && f.Place.Has(a.Scope, f.Authority, f.Device.ID) {
				seen[a.ID] = true
				kept = append(kept, a)
			}
		}
	}
	f.Assigned = kept
	return f
}

func without(list []Assigned, id AssignmentID) []Assigned {
	out := make([]Assigned, 0, len(list)+1)
	for _, a := range list {
		if a.ID != id {
			out = append(out, a)
		}
	}
	return out
}

// PreviewKind is a group of devices a change hits in the same way. Losses come first on every page.
type PreviewKind string

const (
	Loses      PreviewKind = "loses"      // an item goes away
	Alters     PreviewKind = "alters"     // an item changes its content
	Gains      PreviewKind = "gains"      // an item is new
	Unknown    PreviewKind = "unknown"    // silent for over 14 days; holds when it returns
	Impossible PreviewKind = "impossible" // cannot have it: Reason says why
	Same       PreviewKind = "same"       // in scope, nothing changes (already has it, or a nearer or fixed one wins)
)

// PreviewKinds in the order pages show them.
var PreviewKinds = []PreviewKind{Loses, Alters, Gains, Unknown, Impossible, Same}

// Preview is what a change would do, with numbers that add up and every device named.
type Preview struct {
	Total     int // devices in scope of the change: the sum of all groups
	Groups    []PreviewGroup
	Lifelines int // devices that would lose their last confirmed network if the lifeline did not hold it
}

// PreviewGroup is one line of the plan: devices hit in the same way for the same reason.
type PreviewGroup struct {
	Kind    PreviewKind
	Reason  string // code of the reason for Impossible and Same ("needs_os", "fixed", …)
	Items   []PreviewItem
	Schools []PreviewSchool
	Devices []DeviceID
}

// PreviewItem is what happens to one item in the group.
type PreviewItem struct {
	Key  ItemKey
	Name string
	From int // version number before, 0 none
	To   int // version number after, 0 none

	OS     string // an update: the version demanded
	At     string // by then, on the clock of the iPad
	Moved  Moved  // why that is later than it was written
	Freeze string // name of the freeze that moved it
}

// PreviewSchool counts the devices of a group at one school.
type PreviewSchool struct {
	School SchoolID
	Name   string
	Count  int
}

// Count is the number of devices in a kind of group.
func (p Preview) Count(k PreviewKind) int {
	n := 0
	for _, g := range p.Groups {
		if g.Kind == k {
			n += len(g.Devices)
		}
	}
	return n
}

// Plan is a stored preview: bound to the version of the facts it was made from. If the facts moved it is shown again,
// not applied.
type Plan struct {
	ID        PlanID
	Authority AuthorityID
	Change    Change
	Preview   Preview
	Version   int64 // Authority.Version the preview was made from
	By        AccountID
	Created   time.Time
	Applied   time.Time
	Result    ChangeSetID
}
