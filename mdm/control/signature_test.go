package control

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/micromdm/nanomdm/cryptoutil"
	"github.com/smallstep/pkcs7"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"ranzen/enroll/ca"
)

// party signs. Its key and certificate are the same in every process, so that what the fuzzer found in one of its
// workers means the same in the others.
type party struct {
	key  crypto.Signer
	cert *x509.Certificate
}

var parties = sync.OnceValue(func() (p struct{ rsa, ec, late party }) {
	prime := func(seed string) *big.Int {
		var b []byte
		for i := range 2 {
			h := sha512.Sum512([]byte{seed[0], byte(i)})
			b = append(b, h[:]...)
		}
		b[0], b[127] = b[0]|0xc0, b[127]|1
		n := new(big.Int).SetBytes(b)
		for two := big.NewInt(2); !n.ProbablyPrime(1); n.Add(n, two) {
		}
		return n
	}
	a, b, one := prime("a"), prime("b"), big.NewInt(1)
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(a, b), E: 65537}, Primes: []*big.Int{a, b}}
	phi := new(big.Int).Mul(new(big.Int).Sub(a, one), new(big.Int).Sub(b, one))
	key.D = new(big.Int).ModInverse(big.NewInt(65537), phi)
	key.Precompute()
	scalar := sha256.Sum256([]byte("scalar"))
	ec, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		panic(err)
	}
	issue := func(serial int64, name string, key crypto.Signer, from time.Time) party {
		t := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: from.AddDate(20, 0, 0), SubjectKeyId: []byte(name)}
		der, err := x509.CreateCertificate(rand.Reader, t, &x509.Certificate{Subject: pkix.Name{CommonName: "Devices", Organization: []string{"Musterstadt"}}}, key.Public(), p.rsa.key)
		if err != nil {
			panic(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			panic(err)
		}
		return party{key, cert}
	}
	p.rsa.key = key // signs all certificates: its signatures have no randomness
	p.rsa = issue(0x80, "rsa", key, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	p.ec = issue(7, "p256", ec, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	p.late = issue(8, "late", key, time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC))
	return p
})

// known keeps the keys of all parties, as after their first check-in.
func known() *keys {
	k := new(keys)
	for _, p := range []party{parties().rsa, parties().ec, parties().late} {
		k.keep(signer{ca.CertHash(p.cert), p.cert})
	}
	return k
}

// shape is a SignedData to be built, with everything that can be unusual about it.
type shape struct {
	by         party
	hash       crypto.Hash
	bare       bool // no signed attributes
	ber        bool // outer elements of indefinite length
	certs      [][]byte
	serial     *big.Int
	attributes func([][]byte) [][]byte // changes what is signed
	encoded    func([][]byte) [][]byte // changes it after it was signed
	time       []byte                  // DER of the signing time
	content    []byte                  // attached
	signers    int
	version    byte
	unsigned   bool // an unsigned attribute
	crls       bool
	rsaID      bool // names the digest in the algorithm of the signature
	null       bool // parameters where none belong, or none where NULL belongs
}

var (
	signedAt   = []byte("\x17\x0d260601120000Z")
	typeIsData = attribute(oidContentType, oidData)
)

func attribute(oid []byte, values ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(oid)
		b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(values, nil)) })
	})
	return b.BytesOrPanic()
}

func tlv(tag asn1.Tag, parts ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(parts, nil)) })
	return b.BytesOrPanic()
}

// outer encodes an outer element, of indefinite length in BER.
func (s shape) outer(tag asn1.Tag, parts ...[]byte) []byte {
	if !s.ber {
		return tlv(tag, parts...)
	}
	return slices.Concat([]byte{byte(tag), 0x80}, bytes.Join(parts, nil), []byte{0, 0})
}

