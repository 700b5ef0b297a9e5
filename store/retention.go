package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"ranzen/store/school"
)

// Nothing is kept for ever. Each class of data has a clock, which an authority may set (school.Retention); a nightly job
// asks them all. What has no clock here is dropped by its own job (Sweep, ExpireOrders, ForgetPlans) or lives as long as
// what it is about.

// Retained counts what the clocks took.
type Retained struct {
	Persons  int   // erased: archived long enough, and without an iPad
	Holdings int64 // who had an iPad is said no longer
	Loans    int64 // who had something under a contract is said no longer
	Images   int64 // of changes that can be undone no more
	Orders   int64
	Entries  int64 // of the audit log
}

// any reports whether a clock took something.
func (n Retained) any() bool { return n != Retained{} }

// retainedAtOnce is how many rows are taken by one statement, so that nobody waits long for the one writer.
const retainedAtOnce = 2000

// Retain asks the clocks of an authority.
func (s *Store) Retain(ctx context.Context, a school.AuthorityID) (n Retained, err error) {
	by := school.System("retention", a)
	policy, err := s.read().policyOf(ctx, a)
	if err != nil {
		return n, err
	}
	now, keep := s.Now(), policy.Privacy.Retention
	before := func(term string) int64 { return keep.Before(term, now).UnixMicro() }

	// Who was archived since, by whatever act, begins to count; who came back counts no more.
	err = s.transact(ctx, func(c conn) error {
		if _, err := c.exec(ctx, `UPDATE person SET left_at = $2 WHERE authority_id = $1 AND archived AND left_at IS NULL AND family <> ''`, string(a), now.UnixMicro()); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `UPDATE person SET left_at = NULL WHERE authority_id = $1 AND NOT archived AND left_at IS NOT NULL`, string(a)); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `DELETE FROM crossing WHERE authority_id = $1 AND closed_at < $2`, string(a), now.Add(-leftSince).UnixMicro()); err != nil {
			return err
		}
		_, err := c.exec(ctx, `DELETE FROM person_view WHERE authority_id = $1 AND day < $2`, string(a), now.In(Berlin).AddDate(0, 0, -1).Format(time.DateOnly))
		return err
	})
	if err != nil {
		return n, err
	}
	due, err := s.leavers(ctx, a, before("left"))
	if err == nil && len(due) > 0 {
		err = s.transact(ctx, func(c conn) error { return s.forgetListed(ctx, c, a, false, due...) })
	}
	for _, id := range due {
		if err != nil {
			return n, err
		}
		err = s.erase(ctx, by, id, AfterLeft, now, false)
		switch school.KindOf(err) {
		case school.Conflict, school.NotFound: // somebody gave it an iPad, or was faster
			err = nil
		case "":
			if err == nil {
				n.Persons++
			}
		}
	}
	if err != nil {
		return n, err
	}
	var with int64 // what orders were given with goes with them
	for _, x := range []struct {
		n      *int64
		text   string
		before int64
	}{
		{&n.Loans, `UPDATE contract SET person_id = 'nobody-' || authority_id, state = CASE WHEN state = 'closed' THEN 'anonymised' ELSE state END
			WHERE id IN (SELECT k.id FROM contract k WHERE k.authority_id = $1 AND k.closed_at <= $2 AND k.person_id <> 'nobody-' || k.authority_id
			AND NOT EXISTS (SELECT 1 FROM damage g WHERE g.contract_id = k.id AND g.state <> 'closed') LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`, before("loans")},
		{&with, `DELETE FROM document WHERE id IN (SELECT f.id FROM document f JOIN contract k ON k.id = f.contract_id WHERE f.authority_id = $1 AND k.closed_at <= $2 AND k.person_id = 'nobody-' || k.authority_id
			LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`, before("loans")},
		{&with, `DELETE FROM damage_picture WHERE id IN (SELECT x.id FROM damage_picture x JOIN damage g ON g.id = x.damage_id WHERE x.authority_id = $1 AND g.closed_at <= $2
			LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`, before("loans")},
		{&with, `UPDATE damage SET note = '' WHERE id IN (SELECT id FROM damage WHERE authority_id = $1 AND closed_at <= $2 AND note <> '' LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`, before("loans")},
		{&with, `UPDATE loss SET note = '' WHERE id IN (SELECT id FROM loss WHERE authority_id = $1 AND (found_at <= $2 OR written_off_at <= $2) AND note <> ''
			LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`, before("loans")},
		{&n.Holdings, `UPDATE holding SET person_id = 'nobody-' || authority_id WHERE id IN (SELECT id FROM holding WHERE authority_id = $1 AND until_at <= $2
			AND person_id <> 'nobody-' || authority_id AND NOT EXISTS (SELECT 1 FROM contract k WHERE k.id = holding.contract_id AND k.person_id <> 'nobody-' || k.authority_id) LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`, before("loans")},
		{&n.Orders, `DELETE FROM device_order WHERE id IN (SELECT id FROM device_order WHERE authority_id = $1 AND finished_at <= $2 LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`, before("orders")},
		{&with, `DELETE FROM turnaround WHERE id IN (SELECT id FROM turnaround WHERE authority_id = $1 AND ended_at <= $2 LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`, before("orders")},
		{&with, `DELETE FROM warrant WHERE id IN (SELECT w.id FROM warrant w WHERE w.authority_id = $1 AND w.created_at <= $2 AND NOT EXISTS (SELECT 1 FROM device_order o WHERE o.warrant_id = w.id)
			AND NOT EXISTS (SELECT 1 FROM turnaround t WHERE t.warrant_id = w.id) LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`, before("orders")},
	} {
		for more := true; more; {
			err := s.transact(ctx, func(c conn) error {
				if x.n == &n.Holdings || x.n == &n.Loans {
					if err := c.makeNobody(ctx, a, now); err != nil {
						return err
					}
				}
				k, err := c.exec(ctx, x.text, string(a), x.before)
				more = k > 0
				if err == nil {
					*x.n += k
				}
				return err
			})
			if err != nil {
				return n, err
			}
		}
	}
	if n.Images, err = s.forgetImages(ctx, a, now.Add(-UndoFor-24*time.Hour)); err != nil {
		return n, err
	}
	if n.Entries, err = s.cutAudit(ctx, a, before("audit")); err != nil || !n.any() {
		return n, err
	}
	return n, s.transact(ctx, func(c conn) error {
		return s.note(ctx, c, a, by, event{name: "retention.ran", subject: "authority", id: string(a), detail: map[string]any{
			"persons": n.Persons, "holdings": n.Holdings, "loans": n.Loans, "images": n.Images, "orders": n.Orders, "entries": n.Entries}})
	})
}

