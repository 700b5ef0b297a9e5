package issuer_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"ranzen/ui/issuer"
)

// out sends as the outgoing client does, to hosts on loopback.
type out struct{ c *http.Client }

func (o out) Do(r *http.Request) (int, http.Header, []byte, error) {
	resp, err := o.c.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, resp.Header, body, err
}

// school is an issuer that does what a test tells it.
type school struct {
	t      testing.TB
	server *httptest.Server
	key    *rsa.PrivateKey
	kid    string

	mu     sync.Mutex
	meta   map[string]any    // over what it says of itself
	claims map[string]any    // over those of the token
	info   map[string]any    // over userinfo
	token  func() string     // instead of a signed one
	keys   func() any        // instead of its own
	asked  map[string]int    // requests by path
	fails  map[string]int    // path: status
	form   url.Values        // of the last exchange
	auth   [2]string         // of the last exchange
	header map[string]string // content types by path
}

var (
	keyOnce          sync.Once
	keyOne, keyOther *rsa.PrivateKey
)

func open(t testing.TB) (*school, *issuer.Book, *clock) {
	t.Helper()
	keyOnce.Do(func() {
		keyOne, _ = rsa.GenerateKey(rand.Reader, 2048)
		keyOther, _ = rsa.GenerateKey(rand.Reader, 2048)
	})
	s := &school{t: t, key: keyOne, kid: "k1", asked: map[string]int{}, fails: map[string]int{}}
	s.server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	c := &clock{at: time.Date(2026, 11, 17, 8, 0, 0, 0, time.UTC)}
	return s, issuer.New(issuer.Config{Out: out{s.server.Client()}, Now: c.now}), c
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	c.mu.Unlock()
}

func (s *school) client() issuer.Client {
	return issuer.Client{Issuer: s.server.URL, ID: "ranzen", Secret: "ge:heim", Scopes: "profile groups", Redirect: "https://ranzen.example/sign-in/back/1"}
}

func (s *school) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[r.URL.Path]++
	if status := s.fails[r.URL.Path]; status != 0 {
		http.Error(w, "{}", status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if kind := s.header[r.URL.Path]; kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		m := map[string]any{"issuer": s.server.URL, "authorization_endpoint": s.server.URL + "/auth?x=1", "token_endpoint": s.server.URL + "/token", "jwks_uri": s.server.URL + "/jwk",
			"userinfo_endpoint": s.server.URL + "/userinfo", "end_session_endpoint": s.server.URL + "/end", "response_types_supported": []string{"code"},
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"}, "code_challenge_methods_supported": []string{"S256"}}
		maps.Copy(m, s.meta)
		json.NewEncoder(w).Encode(m)
	case "/jwk":
		if s.keys != nil {
			json.NewEncoder(w).Encode(s.keys())
			return
		}
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &s.key.PublicKey, KeyID: s.kid, Use: "sig", Algorithm: "RS256"}}})
	case "/token":
		r.ParseForm()
		s.form = r.PostForm
		s.auth[0], s.auth[1], _ = r.BasicAuth()
		token := ""
		if s.token != nil {
			token = s.token()
		} else {
			token = s.signed(s.claims)
		}
		json.NewEncoder(w).Encode(map[string]any{"id_token": token, "access_token": "zugang", "token_type": "Bearer"})
	case "/userinfo":
		if r.Header.Get("Authorization") != "Bearer zugang" {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		m := map[string]any{"sub": "17", "name": "Lena Muster", "roles": []string{"ROLE_TEACHER"}}
		maps.Copy(m, s.info)
		json.NewEncoder(w).Encode(m)
	default:
		http.NotFound(w, r)
	}
}

func (s *school) usual() map[string]any {
	at := time.Date(2026, 11, 17, 8, 0, 0, 0, time.UTC).Unix()
	return map[string]any{"iss": s.server.URL, "aud": "ranzen", "sub": "17", "nonce": "nonce", "iat": at, "exp": at + 300, "sid": "s1"}
}

