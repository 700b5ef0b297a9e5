package asm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSignatureMatchesTheRFC(t *testing.T) {
	// The first request of RFC 5849, 1.2.
	got := signature(OAuthToken{ConsumerSecret: "kd94hf93k423kf44"}, "POST", "https://photos.example.net/initiate", map[string]string{
		"oauth_consumer_key": "dpf43f3p2l4k3l03", "oauth_signature_method": "HMAC-SHA1", "oauth_timestamp": "137131200",
		"oauth_nonce": "wIjqoS", "oauth_callback": "http://printer.example.com/ready",
	})
	if want := "74KNZJeDHnMBp0EMJ9ZHt/XKycU="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	if got := percent("Ladies + Gentlemen ~-._ ü"); got != "Ladies%20%2B%20Gentlemen%20~-._%20%C3%BC" {
		t.Errorf("encoded %q", got)
	}
}

func TestSessionIsOpenedOnceAndFollowed(t *testing.T) {
	f, c := newFake(t)
	renewed := false
	f.handle = func(w *answer, method, path string, _ []byte) {
		w.json(Account{ServerName: "Musterhausen", ServerUUID: "U", OrgType: "edu"})
		if !renewed {
			renewed = true
			f.valid = "renewed"
			w.header = http.Header{"X-Adm-Auth-Session": {"renewed"}}
		}
	}
	for range 3 {
		account, err := c.Account(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if account.ServerUUID != "U" || !account.IsSchool() {
			t.Errorf("account %+v", account)
		}
	}
	want := []string{"GET /session", "GET /account", "GET /account", "GET /account"}
	if diff := cmp.Diff(want, f.calls); diff != "" {
		t.Error(diff)
	}
}

func TestLostSessionIsReplacedOnce(t *testing.T) {
	for _, refusal := range []struct {
		status int
		body   string
	}{{403, `"FORBIDDEN"`}, {403, "FORBIDDEN"}, {401, ""}} {
		t.Run(fmt.Sprint(refusal), func(t *testing.T) {
			f, c := newFake(t)
			if _, err := c.Account(t.Context()); err != nil {
				t.Fatal(err)
			}
			refusals := 1
			f.trouble = func(path string) *http.Response {
				if path != "/session" && refusals > 0 {
					refusals--
					return refuse(refusal.status, refusal.body)
				}
				return nil
			}
			if _, err := c.Account(t.Context()); err != nil {
				t.Fatal(err)
			}
			refusals = 2
			before := f.sessions
			if _, err := c.Account(t.Context()); !errors.Is(err, ErrTokenRejected) {
				t.Errorf("error %v", err)
			}
			if f.sessions != before+1 || refusals != 0 {
				t.Errorf("%d new sessions, want one", f.sessions-before)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	html := "<html><body>FORBIDDEN EXPIRED_CURSOR</body></html>"
	for _, test := range []struct {
		name    string
		status  int
		body    string
		want    error
		notLike error
	}{
		{"expired cursor", 400, "EXPIRED_CURSOR", ErrCursorExpired, ErrCursorInvalid},
		{"exhausted cursor", 400, `"EXHAUSTED_CURSOR"`, ErrCursorExhausted, ErrCursorExpired},
		{"invalid cursor", 400, `{"code":"INVALID_CURSOR","message":"Der Cursor"}`, ErrCursorInvalid, ErrCursorExhausted},
		{"terms", 403, "T_C_NOT_SIGNED\n", ErrTermsNotSigned, ErrTokenRejected},
		{"denied", 403, "ACCESS_DENIED", ErrAccessDenied, ErrTokenRejected},
		{"unknown profile", 400, "NOT_FOUND", ErrNotFound, ErrAccessDenied},
		{"unknown device", 404, "DEVICE_NOT_FOUND", ErrNotFound, ErrAccessDenied},
		{"a proxy", 403, html, &APIError{Status: 403}, ErrTokenRejected},
		{"cursor required", 400, "CURSOR_REQUIRED", &APIError{Status: 400, Code: "CURSOR_REQUIRED"}, ErrCursorInvalid},
		{"malformed", 400, "MALFORMED_REQUEST_BODY", &APIError{Status: 400, Code: "MALFORMED_REQUEST_BODY"}, ErrCursorInvalid},
		{"flags", 400, "FLAGS_INVALID", &APIError{Status: 400, Code: "FLAGS_INVALID"}, ErrNotFound},
		{"without a word", 418, "", &APIError{Status: 418}, ErrNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, c := newFake(t)
			f.trouble = func(path string) *http.Response {
				if path == "/session" {
					return nil
				}
				return refuse(test.status, test.body)
			}
			_, err := c.SyncDevices(t.Context(), "cursor", 0)
			var want, got *APIError
			if errors.As(test.want, &want) {
				if !errors.As(err, &got) || *got != *want {
					t.Errorf("error %v, want %v", err, want)
				}
			} else if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if errors.Is(err, test.notLike) {
				t.Errorf("error %v also passes as %v", err, test.notLike)
			}
			if len(f.calls) != 2 {
				t.Errorf("calls %v, want no repetition", f.calls)
			}
		})
	}
}

func TestRefusedTokens(t *testing.T) {
	for _, test := range []struct {
		name   string
		spoil  func(*Client)
		answer *http.Response
		want   error
	}{
		{"wrong secret", func(c *Client) { c.Token.ConsumerSecret = "x" }, nil, ErrTokenRejected},
		{"other token", func(c *Client) { c.Token.AccessToken = "x" }, nil, ErrTokenRejected},
		{"clock an hour off", func(c *Client) { c.Now = func() time.Time { return now.Add(time.Hour) } }, nil, ErrTokenRejected},
		{"bad request", nil, refuse(400, "oauth_problem"), ErrTokenRejected},
		{"expired", nil, refuse(403, "token_expired"), ErrTokenRejected},
		{"terms", nil, refuse(403, "T_C_NOT_SIGNED"), ErrTermsNotSigned},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, c := newFake(t)
			if test.spoil != nil {
				test.spoil(c)
			}
			if test.answer != nil {
				f.trouble = func(string) *http.Response { return test.answer }
			}
			_, err := c.Account(t.Context())
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			for _, secret := range []string{c.Token.ConsumerSecret, c.Token.AccessSecret, c.Token.AccessToken} {
				if len(secret) > 3 && strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells a secret: %v", err)
				}
			}
			if len(f.calls) != 1 {
				t.Errorf("calls %v", f.calls)
			}
		})
	}
}

func TestPatience(t *testing.T) {
	for _, test := range []struct {
		status int
		header string
		want   time.Duration
	}{
		{429, "120", 2 * time.Minute},
		{429, "", 0},
		{429, "-5", 0},
		{429, "soon", 0},
		{429, "99999999999999", longestWait},
		{429, now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{429, now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{503, "30", 30 * time.Second},
		{500, "", 0},
		{302, "", 0},
	} {
		f, c := newFake(t)
		f.trouble = func(path string) *http.Response {
			resp := refuse(test.status, "")
			resp.Header.Set("Retry-After", test.header)
			return resp
		}
		_, err := c.Account(t.Context())
		var throttled *Throttled
		var away *Unavailable
		switch {
		case errors.As(err, &throttled):
			if test.status != 429 || throttled.RetryAfter != test.want {
				t.Errorf("%d %q: %v", test.status, test.header, err)
			}
		case errors.As(err, &away):
			if test.status == 429 || away.Status != test.status || away.RetryAfter != test.want {
				t.Errorf("%d %q: %+v", test.status, test.header, away)
			}
		default:
			t.Errorf("%d %q: %v", test.status, test.header, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestBadWeather(t *testing.T) {
	respond := func(body io.Reader) roundTrip {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body)}, nil
		}
	}
	for name, transport := range map[string]roundTrip{
		"no network":      func(*http.Request) (*http.Response, error) { return nil, errors.New("no route to host") },
		"endless answer":  respond(endless{}),
		"empty answer":    respond(strings.NewReader("")),
		"HTML":            respond(strings.NewReader("<html>Anmeldung im WLAN</html>")),
		"without session": respond(strings.NewReader("{}")),
	} {
		c := &Client{Token: goodToken, Transport: transport, Now: func() time.Time { return now }}
		var away *Unavailable
		if _, err := c.Account(t.Context()); !errors.As(err, &away) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	f, c := newFake(t)
	f.trouble = func(string) *http.Response {
		resp := refuse(307, "")
		resp.Header.Set("Location", "https://elsewhere.example/session")
		return resp
	}
	if _, err := c.Account(t.Context()); err == nil {
		t.Error("followed a redirect")
	}
	if len(f.calls) != 1 {
		t.Errorf("calls %v", f.calls)
	}
}

func TestContextIsRespected(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	c := &Client{Token: goodToken, Now: func() time.Time { return now }, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		close(started)
		select {
		case <-release:
		case <-req.Context().Done():
		}
		return nil, req.Context().Err()
	})}
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { _, err := c.Account(ctx); first <- err }()
	<-started

	waiting, giveUp := context.WithCancel(t.Context())
	giveUp()
	if _, err := c.Account(waiting); !errors.Is(err, context.Canceled) {
		t.Errorf("the one in the queue: %v", err)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the one being served: %v", err)
	}
	close(release)
}

func TestCallsOfOneTokenTakeTurns(t *testing.T) {
	f, c := newFake(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Account(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(f.calls) != 21 || f.sessions != 1 {
		t.Errorf("%d calls, %d sessions", len(f.calls), f.sessions)
	}
}
