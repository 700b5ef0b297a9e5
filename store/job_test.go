package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestJobsAreClaimedOnce(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		var subjects []string
		for i := range 40 {
			subjects = append(subjects, fmt.Sprint("s", i))
		}
		if err := s.EnsureJobs(ctx, "sync", subjects...); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		seen := map[string]int{}
		var wg sync.WaitGroup
		for w := range 6 {
			wg.Go(func() {
				for {
					j, found, err := s.Claim(ctx, "sync", fmt.Sprint("node", w), time.Minute)
					if err != nil {
						t.Error(err)
						return
					}
					if !found {
						return
					}
					mu.Lock()
					seen[j.Subject]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != 40 {
			t.Fatalf("%d of 40", len(seen))
		}
		for x, n := range seen {
			if n != 1 {
				t.Fatalf("%s was claimed %d times", x, n)
			}
		}
	})
}

func TestWhoLostTheLeaseEndsNothing(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		me := string(by.Tenant)
		if err := s.EnsureJobs(ctx, "sweep", me); err != nil {
			t.Fatal(err)
		}
		claim := func(want bool) store.Job {
			t.Helper()
			j, found, err := s.Claim(ctx, "sweep", "node", time.Minute)
			if err != nil || found != want {
				t.Fatalf("%+v %v %v", j, found, err)
			}
			return j
		}
		row := func() store.Job {
			t.Helper()
			list, err := s.Jobs(ctx, by)
			if err != nil || len(list) != 1 || list[0].Lease != "" {
				t.Fatalf("%+v %v", list, err)
			}
			return list[0]
		}
		first := claim(true)
		claim(false)
		h.turn(50 * time.Second)
		if err := s.Renew(ctx, first, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := s.Advance(ctx, first, 3, 7); err != nil {
			t.Fatal(err)
		}
		if j := row(); j.Done != 3 || j.Total != 7 || j.Until.IsZero() {
			t.Fatalf("%+v", j)
		}
		h.turn(50 * time.Second)
		claim(false)
		h.turn(10 * time.Second)
		for what, err := range map[string]error{"renew": s.Renew(ctx, first, time.Minute), "advance": s.Advance(ctx, first, 1, 1), "finish": s.Finish(ctx, first, h.now(), nil)} {
			if !errors.Is(err, store.ErrLeaseLost) {
				t.Fatalf("%s after the lease: %v", what, err)
			}
		}
		second := claim(true)
		if err := s.Finish(ctx, first, h.now(), nil); !errors.Is(err, store.ErrLeaseLost) {
			t.Fatalf("the same node, an older claim: %v", err)
		}
		if err := s.Finish(ctx, second, h.now().Add(time.Hour), nil); err != nil {
			t.Fatal(err)
		}
		claim(false)
		h.turn(time.Hour)
		// Failures wait longer each time, and one success forgets them.
		for i, wait := range []time.Duration{15 * time.Second, 30 * time.Second, time.Minute} {
			j := claim(true)
			if err := s.Finish(ctx, j, h.now().Add(time.Hour), errors.New("HTTP 503")); err != nil {
				t.Fatal(err)
			}
			if j := row(); j.Failures != i+1 || j.Error != "HTTP 503" || !j.Next.Equal(h.now().Add(wait)) {
				t.Fatalf("failure %d: %+v", i, j)
			}
			h.turn(wait)
		}
		j := claim(true)
		// Woken while it runs: once more at its end.
		woken := s.Changed()
		if was, err := s.Wake(ctx, "sweep", me); err != nil || !was {
			t.Fatal(was, err)
		}
		<-woken
		if err := s.Finish(ctx, j, h.now().Add(time.Hour), nil); err != nil {
			t.Fatal(err)
		}
		j = claim(true)
		if j.Failures != 0 {
			t.Fatalf("%+v", j)
		}
		if err := s.Finish(ctx, j, h.now().Add(time.Hour), nil); err != nil {
			t.Fatal(err)
		}
		claim(false)
		if was, err := s.Wake(ctx, "sweep", me); err != nil || !was {
			t.Fatal(was, err)
		}
		claim(true)
		if was, err := s.Wake(ctx, "sweep", "nobody"); err != nil || was {
			t.Fatal(was, err)
		}
		// Rows follow their subjects; one that is worked on stays until its end.
		if err := s.EnsureJobs(ctx, "sweep", "another"); err != nil {
			t.Fatal(err)
		}
		row()
		h.turn(time.Hour)
		if err := s.EnsureJobs(ctx, "sweep", "another"); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Jobs(ctx, by); err != nil || len(list) != 0 {
			t.Fatalf("%+v %v", list, err)
		}
		if _, err := s.Jobs(ctx, school.Actor{Kind: school.PersonActor, Tenant: by.Tenant}); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
	})
}

func TestANotificationReachesTheOtherNode(t *testing.T) {
	url := storetest.URL(t, "postgres")
	a, b := storetest.Open(t, url, store.Options{}), storetest.Open(t, url, store.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	woken := b.Changed()
	ended := make(chan error, 1)
	go func() { ended <- b.Listen(ctx) }()
	<-woken // it listens
	woken = b.Changed()
	if err := a.Notify(ctx); err != nil {
		t.Fatal(err)
	}
	<-woken
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	lite := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{})
	if err := errors.Join(lite.Notify(context.Background()), lite.Listen(context.Background())); err != nil {
		t.Fatal(err)
	}
}

// A worker that was stopped, slept past its lease and woke commits nothing more, whatever it was about to write.
func TestTheSleeperWritesNothingOnWaking(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		if err := s.EnsureJobs(ctx, "nightly", string(by.Tenant)); err != nil {
			t.Fatal(err)
		}
		j, found, err := s.Claim(ctx, "nightly", "node", time.Minute)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		work := store.WithLease(ctx, j)
		if _, err := s.CreateSchool(work, by, school.School{Name: "Gymnasium Nord"}); err != nil {
			t.Fatalf("with the lease: %v", err)
		}
		if err := s.StillLeased(work); err != nil {
			t.Fatal(err)
		}
		h.turn(2 * time.Minute)
		if _, err := s.CreateSchool(work, by, school.School{Name: "Realschule Süd"}); !errors.Is(err, store.ErrLeaseLost) {
			t.Fatalf("after its lease: %v", err)
		}
		if err := s.StillLeased(work); !errors.Is(err, store.ErrLeaseLost) {
			t.Fatalf("asked after its lease: %v", err)
		}
		if _, found, err := s.Claim(ctx, "nightly", "another", time.Minute); err != nil || !found {
			t.Fatal(found, err)
		}
		if _, err := s.CreateSchool(work, by, school.School{Name: "Realschule Süd"}); !errors.Is(err, store.ErrLeaseLost) {
			t.Fatalf("while another has it: %v", err)
		}
		if list, err := s.Schools(ctx, by); err != nil || len(list) != 1 {
			t.Fatalf("%d schools %v", len(list), err)
		}
	})
}
