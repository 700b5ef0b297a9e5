package store

import (
	"context"
	"fmt"
)

// What is forgotten leaves room in SQLite's file. It is used again, but the file never becomes smaller by itself, and the images of
// a first import of a whole district would be carried along for ever. So room beyond a tenth is given back, a few pages at a time:
// nobody waits long for the one writer. A file from before this was known keeps its room; its copies do not, so it is mended by a restore.
// PostgreSQL has its autovacuum.

const (
	shrinkSpare  = 10  // one page in so many may be free
	shrinkAtOnce = 500 // pages
)

// Shrink gives room back to the disk.
func (s *Store) Shrink(ctx context.Context) error {
	if !s.lite {
		return nil
	}
	for ctx.Err() == nil {
		var mode, free, pages int64
		if err := s.rw.QueryRowContext(ctx, `SELECT (SELECT auto_vacuum FROM pragma_auto_vacuum()), (SELECT freelist_count FROM pragma_freelist_count()),
			(SELECT page_count FROM pragma_page_count())`).Scan(&mode, &free, &pages); err != nil {
			return engineError(err, "shrink")
		}
		if n := min(free-pages/shrinkSpare, shrinkAtOnce); mode != 2 || n <= 0 {
			return nil
		} else if err := s.giveBack(n); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// giveBack steps through to the end: each step is a page.
func (s *Store) giveBack(pages int64) error {
	rows, err := s.rw.Query(fmt.Sprintf("PRAGMA incremental_vacuum(%d)", pages))
	if err != nil {
		return engineError(err, "shrink")
	}
	defer rows.Close()
	for rows.Next() {
	}
	return engineError(rows.Err(), "shrink")
}
