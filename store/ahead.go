package store

import (
	"context"
	"time"

	"ranzen/store/school"
)

// Ahead is where somebody will be in the next school year, as far as it is decided and differs from now: what a contract that
// is made before the summer has to name.
type Ahead struct {
	School     school.SchoolID // of who changes schools; empty: stays
	SchoolName string
	ClassName  string
}

// choicesAhead reads what was decided at a school for the year that comes, and whether it was carried out there. What an old
// roll-over left undone says nothing any more.
func (c conn) choicesAhead(ctx context.Context, a school.AuthorityID, at school.SchoolID, now time.Time) (x school.RolloverChoices, done bool, err error) {
	_, err = c.one(ctx, `SELECT k.choices, x.state IS NOT NULL FROM rollover r JOIN school_year y ON y.id = r.year_id JOIN rollover_choice k ON k.id = r.id || '.' || $2
		LEFT JOIN rollover_school x ON x.rollover_id = r.id AND x.school_id = $2 AND x.state = 'done'
			AND NOT EXISTS (SELECT 1 FROM change_set u WHERE u.authority_id = x.authority_id AND u.seq = x.done_seq AND u.undone_by IS NOT NULL)
		WHERE r.authority_id = $1 AND y.starts_at > $3 ORDER BY y.starts_at DESC, r.id DESC LIMIT 1`,
		args(string(a), string(at), micros(now.Add(-RolloverEarliest))), fromJSON(&x), &done)
	return x, done, err
}

// aheadOf reads what the roll-over that is prepared says of somebody: who goes to another school of the authority, and into
// which class; and of who has no class yet the one that waits. What was carried out is no more ahead.
func (c conn) aheadOf(ctx context.Context, a school.AuthorityID, person school.PersonID, at school.SchoolID, classless bool, now time.Time) (x Ahead, err error) {
	here, done, err := c.choicesAhead(ctx, a, at, now)
	if err != nil {
		return x, err
	}
	to := here.Goes[person]
	if to == "" {
		if classless && !done {
			x.ClassName = here.People[person]
		}
		return x, nil
	}
	there, done, err := c.choicesAhead(ctx, a, to, now)
	if err != nil || done {
		return x, err
	}
	x.School, x.ClassName = to, there.Comes[person]
	_, err = c.one(ctx, `SELECT name FROM school WHERE id = $1 AND authority_id = $2`, args(string(to), string(a)), &x.SchoolName)
	return x, err
}

// names keeps which school the paper of a contract names that is made now.
func (tx *Tx) names(c *school.Contract) error {
	ahead, err := tx.aheadOf(tx.ctx, tx.authority, c.Person, c.School, false, tx.now)
	c.Named = ahead.School
	return err
}
