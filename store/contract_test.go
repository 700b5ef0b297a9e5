package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// lender is a town with what lending needs: a case, a kit, notebooks.
type lender struct {
	*town
	class school.ClassID
	lena  school.PersonID
	tom   school.PersonID
	ipads []school.DeviceID
	books []school.AssetID
}

func newLender(t testing.TB, s *store.Store) *lender {
	t.Helper()
	ctx := context.Background()
	d := newTown(t, s)
	l := &lender{town: d, class: d.class(d.north, "8a")}
	l.lena, l.tom = d.pupil(d.north, l.class, "Lena", "Muster"), d.pupil(d.north, l.class, "Tom", "Beispiel")
	l.ipads = d.devices("Gymnasium Nord", "F9FX", 4)
	d.enrol(l.ipads...)
	if _, err := s.CreateKit(ctx, d.by, school.Kit{Name: "iPad-Set", Kind: school.IPad, Standard: true,
		Parts: []school.Part{{Kind: school.Cover, Name: "Hülle", Price: 3900}, {Kind: school.Charger, Name: "Netzteil", Price: 2500}, {Kind: school.Pencil, Name: "Stift", Price: 8900}}}); err != nil {
		t.Fatal(err)
	}
	for _, serial := range []string{"PF4A0001", "PF4A0002"} {
		id, err := s.CreateAsset(ctx, d.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByOpsi, Serial: serial, Model: "Notebook 14", School: d.north, Price: 64900})
		l.books = append(l.books, must(t, id, err))
	}
	return l
}

func (l *lender) asset(device school.DeviceID) school.AssetID {
	l.t.Helper()
	d, err := l.s.DeviceByID(context.Background(), l.by, device)
	return must(l.t, d, err).Asset
}

func (l *lender) contract(id school.ContractID) store.ContractPage {
	l.t.Helper()
	c, err := l.s.ContractByID(context.Background(), l.by, id)
	return must(l.t, c, err)
}

func (l *lender) out(person school.PersonID, asset school.AssetID) school.ContractID {
	l.t.Helper()
	h, _, err := l.s.HandOut(context.Background(), l.by, store.Handover{Person: person, Asset: asset})
	return must(l.t, h, err).Contract
}

func (l *lender) holder(device school.DeviceID) (name string) {
	l.t.Helper()
	d, err := l.s.DeviceByID(context.Background(), l.by, device)
	if h := must(l.t, d, err).Holder; h != nil {
		name = h.Given
	}
	return name
}

func states(parts []school.ContractPart) (out []school.PartState) {
	for _, p := range parts {
		out = append(out, p.State)
	}
	return out
}

