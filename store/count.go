package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// Count is how an authority's devices stand, in numbers that carry no names.
type Count struct {
	Authority school.AuthorityID
	Enrolled  int       // devices under management
	Converged int       // of these: planned from the newest facts, and nothing that was planned is missing
	Pending   int       // items planned and not yet reported
	Seen      time.Time // when any of them last spoke to us
}

// Counts counts the devices of every authority, for metrics.
func (s *Store) Counts(ctx context.Context) (out []Count, err error) {
	err = s.read().each(ctx, `SELECT t.authority_id, count(*), sum(CASE WHEN `+planned("t", "t.authority_id")+` AND t.missing = '[]' THEN 1 ELSE 0 END), sum(json_array_length(t.missing::json)), max(e.last_seen_at)
		FROM target t JOIN enrollment e ON e.id = t.enrollment_id WHERE e.state = 'enrolled' AND e.parent_id IS NULL GROUP BY t.authority_id ORDER BY t.authority_id`, nil, func(r *sql.Rows) error {
		var c Count
		if err := r.Scan(text(&c.Authority), &c.Enrolled, &c.Converged, &c.Pending, stamp(&c.Seen)); err != nil {
			return err
		}
		out = append(out, c)
		return nil
	})
	return out, err
}
