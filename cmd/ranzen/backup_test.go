package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// office is a machine on which somebody types commands: a small real world, its key ring, an identity for backups.
type office struct {
	t        *testing.T
	engine   string
	dir      string
	database string
	to       string // recipient
	by       school.Actor
}

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func newOffice(t *testing.T, engine string) *office {
	t.Helper()
	o := &office{t: t, engine: engine, dir: t.TempDir(), database: storetest.URL(t, engine)}
	ctx := context.Background()
	keys, err := store.OpenKeyRing(o.path("keys"), true)
	o.must(err)
	st, err := store.Open(ctx, store.Options{URL: o.database, Keys: keys})
	o.must(err)
	a, err := st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Musterstadt"})
	o.must(err)
	o.by = school.System("test", a)
	for _, name := range []string{"Gymnasium Nord", "Realschule Süd"} {
		_, err := st.CreateSchool(ctx, o.by, school.School{Name: name})
		o.must(err)
	}
	o.must(st.StorePush(ctx, o.by, store.PushUpload{Topic: "com.apple.mgmt.example", Certificate: []byte("c"), Key: []byte("escrowed"), Ends: st.Now().Add(300 * 24 * time.Hour)}))
	o.must(st.Close())
	out := o.types(0, "backup", "--new-identity", o.path("identity"))
	o.to = regexp.MustCompile(`age1[a-z0-9]+`).FindString(out)
	if o.to == "" || !strings.Contains(out, "backup-to = "+o.to) {
		t.Fatalf("no recipient: %s", out)
	}
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// types runs a command as somebody types it, and returns all it said.
func (o *office) types(want int, args ...string) string {
	o.t.Helper()
	var said bytes.Buffer
	if code := run(o.t.Context(), args, &said, &said); code != want {
		o.t.Fatalf("ranzen %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, &said)
	}
	return said.String()
}

func (o *office) backup(want int, more ...string) string {
	o.t.Helper()
	return o.types(want, append([]string{"backup", "--database", o.database, "--keys", o.path("keys"), "--backup-dir", o.path("backups"), "--backup-to", o.to}, more...)...)
}

// newest is the newest finished backup.
func (o *office) newest() string {
	o.t.Helper()
	all, err := backupsIn(o.path("backups"))
	if err != nil || len(all) == 0 {
		o.t.Fatalf("no backup: %v", err)
	}
	return filepath.Join(o.path("backups"), all[0].name)
}

// machine is an empty one: where a world may be restored to.
func (o *office) machine() (database, keys string) {
	o.t.Helper()
	database = storetest.URL(o.t, o.engine)
	o.must(store.Wipe(context.Background(), database))
	return database, filepath.Join(o.t.TempDir(), "var", "keys")
}

// behind opens a database behind the program's back.
func behind(t *testing.T, engine, database string) *sql.DB {
	t.Helper()
	db, err := sql.Open(map[string]string{"sqlite": "sqlite3", "postgres": "pgx"}[engine], database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// tampers changes the database behind the program's back.
func (o *office) tampers(text string) {
	o.t.Helper()
	db := behind(o.t, o.engine, o.database)
	_, err := db.Exec(text)
	o.must(err)
	o.must(db.Close())
}

func (o *office) isEmpty(database, keys string) {
	o.t.Helper()
	if empty, err := store.Empty(context.Background(), database); err != nil || !empty {
		o.t.Errorf("something was left in the database: %v", err)
	}
	if _, err := os.Stat(keys); err == nil {
		o.t.Error("a key ring was left behind")
	}
	if !store.IsPostgres(database) {
		if left, _ := filepath.Glob(database + "*"); len(left) > 0 {
			o.t.Errorf("files were left behind: %v", left)
		}
	}
}

func TestABackupIsMadeTestedAndBroughtBackByCommands(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		o := newOffice(t, engine)
		said := o.backup(0)
		if !strings.Contains(said, "restored as a test and compared") || !strings.Contains(said, "1 authorities") {
			t.Errorf("it says:\n%s", said)
		}
		file := o.newest()
		sum, err := os.ReadFile(file + sumEnd)
		if err != nil || !strings.HasPrefix(string(sum), "# verified ") || !strings.Contains(string(sum), "  "+filepath.Base(file)+"\n") {
			t.Errorf("the sum: %s %v", sum, err)
		}
		if again := o.backup(1); !strings.Contains(again, "a backup of this minute already") {
			t.Errorf("twice in a minute: %s", again)
		}
		secret, err := os.ReadFile(file)
		o.must(err)
		if bytes.Contains(secret, []byte("Gymnasium")) {
			t.Error("the backup can be read by anybody")
		}
		entries, err := os.ReadDir(o.path("backups"))
		o.must(err)
		if len(entries) != 3 { // the backup, its sum, the lock
			t.Errorf("in the folder of backups: %v", entries)
		}
		if good := o.types(0, "backup", "--verify", file, "--identity", o.path("identity"), "--database", o.database, "--keys", o.path("keys")); !strings.Contains(good, "the key ring opens it (2 sealed values)") {
			t.Errorf("verified:\n%s", good)
		}
		// The key ring for the safe.
		printed := o.types(0, "backup", "--keys", o.path("keys"), "--key-ring", o.path("ring.age"))
		words := regexp.MustCompile(`(?m)^  ([a-z0-9-]{35})$`).FindStringSubmatch(printed)
		if words == nil {
			t.Fatalf("no passphrase in\n%s", printed)
		}
		o.must(os.WriteFile(o.path("words"), []byte(words[1]+"\n"), 0o600))
		o.types(1, "backup", "--keys", o.path("keys"), "--key-ring", o.path("ring.age")) // written once

		database, keys := o.machine()
		restored := o.types(0, "restore", file, "--identity", o.path("identity"), "--key-ring", o.path("ring.age"), "--passphrase-file", o.path("words"), "--database", database, "--keys", keys)
		if !strings.Contains(restored, "Restored: "+engine) || !strings.Contains(restored, "ranzen serve") {
			t.Errorf("it says:\n%s", restored)
		}
		ring, err := store.OpenKeyRing(keys, false)
		o.must(err)
		st := storetest.Open(t, database, store.Options{Keys: ring})
		if p, err := st.OpenPush(t.Context(), o.by.Tenant); err != nil || string(p.Key) != "escrowed" {
			t.Errorf("what was sealed is not readable: %v", err)
		}
		entriesOf, err := st.Audit(t.Context(), o.by, store.AuditFilter{Event: "world.restored"})
		if err != nil || len(entriesOf) != 1 {
			t.Errorf("the restoring stands in no log: %v", err)
		}
		if no := o.types(1, "restore", file, "--identity", o.path("identity"), "--key-ring", o.path("keys"), "--database", database, "--keys", keys); !strings.Contains(no, "not empty") {
			t.Errorf("restored over a world: %s", no)
		}
	})
}

// archived is a backup made by hand, so that something can be wrong with it.
func (o *office) archived(m func(*store.Manifest), cut int) string {
	o.t.Helper()
	st, err := store.Existing(o.database)
	o.must(err)
	defer st.Close()
	path := filepath.Join(o.t.TempDir(), databaseName)
	manifest, err := st.CopyTo(context.Background(), path)
	o.must(err)
	m(&manifest)
	to, err := recipients([]string{o.to})
	o.must(err)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to...)
	o.must(err)
	o.must(writeArchive(context.Background(), w, manifest, path, nil))
	o.must(w.Close())
	file := filepath.Join(o.t.TempDir(), "made.backup.age")
	o.must(os.WriteFile(file, b.Bytes()[:b.Len()-cut], 0o600))
	return file
}

func TestWhatIsNoGoodLeavesNothingBehind(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		o := newOffice(t, engine)
		asIs := func(*store.Manifest) {}
		good := o.archived(asIs, 0)
		o.types(0, "backup", "--new-identity", o.path("other"))
		o.must(store.NewKeyRing().Save(o.path("strange")))
		o.must(os.WriteFile(o.path("nonsense"), []byte("nonsense\n"), 0o600))
		whole, err := os.ReadFile(good)
		o.must(err)
		flipped := bytes.Clone(whole)
		flipped[len(flipped)/2] ^= 1
		o.must(os.WriteFile(o.path("flipped"), flipped, 0o600))
		for _, x := range []struct{ name, file, identity, ring, says string }{
			{"another identity", good, "other", "keys", "made for another recipient"},
			{"no identity", good, "nonsense", "keys", "holds no AGE-SECRET-KEY"},
			{"another key ring", good, "identity", "strange", "it lacks the key the secrets were sealed with"},
			{"no key ring", good, "identity", "nonsense", "--key-ring"},
			{"cut off at the end", o.archived(asIs, 1), "identity", "keys", "cut off or damaged"},
			{"cut off in the middle", o.archived(asIs, len(whole)/2), "identity", "keys", "cut off or damaged"},
			{"cut off at the beginning", o.archived(asIs, len(whole)-40), "identity", "keys", "cut off or damaged"},
			{"a bit flipped", o.path("flipped"), "identity", "keys", "cut off or damaged"},
			{"not a backup", o.path("nonsense"), "identity", "keys", "cut off or damaged"},
			{"a newer release", o.archived(func(m *store.Manifest) { m.Schema, m.Release = 9999, "2030.1" }, 0), "identity", "keys", "made by a newer release (2030.1"},
			{"a row missing", o.archived(func(m *store.Manifest) { m.Rows["school"]++ }, 0), "identity", "keys", "table school has 2 rows instead of 3"},
			{"another engine", o.archived(func(m *store.Manifest) {
				m.Engine = map[string]string{"sqlite": "postgres", "postgres": "sqlite"}[m.Engine]
			}, 0), "identity", "keys", "ranzen move"},
		} {
			t.Run(x.name, func(t *testing.T) {
				on := *o
				on.t = t
				database, keys := on.machine()
				said := on.types(1, "restore", x.file, "--identity", o.path(x.identity), "--key-ring", o.path(x.ring), "--database", database, "--keys", keys)
				if !strings.Contains(said, x.says) {
					t.Errorf("it says:\n%s", said)
				}
				on.isEmpty(database, keys)
			})
		}
		// Another key ring that is there already stays.
		database, _ := o.machine()
		if said := o.types(1, "restore", good, "--identity", o.path("identity"), "--key-ring", o.path("keys"), "--database", database, "--keys", o.path("strange")); !strings.Contains(said, "there is another key ring") {
			t.Errorf("it says:\n%s", said)
		}
	})
}

