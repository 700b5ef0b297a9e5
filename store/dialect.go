package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"

	"ranzen/store/school"
)

// Everything in which the two engines differ stands in this file. SQL is written once, in PostgreSQL's form:
//
//   - $1, $2 … placeholders (mattn would bind them by first appearance, so SQLite gets ?1, ?2 …, and see litePlace)
//   - FOR UPDATE, FOR SHARE and SKIP LOCKED vanish on SQLite, where the one writer already excludes every other
//   - IN (SELECT value FROM json_array_elements_text($1::json)) is the portable IN-list; SQLite reads it with json_each,
//     and so it does the pairs of json_each_text
//
// A $ or one of those words inside a string literal would be rewritten too; a test forbids them in query texts.
var liteRules = strings.NewReplacer(
	"json_array_elements_text", "json_each",
	"json_each_text", "json_each",
	"::json", "",
	" FOR UPDATE SKIP LOCKED", "",
	" FOR UPDATE", "",
	" FOR SHARE", "",
)

// litePlace finds a placeholder; it is written as an expression that means the same. SQLite looks at the values compared
// with bare placeholders and may compile the statement anew for others; the driver clears all values between two uses,
// after which it always does, and compiling costs ten times what a query of the hot path costs. The wish to be left alone
// (SQLITE_DBCONFIG_ENABLE_QPSG) cannot be said through the driver, but an expression is not looked into.
var litePlace = regexp.MustCompile(`\$([0-9]+)`)

var liteTexts sync.Map // PostgreSQL text -> SQLite text

func liteText(text string) string {
	if v, ok := liteTexts.Load(text); ok {
		return v.(string)
	}
	v := litePlace.ReplaceAllString(liteRules.Replace(text), "(?$1 COLLATE BINARY)")
	liteTexts.Store(text, v)
	return v
}

type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

// conn runs one SQL text on either engine and counts statements (tests hold their number per operation).
type conn struct {
	q     querier
	lite  bool
	count *statements
	link  *sql.Conn // on PostgreSQL, of a write transaction: over it several statements go at once
}

func (c conn) text(s string) string {
	if c.lite {
		return liteText(s)
	}
	return s
}

