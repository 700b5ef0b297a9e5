package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"ranzen/store/school"
)

// What the world's own ground can suffer, and how it shows: a database that does not answer, a disk without space, a clock
// that is wrong. None of it is anybody's fault who asked, and all of it passes; who asks is told to come again.

// Trouble is why the database could not do what it was asked, as far as that says something to a person.
type Trouble string

const (
	Away Trouble = "away" // the database does not answer, or the connection to it broke
	Full Trouble = "full" // there is no space left where the database lies
)

// TroubleOf tells trouble of the ground from every other error; empty when it is none.
func TroubleOf(err error) Trouble {
	var lite sqlite3.Error
	var pg *pgconn.PgError
	switch {
	case err == nil:
	case errors.As(err, &lite):
		switch lite.Code {
		case sqlite3.ErrFull:
			return Full
		case sqlite3.ErrCantOpen, sqlite3.ErrIoErr, sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
			return Away
		}
	case errors.As(err, &pg):
		switch {
		case pg.Code == "53100":
			return Full
		// Class 08, being shut down or started, and no connection left for us.
		case len(pg.Code) == 5 && pg.Code[:2] == "08", pg.Code == "57P01", pg.Code == "57P02", pg.Code == "57P03", pg.Code == "53300", pg.Code == "25P03":
			return Away
		}
	case lost(err):
		return Away
	}
	return ""
}

// lost reports whether the connection broke under what was asked. Unless that was the commit, nothing of it happened.
func lost(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "57P01" || pg.Code == "57P02" || pg.Code == "57P03" || pg.Code == "25P03"
	}
	var dial *pgconn.ConnectError
	var wire *net.OpError
	return errors.As(err, &dial) || errors.As(err, &wire) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// footing is what this node notices of the ground it stands on.
type footing struct {
	fullSince atomic.Int64 // microseconds: when writes began to find no space
	fullLast  atomic.Int64 // and when one last did not; 0: never
	anchor    atomic.Pointer[anchor]
}

// fullFor is how long after the last write that found no space the disk is taken for full: on a full one some writes still
// find a place.
const fullFor = 30 * time.Second

// noticed keeps what the end of a write says of the disk.
func (s *Store) noticed(err error) error {
	if TroubleOf(err) == Full {
		now := s.Now().UnixMicro()
		if s.FullSince().IsZero() {
			s.footing.fullSince.Store(now)
		}
		s.footing.fullLast.Store(now)
	}
	return err
}

// FullSince says since when writes of this node find no space; zero: they do, or did not try lately.
func (s *Store) FullSince() time.Time {
	if last := s.footing.fullLast.Load(); last == 0 || s.Now().Sub(time.UnixMicro(last)) > fullFor {
		return time.Time{}
	}
	return time.UnixMicro(s.footing.fullSince.Load()).UTC()
}

// reconnects reports whether a connection was lost and another may be tried, and drops those that lie idle: mostly they are
// lost, too, and each would cost a try. A loss that took long to be noticed is that of the host, not of one connection:
// whoever began to ask then has waited enough.
func (s *Store) reconnects(err error, began time.Duration) bool {
	if s.lite || !lost(err) {
		return false
	}
	s.readings.forget()
	s.rw.SetMaxIdleConns(0)
	s.rw.SetMaxIdleConns(openConns)
	return s.elapsed()-began < s.wire.quiet
}

// steady asks again what was asked over a connection that had been lost before.
type steady struct {
	*sql.DB
	s *Store
}

func (q steady) QueryContext(ctx context.Context, text string, args ...any) (rows *sql.Rows, err error) {
	err = q.s.again(ctx, func() (err error) {
		rows, err = q.DB.QueryContext(ctx, text, args...)
		return err
	})
	return rows, err
}

// again does what only reads once more when its connection was lost, and a third time.
func (s *Store) again(ctx context.Context, do func() error) (err error) {
	for range 3 {
		began := s.elapsed()
		if err = do(); err == nil || ctx.Err() != nil || !s.reconnects(err, began) {
			return err
		}
	}
	return err
}

// Clocks. Several nodes go by one clock, that of their database: one whose own is wrong, or jumps, would else put off what
// another shall do, or begin tomorrow what somebody did today. Between two looks at it time goes on as this machine's does
// that cannot be set (monotonic), so that not even the moment of a jump is seen.
const (
	clockUnsure = time.Second            // an answer that took longer says nothing
	clockNoise  = 100 * time.Millisecond // less apart than this is how long asking takes
)

// anchor is what the database's clock said at a moment of the one that cannot be set.
type anchor struct {
	at   time.Time
	when time.Duration
}

// MeasureClock looks at the database's clock and says how far this machine's is ahead of it, negative when it is behind. A
// file has no clock of its own.
func (s *Store) MeasureClock(ctx context.Context) (time.Duration, error) {
	if s.lite || s.playedClock {
		return 0, nil
	}
	if _, err := s.leaseClock(ctx, s.read()); err != nil {
		return 0, err
	}
	return s.now().Round(0).Sub(s.Now()), nil // without the monotonic part, in which a jump does not show
}

// compare keeps what the database's clock said between two moments of the one that cannot be set.
func (s *Store) compare(before, after time.Duration, database time.Time) {
	took := after - before
	if took > clockUnsure {
		return
	}
	a := &anchor{database, before + took/2}
	if is := s.footing.anchor.Load(); is != nil && a.at.Sub(is.after(a.when)).Abs() <= max(took, clockNoise) {
		return // so it was known
	}
	s.footing.anchor.Store(a)
}

func (a *anchor) after(when time.Duration) time.Time { return a.at.Add(when - a.when) }

