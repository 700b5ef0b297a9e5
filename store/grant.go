package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "grant.given", "grant.ended")

// GrantID names a role somebody was given.
type GrantID string

// AccountGrant is a role an account has, had or will have.
type AccountGrant struct {
	ID GrantID
	school.Grant
}

// grant gives an account a role at a node of this authority. Nobody can give more than they have. One thing is allowed
// beyond that: an operator may appoint the first administrator of an authority, as long as it has none who can sign in;
// from then on its administrators decide, and an operator cannot let itself in.
func (tx *Tx) grant(account school.AccountID, g school.Grant) (GrantID, error) {
	if g.Authority == "" {
		g.Authority = tx.authority
	}
	if g.From.IsZero() {
		g.From = tx.now
	}
	switch {
	case !slices.Contains(school.Roles, g.Role):
		return "", school.Refuse("role", "choice")
	case g.Authority != tx.authority:
		return "", school.Missing("authority")
	case g.Role == school.SchoolAdmin && g.School == "":
		return "", school.Refuse("school", "required")
	case g.Role != school.SchoolAdmin && g.School != "":
		return "", school.Refuse("school", "role_without_school")
	case !g.Until.IsZero() && !g.Until.After(g.From):
		return "", school.Refuse("until", "ends_before_start")
	}
	if g.School != "" {
		r, err := tx.fetch("school", string(g.School))
		if err != nil {
			return "", err
		}
		if r == nil {
			return "", school.Missing("school")
		}
	}
	if err := tx.mayGrant(tx.by, g); err != nil {
		return "", err
	}
	id := NewID[GrantID]()
	return id, tx.insert("role_grant", row{"id": string(id), "account_id": string(account), "role": string(g.Role),
		"authority_id": string(g.Authority), "school_id": opt(g.School), "from_at": micros(g.From), "until_at": micros(g.Until)})
}

func (tx *Tx) mayGrant(by school.Actor, g school.Grant) error {
	able := true
	for _, v := range g.Role.Verbs() {
		able = able && by.Can(v, school.Where{Authority: g.Authority, School: g.School})
	}
	if able {
		return nil
	}
	if g.Role == school.AuthorityAdmin && by.Can(school.Provision, school.Where{Authority: g.Authority}) {
		n, err := tx.admins(g.Authority, "", "")
		if err == nil && n > 0 {
			err = school.Clash("admins_decide")
		}
		return err
	}
	return school.Deny(school.Accounts)
}

// outranks refuses to let somebody at an account that may do more than they could grant: its link, its login or its
// being let in again would be a way to its rights. Everybody may touch their own.
func (tx *Tx) outranks(by school.Actor, account school.AccountID) error {
	if by.Kind == school.SystemActor || by.Account == account {
		return nil
	}
	grants, err := tx.grantsOf(account)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if err := tx.mayGrant(by, g); err != nil {
			return err
		}
	}
	return nil
}

// grantsOf reads the roles of an account that hold now or later.
func (tx *Tx) grantsOf(account school.AccountID) ([]school.Grant, error) {
	var out []school.Grant
	err := tx.each(tx.ctx, `SELECT role, authority_id, school_id, from_at, until_at FROM role_grant WHERE account_id = $1 AND (until_at IS NULL OR until_at > $2)`,
		args(string(account), tx.now.UnixMicro()), func(r *sql.Rows) error {
			var g school.Grant
			if err := r.Scan(text(&g.Role), text(&g.Authority), text(&g.School), stamp(&g.From), stamp(&g.Until)); err != nil {
				return err
			}
			out = append(out, g)
			return nil
		})
	return out, err
}

// admins counts the administrators of an authority who can sign in, leaving out one account and one grant.
func (tx *Tx) admins(authority school.AuthorityID, account school.AccountID, grant GrantID) (int64, error) {
	return tx.number(tx.ctx, `SELECT count(*) FROM role_grant g JOIN account a ON a.id = g.account_id
		WHERE g.role = 'authority_admin' AND g.authority_id = $1 AND g.from_at <= $2 AND (g.until_at IS NULL OR g.until_at > $2)
		AND NOT a.disabled AND a.password <> '' AND a.id <> $3 AND g.id <> $4`,
		string(authority), tx.now.UnixMicro(), string(account), string(grant))
}

