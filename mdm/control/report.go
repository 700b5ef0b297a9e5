package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/micromdm/nanomdm/mdm"
	"github.com/micromdm/plist"

	engine "ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
)

// report is what of a command result is read beside its frame. The keys stand at the top level, each command its own.
type report struct {
	QueryResponses *struct {
		BuildVersion            string
		IsSupervised            *bool
		ModelName               string
		OSVersion               string
		ProductName             string
		AvailableDeviceCapacity *float64
		BatteryLevel            *float64
		DeviceCapacity          *float64
		ModelNumber             string
		IsMDMLostModeEnabled    *bool
		IsMultiUser             bool
	}
	ProfileList []struct {
		PayloadIdentifier string
		PayloadUUID       string
		IsManaged         bool
		Source            string
		PayloadContent    []struct{ PayloadType string }
	}
	ActivationLockBypassCode string
	ManagedApplicationList   map[string]struct{ Status string }
	RejectionReason          string
}

// heard is a report on a command.
type heard struct {
	*mdm.CommandResults
	more  report
	order orderReport
}

// tells are the keys of which a report is read beyond its frame; all others are spared the second decoding.
var tells = [][]byte{[]byte("QueryResponses"), []byte("ProfileList"), []byte("ActivationLockBypassCode"), []byte("ManagedApplicationList"), []byte("RejectionReason")}

// StoreCommandReport takes a device's answer. nanomdm's core asks for the next command right after it, with the same
// request: there the answer is kept, in one transaction with what follows from it.
func (s *storage) StoreCommandReport(r *mdm.Request, m *mdm.CommandResults) error {
	if m.Status == "Idle" || m.CommandUUID == "" {
		return nil
	}
	ses := sessionOf(r.Context())
	ses.answered = true
	if r.ParentID != "" {
		return nil
	}
	h := &heard{CommandResults: m}
	if (m.Status == "Acknowledged" || m.Status == "Error") && slices.ContainsFunc(tells, func(key []byte) bool { return bytes.Contains(m.Raw, key) }) {
		if err := plist.Unmarshal(m.Raw, &h.more); err != nil {
			return badRequest("result: %w", err)
		}
	}
	if m.Status == "Acknowledged" && slices.ContainsFunc(orderTells, func(key []byte) bool { return bytes.Contains(m.Raw, key) }) {
		if err := plist.Unmarshal(m.Raw, &h.order); err != nil {
			return badRequest("result: %w", err)
		}
	}
	ses.report = h
	return nil
}

// isUnknown is what a device says to a request it does not know.
const isUnknown = "MCMDMErrorDomain 12021"

