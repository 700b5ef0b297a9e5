package profiles

import (
	"fmt"
	"strings"
	"testing"

	"ranzen/store/school"
)

func TestValidate(t *testing.T) {
	bigList := func(n int) []any {
		out := make([]any, n)
		for i := range out {
			out[i] = fmt.Sprintf("https://%d.example", i)
		}
		return out
	}
	app := func(id string) Dict { return Dict{"Type": "Application", "BundleID": id} }
	restrictions := func(d Dict) Dict { return payload(typeRestrictions, "r", d) }
	filter := func(d Dict) Dict { return payload("com.apple.webcontent-filter", "f", d) }
	tests := []struct {
		name     string
		payloads []Dict
		want     string // "severity payload key code arg,arg@os" of the finding looked for; "-" none
	}{
		{"a good network", []Dict{wifiPayload(nil)}, "-"},
		{"no network name", []Dict{wifiPayload(Dict{"SSID_STR": ""})}, "error 0 SSID_STR missing "},
		{"an unknown encryption", []Dict{wifiPayload(Dict{"EncryptionType": "WPA4"})}, "error 0 EncryptionType enum WPA4,WEP, WPA, WPA2, WPA3, Any, None"},
		{"a variable may become any value", []Dict{wifiPayload(Dict{"EncryptionType": "{{school.type}}"})}, "-"},
		{"a short passphrase", []Dict{wifiPayload(Dict{"Password": "kurz"})}, "error 0 Password wifi_password "},
		{"an umlaut in the passphrase", []Dict{wifiPayload(Dict{"Password": "schlüssel1"})}, "error 0 Password wifi_password "},
		{"64 hexadecimal digits", []Dict{wifiPayload(Dict{"Password": strings.Repeat("aF", 32)})}, "-"},
		{"a port beyond all", []Dict{wifiPayload(Dict{"ProxyServerPort": int64(70000)})}, "error 0 ProxyServerPort range 70000,0,65535"},
		{"text for a switch", []Dict{wifiPayload(Dict{"AutoJoin": "yes"})}, "error 0 AutoJoin type boolean,string"},
		{"a number for a switch", []Dict{wifiPayload(Dict{"AutoJoin": int64(1)})}, "warning 0 AutoJoin type boolean,integer"},
		{"an unknown key", []Dict{wifiPayload(Dict{"Colour": "blue"})}, "warning 0 Colour unknown_key "},
		{"a key of the Mac", []Dict{wifiPayload(Dict{"SetupModes": []any{"System"}})}, "warning 0 SetupModes not_ipad_key "},
		{"a key in a key", []Dict{wifiPayload(Dict{"EAPClientConfiguration": Dict{"UserName": "x"}})}, "error 0 EAPClientConfiguration.AcceptEAPTypes missing "},
		{"an item of a list", []Dict{wifiPayload(Dict{"EAPClientConfiguration": Dict{"AcceptEAPTypes": []any{int64(99)}}})}, "error 0 EAPClientConfiguration.AcceptEAPTypes[0] enum 99,13, 17, 18, 21, 23, 25, 43"},
		{"an enterprise network that trusts nobody", []Dict{wifiPayload(Dict{"EAPClientConfiguration": Dict{"AcceptEAPTypes": []any{int64(25)}}})}, "warning 0 EAPClientConfiguration wifi_trust "},
		{"a certificate that is not there", []Dict{wifiPayload(Dict{"PayloadCertificateUUID": "22222222-2222-4222-8222-222222222222"})}, "error 0 PayloadCertificateUUID dangling_reference "},
		{"a supervised restriction", []Dict{restrictions(Dict{"allowAirDrop": false})}, "note 0 allowAirDrop needs_supervision "},
		{"a new restriction", []Dict{restrictions(Dict{"allowSafariPrivateBrowsing": false})}, "note 0 allowSafariPrivateBrowsing needs_os 26.0@26.0"},
		{"a deprecated restriction", []Dict{restrictions(Dict{"allowVoiceDialing": false})}, "warning 0 allowVoiceDialing deprecated 17.0@17.0"},
		{"a removed restriction", []Dict{restrictions(Dict{"enforcedSoftwareUpdateDelay": int64(5)})}, "warning 0 enforcedSoftwareUpdateDelay removed 27.0@27.0"},
		{"whole numbers are reals", []Dict{restrictions(Dict{"safariAcceptCookies": int64(1)})}, "-"},
		{"a real among whole numbers", []Dict{restrictions(Dict{"safariAcceptCookies": 1.7})}, "error 0 safariAcceptCookies enum 1.7,0, 1, 1.5, 2"},
		{"a payload that needs supervision", []Dict{payload("com.apple.shareddeviceconfiguration", "l", Dict{"AssetTagInformation": "x"})}, "note 0  needs_supervision "},
		{"a single payload twice", []Dict{payload("com.apple.app.lock", "a", Dict{"App": Dict{"Identifier": "x"}}), payload("com.apple.app.lock", "b", Dict{"App": Dict{"Identifier": "y"}})}, "error 1 PayloadType single_twice com.apple.app.lock"},
		{"an identifier twice", []Dict{wifiPayload(nil), wifiPayload(Dict{"PayloadUUID": "22222222-2222-4222-8222-222222222222"})}, "error 1 PayloadIdentifier duplicate de.example.test.wifi"},
		{"a UUID twice", []Dict{wifiPayload(Dict{"PayloadUUID": "a"}), wifiPayload(Dict{"PayloadUUID": "a", "PayloadIdentifier": "b"})}, "error 1 PayloadUUID duplicate a"},
		{"no payloads", nil, "error -1 PayloadContent empty "},
		{"an unknown payload", []Dict{payload("org.example.x", "x", nil)}, "warning 0 PayloadType unknown_payload org.example.x"},
		{"the name of a frame", []Dict{payload("TopLevel", "x", nil)}, "warning 0 PayloadType unknown_payload TopLevel"},
		{"a payload of the Mac", []Dict{payload("com.apple.dock", "x", nil)}, "warning 0 PayloadType not_ipad com.apple.dock"},
		{"a deprecated payload", []Dict{payload("com.apple.apn.managed", "x", nil)}, "warning 0  deprecated 7.0@7.0"},
		{"an unknown variable", []Dict{wifiPayload(Dict{"SSID_STR": "{{school.nme}}"})}, "error 0 SSID_STR unknown_variable school.nme"},
		{"a variable in the identity", []Dict{wifiPayload(Dict{"PayloadIdentifier": "x.{{device.serial}}"})}, "error 0 PayloadIdentifier variable_in_identity device.serial"},
		{"a version Apple does not know", []Dict{wifiPayload(Dict{"PayloadVersion": int64(2)})}, "error 0 PayloadVersion enum 2,1"},
		{"a home screen", []Dict{payload("com.apple.homescreenlayout", "h", Dict{"Pages": []any{[]any{app("a.b")}}})}, "note 0  needs_supervision "},
		{"an app without id", []Dict{payload("com.apple.homescreenlayout", "h", Dict{"Pages": []any{[]any{app("")}}})}, "error 0 Pages[0][0].BundleID missing "},
		{"an unknown kind of icon", []Dict{payload("com.apple.homescreenlayout", "h", Dict{"Pages": []any{[]any{Dict{"Type": "Widget"}}}})}, "error 0 Pages[0][0].Type enum Widget,Application, Folder, WebClip"},
		{"an icon twice", []Dict{payload("com.apple.homescreenlayout", "h", Dict{"Dock": []any{app("a.b")}, "Pages": []any{[]any{app("a.b")}}})}, "warning 0 Pages[0][0].BundleID twice a.b"},
		{"a folder in a folder", []Dict{payload("com.apple.homescreenlayout", "h", Dict{"Pages": []any{[]any{Dict{"Type": "Folder", "Pages": []any{[]any{Dict{"Type": "Folder"}}}}}}})}, "error 0 Pages[0][0].Pages[0][0].Type folder_in_folder "},
		{"a list too long for the filter", []Dict{filter(Dict{"DenyListURLs": bigList(501)})}, "warning 0 DenyListURLs many_urls 501,500"},
		{"exceptions from nothing", []Dict{filter(Dict{"PermittedURLs": bigList(1)})}, "warning 0 PermittedURLs needs_key AutoFilterEnabled"},
		{"a filter app without app", []Dict{filter(Dict{"FilterType": "Plugin"})}, "error 0 PluginBundleID missing "},
		{"free keys are free", []Dict{filter(Dict{"FilterType": "Plugin", "PluginBundleID": "a.b", "VendorConfig": Dict{"x": Dict{"y": true}}})}, "note 0  needs_supervision "},
		{"a proxy that locks out", []Dict{payload("com.apple.proxy.http.global", "p", Dict{"ProxyType": "Manual"})}, "warning 0 ProxyPACFallbackAllowed proxy_lockout "},
		{"an address without scheme", []Dict{payload("com.apple.webClip.managed", "w", Dict{"Label": "x", "URL": "schule.example"})}, "error 0 URL url "},
	}
	for _, tt := range tests {
		var all []string
		found := false
		for _, p := range Validate(profile(tt.payloads...)) {
			line := fmt.Sprintf("%s %d %s %s %s", p.Severity, p.Payload, p.Key, p.Code, strings.Join(p.Args, ","))
			if p.OS != "" {
				line += "@" + p.OS
			}
			all = append(all, line)
			found = found || line == tt.want
		}
		if tt.want == "-" && len(all) > 0 || tt.want != "-" && !found {
			t.Errorf("%s: want %q, found\n\t%s", tt.name, tt.want, strings.Join(all, "\n\t"))
		}
	}
}

func TestFindingsComeFrameFirst(t *testing.T) {
	tree := profile(wifiPayload(Dict{"X": true}), payload("org.example.x", "x", Dict{"A": "{{no.such}}"}), wifiPayload(Dict{"PayloadIdentifier": "y", "PayloadUUID": "z", "Y": true}))
	tree["Z"] = true
	last := -1
	for _, p := range Validate(tree) {
		if p.Payload < last {
			t.Errorf("payload %d after %d", p.Payload, last)
		}
		last = p.Payload
	}
	if got := Validate(tree)[0]; got.Key != "Z" || got.Payload != -1 {
		t.Errorf("%+v", got)
	}
}

func TestFindingsNeverRepeatSecrets(t *testing.T) {
	const secret = "hemmeligt"
	tree := profile(wifiPayload(Dict{"Password": secret + "\u00e4", "ProxyPassword": []byte(secret), "EAPClientConfiguration": Dict{"UserPassword": []any{secret}}}))
	for _, p := range Validate(tree) {
		if strings.Contains(fmt.Sprint(p), secret) {
			t.Errorf("%+v", p)
		}
	}
	if p := Validate(tree); len(p) < 3 || (school.Content{Problems: p}).Publishable() {
		t.Errorf("%+v", p)
	}
}
