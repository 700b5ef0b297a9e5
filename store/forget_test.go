package store_test

import (
	"context"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// What was handed out is remembered for as long as an answer to it could still mean something, and no longer.
func TestCommandsAreForgotten(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		d := newTown(t, s)
		id := d.devices("Gymnasium Nord", "F9FX", 1)[0]
		d.enrol(id)
		a, e := d.by.Tenant, school.EnrollmentID("e-"+string(id))
		hand := func(uuid string, flying bool) {
			t.Helper()
			_, _, read, err := s.Facts(ctx, a, e)
			if err != nil {
				t.Fatal(err)
			}
			if ok, err := s.SavePlan(ctx, store.Planned{Authority: a, Enrollment: e, Read: read, Flying: flying, Hand: &store.Handout{UUID: uuid, Kind: "ProfileList", Body: []byte("x")}}); err != nil || !ok {
				t.Fatalf("%s was not handed out: %v", uuid, err)
			}
		}
		answer := func(uuid, state string) {
			t.Helper()
			if err := s.Observe(ctx, a, e, uuid, func(o *store.Observation) error { o.CommandState = state; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		hand("done", false)
		answer("done", "acknowledged")
		hand("refused", false)
		answer("refused", "error")
		hand("superseded", false)
		hand("in flight", true)
		for _, x := range []struct {
			after time.Duration
			known []string
		}{
			{0, []string{"done", "refused", "superseded", "in flight"}},
			{23 * time.Hour, []string{"done", "refused", "superseded", "in flight"}},
			{2 * time.Hour, []string{"refused", "superseded", "in flight"}},
			{28 * 24 * time.Hour, []string{"refused", "superseded", "in flight"}},
			{2 * 24 * time.Hour, []string{"in flight"}},
			{365 * 24 * time.Hour, []string{"in flight"}},
		} {
			h.turn(x.after)
			if err := s.ExpireOrders(ctx); err != nil {
				t.Fatal(err)
			}
			known := map[string]bool{}
			for _, uuid := range x.known {
				known[uuid] = true
			}
			for _, uuid := range []string{"done", "refused", "superseded", "in flight"} {
				if err := s.Observe(ctx, a, e, uuid, func(o *store.Observation) error {
					if (o.Command != nil) != known[uuid] {
						t.Errorf("after %s more: %s is known: %v", x.after, uuid, o.Command != nil)
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
