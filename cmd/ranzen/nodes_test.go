package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
	"ranzen/store/storetest/postgres"
)

// Two nodes on one PostgreSQL, behind something that spreads requests as a proxy of an operator does: by /readyz, in turn.
// Both are processes, so that they can be killed, stopped past their leases, told a wrong time, and cut off from a database
// that is a process too. The iPads, the programs and what must hold are those of TestChaos.

// lease is that of the nodes' jobs.
const lease = 2 * time.Second

// notice is how long whoever spreads requests waits for a node to say that it is ready. A node that ends must stay for longer.
const notice = time.Second

// balance spreads requests over the nodes that are ready.
type balance struct {
	mu     sync.Mutex
	nodes  []*node
	turn   int
	broken []string // requests that were begun and came to no answer, and why
	failed []string // answers of 5xx
	next   *http.Transport
}

// seen says what has gone wrong since those that were known.
func (b *balance) seen(broken, failed int) (moreBroken, moreFailed []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.broken[broken:]), slices.Clone(b.failed[failed:])
}

type node struct {
	addr  string
	ready bool
}

func newBalance() *balance {
	return &balance{next: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext}}
}

// watch asks every node whether it is ready, until ctx ends.
func (b *balance) watch(ctx context.Context) {
	ask := &http.Client{Timeout: notice, Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		b.mu.Lock()
		all := slices.Clone(b.nodes)
		b.mu.Unlock()
		var asking sync.WaitGroup
		for _, n := range all {
			asking.Go(func() {
				res, err := ask.Get("http://" + n.addr + "/readyz")
				if err == nil {
					res.Body.Close()
				}
				b.mu.Lock()
				n.ready = err == nil && res.StatusCode == http.StatusOK
				b.mu.Unlock()
			})
		}
		asking.Wait()
		pause(ctx, 50*time.Millisecond)
	}
}

func (b *balance) add(addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = append(b.nodes, &node{addr: addr})
}

func (b *balance) drop(addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = slices.DeleteFunc(b.nodes, func(n *node) bool { return n.addr == addr })
}

func (b *balance) isReady(addr string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.nodes, func(n *node) bool { return n.addr == addr && n.ready })
}

// pick is the next node that is ready, waiting for one for a while.
func (b *balance) pick(ctx context.Context) *node {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 20*time.Millisecond) {
		b.mu.Lock()
		for range b.nodes {
			b.turn++
			if n := b.nodes[b.turn%len(b.nodes)]; n.ready {
				b.mu.Unlock()
				return n
			}
		}
		b.mu.Unlock()
	}
	return nil
}

func (b *balance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	begun, why := time.Now(), "no node is ready"
	for range 4 {
		n := b.pick(r.Context())
		if n == nil {
			break
		}
		out := r.Clone(r.Context())
		out.RequestURI, out.URL.Scheme, out.URL.Host = "", "http", n.addr
		out.Body = io.NopCloser(strings.NewReader(string(body)))
		res, err := b.next.RoundTrip(out)
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" { // nobody heard it: the next node may
			b.mu.Lock()
			n.ready, why = false, err.Error()
			b.mu.Unlock()
			continue
		}
		if err != nil {
			why = err.Error()
			break
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err != nil {
			why = "in the middle of the answer: " + err.Error()
			break
		}
		if res.StatusCode >= 500 {
			b.mu.Lock()
			b.failed = append(b.failed, fmt.Sprintf("%s %s after %s: %d %.200s", r.Method, r.URL.Path, time.Since(begun), res.StatusCode, answer))
			b.mu.Unlock()
		}
		for k, v := range res.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(res.StatusCode)
		w.Write(answer)
		return
	}
	b.mu.Lock()
	b.broken = append(b.broken, fmt.Sprintf("%s %s after %s: %s (who asked: %v)", r.Method, r.URL.Path, time.Since(begun), why, r.Context().Err()))
	b.mu.Unlock()
	panic(http.ErrAbortHandler)
}

// fleetOfNodes is a district whose server is two processes.
type fleetOfNodes struct {
	*chaos
	balance *balance
	pg      *postgres.Server
	nodes   map[string]*child
}

