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
)

// TestKSM10_AnAuthorityChangesTheProvider: what one installation exported, another takes over with one command, once.
func TestKSM10_AnAuthorityChangesTheProvider(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	ring, err := store.OpenKeyRing(keys, true)
	if err != nil {
		t.Fatal(err)
	}
	old, err := store.Open(ctx, store.Options{URL: filepath.Join(dir, "old.db"), Keys: ring})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	root := school.System("test", "")
	authority, err := old.CreateAuthority(ctx, root, school.Authority{Name: "Musterstadt"})
	by := school.System("test", authority)
	if err == nil {
		_, err = old.CreateSchool(ctx, by, school.School{Name: "Gymnasium Nord"})
	}
	if err == nil {
		_, _, err = old.CreateAccount(ctx, by, store.Account{Name: "Anna Beispiel", Login: "anna@musterstadt.example"}, []school.Grant{{Role: school.AuthorityAdmin, Authority: authority}})
	}
	var file bytes.Buffer
	if err == nil {
		err = old.ExportTenant(ctx, by, &file)
	}
	zip := filepath.Join(dir, "export.zip")
	if err == nil {
		err = os.WriteFile(zip, file.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	take := func(file string) (int, string, string) {
		var out, wrong bytes.Buffer
		code := run(ctx, []string{"take-over", "--database", filepath.Join(dir, "new.db"), "--keys", keys, file}, &out, &wrong)
		return code, out.String(), wrong.String()
	}
	code, out, wrong := take(zip)
	if code != 0 || !strings.Contains(out, "Musterstadt, with 1 schools") || !strings.Contains(out, "anna@musterstadt.example") || !strings.Contains(out, "/setup/") {
		t.Fatalf("%d %s %s", code, out, wrong)
	}
	if code, _, wrong = take(zip); code == 0 || !strings.Contains(wrong, "here already") {
		t.Errorf("%d %s", code, wrong)
	}
	if code, _, wrong = take(keys); code == 0 || !strings.Contains(wrong, "no complete export") {
		t.Errorf("%d %s", code, wrong)
	}
}