func (s *school) signed(over map[string]any) string {
	m := s.usual()
	for k, v := range over {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	return sign(s.t, jose.RS256, s.key, s.kid, m)
}

func sign(t testing.TB, alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any, typ ...string) string {
	t.Helper()
	o := (&jose.SignerOptions{}).WithHeader("kid", kid)
	if len(typ) > 0 {
		o = o.WithType(jose.ContentType(typ[0]))
	}
	x, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(claims)
	jws, err := x.Sign(body)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func finish(b *issuer.Book, c issuer.Client) (issuer.Person, error) {
	return b.Finish(context.Background(), c, "code", "", "nonce", "verifier")
}

func TestMUC05_SomebodySignsInByCodeAndPKCE(t *testing.T) {
	s, b, _ := open(t)
	to, err := b.Begin(context.Background(), s.client(), "state", "nonce", "verifier")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	q := u.Query()
	for name, want := range map[string]string{"x": "1", "response_type": "code", "client_id": "ranzen", "redirect_uri": s.client().Redirect, "scope": "openid profile groups",
		"state": "state", "nonce": "nonce", "code_challenge_method": "S256", "code_challenge": "iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ"} {
		if q.Get(name) != want {
			t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	if strings.Contains(to, "verifier") || strings.Contains(to, "ge:heim") {
		t.Error("the address tells a secret")
	}
	who, err := finish(b, s.client())
	if err != nil {
		t.Fatal(err)
	}
	if who.Subject != "17" || who.Name != "Lena Muster" || who.SID != "s1" || !strings.Contains(string(who.Claims), "ROLE_TEACHER") {
		t.Errorf("%+v %s", who, who.Claims)
	}
	if s.form.Get("code_verifier") != "verifier" || s.form.Get("redirect_uri") != s.client().Redirect || s.form.Get("client_secret") != "" || s.auth != [2]string{"ranzen", "ge%3Aheim"} {
		t.Errorf("%v %v", s.form, s.auth)
	}
	if s.asked["/.well-known/openid-configuration"] != 1 || s.asked["/jwk"] != 1 {
		t.Errorf("asked %v", s.asked)
	}
	public := s.client()
	public.Secret = ""
	if _, err := finish(b, public); err != nil || s.auth[0] != "" || s.form.Get("client_id") != "ranzen" {
		t.Errorf("a public client: %v %v", s.form, err)
	}
	away, ok := b.EndSession(context.Background(), s.client(), "hint", "https://ranzen.example/sign-in")
	if !ok || !strings.Contains(away, "id_token_hint=hint") || !strings.HasPrefix(away, s.server.URL+"/end?") {
		t.Error(away)
	}
}

// Whatever an attacker sends instead of a token of this issuer for this client and this sign-in, nobody gets in.
func TestMUC05_ForgedTokensSignNobodyIn(t *testing.T) {
	at := time.Date(2026, 11, 17, 8, 0, 0, 0, time.UTC).Unix()
	pub := func(s *school) []byte {
		der, _ := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	elliptic, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b64 := base64.RawURLEncoding.EncodeToString
	for name, x := range map[string]struct {
		code   string
		claims map[string]any
		token  func(s *school) string
	}{
		"another issuer":             {"token", map[string]any{"iss": "https://evil.example"}, nil},
		"no issuer":                  {"token", map[string]any{"iss": nil}, nil},
		"another audience":           {"token", map[string]any{"aud": "somebody"}, nil},
		"several, and no party":      {"token", map[string]any{"aud": []string{"ranzen", "somebody"}}, nil},
		"another party":              {"token", map[string]any{"azp": "somebody"}, nil},
		"another nonce":              {"token", map[string]any{"nonce": "other"}, nil},
		"no nonce":                   {"token", map[string]any{"nonce": nil}, nil},
		"no subject":                 {"token", map[string]any{"sub": ""}, nil},
		"an endless subject":         {"token", map[string]any{"sub": strings.Repeat("x", 256)}, nil},
		"expired":                    {"expired", map[string]any{"exp": at - 121}, nil},
		"never expires":              {"expired", map[string]any{"exp": nil}, nil},
		"of last week":               {"expired", map[string]any{"iat": at - 7*24*3600, "exp": at + 3600}, nil},
		"of tomorrow":                {"clock", map[string]any{"iat": at + 24*3600, "exp": at + 25*3600}, nil},
		"not yet":                    {"clock", map[string]any{"nbf": at + 3600}, nil},
		"another access token":       {"token", map[string]any{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, nil},
		"another key":                {"token", nil, func(s *school) string { return sign(s.t, jose.RS256, keyOther, "k1", s.usual()) }},
		"another key, named so":      {"token", nil, func(s *school) string { return sign(s.t, jose.RS256, keyOther, "k2", s.usual()) }},
		"an elliptic key":            {"token", nil, func(s *school) string { return sign(s.t, jose.ES256, elliptic, "k1", s.usual()) }},
		"another algorithm":          {"token", nil, func(s *school) string { return sign(s.t, jose.RS512, s.key, "k1", s.usual()) }},
		"the public key as a secret": {"token", nil, func(s *school) string { return sign(s.t, jose.HS256, pub(s), "k1", s.usual()) }},
		"the client's secret as key": {"token", nil, func(s *school) string {
			return sign(s.t, jose.HS256, []byte(strings.Repeat("ge:heim", 5)), "k1", s.usual())
		}},
		"no signature": {"token", nil, func(s *school) string {
			body, _ := json.Marshal(s.usual())
			return b64([]byte(`{"alg":"none"}`)) + "." + b64(body) + "."
		}},
		"a signature cut off": {"token", nil, func(s *school) string { x := s.signed(nil); return x[:strings.LastIndex(x, ".")+1] }},
		"a body exchanged": {"token", nil, func(s *school) string {
			p := strings.Split(s.signed(nil), ".")
			body, _ := json.Marshal(s.usual())
			return p[0] + "." + b64(append(body, ' ')) + "." + p[2]
		}},
		"nonsense":               {"token", nil, func(*school) string { return "a.b.c" }},
		"nothing":                {"no_token", nil, func(*school) string { return "" }},
		"a token that signs out": {"token", map[string]any{"nonce": nil, "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}, "jti": "1"}, nil},
		"a key of its own in it": {"token", nil, func(s *school) string { return ownKey(s) }},
		"several signatures":     {"token", nil, func(s *school) string { return `{"payload":"","signatures":[{},{}]}` }},
	} {
		t.Run(name, func(t *testing.T) {
			s, b, _ := open(t)
			s.claims = x.claims
			if x.token != nil {
				s.token = func() string { return x.token(s) }
			}
			who, err := finish(b, s.client())
			if code := issuer.CodeOf(err); code != x.code || who.Subject != "" {
				t.Errorf("%+v %v", who, err)
			}
		})
	}
	t.Run("userinfo of somebody else", func(t *testing.T) {
		s, b, _ := open(t)
		s.info = map[string]any{"sub": "18"}
		if who, err := finish(b, s.client()); issuer.CodeOf(err) != "token" {
			t.Errorf("%+v %v", who, err)
		}
	})
	t.Run("within what clocks may differ", func(t *testing.T) {
		s, b, _ := open(t)
		s.claims = map[string]any{"exp": at - 60, "nbf": at + 60}
		if _, err := finish(b, s.client()); err != nil {
			t.Error(err)
		}
	})
}

// ownKey is signed by a key the token brings along.
func ownKey(s *school) string {
	x, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: keyOther}, &jose.SignerOptions{EmbedJWK: true})
	body, _ := json.Marshal(s.usual())
	jws, _ := x.Sign(body)
	out, _ := jws.CompactSerialize()
	return out
}

// The answer must come from who was asked (RFC 9207).
func TestMUC05_AnswersAreNotMixedUp(t *testing.T) {
	s, b, _ := open(t)
	for iss, code := range map[string]string{"": "", s.server.URL: "", "https://evil.example": "mixed_up", s.server.URL + "/": "mixed_up"} {
		if _, err := b.Finish(context.Background(), s.client(), "code", iss, "nonce", "v"); issuer.CodeOf(err) != code {
			t.Errorf("%q: %v", iss, err)
		}
	}
	if n := s.asked["/token"]; n != 2 {
		t.Errorf("the code of a mixed-up answer was given away: %d", n)
	}
	s2, b2, _ := open(t)
	s2.meta = map[string]any{"authorization_response_iss_parameter_supported": true}
	if _, err := finish(b2, s2.client()); issuer.CodeOf(err) != "mixed_up" {
		t.Errorf("an issuer that names itself did not: %v", err)
	}
}

func TestMUC05_KeysAreRotatedAndSwapped(t *testing.T) {
	s, b, c := open(t)
	if _, err := finish(b, s.client()); err != nil {
		t.Fatal(err)
	}
	s.key, s.kid = keyOther, "k2"
	s.claims = map[string]any{"exp": c.now().Add(48 * time.Hour).Unix()}
	if _, err := finish(b, s.client()); issuer.CodeOf(err) != "token" {
		t.Fatalf("keys are asked for with every token: %v", err)
	}
	asked := s.asked["/jwk"]
	for range 20 {
		finish(b, s.client())
	}
	if s.asked["/jwk"] != asked {
		t.Errorf("somebody without a key makes us ask %d times", s.asked["/jwk"]-asked)
	}
	c.turn(time.Minute)
	if _, err := finish(b, s.client()); err != nil {
		t.Errorf("a new key: %v", err)
	}
	old := sign(t, jose.RS256, keyOne, "k1", s.usual())
	s.token = func() string { return old }
	if _, err := finish(b, s.client()); issuer.CodeOf(err) != "token" {
		t.Errorf("a key that was taken back still signs: %v", err)
	}
	// Keys that are none: secrets, for encryption, too small.
	small, _ := rsa.GenerateKey(rand.Reader, 1024)
	for name, keys := range map[string]any{
		"a secret":       map[string]any{"keys": []any{map[string]any{"kty": "oct", "k": "Z2VoZWlt", "kid": "k1"}}},
		"for encryption": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &keyOne.PublicKey, Use: "enc"}}},
		"too small":      jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &small.PublicKey, KeyID: "k1"}}},
		"private":        jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: keyOne, KeyID: "k1"}}},
		"none":           map[string]any{"keys": []any{}},
		"no list":        "x",
	} {
		s, b, _ := open(t)
		s.keys = func() any { return keys }
		if _, err := b.Check(context.Background(), s.server.URL); issuer.CodeOf(err) != "keys" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := finish(b, s.client()); issuer.CodeOf(err) != "keys" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsWrongWithAnIssuerIsSaid(t *testing.T) {
	for code, x := range map[string]struct {
		meta   map[string]any
		status int
		kind   string
	}{
		"":             {},
		"other":        {meta: map[string]any{"issuer": "https://other.example"}},
		"endpoints":    {meta: map[string]any{"token_endpoint": "http://plain.example/token"}},
		"no_code":      {meta: map[string]any{"response_types_supported": []string{"id_token"}}},
		"no_pkce":      {meta: map[string]any{"code_challenge_methods_supported": []string{"plain"}}},
		"no_algorithm": {meta: map[string]any{"id_token_signing_alg_values_supported": []string{"HS256", "none"}}},
		"status":       {status: 404},
		"answer":       {kind: "text/html; charset=utf-8"},
	} {
		s, b, _ := open(t)
		const at = "/.well-known/openid-configuration"
		s.meta, s.fails[at], s.header = x.meta, x.status, map[string]string{at: x.kind}
		r, err := b.Check(context.Background(), s.server.URL)
		if issuer.CodeOf(err) != code {
			t.Errorf("%q: %v", code, err)
		}
		if code == "" && (!r.PKCE || !r.EndSession || r.Keys != 1 || !strings.HasPrefix(r.Host, "127.0.0.1")) {
			t.Errorf("%+v", r)
		}
	}
	for status, code := range map[int]string{401: "client", 400: "status", 500: "status"} {
		s, b, _ := open(t)
		s.fails["/token"] = status
		_, err := finish(b, s.client())
		if issuer.CodeOf(err) != code {
			t.Errorf("%d: %v", status, err)
		}
		if err != nil && strings.Contains(err.Error(), "ge:heim") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
}

// An issuer that is down rests, costs nobody time, and comes back; the others do not notice.
func TestMUC05_OneIssuerDownAffectsNobodyElse(t *testing.T) {
	s, b, c := open(t)
	well, err := finish(b, s.client())
	if err != nil || well.Subject == "" {
		t.Fatal(err)
	}
	down := httptest.NewTLSServer(http.NotFoundHandler())
	gone := issuer.Client{Issuer: down.URL, ID: "x", Redirect: "https://ranzen.example/"}
	down.Close()
	for range 5 {
		if _, err := b.Begin(context.Background(), gone, "s", "n", "v"); issuer.CodeOf(err) != "unreachable" {
			t.Fatal(err)
		}
	}
	if _, err := finish(b, s.client()); err != nil {
		t.Errorf("a healthy one: %v", err)
	}
	// One that answers with trouble is left alone, longer each time.
	s.fails["/token"] = 503
	for range 10 {
		finish(b, s.client())
	}
	if n := s.asked["/token"]; n != 2+3 {
		t.Errorf("asked %d times while it was down", n)
	}
	if _, err := b.Begin(context.Background(), s.client(), "s", "n", "v"); err != nil {
		t.Errorf("what is known of it stays known: %v", err)
	}
	delete(s.fails, "/token")
	if _, err := finish(b, s.client()); issuer.CodeOf(err) != "status" {
		t.Errorf("it rests: %v", err)
	}
	c.turn(2 * time.Second)
	if _, err := finish(b, s.client()); err != nil {
		t.Errorf("it is back: %v", err)
	}
	// Discovery away for hours: what is known counts.
	s.fails["/.well-known/openid-configuration"], s.fails["/jwk"] = 503, 503
	c.turn(2 * time.Hour)
	s.claims = map[string]any{"iat": c.now().Unix(), "exp": c.now().Unix() + 60}
	if _, err := b.Begin(context.Background(), s.client(), "s", "n", "v"); err != nil {
		t.Error(err)
	}
	c.turn(5 * time.Hour)
	if _, err := b.Begin(context.Background(), s.client(), "s", "n", "v"); issuer.CodeOf(err) != "status" {
		t.Errorf("a day later: %v", err)
	}
}

// Everybody at once at an issuer that does not answer: so many wait, the others are told at once.
func TestASlowIssuerGathersNobody(t *testing.T) {
	stop, here := make(chan struct{}), make(chan struct{}, 100)
	s, _, c := open(t)
	slow := outFunc(func(r *http.Request) (int, http.Header, []byte, error) {
		if r.URL.Path == "/token" {
			here <- struct{}{}
			<-stop
			return 0, nil, nil, errors.New("too late")
		}
		return out{s.server.Client()}.Do(r)
	})
	b := issuer.New(issuer.Config{Out: slow, Now: c.now})
	codes := make(chan string, 100)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() { _, err := finish(b, s.client()); codes <- issuer.CodeOf(err) })
	}
	for range 16 {
		<-here
	}
	for range 40 - 16 {
		if code := <-codes; code != "busy" {
			t.Errorf("somebody who came too many is told %q", code)
		}
	}
	close(stop)
	wg.Wait()
}

