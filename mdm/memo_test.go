package mdm

import "testing"

// What is remembered is what was worked out, lately used things are, and memory is bounded.
func TestMemo(t *testing.T) {
	m := memo[int, int]{most: 10}
	worked := 0
	square := func(n int) int { worked++; return n * n }
	for n := range 1000 {
		if got := m.of(n, square); got != n*n {
			t.Fatalf("%d² is %d", n, got)
		}
		if got := m.of(n%3, square); got != (n%3)*(n%3) { // used all the time
			t.Fatalf("%d² is %d", n%3, got)
		}
		if len(m.young) > m.most || len(m.old) > m.most {
			t.Fatalf("%d and %d are kept", len(m.young), len(m.old))
		}
	}
	if worked > 1000+3*2 {
		t.Errorf("worked %d times", worked)
	}
}
