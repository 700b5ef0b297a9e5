package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

// note appends to an authority's chain of audit what moves no fact: a sign-in, an operator entering a tenant. The version
// of the facts stays as it is, so that nobody's plan grows old because somebody signed in.
func (s *Store) note(ctx context.Context, c conn, authority school.AuthorityID, by school.Actor, ev event) error {
	var seq int64
	var prev string
	found, err := c.one(ctx, `UPDATE authority SET audit_seq = audit_seq + 1 WHERE id = $1 RETURNING audit_seq, audit_hash`,
		args(string(authority)), &seq, &prev)
	if err != nil {
		return err
	}
	if !found {
		return school.Missing("authority")
	}
	tx := &Tx{conn: c, ctx: ctx, s: s, now: s.Now(), by: by, authority: authority, event: &ev}
	return tx.audit(seq, prev, "")
}

// noteEverywhere writes the entry into every authority's chain: what is done to an operator of the whole installation
// concerns all whom that operator can see.
func (s *Store) noteEverywhere(ctx context.Context, c conn, by school.Actor, ev event) error {
	var all []school.AuthorityID
	err := c.each(ctx, `SELECT id FROM authority ORDER BY id`, nil, func(r *sql.Rows) error {
		var id school.AuthorityID
		if err := r.Scan(text(&id)); err != nil {
			return err
		}
		all = append(all, id)
		return nil
	})
	for _, id := range all {
		if err == nil {
			err = s.note(ctx, c, id, by, ev)
		}
	}
	return err
}
