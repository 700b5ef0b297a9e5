package control_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"

	"ranzen/enroll/ca"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func certHash(c *x509.Certificate) string { return ca.CertHash(c) }

// holder is a party with a certificate and its key: a device, or somebody who would like to be one.
type holder struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func stranger(t testing.TB) holder {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stranger"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return holder{cert, key}
}

// certified gets a certificate from the authority's CA the way a device does, for what the challenge is bound to.
func (p *played) certified(ch store.Challenge) holder {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p.must(err)
	return p.certifiedFor(key, ch)
}

func (p *played) certifiedFor(key crypto.Signer, ch store.Challenge) holder {
	p.t.Helper()
	ctx := context.Background()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	p.must(err)
	csr, err := x509.ParseCertificateRequest(der)
	p.must(err)
	ch.Authority, ch.Expires = p.by.Tenant, p.st.Now().Add(time.Hour)
	secret, err := p.st.NewChallenge(ctx, ch)
	p.must(err)
	papers, err := p.enroll.EnsureCA(ctx, p.by.Tenant)
	p.must(err)
	var cert *x509.Certificate
	_, err = p.st.Consume(ctx, p.by.Tenant, secret, "key", func(store.Challenge) ([]byte, string, time.Time, error) {
		cert, err = papers.Authority.SignDevice(csr, ca.Binding{CommonName: "device"}, p.st.Now(), ca.DefaultLifetime)
		if err != nil {
			return nil, "", time.Time{}, err
		}
		return cert.Raw, ca.CertHash(cert), cert.NotAfter, nil
	})
	p.must(err)
	return holder{cert, key}
}

