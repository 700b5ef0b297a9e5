package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Wipe, "turnaround.resumed", "turnaround.skipped", "turnaround.stopped")

// turnLook is how often a turnaround is looked at: it follows what devices report, and nobody waits for it with a watch.
const turnLook = 10 * time.Second

// turnsAtOnce is how many are looked at in one transaction.
const turnsAtOnce = 200

const turnColumns = `t.id, t.device_id, t.warrant_id, t.enrollment_id, t.created_by, t.account_id, t.created_at, t.from_at, t.step, t.since_at, t.reason, t.tries, t.again_at, t.order_id, t.done, t.ended_at, t.why`

func scanTurn(r *sql.Rows, t *school.Turnaround, rest ...any) error {
	return r.Scan(append([]any{text(&t.ID), text(&t.Device), text(&t.Warrant), text(&t.Enrollment), &t.By, text(&t.Account), stamp(&t.Created), stamp(&t.From), text(&t.Step), stamp(&t.Since),
		&t.Reason, &t.Tries, stamp(&t.Again), text(&t.Order), fromJSON(&t.Done), stamp(&t.Ended), &t.Why}, rest...)...)
}

// turn begins the turnaround of a device.
func (tx *Tx) turn(w school.Warrant, x ordered) error {
	_, err := tx.exec(tx.ctx, `INSERT INTO turnaround (id, authority_id, device_id, warrant_id, enrollment_id, created_by, account_id, holding_id, created_at, from_at, step, since_at, reason, look_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10, $12, $10)`, newID(), string(tx.authority), string(x.device), string(w.ID), string(x.enrollment), tx.by.Name, opt(tx.by.Account),
		opt(x.holding), micros(tx.now), micros(w.From), string(school.TurnUnlock), school.TurnHeld)
	return taken(err, "device", "order_"+school.BarOpen, x.number)
}

// TurnaroundsDue reports whether one wants to be looked at.
func (s *Store) TurnaroundsDue(ctx context.Context) (bool, error) {
	n, err := s.read().number(ctx, `SELECT count(*) FROM (SELECT 1 FROM turnaround WHERE ended_at IS NULL AND look_at <= $1 LIMIT 1) x`, s.Now().UnixMicro())
	return n > 0, err
}

// turnSeen is an open turnaround with what is known of its device.
type turnSeen struct {
	school.Turnaround
	authority school.AuthorityID
	holding   school.HoldingID
	seen      school.TurnSeen
	device    ordered
}

var turnSight = `SELECT ` + turnColumns + `, t.authority_id, t.holding_id, s.bypass_sealed IS NOT NULL, s.os_version, COALESCE(sc.network_ssid, '') <> '', COALESCE(NOT e.manual, FALSE), e.id, COALESCE(e.state = 'enrolled', FALSE),
		COALESCE(` + planned("g", "t.authority_id") + `, FALSE), COALESCE(e.awaiting, FALSE), COALESCE(g.missing, '[]'), COALESCE(g.deviations, '{}'), s.enrollment_id, s.lost_at IS NOT NULL,
		o.state, COALESCE(o.kind, ''), o.accepted_at, COALESCE(o.result, ''),
		COALESCE((SELECT string_agg(f.identifier, ',' ORDER BY f.identifier) FROM licence l JOIN app p ON p.id = l.app_id JOIN profile f ON f.id = p.profile_id
			WHERE l.device_id = t.device_id AND l.state IN ('short', 'refused')), '')
	FROM turnaround t JOIN device_state s ON s.device_id = t.device_id LEFT JOIN school sc ON sc.id = s.school_id
	LEFT JOIN enrollment e ON e.id = s.enrollment_id AND e.state <> 'checked_out' LEFT JOIN target g ON g.enrollment_id = e.id
	LEFT JOIN device_order o ON o.id = t.order_id WHERE `

