package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditOrg, "school.created", "school.changed", "school.archived", "school.restored", "class.created", "class.changed", "class.archived",
	"group.created", "group.changed", "year.created", "place.created", "place.changed", "network.changed")

// named fills the three name columns of a row.
func named(r row, name string) row {
	r["name"], r["name_sort"], r["name_fold"] = name, school.SortKey(name), school.Fold(name)
	return r
}

func cleanName(field, name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" {
		return "", school.Refuse(field, "required")
	}
	if len(name) > 200 {
		return "", school.Refuse(field, "too_long", 200)
	}
	return name, nil
}

// CreateSchool adds a school to the actor's authority.
func (s *Store) CreateSchool(ctx context.Context, by school.Actor, x school.School) (school.SchoolID, error) {
	name, err := cleanName("name", x.Name)
	if err != nil {
		return "", err
	}
	if x.ID == "" {
		x.ID = NewID[school.SchoolID]()
	}
	_, err = s.write(ctx, by, event{name: "school.created", verb: school.EditOrg, subject: "school", id: string(x.ID)}, func(tx *Tx) error {
		r := named(row{"id": string(x.ID), "type": strings.TrimSpace(x.Type), "number": strings.TrimSpace(x.Number), "archived": false, "created_at": micros(tx.now)}, name)
		tx.network(r, x.ID, x.Network)
		tx.event.school = x.ID
		return tx.insert("school", r)
	})
	return x.ID, err
}

// network writes a set-up network into a school row. An empty password keeps what is there.
func (tx *Tx) network(r row, id school.SchoolID, n school.Network) {
	r["network_ssid"], r["network_security"], r["network_hidden"] = n.SSID, n.Security, n.Hidden
	if n.Password != "" {
		r["network_password_sealed"] = tx.s.seal(cell{tx.authority, "school", "network_password", string(id)}, []byte(n.Password))
	}
}

// ChangeSchool writes name, type and number of a school.
func (s *Store) ChangeSchool(ctx context.Context, by school.Actor, x school.School) (school.ChangeSetID, error) {
	name, err := cleanName("name", x.Name)
	if err != nil {
		return "", err
	}
	return s.write(ctx, by, event{name: "school.changed", verb: school.EditOrg, school: x.ID, subject: "school", id: string(x.ID)}, func(tx *Tx) error {
		return tx.update("school", string(x.ID), named(row{"type": strings.TrimSpace(x.Type), "number": strings.TrimSpace(x.Number)}, name))
	})
}

// SetCalm writes how much a school wants to happen at once.
func (s *Store) SetCalm(ctx context.Context, by school.Actor, id school.SchoolID, c school.Calm) (school.ChangeSetID, error) {
	if err := c.Check(); err != nil {
		return "", err
	}
	return s.write(ctx, by, event{name: "school.changed", verb: school.EditOrg, school: id, subject: "school", id: string(id)}, func(tx *Tx) error {
		return tx.update("school", string(id), row{"push_pace": int64(c.PerMinute), "quiet_from": int64(c.From), "quiet_until": int64(c.Until)})
	})
}

// ArchiveSchool takes a school out of every list, with its classes and groups. It is the authority's decision, not the
// school's, and only what is left behind empty is archived: see MayArchiveSchool.
func (s *Store) ArchiveSchool(ctx context.Context, by school.Actor, id school.SchoolID) (school.ChangeSetID, error) {
	if err := decides(by, id); err != nil {
		return "", err
	}
	return s.write(ctx, by, event{name: "school.archived", verb: school.EditOrg, subject: "school", id: string(id)}, func(tx *Tx) error {
		r, err := tx.own("school", string(id), school.EditOrg)
		if err != nil {
			return err
		}
		if r.flag("archived") {
			return school.Clash("school_archived", r.str("name"))
		}
		if err := schoolInUse(ctx, tx.conn, tx.authority, id, tx.now); err != nil {
			return err
		}
		return tx.change("school", string(id), r, row{"archived": true})
	})
}