func (s shape) sign(body []byte) []byte {
	if s.hash == 0 {
		s.hash = crypto.SHA256
	}
	if s.certs == nil {
		s.certs = [][]byte{s.by.cert.Raw}
	}
	if s.serial == nil {
		s.serial = s.by.cert.SerialNumber
	}
	if s.time == nil {
		s.time = signedAt
	}
	s.signers, s.version = max(s.signers, 1), max(s.version, 1)
	sum := func(b []byte) []byte { h := s.hash.New(); h.Write(b); return h.Sum(nil) }
	signed, attributes := body, []byte(nil)
	if !s.bare {
		list := [][]byte{typeIsData, attribute(oidSigningTime, s.time), attribute(oidMessageDigest, tlv(asn1.OCTET_STRING, sum(body)))}
		if s.attributes != nil {
			list = s.attributes(list)
		}
		slices.SortFunc(list, bytes.Compare)
		signed = tlv(asn1.SET, list...)
		if s.encoded != nil {
			list = s.encoded(list)
		}
		attributes = tlv(certificateSet, list...)
	}
	sig, err := s.by.key.Sign(rand.Reader, sum(signed), s.hash)
	if err != nil {
		panic(err)
	}
	d := digests[slices.IndexFunc(digests, func(d digest) bool { return d.hash == s.hash })]
	nulls := [2][]byte{null, nil}
	if s.null {
		nulls = [2][]byte{nil, null}
	}
	algorithm := tlv(asn1.SEQUENCE, oidRSA, nulls[0])
	if s.rsaID {
		algorithm = tlv(asn1.SEQUENCE, d.rsaID, nulls[0])
	}
	if _, ok := s.by.key.(*ecdsa.PrivateKey); ok {
		algorithm = tlv(asn1.SEQUENCE, d.ecID, nulls[1])
	}
	var serial cryptobyte.Builder
	serial.AddASN1BigInt(s.serial)
	parts := [][]byte{{2, 1, s.version}, tlv(asn1.SEQUENCE, s.by.cert.RawIssuer, serial.BytesOrPanic()), tlv(asn1.SEQUENCE, d.oid, nulls[0]), attributes, algorithm, tlv(asn1.OCTET_STRING, sig)}
	if s.unsigned {
		parts = append(parts, tlv(asn1.Tag(1).ContextSpecific().Constructed(), typeIsData))
	}
	info := tlv(asn1.SEQUENCE, parts...)
	content := [][]byte{oidData}
	if s.content != nil {
		content = append(content, tlv(certificateSet, tlv(asn1.OCTET_STRING, s.content)))
	}
	data := [][]byte{{2, 1, s.version}, tlv(asn1.SET, tlv(asn1.SEQUENCE, d.oid, nulls[0])), s.outer(asn1.SEQUENCE, content...), tlv(certificateSet, s.certs...)}
	if s.crls {
		data = append(data, tlv(asn1.Tag(1).ContextSpecific().Constructed()))
	}
	data = append(data, tlv(asn1.SET, bytes.Repeat(info, s.signers)))
	return s.outer(asn1.SEQUENCE, oidSignedData, s.outer(certificateSet, s.outer(asn1.SEQUENCE, data...)))
}

// smallstep signs with the library that our tests' and nanomdm's devices use.
func smallstep(p party, body []byte, more ...*x509.Certificate) []byte {
	s, err := pkcs7.NewSignedData(body)
	if err != nil {
		panic(err)
	}
	s.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := s.AddSigner(p.cert, p.key, pkcs7.SignerInfoConfig{}); err != nil {
		panic(err)
	}
	for _, c := range more {
		s.AddCertificate(c)
	}
	s.Detach()
	der, err := s.Finish()
	if err != nil {
		panic(err)
	}
	return der
}

// openssl signs with OpenSSL's command, given the options beside the usual ones.
func openssl(t *testing.T, p party, body []byte, options ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"body": body, "key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), "cert": cryptoutil.PEMCertificate(p.cert.Raw)} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("openssl", append([]string{"cms", "-sign", "-binary", "-outform", "DER", "-in", "body", "-signer", "cert", "-inkey", "key", "-out", "sig"}, options...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v: %s", err, out)
	}
	sig, err := os.ReadFile(filepath.Join(dir, "sig"))
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// judge asks both ways and fails the test where they disagree in the one direction that matters.
func judge(t *testing.T, k *keys, header string, body []byte) (short, long bool) {
	t.Helper()
	who, short := k.verify(header, body)
	cert, err := func() (c *x509.Certificate, err error) {
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("pkcs7 panics: %v", p)
			}
		}()
		return cryptoutil.VerifyMdmSignature(header, body)
	}()
	if short && (err != nil || cert == nil) {
		t.Fatalf("pkcs7 refuses what the short way accepts: %v\n%s", err, header)
	}
	if short && ca.CertHash(cert) != who.hash {
		t.Fatalf("the short way names another certificate\n%s", header)
	}
	return short, err == nil
}

func header(der []byte) string { return base64.StdEncoding.EncodeToString(der) }

