package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the database to the newest form. Files are numbered, go forward only, and each is survivable by the
// previous release. Several nodes may start at once: one migrates under a session lock, the others wait.
func (s *Store) migrate(ctx context.Context) error {
	p, err := s.migrations()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

func (s *Store) migrations() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{}
	if !s.lite {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
		if err != nil {
			return nil, fmt.Errorf("store: migration lock: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, s.rw, dir, opts...)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	return p, nil
}

// Migrate brings a database to the newest form without giving it a nature: what tests clone their worlds from, and where
// worlds move to.
func Migrate(ctx context.Context, url string) error {
	s, err := bare(url)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.migrate(ctx)
}

// bare opens a database as it lies there, without key ring, form or nature: for copies and moves. A SQLite file that is
// not there is made.
func bare(url string) (*Store, error) {
	s := &Store{now: time.Now, wire: newWire(0), elapsed: stopwatch()}
	s.changed.wait = make(chan struct{})
	if err := s.connect(url); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}
