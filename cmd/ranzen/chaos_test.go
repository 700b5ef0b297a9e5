package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	engine "ranzen/mdm"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// The server is killed at random moments, while iPads enrol and programs change facts through the API, and starts again
// on what it left behind. This process plays Apple, the iPads and the programs; the server is a child, so that SIGKILL
// takes from it what it would take from a real one: everything it had not written.
//
// What must hold then: an act that was answered happened exactly once, one that was never answered did not happen; no
// iPad was restarted twice by one order; the chain of audit has one entry per act; the district converges.

var kills = flag.Int("chaos", 5, "how often TestChaos kills the server, per engine")

// chaos is a played district whose server lives in another process.
type chaos struct {
	*world
	told   string // to every child
	words  *os.File
	token  string
	actor  school.Actor
	addr   atomic.Pointer[string] // of the living child
	life   atomic.Int64           // children so far
	over   chan struct{}          // closed: no new acts
	ended  chan struct{}          // closed: the test is over, nobody answers any more
	db     *sql.DB
	engine string
	// balanced: addr leads to several nodes, and an act may be told 503.
	balanced bool

	mu        sync.Mutex
	dice      *rand.Rand
	restarts  map[string]bool // UUIDs of RestartDevice, as iPads got them
	restarted map[string]int  // how often an iPad's acknowledgement of it was heard out
}

var errDown = errors.New("the server is down")

// beginChaos founds the district in this process, as the demo does, and leaves its database to children.
func beginChaos(t *testing.T, on string, n int, seed uint64) *chaos {
	t.Helper()
	return beginChaosAt(t, on, storetest.URL(t, on), n, seed)
}

