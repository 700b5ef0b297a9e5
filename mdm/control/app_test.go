package control_test

import (
	"context"
	"fmt"
	"testing"

	"ranzen/mdm"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
)

// soldApp is an app of the played App Store that can be assigned here.
type soldApp struct {
	adam, bundle string
	profile      school.ProfileID
	version      school.VersionID
	key          school.ItemKey
}

// sells opens an App Store and a location that owns so many licences of each app.
func (p *played) sells(each ...int) (out []soldApp) {
	p.t.Helper()
	ctx := context.Background()
	l := p.apple.AddLocation("Nord", "Musterstadt")
	for i, n := range each {
		x := soldApp{adam: fmt.Sprint(2001 + i), bundle: fmt.Sprintf("example.app%d", i)}
		p.apple.Offer(sim.App{AdamID: x.adam, BundleID: x.bundle, Name: fmt.Sprintf("App %d", i), Seller: "Beispiel", Version: "1.0", MinimumOS: "15.0", Size: 1_000_000})
		l.Buy(x.adam, n)
		out = append(out, x)
	}
	_, err := p.enroll.KeepContentToken(ctx, p.by, store.ContentToken{}, l.Token())
	p.must(err)
	p.must(p.enroll.Licences(ctx, p.by.Tenant))
	list, err := p.st.Apps(ctx, p.by, store.AppFilter{})
	p.must(err)
	if len(list.Rows) != len(each) {
		p.t.Fatalf("%d apps are listed", len(list.Rows))
	}
	for i, x := range list.Rows {
		profile, err := p.st.Profile(ctx, p.by, x.Profile)
		p.must(err)
		out[i].profile, out[i].version, out[i].key = x.Profile, profile.Latest, school.AppKey(out[i].bundle)
	}
	return out
}

// give assigns apps to the class.
func (p *played) give(apps ...soldApp) (out []school.AssignmentID) {
	p.t.Helper()
	for _, x := range apps {
		out = append(out, p.assign(school.AtClass, string(p.class), x.profile, x.version))
	}
	return out
}

// TestKWH07_AppsAreReportedWhicheverWayTheyGo: an old iPad gets an app by command, a new one by declaration; both report it. A second
// app with too few licences reaches one of them, and the other says what is missing. Taken away, they are gone and their licences free.
func TestKWH07_AppsAreReportedWhicheverWayTheyGo(t *testing.T) {
	eachClocked(t, func(t *testing.T, st *store.Store, c *clock) {
		p := play(t, st, sim.Calm())
		apps := p.sells(5, 1)
		given := p.give(apps...)
		p.deliver(sim.Spec{Serial: "F9FXK2ABCA", OSVersion: "26.4", SignsGET: true}, sim.Spec{Serial: "F9FXK2ABCB", ProductName: "iPad5,3", OSVersion: "15.8"})
		has := func(serial string, x soldApp) bool { _, ok := p.fleet.IPad(serial).Snapshot().App(x.bundle); return ok }
		both := []string{"F9FXK2ABCA", "F9FXK2ABCB"}
		status := func(serial string, x soldApp) mdm.Status { return p.reasonOf(serial, x.profile).Status }
		if !p.alive(c, 200, func() bool {
			return status(both[0], apps[0]) == mdm.Confirmed && status(both[1], apps[0]) == mdm.Confirmed
		}) {
			t.Fatalf("not reported: %+v %+v", p.reasonOf(both[0], apps[0].profile), p.reasonOf(both[1], apps[0].profile))
		}
		confirmed, short := 0, 0
		p.alive(c, 60, func() bool {
			confirmed, short = 0, 0
			for _, s := range both {
				switch r := p.reasonOf(s, apps[1].profile); {
				case r.Status == mdm.Confirmed && has(s, apps[1]):
					confirmed++
				case r.Code == mdm.NoLicence && r.Remedy == mdm.BuyLicences && !has(s, apps[1]):
					short++
				}
			}
			return confirmed == 1 && short == 1
		})
		if confirmed != 1 || short != 1 {
			t.Errorf("one licence for two iPads: %d have it, %d miss it", confirmed, short)
		}
		for _, a := range given {
			_, err := st.Unassign(context.Background(), p.by, a)
			p.must(err)
		}
		gone := func() bool {
			list, err := st.Apps(context.Background(), p.by, store.AppFilter{})
			p.must(err)
			for i, x := range list.Rows {
				if x.Used != 0 || x.Free != x.Bought || x.Short != 0 || has(both[0], apps[i]) || has(both[1], apps[i]) {
					return false
				}
			}
			return true
		}
		if !p.alive(c, 200, gone) {
			t.Error("taken away, and still there or licensed")
		}
	})
}
