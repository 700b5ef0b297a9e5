package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/micromdm/nanomdm/mdm"
	"github.com/micromdm/nanomdm/service"

	engine "ranzen/mdm"
	"ranzen/mdm/ddm"
	"ranzen/store"
	"ranzen/store/school"
)

// DeclarativeManagement answers the four endpoints. What a device was offered is kept as a snapshot, so that the
// declarations it fetches one by one are those of one moment, whatever facts do meanwhile.
func (s *storage) DeclarativeManagement(r *mdm.Request, m *mdm.DeclarativeManagement) ([]byte, error) {
	ses := sessionOf(r.Context())
	e, ok := ddm.ParseEndpoint(m.Endpoint)
	if !ok || r.ParentID != "" {
		return nil, service.NewHTTPStatusError(http.StatusNotFound, fmt.Errorf("no such endpoint"))
	}
	x := s.x
	switch e.Asks {
	case ddm.StatusEndpoint:
		return nil, x.status(r.Context(), ses, m.Data)
	case ddm.DeclarationEndpoint:
		return x.declaration(r.Context(), ses, e)
	}
	x.st.Seen(ses.id.Enrollment, ses.id.Device, ses.now)
	if e.Asks == ddm.TokensEndpoint {
		f, have, _, err := x.st.FactsFor(r.Context(), ses.id)
		if err != nil {
			return nil, err
		}
		f.BaseURL = x.base
		return ddm.Tokens(ddm.Token(engine.Manifest(x.frames.desired(f), have, f)), x.st.Now())
	}
	return x.items(r.Context(), ses)
}

// items lists the declarations and keeps what was listed.
func (x *Control) items(ctx context.Context, ses *session) ([]byte, error) {
	id := ses.id
	for try := 0; try < planTries; try++ {
		o, f, read, err := x.st.Hear(ctx, id, "")
		if err != nil {
			return nil, err
		}
		f.BaseURL = x.base
		want := x.frames.desired(f)
		outline := engine.OutlineOf(want, o.Have, f)
		manifest := outline.Manifest(f.Key, f.BaseURL)
		token := ddm.Token(manifest)
		if o.Snapshot, err = snapshotOf(outline, token); err != nil {
			return nil, err
		}
		o.Have = engine.Fetched(o.Have, want, manifest, o.Now)
		ok, err := x.st.Keep(ctx, o, read)
		if err != nil {
			return nil, err
		}
		if ok {
			x.offers.keep(id.Enrollment, token, manifest)
			return ddm.Items(manifest)
		}
		id.Known = store.Read{}
	}
	return nil, moved(ses)
}

// offered is what a snapshot holds.
type offered struct {
	engine.Outline
	Declarations []ddm.Declaration `json:",omitempty"` // all of them, word for word: so they were kept before there were outlines
}

func snapshotOf(o engine.Outline, token string) (*store.Snapshot, error) {
	b, err := json.Marshal(offered{Outline: o})
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return &store.Snapshot{Token: token, Body: b}, nil
}

// kept is the manifest a device was last given, and its token. Shared, and not to be changed. There is none if nothing was given,
// or if this program would write it in other words than the one that gave it: then the planner offers it anew.
func (x *Control) kept(ctx context.Context, ses *session) (list []ddm.Declaration, token string, err error) {
	if token, ok := x.st.OfferedNow(ses.id); ok {
		if list, ok := x.offers.find(ses.id.Enrollment, token); ok {
			return list, token, nil
		}
	}
	token, b, err := x.st.Offered(ctx, ses.id.Authority, ses.id.Enrollment)
	if err != nil || b == nil {
		return nil, token, err
	}
	f, _, _, err := x.st.FactsFor(ctx, ses.id)
	if err != nil {
		return nil, token, err
	}
	var o offered
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, token, fmt.Errorf("decode snapshot: %w", err)
	}
	if list = o.Declarations; list == nil {
		list = o.Manifest(f.Key, x.base)
	}
	if ddm.Token(list) != token {
		return nil, token, nil
	}
	x.offers.keep(ses.id.Enrollment, token, list)
	return list, token, nil
}

// offers keeps the manifests of devices that fetch their declarations just now, one by one. What stands behind a token never
// changes; which token is a device's says the store. The zero value is empty.
type offers struct {
	mu         sync.Mutex
	young, old map[school.EnrollmentID]offer
}

type offer struct {
	token string
	list  []ddm.Declaration
}

// mostOffers is how many are kept of each age; one takes some kilobytes.
const mostOffers = 256

func (o *offers) find(e school.EnrollmentID, token string) ([]ddm.Declaration, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	x, ok := o.young[e]
	if !ok {
		x = o.old[e]
	}
	return x.list, x.token == token && token != ""
}

func (o *offers) keep(e school.EnrollmentID, token string, list []ddm.Declaration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.young == nil || len(o.young) >= mostOffers {
		o.young, o.old = make(map[school.EnrollmentID]offer), o.young
	}
	o.young[e] = offer{token, list}
}