// MUC-14: each part of a kit is handed out, taken back or missing for itself, with its price; a contract closes when there is a
// decision on each.
func TestMUC14_EachPartOfAKitIsAccountedFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		asset := l.asset(l.ipads[0])
		h, set, err := s.HandOut(ctx, l.by, store.Handover{Person: l.lena, Asset: asset, Without: []int{4}})
		if err != nil || h.Holding == "" || l.holder(l.ipads[0]) != "Lena" {
			t.Fatalf("%+v %v", h, err)
		}
		c := l.contract(h.Contract)
		if diff := cmp.Diff([]school.PartState{"issued", "issued", "issued", "kept"}, states(c.Parts)); diff != "" || c.Parts[1].Price != 3900 || c.Number != "L-"+s.Now().In(store.Berlin).Format("06")+"-000001" {
			t.Errorf("%s %+v", diff, c)
		}
		if _, err := s.Undo(ctx, l.by, set); err != nil || l.holder(l.ipads[0]) != "" {
			t.Fatalf("handed out and undone: %v", err)
		}
		if _, err := s.ContractByID(ctx, l.by, h.Contract); school.KindOf(err) != school.NotFound {
			t.Errorf("the contract is still there: %v", err)
		}
		id := l.out(l.lena, asset)
		in, back, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: asset, Missing: []int{3}, Damaged: []int{2}})
		if err != nil || in.State != school.ContractOpen || in.Contract != id || l.holder(l.ipads[0]) != "" {
			t.Fatalf("%+v %v", in, err)
		}
		if a, err := s.AssetByID(ctx, l.by, asset); err != nil || a.State != school.AssetIncomplete {
			t.Errorf("%+v %v", a, err)
		}
		if _, err := s.Undo(ctx, l.by, back); err != nil || l.holder(l.ipads[0]) != "Lena" || l.contract(id).State != school.ContractIssued {
			t.Fatalf("taken back and undone: %v", err)
		}
		if _, _, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: asset, Missing: []int{1}}); codeOf(err) != "choice" {
			t.Errorf("the device itself is missing at the desk: %v", err)
		}
		if _, _, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: asset, Missing: []int{3}, Damaged: []int{2}}); err != nil {
			t.Fatal(err)
		}
		parts := l.contract(id).Parts
		if _, err := s.CloseContract(ctx, l.by, id); codeOf(err) != "part_undecided" {
			t.Errorf("closed without decisions: %v", err)
		}
		desk := l.clerk(school.Desk, l.north)
		if _, err := s.DecidePart(ctx, desk, id, parts[2].ID, school.Charged, 2500); school.KindOf(err) == "" {
			t.Error("the desk decides who pays")
		}
		for _, x := range []struct {
			n      int
			d      school.PartDecision
			amount int
		}{{2, school.Charged, 2500}, {1, school.Waived, 0}} {
			if _, err := s.DecidePart(ctx, l.by, id, parts[x.n].ID, x.d, x.amount); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.CloseContract(ctx, l.by, id); err != nil {
			t.Fatal(err)
		}
		if c := l.contract(id); c.State != school.ContractClosed || c.Charged != 2500 || c.OpenParts != 0 {
			t.Errorf("%+v", c.ContractLine)
		}
	})
}

// MUC-16: lending a notebook that others manage takes the same steps and knows nothing of management.
func TestMUC16_ANotebookIsLentLikeAnything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		h, set, err := s.HandOut(ctx, l.by, store.Handover{Person: l.lena, Asset: l.books[0], Kind: school.ShortLoan})
		if err != nil || h.Holding != "" {
			t.Fatalf("%+v %v", h, err)
		}
		if c := l.contract(h.Contract); c.Due.IsZero() || c.End != school.EndsOnDay || c.Parts[0].Price != 64900 || c.Device != "" {
			t.Errorf("%+v", c)
		}
		if _, _, err := s.HandOut(ctx, l.by, store.Handover{Person: l.tom, Asset: l.books[0]}); codeOf(err) != "device_issued_to" {
			t.Errorf("handed out twice: %v", err)
		}
		if _, err := s.ArchivePerson(ctx, l.by, l.lena); codeOf(err) != "person_holds" {
			t.Errorf("who has a notebook is archived: %v", err)
		}
		if _, err := s.Undo(ctx, l.by, set); err != nil {
			t.Fatal(err)
		}
		id := l.out(l.lena, l.books[0])
		if _, err := s.ExtendContract(ctx, l.by, id, s.Now().AddDate(0, 1, 0)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: l.books[0], Contract: h.Contract}); codeOf(err) != "contract_state" {
			t.Errorf("another contract is ended than the one somebody saw: %v", err)
		}
		if in, _, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: l.books[0], Contract: id}); err != nil || in.State != school.ContractClosed || in.Device != "" {
			t.Errorf("%+v %v", in, err)
		}
		page, err := s.Assets(ctx, l.by, store.AssetFilter{Manager: school.ByOpsi})
		if err != nil || len(page.Rows) != 2 || page.Rows[0].Device != "" || page.Rows[0].SchoolName != "Gymnasium Nord" {
			t.Errorf("%+v %v", page, err)
		}
	})
}

