package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// Health is what a check-up of a database finds.
type Health struct {
	Opened int       // sealed values that opened with the key ring
	Newest time.Time // the newest entry of any chain of audit
	Ends   []Ending
}

// Ending is something that runs out, with what to do about it.
type Ending struct {
	Kind                 string // PushEnds and its like
	What, Authority, Fix string
	Ends                 time.Time
}

// Health opens one sealed value of every authority and kind, and lists what runs out. An error names the column that did
// not open.
func (s *Store) Health(ctx context.Context) (h Health, err error) {
	type sealed struct {
		at    cell
		value []byte
	}
	var all []sealed
	for _, q := range []struct{ table, column, key string }{
		{"authority", "hash_key", "id"}, {"ca", "body", "id"}, {"push_cert", "key", "authority_id"}, {"apple_token", "key", "id"},
	} {
		owner := "authority_id"
		if q.table == "authority" {
			owner = "id"
		}
		err := s.read().each(ctx, `SELECT `+owner+`, `+q.key+`, `+q.column+`_sealed FROM `+q.table+` WHERE `+q.column+`_sealed IS NOT NULL`, nil, func(r *sql.Rows) error {
			x := sealed{at: cell{table: q.table, column: q.column}}
			if err := r.Scan(text(&x.at.authority), &x.at.row, &x.value); err != nil {
				return err
			}
			all = append(all, x)
			return nil
		})
		if err != nil {
			return h, err
		}
	}
	for _, x := range all {
		if _, err := s.open(x.at, x.value); err != nil {
			return h, err
		}
		h.Opened++
	}
	if _, err := s.read().one(ctx, `SELECT max(at) FROM audit`, nil, stamp(&h.Newest)); err != nil {
		return h, err
	}
	h.Ends, err = s.Endings(ctx)
	return h, err
}

// Endings lists what runs out on the whole installation, of every authority, however late. This server's own certificate is not
// among them.
func (s *Store) Endings(ctx context.Context) (out []Ending, err error) {
	for _, q := range []struct{ kind, what, text, fix string }{
		{PushEnds, "push", `SELECT a.name, p.ends_at FROM push_cert p JOIN authority a ON a.id = p.authority_id WHERE p.ends_at IS NOT NULL ORDER BY a.name`,
			"renew it at Apple with the same Apple Account («Renew»), then upload it under Verwaltung › Apple"},
		{TokenEnds, "Apple token", `SELECT a.name, t.ends_at FROM apple_token t JOIN authority a ON a.id = t.authority_id WHERE t.ends_at IS NOT NULL ORDER BY a.name`,
			"download a new token for the same server in Apple School Manager and upload it under Verwaltung › Apple"},
		{ContentEnds, "content token", `SELECT a.name, t.ends_at FROM content_token t JOIN authority a ON a.id = t.authority_id ORDER BY a.name`,
			"download a new content token of the same location in Apple School Manager and upload it under Verwaltung › Apple › Standorte"},
		{APITokenEnds, "API token", `SELECT a.name || ' ' || t.name, t.ends_at FROM api_token t JOIN authority a ON a.id = t.authority_id WHERE t.ends_at IS NOT NULL AND NOT t.revoked ORDER BY t.ends_at`,
			"make a new one under Verwaltung › API-Token, give it to the program, then revoke the old one; one nobody needs any more: revoke it"},
		{CAEnds, "device CA", `SELECT a.name, max(c.ends_at) FROM ca c JOIN authority a ON a.id = c.authority_id GROUP BY a.name ORDER BY a.name`, "ask for help before it ends: every device identity hangs on it"},
	} {
		err := s.read().each(ctx, q.text, nil, func(r *sql.Rows) error {
			e := Ending{Kind: q.kind, What: q.what, Fix: q.fix}
			if err := r.Scan(&e.Authority, stamp(&e.Ends)); err != nil {
				return err
			}
			out = append(out, e)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RescueLink makes a set-up link for an operator from the machine itself: whoever can read key ring and database needs
// no other proof, so the second factor of the account goes as well: with the only administrator's telephone nobody else
// could take it away. A login that does not exist becomes a new operator.
func (s *Store) RescueLink(ctx context.Context, login, name string) (string, error) {
	root := school.System("admin", "")
	var id school.AccountID
	var home school.AuthorityID
	found, err := s.read().one(ctx, `SELECT id, authority_id FROM account WHERE login_fold = $1`, args(school.Fold(login)), text(&id), text(&home))
	if err != nil {
		return "", err
	}
	if !found {
		_, link, err := s.CreateOperator(ctx, root, Account{Login: login, Name: name})
		return link, err
	}
	if home != "" {
		root.Tenant = home
	}
	if err := s.ResetSecondFactor(ctx, root, id, "", ""); err != nil && school.KindOf(err) != school.NotFound {
		return "", err
	}
	return s.NewLink(ctx, root, id)
}
