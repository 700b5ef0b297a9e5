package main

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// promises reads the table of SECURITY.md: promise, then one or more `Test` in `folder`.
func promises(t *testing.T) (rows [][2]string) {
	t.Helper()
	_, text, found := strings.Cut(paper(t, "SECURITY.md"), "## What holds")
	text, _, ended := strings.Cut(text, "\n## ")
	if !found || !ended {
		t.Fatal("SECURITY.md has no section «What holds»")
	}
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 2 {
			t.Errorf("not two cells: %s", line)
			continue
		}
		if cells[0] != "Promise" && !strings.HasPrefix(cells[0], "-") {
			rows = append(rows, [2]string{cells[0], cells[1]})
		}
	}
	return rows
}

var attacker = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]*)` in `([a-z/]+)`")

func TestEveryPromiseHasItsAttacker(t *testing.T) {
	there := map[string]bool{} // folder and name of every test of the house
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			if err == nil && d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
				return filepath.SkipDir
			}
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, _ := filepath.Rel(root, filepath.Dir(path))
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && len(fn.Type.Params.List) == 1 {
				there[filepath.ToSlash(folder)+" "+fn.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := promises(t)
	if len(rows) < 40 || len(there) < 300 {
		t.Fatalf("%d promises and %d tests: the test looks in the wrong place", len(rows), len(there))
	}
	said := map[string]bool{}
	for _, row := range rows {
		if said[row[0]] {
			t.Errorf("promised twice: %s", row[0])
		}
		said[row[0]] = true
		named := attacker.FindAllStringSubmatch(row[1], -1)
		if len(named) == 0 || len(named) != strings.Count(row[1], "` in `") {
			t.Errorf("nobody attacks «%s», or the table is not written as `Test` in `folder`: %s", row[0], row[1])
		}
		for _, n := range named {
			if !there[n[2]+" "+n[1]] {
				t.Errorf("«%s»: there is no %s in %s", row[0], n[1], n[2])
			}
		}
	}
}

// exits are the files that may speak to others than those who called. Each is an address somebody must have decided on.
var exits = map[string]string{
	"enroll/outgoing.go":                       "the one client for addresses people type",
	"enroll/asm/asm.go":                        "Apple School Manager",
	"enroll/asm/lookup.go":                     "Apple's public list of versions of iPadOS",
	"enroll/unlock.go":                         "Apple's service that takes Activation Locks off, under the push certificate",
	"enroll/asm/content.go":                    "Apps and Books",
	"enroll/roster/schulconnex/schulconnex.go": "a Land's Schulconnex server, by the client it is given: that of outgoing.go",
	"store/line.go":                            "the database, as the driver's dialer",
	"mdm/control/push.go":                      "Apple's push service",
	"cmd/ranzen/mail.go":                       "the operator's mail server",
	"cmd/ranzen/watch.go":                      "our own address, for the certificate people see there",
	"cmd/ranzen/acme.go":                       "the issuer of certificates, when the operator says --acme",
}

func TestNobodyElseCallsOut(t *testing.T) {
	calls := map[string]bool{"http.Client": true, "http.Get": true, "http.Head": true, "http.Post": true, "http.PostForm": true, "http.DefaultClient": true,
		"http.DefaultTransport": true, "http.Transport": true, "net.Dial": true, "net.DialTimeout": true, "net.Dialer": true, "tls.Dial": true, "tls.Dialer": true,
		"smtp.Dial": true, "smtp.SendMail": true, "smtp.NewClient": true, "httputil.ReverseProxy": true}
	used := map[string]bool{}
	for _, s := range sources(t) {
		if strings.HasPrefix(s.pkg, "mdm/sim") || strings.HasPrefix(s.pkg, "cmd/ranzen/bench") || strings.HasPrefix(s.pkg, "ui/web/webtest") || strings.HasSuffix(s.pkg, "/gen") {
			continue // the played Apple, the measuring and the tests' browser are no part of a real server
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			switch name := ""; {
			case !ok:
			case sel.Sel.Name == "InsecureSkipVerify":
				t.Errorf("%s trusts anybody", s.set.Position(sel.Pos()))
			default:
				if name = x.Name + "." + sel.Sel.Name; !calls[name] {
					break
				}
				if used[s.path] = true; exits[s.path] == "" {
					t.Errorf("%s: %s: this file is no exit", s.set.Position(sel.Pos()), name)
				}
			}
			return true
		})
		ast.Inspect(s.file, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if k, ok := kv.Key.(*ast.Ident); ok && k.Name == "InsecureSkipVerify" {
					t.Errorf("%s trusts anybody", s.set.Position(kv.Pos()))
				}
			}
			return true
		})
	}
	for path := range exits {
		if !used[path] {
			t.Errorf("%s is no exit any more", path)
		}
	}
}

// The two answers that unenrol a device are said in no file.
func TestNothingSaysUnrecognizedDevice(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.pkg, "mdm/sim") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.Contains(lit.Value, "unrecognized.device") {
				t.Errorf("%s would send a device away", s.set.Position(lit.Pos()))
			}
			return true
		})
	}
}

func TestNoDeviceIsSentAway(t *testing.T) {
	w := begin(t, "sqlite", 1, 20, sim.Calm())
	h := w.d.s.Handler()
	for _, path := range []string{"/mdm", "/mdm/", "/mdm/checkin", "/mdm/declared/x/y", "/mdm/declared/x", "/enroll/x", "/enroll/", "/enroll/code", "/scep/x", "/scep/" + string(w.by.Tenant), "/e/x/profile"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} {
			for _, body := range []string{"", "hello", `<plist version="1.0"><dict><key>MessageType</key><string>Authenticate</string></dict></plist>`} {
				for _, signature := range []string{"", "AAAA", "%%"} {
					r := httptest.NewRequest(method, "https://mdm.musterstadt.example"+path, strings.NewReader(body))
					r.TLS = nil
					r.Header.Set("Mdm-Signature", signature)
					r.Header.Set("Authorization", "Bearer nonsense")
					rec := httptest.NewRecorder()
					h.ServeHTTP(rec, r)
					switch s := rec.Code; {
					case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusOK && path == "/mdm":
						t.Errorf("%s %s answers %d", method, path, s)
					case strings.Contains(rec.Body.String(), "com.apple."):
						t.Errorf("%s %s says %.80q", method, path, rec.Body)
					}
				}
			}
		}
	}
}

// ear is a log somebody reads while it is written.
type ear struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (e *ear) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.b.Write(b)
}

func (e *ear) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.b.String()
}

// A whole district lives, in weather in which everything goes wrong, people do what they do and strangers what they do:
// the log, at its most talkative, names no iPad, no person and no secret. Nor do the metrics.
func TestTheLogOfADistrictNamesNobody(t *testing.T) {
	var log ear
	weather := sim.Hostile()
	weather.DEPAssignThrottled = 0
	w := beginHeard(t, "sqlite", 12, 60, weather, "debug", &log)
	ctx := context.Background()
	st := w.d.s.Store
	server := httptest.NewServer(w.d.s.Handler())
	t.Cleanup(server.Close)
	s := &site{w, server.URL}
	w.until("the iPads are enrolled", func() bool { return w.counts().Enrolled >= 11 })

	secrets := map[string]string{"the demo's password": w.d.state.Password}
	ask := func(method, path, body string, headers ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
		w.must(err)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		answer, err := http.DefaultClient.Do(r)
		w.must(err)
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		return answer
	}
	// People sign in, rightly and wrongly, and look at things.
	visitor := s.walker(demoLogin, w.d.state.Password)
	page, err := st.Persons(ctx, w.by, store.PersonFilter{Limit: 200})
	w.must(err)
	person := page.Rows[0]
	for _, path := range []string{"/", "/devices?q=" + url.QueryEscape(person.Family), "/people?q=" + url.QueryEscape(person.Family), "/people/" + string(person.ID), "/audit", "/nothing/" + url.PathEscape(person.Family)} {
		visitor.get(path)
	}
	for n := range 7 {
		ask("POST", "/sign-in", url.Values{"login": {"niemand@geheim.example"}, "password": {fmt.Sprint("Falsch-", n)}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	secrets["a login that is none"], secrets["a wrong password"] = "niemand@geheim", "Falsch-"
	// Programs.
	_, err = st.GiveOrder(ctx, w.by, school.Refresh, []school.DeviceID{w.firstDevice()})
	w.must(err)
	ask("GET", "/api/v1/devices?q="+url.QueryEscape(person.Family), "", "Authorization", "Bearer rz_Stachelbeere")
	secrets["an API token that is none"] = "Stachelbeere"
	// Codes, links, challenges and messages, good and bad.
	nord := w.school(demoSchool)
	for _, use := range []string{"link", "typed", "page"} {
		_, link, typed, err := st.CreateCode(ctx, w.by, store.Code{School: nord, Left: 1})
		w.must(err)
		secrets["the link of a code, "+use], secrets["a code to type, "+use] = link, typed
		switch use {
		case "link":
			ask("GET", "/e/"+link+"/profile", "")
			ask("GET", "/e/"+link+"/profile", "")
		case "typed":
			ask("POST", "/enroll/code", url.Values{"code": {typed}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		case "page":
			ask("GET", "/e/"+link, "")
		}
	}
	secret, err := st.NewChallenge(ctx, store.Challenge{Authority: w.by.Tenant, Purpose: store.ForManual, School: nord, Expires: st.Now().Add(1e12)})
	w.must(err)
	secrets["a challenge"] = secret
	ask("GET", "/scep/"+string(w.by.Tenant)+"?operation=PKIOperation&message="+secret, "")
	ask("PUT", "/mdm", `<plist version="1.0"><dict><key>UDID</key><string>Brombeere</string></dict></plist>`, "Mdm-Signature", "Himbeere")
	ask("POST", "/enroll/Preiselbeere", "Johannisbeere")
	ask("GET", "/setup/Moltebeere", "")
	for _, berry := range []string{"Brombeere", "Himbeere", "Preiselbeere", "Johannisbeere", "Moltebeere"} {
		secrets["what a stranger sent, "+berry] = berry
	}
	// Pupils, and Apple.
	w.must(w.d.play(ctx, "remove_profile"))
	w.must(w.d.play(ctx, "wifi_off"))
	w.must(w.d.play(ctx, "wifi_on"))
	w.must(w.d.play(ctx, "calm"))
	w.until("all have what they should have", w.settled)

	for _, i := range w.d.fleet.IPads() {
		x := i.Snapshot()
		secrets["a serial number, "+x.Serial], secrets["a UDID, "+x.UDID] = x.Serial, x.UDID
	}
	for _, p := range page.Rows {
		secrets["a person, "+p.Family] = p.Given + " " + p.Family
		secrets["a person, by family name, "+p.Family] = p.Family + ", " + p.Given
		if p.Email != "" {
			secrets["an address, "+p.Email] = p.Email
		}
	}
	if len(secrets) < 60 {
		t.Fatalf("only %d secrets: the test looks for nothing", len(secrets))
	}
	heard := log.String()
	for _, must := range []string{"enrolment profile issued", "device request refused", "enrolment request refused"} {
		if !strings.Contains(heard, must) {
			t.Errorf("the log does not say %q: the test hears nothing", must)
		}
	}
	shown := metricsOf(t, w.d.s.Handler())
	for what, never := range secrets {
		if never == "" {
			continue
		}
		if at := strings.Index(heard, never); at >= 0 {
			t.Errorf("the log tells %s: …%.200s", what, heard[max(0, at-120):])
		}
		if strings.Contains(shown, never) {
			t.Errorf("the metrics tell %s", what)
		}
	}
}

func (w *world) firstDevice() school.DeviceID {
	w.t.Helper()
	ids, _, err := w.d.s.Store.DeviceIDs(context.Background(), w.by, store.DeviceFilter{State: store.IsEnrolled}, 1)
	w.must(err)
	return ids[0]
}

func metricsOf(t *testing.T, h http.Handler) string {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "ranzen_devices_enrolled") {
		t.Fatalf("no metrics: %d %.200s", rec.Code, rec.Body)
	}
	return rec.Body.String()
}

// labelValues are all the labels numbers of ours may have, each with all it may say: words of this program. An authority's name, a
// school's id or a device's would be another one.
var labelValues = func() map[string]*regexp.Regexp {
	kinds := []string{"device", "heavy", store.PushEnds, store.TokenEnds, store.ContentEnds, store.CAEnds, store.APITokenEnds, store.TLSEnds}
	for _, t := range tasks(pace{}) {
		kinds = append(kinds, t.kind)
	}
	all := map[string]*regexp.Regexp{}
	for label, words := range map[string][]string{
		"kind":    kinds,
		"result":  {"accepted", "refused", "unsent"},
		"to":      {"device", "program", "person"},
		"code":    {"2xx", "3xx", "4xx", "5xx"},
		"release": {build()},
		"go":      {runtime.Version()},
	} {
		for i, w := range words {
			words[i] = regexp.QuoteMeta(w)
		}
		all[label] = regexp.MustCompile(`\A(?:` + strings.Join(words, "|") + `)\z`)
	}
	return all
}()

// foreignLabels are those of the numbers about Go: what they may say is not ours, but none of it is data.
var foreignLabels = map[string]*regexp.Regexp{"version": labelValues["go"], "quantile": regexp.MustCompile(`\A[0-9.]+\z`)}

func TestMetricsHaveNoLabelOfATenant(t *testing.T) {
	w := begin(t, "sqlite", 2, 20, sim.Calm())
	w.until("they are enrolled", func() bool { return w.counts().Enrolled >= 1 })
	families, err := gauges(w.d.s).Gather()
	w.must(err)
	ours, used := 0, map[string]bool{}
	for _, f := range families {
		labels := foreignLabels
		if !strings.HasPrefix(f.GetName(), "go_") && !strings.HasPrefix(f.GetName(), "process_") {
			labels = labelValues
			ours++
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				used[l.GetName()] = true
				if may := labels[l.GetName()]; may == nil || !may.MatchString(l.GetValue()) {
					t.Errorf("%s has a label: %s=%q", f.GetName(), l.GetName(), l.GetValue())
				}
			}
		}
	}
	if ours < 10 {
		t.Errorf("only %d numbers of ours", ours)
	}
	for label := range labelValues {
		if !used[label] {
			t.Errorf("no number has the label %s: it need not be allowed", label)
		}
	}
	for _, line := range strings.Split(metricsOf(t, w.d.s.Handler()), "\n") {
		if strings.Contains(strings.ToLower(line), "muster") || strings.Contains(line, string(w.by.Tenant)) {
			t.Errorf("it names the authority: %s", line)
		}
	}
}

func TestMetricsAreForTheMachineAlone(t *testing.T) {
	s, err := Build(context.Background(), Settings{Database: storetest.URL(t, "sqlite"), Keys: storetest.Keys, Nature: store.Real, BaseURL: "https://mdm.musterstadt.example", Secure: true, Now: wallClock})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile", "/debug/pprof/cmdline", "/debug/vars"} {
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if rec.Code == http.StatusOK || strings.Contains(rec.Body.String(), "ranzen_devices") || strings.Contains(rec.Body.String(), "goroutine") {
			t.Errorf("%s is shown to everybody: %d", path, rec.Code)
		}
	}
	metricsOf(t, s.admin())
	for at, want := range map[string]bool{"127.0.0.1:9464": true, "[::1]:9464": true, "localhost:9464": true, ":9464": false, "0.0.0.0:9464": false, "[::]:9464": false,
		"10.0.0.1:9464": false, "mdm.musterstadt.example:9464": false, "": false} {
		err := Config{URL: "https://mdm.musterstadt.example", Behind: []string{"127.0.0.1"}, Admin: at}.check()
		if (err == nil) != want {
			t.Errorf("--admin-listen %s: %v", at, err)
		}
	}
}

// The other way round a played database is refused by everything that serves real devices, and a real one by the demo.
func TestAPlayedDistrictIsNoServer(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx, stop := context.WithCancel(context.Background())
		stop() // what starts nevertheless ends at once
		keys := filepath.Join(t.TempDir(), "keys")
		ring, err := store.OpenKeyRing(keys, true)
		if err != nil {
			t.Fatal(err)
		}
		born := func(n store.Nature) string {
			at := storetest.URL(t, engine)
			storetest.Open(t, at, store.Options{Nature: n, Keys: ring})
			return at
		}
		out := streams{io.Discard, io.Discard}
		c := Config{URL: "https://mdm.musterstadt.example", Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Behind: []string{"127.0.0.1"}, Keys: keys, Log: "error", Database: born(store.Played)}
		for name, run := range map[string]func() error{
			"serve": func() error { return c.Run(context.WithoutCancel(ctx), out) },
			"admin": func() error {
				return adminCmd{Config: c, Login: "admin", Name: "x"}.Run(context.WithoutCancel(ctx), out)
			},
			"doctor": func() error { return doctorCmd{Config: c}.Run(context.WithoutCancel(ctx), out) },
		} {
			if err := run(); err == nil {
				t.Errorf("%s opens a played world", name)
			} else if name != "doctor" && !strings.Contains(err.Error(), "played") {
				t.Errorf("%s says %v", name, err)
			}
		}
		d := played(t, born(store.Real), 1, 1, sim.Calm())
		d.cmd.Dir = filepath.Dir(keys)
		if err := d.prepare(); err != nil {
			t.Fatal(err)
		}
		if err := d.open(t.Context(), "http://127.0.0.1"); err == nil || !strings.Contains(err.Error(), "real") {
			t.Errorf("the demo opens a real world: %v", err)
		}
	})
}

// The played Apple is a field that demo, measuring and tests set. No option leads to it, and no other file sets it.
func TestThePlayedAppleIsNoSetting(t *testing.T) {
	for i := range reflect.TypeFor[Config]().NumField() {
		f := reflect.TypeFor[Config]().Field(i)
		for _, word := range []string{"apple", "anchor", "played", "push", "nature", "apns"} {
			if strings.Contains(strings.ToLower(f.Name+" "+f.Tag.Get("name")), word) {
				t.Errorf("--%s is an option", f.Tag.Get("name"))
			}
		}
	}
	may := []string{"cmd/ranzen/demo.go", "cmd/ranzen/bench.go"}
	set := 0
	for _, s := range sources(t) {
		if s.pkg != "cmd/ranzen" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if name, ok := lit.Type.(*ast.Ident); !ok || name.Name != "Settings" {
				return true
			}
			for _, e := range lit.Elts {
				kv, ok := e.(*ast.KeyValueExpr)
				if !ok {
					t.Errorf("%s: fields without names", s.set.Position(e.Pos()))
					continue
				}
				value := ""
				if sel, ok := kv.Value.(*ast.SelectorExpr); ok {
					value = sel.Sel.Name
				}
				name := kv.Key.(*ast.Ident).Name
				played := name == "Apple" || name == "Push" || name == "Anchors" || name == "Nature" && value == "Played"
				if played {
					set++
				}
				if played && !slices.Contains(may, s.path) {
					t.Errorf("%s sets %s", s.set.Position(kv.Pos()), name)
				}
			}
			return true
		})
		ast.Inspect(s.file, func(n ast.Node) bool { // nor afterwards
			if a, ok := n.(*ast.AssignStmt); ok {
				for _, l := range a.Lhs {
					if sel, ok := l.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Apple" || sel.Sel.Name == "Anchors" || sel.Sel.Name == "Nature") && !slices.Contains(may, s.path) {
						t.Errorf("%s sets %s", s.set.Position(l.Pos()), sel.Sel.Name)
					}
				}
			}
			return true
		})
	}
	if set < 3 {
		t.Errorf("the demo sets only %d of them: the test looks in the wrong place", set)
	}
}

// Without TLS of its own the server speaks to the proxies it was told of, and to nobody who goes round them.
func TestNobodyGoesRoundTheProxy(t *testing.T) {
	h := onlyFrom([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.1.0.0/16")},
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for from, want := range map[string]int{"127.0.0.1:5": 204, "[::ffff:127.0.0.1]:5": 204, "10.1.2.3:5": 204, "10.2.0.1:5": 421, "127.0.0.2:5": 421, "[::1]:5": 421, "": 421, "127.0.0.1": 421} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-For", "127.0.0.1")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if rec.Code != want {
			t.Errorf("from %q: %d, want %d", from, rec.Code, want)
		}
	}
	for _, c := range []Config{{}, {URL: "http://mdm.musterstadt.example", Cert: "c", Key: "k"}, {URL: "https://mdm.musterstadt.example"}, {URL: "https://mdm.musterstadt.example", Cert: "c"},
		{URL: "https://mdm.musterstadt.example", Behind: []string{"anywhere"}}} {
		c.Admin = "127.0.0.1:9464"
		if err := c.check(); err == nil {
			t.Errorf("it would serve without TLS: %s", strconv.Quote(fmt.Sprint(c)))
		}
	}
}

// CSV leaves the house through two doors, and each takes the formulas out of it.
func TestTablesLeaveByTwoDoors(t *testing.T) {
	doors := map[string]bool{"enroll/csv.go": false, "store/tenantexport.go": false} // whether it was seen to take them out
	for _, s := range sources(t) {
		_, door := doors[s.path]
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch x, _ := sel.X.(*ast.Ident); {
			case x == nil:
			case x.Name == "csv" && sel.Sel.Name == "NewWriter" && !door:
				t.Errorf("%s writes CSV by itself", s.set.Position(sel.Pos()))
			case x.Name == "school" && sel.Sel.Name == "PlainCell" && door:
				doors[s.path] = true
			}
			return true
		})
	}
	for path, takes := range doors {
		if !takes {
			t.Errorf("%s lets formulas out", path)
		}
	}
}
