package school

import (
	"slices"
	"testing"
	"time"
)

// What the desk says of a device that is fine, and of one thing after the other that is not.
func TestTheDeskSaysWhatStandsAgainstIt(t *testing.T) {
	now := time.Date(2026, 9, 2, 8, 0, 0, 0, time.UTC)
	fine := func() OnDesk {
		return OnDesk{Asset: Asset{ID: "a", School: "nord", State: AssetReady, ManagedBy: ByUs, Kind: IPad}, Name: "MS-26-000417", Device: "d", Confirmed: true, Enrolled: true,
			EnrolledAt: now.Add(-time.Hour), LastReturn: now.Add(-48 * time.Hour), LastSeen: now.Add(-time.Minute), Battery: 84, BatteryAt: now.Add(-time.Minute)}
	}
	long := now.AddDate(1, 0, 0)
	for _, x := range []struct {
		name   string
		make   func(*OnDesk)
		policy LendingPolicy
		due    time.Time
		want   []string
		light  Light
	}{
		{"all is well", func(*OnDesk) {}, LendingPolicy{}, time.Time{}, nil, Green},
		{"foreign", func(d *OnDesk) { d.School = "süd" }, LendingPolicy{}, time.Time{}, []string{"other_school"}, Red},
		{"lost", func(d *OnDesk) { d.Lost = true }, LendingPolicy{}, time.Time{}, []string{"lost"}, Red},
		{"lost and with somebody", func(d *OnDesk) { d.Lost, d.Contract = true, "k" }, LendingPolicy{}, time.Time{}, []string{"lost"}, Red},
		{"with somebody", func(d *OnDesk) { d.Contract, d.HeldBy = "k", "Mara K." }, LendingPolicy{}, time.Time{}, []string{"issued_to"}, Red},
		{"with somebody unknown", func(d *OnDesk) { d.Contract = "k" }, LendingPolicy{}, time.Time{}, []string{"issued"}, Red},
		{"has it already", func(d *OnDesk) { d.Contract, d.Holder = "k", "lena" }, LendingPolicy{}, time.Time{}, []string{"has_it"}, Red},
		{"written off", func(d *OnDesk) { d.State = AssetWrittenOff }, LendingPolicy{}, time.Time{}, []string{"gone"}, Red},
		{"in repair", func(d *OnDesk) { d.InRepair = true }, LendingPolicy{}, time.Time{}, []string{"in_repair"}, Red},
		{"not confirmed", func(d *OnDesk) { d.Confirmed = false }, LendingPolicy{}, time.Time{}, []string{"unconfirmed"}, Red},
		{"not erased", func(d *OnDesk) { d.LastReturn = now }, LendingPolicy{}, time.Time{}, []string{"not_erased"}, Red},
		{"not erased, warned", func(d *OnDesk) { d.LastReturn = now }, LendingPolicy{NotErased: Warns}, time.Time{}, []string{"not_erased_warn"}, Yellow},
		{"not erased, silent", func(d *OnDesk) { d.LastReturn = now }, LendingPolicy{NotErased: Silent}, time.Time{}, nil, Green},
		{"never with anybody", func(d *OnDesk) { d.LastReturn, d.EnrolledAt = time.Time{}, time.Time{} }, LendingPolicy{}, time.Time{}, nil, Green},
		{"not enrolled", func(d *OnDesk) { d.Enrolled = false }, LendingPolicy{}, time.Time{}, []string{"not_enrolled"}, Yellow},
		{"silent", func(d *OnDesk) { d.LastSeen = now.AddDate(0, 0, -8) }, LendingPolicy{}, time.Time{}, []string{"not_seen"}, Yellow},
		{"seen a week ago", func(d *OnDesk) { d.LastSeen = now.AddDate(0, 0, -7) }, LendingPolicy{}, time.Time{}, nil, Green},
		{"empty", func(d *OnDesk) { d.Battery = 19 }, LendingPolicy{}, time.Time{}, []string{"battery"}, Yellow},
		{"battery unknown", func(d *OnDesk) { d.Battery = -1 }, LendingPolicy{}, time.Time{}, nil, Green},
		{"unchecked", func(d *OnDesk) { d.State = AssetToCheck }, LendingPolicy{}, time.Time{}, []string{"unchecked"}, Yellow},
		{"incomplete", func(d *OnDesk) { d.State = AssetIncomplete }, LendingPolicy{}, time.Time{}, []string{"incomplete"}, Yellow},
		{"reported", func(d *OnDesk) { d.ReportedOff = true }, LendingPolicy{}, time.Time{}, []string{"reported"}, Yellow},
		{"meant for another", func(d *OnDesk) { d.PlannedFor = "tom" }, LendingPolicy{}, time.Time{}, []string{"planned_for_other"}, Yellow},
		{"meant for her", func(d *OnDesk) { d.PlannedFor = "lena" }, LendingPolicy{}, time.Time{}, nil, Green},
		{"of a case that is out", func(d *OnDesk) { d.CaseNo = "L-26-000001" }, LendingPolicy{}, time.Time{}, []string{"of_case_out"}, Yellow},
		{"the lease ends before", func(d *OnDesk) { d.LeaseEnds = now.AddDate(0, 6, 0) }, LendingPolicy{}, long, []string{"lease_ends"}, Yellow},
		{"the lease ends later", func(d *OnDesk) { d.LeaseEnds = now.AddDate(2, 0, 0) }, LendingPolicy{}, long, nil, Green},
		{"the lease is over", func(d *OnDesk) { d.LeaseEnds = now.AddDate(0, 0, -1) }, LendingPolicy{}, time.Time{}, []string{"lease_ends"}, Yellow},
		{"MUC16: a notebook others manage", func(d *OnDesk) {
			d.Device, d.ManagedBy, d.Confirmed, d.Enrolled, d.LastReturn, d.Battery, d.LastSeen = "", ByOpsi, false, false, now, 3, time.Time{}
		}, LendingPolicy{}, time.Time{}, nil, Green},
	} {
		d := fine()
		x.make(&d)
		got := d.ForIssue("lena", "nord", Contract{Due: x.due}, x.policy, now)
		var codes []string
		for _, r := range got {
			codes = append(codes, r.Code)
		}
		if !slices.Equal(codes, x.want) || Worst(got) != x.light {
			t.Errorf("%s: %v %s, want %v %s", x.name, codes, Worst(got), x.want, x.light)
		}
	}
	for _, x := range []struct {
		name string
		d    OnDesk
		want []string
	}{
		{"fine", OnDesk{Asset: Asset{School: "nord"}, Contract: "k"}, nil},
		{"nobody has it", OnDesk{Asset: Asset{School: "nord"}}, []string{"not_issued"}},
		{"its case is out", OnDesk{Asset: Asset{School: "nord"}, CaseNo: "L"}, []string{"of_case"}},
		{"found", OnDesk{Asset: Asset{School: "nord"}, Contract: "k", Lost: true}, []string{"found"}},
		{"found, written off meanwhile", OnDesk{Asset: Asset{School: "nord"}, Lost: true}, []string{"found"}},
		{"of another school", OnDesk{Asset: Asset{School: "süd"}, Contract: "k"}, []string{"returned_elsewhere"}},
	} {
		var codes []string
		for _, r := range x.d.ForReturn("nord") {
			codes = append(codes, r.Code)
		}
		if !slices.Equal(codes, x.want) {
			t.Errorf("%s: %v, want %v", x.name, codes, x.want)
		}
	}
}
