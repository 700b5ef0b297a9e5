package ui

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// cable is the network between a browser and the server: a door that can be cut and mended, with all that goes through it.
type cable struct {
	t    *testing.T
	to   string
	addr string
	mu   sync.Mutex
	door net.Listener
	open []net.Conn
}

func newCable(t *testing.T, server *httptest.Server) *cable {
	t.Helper()
	c := &cable{t: t, to: server.Listener.Addr().String(), addr: "127.0.0.1:0"}
	c.mend()
	t.Cleanup(c.cut)
	return c
}

func (c *cable) url() string { return "http://" + c.addr }

// mend opens the door again, at the same address.
func (c *cable) mend() {
	c.t.Helper()
	l, err := net.Listen("tcp", c.addr)
	if err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	c.addr, c.door = l.Addr().String(), l
	c.mu.Unlock()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", c.to)
			if err != nil {
				in.Close()
				continue
			}
			c.mu.Lock()
			c.open = append(c.open, in, out)
			c.mu.Unlock()
			go func() { io.Copy(out, in); out.Close() }()
			go func() { io.Copy(in, out); in.Close() }()
		}
	}()
}

// cut closes the door and every connection.
func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.door.Close()
	for _, x := range c.open {
		x.Close()
	}
	c.open = nil
}

// awayTab is a desk in a browser whose cable can be cut.
type awayTab struct {
	*webtest.Tab
	cable *cable
	path  string
}

var cutOff = []string{"ERR_EMPTY_RESPONSE", "ERR_CONNECTION", "ERR_SOCKET", "Failed to fetch", "ERR_FAILED", "net::ERR"}

// leaving opens a desk of a class and waits until it has all it needs to go on without a network.
func (w *deskWorld) leaving(login string, mode school.DeskMode, o webtest.Options) *awayTab {
	w.t.Helper()
	d := school.DeskSession{School: w.Nord, Mode: mode}
	if mode == school.DeskClass {
		d.Class = w.Class
	}
	id, err := w.st.OpenDesk(w.t.Context(), w.actorOf(login), d)
	t := w.t.(*testing.T)
	a := &awayTab{cable: newCable(t, w.server), path: deskAddress(ok(w.t, id, err))}
	o.Cookies, o.Expected = map[string]string{"ranzen": w.as(login).Secret}, append(o.Expected, cutOff...)
	a.Tab = webtest.Open(t, a.cable.url()+a.path, o)
	a.ready()
	return a
}

func (a *awayTab) ready() {
	a.cable.t.Helper()
	a.Until(`(({ hired, packed, again }) => hired === '' && packed === '' && again)(document.querySelector('[data-desk]').dataset)`)
	var set bool
	a.Eval(`(document.querySelector('[data-desk]').dataset.again = '100', true)`, &set)
}

func (a *awayTab) says(text string) {
	a.cable.t.Helper()
	a.Until(fmt.Sprintf(`(document.querySelector('[data-desk]')?.innerText ?? '').replace(/\s+/g, ' ').includes(%q)`, text))
}

func (a *awayTab) scan(text string) { a.Press(text + webtest.Keys.Enter) }

