package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"
)

// Moving a world from one engine to the other. Every table the engine has is copied in the order of its references, in
// one transaction on the new side; then every row is read on both sides, in the order of its key, and the digests of its
// values are compared. Only what was found equal is committed.
//
// While a world moves nobody may serve it: what was written behind the copy would be lost. So the move takes the old
// database for itself, and marks it as moved when it is done: a server that is still configured with it refuses to start.

// Moved counts what was moved.
type Moved struct {
	Tables int
	Rows   int64
}

// Move copies the world at from into the empty database at to. progress is told after each table.
func Move(ctx context.Context, from, to string, progress func(table string, rows int64)) (Moved, error) {
	var out Moved
	source, err := openAlone(ctx, from)
	if err != nil {
		return out, err
	}
	defer source.Close()
	m, err := source.describe(ctx, source.read())
	if err != nil {
		return out, err
	}
	if newest := NewestSchema(); m.Schema != newest {
		return out, fmt.Errorf("store: the database has form %d, this program knows form %d: start and stop this program with it once («ranzen doctor» is enough), then move", m.Schema, newest)
	}
	if n, err := source.read().number(ctx, `SELECT count(*) FROM world WHERE name = 'moved'`); err != nil || n > 0 {
		return out, errors.Join(err, errors.New("store: this world was moved already"))
	}
	empty, err := Empty(ctx, to)
	if err != nil {
		return out, err
	}
	if !empty {
		return out, ErrNotEmpty
	}
	done := false
	defer func() {
		if !done {
			Wipe(context.WithoutCancel(ctx), to)
		}
	}()
	if err := Migrate(ctx, to); err != nil {
		return out, err
	}
	target, err := bare(to)
	if err != nil {
		return out, err
	}
	defer target.Close()
	err = source.snapshot(ctx, func(old conn) error {
		names, err := old.inOrder(ctx)
		if err != nil {
			return err
		}
		return target.transact(ctx, func(new conn) error {
			out = Moved{}
			for _, t := range names {
				if _, err := new.exec(ctx, `DELETE FROM `+t); err != nil { // what the migrations put there
					return err
				}
			}
			for _, t := range names {
				n, err := copyTable(ctx, old, new, t)
				if err != nil {
					return fmt.Errorf("move table %s: %w", t, err)
				}
				if err := sameRows(ctx, old, new, t); err != nil {
					return err
				}
				out.Tables, out.Rows = out.Tables+1, out.Rows+n
				if progress != nil {
					progress(t, n)
				}
			}
			return nil
		})
	})
	if err != nil {
		return out, err
	}
	done = true
	return out, source.remember(ctx, "moved", func(conn) (any, error) {
		return map[string]time.Time{"at": source.Now()}, nil
	})
}

