package school

import "time"

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

// Date is noon of the day in a location; zero where it is none.
func (d IssueDay) Date(at *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, d.Day, at)
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour)
}

// In is how many days it is to the day, from now in the location of now; past days are negative.
func (d IssueDay) In(now time.Time) int { return daysTo(now, d.Date(now.Location())) }

// IssueLine is somebody of a class as an issue day sees them: what waits for them, what they have, and the thing it is about.
type IssueLine struct {
	Class    ClassID
	Person   PersonID
	Name     string // "Family, Given"
	Login    string // on a card
	Contract ContractID
	Number   string
	State    ContractState // empty: there is no contract
	Unsigned bool          // a signature is asked for and missing
	Asset    AssetID       // what they have, or what is prepared or planned for them
	Device   string        // its name
	Model    string
	Place    string
	Thing    AssetState
	Lost     bool
	InRepair bool
	Away     bool // somebody else has it
	Issued   time.Time
}

// Done reports whether there is nothing to hand out any more.
func (l IssueLine) Done() bool { return l.State.Out() || l.State == ContractRefused }

// IssueLack is what stands in the way of handing out.
type IssueLack string

const (
	LacksContract  IssueLack = "contract"  // nobody made one
	LacksSignature IssueLack = "signature" // it is not signed
	LacksDevice    IssueLack = "device"    // none is prepared
	DeviceAway     IssueLack = "away"      // somebody else has it
	DeviceLost     IssueLack = "lost"
	DeviceInRepair IssueLack = "repair"
	DeviceGone     IssueLack = "gone"   // written off or retired
	DeviceToCheck  IssueLack = "check"  // came back, and nobody has looked at it
	LacksParts     IssueLack = "parts"  // its set is not complete
	NotThere       IssueLack = "absent" // nothing stood in the way: whoever it is was not there, or was passed over
)

// IssueLacks in the order pages show them.
var IssueLacks = []IssueLack{LacksContract, LacksSignature, LacksDevice, DeviceAway, DeviceLost, DeviceInRepair, DeviceGone, DeviceToCheck, LacksParts, NotThere}

// Lacks says what is still missing for somebody, paper first. What is handed out lacks nothing.
func (l IssueLine) Lacks() (out []IssueLack) {
	if l.Done() {
		return nil
	}
	switch {
	case l.State == "":
		out = append(out, LacksContract)
	case l.Unsigned:
		out = append(out, LacksSignature)
	}
	switch {
	case l.Asset == "":
		out = append(out, LacksDevice)
	case l.Lost:
		out = append(out, DeviceLost)
	case l.Thing.Gone():
		out = append(out, DeviceGone)
	case l.Away:
		out = append(out, DeviceAway)
	case l.InRepair:
		out = append(out, DeviceInRepair)
	case l.Thing == AssetToCheck:
		out = append(out, DeviceToCheck)
	case l.Thing == AssetIncomplete:
		out = append(out, LacksParts)
	}
	return out
}

// Why says after the day why somebody has nothing; empty: they have.
func (l IssueLine) Why() []IssueLack {
	lacks := l.Lacks()
	if len(lacks) == 0 && !l.Done() {
		return []IssueLack{NotThere}
	}
	return lacks
}

// IssueCount says how far the people of a class, or of a day, are.
type IssueCount struct {
	People    int
	Contracts int // made, whatever became of them
	Signed    int // of those that want a signature: have it
	Devices   int // prepared, or handed out
	Sets      int // with everything that belongs to them
	Ready     int // nothing is missing, and not handed out yet
	Done      int // handed out
	Refused   int
}

// Open is how many still wait.
func (c IssueCount) Open() int { return c.People - c.Done - c.Refused }

// CountIssue counts lines.
func CountIssue(lines []IssueLine) (c IssueCount) {
	add := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	for _, l := range lines {
		lacks := map[IssueLack]bool{}
		for _, x := range l.Lacks() {
			lacks[x] = true
		}
		there := l.Asset != "" && !lacks[DeviceAway] && !lacks[DeviceLost] && !lacks[DeviceInRepair] && !lacks[DeviceGone]
		add(&c.People, true)
		add(&c.Contracts, l.State != "")
		add(&c.Signed, l.State != "" && l.State != ContractRefused && !l.Unsigned)
		add(&c.Devices, there && l.State != ContractRefused)
		add(&c.Sets, there && l.State != ContractRefused && !lacks[LacksParts] && !lacks[DeviceToCheck])
		add(&c.Ready, !l.Done() && len(lacks) == 0)
		add(&c.Done, l.State.Out())
		add(&c.Refused, l.State == ContractRefused)
	}
	return c
}
