package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "grant.given", "grant.ended", "grant.changed", "grant.kept")

// GrantID names a role somebody was given.
type GrantID string

// AccountGrant is a role an account has, had or will have.
type AccountGrant struct {
	ID GrantID
	school.Grant
	PersonName string    // of a teacher tied to a person, for those who may see people
	Reviewed   time.Time // when somebody last said that it is still needed
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
	case g.Role == school.Operator: // has access, see access.go
		return "", school.Deny(school.Accounts)
	case !g.Role.Stands(g.School) && g.School == "":
		return "", school.Refuse("school", "required")
	case !g.Role.Stands(g.School):
		return "", school.Refuse("school", "role_without_school")
	case g.Role == school.Clerk && g.Until.IsZero():
		return "", school.Refuse("until", "required")
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
	if err := tx.isTeacher(g); err != nil {
		return "", err
	}
	id := NewID[GrantID]()
	return id, tx.insert("role_grant", row{"id": string(id), "account_id": string(account), "role": string(g.Role),
		"authority_id": string(g.Authority), "school_id": opt(g.School), "person_id": opt(g.Person), "from_at": micros(g.From), "until_at": micros(g.Until)})
}

// isTeacher refuses a person who cannot be the teacher of a role: a pupil, one who left, or one of another school.
func (tx *Tx) isTeacher(g school.Grant) error {
	if g.Person == "" {
		return nil
	}
	if g.Role != school.TeacherRole {
		return school.Refuse("person", "role_without_person")
	}
	n, err := tx.number(tx.ctx, `SELECT count(*) FROM person p WHERE p.id = $1 AND p.authority_id = $2 AND NOT p.archived AND p.kind <> 'pupil' AND (p.school_id = $3
		OR EXISTS (SELECT 1 FROM membership m JOIN class c ON c.id = m.class_id WHERE m.person_id = p.id AND c.school_id = $3))`,
		string(g.Person), string(tx.authority), string(g.School))
	if err == nil && n == 0 {
		err = school.Missing("person")
	}
	return err
}

