package control_test

import (
	"context"
	"net/url"
	"slices"
	"testing"
	"time"

	"ranzen/mdm"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// order plans an order and gives it, as a page does.
func (p *played) order(by school.Actor, k school.OrderKind, a school.OrderArgs, devices ...school.DeviceID) school.WarrantID {
	p.t.Helper()
	plan, err := p.st.Plan(context.Background(), by, school.Change{Kind: school.ChangeOrder, Devices: devices, Order: &school.OrderWish{Kind: k, Args: a}}, mdm.Preview)
	p.must(err)
	_, err = p.st.ApplyTyped(context.Background(), by, plan.ID, store.Asks(plan), mdm.Preview)
	p.must(err)
	return school.WarrantID(plan.ID)
}

// alive is live with the jobs beside it: Apple is asked for locks, and turnarounds go on.
func (p *played) alive(c *clock, rounds int, done func() bool) bool {
	ctx := context.Background()
	return p.live(rounds, func() bool {
		c.moved += 2 * time.Second
		if _, err := p.enroll.SyncToken(ctx, p.token); err == nil { // in bad weather Apple is asked again
			p.enroll.AssignProfiles(ctx, p.token)
		}
		p.must(p.st.FlushSeen(ctx))
		p.must(p.enroll.Unlock(ctx))
		p.must(p.enroll.Licences(ctx, p.by.Tenant))
		p.must(p.st.AdvanceTurnarounds(ctx))
		return done()
	})
}

// clock is the store's; it goes as fast as the fleet's.
type clock struct{ moved time.Duration }

func (c *clock) now() time.Time { return time.Now().Add(c.moved) }

func eachClocked(t *testing.T, fn func(t *testing.T, st *store.Store, c *clock)) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		c := &clock{}
		fn(t, storetest.Open(t, storetest.URL(t, engine), store.Options{Now: c.now}), c)
	})
}

func (p *played) latest(d school.DeviceID, k school.OrderKind) school.Order {
	p.t.Helper()
	all, err := p.st.Orders(context.Background(), p.by, d, 50)
	p.must(err)
	i := slices.IndexFunc(all, func(o school.Order) bool { return o.Kind == k })
	if i < 0 {
		return school.Order{}
	}
	return all[i]
}

// Returned iPads find their way to the next person in bad weather: locked to accounts of their own, deaf, busy, and erasing
// only when they are told twice.
func TestReturnedIPadsFindTheirWayInHostileWeather(t *testing.T) {
	eachClocked(t, func(t *testing.T, st *store.Store, c *clock) {
		weather := sim.Hostile()
		weather.NoErase, weather.UnlockUnavailable, weather.SleepFor = 0.5, 0.5, 20*time.Second
		p := play(t, st, weather)
		p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "26.4", SignsGET: true}, sim.Spec{Serial: "F9FXK2ABCE", OSVersion: "16.7"}, sim.Spec{Serial: "F9FXK2ABCF", OSVersion: "26.4", SignsGET: true})
		wifi, v := p.profile("wifi", "WLAN Schule", url.Values{"ssid": {"GYN-Schule"}, "security": {"WPA2"}, "password": {"schulweg7"}})
		p.assign(school.AtClass, string(p.class), wifi, v)
		if !p.alive(c, 600, p.converged) {
			t.Fatal("the iPads do not enrol")
		}
		var ids []school.DeviceID
		lives := map[string]int{}
		for n, i := range p.fleet.IPads() {
			ids = append(ids, p.page(i.Serial()).Device.ID)
			lives[i.Serial()] = i.Snapshot().Life
			if n < 2 {
				i.LockToAccount()
			}
		}
		p.order(p.by, school.MakeReady, school.OrderArgs{Reason: "Ausgabe im August"}, ids...)
		ready := func() []store.TurnaroundRow {
			rows, err := st.Turnarounds(context.Background(), p.by, store.TurnaroundFilter{Ended: true})
			p.must(err)
			return rows
		}
		held := func() bool { return !p.latest(ids[0], school.Unlock).Created.IsZero() }
		if p.alive(c, 20, held) {
			t.Fatal("something happened before the minute was over")
		}
		if !p.alive(c, 4000, func() bool { return len(ready()) == len(ids) }) {
			rows, _ := st.Turnarounds(context.Background(), p.by, store.TurnaroundFilter{})
			for _, x := range rows {
				t.Logf("%s: %s since %s: %s, %d tries", x.Number, x.Step, x.Since, x.Reason, x.Tries)
			}
			for _, i := range p.fleet.IPads() {
				t.Logf("%+v", i.Snapshot())
			}
			t.Fatal("not all are ready")
		}
		for _, x := range ready() {
			if x.Why != string(school.TurnReady) || x.Done[school.TurnEnrol].IsZero() || x.Done[school.TurnReady].Before(x.Done[school.TurnEnrol]) {
				t.Errorf("%+v", x)
			}
		}
		for _, i := range p.fleet.IPads() {
			s := i.Snapshot()
			if s.Life <= lives[s.Serial]+1 || !s.Enrolled || s.Awaiting {
				t.Errorf("%s was not erased: %d lives before, now %+v", s.Serial, lives[s.Serial], s)
			}
		}
	})
}

