package control_test

import (
	"context"
	"fmt"
	"testing"
	"time"

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
	weather := p.apple.Weather()
	p.apple.SetWeather(sim.Calm())
	defer p.apple.SetWeather(weather)
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

// The whole way in hostile weather: an app given to a class of which there are too few licences, more bought, an iPad that leaves, one that
// is erased by hand, one that falls silent, and the app taken away. In every round bought is used plus free, Apple never gave more than we
// know of, and no iPad has the app without a licence; within the hour whoever left has given his back.
func TestMUC18_AnAppGoesToAClassAndComesBackInHostileWeather(t *testing.T) {
	eachClocked(t, func(t *testing.T, st *store.Store, c *clock) {
		ctx := context.Background()
		weather := sim.Hostile()
		weather.SleepFor = 20 * time.Second
		p := play(t, st, weather)
		const class, few = 10, 6
		app := p.sells(few)[0]
		location := p.apple.Locations()[0]
		given := p.give(app)
		var specs []sim.Spec
		for i := range class {
			x := sim.Spec{Serial: fmt.Sprintf("F9FXK2AB%02d", i), OSVersion: "26.4", SignsGET: true, FreeGB: 20}
			if i%3 == 0 {
				x.ProductName, x.OSVersion = "iPad5,3", "15.8"
			}
			specs = append(specs, x)
		}
		p.deliver(specs...)
		x := func() store.App {
			x, err := st.AppOf(ctx, p.by, app.profile)
			p.must(err)
			return x
		}
		round := func() {
			t.Helper()
			x := x()
			if _, used := location.Counts(app.adam); x.Bought != x.Used+x.Free || used > x.Used {
				t.Fatalf("the ledger says %d = %d + %d, Apple gave %d", x.Bought, x.Used, x.Free, used)
			}
		}
		reported := func() (n int) {
			round()
			progress, err := st.Progress(ctx, p.by, school.Scope{Level: school.AtClass, ID: string(p.class)})
			p.must(err)
			for _, g := range progress {
				if g.Via.Profile == app.profile {
					n = g.Confirmed
				}
			}
			return n
		}
		loaded := func() (out []string) {
			for _, i := range p.fleet.IPads() {
				if _, ok := i.Snapshot().App(app.bundle); ok {
					out = append(out, i.Serial())
				}
			}
			return out
		}
		until := func(what string, done func() bool) {
			t.Helper()
			if !p.alive(c, 1500, done) {
				for _, i := range p.fleet.IPads() {
					t.Logf("%s %+v", i.Serial(), p.reasonOf(i.Serial(), app.profile))
				}
				t.Fatalf("%s: it did not come to that; %+v", what, x())
			}
		}
		until("as many report it as there are licences", func() bool { return reported() == few && x().Short == class-few })
		if n := len(loaded()); n != few {
			t.Errorf("%d iPads have it", n)
		}
		rolled := func(confirmed int) { // what the board of roll-outs says of the school
			t.Helper()
			all, err := st.Rollouts(ctx, p.by, "")
			p.must(err)
			for _, r := range all {
				if r.Profile == app.profile && len(r.Schools) == 1 && r.Schools[0].Total == class && r.Schools[0].Confirmed == confirmed {
					return
				}
			}
			t.Errorf("rolled out to %d: %+v", confirmed, all)
		}
		rolled(few)

		location.Buy(app.adam, class-few)
		tokens, err := st.ContentTokens(ctx, p.by)
		p.must(err)
		p.must(st.WantContent(ctx, p.by, tokens[0].ID))
		until("all report it", func() bool { return reported() == class })
		rolled(class)

		// One leaves the management, one is silent for longer than the location waits.
		p.order(p.by, school.Remove, school.OrderArgs{Reason: "Verkauft"}, p.page(specs[0].Serial).Device.ID)
		until("one has left", func() bool { round(); return !p.fleet.IPad(specs[0].Serial).Snapshot().Enrolled })
		p.fleet.IPad(specs[1].Serial).Sleep()
		_, err = st.ChangeContentToken(ctx, p.by, store.ContentToken{ID: tokens[0].ID, Name: "Nord", SilentDays: 14})
		p.must(err)
		c.moved += 15 * 24 * time.Hour
		free := func() bool { round(); return x().Used == class-2 }
		p.alive(c, 60, func() bool { return false }) // the others were seen again
		began := c.moved
		p.must(st.SweepLicences(ctx, p.by.Tenant))
		until("who left gave the licence back", free)
		if late := c.moved - began; late > time.Hour/2 { // the sweep is made twice an hour
			t.Errorf("it took %s", late)
		}
		p.fleet.IPad(specs[1].Serial).Wake()
		until("who is back has it again", func() bool { return reported() == class-1 })

		_, err = st.Unassign(ctx, p.by, given[0])
		p.must(err)
		until("it is gone, and every licence is free", func() bool {
			round()
			_, used := location.Counts(app.adam)
			return len(loaded()) == 0 && used == 0 && x().Used == 0 && x().Free == class
		})
	})
}

// A returned iPad is ready when its apps are there, and not before; one whose app has no licence waits for a person.
func TestAReturnedIPadIsReadyWhenItsAppsAre(t *testing.T) {
	eachClocked(t, func(t *testing.T, st *store.Store, c *clock) {
		ctx := context.Background()
		weather := sim.Calm()
		weather.AppTakes = 5 * time.Minute
		p := play(t, st, weather)
		apps := p.sells(1, 0)
		p.give(apps[0])
		p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "26.4", SignsGET: true})
		i := p.fleet.IPads()[0]
		has := func() bool { return p.reasonOf("F9FXK2ABCD", apps[0].profile).Status == mdm.Confirmed }
		if !p.alive(c, 400, has) {
			t.Fatalf("%+v", p.reasonOf("F9FXK2ABCD", apps[0].profile))
		}
		turn := func(ended bool) (x school.Turnaround) {
			rows, err := st.Turnarounds(ctx, p.by, store.TurnaroundFilter{Ended: ended})
			p.must(err)
			if len(rows) > 0 {
				x = rows[0].Turnaround
			}
			return x
		}
		life := i.Snapshot().Life
		p.order(p.by, school.MakeReady, school.OrderArgs{Reason: "Rückgabe"}, p.page("F9FXK2ABCD").Device.ID)
		loading := false
		if !p.alive(c, 1000, func() bool {
			if x := turn(false); x.Step == school.TurnApps && x.Reason == school.TurnLoading {
				loading = loading || !has()
			}
			return !turn(true).Ended.IsZero()
		}) {
			t.Fatalf("not ready: %+v", turn(false))
		}
		if x := turn(true); !loading || !has() || i.Snapshot().Life == life || x.Done[school.TurnApps].Before(x.Done[school.TurnProfiles]) {
			t.Errorf("it was loading: %v, and is there: %v; %+v", loading, has(), x)
		}

		p.give(apps[1])
		p.alive(c, 30, func() bool { return p.reasonOf("F9FXK2ABCD", apps[1].profile).Code == mdm.NoLicence })
		p.order(p.by, school.MakeReady, school.OrderArgs{Reason: "Rückgabe"}, p.page("F9FXK2ABCD").Device.ID)
		if !p.alive(c, 1000, func() bool { x := turn(false); return x.Reason == school.TurnNoApps && x.Halted() }) {
			t.Errorf("without a licence: %+v", turn(false))
		}
	})
}
