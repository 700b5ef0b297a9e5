package ui

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// do runs JavaScript and waits for it.
func (a *awayTab) do(script string) {
	a.cable.t.Helper()
	var begun bool
	a.Eval(`(delete window.did, (async () => { `+script+`; window.did = true; })(), true)`, &begun)
	a.Until(`window.did`)
}

// TestLEND03_TroubleAtADeskWithoutANetwork: a browser that cannot write a scan down says so and goes on; what is being sent is not
// undone; what is scanned while the desk comes back is booked; and where what it took along is gone, it does not stay with one pupil.
func TestLEND03_TroubleAtADeskWithoutANetwork(t *testing.T) {
	w := newDeskWorld(t, 6)
	inner := w.server.Config.Handler
	dropped, on := make(chan bool, 1), make(chan bool)
	var once sync.Once
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Query().Get("part") != "desk" || r.ParseForm() != nil || r.PostForm.Get("do") != "drop" {
			inner.ServeHTTP(rw, r)
			return
		}
		inner.ServeHTTP(rw, r)
		once.Do(func() { // the answer takes its time
			dropped <- true
			<-on
		})
	})
	a := w.leaving(w.deskClerk("pult"), school.DeskClass, webtest.Options{})
	a.cable.cut()
	a.scan(w.Numbers[0])
	a.says("OK " + w.Numbers[0] + " an Achtel-01")

	a.do(`window.keep = deskKept.keep; deskKept.keep = () => Promise.reject(new Error('disk full'))`)
	a.scan(w.Numbers[1])
	a.says("Das ließ sich auf diesem Gerät nicht sichern.")
	a.do(`deskKept.keep = window.keep`)
	a.scan(w.Numbers[1])
	a.says("OK " + w.Numbers[1] + " an Achtel-02")

	a.do(`const rows = await deskKept.waiting(); await deskKept.put([{ ...rows[1], tried: true }])`) // as another window does that sends
	a.Press(webtest.Keys.F8)
	a.says("nur zurücknehmen, was noch nicht gesendet wurde")
	a.says("2 Buchungen warten")

	a.do(`window.was = (await deskKept.pack('')).id`)
	a.cable.mend()
	<-dropped
	a.scan(w.Numbers[2])
	on <- true
	a.says("OK " + w.Numbers[2] + " an Achtel-03")
	a.Until(`(deskKept.pack('').then((pack) => { window.is = pack.id; }), window.is && window.is !== window.was)`) // it knows what was brought

	a.cable.cut()
	a.scan(w.Numbers[3])
	a.says("OK " + w.Numbers[3] + " an Achtel-04")
	a.do(`await deskKept.forget()`) // somebody signed out elsewhere
	a.scan(w.Numbers[4])
	a.says("OK " + w.Numbers[4] + " an Achtel-05")
	a.Until(`document.querySelector('.desk-now .desk-name').textContent.includes('Achtel-06')`)
	a.scan(w.Numbers[5])
	a.says("nichts für den Betrieb ohne Netz gespeichert")
}

// TestLEND03_ADeskThatWasClosedMeanwhile brings what it scanned, and then says that it is closed.
func TestLEND03_ADeskThatWasClosedMeanwhile(t *testing.T) {
	w := newDeskWorld(t, 3)
	login := w.deskClerk("pult")
	a := w.leaving(login, school.DeskClass, webtest.Options{Expected: []string{"404"}})
	a.cable.cut()
	a.scan(w.Numbers[0])
	a.says("OK " + w.Numbers[0])
	ok(t, 0, w.st.CloseDesk(t.Context(), w.actorOf(login), school.DeskID(strings.TrimPrefix(a.path, deskPath+"/"))))
	a.cable.mend()
	a.Until(`!document.querySelector('[data-desk]')`)
	w.booked(t, 1)
}

// TestLEND03_WithoutAWorker: a worker that cannot be installed keeps nobody from taking along what the desk needs. The questions
// are no desk, and the page a browser keeps shows nothing of who is signed in.
func TestLEND03_WithoutAWorker(t *testing.T) {
	w := newDeskWorld(t, 2)
	_, err := w.st.ChangeLook(t.Context(), w.by, school.Look{Colour: "#1a4f8b", Portals: []string{"https://portal.musterstadt.example"}})
	ok(t, 0, err)
	shell := w.as(w.Admin).get(awayPath)
	shell.hides(t, huePath, logoPath)
	if csp := shell.Header.Get("Content-Security-Policy"); csp != web.ContentPolicy {
		t.Errorf("framed: %s", csp)
	}
	inner := w.server.Config.Handler
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == awayPath {
			http.Error(rw, "no", http.StatusInternalServerError)
			return
		}
		inner.ServeHTTP(rw, r)
	})
	id, err := w.st.OpenDesk(t.Context(), w.actorOf(w.Admin), school.DeskSession{School: w.Nord, Mode: school.DeskFree})
	tab := webtest.Open(t, w.server.URL+deskAddress(ok(t, id, err)), webtest.Options{Cookies: map[string]string{"ranzen": w.as(w.Admin).Secret}, Expected: []string{"500", "Failed to"}})
	tab.Until(`'packed' in document.querySelector('[data-desk]').dataset`)
}

// TestLEND03_RefusedScansAreSeenAndDiscarded: what was changed after it was scanned is sent once; it lies there to be seen until
// somebody says that it may go. What another person scanned in this browser waits for that person.
func TestLEND03_RefusedScansAreSeenAndDiscarded(t *testing.T) {
	w := newDeskWorld(t, 3)
	a := w.leaving(w.deskClerk("pult"), school.DeskBack, webtest.Options{})
	a.cable.cut()
	for range 2 {
		a.scan(w.Numbers[0]) // nobody has it
		a.says("steht nicht auf der mitgenommenen Liste")
		a.scan("")
		a.says("notiert")
	}
	a.do(`const [row, other] = await deskKept.waiting(); await deskKept.put([{ ...row, text: row.text.replace('return', 'issue') }, { ...other, actor: 'somebody' }])`)
	a.cable.mend()
	a.says("Nicht angenommen: Der Scan wurde nach dem Scannen verändert.")
	refused := func() int {
		all, err := w.st.Audit(t.Context(), w.by, store.AuditFilter{Event: "offline.refused", Limit: 10})
		return len(ok(t, all, err))
	}
	if n := refused(); n != 1 {
		t.Errorf("refused %d times", n)
	}
	a.Goto(a.cable.url() + a.path)
	a.ready()
	a.says("Nicht angenommen: Der Scan wurde nach dem Scannen verändert.")
	if n := refused(); n != 1 {
		t.Errorf("sent again: refused %d times", n)
	}
	a.Click("#desk-report button")
	a.Wait("#desk-refused[open]")
	a.Axe()
	a.Fits()
	picture(a.Tab, "offline-refused")
	a.Until(fmt.Sprintf(`document.querySelector('#desk-refused li').textContent.startsWith('%s · Ausgabe · ')`, w.Numbers[0]))
	a.Click("#desk-refused [value=drop]")
	a.Until(`document.getElementById('desk-report').hidden && document.activeElement.id === 'scan'`)
	a.do(`window.left = (await deskKept.waiting()).map((row) => row.actor).join()`)
	a.Until(`window.left === 'somebody'`)
	// Who signs out is not asked about it; nor where the browser cannot tell any more.
	a.do(`deskKept.waiting = () => Promise.reject(new Error('broken'))`)
	a.Click(".menu summary")
	a.Click(`form[action="/sign-out"] button`)
	a.Until(`location.pathname === '/sign-in'`)
}
