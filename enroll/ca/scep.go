package ca

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"
)

// MaxRequest is the size up to which a SCEP message is read; the HTTP handler limits its body to it.
const MaxRequest = maxMessage

const (
	maxCertificates  = 8
	maxChallenge     = 256
	maxTransactionID = 256
	maxNonce         = 64
)

// ErrEnvelope is the one answer to every envelope that does not open. It never says why: a server
// that tells wrong padding from wrong content decrypts for strangers.
var ErrEnvelope = errors.New("ca: the SCEP envelope cannot be opened")

// MessageType tells a first request from a renewal.
type MessageType string

const (
	PKCSReq    MessageType = "19"
	RenewalReq MessageType = "17"
)

// FailInfo is the reason in a refusal (RFC 8894, 3.2.1.4).
type FailInfo string

const (
	BadAlg          FailInfo = "0"
	BadMessageCheck FailInfo = "1"
	BadRequest      FailInfo = "2"
	BadTime         FailInfo = "3"
	BadCertID       FailInfo = "4"
)

// Request is a SCEP request whose signature, envelope and proof of possession have been checked.
// Who is asking is not known yet: that is for the challenge to say.
type Request struct {
	CSR *x509.CertificateRequest
	// Challenge is a secret until it is consumed. Never log it.
	Challenge     string
	TransactionID string
	MessageType   MessageType
	// SignerCert is what the message was signed with and what the answer is encrypted to: usually
	// self-signed, in a renewal possibly the old identity ([Authority.Issued]). Its key need not be
	// the key of the CSR.
	SignerCert *x509.Certificate
	// PublicKeyHash is the [PublicKeyHash] of the CSR's key. A challenge is consumed by one key.
	PublicKeyHash string

	authority   *Authority
	now         time.Time
	senderNonce []byte
}

// ParseRequest reads the body of a PKIOperation. Whatever the bytes are, it returns a request or an
// error; an error means HTTP 400, because without a readable message there is nobody to answer.
func (a *Authority) ParseRequest(pkiMessage []byte, now time.Time) (req *Request, err error) {
	defer guard(&err)
	if err := a.checkValid(now); err != nil {
		return nil, err
	}
	outer, err := parseSigned(pkiMessage)
	if err != nil {
		return nil, err
	}
	signer := outer.GetOnlySigner()
	if _, ok := signer.PublicKey.(*rsa.PublicKey); !ok {
		return nil, fmt.Errorf("the SCEP message is signed with a key that cannot receive an answer: %w", ErrKey)
	}
	if err := checkKey(signer.PublicKey); err != nil {
		return nil, err
	}
	if err := checkBER(outer.Content); err != nil {
		return nil, err
	}
	msg, err := scep.ParsePKIMessage(pkiMessage)
	if err != nil {
		return nil, malformed("not a SCEP request: %v", err)
	}
	kind := MessageType(msg.MessageType)
	if kind != PKCSReq && kind != RenewalReq {
		return nil, malformed("message type %q", string(kind))
	}
	if len(msg.TransactionID) == 0 || len(msg.TransactionID) > maxTransactionID || len(msg.SenderNonce) > maxNonce {
		return nil, malformed("transaction id or nonce of unreasonable size")
	}
	if err := openEnvelope(msg, a.recipient, a.recipientKey); err != nil {
		return nil, ErrEnvelope
	}
	if len(msg.ChallengePassword) > maxChallenge {
		return nil, malformed("challenge of %d bytes", len(msg.ChallengePassword))
	}
	if err := checkKey(msg.CSR.PublicKey); err != nil {
		return nil, err
	}
	if err := msg.CSR.CheckSignature(); err != nil {
		return nil, malformed("the request is not signed by its own key: %v", err)
	}
	hash, err := PublicKeyHash(msg.CSR.PublicKey)
	if err != nil {
		return nil, err
	}
	return &Request{
		CSR:           msg.CSR,
		Challenge:     msg.ChallengePassword,
		TransactionID: string(msg.TransactionID),
		MessageType:   kind,
		SignerCert:    signer,
		PublicKeyHash: hash,
		authority:     a,
		now:           now,
		senderNonce:   msg.SenderNonce,
	}, nil
}

