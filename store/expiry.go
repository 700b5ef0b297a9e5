package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"ranzen/store/school"
)

// What runs out, whom it stops, and who is told when. The page says it for as long as it is so; a letter goes out once
// at each of the marks, however many nodes there are and however often they start.

// expiryDays are the marks, in days before the end; those of a lease are school.LeaseMarks, in months. From the first on
// it is a line on the start page.
var expiryDays = []int{90, 60, 30, 14, 7, 1}

const day = 24 * time.Hour

// Kinds of what runs out.
const (
	PushEnds     = "push"      // the push certificate
	TokenEnds    = "token"     // a token of Apple School Manager
	ContentEnds  = "content"   // a token of Apps and Books
	CAEnds       = "ca"        // the authority that issues device identities
	APITokenEnds = "api_token" // a program's way in
	LeaseEnds    = "lease"     // a lease of which something is still here
	TLSEnds      = "tls"       // this server's own certificate: the whole installation's
)

// expiryAlarms are the alarms of the kinds that have one. What an authority has no part in has none.
var expiryAlarms = map[string]string{PushEnds: "push_expires", TokenEnds: "token_expires", ContentEnds: "content_expires", CAEnds: "ca_expires", APITokenEnds: "api_token_expires", LeaseEnds: "lease_ends"}

// Expiring is something that runs out.
type Expiring struct {
	Authority school.AuthorityID // empty: the installation's
	Kind      string
	Subject   string
	Name      string
	Account   string // who is needed to renew it: an Apple Account, or the name of an account here; of a lease its lessor
	Email     string // of that account here, if it is one
	Ends      time.Time
	Since     time.Time // when it began to be, or its end to matter; marks before that are not told
}

// Letter writes what somebody is told of one mark, in their language: days before the end, or months of a lease.
type Letter func(language string, left int, x Expiring) (subject, body string)

// expiryMark is a time at which the end of something is told, and how many days or months are left then.
type expiryMark struct {
	at   time.Time
	left int
}

// marks lists when the end of something is told, the first first.
func (x Expiring) marks() (out []expiryMark) {
	if x.Kind == LeaseEnds {
		for _, months := range school.LeaseMarks {
			out = append(out, expiryMark{school.MonthsAfter(x.Ends.In(Berlin), -months), months})
		}
		return out
	}
	for _, days := range expiryDays {
		out = append(out, expiryMark{x.Ends.Add(-time.Duration(days) * day), days})
	}
	return out
}

// near reports whether its end is near enough to be spoken of.
func (x Expiring) near(now time.Time) bool { return !now.Before(x.marks()[0].at) }

