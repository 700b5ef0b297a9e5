package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// Assignments are the facts that devices follow. Each is one row, whatever the number of devices below it; what it does
// to them is marked by settle. What is fixed above cannot be written against: that is refused here, and the engine
// ignores it too, because fixing may come later.
//
// An act on a fixed assignment needs the verb Fix and has event names of its own, so that undoing it needs Fix as well.

var _ = registerEvent(school.Assign, "profile.assigned", "profile.unassigned", "profile.version_set", "profile.rollout_set")
var _ = registerEvent(school.Fix, "profile.fixed", "profile.unfixed", "profile.fixed_version_set", "profile.fixed_rollout_set")

// Assign hangs a profile on a scope. An empty version means the newest one published. It returns the assignment's id.
func (s *Store) Assign(ctx context.Context, by school.Actor, a school.Assignment) (school.AssignmentID, school.ChangeSetID, error) {
	a, _, err := s.wished(ctx, s.read(), by, a, s.Now())
	if err != nil {
		return "", "", err
	}
	set, err := s.write(ctx, by, assignEvent(a, "profile.assigned", "profile.fixed"), func(tx *Tx) error { return tx.assign(a) })
	if err != nil {
		return "", "", err
	}
	return a.ID, set, nil
}

// Unassign ends an assignment: devices lose what nothing else gives them.
func (s *Store) Unassign(ctx context.Context, by school.Actor, id school.AssignmentID) (school.ChangeSetID, error) {
	a, err := s.existing(ctx, s.read(), by, id, s.Now())
	if err != nil {
		return "", err
	}
	return s.write(ctx, by, assignEvent(a, "profile.unassigned", "profile.unfixed"), func(tx *Tx) error { return tx.unassign(id) })
}

// SetVersion points an assignment to another published version, for all its devices at once. It ends a rollout.
func (s *Store) SetVersion(ctx context.Context, by school.Actor, id school.AssignmentID, version school.VersionID) (school.ChangeSetID, error) {
	a, err := s.existing(ctx, s.read(), by, id, s.Now())
	if err != nil {
		return "", err
	}
	return s.write(ctx, by, assignEvent(a, "profile.version_set", "profile.fixed_version_set"), func(tx *Tx) error { return tx.setVersion(id, version) })
}

// SetRollout leads an assignment to a version by stages: devices whose bucket lies below stage (of school.Buckets) get
// it, the others keep what they had. Called with another version it begins a rollout, with the same one it moves the
// stage; the full stage ends it. Going back is SetVersion.
func (s *Store) SetRollout(ctx context.Context, by school.Actor, id school.AssignmentID, version school.VersionID, stage int) (school.ChangeSetID, error) {
	if stage < 0 || stage > school.Buckets {
		return "", school.Refuse("stage", "stage_range", school.Buckets)
	}
	a, err := s.existing(ctx, s.read(), by, id, s.Now())
	if err != nil {
		return "", err
	}
	return s.write(ctx, by, assignEvent(a, "profile.rollout_set", "profile.fixed_rollout_set"), func(tx *Tx) error {
		a, err := tx.changeable(id)
		if err != nil {
			return err
		}
		set := row{"rollout_stage": stage}
		switch {
		case version == a.Version && a.Rollout == nil:
			return school.Clash("rollout_none")
		case version != a.Version && a.Rollout != nil:
			return school.Clash("rollout_running")
		case version != a.Version:
			if _, err := tx.s.leadsTo(ctx, tx.conn, tx.authority, a.Profile, version); err != nil {
				return err
			}
			set["version_id"], set["rollout_old_id"] = string(version), string(a.Version)
		}
		if stage == school.Buckets {
			set["rollout_stage"], set["rollout_old_id"] = nil, nil
		}
		tx.event.detail["version"], tx.event.detail["stage"] = string(version), stage
		return tx.update("assignment", string(id), set)
	})
}

