package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// Cutover is how far an iPad is on its way from another management into this one. It follows from what Apple's list and the
// iPad itself say; nobody keeps it by hand.
type Cutover string

const (
	CutElsewhere Cutover = "elsewhere" // Apple assigns it to another server, or to none
	CutRefused   Cutover = "refused"   // assigned to us, and Apple refuses our ADE profile for it
	CutLate      Cutover = "late"      // its deadline has passed and it did not come
	CutErase     Cutover = "erase"     // assigned without a deadline: comes when it is set up the next time, so after an erase
	CutMoves     Cutover = "moves"     // assigned with a deadline: comes by itself without an erase
	CutTaken     Cutover = "taken"     // enrolled here
)

// Cutovers in the order pages show them: what wants somebody first.
var Cutovers = []Cutover{CutLate, CutRefused, CutElsewhere, CutErase, CutMoves, CutTaken}

// CutoverSchool is one school on its way.
type CutoverSchool struct {
	School  school.SchoolID // empty: of no school yet
	Name    string
	Devices int
	Are     map[Cutover]int
	Network bool // it has a set-up network: without one an iPad that was erased waits for somebody who chooses
}

// CutoverDevice is one iPad on its way.
type CutoverDevice struct {
	Device    school.DeviceID
	Number    string
	Serial    string
	Class     school.ClassID
	ClassName string
	Is        Cutover
	Until     time.Time // the deadline Apple was given
	Enrolled  time.Time
	Code      string // why Apple refuses
}

// cutoverIs tells of a device (d, e its enrolment in force, l what lists say) how far it is.
const cutoverIs = `CASE WHEN e.state = 'enrolled' THEN 'taken' WHEN l.device_id IS NULL THEN 'elsewhere' WHEN l.code <> '' THEN 'refused' WHEN l.until_at IS NULL THEN 'erase' WHEN l.until_at > $2 THEN 'moves' ELSE 'late' END`

// cutoverFrom are the iPads of an authority ($1) at a time ($2). What belongs to parents is taken over from nobody, and what is gone
// from nowhere.
const cutoverFrom = ` FROM device d JOIN asset a ON a.id = d.asset_id LEFT JOIN device_state s ON s.device_id = d.id LEFT JOIN enrollment e ON e.id = s.enrollment_id
	LEFT JOIN (SELECT device_id, max(assign_code) AS code, max(migrate_until) AS until_at FROM ade_device WHERE authority_id = $1 AND gone_at IS NULL GROUP BY device_id) l ON l.device_id = d.id
	WHERE d.authority_id = $1 AND d.ownership = 'owned' AND ` + assetHere

// CutoverSchools counts the iPads of every school the actor sees by how far they are.
func (s *Store) CutoverSchools(ctx context.Context, by school.Actor) (out []CutoverSchool, err error) {
	if !by.CanSomewhere(school.View, by.Tenant) {
		return nil, school.Missing("authority")
	}
	now := s.Now().UnixMicro()
	of := map[school.SchoolID]map[Cutover]int{}
	err = s.snapshot(ctx, func(c conn) error {
		out = nil
		clear(of)
		if err := c.each(ctx, `SELECT d.school_id, `+cutoverIs+`, count(*)`+cutoverFrom+` GROUP BY 1, 2`, args(string(by.Tenant), now), func(r *sql.Rows) error {
			var at school.SchoolID
			var is Cutover
			var n int
			err := r.Scan(text(&at), text(&is), &n)
			if of[at] == nil {
				of[at] = map[Cutover]int{}
			}
			of[at][is] += n
			return err
		}); err != nil {
			return err
		}
		add := func(x CutoverSchool) {
			if x.Are = of[x.School]; len(x.Are) > 0 && by.Can(school.View, school.Where{Authority: by.Tenant, School: x.School}) {
				for _, n := range x.Are {
					x.Devices += n
				}
				out = append(out, x)
			}
		}
		err := c.each(ctx, `SELECT id, name, network_ssid <> '' FROM school WHERE authority_id = $1 ORDER BY name_sort, id`, args(string(by.Tenant)), func(r *sql.Rows) error {
			var x CutoverSchool
			err := r.Scan(text(&x.School), &x.Name, &x.Network)
			add(x)
			return err
		})
		add(CutoverSchool{})
		return err
	})
	return out, err
}

// CutoverOf counts the iPads of one school; empty: of those that belong to none yet.
func (s *Store) CutoverOf(ctx context.Context, by school.Actor, id school.SchoolID) (CutoverSchool, error) {
	all, err := s.CutoverSchools(ctx, by)
	for _, x := range all {
		if x.School == id {
			return x, nil
		}
	}
	if err != nil || id == "" {
		return CutoverSchool{}, orMissing(err, "school")
	}
	at, err := s.School(ctx, by, id) // it has no iPads
	return CutoverSchool{School: at.ID, Name: at.Name, Network: at.Network.SSID != ""}, err
}

// CutoverDevices lists the iPads of a school (empty: of none yet) by serial, with is alone those that are that far.
func (s *Store) CutoverDevices(ctx context.Context, by school.Actor, at school.SchoolID, is Cutover, after string) (Page[CutoverDevice], error) {
	if !by.Can(school.View, school.Where{Authority: by.Tenant, School: at}) {
		return Page[CutoverDevice]{}, school.Missing("school")
	}
	var w where
	w.arg(string(by.Tenant))
	w.arg(s.Now().UnixMicro())
	if at == "" {
		w.and("d.school_id IS NULL")
	} else {
		w.and("d.school_id = ?", string(at))
	}
	if is != "" {
		w.and(cutoverIs+" = ?", string(is))
	}
	o := order{key: "d.serial", id: "d.id"}
	if err := w.page(o, after); err != nil {
		return Page[CutoverDevice]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT d.id, COALESCE(a.number, ''), d.serial, s.at_class_id, COALESCE((SELECT k.name FROM class k WHERE k.id = s.at_class_id), ''), `+cutoverIs+`, l.until_at, e.enrolled_at,
		COALESCE(l.code, '')`+o.columns()+cutoverFrom+` AND `+w.String(), &w, o, MaxPage, func(r *sql.Rows, x *CutoverDevice, rest ...any) error {
		return r.Scan(append([]any{text(&x.Device), &x.Number, &x.Serial, text(&x.Class), &x.ClassName, text(&x.Is), stamp(&x.Until), stamp(&x.Enrolled), &x.Code}, rest...)...)
	})
}
