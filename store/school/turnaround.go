package school

import "time"

// TurnaroundID names one way of a device back.
type TurnaroundID string

// TurnStep is a step of the way a returned device takes to the next person.
type TurnStep string

const (
	TurnUnlock   TurnStep = "unlock"   // Apple has taken the Activation Lock off
	TurnErase    TurnStep = "erase"    // the device said that it erases itself
	TurnEnrol    TurnStep = "enrol"    // it enrolled anew, which alone proves the erase
	TurnProfiles TurnStep = "profiles" // it reported every profile it should have
	TurnApps     TurnStep = "apps"     // and every app
	TurnReady    TurnStep = "ready"
)

// TurnSteps in their order.
var TurnSteps = []TurnStep{TurnUnlock, TurnErase, TurnEnrol, TurnProfiles, TurnApps, TurnReady}

// Why a step is not done yet. Those in halts wait for a person.
const (
	TurnHeld       = "held"             // in the first minute it can be called off
	TurnAsking     = "asking_apple"     // Apple is asked to take the lock off
	TurnLockKept   = "lock_refused"     // Apple does not take the code
	TurnNoApple    = "apple_away"       // Apple was not reached for a week
	TurnWaiting    = "waiting"          // for the device to call
	TurnLater      = "later"            // the device said "not now"
	TurnSent       = "sent"             // no answer yet
	TurnAgain      = "erase_again"      // refused; it is sent again
	TurnRefused    = "erase_refused"    // refused for good
	TurnSilent     = "silent"           // the order expired: the device said nothing for a week
	TurnCalledOff  = "called_off"       // the order was withdrawn, or no longer stands
	TurnComing     = "coming_back"      // erasing itself, or in Setup Assistant
	TurnNotBack    = "not_back"         // for longer than that takes
	TurnSettingUp  = "setting_up"       // profiles are on their way
	TurnNoProfiles = "profiles_refused" // some cannot come
	TurnLoading    = "loading_apps"
	TurnNoApps     = "apps_refused"
)

var turnHalts = map[string]bool{TurnLockKept: true, TurnNoApple: true, TurnRefused: true, TurnSilent: true, TurnCalledOff: true, TurnNotBack: true, TurnNoProfiles: true, TurnNoApps: true}

// Turnaround is the way of one returned device to the next person: Activation Lock off, erased, enrolled again, profiles,
// apps, ready. It goes on by itself as far as it can, says at each step what it waits for, and believes nothing but what
// was reported: a failed erase is sent again until the device enrols anew. Lending will begin it when a loan ends.
type Turnaround struct {
	ID         TurnaroundID
	Device     DeviceID
	Warrant    WarrantID
	Enrollment EnrollmentID // it began with
	By         string
	Account    AccountID
	Created    time.Time
	From       time.Time // nothing happens before
	Step       TurnStep
	Since      time.Time // it waits at this step
	Reason     string    // for what
	Tries      int       // refused erases
	Again      time.Time // the next one
	Order      OrderID   // of the step
	Done       map[TurnStep]time.Time
	Ended      time.Time
	Why        string // ready, stopped
}

// Halted reports whether a person has to do something.
func (t Turnaround) Halted() bool { return t.Ended.IsZero() && turnHalts[t.Reason] }

// TurnSeen is what is known of the device of a turnaround.
type TurnSeen struct {
	Order      *Order // of the step; nil: there is none
	Code       bool   // a bypass code is kept
	Resets     bool   // it can come back by itself: Return to Service
	Enrollment EnrollmentID
	Enrolled   bool
	Planned    bool // what it should have was computed from the facts of now
	InSetup    bool
	Missing    int // profiles not reported yet
	Stuck      int // profiles that cannot come
	Apps       int // apps not reported yet
	StuckApps  int
}

const (
	turnTries = 5
	turnBack  = 30 * time.Minute // erasing, Setup Assistant and Wi-Fi take less
)

// Next is the turnaround after what was seen, and the order to give its device now, if any.
func (t Turnaround) Next(x TurnSeen, now time.Time) (Turnaround, OrderKind) {
	done := make(map[TurnStep]time.Time, len(TurnSteps))
	for k, at := range t.Done {
		done[k] = at
	}
	t.Done = done
	if !t.Ended.IsZero() {
		return t, ""
	}
	if now.Before(t.From) {
		t.Reason = TurnHeld
		return t, ""
	}
	if x.Enrolled && x.Enrollment != t.Enrollment && (t.Step == TurnUnlock || t.Step == TurnErase || t.Step == TurnEnrol) {
		t.pass(TurnEnrol, now) // somebody may have erased it by hand: enrolling is what counts
	}
	switch t.Step {
	case TurnUnlock:
		if give, over := t.unlock(x, now); !over {
			return t, give
		}
		fallthrough
	case TurnErase:
		return t, t.erase(x, now)
	case TurnEnrol:
		return t, t.comeBack(x, now)
	}
	t.settle(x, now)
	return t, ""
}

