package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Lend, "loss.reported", "loss.changed", "loss.found")
var _ = registerEvent(school.EditDevices, "loss.written_off")

func lossOf(r row) (x school.Loss, err error) {
	x = school.Loss{ID: school.LossID(r.str("id")), Authority: school.AuthorityID(r.str("authority_id")), School: school.SchoolID(r.str("school_id")), Asset: school.AssetID(r.str("asset_id")),
		Contract: school.ContractID(r.str("contract_id")), Stolen: r.flag("stolen"), Note: r.str("note"), PoliceRef: r.str("police_ref"), Insurance: r.str("insurance"),
		Reported: r.micro("reported_at"), Found: r.micro("found_at"), WrittenOff: r.micro("written_off_at")}
	return x, fromJSON(&x.Steps).Scan(r["steps"])
}

// ReportLoss says that an asset is lost or was stolen. The contract goes on; nobody can hand the asset out any more. Lost mode is
// an order of its own.
func (s *Store) ReportLoss(ctx context.Context, by school.Actor, asset school.AssetID, stolen bool, note string) (id school.LossID, set school.ChangeSetID, err error) {
	if note, err = cleanNote("note", note, 1000); err != nil {
		return "", "", err
	}
	id = NewID[school.LossID]()
	ev := event{name: "loss.reported", verb: school.Lend, subject: "loss", id: string(id), detail: map[string]any{"asset": string(asset), "stolen": stolen}}
	set, err = s.writeAsset(ctx, by, asset, ev, func(tx *Tx, t thing) error {
		out, err := tx.outUnder(t.id)
		if err != nil {
			return err
		}
		if school.AssetState(t.asset.str("state")).Gone() {
			return &school.Error{Kind: school.Conflict, Code: "asset_gone", Field: "device", Args: []any{t.name()}}
		}
		err = tx.insert("loss", row{"id": string(id), "school_id": opt(t.school), "asset_id": string(t.id), "contract_id": opt(out.str("id")), "stolen": stolen, "note": note, "steps": "{}",
			"reported_at": micros(tx.now)})
		if err != nil {
			return taken(err, "device", "asset_lost", t.name())
		}
		return tx.lookedAt(t, ReportLost)
	})
	return id, set, err
}

// LossPatch is what people write of a loss afterwards; nil says nothing.
type LossPatch struct {
	Stolen    *bool
	PoliceRef *string
	Insurance *string
	Note      *string
	Tick      school.LossStep
}

// ChangeLoss writes what was done about a loss.
func (s *Store) ChangeLoss(ctx context.Context, by school.Actor, id school.LossID, p LossPatch) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "loss", event{name: "loss.changed", verb: school.Lend, subject: "loss", id: string(id)}, func(tx *Tx, r row) error {
		x, err := lossOf(r)
		if err != nil {
			return err
		}
		set := row{}
		for _, f := range []struct {
			column string
			text   *string
			max    int
		}{{"police_ref", p.PoliceRef, 100}, {"insurance", p.Insurance, 100}, {"note", p.Note, 1000}} {
			if f.text != nil {
				if set[f.column], err = cleanNote(f.column, *f.text, f.max); err != nil {
					return err
				}
			}
		}
		if p.Stolen != nil {
			set["stolen"] = *p.Stolen
		}
		if p.Tick != "" {
			if x, err = x.Tick(p.Tick, tx.now); err != nil {
				return err
			}
			set["steps"] = toJSON(x.Steps)
		}
		if len(set) == 0 {
			return nil
		}
		return tx.change("loss", string(id), r, set)
	})
}

// FindLoss says that it turned up. Who had it has it still; what nobody had waits to be looked at.
func (s *Store) FindLoss(ctx context.Context, by school.Actor, id school.LossID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "loss", event{name: "loss.found", verb: school.Lend, subject: "loss", id: string(id)}, func(tx *Tx, r row) error {
		t, err := tx.openLoss(r)
		if err != nil {
			return err
		}
		if err := tx.change("loss", string(id), r, row{"found_at": micros(tx.now)}); err != nil {
			return err
		}
		out, err := tx.outUnder(t.id)
		if err == nil && out == nil {
			err = tx.update("asset", string(t.id), row{"state": string(school.AssetToCheck)})
		}
		return err
	})
}

