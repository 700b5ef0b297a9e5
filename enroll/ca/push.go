package ca

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What can be wrong with the two files of a push certificate; each is a sentence on a page.
var (
	ErrNoPushCertificate = errors.New("ca: no certificate in the file")
	ErrNoPushKey         = errors.New("ca: no readable private key in the file")
	ErrPushKeyEncrypted  = errors.New("ca: the private key is protected by a password")
	ErrPushKeyMismatch   = errors.New("ca: the private key does not belong to the certificate")
	ErrNotPush           = errors.New("ca: not an MDM push certificate")
)

const (
	maxPushFile = 64 << 10
	topicPrefix = "com.apple.mgmt."
)

var oidUserID = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}

// PushCertificate is what the server must know about the certificate with which it wakes devices.
// The topic is what devices enrolled for: if a renewal changes it, every device must enrol again.
// Document: Apple "Setting Up Push Notifications for Your MDM Customers".
type PushCertificate struct {
	Topic     string
	NotBefore time.Time
	NotAfter  time.Time
	Serial    string
	Subject   string
}

// NewPushRequest makes a fresh RSA-2048 key and the request with which an authority obtains its
// push certificate. The key belongs sealed into the store until the certificate comes back.
func NewPushRequest(commonName string) (keyPEM, csrPEM []byte, err error) {
	if commonName == "" {
		return nil, nil, errors.New("ca: a push certificate request needs a name")
	}
	key, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		return nil, nil, fmt.Errorf("ca: push certificate key: %w", err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject:            pkix.Name{CommonName: commonName},
		SignatureAlgorithm: x509.SHA256WithRSA,
	}, key)
	if err != nil {
		return nil, nil, fmt.Errorf("ca: push certificate request: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("ca: push certificate key: %w", err)
	}
	keyPEM = pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: keyDER})
	csrPEM = pem.EncodeToMemory(&pem.Block{Type: pemRequest, Bytes: der})
	return keyPEM, csrPEM, nil
}

// ParsePushCertificate reads certificate and key as a person uploads them and returns what to show
// and what to connect with. Expiry is the caller's question: an expired certificate still tells
// the topic to renew.
func ParsePushCertificate(certPEM, keyPEM []byte) (PushCertificate, tls.Certificate, error) {
	fail := func(err error) (PushCertificate, tls.Certificate, error) {
		return PushCertificate{}, tls.Certificate{}, err
	}
	if len(certPEM) > maxPushFile || len(keyPEM) > maxPushFile {
		return fail(ErrNotPush)
	}
	var chain [][]byte
	for block, rest := pem.Decode(certPEM); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == pemCertificate {
			chain = append(chain, block.Bytes)
		}
	}
	if len(chain) == 0 {
		return fail(ErrNoPushCertificate)
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return fail(fmt.Errorf("%w: %v", ErrNoPushCertificate, err))
	}
	topic, err := pushTopic(leaf)
	if err != nil {
		return fail(err)
	}
	key, err := parseKey(keyPEM)
	if err != nil {
		return fail(err)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return fail(ErrPushKeyMismatch)
	}
	return PushCertificate{
		Topic:     topic,
		NotBefore: leaf.NotBefore,
		NotAfter:  leaf.NotAfter,
		Serial:    strings.ToUpper(leaf.SerialNumber.Text(16)),
		Subject:   leaf.Subject.CommonName,
	}, tls.Certificate{Certificate: chain, PrivateKey: key, Leaf: leaf}, nil
}

// pushTopic checks that a certificate can be an MDM push certificate and reads its topic.
func pushTopic(cert *x509.Certificate) (string, error) {
	pub, ok := cert.PublicKey.(*rsa.PublicKey)
	switch {
	case !ok || checkKey(pub) != nil:
		return "", fmt.Errorf("%w: no usable RSA key", ErrNotPush)
	case cert.IsCA:
		return "", fmt.Errorf("%w: it is a CA certificate", ErrNotPush)
	case len(cert.ExtKeyUsage)+len(cert.UnknownExtKeyUsage) > 0 &&
		!slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageClientAuth) && !slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageAny):
		return "", fmt.Errorf("%w: not for client authentication", ErrNotPush)
	}
	for _, name := range cert.Subject.Names {
		if topic, ok := name.Value.(string); ok && name.Type.Equal(oidUserID) && strings.HasPrefix(topic, topicPrefix) {
			return topic, nil
		}
	}
	return "", fmt.Errorf("%w: its subject names no topic", ErrNotPush)
}

// parseKey reads an RSA key from PEM, PKCS #8 or PKCS #1. The library's own message is dropped:
// it may quote key material.
func parseKey(data []byte) (*rsa.PrivateKey, error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return nil, ErrPushKeyEncrypted
		}
		var key crypto.PrivateKey
		var err error
		switch block.Type {
		case pemPrivateKey:
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		default:
			continue
		}
		if k, ok := key.(*rsa.PrivateKey); ok && err == nil {
			return k, nil
		}
		return nil, ErrNoPushKey
	}
	return nil, ErrNoPushKey
}
