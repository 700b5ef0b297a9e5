package school

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"
)

// table reads the table of permissions from the package comment: verb, then column, then whether it may.
func table(t testing.TB) map[Verb]map[string]bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "actor.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	var head []string
	out := map[Verb]map[string]bool{}
	for _, line := range strings.Split(f.Doc.Text(), "\n") {
		cells := strings.Fields(line)
		switch {
		case len(cells) > 5 && cells[0] == "verb":
			head = cells[1:]
		case head != nil && len(cells) == len(head)+1 && strings.HasPrefix(line, "\t"):
			row := map[string]bool{}
			for i, c := range cells[1:] {
				if c != "x" && c != "-" {
					t.Fatalf("%s: %s is no cell", cells[0], c)
				}
				row[head[i]] = c == "x"
			}
			out[Verb(cells[0])] = row
		}
	}
	if len(head) != len(Roles)+1 {
		t.Fatalf("columns %v, roles %v", head, Roles)
	}
	return out
}

// TestTheTableOfPermissionsIsTheCode: what stands in the package comment is what Can says, for every verb and role, at the
// node of the role and nowhere else.
func TestTheTableOfPermissionsIsTheCode(t *testing.T) {
	said := table(t)
	if len(said) != len(Verbs) {
		t.Errorf("%d verbs in the table, %d in the code", len(said), len(Verbs))
	}
	here, there := Where{Authority: "a", School: "s"}, []Where{{Authority: "a", School: "next door"}, {Authority: "b", School: "s"}, {Authority: "b"}, {}}
	for _, verb := range Verbs {
		row, ok := said[verb]
		if !ok {
			t.Errorf("%s stands in no row", verb)
			continue
		}
		operator := Actor{Kind: PersonActor, Tenant: "a", Grants: []Grant{{Role: Operator}}}
		if got := operator.Can(verb, Where{}); got != row["installation"] {
			t.Errorf("an operator of the installation, %s: %v", verb, got)
		}
		if got := operator.Can(verb, here); got != row["installation"] {
			t.Errorf("an operator without access, %s: %v", verb, got)
		}
		for _, role := range Roles {
			want := row[string(role)]
			for _, at := range []SchoolID{"", "s"} {
				if !role.Stands(at) {
					continue
				}
				a := Actor{Kind: PersonActor, Tenant: "a", Grants: []Grant{{Role: role, Authority: "a", School: at}}}
				if got := a.Can(verb, here); got != want {
					t.Errorf("%s at %q, %s: %v", role, at, verb, got)
				}
				if got := a.Can(verb, Where{Authority: "a"}); got != (want && at == "") {
					t.Errorf("%s at %q, %s for the whole authority: %v", role, at, verb, got)
				}
				for _, w := range there {
					if w.Authority == "a" && at == "" {
						continue
					}
					if a.Can(verb, w) {
						t.Errorf("%s at %q reaches %+v with %s", role, at, w, verb)
					}
				}
			}
		}
	}
}

func TestNobodyCoversMoreThanTheyHave(t *testing.T) {
	as := func(role Role, at SchoolID) Actor {
		return Actor{Kind: PersonActor, Tenant: "a", Grants: []Grant{{Role: role, Authority: "a", School: at}}}
	}
	for _, x := range []struct {
		by   Actor
		role Role
		at   SchoolID
		want bool
	}{
		{as(AuthorityAdmin, ""), AuthorityAdmin, "", true},
		{as(AuthorityAdmin, ""), TeacherRole, "s", true}, // a part of what it sees
		{as(AuthorityAdmin, ""), Repair, "", true},
		{as(AuthorityAdmin, ""), Clerk, "s", true},
		{as(SchoolAdmin, "s"), Desk, "s", true},
		{as(SchoolAdmin, "s"), Desk, "", false},
		{as(SchoolAdmin, "s"), TeacherRole, "next", false},
		{as(SchoolAdmin, "s"), AuthorityAdmin, "", false},
		{as(Desk, "s"), Clerk, "s", true},
		{as(Desk, "s"), TeacherRole, "s", false},
		{as(Clerk, "s"), Desk, "s", false},
		{as(TeacherRole, "s"), Clerk, "s", false},
		{as(Operator, ""), AuthorityAdmin, "", false},
		{as(Operator, ""), Auditor, "", true},
		{as(Operator, ""), Clerk, "s", false}, // it would find people
		{as(Auditor, ""), Operator, "", false},
	} {
		if got := x.by.Covers(x.role, Where{Authority: "a", School: x.at}); got != x.want {
			t.Errorf("%v covers %s at %q: %v", x.by.Grants[0], x.role, x.at, got)
		}
	}
}

func TestARoleHoldsFromItsFirstToItsLastMoment(t *testing.T) {
	from := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	g := Grant{From: from, Until: from.Add(time.Hour)}
	for at, want := range map[time.Time]bool{from.Add(-1): false, from: true, from.Add(time.Hour - 1): true, from.Add(time.Hour): false} {
		if g.Holds(at) != want {
			t.Errorf("at %v: %v", at, !want)
		}
	}
}
