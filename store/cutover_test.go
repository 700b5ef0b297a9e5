package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
)

// A town that comes from another management sees of every iPad how far it is, from what Apple's list and the iPads say, and
// nobody sees the schools of others.
func TestMUC08_EveryIPadOnItsWayFromAnotherManagement(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "AAAA", 5)
		d.devices("Realschule Süd", "BBBB", 1)
		f := &feed{t: t, s: s, by: school.System("apple-sync", d.by.Tenant), token: connected(t, s, d.by, h, "server-1", d.north)}
		serial := func(i int) string {
			x, err := s.DeviceByID(ctx, d.by, ids[i])
			return must(t, x, err).Serial
		}
		listed := func(i int, until time.Time) store.ADEDevice {
			return store.ADEDevice{Serial: serial(i), Model: "iPad (9. Gen.)", Family: "iPad", MigrateUntil: until}
		}
		f.start()
		f.page(false, listed(0, h.now().AddDate(0, 0, 20)), listed(1, time.Time{}), listed(2, h.now().Add(-time.Hour)), listed(3, h.now().AddDate(0, 0, 20)))
		d.enrol(ids[3])
		is := func() map[string]map[store.Cutover]int {
			t.Helper()
			all, err := s.CutoverSchools(ctx, d.by)
			out := map[string]map[store.Cutover]int{}
			for _, x := range must(t, all, err) {
				out[x.Name] = x.Are
			}
			return out
		}
		want := map[string]map[store.Cutover]int{"Gymnasium Nord": {store.CutMoves: 1, store.CutErase: 1, store.CutLate: 1, store.CutTaken: 1, store.CutElsewhere: 1}, "Realschule Süd": {store.CutElsewhere: 1}}
		if diff := cmp.Diff(want, is()); diff != "" {
			t.Error(diff)
		}
		page, err := s.CutoverDevices(ctx, d.by, d.north, store.CutMoves, "")
		if rows := must(t, page, err).Rows; len(rows) != 1 || rows[0].Device != ids[0] || !rows[0].Until.Equal(h.now().AddDate(0, 0, 20)) {
			t.Errorf("%+v", rows)
		}
		if page, err = s.CutoverDevices(ctx, d.by, d.north, "", ""); len(must(t, page, err).Rows) != 5 {
			t.Errorf("%+v", page.Rows)
		}
		south := d.clerk(school.SchoolAdmin, d.south)
		if own, err := s.CutoverSchools(ctx, south); err != nil || len(own) != 1 || own[0].Name != "Realschule Süd" {
			t.Errorf("%+v %v", own, err)
		}
		_, err = s.CutoverDevices(ctx, south, d.north, "", "")
		wants(t, "another school", err, school.NotFound, "")
		// What went back to its lessor is on no way.
		device, err := s.DeviceByID(ctx, d.by, ids[4])
		back, err2 := s.AssetByID(ctx, d.by, must(t, device, err).Asset)
		x := must(t, back, err2).Asset
		x.State = school.AssetRetired
		if _, err := s.ChangeAsset(ctx, d.by, x); err != nil {
			t.Fatal(err)
		}
		delete(want["Gymnasium Nord"], store.CutElsewhere)
		if diff := cmp.Diff(want, is()); diff != "" {
			t.Error(diff)
		}
	})
}
