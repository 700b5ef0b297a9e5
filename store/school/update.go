package school

import (
	"strings"
	"time"
)

// Freeze keeps iPads of a scope as they are for a time (Prüfungssperre): no update is demanded, offered or loaded between
// From and Until, and a deadline that falls into it moves behind it. Times carry the zone of the schools.
type Freeze struct {
	ID        FreezeID
	Authority AuthorityID
	School    SchoolID // the school the scope lies in; empty: of the authority
	Scope     Scope    // authority, school, grade or class
	Name      string   // "Abitur 2027"
	From      time.Time
	Until     time.Time
}

// FreezeLead is how long before its beginning a freeze reaches the iPads: one that missed a deadline makes up for it an
// hour after it is switched on, and must have been told by then that it need not.
const FreezeLead = 12 * time.Hour

// Bounds of a freeze.
const (
	MaxFreeze  = 90 * 24 * time.Hour // as long as an iPad can hold updates back
	MaxFreezes = 200                 // of an authority at once
)

// FreezeLevels are the levels a freeze may hang on, farthest first.
var FreezeLevels = []Level{AtAuthority, AtSchool, AtGrade, AtClass}

// Check refuses what cannot be meant.
func (f Freeze) Check(now time.Time) error {
	switch {
	case f.From.IsZero():
		return Refuse("from", "required")
	case f.Until.IsZero():
		return Refuse("until", "required")
	case !f.Until.After(f.From), !f.Until.After(now):
		return Refuse("until", "window")
	case f.Until.Sub(f.From) > MaxFreeze:
		return Refuse("until", "freeze_long", int(MaxFreeze/(24*time.Hour)))
	}
	for _, l := range FreezeLevels {
		if f.Scope.Level == l {
			return nil
		}
	}
	return Refuse("scope", "choice")
}

// Begins is when the freeze reaches the iPads.
func (f Freeze) Begins() time.Time { return f.From.Add(-FreezeLead) }

// At reports whether the freeze is in force at a time.
func (f Freeze) At(t time.Time) bool { return !t.Before(f.Begins()) && t.Before(f.Until) }

// Reaches reports whether the freeze is for devices standing there.
func (f Freeze) Reaches(p Placement) bool {
	switch f.Scope.Level {
	case AtAuthority:
		return true
	case AtSchool:
		return f.Scope.ID == string(p.School)
	case AtGrade:
		return p.School != "" && p.Grade != "" && f.Scope == GradeScope(p.School, p.Grade)
	case AtClass:
		return f.Scope.ID == string(p.Class)
	}
	return false
}

// Frozen are the freezes that reach where the device stands and are not over.
func (f Facts) Frozen() []Freeze {
	var out []Freeze
	for _, x := range f.Freezes {
		if x.Until.After(f.At) && x.Reaches(f.Place) {
			out = append(out, x)
		}
	}
	return out
}

// DeadlineForm is how Apple writes a deadline: the time on the clock of the iPad, without a zone.
const DeadlineForm = "2006-01-02T15:04:05"

// Moved says why a deadline is later than it was written.
type Moved string

const (
	NotMoved      Moved = ""
	MovedByFreeze Moved = "freeze" // falls into a freeze
	MovedByQuiet  Moved = "quiet"  // falls into the school's quiet hours
)

// Deadline is when an update is really demanded: not inside a freeze and not in the quiet hours of the school. by names
// the freeze that moved it, or says that the quiet hours alone did.
func Deadline(at time.Time, quiet Calm, freezes []Freeze) (moved time.Time, by Moved, name string) {
	for range len(freezes) + 2 { // every freeze moves it once at most, and the quiet hours once more behind the last one
		next := at
		for _, f := range freezes {
			if f.At(next) {
				next, by, name = f.Until.In(at.Location()), MovedByFreeze, f.Name
			}
		}
		if rests := quiet.Rests(next); rests.After(next) {
			if next = rests; by == NotMoved {
				by = MovedByQuiet
			}
		}
		if next.Equal(at) {
			break
		}
		at = next
	}
	return at, by, name
}

// UpdateState is how far an update of iPadOS is, in Apple's words (softwareupdate.install-state).
type UpdateState string

const (
	UpdateNone        UpdateState = "none"
	UpdateWaiting     UpdateState = "waiting"
	UpdateDownloading UpdateState = "downloading"
	UpdatePrepared    UpdateState = "prepared"
	UpdateInstalling  UpdateState = "installing"
	UpdateFailed      UpdateState = "failed"
)

// UpdateStates lists the states in the order pages show them.
var UpdateStates = []UpdateState{UpdateFailed, UpdateWaiting, UpdateDownloading, UpdatePrepared, UpdateInstalling}

// Updating is what a device last said about updates of iPadOS, and what is demanded of it.
type Updating struct {
	State    UpdateState // empty: it never spoke of it
	Version  string      // on its way
	Build    string
	At       string // when it installs, on its own clock
	Failures int
	Reason   string // of the last failure, in the device's own words
	FailedAt time.Time
	Because  string // why it installs, in Apple's words: "declaration", "system-settings" …
	Beta     string // the beta programme it is in
	Said     time.Time

	Want    string // the version demanded now; empty: none
	WantAt  string // the deadline in force, on the clock of the iPad
	Met     bool   // it has that version
	Blocked string // it cannot have it as things are: a code of mdm
}

// Failing reports whether the last try failed and nothing newer is under way.
func (u Updating) Failing() bool {
	return u.State == UpdateFailed || u.Failures > 0 && u.State != UpdateInstalling && u.Reason != ""
}

// Cause is why an update failed, as far as the device's words tell.
type Cause string

const (
	CauseUnknown Cause = "unknown"
	CauseSpace   Cause = "space"   // not enough free storage
	CauseBattery Cause = "battery" // charge too low, or not charging
	CauseNetwork Cause = "network" // no Wi-Fi, or Apple not reached
	CauseCode    Cause = "code"    // waits for the passcode
	CauseGone    Cause = "gone"    // Apple offers the version no more, or not for this model
	CauseBroken  Cause = "broken"  // the loaded update could not be verified
	CauseBusy    Cause = "busy"    // somebody put it off or is using the iPad
)

// Causes lists every cause, for whoever needs a sentence for each.
var Causes = []Cause{CauseSpace, CauseBattery, CauseNetwork, CauseCode, CauseGone, CauseBroken, CauseBusy, CauseUnknown}

// causeWords are what devices write when an update fails. Apple documents no list; what none of them fits is told as it came.
var causeWords = []struct {
	cause Cause
	words []string
}{
	{CauseSpace, []string{"space", "storage", "disk", "capacity"}},
	{CauseBattery, []string{"battery", "power", "charge", "charging"}},
	{CauseCode, []string{"passcode", "keybag", "authenticat", "locked"}},
	{CauseGone, []string{"not found", "no update", "unavailable", "not available", "not offered", "unsupported", "not eligible"}},
	{CauseBroken, []string{"verif", "corrupt", "personaliz", "signature", "checksum"}},
	{CauseNetwork, []string{"network", "wi-fi", "wifi", "internet", "connection", "timed out", "timeout", "unreachable", "cellular", "download"}},
	{CauseBusy, []string{"user", "in use", "call", "postponed", "deferred", "declined"}},
}

// CauseOf reads the device's own words.
func CauseOf(reason string) Cause {
	r := strings.ToLower(reason)
	for _, c := range causeWords {
		for _, w := range c.words {
			if strings.Contains(r, w) {
				return c.cause
			}
		}
	}
	return CauseUnknown
}
