package school

import "time"

// OrderKind is an order a person gives a device. Apple's command names it where there is one.
type OrderKind string

const (
	Refresh OrderKind = "refresh" // ask everything again: inventory, profile list, declarations
	Restart OrderKind = "restart" // RestartDevice
	Remove  OrderKind = "unenrol" // RemoveProfile of the enrolment profile
	Raw     OrderKind = "raw"     // a command as property list, as nanomdm's queue takes it
)

// OrderState is how far an order got.
type OrderState string

const (
	Waiting   OrderState = "waiting" // for the device
	Handed    OrderState = "handed"  // handed out, no answer yet
	Later     OrderState = "later"   // NotNow
	Done      OrderState = "done"
	Refused   OrderState = "refused"   // the device answered Error or CommandFormatError
	Cancelled OrderState = "cancelled" // by a person, by re-enrolment or transfer
	Expired   OrderState = "expired"
)

// Open reports whether the order may still be handed out.
func (s OrderState) Open() bool { return s == Waiting || s == Handed || s == Later }

// Order is one operator order to one enrolment. It is checked again at hand-out and cancelled by re-enrolment.
type Order struct {
	ID         OrderID
	Authority  AuthorityID
	Device     DeviceID
	Enrollment EnrollmentID
	Kind       OrderKind
	Request    string // RequestType
	Body       []byte // for Raw: the command
	UUID       string // command UUID; fixed at creation so that a repeated hand-out is the same command
	Priority   int    // higher first
	State      OrderState
	By         string
	Created    time.Time
	Expires    time.Time
	Finished   time.Time
	Result     string // code of the answer, for people and for the evidence
}