const idleBody = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>Status</key><string>Idle</string><key>UDID</key><string>UDID-1</string></dict></plist>`

func TestBothWaysOfASignature(t *testing.T) {
	k, p, body := known(), parties(), []byte(idleBody)
	other := bytes.Replace(body, []byte("UDID-1"), []byte("UDID-2"), 1)
	stranger := x509.Certificate{SerialNumber: big.NewInt(9), NotAfter: p.rsa.cert.NotAfter}
	der, err := x509.CreateCertificate(rand.Reader, &stranger, &stranger, p.rsa.key.Public(), p.rsa.key)
	if err != nil {
		t.Fatal(err)
	}
	strange, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	twice := func(i int) func([][]byte) [][]byte {
		return func(l [][]byte) [][]byte { return append(l, l[i]) }
	}
	without := func(i int) func([][]byte) [][]byte {
		return func(l [][]byte) [][]byte { return slices.Delete(l, i, i+1) }
	}
	for _, c := range []struct {
		name        string
		der         []byte
		short, long bool
	}{
		{"smallstep, RSA", smallstep(p.rsa, body), true, true},
		{"smallstep, P-256", smallstep(p.ec, body), true, true},
		{"openssl, RSA", openssl(t, p.rsa, body, "-md", "sha256", "-nosmimecap"), true, true},
		{"openssl, P-256", openssl(t, p.ec, body, "-md", "sha256", "-nosmimecap"), true, true},
		{"openssl without attributes", openssl(t, p.rsa, body, "-md", "sha1", "-noattr"), true, true},
		{"openssl, streamed and attached", openssl(t, p.rsa, body, "-md", "sha1", "-noattr", "-stream"), false, true},
		{"openssl with capabilities", openssl(t, p.rsa, body, "-md", "sha256"), false, true},
		{"openssl, signer by key id", openssl(t, p.rsa, body, "-md", "sha256", "-keyid"), false, false},
		{"openssl, attached", openssl(t, p.rsa, body, "-md", "sha256", "-nosmimecap", "-nodetach"), false, true},
		{"openssl, PSS", openssl(t, p.rsa, body, "-md", "sha256", "-nosmimecap", "-keyopt", "rsa_padding_mode:pss"), false, false},

		{"attributes, RSA", shape{by: p.rsa}.sign(body), true, true},
		{"attributes, P-256", shape{by: p.ec}.sign(body), true, true},
		{"SHA-1", shape{by: p.rsa, hash: crypto.SHA1}.sign(body), true, true},
		{"SHA-384", shape{by: p.rsa, hash: crypto.SHA384}.sign(body), true, true},
		{"SHA-512", shape{by: p.rsa, hash: crypto.SHA512, rsaID: true}.sign(body), true, true},
		{"SHA-1, P-256", shape{by: p.ec, hash: crypto.SHA1}.sign(body), true, true},
		{"no attributes", shape{by: p.rsa, bare: true}.sign(body), true, true},
		{"no attributes, P-256", shape{by: p.ec, bare: true}.sign(body), true, true},
		{"BER, no attributes, SHA-1", shape{by: p.rsa, bare: true, ber: true, hash: crypto.SHA1}.sign(body), true, true},
		{"BER, attributes", shape{by: p.ec, ber: true}.sign(body), true, true},
		{"other parameters", shape{by: p.rsa, null: true}.sign(body), true, true},
		{"other parameters, P-256", shape{by: p.ec, null: true}.sign(body), true, true},

		{"another body", shape{by: p.rsa}.sign(other), false, false},
		{"another body, no attributes", shape{by: p.rsa, bare: true}.sign(other), false, false},
		{"a stranger", shape{by: party{p.rsa.key, strange}}.sign(body), true, true},
		{"a stranger's certificate and our key", shape{by: p.rsa, certs: [][]byte{strange.Raw}}.sign(body), false, false},
		{"two signers", shape{by: p.rsa, signers: 2}.sign(body), false, false},
		{"another certificate beside", smallstep(p.rsa, body, strange), false, true},
		{"the certificate twice", shape{by: p.rsa, certs: [][]byte{p.rsa.cert.Raw, p.rsa.cert.Raw}}.sign(body), false, true},
		{"no certificate", shape{by: p.rsa, certs: [][]byte{}}.sign(body), false, false},
		{"the certificate of another", shape{by: p.rsa, certs: [][]byte{p.ec.cert.Raw}}.sign(body), false, false},
		{"the serial number of another", shape{by: p.rsa, serial: p.ec.cert.SerialNumber}.sign(body), false, false},
		{"key and certificate of different kinds", shape{by: party{p.ec.key, p.rsa.cert}}.sign(body), false, false},
		{"attached content", shape{by: p.rsa, content: body}.sign(body), false, true},
		{"attached content of another", shape{by: p.rsa, content: other}.sign(body), false, true},
		{"version 3", shape{by: p.rsa, version: 3}.sign(body), false, true},
		{"an unsigned attribute", shape{by: p.rsa, unsigned: true}.sign(body), false, true},
		{"CRLs", shape{by: p.rsa, crls: true}.sign(body), false, true},
		{"signed before its time", shape{by: p.late}.sign(body), false, false},
		{"signed after its time", shape{by: p.rsa, time: []byte("\x17\x0d490601120000Z")}.sign(body), false, false},
		{"a time with a zone", shape{by: p.rsa, time: []byte("\x17\x11260601120000+0200")}.sign(body), false, true},
		{"a time without seconds", shape{by: p.rsa, time: []byte("\x17\x0b2606011200Z")}.sign(body), false, true},
		{"a long time", shape{by: p.rsa, time: []byte("\x18\x0f20260601120000Z")}.sign(body), false, true},
		{"no time at all", shape{by: p.rsa, time: []byte("\x17\x0d269901120000Z")}.sign(body), false, true},
		{"two times in one", shape{by: p.rsa, time: slices.Concat(signedAt, signedAt)}.sign(body), false, true},
		{"no signing time", shape{by: p.rsa, attributes: without(1)}.sign(body), false, true},
		{"no content type", shape{by: p.rsa, attributes: without(0)}.sign(body), false, true},
		{"no digest", shape{by: p.rsa, attributes: without(2)}.sign(body), false, false},
		{"digest twice", shape{by: p.rsa, attributes: twice(2)}.sign(body), false, true},
		{"time twice", shape{by: p.rsa, attributes: twice(1)}.sign(body), false, true},
		{"another content type", shape{by: p.rsa, attributes: func(l [][]byte) [][]byte {
			l[0] = attribute(oidContentType, oidSignedData)
			return l
		}}.sign(body), false, true},
		{"an attribute too much", shape{by: p.rsa, attributes: func(l [][]byte) [][]byte {
			return append(l, attribute(oidRSA, null))
		}}.sign(body), false, true},
		{"a digest of another length", shape{by: p.rsa, attributes: func(l [][]byte) [][]byte {
			l[2] = attribute(oidMessageDigest, tlv(asn1.OCTET_STRING, body[:20]))
			return l
		}}.sign(body), false, false},
		{"two digests, the wrong one first", shape{by: p.rsa, attributes: func(l [][]byte) [][]byte {
			return append(l, attribute(oidMessageDigest, tlv(asn1.OCTET_STRING, make([]byte, 32))))
		}}.sign(body), false, false},
		{"attributes not in order", shape{by: p.rsa, encoded: func(l [][]byte) [][]byte { slices.Reverse(l); return l }}.sign(body), false, true},
		{"an attribute nobody signed", shape{by: p.rsa, encoded: func(l [][]byte) [][]byte { return append(l, attribute(oidRSA, null)) }}.sign(body), false, false},
		{"attributes taken away", shape{by: p.rsa, encoded: func(l [][]byte) [][]byte { return nil }}.sign(body), false, false},
		{"bytes behind", append(shape{by: p.rsa}.sign(body), 0), false, true},
		{"bytes behind BER", append(shape{by: p.rsa, ber: true, bare: true}.sign(body), 0, 0), false, true},
		{"cut off", shape{by: p.rsa}.sign(body)[:600], false, false},
		{"BER without end", bytes.TrimRight(shape{by: p.rsa, ber: true}.sign(body), "\x00"), false, false},
		{"nothing", nil, false, false},
	} {
		short, long := judge(t, k, header(c.der), body)
		if short != c.short || long != c.long {
			t.Errorf("%s: the short way says %v, want %v; pkcs7 %v, want %v", c.name, short, c.short, long, c.long)
		}
	}

	// The attributes as a body: without its attributes a signature over them is one over this body.
	s := shape{by: p.rsa}.sign(body)
	attributes, _ := readSignature(s)
	bare := bytes.Replace(s, append([]byte{byte(certificateSet)}, attributes.attributes[1:]...), nil, 1)
	judge(t, k, header(bare), attributes.attributes)

	full := header(smallstep(p.rsa, body))
	for name, h := range map[string]string{"line breaks": full[:76] + "\r\n" + full[76:], "no padding": strings.TrimRight(header(append(smallstep(p.rsa, body), 0)), "="), "URL alphabet": strings.ReplaceAll(full, "+", "-")} {
		if short, long := judge(t, k, h, body); short && !long {
			t.Errorf("%s", name)
		}
	}
	fresh := new(keys)
	if who, ok := fresh.verify(full, body); !ok || who.cert == nil || who.hash != ca.CertHash(p.rsa.cert) || len(fresh.of) > 0 {
		t.Errorf("a certificate met for the first time: %v %q, %d are kept before the store was asked", ok, who.hash, len(fresh.of))
	}
}

// Every signature of the usual shape with one bit turned, one byte more or one byte less.
func TestADamagedSignatureFoolsNeitherWay(t *testing.T) {
	k, p, body := known(), parties(), []byte(idleBody)
	for _, der := range [][]byte{smallstep(p.rsa, body), shape{by: p.rsa, bare: true, ber: true, hash: crypto.SHA1}.sign(body), shape{by: p.ec}.sign(body)} {
		at := bytes.Index(der, []byte{0x30, 0x82, 3}) + 40 // within the certificate one bit is like the other
		for i := range der {
			if i > at && i < at+500 {
				continue
			}
			for bit := range 8 {
				d := bytes.Clone(der)
				d[i] ^= 1 << bit
				if _, ok := k.verify(header(d), body); ok {
					judge(t, k, header(d), body)
				}
			}
			for _, b := range []byte{0, 1, 0x30, 0x80, 0xa0} {
				if d := slices.Insert(bytes.Clone(der), i, b); true {
					if _, ok := k.verify(header(d), body); ok {
						judge(t, k, header(d), body)
					}
				}
			}
			if d := slices.Delete(bytes.Clone(der), i, i+1); true {
				if _, ok := k.verify(header(d), body); ok {
					judge(t, k, header(d), body)
				}
			}
		}
	}
}

// The short way never accepts what pkcs7 refuses, and never names another certificate.
func FuzzSignatureFastPath(f *testing.F) {
	p, body := parties(), []byte(idleBody)
	for _, der := range [][]byte{
		smallstep(p.rsa, body), smallstep(p.ec, body), smallstep(p.rsa, body, p.ec.cert),
		shape{by: p.rsa}.sign(body), shape{by: p.ec, ber: true}.sign(body), shape{by: p.late, ber: true}.sign(body),
		shape{by: p.rsa, bare: true, ber: true, hash: crypto.SHA1}.sign(body), shape{by: p.rsa, bare: true}.sign(body),
		shape{by: p.ec, signers: 2, unsigned: true}.sign(body), shape{by: p.rsa, content: body, crls: true}.sign(body),
		shape{by: p.rsa, attributes: func(l [][]byte) [][]byte { return append(l, l...) }}.sign(body),
	} {
		f.Add(der, body)
	}
	f.Fuzz(func(t *testing.T, der, body []byte) {
		for _, k := range []*keys{known(), new(keys)} { // met before, and for the first time
			if _, ok := k.verify(header(der), body); ok {
				judge(t, k, header(der), body)
			}
		}
	})
}

// Keys are kept of devices the store knows, one for each certificate, and never more than there is room for.
func TestKeysAreKeptWithinBounds(t *testing.T) {
	k, p := new(keys), parties()
	k.keep(signer{hash: "a TLS connection says nothing of pkcs7"})
	k.keep(signer{ca.CertHash(p.rsa.cert), p.rsa.cert})
	k.keep(signer{ca.CertHash(p.rsa.cert), p.rsa.cert})
	if len(k.of) != 1 {
		t.Fatalf("%d keys are kept, want 1", len(k.of))
	}
	for i := range maxKeys + 10 {
		c := *p.ec.cert
		c.Raw = []byte{byte(i), byte(i >> 8), byte(i >> 16)}
		k.keep(signer{"x", &c})
	}
	if len(k.of) != maxKeys {
		t.Errorf("%d keys are kept, want %d", len(k.of), maxKeys)
	}
}

func BenchmarkSignature(b *testing.B) {
	k, p, body := known(), parties(), []byte(idleBody)
	for _, c := range []struct {
		name string
		der  []byte
	}{{"rsa", smallstep(p.rsa, body)}, {"p256", smallstep(p.ec, body)}, {"ipad", shape{by: p.rsa, bare: true, ber: true, hash: crypto.SHA1}.sign(body)}} {
		h := header(c.der)
		b.Run(c.name+"/short", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := k.verify(h, body); !ok {
					b.Fatal("refused")
				}
			}
		})
		b.Run(c.name+"/pkcs7", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := cryptoutil.VerifyMdmSignature(h, body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
