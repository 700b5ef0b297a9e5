package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// ground finds where a scope stands in the tree: its school (empty above schools and for what belongs to none), and what
// lies between the two. A scope that does not exist in this authority, or is archived, is Missing: nothing new is hung on
// it. A grade exists while a class of the school has it.
func (s *Store) ground(ctx context.Context, c conn, authority school.AuthorityID, scope school.Scope, now time.Time) (p school.Placement, err error) {
	const (
		head     = `SELECT sc.id, COALESCE(sc.type, ''), `
		ofClass  = ` FROM class cl JOIN school sc ON sc.id = cl.school_id WHERE cl.authority_id = $1 AND NOT cl.archived AND `
		classNow = `(SELECT m.class_id FROM membership m WHERE m.person_id = pe.id AND m.class_id IS NOT NULL AND NOT m.teaches
			AND m.from_at <= $3 AND (m.until_at IS NULL OR m.until_at > $3) ORDER BY m.from_at DESC, m.id DESC LIMIT 1)`
	)
	a := args(string(authority), scope.ID)
	var q string
	switch scope.Level {
	case school.AtAuthority:
		if scope.ID != string(authority) {
			return p, school.Missing("scope")
		}
		return p, nil
	case school.AtSchoolType:
		q = `SELECT NULL, type, NULL, '', NULL FROM school WHERE authority_id = $1 AND type = $2 AND type <> '' AND NOT archived LIMIT 1`
	case school.AtSchool:
		q = head + `NULL, '', NULL FROM school sc WHERE sc.authority_id = $1 AND sc.id = $2 AND NOT sc.archived`
	case school.AtGrade:
		at, grade := scope.SchoolOfGrade()
		a = args(string(authority), string(at), grade)
		q = head + `NULL, cl.grade, NULL` + ofClass + `cl.school_id = $2 AND cl.grade = $3 AND cl.grade <> '' LIMIT 1`
	case school.AtClass:
		q = head + `cl.id, cl.grade, NULL` + ofClass + `cl.id = $2`
	case school.AtGroup:
		q = head + `NULL, '', NULL FROM school_group g LEFT JOIN school sc ON sc.id = g.school_id WHERE g.authority_id = $1 AND g.id = $2 AND NOT g.archived`
	case school.AtPerson:
		a = append(a, now.UnixMicro())
		q = head + `cl.id, COALESCE(cl.grade, ''), pe.id FROM person pe LEFT JOIN school sc ON sc.id = pe.school_id LEFT JOIN class cl ON cl.id = ` + classNow + `
			WHERE pe.authority_id = $1 AND pe.id = $2 AND NOT pe.archived`
	case school.AtDevice:
		q = head + `cl.id, COALESCE(cl.grade, ''), ds.at_person_id FROM device_state ds LEFT JOIN school sc ON sc.id = ds.school_id
			LEFT JOIN class cl ON cl.id = ds.at_class_id WHERE ds.authority_id = $1 AND ds.device_id = $2`
	default:
		return p, school.Refuse("scope", "choice")
	}
	found, err := c.one(ctx, q, a, text(&p.School), text(&p.SchoolType), text(&p.Class), text(&p.Grade), text(&p.Person))
	if err != nil {
		return p, err
	}
	if !found {
		return p, school.Missing("scope")
	}
	if scope.Level == school.AtDevice {
		var ruled string
		if _, err := c.one(ctx, `SELECT `+deviceGroups+` FROM device_state s WHERE s.device_id = $1 AND s.authority_id = $2`, args(scope.ID, string(authority)), text(&ruled)); err != nil {
			return p, err
		}
		p.Groups = withGroups(nil, ruled)
	}
	if p.Person == "" {
		return p, nil
	}
	return p, c.each(ctx, `SELECT group_id FROM membership WHERE authority_id = $1 AND person_id = $2 AND group_id IS NOT NULL AND NOT teaches
		AND from_at <= $3 AND (until_at IS NULL OR until_at > $3) ORDER BY group_id`, args(string(authority), string(p.Person), now.UnixMicro()), func(r *sql.Rows) error {
		var g school.GroupID
		if err := r.Scan(text(&g)); err != nil {
			return err
		}
		p.Groups = append(p.Groups, g)
		return nil
	})
}