type outFunc func(*http.Request) (int, http.Header, []byte, error)

func (f outFunc) Do(r *http.Request) (int, http.Header, []byte, error) { return f(r) }

func TestMUSES02_LogoutTokens(t *testing.T) {
	at := time.Date(2026, 11, 17, 8, 0, 0, 0, time.UTC).Unix()
	logout := func(s *school, over map[string]any) map[string]any {
		m := map[string]any{"iss": s.server.URL, "aud": "ranzen", "sub": "17", "iat": at, "exp": at + 120, "jti": "j1",
			"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}
		for k, v := range over {
			if m[k] = v; v == nil {
				delete(m, k)
			}
		}
		return m
	}
	for name, x := range map[string]struct {
		good bool
		over map[string]any
		typ  string
	}{
		"of somebody":        {true, nil, "logout+jwt"},
		"of a session":       {true, map[string]any{"sub": nil, "sid": "s1"}, ""},
		"as plain JWT":       {true, nil, "JWT"},
		"with a nonce":       {false, map[string]any{"nonce": "n"}, ""},
		"of nobody":          {false, map[string]any{"sub": nil}, ""},
		"without its event":  {false, map[string]any{"events": map[string]any{}}, ""},
		"without a number":   {false, map[string]any{"jti": nil}, ""},
		"for somebody else":  {false, map[string]any{"aud": "other"}, ""},
		"of another issuer":  {false, map[string]any{"iss": "https://evil.example"}, ""},
		"expired":            {false, map[string]any{"exp": at - 121}, ""},
		"as an access token": {false, nil, "at+jwt"},
	} {
		s, b, _ := open(t)
		var typ []string
		if x.typ != "" {
			typ = []string{x.typ}
		}
		l, err := b.LoggedOut(context.Background(), s.client(), sign(t, jose.RS256, s.key, "k1", logout(s, x.over), typ...))
		if (err == nil) != x.good {
			t.Errorf("%s: %+v %v", name, l, err)
		}
		if x.good && (l.ID != "j1" || !l.Until.After(time.Unix(at, 0))) {
			t.Errorf("%s: %+v", name, l)
		}
		for what, raw := range map[string]string{"an id token": s.signed(nil), "another key": sign(t, jose.RS256, keyOther, "k1", logout(s, nil)), "nonsense": "x",
			"the secret as key": sign(t, jose.HS256, []byte(strings.Repeat("ge:heim", 5)), "k1", logout(s, nil))} {
			if l, err := b.LoggedOut(context.Background(), s.client(), raw); err == nil {
				t.Errorf("%s ends a session: %+v", what, l)
			}
		}
	}
}

func FuzzToken(f *testing.F) {
	keyOnce.Do(func() {
		keyOne, _ = rsa.GenerateKey(rand.Reader, 2048)
		keyOther, _ = rsa.GenerateKey(rand.Reader, 2048)
	})
	answer := ""
	at := time.Date(2026, 11, 17, 8, 0, 0, 0, time.UTC)
	keys, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &keyOne.PublicKey, KeyID: "k1"}}})
	b := issuer.New(issuer.Config{Now: func() time.Time { return at }, Out: outFunc(func(r *http.Request) (int, http.Header, []byte, error) {
		switch r.URL.Path {
		case "/jwk":
			return 200, http.Header{}, keys, nil
		case "/token":
			return 200, http.Header{}, []byte(answer), nil
		}
		return 200, http.Header{}, []byte(`{"issuer":"https://nord.example","authorization_endpoint":"https://nord.example/a","token_endpoint":"https://nord.example/token","jwks_uri":"https://nord.example/jwk"}`), nil
	})})
	for _, seed := range []string{`{"id_token":"a.b.c"}`, `{"id_token":"eyJhbGciOiJub25lIn0.e30."}`, `{"error":"x"}`, `[]`, `{"id_token":{}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		answer = body
		if who, err := finish(b, issuer.Client{Issuer: "https://nord.example", ID: "ranzen"}); err == nil {
			t.Errorf("%q signs in %+v", body, who)
		}
		if l, err := b.LoggedOut(context.Background(), issuer.Client{Issuer: "https://nord.example", ID: "ranzen"}, body); err == nil {
			t.Errorf("%q signs out %+v", body, l)
		}
	})
}

func BenchmarkFinish(b *testing.B) {
	s, book, _ := open(b)
	for b.Loop() {
		if _, err := finish(book, s.client()); err != nil {
			b.Fatal(fmt.Errorf("sign-in: %w", err))
		}
	}
}
