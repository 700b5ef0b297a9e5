package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "device.numbered")

// newThing is a device that becomes known: announced by a person, listed by Apple, or met at its own enrolment.
type newThing struct {
	serial      string
	number      string     // inventory number; empty: from numbers, if there are any
	numbers     *numbering // nil: none is given by itself
	kind        string     // empty: "ipad"
	model       string
	school      school.SchoolID
	place       school.PlaceID
	person      school.PersonID // planned
	class       school.ClassID  // planned
	batch       school.BatchID
	ownership   school.Ownership // empty: owned
	unconfirmed bool
}

// newDevice is how every device comes into the world: asset and device as facts, and the row for what is observed of it.
// Whoever calls it has checked that school, place, person and class are of this authority and go together.
func (tx *Tx) newDevice(t newThing) (school.DeviceID, error) {
	asset, id := NewID[school.AssetID](), NewID[school.DeviceID]()
	if t.kind == "" {
		t.kind = "ipad"
	}
	if t.ownership == "" {
		t.ownership = school.Owned
	}
	if t.number == "" && t.numbers != nil {
		t.number = t.numbers.next()
	}
	err := tx.insert("asset", numberRow(row{"id": string(asset), "kind": t.kind, "model": t.model, "serial": t.serial, "managed_by": "us",
		"batch_id": opt(t.batch), "created_at": micros(tx.now)}, t.number))
	if err != nil && strings.Contains(err.Error(), "number") { // both engines name the column or its index
		return "", taken(err, "number", "number_taken", t.number)
	}
	if err != nil {
		return "", taken(err, "serial", "serial_taken", t.serial)
	}
	owner, staff := ownedBy(t.ownership)
	err = tx.insert("device", row{"id": string(id), "asset_id": string(asset), "serial": t.serial, "school_id": opt(t.school), "place_id": opt(t.place),
		"planned_person_id": opt(t.person), "planned_class_id": opt(t.class), "ownership": owner, "staff": staff, "confirmed": !t.unconfirmed,
		"release_networks": false, "created_at": micros(tx.now)})
	if err != nil {
		return "", taken(err, "serial", "serial_taken", t.serial)
	}
	return id, tx.observable(string(id), t.model)
}

// ownedBy is an ownership as the columns of a device keep it.
func ownedBy(o school.Ownership) (ownership string, staff bool) {
	if o == school.OfStaff {
		return string(school.Owned), true
	}
	return string(o), false
}

// observable gives a device its row of observed state, which settle then places. It is also called when an undo brings a
// device back: the row went with it.
func (tx *Tx) observable(id, model string) error {
	_, err := tx.exec(tx.ctx, `INSERT INTO device_state (device_id, authority_id, model) VALUES ($1, $2, $3) ON CONFLICT (device_id) DO NOTHING`,
		id, string(tx.authority), model)
	return err
}

// numberRow writes an inventory number into an asset row; the empty number is none.
func numberRow(r row, number string) row {
	r["number"], r["number_fold"], r["number_sort"] = nil, "", nil
	if number != "" {
		r["number"], r["number_fold"], r["number_sort"] = number, school.Fold(number), naturalSort(number)
	}
	return r
}

// cleanNumber is an inventory number as labels carry it: letters, digits and - _ . / with single blanks.
func cleanNumber(number string) (string, error) {
	number = strings.Join(strings.Fields(number), " ")
	if len(number) > 40 {
		return "", school.Refuse("number", "too_long", 40)
	}
	for _, r := range number {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./ ", r) {
			return "", school.Refuse("number", "number_form", number)
		}
	}
	return number, nil
}

// holderOfNumber is the asset that carries an inventory number.
func (tx *Tx) holderOfNumber(number string) (school.AssetID, error) {
	var id school.AssetID
	_, err := tx.one(tx.ctx, `SELECT id FROM asset WHERE authority_id = $1 AND number_fold = $2 AND number IS NOT NULL`,
		args(string(tx.authority), school.Fold(number)), text(&id))
	return id, err
}

// SetNumber writes the inventory number of a device; the empty one takes it away. A number is given once per authority.
func (s *Store) SetNumber(ctx context.Context, by school.Actor, id school.DeviceID, number string) (school.ChangeSetID, error) {
	number, err := cleanNumber(number)
	if err != nil {
		return "", err
	}
	ev := event{name: "device.numbered", verb: school.EditDevices, subject: "device", id: string(id), detail: map[string]any{"number": number}}
	return s.writeAt(ctx, by, "device", ev, func(tx *Tx, d row) error { return tx.renumber(school.AssetID(d.str("asset_id")), number) })
}

