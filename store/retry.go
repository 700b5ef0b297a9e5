package store

import (
	"context"

	"ranzen/store/school"
)

var _ = registerEvent(school.OrderDevice, "device.tried_again")

// TryAgain has devices try once more what they refused for good. It is a person's act with an entry in the audit log,
// not a fact: again says what forgiving does to the state of items (mdm.Again; memory does not think), and the mark that
// follows has the devices planned anew and pushed. Devices that refused nothing are passed over; where none did, it is a
// conflict. It returns how many devices try again.
func (s *Store) TryAgain(ctx context.Context, by school.Actor, devices []school.DeviceID, again func(school.Reported) school.Reported) (int, error) {
	if len(devices) == 0 {
		return 0, school.Refuse("devices", "required")
	}
	forgiven := 0
	ev := event{name: "device.tried_again", verb: school.View, subject: "device", id: string(devices[0]), final: true}
	if len(devices) > 1 {
		ev.subject, ev.id = "authority", string(by.Tenant)
	}
	_, err := s.write(ctx, by, ev.at(s.commonSchool(ctx, by, devices)), func(tx *Tx) error {
		forgiven = 0
		for _, d := range devices {
			did, err := tx.tryAgain(d, again)
			if err != nil {
				return err
			}
			if did {
				forgiven++
			}
		}
		if forgiven == 0 {
			return school.Clash("nothing_refused")
		}
		tx.event.detail = map[string]any{"devices": forgiven}
		return nil
	})
	return forgiven, err
}

// tryAgain forgives one device and reports whether it had refused something for good.
func (tx *Tx) tryAgain(d school.DeviceID, again func(school.Reported) school.Reported) (bool, error) {
	e, err := tx.orderable(d)
	if err != nil || e == "" {
		return false, err
	}
	var have school.Reported
	if _, err := tx.one(tx.ctx, `SELECT deviations FROM target WHERE enrollment_id = $1 FOR UPDATE`, args(string(e)), fromJSON(&have.Items)); err != nil {
		return false, err
	}
	refused := false
	for _, st := range have.Items {
		refused = refused || st.Final
	}
	if !refused {
		return false, nil
	}
	// seq moves with the state, as with a report: what was computed from the refusal is not saved over this.
	if _, err := tx.exec(tx.ctx, `UPDATE target SET deviations = $2, seq = seq + 1 WHERE enrollment_id = $1`, string(e), toJSON(again(have).Items)); err != nil {
		return false, err
	}
	return true, tx.mark(`enrollment_id = $2`, string(e))
}
