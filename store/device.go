package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"ranzen/store/school"
)

// Silence is how long an enrolled device may say nothing before it counts as silent.
const Silence = 14 * 24 * time.Hour

// DeviceState is what a list of devices can be narrowed to.
type DeviceState string

const (
	AnyState     DeviceState = ""
	IsEnrolled   DeviceState = "enrolled"
	NotEnrolled  DeviceState = "not_enrolled"
	IsSilent     DeviceState = "silent"      // enrolled, not a word for Silence
	NeedsHelp    DeviceState = "help"        // will not come right by itself, see deviceHelp
	CatchingUp   DeviceState = "catching_up" // enrolled, not yet as decided, and nobody has to do anything
	AsDecided    DeviceState = "as_decided"  // enrolled, planned from the newest facts, nothing missing
	Unconfirmed  DeviceState = "unconfirmed" // enrolled by hand, nobody said that it is ours
	WithoutPlace DeviceState = "unplaced"    // belongs to no school yet
	Alarmed      DeviceState = "alarmed"     // an open alarm is about it
	LittleRoom   DeviceState = "storage"     // too little free storage for an update
	Worn         DeviceState = "battery"     // the battery should be replaced
	HelpElse     DeviceState = "help_else"   // needs help and is neither silent nor one of the last three: what no other list says already
	SilentHelp   DeviceState = "silent_help" // the same, but silent: who lacks something while most are silent and nobody looks for them
)

// DeviceStates in the order pages show them.
var DeviceStates = []DeviceState{NeedsHelp, CatchingUp, AsDecided, IsEnrolled, NotEnrolled, IsSilent, Unconfirmed, WithoutPlace, Alarmed, LittleRoom, Worn, HelpElse, SilentHelp}

// DeviceSort is what a list of devices is sorted by. Devices without the thing sorted by stand last.
type DeviceSort string

const (
	ByNumber DeviceSort = "number"
	BySerial DeviceSort = "serial"
	BySeen   DeviceSort = "seen" // silent for longest first
	ByHolder DeviceSort = "holder"
)

var deviceOrders = map[DeviceSort]string{"": "a.number_sort", ByNumber: "a.number_sort", BySerial: "d.serial", BySeen: "st.last_seen_at", ByHolder: "p.name_sort"}

// DeviceFilter narrows and sorts a list of devices. The zero value is every device the actor may see, by number.
type DeviceFilter struct {
	School school.SchoolID
	Class  school.ClassID // devices that count to it
	Place  school.PlaceID
	Person school.PersonID // devices the person holds
	Batch  school.BatchID
	Group  school.GroupID // belongs to it, by its person or by the rule
	State  DeviceState
	Alarm  string // of Alarmed: only alarms of this kind
	Text   string // every word begins the serial, a name or the version of iPadOS, or stands in the inventory number or the model
	Sort   DeviceSort
	Desc   bool
	After  string
	Limit  int
}

// DeviceRow is a device with what its line in a list shows.
type DeviceRow struct {
	ID          school.DeviceID
	Enrollment  school.EnrollmentID
	Number      string
	Serial      string
	Model       string
	OSVersion   string
	School      school.SchoolID
	SchoolName  string
	Class       school.ClassID
	ClassName   string
	Place       school.PlaceID
	PlaceName   string
	Holder      school.PersonID // empty where nobody holds it or the actor may not know
	HolderName  string
	Enrolled    bool
	Confirmed   bool
	LastSeen    time.Time
	Silent      bool
	CatchingUp  bool // its target was marked and not planned yet, or something is missing
	Missing     int  // items not reported yet
	LeftOut     int  // items the facts want and the device cannot have
	NeedsHelp   bool
	MissingKeys []school.ItemKey
}

