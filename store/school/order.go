package school

import (
	"strings"
	"time"
)

// OrderKind is an order a person gives a device. Apple's command names it where there is one.
type OrderKind string

const (
	Refresh       OrderKind = "refresh"        // ask everything again: inventory, profile list, declarations
	Restart       OrderKind = "restart"        // RestartDevice
	ShutDown      OrderKind = "shut_down"      // ShutDownDevice: somebody has to switch it on again
	LockScreen    OrderKind = "lock"           // DeviceLock
	ClearPasscode OrderKind = "clear_passcode" // ClearPasscode, with the unlock token
	Rename        OrderKind = "rename"         // Settings, item DeviceName
	LostOn        OrderKind = "lost_on"        // EnableLostMode
	LostOff       OrderKind = "lost_off"       // DisableLostMode
	LostSound     OrderKind = "lost_sound"     // PlayLostModeSound
	Locate        OrderKind = "locate"         // DeviceLocation
	Users         OrderKind = "users"          // UserList of a Shared iPad
	LogOut        OrderKind = "log_out"        // LogOutUser
	DeleteUser    OrderKind = "delete_user"    // DeleteUser
	Unlock        OrderKind = "unlock"         // Activation Lock off: asked of Apple, not of the device
	Erase         OrderKind = "erase"          // EraseDevice
	Reset         OrderKind = "reset"          // EraseDevice with Return to Service: it comes back by itself
	MakeReady     OrderKind = "ready"          // the whole way to the next person, see Turnaround
	Remove        OrderKind = "unenrol"        // RemoveProfile of the enrolment profile
	Raw           OrderKind = "raw"            // a command as property list, as nanomdm's queue takes it
)

// OrderKinds are those a person may give, in the order pages show them.
var OrderKinds = []OrderKind{Refresh, Restart, ShutDown, LockScreen, ClearPasscode, Rename, LostOn, LostSound, Locate, LostOff, Users, LogOut, DeleteUser,
	Unlock, MakeReady, Reset, Erase, Remove}

// What holds orders that lose something back. No authority can erase all that it has in one go, whoever asks: a mistake, a
// stolen account or a program gone wild reaches so many devices and no more.
const (
	CoolDown      = time.Minute // nothing is handed out before; until then it is called off without a trace on the device
	LosesAtOnce   = 250         // devices in one order
	LosesPerDay   = 1000        // devices of an authority in 24 hours
	OrderedAtOnce = 2000        // devices in one order of any other kind
	SecondDefault = 10          // more devices than this, counted over an hour of one person, need a second one
	SecondMost    = 100         // more than an authority may allow one person
	AskedFor      = 24 * time.Hour
	AnswerKept    = 24 * time.Hour // a location, or who is on a Shared iPad
)

// OrderRule is what an order needs and how it is handled.
type OrderRule struct {
	Request    string // Apple's RequestType; empty: not a command
	Priority   int    // higher first
	Lasts      time.Duration
	Verb       Verb
	Loses      bool // data, or the management: typed word, cool-down, limits
	Reason     bool // somebody asks later why
	Second     bool // always a second person
	Planned    bool // is shown before it is given, even to one device
	Supervised bool
	WhileLost  bool // obeyed in lost mode
	OnlyLost   bool // and in no other
	Owned      bool // never with a device that belongs to parents
	Shared     bool // of a Shared iPad only
	MinOS      string
}

