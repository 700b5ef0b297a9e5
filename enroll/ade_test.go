package enroll

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/micromdm/plist"
	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"

	"ranzen/enroll/ca"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
)

// factory is a device CA of the test's own with one device key, as Apple's are: without a life time that counts.
type factory struct {
	root, device *x509.Certificate
	key          *rsa.PrivateKey
}

func newFactory(t testing.TB) factory { return factoryWith(t, sharedKey(), otherKey()) }

func factoryWith(t testing.TB, ca, key *rsa.PrivateKey) factory {
	root := certificate(t, &x509.Certificate{Subject: named("Test Device CA"), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign},
		ca.Public(), nil, ca)
	device := certificate(t, &x509.Certificate{Subject: named("a device"), KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: start.AddDate(-9, 0, 0), NotAfter: start.AddDate(-7, 0, 0)}, key.Public(), root, ca)
	return factory{root, device, key}
}

func (f factory) sign(t testing.TB, info map[string]any) []byte {
	t.Helper()
	content, err := plist.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	return signed(t, content, f.device, f.key)
}

func signed(t testing.TB, content []byte, cert *x509.Certificate, key crypto.PrivateKey) []byte {
	t.Helper()
	sd, err := pkcs7.NewSignedData(content)
	if err != nil {
		t.Fatal(err)
	}
	sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := sd.SignWithoutAttr(cert, key, pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	out, err := sd.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	serial = "DMPX00TEST01"
	udid   = "00008101-000A11111111001E"
)

func machineInfo(change ...any) map[string]any {
	info := map[string]any{"UDID": udid, "SERIAL": serial, "PRODUCT": "iPad13,18", "VERSION": "22G90", "OS_VERSION": "18.6.1", "LANGUAGE": "de-DE",
		"MDM_CAN_REQUEST_SOFTWARE_UPDATE": true}
	for i := 0; i < len(change); i += 2 {
		if change[i+1] == nil {
			delete(info, change[i].(string))
		} else {
			info[change[i].(string)] = change[i+1]
		}
	}
	return info
}

// delivered is a world with one iPad on Apple's list, with our profile, whose device CA is the test's.
type delivered struct {
	*world
	factory
	token  school.TokenID
	server *sim.Server
}

func deliver(w *world) *delivered {
	w.Helper()
	d := &delivered{world: w, factory: newFactory(w), server: w.apple.AddServer("Schulen", "Musterstadt")}
	w.x.anchors = ca.Anchors{d.root}
	d.server.Deliver(sim.Spec{Serial: serial})
	d.token = w.connect(w.by, d.server)
	w.follow(d.token)
	return d
}

func (d *delivered) enrol(body []byte) *httptest.ResponseRecorder {
	return d.ask(http.MethodPost, "/enroll/"+string(d.token), body)
}

func (d *delivered) device() store.DevicePage {
	d.Helper()
	p, err := d.st.DeviceBySerial(context.Background(), d.by, serial)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

// payloads verifies the signature of a delivered profile with openssl and reads it.
func (w *world) payloads(profile []byte) map[string]map[string]any {
	w.Helper()
	dir := w.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			w.Fatal(err)
		}
		return path
	}
	root := file("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sharedPapers().Authority.Certificate().Raw}))
	out := filepath.Join(dir, "out")
	cmd := exec.Command("openssl", "cms", "-verify", "-inform", "DER", "-in", file("profile", profile), "-CAfile", root, "-out", out,
		"-attime", fmt.Sprint(w.clock.now().Unix()))
	if said, err := cmd.CombinedOutput(); err != nil {
		w.Fatalf("openssl: %v: %s", err, said)
	}
	content, err := os.ReadFile(out)
	if err != nil {
		w.Fatal(err)
	}
	var tree struct {
		PayloadIdentifier string
		PayloadContent    []map[string]any
	}
	if err := plist.Unmarshal(content, &tree); err != nil {
		w.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, p := range tree.PayloadContent {
		all[p["PayloadType"].(string)] = p
	}
	if want := "ranzen.enrollment." + string(w.by.Tenant); tree.PayloadIdentifier != want {
		w.Errorf("identifier %q, want %q", tree.PayloadIdentifier, want)
	}
	return all
}

func challengeOf(payloads map[string]map[string]any) string {
	content, _ := payloads["com.apple.security.scep"]["PayloadContent"].(map[string]any)
	secret, _ := content["Challenge"].(string)
	return secret
}

func TestAnIPadFromTheBoxGetsItsProfile(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		d := deliver(w)
		rec := d.enrol(d.sign(t, machineInfo()))
		if rec.Code != 200 || rec.Header().Get("Content-Type") != "application/x-apple-aspen-config" || rec.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v %s", rec.Code, rec.Header(), rec.Body)
		}
		p := d.payloads(rec.Body.Bytes())
		mdm := p["com.apple.mdm"]
		if mdm["ServerURL"] != base+"/mdm" || mdm["Topic"] != "com.apple.mgmt.External.11111111-2222-3333-4444-555555555555" || mdm["SignMessage"] != true {
			t.Errorf("MDM payload %v", mdm)
		}
		if content := p["com.apple.security.scep"]["PayloadContent"].(map[string]any); content["URL"] != base+"/scep/"+string(d.by.Tenant) {
			t.Errorf("SCEP payload %v", content)
		}
		c := newClient(t, ecKey(t))
		cert := c.read(t, d.pki(d.by.Tenant, c.message(t, scep.PKCSReq, challengeOf(p)).Raw))
		if cert == nil {
			t.Fatal("the challenge of the profile opens nothing")
		}
		id, err := d.st.Identity(ctx, ca.CertHash(cert))
		if err != nil {
			t.Fatal(err)
		}
		if id.Purpose != store.ForEnroll || id.Device != d.device().ID || id.Serial != serial || id.UDID != udid {
			t.Errorf("bound as %+v", id)
		}
		if cert.Subject.CommonName != string(id.Device) {
			t.Errorf("common name %q", cert.Subject.CommonName)
		}
		if len(d.alarms()) != 0 {
			t.Errorf("alarms %v", d.alarms())
		}
	})
}