func (tx *Tx) renumber(asset school.AssetID, number string) error {
	if number != "" {
		has, err := tx.holderOfNumber(number)
		if err != nil {
			return err
		}
		if has != "" && has != asset {
			return &school.Error{Kind: school.Conflict, Code: "number_taken", Field: "number", Args: []any{number}}
		}
	}
	return tx.update("asset", string(asset), numberRow(row{}, number))
}

// GiveNumbers gives each of the devices that has no inventory number the next one of the authority's pattern.
func (s *Store) GiveNumbers(ctx context.Context, by school.Actor, ids ...school.DeviceID) (school.ChangeSetID, error) {
	at, err := s.schoolOfDevices(ctx, by, ids)
	if err != nil {
		return "", err
	}
	ev := event{name: "device.numbered", verb: school.EditDevices, school: at, subject: "device", id: onlyOne(ids), detail: map[string]any{"devices": len(ids)}}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		numbers, err := tx.numbering()
		if err != nil {
			return err
		}
		if numbers == nil {
			return school.Clash("number_pattern_missing")
		}
		for _, id := range ids {
			d, err := tx.own("device", string(id), school.EditDevices)
			if err != nil {
				return err
			}
			a, err := tx.fetch("asset", d.str("asset_id"))
			if err != nil {
				return err
			}
			if a.str("number") != "" {
				continue
			}
			if err := tx.change("asset", d.str("asset_id"), a, numberRow(row{}, numbers.next())); err != nil {
				return err
			}
		}
		return nil
	})
}

// onlyOne is the id when an act is about one thing, and nothing when it is about many.
func onlyOne[T ~string](ids []T) string {
	if len(ids) == 1 {
		return string(ids[0])
	}
	return ""
}

// numbering gives inventory numbers by the authority's pattern, "MS-{YY}-{seq:06}": literal text, the year of two or four
// digits, and one running number, which begins anew where the text around it changes.
type numbering struct {
	before, after string
	width         int
	last          int
}

// numbering is nil where the authority has no pattern. It belongs to one write and is right to its end, because writers
// of an authority come one after the other.
func (tx *Tx) numbering() (*numbering, error) {
	p, err := tx.policyOf(tx.ctx, tx.authority)
	if err != nil || p.NumberPattern == "" {
		return nil, err
	}
	n, ok := parseNumbering(p.NumberPattern, tx.now.In(Berlin).Year())
	if !ok {
		return nil, school.Refuse("number_pattern", "number_pattern", p.NumberPattern)
	}
	err = tx.each(tx.ctx, `SELECT number_fold FROM asset WHERE authority_id = $1 AND number IS NOT NULL AND number_fold LIKE $2 ESCAPE '\'`,
		args(string(tx.authority), likePrefix(n.before)), func(r *sql.Rows) error {
			var has string
			err := r.Scan(&has)
			n.saw(has)
			return err
		})
	return n, err
}

func parseNumbering(pattern string, year int) (*numbering, bool) {
	n := &numbering{}
	seen := false
	pattern = strings.Join(strings.Fields(pattern), " ")
	for pattern != "" {
		literal, rest, found := strings.Cut(pattern, "{")
		part := literal
		if found {
			word, tail, closed := strings.Cut(rest, "}")
			if !closed {
				return nil, false
			}
			rest = tail
			name, arg, _ := strings.Cut(word, ":")
			switch {
			case name == "YY" && arg == "":
				part += fmt.Sprintf("%02d", year%100)
			case name == "YYYY" && arg == "":
				part += strconv.Itoa(year)
			case name == "seq" && !seen:
				w, err := strconv.Atoi("0" + arg)
				if err != nil || w > 12 || strings.ContainsAny(arg, "+-") {
					return nil, false
				}
				n.before, n.width, seen, part = n.before+part, w, true, ""
			default:
				return nil, false
			}
		}
		if seen {
			n.after += part
		} else {
			n.before += part
		}
		pattern = rest
	}
	_, err := cleanNumber(n.before + "0" + n.after)
	return n, seen && err == nil
}

// saw counts a number that is already given.
func (n *numbering) saw(fold string) {
	middle, ok := strings.CutPrefix(fold, school.Fold(n.before))
	if !ok {
		return
	}
	middle, ok = strings.CutSuffix(middle, school.Fold(n.after))
	if middle = strings.TrimSpace(middle); !ok || middle == "" || len(middle) > 12 { // folding drops the blanks at both ends of the text around it
		return
	}
	if v, err := strconv.Atoi(middle); err == nil && v > n.last && strings.Trim(middle, "0123456789") == "" {
		n.last = v
	}
}

func (n *numbering) next() string {
	n.last++
	return fmt.Sprintf("%s%0*d%s", n.before, n.width, n.last, n.after)
}

// cleanSerial brings a serial number into the form Apple writes: capital letters, no blanks.
func cleanSerial(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }
