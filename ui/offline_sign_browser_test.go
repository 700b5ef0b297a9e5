package ui

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/static"
	"ranzen/ui/web/webtest"
)

// TestLEND03_PartsAreNotedWithoutANetwork: digits note what of a set is missing or damaged; the record shows it afterwards.
func TestLEND03_PartsAreNotedWithoutANetwork(t *testing.T) {
	w := newDeskWorld(t, 3)
	for i, x := range w.Assets {
		_, _, err := w.st.HandOut(t.Context(), w.by, store.Handover{Person: w.Eighth[i], Asset: x})
		ok(t, 0, err)
	}
	a := w.leaving(w.deskClerk("pult"), school.DeskBack, webtest.Options{Width: 390, Height: 844, Dark: true})
	a.cable.cut()
	a.scan(w.Numbers[0])
	a.says("Enter nimmt zurück, so wie unten angegeben.")
	a.says("Set vollständig")
	a.Press("2")
	a.says("Netzteil: fehlt")
	a.Press("4")
	a.says("Stift: fehlt")
	a.Press("4")
	a.says("Stift: beschädigt")
	a.says("Nicht in Ordnung: 2")
	a.Axe()
	a.Fits()
	picture(a.Tab, "offline-parts-390-dark")
	a.Press("7")
	a.says("Die Taste 7 hat ohne Verbindung keine Bedeutung")
	a.scan("")
	a.says("OK " + w.Numbers[0] + " zurückgenommen, das Set wie angegeben.")
	a.scan(w.Numbers[1])
	a.Press(webtest.Keys.F9)
	a.scan("")
	a.says("OK " + w.Numbers[1] + " zurückgenommen, das Set wie angegeben.")
	a.cable.mend()
	a.says("Wieder verbunden: 2 Buchungen nachgetragen.")
	var states []school.PartState
	c, err := w.st.ContractByID(t.Context(), w.by, w.Contract[0])
	for _, p := range ok(t, c, err).Parts {
		states = append(states, p.State)
	}
	if c.State != school.ContractOpen || !slices.Equal(states, []school.PartState{school.PartReturned, school.PartReturned, school.PartMissing, school.PartReturned, school.PartDamaged}) {
		t.Errorf("%s %v", c.State, states)
	}
	if c, err = w.st.ContractByID(t.Context(), w.by, w.Contract[1]); err != nil || c.State != school.ContractClosed {
		t.Errorf("%s %v", c.State, err)
	}
}

