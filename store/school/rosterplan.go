package school

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Ids of rosters.
type (
	RosterSourceID string // a saved source of rosters
	RosterRunID    string // one file on its way
)

// RosterSource is where rosters come from again and again: how its files are understood, and the space in which its ids
// count. A source of an authority serves every school, one of a school that school alone.
type RosterSource struct {
	ID        RosterSourceID
	Authority AuthorityID
	School    SchoolID // empty: for every school
	Name      string
	Format    string // empty: recognised each time
	Mapping   string // JSON of the reader; empty: as the format says
	Archived  bool
}

// RosterDoes is what taking over a roster does to a person or class.
type RosterDoes string

const (
	RosterLeaves    RosterDoes = "leaves"     // is in the file no more: archived, what is held stays held
	RosterEnds      RosterDoes = "ends"       // belonged here beside another school and does no more
	RosterMovesOn   RosterDoes = "moves_on"   // left this school and is led at another one from now on
	RosterClassEnds RosterDoes = "class_ends" // nobody is in it any more: archived
	RosterArrives   RosterDoes = "arrives"    // comes from another school of the authority, with what is held
	RosterMoves     RosterDoes = "moves"      // from one class to another
	RosterRenamed   RosterDoes = "renamed"    // another name, the same person
	RosterChanged   RosterDoes = "changed"    // addresses, kind, the day of age
	RosterTeaches   RosterDoes = "teaches"    // teaches other classes than before
	RosterCourses   RosterDoes = "courses"    // belongs to other courses than before
	RosterClassAs   RosterDoes = "class"      // a class is called otherwise or has another grade
	RosterClassNew  RosterDoes = "class_new"
	RosterNew       RosterDoes = "new"
	RosterBack      RosterDoes = "back"   // was archived and is in the file again
	RosterGuest     RosterDoes = "guest"  // belongs here beside another school
	RosterLinked    RosterDoes = "linked" // was entered by hand, or had another id: known by this id from now on
)

// RosterActs in the order pages show them: losses first.
var RosterActs = []RosterDoes{RosterLeaves, RosterEnds, RosterMovesOn, RosterClassEnds, RosterArrives, RosterMoves, RosterRenamed, RosterChanged, RosterTeaches,
	RosterCourses, RosterClassAs, RosterClassNew, RosterNew, RosterBack, RosterGuest, RosterLinked}

// RosterNotes are what is shown beside it and changes nothing, in the order of pages.
var RosterNotes = []RosterDoes{RosterGoes, RosterKept, RosterUnclassed, RosterElsewhere, RosterByHand, RosterMixed, RosterSmall}

const (
	RosterGoes      RosterDoes = "goes"      // the file knows the day on which the person will leave
	RosterKept      RosterDoes = "kept"      // the file names no class: the present one stays
	RosterUnclassed RosterDoes = "unclassed" // has no class and gets none
	RosterElsewhere RosterDoes = "elsewhere" // stands at another school of the same file
	RosterByHand    RosterDoes = "by_hand"   // was entered by a person and is not in the file: stays
	RosterMixed     RosterDoes = "mixed"     // a class without a grade
	RosterSmall     RosterDoes = "small"     // a class of fewer than five
)

// RosterItem is one line of a plan.
type RosterItem struct {
	Does    RosterDoes `json:"d"`
	Row     int        `json:"r,omitempty"`
	Person  PersonID   `json:"p,omitempty"` // empty: new
	Class   ClassID    `json:"c,omitempty"`
	Name    string     `json:"n"`
	From    string     `json:"f,omitempty"` // class or name before; of who arrives the school
	To      string     `json:"t,omitempty"` // RosterGoes: the day
	Fields  []string   `json:"x,omitempty"` // what changes: "kind", "email", "login", "adult"
	Devices int        `json:"h,omitempty"` // holds so many
}

// What a roster asks where no rule decides.
const (
	AskPerson  = "person"  // of this name there is somebody: the same, or another?
	AskID      = "id"      // the same person under a new id?
	AskChanged = "changed" // is gone, and somebody of half that name is in the class: the same person under another name?
	AskOther   = "other"   // of this name there is a pupil at another school: does that one come here?
	AskName    = "name"    // this id has quite another name: the same person, or was the id given anew?
	AskClass   = "class"   // a class nobody knows
	AskSchools = "schools" // a school of the file nobody knows
)

// Choices that are no id.
const (
	ChooseNew   = "new"   // somebody or something new
	ChooseSame  = "same"  // AskName: the same person
	ChooseLater = "later" // leave it as it is in this run, and ask again
	ChooseNone  = "none"  // AskClass, AskSchools: leave it out, always
)

// RosterQuestion is one question of a plan. Subject names it within its school and kind.
type RosterQuestion struct {
	Kind    string         `json:"k"`
	Subject string         `json:"s"`
	Row     int            `json:"r,omitempty"`
	Name    string         `json:"n"`
	Detail  string         `json:"d,omitempty"` // its class; of a class how many people
	Options []RosterOption `json:"o,omitempty"` // who or what could be meant, beside the choices that are no id
	Choice  string         `json:"c,omitempty"` // how it was answered; empty: not yet
}

// RosterOption is somebody or something a question may mean.
type RosterOption struct {
	ID     string `json:"i"`
	Name   string `json:"n"`
	Detail string `json:"d,omitempty"`
}

// Why a plan stops until its number is typed.
const (
	GuardLeavers = "leavers" // more than one in ten leave
	GuardEmptied = "emptied" // a class loses everybody
	GuardCut     = "cut"     // the file has far fewer people than the last one
)

// RosterGuard is a reason to stop and ask, with its numbers.
type RosterGuard struct {
	Kind  string `json:"k"`
	Count int    `json:"c"`
	Of    int    `json:"o"`
	Class string `json:"n,omitempty"`
}

// RosterPart is what a run would do at one school.
type RosterPart struct {
	N          int
	School     SchoolID // empty: nobody said yet which one is meant
	SchoolName string
	Number     string // as the file names the school
	State      string // "planned", "confirmed", "applied"
	People     int    // in the file
	Changes    int
	Open       int // questions without an answer
	Counts     map[RosterDoes]int
	Moved      bool // it looked otherwise when it was confirmed
	Hash       string
	Applied    time.Time
	Result     ChangeSetID
	Undone     bool

	// What follows is forgotten with the file.
	Items     []RosterItem
	Questions []RosterQuestion
	Guards    []RosterGuard
	Words     []RosterWord // what planning has to say
	After     []int        // parts that must be taken over before
	Typed     int          // the number that must be typed; 0: none
}

// RosterRun is a file on its way.
type RosterRun struct {
	ID         RosterRunID
	Authority  AuthorityID
	Source     RosterSourceID
	SourceName string
	School     SchoolID // it was given to; empty: it names its schools itself
	By         string   // id of who brought it
	ByName     string
	File       string
	Hash       string
	State      string // "read", "planned", "dropped"
	Created    time.Time
	Kept       bool           // the file is still there
	Words      map[string]int // what the reader said, counted
	Parts      []RosterPart
}

// ID names a question where its subject, which names people, must not stand: in forms and addresses.
func (q RosterQuestion) ID() string {
	h := sha256.Sum256([]byte(q.Kind + "\x00" + q.Subject))
	return hex.EncodeToString(h[:10])
}
