package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"ranzen/store/school"
)

// A plan is a change that was thought through and not carried out: what it would do to which devices, kept with the
// version of the facts it was made from. It is made on a read snapshot, never inside a write, and carried out by the very
// helpers a direct write uses, so it cannot do anything else than they do. Plans are state: they change nothing and are
// forgotten after a day.

// PlansLast is how long a plan is kept.
const PlansLast = 24 * time.Hour

// TypedFrom is the number of devices above which the number must be typed before a plan is carried out.
const TypedFrom = 500

// Previewer says what a change would do to devices with these facts: mdm.Preview. It is handed in because memory does
// not think.
type Previewer func(facts []school.Facts, have map[school.DeviceID]school.Reported, c school.Change, now time.Time) school.Preview

// Plan thinks a change through and keeps the result. Of the change it needs: to assign, the assignment; to unassign, its
// id; for another version, its id and New.ID (none: the newest); to move, the devices and To.School or To.Class. The rest
// is filled in.
//
// The plan that comes back from here and from PlanByID names versions without their bodies.
func (s *Store) Plan(ctx context.Context, by school.Actor, c school.Change, preview Previewer) (school.Plan, error) {
	p, err := s.think(ctx, by, c, preview)
	if err != nil {
		return school.Plan{}, err
	}
	p.ID, p.Created, p.By = NewID[school.PlanID](), s.Now(), school.AccountID(by.ID())
	err = s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO plan (id, authority_id, account_id, facts_version, body_sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			string(p.ID), string(p.Authority), string(p.By), p.Version, s.sealPlan(p), micros(p.Created))
		return err
	})
	return p, err
}

// think completes a change and previews it on one view of the world.
func (s *Store) think(ctx context.Context, by school.Actor, c school.Change, preview Previewer) (school.Plan, error) {
	p := school.Plan{Authority: by.Tenant}
	var facts []school.Facts
	have := map[school.DeviceID]school.Reported{}
	now := s.Now()
	err := s.snapshot(ctx, func(conn conn) error {
		found, err := conn.one(ctx, `SELECT version FROM authority WHERE id = $1`, args(string(by.Tenant)), &p.Version)
		if err != nil {
			return err
		}
		if !found || !by.CanSomewhere(school.View, by.Tenant) {
			return school.Missing("authority")
		}
		if c, err = s.complete(ctx, conn, by, c, now); err != nil {
			return err
		}
		cond, arg := `s.device_id IN (SELECT value FROM json_array_elements_text($2::json))`, list(c.Devices)
		scope := c.Assignment.Scope
		if c.Kind == school.ChangeGroup {
			scope = c.Group.Extent(by.Tenant)
		}
		if !namesDevices(c) {
			cond, arg = scopeCond(scope, "$2")
		}
		all, err := s.factsForPlan(ctx, conn, by.Tenant, cond, arg)
		facts = make([]school.Facts, 0, len(all))
		for i := range all {
			f := &all[i].Facts
			// The condition may reach farther than the scope, for marks; a plan counts exactly.
			if namesDevices(c) || f.Place.Has(scope, by.Tenant, f.Device.ID) {
				facts = append(facts, *f)
				have[f.Device.ID] = all[i].have
			}
		}
		return err
	})
	if err != nil {
		return p, err
	}
	p.Preview = preview(facts, have, c, now)
	p.Change = lean(c)
	return p, nil
}

// namesDevices reports whether a change names its devices, instead of where they stand.
func namesDevices(c school.Change) bool {
	return c.Kind == school.ChangeMove || c.Kind == school.ChangeOrder
}

// lean is a change without bodies: what is kept and shown needs names and numbers.
func lean(c school.Change) school.Change {
	if c.New != nil {
		v := *c.New
		v.Content.Body = nil
		c.New = &v
	}
	c.Enters = nil
	return c
}

