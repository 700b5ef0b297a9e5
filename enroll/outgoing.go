package enroll

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// What can be wrong with an outgoing request before anything was sent.
var (
	ErrNotHTTPS   = errors.New("outgoing: only https addresses without a user name are called")
	ErrForbidden  = errors.New("outgoing: the address lies in a network that is not called")
	ErrElsewhere  = errors.New("outgoing: the answer leads to another host")
	ErrTooLong    = errors.New("outgoing: the answer is too long")
	errManyDetour = errors.New("outgoing: the answer leads in circles")
)

const (
	outgoingTimeout   = 10 * time.Second
	maxOutgoingAnswer = 5 << 20
	maxDetours        = 3
)

// OutgoingConfig says what the outgoing client may do beyond its rules.
type OutgoingConfig struct {
	Inside []netip.Prefix // private networks the operator allows
	Roots  *x509.CertPool // nil: those of the machine; for tests
}

// Outgoing is the one client for hosts other than Apple's, whose addresses are typed in by people. It must not become a
// way into the network the server stands in: https only, no redirect to another host, 10 seconds and 5 MB at most, and
// addresses that are not public are refused when the connection is made, after the name was resolved, so that no name
// can stand for one address while it is checked and for another when it is called. There is no proxy for the same
// reason: a proxy resolves names itself.
type Outgoing struct{ client *http.Client }

// NewOutgoing makes a client.
func NewOutgoing(c OutgoingConfig) *Outgoing {
	dialer := &net.Dialer{Timeout: outgoingTimeout, Control: func(network, address string, _ syscall.RawConn) error {
		return mayDial(network, address, c.Inside)
	}}
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots},
		ForceAttemptHTTP2:      true,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &Outgoing{&http.Client{Transport: bounded{transport}, Timeout: outgoingTimeout, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		switch {
		case checkOutgoing(req.URL) != nil:
			return checkOutgoing(req.URL)
		case req.URL.Host != via[0].URL.Host:
			return ErrElsewhere
		case len(via) > maxDetours:
			return errManyDetour
		}
		return nil
	}}}
}

// Client is the same for those who speak HTTP themselves. Its errors repeat the address, which may hold a secret: they must
// take it out.
func (o *Outgoing) Client() *http.Client { return o.client }

// bounded sends what may be sent and ends answers that are too long.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := checkOutgoing(req.URL); err != nil {
		return nil, err
	}
	resp, err := b.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = &boundedBody{resp.Body, maxOutgoingAnswer}
	}
	return resp, err
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read gives one byte more than may be and says so instead.
func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrTooLong
	}
	return n, err
}

func checkOutgoing(u *url.URL) error {
	if u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return ErrNotHTTPS
	}
	return nil
}

// Do sends a request and reads the whole answer, whatever its status. Errors do not repeat the address: it may hold a
// secret.
func (o *Outgoing) Do(req *http.Request) (status int, header http.Header, body []byte, err error) {
	resp, err := o.client.Do(req)
	if err != nil {
		var named *url.Error
		if errors.As(err, &named) {
			err = named.Err
		}
		return 0, nil, nil, fmt.Errorf("outgoing: %w", err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		return resp.StatusCode, resp.Header, nil, fmt.Errorf("outgoing: read the answer: %w", err)
	}
	return resp.StatusCode, resp.Header, body, nil
}

// Post sends a body and returns the answer of a status 2xx.
func (o *Outgoing) Post(ctx context.Context, address, contentType string, body []byte) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, ErrNotHTTPS // the parser's own error repeats the address
	}
	if err := checkOutgoing(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, ErrNotHTTPS
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "Ranzen")
	status, _, answer, err := o.Do(req)
	if err != nil {
		return nil, err
	}
	if status < 200 || status > 299 {
		return nil, fmt.Errorf("outgoing: the host answered %d", status)
	}
	return answer, nil
}

// mayDial decides about the address that is about to be connected to.
func mayDial(network, address string, inside []netip.Prefix) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return ErrForbidden
	}
	if ip := at.Addr().Unmap().WithZone(""); !public(ip) && !within(ip, inside) {
		return ErrForbidden
	}
	return nil
}

func within(ip netip.Addr, prefixes []netip.Prefix) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// special are networks that are no part of the public Internet, beside those netip knows by name, and those through
// which an IPv4 address can be reached in disguise (IANA special-purpose address registries).
var special = func() (out []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

func public(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !within(ip, special)
}
