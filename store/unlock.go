package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// UnlockDue is an order to take the Activation Lock off a device. It goes to Apple, not to the device: the device may lie
// locked on a table, unable to say a word.
type UnlockDue struct {
	Order     school.OrderID
	Authority school.AuthorityID
	Device    school.DeviceID
	Serial    string
	Product   string
	OrgName   string
	Code      string
}

// UnlocksDue lists up to limit such orders of all authorities, the oldest first. What no longer stands is cancelled.
func (s *Store) UnlocksDue(ctx context.Context, limit int) (out []UnlockDue, err error) {
	now := s.Now()
	type due struct {
		UnlockDue
		sealed []byte
	}
	byOrder := map[school.OrderID]due{}
	of := map[school.AuthorityID][]string{}
	err = s.read().each(ctx, `SELECT o.id, o.authority_id, o.device_id, d.serial, s.product_name, a.name, s.bypass_sealed FROM device_order o JOIN device d ON d.id = o.device_id
		JOIN device_state s ON s.device_id = o.device_id JOIN authority a ON a.id = o.authority_id
		WHERE o.kind = 'unlock' AND o.finished_at IS NULL AND o.state IN ('waiting', 'later') AND (o.from_at IS NULL OR o.from_at <= $1) AND o.expires_at > $1 ORDER BY o.created_at, o.id LIMIT $2`,
		args(now.UnixMicro(), limit), func(r *sql.Rows) error {
			var x due
			err := r.Scan(text(&x.Order), text(&x.Authority), text(&x.Device), &x.Serial, &x.Product, &x.OrgName, &x.sealed)
			byOrder[x.Order] = x
			of[x.Authority] = append(of[x.Authority], string(x.Order))
			return err
		})
	for a, ids := range of {
		if err != nil {
			return nil, err
		}
		var w where
		w.and("o.authority_id = ?", string(a))
		w.and("o.id IN (SELECT value FROM json_array_elements_text(?::json))", list(ids))
		void := map[school.OrderID]string{}
		err = s.readOrders(ctx, s.read(), a, w, func(o school.Order, why string) {
			if why != "" {
				void[o.ID] = why
				return
			}
			x := byOrder[o.ID]
			plain, wrong := s.open(cell{a, "device_state", "bypass", string(x.Device)}, x.sealed)
			if x.Code = string(plain); wrong == nil && x.Code != "" {
				out = append(out, x.UnlockDue)
			}
		})
		for id, why := range void {
			if err == nil {
				err = s.endUnlock(ctx, a, id, school.Cancelled, why)
			}
		}
	}
	return out, err
}

// Unlocked keeps what Apple said: the lock is off (done), or the code is not the one (refused). Not to have reached Apple
// is no answer: later asks again then, as long as the order lasts.
func (s *Store) Unlocked(ctx context.Context, x UnlockDue, state school.OrderState, said string, again time.Duration) error {
	if state != school.Later {
		return s.endUnlock(ctx, x.Authority, x.Order, state, said)
	}
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE device_order SET state = 'later', result = $3, from_at = $4 WHERE id = $1 AND authority_id = $2 AND state IN ('waiting', 'later')`,
			string(x.Order), string(x.Authority), said, s.Now().Add(again).UnixMicro())
		return err
	})
}

func (s *Store) endUnlock(ctx context.Context, a school.AuthorityID, id school.OrderID, state school.OrderState, why string) error {
	err := s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE device_order SET state = $3, finished_at = $4, result = $5 WHERE id = $1 AND authority_id = $2 AND state IN ('waiting', 'later')`,
			string(id), string(a), string(state), s.Now().UnixMicro(), why)
		return err
	})
	if err == nil {
		s.changed.call()
	}
	return err
}
