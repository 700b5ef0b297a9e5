package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "repair.sent", "repair.ended")
var _ = registerEvent(school.Mend, "repair.answered")

// RepairOrder is a device that was sent to be repaired, as the shop sees it: no person is in it, and none belongs into
// its notes, which are read outside of the school.
type RepairOrder struct {
	ID      string
	Device  school.DeviceID
	School  school.SchoolID
	Number  string
	Serial  string
	Model   string
	Note    string
	Answer  string
	Ready   time.Time
	Created time.Time
}

func cleanNote(field, note string, max int) (string, error) {
	if note = strings.TrimSpace(note); len(note) > max {
		return "", school.Refuse(field, "too_long", max)
	}
	return note, nil
}

// SendToRepair writes an order for a device. It stays with whom it was given to; whether they get another is their desk's.
func (s *Store) SendToRepair(ctx context.Context, by school.Actor, device school.DeviceID, note string) (school.ChangeSetID, error) {
	note, err := cleanNote("note", note, 1000)
	if err == nil && note == "" {
		err = school.Refuse("note", "required")
	}
	if err != nil {
		return "", err
	}
	return s.writeAt(ctx, by, "device", event{name: "repair.sent", verb: school.EditDevices, subject: "device", id: string(device)}, func(tx *Tx, d row) error {
		return tx.orderRepair(d, note)
	})
}

func (tx *Tx) orderRepair(d row, note string) error {
	err := tx.insert("repair", row{"id": newID(), "school_id": d["school_id"], "device_id": d.str("id"), "note": note, "created_at": micros(tx.now)})
	return taken(err, "device", "in_repair")
}

// AnswerRepair is what the shop says of an order, and whether the device is ready to be fetched.
func (s *Store) AnswerRepair(ctx context.Context, by school.Actor, id, answer string, ready bool) error {
	answer, err := cleanNote("answer", answer, 1000)
	if err != nil {
		return err
	}
	_, err = s.writeAt(ctx, by, "repair", event{name: "repair.answered", verb: school.Mend, subject: "repair", id: id, final: true}, func(tx *Tx, r row) error {
		if r["closed_at"] != nil {
			return school.Missing("repair")
		}
		tx.event.subject, tx.event.id, tx.event.detail = "device", r.str("device_id"), map[string]any{"ready": ready}
		set := row{"answer": answer, "ready_at": nil}
		if ready {
			set["ready_at"] = micros(tx.now)
		}
		return tx.change("repair", id, r, set)
	})
	return err
}

// EndRepair says that the device is back.
func (s *Store) EndRepair(ctx context.Context, by school.Actor, id string) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "repair", event{name: "repair.ended", verb: school.EditDevices, subject: "repair", id: id}, func(tx *Tx, r row) error {
		if r["closed_at"] != nil {
			return school.Missing("repair")
		}
		tx.event.subject, tx.event.id = "device", r.str("device_id")
		if err := tx.change("repair", id, r, row{"closed_at": micros(tx.now)}); err != nil {
			return err
		}
		return tx.recallInstead(school.DeviceID(r.str("device_id")))
	})
}

// recallDays is how long somebody may keep what they got while their own was in repair.
const recallDays = 7

// recallInstead asks back what somebody got in place of a device that is repaired.
func (tx *Tx) recallInstead(device school.DeviceID) error {
	ids, err := tx.idsOf(`SELECT e.id FROM device d JOIN contract k ON k.asset_id = d.asset_id AND k.issued_at IS NOT NULL AND k.returned_at IS NULL
		JOIN contract e ON e.replaces_id = k.id AND e.issued_at IS NOT NULL AND e.returned_at IS NULL AND e.due_at IS NULL WHERE d.authority_id = $1 AND d.id = $2`, string(device))
	for _, id := range ids {
		due := endOfDay(tx.now.AddDate(0, 0, recallDays))
		if err == nil {
			err = tx.update("contract", id, row{"end_rule": string(school.EndsOnDay), "due_at": micros(due)})
		}
		if err == nil {
			err = tx.addAddendum(school.Addendum{Contract: school.ContractID(id), Kind: school.ExtensionAddendum, NewDue: due})
		}
	}
	return err
}

// Repairs lists the open orders of the actor's schools, the oldest first, at most MaxPage: to the shop, and to those who
// see devices there.
func (s *Store) Repairs(ctx context.Context, by school.Actor) ([]RepairOrder, error) {
	verb := school.Mend
	if !by.CanSomewhere(verb, by.Tenant) {
		verb = school.View
	}
	var w where
	w.and("r.authority_id = ?", string(by.Tenant))
	w.and("r.closed_at IS NULL")
	if err := w.limitSchools(by, verb, by.Tenant, "r.school_id"); err != nil {
		return nil, school.Missing("repair")
	}
	var out []RepairOrder
	err := s.read().each(ctx, `SELECT r.id, r.device_id, r.school_id, COALESCE(a.number, ''), d.serial, a.model, r.note, r.answer, r.ready_at, r.created_at
		FROM repair r JOIN device d ON d.id = r.device_id JOIN asset a ON a.id = d.asset_id WHERE `+w.String()+` ORDER BY r.created_at, r.id LIMIT `+w.arg(MaxPage), w.args, func(r *sql.Rows) error {
		var x RepairOrder
		err := r.Scan(&x.ID, text(&x.Device), text(&x.School), &x.Number, &x.Serial, &x.Model, &x.Note, &x.Answer, stamp(&x.Ready), stamp(&x.Created))
		out = append(out, x)
		return err
	})
	return out, err
}
