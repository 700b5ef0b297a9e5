package school

import "testing"

// Until when a model gets new iPadOS is a fact where Apple's list or its documents say so, and else an estimate that is never shorter
// than what the list promises; of what nobody knows nothing is said.
func TestKSM06_UntilWhenModelsAreServed(t *testing.T) {
	list := NewReleases([]Release{{Version: "26.4", Products: []string{"iPad12,1", "iPad8,1", "iPad99,1"}}, {Version: "18.7.1", Products: []string{"iPad7,11", "iPad98,1"}}})
	for _, x := range []struct {
		list      Releases
		product   string
		year      int
		estimated bool
	}{
		{nil, "iPad7,5", 2024, false},
		{list, "iPad7,11", 2025, false},
		{list, "iPad98,1", 2025, false},
		{nil, "iPad12,1", 2027, true},
		{list, "iPad12,1", 2027, true},
		{nil, "iPad8,1", 2025, true},
		{list, "iPad8,1", 2026, true},
		{list, "iPad99,1", 0, false},
		{list, "", 0, false},
		{list, "Mac16,1", 0, false},
	} {
		if year, estimated := x.list.ServedUntil(x.product); year != x.year || estimated != x.estimated {
			t.Errorf("%q: until %d, estimated %t, want %d, %t", x.product, year, estimated, x.year, x.estimated)
		}
	}
}

// The rule of the estimate would have promised too much for no model whose end is known, and each model stands in the table once.
func TestKSM06_TheEstimateWasNeverTooLong(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range ipadModels {
		if end := osYear(m.last) + 1; m.last > 0 && m.estimate() > end {
			t.Errorf("%s: estimated until %d, served until %d", m.products[0], m.estimate(), end)
		}
		for _, p := range m.products {
			if seen[p] {
				t.Errorf("%s stands there twice", p)
			}
			seen[p] = true
		}
	}
}
