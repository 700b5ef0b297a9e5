package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// The answer to Art. 15: everything that is stored about one person. What there is the engine says (references), so that a
// table that is added later is in the answer without anybody thinking of it; only what refers to a person without saying so
// to the engine stands in a list here, and a test finds a column that is in neither.
//
// Nobody else is in the answer: of who acted it says the kind, not the name; of classes and devices the name, not who else
// is in them. Sealed columns (keys, codes) are about devices and are left out.

// PersonData is the answer. The values of Rows are text, number, truth, time or nil.
type PersonData struct {
	Person    PersonRow
	Authority school.Authority
	Made      time.Time
	Parts     []DataPart
}

// DataPart is what one table holds about the person.
type DataPart struct {
	Table   string
	Columns []string
	Rows    [][]any
}

// loose are references the engine does not know: the condition under which a row of the table is about the person, whose
// id is $2; the authority is $1.
var loose = map[string]string{
	"device_state": `authority_id = $1 AND at_person_id = $2`,
	"assignment":   fmt.Sprintf(`authority_id = $1 AND scope_id = $2 AND scope_level = %d`, school.AtPerson),
	"audit":        `authority_id = $1 AND (subject_kind = 'person' AND subject_id = $2 OR detail LIKE '%"' || $2 || '"%')`,
	"deletion":     `authority_id = $1 AND table_name = 'person' AND row_id = $2`,
	"change_row":   `authority_id = $1 AND table_name = 'person' AND row_id = $2`,
	// What became of what somebody had is told of the contract.
	"contract_part": underContract,
	"addendum":      underContract,
	"damage":        underContract,
	"loss":          underContract,
}

const underContract = `authority_id = $1 AND contract_id IN (SELECT k.id FROM contract k WHERE k.authority_id = $1 AND k.person_id = $2)`

// looseColumns are the columns behind loose, by table: a test holds every column that sounds like a person against them.
var looseColumns = map[string]string{"device_state": "at_person_id", "assignment": "scope_id", "audit": "subject_id", "deletion": "row_id", "change_row": "row_id"}

// answers leaves out of the answer what is nobody's data: how the machine finds, sorts, seals and chains rows. Who acted is
// somebody else.
func answers(table string, c column) bool {
	switch {
	case c.kind == "bytea" || c.kind == "blob" || c.name == "authority_id":
		return false
	case strings.HasSuffix(c.name, "_sort") || strings.HasSuffix(c.name, "_fold") || strings.HasSuffix(c.name, "_sealed"):
		return false
	case table == "crossing" && (c.name == "person_id" || c.name == "newcomer_id"): // the one or the other is somebody else
		return false
	case table == "audit" && slices.Contains([]string{"prev", "hash", "change_set_id"}, c.name):
		return false
	}
	return !slices.Contains([]string{"actor_id", "actor_name", "created_by", "made_by", "decided_by"}, c.name)
}

// labels name what a column refers to, so that the answer can be read.
var labels = map[string]string{"school": `name`, "class": `name`, "school_group": `name`, "school_year": `name`, "place": `name`, "profile": `name`,
	"asset": `COALESCE(number, serial, kind)`, "kit": `name`, "contract": `number`,
	"device": `(SELECT COALESCE(a.number, device.serial) FROM asset a WHERE a.id = device.asset_id)`}

// PersonTables lists the tables that say something about a person, the person first.
func (s *Store) PersonTables(ctx context.Context) ([]string, error) {
	conds, err := s.read().aboutPerson(ctx)
	return personFirst(conds), err
}

func personFirst(conds map[string]string) []string {
	tables := slices.DeleteFunc(slices.Sorted(maps.Keys(conds)), func(t string) bool { return t == "person" })
	return append([]string{"person"}, tables...)
}

