package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// Read is the point at which a target was read: the generation of its facts, the state of its reports, and the version of what
// it shares with others. What is computed from a reading is saved only while the first two still stand and nothing has changed since
// the third that reaches everybody; otherwise a fact or a report that came in between would be lost.
type Read struct{ Gen, Seq, Shared int64 }

// reading is what is read of one device at one point.
type reading struct {
	school.Facts
	have   school.Reported
	at     Read
	target targetState
	order  school.OrderID // behind the command in flight
	orders bool           // there are open ones
	own    bool           // there are assignments to this device or its person alone
	until  time.Time      // when a membership in a group begins or ends; zero: none does
}

// oneEnrollment finds the device of enrolment $2 by its keys: as the right side of a LEFT JOIN the target could not lead.
const oneEnrollment = `s.device_id = (SELECT device_id FROM target WHERE enrollment_id = $2) AND t.enrollment_id = $2`

// Facts reads all that mdm.Desired and mdm.Plan need for one enrolment, on one consistent view.
func (s *Store) Facts(ctx context.Context, authority school.AuthorityID, id school.EnrollmentID) (f school.Facts, have school.Reported, read Read, err error) {
	r, err := s.readingOf(ctx, authority, id)
	return r.Facts, r.have, r.at, err
}

// FactsFor is Facts for who speaks just now: from memory, if nothing moved since it was read.
func (s *Store) FactsFor(ctx context.Context, id Identity) (f school.Facts, have school.Reported, read Read, err error) {
	r, err := s.readingFor(ctx, id)
	return r.Facts, r.have, r.at, err
}

// readingOf reads one enrolment, with one statement if what it shares with others is in memory: a statement sees one view.
func (s *Store) readingOf(ctx context.Context, authority school.AuthorityID, id school.EnrollmentID) (r reading, err error) {
	if r, err = s.factsOf(ctx, s.read(), authority, id, true); !errors.Is(err, errApart) {
		return r, err
	}
	err = s.snapshot(ctx, func(c conn) error {
		r, err = s.factsOf(ctx, c, authority, id, false)
		return err
	})
	return r, err
}

func (s *Store) factsOf(ctx context.Context, c conn, authority school.AuthorityID, id school.EnrollmentID, alone bool) (reading, error) {
	all, err := s.factsRead(ctx, c, authority, oneEnrollment, string(id), alone)
	if err != nil {
		return reading{}, err
	}
	if len(all) == 0 {
		return reading{}, school.Missing("enrollment")
	}
	return all[0], nil
}

// DeviceFacts reads the facts of one device, enrolled or not, for pages that explain it. Facts name the holder whoever
// asks, because what a device should be may depend on it; pages take names from DeviceByID, which knows who may see them.
func (s *Store) DeviceFacts(ctx context.Context, by school.Actor, id school.DeviceID) (f school.Facts, have school.Reported, err error) {
	err = s.snapshot(ctx, func(c conn) error {
		all, reported, err := s.factsWhere(ctx, c, by.Tenant, `s.device_id = $2`, string(id))
		if err != nil {
			return err
		}
		if len(all) == 0 || !by.Can(school.View, school.Where{Authority: by.Tenant, School: all[0].Place.School}) {
			return school.Missing("device")
		}
		f, have = all[0], reported[0]
		return nil
	})
	return f, have, err
}

// ScopeFacts reads the facts of every device in a scope that the actor may see, for pages that explain a class.
func (s *Store) ScopeFacts(ctx context.Context, by school.Actor, scope school.Scope) (facts []school.Facts, have []school.Reported, err error) {
	cond, arg := scopeCond(scope, "$2")
	err = s.snapshot(ctx, func(c conn) error {
		all, reported, err := s.factsWhere(ctx, c, by.Tenant, cond, arg)
		for i := range all {
			if by.Can(school.View, school.Where{Authority: by.Tenant, School: all[i].Place.School}) {
				facts, have = append(facts, all[i]), append(have, reported[i])
			}
		}
		return err
	})
	return facts, have, err
}

// behindAll is from where targets are taken that a mark of all reached: those of whoever is under management, like with other marks.
const behindAll = ` FROM target t JOIN enrollment e ON e.id = t.enrollment_id WHERE e.state = 'enrolled'`

