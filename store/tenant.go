package store

import (
	"cmp"
	"context"
	"database/sql"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Provision, "authority.suspended", "authority.resumed")

// rests reports whether an authority was suspended: nobody of it signs in and no program of it gets in. Its devices go on
// as they are: a bill that was not paid takes no lesson away.
func (s *Store) rests(ctx context.Context, c conn, authority school.AuthorityID) (bool, error) {
	if authority == "" {
		return false, nil
	}
	n, err := c.number(ctx, `SELECT count(*) FROM tenant WHERE authority_id = $1 AND suspended_at IS NOT NULL`, string(authority))
	return n > 0, err
}

// Extent is how large an authority is to somebody who works in it, as far as pages need to know: there are none, one or
// several, few or many.
type Extent struct {
	School  school.SchoolID // the one school, if there is one
	Name    string          // its name
	Schools int             // at most 2
	Devices int             // of the whole authority, at most SimpleDevices + 1
}

// SimpleDevices is up to how many devices an authority with one school may be shown in the simple way.
const SimpleDevices = 100

// Extent measures the actor's authority. It counts no further than it must: pages ask for it every time.
func (s *Store) Extent(ctx context.Context, by school.Actor) (Extent, error) {
	var x Extent
	var w where
	devices := `(SELECT count(*) FROM (SELECT 1 FROM device WHERE authority_id = ` + w.arg(string(by.Tenant)) + ` LIMIT ` + w.arg(SimpleDevices+1) + `) AS x)`
	w.and("s.authority_id = ?", string(by.Tenant))
	w.and("NOT s.archived")
	verb := school.View
	if !by.CanSomewhere(verb, by.Tenant) {
		verb = school.Lend
	}
	if err := w.limitSchools(by, verb, by.Tenant, "s.id"); err != nil {
		return x, nil // who sees no school sees one of none
	}
	err := s.read().each(ctx, `SELECT s.id, s.name, `+devices+` FROM school s WHERE `+w.String()+` LIMIT 2`, w.args, func(r *sql.Rows) error {
		x.Schools++
		return r.Scan(text(&x.School), &x.Name, &x.Devices)
	})
	if x.Schools != 1 {
		x.School, x.Name = "", ""
	}
	return x, err
}

// NodeNames names the schools of the actor's roles, for those who see no list of schools.
func (s *Store) NodeNames(ctx context.Context, by school.Actor) (map[school.SchoolID]string, error) {
	var ids []string
	for _, g := range by.Grants {
		if g.Authority == by.Tenant && g.School != "" {
			ids = append(ids, string(g.School))
		}
	}
	out := map[school.SchoolID]string{}
	if len(ids) == 0 {
		return out, nil
	}
	return out, s.read().each(ctx, `SELECT id, name FROM school WHERE authority_id = $1 AND id IN (SELECT value FROM json_array_elements_text($2::json))`,
		args(string(by.Tenant), list(ids)), func(r *sql.Rows) error {
			var id school.SchoolID
			var name string
			err := r.Scan(text(&id), &name)
			out[id] = name
			return err
		})
}

// Tenant is an authority as those who run the installation see it: its name and state, and nothing in it.
type Tenant struct {
	ID        school.AuthorityID
	Name      string
	External  string // what the portal that made it calls it; empty: made by hand
	Suspended time.Time
	Created   time.Time
	EndAsked  time.Time // zero: nobody asked that it be deleted
	Ends      time.Time // zero: nobody else agreed
}

// NewTenant is what a portal says of an authority it provisions.
type NewTenant struct {
	External  string // what the portal calls it; the same call again finds it by this
	Authority school.Authority
	School    school.School // its first school; without a name there is none
	Admin     Account       // its first administrator
}

// Provisioned is what came of it.
type Provisioned struct {
	Tenant
	School school.SchoolID
	Admin  school.AccountID
	Link   string // secret of the set-up link of the administrator, this once
	New    bool
}

// ProvisionTenant brings an authority into the world with its first school and administrator, in one act. The same call
// again changes nothing and gives no new link. Another call with the same name is refused: from its birth on an authority
// decides about itself, and no portal changes it from outside.
func (s *Store) ProvisionTenant(ctx context.Context, by school.Actor, n NewTenant) (Provisioned, error) {
	var out Provisioned
	if !by.Installs() {
		return out, school.Missing("tenant")
	}
	n.External = strings.TrimSpace(n.External)
	if n.External == "" || len(n.External) > 100 || hasControl(n.External) {
		return out, school.Refuse("external_id", "required")
	}
	n.Authority.Name = strings.TrimSpace(n.Authority.Name)
	if n.Authority.Name == "" {
		return out, school.Refuse("name", "required")
	}
	if len(n.Authority.Modules) == 0 {
		n.Authority.Modules = []school.Module{school.Management}
	}
	if err := checkAuthority(n.Authority, s.Now()); err != nil {
		return out, err
	}
	if err := n.Admin.clean(); err != nil {
		return out, err
	}
	n.School.Name = strings.Join(strings.Fields(n.School.Name), " ")
	n.Authority.ID, n.School.ID, n.Admin.ID = "", "", ""
	digest := Digest(toJSON(n))
	err := s.transact(ctx, func(c conn) error {
		out = Provisioned{}
		var was string
		found, err := c.one(ctx, `SELECT t.digest, `+tenantColumns+` WHERE t.external_id = $1`, args(n.External), &was, text(&out.ID), &out.Name, &out.External, stamp(&out.Suspended), stamp(&out.Created), stamp(&out.EndAsked), stamp(&out.Ends))
		switch {
		case err != nil:
			return err
		case found && was != digest:
			return school.Clash("tenant_differs")
		case found:
			return c.provisioned(ctx, &out)
		}
		return s.bear(ctx, c, by, n, digest, &out)
	})
	if err == nil {
		return out, nil
	}
	if err = taken(err, "login", "login_taken"); school.KindOf(err) == school.Conflict {
		if x, xerr := s.TenantByID(ctx, by, n.External); xerr == nil && x.External == n.External { // twice at once: the other was first
			var was string
			if _, err := s.read().one(ctx, `SELECT digest FROM tenant WHERE external_id = $1`, args(n.External), &was); err != nil || was == digest {
				out = Provisioned{Tenant: x}
				return out, cmp.Or(err, s.read().provisioned(ctx, &out))
			}
		}
	}
	return Provisioned{}, err
}