// LEND-07: a swap keeps the number of the contract and leaves an addendum; profiles follow to the new device.
func TestLEND07_ASwapKeepsTheContract(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		old, next := l.asset(l.ipads[0]), l.asset(l.ipads[1])
		id := l.out(l.lena, old)
		before := l.contract(id)
		if _, _, err := s.ReportDamage(ctx, l.by, old, "display", "vom Tisch gefallen"); err != nil {
			t.Fatal(err)
		}
		var set school.ChangeSetID
		marked := l.marked(func() {
			var err error
			if set, err = s.SwapAsset(ctx, l.by, id, next, school.SwapDamage); err != nil {
				t.Fatal(err)
			}
		}, l.ipads...)
		if diff := cmp.Diff(map[school.DeviceID]bool{l.ipads[0]: true, l.ipads[1]: true}, marked); diff != "" {
			t.Error(diff)
		}
		c := l.contract(id)
		if c.Number != before.Number || c.State != school.ContractIssued || c.Asset != next || c.Parts[0].Asset != next || len(c.Changes) != 1 || c.Changes[0].OldAsset != old ||
			c.Changes[0].NewAsset != next || c.Changes[0].Reason != school.SwapDamage || len(c.Parts) != 4 {
			t.Errorf("%+v", c)
		}
		if l.holder(l.ipads[0]) != "" || l.holder(l.ipads[1]) != "Lena" {
			t.Errorf("held by %q and %q", l.holder(l.ipads[0]), l.holder(l.ipads[1]))
		}
		if len(c.Damages) != 1 || c.Damages[0].Limit.IsZero() {
			t.Errorf("LEND-06: the damage of what came back has no day: %+v", c.Damages)
		}
		if n, _, err := s.ClaimsEnding(ctx, l.by); n != 0 || err != nil {
			t.Errorf("%d claims expire soon: %v", n, err)
		}
		moved := func(days int) {
			t.Helper()
			if err := s.Exec(ctx, `UPDATE damage SET returned_at = returned_at + $1`, int64(days)*24*time.Hour.Microseconds()); err != nil {
				t.Fatal(err)
			}
		}
		moved(-100)
		if n, first, err := s.ClaimsEnding(ctx, l.by); n != 1 || err != nil || !first.Equal(l.contract(id).Damages[0].Limit) {
			t.Errorf("%d claims expire soon, the first %v: %v", n, first, err)
		}
		moved(100)
		for _, typed := range []string{"F9FX000001", "sf9fx000001"} { // Apple's bar code has an S before the serial
			if x, err := s.AssetNamed(ctx, l.by, l.north, typed); err != nil || x.ID != next {
				t.Errorf("%s is %+v: %v", typed, x, err)
			}
		}
		if _, err := s.AssetNamed(ctx, l.by, l.south, "F9FX000001"); codeOf(err) != "thing_none" {
			t.Errorf("at another school: %v", err)
		}
		if a, err := s.AssetByID(ctx, l.by, old); err != nil || a.State != school.AssetToCheck {
			t.Errorf("%+v %v", a, err)
		}
		if _, err := s.SwapAsset(ctx, l.by, id, next, school.SwapDamage); codeOf(err) != "swap_same" {
			t.Errorf("swapped for itself: %v", err)
		}
		l.out(l.tom, l.asset(l.ipads[2]))
		if _, err := s.SwapAsset(ctx, l.by, id, l.asset(l.ipads[2]), school.SwapOther); codeOf(err) != "device_issued_to" {
			t.Errorf("swapped for somebody else's: %v", err)
		}
		if found, err := s.Contracts(ctx, l.by, store.ContractFilter{Asset: old}); err != nil || len(found.Rows) != 1 {
			t.Errorf("the old device does not know its contract: %+v %v", found, err)
		}
		if _, err := s.Undo(ctx, l.by, set); err != nil {
			t.Fatal(err)
		}
		if c := l.contract(id); c.Asset != old || len(c.Changes) != 0 || l.holder(l.ipads[0]) != "Lena" || l.holder(l.ipads[1]) != "" {
			t.Errorf("swapped and undone: %+v", c)
		}
	})
}

