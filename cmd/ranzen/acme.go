package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/net/idna"
)

// TLS by ACME (RFC 8555): the server asks an issuer for the certificate of its own host and proves by TLS-ALPN-01 on the
// address it listens on, or by http-01 on a second one, that it is this host. The issuer is a third party; it is spoken
// to only when the operator says --acme.
//
// Only this server asks for certificates, at its start and before the old one ends, never somebody who knocks: issuers
// count failures, and a town of iPads that knock every minute would use up the count for a week.

// letsEncrypt is the issuer if no other is named.
const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

// acmeHost is the host certificates are for, as issuers write it.
func (c Config) acmeHost() (string, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return "", err
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return "", fmt.Errorf("--url %s: %w", c.URL, err)
	}
	return host, nil
}

// private are endings of names no public issuer can see.
var private = []string{".local", ".localhost", ".internal", ".lan", ".home.arpa", ".intern"}

// checkACME refuses what no issuer could prove.
func (c Config) checkACME() (errs []error) {
	if !c.ACME {
		return nil
	}
	if c.Cert != "" || c.Key != "" {
		errs = append(errs, errors.New("--acme and --tls-cert exclude each other: the certificate comes from the issuer or from a file"))
	}
	if len(c.Behind) > 0 {
		errs = append(errs, errors.New("--acme and --behind-proxy exclude each other: who ends TLS gets the certificate, and that is the proxy"))
	}
	if d, err := url.Parse(c.ACMEDirectory); err != nil || d.Scheme != "https" || d.Host == "" {
		errs = append(errs, fmt.Errorf("--acme-directory %s: it must be an https address", c.ACMEDirectory))
	}
	host, err := c.acmeHost()
	if err != nil {
		return append(errs, fmt.Errorf("--acme needs a public host name: %w", err))
	}
	if host == "" {
		return errs // --url is refused for that already
	}
	public := strings.Contains(strings.Trim(host, "."), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		public = false
	}
	for _, end := range private {
		// An issuer of the town's own may well know them.
		public = public && !(c.ACMEDirectory == letsEncrypt && strings.HasSuffix(host, end))
	}
	if !public {
		errs = append(errs, fmt.Errorf("--acme needs a --url with a public host name; no issuer can prove %s", host))
	}
	if u, err := url.Parse(c.URL); err == nil && u.Port() != "" && u.Port() != "443" && c.ACMEHTTP == "" {
		errs = append(errs, fmt.Errorf("--acme: the issuer comes to port 443 of %s, and --url says %s: give --acme-http :80 as well", host, u.Port()))
	}
	return errs
}

// acmeTLS is the certificate by ACME.
type acmeTLS struct {
	m    *autocert.Manager
	host string
	base string
	log  *slog.Logger
	have atomic.Bool // it was got once: from here on it is renewed in time, without being asked for
}

func (c Config) acmeTLS(log *slog.Logger) (*acmeTLS, error) {
	host, err := c.acmeHost()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.ACMEFolder, 0o700); err != nil {
		return nil, fmt.Errorf("--acme-folder: %w", err)
	}
	if err := ownOnly(c.ACMEFolder); err != nil {
		return nil, err
	}
	a := &acmeTLS{host: host, base: c.base(), log: log, m: &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(c.ACMEFolder),
		HostPolicy: autocert.HostWhitelist(host),
		Email:      c.ACMEEmail,
		Client:     c.acmeClient(),
	}}
	return a, nil
}

func (c Config) acmeClient() *acme.Client {
	return &acme.Client{DirectoryURL: c.ACMEDirectory, UserAgent: "ranzen/" + build(), HTTPClient: &http.Client{Timeout: 30 * time.Second}}
}

// ownOnly refuses a folder others may look into: keys lie there.
func ownOnly(folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("--acme-folder: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("--acme-folder %s: others may look into it (mode %04o); chmod 0700 %[1]s", folder, info.Mode().Perm())
	}
	return nil
}