// assignEvent names an act on an assignment, in the history of the noun it hangs on.
func assignEvent(a school.Assignment, name, fixed string) event {
	e := event{name: name, verb: school.Assign, school: a.School, subject: a.Scope.Level.String(), id: a.Scope.ID,
		detail: map[string]any{"assignment": string(a.ID), "profile": string(a.Profile), "version": string(a.Version), "mode": string(a.Mode)}}
	if a.Fixed {
		e.name, e.verb = fixed, school.Fix
	}
	return e
}

// assign writes an assignment, after asking once more whether it may be.
func (tx *Tx) assign(a school.Assignment) error {
	a, _, err := tx.s.wished(tx.ctx, tx.conn, tx.by, a, tx.now)
	if err != nil {
		return err
	}
	tx.event.school = a.School
	r := row{"id": string(a.ID), "school_id": opt(a.School), "scope_level": int(a.Scope.Level), "scope_id": a.Scope.ID, "profile_id": string(a.Profile),
		"version_id": string(a.Version), "mode": string(a.Mode.Kept()), "offered": a.Mode == school.Available, "fixed": a.Fixed, "from_at": micros(a.From), "until_at": micros(a.Until),
		"created_at": micros(tx.now), "created_by": a.By}
	if a.Rollout != nil {
		r["rollout_stage"] = a.Rollout.Stage
	}
	return tx.insert("assignment", r)
}

func (tx *Tx) unassign(id school.AssignmentID) error {
	if _, err := tx.s.existing(tx.ctx, tx.conn, tx.by, id, tx.now); err != nil {
		return err
	}
	return tx.remove("assignment", string(id))
}

func (tx *Tx) setVersion(id school.AssignmentID, version school.VersionID) error {
	a, err := tx.changeable(id)
	if err != nil {
		return err
	}
	if _, err := tx.s.leadsTo(tx.ctx, tx.conn, tx.authority, a.Profile, version); err != nil {
		return err
	}
	tx.event.detail["version"] = string(version)
	return tx.update("assignment", string(id), row{"version_id": string(version), "rollout_old_id": nil, "rollout_stage": nil})
}

// changeable reads an assignment whose content is about to change: nothing above may have fixed the profile meanwhile.
func (tx *Tx) changeable(id school.AssignmentID) (school.Assignment, error) {
	a, err := tx.s.existing(tx.ctx, tx.conn, tx.by, id, tx.now)
	if err != nil {
		return a, err
	}
	tx.event.school = a.School
	return a, tx.s.unfixed(tx.ctx, tx.conn, tx.authority, a, tx.now)
}

// leadsTo reads a version an assignment of the profile may point to: a published one of it.
func (s *Store) leadsTo(ctx context.Context, c conn, authority school.AuthorityID, profile school.ProfileID, id school.VersionID) (*school.Version, error) {
	v, err := s.version(ctx, c, authority, id)
	switch {
	case school.KindOf(err) == school.NotFound || err == nil && v.Profile != profile:
		return nil, school.Refuse("version", "version_foreign")
	case err != nil:
		return nil, err
	case v.Number == 0:
		return nil, school.Refuse("version", "version_draft")
	}
	return v, nil
}

