package enroll

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"ranzen/enroll/asm"
	"ranzen/enroll/ca"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

const base = "https://mdm.musterstadt.example"

// hands is a clock tests turn by hand.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func (h *hands) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hands) turn(d time.Duration) {
	h.mu.Lock()
	h.at = h.at.Add(d)
	h.mu.Unlock()
}

var start = time.Date(2026, 11, 17, 8, 0, 0, 0, time.UTC)

// world is an authority with a push certificate and a CA, and the played Apple it is at.
type world struct {
	*testing.T
	x     *Enroll
	st    *store.Store
	by    school.Actor
	apple *sim.Apple
	clock *hands
	web   http.Handler
	road  *road
}

// Making RSA keys takes longest in these tests, so most worlds share theirs.
var (
	sharedPapers = sync.OnceValue(func() *ca.Papers {
		p, err := ca.NewPapers("Musterstadt", start)
		if err != nil {
			panic(err)
		}
		return p
	})
	sharedKey = sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
	otherKey = sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
	sharedToken = sync.OnceValue(func() [2][]byte {
		cert, key, err := asm.NewTokenKey("Ranzen", start)
		if err != nil {
			panic(err)
		}
		return [2][]byte{cert, key}
	})
	sharedApple = sync.OnceValue(func() *sim.Apple { return playApple(func() time.Time { return start }) })
	sharedPush  = sync.OnceValue(func() [2][]byte {
		cert, key, err := sharedApple().PushCertificate("11111111-2222-3333-4444-555555555555", nil)
		if err != nil {
			panic(err)
		}
		return [2][]byte{cert, key}
	})
)

func playApple(now func() time.Time) *sim.Apple {
	calm := sim.Calm()
	a, err := sim.NewApple(sim.Config{Seed: 7, Now: now, Weather: &calm})
	if err != nil {
		panic(err)
	}
	return a
}

// road is the way to Apple, with a gate that tests close.
type road struct {
	to http.RoundTripper
	mu sync.Mutex
	// calls counts what was answered well, by method and path; asked counts everything.
	calls map[string]int
	asked int
	gate  gate
}

func (r *road) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.asked++
	at := r.gate
	r.mu.Unlock()
	pass := func() (*http.Response, error) { return r.to.RoundTrip(req) }
	if at == nil {
		at = func(_ *http.Request, pass func() (*http.Response, error)) (*http.Response, error) { return pass() }
	}
	resp, err := at(req, pass)
	if err == nil && resp.StatusCode == http.StatusOK {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.calls == nil {
			r.calls = map[string]int{}
		}
		r.calls[req.Method+" "+req.URL.Path]++
	}
	return resp, err
}

// gate answers a call on its way to Apple, or lets it pass.
type gate func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error)

// says answers every call of a path, or with "" all calls, in place of Apple.
func says(path string, status int, body string, header ...string) gate {
	return func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
		if path != "" && r.URL.Path != path {
			return pass()
		}
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// once stands before the first call of a path only.
func once(path string, g gate) gate {
	var came atomic.Bool
	return func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
		if r.URL.Path == path && came.CompareAndSwap(false, true) {
			return g(r, pass)
		}
		return pass()
	}
}

func (r *road) count(call string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[call]
}

func (r *road) total() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

func (r *road) set(g gate) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gate = g
}

// each runs a test in a world on every engine.
func each(t *testing.T, fn func(w *world)) {
	t.Helper()
	eachAlone(t, func(w *world) {
		w.meetApple()
		fn(w)
	})
}

// eachAlone is each without an Apple.
func eachAlone(t *testing.T, fn func(w *world)) {
	t.Helper()
	t.Parallel()
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		fn(newWorld(t, engine))
	})
}

