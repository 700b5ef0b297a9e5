package store_test

import (
	"context"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
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
