package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Sums by school, delivery and programme: each counts what stands there once, at its own price or that of its delivery, and who sees
// one school counts that one alone.
func TestKWH13_FiguresCountWhatIsThere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		now := s.Now()
		bought, until := now.AddDate(-3, 0, 0), now.AddDate(1, 0, 0)
		funded, err := s.CreateBatch(ctx, d.by, school.Batch{Name: "Notebooks", Supplier: "Handel", Price: 60000, Ordered: bought, Funding: school.Funding{Programme: "Landesprogramm", Until: until}})
		must(t, funded, err)
		leased, err := s.CreateBatch(ctx, d.by, school.Batch{Name: "Leasing", Price: 40000, Ordered: now, Lease: school.Lease{Number: "LV-7", Until: until, Rate: 1250}})
		must(t, leased, err)
		add := func(x school.Asset) school.AssetID {
			id, err := s.CreateAsset(ctx, d.by, x)
			return must(t, id, err)
		}
		first := add(school.Asset{Kind: school.Notebook, ManagedBy: school.ByOpsi, Model: "Notebook 14", Number: "NB 1", School: d.north, Batch: funded})
		add(school.Asset{Kind: school.Notebook, ManagedBy: school.ByOpsi, Model: "Notebook 14", Number: "NB 2", School: d.north, Batch: funded, Price: 50000})
		gone := add(school.Asset{Kind: school.Notebook, ManagedBy: school.ByOpsi, Model: "Notebook 14", Number: "NB 3", School: d.south, Batch: funded})
		add(school.Asset{Kind: school.PC, ManagedBy: school.ByNobody, Model: "Mini-PC", Number: "PC 1", School: d.south, Batch: leased})
		x, err := s.AssetByID(ctx, d.by, gone)
		must(t, x, err)
		x.State = school.AssetRetired
		if _, err := s.ChangeAsset(ctx, d.by, x.Asset); err != nil {
			t.Fatal(err)
		}
		funds, err := s.FundSums(ctx, d.by)
		if diff := cmp.Diff([]store.FundSum{{Programme: "Landesprogramm", Pieces: 3, Here: 2, Early: 1, Worth: 170000, From: bought, Until: until}}, must(t, funds, err)); diff != "" {
			t.Error(diff)
		}
		page, err := s.FundedAssets(ctx, d.clerk(school.SchoolAdmin, d.north), "Landesprogramm", "", "", 1)
		if must(t, page, err); len(page.Rows) != 1 || page.Next == "" || page.Rows[0].Number != "NB 1" || page.Rows[0].Worth != 60000 || !page.Rows[0].Until.Equal(until) || page.Rows[0].Supplier != "Handel" {
			t.Errorf("%+v", page)
		}
		fleet, err := s.Fleet(ctx, d.by, "")
		want := []store.FleetLine{{School: d.north, SchoolName: "Gymnasium Nord", Kind: school.Notebook, Model: "Notebook 14", BatchName: "Notebooks", Pieces: 2, Bought: bought, Worth: 110000},
			{School: d.south, SchoolName: "Realschule Süd", Kind: school.PC, Model: "Mini-PC", BatchName: "Leasing", Pieces: 1, Bought: now, LeaseEnds: until, Worth: 40000, Rate: 1250}}
		if diff := cmp.Diff(want, must(t, fleet, err)); diff != "" {
			t.Error(diff)
		}
		if a, b := fleet[0].Replace(5), fleet[1].Replace(5); a != bought.In(store.Berlin).Year()+5 || b != until.In(store.Berlin).Year() {
			t.Errorf("to replace in %d and %d", a, b)
		}
		lena := d.pupil(d.north, d.class(d.north, "7b"), "Lena", "Muster")
		kit, err := s.CreateKit(ctx, d.by, school.Kit{Name: "Set", Kind: school.Notebook, Parts: []school.Part{{Kind: school.Charger, Name: "Netzteil", Price: 4900}}})
		must(t, kit, err)
		out, _, err := s.HandOut(ctx, d.by, store.Handover{Person: lena, Asset: first, Kit: kit})
		must(t, out, err)
		damage, _, err := s.ReportDamage(ctx, d.by, first, "display", "")
		must(t, damage, err)
		if _, err := s.AssessDamage(ctx, d.by, damage, "accident", school.Fault); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SettleDamage(ctx, d.by, damage, 18900, 9900, school.Invoice, ""); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.TakeIn(ctx, d.by, store.GivenBack{Asset: first, Missing: []int{2}}); err != nil {
			t.Fatal(err)
		}
		lacks, err := s.Lacks(ctx, d.by, "", "", 0)
		if must(t, lacks, err); len(lacks.Rows) != 1 || lacks.Rows[0].Name != "Netzteil" || lacks.Rows[0].ContractNo != out.Number || lacks.Rows[0].PersonName != "Muster, Lena" || lacks.Rows[0].Worth != 4900 {
			t.Errorf("%+v", lacks.Rows)
		}
		if _, err := s.Lacks(ctx, d.clerk(school.Auditor, ""), "", "", 0); school.KindOf(err) != school.NotFound {
			t.Errorf("an auditor is told names: %v", err)
		}
		if _, err := s.DecidePart(ctx, d.by, out.Contract, lacks.Rows[0].ID, school.Charged, 3900); err != nil {
			t.Fatal(err)
		}
		from, to := now.AddDate(0, -1, 0), now.AddDate(0, 1, 0)
		sums, err := s.DamageSums(ctx, d.by, from, to)
		if diff := cmp.Diff([]store.DamageSum{{School: d.north, SchoolName: "Gymnasium Nord", Damages: 1, Running: 1, Cost: 18900, Claim: 9900}}, must(t, sums, err)); diff != "" {
			t.Error(diff)
		}
		costs, err := s.Costs(ctx, d.by, from, to)
		if diff := cmp.Diff([]store.CostRow{{School: d.north, SchoolName: "Gymnasium Nord", Pieces: 2, Worth: 110000, Damage: 18900, Claims: 13800},
			{School: d.south, SchoolName: "Realschule Süd", Pieces: 1, Worth: 40000, Rate: 1250}}, must(t, costs, err)); diff != "" {
			t.Error(diff)
		}
		own, err := s.Costs(ctx, d.clerk(school.SchoolAdmin, d.south), from, to)
		if must(t, own, err); len(own) != 1 || own[0].School != d.south {
			t.Errorf("%+v", own)
		}
	})
}