// pass notes that all steps up to and including one are done; those that were skipped have no time.
func (t *Turnaround) pass(step TurnStep, now time.Time) {
	t.Done[step] = now
	for i, s := range TurnSteps {
		if s == step && i+1 < len(TurnSteps) {
			t.Step, t.Since, t.Reason, t.Tries, t.Again = TurnSteps[i+1], now, "", 0, time.Time{}
			if step != TurnErase { // the order to erase is watched until the device is back
				t.Order = ""
			}
		}
	}
}

func (t *Turnaround) unlock(x TurnSeen, now time.Time) (give OrderKind, over bool) {
	t.Reason = TurnAsking
	switch o := x.Order; {
	case !x.Code:
		t.Step, t.Since = TurnErase, now // never locked by an account, as far as anybody knows
		return "", true
	case o == nil && t.Order == "":
		return Unlock, false
	case o == nil:
		t.Reason = TurnCalledOff
	case o.State == Done:
		t.pass(TurnUnlock, now)
		return "", true
	case o.State == Refused:
		t.Reason = TurnLockKept
	case o.State == Expired:
		t.Reason = TurnNoApple
	case o.State == Cancelled:
		t.Reason = TurnCalledOff
	}
	return "", false
}

func (t *Turnaround) erase(x TurnSeen, now time.Time) OrderKind {
	o := x.Order
	if o != nil && !o.Kind.Erases() { // of the step before
		o = nil
	}
	switch {
	case o == nil && t.Order == "":
		if now.Before(t.Again) {
			t.Reason = TurnAgain
			return ""
		}
		t.Reason = TurnWaiting
		if x.Resets {
			return Reset
		}
		return Erase
	case o == nil || o.State == Cancelled:
		t.Reason = TurnCalledOff
	case o.State == Refused && t.Tries+1 >= turnTries:
		t.Reason = TurnRefused
	case o.State == Refused:
		t.Tries++
		t.Order, t.Reason, t.Again = "", TurnAgain, now.Add(time.Minute<<t.Tries)
	case !o.Accepted.IsZero():
		t.pass(TurnErase, o.Accepted)
		t.Since, t.Reason = now, TurnComing
	case o.State == Done: // it enrolled anew before it was heard that it would
		t.pass(TurnErase, now)
		t.Reason = TurnComing
	case o.State == Expired:
		t.Reason = TurnSilent
	case o.State == Waiting:
		t.Reason = TurnWaiting
	case o.State == Later:
		t.Reason = TurnLater
	default:
		t.Reason = TurnSent
	}
	return ""
}

// comeBack waits for the device to enrol anew. Whether the erase has to be sent again shows when the device calls as what
// it was; that is the planner's.
func (t *Turnaround) comeBack(x TurnSeen, now time.Time) OrderKind {
	t.Reason = TurnComing
	if now.Sub(t.Since) >= turnBack {
		t.Reason = TurnNotBack
	}
	if o := x.Order; o != nil && o.State == Refused { // it came back, and the second time it would not
		t.Step, t.Since = TurnErase, now
		delete(t.Done, TurnErase)
		return t.erase(x, now)
	}
	return ""
}

func (t *Turnaround) settle(x TurnSeen, now time.Time) {
	if t.Step == TurnProfiles {
		switch {
		case !x.Enrolled || !x.Planned || x.InSetup || x.Missing > 0 && x.Stuck < x.Missing:
			t.Reason = TurnSettingUp
			return
		case x.Missing > 0:
			t.Reason = TurnNoProfiles
			return
		}
		t.pass(TurnProfiles, now)
	}
	switch {
	case x.Apps > 0 && x.StuckApps < x.Apps:
		t.Reason = TurnLoading
		return
	case x.Apps > 0:
		t.Reason = TurnNoApps
		return
	}
	t.pass(TurnApps, now)
	t.Done[TurnReady], t.Ended, t.Why, t.Reason = now, now, string(TurnReady), ""
}

// Resume tries a halted step again: a person has seen to what stood in the way.
func (t Turnaround) Resume(now time.Time) Turnaround {
	t.Order, t.Tries, t.Again, t.Since, t.Reason = "", 0, time.Time{}, now, ""
	if t.Step == TurnEnrol {
		t.Step = TurnErase
	}
	return t
}

// Skip goes on without the step; only the Activation Lock can be skipped: whoever does so has looked at the screen.
func (t Turnaround) Skip(now time.Time) (Turnaround, error) {
	if t.Step != TurnUnlock {
		return t, Clash("turn_skip")
	}
	t.Step, t.Since, t.Reason, t.Order = TurnErase, now, "", ""
	return t, nil
}