func newWorld(t *testing.T, engine string) *world {
	t.Helper()
	w := &world{T: t, clock: &hands{at: start}}
	w.st = storetest.Open(t, storetest.URL(t, engine), store.Options{Now: w.clock.now})
	w.road = &road{}
	w.x = w.node()
	r := mux.NewRouter()
	w.x.Routes(r)
	w.web = r
	w.by = w.authority("Musterstadt")
	w.keepCA(w.by)
	push := sharedPush()
	if _, err := w.x.AcceptPushCertificate(context.Background(), w.by, push[0], push[1], "push@musterstadt.example"); err != nil {
		t.Fatal(err)
	}
	return w
}

// meetApple gives the world an Apple of its own, with its clock.
func (w *world) meetApple() {
	w.Helper()
	w.apple = playApple(w.clock.now)
	w.road.to = w.apple
	anchors, err := ca.ParseAnchors(w.apple.AnchorsPEM())
	if err != nil {
		w.Fatal(err)
	}
	w.x.anchors = anchors
}

// node is one more server on the same database.
func (w *world) node() *Enroll {
	return New(Config{Store: w.st, BaseURL: base, Apple: w.road})
}

func (w *world) authority(name string) school.Actor {
	w.Helper()
	id, err := w.st.CreateAuthority(context.Background(), school.System("test", ""), school.Authority{Name: name})
	if err != nil {
		w.Fatal(err)
	}
	return school.System("test", id)
}

func (w *world) keepCA(by school.Actor) {
	w.Helper()
	p := sharedPapers()
	body, err := p.Marshal()
	if err != nil {
		w.Fatal(err)
	}
	if err := w.st.KeepCA(context.Background(), by, body, p.Authority.Certificate().Raw, p.SignerID(), p.Authority.NotAfter()); err != nil {
		w.Fatal(err)
	}
}

func (w *world) school(name string) school.SchoolID {
	w.Helper()
	id, err := w.st.CreateSchool(context.Background(), w.by, school.School{Name: name})
	if err != nil {
		w.Fatal(err)
	}
	return id
}

// ask sends one request to the routes.
func (w *world) ask(method, target string, body []byte) *httptest.ResponseRecorder {
	return w.askWith(context.Background(), method, target, body)
}

func (w *world) askWith(ctx context.Context, method, target string, body []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if method == http.MethodPost && target == "/enroll/code" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	w.web.ServeHTTP(rec, req)
	return rec
}

// connect makes a token at the played Apple and puts it in force.
func (w *world) connect(by school.Actor, server *sim.Server) school.TokenID {
	w.Helper()
	ctx := context.Background()
	pair := sharedToken()
	id, err := w.st.CreateAppleToken(ctx, by, store.AppleToken{Name: "Token " + server.Name(), Certificate: pair[0]}, pair[1])
	if err != nil {
		w.Fatal(err)
	}
	file, err := server.Token(pair[0])
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.x.ExchangeToken(ctx, by, id, file); err != nil {
		w.Fatal(err)
	}
	return id
}

// follow syncs and assigns until nothing is due, turning the clock when Apple asks for patience.
func (w *world) follow(id school.TokenID) {
	w.Helper()
	ctx := context.Background()
	for range 200 {
		f, err := w.x.SyncToken(ctx, id)
		if err != nil {
			w.Fatal(err)
		}
		a, err := w.x.AssignProfiles(ctx, id)
		if err != nil {
			w.Fatal(err)
		}
		if f.Until.IsZero() && a.Until.IsZero() {
			return
		}
		w.clock.turn(time.Minute)
	}
	w.Fatal("the list is followed without end")
}

func (w *world) alarms() map[string]string {
	w.Helper()
	list, err := w.st.Alarms(context.Background(), w.by)
	if err != nil {
		w.Fatal(err)
	}
	out := map[string]string{}
	for _, a := range list {
		out[a.Kind] = a.Subject
	}
	return out
}

func codeOf(err error) string {
	var e *school.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return "internal: " + err.Error()
	}
	return ""
}

// certificate signs a template with a key, by default its own.
func certificate(t testing.TB, template *x509.Certificate, key any, parent *x509.Certificate, by *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = serial
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = start.AddDate(-10, 0, 0), start.AddDate(20, 0, 0)
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func named(name string) pkix.Name { return pkix.Name{CommonName: name} }
