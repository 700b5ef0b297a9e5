package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"math/big"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Clerks, "clerk.created", "clerk.pin_made", "clerk.ended")

// How long a temporary clerk may be there, and how many at once at a school: help for some days, not a second staff.
const (
	MaxClerkDays = 60
	MaxClerks    = 40
)

// TemporaryClerk is somebody who helps at the desk for some days. It has a login and a PIN of its own; both were made here
// and the PIN was shown once. The PIN is long enough that with the waits of sign-in nobody guesses it in its time.
type TemporaryClerk struct {
	Grant   GrantID
	Account school.AccountID
	Name    string
	Login   string
	School  school.SchoolID
	From    time.Time
	Until   time.Time
	Ended   bool
}

func newPIN() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1e8))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return fmt.Sprintf("%08d", n)
}

// CreateClerk makes a temporary clerk of a school until a moment, at most MaxClerkDays away. The PIN is returned this once.
func (s *Store) CreateClerk(ctx context.Context, by school.Actor, at school.SchoolID, name string, until time.Time) (c TemporaryClerk, pin string, err error) {
	made, err := s.createClerks(ctx, by, at, "name", []string{name}, until)
	if err != nil {
		return c, "", err
	}
	return made[0].TemporaryClerk, made[0].PIN, nil
}

// NewClerk is a temporary clerk with the PIN that is shown this once.
type NewClerk struct {
	TemporaryClerk
	PIN string
}

// CreateClerks makes the temporary clerks of a day, all of them or none.
func (s *Store) CreateClerks(ctx context.Context, by school.Actor, at school.SchoolID, names []string, until time.Time) ([]NewClerk, error) {
	switch {
	case len(names) == 0:
		return nil, school.Refuse("names", "required")
	case len(names) > MaxClerks:
		return nil, school.Clash("clerks_many", MaxClerks)
	}
	return s.createClerks(ctx, by, at, "names", names, until)
}