// TestLEND03_TheDeskGoesOnWithoutANetwork: the cable is cut, the desk goes on, also after a reload; what it scanned stays where it
// is, signed, without anybody's name; when the cable is mended everything is booked once, and what cannot be is a question.
func TestLEND03_TheDeskGoesOnWithoutANetwork(t *testing.T) {
	w := newDeskWorld(t, 6)
	a := w.leaving(w.deskClerk("pult"), school.DeskClass, webtest.Options{Width: 1024, Height: 768})
	a.scan(w.Numbers[0])
	a.says("OK " + w.Numbers[0])
	a.cable.cut()
	a.scan(w.Numbers[1])
	a.says("OK " + w.Numbers[1] + " an Achtel-02")
	a.says("1 Buchung ist auf diesem Gerät gesichert")
	a.Until(`document.getElementById('desk-line').textContent.startsWith('Keine Verbindung seit') && document.getElementById('desk-said').textContent.includes('Achtel-02') && document.querySelector('[data-desk]').dataset.sounded === 'ok'`)
	a.scan(w.Numbers[2])
	a.says("2 Ausgaben sind auf diesem Gerät gesichert und werden nachgetragen")
	a.scan(w.Numbers[2])
	a.says("doppelt gescannt")
	a.scan(w.Numbers[1])
	a.says("Rot:")
	a.Press(webtest.Keys.F8)
	a.says("Rückgängig: " + w.Numbers[2])
	a.says("1 Buchung wartet")
	a.scan("s" + strings.ToLower("F9FXK8A102")) // Apple's bar code, without Caps Lock
	a.says("OK " + w.Numbers[2] + " an Achtel-03")
	a.scan("4012345678901")
	a.says("nicht der Code des Geräts")
	a.Press(webtest.Keys.F2)
	a.says("Achtel-04, ")
	a.Axe()
	a.Fits()
	picture(a.Tab, "offline-1024")

	// Nothing of anybody lies open in the browser: not in what the worker keeps, not in what was scanned; no key can be read out.
	var open bool
	a.Eval(`(async () => {
		window.found = '';
		for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) {
			const text = await (await (await caches.open(name)).match(request)).text();
			if (/Achtel|Musterstadt|pult/.test(text)) window.found += request.url + ' ';
		}
		for (const row of await deskKept.waiting()) if (/Achtel/.test(JSON.stringify(row))) window.found += 'scan ';
		const { kept } = await deskKept.pack('');
		if (kept.sign.extractable || kept.lock.extractable || !(kept.box instanceof ArrayBuffer) || new TextDecoder().decode(kept.box).includes('Achtel')) window.found += 'pack ';
		window.searched = true;
	})(), true`, &open)
	a.Until(`window.searched`)
	var found string
	if a.Eval(`window.found`, &found); found != "" {
		t.Errorf("it stands open in %s", found)
	}

	// A reload without a network opens the desk where it was.
	a.Goto(a.cable.url() + a.path)
	a.says("Ausgabe Klasse 8a")
	a.says("2 Buchungen warten auf die Verbindung")
	a.says("5 Achtel-05") // who was skipped stays skipped
	a.Until(`document.activeElement.id === 'scan'`)
	a.Axe()
	a.scan(w.Numbers[4])
	a.says("OK " + w.Numbers[4] + " an Achtel-05")
	a.scan("MS-99-999999")
	a.says("steht nicht auf der mitgenommenen Liste")
	a.scan("")
	a.says("MS-99-999999 notiert")
	a.Goto(a.cable.url() + "/desk")
	a.says("4 Buchungen warten auf die Verbindung")
	a.says("Alle sind durch")

	a.cable.mend()
	a.says("Wieder verbunden: 4 Buchungen nachgetragen. Davon zu entscheiden: 1.")
	a.says("4 von 6")
	a.Until(`document.getElementById('desk-report').querySelector('a').getAttribute('href') === '/desk/questions'`)
	a.Axe()
	picture(a.Tab, "offline-back")
	w.booked(t, 4)
	if n, err := w.st.OfflineOpen(t.Context(), w.by); n != 1 || err != nil {
		t.Errorf("%d questions, %v", n, err)
	}
	a.ready()
	a.scan(w.Numbers[3])
	a.says("OK " + w.Numbers[3])

	// Who signs out takes everything along.
	a.Goto(a.cable.url() + "/account")
	a.Click(".menu summary")
	a.Click(`form[action="/sign-out"] button`)
	a.Until(`location.pathname === '/sign-in'`)
	a.Eval(`(async () => { for (;;) { const left = (await caches.keys()).length + (await navigator.serviceWorker.getRegistrations()).length + (await indexedDB.databases()).filter((d) => d.name === 'ranzen-desk').length; if (!left) break; await new Promise((done) => setTimeout(done, 20)); } window.clean = true; })(), true`, &open)
	a.Until(`window.clean`)
}

// booked counts what is out, each once.
func (w *deskWorld) booked(t *testing.T, want int) {
	t.Helper()
	page, err := w.st.Contracts(t.Context(), w.by, store.ContractFilter{Class: w.Class, View: store.OutContracts, Limit: 200})
	if n := len(ok(t, page, err).Rows); n != want {
		t.Errorf("%d contracts are out, want %d", n, want)
	}
}

