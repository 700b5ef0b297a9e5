package store

import (
	"context"
	"database/sql"
	"slices"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "device.moved", "device.confirmed", "device.planned", "device.owned", "network.released")

// Destination says where devices go. What is nil stays as it is; what is empty is taken away. In another school the old
// place and planned class mean nothing: they end there unless the destination names new ones.
type Destination struct {
	School *school.SchoolID
	Place  *school.PlaceID
	Class  *school.ClassID // planned class: counts while nobody with a class of his own holds the device
}

// schoolOfDevices is the school all the devices stand at, or none when they stand at several. What the actor does not
// see is not there.
func (s *Store) schoolOfDevices(ctx context.Context, by school.Actor, ids []school.DeviceID) (school.SchoolID, error) {
	if len(ids) == 0 {
		return "", school.Refuse("devices", "required")
	}
	at := map[school.SchoolID]bool{}
	found := 0
	err := s.read().each(ctx, `SELECT school_id, count(*) FROM device WHERE authority_id = $1 AND id IN (SELECT value FROM json_array_elements_text($2::json)) GROUP BY school_id`,
		args(string(by.Tenant), list(ids)), func(r *sql.Rows) error {
			var id school.SchoolID
			var n int
			if err := r.Scan(text(&id), &n); err != nil {
				return err
			}
			if !by.Can(school.View, school.Where{Authority: by.Tenant, School: id}) {
				return school.Missing("device")
			}
			at[id] = true
			found += n
			return nil
		})
	if err != nil {
		return "", err
	}
	if found < len(unique(ids)) {
		return "", school.Missing("device")
	}
	if len(at) == 1 {
		for id := range at {
			return id, nil
		}
	}
	return "", nil
}

func unique[T comparable](ids []T) []T {
	seen := make(map[T]bool, len(ids))
	var out []T
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// MoveDevices brings devices to a school, place or class, all of them or none. The actor needs the right at every school
// they leave and at the one they come to; a device of no school yet is the authority's to give.
func (s *Store) MoveDevices(ctx context.Context, by school.Actor, ids []school.DeviceID, to Destination) (school.ChangeSetID, error) {
	at, err := s.schoolOfDevices(ctx, by, ids)
	if err != nil {
		return "", err
	}
	if to.School != nil && *to.School != "" {
		at = *to.School
	}
	ev := event{name: "device.moved", verb: school.EditDevices, school: at, subject: "device", id: onlyOne(ids), detail: map[string]any{"devices": len(ids)}}
	if to.School != nil {
		ev.detail["school"] = string(*to.School)
	}
	if to.Place != nil {
		ev.detail["place"] = string(*to.Place)
	}
	if to.Class != nil {
		ev.detail["class"] = string(*to.Class)
	}
	return s.write(ctx, by, ev, func(tx *Tx) error { return tx.moveDevices(ids, to) })
}

// moveDevices is MoveDevices inside a write: a plan that is applied takes the same path.
func (tx *Tx) moveDevices(ids []school.DeviceID, to Destination) error {
	if to.School != nil {
		if *to.School == "" {
			if err := tx.allow(school.EditDevices, ""); err != nil {
				return err
			}
		} else if err := tx.openSchool(*to.School, school.EditDevices); err != nil {
			return err
		}
	}
	fits := map[school.SchoolID]bool{} // schools at which place and class were found to stand
	for _, id := range unique(ids) {
		d, err := tx.own("device", string(id), school.EditDevices)
		if err != nil {
			return err
		}
		at, set := school.SchoolID(d.str("school_id")), row{}
		if to.School != nil && *to.School != at {
			at = *to.School
			set["school_id"], set["place_id"], set["planned_class_id"] = opt(at), nil, nil
		}
		if !fits[at] {
			if to.Place != nil && *to.Place != "" {
				if err := tx.placeAt(*to.Place, at); err != nil {
					return err
				}
			}
			if to.Class != nil && *to.Class != "" {
				if err := tx.classAt(*to.Class, at); err != nil {
					return err
				}
			}
			fits[at] = true
		}
		if to.Place != nil {
			set["place_id"] = opt(*to.Place)
		}
		if to.Class != nil {
			set["planned_class_id"] = opt(*to.Class)
		}
		if len(set) == 0 {
			continue
		}
		if err := tx.change("device", string(id), d, set); err != nil {
			return err
		}
	}
	return nil
}

// placeAt refuses a place of another school.
func (tx *Tx) placeAt(id school.PlaceID, at school.SchoolID) error {
	p, err := tx.fetch("place", string(id))
	if err == nil && (p == nil || p.str("school_id") != string(at)) {
		err = school.Refuse("place", "place_elsewhere")
	}
	return err
}

// ConfirmDevice says that a device that was enrolled by hand is ours: from now on it may get what is personal or secret.
func (s *Store) ConfirmDevice(ctx context.Context, by school.Actor, id school.DeviceID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "device", event{name: "device.confirmed", verb: school.EditDevices, subject: "device", id: string(id)}, func(tx *Tx, d row) error {
		return tx.change("device", string(id), d, row{"confirmed": true})
	})
}