// MUC-12: who refuses is a state: the device stays for the pupil at the school, nobody is reminded, and it is counted without a name.
func TestMUC12_RefusalIsAState(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		if _, err := s.PlanPerson(ctx, l.by, l.ipads[0], l.lena); err != nil {
			t.Fatal(err)
		}
		made, _, err := s.PlanContracts(ctx, l.by, l.north, []store.ContractWish{{Person: l.lena}, {Person: l.tom}})
		if err != nil || len(made) != 2 {
			t.Fatal(made, err)
		}
		if again, set, err := s.PlanContracts(ctx, l.by, l.north, []store.ContractWish{{Person: l.lena}, {Person: l.tom}}); err != nil || len(again) != 0 || set != "" {
			t.Errorf("planned twice: %v %v", again, err)
		}
		id := made[0]
		if c := l.contract(id); c.Asset != l.asset(l.ipads[0]) || c.State != school.ContractPlanned || !slices.Equal(c.Signers, []school.Signer{school.Guardian}) || len(c.Parts) != 4 {
			t.Errorf("%+v", c)
		}
		if _, err := s.PrepareContract(ctx, l.by, id); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RefuseContract(ctx, l.by, id); err != nil {
			t.Fatal(err)
		}
		d, err := s.DeviceByID(ctx, l.by, l.ipads[0])
		if err != nil || d.Holder != nil || d.Class != l.class {
			t.Errorf("the device does not count to the pupil's class: %+v %v", d, err)
		}
		for view, want := range map[store.ContractView]int{store.RefusedContracts: 1, store.RunningContracts: 1, store.OverdueContracts: 0, store.UnsignedContracts: 0} {
			if n, err := s.CountContracts(ctx, l.by, store.ContractFilter{View: view}); err != nil || n != want {
				t.Errorf("%q: %d %v, want %d", view, n, err, want)
			}
		}
		if _, err := s.ResumeContract(ctx, l.by, id); err != nil {
			t.Fatal(err)
		}
		if h, _, err := s.HandOut(ctx, l.by, store.Handover{Person: l.lena, Asset: l.asset(l.ipads[0])}); err != nil || h.Contract != id {
			t.Errorf("handed out under another contract: %+v %v", h, err)
		}
	})
}

// MUC-04: from the pool to a person in one act; a case and its devices stand side by side with personal ones.
func TestMUC04_AndKSM05_CasesAndPersonsSideBySide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		teacher, err := s.CreatePerson(ctx, l.by, school.Person{School: l.north, Kind: school.Teacher, Given: "Ada", Family: "Lehr"}, "")
		if err != nil {
			t.Fatal(err)
		}
		place, err := s.CreatePlace(ctx, l.by, school.Place{School: l.north, Kind: school.Case, Name: "Koffer 1"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.MoveDevices(ctx, l.by, l.ipads[:3], store.Destination{Place: &place}); err != nil {
			t.Fatal(err)
		}
		id, set, err := s.LendCase(ctx, l.by, store.CaseOut{Place: place, Person: teacher})
		if err != nil {
			t.Fatal(err)
		}
		if c := l.contract(id); c.State != school.ContractIssued || c.AssetName != "Koffer 1" || c.Kind != school.PoolLoan || len(c.Parts) != 0 {
			t.Errorf("%+v", c)
		}
		if _, _, err := s.LendCase(ctx, l.by, store.CaseOut{Place: place, Person: teacher}); codeOf(err) != "case_issued" {
			t.Errorf("handed out twice: %v", err)
		}
		if _, err := s.Undo(ctx, l.by, set); err != nil {
			t.Fatal(err)
		}
		if id, _, err = s.LendCase(ctx, l.by, store.CaseOut{Place: place, Person: teacher}); err != nil {
			t.Fatal(err)
		}
		n, err := s.CountCase(ctx, l.by, place, []string{"F9FX000000", "SF9FX000002", "F9FX000000", "F9FX000003", "Unsinn"})
		if err != nil || n.Total != 3 || len(n.Here) != 2 || len(n.Missing) != 1 || n.Missing[0].Serial != "F9FX000001" || !slices.Equal(n.Foreign, []string{"F9FX000003", "Unsinn"}) {
			t.Errorf("%+v %v", n, err)
		}
		loan, _, err := s.HandOut(ctx, l.by, store.Handover{Person: l.lena, Asset: l.asset(l.ipads[1]), Kind: school.ShortLoan})
		if err != nil || l.holder(l.ipads[1]) != "Lena" {
			t.Errorf("a device of a case is not lent for a while: %+v %v", loan, err)
		}
		if _, err := s.TakeCaseBack(ctx, l.by, id); err != nil || l.contract(id).State != school.ContractClosed {
			t.Errorf("%v", err)
		}
		if c := l.contract(loan.Contract); c.State != school.ContractIssued {
			t.Errorf("the short loan ended with the case: %s", c.State)
		}
	})
}

func TestALostThingIsNotHandedOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		asset := l.asset(l.ipads[0])
		l.out(l.lena, asset)
		if _, err := s.ReportAtDesk(ctx, l.by, l.ipads[0], store.ReportLost, "im Bus"); err != nil {
			t.Fatal(err)
		}
		loss, _, err := s.ReportLoss(ctx, l.by, asset, true, "im Bus liegen gelassen")
		if err != nil {
			t.Fatal(err)
		}
		if reports, err := s.Reports(ctx, l.by); err != nil || len(reports) != 1 || reports[0].Closed.IsZero() {
			t.Errorf("the report still waits: %+v %v", reports, err)
		}
		if _, _, err := s.ReportLoss(ctx, l.by, asset, false, ""); codeOf(err) != "asset_lost" {
			t.Errorf("lost twice: %v", err)
		}
		ref := "ST/0815/26"
		if _, err := s.ChangeLoss(ctx, l.by, loss, store.LossPatch{PoliceRef: &ref, Tick: school.LossTold}); err != nil {
			t.Fatal(err)
		}
		x, err := s.LossByID(ctx, l.by, loss)
		if err != nil || x.ContractNo == "" || !x.Managed || x.PoliceRef != ref {
			t.Errorf("%+v %v", x, err)
		}
		if in, _, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: asset}); err != nil || in.State != school.ContractClosed {
			t.Fatalf("it came back: %+v %v", in, err)
		}
		if x, err := s.LossByID(ctx, l.by, loss); err != nil || x.Open() {
			t.Errorf("and is lost still: %+v %v", x, err)
		}
		if loss, _, err = s.ReportLoss(ctx, l.by, asset, false, ""); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.HandOut(ctx, l.by, store.Handover{Person: l.tom, Asset: asset}); codeOf(err) != "asset_lost" {
			t.Errorf("a lost thing is handed out: %v", err)
		}
		if _, err := s.FindLoss(ctx, l.by, loss); err != nil {
			t.Fatal(err)
		}
		id := l.out(l.tom, asset)
		if loss, _, err = s.ReportLoss(ctx, l.by, asset, false, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.WriteOffLoss(ctx, l.by, loss); err != nil {
			t.Fatal(err)
		}
		c := l.contract(id)
		if c.State != school.ContractReturned || c.Parts[0].State != school.PartMissing || c.Parts[1].State != school.PartIssued || l.holder(l.ipads[0]) != "" {
			t.Errorf("%+v", c)
		}
		if _, err := s.CheckIn(ctx, l.by, id, store.GivenBack{}); err != nil {
			t.Fatal(err)
		}
		if c := l.contract(id); c.State != school.ContractOpen || c.OpenParts != 1 {
			t.Errorf("%+v", c)
		}
		if a, err := s.AssetByID(ctx, l.by, asset); err != nil || a.State != school.AssetWrittenOff {
			t.Errorf("%s %v", a.State, err)
		}
		if _, _, err := s.HandOut(ctx, l.by, store.Handover{Person: l.lena, Asset: asset}); codeOf(err) != "asset_gone" {
			t.Errorf("a thing that was written off is handed out: %v", err)
		}
	})
}

