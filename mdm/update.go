package mdm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"ranzen/profiles"
	"ranzen/store/school"
)

// Native is an item that goes as a declaration of Apple's own type instead of a profile. Updates of iPadOS are the only ones:
// the commands and payloads that once did it are gone since OS 27.
type Native struct {
	Type    string
	Payload json.RawMessage

	// Of a version by a deadline.
	Version string
	Build   string
	At      time.Time    // the deadline in force, on the clock of the school
	Written time.Time    // the deadline as it was written
	Moved   school.Moved // why they differ
	Freeze  string       // name of the freeze that moved it
	Met     bool         // the device has the version: nothing is declared any more, or it would report an error for good
}

// natively turns an item into a declaration of its own. A code says why not, or why not now; until is when that ends.
func natively(f school.Facts, i *Item) (code Code, args map[string]string, until time.Time) {
	n := &Native{Type: i.Content.Declared()}
	i.Owner, i.Native = school.ByDeclaration, n
	if len(i.Content.Variables) > 0 { // Parse lets none through: this is thought once for many devices
		return BadVariable, map[string]string{"variable": i.Content.Variables[0]}, until
	}
	filled, err := profiles.Fill(*i.Content, nil)
	if err != nil {
		return BadVariable, nil, until
	}
	keys, err := profiles.Declare(filled)
	if err != nil {
		return BadVariable, nil, until
	}
	if u, ok := profiles.UpdateOf(*i.Content); ok {
		n.Version, n.Build = u.Version, u.Build
		d := u.Deadline
		zone := f.Local(f.At).Location()
		n.Written = time.Date(d.Year(), d.Month(), d.Day(), d.Hour(), d.Minute(), d.Second(), 0, zone)
		var reach []school.Freeze
		for _, x := range f.Freezes {
			if x.Reaches(f.Place) {
				reach = append(reach, x)
			}
		}
		n.At, n.Moved, n.Freeze = school.Deadline(n.Written, f.Quiet, reach)
		profiles.SetDeadline(keys, n.At)
		n.Met = school.OSAtLeast(f.Device.OSVersion, n.Version) && (n.Build == "" || f.Device.OSVersion != n.Version || f.Device.Build == n.Build)
		if offered, known := f.Releases.Offered(n.Version, f.Device.ProductName); known && !offered && !n.Met {
			args := map[string]string{"version": n.Version, "model": f.Device.Model}
			if newest := f.Releases.For(f.Device.ProductName); len(newest) > 0 {
				args["newest"] = newest[0]
			}
			return NotOffered, args, until
		}
		if frozen := frozenBy(f); frozen != nil && !n.Met {
			return Frozen, map[string]string{"freeze": frozen.Name, "version": n.Version, "until": stamp(frozen.Until), "at": stamp(n.At)}, frozen.Until
		}
	}
	if n.Payload, err = json.Marshal(keys); err != nil {
		return BadVariable, nil, until
	}
	sum := sha256.Sum256(append([]byte(i.Content.Hash), n.Payload...))
	i.Template = hex.EncodeToString(sum[:]) // a moved deadline is another content: devices under one freeze share it
	i.Hash = mac(f.Key, "item", i.Identifier, i.Template)
	return "", nil, until
}

// frozenBy is the freeze in force that ends last; nil: none is.
func frozenBy(f school.Facts) (by *school.Freeze) {
	for _, x := range f.Frozen() {
		if x.At(f.At) && (by == nil || x.Until.After(by.Until)) {
			by = &x
		}
	}
	return by
}

// edges of freezes ahead: what is declared changes there.
func freezeEdge(f school.Facts) (next time.Time) {
	for _, x := range f.Frozen() {
		for _, t := range []time.Time{x.Begins(), x.Until} {
			if t.After(f.At) {
				next = earliest(next, t)
			}
		}
	}
	return next
}

// freezeID is the declaration that holds updates back while a freeze is in force.
const freezeID = "ranzen.freeze"

// freezeOS is the iPadOS from which on updates can be held back by declaration.
const freezeOS = "18"

