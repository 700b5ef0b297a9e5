package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// A content token opens one location of Apple School Manager: the licences that were bought there. It belongs to the whole authority
// or to one school, whose iPads alone then use its licences. Two tokens of one location would count everything twice; the second
// is a renewal of the first.

var _ = registerEvent(school.Apple, "content_token.created", "content_token.renewed", "content_token.changed", "content_token.removed")

// ContentToken is a token with its state. The token itself is never in it.
type ContentToken struct {
	ID         school.TokenID
	Name       string
	School     school.SchoolID
	SchoolName string
	OrgName    string
	UID        string
	Ends       time.Time
	SilentDays int
	Created    time.Time

	Location, Country string
	ClaimedBy         string // another system uses the location
	Wanted            time.Time
	Synced            time.Time
	Error             string
	ErrorAt           time.Time
	NotBefore         time.Time
	Apps              int // kinds of apps and books
	Bought, Used      int // licences; those without number are not counted
	Asked, Short      int // of these on their way, and missing
}

// ContentRejected is the Error of a location whose token Apple no longer accepts.
const ContentRejected = "rejected"

// Silence in days: least, most and usual.
const (
	leastSilent = 14
	mostSilent  = 1000
	usualSilent = 90
)

func contentCell(a school.AuthorityID, id school.TokenID) cell {
	return cell{a, "content_token", "token", string(id)}
}

// KeepContentToken keeps a token a person brought, after Apple said whose it is: a new location, or the renewal of one that is there.
func (s *Store) KeepContentToken(ctx context.Context, by school.Actor, x ContentToken, token []byte) (school.TokenID, error) {
	if len(token) == 0 || x.UID == "" {
		return "", school.Refuse("token", "required")
	}
	if !x.Ends.After(s.Now()) {
		return "", school.Refuse("token", "apple_token_ended", x.Ends)
	}
	if !by.Can(school.Apple, school.Where{Authority: by.Tenant}) {
		return "", school.Missing("authority")
	}
	id := x.ID
	if _, err := s.read().one(ctx, `SELECT id FROM content_token WHERE authority_id = $1 AND uid = $2`, args(string(by.Tenant), x.UID), text(&id)); err != nil {
		return "", err
	}
	detail := map[string]any{"ends": x.Ends.UTC().Format(time.RFC3339)}
	if x.ID != "" && id != x.ID {
		return "", school.Clash("content_token_other")
	}
	if id != "" {
		ev := event{name: "content_token.renewed", verb: school.Apple, subject: "content_token", id: string(id), final: true, detail: detail}
		_, err := s.write(ctx, by, ev, func(tx *Tx) error {
			was, err := tx.fetch("content_token", string(id))
			switch {
			case err != nil:
				return err
			case was == nil:
				return school.Missing("content_token")
			case was.str("uid") != x.UID:
				return school.Clash("content_token_other")
			}
			if err := tx.change("content_token", string(id), was, row{"token_sealed": s.seal(contentCell(tx.authority, id), token), "org_name": x.OrgName, "ends_at": micros(x.Ends)}); err != nil {
				return err
			}
			_, err = tx.exec(ctx, `UPDATE content_sync SET error = '', error_at = NULL, not_before = NULL, wanted_at = $2 WHERE token_id = $1`, string(id), micros(tx.now))
			return err
		})
		return id, err
	}
	name, err := cleanName("name", x.Name)
	if err != nil {
		return "", err
	}
	id = NewID[school.TokenID]()
	ev := event{name: "content_token.created", verb: school.Apple, subject: "content_token", id: string(id), final: true, detail: detail}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.defaultSchool(x.School); err != nil {
			return err
		}
		if err := tx.insert("content_token", row{"id": string(id), "name": name, "school_id": opt(x.School), "token_sealed": s.seal(contentCell(tx.authority, id), token),
			"org_name": x.OrgName, "uid": x.UID, "ends_at": micros(x.Ends), "silent_days": usualSilent, "created_at": micros(tx.now)}); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO content_sync (token_id, authority_id, location, country, wanted_at) VALUES ($1, $2, $3, $4, $5)`,
			string(id), string(tx.authority), x.Location, x.Country, micros(tx.now))
		return err
	})
	return id, err
}

// ChangeContentToken writes what people decide about a location: its name, whose it is, and when silent iPads give licences back.
func (s *Store) ChangeContentToken(ctx context.Context, by school.Actor, x ContentToken) (school.ChangeSetID, error) {
	name, err := cleanName("name", x.Name)
	if err != nil {
		return "", err
	}
	if x.SilentDays < leastSilent || x.SilentDays > mostSilent {
		return "", school.Refuse("silent_days", "silent_range", leastSilent, mostSilent)
	}
	ev := event{name: "content_token.changed", verb: school.Apple, subject: "content_token", id: string(x.ID)}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.defaultSchool(x.School); err != nil {
			return err
		}
		if err := tx.update("content_token", string(x.ID), row{"name": name, "school_id": opt(x.School), "silent_days": x.SilentDays}); err != nil {
			return err
		}
		return lookAgain(ctx, tx.conn, tx.authority, tx.now)
	})
}

// RemoveContentToken ends a connection. Licences stay where they are at Apple; here nobody knows of them any more, and no app goes.
func (s *Store) RemoveContentToken(ctx context.Context, by school.Actor, id school.TokenID) error {
	ev := event{name: "content_token.removed", verb: school.Apple, subject: "content_token", id: string(id), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		if err := lookAgain(ctx, tx.conn, tx.authority, tx.now); err != nil {
			return err
		}
		for _, table := range []string{"licence_event", "licence", "licence_account", "content_sync"} {
			if _, err := tx.exec(ctx, `DELETE FROM `+table+` WHERE token_id = $1 AND authority_id = $2`, string(id), string(tx.authority)); err != nil {
				return err
			}
		}
		return tx.remove("content_token", string(id))
	})
	return err
}

// lookAgain makes the licences of every device that has or wants some due.
func lookAgain(ctx context.Context, c conn, a school.AuthorityID, now time.Time) error {
	_, err := c.exec(ctx, `INSERT INTO licence_due (device_id, authority_id, at) SELECT DISTINCT device_id, authority_id, CAST($2 AS BIGINT) FROM licence WHERE authority_id = $1 AND device_id IS NOT NULL
		ON CONFLICT (device_id) DO NOTHING`, string(a), micros(now))
	return err
}

// WantContent asks for a location to be read anew.
func (s *Store) WantContent(ctx context.Context, by school.Actor, id school.TokenID) error {
	if !by.Can(school.Apple, school.Where{Authority: by.Tenant}) {
		return school.Missing("content_token")
	}
	err := s.transact(ctx, func(c conn) error {
		n, err := c.exec(ctx, `UPDATE content_sync SET wanted_at = $3, not_before = NULL WHERE token_id = $1 AND authority_id = $2`, string(id), string(by.Tenant), micros(s.Now()))
		if err == nil && n == 0 {
			err = school.Missing("content_token")
		}
		return err
	})
	if err == nil {
		s.changed.call()
	}
	return err
}

// OpenContentToken opens a token for the jobs that talk to Apple; no person's request gets it.
func (s *Store) OpenContentToken(ctx context.Context, by school.Actor, id school.TokenID) ([]byte, error) {
	if by.Kind != school.SystemActor {
		return nil, school.Deny(school.Apple)
	}
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT token_sealed FROM content_token WHERE id = $1 AND authority_id = $2`, args(string(id), string(by.Tenant)), &sealed)
	if err != nil || !found {
		return nil, orMissing(err, "content_token")
	}
	return s.open(contentCell(by.Tenant, id), sealed)
}

