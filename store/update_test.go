package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestMUC18_FreezesAreFacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		b7 := d.class(d.north, "7b")
		north, south := d.devices("Gymnasium Nord", "F9FX", 2), d.devices("Realschule Süd", "H4VL", 1)
		all := append(append([]school.DeviceID{}, north...), south...)
		d.enrol(all...)
		from := s.Now().Add(48 * time.Hour).Truncate(time.Second)
		freeze := school.Freeze{Name: "Abitur", Scope: school.Scope{Level: school.AtSchool, ID: string(d.north)}, From: from, Until: from.Add(72 * time.Hour)}
		var id school.FreezeID
		var set school.ChangeSetID
		marked := d.marked(func() {
			var err error
			id, set, err = s.AddFreeze(ctx, d.by, freeze)
			must(t, id, err)
		}, all...)
		if want := map[school.DeviceID]bool{north[0]: true, north[1]: true}; !cmp.Equal(marked, want) {
			t.Errorf("marked %v, want %v", marked, want)
		}
		facts := func(id school.DeviceID) school.Facts {
			t.Helper()
			f, _, _, err := s.Facts(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(id)))
			return must(t, f, err)
		}
		if f := facts(north[0]); len(f.Freezes) != 1 || !f.Freezes[0].From.Equal(from) || len(f.Frozen()) != 1 {
			t.Errorf("%+v", f.Freezes)
		}
		if f := facts(south[0]); len(f.Frozen()) != 0 {
			t.Errorf("the freeze of another school reaches it: %+v", f.Frozen())
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		if f := facts(north[0]); len(f.Freezes) != 0 {
			t.Errorf("undone and still there: %+v", f.Freezes)
		}

		id, _, err := s.AddFreeze(ctx, d.by, freeze)
		must(t, id, err)
		class := freeze
		class.Scope = school.Scope{Level: school.AtClass, ID: string(b7)}
		if _, _, err := s.AddFreeze(ctx, d.clerk(school.SchoolAdmin, d.north), class); err != nil {
			t.Errorf("a school cannot freeze its own class: %v", err)
		}
		if _, _, err := s.AddFreeze(ctx, d.clerk(school.SchoolAdmin, d.south), class); school.KindOf(err) != school.NotFound {
			t.Errorf("another school's class: %v", err)
		}
		if _, err := s.RemoveFreeze(ctx, d.clerk(school.SchoolAdmin, d.south), id); school.KindOf(err) != school.NotFound {
			t.Errorf("another school's freeze: %v", err)
		}
		if _, _, err := s.AddFreeze(ctx, d.clerk(school.Auditor, ""), freeze); school.KindOf(err) != school.Denied {
			t.Errorf("an auditor: %v", err)
		}
		stranger := newAuthority(t, s, "Anderswo")
		if _, err := s.RemoveFreeze(ctx, stranger, id); school.KindOf(err) != school.NotFound {
			t.Errorf("a stranger: %v", err)
		}
		for name, x := range map[string]school.Freeze{
			"no name":   {Scope: freeze.Scope, From: from, Until: from.Add(time.Hour)},
			"backwards": {Name: "x", Scope: freeze.Scope, From: from, Until: from},
			"too long":  {Name: "x", Scope: freeze.Scope, From: from, Until: from.Add(91 * 24 * time.Hour)},
			"over":      {Name: "x", Scope: freeze.Scope, From: s.Now().Add(-2 * time.Hour), Until: s.Now().Add(-time.Hour)},
			"a device":  {Name: "x", Scope: school.Scope{Level: school.AtDevice, ID: string(north[0])}, From: from, Until: from.Add(time.Hour)},
		} {
			if _, _, err := s.AddFreeze(ctx, d.by, x); school.KindOf(err) != school.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, err := s.Freezes(ctx, d.clerk(school.SchoolAdmin, d.south)); err != nil || len(list) != 0 {
			t.Errorf("another school sees %d, %v", len(list), err)
		}
		if list, err := s.Freezes(ctx, d.by); err != nil || len(list) != 2 || list[0].ScopeName == "" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestUpdatesAreCountedAsDevicesSaidThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		north, south := d.devices("Gymnasium Nord", "F9FX", 4), d.devices("Realschule Süd", "H4VL", 1)
		d.enrol(append(append([]school.DeviceID{}, north...), south...)...)
		say := func(id school.DeviceID, os string, u *school.Updating, want *store.Demanded) {
			t.Helper()
			e := school.EnrollmentID("e-" + string(id))
			if err := s.Observe(ctx, d.by.Tenant, e, "", func(o *store.Observation) error {
				o.Info, o.Updating = &store.DeviceInfo{OSVersion: os}, u
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			_, have, read, err := s.Facts(ctx, d.by.Tenant, e)
			if err != nil {
				t.Fatal(err)
			}
			if want != nil {
				want.Device = id
				if ok, err := s.SavePlan(ctx, store.Planned{Authority: d.by.Tenant, Enrollment: e, Read: read, Have: have, Demanded: want}); !ok || err != nil {
					t.Fatal(ok, err)
				}
			}
		}
		ahead, past := "2099-10-02T18:00:00", "2020-10-02T18:00:00"
		said := s.Now().Truncate(time.Second)
		say(north[0], "26.4", nil, &store.Demanded{Version: "26.4", At: past, Met: true})
		say(north[1], "18.3", &school.Updating{State: school.UpdateDownloading, Version: "26.4", Said: said}, &store.Demanded{Version: "26.4", At: ahead})
		say(north[2], "18.3", &school.Updating{State: school.UpdateFailed, Failures: 2, Reason: "Not enough free space", FailedAt: said, Said: said}, &store.Demanded{Version: "26.4", At: ahead})
		say(north[3], "9.3.5", nil, nil)
		say(south[0], "18.3", nil, &store.Demanded{Version: "26.4", At: past})

		b, err := s.Updates(ctx, d.by, "")
		if err != nil {
			t.Fatal(err)
		}
		want := store.UpdateBoard{Devices: 5, Versions: []store.VersionCount{{Version: "26.4", Devices: 1}, {Version: "18.3", Devices: 3}, {Version: "9.3.5", Devices: 1}},
			States: map[school.UpdateState]int{school.UpdateDownloading: 1, school.UpdateFailed: 1}, Demanded: 4, Met: 1, Failing: 1, Late: 1, Causes: map[school.Cause]int{school.CauseSpace: 1},
			Schools: []store.SchoolUpdates{{School: d.north, Name: "Gymnasium Nord", Devices: 4, Demanded: 3, Met: 1, Failing: 1}, {School: d.south, Name: "Realschule Süd", Devices: 1, Demanded: 1, Late: 1}}}
		if diff := cmp.Diff(want, b); diff != "" {
			t.Error(diff)
		}
		if own, err := s.Updates(ctx, d.clerk(school.SchoolAdmin, d.south), ""); err != nil || own.Devices != 1 || len(own.Schools) != 1 {
			t.Errorf("a school counts %+v, %v", own, err)
		}
		if _, err := s.Updates(ctx, d.clerk(school.Repair, ""), ""); school.KindOf(err) != school.NotFound {
			t.Errorf("who does not see devices: %v", err)
		}
		for state, n := range map[string]int{"": 5, "failing": 1, "late": 1, "open": 3, "met": 1, "downloading": 1, "installing": 0} {
			page, err := s.DeviceUpdates(ctx, d.by, store.UpdateFilter{State: state})
			if err != nil || len(page.Rows) != n {
				t.Errorf("%q finds %d, want %d: %v", state, len(page.Rows), n, err)
			}
		}
		page, err := s.DeviceUpdates(ctx, d.by, store.UpdateFilter{State: "failing"})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Reason != "Not enough free space" || !page.Rows[0].FailedAt.Equal(said) || page.Rows[0].SchoolName != "Gymnasium Nord" {
			t.Errorf("%+v, %v", page.Rows, err)
		}
		if _, err := s.DeviceUpdates(ctx, d.by, store.UpdateFilter{State: "else"}); school.KindOf(err) != school.Invalid {
			t.Errorf("a state there is none of: %v", err)
		}
		f, _, _, err := s.Facts(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(north[2])))
		if u := f.Device.Update; err != nil || u.Reason != "Not enough free space" || u.Want != "26.4" || u.WantAt != ahead || u.Failures != 2 {
			t.Errorf("facts say %+v, %v", u, err)
		}
	})
}
