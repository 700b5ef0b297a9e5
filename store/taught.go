package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Teach, "device.reported")
var _ = registerEvent(school.EditDevices, "report.closed")

// What a teacher sees: the classes that the person of the role teaches today, at the school of the role, and nothing else.
// A teacher has no verb of sight; whatever is read here is read for a class that was found to be taught first.

// TaughtClass is a class of the acting teacher.
type TaughtClass struct {
	ID         school.ClassID
	School     school.SchoolID
	Name       string
	SchoolName string
	People     int
	Devices    int
}

// TaughtClasses lists the acting teacher's classes of today, by school and name.
func (s *Store) TaughtClasses(ctx context.Context, by school.Actor) ([]TaughtClass, error) {
	if !by.CanSomewhere(school.Teach, by.Tenant) {
		return nil, school.Missing("class")
	}
	return s.taught(ctx, s.read(), by, "")
}

// taught reads the classes of a teacher, or one of them.
func (s *Store) taught(ctx context.Context, c conn, by school.Actor, class school.ClassID) ([]TaughtClass, error) {
	w := &where{}
	now := w.arg(s.Now().UnixMicro())
	var roles []string
	for _, g := range by.Grants {
		if g.Role == school.TeacherRole && g.Authority == by.Tenant && g.Person != "" {
			roles = append(roles, "(m.person_id = "+w.arg(string(g.Person))+" AND c.school_id = "+w.arg(string(g.School))+")")
		}
	}
	if len(roles) == 0 {
		return nil, nil
	}
	w.and("c.authority_id = ?", string(by.Tenant))
	w.and("NOT c.archived")
	w.and("(" + strings.Join(roles, " OR ") + ")")
	if class != "" {
		w.and("c.id = ?", string(class))
	}
	var out []TaughtClass
	err := c.each(ctx, `SELECT DISTINCT c.id, c.school_id, c.name, s.name, s.name_sort, c.name_sort,
			(SELECT count(DISTINCT k.person_id) FROM membership k WHERE k.class_id = c.id AND NOT k.teaches AND k.from_at <= `+now+` AND (k.until_at IS NULL OR k.until_at > `+now+`)),
			(SELECT count(*) FROM device_state d WHERE d.at_class_id = c.id)
		FROM membership m JOIN class c ON c.id = m.class_id AND m.teaches AND m.from_at <= `+now+` AND (m.until_at IS NULL OR m.until_at > `+now+`)
		JOIN school s ON s.id = c.school_id WHERE `+w.String()+` ORDER BY s.name_sort, c.name_sort, c.id`, w.args, func(r *sql.Rows) error {
		var x TaughtClass
		var a, b string
		err := r.Scan(text(&x.ID), text(&x.School), &x.Name, &x.SchoolName, &a, &b, &x.People, &x.Devices)
		out = append(out, x)
		return err
	})
	return out, err
}

// Taught is a class as its teacher sees it.
type Taught struct {
	TaughtClass
	Rows    []TaughtDevice
	Without []string // names of those who have none
}

// TaughtDevice is a device of a class, with what explains it.
type TaughtDevice struct {
	DeviceRow
	Facts school.Facts
	Have  school.Reported
	Open  []DeviceReport
}

// TaughtClass reads one of the acting teacher's classes.
func (s *Store) TaughtClass(ctx context.Context, by school.Actor, class school.ClassID) (Taught, error) {
	var out Taught
	mine, err := s.taught(ctx, s.read(), by, class)
	if err != nil || len(mine) == 0 || class == "" {
		return out, orMissing(err, "class")
	}
	out.TaughtClass = mine[0]
	// From here on the server reads for the teacher, and nothing but this class.
	deputy := school.System("class of a teacher", by.Tenant)
	devices, err := s.Devices(ctx, deputy, DeviceFilter{Class: class, School: out.School, Limit: MaxPage})
	if err != nil {
		return out, err
	}
	facts, have, err := s.ScopeFacts(ctx, deputy, school.Scope{Level: school.AtClass, ID: string(class)})
	if err != nil {
		return out, err
	}
	at := map[school.DeviceID]int{}
	for i, f := range facts {
		at[f.Device.ID] = i
	}
	open, err := s.reports(ctx, deputy, "r.closed_at IS NULL AND r.school_id = ?", string(out.School))
	if err != nil {
		return out, err
	}
	for _, d := range devices.Rows {
		x := TaughtDevice{DeviceRow: d}
		if i, ok := at[d.ID]; ok {
			x.Facts, x.Have = facts[i], have[i]
		}
		for _, r := range open {
			if r.Device == d.ID {
				x.Open = append(x.Open, r)
			}
		}
		out.Rows = append(out.Rows, x)
	}
	people, err := s.Persons(ctx, deputy, PersonFilter{Class: class, Without: true, Limit: MaxPage})
	for _, p := range people.Rows {
		out.Without = append(out.Without, p.Name())
	}
	return out, err
}

func orMissing(err error, what string) error {
	if err == nil {
		err = school.Missing(what)
	}
	return err
}

// ReportKind is what can be reported of a device.
type ReportKind string

const (
	ReportLost    ReportKind = "lost"
	ReportDamaged ReportKind = "damaged"
)

// ReportKinds in the order pages show them.
var ReportKinds = []ReportKind{ReportDamaged, ReportLost}

// alarmOfReport is the alarm that stands while a report is open.
func alarmOfReport(k ReportKind) string { return "device_" + string(k) }