// upTo lists the scopes whose assignments reach all that stands in scope, farthest first, scope itself last. ground is
// where the scope stands.
func upTo(authority school.AuthorityID, scope school.Scope, ground school.Placement) []school.Scope {
	var out []school.Scope
	for _, x := range ground.Scopes(authority, "") {
		if x.Level < scope.Level {
			out = append(out, x)
		}
	}
	return append(out, scope)
}

// mayAt asks for a verb at the school a scope stands at (empty: above schools). What the actor cannot see does not exist;
// what lies above its school it sees and may not change.
func mayAt(by school.Actor, verb school.Verb, level school.Level, at school.SchoolID) error {
	where := school.Where{Authority: by.Tenant, School: at}
	switch {
	case by.Can(verb, where):
		return nil
	case by.Can(school.View, where):
		return school.Deny(verb)
	case at == "" && level != school.AtPerson && level != school.AtDevice && by.CanSomewhere(school.View, by.Tenant):
		return school.Deny(verb)
	}
	return school.Missing("scope")
}

// seesScope reports whether an actor may know what hangs on a scope. What stands above schools everybody in the
// authority sees, since it reaches their devices too.
func seesScope(by school.Actor, level school.Level, at school.SchoolID) bool {
	return school.KindOf(mayAt(by, school.View, level, at)) != school.NotFound
}

// namedScope is what pages call a scope, and the school it stands at.
type namedScope struct {
	name   string
	school school.SchoolID
}

// scopeNames names scopes in one query, whatever their number. A device is named by its inventory number, else its
// serial; a grade and a school type name themselves.
func (s *Store) scopeNames(ctx context.Context, c conn, authority school.AuthorityID, scopes []school.Scope) (map[school.Scope]namedScope, error) {
	out := make(map[school.Scope]namedScope, len(scopes))
	ids := make([]string, 0, len(scopes))
	for _, x := range scopes {
		switch x.Level {
		case school.AtSchoolType:
			out[x] = namedScope{name: x.ID}
		case school.AtGrade:
			at, grade := x.SchoolOfGrade()
			out[x] = namedScope{name: grade, school: at}
		default:
			ids = append(ids, x.ID)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	const among = ` IN (SELECT value FROM json_array_elements_text($2::json))`
	return out, c.each(ctx, `SELECT 1, id, name, NULL FROM authority WHERE id = $1 AND id`+among+`
		UNION ALL SELECT 3, id, name, id FROM school WHERE authority_id = $1 AND id`+among+`
		UNION ALL SELECT 5, id, name, school_id FROM class WHERE authority_id = $1 AND id`+among+`
		UNION ALL SELECT 6, id, name, school_id FROM school_group WHERE authority_id = $1 AND id`+among+`
		UNION ALL SELECT 7, id, CASE WHEN given = '' THEN family ELSE family || ', ' || given END, school_id FROM person WHERE authority_id = $1 AND id`+among+`
		UNION ALL SELECT 8, d.id, COALESCE(a.number, d.serial), d.school_id FROM device d JOIN asset a ON a.id = d.asset_id WHERE d.authority_id = $1 AND d.id`+among,
		args(string(authority), list(ids)), func(r *sql.Rows) error {
			var x school.Scope
			var n namedScope
			if err := r.Scan(&x.Level, &x.ID, &n.name, text(&n.school)); err != nil {
				return err
			}
			out[x] = n
			return nil
		})
}

// ScopeNames names scopes for pages, in one query. Missing from the answer is what does not exist or the actor may not
// see; a person is named only to who may see people.
func (s *Store) ScopeNames(ctx context.Context, by school.Actor, scopes []school.Scope) (map[school.Scope]string, error) {
	named, err := s.scopeNames(ctx, s.read(), by.Tenant, scopes)
	if err != nil {
		return nil, err
	}
	out := make(map[school.Scope]string, len(named))
	for x, n := range named {
		if seesScope(by, x.Level, n.school) && (x.Level != school.AtPerson || by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: n.school})) {
			out[x] = n.name
		}
	}
	return out, nil
}
