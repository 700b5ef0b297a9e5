package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Lend, "damage.reported", "damage.pictured")
var _ = registerEvent(school.EditDevices, "damage.assessed", "damage.repaired", "damage.settled", "damage.closed")

// damageOf is the noun of a row.
func damageOf(r row) school.Damage {
	return school.Damage{ID: school.DamageID(r.str("id")), Authority: school.AuthorityID(r.str("authority_id")), School: school.SchoolID(r.str("school_id")), Asset: school.AssetID(r.str("asset_id")),
		Contract: school.ContractID(r.str("contract_id")), What: school.DamageKind(r.str("what")), Part: r.str("part"), Note: r.str("note"), Cause: school.DamageCause(r.str("cause")), State: school.DamageState(r.str("state")),
		Liability: school.Liability(r.str("liability")), Settlement: school.Settlement(r.str("settlement")), Cost: r.count("cost"), Claim: r.count("claim"), Insurance: r.str("insurance"),
		Reported: r.micro("reported_at"), Returned: r.micro("returned_at"), Assessed: r.micro("assessed_at"), Closed: r.micro("closed_at")}
}

func damageRow(d school.Damage) row {
	return row{"cause": string(d.Cause), "state": string(d.State), "liability": string(d.Liability), "settlement": string(d.Settlement), "cost": int64(d.Cost), "claim": int64(d.Claim),
		"insurance": d.Insurance, "returned_at": micros(d.Returned), "assessed_at": micros(d.Assessed), "closed_at": micros(d.Closed)}
}

// ReportDamage opens a case: what is broken, and how it was told. Who has the asset is noted with it; what teachers reported
// before is looked at with that.
func (s *Store) ReportDamage(ctx context.Context, by school.Actor, asset school.AssetID, what school.DamageKind, note string) (id school.DamageID, set school.ChangeSetID, err error) {
	return s.harm(ctx, by, Harm{Asset: asset, What: what, Note: note}, func(*Tx) error { return nil })
}

// Harm is a damage as it is told of, with pictures of it.
type Harm struct {
	Asset    school.AssetID
	What     school.DamageKind
	Part     int               // of its set, by its number; 0 or 1: the thing itself
	Note     string            // how it was told
	Contract school.ContractID // under which it came back just before; empty: whoever has it
	Pictures [][]byte
}

// harm opens a case and keeps its pictures; also runs in the same write.
func (s *Store) harm(ctx context.Context, by school.Actor, h Harm, also func(*Tx) error) (id school.DamageID, set school.ChangeSetID, err error) {
	if h.Note, err = cleanNote("note", h.Note, 1000); err != nil {
		return "", "", err
	}
	switch {
	case !slices.Contains(school.DamageKinds, h.What):
		return "", "", school.Refuse("what", "choice")
	case len(h.Pictures) > MostPictures:
		return "", "", school.Refuse("picture", "pictures_many", MostPictures)
	}
	var pictures [][]byte
	for _, photograph := range h.Pictures {
		jpeg, err := school.CleanPicture(photograph)
		if err != nil {
			return "", "", err
		}
		pictures = append(pictures, jpeg)
	}
	id = NewID[school.DamageID]()
	ev := event{name: "damage.reported", verb: school.Lend, subject: "damage", id: string(id), detail: map[string]any{"asset": string(h.Asset), "what": string(h.What), "pictures": len(pictures)}}
	set, err = s.writeAsset(ctx, by, h.Asset, ev, func(tx *Tx, t thing) error {
		if err := tx.reportDamage(id, t, h); err != nil {
			return err
		}
		for _, jpeg := range pictures {
			if err := tx.keepPicture(id, jpeg); err != nil {
				return err
			}
		}
		return also(tx)
	})
	return id, set, err
}

