// Who may do what is one table. Tests read it from here and hold the code, every page and every call of the API against
// it: a verb, a role or a page that is not in it fails.
//
//	verb           installation  operator  authority_admin  school_admin  teacher  desk  clerk  repair  auditor
//	view           -             x         x                x             -        -     -      -       x
//	view_people    -             -         x                x             -        -     -      -       -
//	edit_org       -             -         x                x             -        -     -      -       -
//	edit_people    -             -         x                x             -        -     -      -       -
//	edit_devices   -             -         x                x             -        -     -      -       -
//	edit_profiles  -             -         x                x             -        -     -      -       -
//	assign         -             -         x                x             -        -     -      -       -
//	fix            -             -         x                -             -        -     -      -       -
//	order_device   -             -         x                x             -        -     -      -       -
//	wipe           -             -         x                x             -        -     -      -       -
//	find_device    -             -         x                x             -        -     -      -       -
//	enroll         -             -         x                x             -        -     -      -       -
//	lend           -             -         x                x             -        x     x      -       -
//	clerks         -             -         x                x             -        x     -      -       -
//	teach          -             -         -                -             x        -     -      -       -
//	mend           -             -         -                -             -        -     -      x       -
//	apple          -             x         x                -             -        -     -      -       -
//	settings       -             x         x                -             -        -     -      -       -
//	accounts       -             x         x                -             -        -     -      -       -
//	read_audit     -             x         x                -             -        -     -      -       x
//	read_outbox    -             x         x                -             -        -     -      -       x
//	export         -             -         x                -             -        -     -      -       -
//	provision      x             -         -                -             -        -     -      -       -
//	observe        -             -         -                -             -        -     -      -       -
//
// A role holds at the node it was given for: an authority, or one school of it. At a school it reaches nothing of the
// school next door, and what belongs to the whole authority it sees only where pages of its school show it.
//
//   - installation is an operator without an authority: it makes authorities and operators, and sees the names of
//     authorities, nothing in them. operator is the same person in an authority it has access to: for a reason, with an
//     end, written in the audit of that authority, and ended by it at any time. Neither ever sees a person.
//   - teacher sees the classes that it teaches today according to its own memberships, and reports what is lost or broken there.
//   - desk and clerk hand out and take back at their school, and find people and devices for that alone. A clerk is there for
//     some days, with a PIN of its own; nobody shares one.
//   - what a program can be is a part of this: an administrator, a desk, a shop, an auditor (store.TokenRoles says why no other).
//   - repair sees devices that were sent to it: number, serial, model and the notes of the order. Never who had them.
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
	TeacherRole    Role = "teacher"         // sees own classes, reports loss and damage
	Desk           Role = "desk"            // hands out and takes back
	Clerk          Role = "clerk"           // the same for some days
	Repair         Role = "repair"          // sees what was sent to be repaired
	Auditor        Role = "auditor"         // reads settings, audit and exports; changes nothing
)

// Roles lists every role in the order pages show them.
var Roles = []Role{Operator, AuthorityAdmin, SchoolAdmin, TeacherRole, Desk, Clerk, Repair, Auditor}

// Node is where in the tree a role can be given.
type Node int

const (
	AtWhole Node = 1 << iota // for a whole authority
	AtOne                    // for one school
)

var nodes = map[Role]Node{Operator: AtWhole, AuthorityAdmin: AtWhole, SchoolAdmin: AtOne, TeacherRole: AtOne, Desk: AtWhole | AtOne, Clerk: AtOne,
	Repair: AtWhole | AtOne, Auditor: AtWhole}

// Stands reports whether the role can be given for a whole authority, or for one school of it.
func (r Role) Stands(at SchoolID) bool {
	if at == "" {
		return nodes[r]&AtWhole != 0
	}
	return nodes[r]&AtOne != 0
}