func TestABackupThatDoesNotComeBackIsNone(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		o := newOffice(t, engine)
		st, err := store.Existing(o.database)
		o.must(err)
		defer st.Close()
		to, err := recipients([]string{o.to})
		o.must(err)
		b := maker{st: st, database: o.database, dir: o.path("backups"), to: to, test: true}
		// Somebody changed an entry of the log past the program: the copy shows it.
		o.tampers(`UPDATE audit SET actor_name = 'niemand' WHERE seq = 2`)
		if _, err := b.make(t.Context()); err == nil || !strings.Contains(err.Error(), "does not come back") || !strings.Contains(err.Error(), "broken at entry 2") {
			t.Errorf("made: %v", err)
		}
		if all, err := backupsIn(b.dir); err != nil || len(all) != 0 {
			t.Errorf("it counts: %v %v", all, err)
		}
		if left, _ := filepath.Glob(filepath.Join(b.dir, "ranzen-*")); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
		if _, err := os.Stat(b.work()); err == nil {
			t.Error("the copy was left behind")
		}
	})
}

func TestOneBackupAtATime(t *testing.T) {
	o := newOffice(t, "sqlite")
	o.must(os.MkdirAll(o.path("backups"), 0o700))
	unlock, err := lockFolder(o.path("backups"))
	o.must(err)
	if said := o.backup(1); !strings.Contains(said, "another backup is under way") {
		t.Errorf("it says %s", said)
	}
	unlock()
	o.backup(0)
	if said := o.types(1, "backup", "--database", o.database, "--keys", o.path("keys"), "--backup-dir", o.path("backups")); !strings.Contains(said, "--new-identity") {
		t.Errorf("without a recipient it says %s", said)
	}
	if said := o.backup(1, "--backup-to", "AGE-SECRET-KEY-1QQQ"); !strings.Contains(said, "does not belong on this machine") {
		t.Errorf("with a secret key it says %s", said)
	}
}

