package ui

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// watchDesk notes in the page every event of a mouse or a finger, and every time the field loses the focus.
const watchDesk = `(() => {
	window.deskWatch = { mouse: 0, lost: 0, keys: 0 };
	for (const kind of ['mousedown', 'mouseup', 'click', 'mousemove', 'pointerdown', 'touchstart', 'wheel'])
		addEventListener(kind, (e) => { if (e.isTrusted && (kind !== 'click' || e.detail > 0)) window.deskWatch.mouse++; }, true);
	document.getElementById('scan').addEventListener('blur', () => { window.deskWatch.lost++; });
	addEventListener('keydown', (e) => { if (e.isTrusted) window.deskWatch.keys++; }, true);
	return true;
})()`

type watched struct{ Mouse, Lost, Keys int }

func watching(tab *webtest.Tab) (w watched) {
	tab.Eval(`({ Mouse: deskWatch.mouse, Lost: deskWatch.lost, Keys: deskWatch.keys })`, &w)
	return w
}

// TestLEND01_ThirtyDevicesByTheScannerAlone: a scanner types thirty numbers, one Enter after each; nobody touches a mouse, the
// field never loses the focus, and every answer is heard, seen and read out. One device is yellow and takes one Enter more.
func TestLEND01_ThirtyDevicesByTheScannerAlone(t *testing.T) {
	w := newDeskWorld(t, 30)
	// One of the thirty contracts is not signed.
	_, err := w.st.PrepareContract(t.Context(), w.by, w.Contract[16])
	ok(t, 0, err)
	d := w.clerkAt(w.deskClerk("pult"), school.DeskClass, w.Class)
	tab := d.open(t, d.path, webtest.Options{Width: 1024, Height: 768})
	var begun bool
	tab.Eval(watchDesk, &begun)
	tab.Until(`document.activeElement.id === 'scan'`)
	keys := 0
	typed := func(text string) {
		tab.Press(text + webtest.Keys.Enter)
		keys += len(text) + 1
	}
	for i, number := range w.Numbers {
		code := number
		if i%2 == 1 { // every other by Apple's bar code
			code = fmt.Sprintf("SF9FXK8A%03d", i+100)
		}
		typed(code)
		if i == 16 {
			tab.Until(`document.querySelector('.desk-answer--yellow') && document.getElementById('desk-said').textContent.includes('Gelb: Die Unterschrift zu L-26-')`)
			tab.Until(`document.querySelector('[data-desk]').dataset.sounded === 'attention'`)
			typed("")
		}
		tab.Until(fmt.Sprintf(`document.querySelector('.desk-text')?.textContent.includes(%q)`, "OK "+number))
		tab.Until(fmt.Sprintf(`document.querySelector('.desk-count').textContent.includes('%d von 30')`, i+1))
		tab.Until(fmt.Sprintf(`document.getElementById('desk-said').textContent.includes(%q) && document.querySelector('[data-desk]').dataset.sounded === 'ok'`, number))
		if i == 20 {
			tab.Axe()
			tab.Fits()
			picture(tab, "desk-class-1024")
		}
	}
	tab.Until(`document.querySelector('.desk-name').textContent.includes('Alle sind durch') && document.activeElement.id === 'scan'`)
	if got := watching(tab); got.Mouse != 0 || got.Lost != 0 || got.Keys != keys {
		t.Errorf("%+v after %d keys", got, keys)
	}
	page, err := w.st.Contracts(t.Context(), w.by, store.ContractFilter{Class: w.Class, View: store.OutContracts, Limit: 100})
	if n := len(ok(t, page, err).Rows); n != 30 {
		t.Errorf("%d contracts are out", n)
	}
	for i, id := range w.Contract { // each pupil got the one meant, under the contract that was prepared
		c, err := w.st.ContractByID(t.Context(), w.by, id)
		if ok(t, c, err).Asset != w.Assets[i] || c.Person != w.Eighth[i] {
			t.Errorf("%s: %+v", w.Numbers[i], c)
		}
	}
}