func (s *Store) seenTurns(ctx context.Context, c conn, cond string, a ...any) (out []turnSeen, err error) {
	err = c.each(ctx, turnSight+cond, a, func(r *sql.Rows) error {
		var x turnSeen
		var os, unlicensed string
		var network, ade, lost bool
		var missing []school.ItemKey
		items := map[school.ItemKey]school.ItemState{}
		o := &school.Order{}
		err := scanTurn(r, &x.Turnaround, text(&x.authority), text(&x.holding), &x.seen.Code, &os, &network, &ade, text(&x.seen.Enrollment), &x.seen.Enrolled,
			&x.seen.Planned, &x.seen.InSetup, fromJSON(&missing), fromJSON(&items), text(&x.device.enrollment), &lost, text(&o.State), text(&o.Kind), stamp(&o.Accepted), &o.Result, &unlicensed)
		if o.State != "" {
			x.seen.Order = o
		}
		x.seen.Resets = network && ade && school.OSAtLeast(os, orderRule(school.Reset).MinOS)
		without := strings.Split(unlicensed, ",")
		for _, k := range missing {
			whole, stuck := &x.seen.Missing, &x.seen.Stuck
			final := items[k].Final
			if _, app := k.Bundle(); app {
				whole, stuck = &x.seen.Apps, &x.seen.StuckApps
				final = final || slices.Contains(without, string(k))
			}
			*whole++
			if final {
				*stuck++
			}
		}
		x.device.device, x.device.holding, x.device.Lost = x.Device, x.holding, lost
		out = append(out, x)
		return err
	})
	return out, err
}

// AdvanceTurnarounds takes every turnaround that is due a step further, as far as its device got, and gives the orders its
// step needs in the name of who began it. A job calls it. It changes nothing that people decide.
func (s *Store) AdvanceTurnarounds(ctx context.Context) error {
	for more := true; more; {
		gave := false
		err := s.transact(ctx, func(c conn) error {
			now := s.Now()
			gave = false
			due, err := s.seenTurns(ctx, c, `t.ended_at IS NULL AND t.look_at <= $1 ORDER BY t.look_at, t.id LIMIT $2`, now.UnixMicro(), turnsAtOnce)
			more = len(due) == turnsAtOnce
			for _, x := range due {
				if err != nil {
					return err
				}
				next, give := x.Next(x.seen, now)
				if give != "" {
					tx := &Tx{conn: c, ctx: ctx, s: s, now: now, by: school.Actor{Kind: school.PersonActor, Account: x.Account, Name: x.By, Tenant: x.authority}, authority: x.authority}
					if next.Order, err = tx.order(x.device, give, school.OrderArgs{}, "", time.Time{}); err != nil {
						return err
					}
					gave = true
				}
				err = c.keepTurn(ctx, next, now)
			}
			return err
		})
		if gave {
			s.changed.call()
		}
		if err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

// keepTurn writes a turnaround that is open.
func (c conn) keepTurn(ctx context.Context, t school.Turnaround, now time.Time) error {
	look := now.Add(turnLook)
	if t.From.After(now) {
		look = t.From
	}
	_, err := c.exec(ctx, `UPDATE turnaround SET step = $2, since_at = $3, reason = $4, tries = $5, again_at = $6, order_id = $7, done = $8, look_at = $9, ended_at = $10, why = $11 WHERE id = $1 AND ended_at IS NULL`,
		string(t.ID), string(t.Step), micros(t.Since), t.Reason, t.Tries, micros(t.Again), opt(t.Order), toJSON(t.Done), look.UnixMicro(), micros(t.Ended), t.Why)
	return err
}

// onTurn lets a person act on an open turnaround at a school where they may.
func (s *Store) onTurn(ctx context.Context, by school.Actor, id school.TurnaroundID, name string, fn func(tx *Tx, x turnSeen) (school.Turnaround, error)) error {
	var at school.SchoolID
	found, err := s.read().one(ctx, `SELECT s.school_id FROM turnaround t JOIN device_state s ON s.device_id = t.device_id WHERE t.id = $1 AND t.authority_id = $2`, args(string(id), string(by.Tenant)), text(&at))
	if err != nil {
		return err
	}
	if !found || !by.Can(school.View, school.Where{Authority: by.Tenant, School: at}) {
		return school.Missing("turnaround")
	}
	ev := event{name: name, verb: school.Wipe, school: at, subject: "device", final: true, detail: map[string]any{}}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		all, err := s.seenTurns(ctx, tx.conn, `t.id = $1 AND t.authority_id = $2 AND t.ended_at IS NULL`, string(id), string(tx.authority))
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return school.Clash("turn_over")
		}
		x := all[0]
		tx.event.id, tx.event.detail = string(x.Device), map[string]any{"step": string(x.Step)}
		next, err := fn(tx, x)
		if err != nil {
			return err
		}
		return tx.keepTurn(ctx, next, tx.now)
	})
	return err
}

