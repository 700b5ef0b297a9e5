package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

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
