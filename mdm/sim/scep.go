package sim

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/smallstep/scep"
	"github.com/smallstep/scep/x509util"
)

// SCEP as an iPad speaks it, with one liberty: by default the key is P-256 and the message travels under an RSA key that all
// played iPads share (the courier). An RSA key per device would make the arrival of 28,000 iPads a matter of hours.
// Spec.RSA takes no liberty.

// requestIdentity gets a certificate for a new key. It tries as often as the payload says; the key stays the same, so a server
// that has issued already may answer with the same certificate.
func (i *IPad) requestIdentity(ctx context.Context, payload map[string]any) (*keyPair, error) {
	if payload == nil || text(payload, "URL") == "" {
		return nil, errors.New("sim: the SCEP payload has no URL")
	}
	subject, err := subjectOf(payload)
	if err != nil {
		return nil, err
	}
	id, courier, err := i.newIdentityKey()
	if err != nil {
		return nil, err
	}
	retries := int(number(payload, "Retries"))
	if _, given := payload["Retries"]; !given {
		retries = 3
	}
	for try := 0; ; try++ {
		if id.cert, err = i.enrolKey(ctx, payload, subject, id, courier); err == nil {
			return id, nil
		}
		var refused *scepRefusal
		if errors.As(err, &refused) || try >= retries || ctx.Err() != nil {
			return nil, err
		}
	}
}

func (i *IPad) newIdentityKey() (id, courier *keyPair, err error) {
	if !i.spec.RSA {
		key, err := newECKey()
		return &keyPair{key: key}, i.fleet.apple.pki.Courier, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, err
	}
	courier, err = courierCertificate(key, i.spec.Serial, i.fleet.cfg.Now())
	return &keyPair{key: key}, courier, err
}

// scepRefusal is a final no of the server; repeating the request is useless.
type scepRefusal struct{ why string }

func (e *scepRefusal) Error() string { return "sim: the SCEP server refused: " + e.why }

func (i *IPad) enrolKey(ctx context.Context, payload map[string]any, subject []byte, id, courier *keyPair) (*x509.Certificate, error) {
	caps, err := i.scep(ctx, payload, "GetCACaps", nil)
	if err != nil {
		return nil, err
	}
	for _, need := range []string{"POSTPKIOperation", "SHA-256", "AES"} {
		if !strings.Contains(string(caps.body), need) && !strings.Contains(string(caps.body), "SCEPStandard") {
			return nil, &scepRefusal{"its capabilities lack " + need}
		}
	}
	authorities, err := i.scepAuthorities(ctx, payload)
	if err != nil {
		return nil, err
	}
	template := &x509util.CertificateRequest{ChallengePassword: text(payload, "Challenge")}
	template.RawSubject = subject
	template.SignatureAlgorithm = x509.ECDSAWithSHA256
	if i.spec.RSA {
		template.SignatureAlgorithm = x509.SHA256WithRSA
	}
	der, err := x509util.CreateCertificateRequest(rand.Reader, template, id.key)
	if err != nil {
		return nil, fmt.Errorf("sim: write a certificate request: %w", err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("sim: read the own certificate request: %w", err)
	}
	request, err := scep.NewCSRRequest(csr, &scep.PKIMessage{
		MessageType: scep.PKCSReq, Recipients: []*x509.Certificate{recipientOf(authorities)},
		SignerKey: courier.key, SignerCert: courier.cert,
	})
	if err != nil {
		return nil, fmt.Errorf("sim: write a SCEP request: %w", err)
	}
	answer, err := i.scep(ctx, payload, "PKIOperation", request.Raw)
	if err != nil {
		return nil, err
	}
	return readCertRep(answer.body, request, authorities, courier, id)
}

// readCertRep takes the certificate out of the answer, and nothing but the one for the own key.
func readCertRep(body []byte, request *scep.PKIMessage, authorities []*x509.Certificate, courier, id *keyPair) (cert *x509.Certificate, err error) {
	defer func() {
		if r := recover(); r != nil {
			cert, err = nil, fmt.Errorf("sim: the SCEP parser gave up: %v", r)
		}
	}()
	message, err := scep.ParsePKIMessage(body, scep.WithCACerts(authorities))
	if err != nil {
		return nil, fmt.Errorf("sim: read the SCEP answer: %w", err)
	}
	switch {
	case message.CertRepMessage == nil:
		return nil, errors.New("sim: the SCEP answer is no CertRep")
	case message.TransactionID != request.TransactionID:
		return nil, errors.New("sim: the SCEP answer belongs to another transaction")
	case !bytes.Equal(message.RecipientNonce, request.SenderNonce):
		return nil, errors.New("sim: the SCEP answer repeats another nonce")
	case message.PKIStatus == scep.FAILURE:
		return nil, &scepRefusal{"failInfo " + string(message.FailInfo)}
	case message.PKIStatus != scep.SUCCESS:
		return nil, errors.New("sim: the SCEP server wants the iPad to wait")
	}
	if err := message.DecryptPKIEnvelope(courier.cert, courier.key); err != nil {
		return nil, fmt.Errorf("sim: open the SCEP answer: %w", err)
	}
	same := false
	switch pub := id.key.Public().(type) {
	case *ecdsa.PublicKey:
		same = pub.Equal(message.Certificate.PublicKey)
	case *rsa.PublicKey:
		same = pub.Equal(message.Certificate.PublicKey)
	}
	if !same {
		return nil, errors.New("sim: the SCEP server certified another key")
	}
	return message.Certificate, nil
}

// scep sends one operation.
func (i *IPad) scep(ctx context.Context, payload map[string]any, operation string, body []byte) (*reply, error) {
	address, err := url.Parse(text(payload, "URL"))
	if err != nil {
		return nil, fmt.Errorf("sim: the SCEP URL: %w", err)
	}
	q := address.Query()
	q.Set("operation", operation)
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	} else if name := text(payload, "Name"); name != "" {
		q.Set("message", name)
	}
	address.RawQuery = q.Encode()
	req, err := http.NewRequest(method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("sim: address the SCEP server: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-pki-message")
	}
	answer, err := i.wire(ctx, req)
	if err != nil {
		return nil, err
	}
	if answer.status != http.StatusOK {
		return nil, fmt.Errorf("sim: the SCEP server answered %s with %d", operation, answer.status)
	}
	return answer, nil
}