// ResumeTurnaround tries a step again that halted.
func (s *Store) ResumeTurnaround(ctx context.Context, by school.Actor, id school.TurnaroundID) error {
	return s.onTurn(ctx, by, id, "turnaround.resumed", func(tx *Tx, x turnSeen) (school.Turnaround, error) {
		if !x.Halted() {
			return x.Turnaround, school.Clash("turn_runs")
		}
		// From now on the right of who resumes it is asked, and that the device stays with whom it is.
		if _, err := tx.exec(ctx, `UPDATE turnaround SET created_by = $2, account_id = $3, holding_id = (SELECT h.id FROM holding h WHERE h.device_id = turnaround.device_id AND h.until_at IS NULL) WHERE id = $1`,
			string(id), by.Name, opt(by.Account)); err != nil {
			return x.Turnaround, err
		}
		return x.Resume(tx.now), tx.withdrawOf(x)
	})
}

// SkipTurnaround goes on although Apple did not take the Activation Lock off.
func (s *Store) SkipTurnaround(ctx context.Context, by school.Actor, id school.TurnaroundID) error {
	return s.onTurn(ctx, by, id, "turnaround.skipped", func(tx *Tx, x turnSeen) (school.Turnaround, error) {
		next, err := x.Skip(tx.now)
		if err != nil {
			return next, err
		}
		return next, tx.withdrawOf(x)
	})
}

// StopTurnaround ends one. What the device was told already may still happen.
func (s *Store) StopTurnaround(ctx context.Context, by school.Actor, id school.TurnaroundID) error {
	return s.onTurn(ctx, by, id, "turnaround.stopped", func(tx *Tx, x turnSeen) (school.Turnaround, error) {
		next := x.Turnaround
		next.Ended, next.Why = tx.now, "stopped"
		return next, tx.withdrawOf(x)
	})
}

// withdrawOf takes back the order of a turnaround's step, and has the device planned anew.
func (tx *Tx) withdrawOf(x turnSeen) error {
	if x.Order == "" {
		return nil
	}
	if _, err := tx.exec(tx.ctx, `UPDATE device_order SET state = 'cancelled', finished_at = $2, result = 'person' WHERE id = $1 AND state IN ('waiting', 'later', 'handed')`, string(x.Order), micros(tx.now)); err != nil {
		return err
	}
	return tx.mark(`device_id = $2`, string(x.Device))
}

// TurnaroundRow is a turnaround as its list shows it.
type TurnaroundRow struct {
	school.Turnaround
	Number     string
	School     school.SchoolID
	SchoolName string
	ClassName  string
	LastSeen   time.Time
}

// TurnaroundFilter narrows the list. The zero value is all that is under way.
type TurnaroundFilter struct {
	School school.SchoolID
	Device school.DeviceID
	Halted bool // only those that wait for a person
	Ended  bool // those that are over instead
	Limit  int
}

// Turnarounds lists the way back of devices at the actor's schools: what waits for longest at its step first, what is over
// newest first.
func (s *Store) Turnarounds(ctx context.Context, by school.Actor, f TurnaroundFilter) (out []TurnaroundRow, err error) {
	var w where
	w.and("t.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.View, by.Tenant, "s.school_id"); err != nil {
		return nil, err
	}
	if f.School != "" {
		w.and("s.school_id = ?", string(f.School))
	}
	if f.Device != "" {
		w.and("t.device_id = ?", string(f.Device))
	}
	order := "t.since_at, t.id"
	if f.Ended {
		w.and("t.ended_at IS NOT NULL")
		order = "t.ended_at DESC, t.id DESC"
	} else {
		w.and("t.ended_at IS NULL")
	}
	err = s.read().each(ctx, `SELECT `+turnColumns+`, COALESCE(a.number, d.serial), s.school_id, COALESCE(sc.name, ''), COALESCE(c.name, ''), s.last_seen_at
		FROM turnaround t JOIN device d ON d.id = t.device_id JOIN asset a ON a.id = d.asset_id JOIN device_state s ON s.device_id = t.device_id
		LEFT JOIN school sc ON sc.id = s.school_id LEFT JOIN class c ON c.id = s.at_class_id WHERE `+w.String()+` ORDER BY `+order+` LIMIT `+w.arg(pageSize(f.Limit)), w.args, func(r *sql.Rows) error {
		var x TurnaroundRow
		if err := scanTurn(r, &x.Turnaround, &x.Number, text(&x.School), &x.SchoolName, &x.ClassName, stamp(&x.LastSeen)); err != nil {
			return err
		}
		if !f.Halted || x.Halted() {
			out = append(out, x)
		}
		return nil
	})
	return out, err
}
