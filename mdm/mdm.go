// Package mdm says what a device should be, which step leads there next, and why something is not there yet.
// It is thought, not memory: facts and reports come in as values, states, steps and reasons go out.
//
// Desired turns facts into the set of items a device should have. Manifest turns the declared part of it into
// declarations. Plan compares the wish with what the device reported and lists the steps that may be taken now; the first
// one is the next command. Explain tells people the same story, from the same predicates Plan uses, so the two cannot
// disagree. The settling functions (Sent, Answered, Listed, Declared, Fetched) turn what a device says into a new
// Reported; they never change the one they were given.
//
// Rules that hold everywhere:
//
//   - Claim only what was reported. An acknowledged InstallProfile is not an installed profile; a ProfileList or a
//     status report is.
//   - Only what we brought is taken away. A profile we have no record of goes only when it bears a name we made and came
//     through this management (see stray); any other stays, above all the enrolment.
//   - Equal content under the same key is never removed and installed again, nor declared anew: a confirmed item keeps
//     the ServerToken it was confirmed with, even when the signing identity changes. A Wi-Fi profile installed anew
//     drops the connection.
//   - The way an item came is kept. What is declared stays declared while the device takes declarations: dropping the
//     declaration would remove the profile before InstallProfile could bring it back.
//   - The lifeline: see held.
//
// Functions stay pure although results are remembered: what a memo holds follows from its key (manifest.go), a Frame from a Likeness.
//
// After a NotNow the session has to end with an empty answer, else the device does not come back by itself. That is the
// caller's to do: Plan cannot see sessions.
package mdm

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
	"time"

	"ranzen/profiles"
	"ranzen/store/school"
)

// State is what a device should be.
type State struct {
	Items       []Item                    // sorted by Key
	Left        []Left                    // wanted by someone and not delivered, sorted by Key and Profile
	Set         string                    // content-addressed over keys, owners and template hashes: equal for equal devices
	Overlay     map[school.ItemKey]string // hashes of the items whose variables make them different per device
	Declarative bool                      // takes declarations
	Declares    bool                      // and its profiles come by them
	Frozen      school.FreezeID           // the freeze in force; empty: none
	Until       time.Time                 // the next edge of a time window; zero: none
}

// Item finds a wanted item.
func (s State) Item(k school.ItemKey) (Item, bool) {
	n := sort.Search(len(s.Items), func(n int) bool { return s.Items[n].Key >= k })
	if n == len(s.Items) || s.Items[n].Key != k {
		return Item{}, false
	}
	return s.Items[n], true
}

// keeps reports whether what the device has under the key stays although nothing is delivered.
func (s State) keeps(k school.ItemKey) bool {
	for _, l := range s.Left {
		if l.Key == k && l.Keeps {
			return true
		}
	}
	return false
}

// Item is one profile a device should have, in the version it should have.
type Item struct {
	Key        school.ItemKey
	Name       string
	Profile    school.ProfileID
	Version    school.VersionID
	Number     int
	Identifier string // top-level PayloadIdentifier
	Template   string // hash of the template: equal for all devices
	Hash       string // hash of this device's content: what Reported is compared with
	Owner      school.Owner
	Network    bool
	App        *school.App // nil: a profile
	Content    *school.Content
	Native     *Native // goes as a declaration of Apple's own type; nil: as a profile
	Via        Via
	Also       []Via // further assignments that want it and did not decide
}

// Deliver fills the item for this device and returns the unsigned profile. Control signs it.
func (i Item) Deliver(f school.Facts) ([]byte, error) {
	filled, err := profiles.Fill(*i.Content, f.Variables())
	if err != nil {
		return nil, fmt.Errorf("filling profile %s for device %s: %w", i.Version, f.Device.ID, err)
	}
	b, err := profiles.Deliver(filled, i.Identifier, "", i.Hash)
	if err != nil {
		return nil, fmt.Errorf("rendering profile %s for device %s: %w", i.Version, f.Device.ID, err)
	}
	return b, nil
}

// Via says through which assignment something is valid.
type Via struct {
	Assignment school.AssignmentID
	Level      school.Level
	ScopeName  string
	Fixed      bool
	Since      time.Time
	By         string
}

