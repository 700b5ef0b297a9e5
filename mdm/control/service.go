package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/micromdm/nanomdm/mdm"
	"github.com/micromdm/nanomdm/service"
	"github.com/micromdm/nanomdm/service/nanomdm"

	"ranzen/store"
	"ranzen/store/school"
)

// core is nanomdm's core of one authority with our decorator before it.
type core struct {
	service.CheckinAndCommandService // nanomdm
	x                                *Control
	a                                school.AuthorityID
}

func (x *Control) coreOf(a school.AuthorityID) *core {
	if c, ok := x.cores.Load(a); ok {
		return c.(*core)
	}
	s := &storage{Nano: x.st.Nano(a), x: x}
	n := nanomdm.New(s, nanomdm.WithDeclarativeManagement(s), nanomdm.WithUserAuthenticate(s), nanomdm.WithGetToken(s))
	c, _ := x.cores.LoadOrStore(a, &core{n, x, a})
	return c.(*core)
}

// storage is nanomdm's storage with the planner in place of the queue.
type storage struct {
	*store.Nano
	x *Control
}

// serve answers one check-in or connect request.
func (x *Control) serve(w http.ResponseWriter, r *http.Request) {
	s := sessionOf(r.Context())
	c := x.coreOf(s.id.Authority)
	out, checkin, err := c.dispatch(mdm.NewRequestWithContext(r.Context(), nil), s.body)
	if err != nil {
		x.refuse(w, r, statusOf(err), err)
		return
	}
	if s.id.Enrollment != "" {
		x.st.Seen(s.id.Enrollment, s.id.Device, s.now)
	}
	if len(out) > 0 {
		kind := "application/xml"
		if checkin && out[0] == '{' {
			kind = "application/json"
		}
		w.Header().Set("Content-Type", kind)
	}
	w.WriteHeader(http.StatusOK)
	w.Write(out)
}

// dispatch hands a message to the core, read by hand or else by nanomdm. The body decides what it is, as both kinds share one URL.
func (c *core) dispatch(r *mdm.Request, body []byte) (out []byte, checkin bool, err error) {
	checkin = bytes.Contains(body, []byte("<key>MessageType</key>"))
	if p, ok := readPlain(body); ok && checkin {
		if m, ok := p.declarative(body); ok {
			out, err = c.DeclarativeManagement(r, m)
			return out, checkin, err
		}
	} else if ok {
		if m, ok := p.results(body); ok {
			next, err := c.CommandAndReportResults(r, m)
			if err == nil && next != nil {
				out = next.Raw
			}
			return out, checkin, err
		}
	}
	if checkin {
		out, err = service.CheckinRequest(c, r, body)
	} else {
		out, err = service.CommandAndReportResultsRequest(c, r, body)
	}
	return out, checkin, err
}

// statusOf maps an error to what a device is told. 401 and 403 are not in the list: both can unenrol.
func statusOf(err error) int {
	var h *service.HTTPStatusError
	switch {
	case errors.As(err, &h) && h.Status != http.StatusUnauthorized && h.Status != http.StatusForbidden:
		return h.Status
	case school.KindOf(err) == school.NotFound, school.KindOf(err) == school.Invalid:
		return http.StatusBadRequest
	}
	return http.StatusServiceUnavailable
}

func badRequest(format string, a ...any) error {
	return service.NewHTTPStatusError(http.StatusBadRequest, fmt.Errorf(format, a...))
}

// alarm raises an alarm that needs a person; that it could not be raised is only logged.
func (c *core) alarm(ctx context.Context, id store.Identity, kind string) {
	if _, err := c.x.st.RaiseAlarm(ctx, store.Alarm{Authority: id.Authority, School: id.School, Kind: kind, Subject: string(id.Device), Urgency: store.Today}); err != nil {
		c.x.log.Error("alarm not raised", "kind", kind, "device", id.Device, "error", err)
	}
}

