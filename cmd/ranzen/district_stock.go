package main

import (
	"context"
	"fmt"
	"slices"

	"ranzen/store"
	"ranzen/store/school"
)

// stock gives the demo what a town lends besides iPads, and what figures count: notebooks that somebody else manages, bought by a
// funding programme; a lease whose return has begun; a damage that was paid for, a part that is missing, a short loan.
func (d *demo) stock(ctx context.Context, by school.Actor, f found) error {
	st := d.s.Store
	now := st.Now()
	batches, err := st.Batches(ctx, by)
	if err != nil {
		return err
	}
	for _, b := range batches { // the iPads are leased
		x := b.Batch
		x.Supplier, x.Price, x.Ordered = "Muster IT GmbH", 39900, now.AddDate(-3, 0, 0)
		x.Lease = school.Lease{Number: "LV-2023-17", Lessor: "Muster Leasing", From: now.AddDate(-3, 0, 0), Until: now.AddDate(0, 9, 0), Rate: 1190, Terms: "Grundgerät ohne Zubehör, Etiketten entfernt."}
		if _, err := st.ChangeBatch(ctx, by, x); err != nil {
			return err
		}
		if _, _, err := st.StartReturn(ctx, by, x.ID); err != nil {
			return err
		}
	}
	if _, err := st.CreateBatch(ctx, by, school.Batch{Name: "Notebooks 2024", Supplier: "Muster IT GmbH", Ordered: now.AddDate(-2, 0, 0), Price: 64900,
		Funding: school.Funding{Programme: "DigitalPakt Schule", Label: "Gefördert aus dem DigitalPakt Schule", Until: now.AddDate(2, 0, 0)}}); err != nil {
		return err
	}
	if _, err := st.CreateBatch(ctx, by, school.Batch{Name: "PCs 2018", Supplier: "Muster IT GmbH", Ordered: now.AddDate(-8, 0, 0), Price: 48900, Funding: school.Funding{Programme: "Förderverein"}}); err != nil {
		return err
	}
	list := store.AssetList{Heads: store.HeadsOf([]string{"demo"}), Mapping: school.AssetMapping{Columns: school.AssetFields}}
	names := make([]string, 0, len(f.schools))
	for name := range f.schools {
		names = append(names, name)
	}
	slices.Sort(names)
	for i := range 24 {
		x := school.AssetEntry{Row: i + 2, Serial: fmt.Sprintf("5CD4%04d", i+1), Number: fmt.Sprintf("NB-24-%06d", i+1), Kind: school.Notebook, Model: "Notebook 14", ManagedBy: school.ByIServ, School: names[i%len(names)], Batch: "Notebooks 2024"}
		if i%4 == 3 {
			x.Serial, x.Number, x.Kind, x.Model, x.ManagedBy, x.Batch = fmt.Sprintf("XK88%04d", i+1), fmt.Sprintf("PC-18-%06d", i+1), school.PC, "Mini-PC", school.ByOpsi, "PCs 2018"
		}
		list.Rows = append(list.Rows, x)
	}
	if _, _, err := st.ImportAssets(ctx, by, list, ""); err != nil {
		return err
	}
	kit, err := st.CreateKit(ctx, by, school.Kit{Name: "Notebook, Netzteil, Tasche", Kind: school.Notebook, Parts: []school.Part{{Kind: school.Charger, Name: "Netzteil", Price: 4900}, {Kind: school.OtherKit, Name: "Tasche", Price: 1900}}})
	if err != nil {
		return err
	}
	if _, err := st.SetAllocations(ctx, by, []school.Allocation{{From: 7, Until: 8, Per: 2, Reserve: 5}, {Per: 5}, {Teachers: true, Per: 1}}); err != nil {
		return err
	}
	return d.lent(ctx, by, f.schools[names[len(names)-1]], kit)
}

// lent hands two notebooks of a school out, where it has people: one for a fortnight, and one that came back without its power
// adapter and with a cracked display. The demo begins its days a fortnight ago, and nobody is late in it.
func (d *demo) lent(ctx context.Context, by school.Actor, at school.SchoolID, kit school.KitID) error {
	st := d.s.Store
	things, err := st.Assets(ctx, by, store.AssetFilter{School: at, Kind: school.Notebook, Limit: 2})
	if err != nil {
		return err
	}
	people, err := st.Persons(ctx, by, store.PersonFilter{School: at, Limit: 2})
	if err != nil || len(things.Rows) < 2 || len(people.Rows) < 2 {
		return err
	}
	if _, _, err := st.HandOut(ctx, by, store.Handover{Person: people.Rows[0].ID, Asset: things.Rows[0].ID, Kind: school.ShortLoan, Kit: kit, End: school.EndsOnDay, Due: st.Now().AddDate(0, 0, 24)}); err != nil {
		return err
	}
	out, _, err := st.HandOut(ctx, by, store.Handover{Person: people.Rows[1].ID, Asset: things.Rows[1].ID, Kind: school.ShortLoan, Kit: kit, End: school.EndsOnDay, Due: st.Now().AddDate(0, 0, 24)})
	if err != nil {
		return err
	}
	damage, _, err := st.ReportDamage(ctx, by, things.Rows[1].ID, "display", "")
	if err != nil {
		return err
	}
	if _, _, err := st.TakeIn(ctx, by, store.GivenBack{Asset: things.Rows[1].ID, Missing: []int{2}}); err != nil {
		return fmt.Errorf("contract %s: %w", out.Number, err)
	}
	if _, err := st.AssessDamage(ctx, by, damage, "accident", school.Fault); err != nil {
		return err
	}
	_, err = st.SettleDamage(ctx, by, damage, 18900, 9900, school.Invoice, "")
	return err
}
