package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ranzen/store/school"
)

// A copy of the whole world, taken while it goes on. SQLite: VACUUM INTO, one consistent view and no pause for writers
// (the stepped backup API never ends under load). PostgreSQL: pg_dump of a snapshot in which the rows are counted too.
//
// The key ring is not in a copy, as it is not in the database.

// Manifest says what a copy holds, so that what came back can be held against it: row by number, audit by hash.
type Manifest struct {
	Format      int                         `json:"format"`
	Release     string                      `json:"release"`
	Taken       time.Time                   `json:"taken"`
	Engine      string                      `json:"engine"`
	Schema      int64                       `json:"schema"`
	Nature      Nature                      `json:"nature"`
	Authorities int                         `json:"authorities"`
	Rows        map[string]int64            `json:"rows"`  // per table
	Heads       map[school.AuthorityID]Head `json:"heads"` // the newest entry of each chain of audit
}

// Head is the newest entry of a chain of audit. Who has it can tell whether any entry before it was changed.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// ManifestFormat is the form of manifests this program writes.
const ManifestFormat = 1

// Same says in what another manifest differs; nil when both describe the same world.
func (m Manifest) Same(other Manifest) error {
	if m.Schema != other.Schema || m.Nature != other.Nature || m.Authorities != other.Authorities {
		return fmt.Errorf("schema %d, %s, %d authorities instead of schema %d, %s, %d authorities",
			other.Schema, other.Nature, other.Authorities, m.Schema, m.Nature, m.Authorities)
	}
	for _, t := range slices.Sorted(maps.Keys(m.Rows)) {
		if n, ok := other.Rows[t]; !ok || n != m.Rows[t] {
			return fmt.Errorf("table %s has %d rows instead of %d", t, n, m.Rows[t])
		}
	}
	if len(m.Rows) != len(other.Rows) {
		return fmt.Errorf("%d tables instead of %d", len(other.Rows), len(m.Rows))
	}
	if !maps.Equal(m.Heads, other.Heads) {
		return errors.New("the chains of audit end elsewhere")
	}
	return nil
}

// describe counts a world.
func (s *Store) describe(ctx context.Context, c conn) (m Manifest, err error) {
	m = Manifest{Format: ManifestFormat, Taken: s.Now(), Engine: s.Engine(), Rows: map[string]int64{}, Heads: map[school.AuthorityID]Head{}}
	if m.Schema, err = c.schema(ctx); err != nil {
		return m, err
	}
	names, err := c.tables(ctx)
	if err != nil {
		return m, err
	}
	if !slices.Contains(names, "world") || !slices.Contains(names, "authority") {
		return m, errors.New("store: this database holds no world of Ranzen")
	}
	if _, err := c.one(ctx, `SELECT value FROM world WHERE name = 'nature'`, nil, text(&m.Nature)); err != nil {
		return m, err
	}
	for _, t := range names {
		if m.Rows[t], err = c.number(ctx, `SELECT count(*) FROM `+t); err != nil {
			return m, err
		}
	}
	err = c.each(ctx, `SELECT id, audit_seq, audit_hash FROM authority`, nil, func(r *sql.Rows) error {
		var a school.AuthorityID
		var h Head
		err := r.Scan(text(&a), &h.Seq, &h.Hash)
		m.Heads[a] = h
		return err
	})
	m.Authorities = len(m.Heads)
	return m, err
}

// CopyTo writes a consistent copy of the world to a file that does not exist yet, readable by its owner only, and says
// what is in it. The world goes on meanwhile. A copy that failed leaves no file.
func (s *Store) CopyTo(ctx context.Context, path string) (m Manifest, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // by us, so that nobody else may read it
	if err != nil {
		return m, fmt.Errorf("store: copy: %w", err)
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(path)
			err = fmt.Errorf("store: copy: %w", err)
		}
	}()
	if s.lite {
		taken := s.Now() // what happens from now on may be missing in the copy: see Forgotten
		if err := s.vacuumInto(ctx, path); err != nil {
			return m, err
		}
		if m, err = Inspect(ctx, path); err != nil {
			return m, err
		}
		m.Taken = taken
		return m, s.continues(ctx, m)
	}
	err = s.snapshot(ctx, func(c conn) error {
		if m, err = s.describe(ctx, c); err != nil {
			return err
		}
		major, err := c.serverMajor(ctx)
		if err != nil {
			return err
		}
		tool, err := pgTool(ctx, "pg_dump", major)
		if err != nil {
			return err
		}
		var snapshot string
		if _, err := c.one(ctx, `SELECT pg_export_snapshot()`, nil, &snapshot); err != nil {
			return err
		}
		// Not compressed here: whoever keeps the copy compresses it.
		return pgRun(ctx, s.dsn, tool, nil, f, "--format=custom", "--compress=0", "--no-owner", "--no-privileges", "--snapshot="+snapshot)
	})
	if err == nil {
		err = f.Sync()
	}
	return m, err
}

