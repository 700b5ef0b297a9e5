package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// eventVerbs says for every undoable event what one must be allowed to do to undo it: what one needed to do it.
var eventVerbs = map[string]school.Verb{
	"undone": school.EditOrg,
}

// registerEvent ties an event name to its verb. Every noun's file registers its own.
func registerEvent(verb school.Verb, names ...string) bool {
	for _, n := range names {
		eventVerbs[n] = verb
	}
	return true
}

var _ = registerEvent(school.Settings, "authority.created", "authority.changed")

// CreateAuthority brings a Schulträger into the world, with its own HMAC key and an audit chain of its own.
func (s *Store) CreateAuthority(ctx context.Context, by school.Actor, a school.Authority) (school.AuthorityID, error) {
	if !by.Can(school.Provision, school.Where{}) {
		return "", school.Deny(school.Provision)
	}
	a.Name = strings.TrimSpace(a.Name)
	if a.Name == "" {
		return "", school.Refuse("name", "required")
	}
	if len(a.Modules) == 0 {
		a.Modules = []school.Module{school.Management}
	}
	if a.ID == "" {
		a.ID = NewID[school.AuthorityID]()
	}
	err := s.transact(ctx, func(c conn) error { return s.insertAuthority(ctx, c, a) })
	if err != nil {
		return "", err
	}
	by.Tenant = a.ID
	_, err = s.write(ctx, by, event{name: "authority.created", verb: school.Provision, subject: "authority", id: string(a.ID), final: true},
		func(*Tx) error { return nil })
	return a.ID, err
}

// insertAuthority writes the row of an authority, with a key of its own.
func (s *Store) insertAuthority(ctx context.Context, c conn, a school.Authority) error {
	hashKey := newHashKey()
	_, err := c.exec(ctx, `INSERT INTO authority (id, name, modules, contact, policy, hash_key_sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		string(a.ID), a.Name, joinModules(a.Modules), a.Contact, toJSON(a.Policy),
		s.seal(cell{a.ID, "authority", "hash_key", string(a.ID)}, hashKey), micros(s.Now()))
	return err
}

func newHashKey() []byte {
	key := make([]byte, 32)
	rand.Read(key)
	return key
}

func joinModules(ms []school.Module) string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = string(m)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ",")
}

const authorityColumns = `id, name, modules, contact, policy, version`

func scanAuthority(r *sql.Rows, a *school.Authority) error {
	var modules string
	if err := r.Scan(text(&a.ID), &a.Name, &modules, &a.Contact, fromJSON(&a.Policy), &a.Version); err != nil {
		return err
	}
	for _, m := range strings.Split(modules, ",") {
		if m != "" {
			a.Modules = append(a.Modules, school.Module(m))
		}
	}
	return nil
}

// Authority reads the authority the actor works in.
func (s *Store) Authority(ctx context.Context, by school.Actor) (school.Authority, error) {
	var a school.Authority
	if !by.Belongs(by.Tenant) {
		return a, school.Missing("authority")
	}
	err := s.read().each(ctx, `SELECT `+authorityColumns+` FROM authority WHERE id = $1`, args(string(by.Tenant)), func(r *sql.Rows) error { return scanAuthority(r, &a) })
	if err == nil && a.ID == "" {
		err = school.Missing("authority")
	}
	return a, err
}

// Authorities lists the authorities the actor works in, by name.
func (s *Store) Authorities(ctx context.Context, by school.Actor) ([]school.Authority, error) {
	var out []school.Authority
	err := s.read().each(ctx, `SELECT `+authorityColumns+` FROM authority ORDER BY name`, nil, func(r *sql.Rows) error {
		var a school.Authority
		if err := scanAuthority(r, &a); err != nil {
			return err
		}
		if by.Belongs(a.ID) {
			out = append(out, a)
		}
		return nil
	})
	return out, err
}

// What a policy may say. An identity is renewed early enough for a summer in a cupboard, and not all the time.
const (
	MaxAwaitMinutes = 120
	MinRenewDays    = 30
	MaxRenewDays    = 365
)

// checkAuthority refuses settings that cannot be meant.
func checkAuthority(a school.Authority, now time.Time) error {
	if strings.TrimSpace(a.Name) == "" {
		return school.Refuse("name", "required")
	}
	if len(a.Modules) == 0 {
		return school.Refuse("modules", "required")
	}
	for _, m := range a.Modules {
		if !slices.Contains(school.Modules, m) {
			return school.Refuse("modules", "choice")
		}
	}
	if n := a.Policy.AwaitMinutes; n < 0 || n > MaxAwaitMinutes {
		return school.Refuse("await_minutes", "await_range", MaxAwaitMinutes)
	}
	if n := a.Policy.RenewDays; n != 0 && (n < MinRenewDays || n > MaxRenewDays) {
		return school.Refuse("renew_days", "renew_range", MinRenewDays, MaxRenewDays)
	}
	if n := a.Policy.SecondFrom; n < 0 || n > school.SecondMost {
		return school.Refuse("second_from", "second_range", school.SecondMost)
	}
	for _, role := range a.Policy.SecondFactor {
		if !slices.Contains(school.Roles, role) {
			return school.Refuse("second_factor", "choice")
		}
	}
	if err := a.Policy.Calm.Check(); err != nil {
		return err
	}
	if x := a.Policy.Simple; x != school.SimpleAuto && x != school.SimpleOn && x != school.SimpleOff {
		return school.Refuse("simple", "choice")
	}
	if err := a.Policy.Privacy.Check(); err != nil {
		return err
	}
	if err := a.Policy.DeviceNames.Check(); err != nil {
		return err
	}
	if err := a.Policy.Lending.Check(); err != nil {
		return err
	}
	if a.Policy.MinimumOS != "" && !validVersion(a.Policy.MinimumOS) {
		return school.Refuse("minimum_os", "os_version", a.Policy.MinimumOS)
	}
	if p := a.Policy.NumberPattern; p != "" {
		if _, ok := parseNumbering(p, now.In(Berlin).Year()); !ok {
			return school.Refuse("number_pattern", "number_pattern", p)
		}
	}
	return nil
}

// ChangeAuthority writes what differs between was, as somebody saw it, and want: name, contact, modules and each field of
// the policy for itself. So of two people who change settings at once none loses what the other did; who changes a field
// that another changed meanwhile is told so. Every device of the authority is planned anew.
func (s *Store) ChangeAuthority(ctx context.Context, by school.Actor, was, want school.Authority) (school.ChangeSetID, error) {
	if err := checkAuthority(want, s.Now()); err != nil {
		return "", err
	}
	return s.write(ctx, by, event{name: "authority.changed", verb: school.Settings, subject: "authority", id: string(by.Tenant)}, func(tx *Tx) error {
		var is school.Authority
		err := tx.each(ctx, `SELECT `+authorityColumns+` FROM authority WHERE id = $1`, args(string(tx.authority)), func(r *sql.Rows) error { return scanAuthority(r, &is) })
		if err != nil {
			return err
		}
		a, err := mergeSettings(was, want, is)
		if err == nil {
			err = checkAuthority(a, tx.now)
		}
		if err != nil {
			return err
		}
		if a.Policy.StaffOnly {
			n, err := tx.number(ctx, `SELECT count(*) FROM person WHERE authority_id = $1 AND kind = 'pupil' AND NOT archived`, string(tx.authority))
			if err != nil {
				return err
			}
			if n > 0 {
				return &school.Error{Kind: school.Conflict, Code: "staff_only_pupils", Field: "staff_only", Args: []any{int(n)}}
			}
		}
		return tx.update("authority", string(by.Tenant), row{"name": strings.TrimSpace(a.Name), "contact": a.Contact,
			"modules": joinModules(a.Modules), "policy": toJSON(a.Policy)})
	})
}

func validVersion(v string) bool {
	for _, part := range strings.Split(v, ".") {
		if part == "" || len(part) > 4 || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return true
}

// hashKey is the authority's HMAC key. It never changes, so it is kept after the first reading.
func (s *Store) hashKey(ctx context.Context, c conn, a school.AuthorityID) ([]byte, error) {
	if k, ok := s.authority.Load(a); ok {
		return k.([]byte), nil
	}
	var sealed []byte
	found, err := c.one(ctx, `SELECT hash_key_sealed FROM authority WHERE id = $1`, args(string(a)), &sealed)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, school.Missing("authority")
	}
	k, err := s.open(cell{a, "authority", "hash_key", string(a)}, sealed)
	if err != nil {
		return nil, err
	}
	s.authority.Store(a, k)
	return k, nil
}

// Pseudonym is a keyed digest within the authority: how foreign identifiers (user channels) become keys and log fields.
func (s *Store) Pseudonym(ctx context.Context, a school.AuthorityID, what, value string) (string, error) {
	k, err := s.hashKey(ctx, s.read(), a)
	if err != nil {
		return "", err
	}
	return pseudonym(k, what, value), nil
}

// policyOf reads the policy inside a transaction.
func (c conn) policyOf(ctx context.Context, a school.AuthorityID) (p school.Policy, err error) {
	var raw string
	if _, err = c.one(ctx, `SELECT policy FROM authority WHERE id = $1`, args(string(a)), &raw); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(raw), &p)
}
