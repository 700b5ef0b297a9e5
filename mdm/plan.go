package mdm

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sort"
	"strings"
	"time"

	"ranzen/mdm/ddm"
	"ranzen/store/school"
)

// StepKind is what a step does.
type StepKind string

const (
	Operator    StepKind = "operator"   // an order of a person, as it was given
	Renew       StepKind = "renew"      // a new identity: InstallProfile of the enrolment profile
	Configured  StepKind = "configured" // DeviceConfigured: Setup Assistant goes on
	Inventory   StepKind = "inventory"  // DeviceInformation
	Bypass      StepKind = "bypass"     // ActivationLockBypassCode
	Declare     StepKind = "declare"    // DeclarativeManagement
	Install     StepKind = "install"    // InstallProfile
	RemoveStep  StepKind = "remove"     // RemoveProfile
	ListProfile StepKind = "list"       // ProfileList
)

// Step is one command that may be handed out now. Equal steps with equal content have equal fingerprints: a device that
// asks again for what it was already given gets the same command, not a second one.
type Step struct {
	Kind        StepKind
	Item        *Item
	Key         school.ItemKey // install, remove
	Order       *school.Order  // the order it carries out, wholly or in part
	Token       string         // declare: the DeclarationsToken
	Queries     []string       // inventory
	Fingerprint string
}

// Request is Apple's RequestType of the step. An order of kind Raw names its own.
func (s Step) Request() string {
	switch s.Kind {
	case Operator:
		switch {
		case s.Order.Request != "":
			return s.Order.Request
		case s.Order.Kind == school.Restart:
			return "RestartDevice"
		case s.Order.Kind == school.Remove:
			return "RemoveProfile"
		}
		return ""
	}
	return requests[s.Kind]
}

var requests = map[StepKind]string{Renew: "InstallProfile", Configured: "DeviceConfigured", Inventory: "DeviceInformation",
	Bypass: "ActivationLockBypassCode", Declare: "DeclarativeManagement", Install: "InstallProfile", RemoveStep: "RemoveProfile",
	ListProfile: "ProfileList", InstallApp: "InstallApplication", RemoveApp: "RemoveApplication", ListApps: "ManagedApplicationList"}

// content is what a step hands out, as InFlight remembers it.
func (s Step) content() string {
	switch s.Kind {
	case Install, InstallApp:
		return s.Item.Hash
	case Declare:
		return s.Token
	}
	return ""
}

// Plan lists the steps that may be taken now, the next command first. It is empty when the device is as it should be,
// as far as anybody knows, or when all that is missing waits: for a next try, a report, or a person.
func Plan(want State, have school.Reported, f school.Facts, now time.Time) []Step {
	return PlanFor(want, have, f, now, Token(want, have, f))
}

// Token is the DeclarationsToken of the manifest; empty where nothing is declared.
func Token(want State, have school.Reported, f school.Facts) string {
	if !want.Declarative {
		return ""
	}
	return ddm.Token(Manifest(want, have, f))
}

// PlanFor is Plan for whoever knows the Token already: a manifest is the dearest part of a plan.
func PlanFor(want State, have school.Reported, f school.Facts, now time.Time, token string) []Step {
	if f.Enrollment == "" {
		return nil
	}
	p := planner{want: want, have: have, f: f, now: now, token: token}
	if p.orders(); p.leaving || f.Channel == school.UserChannel {
		return p.steps
	}
	if !have.LostAt.IsZero() { // it obeys nothing that does not find it
		if !now.Before(have.InventoryAt.Add(routine + spread(f.Device.ID))) {
			p.inventory()
		}
		return p.steps
	}
	p.renewal()
	asked := !have.InventoryAt.IsZero() && !have.InventoryAt.Before(have.Enrolled)
	waited := have.Awaiting && after(now, p.deadline())
	if waited {
		p.add(Step{Kind: Configured})
	}
	if !asked {
		p.inventory()
	}
	if have.Awaiting && !waited && asked && p.settled() {
		p.add(Step{Kind: Configured})
	}
	p.bypass()
	p.declare()
	p.installs()
	p.removals()
	p.appSteps()
	p.list()
	if asked && !now.Before(have.InventoryAt.Add(routine+spread(f.Device.ID))) {
		p.add(Step{Kind: Inventory, Queries: p.untold()})
	}
	return p.steps
}

