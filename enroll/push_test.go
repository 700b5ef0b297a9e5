package enroll

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ranzen/enroll/ca"
	"ranzen/store/school"
)

const topicUUID = "99999999-2222-3333-4444-555555555555"

func TestAPushCertificateComesForItsRequest(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		by := w.authority("Neustadt")
		if _, err := w.x.AcceptPushCertificate(ctx, by, sharedPush()[0], nil, ""); codeOf(err) != "push.no_request" {
			t.Errorf("without a request: %v", err)
		}
		csr, err := w.x.NewPushRequest(ctx, by, "push@neustadt.example")
		if err != nil {
			t.Fatal(err)
		}
		cert, _, err := w.apple.PushCertificate(topicUUID, csr)
		if err != nil {
			t.Fatal(err)
		}
		leaf := pemOf(t, cert)
		for name, test := range map[string]struct {
			cert, key []byte
			want      string
		}{
			"no certificate":             {[]byte("hello"), nil, "push.no_certificate"},
			"another request's":          {sharedPush()[0], nil, "push.key_mismatch"},
			"another key":                {cert, keyPEM(t, otherKey()), "push.key_mismatch"},
			"a key that is none":         {cert, []byte("hello"), "push.no_key"},
			"a key behind a password":    {cert, pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}), "push.key_encrypted"},
			"a certificate of the CA":    {pemBlock(sharedPapers().Authority.Certificate()), keyPEM(t, otherKey()), "push.not_push"},
			"a device's own certificate": {pemBlock(newClient(t, sharedKey()).cert), keyPEM(t, sharedKey()), "push.not_push"},
		} {
			if _, err := w.x.AcceptPushCertificate(ctx, by, test.cert, test.key, ""); codeOf(err) != test.want {
				t.Errorf("%s: %v, want %s", name, err, test.want)
			}
		}
		push, err := w.x.AcceptPushCertificate(ctx, by, cert, nil, "")
		if err != nil || push.Topic != "com.apple.mgmt.External."+topicUUID || !push.NotAfter.Equal(leaf.NotAfter) {
			t.Fatalf("%+v %v", push, err)
		}
		kept, err := w.st.OpenPush(ctx, by.Tenant)
		if err != nil || kept.Topic != push.Topic {
			t.Fatalf("%+v %v", kept, err)
		}
		if _, _, err := ca.ParsePushCertificate(kept.Certificate, kept.Key); err != nil {
			t.Errorf("what is kept does not fit: %v", err)
		}
		// A renewal at Apple with the key in force needs no request.
		w.clock.turn(300 * 24 * time.Hour)
		renewed, _, err := w.apple.PushCertificate(topicUUID, csr)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.x.AcceptPushCertificate(ctx, by, renewed, nil, ""); err != nil || !again.NotAfter.After(push.NotAfter) {
			t.Errorf("renewal: %+v %v", again, err)
		}
		w.clock.turn(400 * 24 * time.Hour)
		if _, err := w.x.AcceptPushCertificate(ctx, by, renewed, nil, ""); codeOf(err) != "push_ended" {
			t.Errorf("one that has ended: %v", err)
		}
	})
}

// People upload what they have: a key beside the certificate must not end up where certificates are kept in the clear.
func TestAKeyBesideTheCertificateIsNotKeptWithIt(t *testing.T) {
	w := newWorld(t, "sqlite")
	push := sharedPush()
	if _, err := w.x.AcceptPushCertificate(context.Background(), w.by, append(append([]byte("Bag Attributes\n"), push[0]...), push[1]...), push[1], ""); err != nil {
		t.Fatal(err)
	}
	kept, err := w.st.OpenPush(context.Background(), w.by.Tenant)
	if err != nil || strings.Contains(string(kept.Certificate), "PRIVATE") || !strings.Contains(string(kept.Certificate), "CERTIFICATE") {
		t.Errorf("%s %v", kept.Certificate, err)
	}
}

func TestASchoolBringsNoPushCertificate(t *testing.T) {
	w := newWorld(t, "sqlite")
	clerk := school.Actor{Kind: school.PersonActor, Account: "a", Tenant: w.by.Tenant,
		Grants: []school.Grant{{Role: school.SchoolAdmin, Authority: w.by.Tenant, School: w.school("Nord")}}}
	push := sharedPush()
	if _, err := w.x.AcceptPushCertificate(context.Background(), clerk, push[0], push[1], ""); err == nil {
		t.Error("a school stores a push certificate")
	}
	if _, err := w.x.NewPushRequest(context.Background(), clerk, ""); err == nil {
		t.Error("a school makes a push request")
	}
	if _, err := w.x.SignWithVendor(context.Background(), clerk, "https://sign.example/"); school.KindOf(err) != school.NotFound {
		t.Errorf("a school calls the vendor: %v", err)
	}
	if _, _, err := w.x.NewTokenKey(context.Background(), clerk, "Schulen", "asm"); err == nil {
		t.Error("a school makes a token")
	}
}

func pemBlock(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func pemOf(t *testing.T, b []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(b)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func keyPEM(t *testing.T, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestAVendorSignsTheRequest(t *testing.T) {
	eachAlone(t, func(w *world) {
		ctx := context.Background()
		csr, err := w.x.NewPushRequest(ctx, w.by, "")
		if err != nil {
			t.Fatal(err)
		}
		vendorCert := certificate(t, &x509.Certificate{Subject: named("MDM vendor"), KeyUsage: x509.KeyUsageDigitalSignature}, otherKey().Public(), nil, otherKey())
		sign := func(csr []byte) []byte {
			request, err := ca.NewVendorRequest(csr, pemBlock(vendorCert), otherKey())
			if err != nil {
				t.Error(err)
				return nil
			}
			file, err := request.Encode()
			if err != nil {
				t.Error(err)
			}
			return file
		}
		strange, err := rsaRequest()
		if err != nil {
			t.Fatal(err)
		}
		server, o := outgoingTo(t, func(rw http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if string(body) != string(csr) || r.Header.Get("Content-Type") != "application/x-pem-file" || strings.Contains(string(body), "PRIVATE") {
				t.Errorf("the vendor got %s", body)
			}
			switch r.URL.Path {
			case "/":
				rw.Write(sign(body))
			case "/other":
				rw.Write(sign(strange))
			case "/nonsense":
				io.WriteString(rw, "<html>Wartung</html>")
			case "/away":
				http.Error(rw, "", http.StatusBadGateway)
			}
		})
		if _, err := w.x.SignWithVendor(ctx, w.by, server.URL); codeOf(err) != "vendor.inside" {
			t.Errorf("a vendor on our own machine: %v", err)
		}
		w.x.outgoing = o
		for address, want := range map[string]string{
			server.URL + "/other": "vendor.answer", server.URL + "/nonsense": "vendor.answer", server.URL + "/away": "vendor.away",
			"http://sign.example/": "vendor.address", "": "vendor.address", "https://[::1": "vendor.address",
		} {
			if _, err := w.x.SignWithVendor(ctx, w.by, address); codeOf(err) != want {
				t.Errorf("%q: %v, want %s", address, err, want)
			}
		}
		file, err := w.x.SignWithVendor(ctx, w.by, server.URL)
		if err != nil {
			t.Fatal(err)
		}
		request, err := ca.ParseVendorRequest(file)
		if err != nil || request.Check(csr) != nil {
			t.Errorf("the file for Apple: %v %v", err, request.Check(csr))
		}
	})
}

func rsaRequest() ([]byte, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: named("another")}, sharedKey())
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), err
}
