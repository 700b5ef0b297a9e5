package ui

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
)

// iserv is a played school server: it signs its one person in without asking.
type iserv struct {
	t      testing.TB
	w      *world
	server *httptest.Server
	key    *rsa.PrivateKey

	mu     sync.Mutex
	codes  map[string]url.Values // code: what was asked with it
	who    map[string]any        // claims of the person who is there
	meta   map[string]any
	answer func(q url.Values) // changes the answer of the authorization endpoint
	hold   chan struct{}      // the token endpoint waits for it
}

var theirKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, _ := rsa.GenerateKey(rand.Reader, 2048)
	return k
})

func (w *world) iserv() *iserv {
	s := &iserv{t: w.t, w: w, key: theirKey(), codes: map[string]url.Values{}, who: map[string]any{"sub": "17", "name": "Lena Muster", "roles": []string{"ROLE_TEACHER"}, "sid": "s1"}}
	s.server = httptest.NewTLSServer(s)
	w.t.Cleanup(s.server.Close)
	return s
}

func (s *iserv) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	hold := s.hold
	s.mu.Unlock()
	if r.URL.Path == "/token" && hold != nil {
		<-hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		m := map[string]any{"issuer": s.server.URL, "authorization_endpoint": s.server.URL + "/auth", "token_endpoint": s.server.URL + "/token", "jwks_uri": s.server.URL + "/jwk",
			"end_session_endpoint": s.server.URL + "/end", "response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"RS256"}}
		maps.Copy(m, s.meta)
		json.NewEncoder(w).Encode(m)
	case "/jwk":
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &s.key.PublicKey, KeyID: "k1"}}})
	case "/auth":
		q := r.URL.Query()
		code := store.Secret(8)
		s.codes[code] = q
		back := url.Values{"code": {code}, "state": {q.Get("state")}}
		if s.answer != nil {
			s.answer(back)
		}
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
	case "/token":
		r.ParseForm()
		asked, there := s.codes[r.PostForm.Get("code")]
		delete(s.codes, r.PostForm.Get("code"))
		sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
		id, secret, _ := r.BasicAuth()
		switch {
		case id != "ranzen" || secret != "geheim":
			http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
		case !there || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || asked.Get("redirect_uri") != r.PostForm.Get("redirect_uri"):
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
		default:
			now := time.UnixMicro(s.w.now.Load())
			m := map[string]any{"iss": s.server.URL, "aud": "ranzen", "nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
			maps.Copy(m, s.who)
			json.NewEncoder(w).Encode(map[string]string{"id_token": s.sign(m), "access_token": "x", "token_type": "Bearer"})
		}
	default:
		http.NotFound(w, r)
	}
}

func (s *iserv) sign(claims map[string]any) string {
	x, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: s.key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	body, _ := json.Marshal(claims)
	jws, serr := x.Sign(body)
	out, cerr := jws.CompactSerialize()
	if err != nil || serr != nil || cerr != nil {
		s.t.Fatal(err, serr, cerr)
	}
	return out
}

// doored is a world that may reach school servers on loopback.
func doored(t testing.TB) *world {
	w := newWorld(t)
	return w.reaching(httptest.NewTLSServer(http.NotFoundHandler()))
}

// reaching serves the world anew with a way out to hosts with the certificate of this one.
func (w *world) reaching(host *httptest.Server) *world {
	w.t.Cleanup(host.Close)
	roots := x509.NewCertPool()
	roots.AddCert(host.Certificate())
	w.server.Close()
	w.serve(func(c *Config) {
		c.Public = "https://ranzen.example"
		c.Out = enroll.NewOutgoing(enroll.OutgoingConfig{Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: roots})
	})
	return w
}

func (w *world) provider(s *iserv, at school.SchoolID, rules ...school.ClaimRule) school.ProviderID {
	w.t.Helper()
	ctx := context.Background()
	id, err := w.st.CreateProvider(ctx, w.by, school.Provider{Name: "IServ " + s.server.URL[8:], Issuer: s.server.URL, ClientID: "ranzen", School: at, Scopes: "profile roles"}, "geheim")
	if err == nil {
		err = w.st.SetProviderRules(ctx, w.by, id, rules)
	}
	return ok(w.t, id, err)
}

var teacher = school.ClaimRule{Claim: "roles", Value: "ROLE_TEACHER", Role: school.SchoolAdmin}