// answer hears a device's answer, once: a repeated one finds its command answered, an unknown one is let go. Both get
// 200, or the device would send them for ever.
func (x *Control) answer(ctx context.Context, ses *session, h *heard, hand bool) (*mdm.Command, error) {
	a := engine.Answer{Status: h.Status, Reject: h.more.RejectionReason}
	for _, l := range h.ErrorChain {
		a.Chain = append(a.Chain, engine.ChainLink{Domain: l.ErrorDomain, Code: l.ErrorCode, Text: first(l.USEnglishDescription, l.LocalizedDescription)})
	}
	return x.hear(ctx, ses, h.CommandUUID, hand, func(o *store.Observation, f school.Facts, want engine.State) bool {
		c := o.Command
		if c == nil {
			return false // not ours, or forgotten: nothing to do and nothing wrong
		}
		if c.State != "in_flight" && c.State != "superseded" {
			return false // answered before
		}
		o.CommandCode = a.Code()
		o.CommandState = map[string]string{"Acknowledged": "acknowledged", "Error": "error", "CommandFormatError": "format_error", "NotNow": "notnow"}[h.Status]
		in := school.InFlight{UUID: c.UUID, Kind: c.Kind, Item: c.Item, Hash: c.Hash, SentAt: c.Sent}
		if o.Have.InFlight != nil && o.Have.InFlight.UUID == c.UUID {
			in = *o.Have.InFlight
		}
		o.Have = engine.Answered(o.Have, in, a, o.Now)
		o.OrderState, o.OrderResult = orderState(h.Status), ""
		if o.OrderState == school.Refused {
			o.OrderResult = a.Code()
		}
		if order, ok := orderOf(o.Have.Orders, c.Order); ok {
			heardOrder(o, order, h, a)
		}
		if a.Code() == isInLostMode && o.Have.LostAt.IsZero() { // somebody else's doing, or an answer that was lost
			o.Have.LostAt = o.Now
		}
		o.Have.Orders = settled(o.Have.Orders, c.Order, o.OrderState, o.Accepted, o.Now)
		o.Replan = h.Status != "NotNow"
		if h.Status != "Acknowledged" {
			o.NoDeclare = c.Kind == "DeclarativeManagement" && (h.Status == "CommandFormatError" || a.Code() == isUnknown)
			o.Mark = o.NoDeclare
			return true
		}
		if c.Kind == "ProfileList" {
			o.Have = engine.Listed(o.Have, want, listed(h.more), c.Sent, o.Now)
		}
		if c.Kind == "ManagedApplicationList" {
			o.Have = engine.AppsListed(o.Have, want, listedApps(h.more), c.Sent, o.Now)
		}
		if c.Kind == "DeviceInformation" && h.more.QueryResponses != nil {
			o.Info, o.Mark = inventory(h.more, f.Device)
			if lost := h.more.QueryResponses.IsMDMLostModeEnabled; lost != nil && *lost == o.Have.LostAt.IsZero() {
				if o.Have.LostAt = (time.Time{}); *lost {
					o.Have.LostAt = o.Now
				}
			}
		}
		if c.Kind == "ActivationLockBypassCode" && h.more.ActivationLockBypassCode != "" {
			o.Bypass = []byte(h.more.ActivationLockBypassCode)
		}
		return true
	})
}

// take changes an observation by what a report says; false: it says nothing new.
type take func(o *store.Observation, f school.Facts, want engine.State) bool

// hear takes a report and plans from what came of it; both are kept in one transaction, unless somebody came in between,
// then it begins anew. A report that changes what Desired depends on is kept by itself and planned from new facts, and so
// is one that no command could be made after: what a device said once is never lost by trouble of ours.
func (x *Control) hear(ctx context.Context, ses *session, uuid string, hand bool, say take) (*mdm.Command, error) {
	id, say := ses.id, regrouping(say)
	for try := 0; try < planTries; try++ {
		o, f, read, err := x.st.Hear(ctx, id, uuid)
		if err != nil {
			return nil, err
		}
		f.BaseURL = x.base
		news := say(o, f, x.frames.desired(f))
		if o.Mark || f.Enrollment == "" {
			if err := x.keepReport(ctx, ses, uuid, say); err != nil {
				return nil, err
			}
			ses.id.Known = store.Read{}
			return x.next(ctx, ses, hand)
		}
		if o.Info != nil {
			f.Device = o.Info.Of(f.Device)
		}
		f.Device.InventoryAt = o.Have.InventoryAt
		p, want, steps := x.think(f, o.Have, read)
		if news {
			p.Heard = o
		}
		var cmd *mdm.Command
		if hand && len(steps) > 0 {
			if cmd, err = x.handOut(ctx, f, want, p.Have, steps[0], &p); err != nil {
				return nil, errors.Join(err, x.keepReport(ctx, ses, uuid, say))
			}
		}
		ok, err := x.st.SavePlan(ctx, p)
		if err != nil {
			return nil, err
		}
		if ok {
			return cmd, nil
		}
		id.Known = store.Read{}
	}
	return nil, moved(ses)
}

// regrouping adds to what a report says that the device belongs to other groups by it: what a rule asks for changed.
func regrouping(say take) take {
	return func(o *store.Observation, f school.Facts, want engine.State) bool {
		news := say(o, f, want)
		if o.Info != nil {
			d := o.Info.Of(f.Device)
			d.LastSeen = o.Now
			if f.Regroups(d) {
				o.Regroup, o.Mark = true, true
			}
		}
		return news
	}
}

// keepReport keeps a report by itself.
func (x *Control) keepReport(ctx context.Context, ses *session, uuid string, say take) error {
	f, _, _, err := x.st.Facts(ctx, ses.id.Authority, ses.id.Enrollment)
	if err != nil {
		return err
	}
	want := x.frames.desired(f)
	return x.st.Observe(ctx, ses.id.Authority, ses.id.Enrollment, uuid, func(o *store.Observation) error {
		say(o, f, want)
		return nil
	})
}

