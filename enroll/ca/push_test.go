package ca

import (
	"bytes"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
)

const topic = "com.apple.mgmt.External.00000000-1111-2222-3333-444444444444"

func pushSubject(topic string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "APSP:0000", ExtraNames: []pkix.AttributeTypeAndValue{{Type: oidUserID, Value: topic}}}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
}

func certPEM(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: cert.Raw})
}

func TestPushCertificateFromRequestToTopic(t *testing.T) {
	keyPEM, csrPEM, err := NewPushRequest("Stadt Musterhausen")
	if err != nil {
		t.Fatal(err)
	}
	csr, err := parseRequest(csrPEM)
	if err != nil {
		t.Fatal(err)
	}
	if err := csr.CheckSignature(); err != nil || csr.Subject.CommonName != "Stadt Musterhausen" || csr.PublicKey.(*rsa.PublicKey).N.BitLen() != 2048 {
		t.Fatalf("request of %s: %v", csr.Subject, err)
	}
	key, err := parseKey(keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	issuerKey := transportKey()
	issuer := timelessCert(t, issuerKey, nil, nil, asCA("Played push CA"))
	cert := timelessCert(t, key, issuer, issuerKey, pushSubject(topic))

	for name, keyFile := range map[string][]byte{
		"PKCS #8": keyPEM,
		"PKCS #1": pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
	} {
		info, pair, err := ParsePushCertificate(append(certPEM(cert), certPEM(issuer)...), keyFile)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if info.Topic != topic || info.Serial == "" || !info.NotAfter.Equal(cert.NotAfter) || info.Subject != "APSP:0000" {
			t.Errorf("%s: %+v", name, info)
		}
		if len(pair.Certificate) != 2 || pair.Leaf == nil || !key.Equal(pair.PrivateKey) {
			t.Errorf("%s: the pair cannot connect", name)
		}
	}
	if _, _, err := NewPushRequest(""); err == nil {
		t.Error("a request without a name was made")
	}
}

func TestPushCertificateRefusals(t *testing.T) {
	key := transportKey()
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: keyDER})
	good := certPEM(timelessCert(t, key, nil, nil, pushSubject(topic)))
	curve := ecKey(elliptic.P256())
	small := rsaKey(1024)

	for _, test := range []struct {
		name      string
		cert, key []byte
		want      error
	}{
		{"no certificate", []byte("hello"), keyPEM, ErrNoPushCertificate},
		{"key in the place of the certificate", keyPEM, keyPEM, ErrNoPushCertificate},
		{"broken certificate", pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: []byte("x")}), keyPEM, ErrNoPushCertificate},
		{"no key", good, nil, ErrNoPushKey},
		{"broken key", good, pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: []byte("x")}), ErrNoPushKey},
		{"key with a password", good, pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}), ErrPushKeyEncrypted},
		{"old key with a password", good, []byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"), ErrPushKeyEncrypted},
		{"foreign key", certPEM(timelessCert(t, rsaKey(2048), nil, nil, pushSubject(topic))), keyPEM, ErrPushKeyMismatch},
		{"no topic", certPEM(timelessCert(t, key, nil, nil, nil)), keyPEM, ErrNotPush},
		{"topic of an app", certPEM(timelessCert(t, key, nil, nil, pushSubject("de.example.app"))), keyPEM, ErrNotPush},
		{"a server's certificate", certPEM(timelessCert(t, key, nil, nil, func(c *x509.Certificate) {
			pushSubject(topic)(c)
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		})), keyPEM, ErrNotPush},
		{"a CA", certPEM(timelessCert(t, key, nil, nil, func(c *x509.Certificate) { pushSubject(topic)(c); c.IsCA = true })), keyPEM, ErrNotPush},
		{"a curve", certPEM(timelessCert(t, curve, nil, nil, pushSubject(topic))), keyPEM, ErrNotPush},
		{"weak key", certPEM(timelessCert(t, small, nil, nil, pushSubject(topic))), keyPEM, ErrNotPush},
		{"enormous", bytes.Repeat([]byte("x"), maxPushFile+1), keyPEM, ErrNotPush},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, pair, err := ParsePushCertificate(test.cert, test.key)
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if pair.PrivateKey != nil {
				t.Error("an error and yet a key")
			}
		})
	}
}

func TestVendorRequest(t *testing.T) {
	_, csrPEM, err := NewPushRequest("Stadt Musterhausen")
	if err != nil {
		t.Fatal(err)
	}
	_, otherPEM, err := NewPushRequest("Landkreis Beispiel")
	if err != nil {
		t.Fatal(err)
	}
	key := transportKey()
	chain := certPEM(timelessCert(t, key, nil, nil, nil))
	v, err := NewVendorRequest(csrPEM, chain, key)
	if err != nil {
		t.Fatal(err)
	}
	file, err := v.Encode()
	if err != nil {
		t.Fatal(err)
	}
	xml, err := base64.StdEncoding.DecodeString(string(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"PushCertRequestCSR", "PushCertCertificateChain", "PushCertSignature"} {
		if !strings.Contains(string(xml), "<key>"+name+"</key>") {
			t.Errorf("%s is missing", name)
		}
	}
	again, err := ParseVendorRequest(append(file, '\n'))
	if err != nil {
		t.Fatal(err)
	}
	if again != v {
		t.Error("the request read back differs")
	}
	if err := again.Check(csrPEM); err != nil {
		t.Error(err)
	}
	if err := again.Check(otherPEM); err == nil {
		t.Error("someone else's request passed")
	}
	spoiled := v
	spoiled.Signature = base64.StdEncoding.EncodeToString(make([]byte, 256))
	if err := spoiled.Check(csrPEM); err == nil {
		t.Error("a wrong signature passed")
	}
	if _, err := NewVendorRequest(csrPEM, chain, rsaKey(2048)); err == nil {
		t.Error("signed with a key that is not the vendor's")
	}
	for name, data := range map[string]string{
		"no base64":    "???",
		"binary plist": base64.StdEncoding.EncodeToString([]byte("bplist00")),
		"no plist":     base64.StdEncoding.EncodeToString([]byte("hello")),
		"enormous":     strings.Repeat("A", maxVendorRequest+1),
	} {
		if _, err := ParseVendorRequest([]byte(data)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParsePushCertificate(f *testing.F) {
	keyPEM, _, err := NewPushRequest("x")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), keyPEM)
	f.Add(certPEM(timelessCert(f, transportKey(), nil, nil, pushSubject(topic))), keyPEM)
	f.Fuzz(func(t *testing.T, cert, key []byte) {
		if info, _, err := ParsePushCertificate(cert, key); err == nil && info.Topic == "" {
			t.Fatal("accepted without a topic")
		}
	})
}

func FuzzParseVendorRequest(f *testing.F) {
	f.Add([]byte(base64.StdEncoding.EncodeToString([]byte("<plist><dict><key>PushCertRequestCSR</key><string>x</string></dict></plist>"))))
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := ParseVendorRequest(data); err == nil {
			_ = v.Check(nil)
		}
	})
}