func beginChaosAt(t *testing.T, on, database string, n int, seed uint64) *chaos {
	t.Helper()
	// What is lost on the way back and sent twice is decided here, not in the iPad: so it is known what the iPad knows.
	// Nobody is busy and Apple's list answers: what the server then waits for is minutes, and other tests' matter.
	weather := sim.Hostile()
	weather.AnswerLost, weather.ReportTwice, weather.NotNow = 0, 0, 0
	weather.DEPThrottled, weather.DEPUnavailable, weather.DEPForgets, weather.DEPAssignThrottled = 0, 0, 0, 0
	d := played(t, database, n, 30, weather)
	d.cmd.District = "" // nobody holds an iPad yet: programs place them
	c := &chaos{world: &world{t: t, d: d}, engine: on, over: make(chan struct{}), ended: make(chan struct{}), dice: rand.New(rand.NewPCG(seed, 0)),
		restarts: map[string]bool{}, restarted: map[string]int{}}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	c.must(d.prepare())
	c.must(d.open(ctx, "http://127.0.0.1"))
	var err error
	c.by, err = d.authority(ctx)
	c.must(err)
	id, secret, err := d.s.Store.CreateAPIToken(ctx, c.by, store.APIToken{Name: "Programm", Role: school.AuthorityAdmin,
		Verbs: []school.Verb{school.View, school.ViewPeople, school.EditPeople, school.EditDevices, school.Assign, school.OrderDevice}})
	c.must(err)
	c.token, c.actor = secret, school.Actor{Kind: school.TokenActor, Account: school.AccountID(id)}
	for k := range 3 {
		c.must(d.profile(ctx, c.by, "", "webclip", clip(k), url.Values{"label": {clip(k)}, "url": {"https://www.musterstadt.example/"}}, nil, false))
	}

	played := &http.Server{Handler: answerFor(d.apple)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	c.must(err)
	go played.Serve(l)
	t.Cleanup(func() { played.Close() })
	anchors := filepath.Join(t.TempDir(), "anchors.pem")
	c.must(os.WriteFile(anchors, d.apple.AnchorsPEM(), 0o600))
	told, err := json.Marshal(childWorld{Database: d.cmd.Database, Keys: d.path("keys"), Apple: l.Addr().String(),
		APNs: strings.TrimPrefix(d.apns.URL, "https://"), Anchors: anchors})
	c.must(err)
	c.told = string(told)
	c.words, err = os.Create(filepath.Join(t.TempDir(), "children.log"))
	c.must(err)
	t.Cleanup(func() { c.words.Close() })
	d.road.RoundTripper = &badRoad{c: c, next: &http.Transport{MaxIdleConnsPerHost: 16}}
	return c
}

// arriving are the iPads that enrol while the test runs. The one that sleeps has, and is left alone.
func (c *chaos) arriving() (out []school.DeviceID) {
	c.t.Helper()
	facts, _ := c.everyone()
	for _, f := range facts {
		if f.Enrollment == "" {
			out = append(out, f.Device.ID)
		}
	}
	return out
}

// pairs are those of one program: its profile with each scope.
func (c *chaos) pairs(k int, scopes []school.Scope) (out []*pair) {
	c.t.Helper()
	profile, _, _ := c.profileNamed(clip(k))
	for _, s := range scopes {
		out = append(out, &pair{profile: profile, scope: s})
	}
	return out
}

func clip(k int) string { return fmt.Sprintf("Lesezeichen %d", k+1) }

// TestChaos is the district under kill -9.
func TestChaos(t *testing.T) {
	t.Parallel()
	for _, on := range storetest.Engines {
		t.Run(on, func(t *testing.T) {
			t.Parallel()
			underChaos(t, on, 40, *kills)
		})
	}
}

func underChaos(t *testing.T, on string, n, kills int) {
	seed := rand.Uint64()
	t.Logf("luck %d", seed)
	c := beginChaos(t, on, n, seed)
	b, other, nord, anger := c.class(demoClass), c.class("7a"), c.school(demoSchool), c.school("Grundschule am Anger")
	devices := c.arriving()
	scopes := []school.Scope{{Level: school.AtClass, ID: string(b)}, {Level: school.AtSchool, ID: string(anger)}, {Level: school.AtClass, ID: string(other)}}
	for _, d := range devices[:5] {
		scopes = append(scopes, school.Scope{Level: school.AtDevice, ID: string(d)})
	}
	var pairs [3][]*pair
	for k := range pairs {
		pairs[k] = c.pairs(k, scopes)
	}
	c.must(c.d.s.Close())

	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("children:\n%s", c.said())
		}
	})
	life, stop := context.WithCancel(context.Background())
	var living, acting sync.WaitGroup
	t.Cleanup(func() { stop(); living.Wait() })
	living.Go(func() { c.d.fleet.Run(life) })
	var families []string
	var numbers map[school.DeviceID]string
	one, two, three := c.user("assigns", seed), c.user("assigns-too", seed), c.user("plans", seed)
	four, five := c.user("orders", seed), c.user("writes", seed)
	users := []*user{one, two, three, four, five}
	var once sync.Once
	rest := func() { once.Do(func() { close(c.over) }); acting.Wait() }
	t.Cleanup(func() { close(c.ended); rest() })
	acting.Go(func() { one.assigns(pairs[0]) })
	acting.Go(func() { two.assigns(pairs[1]) })
	acting.Go(func() { three.plans(pairs[2]) })
	acting.Go(func() { four.orders(devices) })
	acting.Go(func() { families, numbers = five.writes(nord, other, devices[5:12]) })

	for k := range kills {
		x := c.spawn()
		if k > 0 && c.happens(0.15) { // while it starts, or recovers
			time.Sleep(c.upTo(500 * time.Millisecond))
		} else {
			x.await()
			time.Sleep(c.upTo(1500 * time.Millisecond))
		}
		x.kill()
	}
	last := c.spawn()
	t.Cleanup(last.kill)
	last.await()
	before := make([]int64, len(users))
	for k, u := range users {
		before[k] = u.acts.Load()
	}
	for k, u := range users { // every program has gone on
		for end := time.Now().Add(patience); u.acts.Load() == before[k]; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s stands still", u.name)
			}
		}
	}
	rest()

	c.reopen()
	c.until("all iPads are enrolled", func() bool { return c.counts().Enrolled == n })
	c.until("all iPads have what they should have, and no order is open", func() bool {
		return c.none(`SELECT count(*) FROM device_order WHERE state IN ('waiting', 'handed', 'later')`) && c.heardOut() && c.settled()
	})
	stop()
	living.Wait()
	last.kill() // the last of them dies too: what is read now is what is on the disk
	c.must(c.d.s.Close())
	c.reopen()

	c.unique()
	c.counted(users)
	c.assigned(slices.Concat(pairs[:]...))
	c.ordered(four, devices)
	c.written(families, numbers)
	c.truly()
	if said := c.said(); strings.Contains(said, "DATA RACE") || strings.Contains(said, "panic:") {
		t.Errorf("a server said:\n%s", said)
	}
}