func (f *fleetOfNodes) start(name string) *child {
	f.t.Helper()
	var w childWorld
	f.must(json.Unmarshal([]byte(f.told), &w))
	w.Node, w.Lease, w.Drain = name, lease, 3*notice/2
	told, err := json.Marshal(w)
	f.must(err)
	x := f.spawnTold(string(told))
	f.nodes[name] = x
	return x
}

// up waits until a node is taken for ready.
func (f *fleetOfNodes) up(name string) {
	f.t.Helper()
	x := f.nodes[name]
	x.await()
	f.balance.add(x.addr)
	f.soon(name+" is ready", func() bool { return f.balance.isReady(x.addr) })
}

func (f *fleetOfNodes) soon(what string, true func() bool) {
	f.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if true() {
			return
		}
	}
	f.t.Fatalf("%s: it did not come to that\n%s", what, f.said())
}

// dies kills a node: what it was doing is cut off.
func (f *fleetOfNodes) dies(name string) {
	x := f.nodes[name]
	f.life.Add(1)
	x.kill()
	f.life.Add(1)
	f.balance.drop(x.addr)
}

// ends ends a node in order.
func (f *fleetOfNodes) ends(name string) {
	f.t.Helper()
	x := f.nodes[name]
	f.must(x.cmd.Process.Signal(syscall.SIGTERM))
	x.cmd.Wait()
	f.balance.drop(x.addr)
}

func (f *fleetOfNodes) signal(name string, s syscall.Signal) {
	f.must(f.nodes[name].cmd.Process.Signal(s))
}

