package school

import "time"

// Authority is a Schulträger: its own controller, with its own keys, Apple tokens and people.
type Authority struct {
	ID      AuthorityID
	Name    string
	Modules []Module
	Contact string // who helps, as error pages say it: "Schul-IT, Tel. 0251 …"
	Policy  Policy
	Version int64 // grows by one with every fact written; plans are bound to it
}

// Has reports whether the authority uses the module.
func (a Authority) Has(m Module) bool {
	for _, x := range a.Modules {
		if x == m {
			return true
		}
	}
	return false
}

// Policy is what an authority decides once for all its devices. The zero value works.
type Policy struct {
	MinimumOS        string // Automated Device Enrollment demands at least this version; empty: none
	AwaitMinutes     int    // how long Setup Assistant may be held; 0 means 15
	DeclaredProfiles bool   // profiles may be declared by URL (iPads must sign GETs; see testdata/UNPROVEN.md)
	RenewDays        int    // days before its end an identity is renewed; 0 means 365
	NumberPattern    string // inventory numbers, "MS-{YY}-{seq:06}"; empty: no numbers are given by itself
	Calm             Calm   // for schools that decided nothing else
	SecondFactor     []Role // who has one of these roles and a password needs a second factor
	Privacy          Privacy
	StaffOnly        bool        // a place without pupils: none can be added, and Apple's portal is Apple Business Manager
	Simple           Simple      // whether pages are shown in the simple way
	DeviceNames      DeviceNames // what iPads are called where nobody types it
	Lending          LendingPolicy
	SecondFrom       int // orders that lose something need a second person for more devices than this; 0 means 10
}

// Alone is how many devices one person may have erased within an hour without another one.
func (p Policy) Alone() int {
	if p.SecondFrom <= 0 {
		return SecondDefault
	}
	return min(p.SecondFrom, SecondMost)
}

// Simple says whether people see the simple menu: devices, people, hand out, take back, problems.
type Simple string

const (
	SimpleAuto Simple = ""    // in a small place with one school
	SimpleOn   Simple = "on"  // always
	SimpleOff  Simple = "off" // never
)

// Await is how long a device may be held in Setup Assistant.
func (p Policy) Await() time.Duration {
	if p.AwaitMinutes <= 0 {
		return 15 * time.Minute
	}
	return time.Duration(p.AwaitMinutes) * time.Minute
}

// RenewBefore is how long before its end an identity is renewed.
func (p Policy) RenewBefore() time.Duration {
	d := p.RenewDays
	if d <= 0 {
		d = 365
	}
	return time.Duration(d) * 24 * time.Hour
}

// School is one school of an authority.
type School struct {
	ID        SchoolID
	Authority AuthorityID
	Name      string
	Type      string // Schulform: "Grundschule", "Gymnasium", …; a level assignments can hang on
	Number    string // official school number
	Network   Network
	Calm      Calm
	Archived  bool
}

// Network is a set-up network of a school (Einrichtungs-WLAN): used by enrolment, Return to Service and the lifeline.
type Network struct {
	SSID     string
	Security string // "WPA2", "WPA3" or "None" (com.apple.wifi.managed EncryptionType)
	Password string
	Hidden   bool
}

// SchoolYear runs from 1 August to 31 July in most Länder; two are open at once from May to September.
type SchoolYear struct {
	ID        SchoolYearID
	Authority AuthorityID
	Name      string // "2026/27"
	Starts    time.Time
	Ends      time.Time
}

// Class outlives its name: 7a becomes 8a and keeps its id, and nothing is sent to any device.
type Class struct {
	ID        ClassID
	Authority AuthorityID
	School    SchoolID
	Name      string
	Grade     string // "7", "EF", "Q1"; empty for mixed classes
	Archived  bool
}

// Group is anything that is not a class: course, club, room group, test group.
type Group struct {
	ID        GroupID
	Authority AuthorityID
	School    SchoolID // empty: across schools
	Name      string
	Rule      Rule // empty: its members are people, one by one
	Archived  bool
}

// Extent is where members of the group may stand.
func (g Group) Extent(a AuthorityID) Scope {
	if g.School == "" {
		return Scope{AtAuthority, string(a)}
	}
	return Scope{AtSchool, string(g.School)}
}

// PersonKind is what a person is at school. Documents and rules follow it.
type PersonKind string

const (
	Pupil   PersonKind = "pupil"
	Teacher PersonKind = "teacher"
	Staff   PersonKind = "staff"
)

// Person is a pupil, teacher or other staff. What is not here is not stored: no birth date, sex, religion, address.
type Person struct {
	ID        PersonID
	Authority AuthorityID
	School    SchoolID
	Kind      PersonKind
	Given     string
	Family    string
	Email     string // official address, also the Managed Apple Account where there is one
	Login     string // Managed Apple Account or school login
	Archived  bool
}

// Name is "Family, Given" as lists sort it.
func (p Person) Name() string {
	if p.Given == "" {
		return p.Family
	}
	return p.Family + ", " + p.Given
}

// Short is "Given F." as pages name a holder.
func (p Person) Short() string {
	for _, r := range p.Family {
		return p.Given + " " + string(r) + "."
	}
	return p.Given
}

// Membership ties a person to a class, a group, or a school beside its own, for a school year. Exactly one of the three is
// set.
type Membership struct {
	ID        string
	Authority AuthorityID
	Person    PersonID
	Class     ClassID
	Group     GroupID
	School    SchoolID // the school as such: whoever keeps its people sees the person by it
	Year      SchoolYearID
	Teaches   bool // teacher of the class, not a member whose device counts to it
	From      time.Time
	Until     time.Time // zero: to the end of the school year
}

// PlaceKind is where a device stands when nobody holds it.
type PlaceKind string

const (
	Case  PlaceKind = "case" // Koffer, charging cart
	Room  PlaceKind = "room"
	Stock PlaceKind = "stock" // Lager, reserve
)

// Place is a case, room or stock. Devices in it may stand in for a class.
type Place struct {
	ID        PlaceID
	Authority AuthorityID
	School    SchoolID
	Kind      PlaceKind
	Name      string
	Class     ClassID // devices of this place count to the class; may be empty
}
