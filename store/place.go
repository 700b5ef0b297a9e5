package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ranzen/store/school"
)

// touched gathers whom the rows of a write reach. It is derived from the images alone, so no writer can forget a mark.
// Too many marks cost a computation; a missing one would leave a device wrong, so where a rule is unsure it marks.
type touched struct {
	everyone bool                  // policy of the authority
	shared   bool                  // what devices share (see shared): whatever is not known to be of one device or person alone
	scopes   map[school.Scope]bool // assignments: before and after
	devices  map[string]bool       // by id; their placement is computed anew
	holders  map[string]bool       // devices that somebody got or gave back
	assets   map[string]bool
	persons  map[string]bool       // devices held by or planned for them; placement anew
	places   map[string]bool       // devices standing there; placement anew
	classes  map[string]bool       // whatever else than name or grade
	renamed  map[string]classNamed // name or grade alone: only variables and grade scopes see them
	schools  map[string]bool
	rules    bool // the rule of a group
}

// ofOne are the tables of facts that devices do not share: one device's, one person's, or none of theirs at all. Placements that follow
// from them are read with each device.
var ofOne = map[string]bool{"person": true, "membership": true, "rollover_choice": true, "place": true, "batch": true, "asset": true, "device": true, "holding": true,
	"enroll_code": true, "apple_token": true, "content_token": true, "account": true, "role_grant": true, "api_token": true,
	"kit": true, "contract": true, "contract_part": true, "addendum": true, "damage": true, "loss": true, "issue_day": true, "return_run": true, "return_item": true, "look": true, "crossing": true}

func add[K comparable](m *map[K]bool, k any, conv func(string) K) {
	id, ok := k.(string)
	if !ok || id == "" {
		return
	}
	if *m == nil {
		*m = map[K]bool{}
	}
	(*m)[conv(id)] = true
}

func same(s string) string { return s }

// classNamed is how a class was and is called in one write.
type classNamed struct {
	school school.SchoolID
	name   bool
	grades [2]string // before and after; equal: not touched
}

func (t *touched) by(i image) {
	if t.byName(i) {
		return
	}
	if i.table == "holding" && holderIn(i.before) != holderIn(i.after) {
		for _, r := range []row{i.before, i.after} {
			add(&t.holders, r["device_id"], same)
		}
	}
	for _, r := range []row{i.before, i.after} {
		if r == nil {
			continue
		}
		level, _ := r["scope_level"].(int64)
		t.shared = t.shared || !ofOne[i.table] && !(i.table == "assignment" && personal(school.Level(level)))
		switch i.table {
		case "authority":
			t.everyone = true
		case "school":
			add(&t.schools, i.id, same)
		case "class":
			add(&t.classes, i.id, same)
		case "school_group":
			t.byRule(i)
		case "person":
			add(&t.persons, i.id, same)
		case "membership":
			add(&t.persons, r["person_id"], same)
		case "place":
			add(&t.places, i.id, same)
		case "device":
			add(&t.devices, i.id, same)
		case "asset":
			add(&t.assets, i.id, same)
		case "holding":
			add(&t.devices, r["device_id"], same)
		case "assignment", "update_freeze":
			add(&t.scopes, r["scope_id"], func(id string) school.Scope { return school.Scope{Level: school.Level(level), ID: id} })
		case "ca":
			t.everyone = true
		}
	}
}

// byRule notes that the rule of a group came, went or became another one. Of a group that is gone its devices are gone too, so
// all that stand where it reached are marked.
func (t *touched) byRule(i image) {
	rule := func(r row) string {
		if r == nil || r.flag("archived") {
			return ""
		}
		return r.str("rule")
	}
	t.rules = t.rules || rule(i.before) != rule(i.after)
	if i.after == nil && rule(i.before) != "" {
		at := school.Group{School: school.SchoolID(i.before.str("school_id"))}.Extent(school.AuthorityID(i.before.str("authority_id")))
		add(&t.scopes, at.ID, func(string) school.Scope { return at })
	}
}

// holderIn is who has the device by a row of holding; empty: nobody any more.
func holderIn(r row) string {
	if r["until_at"] != nil {
		return ""
	}
	return r.str("person_id")
}

// byName takes the image of a class that is called otherwise and is the same else.
func (t *touched) byName(i image) bool {
	if i.table != "class" || i.before == nil || i.after == nil {
		return false
	}
	for c, v := range i.after {
		if c != "name" && c != "name_sort" && c != "name_fold" && c != "grade" && i.before[c] != v {
			return false
		}
	}
	t.shared = true
	if t.renamed == nil {
		t.renamed = map[string]classNamed{}
	}
	x, before := t.renamed[i.id]
	if !before {
		x.grades[0] = i.before.str("grade")
	}
	x.school, x.grades[1] = school.SchoolID(i.after.str("school_id")), i.after.str("grade")
	x.name = x.name || i.before.str("name") != i.after.str("name")
	t.renamed[i.id] = x
	return true
}

