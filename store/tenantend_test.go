package store_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// admins are two administrators of an authority, and somebody who runs the installation.
func admins(t *testing.T, s *store.Store, by school.Actor) (first, second, operator school.Actor) {
	t.Helper()
	return somebody(t, s, by, "erste"+string(by.Tenant), school.Grant{Role: school.AuthorityAdmin}), somebody(t, s, by, "zweite"+string(by.Tenant), school.Grant{Role: school.AuthorityAdmin}),
		school.Actor{Kind: school.PersonActor, Account: "operator", Name: "Betrieb", Tenant: by.Tenant, Grants: []school.Grant{{Role: school.Operator}}}
}

// full is a town with people, devices, holdings, reports and roles, whose export can be taken along.
func full(t *testing.T, s *store.Store) *town {
	t.Helper()
	ctx := context.Background()
	d := newTown(t, s)
	ids := d.devices("Gymnasium Nord", "F9FX", 3)
	d.enrol(ids[0])
	lena := d.pupil(d.north, "", "Lena", "Muster")
	_, _, err := s.Issue(ctx, d.by, lena, ids[0])
	must(t, 0, err)
	_, err = s.ReportAtDesk(ctx, d.by, ids[1], store.ReportDamaged, "Display")
	must(t, 0, err)
	_, err = s.SetNetwork(ctx, d.by, d.north, school.Network{SSID: "Einrichtung", Security: "WPA2", Password: "streng geheim"})
	must(t, 0, err)
	return d
}

// TestMUSES16_AnAuthorityIsDeletedWhole: after a download, by two persons, after a week in which it can be stopped; nothing of it
// is left, and nothing of another is touched; a copy from before is deleted again.
func TestMUSES16_AnAuthorityIsDeletedWhole(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		here, there := full(t, s), full(t, s)
		name := must(t, func() school.Authority { a, err := s.Authority(ctx, here.by); return must(t, a, err) }(), nil).Name
		first, second, operator := admins(t, s, here.by)
		code := func(what string, err error, want string) {
			t.Helper()
			if codeOf(err) != want {
				t.Errorf("%s: %v, want %s", what, err, want)
			}
		}
		code("without a download", s.AskEnd(ctx, first, name), "end_export_first")
		var file bytes.Buffer
		must(t, 0, s.ExportTenant(ctx, first, &file))
		here.leave()
		code("another name", s.AskEnd(ctx, first, "Musterdorf"), "typed_name")
		auditor := somebody(t, s, here.by, "pruefung", school.Grant{Role: school.Auditor})
		code("an auditor", s.AskEnd(ctx, auditor, name), "denied")
		code("an operator alone", s.AskEnd(ctx, operator, name), "not_found")
		must(t, 0, s.AskEnd(ctx, first, name))
		code("twice", s.AskEnd(ctx, second, name), "end_asked")
		_, err := s.AgreeEnd(ctx, first, name)
		code("the same person agrees", err, "end_second")
		if due, err := s.EndsDue(ctx); err != nil || due {
			t.Error("due although nobody agreed")
		}
		_, err = s.AgreeEnd(ctx, second, name)
		must(t, 0, err)
		must(t, 0, s.StopEnd(ctx, first))
		code("stopped twice", s.StopEnd(ctx, first), "not_found")
		must(t, 0, s.AskEnd(ctx, first, name))
		if alarms, err := s.Alarms(ctx, second); err != nil || !slices.ContainsFunc(alarms, func(a store.Alarm) bool { return a.Kind == store.AlarmEnds }) {
			t.Error("nobody is told")
		}
		due, err := s.AgreeEnd(ctx, operator, name)
		if err != nil || !due.Equal(s.Now().Add(store.EndWait)) {
			t.Fatalf("%v %v", due, err)
		}
		before, err := s.Dump(ctx, "person", "device", "holding", "audit", "account")
		must(t, 0, err)
		must(t, 0, s.EndDue(ctx))
		if again, err := s.Dump(ctx, "person", "device", "holding", "audit", "account"); err != nil || !slices.Equal(before, again) {
			t.Fatal("it went before its time")
		}
		*now = now.Add(store.EndWait)
		must(t, 0, s.EndDue(ctx))
		tables, err := s.Tables(ctx)
		must(t, 0, err)
		var rest []string
		for _, table := range tables {
			rows, err := s.Dump(ctx, table)
			must(t, 0, err)
			for _, row := range rows {
				if strings.Contains(row, string(here.by.Tenant)) {
					rest = append(rest, row)
				}
			}
		}
		if len(rest) != 1 || !strings.HasPrefix(rest[0], "tenant_gone") || strings.Contains(rest[0], name) {
			t.Errorf("left: %s", strings.Join(rest, "\n"))
		}
		if people, err := s.Persons(ctx, there.by, store.PersonFilter{Limit: 10}); err != nil || len(people.Rows) != 1 {
			t.Errorf("the one next door: %+v %v", people, err)
		}
		if n, broken, err := s.VerifyAudit(ctx, there.by); err != nil || broken != 0 || n == 0 {
			t.Errorf("its log: %d %d %v", n, broken, err)
		}
		var lines []byte
		must(t, 0, s.FileDeletions(ctx, func(b []byte) error { lines = append(lines, b...); return nil }))
		if open, err := s.UnfiledDeletions(ctx); err != nil || open || !bytes.Contains(lines, []byte(here.by.Tenant)) {
			t.Errorf("the journal beside the backups: %s %v", lines, err)
		}
		_, err = s.ImportTenant(ctx, operator, bytes.NewReader(file.Bytes()), int64(file.Len()))
		code("back where it was deleted", err, "import_gone")
	})
}

