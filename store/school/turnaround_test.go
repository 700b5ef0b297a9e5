package school_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"ranzen/store/school"
)

var dawn = time.Date(2027, 7, 12, 8, 0, 0, 0, time.UTC)

func begun() school.Turnaround {
	return school.Turnaround{ID: "t", Device: "d", Enrollment: "e1", Created: dawn, From: dawn.Add(school.CoolDown), Step: school.TurnUnlock, Since: dawn}
}

func TestTurnaroundStepByStep(t *testing.T) {
	at := func(d time.Duration) time.Time { return dawn.Add(d) }
	order := func(k school.OrderKind, s school.OrderState) *school.Order {
		return &school.Order{ID: "o", Kind: k, State: s}
	}
	accepted := order(school.Reset, school.Handed)
	accepted.Accepted = at(5 * time.Minute)
	in := func(step school.TurnStep, order school.OrderID) school.Turnaround {
		x := begun()
		x.Step, x.Since, x.Order = step, at(2*time.Minute), order
		return x
	}
	here := school.TurnSeen{Enrollment: "e1", Enrolled: true, Planned: true, Code: true, Resets: true}
	with := func(o *school.Order) school.TurnSeen { x := here; x.Order = o; return x }
	back := school.TurnSeen{Enrollment: "e2", Enrolled: true, Planned: true}
	more := func(f func(x *school.TurnSeen)) school.TurnSeen { x := back; f(&x); return x }
	for name, c := range map[string]struct {
		is     school.Turnaround
		seen   school.TurnSeen
		now    time.Duration
		step   school.TurnStep
		reason string
		give   school.OrderKind
		halted bool
	}{
		"in the first minute nothing":         {begun(), here, 30 * time.Second, school.TurnUnlock, school.TurnHeld, "", false},
		"the lock first":                      {begun(), here, 2 * time.Minute, school.TurnUnlock, school.TurnAsking, school.Unlock, false},
		"without a code, the erase":           {begun(), school.TurnSeen{Enrollment: "e1", Enrolled: true, Resets: true}, 2 * time.Minute, school.TurnErase, school.TurnWaiting, school.Reset, false},
		"an old iPadOS is erased plainly":     {begun(), school.TurnSeen{Enrollment: "e1", Enrolled: true}, 2 * time.Minute, school.TurnErase, school.TurnWaiting, school.Erase, false},
		"the lock is off":                     {in(school.TurnUnlock, "o"), with(order(school.Unlock, school.Done)), 3 * time.Minute, school.TurnErase, school.TurnWaiting, school.Reset, false},
		"Apple does not take the code":        {in(school.TurnUnlock, "o"), with(order(school.Unlock, school.Refused)), 3 * time.Minute, school.TurnUnlock, school.TurnLockKept, "", true},
		"Apple is away":                       {in(school.TurnUnlock, "o"), with(order(school.Unlock, school.Expired)), 3 * time.Minute, school.TurnUnlock, school.TurnNoApple, "", true},
		"not now":                             {in(school.TurnErase, "o"), with(order(school.Reset, school.Later)), 3 * time.Minute, school.TurnErase, school.TurnLater, "", false},
		"refused, and again later":            {in(school.TurnErase, "o"), with(order(school.Reset, school.Refused)), 3 * time.Minute, school.TurnErase, school.TurnAgain, "", false},
		"withdrawn":                           {in(school.TurnErase, "o"), with(order(school.Reset, school.Cancelled)), 3 * time.Minute, school.TurnErase, school.TurnCalledOff, "", true},
		"silent":                              {in(school.TurnErase, "o"), with(order(school.Reset, school.Expired)), 3 * time.Minute, school.TurnErase, school.TurnSilent, "", true},
		"it says that it erases":              {in(school.TurnErase, "o"), with(accepted), 6 * time.Minute, school.TurnEnrol, school.TurnComing, "", false},
		"it does not come back":               {in(school.TurnEnrol, "o"), with(accepted), 40 * time.Minute, school.TurnEnrol, school.TurnNotBack, "", true},
		"it came back and would not":          {in(school.TurnEnrol, "o"), with(order(school.Reset, school.Refused)), 6 * time.Minute, school.TurnErase, school.TurnAgain, "", false},
		"back, in Setup Assistant":            {in(school.TurnEnrol, "o"), more(func(x *school.TurnSeen) { x.InSetup = true }), 6 * time.Minute, school.TurnProfiles, "", "", false},
		"erased by hand meanwhile":            {in(school.TurnUnlock, "o"), more(func(x *school.TurnSeen) { x.Missing = 1 }), 6 * time.Minute, school.TurnProfiles, school.TurnSettingUp, "", false},
		"a profile that cannot come":          {in(school.TurnProfiles, ""), more(func(x *school.TurnSeen) { x.Missing, x.Stuck = 1, 1 }), 6 * time.Minute, school.TurnProfiles, school.TurnNoProfiles, "", true},
		"apps load":                           {in(school.TurnProfiles, ""), more(func(x *school.TurnSeen) { x.Apps = 2 }), 6 * time.Minute, school.TurnApps, school.TurnLoading, "", false},
		"an app that cannot come":             {in(school.TurnApps, ""), more(func(x *school.TurnSeen) { x.Apps, x.StuckApps = 1, 1 }), 6 * time.Minute, school.TurnApps, school.TurnNoApps, "", true},
		"nothing is wanting":                  {in(school.TurnProfiles, ""), back, 6 * time.Minute, school.TurnApps, "", "", false},
		"what it should have is not computed": {in(school.TurnProfiles, ""), more(func(x *school.TurnSeen) { x.Planned = false }), 6 * time.Minute, school.TurnProfiles, school.TurnSettingUp, "", false},
	} {
		got, give := c.is.Next(c.seen, at(c.now))
		if name == "back, in Setup Assistant" {
			got, give = got.Next(c.seen, at(c.now+time.Minute))
			c.reason = school.TurnSettingUp
		}
		if name == "nothing is wanting" {
			if got.Why != string(school.TurnReady) || got.Ended.IsZero() || got.Done[school.TurnReady].IsZero() {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if got.Step != c.step || got.Reason != c.reason && name != "erased by hand meanwhile" || give != c.give || got.Halted() != c.halted {
			t.Errorf("%s: at %s for %q, gives %q, halted %v", name, got.Step, got.Reason, give, got.Halted())
		}
	}
}

// Whatever is seen, in whatever order: nothing happens in the first minute, no order is given while one is open, and
// nothing but a new enrolment leads to ready.
func TestTurnaroundBelievesOnlyAnEnrolment(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x, now := begun(), dawn
		var open *school.Order
		again := false
		for range rapid.IntRange(1, 60).Draw(r, "looks") {
			now = now.Add(time.Duration(rapid.IntRange(1, 900).Draw(r, "seconds")) * time.Second)
			if open != nil {
				open.State = rapid.SampledFrom([]school.OrderState{school.Waiting, school.Handed, school.Later, school.Done, school.Refused, school.Cancelled, school.Expired}).Draw(r, "state")
				if open.Kind.Erases() && rapid.Bool().Draw(r, "accepted") {
					open.Accepted = now
				}
			}
			seen := school.TurnSeen{Order: open, Code: rapid.Bool().Draw(r, "code"), Resets: rapid.Bool().Draw(r, "resets"), Enrollment: "e1", Enrolled: rapid.Bool().Draw(r, "enrolled"),
				Planned: rapid.Bool().Draw(r, "planned"), Missing: rapid.IntRange(0, 2).Draw(r, "missing"), Stuck: rapid.IntRange(0, 2).Draw(r, "stuck")}
			if rapid.IntRange(0, 20).Draw(r, "back") == 0 {
				again = true
			}
			if again {
				seen.Enrollment = "e2"
			}
			next, give := x.Next(seen, now)
			if give != "" && (now.Before(x.From) || open != nil && x.Order != "" && next.Order != "" && open.State.Open()) {
				r.Fatalf("%s is given at %s beside %+v", give, now, open)
			}
			if !next.Ended.IsZero() && !again {
				r.Fatal("ready without a new enrolment")
			}
			if x = next; give != "" {
				open = &school.Order{ID: "o", Kind: give, State: school.Waiting}
				x.Order = "o"
			}
			if x.Order == "" {
				open = nil
			}
			if rapid.IntRange(0, 10).Draw(r, "person") == 0 && x.Halted() {
				x, open = x.Resume(now), nil
			}
		}
	})
}
