package store

import (
	"context"
	"database/sql"
	"sort"
	"strconv"
	"strings"
	"time"

	"ranzen/store/school"
)

// What is asked of Apple, and what came of it. Requests are made of what stands in the table, never remembered beside it: whoever
// takes the job over after a crash asks for the same again.

// LicenceRequest is one request: every app to or from every serial.
type LicenceRequest struct {
	Give    bool     // else take back
	Adams   []string // item numbers
	Serials []string
	rows    []string
}

// batchMost bounds what is read for requests at once.
const batchMost = 10_000

// LicenceRequests lists the next requests to Apple of one location: licences to give, then to take back, in batches as large as Apple
// takes. Serials that need the same apps go together.
func (s *Store) LicenceRequests(ctx context.Context, by school.Actor, token school.TokenID, mostApps, mostSerials int) (out []LicenceRequest, err error) {
	type need struct{ adams, rows []string }
	for _, state := range []school.LicenceState{school.LicenceAsked, school.LicenceLeaving} {
		bySerial := map[string]*need{}
		var serials []string
		err = s.read().each(ctx, `SELECT l.id, l.serial, p.adam_id FROM licence l JOIN app p ON p.id = l.app_id WHERE l.token_id = $1 AND l.authority_id = $2 AND l.state = $3 AND l.next_at <= $4
			AND l.event_id = '' ORDER BY l.serial, p.adam_id LIMIT $5`, args(string(token), string(by.Tenant), string(state), micros(s.Now()), batchMost), func(r *sql.Rows) error {
			var id, serial, adam string
			if err := r.Scan(&id, &serial, &adam); err != nil {
				return err
			}
			n := bySerial[serial]
			if n == nil {
				n = &need{}
				bySerial[serial] = n
				serials = append(serials, serial)
			}
			n.adams, n.rows = append(n.adams, adam), append(n.rows, id)
			return nil
		})
		if err != nil {
			return nil, err
		}
		type slice struct {
			adams   []string
			serials []string
			rows    []string
		}
		groups := map[string]*slice{}
		for _, serial := range serials {
			n := bySerial[serial]
			for from := 0; from < len(n.adams); from += mostApps {
				to := min(from+mostApps, len(n.adams))
				key := strings.Join(n.adams[from:to], ",")
				g := groups[key]
				if g == nil {
					g = &slice{adams: n.adams[from:to]}
					groups[key] = g
				}
				g.serials, g.rows = append(g.serials, serial), append(g.rows, n.rows[from:to]...)
			}
		}
		names := keys(groups)
		sort.Strings(names)
		for _, key := range names {
			g := groups[key]
			k := len(g.adams)
			for from := 0; from < len(g.serials); from += mostSerials {
				to := min(from+mostSerials, len(g.serials))
				out = append(out, LicenceRequest{Give: state == school.LicenceAsked, Adams: g.adams, Serials: g.serials[from:to], rows: g.rows[from*k : to*k]})
			}
		}
	}
	return out, nil
}

// LicencesSent notes that Apple took a request, and under which name it tells what comes of it.
func (s *Store) LicencesSent(ctx context.Context, by school.Actor, token school.TokenID, q LicenceRequest, event string, ask time.Time) error {
	now := s.Now()
	return s.transact(ctx, func(c conn) error {
		// What was wished differently meanwhile is asked for anew.
		state := school.LicenceLeaving
		if q.Give {
			state = school.LicenceAsked
		}
		if _, err := c.exec(ctx, `UPDATE licence SET event_id = $1, changed_at = $2 WHERE authority_id = $3 AND state = $4 AND id IN (SELECT value FROM json_array_elements_text($5::json))`,
			event, micros(now), string(by.Tenant), string(state), list(q.rows)); err != nil {
			return err
		}
		_, err := c.exec(ctx, `INSERT INTO licence_event (id, authority_id, token_id, sent_at, next_at) VALUES ($1, $2, $3, $4, $5)`, event, string(by.Tenant), string(token), micros(now), micros(ask))
		return err
	})
}

// LicencesRefused notes that Apple did not take a request. Without a next try it is final: the licences are free again.
func (s *Store) LicencesRefused(ctx context.Context, by school.Actor, q LicenceRequest, code string, next time.Time) error {
	return s.transact(ctx, func(c conn) error {
		rows, err := s.licencesWhere(ctx, c, `l.authority_id = $1 AND l.id IN (SELECT value FROM json_array_elements_text($2::json))`, string(by.Tenant), list(q.rows))
		for _, l := range rows {
			if err == nil {
				err = s.refuse(ctx, c, by.Tenant, l, code, next)
			}
		}
		return err
	})
}

