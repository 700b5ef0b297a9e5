package school

import (
	"slices"
	"time"
)

// LendingPolicy is what an authority decides about lending. The zero value works.
type LendingPolicy struct {
	Sign      SignRule
	End       EndRule // of new contracts with pupils; empty: when they leave
	Days      int     // how long a short loan lasts; 0 means 14
	Curve     []int   // percent of the price left after each full year, the first at once; empty: UsualCurve
	NotErased Strict  // what the desk does with a device that was not erased since its last return
}

// SignRule says who signs a contract with a pupil.
type SignRule string

const (
	SignByAge   SignRule = ""       // guardians of a minor; who is of age alone
	SignBoth    SignRule = "both"   // guardians and the minor too
	SignNothing SignRule = "nobody" // things are handed out without paper
)

// SignRules in the order pages show them.
var SignRules = []SignRule{SignByAge, SignBoth, SignNothing}

// Strict says how the desk takes what an authority may decide.
type Strict string

const (
	Stops  Strict = ""       // red: not handed out
	Warns  Strict = "warn"   // yellow: Enter passes
	Silent Strict = "silent" // nothing is said
)

// Stricts in the order pages show them.
var Stricts = []Strict{Stops, Warns, Silent}

// Signer is who signs.
type Signer string

const (
	Guardian Signer = "guardian"
	Oneself  Signer = "self"
)

// Signers lists who has to sign a contract with a person at a moment. Who is of age is known by the day from which, never
// by a date of birth; of whom it is not known, guardians sign.
func (p LendingPolicy) Signers(kind PersonKind, adultFrom, at time.Time) []Signer {
	switch {
	case p.Sign == SignNothing:
		return nil
	case kind != Pupil, !adultFrom.IsZero() && !at.Before(adultFrom):
		return []Signer{Oneself}
	case p.Sign == SignBoth:
		return []Signer{Guardian, Oneself}
	}
	return []Signer{Guardian}
}

// ShortDays is how long a short loan lasts.
func (p LendingPolicy) ShortDays() int {
	if p.Days <= 0 {
		return 14
	}
	return p.Days
}

// UsualCurve is how much of a price is left after each year where an authority decided nothing.
var UsualCurve = []int{100, 80, 60, 40, 25, 15}

// Residual is what a thing of a price is worth (Zeitwert), some time after it was bought.
func (p LendingPolicy) Residual(price int, bought, now time.Time) int {
	curve := p.Curve
	if len(curve) == 0 {
		curve = UsualCurve
	}
	years := 0
	for !bought.IsZero() && years+1 < len(curve) && !now.Before(MonthsAfter(bought, 12*(years+1))) {
		years++
	}
	return price * curve[years] / 100
}

// Check refuses what cannot be decided so.
func (p LendingPolicy) Check() error {
	switch {
	case !slices.Contains(SignRules, p.Sign):
		return Refuse("sign", "choice")
	case p.End != "" && p.End != EndsAtExit && p.End != EndsOnRecall:
		return Refuse("end", "choice")
	case p.Days < 0 || p.Days > 60:
		return Refuse("days", "days_range", 1, 60)
	case !slices.Contains(Stricts, p.NotErased):
		return Refuse("not_erased", "choice")
	case len(p.Curve) > 12:
		return Refuse("curve", "curve")
	}
	last := 100
	for _, percent := range p.Curve {
		if percent < 0 || percent > last {
			return Refuse("curve", "curve")
		}
		last = percent
	}
	return nil
}

// AddendumKind is what changed in a contract that keeps its number.
type AddendumKind string

const (
	SwapAddendum      AddendumKind = "swap"
	ExtensionAddendum AddendumKind = "extension"
	MoveAddendum      AddendumKind = "move"
)

// Addendum is one change of a contract after it was issued (Nachtrag).
type Addendum struct {
	ID                   string
	Contract             ContractID
	N                    int
	Kind                 AddendumKind
	OldAsset, NewAsset   AssetID
	OldDue, NewDue       time.Time
	OldSchool, NewSchool SchoolID
	Reason               SwapReason
	At                   time.Time
}

// SwapReason is why somebody gets another asset.
type SwapReason string

const (
	SwapDamage SwapReason = "damage"
	SwapRepair SwapReason = "repair"
	SwapLoss   SwapReason = "loss"
	SwapUpdate SwapReason = "upgrade"
	SwapOther  SwapReason = "other"
)

// SwapReasons in the order pages show them.
var SwapReasons = []SwapReason{SwapDamage, SwapRepair, SwapLoss, SwapUpdate, SwapOther}

// IssueDay is a day on which classes come to a desk (Ausgabetag).
type IssueDay struct {
	ID        IssueDayID
	Authority AuthorityID
	School    SchoolID
	Name      string
	Room      string
	Day       string // "2026-09-02"
	Classes   []ClassID
}