// AtSchools reports whether the role can be given for one school.
func (r Role) AtSchools() bool { return nodes[r]&AtOne != 0 }

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
	Wipe         Verb = "wipe"          // orders that lose data, a lock or the management
	FindDevice   Verb = "find_device"   // where a lost device is
	Lend         Verb = "lend"          // hand out to a person and take back
	Clerks       Verb = "clerks"        // temporary clerks with a PIN
	Teach        Verb = "teach"         // see own classes and report what is lost or broken there
	Mend         Verb = "mend"          // see devices in repair and answer
	Enroll       Verb = "enroll"        // enrolment codes, announced deliveries, set-up network
	Apple        Verb = "apple"         // push certificate, Apple tokens
	Settings     Verb = "settings"      // settings of the authority
	Accounts     Verb = "accounts"      // accounts, grants, API tokens
	ReadAudit    Verb = "read_audit"    // the audit log
	ReadOutbox   Verb = "read_outbox"   // mail waiting and sent
	Provision    Verb = "provision"     // create authorities
	Export       Verb = "export"        // all that is kept of the authority, people included
	Observe      Verb = "observe"       // what the server itself notes of devices: nobody's, and so nobody undoes it
)

// Verbs lists every verb.
var Verbs = []Verb{View, ViewPeople, EditOrg, EditPeople, EditDevices, EditProfiles, Assign, Fix, OrderDevice, Wipe, FindDevice, Enroll, Lend, Clerks, Teach, Mend,
	Apple, Settings, Accounts, ReadAudit, ReadOutbox, Export, Provision, Observe}

// can is the table. A school role has a verb only at its own school; "authority" verbs asked with a school are granted to
// authority roles at every school of the authority.
var can = map[Role]map[Verb]bool{
	Operator: set(View, Accounts, Apple, Settings, ReadAudit, ReadOutbox),
	AuthorityAdmin: set(View, ViewPeople, EditOrg, EditPeople, EditDevices, EditProfiles, Assign, Fix, OrderDevice, Wipe, FindDevice,
		Enroll, Lend, Clerks, Apple, Settings, Accounts, ReadAudit, ReadOutbox, Export),
	SchoolAdmin: set(View, ViewPeople, EditOrg, EditPeople, EditDevices, EditProfiles, Assign, OrderDevice, Wipe, FindDevice, Enroll, Lend, Clerks),
	TeacherRole: set(Teach),
	Desk:        set(Lend, Clerks),
	Clerk:       set(Lend),
	Repair:      set(Mend),
	Auditor:     set(View, ReadAudit, ReadOutbox),
}

// installation is what an operator may everywhere, without access to any authority.
var installation = set(Provision)

// within says of a verb that is a part of others which ones: who has those all may give the smaller one away.
var within = map[Verb][]Verb{Teach: {View, ViewPeople, OrderDevice}, Mend: {View, EditDevices}}

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
	Person    PersonID    // of a teacher: who it is in the lists of the school; empty: nobody said yet
	Reason    string      // of an operator: what it has access for
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
		if g.Authority == "" {
			if g.Role == Operator && installation[verb] {
				return true
			}
			continue
		}
		if can[g.Role][verb] && g.Authority == where.Authority && (g.School == "" || g.School == where.School) {
			return true
		}
	}
	return false
}

// Covers reports whether a role at a node is no more than the actor has there itself: what one may give to others.
func (a Actor) Covers(role Role, where Where) bool {
	for verb := range can[role] {
		if !a.MayGive(verb, where) {
			return false
		}
	}
	return true
}

// MayGive reports whether the actor has a verb at a node, or all that it is a part of.
func (a Actor) MayGive(verb Verb, where Where) bool {
	larger := within[verb]
	return a.Can(verb, where) || larger != nil && !slices.ContainsFunc(larger, func(v Verb) bool { return !a.Can(v, where) })
}

// Belongs reports whether the actor has any role in an authority: a place to work in.
func (a Actor) Belongs(authority AuthorityID) bool {
	if a.Kind == SystemActor {
		return a.Tenant == authority || a.Tenant == ""
	}
	for _, g := range a.Grants {
		if g.Authority == authority && authority != "" {
			return true
		}
	}
	return false
}

// Installs reports whether the actor runs the installation.
func (a Actor) Installs() bool { return a.Can(Provision, Where{}) }

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
