// Package control talks to devices: it answers their check-ins, steers them to what they should be, and pushes them.
// It is the only package that does; people change facts in the store, and control follows them.
//
// A request goes through these hands, in this order: door (shed.go: is there room) → body guard (guard.go: size, no binary
// plist, nesting) → signature (signature.go: Mdm-Signature or TLS client certificate → certificate hash) → identity
// (identity.go: hash → store.Identity; the authority comes from there and from nowhere else) → the authority's share of what
// is done at once (shed.go again) → nanomdm's core with our decorator before it
// (service.go: bindings, renewal, pseudonyms; plain.go reads what needs no parser) and our storage behind it (next.go is the
// planner, report.go hears answers, declare.go serves declarations; all else of nanomdm's storage is store.Nano).
//
// Answers: a device is never told 401, nor that it is unknown: both unenrol it. What cannot be right is 400, trouble of
// our own is 503, an unknown declaration is 404. A report on a command nobody knows is 200.
//
// Commands are derived, not queued: RetrieveNextCommand reads the facts, asks mdm.Desired and mdm.Plan, and hands out the
// first step. What is computed is saved only while the facts still have the generation it was computed from. A report and
// the command that answers it are one transaction (report.go), because commits are what a check-in costs most. After a
// NotNow the session ends with an empty answer, so that the device comes back by itself; a reminder push is due as well.
//
// What is remembered between requests is bounded and guarded by the numbers that identity reads: the facts by the store, what was
// thought of devices that are alike by the facts it was thought from (frames.go), what was offered by its token (declare.go).
//
// Pushes go out by push.go, as many at once as a school bears (pacer.go); that Apple is not there to take them is an alarm (reach.go).
//
// Danger: nanomdm logs serial numbers and enrolment ids; it is given a logger that drops. We log our own opaque ids.
//
// Apple: Check-in, Implementing Device Management, Sending MDM commands to a device.
package control

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"ranzen/enroll/ca"
	"ranzen/store"
	"ranzen/store/school"
)

// Config says how control reaches devices and Apple. The zero values of the optional fields work.
type Config struct {
	Store   *store.Store
	BaseURL string // where devices reach this server, without trailing slash
	Log     *slog.Logger

	// Push overrides where pushes go: the played Apple of demo and tests. Never configuration.
	Push PushTo
	// Again is how long after each unanswered push the next one is due; the last repeats. nil: DefaultAgain.
	Again []time.Duration
	// Roots are the DER certificates a device must trust to reach this server; renewal profiles carry them.
	Roots [][]byte
}

// PushTo names a push service. Its zero value is Apple's.
type PushTo struct {
	URL   string
	Roots *x509.CertPool
}

// DefaultAgain is how an unanswered push is repeated: Apple keeps the last one for a device that is offline, so there is
// little to gain by haste.
var DefaultAgain = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// Control answers and steers devices.
type Control struct {
	st     *store.Store
	base   string
	log    *slog.Logger
	roots  [][]byte
	push   *provider
	again  []time.Duration
	pacer  pacer
	reach  reach
	shed   *shed
	keys   keys
	signed signedProfiles
	frames frames
	offers offers

	cores  sync.Map // school.AuthorityID -> *core
	papers sync.Map // school.AuthorityID -> *heldPapers
}

// New makes a Control. Nothing happens until a device asks or Run is called.
func New(c Config) *Control {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Again == nil {
		c.Again = DefaultAgain
	}
	return &Control{st: c.Store, base: c.BaseURL, log: c.Log, roots: c.Roots, again: c.Again, push: newProvider(c.Store, c.Push), shed: newShed(c.Store.DevicesAtOnce())}
}

// Routes adds what devices call. ServerURL and CheckInURL are one: the body says what it is.
func (x *Control) Routes(r *mux.Router) {
	r.Handle("/mdm", x.Door(x.guard(x.identify(x.fairly(http.HandlerFunc(x.serve)))))).Methods(http.MethodPut)
	r.Handle("/mdm/declared/{declaration}/{token}", x.Door(x.identify(x.fairly(http.HandlerFunc(x.declared))))).Methods(http.MethodGet)
}

// ServerURL is what enrolment profiles name.
func (x *Control) ServerURL() string { return x.base + "/mdm" }

type heldPapers struct {
	*ca.Papers
	at time.Time
}

// paperAge is how long papers are used before it is looked whether they were replaced.
const paperAge = 5 * time.Minute

// papersOf returns the CA and signer of an authority.
func (x *Control) papersOf(ctx context.Context, a school.AuthorityID) (*ca.Papers, error) {
	now := x.st.Now()
	if h, ok := x.papers.Load(a); ok && now.Sub(h.(*heldPapers).at) < paperAge {
		return h.(*heldPapers).Papers, nil
	}
	body, err := x.st.CA(ctx, a)
	if err != nil {
		return nil, err
	}
	if body == nil {
		return nil, school.Missing("ca")
	}
	p, err := ca.ParsePapers(body)
	if err != nil {
		return nil, err
	}
	x.papers.Store(a, &heldPapers{p, now})
	return p, nil
}

// TLSConfig is what the server's TLS needs so that devices may also show their identity there: asked for, not verified
// here; identify does that.
//
// A device that comes back resumes by ticket, which saves both sides a signature. The keys of tickets are the process's own, made
// anew every day, and neither kept nor shared between nodes: whoever had them could read recorded sessions of TLS 1.2, and what
// sharing would save is a fifth of a handshake when a device meets another node than last time. Nothing is lost then: a
// ticket nobody can read means a full handshake.
func TLSConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert}
}
