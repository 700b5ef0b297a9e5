package store

import (
	"context"
	"database/sql"
	"sort"
	"strings"
	"time"

	"ranzen/store/school"
)

// What devices say about updates of iPadOS is state: one row for each device that ever spoke of it or of which a version is
// demanded. Boards count it by version, school and state; nobody's name is in it.

// Demanded is the version a device is to have, as planning it came to.
type Demanded struct {
	Device  school.DeviceID
	Version string
	At      string
	Met     bool
	Blocked string
}

// demanded keeps what is demanded of a device.
func demanded(a school.AuthorityID, d *Demanded) sentence {
	return say(`INSERT INTO device_update (device_id, authority_id, want, want_at, met, blocked) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (device_id) DO UPDATE SET want = excluded.want, want_at = excluded.want_at, met = excluded.met, blocked = excluded.blocked`, string(d.Device), string(a), d.Version, d.At, d.Met, d.Blocked)
}

// updating keeps what a device said.
func updating(a school.AuthorityID, d school.DeviceID, u school.Updating) sentence {
	return say(`INSERT INTO device_update (device_id, authority_id, state, version, build, install_at, failures, reason, failed_at, because, beta, said_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (device_id) DO UPDATE SET state = excluded.state, version = excluded.version, build = excluded.build, install_at = excluded.install_at,
			failures = excluded.failures, reason = excluded.reason, failed_at = excluded.failed_at, because = excluded.because, beta = excluded.beta, said_at = excluded.said_at`,
		string(d), string(a), string(u.State), u.Version, u.Build, u.At, int64(u.Failures), u.Reason, micros(u.FailedAt), u.Because, u.Beta, micros(u.Said))
}

const updateColumns = `COALESCE(u.state, ''), COALESCE(u.version, ''), COALESCE(u.build, ''), COALESCE(u.install_at, ''), COALESCE(u.failures, 0), COALESCE(u.reason, ''),
	u.failed_at, COALESCE(u.because, ''), COALESCE(u.beta, ''), u.said_at, COALESCE(u.want, ''), COALESCE(u.want_at, ''), COALESCE(u.met, FALSE), COALESCE(u.blocked, '')`

func scanUpdating(u *school.Updating) []any {
	return []any{text(&u.State), &u.Version, &u.Build, &u.At, &u.Failures, &u.Reason, stamp(&u.FailedAt), &u.Because, &u.Beta, stamp(&u.Said), &u.Want, &u.WantAt, &u.Met, &u.Blocked}
}

// VersionCount is how many devices have a version of iPadOS.
type VersionCount struct {
	Version string // empty: not known yet
	Devices int
}

// UpdateBoard is where the iPads of an authority or a school stand with iPadOS.
type UpdateBoard struct {
	Devices  int                        // under management
	Versions []VersionCount             // newest first
	States   map[school.UpdateState]int // of those that said so
	Demanded int                        // a version is demanded
	Met      int                        // and they have it
	Blocked  int                        // a version is demanded and they cannot have it as things are
	Failing  int
	Late     int // the deadline has passed and they have it not
	Causes   map[school.Cause]int
	Schools  []SchoolUpdates
}

// SchoolUpdates is the same for one school.
type SchoolUpdates struct {
	School                                         school.SchoolID
	Name                                           string
	Devices, Demanded, Met, Blocked, Failing, Late int
}

// updatesWhere narrows devices s (device_state, with its update u and enrolment e) to those the actor may see.
func updatesWhere(by school.Actor, at school.SchoolID) (w *where, err error) {
	w = &where{}
	w.and("s.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.View, by.Tenant, "s.school_id"); err != nil {
		return nil, err
	}
	if at != "" {
		w.and("s.school_id = ?", string(at))
	}
	return w, nil
}

const updatesFrom = ` FROM device_state s
	JOIN enrollment e ON e.id = s.enrollment_id AND e.state = 'enrolled'
	LEFT JOIN device_update u ON u.device_id = s.device_id
	LEFT JOIN school sc ON sc.id = s.school_id WHERE `

// Updates counts where the devices the actor may see stand; at narrows it to one school. What is counted together is one
// group of a GROUP BY: versions are few, however many devices there are.
func (s *Store) Updates(ctx context.Context, by school.Actor, at school.SchoolID) (b UpdateBoard, err error) {
	w, err := updatesWhere(by, at)
	if err != nil {
		return b, err
	}
	b.States, b.Causes = map[school.UpdateState]int{}, map[school.Cause]int{}
	now := s.Now().In(Berlin).Format(school.DeadlineForm)
	versions := map[string]int{}
	schools := map[school.SchoolID]*SchoolUpdates{}
	err = s.read().each(ctx, `SELECT s.school_id, COALESCE(sc.name, ''), s.os_version, COALESCE(u.state, ''), COALESCE(u.failures, 0) > 0, COALESCE(u.reason, ''), COALESCE(u.want, ''), COALESCE(u.want_at, ''), COALESCE(u.met, FALSE), COALESCE(u.blocked, ''), count(*)`+
		updatesFrom+w.String()+` GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 ORDER BY 2, 1, 3, 4, 6, 7, 8, 10`, w.args, func(r *sql.Rows) error {
		var at school.SchoolID
		var name, version string
		var u school.Updating
		var failed bool
		var n int
		if err := r.Scan(text(&at), &name, &version, text(&u.State), &failed, &u.Reason, &u.Want, &u.WantAt, &u.Met, &u.Blocked, &n); err != nil {
			return err
		}
		if failed {
			u.Failures = 1
		}
		x := schools[at]
		if x == nil {
			x = &SchoolUpdates{School: at, Name: name}
			schools[at] = x
		}
		b.count(x, u, n, now)
		versions[version] += n
		return nil
	})
	for v, n := range versions {
		b.Versions = append(b.Versions, VersionCount{v, n})
	}
	sort.Slice(b.Versions, func(i, j int) bool { return newer(b.Versions[i].Version, b.Versions[j].Version) })
	for _, x := range schools {
		b.Schools = append(b.Schools, *x)
	}
	sort.Slice(b.Schools, func(i, j int) bool {
		return school.SortKey(b.Schools[i].Name)+string(b.Schools[i].School) < school.SortKey(b.Schools[j].Name)+string(b.Schools[j].School)
	})
	return b, err
}

