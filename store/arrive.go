package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "account.known", "account.mapped", "account.no_role", "account.signed_out_there")

// maxHint is how long a token may be to be kept: it travels in an address when somebody signs out.
const maxHint = 6000

// PendingFor is how long somebody may take at a provider.
const PendingFor = 15 * time.Minute

// Kinds of what is taken once.
const (
	spentAnswer = "answer" // of a provider: digest of its state
	spentLogout = "logout" // logout token: provider and jti
)

// Pending is a sign-in under way at a provider. It travels sealed in the browser's cookie, bound to the state that
// travels by the provider: an answer counts in the browser that asked, once, and nothing is kept here for those who
// never come back.
type Pending struct {
	Provider school.ProviderID
	Nonce    string
	Verifier string // of PKCE
	Next     string // where to go then
	Until    time.Time
}

// BeginPending seals a sign-in. state goes to the provider, kept into the cookie.
func (s *Store) BeginPending(p school.Provider, x Pending) (state, kept string) {
	state = Secret(24)
	x.Provider, x.Until = p.ID, s.Now().Add(PendingFor)
	sealed := s.seal(pendingCell(p.Authority, state), []byte(toJSON(x)))
	return state, string(p.Authority) + "." + base64.RawURLEncoding.EncodeToString(sealed)
}

func pendingCell(a school.AuthorityID, state string) cell {
	return cell{a, "pending", "sign_in", Digest(state)}
}