// bound checks a message against what its certificate was issued for. What does not fit changes nothing.
func (c *core) bound(r *mdm.Request, e *mdm.Enrollment) (store.Identity, error) {
	s := sessionOf(r.Context())
	id := s.id
	switch {
	case id.State == "revoked":
		return id, badRequest("certificate is revoked")
	case id.State == "retired":
		// The newer certificate was used and now the older one is: two parties hold keys of one device.
		if err := c.x.st.Clone(r.Context(), id); err != nil {
			return id, err
		}
		c.alarm(r.Context(), id, "possible_clone")
		return id, badRequest("certificate is retired")
	case id.UDID != "" && e.UDID != id.UDID:
		c.alarm(r.Context(), id, "binding_broken")
		return id, badRequest("UDID is not the one the certificate was issued for")
	}
	if e.UserShortName != "" || e.UserID != "" || e.UserLongName != "" {
		if err := c.pseudonymise(r.Context(), e); err != nil {
			return id, err
		}
	}
	return id, nil
}

// sharedUser is the constant UserID of Shared iPad users; their name is in UserShortName.
const sharedUser = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"

// pseudonymise replaces names of user channels before they become keys or log fields: a Managed Apple Account is a person.
func (c *core) pseudonymise(ctx context.Context, e *mdm.Enrollment) error {
	for _, f := range []*string{&e.UserShortName, &e.EnrollmentUserID} {
		if *f == "" {
			continue
		}
		p, err := c.x.st.Pseudonym(ctx, c.a, "user channel", strings.ToLower(*f))
		if err != nil {
			return err
		}
		*f = p
	}
	if e.UserID != "" && e.UserID != sharedUser {
		p, err := c.x.st.Pseudonym(ctx, c.a, "user channel", e.UserID)
		if err != nil {
			return err
		}
		e.UserID = p
	}
	e.UserLongName = ""
	return nil
}

// inForce is bound for every message but Authenticate: the certificate must be the enrolment's. The first use of a renewed
// one makes it so.
func (c *core) inForce(r *mdm.Request, e *mdm.Enrollment) (store.Identity, error) {
	id, err := c.bound(r, e)
	if err != nil {
		return id, err
	}
	if id.State == "issued" && id.Purpose == store.ForRenew {
		return id, c.switchTo(r.Context(), id)
	}
	if id.State != "active" || id.Enrollment == "" {
		return id, badRequest("certificate has not authenticated yet")
	}
	if id.Enrolled == school.CheckedOut {
		return id, badRequest("enrolment has ended")
	}
	return id, nil
}

// switchTo makes a renewed certificate the one of its enrolment, also one a restored world had forgotten: by now the
// message was found to be its device's.
func (c *core) switchTo(ctx context.Context, id store.Identity) error {
	s := sessionOf(ctx)
	if !id.Forgotten.IsZero() {
		if err := c.x.st.Adopt(ctx, id); err != nil {
			return err
		}
		s.id.Forgotten = time.Time{}
	} else if err := c.x.st.SwitchIdentity(ctx, id); err != nil {
		return err
	}
	s.id.State, s.id.Busy, s.id.Known = "active", true, store.Read{}
	c.x.log.Info("identity renewed", "authority", id.Authority, "device", id.Device, "enrollment", id.Enrollment)
	return nil
}

// Authenticate begins an enrolment. By a renewed certificate it only switches to it: nanomdm's core would clear queue and
// enablement. By a certificate that is in force already it is an answer that got lost, or a replay, and changes nothing.
func (c *core) Authenticate(r *mdm.Request, m *mdm.Authenticate) error {
	id, err := c.bound(r, &m.Enrollment)
	if err != nil {
		return err
	}
	if id.Serial != "" && m.SerialNumber != id.Serial {
		c.alarm(r.Context(), id, "binding_broken")
		return badRequest("serial number is not the one the certificate was issued for")
	}
	if err := c.topic(r.Context(), id, m.Topic); err != nil {
		return err
	}
	switch {
	case id.Purpose == store.ForRenew && id.State == "issued":
		return c.switchTo(r.Context(), id)
	case id.State == "active" && id.Enrolled != school.Authenticated && id.Enrollment != "":
		return nil
	}
	if err := c.CheckinAndCommandService.Authenticate(r, m); err != nil {
		var no *store.NotTheDeviceError
		if errors.As(err, &no) {
			id.Device, id.School = no.Device, no.School
			c.alarm(r.Context(), id, "binding_broken")
			return badRequest("the device is not the one it says it is")
		}
		return err
	}
	return c.again(r.Context())
}

// again reads the identity anew after the request changed it.
func (c *core) again(ctx context.Context) error {
	s := sessionOf(ctx)
	id, err := c.x.st.Identity(ctx, s.id.CertHash)
	if err == nil {
		s.id = id
	}
	return err
}

