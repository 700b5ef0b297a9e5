// Package issuer speaks OpenID Connect with identity providers: it finds out what an issuer offers, sends people there,
// and believes what comes back only if it is signed, fresh and meant for us. It knows no school and keeps nothing but what
// an issuer says of itself.
//
// # Contract
//
//   - Authorization code with PKCE, state and nonce, nothing else. State, nonce and verifier are the caller's: it keeps
//     them with the browser that began.
//   - Signatures are RS, PS, ES or EdDSA by a key the issuer publishes. «none» and shared secrets are no signature: a
//     client's secret or a public key taken for one would let anybody sign.
//   - What an issuer says of itself and its keys are kept for an hour and asked for anew when a key is not among them, at
//     most once a minute. Where it cannot be reached meanwhile, what is kept counts for some hours more.
//   - One issuer that is slow or down has a queue and a fuse of its own. Nobody else waits for it, and who comes while it
//     rests is told at once.
//
// # Dangers
//
// The addresses are typed by people and answered by strangers, so every request goes through the one client for that
// (Config.Out): https only, nothing inside, no detours, ten seconds, five megabytes. Tokens, codes and secrets stand in no
// error and no log. Errors are a [Trouble] with a code that names a sentence for people.
//
// OpenID Connect Core 1.0, Discovery 1.0, Back-Channel Logout 1.0, RP-Initiated Logout 1.0; RFC 7636, 9207, 9700.
package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Out sends a request and reads the whole answer.
type Out interface {
	Do(*http.Request) (status int, header http.Header, body []byte, err error)
}

// Config is what a Book needs.
type Config struct {
	Out Out
	Now func() time.Time
	// Why names what stood against a request before it was sent: "inside", "elsewhere", "long"; empty: unreachable.
	Why func(error) string
}

// Book knows issuers. It is safe for concurrent use.
type Book struct {
	Config
	mu    sync.Mutex
	pages map[string]*page
}

// New makes an empty Book.
func New(c Config) *Book {
	if c.Why == nil {
		c.Why = func(error) string { return "" }
	}
	return &Book{Config: c, pages: map[string]*page{}}
}

// Trouble is why something with an issuer did not work. Code names the sentence for people, Args fill it in; Err is for
// the log.
type Trouble struct {
	Code string
	Args []any
	Err  error
}

func (t *Trouble) Error() string {
	if t.Err != nil {
		return "issuer: " + t.Code + ": " + t.Err.Error()
	}
	return "issuer: " + t.Code
}

func (t *Trouble) Unwrap() error { return t.Err }

func trouble(code string, args ...any) *Trouble { return &Trouble{Code: code, Args: args} }

// CodeOf is the code of a Trouble, "unreachable" for any other error, and nothing for none.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	if t, ok := errors.AsType[*Trouble](err); ok {
		return t.Code
	}
	return "unreachable"
}

const (
	pagesKept  = 2000             // issuers remembered
	freshFor   = time.Hour        // what an issuer says is not asked for again
	staleFor   = 6 * time.Hour    // and still believed while it cannot be reached
	keysEvery  = time.Minute      // keys are not asked for again because somebody names one that is not there
	atOnce     = 16               // people who speak with one issuer at a time
	failsFree  = 3                // in a row, before the fuse
	restFirst  = 2 * time.Second  // how long it rests then, doubled each time
	restLonger = 60 * time.Second // at most
	skew       = 2 * time.Minute  // clocks may differ by
	tokenAge   = 24 * time.Hour   // no token is believed that is older
	mostKeys   = 100
)

// page is what is known of an issuer.
type page struct {
	turn chan struct{} // one at a time asks what it says of itself
	busy chan struct{} // places for those who speak with it

	mu     sync.Mutex
	meta   *metadata
	metaAt time.Time
	keys   []jose.JSONWebKey
	keysAt time.Time
	asked  time.Time // when keys were last asked for, whatever came
	fails  int
	rests  time.Time
	last   *Trouble
	used   time.Time
}

