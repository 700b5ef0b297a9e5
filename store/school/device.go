package school

import "time"

// Ownership decides what may be asked of a device; what need not be known is never requested.
type Ownership string

const (
	Owned   Ownership = "owned"  // belongs to or is leased by the authority
	Parent  Ownership = "parent" // bought by parents: no app list, no location
	OfStaff Ownership = "staff"  // the authority's, in the hands of teachers or other staff, who may use it for what is private, too
)

// Ownerships in the order pages show them.
var Ownerships = []Ownership{Owned, OfStaff, Parent}

// Device is the managed side of an asset. It exists from the announcement of a delivery to the end of the lease and
// survives every re-enrolment. Enrollment is what is bound to a certificate.
type Device struct {
	ID        DeviceID
	Authority AuthorityID
	Asset     AssetID
	School    SchoolID
	Place     PlaceID
	Number    string // inventory number of the asset
	Serial    string
	UDID      string

	Model       string // marketing name, "iPad (9. Generation)"
	ProductName string // "iPad13,18"
	OSVersion   string
	Build       string
	Supervised  bool
	Ownership   Ownership
	Confirmed   bool // false after manual enrolment until a person confirmed it: no person, variables, secrets

	PlannedPerson PersonID // pre-assigned: gets it at issue; counts to that person's class until then
	PlannedClass  ClassID

	LastSeen     time.Time
	Battery      int // percent, -1 unknown
	StorageFree  float64
	Health       BatteryHealth
	InventoryAt  time.Time
	Update       Updating  // what it last said about updates of iPadOS
	MigrateUntil time.Time // deadline of a migration from another MDM (Apple School Manager)
}

// BatteryHealth is what a device says of its battery, in Apple's words; empty: nothing.
type BatteryHealth string

// WornOut is a battery that should be replaced.
const WornOut BatteryHealth = "service-recommended"

// LittleStorage is how many gigabytes free are too few for an update of iPadOS.
const LittleStorage = 5

// EnrollmentType follows the check-in message keys (Apple: Device, User channel, Shared iPad user).
type EnrollmentType string

const (
	DeviceChannel EnrollmentType = "device"
	UserChannel   EnrollmentType = "user"
)

// EnrollmentState is how far an enrolment got and how it ended.
type EnrollmentState string

const (
	Authenticated EnrollmentState = "authenticated" // Authenticate came, the first TokenUpdate has not
	Enrolled      EnrollmentState = "enrolled"
	CheckedOut    EnrollmentState = "checked_out" // CheckOut, or replaced by a new enrolment of the same device
)

// Enrollment is one life of a device under management: one identity, one push token.
type Enrollment struct {
	ID         EnrollmentID
	Authority  AuthorityID
	Device     DeviceID
	Type       EnrollmentType
	State      EnrollmentState
	Topic      string
	Awaiting   bool      // Setup Assistant waits for DeviceConfigured
	AwaitUntil time.Time // at the latest released then
	EnrolledAt time.Time
	LastSeen   time.Time
	CertEnds   time.Time
	CloneAlarm bool
}

// Holding says that a person has a device. At most one is open per device; the lending loan opens and closes it.
type Holding struct {
	ID        HoldingID
	Authority AuthorityID
	Person    PersonID
	Device    DeviceID
	From      time.Time
	Until     time.Time // zero: open
}

// OSAtLeast compares dotted versions numerically per component; an empty want is always met, an empty have never.
func OSAtLeast(have, want string) bool {
	if want == "" {
		return true
	}
	if have == "" {
		return false
	}
	for have != "" || want != "" {
		var h, w int
		h, have = component(have)
		w, want = component(want)
		if h != w {
			return h > w
		}
	}
	return true
}

func component(v string) (n int, rest string) {
	i := 0
	for ; i < len(v) && v[i] != '.'; i++ {
		if c := v[i]; c >= '0' && c <= '9' && n < 1_000_000 {
			n = n*10 + int(c-'0')
		}
	}
	if i < len(v) {
		i++
	}
	return n, v[i:]
}
