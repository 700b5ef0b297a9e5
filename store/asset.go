package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "asset.created", "asset.changed", "asset.removed")

// An asset stands where its device stands; one without a device stands where its own row says.

// thing is an asset inside a write, with its device where it has one.
type thing struct {
	asset  row
	device row // nil: not managed here
	id     school.AssetID
	school school.SchoolID
}

// name is what people call it: the inventory number, else the serial.
func (t thing) name() string {
	if n := t.asset.str("number"); n != "" {
		return n
	}
	return t.asset.str("serial")
}

// deviceID is empty where it has none.
func (t thing) deviceID() school.DeviceID { return school.DeviceID(t.device.str("id")) }

// assetSchool is where an asset stands. Where the actor sees nothing, nothing is there.
func (s *Store) assetSchool(ctx context.Context, by school.Actor, id school.AssetID, verb school.Verb) (at school.SchoolID, err error) {
	found, err := s.read().one(ctx, `SELECT COALESCE(d.school_id, a.school_id) FROM asset a LEFT JOIN device d ON d.asset_id = a.id WHERE a.id = $1 AND a.authority_id = $2`,
		args(string(id), string(by.Tenant)), text(&at))
	if err != nil {
		return "", err
	}
	if where := (school.Where{Authority: by.Tenant, School: at}); !found || !by.Can(school.View, where) && !by.Can(verb, where) {
		return "", school.Missing("asset")
	}
	return at, nil
}

// writeAsset is write for an act on one asset: ev.verb is asked where it stands.
func (s *Store) writeAsset(ctx context.Context, by school.Actor, id school.AssetID, ev event, fn func(tx *Tx, t thing) error) (school.ChangeSetID, error) {
	at, err := s.assetSchool(ctx, by, id, ev.verb)
	if err != nil {
		return "", err
	}
	ev.school = at
	return s.write(ctx, by, ev, func(tx *Tx) error {
		t, err := tx.ownAsset(id, ev.verb)
		if err != nil {
			return err
		}
		return fn(tx, t)
	})
}

// ownAsset fetches an asset that stands where the actor may do verb.
func (tx *Tx) ownAsset(id school.AssetID, verb school.Verb) (t thing, err error) {
	t.id = id
	if t.asset, err = tx.fetch("asset", string(id)); err != nil {
		return t, err
	}
	if t.asset == nil {
		return t, school.Missing("asset")
	}
	var device string
	found, err := tx.one(tx.ctx, `SELECT id FROM device WHERE asset_id = $1 AND authority_id = $2`, args(string(id), string(tx.authority)), &device)
	if err != nil {
		return t, err
	}
	t.school = school.SchoolID(t.asset.str("school_id"))
	if found {
		if t.device, err = tx.fetch("device", device); err != nil {
			return t, err
		}
		t.school = school.SchoolID(t.device.str("school_id"))
	}
	if err := tx.allow(verb, t.school); err != nil {
		if school.KindOf(err) == school.NotFound {
			err = school.Missing("asset")
		}
		return t, err
	}
	return t, nil
}

// deviceAsset is the asset of a device the actor may do verb with.
func (s *Store) deviceAsset(ctx context.Context, by school.Actor, device school.DeviceID, verb school.Verb) (id school.AssetID, err error) {
	if _, err := s.schoolOf(ctx, by, "device", string(device), verb); err != nil {
		return "", err
	}
	_, err = s.read().one(ctx, `SELECT asset_id FROM device WHERE id = $1 AND authority_id = $2`, args(string(device), string(by.Tenant)), text(&id))
	return id, err
}