// metadata is what an issuer says of itself.
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Userinfo      string   `json:"userinfo_endpoint"`
	Keys          string   `json:"jwks_uri"`
	EndSession    string   `json:"end_session_endpoint"`
	Responses     []string `json:"response_types_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	ClientAuth    []string `json:"token_endpoint_auth_methods_supported"`
	Scopes        []string `json:"scopes_supported"`
	NamesItself   bool     `json:"authorization_response_iss_parameter_supported"`
	BackChannel   bool     `json:"backchannel_logout_supported"`
}

// algorithms are the signatures that are believed.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}

// algorithms of this issuer, as far as we believe them.
func (m *metadata) algorithms() (out []string) {
	for _, a := range algorithms {
		if slices.Contains(m.Algorithms, string(a)) || len(m.Algorithms) == 0 && a == jose.RS256 {
			out = append(out, string(a))
		}
	}
	return out
}

func (b *Book) page(issuer string) *page {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.Now()
	p, ok := b.pages[issuer]
	if !ok {
		if len(b.pages) >= pagesKept {
			oldest := ""
			for name, x := range b.pages {
				if oldest == "" || x.used.Before(b.pages[oldest].used) {
					oldest = name
				}
			}
			delete(b.pages, oldest)
		}
		p = &page{turn: make(chan struct{}, 1), busy: make(chan struct{}, atOnce)}
		b.pages[issuer] = p
	}
	p.used = now
	return p
}

// enter takes a place with an issuer, unless it rests or too many are there.
func (b *Book) enter(p *page) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b.Now().Before(p.rests) {
		return nil, &Trouble{Code: p.last.Code, Args: p.last.Args, Err: fmt.Errorf("it rests: %w", p.last)}
	}
	select {
	case p.busy <- struct{}{}:
		return func() { <-p.busy }, nil
	default:
		return nil, trouble("busy")
	}
}

// tell blows the fuse of an issuer that fails again and again, and mends it.
func (b *Book) tell(p *page, t *Trouble) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t == nil {
		p.fails, p.rests = 0, time.Time{}
		return
	}
	p.fails++
	p.last = t
	if p.fails >= failsFree {
		p.rests = b.Now().Add(min(restFirst<<min(p.fails-failsFree, 10), restLonger))
	}
}

// send makes a request of an issuer. A status that says the issuer itself is in trouble counts as unreachable; what it
// refuses is the caller's to understand.
func (b *Book) send(p *page, req *http.Request) (int, http.Header, []byte, error) {
	leave, err := b.enter(p)
	if err != nil {
		return 0, nil, nil, err
	}
	defer leave()
	req.Header.Set("User-Agent", "Ranzen")
	req.Header.Set("Accept", "application/json")
	status, header, body, err := b.Out.Do(req)
	if err != nil && req.Context().Err() != nil && errors.Is(req.Context().Err(), context.Canceled) {
		return 0, nil, nil, &Trouble{Code: "unreachable", Err: err} // the person left; the issuer is not to blame
	}
	if err != nil {
		code := b.Why(err)
		if code == "" {
			code = "unreachable"
		}
		t := &Trouble{Code: code, Err: err}
		b.tell(p, t)
		return 0, nil, nil, t
	}
	if status >= 500 || status == http.StatusTooManyRequests {
		t := trouble("status", status)
		b.tell(p, t)
		return 0, nil, nil, t
	}
	b.tell(p, nil)
	return status, header, body, nil
}

func (b *Book) get(ctx context.Context, p *page, address, bearer string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, trouble("answer")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	status, header, body, err := b.send(p, req)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, trouble("status", status)
	}
	if kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")); kind == "application/jwt" || kind == "text/html" {
		return nil, trouble("answer")
	}
	return body, nil
}

// ask reads what an issuer says of itself, and refuses what cannot be worked with.
func (b *Book) ask(ctx context.Context, p *page, issuer string) (*metadata, error) {
	body, err := b.get(ctx, p, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", "")
	if err != nil {
		return nil, err
	}
	m := &metadata{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, trouble("answer")
	}
	if m.Issuer != issuer {
		return nil, trouble("other", short(m.Issuer))
	}
	for _, address := range []string{m.Authorization, m.Token, m.Keys} {
		if !secure(address) {
			return nil, trouble("endpoints")
		}
	}
	if m.Userinfo != "" && !secure(m.Userinfo) || m.EndSession != "" && !secure(m.EndSession) {
		return nil, trouble("endpoints")
	}
	if len(m.Responses) > 0 && !slices.Contains(m.Responses, "code") {
		return nil, trouble("no_code")
	}
	if len(m.Challenges) > 0 && !slices.Contains(m.Challenges, "S256") {
		return nil, trouble("no_pkce")
	}
	if len(m.algorithms()) == 0 {
		return nil, trouble("no_algorithm")
	}
	return m, nil
}

func secure(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && u.Fragment == "" && len(address) < 1000
}

// short is what a stranger said, as much of it as a page shows.
func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

// look is what an issuer says of itself, asked for when it was not lately.
func (b *Book) look(ctx context.Context, issuer string) (*page, *metadata, error) {
	p := b.page(issuer)
	if m := p.fresh(b.Now()); m != nil {
		return p, m, nil
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, nil, &Trouble{Code: "unreachable", Err: ctx.Err()}
	}
	if m := p.fresh(b.Now()); m != nil {
		return p, m, nil
	}
	m, err := b.ask(ctx, p, issuer)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		if p.meta != nil && b.Now().Sub(p.metaAt) < staleFor {
			return p, p.meta, nil
		}
		return nil, nil, err
	}
	p.meta, p.metaAt = m, b.Now()
	return p, m, nil
}

func (p *page) fresh(now time.Time) *metadata {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.meta != nil && now.Sub(p.metaAt) < freshFor {
		return p.meta
	}
	return nil
}

// Report is what was found out about an issuer for the page on which it is entered.
type Report struct {
	Host        string // where people will enter their password
	PKCE        bool   // it says that it checks it
	NamesItself bool
	EndSession  bool
	BackChannel bool
	Scopes      []string
	Keys        int
}

// Check asks an issuer anew, past everything that is kept, and says what was found or what is wrong. What it found is kept.
func (b *Book) Check(ctx context.Context, issuer string) (Report, error) {
	p := b.page(issuer)
	p.mu.Lock()
	p.rests = time.Time{} // somebody mended it and looks
	p.mu.Unlock()
	m, err := b.ask(ctx, p, issuer)
	if err != nil {
		return Report{}, err
	}
	keys, err := b.fetchKeys(ctx, p, m)
	if err != nil {
		return Report{}, err
	}
	p.mu.Lock()
	p.meta, p.metaAt, p.keys, p.keysAt, p.asked = m, b.Now(), keys, b.Now(), b.Now()
	p.mu.Unlock()
	at, _ := url.Parse(m.Authorization)
	return Report{Host: at.Host, PKCE: slices.Contains(m.Challenges, "S256"), NamesItself: m.NamesItself, EndSession: m.EndSession != "", BackChannel: m.BackChannel,
		Scopes: m.Scopes, Keys: len(keys)}, nil
}
