package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// SQLite plans a query by what it knows of tables and indexes, and of a new database it knows nothing: it then takes «all of this
// authority» for as narrow as «this one device», which is true for none of them and costs a town of 28,000 iPads half an hour. So it
// is told from the first day what a town looks like, and plans the same way for a music school and for a city, today and in a year.
// Gathering statistics from the data (ANALYZE, PRAGMA optimize) would make plans change by themselves; it is not done. PostgreSQL
// gathers its own.

// shapeRows is how many rows a table has in a large town; other tables have as many as shapeElse says.
var shapeRows = map[string]int64{
	"authority": 20, "school": 90, "class": 1800, "school_group": 500, "profile": 500, "profile_version": 2000, "assignment": 6000,
	"device": 28_000, "device_state": 28_000, "asset": 28_000, "enrollment": 60_000, "identity": 60_000, "target": 30_000, "person": 45_000,
	"membership": 90_000, "holding": 60_000, "command": 300_000, "device_order": 20_000, "snapshot": 30_000, "ade_device": 28_000,
	"audit": 500_000, "change_set": 100_000, "change_row": 500_000, "challenge": 5_000,
	"device_update": 28_000, "found_tag": 28_000, "document": 60_000, "document_link": 5_000, "person_view": 5_000, "warrant": 5_000, "turnaround": 10_000, "deletion": 20_000, "group_device": 60_000,
	"licence": 400_000, "licence_account": 1000, "licence_entry": 100_000, "licence_due": 100, "licence_event": 50, "app": 500,
	"contract": 60_000, "contract_part": 240_000, "addendum": 6_000, "damage": 10_000, "damage_picture": 10_000, "loss": 2_000, "desk_booking": 20_000, "desk_entry": 20_000,
	"print_run": 500, "print_file": 5_000, "print_paper": 30_000, "stack": 2_000, "stack_page": 60_000,
	"person_key": 45_000, "class_key": 1800, "roster_source": 100, "roster_answer": 500, "roster_part": 5_000, "roster_fetch": 100,
}

const shapeElse = 1000

// shapeDistinct is how many values a column has there; other columns are as good as unique.
var shapeDistinct = map[string]int64{
	"authority_id": 1, "school_id": 90, "at_class_id": 1800, "class_id": 1800, "place_id": 400, "planned_class_id": 1800, "group_id": 500, "scope_level": 5,
	"scope_id": 2500, "profile_id": 500, "applied_set": 2000, "state": 4, "kind": 8, "token_id": 3, "subject_kind": 12, "table_name": 20,
	"seq": 1 << 40, "set_hash": 2000, "batch_id": 50, "actor_id": 200, "day": 2, "year": 5, "source_id": 100, "space": 90, "provider_id": 80,
}

// shape tells SQLite what a town looks like.
func (s *Store) shape(ctx context.Context) error {
	if !s.lite {
		return nil
	}
	c, err := s.rw.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: shape: %w", err)
	}
	defer c.Close()
	stats, err := shapeOf(ctx, c)
	if err != nil {
		return fmt.Errorf("store: shape: %w", err)
	}
	if same, err := shapeIs(ctx, c, stats); err != nil || same {
		return err
	}
	// The first ANALYZE makes the table of statistics; limited, it reads next to nothing. The last one reads it anew.
	for _, text := range []string{"PRAGMA analysis_limit=1", "ANALYZE authority", "BEGIN IMMEDIATE", "DELETE FROM sqlite_stat1"} {
		if _, err := c.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("store: shape: %s: %w", text, err)
		}
	}
	for index, x := range stats {
		if _, err := c.ExecContext(ctx, "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", x.table, index, x.stat); err != nil {
			c.ExecContext(ctx, "ROLLBACK")
			return fmt.Errorf("store: shape: %w", err)
		}
	}
	for _, text := range []string{"COMMIT", "ANALYZE sqlite_schema"} {
		if _, err := c.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("store: shape: %s: %w", text, err)
		}
	}
	return nil
}

type indexStat struct{ table, stat string }

// shapeOf writes for each index what SQLite's own ANALYZE would: rows of the table, then rows that share the first column, the first
// two, and so on.
func shapeOf(ctx context.Context, c *sql.Conn) (map[string]indexStat, error) {
	out := map[string]indexStat{}
	rows, err := c.QueryContext(ctx, `SELECT m.tbl_name, i.name, i."unique", i.partial, (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
		FROM sqlite_schema m, pragma_index_list(m.name) i WHERE m.type = 'table'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var table, index string
		var columns sql.NullString
		var unique, partial bool
		if err := rows.Scan(&table, &index, &unique, &partial, &columns); err != nil {
			return nil, err
		}
		n, known := shapeRows[table]
		if !known {
			n = shapeElse
		}
		if partial {
			n = max(1, n/20)
		}
		stat, left := fmt.Sprint(n), n
		names := strings.Split(columns.String, ",")
		for i, name := range names {
			distinct, few := shapeDistinct[name]
			if !few || unique && i == len(names)-1 {
				distinct = n
			}
			left = max(1, left/distinct)
			stat += fmt.Sprintf(" %d", left)
		}
		out[index] = indexStat{table, stat}
	}
	return out, rows.Err()
}

// shapeIs reports whether SQLite has been told so already.
func shapeIs(ctx context.Context, c *sql.Conn, want map[string]indexStat) (bool, error) {
	var n int
	if err := c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'").Scan(&n); err != nil || n == 0 {
		return false, err
	}
	rows, err := c.QueryContext(ctx, "SELECT idx, stat FROM sqlite_stat1")
	if err != nil {
		return false, err
	}
	defer rows.Close()
	same := 0
	for rows.Next() {
		var index sql.NullString
		var stat string
		if err := rows.Scan(&index, &stat); err != nil {
			return false, err
		}
		if want[index.String].stat != stat {
			return false, nil
		}
		same++
	}
	return same == len(want), rows.Err()
}