// Marked reads facts of targets that wait to be planned: up to limit marked by a fact of their own, up to limit by one of
// all, and up to limit due by time, the oldest of each.
func (s *Store) Marked(ctx context.Context, authority school.AuthorityID, limit int) (facts []school.Facts, have []school.Reported, reads []Read, err error) {
	err = s.snapshot(ctx, func(c conn) error {
		// First which they are, then what is known of them: in one statement PostgreSQL reads all devices there are. See listedFacts.
		var ids []school.DeviceID
		err := c.each(ctx, `SELECT device_id FROM (SELECT device_id FROM target WHERE authority_id = $1 AND gen <> planned_gen ORDER BY marked_at LIMIT $3) AS marked
			UNION SELECT device_id FROM (SELECT t.device_id`+behindAll+` AND t.authority_id = $1 AND `+behind("t", "$1")+` ORDER BY t.planned_version LIMIT $3) AS behind
			UNION SELECT device_id FROM (SELECT device_id FROM target WHERE authority_id = $1 AND next_due <= $2 ORDER BY next_due LIMIT $3) AS due`,
			args(string(authority), s.Now().UnixMicro(), limit), func(r *sql.Rows) error {
				var d school.DeviceID
				err := r.Scan(text(&d))
				ids = append(ids, d)
				return err
			})
		if err != nil || len(ids) == 0 {
			return err
		}
		all, err := s.factsScan(ctx, c, authority, listedFacts+`NOT `+planned("t", "$1")+` OR t.next_due <= $3`, list(ids), false)
		if err == nil {
			err = s.fillTargets(ctx, c, authority, all)
		}
		for _, r := range all {
			facts, have, reads = append(facts, r.Facts), append(have, r.have), append(reads, r.at)
			s.keepReading(r)
		}
		return err
	})
	return facts, have, reads, err
}

// AuthoritiesWithMarks lists the authorities that have targets to plan, so that one authority's wave is not in the way
// of another's.
func (s *Store) AuthoritiesWithMarks(ctx context.Context) (out []school.AuthorityID, err error) {
	err = s.read().each(ctx, `SELECT a.id FROM authority a
		WHERE EXISTS (SELECT 1 FROM target t WHERE t.authority_id = a.id AND t.gen <> t.planned_gen) OR EXISTS (SELECT 1`+behindAll+` AND t.authority_id = a.id AND `+behind("t", "a.id")+`)
		OR EXISTS (SELECT 1 FROM target t WHERE t.authority_id = a.id AND t.next_due <= $1)`, args(s.Now().UnixMicro()), func(r *sql.Rows) error {
		var a school.AuthorityID
		if err := r.Scan(text(&a)); err != nil {
			return err
		}
		out = append(out, a)
		return nil
	})
	return out, err
}

// factsWhere reads the facts of the devices for which cond holds; cond speaks of device_state s, device d, enrollment e
// and target t, with the authority as $1 and arg as $2. The number of queries does not depend on the number of devices.
func (s *Store) factsWhere(ctx context.Context, c conn, authority school.AuthorityID, cond string, arg any) (facts []school.Facts, have []school.Reported, err error) {
	all, err := s.factsRead(ctx, c, authority, cond, arg, false)
	for _, r := range all {
		facts, have = append(facts, r.Facts), append(have, r.have)
	}
	return facts, have, err
}

