package asm

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/smallstep/pkcs7"
)

type keyPair struct{ cert, key []byte }

var ours = sync.OnceValue(func() keyPair { return newPair("Ranzen") })

func newPair(name string) keyPair {
	cert, key, err := NewTokenKey(name, now)
	if err != nil {
		panic(err)
	}
	return keyPair{cert, key}
}

func certOf(t testing.TB, p keyPair) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(p.cert)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func seal(t testing.TB, content string, to *x509.Certificate) []byte {
	t.Helper()
	der, err := pkcs7.Encrypt([]byte(content), []*x509.Certificate{to})
	if err != nil {
		t.Fatal(err)
	}
	return smime(der)
}

func smime(der []byte) []byte {
	var b strings.Builder
	b.WriteString("Content-Type: application/pkcs7-mime; name=\"smime.p7m\"; smime-type=enveloped-data\r\n" +
		"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\nContent-Description: S/MIME Encrypted Message\r\n\r\n")
	text := base64.StdEncoding.EncodeToString(der)
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n")
	return []byte(b.String())
}

func innerMail(t testing.TB, token OAuthToken) string {
	t.Helper()
	data, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	return "Content-Type: text/plain;charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n-----BEGIN MESSAGE-----\r\n" + string(data) + "\r\n-----END MESSAGE-----\r\n"
}

func TestTokenFile(t *testing.T) {
	p := ours()
	mail := innerMail(t, goodToken)
	file := seal(t, mail, certOf(t, p))
	for name, data := range map[string][]byte{
		"as Apple sends it":     file,
		"saved with Unix lines": bytes.ReplaceAll(file, []byte("\r\n"), []byte("\n")),
		"with broken lines":     seal(t, strings.Replace(mail, "CK_0123", "CK_\r\n0123", 1), certOf(t, p)),
	} {
		got, err := DecryptToken(data, p.cert, p.key, now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(goodToken, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTokenFileRefusals(t *testing.T) {
	p, older := ours(), newPair("Ranzen")
	cert := certOf(t, p)
	mail := innerMail(t, goodToken)
	incomplete := goodToken
	incomplete.AccessSecret = ""
	old := goodToken
	old.AccessTokenExpiry = now
	plain, err := pkcs7.NewSignedData([]byte(mail))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := plain.Finish()
	if err != nil {
		t.Fatal(err)
	}
	// A key with the same name and serial number as the one the file was made for.
	twin := older
	block, _ := pem.Decode(older.key)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: cert.SerialNumber, Subject: cert.Subject, NotBefore: cert.NotBefore, NotAfter: cert.NotAfter}
	twinDER, err := x509.CreateCertificate(nil, template, template, certOf(t, older).PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	twin.cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: twinDER})

	for _, test := range []struct {
		name string
		file []byte
		key  keyPair
		want error
	}{
		{"for an older key", seal(t, mail, certOf(t, older)), p, ErrWrongKey},
		{"for a key of the same name", seal(t, mail, cert), twin, ErrWrongKey},
		{"nothing", nil, p, ErrNotToken},
		{"text", []byte("Guten Tag"), p, ErrNotToken},
		{"a mail", []byte("Subject: Token\n\nGuten Tag"), p, ErrNotToken},
		{"our own certificate", p.cert, p, ErrNotToken},
		{"enormous", bytes.Repeat([]byte("A"), maxTokenFile+1), p, ErrNotToken},
		{"cut off", seal(t, mail, cert)[:600], p, ErrNotToken},
		{"signed, not encrypted", smime(signed), p, ErrNotToken},
		{"another text inside", seal(t, "Content-Type: text/plain\n\nGuten Tag", cert), p, ErrNotToken},
		{"no mail inside", seal(t, "{}", cert), p, ErrNotToken},
		{"half the markers", seal(t, strings.Replace(mail, "-----END MESSAGE-----", "", 1), cert), p, ErrNotToken},
		{"incomplete", seal(t, innerMail(t, incomplete), cert), p, ErrNotToken},
		{"unreadable date", seal(t, strings.Replace(mail, "2032-08-15", "15.08.2032", 1), cert), p, ErrNotToken},
		{"expired", seal(t, innerMail(t, old), cert), p, ErrExpiredToken},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := DecryptToken(test.file, test.key.cert, test.key.key, now)
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if got != (OAuthToken{}) {
				t.Error("an error and yet a token")
			}
		})
	}
	for name, bad := range map[string]keyPair{"no PEM": {}, "mixed": {p.cert, older.key}, "swapped": {p.key, p.cert}} {
		if _, err := DecryptToken(seal(t, mail, cert), bad.cert, bad.key, now); err == nil || errors.Is(err, ErrNotToken) || errors.Is(err, ErrWrongKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTokenKey(t *testing.T) {
	cert := certOf(t, ours())
	if cert.Subject.CommonName != "Ranzen" || cert.KeyUsage&x509.KeyUsageKeyEncipherment == 0 || !cert.NotAfter.After(now.AddDate(9, 0, 0)) {
		t.Errorf("certificate of %s to %v", cert.Subject, cert.NotAfter)
	}
	if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
		t.Errorf("not self-signed: %v", err)
	}
	if _, _, err := NewTokenKey("", now); err == nil {
		t.Error("a key without a name was made")
	}
}

func TestTokensHideInLogs(t *testing.T) {
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", goodToken)
	for _, verb := range []string{"%v", "%s", "%+v", "%#v"} {
		fmt.Fprintf(&log, verb, goodToken)
	}
	for _, secret := range []string{"CS_", "AS_", "AT_", "CK_"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s stands in %s", secret, log.String())
		}
	}
}

func FuzzDecryptToken(f *testing.F) {
	p := ours()
	f.Add(seal(f, innerMail(f, goodToken), certOf(f, p)))
	f.Add([]byte("A: b\n\nMIAGCSqGSIb3DQEHA6CA"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if token, err := DecryptToken(data, p.cert, p.key, now); err == nil && !token.complete() {
			t.Fatal("an incomplete token")
		}
	})
}

// FuzzTokenCMS spoils the message inside a proper mail.
func FuzzTokenCMS(f *testing.F) {
	p := ours()
	der, err := pkcs7.Encrypt([]byte(innerMail(f, goodToken)), []*x509.Certificate{certOf(f, p)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Fuzz(func(t *testing.T, der []byte) {
		if token, err := DecryptToken(smime(der), p.cert, p.key, now); err == nil && !token.complete() {
			t.Fatal("an incomplete token")
		}
	})
}

func FuzzReadToken(f *testing.F) {
	f.Add([]byte(innerMail(f, goodToken)))
	f.Add([]byte("A: b\n\n{}"))
	f.Fuzz(func(t *testing.T, plain []byte) {
		if token, err := readToken(plain); err == nil && !token.complete() {
			t.Fatal("an incomplete token")
		}
	})
}