// reopen lets this process read the world that the children wrote.
func (c *chaos) reopen() {
	c.t.Helper()
	keys, err := store.OpenKeyRing(c.d.path("keys"), false)
	c.must(err)
	st, err := store.Open(context.Background(), store.Options{URL: c.d.cmd.Database, Keys: keys, Now: c.d.clock.now, Nature: store.Played})
	c.must(err)
	c.d.s = &Server{Store: st}
	if c.db == nil {
		c.db = behind(c.t, c.engine, c.d.cmd.Database)
		c.t.Cleanup(func() { c.d.s.Close() })
	}
}

// none asks the database itself; true when the query counts nothing.
func (c *chaos) none(query string) bool {
	c.t.Helper()
	var n int
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := c.db.QueryRowContext(ctx, query).Scan(&n)
	for tries := 0; err != nil && c.balanced && tries < 20; tries++ { // this connection is cut off with the nodes'
		err = c.db.QueryRowContext(ctx, query).Scan(&n)
	}
	c.must(err)
	return n == 0
}

// heardOut: no iPad waits for an answer to the acknowledgement of a restart.
func (c *chaos) heardOut() bool {
	c.mu.Lock()
	n := len(c.restarted)
	c.mu.Unlock()
	return c.none(fmt.Sprintf(`SELECT count(*) - %d FROM device_order WHERE kind = 'restart' AND state = 'done'`, n))
}

// unique: what there may be one of, there is one of, whatever the indexes say.
func (c *chaos) unique() {
	for what, query := range map[string]string{
		"two open holdings of a device":       `SELECT count(*) FROM (SELECT device_id FROM holding WHERE until_at IS NULL GROUP BY device_id HAVING count(*) > 1) x`,
		"two commands in flight":              `SELECT count(*) FROM (SELECT enrollment_id FROM command WHERE state = 'in_flight' GROUP BY enrollment_id HAVING count(*) > 1) x`,
		"a device enrolled twice":             `SELECT count(*) FROM (SELECT device_id FROM enrollment GROUP BY device_id HAVING count(*) > 1) x`,
		"two certificates in force":           `SELECT count(*) FROM (SELECT enrollment_id FROM identity WHERE state = 'active' GROUP BY enrollment_id HAVING count(*) > 1) x`,
		"two devices of one serial":           `SELECT count(*) FROM (SELECT serial FROM device GROUP BY serial HAVING count(*) > 1) x`,
		"two orders behind one command":       `SELECT count(*) FROM (SELECT command_uuid FROM device_order GROUP BY command_uuid HAVING count(*) > 1) x`,
		"a device taken for a clone":          `SELECT count(*) FROM enrollment WHERE clone_alarm`,
		"an answered command still in flight": `SELECT count(*) FROM command WHERE state = 'in_flight' AND answered_at IS NOT NULL`,
	} {
		if !c.none(query) {
			c.t.Errorf("there is %s", what)
		}
	}
}

// counted: the chain of audit holds, and each act that was answered stands in it once. One that was not does not.
func (c *chaos) counted(users []*user) {
	ctx := context.Background()
	entries, broken, err := c.d.s.Store.VerifyAudit(ctx, c.by)
	c.must(err)
	if broken != 0 {
		c.t.Errorf("audit: broken at %d of %d", broken, entries)
	}
	stands, before := 0, int64(0)
	for {
		page, err := c.d.s.Store.Audit(ctx, c.by, store.AuditFilter{Actor: c.actor.ID(), Before: before, Limit: 1000})
		c.must(err)
		if stands += len(page); len(page) < 1000 {
			break
		}
		before = page[len(page)-1].Seq
	}
	done, lost := 0, 0
	for _, u := range users {
		mine := 0
		for _, d := range u.deeds {
			if d.audited && d.done() {
				mine++
			}
			if d.lost {
				lost++
			}
		}
		if mine == 0 {
			c.t.Errorf("%s did nothing", u.name)
		}
		done += mine
	}
	c.t.Logf("%d acts, %d cut off, %d entries of audit", done, lost, entries)
	if stands != done {
		c.t.Errorf("%d acts were answered, %d stand in the audit log", done, stands)
	}
}

