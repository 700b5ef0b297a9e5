package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// lessonSessions is how many iPads a second come while a desk hands out: as many as on a Monday at eight.
const lessonSessions = mondaySessions

// lending is a class of thirty at the school with the most iPads: pupils whose contracts are signed, each for an iPad that is free.
type lending struct {
	school  school.SchoolID
	class   school.ClassID
	numbers []string // of the iPads, in the order of the class
	devices []*device
}

const clerk = "ausgabe"

// lend prepares a class, as somebody does the week before.
func (w *world) lend(ctx context.Context, st *store.Store) (l lending, err error) {
	schools, err := st.Schools(ctx, w.by)
	if err != nil {
		return l, err
	}
	large := schools[0]
	for _, s := range schools {
		if s.Devices > large.Devices {
			large = s
		}
	}
	l.school = large.ID
	if _, err := st.CreateKit(ctx, w.by, school.Kit{Name: "iPad mit Zubehör", Kind: school.IPad, Standard: true,
		Parts: []school.Part{{Kind: school.Cover, Name: "Hülle", Price: 2500}, {Kind: school.Charger, Name: "Netzteil", Price: 2000}, {Kind: school.Cable, Name: "Kabel", Price: 1500}, {Kind: school.Pencil, Name: "Stift", Price: 9900}}}); err != nil {
		return l, err
	}
	if l.class, err = st.CreateClass(ctx, w.by, school.Class{School: l.school, Name: "8z", Grade: "8"}); err != nil {
		return l, err
	}
	free, err := st.FreeAtDesk(ctx, w.by, l.school, 30)
	if err != nil || len(free) < 30 {
		return l, fmt.Errorf("%s has %d iPads that nobody has: %w", large.Name, len(free), err)
	}
	var wishes []store.ContractWish
	for i, d := range free {
		id, err := st.CreatePerson(ctx, w.by, school.Person{School: l.school, Kind: school.Pupil, Given: "Kind", Family: fmt.Sprintf("Ausgabe-%02d", i+1), Login: fmt.Sprintf("ausgabe%02d", i+1)}, l.class)
		if err != nil {
			return l, err
		}
		if _, err := st.PlanPerson(ctx, w.by, d.ID, id); err != nil { // whomever it was meant for
			return l, err
		}
		x, err := st.DeviceByID(ctx, w.by, d.ID)
		if err != nil {
			return l, err
		}
		wishes = append(wishes, store.ContractWish{Person: id, Asset: x.Asset})
		l.numbers, l.devices = append(l.numbers, d.Name()), append(l.devices, w.devices[slices.IndexFunc(w.devices, func(of *device) bool { return of.id == d.ID })])
	}
	made, _, err := st.PlanContracts(ctx, w.by, l.school, wishes)
	for _, id := range made {
		if err == nil {
			_, err = st.PrepareContract(ctx, w.by, id)
		}
		if err == nil {
			_, err = st.SignContract(ctx, w.by, id, school.ByPaper)
		}
	}
	if err != nil {
		return l, err
	}
	_, link, err := st.CreateAccount(ctx, w.by, store.Account{Login: clerk, Name: "Ausgabe", Email: contact}, []school.Grant{{Role: school.Desk, Authority: w.authority, School: l.school}})
	if err == nil {
		_, err = st.SetPassword(ctx, link, password)
	}
	return l, err
}

// watchDesk counts what a scanner does not do, and keeps how long each answer took.
const watchDesk = `(() => {
	window.mouse = 0;
	for (const kind of ['mousedown', 'mouseup', 'click', 'mousemove', 'pointerdown', 'touchstart', 'wheel'])
		addEventListener(kind, (e) => { if (e.isTrusted && (kind !== 'click' || e.detail > 0)) window.mouse++; }, true);
	window.scans = [];
	new PerformanceObserver((list) => { for (const e of list.getEntries()) if (e.name.includes('part=desk')) window.scans.push(e.duration); }).observe({ type: 'resource' });
	return true;
})()`

// BenchmarkLEND01_ThirtyDevicesInABigDistrict hands out thirty devices by a scanner that is a keyboard, in a browser, at a desk of the
// district MUC-90 with its 28,000 iPads, while 130 iPads a second have their sessions at the same server. It says how many seconds the
// thirty took, how long the server took for a scan and how long until it was to be seen, and how many events of a mouse there were.
//
//	go test -run '^$' -bench LEND01 -benchtime 1x -timeout 30m ./cmd/ranzen/bench
//
// RANZEN_DEVICES makes the district smaller.
func BenchmarkLEND01_ThirtyDevicesInABigDistrict(b *testing.B) {
	devices := 28000
	if typed := os.Getenv("RANZEN_DEVICES"); typed != "" {
		if _, err := fmt.Sscan(typed, &devices); err != nil {
			b.Fatal(err)
		}
	}
	program := filepath.Join(b.TempDir(), "ranzen")
	if out, err := exec.Command("go", "build", "-o", program, "ranzen/cmd/ranzen").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) { thirty(b, engine, program, devices) })
	}
}

