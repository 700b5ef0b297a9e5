package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "account.created", "account.changed", "account.disabled", "account.enabled", "account.link_made",
	"account.password_set", "account.signed_in", "account.sign_in_failed", "account.entered", "account.signed_out_everywhere")

// LinkFor is how long a set-up link can be used.
const LinkFor = 7 * 24 * time.Hour

// Account is somebody who can sign in. An account belongs to one authority and may hold roles in others; the account of
// an operator of the whole installation belongs to none.
//
// Nobody ever sets a password for somebody else: who makes an account, or a new link for one, gets a secret that works
// once and for LinkFor, and its owner chooses the password. Nothing about accounts can be undone, because an undo would
// go around the rules of granting; what was wrong is changed anew.
type Account struct {
	ID        school.AccountID
	Authority school.AuthorityID
	Login     string
	Name      string
	Email     string
	Language  string
	Disabled  bool
	Ready     bool // has a password
	Second    bool // and a second factor: App, Passkeys or both
	App       bool // one-time codes
	Passkeys  int
	Provider  string    // name of the provider it comes by, instead of a password; of one that was removed its issuer
	LinkUntil time.Time // of an unused set-up link
	Created   time.Time
	Grants    []AccountGrant // at the authority the reader works in; an operator's installation-wide ones too
}

const accountColumns = `a.id, a.authority_id, a.login, a.name, a.email, a.language, a.disabled, a.password <> '', a.setup_until, a.created_at,
	EXISTS (SELECT 1 FROM second_factor f WHERE f.account_id = a.id AND f.secret_sealed IS NOT NULL), (SELECT count(*) FROM passkey k WHERE k.account_id = a.id), COALESCE((SELECT p.name FROM provider p WHERE p.id = a.provider_id), a.issuer)`

func scanAccount(r *sql.Rows, a *Account, rest ...any) error {
	err := r.Scan(append([]any{text(&a.ID), text(&a.Authority), &a.Login, &a.Name, &a.Email, &a.Language, &a.Disabled, &a.Ready,
		stamp(&a.LinkUntil), stamp(&a.Created), &a.App, &a.Passkeys, &a.Provider}, rest...)...)
	a.Second = a.App || a.Passkeys > 0
	return err
}

func (a *Account) clean() error {
	a.Login, a.Email, a.Language = strings.TrimSpace(a.Login), strings.TrimSpace(a.Email), strings.TrimSpace(a.Language)
	var err error
	if a.Name, err = cleanName("name", a.Name); err != nil {
		return err
	}
	switch {
	case a.Login == "":
		return school.Refuse("login", "required")
	case len(a.Login) > 200 || strings.ContainsAny(a.Login, " \t\r\n\x00"):
		return school.Refuse("login", "login_form")
	case len(a.Email) > 254 || strings.ContainsAny(a.Email, "\r\n\x00") || (a.Email != "" && !strings.Contains(a.Email, "@")):
		return school.Refuse("email", "email_form")
	case a.Language != "" && a.Language != "de" && a.Language != "en":
		return school.Refuse("language", "choice")
	}
	return nil
}

// row is a new account with its set-up link.
func (a Account) row(now time.Time, link string) row {
	return row{"id": string(a.ID), "login": a.Login, "login_fold": school.Fold(a.Login), "name": a.Name, "name_fold": school.Fold(a.Name), "email": a.Email,
		"password": "", "setup_hash": Digest(link), "setup_until": micros(now.Add(LinkFor)), "language": a.Language,
		"disabled": false, "created_at": micros(now)}
}

// CreateAccount makes an account of the actor's authority with its first roles. It returns the secret of the set-up link.
func (s *Store) CreateAccount(ctx context.Context, by school.Actor, a Account, grants []school.Grant) (id school.AccountID, link string, err error) {
	if err := a.clean(); err != nil {
		return "", "", err
	}
	a.ID, link = NewID[school.AccountID](), Secret(32)
	ev := event{name: "account.created", verb: school.Accounts, subject: "account", id: string(a.ID), final: true}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.insert("account", a.row(tx.now, link)); err != nil {
			return err
		}
		roles := []string{}
		for _, g := range grants {
			if _, err := tx.grant(a.ID, g); err != nil {
				return err
			}
			roles = append(roles, string(g.Role))
		}
		tx.event.detail = map[string]any{"roles": roles}
		return nil
	})
	if err != nil {
		return "", "", taken(err, "login", "login_taken")
	}
	return a.ID, link, nil
}

