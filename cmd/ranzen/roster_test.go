package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// A list is read from the machine: shown first, taken over when told to, and left to people where it wants them.
func TestMUC07_AListFromTheMachineItself(t *testing.T) {
	ctx := context.Background()
	st := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{})
	id, err := st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Musterstadt"})
	if err != nil {
		t.Fatal(err)
	}
	by := school.System("test", id)
	if _, err := st.CreateSchool(ctx, by, school.School{Name: "Gymnasium Nord", Number: "100417"}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "liste.csv")
	take := func(apply bool, lines ...string) (string, error) {
		t.Helper()
		if err := os.WriteFile(file, []byte("Vorname;Nachname;Klasse;Import-ID\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err := rosterCmd{File: file, School: "100417", Source: "IServ", Apply: apply}.take(ctx, st, streams{&out, &out})
		return out.String(), err
	}
	people := func() int {
		n, err := st.CountPersons(ctx, by, store.PersonFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := []string{"Lena;Fuchs;5a;1", "Tom;Weiß;5a;2", "Ada;Stern;5a;3", "Ben;Kern;5a;4"}
	if said, err := take(false, all...); err != nil || !strings.Contains(said, "Gymnasium Nord: 4 people, 5 changes, class_new 1, new 4") || !strings.Contains(said, "Nothing is changed.") || people() != 0 {
		t.Errorf("only shown: %v\n%s", err, said)
	}
	if said, err := take(true, all...); err != nil || !strings.Contains(said, "taken over") || people() != 4 {
		t.Errorf("taken over: %v\n%s", err, said)
	}
	if said, err := take(true, all...); err != nil || !strings.Contains(said, "4 people, 0 changes") {
		t.Errorf("the same again: %v\n%s", err, said)
	}
	if said, err := take(true, all[:2]...); err == nil || !strings.Contains(said, "guard leavers: 2 of 4") || people() != 4 {
		t.Errorf("half of it: %v\n%s", err, said)
	}
	if err := (rosterCmd{File: file, School: "Nirgends", Source: "IServ"}).take(ctx, st, streams{new(bytes.Buffer), new(bytes.Buffer)}); err == nil {
		t.Error("a school that is not there")
	}
}
