package sim

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/micromdm/plist"
)

// managed is an iPad with a management that nobody checks, for tests of what it makes of foreign bytes.
func managed(t testing.TB) *IPad {
	t.Helper()
	calm := Calm()
	a, err := NewApple(Config{Weather: &calm})
	if err != nil {
		t.Fatal(err)
	}
	f := NewFleet(a, InProcess(http.NotFoundHandler()))
	i, err := f.NewIPad(Spec{Serial: "F9FXK2ABCD12", HasPasscode: true})
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.manufacture("x", "y", false)
	if err != nil {
		t.Fatal(err)
	}
	i.s.Enrolment = &enrolment{ProfileID: "e", PayloadID: "e.mdm", Topic: pushTopic + "x", ServerURL: "https://mdm.example/", CheckInURL: "https://mdm.example/", Rights: 8191, Identity: id}
	i.s.Phase = phaseHome
	i.newPushToken()
	return i
}

func list2plist(t testing.TB, v any) []byte {
	t.Helper()
	b, err := plist.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzCommand gives an iPad a command body. Whatever it is, the iPad answers in a form that can be sent.
func FuzzCommand(f *testing.F) {
	i := managed(f)
	profile := map[string]any{"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": "p", "PayloadUUID": "u", "PayloadContent": []any{
		map[string]any{"PayloadType": "com.apple.wifi.managed", "PayloadVersion": 1, "PayloadIdentifier": "w", "PayloadUUID": "v", "SSID_STR": "S"},
	}}
	for _, c := range []map[string]any{
		{"RequestType": "DeviceInformation", "Queries": []any{"OSVersion", 7}},
		{"RequestType": "InstallProfile", "Payload": list2plist(f, profile)},
		{"RequestType": "RemoveProfile", "Identifier": "p"},
		{"RequestType": "Settings", "Settings": []any{map[string]any{"Item": "DeviceName", "DeviceName": "x"}}},
		{"RequestType": "DeclarativeManagement", "Data": []byte(`{"SyncTokens":{"DeclarationsToken":"a","Timestamp":"2026-09-01T06:00:00Z"}}`)},
		{"RequestType": "EraseDevice", "ReturnToService": map[string]any{"Enabled": true}},
		{"RequestType": "ProfileList"}, {"RequestType": "CertificateList"}, {"RequestType": "Nothing"}, {},
	} {
		f.Add(list2plist(f, map[string]any{"CommandUUID": "1", "Command": c}))
	}
	f.Add([]byte("bplist00\xd1\x01\x02"))
	f.Add([]byte("<plist><dict><key>CommandUUID</key><string>1</string>" + strings.Repeat("<dict>", 100)))
	f.Fuzz(func(t *testing.T, body []byte) {
		i.mu.Lock()
		defer i.mu.Unlock()
		c, err := readCommand(body)
		if err != nil {
			return
		}
		r := i.obey(context.Background(), c)
		report := i.report(r.status, c.uuid, r.fields)
		if _, err := readPlist(report); err != nil && strings.ToValidUTF8(c.uuid, "") == c.uuid {
			t.Errorf("the report cannot be read: %v\n%s", err, report)
		}
	})
}

// FuzzProfile gives the profile parser foreign bytes; what it accepts has all names it needs.
func FuzzProfile(f *testing.F) {
	i := managed(f)
	f.Add([]byte("<plist/>"))
	f.Add([]byte{0x30, 0x80})
	plain := list2plist(f, map[string]any{"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": "p", "PayloadUUID": "u", "PayloadContent": []any{}})
	f.Add(plain)
	signed, err := signCMS(plain, i.s.Enrolment.Identity, false)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, body []byte) {
		p, payloads, err := readProfile(body)
		if err != nil {
			return
		}
		if p.Identifier == "" || p.UUID == "" || len(p.Payloads) != len(payloads) {
			t.Errorf("accepted %+v", p)
		}
		enrolmentOf(p, payloads)
	})
}

// FuzzDeclarations plays a server whose declarative answers are foreign bytes.
func FuzzDeclarations(f *testing.F) {
	i := managed(f)
	f.Add([]byte(`{"SyncTokens":{"DeclarationsToken":"a","Timestamp":"2026-09-01T06:00:00Z"}}`), "TRUEPREDICATE")
	f.Add([]byte(`{"Declarations":{"Activations":[],"Assets":[],"Configurations":[{"Identifier":"c","ServerToken":"1"}],"Management":[]},"DeclarationsToken":"t"}`), "((@status(x) == 'a'))")
	f.Add([]byte(`{"Type":"com.apple.configuration.legacy","Identifier":"c","ServerToken":"1","Payload":{"ProfileURL":"https://x/","AssetReference":"a"}}`), "@property(a) >= 3")
	f.Add([]byte(`{"Type":"com.apple.activation.simple","Identifier":"c","ServerToken":"1","Payload":{"StandardConfigurations":["c"],"Predicate":")("}}`), "()")
	f.Fuzz(func(t *testing.T, body []byte, predicate string) {
		i.mu.Lock()
		defer i.mu.Unlock()
		readTokens(body)
		i.predicate(predicate)
		if m, err := readManifest(body); err == nil {
			for _, item := range m.items {
				if !fits(item.Identifier) || !fits(item.ServerToken) {
					t.Errorf("accepted %+v", item)
				}
			}
		}
		i.s.DDM = ddm{Enabled: true}
		for _, kind := range []string{"activation", "asset", "configuration", "management"} {
			if d, err := readDeclaration(body, kind, "c"); err == nil {
				i.s.DDM.Declarations = append(i.s.DDM.Declarations, d)
			}
		}
		i.judge()
		i.subscribe()
		if report := i.statusReport(true); !json.Valid(report) {
			t.Errorf("the report is no JSON: %s", report)
		}
	})
}

// FuzzOAuth gives the signature check foreign headers: none opens the door, none breaks it.
func FuzzOAuth(f *testing.F) {
	calm := Calm()
	a, err := NewApple(Config{Weather: &calm})
	if err != nil {
		f.Fatal(err)
	}
	a.AddServer("S", "O") // without a token: nobody can sign
	f.Add(`OAuth realm="ADM", oauth_consumer_key="", oauth_token="", oauth_signature_method="HMAC-SHA1", oauth_timestamp="1", oauth_nonce="n", oauth_signature="x"`)
	f.Add(`OAuth a=%zz`)
	f.Fuzz(func(t *testing.T, header string) {
		req, _ := http.NewRequest("GET", "https://"+hostEnrolment+"/session", nil)
		req.Header.Set("Authorization", header)
		if s, _ := a.authorise(req); s != nil {
			t.Errorf("%q opened the door", header)
		}
	})
}

func TestVersionsCompareByNumber(t *testing.T) {
	for _, tc := range []struct {
		a, b  string
		older bool
	}{
		{"9.3", "15.0", true}, {"26.4", "26.4.1", true}, {"26.4.1", "26.4", false}, {"26.10", "26.9", false}, {"26.4", "26.4", false}, {"17", "17.0", false}, {"", "1", true},
	} {
		if got := olderThan(tc.a, tc.b); got != tc.older {
			t.Errorf("olderThan(%q, %q) = %v", tc.a, tc.b, got)
		}
	}
}

func TestABypassCodeReadsAsItWasWritten(t *testing.T) {
	var raw [16]byte
	for n := range raw {
		raw[n] = byte(n)
	}
	if got := bypassCode(raw); got != "000H4-0R40M-30F2-0918-5HR3-8F17" {
		t.Errorf("code %s", got)
	}
}