// CreateOperator makes an operator of the whole installation. Only one of them, or the server itself, may; every
// authority's chain says so.
func (s *Store) CreateOperator(ctx context.Context, by school.Actor, a Account) (id school.AccountID, link string, err error) {
	if !by.Can(school.Provision, school.Where{}) {
		return "", "", school.Deny(school.Provision)
	}
	if err := a.clean(); err != nil {
		return "", "", err
	}
	a.ID, link = NewID[school.AccountID](), Secret(32)
	err = s.transact(ctx, func(c conn) error {
		tx := &Tx{conn: c, ctx: ctx, s: s, now: s.Now()}
		if err := tx.put("account", a.row(tx.now, link)); err != nil {
			return err
		}
		if err := tx.put("role_grant", row{"id": newID(), "account_id": string(a.ID), "role": string(school.Operator), "from_at": micros(tx.now)}); err != nil {
			return err
		}
		return s.noteEverywhere(ctx, c, by, event{name: "account.created", subject: "account", id: string(a.ID),
			detail: map[string]any{"roles": []string{string(school.Operator)}}})
	})
	if err != nil {
		return "", "", taken(err, "login", "login_taken")
	}
	return a.ID, link, nil
}

// FirstLink is what a server prints when nobody can sign in yet: it makes the first operator, or a new link for one
// that never used the old. It returns an empty link as soon as one account has a password.
func (s *Store) FirstLink(ctx context.Context, login, name string) (string, error) {
	var ready, there int64
	if _, err := s.read().one(ctx, `SELECT (SELECT count(*) FROM account WHERE password <> ''), (SELECT count(*) FROM account)`, nil, &ready, &there); err != nil {
		return "", err
	}
	if ready > 0 {
		return "", nil
	}
	root := school.System("start", "")
	if there == 0 {
		_, link, err := s.CreateOperator(ctx, root, Account{Login: login, Name: name})
		return link, err
	}
	var id school.AccountID
	if _, err := s.read().one(ctx, `SELECT id FROM account WHERE authority_id IS NULL ORDER BY created_at, id LIMIT 1`, nil, text(&id)); err != nil {
		return "", err
	}
	if id == "" {
		return "", nil
	}
	return s.NewLink(ctx, root, id)
}

// account reads one account the actor may manage: of its authority, or an operator's for an operator of everything.
func (s *Store) account(ctx context.Context, by school.Actor, id school.AccountID) (Account, error) {
	var a Account
	err := s.read().each(ctx, `SELECT `+accountColumns+` FROM account a WHERE a.id = $1`, args(string(id)), func(r *sql.Rows) error { return scanAccount(r, &a) })
	if err != nil {
		return a, err
	}
	all := by.Can(school.Provision, school.Where{})
	if a.ID == "" || (a.Authority == "" && !all) || (a.Authority != "" && a.Authority != by.Tenant) {
		return Account{}, school.Missing("account")
	}
	if a.Authority != "" && !by.Can(school.Accounts, school.Where{Authority: by.Tenant}) {
		return Account{}, school.Missing("account")
	}
	return a, nil
}

// changeAccount changes one account at its home; fn says which columns. An operator's account has no home: every
// authority's chain gets the entry.
func (s *Store) changeAccount(ctx context.Context, by school.Actor, a Account, ev event, fn func(tx *Tx, r row) (row, error)) error {
	ev.verb, ev.subject, ev.id, ev.final = school.Accounts, "account", string(a.ID), true
	change := func(tx *Tx) error {
		r, err := tx.fetch("account", ev.id)
		if err != nil {
			return err
		}
		if r == nil {
			return school.Missing("account")
		}
		set, err := fn(tx, r)
		if err != nil || len(set) == 0 {
			return err
		}
		return tx.change("account", ev.id, r, set)
	}
	if a.Authority != "" {
		by.Tenant = a.Authority
		_, err := s.write(ctx, by, ev, change)
		return err
	}
	return s.transact(ctx, func(c conn) error {
		e := ev
		if err := change(&Tx{conn: c, ctx: ctx, s: s, now: s.Now(), by: school.System("account", ""), event: &e}); err != nil {
			return err
		}
		return s.noteEverywhere(ctx, c, by, e)
	})
}

// ChangeAccount writes name, login, e-mail address and language.
func (s *Store) ChangeAccount(ctx context.Context, by school.Actor, a Account) error {
	if err := a.clean(); err != nil {
		return err
	}
	is, err := s.account(ctx, by, a.ID)
	if err != nil {
		return err
	}
	if is.Provider != "" {
		return school.Clash("account_of_provider", is.Provider)
	}
	err = s.changeAccount(ctx, by, is, event{name: "account.changed"}, func(tx *Tx, r row) (row, error) {
		return row{"name": a.Name, "name_fold": school.Fold(a.Name), "login": a.Login, "login_fold": school.Fold(a.Login), "email": a.Email, "language": a.Language}, tx.outranks(by, a.ID)
	})
	return taken(err, "login", "login_taken")
}