// complete fills in what a change needs to be previewed, and refuses what its write would refuse.
func (s *Store) complete(ctx context.Context, conn conn, by school.Actor, c school.Change, now time.Time) (school.Change, error) {
	out := school.Change{Kind: c.Kind}
	var err error
	switch c.Kind {
	case school.ChangeAssign:
		if out.Assignment, out.New, err = s.wished(ctx, conn, by, c.Assignment, now); err != nil {
			return out, err
		}
	case school.ChangeUnassign:
		if out.Assignment, err = s.existing(ctx, conn, by, c.Assignment.ID, now); err != nil {
			return out, err
		}
	case school.ChangeVersion:
		if out.Assignment, err = s.existing(ctx, conn, by, c.Assignment.ID, now); err != nil {
			return out, err
		}
		if err = s.unfixed(ctx, conn, by.Tenant, out.Assignment, now); err != nil {
			return out, err
		}
		var to school.VersionID
		if c.New != nil {
			to = c.New.ID
		}
		if to == "" {
			if _, err = conn.one(ctx, `SELECT id FROM profile_version WHERE profile_id = $1 AND authority_id = $2 AND number > 0 ORDER BY number DESC LIMIT 1`,
				args(string(out.Assignment.Profile), string(by.Tenant)), text(&to)); err != nil {
				return out, err
			}
		}
		if out.New, err = s.leadsTo(ctx, conn, by.Tenant, out.Assignment.Profile, to); err != nil {
			return out, err
		}
		if out.New.ID == out.Assignment.Version && out.Assignment.Rollout == nil {
			return out, school.Clash("version_same", out.New.Number)
		}
	case school.ChangeMove:
		return s.completeMove(ctx, conn, by, c)
	case school.ChangeGroup:
		return s.completeGroup(ctx, conn, by, c)
	case school.ChangeOrder:
		return s.completeOrder(ctx, conn, by, c, now)
	default:
		return out, school.Refuse("kind", "choice")
	}
	names, err := s.scopeNames(ctx, conn, by.Tenant, []school.Scope{out.Assignment.Scope})
	if l := out.Assignment.Scope.Level; l != school.AtPerson && l != school.AtDevice { // as in facts: these are not named
		out.ScopeName = names[out.Assignment.Scope].name
	}
	return out, err
}

// completeMove says where devices go and what they would newly come under there.
func (s *Store) completeMove(ctx context.Context, conn conn, by school.Actor, c school.Change) (school.Change, error) {
	out := school.Change{Kind: c.Kind, OwnClass: map[school.DeviceID]bool{}, Person: c.Person, Letters: c.Letters}
	to := school.Placement{School: c.To.School, Class: c.To.Class}
	a := string(by.Tenant)
	if to.Class != "" {
		var at school.SchoolID
		found, err := conn.one(ctx, `SELECT school_id, name, grade FROM class WHERE id = $1 AND authority_id = $2 AND NOT archived`, args(string(to.Class), a), text(&at), &to.ClassName, &to.Grade)
		if err != nil {
			return out, err
		}
		if !found || to.School != "" && to.School != at {
			return out, school.Refuse("class", "class_elsewhere")
		}
		to.School = at
	}
	if to.School == "" {
		return out, school.Refuse("school", "required")
	}
	found, err := conn.one(ctx, `SELECT name, type FROM school WHERE id = $1 AND authority_id = $2 AND NOT archived`, args(string(to.School), a), &to.SchoolName, &to.SchoolType)
	if err != nil {
		return out, err
	}
	if !found {
		return out, school.Missing("school")
	}
	if err := mayAt(by, school.EditDevices, school.AtSchool, to.School); err != nil {
		return out, err
	}
	if c.Person != "" {
		if c.Devices, out.Drops, err = s.completeTransfer(ctx, conn, by, c.Person, to.School); err != nil {
			return out, err
		}
	}
	wanted := unique(c.Devices)
	n := 0
	err = conn.each(ctx, `SELECT s.device_id, d.school_id, d.planned_class_id, EXISTS (SELECT 1 FROM membership m WHERE m.person_id = s.at_person_id AND m.class_id IS NOT NULL AND NOT m.teaches
			AND m.from_at <= $3 AND (m.until_at IS NULL OR m.until_at > $3))
		FROM device_state s JOIN device d ON d.id = s.device_id WHERE s.authority_id = $1 AND s.device_id IN (SELECT value FROM json_array_elements_text($2::json)) ORDER BY s.device_id`,
		args(a, list(wanted), s.Now().UnixMicro()), func(r *sql.Rows) error {
			var id school.DeviceID
			var at school.SchoolID
			var class school.ClassID
			var own bool
			if err := r.Scan(text(&id), text(&at), text(&class), &own); err != nil {
				return err
			}
			n++
			if err := mayAt(by, school.EditDevices, school.AtDevice, at); err != nil {
				return err
			}
			if at == to.School && (to.Class == "" || to.Class == class) && c.Person == "" {
				return nil // is there already
			}
			out.Devices = append(out.Devices, id)
			if own && c.Person == "" {
				out.OwnClass[id] = true
			}
			return nil
		})
	switch {
	case err != nil:
		return out, err
	case n < len(wanted) || n == 0 && c.Person == "":
		return out, school.Missing("device")
	case len(out.Devices) == 0 && c.Person == "":
		return out, school.Clash("moved_already")
	}
	out.To = to
	out.Enters, err = s.entered(ctx, conn, by.Tenant, to)
	return out, err
}