// provisioned finds what was made when a tenant was: its first school and administrator.
func (c conn) provisioned(ctx context.Context, out *Provisioned) error {
	if _, err := c.one(ctx, `SELECT id FROM school WHERE authority_id = $1 ORDER BY created_at, id LIMIT 1`, args(string(out.ID)), text(&out.School)); err != nil {
		return err
	}
	_, err := c.one(ctx, `SELECT id FROM account WHERE authority_id = $1 ORDER BY created_at, id LIMIT 1`, args(string(out.ID)), text(&out.Admin))
	return err
}

// bear makes an authority with all that a portal says of it.
func (s *Store) bear(ctx context.Context, c conn, by school.Actor, n NewTenant, digest string, out *Provisioned) error {
	now := s.Now()
	a := n.Authority
	a.ID = NewID[school.AuthorityID]()
	if err := s.insertAuthority(ctx, c, a); err != nil {
		return err
	}
	if _, err := c.exec(ctx, `INSERT INTO tenant (authority_id, external_id, digest) VALUES ($1, $2, $3)`, string(a.ID), n.External, digest); err != nil {
		return err
	}
	*out = Provisioned{Tenant: Tenant{ID: a.ID, Name: a.Name, External: n.External, Created: now}, Admin: NewID[school.AccountID](), Link: Secret(32), New: true}
	tx := &Tx{conn: c, ctx: ctx, s: s, now: now, by: by, authority: a.ID, event: &event{}}
	detail := map[string]any{"tenant": n.External}
	if n.School.Name != "" {
		out.School = NewID[school.SchoolID]()
		r := named(row{"id": string(out.School), "type": strings.TrimSpace(n.School.Type), "number": strings.TrimSpace(n.School.Number), "archived": false, "created_at": micros(now)}, n.School.Name)
		tx.network(r, out.School, n.School.Network)
		if err := tx.insert("school", r); err != nil {
			return err
		}
		detail["school"] = string(out.School)
	}
	n.Admin.ID = out.Admin
	if err := tx.insert("account", n.Admin.row(now, out.Link)); err != nil {
		return err
	}
	if err := tx.insert("role_grant", row{"id": newID(), "account_id": string(out.Admin), "role": string(school.AuthorityAdmin), "authority_id": string(a.ID), "from_at": micros(now)}); err != nil {
		return err
	}
	detail["account"] = string(out.Admin)
	return s.note(ctx, c, a.ID, by, event{name: "authority.created", subject: "authority", id: string(a.ID), detail: detail})
}

// TenantByID finds an authority by what its portal calls it, or by its id.
func (s *Store) TenantByID(ctx context.Context, by school.Actor, id string) (Tenant, error) {
	var x Tenant
	if !by.Installs() {
		return x, school.Missing("tenant")
	}
	err := s.read().each(ctx, `SELECT `+tenantColumns+` WHERE t.external_id = $1 OR a.id = $1`, args(id), func(r *sql.Rows) error { return scanTenant(r, &x) })
	if err == nil && x.ID == "" {
		err = school.Missing("tenant")
	}
	return x, err
}

// SuspendTenant lets an authority rest, or wakes it: while it rests nobody of it signs in and no program of it gets in. Its
// devices go on. The audit of the authority says so.
func (s *Store) SuspendTenant(ctx context.Context, by school.Actor, id string, rest bool) error {
	x, err := s.TenantByID(ctx, by, id)
	if err != nil || !x.Suspended.IsZero() == rest {
		return err
	}
	ev := event{name: "authority.resumed", subject: "authority", id: string(x.ID)}
	var at any
	if rest {
		ev.name, at = "authority.suspended", micros(s.Now())
	}
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO tenant (authority_id, suspended_at) VALUES ($1, $2) ON CONFLICT (authority_id) DO UPDATE SET suspended_at = $2`, string(x.ID), at)
		if err != nil {
			return err
		}
		return s.note(ctx, c, x.ID, by, ev)
	})
}

const tenantColumns = `a.id, a.name, COALESCE(t.external_id, ''), t.suspended_at, a.created_at, x.asked_at, x.due_at
	FROM authority a LEFT JOIN tenant t ON t.authority_id = a.id LEFT JOIN tenant_end x ON x.authority_id = a.id`

func scanTenant(r *sql.Rows, x *Tenant) error {
	return r.Scan(text(&x.ID), &x.Name, &x.External, stamp(&x.Suspended), stamp(&x.Created), stamp(&x.EndAsked), stamp(&x.Ends))
}

// Tenants lists every authority of the installation, by name, to those who run it.
func (s *Store) Tenants(ctx context.Context, by school.Actor) ([]Tenant, error) {
	if !by.Installs() {
		return nil, school.Missing("tenant")
	}
	var out []Tenant
	err := s.read().each(ctx, `SELECT `+tenantColumns+` ORDER BY a.name, a.id`, nil, func(r *sql.Rows) error {
		var x Tenant
		err := scanTenant(r, &x)
		out = append(out, x)
		return err
	})
	return out, err
}