// cleanThing checks what can be said of an asset without looking anything up.
func cleanThing(x *school.Asset) (err error) {
	x.Model, x.Serial, x.Note = strings.Join(strings.Fields(x.Model), " "), cleanSerial(x.Serial), strings.TrimSpace(x.Note)
	if x.Number, err = cleanNumber(x.Number); err != nil {
		return err
	}
	switch {
	case !x.Kind.Known():
		return school.Refuse("kind", "choice")
	case !x.ManagedBy.Known():
		return school.Refuse("managed_by", "choice")
	case x.State != "" && !slices.Contains(school.AssetStates, x.State):
		return school.Refuse("state", "choice")
	case len(x.Model) > 200:
		return school.Refuse("model", "too_long", 200)
	case len(x.Serial) > 60:
		return school.Refuse("serial", "too_long", 60)
	case len(x.Note) > 1000:
		return school.Refuse("note", "too_long", 1000)
	case x.Price < 0 || x.Price > school.MostPrice:
		return school.Refuse("price", "price_range")
	}
	return nil
}

// cleanAsset checks what people write of an asset, inside a write.
func (tx *Tx) cleanAsset(x *school.Asset) error {
	if err := cleanThing(x); err != nil {
		return err
	}
	if x.Place != "" {
		p, err := tx.fetch("place", string(x.Place))
		if err != nil {
			return err
		}
		if p == nil || p.str("school_id") != string(x.School) {
			return school.Refuse("place", "place_elsewhere")
		}
	}
	if x.Batch != "" {
		b, err := tx.fetch("batch", string(x.Batch))
		if err != nil {
			return err
		}
		if b == nil {
			return school.Refuse("batch", "choice")
		}
	}
	return nil
}

func assetRow(r row, x school.Asset) row {
	r["kind"], r["model"], r["serial"], r["managed_by"] = string(x.Kind), x.Model, nil, string(x.ManagedBy)
	if x.Serial != "" {
		r["serial"] = x.Serial
	}
	r["school_id"], r["place_id"], r["batch_id"], r["price"], r["note"] = opt(x.School), opt(x.Place), opt(x.Batch), int64(x.Price), x.Note
	return numberRow(r, x.Number)
}

// CreateAsset adds a thing that has no managed side here: a notebook, a PC, a pencil with a number of its own. An iPad that
// we manage comes into the world by its delivery, with its device.
func (s *Store) CreateAsset(ctx context.Context, by school.Actor, x school.Asset) (school.AssetID, error) {
	if x.ID == "" {
		x.ID = NewID[school.AssetID]()
	}
	ev := event{name: "asset.created", verb: school.EditDevices, school: x.School, subject: "asset", id: string(x.ID)}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		numbers, err := tx.numbering()
		if err != nil {
			return err
		}
		return tx.newAsset(x, numbers)
	})
	if err != nil {
		return "", err
	}
	return x.ID, nil
}

func (tx *Tx) newAsset(x school.Asset, numbers *numbering) error {
	if x.School != "" {
		if err := tx.openSchool(x.School, school.EditDevices); err != nil {
			return err
		}
	}
	if err := tx.cleanAsset(&x); err != nil {
		return err
	}
	if x.Number == "" && numbers != nil {
		x.Number = numbers.next()
	}
	return assetTaken(tx.insert("asset", assetRow(row{"id": string(x.ID), "state": string(school.AssetReady), "created_at": micros(tx.now)}, x)), x.Number, x.Serial)
}

// assetTaken says which of the two that are given once was given already.
func assetTaken(err error, number, serial string) error {
	if err != nil && strings.Contains(err.Error(), "number") { // both engines name the column or its index
		return taken(err, "number", "number_taken", number)
	}
	return taken(err, "serial", "serial_taken", serial)
}

