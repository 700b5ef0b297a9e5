package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.OrderDevice, "order.given", "order.cancelled")

const orderColumns = `o.id, o.device_id, o.enrollment_id, o.warrant_id, o.kind, o.request_type, o.body_sealed, o.command_uuid, o.priority, o.state, o.created_by, o.created_at, o.from_at, o.accepted_at,
	o.expires_at, o.finished_at, o.result, o.answer_until`

func (s *Store) scanOrder(r *sql.Rows, a school.AuthorityID, o *school.Order, rest ...any) error {
	var sealed []byte
	if err := r.Scan(append([]any{text(&o.ID), text(&o.Device), text(&o.Enrollment), text(&o.Warrant), text(&o.Kind), &o.Request, &sealed, &o.UUID, &o.Priority, text(&o.State), &o.By,
		stamp(&o.Created), stamp(&o.From), stamp(&o.Accepted), stamp(&o.Expires), stamp(&o.Finished), &o.Result, stamp(&o.Answer)}, rest...)...); err != nil {
		return err
	}
	o.Authority = a
	body, err := s.open(cell{a, "device_order", "body", string(o.ID)}, sealed)
	if err != nil || o.Kind == school.Raw || len(body) == 0 {
		o.Body = body
		return err
	}
	return json.Unmarshal(body, &o.Args)
}

// GiveOrder orders devices to do something that needs no plan, since it loses nothing and says nothing. Devices that cannot
// do it are refused by name; an order of the same kind that is still open is not given twice. It returns the orders in the order of devices.
func (s *Store) GiveOrder(ctx context.Context, by school.Actor, kind school.OrderKind, devices []school.DeviceID) ([]school.OrderID, error) {
	rule, ok := kind.Rule()
	switch {
	case !ok:
		return nil, school.Refuse("kind", "choice")
	case rule.Planned:
		return nil, school.Refuse("kind", "order_planned")
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
		found, err := s.orderables(ctx, tx.conn, tx.authority, kind, devices)
		if err != nil {
			return err
		}
		for _, d := range devices {
			x, ok := found[d]
			if !ok {
				return school.Missing("device")
			}
			if err := tx.allow(rule.Verb, x.school); err != nil {
				return err
			}
			if x.open != "" {
				out = append(out, x.open)
				continue
			}
			switch bar := kind.Bars(x.Orderable); bar {
			case "":
			case school.BarNotEnrolled:
				return school.Clash("not_enrolled")
			default:
				return school.Clash("order_"+bar, x.number)
			}
			id, err := tx.order(x, kind, school.OrderArgs{}, "", time.Time{})
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

// ordered is a device that somebody wants to order something of.
type ordered struct {
	school.Orderable
	device     school.DeviceID
	school     school.SchoolID
	enrollment school.EnrollmentID
	holding    school.HoldingID
	number     string // as people call it
	class      string
	open       school.OrderID // the same, under way
}

// orderables reads what decides whether devices can be given an order. Those of other authorities are not found.
func (s *Store) orderables(ctx context.Context, c conn, a school.AuthorityID, kind school.OrderKind, devices []school.DeviceID) (map[school.DeviceID]ordered, error) {
	out := make(map[school.DeviceID]ordered, len(devices))
	err := c.each(ctx, `SELECT s.device_id, s.school_id, s.enrollment_id, COALESCE(e.state = 'enrolled', FALSE), s.enrollment_id IS NOT NULL, COALESCE(NOT e.manual, FALSE), s.supervised, s.inventory LIKE '%"shared":true%', s.lost_at IS NOT NULL,
			d.ownership = 'parent', s.unlock_sealed IS NOT NULL, s.bypass_sealed IS NOT NULL, d.confirmed, s.os_version, COALESCE(sc.network_ssid, '') <> '', h.id,
			COALESCE(a.number, d.serial), COALESCE(c.name, ''),
			(SELECT min(o.id) FROM device_order o WHERE o.enrollment_id = s.enrollment_id AND o.kind = $3 AND o.state IN ('waiting', 'handed', 'later')),
			(SELECT t.id FROM turnaround t WHERE t.device_id = s.device_id AND t.ended_at IS NULL)
		FROM device_state s JOIN device d ON d.id = s.device_id JOIN asset a ON a.id = d.asset_id LEFT JOIN enrollment e ON e.id = s.enrollment_id AND e.state <> 'checked_out'
		LEFT JOIN school sc ON sc.id = s.school_id LEFT JOIN class c ON c.id = s.at_class_id LEFT JOIN holding h ON h.device_id = s.device_id AND h.until_at IS NULL
		WHERE s.authority_id = $1 AND s.device_id`+in+` ORDER BY s.device_id`, args(string(a), list(devices), string(kind)), func(r *sql.Rows) error {
		var x ordered
		var turning string
		err := r.Scan(text(&x.device), text(&x.school), text(&x.enrollment), &x.Enrolled, &x.Known, &x.ADE, &x.Supervised, &x.Shared, &x.Lost, &x.Parent, &x.Token, &x.Code, &x.Confirmed, &x.OS, &x.Network,
			text(&x.holding), &x.number, &x.class, text(&x.open), text(&turning))
		x.Open = x.open != "" || turning != "" && (kind == school.MakeReady || kind.Erases() || kind == school.Unlock)
		out[x.device] = x
		return err
	})
	return out, err
}

// Orderable reads what decides which orders a device can be given; Open is always false, since it depends on the order.
func (s *Store) Orderable(ctx context.Context, by school.Actor, d school.DeviceID) (school.Orderable, error) {
	if _, err := s.schoolOf(ctx, by, "device", string(d), school.View); err != nil {
		return school.Orderable{}, err
	}
	found, err := s.orderables(ctx, s.read(), by.Tenant, "", []school.DeviceID{d})
	return found[d].Orderable, err
}

// order adds one order for a device that can be given it, and marks its enrolment.
func (tx *Tx) order(x ordered, kind school.OrderKind, a school.OrderArgs, warrant school.WarrantID, from time.Time) (school.OrderID, error) {
	rule, _ := kind.Rule()
	begins := tx.now
	if from.After(begins) {
		begins = from
	}
	id := NewID[school.OrderID]()
	_, err := tx.exec(tx.ctx, `INSERT INTO device_order (id, authority_id, device_id, enrollment_id, kind, request_type, body_sealed, command_uuid, priority, state, created_by, account_id, created_at, expires_at,
			warrant_id, from_at, holding_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10, $11, $12, $13, $14, $15, $16)`,
		string(id), string(tx.authority), string(x.device), string(x.enrollment), string(kind), rule.Request, tx.s.seal(cell{tx.authority, "device_order", "body", string(id)}, []byte(toJSON(a))), newID(),
		rule.Priority, tx.by.Name, opt(tx.by.Account), micros(tx.now), lasting(x, kind, begins.Add(rule.Lasts)), opt(warrant), micros(from), opt(x.holding))
	if err != nil {
		return "", err
	}
	return id, tx.mark(`enrollment_id = $2`, string(x.enrollment))
}

// lasting is when an order expires: never, where a lost device is erased. It may be found in a year.
func lasting(x ordered, kind school.OrderKind, at time.Time) any {
	if x.Lost && kind.Erases() {
		return nil
	}
	return micros(at)
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
		var kind school.OrderKind
		var e school.EnrollmentID
		found, err := tx.one(ctx, `SELECT s.school_id, o.kind, o.enrollment_id FROM device_order o JOIN device_state s ON s.device_id = o.device_id WHERE o.id = $1 AND o.authority_id = $2`,
			args(string(id), string(tx.authority)), text(&at), text(&kind), text(&e))
		if err != nil {
			return err
		}
		if !found {
			return school.Missing("order")
		}
		rule, _ := kind.Rule()
		if err := tx.allow(verbOf(rule), at); err != nil {
			return err
		}
		n, err := tx.exec(ctx, `UPDATE device_order SET state = 'cancelled', finished_at = $2, result = 'person' WHERE id = $1 AND state IN ('waiting', 'later')`, string(id), micros(tx.now))
		if err == nil && n == 0 {
			return school.Clash("order_over")
		}
		if err != nil {
			return err
		}
		return tx.mark(`enrollment_id = $2`, string(e)) // whoever thinks of handing it out just now thinks again
	})
	return err
}

// verbOf is what an order needs; one of nanomdm's plain queue has no rule.
func verbOf(r school.OrderRule) school.Verb {
	if r.Verb == "" {
		return school.OrderDevice
	}
	return r.Verb
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
			o.Body, o.Args.Reason = nil, ""
			out = append(out, o)
			return nil
		})
	return out, err
}

