package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"ranzen/store/school"
)

var _ = registerEvent(school.Enroll, "device.announced")

// Announced is one row of a delivery note, as a file or form gives it. What is empty says nothing: it is left as it is.
// Person is "Family, Given", "Given Family", an address or a login.
type Announced struct {
	Row    int
	Serial string
	Number string
	School string // name or official number
	Class  string
	Person string
	Place  string
	Batch  string
}

// AnnounceDoes is what a row would do.
type AnnounceDoes string

const (
	AnnounceCreates AnnounceDoes = "create" // the serial is new
	AnnounceChanges AnnounceDoes = "change" // the device is known and would be placed or planned otherwise
	AnnounceKeeps   AnnounceDoes = "same"   // everything is so already
	AnnounceWrong   AnnounceDoes = "wrong"  // the row has problems
)

// AnnounceRow is what is understood of a row and what it would do.
type AnnounceRow struct {
	Announced // cleaned
	Does      AnnounceDoes
	Device    school.DeviceID // known already
	Fields    []string        // what would change of a known device: "number", "school", "class", "person", "place", "batch"
	Problems  []*school.Error

	school   school.SchoolID
	class    school.ClassID
	person   school.PersonID
	place    school.PlaceID
	batch    school.BatchID
	newBatch string
}

// ListCounts is how many rows of a list would do what.
type ListCounts struct {
	Creates int
	Changes int
	Keeps   int
	Wrong   int
}

// count counts a row and says what it does, which with problems is nothing.
func (n *ListCounts) count(does AnnounceDoes, problems []*school.Error) AnnounceDoes {
	switch {
	case len(problems) > 0:
		does = AnnounceWrong
		n.Wrong++
	case does == AnnounceCreates:
		n.Creates++
	case does == AnnounceChanges:
		n.Changes++
	default:
		n.Keeps++
	}
	return does
}

// right refuses a list while a single row of it is wrong.
func (n ListCounts) right() error {
	if n.Wrong > 0 {
		return school.Refuse("rows", "announce_wrong", n.Wrong, n.Creates+n.Changes+n.Keeps+n.Wrong)
	}
	return nil
}

// AnnouncePlan is a delivery looked at and not yet written.
type AnnouncePlan struct {
	ListCounts
	Rows []AnnounceRow
}

// Problems lists the problems of all rows in their order.
func (p AnnouncePlan) Problems() (out []*school.Error) {
	for _, r := range p.Rows {
		out = append(out, r.Problems...)
	}
	return out
}

// MaxAnnounce is how many rows one delivery may have.
const MaxAnnounce = 20_000

// PlanAnnounce says row by row what announcing a delivery would do and what is wrong with it. Nothing is written.
func (s *Store) PlanAnnounce(ctx context.Context, by school.Actor, rows []Announced) (AnnouncePlan, error) {
	var p AnnouncePlan
	err := s.snapshot(ctx, func(c conn) (err error) {
		p, err = s.planAnnounce(ctx, c, by, rows)
		return err
	})
	return p, err
}

// Announce writes a delivery: all rows in one act that can be undone, or nothing while a single row is wrong. The plan
// is made anew inside the write, so what is written is what holds now.
func (s *Store) Announce(ctx context.Context, by school.Actor, rows []Announced) (AnnouncePlan, school.ChangeSetID, error) {
	p, err := s.PlanAnnounce(ctx, by, rows)
	if err == nil {
		err = p.right()
	}
	if err != nil {
		return p, "", err
	}
	ev := event{name: "device.announced", verb: school.Enroll, school: enteredAt(by, school.Enroll, p.Rows, func(r AnnounceRow) school.SchoolID { return r.school }), subject: "delivery",
		detail: map[string]any{"created": p.Creates, "changed": p.Changes}}
	set, err := s.write(ctx, by, ev, func(tx *Tx) error {
		if p, err = s.planAnnounce(ctx, tx.conn, by, rows); err != nil {
			return err
		}
		if err := p.right(); err != nil {
			return err
		}
		tx.event.detail = map[string]any{"created": p.Creates, "changed": p.Changes}
		return tx.announce(p)
	})
	return p, set, err
}

