// Package storetest opens fresh worlds for tests: every test runs on SQLite and on a real PostgreSQL.
//
// The PostgreSQL server is started once per test binary from Debian's package, without TCP, in a temporary folder, and
// each test gets a database cloned from a migrated template (tens of milliseconds), on either engine. RANZEN_TEST_POSTGRES names a server
// to use instead. A missing server is a failure that says what to install, never a skipped test.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"

	"ranzen/store"
	"ranzen/store/storetest/postgres"
)

// Engines are the names of the engines every test runs on.
var Engines = []string{"sqlite", "postgres"}

// Keys is the key ring of all test worlds, so that a reopened one can read what it sealed.
var Keys = store.NewKeyRing()

// EachEngine runs fn once per engine, side by side: what an engine waits for, the other uses.
func EachEngine(t *testing.T, fn func(t *testing.T, engine string)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, engine)
		})
	}
}

// Each runs fn once per engine with an empty world.
func Each(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachEngine(t, func(t *testing.T, engine string) { fn(t, Open(t, URL(t, engine), store.Options{})) })
}

// Open opens a world at url and closes it at the end of the test.
func Open(t testing.TB, url string, o store.Options) *store.Store {
	t.Helper()
	o.URL = url
	if o.Keys == nil {
		o.Keys = Keys
	}
	s, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

var databases atomic.Int64

// URL names a fresh database on the engine.
func URL(t testing.TB, engine string) string {
	t.Helper()
	if engine == "sqlite" {
		world, err := migrated()
		path := filepath.Join(t.TempDir(), "world.db")
		if err == nil {
			err = os.WriteFile(path, world, 0o600)
		}
		if err != nil {
			t.Fatalf("template database: %v", err)
		}
		return path
	}
	dsn := server(t)
	name := fmt.Sprintf("w%d_%d", os.Getpid(), databases.Add(1))
	admin := connect(t, dsn("postgres"))
	if _, err := admin.Exec(`CREATE DATABASE ` + name + ` TEMPLATE ` + template(t) + ` STRATEGY FILE_COPY`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(`DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)`); err != nil {
			t.Logf("drop %s: %v", name, err)
		}
		admin.Close()
	})
	return dsn(name)
}

func connect(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(2)
	return db
}

var (
	startOnce sync.Once
	startDSN  func(db string) string
	startErr  error

	templateOnce sync.Once
	templateErr  error
	templateName = fmt.Sprintf("template_%d", os.Getpid())
)

func server(t testing.TB) func(string) string {
	t.Helper()
	startOnce.Do(func() { startDSN, startErr = start() })
	if startErr != nil {
		t.Fatal(startErr)
	}
	return startDSN
}

// template is a migrated, empty database that tests are cloned from. It is born by the first test.
func template(t testing.TB) string {
	t.Helper()
	dsn := server(t)
	templateOnce.Do(func() {
		db, err := sql.Open("pgx", dsn("postgres"))
		if err == nil {
			_, err = db.Exec(`CREATE DATABASE ` + templateName + ` ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`)
			db.Close()
		}
		if err == nil {
			err = store.Migrate(context.Background(), dsn(templateName))
		}
		templateErr = err
	})
	if templateErr != nil {
		t.Fatalf("template database: %v", templateErr)
	}
	return templateName
}

// migrated are the bytes of a migrated, empty SQLite file.
var migrated = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "ranzen-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "world.db")
	if err := store.Migrate(context.Background(), path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// start starts a PostgreSQL server of our own; it dies with this process.
func start() (func(string) string, error) {
	if dsn := os.Getenv("RANZEN_TEST_POSTGRES"); dsn != "" {
		u, err := url.Parse(dsn)
		if err != nil {
			return nil, fmt.Errorf("RANZEN_TEST_POSTGRES: %w", err)
		}
		return func(db string) string { v := *u; v.Path = "/" + db; return v.String() }, nil
	}
	s, err := postgres.Start(postgres.Forgetful)
	if err != nil {
		return nil, err
	}
	return s.URL, nil
}
