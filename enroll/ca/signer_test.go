package ca

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
)

func TestSignedProfilesVerify(t *testing.T) {
	a := shared()
	signer, err := a.NewSigner("Stadt Musterhausen", now)
	if err != nil {
		t.Fatal(err)
	}
	profile := []byte("<?xml version=\"1.0\"?><plist version=\"1.0\"><dict/></plist>\n")
	signed, err := signer.SignCMS(profile, now)
	if err != nil {
		t.Fatal(err)
	}

	p7, err := pkcs7.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	if err := p7.VerifyWithChainAtTime(a.Pool(), now); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p7.Content, profile) || len(p7.Certificates) != 2 || !p7.GetOnlySigner().Equal(signer.Certificate()) {
		t.Errorf("content %q, %d certificates", p7.Content, len(p7.Certificates))
	}

	dir := t.TempDir()
	in, out, anchor := filepath.Join(dir, "signed.der"), filepath.Join(dir, "plain"), filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(in, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(anchor, pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: a.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	// The authority of the test lives in another year than the machine.
	openssl(t, "cms", "-verify", "-inform", "DER", "-binary", "-in", in, "-out", out, "-CAfile", anchor, "-attime", "1944550800")
	if plain, err := os.ReadFile(out); err != nil || !bytes.Equal(plain, profile) {
		t.Errorf("openssl took out %q, %v", plain, err)
	}
}

func TestSignerSurvivesStorage(t *testing.T) {
	a := shared()
	signer, err := a.NewSigner("Stadt Musterhausen", now)
	if err != nil {
		t.Fatal(err)
	}
	data, err := signer.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := a.ParseSigner(data)
	if err != nil {
		t.Fatal(err)
	}
	if !again.Certificate().Equal(signer.Certificate()) || !again.NotAfter().After(now.AddDate(4, 0, 0)) {
		t.Error("the signer read back differs")
	}
	other, err := New("Landkreis Beispiel", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ParseSigner(data); err == nil {
		t.Error("another authority took the signer")
	}
	whole, err := a.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string][]byte{"nothing": nil, "an authority": whole} {
		if _, err := a.ParseSigner(broken); err == nil {
			t.Errorf("%s passed as a signer", name)
		}
	}
	if _, err := a.NewSigner("", now); err == nil {
		t.Error("a signer without a name was made")
	}
}

func TestSignerRefusesUselessWork(t *testing.T) {
	signer, err := shared().NewSigner("Stadt Musterhausen", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signer.SignCMS(nil, now); err == nil {
		t.Error("signed nothing")
	}
	if _, err := signer.SignCMS([]byte("x"), signer.NotAfter().Add(time.Second)); err == nil {
		t.Error("signed after its end")
	}
}