func TestALostIPadIsFoundAndReturns(t *testing.T) {
	eachClocked(t, func(t *testing.T, st *store.Store, c *clock) {
		ctx := context.Background()
		p := play(t, st, sim.Calm())
		p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "26.4", HasPasscode: true, SignsGET: true})
		if !p.alive(c, 60, p.converged) {
			t.Fatal("the iPad does not enrol")
		}
		d, i := p.page("F9FXK2ABCD").Device.ID, p.fleet.IPads()[0]
		if _, err := st.GiveOrder(ctx, p.by, school.LostSound, []school.DeviceID{d}); school.KindOf(err) != school.Conflict {
			t.Fatalf("a sound before it is lost: %v", err)
		}
		i.Lock()
		p.order(p.by, school.LostOn, school.OrderArgs{Message: "Bitte zurückgeben", Reason: "Im Bus vergessen"}, d)
		if !p.alive(c, 60, func() bool { return i.Snapshot().LostMode && p.latest(d, school.LostOn).State == school.Done }) {
			t.Fatalf("not lost: %+v", i.Snapshot())
		}
		if s := i.Snapshot(); s.LostText != "Bitte zurückgeben" {
			t.Errorf("it shows %q", s.LostText)
		}
		// Whatever is assigned meanwhile waits; what finds it is obeyed.
		wifi, v := p.profile("wifi", "WLAN Schule", url.Values{"ssid": {"GYN-Schule"}, "security": {"WPA2"}, "password": {"schulweg7"}})
		p.assign(school.AtClass, string(p.class), wifi, v)
		_, err := st.GiveOrder(ctx, p.by, school.LostSound, []school.DeviceID{d})
		p.must(err)
		if !p.alive(c, 60, func() bool { return i.Snapshot().Sounds == 1 }) {
			t.Fatal("it makes no sound")
		}
		if len(i.Snapshot().Profiles) != 1 {
			t.Error("a profile came in lost mode")
		}
		w := p.order(p.by, school.Locate, school.OrderArgs{Reason: "Anzeige erstattet"}, d)
		if p.alive(c, 30, func() bool { return i.Snapshot().Located > 0 }) {
			t.Fatal("located although nobody agreed")
		}
		second := school.Actor{Kind: school.PersonActor, Account: "zwei", Name: "Zwei", Tenant: p.by.Tenant, Grants: []school.Grant{{Role: school.AuthorityAdmin, Authority: p.by.Tenant}}}
		p.must(st.ApproveOrder(ctx, second, w))
		if !p.alive(c, 60, func() bool { return p.latest(d, school.Locate).State == school.Done }) {
			t.Fatal("not located")
		}
		o := p.latest(d, school.Locate)
		if _, _, err := st.OrderAnswer(ctx, second, o.ID, " "); school.KindOf(err) != school.Invalid {
			t.Errorf("a location without a reason: %v", err)
		}
		_, answer, err := st.OrderAnswer(ctx, second, o.ID, "Polizei")
		p.must(err)
		if at, err := store.LocationOf(answer); err != nil || at.Latitude < 54 || at.At.IsZero() {
			t.Errorf("location %+v %v", at, err)
		}
		_, err = st.GiveOrder(ctx, p.by, school.LostOff, []school.DeviceID{d})
		p.must(err)
		i.Unlock()
		if !p.alive(c, 60, func() bool { return !i.Snapshot().LostMode && len(i.Snapshot().Profiles) == 2 }) {
			t.Fatalf("not back: %+v", i.Snapshot())
		}
		c.moved += school.AnswerKept
		p.must(st.ExpireOrders(ctx))
		if _, _, err := st.OrderAnswer(ctx, second, o.ID, "Polizei"); school.KindOf(err) != school.Conflict {
			t.Errorf("the location is still kept: %v", err)
		}
	})
}