// there follows a browser from our door to the school server and back to our address, which is returned.
func (c *client) there(a answer) string {
	c.w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, a.Location, nil)
	if err != nil || a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location, "https://127.0.0.1") {
		c.w.t.Fatalf("%d to %q: %s", a.Status, a.Location, a.read())
	}
	browser := &http.Client{Transport: theirs(r), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Do(r)
	if err != nil {
		c.w.t.Fatal(err)
	}
	resp.Body.Close()
	to, found := strings.CutPrefix(resp.Header.Get("Location"), "https://ranzen.example")
	if !found {
		c.w.t.Fatalf("the school server leads to %q", resp.Header.Get("Location"))
	}
	return to
}

func theirs(*http.Request) http.RoundTripper {
	return httptest.NewTLSServer(nil).Client().Transport // trusts the one certificate httptest has
}

func TestMUC05_SignInBySchoolServerAndBackToTheDeepLink(t *testing.T) {
	w := doored(t)
	s := w.iserv()
	id := w.provider(s, w.Nord, teacher)
	if err := w.st.SetStart(context.Background(), w.by, "musterstadt"); err != nil {
		t.Fatal(err)
	}
	c := w.as("")
	a := c.get("/classes/" + string(w.C7b))
	door := withPath + "/" + string(id) + "?next=" + url.QueryEscape("/classes/"+string(w.C7b))
	page := c.get(a.Location)
	page.says(t, http.StatusOK, "Anmelden · Musterstadt", "Anmelden über", "Gymnasium Nord", "Mit Anmeldename und Passwort")
	if !strings.Contains(page.Body, strings.ReplaceAll(door, "&", "&amp;")) {
		t.Fatalf("the door does not keep the way: %s", page.Body)
	}
	back := c.there(c.get(door))
	in := c.get(back)
	if in.Status != http.StatusSeeOther || in.Location != "/classes/"+string(w.C7b) {
		t.Fatalf("%d to %q: %s", in.Status, in.Location, in.read())
	}
	c.get(in.Location).says(t, http.StatusOK, "Klasse 7b")
	c.get("/account").says(t, http.StatusOK, "Lena Muster", "über einen Anmeldedienst", "Schulverwaltung · Gymnasium Nord")
	if a := c.get("/schools/" + string(w.Anger)); a.Status != http.StatusNotFound {
		t.Errorf("another school: %d", a.Status)
	}
	// The answer a second time, here and in another browser.
	c.get(back).says(t, http.StatusUnprocessableEntity, "Diese Anmeldung gilt nicht mehr")
	w.as("").get(back).says(t, http.StatusUnprocessableEntity, "Diese Anmeldung gilt nicht mehr")
	// Who is in and follows a portal's link goes straight on; to our own pages alone.
	for to, want := range map[string]string{"?target_link_uri=" + url.QueryEscape("https://ranzen.example/people"): "/people", "?target_link_uri=https%3A%2F%2Fevil.example%2F": "/",
		"?target_link_uri=https%3A%2F%2Franzen.example.evil.example%2F": "/", "?next=//evil.example": "/"} {
		if a := c.get(withPath + "/" + string(id) + to); a.Location != want {
			t.Errorf("%s leads to %q", to, a.Location)
		}
	}
	// Signing out says that the school server still knows her.
	out := c.post("/sign-out", nil)
	out.says(t, http.StatusOK, "Sie sind abgemeldet.", "sind Sie noch angemeldet", "Auch bei")
	if !strings.Contains(out.Body, s.server.URL+"/end?") || !strings.Contains(out.Body, "id_token_hint=") || !strings.Contains(out.Body, url.QueryEscape("https://ranzen.example/sign-in")) {
		t.Error("no way to sign out there")
	}
	if a := c.get("/people"); a.Status != http.StatusSeeOther {
		t.Errorf("still in: %d", a.Status)
	}
	// The browser knows the way next time.
	if body := c.get("/sign-in?next=/people").read(); !strings.Contains(body, "zuletzt benutzt") {
		t.Error("the door used last is not marked")
	}
}

