package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Exec runs a statement past both doors: tests build with it what only devices could bring about.
func (s *Store) Exec(ctx context.Context, text string, args ...any) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, text, args...)
		return err
	})
}

// Impatient has a store ask after so long a silence whether its PostgreSQL is still there.
func Impatient(o Options, quiet time.Duration) Options {
	o.quiet = quiet
	return o
}

// Number reads one number past every permission.
func (s *Store) Number(ctx context.Context, text string, args ...any) (int64, error) {
	return s.read().number(ctx, text, args...)
}

// Explain says how SQLite would run a statement, step by step.
func (s *Store) Explain(ctx context.Context, text string) (steps []string, err error) {
	if kind, _, _ := strings.Cut(strings.TrimSpace(text), " "); kind == "INSERT" || kind == "PRAGMA" {
		return nil, nil
	}
	n := strings.Count(text, "$")
	rows, err := s.ro.QueryContext(ctx, "EXPLAIN QUERY PLAN "+liteText(text), make([]any, n)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// Repeats is how often a transaction had to be run again; the store was opened with Count.
func (s *Store) Repeats() int {
	s.count.mu.Lock()
	defer s.count.mu.Unlock()
	return s.count.repeats
}

// Lite reports whether the world is one of SQLite.
func (s *Store) Lite() bool { return s.lite }

// Reading is a table, or an index of one, that PostgreSQL reads, and by which condition; without one it reads all of it.
type Reading struct{ Node, Table, Index, Cond string }

// Readings says what PostgreSQL would read for a statement if it were to read no table from end to end where it can help it.
func (s *Store) Readings(ctx context.Context, text string) ([]Reading, error) {
	switch kind, _, _ := strings.Cut(strings.TrimSpace(text), " "); kind {
	case "SELECT", "UPDATE", "DELETE", "WITH":
	default:
		return nil, nil
	}
	c, err := s.ro.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	last := 0
	for _, m := range litePlace.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return nil, err
		}
		last = max(last, n)
	}
	given := ""
	if last > 0 {
		given = "(" + strings.TrimSuffix(strings.Repeat("NULL,", last), ",") + ")"
	}
	for _, x := range []string{"SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off", "SET enable_mergejoin = off", "SET enable_hashjoin = off", "PREPARE read AS " + text} {
		if _, err := c.ExecContext(ctx, x); err != nil {
			return nil, err
		}
	}
	defer c.ExecContext(ctx, "DEALLOCATE read")
	var raw string
	if err := c.QueryRowContext(ctx, "EXPLAIN (FORMAT JSON) EXECUTE read"+given).Scan(&raw); err != nil {
		return nil, err
	}
	type node struct {
		Node  string `json:"Node Type"`
		Table string `json:"Relation Name"`
		Index string `json:"Index Name"`
		Cond  string `json:"Index Cond"`
		Plans []node
	}
	var plan []struct{ Plan node }
	if err := json.Unmarshal([]byte(raw), &plan); err != nil {
		return nil, err
	}
	var out []Reading
	var walk func(n node)
	walk = func(n node) {
		if n.Table != "" && n.Node != "Bitmap Heap Scan" && n.Node != "ModifyTable" || n.Index != "" {
			out = append(out, Reading{n.Node, n.Table, n.Index, n.Cond})
		}
		for _, x := range n.Plans {
			walk(x)
		}
	}
	for _, p := range plan {
		walk(p.Plan)
	}
	return out, nil
}

// LimitPages has the file of a SQLite world grow no further than so many pages.
func (s *Store) LimitPages(n int) error {
	var is int
	return s.rw.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", n)).Scan(&is)
}

// Panic writes a school past every rule and panics before the end of the transaction.
func (s *Store) Panic(ctx context.Context, name string) error {
	return s.transact(ctx, func(c conn) error {
		if _, err := c.exec(ctx, `INSERT INTO world (name, value) VALUES ($1, '')`, name); err != nil {
			return err
		}
		panic("on purpose")
	})
}

// UnknownReferences lists columns that speak of a person and about which nobody said anything.
func (s *Store) UnknownReferences(ctx context.Context) (out []string, err error) {
	refs, err := s.read().references(ctx, "person")
	if err != nil {
		return nil, err
	}
	said := map[string]bool{}
	for _, x := range refs {
		name := x.table + "." + x.column
		if said[name] = true; erasures[name] == goes && !erasuresNamed(name) {
			out = append(out, name)
		}
	}
	tables, err := s.read().tables(ctx)
	for _, t := range tables {
		if err != nil {
			return nil, err
		}
		var cols []column
		cols, err = s.read().columns(ctx, t)
		for _, c := range cols {
			if strings.Contains(c.name, "person") && !said[t+"."+c.name] && looseColumns[t] != c.name {
				out = append(out, t+"."+c.name)
			}
		}
	}
	return out, err
}

func erasuresNamed(name string) bool {
	_, named := erasures[name]
	return named
}

// MigrateTo makes of a fresh database one of an older release, and runs statements on it.
func MigrateTo(ctx context.Context, url string, version int64, statements ...string) error {
	if err := Wipe(ctx, url); err != nil {
		return err
	}
	s, err := bare(url)
	if err != nil {
		return err
	}
	defer s.Close()
	p, err := s.migrations()
	if err == nil {
		_, err = p.UpTo(ctx, version)
	}
	for _, text := range statements {
		if err == nil {
			_, err = s.rw.ExecContext(ctx, text)
		}
	}
	return err
}
