package store

import (
	"context"
	"database/sql"
	"strings"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditOrg, "school.created", "school.changed", "school.archived", "class.created", "class.changed", "class.archived",
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

const schoolColumns = `s.id, s.authority_id, s.name, s.type, s.number, s.network_ssid, s.network_security, s.network_hidden, s.archived`

func scanSchool(r *sql.Rows, x *school.School, more ...any) error {
	dest := []any{text(&x.ID), text(&x.Authority), &x.Name, &x.Type, &x.Number, &x.Network.SSID, &x.Network.Security, &x.Network.Hidden, &x.Archived}
	return r.Scan(append(dest, more...)...)
}

// Schools lists the schools the actor may see, by name.
func (s *Store) Schools(ctx context.Context, by school.Actor) ([]SchoolRow, error) {
	var w where
	w.and("s.authority_id = ?", string(by.Tenant))
	w.and("NOT s.archived")
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