// obtain gets the certificate, or takes the one got before, and tries until there is one or ctx ends.
func (a *acmeTLS) obtain(ctx context.Context) {
	for wait := 2 * time.Minute; ctx.Err() == nil; wait = min(2*wait, 2*time.Hour) {
		cert, err := a.m.GetCertificate(&tls.ClientHelloInfo{ServerName: a.host, CipherSuites: modern})
		if err == nil {
			a.have.Store(true)
			a.log.Info("TLS certificate by ACME", "host", a.host, "until", cert.Leaf.NotAfter.UTC().Format(time.RFC3339))
			return
		}
		a.log.Error("no TLS certificate by ACME", "host", a.host, "error", err, "again in", wait.String())
		pause(ctx, wait)
	}
}

// modern makes every certificate one for ECDSA, which all iPads and browsers speak; an RSA certificate beside it would be
// asked for by old scanners alone.
var modern = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}

// get answers the issuer's test and everybody else. Who names no host gets the one there is.
func (a *acmeTLS) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if name == "" {
		name = a.host
	}
	test := len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto
	if !test && !a.have.Load() {
		return nil, errors.New("there is no TLS certificate by ACME yet")
	}
	return a.m.GetCertificate(&tls.ClientHelloInfo{ServerName: name, SupportedProtos: hello.SupportedProtos, CipherSuites: modern})
}

// handler is the second address: the issuer's test by http-01, and the way to https for people.
func (a *acmeTLS) handler() http.Handler {
	test := a.m.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "This server speaks https.", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, a.base+r.URL.RequestURI(), http.StatusFound)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A port is no part of the host the policy knows; one stands there when something in front forwards from another port.
		if host, _, err := net.SplitHostPort(r.Host); err == nil {
			r.Host = host
		}
		test.ServeHTTP(w, r)
	})
}

// acmeCertificate is the certificate last got, from the folder it is kept in.
func (c Config) acmeCertificate() (*x509.Certificate, error) {
	host, err := c.acmeHost()
	if err != nil {
		return nil, err
	}
	rest, err := os.ReadFile(filepath.Join(c.ACMEFolder, host))
	if err != nil {
		return nil, fmt.Errorf("TLS certificate by ACME: %w", err)
	}
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return nil, fmt.Errorf("TLS certificate by ACME: %s holds none", filepath.Join(c.ACMEFolder, host))
		}
		if b.Type == "CERTIFICATE" { // the first one is the host's own
			return x509.ParseCertificate(b.Bytes)
		}
	}
}

// examineACME is the doctor's look at the certificate by ACME and the way to it.
func (c doctorCmd) examineACME(ctx context.Context) (out []finding) {
	add := func(is, fix string) { out = append(out, finding{"TLS by ACME", is, fix}) }
	host, err := c.acmeHost()
	if err != nil {
		return nil // --url was found wrong already
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
		add(host+" has no address: "+err.Error(), "let the town's DNS name this machine's public address for "+host)
	}
	if _, err := c.acmeClient().Discover(ctx); err != nil {
		add(c.ACMEDirectory+" does not answer as an issuer: "+err.Error(), "let this machine reach it by https, or correct --acme-directory")
	}
	if err := ownOnly(c.ACMEFolder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		add(err.Error(), "chmod 0700 "+c.ACMEFolder)
	}
	cert, err := c.acmeCertificate()
	why := "the issuer must reach port 443 of " + host + " (or 80, with --acme-http); «journalctl -u ranzen -g ACME» says what it answered"
	if err != nil {
		add("no certificate yet", "start the server. If there is none after two minutes: "+why)
		return out
	}
	left, lives := cert.NotAfter.Sub(wallClock()), cert.NotAfter.Sub(cert.NotBefore)
	is := "until " + cert.NotAfter.Format(time.DateOnly)
	switch {
	case left < 0:
		add(is+", over", why)
	case left < lives*3/10: // it should have been renewed when a third was left
		add(is+", not renewed in time", why)
	default:
		add(is+", renews itself", "")
	}
	return out
}
