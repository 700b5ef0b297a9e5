package profiles

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	filter := func(denied ...any) Dict {
		return payload("com.apple.webcontent-filter", "f", Dict{"PayloadDisplayName": "Filter", "DenyListURLs": denied})
	}
	cert := payload("com.apple.security.root", "c", Dict{"PayloadContent": []byte("a")})
	renamed := payload("com.apple.security.root", "c", Dict{"PayloadContent": []byte("a"), "PayloadUUID": "33333333-3333-4333-8333-333333333333"})
	p12 := func(b string) Dict {
		return payload("com.apple.security.pkcs12", "i", Dict{"PayloadContent": []byte(b), "Password": b})
	}
	tests := []struct {
		name          string
		before, after Dict
		want          []DiffLine
	}{
		{"nothing", profile(wifiPayload(nil)), profile(wifiPayload(nil)), nil},
		{"a value", profile(wifiPayload(nil)), profile(wifiPayload(Dict{"SSID_STR": "Neu"})), []DiffLine{{typeWiFi, "SSID_STR", "Schule", "Neu", false}}},
		{"a new switch and a lost one", profile(wifiPayload(Dict{"AutoJoin": false})), profile(wifiPayload(Dict{"CaptiveBypass": true})),
			[]DiffLine{{typeWiFi, "AutoJoin", "false", "", false}, {typeWiFi, "CaptiveBypass", "", "true", false}}},
		{"a secret", profile(wifiPayload(nil)), profile(wifiPayload(Dict{"Password": "another one"})), []DiffLine{{typeWiFi, "Password", "", "", true}}},
		{"a secret deep inside", profile(wifiPayload(nil)), profile(wifiPayload(Dict{"VendorSecrets": Dict{"A": []any{"x"}}})), []DiffLine{{typeWiFi, "VendorSecrets.A", "", "", true}}},
		{"a switch that sounds secret", profile(payload(typeRestrictions, "r", Dict{"allowPasswordSharing": true})), profile(payload(typeRestrictions, "r", Dict{"allowPasswordSharing": false})),
			[]DiffLine{{typeRestrictions, "allowPasswordSharing", "true", "false", false}}},
		{"an identity", profile(p12("a")), profile(p12("b")), []DiffLine{{"com.apple.security.pkcs12", "Password", "", "", true}, {"com.apple.security.pkcs12", "PayloadContent", "", "", true}}},
		{"one address more, first", profile(filter("a", "b")), profile(filter("c", "a", "b")), []DiffLine{{"Filter", "DenyListURLs", "", "c", false}}},
		{"one of two equal", profile(filter("a", "a")), profile(filter("a")), []DiffLine{{"Filter", "DenyListURLs", "a", "", false}}},
		{"another order", profile(filter("a", "b")), profile(filter("b", "a")), []DiffLine{{"Filter", "DenyListURLs[0]", "a", "b", false}, {"Filter", "DenyListURLs[1]", "b", "a", false}}},
		{"a payload more", profile(wifiPayload(nil)), profile(wifiPayload(nil), filter()), []DiffLine{{"Filter", "", "", "com.apple.webcontent-filter", false}}},
		{"a payload less", profile(filter(), wifiPayload(nil)), profile(wifiPayload(nil)), []DiffLine{{"Filter", "", "com.apple.webcontent-filter", "", false}}},
		{"another UUID is no change", profile(cert, wifiPayload(Dict{"PayloadCertificateUUID": cert["PayloadUUID"]})),
			profile(renamed, wifiPayload(Dict{"PayloadCertificateUUID": renamed["PayloadUUID"]})), nil},
		{"a dictionary", profile(wifiPayload(nil)), profile(wifiPayload(Dict{"QoSMarkingPolicy": Dict{"QoSMarkingEnabled": false}})), []DiffLine{{typeWiFi, "QoSMarkingPolicy.QoSMarkingEnabled", "", "false", false}}},
		{"an empty dictionary", profile(wifiPayload(nil)), profile(wifiPayload(Dict{"A": Dict{}})), []DiffLine{{typeWiFi, "A", "", "{}", false}}},
		{"a type", profile(wifiPayload(Dict{"A": int64(1)})), profile(wifiPayload(Dict{"A": []any{"x"}})), []DiffLine{{typeWiFi, "A", "1", "[]", false}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Diff(parse(t, tt.before), parse(t, tt.after))); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
	frame := profile(wifiPayload(nil))
	frame["PayloadDisplayName"] = "Neu"
	if diff := cmp.Diff([]DiffLine{{"", "PayloadDisplayName", "Test", "Neu", false}}, Diff(parse(t, profile(wifiPayload(nil))), parse(t, frame))); diff != "" {
		t.Error(diff)
	}
}

func TestDiffShowsDataByItsHash(t *testing.T) {
	got := Diff(parse(t, profile(payload("com.apple.webClip.managed", "w", Dict{"Icon": []byte("a")}))), parse(t, profile(payload("com.apple.webClip.managed", "w", Dict{"Icon": []byte("b")}))))
	if len(got) != 1 || got[0].Old == got[0].New || !strings.HasPrefix(got[0].Old, "1 B · ") {
		t.Errorf("%+v", got)
	}
}
