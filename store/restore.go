package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"ranzen/store/school"
)

// ErrNotEmpty refuses to write over a world.
var ErrNotEmpty = errors.New("the database is not empty; nothing was written. Name an empty one with --database")

// Empty reports whether nothing lives in a database: a SQLite file is missing or has no tables, a PostgreSQL database
// has no tables.
func Empty(ctx context.Context, url string) (bool, error) {
	if !IsPostgres(url) {
		if info, err := os.Stat(DatabaseFile(url)); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
			return true, nil
		}
	}
	s, err := bare(url)
	if err != nil {
		return false, err
	}
	defer s.Close()
	names, err := s.read().tables(ctx)
	return len(names) == 0, err
}

// Restore puts a copy that CopyTo wrote into an empty database of the same engine, whole or not at all. What came back
// must be compared with its manifest and opened; until then nobody else may use it.
func Restore(ctx context.Context, url string, copied io.Reader) error {
	empty, err := Empty(ctx, url)
	if err != nil {
		return err
	}
	if !empty {
		return ErrNotEmpty
	}
	if !IsPostgres(url) {
		return restoreLite(DatabaseFile(url), copied)
	}
	s, err := bare(url)
	if err != nil {
		return err
	}
	defer s.Close()
	major, err := s.read().serverMajor(ctx)
	if err != nil {
		return err
	}
	tool, err := pgTool(ctx, "pg_restore", major)
	if err != nil {
		return err
	}
	c, err := pgconn.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("store: address of the PostgreSQL database: %w", err)
	}
	return pgRun(ctx, url, tool, copied, io.Discard, "--dbname="+c.Database, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
}

func restoreLite(path string, copied io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	part := path + ".restoring"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	_, err = io.Copy(f, copied)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil { // what belonged to the empty file would be taken for this one's
		for _, rest := range []string{path + "-wal", path + "-shm"} {
			if rerr := os.Remove(rest); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
				err = rerr
			}
		}
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		os.Remove(part)
		return fmt.Errorf("store: restore: %w", err)
	}
	return nil
}

// Wipe makes a database empty again into which Restore wrote something that turned out to be no good. It is for a
// database that was empty before, and for nothing else.
func Wipe(ctx context.Context, url string) error {
	if !IsPostgres(url) {
		var errs []error
		for _, end := range []string{"", "-wal", "-shm", ".restoring"} {
			if err := os.Remove(DatabaseFile(url) + end); err != nil && !errors.Is(err, os.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		return errors.Join(errs...)
	}
	s, err := bare(url)
	if err != nil {
		return err
	}
	defer s.Close()
	names, err := s.read().tables(ctx)
	if err != nil {
		return err
	}
	names = append(names, versions)
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `DROP TABLE IF EXISTS `+strings.Join(names, ", ")+` CASCADE`)
		return err
	})
}

// scratchPrefix begins the names of databases in which copies are tried out. The time in the name tells which were left
// behind by a server that died.
const scratchPrefix = "ranzen_scratch_"

// Scratch makes an empty database like the one at the address, to try a copy out in: a file in the folder, or a database
// on the same PostgreSQL server. drop takes it away again.
func Scratch(ctx context.Context, address, folder string, now time.Time) (scratch string, drop func() error, err error) {
	if !IsPostgres(address) {
		scratch = filepath.Join(folder, "scratch.db")
		return scratch, func() error { return Wipe(context.WithoutCancel(ctx), scratch) }, nil
	}
	s, err := bare(address)
	if err != nil {
		return "", nil, err
	}
	defer s.Close()
	if err := s.dropScratches(ctx, now); err != nil {
		return "", nil, err
	}
	random := make([]byte, 4)
	rand.Read(random)
	name := fmt.Sprintf("%s%d_%s", scratchPrefix, now.Unix(), hex.EncodeToString(random))
	if _, err := s.read().exec(ctx, `CREATE DATABASE `+name+` ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`); err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "42501" {
			return "", nil, errors.New("the database user may not make a database to try the copy out in: allow it with ALTER ROLE … CREATEDB, or do without with --backup-verify=never")
		}
		return "", nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", nil, errors.New("store: the address of the PostgreSQL database cannot be read")
	}
	u.Path = "/" + name
	return u.String(), func() error {
		s, err := bare(address)
		if err != nil {
			return err
		}
		defer s.Close()
		_, err = s.read().exec(context.WithoutCancel(ctx), `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`)
		return err
	}, nil
}

