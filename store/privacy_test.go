package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// clocked runs a test on both engines with a clock that it sets itself.
func clocked(t *testing.T, fn func(t *testing.T, s *store.Store, engine string, now *time.Time)) {
	t.Helper()
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		now := time.Date(2026, 11, 17, 7, 10, 0, 0, time.UTC)
		fn(t, storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return now }}), engine, &now)
	})
}

// named is an actor under an id of its own.
func named(by school.Actor, id string) school.Actor {
	by.Account = school.AccountID(id)
	return by
}

// dump is everything a copy of the world holds, as bytes.
func dump(t *testing.T, s *store.Store) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy")
	if _, err := s.CopyTo(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	return must(t, b, err)
}

func holds(t *testing.T, s *store.Store, words ...string) (found []string) {
	t.Helper()
	all := bytes.ToLower(dump(t, s))
	for _, w := range words {
		if bytes.Contains(all, bytes.ToLower([]byte(w))) {
			found = append(found, w)
		}
	}
	return found
}

// What is not there cannot leak: the world has no place for what a school may know and a lender of iPads need not.
func TestDSG25_NoColumnHoldsWhatIsNeverStored(t *testing.T) {
	never := regexp.MustCompile(`(?i)birth|geburt|gender|\bsex\b|geschlecht|religio|konfession|nationality|staatsang|street|strasse|postal|postcode|\bplz\b|phone|telefon|photo|foto|parent_name|guardian`)
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no migrations", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			line, _, _ = strings.Cut(line, "--")
			if never.MatchString(line) {
				t.Errorf("%s:%d: %s", f, i+1, strings.TrimSpace(line))
			}
		}
	}
	p, err := json.Marshal(school.Person{})
	if err != nil || never.Match(p) {
		t.Errorf("a person is %s, %v", p, err)
	}
}

// Whoever adds a table that speaks of a person says here what becomes of it when the person is erased; in the answer to
// Art. 15 it is anyway.
func TestDSG15_EveryColumnThatRefersToAPersonIsKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		unknown, err := s.UnknownReferences(ctx)
		if err != nil || len(unknown) > 0 {
			t.Errorf("nobody said what becomes of %v: see erasures and loose, %v", unknown, err)
		}
		tables, err := s.PersonTables(ctx)
		for _, want := range []string{"person", "membership", "holding", "device", "device_state", "assignment", "audit", "person_view", "deletion", "change_row"} {
			if err != nil || !slices.Contains(tables, want) {
				t.Errorf("%s is not in the answer: %v %v", want, tables, err)
			}
		}
	})
}

// The answer to Art. 15 holds all that is stored about somebody, and nothing about anybody else; giving it is in the log.
func TestDSG15_TheAnswerIsWholeAndAboutNobodyElse(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		d := newTown(t, s)
		b7 := d.class(d.north, "7b")
		lena, other := d.pupil(d.north, b7, "Lena", "Altname"), d.pupil(d.north, b7, "Fremde", "Nachbarin")
		ids := d.devices("Gymnasium Nord", "F9FX", 3)
		if _, err := s.ChangePerson(ctx, d.by, school.Person{ID: lena, School: d.north, Kind: school.Pupil, Given: "Lena", Family: "Neuname", Email: "lena@nord.example", Login: "lena.neu"}); err != nil {
			t.Fatal(err)
		}
		for i, p := range []school.PersonID{lena, other, lena} {
			if _, _, err := s.Issue(ctx, d.by, p, ids[i]); err != nil {
				t.Fatal(err)
			}
		}
		for i, note := range []string{"Glas gesprungen", "Hülle zerkratzt"} {
			x, err := s.DeviceByID(ctx, d.by, ids[i])
			must(t, x, err)
			if _, _, err := s.ReportDamage(ctx, d.by, x.Asset, "display", note); err != nil {
				t.Fatal(err)
			}
		}
		admin := named(d.clerk(school.AuthorityAdmin, ""), "who-gave-it")
		got, err := s.PersonData(ctx, admin, lena)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%+v", got)
		for _, want := range []string{"Neuname", "Altname", "lena@nord.example", "lena.neu", "7b", "Gymnasium Nord", "F9FX000000", "F9FX000002", "person.changed", "device.issued", "Glas gesprungen"} {
			if !strings.Contains(text, want) {
				t.Errorf("the answer does not hold %s", want)
			}
		}
		for _, never := range []string{"Hülle zerkratzt", "Fremde", "Nachbarin", "F9FX000001", string(other), string(admin.Account), "_sealed"} {
			if strings.Contains(text, never) {
				t.Errorf("the answer holds %s", never)
			}
		}
		looked, err := s.Views(ctx, admin, lena, 10)
		if err != nil || len(looked) != 1 || looked[0].Event != "person.data_given" || looked[0].ActorID != admin.ID() {
			t.Errorf("that it was given out: %+v %v", looked, err)
		}
		for _, by := range []school.Actor{d.clerk(school.SchoolAdmin, d.south), d.clerk(school.Auditor, "")} {
			if _, err := s.PersonData(ctx, by, lena); school.KindOf(err) != school.NotFound {
				t.Errorf("%s: %v", by.Grants[0].Role, err)
			}
		}
	})
}