func thirty(b *testing.B, engine, program string, devices int) {
	ctx := b.Context()
	no := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	run := &bench{Options: Options{Devices: devices, For: 4 * time.Second, Dir: b.TempDir(), Program: program, Out: os.Stderr, Err: os.Stderr}, began: time.Now()}
	p, err := newPlace(engine, run.Dir)
	no(err)
	defer p.close()
	own, err := newPapers(run.Dir)
	no(err)
	push, err := newPushes(own)
	no(err)
	defer push.srv.Close()
	t := &town{bench: run, place: p, papers: own, push: push, engine: engine, keys: filepath.Join(run.Dir, "keys")}
	t.url, err = p.fresh()
	no(err)
	st, err := t.store(ctx)
	no(err)
	t.world, err = build(ctx, st, devices, classic, t.say)
	no(err)
	class, err := t.world.lend(ctx, st)
	no(err)
	no(st.Close())
	no(p.settle())
	no(t.begin(ctx))
	defer t.close()

	for _, d := range class.devices { // whoever prepares them switches them on
		_, err := d.obey(ctx, t.srv.client, t.srv.mdm(), true, 20)
		no(err)
	}
	c, err := t.signIn(ctx, clerk)
	no(err)
	opened, err := c.PostForm(t.srv.url+"/desk", url.Values{"school": {string(class.school)}, "mode": {string(school.DeskClass)}, "class": {string(class.class)}})
	no(err)
	opened.Body.Close()
	at := opened.Request.URL
	cookies := map[string]string{}
	for _, x := range c.Jar.Cookies(at) {
		cookies[x.Name] = x.Value
	}

	// Lessons go on: each iPad that comes has a whole session.
	lessons, stop := context.WithCancel(ctx)
	var met laps
	var came atomic.Int64
	var wg sync.WaitGroup
	client := newClient(64)
	wg.Go(func() {
		begin := time.Now()
		for i := 0; lessons.Err() == nil; i++ {
			if wait := time.Until(begin.Add(time.Duration(i) * time.Second / lessonSessions)); wait > 0 {
				select {
				case <-lessons.Done():
				case <-time.After(wait):
				}
			}
			wg.Go(func() {
				began := time.Now()
				_, err := t.world.devices[i%len(t.world.devices)].obey(lessons, client, t.srv.mdm(), true, 20)
				if lessons.Err() == nil {
					met.done(time.Since(began), err)
					came.Add(1)
				}
			})
		}
	})

	tab := webtest.Open(b, at.String(), webtest.Options{Width: 1024, Height: 768, Cookies: cookies, Life: 10 * time.Minute})
	var begun bool
	tab.Eval(watchDesk, &begun)
	tab.Until(`document.activeElement.id === 'scan'`)
	came.Store(0)
	var seen laps
	b.ResetTimer()
	began := time.Now()
	for i, number := range class.numbers {
		typed := time.Now()
		tab.Press(number + webtest.Keys.Enter)
		tab.Until(fmt.Sprintf(`document.querySelector('.desk-text')?.textContent.includes(%q) && document.querySelector('.desk-count').textContent.includes('%d von 30')`, "OK "+number, i+1))
		seen.done(time.Since(typed), nil)
	}
	took := time.Since(began)
	b.StopTimer()
	sessions := came.Load()
	stop()
	wg.Wait()
	var page struct {
		Mouse int
		Scans []float64
	}
	tab.Eval(`({ Mouse: window.mouse, Scans: window.scans })`, &page)
	tab.Goto("about:blank") // the server ends before the browser
	var answered laps
	for _, ms := range page.Scans {
		answered.done(time.Duration(ms*float64(time.Millisecond)), nil)
	}
	answers, shown := answered.alone(measured{}), seen.alone(measured{})
	load, _ := os.ReadFile("/proc/loadavg")
	b.Logf("%s, %d iPads: thirty in %.1f s; %d answers, p50 %.0f ms, p95 %.0f ms, the longest %.0f ms; seen after p95 %.0f ms; %d events of a mouse; meanwhile %.0f sessions a second, %d failed (%v); load %s", engine, devices, took.Seconds(), len(page.Scans),
		milli(answers.quantile(0.5)), milli(answers.quantile(0.95)), milli(answers.quantile(1)), milli(shown.quantile(0.95)), page.Mouse, float64(sessions)/took.Seconds(), met.failed, met.first, strings.TrimSpace(string(load)))
	if page.Mouse != 0 || len(page.Scans) < len(class.numbers) || met.failed > 0 {
		b.Errorf("%d events of a mouse, %d answers, %d sessions failed: %v", page.Mouse, len(page.Scans), met.failed, met.first)
	}
	b.ReportMetric(took.Seconds(), "s/thirty")
	b.ReportMetric(milli(answers.quantile(0.95)), "ms-p95/scan")
	b.ReportMetric(milli(shown.quantile(0.95)), "ms-p95/seen")
	b.ReportMetric(float64(page.Mouse), "mouse-events")
	b.ReportMetric(float64(sessions)/took.Seconds(), "sessions/s")
	res, err := c.Get(at.String())
	no(err)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b.Error(res.Status)
	}
}