func (s *Store) dropScratches(ctx context.Context, now time.Time) error {
	var old []string
	err := s.read().each(ctx, `SELECT datname FROM pg_database WHERE datname LIKE 'ranzen\_scratch\_%'`, nil, func(r *sql.Rows) error {
		var name string
		if err := r.Scan(&name); err != nil {
			return err
		}
		at, _, _ := strings.Cut(strings.TrimPrefix(name, scratchPrefix), "_")
		if n, err := strconv.ParseInt(at, 10, 64); err == nil && now.Unix()-n > 24*3600 && !strings.ContainsAny(name, `" ;`) {
			old = append(old, name)
		}
		return nil
	})
	for _, name := range old {
		if err == nil {
			_, err = s.read().exec(ctx, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`)
		}
	}
	return err
}

var _ = registerEvent(school.Observe, "world.restored")

// Resumed counts what AfterRestore had to do.
type Resumed struct {
	Devices   int // asked for everything anew
	Orders    int // orders of persons that were open and are cancelled
	Sessions  int
	Links     int // set-up links that were not used yet
	Tokens    int // Apple tokens whose list is read whole
	Cancelled int // commands under way
}

// AfterRestore makes a world that came back from a copy go on. What happened between the copy and now is lost here, but it
// happened: so everything that must happen once only is ended, and everything that can be asked is asked again.
//
//   - Every device is asked for everything: the manifest counts as not offered and an order asks for inventory and list, so
//     that what it was given meanwhile shows, and goes if nobody wants it. It is marked and pushed like after any other change.
//   - Open orders of persons are cancelled, and so are commands under way: they may have been carried out, and an iPad
//     must not be restarted (or worse) a second time. Who still wants it orders it again.
//   - Sessions end, set-up links and enrolment challenges that were not used yet are void: each may have been used or taken
//     back since. Everybody signs in anew.
//   - Lists of Apple School Manager are read whole: the kept cursor is older than what was read with it.
//   - An identity that was renewed meanwhile is not known here, and the iPad has no other: see Forgotten.
//   - Plans that nobody carried out are forgotten; jobs are made anew, because whoever held their leases is gone.
//
// Answers kept for repeated requests stay: an act and the answer to it are kept together, so each answer speaks of
// something that is still so. Letters stay: a letter may go out twice, but none is lost.
func (s *Store) AfterRestore(ctx context.Context, taken time.Time) (Resumed, error) {
	var all []school.AuthorityID
	err := s.read().each(ctx, `SELECT id FROM authority ORDER BY id`, nil, func(r *sql.Rows) error {
		var a school.AuthorityID
		err := r.Scan(text(&a))
		all = append(all, a)
		return err
	})
	var total Resumed
	for _, a := range all {
		if err != nil {
			return total, err
		}
		var n Resumed
		by := school.System("restore", a)
		ev := event{name: "world.restored", verb: school.Observe, subject: "authority", id: string(a), final: true}
		_, err = s.write(ctx, by, ev, func(tx *Tx) error {
			n = Resumed{}
			if err := tx.resume(&n); err != nil {
				return err
			}
			tx.event.detail = map[string]any{"taken": taken.UTC().Format(time.RFC3339), "devices": n.Devices, "orders": n.Orders}
			return nil
		})
		total.Devices, total.Orders, total.Cancelled, total.Tokens = total.Devices+n.Devices, total.Orders+n.Orders, total.Cancelled+n.Cancelled, total.Tokens+n.Tokens
	}
	if err != nil {
		return total, err
	}
	err = s.transact(ctx, func(c conn) error {
		for _, x := range []struct {
			n    *int
			text string
		}{
			{&total.Sessions, `DELETE FROM session`},
			{nil, `DELETE FROM challenge`},
			{nil, `DELETE FROM plan WHERE applied_at IS NULL`},
			{nil, `DELETE FROM job`},
			{&total.Links, `UPDATE account SET setup_hash = '', setup_until = NULL WHERE setup_hash <> ''`},
		} {
			n, err := c.exec(ctx, x.text)
			if err != nil {
				return err
			}
			if x.n != nil {
				*x.n = int(n)
			}
		}
		return nil
	})
	if err != nil {
		return total, err
	}
	return total, s.remember(ctx, wordRestored, func(c conn) (any, error) {
		var word restored
		_, err := c.one(ctx, `SELECT value FROM world WHERE name = $1`, args(wordRestored), fromJSON(&word))
		word.Gaps = append(word.Gaps, gap{taken, s.Now()})
		return word, err
	})
}

// resume is AfterRestore for the authority of the write.
func (tx *Tx) resume(n *Resumed) error {
	a, now := string(tx.authority), micros(tx.now)
	for _, x := range []struct {
		n    *int
		text string
		args []any
	}{
		{&n.Orders, `UPDATE device_order SET state = 'cancelled', finished_at = $2, result = 'restored' WHERE authority_id = $1 AND state IN ('waiting', 'handed', 'later')`, args(a, now)},
		{nil, `UPDATE warrant SET ended_at = $2, why = 'restored' WHERE authority_id = $1 AND second AND approved_at IS NULL AND ended_at IS NULL`, args(a, now)},
		{nil, `UPDATE turnaround SET ended_at = $2, why = 'restored' WHERE authority_id = $1 AND ended_at IS NULL`, args(a, now)},
		{&n.Cancelled, `UPDATE command SET state = 'superseded', body_sealed = NULL WHERE authority_id = $1 AND state = 'in_flight'`, args(a)},
		{nil, `UPDATE target SET offered_token = '' WHERE authority_id = $1`, args(a)},
		{&n.Tokens, `UPDATE apple_sync SET phase = 'fetch', cursor = '', cursor_at = NULL, round = '', not_before = NULL, error = '', error_at = NULL WHERE authority_id = $1`, args(a)},
	} {
		k, err := tx.exec(tx.ctx, x.text, x.args...)
		if err != nil {
			return err
		}
		if x.n != nil {
			*x.n = int(k)
		}
	}
	var devices []school.DeviceID
	err := tx.each(tx.ctx, `SELECT device_id FROM enrollment WHERE authority_id = $1 AND state = 'enrolled' AND parent_id IS NULL ORDER BY device_id`, args(a), func(r *sql.Rows) error {
		var d school.DeviceID
		err := r.Scan(text(&d))
		devices = append(devices, d)
		return err
	})
	if err != nil {
		return err
	}
	devices = slices.Compact(devices)
	found, err := tx.s.orderables(tx.ctx, tx.conn, tx.authority, school.Refresh, devices)
	if err != nil {
		return err
	}
	for _, d := range devices {
		x := found[d]
		if school.Refresh.Bars(x.Orderable) != "" {
			continue
		}
		if _, err := tx.order(x, school.Refresh, school.OrderArgs{}, "", time.Time{}); err != nil {
			return err
		}
		n.Devices++
	}
	tx.touched.everyone = true
	return nil
}
