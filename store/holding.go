package store

import (
	"cmp"
	"context"
	"database/sql"

	"ranzen/store/school"
)

var _ = registerEvent(school.Lend, "device.issued", "device.returned")

// Issue gives a device to a person. At most one person holds a device; a database index keeps that even against mistakes
// of ours. If it was planned for this person the plan is fulfilled; a plan for another stays and holds again on return.
func (s *Store) Issue(ctx context.Context, by school.Actor, person school.PersonID, device school.DeviceID) (school.HoldingID, school.ChangeSetID, error) {
	id := NewID[school.HoldingID]()
	ev := event{name: "device.issued", verb: school.Lend, subject: "device", id: string(device), detail: map[string]any{"person": string(person)}}
	set, err := s.writeAt(ctx, by, "device", ev, func(tx *Tx, d row) error {
		if !d.flag("confirmed") {
			name, err := tx.deviceName(device)
			if err != nil {
				return err
			}
			return school.Clash("device_unconfirmed", name)
		}
		if _, err := tx.livingPerson(person, school.Lend); err != nil {
			return err
		}
		if err := tx.notHeld(device); err != nil {
			return err
		}
		if n, err := tx.number(ctx, `SELECT count(*) FROM repair WHERE device_id = $1 AND closed_at IS NULL`, string(device)); err != nil || n > 0 {
			return cmp.Or(err, error(&school.Error{Kind: school.Conflict, Code: "in_repair", Field: "device"}))
		}
		if err := tx.insert("holding", row{"id": string(id), "person_id": string(person), "device_id": string(device), "from_at": micros(tx.now)}); err != nil {
			return taken(err, "device", "device_issued", d.str("serial"))
		}
		if d.str("planned_person_id") == string(person) {
			return tx.change("device", string(device), d, row{"planned_person_id": nil})
		}
		return nil
	})
	if err != nil {
		return "", "", err
	}
	return id, set, nil
}

// deviceName is what people call a device: its inventory number, else its serial.
func (tx *Tx) deviceName(id school.DeviceID) (name string, err error) {
	_, err = tx.one(tx.ctx, `SELECT COALESCE(a.number, d.serial) FROM device d JOIN asset a ON a.id = d.asset_id WHERE d.id = $1 AND d.authority_id = $2`,
		args(string(id), string(tx.authority)), &name)
	return name, err
}

// notHeld refuses a device that somebody has. It says who, to those who may know.
func (tx *Tx) notHeld(device school.DeviceID) error {
	var name string
	var p school.Person
	found, err := tx.one(tx.ctx, `SELECT COALESCE(a.number, d.serial), p.school_id, p.given, p.family
		FROM holding h JOIN device d ON d.id = h.device_id JOIN asset a ON a.id = d.asset_id JOIN person p ON p.id = h.person_id
		WHERE h.authority_id = $1 AND h.device_id = $2 AND h.until_at IS NULL`, args(string(tx.authority), string(device)), &name, text(&p.School), &p.Given, &p.Family)
	if err != nil || !found {
		return err
	}
	if at := (school.Where{Authority: tx.authority, School: p.School}); tx.by.Can(school.ViewPeople, at) || tx.by.Can(school.Lend, at) {
		return &school.Error{Kind: school.Conflict, Code: "device_issued_to", Field: "device", Args: []any{name, p.Short()}}
	}
	return &school.Error{Kind: school.Conflict, Code: "device_issued", Field: "device", Args: []any{name}}
}

// TakeBack ends the holding of a device.
func (s *Store) TakeBack(ctx context.Context, by school.Actor, device school.DeviceID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "device", event{name: "device.returned", verb: school.Lend, subject: "device", id: string(device)}, func(tx *Tx, _ row) error {
		var id string
		found, err := tx.one(ctx, `SELECT id FROM holding WHERE authority_id = $1 AND device_id = $2 AND until_at IS NULL`, args(string(tx.authority), string(device)), &id)
		if err != nil {
			return err
		}
		if !found {
			name, err := tx.deviceName(device)
			if err != nil {
				return err
			}
			return school.Clash("device_not_issued", name)
		}
		return tx.update("holding", id, row{"until_at": micros(tx.now)})
	})
}

// HoldingRow is a holding with the names its line shows.
type HoldingRow struct {
	school.Holding
	PersonName string // "Family, Given"; empty where the actor may not know it, like Person then
	DeviceName string // inventory number, else serial
	Erased     bool   // who it was is kept no longer
}

const holdingSelect = `SELECT h.id, h.authority_id, h.person_id, h.device_id, h.from_at, h.until_at, p.given, p.family, p.school_id, COALESCE(a.number, d.serial)
	FROM holding h JOIN person p ON p.id = h.person_id JOIN device d ON d.id = h.device_id JOIN asset a ON a.id = d.asset_id
	WHERE h.authority_id = $1 AND `

// holdings reads at most the newest 200 holdings of a person or a device.
func (s *Store) holdings(ctx context.Context, by school.Actor, cond, arg string) ([]HoldingRow, error) {
	var out []HoldingRow
	err := s.read().each(ctx, holdingSelect+cond+` ORDER BY h.from_at DESC, h.id DESC LIMIT 200`, args(string(by.Tenant), arg), func(r *sql.Rows) error {
		var h HoldingRow
		var p school.Person
		if err := r.Scan(text(&h.ID), text(&h.Authority), text(&h.Person), text(&h.Device), stamp(&h.From), stamp(&h.Until), &p.Given, &p.Family, text(&p.School), &h.DeviceName); err != nil {
			return err
		}
		if p.Family == "" {
			h.Erased, h.Person = true, ""
		}
		h.PersonName = p.Name()
		out = append(out, h)
		return nil
	})
	return out, err
}

// HeldBy lists what a person has and had, newest first.
func (s *Store) HeldBy(ctx context.Context, by school.Actor, person school.PersonID) ([]HoldingRow, error) {
	if _, err := s.PersonByID(ctx, by, person); err != nil {
		return nil, err
	}
	return s.holdings(ctx, by, "h.person_id = $2", string(person))
}
