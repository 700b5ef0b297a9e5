package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/storetest"
)

// A target nobody will plan any more is not marked: by and by those of replaced iPads would fill every slice of what is planned.
func TestWhoIsNoMoreUnderManagementIsNotMarked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 2)
		d.enrol(ids...)
		if err := s.CheckedOut(ctx, d.by.Tenant, "e-"+string(ids[0])); err != nil {
			t.Fatal(err)
		}
		for name, act := range map[string]func() error{
			"a fact for everybody": func() error {
				a, err := s.Authority(ctx, d.by)
				if err == nil {
					was := a
					a.Policy.RenewDays += 30
					_, err = s.ChangeAuthority(ctx, d.by, was, a)
				}
				return err
			},
			"the night": func() error { return s.Nightly(ctx, d.by.Tenant) },
		} {
			marked := d.marked(func() {
				if err := act(); err != nil {
					t.Fatal(err)
				}
			}, ids...)
			if marked[ids[0]] || !marked[ids[1]] {
				t.Errorf("%s marks %v", name, marked)
			}
		}
	})
}

// What reaches everybody writes no row of a device, and still everybody is planned anew: once, from what is new, whatever was read before.
func TestAFactForEverybodyIsOneMark(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 3)
		d.enrol(ids...)
		if err := s.CheckedOut(ctx, d.by.Tenant, "e-"+string(ids[2])); err != nil {
			t.Fatal(err)
		}
		renew := func() {
			a, err := s.Authority(ctx, d.by)
			was := must(t, a, err)
			a.Policy.RenewDays = max(30, a.Policy.RenewDays+1)
			_, err = s.ChangeAuthority(ctx, d.by, was, a)
			must(t, a, err)
		}
		waiting := func() (plans []store.Planned) {
			facts, have, reads, err := s.Marked(ctx, d.by.Tenant, 10)
			must(t, facts, err)
			for i, f := range facts {
				plans = append(plans, store.Planned{Authority: f.Authority, Enrollment: f.Enrollment, Read: reads[i], Have: have[i]})
			}
			return plans
		}
		catching := func(want int) {
			t.Helper()
			list, err := s.Devices(ctx, d.by, store.DeviceFilter{State: store.CatchingUp})
			if n := len(must(t, list, err).Rows); n != want {
				t.Errorf("%d catch up, want %d", n, want)
			}
			authorities, err := s.AuthoritiesWithMarks(ctx)
			if n := len(must(t, authorities, err)); (n > 0) != (want > 0) {
				t.Errorf("%d authorities have marks while %d catch up", n, want)
			}
		}
		state := func() int64 {
			n, err := s.Number(ctx, `SELECT sum(gen + seq + marked_at) FROM target`)
			return must(t, n, err)
		}
		catching(0)
		before := state()
		renew()
		if now := state(); now != before {
			t.Error("a fact for everybody wrote rows of devices")
		}
		catching(2)
		old := waiting()
		renew() // between what was read and what is kept
		if n, err := s.SavePlans(ctx, old); err != nil || n != 0 {
			t.Errorf("%d plans were kept that a fact had overtaken: %v", n, err)
		}
		catching(2)
		if n, err := s.SavePlans(ctx, waiting()); err != nil || n != 2 {
			t.Errorf("%d plans were kept: %v", n, err)
		}
		catching(0)
		if again := waiting(); len(again) != 0 {
			t.Errorf("%d wait that were planned", len(again))
		}
	})
}
