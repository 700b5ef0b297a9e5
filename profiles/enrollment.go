package profiles

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"ranzen/store/school"
)

// EnrollmentValues is what an enrolment profile is made of, for the first time and for every renewal alike.
type EnrollmentValues struct {
	Identifier   string // top-level PayloadIdentifier: one for all devices and years, or renewal becomes a second enrolment
	Name         string // as the device shows it
	Organization string
	Description  string

	ServerURL  string // connect endpoint, https
	CheckInURL string // check-in endpoint, https
	Topic      string // push topic, com.apple.mgmt.External.…

	SCEPURL       string
	SCEPName      string // CA identifier, goes back to the server in GetCACert
	Challenge     string // one-time secret
	CommonName    string // of the certificate's subject
	CAFingerprint []byte // of the CA certificate; needed where SCEPURL is plain http
	Retries       int    // 0 means 3

	Roots   [][]byte        // DER of the roots this server's TLS certificate leads to; none for a public CA
	Network *school.Network // set-up network of the school; nil: none
}

// accessRights is the sum of all rights: what is not given at enrolment can never be asked for later, and a renewal may
// not extend it.
const accessRights = 8191

// Enrollment writes the unsigned enrolment profile. The identifiers of its payloads never change, so that the device
// recognises a renewal; the SCEP payload gets a new UUID with each challenge, so that it asks for a new identity; the
// others keep theirs while they do not change. Roots come first: the device installs payloads in order and must trust
// the server before it speaks to it.
//
// Apple: com.apple.mdm, com.apple.security.scep, com.apple.security.root.
func Enrollment(v EnrollmentValues) ([]byte, error) {
	if err := v.check(); err != nil {
		return nil, fmt.Errorf("build enrolment profile: %w", err)
	}
	payload := func(kind, part, uuid, name string, content Dict) Dict {
		content["PayloadType"], content["PayloadVersion"] = kind, int64(1)
		content["PayloadIdentifier"], content["PayloadUUID"] = v.Identifier+"."+part, uuid
		content["PayloadDisplayName"] = name
		return content
	}
	var payloads []any
	for _, der := range v.Roots {
		sum := sha256.Sum256(der)
		uuid := deriveUUID("enrollment root", v.Identifier, string(sum[:]))
		payloads = append(payloads, payload(typeRoot, "root."+strings.ToLower(uuid[:8]), uuid, v.Name+" – CA", Dict{"PayloadContent": der}))
	}
	if v.Network != nil {
		wifi := networkPayload(*v.Network)
		payloads = append(payloads, payload(typeWiFi, "wifi", deriveUUID("enrollment wifi", v.Identifier, Hash(wifi)), v.Network.SSID, wifi))
	}
	identity := deriveUUID("enrollment identity", v.Identifier, v.Challenge)
	subject := []any{[]any{[]any{"CN", v.CommonName}}}
	if v.Organization != "" {
		subject = append([]any{[]any{[]any{"O", v.Organization}}}, subject...)
	}
	scep := Dict{"URL": v.SCEPURL, "Challenge": v.Challenge, "Subject": subject, "Keysize": int64(2048), "Key Type": "RSA",
		"Key Usage": int64(5), "Retries": int64(3)}
	if v.SCEPName != "" {
		scep["Name"] = v.SCEPName
	}
	if v.Retries > 0 {
		scep["Retries"] = int64(v.Retries)
	}
	if len(v.CAFingerprint) > 0 {
		scep["CAFingerprint"] = v.CAFingerprint
	}
	payloads = append(payloads,
		payload(typeSCEP, "identity", identity, v.Name+" – ID", Dict{"PayloadContent": scep}),
		payload(typeMDM, "mdm", deriveUUID("enrollment mdm", v.Identifier, v.Topic), v.Name, Dict{
			"ServerURL": v.ServerURL, "CheckInURL": v.CheckInURL, "Topic": v.Topic, "IdentityCertificateUUID": identity,
			"SignMessage": true, "AccessRights": int64(accessRights), "CheckOutWhenRemoved": true,
			"ServerCapabilities": []any{"com.apple.mdm.per-user-connections", "com.apple.mdm.bootstraptoken", "com.apple.mdm.token"},
		}))
	tree := Dict{"PayloadType": "Configuration", "PayloadVersion": int64(1), "PayloadIdentifier": v.Identifier, "PayloadScope": "System",
		"PayloadDisplayName": v.Name, "PayloadContent": payloads}
	if v.Organization != "" {
		tree["PayloadOrganization"] = v.Organization
	}
	if v.Description != "" {
		tree["PayloadDescription"] = v.Description
	}
	tree["PayloadUUID"] = deriveUUID("enrollment", Hash(tree))
	out, err := Encode(tree)
	if err != nil {
		return nil, fmt.Errorf("build enrolment profile: %w", err)
	}
	return out, nil
}

