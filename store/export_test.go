package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Exec runs a statement past both doors: tests build with it what only devices could bring about.
func (s *Store) Exec(ctx context.Context, text string, args ...any) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, text, args...)
		return err
	})
}

// Impatient has a store ask after so long a silence whether its PostgreSQL is still there.
func Impatient(o Options, quiet time.Duration) Options {
	o.quiet = quiet
	return o
}

// Number reads one number past every permission.
func (s *Store) Number(ctx context.Context, text string, args ...any) (int64, error) {
	return s.read().number(ctx, text, args...)
}

// Explain says how SQLite would run a statement, step by step.
func (s *Store) Explain(ctx context.Context, text string) (steps []string, err error) {
	if kind, _, _ := strings.Cut(strings.TrimSpace(text), " "); kind == "INSERT" || kind == "PRAGMA" {
		return nil, nil
	}
	n := strings.Count(text, "$")
	rows, err := s.ro.QueryContext(ctx, "EXPLAIN QUERY PLAN "+liteText(text), make([]any, n)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// LimitPages has the file of a SQLite world grow no further than so many pages.
func (s *Store) LimitPages(n int) error {
	var is int
	return s.rw.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", n)).Scan(&is)
}

// Panic writes a school past every rule and panics before the end of the transaction.
func (s *Store) Panic(ctx context.Context, name string) error {
	return s.transact(ctx, func(c conn) error {
		if _, err := c.exec(ctx, `INSERT INTO world (name, value) VALUES ($1, '')`, name); err != nil {
			return err
		}
		panic("on purpose")
	})
}