func TestMUC05_WhoHasNoRoleIsToldWhomToAsk(t *testing.T) {
	w := doored(t)
	s := w.iserv()
	id := w.provider(s, w.Nord, teacher)
	s.who["roles"] = map[string]any{"1": map[string]any{"id": "ROLE_STUDENT"}}
	c := w.as("")
	c.get(c.there(c.get(withPath+"/"+string(id)))).says(t, http.StatusForbidden, "Ihnen ist hier noch keine Rolle zugeordnet", "Schul-IT, Tel. 02 02 / 1 23 45", "Anders anmelden")
	if list, err := w.st.Accounts(context.Background(), w.by, store.AccountFilter{Text: "Lena"}); err != nil || len(list.Rows) != 0 {
		t.Errorf("an account was made: %v %v", list, err)
	}
	admin := w.as(w.Admin)
	admin.get("/providers/"+string(id)+"/preview").says(t, http.StatusOK, "Von der letzten Anmeldung", "Keine: Diese Person käme nicht herein.", "roles: ROLE_STUDENT")
	admin.post("/providers/"+string(id)+"/preview", url.Values{"claims": {`{"roles":["ROLE_TEACHER"],"groups":[{"act":"kollegium"}]}`}}).
		says(t, http.StatusOK, "Schulverwaltung · Gymnasium Nord", "roles: ROLE_TEACHER → Schulverwaltung · Gymnasium Nord", "groups: kollegium")
	admin.post("/providers/"+string(id)+"/preview", url.Values{"claims": {s.sign(map[string]any{"roles": "ROLE_TEACHER"})}}).says(t, http.StatusOK, "Schulverwaltung · Gymnasium Nord")
	admin.post("/providers/"+string(id)+"/preview", url.Values{"claims": {"unsinn"}}).says(t, http.StatusUnprocessableEntity, "kein JSON-Objekt")
}

// What an attacker can do on the way there and back.
func TestMUC05_AttacksOnTheWayBack(t *testing.T) {
	w := doored(t)
	good, evil := w.iserv(), w.iserv()
	gid, eid := w.provider(good, w.Nord, teacher), w.provider(evil, w.Anger, teacher)
	begin := func(c *client, id school.ProviderID) answer { return c.get(withPath + "/" + string(id)) }
	t.Run("an answer in another browser", func(t *testing.T) { // sign-in CSRF
		attacker, victim := w.as(""), w.as("")
		victim.get(attacker.there(begin(attacker, gid))).says(t, http.StatusUnprocessableEntity, "in einem anderen Browser begonnen")
		if a := victim.get("/account"); a.Status != http.StatusSeeOther {
			t.Error("the victim is signed in as the attacker")
		}
	})
	t.Run("another state", func(t *testing.T) {
		c := w.as("")
		good.answer = func(q url.Values) { q.Set("state", store.Secret(24)) }
		defer func() { good.answer = nil }()
		c.get(c.there(begin(c, gid))).says(t, http.StatusUnprocessableEntity, "Diese Anmeldung gilt nicht mehr")
	})
	t.Run("another's code", func(t *testing.T) { // code injection: PKCE and nonce stand against it
		attacker, victim := w.as(""), w.as("")
		theirs, err := url.Parse(victim.there(begin(victim, gid)))
		ok(t, theirs, err)
		good.answer = func(q url.Values) { q.Set("code", theirs.Query().Get("code")) }
		defer func() { good.answer = nil }()
		attacker.get(attacker.there(begin(attacker, gid))).says(t, http.StatusUnprocessableEntity, "schon benutzt oder zu alt")
	})
	t.Run("mixed up", func(t *testing.T) { // the evil server sends the good one's answer to its own address, and the reverse
		c := w.as("")
		back := c.there(begin(c, gid))
		c.get(strings.Replace(back, string(gid), string(eid), 1)).says(t, http.StatusUnprocessableEntity, "Diese Anmeldung gilt nicht mehr")
		evil.answer = func(q url.Values) { q.Set("iss", good.server.URL) }
		defer func() { evil.answer = nil }()
		c.get(c.there(begin(c, eid))).says(t, http.StatusUnprocessableEntity, "nicht von dem Dienst, der gefragt wurde")
	})
	t.Run("a token of another issuer", func(t *testing.T) {
		evil.who["iss"] = good.server.URL
		defer delete(evil.who, "iss")
		c := w.as("")
		c.get(c.there(begin(c, eid))).says(t, http.StatusBadGateway, "nicht für diese Anmeldung bestimmt")
	})
	t.Run("too late", func(t *testing.T) {
		c := w.as("")
		back := c.there(begin(c, gid))
		w.clock(noon.Add(16 * time.Minute))
		defer w.clock(noon)
		c.get(back).says(t, http.StatusUnprocessableEntity, "Diese Anmeldung gilt nicht mehr")
	})
	t.Run("given up there", func(t *testing.T) {
		good.answer = func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }
		defer func() { good.answer = nil }()
		c := w.as("")
		c.get(c.there(begin(c, gid))).says(t, http.StatusUnprocessableEntity, "Die Anmeldung wurde dort abgebrochen.", "Noch einmal versuchen")
	})
	t.Run("a look", func(t *testing.T) {
		r, err := http.NewRequest(http.MethodHead, w.server.URL+withPath+"/"+string(gid), nil)
		if a := w.as("").do(ok(t, r, err), nil); a.Status != http.StatusOK || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%d %v", a.Status, a.Header)
		}
	})
	t.Run("an issuer that names another's addresses inside", func(t *testing.T) {
		inside := newWorld(t)
		inside.server.Close()
		inside.serve(func(c *Config) {
			c.Public, c.Out = "https://ranzen.example", enroll.NewOutgoing(enroll.OutgoingConfig{})
		})
		s := inside.iserv()
		id := inside.provider(s, inside.Nord, teacher)
		inside.as("").get(withPath+"/"+string(id)).says(t, http.StatusBadGateway, "Die Adresse liegt in einem internen Netz.")
	})
	t.Run("an issuer that leads inside", func(t *testing.T) {
		var reached bool
		inner := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
		t.Cleanup(inner.Close)
		outer := httptest.NewTLSServer(http.RedirectHandler(inner.URL+"/admin", http.StatusFound))
		t.Cleanup(outer.Close)
		admin := w.as(w.Admin)
		admin.post("/providers/new", url.Values{"issuer": {outer.URL}, "name": {"x"}, "client_id": {"y"}}).says(t, http.StatusUnprocessableEntity, "leitet auf einen anderen Rechner um", "Trotzdem speichern")
		if reached {
			t.Error("it was followed")
		}
	})
	t.Run("an endless answer", func(t *testing.T) {
		huge := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for range 6 << 10 {
				if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<10)); err != nil {
					return
				}
			}
		}))
		t.Cleanup(huge.Close)
		w.as(w.Admin).post("/providers/new", url.Values{"issuer": {huge.URL}, "name": {"x"}, "client_id": {"y"}}).says(t, http.StatusUnprocessableEntity, "Die Antwort ist viel zu groß.")
	})
}

