package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Apple, "apple.devices_arrived")

// Phases of following a token's list (Apple: "Fetch devices", "Sync the list of devices").
const (
	Fetch = "fetch" // the whole list is read, page by page
	Sync  = "sync"  // only changes since the cursor
)

// SyncState is how far the list of a token was read. A cursor and the rows it stands for are written together, so a
// crash between two pages repeats at most one page, which changes nothing.
type SyncState struct {
	Cursor    string
	CursorAt  time.Time
	Phase     string
	Round     string // of the full fetch under way, or the last one
	FullAt    time.Time
	SyncedAt  time.Time
	Error     string // code of what went wrong last; empty: nothing
	ErrorAt   time.Time
	NotBefore time.Time // Apple asked for patience
	Profile   string    // uuid of the ADE profile every listed device shall have
}

const syncColumns = `y.cursor, y.cursor_at, y.phase, y.round, y.full_at, y.synced_at, y.error, y.error_at, y.not_before, y.profile_uuid`

func (y *SyncState) dest() []any {
	return []any{&y.Cursor, stamp(&y.CursorAt), &y.Phase, &y.Round, stamp(&y.FullAt), stamp(&y.SyncedAt), &y.Error, stamp(&y.ErrorAt), stamp(&y.NotBefore), &y.Profile}
}

// ADEDevice is a device as Apple's list says.
type ADEDevice struct {
	Serial        string
	Model         string
	Description   string
	Color         string
	Family        string
	ProfileUUID   string
	ProfileStatus string // "empty", "assigned", "pushed", "removed"
	Op            string // "added", "modified", "deleted"; empty in a full fetch
	OpAt          time.Time
	MigrateUntil  time.Time
}

// SyncPage is one answer of Apple's. From and Round are what it was asked with; whoever asked from a place that is no
// longer the last one (a worker whose lease ran out) saves nothing.
type SyncPage struct {
	Token   school.TokenID
	Phase   string
	Round   string
	From    string // cursor it was asked with
	Cursor  string // cursor it brought; empty: none (Apple's EXHAUSTED_CURSOR)
	More    bool
	Devices []ADEDevice
}

// SyncResult counts what a page changed.
type SyncResult struct {
	New  int // devices that were not in this world before
	Back int // that had gone and are listed again
	Gone int // no longer listed
}

func (s *Store) syncJob(by school.Actor) error {
	if by.Kind != school.SystemActor || by.Tenant == "" {
		return school.Deny(school.Apple)
	}
	return nil
}

// StartRound begins a full fetch: at first, once a day, and when Apple no longer knows the cursor.
func (s *Store) StartRound(ctx context.Context, by school.Actor, token school.TokenID) (round string, err error) {
	if err := s.syncJob(by); err != nil {
		return "", err
	}
	round = newID()
	err = s.transact(ctx, func(c conn) error {
		n, err := c.exec(ctx, `UPDATE apple_sync SET phase = 'fetch', cursor = '', cursor_at = NULL, round = $1 WHERE token_id = $2 AND authority_id = $3`,
			round, string(token), string(by.Tenant))
		if err == nil && n == 0 {
			err = school.Missing("apple_token")
		}
		return err
	})
	return round, err
}

