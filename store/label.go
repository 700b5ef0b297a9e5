package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"slices"
	"sort"
	"strings"
	"time"

	"ranzen/store/school"
)

// Printing labels is an act: it gives assets the id their QR code leads to, and says who printed what and why again.

var _ = registerEvent(school.EditDevices, "labels.printed")

// MaxLabels is how many labels are printed at once.
const MaxLabels = 2000

// LabelFilter says for which assets labels are printed: all of a school, class, place or delivery, or those named.
type LabelFilter struct {
	School  school.SchoolID
	Class   school.ClassID
	Place   school.PlaceID
	Batch   school.BatchID
	Numbers []string   // inventory or serial numbers, as they were typed
	Sort    LabelOrder // empty: LabelsByNumber
}

// LabelOrder is how labels follow one another.
type LabelOrder string

// Orders of labels.
const (
	LabelsByNumber LabelOrder = "number"
	LabelsByClass  LabelOrder = "class"
	LabelsByPlace  LabelOrder = "place"
	LabelsAsTyped  LabelOrder = "typed"
)

// LabelOrders lists them for pages.
var LabelOrders = []LabelOrder{LabelsByNumber, LabelsByClass, LabelsByPlace, LabelsAsTyped}

// LabelRow is an asset with what its label may say.
type LabelRow struct {
	Asset      school.AssetID
	Device     school.DeviceID // empty: it is no device
	School     school.SchoolID
	Number     string // empty: none was given, and no label can be printed
	Serial     string
	Model      string
	SchoolName string
	ClassName  string
	PlaceName  string
	Found      string    // what its QR code leads to; empty: its label was never printed
	Printed    time.Time // when it was printed last
	sort       string
	class      string
	place      string
}

// Labels is what a filter finds: the labels in their order, and what was typed and is nothing's number.
type Labels struct {
	Rows    []LabelRow
	Unknown []string
}

// Again counts the labels that were printed before.
func (l Labels) Again() (n int) {
	for _, r := range l.Rows {
		if !r.Printed.IsZero() && r.Number != "" {
			n++
		}
	}
	return n
}

// Unnumbered counts the assets that have no number.
func (l Labels) Unnumbered() (n int) {
	for _, r := range l.Rows {
		if r.Number == "" {
			n++
		}
	}
	return n
}

// LabelsFor finds the assets for which somebody may print labels. It prints nothing.
func (s *Store) LabelsFor(ctx context.Context, by school.Actor, f LabelFilter) (Labels, error) {
	return s.labels(ctx, s.read(), by, f)
}

func (s *Store) labels(ctx context.Context, c conn, by school.Actor, f LabelFilter) (Labels, error) {
	var out Labels
	if !by.CanSomewhere(school.EditDevices, by.Tenant) {
		return out, school.Missing("authority")
	}
	narrow := f.School != "" || f.Class != "" || f.Place != "" || f.Batch != ""
	switch {
	case narrow && len(f.Numbers) > 0:
		return out, school.Refuse("numbers", "labels_either")
	case !narrow && len(f.Numbers) == 0:
		return out, school.Refuse("numbers", "labels_which")
	case len(f.Numbers) > MaxLabels:
		return out, school.Refuse("numbers", "labels_many", MaxLabels)
	}
	read := func(cond func(w *where) string) error {
		var w where
		from := cond(&w)
		if err := w.limitSchools(by, school.EditDevices, by.Tenant, "COALESCE(d.school_id, a.school_id)"); err != nil {
			return err
		}
		q := `SELECT a.id, d.id, COALESCE(d.school_id, a.school_id), COALESCE(a.number, ''), COALESCE(a.serial, ''), a.model, COALESCE(s.name, ''), COALESCE(c.name, ''), COALESCE(pl.name, ''), ft.id, ft.printed_at,
			COALESCE(a.number_sort, ''), COALESCE(s.name_sort, '') || ' ' || COALESCE(c.name_sort, ''), COALESCE(s.name_sort, '') || ' ' || COALESCE(pl.name_sort, '')
			FROM ` + from + ` LEFT JOIN device_state st ON st.device_id = d.id LEFT JOIN school s ON s.id = COALESCE(d.school_id, a.school_id) LEFT JOIN class c ON c.id = st.at_class_id
			LEFT JOIN place pl ON pl.id = COALESCE(d.place_id, a.place_id) LEFT JOIN found_tag ft ON ft.asset_id = a.id WHERE ` + w.String() + ` LIMIT ` + w.arg(MaxLabels+1)
		return c.each(ctx, q, w.args, func(r *sql.Rows) error {
			var x LabelRow
			err := r.Scan(text(&x.Asset), text(&x.Device), text(&x.School), &x.Number, &x.Serial, &x.Model, &x.SchoolName, &x.ClassName, &x.PlaceName, text(&x.Found), stamp(&x.Printed),
				&x.sort, &x.class, &x.place)
			out.Rows = append(out.Rows, x)
			return err
		})
	}
	if len(f.Numbers) > 0 {
		if err := out.named(f.Numbers, by, read); err != nil {
			return Labels{}, err
		}
	} else if err := read(func(w *where) string { return f.things(w, by) }); err != nil {
		return Labels{}, err
	}
	if len(out.Rows) > MaxLabels {
		return Labels{}, school.Refuse("school", "labels_many", MaxLabels)
	}
	out.order(f.Sort)
	return out, nil
}

