package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
	"ranzen/store/storetest/postgres"
)

// fill writes until there is no space.
func fill(t *testing.T, s *store.Store, by school.Actor) {
	t.Helper()
	for n := range 100_000 {
		if _, err := s.CreateSchool(context.Background(), by, school.School{Name: fmt.Sprintf("Schule %d %s", n, strings.Repeat("x", 60))}); err != nil {
			if store.TroubleOf(err) != store.Full {
				t.Fatalf("after %d: %v", n, err)
			}
			return
		}
	}
	t.Fatal("the disk did not fill")
}

// fullDisk: what does not fit is refused whole, what is there can be read, and with space everything goes on by itself.
func fullDisk(t *testing.T, s *store.Store, by school.Actor, h *hands, space func()) {
	ctx := context.Background()
	fill(t, s, by)
	if s.FullSince().IsZero() {
		t.Error("nobody noticed")
	}
	before, err := s.Schools(ctx, by)
	if err != nil || len(before) == 0 {
		t.Fatalf("nothing can be read: %d, %v", len(before), err)
	}
	space()
	if _, err := s.CreateSchool(ctx, by, school.School{Name: "Nachher"}); err != nil {
		t.Fatalf("with space: %v", err)
	}
	h.turn(time.Minute)
	if !s.FullSince().IsZero() {
		t.Error("it is still said to be full")
	}
	after, err := s.Schools(ctx, by)
	if err != nil || len(after) != len(before)+1 {
		t.Errorf("%d schools, then %d: %v", len(before), len(after), err)
	}
	entries, broken, err := s.VerifyAudit(ctx, by)
	if err != nil || broken != 0 || entries != int64(len(after)+1) {
		t.Errorf("audit: %d entries for %d schools, broken at %d: %v", entries, len(after), broken, err)
	}
}

// A file that may grow no more says what a full disk says.
func TestFileWithoutSpace(t *testing.T) {
	h := turned()
	s := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{Now: h.now})
	by := newAuthority(t, s, "Musterstadt")
	if err := s.LimitPages(200); err != nil {
		t.Fatal(err)
	}
	fullDisk(t, s, by, h, func() {
		if err := s.LimitPages(1_000_000); err != nil {
			t.Fatal(err)
		}
	})
}

// Tables that may grow no more say what PostgreSQL says on a full disk.
func TestTablesWithoutSpace(t *testing.T) {
	ctx := context.Background()
	h := turned()
	s := storetest.Open(t, storetest.URL(t, "postgres"), store.Options{Now: h.now})
	by := newAuthority(t, s, "Musterstadt")
	for _, text := range []string{
		`CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION USING ERRCODE = ''disk_full'', MESSAGE = ''could not extend file: No space left on device''; END'`,
		`CREATE FUNCTION space_for() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 40 - count(*) FROM school'`,
		`CREATE TRIGGER full_disk BEFORE INSERT ON school FOR EACH ROW WHEN (space_for() <= 0) EXECUTE FUNCTION no_space()`,
	} {
		if err := s.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	fullDisk(t, s, by, h, func() {
		if err := s.Exec(ctx, `DROP TRIGGER full_disk ON school`); err != nil {
			t.Fatal(err)
		}
	})
}

// smallDisk is a real one. Where this process may not mount, the two tests above say for both engines what a full one does.
func smallDisk(t *testing.T, megabytes int) (string, bool) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ranzen-small") // t.TempDir lies in a folder that PostgreSQL's user may not enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0777", megabytes)); err != nil {
		t.Logf("no small disk (%v): TestFileWithoutSpace and TestTablesWithoutSpace say without one what a full one does", err)
		return "", false
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir, true
}

// ballast takes the space of a disk until it is taken away.
func ballast(t *testing.T, dir string, leave int64) (drop func()) {
	t.Helper()
	var f syscall.Statfs_t
	if err := syscall.Statfs(dir, &f); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "ballast")
	if err := os.WriteFile(name, make([]byte, int64(f.Bavail)*int64(f.Bsize)-leave), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDiskWithoutSpace(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		dir, ok := smallDisk(t, 16)
		if !ok {
			return
		}
		h := turned()
		s := storetest.Open(t, filepath.Join(dir, "world.db"), store.Options{Now: h.now})
		by := newAuthority(t, s, "Musterstadt")
		drop := ballast(t, dir, 256<<10)
		fullDisk(t, s, by, h, drop)
	})
	t.Run("postgres", func(t *testing.T) {
		dir, ok := smallDisk(t, 64)
		if !ok {
			return
		}
		server, err := postgres.Start(postgres.Forgetful)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Stop()
		space := filepath.Join(dir, "space")
		if err := server.OwnFolder(space); err != nil {
			t.Fatal(err)
		}
		if err := server.Run(`CREATE TABLESPACE small LOCATION '`+space+`'`, `CREATE DATABASE world TABLESPACE small`); err != nil {
			t.Fatal(err)
		}
		h := turned()
		s := storetest.Open(t, server.URL("world"), store.Options{Now: h.now})
		by := newAuthority(t, s, "Musterstadt")
		drop := ballast(t, dir, 2<<20)
		fullDisk(t, s, by, h, drop)
	})
}