func (tx *Tx) reportDamage(id school.DamageID, t thing, h Harm) error {
	out, err := tx.outUnder(t.id)
	if err != nil {
		return err
	}
	if out == nil && h.Contract != "" { // it has just come back
		out, err = tx.fetch("contract", string(h.Contract))
		if err != nil || out.str("asset_id") != string(t.id) {
			return orMissing(err, "contract")
		}
	}
	of := ""
	if h.Part > 1 {
		parts, err := tx.partsOf(tx.ctx, school.ContractID(out.str("id")))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(parts, func(p school.ContractPart) bool { return p.N == h.Part })
		if i < 0 {
			return school.Refuse("part", "choice")
		}
		of = parts[i].Name
	}
	r := damageRow(school.Damage{Cause: "unknown", State: school.DamageReported, Returned: out.micro("returned_at")})
	r["id"], r["school_id"], r["asset_id"], r["contract_id"], r["what"], r["part"], r["note"], r["reported_at"] = string(id), opt(t.school), string(t.id), opt(out.str("id")), string(h.What), of, h.Note, micros(tx.now)
	if err := tx.insert("damage", r); err != nil {
		return err
	}
	return tx.lookedAt(t, ReportDamaged)
}

// lookedAt closes what was reported of a device before somebody made a case of it.
func (tx *Tx) lookedAt(t thing, kind ReportKind) error {
	if t.device == nil {
		return nil
	}
	reports, err := tx.idsOf(`SELECT id FROM device_report WHERE authority_id = $1 AND device_id = $2 AND kind = $3 AND closed_at IS NULL`, string(t.deviceID()), string(kind))
	for _, id := range reports {
		if err == nil {
			err = tx.update("device_report", id, row{"closed_at": micros(tx.now)})
		}
		if err == nil {
			_, err = tx.s.clear(tx.ctx, tx.conn, tx.authority, alarmOfReport(kind), string(t.deviceID()))
		}
	}
	return err
}

// damageAct lets the machine of a damage do something and writes what it is then.
func (s *Store) damageAct(ctx context.Context, by school.Actor, id school.DamageID, name string, act func(tx *Tx, d school.Damage) (school.Damage, error)) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "damage", event{name: name, verb: school.EditDevices, subject: "damage", id: string(id)}, func(tx *Tx, r row) error {
		d, err := act(tx, damageOf(r))
		if err != nil {
			return err
		}
		return tx.change("damage", string(id), r, damageRow(d))
	})
}

// AssessDamage says what the damage is and whose fault.
func (s *Store) AssessDamage(ctx context.Context, by school.Actor, id school.DamageID, cause school.DamageCause, l school.Liability) (school.ChangeSetID, error) {
	return s.damageAct(ctx, by, id, "damage.assessed", func(tx *Tx, d school.Damage) (school.Damage, error) { return d.Assess(cause, l, tx.now) })
}

// RepairDamage sends the asset of a damage to be repaired. Where it has a device the shop gets an order.
func (s *Store) RepairDamage(ctx context.Context, by school.Actor, id school.DamageID, note string) (school.ChangeSetID, error) {
	note, err := cleanNote("note", note, 1000)
	if err != nil {
		return "", err
	}
	return s.damageAct(ctx, by, id, "damage.repaired", func(tx *Tx, d school.Damage) (school.Damage, error) {
		t, err := tx.ownAsset(d.Asset, school.EditDevices)
		if err != nil {
			return d, err
		}
		if t.device != nil {
			if note == "" {
				return d, school.Refuse("note", "required")
			}
			if err := tx.orderRepair(t.device, note); err != nil {
				return d, err
			}
		}
		return d.Repair(tx.now)
	})
}

// SettleDamage says what it cost, and how it ends for the one who had it.
func (s *Store) SettleDamage(ctx context.Context, by school.Actor, id school.DamageID, cost, claim int, how school.Settlement, insurance string) (school.ChangeSetID, error) {
	insurance = strings.TrimSpace(insurance)
	return s.damageAct(ctx, by, id, "damage.settled", func(tx *Tx, d school.Damage) (school.Damage, error) {
		return d.Settle(cost, claim, how, insurance, tx.now)
	})
}

