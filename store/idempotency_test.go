package store_test

import (
	"context"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestARepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		begin := func(by school.Actor, key, request, wantCode string, wantKnown bool) store.Answer {
			t.Helper()
			a, known, err := s.BeginOnce(ctx, by, key, request)
			if codeOf(err) != wantCode || known != wantKnown {
				t.Fatalf("%s %s: known %v, %v", key, request, known, err)
			}
			return a
		}
		begin(by, "", "r", "idempotency_key", false)
		begin(by, "k", "r", "", false)
		begin(by, "k", "r", "idempotency_running", false)
		begin(by, "k", "other", "idempotency_other", false)
		if err := s.FinishOnce(ctx, by, "k", store.Answer{Status: 201, Body: []byte(`{"id":"1"}`)}); err != nil {
			t.Fatal(err)
		}
		if a := begin(by, "k", "r", "", true); a.Status != 201 || string(a.Body) != `{"id":"1"}` {
			t.Fatalf("%+v", a)
		}
		if err := s.ForgetOnce(ctx, by, "k"); err != nil {
			t.Fatal(err)
		}
		begin(by, "k", "r", "", true) // an answer is not forgotten
		begin(by, "k", "other", "idempotency_other", false)
		begin(school.System("other", by.Tenant), "k", "other", "", false)
		begin(newAuthority(t, s, "Anderswo"), "k", "other", "", false)
		begin(by, "died", "r", "", false)
		h.turn(6 * time.Minute)
		begin(by, "died", "r", "", false)
		if err := s.ForgetOnce(ctx, by, "died"); err != nil {
			t.Fatal(err)
		}
		begin(by, "died", "r", "", false)
		if err := s.FinishOnce(ctx, by, "died", store.Answer{Status: 204}); err != nil {
			t.Fatal(err)
		}
		if a := begin(by, "died", "r", "", true); a.Status != 204 || len(a.Body) != 0 {
			t.Fatalf("%+v", a)
		}
		h.turn(25 * time.Hour)
		begin(by, "k", "other", "", false)
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

// TestAnActIsKeptWithItsAnswerOrNotAtAll: a server that dies between act and answer leaves neither behind.
func TestAnActIsKeptWithItsAnswerOrNotAtAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		by := newAuthority(t, s, "Musterstadt")
		schools := func() int {
			t.Helper()
			all, err := s.Schools(context.Background(), by)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		act := func(ctx context.Context, name string) {
			t.Helper()
			if _, err := s.CreateSchool(ctx, by, school.School{Name: name, Type: "Gymnasium"}); err != nil {
				t.Fatal(err)
			}
		}
		begin := func(key string) {
			t.Helper()
			if _, known, err := s.BeginOnce(context.Background(), by, key, "r"); known || err != nil {
				t.Fatalf("%s: known %v, %v", key, known, err)
			}
		}

		begin("died")
		ctx, drop := s.HoldLast(context.Background())
		act(ctx, "Nord")
		drop() // what the engine does with the transaction of a process that died
		if n := schools(); n != 0 {
			t.Fatalf("%d schools of an act that was not answered", n)
		}

		begin("failed")
		ctx, drop = s.HoldLast(context.Background())
		act(ctx, "Nord")
		if err := s.ForgetOnce(ctx, by, "failed"); err != nil {
			t.Fatal(err)
		}
		drop()
		if n := schools(); n != 0 {
			t.Fatalf("%d schools of an act that failed", n)
		}

		begin("failed")
		ctx, drop = s.HoldLast(context.Background())
		ctx, late := context.WithCancel(ctx)
		changed := s.Changed()
		act(ctx, "Nord")
		act(ctx, "West") // commits the first
		if n := schools(); n != 1 {
			t.Fatalf("%d schools before the answer, want the first", n)
		}
		late() // the call took all its time
		if err := s.FinishOnce(context.WithoutCancel(ctx), by, "failed", store.Answer{Status: 201}); err != nil {
			t.Fatal(err)
		}
		drop()
		if n := schools(); n != 2 {
			t.Fatalf("%d schools after the answer", n)
		}
		<-changed
		if a, known, err := s.BeginOnce(context.Background(), by, "failed", "r"); !known || a.Status != 201 || err != nil {
			t.Fatalf("%+v, known %v, %v", a, known, err)
		}

		// Whoever lost the key has lost the act.
		ctx, drop = s.HoldLast(context.Background())
		defer drop()
		act(ctx, "Süd")
		if err := s.FinishOnce(ctx, by, "nobody's", store.Answer{Status: 201}); err == nil {
			t.Fatal("an answer was kept for a key nobody began")
		}
		if n := schools(); n != 2 {
			t.Fatalf("%d schools, want 2", n)
		}

		ctx, drop = s.HoldLast(context.Background())
		defer drop()
		act(ctx, "Ost")
		if err := s.Release(ctx); err != nil {
			t.Fatal(err)
		}
		if n := schools(); n != 3 {
			t.Fatalf("%d schools after Release, want 3", n)
		}
	})
}
