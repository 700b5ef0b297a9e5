package sim_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/micromdm/plist"
	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"

	"ranzen/mdm/sim"
)

// A management server just large enough to manage played iPads. It is strict: whatever it does not understand fails the test.

const (
	topicUUID    = "11111111-2222-3333-4444-555555555555"
	topic        = "com.apple.mgmt.External." + topicUUID
	enrolmentID  = "de.ranzen.test.enrolment"
	challengeOne = "only-once"
)

var testKeys = sync.OnceValues(func() (*rsa.PrivateKey, *x509.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return key, cert
})

type message struct {
	kind  string // MessageType, Status, or "GET profile"
	udid  string
	body  map[string]any
	raw   []byte
	cert  *x509.Certificate
	about string // endpoint or command UUID
}

type device struct {
	queue  []map[string]any // commands, first one is offered until it is answered
	uuids  []string
	hash   string // of the certificate
	token  []byte
	magic  string
	notNow bool // the first command was answered NotNow in this session
}

type server struct {
	t     *testing.T
	apple *sim.Apple

	mu       sync.Mutex
	log      []message
	devices  map[string]*device
	serialNo int64

	requireAlways bool                  // a server that cannot compare versions
	requireOS     string                // 403 com.apple.softwareupdate.required below this version
	refuse        func(message) int     // a status other than 0 is the answer
	onToken       func(string, message) // after a TokenUpdate
	unsignedGET   bool                  // GETs of profiles carry no signature
	decls         map[string]declared   // by identifier
	token         string
	profiles      map[string][]byte // by name in the URL
	scepFails     int
}

type declared struct {
	kind, token, typ string
	payload          any
}

func newServer(t *testing.T, apple *sim.Apple) *server {
	t.Helper()
	return &server{t: t, apple: apple, devices: make(map[string]*device), serialNo: 100, decls: make(map[string]declared), token: "empty", profiles: make(map[string][]byte)}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Errorf("read a request: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.URL.Path == "/enrol":
		s.enrol(w, r, body)
	case r.URL.Path == "/scep":
		s.scep(w, r, body)
	case r.URL.Path == "/mdm" && r.Method == http.MethodPut:
		s.mdm(w, r, body)
	case strings.HasPrefix(r.URL.Path, "/profile/"):
		s.profile(w, r)
	default:
		s.t.Errorf("unexpected %s %s", r.Method, r.URL)
		http.NotFound(w, r)
	}
}

func (s *server) enrol(w http.ResponseWriter, r *http.Request, body []byte) {
	if got := r.Header.Get("Content-Type"); got != "application/pkcs7-signature" {
		s.t.Errorf("machine info came as %q", got)
	}
	p7, err := pkcs7.Parse(body)
	if err != nil {
		s.t.Errorf("machine info: %v", err)
		return
	}
	var expired *pkcs7.SigningTimeNotValidError
	if err := p7.Verify(); err != nil && !errors.As(err, &expired) {
		s.t.Errorf("machine info signature: %v", err)
	}
	signer := p7.GetOnlySigner()
	if err := signer.CheckSignatureFrom(s.apple.AnchorCerts()[1]); err != nil {
		s.t.Errorf("machine info signer: %v", err)
	}
	var info map[string]any
	if err := plist.Unmarshal(p7.Content, &info); err != nil {
		s.t.Errorf("machine info: %v", err)
	}
	for _, key := range []string{"UDID", "SERIAL", "PRODUCT", "VERSION", "LANGUAGE"} {
		if v, _ := info[key].(string); v == "" {
			s.t.Errorf("machine info without %s: %v", key, info)
		}
	}
	udid, _ := info["UDID"].(string)
	version, _ := info["OS_VERSION"].(string)
	s.log = append(s.log, message{kind: "MachineInfo", udid: udid, about: version})
	if can, _ := info["MDM_CAN_REQUEST_SOFTWARE_UPDATE"].(bool); s.requireOS != "" && can && (s.requireAlways || version < s.requireOS) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `{"code":"com.apple.softwareupdate.required","details":{"OSVersion":%q}}`, s.requireOS)
		return
	}
	w.Header().Set("Content-Type", "application/x-apple-aspen-config")
	w.Write(s.sign(enrolmentProfile("1")))
}