// NoteContent keeps what came of a talk with Apple about a location.
func (s *Store) NoteContent(ctx context.Context, by school.Actor, x ContentToken) error {
	if by.Kind != school.SystemActor {
		return school.Deny(school.Apple)
	}
	now := s.Now()
	return s.transact(ctx, func(c conn) error {
		var failed any
		if x.Error != "" {
			failed = micros(now)
		}
		_, err := c.exec(ctx, `UPDATE content_sync SET location = $3, country = $4, claimed_by = $5, synced_at = COALESCE($6, synced_at), error = $7, error_at = $8, not_before = $9,
			wanted_at = CASE WHEN $6 IS NOT NULL AND wanted_at <= $6 THEN NULL ELSE wanted_at END WHERE token_id = $1 AND authority_id = $2`,
			string(x.ID), string(by.Tenant), x.Location, x.Country, x.ClaimedBy, micros(x.Synced), x.Error, failed, micros(x.NotBefore))
		return err
	})
}

// ContentTokens lists the locations of the actor's authority, by name.
func (s *Store) ContentTokens(ctx context.Context, by school.Actor) (out []ContentToken, err error) {
	if !by.Can(school.Apple, school.Where{Authority: by.Tenant}) && !by.Can(school.ReadAudit, school.Where{Authority: by.Tenant}) {
		return nil, school.Missing("authority")
	}
	err = s.read().each(ctx, `SELECT t.id, t.name, t.school_id, COALESCE(sc.name, ''), t.org_name, t.uid, t.ends_at, t.silent_days, t.created_at, y.location, y.country, y.claimed_by,
		y.wanted_at, y.synced_at, y.error, y.error_at, y.not_before,
		(SELECT count(*) FROM licence_account a WHERE a.token_id = t.id),
		(SELECT COALESCE(sum(a.bought), 0) FROM licence_account a WHERE a.token_id = t.id AND a.bought < `+unlimitedText+`),
		(SELECT COALESCE(sum(a.used), 0) FROM licence_account a WHERE a.token_id = t.id AND a.bought < `+unlimitedText+`),
		(SELECT count(*) FROM licence l WHERE l.token_id = t.id AND l.state = 'asked'), (SELECT count(*) FROM licence l WHERE l.token_id = t.id AND l.state = 'short')
		FROM content_token t JOIN content_sync y ON y.token_id = t.id LEFT JOIN school sc ON sc.id = t.school_id
		WHERE t.authority_id = $1 ORDER BY t.name, t.id`, args(string(by.Tenant)), func(r *sql.Rows) error {
		var x ContentToken
		if err := r.Scan(text(&x.ID), &x.Name, text(&x.School), &x.SchoolName, &x.OrgName, &x.UID, stamp(&x.Ends), &x.SilentDays, stamp(&x.Created), &x.Location, &x.Country, &x.ClaimedBy,
			stamp(&x.Wanted), stamp(&x.Synced), &x.Error, stamp(&x.ErrorAt), stamp(&x.NotBefore), &x.Apps, &x.Bought, &x.Used, &x.Asked, &x.Short); err != nil {
			return err
		}
		out = append(out, x)
		return nil
	})
	return out, err
}

// ContentToken reads one location.
func (s *Store) ContentToken(ctx context.Context, by school.Actor, id school.TokenID) (ContentToken, error) {
	all, err := s.ContentTokens(ctx, by)
	for _, x := range all {
		if x.ID == id {
			return x, err
		}
	}
	return ContentToken{}, orMissing(err, "content_token")
}
