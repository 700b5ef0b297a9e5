package ui

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// certified is a process of a certified OpenID provider (testdata/oidc).
type certified struct {
	t       *testing.T
	in      io.WriteCloser
	out     *bufio.Scanner
	issuer  string
	process *exec.Cmd
}

// certifiedProvider starts one; it waits to be told its clients and people.
func certifiedProvider(t *testing.T, host *httptest.Server) *certified {
	t.Helper()
	folder, err := filepath.Abs("../testdata/oidc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "oidc-provider")); err != nil {
		t.Fatal("the OpenID provider of the tests is not there; .ci/need brings it")
	}
	c := &certified{t: t, process: exec.Command("node", "provider.mjs")}
	c.process.Dir = folder
	var said bytes.Buffer
	c.process.Stderr = &said
	in, ierr := c.process.StdinPipe()
	out, oerr := c.process.StdoutPipe()
	if ierr != nil || oerr != nil {
		t.Fatal(ierr, oerr)
	}
	c.in, c.out = in, bufio.NewScanner(out)
	if err := c.process.Start(); err != nil {
		t.Fatalf("start node (.ci/need brings it): %v", err)
	}
	t.Cleanup(func() {
		c.stop()
		if t.Failed() {
			t.Logf("the provider said: %s", said.String())
		}
	})
	own := host.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	c.tell(map[string]string{"cert": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]})),
		"key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))})
	var where struct{ Port int }
	c.hear(&where)
	c.issuer = fmt.Sprintf("https://127.0.0.1:%d", where.Port)
	return c
}

func (c *certified) tell(v any) {
	c.t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		_, err = c.in.Write(append(b, '\n'))
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *certified) hear(v any) {
	c.t.Helper()
	if !c.out.Scan() || json.Unmarshal(c.out.Bytes(), v) != nil {
		c.t.Fatalf("the provider did not start: %q %v", c.out.Text(), c.out.Err())
	}
}

// stop ends the process.
func (c *certified) stop() {
	if c.in != nil {
		c.in.Close()
		c.in = nil
		c.process.Wait()
	}
}

