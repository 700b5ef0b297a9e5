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

// An inventory is read from the machine: shown first, taken over when told to, and the second time it changes nothing.
func TestMUC16_AnInventoryFromTheMachineItself(t *testing.T) {
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
	file := filepath.Join(t.TempDir(), "bestand.csv")
	take := func(c assetsCmd, lines ...string) (string, error) {
		t.Helper()
		if err := os.WriteFile(file, []byte("Seriennummer;Modell;Preis\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		c.File, c.School = file, "100417"
		err := c.take(ctx, st, streams{&out, &out})
		return out.String(), err
	}
	things := func() int {
		n, err := st.CountAssets(ctx, by, store.AssetFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := []string{"PF4A0001;Notebook 14;649,00", "PF4A0002;Notebook 14;649,00"}
	if said, err := take(assetsCmd{}, all...); err == nil || !strings.Contains(said, "line 2, kind") || things() != 0 {
		t.Errorf("of no kind: %v\n%s", err, said)
	}
	c := assetsCmd{Kind: "notebook", ManagedBy: "opsi"}
	if said, err := take(c, all...); err != nil || !strings.Contains(said, "2 lines: 2 new, 0 change") || !strings.Contains(said, "Nothing is changed.") || things() != 0 {
		t.Errorf("only shown: %v\n%s", err, said)
	}
	c.Apply = true
	if said, err := take(c, all...); err != nil || !strings.Contains(said, "taken over") || things() != 2 {
		t.Errorf("taken over: %v\n%s", err, said)
	}
	if said, err := take(assetsCmd{Apply: true}, all...); err != nil || !strings.Contains(said, "0 new, 0 change, 2 stay") {
		t.Errorf("the same again: %v\n%s", err, said)
	}
}