func (h holder) signature(t testing.TB, body []byte) string {
	t.Helper()
	s, err := pkcs7.NewSignedData(body)
	if err != nil {
		t.Fatal(err)
	}
	s.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := s.AddSigner(h.cert, h.key, pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	s.Detach()
	sig, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(sig)
}

func (p *played) put(h holder, body string) *http.Response {
	p.t.Helper()
	return p.ask(http.MethodPut, "/mdm", h.signature(p.t, []byte(body)), []byte(body))
}

func (p *played) ask(method, path, signature string, body []byte) *http.Response {
	p.t.Helper()
	r := httptest.NewRequest(method, base+path, bytes.NewReader(body))
	r.TLS = nil
	if signature != "" {
		r.Header.Set("Mdm-Signature", signature)
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	if s := w.Code; s == http.StatusUnauthorized || s == http.StatusForbidden {
		p.t.Errorf("%s %s answered %d: that unenrols a device", method, path, s)
	}
	return w.Result()
}

func message(kind string, pairs ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>`)
	if kind != "" {
		fmt.Fprintf(&b, "<key>MessageType</key><string>%s</string>", kind)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		v := pairs[i+1]
		if !strings.HasPrefix(v, "<") {
			v = "<string>" + v + "</string>"
		}
		fmt.Fprintf(&b, "<key>%s</key>%s", pairs[i], v)
	}
	b.WriteString(`</dict></plist>`)
	return b.String()
}

func (p *played) topic() string {
	topic, err := p.st.PushTopic(context.Background(), p.by.Tenant)
	p.must(err)
	return topic
}

func (p *played) device(serial string) school.DeviceID {
	p.t.Helper()
	_, _, err := p.st.Announce(context.Background(), p.by, []store.Announced{{Row: 2, Serial: serial, School: "Gymnasium Nord"}})
	p.must(err)
	return p.page(serial).Device.ID
}

func (p *played) alarm(kind string) bool {
	p.t.Helper()
	all, err := p.st.Alarms(context.Background(), p.by)
	p.must(err)
	for _, a := range all {
		if a.Kind == kind {
			return true
		}
	}
	return false
}

// enrolled brings a device through its check-in by hand.
func (p *played) enrolled(serial, udid string) (holder, school.DeviceID) {
	p.t.Helper()
	id := p.device(serial)
	h := p.certified(store.Challenge{Purpose: store.ForEnroll, Device: id, UDID: udid, Serial: serial})
	p.status(p.put(h, message("Authenticate", "UDID", udid, "SerialNumber", serial, "Topic", p.topic(), "OSVersion", "17.0")), 200)
	p.status(p.put(h, message("TokenUpdate", "UDID", udid, "Topic", p.topic(), "PushMagic", "magic", "Token", "<data>AAAA</data>", "UnlockToken", "<data>c2VjcmV0</data>")), 200)
	return h, id
}

func (p *played) status(r *http.Response, want int) string {
	p.t.Helper()
	b, _ := io.ReadAll(r.Body)
	if r.StatusCode != want {
		p.t.Errorf("status %d, want %d: %s", r.StatusCode, want, b)
	}
	return string(b)
}

func TestStrangersLearnNothing(t *testing.T) {
	p := play(t, storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{}), sim.Calm())
	_, _ = p.enrolled("F9FXK2ABCD", "UDID-1")
	idle := message("", "UDID", "UDID-1", "Status", "Idle")
	x := stranger(t)
	bomb, _ := base64.StdEncoding.DecodeString("YnBsaXN0MDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	for _, c := range []struct {
		name      string
		signature string
		body      []byte
		want      int
	}{
		{"no signature", "", []byte(idle), 400},
		{"a signature of another body", x.signature(t, []byte("x")), []byte(idle), 400},
		{"a certificate that is not ours", x.signature(t, []byte(idle)), []byte(idle), 400},
		{"no base64", "%%%", []byte(idle), 400},
		{"a very long signature", strings.Repeat("A", 20<<10), []byte(idle), 400},
		{"a binary property list", "", bomb, 400},
		{"a binary property list of 47 bytes with a huge count", "", []byte("bplist00\xd0" + strings.Repeat("\xff", 38)), 400},
		{"deep nesting", "", []byte(strings.Repeat("<array>", 100)), 400},
		{"an entity", "", []byte(`<!DOCTYPE plist [<!ENTITY a "b">]><plist/>`), 400},
		{"no property list at all", "", []byte("hello"), 400},
		{"nothing", "", nil, 400},
		{"a body without end", "", bytes.Repeat([]byte("<a/>"), 5<<20), 413},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p.status(p.ask(http.MethodPut, "/mdm", c.signature, c.body), c.want)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 128<<20 {
			t.Errorf("%s: %d MB were allocated", c.name, grown>>20)
		}
	}
}

func TestACertificateIsGoodForItsDeviceOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		ctx := context.Background()
		victim, id := p.enrolled("F9FXK2ABCD", "UDID-1")
		before, _, _, err := st.Facts(ctx, p.by.Tenant, p.enrollment(victim))
		p.must(err)
		other := p.device("F9FXK2ABCE")
		thief := p.certified(store.Challenge{Purpose: store.ForEnroll, Device: other, UDID: "UDID-2", Serial: "F9FXK2ABCE"})

		p.status(p.put(thief, message("Authenticate", "UDID", "UDID-1", "SerialNumber", "F9FXK2ABCD", "Topic", p.topic())), 400)
		p.status(p.put(thief, message("Authenticate", "UDID", "UDID-2", "SerialNumber", "F9FXK2ABCD", "Topic", p.topic())), 400)
		p.status(p.put(thief, message("Authenticate", "UDID", "UDID-2", "SerialNumber", "F9FXK2ABCE", "Topic", "com.apple.mgmt.External.other")), 400)
		p.status(p.put(thief, message("TokenUpdate", "UDID", "UDID-1", "Topic", p.topic(), "PushMagic", "evil", "Token", "<data>BBBB</data>")), 400)
		p.status(p.put(thief, message("", "UDID", "UDID-1", "Status", "Idle")), 400)
		p.status(p.put(thief, message("CheckOut", "UDID", "UDID-1", "Topic", p.topic())), 400)
		if !p.alarm("binding_broken") {
			t.Error("nobody is told")
		}
		push, err := st.Nano(p.by.Tenant).RetrievePushInfo(ctx, []string{"UDID-1"})
		p.must(err)
		if push["UDID-1"] == nil || push["UDID-1"].PushMagic != "magic" {
			t.Error("the push contact of the victim changed")
		}
		after, _, _, err := st.Facts(ctx, p.by.Tenant, p.enrollment(victim))
		p.must(err)
		if after.Enrollment != before.Enrollment || after.Device.ID != id {
			t.Error("the enrolment of the victim changed")
		}
		p.status(p.put(victim, message("", "UDID", "UDID-1", "Status", "Idle")), 200)
	})
}

func (p *played) enrollment(h holder) school.EnrollmentID {
	p.t.Helper()
	id, err := p.st.Identity(context.Background(), certHash(h.cert))
	p.must(err)
	return id.Enrollment
}

func TestAReplayedAuthenticateChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		h, _ := p.enrolled("F9FXK2ABCD", "UDID-1")
		e := p.enrollment(h)
		p.status(p.put(h, message("SetBootstrapToken", "UDID", "UDID-1", "BootstrapToken", "<data>aGVsbG8=</data>")), 200)
		p.status(p.put(h, message("Authenticate", "UDID", "UDID-1", "SerialNumber", "F9FXK2ABCD", "Topic", p.topic())), 200)
		if p.enrollment(h) != e {
			t.Error("a replay began a new enrolment")
		}
		if b := p.status(p.put(h, message("GetBootstrapToken", "UDID", "UDID-1")), 200); !strings.Contains(b, "aGVsbG8") {
			t.Errorf("the bootstrap token is gone: %q", b)
		}
	})
}

func TestARenewalKeepsTheDevice(t *testing.T) {
	for _, authenticates := range []bool{true, false} {
		t.Run(fmt.Sprintf("Authenticate=%v", authenticates), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, st *store.Store) {
				p := play(t, st, sim.Calm())
				old, id := p.enrolled("F9FXK2ABCD", "UDID-1")
				e := p.enrollment(old)
				p.status(p.put(old, message("SetBootstrapToken", "UDID", "UDID-1", "BootstrapToken", "<data>aGVsbG8=</data>")), 200)
				fresh := p.certified(store.Challenge{Purpose: store.ForRenew, Device: id, Enrollment: e, UDID: "UDID-1", Serial: "F9FXK2ABCD"})
				// The old certificate stays good until the new one was used.
				p.status(p.put(old, message("", "UDID", "UDID-1", "Status", "Idle")), 200)
				if authenticates {
					p.status(p.put(fresh, message("Authenticate", "UDID", "UDID-1", "SerialNumber", "F9FXK2ABCD", "Topic", p.topic())), 200)
				}
				p.status(p.put(fresh, message("TokenUpdate", "UDID", "UDID-1", "Topic", p.topic(), "PushMagic", "magic2", "Token", "<data>CCCC</data>")), 200)
				if p.enrollment(fresh) != e {
					t.Error("the renewal began a new enrolment")
				}
				if b := p.status(p.put(fresh, message("GetBootstrapToken", "UDID", "UDID-1")), 200); !strings.Contains(b, "aGVsbG8") {
					t.Errorf("the bootstrap token is gone: %q", b)
				}
				// Now the old one is somebody else's copy.
				p.status(p.put(old, message("", "UDID", "UDID-1", "Status", "Idle")), 400)
				if !p.alarm("possible_clone") {
					t.Error("nobody is told of the clone")
				}
			})
		})
	}
}

func TestAnUnknownMessageIsNoReasonToUnenrol(t *testing.T) {
	p := play(t, storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{}), sim.Calm())
	h, _ := p.enrolled("F9FXK2ABCD", "UDID-1")
	p.status(p.put(h, message("NeverHeardOf", "UDID", "UDID-1")), 400)
	p.status(p.put(h, message("GetToken", "UDID", "UDID-1", "TokenServiceType", "com.example.other")), 400)
	p.status(p.put(h, message("UserAuthenticate", "UDID", "UDID-1", "UserID", "501")), 410)
	p.status(p.put(h, message("DeclarativeManagement", "UDID", "UDID-1", "Endpoint", "declaration/configuration/nobody")), 404)
	p.status(p.put(h, message("DeclarativeManagement", "UDID", "UDID-1", "Endpoint", "nowhere")), 404)
	p.status(p.put(h, message("DeclarativeManagement", "UDID", "UDID-1", "Endpoint", "status", "Data", "<data>e30=</data>")), 200)
	p.status(p.put(h, message("", "UDID", "UDID-1", "Status", "Idle")), 200)
}

func TestADeclaredProfileIsServedToItsDeviceOnly(t *testing.T) {
	p := play(t, storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{}), sim.Calm())
	p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "26.4", SignsGET: true})
	wifi, v := p.profile("wifi", "WLAN Schule", map[string][]string{"ssid": {"GYN-Schule"}, "security": {"WPA2"}, "password": {"schulweg7"}})
	p.assign(school.AtClass, string(p.class), wifi, v)
	if !p.live(80, p.converged) {
		t.Fatal("not converged")
	}
	var url string
	for _, d := range p.fleet.IPads()[0].Snapshot().Declarations {
		if strings.HasPrefix(d.Identifier, "ranzen.profile.") {
			url = "/mdm/declared/" + d.Identifier + "/" + d.ServerToken
		}
	}
	if url == "" {
		t.Fatal("the profile was not declared")
	}
	other, _ := p.enrolled("F9FXK2ABCE", "UDID-2")
	p.status(p.ask(http.MethodGet, url, other.signature(t, nil), nil), 404)
	p.status(p.ask(http.MethodGet, url, stranger(t).signature(t, nil), nil), 400)
	p.status(p.ask(http.MethodGet, url, "", nil), 400)
}