// expiring lists all that runs out of an authority, or has.
func (s *Store) expiring(ctx context.Context, c conn, a school.AuthorityID) (out []Expiring, err error) {
	of, long := string(a), s.Now().Add(-30*day).UnixMicro() // a token that ended before that is nobody's concern
	for _, q := range []struct {
		kind, text string
		args       []any
	}{
		{PushEnds, `SELECT '', '', apple_account, '', ends_at, 0 FROM push_cert WHERE authority_id = $1 AND ends_at IS NOT NULL`, args(of)},
		{TokenEnds, `SELECT id, name, apple_account, '', ends_at, 0 FROM apple_token WHERE authority_id = $1 AND ends_at IS NOT NULL ORDER BY name, id`, args(of)},
		{ContentEnds, `SELECT id, name, '', '', ends_at, 0 FROM content_token WHERE authority_id = $1 ORDER BY name, id`, args(of)},
		{CAEnds, `SELECT '', '', '', '', max(ends_at), 0 FROM ca WHERE authority_id = $1`, args(of)},
		{APITokenEnds, `SELECT t.id, t.name, COALESCE(p.name, ''), COALESCE(p.email, ''), t.ends_at, t.created_at FROM api_token t LEFT JOIN account p ON p.id = t.created_by
			WHERE t.authority_id = $1 AND t.ends_at > $2 AND NOT t.revoked AND NOT COALESCE(p.disabled, FALSE) ORDER BY t.ends_at, t.id`, args(of, long)},
		{LeaseEnds, `SELECT b.id, b.name, b.lessor, '', b.lease_until_at, 0 FROM batch b WHERE b.authority_id = $1 AND b.lease_until_at IS NOT NULL
			AND EXISTS (SELECT 1 FROM asset a WHERE a.batch_id = b.id AND a.authority_id = $1 AND ` + assetHere + `) ORDER BY b.lease_until_at, b.id`, args(of)},
	} {
		err := c.each(ctx, q.text, q.args, func(r *sql.Rows) error {
			x := Expiring{Authority: a, Kind: q.kind}
			if err := r.Scan(&x.Subject, &x.Name, &x.Account, &x.Email, stamp(&x.Ends), stamp(&x.Since)); err != nil {
				return err
			}
			if !x.Ends.IsZero() {
				out = append(out, x)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Expiring lists what runs out within its longest mark and is for the actor to deal with, the soonest first.
func (s *Store) Expiring(ctx context.Context, by school.Actor) ([]Expiring, error) {
	verbs := map[string]school.Verb{PushEnds: school.Apple, TokenEnds: school.Apple, ContentEnds: school.Apple, CAEnds: school.Apple, APITokenEnds: school.Accounts, LeaseEnds: school.EditDevices, TLSEnds: school.Settings}
	all, err := s.expiring(ctx, s.read(), by.Tenant)
	if err != nil {
		return nil, err
	}
	own, found, err := s.ownCertificate(ctx, s.read())
	if err != nil {
		return nil, err
	}
	if found {
		all = append(all, own)
	}
	all = slices.DeleteFunc(all, func(x Expiring) bool {
		return !x.near(s.Now()) || x.Since.After(s.Now()) || !by.Can(verbs[x.Kind], school.Where{Authority: by.Tenant})
	})
	slices.SortStableFunc(all, func(x, y Expiring) int { return x.Ends.Compare(y.Ends) })
	return all, nil
}

// WatchExpiry raises an alarm for everything of an authority that runs out soon, clears those that were dealt with, and
// writes to the authority's administrators at each mark. A job calls it; without letter nobody is written to.
func (s *Store) WatchExpiry(ctx context.Context, a school.AuthorityID, letter Letter) error {
	things, err := s.expiring(ctx, s.read(), a)
	if err != nil {
		return err
	}
	now := s.Now()
	open := map[string]bool{}
	for _, x := range things {
		left := x.Ends.Sub(now)
		if !x.near(now) || x.Kind == APITokenEnds && left < 0 { // a token that ended stands in no way
			continue
		}
		open[expiryAlarms[x.Kind]+" "+x.Subject] = true
		if _, err := s.RaiseAlarm(ctx, Alarm{Authority: a, Kind: expiryAlarms[x.Kind], Subject: x.Subject, Urgency: x.urgency(now),
			Detail: map[string]any{"ends": x.Ends.Format(time.RFC3339)}}); err != nil {
			return err
		}
		if err := s.tell(ctx, x, letter); err != nil {
			return err
		}
	}
	return s.clearDealtWith(ctx, a, open)
}

// clearDealtWith clears alarms about what no longer runs out soon, or is no more.
func (s *Store) clearDealtWith(ctx context.Context, a school.AuthorityID, open map[string]bool) error {
	kinds := make([]string, 0, len(expiryAlarms))
	for _, k := range expiryAlarms {
		kinds = append(kinds, k)
	}
	var over []Alarm
	err := s.read().each(ctx, `SELECT kind, subject FROM alarm WHERE authority_id = $1 AND cleared_at IS NULL AND kind`+in, args(string(a), list(kinds)), func(r *sql.Rows) error {
		var x Alarm
		err := r.Scan(&x.Kind, &x.Subject)
		if !open[x.Kind+" "+x.Subject] {
			over = append(over, x)
		}
		return err
	})
	for _, x := range over {
		if err == nil {
			_, err = s.ClearAlarm(ctx, a, x.Kind, x.Subject)
		}
	}
	return err
}

// urgency grows as the end comes nearer. What is leased takes months to come together.
func (x Expiring) urgency(now time.Time) Urgency {
	today, week := x.Ends.Add(-14*day), x.Ends.Add(-30*day)
	if x.Kind == LeaseEnds {
		marks := x.marks()
		today, week = marks[2].at, marks[1].at
	}
	switch {
	case !now.Before(today):
		return Today
	case !now.Before(week):
		return ThisWeek
	}
	return GoodToKnow
}

// tell writes the letter of the nearest mark that was passed, once. Marks that were passed before it, while nobody
// watched, are noted with it and not told one by one.
func (s *Store) tell(ctx context.Context, x Expiring, letter Letter) error {
	now := s.Now()
	if letter == nil || !now.Before(x.Ends) {
		return nil
	}
	return s.transact(ctx, func(c conn) error {
		nearest, fresh := 0, false
		for _, m := range x.marks() {
			if now.Before(m.at) || x.Since.After(m.at) {
				continue
			}
			var err error
			nearest = m.left
			if fresh, err = s.once(ctx, c, x.Authority, "expiry_"+x.Kind, x.Subject, fmt.Sprintf("%s/%d", x.Ends.UTC().Format(time.RFC3339), m.left)); err != nil {
				return err
			}
		}
		if !fresh {
			return nil
		}
		return s.writeTo(ctx, c, x.Authority, "expiry", x.Email, func(language string) (string, string) { return letter(language, nearest, x) })
	})
}

// once notes that something is about to be told, and reports whether it never was.
func (s *Store) once(ctx context.Context, c conn, a school.AuthorityID, kind, subject, mark string) (bool, error) {
	n, err := c.exec(ctx, `INSERT INTO notice (authority_id, kind, subject, mark, told_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		string(a), kind, subject, mark, s.Now().UnixMicro())
	return n > 0, err
}

// recipient is somebody to write to.
type recipient struct{ email, language string }

// writeTo writes to those who look after an authority, or after the installation, and to one more address.
func (s *Store) writeTo(ctx context.Context, c conn, a school.AuthorityID, kind, also string, text func(language string) (subject, body string)) error {
	to, err := s.caretakers(ctx, c, a)
	if err != nil {
		return err
	}
	if also != "" && !slices.ContainsFunc(to, func(r recipient) bool { return r.email == also }) {
		to = append(to, recipient{email: also})
	}
	for _, r := range to {
		subject, body := text(r.language)
		if err := s.mail(ctx, c, a, kind, r.email, subject, body); err != nil {
			return err
		}
	}
	return nil
}

// caretakers are the administrators of an authority who can be written to, or the operators where there are none; of the
// installation the operators, or the administrators where there are none.
func (s *Store) caretakers(ctx context.Context, c conn, a school.AuthorityID) (out []recipient, err error) {
	now := s.Now().UnixMicro()
	people := func(cond string, a ...any) error {
		return c.each(ctx, `SELECT DISTINCT p.email, p.language FROM account p JOIN role_grant g ON g.account_id = p.id
			WHERE NOT p.disabled AND p.email <> '' AND g.from_at <= $1 AND (g.until_at IS NULL OR g.until_at > $1) AND `+cond+` ORDER BY p.email`, append(args(now), a...), func(r *sql.Rows) error {
			var x recipient
			err := r.Scan(&x.email, &x.language)
			out = append(out, x)
			return err
		})
	}
	operators := func() error { return people(`g.role = 'operator' AND g.authority_id IS NULL`) }
	if a == "" {
		if err = operators(); err == nil && len(out) == 0 {
			err = people(`g.role = 'authority_admin'`)
		}
		return out, err
	}
	if err = people(`g.role = 'authority_admin' AND g.authority_id = $2`, string(a)); err == nil && len(out) == 0 {
		err = operators()
	}
	return out, err
}

// own is what is remembered of this server's certificate.
type own struct {
	Host  string    `json:"host"`
	Ends  time.Time `json:"ends"`
	Since time.Time `json:"since,omitzero"` // from when on its end matters
}

func (s *Store) ownCertificate(ctx context.Context, c conn) (x Expiring, found bool, err error) {
	var o own
	found, err = c.one(ctx, `SELECT value FROM world WHERE name = 'tls'`, nil, fromJSON(&o))
	return Expiring{Kind: TLSEnds, Subject: o.Host, Name: o.Host, Ends: o.Ends, Since: o.Since}, found && !o.Ends.IsZero(), err
}

// OwnCertificateEnds says until when this server's own certificate is good, if anybody looked.
func (s *Store) OwnCertificateEnds(ctx context.Context) (ends time.Time, known bool, err error) {
	x, known, err := s.ownCertificate(ctx, s.read())
	return x.Ends, known, err
}

// WatchTLS keeps until when this server's own certificate is good, for the start page, and writes to the operators at each mark.
// Certificates that live for weeks are renewed by machines, when a third of their life is left: before that nobody is told.
func (s *Store) WatchTLS(ctx context.Context, host string, began, ends time.Time, letter Letter) error {
	o := own{Host: host, Ends: ends.UTC(), Since: ends.Add(-(ends.Sub(began) / 10 * 3)).UTC()}
	err := s.remember(ctx, "tls", func(conn) (any, error) { return o, nil })
	if err != nil {
		return err
	}
	return s.tell(ctx, Expiring{Kind: TLSEnds, Subject: host, Name: host, Ends: o.Ends, Since: o.Since}, letter)
}

// BackupFailed notes that a copy could not be made or did not come back, and writes to the operators, once a day.
func (s *Store) BackupFailed(ctx context.Context, text func(language string) (subject, body string)) error {
	now := s.Now()
	if err := s.NoteBackup(ctx, func(b *BackupState) { b.Failed = now }); err != nil || text == nil {
		return err
	}
	return s.transact(ctx, func(c conn) error {
		fresh, err := s.once(ctx, c, "", "backup_failed", "", now.In(Berlin).Format(time.DateOnly))
		if err != nil || !fresh {
			return err
		}
		return s.writeTo(ctx, c, "", "backup_failed", "", text)
	})
}
