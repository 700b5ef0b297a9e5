package store

import (
	"context"
	"database/sql"
	"slices"
	"sort"

	"ranzen/store/school"
)

// Rollout is how far one profile got, school by school, counted as the devices reported it.
type Rollout struct {
	Profile school.ProfileID
	Name    string
	Form    string
	Schools []SchoolProgress
	SchoolProgress
}

// SchoolProgress is how far a profile got at one school.
type SchoolProgress struct {
	School     school.SchoolID // empty: devices that belong to none yet
	SchoolName string
	Total      int // devices that should have it
	Confirmed  int // reported it
	Impossible int // of the others: cannot have it as things are
}

func (p *SchoolProgress) add(s standing, n int) {
	p.Total += n
	switch s {
	case standsConfirmed:
		p.Confirmed += n
	case standsImpossible:
		p.Impossible += n
	}
}

// Rollouts counts every profile that any device the actor may see should have; at narrows it to one school. What is not
// there everywhere stands first. As in Progress, devices in the same state are one group of a GROUP BY, and the number of
// queries depends on nothing. Devices whose facts just moved are counted when they were planned.
func (s *Store) Rollouts(ctx context.Context, by school.Actor, at school.SchoolID) (out []Rollout, err error) {
	type part struct {
		progressGroup
		school school.SchoolID
		name   string
	}
	var parts []part
	members := map[string]map[school.ProfileID]school.ItemKey{}
	found := map[school.ProfileID]*Rollout{}
	err = s.snapshot(ctx, func(c conn) error {
		parts = nil
		var w, p where
		w.and("s.authority_id = ?", string(by.Tenant))
		if err := w.limitSchools(by, school.View, by.Tenant, "s.school_id"); err != nil {
			return err
		}
		if at != "" {
			w.and("s.school_id = ?", string(at))
		}
		err := c.each(ctx, `SELECT s.school_id, COALESCE(sc.name, ''), t.applied_set, t.missing, t.left_out, count(*)
			FROM device_state s JOIN enrollment e ON e.id = s.enrollment_id AND e.state = 'enrolled' JOIN target t ON t.enrollment_id = e.id LEFT JOIN school sc ON sc.id = s.school_id
			WHERE `+w.String()+` AND `+planned("t", "$1")+` GROUP BY s.school_id, sc.name, t.applied_set, t.missing, t.left_out ORDER BY s.school_id, t.applied_set, t.missing, t.left_out`,
			w.args, func(r *sql.Rows) error {
				var x part
				err := r.Scan(text(&x.school), &x.name, &x.set, fromJSON(&x.missing), fromJSON(&x.left), &x.count)
				parts = append(parts, x)
				return err
			})
		if err != nil {
			return err
		}
		if err := profileSight(&p, by); err != nil {
			return err
		}
		if err := c.each(ctx, `SELECT p.id, p.name, p.form FROM profile p WHERE `+p.String()+` ORDER BY p.id`, p.args, func(r *sql.Rows) error {
			var x Rollout
			err := r.Scan(text(&x.Profile), &x.Name, &x.Form)
			found[x.Profile] = &x
			return err
		}); err != nil {
			return err
		}
		sets := make([]string, 0, len(parts))
		for _, x := range parts {
			sets = append(sets, x.set)
		}
		return c.each(ctx, `SELECT set_hash, profile_id, item_key FROM item_set_member WHERE authority_id = $1 AND set_hash IN (SELECT value FROM json_array_elements_text($2::json))
			ORDER BY set_hash, profile_id`, args(string(by.Tenant), list(unique(sets))), func(r *sql.Rows) error {
			var set string
			var profile school.ProfileID
			var key school.ItemKey
			err := r.Scan(&set, text(&profile), text(&key))
			if members[set] == nil {
				members[set] = map[school.ProfileID]school.ItemKey{}
			}
			members[set][profile] = key
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	for _, x := range parts {
		speaks := keys(members[x.set])
		for _, l := range x.left {
			speaks = append(speaks, l.Profile)
		}
		for _, profile := range unique(speaks) {
			r := found[profile]
			stands := x.stands(profile, members[x.set][profile])
			if r == nil || stands == standsApart {
				continue
			}
			r.add(stands, x.count)
			i := slices.IndexFunc(r.Schools, func(p SchoolProgress) bool { return p.School == x.school })
			if i < 0 {
				i, r.Schools = len(r.Schools), append(r.Schools, SchoolProgress{School: x.school, SchoolName: x.name})
			}
			r.Schools[i].add(stands, x.count)
		}
	}
	for _, r := range found {
		if r.Total > 0 {
			sort.Slice(r.Schools, func(i, j int) bool {
				return ahead(r.Schools[i], r.Schools[j], r.Schools[i].SchoolName, r.Schools[j].SchoolName)
			})
			out = append(out, *r)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		return ahead(out[i].SchoolProgress, out[j].SchoolProgress, out[i].Name+string(out[i].Profile), out[j].Name+string(out[j].Profile))
	})
	return out, nil
}

// ahead sorts what is not finished before what is, then by name.
func ahead(a, b SchoolProgress, nameA, nameB string) bool {
	if open := a.Confirmed < a.Total; open != (b.Confirmed < b.Total) {
		return open
	}
	return school.SortKey(nameA) < school.SortKey(nameB)
}
