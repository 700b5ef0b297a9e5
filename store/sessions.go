package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "account.session_ended", "account.sessions_ended")

// SessionFilter narrows and pages a list of sessions.
type SessionFilter struct {
	Account school.AccountID // of this one alone
	After   string
	Limit   int
}

// AccountSessions lists who of the accounts of the actor's authority is signed in, the latest used first.
func (s *Store) AccountSessions(ctx context.Context, by school.Actor, f SessionFilter) (Page[Session], error) {
	if !by.Can(school.Accounts, school.Where{Authority: by.Tenant}) {
		return Page[Session]{}, school.Missing("authority")
	}
	var w where
	now := s.Now().UnixMicro()
	w.and("a.authority_id = ?", string(by.Tenant))
	w.and("x.ends_at > ?", now)
	w.and("x.seen_at + x.idle_for > ?", now)
	if f.Account != "" {
		w.and("x.account_id = ?", string(f.Account))
	}
	o := order{key: "x.seen_at", id: "x.hash", desc: true}
	if err := w.page(o, f.After); err != nil {
		return Page[Session]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT x.hash, x.account_id, x.client, x.created_at, x.seen_at, x.ends_at, a.login, a.name, COALESCE(p.name, ''), COALESCE(k.name, '')`+o.columns()+`
		FROM session x JOIN account a ON a.id = x.account_id LEFT JOIN provider p ON p.id = x.provider_id LEFT JOIN passkey k ON k.id = x.passkey_id WHERE `+w.String(), &w, o, f.Limit,
		func(r *sql.Rows, x *Session, rest ...any) error {
			return r.Scan(append([]any{&x.ID, text(&x.Account), &x.Client, stamp(&x.Created), stamp(&x.Seen), stamp(&x.Ends), &x.Login, &x.Name, &x.Provider, &x.Passkey}, rest...)...)
		})
}

// EndAccountSession ends one session of an account of the actor's authority.
func (s *Store) EndAccountSession(ctx context.Context, by school.Actor, id string) error {
	var of school.AccountID
	if _, err := s.read().one(ctx, `SELECT account_id FROM session WHERE hash = $1`, args(id), text(&of)); err != nil {
		return err
	}
	a, err := s.account(ctx, by, of)
	if err != nil {
		return school.Missing("session")
	}
	return s.changeAccount(ctx, by, a, event{name: "account.session_ended"}, func(tx *Tx, _ row) (row, error) {
		if err := tx.outranks(by, a.ID); err != nil {
			return nil, err
		}
		n, err := tx.exec(ctx, `DELETE FROM session WHERE hash = $1 AND account_id = $2`, id, string(a.ID))
		if err == nil && n == 0 {
			err = school.Missing("session")
		}
		return nil, err
	})
}

// EndAccountSessions ends every session of an account of the actor's authority, and sign-ins under way.
func (s *Store) EndAccountSessions(ctx context.Context, by school.Actor, id school.AccountID) error {
	a, err := s.account(ctx, by, id)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, by, a, event{name: "account.sessions_ended"}, func(tx *Tx, _ row) (row, error) {
		if err := tx.outranks(by, a.ID); err != nil {
			return nil, err
		}
		return nil, s.endAll(ctx, tx.conn, a.ID, "")
	})
}
