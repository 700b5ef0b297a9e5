package control

import (
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

func TestPushesKeepTheCalmOfTheirSchool(t *testing.T) {
	morning := time.Date(2026, time.November, 23, 7, 50, 0, 0, store.Berlin)
	calm := school.Calm{PerMinute: 60}
	lesson := school.Calm{From: 7*60 + 45, Until: 13 * 60}
	night := school.Calm{From: 22 * 60, Until: 6 * 60}
	push := func(at school.SchoolID, c school.Calm, urgent bool) store.PushTarget {
		return store.PushTarget{School: at, Calm: c, Urgent: urgent}
	}
	for _, x := range []struct {
		name string
		now  time.Time
		due  []store.PushTarget
		want []time.Duration
	}{
		{"no wish, no wait", morning, []store.PushTarget{push("a", school.Calm{}, false), push("", calm, false)}, []time.Duration{0, 0}},
		{"one a second, each school for itself", morning,
			[]store.PushTarget{push("a", calm, false), push("a", calm, false), push("a", calm, false), push("b", calm, false), push("a", calm, false)},
			[]time.Duration{0, 0, 2 * time.Second, 0, 3 * time.Second}},
		{"during lessons nothing, but what a person ordered", morning,
			[]store.PushTarget{push("a", lesson, false), push("a", lesson, true)}, []time.Duration{5*time.Hour + 10*time.Minute, 0}},
		{"after lessons at once", morning.Add(6 * time.Hour), []store.PushTarget{push("a", lesson, false)}, []time.Duration{0}},
		{"a night goes over midnight", time.Date(2026, time.November, 23, 23, 0, 0, 0, store.Berlin), []store.PushTarget{push("a", night, false)}, []time.Duration{7 * time.Hour}},
		{"and ends in the morning", time.Date(2026, time.November, 24, 5, 0, 0, 0, store.Berlin), []store.PushTarget{push("a", night, false)}, []time.Duration{time.Hour}},
		{"the night in which clocks go back is an hour longer", time.Date(2026, time.October, 24, 23, 0, 0, 0, store.Berlin), []store.PushTarget{push("a", night, false)}, []time.Duration{8 * time.Hour}},
		{"after the rest the pace", morning, []store.PushTarget{push("a", school.Calm{PerMinute: 1, From: 7 * 60, Until: 8 * 60}, false), push("a", school.Calm{PerMinute: 1, From: 7 * 60, Until: 8 * 60}, false)},
			[]time.Duration{10 * time.Minute, 11 * time.Minute}},
	} {
		var p pacer
		got := p.slots(x.due, x.now.UTC())
		for i := range x.want {
			if got[i] != x.want[i] {
				t.Errorf("%s: push %d waits %v, want %v", x.name, i, got[i], x.want[i])
			}
		}
	}
}

// A school that was paced and has no wave any more leaves nothing behind.
func TestThePacerForgets(t *testing.T) {
	var p pacer
	now := time.Date(2026, time.November, 23, 7, 50, 0, 0, time.UTC)
	p.slots([]store.PushTarget{{School: "a", Calm: school.Calm{PerMinute: 60}}, {School: "b", Calm: school.Calm{PerMinute: 60}}}, now)
	p.slots(nil, now.Add(time.Hour))
	if len(p.next) != 0 {
		t.Errorf("%d schools are remembered", len(p.next))
	}
}
