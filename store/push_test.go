package store_test

import (
	"context"
	"fmt"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestOneAuthoritysPushesDoNotHoldUpAnothers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		waits := func(by school.Actor, serials string, n int, due int64) {
			t.Helper()
			for i := range n {
				serial := fmt.Sprintf("%s%06d", serials, i)
				enrolled(t, s, by, serial)
				for _, x := range []struct {
					text string
					args []any
				}{
					{`UPDATE enrollment SET push_token = $2, push_magic = 'm' WHERE id = $1`, []any{"e" + serial, []byte("t")}},
					{`INSERT INTO target (enrollment_id, authority_id, device_id, marked_at, push_due) VALUES ($1, $2, $3, 0, $4)`, []any{"e" + serial, string(by.Tenant), "d" + serial, due + int64(i)}},
				} {
					if err := s.Exec(ctx, x.text, x.args...); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		large, small := newAuthority(t, s, "Großstadt"), newAuthority(t, s, "Kleinstadt")
		waits(large, "F9FX", 60, 1000)
		waits(small, "DMPA", 2, 9000) // asked for later than all of them
		due, err := s.PushesDue(ctx, 10)
		if err != nil || len(due) != 10 { // each town has a share of five, and what the small one leaves the large one gets
			t.Fatalf("%d %v", len(due), err)
		}
		var ours, theirs []string
		for _, p := range due {
			if p.Authority == small.Tenant {
				ours = append(ours, string(p.Enrollment))
			} else {
				theirs = append(theirs, string(p.Enrollment))
			}
		}
		if fmt.Sprint(ours) != "[eDMPA000000 eDMPA000001]" {
			t.Errorf("of the small town %v", ours)
		}
		if len(theirs) != 8 || theirs[0] != "eF9FX000000" || theirs[7] != "eF9FX000007" {
			t.Errorf("not those that wait longest: %v", theirs)
		}
		if all, err := s.PushesDue(ctx, 500); err != nil || len(all) != 62 {
			t.Errorf("%d in all, %v", len(all), err)
		}
	})
}
