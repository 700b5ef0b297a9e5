package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

// Progress is counted, never kept: devices that were planned against the same set and miss the same items are one group
// of a GROUP BY, so a whole authority is a handful of rows. A device counts for a profile as confirmed when its set
// contains the profile and the profile is not among what is missing; that is what the device itself reported. Devices
// that are not enrolled, or whose facts moved since they were last planned, are open: of them nothing is claimed.

// OpenNamed is how many open devices a line of progress names.
const OpenNamed = 50

// Progress is how far one profile got in a scope.
type Progress struct {
	Via        AssignmentRow // the assignment that decides in the scope: its profile, version and what it is valid through
	Since      time.Time
	Confirmed  int
	Total      int               // devices that should have it; one that a nearer exclusion keeps out is not among them
	Impossible int               // of the open ones: cannot have it as things are, a reason is kept with the device
	Open       []school.DeviceID // not confirmed, at most OpenNamed of them, in order of id
}

// progressGroup is a number of devices in the same state.
type progressGroup struct {
	set     string
	missing []school.ItemKey
	left    []LeftOut
	count   int
	named   []school.DeviceID
}

// standing is how the devices of a group stand to one profile.
type standing int

const (
	standsApart standing = iota // nothing wants it here
	standsConfirmed
	standsOpen
	standsImpossible
)

// notDue are the codes of what is left out because nobody wants it there, or not yet.
var notDue = []string{"excluded", "available", "not_yet", "later_stage"}

func (g progressGroup) stands(profile school.ProfileID, member school.ItemKey) standing {
	for _, l := range g.left {
		if l.Profile == profile && !slices.Contains(notDue, l.Code) {
			return standsImpossible
		}
	}
	switch {
	case member == "":
		return standsApart
	case slices.Contains(g.missing, member):
		return standsOpen
	}
	return standsConfirmed
}