// CloseDamage ends the case.
func (s *Store) CloseDamage(ctx context.Context, by school.Actor, id school.DamageID) (school.ChangeSetID, error) {
	return s.damageAct(ctx, by, id, "damage.closed", func(tx *Tx, d school.Damage) (school.Damage, error) { return d.Close(tx.now) })
}

// MostPictures is how many pictures one damage may have.
const MostPictures = 8

// AddPicture keeps a picture of a damage, made anew so that it holds nothing but what is to be seen.
func (s *Store) AddPicture(ctx context.Context, by school.Actor, id school.DamageID, photograph []byte) error {
	jpeg, err := school.CleanPicture(photograph)
	if err != nil {
		return err
	}
	_, err = s.writeAt(ctx, by, "damage", event{name: "damage.pictured", verb: school.Lend, subject: "damage", id: string(id), final: true}, func(tx *Tx, r row) error {
		if r["closed_at"] != nil {
			return school.Clash("damage_state")
		}
		n, err := tx.number(ctx, `SELECT count(*) FROM damage_picture WHERE damage_id = $1`, string(id))
		if err != nil {
			return err
		}
		if n >= MostPictures {
			return school.Refuse("picture", "pictures_many", MostPictures)
		}
		return tx.keepPicture(id, jpeg)
	})
	return err
}

func (tx *Tx) keepPicture(of school.DamageID, jpeg []byte) error {
	picture := newID()
	_, err := tx.exec(tx.ctx, `INSERT INTO damage_picture (id, authority_id, damage_id, jpeg_sealed, size, created_at) VALUES ($1, $2, $3, $4, $5, $6)`, picture, string(tx.authority), string(of),
		tx.s.seal(cell{tx.authority, "damage_picture", "jpeg", picture}, jpeg), len(jpeg), micros(tx.now))
	return err
}

