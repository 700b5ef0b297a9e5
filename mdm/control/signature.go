package control

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/micromdm/nanomdm/cryptoutil"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"ranzen/enroll/ca"
)

// Who signed a request is found out in two ways that must never differ. nanomdm's cryptoutil, that is pkcs7, decides
// whatever it is given. Parsing is most of what it costs, so there is a shorter way: a signature of the shape devices send is
// read by hand (readSignature), and the key of a device that was recognised once is kept, so that its certificate is not parsed
// at every check-in. Whatever is not exactly of that shape, or does not verify, goes to pkcs7.
//
// Why the short way accepts nothing that pkcs7 refuses: a certificate is parsed by the function of crypto/x509 that pkcs7 parses
// it with, and a key is kept only for one that signed and stands in the store, under the hash of exactly these bytes; what is
// read by hand is the subset on which DER, BER and pkcs7's reading agree; times are compared as pkcs7 compares them, which asks
// neither for a chain nor for the time of day; and the signature itself is checked by the same function of crypto/x509.
// FuzzSignatureFastPath holds the two ways against each other.
//
// Apple: Managing certificates for MDM servers and devices, "Pass an Identity Certificate Through a Proxy"; RFC 5652.

// maxKeys is how many devices' keys are kept. One takes about 1 KB (RSA-2048), so all together stay below 40 MB. Beyond
// it an arbitrary one makes room: it costs its device one slow check-in.
const maxKeys = 40000

// signer is who signed a request.
type signer struct {
	hash string            // ca.CertHash of the certificate
	cert *x509.Certificate // set when it was parsed just now: its key may be kept once the store knows the hash
}

// keptKey is what is kept of a certificate.
type keptKey struct {
	hash                string
	sid                 []byte // DER of IssuerAndSerialNumber, as a SignerInfo names the certificate
	public              crypto.PublicKey
	notBefore, notAfter time.Time
}

// keys keeps the keys of devices that were recognised, by SHA-256 of their certificate. The zero value is empty.
type keys struct {
	mu sync.RWMutex
	of map[[sha256.Size]byte]*keptKey
}

func (k *keys) find(cert []byte) *keptKey {
	sum := sha256.Sum256(cert)
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.of[sum]
}

// keyOf is what is kept of a certificate; nil: its key is of no kind that is kept.
func keyOf(cert *x509.Certificate) *keptKey {
	switch cert.PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
	default:
		return nil
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(cert.RawIssuer)
		b.AddASN1BigInt(cert.SerialNumber)
	})
	sid, err := b.Bytes()
	if err != nil {
		return nil
	}
	return &keptKey{ca.CertHash(cert), sid, cert.PublicKey, cert.NotBefore, cert.NotAfter}
}

// keep remembers the key of a signer the store knows. Strangers are never kept: they could fill the memory.
func (k *keys) keep(s signer) {
	if s.cert == nil {
		return
	}
	kept := keyOf(s.cert)
	if kept == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil {
		k.of = map[[sha256.Size]byte]*keptKey{}
	}
	for old := range k.of {
		if len(k.of) < maxKeys {
			break
		}
		delete(k.of, old)
	}
	k.of[sha256.Sum256(s.cert.Raw)] = kept
}

// signerOf verifies the detached CMS signature over the body, or takes the certificate of the TLS connection, whose key
// the handshake has proved.
func (k *keys) signerOf(r *http.Request, body []byte) (s signer, err error) {
	header := r.Header.Get("Mdm-Signature")
	if header == "" {
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			return signer{hash: ca.CertHash(r.TLS.PeerCertificates[0])}, nil
		}
		return s, errors.New("no signature and no client certificate")
	}
	if len(header) > maxSignature {
		return s, errors.New("signature too long")
	}
	defer func() { // parsers meet bytes of strangers here
		if p := recover(); p != nil {
			s, err = signer{}, errors.New("signature made the parser fail")
		}
	}()
	if s, ok := k.verify(header, body); ok {
		return s, nil
	}
	cert, err := cryptoutil.VerifyMdmSignature(header, body)
	if err != nil {
		return s, errors.New("signature does not verify")
	}
	return signer{ca.CertHash(cert), cert}, nil
}

