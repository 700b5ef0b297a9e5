package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.OrderDevice, "order.given", "order.cancelled", "bypass.read")

const orderColumns = `o.id, o.device_id, o.enrollment_id, o.kind, o.request_type, o.body_sealed, o.command_uuid, o.priority, o.state, o.created_by, o.created_at, o.expires_at, o.finished_at, o.result`

func (s *Store) scanOrder(r *sql.Rows, a school.AuthorityID, o *school.Order) error {
	var sealed []byte
	if err := r.Scan(text(&o.ID), text(&o.Device), text(&o.Enrollment), text(&o.Kind), &o.Request, &sealed, &o.UUID, &o.Priority, text(&o.State), &o.By,
		stamp(&o.Created), stamp(&o.Expires), stamp(&o.Finished), &o.Result); err != nil {
		return err
	}
	o.Authority = a
	body, err := s.open(cell{a, "device_order", "body", string(o.ID)}, sealed)
	o.Body = body
	return err
}

// orderKinds are the orders a person may give by now, with Apple's command, their priority and how long they wait.
var orderKinds = map[school.OrderKind]struct {
	request  string
	priority int
	lasts    time.Duration
}{
	school.Refresh: {"DeviceInformation", 10, 7 * 24 * time.Hour},
	school.Restart: {"RestartDevice", 20, 24 * time.Hour},
}

// GiveOrder orders devices to do something that loses nothing. Devices that are not enrolled are refused by name of the
// device; an order of the same kind that is still open is not given twice. It returns the orders in the order of devices.
func (s *Store) GiveOrder(ctx context.Context, by school.Actor, kind school.OrderKind, devices []school.DeviceID) ([]school.OrderID, error) {
	k, ok := orderKinds[kind]
	if !ok {
		return nil, school.Refuse("kind", "choice")
	}
	if len(devices) == 0 {
		return nil, school.Refuse("devices", "required")
	}
	var out []school.OrderID
	ev := event{name: "order.given", verb: school.View, subject: "device", id: string(devices[0]), final: true, detail: map[string]any{"kind": string(kind), "devices": len(devices)}}
	if len(devices) > 1 {
		ev.subject, ev.id = "authority", string(by.Tenant)
	}
	_, err := s.write(ctx, by, ev.at(s.commonSchool(ctx, by, devices)), func(tx *Tx) error {
		out = out[:0]
		for _, d := range devices {
			id, err := tx.order(d, kind, k.request, nil, k.priority, k.lasts)
			if err != nil {
				return err
			}
			out = append(out, id)
		}
		return nil
	})
	return out, err
}

// at sets the school of an event.
func (e event) at(id school.SchoolID) event { e.school = id; return e }

// commonSchool is the one school all devices stand at, or empty; the permission is checked per device anyway.
func (s *Store) commonSchool(ctx context.Context, by school.Actor, devices []school.DeviceID) school.SchoolID {
	var n int64
	var at school.SchoolID
	found, err := s.read().one(ctx, `SELECT count(DISTINCT COALESCE(school_id, '')), min(school_id) FROM device_state WHERE authority_id = $1 AND device_id`+in,
		args(string(by.Tenant), list(devices)), &n, text(&at))
	if err != nil || !found || n != 1 {
		return ""
	}
	return at
}

// order adds one order for a device's enrolment in force.
func (tx *Tx) order(d school.DeviceID, kind school.OrderKind, request string, body []byte, priority int, lasts time.Duration) (school.OrderID, error) {
	e, err := tx.orderable(d)
	if err != nil {
		return "", err
	}
	if e == "" {
		return "", school.Clash("not_enrolled")
	}
	var open school.OrderID
	if _, err := tx.one(tx.ctx, `SELECT id FROM device_order WHERE enrollment_id = $1 AND kind = $2 AND state IN ('waiting', 'handed', 'later') AND kind <> 'raw'`,
		args(string(e), string(kind)), text(&open)); err != nil || open != "" {
		return open, err
	}
	id := NewID[school.OrderID]()
	_, err = tx.exec(tx.ctx, `INSERT INTO device_order (id, authority_id, device_id, enrollment_id, kind, request_type, body_sealed, command_uuid, priority, state, created_by, account_id, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10, $11, $12, $13)`,
		string(id), string(tx.authority), string(d), string(e), string(kind), request, tx.s.seal(cell{tx.authority, "device_order", "body", string(id)}, body), newID(),
		priority, tx.by.Name, opt(tx.by.Account), micros(tx.now), micros(tx.now.Add(lasts)))
	if err != nil {
		return "", err
	}
	return id, tx.mark(`enrollment_id = $2`, string(e))
}