// PlanPerson says who will get the device: until then it counts to that person's class. The empty person ends the plan.
func (s *Store) PlanPerson(ctx context.Context, by school.Actor, id school.DeviceID, person school.PersonID) (school.ChangeSetID, error) {
	ev := event{name: "device.planned", verb: school.EditDevices, subject: "device", id: string(id), detail: map[string]any{"person": string(person)}}
	return s.writeAt(ctx, by, "device", ev, func(tx *Tx, d row) error {
		if person != "" {
			if _, err := tx.livingPerson(person, school.ViewPeople); err != nil {
				return err
			}
		}
		return tx.change("device", string(id), d, row{"planned_person_id": opt(person)})
	})
}

// SetOwnership says whose a device is and who may use it for what: it decides what the device is asked. All of the devices, or none.
func (s *Store) SetOwnership(ctx context.Context, by school.Actor, ids []school.DeviceID, o school.Ownership) (school.ChangeSetID, error) {
	if !slices.Contains(school.Ownerships, o) {
		return "", school.Refuse("ownership", "choice")
	}
	at, err := s.schoolOfDevices(ctx, by, ids)
	if err != nil {
		return "", err
	}
	ev := event{name: "device.owned", verb: school.EditDevices, school: at, subject: "device", id: onlyOne(ids), detail: map[string]any{"devices": len(ids), "ownership": string(o)}}
	owner, staff := ownedBy(o)
	return s.write(ctx, by, ev, func(tx *Tx) error {
		for _, id := range unique(ids) {
			d, err := tx.own("device", string(id), school.EditDevices)
			if err != nil {
				return err
			}
			if err := tx.change("device", string(id), d, row{"ownership": owner, "staff": staff}); err != nil {
				return err
			}
		}
		return nil
	})
}

// livingPerson fetches a person the actor may name and who is not archived.
func (tx *Tx) livingPerson(id school.PersonID, verb school.Verb) (row, error) {
	p, err := tx.own("person", string(id), verb)
	if err == nil && p.flag("archived") {
		err = school.Clash("person_archived")
	}
	return p, err
}

// ReleaseNetworks says that the device may lose its last confirmed network: whoever writes it stands beside the device.
func (s *Store) ReleaseNetworks(ctx context.Context, by school.Actor, id school.DeviceID, release bool) (school.ChangeSetID, error) {
	ev := event{name: "network.released", verb: school.EditDevices, subject: "device", id: string(id), detail: map[string]any{"released": release}}
	return s.writeAt(ctx, by, "device", ev, func(tx *Tx, d row) error {
		return tx.change("device", string(id), d, row{"release_networks": release})
	})
}
