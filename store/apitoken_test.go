package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

func TestAPITokenActsWithinItsVerbsOnly(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		root := newAuthority(t, s, "Musterstadt")
		nord, sued := newSchool(t, s, root, "Nord"), newSchool(t, s, root, "Süd")
		admin := somebody(t, s, root, "chefin", school.Grant{Role: school.AuthorityAdmin})
		for name, x := range map[string]store.APIToken{
			"teacher":          {Name: "x", Role: school.TeacherRole, School: nord, Verbs: []school.Verb{school.Teach}},
			"clerk":            {Name: "x", Role: school.Clerk, School: nord, Verbs: []school.Verb{school.Lend}},
			"auditor at one":   {Name: "x", Role: school.Auditor, School: nord, Verbs: []school.Verb{school.View}},
			"operator":         {Name: "x", Role: school.Operator, Verbs: []school.Verb{school.View}},
			"verb of nobody":   {Name: "x", Role: school.AuthorityAdmin, Verbs: []school.Verb{"fly"}},
			"verb not of role": {Name: "x", Role: school.Auditor, Verbs: []school.Verb{school.Assign}},
			"no verb":          {Name: "x", Role: school.Auditor},
			"no school":        {Name: "x", Role: school.SchoolAdmin, Verbs: []school.Verb{school.View}},
			"unknown school":   {Name: "x", Role: school.SchoolAdmin, School: "nowhere", Verbs: []school.Verb{school.View}},
			"ended":            {Name: "x", Role: school.Auditor, Verbs: []school.Verb{school.View}, Ends: h.now()},
		} {
			if _, _, err := s.CreateAPIToken(ctx, admin, x); err == nil {
				t.Errorf("%s: made", name)
			}
		}
		for _, x := range []store.APIToken{{Name: "Schrank", Role: school.Desk, School: nord, Verbs: []school.Verb{school.Lend}},
			{Name: "Pult", Role: school.Desk, Verbs: []school.Verb{school.Lend}}, {Name: "Werkstatt", Role: school.Repair, Verbs: []school.Verb{school.Mend}}} {
			id, secret, err := s.CreateAPIToken(ctx, admin, x)
			if err != nil {
				t.Fatalf("%s: %v", x.Name, err)
			}
			by, err := s.TokenActor(ctx, secret)
			if err != nil || !by.Can(x.Verbs[0], school.Where{Authority: root.Tenant, School: nord}) || by.Can(x.Verbs[0], school.Where{Authority: root.Tenant, School: sued}) != (x.School == "") ||
				by.CanSomewhere(school.View, root.Tenant) {
				t.Errorf("%s: %+v %v", x.Name, by, err)
			}
			if err := s.RevokeAPIToken(ctx, admin, id); err != nil {
				t.Fatal(err)
			}
		}
		id, secret, err := s.CreateAPIToken(ctx, admin, store.APIToken{Name: "Inventar", Role: school.SchoolAdmin, School: nord,
			Verbs: []school.Verb{school.View, school.EditDevices}, Ends: h.now().Add(time.Hour)})
		if err != nil || !strings.HasPrefix(secret, "rz_") {
			t.Fatal(secret, err)
		}
		by, err := s.TokenActor(ctx, secret)
		if err != nil {
			t.Fatal(err)
		}
		at := func(x school.SchoolID) school.Where { return school.Where{Authority: root.Tenant, School: x} }
		if !by.Can(school.EditDevices, at(nord)) || by.Can(school.Assign, at(nord)) || by.Can(school.View, at(sued)) || by.ID() != string(id) {
			t.Fatalf("actor: %+v", by)
		}
		s.Statements()
		if _, err := s.TokenActor(ctx, secret); err != nil || len(s.Statements()) != 1 {
			t.Fatal("within a minute one query is enough")
		}
		page, err := s.APITokens(ctx, admin, "", 0)
		if err != nil || len(page.Rows) != 4 || page.Rows[0].Used.IsZero() || page.Rows[0].ByName != admin.Name || len(page.Rows[0].Verbs) != 2 {
			t.Fatalf("%+v %v", page, err)
		}
		if _, err := s.APITokens(ctx, by, "", 0); school.KindOf(err) != school.NotFound {
			t.Fatalf("a token lists tokens: %v", err)
		}
		gone := func(what string) {
			t.Helper()
			if _, err := s.TokenActor(ctx, secret); school.KindOf(err) != school.NotFound {
				t.Fatalf("%s: %v", what, err)
			}
		}
		second := somebody(t, s, root, "vertretung", school.Grant{Role: school.AuthorityAdmin})
		if err := s.DisableAccount(ctx, second, admin.Account); err != nil {
			t.Fatal(err)
		}
		gone("its maker is disabled")
		if err := s.EnableAccount(ctx, second, admin.Account); err != nil {
			t.Fatal(err)
		}
		if _, err := s.TokenActor(ctx, secret); err != nil {
			t.Fatal(err)
		}
		h.turn(2 * time.Hour)
		gone("ended")
		h.turn(-2 * time.Hour)
		if err := s.RevokeAPIToken(ctx, newAuthority(t, s, "Anderswo"), id); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		if err := s.RevokeAPIToken(ctx, second, id); err != nil {
			t.Fatal(err)
		}
		gone("revoked")
		secret = "rz_erfunden"
		gone("invented")
	})
}
