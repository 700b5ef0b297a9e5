package store_test

import (
	"context"
	"fmt"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// listOf is a list of things with all columns in their order.
func listOf(rows ...school.AssetEntry) store.AssetList {
	return store.AssetList{Heads: store.HeadsOf([]string{"a", "b"}), Mapping: school.AssetMapping{Columns: school.AssetFields}, Rows: rows}
}

// The notebooks and PCs of a town come in by one list: looked at first, taken over in one act, undone in one, and the same list
// changes nothing the second time.
func TestMUC16_NotebooksAndPCsComeByList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		const n = 350
		var rows []school.AssetEntry
		for i := range n {
			e := school.AssetEntry{Row: i + 2, Serial: fmt.Sprintf("PF4A%06d", i), Model: "Notebook 14", School: "Gymnasium Nord", Batch: "Notebooks 2026", Price: 64900}
			if i%2 == 1 {
				e.Kind, e.ManagedBy, e.Number = school.PC, school.ByIntune, fmt.Sprintf("PC-%05d", i)
			}
			rows = append(rows, e)
		}
		x := listOf(rows...)
		if _, err := s.PlanAssets(ctx, d.by, store.AssetList{Mapping: x.Mapping}); school.KindOf(err) != school.Invalid {
			t.Errorf("an empty list: %v", err)
		}
		p, err := s.PlanAssets(ctx, d.by, x)
		if err != nil || p.Wrong != n/2 || p.Rows[0].Problems[0].Field != "kind" || p.Rows[0].Problems[0].Row != 2 {
			t.Fatalf("of no kind: %d wrong, %v", p.Wrong, err)
		}
		if _, _, err := s.ImportAssets(ctx, d.by, x, p.Hash); school.KindOf(err) != school.Invalid {
			t.Errorf("taken over with wrong lines: %v", err)
		}
		x.Mapping.Kind, x.Mapping.ManagedBy = school.Notebook, school.ByOpsi
		if p, err = s.PlanAssets(ctx, d.by, x); err != nil || p.Creates != n || p.Wrong != 0 {
			t.Fatalf("%d new, %d wrong, %v", p.Creates, p.Wrong, err)
		}
		p, set, err := s.ImportAssets(ctx, d.by, x, p.Hash)
		if err != nil || p.Creates != n {
			t.Fatal(p.Creates, err)
		}
		count := func(f store.AssetFilter) int {
			t.Helper()
			k, err := s.CountAssets(ctx, d.by, f)
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		if a, b := count(store.AssetFilter{Kind: school.Notebook, Manager: school.ByOpsi}), count(store.AssetFilter{Manager: school.ByIntune}); a != n-n/2 || b != n/2 {
			t.Errorf("%d notebooks, %d PCs", a, b)
		}
		if m, found, err := s.AssetMapping(ctx, d.by, x.Heads); err != nil || !found || m.Kind != school.Notebook {
			t.Errorf("the mapping is not known again: %v %v", found, err)
		}
		if p, err = s.PlanAssets(ctx, d.by, x); err != nil || p.Keeps != n {
			t.Errorf("the same list plans %d new and %d changes: %v", p.Creates, p.Changes, err)
		}
		x.Rows[0].Model, x.Rows[0].Place = "Notebook 15", ""
		if p, err = s.PlanAssets(ctx, d.by, x); err != nil || p.Changes != 1 || len(p.Rows[0].Changes) != 1 || p.Rows[0].Changes[0] != (store.AssetChange{Field: "model", From: "Notebook 14", To: "Notebook 15"}) {
			t.Errorf("one model: %+v %v", p.Rows[0].Changes, err)
		}
		if _, _, err := s.ImportAssets(ctx, d.by, x, "another"); school.KindOf(err) != school.Conflict {
			t.Errorf("something else than was looked at: %v", err)
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		if k := count(store.AssetFilter{Manager: school.ByOpsi}) + count(store.AssetFilter{Manager: school.ByIntune}); k != 0 {
			t.Errorf("%d stay after the undo", k)
		}
	})
}

