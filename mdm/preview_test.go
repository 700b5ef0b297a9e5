package mdm_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/mdm"
	"ranzen/store/school"
)

// district is n devices over three schools, half of them in 7b of Gymnasium Nord.
func district(n int, assigned ...school.Assigned) []school.Facts {
	var out []school.Facts
	for i := range n {
		f := with(facts(), assigned...)
		f.Device.ID = school.DeviceID(fmt.Sprintf("dev-%05d", i))
		f.Device.Serial = fmt.Sprintf("F9FXK%05d", i)
		if i%2 == 1 {
			s := i % 3
			f.Place = school.Placement{School: school.SchoolID(fmt.Sprint("s", s)), SchoolName: []string{"Österbergschule", "Realschule West", "Grundschule am Anger"}[s], SchoolType: "Realschule"}
			f.Holder = nil
		}
		out = append(out, f)
	}
	return out
}

func change(kind school.ChangeKind, a school.Assigned) school.Change {
	return school.Change{Kind: kind, Assignment: a.Assignment, ScopeName: a.ScopeName, New: a.New}
}

func line(p school.Preview) string {
	s := fmt.Sprint(p.Total, ":")
	for _, g := range p.Groups {
		s += fmt.Sprintf(" %s", g.Kind)
		if g.Reason != "" {
			s += "(" + g.Reason + ")"
		}
		s += fmt.Sprintf(" %d", len(g.Devices))
		for _, i := range g.Items {
			s += fmt.Sprintf(" %s %d→%d", i.Name, i.From, i.To)
		}
	}
	return s
}