// heldBack is what a device is told during a freeze: offer nothing, load nothing, install nothing, and be quiet about it.
// Apple merges it with the settings that are assigned, to the strictest of each.
var heldBack = map[string]any{
	"AutomaticActions": map[string]any{"Download": "AlwaysOff", "InstallOSUpdates": "AlwaysOff", "InstallSecurityUpdate": "AlwaysOff"},
	"Deferrals":        map[string]any{"CombinedPeriodInDays": 90},
	"Notifications":    false,
}

// holdsBack reports whether a freeze is declared to the device.
func holdsBack(want State, f school.Facts) bool {
	return want.Frozen != "" && f.Device.Supervised && school.OSAtLeast(f.Device.OSVersion, freezeOS)
}

// met reports whether an item needs no declaration any more.
func (i Item) met() bool { return i.Native != nil && i.Native.Met }

// Settled notes what needs no report of its own: a demanded version that the device says it has.
func Settled(have school.Reported, want State, now time.Time) school.Reported {
	for _, i := range want.Items {
		if p, ok := have.Present[i.Key]; !i.met() || ok && p.Hash == i.Hash {
			continue
		}
		have = own(have)
		have.Present[i.Key] = school.Have{Hash: i.Hash, Owner: school.ByDeclaration, Since: now}
		delete(have.Items, i.Key)
	}
	return have
}

// Demand is the version a device is to have by a deadline, as boards count it.
type Demand struct {
	Version string
	At      string // the deadline in force, on the clock of the iPad
	Met     bool
	Blocked Code // it cannot have it as things are
}

// Demanded is what is demanded of a device; the zero value: nothing is.
func Demanded(want State) Demand {
	for _, i := range want.Items {
		if n := i.Native; n != nil && n.Version != "" {
			return Demand{Version: n.Version, At: n.At.Format(school.DeadlineForm), Met: n.Met}
		}
	}
	for _, l := range want.Left {
		if l.Demand != nil && (l.Code == Frozen || l.Code.Blocks()) {
			d := *l.Demand
			if l.Code != Frozen {
				d.Blocked = l.Code
			}
			return d
		}
	}
	return Demand{}
}

// RemedyOf is what helps against a cause.
func RemedyOf(c school.Cause) Remedy { return remedyOf[c] }

var remedyOf = map[school.Cause]Remedy{school.CauseSpace: FreeSpace, school.CauseBattery: Charge, school.CauseNetwork: ConnectWiFi,
	school.CauseCode: EnterPasscode, school.CauseGone: OtherVersion, school.CauseBroken: InstallByHand, school.CauseBusy: SwitchOn, school.CauseUnknown: InstallByHand}

// updating explains an update the device knows of: done, ahead, under way, late or failed. That it is missing is told only
// of what somebody has to help with; until its deadline an update is not late.
func (e explainer) updating(r *Reason, n Native, since time.Time) {
	u := e.f.Device.Update
	r.Status, r.Since, r.Automatic = Confirmed, since, true
	r.Args = map[string]string{"version": n.Version, "at": stamp(n.At)}
	switch {
	case n.Met:
		r.Code, r.Args = UpToDate, map[string]string{"version": n.Version, "have": e.f.Device.OSVersion}
	case u.Failing():
		cause := school.CauseOf(u.Reason)
		r.Status, r.Code, r.Since, r.Automatic, r.Remedy, r.Who = Blocked, UpdateFails, u.FailedAt, false, remedyOf[cause], e.keeper()
		r.Args["cause"], r.Args["reason"], r.Args["count"] = string(cause), u.Reason, count(u.Failures)
		if cause == school.CauseGone {
			r.Who = responsible(r.Via)
		}
		r.Evidence = append(r.Evidence, Evidence{At: u.FailedAt, Code: EvUpdate, Args: map[string]string{"reason": u.Reason, "attempts": count(u.Failures)}})
	case e.quiet(r):
		r.Status, r.Automatic = Coming, false
	case u.State != "" && u.State != school.UpdateNone:
		r.Status, r.Code = Coming, Updates
		r.Args["state"] = string(u.State)
		if e.now.After(n.At) {
			r.Args["late"] = "1"
		}
	case e.now.After(n.At):
		r.Status, r.Code, r.Automatic, r.Remedy, r.Who = Coming, UpdateLate, false, Charge, e.keeper()
	default:
		r.Code = Demands
		r.Args["written"], r.Args["moved"], r.Args["freeze"] = stamp(n.Written), string(n.Moved), n.Freeze
	}
}
