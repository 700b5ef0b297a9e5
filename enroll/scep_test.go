package enroll

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smallstep/scep"
	"github.com/smallstep/scep/x509util"

	"ranzen/enroll/ca"
	"ranzen/store"
	"ranzen/store/school"
)

// client asks as the SCEP library of other people does.
type client struct {
	key       crypto.Signer // what it wants certified
	transport *rsa.PrivateKey
	cert      *x509.Certificate
}

func newClient(t testing.TB, key crypto.Signer) client {
	tmpl := &x509.Certificate{Subject: named("SCEP client"), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment}
	return client{key, sharedKey(), certificate(t, tmpl, sharedKey().Public(), nil, sharedKey())}
}

func ecKey(t testing.TB) crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (c client) message(t testing.TB, kind scep.MessageType, challenge string) *scep.PKIMessage {
	t.Helper()
	der, err := x509util.CreateCertificateRequest(rand.Reader, &x509util.CertificateRequest{ChallengePassword: challenge}, c.key)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := scep.NewCSRRequest(csr, &scep.PKIMessage{MessageType: kind, Recipients: []*x509.Certificate{sharedPapers().Authority.Recipient()},
		SignerKey: c.transport, SignerCert: c.cert})
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

// read opens the answer; nil is a refusal.
func (c client) read(t testing.TB, rec *httptest.ResponseRecorder) *x509.Certificate {
	t.Helper()
	if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "application/x-pki-message" {
		t.Fatalf("answer %d %s", rec.Code, rec.Header().Get("Content-Type"))
	}
	msg, err := scep.ParsePKIMessage(rec.Body.Bytes(), scep.WithCACerts([]*x509.Certificate{sharedPapers().Authority.Recipient()}))
	if err != nil {
		t.Fatal(err)
	}
	if msg.PKIStatus == scep.FAILURE {
		if msg.FailInfo != scep.BadRequest {
			t.Fatalf("refused with %s", msg.FailInfo)
		}
		return nil
	}
	if err := msg.DecryptPKIEnvelope(c.cert, c.transport); err != nil {
		t.Fatal(err)
	}
	return msg.Certificate
}

func (w *world) pki(a school.AuthorityID, message []byte) *httptest.ResponseRecorder {
	return w.ask(http.MethodPost, "/scep/"+string(a)+"?operation=PKIOperation", message)
}

func (w *world) challenge(ch store.Challenge) string {
	w.Helper()
	if ch.Expires.IsZero() {
		ch.Expires = w.clock.now().Add(time.Hour)
	}
	secret, err := w.st.NewChallenge(context.Background(), ch)
	if err != nil {
		w.Fatal(err)
	}
	return secret
}

func TestSCEPSaysWhatItIs(t *testing.T) {
	eachAlone(t, func(w *world) {
		path := "/scep/" + string(w.by.Tenant)
		rec := w.ask(http.MethodGet, path+"?operation=GetCACaps", nil)
		if rec.Code != 200 || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/plain") || !strings.Contains(rec.Body.String(), "POSTPKIOperation") {
			w.Errorf("capabilities: %d %q", rec.Code, rec.Body)
		}
		rec = w.ask(http.MethodGet, path+"?operation=GetCACert&message=anything", nil)
		certs, err := scep.CACerts(rec.Body.Bytes())
		if err != nil || rec.Header().Get("Content-Type") != "application/x-x509-ca-ra-cert" || len(certs) != 2 {
			w.Errorf("certificates: %d %v %v", rec.Code, certs, err)
		}
		for name, test := range map[string]struct {
			method, target string
			body           []byte
			want           int
		}{
			"another authority's name": {"GET", "/scep/00000000-0000-0000-0000-000000000000?operation=GetCACaps", nil, 404},
			"a name no text holds":     {"GET", "/scep/%00?operation=GetCACaps", nil, 404},
			"a name of broken letters": {"GET", "/scep/%ff?operation=GetCACaps", nil, 404},
			"no operation":             {"GET", path, nil, 400},
			"an operation of others":   {"GET", path + "?operation=GetNextCACert", nil, 400},
			"capabilities by POST":     {"POST", path + "?operation=GetCACaps", nil, 400},
			"an empty message":         {"POST", path + "?operation=PKIOperation", nil, 400},
			"nonsense":                 {"POST", path + "?operation=PKIOperation", []byte("\x30\x80nonsense"), 400},
			"a message too long":       {"POST", path + "?operation=PKIOperation", make([]byte, ca.MaxRequest+1), 413},
			"no base64":                {"GET", path + "?operation=PKIOperation&message=%21%21", nil, 400},
			"base64 too long":          {"GET", path + "?operation=PKIOperation&message=" + strings.Repeat("A", 2*ca.MaxRequest), nil, 413},
			"deleting":                 {"DELETE", path + "?operation=PKIOperation", nil, 405},
		} {
			if rec := w.ask(test.method, test.target, test.body); rec.Code != test.want {
				w.Errorf("%s: %d, want %d", name, rec.Code, test.want)
			}
		}
	})
}

