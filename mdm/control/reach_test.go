package control_test

import (
	"context"
	"testing"
	"time"

	"ranzen/mdm/control"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Apple's push service that is away for minutes is an alarm, once, and the first push that gets through ends it.
func TestPushServiceAway(t *testing.T) {
	var moved time.Duration
	st := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{Now: func() time.Time { return time.Now().Add(moved) }})
	p := play(t, st, sim.Calm())
	p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "26.4"})
	if !p.live(60, p.converged) {
		t.Fatal("the iPad does not enrol")
	}
	ctx := context.Background()
	away := control.New(control.Config{Store: st, BaseURL: base, Push: control.PushTo{URL: "https://127.0.0.1:1"}, Again: []time.Duration{time.Millisecond}})
	push := func(x *control.Control) {
		t.Helper()
		moved += time.Minute
		_, err := st.GiveOrder(ctx, p.by, school.Refresh, []school.DeviceID{p.page("F9FXK2ABCD").Device.ID})
		p.must(err)
		p.must(x.ResolveAll(ctx))
		n, err := x.PushDue(ctx, 10)
		p.must(err)
		if n == 0 {
			t.Fatal("no push is due")
		}
	}
	for range 4 {
		push(away)
	}
	if p.alarm(store.AlarmPush) {
		t.Error("an alarm within five minutes")
	}
	for range 3 {
		push(away)
	}
	if !p.alarm(store.AlarmPush) {
		t.Error("no alarm after five minutes")
	}
	push(p.control) // of a node that never noticed
	if p.alarm(store.AlarmPush) {
		t.Error("the alarm stands although a push got through")
	}
}
