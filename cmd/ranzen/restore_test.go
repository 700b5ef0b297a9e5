package main

import (
	"context"
	"math/rand/v2"
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
)

// The drill. A district lives, a backup is made while it does, it lives on; then the machine burns down. On an empty one
// the backup, the identity and the key ring from the safe bring it back, and the same iPads go on with the identities
// they have: nobody touches one.
func TestTheDrill(t *testing.T) {
	t.Parallel()
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		o := &office{t: t, engine: engine, dir: t.TempDir()}
		d := played(t, storetest.URL(t, engine), 8, 30, sim.Calm())
		ctx := context.Background()
		o.must(d.prepare())
		o.must(d.open(ctx, "http://127.0.0.1"))
		w := &world{t: t, d: d}
		var err error
		w.by, err = d.authority(ctx)
		o.must(err)
		var fleet sync.WaitGroup
		life, stop := context.WithCancel(ctx)
		fleet.Go(func() { d.fleet.Run(life) })
		t.Cleanup(func() { stop(); fleet.Wait() })
		lives := func(s *Server) (burns func()) {
			var wg sync.WaitGroup
			life, end := context.WithCancel(ctx)
			wg.Go(func() { s.Run(life) })
			var once sync.Once
			burns = func() {
				once.Do(func() {
					end()
					wg.Wait()
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			t.Cleanup(burns)
			return burns
		}
		burns := lives(d.s)
		w.until("all iPads are enrolled and have what they should have", func() bool { return w.counts().Enrolled == 8 && w.settled() })
		facts, _ := w.everyone()
		var one school.Facts
		code := ""
		w.until("a code is escrowed", func() bool {
			for _, f := range facts {
				if d.fleet.IPad(f.Device.Serial).Snapshot().Asleep {
					continue
				}
				if c, err := d.s.Store.BypassCode(ctx, w.by, f.Device.ID, "Probe"); err == nil {
					one, code = f, c
					return true
				}
			}
			return false
		})

		o.types(0, "backup", "--new-identity", o.path("identity"))
		id, err := os.ReadFile(o.path("identity"))
		o.must(err)
		_, rest, _ := strings.Cut(string(id), "# public key: ")
		to, err := recipients([]string{strings.SplitN(rest, "\n", 2)[0]})
		o.must(err)
		b := maker{st: d.s.Store, database: d.cmd.Database, dir: o.path("backups"), to: to, test: true}
		x, err := b.make(ctx)
		o.must(err)

		// What happens now is lost: a profile arrives on iPads, and a restart is ordered and done.
		o.must(d.profile(ctx, w.by, "", "webclip", "Danach", url.Values{"label": {"Danach"}, "url": {"https://www.musterstadt.example/"}},
			&school.Scope{Level: school.AtAuthority, ID: string(w.by.Tenant)}, false))
		_, _, after := w.profileNamed("Danach")
		w.until("the profile arrives", func() bool { return w.settled() && w.installed(one.Device.Serial, after) != "" })
		// And an iPad renews its identity: it has no other from now on.
		renewed := func(database string) bool {
			var n int
			db := behind(t, engine, database)
			defer db.Close()
			o.must(db.QueryRow(`SELECT count(*) FROM identity WHERE enrollment_id = $1 AND purpose = 'renew' AND state = 'active'`, string(one.Enrollment)).Scan(&n))
			return n == 1
		}
		db := behind(t, engine, d.cmd.Database)
		_, err = db.Exec(`UPDATE enrollment SET cert_ends_at = $1 WHERE id = $2`, d.clock.now().Add(24*time.Hour).UnixMicro(), string(one.Enrollment))
		o.must(err)
		_, err = db.Exec(`UPDATE target SET gen = gen + 1, push_due = 0 WHERE enrollment_id = $1`, string(one.Enrollment))
		o.must(err)
		o.must(db.Close())
		w.until("an iPad renews its identity", func() bool { return renewed(d.cmd.Database) })
		enrolled := w.hashes()
		burns()

		database, keys := o.machine()
		o.types(0, "restore", x.Path, "--identity", o.path("identity"), "--key-ring", d.path("keys"), "--database", database, "--keys", keys)
		set := d.s.set
		set.Database = database
		set.Keys, err = store.OpenKeyRing(keys, false)
		o.must(err)
		d.s, err = Build(ctx, set)
		o.must(err)
		d.road.RoundTripper = sim.InProcess(d.s.Handler())
		lives(d.s)
		orders := func() (open int) {
			for _, f := range facts {
				list, err := d.s.Store.Orders(ctx, w.by, f.Device.ID, 50)
				o.must(err)
				for _, x := range list {
					if x.State.Open() {
						open++
					}
				}
			}
			return open
		}
		// All let go of what the restored world does not know, those that take declarations and those that take commands only.
		w.until("the iPads go on and let go of what the restored world does not know", func() bool {
			asleep := 0
			for serial := range enrolled {
				i := d.fleet.IPad(serial).Snapshot()
				if i.Asleep {
					asleep++
				} else if w.installed(serial, after) != "" {
					return false
				}
			}
			return orders() <= asleep && w.settled()
		})
		w.until("the one that renewed its identity gets in with it", func() bool { return renewed(database) })
		alarms, err := d.s.Store.Alarms(ctx, w.by)
		o.must(err)
		if !slices.ContainsFunc(alarms, func(a store.Alarm) bool { return a.Kind == store.AlarmAdopted && a.Subject == string(one.Device.ID) }) {
			t.Errorf("nobody is told: %+v", alarms)
		}
		again, err := d.s.Store.BypassCode(ctx, w.by, one.Device.ID, "Probe")
		if err != nil || again != code {
			t.Errorf("the escrowed code: %v, equal %v", err, again == code)
		}
		m, err := store.Inspect(ctx, database)
		o.must(err)
		if m.Rows["enrollment"] != x.Manifest.Rows["enrollment"] || m.Rows["identity"] != x.Manifest.Rows["identity"]+1 {
			t.Errorf("somebody had to enrol again: %d enrolments instead of %d, %d identities instead of %d",
				m.Rows["enrollment"], x.Manifest.Rows["enrollment"], m.Rows["identity"], x.Manifest.Rows["identity"]+1)
		}
		if _, broken, err := d.s.Store.VerifyAudit(ctx, w.by); err != nil || broken != 0 {
			t.Errorf("the chain of audit is broken at %d, %v", broken, err)
		}
	})
}

// TestABackupThatIsKilledCountsForNothing: SIGKILL at random moments. What is named like a backup is a whole one.
func TestABackupThatIsKilledCountsForNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "sqlite")
	o.tampers(`CREATE TABLE ballast AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i, hex(randomblob(2000)) AS x FROM n`)
	args := []string{"backup", "--database", o.database, "--keys", o.path("keys"), "--backup-dir", o.path("backups"), "--backup-to", o.to}
	began := time.Now()
	if out, err := typing(t, args...).CombinedOutput(); err != nil {
		t.Fatalf("a backup that nobody kills: %v\n%s", err, out)
	}
	takes := time.Since(began)
	all, err := backupsIn(o.path("backups"))
	o.must(err)
	if len(all) != 1 {
		t.Fatalf("%d backups", len(all))
	}
	for i := range 12 {
		for _, b := range all { // or the minute would be taken
			o.must(os.Rename(filepath.Join(o.path("backups"), b.name), filepath.Join(o.path("backups"), "ranzen-2020-01-01T0000Z.backup.age")))
			o.must(os.Rename(filepath.Join(o.path("backups"), b.name+sumEnd), filepath.Join(o.path("backups"), "ranzen-2020-01-01T0000Z.backup.age"+sumEnd)))
			break
		}
		c := typing(t, args...)
		o.must(c.Start())
		killer := time.AfterFunc(time.Duration(rand.Int64N(int64(takes))), func() { c.Process.Signal(syscall.SIGKILL) })
		c.Wait()
		killer.Stop()
		if all, err = backupsIn(o.path("backups")); err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			file := filepath.Join(o.path("backups"), b.name)
			o.types(0, "backup", "--verify", file, "--identity", o.path("identity"), "--keys", o.path("keys"))
			sum, err := os.ReadFile(file + sumEnd)
			o.must(err)
			if _, err := readBack(file, strings.Fields(string(sum[strings.LastIndex(strings.TrimSpace(string(sum)), "\n")+1:]))[0]); err != nil {
				t.Errorf("kill %d: %v", i, err)
			}
		}
		if len(all) == 0 {
			t.Fatal("the backup that was there is gone")
		}
	}
	for _, b := range all {
		o.must(os.Remove(filepath.Join(o.path("backups"), b.name)))
	}
	o.backup(0) // what was left behind is cleared away
	entries, err := os.ReadDir(o.path("backups"))
	o.must(err)
	if len(entries) != 3 {
		t.Errorf("in the folder of backups: %v", entries)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(o.database), ".ranzen-copy-*")); len(left) != 0 {
		t.Errorf("beside the database: %v", left)
	}
}
