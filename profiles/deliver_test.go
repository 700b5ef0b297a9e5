package profiles

import (
	"regexp"
	"testing"
)

func deliver(t *testing.T, tree Dict, identifier, hash string) Dict {
	t.Helper()
	f, err := Fill(parse(t, tree), nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Deliver(f, identifier, "", hash)
	if err != nil {
		t.Fatal(err)
	}
	return treeOf(t, out)
}

func uuids(tree Dict) (out []string) {
	for _, p := range payloadsOf(tree) {
		out = append(out, p.text("PayloadUUID"))
	}
	return out
}

func TestDeliverGivesTheProfileItsIdentity(t *testing.T) {
	tree := profile(wifiPayload(nil))
	tree["PayloadRemovalDisallowed"] = true
	f, err := Fill(parse(t, tree), nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Deliver(f, "ranzen.p.1", "WLAN", "abc")
	if err != nil {
		t.Fatal(err)
	}
	got := treeOf(t, out)
	if got.text("PayloadIdentifier") != "ranzen.p.1" || got.text("PayloadDisplayName") != "WLAN" || got.text("PayloadUUID") != DeliveredUUID("abc") ||
		got["PayloadRemovalDisallowed"] != true {
		t.Errorf("frame: %v", got)
	}
	if p := payloadsOf(got)[0]; p.text("PayloadIdentifier") != "ranzen.p.1.wifi" || p.text("Password") != "correct horse" {
		t.Errorf("payload: %v", p)
	}
	if deliver(t, tree, "x", "abc").text("PayloadDisplayName") != "Test" {
		t.Error("without a name the template's own is kept")
	}
	if !regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`).MatchString(DeliveredUUID("abc")) {
		t.Errorf("%s is no UUID of version 8", DeliveredUUID("abc"))
	}
	if DeliveredUUID("abc") == DeliveredUUID("abd") {
		t.Error("two contents have one UUID")
	}
}

func TestPayloadUUIDsFollowTheContent(t *testing.T) {
	build := func(cert, password, note string, ids ...string) Dict {
		c := payload("com.apple.security.root", "cert", Dict{"PayloadContent": []byte(cert)})
		w := wifiPayload(Dict{"Password": password, "PayloadCertificateUUID": c["PayloadUUID"]})
		n := payload("org.example.note", "note", Dict{"Note": note, "Trust": []any{c["PayloadUUID"], "x"}})
		if len(ids) > 0 {
			c["PayloadUUID"], w["PayloadCertificateUUID"] = ids[0], ids[0]
			n["Trust"] = []any{ids[0], "x"}
		}
		return profile(c, w, n)
	}
	base := uuids(deliver(t, build("a", "password1", "n"), "p", "h1"))
	tests := []struct {
		name       string
		tree       Dict
		identifier string
		same       []bool // cert, wifi, note
	}{
		{"the same content with another hash", build("a", "password1", "n"), "p", []bool{true, true, true}},
		{"other UUIDs in the template", build("a", "password1", "n", "99999999-9999-4999-8999-999999999999"), "p", []bool{true, true, true}},
		{"another password", build("a", "password2", "n"), "p", []bool{true, false, true}},
		{"another certificate changes who trusts it", build("b", "password1", "n"), "p", []bool{false, false, false}},
		{"another note", build("a", "password1", "m"), "p", []bool{true, true, false}},
		{"another profile", build("a", "password1", "n"), "q", []bool{false, false, false}},
	}
	for _, tt := range tests {
		got := deliver(t, tt.tree, tt.identifier, "h2")
		for i, id := range uuids(got) {
			if (id == base[i]) != tt.same[i] {
				t.Errorf("%s: payload %d same=%v", tt.name, i, id == base[i])
			}
		}
		p := payloadsOf(got)
		if id := p[0].text("PayloadUUID"); p[1]["PayloadCertificateUUID"] != id || p[2]["Trust"].([]any)[0] != id || p[2]["Trust"].([]any)[1] != "x" {
			t.Errorf("%s: references point nowhere", tt.name)
		}
	}
}

func TestOddUUIDsAreReferencesOnlyUnderTheirKeys(t *testing.T) {
	c := payload("com.apple.security.root", "cert", Dict{"PayloadContent": []byte("a"), "PayloadUUID": "WPA2"})
	got := payloadsOf(deliver(t, profile(c, wifiPayload(Dict{"PayloadCertificateUUID": "WPA2"})), "p", "h"))
	if got[1]["EncryptionType"] != "WPA2" || got[1]["PayloadCertificateUUID"] != got[0]["PayloadUUID"] || got[0]["PayloadUUID"] == "WPA2" {
		t.Errorf("%v", got)
	}
}

func TestCirclesOfReferencesEnd(t *testing.T) {
	a, b := payload("org.example.a", "a", nil), payload("org.example.b", "b", nil)
	a["Other"], b["Other"] = b["PayloadUUID"], a["PayloadUUID"]
	got := payloadsOf(deliver(t, profile(a, b), "p", "h"))
	if got[0]["Other"] != got[1]["PayloadUUID"] || got[1]["Other"] != got[0]["PayloadUUID"] {
		t.Errorf("%v", got)
	}
}
