package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// gather lets transactions that wait for SQLite's one writer share a commit. A commit must reach the disk before anybody is
// answered, and that is what writing costs: thirty iPads that report while one commit is under way are kept by the next one, and
// none waits longer than it would have in the queue. PostgreSQL does the like by itself.
//
// Each piece runs in a savepoint of its own: what fails takes nothing with it. When the whole breaks (no space, a commit refused),
// every piece is tried alone. Nobody is answered before the commit that holds their piece.
type gather struct {
	mu      sync.Mutex
	waiting []*piece
	busy    bool
}

type piece struct {
	ctx      context.Context
	fn       func(c conn) error
	err      error
	panicked any
	done     chan struct{}
}

// mostTogether is how many pieces share one commit.
const mostTogether = 48

// together runs fn in a write transaction that others may share, and returns when it is committed or failed.
func (s *Store) together(ctx context.Context, fn func(c conn) error) error {
	p := &piece{ctx: ctx, fn: fn, done: make(chan struct{})}
	s.gather.mu.Lock()
	s.gather.waiting = append(s.gather.waiting, p)
	first := !s.gather.busy
	s.gather.busy = true
	s.gather.mu.Unlock()
	if first {
		go s.gatherer()
	}
	<-p.done // also when ctx ends: fn may be running
	if p.panicked != nil {
		panic(p.panicked)
	}
	return p.err
}

// gatherer commits what waits until nothing does.
func (s *Store) gatherer() {
	g := &s.gather
	for {
		g.mu.Lock()
		n := min(len(g.waiting), mostTogether)
		if n == 0 {
			g.busy = false
			g.mu.Unlock()
			return
		}
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.mu.Unlock()
		if n == 1 || s.commitAll(batch) != nil {
			for _, p := range batch {
				p.err = s.alone(p)
			}
		}
		for _, p := range batch {
			close(p.done)
		}
	}
}

// alone runs a piece in a transaction of its own.
func (s *Store) alone(p *piece) (err error) {
	defer func() { p.panicked = recover() }()
	return s.inTransaction(p.ctx, p.fn)
}

// commitAll runs the pieces in one transaction. An error means that nothing of any of them was kept.
func (s *Store) commitAll(batch []*piece) error {
	ctx := context.Background()
	tx, err := s.rw.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	kept := 0
	for _, p := range batch {
		if p.err = p.ctx.Err(); p.err != nil {
			continue
		}
		if _, err := tx.ExecContext(ctx, "SAVEPOINT piece"); err != nil {
			return err
		}
		end := "RELEASE piece"
		if p.err = s.piece(p, tx); p.err != nil || p.panicked != nil {
			if passing(p.err) || TroubleOf(p.err) != "" {
				return p.err
			}
			end = "ROLLBACK TO piece; RELEASE piece"
		} else {
			kept++
		}
		if _, err := tx.ExecContext(ctx, end); err != nil {
			return err
		}
	}
	if kept == 0 {
		return nil
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	for range kept {
		s.count.commit()
	}
	return nil
}

func (s *Store) piece(p *piece, tx *sql.Tx) (err error) {
	defer func() { p.panicked = recover() }()
	c := conn{q: tx, lite: s.lite, count: s.count}
	if err = p.fn(c); err == nil {
		err = s.stillLeased(p.ctx, c)
	}
	return err
}
