package store

import (
	"context"
	"database/sql"
	"strings"

	"ranzen/store/school"
)

// Who a teacher is in the lists of its school. A teacher who comes by an identity provider is found there by itself where that
// is certain: one person of staff at the school of the role has the address the provider vouches for, or a key of its roster
// that is the provider's subject and the same family name; and nobody else has that person. Everything else waits for the
// administration (UntiedTeachers). What was tied stays tied: an address that goes to somebody else later changes nothing.

// subjectLeast is how long a subject must be to be believed as a key of a roster: short ones are counted everywhere.
const subjectLeast = 6

// theTeacher is the one person an account can only be at a school; empty: nobody, or more than one.
func (tx *Tx) theTeacher(account school.AccountID, at school.SchoolID, subject, email, name string) (school.PersonID, error) {
	family, addresses := map[string]string{}, map[string]string{}
	var ids []string
	err := tx.each(tx.ctx, `SELECT p.id, p.family, p.email FROM person p WHERE p.authority_id = $1 AND NOT p.archived AND p.kind <> 'pupil' AND (p.school_id = $2
		OR p.id IN (SELECT m.person_id FROM class c JOIN membership m ON m.class_id = c.id AND m.teaches WHERE c.school_id = $2 AND (m.until_at IS NULL OR m.until_at > $3)))`,
		args(string(tx.authority), string(at), micros(tx.now)), func(r *sql.Rows) error {
			var id, f, e string
			err := r.Scan(&id, &f, &e)
			ids, family[id], addresses[id] = append(ids, id), f, e
			return err
		})
	if err != nil || len(ids) == 0 {
		return "", err
	}
	fits := map[string]bool{}
	for id, e := range addresses {
		if email != "" && strings.EqualFold(e, email) {
			fits[id] = true
		}
	}
	if len(subject) >= subjectLeast {
		err = tx.each(tx.ctx, `SELECT k.person_id FROM person_key k WHERE k.person_id IN (SELECT value FROM json_array_elements_text($1::json)) AND k.authority_id = $2 AND k.key = $3`,
			args(list(ids), string(tx.authority), subject), func(r *sql.Rows) error {
				var id string
				err := r.Scan(&id)
				if strings.Contains(" "+school.Fold(name)+" ", " "+school.Fold(family[id])+" ") {
					fits[id] = true
				}
				return err
			})
	}
	if err != nil || len(fits) != 1 {
		return "", err
	}
	var one string
	for one = range fits {
	}
	n, err := tx.number(tx.ctx, `SELECT count(*) FROM role_grant WHERE person_id = $1 AND authority_id = $2 AND account_id <> $3 AND (until_at IS NULL OR until_at > $4)`,
		one, string(tx.authority), string(account), micros(tx.now))
	if err != nil || n > 0 {
		return "", err
	}
	return school.PersonID(one), nil
}

// UntiedTeacher is a teacher's role of which nobody said yet who it is.
type UntiedTeacher struct {
	Grant      GrantID
	Account    school.AccountID
	Name       string
	Email      string
	School     school.SchoolID
	SchoolName string
	Provider   bool // comes by an identity provider
	subject    string
}

const untied = `SELECT g.id, a.id, a.name, a.email, a.subject, a.issuer <> '', g.school_id, s.name FROM role_grant g JOIN account a ON a.id = g.account_id JOIN school s ON s.id = g.school_id
	WHERE g.authority_id = $1 AND g.role = 'teacher' AND g.person_id IS NULL AND NOT a.disabled AND (g.until_at IS NULL OR g.until_at > $2)`

func (c conn) untied(ctx context.Context, query string, a ...any) (out []UntiedTeacher, err error) {
	err = c.each(ctx, query, a, func(r *sql.Rows) error {
		var x UntiedTeacher
		err := r.Scan(text(&x.Grant), text(&x.Account), &x.Name, &x.Email, &x.subject, &x.Provider, text(&x.School), &x.SchoolName)
		out = append(out, x)
		return err
	})
	return out, err
}

// UntiedTeachers lists teachers' roles without a person, by school and name.
func (s *Store) UntiedTeachers(ctx context.Context, by school.Actor, after string, limit int) (p Page[UntiedTeacher], err error) {
	if !by.Can(school.Accounts, school.Where{Authority: by.Tenant}) {
		return p, school.Missing("authority")
	}
	p.Rows, err = s.read().untied(ctx, untied+` AND ($3 = '' OR (s.name_sort, a.name_fold, g.id) > (SELECT s.name_sort, a.name_fold, g.id FROM role_grant g JOIN account a ON a.id = g.account_id JOIN school s ON s.id = g.school_id
		WHERE g.id = $3 AND g.authority_id = $1)) ORDER BY s.name_sort, a.name_fold, g.id LIMIT $4`, string(by.Tenant), micros(s.Now()), after, limit+1)
	if err == nil && len(p.Rows) > limit {
		p.Rows = p.Rows[:limit]
		p.Next = string(p.Rows[limit-1].Grant)
	}
	return p, err
}

// TieTeachers ties every teacher of an authority who came by a provider and can be only one person by now: lists may be read in
// after the first sign-in. It says how many.
func (s *Store) TieTeachers(ctx context.Context, a school.AuthorityID) (tied int, err error) {
	open, err := s.read().untied(ctx, untied+` AND a.issuer <> '' ORDER BY g.id`, string(a), micros(s.Now()))
	for _, x := range open {
		if err != nil {
			return tied, err
		}
		ev := event{name: "grant.changed", verb: school.Accounts, subject: "account", id: string(x.Account), school: x.School, final: true}
		var person school.PersonID
		find := func(tx *Tx) (err error) {
			person, err = tx.theTeacher(x.Account, x.School, x.subject, x.Email, x.Name)
			return err
		}
		// Asked first: who cannot be tied leaves no entry every night.
		if err = s.snapshot(ctx, func(c conn) error { return find(&Tx{conn: c, ctx: ctx, s: s, now: s.Now(), authority: a}) }); err != nil || person == "" {
			continue
		}
		_, err = s.write(ctx, school.System("teachers", a), ev, func(tx *Tx) error {
			r, g, err := tx.grantRow(x.Grant)
			if err != nil || g.Person != "" {
				return err
			}
			if err := find(tx); err != nil || person == "" {
				return err
			}
			tx.event.detail = map[string]any{"role": string(g.Role), "person": string(person)}
			return tx.change("role_grant", string(x.Grant), r, row{"person_id": string(person)})
		})
		if err == nil && person != "" {
			tied++
		}
	}
	return tied, err
}