// TestTheDeskHasAKeyForEverything: skip, take back, undo, the parts of a set, a choice of names, by keys alone; scans that come
// faster than answers wait in their order.
func TestTheDeskHasAKeyForEverything(t *testing.T) {
	w := newDeskWorld(t, 6)
	d := w.clerkAt(w.deskClerk("pult"), school.DeskClass, w.Class)
	tab := d.open(t, d.path, webtest.Options{})
	var begun bool
	tab.Eval(watchDesk, &begun)
	says := func(text string) {
		t.Helper()
		tab.Until(fmt.Sprintf(`document.getElementById('desk').innerText.replace(/\s+/g, ' ').includes(%q)`, text))
	}
	// Three scans before the first answer: Enter, Tab, Enter.
	tab.Press(w.Numbers[0] + webtest.Keys.Enter + w.Numbers[1] + webtest.Keys.Tab + w.Numbers[2] + webtest.Keys.Enter)
	says("OK " + w.Numbers[2])
	says("3 von 6")
	tab.Press("2")
	says("Netzteil: fehlt")
	tab.Press(webtest.Keys.F8)
	says("Rückgängig: " + w.Numbers[2])
	says("2 von 6")
	tab.Press(webtest.Keys.F2)
	says("1 übersprungen")
	tab.Press("acht" + webtest.Keys.Enter)
	says("Mehrere heißen")
	tab.Press("5")
	tab.Until(`document.querySelector('.desk-name').textContent.includes('Achtel-05')`)
	tab.Press(w.Numbers[0] + webtest.Keys.Enter)
	says("Rot:")
	tab.Until(`document.querySelector('[data-desk]').dataset.sounded === 'stop'`)
	tab.Press(webtest.Keys.F4)
	says("Enter nimmt zurück")
	tab.Press("3")
	says("Kabel: fehlt")
	tab.Press(webtest.Keys.Enter)
	says("OK " + w.Numbers[0] + " von Achtel-01")
	tab.Press("unbekannt" + webtest.Keys.Enter)
	says("kennt hier niemand")
	if got := watching(tab); got.Mouse != 0 || got.Lost != 0 {
		t.Errorf("%+v", got)
	}

	// What another desk books appears by itself.
	other := w.clerkAt(w.deskClerk("zwei"), school.DeskClass, w.Class)
	other.scan(w.Numbers[5])
	other.scan("").says(t, 200, "OK "+w.Numbers[5])
	tab.Until(`document.getElementById('others').textContent.includes('Platz 2')`)

	// After a while without a key nobody's name is on the screen, and a key brings all back.
	tab.Eval(`(document.querySelector('[data-desk]').dataset.idle = '60', true)`, &begun)
	tab.Press(webtest.Keys.Escape)
	tab.Until(`document.querySelector('.desk-rest') && !document.body.innerText.includes('Achtel')`)
	tab.Axe()
	tab.Eval(`(document.querySelector('[data-desk]').dataset.idle = '60000', true)`, &begun)
	tab.Press(w.Numbers[4] + webtest.Keys.Enter)
	says("OK " + w.Numbers[4])
}

