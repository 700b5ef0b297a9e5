package store

import (
	"context"
	"database/sql"
	"strings"

	"ranzen/store/school"
)

// Why an order no longer stands when it is to be handed out. It was right when it was given.
const (
	voidPermission = "permission" // who gave it may not any more, or is no longer there
	voidHolding    = "holding"    // somebody else has the device
)

// readOrders reads open orders and asks again what was asked when they were given: whether who gave it still may at the
// school where the device is now, and whether nobody else was given it since. void says why an order does not stand.
func (s *Store) readOrders(ctx context.Context, c conn, a school.AuthorityID, w where, each func(o school.Order, void string)) error {
	type open struct {
		school.Order
		account    school.AccountID
		at         school.SchoolID
		given, has school.HoldingID
	}
	var all []open
	err := c.each(ctx, `SELECT `+orderColumns+`, o.account_id, s.school_id, o.holding_id, h.id FROM device_order o JOIN device_state s ON s.device_id = o.device_id
		LEFT JOIN holding h ON h.device_id = o.device_id AND h.until_at IS NULL
		WHERE o.state IN ('waiting', 'handed', 'later') AND `+w.String()+` ORDER BY o.priority DESC, o.id`, w.args, func(r *sql.Rows) error {
		var x open
		if err := s.scanOrder(r, a, &x.Order, text(&x.account), text(&x.at), text(&x.given), text(&x.has)); err != nil {
			return err
		}
		all = append(all, x)
		return nil
	})
	if err != nil || len(all) == 0 {
		return err
	}
	asked := map[school.AccountID]bool{}
	for _, x := range all {
		if x.account != "" {
			asked[x.account] = true
		}
	}
	actors, err := s.actorsOf(ctx, c, a, keys(asked))
	if err != nil {
		return err
	}
	for _, x := range all {
		rule, known := x.Kind.Rule()
		void := ""
		if known && x.account != "" && !actors[x.account].Can(rule.Verb, school.Where{Authority: a, School: x.at}) {
			void = voidPermission
		}
		if known && rule.Planned && x.has != "" && x.given != x.has {
			void = voidHolding
		}
		each(x.Order, void)
	}
	return nil
}

// actorsOf says what accounts and tokens may do now. Who is no longer there, or rests, may nothing.
func (s *Store) actorsOf(ctx context.Context, c conn, a school.AuthorityID, ids []school.AccountID) (map[school.AccountID]school.Actor, error) {
	out := make(map[school.AccountID]school.Actor, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	now := s.Now().UnixMicro()
	err := c.each(ctx, `SELECT g.account_id, g.role, g.school_id FROM role_grant g JOIN account a ON a.id = g.account_id AND NOT a.disabled
		WHERE g.authority_id = $1 AND g.account_id`+in+` AND g.from_at <= $3 AND (g.until_at IS NULL OR g.until_at > $3)`, args(string(a), list(ids), now), func(r *sql.Rows) error {
		var id school.AccountID
		g := school.Grant{Authority: a}
		err := r.Scan(text(&id), text(&g.Role), text(&g.School))
		by := out[id]
		by.Kind, by.Account, by.Tenant, by.Grants = school.PersonActor, id, a, append(by.Grants, g)
		out[id] = by
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, c.each(ctx, `SELECT t.id, t.role, t.school_id, t.verbs FROM api_token t LEFT JOIN account a ON a.id = t.created_by
		WHERE t.authority_id = $1 AND t.id`+in+` AND NOT t.revoked AND (t.ends_at IS NULL OR t.ends_at > $3) AND NOT COALESCE(a.disabled, FALSE)`, args(string(a), list(ids), now), func(r *sql.Rows) error {
		var id school.AccountID
		var verbs string
		g := school.Grant{Authority: a}
		err := r.Scan(text(&id), text(&g.Role), text(&g.School), &verbs)
		by := school.Actor{Kind: school.TokenActor, Account: id, Tenant: a, Grants: []school.Grant{g}, Verbs: map[school.Verb]bool{}}
		for _, v := range strings.Split(verbs, ",") {
			by.Verbs[school.Verb(v)] = true
		}
		out[id] = by
		return err
	})
}