// Alarms of the installation. Every authority has its own, because its people are those who ask why.
const (
	AlarmDisk  = "disk_low"   // subject: the node
	AlarmClock = "clock_skew" // subject: the node
	AlarmMail  = "mail_unreachable"
	AlarmPush  = "push_unreachable"  // Apple's push service does not answer
	AlarmApple = "apple_unreachable" // Apple's enrolment service does not answer; subject: the token
	alarmStale = time.Hour           // a node that said nothing of its alarm for so long is no more
)

// Alarms of an authority that stand in its way to Apple, and in nothing else.
const (
	AlarmPushRefused   = "push_certificate_refused"
	AlarmPushMissing   = "push_no_certificate"
	AlarmTerms         = "ade_terms"          // somebody must accept Apple's terms; subject of this one and those below: the token
	AlarmTokenRejected = "ade_token_rejected" // it has ended or was revoked
	AlarmTokenDenied   = "ade_access_denied"  // it may not read its own list

	AlarmContentRejected = "content_rejected" // Apple no longer accepts a token of Apps and Books
	AlarmContentForeign  = "content_foreign"  // another system uses its location
)

// RaiseEverywhere raises an alarm in every authority that has none like it yet. Nothing is written when all have.
func (s *Store) RaiseEverywhere(ctx context.Context, kind, subject string, u Urgency, detail map[string]any) error {
	const lacking = `SELECT a.id FROM authority a WHERE NOT EXISTS (SELECT 1 FROM alarm x WHERE x.authority_id = a.id AND x.kind = $1 AND x.subject = $2 AND x.detail = $3 AND x.cleared_at IS NULL) ORDER BY a.id`
	if detail == nil {
		detail = map[string]any{}
	}
	var to []school.AuthorityID
	if err := s.read().each(ctx, lacking, args(kind, subject, toJSON(detail)), func(r *sql.Rows) error {
		var a school.AuthorityID
		err := r.Scan(text(&a))
		to = append(to, a)
		return err
	}); err != nil || len(to) == 0 {
		return err
	}
	err := s.transact(ctx, func(c conn) error {
		for _, a := range to {
			if _, err := s.raise(ctx, c, Alarm{Authority: a, Kind: kind, Subject: subject, Urgency: u, Detail: detail}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.changed.call()
	}
	return err
}

// ClearEverywhere ends an alarm in every authority. Nothing is written when there is none.
func (s *Store) ClearEverywhere(ctx context.Context, kind, subject string) error {
	n, err := s.read().number(ctx, `SELECT count(*) FROM alarm WHERE kind = $1 AND subject = $2 AND cleared_at IS NULL`, kind, subject)
	if err != nil || n == 0 {
		return err
	}
	err = s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE alarm SET cleared_at = $1 WHERE kind = $2 AND subject = $3 AND cleared_at IS NULL`, s.Now().UnixMicro(), kind, subject)
		return err
	})
	if err == nil {
		s.changed.call()
	}
	return err
}

// NodeAlarm is what a node says of itself: on, or over. While it is on the node says so again from time to time, so that
// an alarm of a node that is no more can be told from one that stands.
func (s *Store) NodeAlarm(ctx context.Context, kind, node string, on bool, detail map[string]any) error {
	if !on {
		return s.ClearEverywhere(ctx, kind, node)
	}
	said := map[string]any{"said": s.Now().Truncate(alarmStale / 4).Format(time.RFC3339)}
	for k, v := range detail {
		said[k] = v
	}
	return s.RaiseEverywhere(ctx, kind, node, Today, said)
}

// ForgetNodes ends the alarms of nodes that are no more.
func (s *Store) ForgetNodes(ctx context.Context) error {
	for _, kind := range []string{AlarmDisk, AlarmClock} {
		gone := map[string]bool{}
		if err := s.read().each(ctx, `SELECT subject, detail FROM alarm WHERE kind = $1 AND cleared_at IS NULL`, args(kind), func(r *sql.Rows) error {
			var node string
			var detail struct{ Said time.Time }
			if err := r.Scan(&node, fromJSON(&detail)); err != nil {
				return err
			}
			gone[node] = s.Now().Sub(detail.Said) > alarmStale
			return nil
		}); err != nil {
			return err
		}
		for node, is := range gone {
			if !is {
				continue
			}
			if err := s.ClearEverywhere(ctx, kind, node); err != nil {
				return err
			}
		}
	}
	return nil
}

// Standing is an open alarm of the installation, or of its way to Apple, without saying whose.
type Standing struct {
	Kind  string
	Count int // authorities, tokens or nodes
	Since time.Time
}

// Troubles lists what stands open of the installation: for whoever watches it, not for people of an authority.
func (s *Store) Troubles(ctx context.Context) (out []Standing, err error) {
	err = s.read().each(ctx, `SELECT kind, count(DISTINCT CASE WHEN subject = '' THEN authority_id ELSE subject END), min(since_at) FROM alarm
		WHERE cleared_at IS NULL AND kind`+in1+` GROUP BY kind ORDER BY kind`,
		args(list([]string{AlarmDisk, AlarmClock, AlarmMail, AlarmPush, AlarmApple, AlarmPushRefused, AlarmPushMissing, AlarmTerms, AlarmTokenRejected, AlarmTokenDenied})),
		func(r *sql.Rows) error {
			var x Standing
			err := r.Scan(&x.Kind, &x.Count, stamp(&x.Since))
			out = append(out, x)
			return err
		})
	return out, err
}

const in1 = ` IN (SELECT value FROM json_array_elements_text($1::json))`
