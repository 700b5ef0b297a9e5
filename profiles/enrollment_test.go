package profiles

import (
	"strings"
	"testing"

	"ranzen/profiles/schema"
	"ranzen/store/school"
)

func enrollmentValues() EnrollmentValues {
	return EnrollmentValues{Identifier: "de.example.enrolment", Name: "Verwaltung", Organization: "Stadt Musterhausen",
		ServerURL: "https://mdm.example/mdm/connect", CheckInURL: "https://mdm.example/mdm/checkin", Topic: "com.apple.mgmt.External.1",
		SCEPURL: "https://mdm.example/scep", SCEPName: "ranzen", Challenge: "challenge-1", CommonName: "device-1"}
}

func enrollment(t *testing.T, change func(*EnrollmentValues)) (Dict, map[string]Dict) {
	t.Helper()
	v := enrollmentValues()
	if change != nil {
		change(&v)
	}
	body, err := Enrollment(v)
	if err != nil {
		t.Fatal(err)
	}
	tree := treeOf(t, body)
	parts := map[string]Dict{}
	for _, p := range payloadsOf(tree) {
		parts[strings.TrimPrefix(p.text("PayloadIdentifier"), v.Identifier+".")] = p
	}
	return tree, parts
}

func TestEnrollment(t *testing.T) {
	tree, parts := enrollment(t, func(v *EnrollmentValues) {
		v.Roots = [][]byte{[]byte("root")}
		v.Network = &school.Network{SSID: "Einrichtung", Password: "correct horse", Security: "WPA3", Hidden: true}
		v.CAFingerprint = []byte{1, 2}
	})
	var order []string
	for _, p := range payloadsOf(tree) {
		order = append(order, p.text("PayloadType"))
	}
	if got := strings.Join(order, " "); got != typeRoot+" "+typeWiFi+" "+typeSCEP+" "+typeMDM {
		t.Errorf("order: %s", got)
	}
	mdm, scep := parts["mdm"], parts["identity"]["PayloadContent"].(Dict)
	for key, want := range (Dict{"ServerURL": "https://mdm.example/mdm/connect", "CheckInURL": "https://mdm.example/mdm/checkin",
		"Topic": "com.apple.mgmt.External.1", "SignMessage": true, "CheckOutWhenRemoved": true, "AccessRights": int64(8191),
		"IdentityCertificateUUID": parts["identity"]["PayloadUUID"]}) {
		if mdm[key] != want {
			t.Errorf("mdm %s: %v", key, mdm[key])
		}
	}
	if len(mdm["ServerCapabilities"].([]any)) != 3 {
		t.Errorf("capabilities: %v", mdm["ServerCapabilities"])
	}
	for key, want := range (Dict{"URL": "https://mdm.example/scep", "Name": "ranzen", "Challenge": "challenge-1", "Keysize": int64(2048),
		"Key Type": "RSA", "Key Usage": int64(5), "Retries": int64(3)}) {
		if scep[key] != want {
			t.Errorf("scep %s: %v", key, scep[key])
		}
	}
	if w := parts["wifi"]; w["SSID_STR"] != "Einrichtung" || w["EncryptionType"] != "WPA3" || w["Password"] != "correct horse" || w["HIDDEN_NETWORK"] != true {
		t.Errorf("wifi: %v", w)
	}
	for _, p := range Validate(tree) {
		if p.Severity == school.Wrong {
			t.Errorf("Apple's schema finds %+v", p)
		}
	}
	if _, ok := schema.Profile(typeMDM); !ok {
		t.Error("the schema does not know the enrolment")
	}
}

func TestARenewalKeepsEverythingButTheIdentity(t *testing.T) {
	setup := func(challenge string) func(v *EnrollmentValues) {
		return func(v *EnrollmentValues) {
			v.Challenge, v.Roots, v.Network = challenge, [][]byte{[]byte("root")}, &school.Network{SSID: "E"}
		}
	}
	first, a := enrollment(t, setup("one"))
	second, b := enrollment(t, setup("two"))
	again, _ := enrollment(t, setup("one"))
	if first.text("PayloadIdentifier") != second.text("PayloadIdentifier") || first.text("PayloadUUID") == second.text("PayloadUUID") {
		t.Error("a renewal is the same profile with another content")
	}
	if Hash(first) != Hash(again) {
		t.Error("the same values give another profile")
	}
	if len(a) != len(b) || len(a) != 4 {
		t.Fatalf("payload identifiers changed: %v", b)
	}
	for part := range a {
		if same := a[part]["PayloadUUID"] == b[part]["PayloadUUID"]; same == (part == "identity") {
			t.Errorf("%s: same UUID is %v", part, same)
		}
	}
}

func TestEnrollmentRefusesHalfOfIt(t *testing.T) {
	tests := map[string]func(*EnrollmentValues){
		"no identifier":          func(v *EnrollmentValues) { v.Identifier = "" },
		"no challenge":           func(v *EnrollmentValues) { v.Challenge = "" },
		"no subject":             func(v *EnrollmentValues) { v.CommonName = "" },
		"server without TLS":     func(v *EnrollmentValues) { v.ServerURL = "http://mdm.example/" },
		"check-in without host":  func(v *EnrollmentValues) { v.CheckInURL = "https:///" },
		"SCEP without TLS":       func(v *EnrollmentValues) { v.SCEPURL = "http://mdm.example/scep" },
		"another topic":          func(v *EnrollmentValues) { v.Topic = "com.example" },
		"a network without name": func(v *EnrollmentValues) { v.Network = &school.Network{} },
		"a NUL in the name":      func(v *EnrollmentValues) { v.Name = "a\x00" },
	}
	for name, change := range tests {
		v := enrollmentValues()
		change(&v)
		if _, err := Enrollment(v); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Enrollment(func() EnrollmentValues {
		v := enrollmentValues()
		v.SCEPURL, v.CAFingerprint = "http://mdm.example/scep", []byte{1}
		return v
	}()); err != nil {
		t.Errorf("a fingerprint replaces TLS: %v", err)
	}
}
