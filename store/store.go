// Package store is the world, kept: everything people decided and everything devices reported, in SQLite or PostgreSQL
// with one SQL text. There is one concrete *Store, no interface before it and no mock behind it: in tests the embedded
// database is the fake.
//
// There are two doors into it. write is for facts: it checks the actor, counts the authority's version up, records a
// change set that can be undone, marks every device whose desired state may change and appends to the authority's chain
// of audit, all in one transaction. observe is for what devices and Apple report: state tables only (see stateTables),
// no audit, idempotent. An exported method is one transaction; a lower-case helper takes the tx. The authority stands in
// every WHERE; a stranger gets school.NotFound.
//
// Writers of one authority are serialised by its row (UPDATE authority SET version = version + 1 comes first in every
// write). That costs nothing at the rate at which people act, and it is what lets the chain of audit, the plan's version
// and the set-based marks be simple. Devices never take that row. What reaches every device of an authority marks that row and no
// target (see planned): 28,000 new versions of rows, with their index entries, were what a click waited for on PostgreSQL.
//
// SQLite runs with one writer, several readers, WAL and synchronous=FULL: what was answered is on the disk. The one
// exception is last-seen, which is gathered in memory and written every few seconds (see seen.go).
//
// Whoever writes to it at the same time shares a commit (gather.go). Over PostgreSQL there may be several nodes: they go by its clock
// (trouble.go), and what must happen once hangs on a lease that is asked again before each commit (job.go). Copies, restores and
// moves of a whole world follow what the engine says of its own tables (catalogue.go).
//
// What is kept in memory of what devices need is guarded by numbers that are read anew with every request: what they share by
// authority.shared_version (shared.go), what one of them read by target.gen and target.seq as well (readings.go). Sets of items and
// published versions never change.
//
// Dangers. The key ring is outside the database: without it sealed columns cannot be read by anybody. Facts read with
// Facts hold opened secrets (Wi-Fi passwords in profile bodies); they belong in memory only.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"ranzen/store/school"
)

// Nature says whether a database holds a played world or a real one. It is set at birth and never changes.
type Nature string

const (
	Played Nature = "played"
	Real   Nature = "real"
)

// Options say how to open a store. URL is a file path for SQLite or a postgres:// URL.
type Options struct {
	URL  string
	Keys *KeyRing
	Now  func() time.Time // nil: the machine's clock
	// MachineClock says that Now is the clock of a machine, which may be wrong, and not what somebody plays.
	MachineClock bool
	Nature       Nature // empty: Real
	// Count, for tests: statements are recorded, see Store.Statements.
	Count bool

	quiet time.Duration // for tests: instead of lineQuiet and lineAnswer
}

// Store is the world. It is safe for concurrent use.
type Store struct {
	rw, ro *sql.DB
	lite   bool
	ring   *KeyRing
	now    func() time.Time
	// elapsed is how long this world is open, by a clock that cannot be set.
	elapsed func() time.Duration
	// playedClock: time is what a test or the demo says; no database's clock speaks against it.
	playedClock bool
	count       *statements
	path        string // of the SQLite file
	dsn         string // of the PostgreSQL database

	wire        wire // to PostgreSQL
	footing     footing
	gather      gather
	changed     broadcast
	seen        seen
	views       views
	readings    readings
	contents    sync.Map // school.VersionID -> *school.Version, published ones never change
	sets        sync.Map // authority + set hash -> map[school.ItemKey]Member, content-addressed
	authority   sync.Map // school.AuthorityID -> []byte hash key
	sharedFacts sync.Map // school.AuthorityID -> *shared
	topics      sync.Map // school.AuthorityID -> knownTopic
}

// stopwatch is a clock that cannot be set: it says how long ago it was started.
func stopwatch() func() time.Duration {
	began := time.Now() //nolint:forbidigo // only how long ago it is matters
	return func() time.Duration { return time.Since(began) }
}