// verify is the short way. Not ok means that pkcs7 has to decide, nothing else.
func (k *keys) verify(header string, body []byte) (who signer, ok bool) {
	der, err := base64.StdEncoding.DecodeString(header)
	if err != nil {
		return who, false
	}
	s, ok := readSignature(der)
	if !ok {
		return who, false
	}
	kept := k.find(s.cert)
	if kept == nil { // met for the first time
		if who.cert, err = x509.ParseCertificate(s.cert); err == nil {
			kept = keyOf(who.cert)
		}
	}
	if kept == nil || !s.by(kept, body) {
		return signer{}, false
	}
	who.hash = kept.hash
	return who, true
}

// by reports whether the signature over a body was made with a key.
func (s *signature) by(kept *keptKey, body []byte) bool {
	if !bytes.Equal(s.sid, kept.sid) {
		return false
	}
	signed := body
	if s.attributes != nil {
		h := s.digest.New()
		h.Write(body)
		if !bytes.Equal(h.Sum(nil), s.messageDigest) || s.signedAt.After(kept.notAfter) || s.signedAt.Before(kept.notBefore) {
			return false
		}
		signed = s.attributes
	}
	cert := x509.Certificate{PublicKey: kept.public}
	return cert.CheckSignature(s.algorithm, signed, s.signature) == nil
}

// signature is a detached SignedData of the usual shape.
type signature struct {
	cert      []byte // DER of the one certificate
	sid       []byte // DER of the signer's issuer and serial number
	digest    crypto.Hash
	algorithm x509.SignatureAlgorithm
	signature []byte

	attributes    []byte // the signed attributes as they are signed, a SET; nil: the body itself is signed
	messageDigest []byte
	signedAt      time.Time
}

// Object identifiers as they stand in a message.
var (
	oidSignedData    = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2}
	oidData          = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1}
	oidContentType   = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3}
	oidMessageDigest = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4}
	oidSigningTime   = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5}
	oidRSA           = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1}

	null = []byte{5, 0}
)

// digest is a digest algorithm with the signature algorithms it goes into.
type digest struct {
	oid   []byte
	hash  crypto.Hash
	rsa   x509.SignatureAlgorithm
	rsaID []byte
	ecdsa x509.SignatureAlgorithm
	ecID  []byte
}

// digests are the digest algorithms of the short way.
var digests = []digest{
	{[]byte{6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1}, crypto.SHA256, x509.SHA256WithRSA, []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11}, x509.ECDSAWithSHA256, []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2}},
	{[]byte{6, 5, 0x2b, 0x0e, 3, 2, 0x1a}, crypto.SHA1, x509.SHA1WithRSA, []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5}, x509.ECDSAWithSHA1, []byte{6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1}},
	{[]byte{6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2}, crypto.SHA384, x509.SHA384WithRSA, []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12}, x509.ECDSAWithSHA384, []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3}},
	{[]byte{6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3}, crypto.SHA512, x509.SHA512WithRSA, []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13}, x509.ECDSAWithSHA512, []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4}},
}

var certificateSet = asn1.Tag(0).ContextSpecific().Constructed()

// readSignature reads a signature with one certificate, one signer and known algorithms. The outer elements may be of
// indefinite length, which is how iPads encode them; all within is DER. The signed attributes are none, as iPads send it,
// or content type, signing time and message digest in their DER order. Nothing may stand beside or behind what is read.
func readSignature(der []byte) (s signature, ok bool) {
	in := cryptobyte.String(der)
	ok = enter(&in, asn1.SEQUENCE, func(in *cryptobyte.String) bool {
		return skip(in, oidSignedData) && enter(in, certificateSet, func(in *cryptobyte.String) bool {
			return enter(in, asn1.SEQUENCE, s.readSignedData)
		})
	})
	return s, ok && in.Empty()
}

// enter reads the element with the tag and leaves read with its content, which it has to read to the end.
func enter(in *cryptobyte.String, tag asn1.Tag, read func(*cryptobyte.String) bool) bool {
	if skip(in, []byte{byte(tag), 0x80}) { // indefinite: ends with two zero bytes
		return read(in) && skip(in, []byte{0, 0})
	}
	var inner cryptobyte.String
	return in.ReadASN1(&inner, tag) && read(&inner) && inner.Empty()
}

// skip takes exactly these bytes.
func skip(in *cryptobyte.String, b []byte) bool {
	return bytes.HasPrefix(*in, b) && in.Skip(len(b))
}