func viaOf(a school.Assigned) Via {
	since := a.Created
	if a.From.After(since) {
		since = a.From
	}
	return Via{Assignment: a.ID, Level: a.Scope.Level, ScopeName: a.ScopeName, Fixed: a.Fixed, Since: since, By: a.By}
}

// Left is something wanted by someone and not delivered.
type Left struct {
	Key     school.ItemKey
	Name    string
	Profile school.ProfileID
	Version school.VersionID
	Number  int
	Via     Via   // the assignment that wants it; for Excluded the one that forbids it
	Also    []Via // for Excluded those that want it
	Code    Code
	Args    map[string]string
	Demand  *Demand // of a version of iPadOS: what would be demanded
	Keeps   bool    // an earlier version on the device stays: it is wanted, only this version cannot come
}

// Code names the sentence that tells a reason.
type Code string

// Codes of what is left out by Desired, with the arguments they carry.
const (
	NeedsOS           Code = "needs_os"           // want, have
	NeedsSupervision  Code = "needs_supervision"  //
	AwaitingInventory Code = "awaiting_inventory" // the device has not yet said what it is
	UnknownVariable   Code = "unknown_variable"   // variable
	EmptyVariable     Code = "empty_variable"     // variable
	BadVariable       Code = "bad_variable"       // variable: its value is one no profile can carry
	Overruled         Code = "overruled"          // winner, type, scope
	Excluded          Code = "excluded"           // scope
	Unconfirmed       Code = "unconfirmed"        //
	NotYet            Code = "not_yet"            // at
	LaterStage        Code = "later_stage"        // stage (percent of devices reached)
	Frozen            Code = "frozen"             // freeze, until, version, at: the deadline behind it
	NotOffered        Code = "not_offered"        // version, model, newest: the newest version Apple offers for this model
	NoDeclarations    Code = "no_declarations"    // the device refused declarative management
)

// Systems from which on devices get declarations at all, and profiles as declarations.
const (
	declarativeOS = "16"
	declaredOS    = "17"
)

// OfferAgain is how long an offered manifest may stay without a confirming report before it is offered again.
const OfferAgain = 15 * time.Minute

// Intervals of the routine questions, and how far the device's id moves them.
const (
	routine = 24 * time.Hour
	jitter  = 2 * time.Hour
)

// Apart is how long after a network was reported the device has to be seen again before another network may go. Adding
// and removing never happen in one run.
const Apart = time.Minute

// renewAgain is how long a handed-out renewal may take.
const renewAgain = 24 * time.Hour

// bypassTime is how long after enrolment a device hands out its Activation Lock bypass code.
const bypassTime = 15 * 24 * time.Hour

// mac is the keyed hash all content hashes and server tokens come from. The key makes equal content of two authorities
// different and keeps values of variables from being guessed from a hash.
func mac(key []byte, parts ...string) string {
	h := hmac.New(sha256.New, key)
	var n [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// spread moves routine work of a device by up to ±jitter, always by the same amount.
func spread(d school.DeviceID) time.Duration {
	return time.Duration(d.Bucket())*(2*jitter)/school.Buckets - jitter
}

// after reports whether t lies at or after a due time; a zero due time is always due.
func after(t, due time.Time) bool { return due.IsZero() || !t.Before(due) }

// earliest returns the earlier of two times, where zero means never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// secretive are the payload types that carry credentials. An unconfirmed device gets none of them.
var secretive = []string{"com.apple.wifi.managed", "com.apple.security.pkcs12", "com.apple.security.scep", "com.apple.security.acme",
	"com.apple.vpn.managed", "com.apple.mail.managed", "com.apple.eas.account", "com.apple.caldav.account", "com.apple.carddav.account",
	"com.apple.ldap.account", "com.apple.subscribedcalendar.account", "com.apple.google-oauth", "com.apple.airplay",
	"com.apple.webcontent-filter", "com.apple.proxy.http.global", "com.apple.cellular", "com.apple.relay.managed", "com.apple.sso",
	"com.apple.extensiblesso", "com.apple.globalethernet.managed"}

// carriesSecrets reports whether a profile may carry credentials. What Apple's schema does not know might.
func carriesSecrets(c school.Content) bool {
	for _, p := range c.Payloads {
		if !p.Known {
			return true
		}
		for _, s := range secretive {
			if p.Type == s || strings.HasPrefix(p.Type, s+".") {
				return true
			}
		}
	}
	return c.Network()
}
