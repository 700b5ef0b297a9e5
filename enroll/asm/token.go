package asm

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/textproto"
	"strings"
	"time"

	"github.com/smallstep/pkcs7"
)

// What can be wrong with an uploaded token file; each is a sentence on a page.
var (
	// ErrWrongKey: the file was made for another key, usually for an older public key of ours.
	ErrWrongKey = errors.New("asm: the token file was made for another key")
	// ErrNotToken: the file is something else, or was damaged on the way.
	ErrNotToken = errors.New("asm: not a token file of Apple School Manager")
	// ErrExpiredToken: the token was good once.
	ErrExpiredToken = errors.New("asm: the token has expired")
)

const (
	tokenKeyBits = 2048
	// maxTokenFile: real ones have 3 KB. The CMS parser behind it copies every level of nesting,
	// so the limit is also what keeps a hostile file cheap.
	maxTokenFile = 16 << 10
	// Apple hands the certificate back to nobody; it only has to outlive the upload and renewals.
	tokenKeyLifetime = 10 * 365 * 24 * time.Hour
)

// OAuthToken is the key to every device of an authority at Apple. It is stored sealed.
type OAuthToken struct {
	ConsumerKey       string    `json:"consumer_key"`
	ConsumerSecret    string    `json:"consumer_secret"`
	AccessToken       string    `json:"access_token"`
	AccessSecret      string    `json:"access_secret"`
	AccessTokenExpiry time.Time `json:"access_token_expiry"`
}

// String hides the secrets from logs.
func (t OAuthToken) String() string {
	return "token valid to " + t.AccessTokenExpiry.Format(time.DateOnly)
}

// GoString hides the secrets from logs.
func (t OAuthToken) GoString() string { return "asm.OAuthToken{" + t.String() + "}" }

// LogValue hides the secrets from structured logs.
func (t OAuthToken) LogValue() slog.Value { return slog.StringValue(t.String()) }

func (t OAuthToken) complete() bool {
	return t.ConsumerKey != "" && t.ConsumerSecret != "" && t.AccessToken != "" && t.AccessSecret != ""
}

// NewTokenKey makes the key pair for one server entry in Apple School Manager: the certificate is
// uploaded there, the key opens the token file that comes back and signs in Managed Apple Accounts
// later. It is kept, sealed, as long as the token is.
func NewTokenKey(commonName string, now time.Time) (certPEM, keyPEM []byte, err error) {
	if commonName == "" {
		return nil, nil, errors.New("asm: a token key needs a name")
	}
	key, err := rsa.GenerateKey(rand.Reader, tokenKeyBits)
	if err != nil {
		return nil, nil, fmt.Errorf("asm: token key: %w", err)
	}
	// The serial number is random, so that a file made for an older key of the same name is told
	// from a damaged one.
	var serial [16]byte
	if _, err := rand.Read(serial[:]); err != nil {
		return nil, nil, fmt.Errorf("asm: token key: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:]),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(tokenKeyLifetime),
		KeyUsage:     x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, fmt.Errorf("asm: token certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("asm: token key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), nil
}

// DecryptToken opens a token file ("…_Token_…_smime.p7m") with the key it was made for.
func DecryptToken(p7m, certPEM, keyPEM []byte, now time.Time) (OAuthToken, error) {
	cert, key, err := tokenKey(certPEM, keyPEM)
	if err != nil {
		return OAuthToken{}, err
	}
	if len(p7m) > maxTokenFile {
		return OAuthToken{}, ErrNotToken
	}
	sealed, err := unwrapSMIME(p7m)
	if err != nil {
		return OAuthToken{}, err
	}
	plain, err := open(sealed, cert, key)
	if err != nil {
		return OAuthToken{}, err
	}
	token, err := readToken(plain)
	if err != nil {
		return OAuthToken{}, err
	}
	if !token.AccessTokenExpiry.After(now) {
		return OAuthToken{}, ErrExpiredToken
	}
	return token, nil
}

func tokenKey(certPEM, keyPEM []byte) (*x509.Certificate, *rsa.PrivateKey, error) {
	certBlock, _ := pem.Decode(certPEM)
	keyBlock, _ := pem.Decode(keyPEM)
	if certBlock == nil || keyBlock == nil {
		return nil, nil, errors.New("asm: reading the token key: not PEM")
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("asm: reading the token certificate: %w", err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, nil, errors.New("asm: reading the token key: not PKCS #8")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(cert.PublicKey) {
		return nil, nil, errors.New("asm: reading the token key: it does not belong to its certificate")
	}
	return cert, key, nil
}

// unwrapSMIME takes the CMS message out of the mail it comes in.
func unwrapSMIME(data []byte) ([]byte, error) {
	_, body, err := splitMIME(data)
	if err != nil {
		return nil, err
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(body)), ""))
	if err != nil || len(der) == 0 {
		return nil, ErrNotToken
	}
	return der, nil
}

// splitMIME separates header and body at the first empty line, whatever the line ends.
func splitMIME(data []byte) (textproto.MIMEHeader, []byte, error) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	head, body, found := bytes.Cut(data, []byte("\n\n"))
	if !found {
		return nil, nil, ErrNotToken
	}
	header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...)))).ReadMIMEHeader()
	if err != nil || len(header) == 0 {
		return nil, nil, ErrNotToken
	}
	return header, body, nil
}

// open decrypts the CMS message. The parser is the one Apple's BER has been read with for years;
// it trusts a padding byte inside the message, so a panic means the same as any other failure.
func open(sealed []byte, cert *x509.Certificate, key *rsa.PrivateKey) (plain []byte, err error) {
	failure := ErrNotToken
	defer func() {
		if recover() != nil {
			plain, err = nil, failure
		}
	}()
	p7, err := pkcs7.Parse(sealed)
	if err != nil {
		return nil, ErrNotToken
	}
	plain, err = p7.Decrypt(cert, key)
	switch {
	case errors.Is(err, pkcs7.ErrNotEncryptedContent), errors.Is(err, pkcs7.ErrUnsupportedAlgorithm):
		return nil, ErrNotToken
	case err != nil:
		return nil, ErrWrongKey
	}
	return plain, nil
}

// readToken reads the JSON between the BEGIN and END lines of the inner mail. Mail software may
// have broken the lines.
func readToken(plain []byte) (OAuthToken, error) {
	_, body, err := splitMIME(plain)
	if err != nil {
		return OAuthToken{}, err
	}
	text := strings.NewReplacer("\r", "", "\n", "").Replace(string(body))
	text = strings.TrimSpace(text)
	text, begun := strings.CutPrefix(text, "-----BEGIN MESSAGE-----")
	text, ended := strings.CutSuffix(text, "-----END MESSAGE-----")
	if begun != ended {
		return OAuthToken{}, ErrNotToken
	}
	var token OAuthToken
	if err := json.Unmarshal([]byte(text), &token); err != nil || !token.complete() {
		return OAuthToken{}, ErrNotToken
	}
	return token, nil
}