// count adds n devices in the same state.
func (b *UpdateBoard) count(at *SchoolUpdates, u school.Updating, n int, now string) {
	b.Devices += n
	at.Devices += n
	if u.Want != "" {
		b.Demanded += n
		at.Demanded += n
	}
	if u.Met {
		b.Met += n
		at.Met += n
		return
	}
	if u.Blocked != "" {
		b.Blocked += n
		at.Blocked += n
		return
	}
	if u.State != "" && u.State != school.UpdateNone {
		b.States[u.State] += n
	}
	if u.Failing() {
		b.Failing += n
		at.Failing += n
		b.Causes[school.CauseOf(u.Reason)] += n
	}
	if u.Want != "" && u.WantAt < now {
		b.Late += n
		at.Late += n
	}
}

// newer sorts versions, those not known last.
func newer(a, b string) bool {
	if a == b || b == "" {
		return b == "" && a != ""
	}
	return a != "" && school.OSAtLeast(a, b)
}

// UpdateFilter narrows the list of devices on the board.
type UpdateFilter struct {
	School  school.SchoolID
	Version string // of iPadOS they have
	State   string // "failing", "blocked", "late", "open" (demanded, not met), "met", or one of school.UpdateStates
	After   string
	Limit   int
}

// UpdateListStates in the order pages offer them.
var UpdateListStates = []string{"failing", "blocked", "late", "open", "downloading", "prepared", "installing", "met"}

// UpdateRow is a device with what it said about updates.
type UpdateRow struct {
	Device     school.DeviceID
	Number     string
	Serial     string
	Model      string
	OSVersion  string
	School     school.SchoolID
	SchoolName string
	Class      school.ClassID
	ClassName  string
	LastSeen   time.Time
	Battery    int
	Storage    float64
	school.Updating
}

// DeviceUpdates lists devices by what they said, by number.
func (s *Store) DeviceUpdates(ctx context.Context, by school.Actor, f UpdateFilter) (Page[UpdateRow], error) {
	w, err := updatesWhere(by, f.School)
	if err != nil {
		return Page[UpdateRow]{}, err
	}
	if f.Version != "" {
		w.and("s.os_version = ?", f.Version)
	}
	const met = `COALESCE(u.met, FALSE)`
	switch f.State {
	case "":
	case "failing":
		w.and("(u.state = 'failed' OR u.failures > 0 AND u.state <> 'installing' AND u.reason <> '') AND u.blocked = '' AND NOT " + met)
	case "blocked":
		w.and("u.blocked <> ''")
	case "late":
		w.and("u.want <> '' AND u.blocked = '' AND u.want_at < ? AND NOT "+met, s.Now().In(Berlin).Format(school.DeadlineForm))
	case "open":
		w.and("u.want <> '' AND u.blocked = '' AND NOT " + met)
	case "met":
		w.and(met)
	case "waiting", "downloading", "prepared", "installing":
		w.and("u.state = ? AND u.blocked = '' AND NOT "+met, f.State)
	default:
		return Page[UpdateRow]{}, school.Refuse("state", "choice")
	}
	o := order{key: "a.number_sort", id: "s.device_id"}
	if err := w.page(o, f.After); err != nil {
		return Page[UpdateRow]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT s.device_id, COALESCE(a.number, ''), d.serial, COALESCE(NULLIF(s.model, ''), a.model), s.os_version, s.school_id, COALESCE(sc.name, ''),
		s.at_class_id, COALESCE(c.name, ''), s.last_seen_at, COALESCE(s.battery, -1), COALESCE(s.storage_free, 0), `+updateColumns+o.columns()+
		strings.Replace(updatesFrom, " WHERE ", " JOIN device d ON d.id = s.device_id JOIN asset a ON a.id = d.asset_id LEFT JOIN class c ON c.id = s.at_class_id WHERE ", 1)+w.String(),
		w, o, f.Limit, func(r *sql.Rows, x *UpdateRow, rest ...any) error {
			dest := []any{text(&x.Device), &x.Number, &x.Serial, &x.Model, &x.OSVersion, text(&x.School), &x.SchoolName, text(&x.Class), &x.ClassName, stamp(&x.LastSeen), &x.Battery, &x.Storage}
			return r.Scan(append(append(dest, scanUpdating(&x.Updating)...), rest...)...)
		})
}