func TestPreview(t *testing.T) {
	a1, a2 := plain("a", 1), plain("a", 2)
	demanding := plain("a", 2)
	demanding.Content.Payloads[0].MinimumOS = "27"
	home := func(name string) *school.Version {
		return version(name, 1, content("de.example."+name, layout("com.example."+name)))
	}
	atClass := assign("new", school.AtClass, a2)
	silent := func(fs []school.Facts) {
		fs[0].Device.LastSeen = morning.AddDate(0, 0, -15)
	}
	old := func(fs []school.Facts) { fs[2].Device.OSVersion = "15.8" }
	for name, c := range map[string]struct {
		before []school.Assigned
		change school.Change
		world  func([]school.Facts)
		want   string
	}{
		"new":                  {nil, change(school.ChangeAssign, atClass), nil, "5: gains 5 a 0→2"},
		"another version":      {[]school.Assigned{assign("x", school.AtSchool, a1)}, change(school.ChangeAssign, atClass), nil, "5: alters 5 a 1→2"},
		"has it already":       {[]school.Assigned{assign("x", school.AtSchool, a2)}, change(school.ChangeAssign, atClass), nil, "5: same(already) 5"},
		"a fixed one decides":  {[]school.Assigned{assign("x", school.AtAuthority, a1, fixed)}, change(school.ChangeAssign, atClass), nil, "5: same(fixed) 5"},
		"a nearer one decides": {[]school.Assigned{assign("x", school.AtDevice, a1)}, change(school.ChangeAssign, atClass), func(fs []school.Facts) {}, "5: same(nearer) 5"},
		"one is silent":        {nil, change(school.ChangeAssign, atClass), silent, "5: gains 4 a 0→2 unknown 1"},
		"one is too old":       {nil, change(school.ChangeAssign, assign("new", school.AtClass, demanding)), func(fs []school.Facts) {}, "5: impossible(needs_os) 5 a 0→2"},
		"mixed":                {nil, change(school.ChangeAssign, atClass), func(fs []school.Facts) { silent(fs); old(fs) }, "5: gains 4 a 0→2 unknown 1"},
		"the older one stays":  {[]school.Assigned{assign("x", school.AtSchool, a1)}, change(school.ChangeAssign, assign("new", school.AtClass, demanding)), nil, "5: impossible(needs_os) 5 a 1→2"},
		"unassign":             {[]school.Assigned{assign("x", school.AtClass, a1)}, change(school.ChangeUnassign, assign("x", school.AtClass, a1)), nil, "10: loses 10 a 1→0"},
		"unassign, wanted by another": {[]school.Assigned{assign("x", school.AtClass, a1), assign("y", school.AtSchool, a1)}, change(school.ChangeUnassign, assign("x", school.AtClass, a1)), nil,
			"10: same(elsewhere) 10"},
		"exclude": {[]school.Assigned{assign("x", school.AtSchool, a1)}, change(school.ChangeAssign, assign("new", school.AtClass, a1, excluded)), nil, "5: loses 5 a 1→0"},
		"version": {[]school.Assigned{assign("x", school.AtClass, a1)}, func() school.Change {
			c := change(school.ChangeVersion, assign("x", school.AtClass, a1))
			c.New = a2
			return c
		}(), nil, "10: alters 10 a 1→2"},
		"a single payload overrules": {[]school.Assigned{assign("x", school.AtSchool, home("h"))}, change(school.ChangeAssign, assign("new", school.AtClass, home("g"))), nil, "5: loses 5 g 0→1 h 1→0"},
	} {
		fs := district(10, c.before...)
		if c.world != nil {
			c.world(fs)
		}
		if got := line(mdm.Preview(fs, nil, c.change, morning)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestAMoveIsPlannedWhole(t *testing.T) {
	wlan, clipping := network("wlan", 1), plain("a", 1)
	there := network("west", 1)
	fs := district(10, assign("x", school.AtSchool, wlan), assign("y", school.AtAuthority, clipping))[:1]
	fs[0].Place.Person, fs[0].Holder = "", nil
	c := school.Change{Kind: school.ChangeMove, Devices: []school.DeviceID{fs[0].Device.ID}, To: school.Placement{School: "west", SchoolName: "Realschule West", SchoolType: "Realschule"},
		Enters: []school.Assigned{func() school.Assigned {
			a := assign("z", school.AtSchool, there)
			a.Scope.ID = "west"
			return a
		}()}}
	i := mdm.Desired(fs[0]).Items
	have := settled(fs[0], i...)
	p := mdm.Preview(fs, map[school.DeviceID]school.Reported{fs[0].Device.ID: have}, c, morning)
	if got, want := line(p), "1: loses 1 west 0→1 wlan 1→0"; got != want || p.Lifelines != 1 {
		t.Errorf("%s, %d lifelines; want %s, 1", got, p.Lifelines, want)
	}
}

func TestSchoolsStandInOrderAndAddUp(t *testing.T) {
	c := change(school.ChangeUnassign, assign("x", school.AtAuthority, plain("a", 1)))
	p := mdm.Preview(district(60, assign("x", school.AtAuthority, plain("a", 1))), nil, c, morning)
	var names []string
	n := 0
	for _, s := range p.Groups[0].Schools {
		names = append(names, s.Name)
		n += s.Count
	}
	if diff := cmp.Diff([]string{"Grundschule am Anger", "Gymnasium Nord", "Österbergschule", "Realschule West"}, names); diff != "" || n != 60 {
		t.Errorf("%d devices %s", n, diff)
	}
}

func TestGroupsAddUp(t *testing.T) {
	pool := []*school.Version{plain("a", 1), plain("a", 2), plain("b", 1), network("c", 1), version("d", 1, content("d", clip("{{person.email}}")))}
	rapid.Check(t, func(t *rapid.T) {
		fs := district(12, drawAssigned(t, pool)...)
		have := map[school.DeviceID]school.Reported{}
		for i := range fs {
			if rapid.Bool().Draw(t, "old") {
				fs[i].Device.OSVersion = "3.0"
			}
			have[fs[i].Device.ID] = school.Reported{LastSeen: morning.Add(-time.Duration(rapid.IntRange(0, 20).Draw(t, "days")) * 24 * time.Hour)}
			fs[i].Device.LastSeen = time.Time{}
		}
		opts := []option{}
		if rapid.Bool().Draw(t, "exclude") {
			opts = append(opts, excluded)
		}
		a := assign("new", school.Level(rapid.IntRange(1, 8).Draw(t, "level")), pool[rapid.IntRange(0, len(pool)-1).Draw(t, "version")], opts...)
		c := change(school.ChangeAssign, a)
		p := mdm.Preview(fs, have, c, morning)
		seen := map[school.DeviceID]bool{}
		for _, g := range p.Groups {
			count := 0
			for _, s := range g.Schools {
				count += s.Count
			}
			if count != len(g.Devices) || count == 0 {
				t.Fatalf("%s: %d devices, %d by school", g.Kind, len(g.Devices), count)
			}
			for _, d := range g.Devices {
				if seen[d] {
					t.Fatalf("%s is counted twice", d)
				}
				seen[d] = true
			}
		}
		if len(seen) != p.Total {
			t.Fatalf("%d devices in groups, %d in scope", len(seen), p.Total)
		}
		for _, f := range fs { // the plan tells what Desired does
			before, after := mdm.Desired(f), mdm.Desired(c.Apply(f))
			changed := len(before.Items) != len(after.Items)
			for _, i := range before.Items {
				j, ok := after.Item(i.Key)
				changed = changed || !ok || i.Hash != j.Hash
			}
			for _, g := range p.Groups {
				for _, d := range g.Devices {
					quiet := g.Kind == school.Same || g.Kind == school.Impossible
					if d == f.Device.ID && changed == quiet && !(changed && g.Kind == school.Impossible) {
						t.Fatalf("%s stands under %s, changed: %v", d, g.Kind, changed)
					}
				}
			}
		}
		shuffled := rapid.Permutation(fs).Draw(t, "order")
		if diff := cmp.Diff(p, mdm.Preview(shuffled, have, c, morning)); diff != "" {
			t.Fatalf("the order of the facts matters: %s", diff)
		}
	})
}

func BenchmarkPreviewOfAWholeAuthority(b *testing.B) {
	var before []school.Assigned
	for n := range 12 {
		before = append(before, assign(fmt.Sprint("as-", n), school.Level(1+n%4), plain(fmt.Sprint("p", n), 1)))
	}
	before = append(before, assign("mail", school.AtAuthority, version("mail", 1, content("mail", clip("{{device.serial}}")))))
	fs := district(28_000, before...)
	c := change(school.ChangeVersion, before[3])
	c.New = plain("p3", 2)
	b.ResetTimer()
	for range b.N {
		if p := mdm.Preview(fs, nil, c, morning); p.Total != 28_000 {
			b.Fatal(p.Total)
		}
	}
}