// forgetImages takes the images of changes before a time: a change set that can be undone no more keeps only how many facts it
// changed. An import of a whole district is taken in pieces.
func (s *Store) forgetImages(ctx context.Context, a school.AuthorityID, before time.Time) (forgot int64, err error) {
	const old = ` authority_id = $1 AND kept AND at <= $2`
	do := func(text string) (n int64, err error) {
		err = s.transact(ctx, func(c conn) (err error) {
			n, err = c.exec(ctx, text, string(a), before.UnixMicro())
			return err
		})
		return n, err
	}
	if _, err := do(`UPDATE change_set SET images = (SELECT count(*) FROM change_row r WHERE r.change_set_id = change_set.id) WHERE images IS NULL AND` + old); err != nil {
		return 0, err
	}
	for more := true; more; {
		n, err := do(`DELETE FROM change_row WHERE (change_set_id, n) IN (SELECT r.change_set_id, r.n FROM (SELECT id FROM change_set WHERE` + old + `) s
			JOIN change_row r ON r.change_set_id = s.id LIMIT ` + strconv.Itoa(retainedAtOnce) + `)`)
		if err != nil {
			return forgot, err
		}
		forgot, more = forgot+n, n > 0
	}
	_, err = do(`UPDATE change_set SET kept = FALSE WHERE` + old)
	return forgot, err
}