// vacuumInto copies a SQLite world. The connection is its own: those that only read may not even write elsewhere, and the
// one that writes must not wait for this.
func (s *Store) vacuumInto(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: s.path}).EscapedPath()+"?_busy_timeout=10000&_auto_vacuum=incremental") // also of a file that could not give room back yet
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = conn{q: db, lite: true}.exec(ctx, `VACUUM INTO $1`, path)
	return err
}

// continues checks that the world goes on from a copy: the newest entry of each of its chains of audit stands here too.
func (s *Store) continues(ctx context.Context, m Manifest) error {
	for a, h := range m.Heads {
		var hash string
		if _, err := s.read().one(ctx, `SELECT hash FROM audit WHERE authority_id = $1 AND seq = $2`, args(string(a), h.Seq), &hash); err != nil {
			return err
		}
		if hash != h.Hash {
			return fmt.Errorf("the chain of audit of authority %s ends in the copy with an entry that is not here", a)
		}
	}
	return nil
}

// Inspect counts the world of a database as it lies there: nothing is migrated, nothing else changed.
func Inspect(ctx context.Context, address string) (Manifest, error) {
	s, err := Existing(address)
	if err != nil {
		return Manifest{}, err
	}
	defer s.Close()
	return s.describe(ctx, s.read())
}

// Examine is Inspect, and reads everything: the pages of a SQLite file, and every chain of audit from its beginning.
func Examine(ctx context.Context, address string) (Manifest, error) {
	s, err := Existing(address)
	if err != nil {
		return Manifest{}, err
	}
	defer s.Close()
	if s.lite {
		var said string
		if _, err := s.read().one(ctx, `PRAGMA integrity_check`, nil, &said); err != nil {
			return Manifest{}, err
		}
		if said != "ok" {
			return Manifest{}, fmt.Errorf("store: the database file is damaged: %s", cut(said, 200))
		}
	}
	m, err := s.describe(ctx, s.read())
	if err != nil {
		return m, err
	}
	for _, a := range slices.Sorted(maps.Keys(m.Heads)) {
		_, broken, err := s.VerifyAudit(ctx, school.System("backup", a))
		if err != nil {
			return m, err
		}
		if broken != 0 {
			return m, fmt.Errorf("store: the chain of audit of authority %s is broken at entry %d", a, broken)
		}
	}
	return m, nil
}

// Existing opens a database as it lies there, for copies: without key ring, and without bringing it to a newer form, so that
// a copy can be taken before an upgrade. A SQLite file must be there.
func Existing(address string) (*Store, error) {
	if !IsPostgres(address) {
		if _, err := os.Stat(DatabaseFile(address)); err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
	}
	return bare(address)
}

// BackupState is what is known of the copies that were made: what start page, doctor and monitoring say.
type BackupState struct {
	Planned  bool      `json:"planned"` // somebody configured where copies go and who can read them
	At       time.Time `json:"at,omitzero"`
	Verified time.Time `json:"verified,omitzero"` // of the newest copy that was restored as a test
	File     string    `json:"file,omitempty"`
	Size     int64     `json:"size,omitempty"`
	Failed   time.Time `json:"failed,omitzero"` // the last attempt failed then; zero: it did not
}

// How old the newest copy may be before somebody must look: a night and the next morning.
const backupStale = 36 * time.Hour

// Bad reports whether a human must do something about the copies.
func (b BackupState) Bad(now time.Time) bool {
	return !b.Planned || !b.Failed.IsZero() || now.Sub(b.At) > backupStale
}

// Backups says what is known of copies; known is false when nobody ever said anything: a new world, or a played one.
func (s *Store) Backups(ctx context.Context) (b BackupState, known bool, err error) {
	known, err = s.read().one(ctx, `SELECT value FROM world WHERE name = 'backup'`, nil, fromJSON(&b))
	return b, known, err
}

// NoteBackup keeps what is known of copies. It changes nothing else: no fact, no audit.
func (s *Store) NoteBackup(ctx context.Context, change func(*BackupState)) error {
	return s.remember(ctx, "backup", func(c conn) (any, error) {
		var b BackupState
		_, err := c.one(ctx, `SELECT value FROM world WHERE name = 'backup'`, nil, fromJSON(&b))
		change(&b)
		return b, err
	})
}

// remember keeps a word of the installation.
func (s *Store) remember(ctx context.Context, name string, value func(c conn) (any, error)) error {
	return s.transact(ctx, func(c conn) error {
		v, err := value(c)
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, `INSERT INTO world (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, toJSON(v))
		return err
	})
}

// Beside is a folder on the same disk as the database, for a copy under way: it is as secret as the database itself.
func (s *Store) Beside() string {
	if s.lite {
		return filepath.Dir(s.path)
	}
	return os.TempDir()
}