func (s *Store) createClerks(ctx context.Context, by school.Actor, at school.SchoolID, field string, names []string, until time.Time) ([]NewClerk, error) {
	switch now := s.Now(); {
	case at == "":
		return nil, school.Refuse("school", "required")
	case !until.After(now):
		return nil, school.Refuse("until", "ends_in_past")
	case until.After(now.AddDate(0, 0, MaxClerkDays+1)):
		return nil, school.Refuse("until", "clerk_long", MaxClerkDays)
	}
	if !by.Can(school.Clerks, school.Where{Authority: by.Tenant, School: at}) { // asked here already: hashing is dear
		return nil, school.Missing("school")
	}
	var all []NewClerk
	for _, name := range names {
		name, err := cleanName(field, name)
		if err != nil {
			return nil, err
		}
		all = append(all, NewClerk{TemporaryClerk{Grant: NewID[GrantID](), Account: NewID[school.AccountID](), Name: name, Login: "pult-" + strings.ToLower(rand.Text()[:6]), School: at, Until: until}, newPIN()})
	}
	hashes := make([]string, len(all))
	for i, c := range all {
		var err error
		if hashes[i], err = hashPassword(ctx, c.PIN); err != nil {
			return nil, err
		}
	}
	ev := event{name: "clerk.created", verb: school.Clerks, school: at, subject: "school", id: string(at), final: true, detail: map[string]any{"clerks": len(all), "until": until.UTC().Format(time.RFC3339)}}
	if len(all) == 1 {
		ev.subject, ev.id = "account", string(all[0].Account)
		ev.detail["grant"] = string(all[0].Grant)
	}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.openSchool(at, school.Clerks); err != nil {
			return err
		}
		n, err := tx.number(ctx, `SELECT count(*) FROM role_grant WHERE authority_id = $1 AND school_id = $2 AND role = 'clerk' AND until_at > $3`,
			string(tx.authority), string(at), tx.now.UnixMicro())
		if err != nil {
			return err
		}
		if int(n)+len(all) > MaxClerks {
			return school.Clash("clerks_many", MaxClerks)
		}
		for i := range all {
			c := &all[i].TemporaryClerk
			c.From = tx.now
			a := Account{ID: c.Account, Login: c.Login, Name: c.Name}.row(tx.now, Secret(32))
			a["password"], a["setup_hash"], a["setup_until"] = hashes[i], "", nil
			if err := tx.insert("account", a); err != nil {
				return err
			}
			if err := tx.insert("role_grant", row{"id": string(c.Grant), "account_id": string(c.Account), "role": string(school.Clerk), "authority_id": string(tx.authority),
				"school_id": string(at), "from_at": micros(tx.now), "until_at": micros(until)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// NewPIN makes a new PIN for a clerk who lost it; the old one and every session end.
func (s *Store) NewPIN(ctx context.Context, by school.Actor, id GrantID) (c TemporaryClerk, pin string, err error) {
	pin = newPIN()
	phc, err := hashPassword(ctx, pin)
	if err != nil {
		return c, "", err
	}
	c, err = s.changeClerk(ctx, by, id, "clerk.pin_made", func(tx *Tx, c TemporaryClerk) error {
		if c.Ended {
			return school.Clash("clerk_over")
		}
		if err := tx.update("account", string(c.Account), row{"password": phc}); err != nil {
			return err
		}
		return s.freshStart(ctx, tx.conn, Account{ID: c.Account, Login: c.Login}, "")
	})
	return c, pin, err
}

// EndClerk ends a clerk at once: the role, every session and the account, which was for nothing else.
func (s *Store) EndClerk(ctx context.Context, by school.Actor, id GrantID) error {
	_, err := s.changeClerk(ctx, by, id, "clerk.ended", func(tx *Tx, c TemporaryClerk) error {
		if c.Ended {
			return nil
		}
		if err := tx.update("role_grant", string(id), row{"until_at": micros(tx.now)}); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `DELETE FROM session WHERE account_id = $1`, string(c.Account)); err != nil {
			return err
		}
		return tx.update("account", string(c.Account), row{"disabled": true})
	})
	return err
}

// changeClerk changes a clerk of a school where the actor may have clerks.
func (s *Store) changeClerk(ctx context.Context, by school.Actor, id GrantID, name string, fn func(tx *Tx, c TemporaryClerk) error) (TemporaryClerk, error) {
	c, err := s.clerk(ctx, by, id)
	if err != nil {
		return c, err
	}
	ev := event{name: name, verb: school.Clerks, school: c.School, subject: "account", id: string(c.Account), final: true, detail: map[string]any{"grant": string(id)}}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error { return fn(tx, c) })
	return c, err
}

func (s *Store) clerk(ctx context.Context, by school.Actor, id GrantID) (TemporaryClerk, error) {
	all, err := s.clerks(ctx, by, "g.id = ?", string(id))
	if err == nil && len(all) == 0 {
		err = school.Missing("grant")
	}
	if err != nil {
		return TemporaryClerk{}, err
	}
	return all[0], nil
}

// Clerks lists the temporary clerks of the schools where the actor may have some, the newest first, at most MaxPage.
func (s *Store) Clerks(ctx context.Context, by school.Actor) ([]TemporaryClerk, error) {
	return s.clerks(ctx, by, "g.role = ?", string(school.Clerk))
}

func (s *Store) clerks(ctx context.Context, by school.Actor, cond, arg string) ([]TemporaryClerk, error) {
	var w where
	w.and("g.authority_id = ?", string(by.Tenant))
	w.and("g.role = 'clerk'")
	w.and(cond, arg)
	if err := w.limitSchools(by, school.Clerks, by.Tenant, "g.school_id"); err != nil {
		return nil, school.Missing("grant")
	}
	now := s.Now()
	var out []TemporaryClerk
	err := s.read().each(ctx, `SELECT g.id, a.id, a.name, a.login, g.school_id, g.from_at, g.until_at, a.disabled FROM role_grant g JOIN account a ON a.id = g.account_id
		WHERE `+w.String()+` ORDER BY g.from_at DESC, g.id DESC LIMIT `+w.arg(MaxPage), w.args, func(r *sql.Rows) error {
		var c TemporaryClerk
		err := r.Scan(text(&c.Grant), text(&c.Account), &c.Name, &c.Login, text(&c.School), stamp(&c.From), stamp(&c.Until), &c.Ended)
		c.Ended = c.Ended || !c.Until.After(now)
		out = append(out, c)
		return err
	})
	return out, err
}
