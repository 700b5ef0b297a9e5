package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

// What the lending desk sees. It finds one person or one device at a time by what is typed or scanned, at the schools
// where it lends, and learns no more than it needs to hand out and to take back.

// DeskSchool is a school where the actor lends.
type DeskSchool struct {
	ID   school.SchoolID
	Name string
}

// DeskSchools lists the schools where the actor hands out, by name.
func (s *Store) DeskSchools(ctx context.Context, by school.Actor) ([]DeskSchool, error) {
	var w where
	w.and("s.authority_id = ?", string(by.Tenant))
	w.and("NOT s.archived")
	if err := w.limitSchools(by, school.Lend, by.Tenant, "s.id"); err != nil {
		return nil, school.Missing("school")
	}
	var out []DeskSchool
	err := s.read().each(ctx, `SELECT s.id, s.name FROM school s WHERE `+w.String()+` ORDER BY s.name_sort, s.id`, w.args, func(r *sql.Rows) error {
		var x DeskSchool
		err := r.Scan(text(&x.ID), &x.Name)
		out = append(out, x)
		return err
	})
	return out, err
}

// DeskPerson is somebody at the desk.
type DeskPerson struct {
	ID     school.PersonID
	School school.SchoolID
	Name   string
	Class  string
	Holds  []string // names of the devices it has
}

// deskFound is how many persons a search at the desk shows: whoever sees more types more.
const deskFound = 12

// FindAtDesk finds persons by the beginning of their names, at least two letters of them. There is no list of all.
func (s *Store) FindAtDesk(ctx context.Context, by school.Actor, text string) ([]DeskPerson, error) {
	words := searchWords(text)
	letters := 0
	for _, word := range words {
		letters += len([]rune(word))
	}
	if letters < 2 {
		return nil, school.Refuse("q", "desk_letters")
	}
	var w where
	w.arg(s.Now().UnixMicro())
	w.and("NOT p.archived")
	for _, word := range words {
		w.and(wordCond([]string{"p.name_fold", "p.given_fold"}, ""), wordArgs(likePrefix(word), 2)...)
	}
	return s.deskPersons(ctx, by, &w)
}

// DeskPersonByID reads one person at the desk.
func (s *Store) DeskPersonByID(ctx context.Context, by school.Actor, id school.PersonID) (DeskPerson, error) {
	var w where
	w.arg(s.Now().UnixMicro())
	w.and("p.id = ?", string(id))
	all, err := s.deskPersons(ctx, by, &w)
	if err == nil && len(all) == 0 {
		err = school.Missing("person")
	}
	if err != nil {
		return DeskPerson{}, err
	}
	return all[0], nil
}

func (s *Store) deskPersons(ctx context.Context, by school.Actor, w *where) ([]DeskPerson, error) {
	return s.read().deskPersons(ctx, by, w)
}

// deskPersons selects; the first argument of w is now.
func (c conn) deskPersons(ctx context.Context, by school.Actor, w *where) ([]DeskPerson, error) {
	w.and("p.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.Lend, by.Tenant, "p.school_id"); err != nil {
		return nil, school.Missing("person")
	}
	var out []DeskPerson
	err := c.each(ctx, `SELECT p.id, p.school_id, p.given, p.family, COALESCE((SELECT c.name FROM membership m JOIN class c ON c.id = m.class_id
			WHERE m.person_id = p.id AND NOT m.teaches AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1) ORDER BY m.from_at DESC, m.id DESC LIMIT 1), '')
		FROM person p WHERE `+w.String()+` ORDER BY p.name_sort, p.id LIMIT `+w.arg(deskFound), w.args, func(r *sql.Rows) error {
		var x DeskPerson
		var p school.Person
		err := r.Scan(text(&x.ID), text(&x.School), &p.Given, &p.Family, &x.Class)
		x.Name = p.Name()
		out = append(out, x)
		return err
	})
	if err != nil || len(out) == 0 {
		return out, err
	}
	at := map[school.PersonID]int{}
	ids := make([]string, len(out))
	for i, p := range out {
		at[p.ID], ids[i] = i, string(p.ID)
	}
	return out, c.each(ctx, `SELECT k.person_id, COALESCE(a.number, a.serial, pl.name, '') FROM contract k LEFT JOIN asset a ON a.id = k.asset_id LEFT JOIN place pl ON pl.id = k.place_id
		WHERE k.person_id IN (SELECT value FROM json_array_elements_text($2::json)) AND k.authority_id = $1 AND k.issued_at IS NOT NULL AND k.returned_at IS NULL ORDER BY k.issued_at, k.id`,
		args(string(by.Tenant), list(ids)), func(r *sql.Rows) error {
			var p school.PersonID
			var name string
			err := r.Scan(text(&p), &name)
			out[at[p]].Holds = append(out[at[p]].Holds, name)
			return err
		})
}