// TakePending opens what BeginPending sealed for this state, once. Every way in which it is not ours, over, or was taken
// already is the same refusal.
func (s *Store) TakePending(ctx context.Context, state, kept string) (Pending, error) {
	var x Pending
	over := school.Refuse("state", "sign_in_over")
	authority, body, ok := strings.Cut(kept, ".")
	sealed, err := base64.RawURLEncoding.DecodeString(body)
	if !ok || err != nil || state == "" || len(kept) > 8000 {
		return x, over
	}
	plain, err := s.open(pendingCell(school.AuthorityID(authority), state), sealed)
	if err != nil || json.Unmarshal(plain, &x) != nil || !s.Now().Before(x.Until) {
		return Pending{}, over
	}
	first, err := s.spend(ctx, spentAnswer, Digest(state), x.Until)
	if err != nil || !first {
		return Pending{}, orElse(err, over)
	}
	return x, nil
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// spend takes something for the first time, or says that it was taken before.
func (s *Store) spend(ctx context.Context, kind, hash string, until time.Time) (first bool, err error) {
	err = s.transact(ctx, func(c conn) error {
		n, err := c.exec(ctx, `INSERT INTO spent (kind, hash, ends_at) VALUES ($1, $2, $3) ON CONFLICT (kind, hash) DO NOTHING`, kind, hash, until.UnixMicro())
		first = n > 0
		return err
	})
	return first, err
}

// Arrival is somebody a provider vouches for: its token was verified, and everything here is out of it.
type Arrival struct {
	Provider school.Provider // as it was read for this sign-in
	Subject  string
	Name     string
	Email    string // only if the provider says it was verified
	Claims   school.Claims
	SID      string // the provider's name of its session
	IDToken  string // to sign out there too
	Client   string
	Old      string
	Rules    SessionRules
}

// Arrive signs in by a provider and returns the secret of the session. The account is that of this issuer and subject in
// this authority: an address or a name is never a key, because a provider may give both away again. Roles follow the
// claims: what they no longer say ends with this sign-in, what a person gave stays. Who gets no role gets no session
// (Denied, "provider_no_role"), and for somebody new no account is made: a school has hundreds of pupils who may try.
func (s *Store) Arrive(ctx context.Context, a Arrival) (string, error) {
	p := a.Provider
	if a.Subject == "" || len(a.Subject) > 255 || hasControl(a.Subject) {
		return "", school.Refuse("subject", "sign_in_over")
	}
	if err := s.keepClaims(ctx, p, a.Claims); err != nil {
		return "", err
	}
	id, roles, err := s.match(ctx, a)
	if err != nil {
		return "", err
	}
	if roles == 0 {
		if id != "" {
			ev := event{name: "account.no_role", subject: "account", id: string(id), detail: map[string]any{"provider": string(p.ID)}}
			if err := s.transact(ctx, func(c conn) error {
				if _, err := c.exec(ctx, `DELETE FROM session WHERE account_id = $1`, string(id)); err != nil {
					return err
				}
				return s.note(ctx, c, p.Authority, school.System("sign-in", p.Authority), ev)
			}); err != nil {
				return "", err
			}
		}
		return "", &school.Error{Kind: school.Denied, Code: "provider_no_role"}
	}
	secret := Secret(32)
	rules := a.Rules.filled()
	err = s.transact(ctx, func(c conn) error {
		now := s.Now()
		by := school.Actor{Kind: school.PersonActor, Account: id, Tenant: p.Authority}
		if _, err := c.one(ctx, `SELECT name FROM account WHERE id = $1`, args(string(id)), &by.Name); err != nil {
			return err
		}
		if err := s.note(ctx, c, p.Authority, by, event{name: "account.signed_in", subject: "account", id: string(id), detail: map[string]any{"provider": string(p.ID)}}); err != nil {
			return err
		}
		var token []byte
		if a.IDToken != "" && len(a.IDToken) <= maxHint {
			token = s.seal(cell{p.Authority, "session", "id_token", Digest(secret)}, []byte(a.IDToken))
		}
		sid := ""
		if a.SID != "" {
			sid = Digest(a.SID)
		}
		// The account may have been disabled, or the provider, since they were read.
		n, err := c.exec(ctx, `INSERT INTO session (hash, account_id, authority_id, client, created_at, seen_at, idle_for, ends_at, provider_id, sid, id_token_sealed)
			SELECT $1, a.id, a.authority_id, $2, CAST($3 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), p.id, $6, $7
			FROM account a JOIN provider p ON p.id = a.provider_id AND p.enabled AND p.issuer = a.issuer
			WHERE a.id = $8 AND p.id = $9 AND NOT a.disabled`,
			Digest(secret), cut(a.Client, 60), now.UnixMicro(), rules.Idle.Microseconds(), now.Add(rules.Absolute).UnixMicro(), sid, token, string(id), string(p.ID))
		if err == nil && n == 0 {
			err = school.Refuse("state", "sign_in_over")
		}
		if err == nil && a.Old != "" {
			_, err = c.exec(ctx, `DELETE FROM session WHERE hash = $1`, Digest(a.Old))
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// acquaintance is what is kept of somebody who came by a provider before.
type acquaintance struct {
	id          school.AccountID
	name, email string
	provider    school.ProviderID
	disabled    bool
	grants      []AccountGrant // in force now or later
	by          map[GrantID]school.ProviderID
}

// match brings account and roles in step with a token, and says how many roles hold. A sign-in that changes nothing
// writes nothing: nobody's plan grows old because somebody signed in.
func (s *Store) match(ctx context.Context, a Arrival) (id school.AccountID, roles int, err error) {
	p := a.Provider
	name, nerr := cleanName("name", a.Name)
	if nerr != nil || hasControl(name) {
		name = p.Name + " " + Digest(a.Subject)[:8]
	}
	if !looksLikeEmail(a.Email) || len(a.Email) > 254 || hasControl(a.Email) {
		a.Email = ""
	}
	wants := p.Map(a.Claims).Grants
	k, err := s.knownBy(ctx, s.read(), p, a.Subject)
	if err != nil {
		return "", 0, err
	}
	if k.disabled {
		return "", 0, school.Refuse("state", "account_disabled")
	}
	if k.id == "" && len(wants) == 0 {
		return "", 0, nil
	}
	if k.id != "" && k.name == name && k.email == a.Email && k.provider == p.ID && k.holds(p.ID, wants) {
		return k.id, k.inForce(s.Now()), nil
	}
	ev := event{name: "account.mapped", verb: school.Accounts, subject: "account", final: true}
	_, err = s.write(ctx, school.System("sign-in", p.Authority), ev, func(tx *Tx) error {
		k, err := s.knownBy(ctx, tx.conn, p, a.Subject)
		if err != nil {
			return err
		}
		// The rules may have changed since: the roles are those of now.
		now, _, err := tx.provider(p.ID)
		if err != nil || !now.Enabled || now.Issuer != p.Issuer {
			return orElse(err, school.Refuse("state", "sign_in_over"))
		}
		wants := now.Map(a.Claims).Grants
		if id = k.id; id == "" {
			id = NewID[school.AccountID]()
			tx.event.name = "account.known"
			err = tx.insert("account", row{"id": string(id), "login": "sso-" + string(id), "login_fold": "sso-" + string(id), "name": name, "name_fold": school.Fold(name), "email": a.Email,
				"issuer": p.Issuer, "subject": a.Subject, "provider_id": string(p.ID), "disabled": false, "created_at": micros(tx.now)})
		} else {
			err = tx.update("account", string(id), row{"name": name, "name_fold": school.Fold(name), "email": a.Email, "provider_id": string(p.ID)})
		}
		if err != nil {
			return err
		}
		tx.event.id, tx.event.detail = string(id), map[string]any{"provider": string(p.ID)}
		roles, err = tx.bring(id, p.ID, k, wants, func(at school.SchoolID) (school.PersonID, error) {
			return tx.theTeacher(id, at, a.Subject, a.Email, name)
		})
		return err
	})
	return id, roles, err
}

// bring gives the roles a provider's claims say and ends those they no longer say. who says which person a teacher is.
func (tx *Tx) bring(id school.AccountID, p school.ProviderID, k acquaintance, wants []school.Grant, who func(school.SchoolID) (school.PersonID, error)) (roles int, err error) {
	var gave, ended []string
	for _, g := range k.grants {
		if k.by[g.ID] != p || slices.ContainsFunc(wants, g.sameAs) {
			if g.Holds(tx.now) {
				roles++
			}
			continue
		}
		ended = append(ended, string(g.Role))
		// An authority does not lose its last administrator here: only those with a password count as such.
		if err := tx.update("role_grant", string(g.ID), row{"until_at": micros(tx.now)}); err != nil {
			return 0, err
		}
	}
	for _, w := range wants {
		if slices.ContainsFunc(k.grants, func(g AccountGrant) bool { return k.by[g.ID] == p && g.sameAs(w) }) {
			continue
		}
		if w.School != "" {
			if err := tx.providerSchool(w.School); school.KindOf(err) == school.NotFound {
				continue // a rule about a school that is gone gives nothing
			} else if err != nil {
				return 0, err
			}
		}
		if w.Role == school.TeacherRole {
			if w.Person, err = who(w.School); err != nil {
				return 0, err
			}
		}
		gave = append(gave, string(w.Role))
		roles++
		if err := tx.insert("role_grant", row{"id": newID(), "account_id": string(id), "role": string(w.Role), "authority_id": string(tx.authority),
			"school_id": opt(w.School), "person_id": opt(w.Person), "from_at": micros(tx.now), "until_at": nil, "provider_id": string(p)}); err != nil {
			return 0, err
		}
	}
	tx.event.detail["given"], tx.event.detail["ended"] = len(gave), len(ended)
	return roles, nil
}

func (g AccountGrant) sameAs(w school.Grant) bool {
	return g.Role == w.Role && g.Authority == w.Authority && g.School == w.School && g.Until.IsZero()
}

// holds reports whether the provider's roles are these, no more and no less.
func (k acquaintance) holds(p school.ProviderID, wants []school.Grant) bool {
	n := 0
	for _, g := range k.grants {
		if k.by[g.ID] != p {
			continue
		}
		if !slices.ContainsFunc(wants, g.sameAs) {
			return false
		}
		n++
	}
	return n == len(wants)
}

func (k acquaintance) inForce(now time.Time) (n int) {
	for _, g := range k.grants {
		if g.Holds(now) {
			n++
		}
	}
	return n
}

func (s *Store) knownBy(ctx context.Context, c conn, p school.Provider, subject string) (acquaintance, error) {
	k := acquaintance{by: map[GrantID]school.ProviderID{}}
	found, err := c.one(ctx, `SELECT id, name, email, provider_id, disabled FROM account WHERE authority_id = $1 AND issuer = $2 AND issuer <> '' AND subject = $3`,
		args(string(p.Authority), p.Issuer, subject), text(&k.id), &k.name, &k.email, text(&k.provider), &k.disabled)
	if err != nil || !found {
		return k, err
	}
	return k, c.each(ctx, `SELECT id, role, authority_id, school_id, from_at, until_at, provider_id FROM role_grant WHERE account_id = $1 AND (until_at IS NULL OR until_at > $2) ORDER BY from_at, id`,
		args(string(k.id), s.Now().UnixMicro()), func(r *sql.Rows) error {
			var g AccountGrant
			var by school.ProviderID
			if err := r.Scan(text(&g.ID), text(&g.Role), text(&g.Authority), text(&g.School), stamp(&g.From), stamp(&g.Until), text(&by)); err != nil {
				return err
			}
			k.grants, k.by[g.ID] = append(k.grants, g), by
			return nil
		})
}

// SessionAway is what a sign-out needs to sign out at the provider as well; empty for a session by password.
type SessionAway struct {
	Provider school.Provider
	IDToken  string
}

// SignOutAway ends the session of this secret and says by which provider it came.
func (s *Store) SignOutAway(ctx context.Context, secret string) (SessionAway, error) {
	var x SessionAway
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT `+providerColumns+`, s.id_token_sealed FROM session s JOIN provider p ON p.id = s.provider_id WHERE s.hash = $1`,
		args(Digest(secret)), append(providerFields(&x.Provider), &sealed)...)
	if err == nil && found {
		var token []byte
		token, err = s.open(cell{x.Provider.Authority, "session", "id_token", Digest(secret)}, sealed)
		x.IDToken = string(token)
	}
	if err != nil {
		return SessionAway{}, err
	}
	return x, s.SignOut(ctx, secret)
}

// SignedOutThere ends the sessions a provider says are over: those of its session sid, or without one all of its
// subject. A logout token counts once. It returns how many ended.
func (s *Store) SignedOutThere(ctx context.Context, p school.Provider, subject, sid, tokenID string, until time.Time) (int, error) {
	first, err := s.spend(ctx, spentLogout, Digest(string(p.ID)+"\x00"+tokenID), until)
	if err != nil || !first {
		return 0, orElse(err, school.Refuse("logout_token", "sign_in_over"))
	}
	ended := 0
	err = s.transact(ctx, func(c conn) error {
		ended = 0
		cond, a := `provider_id = $1 AND sid = $2`, args(string(p.ID), Digest(sid))
		if subject != "" {
			cond = `provider_id = $1 AND account_id IN (SELECT id FROM account WHERE authority_id = $2 AND issuer = $3 AND issuer <> '' AND subject = $4)`
			a = args(string(p.ID), string(p.Authority), p.Issuer, subject)
			if sid != "" {
				cond += ` AND sid = $5`
				a = append(a, Digest(sid))
			}
		}
		var of []string
		if err := c.each(ctx, `DELETE FROM session WHERE `+cond+` RETURNING account_id`, a, func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			of = append(of, id)
			return err
		}); err != nil {
			return err
		}
		ended = len(of)
		slices.Sort(of)
		for _, id := range slices.Compact(of) {
			ev := event{name: "account.signed_out_there", subject: "account", id: id, detail: map[string]any{"provider": string(p.ID)}}
			if err := s.note(ctx, c, p.Authority, school.System("back-channel", p.Authority), ev); err != nil {
				return err
			}
		}
		return nil
	})
	return ended, err
}