// things narrows to what stands at a place in the tree, be it a device or not. A class has devices alone. What is gone needs no
// label, unless somebody types its number.
func (f LabelFilter) things(w *where, by school.Actor) (from string) {
	w.and("a.authority_id = ? AND "+assetHere, string(by.Tenant))
	if f.School != "" {
		w.and("COALESCE(d.school_id, a.school_id) = ?", string(f.School))
	}
	if f.Class != "" {
		w.and("st.at_class_id = ?", string(f.Class))
	}
	if f.Place != "" {
		w.and("COALESCE(d.place_id, a.place_id) = ?", string(f.Place))
	}
	if f.Batch != "" {
		w.and("a.batch_id = ?", string(f.Batch))
	}
	return `asset a LEFT JOIN device d ON d.asset_id = a.id`
}

// named finds assets by what was typed, in the order of typing: by inventory number first, then by serial number.
func (l *Labels) named(typed []string, by school.Actor, read func(cond func(w *where) string) error) error {
	const from = `asset a LEFT JOIN device d ON d.asset_id = a.id`
	var folds, serials []string
	for _, x := range typed {
		folds, serials = append(folds, school.Fold(strings.Join(strings.Fields(x), " "))), append(serials, cleanSerial(x))
	}
	err := read(func(w *where) string {
		w.and("a.authority_id = ? AND a.number IS NOT NULL", string(by.Tenant))
		w.and("a.number_fold IN (SELECT value FROM json_array_elements_text(?::json))", list(folds))
		return from
	})
	if err == nil {
		err = read(func(w *where) string {
			w.and("a.authority_id = ? AND a.serial IS NOT NULL", string(by.Tenant))
			w.and("a.serial IN (SELECT value FROM json_array_elements_text(?::json))", list(serials))
			return from
		})
	}
	if err != nil {
		return err
	}
	byNumber, bySerial := map[string]LabelRow{}, map[string]LabelRow{}
	for _, r := range l.Rows {
		if r.Number != "" {
			byNumber[school.Fold(r.Number)] = r
		}
		bySerial[r.Serial] = r
	}
	l.Rows = nil
	seen := map[school.AssetID]bool{}
	for i, x := range typed {
		r, ok := byNumber[folds[i]]
		if !ok && serials[i] != "" {
			r, ok = bySerial[serials[i]]
		}
		switch {
		case !ok:
			l.Unknown = append(l.Unknown, x)
		case !seen[r.Asset]:
			seen[r.Asset] = true
			l.Rows = append(l.Rows, r)
		}
	}
	return nil
}

func (l *Labels) order(o LabelOrder) {
	if o == LabelsAsTyped {
		return
	}
	key := func(r LabelRow) string {
		switch o {
		case LabelsByClass:
			return r.class
		case LabelsByPlace:
			return r.place
		}
		return ""
	}
	sort.SliceStable(l.Rows, func(i, j int) bool {
		a, b := l.Rows[i], l.Rows[j]
		if x, y := key(a), key(b); x != y {
			return x < y
		}
		if a.sort != b.sort {
			return a.sort < b.sort
		}
		return a.Asset < b.Asset
	})
}

// LabelReason is why a label is printed anew. It is chosen from a list: free text in the log would name people.
type LabelReason string

// Reasons there are.
const (
	LabelWorn     LabelReason = "worn"
	LabelMissing  LabelReason = "missing"
	LabelMisprint LabelReason = "misprint"
	LabelChanged  LabelReason = "changed"
)