// Conditions on the tables of deviceJoins. $1 is the moment before which a device counts as silent, $2 the authority.
var (
	deviceEnrolled = `(e.id IS NOT NULL AND e.state = 'enrolled')`
	deviceSilent   = `(e.state = 'enrolled' AND (st.last_seen_at IS NULL OR st.last_seen_at < $1))`
	deviceOpen     = `COALESCE(NOT ` + planned("t", "$2") + ` OR t.missing <> '[]', TRUE)`
	// deviceHelp: somebody must do something. Not confirmed, perhaps cloned, out of Apple's reach, refused something for
	// good, cannot have something, or is silent while something is open. A device that is merely silent in a cupboard is not
	// in trouble: it will catch up when it is needed.
	deviceHelp = `(e.state = 'enrolled' AND (NOT d.confirmed OR e.clone_alarm OR e.push_state <> '' OR COALESCE(t.left_out, '[]') <> '[]' OR COALESCE(t.deviations, '') LIKE '%"Final":true%' OR (` +
		deviceSilent + ` AND ` + deviceOpen + `)))`
	deviceAlarm = `EXISTS (SELECT 1 FROM alarm al WHERE al.authority_id = d.authority_id AND al.subject = d.id AND al.cleared_at IS NULL`
	// deviceTold leaves out what another list says already.
	deviceTold = ` AND d.confirmed AND d.school_id IS NOT NULL AND NOT ` + deviceAlarm + `)`
)

// deviceJoins joins to device d what devices are listed with; both engines leave out the joins a query does not use, which
// they can do with left joins alone: every device has an asset and a device_state row, but no engine knows that. The names of
// persons come in under the condition of sight alone, so that neither a column, nor a sort, nor a search can show them
// to those who may not see them.
func deviceJoins(w *where, by school.Actor, names bool) string {
	holder := ""
	if names {
		holder = deviceHolder(w, by)
	}
	return `
	LEFT JOIN asset a ON a.id = d.asset_id
	LEFT JOIN device_state st ON st.device_id = d.id
	LEFT JOIN enrollment e ON e.id = st.enrollment_id AND e.state <> 'checked_out'
	LEFT JOIN target t ON t.enrollment_id = e.id
	LEFT JOIN school s ON s.id = d.school_id
	LEFT JOIN class c ON c.id = st.at_class_id
	LEFT JOIN place pl ON pl.id = d.place_id` + holder
}

// deviceHolder joins who holds the device. That there is one at most no engine knows: it is left out where nobody asks.
func deviceHolder(w *where, by school.Actor) string {
	sight := "TRUE"
	switch schools, ok := by.Schools(school.ViewPeople, by.Tenant); {
	case !ok:
		sight = "FALSE"
	case schools != nil:
		sight = "d.school_id IN (SELECT value FROM json_array_elements_text(" + w.arg(list(schools)) + "::json))"
	}
	return `
	LEFT JOIN holding h ON h.device_id = d.id AND h.until_at IS NULL
	LEFT JOIN person p ON p.id = h.person_id AND ` + sight
}

// devicesWhere turns a filter into conditions, and says from what they select; the first arguments are the moment of silence and the authority.
func (s *Store) devicesWhere(by school.Actor, f DeviceFilter) (w *where, from string, err error) {
	w = &where{}
	w.arg(s.Now().Add(-Silence).UnixMicro())
	w.and("CAST($1 AS BIGINT) > 0") // the argument is used in any case, or PostgreSQL could not know its type
	w.and("d.authority_id = ?", string(by.Tenant))
	from = ` FROM device d` + deviceJoins(w, by, f.Person != "" || f.Text != "" || f.Sort == ByHolder) + ` WHERE `
	if err := w.limitSchools(by, school.View, by.Tenant, "d.school_id"); err != nil {
		return nil, "", err
	}
	if f.School != "" {
		w.and("d.school_id = ?", string(f.School))
	}
	if f.Class != "" {
		w.and("st.at_class_id = ?", string(f.Class))
	}
	if f.Place != "" {
		w.and("d.place_id = ?", string(f.Place))
	}
	if f.Person != "" {
		w.and("p.id = ?", string(f.Person))
	}
	if f.Batch != "" {
		w.and("a.batch_id = ?", string(f.Batch))
	}
	if f.Group != "" {
		now := s.Now().UnixMicro()
		w.and(inGroup("d.id"), string(f.Group), now, now, string(f.Group))
	}
	switch f.State {
	case AnyState:
	case IsEnrolled:
		w.and(deviceEnrolled)
	case NotEnrolled:
		w.and("NOT " + deviceEnrolled)
	case IsSilent:
		w.and(deviceSilent)
	case NeedsHelp:
		w.and(deviceHelp)
	case CatchingUp:
		w.and(deviceEnrolled + " AND " + deviceOpen + " AND NOT " + deviceHelp)
	case AsDecided:
		w.and(deviceEnrolled + " AND NOT " + deviceOpen + " AND NOT " + deviceHelp)
	case Unconfirmed:
		w.and("NOT d.confirmed")
	case WithoutPlace:
		w.and("d.school_id IS NULL")
	case Alarmed:
		if f.Alarm != "" {
			w.and(deviceAlarm+" AND al.kind = ?)", f.Alarm)
		} else {
			w.and(deviceAlarm + ")")
		}
	case LittleRoom:
		w.and("st.storage_free > 0 AND st.storage_free < ?", school.LittleStorage)
	case Worn:
		w.and("st.battery_health = ?", string(school.WornOut))
	case HelpElse:
		w.and(deviceHelp + " AND NOT " + deviceSilent + deviceTold)
	case SilentHelp:
		w.and(deviceHelp + " AND " + deviceSilent + deviceTold)
	default:
		return nil, "", school.Refuse("state", "choice")
	}
	for _, word := range searchWords(f.Text) {
		prefix := likePrefix(word)
		a := append(wordArgs(prefix, 3), strings.ToUpper(prefix), "%"+prefix, prefix, "%"+prefix)
		w.and(wordCond([]string{"c.name_fold", "s.name_fold", "p.name_fold"}, `d.serial LIKE ? ESCAPE '\' OR a.number_fold LIKE ? ESCAPE '\' OR st.os_version LIKE ? ESCAPE '\' OR lower(st.model) LIKE ? ESCAPE '\'`), a...)
	}
	return w, from, nil
}

// Devices lists devices the actor may see.
func (s *Store) Devices(ctx context.Context, by school.Actor, f DeviceFilter) (Page[DeviceRow], error) {
	w, from, err := s.devicesWhere(by, f)
	if err != nil {
		return Page[DeviceRow]{}, err
	}
	key, ok := deviceOrders[f.Sort]
	if !ok {
		return Page[DeviceRow]{}, school.Refuse("sort", "choice")
	}
	schools, _ := by.Schools(school.View, by.Tenant)
	few := schools != nil || f.School != "" || f.Class != "" || f.Place != "" || f.Batch != "" || f.Person != ""
	if few && key == "a.number_sort" || (few || f.Text != "") && key == "d.serial" {
		key += " || ''" // found by where they are or what they are called and then sorted, not looked for among all in the order of an index
	}
	o := order{key: key, id: "d.id", desc: f.Desc}
	if err := w.page(o, f.After); err != nil {
		return Page[DeviceRow]{}, err
	}
	if key == "a.number_sort" { // true anyway, and it lets the list be read in the order of the index of numbers
		w.and("a.authority_id = ?", string(by.Tenant))
	}
	// Which devices stand on the page is found with the joins that filter and sort need; only they are read in full.
	ids := `SELECT d.id` + from + w.String() + o.String() + ` LIMIT ` + w.arg(pageSize(f.Limit)+1)
	q := `SELECT d.id, e.id, COALESCE(a.number, ''), d.serial, COALESCE(NULLIF(st.model, ''), a.model), st.os_version, d.school_id, COALESCE(s.name, ''),
		st.at_class_id, COALESCE(c.name, ''), d.place_id, COALESCE(pl.name, ''), p.id, COALESCE(p.given, ''), COALESCE(p.family, ''),
		` + deviceEnrolled + `, d.confirmed, st.last_seen_at, ` + deviceEnrolled + ` AND ` + deviceOpen + `, COALESCE(` + deviceHelp + `, FALSE),
		COALESCE(t.missing, '[]'), COALESCE(json_array_length(t.left_out::json), 0)` + o.columns() + `
		FROM (` + ids + `) page JOIN device d ON d.id = page.id` + deviceJoins(w, by, true)
	silent := s.Now().Add(-Silence)
	return pageOf(ctx, s.read(), q, w, o, f.Limit, func(r *sql.Rows, x *DeviceRow, rest ...any) error {
		var p school.Person
		err := r.Scan(append([]any{text(&x.ID), text(&x.Enrollment), &x.Number, &x.Serial, &x.Model, &x.OSVersion, text(&x.School), &x.SchoolName,
			text(&x.Class), &x.ClassName, text(&x.Place), &x.PlaceName, text(&x.Holder), &p.Given, &p.Family,
			&x.Enrolled, &x.Confirmed, stamp(&x.LastSeen), &x.CatchingUp, &x.NeedsHelp, fromJSON(&x.MissingKeys), &x.LeftOut}, rest...)...)
		if x.Holder != "" {
			x.HolderName = p.Name()
		}
		x.Missing = len(x.MissingKeys)
		x.LastSeen = s.seenLast(x.Enrollment, x.LastSeen)
		x.Silent = x.Enrolled && x.LastSeen.Before(silent)
		return err
	})
}

// seenLast is when a device last spoke: what is written, or what is gathered and not written yet.
func (s *Store) seenLast(e school.EnrollmentID, written time.Time) time.Time {
	if at, ok := s.LastSeen(e); ok && at.After(written) {
		return at.UTC()
	}
	return written
}

// CountDevices counts what Devices would list in all its pages.
func (s *Store) CountDevices(ctx context.Context, by school.Actor, f DeviceFilter) (int, error) {
	w, from, err := s.devicesWhere(by, f)
	if err != nil {
		return 0, err
	}
	n, err := s.read().number(ctx, `SELECT count(*)`+from+w.String(), w.args...)
	return int(n), err
}

// DeviceIDs names every device a filter finds, for "all 1.204 that match". At most limit of them; more is true when
// there are others.
func (s *Store) DeviceIDs(ctx context.Context, by school.Actor, f DeviceFilter, limit int) (ids []school.DeviceID, more bool, err error) {
	w, from, err := s.devicesWhere(by, f)
	if err != nil {
		return nil, false, err
	}
	err = s.read().each(ctx, `SELECT d.id`+from+w.String()+` ORDER BY d.id LIMIT `+w.arg(limit+1), w.args, func(r *sql.Rows) error {
		var id school.DeviceID
		err := r.Scan(text(&id))
		ids = append(ids, id)
		return err
	})
	if len(ids) > limit {
		ids, more = ids[:limit], true
	}
	return ids, more, err
}

// DevicePage is all that the page of one device shows beside its items.
type DevicePage struct {
	school.Device
	SchoolName   string
	Class        school.ClassID // that it counts to
	ClassName    string
	PlaceName    string
	Batch        school.BatchID
	BatchName    string
	AssetModel   string
	Holder       *school.Person // nil: nobody, or the actor may not know
	HolderSince  time.Time
	Planned      *school.Person     // who will get it; nil like Holder
	PlannedClass string             // name of the planned class
	Enrollment   *school.Enrollment // the one in force; nil: not enrolled
	Manual       bool               // enrolled by hand
	PushState    string             // what Apple last said against its push contact; empty: nothing
	Released     bool               // a person released its networks
	Silent       bool
	Held         []HoldingRow // who had it, newest first; empty where the actor may not know
}

const deviceColumns = `d.id, d.authority_id, d.asset_id, d.school_id, d.place_id, COALESCE(a.number, ''), d.serial, st.udid,
	COALESCE(NULLIF(st.model, ''), a.model), st.product_name, st.os_version, st.build, st.supervised, ` + deviceOwnership + `, d.confirmed,
	d.planned_person_id, d.planned_class_id, st.last_seen_at, COALESCE(st.battery, -1), COALESCE(st.storage_free, 0), st.battery_health, st.inventory_at,
	(SELECT max(ad.migrate_until) FROM ade_device ad WHERE ad.device_id = d.id AND ad.gone_at IS NULL)`

func scanDevice(r *sql.Rows, d *school.Device, rest ...any) error {
	return r.Scan(append([]any{text(&d.ID), text(&d.Authority), text(&d.Asset), text(&d.School), text(&d.Place), &d.Number, &d.Serial, &d.UDID,
		&d.Model, &d.ProductName, &d.OSVersion, &d.Build, &d.Supervised, text(&d.Ownership), &d.Confirmed,
		text(&d.PlannedPerson), text(&d.PlannedClass), stamp(&d.LastSeen), &d.Battery, &d.StorageFree, text(&d.Health), stamp(&d.InventoryAt), stamp(&d.MigrateUntil)}, rest...)...)
}

// DeviceByID reads the page of one device the actor may see.
func (s *Store) DeviceByID(ctx context.Context, by school.Actor, id school.DeviceID) (DevicePage, error) {
	return s.devicePage(ctx, by, "d.id = ?", string(id))
}

