package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"ranzen/store/school"
)

// The ledger of licences, by double entry: every movement goes from one side to the other, so that bought is used plus free at any time,
// for each location and app.

// move writes a movement of the ledger: n licences of an app from one side to the other.
func (s *Store) move(ctx context.Context, c conn, a school.AuthorityID, token school.TokenID, app, from, to, cause string, n int) error {
	if n == 0 {
		return nil
	}
	if n < 0 {
		from, to, n = to, from, -n
	}
	d := map[string]int{from: -n, to: n}
	if _, err := c.exec(ctx, `UPDATE licence_account SET bought = bought + $3, used = used + $4, free = free + $5 WHERE token_id = $1 AND app_id = $2`,
		string(token), app, -d["apple"], d["used"], d["free"]); err != nil {
		return err
	}
	_, err := c.exec(ctx, `INSERT INTO licence_entry (id, authority_id, token_id, app_id, at, from_side, to_side, amount, cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		NewID[string](), string(a), string(token), app, micros(s.Now()), from, to, n, cause)
	return err
}

// side is one account of the ledger.
type side struct {
	token school.TokenID
	app   string
}

// moveAll writes as many movements as there are accounts, in one order.
func (s *Store) moveAll(ctx context.Context, c conn, a school.AuthorityID, all map[side]int, from, to, cause string) error {
	order := slices.SortedFunc(maps.Keys(all), func(x, y side) int {
		return cmp.Or(cmp.Compare(x.token, y.token), cmp.Compare(x.app, y.app))
	})
	for _, x := range order {
		if err := s.move(ctx, c, a, x.token, x.app, from, to, cause, all[x]); err != nil {
			return err
		}
	}
	return nil
}

// LicenceEntry is a movement of the ledger.
type LicenceEntry struct {
	At       time.Time
	Location string // name of the token
	From, To string // "apple", "free", "used"
	Amount   int
	Cause    string // "bought", "counted", "asked", "refused", "returned"
}

// LicenceEntries lists the movements of an app, the newest first, as far as the actor's schools may use the licences.
func (s *Store) LicenceEntries(ctx context.Context, by school.Actor, profile school.ProfileID, after string, limit int) (Page[LicenceEntry], error) {
	if _, err := s.AppOf(ctx, by, profile); err != nil {
		return Page[LicenceEntry]{}, err
	}
	var w where
	w.and("e.authority_id = ?", string(by.Tenant))
	w.and("e.app_id = (SELECT p.id FROM app p WHERE p.profile_id = ? OR p.id = ?)", string(profile), string(profile))
	schools, _ := by.Schools(school.View, by.Tenant)
	if schools != nil {
		w.and("(t.school_id IS NULL OR t.school_id IN (SELECT value FROM json_array_elements_text(?::json)))", list(schools))
	}
	o := order{key: "e.at", id: "e.id", desc: true}
	if err := w.page(o, after); err != nil {
		return Page[LicenceEntry]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT e.at, t.name, e.from_side, e.to_side, e.amount, e.cause`+o.columns()+` FROM licence_entry e JOIN content_token t ON t.id = e.token_id WHERE `+w.String(), &w, o, limit,
		func(r *sql.Rows, x *LicenceEntry, rest ...any) error {
			return r.Scan(append([]any{stamp(&x.At), &x.Location, &x.From, &x.To, &x.Amount, &x.Cause}, rest...)...)
		})
}