func TestNodes(t *testing.T) {
	t.Parallel()
	rounds := 1
	if *kills > 20 { // make chaos
		rounds = 1 + *kills/25
	}
	f := beginNodes(t, 40)
	b, other, nord := f.class(demoClass), f.class("7a"), f.school(demoSchool)
	devices := f.arriving() // the one that sleeps is left alone
	scopes := []school.Scope{{Level: school.AtClass, ID: string(b)}, {Level: school.AtClass, ID: string(other)}, {Level: school.AtDevice, ID: string(devices[0])}, {Level: school.AtDevice, ID: string(devices[1])}}
	var pairs [2][]*pair
	for k := range pairs {
		pairs[k] = f.pairs(k, scopes)
	}
	f.must(f.d.s.Close())
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		all, _ := os.ReadFile(f.words.Name())
		for line := range strings.Lines(string(all)) {
			if !strings.Contains(line, "job failed") { // there are many while the database is away
				t.Log(strings.TrimSpace(line))
			}
		}
	})

	f.start("a")
	f.start("b")
	f.up("a")
	f.up("b")
	f.reopen() // reads only, from here on
	life, stop := context.WithCancel(context.Background())
	var living, acting sync.WaitGroup
	t.Cleanup(func() { stop(); living.Wait() })
	living.Go(func() { f.d.fleet.Run(life) })
	one, two, three, four := f.user("assigns", 1), f.user("plans", 2), f.user("orders", 3), f.user("writes", 4)
	users := []*user{one, two, three, four}
	var families []string
	var numbers map[school.DeviceID]string
	var once sync.Once
	rest := func() { once.Do(func() { close(f.over) }); acting.Wait() }
	t.Cleanup(func() { close(f.ended); rest() })
	acting.Go(func() { one.assigns(pairs[0]) })
	acting.Go(func() { two.plans(pairs[1]) })
	acting.Go(func() { three.orders(devices) })
	acting.Go(func() { families, numbers = four.writes(nord, other, devices[5:12]) })

	goesOn := func(after string) {
		t.Helper()
		before := make([]int64, len(users))
		for k, u := range users {
			before[k] = u.acts.Load()
		}
		for k, u := range users {
			f.soon("after "+after+" "+u.name+" goes on", func() bool { return u.acts.Load() > before[k] })
		}
		f.unique()
		f.chain()
		t.Logf("%s: gone on after %s", time.Since(f.d.started).Round(100*time.Millisecond), after)
	}
	goesOn("the start")
	f.oneSession()
	for range rounds {
		f.dies("a")
		goesOn("the death of a node")
		f.start("a")
		f.up("a")

		f.signal("b", syscall.SIGSTOP)
		time.Sleep(3 * lease)
		f.signal("b", syscall.SIGCONT)
		goesOn("a sleep past the leases")

		broken, failed := f.balance.seen(0, 0)
		for _, name := range []string{"a", "b"} {
			f.ends(name)
			f.start(name)
			f.up(name)
		}
		if broken, failed := f.balance.seen(len(broken), len(failed)); len(broken) > 0 || len(failed) > 0 {
			t.Errorf("a rolling restart was seen: without an answer %q, 5xx %q", broken, failed)
		}
		goesOn("a rolling restart")

		f.life.Add(1)
		f.must(f.pg.Restart(300 * time.Millisecond))
		f.life.Add(1)
		goesOn("a restart of the database")

		for range 3 {
			f.life.Add(1)
			f.must(f.pg.Run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ranzen'`))
			f.life.Add(1)
			time.Sleep(f.upTo(300 * time.Millisecond))
		}
		goesOn("connections that ended")

		for _, off := range []string{"10m", "-10m"} {
			_, err := io.WriteString(f.nodes["a"].in, off+"\n")
			f.must(err)
			f.soon("a clock wrong by "+off+" is an alarm", func() bool { return f.open(store.AlarmClock) == 1 })
			goesOn("a clock wrong by " + off)
		}
		_, err := io.WriteString(f.nodes["a"].in, "0s\n")
		f.must(err)
		f.soon("a clock that is right again is none", func() bool { return f.open(store.AlarmClock) == 0 })

		calm := f.d.apple.Weather()
		storm := calm
		storm.APNsUnavailable, storm.DEPThrottled = 1, 1
		f.d.apple.SetWeather(storm)
		time.Sleep(2 * time.Second)
		f.d.apple.SetWeather(calm)
		goesOn("an Apple that was away")
	}
	rest()
	f.until("all iPads are enrolled", func() bool { return f.counts().Enrolled == 40 })
	t.Logf("%s: all are enrolled", time.Since(f.d.started).Round(100*time.Millisecond))
	f.until("all iPads have what they should have, and no order is open", func() bool {
		return f.none(`SELECT count(*) FROM device_order WHERE state IN ('waiting', 'handed', 'later')`) && f.heardOut() && f.settled()
	})
	t.Logf("%s: all have what they should have", time.Since(f.d.started).Round(100*time.Millisecond))
	stop()
	living.Wait()
	f.ends("a")
	f.ends("b")
	f.unique()
	f.counted(users)
	f.assigned(slices.Concat(pairs[:]...))
	f.ordered(three, devices)
	f.written(families, numbers)
	f.truly()
	if !f.none(`SELECT count(*) FROM job WHERE lease_until IS NOT NULL`) {
		t.Error("a node that ended in order left a lease behind")
	}
	if said := f.said(); strings.Contains(said, "DATA RACE") || strings.Contains(said, "panic:") {
		t.Errorf("a node said:\n%s", said)
	}
}

// beginNodes founds a district on a PostgreSQL of its own, which commits durably as far as its process goes.
func beginNodes(t *testing.T, n int) *fleetOfNodes {
	t.Helper()
	pg, err := postgres.Start([]string{"fsync=off", "full_page_writes=off", "max_connections=120"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pg.Stop)
	if err := pg.Run(`CREATE DATABASE world ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`); err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("luck %d", seed)
	f := &fleetOfNodes{chaos: beginChaosAt(t, "postgres", pg.URL("world"), n, seed), balance: newBalance(), pg: pg, nodes: map[string]*child{}}
	f.balanced = true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	f.must(err)
	spread := &http.Server{Handler: f.balance}
	go spread.Serve(l)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() { stop(); spread.Close() })
	go f.balance.watch(ctx)
	t.Cleanup(func() {
		for _, x := range f.nodes {
			x.cmd.Process.Signal(syscall.SIGCONT)
			x.kill()
		}
	})
	addr := l.Addr().String()
	f.addr.Store(&addr)
	return f
}