func TestOrdersDoWhatTheySay(t *testing.T) {
	var c clock
	st := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{Now: c.now})
	p := play(t, st, sim.Calm())
	p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "26.4", HasPasscode: true, SignsGET: true}, sim.Spec{Serial: "F9FXK2ABCE", OSVersion: "26.4", Shared: true})
	if !p.alive(&c, 60, p.converged) {
		t.Fatal("the iPads do not enrol")
	}
	one, shared := p.page("F9FXK2ABCD").Device.ID, p.page("F9FXK2ABCE").Device.ID
	i, s := p.fleet.IPad("F9FXK2ABCD"), p.fleet.IPad("F9FXK2ABCE")
	s.SignInUser("kim", "Kim Beispiel", true)
	reason := school.OrderArgs{Reason: "Probe"}
	for _, x := range []struct {
		kind school.OrderKind
		on   school.DeviceID
		args school.OrderArgs
		done func() bool
	}{
		{school.Rename, one, school.OrderArgs{Name: "MS-26-000417"}, func() bool { return i.Snapshot().Name == "MS-26-000417" }},
		{school.LockScreen, one, school.OrderArgs{Message: "Bitte abgeben"}, func() bool { return i.Snapshot().Locked }},
		{school.ClearPasscode, one, reason, func() bool { return !i.Snapshot().Passcode && !i.Snapshot().Locked }},
		{school.Users, shared, school.OrderArgs{}, func() bool { return p.latest(shared, school.Users).State == school.Done }},
		{school.LogOut, shared, school.OrderArgs{}, func() bool { return p.latest(shared, school.LogOut).State == school.Done }},
		{school.DeleteUser, shared, school.OrderArgs{User: "kim", Reason: "Probe"}, func() bool { return p.latest(shared, school.DeleteUser).Result == "MCMDMErrorDomain 12073" }},
		{school.DeleteUser, shared, school.OrderArgs{User: "kim", Force: true, Reason: "Probe"}, func() bool { return len(s.Snapshot().Users) == 0 }},
		{school.Remove, shared, reason, func() bool { return !s.Snapshot().Enrolled }},
		{school.Reset, one, reason, func() bool { return p.latest(one, school.Reset).State == school.Done && i.Snapshot().Enrolled }},
		{school.ShutDown, one, school.OrderArgs{}, func() bool { return i.Snapshot().Asleep }},
	} {
		p.order(p.by, x.kind, x.args, x.on)
		if !p.alive(&c, 300, x.done) {
			t.Errorf("%s: %+v", x.kind, p.latest(x.on, x.kind))
		}
		if x.kind == school.Users {
			_, answer, err := st.OrderAnswer(context.Background(), p.by, p.latest(shared, school.Users).ID, "")
			p.must(err)
			if users, err := store.UsersOf(answer); err != nil || len(users) != 1 || users[0].Login != "kim" || !users[0].Here {
				t.Errorf("users %+v %v", users, err)
			}
		}
	}
}

// While a school wants quiet nothing is sent to its iPads of the server's own accord: what is assigned meanwhile arrives
// afterwards, by itself.
func TestInstallsWaitForTheQuietHoursOfTheirSchool(t *testing.T) {
	eachClocked(t, func(t *testing.T, st *store.Store, c *clock) {
		p := play(t, st, sim.Calm())
		p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "26.4", SignsGET: true}, sim.Spec{Serial: "F9FXK2ABCE", OSVersion: "16.7"})
		if !p.alive(c, 120, p.converged) {
			t.Fatal("the iPads do not enrol")
		}
		now := c.now().In(store.Berlin)
		minute := now.Hour()*60 + now.Minute()
		_, err := st.SetCalm(context.Background(), p.by, p.school, school.Calm{PerMinute: 60, From: (minute + 24*60 - 1) % (24 * 60), Until: (minute + 120) % (24 * 60)})
		p.must(err)
		wifi, v := p.profile("wifi", "WLAN Schule", url.Values{"ssid": {"GYN-Schule"}, "security": {"WPA2"}, "password": {"schulweg7"}})
		p.assign(school.AtClass, string(p.class), wifi, v)
		there := func(n int) func() bool {
			return func() bool {
				progress, err := st.Progress(context.Background(), p.by, school.Scope{Level: school.AtClass, ID: string(p.class)})
				p.must(err)
				return len(progress) == 1 && progress[0].Confirmed >= n
			}
		}
		if p.alive(c, 60, there(1)) {
			t.Error("it was installed in the quiet hours")
		}
		c.moved += 2*time.Hour + time.Minute
		if !p.alive(c, 120, there(2)) {
			t.Error("it does not arrive after the quiet hours")
		}
	})
}