// SetLanguage keeps the language in which the actor reads.
func (s *Store) SetLanguage(ctx context.Context, by school.Actor, language string) error {
	if language != "" && language != "de" && language != "en" {
		return school.Refuse("language", "choice")
	}
	is, err := s.self(ctx, by)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, school.System("account", is.Authority), is, event{name: "account.changed"}, func(*Tx, row) (row, error) {
		return row{"language": language}, nil
	})
}

// self is the account of a person who acts on it.
func (s *Store) self(ctx context.Context, by school.Actor) (Account, error) {
	var a Account
	if by.Kind != school.PersonActor {
		return a, school.Missing("account")
	}
	err := s.read().each(ctx, `SELECT `+accountColumns+` FROM account a WHERE a.id = $1 AND NOT a.disabled`, args(string(by.Account)),
		func(r *sql.Rows) error { return scanAccount(r, &a) })
	if err == nil && a.ID == "" {
		err = school.Missing("account")
	}
	return a, err
}

// DisableAccount ends every session of an account and lets nobody sign in with it any more; API tokens it made rest too.
// The last administrator of an authority stays.
func (s *Store) DisableAccount(ctx context.Context, by school.Actor, id school.AccountID) error {
	return s.setDisabled(ctx, by, id, "account.disabled", true)
}

// EnableAccount lets it sign in again.
func (s *Store) EnableAccount(ctx context.Context, by school.Actor, id school.AccountID) error {
	return s.setDisabled(ctx, by, id, "account.enabled", false)
}

func (s *Store) setDisabled(ctx context.Context, by school.Actor, id school.AccountID, name string, disabled bool) error {
	is, err := s.account(ctx, by, id)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, by, is, event{name: name}, func(tx *Tx, r row) (row, error) {
		if !disabled {
			return row{"disabled": false}, tx.outranks(by, id)
		}
		grants, err := tx.grantsOf(id)
		if err != nil {
			return nil, err
		}
		for _, g := range grants {
			if g.Role == school.AuthorityAdmin {
				if err := tx.keepsAdmin(g.Authority, id, ""); err != nil {
					return nil, err
				}
			}
		}
		return row{"disabled": true}, s.endAll(ctx, tx.conn, id, "")
	})
}

// NewLink makes a new set-up link for an account whose owner lost the old one, or the password. The password in force
// stays so until the link is used. Who could not grant what the account may do cannot get into it this way either.
func (s *Store) NewLink(ctx context.Context, by school.Actor, id school.AccountID) (string, error) {
	is, err := s.account(ctx, by, id)
	if err != nil {
		return "", err
	}
	if is.Provider != "" {
		return "", school.Clash("account_of_provider", is.Provider)
	}
	link := Secret(32)
	err = s.changeAccount(ctx, by, is, event{name: "account.link_made"}, func(tx *Tx, r row) (row, error) {
		return row{"setup_hash": Digest(link), "setup_until": micros(tx.now.Add(LinkFor))}, tx.outranks(by, id)
	})
	if err != nil {
		return "", err
	}
	return link, nil
}

// LinkedAccount is the account a set-up link belongs to, for the page that asks for the password.
func (s *Store) LinkedAccount(ctx context.Context, link string) (Account, error) {
	var a Account
	err := s.read().each(ctx, `SELECT `+accountColumns+` FROM account a WHERE a.setup_hash = $1 AND a.setup_until > $2 AND NOT a.disabled`,
		args(Digest(link), s.Now().UnixMicro()), func(r *sql.Rows) error { return scanAccount(r, &a) })
	if err == nil && a.ID == "" {
		err = school.Refuse("link", "link_over")
	}
	return a, err
}

// SetPassword uses a set-up link up. Every session of the account ends, and failed sign-ins are forgotten.
func (s *Store) SetPassword(ctx context.Context, link, password string) (school.AccountID, error) {
	a, err := s.LinkedAccount(ctx, link)
	if err != nil {
		return "", err
	}
	if err := checkPassword(password, a.Login); err != nil {
		return "", err
	}
	phc, err := hashPassword(ctx, password)
	if err != nil {
		return "", err
	}
	err = s.changeAccount(ctx, school.System("set-up link", a.Authority), a, event{name: "account.password_set"}, func(tx *Tx, r row) (row, error) {
		if r.str("setup_hash") != Digest(link) { // used meanwhile
			return nil, school.Refuse("link", "link_over")
		}
		return row{"password": phc, "setup_hash": "", "setup_until": nil}, s.freshStart(ctx, tx.conn, a, "")
	})
	if err != nil {
		return "", err
	}
	return a.ID, nil
}

