package store

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"ranzen/store/school"
)

// seen gathers when devices were last seen. It is the one thing that is not written at once: a day of check-ins would
// otherwise be a commit each. Whoever needs the exact time of one device asks LastSeen, which looks here first.
type seen struct {
	mu sync.Mutex
	at map[school.EnrollmentID]seenAt
}

type seenAt struct {
	at     time.Time
	device school.DeviceID
}

// Seen notes that an enrolment spoke to us.
func (s *Store) Seen(e school.EnrollmentID, d school.DeviceID, at time.Time) {
	s.seen.mu.Lock()
	if s.seen.at == nil {
		s.seen.at = map[school.EnrollmentID]seenAt{}
	}
	s.seen.at[e] = seenAt{at, d}
	s.seen.mu.Unlock()
}

// LastSeen is the gathered time of an enrolment, if there is one that was not written yet.
func (s *Store) LastSeen(e school.EnrollmentID) (time.Time, bool) {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	at, ok := s.seen.at[e]
	return at.at, ok
}

// FlushSeen writes what was gathered, in one transaction and in order of id, so that two nodes do not wait for each other. A job calls it every few seconds, Close at the end.
func (s *Store) FlushSeen(ctx context.Context) error {
	s.seen.mu.Lock()
	at := s.seen.at
	s.seen.at = nil
	s.seen.mu.Unlock()
	if len(at) == 0 {
		return nil
	}
	err := s.transact(ctx, func(c conn) error {
		for _, e := range slices.Sorted(maps.Keys(at)) {
			x := at[e]
			if _, err := c.exec(ctx, `UPDATE enrollment SET last_seen_at = $1 WHERE id = $2 AND (last_seen_at IS NULL OR last_seen_at < $1)`, x.at.UnixMicro(), string(e)); err != nil {
				return err
			}
			if _, err := c.exec(ctx, `UPDATE device_state SET last_seen_at = $1 WHERE device_id = $2 AND (last_seen_at IS NULL OR last_seen_at < $1)`, x.at.UnixMicro(), string(x.device)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil { // nothing seen is lost by a passing trouble of the database
		s.seen.mu.Lock()
		if s.seen.at == nil {
			s.seen.at = map[school.EnrollmentID]seenAt{}
		}
		for e, x := range at {
			if have, ok := s.seen.at[e]; !ok || have.at.Before(x.at) {
				s.seen.at[e] = x
			}
		}
		s.seen.mu.Unlock()
	}
	return err
}
