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
