package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// What a district left behind is given back to the disk, and what it still has is whole.
func TestAFileShrinks(t *testing.T) {
	ctx := context.Background()
	s := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{})
	by := newAuthority(t, s, "Musterstadt")
	at, err := s.CreateSchool(ctx, by, school.School{Name: "Schule Nord"})
	if err != nil {
		t.Fatal(err)
	}
	var people []store.NewPerson
	for i := range 3000 {
		people = append(people, store.NewPerson{Person: school.Person{School: at, Kind: school.Pupil, Given: "Lena", Family: fmt.Sprint("Muster", i)}})
	}
	if _, err := s.CreatePersons(ctx, by, people); err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		t.Helper()
		n, err := s.Size(ctx)
		return must(t, n, err)
	}
	full := size()
	if err := s.Shrink(ctx); err != nil || size() != full {
		t.Errorf("%d bytes of %d without anything free: %v", size(), full, err)
	}
	if err := s.Exec(ctx, `DELETE FROM change_row`); err != nil {
		t.Fatal(err)
	}
	free := func() int64 {
		t.Helper()
		n, err := s.Number(ctx, `SELECT freelist_count FROM pragma_freelist_count()`)
		return must(t, n, err)
	}
	if free() < 300 {
		t.Fatalf("only %d pages are free", free())
	}
	if err := s.Shrink(ctx); err != nil {
		t.Fatal(err)
	}
	if small := size(); small > full-200*4096 || free()*4096 > small/10+4096 {
		t.Errorf("%d of %d bytes are left, %d pages free", small, full, free())
	}
	if n, err := s.CountPersons(ctx, by, store.PersonFilter{}); err != nil || n != 3000 {
		t.Errorf("%d people: %v", n, err)
	}
}

// A file from before the room could be given back keeps it; what is copied of it, and so what is restored, does not.
func TestACopyOfAnOldFileShrinks(t *testing.T) {
	ctx := context.Background()
	path := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, store.Options{URL: path, Keys: storetest.Keys})
	must(t, 0, errors.Join(err, s.Close()))
	db, err := sql.Open("sqlite3", path)
	must(t, 0, err)
	for _, text := range []string{`PRAGMA journal_mode = DELETE`, `PRAGMA auto_vacuum = NONE`, `VACUUM`} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	must(t, 0, db.Close())
	s = storetest.Open(t, path, store.Options{})
	mode := func(s *store.Store) int64 {
		t.Helper()
		n, err := s.Number(ctx, `SELECT auto_vacuum FROM pragma_auto_vacuum()`)
		return must(t, n, err)
	}
	if mode(s) != 0 {
		t.Fatalf("the old file has mode %d", mode(s))
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	_, err = s.CopyTo(ctx, copied)
	must(t, 0, err)
	if is := mode(storetest.Open(t, copied, store.Options{})); is != 2 {
		t.Errorf("its copy has mode %d", is)
	}
}
