package mdm

import (
	"time"

	"ranzen/store/school"
)

// Status is where an item stands, in the words a page counts by.
type Status string

const (
	Confirmed Status = "confirmed" // reported by the device
	Coming    Status = "coming"    // missing, and it comes
	Blocked   Status = "blocked"   // missing until somebody changes something
	GaveUp    Status = "failed"    // the device refused it for good
	Aside     Status = "aside"     // wanted by someone, set aside by a decision; nothing is missing
	Leaving   Status = "leaving"   // there, and it goes
	Held      Status = "held"      // there, not wanted, and kept by the lifeline
)

// Codes of what Explain adds to those of Left, with the arguments they carry.
const (
	There           Code = "confirmed"            //
	NotEnrolled     Code = "not_enrolled"         //
	NeverSeen       Code = "never_seen"           //
	PushBroken      Code = "push_broken"          // state, seen
	Silent          Code = "silent"               // seen, days
	Retrying        Code = "retrying"             // code, attempts, next
	Refused         Code = "failed"               // code, attempts
	SaidNotNow      Code = "notnow"               // at
	Drift           Code = "drifted"              // at
	Accepted        Code = "acknowledged"         // at
	HandedOut       Code = "sent"                 // at
	Declaring       Code = "offered"              // at, next
	Asleep          Code = "asleep"               // pushed
	Superseded      Code = "superseded"           // an earlier version is there
	Queued          Code = "queued"               //
	HeldNetwork     Code = "held_network"         // until: name of the network profile waited for, if there is one
	Departing       Code = "leaving"              // cause: code of why it is no longer wanted, if known
	RemovalAccepted Code = "removal_acknowledged" // at
	RemovalRetrying Code = "removal_retrying"     // code, attempts, next
	RemovalRefused  Code = "removal_failed"       // code, attempts
	UpToDate        Code = "up_to_date"           // version, have
	Demands         Code = "update_demanded"      // version, at, written, moved, freeze: the device knows the deadline
	Updates         Code = "update_running"       // version, state, at, late: the deadline has passed
	UpdateFails     Code = "update_failed"        // version, cause, reason, count, at
	UpdateLate      Code = "update_late"          // version, at: the deadline has passed
)

// Remedy is what helps.
type Remedy string

const (
	SwitchOn         Remedy = "switch_on"         // switch on and connect to a network
	Reconnect        Remedy = "reconnect"         // restart on a network, so that the device renews its push contact
	Unbox            Remedy = "unbox"             // take it out of the box and start it
	Enroll           Remedy = "enrol"             // set it up under management again
	UpdateOrSwap     Remedy = "update_or_swap"    // update iPadOS or give another device
	Supervise        Remedy = "supervise"         // erase and set up through Apple School Manager
	FixProfile       Remedy = "fix_profile"       // publish a corrected version
	CompleteData     Remedy = "complete_data"     // fill in what the variable stands for
	Issue            Remedy = "issue"             // give the device to a person
	ChangeAssignment Remedy = "change_assignment" // only if it is to be different
	ConfirmDevice    Remedy = "confirm_device"    // say that the device is the right one
	TryAgain         Remedy = "try_again"         // correct the cause and let the device try again
	AssignNetwork    Remedy = "assign_network"    // assign another network or release this one
	FreeSpace        Remedy = "free_space"        // make room on the iPad
	Charge           Remedy = "charge"            // connect it to power
	ConnectWiFi      Remedy = "connect_wifi"      // a network that reaches Apple
	EnterPasscode    Remedy = "enter_passcode"    // unlock it once
	OtherVersion     Remedy = "other_version"     // demand a version Apple offers
	InstallByHand    Remedy = "install_by_hand"   // update it in Settings or by cable
)

// Who can do it.
type Who string

const (
	Nobody         Who = "nobody"
	Holder         Who = "holder"
	ClassTeacher   Who = "class_teacher"
	SchoolAdmin    Who = "school_admin"
	AuthorityAdmin Who = "authority"
	AppleAdmin     Who = "apple_admin"
)

// Evidence is one link of the chain that led to a reason.
type Evidence struct {
	At   time.Time
	Code EvidenceCode
	Args map[string]string
}

// EvidenceCode names what happened.
type EvidenceCode string

const (
	EvAssigned     EvidenceCode = "assigned"     // scope, by
	EvEnrolled     EvidenceCode = "enrolled"     //
	EvPushed       EvidenceCode = "pushed"       // Apple accepted the push
	EvSeen         EvidenceCode = "seen"         // the device called
	EvSent         EvidenceCode = "sent"         // request
	EvNotNow       EvidenceCode = "notnow"       // request
	EvAcknowledged EvidenceCode = "acknowledged" //
	EvError        EvidenceCode = "error"        // code, detail, attempts
	EvDrifted      EvidenceCode = "drifted"      //
	EvOffered      EvidenceCode = "offered"      // reoffers
	EvReported     EvidenceCode = "reported"     // the device reported to have it
	EvListed       EvidenceCode = "listed"       // profile list read
	EvUpdate       EvidenceCode = "update"       // reason, attempts: an update failed, in the device's own words
)

// Reason says of one item what is, why, since when, what helps and who can do it. For everything that is not confirmed
// either Automatic is true or Remedy names what somebody has to do.
type Reason struct {
	Item      school.ItemKey
	Name      string
	Profile   school.ProfileID // empty when the facts no longer name it
	Number    int              // version
	Network   bool
	Status    Status
	Code      Code
	Since     time.Time
	Via       Via
	Args      map[string]string
	Remedy    Remedy
	Who       Who
	Automatic bool
	Evidence  []Evidence
}

// SilentAfter is how long a device may be quiet before its silence is the reason for what is missing.
const SilentAfter = 48 * time.Hour

// leftRule is what Explain says about a code of Left.
var leftRules = map[Code]struct {
	status    Status
	remedy    Remedy
	who       Who
	automatic bool
}{
	NeedsOS:           {Blocked, UpdateOrSwap, SchoolAdmin, false},
	NeedsSupervision:  {Blocked, Supervise, SchoolAdmin, false},
	AwaitingInventory: {Coming, "", Nobody, true},
	UnknownVariable:   {Blocked, FixProfile, AuthorityAdmin, false},
	EmptyVariable:     {Blocked, CompleteData, SchoolAdmin, false},
	BadVariable:       {Blocked, CompleteData, SchoolAdmin, false},
	Overruled:         {Aside, ChangeAssignment, SchoolAdmin, false},
	Excluded:          {Aside, ChangeAssignment, SchoolAdmin, false},
	Unconfirmed:       {Blocked, ConfirmDevice, SchoolAdmin, false},
	Offered:           {Aside, ChangeAssignment, SchoolAdmin, false},
	NotYet:            {Coming, "", Nobody, true},
	LaterStage:        {Coming, "", Nobody, true},
	Frozen:            {Coming, "", Nobody, true},
	NotOffered:        {Blocked, OtherVersion, AuthorityAdmin, false},
	NoDeclarations:    {Blocked, UpdateOrSwap, SchoolAdmin, false},
}

// Blocks reports whether what was left out for this reason is missed: somebody has to change something before it can come.
// Aside and later are no help anybody has to give.
func (c Code) Blocks() bool { return leftRules[c].status == Blocked }