// leave takes every iPad of the town out of management.
func (d *town) leave() {
	d.t.Helper()
	page, err := d.s.Devices(context.Background(), d.by, store.DeviceFilter{State: store.IsEnrolled, Limit: 50})
	for _, x := range must(d.t, page, err).Rows {
		must(d.t, 0, d.s.CheckedOut(context.Background(), d.by.Tenant, "e-"+string(x.ID)))
	}
}

// TestMUSES16_NoIPadIsLeftBehind: while iPads are enrolled nobody asks and nobody agrees, and one that comes back in the week of waiting
// holds the end up. Who has been silent for a quarter of a year does not. A token is no second person beside who made it.
func TestMUSES16_NoIPadIsLeftBehind(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		d := full(t, s)
		a, err := s.Authority(ctx, d.by)
		name := must(t, a, err).Name
		first, second, operator := admins(t, s, d.by)
		must(t, 0, s.ExportTenant(ctx, first, io.Discard))
		refused := func(err error, n int) {
			t.Helper()
			e, _ := errors.AsType[*school.Error](err)
			if e == nil || e.Code != "end_enrolled" || e.Args[0] != n {
				t.Errorf("%v, want %d enrolled", err, n)
			}
		}
		refused(s.AskEnd(ctx, first, name), 1)
		if e, err := s.EndOf(ctx, first); err != nil || e.Enrolled != 1 {
			t.Errorf("%+v %v", e, err)
		}

		_, secret, err := s.CreateAPIToken(ctx, first, store.APIToken{Name: "Portal", Role: school.AuthorityAdmin, Verbs: []school.Verb{school.View, school.Export}})
		must(t, 0, err)
		token, err := s.TokenActor(ctx, secret)
		must(t, 0, err)
		d.leave()
		must(t, 0, s.AskEnd(ctx, token, name))
		if _, err := s.AgreeEnd(ctx, first, name); codeOf(err) != "end_second" {
			t.Errorf("who made the token agrees: %v", err)
		}
		d.enrol(d.devices("Gymnasium Nord", "DMPX", 2)...)
		_, err = s.AgreeEnd(ctx, second, name)
		refused(err, 2)
		d.leave()
		_, err = s.AgreeEnd(ctx, operator, name)
		must(t, 0, err)

		*now = now.Add(store.EndWait)
		d.enrol(d.devices("Gymnasium Nord", "GG7Z", 1)...)
		must(t, 0, s.EndDue(ctx))
		if e, err := s.EndOf(ctx, first); err != nil || e.Enrolled != 1 {
			t.Fatalf("it went with an iPad in it: %+v %v", e, err)
		}
		*now = now.Add(store.EndSilent + time.Hour)
		must(t, 0, s.EndDue(ctx))
		if _, err := s.Authority(ctx, d.by); codeOf(err) != "not_found" {
			t.Errorf("a silent iPad holds it: %v", err)
		}
	})
}

