package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// Nightly derives every placement of an authority anew, because memberships begin and end by date, and marks every
// target, because the sweep is the net below the marks. Planning an unchanged device comes to the same and pushes nobody.
func (s *Store) Nightly(ctx context.Context, a school.AuthorityID) error {
	err := s.transact(ctx, func(c conn) error {
		now := s.Now().UnixMicro()
		if _, err := c.exec(ctx, placePerson+` WHERE authority_id = $1 AND $2 = ''`, string(a), ""); err != nil {
			return err
		}
		if _, err := c.exec(ctx, placeClass+` WHERE authority_id = $1 AND $2 = ''`, string(a), "", now); err != nil {
			return err
		}
		_, err := c.exec(ctx, `UPDATE target SET gen = gen + 1, marked_at = $2 WHERE authority_id = $1 AND enrollment_id IN (SELECT id FROM enrollment WHERE authority_id = $1 AND state = 'enrolled')`, string(a), now)
		return err
	})
	if err == nil {
		s.changed.call()
	}
	return err
}

// warnBefore is how long before its end a certificate or token is a line on the start page.
const warnBefore = 60 * 24 * time.Hour

// WatchExpiry raises an alarm for everything of an authority that runs out soon, and clears those that were dealt with.
func (s *Store) WatchExpiry(ctx context.Context, a school.AuthorityID) error {
	type thing struct {
		kind, subject string
		ends          time.Time
	}
	var things []thing
	for _, q := range []struct{ kind, text string }{
		{"push_expires", `SELECT '', ends_at FROM push_cert WHERE authority_id = $1 AND ends_at IS NOT NULL`},
		{"token_expires", `SELECT id, ends_at FROM apple_token WHERE authority_id = $1 AND ends_at IS NOT NULL`},
		{"ca_expires", `SELECT '', max(ends_at) FROM ca WHERE authority_id = $1`},
	} {
		err := s.read().each(ctx, q.text, args(string(a)), func(r *sql.Rows) error {
			x := thing{kind: q.kind}
			if err := r.Scan(&x.subject, stamp(&x.ends)); err != nil {
				return err
			}
			if !x.ends.IsZero() {
				things = append(things, x)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	now := s.Now()
	for _, x := range things {
		left := x.ends.Sub(now)
		if left > warnBefore {
			if _, err := s.ClearAlarm(ctx, a, x.kind, x.subject); err != nil {
				return err
			}
			continue
		}
		urgency := ThisWeek
		if left < 8*24*time.Hour {
			urgency = Today
		}
		if _, err := s.RaiseAlarm(ctx, Alarm{Authority: a, Kind: x.kind, Subject: x.subject, Urgency: urgency, Detail: map[string]any{"ends": x.ends.Format(time.RFC3339)}}); err != nil {
			return err
		}
	}
	return nil
}

// AcceptedTokens lists the Apple tokens that can be used, of authorities that manage devices.
func (s *Store) AcceptedTokens(ctx context.Context) (out []string, err error) {
	err = s.read().each(ctx, `SELECT t.id FROM apple_token t JOIN authority a ON a.id = t.authority_id WHERE t.token_sealed IS NOT NULL
		AND ',' || a.modules || ',' LIKE '%,management,%' ORDER BY t.id`, nil, func(r *sql.Rows) error {
		var id string
		if err := r.Scan(&id); err != nil {
			return err
		}
		out = append(out, id)
		return nil
	})
	return out, err
}
