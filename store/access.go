package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "access.opened")

// MaxAccess is how long an operator may look into an authority before it has to say anew what for.
const MaxAccess = 90 * 24 * time.Hour

// Access is what an operator of the installation has in one authority: a role with an end and a reason, so that the
// authority, whose data it is, can see who of its provider looks in, since when, until when and why.
type Access struct {
	ID      GrantID
	Account school.AccountID
	Name    string
	Login   string
	Reason  string
	From    time.Time
	Until   time.Time
}

// OpenAccess lets the acting operator into an authority. It stands in the audit of that authority, which can end it at any
// time (EndGrant); the operator can end it too. No access reaches a person.
func (s *Store) OpenAccess(ctx context.Context, by school.Actor, authority school.AuthorityID, reason string, until time.Time) (GrantID, error) {
	if by.Kind != school.PersonActor || !by.Installs() {
		return "", school.Missing("authority")
	}
	reason = strings.Join(strings.Fields(reason), " ")
	switch now := s.Now(); {
	case reason == "":
		return "", school.Refuse("reason", "required")
	case len(reason) > 300:
		return "", school.Refuse("reason", "too_long", 300)
	case !until.After(now):
		return "", school.Refuse("until", "ends_in_past")
	case until.After(now.Add(MaxAccess)):
		return "", school.Refuse("until", "access_long", int(MaxAccess/(24*time.Hour)))
	}
	by.Tenant = authority
	id := NewID[GrantID]()
	ev := event{name: "access.opened", verb: school.Provision, subject: "account", id: string(by.Account), final: true,
		detail: map[string]any{"grant": string(id), "until": until.UTC().Format(time.RFC3339)}}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		n, err := tx.number(ctx, `SELECT count(*) FROM role_grant WHERE account_id = $1 AND authority_id = $2 AND role = 'operator' AND until_at > $3`,
			string(by.Account), string(authority), tx.now.UnixMicro())
		if err != nil {
			return err
		}
		if n > 0 {
			return school.Clash("access_open")
		}
		return tx.insert("role_grant", row{"id": string(id), "account_id": string(by.Account), "role": string(school.Operator),
			"authority_id": string(authority), "reason": reason, "from_at": micros(tx.now), "until_at": micros(until)})
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// Accesses lists who of the operators has and had access to the actor's authority, the newest first, at most MaxPage.
func (s *Store) Accesses(ctx context.Context, by school.Actor) ([]Access, error) {
	if !by.Can(school.ReadAudit, school.Where{Authority: by.Tenant}) {
		return nil, school.Missing("authority")
	}
	var out []Access
	err := s.read().each(ctx, `SELECT g.id, a.id, a.name, a.login, g.reason, g.from_at, g.until_at FROM role_grant g JOIN account a ON a.id = g.account_id
		WHERE g.authority_id = $1 AND g.role = 'operator' ORDER BY g.from_at DESC, g.id DESC LIMIT $2`, args(string(by.Tenant), MaxPage), func(r *sql.Rows) error {
		var x Access
		err := r.Scan(text(&x.ID), text(&x.Account), &x.Name, &x.Login, &x.Reason, stamp(&x.From), stamp(&x.Until))
		out = append(out, x)
		return err
	})
	return out, err
}
