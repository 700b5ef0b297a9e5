package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"ranzen/store/school"
)

// A list of things (notebooks, PCs, pencils …) is thought through line by line, looked at, and taken over whole or not at all.
// The same list taken over twice changes nothing the second time.

var _ = registerEvent(school.EditDevices, "asset.imported")

// AssetChange is one field that would become another.
type AssetChange struct {
	Field    school.AssetField
	From, To string // as the list says it; of kind, managed_by and state the word of the program, of price cents
}

// AssetListRow is what is understood of a line and what it would do.
type AssetListRow struct {
	school.AssetEntry
	Does     AnnounceDoes
	Asset    school.AssetID // known already
	Changes  []AssetChange
	Problems []*school.Error

	want     school.Asset // as it would be
	managed  bool         // comes with a device of ours
	newBatch string
}

// AssetListPlan is a list looked at and not yet taken over. Hash names all that it would do.
type AssetListPlan struct {
	ListCounts
	Rows []AssetListRow
	Hash string
}

// Problems lists the problems of all lines in their order.
func (p AssetListPlan) Problems() (out []*school.Error) {
	for _, r := range p.Rows {
		out = append(out, r.Problems...)
	}
	return out
}

// AssetList is a list of things as it was read.
type AssetList struct {
	Heads   string // what names the heads of its columns: HeadsOf
	Mapping school.AssetMapping
	Rows    []school.AssetEntry
}

