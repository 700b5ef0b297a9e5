package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ranzen/store/school"
)

// An API client that got no answer repeats its request with the same key and gets the answer of the first, instead of a
// second device, code or assignment.
//
// That must hold when the server dies over the request too. So between BeginOnce and FinishOnce the call runs under
// HoldLast: its last transaction is not committed where it ends but together with the answer. A key whose answer was not
// kept is then the key of an act that did not happen, and may be used for it again.
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

// FinishOnce keeps the answer for 24 hours, in one transaction with what HoldLast held. After an error neither is kept.
func (s *Store) FinishOnce(ctx context.Context, by school.Actor, key string, a Answer) error {
	if a.Body == nil {
		a.Body = []byte{}
	}
	keep := func(c conn) error {
		n, err := c.exec(ctx, `UPDATE idempotency SET status = $1, body_sealed = $2 WHERE authority_id = $3 AND actor = $4 AND key = $5 AND status = 0`,
			a.Status, s.seal(answerCell(by, key), a.Body), string(by.Tenant), by.ID(), key)
		if err == nil && n == 0 {
			err = fmt.Errorf("store: the key of a request is somebody else's by now")
		}
		return err
	}
	h := heldBy(ctx)
	if h == nil || h.tx == nil {
		return s.transact(unheld(ctx), keep)
	}
	defer h.drop()
	if err := keep(conn{q: h.tx, lite: s.lite, count: s.count}); err != nil {
		return err
	}
	return h.commit()
}

// ForgetOnce withdraws a request that came to nothing (internal trouble), so that it can be repeated at once. What
// HoldLast held is rolled back.
func (s *Store) ForgetOnce(ctx context.Context, by school.Actor, key string) error {
	heldBy(ctx).drop()
	return s.transact(unheld(ctx), func(c conn) error {
		_, err := c.exec(ctx, `DELETE FROM idempotency WHERE authority_id = $1 AND actor = $2 AND key = $3 AND status = 0`, string(by.Tenant), by.ID(), key)
		return err
	})
}

// held is the last write of a call, complete but not committed.
type held struct {
	s  *Store
	tx *sql.Tx
}

type heldKey struct{}

// HoldLast returns a context under which the last write transaction of a call stays open until FinishOnce, ForgetOnce or
// drop; an earlier one is committed when the next begins. drop must be called: what is held keeps other writers of the
// authority waiting, on SQLite all. Reads of the same call do not see what is held; Release commits it for them.
func (s *Store) HoldLast(ctx context.Context) (_ context.Context, drop func()) {
	h := &held{s: s}
	return context.WithValue(ctx, heldKey{}, h), h.drop
}

// Release commits what is held, for a call that must read what it wrote. Only what can be repeated without harm may do
// so: its answer is no longer kept in one with it.
func (s *Store) Release(ctx context.Context) error { return heldBy(ctx).commit() }

func heldBy(ctx context.Context) *held {
	h, _ := ctx.Value(heldKey{}).(*held)
	return h
}

func unheld(ctx context.Context) context.Context {
	return context.WithValue(ctx, heldKey{}, (*held)(nil))
}

func (h *held) commit() error {
	if h == nil || h.tx == nil {
		return nil
	}
	tx := h.tx
	h.tx = nil
	if err := h.s.noticed(tx.Commit()); err != nil {
		return fmt.Errorf("store: commit what was held: %w", err)
	}
	h.s.changed.call() // whoever was woken when the write ended could not see it yet
	return nil
}

func (h *held) drop() {
	if h != nil && h.tx != nil {
		h.tx.Rollback()
		h.tx = nil
	}
}