// TestLEND03_FiveHundredScansAndLostAnswers: 500 scans without a network; while they are sent every other answer is lost, the cable
// is cut and the page is opened anew in the middle. All is booked once, in its order.
func TestLEND03_FiveHundredScansAndLostAnswers(t *testing.T) {
	w := newDeskWorld(t, 25)
	inner := w.server.Config.Handler
	var sent, lose atomic.Int64
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == mergePath && sent.Add(1)%2 == 1 && lose.Load() > 0 {
			lose.Add(-1)
			inner.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		inner.ServeHTTP(rw, r)
	})
	w.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	lose.Store(6)
	a := w.leaving(w.deskClerk("pult"), school.DeskClass, webtest.Options{})
	a.cable.cut()
	a.scan(w.Numbers[0])
	a.says("1 Buchung wartet")
	// Each of the class gets the iPad meant for them, brings it back, and so on: 1 + 499 scans.
	var begun bool
	a.Eval(fmt.Sprintf(`(async () => {
		const numbers = %q.split(' ');
		const field = document.getElementById('scan'), form = field.form;
		const waiting = () => document.querySelectorAll('.desk-count')[0]?.textContent;
		const type = async (scan, act) => {
			if (act) form.requestSubmit(document.querySelector('button[value=' + act + ']'));
			else { field.value = scan; form.requestSubmit(); }
			do await new Promise((done) => setTimeout(done)); while (document.querySelector('[data-desk]').hasAttribute('aria-busy'));
		};
		for (let n = 1; n < 500; n++) {
			const number = numbers[n %% 25];
			if (Math.floor(n / 25) %% 2) { await type('', 'back'); await type(number); await type(''); }
			else await type(number);
			if (!waiting().startsWith(String(n + 1))) { window.stuck = n + ': ' + document.getElementById('desk').innerText; return; }
		}
		window.scanned = true;
	})(), true`, strings.Join(w.Numbers, " ")), &begun)
	a.Until(`window.scanned || window.stuck`)
	var stuck string
	if a.Eval(`window.stuck ?? ''`, &stuck); stuck != "" {
		t.Fatal(stuck)
	}
	a.says("500 Buchungen sind auf diesem Gerät gesichert")
	a.cable.mend()
	left := func(n int) string {
		return fmt.Sprintf(`(deskKept.waiting().then((rows) => { window.left = rows.length; }), window.left < %d)`, n)
	}
	a.Until(left(460))
	a.cable.cut()
	a.Goto(a.cable.url() + a.path)
	a.says("Buchungen warten auf die Verbindung")
	a.cable.mend()
	a.Until(`location.href.endsWith('` + a.path + `') && document.getElementById('desk-report') && !document.getElementById('desk-report').hidden`)
	a.Until(left(1))
	w.booked(t, 0)
	n, err := w.st.CountContracts(t.Context(), w.by, store.ContractFilter{Class: w.Class, View: store.UncheckedReturns})
	if ok(t, n, err) != 250 {
		t.Errorf("%d came back, want 250", n)
	}
	if n, err := w.st.OfflineOpen(t.Context(), w.by); n != 0 || err != nil {
		t.Errorf("%d questions, %v", n, err)
	}
}

// TestLEND03_TwoDesksHandOutTheSameWithoutANetwork: the one who scanned first has done so, though the other came back first.
func TestLEND03_TwoDesksHandOutTheSameWithoutANetwork(t *testing.T) {
	w := newDeskWorld(t, 4)
	// The clock of the server stands still here, that of a desk runs from when it left: the later scan is of the one that left first.
	two, one := w.leaving(w.deskClerk("zwei"), school.DeskClass, webtest.Options{}), w.leaving(w.deskClerk("eins"), school.DeskClass, webtest.Options{})
	one.cable.cut()
	two.cable.cut()
	one.scan(w.Numbers[1])
	one.says("OK " + w.Numbers[1] + " an Achtel-02")
	two.scan(w.Numbers[1])
	two.says("ist für jemand anderen vorgesehen")
	two.scan("")
	two.says("OK " + w.Numbers[1] + " an Achtel-01")
	two.cable.mend()
	two.says("Wieder verbunden: 1 Buchung nachgetragen.")
	one.cable.mend()
	one.says("Wieder verbunden: 1 Buchung nachgetragen.")
	page, err := w.st.Contracts(t.Context(), w.by, store.ContractFilter{Asset: w.Assets[1], View: store.OutContracts})
	if rows := ok(t, page, err).Rows; len(rows) != 1 || rows[0].Person != w.Eighth[1] {
		t.Errorf("%+v", rows)
	}
	all, err := w.st.OfflineQuestions(t.Context(), w.by, true)
	if ok(t, all, err); len(all) != 1 || all[0].Person != w.Eighth[0] || all[0].NowPerson != w.Eighth[1] {
		t.Errorf("%+v", all)
	}
}

