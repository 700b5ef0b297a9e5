package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/storetest"
)

// A database that holds up the renewal of a lease and says nothing: when the lease is over another node may have the job, so the
// work stops then, whether the renewal was answered or not.
func TestAJobEndsWithALeaseThatNobodyRenews(t *testing.T) {
	database := storetest.URL(t, "postgres")
	s, err := Build(t.Context(), Settings{Database: database, Keys: storetest.Keys, Nature: store.Played, BaseURL: demoBase, Now: wallClock})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Store.EnsureJobs(t.Context(), "forget", ""); err != nil {
		t.Fatal(err)
	}
	hold, err := behind(t, "postgres", database).Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Rollback()
	work := task{kind: "forget", interval: time.Hour, lease: time.Second, run: func(ctx context.Context, _ *Server, _ string) error {
		if _, err := hold.Exec(`LOCK TABLE job IN ACCESS EXCLUSIVE MODE`); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
			t.Error("it went on without a lease")
		}
		return errors.Join(hold.Rollback(), ctx.Err())
	}}
	if again, err := s.jobs.one(t.Context(), work); again || !errors.Is(err, context.Canceled) {
		t.Errorf("again %v, %v", again, err)
	}
}
