package school

import "time"

// Light is what the desk does with what it was shown.
type Light string

const (
	Green  Light = "green"  // book it
	Yellow Light = "yellow" // Enter passes
	Red    Light = "red"    // not to be booked
)

// Remark is one thing the desk has to say. Code names the sentence with its remedy, Args fill it in order.
type Remark struct {
	Light Light
	Code  string
	Args  []any
}

// Worst is the light of all notes together.
func Worst(notes []Remark) Light {
	light := Green
	for _, n := range notes {
		if n.Light == Red {
			return Red
		}
		if n.Light == Yellow {
			light = Yellow
		}
	}
	return light
}

// OnDesk is all that is known of an asset that lies on the desk.
type OnDesk struct {
	Asset
	Name        string // inventory number, else serial
	Contract    ContractID
	ContractNo  string
	Holder      PersonID
	HeldBy      string // "Given F."; empty where the desk may not know
	CaseNo      string // number of the contract under which the whole case is out that it lies in
	Lost        bool
	ReportedOff bool // somebody reported it lost or damaged and nobody has looked yet
	InRepair    bool
	PlannedFor  PersonID
	LastReturn  time.Time // zero: nobody had it yet
	LeaseEnds   time.Time
	Device      DeviceID // empty: it has no managed side here
	Confirmed   bool
	Enrolled    bool
	EnrolledAt  time.Time
	LastSeen    time.Time
	Battery     int // percent; -1: unknown
	BatteryAt   time.Time
}

// Managed reports whether its management is ours: otherwise nothing of management is said about it.
func (d OnDesk) Managed() bool { return d.Device != "" && d.ManagedBy == ByUs }

// Erased reports whether it enrolled anew since it last came back, which alone proves an erase.
func (d OnDesk) Erased() bool { return d.LastReturn.IsZero() || d.EnrolledAt.After(d.LastReturn) }

// SeenDays is how long a device may have been silent before the desk says so.
const SeenDays = 7

// LowBattery is how many percent a device needs to be set up by whoever takes it home.
const LowBattery = 20

// ForIssue says what stands against handing it to a person of a school under a contract. Red are only: another school's,
// lost, already issued, gone, and not erased where the authority says so. c is the contract it would go under: its due day counts.
func (d OnDesk) ForIssue(to PersonID, at SchoolID, c Contract, policy LendingPolicy, now time.Time) (out []Remark) {
	say := func(light Light, code string, args ...any) { out = append(out, Remark{light, code, args}) }
	switch {
	case d.State.Gone():
		say(Red, "gone", d.Name)
	case d.Lost:
		say(Red, "lost", d.Name)
	case d.Contract != "" && d.Holder == to && to != "":
		say(Red, "has_it", d.Name)
	case d.Contract != "" && d.HeldBy != "":
		say(Red, "issued_to", d.Name, d.HeldBy)
	case d.Contract != "":
		say(Red, "issued", d.Name)
	case d.InRepair:
		say(Red, "in_repair", d.Name)
	case d.School != at:
		say(Red, "other_school", d.Name)
	case d.Device != "" && !d.Confirmed:
		say(Red, "unconfirmed", d.Name)
	}
	if Worst(out) == Red {
		return out
	}
	if d.Managed() {
		switch {
		case !d.Erased() && policy.NotErased == Stops:
			say(Red, "not_erased", d.Name)
			return out
		case !d.Erased() && policy.NotErased == Warns:
			say(Yellow, "not_erased_warn", d.Name)
		}
		switch {
		case !d.Enrolled:
			say(Yellow, "not_enrolled", d.Name)
		case d.LastSeen.IsZero() || now.Sub(d.LastSeen) > SeenDays*24*time.Hour:
			say(Yellow, "not_seen", d.Name, d.LastSeen)
		case d.Battery >= 0 && d.Battery < LowBattery:
			say(Yellow, "battery", d.Battery, d.BatteryAt)
		}
	}
	switch {
	case d.State == AssetToCheck:
		say(Yellow, "unchecked", d.Name)
	case d.State == AssetIncomplete:
		say(Yellow, "incomplete", d.Name)
	}
	if d.CaseNo != "" {
		say(Yellow, "of_case_out", d.Name, d.CaseNo)
	}
	if d.ReportedOff {
		say(Yellow, "reported", d.Name)
	}
	if d.PlannedFor != "" && d.PlannedFor != to {
		say(Yellow, "planned_for_other", d.Name)
	}
	if !d.LeaseEnds.IsZero() && (d.LeaseEnds.Before(now) || !c.Due.IsZero() && d.LeaseEnds.Before(c.Due)) {
		say(Yellow, "lease_ends", d.LeaseEnds)
	}
	return out
}

// ForReturn says what is to be known when it comes back. Nothing is refused but what nobody has.
func (d OnDesk) ForReturn(at SchoolID) (out []Remark) {
	say := func(light Light, code string, args ...any) { out = append(out, Remark{light, code, args}) }
	switch {
	case d.Contract == "" && d.Lost:
		say(Yellow, "found", d.Name)
	case d.Contract == "" && d.CaseNo != "":
		say(Red, "of_case", d.Name, d.CaseNo)
	case d.Contract == "":
		say(Red, "not_issued", d.Name)
	default:
		if d.Lost {
			say(Yellow, "found", d.Name)
		}
		if d.School != at {
			say(Yellow, "returned_elsewhere", d.Name)
		}
	}
	return out
}

// Unsigned says whether a contract still wants a signature.
func (c Contract) Unsigned(signers []Signer) bool { return len(signers) > 0 && c.Signed.IsZero() }