// TestMUSES16_ADeletedAuthorityDoesNotComeBackWithACopy: the journal beside the backups deletes it again, and only with a proof.
func TestMUSES16_ADeletedAuthorityDoesNotComeBackWithACopy(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		d, next := full(t, s), full(t, s)
		forged := store.Deletion{Authority: next.by.Tenant, Table: "authority", Row: string(next.by.Tenant), At: *now, Why: "ended", Proof: "x"}
		if e, err := s.EraseAgain(ctx, []store.Deletion{forged}); err != nil || e.Ended != 0 || e.Strange != 1 {
			t.Fatalf("%+v %v", e, err)
		}
		proof, err := s.ProofOf(ctx, store.Deletion{Authority: d.by.Tenant, Table: "authority", Row: string(d.by.Tenant), At: *now, Why: "ended"})
		must(t, 0, err)
		if e, err := s.EraseAgain(ctx, []store.Deletion{proof}); err != nil || e.Ended != 1 || e.Strange != 0 {
			t.Fatalf("%+v %v", e, err)
		}
		if _, err := s.Authority(ctx, d.by); codeOf(err) != "not_found" {
			t.Errorf("%v", err)
		}
		if _, err := s.Authority(ctx, next.by); err != nil {
			t.Error(err)
		}
	})
}