// RestoreSchool brings an archived school back as it was, unless another one took its name.
func (s *Store) RestoreSchool(ctx context.Context, by school.Actor, id school.SchoolID) (school.ChangeSetID, error) {
	if err := decides(by, id); err != nil {
		return "", err
	}
	return s.write(ctx, by, event{name: "school.restored", verb: school.EditOrg, subject: "school", id: string(id)}, func(tx *Tx) error {
		r, err := tx.own("school", string(id), school.EditOrg)
		if err != nil {
			return err
		}
		return taken(tx.change("school", string(id), r, row{"archived": false}), "name", "school_taken", r.str("name"))
	})
}

// decides refuses a school's own people what its authority decides about it. Strangers see no school.
func decides(by school.Actor, id school.SchoolID) error {
	switch {
	case by.Can(school.EditOrg, school.Where{Authority: by.Tenant}):
		return nil
	case by.Can(school.View, school.Where{Authority: by.Tenant, School: id}):
		return school.Deny(school.EditOrg)
	}
	return school.Missing("school")
}

// MayArchiveSchool says all that stands in the way of archiving a school: one Conflict for each kind of thing that would
// be left without a home or would go on acting for it, with their number.
func (s *Store) MayArchiveSchool(ctx context.Context, by school.Actor, id school.SchoolID) error {
	if _, err := s.School(ctx, by, id); err != nil {
		return err
	}
	return schoolInUse(ctx, s.read(), by.Tenant, id, s.Now())
}

// schoolUses counts what uses a school ($2) of an authority ($1) at a moment ($3), by the name of its sentence.
var schoolUses = []struct{ what, count string }{
	{"devices", `SELECT count(*) FROM device WHERE authority_id = $1 AND school_id = $2`},
	{"assets", `SELECT count(*) FROM asset a WHERE a.authority_id = $1 AND a.school_id = $2 AND a.state NOT IN ('written_off', 'retired') AND NOT EXISTS (SELECT 1 FROM device d WHERE d.asset_id = a.id)`},
	{"contracts", `SELECT count(*) FROM contract WHERE authority_id = $1 AND school_id = $2 AND state IN ('issued', 'returned', 'open')`},
	{"people", `SELECT count(*) FROM person WHERE authority_id = $1 AND NOT archived AND (school_id = $2
		OR id IN (SELECT person_id FROM membership WHERE school_id = $2 AND (until_at IS NULL OR until_at > $3)))`},
	{"classes", `SELECT count(DISTINCT m.class_id) FROM membership m JOIN class c ON c.id = m.class_id WHERE m.authority_id = $1 AND c.school_id = $2 AND NOT c.archived
		AND (m.until_at IS NULL OR m.until_at > $3)`},
	{"groups", `SELECT count(DISTINCT m.group_id) FROM membership m JOIN school_group g ON g.id = m.group_id WHERE m.authority_id = $1 AND g.school_id = $2 AND NOT g.archived
		AND (m.until_at IS NULL OR m.until_at > $3)`},
	{"codes", `SELECT count(*) FROM enroll_code WHERE authority_id = $1 AND school_id = $2 AND NOT revoked AND uses_left > 0 AND expires_at > $3`},
	{"tokens", `SELECT count(*) FROM apple_token WHERE authority_id = $1 AND school_id = $2`},
	{"roles", `SELECT count(*) FROM role_grant WHERE authority_id = $1 AND school_id = $2 AND (until_at IS NULL OR until_at > $3)`},
	{"api", `SELECT count(*) FROM api_token WHERE authority_id = $1 AND school_id = $2 AND NOT revoked AND (ends_at IS NULL OR ends_at > $3)`},
}

func schoolInUse(ctx context.Context, c conn, a school.AuthorityID, id school.SchoolID, now time.Time) error {
	var all []error
	for _, use := range schoolUses {
		given := args(string(a), string(id))
		if strings.Contains(use.count, "$3") {
			given = append(given, now.UnixMicro())
		}
		n, err := c.number(ctx, use.count, given...)
		if err != nil {
			return err
		}
		if n > 0 {
			all = append(all, &school.Error{Kind: school.Conflict, Code: "school_has_" + use.what, Field: use.what, Args: []any{int(n)}})
		}
	}
	return errors.Join(all...)
}

