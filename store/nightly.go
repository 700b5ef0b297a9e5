package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

// Nightly derives every placement and every group by rule of an authority anew, because memberships begin and end by date, and marks every
// target, because the sweep is the net below the marks. Planning an unchanged device comes to the same and pushes nobody.
func (s *Store) Nightly(ctx context.Context, a school.AuthorityID) error {
	err := s.transact(ctx, func(c conn) error {
		now := s.Now()
		if err := c.placed(ctx, now, a, `$2 = ''`, ""); err != nil {
			return err
		}
		if err := s.regroup(ctx, c, a, now, ``, nil); err != nil {
			return err
		}
		return c.markAll(ctx, now, a)
	})
	if err == nil {
		s.changed.call()
	}
	return err
}

// AcceptedTokens lists the Apple tokens that can be used, of authorities that manage devices.
func (s *Store) AcceptedTokens(ctx context.Context) (out []string, err error) {
	err = s.read().each(ctx, `SELECT t.id FROM apple_token t JOIN authority a ON a.id = t.authority_id WHERE t.token_sealed IS NOT NULL
		AND ',' || a.modules || ',' LIKE '%,management,%' ORDER BY t.id`, nil, func(r *sql.Rows) error {
		var id string
		if err := r.Scan(&id); err != nil {
			return err
		}
		out = append(out, id)
		return nil
	})
	return out, err
}