// Every school server down: who has a password signs in, who is in stays in, and one slow server keeps nobody waiting.
func TestMUC06_AllProvidersDown(t *testing.T) {
	w := doored(t)
	servers := []*iserv{w.iserv(), w.iserv(), w.iserv()}
	var ids []school.ProviderID
	for _, s := range servers {
		ids = append(ids, w.provider(s, w.Nord, teacher))
	}
	inside := w.as("")
	if a := inside.get(inside.there(inside.get(withPath + "/" + string(ids[0])))); a.Location != "/" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	t.Run("one of three", func(t *testing.T) {
		servers[1].server.Close()
		w.as("").get(withPath+"/"+string(ids[1])).says(t, http.StatusBadGateway, "Der Anmeldedienst ist nicht erreichbar.", "Anders anmelden")
		c := w.as("")
		if a := c.get(c.there(c.get(withPath + "/" + string(ids[2])))); a.Location != "/" {
			t.Errorf("the others: %d %s", a.Status, a.read())
		}
		w.as(w.Admin).get("/providers").says(t, http.StatusOK, "zuletzt gestört", "in Ordnung")
	})
	t.Run("one that is slow", func(t *testing.T) {
		slow := w.as("")
		back := slow.there(slow.get(withPath + "/" + string(ids[2])))
		servers[2].mu.Lock()
		servers[2].hold = make(chan struct{})
		servers[2].mu.Unlock()
		waits := make(chan answer, 1)
		go func() { waits <- slow.get(back) }()
		c := w.as("")
		if a := c.get(c.there(c.get(withPath + "/" + string(ids[0])))); a.Location != "/" {
			t.Errorf("another: %d %s", a.Status, a.read())
		}
		w.as(w.Clerk).get("/account").says(t, http.StatusOK, "Birte Beispiel")
		close(servers[2].hold)
		if a := <-waits; a.Location != "/" {
			t.Errorf("at last: %d %s", a.Status, a.read())
		}
	})
	for _, s := range servers {
		s.server.Close()
	}
	w.clock(noon.Add(7 * time.Hour))
	for _, id := range ids {
		if a := w.as("").get(withPath + "/" + string(id)); a.Status != http.StatusBadGateway {
			t.Errorf("%d", a.Status)
		}
	}
	if a := w.as("").post("/sign-in", url.Values{"login": {w.Clerk}, "password": {password}}); a.Location != "/" {
		t.Errorf("a local account: %d to %s", a.Status, a.Location)
	}
	inside.get("/account").says(t, http.StatusOK, "Lena Muster")
	if a := inside.post("/sign-out", nil); a.Status != http.StatusOK {
		t.Errorf("signing out: %d", a.Status)
	}
}

