package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

// Somebody changes schools inside the authority and takes the device along: person, class and device go in one act, which
// is planned like any move and can be undone. The device stays held and under management; nothing is wiped, and what holds
// for the whole authority, its Wi-Fi first, stays as it is.

var _ = registerEvent(school.EditPeople, "person.transferred")

// completeTransfer finds what the person takes along, and the groups of its school that end.
func (s *Store) completeTransfer(ctx context.Context, c conn, by school.Actor, person school.PersonID, to school.SchoolID) (held []school.DeviceID, drops []school.GroupID, err error) {
	var at school.SchoolID
	var archived bool
	found, err := c.one(ctx, `SELECT school_id, archived FROM person WHERE id = $1 AND authority_id = $2`, args(string(person), string(by.Tenant)), text(&at), &archived)
	switch {
	case err != nil:
		return nil, nil, err
	case !found || !by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: at}):
		return nil, nil, school.Missing("person")
	case archived:
		return nil, nil, school.Clash("person_archived")
	case at == to:
		return nil, nil, school.Clash("transfer_there")
	}
	for _, x := range []school.SchoolID{at, to} {
		if !by.Can(school.EditPeople, school.Where{Authority: by.Tenant, School: x}) {
			return nil, nil, school.Deny(school.EditPeople)
		}
	}
	a := args(string(by.Tenant), string(person))
	err = c.each(ctx, `SELECT device_id FROM holding WHERE authority_id = $1 AND person_id = $2 AND until_at IS NULL ORDER BY device_id`, a, func(r *sql.Rows) error {
		var id school.DeviceID
		err := r.Scan(text(&id))
		held = append(held, id)
		return err
	})
	if err == nil {
		err = c.each(ctx, `SELECT DISTINCT g.id FROM membership m JOIN school_group g ON g.id = m.group_id WHERE m.authority_id = $1 AND m.person_id = $2 AND g.school_id IS NOT NULL ORDER BY g.id`, a, func(r *sql.Rows) error {
			var id school.GroupID
			err := r.Scan(text(&id))
			drops = append(drops, id)
			return err
		})
	}
	return held, drops, err
}

// transferPerson carries a transfer out.
func (tx *Tx) transferPerson(c school.Change, year school.SchoolYearID) error {
	from, err := tx.bringOver(c.Person, c.To, year)
	if err != nil {
		return err
	}
	tx.event.detail["from"] = string(from)
	return tx.tellSchools(c.Letters, from, c.To.School)
}

// bringOver brings somebody to another school, with what is held. It says from which one.
func (tx *Tx) bringOver(person school.PersonID, to school.Placement, year school.SchoolYearID) (from school.SchoolID, err error) {
	p, err := tx.own("person", string(person), school.EditPeople)
	if err != nil {
		return "", err
	}
	if p.flag("archived") {
		return "", school.Clash("person_archived")
	}
	if err := tx.openSchool(to.School, school.EditPeople); err != nil {
		return "", err
	}
	if err := tx.endMemberships(`person_id = $3 AND (class_id IS NOT NULL OR group_id IN (SELECT id FROM school_group WHERE school_id IS NOT NULL))`, string(person)); err != nil {
		return "", err
	}
	if err := tx.leaveSchool(person); err != nil {
		return "", err
	}
	if err := tx.update("person", string(person), row{"school_id": string(to.School)}); err != nil {
		return "", err
	}
	if err := tx.takeAlong(person, to.School); err != nil {
		return "", err
	}
	if to.Class != "" {
		if err := tx.classAt(to.Class, to.School); err != nil {
			return "", err
		}
		if err := tx.join(person, school.Membership{Class: to.Class, Year: year, From: tx.now}); err != nil {
			return "", err
		}
	}
	return school.SchoolID(p.str("school_id")), nil
}

// takeAlong lets what somebody holds, and the contracts it is held under, go to another school. Devices planned for the person
// stay with the school they belong to.
func (tx *Tx) takeAlong(person school.PersonID, to school.SchoolID) error {
	if err := tx.unplan(person); err != nil {
		return err
	}
	held, err := tx.idsOf(`SELECT device_id FROM holding WHERE authority_id = $1 AND person_id = $2 AND until_at IS NULL ORDER BY device_id`, string(person))
	if err != nil {
		return err
	}
	devices := make([]school.DeviceID, len(held))
	for i, id := range held {
		devices[i] = school.DeviceID(id)
	}
	var none school.ClassID
	if err := tx.moveDevices(devices, Destination{School: &to, Class: &none}); err != nil {
		return err
	}
	return tx.moveContracts(person, to)
}

// tellSchools writes to those who look after the schools, each once and in their language.
func (tx *Tx) tellSchools(letters map[string]school.Letter, schools ...school.SchoolID) error {
	if len(letters) == 0 {
		return nil
	}
	var to []recipient
	err := tx.each(tx.ctx, `SELECT DISTINCT p.email, p.language FROM account p JOIN role_grant g ON g.account_id = p.id
		WHERE NOT p.disabled AND p.email <> '' AND g.from_at <= $1 AND (g.until_at IS NULL OR g.until_at > $1) AND g.role = 'school_admin' AND g.authority_id = $2
		AND g.school_id IN (SELECT value FROM json_array_elements_text($3::json)) ORDER BY p.email`, args(tx.now.UnixMicro(), string(tx.authority), list(schools)), func(r *sql.Rows) error {
		var x recipient
		err := r.Scan(&x.email, &x.language)
		to = append(to, x)
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range to {
		l, has := letters[x.language]
		if !has {
			l = letters["de"]
		}
		if err := tx.mail("transfer", x.email, l.Subject, l.Body); err != nil {
			return err
		}
	}
	return nil
}

// moveContracts lets the contracts of somebody who changes schools go on there, with all that was handed out under them. A
// paper that was not signed for yet names the old school: it is made anew.
func (tx *Tx) moveContracts(person school.PersonID, to school.SchoolID) error {
	ids, err := tx.idsOf(`SELECT id FROM contract WHERE authority_id = $1 AND person_id = $2 AND state IN ('planned', 'prepared', 'signed', 'issued') ORDER BY number`, string(person))
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := tx.fetch("contract", id)
		if err != nil {
			return err
		}
		was := contractOf(r)
		c := was
		if was.State.Out() || was.Named != to { // a paper that names the new school already stays good
			if c, err = was.Do(school.MoveContract, nil, tx.now); err != nil {
				return err
			}
		}
		c.School, c.Named = to, ""
		if c.State.Out() {
			if err := tx.addAddendum(school.Addendum{Contract: c.ID, Kind: school.MoveAddendum, OldSchool: was.School, NewSchool: to}); err != nil {
				return err
			}
		} else { // what was meant for it stays with the old school
			c.Asset = ""
		}
		if err := tx.change("contract", id, r, contractRow(c)); err != nil {
			return err
		}
		if c.Asset == "" {
			continue
		}
		a, err := tx.fetch("asset", string(c.Asset))
		if err == nil && a.str("school_id") != "" {
			err = tx.change("asset", string(c.Asset), a, row{"school_id": string(to), "place_id": nil})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