// aboutPerson says for every table under which condition a row is about a person.
func (c conn) aboutPerson(ctx context.Context) (map[string]string, error) {
	out := map[string]string{"person": `authority_id = $1 AND id = $2`}
	refs, err := c.references(ctx, "person")
	for _, x := range refs {
		cond := `authority_id = $1 AND ` + x.column + ` = $2`
		if more, two := out[x.table]; two {
			cond = more + ` OR ` + cond
		}
		out[x.table] = cond
	}
	maps.Copy(out, loose)
	return out, err
}

// PersonData reads everything that is stored about one person, and notes before it answers that it was given out.
func (s *Store) PersonData(ctx context.Context, by school.Actor, id school.PersonID) (d PersonData, err error) {
	if d.Person, err = s.PersonByID(ctx, by, id); err != nil {
		return d, err
	}
	at := school.Where{Authority: by.Tenant, School: d.Person.School}
	if !by.Can(school.EditPeople, at) {
		return d, school.Deny(school.EditPeople)
	}
	if d.Authority, err = s.Authority(ctx, by); err != nil {
		return d, err
	}
	if err := s.FlushViews(ctx); err != nil {
		return d, err
	}
	if by.Kind != school.SystemActor {
		err := s.transact(ctx, func(c conn) error {
			return s.note(ctx, c, by.Tenant, by, event{name: "person.data_given", school: d.Person.School, subject: "person", id: string(id)})
		})
		if err != nil {
			return d, err
		}
	}
	d.Made = s.Now()
	err = s.snapshot(ctx, func(c conn) error {
		conds, err := c.aboutPerson(ctx)
		if err != nil {
			return err
		}
		for _, table := range personFirst(conds) {
			part, err := c.part(ctx, table, conds[table], by.Tenant, id)
			if err == nil && table == "change_row" {
				err = s.openImages(ctx, c, &part, by.Tenant, id)
			}
			if err != nil {
				return err
			}
			if len(part.Rows) > 0 {
				d.Parts = append(d.Parts, part)
			}
		}
		return nil
	})
	return d, err
}

// part reads the rows of a table, with the names of what they refer to beside the ids.
func (c conn) part(ctx context.Context, table, cond string, a school.AuthorityID, id school.PersonID) (DataPart, error) {
	p := DataPart{Table: table}
	cols, err := c.columns(ctx, table)
	if err != nil {
		return p, err
	}
	targets, err := c.targets(ctx, table)
	if err != nil {
		return p, err
	}
	var list, times []string
	for _, col := range cols {
		if !answers(table, col) {
			continue
		}
		p.Columns, list = append(p.Columns, col.name), append(list, table+"."+col.name)
		if to := targets[col.name]; labels[to] != "" {
			p.Columns = append(p.Columns, strings.TrimSuffix(col.name, "_id"))
			list = append(list, `(SELECT `+labels[to]+` FROM `+to+` WHERE `+to+`.id = `+table+`.`+col.name+`)`)
		}
		if strings.HasSuffix(col.name, "_at") || col.name == "at" {
			times = append(times, col.name)
		}
	}
	err = c.each(ctx, `SELECT `+strings.Join(list, ", ")+` FROM `+table+` WHERE `+cond+` ORDER BY 1`, args(string(a), string(id)), func(r *sql.Rows) error {
		vals, ptrs := make([]any, len(p.Columns)), make([]any, len(p.Columns))
		for i := range vals {
			ptrs[i] = &vals[i]
		}
		if err := r.Scan(ptrs...); err != nil {
			return err
		}
		for i, v := range vals {
			switch v := v.(type) {
			case []byte:
				vals[i] = string(v)
			case int64:
				if slices.Contains(times, p.Columns[i]) {
					vals[i] = time.UnixMicro(v).UTC()
				}
			}
		}
		p.Rows = append(p.Rows, vals)
		return nil
	})
	return p, err
}

