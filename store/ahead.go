package store

import (
	"context"

	"ranzen/store/school"
)

// Ahead is where somebody will be in the next school year, as far as it is decided and differs from now: what a contract that
// is made before the summer has to name.
type Ahead struct {
	School     school.SchoolID // of who changes schools; empty: stays
	SchoolName string
	ClassName  string
}

// aheadOf reads what the roll-over that is prepared says of somebody: who goes to another school of the authority, and into
// which class; and of who has no class yet the one that waits.
func (c conn) aheadOf(ctx context.Context, a school.AuthorityID, person school.PersonID, at school.SchoolID, classless bool) (x Ahead, err error) {
	choices := func(at school.SchoolID) (out school.RolloverChoices, err error) {
		_, err = c.one(ctx, `SELECT k.choices FROM rollover r JOIN school_year y ON y.id = r.year_id JOIN rollover_choice k ON k.rollover_id = r.id AND k.school_id = $1
			WHERE r.authority_id = $2 ORDER BY y.starts_at DESC, r.id DESC LIMIT 1`, args(string(at), string(a)), fromJSON(&out))
		return out, err
	}
	here, err := choices(at)
	if err != nil {
		return x, err
	}
	if x.School = here.Goes[person]; x.School == "" {
		if classless {
			x.ClassName = here.People[person]
		}
		return x, nil
	}
	if _, err := c.one(ctx, `SELECT name FROM school WHERE id = $1 AND authority_id = $2`, args(string(x.School), string(a)), &x.SchoolName); err != nil {
		return x, err
	}
	there, err := choices(x.School)
	x.ClassName = there.Comes[person]
	return x, err
}

// names keeps which school the paper of a contract names that is made now.
func (tx *Tx) names(c *school.Contract) error {
	ahead, err := tx.aheadOf(tx.ctx, tx.authority, c.Person, c.School, false)
	c.Named = ahead.School
	return err
}
