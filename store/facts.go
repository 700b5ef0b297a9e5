package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"ranzen/store/school"
)

// Read is the point at which a target was read: the generation of its facts and the state of its reports. What is computed
// from a reading is saved only while both still stand; otherwise a fact or a report that came in between would be lost.
type Read struct{ Gen, Seq int64 }

// reading is what is read of one device at one point.
type reading struct {
	school.Facts
	have   school.Reported
	at     Read
	target targetState
	order  school.OrderID // behind the command in flight
	orders bool           // there are open ones
}

// oneEnrollment finds the device of enrolment $2 by its keys: as the right side of a LEFT JOIN the target could not lead.
const oneEnrollment = `s.device_id = (SELECT device_id FROM target WHERE enrollment_id = $2) AND t.enrollment_id = $2`

// Facts reads all that mdm.Desired and mdm.Plan need for one enrolment, on one consistent view.
func (s *Store) Facts(ctx context.Context, authority school.AuthorityID, id school.EnrollmentID) (f school.Facts, have school.Reported, read Read, err error) {
	err = s.snapshot(ctx, func(c conn) error {
		r, err := s.factsOf(ctx, c, authority, id)
		f, have, read = r.Facts, r.have, r.at
		return err
	})
	return f, have, read, err
}

func (s *Store) factsOf(ctx context.Context, c conn, authority school.AuthorityID, id school.EnrollmentID) (reading, error) {
	all, err := s.factsRead(ctx, c, authority, oneEnrollment, string(id))
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

// Marked reads facts of targets that wait to be planned: up to limit marked by a fact and up to limit due by time, the oldest
// of each.
func (s *Store) Marked(ctx context.Context, authority school.AuthorityID, limit int) (facts []school.Facts, have []school.Reported, reads []Read, err error) {
	err = s.snapshot(ctx, func(c conn) error {
		all, err := s.factsRead(ctx, c, authority, `(t.gen <> t.planned_gen OR t.next_due <= $2) AND s.device_id IN (
			SELECT device_id FROM (SELECT device_id FROM target WHERE authority_id = $1 AND gen <> planned_gen ORDER BY marked_at LIMIT `+fmt.Sprint(limit)+`) AS marked
			UNION SELECT device_id FROM (SELECT device_id FROM target WHERE authority_id = $1 AND next_due <= $2 ORDER BY next_due LIMIT `+fmt.Sprint(limit)+`) AS due)`, s.Now().UnixMicro())
		for _, r := range all {
			facts, have, reads = append(facts, r.Facts), append(have, r.have), append(reads, r.at)
		}
		return err
	})
	return facts, have, reads, err
}

// AuthoritiesWithMarks lists the authorities that have targets to plan, so that one authority's wave is not in the way
// of another's.
func (s *Store) AuthoritiesWithMarks(ctx context.Context) (out []school.AuthorityID, err error) {
	err = s.read().each(ctx, `SELECT a.id FROM authority a
		WHERE EXISTS (SELECT 1 FROM target t WHERE t.authority_id = a.id AND t.gen <> t.planned_gen) OR EXISTS (SELECT 1 FROM target t WHERE t.authority_id = a.id AND t.next_due <= $1)`, args(s.Now().UnixMicro()), func(r *sql.Rows) error {
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
	all, err := s.factsRead(ctx, c, authority, cond, arg)
	for _, r := range all {
		facts, have = append(facts, r.Facts), append(have, r.have)
	}
	return facts, have, err
}

const factsQuery = `SELECT d.id, d.asset_id, d.school_id, d.place_id, COALESCE(a.number, ''), d.serial, s.udid, s.model, s.product_name, s.os_version, s.build,
	s.supervised, d.ownership, d.confirmed, d.planned_person_id, d.planned_class_id, d.release_networks, s.last_seen_at, s.inventory_at,
	s.declarations_refused, s.bypass_at,
	COALESCE(sc.name, ''), COALESCE(sc.type, ''), s.at_class_id, COALESCE(cl.name, ''), COALESCE(cl.grade, ''), s.at_person_id,
	COALESCE(sc.network_ssid, ''), COALESCE(sc.network_security, ''), sc.network_password_sealed, COALESCE(sc.network_hidden, FALSE),
	p.id, COALESCE(p.kind, ''), COALESCE(p.given, ''), COALESCE(p.family, ''), COALESCE(p.email, ''), COALESCE(p.login, ''), p.school_id,
	e.id, COALESCE(e.type, ''), COALESCE(e.state, ''), COALESCE(e.awaiting, FALSE), e.await_until, e.cert_ends_at, e.enrolled_at, e.renewed_at, COALESCE(e.push_state, ''),
	COALESCE(t.gen, 0), COALESCE(t.seq, 0), t.marked_at, COALESCE(t.applied_set, ''), t.overlay, t.missing, t.extra, t.deviations, t.memory,
	COALESCE(t.offered_token, ''), t.offered_at, COALESCE(t.reported_token, ''), t.reported_at, t.pushed_at,
	EXISTS (SELECT 1 FROM device_order o WHERE o.enrollment_id = e.id AND o.state IN ('waiting', 'handed', 'later')),
	COALESCE(k.uuid, ''), COALESCE(k.kind, ''), COALESCE(k.fingerprint, ''), COALESCE(k.item_key, ''), COALESCE(k.hash, ''), k.sent_at, k.notnow_at, k.order_id,
	(SELECT version FROM authority WHERE id = s.authority_id)
	FROM device_state s
	JOIN device d ON d.id = s.device_id
	JOIN asset a ON a.id = d.asset_id
	LEFT JOIN school sc ON sc.id = s.school_id
	LEFT JOIN class cl ON cl.id = s.at_class_id
	LEFT JOIN person p ON p.id = s.at_person_id
	LEFT JOIN enrollment e ON e.id = s.enrollment_id AND e.state <> 'checked_out'
	LEFT JOIN target t ON t.enrollment_id = e.id
	LEFT JOIN command k ON k.enrollment_id = e.id AND k.state = 'in_flight'
	WHERE s.authority_id = $1 AND (`

func (s *Store) factsRead(ctx context.Context, c conn, authority school.AuthorityID, cond string, arg any) ([]reading, error) {
	var all []reading
	var version int64
	err := c.each(ctx, factsQuery+cond+`) ORDER BY d.id`, args(string(authority), arg), func(r *sql.Rows) error {
		var x reading
		var p school.Person
		var fly school.InFlight
		var net []byte
		var state school.EnrollmentState
		f, h, t := &x.Facts, &x.have, &x.target
		d := &f.Device
		err := r.Scan(text(&d.ID), text(&d.Asset), text(&d.School), text(&d.Place), &d.Number, &d.Serial, &d.UDID, &d.Model, &d.ProductName, &d.OSVersion, &d.Build,
			&d.Supervised, text(&d.Ownership), &d.Confirmed, text(&d.PlannedPerson), text(&d.PlannedClass), &h.ReleasedNets, stamp(&d.LastSeen), stamp(&d.InventoryAt),
			&f.NoDeclarations, stamp(&h.BypassAt),
			&f.Place.SchoolName, &f.Place.SchoolType, text(&f.Place.Class), &f.Place.ClassName, &f.Place.Grade, text(&f.Place.Person),
			&f.Network.SSID, &f.Network.Security, &net, &f.Network.Hidden,
			text(&p.ID), text(&p.Kind), &p.Given, &p.Family, &p.Email, &p.Login, text(&p.School),
			text(&f.Enrollment), text(&f.Channel), text(&state), &h.Awaiting, stamp(&h.AwaitUntil), stamp(&f.CertEnds), stamp(&h.Enrolled), stamp(&h.RenewedAt), &h.PushState,
			&x.at.Gen, &x.at.Seq, stamp(&h.ChangedAt), &t.set, fromJSON(&t.overlay), fromJSON(&t.missing), fromJSON(&t.extra), fromJSON(&h.Items), fromJSON(&t.memory),
			&h.Offered, stamp(&h.OfferedAt), &h.Confirmed, stamp(&h.ConfirmedAt), stamp(&h.PushedAt), &x.orders,
			&fly.UUID, &fly.Kind, &fly.Fingerprint, text(&fly.Item), &fly.Hash, stamp(&fly.SentAt), stamp(&fly.NotNowAt), text(&x.order), &version)
		if err != nil {
			return err
		}
		f.Authority, d.Authority, f.Place.School = authority, authority, d.School
		if at, ok := s.LastSeen(f.Enrollment); ok && at.After(d.LastSeen) {
			d.LastSeen = at
		}
		h.LastSeen, h.InventoryAt = d.LastSeen, d.InventoryAt
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
		all = append(all, x)
		return nil
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	shared, err := s.shared(ctx, c, authority, version)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	for i := range all {
		f := &all[i].Facts
		f.At, f.OrgName, f.Signer, f.Policy, f.Key = now, shared.orgName, shared.signer, shared.policy, shared.key
	}
	if err := s.fillGroups(ctx, c, authority, all); err != nil {
		return nil, err
	}
	if err := s.fillAssigned(ctx, c, authority, all); err != nil {
		return nil, err
	}
	for i := range all {
		if err := s.decode(ctx, c, authority, &all[i].target, &all[i].have); err != nil {
			return nil, err
		}
	}
	return all, s.fillOrders(ctx, c, authority, all)
}

// shared is what all devices of an authority share. It is a fact: while the authority's version stands, so does it.
type shared struct {
	version         int64
	orgName, signer string
	policy          school.Policy
	key             []byte
}

func (s *Store) shared(ctx context.Context, c conn, authority school.AuthorityID, version int64) (*shared, error) {
	if v, ok := s.sharedFacts.Load(authority); ok && v.(*shared).version == version {
		return v.(*shared), nil
	}
	x := &shared{}
	var policy string
	var signer sql.NullString
	found, err := c.one(ctx, `SELECT version, name, policy, (SELECT signer FROM ca WHERE authority_id = authority.id ORDER BY created_at DESC, id DESC LIMIT 1)
		FROM authority WHERE id = $1`, args(string(authority)), &x.version, &x.orgName, &policy, &signer)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, school.Missing("authority")
	}
	x.signer = signer.String
	if err := json.Unmarshal([]byte(policy), &x.policy); err != nil {
		return nil, fmt.Errorf("store: policy: %w", err)
	}
	if x.key, err = s.hashKey(ctx, c, authority); err != nil {
		return nil, err
	}
	if _, ok := c.q.(snapshotTx); ok { // a version of a write under way may be taken back and given again
		s.sharedFacts.Store(authority, x)
	}
	return x, nil
}

// fewDevices is how many devices are asked for by their own ids and scopes; for more, reading all is cheaper.
const fewDevices = 60

func (s *Store) fillGroups(ctx context.Context, c conn, authority school.AuthorityID, facts []reading) error {
	of := map[school.PersonID][]int{}
	for i, f := range facts {
		if f.Place.Person != "" {
			of[f.Place.Person] = append(of[f.Place.Person], i)
		}
	}
	if len(of) == 0 {
		return nil
	}
	var w where
	w.and("authority_id = ?", string(authority))
	w.and("group_id IS NOT NULL AND NOT teaches AND from_at <= ? AND (until_at IS NULL OR until_at > ?)", s.Now().UnixMicro(), s.Now().UnixMicro())
	if len(facts) <= fewDevices {
		w.and("person_id IN (SELECT value FROM json_array_elements_text(?::json))", list(keys(of)))
	}
	return c.each(ctx, `SELECT person_id, group_id FROM membership WHERE `+w.String()+` ORDER BY group_id`, w.args, func(r *sql.Rows) error {
		var p school.PersonID
		var g school.GroupID
		if err := r.Scan(text(&p), text(&g)); err != nil {
			return err
		}
		for _, i := range of[p] {
			facts[i].Place.Groups = append(facts[i].Place.Groups, g)
		}
		return nil
	})
}

// fillAssigned gives every device the assignments in whose scope it stands, in a fixed order.
func (s *Store) fillAssigned(ctx context.Context, c conn, authority school.AuthorityID, facts []reading) error {
	scopes := make([][]school.Scope, len(facts))
	wanted := map[string]bool{}
	for i, f := range facts {
		scopes[i] = f.Place.Scopes(authority, f.Device.ID)
		if len(facts) <= fewDevices {
			for _, x := range scopes[i] {
				wanted[x.ID] = true
			}
		}
	}
	var w where
	w.and("a.authority_id = ?", string(authority))
	if len(facts) <= fewDevices {
		w.and("a.scope_id IN (SELECT value FROM json_array_elements_text(?::json))", list(keys(wanted)))
	}
	byScope := map[school.Scope][]school.Assigned{}
	var versions []school.VersionID
	err := c.each(ctx, `SELECT a.id, a.school_id, a.scope_level, a.scope_id, a.profile_id, a.version_id, a.mode, a.fixed, a.rollout_old_id, a.rollout_stage,
		a.from_at, a.until_at, a.created_at, a.created_by, CASE a.scope_level
			WHEN 1 THEN (SELECT name FROM authority WHERE id = a.scope_id) WHEN 2 THEN a.scope_id
			WHEN 3 THEN (SELECT name FROM school WHERE id = a.scope_id) WHEN 5 THEN (SELECT name FROM class WHERE id = a.scope_id)
			WHEN 6 THEN (SELECT name FROM school_group WHERE id = a.scope_id) ELSE '' END
		FROM assignment a WHERE `+w.String()+` ORDER BY a.id`, w.args, func(r *sql.Rows) error {
		var x school.Assigned
		var stage sql.NullInt64
		var old school.VersionID
		if err := r.Scan(text(&x.ID), text(&x.School), &x.Scope.Level, &x.Scope.ID, text(&x.Profile), text(&x.Version), text(&x.Mode), &x.Fixed, text(&old), &stage,
			stamp(&x.From), stamp(&x.Until), stamp(&x.Created), &x.By, text(&x.ScopeName)); err != nil {
			return err
		}
		x.Authority = authority
		if x.Scope.Level == school.AtGrade {
			_, x.ScopeName = x.Scope.SchoolOfGrade()
		}
		if stage.Valid {
			x.Rollout = &school.Rollout{Old: old, Stage: int(stage.Int64)}
			if old != "" {
				versions = append(versions, old)
			}
		}
		versions = append(versions, x.Version)
		byScope[x.Scope] = append(byScope[x.Scope], x)
		return nil
	})
	if err != nil {
		return err
	}
	known := map[school.VersionID]*school.Version{}
	for _, v := range versions {
		if known[v] == nil {
			if known[v], err = s.version(ctx, c, authority, v); err != nil {
				return err
			}
		}
	}
	for _, list := range byScope {
		for i := range list {
			list[i].New = known[list[i].Version]
			if r := list[i].Rollout; r != nil && r.Old != "" {
				list[i].Old = known[r.Old]
			}
		}
	}
	for i := range facts {
		for _, x := range scopes[i] {
			facts[i].Assigned = append(facts[i].Assigned, byScope[x]...)
		}
	}
	return nil
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
	w.and("authority_id = ?", string(authority))
	if len(of) <= fewDevices {
		w.and("enrollment_id IN (SELECT value FROM json_array_elements_text(?::json))", list(keys(of)))
	}
	return c.each(ctx, `SELECT `+orderColumns+` FROM device_order o WHERE state IN ('waiting', 'handed', 'later') AND `+w.String()+` ORDER BY priority DESC, id`, w.args, func(r *sql.Rows) error {
		var o school.Order
		if err := s.scanOrder(r, authority, &o); err != nil {
			return err
		}
		if i, ok := of[o.Enrollment]; ok {
			all[i].have.Orders = append(all[i].have.Orders, o)
		}
		return nil
	})
}