// wished asks everything a new assignment has to stand: the scope exists and is the actor's, the profile may go there,
// the version is published, nothing above is fixed and nothing hangs there yet. It returns it complete, with what devices
// would get. Plan and write ask the same.
func (s *Store) wished(ctx context.Context, c conn, by school.Actor, a school.Assignment, now time.Time) (school.Assignment, *school.Version, error) {
	at, err := s.ground(ctx, c, by.Tenant, a.Scope, now)
	if err != nil {
		return a, nil, err
	}
	if err := mayAt(by, school.Assign, a.Scope.Level, at.School); err != nil {
		return a, nil, err
	}
	if a.Fixed && !by.Can(school.Fix, school.Where{Authority: by.Tenant, School: at.School}) {
		return a, nil, school.Deny(school.Fix)
	}
	if a.Mode != school.Required && a.Mode != school.Available && a.Mode != school.Excluded {
		return a, nil, school.Refuse("mode", "choice")
	}
	if !a.Until.IsZero() && (!a.Until.After(now) || !a.Until.After(a.From)) {
		return a, nil, school.Refuse("until", "window")
	}
	if r := a.Rollout; r != nil {
		switch {
		case r.Stage < 0 || r.Stage > school.Buckets:
			return a, nil, school.Refuse("stage", "stage_range", school.Buckets)
		case r.Old != "" || a.Mode != school.Required: // what is new has nothing before it, and nothing is not given by stages
			return a, nil, school.Refuse("stage", "rollout_new")
		case r.Stage == school.Buckets:
			a.Rollout = nil
		}
	}
	var name string
	var of school.SchoolID
	var archived bool
	var latest school.VersionID
	found, err := c.one(ctx, `SELECT p.name, p.school_id, p.archived, (SELECT v.id FROM profile_version v WHERE v.profile_id = p.id AND v.number > 0 ORDER BY v.number DESC LIMIT 1)
		FROM profile p WHERE p.id = $1 AND p.authority_id = $2`, args(string(a.Profile), string(by.Tenant)), &name, text(&of), &archived, text(&latest))
	switch {
	case err != nil:
		return a, nil, err
	case !found || of != "" && !by.Can(school.View, school.Where{Authority: by.Tenant, School: of}):
		return a, nil, school.Missing("profile")
	case archived:
		return a, nil, school.Clash("profile_archived")
	case of != "" && of != at.School:
		return a, nil, school.Refuse("scope", "profile_of_school", name)
	case latest == "":
		return a, nil, school.Clash("profile_unpublished", name)
	}
	if a.Version == "" {
		a.Version = latest
	}
	v, err := s.leadsTo(ctx, c, by.Tenant, a.Profile, a.Version)
	if err != nil {
		return a, nil, err
	}
	if a.Mode == school.Available && v.Content.App == nil {
		return a, nil, school.Refuse("mode", "mode_app")
	}
	if a.ID == "" {
		a.ID = NewID[school.AssignmentID]()
	}
	a.Authority, a.School, a.Created, a.By = by.Tenant, at.School, now, by.Name
	if err := s.unfixed(ctx, c, by.Tenant, a, now); err != nil {
		return a, nil, err
	}
	n, err := c.number(ctx, `SELECT count(*) FROM assignment WHERE authority_id = $1 AND scope_level = $2 AND scope_id = $3 AND profile_id = $4`,
		string(by.Tenant), int(a.Scope.Level), a.Scope.ID, string(a.Profile))
	if err == nil && n > 0 {
		err = school.Clash("assigned_already", name)
	}
	return a, v, err
}

// existing reads an assignment the actor may change. Its school is where the scope stands now: a person or device may
// have moved since. Of a scope that is gone, the school remembered counts.
func (s *Store) existing(ctx context.Context, c conn, by school.Actor, id school.AssignmentID, now time.Time) (school.Assignment, error) {
	a := school.Assignment{ID: id, Authority: by.Tenant}
	var old school.VersionID
	var stage sql.NullInt64
	found, err := c.one(ctx, `SELECT school_id, scope_level, scope_id, profile_id, version_id, CASE WHEN offered THEN 'available' ELSE mode END, fixed, rollout_old_id, rollout_stage, from_at, until_at, created_at, created_by
		FROM assignment WHERE id = $1 AND authority_id = $2`, args(string(id), string(by.Tenant)),
		text(&a.School), &a.Scope.Level, &a.Scope.ID, text(&a.Profile), text(&a.Version), text(&a.Mode), &a.Fixed, text(&old), &stage,
		stamp(&a.From), stamp(&a.Until), stamp(&a.Created), &a.By)
	if err != nil {
		return a, err
	}
	if !found {
		return a, school.Missing("assignment")
	}
	if stage.Valid {
		a.Rollout = &school.Rollout{Old: old, Stage: int(stage.Int64)}
	}
	at, err := s.ground(ctx, c, by.Tenant, a.Scope, now)
	switch {
	case err == nil:
		a.School = at.School
	case school.KindOf(err) != school.NotFound:
		return a, err
	}
	verb := school.Assign
	if a.Fixed {
		verb = school.Fix
	}
	if err = mayAt(by, verb, a.Scope.Level, a.School); school.KindOf(err) == school.NotFound {
		err = school.Missing("assignment")
	}
	return a, err
}

