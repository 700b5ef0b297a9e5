package store

import (
	"context"
	"database/sql"
	"slices"
	"sort"
	"strings"
	"time"

	"ranzen/store/school"
)

// A target keeps what a device has without a row per item: applied_set names the content-addressed set it was last
// planned against, missing the keys of it that were not reported, extra what is there beside it. A device has an item iff
// its applied_set contains it at that content hash and missing does not. All fine is three empty columns.

// Member is one item of a set: what identical devices share.
type Member struct {
	Key     school.ItemKey
	Profile school.ProfileID
	Version school.VersionID
	Hash    string // content hash without variables
	Owner   school.Owner
	Network bool
}

// LeftOut is what the facts want and the device cannot have, for progress without planning again.
type LeftOut struct {
	Key     school.ItemKey   `json:"k"`
	Profile school.ProfileID `json:"p"`
	Code    string           `json:"c"`
}

// targetState is the part of a target row from which Reported.Present is read.
type targetState struct {
	set     string
	overlay map[school.ItemKey]string
	missing []school.ItemKey
	extra   map[school.ItemKey]school.Have
	memory  memory
}

// members reads a set. Sets are content-addressed: once read they are kept.
func (s *Store) members(ctx context.Context, c conn, authority school.AuthorityID, hash string) (map[school.ItemKey]Member, error) {
	if hash == "" {
		return nil, nil
	}
	if m, ok := s.sets.Load(string(authority) + hash); ok {
		return m.(map[school.ItemKey]Member), nil
	}
	m := map[school.ItemKey]Member{}
	err := c.each(ctx, `SELECT item_key, profile_id, version_id, hash, owner, network FROM item_set_member WHERE authority_id = $1 AND set_hash = $2`,
		args(string(authority), hash), func(r *sql.Rows) error {
			var x Member
			if err := r.Scan(text(&x.Key), text(&x.Profile), text(&x.Version), &x.Hash, text(&x.Owner), &x.Network); err != nil {
				return err
			}
			m[x.Key] = x
			return nil
		})
	if err == nil {
		s.sets.Store(string(authority)+hash, m)
	}
	return m, err
}

// decode turns a target row into Reported.
func (s *Store) decode(ctx context.Context, c conn, authority school.AuthorityID, t *targetState, h *school.Reported) error {
	members, err := s.members(ctx, c, authority, t.set)
	if err != nil {
		return err
	}
	missing := make(map[school.ItemKey]bool, len(t.missing))
	for _, k := range t.missing {
		missing[k] = true
	}
	h.Present = make(map[school.ItemKey]school.Have, len(members)+len(t.extra))
	since := t.memory.presence(members)
	for k, m := range members {
		if !missing[k] {
			hash := m.Hash
			if o, ok := t.overlay[k]; ok {
				hash = o
			}
			as := since.of(k)
			h.Present[k] = school.Have{Hash: hash, Owner: m.Owner, Network: m.Network, Since: time.UnixMicro(as.Since).UTC(), Token: as.Token}
		}
	}
	for k, x := range t.extra {
		h.Present[k] = x
	}
	if h.Items == nil {
		h.Items = map[school.ItemKey]school.ItemState{}
	}
	h.AppsAt = t.memory.Apps
	h.ListedAt, h.Reoffers, h.DeclaredItems = t.memory.Listed, t.memory.Reoffers, t.memory.Declared
	h.NotNowAt, h.NotNowCommand = t.memory.NotNow, t.memory.NotNowCommand
	return nil
}

// networks keeps of what a target has only what carries a network: a plan asks whether one is left.
func (s *Store) networks(ctx context.Context, c conn, authority school.AuthorityID, t *targetState, h *school.Reported) error {
	members, err := s.members(ctx, c, authority, t.set)
	if err != nil {
		return err
	}
	h.Present = map[school.ItemKey]school.Have{}
	for k, m := range members {
		if m.Network && !slices.Contains(t.missing, k) {
			h.Present[k] = school.Have{Owner: m.Owner, Network: true}
		}
	}
	for k, x := range t.extra {
		if x.Network {
			h.Present[k] = x
		}
	}
	return nil
}

