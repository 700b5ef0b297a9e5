package store_test

import (
	"context"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

func TestAlarmIsOneUntilCleared(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		nord, sued := newSchool(t, s, by, "Nord"), newSchool(t, s, by, "Süd")
		raise := func(want bool, a store.Alarm) {
			t.Helper()
			if a.Authority == "" {
				a.Authority = by.Tenant
			}
			if isNew, err := s.RaiseAlarm(ctx, a); err != nil || isNew != want {
				t.Fatalf("%+v: new %v, %v", a, isNew, err)
			}
			h.turn(time.Minute)
		}
		raise(true, store.Alarm{Kind: "unassigned", Detail: map[string]any{"devices": 12}})
		raise(true, store.Alarm{Kind: "silent", Subject: string(nord), School: nord, Urgency: store.Today})
		raise(true, store.Alarm{Kind: "silent", Subject: string(sued), School: sued, Urgency: store.Today})
		raise(true, store.Alarm{Kind: "push_ends", Urgency: store.Today, Detail: map[string]any{"days": 6}})
		raise(false, store.Alarm{Kind: "unassigned", Detail: map[string]any{"devices": 13}})
		raise(true, store.Alarm{Authority: newAuthority(t, s, "Anderswo").Tenant, Kind: "push_ends"})
		check := func(by school.Actor, want ...string) []store.Alarm {
			t.Helper()
			list, err := s.Alarms(ctx, by)
			if err != nil || len(list) != len(want) {
				t.Fatalf("%+v %v", list, err)
			}
			for i, a := range list {
				if a.Kind+":"+string(a.School) != want[i] {
					t.Fatalf("%d is %s:%s, want %s", i, a.Kind, a.School, want[i])
				}
			}
			return list
		}
		list := check(by, "silent:"+string(nord), "silent:"+string(sued), "push_ends:", "unassigned:")
		if list[3].Detail["devices"] != 13.0 || h.now().Sub(list[3].Since) != 6*time.Minute {
			t.Fatalf("%+v", list[3])
		}
		check(somebody(t, s, by, "sued", school.Grant{Role: school.SchoolAdmin, School: sued}), "silent:"+string(sued))
		if was, err := s.ClearAlarm(ctx, by.Tenant, "push_ends", ""); err != nil || !was {
			t.Fatal(was, err)
		}
		if was, err := s.ClearAlarm(ctx, by.Tenant, "push_ends", ""); err != nil || was {
			t.Fatal(was, err)
		}
		check(by, "silent:"+string(nord), "silent:"+string(sued), "unassigned:")
		raise(true, store.Alarm{Kind: "push_ends", Urgency: store.Today})
		check(by, "silent:"+string(nord), "silent:"+string(sued), "push_ends:", "unassigned:")
	})
}