// DeskDevice is a device at the desk.
type DeskDevice struct {
	ID       school.DeviceID
	School   school.SchoolID
	Number   string
	Serial   string
	Model    string
	Holder   school.PersonID // empty: it is free
	HeldBy   string          // "Family, Given"
	InRepair bool
}

// Name is what is on its label, else its serial.
func (d DeskDevice) Name() string {
	if d.Number != "" {
		return d.Number
	}
	return d.Serial
}

// DeviceAtDesk finds the one device whose inventory number or serial was typed or scanned, at the schools where the
// actor lends. Apple's bar code has an S before the serial.
func (s *Store) DeviceAtDesk(ctx context.Context, by school.Actor, typed string) (DeskDevice, error) {
	serial := cleanSerial(typed)
	if serial == "" {
		return DeskDevice{}, school.Refuse("device", "required")
	}
	bare := serial
	if len(serial) > 10 && serial[0] == 'S' {
		bare = serial[1:]
	}
	var w where
	w.and("(a.number_fold = ? OR d.serial = ? OR d.serial = ?)", school.Fold(typed), serial, bare)
	all, err := s.deskDevices(ctx, by, &w, "")
	switch {
	case err != nil:
		return DeskDevice{}, err
	case len(all) == 0:
		return DeskDevice{}, school.Refuse("device", "desk_device_none", typed)
	case len(all) > 1:
		return DeskDevice{}, school.Refuse("device", "desk_device_many", typed)
	}
	return all[0], nil
}

// FreeAtDesk lists confirmed devices of a school that nobody has and that are not in repair, by number, at most limit.
func (s *Store) FreeAtDesk(ctx context.Context, by school.Actor, at school.SchoolID, limit int) ([]DeskDevice, error) {
	var w where
	w.and("d.school_id = ?", string(at))
	w.and("d.confirmed")
	w.and("h.id IS NULL")
	w.and("r.id IS NULL")
	return s.deskDevices(ctx, by, &w, ` LIMIT `+w.arg(limit))
}

// LentAtDesk lists devices of a school that somebody has, the last one handed out first, at most limit.
func (s *Store) LentAtDesk(ctx context.Context, by school.Actor, at school.SchoolID, limit int) ([]DeskDevice, error) {
	var w where
	w.and("d.school_id = ?", string(at))
	w.and("h.id IS NOT NULL")
	return s.deskDevices(ctx, by, &w, ` LIMIT `+w.arg(limit))
}

func (s *Store) deskDevices(ctx context.Context, by school.Actor, w *where, limit string) ([]DeskDevice, error) {
	w.and("d.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.Lend, by.Tenant, "d.school_id"); err != nil {
		return nil, school.Missing("device")
	}
	var out []DeskDevice
	err := s.read().each(ctx, `SELECT d.id, d.school_id, COALESCE(a.number, ''), d.serial, a.model, p.id, COALESCE(p.given, ''), COALESCE(p.family, ''), r.id IS NOT NULL
		FROM device d JOIN asset a ON a.id = d.asset_id LEFT JOIN holding h ON h.device_id = d.id AND h.until_at IS NULL LEFT JOIN person p ON p.id = h.person_id
		LEFT JOIN repair r ON r.device_id = d.id AND r.closed_at IS NULL
		WHERE `+w.String()+` ORDER BY a.number_sort NULLS LAST, d.serial`+limit, w.args, func(r *sql.Rows) error {
		var x DeskDevice
		var p school.Person
		err := r.Scan(text(&x.ID), text(&x.School), &x.Number, &x.Serial, &x.Model, text(&x.Holder), &p.Given, &p.Family, &x.InRepair)
		if x.Holder != "" {
			x.HeldBy = p.Name()
		}
		out = append(out, x)
		return err
	})
	return out, err
}
