package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"ranzen/store/school"
)

// Apple's list of versions is the same for every authority and belongs to none. It is read once a day and kept whole; what
// devices share is read anew only when it changed.

// ReleasesLast is how long a list that was read says what Apple offers.
const ReleasesLast = 14 * 24 * time.Hour

// KeepReleases keeps the list as it was read.
func (s *Store) KeepReleases(ctx context.Context, list []school.Release) error {
	if len(list) == 0 {
		return errors.New("store: an empty list of versions")
	}
	return s.transact(ctx, func(c conn) error {
		old, _, err := s.releases(ctx, c)
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, `INSERT INTO world (name, value) VALUES ('releases', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, s.Now().UTC().Format(time.RFC3339)); err != nil {
			return err
		}
		if fmt.Sprint(old) == fmt.Sprint(school.NewReleases(list)) {
			return nil
		}
		if _, err := c.exec(ctx, `DELETE FROM os_release`); err != nil {
			return err
		}
		for _, r := range list {
			if _, err := c.exec(ctx, `INSERT INTO os_release (version, build, posted, expires, devices) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (version, build) DO NOTHING`,
				r.Version, r.Build, r.Posted, r.Expires, strings.Join(r.Products, " ")); err != nil {
				return err
			}
		}
		// What devices share is read by its version, and no two states of it ever bear the same one.
		_, err = c.exec(ctx, `UPDATE authority SET version = version + 1, shared_version = version + 1`)
		return err
	})
}

// Releases reads the list and when it was read; nil: it never was.
func (s *Store) Releases(ctx context.Context) (school.Releases, time.Time, error) {
	return s.releases(ctx, s.read())
}

func (s *Store) releases(ctx context.Context, c conn) (school.Releases, time.Time, error) {
	var at time.Time
	var read string
	found, err := c.one(ctx, `SELECT value FROM world WHERE name = 'releases'`, nil, &read)
	if err != nil || !found {
		return nil, at, err
	}
	if at, err = time.Parse(time.RFC3339, read); err != nil {
		return nil, at, fmt.Errorf("store: when the list of versions was read: %w", err)
	}
	var list []school.Release
	err = c.each(ctx, `SELECT version, build, posted, expires, devices FROM os_release ORDER BY version, build`, nil, func(r *sql.Rows) error {
		var x school.Release
		var devices string
		err := r.Scan(&x.Version, &x.Build, &x.Posted, &x.Expires, &devices)
		x.Products = strings.Fields(devices)
		list = append(list, x)
		return err
	})
	return school.NewReleases(list), at, err
}