// until is the context of a statement. On SQLite a statement runs to its end: it is short, and an interrupted one would take back
// the whole transaction, which others may share.
func (c conn) until(ctx context.Context) context.Context {
	if c.lite {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// exec runs a statement and returns how many rows it touched.
func (c conn) exec(ctx context.Context, text string, args ...any) (int64, error) {
	c.count.add(text)
	r, err := c.q.ExecContext(c.until(ctx), c.text(text), args...)
	if err != nil {
		return 0, engineError(err, text)
	}
	n, err := r.RowsAffected()
	return n, engineError(err, text)
}

// each calls scan for every row of the query.
func (c conn) each(ctx context.Context, text string, args []any, scan func(*sql.Rows) error) error {
	c.count.add(text)
	rows, err := c.q.QueryContext(c.until(ctx), c.text(text), args...)
	if err != nil {
		return engineError(err, text)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return engineError(err, text)
		}
	}
	return engineError(rows.Err(), text)
}

// one scans the first row of the query into dest; found is false when there is none.
func (c conn) one(ctx context.Context, text string, args []any, dest ...any) (found bool, err error) {
	c.count.add(text)
	rows, err := c.q.QueryContext(c.until(ctx), c.text(text), args...)
	if err != nil {
		return false, engineError(err, text)
	}
	defer rows.Close()
	if rows.Next() {
		found = true
		if err := rows.Scan(dest...); err != nil {
			return false, engineError(err, text)
		}
	}
	return found, engineError(rows.Err(), text)
}

// count is the number a query returns in its only column.
func (c conn) number(ctx context.Context, text string, args ...any) (int64, error) {
	var n sql.NullInt64
	_, err := c.one(ctx, text, args, &n)
	return n.Int64, err
}

// sentence is one statement of several that are sent together. Where must is set it has to touch a row, or nothing of all of
// them is kept.
type sentence struct {
	text string
	args []any
	must bool
}

func say(text string, args ...any) sentence { return sentence{text: text, args: args} }

// execAll runs statements in their order and returns how many rows each touched. To PostgreSQL they go in one message: most of
// what a short statement costs there is the way to and fro.
func (c conn) execAll(ctx context.Context, all []sentence) (touched []int64, err error) {
	if c.link == nil || len(all) < 2 {
		for _, x := range all {
			n, err := c.exec(ctx, x.text, x.args...)
			if err != nil {
				return nil, err
			}
			touched = append(touched, n)
		}
		return touched, nil
	}
	c.count.addAll(all)
	rerr := c.link.Raw(func(driver any) error {
		touched, err = sendAll(ctx, driver.(*stdlib.Conn).Conn(), all)
		return nil
	})
	return touched, errors.Join(err, rerr)
}

// sendAll sends statements in one message and reads all answers. Where the connection is in no transaction, the message is one.
func sendAll(ctx context.Context, c *pgx.Conn, all []sentence) (touched []int64, err error) {
	var b pgx.Batch
	for _, x := range all {
		b.Queue(x.text, x.args...)
	}
	answers := c.SendBatch(ctx, &b)
	for i := 0; err == nil && i < len(all); i++ {
		var tag pgconn.CommandTag
		if tag, err = answers.Exec(); err != nil {
			err = engineError(err, all[i].text)
		}
		touched = append(touched, tag.RowsAffected())
	}
	if cerr := answers.Close(); err == nil {
		err = cerr
	}
	return touched, err
}

// errOvertaken takes back what rests on something that moved.
var errOvertaken = errors.New("store: overtaken")

// atOnce keeps statements in a write transaction of their own, or none of them: then one that must touch a row touched none. At
// least one of them must, and moves what it rests on, so that nothing is kept twice.
func (s *Store) atOnce(ctx context.Context, all []sentence) (ok bool, err error) {
	if _, leased := Leased(ctx); s.lite || leased || heldBy(ctx) != nil {
		err = s.transact(ctx, func(c conn) error {
			for _, x := range all {
				if n, err := c.exec(ctx, x.text, x.args...); err != nil {
					return err
				} else if n == 0 && x.must {
					return errOvertaken
				}
			}
			return nil
		})
	} else {
		err = s.noticed(s.retried(ctx, func() error { return s.sendAtOnce(ctx, all) }))
	}
	if errors.Is(err, errOvertaken) {
		return false, nil
	}
	return err == nil, err
}

// PostgreSQL itself takes the message back when a statement that must touch a row touches none: it is asked for a quotient.
const (
	mustBegin  = "WITH touched AS ("
	mustEnd    = " RETURNING 1) SELECT 1 / count(*) FROM touched"
	noQuotient = "22012"
)

// sendAtOnce is one try of atOnce on PostgreSQL: one message to and one fro, which is a transaction. One that was lost under way may
// be sent again although nobody knows whether it was kept: if it was, what it rests on moved.
func (s *Store) sendAtOnce(ctx context.Context, all []sentence) error {
	link, err := s.rw.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer link.Close()
	s.count.addAll(all)
	sent := slices.Clone(all)
	for i, x := range sent {
		if x.must {
			sent[i].text = mustBegin + x.text + mustEnd
		}
	}
	rerr := link.Raw(func(driver any) error { // a connection that is left broken is not used again
		_, err = sendAll(ctx, driver.(*stdlib.Conn).Conn(), sent)
		return nil
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == noQuotient {
		return errOvertaken
	}
	if err == nil {
		s.count.commit()
	}
	return errors.Join(err, rerr)
}

// notCommitted is a commit that failed. Unless the engine itself says so, nobody knows whether it happened: it is not repeated.
type notCommitted struct{ error }

func (e notCommitted) Error() string { return "store: commit: " + e.error.Error() }
func (e notCommitted) Unwrap() error { return e.error }

// args is a readable way to write the arguments of a query.
func args(a ...any) []any { return a }

// engineError maps what an engine says to the four kinds a caller can act on; the rest is internal trouble, wrapped
// with the beginning of the statement. No value ever stands in it.
func engineError(err error, text string) error {
	if err == nil {
		return nil
	}
	var known *school.Error
	if errors.As(err, &known) {
		return err
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		switch lite.ExtendedCode {
		case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
			return &school.Error{Kind: school.Conflict, Code: "taken", Err: err}
		case sqlite3.ErrConstraintForeignKey:
			return &school.Error{Kind: school.Conflict, Code: "in_use", Err: err}
		case sqlite3.ErrConstraintCheck, sqlite3.ErrConstraintNotNull:
			return &school.Error{Kind: school.Invalid, Code: "invalid", Err: err}
		}
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "23505":
			return &school.Error{Kind: school.Conflict, Code: "taken", Err: err}
		case "23503":
			return &school.Error{Kind: school.Conflict, Code: "in_use", Err: err}
		case "23514", "23502", "22021", "22P05": // the last two: a sign no text holds, NUL or no UTF-8
			return &school.Error{Kind: school.Invalid, Code: "invalid", Err: err}
		}
	}
	if i := strings.IndexByte(strings.TrimSpace(text), '\n'); i > 0 {
		text = text[:i]
	}
	if len(text) > 60 {
		text = text[:60]
	}
	return fmt.Errorf("store: %s …: %w", strings.TrimSpace(text), err)
}

// passing reports whether the same transaction may succeed when it is simply run again.
func passing(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" // serialization failure, deadlock
	}
	var lite sqlite3.Error
	return errors.As(err, &lite) && (lite.Code == sqlite3.ErrBusy || lite.Code == sqlite3.ErrLocked)
}

// statements counts what was sent to the engine; nil counts nothing.
type statements struct {
	mu      sync.Mutex
	texts   []string
	commits int
	repeats int // because of a deadlock, or because the file was busy
}

func (s *statements) repeat() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.repeats++
	s.mu.Unlock()
}

