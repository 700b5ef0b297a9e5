package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Lend, "offline.refused", "offline.asked", "offline.same", "offline.reordered", "offline.answered")

// What a desk scanned without a network arrives here, in whatever order desks find back. Each scan is taken once, under the
// name its browser gave it, and weighed by the time it was made: of two desks that handed out one thing, the first has done
// so, whoever arrives first. What came too late for that, or cannot be, is a question for a person; nothing is thrown away.
//
// The way to that: a scan is first kept (arrive), then carried out at its own time (carry, offlineturn.go). Whatever was booked
// of the same thing by scans that were later is taken back before and carried out anew after it. So the same scans come
// to the same, in whatever order they arrive.

// SignedScan is a scan as its browser sent it: the text that was signed, and the signature.
type SignedScan struct {
	Text string
	Mac  []byte
}

// Merged is what a scan came to.
type Merged struct {
	ID     string
	State  school.OfflineState
	Reason school.OfflineReason
}

// MergeOffline takes scans of a desk in their order. What is not from a pack of this actor, or not what was signed, is refused
// and stands in the log. Scans that arrive again are answered with what they came to. file writes papers that were signed.
func (s *Store) MergeOffline(ctx context.Context, by school.Actor, scans []SignedScan, file SignatureFile) (out []Merged, err error) {
	if !by.CanSomewhere(school.Lend, by.Tenant) {
		return nil, school.Missing("desk")
	}
	if len(scans) > school.MostOffline {
		return nil, school.Refuse("scans", "too_many", school.MostOffline)
	}
	for _, signed := range scans {
		m, err := s.mergeScan(ctx, by, signed, file)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (s *Store) mergeScan(ctx context.Context, by school.Actor, signed SignedScan, file SignatureFile) (Merged, error) {
	var x school.OfflineScan
	if err := json.Unmarshal([]byte(signed.Text), &x); err != nil || !x.Sound() {
		return s.refuseScan(ctx, by, "", school.OfflineAltered)
	}
	e := offlineEntry{id: x.ID, pack: x.Pack, actor: by.ID(), name: by.Name, act: x.Act, code: x.Code, asset: x.Asset, person: x.Person, contract: x.Contract, arrived: s.Now()}
	if x.Act == school.OfflineReturn && x.Looked {
		e.parts = toJSON(school.OfflineParts{Missing: x.Missing, Damaged: x.Damaged})
	}
	var sealed, lock []byte
	var ends time.Time
	found, err := s.read().one(ctx, `SELECT school_id, place, key_sealed, open_sealed, made_at, ends_at FROM desk_pack WHERE id = $1 AND authority_id = $2 AND actor_id = $3`,
		args(string(x.Pack), string(by.Tenant), by.ID()), text(&e.school), &e.place, &sealed, &lock, stamp(&e.made), stamp(&ends))
	if err != nil {
		return Merged{}, err
	}
	if !found || !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: e.school}) {
		return s.refuseScan(ctx, by, x.ID, school.OfflineForeign)
	}
	key, err := s.open(cell{by.Tenant, "desk_pack", "key", string(x.Pack)}, sealed)
	if err != nil {
		return Merged{}, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed.Text))
	if !hmac.Equal(mac.Sum(nil), signed.Mac) {
		return s.refuseScan(ctx, by, x.ID, school.OfflineAltered)
	}
	sum := sha256.Sum256([]byte(signed.Text))
	e.digest = hex.EncodeToString(sum[:])
	if x.Act == school.OfflineSign {
		private, err := s.open(cell{by.Tenant, "desk_pack", "open", string(x.Pack)}, lock)
		if err != nil {
			return Merged{}, err
		}
		return s.mergeSignature(ctx, by, e, x, private, file)
	}
	is, err := s.read().offlineEntry(ctx, by.Tenant, x.ID)
	if err == nil && is.id == "" {
		if err = s.weigh(ctx, by, &e, x, ends); err == nil {
			is, err = s.arrive(ctx, by, e)
		}
	}
	switch {
	case err != nil:
		return Merged{}, err
	case is.digest != e.digest:
		return s.refuseScan(ctx, by, x.ID, school.OfflineAltered)
	}
	if is.state == school.OfflineWaiting {
		if err := s.carry(ctx, by, is.asset); err != nil {
			return Merged{}, err
		}
		if is, err = s.read().offlineEntry(ctx, by.Tenant, x.ID); err != nil {
			return Merged{}, err
		}
	}
	return Merged{ID: x.ID, State: is.state, Reason: is.reason}, nil
}

func (s *Store) refuseScan(ctx context.Context, by school.Actor, id string, why school.OfflineReason) (Merged, error) {
	err := s.transact(ctx, func(c conn) error {
		return s.note(ctx, c, by.Tenant, by, event{name: "offline.refused", subject: "account", id: by.ID(), detail: map[string]any{"reason": string(why)}})
	})
	return Merged{ID: id, State: school.OfflineRefused, Reason: why}, err
}

