// Package bench measures the server: the same scenarios on SQLite and PostgreSQL, and the same load against nanomdm, in one run.
//
// Machines are shared and noisy, so what counts is processor time per operation (user and system, of the server and of every
// PostgreSQL backend) and ratios within one run. Server and client are processes of their own; the client's processor time is
// kept apart and said. Idles are signed before the clock starts; answers that carry a server-made CommandUUID are signed live with
// P-256. A run in which something else used more than 5 % of the machine says so (disturbed). A latency counts only if the client
// used less than 40 % of the machine; the table marks those that do not.
//
// The world is the district MUC-90 (90 schools, 1,800 classes, 28,000 iPads, sixteen profiles on each), written with the store
// methods that people and devices use. It takes a minute or two to write; --devices makes it smaller. Before commands and
// declarative syncs are measured every iPad has come once, as the peers' have when they enrolled.
//
//	P1  P2   Idle check-in, nothing to do, on SQLite / PostgreSQL
//	P3  P4   one derived command: Idle → command → Acknowledged, on SQLite / PostgreSQL;  P3b P4b with the ProfileList that proves it
//	P5       a profile assigned to the whole authority: until committed; ops counts devices; first and last push in the notes
//	P6       … until every iPad has reported it;  P6b one declarative sync
//	P7       pushes
//	P8       Monday at eight: 130 iPads a second, each with a connection of its own, while five administrators read pages
//	P8b      Idles at a fixed rate, as a school's bell makes them
//	P9       lessons begin: four clicks a second, each for a class; from the click until an iPad has proved what it was given
//	P10      the first day after six weeks, in which everything was changed 25 times
//	P11      enrolment: Authenticate and TokenUpdate; and P1, P3, enrolment once more with a year of history
//	P12      footprint with a year of history: memory of a server that has nothing to do, bytes on disk per device
//	P13      start to ready
//	P14      one, two and four nodes on one PostgreSQL, as P2 and P4; who waited for a lock
//	P15      every page, search, filter and list with a year of history, as four roles: each kind of page a row
//
// Time goes on in this order: P8 is the Monday after the district was written, P10 six weeks later. The server's clock is a
// function, and these scenarios move it. What somebody at a lending desk waits for takes a browser: BenchmarkLEND01 beside the tests
// hands out thirty iPads of the whole district, while others have their sessions.
//
// # How far one database goes
//
// What a Land with 2.5 million devices would cost follows from processor time and statements per operation, as the README's table
// has them; README.md of this folder does the sum and names what breaks first.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"ranzen/store"
)

// Options say what to measure.
type Options struct {
	Scenarios []string // empty: all
	Devices   int
	Engines   []string      // sqlite, postgres
	Peers     string        // folder of the peers' own module; empty: no peers
	For       time.Duration // how long each closed loop runs
	Dir       string        // where databases are made; empty: a temporary folder
	Program   string        // the server: started as «Program bench-server --option value …»
	JSON      string        // file to write the results to
	Compare   string        // file of an earlier run
	Profiles  string        // folder for processor profiles of the server, one per scenario
	Out, Err  io.Writer
}

// Result is one row.
type Result struct {
	Scenario    string  `json:"scenario"`
	Part        string  `json:"part,omitempty"` // what of the scenario, where it has several rows
	Engine      string  `json:"engine"`
	Subject     string  `json:"subject"`
	Devices     int     `json:"devices"`
	Ops         int     `json:"ops"`
	OpsPerS     float64 `json:"ops_per_s"`
	CPUPerOp    float64 `json:"cpu_us_per_op"`
	P50         float64 `json:"p50_ms"`
	P95         float64 `json:"p95_ms"`
	P99         float64 `json:"p99_ms"`
	RSS         int64   `json:"rss_bytes"`
	DiskPerDev  float64 `json:"disk_bytes_per_device"`
	Disturbed   bool    `json:"disturbed"`
	ClientPerOp float64 `json:"client_cpu_us_per_op"`
	ClientShare float64 `json:"client_share"` // of the machine
	ServerShare float64 `json:"server_share"` // of the machine, with its database
	Failed      int     `json:"failed"`
	Note        string  `json:"note,omitempty"`
	Measured    string  `json:"measured"` // time of day, UTC
	WallS       float64 `json:"wall_s"`
	first       error
}

