package asm

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var now = time.Date(2031, 8, 15, 9, 0, 0, 0, time.UTC)

var goodToken = OAuthToken{
	ConsumerKey: "CK_0123", ConsumerSecret: "CS_a+b/c=~ü", AccessToken: "AT_O 1", AccessSecret: "AS_%&?", AccessTokenExpiry: now.AddDate(1, 0, 0),
}

// fakeApple is written from Apple's documents: it verifies the signature of a session request by
// its own means and hands every other request to a script.
type fakeApple struct {
	t      *testing.T
	mu     sync.Mutex
	nonces map[string]bool
	// sessions counts sessions opened; valid is the one that counts.
	sessions int
	valid    string
	// handle answers calls with a valid session.
	handle func(w *answer, method, path string, body []byte)
	calls  []string
	busy   bool
	// trouble, when it returns an answer, comes before everything else.
	trouble func(path string) *http.Response
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a *answer) json(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	a.body = string(data)
}

func (a *answer) response() *http.Response {
	if a.status == 0 {
		a.status = 200
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body))}
}

func refuse(status int, body string) *http.Response {
	return (&answer{status: status, body: body}).response()
}

func newFake(t *testing.T) (*fakeApple, *Client) {
	f := &fakeApple{t: t, nonces: map[string]bool{}}
	f.handle = func(w *answer, method, path string, body []byte) { w.body = "{}" }
	return f, &Client{Token: goodToken, Transport: f, Now: func() time.Time { return now }}
}

func (f *fakeApple) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	if f.busy {
		f.t.Error("two calls of one token at the same time")
	}
	f.busy = true
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.busy = false
		f.mu.Unlock()
	}()
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if req.URL.Scheme != "https" || req.URL.Host != "mdmenrollment.apple.com" {
		f.t.Errorf("a call to %s", req.URL)
	}
	if got := req.Header.Get("X-Server-Protocol-Version"); got != "10" {
		f.t.Errorf("protocol version %q", got)
	}
	if req.Header.Get("User-Agent") == "" || req.Header.Get("Content-Type") != "application/json;charset=UTF8" {
		f.t.Errorf("headers %v", req.Header)
	}
	f.calls = append(f.calls, req.Method+" "+req.URL.Path)
	if f.trouble != nil {
		if resp := f.trouble(req.URL.Path); resp != nil {
			return resp, nil
		}
	}
	if req.URL.Path == "/session" {
		return f.openSession(req), nil
	}
	if req.Header.Get("Authorization") != "" {
		f.t.Error("the token's signature travels with an ordinary call")
	}
	if f.valid == "" || req.Header.Get("X-ADM-Auth-Session") != f.valid {
		return refuse(403, `"FORBIDDEN"`), nil
	}
	w := &answer{}
	path := req.URL.Path
	if req.URL.RawQuery != "" {
		path += "?" + req.URL.RawQuery
	}
	f.handle(w, req.Method, path, body)
	return w.response(), nil
}

func (f *fakeApple) openSession(req *http.Request) *http.Response {
	fields := map[string]string{}
	rest, ok := strings.CutPrefix(req.Header.Get("Authorization"), "OAuth ")
	if !ok {
		return refuse(401, "oauth_parameters_absent")
	}
	for _, part := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		plain, err := url.PathUnescape(strings.Trim(value, `"`))
		if err != nil {
			return refuse(400, "bad encoding")
		}
		fields[name] = plain
	}
	seconds, err := strconv.ParseInt(fields["oauth_timestamp"], 10, 64)
	if err != nil || time.Unix(seconds, 0).Sub(now).Abs() > 5*time.Minute {
		return refuse(401, "timestamp_refused")
	}
	if fields["realm"] != "ADM" || fields["oauth_version"] != "1.0" || fields["oauth_signature_method"] != "HMAC-SHA1" ||
		fields["oauth_consumer_key"] != goodToken.ConsumerKey || fields["oauth_token"] != goodToken.AccessToken {
		return refuse(401, "token_rejected")
	}
	if n := fields["oauth_nonce"]; n == "" || f.nonces[n] {
		return refuse(401, "nonce_used")
	} else {
		f.nonces[n] = true
	}
	strict := func(s string) string {
		return strings.NewReplacer("+", "%20", "%7E", "~").Replace(url.QueryEscape(s))
	}
	var pairs []string
	for name, value := range fields {
		if strings.HasPrefix(name, "oauth_") && name != "oauth_signature" {
			pairs = append(pairs, strict(name)+"="+strict(value))
		}
	}
	slices.Sort(pairs)
	mac := hmac.New(sha1.New, []byte(strict(goodToken.ConsumerSecret)+"&"+strict(goodToken.AccessSecret)))
	fmt.Fprintf(mac, "GET&%s&%s", strict("https://mdmenrollment.apple.com/session"), strict(strings.Join(pairs, "&")))
	if base64.StdEncoding.EncodeToString(mac.Sum(nil)) != fields["oauth_signature"] {
		return refuse(401, "signature_invalid")
	}
	f.sessions++
	f.valid = fmt.Sprintf("session-%d", f.sessions)
	w := &answer{}
	w.json(map[string]string{"auth_session_token": f.valid})
	return w.response()
}

func decode[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Errorf("request %s: %v", body, err)
	}
	return v
}