// DeviceBySerial finds a device by its serial, as it stands on the device.
func (s *Store) DeviceBySerial(ctx context.Context, by school.Actor, serial string) (DevicePage, error) {
	return s.devicePage(ctx, by, "d.serial = ?", cleanSerial(serial))
}

func (s *Store) devicePage(ctx context.Context, by school.Actor, cond, arg string) (DevicePage, error) {
	var x DevicePage
	var w where
	w.and("d.authority_id = ?", string(by.Tenant))
	w.and(cond, arg)
	if err := w.limitSchools(by, school.View, by.Tenant, "d.school_id"); err != nil {
		return x, school.Missing("device")
	}
	var e school.Enrollment
	var holder, planned school.Person
	person := func(alias string) string {
		return strings.ReplaceAll(`X.id, X.authority_id, X.school_id, COALESCE(X.kind, ''), COALESCE(X.given, ''), COALESCE(X.family, ''), COALESCE(X.email, ''), COALESCE(X.login, '')`, "X", alias)
	}
	scanned := func(p *school.Person) []any {
		return []any{text(&p.ID), text(&p.Authority), text(&p.School), text(&p.Kind), &p.Given, &p.Family, &p.Email, &p.Login}
	}
	err := s.read().each(ctx, `SELECT `+deviceColumns+`, COALESCE(s.name, ''), st.at_class_id, COALESCE(c.name, ''), COALESCE(pl.name, ''), b.id, COALESCE(b.name, ''), a.model,
			COALESCE(pc.name, ''), d.release_networks, h.from_at,
			e.id, COALESCE(e.type, ''), COALESCE(e.state, ''), COALESCE(e.topic, ''), COALESCE(e.awaiting, FALSE), e.await_until, e.enrolled_at, e.last_seen_at, e.cert_ends_at,
			COALESCE(e.clone_alarm, FALSE), COALESCE(e.manual, FALSE), COALESCE(e.push_state, ''), `+person("p")+`, `+person("pp")+`
			FROM device d JOIN asset a ON a.id = d.asset_id JOIN device_state st ON st.device_id = d.id
			LEFT JOIN school s ON s.id = d.school_id LEFT JOIN class c ON c.id = st.at_class_id LEFT JOIN place pl ON pl.id = d.place_id
			LEFT JOIN batch b ON b.id = a.batch_id LEFT JOIN class pc ON pc.id = d.planned_class_id
			LEFT JOIN enrollment e ON e.id = st.enrollment_id AND e.state <> 'checked_out'
			LEFT JOIN holding h ON h.device_id = d.id AND h.until_at IS NULL LEFT JOIN person p ON p.id = h.person_id
			LEFT JOIN person pp ON pp.id = d.planned_person_id
			WHERE `+w.String(), w.args, func(r *sql.Rows) error {
		rest := []any{&x.SchoolName, text(&x.Class), &x.ClassName, &x.PlaceName, text(&x.Batch), &x.BatchName, &x.AssetModel,
			&x.PlannedClass, &x.Released, stamp(&x.HolderSince),
			text(&e.ID), text(&e.Type), text(&e.State), &e.Topic, &e.Awaiting, stamp(&e.AwaitUntil), stamp(&e.EnrolledAt), stamp(&e.LastSeen), stamp(&e.CertEnds),
			&e.CloneAlarm, &x.Manual, &x.PushState}
		return scanDevice(r, &x.Device, append(append(rest, scanned(&holder)...), scanned(&planned)...)...)
	})
	if err != nil {
		return x, err
	}
	if x.ID == "" {
		return x, school.Missing("device")
	}
	if e.ID != "" {
		e.Authority, e.Device = x.Authority, x.ID
		e.LastSeen = s.seenLast(e.ID, e.LastSeen)
		x.Enrollment = &e
		x.LastSeen = s.seenLast(e.ID, x.LastSeen)
		x.Silent = e.State == school.Enrolled && x.LastSeen.Before(s.Now().Add(-Silence))
	}
	if !by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: x.School}) {
		x.Device.PlannedPerson, x.HolderSince = "", time.Time{}
		return x, nil
	}
	if holder.ID != "" {
		x.Holder = &holder
	}
	if planned.ID != "" {
		x.Planned = &planned
	}
	x.Held, err = s.holdings(ctx, by, "h.device_id = $2", string(x.ID))
	return x, err
}
