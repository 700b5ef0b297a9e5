package mdm

import (
	"maps"
	"sort"
	"strconv"
	"strings"
	"time"

	"ranzen/mdm/ddm"
	"ranzen/store/school"
)

// Explain says of every item that is wanted, left out, held or leaving where it stands: exactly one reason each. It uses
// the predicates Plan uses. What is known is claimed; that a device sleeps is a guess and told as one.
func Explain(want State, have school.Reported, f school.Facts, now time.Time) []Reason {
	have = Settled(have, want, now)
	e := explainer{want: want, have: have, f: f, now: now}
	if want.Declarative {
		e.token = ddm.Token(Manifest(want, have, f))
	}
	var out []Reason
	for _, i := range want.Items {
		out = append(out, e.wanted(i))
	}
	explained := map[school.ItemKey]bool{}
	for _, l := range want.Left {
		r := e.left(l)
		_, delivered := want.Item(l.Key)
		if !delivered && !l.Keeps && e.onDevice(l.Key) && !explained[l.Key] {
			cause := r.Args
			r = e.leaving(l.Key)
			r.Name, r.Profile, r.Number, r.Via = l.Name, l.Profile, l.Number, l.Via
			r.Args = merge(cause, r.Args)
			r.Args["cause"] = string(l.Code)
		}
		explained[l.Key] = true
		out = append(out, r)
	}
	for _, k := range e.leftoverKeys() {
		if !explained[k] {
			out = append(out, e.leaving(k))
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Item != out[j].Item {
			return out[i].Item < out[j].Item
		}
		return out[i].Profile < out[j].Profile
	})
	return out
}

type explainer struct {
	want State
	have school.Reported
	f    school.Facts
	now  time.Time

	token string // of the manifest as it is wanted
}

// onDevice reports whether the key is or may be on the device.
func (e explainer) onDevice(k school.ItemKey) bool {
	if _, ok := e.have.Present[k]; ok {
		return true
	}
	st, ok := e.have.Items[k]
	return ok && st.Hash != "" && (st.Phase == school.Acknowledged || st.Phase == school.Sent)
}