// WriteOffLoss gives it up. A contract ends with the asset missing, and somebody decides who pays.
func (s *Store) WriteOffLoss(ctx context.Context, by school.Actor, id school.LossID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "loss", event{name: "loss.written_off", verb: school.EditDevices, subject: "loss", id: string(id)}, func(tx *Tx, r row) error {
		t, err := tx.openLoss(r)
		if err != nil {
			return err
		}
		if err := tx.change("loss", string(id), r, row{"written_off_at": micros(tx.now)}); err != nil {
			return err
		}
		if err := tx.update("asset", string(t.id), row{"state": string(school.AssetWrittenOff)}); err != nil {
			return err
		}
		out, err := tx.outUnder(t.id)
		if err != nil || out == nil {
			return err
		}
		c := contractOf(out)
		parts, err := tx.partsOf(ctx, c.ID)
		if err != nil {
			return err
		}
		if parts[0], err = parts[0].Take(school.PartMissing); err != nil { // what was with it may still come back
			return err
		}
		if err := tx.savePart(parts[0]); err != nil {
			return err
		}
		if c, err = c.Do(school.ReturnContract, parts, tx.now); err != nil {
			return err
		}
		if err := tx.change("contract", string(c.ID), out, contractRow(c)); err != nil {
			return err
		}
		return tx.endHolding(t)
	})
}

func (tx *Tx) openLoss(r row) (thing, error) {
	x, err := lossOf(r)
	if err == nil && !x.Open() {
		err = school.Clash("loss_over")
	}
	if err != nil {
		return thing{}, err
	}
	return tx.ownAsset(x.Asset, school.Lend)
}

// LossRow is a loss with what its line in a list shows.
type LossRow struct {
	school.Loss
	SchoolName string
	AssetName  string
	AssetModel string
	ContractNo string
	Device     school.DeviceID
	Managed    bool
	LostMode   time.Time // reported on since
}

// Tasks lists what is to be done about it.
func (x LossRow) Tasks() []school.LossTask { return x.Loss.Tasks(x.Managed, x.LostMode) }

func (c conn) losses(ctx context.Context, cond string, a ...any) (out []LossRow, err error) {
	err = c.each(ctx, `SELECT l.id, l.authority_id, l.school_id, l.asset_id, l.contract_id, l.stolen, l.note, l.police_ref, l.insurance, l.steps, l.reported_at, l.found_at, l.written_off_at,
		COALESCE(s.name, ''), COALESCE(a.number, a.serial, ''), a.model, COALESCE(k.number, ''), d.id, d.id IS NOT NULL AND a.managed_by = 'us', st.lost_at
		FROM loss l JOIN asset a ON a.id = l.asset_id LEFT JOIN device d ON d.asset_id = a.id LEFT JOIN device_state st ON st.device_id = d.id LEFT JOIN school s ON s.id = l.school_id
		LEFT JOIN contract k ON k.id = l.contract_id WHERE `+cond, a, func(r *sql.Rows) error {
		var x LossRow
		err := r.Scan(text(&x.ID), text(&x.Authority), text(&x.School), text(&x.Asset), text(&x.Contract), &x.Stolen, &x.Note, &x.PoliceRef, &x.Insurance, fromJSON(&x.Steps), stamp(&x.Reported),
			stamp(&x.Found), stamp(&x.WrittenOff), &x.SchoolName, &x.AssetName, &x.AssetModel, &x.ContractNo, text(&x.Device), &x.Managed, stamp(&x.LostMode))
		out = append(out, x)
		return err
	})
	return out, err
}

// Losses lists what is lost at the schools where the actor sees people, open ones first, at most MaxPage.
func (s *Store) Losses(ctx context.Context, by school.Actor, asset school.AssetID) ([]LossRow, error) {
	var w where
	w.and("l.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "l.school_id"); err != nil {
		return nil, err
	}
	if asset != "" {
		w.and("l.asset_id = ?", string(asset))
	}
	order := ` ORDER BY CASE WHEN l.found_at IS NULL AND l.written_off_at IS NULL THEN 0 ELSE 1 END, l.reported_at DESC, l.id LIMIT ` + w.arg(MaxPage)
	return s.read().losses(ctx, w.String()+order, w.args...)
}

// LossByID reads one.
func (s *Store) LossByID(ctx context.Context, by school.Actor, id school.LossID) (LossRow, error) {
	var w where
	w.and("l.authority_id = ?", string(by.Tenant))
	w.and("l.id = ?", string(id))
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "l.school_id"); err != nil {
		return LossRow{}, school.Missing("loss")
	}
	all, err := s.read().losses(ctx, w.String(), w.args...)
	if err != nil || len(all) == 0 {
		return LossRow{}, orMissing(err, "loss")
	}
	return all[0], nil
}
