package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// Groups by rule. Which devices belong to one is derived, as placements are, and kept in group_device: by the write that
// changes a fact, for the devices it touches (settle); by the report that changes what a rule asks for, for that one device
// (Observe); by a job where the rule speaks of time; and every night for all, as the net below. What decides is school.Rule
// alone, for the engine, for plans and for here; nothing of a rule is said a second time in SQL.

// deviceOwnership is the ownership of device d.
const deviceOwnership = `CASE WHEN d.staff THEN 'staff' ELSE d.ownership END`

// deviceGroups are the groups by rule of device_state s.
const deviceGroups = `(SELECT string_agg(gd.group_id, ',' ORDER BY gd.group_id) FROM group_device gd WHERE gd.device_id = s.device_id)`

// withGroups adds groups as deviceGroups names them to those of a person.
func withGroups(groups []school.GroupID, ruled string) []school.GroupID {
	if ruled == "" {
		return groups
	}
	for g := range strings.SplitSeq(ruled, ",") {
		groups = append(groups, school.GroupID(g))
	}
	slices.Sort(groups)
	return groups
}

// inGroup is the condition that a device belongs to a group today, by its person or by the rule. Its arguments are the group,
// the time twice, and the group.
func inGroup(device string) string {
	return device + ` IN (SELECT x.device_id FROM membership m JOIN device_state x ON x.at_person_id = m.person_id WHERE m.group_id = ? AND NOT m.teaches
		AND m.from_at <= ? AND (m.until_at IS NULL OR m.until_at > ?) UNION SELECT device_id FROM group_device WHERE group_id = ?)`
}

// rulesOf reads the groups by rule of an authority.
func (c conn) rulesOf(ctx context.Context, a school.AuthorityID) (out []school.Group, err error) {
	err = c.each(ctx, `SELECT id, school_id, name, rule FROM school_group WHERE authority_id = $1 AND rule <> '' AND NOT archived ORDER BY id`, args(string(a)), func(r *sql.Rows) error {
		g := school.Group{Authority: a}
		var rule string
		if err := r.Scan(text(&g.ID), text(&g.School), &g.Name, &rule); err != nil {
			return err
		}
		out = append(out, g)
		return parseRule(rule, &out[len(out)-1])
	})
	return out, err
}

func parseRule(rule string, g *school.Group) error {
	if rule == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(rule), &g.Rule); err != nil {
		return fmt.Errorf("store: rule of group %s: %w", g.ID, err)
	}
	return nil
}

func ruleText(r school.Rule) string {
	if r.Empty() {
		return ""
	}
	return toJSON(r)
}

// regroup derives the groups of the devices a write touched.
func (tx *Tx) regroup() error {
	t := &tx.touched
	of := func(cond string, ids []string) error {
		if len(ids) == 0 {
			return nil
		}
		return tx.s.regroup(tx.ctx, tx.conn, tx.authority, tx.now, cond, list(ids))
	}
	if t.rules {
		return tx.s.regroup(tx.ctx, tx.conn, tx.authority, tx.now, ``, nil)
	}
	if len(t.devices)+len(t.persons)+len(t.places)+len(t.classes)+len(t.renamed)+len(t.schools) == 0 {
		return nil
	}
	if n, err := tx.number(tx.ctx, `SELECT count(*) FROM school_group WHERE authority_id = $1 AND rule <> '' AND NOT archived`, string(tx.authority)); err != nil || n == 0 {
		return err
	}
	for _, x := range []struct {
		cond string
		ids  []string
	}{
		{touchedDevices, keys(t.devices)}, {touchedPersons, keys(t.persons)}, {touchedPlaces, keys(t.places)},
		{`device_id IN (SELECT device_id FROM device_state WHERE authority_id = $1 AND at_class_id` + in + `)`, append(keys(t.classes), keys(t.renamed)...)},
		{`device_id IN (SELECT device_id FROM device_state WHERE authority_id = $1 AND school_id` + in + `)`, keys(t.schools)},
	} {
		if err := of(x.cond, x.ids); err != nil {
			return err
		}
	}
	return nil
}