func TestRotation(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse("2006-01-02T1504", s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	nights := func(from string, n int) (out []kept) { // newest first, as they are listed
		for i := range n {
			out = append(out, kept{taken: day(from+"T0215").AddDate(0, 0, -i), verified: true})
		}
		return out
	}
	name := func(list []kept) (out []string) {
		for _, b := range list {
			out = append(out, b.taken.Format("2006-01-02T1504"))
		}
		return out
	}
	for _, x := range []struct {
		name string
		all  []kept
		stay []string
	}{
		{"none", nil, nil},
		{"a week of nights", nights("2026-11-22", 7), name(nights("2026-11-22", 7))},
		{"two years of nights", nights("2026-11-22", 730), []string{
			"2026-11-22T0215", "2026-11-21T0215", "2026-11-20T0215", "2026-11-19T0215", "2026-11-18T0215", "2026-11-17T0215", "2026-11-16T0215", // days
			"2026-11-15T0215", "2026-11-08T0215", "2026-11-01T0215", // weeks: Sundays
			"2026-10-31T0215", "2026-09-30T0215", "2026-08-31T0215", "2026-07-31T0215", "2026-06-30T0215", "2026-05-31T0215", "2026-04-30T0215",
			"2026-03-31T0215", "2026-02-28T0215", "2026-01-31T0215", "2025-12-31T0215"}}, // months
		{"several of a day: the newest", []kept{{taken: day("2026-11-22T1800")}, {taken: day("2026-11-22T1200"), verified: true}, {taken: day("2026-11-22T0215"), verified: true}},
			[]string{"2026-11-22T1800", "2026-11-22T1200"}}, // and the last that is known to be good
		{"the last good one is old", append([]kept{{taken: day("2026-11-22T0215")}, {taken: day("2026-11-22T0115")}}, kept{taken: day("2026-11-22T0015"), verified: true}, kept{taken: day("2026-11-22T0010"), verified: true}),
			[]string{"2026-11-22T0215", "2026-11-22T0015"}},
		{"a server that stood still", []kept{{taken: day("2026-11-22T0215")}, {taken: day("2024-01-05T0215")}, {taken: day("2024-01-04T0215")}},
			[]string{"2026-11-22T0215", "2024-01-05T0215", "2024-01-04T0215"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			gone := name(outdated(x.all))
			var stay []string
			for _, n := range name(x.all) {
				if !slices.Contains(gone, n) {
					stay = append(stay, n)
				}
			}
			if diff := cmp.Diff(x.stay, stay); diff != "" {
				t.Errorf("what stays (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyBackupsOfOursAreTouched(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	foreign := []string{"notes.txt", "ranzen-2026-13-45T0000Z.backup.age", "other-2026-11-20T0215Z.backup.age", "ranzen-2026-11-20T0215Z.backup.age.old"}
	for _, name := range foreign {
		write(name, "x")
	}
	for i := range 40 {
		n := backupPrefix + time.Date(2026, 11, 22, 2, i, 0, 0, time.UTC).Format(backupStamp) + backupEnd
		write(n, "x")
		write(n+sumEnd, "# verified then\n")
	}
	dropped, err := rotate(dir)
	if err != nil || dropped != 39 {
		t.Errorf("dropped %d, %v", dropped, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(foreign)+2 {
		t.Errorf("%v %v", entries, err)
	}
}

func TestTheNightOfAServer(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	minutes := map[string]bool{}
	for i := range 20 {
		url := fmt.Sprintf("https://mdm%d.example", i)
		night := nightly(url, at("2026-11-22T12:00:00Z"))
		if night.Before(at("2026-11-22T00:00:00Z")) || !night.Before(at("2026-11-22T03:00:00Z")) {
			t.Errorf("%s backs up at %s", url, night)
		}
		minutes[night.Format("15:04")] = true
		if before := nightly(url, night.Add(-time.Second)); !before.Equal(night.Add(-24 * time.Hour)) {
			t.Errorf("a second before %s the last night was %s", night, before)
		}
		if then := nightly(url, night); !then.Equal(night) {
			t.Errorf("at %s the last night was %s", night, then)
		}
	}
	if len(minutes) < 10 {
		t.Errorf("twenty servers back up at %d different minutes", len(minutes))
	}
	now := at("2026-11-22T02:00:00Z")
	for _, x := range []struct {
		often string
		ago   time.Duration
		want  bool
	}{{testNightly, time.Hour, true}, {testWeekly, 24 * time.Hour, false}, {testWeekly, 6*24*time.Hour + 20*time.Hour, true}, {testWeekly, 1 << 62, true}, {testNever, 1 << 62, false}} {
		if got := wantsTest(x.often, store.BackupState{Verified: now.Add(-x.ago)}, now); got != x.want {
			t.Errorf("%s, tested %s ago: %v", x.often, x.ago, got)
		}
	}
}

// The job: nothing without a recipient, a backup when its night has come and not before the next, an alarm when it fails.
func TestTheJobBacksUpAtNight(t *testing.T) {
	o := newOffice(t, "sqlite")
	ctx := t.Context()
	keys, err := store.OpenKeyRing(o.path("keys"), false)
	o.must(err)
	clock := movedClock{}
	build := func(to []age.Recipient) *Server {
		s, err := Build(ctx, Settings{Database: o.database, Keys: keys, Nature: store.Real, BaseURL: "https://mdm.musterstadt.example", Secure: true, Now: clock.now,
			Log: slog.New(slog.DiscardHandler), BackupDir: o.path("backups"), BackupTo: to, BackupVerify: testNightly})
		o.must(err)
		return s
	}
	line := func(s *Server) string {
		w := httptest.NewRecorder()
		s.ready.Store(true)
		s.readinessInside(w, httptest.NewRequest("GET", "/readyz", nil))
		if w.Code != 200 {
			t.Errorf("a missing backup makes the server unready: %d", w.Code)
		}
		_, second, _ := strings.Cut(w.Body.String(), "\n")
		return second
	}
	state := func(s *Server) store.BackupState {
		b, _, err := s.Store.Backups(ctx)
		o.must(err)
		return b
	}
	s := build(nil)
	o.must(s.backUp(ctx))
	if got := line(s); !strings.HasPrefix(got, "backup: not configured") {
		t.Errorf("/readyz says %q", got)
	}
	o.must(s.Close())

	to, err := recipients([]string{o.to})
	o.must(err)
	s = build(to)
	defer s.Close()
	_, _, err = s.Store.CreateOperator(ctx, school.System("test", ""), store.Account{Login: "betrieb", Name: "Betrieb", Email: "betrieb@musterstadt.example"})
	o.must(err)
	o.must(s.backUp(ctx))
	first := state(s)
	if !first.Planned || first.At.IsZero() || !first.Verified.Equal(first.At) || !strings.HasPrefix(line(s), "backup: ok, last ") {
		t.Errorf("%+v, %q", first, line(s))
	}
	o.must(s.backUp(ctx))
	if got := state(s); !got.At.Equal(first.At) {
		t.Error("it backed up twice in a night")
	}
	clock.move(24 * time.Hour)
	o.must(s.backUp(ctx))
	if got := state(s); !got.At.After(first.At) {
		t.Error("the next night it did not back up")
	}
	// The folder cannot be written to.
	clock.move(48 * time.Hour)
	good := state(s)
	o.must(os.Rename(o.path("backups"), o.path("away")))
	o.must(os.WriteFile(o.path("backups"), nil, 0o600))
	if err := s.backUp(ctx); err == nil {
		t.Error("backed up into a file")
	}
	if got := state(s); got.Failed.IsZero() || !got.At.Equal(good.At) || !strings.HasPrefix(line(s), "backup: failed ") {
		t.Errorf("%+v, %q", got, line(s))
	}
	mails, err := s.Store.ClaimMail(ctx, 10, time.Minute)
	if err != nil || len(mails) != 1 || mails[0].To != "betrieb@musterstadt.example" || mails[0].Kind != "backup_failed" {
		t.Errorf("letters: %+v %v", mails, err)
	}
	o.must(os.Remove(o.path("backups")))
	o.must(os.Rename(o.path("away"), o.path("backups")))
	o.must(s.backUp(ctx))
	if got := state(s); !got.Failed.IsZero() || got.Bad(s.Store.Now()) {
		t.Errorf("it goes again: %+v", got)
	}
}

func TestTheDoctorKnowsWhenThereIsNoBackup(t *testing.T) {
	o := newOffice(t, "sqlite")
	look := func(more ...string) string {
		var said bytes.Buffer
		run(t.Context(), append([]string{"doctor", "--url", "https://mdm.musterstadt.example", "--behind-proxy", "127.0.0.1", "--database", o.database, "--keys", o.path("keys"), "--backup-dir", o.path("backups")}, more...), &said, io.Discard)
		for _, line := range strings.Split(said.String(), "\n") {
			if strings.Contains(line, "backup ") {
				return line
			}
		}
		return said.String()
	}
	for _, x := range []struct {
		before func()
		more   []string
		says   string
	}{
		{func() {}, nil, "FIX  backup         no backups: nobody is named"},
		{func() {}, []string{"--backup-to", o.to}, "does not exist yet"},
		{func() { o.backup(0) }, []string{"--backup-to", o.to}, "ok   backup         ok, last "},
		{func() {
			o.must(os.Rename(o.newest(), filepath.Join(o.path("backups"), "ranzen-2020-01-01T0000Z.backup.age")))
		}, []string{"--backup-to", o.to}, "FIX  backup         the last backup was"},
	} {
		x.before()
		if got := look(x.more...); !strings.Contains(got, x.says) {
			t.Errorf("the doctor says %q, not %q", got, x.says)
		}
	}
}

func TestMoveByOneCommand(t *testing.T) {
	o := newOffice(t, "sqlite")
	to := storetest.URL(t, "postgres")
	o.must(store.Wipe(context.Background(), to))
	said := o.types(0, "move", "--database", o.database, "--keys", o.path("keys"), "--to", to)
	if !strings.Contains(said, "every row compared") || !strings.Contains(said, "school               2 rows") {
		t.Errorf("it says:\n%s", said)
	}
	keys, err := store.OpenKeyRing(o.path("keys"), false)
	o.must(err)
	st := storetest.Open(t, to, store.Options{Keys: keys})
	if p, err := st.OpenPush(t.Context(), o.by.Tenant); err != nil || string(p.Key) != "escrowed" {
		t.Errorf("what was sealed is not readable there: %v", err)
	}
	if again := o.types(1, "move", "--database", o.database, "--to", to); !strings.Contains(again, "moved already") {
		t.Errorf("moved twice: %s", again)
	}
}

func TestPassphrasesAreLongAndDifferent(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		p := newPassphrase()
		if !regexp.MustCompile(`^([a-z2-9]{5}-){5}[a-z2-9]{5}$`).MatchString(p) || seen[p] {
			t.Fatalf("%q", p)
		}
		seen[p] = true
	}
	if _, err := ask(strings.NewReader("\n"), io.Discard); err == nil {
		t.Error("an empty passphrase was taken")
	}
	if got, err := ask(strings.NewReader("abc def\n"), io.Discard); err != nil || got != "abc def" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := passphraseOf("/nowhere"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// Whoever can lay a file before the operator decides what stands in it; the encryption says only for whom it is.
func FuzzReadArchive(f *testing.F) {
	path := filepath.Join(f.TempDir(), databaseName)
	if err := os.WriteFile(path, []byte("SQLite format 3"), 0o600); err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := writeArchive(context.Background(), &b, store.Manifest{Format: 1, Schema: 1, Engine: "sqlite", Rows: map[string]int64{"world": 1}}, path, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := readArchive(bytes.NewReader(file))
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, io.LimitReader(a.Database, 1<<20)); err != nil && !errors.Is(err, errDamaged) {
			t.Errorf("trouble without a name: %v", err)
		}
		if err := a.end(); err != nil && !errors.Is(err, errDamaged) {
			t.Errorf("trouble without a name: %v", err)
		}
	})
}
