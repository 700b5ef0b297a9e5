package control

import (
	"context"
	"errors"
	"fmt"
	"math"

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
	}
	ProfileList []struct {
		PayloadIdentifier string
		PayloadUUID       string
		IsManaged         bool
	}
	ActivationLockBypassCode string
}

// StoreCommandReport hears a device's answer, once: a repeated one finds its command answered, an unknown one is let go.
// Both get 200, or the device would send them for ever.
func (s *storage) StoreCommandReport(r *mdm.Request, m *mdm.CommandResults) error {
	if m.Status == "Idle" || m.CommandUUID == "" {
		return nil
	}
	ses := sessionOf(r.Context())
	ses.answered, ses.notNow = true, m.Status == "NotNow"
	if r.ParentID != "" {
		return nil
	}
	var body report
	if m.Status == "Acknowledged" {
		if err := plist.Unmarshal(m.Raw, &body); err != nil {
			return badRequest("result: %w", err)
		}
	}
	return s.x.answer(r.Context(), ses, m, body)
}

func (x *Control) answer(ctx context.Context, ses *session, m *mdm.CommandResults, body report) error {
	a := engine.Answer{Status: m.Status}
	for _, l := range m.ErrorChain {
		a.Chain = append(a.Chain, engine.ChainLink{Domain: l.ErrorDomain, Code: l.ErrorCode, Text: first(l.USEnglishDescription, l.LocalizedDescription)})
	}
	var f school.Facts
	var want engine.State
	if body.ProfileList != nil || body.QueryResponses != nil {
		var err error
		if f, _, _, err = x.st.Facts(ctx, ses.id.Authority, ses.id.Enrollment); err != nil {
			return err
		}
		want = engine.Desired(f)
	}
	err := x.st.Observe(ctx, ses.id.Authority, ses.id.Enrollment, m.CommandUUID, func(o *store.Observation) error {
		c := o.Command
		if c == nil {
			return nil // not ours, or forgotten: nothing to do and nothing wrong
		}
		if c.State != "in_flight" && c.State != "superseded" {
			return nil // answered before
		}
		o.CommandCode = a.Code()
		o.CommandState = map[string]string{"Acknowledged": "acknowledged", "Error": "error", "CommandFormatError": "format_error", "NotNow": "notnow"}[m.Status]
		in := school.InFlight{UUID: c.UUID, Kind: c.Kind, Item: c.Item, Hash: c.Hash, SentAt: c.Sent}
		if o.Have.InFlight != nil && o.Have.InFlight.UUID == c.UUID {
			in = *o.Have.InFlight
		}
		o.Have = engine.Answered(o.Have, in, a, o.Now)
		o.OrderState, o.OrderResult = orderState(m.Status), a.Code()
		o.Replan = m.Status != "NotNow"
		if m.Status != "Acknowledged" {
			o.NoDeclare = c.Kind == "DeclarativeManagement" && m.Status == "CommandFormatError"
			o.Mark = o.NoDeclare
			return nil
		}
		if c.Kind == "ProfileList" {
			o.Have = engine.Listed(o.Have, want, listed(body), c.Sent, o.Now)
		}
		if c.Kind == "DeviceInformation" && body.QueryResponses != nil {
			o.Info, o.Mark = inventory(body, f.Device)
		}
		if c.Kind == "ActivationLockBypassCode" && body.ActivationLockBypassCode != "" {
			o.Bypass = []byte(body.ActivationLockBypassCode)
		}
		return nil
	})
	if school.KindOf(err) == school.NotFound { // the enrolment has no target: nothing was ever handed out
		return nil
	}
	return err
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
		out = append(out, engine.ListedProfile{Identifier: p.PayloadIdentifier, UUID: p.PayloadUUID, Managed: p.IsManaged})
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
	changed := was.InventoryAt.IsZero() || q.OSVersion != "" && q.OSVersion != was.OSVersion || q.IsSupervised != nil && *q.IsSupervised != was.Supervised
	return i, changed
}

// Resolve plans every marked or due target of one authority, up to limit, without a device asking: so that pages count
// truly and only devices with something to do are pushed. It returns how many it looked at.
func (x *Control) Resolve(ctx context.Context, a school.AuthorityID, limit int) (int, error) {
	facts, have, reads, err := x.st.Marked(ctx, a, limit)
	if err != nil || len(facts) == 0 {
		return 0, err
	}
	plans := make([]store.Planned, 0, len(facts))
	var errs []error
	for i, f := range facts {
		if f.Enrollment == "" {
			continue
		}
		f.BaseURL = x.base
		p, _ := x.think(f, have[i], reads[i])
		plans = append(plans, p)
	}
	if _, err := x.st.SavePlans(ctx, plans); err != nil {
		errs = append(errs, fmt.Errorf("authority %s: %w", a, err))
	}
	return len(facts), errors.Join(errs...)
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
