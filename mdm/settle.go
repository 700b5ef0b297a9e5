package mdm

import (
	"fmt"
	"maps"
	"time"

	"ranzen/mdm/ddm"
	"ranzen/store/school"
)

// MaxAttempts is how often the same content is tried before only a change of facts starts it again.
const MaxAttempts = 5

// Answer is a device's report on a command.
type Answer struct {
	Status string // Apple's Status: Acknowledged, Error, CommandFormatError, NotNow, Idle
	Chain  []ChainLink
	Reject string // RejectionReason of an InstallApplication
}

// ChainLink is one entry of an ErrorChain.
type ChainLink struct {
	Domain string
	Code   int
	Text   string // USEnglishDescription, else LocalizedDescription
}

// Code is the first link in short, as the evidence shows it.
func (a Answer) Code() string {
	if a.Reject != "" {
		return "rejected " + a.Reject
	}
	if len(a.Chain) == 0 {
		return a.Status
	}
	return fmt.Sprintf("%s %d", a.Chain[0].Domain, a.Chain[0].Code)
}

// detail is what the device said, cut to what a page can show.
func (a Answer) detail() string {
	if len(a.Chain) == 0 {
		return ""
	}
	r := []rune(a.Chain[0].Text)
	return string(r[:min(len(r), 300)])
}

// absent reports whether the device says that there is no such profile to remove.
func (a Answer) absent() bool {
	for _, l := range a.Chain {
		switch l.Domain {
		case "MCMDMErrorDomain", "MDMErrorDomain", "DMCErrorDomain":
			if l.Code == 12075 || l.Code == 12028 {
				return true
			}
		case "MDMClientError":
			if l.Code == 89 {
				return true
			}
		}
	}
	return false
}

// backoff is how long to wait after that many failed attempts: a minute, then twice as long each time, six hours at most.
func backoff(attempts int) time.Duration {
	d := time.Minute
	for i := 1; i < attempts && d < 6*time.Hour; i++ {
		d *= 2
	}
	return min(d, 6*time.Hour)
}

// What a profile list says against an accepted command, as codes of an item's state.
const (
	stillThere = "still_there" // removal accepted, profile still listed
	notThere   = "not_there"   // install accepted, profile not listed
)

// fail counts a failed attempt.
func fail(st school.ItemState, phase school.ItemPhase, code, detail string, now time.Time) school.ItemState {
	st.Phase, st.Code, st.Detail, st.Since = phase, code, detail, now
	st.Attempts++
	st.NextTry = now.Add(backoff(st.Attempts))
	st.Final = st.Attempts >= MaxAttempts
	if st.Final {
		st.NextTry = time.Time{}
	}
	return st
}

// Again forgives failed attempts: a person asks the device to try once more.
func Again(have school.Reported) school.Reported {
	have = own(have)
	for k, st := range have.Items {
		if st.Phase == school.Failed || st.Phase == school.Drifted {
			st.Attempts, st.Final, st.NextTry = 0, false, time.Time{}
			have.Items[k] = st
		}
	}
	return have
}

// own gives the settling functions maps of their own.
func own(have school.Reported) school.Reported {
	have.Present, have.Items = maps.Clone(have.Present), maps.Clone(have.Items)
	if have.Present == nil {
		have.Present = map[school.ItemKey]school.Have{}
	}
	if have.Items == nil {
		have.Items = map[school.ItemKey]school.ItemState{}
	}
	return have
}

// Sent notes that a step was handed out under a command UUID. The same step again keeps its UUID: callers ask first
// whether have.InFlight carries the step's fingerprint. It is the only settling function without a report behind it.
func Sent(have school.Reported, s Step, uuid string, now time.Time) school.Reported {
	have = own(have)
	if in := have.InFlight; in == nil || in.Fingerprint != s.Fingerprint || in.UUID != uuid {
		have.InFlight = &school.InFlight{UUID: uuid, Kind: s.Request(), Fingerprint: s.Fingerprint, Item: s.Key, Hash: s.content(), SentAt: now}
	}
	switch s.Kind {
	case Renew:
		have.RenewedAt = now
	case Install, RemoveStep, InstallApp, RemoveApp:
		st, ok := have.Items[s.Key]
		if !ok || st.Hash != s.content() {
			st = school.ItemState{Hash: s.content()}
		}
		if s.Item != nil {
			st.Network = s.Item.Network
		}
		if st.Phase != school.Sent {
			st.Since = now
		}
		st.Phase, st.NextTry = school.Sent, time.Time{}
		have.Items[s.Key] = st
	}
	return have
}

// Fetched notes that the device asked for its declaration items and was given this manifest. From now on a declared
// item may be there although nobody said so: a network among them must not fall out of the manifest unnoticed.
func Fetched(have school.Reported, want State, manifest []ddm.Declaration, now time.Time) school.Reported {
	have = own(have)
	if token := ddm.Token(manifest); have.Offered != token {
		have.Offered, have.OfferedAt, have.Reoffers = token, now, 0
	}
	for _, i := range want.Items {
		d, ok := ddm.Find(manifest, ddm.Configurations, DeclarationID(i.Key))
		if p := have.Present[i.Key]; !ok || p.Owner == school.ByDeclaration && p.Hash == i.Hash && p.Token == d.ServerToken {
			continue
		}
		st := have.Items[i.Key]
		if st.Hash == i.Hash && st.Token == d.ServerToken {
			continue // fetched before, or refused and not yet due again
		}
		if st.Hash != i.Hash {
			st = school.ItemState{Hash: i.Hash}
		}
		st.Phase, st.Token, st.Network, st.Since, st.NextTry = school.Sent, d.ServerToken, i.Network, now, time.Time{}
		have.Items[i.Key] = st
	}
	return have
}

