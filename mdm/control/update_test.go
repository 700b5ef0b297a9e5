package control_test

import (
	"context"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"ranzen/mdm"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// reasonOf is what the page of an iPad says of the item of a profile.
func (p *played) reasonOf(serial string, profile school.ProfileID) mdm.Reason {
	p.t.Helper()
	f, have, err := p.st.DeviceFacts(context.Background(), p.by, p.page(serial).Device.ID)
	p.must(err)
	for _, r := range mdm.Explain(mdm.Desired(f), have, f, p.st.Now()) {
		if r.Profile == profile {
			return r
		}
	}
	return mdm.Reason{}
}

func (p *played) board() store.UpdateBoard {
	p.t.Helper()
	b, err := p.st.Updates(context.Background(), p.by, "")
	p.must(err)
	return b
}

func (p *played) os(serial string) string { return p.page(serial).Device.OSVersion }

// removed are the requests that OS 27 no longer knows: there is no path to them.
var removed = []string{"ScheduleOSUpdate", "ScheduleOSUpdateScan", "AvailableOSUpdates", "OSUpdateStatus"}

func TestAnUpdateIsDemandedReportedAndDone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		w := &wire{asked: map[string]map[string]bool{}}
		p.handler.(*mux.Router).Use(w.between)
		p.deliver(sim.Spec{Serial: "F9FXK2ABCA", OSVersion: "18.3", SignsGET: true}, sim.Spec{Serial: "F9FXK2ABCB", OSVersion: "18.3", SignsGET: true},
			sim.Spec{Serial: "F9FXK2ABCC", OSVersion: "18.3", SignsGET: true}, sim.Spec{Serial: "F9FXK2ABCD", ProductName: "iPad5,3", OSVersion: "15.8"})
		if !p.live(90, p.converged) {
			t.Fatal("the iPads do not enrol")
		}
		p.fleet.IPad("F9FXK2ABCB").Set(sim.FullStorage, true)
		p.fleet.IPad("F9FXK2ABCC").Set(sim.LowBattery, true)
		rule, version := p.profile("update", "iPadOS 26.4", url.Values{"version": {"26.4"}, "deadline": {"2020-01-02T18:00"}})
		p.assign(school.AtSchool, string(p.school), rule, version)
		if !p.live(120, func() bool { b := p.board(); return b.Met == 1 && b.Failing == 2 }) {
			t.Fatalf("%+v", p.board())
		}
		if p.os("F9FXK2ABCA") != "26.4" {
			t.Errorf("it has %s", p.os("F9FXK2ABCA"))
		}
		for serial, want := range map[string]mdm.Code{"F9FXK2ABCA": mdm.UpToDate, "F9FXK2ABCB": mdm.UpdateFails, "F9FXK2ABCC": mdm.UpdateFails, "F9FXK2ABCD": mdm.NeedsOS} {
			if r := p.reasonOf(serial, rule); r.Code != want {
				t.Errorf("%s: %+v", serial, r)
			}
		}
		for serial, cause := range map[string]school.Cause{"F9FXK2ABCB": school.CauseSpace, "F9FXK2ABCC": school.CauseBattery} {
			if r := p.reasonOf(serial, rule); r.Args["cause"] != string(cause) || r.Remedy != mdm.RemedyOf(cause) {
				t.Errorf("%s: %+v", serial, r)
			}
		}
		if b := p.board(); b.Demanded != 4 || b.Blocked != 1 || b.Late != 2 || b.Causes[school.CauseSpace] != 1 || b.Causes[school.CauseBattery] != 1 {
			t.Errorf("%+v", b)
		}
		for _, serial := range []string{"F9FXK2ABCB", "F9FXK2ABCC"} {
			p.fleet.IPad(serial).Set(sim.FullStorage, false)
			p.fleet.IPad(serial).Set(sim.LowBattery, false)
		}
		if !p.live(200, func() bool { return p.board().Met == 3 && p.converged() }) {
			t.Fatalf("helped, and still %+v", p.board())
		}
		if i := p.fleet.IPad("F9FXK2ABCB").Snapshot(); i.OSVersion != "26.4" {
			t.Errorf("%s", i.OSVersion)
		}
		for _, request := range removed {
			if w.asked[request] != nil {
				t.Errorf("%s was sent", request)
			}
		}
	})
}

// TestMUC18_NoIPadUpdatesInAFreeze: a deadline in it does not come, and after it the update does.
func TestMUC18_NoIPadUpdatesInAFreeze(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := context.Background()
		p := play(t, st, sim.Calm())
		p.deliver(sim.Spec{Serial: "F9FXK2ABCA", OSVersion: "18.3", SignsGET: true})
		if !p.live(90, p.converged) {
			t.Fatal("the iPad does not enrol")
		}
		id, _, err := st.AddFreeze(ctx, p.by, school.Freeze{Name: "Abitur", Scope: school.Scope{Level: school.AtClass, ID: string(p.class)}, From: st.Now().Add(-time.Hour), Until: st.Now().Add(24 * time.Hour)})
		p.must(err)
		rule, version := p.profile("update", "iPadOS 26.4", url.Values{"version": {"26.4"}, "deadline": {"2020-01-02T18:00"}})
		p.assign(school.AtSchool, string(p.school), rule, version)
		p.live(60, func() bool { return false })
		if p.os("F9FXK2ABCA") != "18.3" || p.reasonOf("F9FXK2ABCA", rule).Code != mdm.Frozen {
			t.Errorf("it has %s: %+v", p.os("F9FXK2ABCA"), p.reasonOf("F9FXK2ABCA", rule))
		}
		held := slices.ContainsFunc(p.fleet.IPad("F9FXK2ABCA").Snapshot().Declarations, func(d sim.InstalledDeclaration) bool {
			return d.Type == school.UpdateSettingsDeclared && d.Active
		})
		if !held {
			t.Error("updates are not held back on the iPad")
		}
		_, err = st.RemoveFreeze(ctx, p.by, id)
		p.must(err)
		if !p.live(200, func() bool { return p.os("F9FXK2ABCA") == "26.4" && p.converged() }) {
			t.Errorf("after the freeze: %+v", p.reasonOf("F9FXK2ABCA", rule))
		}
	})
}
