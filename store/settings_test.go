package store_test

import (
	"context"
	"errors"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Two people who change settings at once both get what they changed; who changes what another changed meanwhile is told so,
// and nothing is written.
func TestSettingsChangedAtOnceAreBothKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		shown, err := s.Authority(ctx, by)
		if err != nil {
			t.Fatal(err)
		}
		one, two := shown, shown
		one.Policy.MinimumOS, one.Policy.Privacy.Retention.Left, one.Policy.SecondFactor = "26.1", 14, []school.Role{school.Auditor}
		two.Contact, two.Policy.Privacy.Officer, two.Policy.Calm.PerMinute = "Schul-IT", "datenschutz@musterstadt.example", 60
		for _, want := range []school.Authority{one, two} {
			if _, err := s.ChangeAuthority(ctx, by, shown, want); err != nil {
				t.Fatal(err)
			}
		}
		is, err := s.Authority(ctx, by)
		p := is.Policy
		if err != nil || p.MinimumOS != "26.1" || p.Privacy.Retention.Left != 14 || len(p.SecondFactor) != 1 || is.Contact != "Schul-IT" || p.Privacy.Officer == "" || p.Calm.PerMinute != 60 {
			t.Fatalf("%+v %v", is, err)
		}
		late := shown
		late.Contact, late.Policy.MinimumOS, late.Policy.NumberPattern = "Amt 40", "17.0", "X-{seq:04}"
		_, err = s.ChangeAuthority(ctx, by, shown, late)
		fields := map[string]bool{}
		for _, e := range school.Refusals(err) {
			if fields[e.Field] = true; e.Code != "changed_meanwhile" || e.Kind != school.Conflict {
				t.Errorf("%+v", e)
			}
		}
		if len(fields) != 2 || !fields["contact"] || !fields["minimum_os"] {
			t.Errorf("%v", err)
		}
		if again, err := s.Authority(ctx, by); err != nil || again.Policy.NumberPattern != "" {
			t.Errorf("half of it was written: %+v %v", again, err)
		}
		// Back to zero is a change like another, and the same value from both is none.
		same, zero := is, is
		same.Contact = "Amt 40"
		zero.Policy.MinimumOS, zero.Policy.SecondFactor, zero.Contact = "", nil, "Amt 40"
		for _, want := range []school.Authority{same, zero} {
			if _, err := s.ChangeAuthority(ctx, by, is, want); err != nil {
				t.Fatal(err)
			}
		}
		if again, err := s.Authority(ctx, by); err != nil || again.Policy.MinimumOS != "" || again.Policy.SecondFactor != nil || again.Policy.Calm.PerMinute != 60 {
			t.Errorf("%+v %v", again, err)
		}
		wrong := is
		wrong.Policy.AwaitMinutes = 999
		var e *school.Error
		if _, err := s.ChangeAuthority(ctx, by, is, wrong); !errors.As(err, &e) || e.Code != "await_range" {
			t.Errorf("%v", err)
		}
	})
}