func (s *server) sign(content []byte) []byte {
	key, cert := testKeys()
	signed, err := pkcs7.NewSignedData(content)
	if err != nil {
		s.t.Fatal(err)
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := signed.AddSigner(cert, key, pkcs7.SignerInfoConfig{}); err != nil {
		s.t.Fatal(err)
	}
	out, err := signed.Finish()
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func mustPlist(v any) []byte {
	b, err := plist.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func enrolmentProfile(generation string) []byte {
	return mustPlist(map[string]any{
		"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": enrolmentID, "PayloadUUID": "ENROL-" + generation, "PayloadDisplayName": "Verwaltung",
		"PayloadContent": []any{
			map[string]any{
				"PayloadType": "com.apple.mdm", "PayloadVersion": 1, "PayloadIdentifier": enrolmentID + ".mdm", "PayloadUUID": "MDM-" + generation,
				"IdentityCertificateUUID": "SCEP-" + generation, "Topic": topic, "ServerURL": "https://mdm.example/mdm", "CheckInURL": "https://mdm.example/mdm",
				"SignMessage": true, "AccessRights": 8191, "CheckOutWhenRemoved": true,
			},
			map[string]any{
				"PayloadType": "com.apple.security.scep", "PayloadVersion": 1, "PayloadIdentifier": enrolmentID + ".scep", "PayloadUUID": "SCEP-" + generation,
				"PayloadContent": map[string]any{
					"URL": "https://mdm.example/scep", "Name": "test", "Challenge": challengeOne, "Keysize": 2048, "Key Type": "RSA",
					"Subject": []any{[]any{[]any{"CN", "a device"}}, []any{[]any{"O", "Musterstadt"}}},
				},
			},
		},
	})
}

func wifiProfile(id, uuid, ssid, password string) []byte {
	return mustPlist(map[string]any{
		"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": id, "PayloadUUID": uuid, "PayloadDisplayName": "WLAN",
		"PayloadContent": []any{map[string]any{
			"PayloadType": "com.apple.wifi.managed", "PayloadVersion": 1, "PayloadIdentifier": id + ".wifi", "PayloadUUID": uuid + "-1",
			"SSID_STR": ssid, "EncryptionType": "WPA2", "Password": password, "AutoJoin": true,
		}},
	})
}

func (s *server) scep(w http.ResponseWriter, r *http.Request, body []byte) {
	key, ca := testKeys()
	switch op := r.URL.Query().Get("operation"); op {
	case "GetCACaps":
		io.WriteString(w, "POSTPKIOperation\nSHA-256\nAES\nSCEPStandard")
	case "GetCACert":
		w.Header().Set("Content-Type", "application/x-x509-ca-cert")
		w.Write(ca.Raw)
	case "PKIOperation":
		msg, err := scep.ParsePKIMessage(body)
		if err != nil {
			s.t.Errorf("scep: %v", err)
			return
		}
		if err := msg.DecryptPKIEnvelope(ca, key); err != nil {
			s.t.Errorf("scep envelope: %v", err)
			return
		}
		if msg.ChallengePassword != challengeOne || s.scepFails > 0 {
			s.scepFails--
			answer, err := msg.Fail(ca, key, scep.BadRequest)
			if err != nil {
				s.t.Error(err)
				return
			}
			w.Write(answer.Raw)
			return
		}
		if err := msg.CSR.CheckSignature(); err != nil {
			s.t.Errorf("scep csr: %v", err)
		}
		s.serialNo++
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(s.serialNo), Subject: msg.CSR.Subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(3, 0, 0),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}, ca, msg.CSR.PublicKey, key)
		if err != nil {
			s.t.Error(err)
			return
		}
		cert, _ := x509.ParseCertificate(der)
		answer, err := msg.Success(ca, key, cert)
		if err != nil {
			s.t.Error(err)
			return
		}
		w.Header().Set("Content-Type", "application/x-pki-message")
		w.Write(answer.Raw)
	default:
		s.t.Errorf("scep operation %q", op)
	}
}

func (s *server) signer(header string, content []byte) *x509.Certificate {
	der, err := base64.StdEncoding.DecodeString(header)
	if err != nil || len(der) == 0 {
		s.t.Errorf("Mdm-Signature %q: %v", header, err)
		return nil
	}
	p7, err := pkcs7.Parse(der)
	if err != nil {
		s.t.Errorf("Mdm-Signature: %v", err)
		return nil
	}
	p7.Content = content
	if err := p7.Verify(); err != nil {
		s.t.Errorf("Mdm-Signature does not hold: %v", err)
	}
	cert := p7.GetOnlySigner()
	if _, ca := testKeys(); cert.CheckSignatureFrom(ca) != nil {
		s.t.Error("Mdm-Signature by a stranger")
	}
	return cert
}

func (s *server) mdm(w http.ResponseWriter, r *http.Request, raw []byte) {
	m := message{raw: raw, cert: s.signer(r.Header.Get("Mdm-Signature"), raw)}
	if err := plist.Unmarshal(raw, &m.body); err != nil {
		s.t.Errorf("body: %v", err)
		return
	}
	m.udid, _ = m.body["UDID"].(string)
	m.kind, _ = m.body["MessageType"].(string)
	checkIn := m.kind != ""
	if !checkIn {
		m.kind, _ = m.body["Status"].(string)
		m.about, _ = m.body["CommandUUID"].(string)
	}
	if m.kind == "DeclarativeManagement" {
		m.about, _ = m.body["Endpoint"].(string)
	}
	want := "application/x-apple-aspen-mdm"
	if checkIn {
		want = "application/x-apple-aspen-mdm-checkin"
	}
	if got := r.Header.Get("Content-Type"); !strings.HasPrefix(got, want) {
		s.t.Errorf("%s came as %q", m.kind, got)
	}
	s.log = append(s.log, m)
	if s.refuse != nil {
		if status := s.refuse(m); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	d := s.device(m.udid)
	switch m.kind {
	case "Authenticate":
		d.hash = string(m.cert.Raw)
	case "TokenUpdate":
		if d.hash != string(m.cert.Raw) {
			d.hash = string(m.cert.Raw) // a renewal without Authenticate
		}
		d.token, d.magic = m.body["Token"].([]byte), m.body["PushMagic"].(string)
		if s.onToken != nil {
			s.onToken(m.udid, m)
		}
	case "CheckOut":
	case "DeclarativeManagement":
		s.declarative(w, m)
	default:
		s.connect(w, d, m)
	}
}

func (s *server) device(udid string) *device {
	d := s.devices[udid]
	if d == nil {
		d = &device{}
		s.devices[udid] = d
	}
	return d
}

func (s *server) connect(w http.ResponseWriter, d *device, m message) {
	switch m.kind {
	case "Idle":
		d.notNow = false
	case "NotNow":
		d.notNow = true
	case "Acknowledged", "Error", "CommandFormatError":
		if len(d.queue) > 0 && d.uuids[0] == m.about {
			d.queue, d.uuids = d.queue[1:], d.uuids[1:]
		}
		d.notNow = false
	default:
		s.t.Errorf("status %q", m.kind)
	}
	if len(d.queue) == 0 || d.notNow {
		return
	}
	w.Write(mustPlist(map[string]any{"CommandUUID": d.uuids[0], "Command": d.queue[0]}))
}

func (s *server) declarative(w http.ResponseWriter, m message) {
	switch m.about {
	case "tokens":
		w.Write(mustJSON(map[string]any{"SyncTokens": map[string]any{"DeclarationsToken": s.token, "Timestamp": "2026-09-01T06:00:00Z"}}))
	case "declaration-items":
		lists := map[string][]any{"activation": {}, "asset": {}, "configuration": {}, "management": {}}
		var ids []string
		for id := range s.decls {
			ids = append(ids, id)
		}
		sort.Strings(ids)
		for _, id := range ids {
			d := s.decls[id]
			lists[d.kind] = append(lists[d.kind], map[string]string{"Identifier": id, "ServerToken": d.token})
		}
		w.Write(mustJSON(map[string]any{"DeclarationsToken": s.token, "Declarations": map[string]any{
			"Activations": lists["activation"], "Assets": lists["asset"], "Configurations": lists["configuration"], "Management": lists["management"],
		}}))
	case "status":
		if data, _ := m.body["Data"].([]byte); !json.Valid(data) {
			s.t.Errorf("status report is not JSON: %s", data)
		}
	default:
		part := strings.SplitN(m.about, "/", 3)
		d, ok := s.decls[part[2]]
		if !ok || d.kind != part[1] || d.typ == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Write(mustJSON(map[string]any{"Type": d.typ, "Identifier": part[2], "ServerToken": d.token, "Payload": d.payload}))
	}
}

func (s *server) profile(w http.ResponseWriter, r *http.Request) {
	m := message{kind: "GET profile", about: strings.TrimPrefix(r.URL.Path, "/profile/")}
	if header := r.Header.Get("Mdm-Signature"); header != "" || !s.unsignedGET {
		m.cert = s.signer(header, nil)
	}
	s.log = append(s.log, m)
	body, ok := s.profiles[m.about]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/x-apple-aspen-config")
	w.Write(body)
}

// order queues a command and returns its UUID.
func (s *server) order(udid string, command map[string]any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orderLocked(udid, command)
}

func (s *server) orderLocked(udid string, command map[string]any) string {
	d := s.device(udid)
	s.serialNo++
	uuid := fmt.Sprintf("%s-%d", command["RequestType"], s.serialNo)
	d.queue, d.uuids = append(d.queue, command), append(d.uuids, uuid)
	return uuid
}

// answer is the last report on a command.
func (s *server) answer(uuid string) (message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.log) - 1; n >= 0; n-- {
		if s.log[n].about == uuid {
			return s.log[n], true
		}
	}
	return message{}, false
}

// heard lists kinds with what they are about, from a place in the log on.
func (s *server) heard(from int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, m := range s.log[from:] {
		out = append(out, strings.TrimSpace(m.kind+" "+m.about))
	}
	return out
}

func (s *server) mark() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.log)
}

