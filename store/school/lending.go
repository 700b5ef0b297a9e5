package school

import (
	"cmp"
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
	Remind    LoanReminders
	Rest      int  // seconds after which a desk nobody touches shows nobody; 0 means 60
	Teachers  bool // everybody of the staff gets a device: who has none yet is counted as missing
}

// LoanReminders says when somebody is told of a loan that ends on a day, in days after it; before it they are negative. The
// zero value is what is usual.
type LoanReminders struct {
	Never     bool
	Person    []int // who has it; empty: 14 days before, on the day, 3 days after
	School    int   // those who look after the school; 0 means 10
	Authority int   // and then the authority; 0 means 20
}

// UsualReminders are the days on which whoever has something is told where an authority decided nothing.
var UsualReminders = []int{-14, 0, 3}

// What a schedule of reminders may say.
const (
	remindBefore = 60
	remindAfter  = 365
	remindTimes  = 8
	schoolAfter  = 10 // days
	wholeAfter   = 20
)

// Days are the days on which whoever has it is told, the first one first.
func (r LoanReminders) Days() []int {
	if len(r.Person) == 0 {
		return UsualReminders
	}
	return r.Person
}

// SchoolAfter is the day on which the school is told.
func (r LoanReminders) SchoolAfter() int { return cmp.Or(r.School, schoolAfter) }

// AuthorityAfter is the day on which the authority is told.
func (r LoanReminders) AuthorityAfter() int { return cmp.Or(r.Authority, wholeAfter) }

// Check refuses a schedule nobody could mean: days in disorder, or those above told before those below.
func (r LoanReminders) Check() error {
	if len(r.Person) > remindTimes {
		return Refuse("remind_person", "remind_days", remindTimes, remindBefore, remindAfter)
	}
	for i, d := range r.Person {
		if d < -remindBefore || d > remindAfter || i > 0 && d <= r.Person[i-1] {
			return Refuse("remind_person", "remind_days", remindTimes, remindBefore, remindAfter)
		}
	}
	switch {
	case r.SchoolAfter() < 1 || r.SchoolAfter() > remindAfter:
		return Refuse("remind_school", "days_range", 1, remindAfter)
	case r.AuthorityAfter() <= r.SchoolAfter() || r.AuthorityAfter() > remindAfter:
		return Refuse("remind_authority", "days_range", r.SchoolAfter()+1, remindAfter)
	case r.Days()[len(r.Days())-1] >= r.SchoolAfter():
		return Refuse("remind_school", "days_range", r.Days()[len(r.Days())-1]+1, remindAfter)
	}
	return nil
}

// Reminded is who is told of a loan that is due.
type Reminded string

const (
	RemindPerson    Reminded = "person"
	RemindSchool    Reminded = "school"
	RemindAuthority Reminded = "authority"
)

// Mark is the mark a contract has reached on the day of now, and who is told at it; ok is false where none is. A mark that
// was slept through is not made up for: the latest one counts.
func (r LoanReminders) Mark(c Contract, now time.Time) (mark int, to Reminded, ok bool) {
	if r.Never || c.State != ContractIssued || c.Due.IsZero() {
		return 0, "", false
	}
	over := -daysTo(now, c.Due.In(now.Location()))
	for _, d := range r.Days() {
		if over >= d {
			mark, to, ok = d, RemindPerson, true
		}
	}
	if over >= r.SchoolAfter() {
		mark, to, ok = r.SchoolAfter(), RemindSchool, true
	}
	if over >= r.AuthorityAfter() {
		mark, to = r.AuthorityAfter(), RemindAuthority
	}
	return mark, to, ok
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

// What a desk may wait before it shows nobody, in seconds. Whoever needs longer to read or to type gets ten times what is usual,
// and more (WCAG 2.2.1).
const (
	LeastRest = 20
	MostRest  = 1200
	usualRest = 60
)

// DeskRest is how long a desk shows who stood before it when nobody touches it.
func (p LendingPolicy) DeskRest() time.Duration {
	return time.Duration(cmp.Or(p.Rest, usualRest)) * time.Second
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
	case p.Rest != 0 && (p.Rest < LeastRest || p.Rest > MostRest):
		return Refuse("rest", "seconds_range", LeastRest, MostRest)
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
	return p.Remind.Check()
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
