package school

import (
	"slices"
	"time"
)

// DeskID names a desk that is open.
type DeskID string

// DeskMode is what a desk is open for.
type DeskMode string

const (
	DeskClass DeskMode = "class" // hands out to a class, in its order
	DeskFree  DeskMode = "free"  // hands out to whoever comes
	DeskBack  DeskMode = "back"  // takes back, with a look at each
	DeskPile  DeskMode = "pile"  // takes back a pile; somebody looks at it later
	DeskSwap  DeskMode = "swap"  // gives another one for what somebody has
	DeskCase  DeskMode = "case"  // hands out whole cases, and counts what is in them
)

// DeskModes in the order pages show them.
var DeskModes = []DeskMode{DeskClass, DeskFree, DeskBack, DeskPile, DeskSwap, DeskCase}

// DeskSession is a desk of somebody who hands out or takes back. Everything between two scans is in it, so that a browser
// may be loaded again, or another one go on, and nothing is lost.
type DeskSession struct {
	ID        DeskID
	Authority AuthorityID
	Actor     string // by whom it was opened
	School    SchoolID
	Class     ClassID // of a desk that hands out to a class
	Mode      DeskMode
	Number    int   // the place, from 1
	Turn      int64 // grows with every input: one that comes twice is taken once
	Table     OnTable
	Used      time.Time
}

// OnTable is what lies on a desk. It holds ids and numbers of things, never names.
type OnTable struct {
	Person  PersonID     `json:"person,omitempty"`  // who is at the desk
	Code    string       `json:"code,omitempty"`    // the thing that was scanned and waits for Enter
	Back    bool         `json:"back,omitempty"`    // what lies there, or is scanned next, comes back
	Old     string       `json:"old,omitempty"`     // of a swap: the thing that is given back
	Reason  SwapReason   `json:"reason,omitempty"`  // of a swap
	Missing []int        `json:"missing,omitempty"` // parts, by their number
	Damaged []int        `json:"damaged,omitempty"`
	Choice  []PersonID   `json:"choice,omitempty"`  // several are called so: a digit says who
	Skipped []PersonID   `json:"skipped,omitempty"` // of a class
	Case    PlaceID      `json:"case,omitempty"`    // whose content is counted
	Counted []AssetID    `json:"counted,omitempty"` // seen in it
	Harm    *DeskHarm    `json:"harm,omitempty"`    // a damage that is being told of
	Booked  []DeskBooked `json:"booked,omitempty"`  // the latest first
}

// DeskHarm is a damage as far as a desk was told of it.
type DeskHarm struct {
	Code     string     `json:"code"`               // the thing
	Contract ContractID `json:"contract,omitempty"` // under which it has just come back; empty: whoever has it
	What     DamageKind `json:"what,omitempty"`
	Part     int        `json:"part,omitempty"` // of its set, by its number; 1: there is none to ask for
}

// Asks reports whether somebody has to say which part of the set it is.
func (h DeskHarm) Asks() bool { return h.What == PartDamage && h.Part == 0 }

// DeskBooked is something a desk booked.
type DeskBooked struct {
	ID       string     `json:"id"`
	Act      DeskAct    `json:"act"`
	Person   PersonID   `json:"person,omitempty"`
	Contract ContractID `json:"contract,omitempty"`
	Code     string     `json:"code"` // the thing, or the name of the case
	Lacks    []int      `json:"lacks,omitempty"`
	At       time.Time  `json:"at"`
}

// DeskAct is what a desk books.
type DeskAct string

const (
	DeskIssued   DeskAct = "issued"
	DeskReturned DeskAct = "returned"
	DeskPiled    DeskAct = "piled" // taken back, to be looked at later
	DeskSwapped  DeskAct = "swapped"
	DeskDamaged  DeskAct = "damaged" // a damage was taken down
	DeskCaseOut  DeskAct = "case"
	DeskCaseBack DeskAct = "case_back"
)

