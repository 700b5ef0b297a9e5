package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// MUC-04: a device goes from the pool to a person in one act: out of the case, meant for the person, a contract, an erase.
func TestMUC04_FromThePoolToAPersonInOneAct(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		place, err := s.CreatePlace(ctx, l.by, school.Place{School: l.north, Kind: school.Case, Name: "Koffer 1"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.MoveDevices(ctx, l.by, l.ipads, store.Destination{Place: &place}); err != nil {
			t.Fatal(err)
		}
		asset := l.asset(l.ipads[0])
		admin := l.clerk(school.SchoolAdmin, l.north)
		var id school.ContractID
		var set school.ChangeSetID
		marked := l.marked(func() {
			var err error
			if id, set, err = s.GiveFromPool(ctx, admin, asset, l.lena, "aus dem Pool an eine Person"); err != nil {
				t.Fatal(err)
			}
		}, l.ipads...)
		if !marked[l.ipads[0]] || marked[l.ipads[1]] {
			t.Errorf("marked: %v", marked)
		}
		d, err := s.DeviceByID(ctx, l.by, l.ipads[0])
		if err != nil || d.Place != "" || d.Planned == nil || d.Planned.ID != l.lena || d.Holder != nil {
			t.Errorf("%+v %v", d, err)
		}
		if c := l.contract(id); c.State != school.ContractPlanned || c.Asset != asset || c.Person != l.lena || len(c.Parts) != 4 || c.Parts[0].Asset != asset {
			t.Errorf("%+v", c)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM turnaround WHERE device_id = $1 AND ended_at IS NULL`, string(l.ipads[0])); err != nil || n != 1 {
			t.Errorf("%d on their way to be erased, %v", n, err)
		}
		if _, err := s.PlanPerson(ctx, admin, l.ipads[2], l.lena); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.PlanContracts(ctx, admin, l.north, []store.ContractWish{{Person: l.tom, Asset: asset}}); codeOf(err) != "meant_contract" {
			t.Errorf("a second contract for it: %v", err)
		}
		for _, x := range []struct {
			by     school.Actor
			asset  school.AssetID
			person school.PersonID
			code   string
		}{{admin, l.asset(l.ipads[1]), l.lena, "give_has"}, {admin, l.asset(l.ipads[1]), l.pupil(l.south, l.town.class(l.south, "5c"), "Sia", "Süd"), ""}, {l.clerk(school.Desk, l.north), l.asset(l.ipads[1]), l.tom, ""},
			{l.clerk(school.SchoolAdmin, l.south), l.asset(l.ipads[1]), l.tom, ""}, {admin, asset, l.tom, "meant_contract"}, {admin, l.asset(l.ipads[2]), l.tom, "meant_plan"}} {
			if _, _, err := s.GiveFromPool(ctx, x.by, x.asset, x.person, "Grund"); err == nil || x.code != "" && codeOf(err) != x.code {
				t.Errorf("%v, want %s", err, x.code)
			}
		}
		waiting, _, err := s.PlanContracts(ctx, l.by, l.north, []store.ContractWish{{Person: l.tom}})
		if err != nil {
			t.Fatal(err)
		}
		if again, _, err := s.GiveFromPool(ctx, admin, l.asset(l.ipads[1]), l.tom, "Grund"); err != nil || again != waiting[0] || l.contract(again).Asset != l.asset(l.ipads[1]) {
			t.Errorf("%v %v", again, err)
		}
		if _, err := s.Undo(ctx, admin, set); err != nil {
			t.Fatal(err)
		}
		if d, err := s.DeviceByID(ctx, l.by, l.ipads[0]); err != nil || d.Place != place || d.Planned != nil {
			t.Errorf("after undo: %+v %v", d, err)
		}
		ole := l.pupil(l.north, l.class, "Ole", "Zander")
		if book, _, err := s.GiveFromPool(ctx, admin, l.books[0], ole, ""); err != nil || l.contract(book).Asset != l.books[0] {
			t.Errorf("a notebook that others manage: %v", err)
		}
	})
}