// HeadsOf names the heads of a list: one with the same heads is read the same way.
func HeadsOf(heads []string) string {
	h := sha256.New()
	for _, x := range heads {
		h.Write([]byte(school.Fold(x) + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// AssetMapping is how a list with these heads was read the last time; false: there was none.
func (s *Store) AssetMapping(ctx context.Context, by school.Actor, heads string) (m school.AssetMapping, found bool, err error) {
	if !by.CanSomewhere(school.EditDevices, by.Tenant) {
		return m, false, school.Missing("authority")
	}
	found, err = s.read().one(ctx, `SELECT mapping FROM asset_list WHERE authority_id = $1 AND heads = $2`, args(string(by.Tenant), heads), fromJSON(&m))
	return m, found, err
}

// PlanAssets says line by line what taking a list over would do and what is wrong with it. Nothing is written.
func (s *Store) PlanAssets(ctx context.Context, by school.Actor, x AssetList) (p AssetListPlan, err error) {
	err = s.snapshot(ctx, func(c conn) (err error) {
		p, err = s.planAssets(ctx, c, by, x)
		return err
	})
	return p, err
}

// ImportAssets takes a list over: all of it in one act that can be undone, or nothing while a single line is wrong or it would
// do something else than was looked at. An empty hash takes it as it is.
func (s *Store) ImportAssets(ctx context.Context, by school.Actor, x AssetList, hash string) (AssetListPlan, school.ChangeSetID, error) {
	p, err := s.PlanAssets(ctx, by, x)
	if err == nil {
		err = p.takeable(hash)
	}
	if err != nil {
		return p, "", err
	}
	set, err := s.write(ctx, by, event{name: "asset.imported", verb: school.EditDevices, school: enteredAt(by, school.EditDevices, p.Rows, func(r AssetListRow) school.SchoolID { return r.want.School }), subject: "stock"}, func(tx *Tx) error {
		var err error
		if p, err = s.planAssets(ctx, tx.conn, by, x); err != nil {
			return err
		}
		if err = p.takeable(hash); err != nil {
			return err
		}
		tx.event.detail = map[string]any{"created": p.Creates, "changed": p.Changes}
		if _, err = tx.exec(ctx, `INSERT INTO asset_list (authority_id, heads, mapping, used_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (authority_id, heads) DO UPDATE SET mapping = excluded.mapping, used_at = excluded.used_at`, string(tx.authority), x.Heads, toJSON(x.Mapping), micros(tx.now)); err != nil {
			return err
		}
		return tx.importAssets(p)
	})
	return p, set, err
}

// takeable refuses what cannot be taken over, or is not what was looked at.
func (p AssetListPlan) takeable(hash string) error {
	if err := p.right(); err != nil {
		return err
	}
	if hash != "" && hash != p.Hash {
		return school.Clash("plan_moved")
	}
	return nil
}

func (tx *Tx) importAssets(p AssetListPlan) error {
	numbers, err := tx.numbering()
	if err != nil {
		return err
	}
	if numbers != nil { // what the list gives is not given again
		for _, r := range p.Rows {
			numbers.saw(school.Fold(r.Number))
		}
	}
	batches := newBatches{}
	for _, r := range p.Rows {
		if r.Does == AnnounceKeeps {
			continue
		}
		if err := tx.allow(school.EditDevices, r.want.School); err != nil {
			return err
		}
		if r.newBatch != "" {
			if r.want.Batch, err = batches.named(tx, r.newBatch); err != nil {
				return err
			}
		}
		err := tx.importAsset(r, numbers)
		if e, ok := errors.AsType[*school.Error](err); ok {
			e.Row = r.Row
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) importAsset(r AssetListRow, numbers *numbering) error {
	x := r.want
	switch {
	case r.Does == AnnounceChanges:
		t, err := tx.ownAsset(r.Asset, school.EditDevices)
		if err != nil {
			return err
		}
		if x.State.Gone() || t.device == nil && x.School != t.school {
			if err := tx.notOut(t); err != nil {
				return err
			}
		}
		set := assetRow(row{"state": string(x.State)}, x)
		if t.device != nil { // school and place are the device's
			delete(set, "school_id")
			delete(set, "place_id")
		}
		return assetTaken(tx.change("asset", string(r.Asset), t.asset, set), x.Number, x.Serial)
	case r.managed:
		if err := tx.allow(school.Enroll, x.School); err != nil {
			return err
		}
		d, err := tx.newDevice(newThing{kind: string(x.Kind), serial: x.Serial, number: x.Number, numbers: numbers, model: x.Model, school: x.School, place: x.Place, batch: x.Batch})
		if err != nil {
			return err
		}
		device, err := tx.fetch("device", string(d))
		if err != nil {
			return err
		}
		return tx.update("asset", device.str("asset_id"), row{"price": int64(x.Price), "note": x.Note, "state": string(x.State)})
	}
	if x.Number == "" && numbers != nil {
		x.Number = numbers.next()
	}
	return assetTaken(tx.insert("asset", assetRow(row{"id": NewID[string](), "state": string(x.State), "created_at": micros(tx.now)}, x)), x.Number, x.Serial)
}

// knownAsset is an asset of the authority that a list speaks of.
type knownAsset struct {
	school.Asset
	placeName, batchName string
	device               school.DeviceID
}

// assetSight is all that the lines of a list are looked up in. It is read with a handful of queries, whatever their number.
type assetSight struct {
	*delivery
	mapping  school.AssetMapping
	bySerial map[string]*knownAsset
	byNumber map[string]*knownAsset
	batchOf  map[school.BatchID]bool
	lineOf   map[school.AssetID]int // the first that speaks of it
}

func (s *Store) planAssets(ctx context.Context, c conn, by school.Actor, x AssetList) (p AssetListPlan, err error) {
	if !by.CanSomewhere(school.EditDevices, by.Tenant) {
		if !by.CanSomewhere(school.View, by.Tenant) {
			return p, school.Missing("authority")
		}
		return p, school.Deny(school.EditDevices)
	}
	if err := x.Mapping.Check(); err != nil {
		return p, err
	}
	if len(x.Rows) == 0 {
		return p, school.Refuse("rows", "required")
	}
	if len(x.Rows) > MaxAnnounce {
		return p, school.Refuse("rows", "announce_too_many", MaxAnnounce, len(x.Rows))
	}
	rows := slices.Clone(x.Rows)
	for i, r := range rows {
		r.Serial, r.Number, r.Model, r.School, r.Place, r.Batch, r.Note = cleanSerial(r.Serial), oneLine(r.Number), oneLine(r.Model), oneLine(r.School), oneLine(r.Place), oneLine(r.Batch), strings.TrimSpace(r.Note)
		if r.Row == 0 {
			r.Row = i + 1
		}
		rows[i] = r
	}
	v, err := s.assetSight(ctx, c, by, x.Mapping, rows)
	if err != nil {
		return p, err
	}
	hash := sha256.New()
	for _, e := range rows {
		r := v.line(e)
		r.Does = p.count(r.Does, r.Problems)
		hash.Write([]byte(toJSON([]any{r.AssetEntry, r.Does, r.Asset, r.Changes, r.want.School, r.want.Place, r.want.Batch, r.newBatch})))
		p.Rows = append(p.Rows, r)
	}
	p.Hash = hex.EncodeToString(hash.Sum(nil))
	return p, nil
}

func (s *Store) assetSight(ctx context.Context, c conn, by school.Actor, m school.AssetMapping, rows []school.AssetEntry) (*assetSight, error) {
	d, err := s.readDelivery(ctx, c, by, school.EditDevices, nil)
	if err != nil {
		return nil, err
	}
	v := &assetSight{delivery: d, mapping: m, bySerial: map[string]*knownAsset{}, byNumber: map[string]*knownAsset{}, batchOf: map[school.BatchID]bool{}, lineOf: map[school.AssetID]int{}}
	var serials, numbers []string
	for _, r := range rows {
		if r.Serial != "" {
			serials = append(serials, r.Serial)
		}
		if r.Number != "" {
			numbers = append(numbers, school.Fold(r.Number))
		}
	}
	if m.School != "" && v.nameOf[m.School] == "" {
		return nil, school.Refuse("school", "choice")
	}
	for _, id := range d.batches {
		v.batchOf[id] = true
	}
	if m.Batch != "" && !v.batchOf[m.Batch] {
		return nil, school.Refuse("batch", "choice")
	}
	seen := map[school.AssetID]*knownAsset{}
	for _, by := range []struct {
		column string
		values []string
	}{{"serial", serials}, {"number_fold", numbers}} {
		err := c.each(ctx, `SELECT a.id, COALESCE(a.number, ''), a.kind, a.model, COALESCE(a.serial, ''), a.managed_by, COALESCE(d.school_id, a.school_id), COALESCE(d.place_id, a.place_id), a.batch_id,
			a.state, a.price, a.note, d.id, COALESCE(pl.name, ''), COALESCE(b.name, '')
			FROM asset a LEFT JOIN device d ON d.asset_id = a.id LEFT JOIN place pl ON pl.id = COALESCE(d.place_id, a.place_id) LEFT JOIN batch b ON b.id = a.batch_id
			WHERE a.authority_id = $1 AND a.`+by.column+` IS NOT NULL AND a.`+by.column+` IN (SELECT value FROM json_array_elements_text($2::json))`, args(string(d.by.Tenant), list(by.values)), func(r *sql.Rows) error {
			x := &knownAsset{}
			if err := r.Scan(text(&x.ID), &x.Number, text(&x.Kind), &x.Model, &x.Serial, text(&x.ManagedBy), text(&x.School), text(&x.Place), text(&x.Batch), text(&x.State), &x.Price, &x.Note,
				text(&x.device), &x.placeName, &x.batchName); err != nil {
				return err
			}
			if was := seen[x.ID]; was != nil {
				x = was
			}
			seen[x.ID] = x
			if x.Serial != "" {
				v.bySerial[x.Serial] = x
			}
			if x.Number != "" {
				v.byNumber[school.Fold(x.Number)] = x
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

// line understands one line of the list.
func (v *assetSight) line(e school.AssetEntry) AssetListRow {
	r := AssetListRow{AssetEntry: e, Does: AnnounceCreates}
	wrong := func(err error) {
		if x, ok := errors.AsType[*school.Error](err); ok {
			x.Row = e.Row
			r.Problems = append(r.Problems, x)
		}
	}
	taken := func(field, code, value string) {
		wrong(&school.Error{Kind: school.Conflict, Code: code, Field: field, Args: []any{value}})
	}
	if e.Serial == "" && e.Number == "" {
		wrong(school.Refuse("number", "asset_nameless"))
		return r
	}
	for _, x := range []struct {
		field, code, key, value string
		first                   map[string]int
	}{{"serial", "serial_twice", e.Serial, e.Serial, v.rowOf}, {"number", "number_twice", school.Fold(e.Number), e.Number, v.numberOf}} {
		if first, has := x.first[x.key]; has && x.key != "" {
			wrong(school.Refuse(x.field, x.code, x.value, first))
		} else if x.key != "" {
			x.first[x.key] = e.Row
		}
	}
	is := v.bySerial[e.Serial]
	if other := v.byNumber[school.Fold(e.Number)]; other != nil && e.Number != "" {
		switch {
		case is == nil && (e.Serial == "" || other.Serial == ""):
			is = other
		case is != other:
			taken("number", "number_taken", e.Number)
		}
	}
	if is != nil && !v.by.Can(school.EditDevices, school.Where{Authority: v.by.Tenant, School: is.School}) {
		taken("serial", "asset_elsewhere", cmp.Or(e.Serial, e.Number))
		return r
	}
	if is != nil {
		if first, has := v.lineOf[is.ID]; has { // by its number in one line, by its serial in another
			wrong(school.Refuse("number", "asset_twice", cmp.Or(is.Number, is.Serial), first))
		}
		v.lineOf[is.ID] = e.Row
		r.Asset, r.want = is.ID, is.Asset
	} else {
		m := v.mapping
		r.want = school.Asset{Kind: m.Kind, ManagedBy: m.ManagedBy, School: m.School, Batch: m.Batch, State: school.AssetReady}
		if r.want.School == "" {
			r.want.School = v.actorAt
		}
	}
	v.stands(e, is, &r, wrong)
	w := &r.want
	for _, x := range []struct{ to, from *string }{{&w.Number, &e.Number}, {&w.Serial, &e.Serial}, {&w.Model, &e.Model}, {&w.Note, &e.Note}} {
		if *x.from != "" {
			*x.to = *x.from
		}
	}
	if e.Kind != "" {
		w.Kind = e.Kind
	}
	if e.ManagedBy != "" {
		w.ManagedBy = e.ManagedBy
	}
	if e.State != "" {
		w.State = e.State
	}
	if e.Price > 0 {
		w.Price = e.Price
	}
	if w.State == school.AssetWrittenOff && (is == nil || is.State != school.AssetWrittenOff) {
		wrong(school.Refuse("state", "asset_written_off"))
	}
	switch {
	case w.Kind == "":
		wrong(school.Refuse("kind", "required"))
	case w.ManagedBy == "":
		w.ManagedBy = school.ByNobody
	}
	if is != nil && is.device != "" && (w.Kind != is.Kind || w.ManagedBy != is.ManagedBy || w.Serial != is.Serial) {
		wrong(&school.Error{Kind: school.Conflict, Code: "asset_by_device", Field: "managed_by", Args: []any{cmp.Or(is.Number, is.Serial)}})
	}
	if is == nil && w.ManagedBy == school.ByUs {
		if r.managed = w.Kind == school.IPad; !r.managed {
			wrong(school.Refuse("managed_by", "asset_not_ours"))
		} else if err := checkSerial(w.Serial); err != nil {
			wrong(err)
		} else if !v.by.Can(school.Enroll, school.Where{Authority: v.by.Tenant, School: w.School}) {
			wrong(school.Refuse("managed_by", "asset_not_ours"))
		}
	}
	if is != nil && is.device == "" && is.ManagedBy != school.ByUs && w.ManagedBy == school.ByUs {
		wrong(school.Refuse("managed_by", "asset_becomes_ours"))
	}
	if w.Kind != "" {
		x := *w
		if err := cleanThing(&x); err != nil {
			wrong(err)
		} else {
			*w = x
		}
	}
	if is != nil && len(r.Problems) == 0 {
		r.compare(is, v)
	}
	return r
}

// stands finds the school, place and delivery of a line.
func (v *assetSight) stands(e school.AssetEntry, is *knownAsset, r *AssetListRow, wrong func(error)) {
	w := &r.want
	if e.School != "" {
		at, err := v.findSchool(e.School)
		if err != nil {
			wrong(err)
			return
		}
		if w.School != at {
			w.School, w.Place = at, ""
		}
	}
	if e.Place != "" {
		p, err := v.findPlace(e.Place, w.School)
		if err != nil {
			wrong(err)
		} else {
			w.School, w.Place = p.School, p.ID
		}
	}
	if !v.by.Can(school.EditDevices, school.Where{Authority: v.by.Tenant, School: w.School}) {
		wrong(school.Refuse("school", "required"))
	}
	if is != nil && is.device != "" && (w.School != is.School || w.Place != is.Place) {
		wrong(&school.Error{Kind: school.Conflict, Code: "asset_by_device", Field: "school", Args: []any{cmp.Or(is.Number, is.Serial)}})
	}
	if e.Batch != "" {
		if _, err := cleanName("batch", e.Batch); err != nil {
			wrong(err)
		} else if w.Batch = v.batches[school.Fold(e.Batch)]; w.Batch == "" {
			r.newBatch = e.Batch
		}
	}
}

// compare says what the line would change of a known asset.
func (r *AssetListRow) compare(is *knownAsset, v *assetSight) {
	w := r.want
	field := func(f school.AssetField, from, to string) {
		if from != to {
			r.Changes = append(r.Changes, AssetChange{f, from, to})
		}
	}
	field(school.AssetNumberField, is.Number, w.Number)
	field(school.AssetSerialField, is.Serial, w.Serial)
	field(school.AssetKindField, string(is.Kind), string(w.Kind))
	field(school.AssetModelField, is.Model, w.Model)
	field(school.AssetManagerField, string(is.ManagedBy), string(w.ManagedBy))
	if is.School != w.School {
		field(school.AssetSchoolField, v.nameOf[is.School], v.nameOf[w.School])
	}
	if is.Place != w.Place {
		field(school.AssetPlaceField, is.placeName, r.Place)
	}
	if r.newBatch != "" || is.Batch != w.Batch {
		field(school.AssetBatchField, is.batchName, r.Batch)
	}
	field(school.AssetPriceField, strconv.Itoa(is.Price), strconv.Itoa(w.Price))
	field(school.AssetStateField, string(is.State), string(w.State))
	field(school.AssetNoteField, is.Note, w.Note)
	r.Does = AnnounceKeeps
	if len(r.Changes) > 0 {
		r.Does = AnnounceChanges
	}
}
