package school

import "testing"

func TestGradeNumber(t *testing.T) {
	for grade, want := range map[string]int{"7": 7, "05": 5, "13": 13, "EF": 11, "q1": 12, "Q2": 13, "J1": 12, "Q11": 11, "E2": 1, "": 0, "0": 0, "14": 0, "BT": 0, "R1": 0, "-3": 0, "5a": 0} {
		if got := GradeNumber(grade); got != want {
			t.Errorf("%q: %d, want %d", grade, got, want)
		}
	}
}

func TestAllocationIsChecked(t *testing.T) {
	for a, good := range map[Allocation]bool{
		{Per: 1}: true, {}: true, {Per: 31}: false, {Per: -1}: false, {Per: 1, Reserve: 51}: false, {Per: 1, Reserve: -1}: false,
		{Per: 1, From: 5, Until: 13}: true, {Per: 1, From: 8, Until: 7}: false, {Per: 1, From: 5}: false, {Per: 1, Until: 5}: false, {Per: 1, From: 5, Until: 14}: false,
		{Per: 1, Teachers: true}: true, {Per: 1, Teachers: true, From: 1, Until: 2}: false,
	} {
		if err := a.Check(3); (err == nil) != good {
			t.Errorf("%+v: %v", a, err)
		}
	}
}

func TestMUC03_RuleIsData(t *testing.T) {
	rule := func(oneFrom int) []Allocation {
		return []Allocation{
			{Type: "Grundschule", Per: 2},
			{Type: "Förderschule", Per: 1, Reserve: 10},
			{Type: "Berufskolleg"}, // later
			{From: oneFrom, Until: 13, Per: 1, Reserve: 5},
			{From: 5, Until: oneFrom - 1, Per: 2},
			{Teachers: true, Per: 1},
		}
	}
	heads := []Heads{{Grade: "5", Count: 91}, {Grade: "6", Count: 90}, {Grade: "07", Count: 84}, {Grade: "8", Count: 80}, {Grade: "EF", Count: 61}, {Grade: "", Count: 4}, {Teachers: true, Count: 70}}
	for _, c := range []struct {
		what, kind               string
		rule                     []Allocation
		has                      Supply
		needed, reserve, missing int
		outside                  int
	}{
		{"1:1 from 8: 133 shared by 265, 141 of one's own, 70 teachers", "Gymnasium", rule(8), Supply{300, 12}, 133 + 141 + 70, 8, 133 + 141 + 70 + 8 - 300, 4},
		{"1:1 from 7: the rule changes, nothing else", "Gymnasium", rule(7), Supply{300, 12}, 91 + 225 + 70, 12, 91 + 225 + 70 + 12 - 300, 4},
		{"one for two, whatever the grade", "grundschule", rule(8), Supply{1000, 0}, 203 + 2 + 70, 0, 203 + 2 + 70 - 1000, 0},
		{"with a reserve", "Förderschule", rule(8), Supply{}, 410 + 70, 41, 410 + 70 + 41, 0},
		{"a line that gives none", "Berufskolleg", rule(8), Supply{}, 70, 0, 70, 0},
		{"no rule", "Gymnasium", nil, Supply{5, 5}, 0, 0, -5, 480},
	} {
		n := Measure(c.rule, c.kind, heads, c.has)
		if n.Needed != c.needed || n.Reserve != c.reserve || n.Missing() != c.missing || n.Outside != c.outside {
			t.Errorf("%s: %+v, missing %d", c.what, n, n.Missing())
		}
		sum := n.Outside
		for _, l := range n.Lines {
			sum += l.Heads
		}
		if sum != 480 {
			t.Errorf("%s: %d of 480 people are counted", c.what, sum)
		}
	}
}