// SetNetwork writes the set-up network of a school (Einrichtungs-WLAN). The password is write-only.
func (s *Store) SetNetwork(ctx context.Context, by school.Actor, id school.SchoolID, n school.Network) (school.ChangeSetID, error) {
	n.SSID = strings.TrimSpace(n.SSID)
	switch {
	case n.SSID == "" || len(n.SSID) > 32:
		return "", school.Refuse("ssid", "ssid_length")
	case n.Security != "WPA2" && n.Security != "WPA3" && n.Security != "None":
		return "", school.Refuse("security", "choice")
	case n.Password != "" && (len(n.Password) < 8 || len(n.Password) > 63):
		return "", school.Refuse("password", "psk_length")
	}
	return s.write(ctx, by, event{name: "network.changed", verb: school.Enroll, school: id, subject: "school", id: string(id)}, func(tx *Tx) error {
		before, err := tx.fetch("school", string(id))
		if err != nil {
			return err
		}
		if before == nil {
			return school.Missing("school")
		}
		r := row{}
		tx.network(r, id, n)
		if n.Security == "None" {
			r["network_password_sealed"] = nil
		} else if has, _ := before["network_password_sealed"].([]byte); n.Password == "" && len(has) == 0 {
			return school.Refuse("password", "required")
		}
		return tx.change("school", string(id), before, r)
	})
}

// SchoolRow is a school with the numbers its line in a list shows.
type SchoolRow struct {
	school.School
	Classes    int
	Devices    int
	HasNetwork bool
}

const schoolColumns = `s.id, s.authority_id, s.name, s.type, s.number, s.network_ssid, s.network_security, s.network_hidden, s.push_pace, s.quiet_from, s.quiet_until, s.archived`

func scanSchool(r *sql.Rows, x *school.School, more ...any) error {
	dest := []any{text(&x.ID), text(&x.Authority), &x.Name, &x.Type, &x.Number, &x.Network.SSID, &x.Network.Security, &x.Network.Hidden, &x.Calm.PerMinute, &x.Calm.From, &x.Calm.Until, &x.Archived}
	return r.Scan(append(dest, more...)...)
}

// Schools lists the schools the actor may see, by name.
func (s *Store) Schools(ctx context.Context, by school.Actor) ([]SchoolRow, error) {
	return s.schools(ctx, by, false)
}

// ArchivedSchools lists those that were archived.
func (s *Store) ArchivedSchools(ctx context.Context, by school.Actor) ([]SchoolRow, error) {
	return s.schools(ctx, by, true)
}

func (s *Store) schools(ctx context.Context, by school.Actor, archived bool) ([]SchoolRow, error) {
	var w where
	w.and("s.authority_id = ?", string(by.Tenant))
	w.and("s.archived = ?", archived)
	if err := w.limitSchools(by, school.View, by.Tenant, "s.id"); err != nil {
		return nil, err
	}
	var out []SchoolRow
	err := s.read().each(ctx, `SELECT `+schoolColumns+`,
		(SELECT count(*) FROM class c WHERE c.school_id = s.id AND NOT c.archived),
		(SELECT count(*) FROM device d WHERE d.school_id = s.id)
		FROM school s WHERE `+w.String()+` ORDER BY s.name_sort`, w.args, func(r *sql.Rows) error {
		var x SchoolRow
		if err := scanSchool(r, &x.School, &x.Classes, &x.Devices); err != nil {
			return err
		}
		x.HasNetwork = x.Network.SSID != ""
		out = append(out, x)
		return nil
	})
	return out, err
}

// School reads one school the actor may see. The set-up password is not in it.
func (s *Store) School(ctx context.Context, by school.Actor, id school.SchoolID) (school.School, error) {
	var x school.School
	if !by.Can(school.View, school.Where{Authority: by.Tenant, School: id}) {
		return x, school.Missing("school")
	}
	err := s.read().each(ctx, `SELECT `+schoolColumns+` FROM school s WHERE s.id = $1 AND s.authority_id = $2`, args(string(id), string(by.Tenant)),
		func(r *sql.Rows) error { return scanSchool(r, &x) })
	if err == nil && x.ID == "" {
		err = school.Missing("school")
	}
	return x, err
}