// openEnvelope decrypts. The library slices by an unchecked padding byte of the sender, so a panic
// here is expected of hostile input and means the same as any other failure.
func openEnvelope(msg *scep.PKIMessage, cert *x509.Certificate, key *rsa.PrivateKey) (err error) {
	defer guard(&err)
	return msg.DecryptPKIEnvelope(cert, envelopeKey{key})
}

// envelopeKey hides whether the RSA padding was right: a wrong one yields a random content key, so
// that the failure comes later and looks like any other (RFC 3218).
type envelopeKey struct{ key *rsa.PrivateKey }

func (k envelopeKey) Public() crypto.PublicKey { return k.key.Public() }

func (k envelopeKey) Decrypt(_ io.Reader, msg []byte, opts crypto.DecrypterOpts) ([]byte, error) {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	plain, err := k.key.Decrypt(rand.Reader, msg, opts)
	if err != nil {
		return random, nil
	}
	return plain, nil
}

// checkKeySize bounds the work of verifying with a stranger's key. Device certificates of Apple
// still have RSA-1024 keys, so this is looser than what we certify.
func checkKeySize(cert *x509.Certificate) error {
	if k, ok := cert.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() > maxRSABits {
		return ErrKey
	}
	return nil
}

// Success writes the answer that carries the issued certificate, encrypted to the sender.
func (r *Request) Success(cert *x509.Certificate) ([]byte, error) {
	inner, err := scep.DegenerateCertificates([]*x509.Certificate{cert})
	if err != nil {
		return nil, fmt.Errorf("ca: SCEP answer: %w", err)
	}
	sealed, err := encryptCMS(inner, r.SignerCert)
	if err != nil {
		return nil, fmt.Errorf("ca: SCEP answer: %w", err)
	}
	return r.answer(sealed, []*x509.Certificate{cert, r.authority.recipient}, pkiSuccess, "")
}

// Fail writes a refusal. The device shows its own generic words; the reason is for the log.
func (r *Request) Fail(info FailInfo) ([]byte, error) {
	return r.answer(nil, []*x509.Certificate{r.authority.recipient}, pkiFailure, info)
}

const (
	certRep    = "3"
	pkiSuccess = "0"
	pkiFailure = "2"
)

func (r *Request) answer(content []byte, certs []*x509.Certificate, status string, info FailInfo) ([]byte, error) {
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("ca: SCEP answer: %w", err)
	}
	values := []signedValue{
		{oidSCEPTransactionID, r.TransactionID},
		{oidSCEPMessageType, certRep},
		{oidSCEPStatus, status},
		{oidSCEPSenderNonce, nonce},
		{oidSCEPRecipientNonce, r.senderNonce},
	}
	if info != "" {
		values = append(values, signedValue{oidSCEPFailInfo, string(info)})
	}
	out, err := signCMS(content, r.authority.recipient, r.authority.recipientKey, certs, r.now, values...)
	if err != nil {
		return nil, fmt.Errorf("ca: SCEP answer: %w", err)
	}
	return out, nil
}

// CACaps answers GetCACaps. Without AES and SHA-256 in this list devices fall back to DES and SHA-1.
func CACaps() []byte {
	return []byte("AES\nPOSTPKIOperation\nRenewal\nSCEPStandard\nSHA-256\nSHA-512\n")
}

// CACert answers GetCACert: recipient and issuing certificate, content type
// application/x-x509-ca-ra-cert.
func (a *Authority) CACert() ([]byte, error) {
	der, err := pkcs7.DegenerateCertificate(append(append([]byte(nil), a.recipient.Raw...), a.cert.Raw...))
	if err != nil {
		return nil, fmt.Errorf("ca: writing the CA certificates: %w", err)
	}
	return der, nil
}
