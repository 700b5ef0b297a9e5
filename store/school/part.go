package school

import "slices"

// ContractPart is one thing of a contract's set. The first is the asset itself.
type ContractPart struct {
	ID       PartID
	Contract ContractID
	N        int
	Kind     AssetKind
	Name     string
	Asset    AssetID // where it has an inventory number of its own
	Price    int     // new, in cents
	State    PartState
	Decision PartDecision
	Amount   int // cents to be paid by decision
}

// PartState is where a part is.
type PartState string

const (
	PartPlanned  PartState = "planned"
	PartIssued   PartState = "issued"
	PartReturned PartState = "returned"
	PartMissing  PartState = "missing"
	PartDamaged  PartState = "damaged"
	PartKept     PartState = "kept" // was never handed out
)

// PartStates in the order pages show them.
var PartStates = []PartState{PartPlanned, PartIssued, PartReturned, PartMissing, PartDamaged, PartKept}

// PartDecision is what becomes of a part that is missing or damaged.
type PartDecision string

const (
	Undecided PartDecision = ""
	Charged   PartDecision = "charged"  // somebody pays
	Waived    PartDecision = "waived"   // nobody pays
	Insured   PartDecision = "insured"  // an insurance pays
	Replaced  PartDecision = "replaced" // they brought another one
)

// PartDecisions in the order pages show them.
var PartDecisions = []PartDecision{Charged, Waived, Insured, Replaced}

// Lacks reports whether somebody has to decide about the part.
func (p ContractPart) Lacks() bool { return p.State == PartMissing || p.State == PartDamaged }

// Settled reports whether nothing is to be decided about a part that came back or did not.
func (p ContractPart) Settled() bool {
	return p.State == PartReturned || p.State == PartKept || p.Lacks() && p.Decision != Undecided
}

// Give is the part when its set is handed out, or left out.
func (p ContractPart) Give(given bool) (ContractPart, error) {
	if p.State != PartPlanned {
		return p, Clash("part_state", p.Name)
	}
	p.State = PartIssued
	if !given {
		p.State = PartKept
	}
	return p, nil
}

// Take is the part when its set comes back. One that was missing may turn up later, as long as nothing was decided.
func (p ContractPart) Take(as PartState) (ContractPart, error) {
	if as != PartReturned && as != PartMissing && as != PartDamaged {
		return p, Refuse("part", "choice")
	}
	if p.State != PartIssued && !(p.Lacks() && p.Decision == Undecided) {
		return p, Clash("part_state", p.Name)
	}
	p.State = as
	return p, nil
}

// Decide is the part after somebody decided what becomes of it.
func (p ContractPart) Decide(d PartDecision, amount int) (ContractPart, error) {
	switch {
	case !slices.Contains(PartDecisions, d):
		return p, Refuse("decision", "choice")
	case !p.Lacks():
		return p, Clash("part_state", p.Name)
	case amount < 0 || amount > MostPrice:
		return p, Refuse("amount", "price_range")
	case d == Charged && amount == 0:
		return p, Refuse("amount", "required")
	case d == Waived || d == Replaced:
		amount = 0
	}
	p.Decision, p.Amount = d, amount
	return p, nil
}
