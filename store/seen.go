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

// seenAtOnce is how many are written by one statement.
const seenAtOnce = 2000

// FlushSeen writes what was gathered, with two statements per batch whatever its size and in order of id, so that two
// nodes do not wait for each other. A job calls it every few seconds, Close at the end.
func (s *Store) FlushSeen(ctx context.Context) error {
	s.readings.age(s.Now())
	s.seen.mu.Lock()
	at := s.seen.at
	s.seen.at = nil
	s.seen.mu.Unlock()
	if len(at) == 0 {
		return nil
	}
	var err error
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(at)), seenAtOnce) {
		err = s.transact(ctx, func(c conn) error {
			enrollments, devices := map[school.EnrollmentID]int64{}, map[school.DeviceID]int64{}
			for _, e := range batch {
				x := at[e]
				enrollments[e] = x.at.UnixMicro()
				devices[x.device] = max(devices[x.device], x.at.UnixMicro())
			}
			if _, err := c.exec(ctx, `UPDATE enrollment SET last_seen_at = x.at FROM (SELECT e.id, CAST(v.value AS BIGINT) AS at
				FROM json_each_text($1::json) v JOIN enrollment e ON e.id = v.key ORDER BY e.id FOR UPDATE) x
				WHERE enrollment.id = x.id AND (last_seen_at IS NULL OR last_seen_at < x.at)`, toJSON(enrollments)); err != nil {
				return err
			}
			if _, err := c.exec(ctx, `UPDATE device_state SET last_seen_at = x.at FROM (SELECT s.device_id, CAST(v.value AS BIGINT) AS at
				FROM json_each_text($1::json) v JOIN device_state s ON s.device_id = v.key ORDER BY s.device_id FOR UPDATE) x
				WHERE device_state.device_id = x.device_id AND (last_seen_at IS NULL OR last_seen_at < x.at)`, toJSON(devices)); err != nil {
				return err
			}
			return nil
		})
		if err != nil {
			break
		}
	}
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
