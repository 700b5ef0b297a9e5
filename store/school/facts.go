package school

import "time"

// Facts is all that mdm.Desired needs to say what a device should be. It is read in one query (store.Facts) and is a
// value: nothing in it points back into the store.
type Facts struct {
	At         time.Time
	Zone       *time.Location // of the schools; nil: UTC
	Authority  AuthorityID
	Key        []byte // HMAC key of the authority for item hashes and server tokens
	Signer     string // id of the identity that signs profiles; part of every server token
	BaseURL    string // where devices reach this server, without trailing slash
	OrgName    string // name of the authority as devices show it
	Enrollment EnrollmentID
	Channel    EnrollmentType
	Device     Device
	Place      Placement
	Holder     *Person // nil: nobody holds it, or the device is not confirmed
	Network    Network // set-up network of the school
	Assigned   []Assigned
	Freezes    []Freeze // of the whole authority, those that are over left out: see Frozen
	Quiet      Calm     // what the school wants, else the authority
	Releases   Releases // what Apple offers; nil: nobody knows
	Rules      []Group  // of the whole authority: groups whose members follow from a rule
	Policy     Policy
	// NoDeclarations is set when the device once refused declarative management although its system should know it.
	NoDeclarations bool
	CertEnds       time.Time
}

// Local is a time as the clock of a school shows it.
func (f Facts) Local(t time.Time) time.Time {
	if f.Zone == nil {
		return t.UTC()
	}
	return t.In(f.Zone)
}

// Assigned is an assignment in whose scope the device stands, with the versions it may lead to.
type Assigned struct {
	Assignment
	ScopeName string   // "7b", "Gymnasium Nord": what pages say the item is valid through
	New       *Version // the version assigned
	Old       *Version // during a rollout: what devices beyond the stage keep; nil: nothing
}

// Placement is where a device stands in the tree. Class is the class of the holder, else of the planned person, else of
// the planned class, else of the place.
type Placement struct {
	School     SchoolID
	SchoolName string
	SchoolType string
	Class      ClassID
	ClassName  string
	Grade      string
	Groups     []GroupID
	Person     PersonID // holder, else planned person
}

// Scopes lists every node whose assignments reach a device standing here, farthest first.
func (p Placement) Scopes(a AuthorityID, d DeviceID) []Scope {
	s := []Scope{{AtAuthority, string(a)}}
	if p.SchoolType != "" {
		s = append(s, Scope{AtSchoolType, p.SchoolType})
	}
	if p.School != "" {
		s = append(s, Scope{AtSchool, string(p.School)})
		if p.Grade != "" {
			s = append(s, GradeScope(p.School, p.Grade))
		}
	}
	if p.Class != "" {
		s = append(s, Scope{AtClass, string(p.Class)})
	}
	for _, g := range p.Groups {
		s = append(s, Scope{AtGroup, string(g)})
	}
	if p.Person != "" {
		s = append(s, Scope{AtPerson, string(p.Person)})
	}
	return append(s, Scope{AtDevice, string(d)})
}

// Has reports whether scope reaches a device standing here.
func (p Placement) Has(scope Scope, a AuthorityID, d DeviceID) bool {
	for _, s := range p.Scopes(a, d) {
		if s == scope {
			return true
		}
	}
	return false
}

// Variables are the values profile variables may take for this device. A name that is not here is unknown; a name with
// an empty value blocks the item that uses it, with that reason. An unconfirmed device has no personal ones.
func (f Facts) Variables() map[string]string {
	v := map[string]string{
		"device.serial": f.Device.Serial, "device.number": f.Device.Number, "device.model": f.Device.Model,
		"school.name": f.Place.SchoolName, "school.type": f.Place.SchoolType,
		"class.name": f.Place.ClassName, "class.grade": f.Place.Grade,
		"authority.name": f.OrgName,
		"person.given":   "", "person.family": "", "person.name": "", "person.email": "", "person.login": "",
	}
	if h := f.Holder; h != nil && f.Device.Confirmed {
		v["person.given"], v["person.family"], v["person.email"], v["person.login"] = h.Given, h.Family, h.Email, h.Login
		v["person.name"] = h.Given + " " + h.Family
	}
	return v
}