// What cannot be is said by line and field; what is elsewhere, managed here or handed out is not touched by a list.
func TestAListOfThingsSaysWhatIsWrong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 1)
		ipad, err := s.DeviceByID(ctx, d.by, ids[0])
		if err != nil {
			t.Fatal(err)
		}
		first := listOf(school.AssetEntry{Serial: "PF4A0001", Number: "NB 1", Kind: school.Notebook, School: "Gymnasium Nord"}, school.AssetEntry{Number: "NB 2", Kind: school.Notebook, School: "Gymnasium Nord"})
		if _, _, err := s.ImportAssets(ctx, d.by, first, ""); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			name  string
			by    school.Actor
			entry school.AssetEntry
			code  string
			field string
		}{
			{"nameless", d.by, school.AssetEntry{Kind: school.PC}, "asset_nameless", "number"},
			{"an unknown school", d.by, school.AssetEntry{Serial: "X1", Kind: school.PC, School: "Nirgends"}, "unknown_school", "school"},
			{"a number of another", d.by, school.AssetEntry{Serial: "X1", Number: "NB 1", Kind: school.PC}, "number_taken", "number"},
			{"an iPad's school", d.by, school.AssetEntry{Serial: ipad.Serial, School: "Realschule Süd"}, "asset_by_device", "school"},
			{"an iPad's manager", d.by, school.AssetEntry{Serial: ipad.Serial, ManagedBy: school.ByIServ}, "asset_by_device", "managed_by"},
			{"a notebook of ours", d.by, school.AssetEntry{Serial: "X1", Kind: school.Notebook, ManagedBy: school.ByUs}, "asset_not_ours", "managed_by"},
			{"written off", d.by, school.AssetEntry{Serial: "PF4A0001", State: school.AssetWrittenOff}, "asset_written_off", "state"},
			{"elsewhere", d.clerk(school.SchoolAdmin, d.south), school.AssetEntry{Serial: "PF4A0001", Model: "Meins"}, "asset_elsewhere", "serial"},
			{"no school of theirs", d.clerk(school.SchoolAdmin, d.south), school.AssetEntry{Serial: "X1", Kind: school.PC, School: "Gymnasium Nord"}, "unknown_school", "school"},
		} {
			x.entry.Row = 7
			p, err := s.PlanAssets(ctx, x.by, listOf(x.entry))
			if err != nil || p.Wrong != 1 {
				t.Errorf("%s: %d wrong, %v", x.name, p.Wrong, err)
				continue
			}
			if e := p.Problems()[0]; e.Code != x.code || e.Field != x.field || e.Row != 7 {
				t.Errorf("%s: %+v", x.name, e)
			}
		}
		if p, err := s.PlanAssets(ctx, d.by, listOf(school.AssetEntry{Row: 2, Serial: "PF4A0001", Note: "a"}, school.AssetEntry{Row: 3, Number: "NB 1", Note: "b"})); err != nil || p.Wrong != 1 || p.Problems()[0].Code != "asset_twice" {
			t.Errorf("one thing in two lines: %+v %v", p.Problems(), err)
		}
		// An iPad of ours that is new is announced by it; what is typed of a known one changes.
		p, _, err := s.ImportAssets(ctx, d.by, listOf(school.AssetEntry{Serial: "F9FXK2A117", Kind: school.IPad, ManagedBy: school.ByUs, School: "Gymnasium Nord", Price: 39900},
			school.AssetEntry{Serial: ipad.Serial, Note: "mit Hülle"}, school.AssetEntry{Number: "NB 2", Serial: "PF4A0002", School: "Realschule Süd"}), "")
		if err != nil || p.Creates != 1 || p.Changes != 2 {
			t.Fatalf("%d new, %d changed: %v %+v", p.Creates, p.Changes, err, p.Problems())
		}
		made, err := s.DeviceBySerial(ctx, d.by, "F9FXK2A117")
		if err != nil || made.School != d.north {
			t.Errorf("%+v %v", made, err)
		}
		page, err := s.Assets(ctx, d.by, store.AssetFilter{School: d.south})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Serial != "PF4A0002" {
			t.Errorf("%+v %v", page.Rows, err)
		}
		if _, err := s.PlanAssets(ctx, d.clerk(school.Auditor, ""), first); school.KindOf(err) != school.Denied {
			t.Errorf("an auditor: %v", err)
		}
	})
}