func (s *Store) licencesWhere(ctx context.Context, c conn, cond string, a ...any) (out []licenceRow, err error) {
	err = c.each(ctx, licenceQuery+` WHERE `+cond+` ORDER BY l.id`, a, func(r *sql.Rows) error {
		x, err := scanLicence(r)
		out = append(out, x)
		return err
	})
	return out, err
}

// noneLeft are Apple's numbers for "not enough licences".
var noneLeft = map[string]bool{"9709": true, "9610": true}

// refuse keeps that a licence did not move.
func (s *Store) refuse(ctx context.Context, c conn, a school.AuthorityID, l licenceRow, code string, next time.Time) error {
	now := micros(s.Now())
	if l.state == school.LicenceLeaving || !next.IsZero() { // tried again
		if next.IsZero() {
			next = s.Now().Add(time.Hour)
		}
		_, err := c.exec(ctx, `UPDATE licence SET event_id = '', tries = tries + 1, next_at = $2, code = $3, changed_at = $4 WHERE id = $1`, l.id, micros(next), code, now)
		return err
	}
	if l.state != school.LicenceAsked {
		return nil
	}
	if err := s.move(ctx, c, a, l.token, l.app, "used", "free", "refused", 1); err != nil {
		return err
	}
	state := school.LicenceRefused
	if noneLeft[code] {
		state = school.LicenceShort
		// Apple has fewer than the ledger says: they are not given to the next, but counted anew.
		if err := s.move(ctx, c, a, l.token, l.app, "free", "apple", "counted", 1); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `UPDATE content_sync SET wanted_at = $2 WHERE token_id = $1`, string(l.token), now); err != nil {
			return err
		}
	}
	if _, err := c.exec(ctx, `UPDATE licence SET state = $2, event_id = '', tries = tries + 1, code = $3, changed_at = $4 WHERE id = $1`, l.id, string(state), code, now); err != nil {
		return err
	}
	return s.mark(ctx, c, a, []string{string(l.device)})
}

// LicenceEvent is a request that is followed.
type LicenceEvent struct {
	ID    string
	Sent  time.Time
	Tries int
}

// LicenceEvents lists the requests of a location that are to be asked about now.
func (s *Store) LicenceEvents(ctx context.Context, by school.Actor, token school.TokenID) (out []LicenceEvent, err error) {
	err = s.read().each(ctx, `SELECT id, sent_at, tries FROM licence_event WHERE token_id = $1 AND authority_id = $2 AND next_at <= $3 ORDER BY next_at, id LIMIT 200`,
		args(string(token), string(by.Tenant), micros(s.Now())), func(r *sql.Rows) error {
			var e LicenceEvent
			err := r.Scan(&e.ID, stamp(&e.Sent), &e.Tries)
			out = append(out, e)
			return err
		})
	return out, err
}

