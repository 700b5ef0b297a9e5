package control

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/micromdm/nanomdm/mdm"

	engine "ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
)

// planTries is how often planning starts again because a fact moved under it. Facts move at the rate at which people act.
const planTries = 5

// RetrieveNextCommand is the planner. A device with nothing to do costs no query here: its identity already said so.
func (s *storage) RetrieveNextCommand(r *mdm.Request, skipNotNow bool) (*mdm.Command, error) {
	ses := sessionOf(r.Context())
	if r.ParentID != "" {
		return nil, nil // nothing is planned for users yet
	}
	if !ses.id.Busy && !ses.answered {
		return nil, nil
	}
	s.x.st.Seen(ses.id.Enrollment, ses.id.Device, ses.now)
	if ses.report != nil {
		return s.x.answer(r.Context(), ses, ses.report, !skipNotNow)
	}
	return s.x.next(r.Context(), ses, !skipNotNow)
}

// next plans one enrolment, keeps what planning came to and, when hand is set, hands out the first step.
func (x *Control) next(ctx context.Context, ses *session, hand bool) (*mdm.Command, error) {
	id := ses.id
	for try := 0; try < planTries; try++ {
		f, have, read, err := x.st.FactsFor(ctx, id)
		if err != nil {
			return nil, err
		}
		f.BaseURL = x.base
		if f.Enrollment == "" {
			return nil, nil
		}
		p, want, steps := x.think(f, have, read)
		var cmd *mdm.Command
		if hand && len(steps) > 0 {
			if cmd, err = x.handOut(ctx, f, want, p.Have, steps[0], &p); err != nil {
				return nil, err
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

func moved(ses *session) error {
	return fmt.Errorf("facts of enrolment %s moved %d times while planning", ses.id.Enrollment, planTries)
}

// think computes what a device should be and what is to be done, without handing anything out.
func (x *Control) think(f school.Facts, have school.Reported, read store.Read) (store.Planned, engine.State, []engine.Step) {
	now := x.st.Now()
	want := x.frames.desired(f)
	var done []school.OrderID
	open := have.Orders[:0:0]
	for _, o := range have.Orders {
		if o.Kind == school.Refresh && engine.Refreshed(want, have, o) {
			done = append(done, o.ID)
			continue
		}
		open = append(open, o)
	}
	have.Orders = open
	have = engine.Settled(have, want, now)
	token := engine.Token(want, have, f)
	steps := engine.PlanFor(want, have, f, now, token)
	p := store.Planned{Authority: f.Authority, Enrollment: f.Enrollment, Read: read, Set: want.Set, Overlay: want.Overlay, Have: have,
		Licences: engine.LicencesDiffer(want, have), Device: f.Device.ID, Flying: have.InFlight != nil, Token: token, Steps: len(steps) > 0, Due: engine.NextDue(want, have, f, now), Done: done}
	for _, i := range want.Items {
		p.Members = append(p.Members, store.Member{Key: i.Key, Profile: i.Profile, Version: i.Version, Hash: i.Hash, Owner: i.Owner, Network: i.Network})
	}
	for _, l := range want.Left {
		if !l.Code.Blocks() { // a decision, or only a matter of time: nobody has to help
			continue
		}
		p.Left = append(p.Left, store.LeftOut{Key: l.Key, Profile: l.Profile, Code: string(l.Code)})
	}
	if d, u := engine.Demanded(want), f.Device.Update; d != (engine.Demand{Version: u.Want, At: u.WantAt, Met: u.Met, Blocked: engine.Code(u.Blocked)}) {
		p.Demanded = &store.Demanded{Device: f.Device.ID, Version: d.Version, At: d.At, Met: d.Met, Blocked: string(d.Blocked)}
	}
	p.Push = now
	if in := have.InFlight; in != nil && !in.NotNowAt.IsZero() {
		p.Push, p.PushReset = engine.Remind(*in), true
	}
	return p, want, steps
}

// handOut makes the command of a step. The same step that is in flight already keeps its UUID and content: the device may
// have lost the answer, or be working on it.
func (x *Control) handOut(ctx context.Context, f school.Facts, want engine.State, have school.Reported, step engine.Step, p *store.Planned) (*mdm.Command, error) {
	now := x.st.Now()
	if in := have.InFlight; in != nil && in.Fingerprint == step.Fingerprint {
		body, err := x.repeat(ctx, f, have, step, in.UUID)
		if err != nil {
			return nil, err
		}
		if body != nil {
			p.Hand = &store.Handout{UUID: in.UUID, Again: true}
			p.Push, p.PushReset = now.Add(x.again[0]), true
			return x.command(in.UUID, in.Kind, body), nil
		}
	}
	id := uuid.Must(uuid.NewV7()).String()
	body, request, snapshot, err := x.body(ctx, f, have, step, &id)
	if err != nil {
		return nil, err
	}
	p.Have = engine.Sent(have, step, id, now)
	p.Due = engine.NextDue(want, p.Have, f, now)
	p.Push, p.PushReset = now.Add(x.again[0]), true
	h := &store.Handout{UUID: id, Kind: request, Fingerprint: step.Fingerprint, Item: step.Key, Snapshot: snapshot, Renews: step.Kind == engine.Renew}
	if h.Renews {
		h.Body = body
	}
	if in := p.Have.InFlight; in != nil {
		h.Hash = in.Hash
	}
	if step.Kind == engine.Operator {
		h.Order = step.Order.ID
	}
	p.Hand = h
	return x.command(id, request, body), nil
}

// repeat makes the command in flight once more: the fingerprint names its content, so nothing of it need be kept. Only a renewal
// is, because of the secret in it no more than a digest is known; nil: it was not.
func (x *Control) repeat(ctx context.Context, f school.Facts, have school.Reported, step engine.Step, id string) (body []byte, err error) {
	if step.Kind == engine.Renew {
		return x.st.InFlightBody(ctx, f.Authority, f.Enrollment, id)
	}
	body, _, _, err = x.body(ctx, f, have, step, &id)
	return body, err
}

func (x *Control) command(id, request string, body []byte) *mdm.Command {
	c := &mdm.Command{CommandUUID: id, Raw: body}
	c.Command.RequestType = request
	return c
}

// wait is how long after a push without an answer the next one is due.
func (x *Control) wait(tries int) time.Duration {
	return x.again[min(tries, len(x.again)-1)]
}
