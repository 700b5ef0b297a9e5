package sim

import (
	"bytes"
	"crypto/x509"
	"maps"
	"slices"
	"time"
)

// Snapshot is an iPad at one moment, for tests and for the demo's own pages. It shares nothing with the iPad.
type Snapshot struct {
	Serial, UDID, Name            string
	School, Class, Person         string
	ProductName, OSVersion, Build string

	Phase     string // boxed, setup, awaiting, home, stuck
	Problem   string // what went wrong last
	Enrolled  bool   // has a management and owes no first check-in
	Awaiting  bool
	ByADE     bool
	Asleep    bool
	Online    bool
	Locked    bool
	PollAgain bool // NotNow was its last word

	IdentityExpires time.Time
	IdentitySerial  string
	ServerURL       string
	PushToken       []byte
	PushMagic       string

	Profiles     []InstalledProfile
	Apps         []InstalledApp
	Declarations []InstalledDeclaration
	Token        string // DeclarationsToken in force
	Subscribed   []string
	Settings     []string
	Networks     []string
	Passcode     bool

	Lost     int // times a change of its profiles took its last network
	Outages  int // times the air did
	Removed  []Removal
	Updates  int
	Failures int // in a row
	LostMode bool
	LostText string // what it shows then
	Sounds   int
	Located  int // times it said where it is
	Life     int // counts enrolments and erases
	Users    []string
}

// InstalledProfile is one profile on an iPad.
type InstalledProfile struct {
	Identifier, UUID, Name string
	Owner                  string // com.apple.mdm, user, or the identifier of a declaration
	Types                  []string
	Signed                 bool
}

// InstalledApp is an app on an iPad, or one that should be there.
type InstalledApp struct {
	BundleID, Version string
	Owner             string // com.apple.mdm, user, or the identifier of a declaration
	State             string // downloading, managed, managed-but-uninstalled, failed
	Reason            string
	Configuration     map[string]any
}

// InstalledDeclaration is one declaration on an iPad.
type InstalledDeclaration struct {
	Kind, Identifier, ServerToken, Type string
	Active                              bool
	Valid                               string
	Reasons                             []string
}

// Profile finds an installed profile.
func (s Snapshot) Profile(identifier string) (InstalledProfile, bool) {
	for _, p := range s.Profiles {
		if p.Identifier == identifier {
			return p, true
		}
	}
	return InstalledProfile{}, false
}

// App finds an app that is installed.
func (s Snapshot) App(bundle string) (InstalledApp, bool) {
	for _, a := range s.Apps {
		if a.BundleID == bundle && a.State == appManaged {
			return a, true
		}
	}
	return InstalledApp{}, false
}

// Declaration finds a declaration.
func (s Snapshot) Declaration(identifier string) (InstalledDeclaration, bool) {
	for _, d := range s.Declarations {
		if d.Identifier == identifier {
			return d, true
		}
	}
	return InstalledDeclaration{}, false
}

// Snapshot looks at the iPad.
func (i *IPad) Snapshot() Snapshot {
	i.mu.Lock()
	defer i.mu.Unlock()
	s := Snapshot{
		Serial: i.spec.Serial, UDID: i.spec.UDID, Name: i.s.Name, School: i.spec.School, Class: i.spec.Class, Person: i.spec.Person,
		ProductName: i.spec.ProductName, OSVersion: i.s.OSVersion, Build: i.s.Build,
		Phase: string(i.s.Phase), Problem: i.s.Problem, Awaiting: i.s.Phase == phaseAwait,
		Asleep: i.s.Asleep || i.s.Off, Online: i.online() && !i.s.Asleep && !i.s.Off, Locked: i.s.Locked, PollAgain: i.s.Owed.PollAgain,
		PushToken: bytes.Clone(i.s.PushToken), Token: i.s.DDM.Token, Subscribed: slices.Clone(i.s.DDM.Subscribed), Passcode: i.s.HasPasscode,
		Lost: i.s.Lost, Outages: i.s.Outages, Removed: slices.Clone(i.s.Removed), Updates: i.s.Updates, Failures: i.s.Fails,
	}
	if s.Phase == "" {
		s.Phase = string(phaseBoxed)
	}
	if e := i.s.Enrolment; e != nil {
		s.Enrolled, s.ByADE = !i.s.Owed.Authenticate, e.ADE
		s.IdentityExpires, s.IdentitySerial = e.Identity.cert.NotAfter, e.Identity.cert.SerialNumber.Text(16)
		s.ServerURL, s.PushMagic = e.ServerURL, e.Magic
	}
	for _, p := range i.s.Profiles {
		installed := InstalledProfile{Identifier: p.Identifier, UUID: p.UUID, Name: p.Name, Owner: p.Owner, Signed: len(p.Signers) > 0}
		for _, h := range p.Payloads {
			installed.Types = append(installed.Types, h.Type)
		}
		s.Profiles = append(s.Profiles, installed)
	}
	for _, a := range i.s.Apps {
		s.Apps = append(s.Apps, InstalledApp{a.BundleID, a.Version, a.Owner, a.State, a.Reason, maps.Clone(a.Configuration)})
	}
	for _, d := range i.s.DDM.Declarations {
		installed := InstalledDeclaration{Kind: d.Kind, Identifier: d.Identifier, ServerToken: d.ServerToken, Type: d.Type, Active: d.Active, Valid: d.Valid}
		for _, r := range d.Reasons {
			installed.Reasons = append(installed.Reasons, r.Code)
		}
		s.Declarations = append(s.Declarations, installed)
	}
	for name := range i.s.Settings {
		s.Settings = append(s.Settings, name)
	}
	slices.Sort(s.Settings)
	for _, n := range i.networks() {
		s.Networks = append(s.Networks, n.SSID)
	}
	s.Life = i.s.Life
	if l := i.s.LostMode; l != nil {
		s.LostMode, s.LostText, s.Sounds, s.Located = true, l.Message, l.Sounds, l.Located
	}
	for _, u := range i.s.Users {
		s.Users = append(s.Users, u.Name)
	}
	return s
}

// Identity is the certificate of its management; nil while it has none.
func (i *IPad) Identity() *x509.Certificate {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.s.Enrolment == nil {
		return nil
	}
	return i.s.Enrolment.Identity.cert
}
