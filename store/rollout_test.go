package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestMUC18_RolloutsAreCountedPerSchool(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		wlan, _ := published(t, s, d.by, "", "WLAN")
		rule, _ := published(t, s, d.by, "", "Regel")
		north, south := d.devices("Gymnasium Nord", "F9FX", 3), d.devices("Realschule Süd", "H4VL", 2)
		itemSet(t, s, d.by.Tenant, "both", wlan, rule)
		itemSet(t, s, d.by.Tenant, "one", wlan)
		target(t, s, d.by.Tenant, north[0], "both", nil, nil)
		target(t, s, d.by.Tenant, north[1], "both", []school.ItemKey{school.ItemKey(wlan)}, nil)
		target(t, s, d.by.Tenant, north[2], "one", nil, []store.LeftOut{{Key: school.ItemKey(rule), Profile: rule, Code: "needs_os"}})
		target(t, s, d.by.Tenant, south[0], "one", nil, nil)
		target(t, s, d.by.Tenant, south[1], "one", nil, nil)
		at := func(id school.SchoolID, name string, total, confirmed, impossible int) store.SchoolProgress {
			return store.SchoolProgress{School: id, SchoolName: name, Total: total, Confirmed: confirmed, Impossible: impossible}
		}
		got, err := s.Rollouts(ctx, d.by, "")
		want := []store.Rollout{
			{Profile: rule, Name: "Regel", SchoolProgress: at("", "", 3, 2, 1), Schools: []store.SchoolProgress{at(d.north, "Gymnasium Nord", 3, 2, 1)}},
			{Profile: wlan, Name: "WLAN", SchoolProgress: at("", "", 5, 4, 0), Schools: []store.SchoolProgress{at(d.north, "Gymnasium Nord", 3, 2, 0), at(d.south, "Realschule Süd", 2, 2, 0)}}}
		for i := range got {
			got[i].Form = ""
		}
		if diff := cmp.Diff(want, must(t, got, err)); diff != "" {
			t.Error(diff)
		}
		if own, err := s.Rollouts(ctx, d.clerk(school.SchoolAdmin, d.south), ""); err != nil || len(own) != 1 || own[0].Total != 2 {
			t.Errorf("a school counts %+v, %v", own, err)
		}
		if one, err := s.Rollouts(ctx, d.by, d.south); err != nil || len(one) != 1 || one[0].Confirmed != 2 {
			t.Errorf("one school: %+v, %v", one, err)
		}
		if none, err := s.Rollouts(ctx, newAuthority(t, s, "Anderswo"), ""); err != nil || len(none) != 0 {
			t.Errorf("a stranger counts %+v, %v", none, err)
		}
	})
}
