package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	engine "ranzen/mdm"
	"ranzen/mdm/sim"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// world is a whole server with a played district around it, running: the same builder as serve and demo.
type world struct {
	t  *testing.T
	d  *demo
	by school.Actor
}

// begin opens a district of n iPads on an engine and lets server and iPads run until the test ends.
func begin(t *testing.T, engine string, n int, speed float64, weather sim.Weather) *world {
	t.Helper()
	return beginHeard(t, engine, n, speed, weather, "error", t.Output())
}

// beginHeard is begin with somebody who reads the log.
func beginHeard(t *testing.T, engine string, n int, speed float64, weather sim.Weather, level string, log io.Writer) *world {
	t.Helper()
	d := played(t, storetest.URL(t, engine), n, speed, weather)
	d.cmd.Log, d.out.err = level, log
	w, end := live(t, d)
	t.Cleanup(end)
	return w
}

// played is a district of n iPads that nobody has opened yet.
func played(t *testing.T, database string, n int, speed float64, weather sim.Weather) *demo {
	return &demo{cmd: demoCmd{Devices: n, Dir: filepath.Join(t.TempDir(), "demo"), Database: database, Seed: 7, District: "demo", Log: "error"},
		out: streams{io.Discard, t.Output()}, speed: speed, weather: &weather}
}