// TestLEND03_TamperedAndExpired: a scan that somebody changed in the browser is refused and stays to be seen; what a desk took along
// is gone when its time is over, and its scans are not.
func TestLEND03_TamperedAndExpired(t *testing.T) {
	w := newDeskWorld(t, 3)
	a := w.leaving(w.deskClerk("pult"), school.DeskBack, webtest.Options{})
	a.cable.cut()
	a.scan(w.Numbers[0]) // nobody has it
	a.says("steht nicht auf der mitgenommenen Liste")
	a.scan("")
	a.says("notiert")
	var done bool
	a.Eval(`(async () => { const [row] = await deskKept.waiting(); await deskKept.put([{ ...row, text: row.text.replace('return', 'issue') }]); window.changed = true; })(), true`, &done)
	a.Until(`window.changed`)
	// The clock runs on by more than a day.
	a.Eval(`(() => { const now = Date.now; Date.now = () => now() + 25 * 3600e3; window.later = true; return true; })()`, &done)
	a.scan(w.Numbers[1])
	a.says("nichts für den Betrieb ohne Netz gespeichert")
	a.Axe()
	picture(a.Tab, "offline-over")
	a.Eval(`(deskKept.waiting().then((rows) => { window.left = rows.length; }), true)`, &done)
	a.Until(`window.left === 1`)
	a.cable.mend()
	a.Goto(a.cable.url() + a.path)
	a.says("Nicht angenommen: Der Scan wurde nach dem Scannen verändert.")
	if n, err := w.st.OfflineOpen(t.Context(), w.by); n != 0 || err != nil {
		t.Errorf("%d questions, %v", n, err)
	}
	// Who signs out while it lies there is asked.
	a.Click(".menu summary")
	a.Click(`form[action="/sign-out"] button`)
	a.Wait("#desk-leave[open]")
	a.Axe()
	a.Click(`#desk-leave [value=stay]`)
	a.Until(`!document.getElementById('desk-leave').open && location.pathname.startsWith('/desk/')`)
}

// TestLEND02_TwoBrowsersRaceForOneDevice: two people press Enter for one device in two browsers at the same moment; one hands it out.
func TestLEND02_TwoBrowsersRaceForOneDevice(t *testing.T) {
	w := newDeskWorld(t, 4)
	one, two := w.leaving(w.deskClerk("eins"), school.DeskClass, webtest.Options{}), w.leaving(w.deskClerk("zwei"), school.DeskClass, webtest.Options{})
	for _, a := range []*awayTab{one, two} {
		a.scan(w.Numbers[3])
		a.says("Vorgesehen war")
	}
	var wg sync.WaitGroup
	for _, a := range []*awayTab{one, two} {
		wg.Go(func() { a.Press(webtest.Keys.Enter) })
	}
	wg.Wait()
	ended := `/OK ` + w.Numbers[3] + `|Rot:/.test(document.getElementById('desk').innerText)`
	won := 0
	for _, a := range []*awayTab{one, two} {
		a.Until(ended)
		var mine bool
		if a.Eval(`document.getElementById('desk').innerText.includes('OK `+w.Numbers[3]+`')`, &mine); mine {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d browsers handed it out", won)
	}
	w.booked(t, 1)
}

// TestTheDeskUnderstandsCodesLikeTheServer: what a scanner types means the same with and without a network.
func TestTheDeskUnderstandsCodesLikeTheServer(t *testing.T) {
	w := newDeskWorld(t, 2)
	a := w.leaving(w.deskClerk("pult"), school.DeskClass, webtest.Options{})
	for _, typed := range []string{"MS-26-000417", "ms-26-000417", "MSß26ß000417", "msß26ß000417", "MS_26_===§1/", "SF9FXK8A102", "F9FYZ8A102", "4006381333931", "4006381333932", "490154203237518", "MK2K3FD/A", "1PMK2K3FD/A", "MK2K3FD&A",
		"L-26-000123", "l-26-000123", "Lß26ß000123", "89049032004008882600012345678901", "Koffer 1", "Straße", "a", "012345678905", "Ä?Ö_"} {
		var got struct {
			Kind     string
			Readings []string
		}
		a.Eval(fmt.Sprintf(`(({ kind, readings }) => ({ Kind: kind, Readings: readings }))(deskCode.understand(%q))`, typed), &got)
		want := school.Scan(typed)
		if got.Kind != string(want.Kind) || strings.Join(got.Readings, " ") != strings.Join(want.Readings, " ") {
			t.Errorf("%s is %s %q in the browser, %s %q at the server", typed, got.Kind, got.Readings, want.Kind, want.Readings)
		}
		for _, r := range want.Readings {
			var serials []string
			if a.Eval(fmt.Sprintf(`deskCode.serials(%q)`, r), &serials); strings.Join(serials, " ") != strings.Join(school.Serials(r), " ") {
				t.Errorf("%s: %q, at the server %q", r, serials, school.Serials(r))
			}
		}
	}
}