const (
	// DeskUndo is how long a desk can take back by one key what it booked.
	DeskUndo = 10 * time.Minute
	// DeskLive is how long a desk without an input still counts as one that others have beside them.
	DeskLive = 15 * time.Minute
	// DeskKept is how long a desk that nobody touches is kept.
	DeskKept = 24 * time.Hour
	// deskBooked is how many bookings a desk remembers.
	deskBooked = 12
)

// Clear takes from the table what belonged to the last thing, and keeps what belongs to the desk.
func (t OnTable) Clear() OnTable { return OnTable{Skipped: t.Skipped, Booked: t.Booked} }

// Book notes a booking and clears the table.
func (t OnTable) Book(b DeskBooked) OnTable {
	t = t.Clear()
	t.Booked = append([]DeskBooked{b}, t.Booked...)
	t.Booked = t.Booked[:min(len(t.Booked), deskBooked)]
	t.Skipped = slices.DeleteFunc(slices.Clone(t.Skipped), func(p PersonID) bool { return p == b.Person })
	return t
}

// Unbook forgets the latest booking and puts its person before the desk again.
func (t OnTable) Unbook() OnTable {
	b := t.Booked[0]
	t = t.Clear()
	t.Booked = t.Booked[1:]
	if b.Act == DeskIssued {
		t.Person = b.Person
	}
	return t
}

// Skip passes over somebody of a class.
func (t OnTable) Skip(p PersonID) OnTable {
	t = t.Clear()
	if !slices.Contains(t.Skipped, p) {
		t.Skipped = append(slices.Clone(t.Skipped), p)
	}
	return t
}

// Undoable is the latest booking that can still be taken back; nil: none.
func (t OnTable) Undoable(now time.Time) *DeskBooked {
	if len(t.Booked) == 0 || now.Sub(t.Booked[0].At) >= DeskUndo {
		return nil
	}
	return &t.Booked[0]
}

// Mark turns a part over. Handing out, it is there or stays here; taking back, it is there, missing or damaged. The thing
// itself, number 1, is there: it lies on the table.
func (t OnTable) Mark(n int) OnTable {
	missing, damaged := slices.Contains(t.Missing, n), slices.Contains(t.Damaged, n)
	drop := func(from []int) []int {
		return slices.DeleteFunc(slices.Clone(from), func(x int) bool { return x == n })
	}
	t.Missing, t.Damaged = drop(t.Missing), drop(t.Damaged)
	switch {
	case !missing && !damaged && n > 1:
		t.Missing = append(t.Missing, n)
	case t.Back && !damaged:
		t.Damaged = append(t.Damaged, n)
	}
	return t
}

// DeskPupil is somebody of a class at a desk that hands out to it.
type DeskPupil struct {
	ID       PersonID
	N        int // in the order of the class, from 1
	Name     string
	Contract ContractID // that waits, or under which something was handed out
	Number   string
	State    ContractState // empty: none yet
	Signed   time.Time
	Asset    AssetID // the one they have, or that is planned for them
	Device   string  // its name
	Issued   time.Time
}

// Done reports whether there is nothing to hand out any more.
func (p DeskPupil) Done() bool { return p.State.Out() || p.State == ContractRefused }

// At is who of a class is at the desk: who was called, else the first who is not done, was not skipped here and does not
// stand at another desk. -1: nobody is left.
func (d DeskSession) At(class []DeskPupil, elsewhere []PersonID) int {
	return d.from(class, elsewhere, 0, d.Table.Person)
}

// After is who comes next.
func (d DeskSession) After(class []DeskPupil, elsewhere []PersonID, at int) int {
	if at < 0 {
		return -1
	}
	return d.from(class, append(slices.Clone(elsewhere), class[at].ID), at+1, "")
}

func (d DeskSession) from(class []DeskPupil, elsewhere []PersonID, first int, called PersonID) int {
	for i, p := range class {
		if p.ID == called && called != "" {
			return i
		}
	}
	for i := range class {
		i = (i + first) % len(class)
		if p := class[i]; !p.Done() && !slices.Contains(d.Table.Skipped, p.ID) && !slices.Contains(elsewhere, p.ID) {
			return i
		}
	}
	return -1
}
