// Package ca makes and reads the cryptographic papers of enrolment: it signs device
// identities, answers SCEP messages, signs profiles and checks what devices and Apple signed.
// It keeps nothing: no database, no HTTP, no clock; keys come in and go out as PEM for the store to seal.
//
// One [Authority] serves one school authority. It holds two keys. The issuing key (RSA-3072) only
// ever signs certificates. The SCEP recipient, a "registration authority" certificate with its own
// RSA-2048 key, opens request envelopes and signs answers: SCEP envelopes need RSA, they are opened
// for strangers, and a decryption key that strangers may talk to must not be the key that signs identities.
//
// Devices may ask with RSA keys of 2048 bits and more or with P-256 keys. What they write into the
// subject of their request is ignored: the caller knows from the challenge who they are.
//
// Requests are parsed by smallstep/scep and smallstep/pkcs7, which have been talking to real Apple
// devices for years and read the BER those send. Answers and signed profiles are written by our own
// cms.go, because the libraries choose the cipher (DES) and the digest (SHA-1) by package variables,
// encrypt the answer to every certificate a stranger put into the request, and stamp the signing time
// with the wall clock, which a played district in another year would rightly refuse.
//
// Danger: every parser here is reached by unauthenticated strangers. Sizes, depth, number of elements
// and key sizes are checked before the libraries run (see ber.go); a panic inside them becomes an error.
//
// Documents: RFC 8894 (SCEP), RFC 5652 (CMS), Apple "Over-the-Air Profile Delivery".
package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

const (
	// DefaultLifetime of a device identity. iPads may lie in a cupboard over the long holidays;
	// three years with renewal a year ahead leaves room for that.
	DefaultLifetime = 3 * 365 * 24 * time.Hour

	authorityLifetime = 20 * 365 * 24 * time.Hour
	// backdate forgives clocks that run behind ours.
	backdate = time.Hour

	issuingKeyBits   = 3072
	recipientKeyBits = 2048
	minRSABits       = 2048
	maxRSABits       = 8192
)

// ErrKey says that a request brings a key we do not certify.
var ErrKey = errors.New("ca: only RSA keys of 2048 to 8192 bits and P-256 keys are accepted")

// oidCMCRegistrationAuthority marks the recipient certificate. Without any extended key usage it
// would be good for everything, also for posing as a device.
var oidCMCRegistrationAuthority = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 28}

// Authority is the certificate authority of one school authority: issuing CA and SCEP recipient.
// It is immutable and safe for concurrent use.
type Authority struct {
	cert *x509.Certificate
	key  *rsa.PrivateKey

	recipient    *x509.Certificate
	recipientKey *rsa.PrivateKey
}