// ChangeAsset writes what people know of an asset. Where it has a device, school, place and serial are the device's and stay.
func (s *Store) ChangeAsset(ctx context.Context, by school.Actor, x school.Asset) (school.ChangeSetID, error) {
	ev := event{name: "asset.changed", verb: school.EditDevices, subject: "asset", id: string(x.ID)}
	return s.writeAsset(ctx, by, x.ID, ev, func(tx *Tx, t thing) error {
		x := x
		if t.device != nil {
			x.School, x.Place, x.Serial = "", "", t.asset.str("serial")
		} else if x.School != t.school {
			if err := tx.notOut(t); err != nil { // it goes with who has it
				return err
			}
			if x.School != "" {
				if err := tx.openSchool(x.School, school.EditDevices); err != nil {
					return err
				}
			}
		}
		if err := tx.cleanAsset(&x); err != nil {
			return err
		}
		set := assetRow(row{}, x)
		if x.State != "" {
			if x.State.Gone() {
				if err := tx.notOut(t); err != nil {
					return err
				}
			}
			set["state"] = string(x.State)
		}
		return assetTaken(tx.change("asset", string(x.ID), t.asset, set), x.Number, x.Serial)
	})
}

// RemoveAsset takes away an asset that was entered by mistake: it has no device and never had a contract.
func (s *Store) RemoveAsset(ctx context.Context, by school.Actor, id school.AssetID) (school.ChangeSetID, error) {
	ev := event{name: "asset.removed", verb: school.EditDevices, subject: "asset", id: string(id)}
	return s.writeAsset(ctx, by, id, ev, func(tx *Tx, t thing) error {
		if t.device != nil {
			return school.Clash("asset_has_device", t.name())
		}
		for _, table := range []string{"contract", "contract_part", "damage", "loss", "desk_entry", "return_item"} {
			n, err := tx.number(ctx, `SELECT count(*) FROM `+table+` WHERE asset_id = $1`, string(id))
			if err != nil {
				return err
			}
			if n > 0 {
				return school.Clash("asset_used", t.name())
			}
		}
		return tx.remove("asset", string(id))
	})
}

// notOut refuses an asset that somebody has. It says who, to those who may know.
func (tx *Tx) notOut(t thing) error {
	var p school.Person
	found, err := tx.one(tx.ctx, `SELECT p.school_id, p.given, p.family FROM contract k JOIN person p ON p.id = k.person_id
		WHERE k.asset_id = $1 AND k.authority_id = $2 AND k.issued_at IS NOT NULL AND k.returned_at IS NULL`, args(string(t.id), string(tx.authority)), text(&p.School), &p.Given, &p.Family)
	if err == nil && !found && t.device != nil { // a node of an older release knows holdings alone
		found, err = tx.one(tx.ctx, `SELECT p.school_id, p.given, p.family FROM holding h JOIN person p ON p.id = h.person_id WHERE h.device_id = $1 AND h.authority_id = $2 AND h.until_at IS NULL`,
			args(string(t.deviceID()), string(tx.authority)), text(&p.School), &p.Given, &p.Family)
	}
	if err != nil || !found {
		return err
	}
	if at := (school.Where{Authority: tx.authority, School: p.School}); tx.by.Can(school.ViewPeople, at) || tx.by.Can(school.Lend, at) {
		return &school.Error{Kind: school.Conflict, Code: "device_issued_to", Field: "device", Args: []any{t.name(), p.Short()}}
	}
	return &school.Error{Kind: school.Conflict, Code: "device_issued", Field: "device", Args: []any{t.name()}}
}

// lendable refuses what cannot be handed out, whoever asks for it.
func (tx *Tx) lendable(t thing) error {
	if err := tx.notOut(t); err != nil {
		return err
	}
	if t.device != nil && !t.device.flag("confirmed") {
		return school.Clash("device_unconfirmed", t.name())
	}
	if school.AssetState(t.asset.str("state")).Gone() {
		return &school.Error{Kind: school.Conflict, Code: "asset_gone", Field: "device", Args: []any{t.name()}}
	}
	n, err := tx.number(tx.ctx, `SELECT count(*) FROM loss WHERE asset_id = $1 AND found_at IS NULL AND written_off_at IS NULL`, string(t.id))
	if err != nil {
		return err
	}
	if n > 0 {
		return &school.Error{Kind: school.Conflict, Code: "asset_lost", Field: "device", Args: []any{t.name()}}
	}
	query, id := `SELECT count(*) FROM damage WHERE asset_id = $1 AND state = 'repair'`, string(t.id)
	if t.device != nil {
		query, id = `SELECT count(*) FROM repair WHERE device_id = $1 AND closed_at IS NULL`, string(t.deviceID())
	}
	if n, err = tx.number(tx.ctx, query, id); err == nil && n > 0 {
		err = &school.Error{Kind: school.Conflict, Code: "in_repair", Field: "device"}
	}
	return err
}

