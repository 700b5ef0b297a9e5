package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"net/url"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"
	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/crypto/acme"

	"ranzen/enroll"
	"ranzen/enroll/ca"
	"ranzen/mdm/control"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui"
	"ranzen/ui/api"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// Settings are what the one builder needs; serve fills them from Config, the demo and tests by hand. Apple, Push and
// Anchors are fields and never configuration: the played Apple can be given here and nowhere else.
type Settings struct {
	Database string
	Keys     *store.KeyRing
	Nature   store.Nature
	BaseURL  string // how devices reach us
	Public   string // how people reach us; empty: BaseURL
	Secure   bool   // browsers reach us by https
	Now      func() time.Time
	Machine  bool          // Now is a machine's clock, which may be wrong
	Node     string        // this node's name among others; empty: that of the machine
	Drain    time.Duration // for how long nobody must have asked for anything before a node that ends is gone
	Disks    []string      // folders whose disks are watched
	Free     func(folder string) (free, all uint64, err error)
	Log      *slog.Logger
	Roots    [][]byte
	SMTP     string
	MailFrom string
	Vendor   string // https address of a service that signs push certificate requests
	Inside   []netip.Prefix

	BackupDir    string
	BackupTo     []age.Recipient
	BackupVerify string
	Certificate  func(context.Context) (*x509.Certificate, error) // what browsers see of us; nil: nobody looks

	Apple   http.RoundTripper
	Push    control.PushTo
	Anchors ca.Anchors
	Again   []time.Duration
	Pace    pace
	Demo    *ui.Demo
}

// Server is everything that runs: the store, the hands that talk to devices and Apple, the faces people see, the jobs.
type Server struct {
	Store   *store.Store
	Control *control.Control
	Enroll  *enroll.Enroll
	UI      *ui.UI

	set     Settings
	log     *slog.Logger
	handler http.Handler
	jobs    *jobs
	counted *tally
	heavy   *web.Gate
	ready   atomic.Bool
	leave   leave
}

// Build opens the world and wires everything to it. Nothing runs until Run.
func Build(ctx context.Context, set Settings) (*Server, error) {
	if set.Log == nil {
		set.Log = slog.New(slog.DiscardHandler)
	}
	if set.Public == "" {
		set.Public = set.BaseURL
	}
	if set.Node == "" {
		set.Node = hostname()
	}
	if set.Free == nil {
		set.Free = freeOn
	}
	st, err := store.Open(ctx, store.Options{URL: set.Database, Keys: set.Keys, Nature: set.Nature, Now: set.Now, MachineClock: set.Machine})
	if err != nil {
		return nil, err
	}
	s := &Server{Store: st, set: set, log: set.Log, heavy: web.NewGate(heavyAtOnce)}
	s.Control = control.New(control.Config{Store: st, BaseURL: set.BaseURL, Log: set.Log, Push: set.Push, Again: set.Again, Roots: set.Roots})
	s.Enroll = enroll.New(enroll.Config{Store: st, BaseURL: set.BaseURL, Log: set.Log, Apple: set.Apple, Anchors: set.Anchors, Roots: set.Roots, Inside: set.Inside, Event: set.Pace.event})
	s.jobs = newJobs(s)
	s.counted = newTally(s.jobs.table)
	s.UI, err = ui.New(ui.Config{Store: st, Enroll: s.Enroll, Vendor: set.Vendor, Log: set.Log, Secure: set.Secure, Public: set.Public, Wake: s.jobs.wake, Heavy: s.heavy, Demo: set.Demo, Hosts: s.hosts()})
	if err != nil {
		st.Close()
		return nil, err
	}
	s.handler = s.routes()
	return s, nil
}

// hosts lists whom this server speaks to, for the papers.
func (s *Server) hosts() []sheet.Host {
	out := []sheet.Host{{Name: control.PushHost, What: "push"}, {Name: enroll.ListHost, What: "list"}, {Name: enroll.VersionsHost, What: "versions"}, {Name: enroll.UnlockHost, What: "unlock"},
		{Name: enroll.ContentHost, What: "apps"}, {Name: enroll.NamesHost, What: "store"}}
	if u, err := url.Parse(s.set.SMTP); err == nil && u.Hostname() != "" {
		out = append(out, sheet.Host{Name: u.Hostname(), What: "mail"})
	}
	return out
}

