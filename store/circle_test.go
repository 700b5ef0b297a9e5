package store_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// TestNobodyWaitsInACircle: a person who marks everybody, the plans of a wave, the pushes of another and what was seen of all of them
// take the same rows. They take them in the same order, or two of them would wait for each other until PostgreSQL ends one of them,
// which it does after a second.
func TestNobodyWaitsInACircle(t *testing.T) {
	ctx := context.Background()
	s := storetest.Open(t, storetest.URL(t, "postgres"), store.Options{Count: true})
	d := newTown(t, s)
	ids := d.devices("Gymnasium Nord", "F9FX", 400)
	d.enrol(ids...)
	profile, _ := published(t, s, d.by, "", "Grundschutz")
	var wg sync.WaitGroup
	end := make(chan struct{})
	rounds := func(fn func(r *rand.Rand) error) {
		r := rand.New(rand.NewPCG(1, 2))
		wg.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				if err := fn(r); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	rounds(func(*rand.Rand) error {
		facts, have, reads, err := s.Marked(ctx, d.by.Tenant, 500)
		if err != nil {
			return err
		}
		var plans []store.Planned
		for i, f := range facts {
			plans = append(plans, store.Planned{Authority: f.Authority, Enrollment: f.Enrollment, Read: reads[i], Have: have[i], Steps: true, Push: s.Now()})
		}
		_, err = s.SavePlans(ctx, plans)
		return err
	})
	rounds(func(r *rand.Rand) error {
		var pushed []store.PushResult
		for _, i := range r.Perm(len(ids)) {
			pushed = append(pushed, store.PushResult{Enrollment: school.EnrollmentID("e-" + string(ids[i])), Accepted: i%2 == 0, Held: i%3 == 0, Again: time.Minute})
		}
		return s.Pushed(ctx, pushed)
	})
	rounds(func(*rand.Rand) error {
		for _, id := range ids {
			s.Seen(school.EnrollmentID("e-"+string(id)), id, s.Now())
		}
		return s.FlushSeen(ctx)
	})
	for range 30 {
		a, _, err := s.Assign(ctx, d.by, school.Assignment{Scope: school.Scope{Level: school.AtAuthority, ID: string(d.by.Tenant)}, Profile: profile, Mode: school.Required})
		if err == nil {
			_, err = s.Unassign(ctx, d.by, a)
		}
		if err != nil {
			t.Error(err)
			break
		}
	}
	close(end)
	wg.Wait()
	if n := s.Repeats(); n > 0 {
		t.Errorf("%d transactions waited in a circle", n)
	}
}