// Open opens the database, brings it to the newest form and checks its nature.
func Open(ctx context.Context, o Options) (*Store, error) {
	played := o.Now != nil && !o.MachineClock
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the one default clock
	}
	if o.Nature == "" {
		o.Nature = Real
	}
	if o.Keys == nil {
		return nil, errors.New("store: no key ring")
	}
	s := &Store{ring: o.Keys, now: o.Now, playedClock: played, wire: newWire(o.quiet), elapsed: stopwatch()}
	if o.Count {
		s.count = &statements{}
	}
	s.changed.wait = make(chan struct{})
	var err error
	if err = s.connect(o.URL); err == nil {
		err = s.migrate(ctx)
	}
	if err == nil {
		_, err = s.MeasureClock(ctx)
	}
	if err == nil {
		err = s.shape(ctx)
	}
	if err == nil {
		err = s.born(ctx, o.Nature)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// IsPostgres tells the two kinds of address apart: a postgres:// URL, or the path of a file.
func IsPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// DatabaseFile is the file of a SQLite address; empty for PostgreSQL's.
func DatabaseFile(url string) string {
	if IsPostgres(url) {
		return ""
	}
	return strings.TrimPrefix(url, "sqlite://")
}

func (s *Store) connect(url string) error {
	if IsPostgres(url) {
		return s.openPostgres(url)
	}
	return s.openSQLite(DatabaseFile(url))
}

// Connections to PostgreSQL. What devices do at once is less than that (DevicesAtOnce), so that a page, a job and a device of
// another authority find one while an authority's devices wait for its rows.
//
// They stay open for a while when they are free: to open one costs the database more than a thousand queries, because it begins a
// process, and plans every statement anew.
const openConns = 24

// DevicesAtOnce is how many requests of devices may work with the database at the same time; 0: as many as like, because they
// wait for the one writer of a file without holding anything.
func (s *Store) DevicesAtOnce() int {
	if s.lite {
		return 0
	}
	return openConns - 8
}

func (s *Store) openPostgres(dsn string) (err error) {
	s.dsn = dsn
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return errors.New("store: open PostgreSQL: the address cannot be read") // what pgx says holds the address, and that a password
	}
	// A node that was stopped in the middle of a transaction must not hold its rows for ever.
	for name, value := range map[string]string{"application_name": "ranzen", "idle_in_transaction_session_timeout": "60s"} {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	config.DialFunc = s.wire.dial
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	s.rw = stdlib.OpenDB(*config)
	s.rw.SetMaxOpenConns(openConns)
	s.rw.SetMaxIdleConns(openConns)
	s.rw.SetConnMaxIdleTime(5 * time.Minute)
	s.ro = s.rw
	return nil
}

func (s *Store) openSQLite(path string) (err error) {
	if path == "" {
		return errors.New("store: no database named")
	}
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	// The file is created by us so that nobody else may read it; SQLite gives WAL and SHM the same mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	f.Close()
	// Compiling a text costs more than running it: the driver keeps the statements used last, on each connection.
	dsn := func(extra string) string {
		return "file:" + (&url.URL{Path: path}).EscapedPath() +
			"?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_busy_timeout=10000&_cache_size=-16000&_stmt_cache_size=200" + extra
	}
	s.lite, s.path = true, path
	if s.rw, err = sql.Open("sqlite3", dsn("&_txlock=immediate&_auto_vacuum=incremental")); err != nil {
		return fmt.Errorf("store: open SQLite: %w", err)
	}
	s.rw.SetMaxOpenConns(1)
	if s.ro, err = sql.Open("sqlite3", dsn("&_query_only=on")); err != nil {
		return fmt.Errorf("store: open SQLite: %w", err)
	}
	s.ro.SetMaxOpenConns(4)
	s.ro.SetMaxIdleConns(4)
	return nil
}

// Close writes what was gathered and closes the database.
func (s *Store) Close() error {
	var errs []error
	if s.rw != nil {
		errs = append(errs, s.FlushSeen(context.Background()), s.FlushViews(context.Background()))
		errs = append(errs, s.rw.Close())
	}
	if s.ro != nil && s.ro != s.rw {
		errs = append(errs, s.ro.Close())
	}
	return errors.Join(errs...)
}

// Engine is "sqlite" or "postgres".
func (s *Store) Engine() string {
	if s.lite {
		return "sqlite"
	}
	return "postgres"
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.ro.PingContext(ctx) }

// Now is the world's clock: with several nodes, that of their database (see MeasureClock). It counts microseconds, as the
// database does: what was kept and what is remembered are equal.
func (s *Store) Now() time.Time {
	if a := s.footing.anchor.Load(); a != nil {
		return a.after(s.elapsed()).Truncate(time.Microsecond)
	}
	return s.now().UTC().Truncate(time.Microsecond)
}

// Statements returns the statements sent since the last call; nil unless the store was opened with Count.
func (s *Store) Statements() []string {
	if s.count == nil {
		return nil
	}
	s.count.mu.Lock()
	defer s.count.mu.Unlock()
	out := s.count.texts
	s.count.texts = nil
	return out
}

// Commits returns how many write transactions were committed since the last call; 0 unless opened with Count.
func (s *Store) Commits() int {
	if s.count == nil {
		return 0
	}
	s.count.mu.Lock()
	defer s.count.mu.Unlock()
	n := s.count.commits
	s.count.commits = 0
	return n
}

// Nature is what the database was born as.
func (s *Store) Nature(ctx context.Context) (Nature, error) {
	var n Nature
	_, err := s.read().one(ctx, `SELECT value FROM world WHERE name = 'nature'`, nil, text(&n))
	return n, err
}

// born fixes the nature of a new database and refuses one of the other nature: a played Apple must never meet real
// devices, and a real server never a played district. It refuses a world that lives elsewhere by now, too: two that
// both believe to be the one would each tell the iPads something else.
func (s *Store) born(ctx context.Context, want Nature) error {
	c := conn{q: s.rw, lite: s.lite, count: s.count}
	if n, err := c.number(ctx, `SELECT count(*) FROM world WHERE name = 'moved'`); err != nil {
		return err
	} else if n > 0 {
		return errors.New("store: the world of this database was moved with «ranzen move»; name the new one with --database")
	}
	if _, err := c.exec(ctx, `INSERT INTO world (name, value) VALUES ('nature', $1) ON CONFLICT (name) DO NOTHING`, string(want)); err != nil {
		return err
	}
	is, err := s.Nature(ctx)
	if err != nil {
		return err
	}
	if is != want {
		return fmt.Errorf("store: this database holds a %s world; %s", is, map[Nature]string{
			Played: "open it with «ranzen demo»", Real: "open it with «ranzen serve»"}[is])
	}
	return nil
}

// read is for queries outside a transaction.
func (s *Store) read() conn {
	if s.lite {
		return conn{q: s.ro, lite: s.lite, count: s.count}
	}
	return conn{q: steady{s.ro, s}, lite: s.lite, count: s.count}
}

// snapshot runs fn on one consistent view of the world. It never takes part in a write.
func (s *Store) snapshot(ctx context.Context, fn func(c conn) error) error {
	var tx *sql.Tx
	err := s.again(ctx, func() (err error) {
		tx, err = s.ro.BeginTx(ctx, &sql.TxOptions{Isolation: s.snapshotLevel(), ReadOnly: !s.lite})
		return err
	})
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer tx.Rollback()
	return fn(conn{q: snapshotTx{tx}, lite: s.lite, count: s.count})
}

// snapshotTx is a transaction that sees only what was committed.
type snapshotTx struct{ *sql.Tx }

func (s *Store) snapshotLevel() sql.IsolationLevel {
	if s.lite {
		return sql.LevelDefault
	}
	return sql.LevelRepeatableRead
}

// transact runs fn in one write transaction and runs it again when the engine says that this alone would help.
// fn must therefore have no effect but on the tx. Under HoldLast the commit waits for the answer. A commit whose connection
// broke is not repeated: nobody knows whether it happened.
func (s *Store) transact(ctx context.Context, fn func(c conn) error) error {
	if s.lite && heldBy(ctx) == nil {
		return s.noticed(s.together(ctx, fn))
	}
	return s.noticed(s.inTransaction(ctx, fn))
}

func (s *Store) inTransaction(ctx context.Context, fn func(c conn) error) error {
	h := heldBy(ctx)
	if h == nil {
		return s.retried(ctx, func() error { return s.tried(ctx, fn) })
	}
	if err := h.commit(); err != nil {
		return err
	}
	return s.retried(ctx, func() (err error) {
		// Without the end of the call's time, which would take back what is held.
		tx, err := s.rw.BeginTx(context.WithoutCancel(ctx), nil)
		if err != nil {
			return fmt.Errorf("store: begin: %w", err)
		}
		kept := false
		defer func() {
			if !kept {
				tx.Rollback()
			}
		}()
		if err = s.within(ctx, conn{q: tx, lite: s.lite, count: s.count}, fn); err != nil {
			return err
		}
		h.tx, kept = tx, true
		return nil
	})
}

// tried is one try of a transaction.
func (s *Store) tried(ctx context.Context, fn func(c conn) error) error {
	var link *sql.Conn
	begin := s.rw.BeginTx
	if !s.lite {
		var err error
		if link, err = s.rw.Conn(ctx); err != nil {
			return fmt.Errorf("store: begin: %w", err)
		}
		defer link.Close()
		begin = link.BeginTx
	}
	tx, err := begin(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer tx.Rollback()
	if err := s.within(ctx, conn{q: tx, lite: s.lite, count: s.count, link: link}, fn); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return notCommitted{err}
	}
	s.count.commit()
	return nil
}

// retried does again what failed in passing. A commit whose connection broke is not repeated: nobody knows whether it happened.
func (s *Store) retried(ctx context.Context, do func() error) (err error) {
	for try := range 8 {
		if try > 0 {
			s.count.repeat()
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(try*try) * 5 * time.Millisecond):
			}
		}
		began := s.elapsed()
		var unsure notCommitted
		if err = do(); err == nil || !passing(err) && (errors.As(err, &unsure) || !s.reconnects(err, began)) {
			return err
		}
	}
	return err
}

