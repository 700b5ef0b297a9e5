package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Whoever writes at the same time shares a commit, and nobody another's failure: what is refused, what panics and what was called
// off leave nothing behind and take nothing with them.
func TestWritersAtTheSameTimeFailEachForItself(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		off, cancel := context.WithCancel(ctx)
		cancel()
		const writers = 120
		errs := make([]error, writers)
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				defer func() {
					if p := recover(); p != nil {
						errs[i] = fmt.Errorf("panicked: %v", p)
					}
				}()
				with, name := ctx, fmt.Sprintf("Schule %03d", i)
				switch i % 6 {
				case 1:
					name = "Schule, die es schon gibt"
				case 2:
					with = off
				case 3:
					errs[i] = s.Panic(ctx, name)
					return
				}
				_, errs[i] = s.CreateSchool(with, by, school.School{Name: name})
			})
		}
		wg.Wait()
		taken, want := 0, 0
		for i, err := range errs {
			switch i % 6 {
			case 1:
				if err == nil {
					want++
				} else if school.KindOf(err) == school.Conflict {
					taken++
				} else {
					t.Errorf("writer %d: %v", i, err)
				}
			case 2:
				if !errors.Is(err, context.Canceled) {
					t.Errorf("writer %d was called off: %v", i, err)
				}
			case 3:
				if err == nil || err.Error() != "panicked: on purpose" {
					t.Errorf("writer %d: %v", i, err)
				}
			default:
				if want++; err != nil {
					t.Errorf("writer %d: %v", i, err)
				}
			}
		}
		if taken != writers/6-1 {
			t.Errorf("%d of %d with the same name were refused", taken, writers/6)
		}
		list, err := s.Schools(ctx, by)
		if err != nil || len(list) != want {
			t.Errorf("%d schools, want %d, %v", len(list), want, err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM audit WHERE event = 'school.created'`); err != nil || n != int64(want) {
			t.Errorf("%d entries in the log, want %d, %v", n, want, err)
		}
	})
}