// MUC-15: damage, a replacement while it is repaired, the order for the shop, and back; the contract goes on.
func TestMUC15_TheRepairRoute(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		asset, reserve := l.asset(l.ipads[0]), l.asset(l.ipads[1])
		id := l.out(l.lena, asset)
		damage, _, err := s.ReportDamage(ctx, l.clerk(school.Desk, l.north), asset, "display", "gesprungen")
		if err != nil {
			t.Fatal(err)
		}
		instead, _, err := s.HandOut(ctx, l.by, store.Handover{Person: l.lena, Asset: reserve, Replaces: id})
		if err != nil || instead.Contract == id {
			t.Fatal(instead, err)
		}
		if c := l.contract(instead.Contract); c.Kind != school.Replacement || c.Replaces != l.contract(id).Number || c.End != school.EndsOnRecall {
			t.Errorf("%+v", c)
		}
		if _, _, err := s.HandOut(ctx, l.by, store.Handover{Person: l.tom, Asset: l.books[0], Replaces: id}); school.KindOf(err) != school.Conflict {
			t.Errorf("somebody else's device is replaced: %v", err)
		}
		if _, err := s.RepairDamage(ctx, l.by, damage, "Display tauschen"); codeOf(err) != "damage_state" {
			t.Errorf("repaired before anybody looked: %v", err)
		}
		if _, err := s.AssessDamage(ctx, l.by, damage, "accident", school.Fault); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RepairDamage(ctx, l.by, damage, "Display tauschen"); err != nil {
			t.Fatal(err)
		}
		shop, err := s.Repairs(ctx, l.by)
		if err != nil || len(shop) != 1 || shop[0].Device != l.ipads[0] {
			t.Fatalf("%+v %v", shop, err)
		}
		if a, err := s.AssetByID(ctx, l.by, asset); err != nil || !a.InRepair {
			t.Errorf("%+v %v", a, err)
		}
		if _, err := s.EndRepair(ctx, l.by, shop[0].ID); err != nil {
			t.Fatal(err)
		}
		if c := l.contract(instead.Contract); c.Due.IsZero() || c.End != school.EndsOnDay || len(c.Changes) != 1 {
			t.Errorf("the replacement was not asked back: %+v", c)
		}
		if _, err := s.SettleDamage(ctx, l.by, damage, 18900, 9900, school.Invoice, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CloseDamage(ctx, l.by, damage); err != nil {
			t.Fatal(err)
		}
		if c := l.contract(id); c.State != school.ContractIssued || c.Damages[0].State != school.DamageClosed || c.Damages[0].Claim != 9900 {
			t.Errorf("%+v", c)
		}
	})
}

// A pile is scanned first and looked at later.
func TestAPileIsLookedAtLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		for _, asset := range []school.AssetID{l.asset(l.ipads[0]), l.books[0]} {
			id := l.out(l.lena, asset)
			in, _, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: asset, Unchecked: true})
			if err != nil || in.State != school.ContractReturned {
				t.Fatalf("%+v %v", in, err)
			}
			if a, err := s.AssetByID(ctx, l.by, asset); err != nil || a.State != school.AssetToCheck {
				t.Errorf("%s %v", a.State, err)
			}
			if _, err := 0, s.ErasePerson(ctx, l.by, l.lena); codeOf(err) != "person_owes" {
				t.Errorf("erased while it is not looked at: %v", err)
			}
			if _, err := s.CheckIn(ctx, l.by, id, store.GivenBack{}); err != nil {
				t.Fatal(err)
			}
			if c := l.contract(id); c.State != school.ContractClosed {
				t.Error(c.State)
			}
			if a, err := s.AssetByID(ctx, l.by, asset); err != nil || a.State != school.AssetReady {
				t.Errorf("%s %v", a.State, err)
			}
		}
	})
}

// LEND-09: Art. 17 takes the person out and leaves the asset its history; what was told of damages goes with it.
func TestLEND09_ErasureKeepsTheHistoryOfAssets(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		asset := l.asset(l.ipads[0])
		id := l.out(l.lena, asset)
		number := l.contract(id).Number
		damage, _, err := s.ReportDamage(ctx, l.by, asset, "display", "Lena Muster hat es fallen lassen")
		if err != nil {
			t.Fatal(err)
		}
		waiting, _, err := s.PlanContracts(ctx, l.by, l.north, []store.ContractWish{{Person: l.lena, Kind: school.ShortLoan}})
		if err != nil || len(waiting) != 1 {
			t.Fatal(waiting, err)
		}
		if err := s.ErasePerson(ctx, l.by, l.lena); codeOf(err) != "person_holds" {
			t.Fatalf("erased with a device: %v", err)
		}
		if _, _, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: asset}); err != nil {
			t.Fatal(err)
		}
		if err := s.ErasePerson(ctx, l.by, l.lena); err != nil {
			t.Fatal(err)
		}
		if found := holds(t, s, "Muster,", "hat es fallen lassen"); len(found) > 0 {
			t.Errorf("still there: %v", found)
		}
		c := l.contract(id)
		if !c.Erased || c.Person != "" || c.PersonName != "" || c.Number != number || c.Asset != asset || len(c.Parts) != 4 || len(c.Damages) != 1 || c.Damages[0].ID != damage {
			t.Errorf("%+v", c)
		}
		if c := l.contract(waiting[0]); c.State != school.ContractCancelled {
			t.Errorf("a contract nobody comes for is %s", c.State)
		}
	})
}

