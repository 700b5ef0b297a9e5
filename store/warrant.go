package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Wipe, "order.asked", "order.approved", "order.declined", "order.withdrawn")

// An order that loses something, says something to people, or says where somebody is, is planned first like any change. What
// is carried out then is a warrant: one row that says who, what, why and how many, before there is an order to any device.
// Where a second person is needed there is nothing but the warrant until that person agreed.

// completeOrder says which devices can be given an order, and refuses what giving it would refuse.
func (s *Store) completeOrder(ctx context.Context, c conn, by school.Actor, wish school.Change, now time.Time) (school.Change, error) {
	if wish.Order == nil {
		return wish, school.Refuse("order", "required")
	}
	kind := wish.Order.Kind
	rule, ok := kind.Rule()
	if !ok {
		return wish, school.Refuse("kind", "choice")
	}
	a, err := wish.Order.Args.Check(kind)
	if err != nil {
		return wish, err
	}
	found, err := s.orderables(ctx, c, by.Tenant, kind, unique(wish.Devices))
	if err != nil {
		return wish, err
	}
	out := school.Change{Kind: school.ChangeOrder, Order: &school.OrderWish{Kind: kind, Args: a, Barred: map[school.DeviceID]string{}}}
	for _, d := range unique(wish.Devices) {
		x, ok := found[d]
		if !ok {
			return wish, school.Missing("device")
		}
		if err := mayAt(by, rule.Verb, school.AtDevice, x.school); err != nil {
			return wish, err
		}
		out.Devices = append(out.Devices, d)
		if bar := kind.Bars(x.Orderable); bar != "" {
			out.Order.Barred[d] = bar
		}
	}
	n := len(out.Devices) - len(out.Order.Barred)
	if len(out.Devices) == 0 {
		return wish, school.Refuse("devices", "required")
	}
	if out.Order.Second, err = s.bounded(ctx, c, by, rule, n, now); err != nil {
		return wish, err
	}
	if rule.Loses {
		out.Order.Word = wordOf(found)
	}
	return out, nil
}

// wordOf is what has to be typed before something is lost: the number of the one device, the class they all are in, or how
// many they are.
func wordOf(devices map[school.DeviceID]ordered) string {
	class, number := "", ""
	for _, x := range devices {
		switch {
		case len(devices) == 1:
			return x.number
		case x.class == "":
			return strconv.Itoa(len(devices))
		case class == "":
			class, number = x.class, string(x.school)
		case class != x.class || number != string(x.school):
			return strconv.Itoa(len(devices))
		}
	}
	return class
}

// bounded refuses orders that would lose more than can be meant, and says whether a second person is needed.
func (s *Store) bounded(ctx context.Context, c conn, by school.Actor, rule school.OrderRule, n int, now time.Time) (second bool, err error) {
	if !rule.Loses {
		if n > school.OrderedAtOnce {
			return true, school.Clash("order_many", school.OrderedAtOnce, n)
		}
		return rule.Second, nil
	}
	if n > school.LosesAtOnce {
		return true, school.Clash("order_at_once", school.LosesAtOnce, n)
	}
	sum := func(cond string, args ...any) (k int64, err error) {
		_, err = c.one(ctx, `SELECT COALESCE(sum(devices), 0) FROM warrant WHERE authority_id = $1 AND loses AND ended_at IS NULL AND created_at > $2`+cond, args, &k)
		return k, err
	}
	today, err := sum("", string(by.Tenant), now.Add(-24*time.Hour).UnixMicro())
	if err != nil {
		return true, err
	}
	if int(today)+n > school.LosesPerDay {
		return true, school.Clash("order_per_day", school.LosesPerDay, max(0, school.LosesPerDay-int(today)))
	}
	if by.Kind == school.TokenActor { // a program never does it alone
		return true, nil
	}
	alone, err := sum(` AND NOT second AND account_id = $3`, string(by.Tenant), now.Add(-time.Hour).UnixMicro(), string(by.Account))
	if err != nil {
		return true, err
	}
	p, err := c.policyOf(ctx, by.Tenant)
	return by.Kind == school.PersonActor && int(alone)+n > p.Alone(), err
}

