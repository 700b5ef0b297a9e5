package main

import (
	"context"
	"math"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"ranzen/store"
	"ranzen/ui/api"
)

// Metrics carry no authority, school, device or person: numbers of the whole installation only. What each means and when
// it is bad stands in dist/README.md and dist/alerts.yml; a test holds all three to the same names. Those about the world are
// counted in the database when somebody asks, so every node says the same; those that end in _total are this process's own.
var (
	enrolled   = gauge("ranzen_devices_enrolled", "Devices under management.")
	converged  = gauge("ranzen_devices_converged", "Enrolled devices that reported everything planned for them from the newest facts.")
	pending    = gauge("ranzen_items_pending", "Items planned for enrolled devices and not yet reported by them.")
	seenAge    = gauge("ranzen_devices_seen_age_seconds", "Time since any enrolled device last spoke to the server; +Inf: none ever did.")
	failing    = gauge("ranzen_jobs_failing", "Jobs whose last run failed, by kind.", "kind")
	expiry     = gauge("ranzen_expiry_seconds", "Time until the first of a kind runs out: push, token (Apple School Manager), ca, api_token, tls.", "kind")
	backupPlan = gauge("ranzen_backup_configured", "1 when backups are configured, else 0.")
	backupAge  = gauge("ranzen_backup_age_seconds", "Age of the newest backup; +Inf: there is none.")
	backupTest = gauge("ranzen_backup_verified_age_seconds", "Age of the newest backup that was restored as a test; +Inf: there is none.")
	databaseUp = gauge("ranzen_database_up", "1 when the database answered the questions of this scrape, else 0.")
	readyNow   = gauge("ranzen_ready", "1 when requests may be sent to this node, else 0.")
	buildInfo  = gauge("ranzen_build_info", "Always 1; the labels say what this build is.", "release", "go")
	shed       = prometheus.NewDesc("ranzen_requests_shed_total", "Requests sent away since the start because there was no room, by what they wanted: device or heavy (large uploads, lists as files).", []string{"kind"}, nil)
	pushes     = prometheus.NewDesc("ranzen_pushes_total", "Pushes since the start: accepted or refused by Apple, or unsent (no certificate, no answer).", []string{"result"}, nil)
)

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// tally is what this process counts while it works.
type tally struct {
	failed  *prometheus.CounterVec
	answers *prometheus.CounterVec
}

func newTally(table []task) *tally {
	c := &tally{
		failed:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ranzen_job_failures_total", Help: "Runs of jobs that failed since the start, by kind."}, []string{"kind"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ranzen_answers_total", Help: "Answers since the start, by who asked (device, program, person) and class of status."}, []string{"to", "code"}),
	}
	// What did not happen yet is 0 and not absent: otherwise the first failure would be no increase.
	for _, t := range table {
		c.failed.WithLabelValues(t.kind)
	}
	for _, to := range []string{"device", "program", "person"} {
		for _, code := range classes {
			c.answers.WithLabelValues(to, code)
		}
	}
	return c
}

var classes = []string{"2xx", "3xx", "4xx", "5xx"}

// asking says who is asking, by the path.
func asking(path string) string {
	for _, p := range []string{"/mdm", "/scep/", "/enroll/", "/e/"} {
		if strings.HasPrefix(path, p) {
			return "device"
		}
	}
	if strings.HasPrefix(path, api.Prefix+"/") {
		return "program"
	}
	return "person"
}

// count counts what next answers. A handler that panics has answered nothing, and is counted as 5xx.
func (c *tally) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w, status: http.StatusInternalServerError}
		defer func() {
			if class := a.status/100 - 2; class >= 0 && class < len(classes) {
				c.answers.WithLabelValues(asking(r.URL.Path), classes[class]).Inc()
			}
		}()
		next.ServeHTTP(a, r)
		if !a.said {
			a.status = http.StatusOK // net/http says so for a handler that says nothing
		}
	})
}

// answer remembers the status of a response.
type answer struct {
	http.ResponseWriter
	status int
	said   bool
}