// renamedClasses are the classes of which devices see that they are called otherwise: a profile uses the name or grade, or
// something hangs on one of the grades. All others keep their generation, so a school that rolls over wakes nobody.
func (tx *Tx) renamedClasses() ([]string, error) {
	var out []string
	if len(tx.touched.renamed) == 0 {
		return nil, nil
	}
	var named, graded bool
	if _, err := tx.one(tx.ctx, `SELECT EXISTS (SELECT 1 FROM profile_version WHERE authority_id = $1 AND meta LIKE '%"class.name"%'),
		EXISTS (SELECT 1 FROM profile_version WHERE authority_id = $1 AND meta LIKE '%"class.grade"%')`, args(string(tx.authority)), &named, &graded); err != nil {
		return nil, err
	}
	hung := map[string]bool{}
	if err := tx.each(tx.ctx, `SELECT DISTINCT scope_id FROM assignment WHERE authority_id = $1 AND scope_level = $2`, args(string(tx.authority), int(school.AtGrade)), func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		hung[id] = true
		return err
	}); err != nil {
		return nil, err
	}
	for id, x := range tx.touched.renamed {
		moved := x.grades[0] != x.grades[1]
		if x.name && named || moved && (graded || hung[school.GradeScope(x.school, x.grades[0]).ID] || hung[school.GradeScope(x.school, x.grades[1]).ID]) {
			out = append(out, id)
		}
	}
	return out, nil
}

