package school

import "time"

// Contract is the root of lending (Leihvertrag): one person, one asset and the set that goes with it, from the plan to the
// day nobody is named in it any more. Its number stays through extension, swap and change of schools. Where the asset has a
// device, issuing opens the holding that profiles follow and returning ends it, in the same act.
type Contract struct {
	ID        ContractID
	Authority AuthorityID
	Number    string // "L-26-000123"
	Kind      ContractKind
	State     ContractState
	School    SchoolID
	Named     SchoolID // which its paper names instead, because somebody will go there
	Person    PersonID
	Asset     AssetID // empty: not decided yet, or a case is lent as a whole
	Place     PlaceID // the case
	Kit       KitID
	Replaces  ContractID // of a replacement: the contract whose asset is being repaired
	End       EndRule
	Due       time.Time // zero: by the end rule without a day
	Planned   time.Time
	Prepared  time.Time
	Signed    time.Time
	SignedHow SignedHow
	Issued    time.Time
	Returned  time.Time
	Closed    time.Time
}

// ContractKind is under what terms something is lent.
type ContractKind string

const (
	PersonalLoan ContractKind = "personal"    // a pupil, for years
	PoolLoan     ContractKind = "pool"        // a case or a thing of a room, by receipt of one person
	ShortLoan    ContractKind = "short"       // hours to two weeks
	StaffLoan    ContractKind = "staff"       // terms of use instead of a contract
	Replacement  ContractKind = "replacement" // during a repair
)

// ContractKinds in the order pages show them.
var ContractKinds = []ContractKind{PersonalLoan, StaffLoan, ShortLoan, PoolLoan, Replacement}

// KindFor is the kind of a contract with a person where nobody says otherwise.
func KindFor(p PersonKind) ContractKind {
	if p == Pupil {
		return PersonalLoan
	}
	return StaffLoan
}

// ContractState is how far a contract is. That it is due or overdue follows from its day and the clock.
type ContractState string

const (
	ContractPlanned    ContractState = "planned"
	ContractPrepared   ContractState = "prepared" // its paper is made
	ContractSigned     ContractState = "signed"
	ContractIssued     ContractState = "issued"
	ContractReturned   ContractState = "returned" // back, and nobody has looked at it
	ContractOpen       ContractState = "open"     // back, and something is missing or damaged
	ContractClosed     ContractState = "closed"
	ContractAnonymised ContractState = "anonymised"
	ContractRefused    ContractState = "refused"   // the asset stays at the school for this pupil
	ContractCancelled  ContractState = "cancelled" // never came to be
)

// ContractStates in the order pages show them.
var ContractStates = []ContractState{ContractPlanned, ContractPrepared, ContractSigned, ContractIssued, ContractReturned, ContractOpen, ContractClosed, ContractAnonymised,
	ContractRefused, ContractCancelled}

// Out reports whether the asset is with the person.
func (s ContractState) Out() bool { return s == ContractIssued }

// Running reports whether something is still to be done: handed out, brought back or decided.
func (s ContractState) Running() bool {
	return s == ContractPlanned || s == ContractPrepared || s == ContractSigned || s == ContractIssued || s == ContractReturned || s == ContractOpen
}

// ContractAct is what people do with a contract.
type ContractAct string

const (
	PrepareContract ContractAct = "prepare"
	SignContract    ContractAct = "sign"
	IssueContract   ContractAct = "issue"
	ReturnContract  ContractAct = "return"
	CheckContract   ContractAct = "check" // what came back is looked at
	CloseContract   ContractAct = "close"
	ExtendContract  ContractAct = "extend"
	SwapContract    ContractAct = "swap"
	MoveContract    ContractAct = "move" // to another school of the authority
	RefuseContract  ContractAct = "refuse"
	CancelContract  ContractAct = "cancel"
	ResumeContract  ContractAct = "resume" // who refused thinks otherwise
	Anonymise       ContractAct = "anonymise"
)

// ContractActs in the order pages show them.
var ContractActs = []ContractAct{PrepareContract, SignContract, IssueContract, ReturnContract, CheckContract, CloseContract, ExtendContract, SwapContract, MoveContract, RefuseContract,
	ResumeContract, CancelContract, Anonymise}