var orderRules = map[OrderKind]OrderRule{
	Refresh:       {Request: "DeviceInformation", Priority: 10, Lasts: week, Verb: OrderDevice},
	Restart:       {Request: "RestartDevice", Priority: 20, Lasts: day, Verb: OrderDevice, Supervised: true},
	ShutDown:      {Request: "ShutDownDevice", Priority: 20, Lasts: day, Verb: OrderDevice, Supervised: true, Planned: true},
	LockScreen:    {Request: "DeviceLock", Priority: 60, Lasts: day, Verb: OrderDevice, Planned: true},
	ClearPasscode: {Request: "ClearPasscode", Priority: 50, Lasts: day, Verb: OrderDevice, Planned: true, Reason: true},
	Rename:        {Request: "Settings", Priority: 15, Lasts: 60 * day, Verb: OrderDevice, Planned: true, Supervised: true},
	LostOn:        {Request: "EnableLostMode", Priority: 90, Lasts: 90 * day, Verb: OrderDevice, Planned: true, Reason: true, Supervised: true, WhileLost: true},
	LostOff:       {Request: "DisableLostMode", Priority: 85, Lasts: week, Verb: OrderDevice, Supervised: true, WhileLost: true, OnlyLost: true},
	LostSound:     {Request: "PlayLostModeSound", Priority: 80, Lasts: day, Verb: OrderDevice, Supervised: true, WhileLost: true, OnlyLost: true},
	Locate: {Request: "DeviceLocation", Priority: 80, Lasts: day, Verb: FindDevice, Planned: true, Reason: true, Second: true, Supervised: true,
		WhileLost: true, OnlyLost: true, Owned: true},
	Users:      {Shared: true, Request: "UserList", Priority: 15, Lasts: day, Verb: OrderDevice, Planned: true},
	LogOut:     {Shared: true, Request: "LogOutUser", Priority: 40, Lasts: day, Verb: OrderDevice, Planned: true},
	DeleteUser: {Shared: true, Request: "DeleteUser", Priority: 40, Lasts: day, Verb: Wipe, Planned: true, Reason: true, Loses: true},
	Unlock:     {Priority: 70, Lasts: week, Verb: Wipe, Planned: true, Reason: true},
	Erase:      {Request: "EraseDevice", Priority: 100, Lasts: week, Verb: Wipe, Planned: true, Reason: true, Loses: true, WhileLost: true},
	Reset:      {Request: "EraseDevice", Priority: 100, Lasts: week, Verb: Wipe, Planned: true, Reason: true, Loses: true, WhileLost: true, MinOS: "17"},
	MakeReady:  {Lasts: week, Verb: Wipe, Planned: true, Reason: true, Loses: true, WhileLost: true},
	Remove:     {Request: "RemoveProfile", Priority: 95, Lasts: week, Verb: Wipe, Planned: true, Reason: true, Loses: true},
}

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// Rule is what the order needs; ok is false for what a person cannot give.
func (k OrderKind) Rule() (r OrderRule, ok bool) {
	r, ok = orderRules[k]
	return r, ok
}

// Erases reports whether the device is empty afterwards. That it said so is no proof: only that it enrols anew is.
func (k OrderKind) Erases() bool { return k == Erase || k == Reset }

// EraseAgain is how long after it was accepted an erase is sent again to a device that comes back as what it was.
const EraseAgain = 3 * time.Minute

// OrderArgs are the words that come with an order.
type OrderArgs struct {
	Message  string `json:"message,omitempty"`  // lock, lost_on: what the screen says
	Phone    string `json:"phone,omitempty"`    // lock, lost_on
	Footnote string `json:"footnote,omitempty"` // lost_on
	Name     string `json:"name,omitempty"`     // rename; empty: as the authority decided (Facts.DeviceName)
	User     string `json:"user,omitempty"`     // delete_user; empty: all
	Force    bool   `json:"force,omitempty"`    // delete_user: what was not synchronised is lost
	Reason   string `json:"reason,omitempty"`
}

// Texts on a screen are cut by the device; these bounds are what it shows.
const (
	longestMessage = 300
	longestPhone   = 40
	longestName    = 60
	LongestReason  = 300
)

// Check trims what was typed and refuses what the order cannot be given with.
func (a OrderArgs) Check(k OrderKind) (OrderArgs, error) {
	r, ok := k.Rule()
	if !ok {
		return a, Refuse("kind", "choice")
	}
	for _, f := range []struct {
		name  string
		value *string
		most  int
		used  bool
	}{
		{"message", &a.Message, longestMessage, k == LockScreen || k == LostOn}, {"phone", &a.Phone, longestPhone, k == LockScreen || k == LostOn},
		{"footnote", &a.Footnote, longestMessage, k == LostOn}, {"name", &a.Name, longestName, k == Rename}, {"user", &a.User, 255, k == DeleteUser},
		{"reason", &a.Reason, LongestReason, true},
	} {
		if *f.value = strings.TrimSpace(*f.value); !f.used {
			*f.value = ""
		}
		if len([]rune(*f.value)) > f.most {
			return a, Refuse(f.name, "too_long", f.most)
		}
	}
	a.Force = a.Force && k == DeleteUser
	switch {
	case k == LostOn && a.Message == "" && a.Phone == "":
		return a, Refuse("message", "required")
	case r.Reason && a.Reason == "":
		return a, Refuse("reason", "required")
	}
	return a, nil
}

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
	Warrant    WarrantID // with which it was given; empty: it loses nothing and needs no word
	Kind       OrderKind
	Request    string // RequestType
	Body       []byte // for Raw: the command
	Args       OrderArgs
	UUID       string // command UUID; fixed at creation so that a repeated hand-out is the same command
	Priority   int    // higher first
	State      OrderState
	By         string
	Created    time.Time
	From       time.Time // not handed out before; zero: at once
	Accepted   time.Time // an erase: the device said that it would
	Expires    time.Time
	Finished   time.Time
	Result     string    // code of the answer, for people and for the evidence
	Answer     time.Time // until when what it answered can be read; zero: there is nothing
}

