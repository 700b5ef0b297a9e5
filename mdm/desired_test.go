package mdm_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/mdm"
	"ranzen/store/school"
)

// told writes a state as short lines: items as name:number, what was left out as name!code.
func told(s mdm.State) string {
	var lines []string
	for _, i := range s.Items {
		lines = append(lines, i.Name+":"+strconv.Itoa(i.Number))
	}
	for _, l := range s.Left {
		lines = append(lines, l.Name+"!"+string(l.Code))
	}
	return strings.Join(lines, " ")
}

func TestPrecedence(t *testing.T) {
	a1, a2, a3, b1 := plain("a", 1), plain("a", 2), plain("a", 3), plain("b", 1)
	home := func(name string) *school.Version {
		return version(name, 1, content("de.example."+name, layout("com.example."+name)))
	}
	bucket := school.DeviceID("dev-1").Bucket()
	for name, c := range map[string]struct {
		assigned []school.Assigned
		want     string
	}{
		"nothing assigned":                 {nil, ""},
		"nearest wins":                     {[]school.Assigned{assign("1", school.AtAuthority, a1), assign("2", school.AtClass, a2), assign("3", school.AtSchool, a3)}, "a:2"},
		"device is nearest":                {[]school.Assigned{assign("1", school.AtDevice, a1), assign("2", school.AtPerson, a2)}, "a:1"},
		"person before group":              {[]school.Assigned{assign("1", school.AtGroup, a1), assign("2", school.AtPerson, a2)}, "a:2"},
		"group before class":               {[]school.Assigned{assign("1", school.AtGroup, a1), assign("2", school.AtClass, a2)}, "a:1"},
		"class before grade":               {[]school.Assigned{assign("1", school.AtGrade, a1), assign("2", school.AtClass, a2)}, "a:2"},
		"school before school type":        {[]school.Assigned{assign("1", school.AtSchoolType, a1), assign("2", school.AtSchool, a2)}, "a:2"},
		"fixed beats nearer":               {[]school.Assigned{assign("1", school.AtSchool, a1, fixed), assign("2", school.AtDevice, a2)}, "a:1"},
		"of two fixed the higher":          {[]school.Assigned{assign("1", school.AtSchool, a1, fixed), assign("2", school.AtAuthority, a2, fixed)}, "a:2"},
		"nearer exclusion":                 {[]school.Assigned{assign("1", school.AtSchool, a1), assign("2", school.AtClass, a1, excluded)}, "a!excluded"},
		"same level: excluded":             {[]school.Assigned{assign("1", school.AtClass, a1), assign("2", school.AtClass, a1, excluded)}, "a!excluded"},
		"nearer wish beats exclusion":      {[]school.Assigned{assign("1", school.AtSchool, a1, excluded), assign("2", school.AtClass, a1)}, "a:1"},
		"fixed wish beats exclusion":       {[]school.Assigned{assign("1", school.AtAuthority, a1, fixed), assign("2", school.AtDevice, a1, excluded)}, "a:1"},
		"fixed exclusion beats wish":       {[]school.Assigned{assign("1", school.AtAuthority, a1, fixed, excluded), assign("2", school.AtDevice, a1)}, "a!excluded"},
		"exclusion of nothing wanted":      {[]school.Assigned{assign("1", school.AtClass, a1, excluded)}, ""},
		"profiles add up":                  {[]school.Assigned{assign("1", school.AtAuthority, a1), assign("2", school.AtDevice, b1)}, "a:1 b:1"},
		"same level: the later assignment": {[]school.Assigned{assign("1", school.AtGroup, a1, created(morning)), assign("2", school.AtGroup, a2)}, "a:1"},
		"single: the nearer whole":         {[]school.Assigned{assign("1", school.AtAuthority, home("x")), assign("2", school.AtClass, home("y"))}, "y:1 x!overruled"},
		"single: the fixed whole":          {[]school.Assigned{assign("1", school.AtAuthority, home("x"), fixed), assign("2", school.AtClass, home("y"))}, "x:1 y!overruled"},
		"single: three":                    {[]school.Assigned{assign("1", school.AtAuthority, home("x")), assign("2", school.AtClass, home("y")), assign("3", school.AtGroup, home("z"))}, "z:1 x!overruled y!overruled"},
		"single: excluded does not count":  {[]school.Assigned{assign("1", school.AtAuthority, home("x")), assign("2", school.AtClass, home("y")), assign("3", school.AtDevice, home("y"), excluded)}, "x:1 y!excluded"},
		"before its window":                {[]school.Assigned{assign("1", school.AtClass, a1, from(morning.Add(time.Hour)))}, "a!not_yet"},
		"window begins now":                {[]school.Assigned{assign("1", school.AtClass, a1, from(morning))}, "a:1"},
		"window over":                      {[]school.Assigned{assign("1", school.AtClass, a1, until(morning))}, ""},
		"window still open":                {[]school.Assigned{assign("1", school.AtClass, a1, until(morning.Add(1)))}, "a:1"},
		"later window, already wanted":     {[]school.Assigned{assign("1", school.AtClass, a2, from(morning.Add(time.Hour))), assign("2", school.AtSchool, a1)}, "a:1"},
		"exclusion in its window only":     {[]school.Assigned{assign("1", school.AtClass, a1), assign("2", school.AtDevice, a1, excluded, from(morning.Add(1)))}, "a:1"},
		"rollout reached":                  {[]school.Assigned{assign("1", school.AtClass, a2, staged(bucket+1, a1))}, "a:2"},
		"rollout not reached":              {[]school.Assigned{assign("1", school.AtClass, a2, staged(bucket, a1))}, "a:1"},
		"rollout of something new":         {[]school.Assigned{assign("1", school.AtClass, a2, staged(bucket, nil))}, "a!later_stage"},
		"rollout not reached, higher wish": {[]school.Assigned{assign("1", school.AtClass, a2, staged(bucket, nil)), assign("2", school.AtSchool, a1)}, "a:1"},
	} {
		if got := told(mdm.Desired(with(facts(), c.assigned...))); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestTheReasonNamesWhoDecided(t *testing.T) {
	a, b := version("a", 1, content("x", layout("a"))), version("b", 4, content("x", layout("b")))
	s := mdm.Desired(with(facts(), assign("1", school.AtAuthority, a, fixed), assign("2", school.AtClass, b), assign("3", school.AtSchool, a)))
	want := mdm.Via{Assignment: "1", Level: school.AtAuthority, ScopeName: "authority", Fixed: true, Since: morning.AddDate(0, -2, 0), By: "Anna Admin"}
	if diff := cmp.Diff(want, s.Items[0].Via); diff != "" {
		t.Error(diff)
	}
	if len(s.Items[0].Also) != 1 || s.Items[0].Also[0].Assignment != "3" {
		t.Errorf("the school wants it too: %+v", s.Items[0].Also)
	}
	wantArgs := map[string]string{"winner": "a", "type": "com.apple.homescreenlayout", "scope": "authority", "fixed": "true"}
	if diff := cmp.Diff(wantArgs, s.Left[0].Args); diff != "" || s.Left[0].Via.Assignment != "2" || s.Left[0].Number != 4 {
		t.Errorf("%s %+v", diff, s.Left[0])
	}
}

func TestUntilIsTheNextEdge(t *testing.T) {
	a := plain("a", 1)
	for name, c := range map[string]struct {
		assigned []school.Assigned
		want     time.Time
	}{
		"no window":  {[]school.Assigned{assign("1", school.AtClass, a)}, time.Time{}},
		"both edges": {[]school.Assigned{assign("1", school.AtClass, a, from(morning.Add(2)), until(morning.Add(5)))}, morning.Add(2)},
		"two":        {[]school.Assigned{assign("1", school.AtClass, a, until(morning.Add(9))), assign("2", school.AtSchool, a, from(morning.Add(-3)), until(morning.Add(4)))}, morning.Add(4)},
		"past":       {[]school.Assigned{assign("1", school.AtClass, a, from(morning.Add(-3)), until(morning))}, time.Time{}},
		"exclusion":  {[]school.Assigned{assign("1", school.AtClass, a, excluded, until(morning.Add(4)))}, morning.Add(4)},
	} {
		if got := mdm.Desired(with(facts(), c.assigned...)).Until; !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestWhatCannotComeSaysWhy(t *testing.T) {
	demanding := plain("a", 1)
	demanding.Content.Payloads[0].MinimumOS = "17.0"
	supervised := plain("a", 1)
	supervised.Content.Payloads[0].Supervised = true
	variable := func(name string) *school.Version {
		return version("a", 1, content("a", clip("für {{"+name+"}}")))
	}
	unconfirmed := func(f *school.Facts) { f.Device.Confirmed = false }
	for name, c := range map[string]struct {
		a     school.Assigned
		world func(*school.Facts)
		want  string
		args  map[string]string
	}{
		"old system":            {assign("1", school.AtClass, demanding), func(f *school.Facts) { f.Device.OSVersion = "15.8" }, "a!needs_os", map[string]string{"want": "17.0", "have": "15.8"}},
		"exact system":          {assign("1", school.AtClass, demanding), func(f *school.Facts) { f.Device.OSVersion = "17.0" }, "a:1", nil},
		"not yet asked":         {assign("1", school.AtClass, demanding), func(f *school.Facts) { f.Device.OSVersion, f.Device.InventoryAt = "", time.Time{} }, "a!awaiting_inventory", nil},
		"unsupervised":          {assign("1", school.AtClass, supervised), func(f *school.Facts) { f.Device.Supervised = false }, "a!needs_supervision", nil},
		"supervision not asked": {assign("1", school.AtClass, supervised), func(f *school.Facts) { f.Device.Supervised, f.Device.InventoryAt = false, time.Time{} }, "a!awaiting_inventory", nil},
		"variable":              {assign("1", school.AtClass, variable("person.email")), nil, "a:1", nil},
		"unknown variable":      {assign("1", school.AtClass, variable("person.shoe")), nil, "a!unknown_variable", map[string]string{"variable": "person.shoe"}},
		"nobody holds it":       {assign("1", school.AtClass, variable("person.email")), func(f *school.Facts) { f.Holder = nil }, "a!empty_variable", map[string]string{"variable": "person.email"}},
		"a value with NUL":      {assign("1", school.AtClass, variable("person.given")), func(f *school.Facts) { f.Holder.Given = "L\x00" }, "a!bad_variable", map[string]string{"variable": "person.given"}},
		"unconfirmed: plain profile of the school":  {assign("1", school.AtSchool, plain("a", 1)), unconfirmed, "a:1", nil},
		"unconfirmed: nearer than the school":       {assign("1", school.AtClass, plain("a", 1)), unconfirmed, "a!unconfirmed", nil},
		"unconfirmed: variables":                    {assign("1", school.AtSchool, variable("school.name")), unconfirmed, "a!unconfirmed", nil},
		"unconfirmed: a password":                   {assign("1", school.AtAuthority, network("a", 1)), unconfirmed, "a!unconfirmed", nil},
		"unconfirmed: excluded all the same":        {assign("1", school.AtDevice, plain("a", 1), excluded), unconfirmed, "", nil},
		"through a user channel nothing is carried": {assign("1", school.AtSchool, plain("a", 1)), func(f *school.Facts) { f.Channel = school.UserChannel }, "", nil},
	} {
		f := with(facts(), c.a)
		if c.world != nil {
			c.world(&f)
		}
		s := mdm.Desired(f)
		if got := told(s); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		} else if len(s.Left) > 0 {
			if diff := cmp.Diff(c.args, s.Left[0].Args); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

func TestOwnerAndDeclarations(t *testing.T) {
	for name, c := range map[string]struct {
		world       func(*school.Facts)
		owner       school.Owner
		declarative bool
	}{
		"by command unless decided":   {func(f *school.Facts) {}, school.ByCommand, true},
		"declared by policy":          {func(f *school.Facts) { f.Policy.DeclaredProfiles = true }, school.ByDeclaration, true},
		"too old for declared":        {func(f *school.Facts) { f.Policy.DeclaredProfiles, f.Device.OSVersion = true, "16.7" }, school.ByCommand, true},
		"too old for declarations":    {func(f *school.Facts) { f.Policy.DeclaredProfiles, f.Device.OSVersion = true, "15.8" }, school.ByCommand, false},
		"refused declarations before": {func(f *school.Facts) { f.Policy.DeclaredProfiles, f.NoDeclarations = true, true }, school.ByCommand, false},
	} {
		f := with(facts(), assign("1", school.AtClass, plain("a", 1)))
		c.world(&f)
		s := mdm.Desired(f)
		if s.Items[0].Owner != c.owner || s.Declarative != c.declarative {
			t.Errorf("%s: %s %v", name, s.Items[0].Owner, s.Declarative)
		}
	}
}

func TestEqualDevicesShareASet(t *testing.T) {
	personal := version("mail", 1, content("mail", clip("{{person.email}}")))
	one := with(facts(), assign("1", school.AtClass, personal), assign("2", school.AtSchool, network("wlan", 1)))
	two := one
	two.Device.ID, two.Device.Serial, two.Enrollment = "dev-2", "F9FXK2ABCE", "enr-2"
	two.Holder = &school.Person{Given: "Deniz", Family: "Beispiel", Email: "deniz@schule.example"}
	a, b := mdm.Desired(one), mdm.Desired(two)
	if a.Set != b.Set {
		t.Error("two devices with the same templates have different sets")
	}
	if a.Items[0].Hash == b.Items[0].Hash || len(a.Overlay) != 1 || a.Overlay["de.example.mail"] == b.Overlay["de.example.mail"] {
		t.Error("a personal item looks the same on both")
	}
	if a.Items[1].Hash != b.Items[1].Hash {
		t.Error("an item without variables differs")
	}
	two.Assigned = two.Assigned[:1]
	if mdm.Desired(two).Set == a.Set {
		t.Error("a missing item does not change the set")
	}
	other := one
	other.Key = []byte("another authority")
	if mdm.Desired(other).Items[1].Hash == a.Items[1].Hash {
		t.Error("the content hash does not depend on the key of the authority")
	}
}

func TestDeliveredProfileCarriesItsHash(t *testing.T) {
	f := with(facts(), assign("1", school.AtClass, version("mail", 1, content("mail", clip("{{person.name}}")))))
	i := mdm.Desired(f).Items[0]
	body, err := i.Deliver(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Lena Muster", "de.example.mail", delivered(i.Hash)} {
		if !strings.Contains(string(body), part) {
			t.Errorf("%q is missing in %s", part, body)
		}
	}
	f.Holder = nil
	if _, err := i.Deliver(f); err == nil {
		t.Error("a profile without its person was delivered")
	}
}

// drawAssigned draws assignments of five profiles over all levels, with windows, exclusions and rollouts.
func drawAssigned(t *rapid.T, pool []*school.Version) []school.Assigned {
	n := rapid.IntRange(0, 9).Draw(t, "assignments")
	var out []school.Assigned
	for i := range n {
		var opts []option
		if rapid.IntRange(0, 3).Draw(t, "fixed") == 0 {
			opts = append(opts, fixed)
		}
		v := pool[rapid.IntRange(0, len(pool)-1).Draw(t, "version")]
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0, 1:
			opts = append(opts, excluded)
		case 2:
			opts = append(opts, from(morning.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "from"))*time.Hour)))
		case 3:
			opts = append(opts, until(morning.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "until"))*time.Hour)))
		case 4:
			opts = append(opts, staged(rapid.SampledFrom([]int{0, school.Buckets}).Draw(t, "stage"), nil))
		}
		opts = append(opts, created(morning.Add(-time.Duration(rapid.IntRange(1, 3).Draw(t, "age"))*time.Hour)))
		out = append(out, assign(fmt.Sprintf("as-%d", i), school.Level(rapid.IntRange(1, 8).Draw(t, "level")), v, opts...))
	}
	return out
}