func (a *answer) WriteHeader(status int) {
	if !a.said && status >= 200 {
		a.status, a.said = status, true
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if !a.said {
		a.status, a.said = http.StatusOK, true
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what is beneath.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// gauges is the registry of what /metrics shows.
func gauges(s *Server) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(scrape{s}, s.counted.failed, s.counted.answers, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// scrape counts in the database when it is asked.
type scrape struct{ s *Server }

func (w scrape) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{enrolled, converged, pending, seenAge, failing, expiry, backupPlan, backupAge, backupTest, databaseUp, readyNow, buildInfo, pushes, shed} {
		c <- d
	}
}

// Collect leaves out what could not be counted: a number that is missing is no number that is good. ranzen_database_up says so.
func (w scrape) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	is := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	is(buildInfo, 1, build(), runtime.Version())
	is(readyNow, truth(w.s.ready.Load()))
	for kind, n := range map[string]uint64{"device": w.s.Control.Shed(), "heavy": w.s.heavy.Shed()} {
		c <- prometheus.MustNewConstMetric(shed, prometheus.CounterValue, float64(n), kind)
	}
	p := w.s.Control.Pushes()
	for result, n := range map[string]uint64{"accepted": p.Accepted, "refused": p.Refused, "unsent": p.Unsent} {
		c <- prometheus.MustNewConstMetric(pushes, prometheus.CounterValue, float64(n), result)
	}
	up := true
	for _, of := range []struct {
		what  string
		count func(context.Context, func(*prometheus.Desc, float64, ...string)) error
	}{{"devices", w.devices}, {"jobs", w.jobs}, {"what runs out", w.endings}, {"backups", w.backups}} {
		if err := of.count(ctx, is); err != nil {
			up = false
			w.s.log.Error("not counted for metrics", "what", of.what, "error", err)
		}
	}
	is(databaseUp, truth(up))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// since is an age in seconds; what never was is infinitely old.
func (w scrape) since(t time.Time) float64 {
	if t.IsZero() {
		return math.Inf(1)
	}
	return w.s.Store.Now().Sub(t).Seconds()
}

func (w scrape) devices(ctx context.Context, is func(*prometheus.Desc, float64, ...string)) error {
	counts, err := w.s.Store.Counts(ctx)
	if err != nil {
		return err
	}
	var e, v, p float64
	var seen time.Time
	for _, x := range counts {
		e, v, p = e+float64(x.Enrolled), v+float64(x.Converged), p+float64(x.Pending)
		if x.Seen.After(seen) {
			seen = x.Seen
		}
	}
	is(enrolled, e)
	is(converged, v)
	is(pending, p)
	is(seenAge, w.since(seen))
	return nil
}

func (w scrape) jobs(ctx context.Context, is func(*prometheus.Desc, float64, ...string)) error {
	n, err := w.s.Store.FailingJobs(ctx)
	if err != nil {
		return err
	}
	for _, t := range w.s.jobs.table {
		is(failing, float64(n[t.kind]), t.kind)
	}
	return nil
}

// endings says of each kind when the first runs out. A program's token that ended stands in nobody's way, and is left out.
func (w scrape) endings(ctx context.Context, is func(*prometheus.Desc, float64, ...string)) error {
	all, err := w.s.Store.Endings(ctx)
	if err != nil {
		return err
	}
	own, known, err := w.s.Store.OwnCertificateEnds(ctx)
	if err != nil {
		return err
	}
	if known {
		all = append(all, store.Ending{Kind: store.TLSEnds, Ends: own})
	}
	now := w.s.Store.Now()
	first := map[string]time.Duration{}
	for _, x := range all {
		left := x.Ends.Sub(now)
		if x.Kind == store.APITokenEnds && left < 0 {
			continue
		}
		if least, ok := first[x.Kind]; !ok || left < least {
			first[x.Kind] = left
		}
	}
	for kind, left := range first {
		is(expiry, left.Seconds(), kind)
	}
	return nil
}

func (w scrape) backups(ctx context.Context, is func(*prometheus.Desc, float64, ...string)) error {
	b, _, err := w.s.Store.Backups(ctx)
	if err != nil {
		return err
	}
	is(backupPlan, truth(b.Planned))
	is(backupAge, w.since(b.At))
	is(backupTest, w.since(b.Verified))
	return nil
}
