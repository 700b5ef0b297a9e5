// Package asm is the client of Apple School Manager's automated enrolment service: it reads which
// devices Apple has assigned to a server, tells Apple which enrolment profile they get and opens
// the token file with which a school authority lets us do so.
//
// A [Client] serves one token. Its calls run one after the other, as Apple asks, and wait for their
// turn only as long as their context allows; clients of different tokens never wait for each other.
// A call is sent once; it is repeated once, with a fresh session, when Apple says the session is
// gone, because Apple has not acted on it then. Everything else comes back as an error to act on
// (errors.go), and the caller's job decides when to try again. The client keeps the session in
// memory only and logs nothing: a token is the key to every device of the authority.
//
// Why not nanodep: its client needs an OAuth module of its own, reads bodies without limit, speaks
// protocol version 7, drops Retry-After and finds tokens by name in a storage of its own; its
// generated types refuse a whole page of devices for one word Apple has added since.
//
// Releasing devices from the organisation (disown) is left out on purpose: it cannot be undone and
// belongs into Apple School Manager, in front of a person.
//
// Documents: Apple "Device Assignment" (device management), "Authenticating for Automated Device
// Enrollment", "Interpreting Automated Device Enrollment Error Codes".
package asm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	Host            = "mdmenrollment.apple.com" // which Apple's list of devices is read from
	baseURL         = "https://" + Host
	protocolVersion = "10"
	contentType     = "application/json;charset=UTF8"
	sessionHeader   = "X-ADM-Auth-Session"

	callTimeout = 90 * time.Second
	// maxAnswer bounds a page of 1000 devices (about 1 MB) with room to grow.
	maxAnswer = 16 << 20
	maxError  = 4 << 10
	// maxBatch is Apple's limit for devices and serial numbers in one call.
	maxBatch = 1000
)

// Client talks to Apple for one token. Fill the fields before the first call and leave them alone
// afterwards; it is then safe for concurrent use. Do not copy it.
type Client struct {
	Token OAuthToken
	// Transport is http.DefaultTransport when nil. The demo puts the played Apple here; it is
	// never configuration.
	Transport http.RoundTripper
	// Now is the server's clock; Apple refuses signatures that are minutes off. Required.
	Now func() time.Time
	// UserAgent names the product; "Ranzen" when empty.
	UserAgent string

	once    sync.Once
	turn    chan struct{}
	session string
}

// call sends one request and reads the answer into out. It holds the client's turn meanwhile.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	c.once.Do(func() { c.turn = make(chan struct{}, 1) })
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("asm: %s %s: waiting for another call: %w", method, route(path), ctx.Err())
	}
	defer func() { <-c.turn }()
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("asm: %s %s: writing the request: %w", method, route(path), err)
		}
	}
	err := c.withSession(ctx, method, path, body, out)
	if err != nil {
		return fmt.Errorf("asm: %s %s: %w", method, route(path), err)
	}
	return nil
}

// route drops the query: what goes into errors and logs names no profile.
func route(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}

// withSession sends the request and, when Apple does not know the session, once more with a new one.
func (c *Client) withSession(ctx context.Context, method, path string, body []byte, out any) error {
	for again := false; ; again = true {
		if c.session == "" {
			if err := c.openSession(ctx); err != nil {
				return err
			}
		}
		err := c.send(ctx, method, path, body, out)
		var refused *APIError
		if !errors.As(err, &refused) || !refused.sessionGone() {
			return err
		}
		c.session = ""
		if again {
			return fmt.Errorf("%w: %w", ErrTokenRejected, err)
		}
	}
}

// openSession trades the token for a session.
func (c *Client) openSession(ctx context.Context) error {
	authorization, err := authorize(c.Token, http.MethodGet, baseURL+"/session", c.Now())
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	var answer struct {
		Session string `json:"auth_session_token"`
	}
	_, err = c.roundTrip(ctx, http.MethodGet, "/session", nil, http.Header{"Authorization": {authorization}}, &answer)
	var refused *APIError
	if errors.As(err, &refused) && refused.tokenRefused() {
		return fmt.Errorf("signing in: %w: %w", ErrTokenRejected, err)
	}
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	if answer.Session == "" {
		return fmt.Errorf("signing in: %w", &Unavailable{Err: errors.New("an answer without a session")})
	}
	c.session = answer.Session
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, body []byte, out any) error {
	header, err := c.roundTrip(ctx, method, path, body, http.Header{http.CanonicalHeaderKey(sessionHeader): {c.session}}, out)
	if renewed := header.Get(sessionHeader); renewed != "" {
		c.session = renewed
	}
	return err
}

// roundTrip is one HTTP exchange. It uses the transport directly: redirects are not followed, so
// no session or signature ever reaches another host.
func (c *Client) roundTrip(ctx context.Context, method, path string, body []byte, header http.Header, out any) (http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, baseURL+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("building the request: %w", err)
	}
	if body == nil {
		req.Body, req.GetBody, req.ContentLength = http.NoBody, nil, 0
	}
	req.Header = header
	req.Header.Set("X-Server-Protocol-Version", protocolVersion)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", contentType)
	req.Header.Set("User-Agent", c.UserAgent)
	if c.UserAgent == "" {
		req.Header.Set("User-Agent", "Ranzen")
	}
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &Unavailable{Err: err}
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return resp.Header, refusal(resp, c.Now())
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return resp.Header, ctx.Err()
	case err != nil:
		return resp.Header, &Unavailable{Status: resp.StatusCode, Err: fmt.Errorf("reading the answer: %w", err)}
	case len(data) > maxAnswer:
		return resp.Header, &Unavailable{Status: resp.StatusCode, Err: fmt.Errorf("an answer of more than %d bytes", maxAnswer)}
	case out == nil:
		return resp.Header, nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return resp.Header, &Unavailable{Status: resp.StatusCode, Err: fmt.Errorf("an unreadable answer: %w", err)}
	}
	return resp.Header, nil
}
