package store_test

import (
	"context"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// What comes next for a thing of a lease that goes back, as a table: what is under contract is never released, and what Apple lists is
// never handed over.
func TestStepsOfAReturn(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 8, 0, 0, 0, time.UTC) }
	wiped := school.ReturnThing{Managed: true, Enrolled: true, Returned: at(1), Erased: at(2)}
	with := func(x school.ReturnThing, change func(x *school.ReturnThing)) school.ReturnThing {
		change(&x)
		return x
	}
	for name, x := range map[string]struct {
		thing school.ReturnThing
		want  school.ReturnStep
	}{
		"a notebook":              {school.ReturnThing{}, school.ReturnReady},
		"a notebook that is lent": {school.ReturnThing{Out: true}, school.ReturnOut},
		"lent and released":       {with(wiped, func(x *school.ReturnThing) { x.Out, x.Listed, x.Released = true, true, at(3) }), school.ReturnOut},
		"lost":                    {school.ReturnThing{Lost: true, Out: true}, school.ReturnLost},
		"in repair":               {school.ReturnThing{InRepair: true}, school.ReturnRepair},
		"a part is missing":       {with(wiped, func(x *school.ReturnThing) { x.OpenParts = 1 }), school.ReturnParts},
		"never set up":            {school.ReturnThing{Managed: true, Listed: true}, school.ReturnRelease},
		"erased before it came":   {with(wiped, func(x *school.ReturnThing) { x.Returned = at(5) }), school.ReturnErase},
		"erased":                  {with(wiped, func(x *school.ReturnThing) { x.Listed = true }), school.ReturnRelease},
		"released":                {with(wiped, func(x *school.ReturnThing) { x.Listed, x.Synced, x.Released = true, at(3), at(4) }), school.ReturnAsked},
		"Apple lists it still":    {with(wiped, func(x *school.ReturnThing) { x.Listed, x.Synced, x.Released = true, at(5), at(4) }), school.ReturnListed},
		"Apple lists it no more":  {with(wiped, func(x *school.ReturnThing) { x.Released = at(4) }), school.ReturnReady},
		"handed over":             {with(wiped, func(x *school.ReturnThing) { x.HandedOver, x.Gone = at(6), true }), school.ReturnHanded},
		"written off":             {school.ReturnThing{Gone: true, Lost: true}, school.ReturnGone},
	} {
		if got := x.thing.Step(); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}