const factsQuery = `SELECT d.id, d.asset_id, d.school_id, d.place_id, COALESCE(a.number, ''), d.serial, s.udid, s.model, s.product_name, s.os_version, s.build, s.battery_health,
	s.supervised, ` + deviceOwnership + `, d.confirmed, d.planned_person_id, d.planned_class_id, d.release_networks, s.last_seen_at, s.inventory_at,
	s.declarations_refused, s.bypass_at, s.lost_at,
	COALESCE(sc.name, ''), COALESCE(sc.type, ''), s.at_class_id, COALESCE(cl.name, ''), COALESCE(cl.grade, ''), s.at_person_id,
	COALESCE(sc.network_ssid, ''), COALESCE(sc.network_security, ''), sc.network_password_sealed, COALESCE(sc.network_hidden, FALSE),
	p.id, COALESCE(p.kind, ''), COALESCE(p.given, ''), COALESCE(p.family, ''), COALESCE(p.email, ''), COALESCE(p.login, ''), p.school_id,
	e.id, COALESCE(e.type, ''), COALESCE(e.state, ''), COALESCE(e.awaiting, FALSE), e.await_until, e.cert_ends_at, e.enrolled_at, e.renewed_at, COALESCE(e.push_state, ''),
	COALESCE(t.gen, 0), COALESCE(t.seq, 0), t.marked_at, COALESCE(t.applied_set, ''), t.overlay, t.missing, t.extra, t.deviations, t.memory,
	COALESCE(t.offered_token, ''), t.offered_at, COALESCE(t.reported_token, ''), t.reported_at, t.pushed_at,
	` + licenceColumn + `, COALESCE(s.storage_free, 0),
	COALESCE(sc.push_pace, 0), COALESCE(sc.quiet_from, 0), COALESCE(sc.quiet_until, 0), ` + updateColumns + `,
	EXISTS (SELECT 1 FROM device_order o WHERE o.enrollment_id = e.id AND o.state IN ('waiting', 'handed', 'later')),
	COALESCE(k.uuid, ''), COALESCE(k.kind, ''), COALESCE(k.fingerprint, ''), COALESCE(k.item_key, ''), COALESCE(k.hash, ''), k.sent_at, k.notnow_at, k.order_id,
	(SELECT shared_version FROM authority WHERE id = s.authority_id),
	EXISTS (SELECT 1 FROM assignment x WHERE x.authority_id = s.authority_id AND (x.scope_id = s.device_id OR x.scope_id = s.at_person_id)),
	(SELECT string_agg(m.group_id || ' ' || m.from_at || ' ' || COALESCE(m.until_at, 0), ',' ORDER BY m.group_id) FROM membership m WHERE m.person_id = s.at_person_id
		AND m.authority_id = s.authority_id AND m.group_id IS NOT NULL AND NOT m.teaches AND (m.until_at IS NULL OR m.until_at > $3)),
	` + deviceGroups + `
	FROM device_state s
	JOIN device d ON d.id = s.device_id
	JOIN asset a ON a.id = d.asset_id
	LEFT JOIN school sc ON sc.id = s.school_id
	LEFT JOIN class cl ON cl.id = s.at_class_id
	LEFT JOIN person p ON p.id = s.at_person_id
	LEFT JOIN enrollment e ON e.id = s.enrollment_id AND e.state <> 'checked_out'
	LEFT JOIN target t ON t.enrollment_id = e.id
	LEFT JOIN device_update u ON u.device_id = s.device_id
	LEFT JOIN command k ON k.enrollment_id = e.id AND k.state = 'in_flight'
	WHERE s.authority_id = $1 AND (`

// licenceColumn writes the licences of a device, as licencesIn reads them. One that Apple cannot be asked for says what is wrong with the
// location.
const licenceColumn = `(SELECT string_agg(xp.identifier || ' ' || l.state || ' ' || l.changed_at || ' ' || CASE WHEN l.state = 'asked' AND xy.error = '` + ContentRejected + `' THEN '` + school.LicenceNoToken + `'
		WHEN l.state = 'asked' AND xy.claimed_by <> '' THEN '` + school.LicenceForeign + `' ELSE l.code END, ',' ORDER BY l.id) FROM licence l JOIN app xa ON xa.id = l.app_id
		JOIN profile xp ON xp.id = xa.profile_id LEFT JOIN content_sync xy ON xy.token_id = l.token_id WHERE l.device_id = s.device_id AND l.mine)`

// leanFacts reads the same devices without what a plan does not ask: what they reported beside the network they have, what is on its
// way to them, and what was ordered.
var leanFacts = strings.NewReplacer(
	`t.overlay, t.missing, t.extra, t.deviations, t.memory`, `NULL, t.missing, t.extra, NULL, NULL`,
	licenceColumn, `NULL`,
	`EXISTS (SELECT 1 FROM device_order o WHERE o.enrollment_id = e.id AND o.state IN ('waiting', 'handed', 'later'))`, `FALSE`,
	`COALESCE(k.uuid, ''), COALESCE(k.kind, ''), COALESCE(k.fingerprint, ''), COALESCE(k.item_key, ''), COALESCE(k.hash, ''), k.sent_at, k.notnow_at, k.order_id`,
	`'', '', '', '', '', NULL, NULL, NULL`,
	`LEFT JOIN command k ON k.enrollment_id = e.id AND k.state = 'in_flight'
	`, ``,
).Replace(factsQuery)