// offlineEntry is a scan as it is kept.
type offlineEntry struct {
	id       string
	pack     school.PackID
	digest   string
	actor    string
	name     string // of the actor
	school   school.SchoolID
	place    int
	act      school.OfflineAct
	code     string
	asset    school.AssetID
	person   school.PersonID
	contract school.ContractID
	made     time.Time
	scanned  time.Time
	arrived  time.Time
	state    school.OfflineState
	held     bool
	reason   school.OfflineReason
	set      school.ChangeSetID
	parts    string
}

const entryColumns = `SELECT e.id, e.pack_id, e.digest, e.school_id, e.place, e.act, e.code, e.asset_id, e.person_id, e.contract_id, e.made_at, e.scanned_at, e.arrived_at, e.state, e.held, e.reason, e.change_set_id, e.parts FROM desk_entry e `

func scanOffline(r *sql.Rows) (e offlineEntry, err error) {
	err = r.Scan(&e.id, text(&e.pack), &e.digest, text(&e.school), &e.place, text(&e.act), &e.code, text(&e.asset), text(&e.person), text(&e.contract), stamp(&e.made), stamp(&e.scanned), stamp(&e.arrived),
		text(&e.state), &e.held, text(&e.reason), text(&e.set), &e.parts)
	return e, err
}

func (c conn) offlineEntry(ctx context.Context, a school.AuthorityID, id string) (e offlineEntry, err error) {
	err = c.each(ctx, entryColumns+`WHERE e.authority_id = $1 AND e.id = $2`, args(string(a), id), func(r *sql.Rows) (err error) {
		e, err = scanOffline(r)
		return err
	})
	return e, err
}

// weigh says what a scan is about, when it was, and whether only a person can decide about it.
func (s *Store) weigh(ctx context.Context, by school.Actor, e *offlineEntry, x school.OfflineScan, ends time.Time) error {
	at, known := x.ScannedAt(e.made, e.arrived)
	e.scanned = at
	ask := func(why school.OfflineReason) {
		if !e.held {
			e.held, e.reason, e.state = true, why, school.OfflineAsked
		}
	}
	e.state = school.OfflineWaiting
	c := s.read()
	n, err := c.number(ctx, `SELECT count(*) FROM asset WHERE id = $1 AND authority_id = $2`, string(e.asset), string(by.Tenant))
	if err != nil {
		return err
	}
	if n == 0 {
		e.asset = ""
		ids, err := c.assetsNamed(ctx, by.Tenant, school.Scan(e.code).Readings)
		if err != nil {
			return err
		}
		if len(ids) == 1 {
			e.asset = ids[0]
		}
	}
	if e.asset != "" { // what stands where the actor lends nowhere is of nobody's knowledge here
		if _, err := s.assetSchool(ctx, by, e.asset, school.Lend); school.KindOf(err) == school.NotFound {
			e.asset = ""
		} else if err != nil {
			return err
		}
	}
	if e.person != "" {
		n, err := c.number(ctx, `SELECT count(*) FROM person WHERE id = $1 AND authority_id = $2 AND family <> ''`, string(e.person), string(by.Tenant))
		if err != nil {
			return err
		}
		if n == 0 {
			e.person = ""
			ask(school.OfflinePerson)
		}
	}
	switch {
	case e.arrived.Sub(at) > school.OfflineFor || at.After(ends.Add(school.OfflineSkew)):
		ask(school.OfflineLate)
	case !known:
		ask(school.OfflineClock)
	case e.asset == "":
		ask(school.OfflineUnknown)
	}
	return nil
}

// arrive keeps a scan, unless another has just done so, and says what is known of it.
func (s *Store) arrive(ctx context.Context, by school.Actor, e offlineEntry) (is offlineEntry, err error) {
	err = s.transact(ctx, func(c conn) error {
		if err := c.putEntry(ctx, by.Tenant, e); err != nil || e.state != school.OfflineAsked {
			return err
		}
		return s.note(ctx, c, by.Tenant, by, askedEvent(e, e.reason))
	})
	if err != nil {
		return is, err
	}
	return s.read().offlineEntry(ctx, by.Tenant, e.id)
}

func (c conn) putEntry(ctx context.Context, a school.AuthorityID, e offlineEntry) error {
	_, err := c.exec(ctx, `INSERT INTO desk_entry (id, authority_id, pack_id, digest, actor_id, actor_name, school_id, place, act, code, asset_id, person_id, contract_id, made_at, scanned_at, arrived_at, state, held, reason, change_set_id, parts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) ON CONFLICT (authority_id, id) DO NOTHING`,
		e.id, string(a), string(e.pack), e.digest, e.actor, e.name, string(e.school), e.place, string(e.act), e.code, opt(e.asset), opt(e.person), string(e.contract),
		e.made.UnixMicro(), e.scanned.UnixMicro(), e.arrived.UnixMicro(), string(e.state), e.held, string(e.reason), opt(e.set), e.parts)
	return err
}

func askedEvent(e offlineEntry, why school.OfflineReason) event {
	ev := event{name: "offline.asked", school: e.school, subject: "asset", id: string(e.asset), detail: map[string]any{"act": string(e.act), "reason": string(why)}}
	if e.asset == "" {
		ev.subject, ev.id = "school", string(e.school)
	}
	return ev
}