// VariableNames lists the names Variables knows, sorted: the closed list pages offer and the parser checks.
var VariableNames = []string{"authority.name", "class.grade", "class.name", "device.model", "device.number",
	"device.serial", "person.email", "person.family", "person.given", "person.login", "person.name", "school.name", "school.type"}

// ItemKey is the identity of an item on a device: for a profile its PayloadIdentifier.
type ItemKey string

// Owner says by which way an item is delivered; it is recorded, never guessed twice.
type Owner string

const (
	ByDeclaration Owner = "declaration"
	ByCommand     Owner = "command"
)

// Have is an item the device reported to have.
type Have struct {
	Hash    string // content hash (mdm.Item.Hash) it had when reported
	Owner   Owner
	Network bool      // brings a network: withheld from removal by the lifeline
	Since   time.Time // when it was reported
	Token   string    // ByDeclaration: the ServerToken it was confirmed with; kept so that nothing confirmed is fetched again
}

// ItemPhase is how far an item got that is not simply there. "All fine" has no phase and no row.
type ItemPhase string

const (
	Sent         ItemPhase = "sent"         // handed out, no answer yet
	Acknowledged ItemPhase = "acknowledged" // accepted, not yet reported
	Drifted      ItemPhase = "drifted"      // was reported, is gone
	Failed       ItemPhase = "failed"       // refused by the device; Code and Attempts say how
	Postponed    ItemPhase = "postponed"    // NotNow
)

// ItemState is a deviation of one item on one device.
type ItemState struct {
	Phase    ItemPhase
	Hash     string // content it is about; a new content starts afresh
	Attempts int
	NextTry  time.Time
	Code     string // "MCInstallationErrorDomain 4001", "Error.ConfigurationCannotBeApplied", …
	Detail   string // what the device said, for the evidence
	Since    time.Time
	Final    bool   // no further try without a change of facts
	Network  bool   // the item brings a network
	Token    string // declared: the ServerToken it was fetched, refused or lost under; the next try derives a new one from it
}

// InFlight is the one command a device holds or may hold.
type InFlight struct {
	UUID        string
	Kind        string // RequestType
	Fingerprint string // step and content: the same fingerprint keeps UUID and body
	Item        ItemKey
	Hash        string // what was handed out: hash of the item, DeclarationsToken, empty for a removal
	SentAt      time.Time
	NotNowAt    time.Time
}

// Reported is what is known of a device's own state: what it has, and what deviates.
type Reported struct {
	Present map[ItemKey]Have
	Items   map[ItemKey]ItemState

	Offered       string // DeclarationsToken last offered (DeclarativeManagement acknowledged or items fetched)
	OfferedAt     time.Time
	Confirmed     string // DeclarationsToken of which every declaration was reported active and valid
	ConfirmedAt   time.Time
	Reoffers      int // offers of the same token without a status report
	DeclaredItems []ItemKey

	InFlight *InFlight
	Orders   []Order            // open ones, most urgent first
	Void     map[OrderID]string // orders that no longer stand, and why
	LostAt   time.Time          // in lost mode since; zero: it is not
	Licences map[ItemKey]Licence

	Awaiting   bool
	AwaitUntil time.Time

	Enrolled      time.Time
	LastSeen      time.Time
	PushedAt      time.Time // last push Apple accepted
	PushState     string    // "", "unregistered", "bad_token", …: the push contact is broken
	ListedAt      time.Time // last ProfileList
	AppsAt        time.Time // last ManagedApplicationList
	StorageFree   float64   // GB; 0: nobody said
	InventoryAt   time.Time // last DeviceInformation
	BypassAt      time.Time // Activation Lock bypass code fetched or given up
	RenewedAt     time.Time // last renewal profile handed out
	ReleasedNets  bool      // a person wrote "release network"
	ChangedAt     time.Time // when the wanted set last changed (marks)
	NotNowAt      time.Time // last NotNow
	NotNowCommand string
}