func (s *signature) readSignedData(in *cryptobyte.String) bool {
	var certs, signers, digest cryptobyte.String
	return skip(in, []byte{2, 1, 1}) &&
		in.ReadASN1(&digest, asn1.SET) && readDigest(&digest) >= 0 && digest.Empty() &&
		enter(in, asn1.SEQUENCE, func(in *cryptobyte.String) bool { return skip(in, oidData) }) &&
		in.ReadASN1(&certs, certificateSet) && certs.ReadASN1Element((*cryptobyte.String)(&s.cert), asn1.SEQUENCE) && certs.Empty() &&
		in.ReadASN1(&signers, asn1.SET) && enter(&signers, asn1.SEQUENCE, s.readSigner) && signers.Empty()
}

func (s *signature) readSigner(in *cryptobyte.String) bool {
	if !skip(in, []byte{2, 1, 1}) || !in.ReadASN1Element((*cryptobyte.String)(&s.sid), asn1.SEQUENCE) {
		return false
	}
	d := readDigest(in)
	if d < 0 {
		return false
	}
	s.digest = digests[d].hash
	if in.PeekASN1Tag(certificateSet) && !s.readAttributes(in) {
		return false
	}
	return s.readAlgorithm(in, d) && in.ReadASN1Bytes(&s.signature, asn1.OCTET_STRING)
}

// readDigest reads a digest's AlgorithmIdentifier and returns its place in digests, -1 when it is not there.
func readDigest(in *cryptobyte.String) int {
	var id cryptobyte.String
	if !in.ReadASN1(&id, asn1.SEQUENCE) {
		return -1
	}
	for i := range digests {
		if skip(&id, digests[i].oid) {
			if id.Empty() || bytes.Equal(id, null) {
				return i
			}
			return -1
		}
	}
	return -1
}

// readAlgorithm reads the AlgorithmIdentifier of the signature: RSA, with or without naming the digest again, or ECDSA.
func (s *signature) readAlgorithm(in *cryptobyte.String, digest int) bool {
	var id cryptobyte.String
	if !in.ReadASN1(&id, asn1.SEQUENCE) {
		return false
	}
	d := digests[digest]
	switch {
	case skip(&id, oidRSA), skip(&id, d.rsaID):
		s.algorithm = d.rsa
	case skip(&id, d.ecID):
		s.algorithm = d.ecdsa
	default:
		return false
	}
	return id.Empty() || bytes.Equal(id, null)
}

// readAttributes reads the signed attributes: the three every signature with attributes has, each once and with one
// value. Their order has to be DER's, because that is what is signed whatever order they stand in.
func (s *signature) readAttributes(in *cryptobyte.String) bool {
	var all, before cryptobyte.String
	if !in.ReadASN1Element(&all, certificateSet) {
		return false
	}
	s.attributes = append([]byte{byte(asn1.SET)}, all[1:]...)
	if !all.ReadASN1(&all, certificateSet) {
		return false
	}
	var typed, timed bool
	for !all.Empty() {
		var one, value cryptobyte.String
		if !all.ReadASN1Element(&one, asn1.SEQUENCE) || bytes.Compare(before, one) >= 0 {
			return false
		}
		before = one
		if !one.ReadASN1(&one, asn1.SEQUENCE) {
			return false
		}
		switch {
		case !typed && skip(&one, oidContentType):
			typed = one.ReadASN1(&value, asn1.SET) && skip(&value, oidData)
			if !typed {
				return false
			}
		case s.messageDigest == nil && skip(&one, oidMessageDigest):
			if !one.ReadASN1(&value, asn1.SET) || !value.ReadASN1Bytes(&s.messageDigest, asn1.OCTET_STRING) || len(s.messageDigest) != s.digest.Size() {
				return false
			}
		case !timed && skip(&one, oidSigningTime):
			// YYMMDDhhmmssZ only: of the other forms of a time not all read the same everywhere.
			timed = one.ReadASN1(&value, asn1.SET) && len(value) == 15 && value[14] == 'Z' && value.ReadASN1UTCTime(&s.signedAt)
			if !timed {
				return false
			}
		default:
			return false
		}
		if !value.Empty() || !one.Empty() {
			return false
		}
	}
	return typed && timed && s.messageDigest != nil
}