// SyncFailed keeps what went wrong and until when Apple wants to be left alone.
func (s *Store) SyncFailed(ctx context.Context, by school.Actor, token school.TokenID, code string, notBefore time.Time) error {
	if err := s.syncJob(by); err != nil {
		return err
	}
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE apple_sync SET error = $1, error_at = $2, not_before = $3 WHERE token_id = $4 AND authority_id = $5`,
			cut(code, 200), s.Now().UnixMicro(), micros(notBefore), string(token), string(by.Tenant))
		return err
	})
}

// SaveSync keeps one page of a token's list together with the new cursor, in one transaction. Serial numbers nobody knew
// become devices in the token's default school; known ones keep the place people gave them. Of several entries for one
// serial number the newest counts, whatever page it stands on. When a full fetch comes to its end, what it did not list
// is gone; what is listed again is back.
func (s *Store) SaveSync(ctx context.Context, by school.Actor, p SyncPage) (SyncResult, error) {
	if err := s.syncJob(by); err != nil {
		return SyncResult{}, err
	}
	newest := newestBySerial(p.Devices)
	serials := make([]string, 0, len(newest))
	for _, d := range newest {
		serials = append(serials, d.Serial)
	}
	known, err := devicesBySerial(ctx, s.read(), by.Tenant, serials)
	if err != nil {
		return SyncResult{}, err
	}
	arrivals := 0
	for _, d := range newest {
		if _, ok := known[d.Serial]; !ok && d.Op != "deleted" {
			arrivals++
		}
	}
	var out SyncResult
	if arrivals == 0 { // nothing but state: no version, no entry in the chain of audit
		err := s.transact(ctx, func(c conn) (err error) {
			out, err = s.savePage(ctx, c, nil, by.Tenant, p, newest, serials)
			return err
		})
		return out, err
	}
	ev := event{name: "apple.devices_arrived", verb: school.Observe, subject: "apple_token", id: string(p.Token), final: true}
	_, err = s.write(ctx, by, ev, func(tx *Tx) (err error) {
		out, err = s.savePage(ctx, tx.conn, tx, by.Tenant, p, newest, serials)
		tx.event.detail = map[string]any{"devices": out.New}
		return err
	})
	return out, err
}

// newestBySerial keeps one entry per serial number; among equals the later one of the answer. The order is fixed, so
// that two pages saved at once cannot lock each other out.
func newestBySerial(in []ADEDevice) []ADEDevice {
	at := map[string]int{}
	var out []ADEDevice
	for _, d := range in {
		if d.Serial = cleanSerial(d.Serial); d.Serial == "" {
			continue
		}
		i, ok := at[d.Serial]
		switch {
		case !ok:
			at[d.Serial] = len(out)
			out = append(out, d)
		case !d.OpAt.Before(out[i].OpAt):
			out[i] = d
		}
	}
	slices.SortFunc(out, func(a, b ADEDevice) int {
		if a.Serial < b.Serial {
			return -1
		}
		return 1
	})
	return out
}

func devicesBySerial(ctx context.Context, c conn, a school.AuthorityID, serials []string) (map[string]school.DeviceID, error) {
	out := make(map[string]school.DeviceID, len(serials))
	err := c.each(ctx, `SELECT serial, id FROM device WHERE authority_id = $1 AND serial IN (SELECT value FROM json_array_elements_text($2::json))`,
		args(string(a), list(serials)), func(r *sql.Rows) error {
			var serial string
			var id school.DeviceID
			err := r.Scan(&serial, text(&id))
			out[serial] = id
			return err
		})
	return out, err
}

// savePage writes a page; tx is nil when no device is new.
func (s *Store) savePage(ctx context.Context, c conn, tx *Tx, a school.AuthorityID, p SyncPage, newest []ADEDevice, serials []string) (SyncResult, error) {
	var out SyncResult
	var cursor, phase, round string
	var home school.SchoolID
	found, err := c.one(ctx, `SELECT y.cursor, y.phase, y.round, (SELECT t.school_id FROM apple_token t WHERE t.id = y.token_id)
		FROM apple_sync y WHERE y.token_id = $1 AND y.authority_id = $2 FOR UPDATE`, args(string(p.Token), string(a)), &cursor, &phase, &round, text(&home))
	switch {
	case err != nil:
		return out, err
	case !found:
		return out, school.Missing("apple_token")
	case cursor != p.From || phase != p.Phase || (phase == Fetch && round != p.Round):
		return out, school.Clash("sync_moved")
	}
	known, err := devicesBySerial(ctx, c, a, serials)
	if err != nil {
		return out, err
	}
	listed, err := listedBySerial(ctx, c, p.Token, serials)
	if err != nil {
		return out, err
	}
	now := s.Now()
	var numbers *numbering
	if tx != nil {
		if numbers, err = tx.numbering(); err != nil {
			return out, err
		}
	}
	for _, d := range newest {
		was, has := listed[d.Serial]
		if has && !d.OpAt.IsZero() && d.OpAt.Before(was.OpAt) {
			continue // older than what is known
		}
		if d.Op == "deleted" {
			if !has || !was.Gone.IsZero() {
				continue
			}
			out.Gone++
			if _, err := c.exec(ctx, `UPDATE ade_device SET gone_at = $1, op_at = $2 WHERE token_id = $3 AND serial = $4`,
				now.UnixMicro(), micros(d.OpAt), string(p.Token), d.Serial); err != nil {
				return out, err
			}
			continue
		}
		id, ok := known[d.Serial]
		if !ok {
			if tx == nil { // it was there when we looked before
				return out, school.Clash("sync_moved")
			}
			if id, err = tx.newDevice(newThing{serial: d.Serial, model: d.Model, school: home, numbers: numbers}); err != nil {
				return out, err
			}
			out.New++
		}
		if has && !was.Gone.IsZero() {
			out.Back++
		}
		if d.OpAt.IsZero() {
			d.OpAt = was.OpAt
		}
		if has && was.same(d) {
			continue
		}
		_, err := c.exec(ctx, `INSERT INTO ade_device (token_id, serial, authority_id, device_id, model, description, color, family, profile_uuid, profile_status, op_at, migrate_until, seen_round)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT (token_id, serial) DO UPDATE SET device_id = excluded.device_id, model = excluded.model, description = excluded.description, color = excluded.color,
				family = excluded.family, profile_uuid = excluded.profile_uuid, profile_status = excluded.profile_status, op_at = excluded.op_at,
				migrate_until = excluded.migrate_until, gone_at = NULL`,
			string(p.Token), d.Serial, string(a), string(id), d.Model, d.Description, d.Color, d.Family, d.ProfileUUID, d.ProfileStatus, micros(d.OpAt),
			micros(d.MigrateUntil), p.Round)
		if err != nil {
			return out, err
		}
	}
	if p.Phase == Fetch {
		if err := s.endOfPage(ctx, c, p, serials, now, &out); err != nil {
			return out, err
		}
	}
	if p.Cursor == "" {
		p.Cursor = cursor
	}
	_, err = c.exec(ctx, `UPDATE apple_sync SET cursor = $1, cursor_at = $2, phase = $3, full_at = CASE WHEN $4 THEN $2 ELSE full_at END,
			synced_at = CASE WHEN $5 THEN $2 ELSE synced_at END, error = '', error_at = NULL, not_before = NULL WHERE token_id = $6`,
		p.Cursor, now.UnixMicro(), map[bool]string{true: Fetch, false: Sync}[p.Phase == Fetch && p.More], p.Phase == Fetch && !p.More, !p.More, string(p.Token))
	return out, err
}

// endOfPage notes what a full fetch listed and, at its end, what it did not.
func (s *Store) endOfPage(ctx context.Context, c conn, p SyncPage, serials []string, now time.Time, out *SyncResult) error {
	if _, err := c.exec(ctx, `UPDATE ade_device SET seen_round = $1 WHERE token_id = $2 AND serial IN (SELECT value FROM json_array_elements_text($3::json))`,
		p.Round, string(p.Token), list(serials)); err != nil || p.More {
		return err
	}
	n, err := c.exec(ctx, `UPDATE ade_device SET gone_at = $1 WHERE token_id = $2 AND seen_round <> $3 AND gone_at IS NULL`, now.UnixMicro(), string(p.Token), p.Round)
	out.Gone += int(n)
	return err
}

// same reports whether the list says of a device what it said before.
func (x ADERow) same(d ADEDevice) bool {
	return x.Gone.IsZero() && x.Model == d.Model && x.Description == d.Description && x.Color == d.Color && x.Family == d.Family &&
		x.ProfileUUID == d.ProfileUUID && x.ProfileStatus == d.ProfileStatus && x.OpAt.Equal(d.OpAt) && x.MigrateUntil.Equal(d.MigrateUntil)
}

func listedBySerial(ctx context.Context, c conn, token school.TokenID, serials []string) (map[string]ADERow, error) {
	out := make(map[string]ADERow, len(serials))
	err := c.each(ctx, `SELECT serial, model, description, color, family, profile_uuid, profile_status, op_at, migrate_until, gone_at, assign_tries FROM ade_device
		WHERE token_id = $1 AND serial IN (SELECT value FROM json_array_elements_text($2::json))`, args(string(token), list(serials)), func(r *sql.Rows) error {
		var x ADERow
		err := r.Scan(&x.Serial, &x.Model, &x.Description, &x.Color, &x.Family, &x.ProfileUUID, &x.ProfileStatus, stamp(&x.OpAt), stamp(&x.MigrateUntil), stamp(&x.Gone), &x.Tries)
		out[x.Serial] = x
		return err
	})
	return out, err
}

// hasWanted is the condition that a row a of ade_device has the profile its sync y wants. Apple says "modified" after
// every assignment; comparing instead of answering keeps that from becoming an endless conversation.
const hasWanted = `(y.profile_uuid <> '' AND a.profile_uuid = y.profile_uuid AND a.profile_status IN ('assigned', 'pushed'))`

// MaxAssign is how many serial numbers Apple takes at once.
const MaxAssign = 1000

// How assignments are repeated: the cool-down after one that Apple took, in case its list still tells the old story,
// and the back-off after one it did not.
const (
	assignCool    = time.Hour
	assignBackoff = 15 * time.Minute
	assignSlowest = 24 * time.Hour
)

// AssignDue is the next batch of serial numbers that do not have the wanted ADE profile, with its uuid. Those never
// tried come first. An empty batch: nothing to do now.
func (s *Store) AssignDue(ctx context.Context, by school.Actor, token school.TokenID, limit int) (profile string, serials []string, err error) {
	if err := s.syncJob(by); err != nil {
		return "", nil, err
	}
	if limit <= 0 || limit > MaxAssign {
		limit = MaxAssign
	}
	err = s.read().each(ctx, `SELECT y.profile_uuid, a.serial FROM apple_sync y JOIN ade_device a ON a.token_id = y.token_id
		WHERE y.token_id = $1 AND y.authority_id = $2 AND y.profile_uuid <> '' AND a.gone_at IS NULL AND NOT `+hasWanted+`
		AND (a.assign_next IS NULL OR a.assign_next <= $3) ORDER BY a.assign_tries, a.serial LIMIT $4`,
		args(string(token), string(by.Tenant), s.Now().UnixMicro(), limit), func(r *sql.Rows) error {
			var serial string
			err := r.Scan(&profile, &serial)
			serials = append(serials, serial)
			return err
		})
	return profile, serials, err
}

// Assigned keeps Apple's answers to an assignment by serial number: "SUCCESS", "NOT_ACCESSIBLE", "FAILED" or
// "THROTTLED", for which retryAfter counts. A throttled device was not at fault and does not wait longer each time.
func (s *Store) Assigned(ctx context.Context, by school.Actor, token school.TokenID, profile string, answers map[string]string, retryAfter time.Duration) error {
	if err := s.syncJob(by); err != nil {
		return err
	}
	serials := make([]string, 0, len(answers))
	for serial := range answers {
		serials = append(serials, serial)
	}
	slices.Sort(serials)
	return s.transact(ctx, func(c conn) error {
		now := s.Now()
		listed, err := listedBySerial(ctx, c, token, serials)
		if err != nil {
			return err
		}
		given := []string{}
		type again struct {
			code  string
			tries int
		}
		refused := map[again][]string{}
		for _, serial := range serials {
			switch code := answers[serial]; code {
			case "SUCCESS":
				given = append(given, serial)
			case "THROTTLED":
				k := again{code, listed[serial].Tries}
				refused[k] = append(refused[k], serial)
			default:
				k := again{cut(code, 60), listed[serial].Tries + 1}
				refused[k] = append(refused[k], serial)
			}
		}
		const in = ` WHERE token_id = $1 AND authority_id = $2 AND serial IN (SELECT value FROM json_array_elements_text($3::json))`
		if len(given) > 0 {
			if _, err := c.exec(ctx, `UPDATE ade_device SET profile_uuid = $4, profile_status = 'assigned', assign_tries = 0, assign_code = '', assign_next = $5`+in,
				string(token), string(by.Tenant), list(given), profile, now.Add(assignCool).UnixMicro()); err != nil {
				return err
			}
		}
		for k, serials := range refused {
			wait := min(assignBackoff<<min(max(k.tries-1, 0), 10), assignSlowest)
			if k.code == "THROTTLED" {
				wait = max(retryAfter, time.Minute)
			}
			if _, err := c.exec(ctx, `UPDATE ade_device SET assign_tries = $4, assign_code = $5, assign_next = $6`+in,
				string(token), string(by.Tenant), list(serials), k.tries, k.code, now.Add(wait).UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Listed is a device one of our tokens lists with an ADE profile of ours.
type Listed struct {
	Device       school.DeviceID
	Token        school.TokenID
	MigrateUntil time.Time
}

// OnList reports whether a token of the authority lists the serial number with one of our ADE profiles: only then may a
// device enrol without a code. Older profiles of ours count too, because a device that fetched one comes with it.
func (s *Store) OnList(ctx context.Context, authority school.AuthorityID, serial string) (Listed, bool, error) {
	var x Listed
	found, err := s.read().one(ctx, `SELECT a.device_id, a.token_id, a.migrate_until FROM ade_device a
		WHERE a.authority_id = $1 AND a.serial = $2 AND a.gone_at IS NULL AND a.profile_status IN ('assigned', 'pushed')
		AND EXISTS (SELECT 1 FROM ade_profile p WHERE p.token_id = a.token_id AND p.uuid = a.profile_uuid)
		ORDER BY a.op_at DESC NULLS LAST, a.token_id LIMIT 1`, args(string(authority), cleanSerial(serial)), text(&x.Device), text(&x.Token), stamp(&x.MigrateUntil))
	return x, found, err
}