func TestAChallengeBecomesOneCertificate(t *testing.T) {
	eachAlone(t, func(w *world) {
		ctx := context.Background()
		a, s := w.by.Tenant, w.school("Nord")
		for _, test := range []struct {
			name string
			key  crypto.Signer
			how  func(der []byte) *httptest.ResponseRecorder
		}{
			{"RSA by POST", otherKey(), func(der []byte) *httptest.ResponseRecorder { return w.pki(a, der) }},
			{"P-256 by GET", ecKey(t), func(der []byte) *httptest.ResponseRecorder {
				return w.ask("GET", "/scep/"+string(a)+"?operation=PKIOperation&message="+url.QueryEscape(base64.StdEncoding.EncodeToString(der)), nil)
			}},
			{"by GET without escapes", ecKey(t), func(der []byte) *httptest.ResponseRecorder {
				return w.ask("GET", "/scep/"+string(a)+"?operation=PKIOperation&message="+base64.StdEncoding.EncodeToString(der), nil)
			}},
		} {
			c := newClient(t, test.key)
			secret := w.challenge(store.Challenge{Authority: a, Purpose: store.ForManual, School: s, Serial: "DMPX00TEST01", Trusted: true})
			cert := c.read(t, test.how(c.message(t, scep.PKCSReq, secret).Raw))
			if cert == nil {
				t.Fatalf("%s: refused", test.name)
			}
			id, err := w.st.Identity(ctx, ca.CertHash(cert))
			if err != nil {
				t.Fatal(err)
			}
			if id.Authority != a || id.Purpose != store.ForManual || id.School != s || id.Serial != "DMPX00TEST01" || !id.Trusted || id.State != "issued" ||
				!id.Ends.Equal(cert.NotAfter) {
				t.Errorf("%s: bound as %+v", test.name, id)
			}
			if cert.Subject.CommonName == "" || strings.Contains(cert.Subject.String(), "DMPX00TEST01") {
				t.Errorf("%s: the certificate says %s", test.name, cert.Subject)
			}
			if !sharedPapers().Authority.Issued(cert) {
				t.Errorf("%s: not issued by the authority", test.name)
			}
		}
	})
}

