package school

import (
	"slices"
	"time"
)

// Damage is one damage of an asset, from the report to the last decision (Schadensfall).
type Damage struct {
	ID         DamageID
	Authority  AuthorityID
	School     SchoolID
	Asset      AssetID
	Contract   ContractID // empty: nobody had it
	What       DamageKind
	Part       string // what of its set is damaged; empty: the thing itself
	Note       string // how it was told
	Cause      DamageCause
	State      DamageState
	Liability  Liability
	Settlement Settlement
	Cost       int    // of the repair, in cents
	Claim      int    // what somebody pays, in cents
	Insurance  string // reference of the insurance
	Reported   time.Time
	Returned   time.Time // of the asset: § 606 BGB counts from it; zero: it is not back
	Assessed   time.Time
	Closed     time.Time
}

// DamageKind is what is damaged, for keys at the desk and for counting.
type DamageKind string

// PartDamage is of something that belongs to the thing.
const PartDamage DamageKind = "part"

// DamageKinds in the order pages show them, one for each digit.
var DamageKinds = []DamageKind{"display", "body", "battery", "port", "button", "camera", "sound", "liquid", PartDamage, "other"}

// DamageCause is how it came to be.
type DamageCause string

// DamageCauses in the order pages show them.
var DamageCauses = []DamageCause{"unknown", "wear", "defect", "accident", "gross"}

// DamageState is how far a damage is.
type DamageState string

const (
	DamageReported DamageState = "reported"
	DamageAssessed DamageState = "assessed"
	DamageRepair   DamageState = "repair"
	DamageSettled  DamageState = "settled" // repaired, or not worth it: who pays is decided
	DamageClosed   DamageState = "closed"
)

// DamageStates in the order pages show them.
var DamageStates = []DamageState{DamageReported, DamageAssessed, DamageRepair, DamageSettled, DamageClosed}

// Liability is whose fault it is.
type Liability string

const (
	LiabilityOpen Liability = ""
	NoFault       Liability = "none" // wear, or a matter of warranty
	FaultDisputed Liability = "disputed"
	Fault         Liability = "fault"
)

// Liabilities in the order pages show them.
var Liabilities = []Liability{NoFault, FaultDisputed, Fault}

// Settlement is how it ends for the one who had it.
type Settlement string

const (
	Unsettled Settlement = ""
	Invoice   Settlement = "invoice"
	Goodwill  Settlement = "goodwill"
	Insurance Settlement = "insurance"
	Nothing   Settlement = "nothing" // nobody owes anything
)

// Settlements in the order pages show them.
var Settlements = []Settlement{Invoice, Goodwill, Insurance, Nothing}

// DamageAct is what people do with a damage.
type DamageAct string

const (
	AssessDamage DamageAct = "assess"
	RepairDamage DamageAct = "repair"
	SettleDamage DamageAct = "settle"
	CloseDamage  DamageAct = "close"
)

// DamageActs in the order pages show them.
var DamageActs = []DamageAct{AssessDamage, RepairDamage, SettleDamage, CloseDamage}

var damageMoves = map[DamageState]map[DamageAct]DamageState{
	DamageReported: {AssessDamage: DamageAssessed},
	DamageAssessed: {AssessDamage: DamageAssessed, RepairDamage: DamageRepair, SettleDamage: DamageSettled},
	DamageRepair:   {SettleDamage: DamageSettled},
	DamageSettled:  {AssessDamage: DamageAssessed, CloseDamage: DamageClosed},
}

// May reports whether an act is possible now.
func (d Damage) May(act DamageAct) bool {
	_, ok := damageMoves[d.State][act]
	return ok
}

// Assess says what it is and whose fault. Who disputes may be asked again.
func (d Damage) Assess(cause DamageCause, l Liability, now time.Time) (Damage, error) {
	switch {
	case !slices.Contains(DamageCauses, cause):
		return d, Refuse("cause", "choice")
	case !slices.Contains(Liabilities, l):
		return d, Refuse("liability", "choice")
	case l == Fault && (cause == "wear" || cause == "defect"): // the authority pays for these
		return d, Refuse("liability", "fault_of_wear")
	}
	d, err := d.do(AssessDamage, now)
	if err == nil {
		d.Cause, d.Liability, d.Assessed, d.Settlement, d.Claim = cause, l, now, Unsettled, 0
	}
	return d, err
}

// Repair says that it is being repaired.
func (d Damage) Repair(now time.Time) (Damage, error) { return d.do(RepairDamage, now) }

// Settle says what it cost and how it ends. Nobody pays without fault, and nobody more than it cost.
func (d Damage) Settle(cost, claim int, how Settlement, insurance string, now time.Time) (Damage, error) {
	switch {
	case !slices.Contains(Settlements, how):
		return d, Refuse("settlement", "choice")
	case cost < 0 || cost > MostPrice:
		return d, Refuse("cost", "price_range")
	case how == Invoice && d.Liability != Fault:
		return d, Refuse("settlement", "invoice_without_fault")
	case how == Invoice && claim <= 0:
		return d, Refuse("claim", "required")
	case claim < 0 || claim > cost:
		return d, Refuse("claim", "claim_above_cost")
	case len(insurance) > 100:
		return d, Refuse("insurance", "too_long", 100)
	}
	if how != Invoice && how != Insurance {
		claim = 0
	}
	d, err := d.do(SettleDamage, now)
	if err == nil {
		d.Cost, d.Claim, d.Settlement, d.Insurance = cost, claim, how, insurance
	}
	return d, err
}

// Close ends the case.
func (d Damage) Close(now time.Time) (Damage, error) { return d.do(CloseDamage, now) }

func (d Damage) do(act DamageAct, now time.Time) (Damage, error) {
	to, ok := damageMoves[d.State][act]
	if !ok {
		return d, Clash("damage_state")
	}
	if d.State = to; to == DamageClosed {
		d.Closed = now
	}
	return d, nil
}

// Limit is when claims for the damage expire: six months after the asset came back (§ 606 BGB). Zero: it is not back. The
// day counts by the calendar of the location.
func (d Damage) Limit(in *time.Location) time.Time {
	if d.Returned.IsZero() {
		return time.Time{}
	}
	return MonthsAfter(d.Returned.In(in), 6)
}

// LimitMarks are how many months after the return somebody is told of a claim that nobody pursues.
var LimitMarks = []int{3, 5}

// LimitMark is the mark a damage has reached that may still have to be paid for; 0: none.
func (d Damage) LimitMark(now time.Time) (mark int) {
	if d.Returned.IsZero() || d.State == DamageSettled || d.State == DamageClosed || d.Liability == NoFault {
		return 0
	}
	at := d.Returned.In(now.Location())
	for _, m := range LimitMarks {
		if !now.Before(MonthsAfter(at, m)) {
			mark = m
		}
	}
	return mark
}
