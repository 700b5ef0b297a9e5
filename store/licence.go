package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// Licences follow what devices should have. Planning a device notes when its licences are not those of its apps (licence_due); a job
// then sets licences aside, asks Apple, follows the answer, and gives back what nobody needs. The ledger moves with every step, in the
// same transaction: a licence is used from the moment it is set aside until Apple said that it is back, so that nothing is given twice,
// whatever is lost on the way. Asking Apple for a licence a device has already changes nothing; so whoever is not sure asks again.

// licenceRow is a licence while it is looked at.
type licenceRow struct {
	id, app, serial string
	token           school.TokenID
	device          school.DeviceID
	state           school.LicenceState
	event           string
	mine            bool
}

// shelf is what a location has of an app, for whose iPads.
type shelf struct {
	token  school.TokenID
	school school.SchoolID
	free   int
	silent time.Duration
}

// stock reads what there is of each app.
func (s *Store) stock(ctx context.Context, c conn, a school.AuthorityID) (map[string][]shelf, error) {
	out := map[string][]shelf{}
	err := c.each(ctx, `SELECT n.app_id, n.token_id, t.school_id, n.free, t.silent_days FROM licence_account n JOIN content_token t ON t.id = n.token_id JOIN app p ON p.id = n.app_id
		WHERE n.authority_id = $1 AND p.for_devices ORDER BY n.app_id, t.name, t.id`, args(string(a)), func(r *sql.Rows) error {
		var app string
		var x shelf
		var days int
		if err := r.Scan(&app, text(&x.token), text(&x.school), &x.free, &days); err != nil {
			return err
		}
		x.silent = time.Duration(days) * day
		out[app] = append(out[app], x)
		return nil
	})
	return out, err
}

// choose finds where a device of a school gets a licence: its own school's before the authority's, one that is free before one that
// is not. nil: nobody who may give one has the app.
func choose(all []shelf, at school.SchoolID) *shelf {
	var best *shelf
	rank := func(x *shelf) int {
		n := 0
		if x.free > 0 {
			n += 2
		}
		if x.school != "" {
			n++
		}
		return n
	}
	for i := range all {
		x := &all[i]
		if x.school != "" && x.school != at {
			continue
		}
		if best == nil || rank(x) > rank(best) {
			best = x
		}
	}
	return best
}

// awayFor is how long an iPad may be silent and still have a licence set aside that it does not have yet.
const awayFor = 7 * day

// dueAtOnce is how many devices are looked at in one transaction.
const dueAtOnce = 500

// SettleLicences looks at the devices that are due, and gives what is free to those that wait longest. It returns whether there is more.
func (s *Store) SettleLicences(ctx context.Context, a school.AuthorityID) (more bool, err error) {
	err = s.transact(ctx, func(c conn) error {
		var devices []string
		if err := c.each(ctx, `SELECT device_id FROM licence_due WHERE authority_id = $1 ORDER BY at, device_id LIMIT $2`, args(string(a), dueAtOnce), func(r *sql.Rows) error {
			var d string
			err := r.Scan(&d)
			devices = append(devices, d)
			return err
		}); err != nil {
			return err
		}
		more = len(devices) == dueAtOnce
		accounts, err := s.stock(ctx, c, a)
		if err != nil {
			return err
		}
		if len(devices) > 0 {
			if err := s.settleDevices(ctx, c, a, devices, accounts); err != nil {
				return err
			}
		}
		return s.giveFree(ctx, c, a, accounts)
	})
	if err == nil && !more {
		s.changed.call()
	}
	return more, err
}

// wish is a device that should have an app.
type wish struct {
	device school.DeviceID
	serial string
	at     school.SchoolID
	app    string
	seen   time.Time
}

