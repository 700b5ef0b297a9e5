package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// What an engine says of its own tables. Copies, comparisons and moves follow it and no list of ours, so that a table that
// is added later cannot be forgotten.

// versions is goose's own table: each database keeps its own.
const versions = "goose_db_version"

// tables lists the tables of the world by name.
func (c conn) tables(ctx context.Context) (out []string, err error) {
	query := `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`
	if c.lite {
		query = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`
	}
	err = c.each(ctx, query, nil, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		if name != versions {
			out = append(out, name)
		}
		return err
	})
	slices.Sort(out) // the collation of a PostgreSQL database may differ
	return out, err
}

// column is one column of a table as the migrations wrote it.
type column struct {
	name string
	kind string // text, bigint, boolean, bytea, double precision
	key  bool   // part of the primary key
}

// columns lists the columns of a table in their order.
func (c conn) columns(ctx context.Context, table string) (out []column, err error) {
	query := `SELECT c.column_name, c.data_type, CASE WHEN k.column_name IS NULL THEN 0 ELSE 1 END FROM information_schema.columns c
		LEFT JOIN (SELECT u.column_name FROM information_schema.table_constraints t
			JOIN information_schema.key_column_usage u ON u.constraint_schema = t.constraint_schema AND u.constraint_name = t.constraint_name AND u.table_name = t.table_name
			WHERE t.table_schema = current_schema() AND t.table_name = $1 AND t.constraint_type = 'PRIMARY KEY') k ON k.column_name = c.column_name
		WHERE c.table_schema = current_schema() AND c.table_name = $1 ORDER BY c.ordinal_position`
	if c.lite {
		query = `SELECT name, lower(type), pk FROM pragma_table_info($1) ORDER BY cid`
	}
	err = c.each(ctx, query, args(table), func(r *sql.Rows) error {
		var x column
		var key int
		err := r.Scan(&x.name, &x.kind, &key)
		x.key = key > 0
		out = append(out, x)
		return err
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("store: there is no table %s", table)
	}
	return out, err
}

// parents lists the tables a table refers to, itself too, and the columns that refer to itself.
func (c conn) parents(ctx context.Context, table string) (others []string, self []string, err error) {
	query := `SELECT DISTINCT p.relname, a.attname FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = f.conkey[1] JOIN pg_namespace n ON n.oid = t.relnamespace
		WHERE f.contype = 'f' AND t.relname = $1 AND n.nspname = current_schema()`
	if c.lite {
		query = `SELECT DISTINCT "table", "from" FROM pragma_foreign_key_list($1) WHERE seq = 0`
	}
	err = c.each(ctx, query, args(table), func(r *sql.Rows) error {
		var parent, column string
		if err := r.Scan(&parent, &column); err != nil {
			return err
		}
		if parent == table {
			self = append(self, column)
		} else {
			others = append(others, parent)
		}
		return nil
	})
	slices.Sort(self)
	return others, self, err
}

// inOrder lists the tables so that each stands behind those it refers to.
func (c conn) inOrder(ctx context.Context) (out []string, err error) {
	all, err := c.tables(ctx)
	if err != nil {
		return nil, err
	}
	parents := map[string][]string{}
	for _, t := range all {
		if parents[t], _, err = c.parents(ctx, t); err != nil {
			return nil, err
		}
	}
	placed := map[string]bool{}
	for len(out) < len(all) {
		before := len(out)
		for _, t := range all {
			if !placed[t] && !slices.ContainsFunc(parents[t], func(p string) bool { return !placed[p] }) {
				placed[t] = true
				out = append(out, t)
			}
		}
		if len(out) == before {
			return nil, fmt.Errorf("store: tables refer to each other in a circle")
		}
	}
	return out, nil
}

// schema is the number of the last migration a database has seen; 0: none.
func (c conn) schema(ctx context.Context) (int64, error) {
	query := `SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1`
	if c.lite {
		query = `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1`
	}
	if n, err := c.number(ctx, query, versions); err != nil || n == 0 {
		return 0, err
	}
	return c.number(ctx, `SELECT max(version_id) FROM `+versions)
}

// NewestSchema is the number of the last migration this program knows.
func NewestSchema() (newest int64) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		panic("store: migrations: " + err.Error()) // the pattern is ours
	}
	for _, f := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(f, "migrations/"), "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}