func TestWhoMayNotComeInLearnsNothing(t *testing.T) {
	each(t, func(w *world) {
		d := deliver(w)
		other := w.authority("Anderswo")
		theirs := w.connect(other, w.apple.AddServer("Andere", "Anderswo"))
		unassigned := d.apple.AddServer("Ohne Profil", "Musterstadt")
		unassigned.Deliver(sim.Spec{Serial: "DMPX00TEST02"})
		bare := d.connect(d.by, unassigned)
		if _, err := d.x.SyncToken(context.Background(), bare); err != nil {
			t.Fatal(err)
		}
		stranger := factoryWith(t, otherKey(), sharedKey()) // a factory of the same name
		binary := []byte("bplist00\xd0\x08\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09")
		good := d.sign(t, machineInfo())
		for name, test := range map[string]struct {
			token school.TokenID
			body  []byte
			want  int
		}{
			"a serial on nobody's list":           {d.token, d.sign(t, machineInfo("SERIAL", "DMPX00TEST99")), 404},
			"a serial listed without our profile": {bare, d.sign(t, machineInfo("SERIAL", "DMPX00TEST02")), 404},
			"at another authority's token":        {theirs, good, 404},
			"at a token that does not exist":      {"00000000-0000-0000-0000-000000000000", good, 404},
			"at a token no text holds":            {"%00", good, 404},
			"signed by somebody else's factory":   {d.token, stranger.sign(t, machineInfo()), 400},
			"signed by itself":                    {d.token, signed(t, []byte("<plist/>"), stranger.root, otherKey()), 400},
			"content changed after signing":       {d.token, []byte(strings.Replace(string(good), serial, "DMPX00TEST03", 1)), 400},
			"not signed at all":                   {d.token, []byte("<plist><dict/></plist>"), 400},
			"a binary list":                       {d.token, signed(t, binary, d.factory.device, d.key), 400},
			"nested without end":                  {d.token, signed(t, []byte("<plist>"+strings.Repeat("<array>", 500)+strings.Repeat("</array>", 500)+"</plist>"), d.factory.device, d.key), 400},
			"empty":                               {d.token, nil, 400},
			"too long":                            {d.token, make([]byte, maxMachineInfo+1), 413},
			"no UDID":                             {d.token, d.sign(t, machineInfo("UDID", nil)), 400},
		} {
			rec := d.ask(http.MethodPost, "/enroll/"+string(test.token), test.body)
			if rec.Code != test.want {
				t.Errorf("%s: %d, want %d", name, rec.Code, test.want)
			}
			if body := rec.Body.String(); strings.Contains(body, "com.apple.") || strings.TrimSpace(body) != http.StatusText(test.want) {
				t.Errorf("%s: the answer says %.60q", name, body)
			}
		}
		if rec := d.enrol(good); rec.Code != 200 {
			t.Errorf("and the real one: %d", rec.Code)
		}
	})
}

func TestADeviceTakenOffTheListStaysOut(t *testing.T) {
	each(t, func(w *world) {
		d := deliver(w)
		d.server.Remove(serial)
		d.follow(d.token)
		if rec := d.enrol(d.sign(t, machineInfo())); rec.Code != 404 {
			t.Errorf("released by Apple and yet let in: %d", rec.Code)
		}
		d.clock.turn(2 * time.Hour)
		d.server.Deliver(sim.Spec{Serial: serial})
		d.follow(d.token)
		if rec := d.enrol(d.sign(t, machineInfo())); rec.Code != 200 {
			t.Errorf("back on the list: %d", rec.Code)
		}
	})
}

