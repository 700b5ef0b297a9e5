package ca

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// now is far from the wall clock on purpose: nothing in this package may look at that one.
var now = time.Date(2031, 8, 15, 9, 0, 0, 0, time.UTC)

var shared = sync.OnceValue(func() *Authority {
	a, err := New("Stadt Musterhausen", now)
	if err != nil {
		panic(err)
	}
	return a
})

var transportKey = sync.OnceValue(func() *rsa.PrivateKey { return rsaKey(2048) })

func rsaKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func ecKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func request(t testing.TB, key crypto.Signer) *x509.CertificateRequest {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "what the device would like to be called"},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

// timelessCert is a certificate for test clients whose libraries read the wall clock.
func timelessCert(t testing.TB, key crypto.Signer, parent *x509.Certificate, parentKey crypto.Signer, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "SCEP client"},
		NotBefore:             time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true,
	}
	if change != nil {
		change(template)
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func openssl(t *testing.T, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("this test needs the command openssl (Debian package: openssl)")
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestAuthoritySurvivesStorage(t *testing.T) {
	a := shared()
	data, err := a.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !b.Certificate().Equal(a.Certificate()) || !b.Recipient().Equal(a.Recipient()) || !b.key.Equal(a.key) || !b.recipientKey.Equal(a.recipientKey) {
		t.Error("the authority read back differs")
	}
	if got := b.NotAfter().Sub(now).Hours() / 24 / 365; got != 20 {
		t.Errorf("valid for %v years, want 20", got)
	}
	if c := a.Certificate(); !c.IsCA || c.MaxPathLen != 0 || !c.MaxPathLenZero {
		t.Error("the issuing certificate may have CAs below it")
	}

	other, err := New("Landkreis Beispiel", now)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	half := bytes.Index(data[1:], []byte("-----BEGIN CERTIFICATE")) + 1
	foreignHalf := bytes.Index(foreign[1:], []byte("-----BEGIN CERTIFICATE")) + 1
	for name, broken := range map[string][]byte{
		"nothing":              nil,
		"no PEM":               []byte("hello"),
		"without recipient":    data[:half],
		"foreign recipient":    append(append([]byte(nil), data[:half]...), foreign[foreignHalf:]...),
		"recipient first":      append(append([]byte(nil), data[half:]...), data[:half]...),
		"twice":                append(append([]byte(nil), data...), data...),
		"certificate only":     data[:bytes.Index(data, []byte("-----BEGIN PRIVATE"))],
		"key of someone else":  append(append([]byte(nil), data[:bytes.Index(data, []byte("-----BEGIN PRIVATE"))]...), foreign[bytes.Index(foreign, []byte("-----BEGIN PRIVATE")):]...),
		"key before its paper": data[bytes.Index(data, []byte("-----BEGIN PRIVATE")):],
	} {
		if _, err := Parse(broken); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New("", now); err == nil {
		t.Error("an authority without a name was made")
	}
}

func TestDevicesAreCertifiedByKey(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		key   crypto.Signer
		ok    bool
		usage x509.KeyUsage
	}{
		{"RSA-2048", transportKey(), true, x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment},
		{"P-256", ecKey(elliptic.P256()), true, x509.KeyUsageDigitalSignature},
		{"RSA-1024", rsaKey(1024), false, 0},
		{"P-384", ecKey(elliptic.P384()), false, 0},
		{"Ed25519", edKey, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := shared()
			cert, err := a.SignDevice(request(t, test.key), Binding{CommonName: "d-4711", Organization: "Stadt Musterhausen", OrganizationalUnit: "Gymnasium Nord"}, now, 0)
			if !test.ok {
				if !errors.Is(err, ErrKey) {
					t.Fatalf("error %v, want ErrKey", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := cert.Subject.String(), "CN=d-4711,OU=Gymnasium Nord,O=Stadt Musterhausen"; got != want {
				t.Errorf("subject %q, want %q", got, want)
			}
			if cert.KeyUsage != test.usage || cert.IsCA {
				t.Errorf("key usage %v, CA %v", cert.KeyUsage, cert.IsCA)
			}
			if _, err := cert.Verify(x509.VerifyOptions{Roots: a.Pool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
				t.Errorf("not a client of the authority: %v", err)
			}
			if _, err := cert.Verify(x509.VerifyOptions{Roots: a.Pool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err == nil {
				t.Error("a device identity passes as a server")
			}
			if !cert.NotBefore.Equal(now.Add(-time.Hour)) || !cert.NotAfter.Equal(now.Add(DefaultLifetime)) {
				t.Errorf("valid from %v to %v", cert.NotBefore, cert.NotAfter)
			}
			if !a.Issued(cert) {
				t.Error("the authority does not know its own certificate")
			}
		})
	}
}

func TestSerialNumbersAreLongAndDifferent(t *testing.T) {
	a, csr := shared(), request(t, transportKey())
	seen := map[string]bool{}
	longest := 0
	for range 16 {
		cert, err := a.SignDevice(csr, Binding{CommonName: "d"}, now, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		seen[cert.SerialNumber.String()] = true
		longest = max(longest, cert.SerialNumber.BitLen())
	}
	if len(seen) != 16 || longest <= 112 || longest > 128 {
		t.Errorf("%d different serial numbers of up to %d bits", len(seen), longest)
	}
}

func TestNoIdentityOutlivesItsAuthority(t *testing.T) {
	a, csr := shared(), request(t, transportKey())
	late := a.NotAfter().Add(-24 * time.Hour)
	cert, err := a.SignDevice(csr, Binding{CommonName: "d"}, late, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !cert.NotAfter.Equal(a.NotAfter()) {
		t.Errorf("valid to %v, the authority to %v", cert.NotAfter, a.NotAfter())
	}
	for name, when := range map[string]time.Time{"expired": a.NotAfter().Add(time.Second), "not yet valid": now.Add(-2 * time.Hour)} {
		if _, err := a.SignDevice(csr, Binding{CommonName: "d"}, when, 0); err == nil {
			t.Errorf("%s: the authority still signs", name)
		}
		if _, err := a.NewSigner("x", when); err == nil {
			t.Errorf("%s: the authority still makes signers", name)
		}
	}
}

func TestUnprovenRequestsAreRefused(t *testing.T) {
	a := shared()
	csr := request(t, ecKey(elliptic.P256()))
	csr.PublicKey = &ecKey(elliptic.P256()).PublicKey
	if _, err := a.SignDevice(csr, Binding{CommonName: "d"}, now, 0); err == nil {
		t.Error("certified a key whose holder did not sign")
	}
	if _, err := a.SignDevice(request(t, transportKey()), Binding{}, now, 0); err == nil {
		t.Error("certified a device without a name")
	}
	if _, err := a.SignDevice(nil, Binding{CommonName: "d"}, now, 0); err == nil {
		t.Error("certified nothing")
	}
}

func TestOnlyDevicesPassAsDevices(t *testing.T) {
	a := shared()
	signer, err := a.NewSigner("Stadt Musterhausen", now)
	if err != nil {
		t.Fatal(err)
	}
	for name, cert := range map[string]*x509.Certificate{"SCEP recipient": a.Recipient(), "profile signer": signer.Certificate()} {
		if _, err := cert.Verify(x509.VerifyOptions{Roots: a.Pool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err == nil {
			t.Errorf("the %s passes as a device", name)
		}
	}
}

func TestKeysAreNamedByValueNotBySpelling(t *testing.T) {
	key := ecKey(elliptic.P256())
	csr := request(t, key)
	a, err := PublicKeyHash(csr.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	b, err := PublicKeyHash(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if a != b || len(a) != 64 {
		t.Errorf("hashes %q and %q", a, b)
	}
	if _, err := PublicKeyHash("not a key"); err == nil {
		t.Error("hashed something that is no key")
	}
	if h := CertHash(shared().Certificate()); len(h) != 64 || h == CertHash(shared().Recipient()) {
		t.Errorf("certificate hash %q", h)
	}
}
