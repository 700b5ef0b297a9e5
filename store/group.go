package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditOrg, "group.archived")

// GroupRow is a group with what its line in a list shows.
type GroupRow struct {
	school.Group
	SchoolName string // empty: across schools
	People     int
	Devices    int // by its rule
}

// GroupFilter narrows a list of groups.
type GroupFilter struct {
	School school.SchoolID // groups of this school and those across schools
	Text   string
	After  string
	Limit  int
}

// CreateGroup adds a group to a school, or across schools when it names none. With a rule its members are devices, without
// one they are people.
func (s *Store) CreateGroup(ctx context.Context, by school.Actor, g school.Group) (school.GroupID, error) {
	g, err := groupChecked(g)
	if err != nil {
		return "", err
	}
	if g.ID == "" {
		g.ID = NewID[school.GroupID]()
	}
	ev := event{name: "group.created", verb: school.EditOrg, school: g.School, subject: "group", id: string(g.ID)}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error { return tx.createGroup(g) })
	if err != nil {
		return "", err
	}
	return g.ID, nil
}

// groupChecked is a group as it may be kept.
func groupChecked(g school.Group) (school.Group, error) {
	var err error
	if g.Name, err = cleanName("name", g.Name); err == nil && !g.Rule.Empty() {
		g.Rule, err = g.Rule.Check()
	}
	return g, err
}

func (tx *Tx) createGroup(g school.Group) error {
	if g.School != "" {
		if err := tx.openSchool(g.School, school.EditOrg); err != nil {
			return err
		}
	}
	if err := tx.groupNamed(g.School, g.ID, g.Name); err != nil {
		return err
	}
	return tx.insert("school_group", numbered(row{"id": string(g.ID), "school_id": opt(g.School), "rule": ruleText(g.Rule), "archived": false, "created_at": micros(tx.now)}, g.Name))
}

// groupNamed refuses a second group of the same name beside the first. Writers of an authority come one after the
// other, so looking is enough.
func (tx *Tx) groupNamed(at school.SchoolID, id school.GroupID, name string) error {
	return tx.conn.groupNamed(tx.ctx, tx.authority, at, id, name)
}

func (c conn) groupNamed(ctx context.Context, a school.AuthorityID, at school.SchoolID, id school.GroupID, name string) error {
	n, err := c.number(ctx, `SELECT count(*) FROM school_group WHERE authority_id = $1 AND COALESCE(school_id, '') = $2 AND name_fold = $3
		AND id <> $4 AND NOT archived`, string(a), string(at), school.Fold(name), string(id))
	if err == nil && n > 0 {
		err = &school.Error{Kind: school.Conflict, Code: "group_taken", Field: "name", Args: []any{name}}
	}
	return err
}

// ChangeGroup writes the name of a group, and its rule if it has one. A list does not become a rule, nor the reverse: what
// people put into it would be lost without a word.
func (s *Store) ChangeGroup(ctx context.Context, by school.Actor, g school.Group) (school.ChangeSetID, error) {
	g, err := groupChecked(g)
	if err != nil {
		return "", err
	}
	return s.writeAt(ctx, by, "school_group", event{name: "group.changed", verb: school.EditOrg, subject: "group", id: string(g.ID)}, func(tx *Tx, r row) error {
		return tx.changeGroup(r, g)
	})
}

func (tx *Tx) changeGroup(r row, g school.Group) error {
	if err := tx.groupNamed(school.SchoolID(r.str("school_id")), g.ID, g.Name); err != nil {
		return err
	}
	if (r.str("rule") == "") != g.Rule.Empty() {
		return school.Clash("group_kind")
	}
	return tx.change("school_group", string(g.ID), r, numbered(row{"rule": ruleText(g.Rule)}, g.Name))
}

// keepGroup writes a group by rule as a plan has it: a new one, or what became of one.
func (tx *Tx) keepGroup(g school.Group) error {
	r, err := tx.fetch("school_group", string(g.ID))
	switch {
	case err != nil:
		return err
	case r == nil:
		tx.event.name = "group.created"
		return tx.createGroup(g)
	}
	return tx.changeGroup(r, g)
}

// ArchiveGroup ends a group: its memberships end with it, and with them what was assigned through it.
func (s *Store) ArchiveGroup(ctx context.Context, by school.Actor, id school.GroupID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "school_group", event{name: "group.archived", verb: school.EditOrg, subject: "group", id: string(id)}, func(tx *Tx, r row) error {
		if err := tx.endMemberships(`group_id = $3`, string(id)); err != nil {
			return err
		}
		return tx.change("school_group", string(id), r, row{"archived": true})
	})
}

const groupSelect = `SELECT g.id, g.authority_id, g.school_id, g.name, g.archived, g.rule, COALESCE(s.name, ''), (SELECT count(*) FROM group_device x WHERE x.group_id = g.id),
	(SELECT count(DISTINCT m.person_id) FROM membership m JOIN person p ON p.id = m.person_id WHERE m.group_id = g.id AND NOT p.archived
		AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1))`

const groupFrom = ` FROM school_group g LEFT JOIN school s ON s.id = g.school_id WHERE `

func scanGroup(r *sql.Rows, g *GroupRow, rest ...any) error {
	var rule string
	if err := r.Scan(append([]any{text(&g.ID), text(&g.Authority), text(&g.School), &g.Name, &g.Archived, &rule, &g.SchoolName, &g.Devices, &g.People}, rest...)...); err != nil {
		return err
	}
	return parseRule(rule, &g.Group)
}

// Groups lists groups the actor may see. A group across schools is seen by those who see the whole authority.
func (s *Store) Groups(ctx context.Context, by school.Actor, f GroupFilter) (Page[GroupRow], error) {
	var w where
	w.arg(s.Now().UnixMicro())
	w.and("g.authority_id = ?", string(by.Tenant))
	w.and("NOT g.archived")
	if err := w.limitSchools(by, school.View, by.Tenant, "g.school_id"); err != nil {
		return Page[GroupRow]{}, err
	}
	if f.School != "" {
		w.and("(g.school_id = ? OR g.school_id IS NULL)", string(f.School))
	}
	w.words(f.Text, "g.name_fold")
	o := order{key: "g.name_sort", id: "g.id"}
	if err := w.page(o, f.After); err != nil {
		return Page[GroupRow]{}, err
	}
	return pageOf(ctx, s.read(), groupSelect+o.columns()+groupFrom+w.String(), &w, o, f.Limit, scanGroup)
}

// GroupByID reads one group the actor may see.
func (s *Store) GroupByID(ctx context.Context, by school.Actor, id school.GroupID) (GroupRow, error) {
	var g GroupRow
	var w where
	w.arg(s.Now().UnixMicro())
	w.and("g.authority_id = ?", string(by.Tenant))
	w.and("g.id = ?", string(id))
	if err := w.limitSchools(by, school.View, by.Tenant, "g.school_id"); err != nil {
		return g, school.Missing("group")
	}
	err := s.read().each(ctx, groupSelect+groupFrom+w.String(), w.args, func(r *sql.Rows) error { return scanGroup(r, &g) })
	if err == nil && g.ID == "" {
		err = school.Missing("group")
	}
	return g, err
}
