package store

import (
	"context"
	"database/sql"
	"math"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "labelsheet.created", "labelsheet.removed", "labelprinter.created", "labelprinter.removed")

// hundredths keeps millimetres without the surprises of fractions.
func hundredths(mm float64) int64 { return int64(math.Round(mm * 100)) }

// AddLabelSheet keeps a sheet of one's own. That its lengths make a sheet was checked by who knows sheets.
func (s *Store) AddLabelSheet(ctx context.Context, by school.Actor, x school.LabelSheet) (school.LabelSheetID, school.ChangeSetID, error) {
	name, err := cleanName("name", x.Name)
	if err != nil {
		return "", "", err
	}
	id := NewID[school.LabelSheetID]()
	set, err := s.addLabelKind(ctx, by, "label_sheet", "labelsheet.created", string(id), x.School, row{"name": name, "wide": hundredths(x.Wide), "high": hundredths(x.High),
		"at_left": hundredths(x.Left), "at_top": hundredths(x.Top), "across": hundredths(x.Across), "down": hundredths(x.Down)})
	return id, set, err
}

// AddLabelPrinter keeps how a printer misses.
func (s *Store) AddLabelPrinter(ctx context.Context, by school.Actor, x school.LabelPrinter) (school.LabelPrinterID, school.ChangeSetID, error) {
	name, err := cleanName("name", x.Name)
	if err != nil {
		return "", "", err
	}
	id := NewID[school.LabelPrinterID]()
	set, err := s.addLabelKind(ctx, by, "label_printer", "labelprinter.created", string(id), x.School, row{"name": name,
		"at_left": hundredths(x.Left), "at_top": hundredths(x.Top), "across": hundredths(x.Across), "down": hundredths(x.Down)})
	return id, set, err
}

func (s *Store) addLabelKind(ctx context.Context, by school.Actor, table, what, id string, at school.SchoolID, r row) (school.ChangeSetID, error) {
	ev := event{name: what, verb: school.EditDevices, school: at, subject: table, id: id}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		if at != "" {
			if err := tx.openSchool(at, school.EditDevices); err != nil {
				return err
			}
		}
		n, err := tx.number(ctx, `SELECT count(*) FROM `+table+` WHERE authority_id = $1`, string(tx.authority))
		if err != nil {
			return err
		}
		if n >= school.MaxLabelKinds {
			return school.Clash("label_kinds_many", school.MaxLabelKinds)
		}
		r["id"], r["school_id"], r["created_at"] = id, opt(at), micros(tx.now)
		return tx.insert(table, r)
	})
}

// RemoveLabelSheet forgets a sheet. What was printed on it stays.
func (s *Store) RemoveLabelSheet(ctx context.Context, by school.Actor, id school.LabelSheetID) (school.ChangeSetID, error) {
	ev := event{name: "labelsheet.removed", verb: school.EditDevices, subject: "label_sheet", id: string(id)}
	return s.writeAt(ctx, by, "label_sheet", ev, func(tx *Tx, _ row) error { return tx.remove("label_sheet", string(id)) })
}

// RemoveLabelPrinter forgets how a printer misses.
func (s *Store) RemoveLabelPrinter(ctx context.Context, by school.Actor, id school.LabelPrinterID) (school.ChangeSetID, error) {
	ev := event{name: "labelprinter.removed", verb: school.EditDevices, subject: "label_printer", id: string(id)}
	return s.writeAt(ctx, by, "label_printer", ev, func(tx *Tx, _ row) error { return tx.remove("label_printer", string(id)) })
}

// LabelSheets lists the sheets of one's own that somebody may print on, by name.
func (s *Store) LabelSheets(ctx context.Context, by school.Actor) (out []school.LabelSheet, err error) {
	w, err := labelKinds(by)
	if err != nil {
		return nil, err
	}
	err = s.read().each(ctx, `SELECT x.id, x.school_id, x.name, x.wide, x.high, x.at_left, x.at_top, x.across, x.down FROM label_sheet x WHERE `+w.String()+` ORDER BY x.name, x.id`, w.args, func(r *sql.Rows) error {
		var x school.LabelSheet
		err := r.Scan(text(&x.ID), text(&x.School), &x.Name, mm(&x.Wide), mm(&x.High), mm(&x.Left), mm(&x.Top), mm(&x.Across), mm(&x.Down))
		out = append(out, x)
		return err
	})
	return out, err
}

// LabelPrinters lists the printers somebody may print with, by name.
func (s *Store) LabelPrinters(ctx context.Context, by school.Actor) (out []school.LabelPrinter, err error) {
	w, err := labelKinds(by)
	if err != nil {
		return nil, err
	}
	err = s.read().each(ctx, `SELECT x.id, x.school_id, x.name, x.at_left, x.at_top, x.across, x.down FROM label_printer x WHERE `+w.String()+` ORDER BY x.name, x.id`, w.args, func(r *sql.Rows) error {
		var x school.LabelPrinter
		err := r.Scan(text(&x.ID), text(&x.School), &x.Name, mm(&x.Left), mm(&x.Top), mm(&x.Across), mm(&x.Down))
		out = append(out, x)
		return err
	})
	return out, err
}

// labelKinds narrows to what belongs to everybody or to the schools of whoever asks.
func labelKinds(by school.Actor) (*where, error) {
	schools, ok := by.Schools(school.EditDevices, by.Tenant)
	if !ok {
		return nil, school.Missing("authority")
	}
	var w where
	w.and("x.authority_id = ?", string(by.Tenant))
	if schools != nil {
		w.and("(x.school_id IS NULL OR x.school_id IN (SELECT value FROM json_array_elements_text(?::json)))", list(schools))
	}
	return &w, nil
}

// mm scans hundredths of a millimetre.
func mm(to *float64) sql.Scanner { return millimetres{to} }

type millimetres struct{ to *float64 }

func (m millimetres) Scan(v any) error {
	var n sql.NullInt64
	err := n.Scan(v)
	*m.to = float64(n.Int64) / 100
	return err
}