// Held reports whether the order can still be called off without a trace.
func (o Order) Held(now time.Time) bool { return o.State == Waiting && now.Before(o.From) }

// WarrantID names what one person ordered at one time.
type WarrantID string

// Warrant says who ordered what of how many devices and why, and who agreed. Every order that is planned has one.
type Warrant struct {
	ID       WarrantID
	Kind     OrderKind
	Args     OrderArgs
	School   SchoolID // the one school of all its devices, or empty
	Devices  int
	By       string
	Account  AccountID
	Created  time.Time
	Second   bool // waits, or waited, for a second person
	Approved time.Time
	Approver string
	From     time.Time // orders are handed out from then on; zero: nobody agreed yet
	Ended    time.Time // called off, declined, or nobody agreed in time
	Why      string    // withdrawn, declined, expired
}

// Asked reports whether the warrant waits for a second person.
func (w Warrant) Asked() bool { return w.Second && w.Approved.IsZero() && w.Ended.IsZero() }

// Held reports whether all of it can still be called off without a trace.
func (w Warrant) Held(now time.Time) bool { return w.Ended.IsZero() && now.Before(w.From) }

// Why a device cannot be given an order.
const (
	BarNotEnrolled = "not_enrolled"
	BarSupervised  = "not_supervised"
	BarOS          = "needs_os"
	BarLost        = "in_lost_mode"
	BarNotLost     = "not_in_lost_mode"
	BarParent      = "belongs_to_parents"
	BarToken       = "no_unlock_token"
	BarNetwork     = "no_setup_network"
	BarOpen        = "ordered_already"
	BarCode        = "no_bypass_code"
	BarUnconfirmed = "unconfirmed"
	BarADE         = "needs_ade"
	BarShared      = "not_shared"
)

// Orderable is what decides whether a device can be given an order.
type Orderable struct {
	Enrolled, Known, ADE, Supervised, Shared, Lost, Parent, Token, Network, Code, Confirmed bool

	Open bool // the same is under way
	OS   string
}

// Bars says why a device cannot be given the order; empty: it can.
func (k OrderKind) Bars(d Orderable) string {
	r := orderRules[k]
	switch {
	case k == Unlock && !d.Known, k != Unlock && !d.Enrolled:
		return BarNotEnrolled
	case d.Open:
		return BarOpen
	case k == Unlock && !d.Code:
		return BarCode
	case !d.Confirmed && k != Refresh && k != Remove && k != Restart:
		return BarUnconfirmed
	case r.Supervised && !d.Supervised:
		return BarSupervised
	case r.Shared && !d.Shared:
		return BarShared
	case r.Owned && d.Parent:
		return BarParent
	case d.Lost && !r.WhileLost && k != Unlock && k != Refresh:
		return BarLost
	case !d.Lost && r.OnlyLost:
		return BarNotLost
	case !OSAtLeast(d.OS, r.MinOS):
		return BarOS
	case k == Reset && !d.ADE:
		return BarADE
	case k == Reset && !d.Network:
		return BarNetwork
	case k == ClearPasscode && !d.Token:
		return BarToken
	}
	return ""
}

// OrderWish is an order before it is given: what a plan of it shows.
type OrderWish struct {
	Kind   OrderKind
	Args   OrderArgs
	Word   string              // to be typed where something is lost: the device's number, the class, or how many
	Second bool                // somebody else has to agree
	Barred map[DeviceID]string // devices that cannot be given it
}

// Location is where a lost device said it was.
type Location struct {
	Latitude  float64   `json:"latitude"`
	Longitude float64   `json:"longitude"`
	Accuracy  float64   `json:"accuracy"` // metres; negative: unknown
	At        time.Time `json:"at"`
}

// DeviceUser is somebody whose data a Shared iPad keeps.
type DeviceUser struct {
	Login   string `json:"login"`
	Name    string `json:"name"`
	Here    bool   `json:"signed_in"`
	Unsaved bool   `json:"unsaved"`
}