func (s *Store) settleDevices(ctx context.Context, c conn, a school.AuthorityID, devices []string, accounts map[string][]shelf) error {
	now := s.Now()
	wishes := map[school.DeviceID][]wish{}
	if err := c.each(ctx, `SELECT d.id, d.serial, s.school_id, p.id, COALESCE(s.last_seen_at, e.enrolled_at) FROM json_array_elements_text($2::json) x
		JOIN device_state s ON s.device_id = x.value JOIN device d ON d.id = s.device_id
		JOIN enrollment e ON e.id = s.enrollment_id AND e.state = 'enrolled' JOIN target t ON t.enrollment_id = e.id
		JOIN item_set_member m ON m.authority_id = t.authority_id AND m.set_hash = t.applied_set JOIN app p ON p.profile_id = m.profile_id
		WHERE t.authority_id = $1 ORDER BY d.id, p.id`, args(string(a), list(devices)), func(r *sql.Rows) error {
		var w wish
		if err := r.Scan(text(&w.device), &w.serial, text(&w.at), &w.app, stamp(&w.seen)); err != nil {
			return err
		}
		wishes[w.device] = append(wishes[w.device], w)
		return nil
	}); err != nil {
		return err
	}
	have := map[school.DeviceID][]licenceRow{}
	if err := c.each(ctx, licenceQuery+` WHERE l.authority_id = $1 AND l.device_id IN (SELECT value FROM json_array_elements_text($2::json)) ORDER BY l.id`, args(string(a), list(devices)), func(r *sql.Rows) error {
		x, err := scanLicence(r)
		have[x.device] = append(have[x.device], x)
		return err
	}); err != nil {
		return err
	}
	given := map[side]int{}
	for _, id := range devices {
		d := school.DeviceID(id)
		kept := map[string]bool{}
		for _, w := range wishes[d] {
			from := choose(accounts[w.app], w.at)
			has := slices.ContainsFunc(have[d], func(l licenceRow) bool { return l.app == w.app && l.state.Used() })
			if silence := now.Sub(w.seen); from != nil && silence > from.silent || !has && silence > awayFor { // it gets one when it is back
				continue
			}
			id, err := s.grant(ctx, c, a, w, have[d], accounts[w.app], from, given)
			if err != nil {
				return err
			}
			kept[id] = true
		}
		for _, l := range have[d] {
			if !kept[l.id] {
				if err := s.withdraw(ctx, c, a, l, "unassigned"); err != nil {
					return err
				}
			}
		}
	}
	if err := s.moveAll(ctx, c, a, given, "free", "used", "asked"); err != nil {
		return err
	}
	if err := s.mark(ctx, c, a, devices); err != nil {
		return err
	}
	_, err := c.exec(ctx, `DELETE FROM licence_due WHERE device_id IN (SELECT value FROM json_array_elements_text($1::json))`, list(devices))
	return err
}

const licenceQuery = `SELECT l.id, l.app_id, l.serial, l.token_id, l.device_id, l.state, l.event_id, l.mine FROM licence l`

func scanLicence(r *sql.Rows) (x licenceRow, err error) {
	err = r.Scan(&x.id, &x.app, &x.serial, text(&x.token), text(&x.device), text(&x.state), &x.event, &x.mine)
	return x, err
}