// LabelReasons lists them for pages.
var LabelReasons = []LabelReason{LabelWorn, LabelMissing, LabelMisprint, LabelChanged}

// PrintLabels says that labels are printed and gives every one of them its id. Whoever prints a label anew says why: two
// labels with one number are how a device gets two names.
func (s *Store) PrintLabels(ctx context.Context, by school.Actor, f LabelFilter, reason LabelReason) (Labels, error) {
	if reason != "" && !slices.Contains(LabelReasons, reason) {
		return Labels{}, school.Refuse("reason", "choice")
	}
	found, err := s.labels(ctx, s.read(), by, f)
	if err != nil {
		return Labels{}, err
	}
	at := map[school.SchoolID]bool{}
	for _, r := range found.Rows {
		at[r.School] = true
	}
	ev := event{name: "labels.printed", verb: school.EditDevices, subject: "authority", id: string(by.Tenant), final: true}
	if len(at) == 1 {
		for x := range at {
			if ev.school = x; x != "" {
				ev.subject, ev.id = "school", string(x)
			}
		}
	}
	var out Labels
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if out, err = s.labels(ctx, tx.conn, by, f); err != nil {
			return err
		}
		n := len(out.Rows) - out.Unnumbered()
		if n == 0 {
			return school.Refuse("numbers", "labels_none")
		}
		again := out.Again()
		if again > 0 && reason == "" {
			return school.Refuse("reason", "labels_again", again)
		}
		tx.event.detail = map[string]any{"labels": n}
		if again > 0 {
			tx.event.detail["again"], tx.event.detail["reason"] = again, string(reason)
		}
		for i, r := range out.Rows {
			if r.Number == "" {
				continue
			}
			if err := tx.allow(school.EditDevices, r.School); err != nil {
				return err
			}
			id := r.Found
			if id == "" {
				id = foundID()
			}
			if _, err := tx.one(ctx, `INSERT INTO found_tag (id, authority_id, asset_id, printed_at, created_at) VALUES ($1, $2, $3, $4, $4)
				ON CONFLICT (asset_id) DO UPDATE SET printed_at = $4, prints = found_tag.prints + 1 RETURNING id`,
				args(id, string(tx.authority), string(r.Asset), tx.now.UnixMicro()), text(&id)); err != nil {
				return err
			}
			out.Rows[i].Found = id
		}
		return nil
	})
	return out, err
}

// FoundLength is how many characters the id of a QR code has.
const FoundLength = 13

// foundID has 13 characters of Crockford's base32: 65 bits nobody guesses, short enough for a QR code of 12 mm.
func foundID() string {
	b := make([]byte, FoundLength)
	rand.Read(b)
	for i := range b {
		b[i] = crockford[b[i]&31]
	}
	return strings.ToLower(string(b))
}

// Finder is what somebody who found an asset is told: whose it is and who to call. Nothing about the asset, its school or
// whoever had it.
type Finder struct {
	Authority school.AuthorityID
	Owner     string
	Contact   string
}

// FoundBy answers to the id of a QR code, without knowing who asks. An unknown one is Missing.
func (s *Store) FoundBy(ctx context.Context, id string) (x Finder, err error) {
	found, err := s.read().one(ctx, `SELECT au.id, au.name, au.contact FROM found_tag ft JOIN authority au ON au.id = ft.authority_id WHERE ft.id = $1`,
		args(readFound(id)), text(&x.Authority), &x.Owner, &x.Contact)
	if err == nil && !found {
		err = school.Missing("asset")
	}
	return x, err
}

// FoundThing is the device behind the id of a QR code, for somebody who may see it.
func (s *Store) FoundThing(ctx context.Context, by school.Actor, id string) (school.DeviceID, error) {
	var device school.DeviceID
	var at school.SchoolID
	found, err := s.read().one(ctx, `SELECT d.id, d.school_id FROM found_tag ft JOIN device d ON d.asset_id = ft.asset_id WHERE ft.id = $1 AND ft.authority_id = $2`,
		args(readFound(id), string(by.Tenant)), text(&device), text(&at))
	if err == nil && (!found || !by.Can(school.View, school.Where{Authority: by.Tenant, School: at})) {
		err = school.Missing("asset")
	}
	return device, err
}

// readFound brings an id to the form it is kept in; what a person may have typed from a worn label is forgiven.
func readFound(id string) string {
	if len(id) > 40 {
		return ""
	}
	return strings.NewReplacer("o", "0", "i", "1", "l", "1", "-", "").Replace(strings.ToLower(id))
}