// TestMUSES16_AnotherInstallationTakesItOver: from one engine to the other, with the same ids, the whole log and no secret; twice is
// refused, and so is what is no export.
func TestMUSES16_AnotherInstallationTakesItOver(t *testing.T) {
	for _, way := range [][2]string{{"sqlite", "postgres"}, {"postgres", "sqlite"}} {
		t.Run(way[0]+" to "+way[1], func(t *testing.T) {
			ctx := context.Background()
			old, new := storetest.Open(t, storetest.URL(t, way[0]), store.Options{}), storetest.Open(t, storetest.URL(t, way[1]), store.Options{})
			d := full(t, old)
			first, _, _ := admins(t, old, d.by)
			var file bytes.Buffer
			must(t, 0, old.ExportTenant(ctx, first, &file))
			operator := school.Actor{Kind: school.PersonActor, Account: "operator", Name: "Betrieb", Grants: []school.Grant{{Role: school.Operator}}}
			take := func(b []byte) (store.Imported, error) {
				return new.ImportTenant(ctx, operator, bytes.NewReader(b), int64(len(b)))
			}
			if _, err := new.ImportTenant(ctx, first, bytes.NewReader(file.Bytes()), int64(file.Len())); codeOf(err) != "not_found" {
				t.Errorf("by an administrator: %v", err)
			}
			for what, b := range map[string][]byte{"nothing": nil, "no archive": []byte("Vorname;Nachname"), "cut off": file.Bytes()[:file.Len()/2],
				"another authority's row":     changed(t, file.Bytes(), "tables/person.jsonl", string(d.by.Tenant), "01990c5e-0000-7000-8000-000000000001"),
				"a table that lacks a column": changed(t, file.Bytes(), "schema.json", `"name_sort"`, `"other"`)} {
				if _, err := take(b); codeOf(err) != "import_form" {
					t.Errorf("%s: %v", what, err)
				}
			}
			if _, err := take(changed(t, file.Bytes(), "schema.json", `"schema": `, `"schema": 9`)); codeOf(err) != "import_schema" {
				t.Errorf("another form: %v", err)
			}
			got, err := take(file.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if got.Authority != d.by.Tenant || got.Link == "" || got.Admin == "" || got.Rows["person"] != 1 || got.Rows["holding"] != 1 {
				t.Errorf("%+v", got)
			}
			if _, err := take(file.Bytes()); codeOf(err) != "import_here" {
				t.Errorf("twice: %v", err)
			}
			ignore := func(rows []string) (out []string) { // engines write truth each in its way
				for _, r := range rows {
					out = append(out, strings.NewReplacer("=true", "=1", "=false", "=0").Replace(r))
				}
				return out
			}
			for _, table := range []string{"school", "class", "person", "membership", "asset", "device", "holding", "device_report", "role_grant"} {
				a, err := old.Dump(ctx, table)
				must(t, 0, err)
				b, err := new.Dump(ctx, table)
				must(t, 0, err)
				if table == "school" { // its network's password stays
					continue
				}
				if !slices.Equal(ignore(a), ignore(b)) {
					t.Errorf("%s differs:\n%s\n%s", table, strings.Join(a, "\n"), strings.Join(b, "\n"))
				}
			}
			if n, broken, err := new.VerifyAudit(ctx, d.by); err != nil || broken != 0 || n < 5 {
				t.Errorf("the log: %d entries, broken at %d, %v", n, broken, err)
			}
			if _, err := new.SetPassword(ctx, got.Link, goodPassword); err != nil {
				t.Fatal(err)
			}
			if _, err := new.SignIn(ctx, store.SignIn{Login: got.Login, Password: goodPassword}); err != nil {
				t.Errorf("its administrator: %v", err)
			}
			// It lives: what it held is taken back.
			rows, err := new.Devices(ctx, d.by, store.DeviceFilter{Limit: 10})
			must(t, 0, err)
			if len(rows.Rows) != 3 {
				t.Fatalf("%d devices", len(rows.Rows))
			}
			for _, r := range rows.Rows {
				if r.Enrolled {
					t.Error("a device is enrolled that never was here")
				}
				if r.Holder != "" {
					if _, err := new.TakeBack(ctx, d.by, r.ID); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// changed is an export in which somebody wrote.
func changed(t *testing.T, file []byte, name, old, new string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, 0, err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		b, err2 := io.ReadAll(must(t, r, err))
		must(t, 0, err2)
		if f.Name == name {
			if !bytes.Contains(b, []byte(old)) {
				t.Fatalf("%s has no %s", name, old)
			}
			b = bytes.Replace(b, []byte(old), []byte(new), 1)
		}
		to, err := w.Create(f.Name)
		_, err2 = must(t, to, err).Write(b)
		must(t, 0, err2)
	}
	must(t, 0, w.Close())
	return out.Bytes()
}

// TestEveryTableOfAnExportIsTakenOverOrSaysWhyNot: a table whose secrets stay behind is whole without them, or stays too.
func TestEveryTableOfAnExportIsTakenOverOrSaysWhyNot(t *testing.T) {
	s := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{})
	unsaid, err := s.NotTakenOver(context.Background())
	if err != nil || len(unsaid) > 0 {
		t.Errorf("%v %v", unsaid, err)
	}
}

// FuzzReadingAnExport: foreign bytes are refused, never followed.
func FuzzReadingAnExport(f *testing.F) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range map[string]string{"schema.json": `{"format":"ranzen authority 1","schema":9,"authority":"a","tables":[{"name":"person"}]}`, "tables/person.jsonl": `{"id":"x","n":1}`} {
		to, err := w.Create(name)
		if err == nil {
			_, err = fmt.Fprintln(to, text)
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := store.ReadExport(b); err != nil && codeOf(err) != "import_form" {
			t.Errorf("%v", err)
		}
	})
}