// live opens a district and lets server and iPads run until end.
func live(t *testing.T, d *demo) (w *world, end func()) {
	t.Helper()
	w = &world{t: t, d: d}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	w.must(d.prepare())
	w.must(d.open(ctx, "http://127.0.0.1"))
	var err error
	if w.by, err = d.authority(ctx); err != nil {
		d.s.Close()
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { d.s.Run(ctx) })
	wg.Go(func() { d.fleet.Run(ctx) })
	return w, func() {
		stop()
		wg.Wait()
		if err := d.s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// unansweredTwice is longer than an iPad waits for its third push, where the first two led to a server that was not there.
const unansweredTwice = 7 * time.Minute

// until waits for something that must come true; at the end it says how the devices stand.
func (w *world) until(what string, true func() bool) {
	w.t.Helper()
	for end := time.Now().Add(unansweredTwice); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if true() {
			return
		}
	}
	w.explain()
	w.t.Fatalf("%s: it did not come to that", what)
}

// explain logs why devices are not where they should be.
func (w *world) explain() {
	facts, have := w.everyone()
	shown := 0
	for i, f := range facts {
		for _, r := range engine.Explain(engine.Desired(f), have[i], f, w.d.s.Store.Now()) {
			if r.Status != engine.Confirmed && r.Status != engine.Aside && shown < 20 {
				shown++
				s := w.d.fleet.IPad(f.Device.Serial).Snapshot()
				w.t.Logf("%s: %s %s %s %v; iPad: %s %s online=%v asleep=%v", f.Device.Serial, r.Name, r.Status, r.Code, r.Args, s.Phase, s.Problem, s.Online, s.Asleep)
			}
		}
	}
}

func (w *world) everyone() ([]school.Facts, []school.Reported) {
	w.t.Helper()
	f, h, err := w.d.s.Store.ScopeFacts(context.Background(), w.by, school.Scope{Level: school.AtAuthority, ID: string(w.by.Tenant)})
	w.must(err)
	return f, h
}

func (w *world) counts() (c store.Count) {
	all, err := w.d.s.Store.Counts(context.Background())
	w.must(err)
	if len(all) == 1 {
		c = all[0]
	}
	return c
}

// settled reports whether every device that is awake has what it should have.
func (w *world) settled() bool {
	facts, have := w.everyone()
	now := w.d.s.Store.Now()
	for i, f := range facts {
		if f.Enrollment == "" {
			return false
		}
		if w.d.fleet.IPad(f.Device.Serial).Snapshot().Asleep && f.Device.LastSeen.Before(now.Add(-24*time.Hour)) {
			continue // the one that has slept for sixteen days
		}
		for _, r := range engine.Explain(engine.Desired(f), have[i], f, now) {
			if r.Status == engine.Coming || r.Status == engine.Leaving {
				return false
			}
		}
	}
	return true
}

func (w *world) class(name string) school.ClassID {
	w.t.Helper()
	page, err := w.d.s.Store.Classes(context.Background(), w.by, store.ClassFilter{Text: name})
	w.must(err)
	for _, c := range page.Rows {
		if c.Name == name {
			return c.ID
		}
	}
	w.t.Fatalf("no class %s", name)
	return ""
}

func (w *world) profileNamed(name string) (school.ProfileID, school.VersionID, school.ItemKey) {
	w.t.Helper()
	ctx := context.Background()
	page, err := w.d.s.Store.Profiles(ctx, w.by, store.ProfileFilter{Search: name})
	w.must(err)
	for _, p := range page.Rows {
		if p.Name == name {
			v, err := w.d.s.Store.Versions(ctx, w.by, p.ID, 0, 1)
			w.must(err)
			return p.ID, v[0].ID, school.ItemKey(p.Identifier)
		}
	}
	w.t.Fatalf("no profile %s", name)
	return "", "", ""
}

// assign goes the way a person goes: plan, look, apply.
func (w *world) assign(scope school.Scope, at school.SchoolID, profile school.ProfileID, version school.VersionID) school.Preview {
	w.t.Helper()
	ctx := context.Background()
	plan, err := w.d.s.Store.Plan(ctx, w.by, school.Change{Kind: school.ChangeAssign, Assignment: school.Assignment{
		Scope: scope, School: at, Profile: profile, Version: version, Mode: school.Required}}, engine.Preview)
	w.must(err)
	_, err = w.d.s.Store.Apply(ctx, w.by, plan.ID, plan.Preview.Total, engine.Preview)
	w.must(err)
	return plan.Preview
}

// hashes is what every device should be, by serial.
func (w *world) hashes() map[string]string {
	facts, _ := w.everyone()
	out := map[string]string{}
	for _, f := range facts {
		s := engine.Desired(f)
		out[f.Device.Serial] = s.Set + fmt.Sprint(s.Overlay)
	}
	return out
}

// A school year's first week, in bad weather: three schools, 300 iPads. A delivery is announced, Apple's feed brings the
// serials, the devices enrol; a class gets Wi-Fi and restrictions; a pupil moves; a device moves to another school with the
// same Wi-Fi and sees no removal, a pupil changes schools with hers; a user deletes a profile and it comes back; a tenth of pushes and of answers is lost.
func TestStory(t *testing.T) {
	t.Parallel()
	for _, on := range storetest.Engines {
		t.Run(on, func(t *testing.T) {
			t.Parallel()
			weather := sim.Hostile()
			weather.PushLost, weather.AnswerLost = 0.10, 0.10
			w := begin(t, on, 300, 30, weather)
			ctx := context.Background()
			st := w.d.s.Store
			w.until("300 iPads are enrolled", func() bool { return w.counts().Enrolled == 300 })
			w.until("they have what was assigned before", w.settled)
			before := w.hashes()

			// The class gets its Wi-Fi and restrictions.
			b := w.class(demoClass)
			wifi, wv, wkey := w.profileNamed("WLAN " + demoSchool)
			c, err := profiles.Build("restrictions", "Einschränkungen Sek I", url.Values{"allowCamera": {"false"}, "allowAirDrop": {"false"}}, nil)
			w.must(err)
			rp, _, _, err := st.CreateProfile(ctx, w.by, school.Profile{Name: "Einschränkungen Sek I"}, "restrictions", c)
			w.must(err)
			rv, _, err := st.Publish(ctx, w.by, rp)
			w.must(err)
			at := school.Scope{Level: school.AtClass, ID: string(b)}
			preview := w.assign(at, "", wifi, wv)
			if preview.Total != 27 || preview.Count(school.Gains) != 25 || preview.Count(school.Unknown) != 1 || preview.Count(school.Impossible) != 1 {
				t.Errorf("the plan says %d: %d gain, %d unknown, %d impossible; want 27: 25, 1, 1", preview.Total,
					preview.Count(school.Gains), preview.Count(school.Unknown), preview.Count(school.Impossible))
			}
			w.assign(at, "", rp, rv)
			w.until("7b has Wi-Fi and restrictions", w.settled)
			progress, err := st.Progress(ctx, w.by, at)
			w.must(err)
			for _, p := range progress {
				if p.Via.Profile == wifi && (p.Confirmed != 25 || p.Total != 27) {
					t.Errorf("Wi-Fi: %d of %d, want 25 of 27", p.Confirmed, p.Total)
				}
			}

			// A pupil with her iPad moves to 8c, which has the same Wi-Fi. The iPad keeps it and never loses it.
			other := w.class("8c")
			w.assign(school.Scope{Level: school.AtClass, ID: string(other)}, "", wifi, wv)
			w.until("8c has the Wi-Fi", w.settled)
			facts, _, err := st.ScopeFacts(ctx, w.by, at)
			w.must(err)
			mover := w.pick(facts, wkey)
			_, err = st.MoveToClass(ctx, w.by, other, mover.Place.Person)
			w.must(err)
			w.until("the pupil's iPad has what 8c has", w.settled)
			w.kept(mover.Device.Serial, wkey)

			// A device moves to another school where the same profile is valid: no removal, no second installation.
			west := w.school("Realschule West")
			w.assign(school.Scope{Level: school.AtSchool, ID: string(west)}, west, wifi, wv)
			w.until("Realschule West has the Wi-Fi", w.settled)
			facts, _, err = st.ScopeFacts(ctx, w.by, at)
			w.must(err)
			moved := w.pick(facts, wkey)
			uuid := w.installed(moved.Device.Serial, wkey)
			if _, err := st.MoveDevices(ctx, w.by, []school.DeviceID{moved.Device.ID}, store.Destination{School: &west}); err != nil {
				t.Fatal(err)
			}
			w.until("the device is at home there", w.settled)
			w.kept(moved.Device.Serial, wkey)
			if now := w.installed(moved.Device.Serial, wkey); now != uuid {
				t.Errorf("the Wi-Fi was installed anew: %s, before %s", now, uuid)
			}

			// A pupil changes schools and takes the iPad along, in two clicks: a plan and its start. Nothing is erased, the Wi-Fi stays.
			facts, _, err = st.ScopeFacts(ctx, w.by, at)
			w.must(err)
			taken := w.pick(slices.DeleteFunc(facts, func(f school.Facts) bool { return f.Device.School == west }), wkey)
			uuid = w.installed(taken.Device.Serial, wkey)
			plan, err := st.Plan(ctx, w.by, school.Change{Kind: school.ChangeMove, Person: taken.Place.Person, To: school.Placement{School: west}}, engine.Preview)
			w.must(err)
			_, err = st.Apply(ctx, w.by, plan.ID, 0, engine.Preview)
			w.must(err)
			w.until("her iPad is at home at the new school", w.settled)
			w.kept(taken.Device.Serial, wkey)
			there, _, err := st.DeviceFacts(ctx, w.by, taken.Device.ID)
			w.must(err)
			if now := w.installed(taken.Device.Serial, wkey); now != uuid || there.Device.School != west || there.Place.Person != taken.Place.Person || there.Enrollment != taken.Enrollment {
				t.Errorf("the iPad that came along: Wi-Fi %s, before %s; %+v", now, uuid, there.Place)
			}

			// A user deletes a profile; it comes back.
			victim := w.pick(facts, wkey)
			i := w.d.fleet.IPad(victim.Device.Serial)
			w.until("the user can delete the profile", func() bool { return i.RemoveProfileByUser(string(wkey)) == nil })
			w.must(w.d.refresh(ctx, w.by, victim.Device.Serial))
			w.until("the profile is back", func() bool { return w.installed(victim.Device.Serial, wkey) != "" && w.settled() })

			// Nothing is pending without a reason that names a remedy, or needs nobody.
			all, have := w.everyone()
			for n, f := range all {
				for _, r := range engine.Explain(engine.Desired(f), have[n], f, st.Now()) {
					if r.Status != engine.Confirmed && !r.Automatic && r.Remedy == "" {
						t.Errorf("%s: %s is %s (%s) and nobody knows what helps", f.Device.Serial, r.Name, r.Status, r.Code)
					}
				}
				if lost := w.d.fleet.IPad(f.Device.Serial).Snapshot().Lost; lost > 0 {
					t.Errorf("%s lost its last network %d times", f.Device.Serial, lost)
				}
			}

			// Undone, everything is as it was.
			sets, err := st.ChangeSets(ctx, w.by, 50)
			w.must(err)
			undone := 0
			for _, s := range sets { // newest first
				if s.At.Before(w.d.started) {
					break
				}
				if !slices.Contains([]string{"profile.assigned", "device.moved", "class.joined", "person.transferred"}, s.Event) {
					continue
				}
				_, err := st.Undo(ctx, w.by, s.ID)
				w.must(err)
				undone++
			}
			if undone < 7 {
				t.Errorf("only %d acts were undone", undone)
			}
			after := w.hashes()
			for serial, h := range before {
				if after[serial] != h {
					t.Errorf("%s is not what it was before", serial)
				}
			}
			entries, broken, err := st.VerifyAudit(ctx, w.by)
			w.must(err)
			if broken != 0 || entries < 300 {
				t.Errorf("audit: %d entries, broken at %d", entries, broken)
			}
		})
	}
}

// pick finds a living device of the list that has the item.
func (w *world) pick(facts []school.Facts, k school.ItemKey) school.Facts {
	w.t.Helper()
	for _, f := range facts {
		if f.Place.Person != "" && w.installed(f.Device.Serial, k) != "" && !w.d.fleet.IPad(f.Device.Serial).Snapshot().Asleep {
			return f
		}
	}
	w.t.Fatal("no device to choose")
	return school.Facts{}
}

// installed is the UUID of a profile on an iPad, as the iPad itself sees it.
func (w *world) installed(serial string, k school.ItemKey) string {
	for _, p := range w.d.fleet.IPad(serial).Snapshot().Profiles {
		if p.Identifier == string(k) {
			return p.UUID
		}
	}
	return ""
}

// kept fails when the iPad ever lost the item.
func (w *world) kept(serial string, k school.ItemKey) {
	w.t.Helper()
	s := w.d.fleet.IPad(serial).Snapshot()
	for _, r := range s.Removed {
		if r.Identifier == string(k) {
			w.t.Errorf("%s saw %s removed by %s", serial, k, r.By)
		}
	}
	if w.installed(serial, k) == "" {
		w.t.Errorf("%s does not have %s", serial, k)
	}
}

func (w *world) school(name string) school.SchoolID {
	w.t.Helper()
	all, err := w.d.s.Store.Schools(context.Background(), w.by)
	w.must(err)
	for _, s := range all {
		if s.Name == name {
			return s.ID
		}
	}
	w.t.Fatalf("no school %s", name)
	return ""
}