func (d *delivered) minimumOS(version string) {
	d.Helper()
	a, err := d.st.Authority(context.Background(), d.by)
	if err != nil {
		d.Fatal(err)
	}
	was := a
	a.Policy.MinimumOS = version
	if _, err := d.st.ChangeAuthority(context.Background(), d.by, was, a); err != nil {
		d.Fatal(err)
	}
}

func TestANewerSystemIsDemandedOfThoseWhoCan(t *testing.T) {
	each(t, func(w *world) {
		d := deliver(w)
		for _, test := range []struct {
			minimum, has string
			can          any
			want         int
		}{
			{"", "15.8", true, 200},
			{"18.6.1", "18.6.1", true, 200},
			{"18.6", "18.6.1", true, 200},
			{"18.7", "18.6.1", true, 403},
			{"18.10", "18.9", true, 403}, // as numbers, not as text
			{"9.3", "18.6", true, 200},
			{"26.4.1", "26.4", true, 403},
			{"26.4", "26.4.1", true, 200},
			{"18.7", "18.6.1", false, 200},
			{"18.7", "18.6.1", nil, 200},
		} {
			d.clock.turn(2 * time.Minute)
			d.minimumOS(test.minimum)
			rec := d.enrol(d.sign(t, machineInfo("OS_VERSION", test.has, "MDM_CAN_REQUEST_SOFTWARE_UPDATE", test.can)))
			if rec.Code != test.want {
				t.Errorf("has %s, minimum %q, can %v: %d", test.has, test.minimum, test.can, rec.Code)
				continue
			}
			if rec.Code != 403 {
				continue
			}
			var body struct {
				Code    string
				Details struct{ OSVersion string }
			}
			if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil || rec.Header().Get("Content-Type") != "application/json" ||
				body.Code != "com.apple.softwareupdate.required" || body.Details.OSVersion != test.minimum {
				t.Errorf("refusal %s %s", rec.Header().Get("Content-Type"), rec.Body)
			}
		}
		d.clock.turn(2 * time.Minute)
		if rec := d.enrol(d.sign(t, machineInfo("OS_VERSION", nil))); rec.Code != 200 {
			t.Errorf("a system that does not say its version: %d", rec.Code)
		}
	})
}

func TestADemandIsNoLoop(t *testing.T) {
	each(t, func(w *world) {
		d := deliver(w)
		d.minimumOS("26.4")
		var got []int
		for range demandsPerDay + 1 {
			got = append(got, d.enrol(d.sign(t, machineInfo())).Code)
			d.clock.turn(5 * time.Minute)
		}
		if fmt.Sprint(got) != "[403 403 403 200]" {
			t.Errorf("answers %v", got)
		}
		if d.alarms()[alarmBelow] != string(d.device().ID) {
			t.Errorf("nobody is told that it came in: %v", d.alarms())
		}
	})
}

func TestADeviceThatWasJustHereIsRemarkable(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		d := deliver(w)
		replay := d.sign(t, machineInfo())
		p := d.payloads(d.enrol(replay).Body.Bytes())
		c := newClient(t, ecKey(t))
		cert := c.read(t, d.pki(d.by.Tenant, c.message(t, scep.PKCSReq, challengeOf(p)).Raw))
		id, err := d.st.Identity(ctx, ca.CertHash(cert))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.st.Authenticated(ctx, id, store.Checkin{NanoID: udid, UDID: udid, Serial: serial, Topic: "com.apple.mgmt.External.1"}); err != nil {
			t.Fatal(err)
		}
		e, err := d.st.TokenUpdated(ctx, d.by.Tenant, udid, store.Token{Topic: "com.apple.mgmt.External.1", Magic: "m", Token: []byte("t")})
		if err != nil {
			t.Fatal(err)
		}
		d.st.Seen(e, id.Device, d.clock.now())
		d.clock.turn(25 * time.Hour)
		if rec := d.enrol(replay); rec.Code != 200 || len(d.alarms()) != 0 {
			t.Errorf("not seen for a day: %d %v", rec.Code, d.alarms())
		}
		d.st.Seen(e, id.Device, d.clock.now())
		d.clock.turn(time.Hour)
		rec := d.enrol(replay)
		if rec.Code != 200 || d.alarms()[alarmReplay] != string(id.Device) {
			t.Errorf("seen an hour ago: %d %v", rec.Code, d.alarms())
		}
		// The replay has a challenge now, and a certificate for it. The certificate of the real one stays in force.
		thief := newClient(t, ecKey(t))
		if thief.read(t, d.pki(d.by.Tenant, thief.message(t, scep.PKCSReq, challengeOf(d.payloads(rec.Body.Bytes()))).Raw)) == nil {
			t.Fatal("no certificate for the replay")
		}
		if still, err := d.st.Identity(ctx, ca.CertHash(cert)); err != nil || still.State != "active" {
			t.Errorf("the real device is out: %+v %v", still, err)
		}
	})
}

