package ui

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"ranzen/enroll"
	"ranzen/store/school"
)

// land plays the server of a Land: it knows one client and tells what a test gives it.
type land struct {
	*httptest.Server
	mu     sync.Mutex
	people []string // "pid given family class", of pupils
	status int      // of the next answers; 0: as usual
	asked  int
}

func newLand(t *testing.T) *land {
	l := &land{}
	l.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		switch {
		case r.URL.Path == "/token":
			if id, secret, ok := r.BasicAuth(); !ok || id != "musterstadt" || secret != "geheim" {
				http.Error(w, "no", http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, `{"access_token":"t","token_type":"Bearer","expires_in":300}`)
		case l.status != 0:
			w.WriteHeader(l.status)
		case r.URL.Path != "/v1/personen-info" || r.Header.Get("Authorization") != "Bearer t":
			http.NotFound(w, r)
		default:
			l.asked++
			json.NewEncoder(w).Encode(l.told())
		}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *land) told() any {
	all := []any{}
	for _, p := range l.people {
		f := strings.Fields(p)
		all = append(all, map[string]any{"pid": f[0], "person": map[string]any{"name": map[string]any{"vorname": f[1], "familienname": f[2]}},
			"personenkontexte": []any{map[string]any{"organisation": map[string]any{"id": "o1", "kennung": "999", "name": "Gymnasium Nord", "typ": "Schule"}, "rolle": "Lern", "personenstatus": "Aktiv",
				"gruppen": []any{map[string]any{"gruppe": map[string]any{"id": "g" + f[3], "bezeichnung": f[3], "typ": "Klasse"}, "gruppenzugehoerigkeit": map[string]any{"rollen": []string{"Lern"}}}}}}})
	}
	return all
}

func (l *land) tells(people ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.people = people
}

// withLand is a world whose Enroll may call the server.
func withLand(t *testing.T, l *land) *world {
	pool := x509.NewCertPool()
	pool.AddCert(l.Certificate())
	return newWorld(t, func(c *Config) {
		c.Enroll = enroll.New(enroll.Config{Store: c.Store, BaseURL: "https://mdm.musterstadt.example", Trust: pool, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	})
}

func (l *land) form(w *world) url.Values {
	return url.Values{"name": {"Landesdienst"}, "school": {string(w.Nord)}, "base": {l.URL + "/v1"}, "token": {l.URL + "/token"}, "client_id": {"musterstadt"}, "client_secret": {"geheim"}, "nightly": {"1"}, "take": {"1"}}
}

// A server is entered, tried, asked; what needs nobody is taken over by itself, what does waits for somebody.
func TestMUC07_AServerIsAskedForItsPeople(t *testing.T) {
	l := newLand(t)
	l.tells("p1 Ida Server 9a", "p2 Ole Server 9a", "p3 Ute Server 9b")
	w := withLand(t, l)
	c := w.as(w.Admin)
	ctx := context.Background()
	ask := func() {
		t.Helper()
		if err := w.ui.Enroll.AskRosterServers(ctx); err != nil {
			t.Fatal(err)
		}
	}
	c.get("/rosters/sources").says(t, http.StatusOK, "Schulconnex-Server anbinden")
	c.get("/rosters/sources/new").says(t, http.StatusOK, "Adresse der Schnittstelle", "Jede Nacht holen", "Von selbst übernehmen")
	wrong := l.form(w)
	wrong.Set("client_secret", "falsch")
	refused := c.post("/rosters/sources/new", wrong)
	refused.says(t, http.StatusUnprocessableEntity, "Der Server nimmt Client-ID und Client-Secret nicht an.", "Trotzdem speichern")
	refused.hides(t, "falsch")
	if !strings.Contains(refused.Body, l.URL+"/v1") {
		t.Error("what was typed is gone")
	}
	wrong = l.form(w)
	wrong.Set("base", "http://land.example/v1")
	c.post("/rosters/sources/new", wrong).says(t, http.StatusUnprocessableEntity, "Eine vollständige Adresse, die mit https:// beginnt.")
	here := c.post("/rosters/sources/new", l.form(w)).Location
	if l.asked != 1 {
		t.Errorf("looked at %d times", l.asked)
	}
	page := c.get(here)
	page.says(t, http.StatusOK, "Landesdienst", "wird gerade gefragt", "hinterlegt")
	page.hides(t, "geheim")
	if !strings.Contains(page.Body, "every 2s") {
		t.Error("the page does not move")
	}
	ask()
	c.get(here).says(t, http.StatusOK, "in Ordnung", "Letzte Liste", "Nächstes Mal")
	c.get("/people?q=Server").says(t, http.StatusOK, "Server, Ida", "Server, Ole", "9b")
	c.get("/rosters").says(t, http.StatusOK, "Landesdienst", "übernommen")
	c.get("/audit").says(t, http.StatusOK, "Personenliste übernommen")
	c.post(here+"/check", nil).says(t, http.StatusOK, "Der Server antwortet.")

	// Nothing new makes no run; two of three who leave are a guard's business.
	runs := func() int { return strings.Count(c.get("/rosters").Body, `href="/rosters/0`) }
	before := runs()
	c.post(here+"/fetch", nil)
	ask()
	if n := runs(); n != before+1 { // asked by hand everything is asked for, and is the same
		t.Errorf("%d runs, then %d", before, n)
	}
	l.tells("p1 Ida Server 9a")
	c.post(here+"/fetch", nil)
	ask()
	c.get("/people?q=Server").says(t, http.StatusOK, "Server, Ole", "Server, Ute")
	c.get("/").says(t, http.StatusOK, "Eine Personenliste vom Schulconnex-Server wartet auf Sie.")
	run := regexp.MustCompile(`href="(/rosters/0[^"/]+)"`).FindStringSubmatch(c.get(here).Body)[1]
	c.get(run).says(t, http.StatusOK, "Zahl 2")
	waits := run
	l.tells("p1 Ida Server 9a", "p2 Ole Server 9a", "p3 Ute Server 9b", "p4 Neu Server 9b")
	c.post(here+"/fetch", nil)
	ask()
	c.get(waits).says(t, http.StatusOK, "verworfen")
	c.get("/people?q=Server").says(t, http.StatusOK, "Server, Neu")
	c.get("/").hides(t, "wartet auf Sie")

	// A server that fails says why, and holds nothing up.
	l.status = http.StatusForbidden
	c.post(here+"/check", nil).says(t, http.StatusOK, "Der Server gibt die Liste für diesen Zugang nicht frei.")
	c.post(here+"/fetch", nil)
	ask()
	c.get(here).says(t, http.StatusOK, "antwortet nicht wie erwartet", "gibt die Liste für diesen Zugang nicht frei")
	l.status = 0
	l.tells()
	c.post(here+"/fetch", nil)
	ask()
	c.get(here).says(t, http.StatusOK, "Die Liste ist leer. Übernommen wurde nichts.")
	c.get("/people?q=Server").says(t, http.StatusOK, "Server, Ida")

	// Another host does not get the secret.
	elsewhere := l.form(w)
	elsewhere.Set("base", "https://anderswo.example/v1")
	elsewhere.Del("client_secret")
	c.post(here+"/server", elsewhere).says(t, http.StatusUnprocessableEntity, "Für einen anderen Server geben Sie das Secret neu ein.")
	id := school.RosterSourceID(here[strings.LastIndex(here, "/")+1:])
	c.bring("x.csv", pupilsList, url.Values{"source": {string(id)}, "school": {string(w.Nord)}}).says(t, http.StatusUnprocessableEntity, "wird von einem Server geholt")
	for _, login := range []string{w.Auditor, w.Operator} {
		w.as(login).get(here).says(t, http.StatusNotFound)
		w.as(login).post(here+"/fetch", nil).says(t, http.StatusNotFound)
	}
	c.post(here+"/archive", nil)
	c.get(here).says(t, http.StatusNotFound)
	if due, err := w.st.RosterServersDue(ctx); due || err != nil {
		t.Errorf("an ended source is asked: %v", err)
	}
}

// A server in the town's own net is not asked unless the operator says so.
func TestAServerInsideIsNotAsked(t *testing.T) {
	l := newLand(t)
	pool := x509.NewCertPool()
	pool.AddCert(l.Certificate())
	w := newWorld(t, func(c *Config) {
		c.Enroll = enroll.New(enroll.Config{Store: c.Store, BaseURL: "https://mdm.musterstadt.example", Trust: pool})
	})
	c := w.as(w.Admin)
	c.post("/rosters/sources/new", l.form(w)).says(t, http.StatusUnprocessableEntity, "Die Adresse liegt in einem internen Netz.")
	form := l.form(w)
	form.Set("anyway", "1")
	here := c.post("/rosters/sources/new", form).Location
	if err := w.ui.Enroll.AskRosterServers(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.get(here).says(t, http.StatusOK, "Die Adresse liegt in einem internen Netz.")
	if l.asked > 0 {
		t.Error("it was asked all the same")
	}
}

// What leaves for Apple comes back as the same people, and a class that would be lost there wants its number.
func TestFX19_TheSetForAppleFromThePage(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	empty, err := w.st.CreateClass(context.Background(), w.by, school.Class{School: w.Nord, Name: "9z"})
	if err != nil {
		t.Fatal(err)
	}
	c.get("/rosters").says(t, http.StatusOK, "Für Apple School Manager")
	plan := c.get("/rosters/asm")
	plan.says(t, http.StatusOK, "Dateien für Apple School Manager", "ZIP-Datei mit")
	c.get("/rosters/asm?mail=1").says(t, http.StatusOK, "So nimmt Apple den Satz nicht an.", "Pflichtangabe fehlt")
	made := c.post("/rosters/asm", url.Values{"password": {"4"}})
	if made.Status != http.StatusOK || !strings.HasPrefix(made.Body, "PK") {
		t.Fatalf("%d %.60q", made.Status, made.Body)
	}
	c.get("/audit").says(t, http.StatusOK, "Dateien für Apple School Manager erstellt")
	c.get("/rosters/asm").says(t, http.StatusOK, "Letzter Satz")
	run := c.bring("satz.zip", made.Body, url.Values{"source": {"new"}, "name": {"ASM"}}).Location
	c.get(run).says(t, http.StatusOK, "Apple School Manager")
	c.post(run+"/read", url.Values{"format": {"asm"}, "plan": {"1"}})
	after, err := w.st.RosterRuns(context.Background(), w.by, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range after.Rows[0].Parts {
		for does, n := range p.Counts {
			switch does {
			case school.RosterLinked, school.RosterKept, school.RosterUnclassed, school.RosterByHand, school.RosterMixed, school.RosterSmall, school.RosterElsewhere:
			default:
				t.Errorf("%s: %d %s", p.SchoolName, n, does)
			}
		}
	}
	if _, err := w.st.ArchiveClass(context.Background(), w.by, empty); err != nil {
		t.Fatal(err)
	}
	c.get("/rosters/asm").says(t, http.StatusOK, "1 Klasse oder Kurs fehlt gegenüber dem letzten Satz.", "9z")
	c.post("/rosters/asm", nil).says(t, http.StatusUnprocessableEntity, "Das fehlt")
	if again := c.post("/rosters/asm", url.Values{"typed": {"1"}}); !strings.HasPrefix(again.Body, "PK") {
		t.Errorf("confirmed: %d %.80q", again.Status, again.Body)
	}
	for _, login := range []string{w.Clerk, w.Auditor, w.Operator} {
		w.as(login).get("/rosters/asm").says(t, http.StatusNotFound)
		w.as(login).post("/rosters/asm", nil).says(t, http.StatusNotFound)
	}
}