// New makes an authority with fresh keys, valid for 20 years from now. The name is that of the
// school authority. The certificates add a word of their own to it: a profile signer may then bear
// the plain name, whereas subject equal to issuer looks self-signed to verifiers.
func New(name string, now time.Time) (*Authority, error) {
	if name == "" {
		return nil, errors.New("ca: an authority needs a name")
	}
	key, err := rsa.GenerateKey(rand.Reader, issuingKeyBits)
	if err != nil {
		return nil, fmt.Errorf("ca: issuing key: %w", err)
	}
	recipientKey, err := rsa.GenerateKey(rand.Reader, recipientKeyBits)
	if err != nil {
		return nil, fmt.Errorf("ca: recipient key: %w", err)
	}
	a := &Authority{key: key, recipientKey: recipientKey}

	self := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name + " CA", Organization: []string{name}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(authorityLifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	if a.cert, err = sign(self, self, key.Public(), key); err != nil {
		return nil, fmt.Errorf("ca: issuing certificate: %w", err)
	}
	a.recipient, err = sign(&x509.Certificate{
		Subject:               pkix.Name{CommonName: name + " SCEP", Organization: []string{name}},
		NotBefore:             a.cert.NotBefore,
		NotAfter:              a.cert.NotAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{oidCMCRegistrationAuthority},
		BasicConstraintsValid: true,
	}, a.cert, recipientKey.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("ca: recipient certificate: %w", err)
	}
	return a, nil
}

// Certificate is the issuing certificate: the only trust anchor for this authority's devices.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// Recipient is the certificate to which SCEP requests are encrypted and which signs the answers.
func (a *Authority) Recipient() *x509.Certificate { return a.recipient }

// NotAfter is the last moment this authority can issue; the expiry calendar watches it.
func (a *Authority) NotAfter() time.Time { return a.cert.NotAfter }

// Pool returns a fresh pool with the issuing certificate alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Issued reports whether the certificate was signed by this authority, at whatever time. It says
// nothing about expiry or about whom the certificate belongs to: bind by [CertHash].
func (a *Authority) Issued(cert *x509.Certificate) bool {
	return cert != nil && cert.CheckSignatureFrom(a.cert) == nil
}

// Marshal writes certificates and private keys (PKCS #8) as PEM. The bytes are the crown jewels:
// whoever stores them seals them first.
func (a *Authority) Marshal() ([]byte, error) {
	return marshalPairs(
		pair{a.cert, a.key},
		pair{a.recipient, a.recipientKey},
	)
}

// Parse reads what [Authority.Marshal] wrote and checks that keys, certificates and signatures fit.
func Parse(data []byte) (*Authority, error) {
	pairs, err := parsePairs(data)
	if err != nil {
		return nil, fmt.Errorf("ca: reading the authority: %w", err)
	}
	if len(pairs) != 2 {
		return nil, fmt.Errorf("ca: reading the authority: want 2 certificates with keys, have %d", len(pairs))
	}
	a := &Authority{cert: pairs[0].cert, key: pairs[0].key, recipient: pairs[1].cert, recipientKey: pairs[1].key}
	switch {
	case !a.cert.IsCA:
		return nil, errors.New("ca: reading the authority: the first certificate is no CA")
	case !a.Issued(a.recipient):
		return nil, errors.New("ca: reading the authority: the SCEP recipient was issued by another CA")
	}
	return a, nil
}

// Binding is what a device certificate says about its holder. The common name is an opaque id of
// ours, never a serial number or a person's name: certificates travel in clear. The organizational unit is that of a
// renewal: the enrolment it goes on for (see [RenewalOf]).
type Binding struct {
	CommonName         string
	Organization       string
	OrganizationalUnit string
}

// SignDevice issues a device identity for the key of the request. The request must prove that the
// sender holds the key; everything else in it is ignored. A lifetime of zero means
// [DefaultLifetime]; no identity outlives the authority.
func (a *Authority) SignDevice(csr *x509.CertificateRequest, who Binding, now time.Time, lifetime time.Duration) (*x509.Certificate, error) {
	if csr == nil {
		return nil, errors.New("ca: signing a device identity: no request")
	}
	if who.CommonName == "" {
		return nil, errors.New("ca: signing a device identity: no common name")
	}
	if err := checkKey(csr.PublicKey); err != nil {
		return nil, err
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, fmt.Errorf("ca: signing a device identity: the request is not signed by its own key: %w", err)
	}
	if err := a.checkValid(now); err != nil {
		return nil, err
	}
	if lifetime <= 0 {
		lifetime = DefaultLifetime
	}
	subject := pkix.Name{CommonName: who.CommonName}
	if who.Organization != "" {
		subject.Organization = []string{who.Organization}
	}
	if who.OrganizationalUnit != "" {
		subject.OrganizationalUnit = []string{who.OrganizationalUnit}
	}
	usage := x509.KeyUsageDigitalSignature
	if _, ok := csr.PublicKey.(*rsa.PublicKey); ok {
		usage |= x509.KeyUsageKeyEncipherment
	}
	cert, err := sign(&x509.Certificate{
		Subject:               subject,
		NotBefore:             now.Add(-backdate),
		NotAfter:              a.capped(now.Add(lifetime)),
		KeyUsage:              usage,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}, a.cert, csr.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("ca: signing a device identity: %w", err)
	}
	return cert, nil
}

// checkValid refuses work outside the authority's own lifetime: nobody could use the result.
func (a *Authority) checkValid(now time.Time) error {
	if now.Before(a.cert.NotBefore) || now.After(a.cert.NotAfter) {
		return fmt.Errorf("ca: the authority is valid from %s to %s, it is %s",
			a.cert.NotBefore.Format(time.DateOnly), a.cert.NotAfter.Format(time.DateOnly), now.Format(time.DateOnly))
	}
	return nil
}

func (a *Authority) capped(t time.Time) time.Time {
	if t.After(a.cert.NotAfter) {
		return a.cert.NotAfter
	}
	return t
}

// CertHash names a certificate: hex SHA-256 of its DER form. Devices are bound by it.
func CertHash(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}

// PublicKeyHash names a key: hex SHA-256 of its canonical SubjectPublicKeyInfo. It re-encodes the
// key, because the bytes of a request can spell one key in several ways.
func PublicKeyHash(pub crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", fmt.Errorf("ca: hashing a public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

// checkKey accepts what we certify. The upper bound protects us: verifying with a key of half a
// megabyte keeps a processor busy.
func checkKey(pub crypto.PublicKey) error {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if k.E < 65537 || k.E%2 == 0 {
			return ErrKey
		}
		if bits := k.N.BitLen(); bits < minRSABits || bits > maxRSABits {
			return ErrKey
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return ErrKey
		}
	default:
		return ErrKey
	}
	return nil
}

// sign completes the template with a random 128-bit serial number and issues it.
func sign(template, parent *x509.Certificate, pub crypto.PublicKey, key *rsa.PrivateKey) (*x509.Certificate, error) {
	var serial [16]byte
	if _, err := rand.Read(serial[:]); err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	template.SerialNumber = new(big.Int).SetBytes(serial[:])
	if template.SerialNumber.Sign() == 0 {
		template.SerialNumber.SetInt64(1)
	}
	template.SignatureAlgorithm = x509.SHA256WithRSA
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

type pair struct {
	cert *x509.Certificate
	key  *rsa.PrivateKey
}

const (
	pemCertificate = "CERTIFICATE"
	pemPrivateKey  = "PRIVATE KEY"
)

func marshalPairs(pairs ...pair) ([]byte, error) {
	var out []byte
	for _, p := range pairs {
		der, err := x509.MarshalPKCS8PrivateKey(p.key)
		if err != nil {
			return nil, fmt.Errorf("ca: writing a key: %w", err)
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: p.cert.Raw})...)
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: der})...)
	}
	return out, nil
}

// parsePairs reads alternating certificates and keys and checks that each key fits.
func parsePairs(data []byte) ([]pair, error) {
	var pairs []pair
	var cert *x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == pemCertificate && cert == nil:
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("certificate: %w", err)
			}
			cert = c
		case block.Type == pemPrivateKey && cert != nil:
			k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, errors.New("private key: not readable as PKCS #8")
			}
			key, ok := k.(*rsa.PrivateKey)
			if !ok {
				return nil, errors.New("private key: not an RSA key")
			}
			if !key.PublicKey.Equal(cert.PublicKey) {
				return nil, errors.New("private key does not belong to its certificate")
			}
			pairs = append(pairs, pair{cert, key})
			cert = nil
		default:
			return nil, fmt.Errorf("unexpected PEM block %q", block.Type)
		}
	}
	if cert != nil {
		return nil, errors.New("a certificate without its key")
	}
	return pairs, nil
}