// listedFacts reads the devices of a list, and begins with them: PostgreSQL orders eight tables at most, and a list that comes after
// them all is sought among all devices there are.
var listedFacts = strings.NewReplacer(
	`FROM device_state s
`, `FROM (SELECT value FROM json_array_elements_text($2::json)) these CROSS JOIN device_state s
`, `WHERE s.authority_id = $1 AND (`, `WHERE s.authority_id = $1 AND s.device_id = these.value AND (`,
).Replace(factsQuery)

// factsForPlan reads the facts of the devices for which cond holds, and which networks they have.
func (s *Store) factsForPlan(ctx context.Context, c conn, authority school.AuthorityID, cond string, arg any) ([]reading, error) {
	all, err := s.factsScan(ctx, c, authority, leanFacts+cond, arg, false)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := s.networks(ctx, c, authority, &all[i].target, &all[i].have); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// factsRead reads facts. With alone it sends the one statement and takes what devices share from memory; what is not there is
// errApart, and somebody has to read all of it on one view.
func (s *Store) factsRead(ctx context.Context, c conn, authority school.AuthorityID, cond string, arg any, alone bool) ([]reading, error) {
	all, err := s.factsScan(ctx, c, authority, factsQuery+cond, arg, alone)
	if err != nil {
		return nil, err
	}
	return all, s.fillTargets(ctx, c, authority, all)
}

// fillTargets decodes what was read of targets and adds the open orders.
func (s *Store) fillTargets(ctx context.Context, c conn, authority school.AuthorityID, all []reading) error {
	for i := range all {
		if err := s.decode(ctx, c, authority, &all[i].target, &all[i].have); err != nil {
			return err
		}
	}
	return s.fillOrders(ctx, c, authority, all)
}

// factsScan reads devices by a query of facts, and what they share.
func (s *Store) factsScan(ctx context.Context, c conn, authority school.AuthorityID, query string, arg any, alone bool) ([]reading, error) {
	var all []reading
	now := s.Now()
	err := c.each(ctx, query+`) ORDER BY d.id`, args(string(authority), arg, now.UnixMicro()), func(r *sql.Rows) error {
		var x reading
		var p school.Person
		var fly school.InFlight
		var net []byte
		var state school.EnrollmentState
		var groups, licences, ruled string
		f, h, t := &x.Facts, &x.have, &x.target
		d := &f.Device
		err := r.Scan(slices.Concat([]any{text(&d.ID), text(&d.Asset), text(&d.School), text(&d.Place), &d.Number, &d.Serial, &d.UDID, &d.Model, &d.ProductName, &d.OSVersion, &d.Build, text(&d.Health),
			&d.Supervised, text(&d.Ownership), &d.Confirmed, text(&d.PlannedPerson), text(&d.PlannedClass), &h.ReleasedNets, stamp(&d.LastSeen), stamp(&d.InventoryAt),
			&f.NoDeclarations, stamp(&h.BypassAt), stamp(&h.LostAt),
			&f.Place.SchoolName, &f.Place.SchoolType, text(&f.Place.Class), &f.Place.ClassName, &f.Place.Grade, text(&f.Place.Person),
			&f.Network.SSID, &f.Network.Security, &net, &f.Network.Hidden,
			text(&p.ID), text(&p.Kind), &p.Given, &p.Family, &p.Email, &p.Login, text(&p.School),
			text(&f.Enrollment), text(&f.Channel), text(&state), &h.Awaiting, stamp(&h.AwaitUntil), stamp(&f.CertEnds), stamp(&h.Enrolled), stamp(&h.RenewedAt), &h.PushState,
			&x.at.Gen, &x.at.Seq, stamp(&h.ChangedAt), &t.set, fromJSON(&t.overlay), fromJSON(&t.missing), fromJSON(&t.extra), fromJSON(&h.Items), fromJSON(&t.memory),
			&h.Offered, stamp(&h.OfferedAt), &h.Confirmed, stamp(&h.ConfirmedAt), stamp(&h.PushedAt), text(&licences), &h.StorageFree, &f.Quiet.PerMinute, &f.Quiet.From, &f.Quiet.Until}, scanUpdating(&d.Update), []any{&x.orders,
			&fly.UUID, &fly.Kind, &fly.Fingerprint, text(&fly.Item), &fly.Hash, stamp(&fly.SentAt), stamp(&fly.NotNowAt), text(&x.order), &x.at.Shared, &x.own, text(&groups), text(&ruled)})...)
		if err != nil {
			return err
		}
		f.Authority, d.Authority, f.Place.School = authority, authority, d.School
		s.lastSeen(&x)
		h.InventoryAt = d.InventoryAt
		h.Licences = licencesIn(licences)
		if len(net) > 0 {
			plain, err := s.open(cell{authority, "school", "network_password", string(d.School)}, net)
			if err != nil {
				return err
			}
			f.Network.Password = string(plain)
		}
		if state != school.Enrolled { // Authenticate came, the first TokenUpdate has not: nothing can be said to it yet
			f.Enrollment = ""
		}
		if fly.UUID != "" && f.Enrollment != "" {
			h.InFlight = &fly
		}
		if p.ID != "" {
			p.Authority = authority
			f.Holder = &p
		}
		if f.Place.Groups, x.until, err = groupsAt(groups, now); err != nil {
			return err
		}
		f.Place.Groups, d.StorageFree = withGroups(f.Place.Groups, ruled), h.StorageFree
		if alone && x.orders {
			return errApart
		}
		all = append(all, x)
		return nil
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	shared, err := s.sharedBy(ctx, c, authority, all[0].at.Shared, alone)
	if err != nil {
		return nil, err
	}
	for i := range all {
		f := &all[i].Facts
		if shared.marked.After(all[i].have.ChangedAt) {
			all[i].have.ChangedAt = shared.marked
		}
		f.At, f.Zone, f.OrgName, f.Signer, f.Policy, f.Key = now, Berlin, shared.orgName, shared.signer, shared.policy, shared.key
		f.Freezes, f.Releases, f.Rules, f.Quiet = shared.freezes, shared.releases, shared.rules, f.Quiet.Or(shared.policy.Calm)
	}
	return all, s.fillAssigned(ctx, c, authority, shared, all, alone)
}

// groupsAt reads memberships, "group from until" each, as the facts query writes them: the groups of now, and when that changes.
func groupsAt(text string, now time.Time) (groups []school.GroupID, until time.Time, err error) {
	if text == "" {
		return nil, until, nil
	}
	at := now.UnixMicro()
	var edge int64
	for _, m := range strings.Split(text, ",") {
		var g string
		var from, to int64
		if _, err := fmt.Sscan(m, &g, &from, &to); err != nil {
			return nil, until, fmt.Errorf("store: membership: %w", err)
		}
		for _, t := range []int64{from, to} {
			if t > at && (edge == 0 || t < edge) {
				edge = t
			}
		}
		if from <= at {
			groups = append(groups, school.GroupID(g))
		}
	}
	if edge > 0 {
		until = time.UnixMicro(edge).UTC()
	}
	return groups, until, nil
}

// fillOrders gives every enrolled device its open orders.
func (s *Store) fillOrders(ctx context.Context, c conn, authority school.AuthorityID, all []reading) error {
	of := map[school.EnrollmentID]int{}
	for i, x := range all {
		if x.Enrollment != "" && x.orders {
			of[x.Enrollment] = i
		}
	}
	if len(of) == 0 {
		return nil
	}
	var w where
	w.and("o.authority_id = ?", string(authority))
	if len(of) <= fewDevices {
		w.and("o.enrollment_id IN (SELECT value FROM json_array_elements_text(?::json))", list(keys(of)))
	}
	return s.readOrders(ctx, c, authority, w, func(o school.Order, void string) {
		i, ok := of[o.Enrollment]
		switch {
		case !ok:
		case void != "":
			if all[i].have.Void == nil {
				all[i].have.Void = map[school.OrderID]string{}
			}
			all[i].have.Void[o.ID] = void
		default:
			all[i].have.Orders = append(all[i].have.Orders, o)
		}
	})
}
