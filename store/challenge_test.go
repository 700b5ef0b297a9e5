package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// TestASecretIsExchangedOnce: many come with one secret in the same moment, some of them again because their answer was lost. One
// key gets a certificate, always the same; every other key gets nothing, and what was signed for it stands nowhere.
func TestASecretIsExchangedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		for round := range 5 {
			secret, err := s.NewChallenge(ctx, store.Challenge{Authority: d.by.Tenant, Purpose: store.ForEnroll, Serial: "F9FXK2ABCD", Expires: s.Now().Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			var mu sync.Mutex
			given := map[string]map[string]bool{}
			for i := range 12 {
				key := fmt.Sprint("key ", i%3)
				wg.Go(func() {
					der, err := s.Consume(ctx, d.by.Tenant, secret, key, func(store.Challenge) ([]byte, string, time.Time, error) {
						name := fmt.Sprintf("round %d, %s, try %d", round, key, i)
						return []byte(name), "hash of " + name, s.Now().Add(time.Hour), nil
					})
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil && given[key] == nil:
						given[key] = map[string]bool{string(der): true}
					case err == nil:
						given[key][string(der)] = true
					case school.KindOf(err) != school.NotFound:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if len(given) != 1 {
				t.Errorf("certificates for %d keys: %v", len(given), given)
			}
			for key, certificates := range given {
				if len(certificates) != 1 {
					t.Errorf("%s: %v", key, certificates)
				}
			}
			if n, err := s.Number(ctx, `SELECT count(*) FROM identity`); err != nil || n != int64(round+1) {
				t.Errorf("%d certificates are bound after %d secrets: %v", n, round+1, err)
			}
		}
	})
}