// enteredAt is where the act of a list is entered: the one school of all rows, else the authority for those who may act for all
// of it, else the first school. Each row's own school is checked besides.
func enteredAt[R any](by school.Actor, verb school.Verb, rows []R, of func(R) school.SchoolID) school.SchoolID {
	at := of(rows[0])
	if by.Can(verb, school.Where{Authority: by.Tenant}) && slices.ContainsFunc(rows, func(r R) bool { return of(r) != at }) {
		return ""
	}
	return at
}

// newBatches are the batches that a list makes, by folded name.
type newBatches map[string]school.BatchID

// named is the batch of that name, made where this list has not yet.
func (b newBatches) named(tx *Tx, name string) (school.BatchID, error) {
	id, made := b[school.Fold(name)]
	if made {
		return id, nil
	}
	id = NewID[school.BatchID]()
	b[school.Fold(name)] = id
	return id, tx.insert("batch", batchRow(row{"id": string(id), "created_at": micros(tx.now)}, school.Batch{Name: name}))
}

func (tx *Tx) announce(p AnnouncePlan) error {
	numbers, err := tx.numbering()
	if err != nil {
		return err
	}
	if numbers != nil { // what the file gives is not given again
		for _, r := range p.Rows {
			numbers.saw(school.Fold(r.Number))
		}
	}
	batches := newBatches{}
	for _, r := range p.Rows {
		if err := tx.allow(school.Enroll, r.school); err != nil {
			return err
		}
		if r.newBatch != "" {
			if r.batch, err = batches.named(tx, r.newBatch); err != nil {
				return err
			}
		}
		switch r.Does {
		case AnnounceCreates:
			_, err = tx.newDevice(newThing{serial: r.Serial, number: r.Number, numbers: numbers, school: r.school, place: r.place, person: r.person,
				class: r.class, batch: r.batch})
		case AnnounceChanges:
			err = tx.announceKnown(r)
		}
		var e *school.Error
		if errors.As(err, &e) {
			e.Row = r.Row
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// announceKnown writes what a row says of a device that is known already.
func (tx *Tx) announceKnown(r AnnounceRow) error {
	d, err := tx.fetch("device", string(r.Device))
	if err != nil {
		return err
	}
	set, asset := row{}, row{}
	for _, f := range r.Fields {
		switch f {
		case "school": // the old place and planned class are of the old school
			set["school_id"] = opt(r.school)
			if _, has := set["place_id"]; !has {
				set["place_id"] = nil
			}
			if _, has := set["planned_class_id"]; !has {
				set["planned_class_id"] = nil
			}
		case "place":
			set["place_id"] = opt(r.place)
		case "class":
			set["planned_class_id"] = opt(r.class)
		case "person":
			set["planned_person_id"] = opt(r.person)
		case "number":
			asset = numberRow(asset, r.Number)
		case "batch":
			asset["batch_id"] = opt(r.batch)
		}
	}
	if len(set) > 0 {
		if err := tx.change("device", string(r.Device), d, set); err != nil {
			return err
		}
	}
	if len(asset) > 0 {
		return taken(tx.update("asset", d.str("asset_id"), asset), "number", "number_taken", r.Number)
	}
	return nil
}

// known is a device of the authority as far as a delivery may touch it.
type known struct {
	device school.DeviceID
	number string
	school school.SchoolID
	place  school.PlaceID
	class  school.ClassID
	plan   school.PersonID
	holder school.PersonID
	batch  school.BatchID
}

// delivery is all that the rows of a delivery are looked up in. It is read with a handful of queries, whatever the
// number of rows.
type delivery struct {
	by        school.Actor
	actorAt   school.SchoolID // the one school of an actor who has but one
	schools   []school.School
	classes   map[string][]school.Class // by folded name
	classList []school.Class
	places    []school.Place
	persons   map[string][]PersonRow // by every form a person is named in
	families  map[string][]PersonRow
	batches   map[string]school.BatchID
	devices   map[string]known  // by serial
	numbers   map[string]string // folded inventory number -> serial
	rowOf     map[string]int    // serial -> first row of the file
	numberOf  map[string]int    // folded number -> first row of the file
	nameOf    map[school.SchoolID]string
}

func (s *Store) planAnnounce(ctx context.Context, c conn, by school.Actor, rows []Announced) (AnnouncePlan, error) {
	var p AnnouncePlan
	if !by.CanSomewhere(school.Enroll, by.Tenant) {
		if !by.CanSomewhere(school.View, by.Tenant) {
			return p, school.Missing("authority")
		}
		return p, school.Deny(school.Enroll)
	}
	if len(rows) == 0 {
		return p, school.Refuse("rows", "required")
	}
	if len(rows) > MaxAnnounce {
		return p, school.Refuse("rows", "announce_too_many", MaxAnnounce, len(rows))
	}
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i] = cleanAnnounced(rows[i])
		if rows[i].Row == 0 {
			rows[i].Row = i + 1
		}
	}
	d, err := s.readDelivery(ctx, c, by, school.Enroll, rows)
	if err != nil {
		return p, err
	}
	for _, a := range rows {
		r := d.row(a)
		r.Does = p.count(r.Does, r.Problems)
		p.Rows = append(p.Rows, r)
	}
	return p, nil
}

func cleanAnnounced(a Announced) Announced {
	return Announced{Row: a.Row, Serial: cleanSerial(a.Serial), Number: oneLine(a.Number), School: oneLine(a.School), Class: oneLine(a.Class),
		Person: oneLine(a.Person), Place: oneLine(a.Place), Batch: oneLine(a.Batch)}
}

// oneLine is a text without what stands around its words and with one blank between them.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// checkSerial says what is wrong with a serial number. Apple uses neither the letter O nor the letter I, so a row that
// has one was typed or read wrongly, most likely for a digit.
func checkSerial(serial string) error {
	switch {
	case serial == "":
		return school.Refuse("serial", "required")
	case strings.Trim(serial, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "":
		return school.Refuse("serial", "serial_form", serial)
	case strings.Contains(serial, "O"):
		return school.Refuse("serial", "serial_letter_o", serial)
	case strings.Contains(serial, "I"):
		return school.Refuse("serial", "serial_letter_i", serial)
	case len(serial) < 10 || len(serial) > 14:
		return school.Refuse("serial", "serial_length", serial, len(serial))
	}
	return nil
}

// readDelivery reads what rows may name at the schools where the actor may do verb.
func (s *Store) readDelivery(ctx context.Context, c conn, by school.Actor, verb school.Verb, rows []Announced) (*delivery, error) {
	d := &delivery{by: by, classes: map[string][]school.Class{}, persons: map[string][]PersonRow{}, families: map[string][]PersonRow{},
		batches: map[string]school.BatchID{}, devices: map[string]known{}, numbers: map[string]string{}, rowOf: map[string]int{},
		numberOf: map[string]int{}, nameOf: map[school.SchoolID]string{}}
	if at, _ := by.Schools(verb, by.Tenant); len(at) == 1 {
		d.actorAt = at[0]
	}
	var serials, numbers []string
	persons := false
	for _, a := range rows {
		serials = append(serials, a.Serial)
		if a.Number != "" {
			numbers = append(numbers, school.Fold(a.Number))
		}
		persons = persons || a.Person != ""
	}
	var w where
	w.and("s.authority_id = ?", string(by.Tenant))
	w.and("NOT s.archived")
	if err := w.limitSchools(by, verb, by.Tenant, "s.id"); err != nil {
		return nil, err
	}
	err := c.each(ctx, `SELECT `+schoolColumns+` FROM school s WHERE `+w.String()+` ORDER BY s.name_sort, s.id`, w.args, func(r *sql.Rows) error {
		var x school.School
		err := scanSchool(r, &x)
		d.schools = append(d.schools, x)
		d.nameOf[x.ID] = x.Name
		return err
	})
	if err != nil {
		return nil, err
	}
	theirs := ` IN (SELECT s.id FROM school s WHERE ` + w.String() + `)`
	err = c.each(ctx, `SELECT id, school_id, name FROM class WHERE NOT archived AND school_id`+theirs+` ORDER BY name_sort, id`, w.args, func(r *sql.Rows) error {
		var x school.Class
		err := r.Scan(text(&x.ID), text(&x.School), &x.Name)
		d.classes[school.Fold(x.Name)] = append(d.classes[school.Fold(x.Name)], x)
		d.classList = append(d.classList, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, `SELECT id, school_id, name FROM place WHERE school_id`+theirs+` ORDER BY name_sort, id`, w.args, func(r *sql.Rows) error {
		var x school.Place
		err := r.Scan(text(&x.ID), text(&x.School), &x.Name)
		d.places = append(d.places, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, `SELECT id, name FROM batch WHERE authority_id = $1 ORDER BY id`, args(string(by.Tenant)), func(r *sql.Rows) error {
		var id school.BatchID
		var name string
		err := r.Scan(text(&id), &name)
		if _, has := d.batches[school.Fold(name)]; !has {
			d.batches[school.Fold(name)] = id
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if persons && by.CanSomewhere(school.ViewPeople, by.Tenant) {
		if err := d.readPersons(ctx, c, s.Now().UnixMicro()); err != nil {
			return nil, err
		}
	}
	err = c.each(ctx, `SELECT d.id, d.serial, COALESCE(a.number, ''), d.school_id, d.place_id, d.planned_class_id, d.planned_person_id, h.person_id, a.batch_id
		FROM device d JOIN asset a ON a.id = d.asset_id LEFT JOIN holding h ON h.device_id = d.id AND h.until_at IS NULL
		WHERE d.authority_id = $1 AND d.serial IN (SELECT value FROM json_array_elements_text($2::json))`, args(string(by.Tenant), list(serials)), func(r *sql.Rows) error {
		var k known
		var serial string
		err := r.Scan(text(&k.device), &serial, &k.number, text(&k.school), text(&k.place), text(&k.class), text(&k.plan), text(&k.holder), text(&k.batch))
		d.devices[serial] = k
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, c.each(ctx, `SELECT number_fold, COALESCE(serial, '') FROM asset WHERE authority_id = $1 AND number IS NOT NULL
		AND number_fold IN (SELECT value FROM json_array_elements_text($2::json))`, args(string(by.Tenant), list(numbers)), func(r *sql.Rows) error {
		var number, serial string
		err := r.Scan(&number, &serial)
		d.numbers[number] = serial
		return err
	})
}

func (d *delivery) readPersons(ctx context.Context, c conn, now int64) error {
	var w where
	w.arg(now)
	w.and("p.authority_id = ?", string(d.by.Tenant))
	w.and("NOT p.archived")
	if err := w.limitSchools(d.by, school.ViewPeople, d.by.Tenant, "p.school_id"); err != nil {
		return err
	}
	return c.each(ctx, personSelect+personFrom+w.String()+` ORDER BY p.name_sort, p.id`, w.args, func(r *sql.Rows) error {
		var p PersonRow
		if err := scanPerson(r, &p); err != nil {
			return err
		}
		forms := []string{school.Fold(p.Family + " " + p.Given), school.Fold(p.Given + " " + p.Family), school.Fold(p.Email), school.Fold(p.Login)}
		slices.Sort(forms)
		for _, f := range slices.Compact(forms) {
			if f != "" {
				d.persons[f] = append(d.persons[f], p)
			}
		}
		d.families[school.Fold(p.Family)] = append(d.families[school.Fold(p.Family)], p)
		return nil
	})
}

// row understands one row of the file.
func (d *delivery) row(a Announced) AnnounceRow {
	r := AnnounceRow{Announced: a, Does: AnnounceCreates}
	wrong := func(err error) {
		var e *school.Error
		if errors.As(err, &e) {
			e.Row = a.Row
			r.Problems = append(r.Problems, e)
		}
	}
	if err := checkSerial(a.Serial); err != nil {
		wrong(err)
	} else if first, has := d.rowOf[a.Serial]; has {
		wrong(school.Refuse("serial", "serial_twice", a.Serial, first))
	} else {
		d.rowOf[a.Serial] = a.Row
	}
	k, isKnown := d.devices[a.Serial]
	r.Device = k.device
	if a.Number != "" {
		fold := school.Fold(a.Number)
		if _, err := cleanNumber(a.Number); err != nil {
			wrong(err)
		} else if first, has := d.numberOf[fold]; has {
			wrong(school.Refuse("number", "number_twice", a.Number, first))
		} else if serial, has := d.numbers[fold]; has && serial != a.Serial {
			wrong(&school.Error{Kind: school.Conflict, Code: "number_taken", Field: "number", Args: []any{a.Number}})
		}
		if _, has := d.numberOf[fold]; !has {
			d.numberOf[fold] = a.Row
		}
	}
	d.place(a, k, isKnown, &r, wrong)
	if len(a.Batch) > 200 {
		wrong(school.Refuse("batch", "too_long", 200))
	} else if a.Batch != "" {
		if r.batch = d.batches[school.Fold(a.Batch)]; r.batch == "" {
			r.newBatch = a.Batch
		}
	}
	if isKnown && len(r.Problems) == 0 {
		r.compare(k)
	}
	return r
}

// place finds school, class, person and place of a row: each may be named alone and says where the others are sought.
func (d *delivery) place(a Announced, k known, isKnown bool, r *AnnounceRow, wrong func(error)) {
	if a.School != "" {
		x, err := d.findSchool(a.School)
		if err != nil {
			wrong(err)
			return // where it belongs is unknown: nothing else can be sought
		}
		r.school = x
	}
	if isKnown && !d.by.Can(school.Enroll, school.Where{Authority: d.by.Tenant, School: k.school}) {
		wrong(&school.Error{Kind: school.Conflict, Code: "serial_elsewhere", Field: "serial", Args: []any{a.Serial}})
		return
	}
	if a.Class != "" {
		c, err := d.findClass(a.Class, r.school)
		if err != nil {
			wrong(err)
		} else {
			r.class, r.school = c.ID, c.School
		}
	}
	if a.Person != "" {
		p, err := d.findPerson(a.Person, r.school, r.class)
		switch {
		case err != nil:
			wrong(err)
		case k.holder != "" && k.holder != p.ID:
			wrong(&school.Error{Kind: school.Conflict, Code: "announce_issued", Field: "person", Args: []any{a.Serial}})
		default:
			r.person = p.ID
			if r.school == "" {
				r.school = p.School
			}
		}
	}
	if r.school == "" && isKnown {
		r.school = k.school
	}
	if r.school == "" && !isKnown {
		r.school = d.actorAt
	}
	if a.Place != "" {
		p, err := d.findPlace(a.Place, r.school)
		if err != nil {
			wrong(err)
		} else {
			r.place, r.school = p.ID, p.School
		}
	}
	if !d.by.Can(school.Enroll, school.Where{Authority: d.by.Tenant, School: r.school}) {
		wrong(school.Refuse("school", "required"))
	}
}

// compare says what the row would change of a known device.
func (r *AnnounceRow) compare(k known) {
	field := func(name string, differs bool) {
		if differs {
			r.Fields = append(r.Fields, name)
		}
	}
	field("number", r.Number != "" && r.Number != k.number)
	field("school", r.school != k.school)
	field("class", r.class != "" && r.class != k.class)
	field("person", r.person != "" && r.person != k.plan && r.person != k.holder)
	field("place", r.place != "" && r.place != k.place)
	field("batch", r.Batch != "" && (r.newBatch != "" || r.batch != k.batch))
	r.Does = AnnounceKeeps
	if len(r.Fields) > 0 {
		r.Does = AnnounceChanges
	}
}