// Progress counts, for every profile that is valid for a scope, how many of its devices have confirmed it. Devices of
// schools the actor does not see are not counted.
func (s *Store) Progress(ctx context.Context, by school.Actor, scope school.Scope) ([]Progress, error) {
	var out []Progress
	err := s.snapshot(ctx, func(c conn) error {
		now := s.Now()
		valid, err := s.valid(ctx, c, by, scope, now)
		if err != nil {
			return err
		}
		out = nil
		for _, x := range valid {
			if x.Wins && x.Mode == school.Required {
				p := Progress{Via: x, Since: x.Created}
				if x.From.After(p.Since) {
					p.Since = x.From
				}
				out = append(out, p)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return s.countProgress(ctx, c, by, scope, now, out)
	})
	return out, err
}

const progressTables = ` FROM device_state s
		LEFT JOIN enrollment e ON e.id = s.enrollment_id AND e.state = 'enrolled'
		LEFT JOIN target t ON t.enrollment_id = e.id WHERE `

// progressPlanned begins what is asked of a target that was planned from the newest facts; $1 is the authority, see inScope.
var progressPlanned = `CASE WHEN ` + planned("t", "$1") + ` THEN`

// inScope narrows devices s to those that stand in a scope today and that the actor may see.
func inScope(by school.Actor, scope school.Scope, now time.Time) (w where, err error) {
	w.and("s.authority_id = ?", string(by.Tenant))
	if scope.Level == school.AtGroup { // scopeCond is for marks and takes former members too
		w.and(inGroup("s.device_id"), scope.ID, now.UnixMicro(), now.UnixMicro(), scope.ID)
	} else {
		cond, arg := scopeCond(scope, "?")
		w.and(cond, arg)
	}
	return w, w.limitSchools(by, school.View, by.Tenant, "s.school_id")
}

// countProgress fills in the numbers of progress with three queries at most, whatever the number of devices and profiles.
func (s *Store) countProgress(ctx context.Context, c conn, by school.Actor, scope school.Scope, now time.Time, out []Progress) error {
	w, err := inScope(by, scope, now)
	if err != nil {
		return err
	}
	var groups []progressGroup
	at := map[[3]string]int{}
	moved, open := 0, false
	err = c.each(ctx, `SELECT `+progressPlanned+` t.applied_set END, `+progressPlanned+` t.missing END, `+progressPlanned+` t.left_out END, count(*)`+progressTables+w.String()+`
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, w.args, func(r *sql.Rows) error {
		var g progressGroup
		var set, missing, left sql.NullString
		if err := r.Scan(&set, &missing, &left, &g.count); err != nil {
			return err
		}
		if !set.Valid {
			moved = g.count
			return nil
		}
		g.set = set.String
		if err := fromJSON(&g.missing).Scan(missing.String); err != nil {
			return err
		}
		if err := fromJSON(&g.left).Scan(left.String); err != nil {
			return err
		}
		at[[3]string{g.set, missing.String, left.String}] = len(groups)
		groups = append(groups, g)
		open = open || len(g.missing) > 0 || len(g.left) > 0
		return nil
	})
	if err != nil {
		return err
	}
	var others []school.DeviceID
	if open || moved > 0 {
		if others, err = nameOpen(ctx, c, &w, at, groups); err != nil {
			return err
		}
	}
	members, err := s.setMembers(ctx, c, by.Tenant, groups, out)
	if err != nil {
		return err
	}
	for i := range out {
		out[i].sum(groups, members, moved, others)
	}
	return nil
}

// nameOpen names the first of those whose facts moved, and the first of every group that misses anything.
func nameOpen(ctx context.Context, c conn, w *where, at map[[3]string]int, groups []progressGroup) (others []school.DeviceID, err error) {
	n := w.arg(OpenNamed)
	err = c.each(ctx, `SELECT device_id, state, applied_set, missing, left_out FROM (
		SELECT s.device_id AS device_id, `+progressPlanned+` 1 ELSE 0 END AS state,
			COALESCE(t.applied_set, '') AS applied_set, COALESCE(t.missing, '') AS missing, COALESCE(t.left_out, '') AS left_out,
			row_number() OVER (PARTITION BY `+progressPlanned+` t.applied_set || ' ' || t.missing || ' ' || t.left_out END ORDER BY s.device_id) AS place`+
		progressTables+w.String()+` AND (t.missing <> '[]' OR t.left_out <> '[]' OR t.enrollment_id IS NULL OR NOT `+planned("t", "$1")+`)
		) x WHERE place <= `+n+` ORDER BY device_id`, w.args, func(r *sql.Rows) error {
		var d school.DeviceID
		var planned int
		var k [3]string
		if err := r.Scan(text(&d), &planned, &k[0], &k[1], &k[2]); err != nil {
			return err
		}
		if planned == 0 {
			others = append(others, d)
		} else if i, ok := at[k]; ok {
			groups[i].named = append(groups[i].named, d)
		}
		return nil
	})
	return others, err
}

// setMembers reads under which key each set contains each of the profiles.
func (s *Store) setMembers(ctx context.Context, c conn, authority school.AuthorityID, groups []progressGroup, out []Progress) (map[string]map[school.ProfileID]school.ItemKey, error) {
	sets, profiles := make([]string, len(groups)), make([]school.ProfileID, len(out))
	for i := range groups {
		sets[i] = groups[i].set
	}
	for i := range out {
		profiles[i] = out[i].Via.Profile
	}
	members := map[string]map[school.ProfileID]school.ItemKey{}
	return members, c.each(ctx, `SELECT set_hash, profile_id, item_key FROM item_set_member WHERE authority_id = $1
		AND set_hash IN (SELECT value FROM json_array_elements_text($2::json)) AND profile_id IN (SELECT value FROM json_array_elements_text($3::json))`,
		args(string(authority), list(unique(sets)), list(profiles)), func(r *sql.Rows) error {
			var set string
			var p school.ProfileID
			var k school.ItemKey
			if err := r.Scan(&set, text(&p), text(&k)); err != nil {
				return err
			}
			if members[set] == nil {
				members[set] = map[school.ProfileID]school.ItemKey{}
			}
			members[set][p] = k
			return nil
		})
}

// sum adds the groups up for one profile.
func (p *Progress) sum(groups []progressGroup, members map[string]map[school.ProfileID]school.ItemKey, moved int, others []school.DeviceID) {
	p.Total = moved
	p.Open = slices.Clone(others)
	for _, g := range groups {
		switch g.stands(p.Via.Profile, members[g.set][p.Via.Profile]) {
		case standsApart:
			continue
		case standsConfirmed:
			p.Confirmed += g.count
		case standsImpossible:
			p.Impossible += g.count
			p.Open = append(p.Open, g.named...)
		case standsOpen:
			p.Open = append(p.Open, g.named...)
		}
		p.Total += g.count
	}
	slices.Sort(p.Open)
	p.Open = p.Open[:min(len(p.Open), OpenNamed)]
}

// Totals says how the devices under management are, in numbers that add up: Enrolled is the sum of the next three. The others are
// what waits for somebody, as the lists of devices have it.
type Totals struct {
	Enrolled   int
	AsDecided  int // planned from the newest facts, nothing missing
	CatchingUp int // not yet; nobody has to do anything
	NeedHelp   int // see deviceHelp

	Silent, HelpElse, SilentHelp, Unconfirmed, WithoutPlace int // by the states of the same names
}

// Totals counts the devices the actor may see, in one pass; at narrows it to one school.
func (s *Store) Totals(ctx context.Context, by school.Actor, at school.SchoolID) (t Totals, err error) {
	w, from, err := s.devicesWhere(by, DeviceFilter{School: at})
	if err != nil {
		return t, err
	}
	_, err = s.read().one(ctx, `SELECT count(*) FILTER (WHERE `+deviceEnrolled+`), count(*) FILTER (WHERE `+deviceHelp+`),
		count(*) FILTER (WHERE `+deviceEnrolled+` AND `+deviceHelp+` IS NOT TRUE AND `+deviceOpen+` IS FALSE), count(*) FILTER (WHERE `+deviceSilent+`),
		count(*) FILTER (WHERE `+deviceHelp+` AND NOT `+deviceSilent+deviceTold+`), count(*) FILTER (WHERE `+deviceHelp+` AND `+deviceSilent+deviceTold+`),
		count(*) FILTER (WHERE NOT d.confirmed), count(*) FILTER (WHERE d.school_id IS NULL)`+from+w.String(), w.args,
		&t.Enrolled, &t.NeedHelp, &t.AsDecided, &t.Silent, &t.HelpElse, &t.SilentHelp, &t.Unconfirmed, &t.WithoutPlace)
	t.CatchingUp = t.Enrolled - t.NeedHelp - t.AsDecided
	return t, err
}
