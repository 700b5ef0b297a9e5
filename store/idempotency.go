package store

import (
	"context"
	"time"

	"ranzen/store/school"
)

// An API client that got no answer repeats its request with the same key and gets the answer of the first, instead of a
// second device, code or assignment.
const (
	idempotencyKept    = 24 * time.Hour
	idempotencyRunning = 5 * time.Minute // a request that took longer has died
)

// Answer is what was answered to a request.
type Answer struct {
	Status int
	Body   []byte
}

// BeginOnce announces a request under the actor's key; request is a digest of method, path and body. known is true when
// it was answered before: that answer is to be given again. The same key for another request is refused
// ("idempotency_other"), and so is one whose first request is still under way ("idempotency_running").
func (s *Store) BeginOnce(ctx context.Context, by school.Actor, key, request string) (a Answer, known bool, err error) {
	if key == "" || len(key) > 200 {
		return a, false, school.Refuse("Idempotency-Key", "idempotency_key", 200)
	}
	err = s.transact(ctx, func(c conn) error {
		a, known = Answer{}, false
		now := s.Now()
		id := args(string(by.Tenant), by.ID(), key)
		if _, err := c.exec(ctx, `DELETE FROM idempotency WHERE authority_id = $1 AND actor = $2 AND key = $3 AND (created_at <= $4 OR (status = 0 AND created_at <= $5))`,
			append(id, now.Add(-idempotencyKept).UnixMicro(), now.Add(-idempotencyRunning).UnixMicro())...); err != nil {
			return err
		}
		n, err := c.exec(ctx, `INSERT INTO idempotency (authority_id, actor, key, request, status, body_sealed, created_at) VALUES ($1, $2, $3, $4, 0, $5, $6)
			ON CONFLICT (authority_id, actor, key) DO NOTHING`, append(id, request, s.seal(answerCell(by, key), []byte{}), now.UnixMicro())...)
		if err != nil || n > 0 {
			return err
		}
		var was string
		var sealed []byte
		if _, err := c.one(ctx, `SELECT request, status, body_sealed FROM idempotency WHERE authority_id = $1 AND actor = $2 AND key = $3`, id, &was, &a.Status, &sealed); err != nil {
			return err
		}
		switch {
		case was != request:
			return school.Clash("idempotency_other")
		case a.Status == 0:
			return school.Clash("idempotency_running")
		}
		known = true
		a.Body, err = s.open(answerCell(by, key), sealed)
		return err
	})
	if err != nil {
		return Answer{}, false, err
	}
	return a, known, nil
}

func answerCell(by school.Actor, key string) cell {
	return cell{by.Tenant, "idempotency", "body", by.ID() + "\x00" + key}
}

// FinishOnce keeps the answer for 24 hours.
func (s *Store) FinishOnce(ctx context.Context, by school.Actor, key string, a Answer) error {
	if a.Body == nil {
		a.Body = []byte{}
	}
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE idempotency SET status = $1, body_sealed = $2 WHERE authority_id = $3 AND actor = $4 AND key = $5 AND status = 0`,
			a.Status, s.seal(answerCell(by, key), a.Body), string(by.Tenant), by.ID(), key)
		return err
	})
}

// ForgetOnce withdraws a request that changed nothing (internal trouble), so that it can be repeated at once.
func (s *Store) ForgetOnce(ctx context.Context, by school.Actor, key string) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `DELETE FROM idempotency WHERE authority_id = $1 AND actor = $2 AND key = $3 AND status = 0`, string(by.Tenant), by.ID(), key)
		return err
	})
}