// TestTheDeskFitsEverywhere: 1024 pixels, 200 %, a telephone, both themes, each light; axe finds nothing.
func TestTheDeskFitsEverywhere(t *testing.T) {
	w := newDeskWorld(t, 5)
	for _, x := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"1280", 1280, 900, false}, {"1024-dark", 1024, 768, true}, {"zoom", 512, 384, false}, {"390-dark", 390, 844, true}, {"320", 320, 700, false}} {
		t.Run(x.name, func(t *testing.T) {
			d := w.clerkAt(w.deskClerk("pult"+x.name), school.DeskClass, w.Class)
			tab := d.open(t, d.path, webtest.Options{Width: x.width, Height: x.height, Dark: x.dark})
			look := func(name string) {
				t.Helper()
				tab.Axe()
				tab.Fits()
				picture(tab, "desk-"+x.name+"-"+name)
			}
			look("begin")
			tab.Press(w.Numbers[4] + webtest.Keys.Enter)
			tab.Wait(".desk-answer--yellow")
			look("yellow")
			tab.Press(webtest.Keys.Enter)
			tab.Wait(".desk-set")
			look("booked")
			tab.Press(w.Numbers[4] + webtest.Keys.Enter + "MS-26-000400" + webtest.Keys.Enter)
			tab.Wait(".desk-answer--red")
			look("red")
			tab.Press(webtest.Keys.F4)
			tab.Until(`document.querySelector('.desk-keys').textContent.includes('weiter ausgeben')`)
			look("back")
			tab.Press(webtest.Keys.Escape + "achtel" + webtest.Keys.Enter)
			tab.Wait(".desk-choices")
			look("choice")
			tab.Press(webtest.Keys.Escape + webtest.Keys.F8)
			tab.Until(`document.getElementById('desk-said').textContent.includes('Rückgängig')`)
			d.read(d.get(d.path))
			d.post(d.path+"/close", nil)
		})
	}
	d := w.clerkAt(w.deskClerk("start"), school.DeskFree, "")
	for _, path := range []string{"/desk", d.path} {
		for _, width := range []int{1280, 390} {
			tab := d.open(t, path, webtest.Options{Width: width})
			tab.Axe()
			tab.Fits()
			picture(tab, fmt.Sprintf("desk-start-%d-%d", width, len(path)))
		}
	}
}

// TestLEND03_ANetworkCutInABatchLosesAndDoublesNothing: every other answer is lost on the way after the server has booked, and
// then the network is away for a while. Each device is booked once, in its order, and the page says what is going on.
func TestLEND03_ANetworkCutInABatchLosesAndDoublesNothing(t *testing.T) {
	w := newDeskWorld(t, 6)
	inner := w.server.Config.Handler
	var posts atomic.Int64
	var cut atomic.Bool
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if cut.Load() {
			panic(http.ErrAbortHandler)
		}
		if strings.HasSuffix(r.URL.Path, "/pack") { // a desk that has nothing to go on with
			http.NotFound(rw, r)
			return
		}
		if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/desk/") && posts.Add(1)%2 == 1 {
			inner.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		inner.ServeHTTP(rw, r)
	})
	w.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	login := w.deskClerk("pult")
	d := w.as(login)
	id, err := w.st.OpenDesk(t.Context(), w.actorOf(login), school.DeskSession{School: w.Nord, Mode: school.DeskClass, Class: w.Class})
	tab := d.open(t, deskAddress(ok(t, id, err)), webtest.Options{Expected: []string{"ERR_EMPTY_RESPONSE", "ERR_CONNECTION", "status of 404"}})
	booked := func(i int) {
		t.Helper()
		tab.Until(fmt.Sprintf(`document.querySelector('.desk-text')?.textContent.includes(%q) && document.querySelector('.desk-count').textContent.includes('%d von 6')`, "OK "+w.Numbers[i], i+1))
	}
	tab.Press(w.Numbers[0] + webtest.Keys.Enter + w.Numbers[1] + webtest.Keys.Enter)
	booked(1)
	cut.Store(true)
	tab.Press(w.Numbers[2] + webtest.Keys.Enter)
	tab.Until(`document.getElementById('desk-line').textContent.startsWith('Keine Verbindung seit') && document.getElementById('desk-said').textContent.startsWith('Keine Verbindung seit')`)
	tab.Axe()
	picture(tab, "desk-lost")
	tab.Press(w.Numbers[5] + webtest.Keys.Enter) // not taken: nobody could say what it means
	cut.Store(false)
	booked(2)
	tab.Until(`document.getElementById('desk-line').textContent === 'online'`)
	tab.Press(w.Numbers[3] + webtest.Keys.Enter)
	booked(3)
	page, err := w.st.Contracts(t.Context(), w.by, store.ContractFilter{Class: w.Class, View: store.OutContracts, Limit: 100})
	if n := len(ok(t, page, err).Rows); n != 4 {
		t.Errorf("%d contracts are out", n)
	}
}

// actorOf is somebody as the store sees them signed in.
func (w *world) actorOf(login string) school.Actor {
	w.t.Helper()
	by, _, err := w.st.SessionActor(w.t.Context(), w.as(login).Secret)
	return ok(w.t, by, err)
}
