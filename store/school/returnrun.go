package school

import "time"

// ReturnRun is a lease on its way back to its lessor (Rücklauf): its things are those of the delivery. Nothing in it happens by
// itself: people take back, erase, release in Apple School Manager and hand over; the run says what is missing.
type ReturnRun struct {
	ID        ReturnRunID
	Authority AuthorityID
	Batch     BatchID
	Started   time.Time
	Closed    time.Time
}

// ReturnThing is what is known of one thing of a run.
type ReturnThing struct {
	Gone       bool // written off, or retired outside the run
	Lost       bool
	Out        bool // somebody has it
	InRepair   bool
	Managed    bool      // here: its erasure is ordered and proved here
	Enrolled   bool      // it was under management once: there is something to erase
	Returned   time.Time // it came back last
	Erased     time.Time // it took the last order to erase itself
	OpenParts  int       // missing or damaged, and nobody decided
	Listed     bool      // Apple lists it
	Synced     time.Time // Apple's list was read last
	Released   time.Time // somebody said that it was released
	HandedOver time.Time
}

// ReturnStep is what comes next for a thing of a run.
type ReturnStep string

const (
	ReturnGone    ReturnStep = "gone"    // does not go back
	ReturnLost    ReturnStep = "lost"    // find it, or write it off
	ReturnOut     ReturnStep = "out"     // take it back
	ReturnRepair  ReturnStep = "repair"  // fetch it from the repair shop
	ReturnParts   ReturnStep = "parts"   // decide about missing parts
	ReturnErase   ReturnStep = "erase"   // erase it
	ReturnRelease ReturnStep = "release" // release it in Apple School Manager
	ReturnAsked   ReturnStep = "asked"   // released, and Apple's list was not read since
	ReturnListed  ReturnStep = "listed"  // released, and Apple lists it still
	ReturnReady   ReturnStep = "ready"   // hand it over
	ReturnHanded  ReturnStep = "handed"
)

// ReturnSteps in the order pages show them: what holds the run up first.
var ReturnSteps = []ReturnStep{ReturnLost, ReturnOut, ReturnRepair, ReturnParts, ReturnErase, ReturnRelease, ReturnAsked, ReturnListed, ReturnReady, ReturnHanded, ReturnGone}

// Proved reports whether it was erased since it came back last.
func (t ReturnThing) Proved() bool { return !t.Erased.IsZero() && !t.Erased.Before(t.Returned) }

// Step is what comes next. Whoever has it has it under a contract: as long as that is open nothing else counts.
func (t ReturnThing) Step() ReturnStep {
	switch {
	case !t.HandedOver.IsZero():
		return ReturnHanded
	case t.Gone:
		return ReturnGone
	case t.Lost:
		return ReturnLost
	case t.Out:
		return ReturnOut
	case t.InRepair:
		return ReturnRepair
	case t.OpenParts > 0:
		return ReturnParts
	case t.Managed && t.Enrolled && !t.Proved():
		return ReturnErase
	case t.Listed && t.Released.IsZero():
		return ReturnRelease
	case t.Listed && t.Synced.After(t.Released):
		return ReturnListed
	case t.Listed:
		return ReturnAsked
	}
	return ReturnReady
}
