package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"ranzen/store"
	"ranzen/store/school"
)

// What commands share that somebody at the machine gives beside the server: they work on its database, as it is configured.

// open opens the database with the key ring that is there; it makes no new one for a database that has one.
func (c Config) open(ctx context.Context) (*store.Store, error) {
	keys, err := c.existingKeys()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{URL: c.Database, Keys: keys, Nature: store.Real})
}

// existingKeys opens the key ring without making one: a missing ring beside a used database is the worst thing that can
// happen, and making a new one would hide it.
func (c Config) existingKeys() (*store.KeyRing, error) {
	path, _ := c.keyRingFile()
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		file := store.DatabaseFile(c.Database)
		if _, err := os.Stat(file); file == "" || !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s is missing", path)
		} // else nothing exists yet: the first start
	}
	return c.keyRing()
}

// setupLink is where somebody sets a password; without a configured address it says where that belongs.
func (c Config) setupLink(secret string) string {
	base := c.base()
	if base == "" {
		base = "https://…"
	}
	return base + "/setup/" + secret
}

// actorFor is the machine itself, in the authority of a name, or in the only one.
func actorFor(ctx context.Context, st *store.Store, job, authority string) (school.Actor, error) {
	all, err := st.Authorities(ctx, school.System(job, ""))
	if err != nil {
		return school.Actor{}, err
	}
	i := slices.IndexFunc(all, func(a school.Authority) bool { return school.Fold(a.Name) == school.Fold(authority) })
	switch {
	case authority == "" && len(all) == 1:
		i = 0
	case authority == "":
		return school.Actor{}, errors.New("there are several authorities, or none: name one with --authority")
	case i < 0:
		return school.Actor{}, fmt.Errorf("there is no authority %q", authority)
	}
	return school.System(job, all[i].ID), nil
}

// schoolNamed finds a school by name or official number.
func schoolNamed(ctx context.Context, st *store.Store, by school.Actor, name string) (school.SchoolID, error) {
	all, err := st.Schools(ctx, by)
	if err != nil {
		return "", err
	}
	for _, x := range all {
		if school.Fold(x.Name) == school.Fold(name) || x.Number == name {
			return x.ID, nil
		}
	}
	return "", fmt.Errorf("there is no school %q", name)
}