// regroup derives to which groups by rule devices belong, and marks those that come or go. cond speaks of device_state columns
// with the authority as $1 and arg as $2; empty: all devices.
func (s *Store) regroup(ctx context.Context, c conn, a school.AuthorityID, now time.Time, cond string, arg any) error {
	rules, err := c.rulesOf(ctx, a)
	if err != nil {
		return err
	}
	if len(rules) == 0 { // one that was archived just now has devices still
		if n, err := c.number(ctx, `SELECT count(*) FROM school_group WHERE authority_id = $1 AND rule <> ''`, string(a)); err != nil || n == 0 {
			return err
		}
	}
	which, v := `authority_id = $1`, args(string(a))
	if cond != "" {
		which, v = which+` AND (`+cond+`)`, append(v, arg)
	}
	var ids []string
	// What else changes these devices waits until this is kept, and then derives from it.
	if err := c.each(ctx, `SELECT device_id FROM device_state WHERE `+which+` ORDER BY device_id FOR UPDATE`, v, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}); err != nil || len(ids) == 0 {
		return err
	}
	come, gone := map[string][]string{}, map[string][]string{}
	err = c.each(ctx, `SELECT d.id, s.school_id, COALESCE(sc.type, ''), COALESCE(cl.grade, ''), s.model, s.os_version, s.battery_health, COALESCE(s.storage_free, 0), s.last_seen_at,
			`+deviceOwnership+`, d.confirmed, p.id, COALESCE(p.kind, ''), `+deviceGroups+`
		FROM device_state s JOIN device d ON d.id = s.device_id LEFT JOIN school sc ON sc.id = s.school_id LEFT JOIN class cl ON cl.id = s.at_class_id LEFT JOIN person p ON p.id = s.at_person_id
		WHERE s.authority_id = $1 AND s.device_id`+in, args(string(a), list(ids)), func(r *sql.Rows) error {
		f := school.Facts{At: now, Authority: a, Rules: rules}
		var p school.Person
		var ruled string
		d := &f.Device
		if err := r.Scan(text(&d.ID), text(&f.Place.School), &f.Place.SchoolType, &f.Place.Grade, &d.Model, &d.OSVersion, text(&d.Health), &d.StorageFree, stamp(&d.LastSeen),
			text(&d.Ownership), &d.Confirmed, text(&p.ID), text(&p.Kind), text(&ruled)); err != nil {
			return err
		}
		if p.ID != "" {
			f.Holder = &p
		}
		was, is := withGroups(nil, ruled), f.GroupsByRule()
		for _, g := range is {
			if !slices.Contains(was, g) {
				come[string(g)] = append(come[string(g)], string(d.ID))
			}
		}
		for _, g := range was {
			if !slices.Contains(is, g) {
				gone[string(g)] = append(gone[string(g)], string(d.ID))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var moved []string
	for _, g := range slices.Sorted(maps.Keys(gone)) {
		moved = append(moved, gone[g]...)
		if _, err := c.exec(ctx, `DELETE FROM group_device WHERE authority_id = $1 AND device_id`+in+` AND group_id = $3`, string(a), list(gone[g]), g); err != nil {
			return err
		}
	}
	for _, g := range slices.Sorted(maps.Keys(come)) {
		moved = append(moved, come[g]...)
		if _, err := c.exec(ctx, `INSERT INTO group_device (group_id, device_id, authority_id, since_at) SELECT CAST($3 AS TEXT), value, CAST($1 AS TEXT), CAST($4 AS BIGINT) FROM json_array_elements_text($2::json)`,
			string(a), list(come[g]), g, now.UnixMicro()); err != nil {
			return err
		}
	}
	if len(moved) == 0 {
		return nil
	}
	return c.markWhere(ctx, now, `device_id`+in, string(a), list(moved))
}

// Regroup derives the groups of every authority that has a rule that speaks of time. A job calls it.
func (s *Store) Regroup(ctx context.Context) error {
	timed := map[school.AuthorityID]bool{}
	err := s.read().each(ctx, `SELECT authority_id, rule FROM school_group WHERE rule <> '' AND NOT archived`, nil, func(r *sql.Rows) error {
		var a school.AuthorityID
		var rule string
		if err := r.Scan(text(&a), &rule); err != nil {
			return err
		}
		var g school.Group
		err := parseRule(rule, &g)
		if g.Rule.ByTime() {
			timed[a] = true
		}
		return err
	})
	for _, a := range slices.Sorted(maps.Keys(timed)) {
		if err != nil {
			return err
		}
		err = s.transact(ctx, func(c conn) error { return s.regroup(ctx, c, a, s.Now(), ``, nil) })
	}
	if err == nil && len(timed) > 0 {
		s.changed.call()
	}
	return err
}

// RuleValues are what a rule can be made of: the models devices say they are, and the grades of classes, each once.
type RuleValues struct {
	Models []string
	Grades []string
}

// RuleValues reads what can be chosen for a rule.
func (s *Store) RuleValues(ctx context.Context, by school.Actor) (v RuleValues, err error) {
	if !by.CanSomewhere(school.View, by.Tenant) {
		return v, school.Missing("authority")
	}
	for _, x := range []struct {
		text string
		to   *[]string
	}{
		{`SELECT DISTINCT model FROM device_state WHERE authority_id = $1 AND model <> '' ORDER BY model`, &v.Models},
		{`SELECT DISTINCT grade FROM class WHERE authority_id = $1 AND grade <> '' AND NOT archived`, &v.Grades},
	} {
		if err := s.read().each(ctx, x.text, args(string(by.Tenant)), func(r *sql.Rows) error {
			var t string
			err := r.Scan(&t)
			*x.to = append(*x.to, t)
			return err
		}); err != nil {
			return v, err
		}
	}
	slices.SortFunc(v.Grades, func(a, b string) int { return strings.Compare(naturalSort(a), naturalSort(b)) })
	return v, nil
}
