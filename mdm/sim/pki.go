package sim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	"github.com/smallstep/pkcs7"
)

// The library encrypts with DES unless told otherwise, which no Apple device has done for years. The switch is a variable
// of the library, so a choice somebody else has made already is left alone.
func init() {
	if pkcs7.ContentEncryptionAlgorithm == pkcs7.EncryptionAlgorithmDESCBC {
		pkcs7.ContentEncryptionAlgorithm = pkcs7.EncryptionAlgorithmAES256CBC
	}
}

var oidUID = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}

// keyPair is a certificate with its private key. It travels through JSON as DER and PKCS #8.
type keyPair struct {
	cert *x509.Certificate
	key  crypto.Signer
}

type keyPairDER struct{ Cert, Key []byte }

func (k *keyPair) MarshalJSON() ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		return nil, fmt.Errorf("sim: encode the key of %s: %w", k.cert.Subject, err)
	}
	return json.Marshal(keyPairDER{Cert: k.cert.Raw, Key: key})
}

func (k *keyPair) UnmarshalJSON(b []byte) error {
	var der keyPairDER
	if err := json.Unmarshal(b, &der); err != nil {
		return err
	}
	cert, err := x509.ParseCertificate(der.Cert)
	if err != nil {
		return fmt.Errorf("sim: decode a saved certificate: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der.Key)
	if err != nil {
		return fmt.Errorf("sim: decode the saved key of %s: %w", cert.Subject, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return fmt.Errorf("sim: the saved key of %s cannot sign", cert.Subject)
	}
	k.cert, k.key = cert, signer
	return nil
}

func newECKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func newSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

// issue signs a certificate over key with the issuer, or with key itself when the issuer is nil.
func issue(tmpl *x509.Certificate, key crypto.Signer, issuer *keyPair) (*keyPair, error) {
	cert, err := certify(tmpl, key.Public(), key, issuer)
	if err != nil {
		return nil, err
	}
	return &keyPair{cert: cert, key: key}, nil
}

func certify(tmpl *x509.Certificate, pub crypto.PublicKey, self crypto.Signer, issuer *keyPair) (*x509.Certificate, error) {
	tmpl.SerialNumber = newSerial()
	parent, signer := tmpl, self
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, pub, signer)
	if err != nil {
		return nil, fmt.Errorf("sim: issue a certificate to %s: %w", tmpl.Subject, err)
	}
	return x509.ParseCertificate(der)
}

func newRoot(name string, now time.Time, issuer *keyPair) (*keyPair, error) {
	key, err := newECKey()
	if err != nil {
		return nil, err
	}
	return issue(&x509.Certificate{
		Subject:               pkix.Name{CommonName: name, Organization: []string{"Gespieltes Apple"}, Country: []string{"US"}},
		NotBefore:             now.AddDate(-10, 0, 0),
		NotAfter:              now.AddDate(20, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, key, issuer)
}

// authorities are the certificate authorities the played Apple owns.
type authorities struct {
	Root     *keyPair // of everything
	DeviceCA *keyPair // "Apple iPhone Device CA": one certificate per iPad, made in the factory
	PushCA   *keyPair // MDM push certificates of customers
	Gateway  *keyPair // the TLS certificate of the push service
	Courier  *keyPair // RSA; every iPad wraps its SCEP messages with it, see enrol.go
}

func newAuthorities(now time.Time) (authorities, error) {
	var a authorities
	var err error
	if a.Root, err = newRoot("Gespielte Apple Root CA", now, nil); err != nil {
		return a, err
	}
	if a.DeviceCA, err = newRoot("Apple iPhone Device CA", now, a.Root); err != nil {
		return a, err
	}
	if a.PushCA, err = newRoot("Apple Application Integration 2 Certification Authority", now, a.Root); err != nil {
		return a, err
	}
	key, err := newECKey()
	if err != nil {
		return a, err
	}
	if a.Gateway, err = issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "api.push.apple.com"},
		NotBefore:   now.AddDate(-1, 0, 0),
		NotAfter:    now.AddDate(20, 0, 0),
		DNSNames:    []string{"api.push.apple.com", "localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, key, a.Root); err != nil {
		return a, err
	}
	courier, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return a, err
	}
	a.Courier, err = courierCertificate(courier, "Gespieltes iPad", now)
	return a, err
}

// courierCertificate is the self-signed certificate under which a SCEP request travels.
func courierCertificate(key *rsa.PrivateKey, name string, now time.Time) (*keyPair, error) {
	return issue(&x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: now.AddDate(-1, 0, 0),
		NotAfter:  now.AddDate(20, 0, 0),
		KeyUsage:  x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}, key, nil)
}

// Anchors is the pool a server must trust to verify a machine info. Apple's own device certificates are partly expired by
// date; so are these, on purpose.
func (a *Apple) Anchors() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range a.AnchorCerts() {
		pool.AddCert(c)
	}
	return pool
}

// AnchorCerts are the root and the device CA, in this order.
func (a *Apple) AnchorCerts() []*x509.Certificate {
	return []*x509.Certificate{a.pki.Root.cert, a.pki.DeviceCA.cert}
}

// AnchorsPEM is the same as a PEM file.
func (a *Apple) AnchorsPEM() []byte {
	var out []byte
	for _, c := range a.AnchorCerts() {
		out = append(out, pemBlock("CERTIFICATE", c.Raw)...)
	}
	return out
}

// manufacture issues the certificate an iPad brings from the factory. Old iPads bring an expired one.
func (a *Apple) manufacture(serial, udid string, expired bool) (*keyPair, error) {
	key, err := newECKey()
	if err != nil {
		return nil, err
	}
	from, until := a.cfg.Now().AddDate(-1, 0, 0), a.cfg.Now().AddDate(2, 0, 0)
	if expired {
		from, until = a.cfg.Now().AddDate(-5, 0, 0), a.cfg.Now().AddDate(-2, 0, 0)
	}
	return issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: udid, OrganizationalUnit: []string{"iPhone"}, Organization: []string{"Gespieltes Apple"}, SerialNumber: serial},
		NotBefore:   from,
		NotAfter:    until,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, key, a.pki.DeviceCA)
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// signCMS wraps content, or only signs it when detached.
func signCMS(content []byte, by *keyPair, detached bool, parents ...*x509.Certificate) ([]byte, error) {
	signed, err := pkcs7.NewSignedData(content)
	if err != nil {
		return nil, err
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := signed.AddSignerChain(by.cert, by.key, parents, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, err
	}
	if detached {
		signed.Detach()
	}
	return signed.Finish()
}

// unwrapCMS returns the content of a signed message and who signed it. Foreign bytes must not take an iPad down, so a panic
// of the parser is an error like any other.
func unwrapCMS(der []byte) (content []byte, signers []*x509.Certificate, err error) {
	defer func() {
		if r := recover(); r != nil {
			content, signers, err = nil, nil, fmt.Errorf("sim: the CMS parser gave up: %v", r)
		}
	}()
	p7, err := pkcs7.Parse(der)
	if err != nil {
		return nil, nil, err
	}
	if len(p7.Signers) == 0 {
		return nil, nil, fmt.Errorf("sim: nobody signed the message")
	}
	if err := p7.Verify(); err != nil {
		return nil, nil, err
	}
	return p7.Content, p7.Certificates, nil
}