func (x *Control) declaration(ctx context.Context, ses *session, e ddm.Endpoint) ([]byte, error) {
	list, _, err := x.kept(ctx, ses)
	if err != nil {
		return nil, err
	}
	d, ok := ddm.Find(list, e.Kind, e.Identifier)
	if !ok {
		return nil, service.NewHTTPStatusError(http.StatusNotFound, errors.New("no such declaration"))
	}
	return d.JSON()
}

// status hears a status report: which declarations are in force, and what the device says of itself.
func (x *Control) status(ctx context.Context, ses *session, data []byte) error {
	st, err := ddm.ParseStatus(data)
	if err != nil {
		return badRequest("status report: %w", err)
	}
	x.st.Seen(ses.id.Enrollment, ses.id.Device, ses.now)
	list, token, err := x.kept(ctx, ses)
	if err != nil {
		return err
	}
	// A report is not followed by a question for work: whatever it made due is planned now, and pushed.
	_, err = x.hear(ctx, ses, "", false, func(o *store.Observation, f school.Facts, want engine.State) bool {
		if o.Have.Offered == token && list != nil { // else the offer moved since: the next report speaks of it
			o.Have = engine.Declared(o.Have, want, f, list, st, o.Now)
		}
		o.Have = engine.AppsDeclared(o.Have, want, f, list, st, o.Now)
		if o.Have.Confirmed == o.Have.Offered && o.Have.Offered != "" {
			o.Forget = o.Have.Offered
		}
		o.Info, o.Mark = deviceInfo(st, f.Device)
		o.Updating = updating(f.Device.Update, st.Update, o.Now)
		o.Replan = true
		return true
	})
	return err
}

// deviceInfo turns what a status report says of the device into what is kept, and whether Desired depends on it.
func deviceInfo(u ddm.Status, was school.Device) (*store.DeviceInfo, bool) {
	i := &store.DeviceInfo{Model: u.Model, ProductName: u.ProductName, OSVersion: u.OSVersion, Build: u.Build, Health: school.BatteryHealth(u.BatteryHealth)}
	if i.Of(was) == was {
		return nil, false
	}
	return i, i.OSVersion != "" && i.OSVersion != was.OSVersion
}

// updating is what is known of a device's updates after a report; nil: nothing new.
func updating(was school.Updating, said *ddm.Update, now time.Time) *school.Updating {
	if said == nil {
		return nil
	}
	is := was
	if said.State != nil {
		is.State = school.UpdateState(*said.State)
	}
	if p := said.Pending; p != nil {
		is.Version, is.Build, is.At = p.Version, p.Build, p.At
	}
	if f := said.Failure; f != nil {
		is.Failures, is.Reason, is.FailedAt = f.Count, f.Reason, time.Time{}
		if f.Count == 0 {
			is.Reason = ""
		} else if at, err := time.Parse(time.RFC3339, f.At); err == nil {
			is.FailedAt = at.UTC()
		} else {
			is.FailedAt = now
		}
	}
	if i := said.Install; i != nil {
		is.Because = strings.Join(i.Reasons, " ")
	}
	if said.Beta != nil {
		is.Beta = *said.Beta
	}
	if is == was {
		return nil
	}
	is.Said = now
	return &is
}

// declared serves the profile behind a declaration: only to the enrolment whose identity asks, only if its snapshot names
// it under this very token, and only with the content that was offered. Everything else does not exist.
func (x *Control) declared(w http.ResponseWriter, r *http.Request) {
	ses := sessionOf(r.Context())
	id := ses.id
	if id.State != "active" || id.Enrolled != school.Enrolled {
		x.refuse(w, r, http.StatusNotFound, errors.New("not enrolled"))
		return
	}
	b, err := x.declaredProfile(r.Context(), ses, mux.Vars(r)["declaration"], mux.Vars(r)["token"])
	if err != nil {
		status := http.StatusServiceUnavailable
		if school.KindOf(err) == school.NotFound {
			status = http.StatusNotFound
		}
		x.refuse(w, r, status, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-apple-aspen-config")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(b)
}

func (x *Control) declaredProfile(ctx context.Context, ses *session, declaration, token string) ([]byte, error) {
	list, _, err := x.kept(ctx, ses)
	if err != nil {
		return nil, err
	}
	if d, ok := ddm.Find(list, ddm.Configurations, declaration); !ok || d.ServerToken != token {
		return nil, school.Missing("declaration")
	}
	f, have, _, err := x.st.FactsFor(ctx, ses.id)
	if err != nil {
		return nil, err
	}
	for _, i := range x.frames.desired(f).Items {
		if i.App == nil && engine.DeclarationID(i.Key) == declaration && engine.Belongs(token, i, have, f) {
			return x.deliver(ctx, f, i)
		}
	}
	return nil, school.Missing("declaration") // it moved since: the device is offered the new one next
}
