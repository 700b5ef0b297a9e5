package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Somebody is erased, the disk dies, the newest backup is older than the erasure: the restored world does not know them.
func TestDSGRET02_ARestoreErasesAgainWhatTheJournalNames(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		o := newOffice(t, engine)
		ctx := context.Background()
		open := func(database, keys string) *store.Store {
			ring, err := store.OpenKeyRing(keys, false)
			o.must(err)
			st, err := store.Open(ctx, store.Options{URL: database, Keys: ring})
			o.must(err)
			return st
		}
		st := open(o.database, o.path("keys"))
		person := func(family string) school.PersonID {
			id, err := st.CreatePerson(ctx, o.by, school.Person{Kind: school.Pupil, Given: "Probe", Family: family}, "")
			o.must(err)
			return id
		}
		gone, stays := person("Verschwunden"), person("Bleibt")
		o.must(st.Close())
		o.backup(0)
		st = open(o.database, o.path("keys"))
		o.must(st.ErasePerson(ctx, o.by, gone))
		o.must(os.WriteFile(o.path("backups/"+deletionsName), []byte(`{"authority":"cut`), 0o600)) // the machine stopped here once
		o.must(fileDeletions(ctx, st, o.path("backups")))
		o.must(st.Close())
		journal, err := os.ReadFile(o.path("backups/" + deletionsName))
		if err != nil || strings.Count(string(journal), string(gone)) != 1 || strings.Contains(string(journal), "Verschwunden") {
			t.Errorf("the journal: %s %v", journal, err)
		}
		restore := func(more ...string) (string, *store.Store) {
			database, keys := o.machine()
			said := o.types(0, append([]string{"restore", o.newest(), "--identity", o.path("identity"), "--key-ring", o.path("keys"), "--database", database, "--keys", keys}, more...)...)
			st := open(database, keys)
			t.Cleanup(func() { st.Close() })
			return said, st
		}
		said, back := restore()
		if _, err := back.PersonByID(ctx, o.by, gone); school.KindOf(err) != school.NotFound || !strings.Contains(said, "1 people who had been erased since were erased again") {
			t.Errorf("%v\n%s", err, said)
		}
		if _, err := back.PersonByID(ctx, o.by, stays); err != nil {
			t.Error(err)
		}
		o.must(os.Rename(o.path("backups/"+deletionsName), o.path("elsewhere")))
		if said, back = restore(); !strings.Contains(said, "no journal of deletions") {
			t.Errorf("nobody is told that the journal is missing:\n%s", said)
		}
		if _, err := back.PersonByID(ctx, o.by, gone); err != nil {
			t.Errorf("without the journal nobody can know: %v", err)
		}
		if said, _ = restore("--deletions", o.path("elsewhere")); !strings.Contains(said, "1 people who had been erased") {
			t.Errorf("the journal that is named:\n%s", said)
		}
		database, keys := o.machine()
		o.types(1, "restore", o.newest(), "--identity", o.path("identity"), "--key-ring", o.path("keys"), "--database", database, "--keys", keys, "--deletions", o.path("nowhere"))
		o.isEmpty(database, keys)
	})
}
