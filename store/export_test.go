package store

import "context"

// Exec runs a statement past both doors: tests build with it what only devices could bring about.
func (s *Store) Exec(ctx context.Context, text string, args ...any) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, text, args...)
		return err
	})
}

// Number reads one number past every permission.
func (s *Store) Number(ctx context.Context, text string, args ...any) (int64, error) {
	return s.read().number(ctx, text, args...)
}