// grant finds or makes the licence of a wish, and returns its id. What it takes from the free ones is noted in given.
func (s *Store) grant(ctx context.Context, c conn, a school.AuthorityID, w wish, have []licenceRow, all []shelf, from *shelf, given map[side]int) (string, error) {
	now := micros(s.Now())
	usable := func(l licenceRow) bool {
		return slices.ContainsFunc(all, func(x shelf) bool { return x.token == l.token && (x.school == "" || x.school == w.at) })
	}
	for _, l := range have {
		if l.app != w.app || !usable(l) && !(l.token == "" && from == nil) {
			continue
		}
		switch {
		case l.state == school.LicenceLeaving && l.event == "": // not told to Apple yet: it stays
			_, err := c.exec(ctx, `UPDATE licence SET state = 'held', mine = TRUE, changed_at = $2 WHERE id = $1`, l.id, now)
			return l.id, err
		case l.state == school.LicenceLeaving:
			return l.id, nil // it is asked for anew when it is back
		case !l.mine:
			_, err := c.exec(ctx, `UPDATE licence SET mine = TRUE, changed_at = $2 WHERE id = $1`, l.id, now)
			return l.id, err
		}
		return l.id, nil
	}
	id := NewID[string]()
	state, token := school.LicenceShort, ""
	if from != nil {
		token = string(from.token)
		if from.free > 0 {
			state = school.LicenceAsked
			from.free--
			given[side{from.token, w.app}]++
		}
	}
	_, err := c.exec(ctx, `INSERT INTO licence (id, authority_id, app_id, token_id, serial, device_id, state, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, string(a), w.app, opt(token), w.serial, string(w.device), string(state), now)
	return id, err
}

// withdraw gives a licence back that nobody needs: what Apple never heard of at once, what Apple gave by asking it.
func (s *Store) withdraw(ctx context.Context, c conn, a school.AuthorityID, l licenceRow, cause string) error {
	switch {
	case !l.mine || l.state == school.LicenceLeaving:
		return nil
	case !l.state.Used():
		_, err := c.exec(ctx, `DELETE FROM licence WHERE id = $1 AND state = $2`, l.id, string(l.state))
		return err
	}
	// Also what was only asked for: an answer that was lost may have given it. What moved since it was read is left to the next look.
	_, err := c.exec(ctx, `UPDATE licence SET state = 'leaving', event_id = '', tries = 0, next_at = 0, code = $3, changed_at = $2 WHERE id = $1 AND state = $4`, l.id, micros(s.Now()), cause, string(l.state))
	return err
}

// giveFree gives what is free to those that wait.
func (s *Store) giveFree(ctx context.Context, c conn, a school.AuthorityID, accounts map[string][]shelf) error {
	var waiting []licenceRow
	var places []school.SchoolID
	if err := c.each(ctx, `SELECT l.id, l.app_id, l.serial, l.token_id, l.device_id, l.state, l.event_id, l.mine, s.school_id FROM licence l JOIN device_state s ON s.device_id = l.device_id
		WHERE l.authority_id = $1 AND l.state = 'short' AND EXISTS (SELECT 1 FROM licence_account n JOIN content_token t ON t.id = n.token_id
			WHERE n.app_id = l.app_id AND n.free > 0 AND (t.school_id IS NULL OR t.school_id = s.school_id)) ORDER BY l.changed_at, l.id LIMIT 2000`, args(string(a)), func(r *sql.Rows) error {
		var x licenceRow
		var at school.SchoolID
		err := r.Scan(&x.id, &x.app, &x.serial, text(&x.token), text(&x.device), text(&x.state), &x.event, &x.mine, text(&at))
		waiting, places = append(waiting, x), append(places, at)
		return err
	}); err != nil {
		return err
	}
	var moved []string
	given := map[side]int{}
	for i, l := range waiting {
		from := choose(accounts[l.app], places[i])
		if from == nil || from.free <= 0 {
			continue
		}
		from.free--
		given[side{from.token, l.app}]++
		if _, err := c.exec(ctx, `UPDATE licence SET state = 'asked', token_id = $2, changed_at = $3, code = '', next_at = 0, tries = 0, event_id = '' WHERE id = $1`, l.id, string(from.token), micros(s.Now())); err != nil {
			return err
		}
		moved = append(moved, string(l.device))
	}
	if err := s.moveAll(ctx, c, a, given, "free", "used", "asked"); err != nil {
		return err
	}
	return s.mark(ctx, c, a, moved)
}

// mark makes the devices be planned anew: what they may load changed.
func (s *Store) mark(ctx context.Context, c conn, a school.AuthorityID, devices []string) error {
	if len(devices) == 0 {
		return nil
	}
	_, err := c.exec(ctx, `UPDATE target SET gen = gen + 1, marked_at = $3 WHERE authority_id = $1 AND device_id IN (SELECT value FROM json_array_elements_text($2::json))`,
		string(a), list(devices), micros(s.Now()))
	return err
}

// SweepLicences takes licences back from devices that were erased, returned to nobody's management, or are silent for too long.
func (s *Store) SweepLicences(ctx context.Context, a school.AuthorityID) error {
	return s.transact(ctx, func(c conn) error {
		var gone []licenceRow
		var causes []string
		if err := c.each(ctx, `SELECT l.id, l.app_id, l.serial, l.token_id, l.device_id, l.state, l.event_id, l.mine, CASE WHEN e.id IS NULL THEN 'unenrolled' ELSE 'silent' END
			FROM licence l JOIN content_token t ON t.id = l.token_id LEFT JOIN device_state s ON s.device_id = l.device_id LEFT JOIN enrollment e ON e.id = s.enrollment_id AND e.state = 'enrolled'
			WHERE l.authority_id = $1 AND l.mine AND l.state <> 'leaving' AND (e.id IS NULL OR COALESCE(s.last_seen_at, e.enrolled_at) < $2 - t.silent_days * $3) ORDER BY l.id`,
			args(string(a), micros(s.Now()), day.Microseconds()), func(r *sql.Rows) error {
				var x licenceRow
				var cause string
				err := r.Scan(&x.id, &x.app, &x.serial, text(&x.token), text(&x.device), text(&x.state), &x.event, &x.mine, &cause)
				gone, causes = append(gone, x), append(causes, cause)
				return err
			}); err != nil {
			return err
		}
		var devices []string
		for i, l := range gone {
			if err := s.withdraw(ctx, c, a, l, causes[i]); err != nil {
				return err
			}
			devices = append(devices, string(l.device))
		}
		return s.mark(ctx, c, a, devices)
	})
}

// Need is what licences an assignment asks for.
type Need struct {
	Needed int // iPads that have none
	Free   int
	Silent int // iPads that hold one and are silent for 30 days
}

// Missing is how many are too few.
func (n Need) Missing() int { return max(0, n.Needed-n.Free) }

// PlanNeed is what licences a plan that is not applied asks for, and of which app; no name: of none.
func (s *Store) PlanNeed(ctx context.Context, by school.Actor, p school.Plan) (n Need, app string, err error) {
	if p.Change.Kind != school.ChangeAssign || !p.Applied.IsZero() {
		return n, "", nil
	}
	var devices []school.DeviceID
	for _, g := range p.Preview.Groups {
		for _, i := range g.Items {
			if _, is := i.Key.Bundle(); is && i.From == 0 && i.To > 0 && (g.Kind == school.Gains || g.Kind == school.Alters || g.Kind == school.Loses || g.Kind == school.Unknown) {
				devices, app = append(devices, g.Devices...), i.Name
			}
		}
	}
	if app == "" {
		return n, "", nil
	}
	n, err = s.LicenceNeed(ctx, by, p.Change.Assignment.Profile, devices)
	return n, app, err
}

// LicenceNeed counts before anything is saved what licences devices would need of an app, and what there is.
func (s *Store) LicenceNeed(ctx context.Context, by school.Actor, profile school.ProfileID, devices []school.DeviceID) (n Need, err error) {
	if _, err := s.AppOf(ctx, by, profile); err != nil {
		return n, err
	}
	err = s.snapshot(ctx, func(c conn) error {
		n = Need{}
		var app string
		if _, err := c.one(ctx, `SELECT id FROM app WHERE profile_id = $1 AND authority_id = $2`, args(string(profile), string(by.Tenant)), &app); err != nil {
			return err
		}
		has := map[school.DeviceID]bool{}
		cut := s.Now().Add(-30 * day)
		if err := c.each(ctx, `SELECT l.device_id, s.last_seen_at FROM licence l JOIN device_state s ON s.device_id = l.device_id WHERE l.app_id = $1 AND l.state IN ('asked', 'held')`, args(app), func(r *sql.Rows) error {
			var d school.DeviceID
			var seen time.Time
			err := r.Scan(text(&d), stamp(&seen))
			has[d] = true
			if seen.Before(cut) {
				n.Silent++
			}
			return err
		}); err != nil {
			return err
		}
		accounts, err := s.stock(ctx, c, by.Tenant)
		if err != nil {
			return err
		}
		places := map[school.DeviceID]school.SchoolID{}
		if err := c.each(ctx, `SELECT device_id, school_id FROM device_state WHERE authority_id = $1 AND device_id IN (SELECT value FROM json_array_elements_text($2::json))`, args(string(by.Tenant), list(devices)), func(r *sql.Rows) error {
			var d school.DeviceID
			var at school.SchoolID
			err := r.Scan(text(&d), text(&at))
			places[d] = at
			return err
		}); err != nil {
			return err
		}
		for _, d := range devices {
			if has[d] {
				continue
			}
			n.Needed++
			if from := choose(accounts[app], places[d]); from != nil && from.free > 0 {
				from.free--
				n.Free++
			}
		}
		return nil
	})
	return n, err
}

// licencesIn reads what the facts query wrote of a device's licences: "key state code since", comma separated. Of several of one app
// the best counts.
func licencesIn(text string) map[school.ItemKey]school.Licence {
	if text == "" {
		return nil
	}
	rank := map[school.LicenceState]int{school.LicenceHeld: 5, school.LicenceAsked: 4, school.LicenceLeaving: 3, school.LicenceRefused: 2, school.LicenceShort: 1}
	out := map[school.ItemKey]school.Licence{}
	for _, entry := range strings.Split(text, ",") {
		f := strings.SplitN(entry, " ", 4)
		if len(f) != 4 {
			continue
		}
		l := school.Licence{State: school.LicenceState(f[1]), Since: microText(f[2]), Code: f[3]}
		if k := school.ItemKey(f[0]); rank[l.State] > rank[out[k].State] {
			out[k] = l
		}
	}
	return out
}