// encode turns Reported into the columns of a target that was planned against a set.
func encode(members map[school.ItemKey]Member, overlay map[school.ItemKey]string, h school.Reported) (missing []school.ItemKey, extra map[school.ItemKey]school.Have, m memory) {
	missing, extra = []school.ItemKey{}, map[school.ItemKey]school.Have{}
	fits := func(k school.ItemKey, x school.Have) bool {
		w, ok := members[k]
		hash := w.Hash
		if o, has := overlay[k]; has {
			hash = o
		}
		return ok && x.Hash == hash && x.Owner == w.Owner
	}
	for k := range members {
		if x, ok := h.Present[k]; !ok || !fits(k, x) {
			missing = append(missing, k)
		}
	}
	sort.Slice(missing, func(i, j int) bool { return missing[i] < missing[j] })
	m = memory{Listed: h.ListedAt, Apps: h.AppsAt, Reoffers: h.Reoffers, Declared: h.DeclaredItems, NotNow: h.NotNowAt, NotNowCommand: h.NotNowCommand}
	present := map[school.ItemKey]reportedAs{}
	for k, x := range h.Present {
		if fits(k, x) {
			present[k] = reportedAs{x.Since.UnixMicro(), x.Token}
		} else {
			extra[k] = x
		}
	}
	m.remember(members, present)
	return missing, extra, m
}

// Planned is what planning one enrolment came to.
type Planned struct {
	Authority  school.AuthorityID
	Enrollment school.EnrollmentID
	Read       Read // of what the plan was made; saved only while it stands
	Set        string
	Members    []Member
	Overlay    map[school.ItemKey]string
	Left       []LeftOut
	Have       school.Reported  // as planning left it
	Token      string           // desired DeclarationsToken
	Steps      bool             // there is something to do
	Due        time.Time        // when planning may come to something else without an event
	Push       time.Time        // when the device is pushed if it has something to do
	PushReset  bool             // Push replaces a time that was set before
	Done       []school.OrderID // orders that turned out to be carried out
	Flying     bool             // a command is in flight before Hand
	Hand       *Handout         // the command handed out now
	Licences   bool             // its licences are not those of its apps
	Device     school.DeviceID  // whose they are
	Heard      *Observation     // the report the plan was made after; kept with it
	Demanded   *Demanded        // the version of iPadOS demanded changed
}

// Handout is a command about to be handed out.
type Handout struct {
	UUID        string
	Kind        string
	Fingerprint string
	Item        school.ItemKey
	Hash        string
	Order       school.OrderID
	Body        []byte    // kept while in flight; nil: it can be made again
	Again       bool      // the same command as the one in flight: only its time changes
	Renews      bool      // it brings a new identity
	Snapshot    *Snapshot // kept with a DeclarativeManagement command
}

// Snapshot is what stands behind a DeclarationsToken, as the caller encoded it.
type Snapshot struct {
	Token string
	Body  []byte
}

// SavePlan keeps what planning came to, and the command that is handed out, in one transaction. It returns false, and
// keeps nothing, when a fact moved or the device reported since: then the caller plans again.
func (s *Store) SavePlan(ctx context.Context, p Planned) (ok bool, err error) {
	now := s.Now()
	all := append(append(s.setOf(p, now), s.planOf(p, now)), s.besidePlan(p, now)...)
	if ok, err = s.atOnce(ctx, all); err != nil || !ok {
		return false, err
	}
	s.planned(ctx, p, now)
	if p.Heard != nil && p.Steps && p.Hand == nil {
		s.changed.call() // somebody has to push
	}
	return true, nil
}