func TestMUSES02_SignedOutThereIsSignedOutHere(t *testing.T) {
	w := doored(t)
	s := w.iserv()
	id := w.provider(s, w.Nord, teacher)
	c := w.as("")
	if a := c.get(c.there(c.get(withPath + "/" + string(id)))); a.Location != "/" {
		t.Fatal(a.Status)
	}
	now := noon.Unix()
	word := func(over map[string]any) string {
		m := map[string]any{"iss": s.server.URL, "aud": "ranzen", "sub": "17", "sid": "s1", "iat": now, "exp": now + 60, "jti": store.Secret(8), "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}
		maps.Copy(m, over)
		return s.sign(m)
	}
	say := func(token string) answer {
		return w.as("").post(backPath+"/"+string(id)+"/logout", url.Values{"logout_token": {token}})
	}
	for name, token := range map[string]string{"nothing": "", "nonsense": "x", "for somebody else": word(map[string]any{"aud": "other"}), "with a nonce": word(map[string]any{"nonce": "n"}), "old": word(map[string]any{"exp": now - 300})} {
		if a := say(token); a.Status != http.StatusBadRequest || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	if a := w.as("").post(backPath+"/nirgends/logout", url.Values{"logout_token": {word(nil)}}); a.Status != http.StatusBadRequest {
		t.Errorf("%d", a.Status)
	}
	if a := say(word(map[string]any{"sid": "other"})); a.Status != http.StatusOK {
		t.Errorf("of another session: %d", a.Status)
	}
	c.get("/account").says(t, http.StatusOK, "Lena Muster")
	token := word(nil)
	if a := say(token); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := c.get("/account"); a.Status != http.StatusSeeOther {
		t.Errorf("still in: %d", a.Status)
	}
	if a := say(token); a.Status != http.StatusBadRequest {
		t.Errorf("the same word twice: %d", a.Status)
	}
	w.as(w.Admin).get("/audit").says(t, http.StatusOK, "Beim Anmeldedienst abgemeldet")
}

func TestProvidersFromNewToRemoved(t *testing.T) {
	w := doored(t)
	s := w.iserv()
	admin := w.as(w.Admin)
	admin.get("/providers").says(t, http.StatusOK, "Noch keine Anmeldedienste")
	admin.get("/providers/new").says(t, http.StatusOK, "Adresse des Dienstes (Issuer)", "Client-Geheimnis")
	form := url.Values{"issuer": {s.server.URL + "/"}, "name": {"IServ Nord"}, "client_id": {"ranzen"}, "client_secret": {"geheim"}, "school": {string(w.Nord)}, "scopes": {"openid profile roles"}}
	admin.post("/providers/new", form).says(t, http.StatusUnprocessableEntity, "Der Dienst nennt sich „"+s.server.URL+"“.")
	form.Set("issuer", "http://nord.example")
	admin.post("/providers/new", form).says(t, http.StatusUnprocessableEntity, "ohne https")
	form.Set("issuer", s.server.URL)
	form.Set("name", "")
	admin.post("/providers/new", form).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	form.Set("name", "IServ Nord")
	made := admin.post("/providers/new", form)
	if !strings.HasPrefix(made.Location, "/providers/") {
		t.Fatalf("%d %s", made.Status, made.read())
	}
	at := made.Location
	page := admin.get(at)
	page.says(t, http.StatusOK, "IServ Nord", "ohne Regel: niemand kommt herein", "https://ranzen.example/sign-in/back/", "/logout", "Noch keine Regel.", "Gymnasium Nord")
	if strings.Contains(page.Body, "geheim") || strings.Contains(admin.get(at+"/edit").Body, "geheim") {
		t.Error("the secret comes out again")
	}
	admin.post(at+"/check", nil).says(t, http.StatusOK, "Der Dienst antwortet.", "Beim Abmelden führt ein Link")
	admin.post(at+"/rules", url.Values{"claim": {"roles"}, "value": {""}}).says(t, http.StatusUnprocessableEntity, "Bitte füllen Sie dieses Feld aus.")
	for _, rule := range []url.Values{{"claim": {"roles"}, "value": {"ROLE_TEACHER"}, "role": {"school_admin"}}, {"claim": {"roles"}, "value": {"ROLE_STUDENT"}}} {
		if a := admin.post(at+"/rules", rule); a.Location != at {
			t.Fatalf("%d %s", a.Status, a.read())
		}
	}
	admin.get(at).says(t, http.StatusOK, "ROLE_TEACHER", "Schulverwaltung · Gymnasium Nord", "ROLE_STUDENT", "nichts")
	c := w.as("")
	if a := c.get(c.there(c.get(withPath + strings.TrimPrefix(at, "/providers")))); a.Location != "/" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	admin.get(at).says(t, http.StatusOK, "in Ordnung")
	account := "/accounts/" + string(w.accountID("Lena"))
	admin.get(account).says(t, http.StatusOK, "IServ Nord", "kommt über „IServ Nord“", "Angemeldet über")
	admin.get(account).hides(t, "Neuen Link erstellen", "Konto ändern", "sso-")
	admin.post(account+"/link", nil).says(t, http.StatusConflict, "Dieses Konto kommt über „IServ Nord“.")

	if a := admin.post(at+"/disable", nil); a.Location != at {
		t.Fatal(a.Status)
	}
	if a := c.get("/account"); a.Status != http.StatusSeeOther {
		t.Errorf("disabled, and still in: %d", a.Status)
	}
	if a := c.get(withPath + strings.TrimPrefix(at, "/providers")); a.Status != http.StatusNotFound {
		t.Errorf("disabled: %d", a.Status)
	}
	if a := admin.post(at+"/enable", nil); a.Location != at {
		t.Fatal(a.Status)
	}
	if a := admin.post(at+"/rules/remove", url.Values{"claim": {"roles"}, "value": {"ROLE_STUDENT"}, "role": {""}, "school": {""}}); a.Location != at {
		t.Fatal(a.Status)
	}
	admin.get(at).hides(t, "ROLE_STUDENT")
	edit := url.Values{"issuer": {s.server.URL}, "name": {"IServ des Gymnasiums"}, "client_id": {"ranzen"}, "school": {string(w.Nord)}, "scopes": {"profile"}}
	if a := admin.post(at+"/edit", edit); a.Location != at {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	if a := c.get(c.there(c.get(withPath + strings.TrimPrefix(at, "/providers")))); a.Location != "/" {
		t.Fatalf("the secret was lost by editing: %d %s", a.Status, a.read())
	}
	admin.post(at+"/remove", url.Values{"confirm": {"falsch"}}).says(t, http.StatusUnprocessableEntity, "Tippen Sie zum Entfernen den Namen")
	if a := admin.post(at+"/remove", url.Values{"confirm": {"IServ des Gymnasiums"}}); a.Location != "/providers" {
		t.Fatal(a.Status)
	}
	if a := c.get("/account"); a.Status != http.StatusSeeOther {
		t.Errorf("removed, and still in: %d", a.Status)
	}
	admin.get("/audit").says(t, http.StatusOK, "Anmeldedienst entfernt")

	for _, login := range []string{w.Clerk, w.Auditor} {
		if a := w.as(login).get("/providers"); a.Status != http.StatusNotFound {
			t.Errorf("%s sees providers: %d", login, a.Status)
		}
	}
	admin.get("/providers/start").says(t, http.StatusOK, "Startadresse")
	admin.post("/providers/start", url.Values{"start": {"A!"}}).says(t, http.StatusUnprocessableEntity, "3 bis 40 kleine Buchstaben")
	if a := admin.post("/providers/start", url.Values{"start": {"musterstadt"}}); a.Location != "/providers" {
		t.Fatal(a.Status)
	}
	admin.get("/providers").says(t, http.StatusOK, "https://ranzen.example/sign-in/musterstadt")
	w.as("").get("/sign-in/nirgends").says(t, http.StatusNotFound)
}

// eighty schools, each with a server of its own, in one list.
func TestMUC05_EightyProvidersByOneList(t *testing.T) {
	w := doored(t)
	s := w.iserv()
	ctx := context.Background()
	like := w.provider(s, w.Nord, teacher)
	list := "issuer;client_id;client_secret;school number\n"
	for i := range 80 {
		number := fmt.Sprint(700000 + i)
		if _, err := w.st.CreateSchool(ctx, w.by, school.School{Name: "Schule " + number, Number: number}); err != nil {
			t.Fatal(err)
		}
		list += fmt.Sprintf("https://127.0.0.1:1/iserv-%s;ranzen;geheim-%s;%s\n", number, number, number)
	}
	admin := w.as(w.Admin)
	send := func(list string) answer {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		part, _ := m.CreateFormFile("file", "liste.csv")
		part.Write([]byte(list))
		m.WriteField("like", string(like))
		m.Close()
		r, err := http.NewRequest(http.MethodPost, w.server.URL+"/providers/import", &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		return admin.do(ok(t, r, err), nil)
	}
	send("").says(t, http.StatusUnprocessableEntity)
	send("a;b\n1;2\n").says(t, http.StatusUnprocessableEntity, "„issuer“ und „client_id“")
	wrong := send(list + "ftp://x;y;;\nhttps://127.0.0.1:1/neu;y;;999999\nhttps://127.0.0.1:1/iserv-700000;y;;\n")
	wrong.says(t, http.StatusUnprocessableEntity, "82", "keine Adresse eines Anmeldedienstes", "Die Schule „999999“ gibt es nicht.", "Diese Adresse steht schon in Zeile 2.")
	plan := send(list)
	plan.says(t, http.StatusOK, "Noch ist nichts geändert.", "80 neu, 0 ändern sich, 0 bleiben", "Schule 700079", "80 Anmeldedienste übernehmen")
	if strings.Contains(plan.Body, "geheim-700001") {
		t.Error("the page tells the secrets")
	}
	_, rest, _ := strings.Cut(plan.Body, `name="body" value="`)
	sealed, _, _ := strings.Cut(rest, `"`)
	sealed = html.UnescapeString(sealed)
	if a := w.as(w.Clerk).post("/providers/import", url.Values{"body": {sealed}}); a.Status != http.StatusNotFound {
		t.Errorf("somebody else carries it out: %d", a.Status)
	}
	if a := admin.post("/providers/import", url.Values{"body": {sealed[4:]}, "like": {string(like)}}); a.Status != http.StatusNotFound {
		t.Errorf("changed on the way: %d", a.Status)
	}
	if a := admin.post("/providers/import", url.Values{"body": {sealed}, "like": {string(like)}}); a.Location != "/providers" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	rows, err := w.st.Providers(ctx, w.by)
	if err != nil || len(rows) != 81 {
		t.Fatalf("%d, %v", len(rows), err)
	}
	for _, x := range rows {
		if !x.Secret || len(x.Rules) != 1 || x.School == "" {
			t.Errorf("%+v", x)
		}
		p, err := w.st.ProviderForSignIn(ctx, x.ID)
		if want := "geheim-" + strings.TrimPrefix(x.SchoolName, "Schule "); err != nil || x.ID != like && p.Secret != want {
			t.Errorf("%s: %v", x.Name, err)
		}
	}
	again := send(strings.Replace(list, ";geheim-700000;", ";;", 1))
	again.says(t, http.StatusOK, "0 neu, 79 ändern sich, 1 bleiben")
	page := admin.get("/providers?format=csv")
	if n := strings.Count(page.Body, "/sign-in/back/"); n != 2*81 {
		t.Errorf("%d addresses in the list", n)
	}
	if err := w.st.SetStart(ctx, w.by, "musterstadt"); err != nil {
		t.Fatal(err)
	}
	w.as("").get("/sign-in/musterstadt").says(t, http.StatusOK, "Schule suchen", "Schule 700042")
	found := w.as("").get("/sign-in/musterstadt?q=700042")
	found.says(t, http.StatusOK, "Schule 700042")
	found.hides(t, "Schule 700043")
	w.as("").get("/sign-in/musterstadt?q=xyz").says(t, http.StatusOK, "Keine Schule passt zu „xyz“.")
}
