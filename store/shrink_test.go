package store_test

import (
	"context"
	"fmt"
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
