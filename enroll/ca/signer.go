package ca

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"time"
)

const signerLifetime = 5 * 365 * 24 * time.Hour

// Signer signs enrolment and configuration profiles. A device shows its name as the sender and
// calls the profile verified as soon as it trusts the authority's certificate.
type Signer struct {
	cert   *x509.Certificate
	key    *rsa.PrivateKey
	issuer *x509.Certificate
}

// NewSigner issues a signing identity for profiles. It is good for signing only: it passes neither
// as a device nor as a server.
func (a *Authority) NewSigner(name string, now time.Time) (*Signer, error) {
	if name == "" {
		return nil, errors.New("ca: a profile signer needs a name")
	}
	if err := a.checkValid(now); err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, recipientKeyBits)
	if err != nil {
		return nil, fmt.Errorf("ca: profile signing key: %w", err)
	}
	cert, err := sign(&x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-backdate),
		NotAfter:              a.capped(now.Add(signerLifetime)),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		BasicConstraintsValid: true,
	}, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("ca: profile signing certificate: %w", err)
	}
	return &Signer{cert: cert, key: key, issuer: a.cert}, nil
}

// ParseSigner reads what [Signer.Marshal] wrote and checks that this authority issued it.
func (a *Authority) ParseSigner(data []byte) (*Signer, error) {
	pairs, err := parsePairs(data)
	if err != nil {
		return nil, fmt.Errorf("ca: reading a profile signer: %w", err)
	}
	if len(pairs) != 1 {
		return nil, fmt.Errorf("ca: reading a profile signer: want 1 certificate with key, have %d", len(pairs))
	}
	if !a.Issued(pairs[0].cert) {
		return nil, errors.New("ca: reading a profile signer: another authority issued it")
	}
	return &Signer{cert: pairs[0].cert, key: pairs[0].key, issuer: a.cert}, nil
}

// Marshal writes certificate and private key as PEM, to be sealed by the store.
func (s *Signer) Marshal() ([]byte, error) { return marshalPairs(pair{s.cert, s.key}) }

// Certificate is what profiles are signed with.
func (s *Signer) Certificate() *x509.Certificate { return s.cert }

// NotAfter is the last moment devices call its signatures verified.
func (s *Signer) NotAfter() time.Time { return s.cert.NotAfter }

// SignCMS wraps content in a CMS signature with the signer's and the authority's certificate, the
// form in which devices install profiles. The time is the signing time a reader is shown.
func (s *Signer) SignCMS(content []byte, at time.Time) ([]byte, error) {
	if len(content) == 0 {
		return nil, errors.New("ca: signing a profile: it is empty")
	}
	if at.Before(s.cert.NotBefore) || at.After(s.cert.NotAfter) {
		return nil, fmt.Errorf("ca: signing a profile: the signer is valid from %s to %s",
			s.cert.NotBefore.Format(time.DateOnly), s.cert.NotAfter.Format(time.DateOnly))
	}
	out, err := signCMS(content, s.cert, s.key, []*x509.Certificate{s.cert, s.issuer}, at)
	if err != nil {
		return nil, fmt.Errorf("ca: signing a profile: %w", err)
	}
	return out, nil
}