// lastStatus is the last status report, decoded.
func (s *server) lastStatus() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.log) - 1; n >= 0; n-- {
		if s.log[n].about == "status" {
			var out map[string]any
			json.Unmarshal(s.log[n].body["Data"].([]byte), &out)
			return out
		}
	}
	return nil
}

// world is a fleet with its server.
type world struct {
	t      *testing.T
	apple  *sim.Apple
	fleet  *sim.Fleet
	server *server
	ctx    context.Context
}

func newWorld(t *testing.T, weather sim.Weather) *world {
	t.Helper()
	apple, err := sim.NewApple(sim.Config{Seed: 1, Weather: &weather})
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, apple)
	return &world{t: t, apple: apple, server: s, fleet: sim.NewFleet(apple, sim.InProcess(s)), ctx: t.Context()}
}

func (w *world) iPad(spec sim.Spec) *sim.IPad {
	w.t.Helper()
	if spec.Serial == "" {
		spec.Serial = "F9FXK2ABCD12"
	}
	i, err := w.fleet.NewIPad(spec)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// enrolled is an iPad that was enrolled by hand.
func (w *world) enrolled(spec sim.Spec) *sim.IPad {
	w.t.Helper()
	i := w.iPad(spec)
	if err := i.EnrollWith(w.ctx, enrolmentProfile("1")); err != nil {
		w.t.Fatal(err)
	}
	w.live(time.Minute)
	if !i.Snapshot().Enrolled {
		w.t.Fatalf("not enrolled: %+v", i.Snapshot())
	}
	return i
}

func (w *world) live(d time.Duration) {
	w.t.Helper()
	if err := w.fleet.Advance(w.ctx, d); err != nil {
		w.t.Fatal(err)
	}
}

// poke wakes an iPad as a push would.
func (w *world) poke(i *sim.IPad) {
	w.t.Helper()
	i.Poke()
	w.live(2 * time.Minute)
}

// run orders a command and returns its answer.
func (w *world) run(i *sim.IPad, command map[string]any) message {
	w.t.Helper()
	uuid := w.server.order(i.Spec().UDID, command)
	w.poke(i)
	m, ok := w.server.answer(uuid)
	if !ok {
		w.t.Fatalf("no answer to %v; %+v", command["RequestType"], i.Snapshot())
	}
	return m
}
