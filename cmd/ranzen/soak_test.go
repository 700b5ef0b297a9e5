package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	engine "ranzen/mdm"
	"ranzen/mdm/sim"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Days pass in bad weather. The calendar of server, iPads and Apple is moved on by half days, and between two moves all of them
// live at their usual pace until most have nothing left to do. Something is assigned or taken away every day, a pupil deletes what
// they were given, and the server dies on some nights.
//
// What must hold: at the end everybody is as decided, and what the server believes is what the iPads have; its heap does not grow
// with the days, and no table does but those that keep what people did.

var days = flag.Int("days", 5, "how many days TestSoak lets pass, per engine")

const (
	soakStep = 13 * time.Hour // a little more than half a day: routine questions are due at another hour every day
	soakRest = 3              // days after which retention has begun to forget, and the district is measured
	// heapMargin is what the heap may differ by between two days without anything having leaked: caches of what was read last,
	// connections that happen to be open.
	heapMargin = 2 << 20
	// rowMargin is what the number of rows may differ by between two days, as a share and per table.
	rowMargin, rowSlack = 1.25, 40
	// bytesPerDay is what a day may add to the database per iPad, once retention forgets as much as is new: entries of audit and
	// change sets of an act a day, which is much for so few iPads.
	bytesPerDay = 1500
	// sizeSlack is what two sizes differ by whatever the days between them: pages that are not full, of each table and index, and
	// what is forgotten some minutes later because the machine had much to do.
	sizeSlack = 512 << 10
)

// keeps are the tables that grow with what people do, as long as nobody erases it; orders are among them.
var keeps = []string{"audit", "change_set", "change_row", "assignment", "device_order", "profile_version"}

// soak is a district under a calendar.
type soak struct {
	*chaos
	ahead time.Duration
	srv   *child
}

// begin starts a server whose calendar is the test's.
func (s *soak) begin() {
	s.t.Helper()
	var w childWorld
	s.must(json.Unmarshal([]byte(s.told), &w))
	w.Ahead, w.Calendar = s.ahead, true
	told, err := json.Marshal(w)
	s.must(err)
	s.srv = s.spawnTold(string(told))
	s.srv.await()
}

// pass moves the calendar on.
func (s *soak) pass(d time.Duration) {
	s.ahead += d
	s.d.clock.move(s.ahead)
	fmt.Fprintln(s.srv.in, s.ahead)
}

// open counts the iPads that are awake and have something left to do, or to be asked, and those that are not planned yet.
func (s *soak) open() (n int) {
	facts, have := s.everyone()
	now := s.d.s.Store.Now()
	for i, f := range facts {
		x := s.d.fleet.IPad(f.Device.Serial).Snapshot()
		f.BaseURL = demoBase
		if f.Enrollment == "" || !x.Asleep && (!x.Online || len(engine.Plan(engine.Desired(f), have[i], f, now)) > 0) {
			n++
		}
	}
	return n
}

// rested reports whether nobody who is awake has anything left to do.
func (s *soak) rested() bool {
	return s.open() == 0 && s.none(`SELECT count(*) FROM target t JOIN enrollment e ON e.id = t.enrollment_id WHERE e.state = 'enrolled' AND t.gen <> t.planned_gen`)
}

// calm reports whether most have rested: whoever was not heard by then, in this weather, is heard later.
func (s *soak) calm() bool { return s.open() <= len(s.d.fleet.IPads())/4 }

// rows counts every table.
func (s *soak) rows() map[string]int {
	s.t.Helper()
	names := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`
	if s.engine == "postgres" {
		names = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`
	}
	found, err := s.db.Query(names)
	s.must(err)
	defer found.Close()
	out := map[string]int{}
	for found.Next() {
		var name string
		s.must(found.Scan(&name))
		out[name] = 0
	}
	s.must(found.Err())
	found.Close()
	for name := range out {
		where := ""
		if name == "command" {
			where = ` WHERE state <> 'superseded'` // those are kept for a month, and few
		}
		var n int
		s.must(s.db.QueryRow(`SELECT count(*) FROM ` + name + where).Scan(&n))
		out[name] = n
	}
	return out
}

func TestSoak(t *testing.T) {
	t.Parallel()
	for _, on := range storetest.Engines {
		t.Run(on, func(t *testing.T) {
			t.Parallel()
			soaked(t, on, 14, *days)
		})
	}
}

