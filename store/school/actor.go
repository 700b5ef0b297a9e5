package school

import (
	"maps"
	"slices"
	"time"
)

// Role is what a person may be at a node of the tree. A grant ties it to an authority and, for school roles, a school.
type Role string

const (
	Operator       Role = "operator"        // runs the installation for one or several authorities; sees no people
	AuthorityAdmin Role = "authority_admin" // decides what every school gets
	SchoolAdmin    Role = "school_admin"    // adds for one school, never undercuts the authority
	Auditor        Role = "auditor"         // reads settings, audit and exports; changes nothing
)

// Roles lists every role in the order pages show them.
var Roles = []Role{Operator, AuthorityAdmin, SchoolAdmin, Auditor}

// Verb is a kind of act. Pages, API routes and store methods name the same verbs.
type Verb string

const (
	View         Verb = "view"          // see schools, classes, devices, profiles and their state
	ViewPeople   Verb = "view_people"   // see names of persons
	EditOrg      Verb = "edit_org"      // schools, classes, groups, places, memberships
	EditPeople   Verb = "edit_people"   // persons and what they hold
	EditDevices  Verb = "edit_devices"  // place, number, holder, plan, confirmation of a device
	EditProfiles Verb = "edit_profiles" // profiles and versions
	Assign       Verb = "assign"        // assign and unassign
	Fix          Verb = "fix"           // make an assignment fixed for everything below
	OrderDevice  Verb = "order_device"  // refresh, restart and other orders that lose nothing
	Enroll       Verb = "enroll"        // enrolment codes, announced deliveries, set-up network
	Apple        Verb = "apple"         // push certificate, Apple tokens
	Settings     Verb = "settings"      // settings of the authority
	Accounts     Verb = "accounts"      // accounts, grants, API tokens
	ReadAudit    Verb = "read_audit"    // the audit log
	ReadOutbox   Verb = "read_outbox"   // mail waiting and sent
	Provision    Verb = "provision"     // create authorities
	Observe      Verb = "observe"       // jobs and devices; never a person
)

// can is the one table of permissions. A school role has a verb only at its own school; "authority" verbs asked with
// a school are granted to authority roles at every school of the authority.
var can = map[Role]map[Verb]bool{
	Operator: set(View, Provision, Accounts, Apple, Settings, ReadAudit, ReadOutbox),
	AuthorityAdmin: set(View, ViewPeople, EditOrg, EditPeople, EditDevices, EditProfiles, Assign, Fix, OrderDevice,
		Enroll, Apple, Settings, Accounts, ReadAudit, ReadOutbox),
	SchoolAdmin: set(View, ViewPeople, EditOrg, EditPeople, EditDevices, EditProfiles, Assign, OrderDevice, Enroll),
	Auditor:     set(View, ReadAudit, ReadOutbox),
}

// Verbs lists what a role may do at its node, sorted; nil for a role that does not exist.
func (r Role) Verbs() []Verb { return slices.Sorted(maps.Keys(can[r])) }

func set(vs ...Verb) map[Verb]bool {
	m := make(map[Verb]bool, len(vs))
	for _, v := range vs {
		m[v] = true
	}
	return m
}

// Where is the node of the tree an act touches. School is empty for what belongs to the whole authority.
type Where struct {
	Authority AuthorityID
	School    SchoolID
}

// Grant gives an account a role at a node, for as long as it lasts.
type Grant struct {
	Role      Role
	Authority AuthorityID // empty only for an operator of the whole installation
	School    SchoolID    // set for school roles
	From      time.Time
	Until     time.Time // zero: no end
}

// Holds reports whether the grant is in force at now.
func (g Grant) Holds(now time.Time) bool {
	return !now.Before(g.From) && (g.Until.IsZero() || now.Before(g.Until))
}

// ActorKind says what acts: a signed-in person, a program with an API token, or the server itself.
type ActorKind string

const (
	PersonActor ActorKind = "person"
	TokenActor  ActorKind = "token"
	SystemActor ActorKind = "system"
)

// Actor is who acts. Only grants in force belong in it; the store fills them when a session or token is opened.
// Tenant is the authority the actor currently works in: a person with grants at several chooses one.
type Actor struct {
	Kind    ActorKind
	Account AccountID // empty for the system
	Name    string    // as the audit log shows it: account name, token name, job name
	Tenant  AuthorityID
	Grants  []Grant
	Verbs   map[Verb]bool // an API token is limited to these; nil means no further limit
}

// System is the server acting by itself for one authority, named by its job.
func System(job string, authority AuthorityID) Actor {
	return Actor{Kind: SystemActor, Name: job, Tenant: authority}
}

// Can reports whether the actor may do verb there. The server itself may do everything in its own authority.
func (a Actor) Can(verb Verb, where Where) bool {
	if a.Kind == SystemActor {
		return a.Tenant == where.Authority || a.Tenant == ""
	}
	if a.Verbs != nil && !a.Verbs[verb] {
		return false
	}
	for _, g := range a.Grants {
		if !can[g.Role][verb] {
			continue
		}
		if g.Authority != where.Authority && !(g.Role == Operator && g.Authority == "") {
			continue
		}
		if g.School == "" || g.School == where.School {
			return true
		}
	}
	return false
}

// CanSomewhere reports whether the actor may do verb at any node of the authority: what decides a menu entry.
func (a Actor) CanSomewhere(verb Verb, authority AuthorityID) bool {
	if a.Can(verb, Where{Authority: authority}) {
		return true
	}
	for _, g := range a.Grants {
		if g.School != "" && a.Can(verb, Where{Authority: authority, School: g.School}) {
			return true
		}
	}
	return false
}

// Schools returns the schools the actor's sight is limited to for verb, or nil and true when it is the whole authority.
// ok is false when the actor has the verb nowhere.
func (a Actor) Schools(verb Verb, authority AuthorityID) (schools []SchoolID, ok bool) {
	if a.Can(verb, Where{Authority: authority}) {
		return nil, true
	}
	for _, g := range a.Grants {
		if g.Authority == authority && g.School != "" && a.Can(verb, Where{Authority: authority, School: g.School}) {
			schools = append(schools, g.School)
		}
	}
	return schools, len(schools) > 0
}

// ID names the actor in the audit log and in change sets: the account or token id, or the job.
func (a Actor) ID() string {
	if a.Kind == SystemActor {
		return "system:" + a.Name
	}
	return string(a.Account)
}