// TestLEND03_SignaturesAreTakenWithoutANetwork: somebody who may see contracts has one signed on the screen, another on paper; nothing of
// it can be read in the browser, and when the network is back the contracts are signed and the paper is kept.
func TestLEND03_SignaturesAreTakenWithoutANetwork(t *testing.T) {
	w := newDeskWorld(t, 3)
	ctx := t.Context()
	admin := w.as(w.Admin)
	if a := admin.post(classPapersAddress(w.Class), nil); a.Status != http.StatusSeeOther { // another paper is another signature
		t.Fatalf("%d %s", a.Status, a.read())
	}
	a := w.leaving(w.Admin, school.DeskClass, webtest.Options{Width: 1024, Height: 768})
	a.cable.cut()
	a.scan(w.Numbers[0])
	a.says("Jetzt unterschreiben (F6)")
	a.Press(webtest.Keys.F6)
	a.says("verbindlich unterschreiben")
	a.Until(`document.activeElement.id === 'sign-name-0'`)
	a.Eval(`document.querySelector('.desk-sign details').open = true`, new(bool))
	a.Axe()
	a.Fits()
	picture(a.Tab, "offline-sign-1024")
	a.Resize(390, 844)
	a.Fits()
	picture(a.Tab, "offline-sign-390")
	a.Resize(512, 384)
	a.Fits()
	a.Eval(`document.getElementById('sign-name-0').value = ''`, new(string))
	a.Press(webtest.Keys.Enter)
	a.Until(`document.querySelector('[data-desk]').dataset.sounded === 'attention' && document.activeElement.id === 'sign-name-0'`)
	a.Eval(`(() => {
		const c = document.querySelector('.desk-sign canvas'), r = c.getBoundingClientRect();
		for (const [type, x, y] of [['pointerdown', 20, 20], ['pointermove', 90, 60], ['pointermove', 160, 20], ['pointerup', 160, 20]])
			c.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: r.left + x, clientY: r.top + y, bubbles: true, cancelable: true }));
		return true; })()`, new(bool))
	a.Press("Konrad Achtel" + webtest.Keys.Enter)
	a.says("OK " + w.Numbers[0] + " an Achtel-01") // it lay there and waited for this
	a.Press(webtest.Keys.F6)
	a.says("verbindlich unterschreiben")
	a.Press(webtest.Keys.F6)
	a.says("Unterschrift gesichert")
	a.scan(w.Numbers[1])
	a.says("OK " + w.Numbers[1])
	a.Eval(`(deskKept.waiting().then((rows) => { window.rows = JSON.stringify(rows); }), true)`, new(bool))
	a.Until(`window.rows`)
	var rows string
	if a.Eval(`window.rows`, &rows); strings.Contains(rows, "Konrad") || !strings.Contains(rows, "locked") || strings.Count(rows, `\"act\":\"sign\"`) != 2 {
		t.Errorf("what waits: %.2000s", rows)
	}
	a.Goto(a.cable.url() + a.path) // a reload loses nothing
	a.says("4 Buchungen warten auf die Verbindung")
	a.cable.mend()
	a.says("Wieder verbunden: 4 Buchungen nachgetragen.")
	for i, how := range []school.SignedHow{school.ByPad, school.ByPaper} {
		c, err := w.st.ContractByID(ctx, w.by, w.Contract[i])
		if ok(t, c, err); c.SignedHow != how || c.State != school.ContractIssued || c.Signed.IsZero() {
			t.Errorf("%d: %s %q", i, c.State, c.SignedHow)
		}
	}
	all, err := w.st.DocumentsOf(ctx, w.by, w.Contract[0])
	d, err2 := w.st.DocumentByID(ctx, w.by, ok(t, all, err)[0].ID)
	if ok(t, d, err2); d.SignedHow != school.ByPad || !strings.HasPrefix(string(d.File), "%PDF") {
		t.Errorf("the paper: %q %.20q", d.SignedHow, d.File)
	}
	if n, err := w.st.OfflineOpen(ctx, w.by); n != 0 || err != nil {
		t.Errorf("%d questions, %v", n, err)
	}
}

// TestLEND03_ANewVersionTakesOverWhileBookingsWait: a release comes while a desk has bookings that are not sent; the old page goes on,
// the next load has the new worker, and nothing is lost.
func TestLEND03_ANewVersionTakesOverWhileBookingsWait(t *testing.T) {
	w := newDeskWorld(t, 4)
	inner := w.server.Config.Handler
	var released, deaf atomic.Bool
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == workerPath && released.Load():
			old := httptest.NewRecorder()
			inner.ServeHTTP(old, r)
			for name, values := range old.Header() {
				if name != "Content-Length" {
					rw.Header()[name] = values
				}
			}
			rw.Write([]byte(strings.Replace(old.Body.String(), "'"+static.Version()+"'", "'next'", 1)))
		case r.URL.Path == mergePath && deaf.Load():
			http.Error(rw, "", http.StatusServiceUnavailable)
		default:
			inner.ServeHTTP(rw, r)
		}
	})
	a := w.leaving(w.deskClerk("pult"), school.DeskClass, webtest.Options{Expected: []string{"status of 503"}})
	caches := func(name string) {
		t.Helper()
		a.Eval(`(async () => { for (;;) { window.cached = (await caches.keys()).join(' '); await new Promise((done) => setTimeout(done, 20)); } })(), true`, new(bool))
		a.Until(`window.cached === 'ranzen-desk-` + name + `'`)
	}
	caches(static.Version())
	a.cable.cut()
	a.scan(w.Numbers[0])
	a.says("OK " + w.Numbers[0])
	deaf.Store(true)
	released.Store(true)
	a.cable.mend()
	a.scan(w.Numbers[1]) // the old page, which the server does not hear yet
	a.says("2 Ausgaben sind auf diesem Gerät gesichert")
	a.Goto(a.cable.url() + a.path)
	a.Until(`document.querySelector('[data-desk]').dataset.hired === ''`)
	caches("next")
	a.cable.cut()
	a.Goto(a.cable.url() + a.path) // the page of the new version, from what its worker keeps
	a.says("2 Buchungen warten auf die Verbindung")
	a.scan(w.Numbers[2])
	a.says("OK " + w.Numbers[2])
	deaf.Store(false)
	a.cable.mend()
	a.says("Wieder verbunden: 3 Buchungen nachgetragen.")
	caches("next")
	w.booked(t, 3)
}
