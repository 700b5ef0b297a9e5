package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

// PushTarget is an enrolment that wants a push.
type PushTarget struct {
	Authority  school.AuthorityID
	School     school.SchoolID
	Enrollment school.EnrollmentID
	Topic      string
	Magic      string
	Token      []byte
	Tries      int
	Calm       school.Calm // how much its school wants at once
	Urgent     bool        // a person gave an order and waits for it: no calm holds it back
}

// PushesDue lists up to limit enrolments that want a push now, those of each authority that wait longest: a wave of thousands in
// one town does not keep a single iPad of another waiting. Each has an equal share, and what the small ones leave the large ones
// get: hence those with few waiting are asked first.
func (s *Store) PushesDue(ctx context.Context, limit int) (out []PushTarget, err error) {
	now := s.Now().UnixMicro()
	type waits struct {
		authority school.AuthorityID
		policy    school.Policy
		n         int // no more than limit
	}
	var all []waits
	err = s.read().each(ctx, `SELECT a.id, a.policy, (SELECT count(*) FROM (SELECT 1 FROM target t WHERE t.authority_id = a.id AND t.push_due <= $1 LIMIT $2) x)
		FROM authority a WHERE EXISTS (SELECT 1 FROM target t WHERE t.authority_id = a.id AND t.push_due <= $1)`, args(now, limit), func(r *sql.Rows) error {
		var w waits
		if err := r.Scan(text(&w.authority), fromJSON(&w.policy), &w.n); err != nil {
			return err
		}
		all = append(all, w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b waits) int { return cmp.Compare(a.n, b.n) })
	for k, a := range all {
		share := max(1, (limit-len(out))/(len(all)-k))
		err := s.read().each(ctx, `SELECT s.school_id, t.enrollment_id, e.topic, e.push_magic, e.push_token, t.push_tries,
				COALESCE(sc.push_pace, 0), COALESCE(sc.quiet_from, 0), COALESCE(sc.quiet_until, 0),
				EXISTS (SELECT 1 FROM device_order o WHERE o.enrollment_id = t.enrollment_id AND o.state IN ('waiting', 'later'))
			FROM target t JOIN enrollment e ON e.id = t.enrollment_id JOIN device_state s ON s.device_id = t.device_id LEFT JOIN school sc ON sc.id = s.school_id
			WHERE t.authority_id = $1 AND t.push_due <= $2 AND e.state = 'enrolled' AND e.push_token IS NOT NULL AND e.push_state = '' ORDER BY t.push_due LIMIT $3`,
			args(string(a.authority), now, share), func(r *sql.Rows) error {
				p := PushTarget{Authority: a.authority}
				if err := r.Scan(text(&p.School), text(&p.Enrollment), &p.Topic, &p.Magic, &p.Token, &p.Tries, &p.Calm.PerMinute, &p.Calm.From, &p.Calm.Until, &p.Urgent); err != nil {
					return err
				}
				p.Calm = p.Calm.Or(a.policy.Calm)
				out = append(out, p)
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// PushResult is what Apple said to one push.
type PushResult struct {
	Enrollment school.EnrollmentID
	Token      []byte // the token it was sent to: a newer one is not touched
	Accepted   bool
	Broken     string        // the contact is broken until the next TokenUpdate: "unregistered", "bad_token", "wrong_topic"
	Again      time.Duration // when to try again if it still has something to do
	Held       bool          // it was not Apple's answer to this push: it does not count as a try
}

// pushedAtOnce is how many are kept by one transaction.
const pushedAtOnce = 2000

// Pushed keeps what Apple said to a batch of pushes, those of one kind with one statement. The targets are taken in order of id.
func (s *Store) Pushed(ctx context.Context, results []PushResult) error {
	for some := range slices.Chunk(results, pushedAtOnce) {
		all := s.pushed(some)
		if err := s.transact(ctx, func(c conn) error {
			_, err := c.execAll(ctx, all)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) pushed(results []PushResult) (all []sentence) {
	type kind struct{ accepted, held bool }
	now := s.Now()
	due := map[kind]map[school.EnrollmentID]int64{}
	ids := make([]school.EnrollmentID, 0, len(results))
	for _, r := range results {
		ids = append(ids, r.Enrollment)
		if r.Broken != "" {
			all = append(all, say(`UPDATE target SET push_due = NULL WHERE enrollment_id = $1`, string(r.Enrollment)),
				say(`UPDATE enrollment SET push_state = $2 WHERE id = $1 AND push_token = $3`, string(r.Enrollment), r.Broken, r.Token))
			continue
		}
		k := kind{r.Accepted, r.Held}
		if due[k] == nil {
			due[k] = map[school.EnrollmentID]int64{}
		}
		due[k][r.Enrollment] = now.Add(r.Again).UnixMicro()
	}
	for k, at := range due {
		var pushed any
		tried := 1
		if k.held {
			tried = 0
		}
		if k.accepted {
			pushed = now.UnixMicro()
		}
		// push_due may have been cleared by a check-in in the meantime: then it stays cleared.
		all = append(all, say(`UPDATE target SET pushed_at = COALESCE($2, pushed_at), push_tries = push_tries + $3, push_due = CASE WHEN push_due IS NULL THEN NULL ELSE x.at END
			FROM (SELECT t.enrollment_id, CAST(v.value AS BIGINT) AS at FROM json_each_text($1::json) v JOIN target t ON t.enrollment_id = v.key
				ORDER BY t.enrollment_id FOR UPDATE) x
			WHERE target.enrollment_id = x.enrollment_id`, toJSON(at), pushed, tried))
	}
	if len(all) > 1 && !s.lite { // each is in order, but not one after the other
		all = slices.Insert(all, 0, say(`SELECT count(*) FROM (SELECT 1 FROM target WHERE enrollment_id IN (SELECT value FROM json_array_elements_text($1::json)) ORDER BY enrollment_id FOR UPDATE) x`, list(ids)))
	}
	return all
}
