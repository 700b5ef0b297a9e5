package control

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/micromdm/nanomdm/mdm"

	"ranzen/enroll/ca"
	"ranzen/store"
	"ranzen/store/school"
)

// maxSignature is the longest Mdm-Signature header that is looked at. Real ones have 1.2 to 2 KB.
const maxSignature = 16 << 10

// session is what is known of one request: who asks, and what happened to it on its way through nanomdm's core.
type session struct {
	id       store.Identity
	body     []byte
	now      time.Time
	answered bool   // a report came: what is to do next must be planned anew
	report   *heard // not kept yet: it is kept together with the plan that follows from it
}

type sessionKey struct{}

func sessionOf(ctx context.Context) *session {
	s, _ := ctx.Value(sessionKey{}).(*session)
	return s
}

type bodyKey struct{}

func withBody(ctx context.Context, b []byte) context.Context {
	return context.WithValue(ctx, bodyKey{}, b)
}

func bodyOf(ctx context.Context) []byte {
	b, _ := ctx.Value(bodyKey{}).([]byte)
	return b
}

// identify finds out who signed the request. A device certificate is one this server issued: its hash stands in the
// store, with authority, device and enrolment. Whoever shows another certificate, or none, gets 400 and learns nothing;
// trouble of our own is 503, so that the device asks again.
func (x *Control) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := bodyOf(r.Context())
		who, err := x.keys.signerOf(r, body)
		if err != nil {
			x.refuse(w, r, http.StatusBadRequest, err)
			return
		}
		id, err := x.st.Identity(r.Context(), who.hash)
		if school.KindOf(err) == school.NotFound {
			id, err = x.forgotten(r, who)
		}
		switch {
		case school.KindOf(err) == school.NotFound:
			x.refuse(w, r, http.StatusBadRequest, errors.New("certificate is not ours"))
			return
		case err != nil:
			x.refuse(w, r, http.StatusServiceUnavailable, err)
			return
		}
		if id.Forgotten.IsZero() {
			x.keys.keep(who)
		}
		now := x.st.Now()
		if id.Ends.Before(now) && id.Enrollment == "" {
			x.refuse(w, r, http.StatusBadRequest, errors.New("certificate expired before its first use"))
			return
		}
		s := &session{id: id, body: body, now: now}
		ctx := context.WithValue(store.WithIdentity(r.Context(), id), sessionKey{}, s)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// forgotten finds out whether a world that was restored from a copy issued this certificate and forgot it. It then is like
// one that was issued for a renewal and not used yet: the message has to fit it, and with that it is adopted. Everybody
// else's stays not found.
func (x *Control) forgotten(r *http.Request, who signer) (store.Identity, error) {
	cert := who.cert
	if cert == nil && r.Header.Get("Mdm-Signature") == "" && r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		cert = r.TLS.PeerCertificates[0]
	}
	if cert == nil {
		return store.Identity{}, school.Missing("identity")
	}
	renewal, ok := ca.RenewalOf(cert)
	if !ok {
		return store.Identity{}, school.Missing("identity")
	}
	id, issuers, err := x.st.Forgotten(r.Context(), store.Unknown{CertHash: who.hash, Device: school.DeviceID(renewal.Device),
		Enrollment: school.EnrollmentID(renewal.Enrollment), Issued: renewal.Issued, Ends: cert.NotAfter})
	if err != nil {
		return store.Identity{}, err
	}
	if !ca.IssuedBy(cert, issuers, x.st.Now()) {
		return store.Identity{}, school.Missing("identity")
	}
	return id, nil
}

// refuse answers without telling why. The log names our own opaque ids only.
func (x *Control) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	why := err.Error()
	var unread *mdm.ParseError
	if errors.As(err, &unread) { // nanomdm's error carries the whole message
		why = "message not understood"
	}
	a := []any{"status", status, "why", why}
	if s := sessionOf(r.Context()); s != nil {
		a = append(a, "authority", s.id.Authority, "device", s.id.Device, "enrollment", s.id.Enrollment)
	}
	if status >= 500 {
		x.log.Error("device request failed", a...)
		w.Header().Set("Retry-After", comeAgain())
	} else {
		x.log.Info("device request refused", a...)
	}
	http.Error(w, http.StatusText(status), status)
}
