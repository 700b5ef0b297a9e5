package store_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/micromdm/nanomdm/storage"
	"github.com/micromdm/nanomdm/test/e2e"

	"ranzen/store"
	"ranzen/store/storetest"
)

var _ storage.AllStorage = (*store.Nano)(nil)

// nanomdm's own suite, unchanged, over our store. It reads fixtures relative to a folder of its module, so the test stands
// in that folder; nothing is copied.
func TestNanomdmsSuitePassesOnOurStore(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/micromdm/nanomdm").Output()
	if err != nil {
		t.Fatalf("where is nanomdm: %v", err)
	}
	for _, engine := range storetest.Engines { // one after the other: they stand there
		t.Run(engine, func(t *testing.T) {
			s := storetest.Open(t, storetest.URL(t, engine), store.Options{})
			by := newAuthority(t, s, "Musterstadt")
			t.Chdir(filepath.Join(strings.TrimSpace(string(out)), "storage", "inmem"))
			e2e.TestE2E(t, context.Background(), s.Nano(by.Tenant))
		})
	}
}