func (v EnrollmentValues) check() error {
	for _, f := range []struct{ name, value string }{{"identifier", v.Identifier}, {"name", v.Name}, {"challenge", v.Challenge},
		{"common name", v.CommonName}} {
		if f.value == "" {
			return errors.New(f.name + " is empty")
		}
	}
	if !strings.HasPrefix(v.Topic, "com.apple.mgmt.") {
		return errors.New("the push topic is none of com.apple.mgmt")
	}
	for _, f := range []struct {
		name, value string
		http        bool
	}{{"server URL", v.ServerURL, false}, {"check-in URL", v.CheckInURL, false}, {"SCEP URL", v.SCEPURL, true}} {
		u, err := url.Parse(f.value)
		if err != nil || u.Host == "" || u.Scheme != "https" && !(f.http && u.Scheme == "http") {
			return errors.New(f.name + " is no https address")
		}
		if f.http && u.Scheme == "http" && len(v.CAFingerprint) == 0 {
			return errors.New("a SCEP URL without TLS needs the fingerprint of the CA")
		}
	}
	if v.Network != nil && v.Network.SSID == "" {
		return errors.New("the set-up network has no SSID")
	}
	return nil
}

// SetupNetwork is a profile with the one payload of a set-up network: what an erased device joins to come back.
func SetupNetwork(a school.AuthorityID, n school.Network) ([]byte, error) {
	if n.SSID == "" {
		return nil, errors.New("build set-up network: no SSID")
	}
	id := "ranzen.setup." + string(a)
	wifi := networkPayload(n)
	uuid := deriveUUID("setup wifi", id, Hash(wifi))
	wifi["PayloadType"], wifi["PayloadVersion"], wifi["PayloadIdentifier"], wifi["PayloadUUID"], wifi["PayloadDisplayName"] = typeWiFi, int64(1), id+".wifi", uuid, n.SSID
	tree := Dict{"PayloadType": "Configuration", "PayloadVersion": int64(1), "PayloadIdentifier": id, "PayloadDisplayName": n.SSID, "PayloadContent": []any{wifi}}
	tree["PayloadUUID"] = deriveUUID("setup", Hash(tree))
	return Encode(tree)
}

// networkPayload is the content of a Wi-Fi payload for a set-up network.
func networkPayload(n school.Network) Dict {
	security := n.Security
	if security == "" {
		security = "None"
		if n.Password != "" {
			security = "WPA2"
		}
	}
	d := Dict{"SSID_STR": n.SSID, "EncryptionType": security}
	if n.Password != "" && security != "None" {
		d["Password"] = n.Password
	}
	if n.Hidden {
		d["HIDDEN_NETWORK"] = true
	}
	return d
}

// EnrollmentIdentifier is the top-level identifier of every enrolment profile of an authority: constant for all devices
// and years, because a renewal replaces what has the same identifier.
func EnrollmentIdentifier(a school.AuthorityID) string { return "ranzen.enrollment." + string(a) }

// EnrollmentFor fills in what first enrolment and renewal have in common: the endpoints below base and the names.
func EnrollmentFor(a school.AuthorityID, organization, base, topic, challenge string) EnrollmentValues {
	return EnrollmentValues{Identifier: EnrollmentIdentifier(a), Name: organization, Organization: organization,
		ServerURL: base + "/mdm", CheckInURL: base + "/mdm", Topic: topic, SCEPURL: base + "/scep/" + string(a), SCEPName: string(a), Challenge: challenge}
}
