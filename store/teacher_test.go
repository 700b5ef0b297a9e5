package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// TestMUC05_ATeacherIsKnownInTheLists: whoever can only be one person of staff at the school is tied at the first sign-in, or when
// the list comes; whoever could be nobody, a pupil, somebody next door or two people waits for the administration.
func TestMUC05_ATeacherIsKnownInTheLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		p := door(t, s, d.by, "nord.example", d.north, school.ClaimRule{Claim: "roles", Value: "ROLE_TEACHER", Role: school.TeacherRole})
		person := func(at school.SchoolID, kind school.PersonKind, family, email string) school.PersonID {
			id, err := s.CreatePerson(ctx, d.by, school.Person{School: at, Kind: kind, Given: "Thea", Family: family, Email: email}, "")
			return must(t, id, err)
		}
		come := func(subject, name, email string) school.PersonID {
			t.Helper()
			secret, err := s.Arrive(ctx, store.Arrival{Provider: p, Subject: subject, Name: name, Email: email, Claims: roles("ROLE_TEACHER")})
			by, _, err2 := s.SessionActor(ctx, must(t, secret, err))
			return must(t, by, err2).Grants[0].Person
		}
		tafel := person(d.north, school.Teacher, "Tafel", "Tafel@nord.example")
		person(d.north, school.Pupil, "Kind", "kind@nord.example")
		person(d.south, school.Teacher, "Nebenan", "nebenan@nord.example")
		person(d.north, school.Teacher, "Doppelt", "kollegium@nord.example")
		person(d.north, school.Staff, "Doppelt", "kollegium@nord.example")
		kreide := person(d.north, school.Teacher, "Kreide", "")
		must(t, 0, s.KeyOf(ctx, d.by, kreide, "a4711-kreide"))
		schwamm := person(d.north, school.Teacher, "Schwamm", "")
		must(t, 0, s.KeyOf(ctx, d.by, schwamm, "42"))

		for _, x := range []struct {
			what, subject, name, email string
			want                       school.PersonID
		}{
			{"by address", "s1", "Thea Tafel", "tafel@nord.example", tafel},
			{"again", "s1", "Thea Tafel", "tafel@nord.example", tafel},
			{"somebody else with her address", "s2", "Thea Tafel", "tafel@nord.example", ""},
			{"a pupil's address", "s3", "Thea Kind", "kind@nord.example", ""},
			{"next door", "s4", "Thea Nebenan", "nebenan@nord.example", ""},
			{"two of them", "s5", "Thea Doppelt", "kollegium@nord.example", ""},
			{"by the key of a list", "a4711-kreide", "Thea Kreide", "", kreide},
			{"a key that anybody could have", "42", "Thea Schwamm", "", ""},
			{"not in the lists yet", "s6", "Theo Neu", "neu@nord.example", ""},
		} {
			if got := come(x.subject, x.name, x.email); got != x.want {
				t.Errorf("%s: %q, want %q", x.what, got, x.want)
			}
		}
		admin := somebody(t, s, d.by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		list := func(by school.Actor) (out []store.UntiedTeacher, err error) { // in pages of two
			for after := ""; ; {
				page, err := s.UntiedTeachers(ctx, by, after, 2)
				out = append(out, page.Rows...)
				if err != nil || page.Next == "" {
					return out, err
				}
				if len(page.Rows) != 2 {
					t.Fatalf("a page of %d with one to follow", len(page.Rows))
				}
				after = page.Next
			}
		}
		open, err := list(admin)
		if whole, werr := s.UntiedTeachers(ctx, admin, "", 10); werr != nil || whole.Next != "" || cmp.Diff(whole.Rows, open, cmpopts.IgnoreUnexported(store.UntiedTeacher{})) != "" {
			t.Errorf("in pages %+v, whole %+v, %v", open, whole, werr)
		}
		if err != nil || len(open) != 6 {
			t.Fatalf("%d wait: %+v %v", len(open), open, err)
		}
		if n, err := s.TieTeachers(ctx, d.by.Tenant); err != nil || n != 0 {
			t.Errorf("tied %d, %v", n, err)
		}
		before, err := s.Authority(ctx, d.by)
		must(t, 0, err)
		if _, err := s.TieTeachers(ctx, d.by.Tenant); err != nil {
			t.Fatal(err)
		}
		if after, err := s.Authority(ctx, d.by); err != nil || after.Version != before.Version {
			t.Error("a night in which nobody is tied writes")
		}
		neu := person(d.north, school.Teacher, "Neu", "neu@nord.example")
		if n, err := s.TieTeachers(ctx, d.by.Tenant); err != nil || n != 1 {
			t.Errorf("when the list came: %d, %v", n, err)
		}
		if got := come("s6", "Theo Neu", "neu@nord.example"); got != neu {
			t.Errorf("%q", got)
		}
		if open, err = list(admin); err != nil || len(open) != 5 {
			t.Errorf("%d wait, %v", len(open), err)
		}
		stranger := newAuthority(t, s, "Anderswo")
		if open, err = list(stranger); err != nil || len(open) != 0 {
			t.Errorf("elsewhere: %+v %v", open, err)
		}
		if _, err := list(d.clerk(school.SchoolAdmin, d.north)); codeOf(err) != "not_found" {
			t.Errorf("a school: %v", err)
		}
	})
}