// orderable finds the enrolment in force of a device the actor may give orders to; empty: it is not enrolled.
func (tx *Tx) orderable(d school.DeviceID) (e school.EnrollmentID, err error) {
	var at school.SchoolID
	found, err := tx.one(tx.ctx, `SELECT e.id, s.school_id FROM device_state s LEFT JOIN enrollment e ON e.id = s.enrollment_id AND e.state = 'enrolled'
		WHERE s.device_id = $1 AND s.authority_id = $2`, args(string(d), string(tx.authority)), text(&e), text(&at))
	if err == nil && !found {
		err = school.Missing("device")
	}
	if err == nil {
		err = tx.allow(school.OrderDevice, at)
	}
	return e, err
}

// CancelOrder takes an order back that was not yet carried out. What was handed out may still happen.
func (s *Store) CancelOrder(ctx context.Context, by school.Actor, id school.OrderID) error {
	_, err := s.write(ctx, by, event{name: "order.cancelled", verb: school.View, subject: "order", id: string(id), final: true}.at(s.schoolOfOrder(ctx, by, id)), func(tx *Tx) error {
		var at school.SchoolID
		var d school.DeviceID
		found, err := tx.one(ctx, `SELECT s.school_id, o.device_id FROM device_order o JOIN device_state s ON s.device_id = o.device_id WHERE o.id = $1 AND o.authority_id = $2`,
			args(string(id), string(tx.authority)), text(&at), text(&d))
		if err != nil {
			return err
		}
		if !found {
			return school.Missing("order")
		}
		if err := tx.allow(school.OrderDevice, at); err != nil {
			return err
		}
		n, err := tx.exec(ctx, `UPDATE device_order SET state = 'cancelled', finished_at = $2, result = 'person' WHERE id = $1 AND state IN ('waiting', 'later')`, string(id), micros(tx.now))
		if err == nil && n == 0 {
			return school.Clash("order_over")
		}
		return err
	})
	return err
}

func (s *Store) schoolOfOrder(ctx context.Context, by school.Actor, id school.OrderID) (at school.SchoolID) {
	s.read().one(ctx, `SELECT s.school_id FROM device_order o JOIN device_state s ON s.device_id = o.device_id WHERE o.id = $1 AND o.authority_id = $2`,
		args(string(id), string(by.Tenant)), text(&at))
	return at
}

// Orders lists the orders of a device, newest first.
func (s *Store) Orders(ctx context.Context, by school.Actor, d school.DeviceID, limit int) (out []school.Order, err error) {
	if _, err := s.schoolOf(ctx, by, "device", string(d), school.View); err != nil {
		return nil, err
	}
	err = s.read().each(ctx, `SELECT `+orderColumns+` FROM device_order o WHERE o.device_id = $1 AND o.authority_id = $2 ORDER BY o.created_at DESC, o.id DESC LIMIT $3`,
		args(string(d), string(by.Tenant), limit), func(r *sql.Rows) error {
			var o school.Order
			if err := s.scanOrder(r, by.Tenant, &o); err != nil {
				return err
			}
			o.Body = nil
			out = append(out, o)
			return nil
		})
	return out, err
}

// How long it is remembered what was handed out. A late answer to a superseded command still counts, and what a device refused
// is evidence. What it did may be reported again within a session or two, and is let go then as a report of an unknown command
// is. An iPad is asked twice a day, so these are what would fill the database.
const (
	handedKept = 30 * 24 * time.Hour
	doneKept   = 24 * time.Hour
)

// ExpireOrders ends orders whose time is over, and forgets what was handed out long ago. A job calls it.
func (s *Store) ExpireOrders(ctx context.Context) error {
	return s.transact(ctx, func(c conn) error {
		now := s.Now()
		if _, err := c.exec(ctx, `UPDATE device_order SET state = 'expired', finished_at = $1 WHERE state IN ('waiting', 'later') AND expires_at < $1`, now.UnixMicro()); err != nil {
			return err
		}
		_, err := c.exec(ctx, `DELETE FROM command WHERE sent_at < $1 AND state <> 'in_flight' AND (state = 'acknowledged' OR sent_at < $2)`,
			now.Add(-doneKept).UnixMicro(), now.Add(-handedKept).UnixMicro())
		return err
	})
}