// Picture reads one picture of a damage, as JPEG, for whoever sees people there: a photograph may show one.
func (s *Store) Picture(ctx context.Context, by school.Actor, damage school.DamageID, id string) ([]byte, error) {
	if _, err := s.DamageByID(ctx, by, damage); err != nil {
		return nil, err
	}
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT jpeg_sealed FROM damage_picture WHERE id = $1 AND damage_id = $2 AND authority_id = $3`, args(id, string(damage), string(by.Tenant)), &sealed)
	if err != nil || !found {
		return nil, orMissing(err, "picture")
	}
	return s.open(cell{by.Tenant, "damage_picture", "jpeg", id}, sealed)
}

// DamageFilter narrows the list of damages.
type DamageFilter struct {
	School school.SchoolID
	Asset  school.AssetID
	State  school.DamageState // empty: all that are not closed
	All    bool               // closed ones too
	Limits bool               // those whose claims expire within three months
	After  string
	Limit  int
}

// DamageRow is a damage with what its line in a list shows.
type DamageRow struct {
	school.Damage
	SchoolName string
	AssetName  string
	AssetModel string
	ContractNo string
	Limit      time.Time // claims expire; zero: the asset is not back
	Pictures   []string
}

const damageSelect = `SELECT g.id, g.authority_id, g.school_id, g.asset_id, g.contract_id, g.what, g.part, g.note, g.cause, g.state, g.liability, g.settlement, g.cost, g.claim, g.insurance, g.reported_at,
	g.returned_at, g.assessed_at, g.closed_at, COALESCE(s.name, ''), COALESCE(a.number, a.serial, ''), a.model, COALESCE(k.number, '')`

const damageFrom = ` FROM damage g JOIN asset a ON a.id = g.asset_id LEFT JOIN school s ON s.id = g.school_id LEFT JOIN contract k ON k.id = g.contract_id WHERE `

func scanDamage(r *sql.Rows, x *DamageRow, rest ...any) error {
	err := r.Scan(append([]any{text(&x.ID), text(&x.Authority), text(&x.School), text(&x.Asset), text(&x.Contract), text(&x.What), &x.Part, &x.Note, text(&x.Cause), text(&x.State), text(&x.Liability),
		text(&x.Settlement), &x.Cost, &x.Claim, &x.Insurance, stamp(&x.Reported), stamp(&x.Returned), stamp(&x.Assessed), stamp(&x.Closed), &x.SchoolName, &x.AssetName, &x.AssetModel, &x.ContractNo}, rest...)...)
	x.Limit = x.Damage.Limit(Berlin)
	return err
}

func (c conn) damages(ctx context.Context, w *where, order string) (out []DamageRow, err error) {
	err = c.each(ctx, damageSelect+damageFrom+w.String()+order, w.args, func(r *sql.Rows) error {
		var x DamageRow
		err := scanDamage(r, &x)
		out = append(out, x)
		return err
	})
	return out, err
}

// damagesWhere are damages of the schools where the actor sees people, for how it was told may name them.
func (s *Store) damagesWhere(by school.Actor, f DamageFilter) (w where, err error) {
	w.and("g.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "g.school_id"); err != nil {
		return w, err
	}
	for _, x := range []struct{ column, value string }{{"g.school_id", string(f.School)}, {"g.asset_id", string(f.Asset)}, {"g.state", string(f.State)}} {
		if x.value != "" {
			w.and(x.column+" = ?", x.value)
		}
	}
	if f.State == "" && !f.All {
		w.and("g.state <> 'closed'")
	}
	if f.Limits {
		w.and("g.state IN ('reported', 'assessed', 'repair') AND g.liability <> 'none' AND g.returned_at <= ?", school.MonthsAfter(s.Now().In(Berlin), -school.LimitMarks[0]).UnixMicro())
	}
	return w, nil
}

// ClaimsEnding counts the claims that expire within three months, and says when the first does.
func (s *Store) ClaimsEnding(ctx context.Context, by school.Actor) (n int, first time.Time, err error) {
	w, err := s.damagesWhere(by, DamageFilter{Limits: true})
	if err != nil {
		return 0, first, err
	}
	var d school.Damage
	_, err = s.read().one(ctx, `SELECT count(*), min(g.returned_at)`+damageFrom+w.String(), w.args, &n, stamp(&d.Returned))
	return n, d.Limit(Berlin), err
}

// Damages lists damages, the newest first.
func (s *Store) Damages(ctx context.Context, by school.Actor, f DamageFilter) (Page[DamageRow], error) {
	w, err := s.damagesWhere(by, f)
	if err != nil {
		return Page[DamageRow]{}, err
	}
	o := order{key: "g.reported_at", id: "g.id", desc: true}
	if err := w.page(o, f.After); err != nil {
		return Page[DamageRow]{}, err
	}
	return pageOf(ctx, s.read(), damageSelect+o.columns()+damageFrom+w.String(), &w, o, f.Limit, scanDamage)
}

// DamageByID reads one damage with the names of its pictures.
func (s *Store) DamageByID(ctx context.Context, by school.Actor, id school.DamageID) (DamageRow, error) {
	var w where
	w.and("g.authority_id = ?", string(by.Tenant))
	w.and("g.id = ?", string(id))
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "g.school_id"); err != nil {
		return DamageRow{}, school.Missing("damage")
	}
	all, err := s.read().damages(ctx, &w, "")
	if err != nil || len(all) == 0 {
		return DamageRow{}, orMissing(err, "damage")
	}
	x := all[0]
	return x, s.read().each(ctx, `SELECT id FROM damage_picture WHERE damage_id = $1 ORDER BY created_at, id`, args(string(id)), func(r *sql.Rows) error {
		var p string
		err := r.Scan(&p)
		x.Pictures = append(x.Pictures, p)
		return err
	})
}