// All are the scenarios in the order in which they run.
var All = []string{"P13", "P1", "P2", "P8b", "P11", "P3", "P4", "P3b", "P4b", "P5", "P6", "P7", "P14", "P9", "P8", "P10", "P12", "P15", "P6b"}

// bench is one run.
type bench struct {
	Options
	results []Result
	began   time.Time
}

// Run measures, prints the table and writes the files.
func Run(ctx context.Context, o Options) error {
	b := &bench{Options: o, began: time.Now()}
	for _, x := range o.Scenarios {
		if !slices.Contains(All, x) {
			return fmt.Errorf("--scenario %s: there are %s", x, strings.Join(All, ", "))
		}
	}
	var kept []Result
	if o.Compare != "" {
		raw, err := os.ReadFile(o.Compare)
		if err == nil {
			err = json.Unmarshal(raw, &kept)
		}
		if err != nil {
			return fmt.Errorf("--compare %s: %w", o.Compare, err)
		}
	}
	dir, err := os.MkdirTemp(o.Dir, "ranzen-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.Dir = dir
	for _, engine := range o.Engines {
		if err := b.engine(ctx, engine); err != nil {
			b.finish(kept)
			return fmt.Errorf("%s: %w", engine, err)
		}
	}
	return b.finish(kept)
}

func (b *bench) finish(kept []Result) error {
	b.table(kept)
	if b.JSON == "" {
		return nil
	}
	raw, err := json.MarshalIndent(b.results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(b.JSON, append(raw, '\n'), 0o644)
}

func (b *bench) say(format string, a ...any) {
	fmt.Fprintf(b.Err, "%6.1f s  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, a...))
}

// wants reports whether one of the scenarios was asked for.
func (b *bench) wants(names ...string) bool {
	if len(b.Scenarios) == 0 {
		return true
	}
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(b.Scenarios, n) })
}

// on names a scenario that has one name on SQLite and another on PostgreSQL.
func on(engine, sqlite, postgres string) string {
	if engine == "postgres" {
		return postgres
	}
	return sqlite
}

func (b *bench) engine(ctx context.Context, engine string) error {
	p, err := newPlace(engine, b.Dir)
	if err != nil {
		return err
	}
	defer p.close()
	papers, err := newPapers(b.Dir)
	if err != nil {
		return err
	}
	push, err := newPushes(papers)
	if err != nil {
		return err
	}
	defer push.srv.Close()
	t := &town{bench: b, place: p, papers: papers, push: push, engine: engine}
	idle, command, listed := on(engine, "P1", "P2"), on(engine, "P3", "P4"), on(engine, "P3b", "P4b")
	own := []string{idle, command, listed, "P5", "P6", "P7", "P8", "P8b", "P9", "P10", "P11", "P12", "P13", "P15"}
	if engine == "postgres" {
		own = append(own, "P14")
	}
	if b.wants(own...) {
		if err := t.open(ctx, classic); err != nil {
			return err
		}
		err := errors.Join(t.steady(ctx, idle, command, listed), t.close())
		if err != nil {
			return err
		}
	}
	if b.wants("P6b") {
		if err := t.open(ctx, declares); err != nil {
			return err
		}
		if err := errors.Join(t.sync(ctx), t.close()); err != nil {
			return err
		}
	}
	if b.Peers != "" && b.wants(idle, command, "P6", "P11") {
		return t.peers(ctx, idle, command)
	}
	return nil
}

// keep adds a row.
func (b *bench) keep(scenario string, s *running, devices int, m measured, note string) *Result {
	return b.keepPart(scenario, "", s, devices, m, note)
}

// keepPart adds one of several rows of a scenario.
func (b *bench) keepPart(scenario, part string, s *running, devices int, m measured, note string) *Result {
	r := b.row(scenario, part, s, devices, m, note)
	b.results = append(b.results, r)
	b.say("%s %s %s: %d in %.1f s, %.0f µs of processor each, p50 %.1f ms, p95 %.1f ms, p99 %.1f ms%s%s", r.title(), s.engine, s.name, r.Ops, r.WallS, r.CPUPerOp, r.P50, r.P95, r.P99, failures(r), noteOf(note))
	return &b.results[len(b.results)-1]
}

// row is one that is not kept yet.
func (b *bench) row(scenario, part string, s *running, devices int, m measured, note string) Result {
	r := Result{Scenario: scenario, Part: part, Engine: s.engine, Subject: s.name, Devices: devices, Ops: m.ops, OpsPerS: float64(m.ops) / m.wall.Seconds(),
		CPUPerOp: micro(m.perOp()), P50: milli(m.quantile(0.5)), P95: milli(m.quantile(0.95)), P99: milli(m.quantile(0.99)), RSS: memory(s.pids[0], peak), Disturbed: m.disturbed, ClientShare: share(m.client, m.wall), ServerShare: share(m.server, m.wall),
		Failed: m.failed, Note: note, Measured: time.Now().UTC().Format("15:04:05"), WallS: m.wall.Seconds()}
	r.first = m.first
	if m.ops > 0 {
		r.ClientPerOp = micro(m.client / time.Duration(m.ops))
	}
	return r
}

// title names a row.
func (r Result) title() string { return strings.TrimSpace(r.Scenario + " " + r.Part) }

// same reports whether two rows measure the same thing of the same subject.
func (r Result) same(x Result) bool {
	return r.Scenario == x.Scenario && r.Part == x.Part && r.Engine == x.Engine && r.Subject == x.Subject && r.Devices == x.Devices
}

func failures(r Result) string {
	if r.Failed == 0 {
		return ""
	}
	return fmt.Sprintf(", %d FAILED: %v", r.Failed, r.first)
}

func noteOf(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func milli(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// table prints the rows, each with its ratio to the best peer of the same scenario and to the kept run.
func (b *bench) table(kept []Result) {
	w := tabwriter.NewWriter(b.Out, 2, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "scenario\tengine\tsubject\tdevices\tops\tops/s\tCPU µs/op\tp50 ms\tp95 ms\tp99 ms\tRSS MB\tdisk B/device\tof peer\t")
	if kept != nil {
		fmt.Fprint(w, "of before\t")
	}
	fmt.Fprint(w, "\n")
	for _, r := range b.results {
		late := ""
		if r.ClientShare >= 0.4 {
			late = "*"
		}
		mark := ""
		if r.Disturbed {
			mark = " disturbed"
		}
		fmt.Fprintf(w, "%s\t%s\t%s%s\t%d\t%d\t%.0f\t%s\t%.1f%s\t%.1f%s\t%.1f%s\t%.0f\t%s\t%s\t", r.title(), r.Engine, r.Subject, mark, r.Devices, r.Ops, r.OpsPerS, blank(r.CPUPerOp), r.P50, late, r.P95, late, r.P99, late,
			float64(r.RSS)/(1<<20), blank(r.DiskPerDev), b.ofPeer(r))
		if kept != nil {
			fmt.Fprintf(w, "%s\t", before(kept, r))
		}
		fmt.Fprint(w, "\n")
	}
	w.Flush()
	for _, r := range b.results {
		if said := strings.TrimPrefix(r.Note+failures(r), ", "); said != "" {
			fmt.Fprintf(b.Out, "%s %s %s: %s\n", r.title(), r.Engine, r.Subject, said)
		}
	}
	if slices.ContainsFunc(b.results, func(r Result) bool { return r.ClientShare >= 0.4 }) {
		fmt.Fprintln(b.Out, "* the client used more than 40 % of the machine: this latency proves nothing")
	}
}

func blank(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", v)
}

// ofPeer is processor time as a multiple of the peer this row is held against: on SQLite nanomdm in memory, on PostgreSQL nanomdm there.
func (b *bench) ofPeer(r Result) string {
	if r.Subject != subjectRanzen {
		return ""
	}
	peer := on(r.Engine, "nanomdm-inmem", "nanomdm-postgres")
	for _, x := range b.results {
		if x.Scenario == r.Scenario && x.Part == r.Part && x.Engine == r.Engine && x.Subject == peer && x.CPUPerOp > 0 {
			return fmt.Sprintf("%.2f", r.CPUPerOp/x.CPUPerOp)
		}
	}
	return ""
}

// before is processor time as a multiple of that of the kept run. Where there is none, it is the p95, and where there is none of
// these either, memory.
func before(kept []Result, r Result) string {
	for _, x := range kept {
		if !x.same(r) {
			continue
		}
		was, is, of := x.CPUPerOp, r.CPUPerOp, ""
		switch {
		case was > 0 && is > 0:
		case x.P95 > 0 && r.P95 > 0:
			was, is, of = x.P95, r.P95, " (p95)"
		default:
			was, is, of = float64(x.RSS), float64(r.RSS), " (RSS)"
		}
		if was == 0 {
			return ""
		}
		v := fmt.Sprintf("%.2f%s", is/was, of)
		if is > 1.1*was {
			v += " WORSE"
		}
		return v
	}
	return ""
}

const subjectRanzen = "ranzen"

// town is a world with a server before it.
type town struct {
	*bench
	place  *place
	papers *papers
	push   *pushes
	engine string
	world  *world
	url    string        // database
	keys   string        // file of the key ring
	ahead  time.Duration // how far the server's clock is before ours
	srv    *running
}

// open builds a world and starts the server on it. It begins today, however far time had gone on in the one before.
func (t *town) open(ctx context.Context, k kind) error {
	t.ahead = 0
	var err error
	if t.url, err = t.place.fresh(); err != nil {
		return err
	}
	t.keys = filepath.Join(t.Dir, "keys")
	st, err := t.store(ctx)
	if err != nil {
		return err
	}
	t.say("%s: writing a district of %d iPads (%s)", t.engine, t.Devices, k.name)
	t.world, err = build(ctx, st, t.Devices, k, t.say)
	if err := errors.Join(err, st.Close()); err != nil {
		return err
	}
	if err := t.place.settle(); err != nil {
		return err
	}
	return t.begin(ctx)
}

// calm waits until a server that began its first night's work is done with it.
func (t *town) calm(ctx context.Context) error {
	return t.idle(ctx, func() bool { return t.gauge(ctx, "ranzen_devices_converged") >= float64(len(t.world.devices)) })
}

// idle waits until cond holds and the server has had nothing to do for a while: what it put off is not charged to the next scenario.
func (t *town) idle(ctx context.Context, cond func() bool) error {
	look := min(max(t.For/8, 100*time.Millisecond), 500*time.Millisecond)
	quiet := 0
	return until(ctx, 5*time.Minute, func() bool {
		before := t.srv.read()
		time.Sleep(look)
		if used := t.srv.read().server - before.server; used > look/10 || !cond() {
			quiet = 0
		} else {
			quiet++
		}
		return quiet == 3
	})
}

func (t *town) store(ctx context.Context) (*store.Store, error) {
	keys, err := store.OpenKeyRing(t.keys, true)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{URL: t.url, Keys: keys, Nature: store.Played, Now: t.now})
}

// now is what the server's clock says.
func (t *town) now() time.Time { return time.Now().Add(t.ahead) }

// sweep is how soon an unanswered push is repeated, so that P7 need not wait for it.
const sweep = 20 * time.Second

// serve starts a server process on the world.
func (t *town) serve(ctx context.Context) (*running, error) {
	args := []string{"bench-server", "--database", t.url, "--keys", t.keys, "--push-url", t.push.url, "--push-roots", t.papers.cert, "--tls-cert", t.papers.cert, "--tls-key", t.papers.key}
	if t.ahead > 0 {
		args = append(args, "--ahead", t.ahead.String())
	} else {
		args = append(args, "--again", sweep.String())
	}
	return start(ctx, subjectRanzen, t.engine, t.place.pid(), t.Program, args...)
}

// later ends the server and starts it again when time has gone on by d. Whatever is due by then, it knows when later returns.
func (t *town) later(ctx context.Context, d time.Duration) error {
	t.srv.stop()
	t.ahead += d
	return t.begin(ctx)
}

// begin starts the server and waits until it has looked around.
func (t *town) begin(ctx context.Context) (err error) {
	if t.srv, err = t.serve(ctx); err != nil {
		return err
	}
	return t.calm(ctx)
}

func (t *town) close() error {
	if t.srv != nil {
		t.srv.stop()
		t.srv = nil
	}
	return nil
}