func keys[K comparable, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

const in = ` IN (SELECT value FROM json_array_elements_text($2::json))`

// Devices that a write touched: themselves, by their person, by their place.
const (
	touchedDevices = `device_id` + in
	touchedPersons = `device_id IN (SELECT id FROM device WHERE authority_id = $1 AND planned_person_id` + in +
		`) OR device_id IN (SELECT device_id FROM holding WHERE authority_id = $1 AND until_at IS NULL AND person_id` + in + `)`
	touchedPlaces = `device_id IN (SELECT id FROM device WHERE authority_id = $1 AND place_id` + in + `)`
)

// settle computes placements anew and marks targets, set-based, at the end of a write.
func (tx *Tx) settle() error {
	t := &tx.touched
	place := []struct {
		ids  []string
		cond string
	}{
		{keys(t.devices), touchedDevices},
		{keys(t.persons), touchedPersons},
		{keys(t.places), touchedPlaces},
	}
	naming, err := tx.naming()
	if err != nil {
		return err
	}
	for _, p := range place {
		if err := tx.classesBefore(&naming, p.cond, p.ids); err != nil {
			return err
		}
	}
	for _, p := range place {
		if len(p.ids) > 0 {
			if err := tx.placed(tx.ctx, tx.now, tx.authority, p.cond, list(p.ids)); err != nil {
				return err
			}
			if err := tx.mark(p.cond, list(p.ids)); err != nil {
				return err
			}
		}
	}
	if err := tx.regroup(); err != nil {
		return err
	}
	if err := tx.nameAnew(naming); err != nil {
		return err
	}
	if _, all := t.scopes[school.Scope{Level: school.AtAuthority, ID: string(tx.authority)}]; all {
		t.everyone = true
	}
	if t.everyone { // see audit: the authority itself is marked
		return nil
	}
	renamed, err := tx.renamedClasses()
	if err != nil {
		return err
	}
	mark := []struct {
		ids  []string
		cond string
	}{
		{keys(t.assets), `device_id IN (SELECT id FROM device WHERE authority_id = $1 AND asset_id` + in + `)`},
		{append(keys(t.classes), renamed...), `device_id IN (SELECT device_id FROM device_state WHERE authority_id = $1 AND at_class_id` + in + `)`},
		{keys(t.schools), `device_id IN (SELECT device_id FROM device_state WHERE authority_id = $1 AND school_id` + in + `)`},
	}
	for _, m := range mark {
		if len(m.ids) > 0 {
			if err := tx.mark(m.cond, list(m.ids)); err != nil {
				return err
			}
		}
	}
	for scope := range t.scopes {
		cond, arg := scopeCond(scope, "$2")
		if err := tx.mark(`device_id IN (SELECT s.device_id FROM device_state s WHERE s.authority_id = $1 AND `+cond+`)`, arg); err != nil {
			return err
		}
	}
	return nil
}

// scopeCond is the condition on device_state s under which a device stands in a scope, with one argument.
func scopeCond(scope school.Scope, ph string) (cond string, arg string) {
	switch scope.Level {
	case school.AtAuthority:
		return "s.authority_id = " + ph, scope.ID
	case school.AtSchoolType:
		return "s.school_id IN (SELECT id FROM school WHERE authority_id = s.authority_id AND type = " + ph + ")", scope.ID
	case school.AtSchool:
		return "s.school_id = " + ph, scope.ID
	case school.AtGrade: // "school/grade": the class says both
		return "s.school_id || '/' || (SELECT grade FROM class WHERE id = s.at_class_id) = " + ph, scope.ID
	case school.AtClass:
		return "s.at_class_id = " + ph, scope.ID
	case school.AtGroup:
		return "s.device_id IN (SELECT x.device_id FROM membership m JOIN device_state x ON x.at_person_id = m.person_id WHERE m.group_id = " + ph +
			" UNION SELECT device_id FROM group_device WHERE group_id = " + ph + ")", scope.ID
	case school.AtPerson:
		return "s.at_person_id = " + ph, scope.ID
	case school.AtDevice:
		return "s.device_id = " + ph, scope.ID
	}
	panic(fmt.Sprintf("store: scope level %d", scope.Level))
}

// markWhere counts the generation of targets up. The planner saves only WHERE gen = the gen it read. What is no more under
// management is not marked: nobody would ever plan it, and it would stand in the line before those who wait.
//
// Whoever takes several targets takes them in order of id (see SavePlans, Pushed), and rows of device_state likewise: nobody waits in
// a circle.
func (c conn) markWhere(ctx context.Context, now time.Time, cond string, a ...any) error {
	text := `UPDATE target SET gen = gen + 1, marked_at = ` + fmt.Sprintf("$%d", len(a)+1) + ` WHERE enrollment_id IN (SELECT enrollment_id FROM target
		WHERE authority_id = $1 AND (` + cond + `) AND EXISTS (SELECT 1 FROM enrollment e WHERE e.id = target.enrollment_id AND e.state = 'enrolled') ORDER BY enrollment_id FOR UPDATE)`
	_, err := c.exec(ctx, text, append(a, now.UnixMicro())...)
	return err
}

// markAll marks every target of an authority, in its own row. A write of facts does so with its audit entry.
func (c conn) markAll(ctx context.Context, now time.Time, authority school.AuthorityID) error {
	_, err := c.exec(ctx, `UPDATE authority SET version = version + 1, shared_version = version + 1, marked_version = version + 1, marked_at = $2 WHERE id = $1`, string(authority), now.UnixMicro())
	return err
}

// behind is the condition on a target that it was last planned before something changed that reaches every device of its authority.
func behind(target, authority string) string {
	return target + `.planned_version < (SELECT marked_version FROM authority WHERE id = ` + authority + `)`
}

// planned is the condition on a target that it was planned from the newest facts, its own and those of all.
func planned(target, authority string) string {
	return `(` + target + `.gen = ` + target + `.planned_gen AND NOT ` + behind(target, authority) + `)`
}

func (tx *Tx) mark(cond, arg string) error {
	return tx.markWhere(tx.ctx, tx.now, cond, string(tx.authority), arg)
}

// placed derives school, person and class of devices anew. The class of a device is the class of its holder, else of the
// planned person, else the planned class, else the class of its place. An unconfirmed device has no person and no plan.
func (c conn) placed(ctx context.Context, now time.Time, authority school.AuthorityID, cond, arg string) error {
	a := string(authority)
	these := ` WHERE device_id IN (SELECT device_id FROM device_state WHERE authority_id = $1 AND (` + cond + `) ORDER BY device_id FOR UPDATE)`
	if _, err := c.exec(ctx, placePerson+these, a, arg); err != nil {
		return err
	}
	_, err := c.exec(ctx, placeClass+these, a, arg, now.UnixMicro())
	return err
}

const placePerson = `UPDATE device_state SET
	school_id = (SELECT d.school_id FROM device d WHERE d.id = device_state.device_id),
	at_person_id = (SELECT CASE WHEN d.confirmed THEN COALESCE(
			(SELECT h.person_id FROM holding h WHERE h.device_id = d.id AND h.until_at IS NULL), d.planned_person_id) END
		FROM device d WHERE d.id = device_state.device_id)`

const placeClass = `UPDATE device_state SET at_class_id = COALESCE(
	(SELECT m.class_id FROM membership m WHERE m.person_id = device_state.at_person_id AND m.class_id IS NOT NULL AND NOT m.teaches
		AND m.from_at <= $3 AND (m.until_at IS NULL OR m.until_at > $3) ORDER BY m.from_at DESC, m.id DESC LIMIT 1),
	(SELECT CASE WHEN d.confirmed THEN COALESCE(d.planned_class_id, (SELECT p.class_id FROM place p WHERE p.id = d.place_id)) END
		FROM device d WHERE d.id = device_state.device_id))`