// topic refuses a push topic that is not the authority's: such a device could never be reached.
func (c *core) topic(ctx context.Context, id store.Identity, topic string) error {
	ours, err := c.x.st.PushTopic(ctx, id.Authority)
	if err != nil {
		return err
	}
	if topic != ours {
		c.alarm(ctx, id, "binding_broken")
		return badRequest("push topic is not the authority's")
	}
	return nil
}

// TokenUpdate stores the push contact.
func (c *core) TokenUpdate(r *mdm.Request, m *mdm.TokenUpdate) error {
	id, err := c.inForce(r, &m.Enrollment)
	if err != nil {
		return err
	}
	if err := c.topic(r.Context(), id, m.Topic); err != nil {
		return err
	}
	if err := c.CheckinAndCommandService.TokenUpdate(r, m); err != nil {
		return err
	}
	return c.again(r.Context())
}

// CheckOut ends the enrolment; a repeated one finds nothing to end.
func (c *core) CheckOut(r *mdm.Request, m *mdm.CheckOut) error {
	id, err := c.bound(r, &m.Enrollment)
	if err != nil || id.Enrolled == school.CheckedOut {
		return err
	}
	if _, err := c.inForce(r, &m.Enrollment); err != nil {
		return err
	}
	return c.CheckinAndCommandService.CheckOut(r, m)
}

func (c *core) UserAuthenticate(r *mdm.Request, m *mdm.UserAuthenticate) ([]byte, error) {
	if _, err := c.inForce(r, &m.Enrollment); err != nil {
		return nil, err
	}
	return c.CheckinAndCommandService.UserAuthenticate(r, m)
}

func (c *core) SetBootstrapToken(r *mdm.Request, m *mdm.SetBootstrapToken) error {
	if _, err := c.inForce(r, &m.Enrollment); err != nil {
		return err
	}
	return c.CheckinAndCommandService.SetBootstrapToken(r, m)
}

func (c *core) GetBootstrapToken(r *mdm.Request, m *mdm.GetBootstrapToken) (*mdm.BootstrapToken, error) {
	if _, err := c.inForce(r, &m.Enrollment); err != nil {
		return nil, err
	}
	return c.CheckinAndCommandService.GetBootstrapToken(r, m)
}

func (c *core) DeclarativeManagement(r *mdm.Request, m *mdm.DeclarativeManagement) ([]byte, error) {
	if _, err := c.inForce(r, &m.Enrollment); err != nil {
		return nil, err
	}
	return c.CheckinAndCommandService.DeclarativeManagement(r, m)
}

func (c *core) GetToken(r *mdm.Request, m *mdm.GetToken) (*mdm.GetTokenResponse, error) {
	if _, err := c.inForce(r, &m.Enrollment); err != nil {
		return nil, err
	}
	return c.CheckinAndCommandService.GetToken(r, m)
}

func (c *core) CommandAndReportResults(r *mdm.Request, m *mdm.CommandResults) (*mdm.Command, error) {
	if _, err := c.inForce(r, &m.Enrollment); err != nil {
		return nil, err
	}
	return c.CheckinAndCommandService.CommandAndReportResults(r, m)
}

// UserAuthenticate declines user channels of Macs with 410 until there are user-level items: no unenrolment.
func (s *storage) UserAuthenticate(*mdm.Request, *mdm.UserAuthenticate) ([]byte, error) {
	return nil, service.NewHTTPStatusError(http.StatusGone, errors.New("users are not managed"))
}

// GetToken answers Managed Apple Accounts that demand a managed device (com.apple.maid); other services are 400.
func (s *storage) GetToken(r *mdm.Request, m *mdm.GetToken) (*mdm.GetTokenResponse, error) {
	if m.TokenServiceType != "com.apple.maid" {
		return nil, badRequest("token service is not offered")
	}
	id := sessionOf(r.Context()).id
	server, key, err := s.x.st.MaidKey(r.Context(), id.Authority, id.Device)
	if err != nil {
		return nil, err
	}
	jwt, err := maidToken(server, key, s.x.st.Now())
	if err != nil {
		return nil, err
	}
	return &mdm.GetTokenResponse{TokenData: jwt}, nil
}