// Six months after the end nobody is named in a contract any more, unless somebody still owes something.
func TestContractsForgetWhoItWas(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		whole, lacking := l.out(l.lena, l.asset(l.ipads[0])), l.out(l.tom, l.asset(l.ipads[1]))
		for i, missing := range [][]int{nil, {4}} {
			if _, _, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: l.asset(l.ipads[i]), Missing: missing}); err != nil {
				t.Fatal(err)
			}
		}
		*now = now.AddDate(0, 0, 184)
		n, err := s.Retain(ctx, l.by.Tenant)
		if err != nil || n.Loans != 1 || n.Holdings != 1 {
			t.Errorf("%+v %v", n, err)
		}
		if c := l.contract(whole); c.State != school.ContractAnonymised || !c.Erased {
			t.Errorf("%+v", c.ContractLine)
		}
		if c := l.contract(lacking); c.State != school.ContractOpen || c.Erased {
			t.Errorf("%+v", c.ContractLine)
		}
	})
}

// A pupil who changes schools takes the contract along: its number stays, an addendum says so.
func TestAContractChangesSchoolsWithItsPupil(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		id, book := l.out(l.lena, l.asset(l.ipads[0])), l.out(l.lena, l.books[0])
		plan, err := s.Plan(ctx, l.by, school.Change{Kind: school.ChangeMove, Person: l.lena, To: school.Placement{School: l.south}}, mdm.Preview)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Apply(ctx, l.by, plan.ID, 0, mdm.Preview); err != nil {
			t.Fatal(err)
		}
		for _, k := range []school.ContractID{id, book} {
			c := l.contract(k)
			if c.School != l.south || c.State != school.ContractIssued || len(c.Changes) != 1 || c.Changes[0].NewSchool != l.south {
				t.Errorf("%+v", c)
			}
		}
		if a, err := s.AssetByID(ctx, l.by, l.books[0]); err != nil || a.School != l.south {
			t.Errorf("the notebook stayed behind: %+v %v", a, err)
		}
		if _, _, err := s.TakeIn(ctx, l.clerk(school.Desk, l.south), store.GivenBack{Asset: l.books[0]}); err != nil {
			t.Errorf("its new school cannot take it back: %v", err)
		}
	})
}

// Whoever has a contract prepared gets the device that is at hand under it; the paper that names another gets an addendum.
func TestLendingAnotherDeviceThanThePreparedOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		if _, err := s.PlanPerson(ctx, l.by, l.ipads[0], l.lena); err != nil {
			t.Fatal(err)
		}
		made, _, err := s.PlanContracts(ctx, l.by, l.north, []store.ContractWish{{Person: l.lena}})
		if err != nil {
			t.Fatal(err)
		}
		for _, act := range []func(context.Context, school.Actor, school.ContractID) (school.ChangeSetID, error){s.PrepareContract, func(ctx context.Context, by school.Actor, id school.ContractID) (school.ChangeSetID, error) {
			return s.SignContract(ctx, by, id, school.ByPaper)
		}} {
			if _, err := act(ctx, l.by, made[0]); err != nil {
				t.Fatal(err)
			}
		}
		if id := l.out(l.lena, l.asset(l.ipads[1])); id != made[0] {
			t.Fatal("under another contract")
		}
		c := l.contract(made[0])
		if c.Asset != l.asset(l.ipads[1]) || len(c.Changes) != 1 || c.Changes[0].OldAsset != l.asset(l.ipads[0]) || c.SignedHow != school.ByPaper {
			t.Errorf("%+v", c)
		}
		if id := l.out(l.lena, l.books[0]); id == made[0] {
			t.Error("the notebook went under the contract of the iPad")
		}
	})
}