// assigned: of each pair there hangs what its program last did.
func (c *chaos) assigned(pairs []*pair) {
	ctx := context.Background()
	type at struct {
		profile school.ProfileID
		scope   school.Scope
	}
	want, have := map[at]string{}, map[at]string{}
	seen := map[school.ProfileID]bool{}
	for _, p := range pairs {
		if p.id != "" {
			want[at{p.profile, p.scope}] = p.id
		}
		if seen[p.profile] {
			continue
		}
		seen[p.profile] = true
		page, err := c.d.s.Store.Assignments(ctx, c.by, store.AssignmentFilter{Profile: p.profile, Limit: store.MaxPage})
		c.must(err)
		for _, a := range page.Rows {
			have[at{a.Profile, a.Scope}] += string(a.ID)
		}
	}
	if !maps.Equal(want, have) {
		c.t.Errorf("assignments (-want +have):\n%s", cmp.Diff(fmt.Sprint(want), fmt.Sprint(have)))
	}
}

// ordered: the orders are those that were accepted, and no iPad restarted but once for each that it carried out.
func (c *chaos) ordered(u *user, devices []school.DeviceID) {
	want, have := map[string]bool{}, map[string]bool{}
	for _, d := range u.deeds {
		if d.done() {
			want[d.ID] = true
		}
	}
	restarts := 0
	for _, d := range devices {
		orders, err := c.d.s.Store.Orders(context.Background(), c.by, d, 1_000_000)
		c.must(err)
		for _, o := range orders {
			have[string(o.ID)] = true
			if o.State != school.Done {
				c.t.Errorf("order %s %s is %s (%s)", o.Kind, o.ID, o.State, o.Result)
			}
			if o.Kind != school.Restart {
				continue
			}
			restarts++
			if n := c.restarted[o.UUID]; n != 1 {
				c.t.Errorf("order %s is %s, and the iPad restarted %d times", o.ID, o.State, n)
			}
		}
	}
	if len(c.restarted) != restarts {
		c.t.Errorf("%d restarts, %d were ordered", len(c.restarted), restarts)
	}
	if !maps.Equal(want, have) {
		c.t.Errorf("%d orders were accepted, %d are there", len(want), len(have))
	}
}

// written: whoever was taken in is there once, nobody else is, and the numbers are the last ones.
func (c *chaos) written(families []string, numbers map[school.DeviceID]string) {
	ctx := context.Background()
	var have []string
	for after := ""; ; {
		page, err := c.d.s.Store.Persons(ctx, c.by, store.PersonFilter{Class: c.class("7a"), After: after, Limit: store.MaxPage})
		c.must(err)
		for _, p := range page.Rows {
			if strings.HasPrefix(p.Family, "Probe") {
				have = append(have, p.Family)
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	slices.Sort(have)
	if diff := cmp.Diff(families, have); diff != "" {
		c.t.Errorf("pupils (-taken in +there):\n%s", diff)
	}
	for d, number := range numbers {
		x, err := c.d.s.Store.DeviceByID(ctx, c.by, d)
		c.must(err)
		if x.Number != number {
			c.t.Errorf("an iPad has the number %q, it was given %q", x.Number, number)
		}
	}
}

// truly: what the server believes of an iPad is what the iPad has.
func (c *chaos) truly() {
	facts, have := c.everyone()
	for i, f := range facts {
		s := c.d.fleet.IPad(f.Device.Serial).Snapshot()
		var says, has []string
		for _, r := range engine.Explain(engine.Desired(f), have[i], f, c.d.s.Store.Now()) {
			if r.Status == engine.Confirmed || r.Status == engine.Held {
				says = append(says, string(r.Item))
			}
		}
		for _, p := range s.Profiles {
			if p.Owner != "user" && !strings.HasPrefix(p.Identifier, "ranzen.enrollment.") {
				has = append(has, p.Identifier)
			}
		}
		slices.Sort(says)
		slices.Sort(has)
		if diff := cmp.Diff(says, has); diff != "" && !(s.Asleep && f.Device.LastSeen.Before(c.d.started.Add(-24*time.Hour))) {
			c.t.Errorf("%s (-server +iPad):\n%s", f.Device.Serial, diff)
		}
		if s.Lost > 0 {
			c.t.Errorf("%s lost its last network %d times", f.Device.Serial, s.Lost)
		}
	}
}