type planner struct {
	want  State
	have  school.Reported
	f     school.Facts
	now   time.Time
	token string // of the manifest
	steps []Step

	leaving bool // it said that it erases itself: whatever else it got would be gone
}

// add appends a step, unless the same one was already asked for by an order.
func (p *planner) add(s Step) {
	s.Fingerprint = p.fingerprint(s)
	for _, old := range p.steps {
		if old.Fingerprint == s.Fingerprint {
			return
		}
	}
	p.steps = append(p.steps, s)
}

func (p *planner) fingerprint(s Step) string {
	parts := []string{string(s.Kind), string(s.Key), s.content(), strings.Join(s.Queries, " ")}
	switch {
	case s.Kind == Operator:
		parts = append(parts, string(s.Order.ID), s.Order.UUID)
	case s.Kind == Renew:
		parts = append(parts, stamp(p.f.CertEnds))
	}
	h := sha256.New()
	for _, part := range parts {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// orders are what persons asked for, most urgent first. They were checked when given and are checked again by whoever
// hands them out; an order of another enrolment is never carried out on this one.
func (p *planner) orders() {
	open := append([]school.Order(nil), p.have.Orders...)
	sort.SliceStable(open, func(i, j int) bool {
		a, b := open[i], open[j]
		if a.Priority != b.Priority {
			return a.Priority > b.Priority
		}
		if !a.Created.Equal(b.Created) {
			return a.Created.Before(b.Created)
		}
		return a.ID < b.ID
	})
	for i := range open {
		o := &open[i]
		if !o.State.Open() || o.Enrollment != p.f.Enrollment || (!o.Expires.IsZero() && !p.now.Before(o.Expires)) || p.now.Before(o.From) {
			continue
		}
		rule, known := o.Kind.Rule()
		switch {
		case o.Kind == school.Unlock: // Apple's to obey
			continue
		case known && !rule.WhileLost && o.Kind != school.Refresh && !p.have.LostAt.IsZero():
			continue
		case o.Kind.Erases() && !o.Accepted.IsZero():
			p.steps, p.leaving = nil, true
			if !p.now.Before(o.Accepted.Add(school.EraseAgain)) { // and yet it is here, as what it was
				p.add(Step{Kind: Operator, Order: o})
			}
			return
		}
		if o.Kind != school.Refresh {
			p.add(Step{Kind: Operator, Order: o})
			continue
		}
		if p.f.Channel == school.UserChannel {
			continue
		}
		if p.have.InventoryAt.Before(o.Created) {
			p.add(Step{Kind: Inventory, Order: o, Queries: Queries(p.f)})
		}
		if !p.have.LostAt.IsZero() {
			continue
		}
		if p.have.ListedAt.Before(o.Created) {
			p.add(Step{Kind: ListProfile, Order: o})
		}
		if p.want.Declarative && p.have.OfferedAt.Before(o.Created) {
			p.add(Step{Kind: Declare, Order: o, Token: p.token})
		}
	}
}

// Refreshed reports whether everything an order of kind Refresh asked for has been asked since.
func Refreshed(want State, have school.Reported, o school.Order) bool {
	return !have.InventoryAt.Before(o.Created) && !have.ListedAt.Before(o.Created) &&
		(!want.Declarative || !have.OfferedAt.Before(o.Created))
}

// renewal hands out a new identity in time, and not again while the last one may still be on its way.
func (p *planner) renewal() {
	ends := p.f.CertEnds
	if ends.IsZero() || ends.Sub(p.now) >= p.f.Policy.RenewBefore() {
		return
	}
	in := p.have.InFlight // a renewal nobody answered is handed out again when the device asks
	if after(p.now, renewDue(p.have)) || in != nil && in.Fingerprint == p.fingerprint(Step{Kind: Renew}) {
		p.add(Step{Kind: Renew})
	}
}

func renewDue(have school.Reported) time.Time {
	if have.RenewedAt.IsZero() {
		return time.Time{}
	}
	return have.RenewedAt.Add(renewAgain)
}

// deadline is when Setup Assistant goes on whatever is missing.
func (p *planner) deadline() time.Time { return awaitUntil(p.have, p.f) }

func awaitUntil(have school.Reported, f school.Facts) time.Time {
	if have.AwaitUntil.IsZero() {
		return have.Enrolled.Add(f.Policy.Await())
	}
	return have.AwaitUntil
}

// settled reports whether nothing is worth waiting for in Setup Assistant any more: every item is there or has finally
// failed. What was left out cannot come.
func (p *planner) settled() bool {
	for _, i := range p.want.Items {
		if st := p.have.Items[i.Key]; i.App == nil && !has(i, p.want, p.have) && !(st.Final && st.Hash == i.Hash) {
			return false
		}
	}
	return true
}

// bypass fetches the Activation Lock bypass code while the device still hands it out.
func (p *planner) bypass() {
	if bypassWanted(p.have, p.f) && p.now.Before(p.have.Enrolled.Add(bypassTime)) {
		p.add(Step{Kind: Bypass})
	}
}

func bypassWanted(have school.Reported, f school.Facts) bool {
	return have.BypassAt.IsZero() && f.Device.Supervised && !have.Enrolled.IsZero()
}

// declare offers the manifest when it differs from the one offered last, and again when no report confirmed it in time.
func (p *planner) declare() {
	if !p.want.Declarative {
		return
	}
	if p.token != p.have.Offered || (unanswered(p.want, p.have) && !p.now.Before(offerDue(p.have))) {
		p.add(Step{Kind: Declare, Token: p.token})
	}
}

// unanswered reports whether the device still owes a report on the offered manifest. A refusal is an answer: where all
// that is missing was refused, only a new token helps, not the same one again.
func unanswered(want State, have school.Reported) bool {
	if have.Offered == "" || have.Offered == have.Confirmed {
		return false
	}
	refused := false
	for _, i := range want.Items {
		if i.App != nil || owner(i, want, have) != school.ByDeclaration || has(i, want, have) {
			continue // that an app takes its time says nothing of the declarations
		}
		if st := have.Items[i.Key]; st.Hash != i.Hash || st.Token == "" || st.Phase != school.Failed {
			return true
		}
		refused = true
	}
	return !refused
}

// offerDue is when an unconfirmed manifest is offered again: after a quarter of an hour, then twice as long each time,
// at the latest after a day.
func offerDue(have school.Reported) time.Time {
	d := OfferAgain
	for i := 0; i < have.Reoffers && d < routine; i++ {
		d *= 2
	}
	return have.OfferedAt.Add(min(d, routine))
}

// installs hands out the missing items that go by command, networks first: without one nothing else arrives.
func (p *planner) installs() {
	for _, network := range []bool{true, false} {
		for n := range p.want.Items {
			i := &p.want.Items[n]
			if i.App == nil && i.Network == network && installable(*i, p.want, p.have, p.now) {
				p.add(Step{Kind: Install, Item: i, Key: i.Key})
			}
		}
	}
}

func installable(i Item, want State, have school.Reported, now time.Time) bool {
	if owner(i, want, have) != school.ByCommand || has(i, want, have) {
		return false
	}
	st, ok := have.Items[i.Key]
	return !ok || st.Hash != i.Hash || tryable(st, now)
}

// tryable reports whether an item in that state may be sent now. Postponed items may: the device asks when it can, and
// NextTry only says when to remind it.
func tryable(st school.ItemState, now time.Time) bool {
	switch {
	case st.Final, st.Phase == school.Acknowledged:
		return false
	case st.Phase == school.Sent, st.Phase == school.Postponed:
		return true
	}
	return after(now, st.NextTry)
}

// removals takes away what came by command and is no longer wanted.
func (p *planner) removals() {
	for _, k := range leftovers(p.want, p.have) {
		if p.have.Present[k].Owner != school.ByCommand || stays(k, p.want, p.have) {
			continue
		}
		if st, ok := p.have.Items[k]; !ok || st.Hash != "" || tryable(st, p.now) {
			kind := RemoveStep
			if _, app := k.Bundle(); app {
				kind = RemoveApp
			}
			p.add(Step{Kind: kind, Key: k})
		}
	}
}

// list asks which profiles are there: when an answer left something open, and once a day.
func (p *planner) list() {
	if listWanted(p.want, p.have) || (classic(p.have) && !p.now.Before(p.have.ListedAt.Add(routine+spread(p.f.Device.ID)))) {
		p.add(Step{Kind: ListProfile})
	}
}

// classic reports whether there is anything on the device that a profile list could confirm or find missing.
func classic(have school.Reported) bool {
	for k, st := range have.Items {
		if _, app := k.Bundle(); !app && st.Phase == school.Acknowledged {
			return true
		}
	}
	for k, h := range have.Present {
		if _, app := k.Bundle(); !app && h.Owner == school.ByCommand {
			return true
		}
	}
	return false
}

// listWanted reports whether only a profile list can say what became of a command: accepted and not yet reported,
// refused removals, or handed out and overtaken before the answer came.
func listWanted(want State, have school.Reported) bool {
	for k, st := range have.Items {
		if _, app := k.Bundle(); app || st.Token != "" || st.Since.Before(have.ListedAt) {
			continue
		}
		_, wanted := want.Item(k)
		switch {
		case st.Phase == school.Acknowledged, st.Phase == school.Failed && st.Hash == "" && st.Code != stillThere:
			return true
		case !wanted && st.Hash != "" && (have.InFlight == nil || have.InFlight.Item != k):
			return true
		}
	}
	return false
}

// Queries is what DeviceInformation asks. A device that belongs to parents, or that nobody confirmed, is asked only what
// management cannot do without. Nobody is asked for the name of the device: people write their own into it, and nothing
// here needs it.
func Queries(f school.Facts) []string {
	q := []string{"AwaitingConfiguration", "BuildVersion", "IsSupervised", "ModelName", "OSVersion", "ProductName",
		"SupplementalBuildVersion", "SupplementalOSVersionExtra"}
	if askedLittle(f.Device) {
		return q
	}
	q = append(q, "AvailableDeviceCapacity", "DeviceCapacity", "IsMDMLostModeEnabled", "IsMultiUser", "ModelNumber", "SerialNumber", "UDID")
	if !private(f.Device) {
		q = append(q, "BatteryLevel")
	}
	sort.Strings(q)
	return q
}

// askedLittle reports whether a device is asked only what management cannot do without.
func askedLittle(d school.Device) bool { return d.Ownership == school.Parent || !d.Confirmed }

// private reports whether somebody may use the device for what is private, too: then it is asked what the authority has to
// know of its property, and nothing that tells how it is used.
func private(d school.Device) bool { return d.Ownership == school.OfStaff }

// told is what devices say by themselves, in the status reports they are subscribed for.
var told = []string{"BuildVersion", "ModelName", "OSVersion", "ProductName", "SerialNumber", "SupplementalBuildVersion", "SupplementalOSVersionExtra", "UDID"}

// untold is what a device is asked once a day. Where its declarations are in force, and the subscription with them, that is
// only what no status report tells.
func (p *planner) untold() []string {
	q := Queries(p.f)
	if p.want.Declarative && p.have.Confirmed != "" {
		q = slices.DeleteFunc(q, func(x string) bool { return slices.Contains(told, x) })
	}
	return q
}

func (p *planner) inventory() { p.add(Step{Kind: Inventory, Queries: Queries(p.f)}) }