// SavePlans keeps a batch of plans without handouts in one transaction and returns how many still stood.
func (s *Store) SavePlans(ctx context.Context, ps []Planned) (kept int, err error) {
	ps = slices.SortedFunc(slices.Values(ps), func(a, b Planned) int { return strings.Compare(string(a.Enrollment), string(b.Enrollment)) })
	work := false
	now := s.Now()
	var all []sentence
	sets := map[string]bool{}
	for _, p := range ps {
		if !sets[p.Set] {
			sets[p.Set] = true
			all = append(all, s.setOf(p, now)...)
		}
	}
	first := len(all)
	for _, p := range ps {
		all = append(all, s.planOf(p, now))
	}
	var stood []Planned
	err = s.transact(ctx, func(c conn) error {
		kept, work, stood = 0, false, stood[:0]
		touched, err := c.execAll(ctx, all)
		if err != nil {
			return err
		}
		var rest []sentence
		for i, p := range ps {
			if touched[first+i] > 0 {
				kept++
				work = work || p.Steps
				stood = append(stood, p)
				rest = append(rest, s.besidePlan(p, now)...)
			}
		}
		_, err = c.execAll(ctx, rest)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, p := range stood {
		s.planned(ctx, p, now)
	}
	if work { // somebody has to be pushed
		s.changed.call()
	}
	return kept, nil
}

// membersOf is the set a plan was made against. Shared, and not to be changed.
func (s *Store) membersOf(p Planned) map[school.ItemKey]Member {
	name := string(p.Authority) + p.Set
	if m, ok := s.sets.Load(name); ok && p.Set != "" {
		return m.(map[school.ItemKey]Member)
	}
	members := make(map[school.ItemKey]Member, len(p.Members))
	for _, m := range p.Members {
		members[m.Key] = m
	}
	return members
}

// moved says of a target that a fact changed since it was last planned: whom that reaches is pushed as if for the first time.
var moved = `planned_gen <> gen OR ` + behind("target", "target.authority_id")

// planOf keeps a plan in its target, if that still is as it was read.
func (s *Store) planOf(p Planned, now time.Time) sentence {
	missing, extra, mem := encode(s.membersOf(p), p.Overlay, p.Have)
	overlay := p.Overlay
	if overlay == nil {
		overlay = map[school.ItemKey]string{}
	}
	left := p.Left
	if left == nil {
		left = []LeftOut{}
	}
	return sentence{must: true, text: `UPDATE target SET planned_gen = gen, planned_version = $21, seq = seq + 1, planned_at = $3, applied_set = $4, overlay = $5, missing = $6, extra = $7, left_out = $8,
			deviations = $9, memory = $10, desired_token = $11, offered_token = $12, offered_at = $13, reported_token = $14, reported_at = $15, steps = $16, next_due = $17,
			push_due = CASE WHEN NOT $16 THEN NULL WHEN $19 OR ` + moved + ` OR push_due IS NULL THEN $18 ELSE push_due END,
			push_tries = CASE WHEN $19 OR ` + moved + ` OR NOT $16 THEN 0 ELSE push_tries END
		WHERE enrollment_id = $1 AND gen = $2 AND seq = $20 AND $21 >= (SELECT marked_version FROM authority WHERE id = target.authority_id)`,
		args: args(string(p.Enrollment), p.Read.Gen, now.UnixMicro(), p.Set, toJSON(overlay), toJSON(missing), toJSON(extra), toJSON(left), toJSON(p.Have.Items), toJSON(mem),
			p.Token, p.Have.Offered, micros(p.Have.OfferedAt), p.Have.Confirmed, micros(p.Have.ConfirmedAt), p.Steps, micros(p.Due), micros(p.Push), p.PushReset, p.Read.Seq, p.Read.Shared)}
}

// besidePlan keeps what a plan comes with: orders that are done, the report it was made after, the command handed out.
func (s *Store) besidePlan(p Planned, now time.Time) (all []sentence) {
	if len(p.Done) > 0 {
		all = append(all, say(`UPDATE device_order SET state = 'done', finished_at = $3 WHERE authority_id = $1 AND id`+in+` AND state IN ('waiting', 'handed', 'later')`,
			string(p.Authority), list(p.Done), micros(now)))
	}
	for id, why := range p.Have.Void {
		all = append(all, say(`UPDATE device_order SET state = 'cancelled', finished_at = $3, result = $4 WHERE authority_id = $1 AND id = $2 AND state IN ('waiting', 'handed', 'later')`,
			string(p.Authority), string(id), micros(now), why))
	}
	if p.Heard != nil {
		all = append(all, s.heard(p.Heard)...)
	}
	if p.Demanded != nil {
		all = append(all, demanded(p.Authority, p.Demanded))
	}
	if p.Licences {
		all = append(all, say(`INSERT INTO licence_due (device_id, authority_id, at) VALUES ($1, $2, $3) ON CONFLICT (device_id) DO NOTHING`, string(p.Device), string(p.Authority), micros(now)))
	}
	if p.Hand == nil {
		return all
	}
	if p.Hand.Renews {
		all = append(all, say(`UPDATE enrollment SET renewed_at = $2 WHERE id = $1 AND (renewed_at IS NULL OR renewed_at < $2)`, string(p.Enrollment), micros(p.Have.RenewedAt)))
	}
	return append(all, s.handed(p, now)...)
}

// setOf keeps the set a plan was made against, if it is new here. Sets are content-addressed: whoever comes second says the same.
func (s *Store) setOf(p Planned, now time.Time) (all []sentence) {
	if p.Set == "" {
		return nil
	}
	if _, ok := s.sets.Load(string(p.Authority) + p.Set); ok {
		return nil
	}
	all = append(all, say(`INSERT INTO item_set (authority_id, hash, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, string(p.Authority), p.Set, micros(now)))
	for _, m := range p.Members {
		all = append(all, say(`INSERT INTO item_set_member (authority_id, set_hash, item_key, profile_id, version_id, hash, owner, network) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT DO NOTHING`, string(p.Authority), p.Set, string(m.Key), string(m.Profile), string(m.Version), m.Hash, string(m.Owner), m.Network))
	}
	return all
}

// handed keeps the command that is handed out. What was in flight before is superseded; a late answer to it still counts.
func (s *Store) handed(p Planned, now time.Time) (all []sentence) {
	h := p.Hand
	if h.Again {
		return []sentence{say(`UPDATE command SET sent_at = $1 WHERE enrollment_id = $2 AND uuid = $3`, micros(now), string(p.Enrollment), h.UUID)}
	}
	if p.Flying {
		all = append(all, say(`UPDATE command SET state = 'superseded', body_sealed = NULL WHERE enrollment_id = $1 AND state = 'in_flight'`, string(p.Enrollment)))
	}
	if h.Order != "" {
		// Who withdrew it in this very moment was faster, or too late: never both.
		all = append(all, sentence{must: true, text: `UPDATE device_order SET state = 'handed' WHERE id = $1 AND authority_id = $2 AND state IN ('waiting', 'handed', 'later') AND (from_at IS NULL OR from_at <= $3)`,
			args: args(string(h.Order), string(p.Authority), micros(now))})
	}
	at := cell{p.Authority, "command", "body", string(p.Enrollment) + "/" + h.UUID}
	all = append(all, say(`INSERT INTO command (uuid, enrollment_id, authority_id, kind, fingerprint, item_key, hash, order_id, body_sealed, state, sent_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'in_flight', $10)
		ON CONFLICT (enrollment_id, uuid) DO UPDATE SET state = 'in_flight', body_sealed = excluded.body_sealed, sent_at = excluded.sent_at, notnow_at = NULL`,
		h.UUID, string(p.Enrollment), string(p.Authority), h.Kind, h.Fingerprint, string(h.Item), h.Hash, opt(h.Order), s.seal(at, h.Body), micros(now)))
	if h.Snapshot != nil {
		all = append(all, s.snapshotOf(p.Authority, p.Enrollment, *h.Snapshot, now))
	}
	return all
}

func (s *Store) snapshotOf(a school.AuthorityID, e school.EnrollmentID, x Snapshot, now time.Time) sentence {
	return say(`INSERT INTO snapshot (enrollment_id, token, authority_id, body_sealed, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (enrollment_id, token) DO UPDATE SET body_sealed = excluded.body_sealed`,
		string(e), x.Token, string(a), s.seal(cell{a, "snapshot", "body", string(e) + "/" + x.Token}, x.Body), micros(now))
}

// Offered reads the DeclarationsToken a device was last given and what stands behind it; nil when nothing is kept.
func (s *Store) Offered(ctx context.Context, a school.AuthorityID, e school.EnrollmentID) (token string, body []byte, err error) {
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT t.offered_token, x.body_sealed FROM target t LEFT JOIN snapshot x ON x.enrollment_id = t.enrollment_id AND x.token = t.offered_token
		WHERE t.enrollment_id = $1 AND t.authority_id = $2`, args(string(e), string(a)), &token, &sealed)
	if err != nil || !found || token == "" {
		return token, nil, err
	}
	body, err = s.open(cell{a, "snapshot", "body", string(e) + "/" + token}, sealed)
	return token, body, err
}

// OfferedNow is the DeclarationsToken of Offered, if it is remembered and nothing moved since.
func (s *Store) OfferedNow(id Identity) (token string, ok bool) {
	r, ok := s.remembered(id)
	return r.have.Offered, ok
}

// InFlightBody reads the kept body of the command in flight, for handing out the same one again.
func (s *Store) InFlightBody(ctx context.Context, a school.AuthorityID, e school.EnrollmentID, uuid string) ([]byte, error) {
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT body_sealed FROM command WHERE enrollment_id = $1 AND uuid = $2 AND authority_id = $3`, args(string(e), uuid, string(a)), &sealed)
	if err != nil || !found {
		return nil, err
	}
	return s.open(cell{a, "command", "body", string(e) + "/" + uuid}, sealed)
}

// Command is what is remembered of a command that was handed out.
type Command struct {
	UUID  string
	Kind  string
	Item  school.ItemKey
	Hash  string
	Order school.OrderID
	State string
	Sent  time.Time
}

// Observation is a device's report under way: fn changes Have and the fields below; the store keeps them.
type Observation struct {
	Now        time.Time
	Authority  school.AuthorityID
	Enrollment school.EnrollmentID
	Device     school.DeviceID
	Command    *Command // what the report answers; nil when it answers nothing known, or nothing
	Have       school.Reported

	// What the caller decides beside Have.
	CommandState string // "acknowledged", "error", "format_error", "notnow"; empty leaves it
	CommandCode  string // what the device said, for the evidence
	OrderState   school.OrderState
	OrderResult  string
	OrderAnswer  []byte           // what it told that is kept for a while: a location, who is on a Shared iPad
	Accepted     bool             // an erase: it said that it would
	Info         *DeviceInfo      // inventory that was reported
	Updating     *school.Updating // what it said about updates
	Bypass       []byte           // Activation Lock bypass code
	Mark         bool             // something Desired depends on changed
	Replan       bool             // there may be something to do now
	Snapshot     *Snapshot
	Forget       string // drop snapshots other than this token
	NoDeclare    bool   // declarative management was refused
	Regroup      bool   // it belongs to other groups by what it said

	before school.Reported // as it was read
	target targetState
}

// DeviceInfo is what DeviceInformation or a status report told about the device.
type DeviceInfo struct {
	Model, ProductName, OSVersion, Build string
	Health                               school.BatteryHealth
	Supervised                           *bool
	Battery                              *int
	StorageFree                          *float64
	More                                 map[string]any // whatever else was asked: no names, no locations
}

// Of is the device as it is after the report: what the report does not tell stays as it was.
func (i *DeviceInfo) Of(d school.Device) school.Device {
	for _, x := range []struct{ to, is *string }{{&d.Model, &i.Model}, {&d.ProductName, &i.ProductName}, {&d.OSVersion, &i.OSVersion}, {&d.Build, &i.Build}} {
		if *x.is != "" {
			*x.to = *x.is
		}
	}
	if i.Health != "" {
		d.Health = i.Health
	}
	if i.Supervised != nil {
		d.Supervised = *i.Supervised
	}
	if i.StorageFree != nil {
		d.StorageFree = *i.StorageFree
	}
	return d
}

// Observe is the other door: what a device reports. It takes the enrolment's target row, reads its state and the command
// the report answers, lets fn change them and keeps the result, in one transaction. A repeated report finds its command
// answered and fn sees that in Command.State. State tables only: no fact is written here.
func (s *Store) Observe(ctx context.Context, a school.AuthorityID, e school.EnrollmentID, uuid string, fn func(o *Observation) error) error {
	wake := false
	err := s.transact(ctx, func(c conn) error {
		o := &Observation{Now: s.Now(), Authority: a, Enrollment: e}
		t, h := &o.target, &o.Have
		found, err := c.one(ctx, `SELECT device_id, applied_set, overlay, missing, extra, deviations, memory, offered_token, offered_at, reported_token, reported_at, pushed_at
			FROM target WHERE enrollment_id = $1 AND authority_id = $2 FOR UPDATE`, args(string(e), string(a)),
			text(&o.Device), &t.set, fromJSON(&t.overlay), fromJSON(&t.missing), fromJSON(&t.extra), fromJSON(&h.Items), fromJSON(&t.memory),
			&h.Offered, stamp(&h.OfferedAt), &h.Confirmed, stamp(&h.ConfirmedAt), stamp(&h.PushedAt))
		if err != nil {
			return err
		}
		if !found {
			return school.Missing("enrollment")
		}
		if _, err := c.one(ctx, `SELECT e.awaiting, e.await_until, e.enrolled_at, e.renewed_at, e.push_state, s.inventory_at, s.bypass_at, s.lost_at
			FROM enrollment e JOIN device_state s ON s.device_id = e.device_id WHERE e.id = $1`, args(string(e)),
			&h.Awaiting, stamp(&h.AwaitUntil), stamp(&h.Enrolled), stamp(&h.RenewedAt), &h.PushState, stamp(&h.InventoryAt), stamp(&h.BypassAt), stamp(&h.LostAt)); err != nil {
			return err
		}
		var fly school.InFlight
		if found, err = c.one(ctx, `SELECT uuid, kind, fingerprint, item_key, hash, sent_at, notnow_at FROM command WHERE enrollment_id = $1 AND state = 'in_flight'`, args(string(e)),
			&fly.UUID, &fly.Kind, &fly.Fingerprint, text(&fly.Item), &fly.Hash, stamp(&fly.SentAt), stamp(&fly.NotNowAt)); err != nil {
			return err
		}
		if found {
			h.InFlight = &fly
		}
		h.LastSeen = o.Now
		if err := s.decode(ctx, c, a, t, h); err != nil {
			return err
		}
		if uuid != "" {
			if o.Command, err = c.command(ctx, e, uuid); err != nil {
				return err
			}
		}
		o.before = *h
		if err := fn(o); err != nil {
			return err
		}
		wake = o.Mark || o.Replan
		members, err := s.members(ctx, c, a, t.set)
		if err != nil {
			return err
		}
		if _, err = c.execAll(ctx, append([]sentence{s.reported(o, members, nil)}, s.heard(o)...)); err == nil && o.Regroup {
			err = s.regroup(ctx, c, a, o.Now, `device_id = $2`, string(o.Device))
		}
		return err
	})
	if err == nil && wake {
		s.changed.call()
	}
	return err
}

// command reads what is remembered of a command; nil when it is unknown.
func (c conn) command(ctx context.Context, e school.EnrollmentID, uuid string) (*Command, error) {
	var x Command
	found, err := c.one(ctx, `SELECT uuid, kind, item_key, hash, order_id, state, sent_at FROM command WHERE enrollment_id = $1 AND uuid = $2`, args(string(e), uuid),
		&x.UUID, &x.Kind, text(&x.Item), &x.Hash, text(&x.Order), &x.State, stamp(&x.Sent))
	if err != nil || !found {
		return nil, err
	}
	return &x, nil
}

// Hear reads what Observe would hand to its function, together with the facts a plan is made of, and holds nothing: the
// caller changes the observation, plans from what came of it and keeps both with SavePlan, which takes them only if
// nobody came in between. So a report and the answer to it are one transaction, and no lock is held while thinking.
func (s *Store) Hear(ctx context.Context, id Identity, uuid string) (o *Observation, f school.Facts, read Read, err error) {
	r, err := s.readingFor(ctx, id)
	if err != nil {
		return nil, f, read, err
	}
	o = &Observation{Now: s.Now(), Authority: id.Authority, Enrollment: id.Enrollment, Device: r.Device.ID, Have: r.have, before: r.have, target: r.target}
	o.Have.LastSeen = o.Now
	if in := r.have.InFlight; in != nil && in.UUID == uuid {
		o.Command = &Command{UUID: uuid, Kind: in.Kind, Item: in.Item, Hash: in.Hash, Order: r.order, State: "in_flight", Sent: in.SentAt}
	} else if uuid != "" { // whoever changes a command counts the target up, so a later look is as good
		o.Command, err = s.read().command(ctx, id.Enrollment, uuid)
	}
	return o, r.Facts, r.at, err
}

// Keep keeps an observation that needs no plan, if nobody came in between since it was read.
func (s *Store) Keep(ctx context.Context, o *Observation, read Read) (ok bool, err error) {
	members, err := s.members(ctx, s.read(), o.Authority, o.target.set)
	if err != nil {
		return false, err
	}
	ok, err = s.atOnce(ctx, append([]sentence{s.reported(o, members, read.Seq)}, s.heard(o)...))
	if ok && heldBy(ctx) == nil && o.plain() && o.CommandState == "" {
		s.moved(o.Enrollment, read, o.target, o.Have, o.Have.InFlight)
	}
	return ok, err
}

// reported keeps what a device has. seq is the state of the reports at which it was read, nil where the row is held since.
func (s *Store) reported(o *Observation, members map[school.ItemKey]Member, seq any) sentence {
	missing, extra, mem := encode(members, o.target.overlay, o.Have)
	var gen int64
	if o.Mark {
		gen = 1
	}
	return sentence{must: true, text: `UPDATE target SET missing = $2, extra = $3, deviations = $4, memory = $5, offered_token = $6, offered_at = $7, reported_token = $8, reported_at = $9,
			gen = gen + $10, seq = seq + 1, marked_at = CASE WHEN $10 = 1 THEN $11 ELSE marked_at END, steps = CASE WHEN $12 THEN TRUE ELSE steps END
		WHERE enrollment_id = $1 AND seq = COALESCE($13, seq)`,
		args: args(string(o.Enrollment), toJSON(missing), toJSON(extra), toJSON(o.Have.Items), toJSON(mem), o.Have.Offered, micros(o.Have.OfferedAt), o.Have.Confirmed, micros(o.Have.ConfirmedAt),
			gen, o.Now.UnixMicro(), o.Replan || o.Mark, seq)}
}

// heard keeps what a report told beside what the device has.
func (s *Store) heard(o *Observation) (all []sentence) {
	if o.Command != nil && o.CommandState != "" {
		all = append(all, s.answered(o)...)
	}
	if o.Snapshot != nil {
		all = append(all, s.snapshotOf(o.Authority, o.Enrollment, *o.Snapshot, o.Now))
	}
	if o.Forget != "" {
		all = append(all, say(`DELETE FROM snapshot WHERE enrollment_id = $1 AND token <> $2`, string(o.Enrollment), o.Forget))
	}
	if o.before.Awaiting && !o.Have.Awaiting {
		all = append(all, say(`UPDATE enrollment SET awaiting = FALSE, released_at = $2 WHERE id = $1`, string(o.Enrollment), micros(o.Now)))
	}
	if !o.before.InventoryAt.Equal(o.Have.InventoryAt) || !o.before.BypassAt.Equal(o.Have.BypassAt) {
		all = append(all, say(`UPDATE device_state SET inventory_at = $2, bypass_at = $3 WHERE device_id = $1`, string(o.Device), micros(o.Have.InventoryAt), micros(o.Have.BypassAt)))
	}
	return append(all, s.told(o)...)
}

func (s *Store) answered(o *Observation) (all []sentence) {
	if o.CommandState == "notnow" {
		all = append(all, say(`UPDATE command SET notnow_at = $3 WHERE enrollment_id = $1 AND uuid = $2`, string(o.Enrollment), o.Command.UUID, micros(o.Now)))
	} else {
		all = append(all, say(`UPDATE command SET state = $3, answered_at = $4, code = $5, body_sealed = NULL WHERE enrollment_id = $1 AND uuid = $2`,
			string(o.Enrollment), o.Command.UUID, o.CommandState, micros(o.Now), o.CommandCode))
	}
	if o.Command.Order == "" || o.OrderState == "" {
		return all
	}
	var finished any
	if !o.OrderState.Open() {
		finished = micros(o.Now)
	}
	var accepted, answer, until any
	if o.Accepted {
		accepted = micros(o.Now)
	}
	if len(o.OrderAnswer) > 0 {
		answer, until = s.seal(cell{o.Authority, "device_order", "answer", string(o.Command.Order)}, o.OrderAnswer), micros(o.Now.Add(school.AnswerKept))
	}
	return append(all, say(`UPDATE device_order SET state = $2, finished_at = $3, result = $4, accepted_at = COALESCE($6, accepted_at), answer_sealed = COALESCE($7, answer_sealed),
			answer_until = COALESCE($8, answer_until) WHERE id = $1 AND authority_id = $5 AND state IN ('waiting', 'handed', 'later')`,
		string(o.Command.Order), string(o.OrderState), finished, o.OrderResult, string(o.Authority), accepted, answer, until))
}

// told keeps what a device said of itself.
func (s *Store) told(o *Observation) (all []sentence) {
	if o.NoDeclare {
		all = append(all, say(`UPDATE device_state SET declarations_refused = TRUE WHERE device_id = $1`, string(o.Device)))
	}
	if len(o.Bypass) > 0 { // a code once stored is replaced only by another one
		sealed := s.seal(cell{o.Authority, "device_state", "bypass", string(o.Device)}, o.Bypass)
		all = append(all, say(`UPDATE device_state SET bypass_sealed = $2 WHERE device_id = $1`, string(o.Device), sealed))
	}
	if o.Updating != nil {
		all = append(all, updating(o.Authority, o.Device, *o.Updating))
	}
	if !o.before.LostAt.Equal(o.Have.LostAt) {
		all = append(all, say(`UPDATE device_state SET lost_at = $2 WHERE device_id = $1`, string(o.Device), micros(o.Have.LostAt)))
	}
	if i := o.Info; i != nil {
		var more any
		if i.More != nil {
			more = toJSON(i.More)
		}
		all = append(all, say(`UPDATE device_state SET model = COALESCE(NULLIF($2, ''), model), product_name = COALESCE(NULLIF($3, ''), product_name),
				os_version = COALESCE(NULLIF($4, ''), os_version), build = COALESCE(NULLIF($5, ''), build), supervised = COALESCE($6, supervised),
				battery = COALESCE($7, battery), storage_free = COALESCE($8, storage_free), inventory = COALESCE($9, inventory), battery_health = COALESCE(NULLIF($10, ''), battery_health)
			WHERE device_id = $1`, string(o.Device), i.Model, i.ProductName, i.OSVersion, i.Build, may(i.Supervised), may(i.Battery), may(i.StorageFree), more, string(i.Health)))
	}
	return all
}