// leavers lists who was archived before, without an iPad.
func (s *Store) leavers(ctx context.Context, a school.AuthorityID, before int64) (out []school.PersonID, err error) {
	err = s.read().each(ctx, `SELECT p.id FROM person p WHERE p.authority_id = $1 AND p.left_at <= $2 AND p.archived
		AND NOT EXISTS (SELECT 1 FROM holding h WHERE h.person_id = p.id AND h.until_at IS NULL)
		AND NOT EXISTS (SELECT 1 FROM contract k WHERE k.person_id = p.id AND k.state IN ('issued', 'returned', 'open')) ORDER BY p.id`, args(string(a), before), func(r *sql.Rows) error {
		var id school.PersonID
		err := r.Scan(text(&id))
		out = append(out, id)
		return err
	})
	return out, err
}

// cutAudit takes the entries at the beginning of the chain that are older. What is left begins with a hash that is kept:
// nobody can cut more, or less, without it being noticed.
func (s *Store) cutAudit(ctx context.Context, a school.AuthorityID, before int64) (cut int64, err error) {
	err = s.transact(ctx, func(c conn) error {
		cut = 0
		var from, last int64
		if _, err := c.one(ctx, `SELECT audit_cut_seq FROM authority WHERE id = $1 FOR UPDATE`, args(string(a)), &from); err != nil {
			return err
		}
		// Entries stand in the order of time: the first that stays is found by walking from the beginning.
		var hash string
		err := c.each(ctx, `SELECT seq, at, hash FROM audit WHERE authority_id = $1 AND seq > $2 ORDER BY seq LIMIT 20000`, args(string(a), from), func(r *sql.Rows) error {
			var seq, at int64
			var h string
			if err := r.Scan(&seq, &at, &h); err != nil {
				return err
			}
			if at <= before && (last == seq-1 || last == 0 && seq == from+1) {
				last, hash = seq, h
			}
			return nil
		})
		if err != nil || last == 0 {
			return err
		}
		if cut, err = c.exec(ctx, `DELETE FROM audit WHERE authority_id = $1 AND seq <= $2`, string(a), last); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `DELETE FROM change_row WHERE change_set_id IN (SELECT id FROM change_set WHERE authority_id = $1 AND seq <= $2)`, string(a), last); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `DELETE FROM change_set WHERE authority_id = $1 AND seq <= $2`, string(a), last); err != nil {
			return err
		}
		_, err = c.exec(ctx, `UPDATE authority SET audit_cut_seq = $2, audit_cut_hash = $3 WHERE id = $1`, string(a), last, hash)
		return err
	})
	return cut, err
}

// RetentionDue counts what the clocks would take now, were they set so, for the page on which they are set.
func (s *Store) RetentionDue(ctx context.Context, by school.Actor, keep school.Retention) (map[string]int64, error) {
	if !by.Can(school.Settings, school.Where{Authority: by.Tenant}) && !by.Can(school.ReadAudit, school.Where{Authority: by.Tenant}) {
		return nil, school.Missing("authority")
	}
	out, now := map[string]int64{}, s.Now()
	for name, query := range map[string]string{
		"loans": `SELECT count(*) FROM holding WHERE authority_id = $1 AND until_at <= $2 AND person_id <> 'nobody-' || authority_id`,
		"left": `SELECT count(*) FROM person p WHERE p.authority_id = $1 AND p.left_at <= $2 AND NOT EXISTS (SELECT 1 FROM holding h WHERE h.person_id = p.id AND h.until_at IS NULL)
			AND NOT EXISTS (SELECT 1 FROM contract k WHERE k.person_id = p.id AND k.state IN ('issued', 'returned', 'open'))`,
		"orders": `SELECT count(*) FROM device_order WHERE authority_id = $1 AND finished_at <= $2`,
	} {
		n, err := s.read().number(ctx, query, string(by.Tenant), keep.Before(name, now).UnixMicro())
		if err != nil {
			return nil, err
		}
		out[name] = n
	}
	return out, nil
}

// SetPrivacy writes what the authority decided about data of people, where it differs from what somebody saw.
func (s *Store) SetPrivacy(ctx context.Context, by school.Actor, was, want school.Privacy) (school.ChangeSetID, error) {
	a, err := s.Authority(ctx, by)
	if err != nil {
		return "", err
	}
	b := a
	a.Policy.Privacy, b.Policy.Privacy = was, want
	return s.ChangeAuthority(ctx, by, a, b)
}