func soaked(t *testing.T, on string, n, days int) {
	days = max(days, soakRest+2)
	seed := rand.Uint64()
	t.Logf("luck %d", seed)
	s := &soak{chaos: beginChaos(t, on, n, seed)}
	dice := rand.New(rand.NewPCG(seed, 1))
	nord, b := s.school(demoSchool), s.class(demoClass)
	var pairs []*pair
	var deletable []string
	for k, at := range []school.Scope{{Level: school.AtClass, ID: string(b)}, {Level: school.AtSchool, ID: string(nord)}, {Level: school.AtAuthority, ID: string(s.by.Tenant)}} {
		profile, _, key := s.profileNamed(clip(k))
		deletable = append(deletable, string(key))
		pairs = append(pairs, &pair{profile: profile, scope: at})
	}
	s.must(s.d.s.Close())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("children:\n%s", s.said())
		}
	})
	life, stop := context.WithCancel(context.Background())
	var living sync.WaitGroup
	t.Cleanup(func() { stop(); living.Wait() })
	living.Go(func() { s.d.fleet.Run(life) })
	t.Cleanup(func() { s.srv.kill() })
	s.begin()
	s.reopen()
	s.until("all iPads are enrolled and have what they should have", func() bool { return s.counts().Enrolled == n && s.rested() })

	person := s.user("head", seed)
	ipads := s.d.fleet.IPads()
	var heap, size int
	var rows map[string]int
	weather := s.d.apple.Weather()
	for day := 1; day <= days; day++ {
		today := weather
		if day != soakRest+1 { // Apple is short of breath on one day only: each of its refusals is seconds in which nobody is called
			today.APNsThrottled, today.APNsUnavailable = 0, 0
		}
		s.d.apple.SetWeather(today)
		p := pairs[day%len(pairs)]
		s.turn(person, p)
		s.pass(soakStep)
		for _, i := range dice.Perm(len(ipads)) { // somebody deletes what does not please
			if slices.ContainsFunc(deletable, func(p string) bool { return ipads[i].RemoveProfileByUser(p) == nil }) {
				break
			}
		}
		if day%20 == 3 { // the district begins with a certificate that ends in 25 days
			s.renew()
		}
		if day == 2 || day%7 == 0 {
			s.srv.kill()
			s.begin()
		}
		s.until(fmt.Sprintf("the afternoon of day %d", day), s.calm)
		s.pass(soakStep)
		s.until(fmt.Sprintf("the night of day %d", day), s.calm)
		switch day {
		case 1:
			heap = s.srv.heap()
		case soakRest:
			s.srv.kill()
			rows, size = s.rows(), s.size()
			s.begin()
		}
	}
	for range 2 { // what was deleted last is missed when they are asked next
		s.pass(soakStep)
		s.until("the day after", s.rested)
	}
	s.until("the end", func() bool { return s.rested() && s.settled() && s.awake() })

	after := s.srv.heap()
	stop()
	living.Wait()
	s.srv.kill()
	more := s.size() - size
	grown := more / (days - soakRest) / n
	t.Logf("heap after a day %.1f MB, after %d days %.1f MB; the database grows by %d bytes per iPad and day", float64(heap)/(1<<20), days, float64(after)/(1<<20), grown)
	if after > heap+heapMargin {
		t.Errorf("the server holds %d KB after %d days, it held %d after one", after>>10, days, heap>>10)
	}
	if most := bytesPerDay*(days-soakRest)*n + sizeSlack; more > most {
		t.Errorf("the database grew by %d bytes, of which %d were to be expected", more, most)
	}
	for name, now := range s.rows() {
		if was := rows[name]; !slices.Contains(keeps, name) && float64(now) > rowMargin*float64(was)+rowSlack {
			t.Errorf("table %s has %d rows after %d days, it had %d after %d", name, now, days, was, soakRest)
		}
	}
	s.unique()
	s.truly()
	entries, broken, err := s.d.s.Store.VerifyAudit(context.Background(), s.by)
	s.must(err)
	if broken != 0 {
		t.Errorf("audit: broken at %d of %d", broken, entries)
	}
	if said := s.said(); strings.Contains(said, "DATA RACE") || strings.Contains(said, "panic:") {
		t.Errorf("a server said:\n%s", said)
	}
}

// awake reports whether nobody sleeps but who has slept from the beginning.
func (s *soak) awake() bool {
	return !slices.ContainsFunc(s.d.fleet.IPads(), func(i *sim.IPad) bool { return i.Snapshot().Asleep && i.Spec().AsleepFor == 0 })
}

// renew is a new push certificate, as somebody gets it once a year.
func (s *soak) renew() {
	s.t.Helper()
	u, err := s.d.pushCertificate()
	s.must(err)
	s.must(s.d.s.Store.StorePush(context.Background(), s.by, u))
}

// size is what the rows take; what PostgreSQL has not yet thrown away is not counted. No server may run: of what one of its
// transactions could still see PostgreSQL throws nothing away.
func (s *soak) size() int {
	s.t.Helper()
	if s.engine == "postgres" {
		s.until("the sessions of the killed server are over", func() bool {
			return s.none(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL) AND pid <> pg_backend_pid()`)
		})
		_, err := s.db.Exec(`VACUUM FULL`)
		s.must(err)
	}
	n, err := s.d.s.Store.Size(context.Background())
	s.must(err)
	return int(n)
}

// turn assigns what is not assigned, and takes away what is.
func (s *soak) turn(u *user, p *pair) {
	s.t.Helper()
	if p.id == "" {
		d := u.do("POST", "/assignments", true, p.wish())
		if !u.want(d, 201) {
			s.t.Fatalf("%s was not assigned: %d %s", p.profile, d.status, d.code)
		}
		p.id = d.ID
		return
	}
	d := u.do("DELETE", "/assignments/"+p.id, true, nil)
	if !u.want(d, 200) {
		s.t.Fatalf("%s was not taken away: %d %s", p.profile, d.status, d.code)
	}
	p.id = ""
}