// giveWarrant carries out the plan of an order: it becomes orders, or a question to a second person. The warrant bears the
// id of the plan, so that whoever carried it out finds it.
func (tx *Tx) giveWarrant(plan school.PlanID, c school.Change) error {
	kind, rule := c.Order.Kind, orderRule(c.Order.Kind)
	found, err := tx.s.orderables(tx.ctx, tx.conn, tx.authority, kind, c.Devices)
	if err != nil {
		return err
	}
	var to []school.DeviceID
	var at []school.SchoolID
	for _, d := range c.Devices {
		x := found[d]
		if err := tx.allow(rule.Verb, x.school); err != nil {
			return err
		}
		if kind.Bars(x.Orderable) == "" {
			to, at = append(to, d), append(at, x.school)
		}
	}
	if len(to) == 0 {
		return school.Clash("order_nobody")
	}
	second, err := tx.s.bounded(tx.ctx, tx.conn, tx.by, rule, len(to), tx.now)
	if err != nil {
		return err
	}
	one := at[0]
	if slices.ContainsFunc(at, func(s school.SchoolID) bool { return s != one }) {
		one = ""
	}
	w := school.Warrant{ID: school.WarrantID(plan), Kind: kind, Args: c.Order.Args, Second: second}
	tx.event.detail["kind"], tx.event.detail["devices"], tx.event.detail["warrant"] = string(kind), len(to), string(w.ID)
	if w.Args.Reason != "" {
		tx.event.detail["reason"] = w.Args.Reason
	}
	if len(to) == 1 {
		tx.event.subject, tx.event.id = "device", string(to[0])
	}
	var from any
	if !second {
		w.From = tx.now
		if rule.Loses {
			w.From = tx.now.Add(school.CoolDown)
		}
		from = micros(w.From)
	} else {
		tx.event.name = "order.asked"
	}
	_, err = tx.exec(tx.ctx, `INSERT INTO warrant (id, authority_id, kind, school_id, args_sealed, device_ids, devices, loses, created_by, account_id, created_at, second, from_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, string(w.ID), string(tx.authority), string(kind), opt(one),
		tx.s.seal(cell{tx.authority, "warrant", "args", string(w.ID)}, []byte(toJSON(w.Args))), list(to), len(to), rule.Loses, tx.by.Name, opt(tx.by.Account), micros(tx.now), second, from)
	if err != nil || second {
		return err
	}
	return tx.execute(w, found, to)
}

func orderRule(k school.OrderKind) school.OrderRule {
	r, _ := k.Rule()
	return r
}

// execute makes the orders of a warrant.
func (tx *Tx) execute(w school.Warrant, found map[school.DeviceID]ordered, to []school.DeviceID) error {
	for _, d := range to {
		var err error
		if w.Kind == school.MakeReady {
			err = tx.turn(w, found[d])
		} else {
			_, err = tx.order(found[d], w.Kind, w.Args, w.ID, w.From)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const warrantColumns = `w.id, w.kind, w.school_id, w.args_sealed, w.devices, w.created_by, w.account_id, w.created_at, w.second, w.approved_at, w.approver, w.from_at, w.ended_at, w.why`

func (s *Store) scanWarrant(r *sql.Rows, a school.AuthorityID, w *school.Warrant, rest ...any) error {
	var sealed []byte
	if err := r.Scan(append([]any{text(&w.ID), text(&w.Kind), text(&w.School), &sealed, &w.Devices, &w.By, text(&w.Account), stamp(&w.Created), &w.Second, stamp(&w.Approved), &w.Approver,
		stamp(&w.From), stamp(&w.Ended), &w.Why}, rest...)...); err != nil {
		return err
	}
	plain, err := s.open(cell{a, "warrant", "args", string(w.ID)}, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, &w.Args)
}

// warrantOf reads a warrant under way for somebody who may give such an order at every school of its devices.
func (tx *Tx) warrantOf(id school.WarrantID) (w school.Warrant, devices []school.DeviceID, found map[school.DeviceID]ordered, err error) {
	err = tx.each(tx.ctx, `SELECT `+warrantColumns+`, w.device_ids FROM warrant w WHERE w.id = $1 AND w.authority_id = $2 FOR UPDATE`, args(string(id), string(tx.authority)), func(r *sql.Rows) error {
		return tx.s.scanWarrant(r, tx.authority, &w, fromJSON(&devices))
	})
	if err != nil {
		return w, nil, nil, err
	}
	if w.ID == "" {
		return w, nil, nil, school.Missing("order")
	}
	if found, err = tx.s.orderables(tx.ctx, tx.conn, tx.authority, w.Kind, devices); err != nil {
		return w, nil, nil, err
	}
	for _, x := range found {
		if err := tx.allow(orderRule(w.Kind).Verb, x.school); err != nil {
			return w, nil, nil, err
		}
	}
	tx.event.detail["kind"], tx.event.detail["devices"], tx.event.school = string(w.Kind), w.Devices, w.School
	if len(devices) == 1 {
		tx.event.subject, tx.event.id = "device", string(devices[0])
	}
	return w, devices, found, nil
}

func (s *Store) onWarrant(ctx context.Context, by school.Actor, id school.WarrantID, name string, fn func(tx *Tx, w school.Warrant, devices []school.DeviceID, found map[school.DeviceID]ordered) error) error {
	ev := event{name: name, verb: school.View, subject: "authority", id: string(by.Tenant), final: true, detail: map[string]any{"warrant": string(id)}}
	var at school.SchoolID
	if _, err := s.read().one(ctx, `SELECT school_id FROM warrant WHERE id = $1 AND authority_id = $2`, args(string(id), string(by.Tenant)), text(&at)); err != nil {
		return err
	}
	_, err := s.write(ctx, by, ev.at(at), func(tx *Tx) error {
		w, devices, found, err := tx.warrantOf(id)
		if err != nil {
			return err
		}
		return fn(tx, w, devices, found)
	})
	return err
}

// ApproveOrder is the second person: not who ordered, not a program, and somebody who may give such an order there. Whatever
// moved since is looked at again; devices that cannot be given the order any more are left out.
func (s *Store) ApproveOrder(ctx context.Context, by school.Actor, id school.WarrantID) error {
	return s.onWarrant(ctx, by, id, "order.approved", func(tx *Tx, w school.Warrant, devices []school.DeviceID, found map[school.DeviceID]ordered) error {
		switch {
		case !w.Asked() || tx.now.Sub(w.Created) > school.AskedFor:
			return school.Clash("order_over")
		case by.Kind != school.PersonActor || by.Account == "":
			return school.Clash("second_program")
		case by.Account == w.Account:
			return school.Clash("second_same")
		}
		var to []school.DeviceID
		for _, d := range devices {
			if x, ok := found[d]; ok && w.Kind.Bars(x.Orderable) == "" {
				to = append(to, d)
			}
		}
		if len(to) == 0 {
			return school.Clash("order_nobody")
		}
		w.From = tx.now
		if orderRule(w.Kind).Loses {
			w.From = tx.now.Add(school.CoolDown)
		}
		if _, err := tx.exec(ctx, `UPDATE warrant SET approved_at = $2, approver = $3, approver_id = $4, from_at = $5 WHERE id = $1`,
			string(id), micros(tx.now), by.Name, string(by.Account), micros(w.From)); err != nil {
			return err
		}
		tx.event.detail["devices"] = len(to)
		ordering := *tx // the orders are those of who ordered: whether that person still may is asked at hand-out
		ordering.by = school.Actor{Kind: school.PersonActor, Account: w.Account, Name: w.By, Tenant: by.Tenant}
		return ordering.execute(w, found, to)
	})
}

// DeclineOrder ends a question to a second person; whoever asked may do that too.
func (s *Store) DeclineOrder(ctx context.Context, by school.Actor, id school.WarrantID) error {
	return s.onWarrant(ctx, by, id, "order.declined", func(tx *Tx, w school.Warrant, _ []school.DeviceID, _ map[school.DeviceID]ordered) error {
		if !w.Asked() {
			return school.Clash("order_over")
		}
		why := "declined"
		if by.Account == w.Account {
			why, tx.event.name = "withdrawn", "order.withdrawn"
		}
		_, err := tx.exec(ctx, `UPDATE warrant SET ended_at = $2, why = $3 WHERE id = $1`, string(id), micros(tx.now), why)
		return err
	})
}

// WithdrawOrder calls off all of a warrant that no device knows of yet, and says for how many that came too late. In the
// first minute it is all of it.
func (s *Store) WithdrawOrder(ctx context.Context, by school.Actor, id school.WarrantID) (late int, err error) {
	err = s.onWarrant(ctx, by, id, "order.withdrawn", func(tx *Tx, w school.Warrant, devices []school.DeviceID, _ map[school.DeviceID]ordered) error {
		if !w.Ended.IsZero() || w.Asked() {
			return school.Clash("order_over")
		}
		n, err := tx.exec(ctx, `UPDATE device_order SET state = 'cancelled', finished_at = $2, result = 'person' WHERE warrant_id = $1 AND state IN ('waiting', 'later')`, string(id), micros(tx.now))
		if err != nil {
			return err
		}
		k, err := tx.exec(ctx, `UPDATE turnaround SET ended_at = $2, why = 'stopped' WHERE warrant_id = $1 AND ended_at IS NULL AND from_at > $2`, string(id), micros(tx.now))
		if err != nil {
			return err
		}
		if n+k == 0 {
			return school.Clash("order_over")
		}
		late = w.Devices - int(n+k)
		if late <= 0 {
			late = 0
			if _, err := tx.exec(ctx, `UPDATE warrant SET ended_at = $2, why = 'withdrawn' WHERE id = $1`, string(id), micros(tx.now)); err != nil {
				return err
			}
		}
		tx.event.detail["devices"] = int(n + k)
		return tx.mark(`device_id`+in, list(devices))
	})
	return late, err
}

// WarrantRow is a warrant as the board of orders shows it.
type WarrantRow struct {
	school.Warrant
	SchoolName string
	Device     school.DeviceID // the only one
	DeviceName string
	Open       int // devices it is under way with
	Done       int
	Refused    int
}

// Warrants lists what was ordered with a plan at the actor's schools, the newest first: asked narrows it to what waits for a
// second person. What a school cannot see is not counted.
func (s *Store) Warrants(ctx context.Context, by school.Actor, asked bool, limit int) ([]WarrantRow, error) {
	var w where
	w.and("w.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.View, by.Tenant, "w.school_id"); err != nil {
		return nil, err
	}
	if asked {
		w.and("w.second AND w.approved_at IS NULL AND w.ended_at IS NULL AND w.created_at > ?", s.Now().Add(-school.AskedFor).UnixMicro())
	}
	return s.warrants(ctx, by, &w, limit)
}

// WarrantByID reads one.
func (s *Store) WarrantByID(ctx context.Context, by school.Actor, id school.WarrantID) (WarrantRow, error) {
	var w where
	w.and("w.authority_id = ?", string(by.Tenant))
	w.and("w.id = ?", string(id))
	if err := w.limitSchools(by, school.View, by.Tenant, "w.school_id"); err != nil {
		return WarrantRow{}, school.Missing("order")
	}
	rows, err := s.warrants(ctx, by, &w, 1)
	if err == nil && len(rows) == 0 {
		err = school.Missing("order")
	}
	if err != nil {
		return WarrantRow{}, err
	}
	return rows[0], nil
}

func (s *Store) warrants(ctx context.Context, by school.Actor, w *where, limit int) (out []WarrantRow, err error) {
	err = s.read().each(ctx, `SELECT `+warrantColumns+`, COALESCE(sc.name, ''), w.device_ids,
			(SELECT count(*) FROM device_order o WHERE o.warrant_id = w.id AND o.state IN ('waiting', 'handed', 'later')) + (SELECT count(*) FROM turnaround t WHERE t.warrant_id = w.id AND t.ended_at IS NULL),
			(SELECT count(*) FROM device_order o WHERE o.warrant_id = w.id AND o.state = 'done') + (SELECT count(*) FROM turnaround t WHERE t.warrant_id = w.id AND t.why = 'ready'),
			(SELECT count(*) FROM device_order o WHERE o.warrant_id = w.id AND o.state IN ('refused', 'expired'))
		FROM warrant w LEFT JOIN school sc ON sc.id = w.school_id WHERE `+w.String()+` ORDER BY w.created_at DESC, w.id DESC LIMIT `+w.arg(pageSize(limit)), w.args, func(r *sql.Rows) error {
		var x WarrantRow
		var devices []school.DeviceID
		if err := s.scanWarrant(r, by.Tenant, &x.Warrant, &x.SchoolName, fromJSON(&devices), &x.Open, &x.Done, &x.Refused); err != nil {
			return err
		}
		if len(devices) == 1 {
			x.Device = devices[0]
		}
		out = append(out, x)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var ids []school.DeviceID
	for _, x := range out {
		if x.Device != "" {
			ids = append(ids, x.Device)
		}
	}
	names := map[school.DeviceID]string{}
	err = s.read().each(ctx, `SELECT d.id, COALESCE(a.number, d.serial) FROM device d JOIN asset a ON a.id = d.asset_id WHERE d.authority_id = $1 AND d.id`+in, args(string(by.Tenant), list(ids)),
		func(r *sql.Rows) error {
			var id school.DeviceID
			var name string
			err := r.Scan(text(&id), &name)
			names[id] = name
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("names of ordered devices: %w", err)
	}
	for i := range out {
		out[i].DeviceName = names[out[i].Device]
	}
	return out, nil
}