// LicenceEventPending puts the next question off.
func (s *Store) LicenceEventPending(ctx context.Context, by school.Actor, id string, next time.Time) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE licence_event SET tries = tries + 1, next_at = $3 WHERE id = $1 AND authority_id = $2`, id, string(by.Tenant), micros(next))
		return err
	})
}

// LicenceFailure is a licence of a request that did not move.
type LicenceFailure struct {
	Adam, Serial string
	Code         string
	Again        time.Time // zero: for good
}

// LicenceEventOver keeps what came of a request: everything moved except the failures. Lost says that nothing is known of it: all of it
// is asked for again.
func (s *Store) LicenceEventOver(ctx context.Context, by school.Actor, id string, failures []LicenceFailure, lost bool) error {
	failed := make(map[string]LicenceFailure, len(failures))
	for _, f := range failures {
		failed[f.Adam+" "+f.Serial] = f
	}
	err := s.transact(ctx, func(c conn) error {
		a := by.Tenant
		n, err := c.exec(ctx, `DELETE FROM licence_event WHERE id = $1 AND authority_id = $2`, id, string(a))
		if err != nil || n == 0 {
			return err // somebody heard it before
		}
		rows, err := s.licencesWhere(ctx, c, `l.authority_id = $1 AND l.event_id = $2`, string(a), id)
		if err != nil {
			return err
		}
		adams := map[string]string{}
		if err := c.each(ctx, `SELECT id, adam_id FROM app WHERE authority_id = $1`, args(string(a)), func(r *sql.Rows) error {
			var app, adam string
			err := r.Scan(&app, &adam)
			adams[app] = adam
			return err
		}); err != nil {
			return err
		}
		now := micros(s.Now())
		var devices []string
		back := map[side]int{}
		for _, l := range rows {
			f, bad := failed[adams[l.app]+" "+l.serial]
			switch {
			case lost:
				_, err = c.exec(ctx, `UPDATE licence SET event_id = '', tries = tries + 1, changed_at = $2 WHERE id = $1`, l.id, now)
			case bad:
				err = s.refuse(ctx, c, a, l, f.Code, f.Again)
			case l.state == school.LicenceAsked:
				_, err = c.exec(ctx, `UPDATE licence SET state = 'held', event_id = '', tries = 0, code = '', changed_at = $2 WHERE id = $1`, l.id, now)
				devices = append(devices, string(l.device))
			case l.state == school.LicenceLeaving:
				_, err = c.exec(ctx, `DELETE FROM licence WHERE id = $1`, l.id)
				back[side{l.token, l.app}]++
				devices = append(devices, string(l.device))
			}
			if err != nil {
				return err
			}
		}
		if err := s.moveAll(ctx, c, a, back, "used", "free", "returned"); err != nil {
			return err
		}
		return s.mark(ctx, c, a, devices)
	})
	if err == nil {
		s.changed.call()
	}
	return err
}

// LicenceCount is what Apple says a location has of an app, and who holds it.
type LicenceCount struct {
	Adam   string
	Bought int
	Held   []string // serials, and "user " with a pseudonym for licences of people
}

// CountLicences makes the ledger agree with what Apple said of a location, app by app. What moved here since Apple was asked is left as
// it is: the next count finds it.
func (s *Store) CountLicences(ctx context.Context, by school.Actor, token school.TokenID, asked time.Time, counts []LicenceCount) error {
	if by.Kind != school.SystemActor {
		return school.Deny(school.Apple)
	}
	listed := map[string]bool{}
	for _, n := range counts {
		listed[n.Adam] = true
	}
	var unlisted []string
	if err := s.read().each(ctx, `SELECT p.adam_id FROM licence_account a JOIN app p ON p.id = a.app_id WHERE a.token_id = $1 AND a.authority_id = $2`, args(string(token), string(by.Tenant)), func(r *sql.Rows) error {
		var adam string
		err := r.Scan(&adam)
		if !listed[adam] {
			unlisted = append(unlisted, adam)
		}
		return err
	}); err != nil {
		return err
	}
	for _, adam := range unlisted { // owned no longer
		counts = append(counts, LicenceCount{Adam: adam})
	}
	for _, n := range counts {
		if err := s.transact(ctx, func(c conn) error { return s.count1(ctx, c, by.Tenant, token, asked, n) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) count1(ctx context.Context, c conn, a school.AuthorityID, token school.TokenID, asked time.Time, n LicenceCount) error {
	var app string
	found, err := c.one(ctx, `SELECT id FROM app WHERE authority_id = $1 AND adam_id = $2`, args(string(a), n.Adam), &app)
	if err != nil || !found {
		return err
	}
	if _, err := c.exec(ctx, `INSERT INTO licence_account (token_id, app_id, authority_id) VALUES ($1, $2, $3) ON CONFLICT (token_id, app_id) DO NOTHING`, string(token), app, string(a)); err != nil {
		return err
	}
	now := micros(s.Now())
	held := make(map[string]bool, len(n.Held))
	for _, serial := range n.Held {
		held[serial] = true
	}
	rows := map[string]licenceRow{}
	young := map[string]bool{}
	if err := c.each(ctx, `SELECT l.id, l.app_id, l.serial, l.token_id, l.device_id, l.state, l.event_id, l.mine, l.changed_at >= $3 FROM licence l WHERE l.app_id = $1 AND l.token_id = $2 ORDER BY l.id`,
		args(app, string(token), micros(asked)), func(r *sql.Rows) error {
			var x licenceRow
			var isYoung bool
			err := r.Scan(&x.id, &x.app, &x.serial, text(&x.token), text(&x.device), text(&x.state), &x.event, &x.mine, &isYoung)
			rows[x.serial], young[x.serial] = x, isYoung
			return err
		}); err != nil {
		return err
	}
	var devices []string
	used := 0 // how many more of the rows are used than before
	for _, serial := range sortedKeys(rows) {
		l := rows[serial]
		switch {
		case young[serial]:
		case held[serial] && !l.state.Used():
			used++
			_, err = c.exec(ctx, `UPDATE licence SET state = 'held', code = '', changed_at = $2 WHERE id = $1`, l.id, now)
			devices = append(devices, string(l.device))
		case held[serial] && l.state == school.LicenceAsked:
			_, err = c.exec(ctx, `UPDATE licence SET state = 'held', event_id = '', code = '', changed_at = $2 WHERE id = $1`, l.id, now)
			devices = append(devices, string(l.device))
		case l.state == school.LicenceRefused && !held[serial]: // it is tried again: what stood against it may be over
			_, err = c.exec(ctx, `DELETE FROM licence WHERE id = $1`, l.id)
			devices = append(devices, string(l.device))
		case !held[serial] && (l.state == school.LicenceHeld || l.state == school.LicenceLeaving):
			used--
			_, err = c.exec(ctx, `DELETE FROM licence WHERE id = $1`, l.id)
			if l.device != "" {
				devices = append(devices, string(l.device))
			}
		}
		if err != nil {
			return err
		}
	}
	for _, serial := range n.Held {
		if _, known := rows[serial]; known {
			continue
		}
		used++
		if _, err := c.exec(ctx, `INSERT INTO licence (id, authority_id, app_id, token_id, serial, device_id, state, mine, changed_at)
			SELECT $1, $2, $3, $4, $5, (SELECT d.id FROM device d WHERE d.authority_id = $2 AND d.serial = $5), 'held', FALSE, $6`, NewID[string](), string(a), app, string(token), serial, now); err != nil {
			return err
		}
	}
	if err := s.book(ctx, c, a, token, app, n.Bought, used); err != nil {
		return err
	}
	if len(devices) > 0 {
		if _, err := c.exec(ctx, `INSERT INTO licence_due (device_id, authority_id, at) SELECT d.id, d.authority_id, $2 FROM device d WHERE d.id IN (SELECT value FROM json_array_elements_text($1::json))
			ON CONFLICT (device_id) DO NOTHING`, list(devices), now); err != nil {
			return err
		}
	}
	return s.mark(ctx, c, a, devices)
}

// book writes a count into the ledger: bought as Apple says, used by what the rows came to. Where more is set aside than there is, the
// youngest that Apple has not heard of wait again.
func (s *Store) book(ctx context.Context, c conn, a school.AuthorityID, token school.TokenID, app string, bought, used int) error {
	var wasBought, wasUsed int
	if _, err := c.one(ctx, `SELECT bought, used FROM licence_account WHERE token_id = $1 AND app_id = $2`, args(string(token), app), &wasBought, &wasUsed); err != nil {
		return err
	}
	if over := wasUsed + used - bought; over > 0 {
		waiting, err := s.licencesWhere(ctx, c, `l.app_id = $1 AND l.token_id = $2 AND l.state = 'asked' AND l.event_id = ''`, app, string(token))
		if err != nil {
			return err
		}
		for i := len(waiting) - 1; i >= 0 && over > 0; i-- {
			if _, err := c.exec(ctx, `UPDATE licence SET state = 'short', changed_at = $2 WHERE id = $1`, waiting[i].id, micros(s.Now())); err != nil {
				return err
			}
			used--
			over--
		}
	}
	bought = max(bought, wasUsed+used) // Apple counts what is under way later than we do
	if grown := bought - wasBought; grown > 0 {
		if err := s.move(ctx, c, a, token, app, "apple", "free", "bought", grown); err != nil {
			return err
		}
	}
	if err := s.move(ctx, c, a, token, app, "free", "used", "counted", used); err != nil {
		return err
	}
	if grown := bought - wasBought; grown < 0 {
		return s.move(ctx, c, a, token, app, "free", "apple", "counted", -grown)
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	out := keys(m)
	sort.Strings(out)
	return out
}

func microText(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// ContentDue lists the locations that have something to do now: licences to ask for or give back, requests to follow, devices to look
// at, or a count. It is asked often, and reads little.
func (s *Store) ContentDue(ctx context.Context) (bool, error) {
	now := s.Now()
	var n int
	_, err := s.read().one(ctx, `SELECT CASE WHEN EXISTS (SELECT 1 FROM licence_due) OR EXISTS (SELECT 1 FROM licence_event WHERE next_at <= $1)
		OR EXISTS (SELECT 1 FROM licence l JOIN content_sync y ON y.token_id = l.token_id WHERE l.state IN ('asked', 'leaving') AND l.event_id = '' AND l.next_at <= $1 AND COALESCE(y.not_before, 0) <= $1 AND y.claimed_by = '')
		OR EXISTS (SELECT 1 FROM content_sync WHERE (wanted_at IS NOT NULL OR synced_at IS NULL OR synced_at <= $2) AND COALESCE(not_before, 0) <= $1) THEN 1 ELSE 0 END`,
		args(micros(now), micros(now.Add(-day))), &n)
	return n > 0, err
}