// Who looked at a person's page stands in the log once per person and day, whoever looked how often; the server itself
// looks at nobody, and no list of a page's history says it.
func TestKSM02_WhoLookedIsInTheLogOnceADay(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		d := newTown(t, s)
		lena := school.Person{ID: d.pupil(d.north, "", "Lena", "Muster"), School: d.north}
		admin, clerk, auditor := named(d.clerk(school.AuthorityAdmin, ""), "admin"), d.clerk(school.SchoolAdmin, d.north), d.clerk(school.Auditor, "")
		for range 3 {
			s.Viewed(admin, lena)
			s.Viewed(clerk, lena)
			s.Viewed(d.by, lena)
			if err := s.FlushViews(ctx); err != nil {
				t.Fatal(err)
			}
		}
		*now = now.Add(24 * time.Hour)
		s.Viewed(clerk, lena)
		got, err := s.Views(ctx, auditor, lena.ID, 10) // asked before anybody wrote it
		if err != nil {
			t.Fatal(err)
		}
		var who []string
		for _, e := range got {
			who = append(who, e.At.Format("02.")+e.ActorID)
		}
		slices.Sort(who)
		want := []string{"17." + admin.ID(), "17." + clerk.ID(), "18." + clerk.ID()}
		slices.Sort(want)
		if diff := cmp.Diff(want, who); diff != "" {
			t.Error(diff)
		}
		program := school.Actor{Kind: school.TokenActor, Account: "token", Name: "Programm", Tenant: d.by.Tenant, Grants: clerk.Grants}
		for range 3 {
			s.NamesRead(program)
			s.NamesRead(clerk)
			if err := s.FlushViews(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if lists, err := s.Audit(ctx, auditor, store.AuditFilter{Event: "names.exported"}); err != nil || len(lists) != 1 || lists[0].ActorKind != school.TokenActor {
			t.Errorf("that a program reads names: %+v %v", lists, err)
		}
		*now = now.Add(72 * time.Hour)
		if _, err := s.Retain(ctx, d.by.Tenant); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM person_view`); err != nil || n != 0 {
			t.Errorf("%d notes of who looked are left %v", n, err)
		}
		if _, err := s.Views(ctx, clerk, lena.ID, 10); school.KindOf(err) != school.NotFound {
			t.Errorf("a clerk reads who looked: %v", err)
		}
		if h, err := s.History(ctx, clerk, "person", string(lena.ID), 50); err != nil || slices.ContainsFunc(h, func(e store.Entry) bool { return e.Event == "person.viewed" }) {
			t.Errorf("the history of the page says who looked: %v", err)
		}
		if _, broken, err := s.VerifyAudit(ctx, auditor); err != nil || broken != 0 {
			t.Errorf("the chain breaks at %d %v", broken, err)
		}
	})
}

// After an erasure the name is nowhere in a copy of the world, the device still knows that somebody had it, what was
// planned and assigned for the person is planned anew, and nothing brings the person back.
func TestDSG17_AnErasedPersonIsNowhere(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		d := newTown(t, s)
		b7 := d.class(d.north, "7b")
		group, err := s.CreateGroup(ctx, d.by, school.Group{School: d.north, Name: "Medienscouts"})
		must(t, group, err)
		lena := d.pupil(d.north, b7, "Lenadora", "Altnamensen")
		if _, err := s.AddMember(ctx, d.by, school.Membership{Person: lena, Group: group}); err != nil {
			t.Fatal(err)
		}
		changed, err := s.ChangePerson(ctx, d.by, school.Person{ID: lena, School: d.north, Kind: school.Pupil, Given: "Lenadora", Family: "Zwiebelfischer", Email: "lz@nord.example", Login: "lenadora.z"})
		must(t, changed, err)
		ids := d.devices("Gymnasium Nord", "F9FX", 2)
		d.enrol(ids...)
		if _, _, err := s.Issue(ctx, d.by, lena, ids[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PlanPerson(ctx, d.by, ids[1], lena); err != nil {
			t.Fatal(err)
		}
		names := []string{"Lenadora", "Altnamensen", "Zwiebelfischer", "lz@nord.example"}
		if got := holds(t, s, names[2:]...); len(got) != 2 {
			t.Fatalf("a copy of the world holds only %v: the test would see nothing", got)
		}
		admin, clerk := d.clerk(school.AuthorityAdmin, ""), d.clerk(school.SchoolAdmin, d.north)
		var e *school.Error
		if err := s.ErasePerson(ctx, admin, lena); !errors.As(err, &e) || e.Code != "person_holds" {
			t.Errorf("who holds an iPad is erased: %v", err)
		}
		if _, err := s.TakeBack(ctx, d.by, ids[0]); err != nil {
			t.Fatal(err)
		}
		if err := s.ErasePerson(ctx, clerk, lena); err == nil {
			t.Error("a school erases people for itself")
		}
		if err := s.ErasePerson(ctx, d.clerk(school.AuthorityAdmin, d.south), lena); err == nil {
			t.Error("a stranger erases people")
		}
		marked := d.marked(func() {
			if err := s.ErasePerson(ctx, admin, lena); err != nil {
				t.Fatal(err)
			}
		}, ids...)
		if !marked[ids[1]] {
			t.Error("the iPad that was planned for her is not planned anew")
		}
		if got := holds(t, s, names...); len(got) > 0 {
			t.Errorf("a copy of the world still holds %v", got)
		}
		if _, err := s.PersonByID(ctx, admin, lena); school.KindOf(err) != school.NotFound {
			t.Errorf("she is still there: %v", err)
		}
		x, err := s.DeviceByID(ctx, admin, ids[0])
		if err != nil || len(x.Held) != 1 || !x.Held[0].Erased || x.Held[0].Person != "" || x.Held[0].PersonName != "" || x.Held[0].Until.IsZero() {
			t.Errorf("the iPad knows that somebody had it: %+v %v", x.Held, err)
		}
		if _, err := s.Undo(ctx, admin, changed); !errors.As(err, &e) || e.Code != "undo_erased" {
			t.Errorf("undoing a change of before: %v", err)
		}
		if sets, err := s.ChangeSets(ctx, admin, 50); err != nil || slices.ContainsFunc(sets, func(c store.ChangeSet) bool { return c.Event == "person.erased" }) {
			t.Errorf("the erasure can be undone: %v", err)
		}
		if people, err := s.Persons(ctx, admin, store.PersonFilter{Archived: true}); err != nil || len(people.Rows) != 0 {
			t.Errorf("nobody stands in a list: %+v %v", people.Rows, err)
		}
		if _, broken, err := s.VerifyAudit(ctx, admin); err != nil || broken != 0 {
			t.Errorf("the chain of audit breaks at %d %v", broken, err)
		}
		if err := s.ErasePerson(ctx, admin, lena); school.KindOf(err) != school.NotFound {
			t.Errorf("erased twice: %v", err)
		}
	})
}

// Two years later exactly what has no end is left.
func TestDSGRET01_TheClocksTakeWhatTheyShouldAndNothingElse(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		d := newTown(t, s)
		elsewhere := newTown(t, s)
		born := *now
		b7 := d.class(d.north, "7b")
		ids := d.devices("Gymnasium Nord", "F9FX", 3)
		d.enrol(ids...)
		stays, left, still := d.pupil(d.north, b7, "Lena", "Bleibt"), d.pupil(d.north, b7, "Jonas", "Gegangen"), d.pupil(d.north, b7, "Mara", "Behalten")
		far := elsewhere.pupil(elsewhere.north, "", "Fern", "Drüben")
		give := func(p school.PersonID, device school.DeviceID) {
			t.Helper()
			if _, _, err := s.Issue(ctx, d.by, p, device); err != nil {
				t.Fatal(err)
			}
		}
		back := func(device school.DeviceID) {
			t.Helper()
			if _, err := s.TakeBack(ctx, d.by, device); err != nil {
				t.Fatal(err)
			}
		}
		give(stays, ids[0])
		back(ids[0])
		give(left, ids[0])
		back(ids[0])
		give(still, ids[1]) // for good
		if _, err := s.GiveOrder(ctx, d.by, school.Refresh, ids[:1]); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, `UPDATE device_order SET state = 'done', finished_at = created_at`); err != nil {
			t.Fatal(err)
		}
		for by, p := range map[*town]school.PersonID{d: left, elsewhere: far} {
			if _, err := s.ArchivePerson(ctx, by.by, p); err != nil {
				t.Fatal(err)
			}
		}
		run := func() store.Retained {
			t.Helper()
			n, err := s.Retain(ctx, d.by.Tenant)
			return must(t, n, err)
		}
		if n := run(); n != (store.Retained{}) {
			t.Errorf("on the first night %+v went", n)
		}
		*now = born.Add(29 * 24 * time.Hour)
		if n := run(); n.Persons != 0 || n.Images == 0 || n.Holdings != 0 {
			t.Errorf("after 29 days %+v", n)
		}
		*now = born.AddDate(0, 0, 31)
		if n := run(); n.Persons != 1 {
			t.Errorf("after 31 days %+v", n)
		}
		if _, err := s.PersonByID(ctx, d.by, left); school.KindOf(err) != school.NotFound {
			t.Errorf("who left is still there: %v", err)
		}
		give(stays, ids[2])
		*now = born.AddDate(2, 0, 1)
		run()
		numbers := map[string]int64{}
		for name, query := range map[string]string{
			"people":                           `SELECT count(*) FROM person WHERE authority_id = $1 AND family <> ''`,
			"open holdings":                    `SELECT count(*) FROM holding WHERE authority_id = $1 AND until_at IS NULL`,
			"holdings of people that are over": `SELECT count(*) FROM holding h JOIN person p ON p.id = h.person_id WHERE h.authority_id = $1 AND until_at IS NOT NULL AND p.family <> ''`,
			"holdings of nobody":               `SELECT count(*) FROM holding h JOIN person p ON p.id = h.person_id WHERE h.authority_id = $1 AND p.family = ''`,
			"images":                           `SELECT count(*) FROM change_row WHERE authority_id = $1`,
			"orders":                           `SELECT count(*) FROM device_order WHERE authority_id = $1`,
			"old entries":                      `SELECT count(*) FROM audit WHERE authority_id = $1 AND at <= ` + fmt.Sprint(born.AddDate(0, 0, 1).UnixMicro()),
			"devices":                          `SELECT count(*) FROM device WHERE authority_id = $1`,
			"memberships":                      `SELECT count(*) FROM membership WHERE authority_id = $1`,
		} {
			n, err := s.Number(ctx, query, string(d.by.Tenant))
			numbers[name] = must(t, n, err)
		}
		want := map[string]int64{"people": 2, "open holdings": 2, "holdings of people that are over": 0, "holdings of nobody": 2, "images": 0, "orders": 0, "old entries": 0, "devices": 3, "memberships": 2}
		if diff := cmp.Diff(want, numbers); diff != "" {
			t.Error(diff)
		}
		if n, broken, err := s.VerifyAudit(ctx, d.by); err != nil || broken != 0 || n == 0 {
			t.Errorf("the rest of the chain: %d entries, breaks at %d, %v", n, broken, err)
		}
		if _, err := s.PersonByID(ctx, elsewhere.by, far); err != nil {
			t.Errorf("somebody else's clock took people here: %v", err)
		}
		if n := run(); n != (store.Retained{}) {
			t.Errorf("a second time %+v went", n)
		}
		// Cutting is no way to hide something: what remains must begin where the cut says.
		if err := s.Exec(ctx, `DELETE FROM audit WHERE authority_id = $1 AND seq = (SELECT min(seq) FROM audit WHERE authority_id = $1)`, string(d.by.Tenant)); err != nil {
			t.Fatal(err)
		}
		if _, broken, err := s.VerifyAudit(ctx, d.by); err != nil || broken == 0 {
			t.Errorf("one more entry is cut and nobody notices: %v", err)
		}
	})
}

// An authority sets its clocks itself, within reason; a longer one keeps longer.
func TestTheClocksOfRetentionAreTheAuthoritys(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		d := newTown(t, s)
		left := d.pupil(d.north, "", "Jonas", "Gegangen")
		if _, err := s.ArchivePerson(ctx, d.by, left); err != nil {
			t.Fatal(err)
		}
		for keep, code := range map[school.Retention]string{{Left: 90}: "", {Left: 731}: "days_range", {Audit: 30}: "days_range", {Loans: -1}: "days_range"} {
			_, err := s.SetPrivacy(ctx, d.by, school.Privacy{}, school.Privacy{Retention: keep})
			var e *school.Error
			if errors.As(err, &e); (code == "") != (err == nil) || code != "" && e.Code != code {
				t.Errorf("%+v: %v", keep, err)
			}
		}
		for days, want := range map[int]int{31: 0} {
			if _, err := s.Retain(ctx, d.by.Tenant); err != nil {
				t.Fatal(err)
			}
			*now = now.AddDate(0, 0, days)
			if n, err := s.Retain(ctx, d.by.Tenant); err != nil || n.Persons != want {
				t.Errorf("after %d days: %+v %v", days, n, err)
			}
		}
		*now = now.AddDate(0, 0, 60)
		due, err := s.RetentionDue(ctx, d.by, school.Retention{Left: 90})
		if err != nil || due["left"] != 1 {
			t.Errorf("what is due: %v %v", due, err)
		}
		if n, err := s.Retain(ctx, d.by.Tenant); err != nil || n.Persons != 1 {
			t.Errorf("after 91 days: %+v %v", n, err)
		}
	})
}

// A copy brings back who was erased since. Before anybody uses the world the journal erases again: what the copy itself
// remembers, what the file beside the backups says, what ran out meanwhile; and a line somebody forged does nothing.
func TestDSGRET02_WhatWasErasedStaysErasedAfterARestore(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, engine string, now *time.Time) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 1)
		lena, holder, safe, gone := d.pupil(d.north, "", "Lena", "Vergessen"), d.pupil(d.north, "", "Jonas", "Verleiher"), d.pupil(d.north, "", "Mara", "Bleibsicher"), d.pupil(d.north, "", "Emil", "Abgelaufen")
		if _, _, err := s.Issue(ctx, d.by, holder, ids[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ArchivePerson(ctx, d.by, gone); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Retain(ctx, d.by.Tenant); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "copy")
		m, err := s.CopyTo(ctx, path)
		must(t, m, err)

		*now = now.Add(time.Hour)
		if _, err := s.TakeBack(ctx, d.by, ids[0]); err != nil {
			t.Fatal(err)
		}
		admin := d.clerk(school.AuthorityAdmin, "")
		for _, p := range []school.PersonID{lena, holder} {
			if err := s.ErasePerson(ctx, admin, p); err != nil {
				t.Fatal(err)
			}
		}
		var file bytes.Buffer
		if err := s.FileDeletions(ctx, func([]byte) error { return errors.New("the disk is full") }); err == nil {
			t.Error("a journal that could not be written counts as written")
		}
		if open, err := s.UnfiledDeletions(ctx); err != nil || !open {
			t.Errorf("nothing is left to file: %v", err)
		}
		if err := s.FileDeletions(ctx, func(b []byte) error { file.Write(b); return nil }); err != nil {
			t.Fatal(err)
		}
		if open, err := s.UnfiledDeletions(ctx); err != nil || open {
			t.Errorf("filed lines are filed again: %v", err)
		}
		for _, word := range []string{"Vergessen", "Lena", "Jonas"} {
			if strings.Contains(file.String(), word) {
				t.Errorf("the journal holds the name %s", word)
			}
		}
		forged := strings.ReplaceAll(strings.SplitAfter(file.String(), "\n")[0], string(lena), string(safe))
		filed, err := store.ReadDeletions(strings.NewReader(file.String() + forged + "{\"authority\":\"cut o\n" + `{"authority":"cut o`))
		if err != nil || len(filed) != 4 {
			t.Fatalf("%d lines, %v", len(filed), err)
		}

		copied, err := os.Open(path)
		must(t, copied, err)
		defer copied.Close()
		at := blank(t, engine)
		if err := store.Restore(ctx, at, copied); err != nil {
			t.Fatal(err)
		}
		*now = now.AddDate(0, 0, 40)
		back := storetest.Open(t, at, store.Options{Now: func() time.Time { return *now }})
		if got := holds(t, back, "Vergessen", "Verleiher", "Abgelaufen", "Bleibsicher"); len(got) != 4 {
			t.Fatalf("the copy brings back %v", got)
		}
		if _, err := back.AfterRestore(ctx, m.Taken); err != nil {
			t.Fatal(err)
		}
		e, err := back.EraseAgain(ctx, filed)
		if err != nil || e != (store.Erased{Again: 2, Retired: 1, Strange: 2}) {
			t.Errorf("%+v %v", e, err)
		}
		if got := holds(t, back, "Vergessen", "Verleiher", "Abgelaufen", "Bleibsicher"); !slices.Equal(got, []string{"Bleibsicher"}) {
			t.Errorf("afterwards the world holds %v", got)
		}
		x, err := back.DeviceByID(ctx, d.by, ids[0])
		if err != nil || len(x.Held) != 1 || !x.Held[0].Erased || x.Held[0].Until.IsZero() {
			t.Errorf("the iPad that came back meanwhile: %+v %v", x.Held, err)
		}
		if e, err := back.EraseAgain(ctx, filed); err != nil || e.Again != 0 {
			t.Errorf("a second time: %+v %v", e, err)
		}
		if _, broken, err := back.VerifyAudit(ctx, d.by); err != nil || broken != 0 {
			t.Errorf("the chain breaks at %d %v", broken, err)
		}
	})
}

// Opening a page costs nothing more because somebody writes down that it was opened.
func BenchmarkViewed(b *testing.B) {
	s := storetest.Open(b, storetest.URL(b, "sqlite"), store.Options{})
	d := newTown(b, s)
	lena := school.Person{ID: d.pupil(d.north, "", "Lena", "Muster"), School: d.north}
	by := d.clerk(school.AuthorityAdmin, "")
	for b.Loop() {
		s.Viewed(by, lena)
	}
}