// within runs fn in a transaction, and asks last for the lease of whoever works. After a panic whoever began it takes it back.
func (s *Store) within(ctx context.Context, c conn, fn func(c conn) error) error {
	if err := fn(c); err != nil {
		return err
	}
	return s.stillLeased(ctx, c)
}

// newID makes an id whose order is the order of making (UUIDv7, RFC 9562).
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// NewID makes an id outside a transaction: for nouns that must be named before they are kept.
func NewID[T ~string]() T { return T(newID()) }

// Changed returns a channel that is closed at the next change of facts or state that somebody may wait for: jobs wake
// by it. Between nodes the same is said with NOTIFY; whoever waits also polls.
func (s *Store) Changed() <-chan struct{} { return s.changed.next() }

type broadcast struct {
	mu   sync.Mutex
	wait chan struct{}
}

func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wait
}

func (b *broadcast) call() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.wait)
	b.wait = make(chan struct{})
}

// where is a helper for lists: conditions joined with AND and their arguments numbered as they come.
type where struct {
	text []string
	args []any
}

// and adds a condition; every ? in it becomes the next placeholder.
func (w *where) and(cond string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.text = append(w.text, cond)
}

// arg adds an argument outside a condition and returns its placeholder.
func (w *where) arg(a any) string {
	w.args = append(w.args, a)
	return fmt.Sprintf("$%d", len(w.args))
}

func (w *where) String() string { return strings.Join(w.text, " AND ") }

// limitSchools narrows a list to the schools the actor may see for verb; it returns an error where there is none.
func (w *where) limitSchools(by school.Actor, verb school.Verb, a school.AuthorityID, column string) error {
	schools, ok := by.Schools(verb, a)
	if !ok {
		return school.Missing("authority")
	}
	if schools != nil {
		w.and(column+" IN (SELECT value FROM json_array_elements_text(?::json))", list(schools))
	}
	return nil
}