// The certificate of a renewal names its enrolment, any other none: by that a world restored from a copy knows it again.
func TestOnlyARenewalNamesAnEnrolment(t *testing.T) {
	eachAlone(t, func(w *world) {
		ctx, a := context.Background(), w.by.Tenant
		certified := func(ch store.Challenge) *x509.Certificate {
			t.Helper()
			c := newClient(t, ecKey(t))
			cert := c.read(t, w.pki(a, c.message(t, scep.PKCSReq, w.challenge(ch)).Raw))
			if cert == nil {
				t.Fatalf("%s: refused", ch.Purpose)
			}
			return cert
		}
		first := certified(store.Challenge{Authority: a, Purpose: store.ForManual})
		id, err := w.st.Identity(ctx, ca.CertHash(first))
		if err != nil {
			t.Fatal(err)
		}
		e, err := w.st.Authenticated(ctx, id, store.Checkin{NanoID: "UDID-1", UDID: "UDID-1", Serial: "DMPX00TEST01", Topic: "t"})
		if err != nil {
			t.Fatal(err)
		}
		if id, err = w.st.Identity(ctx, id.CertHash); err != nil {
			t.Fatal(err)
		}
		bound := store.Challenge{Authority: a, Purpose: store.ForEnroll, Device: id.Device, Enrollment: e, UDID: "UDID-1", Serial: "DMPX00TEST01"}
		for name, cert := range map[string]*x509.Certificate{"by code": first, "by Apple's list": certified(bound)} {
			if r, ok := ca.RenewalOf(cert); ok {
				t.Errorf("%s: %+v", name, r)
			}
		}
		bound.Purpose = store.ForRenew
		if r, ok := ca.RenewalOf(certified(bound)); !ok || r.Device != string(id.Device) || r.Enrollment != string(e) {
			t.Errorf("a renewal: %+v, %v", r, ok)
		}
	})
}

func TestAChallengeIsNobodyElses(t *testing.T) {
	eachAlone(t, func(w *world) {
		a := w.by.Tenant
		other := w.authority("Anderswo")
		w.keepCA(other) // the same keys, so that nothing but the challenge can tell them apart
		first, second := newClient(t, ecKey(t)), newClient(t, ecKey(t))
		spent := w.challenge(store.Challenge{Authority: a, Purpose: store.ForManual})
		cert := first.read(t, w.pki(a, first.message(t, scep.PKCSReq, spent).Raw))
		if cert == nil {
			t.Fatal("refused")
		}
		again := first.read(t, w.pki(a, first.message(t, scep.PKCSReq, spent).Raw))
		if again == nil || !again.Equal(cert) {
			t.Error("the same key within ten minutes does not get the same certificate")
		}
		for name, test := range map[string]struct {
			authority school.AuthorityID
			secret    string
			kind      scep.MessageType
		}{
			"spent by another key":            {a, spent, scep.PKCSReq},
			"another authority's":             {a, w.challenge(store.Challenge{Authority: other.Tenant, Purpose: store.ForManual}), scep.PKCSReq},
			"shown to another authority":      {other.Tenant, w.challenge(store.Challenge{Authority: a, Purpose: store.ForManual}), scep.PKCSReq},
			"over":                            {a, w.challenge(store.Challenge{Authority: a, Purpose: store.ForManual, Expires: start.Add(-time.Second)}), scep.PKCSReq},
			"guessed":                         {a, "guessed", scep.PKCSReq},
			"none":                            {a, "", scep.PKCSReq},
			"a renewal that brings none":      {a, "", scep.RenewalReq},
			"a renewal that brings a spent":   {a, spent, scep.RenewalReq},
			"its hash as it is in the tables": {a, store.Digest(spent), scep.PKCSReq},
		} {
			if got := second.read(t, w.pki(test.authority, second.message(t, test.kind, test.secret).Raw)); got != nil {
				t.Errorf("%s: got a certificate", name)
			}
		}
		w.clock.turn(11 * time.Minute)
		if first.read(t, w.pki(a, first.message(t, scep.PKCSReq, spent).Raw)) != nil {
			t.Error("the same key gets the certificate after ten minutes too")
		}
	})
}

