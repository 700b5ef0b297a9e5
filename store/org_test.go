package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
)

// codesOf lists the codes of all an error is made of, sorted.
func codesOf(err error) []string {
	var out []string
	for _, e := range school.Refusals(err) {
		out = append(out, e.Code)
	}
	slices.Sort(out)
	return out
}

func TestASchoolIsArchivedOnceNothingIsLeftThere(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		d := newTown(t, s)
		class := d.class(d.north, "7a")
		lena := d.pupil(d.north, class, "Lena", "Muster")
		ipad := d.devices("Gymnasium Nord", "F9FX", 1)
		group, err := s.CreateGroup(ctx, d.by, school.Group{School: d.north, Name: "Foto-AG"})
		must(t, group, err)
		_, err = s.AddMember(ctx, d.by, school.Membership{Person: lena, Group: group})
		must(t, group, err)
		code, _, _, err := s.CreateCode(ctx, d.by, store.Code{School: d.north, Left: 3, Expires: s.Now().Add(time.Hour)})
		must(t, code, err)
		clerk := somebody(t, s, d.by, "clerk", school.Grant{Role: school.SchoolAdmin, Authority: d.by.Tenant, School: d.north})
		_, _, err = s.CreateAPIToken(ctx, d.by, store.APIToken{Name: "Inventar", Role: school.SchoolAdmin, School: d.north, Verbs: []school.Verb{school.View}})
		must(t, group, err)

		all := []string{"school_has_api", "school_has_classes", "school_has_codes", "school_has_devices", "school_has_groups", "school_has_people", "school_has_roles"}
		_, err = s.ArchiveSchool(ctx, d.by, d.north)
		if diff := cmp.Diff(all, codesOf(err)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(all, codesOf(s.MayArchiveSchool(ctx, d.by, d.north))); diff != "" {
			t.Error(diff)
		}
		// It is the authority's decision.
		if _, err := s.ArchiveSchool(ctx, clerk, d.north); school.KindOf(err) != school.Denied {
			t.Errorf("the school itself: %v", err)
		}
		if _, err := s.ArchiveSchool(ctx, newAuthority(t, s, "Anderswo"), d.north); school.KindOf(err) != school.NotFound {
			t.Errorf("another authority: %v", err)
		}

		moved, err := s.MoveDevices(ctx, d.by, ipad, store.Destination{School: &d.south})
		must(t, moved, err)
		gone, err := s.ArchivePerson(ctx, d.by, lena)
		must(t, gone, err)
		if diff := cmp.Diff([]string{"school_has_api", "school_has_codes", "school_has_roles"}, codesOf(s.MayArchiveSchool(ctx, d.by, d.north))); diff != "" {
			t.Fatal(diff)
		}
		h.turn(2 * time.Hour) // the code ends by itself
		tokens, err := s.APITokens(ctx, d.by, "", 0)
		must(t, tokens, err)
		if err := s.RevokeAPIToken(ctx, d.by, tokens.Rows[0].ID); err != nil {
			t.Fatal(err)
		}
		grants, err := s.Account(ctx, d.by, clerk.Account)
		must(t, grants, err)
		if err := s.EndGrant(ctx, d.by, grants.Grants[0].ID); err != nil {
			t.Fatal(err)
		}
		names := func(list func(context.Context, school.Actor) ([]store.SchoolRow, error)) (out []string) {
			rows, err := list(ctx, d.by)
			for _, r := range must(t, rows, err) {
				out = append(out, r.Name)
			}
			return out
		}
		set, err := s.ArchiveSchool(ctx, d.by, d.north)
		must(t, set, err)
		if diff := cmp.Diff([][]string{{"Realschule Süd"}, {"Gymnasium Nord"}}, [][]string{names(s.Schools), names(s.ArchivedSchools)}); diff != "" {
			t.Error(diff)
		}
		if _, err := s.ArchiveSchool(ctx, d.by, d.north); codeOf(err) != "school_archived" {
			t.Errorf("twice: %v", err)
		}
		if _, err := s.CreateClass(ctx, d.by, school.Class{School: d.north, Name: "8a"}); codeOf(err) != "school_archived" {
			t.Errorf("a new class there: %v", err)
		}
		// Nothing comes back to it by an undo.
		for _, id := range []school.ChangeSetID{moved, gone} {
			if _, err := s.Undo(ctx, d.by, id); codeOf(err) != "school_archived" {
				t.Errorf("undone: %v", err)
			}
		}
		// Back by undo, out again, and back by name, unless somebody took it.
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ArchiveSchool(ctx, d.by, d.north); err != nil {
			t.Fatal(err)
		}
		d.school("Gymnasium Nord")
		if _, err := s.RestoreSchool(ctx, d.by, d.north); codeOf(err) != "school_taken" {
			t.Errorf("restored beside its namesake: %v", err)
		}
		if _, err := s.ChangeSchool(ctx, d.by, school.School{ID: d.north, Name: "Gymnasium Nord (alt)"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RestoreSchool(ctx, d.by, d.north); err != nil {
			t.Fatal(err)
		}
		if got := names(s.ArchivedSchools); len(got) != 0 {
			t.Errorf("still archived: %v", got)
		}
	})
}