// chain: no audit entry is lost, doubled or changed.
func (f *fleetOfNodes) chain() {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if n, broken, err := f.d.s.Store.VerifyAudit(ctx, f.by); err != nil || broken != 0 {
		f.t.Errorf("audit: broken at %d of %d, %v", broken, n, err)
	}
}

// open counts the open alarms of a kind.
func (f *fleetOfNodes) open(kind string) int {
	all, err := f.d.s.Store.Troubles(context.Background())
	f.must(err)
	for _, x := range all {
		if x.Kind == kind {
			return x.Count
		}
	}
	return 0
}

// oneSession: who signed in at one node is signed in at the other, and signed out at both.
func (f *fleetOfNodes) oneSession() {
	f.t.Helper()
	jar, err := cookiejar.New(nil)
	f.must(err)
	person := &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	at := func(name, path string) string { return "http://" + f.nodes[name].addr + path } // cookies know hosts, not ports
	status := func(res *http.Response, err error) int {
		f.t.Helper()
		f.must(err)
		res.Body.Close()
		return res.StatusCode
	}
	if s := status(person.PostForm(at("a", "/sign-in"), url.Values{"login": {demoLogin}, "password": {f.d.state.Password}})); s != http.StatusSeeOther {
		f.t.Errorf("sign in: %d", s)
	}
	if s := status(person.Get(at("b", "/"))); s != http.StatusOK {
		f.t.Errorf("the other node does not know who signed in: %d", s)
	}
	if s := status(person.PostForm(at("b", "/sign-out"), nil)); s != http.StatusSeeOther {
		f.t.Errorf("sign out: %d", s)
	}
	if s := status(person.Get(at("a", "/"))); s != http.StatusSeeOther {
		f.t.Errorf("who signed out at one node is not at the other: %d", s)
	}
}

