package ca

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"
	"testing"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"
	"github.com/smallstep/scep/x509util"
)

// client is a SCEP client as the library plays it: key is what it wants certified, transport signs
// the message and opens the answer.
type client struct {
	key       crypto.Signer
	transport *rsa.PrivateKey
	cert      *x509.Certificate
}

func newClient(t testing.TB, key crypto.Signer) client {
	return client{key, transportKey(), timelessCert(t, transportKey(), nil, nil, nil)}
}

func (c client) csr(t testing.TB, challenge string) *x509.CertificateRequest {
	t.Helper()
	der, err := x509util.CreateCertificateRequest(rand.Reader, &x509util.CertificateRequest{ChallengePassword: challenge}, c.key)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

func (c client) ask(t testing.TB, to *x509.Certificate, kind scep.MessageType, challenge string) *scep.PKIMessage {
	t.Helper()
	msg, err := scep.NewCSRRequest(c.csr(t, challenge), &scep.PKIMessage{
		MessageType: kind,
		Recipients:  []*x509.Certificate{to},
		SignerKey:   c.transport,
		SignerCert:  c.cert,
	})
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func TestSCEPRoundTrip(t *testing.T) {
	for _, test := range []struct {
		name string
		key  crypto.Signer
		kind scep.MessageType
		want MessageType
	}{
		{"RSA for both", transportKey(), scep.PKCSReq, PKCSReq},
		{"P-256 with an RSA transport key", ecKey(elliptic.P256()), scep.PKCSReq, PKCSReq},
		{"renewal", transportKey(), scep.RenewalReq, RenewalReq},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, c := shared(), newClient(t, test.key)
			asked := c.ask(t, a.Recipient(), test.kind, "one-time secret")
			req, err := a.ParseRequest(asked.Raw, now)
			if err != nil {
				t.Fatal(err)
			}
			hash, err := PublicKeyHash(test.key.Public())
			if err != nil {
				t.Fatal(err)
			}
			if req.Challenge != "one-time secret" || req.MessageType != test.want || req.TransactionID != string(asked.TransactionID) ||
				req.PublicKeyHash != hash || !req.SignerCert.Equal(c.cert) {
				t.Errorf("read %+v", req)
			}
			cert, err := a.SignDevice(req.CSR, Binding{CommonName: "d-1"}, now, 0)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := req.Success(cert)
			if err != nil {
				t.Fatal(err)
			}

			got, err := scep.ParsePKIMessage(answer, scep.WithCACerts([]*x509.Certificate{a.Recipient()}))
			if err != nil {
				t.Fatal(err)
			}
			if got.PKIStatus != scep.SUCCESS || got.TransactionID != asked.TransactionID || !bytes.Equal(got.RecipientNonce, asked.SenderNonce) {
				t.Errorf("answer %+v", got.CertRepMessage)
			}
			if err := got.DecryptPKIEnvelope(c.cert, c.transport); err != nil {
				t.Fatal(err)
			}
			if !got.Certificate.Equal(cert) {
				t.Error("the answer carries another certificate")
			}
			assertModernAnswer(t, answer)
		})
	}
}

// assertModernAnswer reads cipher, digest and recipients out of the bytes.
func assertModernAnswer(t *testing.T, answer []byte) {
	t.Helper()
	p7, err := pkcs7.Parse(answer)
	if err != nil {
		t.Fatal(err)
	}
	if got := p7.Signers[0].DigestAlgorithm.Algorithm; !got.Equal(oidSHA256) {
		t.Errorf("signed with digest %v", got)
	}
	var outer contentInfo
	if _, err := asn1.Unmarshal(p7.Content, &outer); err != nil {
		t.Fatal(err)
	}
	var env envelopedData
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &env); err != nil {
		t.Fatal(err)
	}
	if len(env.Recipients) != 1 || !env.Content.Algorithm.Algorithm.Equal(oidAES128CBC) {
		t.Errorf("%d recipients, cipher %v", len(env.Recipients), env.Content.Algorithm.Algorithm)
	}
}

func TestSCEPRefusal(t *testing.T) {
	a, c := shared(), newClient(t, transportKey())
	asked := c.ask(t, a.Recipient(), scep.PKCSReq, "wrong")
	req, err := a.ParseRequest(asked.Raw, now)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := req.Fail(BadRequest)
	if err != nil {
		t.Fatal(err)
	}
	got, err := scep.ParsePKIMessage(answer, scep.WithCACerts([]*x509.Certificate{a.Recipient()}))
	if err != nil {
		t.Fatal(err)
	}
	if got.PKIStatus != scep.FAILURE || got.FailInfo != scep.BadRequest || !bytes.Equal(got.RecipientNonce, asked.SenderNonce) {
		t.Errorf("refusal %+v", got.CertRepMessage)
	}
}