// scepAuthorities gets the CA's certificates and checks the fingerprint of the payload, which protects plain http.
func (i *IPad) scepAuthorities(ctx context.Context, payload map[string]any) ([]*x509.Certificate, error) {
	answer, err := i.scep(ctx, payload, "GetCACert", nil)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	switch kind, _, _ := mime.ParseMediaType(answer.header.Get("Content-Type")); kind {
	case "application/x-x509-ca-cert":
		cert, err := x509.ParseCertificate(answer.body)
		if err != nil {
			return nil, fmt.Errorf("sim: read the CA certificate: %w", err)
		}
		certs = append(certs, cert)
	case "application/x-x509-ca-ra-cert":
		if certs, err = scep.CACerts(answer.body); err != nil {
			return nil, fmt.Errorf("sim: read the CA certificates: %w", err)
		}
	default:
		return nil, fmt.Errorf("sim: GetCACert answered with %q", kind)
	}
	if recipientOf(certs) == nil {
		return nil, &scepRefusal{"no certificate of the CA can be encrypted to"}
	}
	if want := data(payload, "CAFingerprint"); len(want) > 0 && !anyFingerprint(certs, want) {
		return nil, &scepRefusal{"the CA certificate has another fingerprint"}
	}
	return certs, nil
}

func anyFingerprint(certs []*x509.Certificate, want []byte) bool {
	for _, c := range certs {
		m, s1, s256 := md5.Sum(c.Raw), sha1.Sum(c.Raw), sha256.Sum256(c.Raw)
		if bytes.Equal(want, m[:]) || bytes.Equal(want, s1[:]) || bytes.Equal(want, s256[:]) {
			return true
		}
	}
	return false
}

// recipientOf prefers a registration authority to the CA itself.
func recipientOf(certs []*x509.Certificate) *x509.Certificate {
	var best *x509.Certificate
	rank := 0
	for _, c := range certs {
		if _, ok := c.PublicKey.(*rsa.PublicKey); !ok {
			continue
		}
		r := 1
		if c.KeyUsage&(x509.KeyUsageKeyEncipherment|x509.KeyUsageDataEncipherment) != 0 {
			r += 2
		}
		if !c.IsCA {
			r++
		}
		if r > rank {
			best, rank = c, r
		}
	}
	return best
}

var subjectOIDs = map[string]asn1.ObjectIdentifier{
	"CN": {2, 5, 4, 3}, "C": {2, 5, 4, 6}, "L": {2, 5, 4, 7}, "ST": {2, 5, 4, 8}, "O": {2, 5, 4, 10}, "OU": {2, 5, 4, 11}, "serialNumber": {2, 5, 4, 5},
}

// subjectOf reads [[["CN", "…"]], [["O", "…"]]].
func subjectOf(payload map[string]any) ([]byte, error) {
	var name pkix.RDNSequence
	for _, outer := range list(payload, "Subject") {
		var set pkix.RelativeDistinguishedNameSET
		pairs, _ := outer.([]any)
		for _, inner := range pairs {
			pair, _ := inner.([]any)
			if len(pair) != 2 {
				return nil, errors.New("sim: the subject of the SCEP payload is not made of pairs")
			}
			kind, _ := pair[0].(string)
			value, _ := pair[1].(string)
			oid, err := oidOf(kind)
			if err != nil {
				return nil, err
			}
			set = append(set, pkix.AttributeTypeAndValue{Type: oid, Value: value})
		}
		name = append(name, set)
	}
	der, err := asn1.Marshal(name)
	if err != nil {
		return nil, fmt.Errorf("sim: write the subject: %w", err)
	}
	return der, nil
}

func oidOf(kind string) (asn1.ObjectIdentifier, error) {
	if oid, ok := subjectOIDs[kind]; ok {
		return oid, nil
	}
	var oid asn1.ObjectIdentifier
	for _, part := range strings.Split(kind, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("sim: %q is no attribute of a subject", kind)
		}
		oid = append(oid, n)
	}
	if len(oid) < 2 {
		return nil, fmt.Errorf("sim: %q is no attribute of a subject", kind)
	}
	return oid, nil
}
