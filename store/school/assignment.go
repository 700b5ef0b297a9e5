package school

import (
	"strings"
	"time"
)

// Level is a height in the tree at which something can be assigned. Lower numbers are farther from the device.
type Level int

const (
	AtAuthority Level = iota + 1
	AtSchoolType
	AtSchool
	AtGrade
	AtClass
	AtGroup
	AtPerson
	AtDevice
)

var levelNames = map[Level]string{AtAuthority: "authority", AtSchoolType: "school_type", AtSchool: "school",
	AtGrade: "grade", AtClass: "class", AtGroup: "group", AtPerson: "person", AtDevice: "device"}

func (l Level) String() string { return levelNames[l] }

// ParseLevel reads what String writes.
func ParseLevel(s string) (Level, bool) {
	for l, n := range levelNames {
		if n == s {
			return l, true
		}
	}
	return 0, false
}

// Scope is the node an assignment hangs on. ID is the id of the noun at that level; a school type is itself, a grade
// is school and grade (see GradeScope), so that a settings binds to stable things and never to a class name.
type Scope struct {
	Level Level
	ID    string
}

// GradeScope is the scope of one grade of one school.
func GradeScope(s SchoolID, grade string) Scope { return Scope{AtGrade, string(s) + "/" + grade} }

// SchoolOfGrade is the school part of a grade scope.
func (s Scope) SchoolOfGrade() (SchoolID, string) {
	id, grade, _ := strings.Cut(s.ID, "/")
	return SchoolID(id), grade
}

// Mode says whether devices in scope get the thing, may be given it, or must not have it.
type Mode string

const (
	Required  Mode = "required"
	Available Mode = "available" // of apps: not installed by itself
	Excluded  Mode = "excluded"
)

// Kept is the mode under which an assignment is kept: an offer is a wish that is not in force by itself.
func (m Mode) Kept() Mode {
	if m == Available {
		return Required
	}
	return m
}

// weight orders modes on one level.
func (m Mode) weight() int {
	switch m {
	case Excluded:
		return 2
	case Required:
		return 1
	}
	return 0
}

// Assignment says that what is in scope gets, or must not have, a version of a profile.
type Assignment struct {
	ID        AssignmentID
	Authority AuthorityID
	School    SchoolID // the school the scope lies in; empty for scopes above schools
	Scope     Scope
	Profile   ProfileID
	Version   VersionID
	Mode      Mode
	Fixed     bool // nothing below may change it
	Rollout   *Rollout
	From      time.Time // zero: since ever; else not before
	Until     time.Time // zero: no end
	Created   time.Time
	By        string // name of the account, as pages show it
}

// Beats is the one order of assignments: which of two that reach a device decides.
//
// (1) Fixed beats not fixed; of two fixed the higher level wins. (2) Otherwise the nearest wins. (3) On the same level
// excluded beats required, and required beats available; of two alike the later one, then the one with the smaller id, so that the outcome never depends
// on the order of the facts.
func (a Assignment) Beats(b Assignment) bool {
	switch {
	case a.Fixed != b.Fixed:
		return a.Fixed
	case a.Scope.Level != b.Scope.Level:
		return (a.Scope.Level < b.Scope.Level) == a.Fixed
	case a.Mode.weight() != b.Mode.weight():
		return a.Mode.weight() > b.Mode.weight()
	case !a.Created.Equal(b.Created):
		return a.Created.After(b.Created)
	}
	return a.ID < b.ID
}

// Rollout leads a change from one version to another by stages. A device's bucket is a stable hash of its id; Desired
// only compares bucket with stage. A job advances or halts the stage like a person would.
type Rollout struct {
	Old   VersionID // empty: devices beyond the stage get nothing yet
	Stage int       // of 10,000: buckets below it get the new version
}

// Buckets is the number of buckets a rollout is counted in.
const Buckets = 10_000

// Bucket is the stable place of a device among the buckets.
func (d DeviceID) Bucket() int {
	h := uint32(2166136261) // FNV-1a
	for i := 0; i < len(d); i++ {
		h = (h ^ uint32(d[i])) * 16777619
	}
	return int(h % Buckets)
}
