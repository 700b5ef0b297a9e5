package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

var root = school.System("test", "")

func newAuthority(t testing.TB, s *store.Store, name string) school.Actor {
	t.Helper()
	id, err := s.CreateAuthority(context.Background(), root, school.Authority{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return school.System("test", id)
}

func TestSchoolIsWrittenAuditedAndUndone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		id, err := s.CreateSchool(ctx, by, school.School{Name: "Gymnasium Nord", Type: "Gymnasium"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateSchool(ctx, by, school.School{Name: "gymnasium  nord"}); school.KindOf(err) != school.Conflict {
			t.Fatalf("a second school of the same name: %v", err)
		}
		set, err := s.ChangeSchool(ctx, by, school.School{ID: id, Name: "Gymnasium Süd", Type: "Gymnasium"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Undo(ctx, by, set); err != nil {
			t.Fatal(err)
		}
		x, err := s.School(ctx, by, id)
		if err != nil || x.Name != "Gymnasium Nord" {
			t.Fatalf("after undo: %+v %v", x, err)
		}
		if _, err := s.Undo(ctx, by, set); school.KindOf(err) != school.Conflict {
			t.Fatalf("undone twice: %v", err)
		}
		n, broken, err := s.VerifyAudit(ctx, by)
		if err != nil || broken != 0 || n != 4 {
			t.Fatalf("audit: %d entries, broken %d, %v", n, broken, err)
		}
		stranger := newAuthority(t, s, "Anderswo")
		if _, err := s.School(ctx, stranger, id); school.KindOf(err) != school.NotFound {
			t.Fatalf("a stranger reads: %v", err)
		}
		if _, err := s.ChangeSchool(ctx, stranger, school.School{ID: id, Name: "X"}); school.KindOf(err) != school.NotFound {
			t.Fatalf("a stranger writes: %v", err)
		}
	})
}