// TestNodesBeginTogether: several start at once on an empty database; one brings it to its form, the others wait for it.
func TestNodesBeginTogether(t *testing.T) {
	pg, err := postgres.Start(postgres.Forgetful)
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Stop()
	if err := pg.Run(`CREATE DATABASE world ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`); err != nil {
		t.Fatal(err)
	}
	var starting sync.WaitGroup
	var all [4]*Server
	for k := range all {
		starting.Go(func() {
			var err error
			if all[k], err = Build(t.Context(), Settings{Database: pg.URL("world"), Keys: storetest.Keys, Nature: store.Played, BaseURL: demoBase}); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	for _, s := range all {
		if s != nil {
			defer s.Close()
		}
	}
	db := behind(t, "postgres", pg.URL("world"))
	var twice, natures int
	if err := db.QueryRow(`SELECT (SELECT count(*) FROM (SELECT version_id FROM goose_db_version GROUP BY version_id HAVING count(*) > 1) x), (SELECT count(*) FROM world WHERE name = 'nature')`).Scan(&twice, &natures); err != nil {
		t.Fatal(err)
	}
	if twice != 0 || natures != 1 {
		t.Errorf("%d forms were brought in twice; %d natures", twice, natures)
	}
}

// A disk that is full: what is asked of the server fails for a while and says why, and goes on by itself.
func TestServerOnAFullDisk(t *testing.T) {
	w := begin(t, "postgres", 10, 30, sim.Calm())
	w.until("the iPads are enrolled", func() bool { return w.counts().Enrolled == 10 && w.settled() })
	ctx := context.Background()
	db := behind(t, "postgres", w.d.cmd.Database)
	// What PostgreSQL says of a full disk (53100), said by it wherever a device or a person writes.
	for _, x := range []string{
		`CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
		`CREATE TRIGGER no_space BEFORE INSERT OR UPDATE ON enrollment FOR EACH ROW EXECUTE FUNCTION no_space()`,
		`CREATE TRIGGER no_space BEFORE UPDATE ON authority FOR EACH ROW EXECUTE FUNCTION no_space()`,
	} {
		_, err := db.Exec(x)
		w.must(err)
	}
	_, err := w.d.s.Store.CreateSchool(ctx, w.by, school.School{Name: "Neue Schule"})
	if store.TroubleOf(err) != store.Full {
		t.Fatalf("the database said %v", err)
	}
	says := func(path string) (int, string) {
		a := httptest.NewRecorder()
		w.d.s.Handler().ServeHTTP(a, httptest.NewRequest(http.MethodGet, path, nil))
		return a.Code, a.Body.String()
	}
	if status, body := says("/readyz?verbose"); status != http.StatusOK || !strings.Contains(body, "disk: the database finds no space since") {
		t.Errorf("%d %s", status, body)
	}
	for _, table := range []string{"enrollment", "authority"} {
		_, err := db.Exec(`DROP TRIGGER no_space ON ` + table)
		w.must(err)
	}
	_, err = w.d.s.Store.CreateSchool(ctx, w.by, school.School{Name: "Neue Schule"})
	w.must(err)
	w.until("everybody is well again", w.settled)
}

func TestNearlyFull(t *testing.T) {
	const gb = 1 << 30
	for _, c := range []struct {
		free, all uint64
		was, want bool
	}{
		{10 * gb, 100 * gb, false, false}, {4 * gb, 100 * gb, false, true}, {400 << 20, 2 * gb, false, true}, {600 << 20, 2 * gb, false, false},
		{55 * gb / 10, 100 * gb, true, true}, {7 * gb, 100 * gb, true, false}, {550 << 20, 2 * gb, true, true},
	} {
		if got := nearlyFull(c.free, c.all, c.was); got != c.want {
			t.Errorf("%d of %d (was %v): %v", c.free, c.all, c.was, got)
		}
	}
	if free, all, err := freeOn(t.TempDir()); err != nil || free == 0 || free > all {
		t.Errorf("%d of %d, %v", free, all, err)
	}
	if _, _, err := freeOn(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a folder that is not there lies on a disk")
	}
}

// A database that is away: people read so and are not sent to sign in, programs and iPads are told when to come again, and who
// spreads requests sends them elsewhere.
func TestServerWithoutDatabase(t *testing.T) {
	pg, err := postgres.Start(postgres.Forgetful)
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			pg.Stop()
		}
	}()
	if err := pg.Run(`CREATE DATABASE world ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`); err != nil {
		t.Fatal(err)
	}
	s, err := Build(t.Context(), Settings{Database: pg.URL("world"), Keys: storetest.Keys, Nature: store.Played, BaseURL: demoBase})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.ready.Store(true)
	ask := func(method, path string, headers ...string) *httptest.ResponseRecorder {
		r, a := httptest.NewRequest(method, path, nil), httptest.NewRecorder()
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		s.Handler().ServeHTTP(a, r)
		return a
	}
	if a := ask(http.MethodGet, "/readyz"); a.Code != http.StatusOK {
		t.Fatalf("before: %d %s", a.Code, a.Body)
	}
	pg.Stop()
	stopped = true
	for _, c := range []struct {
		path    string
		headers []string
		says    string
	}{
		{"/readyz", nil, "the database does not answer"},
		{"/", []string{"Cookie", "ranzen=abc", "Accept-Language", "de"}, "Die Datenbank des Servers antwortet gerade nicht."},
		{"/devices", []string{"Cookie", "ranzen=abc", "Accept-Language", "en"}, "database is not answering right now"},
		{"/api/v1/me", []string{"Authorization", "Bearer rz_" + strings.Repeat("a", 43)}, "database_away"},
	} {
		a := ask(http.MethodGet, c.path, c.headers...)
		if a.Code != http.StatusServiceUnavailable || !strings.Contains(a.Body.String(), c.says) || c.path != "/readyz" && a.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v\n%.1500s", c.path, a.Code, a.Header(), a.Body)
		}
	}
	if a := ask(http.MethodGet, "/healthz"); a.Code != http.StatusOK {
		t.Errorf("the process lives: %d", a.Code)
	}
}