// ChangePassword sets a new password for the actor itself, who must know the old one. Every other session ends; keep is
// the secret of the one that stays.
func (s *Store) ChangePassword(ctx context.Context, by school.Actor, old, password, keep string) error {
	a, err := s.self(ctx, by)
	if err != nil {
		return err
	}
	if err := checkPassword(password, a.Login); err != nil {
		return err
	}
	if err := s.mayTry(ctx, a.Login); err != nil {
		return err
	}
	var phc string
	if _, err := s.read().one(ctx, `SELECT password FROM account WHERE id = $1`, args(string(a.ID)), &phc); err != nil {
		return err
	}
	ok, err := passwordIs(ctx, phc, old)
	if err != nil {
		return err
	}
	if !ok {
		return school.Refuse("old", "password_wrong")
	}
	next, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, school.System("account", a.Authority), a, event{name: "account.password_set"}, func(tx *Tx, r row) (row, error) {
		if r.str("password") != phc {
			return nil, school.Refuse("old", "password_wrong")
		}
		return row{"password": next, "setup_hash": "", "setup_until": nil}, s.freshStart(ctx, tx.conn, a, keep)
	})
}

// freshStart ends the account's sessions but the one kept and forgets its failures.
func (s *Store) freshStart(ctx context.Context, c conn, a Account, keep string) error {
	if err := s.endAll(ctx, c, a.ID, keep); err != nil {
		return err
	}
	return s.forgive(ctx, c, trySignIn, Digest(school.Fold(a.Login)))
}

// endAll ends the sessions of an account but the one kept, and sign-ins that wait for a second factor.
func (s *Store) endAll(ctx context.Context, c conn, id school.AccountID, keep string) error {
	if _, err := c.exec(ctx, `DELETE FROM session WHERE account_id = $1 AND hash <> $2`, string(id), Digest(keep)); err != nil {
		return err
	}
	_, err := c.exec(ctx, `DELETE FROM sign_in_step WHERE account_id = $1`, string(id))
	return err
}

// AccountFilter narrows and pages a list of accounts.
type AccountFilter struct {
	Text  string // login or name
	After string
	Limit int
}

// Accounts lists the accounts that belong to the actor's authority or hold a role in it, by login.
func (s *Store) Accounts(ctx context.Context, by school.Actor, f AccountFilter) (Page[Account], error) {
	if !by.Can(school.Accounts, school.Where{Authority: by.Tenant}) {
		return Page[Account]{}, school.Missing("authority")
	}
	var w where
	w.and("(a.authority_id = ? OR EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id AND g.authority_id = ? AND g.role <> 'operator'))", string(by.Tenant), string(by.Tenant))
	return s.accounts(ctx, by, w, f)
}

// Operators lists the operators of the whole installation to one of them.
func (s *Store) Operators(ctx context.Context, by school.Actor, f AccountFilter) (Page[Account], error) {
	if !by.Can(school.Provision, school.Where{}) {
		return Page[Account]{}, school.Missing("account")
	}
	var w where
	w.and("a.authority_id IS NULL")
	return s.accounts(ctx, by, w, f)
}

func (s *Store) accounts(ctx context.Context, by school.Actor, w where, f AccountFilter) (Page[Account], error) {
	w.words(f.Text, "a.login_fold", "a.name_fold")
	o := order{key: "a.login_fold", id: "a.id"}
	if err := w.page(o, f.After); err != nil {
		return Page[Account]{}, err
	}
	p, err := pageOf(ctx, s.read(), `SELECT `+accountColumns+o.columns()+` FROM account a WHERE `+w.String(), &w, o, f.Limit,
		func(r *sql.Rows, a *Account, rest ...any) error { return scanAccount(r, a, rest...) })
	if err != nil {
		return p, err
	}
	return p, s.fillGrants(ctx, by, p.Rows)
}

// Account reads one account the actor may manage, with its roles here.
func (s *Store) Account(ctx context.Context, by school.Actor, id school.AccountID) (Account, error) {
	a, err := s.account(ctx, by, id)
	if err != nil {
		return a, err
	}
	one := []Account{a}
	err = s.fillGrants(ctx, by, one)
	return one[0], err
}
