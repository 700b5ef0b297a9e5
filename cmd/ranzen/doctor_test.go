package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A ring that is missing beside a world is never replaced by a new one, wherever it should lie.
func TestAMissingKeyRingIsNotMadeAnew(t *testing.T) {
	o := newOffice(t, "sqlite")
	ring, err := os.ReadFile(o.path("keys"))
	o.must(err)
	for _, x := range []struct {
		name        string
		database    string
		credentials string // the folder of credentials: none, empty, one with the ring, or one with something that cannot be read
		file        bool   // a key ring lies where the configuration says
		says        string // empty: it opens, or is made
		made        bool
	}{
		{name: "the first start", database: o.path("new"), made: true},
		{name: "the first start, named as an address", database: "sqlite://" + o.path("new"), made: true},
		{name: "a file", database: o.database, file: true},
		{name: "no file", database: o.database, says: "keys is missing"},
		{name: "no file, named as an address", database: "sqlite://" + o.database, says: "keys is missing"},
		{name: "no file and PostgreSQL", database: "postgres:///world", says: "keys is missing"},
		{name: "a credential", database: o.database, credentials: "ring"},
		{name: "a credential and no database", database: o.path("new"), credentials: "ring"},
		{name: "a folder without the credential", database: o.database, credentials: "empty", says: "keys is missing"},
		{name: "a folder without the credential, and a file", database: o.database, credentials: "empty", file: true},
		{name: "a credential that cannot be read", database: o.database, credentials: "unreadable", file: true, says: "key ring"},
		{name: "a credential that cannot be read, and no database", database: o.path("new"), credentials: "unreadable", says: "key ring"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := doctorCmd{Config: Config{Keys: filepath.Join(t.TempDir(), "keys"), Database: x.database}}
			if x.file {
				o.must(os.WriteFile(c.Keys, ring, 0o600))
			}
			folder := ""
			if x.credentials != "" {
				folder = t.TempDir()
			}
			switch x.credentials {
			case "ring":
				o.must(os.WriteFile(filepath.Join(folder, "keys"), ring, 0o440))
			case "unreadable": // a folder: no rights keep root from reading a file
				o.must(os.Mkdir(filepath.Join(folder, "keys"), 0o700))
			}
			t.Setenv("CREDENTIALS_DIRECTORY", folder)
			_, err := c.existingKeys()
			if x.says == "" && err != nil || x.says != "" && (err == nil || !strings.Contains(err.Error(), x.says)) {
				t.Errorf("%v, want %q", err, x.says)
			}
			if _, err := os.Stat(c.Keys); (err == nil) != (x.file || x.made) {
				t.Errorf("was a key ring made: %v", err == nil)
			}
		})
	}
}