func TestSCEPAnswerIsForTheSignerAlone(t *testing.T) {
	a, c := shared(), newClient(t, transportKey())
	eve := newClient(t, ecKey(elliptic.P256()))
	eve.transport = rsaKey(2048)
	eve.cert = timelessCert(t, eve.transport, nil, nil, nil)

	// A message of the client with a second certificate slipped in.
	inner, err := encryptCMS(c.csr(t, "x").Raw, a.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	msg, err := signCMS(inner, c.cert, c.transport, []*x509.Certificate{eve.cert, c.cert}, now,
		signedValue{oidSCEPTransactionID, "1"}, signedValue{oidSCEPMessageType, "19"}, signedValue{oidSCEPSenderNonce, []byte("nonce")})
	if err != nil {
		t.Fatal(err)
	}
	req, err := a.ParseRequest(msg, now)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.SignDevice(req.CSR, Binding{CommonName: "d-1"}, now, 0)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := req.Success(cert)
	if err != nil {
		t.Fatal(err)
	}
	got, err := scep.ParsePKIMessage(answer, scep.WithCACerts([]*x509.Certificate{a.Recipient()}))
	if err != nil {
		t.Fatal(err)
	}
	if err := got.DecryptPKIEnvelope(eve.cert, eve.transport); err == nil {
		t.Error("a stranger whose certificate travelled along can read the answer")
	}
	if err := got.DecryptPKIEnvelope(c.cert, c.transport); err != nil {
		t.Errorf("the sender cannot read the answer: %v", err)
	}
}

// hostile builds a signed SCEP message around any content.
func hostile(t testing.TB, c client, content []byte, kind, id string) []byte {
	t.Helper()
	msg, err := signCMS(content, c.cert, c.transport, []*x509.Certificate{c.cert}, now,
		signedValue{oidSCEPTransactionID, id}, signedValue{oidSCEPMessageType, kind}, signedValue{oidSCEPSenderNonce, []byte("nonce")})
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func TestSCEPRefusesHostileMessages(t *testing.T) {
	a, c := shared(), newClient(t, transportKey())
	envelope := func(content []byte, to *x509.Certificate) []byte {
		out, err := encryptCMS(content, to)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	good := envelope(c.csr(t, "x").Raw, a.Recipient())
	stolen := newClient(t, ecKey(elliptic.P256())).csr(t, "x").Raw
	stolen = append([]byte(nil), stolen...)
	stolen[len(stolen)-1] ^= 1

	small := client{key: transportKey(), transport: rsaKey(1024)}
	small.cert = timelessCert(t, small.transport, nil, nil, nil)

	other, err := New("Landkreis Beispiel", now)
	if err != nil {
		t.Fatal(err)
	}
	forged := hostile(t, c, good, "19", "1")
	forged[len(forged)-1] ^= 1

	for _, test := range []struct {
		name string
		msg  []byte
		want error
	}{
		{"nothing", nil, ErrMalformed},
		{"text", []byte("Guten Tag"), ErrMalformed},
		{"too big", make([]byte, MaxRequest+1), ErrMalformed},
		{"forged signature", forged, ErrMalformed},
		{"unknown type", hostile(t, c, good, "22", "1"), ErrMalformed},
		{"an answer", hostile(t, c, good, "3", "1"), ErrMalformed},
		{"no transaction id", hostile(t, c, good, "19", ""), ErrMalformed},
		{"long transaction id", hostile(t, c, good, "19", strings.Repeat("1", 300)), ErrMalformed},
		{"no envelope", hostile(t, c, []byte("no envelope"), "19", "1"), ErrMalformed},
		{"trailing bytes", append(hostile(t, c, good, "19", "1"), 0), ErrMalformed},
		{"envelope for another authority", hostile(t, c, envelope(c.csr(t, "x").Raw, other.Recipient()), "19", "1"), ErrEnvelope},
		{"envelope for the issuing key", hostile(t, c, envelope(c.csr(t, "x").Raw, a.Certificate()), "19", "1"), ErrEnvelope},
		{"no request in the envelope", hostile(t, c, envelope([]byte("nothing useful"), a.Recipient()), "19", "1"), ErrEnvelope},
		{"request not signed by its key", hostile(t, c, envelope(stolen, a.Recipient()), "19", "1"), ErrMalformed},
		{"long challenge", hostile(t, c, envelope(c.csr(t, strings.Repeat("x", 300)).Raw, a.Recipient()), "19", "1"), ErrMalformed},
		{"weak key in the request", hostile(t, c, envelope(request(t, rsaKey(1024)).Raw, a.Recipient()), "19", "1"), ErrKey},
		{"signer too weak", hostile(t, small, good, "19", "1"), ErrKey},
	} {
		t.Run(test.name, func(t *testing.T) {
			if req, err := a.ParseRequest(test.msg, now); !errors.Is(err, test.want) || req != nil {
				t.Errorf("request %v, error %v, want %v", req, err, test.want)
			}
		})
	}
	if _, err := a.ParseRequest(hostile(t, c, good, "19", "1"), a.NotAfter().Add(1)); err == nil {
		t.Error("an expired authority still takes requests")
	}
}

// TestSCEPIsNoOracle breaks the envelope at every level a stranger can and wants one answer.
func TestSCEPIsNoOracle(t *testing.T) {
	a, c := shared(), newClient(t, transportKey())
	var outer contentInfo
	sealed, err := encryptCMS(c.csr(t, "x").Raw, a.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := asn1.Unmarshal(sealed, &outer); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*envelopedData){
		"RSA padding":        func(e *envelopedData) { e.Recipients[0].EncryptedKey[5] ^= 1 },
		"short key":          func(e *envelopedData) { e.Recipients[0].EncryptedKey = e.Recipients[0].EncryptedKey[:17] },
		"last block":         func(e *envelopedData) { e.Content.Content[len(e.Content.Content)-17] ^= 0x80 },
		"one block left":     func(e *envelopedData) { e.Content.Content = e.Content.Content[:16] },
		"half a block":       func(e *envelopedData) { e.Content.Content = e.Content.Content[:23] },
		"no content":         func(e *envelopedData) { e.Content.Content = nil },
		"foreign cipher":     func(e *envelopedData) { e.Content.Algorithm.Algorithm = oidData },
		"short IV":           func(e *envelopedData) { e.Content.Algorithm.Parameters.FullBytes = []byte{4, 1, 0} },
		"unknown key cipher": func(e *envelopedData) { e.Recipients[0].KeyAlgorithm.Algorithm = oidData },
		"no recipient":       func(e *envelopedData) { e.Recipients = nil },
	} {
		t.Run(name, func(t *testing.T) {
			var env envelopedData
			if _, err := asn1.Unmarshal(outer.Content.Bytes, &env); err != nil {
				t.Fatal(err)
			}
			spoil(&env)
			broken, err := wrap(oidEnvelopedData, env)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.ParseRequest(hostile(t, c, broken, "19", "1"), now); err != ErrEnvelope {
				t.Errorf("error %v, want the one and only ErrEnvelope", err)
			}
		})
	}
}

func TestCACapsAndCertificates(t *testing.T) {
	caps := strings.Fields(string(CACaps()))
	for _, want := range []string{"AES", "SHA-256", "POSTPKIOperation", "SCEPStandard", "Renewal"} {
		if !strings.Contains(" "+strings.Join(caps, " ")+" ", " "+want+" ") {
			t.Errorf("%s is missing", want)
		}
	}
	a := shared()
	der, err := a.CACert()
	if err != nil {
		t.Fatal(err)
	}
	certs, err := scep.CACerts(der)
	if err != nil {
		t.Fatal(err)
	}
	if len(certs) != 2 || !certs[0].Equal(a.Recipient()) || !certs[1].Equal(a.Certificate()) {
		t.Errorf("%d certificates", len(certs))
	}
}

func FuzzParseRequest(f *testing.F) {
	a, c := shared(), newClient(f, transportKey())
	f.Add(c.ask(f, a.Recipient(), scep.PKCSReq, "secret").Raw)
	f.Add(hostile(f, c, []byte("x"), "19", "1"))
	f.Add([]byte{0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0})
	f.Add([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff})
	f.Add(bytes.Repeat([]byte{0x30, 0x80}, 40))
	f.Fuzz(func(t *testing.T, data []byte) {
		req, err := a.ParseRequest(data, now)
		if (req == nil) == (err == nil) {
			t.Fatalf("request %v and error %v", req, err)
		}
	})
}

// FuzzEnvelope spoils what is inside a properly signed message.
func FuzzEnvelope(f *testing.F) {
	a, c := shared(), newClient(f, transportKey())
	sealed, err := encryptCMS(c.csr(f, "x").Raw, a.Recipient())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(sealed[:len(sealed)-16])
	f.Fuzz(func(t *testing.T, envelope []byte) {
		req, err := a.ParseRequest(hostile(t, c, envelope, "19", "1"), now)
		if (req == nil) == (err == nil) {
			t.Fatalf("request %v and error %v", req, err)
		}
	})
}
