package store_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// lived is a world in which some things happened: facts of every kind the town knows, letters, alarms, sealed values.
func lived(t testing.TB, s *store.Store) *town {
	t.Helper()
	ctx := context.Background()
	d := newTown(t, s)
	a := d.class(d.north, "7b")
	lena := d.pupil(d.north, a, "Lena", "Müller")
	ids := d.devices("Gymnasium Nord", "F9FX", 3)
	d.enrol(ids[:2]...)
	if _, _, err := s.Issue(ctx, d.by, lena, ids[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetNetwork(ctx, d.by, d.north, school.Network{SSID: "Nord", Security: "WPA2", Password: "kreide tafel"}); err != nil {
		t.Fatal(err)
	}
	if err := s.StorePush(ctx, d.by, store.PushUpload{Topic: "com.apple.mgmt.example", Certificate: []byte{0, 1, 2, 255}, Key: []byte("key"), Ends: s.Now().Add(300 * 24 * time.Hour),
		AppleAccount: "push@musterstadt.example"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RaiseAlarm(ctx, store.Alarm{Authority: d.by.Tenant, Kind: "school_silent", Subject: string(d.north)}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []string{`INSERT INTO enrollment (id, authority_id, device_id, nano_id, parent_id, type, state, created_at) SELECT 'a-user', authority_id, device_id, 'a-user', id, 'user', 'enrolled', 1
			FROM enrollment WHERE id = '` + "e-" + string(ids[0]) + `'`, // a row that refers to its own table and sorts before its parent
		`UPDATE device_state SET storage_free = 12.25, supervised = TRUE, battery = 40 WHERE device_id = '` + string(ids[0]) + `'`} {
		if err := s.Exec(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// blank names an empty database on the engine.
func blank(t testing.TB, engine string) string {
	t.Helper()
	url := storetest.URL(t, engine)
	if err := store.Wipe(context.Background(), url); err != nil {
		t.Fatal(err)
	}
	return url
}

func TestACopyComesBackWhole(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{})
		d := lived(t, s)
		path := filepath.Join(t.TempDir(), "copy")

		// The world goes on while it is copied.
		stop, going := make(chan struct{}), sync.WaitGroup{}
		going.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if _, err := s.CreateClass(ctx, d.by, school.Class{School: d.south, Name: store.Secret(6)}); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
		m, err := s.CopyTo(ctx, path)
		close(stop)
		going.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if m.Authorities != 1 || m.Rows["device"] != 3 || m.Schema != store.NewestSchema() || m.Nature != store.Real || m.Engine != engine || len(m.Heads) != 1 {
			t.Errorf("the manifest says %+v", m)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the copy may be read by others: %v %v", info.Mode(), err)
		}
		if _, err := s.CopyTo(ctx, path); err == nil {
			t.Error("a copy was written over another")
		}
		url := blank(t, engine)
		back := func() error {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			return store.Restore(ctx, url, f)
		}
		if err := back(); err != nil {
			t.Fatal(err)
		}
		came, err := store.Examine(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Same(came); err != nil {
			t.Error(err)
		}
		if err := back(); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("restored over a world: %v", err)
		}
		again := storetest.Open(t, url, store.Options{})
		p, err := again.OpenPush(ctx, d.by.Tenant)
		if err != nil || string(p.Key) != "key" {
			t.Errorf("the sealed key does not open: %v", err)
		}
		if h, err := again.Health(ctx); err != nil || h.Opened < 2 {
			t.Errorf("%d sealed values opened: %v", h.Opened, err)
		}
		now := came
		now.Rows["device"]++
		if now.Same(m) == nil || m.Same(store.Manifest{}) == nil {
			t.Error("a manifest is equal to another world's")
		}
	})
}

func TestWhatIsWipedIsEmpty(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		url := blank(t, s.Engine())
		other, err := store.Open(ctx, store.Options{URL: url, Keys: storetest.Keys})
		if err != nil {
			t.Fatal(err)
		}
		lived(t, other)
		other.Close()
		if empty, err := store.Empty(ctx, url); err != nil || empty {
			t.Fatalf("empty %v, %v", empty, err)
		}
		if err := store.Wipe(ctx, url); err != nil {
			t.Fatal(err)
		}
		if empty, err := store.Empty(ctx, url); err != nil || !empty {
			t.Fatalf("empty %v, %v", empty, err)
		}
	})
}

func TestADamagedCopyIsNoticed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := lived(t, s)
		// Somebody changed an entry of the chain of audit past the program.
		if err := s.Exec(ctx, `UPDATE audit SET detail = '{"devices":2}' WHERE authority_id = $1 AND seq = 2`, string(d.by.Tenant)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "copy")
		if _, err := s.CopyTo(ctx, path); err != nil {
			t.Fatal(err)
		}
		url := blank(t, s.Engine())
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := store.Restore(ctx, url, f); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Examine(ctx, url); err == nil || !strings.Contains(err.Error(), "broken at entry 2") {
			t.Errorf("examined: %v", err)
		}
	})
}

func TestTruncatedDumpLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		lived(t, s)
		path := filepath.Join(t.TempDir(), "copy")
		m, err := s.CopyTo(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		url := blank(t, s.Engine())
		err = store.Restore(ctx, url, strings.NewReader(string(b[:len(b)/2])))
		if err == nil {
			came, ierr := store.Examine(ctx, url)
			if ierr == nil && m.Same(came) == nil {
				t.Fatal("half a copy is the whole world")
			}
			if err := store.Wipe(ctx, url); err != nil {
				t.Fatal(err)
			}
		}
		if empty, err := store.Empty(ctx, url); err != nil || !empty {
			t.Errorf("something was left behind: %v", err)
		}
	})
}

func TestMissingOrOldPgDumpSaysWhatToInstall(t *testing.T) {
	s := storetest.Open(t, storetest.URL(t, "postgres"), store.Options{})
	ctx := context.Background()
	folder := t.TempDir()
	defer store.PgFolders(filepath.Join(folder, "*"))()
	t.Setenv("PATH", folder)
	path := filepath.Join(t.TempDir(), "copy")
	if _, err := s.CopyTo(ctx, path); err == nil || !strings.Contains(err.Error(), "pg_dump is missing: install it with: apt-get install postgresql-client-") {
		t.Errorf("without pg_dump: %v", err)
	}
	old := filepath.Join(folder, "pg_dump")
	if err := os.WriteFile(old, []byte("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CopyTo(ctx, path); err == nil || !strings.Contains(err.Error(), "pg_dump 9 is older than the PostgreSQL server") {
		t.Errorf("with an old pg_dump: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a copy that failed left a file")
	}
}

func TestThePasswordOfTheDatabaseIsInNoCommandLine(t *testing.T) {
	env, err := store.PgEnvironment("postgres://ranzen:geheim%2F1@db.example:5433/welt?sslmode=require&sslsni=0")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"PGHOST=db.example", "PGPORT=5433", "PGUSER=ranzen", "PGPASSWORD=geheim/1", "PGDATABASE=welt", "PGSSLMODE=require", "PGSSLSNI=0"} {
		if !slices.Contains(env, want) {
			t.Errorf("the environment lacks %s", want)
		}
	}
	if _, err := store.PgEnvironment("postgres://u:geheim@h:xx/welt"); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("an address that cannot be read: %v", err)
	}
}

func TestAfterRestoreNothingHappensTwiceAndAllIsAskedAgain(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 3)
		d.enrol(ids[:2]...)
		if err := s.Exec(ctx, `UPDATE device_state SET supervised = TRUE`); err != nil {
			t.Fatal(err)
		}
		if _, err := s.GiveOrder(ctx, d.by, school.Restart, ids[:1]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.NewChallenge(ctx, store.Challenge{Authority: d.by.Tenant, Purpose: store.ForRenew, Expires: h.now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.CreateAccount(ctx, d.by, store.Account{Login: "neu", Name: "Neu"}, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.EnsureJobs(ctx, "nightly", string(d.by.Tenant)); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, `UPDATE target SET offered_token = 'then'`); err != nil {
			t.Fatal(err)
		}
		gen, err := s.Number(ctx, `SELECT sum(gen) FROM target`)
		must(t, gen, err)
		taken := h.now()
		h.turn(5 * time.Hour)
		var n store.Resumed
		n, err = s.AfterRestore(ctx, taken)
		must(t, n, err)
		if n.Devices != 2 || n.Orders != 1 || n.Links != 1 {
			t.Errorf("%+v", n)
		}
		for query, want := range map[string]int64{
			`SELECT count(*) FROM device_order WHERE kind = 'restart' AND state = 'cancelled' AND result = 'restored'`:                1,
			`SELECT count(*) FROM device_order WHERE kind = 'refresh' AND state = 'waiting'`:                                          2,
			`SELECT count(*) FROM target WHERE offered_token <> ''`:                                                                   0,
			`SELECT count(*) FROM target t WHERE planned_version >= (SELECT marked_version FROM authority WHERE id = t.authority_id)`: 0,
			`SELECT count(*) FROM challenge`:                            0,
			`SELECT count(*) FROM session`:                              0,
			`SELECT count(*) FROM job`:                                  0,
			`SELECT count(*) FROM account WHERE setup_hash <> ''`:       0,
			`SELECT count(*) FROM audit WHERE event = 'world.restored'`: 1,
		} {
			if got, err := s.Number(ctx, query); err != nil || got != want {
				t.Errorf("%s: %d, want %d; %v", query, got, want, err)
			}
		}
		if _, broken, err := s.VerifyAudit(ctx, d.by); err != nil || broken != 0 {
			t.Errorf("the chain is broken at %d, %v", broken, err)
		}
	})
}