// entered lists the assignments a device may newly come under at a school: those of every level down to the class, and
// of every grade, because a device keeps the grade of its person.
func (s *Store) entered(ctx context.Context, conn conn, authority school.AuthorityID, to school.Placement) ([]school.Assigned, error) {
	rules, err := conn.rulesOf(ctx, authority)
	if err != nil {
		return nil, err
	}
	for _, g := range rules { // it may fit any of them there
		to.Groups = append(to.Groups, g.ID)
	}
	standing := []reading{{Facts: school.Facts{Authority: authority, Place: to}}}
	err = conn.each(ctx, `SELECT DISTINCT scope_id FROM assignment WHERE authority_id = $1 AND scope_level = $2 AND school_id = $3 ORDER BY scope_id`,
		args(string(authority), int(school.AtGrade), string(to.School)), func(r *sql.Rows) error {
			x := school.Scope{Level: school.AtGrade}
			if err := r.Scan(&x.ID); err != nil {
				return err
			}
			_, grade := x.SchoolOfGrade()
			standing = append(standing, reading{Facts: school.Facts{Authority: authority, Place: school.Placement{School: to.School, Grade: grade}}})
			return nil
		})
	if err != nil {
		return nil, err
	}
	if err := s.fillAssigned(ctx, conn, authority, &shared{}, standing, false); err != nil {
		return nil, err
	}
	var out []school.Assigned
	seen := map[school.AssignmentID]bool{}
	for _, f := range standing {
		for _, x := range f.Assigned {
			if !seen[x.ID] {
				seen[x.ID] = true
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// completeGroup says how a group by rule will be, and what hangs on it.
func (s *Store) completeGroup(ctx context.Context, conn conn, by school.Actor, c school.Change) (school.Change, error) {
	out := school.Change{Kind: c.Kind}
	g, err := groupChecked(c.Group)
	if err != nil {
		return out, err
	}
	g.Authority = by.Tenant
	if g.Rule.Empty() {
		return out, school.Refuse("rule", "rule_empty")
	}
	var was string
	var archived, known bool
	if g.ID != "" {
		if known, err = conn.one(ctx, `SELECT school_id, rule, archived FROM school_group WHERE id = $1 AND authority_id = $2`, args(string(g.ID), string(by.Tenant)), text(&g.School), &was, &archived); err != nil {
			return out, err
		}
		// A plan that is thought through again names a group that is not there yet.
		if !known && c.Group.Authority == "" || archived {
			return out, school.Missing("group")
		}
	} else {
		g.ID = NewID[school.GroupID]()
	}
	if err := mayAt(by, school.EditOrg, school.AtGroup, g.School); err != nil {
		return out, err
	}
	switch {
	case known && was == "":
		return out, school.Clash("group_kind")
	case !known && g.School != "":
		if err := conn.openAt(ctx, by.Tenant, g.School); err != nil {
			return out, err
		}
	}
	if err := conn.groupNamed(ctx, by.Tenant, g.School, g.ID, g.Name); err != nil {
		return out, err
	}
	out.Group = g
	scope := school.Scope{Level: school.AtGroup, ID: string(g.ID)}
	hung := map[school.Scope][]school.Assigned{}
	err = s.assigned(ctx, conn, by.Tenant, map[school.Scope]bool{scope: true}, hung)
	out.Enters = hung[scope]
	return out, err
}

// openAt refuses a school that is not there or takes nothing new.
func (c conn) openAt(ctx context.Context, a school.AuthorityID, at school.SchoolID) error {
	n, err := c.number(ctx, `SELECT count(*) FROM school WHERE id = $1 AND authority_id = $2 AND NOT archived`, string(at), string(a))
	if err == nil && n == 0 {
		err = school.Missing("school")
	}
	return err
}

// planBody is the sealed part of a plan.
type planBody struct {
	Change  school.Change
	Preview school.Preview
}

func (s *Store) sealPlan(p school.Plan) []byte {
	return s.seal(cell{p.Authority, "plan", "body", string(p.ID)}, []byte(toJSON(planBody{p.Change, p.Preview})))
}

// PlanByID reads a plan of one's own, or any of the authority for who may do what it plans everywhere.
func (s *Store) PlanByID(ctx context.Context, by school.Actor, id school.PlanID) (school.Plan, error) {
	return s.plan(ctx, s.read(), by, id)
}

func (s *Store) plan(ctx context.Context, c conn, by school.Actor, id school.PlanID) (school.Plan, error) {
	p := school.Plan{ID: id, Authority: by.Tenant}
	var sealed []byte
	found, err := c.one(ctx, `SELECT p.account_id, p.facts_version, p.body_sealed, p.created_at, p.applied_at, s.id FROM plan p
		LEFT JOIN change_set s ON s.authority_id = p.authority_id AND s.seq = p.applied_seq
		WHERE p.id = $1 AND p.authority_id = $2`, args(string(id), string(by.Tenant)),
		text(&p.By), &p.Version, &sealed, stamp(&p.Created), stamp(&p.Applied), text(&p.Result))
	if err != nil {
		return p, err
	}
	if !found || s.Now().Sub(p.Created) > PlansLast {
		return p, school.Missing("plan")
	}
	plain, err := s.open(cell{by.Tenant, "plan", "body", string(id)}, sealed)
	if err != nil {
		return p, err
	}
	var body planBody
	if err := json.Unmarshal(plain, &body); err != nil {
		return p, fmt.Errorf("store: plan %s: %w", id, err)
	}
	p.Change, p.Preview = body.Change, body.Preview
	if string(p.By) != by.ID() && !by.Can(planVerb(p.Change), school.Where{Authority: by.Tenant}) {
		return school.Plan{}, school.Missing("plan")
	}
	return p, nil
}

func planVerb(c school.Change) school.Verb {
	switch {
	case c.Kind == school.ChangeMove:
		return school.EditDevices
	case c.Kind == school.ChangeOrder:
		return orderRule(c.Order.Kind).Verb
	case c.Kind == school.ChangeGroup:
		return school.EditOrg
	case c.Assignment.Fixed:
		return school.Fix
	}
	return school.Assign
}

// Apply carries a plan out, once: asked again it returns the same change set. typed is the number of devices as the
// person typed it, needed above TypedFrom.
//
// If facts moved since the plan was made, it is thought through anew: a plan that comes to the same is carried out,
// another one takes its place, nothing is changed and the error (kind Conflict, code "plan_moved") says so. With a nil
// preview any movement is refused.
func (s *Store) Apply(ctx context.Context, by school.Actor, id school.PlanID, typed int, preview Previewer) (school.ChangeSetID, error) {
	return s.ApplyTyped(ctx, by, id, strconv.Itoa(typed), preview)
}

// ApplyTyped is Apply with what was typed as it was typed: before an order that loses something, its word.
func (s *Store) ApplyTyped(ctx context.Context, by school.Actor, id school.PlanID, typed string, preview Previewer) (school.ChangeSetID, error) {
	p, err := s.PlanByID(ctx, by, id)
	if err != nil {
		return "", err
	}
	if !p.Applied.IsZero() {
		return p.Result, nil
	}
	if err := typedRight(p, typed); err != nil {
		return "", err
	}
	for range 3 { // whoever keeps writing beside us is waited for no longer than this
		set, err := s.carryOut(ctx, by, p)
		if err != errMoved {
			return set, err
		}
		if preview == nil {
			break
		}
		anew, err := s.rethink(ctx, by, p, preview)
		if err != nil {
			return "", err
		}
		same := toJSON(anew.Preview) == toJSON(p.Preview)
		if p = anew; !same {
			break
		}
	}
	return "", school.Clash("plan_moved")
}

// Asks is what has to be typed before a plan is carried out; empty: nothing.
func Asks(p school.Plan) string {
	switch {
	case p.Change.Order != nil && p.Change.Order.Word != "":
		return p.Change.Order.Word
	case p.Preview.Total > TypedFrom:
		return strconv.Itoa(p.Preview.Total)
	}
	return ""
}

func typedRight(p school.Plan, typed string) error {
	word := Asks(p)
	if word == strconv.Itoa(p.Preview.Total) { // people type dots between the digits of a number
		typed = strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' {
				return c
			}
			return -1
		}, typed)
	}
	switch {
	case word == "" || school.Fold(typed) == school.Fold(word):
		return nil
	case p.Change.Order != nil && p.Change.Order.Word != "":
		return school.Refuse("typed", "order_word", word)
	}
	return school.Refuse("typed", "plan_number", p.Preview.Total)
}

// errMoved says that a plan was made from other facts; errDone that somebody else carried it out meanwhile.
var (
	errMoved = school.Clash("plan_moved")
	errDone  = school.Clash("plan_done")
)

// rethink thinks a plan through on the facts of now and keeps it under its id.
func (s *Store) rethink(ctx context.Context, by school.Actor, p school.Plan, preview Previewer) (school.Plan, error) {
	anew, err := s.think(ctx, by, p.Change, preview)
	if err != nil {
		return p, err
	}
	anew.ID, anew.By, anew.Created = p.ID, p.By, p.Created
	return anew, s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE plan SET facts_version = $1, body_sealed = $2 WHERE id = $3 AND authority_id = $4 AND applied_at IS NULL`,
			anew.Version, s.sealPlan(anew), string(anew.ID), string(anew.Authority))
		return err
	})
}

// carryOut writes what a plan says, if the facts are those it was made from.
func (s *Store) carryOut(ctx context.Context, by school.Actor, p school.Plan) (school.ChangeSetID, error) {
	c := p.Change
	var ev event
	var act func(tx *Tx) error
	switch c.Kind {
	case school.ChangeAssign:
		ev = assignEvent(c.Assignment, "profile.assigned", "profile.fixed")
		act = func(tx *Tx) error { return tx.assign(c.Assignment) }
	case school.ChangeUnassign:
		ev = assignEvent(c.Assignment, "profile.unassigned", "profile.unfixed")
		act = func(tx *Tx) error { return tx.unassign(c.Assignment.ID) }
	case school.ChangeVersion:
		ev = assignEvent(c.Assignment, "profile.version_set", "profile.fixed_version_set")
		act = func(tx *Tx) error { return tx.setVersion(c.Assignment.ID, c.New.ID) }
	case school.ChangeMove:
		ev = event{name: "device.moved", verb: school.EditDevices, school: c.To.School, subject: "device", id: onlyOne(c.Devices),
			detail: map[string]any{"school": string(c.To.School), "class": string(c.To.Class)}}
		act = func(tx *Tx) error {
			return tx.moveDevices(c.Devices, Destination{School: &c.To.School, Class: &c.To.Class})
		}
		if c.Person != "" {
			year, err := s.Year(ctx, by, s.Now())
			if err != nil {
				return "", err
			}
			ev = event{name: "person.transferred", verb: school.EditPeople, school: c.To.School, subject: "person", id: string(c.Person),
				detail: map[string]any{"school": string(c.To.School), "class": string(c.To.Class)}}
			act = func(tx *Tx) error { return tx.transferPerson(c, year.ID) }
		}
	case school.ChangeGroup:
		ev = event{name: "group.changed", verb: school.EditOrg, school: c.Group.School, subject: "group", id: string(c.Group.ID), detail: map[string]any{}}
		act = func(tx *Tx) error { return tx.keepGroup(c.Group) }
	case school.ChangeOrder:
		ev = event{name: "order.given", verb: school.View, school: s.commonSchool(ctx, by, c.Devices), subject: "authority", id: string(by.Tenant), final: true, detail: map[string]any{}}
		act = func(tx *Tx) error { return tx.giveWarrant(p.ID, c) }
	}
	ev.detail["plan"], ev.detail["devices"] = string(p.ID), p.Preview.Total
	set, err := s.write(ctx, by, ev, func(tx *Tx) error {
		if c.Kind == school.ChangeOrder { // what is written into it depends on this try
			tx.event.detail = maps.Clone(ev.detail)
		}
		var version, seq int64
		var applied time.Time
		found, err := tx.one(ctx, `SELECT a.version, a.audit_seq, p.applied_at FROM plan p JOIN authority a ON a.id = p.authority_id WHERE p.id = $1 AND p.authority_id = $2`,
			args(string(p.ID), string(tx.authority)), &version, &seq, stamp(&applied))
		switch {
		case err != nil:
			return err
		case !found:
			return school.Missing("plan")
		case !applied.IsZero():
			return errDone
		case version != p.Version+1: // this write counts as one
			return errMoved
		}
		if err := act(tx); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE plan SET applied_at = $1, applied_seq = $2 WHERE id = $3 AND authority_id = $4`, micros(tx.now), seq, string(p.ID), string(tx.authority))
		return err
	})
	if err == errDone {
		done, err := s.PlanByID(ctx, by, p.ID)
		return done.Result, err
	}
	return set, err
}

