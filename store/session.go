package store

import (
	"cmp"
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// SessionRules say how long a sign-in lasts. The zero value is 8 hours without a request and 24 hours at most. A session
// keeps the rules it was made under.
type SessionRules struct {
	Idle     time.Duration
	Absolute time.Duration
}

func (r SessionRules) filled() SessionRules {
	if r.Idle <= 0 {
		r.Idle = 8 * time.Hour
	}
	if r.Absolute <= 0 {
		r.Absolute = 24 * time.Hour
	}
	return r
}

// SignIn is what somebody who wants to sign in brings. Old is the secret of the session the browser had: a new sign-in
// always gets a new secret, and the old one ends.
type SignIn struct {
	Login    string
	Password string
	Client   string // browser family, for the list of sessions; never the full header
	Old      string
	Rules    SessionRules

	passkey string // the key that opens it
}

// Session is somebody signed in. Its secret is only in the browser's cookie; ID, its digest, names it in lists.
type Session struct {
	ID          string
	Account     school.AccountID
	Login       string
	Name        string
	Language    string
	Client      string
	Provider    string // name of the provider it came by; in lists
	Passkey     string // the owner's word for the key it was opened with; in lists
	Flash       string // what the next page says once; keys and numbers, never names
	Created     time.Time
	Seen        time.Time
	Ends        time.Time
	Proven      time.Time            // its owner last proved to be there; long ago where a provider vouches for it
	Authorities []school.AuthorityID // where the account holds a role now
}

// seenEvery is how often the time of the last request is written.
const seenEvery = time.Minute

// SignIn opens a session and returns its secret for the cookie. Whoever fails learns neither whether the login exists,
// nor whether it is disabled; the answer takes as long either way. Success and failure stand in the chain of audit of
// the account's authority. An operator of everything has none: what it does is noted where it enters (ChooseAuthority).
// Nobody signs in to an authority that rests.
func (s *Store) SignIn(ctx context.Context, in SignIn) (string, error) {
	if err := s.mayTry(ctx, in.Login); err != nil {
		return "", err
	}
	login := school.Fold(in.Login)
	var id school.AccountID
	var home school.AuthorityID
	var name, phc string
	_, err := s.read().one(ctx, `SELECT id, authority_id, name, CASE WHEN disabled THEN '' ELSE password END FROM account WHERE login_fold = $1`,
		args(login), text(&id), text(&home), &name, &phc)
	if err != nil {
		return "", err
	}
	ok, err := passwordIs(ctx, phc, in.Password)
	if err != nil {
		return "", err
	}
	if !ok {
		if home != "" {
			ev := event{name: "account.sign_in_failed", subject: "account", id: string(id)}
			if err := s.transact(ctx, func(c conn) error { return s.note(ctx, c, home, school.System("sign-in", home), ev) }); err != nil {
				return "", err
			}
		}
		return "", school.Refuse("password", "sign_in_wrong")
	}
	if rests, err := s.rests(ctx, s.read(), home); err != nil || rests {
		return "", cmp.Or(err, school.Clash("tenant_rests"))
	}
	a := Account{ID: id, Authority: home, Login: in.Login, Name: name}
	secret := Secret(32)
	var step *NextStep
	err = s.transact(ctx, func(c conn) (err error) {
		if step, err = s.beginStep(ctx, c, a); err != nil || step != nil {
			return err
		}
		return s.openSession(ctx, c, a, secret, in, phc)
	})
	if err != nil {
		return "", err
	}
	if step != nil {
		return "", step
	}
	return secret, nil
}

// openSession writes the session of somebody who proved everything that was asked for, and the entry that says so. The
// account may have been disabled since it was read, or its password changed: proven, if given, is the one that was right.
func (s *Store) openSession(ctx context.Context, c conn, a Account, secret string, in SignIn, proven ...string) error {
	now, rules := s.Now(), in.Rules.filled()
	if a.Authority != "" {
		by := school.Actor{Kind: school.PersonActor, Account: a.ID, Name: a.Name, Tenant: a.Authority}
		ev := event{name: "account.signed_in", subject: "account", id: string(a.ID)}
		if in.passkey != "" {
			ev.detail = map[string]any{"passkey": in.passkey}
		}
		if err := s.note(ctx, c, a.Authority, by, ev); err != nil {
			return err
		}
	}
	cond, values := "", args(Digest(secret), cut(in.Client, 60), now.UnixMicro(), rules.Idle.Microseconds(), now.Add(rules.Absolute).UnixMicro(), string(a.ID), opt(in.passkey))
	if len(proven) > 0 {
		cond, values = " AND password = $8", append(values, proven[0])
	}
	n, err := c.exec(ctx, `INSERT INTO session (hash, account_id, authority_id, client, created_at, seen_at, idle_for, ends_at, proven_at, passkey_id)
		SELECT $1, id, authority_id, $2, CAST($3 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($3 AS BIGINT), CAST($7 AS TEXT)
		FROM account WHERE id = $6 AND NOT disabled AND password <> ''`+cond, values...)
	if err != nil {
		return err
	}
	if n == 0 {
		return school.Refuse("password", "sign_in_wrong")
	}
	if in.Old != "" {
		if _, err := c.exec(ctx, `DELETE FROM session WHERE hash = $1`, Digest(in.Old)); err != nil {
			return err
		}
	}
	return s.forgive(ctx, c, trySignIn, Digest(school.Fold(a.Login)))
}

// cut shortens what a stranger sent to n bytes of valid text.
func cut(s string, n int) string {
	for i := range s {
		if i > n {
			return s[:i]
		}
	}
	return s
}

// SessionActor says who holds a session, with the roles in force now, in one query. A session that is over, unknown or
// of a disabled account is not found. Where the authority last worked in is closed to the account meanwhile, and at
// first, the actor works in the only one it has, or in none and must choose.
func (s *Store) SessionActor(ctx context.Context, secret string) (school.Actor, Session, error) {
	now := s.Now()
	by := school.Actor{Kind: school.PersonActor}
	var x Session
	err := s.read().each(ctx, `SELECT s.hash, s.account_id, s.authority_id, s.client, s.flash, s.created_at, s.seen_at, s.ends_at, s.proven_at,
			a.login, a.name, a.language, g.role, g.authority_id, g.school_id, g.person_id, g.reason, g.from_at, g.until_at, te.suspended_at IS NOT NULL
		FROM session s JOIN account a ON a.id = s.account_id
		LEFT JOIN role_grant g ON g.account_id = s.account_id AND g.from_at <= $2 AND (g.until_at IS NULL OR g.until_at > $2)
		LEFT JOIN tenant te ON te.authority_id = g.authority_id
		WHERE s.hash = $1 AND s.ends_at > $2 AND s.seen_at + s.idle_for > $2 AND NOT a.disabled
		ORDER BY g.from_at, g.id`, args(Digest(secret), now.UnixMicro()), func(r *sql.Rows) error {
		var g school.Grant
		var rests bool
		var reason sql.NullString
		err := r.Scan(&x.ID, text(&x.Account), text(&by.Tenant), &x.Client, &x.Flash, stamp(&x.Created), stamp(&x.Seen), stamp(&x.Ends), stamp(&x.Proven),
			&x.Login, &x.Name, &x.Language, text(&g.Role), text(&g.Authority), text(&g.School),
			text(&g.Person), &reason, stamp(&g.From), stamp(&g.Until), &rests)
		g.Reason = reason.String
		if err == nil && g.Role != "" && (!rests || g.Role == school.Operator) {
			by.Grants = append(by.Grants, g)
		}
		return err
	})
	if err != nil {
		return school.Actor{}, Session{}, err
	}
	if x.ID == "" {
		return school.Actor{}, Session{}, school.Missing("session")
	}
	by.Account, by.Name = x.Account, x.Name
	seen := map[school.AuthorityID]bool{}
	for _, g := range by.Grants {
		if g.Authority != "" && !seen[g.Authority] {
			seen[g.Authority] = true
			x.Authorities = append(x.Authorities, g.Authority)
		}
	}
	if !by.Belongs(by.Tenant) {
		by.Tenant = ""
		if len(x.Authorities) == 1 && !by.Installs() {
			by.Tenant = x.Authorities[0]
		}
	}
	if now.Sub(x.Seen) >= seenEvery {
		err := s.transact(ctx, func(c conn) error {
			_, err := c.exec(ctx, `UPDATE session SET seen_at = $1 WHERE hash = $2 AND seen_at < $1`, now.UnixMicro(), x.ID)
			return err
		})
		if err != nil {
			return school.Actor{}, Session{}, err
		}
		x.Seen = now
	}
	return by, x, nil
}

// ChooseAuthority lets the session work in another authority of its account. The entering of somebody who is there with
// nothing but an operator's access is noted there.
func (s *Store) ChooseAuthority(ctx context.Context, secret string, authority school.AuthorityID) error {
	by, x, err := s.SessionActor(ctx, secret)
	if err != nil {
		return err
	}
	if !by.Belongs(authority) {
		return school.Missing("authority")
	}
	guest := true
	for _, g := range by.Grants {
		guest = guest && (g.Authority != authority || g.Role == school.Operator)
	}
	return s.transact(ctx, func(c conn) error {
		if guest && by.Tenant != authority {
			if err := s.note(ctx, c, authority, by, event{name: "account.entered", subject: "account", id: string(x.Account)}); err != nil {
				return err
			}
		}
		n, err := c.exec(ctx, `UPDATE session SET authority_id = (SELECT id FROM authority WHERE id = $1) WHERE hash = $2
			AND EXISTS (SELECT 1 FROM authority WHERE id = $1)`, string(authority), x.ID)
		if err == nil && n == 0 {
			err = school.Missing("authority")
		}
		return err
	})
}

// SetFlash keeps what the session's next page says once.
func (s *Store) SetFlash(ctx context.Context, session, flash string) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE session SET flash = $1 WHERE hash = $2`, flash, session)
		return err
	})
}

// TakeFlash takes the flash that SessionActor read; of two pages that ask at once, one gets it.
func (s *Store) TakeFlash(ctx context.Context, x Session) (bool, error) {
	var n int64
	if x.Flash == "" {
		return false, nil
	}
	err := s.transact(ctx, func(c conn) (err error) {
		n, err = c.exec(ctx, `UPDATE session SET flash = '' WHERE hash = $1 AND flash = $2`, x.ID, x.Flash)
		return err
	})
	return n > 0, err
}

// SignOut ends the session of this secret.
func (s *Store) SignOut(ctx context.Context, secret string) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `DELETE FROM session WHERE hash = $1`, Digest(secret))
		return err
	})
}

// Sessions lists the actor's own sessions that are not over, the latest used first.
func (s *Store) Sessions(ctx context.Context, by school.Actor) ([]Session, error) {
	if by.Kind != school.PersonActor {
		return nil, school.Missing("session")
	}
	var out []Session
	err := s.read().each(ctx, `SELECT x.hash, x.account_id, x.client, x.created_at, x.seen_at, x.ends_at, COALESCE(p.name, ''), COALESCE(k.name, '')
		FROM session x LEFT JOIN provider p ON p.id = x.provider_id LEFT JOIN passkey k ON k.id = x.passkey_id
		WHERE x.account_id = $1 AND x.ends_at > $2 AND x.seen_at + x.idle_for > $2 ORDER BY x.seen_at DESC, x.hash LIMIT 200`,
		args(string(by.Account), s.Now().UnixMicro()), func(r *sql.Rows) error {
			var x Session
			if err := r.Scan(&x.ID, text(&x.Account), &x.Client, stamp(&x.Created), stamp(&x.Seen), stamp(&x.Ends), &x.Provider, &x.Passkey); err != nil {
				return err
			}
			out = append(out, x)
			return nil
		})
	return out, err
}

// EndSession ends one session of the actor's own.
func (s *Store) EndSession(ctx context.Context, by school.Actor, id string) error {
	if by.Kind != school.PersonActor {
		return school.Missing("session")
	}
	return s.transact(ctx, func(c conn) error {
		n, err := c.exec(ctx, `DELETE FROM session WHERE hash = $1 AND account_id = $2`, id, string(by.Account))
		if err == nil && n == 0 {
			err = school.Missing("session")
		}
		return err
	})
}

// EndSessions ends every session of the actor's own but the one with the id keep.
func (s *Store) EndSessions(ctx context.Context, by school.Actor, keep string) (int, error) {
	a, err := s.self(ctx, by)
	if err != nil {
		return 0, err
	}
	var n int64
	err = s.transact(ctx, func(c conn) error {
		if a.Authority != "" {
			ev := event{name: "account.signed_out_everywhere", subject: "account", id: string(a.ID)}
			if err := s.note(ctx, c, a.Authority, by, ev); err != nil {
				return err
			}
		}
		n, err = c.exec(ctx, `DELETE FROM session WHERE account_id = $1 AND hash <> $2`, string(a.ID), keep)
		return err
	})
	return int(n), err
}
