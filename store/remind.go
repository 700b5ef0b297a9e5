package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ranzen/store/school"
)

// DueLoan is a contract that is due, as a letter speaks of it. It names the thing and never the person: a letter may be read
// by whoever opens the post of a school.
type DueLoan struct {
	Contract school.ContractID
	Number   string
	Thing    string
	Model    string
	School   string
	Due      time.Time
	Mark     int  // days after the due day; before it negative
	Desk     bool // it goes to those who look after the school, or the authority
}

// LoanLetter writes what somebody is told of a loan that is due, in their language.
type LoanLetter func(language string, x DueLoan) (subject, body string)

// RemindLoans writes at each mark of the authority's schedule (school.LoanReminders) about contracts that end on a day: to the
// person as long as it is fresh, then to the school, then to the authority. Each mark is told once, whatever nodes there are;
// one that was slept through is not made up for. Nothing else happens by itself: no device is locked because somebody is late.
func (s *Store) RemindLoans(ctx context.Context, a school.AuthorityID, letter LoanLetter) error {
	type due struct {
		DueLoan
		contract school.Contract
		school   school.SchoolID
		email    string
	}
	policy, err := s.read().policyOf(ctx, a)
	if err != nil || policy.Lending.Remind.Never {
		return err
	}
	now, remind := s.Now().In(Berlin), policy.Lending.Remind
	var all []due
	err = s.read().each(ctx, `SELECT k.id, k.number, k.due_at, k.school_id, COALESCE(s.name, ''), COALESCE(a.number, a.serial, pl.name, ''), COALESCE(a.model, ''), p.email
		FROM contract k JOIN person p ON p.id = k.person_id LEFT JOIN school s ON s.id = k.school_id LEFT JOIN asset a ON a.id = k.asset_id LEFT JOIN place pl ON pl.id = k.place_id
		WHERE k.authority_id = $1 AND k.issued_at IS NOT NULL AND k.returned_at IS NULL AND k.due_at IS NOT NULL AND k.due_at <= $2 ORDER BY k.due_at, k.id`,
		args(string(a), endOfDay(now.AddDate(0, 0, max(0, -remind.Days()[0]))).UnixMicro()), func(r *sql.Rows) error {
			var x due
			err := r.Scan(text(&x.Contract), &x.Number, stamp(&x.Due), text(&x.school), &x.School, &x.Thing, &x.Model, &x.email)
			x.contract = school.Contract{State: school.ContractIssued, Due: x.Due}
			all = append(all, x)
			return err
		})
	if err != nil {
		return err
	}
	for _, x := range all {
		mark, whom, reached := remind.Mark(x.contract, now)
		if !reached {
			continue
		}
		x.Mark = mark
		err := s.transact(ctx, func(c conn) error {
			fresh, err := s.once(ctx, c, a, "loan_due", string(x.Contract), fmt.Sprintf("%s/%d", x.Due.UTC().Format(time.DateOnly), mark))
			if err != nil || !fresh {
				return err
			}
			n, err := c.number(ctx, `SELECT count(*) FROM contract WHERE id = $1 AND issued_at IS NOT NULL AND returned_at IS NULL AND due_at = $2`, string(x.Contract), micros(x.Due))
			if err != nil || n == 0 { // it came back, or was extended, in this moment
				return err
			}
			var to []recipient
			switch {
			case whom == school.RemindPerson && x.email != "":
				subject, body := letter("de", x.DueLoan)
				return s.mail(ctx, c, a, "loan_due", x.email, subject, body)
			case whom != school.RemindAuthority:
				to, err = c.schoolCaretakers(ctx, a, x.school, now)
			}
			if err == nil && len(to) == 0 {
				to, err = s.caretakers(ctx, c, a)
			}
			x.Desk = true
			for _, r := range to {
				if err == nil {
					subject, body := letter(r.language, x.DueLoan)
					err = s.mail(ctx, c, a, "loan_due", r.email, subject, body)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// schoolCaretakers are the administrators of a school who can be written to.
func (c conn) schoolCaretakers(ctx context.Context, a school.AuthorityID, at school.SchoolID, now time.Time) (out []recipient, err error) {
	err = c.each(ctx, `SELECT DISTINCT p.email, p.language FROM account p JOIN role_grant g ON g.account_id = p.id WHERE NOT p.disabled AND p.email <> '' AND g.from_at <= $1
		AND (g.until_at IS NULL OR g.until_at > $1) AND g.role = 'school_admin' AND g.authority_id = $2 AND g.school_id = $3 ORDER BY p.email`, args(now.UnixMicro(), string(a), string(at)), func(r *sql.Rows) error {
		var x recipient
		err := r.Scan(&x.email, &x.language)
		out = append(out, x)
		return err
	})
	return out, err
}