func (s *statements) commit() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.commits++
	s.mu.Unlock()
}

func (s *statements) addAll(all []sentence) {
	for _, x := range all {
		s.add(x.text)
	}
}

func (s *statements) add(text string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.texts = append(s.texts, text)
	s.mu.Unlock()
}

// micros is how a time is kept: microseconds since 1970 in UTC, NULL for the zero time.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// stamp reads what micros wrote.
func stamp(t *time.Time) sql.Scanner { return (*stampScan)(t) }

type stampScan time.Time

func (s *stampScan) Scan(v any) error {
	if v == nil {
		*s = stampScan{}
		return nil
	}
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("time is %T", v)
	}
	*s = stampScan(time.UnixMicro(n).UTC())
	return nil
}

// may writes what is not known as NULL.
func may[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

// opt writes an empty id as NULL.
func opt[T ~string](id T) driver.Value {
	if id == "" {
		return nil
	}
	return string(id)
}

// text reads a text column, NULL as empty, into any kind of id.
func text[T ~string](dst *T) sql.Scanner { return textScan[T]{dst} }

type textScan[T ~string] struct{ dst *T }

func (s textScan[T]) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*s.dst = ""
	case string:
		*s.dst = T(v)
	case []byte:
		*s.dst = T(v)
	default:
		return fmt.Errorf("text is %T", v)
	}
	return nil
}

// fromJSON reads a JSON text column into dst.
func fromJSON(dst any) sql.Scanner { return jsonScan{dst} }

type jsonScan struct{ dst any }

func (s jsonScan) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
		return json.Unmarshal([]byte(v), s.dst)
	case []byte:
		if len(v) == 0 {
			return nil
		}
		return json.Unmarshal(v, s.dst)
	}
	return fmt.Errorf("JSON is %T", v)
}

// toJSON writes a value as a JSON text column. Values are our own structs: they cannot fail to encode.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("store: encode " + fmt.Sprintf("%T", v) + ": " + err.Error())
	}
	return string(b)
}

// list is the argument of the portable IN-list.
func list[T ~string](ids []T) string {
	if ids == nil {
		ids = []T{}
	}
	return toJSON(ids)
}

// likePrefix makes a LIKE pattern for a folded prefix; the folded alphabet has no capital letters, so both engines agree.
func likePrefix(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(school.Fold(s)) + "%"
}

// Size is how many bytes the database takes on disk.
func (s *Store) Size(ctx context.Context) (int64, error) {
	if !s.lite {
		return s.read().number(ctx, `SELECT pg_database_size(current_database())`)
	}
	return s.read().number(ctx, `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`)
}