// contractMoves is the state machine. An empty target says that the parts decide: everything back and whole, or not.
var contractMoves = map[ContractState]map[ContractAct]ContractState{
	ContractPlanned: {PrepareContract: ContractPrepared, SignContract: ContractSigned, IssueContract: ContractIssued, RefuseContract: ContractRefused, CancelContract: ContractCancelled,
		MoveContract: ContractPlanned},
	ContractPrepared: {PrepareContract: ContractPrepared, SignContract: ContractSigned, IssueContract: ContractIssued, RefuseContract: ContractRefused, CancelContract: ContractCancelled,
		MoveContract: ContractPlanned},
	ContractSigned:   {PrepareContract: ContractPrepared, IssueContract: ContractIssued, RefuseContract: ContractRefused, CancelContract: ContractCancelled, MoveContract: ContractPlanned},
	ContractIssued:   {SignContract: ContractIssued, ReturnContract: "", ExtendContract: ContractIssued, SwapContract: ContractIssued, MoveContract: ContractIssued},
	ContractReturned: {CheckContract: ""},
	ContractOpen:     {CloseContract: ContractClosed},
	ContractClosed:   {Anonymise: ContractAnonymised},
	ContractRefused:  {ResumeContract: ContractPlanned, CancelContract: ContractCancelled},
}

// May reports whether an act is possible now.
func (c Contract) May(act ContractAct) bool {
	_, ok := contractMoves[c.State][act]
	return ok
}

// Acts lists what is possible now.
func (c Contract) Acts() (out []ContractAct) {
	for _, a := range ContractActs {
		if c.May(a) {
			out = append(out, a)
		}
	}
	return out
}

// Do is the contract after an act. Parts are what it has then; only a return, a look at what came back, and closing ask for
// them. What cannot be done is refused with what stands in the way.
func (c Contract) Do(act ContractAct, parts []ContractPart, now time.Time) (Contract, error) {
	to, ok := contractMoves[c.State][act]
	if !ok {
		return c, Clash("contract_state", c.Number)
	}
	switch act {
	case PrepareContract:
		c.Prepared, c.Signed, c.SignedHow = now, time.Time{}, "" // another paper is another signature
	case SignContract:
		c.Signed = now
	case IssueContract:
		if c.Asset == "" && c.Place == "" {
			return c, Clash("contract_nothing", c.Number)
		}
		c.Issued = now
	case ReturnContract:
		c.Returned = now
		to = returnedTo(parts)
	case CheckContract:
		if to = returnedTo(parts); to == ContractReturned {
			return c, Clash("contract_unchecked", c.Number)
		}
	case CloseContract:
		for _, p := range parts {
			if !p.Settled() {
				return c, Clash("part_undecided", p.Name)
			}
		}
	case MoveContract:
		if to == ContractPlanned { // the paper names the old school
			c.Named, c.Prepared, c.Signed, c.SignedHow = "", time.Time{}, time.Time{}, ""
		}
	case ResumeContract:
		c.Named, c.Prepared, c.Signed, c.SignedHow = "", time.Time{}, time.Time{}, ""
	}
	c.State = to
	if to == ContractClosed || to == ContractCancelled {
		c.Closed = now
	}
	return c, nil
}

// returnedTo is where a return leads: closed at once where all is well, open where something is to be decided, and waiting
// for a look where nobody has looked at the parts.
func returnedTo(parts []ContractPart) ContractState {
	to := ContractClosed
	for _, p := range parts {
		switch {
		case p.State == PartIssued:
			return ContractReturned
		case !p.Settled():
			to = ContractOpen
		}
	}
	return to
}

// EndRule says when a contract ends. Every contract has one (§ 604 BGB).
type EndRule string

const (
	EndsAtExit   EndRule = "exit"   // when the person leaves the school
	EndsOnDay    EndRule = "day"    // on a day
	EndsOnRecall EndRule = "recall" // when the school asks for it
)

// EndRules in the order pages show them.
var EndRules = []EndRule{EndsAtExit, EndsOnDay, EndsOnRecall}

// SignedHow is how a contract was signed; all are equal.
type SignedHow string

const (
	ByPaper SignedHow = "paper"
	ByPad   SignedHow = "pad"
	ByLink  SignedHow = "link"
	ByTerms SignedHow = "terms" // terms accepted once, for short loans
)

// Signings in the order pages show them.
var Signings = []SignedHow{ByPaper, ByPad, ByLink, ByTerms}

// DueState is where a contract stands in time.
type DueState string

const (
	NotDue  DueState = ""
	DueSoon DueState = "soon" // within two weeks
	DueNow  DueState = "due"  // today
	Overdue DueState = "overdue"
)

// DueAt is where the contract stands in time on the day of now, by the calendar of its location.
func (c Contract) DueAt(now time.Time) DueState {
	if c.State != ContractIssued || c.Due.IsZero() {
		return NotDue
	}
	switch left := daysTo(now, c.Due.In(now.Location())); {
	case left < 0:
		return Overdue
	case left == 0:
		return DueNow
	case left <= 14:
		return DueSoon
	}
	return NotDue
}

// daysTo counts midnights between two moments of one calendar.
func daysTo(from, to time.Time) int {
	a := time.Date(from.Year(), from.Month(), from.Day(), 12, 0, 0, 0, time.UTC)
	b := time.Date(to.Year(), to.Month(), to.Day(), 12, 0, 0, 0, time.UTC)
	return int(b.Sub(a) / (24 * time.Hour))
}