func TestOneDeviceIsNotServedWithoutEnd(t *testing.T) {
	each(t, func(w *world) {
		d := deliver(w)
		d.server.Deliver(sim.Spec{Serial: "DMPX00TEST04"})
		d.follow(d.token)
		body := d.sign(t, machineInfo())
		for n := range issuesPerMinute + 3 {
			want := 200
			if n >= issuesPerMinute {
				want = 429
			}
			if rec := d.enrol(body); rec.Code != want {
				t.Errorf("%d.: %d, want %d", n+1, rec.Code, want)
			}
		}
		if rec := d.enrol(d.sign(t, machineInfo("SERIAL", "DMPX00TEST04", "UDID", udid+"A"))); rec.Code != 200 {
			t.Errorf("its neighbour behind the same address waits too: %d", rec.Code)
		}
		d.clock.turn(time.Minute)
		if rec := d.enrol(body); rec.Code != 200 {
			t.Errorf("a minute later: %d", rec.Code)
		}
	})
}

func TestWithoutPushThereIsNoEnrolment(t *testing.T) {
	each(t, func(w *world) {
		by := w.authority("Neustadt")
		server := w.apple.AddServer("Schulen", "Neustadt")
		server.Deliver(sim.Spec{Serial: serial})
		id := w.connect(by, server)
		w.follow(id)
		f := newFactory(t)
		w.x.anchors = ca.Anchors{f.root}
		rec := w.ask(http.MethodPost, "/enroll/"+string(id), f.sign(t, machineInfo()))
		if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
}

// An iPad that is played from Apple's documents alone finds its way through Setup Assistant to an identity.
func TestAPlayedIPadFindsItsWay(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		fleet := sim.NewFleet(w.apple, sim.InProcess(w.web))
		server := w.apple.AddServer("Schulen", "Musterstadt")
		specs := []sim.Spec{{Serial: "DMPX00PLAY01"}, {Serial: "DMPX00PLAY02", RSA: true, ExpiredFactoryCert: true}}
		server.Deliver(specs...)
		w.follow(w.connect(w.by, server))
		for _, spec := range specs {
			pad, err := fleet.NewIPad(spec)
			if err != nil {
				t.Fatal(err)
			}
			pad.Unbox()
		}
		if err := fleet.Advance(ctx, time.Minute); err != nil {
			t.Fatal(err)
		}
		for _, pad := range fleet.IPads() {
			cert := pad.Identity()
			if cert == nil {
				t.Fatalf("%s has no identity: %+v", pad.Serial(), pad.Snapshot())
			}
			id, err := w.st.Identity(ctx, ca.CertHash(cert))
			if err != nil || id.Serial != pad.Serial() || id.UDID != pad.Snapshot().UDID {
				t.Errorf("%s: bound as %+v %v", pad.Serial(), id, err)
			}
		}
	})
}

// What is logged of all this names nobody: no serial number, UDID, challenge or code.
func TestTheLogNamesNobody(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.meetApple()
	var said bytes.Buffer
	w.x.log = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	d := deliver(w)
	link, typed := w.code(store.Code{Left: 1})
	p := d.payloads(d.enrol(d.sign(t, machineInfo())).Body.Bytes())
	secret := challengeOf(p)
	c := newClient(t, ecKey(t))
	for range 2 {
		d.pki(d.by.Tenant, c.message(t, scep.PKCSReq, secret).Raw)
		d.pki(d.by.Tenant, c.message(t, scep.PKCSReq, "wrong secret").Raw)
		d.ask(http.MethodGet, "/e/"+link+"/profile", nil)
		d.ask(http.MethodPost, "/enroll/code", []byte("code="+typed))
		d.enrol(d.sign(t, machineInfo("SERIAL", "DMPX00TEST99")))
		d.enrol([]byte("nonsense"))
	}
	d.minimumOS("26.4")
	d.enrol(d.sign(t, machineInfo()))
	d.server.RevokeToken()
	if _, err := d.x.SyncToken(context.Background(), d.token); err == nil {
		t.Error("a revoked token works")
	}
	if said.Len() == 0 {
		t.Fatal("nothing is logged")
	}
	for name, never := range map[string]string{"serial number": serial, "another's": "DMPX00TEST99", "UDID": udid, "challenge": secret, "wrong challenge": "wrong secret",
		"link": link, "typed code": typed, "authority": "Musterstadt"} {
		if strings.Contains(said.String(), never) {
			t.Errorf("the log holds the %s", name)
		}
	}
}