// naive says what a device gets by reading the rules aloud: one profile after the other, each assignment against each.
func naive(list []school.Assigned, at time.Time, bucket int) map[string]int {
	beats := func(a, b school.Assigned) bool {
		if a.Fixed && !b.Fixed || !a.Fixed && b.Fixed {
			return a.Fixed
		}
		if a.Fixed && a.Scope.Level != b.Scope.Level {
			return a.Scope.Level < b.Scope.Level
		}
		if a.Scope.Level != b.Scope.Level {
			return a.Scope.Level > b.Scope.Level
		}
		if a.Mode != b.Mode {
			return a.Mode == school.Excluded
		}
		if !a.Created.Equal(b.Created) {
			return a.Created.After(b.Created)
		}
		return a.ID < b.ID
	}
	var inForce []school.Assigned
	for _, a := range list {
		begun := a.From.IsZero() || !a.From.After(at)
		over := !a.Until.IsZero() && !a.Until.After(at)
		reached := a.Mode == school.Excluded || a.Rollout == nil || bucket < a.Rollout.Stage
		if begun && !over && reached {
			inForce = append(inForce, a)
		}
	}
	out := map[string]int{}
	for _, a := range inForce {
		unbeaten := a.Mode == school.Required
		for _, b := range inForce {
			if b.Profile == a.Profile && b.ID != a.ID && beats(b, a) {
				unbeaten = false
			}
		}
		if unbeaten {
			out[a.New.ProfileName] = a.New.Number
		}
	}
	return out
}

func TestDesiredAgreesWithTheRulesReadAloud(t *testing.T) {
	pool := []*school.Version{plain("a", 1), plain("a", 2), plain("a", 3), plain("b", 1), plain("b", 2), network("c", 1)}
	rapid.Check(t, func(t *rapid.T) {
		f := facts()
		f.Assigned = drawAssigned(t, pool)
		s := mdm.Desired(f)
		got := map[string]int{}
		for _, i := range s.Items {
			got[i.Name] = i.Number
		}
		if diff := cmp.Diff(naive(f.Assigned, f.At, f.Device.ID.Bucket()), got); diff != "" {
			t.Fatalf("assigned %+v: %s", f.Assigned, diff)
		}
		f.Assigned = rapid.Permutation(f.Assigned).Draw(t, "order")
		if diff := cmp.Diff(s, mdm.Desired(f)); diff != "" {
			t.Fatalf("the order of the facts matters: %s", diff)
		}
		if !s.Until.IsZero() && !s.Until.After(f.At) {
			t.Fatalf("Until %v is not ahead", s.Until)
		}
	})
}
