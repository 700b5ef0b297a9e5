package store

import (
	"context"
	"errors"
)

// PgFolders lets a test look for PostgreSQL's programs elsewhere.
func PgFolders(pattern string) (restore func()) {
	old := pgFolders
	pgFolders = pattern
	return func() { pgFolders = old }
}

// PgEnvironment is pgEnvironment.
var PgEnvironment = pgEnvironment

// SameRows compares one table of two databases.
func SameRows(ctx context.Context, from, to, table string) error {
	a, err := Existing(from)
	if err != nil {
		return err
	}
	b, err := Existing(to)
	if err != nil {
		return err
	}
	return errors.Join(sameRows(ctx, a.read(), b.read(), table), a.Close(), b.Close())
}