// Connections that end under a world are made anew, and nobody who asks notices.
func TestConnectionsLost(t *testing.T) {
	url := storetest.URL(t, "postgres")
	s := storetest.Open(t, url, store.Options{})
	by := newAuthority(t, s, "Musterstadt")
	ctx := context.Background()
	other := storetest.Open(t, url, store.Options{})
	for n := range 20 {
		if _, err := other.Number(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
		if n%2 == 0 {
			if _, err := s.Schools(ctx, by); err != nil {
				t.Fatalf("read %d: %v", n, err)
			}
			continue
		}
		if _, err := s.CreateSchool(ctx, by, school.School{Name: fmt.Sprint("Schule ", n)}); err != nil {
			t.Fatalf("write %d: %v", n, err)
		}
	}
	if all, err := s.Schools(ctx, by); err != nil || len(all) != 10 {
		t.Errorf("%d schools instead of 10: %v", len(all), err)
	}
}

// A node whose clock is wrong goes by the database's, at its start and after a jump.
func TestClockOfAnotherNode(t *testing.T) {
	var off atomic.Int64
	off.Store(int64(10 * time.Minute))
	s := storetest.Open(t, storetest.URL(t, "postgres"), store.Options{MachineClock: true, Now: func() time.Time { return time.Now().Add(time.Duration(off.Load())) }})
	near := func(want time.Duration) {
		t.Helper()
		if got := time.Until(s.Now()); got < want-time.Minute || got > want+time.Minute {
			t.Errorf("its time is off by %s instead of %s", got, want)
		}
	}
	near(0)
	off.Store(int64(-10 * time.Minute))
	near(0)
	ahead, err := s.MeasureClock(context.Background())
	if err != nil || ahead > -9*time.Minute || ahead < -11*time.Minute {
		t.Errorf("measured %s, %v", ahead, err)
	}
	near(0)
}

func TestTroubleOf(t *testing.T) {
	if got := store.TroubleOf(errors.New("something else")); got != "" {
		t.Errorf("any error is %q", got)
	}
	if got := store.TroubleOf(context.DeadlineExceeded); got != "" {
		t.Errorf("an answer nobody waited for is %q", got)
	}
	if got := store.TroubleOf(nil); got != "" {
		t.Errorf("no error is %q", got)
	}
	_, err := store.Open(context.Background(), store.Options{URL: "postgres://ranzen@127.0.0.1:1/world", Keys: storetest.Keys})
	if got := store.TroubleOf(err); got != store.Away {
		t.Errorf("nobody listens: %q (%v)", got, err)
	}
}

// What a node or the installation says of itself stands in every authority, once, and goes by itself.
func TestAlarmsEverywhere(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		one, two := newAuthority(t, s, "Musterstadt"), newAuthority(t, s, "Anderswo")
		open := func(by school.Actor) int {
			t.Helper()
			all, err := s.Alarms(ctx, by)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		for range 3 {
			if err := s.NodeAlarm(ctx, store.AlarmDisk, "a", true, nil); err != nil {
				t.Fatal(err)
			}
		}
		if open(one) != 1 || open(two) != 1 {
			t.Errorf("%d and %d alarms", open(one), open(two))
		}
		if err := s.NodeAlarm(ctx, store.AlarmDisk, "b", false, nil); err != nil { // another node is well
			t.Fatal(err)
		}
		all, err := s.Troubles(ctx)
		if err != nil || len(all) != 1 || all[0].Kind != store.AlarmDisk || all[0].Count != 1 {
			t.Errorf("standing: %+v, %v", all, err)
		}
		if err := s.ForgetNodes(ctx); err != nil || open(one) != 1 {
			t.Errorf("forgotten at once: %v", err)
		}
		h.turn(2 * time.Hour)
		if err := s.ForgetNodes(ctx); err != nil || open(one)+open(two) != 0 {
			t.Errorf("%d alarms of a node that is no more: %v", open(one)+open(two), err)
		}
	})
}
