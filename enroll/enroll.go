// Package enroll brings devices from the box into management: it answers iPads in Setup Assistant and people with a code,
// issues identities, and keeps what an authority has at Apple (push certificate, tokens, lists of devices) in step.
//
// Three doors lead in. By Automated Device Enrollment an iPad shows a message signed with its factory key (ade.go); by a
// code a person downloads an enrolment profile (manual.go); both end at the SCEP endpoint, where a one-time challenge
// becomes a certificate (scep.go). A challenge is bound to what it was made for, and the binding is written when the
// certificate is issued: what a device says later is compared with it by mdm/control. The two packages never import each
// other; they meet in the store.
//
// What runs without a request is called by jobs: SyncToken and AssignProfiles for each token (sync.go, assign.go),
// EnsureCA for each authority (papers.go). All of them may be ended at any moment and run again: what they learned is in
// the store together with the cursor it was learned up to.
//
// Answers to strangers say nothing: an unknown authority, token, serial number or code is 404, trouble of our own is 503.
// No answer here is 401, and 403 is only ever the demand for a newer iPadOS.
//
// Danger: secrets pass through here (challenges, codes in URLs, tokens). Nothing of a request is logged but our own opaque
// ids and a reason in words of ours.
//
// Apple: Automated Device Enrollment, Request the Enrollment Profile, com.apple.security.scep.
package enroll

import (
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"ranzen/enroll/ca"
	"ranzen/store"
)

// Config says how enroll reaches the world. The zero values of the optional fields work.
type Config struct {
	Store   *store.Store
	BaseURL string // where devices reach this server, https, without trailing slash
	Log     *slog.Logger

	// Apple is the road to Apple's services; nil is the real one. Anchors are the CAs whose devices are believed; nil is
	// Apple's. Both are set by demo and tests alone and are never configuration.
	Apple   http.RoundTripper
	Anchors ca.Anchors

	// Roots are the DER certificates a device must trust to reach this server; none for a public CA.
	Roots [][]byte

	// Trust are the CAs other hosts are believed by; nil: those of the machine. For tests.
	Trust *x509.CertPool

	// Event is how long after a request about licences Apple is asked what came of it, and left alone between two questions;
	// half a minute when zero, as Apple wants it. The demo and tests are faster.
	Event time.Duration

	// Inside are networks that outgoing requests may reach although they are private. The operator names them, never a
	// school.
	Inside []netip.Prefix
}

// Enroll is the way in. It is safe for concurrent use.
type Enroll struct {
	st       *store.Store
	base     string
	log      *slog.Logger
	apple    http.RoundTripper
	anchors  ca.Anchors
	roots    [][]byte
	outgoing *Outgoing
	event    time.Duration

	papers  sync.Map // school.AuthorityID -> *heldPapers
	making  sync.Map // school.AuthorityID -> *sync.Mutex: one CA is made at a time
	clients sync.Map // school.TokenID -> *heldClient
	tokens  tokens   // whose a token is
	issued  pace     // enrolment profiles per device
	demands pace     // for a newer iPadOS, per device and version
}

// New makes an Enroll. Nothing happens until somebody asks.
func New(c Config) *Enroll {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Anchors == nil {
		c.Anchors = ca.AppleAnchors()
	}
	if c.Event == 0 {
		c.Event = askFirst
	}
	return &Enroll{event: c.Event, st: c.Store, base: strings.TrimRight(c.BaseURL, "/"), log: c.Log, apple: c.Apple, anchors: c.Anchors, roots: c.Roots,
		outgoing: NewOutgoing(OutgoingConfig{Inside: c.Inside, Roots: c.Trust})}
}

// Outgoing is the one client for addresses people type.
func (x *Enroll) Outgoing() *Outgoing { return x.outgoing }

// Routes adds what devices and people with a code call. The page behind a link, /e/{secret}, is the business of ui.
func (x *Enroll) Routes(r *mux.Router) {
	r.HandleFunc("/scep/{authority}", x.scep).Methods(http.MethodGet, http.MethodPost)
	r.HandleFunc("/enroll/code", x.typed).Methods(http.MethodPost)
	r.HandleFunc("/enroll/{token}", x.ade).Methods(http.MethodPost)
	r.HandleFunc(notifiedPath+"{location}", x.notified).Methods(http.MethodPost)
	r.HandleFunc("/e/{secret}/profile", x.linked).Methods(http.MethodGet)
}

// refuse answers without telling why; the reason goes to the log with our own opaque ids.
func (x *Enroll) refuse(w http.ResponseWriter, status int, why string, ids ...any) {
	a := append([]any{"status", status, "why", why}, ids...)
	if status >= http.StatusInternalServerError {
		x.log.Error("enrolment request failed", a...)
		w.Header().Set("Retry-After", "30")
	} else {
		x.log.Info("enrolment request refused", a...)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}
