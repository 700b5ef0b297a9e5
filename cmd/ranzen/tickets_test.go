package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// ownPaper is a certificate for loopback that is its own root.
func ownPaper(t *testing.T, name string) (*tls.Certificate, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := wallClock()
	c := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, root
}

// An iPad that comes back resumes by its ticket, also after the certificate was renewed; a server that was started anew knows
// no tickets, and nobody notices.
func TestTickets(t *testing.T) {
	roots := x509.NewCertPool()
	pair := func() *tls.Certificate {
		cert, root := ownPaper(t, "mdm.musterstadt.example")
		roots.AddCert(root)
		return cert
	}
	var now atomic.Pointer[tls.Certificate]
	var addr string
	begin := func() *http.Server {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr = l.Addr().String()
		s := httpServer(http.NotFoundHandler())
		go s.Serve(secured(l, func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return now.Load(), nil }))
		return s
	}
	iPad := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", ClientSessionCache: tls.NewLRUClientSessionCache(1), GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return now.Load(), nil
	}}
	visit := func(what string, resumes bool) {
		t.Helper()
		tr := &http.Transport{TLSClientConfig: iPad, ForceAttemptHTTP2: true}
		defer tr.CloseIdleConnections()
		res, err := (&http.Client{Transport: tr}).Get("https://" + addr + "/")
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		res.Body.Close()
		if res.TLS.DidResume != resumes || res.TLS.Version != tls.VersionTLS13 || res.TLS.NegotiatedProtocol != "h2" {
			t.Errorf("%s: resumed %v, version %x, protocol %q", what, res.TLS.DidResume, res.TLS.Version, res.TLS.NegotiatedProtocol)
		}
	}
	now.Store(pair())
	s := begin()
	visit("the first time", false)
	visit("back again", true)
	now.Store(pair())
	visit("after the certificate was renewed", true)
	s.Close()
	s = begin()
	defer s.Close()
	visit("after a restart", false)
	visit("and back again", true)
}