// A lease goes back: nothing under contract is released, Apple's list is asked whether what was released is gone, and what was handed
// over is in stock no more. Each step can be undone.
func TestALeaseGoesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		lena := d.pupil(d.north, d.class(d.north, "7b"), "Lena", "Muster")
		bought, err := s.CreateBatch(ctx, d.by, school.Batch{Name: "Kauf"})
		must(t, bought, err)
		if _, _, err := s.StartReturn(ctx, d.by, bought); school.KindOf(err) != school.Conflict {
			t.Errorf("what was bought goes back: %v", err)
		}
		batch, err := s.CreateBatch(ctx, d.by, school.Batch{Name: "Leasing 2024", Lease: school.Lease{Number: "LV-7", Until: s.Now().AddDate(0, 5, 0), Rate: 1250}})
		must(t, batch, err)
		ids := d.devices("Gymnasium Nord", "F9FX", 2)
		for _, id := range ids {
			x, err := s.DeviceByID(ctx, d.by, id)
			must(t, x, err)
			a, err := s.AssetByID(ctx, d.by, x.Asset)
			must(t, a, err)
			a.Batch = batch
			if _, err := s.ChangeAsset(ctx, d.by, a.Asset); err != nil {
				t.Fatal(err)
			}
		}
		d.enrol(ids[1]) // the first was never set up
		if ending, err := s.LeasesEnding(ctx, d.by); err != nil || len(ending) != 1 || ending[0].Assets != 2 {
			t.Fatalf("%+v %v", ending, err)
		}
		run, _, err := s.StartReturn(ctx, d.by, batch)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.StartReturn(ctx, d.by, batch); school.KindOf(err) != school.Conflict {
			t.Errorf("two runs of one lease: %v", err)
		}
		if _, err := s.ReturnByID(ctx, d.clerk(school.SchoolAdmin, d.north), run); school.KindOf(err) != school.NotFound {
			t.Errorf("a school sees a lease of the authority: %v", err)
		}
		if _, _, err := s.Issue(ctx, d.by, lena, ids[0]); err != nil {
			t.Fatal(err)
		}
		page := func() store.ReturnPage {
			p, err := s.ReturnByID(ctx, d.by, run)
			return must(t, p, err)
		}
		p := page()
		if len(p.At(school.ReturnOut)) != 1 || len(p.At(school.ReturnErase)) != 1 {
			t.Fatalf("%+v", p.Lines)
		}
		lent := p.At(school.ReturnOut)[0].Asset
		if _, _, err := s.ReleaseReturned(ctx, d.by, run, lent); school.KindOf(err) != school.Conflict {
			t.Errorf("released under contract: %v", err)
		}
		if _, _, err := s.ReleaseReturned(ctx, d.by, run); school.KindOf(err) != school.Conflict {
			t.Errorf("nothing is to be released: %v", err)
		}
		if _, err := s.TakeBack(ctx, d.by, ids[0]); err != nil {
			t.Fatal(err)
		}
		if p = page(); len(p.At(school.ReturnReady)) != 1 {
			t.Fatalf("%+v", p.Lines)
		}
		n, set, err := s.HandOverReturned(ctx, d.by, run)
		if err != nil || n != 1 {
			t.Fatal(n, err)
		}
		gone := func() school.AssetState {
			x, err := s.AssetByID(ctx, d.by, lent)
			return must(t, x, err).State
		}
		if gone() != school.AssetRetired || len(page().At(school.ReturnHanded)) != 1 {
			t.Errorf("handed over and still %s", gone())
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil || gone() == school.AssetRetired {
			t.Errorf("undone, and it is %s: %v", gone(), err)
		}
		if _, err := s.CloseReturn(ctx, d.by, run); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.HandOverReturned(ctx, d.by, run); school.KindOf(err) != school.Conflict {
			t.Errorf("a closed run goes on: %v", err)
		}
		if _, _, err := s.StartReturn(ctx, d.by, batch); err != nil {
			t.Errorf("a second run after the first: %v", err)
		}
	})
}

// That a thing was released people say; whether it is so Apple's list says, read afterwards.
func TestAReleaseIsCheckedWithApple(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		f := &feed{t: t, s: s, by: by, token: connected(t, s, by, h, "server-1", newSchool(t, s, by, "Nord"))}
		dev := func(op string) store.ADEDevice {
			return store.ADEDevice{Serial: "F9FX000001", Model: "iPad", Family: "iPad", Op: op, OpAt: h.now()}
		}
		f.start()
		f.page(false, dev(""))
		device, err := s.DeviceBySerial(ctx, by, "F9FX000001")
		must(t, device, err)
		batch, err := s.CreateBatch(ctx, by, school.Batch{Name: "Leasing", Lease: school.Lease{Number: "LV-7"}})
		must(t, batch, err)
		x, err := s.AssetByID(ctx, by, device.Asset)
		must(t, x, err)
		x.Batch = batch
		if _, err := s.ChangeAsset(ctx, by, x.Asset); err != nil {
			t.Fatal(err)
		}
		run, _, err := s.StartReturn(ctx, by, batch)
		must(t, run, err)
		step := func(want school.ReturnStep) {
			t.Helper()
			p, err := s.ReturnByID(ctx, by, run)
			if must(t, p, err); len(p.Lines) != 1 || p.Lines[0].Step() != want {
				t.Errorf("%+v, want %s", p.Lines, want)
			}
		}
		step(school.ReturnRelease)
		h.turn(time.Minute)
		if n, _, err := s.ReleaseReturned(ctx, by, run); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		step(school.ReturnAsked)
		h.turn(time.Minute)
		f.page(false)
		step(school.ReturnListed)
		h.turn(time.Minute)
		f.page(false, dev("deleted"))
		step(school.ReturnReady)
		if n, _, err := s.HandOverReturned(ctx, by, run); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if p, err := s.ReturnByID(ctx, by, run); err != nil || p.Closed.IsZero() {
			t.Errorf("all is handed over and the run goes on: %v", err)
		}
	})
}