func TestOneOfManyThievesAtMost(t *testing.T) {
	eachAlone(t, func(w *world) {
		secret := w.challenge(store.Challenge{Authority: w.by.Tenant, Purpose: store.ForManual})
		var given atomic.Int32
		var wait sync.WaitGroup
		for range 8 {
			c := newClient(t, ecKey(t))
			message := c.message(t, scep.PKCSReq, secret).Raw
			wait.Go(func() {
				rec := w.pki(w.by.Tenant, message)
				msg, err := scep.ParsePKIMessage(rec.Body.Bytes(), scep.WithCACerts([]*x509.Certificate{sharedPapers().Authority.Recipient()}))
				if err != nil {
					t.Errorf("%d: %v", rec.Code, err)
				} else if msg.PKIStatus == scep.SUCCESS {
					given.Add(1)
				}
			})
		}
		wait.Wait()
		if given.Load() != 1 {
			t.Errorf("one challenge became %d certificates", given.Load())
		}
	})
}

func TestARenewalByAnOldKeyIsNoProof(t *testing.T) {
	eachAlone(t, func(w *world) {
		a := w.by.Tenant
		c := newClient(t, sharedKey())
		cert := c.read(t, w.pki(a, c.message(t, scep.PKCSReq, w.challenge(store.Challenge{Authority: a, Purpose: store.ForManual})).Raw))
		c.cert = cert // signs with the identity the server issued itself
		if c.read(t, w.pki(a, c.message(t, scep.RenewalReq, "").Raw)) != nil {
			t.Error("who has an old key gets a new certificate without a challenge")
		}
	})
}

func TestTroubleOfOurOwnIsNoRefusal(t *testing.T) {
	eachAlone(t, func(w *world) {
		c := newClient(t, ecKey(t))
		secret := w.challenge(store.Challenge{Authority: w.by.Tenant, Purpose: store.ForManual})
		message := c.message(t, scep.PKCSReq, secret).Raw
		w.clock.turn(3 * time.Minute) // the papers are settled and held in memory from now on
		w.ask("GET", "/scep/"+string(w.by.Tenant)+"?operation=GetCACaps", nil)
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		rec := w.askWith(ended, "POST", "/scep/"+string(w.by.Tenant)+"?operation=PKIOperation", message)
		if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" {
			t.Errorf("a database that does not answer: %d", rec.Code)
		}
		if bytes.Contains(rec.Body.Bytes(), []byte("context")) {
			t.Errorf("the answer tells strangers %q", rec.Body)
		}
		if c.read(t, w.pki(w.by.Tenant, message)) == nil {
			t.Error("the challenge was lost with it")
		}
	})
}

func TestEveryNodeHasTheSameCA(t *testing.T) {
	eachAlone(t, func(w *world) {
		ctx := context.Background()
		by := w.authority("Neustadt")
		nodes := []*Enroll{w.node(), w.node()}
		if p, err := nodes[0].papersOf(ctx, by.Tenant); err != nil || p != nil {
			t.Fatal(p, err)
		}
		var wait sync.WaitGroup
		for _, x := range append(nodes, nodes...) {
			wait.Go(func() {
				if _, err := x.EnsureCA(ctx, by.Tenant); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		var ids []string
		for _, x := range nodes {
			p, err := x.EnsureCA(ctx, by.Tenant)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, p.SignerID())
		}
		if ids[0] != ids[1] {
			t.Errorf("two nodes use two CAs: %v", ids)
		}
		if _, err := w.x.EnsureCA(ctx, "00000000-0000-0000-0000-000000000000"); school.KindOf(err) != school.NotFound {
			t.Errorf("a CA for nobody: %v", err)
		}
	})
}

func TestAWornSignerIsReplaced(t *testing.T) {
	w := newWorld(t, "sqlite")
	ctx := context.Background()
	before, err := w.x.EnsureCA(ctx, w.by.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.turn(before.Signer.NotAfter().Sub(start) - worn/2)
	after, err := w.x.EnsureCA(ctx, w.by.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	if after.SignerID() == before.SignerID() || w.x.wornOut(after) {
		t.Error("a signer about to end was kept")
	}
}
