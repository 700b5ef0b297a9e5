package main

import (
	"database/sql"
	"testing"
)

// tampered changes a database behind the program's back.
func tampered(t *testing.T, o *office, text string) {
	t.Helper()
	db, err := sql.Open(map[string]string{"sqlite": "sqlite3", "postgres": "pgx"}[o.engine], o.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}