// targets says for every column of a table that refers to another to which.
func (c conn) targets(ctx context.Context, table string) (map[string]string, error) {
	query := `SELECT a.attname, p.relname FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = f.conkey[1] JOIN pg_namespace n ON n.oid = t.relnamespace
		WHERE f.contype = 'f' AND t.relname = $1 AND n.nspname = current_schema()`
	if c.lite {
		query = `SELECT "from", "table" FROM pragma_foreign_key_list($1) WHERE seq = 0`
	}
	out := map[string]string{}
	err := c.each(ctx, query, args(table), func(r *sql.Rows) error {
		var from, to string
		err := r.Scan(&from, &to)
		out[from] = to
		return err
	})
	return out, err
}

// openImages puts what a person was called before into the answer: it is kept while the change can be undone.
func (s *Store) openImages(ctx context.Context, c conn, p *DataPart, a school.AuthorityID, id school.PersonID) error {
	p.Columns, p.Rows = []string{"at", "given", "family", "email", "login"}, nil
	return c.each(ctx, `SELECT r.change_set_id, r.n, s.at, r.before_sealed FROM change_row r JOIN change_set s ON s.id = r.change_set_id
		WHERE r.authority_id = $1 AND r.table_name = 'person' AND r.row_id = $2 ORDER BY s.seq`, args(string(a), string(id)), func(r *sql.Rows) error {
		var set string
		var n int64
		var at time.Time
		var sealed []byte
		if err := r.Scan(&set, &n, stamp(&at), &sealed); err != nil || sealed == nil {
			return err
		}
		plain, err := s.open(cell{a, "change_row", "image", fmt.Sprintf("%s/%d", set, n)}, sealed)
		if err != nil {
			return err
		}
		was, err := decodeRow(plain)
		if err != nil || was == nil {
			return err
		}
		p.Rows = append(p.Rows, []any{at, was.str("given"), was.str("family"), was.str("email"), was.str("login")})
		return nil
	})
}

// SightCode is what the public page of a school is reached by: a digest with the authority's own key, kept nowhere and
// guessed by nobody.
func (s *Store) SightCode(ctx context.Context, by school.Actor, id school.SchoolID) (string, error) {
	if _, err := s.School(ctx, by, id); err != nil {
		return "", err
	}
	return s.Pseudonym(ctx, by.Tenant, "sight", string(id))
}

// SightOf is the school and authority of a public page, for whoever has its code. A wrong code is a school that does not exist.
func (s *Store) SightOf(ctx context.Context, id school.SchoolID, code string) (x school.School, a school.Authority, err error) {
	err = s.read().each(ctx, `SELECT `+schoolColumns+` FROM school s WHERE s.id = $1 AND NOT s.archived`, args(string(id)), func(r *sql.Rows) error { return scanSchool(r, &x) })
	if err != nil {
		return x, a, err
	}
	if x.ID == "" {
		return x, a, school.Missing("school")
	}
	want, err := s.Pseudonym(ctx, x.Authority, "sight", string(id))
	if err != nil {
		return x, a, err
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(code)) != 1 {
		return school.School{}, a, school.Missing("school")
	}
	err = s.read().each(ctx, `SELECT `+authorityColumns+` FROM authority WHERE id = $1`, args(string(x.Authority)), func(r *sql.Rows) error { return scanAuthority(r, &a) })
	return x, a, err
}

// Issuers lists the hosts of the identity providers people of the authority sign in by, for those who may read its log.
func (s *Store) Issuers(ctx context.Context, by school.Actor) (hosts []string, err error) {
	if !by.Can(school.ReadAudit, school.Where{Authority: by.Tenant}) {
		return nil, school.Missing("authority")
	}
	err = s.read().each(ctx, `SELECT DISTINCT issuer FROM provider WHERE authority_id = $1 AND enabled ORDER BY issuer`, args(string(by.Tenant)), func(r *sql.Rows) error {
		var issuer string
		if err := r.Scan(&issuer); err != nil {
			return err
		}
		if u, err := url.Parse(issuer); err == nil && u.Host != "" && !slices.Contains(hosts, u.Host) {
			hosts = append(hosts, u.Host)
		}
		return nil
	})
	return hosts, err
}
