package store_test

import (
	"context"
	"slices"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// names are the states of the orders to call a device, oldest first.
func (o *ordering) names(id school.DeviceID) (out []string) {
	o.t.Helper()
	orders, err := o.s.Orders(context.Background(), o.by, id, 50)
	for _, x := range must(o.t, orders, err) {
		if x.Kind == school.Rename {
			out = append(out, string(x.State))
		}
	}
	slices.Reverse(out)
	return out
}

// TestKSM04_NobodyBearsTheNameOfTheOneBefore: where iPads are called by people each is called anew when somebody gets it or gives it
// back, by whatever way, also by undo and by a desk, which may order nothing; and nowhere else is anything sent.
func TestKSM04_NobodyBearsTheNameOfTheOneBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		o := newOrdering(t, s, nil, 3)
		desk := o.person("ausgabe", school.Desk, o.town.north)
		lena, deniz := o.pupil(o.town.north, "", "Lena", "Muster"), o.pupil(o.town.north, "", "Deniz", "Yılmaz")
		is := func(what string, id school.DeviceID, want ...string) {
			t.Helper()
			if got := o.names(id); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		_, _, err := s.Issue(ctx, desk, lena, o.ids[0])
		must(t, 0, err)
		is("neutral names", o.ids[0])

		a, err := s.Authority(ctx, o.by)
		want := must(t, a, err)
		want.Policy.DeviceNames = school.NamedByPerson
		_, err = s.ChangeAuthority(ctx, o.by, a, want)
		must(t, 0, err)
		is("the policy alone", o.ids[0])

		_, set, err := s.Issue(ctx, desk, deniz, o.ids[1])
		must(t, 0, err)
		is("handed out", o.ids[1], "waiting")
		if kinds, void := o.offered(o.ids[1]); !slices.Contains(kinds, string(school.Rename)) || len(void) > 0 {
			t.Errorf("it is not offered: %v %v", kinds, void)
		}
		_, err = s.Undo(ctx, o.by, set)
		must(t, 0, err)
		is("undone", o.ids[1], "cancelled", "waiting")
		_, err = s.TakeBack(ctx, desk, o.ids[0])
		must(t, 0, err)
		is("taken back", o.ids[0], "waiting")
		_, _, err = s.Issue(ctx, desk, deniz, o.ids[0])
		must(t, 0, err)
		is("and to the next one", o.ids[0], "cancelled", "waiting")
		if kinds, void := o.offered(o.ids[0]); !slices.Contains(kinds, string(school.Rename)) || len(void) > 0 {
			t.Errorf("it is not offered: %v %v", kinds, void)
		}

		must(t, 0, s.Exec(ctx, `UPDATE device SET ownership = 'parent' WHERE id = $1`, string(o.ids[2])))
		_, _, err = s.Issue(ctx, desk, lena, o.ids[2])
		must(t, 0, err)
		is("an iPad of parents", o.ids[2])
	})
}

// Where iPads are called by their class, the turn of a year and every other way into a class calls them anew by itself; an iPad
// whose class stays what it is called gets nothing.
func TestMUC05_NoIPadBearsTheNameOfLastYearsClass(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		o := newOrdering(t, s, nil, 3)
		a, b := o.class(o.town.north, "7a"), o.class(o.town.north, "7b")
		lena, tom := o.pupil(o.town.north, a, "Lena", "Muster"), o.pupil(o.town.north, b, "Tom", "Weiß")
		for i, p := range []school.PersonID{lena, tom} {
			_, _, err := s.Issue(ctx, o.by, p, o.ids[i])
			must(t, 0, err)
		}
		is, err := s.Authority(ctx, o.by)
		want := must(t, is, err)
		want.Policy.DeviceNames = school.NamedByClass
		_, err = s.ChangeAuthority(ctx, o.by, is, want)
		must(t, 0, err)
		calls := func(what string, want ...int) {
			t.Helper()
			for i, n := range want {
				if got := o.names(o.ids[i]); len(got) != n || n > 0 && got[n-1] != "waiting" {
					t.Errorf("%s, iPad %d: %v, want %d", what, i, got, n)
				}
			}
		}
		calls("the policy alone", 0, 0, 0)
		c, err := s.ClassByID(ctx, o.by, a)
		next := must(t, c, err).Class
		next.Name, next.Grade = "8a", "8"
		set, err := s.ChangeClass(ctx, o.by, next)
		must(t, set, err)
		calls("its class is called otherwise", 1, 0, 0)
		_, err = s.MoveToClass(ctx, o.by, a, tom)
		must(t, 0, err)
		calls("another class", 1, 1, 0)
		next.Name = "8a"
		_, err = s.ChangeClass(ctx, o.by, next)
		must(t, 0, err)
		calls("nothing new", 1, 1, 0)
	})
}