func (tx *Tx) mayGrant(by school.Actor, g school.Grant) error {
	if by.Covers(g.Role, school.Where{Authority: g.Authority, School: g.School}) {
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
// also give one to themselves or to each other. A teacher is told apart by g.Person; without it the role shows no class.
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
		r, g, err := tx.grantRow(id)
		if err != nil {
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

const grantColumns = `g.id, g.role, g.authority_id, g.school_id, g.person_id, COALESCE(p.given, ''), COALESCE(p.family, ''), g.reason, g.from_at, g.until_at, g.reviewed_at`

// scanGrant reads a role behind what first names; a person only for those who may see people there.
func scanGrant(r *sql.Rows, by school.Actor, g *AccountGrant, first ...any) error {
	var p school.Person
	err := r.Scan(append(first, text(&g.ID), text(&g.Role), text(&g.Authority), text(&g.School), text(&g.Person), &p.Given, &p.Family, &g.Reason,
		stamp(&g.From), stamp(&g.Until), stamp(&g.Reviewed))...)
	if by.Can(school.ViewPeople, school.Where{Authority: g.Authority, School: g.School}) {
		g.PersonName = p.Name()
	}
	return err
}

// TieTeacher says which person of the school's lists a teacher's role belongs to; its classes follow from that person.
func (s *Store) TieTeacher(ctx context.Context, by school.Actor, id GrantID, person school.PersonID) error {
	ev := event{name: "grant.changed", verb: school.Accounts, subject: "account", final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		r, g, err := tx.grantRow(id)
		if err != nil {
			return err
		}
		if person == "" {
			return school.Refuse("person", "required")
		}
		g.Person = person
		if err := tx.isTeacher(g); err != nil {
			return err
		}
		tx.event.detail["person"] = string(person)
		return tx.change("role_grant", string(id), r, row{"person_id": string(person)})
	})
	return err
}

// grantRow fetches a role of this authority that the actor could give, and says in the event what it is about.
func (tx *Tx) grantRow(id GrantID) (row, school.Grant, error) {
	r, err := tx.fetch("role_grant", string(id))
	if err != nil {
		return nil, school.Grant{}, err
	}
	if r == nil || r.str("authority_id") != string(tx.authority) {
		return nil, school.Grant{}, school.Missing("grant")
	}
	g := school.Grant{Role: school.Role(r.str("role")), Authority: tx.authority, School: school.SchoolID(r.str("school_id")), Person: school.PersonID(r.str("person_id"))}
	tx.event.id, tx.event.school = r.str("account_id"), g.School
	tx.event.detail = map[string]any{"role": string(g.Role), "grant": string(id)}
	return r, g, tx.mayGrant(tx.by, g)
}

// ReviewEvery is how long a role stands before somebody is asked whether it is still needed (SYS.3.2.2.A20).
const ReviewEvery = 182 * 24 * time.Hour

// KeepGrant says that a role is still needed.
func (s *Store) KeepGrant(ctx context.Context, by school.Actor, id GrantID) error {
	ev := event{name: "grant.kept", verb: school.Accounts, subject: "account", final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		r, _, err := tx.grantRow(id)
		if err != nil {
			return err
		}
		return tx.change("role_grant", string(id), r, row{"reviewed_at": micros(tx.now)})
	})
	return err
}

// Reviewed is a role with whose it is, as the list of the half-year review shows it.
type Reviewed struct {
	AccountGrant
	Account  school.AccountID
	Name     string
	Login    string
	Disabled bool
	SignedIn time.Time // the last sign-in that still has a session
}

// GrantsToReview lists the roles in force that nobody gave or kept within ReviewEvery, the oldest first. Clerks and
// operators are not among them: theirs end by themselves.
func (s *Store) GrantsToReview(ctx context.Context, by school.Actor, after string, limit int) (Page[Reviewed], error) {
	if !by.Can(school.Accounts, school.Where{Authority: by.Tenant}) {
		return Page[Reviewed]{}, school.Missing("authority")
	}
	now := s.Now()
	var w where
	w.and("g.authority_id = ?", string(by.Tenant))
	w.and("g.from_at <= ?", now.UnixMicro())
	w.and("(g.until_at IS NULL OR g.until_at > ?)", now.UnixMicro())
	w.and("g.role NOT IN ('operator', 'clerk')")
	w.and("COALESCE(g.reviewed_at, g.from_at) <= ?", now.Add(-ReviewEvery).UnixMicro())
	o := order{key: "g.from_at", id: "g.id"}
	if err := w.page(o, after); err != nil {
		return Page[Reviewed]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT a.id, a.name, a.login, a.disabled, (SELECT max(s.created_at) FROM session s WHERE s.account_id = a.id), `+grantColumns+o.columns()+`
		FROM role_grant g JOIN account a ON a.id = g.account_id LEFT JOIN person p ON p.id = g.person_id WHERE `+w.String(), &w, o, limit,
		func(r *sql.Rows, x *Reviewed, rest ...any) error {
			var p school.Person
			err := r.Scan(append([]any{text(&x.Account), &x.Name, &x.Login, &x.Disabled, stamp(&x.SignedIn), text(&x.ID), text(&x.Role), text(&x.Authority), text(&x.School),
				text(&x.Person), &p.Given, &p.Family, &x.Reason, stamp(&x.From), stamp(&x.Until), stamp(&x.Reviewed)}, rest...)...)
			if by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: x.School}) {
				x.PersonName = p.Name()
			}
			return err
		})
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
	return s.read().each(ctx, `SELECT g.account_id, `+grantColumns+` FROM role_grant g LEFT JOIN person p ON p.id = g.person_id
		WHERE g.account_id IN (SELECT value FROM json_array_elements_text($1::json)) AND (g.authority_id = $2 OR g.authority_id IS NULL) ORDER BY g.from_at, g.id`,
		args(list(ids), string(by.Tenant)), func(r *sql.Rows) error {
			var a school.AccountID
			var g AccountGrant
			if err := scanGrant(r, by, &g, &a); err != nil {
				return err
			}
			accounts[at[a]].Grants = append(accounts[at[a]].Grants, g)
			return nil
		})
}
