package enroll

import (
	"context"

	"ranzen/store"
	"ranzen/store/school"
)

// The alarms of this package. Each names a sentence; its subject is a device or a token.
const (
	alarmReplay   = "replay_or_reset"      // an enrolled device that was here within a day asks for its profile anew
	alarmBelow    = "enroll_below_minimum" // a device enrolled with an iPadOS below the minimum, because it could not update
	alarmTerms    = store.AlarmTerms
	alarmRejected = store.AlarmTokenRejected
	alarmDenied   = store.AlarmTokenDenied
	alarmAway     = store.AlarmApple // Apple has not answered, or not wanted to, for a long time
)

// tell raises an alarm. That it could not be raised is only logged: it must not keep a device or a list waiting.
func (x *Enroll) tell(ctx context.Context, a store.Alarm) {
	if _, err := x.st.RaiseAlarm(ctx, a); err != nil {
		x.log.Error("alarm not raised", "authority", a.Authority, "kind", a.Kind, "subject", a.Subject, "error", err)
	}
}

// untell ends alarms about a subject.
func (x *Enroll) untell(ctx context.Context, a school.AuthorityID, subject string, kinds ...string) {
	for _, kind := range kinds {
		if _, err := x.st.ClearAlarm(ctx, a, kind, subject); err != nil {
			x.log.Error("alarm not cleared", "authority", a, "kind", kind, "subject", subject, "error", err)
		}
	}
}
