package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"ranzen/store/school"
)

// shared is what devices of an authority share: its name, its policy, who signs, and the assignments of everything that
// reaches more than one person or device. It is kept in memory and read again when authority.shared_version moved, which
// every write that touches any of it counts up (see touched.shared); the number is read with every device's facts, in the
// same statement, so nobody ever acts on an old one, whichever node wrote. Only the newest of each authority is kept, and
// it is as large as the tree: schools, classes and groups, never people or devices.
type shared struct {
	version         int64
	marked          time.Time // when every target was last marked
	orgName, signer string
	policy          school.Policy
	key             []byte
	freezes         []school.Freeze
	releases        school.Releases
	rules           []school.Group

	mu     sync.Mutex
	scopes map[school.Scope][]school.Assigned // read; what has none is there, too
	all    bool                               // every scope that has any is in scopes
	lists  map[string][]school.Assigned       // by ground: one list for all who stand in the same place
}

// mostLists is how many grounds are kept: groups can be combined in more ways than there are devices.
const mostLists = 1 << 14

// errApart says that what a device shares with others is not in memory, and that one statement is not enough to read it.
var errApart = errors.New("store: not in memory")

// sharedBy returns what the devices of an authority share at a version. With alone it comes from memory or not at all.
func (s *Store) sharedBy(ctx context.Context, c conn, authority school.AuthorityID, version int64, alone bool) (*shared, error) {
	if v, ok := s.sharedFacts.Load(authority); ok && v.(*shared).version == version {
		return v.(*shared), nil
	}
	if alone {
		return nil, errApart
	}
	x := &shared{}
	var policy string
	var signer sql.NullString
	found, err := c.one(ctx, `SELECT shared_version, marked_at, name, policy, (SELECT signer FROM ca WHERE authority_id = authority.id ORDER BY created_at DESC, id DESC LIMIT 1)
		FROM authority WHERE id = $1`, args(string(authority)), &x.version, stamp(&x.marked), &x.orgName, &policy, &signer)
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
	if x.freezes, err = s.freezesOf(ctx, c, authority); err != nil {
		return nil, err
	}
	if x.rules, err = c.rulesOf(ctx, authority); err != nil {
		return nil, err
	}
	list, read, err := s.releases(ctx, c)
	if err != nil {
		return nil, err
	}
	if s.Now().Sub(read) < ReleasesLast {
		x.releases = list
	}
	if _, ok := c.q.(snapshotTx); ok { // a version of a write under way may be taken back and given again
		s.sharedFacts.Store(authority, x)
	}
	return x, nil
}

// personal reports whether a scope is one person or one device. Their assignments are read each time: there are as many
// of them as of devices, and most have none.
func personal(l school.Level) bool { return l == school.AtPerson || l == school.AtDevice }

// ground names all that decides which shared assignments reach who stands there.
func ground(p school.Placement) string {
	var b strings.Builder
	for _, part := range []string{string(p.School), p.SchoolType, string(p.Class), p.Grade} {
		b.WriteString(part)
		b.WriteByte(0)
	}
	for _, g := range p.Groups {
		b.WriteString(string(g))
		b.WriteByte(0)
	}
	return b.String()
}

// fewDevices is how many devices are asked for by their own ids and scopes; for more, reading once what all share is cheaper.
const fewDevices = 60

// fillAssigned gives every device the assignments in whose scope it stands, in a fixed order. The lists are shared: nobody
// may change them.
func (s *Store) fillAssigned(ctx context.Context, c conn, authority school.AuthorityID, x *shared, facts []reading, alone bool) error {
	wanted, own := map[school.Scope]bool{}, map[school.Scope]bool{}
	var open []int
	x.mu.Lock()
	for i := range facts {
		f := &facts[i]
		if !f.own {
			if list, ok := x.lists[ground(f.Place)]; ok {
				f.Assigned = list
				continue
			}
		}
		open = append(open, i)
		for _, scope := range f.Place.Scopes(authority, f.Device.ID) {
			if personal(scope.Level) {
				if f.own {
					own[scope] = true
				}
			} else if _, known := x.scopes[scope]; !known && !x.all {
				wanted[scope] = true
			}
		}
	}
	x.mu.Unlock()
	if len(open) == 0 {
		return nil
	}
	if alone && len(wanted)+len(own) > 0 {
		return errApart
	}
	read := map[school.Scope][]school.Assigned{}
	all := len(facts) > fewDevices && len(wanted) > 0
	if all {
		if err := s.assigned(ctx, c, authority, nil, read); err != nil {
			return err
		}
	} else {
		maps.Copy(own, wanted)
	}
	if len(own) > 0 {
		if err := s.assigned(ctx, c, authority, own, read); err != nil {
			return err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.scopes == nil {
		x.scopes = map[school.Scope][]school.Assigned{}
	}
	if x.lists == nil || len(x.lists) > mostLists {
		x.lists = map[string][]school.Assigned{}
	}
	for scope := range wanted {
		x.scopes[scope] = read[scope]
	}
	if all {
		x.all = true
		for scope, list := range read {
			if !personal(scope.Level) {
				x.scopes[scope] = list
			}
		}
	}
	for _, i := range open {
		f := &facts[i]
		at := ground(f.Place)
		if list, ok := x.lists[at]; ok && !f.own {
			f.Assigned = list
			continue
		}
		var list []school.Assigned
		for _, scope := range f.Place.Scopes(authority, f.Device.ID) {
			if personal(scope.Level) {
				list = append(list, read[scope]...)
			} else {
				list = append(list, x.scopes[scope]...)
			}
		}
		f.Assigned = list[:len(list):len(list)]
		if !f.own {
			x.lists[at] = f.Assigned
		}
	}
	return nil
}

// assigned reads the assignments of scopes into read, in a fixed order each, with the versions they lead to; with no scopes those of all
// that several devices share.
func (s *Store) assigned(ctx context.Context, c conn, authority school.AuthorityID, scopes map[school.Scope]bool, read map[school.Scope][]school.Assigned) error {
	var w where
	w.and("a.authority_id = ?", string(authority))
	if scopes == nil {
		w.and("a.scope_level NOT IN (?, ?)", int(school.AtPerson), int(school.AtDevice))
	} else {
		ids := make([]string, 0, len(scopes))
		for x := range scopes {
			ids = append(ids, x.ID)
		}
		w.and("a.scope_id IN (SELECT value FROM json_array_elements_text(?::json))", list(ids))
	}
	byScope := map[school.Scope][]school.Assigned{}
	var versions []school.VersionID
	err := c.each(ctx, `SELECT a.id, a.school_id, a.scope_level, a.scope_id, a.profile_id, a.version_id, CASE WHEN a.offered THEN 'available' ELSE a.mode END, a.fixed, a.rollout_old_id, a.rollout_stage,
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
	maps.Copy(read, byScope)
	return nil
}