// unfixed refuses an assignment of a profile that is fixed above its scope, naming where and by whom.
func (s *Store) unfixed(ctx context.Context, c conn, authority school.AuthorityID, a school.Assignment, now time.Time) error {
	at, err := s.ground(ctx, c, authority, a.Scope, now)
	if err != nil {
		return err
	}
	above := map[school.Scope]bool{}
	var ids []string
	for _, x := range upTo(authority, a.Scope, at) {
		if x.Level < a.Scope.Level {
			above[x] = true
			ids = append(ids, x.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var fixed *school.Scope
	var profile, who string
	err = c.each(ctx, `SELECT a.scope_level, a.scope_id, a.created_by, p.name FROM assignment a JOIN profile p ON p.id = a.profile_id
		WHERE a.authority_id = $1 AND a.profile_id = $2 AND a.fixed AND a.scope_level < $3 AND (a.until_at IS NULL OR a.until_at > $4)
		AND a.scope_id IN (SELECT value FROM json_array_elements_text($5::json)) ORDER BY a.scope_level, a.id`,
		args(string(authority), string(a.Profile), int(a.Scope.Level), now.UnixMicro(), list(ids)), func(r *sql.Rows) error {
			var x school.Scope
			var by, name string
			if err := r.Scan(&x.Level, &x.ID, &by, &name); err != nil {
				return err
			}
			if fixed == nil && above[x] {
				fixed, who, profile = &x, by, name
			}
			return nil
		})
	if err != nil || fixed == nil {
		return err
	}
	names, err := s.scopeNames(ctx, c, authority, []school.Scope{*fixed})
	if err != nil {
		return err
	}
	if fixed.Level == school.AtPerson { // who may assign to a device need not know who holds it
		return school.Clash("fixed_at_person", profile, who)
	}
	return school.Clash("fixed_at_"+fixed.Level.String(), profile, names[*fixed].name, who)
}

// AssignmentRow is an assignment with the names a page shows.
type AssignmentRow struct {
	school.Assignment
	ProfileName string
	Identifier  string
	Number      int // of the version
	OldNumber   int // during a rollout: of the version before; 0: none
	Latest      int // newest published version of the profile
	ScopeName   string
	Own         bool // hangs on the scope asked for; otherwise it is inherited
	Wins        bool // of all valid for the profile in the scope asked for, this one decides now (see Valid)
}

// The school of a scope is where it stands today; that of grades and everything above never moves.
const liveSchool = `CASE a.scope_level WHEN 7 THEN pe.school_id WHEN 8 THEN de.school_id ELSE a.school_id END`

const assignmentQuery = `SELECT a.id, ` + liveSchool + `, a.scope_level, a.scope_id, a.profile_id, a.version_id, CASE WHEN a.offered THEN 'available' ELSE a.mode END, a.fixed, a.rollout_old_id, a.rollout_stage,
	a.from_at, a.until_at, a.created_at, a.created_by, p.name, p.identifier, v.number, COALESCE(o.number, 0),
	(SELECT max(x.number) FROM profile_version x WHERE x.profile_id = p.id)`

const assignmentTables = ` FROM assignment a
	JOIN profile p ON p.id = a.profile_id
	JOIN profile_version v ON v.id = a.version_id
	LEFT JOIN profile_version o ON o.id = a.rollout_old_id
	LEFT JOIN school sc ON a.scope_level IN (3, 4) AND sc.id = a.school_id
	LEFT JOIN class cl ON a.scope_level = 5 AND cl.id = a.scope_id
	LEFT JOIN school_group gr ON a.scope_level = 6 AND gr.id = a.scope_id
	LEFT JOIN person pe ON a.scope_level = 7 AND pe.id = a.scope_id
	LEFT JOIN device de ON a.scope_level = 8 AND de.id = a.scope_id
	LEFT JOIN asset th ON th.id = de.asset_id `

// Scopes of one profile are listed from the authority down, by name; persons by id, their names are not everybody's.
var assignmentByScope = order{key: `(a.scope_level || ' ' || CASE a.scope_level WHEN 2 THEN a.scope_id WHEN 3 THEN sc.name_sort WHEN 4 THEN sc.name_sort || a.scope_id
	WHEN 5 THEN cl.name_sort WHEN 6 THEN gr.name_sort WHEN 8 THEN COALESCE(th.number, de.serial) ELSE '' END)`, id: "a.id"}

var assignmentByProfile = order{key: "p.name_sort", id: "a.id"}

func scanAssignment(r *sql.Rows, x *AssignmentRow, rest ...any) error {
	var old school.VersionID
	var stage sql.NullInt64
	err := r.Scan(append([]any{text(&x.ID), text(&x.School), &x.Scope.Level, &x.Scope.ID, text(&x.Profile), text(&x.Version), text(&x.Mode), &x.Fixed, text(&old), &stage,
		stamp(&x.From), stamp(&x.Until), stamp(&x.Created), &x.By, &x.ProfileName, &x.Identifier, &x.Number, &x.OldNumber, &x.Latest}, rest...)...)
	if stage.Valid {
		x.Rollout = &school.Rollout{Old: old, Stage: int(stage.Int64)}
	}
	return err
}

// assignmentRows narrows assignments a (with the joins of assignmentTables) to those the actor may see.
func assignmentRows(w *where, by school.Actor) error {
	schools, ok := by.Schools(school.View, by.Tenant)
	if !ok {
		return school.Missing("authority")
	}
	w.and("a.authority_id = ?", string(by.Tenant))
	if schools != nil {
		w.and("(a.scope_level IN (1, 2, 6) AND a.school_id IS NULL OR "+liveSchool+" IN (SELECT value FROM json_array_elements_text(?::json)))", list(schools))
	}
	return nil
}

// AssignmentFilter narrows the list of assignments: of one profile, of exactly one scope, of one school.
type AssignmentFilter struct {
	Profile school.ProfileID
	Scope   school.Scope
	School  school.SchoolID
	After   string
	Limit   int
}

// Assignments lists assignments the actor may see: those of one profile from the authority down, others by profile.
func (s *Store) Assignments(ctx context.Context, by school.Actor, f AssignmentFilter) (Page[AssignmentRow], error) {
	var w where
	if err := assignmentRows(&w, by); err != nil {
		return Page[AssignmentRow]{}, err
	}
	o := assignmentByProfile
	if f.Profile != "" {
		o = assignmentByScope
		w.and("a.profile_id = ?", string(f.Profile))
	}
	if f.Scope.Level != 0 {
		w.and("a.scope_level = ? AND a.scope_id = ?", int(f.Scope.Level), f.Scope.ID)
	}
	if f.School != "" {
		w.and(liveSchool+" = ?", string(f.School))
	}
	if err := w.page(o, f.After); err != nil {
		return Page[AssignmentRow]{}, err
	}
	var page Page[AssignmentRow]
	err := s.snapshot(ctx, func(c conn) (err error) {
		page, err = pageOf(ctx, c, assignmentQuery+o.columns()+assignmentTables+`WHERE `+w.String(), &w, o, f.Limit, scanAssignment)
		if err != nil {
			return err
		}
		return s.nameAssignments(ctx, c, by, page.Rows)
	})
	return page, err
}

// Assignment reads one assignment the actor may see.
func (s *Store) Assignment(ctx context.Context, by school.Actor, id school.AssignmentID) (AssignmentRow, error) {
	var w where
	if err := assignmentRows(&w, by); err != nil {
		return AssignmentRow{}, school.Missing("assignment")
	}
	w.and("a.id = ?", string(id))
	var rows []AssignmentRow
	err := s.snapshot(ctx, func(c conn) error {
		if err := c.each(ctx, assignmentQuery+assignmentTables+`WHERE `+w.String(), w.args, func(r *sql.Rows) error {
			rows = append(rows, AssignmentRow{})
			return scanAssignment(r, &rows[len(rows)-1])
		}); err != nil {
			return err
		}
		return s.nameAssignments(ctx, c, by, rows)
	})
	if err == nil && len(rows) == 0 {
		err = school.Missing("assignment")
	}
	if err != nil {
		return AssignmentRow{}, err
	}
	return rows[0], nil
}

// nameAssignments fills in the names of scopes, as far as the actor may know them.
func (s *Store) nameAssignments(ctx context.Context, c conn, by school.Actor, rows []AssignmentRow) error {
	scopes := make([]school.Scope, len(rows))
	for i := range rows {
		rows[i].Authority = by.Tenant
		scopes[i] = rows[i].Scope
	}
	names, err := s.scopeNames(ctx, c, by.Tenant, scopes)
	if err != nil {
		return err
	}
	for i := range rows {
		x := &rows[i]
		if x.Scope.Level != school.AtPerson || by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: x.School}) {
			x.ScopeName = names[x.Scope].name
		}
	}
	return nil
}

// Valid lists everything that is valid for a scope: what hangs on it and what it inherits, with what it is valid through.
// By profile name, the nearest first. Several may speak about one profile; Wins is on the one that decides for a device
// about which nothing nearer is said. What has ended is left out; what has not begun yet is listed and never wins.
func (s *Store) Valid(ctx context.Context, by school.Actor, scope school.Scope) ([]AssignmentRow, error) {
	var out []AssignmentRow
	err := s.snapshot(ctx, func(c conn) (err error) {
		out, err = s.valid(ctx, c, by, scope, s.Now())
		return err
	})
	return out, err
}

func (s *Store) valid(ctx context.Context, c conn, by school.Actor, scope school.Scope, now time.Time) ([]AssignmentRow, error) {
	at, err := s.ground(ctx, c, by.Tenant, scope, now)
	if err != nil {
		return nil, err
	}
	if !seesScope(by, scope.Level, at.School) {
		return nil, school.Missing("scope")
	}
	reach := map[school.Scope]bool{}
	var ids []string
	for _, x := range upTo(by.Tenant, scope, at) {
		reach[x] = true
		ids = append(ids, x.ID)
	}
	var out []AssignmentRow
	// No sight is asked of single rows: whoever may see a scope may see all that reaches it.
	err = c.each(ctx, assignmentQuery+assignmentTables+`WHERE a.authority_id = $1 AND (a.until_at IS NULL OR a.until_at > $2)
		AND a.scope_id IN (SELECT value FROM json_array_elements_text($3::json)) ORDER BY p.name_sort, p.id, a.scope_level DESC, a.id`,
		args(string(by.Tenant), now.UnixMicro(), list(ids)), func(r *sql.Rows) error {
			var x AssignmentRow
			if err := scanAssignment(r, &x); err != nil {
				return err
			}
			if x.Own = x.Scope == scope; reach[x.Scope] {
				out = append(out, x)
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	decide(out, now)
	return out, s.nameAssignments(ctx, c, by, out)
}

// decide puts Wins on the strongest assignment of each profile among those in force.
func decide(rows []AssignmentRow, now time.Time) {
	best := map[school.ProfileID]*AssignmentRow{}
	for i := range rows {
		x := &rows[i]
		if x.From.After(now) {
			continue
		}
		if b := best[x.Profile]; b == nil || x.Beats(b.Assignment) {
			best[x.Profile] = x
		}
	}
	for _, x := range best {
		x.Wins = true
	}
}
