package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

// What a desk has to show besides what was scanned: the class it hands out to, the set that goes with a thing, what belongs
// into a case. No more of anybody than name, class and what they have.

// DeskClassOf lists the class of a desk in its order, with what each has or waits for.
func (s *Store) DeskClassOf(ctx context.Context, by school.Actor, d school.DeskSession) ([]school.DeskPupil, error) {
	people, err := s.read().deskClass(ctx, by, d.School, d.Class, s.Now())
	out := make([]school.DeskPupil, len(people))
	for i, x := range people {
		out[i] = x.DeskPupil
	}
	return out, err
}

func (c conn) deskClass(ctx context.Context, by school.Actor, at school.SchoolID, class school.ClassID, now time.Time) ([]PackPerson, error) {
	if class == "" || !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: at}) {
		return nil, school.Missing("class")
	}
	// Who is given a second thing waits, whatever they had: what waits comes before what is out.
	return c.deskPupils(ctx, `cl.name FROM membership m JOIN class cl ON cl.id = m.class_id JOIN person p ON p.id = m.person_id AND NOT p.archived
		LEFT JOIN contract k ON k.person_id = p.id AND k.kind IN ('personal', 'staff') AND k.state IN ('planned', 'prepared', 'signed', 'issued', 'refused')`+pupilThings+`
		WHERE m.class_id = $2 AND m.authority_id = $3 AND NOT m.teaches AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1)
		ORDER BY p.name_sort, p.id, CASE k.state WHEN 'signed' THEN 0 WHEN 'prepared' THEN 1 WHEN 'planned' THEN 2 WHEN 'issued' THEN 3 ELSE 4 END, k.number DESC, b.number`,
		now.UnixMicro(), string(class), string(by.Tenant))
}

// pupilThings joins what persons (p) have or will have: what stands in a contract (k), or is planned for them.
const pupilThings = ` LEFT JOIN asset a ON a.id = k.asset_id LEFT JOIN device v ON v.planned_person_id = p.id LEFT JOIN asset b ON b.id = v.asset_id`

// deskPupils lists persons with the name of a class; of several lines of one the first counts.
func (c conn) deskPupils(ctx context.Context, classFrom string, a ...any) (out []PackPerson, err error) {
	err = c.each(ctx, `SELECT p.id, p.given, p.family, k.id, COALESCE(k.number, ''), COALESCE(k.state, ''), k.signed_at, k.issued_at, COALESCE(a.id, b.id), COALESCE(a.number, a.serial, b.number, b.serial, ''), `+classFrom, a, func(r *sql.Rows) error {
		var x PackPerson
		var p school.Person
		if err := r.Scan(text(&x.ID), &p.Given, &p.Family, text(&x.Contract), &x.DeskPupil.Number, text(&x.State), stamp(&x.Signed), stamp(&x.Issued), text(&x.Asset), &x.Device, &x.Class); err != nil {
			return err
		}
		if n := len(out); n > 0 && out[n-1].ID == x.ID {
			return nil
		}
		x.Name, x.N = p.Name(), len(out)+1
		out = append(out, x)
		return nil
	})
	return out, err
}

// DeskSet is what goes with a thing: the parts of a contract, or of the kit that would be taken for such a thing.
func (s *Store) DeskSet(ctx context.Context, by school.Actor, at school.SchoolID, kind school.AssetKind, of school.ContractID) ([]school.ContractPart, error) {
	if !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: at}) {
		return nil, school.Missing("school")
	}
	if of != "" {
		n, err := s.read().number(ctx, `SELECT count(*) FROM contract WHERE id = $1 AND authority_id = $2`, string(of), string(by.Tenant))
		if err != nil || n == 0 {
			return nil, orMissing(err, "contract")
		}
		return s.read().partsOf(ctx, of)
	}
	kit, err := s.read().standardKit(ctx, by.Tenant, kind, at)
	if err != nil {
		return nil, err
	}
	out := []school.ContractPart{{N: 1, Kind: kind}}
	for i, p := range kit.Parts {
		out = append(out, school.ContractPart{N: i + 2, Kind: p.Kind, Name: p.Name, Price: p.Price})
	}
	return out, nil
}