// keepsAdmin refuses what would leave an authority without an administrator who can sign in.
func (tx *Tx) keepsAdmin(authority school.AuthorityID, account school.AccountID, grant GrantID) error {
	was, err := tx.admins(authority, "", "")
	if err != nil || was == 0 {
		return err
	}
	left, err := tx.admins(authority, account, grant)
	if err == nil && left == 0 {
		err = school.Clash("last_admin")
	}
	return err
}

// GrantRole gives a role in the actor's authority to an account that belongs to it or already works in it. Operators may
// also give one to themselves or to each other.
func (s *Store) GrantRole(ctx context.Context, by school.Actor, account school.AccountID, g school.Grant) (GrantID, error) {
	var id GrantID
	ev := event{name: "grant.given", verb: school.Accounts, school: g.School, subject: "account", id: string(account), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		var home school.AuthorityID
		var here int64
		found, err := tx.one(ctx, `SELECT a.authority_id, (SELECT count(*) FROM role_grant g WHERE g.account_id = a.id AND g.authority_id = $2) FROM account a WHERE a.id = $1`,
			args(string(account), string(tx.authority)), text(&home), &here)
		if err != nil {
			return err
		}
		if !found || (home != tx.authority && here == 0 && !(home == "" && tx.by.Can(school.Provision, school.Where{}))) {
			return school.Missing("account")
		}
		id, err = tx.grant(account, g)
		tx.event.detail = map[string]any{"role": string(g.Role), "grant": string(id)}
		if !g.Until.IsZero() {
			tx.event.detail["until"] = g.Until.UTC().Format(time.RFC3339)
		}
		return err
	})
	return id, err
}

// EndGrant ends a role at once. Sessions feel it at their next request.
func (s *Store) EndGrant(ctx context.Context, by school.Actor, id GrantID) error {
	ev := event{name: "grant.ended", verb: school.Accounts, subject: "account", final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		r, err := tx.fetch("role_grant", string(id))
		if err != nil {
			return err
		}
		if r == nil || r.str("authority_id") != string(tx.authority) {
			return school.Missing("grant")
		}
		g := school.Grant{Role: school.Role(r.str("role")), Authority: tx.authority, School: school.SchoolID(r.str("school_id"))}
		tx.event.id, tx.event.school = r.str("account_id"), g.School
		tx.event.detail = map[string]any{"role": string(g.Role), "grant": string(id)}
		if err := tx.mayGrant(tx.by, g); err != nil {
			return err
		}
		if g.Role == school.AuthorityAdmin {
			if err := tx.keepsAdmin(tx.authority, "", id); err != nil {
				return err
			}
		}
		var from, until time.Time
		if _, err := tx.one(ctx, `SELECT from_at, until_at FROM role_grant WHERE id = $1`, args(string(id)), stamp(&from), stamp(&until)); err != nil {
			return err
		}
		if from.After(tx.now) { // never began
			return tx.remove("role_grant", string(id))
		}
		if !until.IsZero() && !until.After(tx.now) {
			return nil
		}
		return tx.change("role_grant", string(id), r, row{"until_at": micros(tx.now)})
	})
	return err
}

// fillGrants adds the roles the accounts of a page have here, ended ones too, in one query.
func (s *Store) fillGrants(ctx context.Context, by school.Actor, accounts []Account) error {
	at := map[school.AccountID]int{}
	ids := make([]school.AccountID, 0, len(accounts))
	for i, a := range accounts {
		at[a.ID] = i
		ids = append(ids, a.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	return s.read().each(ctx, `SELECT account_id, id, role, authority_id, school_id, from_at, until_at FROM role_grant
		WHERE account_id IN (SELECT value FROM json_array_elements_text($1::json)) AND (authority_id = $2 OR authority_id IS NULL) ORDER BY from_at, id`,
		args(list(ids), string(by.Tenant)), func(r *sql.Rows) error {
			var a school.AccountID
			var g AccountGrant
			if err := r.Scan(text(&a), text(&g.ID), text(&g.Role), text(&g.Authority), text(&g.School), stamp(&g.From), stamp(&g.Until)); err != nil {
				return err
			}
			accounts[at[a]].Grants = append(accounts[at[a]].Grants, g)
			return nil
		})
}