// DeviceReport is what somebody at the school said of a device.
type DeviceReport struct {
	ID         string
	School     school.SchoolID
	Device     school.DeviceID
	DeviceName string
	Kind       ReportKind
	Note       string
	By         string // name of the account
	Created    time.Time
	Closed     time.Time
}

func cleanReport(kind ReportKind, note string) (string, error) {
	if !slices.Contains(ReportKinds, kind) {
		return "", school.Refuse("kind", "choice")
	}
	return cleanNote("note", note, 500)
}

// ReportAtDesk says of a device of the desk's schools that it is lost or damaged, as when it comes back broken.
func (s *Store) ReportAtDesk(ctx context.Context, by school.Actor, device school.DeviceID, kind ReportKind, note string) (string, error) {
	note, err := cleanReport(kind, note)
	if err != nil {
		return "", err
	}
	id := newID()
	ev := event{name: "device.reported", verb: school.Lend, subject: "device", id: string(device), final: true, detail: map[string]any{"kind": string(kind)}}
	_, err = s.writeAt(ctx, by, "device", ev, func(tx *Tx, d row) error {
		if d.str("school_id") == "" {
			return school.Missing("device")
		}
		return tx.report(id, school.SchoolID(d.str("school_id")), device, kind, note)
	})
	return id, err
}

// report writes what was said, and has the school hear of it.
func (tx *Tx) report(id string, at school.SchoolID, device school.DeviceID, kind ReportKind, note string) error {
	err := tx.insert("device_report", row{"id": id, "school_id": string(at), "device_id": string(device), "kind": string(kind), "note": note,
		"by_id": tx.by.ID(), "created_at": micros(tx.now)})
	if err != nil {
		return taken(err, "kind", "report_open")
	}
	_, err = tx.s.raise(tx.ctx, tx.conn, Alarm{Authority: tx.authority, School: at, Kind: alarmOfReport(kind), Subject: string(device), Urgency: Today})
	return err
}

// ReportDevice says of a device of one's own class that it is lost or damaged: an entry, and an alarm of the school until
// somebody there has looked at it. It does nothing to the device.
func (s *Store) ReportDevice(ctx context.Context, by school.Actor, class school.ClassID, device school.DeviceID, kind ReportKind, note string) (string, error) {
	note, err := cleanReport(kind, note)
	if err != nil {
		return "", err
	}
	mine, err := s.taught(ctx, s.read(), by, class)
	if err != nil || len(mine) == 0 || class == "" {
		return "", orMissing(err, "device")
	}
	id := newID()
	ev := event{name: "device.reported", verb: school.Teach, school: mine[0].School, subject: "device", id: string(device), final: true,
		detail: map[string]any{"kind": string(kind), "class": string(class)}}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		n, err := tx.number(ctx, `SELECT count(*) FROM device_state WHERE device_id = $1 AND authority_id = $2 AND at_class_id = $3`, string(device), string(tx.authority), string(class))
		if err != nil || n == 0 {
			return orMissing(err, "device")
		}
		return tx.report(id, mine[0].School, device, kind, note)
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// Reports lists what was reported at the schools the actor sees, open ones first, at most MaxPage.
func (s *Store) Reports(ctx context.Context, by school.Actor) ([]DeviceReport, error) {
	return s.reports(ctx, by, "r.id <> ?", "")
}

func (s *Store) reports(ctx context.Context, by school.Actor, cond, arg string) ([]DeviceReport, error) {
	var w where
	w.and("r.authority_id = ?", string(by.Tenant))
	w.and(cond, arg)
	if err := w.limitSchools(by, school.View, by.Tenant, "r.school_id"); err != nil {
		return nil, err
	}
	var out []DeviceReport
	err := s.read().each(ctx, `SELECT r.id, r.school_id, r.device_id, COALESCE(a.number, d.serial), r.kind, r.note, COALESCE(ac.name, ''), r.created_at, r.closed_at
		FROM device_report r JOIN device d ON d.id = r.device_id JOIN asset a ON a.id = d.asset_id LEFT JOIN account ac ON ac.id = r.by_id
		WHERE `+w.String()+` ORDER BY CASE WHEN r.closed_at IS NULL THEN 0 ELSE 1 END, r.created_at DESC, r.id LIMIT `+w.arg(MaxPage), w.args, func(r *sql.Rows) error {
		var x DeviceReport
		err := r.Scan(&x.ID, text(&x.School), text(&x.Device), &x.DeviceName, text(&x.Kind), &x.Note, &x.By, stamp(&x.Created), stamp(&x.Closed))
		if !by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: x.School}) {
			x.Note, x.By = "", "" // people write names
		}
		out = append(out, x)
		return err
	})
	return out, err
}

// CloseReport says that somebody of the school has looked at a report; its alarm ends.
func (s *Store) CloseReport(ctx context.Context, by school.Actor, id string) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "device_report", event{name: "report.closed", verb: school.EditDevices, subject: "device_report", id: id, final: true}, func(tx *Tx, r row) error {
		if r["closed_at"] != nil {
			return nil
		}
		if _, err := s.clear(ctx, tx.conn, tx.authority, alarmOfReport(ReportKind(r.str("kind"))), r.str("device_id")); err != nil {
			return err
		}
		tx.event.subject, tx.event.id = "device", r.str("device_id")
		return tx.change("device_report", id, r, row{"closed_at": micros(tx.now)})
	})
}