// serves makes our provider for it, tells it who we are, and who its people are.
func (c *certified) serves(w *world, at school.SchoolID, people map[string]any, rules ...school.ClaimRule) school.ProviderID {
	c.t.Helper()
	ctx := context.Background()
	id, err := w.st.CreateProvider(ctx, w.by, school.Provider{Name: "IServ " + c.issuer[8:], Issuer: c.issuer, ClientID: "ranzen", School: at, Scopes: "profile roles groups"}, "ein langes Geheimnis der Tests")
	if err == nil {
		err = w.st.SetProviderRules(ctx, w.by, id, rules)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	back := "https://ranzen.example" + backPath + "/" + string(id)
	c.tell(map[string]any{"people": people, "clients": []any{map[string]any{"client_id": "ranzen", "client_secret": "ein langes Geheimnis der Tests", "redirect_uris": []string{back},
		"post_logout_redirect_uris": []string{"https://ranzen.example" + web.SignInPath}, "backchannel_logout_uri": w.server.URL + backPath + "/" + string(id) + "/logout", "backchannel_logout_session_required": true}}})
	var ready struct{ Ready bool }
	c.hear(&ready)
	return id
}

// visitor is a person's browser at the provider.
type visitor struct {
	t    *testing.T
	http *http.Client
}

func newVisitor(t *testing.T, roots *x509.CertPool) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

var formAction = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)
var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// through goes from an address at the provider until it leads back to us: it signs in as subject and agrees to everything.
func (v *visitor) through(address, subject string) string {
	v.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	for step := 0; step < 15; step++ {
		if err != nil {
			v.t.Fatal(err)
		}
		resp, rerr := v.http.Do(req)
		if rerr != nil {
			v.t.Fatal(rerr)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if to := resp.Header.Get("Location"); to != "" {
			next, perr := req.URL.Parse(to)
			if perr != nil {
				v.t.Fatal(perr)
			}
			if next.Host == "ranzen.example" {
				return next.RequestURI()
			}
			req, err = http.NewRequest(http.MethodGet, next.String(), nil)
			continue
		}
		action := formAction.FindSubmatch(body)
		if resp.StatusCode != http.StatusOK || action == nil {
			v.t.Fatalf("%s: %d %.1500s", req.URL.Path, resp.StatusCode, body)
		}
		form := url.Values{"login": {subject}, "password": {"beliebig"}, "logout": {"yes"}}
		for _, m := range hiddenField.FindAllSubmatch(body, -1) {
			form.Set(string(m[1]), string(m[2]))
		}
		next, perr := req.URL.Parse(string(action[1]))
		if perr != nil {
			v.t.Fatal(perr)
		}
		if req, err = http.NewRequest(http.MethodPost, next.String(), strings.NewReader(form.Encode())); err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	v.t.Fatal("the provider leads in circles")
	return ""
}

// A certified OpenID provider as a process, several of them at once: signing in, its claims in both shapes, another
// authority's issuer, signing out here, there and everywhere, and what holds when they are gone.
func TestMUC05_CertifiedProviders(t *testing.T) {
	host := httptest.NewTLSServer(http.NotFoundHandler())
	roots := x509.NewCertPool()
	roots.AddCert(host.Certificate())
	nord, anger, elsewhere := certifiedProvider(t, host), certifiedProvider(t, host), certifiedProvider(t, host)
	w := newWorld(t).reaching(host)
	w.clock(time.Now()) // the provider has a clock of its own
	ctx := context.Background()
	people := map[string]any{"17": map[string]any{"name": "Lena Muster", "roles": []string{"ROLE_TEACHER"}, "groups": map[string]any{"4": map[string]any{"id": 4, "act": "kollegium"}}},
		"18": map[string]any{"name": "Jonas Beispiel", "roles": map[string]any{"7": map[string]any{"id": "ROLE_STUDENT"}}}}
	nid := nord.serves(w, w.Nord, people, teacher)
	aid := anger.serves(w, w.Anger, people, school.ClaimRule{Claim: "groups", Value: "kollegium", Role: school.SchoolAdmin})
	other, err := w.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Anderswo"})
	if err != nil {
		t.Fatal(err)
	}
	here := w.by
	w.by = school.System("test", other)
	fid := elsewhere.serves(w, "", people, school.ClaimRule{Claim: "roles", Value: "ROLE_TEACHER", Role: school.Auditor})
	w.by = here
	enter := func(c *client, v *visitor, id school.ProviderID, subject string) answer {
		t.Helper()
		a := c.get(withPath + "/" + string(id) + "?next=/people")
		if a.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.Status, a.read())
		}
		return c.get(v.through(a.Location, subject))
	}

	lena, there := w.as(""), newVisitor(t, roots)
	if a := enter(lena, there, nid, "17"); a.Location != "/people" {
		t.Fatalf("%d to %q: %s", a.Status, a.Location, a.read())
	}
	lena.get("/account").says(t, http.StatusOK, "Lena Muster", "Schulverwaltung · Gymnasium Nord")
	enter(w.as(""), newVisitor(t, roots), nid, "18").says(t, http.StatusForbidden, "noch keine Rolle zugeordnet")
	second := w.as("")
	if a := enter(second, newVisitor(t, roots), aid, "17"); a.Location != "/people" {
		t.Fatalf("groups as a map: %d %s", a.Status, a.read())
	}
	second.get("/account").says(t, http.StatusOK, "Schulverwaltung · Grundschule am Anger")
	if list, err := w.st.Accounts(ctx, w.by, store.AccountFilter{Text: "Lena"}); err != nil || len(list.Rows) != 2 {
		t.Errorf("the same subject of two issuers is one person: %v %v", list, err)
	}
	stranger := w.as("")
	if a := enter(stranger, newVisitor(t, roots), fid, "17"); a.Location != "/people" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	stranger.get("/admin").hides(t, "Musterstadt")
	if a := stranger.get("/schools/" + string(w.Nord)); a.Status != http.StatusNotFound {
		t.Errorf("the teacher of another authority sees a school: %d", a.Status)
	}

	t.Run("an answer for another provider", func(t *testing.T) {
		c := w.as("")
		back := newVisitor(t, roots).through(c.get(withPath+"/"+string(nid)).Location, "17")
		c.get(strings.Replace(back, string(nid), string(fid), 1)).says(t, http.StatusUnprocessableEntity, "Diese Anmeldung gilt nicht mehr")
		c.get(back).says(t, http.StatusUnprocessableEntity, "Diese Anmeldung gilt nicht mehr") // a try is a try
	})
	t.Run("a code twice", func(t *testing.T) {
		c := w.as("")
		back := newVisitor(t, roots).through(c.get(withPath+"/"+string(nid)).Location, "17")
		used, err := url.Parse(back)
		if err != nil {
			t.Fatal(err)
		}
		if a := c.get(back); a.Location != "/" {
			t.Fatalf("%d", a.Status)
		}
		fresh, err := url.Parse(newVisitor(t, roots).through(w.as("").get(withPath+"/"+string(nid)).Location, "17"))
		if err != nil {
			t.Fatal(err)
		}
		for name, code := range map[string]string{"used": used.Query().Get("code"), "of another browser": fresh.Query().Get("code")} {
			again := w.as("")
			mine, err := url.Parse(newVisitor(t, roots).through(again.get(withPath+"/"+string(nid)).Location, "17"))
			if err != nil {
				t.Fatal(err)
			}
			q := mine.Query()
			q.Set("code", code)
			if a := again.get(mine.Path + "?" + q.Encode()); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.read(), "schon benutzt oder zu alt") {
				t.Errorf("%s: %d %s", name, a.Status, a.read())
			}
		}
	})
	t.Run("signed out there", func(t *testing.T) {
		tablet := w.as("") // the same person in a second browser of ours, the same session there
		if a := enter(tablet, there, nid, "17"); a.Location != "/people" {
			t.Fatalf("%d %s", a.Status, a.read())
		}
		page := lena.post("/sign-out", nil)
		page.says(t, http.StatusOK, "Auch bei")
		link := regexp.MustCompile(`href="(https://127\.0\.0\.1[^"]+)"`).FindStringSubmatch(page.Body)
		if link == nil {
			t.Fatal("no way to sign out there")
		}
		if to := there.through(strings.ReplaceAll(link[1], "&amp;", "&"), "17"); !strings.HasPrefix(to, "/sign-in") {
			t.Errorf("it leads back to %s", to)
		}
		if a := tablet.get("/account"); a.Status != http.StatusSeeOther {
			t.Errorf("signed out there, and the other browser is still in: %d", a.Status)
		}
		second.get("/account").says(t, http.StatusOK, "Lena Muster")
	})
	t.Run("TestMUC06 gone", func(t *testing.T) {
		for _, c := range []*certified{nord, anger, elsewhere} {
			c.stop()
		}
		w.as("").get(withPath + "/" + string(nid)) // what is known of it still counts, the person finds nobody there
		second.get("/account").says(t, http.StatusOK, "Lena Muster")
		if a := w.as("").post("/sign-in", url.Values{"login": {w.Admin}, "password": {password}}); a.Location != "/" {
			t.Errorf("a local account: %d", a.Status)
		}
		w.as(w.Admin).post("/providers/"+string(nid)+"/check", nil).says(t, http.StatusOK, "Der Anmeldedienst ist nicht erreichbar.")
	})
}
