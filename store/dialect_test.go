package store

import (
	"context"
	"strings"
	"testing"
)

// What SQLite is given means what was written, and no placeholder stands where SQLite would look at its value: it would
// compile the statement anew at every use.
func TestSQLiteIsGivenTheSameStatement(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1 WHERE a = $1 AND b > $12":                                "SELECT 1 WHERE a = (?1 COLLATE BINARY) AND b > (?12 COLLATE BINARY)",
		"x IN (SELECT value FROM json_array_elements_text($2::json))":      "x IN (SELECT value FROM json_each((?2 COLLATE BINARY)))",
		"SELECT key FROM json_each_text($1::json)":                         "SELECT key FROM json_each((?1 COLLATE BINARY))",
		"SELECT 1 FROM t WHERE id = $1 FOR UPDATE SKIP LOCKED":             "SELECT 1 FROM t WHERE id = (?1 COLLATE BINARY)",
		"SELECT 1 FROM (SELECT 1 FROM t ORDER BY id FOR UPDATE) x LIMIT 2": "SELECT 1 FROM (SELECT 1 FROM t ORDER BY id) x LIMIT 2",
	} {
		if got := liteText(text); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", text, got, want)
		}
	}
	s, err := Open(t.Context(), Options{URL: t.TempDir() + "/world.db", Keys: NewKeyRing()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var plan []string
	rows, err := s.ro.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+liteText(`SELECT 1 FROM identity WHERE cert_hash = $1`), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	if len(plan) != 1 || !strings.Contains(plan[0], "USING COVERING INDEX") {
		t.Errorf("the key is not looked up: %s", plan)
	}
}
