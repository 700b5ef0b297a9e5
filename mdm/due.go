package mdm

import (
	"time"

	"ranzen/store/school"
)

// NextDue is the next time after now at which planning could yield something new although nothing happened: a window
// opens, a next try or a routine question falls due, a deadline passes. Zero: only an event can change the plan.
func NextDue(want State, have school.Reported, f school.Facts, now time.Time) time.Time {
	var due time.Time
	at := func(t time.Time) {
		if t.After(now) {
			due = earliest(due, t)
		}
	}
	at(want.Until)
	if f.Enrollment == "" {
		return due
	}
	for _, o := range have.Orders {
		at(o.Expires)
		at(o.From)
		if !o.Accepted.IsZero() {
			at(o.Accepted.Add(school.EraseAgain))
		}
	}
	if in := have.InFlight; in != nil && !in.NotNowAt.IsZero() {
		at(remind(in.SentAt, in.NotNowAt))
	}
	if f.Channel == school.UserChannel {
		return due
	}
	for _, st := range have.Items {
		if !st.Final {
			at(st.NextTry)
		}
	}
	if !f.CertEnds.IsZero() {
		begin := f.CertEnds.Add(-f.Policy.RenewBefore()).Add(time.Nanosecond)
		if again := renewDue(have); again.After(begin) {
			begin = again
		}
		at(begin)
	}
	if have.Awaiting {
		at(awaitUntil(have, f))
	}
	if bypassWanted(have, f) {
		at(have.Enrolled.Add(bypassTime))
	}
	if want.Declarative && unanswered(want, have) {
		at(offerDue(have))
	}
	if classic(have) {
		at(have.ListedAt.Add(routine + spread(f.Device.ID)))
	}
	for _, i := range want.Items {
		if i.App != nil && licensed(i, have) && !has(i, want, have) {
			at(rests(f, now))
		}
	}
	if appsDue(have) {
		at(have.AppsAt.Add(routine + spread(f.Device.ID)))
	}
	if !have.InventoryAt.IsZero() {
		at(have.InventoryAt.Add(routine + spread(f.Device.ID)))
	}
	for _, k := range leftovers(want, have) { // a network is let go only when the device is seen again
		if !held(k, want, have) {
			continue
		}
		for _, i := range want.Items {
			if i.Network && has(i, want, have) {
				at(have.Present[i.Key].Since.Add(Apart))
			}
		}
	}
	return due
}

// remind is when a device that said NotNow is pushed again: after as long as it has been saying so, between a minute and
// an hour.
func remind(since, last time.Time) time.Time {
	return last.Add(min(max(last.Sub(since), time.Minute), time.Hour))
}

// Remind is when a device that said NotNow to a command is pushed again.
func Remind(in school.InFlight) time.Time { return remind(in.SentAt, in.NotNowAt) }