// outUnder is the contract under which somebody has the asset now; nil: nobody has it.
func (tx *Tx) outUnder(asset school.AssetID) (row, error) {
	var id string
	found, err := tx.one(tx.ctx, `SELECT id FROM contract WHERE asset_id = $1 AND authority_id = $2 AND issued_at IS NOT NULL AND returned_at IS NULL`,
		args(string(asset), string(tx.authority)), &id)
	if err != nil || !found {
		return nil, err
	}
	return tx.fetch("contract", id)
}

// AssetFilter narrows the list of assets. The zero value is all that the authority has.
type AssetFilter struct {
	School  school.SchoolID
	Kind    school.AssetKind
	Manager school.ManagedBy
	Batch   school.BatchID
	State   school.AssetState
	Out     bool // somebody has it
	Lost    bool
	Text    string // the number, the serial, the model, the school; every word
	Desc    bool
	After   string
	Limit   int
}

// AssetRow is an asset with what its line in a list shows.
type AssetRow struct {
	school.Asset
	SchoolName string
	PlaceName  string
	BatchName  string
	Device     school.DeviceID
	Contract   school.ContractID // somebody has it
	ContractNo string
	Person     school.PersonID // empty where nobody has it or the actor may not know
	PersonName string
	Lost       bool
	InRepair   bool
	Reported   string // the model its device says it is
}

// ModelName is what it is called: as somebody wrote down, else as its device says.
func (x AssetRow) ModelName() string { return cmp.Or(x.Model, x.Reported) }

const assetLost = `EXISTS (SELECT 1 FROM loss l WHERE l.asset_id = a.id AND l.found_at IS NULL AND l.written_off_at IS NULL)`

const assetRepair = `CASE WHEN d.id IS NULL THEN EXISTS (SELECT 1 FROM damage g WHERE g.asset_id = a.id AND g.state = 'repair')
	ELSE EXISTS (SELECT 1 FROM repair r WHERE r.device_id = d.id AND r.closed_at IS NULL) END`

const assetSelect = `SELECT a.id, a.authority_id, COALESCE(a.number, ''), a.kind, a.model, COALESCE(a.serial, ''), a.managed_by, COALESCE(d.school_id, a.school_id), COALESCE(d.place_id, a.place_id),
	a.batch_id, a.state, a.price, a.note, COALESCE(s.name, ''), COALESCE(pl.name, ''), COALESCE(b.name, ''), d.id, k.id, COALESCE(k.number, ''), p.id, COALESCE(p.given, ''), COALESCE(p.family, ''), ` +
	assetLost + `, ` + assetRepair + `, COALESCE((SELECT st.model FROM device_state st WHERE st.device_id = d.id), '')`

// assetFrom joins what an asset is listed with. The names of persons come in under the condition of sight alone.
func assetFrom(w *where, by school.Actor) string {
	sight := "TRUE"
	switch schools, ok := by.Schools(school.ViewPeople, by.Tenant); {
	case !ok:
		sight = "FALSE"
	case schools != nil:
		sight = "k.school_id IN (SELECT value FROM json_array_elements_text(" + w.arg(list(schools)) + "::json))"
	}
	return ` FROM asset a LEFT JOIN device d ON d.asset_id = a.id LEFT JOIN school s ON s.id = COALESCE(d.school_id, a.school_id)
		LEFT JOIN place pl ON pl.id = COALESCE(d.place_id, a.place_id) LEFT JOIN batch b ON b.id = a.batch_id
		LEFT JOIN contract k ON k.asset_id = a.id AND k.issued_at IS NOT NULL AND k.returned_at IS NULL LEFT JOIN person p ON p.id = k.person_id AND ` + sight + ` WHERE `
}

