package school

import (
	"slices"
	"time"
)

// PackID names what a desk took along to go on without a network.
type PackID string

// OfflineAct is what a desk does without a network.
type OfflineAct string

const (
	OfflineIssue  OfflineAct = "issue"
	OfflineReturn OfflineAct = "return"
	OfflineSign   OfflineAct = "sign" // somebody signs the contract under which something is handed out
)

const (
	// OfflineFor is how long a desk may go on without a network. What arrives later is asked about, never thrown away.
	OfflineFor = 24 * time.Hour
	// OfflineSkew is how far a scan may lie outside the time in which it can have been: the clock of the desk is corrected
	// by the server's, and what is further off was changed in between.
	OfflineSkew = 5 * time.Minute
	// OfflineKept is how long scans, and the keys to read them with, are known after they were needed.
	OfflineKept = 30 * 24 * time.Hour
	// MostOffline is how many scans arrive at once.
	MostOffline = 50
)

// OfflineScan is one scan of a desk without a network, as its browser writes and signs it.
type OfflineScan struct {
	ID       string     `json:"id"` // made by the browser
	Pack     PackID     `json:"pack"`
	Act      OfflineAct `json:"act"`
	Code     string     `json:"code"`
	Asset    AssetID    `json:"asset,omitempty"` // empty: the pack does not know the code
	Person   PersonID   `json:"person,omitempty"`
	Contract ContractID `json:"contract,omitempty"`
	Looked   bool       `json:"looked,omitempty"`  // of a return: somebody looked at the parts of that contract
	Missing  []int      `json:"missing,omitempty"` // parts, by their number
	Damaged  []int      `json:"damaged,omitempty"`
	Locked   string     `json:"locked,omitempty"` // an OfflineSignature, locked for the server; empty: the paper lies signed on the desk
	At       int64      `json:"at"`               // milliseconds since 1970, by the clock of the server
}

// OfflineParts is what a desk without a network noted of the parts of what came back.
type OfflineParts struct {
	Missing []int `json:"missing,omitempty"`
	Damaged []int `json:"damaged,omitempty"`
}

// OfflineSignature is what was signed on the screen of a desk without a network: which paper, in which version, by whom.
type OfflineSignature struct {
	Document DocumentID      `json:"document"`
	Hash     string          `json:"hash"`
	Signers  []OfflineSigner `json:"signers"`
}

// OfflineSigner is one who signed.
type OfflineSigner struct {
	Name  string `json:"name"`
	Drawn string `json:"drawn,omitempty"` // the lines of the pad
}

// Limits of a scan.
const (
	mostParts  = 40
	mostLocked = 600_000
)

// Sound reports whether a scan can be one at all.
func (x OfflineScan) Sound() bool {
	long := slices.ContainsFunc([]string{x.ID, string(x.Asset), string(x.Person), string(x.Contract)}, func(s string) bool { return len(s) > 64 })
	if len(x.ID) < 8 || long || x.Code == "" || len(x.Code) > MostScanned || len(x.Missing)+len(x.Damaged) > mostParts || len(x.Locked) > mostLocked {
		return false
	}
	switch x.Act {
	case OfflineIssue:
		return x.Person != ""
	case OfflineSign:
		return x.Person != "" && x.Contract != ""
	}
	return x.Act == OfflineReturn
}

// OfflineState is what a scan came to.
type OfflineState string

const (
	OfflineWaiting  OfflineState = "waiting" // it arrived
	OfflineBooked   OfflineState = "booked"
	OfflineSame     OfflineState = "same"  // it was so already
	OfflineAsked    OfflineState = "asked" // somebody has to decide
	OfflineAnswered OfflineState = "answered"
	OfflineRefused  OfflineState = "refused" // not from this desk, or altered
)

// OfflineReason says why a scan was not booked by itself, or was refused.
type OfflineReason string

const (
	OfflineIssued      OfflineReason = "issued"       // somebody else had it by then
	OfflineNotIssued   OfflineReason = "not_issued"   // nobody had it
	OfflineOvertaken   OfflineReason = "overtaken"    // something was booked of it since that cannot be weighed against this
	OfflineLost        OfflineReason = "lost"         // it is reported lost
	OfflineGone        OfflineReason = "gone"         // retired or written off
	OfflineRepair      OfflineReason = "repair"       // it is being repaired
	OfflineUnconfirmed OfflineReason = "unconfirmed"  // nobody confirmed it yet
	OfflineOtherSchool OfflineReason = "other_school" // it belongs to another school
	OfflinePerson      OfflineReason = "person"       // the person is not of this school any more
	OfflineUnknown     OfflineReason = "unknown"      // the code means nothing here, or two things
	OfflineLate        OfflineReason = "late"         // it arrived after its day
	OfflineClock       OfflineReason = "clock"        // the clock of the desk was changed in between
	OfflinePaper       OfflineReason = "paper"        // the contract is another one by now
	OfflineRule        OfflineReason = "rule"         // another rule stands against it

	OfflineForeign OfflineReason = "foreign" // refused: not from a desk of this person
	OfflineAltered OfflineReason = "altered" // refused: not what the desk signed
)

// OfflineReasons are those of questions, OfflineRefusals those of what is refused.
var (
	OfflineReasons = []OfflineReason{OfflineIssued, OfflineNotIssued, OfflineOvertaken, OfflineLost, OfflineGone, OfflineRepair, OfflineUnconfirmed, OfflineOtherSchool, OfflinePerson,
		OfflineUnknown, OfflineLate, OfflineClock, OfflinePaper, OfflineRule}
	OfflineRefusals = []OfflineReason{OfflineForeign, OfflineAltered}
)

// OfflineAnswer decides about a scan that is asked about.
type OfflineAnswer string

const (
	AnswerBook  OfflineAnswer = "book"  // what was scanned counts
	AnswerLeave OfflineAnswer = "leave" // what is booked stays
)

// ScannedAt is when a scan was, as near as it can be known: not before the pack was made, not after it arrived. ok is false
// where it lies too far outside of that.
func (x OfflineScan) ScannedAt(made, arrived time.Time) (at time.Time, ok bool) {
	at = time.UnixMilli(x.At).UTC()
	switch {
	case at.Before(made):
		return made, made.Sub(at) <= OfflineSkew
	case at.After(arrived):
		return arrived, at.Sub(arrived) <= OfflineSkew
	}
	return at, true
}

// ReasonOf is the reason of a question where a rule refused.
func ReasonOf(e *Error) OfflineReason {
	switch e.Code {
	case "device_issued", "device_issued_to":
		return OfflineIssued
	case "asset_lost":
		return OfflineLost
	case "asset_gone":
		return OfflineGone
	case "in_repair":
		return OfflineRepair
	case "device_unconfirmed":
		return OfflineUnconfirmed
	case "person_archived":
		return OfflinePerson
	case "undo_conflict", "undo_late", "undo_never", "undo_done", "undo_erased":
		return OfflineOvertaken
	}
	if e.Kind == NotFound {
		return OfflinePerson
	}
	return OfflineRule
}