// settled are the open orders after one of them got an answer.
func settled(orders []school.Order, answered school.OrderID, state school.OrderState, accepted bool, now time.Time) []school.Order {
	var open []school.Order
	for _, o := range orders {
		if o.ID == answered {
			o.State = state
			if accepted {
				o.Accepted = now
			}
		}
		if o.State.Open() {
			open = append(open, o)
		}
	}
	return open
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func orderState(status string) school.OrderState {
	switch status {
	case "Acknowledged":
		return school.Done
	case "NotNow":
		return school.Later
	}
	return school.Refused
}

func listed(r report) []engine.ListedProfile {
	out := make([]engine.ListedProfile, 0, len(r.ProfileList))
	for _, p := range r.ProfileList {
		l := engine.ListedProfile{Identifier: p.PayloadIdentifier, UUID: p.PayloadUUID, Managed: p.IsManaged, Source: p.Source}
		for _, content := range p.PayloadContent {
			l.Payloads = append(l.Payloads, content.PayloadType)
		}
		out = append(out, l)
	}
	return out
}

// inventory turns the answer to DeviceInformation into what is kept, and whether Desired depends on what changed. The
// first inventory always counts: until it, items may wait for it.
func inventory(r report, was school.Device) (*store.DeviceInfo, bool) {
	q := r.QueryResponses
	i := &store.DeviceInfo{Model: q.ModelName, ProductName: q.ProductName, OSVersion: q.OSVersion, Build: q.BuildVersion, Supervised: q.IsSupervised, StorageFree: q.AvailableDeviceCapacity,
		More: map[string]any{}}
	if b := q.BatteryLevel; b != nil && *b >= 0 {
		percent := int(math.Round(*b * 100))
		i.Battery = &percent
	}
	if q.DeviceCapacity != nil {
		i.More["capacity"] = *q.DeviceCapacity
	}
	if q.ModelNumber != "" {
		i.More["model_number"] = q.ModelNumber
	}
	if q.IsMDMLostModeEnabled != nil {
		i.More["lost_mode"] = *q.IsMDMLostModeEnabled
	}
	if q.IsMultiUser {
		i.More["shared"] = true
	}
	changed := was.InventoryAt.IsZero() || q.OSVersion != "" && q.OSVersion != was.OSVersion || q.IsSupervised != nil && *q.IsSupervised != was.Supervised
	return i, changed
}

// Resolve plans the marked and the due targets of one authority, up to limit of each, without a device asking: so that pages
// count truly and only devices with something to do are pushed. It returns how many it looked at.
func (x *Control) Resolve(ctx context.Context, a school.AuthorityID, limit int) (int, error) {
	facts, have, reads, err := x.st.Marked(ctx, a, limit)
	if err != nil || len(facts) == 0 {
		return 0, err
	}
	thought := make([]store.Planned, len(facts))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(facts)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(facts); i = int(next.Add(1)) - 1 {
				if f := facts[i]; f.Enrollment != "" {
					f.BaseURL = x.base
					thought[i], _, _ = x.think(f, have[i], reads[i])
				}
			}
		})
	}
	wg.Wait()
	plans := thought[:0]
	for _, p := range thought {
		if p.Enrollment != "" {
			plans = append(plans, p)
		}
	}
	if _, err := x.st.SavePlans(ctx, plans); err != nil {
		return len(facts), fmt.Errorf("authority %s: %w", a, err)
	}
	return len(facts), nil
}

// ResolveAll plans what is marked in every authority, a slice of each in turn, so that one authority's wave does not
// stand in the way of another's.
func (x *Control) ResolveAll(ctx context.Context) error {
	for {
		authorities, err := x.st.AuthoritiesWithMarks(ctx)
		if err != nil {
			return err
		}
		n := 0
		for _, a := range authorities {
			k, err := x.Resolve(ctx, a, 500)
			if err != nil {
				return err
			}
			n += k
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if n == 0 {
			return nil
		}
	}
}