func scanAsset(r *sql.Rows, x *AssetRow, rest ...any) error {
	var p school.Person
	err := r.Scan(append([]any{text(&x.ID), text(&x.Authority), &x.Number, text(&x.Kind), &x.Model, &x.Serial, text(&x.ManagedBy), text(&x.School), text(&x.Place), text(&x.Batch),
		text(&x.State), &x.Price, &x.Note, &x.SchoolName, &x.PlaceName, &x.BatchName, text(&x.Device), text(&x.Contract), &x.ContractNo, text(&x.Person), &p.Given, &p.Family, &x.Lost, &x.InRepair, &x.Reported}, rest...)...)
	if x.Person != "" {
		x.PersonName = p.Name()
	}
	return err
}

func assetsWhere(by school.Actor, f AssetFilter) (w *where, from string, err error) {
	w = &where{}
	w.and("a.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.View, by.Tenant, "COALESCE(d.school_id, a.school_id)"); err != nil {
		return nil, "", err
	}
	from = assetFrom(w, by)
	for _, x := range []struct{ column, value string }{{"COALESCE(d.school_id, a.school_id)", string(f.School)}, {"a.kind", string(f.Kind)}, {"a.managed_by", string(f.Manager)},
		{"a.batch_id", string(f.Batch)}, {"a.state", string(f.State)}} {
		if x.value != "" {
			w.and(x.column+" = ?", x.value)
		}
	}
	if f.Out {
		w.and("k.id IS NOT NULL")
	}
	if f.Lost {
		w.and(assetLost)
	}
	for _, word := range searchWords(f.Text) {
		prefix := likePrefix(word)
		a := append(wordArgs(prefix, 2), strings.ToUpper(prefix), "%"+prefix, "%"+prefix)
		w.and(wordCond([]string{"s.name_fold", "p.name_fold"}, `a.serial LIKE ? ESCAPE '\' OR a.number_fold LIKE ? ESCAPE '\' OR lower(a.model) LIKE ? ESCAPE '\'`), a...)
	}
	return w, from, nil
}

// Assets lists assets the actor may see, by inventory number.
func (s *Store) Assets(ctx context.Context, by school.Actor, f AssetFilter) (Page[AssetRow], error) {
	w, from, err := assetsWhere(by, f)
	if err != nil {
		return Page[AssetRow]{}, err
	}
	o := order{key: "a.number_sort", id: "a.id", desc: f.Desc}
	if err := w.page(o, f.After); err != nil {
		return Page[AssetRow]{}, err
	}
	return pageOf(ctx, s.read(), assetSelect+o.columns()+from+w.String(), w, o, f.Limit, scanAsset)
}

// CountAssets counts what Assets would list in all its pages.
func (s *Store) CountAssets(ctx context.Context, by school.Actor, f AssetFilter) (int, error) {
	w, from, err := assetsWhere(by, f)
	if err != nil {
		return 0, err
	}
	n, err := s.read().number(ctx, `SELECT count(*)`+from+w.String(), w.args...)
	return int(n), err
}

// AssetByID reads one asset the actor may see.
func (s *Store) AssetByID(ctx context.Context, by school.Actor, id school.AssetID) (x AssetRow, err error) {
	w, from, err := assetsWhere(by, AssetFilter{})
	if err != nil {
		return x, school.Missing("asset")
	}
	w.and("a.id = ?", string(id))
	err = s.read().each(ctx, assetSelect+from+w.String(), w.args, func(r *sql.Rows) error { return scanAsset(r, &x) })
	if err == nil && x.ID == "" {
		err = school.Missing("asset")
	}
	return x, err
}