func (e explainer) leftoverKeys() []school.ItemKey {
	keys := leftovers(e.want, e.have)
	for k := range e.have.Items {
		if _, wanted := e.want.Item(k); wanted || !e.onDevice(k) {
			continue
		}
		if _, present := e.have.Present[k]; !present {
			keys = append(keys, k)
		}
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}

func (e explainer) wanted(i Item) Reason {
	r := Reason{Item: i.Key, Name: i.Name, Profile: i.Profile, Number: i.Number, Network: i.Network, Via: i.Via,
		Status: Coming, Who: Nobody, Since: i.Via.Since, Args: map[string]string{}}
	r.Evidence = e.evidence(i.Key, i.Via)
	st, open := e.have.Items[i.Key]
	open = open && st.Hash == i.Hash
	p, present := e.have.Present[i.Key]
	switch {
	case has(i, e.want, e.have) && i.Native != nil && i.Native.Version != "" && e.f.Enrollment != "":
		e.updating(&r, *i.Native, p.Since)
	case has(i, e.want, e.have) && e.f.Enrollment != "":
		r.Status, r.Code, r.Since, r.Automatic = Confirmed, There, p.Since, true
	case e.unreachable(&r):
	case e.app(&r, i):
	case open && st.Final:
		r.Status, r.Code, r.Since = GaveUp, Refused, st.Since
		r.Remedy, r.Who = TryAgain, responsible(i.Via)
		attempt(&r, st)
	case e.quiet(&r):
	case open:
		e.phase(&r, st)
	case owner(i, e.want, e.have) == school.ByDeclaration && e.have.Offered == e.token:
		e.declaring(&r)
	case owner(i, e.want, e.have) == school.ByDeclaration && e.putOff(i.Via.Since):
		r.Code, r.Since, r.Automatic = SaidNotNow, e.have.NotNowAt, true
		r.Args["at"] = stamp(r.Since)
	case e.have.PushedAt.After(e.have.LastSeen):
		r.Code, r.Since, r.Automatic = Asleep, e.have.PushedAt, true
		r.Args["pushed"] = stamp(e.have.PushedAt)
	case present && p.Hash != i.Hash:
		r.Code, r.Automatic = Superseded, true
	default:
		r.Code, r.Automatic = Queued, true
	}
	return r
}

// putOff reports whether all the device said of late is «not now»: since something was wanted, and since it was last offered its
// declarations. Nothing that is declared gets through until somebody unlocks it.
func (e explainer) putOff(since time.Time) bool {
	return e.have.NotNowAt.After(e.have.OfferedAt) && !e.have.NotNowAt.Before(since)
}

// unreachable says that there is no management to reach the device by.
func (e explainer) unreachable(r *Reason) bool {
	switch {
	case e.f.Enrollment != "" && !(e.have.LastSeen.IsZero() && e.have.Enrolled.IsZero()):
		return false
	case e.f.Enrollment == "" && !e.f.Device.LastSeen.IsZero():
		r.Code, r.Remedy, r.Since = NotEnrolled, Enroll, e.f.Device.LastSeen
	default:
		r.Code, r.Remedy = NeverSeen, Unbox
	}
	r.Status, r.Who = Blocked, SchoolAdmin
	if r.Code == NeverSeen && e.f.Holder != nil {
		r.Who = Holder
	}
	return true
}

// quiet says that the device has not called for so long that nothing else is worth saying.
func (e explainer) quiet(r *Reason) bool {
	seen := e.have.LastSeen
	if seen.IsZero() {
		seen = e.have.Enrolled
	}
	silence := e.now.Sub(seen)
	switch {
	case e.have.PushState != "" && silence >= OfferAgain:
		r.Code, r.Remedy = PushBroken, Reconnect
		r.Args["state"] = e.have.PushState
	case silence >= SilentAfter:
		r.Code, r.Remedy = Silent, SwitchOn
		r.Args["days"] = strconv.Itoa(int(silence / (24 * time.Hour)))
	default:
		return false
	}
	r.Args["seen"], r.Since, r.Who = stamp(seen), seen, e.keeper()
	return true
}

// keeper is whoever has the device in hand.
func (e explainer) keeper() Who {
	switch {
	case e.f.Holder != nil:
		return Holder
	case e.f.Place.Class != "":
		return ClassTeacher
	}
	return SchoolAdmin
}

// responsible is whoever may change an assignment at that level.
func responsible(v Via) Who {
	if v.Fixed || v.Level <= school.AtSchoolType {
		return AuthorityAdmin
	}
	return SchoolAdmin
}

// phase explains an install that is under way.
func (e explainer) phase(r *Reason, st school.ItemState) {
	r.Since, r.Automatic = st.Since, true
	r.Args["at"] = stamp(st.Since)
	switch st.Phase {
	case school.Postponed:
		r.Code = SaidNotNow
	case school.Acknowledged:
		r.Code = Accepted
	case school.Sent:
		r.Code = HandedOut
		if fetched(st) {
			e.declaring(r)
		}
	case school.Drifted:
		r.Code = Drift
		if st.Attempts > 0 {
			r.Code = Retrying
			attempt(r, st)
		}
	default:
		if st.Attempts == 0 { // forgiven: it is tried as if for the first time
			r.Code, r.Args = Queued, map[string]string{}
			return
		}
		r.Code = Retrying
		attempt(r, st)
	}
}

func (e explainer) declaring(r *Reason) {
	r.Code, r.Since, r.Automatic = Declaring, e.have.OfferedAt, true
	r.Args["at"], r.Args["next"] = stamp(e.have.OfferedAt), stamp(offerDue(e.have))
}

func attempt(r *Reason, st school.ItemState) {
	r.Args["code"], r.Args["attempts"] = st.Code, strconv.Itoa(st.Attempts)
	if !st.NextTry.IsZero() {
		r.Args["next"] = stamp(st.NextTry)
	}
}

func (e explainer) left(l Left) Reason {
	rule := leftRules[l.Code]
	r := Reason{Item: l.Key, Name: l.Name, Profile: l.Profile, Number: l.Number, Via: l.Via, Since: l.Via.Since, Status: rule.status,
		Code: l.Code, Args: merge(l.Args, nil), Remedy: rule.remedy, Who: rule.who, Automatic: rule.automatic,
		Evidence: e.evidence(l.Key, l.Via)}
	switch l.Code {
	case Excluded:
		r.Who = responsible(l.Via)
	case Overruled:
		r.Who = responsible(Via{Level: l.Via.Level, Fixed: l.Args["fixed"] == "true"})
	case UnknownVariable:
		r.Who = responsible(l.Via)
	case EmptyVariable:
		if e.f.Holder == nil && strings.HasPrefix(l.Args["variable"], "person.") {
			r.Remedy = Issue
		}
	case AwaitingInventory:
		if e.unreachable(&r) || e.quiet(&r) {
			r.Automatic = false
		}
	}
	return r
}

// leaving explains what is on the device and not wanted there.
func (e explainer) leaving(k school.ItemKey) Reason {
	p := e.have.Present[k]
	name := string(k)
	if bundle, app := k.Bundle(); app {
		name = bundle
	}
	r := Reason{Item: k, Name: name, Network: p.Network, Status: Leaving, Who: Nobody, Since: e.have.ChangedAt, Args: map[string]string{}}
	for _, a := range e.f.Assigned {
		for _, v := range []*school.Version{a.New, a.Old} {
			if v != nil && school.ItemKey(v.Identifier) == k && r.Profile == "" {
				r.Name, r.Profile = v.ProfileName, a.Profile
			}
		}
	}
	r.Evidence = e.evidence(k, Via{})
	st, open := e.have.Items[k]
	open = open && st.Hash == ""
	switch {
	case held(k, e.want, e.have):
		r.Status, r.Code, r.Since = Held, HeldNetwork, p.Since
		r.Remedy, r.Who = AssignNetwork, SchoolAdmin
		for _, i := range e.want.Items { // another network is on its way: nobody has to do anything
			if state := e.have.Items[i.Key]; i.Network && !(state.Final && state.Hash == i.Hash) {
				r.Args["until"] = i.Name
				r.Remedy, r.Who, r.Automatic = "", Nobody, true
				break
			}
		}
	case e.unreachable(&r):
		r.Status = Leaving
	case open && st.Final:
		r.Code, r.Since, r.Remedy, r.Who = RemovalRefused, st.Since, TryAgain, SchoolAdmin
		attempt(&r, st)
	case e.quiet(&r):
	case open && st.Phase == school.Postponed:
		r.Code, r.Since, r.Automatic = SaidNotNow, st.Since, true
		r.Args["at"] = stamp(st.Since)
	case open && st.Phase == school.Acknowledged:
		r.Code, r.Since, r.Automatic = RemovalAccepted, st.Since, true
		r.Args["at"] = stamp(st.Since)
	case open && st.Phase == school.Failed && st.Attempts > 0:
		r.Code, r.Since, r.Automatic = RemovalRetrying, st.Since, true
		attempt(&r, st)
	default:
		r.Code, r.Automatic = Departing, true
	}
	return r
}

// evidence is the chain of what happened to the item, oldest first.
func (e explainer) evidence(k school.ItemKey, via Via) []Evidence {
	var out []Evidence
	add := func(at time.Time, code EvidenceCode, args ...string) {
		if at.IsZero() {
			return
		}
		ev := Evidence{At: at, Code: code}
		for i := 0; i+1 < len(args); i += 2 {
			if args[i+1] != "" {
				if ev.Args == nil {
					ev.Args = map[string]string{}
				}
				ev.Args[args[i]] = args[i+1]
			}
		}
		out = append(out, ev)
	}
	if via.Assignment != "" {
		add(via.Since, EvAssigned, "scope", via.ScopeName, "by", via.By)
	}
	h := e.have
	add(h.Enrolled, EvEnrolled)
	add(h.PushedAt, EvPushed)
	add(h.LastSeen, EvSeen)
	p, present := h.Present[k]
	if present {
		add(p.Since, EvReported)
	}
	if p.Owner == school.ByDeclaration || h.Items[k].Token != "" {
		add(h.OfferedAt, EvOffered, "reoffers", count(h.Reoffers))
	}
	if st, ok := h.Items[k]; ok {
		switch {
		case st.Phase == school.Acknowledged:
			add(st.Since, EvAcknowledged)
		case st.Phase == school.Failed, st.Attempts > 0:
			add(st.Since, EvError, "code", st.Code, "detail", st.Detail, "attempts", count(st.Attempts))
		case st.Phase == school.Drifted:
			add(st.Since, EvDrifted)
		}
	}
	if in := h.InFlight; in != nil && in.Item == k && k != "" {
		add(in.SentAt, EvSent, "request", in.Kind)
		add(in.NotNowAt, EvNotNow, "request", in.Kind)
	}
	if present && p.Owner == school.ByCommand {
		add(h.ListedAt, EvListed)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func merge(a, b map[string]string) map[string]string {
	m := map[string]string{}
	maps.Copy(m, a)
	maps.Copy(m, b)
	return m
}
