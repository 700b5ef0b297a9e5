package profiles

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/store/school"
)

func TestParseRefusesWhatIsNoProfile(t *testing.T) {
	plistOf := func(inner string) []byte { return []byte(xmlHead + inner + "</plist>") }
	frame := func(change Dict) []byte {
		tree := profile(wifiPayload(nil))
		for k, v := range change {
			tree[k] = v
		}
		return encode(t, tree)
	}
	one := func(p Dict) []byte { return encode(t, profile(p)) }
	tests := []struct {
		name, want string
		data       []byte
	}{
		{"nothing", "profile.not_plist", nil},
		{"text", "profile.not_plist", []byte("hello")},
		{"a web page", "profile.not_plist", []byte("<html><body></body></html>")},
		{"a list at the root", "profile.not_plist", plistOf("<array/>")},
		{"too large", "profile.too_large", bytes.Repeat([]byte(" "), MaxSize+1)},
		{"UTF-16", "profile.not_utf8", []byte("\xff\xfe<\x00")},
		{"another character set", "profile.not_utf8", []byte(`<?xml version="1.0" encoding="ISO-8859-1"?><plist><dict/></plist>`)},
		{"cut off", "profile.broken_xml", frame(nil)[:600]},
		{"something after the end", "profile.broken_xml", append(frame(nil), "<dict/>"...)},
		{"two values", "profile.broken_xml", plistOf("<dict/><dict/>")},
		{"text between keys", "profile.broken_xml", plistOf("<dict>x<key>a</key><true/></dict>")},
		{"entities", "profile.entities", []byte(`<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><plist><string>&b;</string></plist>`)},
		{"an unknown entity", "profile.broken_xml", plistOf("<string>&b;</string>")},
		{"a tag without end", "profile.broken_xml", plistOf("<dict " + strings.Repeat("a='' ", 5000) + "/>")},
		{"a NUL", "profile.broken_xml", plistOf("<string>&#0;</string>")},
		{"65 levels", "profile.too_deep", plistOf(strings.Repeat("<array>", 65) + strings.Repeat("</array>", 65))},
		{"a million values", "profile.too_many", plistOf("<array>" + strings.Repeat("<true/>", maxNodes) + "</array>")},
		{"an unknown element", "profile.bad_value", plistOf("<uid>1</uid>")},
		{"a number in letters", "profile.bad_value", plistOf("<integer>eins</integer>")},
		{"a number too large", "profile.bad_value", plistOf("<integer>18446744073709551616</integer>")},
		{"infinity", "profile.bad_value", plistOf("<real>inf</real>")},
		{"a German date", "profile.bad_value", plistOf("<date>1.8.2026</date>")},
		{"broken base64", "profile.bad_value", plistOf("<data>!</data>")},
		{"a key without value", "profile.bad_value", plistOf("<dict><key>a</key></dict>")},
		{"a value without key", "profile.bad_value", plistOf("<dict><true/></dict>")},
		{"a key twice", "profile.duplicate_key", plistOf("<dict><key>a</key><true/><key>a</key><false/></dict>")},
		{"no configuration", "profile.not_profile", plistOf("<dict/>")},
		{"another kind of list", "profile.not_profile", frame(Dict{"PayloadType": "com.apple.wifi.managed"})},
		{"no payloads", "profile.no_payloads", frame(Dict{"PayloadContent": Dict{}})},
		{"encrypted", "profile.encrypted", frame(Dict{"EncryptedPayloadContent": []byte("x")})},
		{"a payload that is text", "profile.payload_incomplete", frame(Dict{"PayloadContent": []any{"x"}})},
		{"a payload without type", "profile.payload_incomplete", one(wifiPayload(Dict{"PayloadType": ""}))},
		{"a payload without UUID", "profile.payload_incomplete", one(wifiPayload(Dict{"PayloadUUID": int64(1)}))},
		{"an enrolment", "profile.contains_mdm", one(payload("com.apple.mdm", "mdm", nil))},
		{"declarations", "profile.contains_declarations", one(payload("com.apple.declarations", "d", nil))},
		{"a profile in a profile", "profile.nested", one(payload("Configuration", "c", nil))},
		{"a broken signature", "profile.broken_signature", []byte{0x30, 0x80, 0x01}},
		{"CMS nested without end", "profile.broken_signature", bytes.Repeat([]byte{0x30, 0x80}, 1<<20)},
		{"empty elements that nest for some readers", "profile.broken_signature", bytes.Repeat([]byte{0x30, 0x80, 0, 0}, 1<<19)},
		{"CMS in two million pieces", "profile.broken_signature", append(append([]byte{0x30, 0x80}, bytes.Repeat([]byte{5, 0}, 2<<20)...), 0, 0)},
		{"CMS for somebody else", "profile.encrypted", append([]byte{0x30, 0x0d}, append(envelopedData, 0xa0, 0)...)},
		{"PEM of a key", "profile.not_plist", []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")},
	}
	for _, tt := range tests {
		_, err := Parse(tt.data)
		if got := codeOf(t, err); got != tt.want {
			t.Errorf("%s: %q, want %q (%v)", tt.name, got, tt.want, err)
		}
	}
}

func TestParseSaysWhatAProfileHolds(t *testing.T) {
	c := parse(t, profile(
		wifiPayload(Dict{"SSID_STR": "{{school.name}}"}),
		payload(typeWiFi, "wifi2", Dict{"SSID_STR": "Gast", "EncryptionType": "None"}),
		payload("com.apple.shareddeviceconfiguration", "lock", Dict{"AssetTagInformation": "{{device.number}} {{person.email}}", "LockScreenFootnote": "{{unknown}} {{ }} {x}"}),
		payload("org.example.app", "app", Dict{"Nested": Dict{"List": []any{"{{class.name}}"}}, "Raw": []byte("{{device.serial}}"), "{{device.model}}": true}),
	))
	want := school.Content{Name: "Test", Networks: []string{"{{school.name}}", "Gast"},
		Variables: []string{" ", "class.name", "device.number", "person.email", "school.name", "unknown"},
		Payloads: []school.Payload{
			{Type: typeWiFi, Identifier: "de.example.test.wifi", MinimumOS: "4.0", Known: true},
			{Type: typeWiFi, Identifier: "de.example.test.wifi2", MinimumOS: "4.0", Known: true},
			{Type: "com.apple.shareddeviceconfiguration", Identifier: "de.example.test.lock", Single: true, Supervised: true, MinimumOS: "9.3", Known: true},
			{Type: "org.example.app", Identifier: "de.example.test.app"},
		}}
	c.Body, c.Hash, c.Problems = nil, "", nil
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

func TestParseKeepsWhatItDoesNotKnow(t *testing.T) {
	tree := profile(payload("org.example.unknown", "x", Dict{"Flag": true, "One": int64(1), "OneReal": 1.0, "OneText": "1", "Empty": "", "None": []any{}}))
	tree["SomethingElse"] = Dict{"a": []any{Dict{"b": []byte{0}}}}
	tree["PayloadRemovalDisallowed"] = true
	c := parse(t, tree)
	again, err := Tree(c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree, again); diff != "" {
		t.Error(diff)
	}
	if second, err := Parse(c.Body); err != nil || second.Hash != c.Hash || !bytes.Equal(second.Body, c.Body) {
		t.Errorf("a stored body is not its own parse: %v", err)
	}
}

// TestSignedProfiles parses what OpenSSL signed, in each wrapping people upload, and tells a broken signature.
func TestSignedProfiles(t *testing.T) {
	dir := t.TempDir()
	key, cert, file := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "p.mobileconfig")
	body := encode(t, profile(wifiPayload(nil)))
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "openssl", nil, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=Profile test")
	sign := func(more ...string) []byte {
		return run(t, "openssl", nil, "openssl", append([]string{"smime", "-sign", "-nodetach", "-binary", "-in", file, "-signer", cert, "-inkey", key}, more...)...)
	}
	der := sign("-outform", "der")
	tampered := bytes.Replace(der, []byte("correct horse"), []byte("correct mouse"), 1)
	tests := []struct {
		name string
		data []byte
		code string
	}{
		{"DER", der, "signer_dropped"},
		{"BER of indefinite length", sign("-outform", "der", "-stream"), "signer_dropped"},
		{"PEM", sign("-outform", "pem"), "signer_dropped"},
		{"PEM of CMS", pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: der}), "signer_dropped"},
		{"tampered with", tampered, "signature_invalid"},
	}
	for _, tt := range tests {
		c, err := Parse(tt.data)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if len(c.Problems) == 0 || c.Problems[0].Code != tt.code || c.Problems[0].Payload != -1 || !c.Publishable() {
			t.Errorf("%s: %+v", tt.name, c.Problems)
		}
		if plain := parse(t, profile(wifiPayload(nil))); tt.code == "signer_dropped" && c.Hash != plain.Hash {
			t.Errorf("%s: the content changed", tt.name)
		}
	}
	if c, err := Parse(sign("-outform", "der", "-nocerts")); err != nil || c.Problems[0].Code != "signature_invalid" {
		t.Errorf("a signature without certificate: %v", err)
	}
}