// openAlone opens a database that nobody else has open.
func openAlone(ctx context.Context, address string) (*Store, error) {
	inUse := errors.New("store: the database is in use: stop the server first")
	s, err := Existing(address)
	if err != nil {
		return nil, err
	}
	if !s.lite {
		err = inUse
		for try := 0; try < 15 && errors.Is(err, inUse); try++ { // who has just left is still on the list for a moment
			if try > 0 {
				select {
				case <-ctx.Done():
				case <-time.After(200 * time.Millisecond):
				}
			}
			var n int64
			n, err = s.read().number(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`)
			if err == nil && n > 0 {
				err = inUse
			}
		}
		if err != nil {
			s.Close()
			return nil, err
		}
		return s, nil
	}
	s.Close()
	// One connection for everything, which keeps the file: in WAL mode even an idle server holds a share of it.
	path := DatabaseFile(address)
	s = &Store{now: s.now, elapsed: s.elapsed, lite: true, path: path}
	s.changed.wait = make(chan struct{})
	if s.rw, err = sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_foreign_keys=on&_busy_timeout=1000"); err != nil {
		return nil, fmt.Errorf("store: open SQLite: %w", err)
	}
	s.rw.SetMaxOpenConns(1)
	s.ro = s.rw
	if _, err = s.read().exec(ctx, `PRAGMA locking_mode = EXCLUSIVE`); err == nil {
		_, err = s.read().exec(ctx, `BEGIN EXCLUSIVE`)
	}
	if err == nil {
		_, err = s.read().exec(ctx, `COMMIT`)
	}
	if err != nil {
		s.rw.Close()
		if passing(err) {
			return nil, inUse
		}
		return nil, err
	}
	return s, nil
}

// rowsOf is the query for all rows of a table in the order of its key, the same on both engines; for inserting, rows that
// refer to no other row of the same table come first.
func rowsOf(ctx context.Context, c conn, table string, cols []column, inserting bool) (string, error) {
	var names, order []string
	if inserting {
		_, self, err := c.parents(ctx, table)
		if err != nil {
			return "", err
		}
		for _, column := range self {
			order = append(order, `CASE WHEN `+column+` IS NULL THEN 0 ELSE 1 END`)
		}
	}
	for _, x := range cols {
		names = append(names, x.name)
	}
	for _, x := range cols {
		switch {
		case !x.key:
		case x.kind == "text" && !c.lite:
			order = append(order, x.name+` COLLATE "C"`)
		default:
			order = append(order, x.name)
		}
	}
	if len(order) == 0 {
		return "", errors.New("it has no primary key")
	}
	return `SELECT ` + strings.Join(names, ", ") + ` FROM ` + table + ` ORDER BY ` + strings.Join(order, ", "), nil
}

// atOnce is how many values one INSERT carries at most.
const atOnce = 2000

// copyTable copies the rows of a table and says how many.
func copyTable(ctx context.Context, old, new conn, table string) (rows int64, err error) {
	cols, err := new.columns(ctx, table)
	if err != nil {
		return 0, err
	}
	query, err := rowsOf(ctx, old, table, cols, true)
	if err != nil {
		return 0, err
	}
	names := make([]string, len(cols))
	for i, x := range cols {
		names[i] = x.name
	}
	head := `INSERT INTO ` + table + ` (` + strings.Join(names, ", ") + `) VALUES `
	var values strings.Builder
	var a []any
	flush := func() error {
		if len(a) == 0 {
			return nil
		}
		_, err := new.exec(ctx, head+values.String(), a...)
		values.Reset()
		a = a[:0]
		return err
	}
	err = old.each(ctx, query, nil, func(r *sql.Rows) error {
		v, err := canonical(r, cols)
		if err != nil {
			return err
		}
		if len(a) > 0 {
			values.WriteString(", ")
		}
		for i := range v {
			values.WriteString([]string{", $", "($"}[b2i(i == 0)])
			fmt.Fprint(&values, len(a)+i+1)
		}
		values.WriteString(")")
		a = append(a, v...)
		rows++
		if len(a)+len(cols) > atOnce {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	return rows, err
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// canonical reads a row as values of the declared kinds: SQLite may give a text as bytes and the other way round.
func canonical(r *sql.Rows, cols []column) ([]any, error) {
	v, ptr := make([]any, len(cols)), make([]any, len(cols))
	for i := range v {
		ptr[i] = &v[i]
	}
	if err := r.Scan(ptr...); err != nil {
		return nil, err
	}
	for i, x := range cols {
		ok := v[i] == nil
		switch is := v[i].(type) {
		case []byte:
			switch x.kind {
			case "bytea":
				v[i], ok = bytes.Clone(is), true
			case "text":
				v[i], ok = string(is), true
			}
		case string:
			switch x.kind {
			case "bytea":
				v[i], ok = []byte(is), true
			case "text":
				ok = true
			}
		case int64:
			switch x.kind {
			case "bigint":
				ok = true
			case "boolean":
				v[i], ok = is != 0, is == 0 || is == 1
			case "double precision":
				v[i], ok = float64(is), true
			}
		case bool:
			ok = x.kind == "boolean"
		case float64:
			ok = x.kind == "double precision"
		}
		if !ok {
			return nil, fmt.Errorf("column %s holds a %T where %s belongs", x.name, v[i], x.kind)
		}
	}
	return v, nil
}

// digest is equal for equal values of a row, and different for different ones.
func digest(v []any) (sum [sha256.Size]byte) {
	h := sha256.New()
	put := func(kind byte, b []byte) {
		var n [9]byte
		n[0] = kind
		binary.BigEndian.PutUint64(n[1:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	number := func(u uint64) []byte { return binary.BigEndian.AppendUint64(nil, u) }
	for _, x := range v {
		switch x := x.(type) {
		case nil:
			put('0', nil)
		case string:
			put('s', []byte(x))
		case []byte:
			put('x', x)
		case int64:
			put('i', number(uint64(x)))
		case float64:
			put('f', number(math.Float64bits(x)))
		case bool:
			put('b', []byte{byte(b2i(x))})
		}
	}
	h.Sum(sum[:0])
	return sum
}

var errDiffers = errors.New("rows differ")

// sameRows compares a table row by row on both sides, in the order of its key.
func sameRows(ctx context.Context, old, new conn, table string) error {
	cols, err := new.columns(ctx, table)
	if err != nil {
		return err
	}
	here := make(chan [sha256.Size]byte, 256)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	read := func(c conn, give func(int64, [sha256.Size]byte) error) (n int64, err error) {
		query, err := rowsOf(ctx, c, table, cols, false)
		if err != nil {
			return 0, err
		}
		err = c.each(ctx, query, nil, func(r *sql.Rows) error {
			v, err := canonical(r, cols)
			if err != nil {
				return err
			}
			n++
			return give(n, digest(v))
		})
		return n, err
	}
	failed := make(chan error, 1)
	go func() {
		defer close(here)
		_, err := read(old, func(_ int64, d [sha256.Size]byte) error {
			select {
			case here <- d:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		failed <- err
	}()
	differs := int64(0)
	n, err := read(new, func(n int64, d [sha256.Size]byte) error {
		if want, more := <-here; !more || want != d {
			differs = n
			return errDiffers
		}
		return nil
	})
	if err != nil {
		stop()
		if ferr := <-failed; ferr != nil && !errors.Is(ferr, context.Canceled) {
			return ferr
		}
		if differs > 0 {
			return fmt.Errorf("store: move: row %d of table %s is not the same on both sides; nothing was moved", differs, table)
		}
		return err
	}
	more := int64(0)
	for range here {
		more++
	}
	if err := <-failed; err != nil {
		return err
	}
	if more > 0 {
		return fmt.Errorf("store: move: table %s has %d rows and should have %d; nothing was moved", table, n, n+more)
	}
	return nil
}