// LastErased is the newest order that emptied a device, as the device said it would.
func (s *Store) LastErased(ctx context.Context, by school.Actor, d school.DeviceID) (o school.Order, found bool, err error) {
	if _, err := s.schoolOf(ctx, by, "device", string(d), school.View); err != nil {
		return o, false, err
	}
	var erases []school.OrderKind
	for _, k := range school.OrderKinds {
		if k.Erases() {
			erases = append(erases, k)
		}
	}
	err = s.read().each(ctx, `SELECT `+orderColumns+` FROM device_order o WHERE o.device_id = $1 AND o.authority_id = $2 AND o.state = $3 AND o.kind IN (SELECT value FROM json_array_elements_text($4::json))
		ORDER BY o.finished_at DESC, o.id DESC LIMIT 1`, args(string(d), string(by.Tenant), string(school.Done), list(erases)), func(r *sql.Rows) error {
		found = true
		return s.scanOrder(r, by.Tenant, &o)
	})
	o.Body, o.Args.Reason = nil, ""
	return o, found, err
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
		for _, text := range []string{
			`UPDATE device_order SET state = 'expired', finished_at = $1 WHERE state IN ('waiting', 'later', 'handed') AND expires_at < $1`,
			`UPDATE device_order SET answer_sealed = NULL, answer_until = NULL WHERE answer_until < $1`,
			`UPDATE warrant SET ended_at = $1, why = 'expired' WHERE second AND approved_at IS NULL AND ended_at IS NULL AND created_at < $1 - ` + strconv.FormatInt(school.AskedFor.Microseconds(), 10),
		} {
			if _, err := c.exec(ctx, text, now.UnixMicro()); err != nil {
				return err
			}
		}
		_, err := c.exec(ctx, `DELETE FROM command WHERE sent_at < $1 AND state <> 'in_flight' AND (state = 'acknowledged' OR sent_at < $2)`,
			now.Add(-doneKept).UnixMicro(), now.Add(-handedKept).UnixMicro())
		return err
	})
}
