package control

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// maidToken is the token that lets a managed device sign in with a Managed Apple Account: a JWT signed with the key of
// the Automated Device Enrollment token (RS256).
//
// Apple: Get Token, com.apple.maid.
func maidToken(serverUUID string, keyPEM []byte, now time.Time) ([]byte, error) {
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return nil, errors.New("token key is not PEM")
	}
	key, err := rsaKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	jti := make([]byte, 16)
	rand.Read(jti)
	part := func(v any) string {
		b, _ := json.Marshal(v) // maps of strings and numbers
		return base64.RawURLEncoding.EncodeToString(b)
	}
	signed := part(map[string]string{"alg": "RS256", "typ": "JWT"}) + "." + part(map[string]any{
		"iss": serverUUID, "iat": now.Unix(), "jti": fmt.Sprintf("%X-%X-%X-%X-%X", jti[:4], jti[4:6], jti[6:8], jti[8:10], jti[10:]),
		"service_type": "com.apple.maid"})
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, fmt.Errorf("sign token: %w", err)
	}
	return []byte(signed + "." + base64.RawURLEncoding.EncodeToString(sig)), nil
}

func rsaKey(der []byte) (*rsa.PrivateKey, error) {
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return k, nil
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("token key: %w", err)
	}
	r, ok := k.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("token key is not RSA")
	}
	return r, nil
}