// routes puts devices, programs and people on one address. What devices call comes first: nothing a page does may stand in
// its way.
func (s *Server) routes() http.Handler {
	r := mux.NewRouter()
	r.HandleFunc("/healthz", s.health).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc("/readyz", s.readiness).Methods(http.MethodGet, http.MethodHead)
	s.Control.Routes(r)
	arriving := r.NewRoute().Subrouter()
	arriving.Use(s.Control.Door)
	s.Enroll.Routes(arriving)
	if s.set.Nature == store.Played {
		r.Handle("/metrics", s.metrics())
	}
	api.New(api.Config{Store: s.Store, Log: s.log, Heavy: s.heavy, Hosts: s.hosts(), Secure: s.set.Secure, Public: s.set.Public, Version: build(), Wake: s.jobs.wake, Papers: ui.PapersPDF, Content: s.Enroll.KeepContentToken}).Routes(r)
	s.UI.Routes(r)
	return s.leave.watch(s.counted.count(r))
}

// Handler is what listens.
func (s *Server) Handler() http.Handler { return s.handler }

// Run runs the jobs until ctx ends. It returns when the last of them has.
func (s *Server) Run(ctx context.Context) {
	s.ready.Store(true)
	s.jobs.run(ctx)
	s.ready.Store(false)
}

// Close writes what was gathered and closes the world.
func (s *Server) Close() error { return s.Store.Close() }

func (s *Server) health(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

// heavyAtOnce is how many large uploads and lists as files are dealt with at once.
const heavyAtOnce = 4

// answersReady says whether requests should be sent here, and in one line why not.
func (s *Server) answersReady(w http.ResponseWriter, r *http.Request) (ready bool) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	switch {
	case !s.ready.Load():
		http.Error(w, "starting or stopping", http.StatusServiceUnavailable)
	case s.Store.Ping(ctx) != nil:
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ready")
		return true
	}
	return false
}

// readiness is for whoever spreads requests. A played world, which has no address of its own for monitoring, says with ?verbose
// what readinessInside says.
func (s *Server) readiness(w http.ResponseWriter, r *http.Request) {
	if s.answersReady(w, r) && s.set.Nature == store.Played && r.URL.Query().Has("verbose") {
		s.verbose(w, r)
	}
}

// readinessInside is for monitoring on loopback: it says in lines of their own what stands open. Strangers need not know that.
func (s *Server) readinessInside(w http.ResponseWriter, r *http.Request) {
	s.answersReady(w, r)
	s.verbose(w, r)
}

func (s *Server) metrics() http.Handler {
	return promhttp.HandlerFor(gauges(s), promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// admin is the loopback listener: metrics and profiling.
func (s *Server) admin() http.Handler {
	m := http.NewServeMux()
	m.Handle("/metrics", s.metrics())
	m.HandleFunc("/healthz", s.health)
	m.HandleFunc("/readyz", s.readinessInside)
	m.HandleFunc("/debug/pprof/", pprof.Index)
	m.HandleFunc("/debug/pprof/profile", pprof.Profile)
	m.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return m
}

// httpServer has timeouts against connections that say nothing. There is no limit per address: a school is one address.
func httpServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 15 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 3 * time.Minute, IdleTimeout: 3 * time.Minute, MaxHeaderBytes: 32 << 10}
}