func (c conn) standardKit(ctx context.Context, a school.AuthorityID, kind school.AssetKind, at school.SchoolID) (k school.Kit, err error) {
	var w where
	w.and("k.authority_id = ?", string(a))
	w.and("(k.school_id IS NULL OR k.school_id = ?)", string(at))
	w.and("k.standard AND NOT k.archived AND k.kind = ?", string(kind))
	all, err := c.kits(ctx, &w)
	for _, x := range all {
		if k.ID == "" || x.School != "" {
			k = x.Kit
		}
	}
	return k, err
}

// CaseUnit is a thing that belongs into a case.
type CaseUnit struct {
	Asset                       school.AssetID
	Name, Number, Serial, Model string
	Out                         bool // somebody has it
}

// InCase lists what belongs into a case, by number.
func (s *Store) InCase(ctx context.Context, by school.Actor, id school.PlaceID) (out []CaseUnit, err error) {
	var at school.SchoolID
	if _, err := s.read().one(ctx, `SELECT school_id FROM place WHERE id = $1 AND authority_id = $2`, args(string(id), string(by.Tenant)), text(&at)); err != nil {
		return nil, err
	}
	if at == "" || !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: at}) {
		return nil, school.Missing("place")
	}
	err = s.read().each(ctx, `SELECT a.id, COALESCE(a.number, a.serial, ''), COALESCE(a.number, ''), COALESCE(a.serial, ''), COALESCE(a.model, ''), k.id IS NOT NULL FROM (SELECT asset_id AS id FROM device WHERE place_id = $1 UNION SELECT id FROM asset WHERE place_id = $1) x
		JOIN asset a ON a.id = x.id LEFT JOIN contract k ON k.asset_id = a.id AND k.issued_at IS NOT NULL AND k.returned_at IS NULL
		ORDER BY a.number_sort NULLS LAST, a.serial, a.id`, args(string(id)), func(r *sql.Rows) error {
		var x CaseUnit
		err := r.Scan(text(&x.Asset), &x.Name, &x.Number, &x.Serial, &x.Model, &x.Out)
		out = append(out, x)
		return err
	})
	return out, err
}

// DeskClass is a class at the desk, with how far it is.
type DeskClass struct {
	ID     school.ClassID
	Name   string
	People int
	Done   int // have something under a contract
}

// DeskClasses lists the classes of a school where the actor lends, in the order of counting.
func (s *Store) DeskClasses(ctx context.Context, by school.Actor, at school.SchoolID) (out []DeskClass, err error) {
	if !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: at}) {
		return nil, school.Missing("school")
	}
	err = s.read().each(ctx, `SELECT c.id, c.name, count(DISTINCT p.id), count(DISTINCT CASE WHEN EXISTS (SELECT 1 FROM contract k WHERE k.person_id = p.id AND k.kind IN ('personal', 'staff')
			AND k.state = 'issued') THEN p.id END)
		FROM class c LEFT JOIN membership m ON m.class_id = c.id AND NOT m.teaches AND m.from_at <= $3 AND (m.until_at IS NULL OR m.until_at > $3)
		LEFT JOIN person p ON p.id = m.person_id AND NOT p.archived
		WHERE c.school_id = $1 AND c.authority_id = $2 AND NOT c.archived GROUP BY c.id, c.name, c.name_sort ORDER BY c.name_sort, c.id`,
		args(string(at), string(by.Tenant), s.Now().UnixMicro()), func(r *sql.Rows) error {
			var x DeskClass
			err := r.Scan(text(&x.ID), &x.Name, &x.People, &x.Done)
			out = append(out, x)
			return err
		})
	return out, err
}

// DeskClassName is the name of the class of a desk.
func (s *Store) DeskClassName(ctx context.Context, by school.Actor, d school.DeskSession) (name string, err error) {
	_, err = s.read().one(ctx, `SELECT name FROM class WHERE id = $1 AND authority_id = $2`, args(string(d.Class), string(by.Tenant)), &name)
	return name, err
}

// DeskPeople reads those whom a desk names, where the actor lends.
func (s *Store) DeskPeople(ctx context.Context, by school.Actor, ids []school.PersonID) ([]DeskPerson, error) {
	var out []DeskPerson
	for some := range slices.Chunk(ids, deskFound) {
		var w where
		w.arg(s.Now().UnixMicro())
		w.and("p.id IN (SELECT value FROM json_array_elements_text(?::json))", list(some))
		people, err := s.deskPersons(ctx, by, &w)
		if err != nil {
			return nil, err
		}
		out = append(out, people...)
	}
	return out, nil
}