// Answered applies a device's answer to a command. in is the command as it was handed out: the one in flight, or an
// earlier one whose report came late or came twice. The results of ProfileList go to Listed as well, which alone moves
// ListedAt; those of DeviceInformation are facts about the device and go elsewhere. Repeating an answer changes nothing.
func Answered(have school.Reported, in school.InFlight, a Answer, now time.Time) school.Reported {
	have = own(have)
	current := have.InFlight != nil && have.InFlight.UUID == in.UUID
	done := a.Status == "Acknowledged"
	failed := a.Status == "Error" || a.Status == "CommandFormatError"
	switch {
	case a.Status == "NotNow":
		if !current {
			return have
		}
		flight := *have.InFlight
		flight.NotNowAt = now
		have.InFlight, have.NotNowAt, have.NotNowCommand = &flight, now, in.Kind
		postpone(have.Items, in, now)
		return have
	case !done && !failed:
		return have
	}
	if current {
		have.InFlight = nil
	}
	switch in.Kind {
	case "InstallProfile", "InstallApplication":
		if in.Item != "" {
			installed(have, in, a, current, now)
		}
	case "RemoveProfile", "RemoveApplication":
		if in.Item != "" {
			removed(have, in, a, current, now)
		}
	case "ProfileList":
		if failed && current {
			have.ListedAt = now
		}
	case "ManagedApplicationList":
		if failed && current {
			have.AppsAt = now
		}
	case "DeviceInformation":
		if current || in.SentAt.After(have.InventoryAt) {
			have.InventoryAt = now
		}
	case "DeclarativeManagement":
		have = offered(have, in, failed, current, now)
	case "DeviceConfigured":
		if current || !in.SentAt.Before(have.Enrolled) {
			have.Awaiting = false
		}
	case "ActivationLockBypassCode":
		if have.BypassAt.IsZero() {
			have.BypassAt = now
		}
	}
	return have
}

func postpone(items map[school.ItemKey]school.ItemState, in school.InFlight, now time.Time) {
	st, ok := items[in.Item]
	if !ok || st.Hash != in.Hash || (st.Phase != school.Sent && st.Phase != school.Postponed) {
		return
	}
	if st.Phase != school.Postponed {
		st.Phase, st.Since = school.Postponed, now
	}
	st.NextTry = remind(st.Since, now)
	items[in.Item] = st
}

// installed applies the answer to an InstallProfile. An answer that is not about the command in flight counts only while
// nobody has answered for that content.
func installed(have school.Reported, in school.InFlight, a Answer, current bool, now time.Time) {
	st, ok := have.Items[in.Item]
	if !ok {
		if p, there := have.Present[in.Item]; there && (p.Hash == in.Hash || !p.Since.Before(in.SentAt)) {
			return // a list has spoken since
		}
		st = school.ItemState{Hash: in.Hash, Since: now}
	} else if st.Hash != in.Hash || (!current && st.Phase != school.Sent && st.Phase != school.Postponed) {
		return
	}
	switch a.Status {
	case "Acknowledged":
		st.Phase, st.Since, st.Code, st.Detail, st.NextTry, st.Final = school.Acknowledged, now, "", "", time.Time{}, false
	default:
		st = fail(st, school.Failed, a.Code(), a.detail(), now)
		if a.Status == "CommandFormatError" { // our mistake: the same command would be as wrong again
			st.Final, st.NextTry = true, time.Time{}
		}
	}
	have.Items[in.Item] = st
}

// removed applies the answer to a RemoveProfile. Only a report that the profile is not there ends it; an accepted
// removal waits for the profile list.
func removed(have school.Reported, in school.InFlight, a Answer, current bool, now time.Time) {
	st, ok := have.Items[in.Item]
	if !ok || st.Hash != "" || (!current && st.Phase != school.Sent && st.Phase != school.Postponed) {
		return
	}
	switch {
	case a.absent():
		delete(have.Present, in.Item)
		delete(have.Items, in.Item)
		return
	case a.Status == "Acknowledged":
		st.Phase, st.Since, st.Code, st.Detail, st.NextTry = school.Acknowledged, now, "", "", time.Time{}
	default:
		st = fail(st, school.Failed, a.Code(), a.detail(), now)
	}
	have.Items[in.Item] = st
}

// offered applies the answer to a DeclarativeManagement command. A refusal counts as an offer too, so that it is not
// repeated at once; that the device takes no declarations at all is a fact its caller writes.
func offered(have school.Reported, in school.InFlight, failed, current bool, now time.Time) school.Reported {
	switch {
	case in.Hash == "" || (!current && (have.Offered == in.Hash || failed || in.SentAt.Before(have.OfferedAt))):
		return have
	case have.Offered != in.Hash:
		have.Reoffers = 0
	default:
		have.Reoffers++
	}
	have.Offered, have.OfferedAt = in.Hash, now
	if failed {
		have.Reoffers++
	}
	return have
}