// Run is `ranzen serve`.
func (c Config) Run(ctx context.Context, out streams) error {
	if err := c.check(); err != nil {
		return err
	}
	keys, err := c.keyRing()
	if err != nil {
		return err
	}
	roots, err := c.roots()
	if err != nil {
		return err
	}
	inside, err := prefixes("--inside", c.Inside)
	if err != nil {
		return err
	}
	to, err := recipients(c.BackupTo)
	if err != nil {
		return err
	}
	log := c.logger(out)
	boundMemory()
	tendHeap()
	s, err := Build(ctx, Settings{Database: c.Database, Keys: keys, Nature: store.Real, BaseURL: c.base(), Secure: true, Log: log, Roots: roots,
		SMTP: c.SMTP, MailFrom: c.MailFrom, Vendor: c.Vendor, Inside: inside,
		BackupDir: c.BackupDir, BackupTo: to, BackupVerify: c.BackupVerify, Certificate: c.ownCertificate, Disks: c.disks(), Drain: c.drain()})
	if err != nil {
		return err
	}
	defer s.Close()
	if link, err := s.Store.FirstLink(ctx, "admin", "Administration"); err != nil && school.KindOf(err) == "" {
		return err
	} else if err == nil && link != "" {
		fmt.Fprintf(out.out, "Set up the first administrator, once, within seven days:\n  %s/setup/%s\n", c.base(), link)
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	admin, err := net.Listen("tcp", c.Admin)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	handler := s.Handler()
	listeners := []any{httpServer(s.admin()), admin}
	switch {
	case c.ACME:
		certs, err := c.acmeTLS(log)
		if err != nil {
			return err
		}
		if c.ACMEHTTP != "" {
			second, err := net.Listen("tcp", c.ACMEHTTP)
			if err != nil {
				return fmt.Errorf("--acme-http: %w", err)
			}
			listeners = append(listeners, httpServer(certs.handler()), second)
		}
		l = secured(l, certs.get, acme.ALPNProto)
		go certs.obtain(ctx)
	case c.Cert != "":
		cert := &certificate{cert: c.Cert, key: c.Key, log: log}
		if err := cert.load(); err != nil {
			return err
		}
		l = secured(l, cert.get)
	default:
		behind, err := prefixes("--behind-proxy", c.Behind)
		if err != nil {
			return err
		}
		handler = onlyFrom(behind, handler)
	}
	log.Info("ranzen serves", "url", c.base(), "listen", l.Addr().String(), "engine", s.Store.Engine(), "build", build())
	return s.serve(ctx, append(listeners, httpServer(handler), l)...)
}

// secured puts TLS before a listener: the one configuration for as long as the process lives, so that tickets stay good when
// the certificate is renewed.
func secured(l net.Listener, certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error), more ...string) net.Listener {
	t := control.TLSConfig()
	t.GetCertificate = certificate
	t.NextProtos = append([]string{"h2", "http/1.1"}, more...)
	return tls.NewListener(l, t)
}

// serve runs the listeners and the jobs until ctx ends, then lets requests finish, then the jobs, then returns.
func (s *Server) serve(ctx context.Context, pairs ...any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	errs := make(chan error, len(pairs))
	var servers []*http.Server
	for i := 0; i < len(pairs); i += 2 {
		h, l := pairs[i].(*http.Server), pairs[i+1].(net.Listener)
		servers = append(servers, h)
		wg.Go(func() {
			if err := h.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
				errs <- err
				cancel()
			}
		})
	}
	wg.Go(func() { s.Run(ctx) })
	debug.FreeOSMemory() // what was needed to start only
	leaveText()
	s.tell("READY=1") // connections are taken from here on
	<-ctx.Done()
	s.tell("STOPPING=1")
	s.ready.Store(false)
	s.leave.wait(s.set.Drain)
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer stop()
	for _, h := range servers {
		if err := h.Shutdown(end); err != nil {
			h.Close()
		}
	}
	wg.Wait()
	select {
	case err := <-errs:
		return fmt.Errorf("serve: %w", err)
	default:
		return nil
	}
}

func (s *Server) tell(state string) {
	if err := notify(state); err != nil {
		s.log.Warn("systemd not told", "error", err)
	}
}

// onlyFrom lets in the named proxies and nobody else: plain http from anywhere else is somebody going round them.
func onlyFrom(nets []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ap, err := netip.ParseAddrPort(r.RemoteAddr)
		if err == nil {
			for _, n := range nets {
				if n.Contains(ap.Addr().Unmap()) {
					next.ServeHTTP(w, r)
					return
				}
			}
		}
		http.Error(w, "This address is not a proxy this server knows (--behind-proxy).", http.StatusMisdirectedRequest)
	})
}

// certificate is a TLS certificate that is read again when its file changes.
type certificate struct {
	cert, key string
	log       *slog.Logger
	mu        sync.Mutex
	now       *tls.Certificate
	changed   time.Time
	looked    time.Time
}

func (c *certificate) load() error {
	info, err := os.Stat(c.cert)
	if err != nil {
		return fmt.Errorf("TLS certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("TLS certificate %s: %w", c.cert, err)
	}
	c.now, c.changed = &pair, info.ModTime()
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := wallClock(); now.Sub(c.looked) > time.Minute {
		c.looked = now
		if info, err := os.Stat(c.cert); err == nil && !info.ModTime().Equal(c.changed) {
			if err := c.load(); err != nil {
				c.log.Error("new TLS certificate not usable, going on with the old one", "error", err)
			}
		}
	}
	return c.now, nil
}