// PlanDevice is a device of a plan's group as [Namen] lists it.
type PlanDevice struct {
	ID         school.DeviceID
	Number     string
	Serial     string
	School     school.SchoolID
	SchoolName string
	ClassName  string
}

// Names lists the devices of one group of a plan, by number. Of devices that left the actor's sight since, only the
// count in the plan remains.
func (s *Store) Names(ctx context.Context, by school.Actor, id school.PlanID, group int, after string, limit int) (Page[PlanDevice], error) {
	p, err := s.PlanByID(ctx, by, id)
	if err != nil {
		return Page[PlanDevice]{}, err
	}
	if group < 0 || group >= len(p.Preview.Groups) {
		return Page[PlanDevice]{}, school.Missing("group")
	}
	var w where
	w.and("d.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.View, by.Tenant, "d.school_id"); err != nil {
		return Page[PlanDevice]{}, err
	}
	w.and("d.id IN (SELECT value FROM json_array_elements_text(?::json))", list(p.Preview.Groups[group].Devices))
	o := order{key: "a.number_sort", id: "d.id"}
	if err := w.page(o, after); err != nil {
		return Page[PlanDevice]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT d.id, COALESCE(a.number, ''), d.serial, d.school_id, COALESCE(sc.name, ''), COALESCE(cl.name, '')`+o.columns()+`
		FROM device d JOIN asset a ON a.id = d.asset_id JOIN device_state st ON st.device_id = d.id
		LEFT JOIN school sc ON sc.id = d.school_id LEFT JOIN class cl ON cl.id = st.at_class_id WHERE `+w.String(), &w, o, limit,
		func(r *sql.Rows, x *PlanDevice, rest ...any) error {
			return r.Scan(append([]any{text(&x.ID), &x.Number, &x.Serial, text(&x.School), &x.SchoolName, &x.ClassName}, rest...)...)
		})
}

// DropPlan throws a plan away that was not carried out.
func (s *Store) DropPlan(ctx context.Context, by school.Actor, id school.PlanID) error {
	p, err := s.PlanByID(ctx, by, id)
	if err != nil {
		return err
	}
	if !p.Applied.IsZero() {
		return school.Clash("plan_done")
	}
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `DELETE FROM plan WHERE id = $1 AND authority_id = $2 AND applied_at IS NULL`, string(id), string(by.Tenant))
		return err
	})
}

// ForgetPlans deletes plans older than PlansLast, of all authorities, for a job; it returns how many.
func (s *Store) ForgetPlans(ctx context.Context) (n int64, err error) {
	err = s.transact(ctx, func(c conn) error {
		n, err = c.exec(ctx, `DELETE FROM plan WHERE created_at < $1`, micros(s.Now().Add(-PlansLast)))
		return err
	})
	return n, err
}
