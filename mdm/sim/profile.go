package sim

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"
)

// profile is an installed configuration profile.
type profile struct {
	Identifier        string
	UUID              string
	Name              string
	Organization      string
	RemovalDisallowed bool
	Owner             string // ownerMDM, ownerUser, or the identifier of the declaration that brought it
	Payloads          []payloadHead
	Networks          []wifi
	Certificates      [][]byte
	Identities        []*keyPair
	Signers           [][]byte
}

type payloadHead struct {
	Type, Identifier, UUID, Name string
}

const (
	ownerMDM  = "com.apple.mdm"
	ownerUser = "user"
)

// Removal is one profile that vanished from an iPad. An update in place is none.
type Removal struct {
	Identifier string
	At         time.Time
	By         string // mdm, declaration, user, unenrolment, erase
}

// removalsKept bounds the log of an iPad that lives long.
const removalsKept = 200

// profileError is what an iPad says when it will not install or remove something.
type profileError struct {
	domain string
	code   int
	text   string
}

func (e *profileError) Error() string { return e.text }

func installFailed(code int, format string, args ...any) *profileError {
	return &profileError{"MCInstallationErrorDomain", code, fmt.Sprintf(format, args...)}
}

func malformed(format string, args ...any) *profileError {
	return &profileError{"MCProfileErrorDomain", 1000, fmt.Sprintf(format, args...)}
}

// readProfile takes a profile apart, signed or not.
func readProfile(body []byte) (*profile, []map[string]any, error) {
	var signers []*x509.Certificate
	if !bytes.HasPrefix(bytes.TrimLeft(body, "\xef\xbb\xbf \t\r\n"), []byte("<")) {
		content, by, err := unwrapCMS(body)
		if err != nil {
			return nil, nil, malformed("The profile is neither XML nor a message whose signature holds: %v", err)
		}
		body, signers = content, by
	}
	m, err := readPlist(body)
	if err != nil {
		return nil, nil, malformed("%v", err)
	}
	p := &profile{
		Identifier: text(m, "PayloadIdentifier"), UUID: text(m, "PayloadUUID"), Name: text(m, "PayloadDisplayName"),
		Organization: text(m, "PayloadOrganization"), RemovalDisallowed: truth(m, "PayloadRemovalDisallowed"),
	}
	switch {
	case text(m, "PayloadType") != "Configuration":
		return nil, nil, malformed("The PayloadType of a profile is Configuration, not %q.", text(m, "PayloadType"))
	case p.Identifier == "":
		return nil, nil, malformed("The profile has no PayloadIdentifier.")
	case p.UUID == "":
		return nil, nil, malformed("The profile has no PayloadUUID.")
	case number(m, "PayloadVersion") != 1:
		return nil, nil, malformed("The PayloadVersion of the profile is not 1.")
	}
	raw, ok := m["PayloadContent"].([]any)
	if !ok {
		return nil, nil, malformed("The profile has no PayloadContent.")
	}
	payloads := dicts(m, "PayloadContent")
	if len(payloads) != len(raw) {
		return nil, nil, malformed("A payload of the profile is no dictionary.")
	}
	seen := make(map[string]bool)
	for _, c := range payloads {
		head := payloadHead{text(c, "PayloadType"), text(c, "PayloadIdentifier"), text(c, "PayloadUUID"), text(c, "PayloadDisplayName")}
		switch {
		case head.Type == "" || head.Identifier == "" || head.UUID == "":
			return nil, nil, malformed("A payload of the profile has no type, identifier or UUID.")
		case number(c, "PayloadVersion") != 1:
			return nil, nil, malformed("The PayloadVersion of the payload %s is not 1.", head.Identifier)
		case seen[head.UUID]:
			return nil, nil, malformed("Two payloads share the UUID %s.", head.UUID)
		}
		seen[head.UUID] = true
		p.Payloads = append(p.Payloads, head)
	}
	for _, s := range signers {
		p.Signers = append(p.Signers, s.Raw)
	}
	return p, payloads, nil
}

func (p *profile) has(payloadType string) bool {
	for _, h := range p.Payloads {
		if h.Type == payloadType {
			return true
		}
	}
	return false
}

// absorb reads the payloads that mean something to the played iPad: networks, certificates, identities.
func (i *IPad) absorb(ctx context.Context, p *profile, payloads []map[string]any) error {
	for _, c := range payloads {
		switch text(c, "PayloadType") {
		case "com.apple.wifi.managed":
			ssid := text(c, "SSID_STR")
			if ssid == "" && text(c, "DomainName") == "" {
				return installFailed(4001, "The Wi-Fi payload names no network.")
			}
			if id := text(c, "PayloadCertificateUUID"); id != "" && !hasPayload(payloads, id) {
				return installFailed(4001, "The Wi-Fi payload refers to an identity that is not in its profile.")
			}
			p.Networks = append(p.Networks, wifi{SSID: ssid, Password: text(c, "Password"), EAP: dict(c, "EAPClientConfiguration") != nil})
		case "com.apple.security.root", "com.apple.security.pkcs1", "com.apple.security.pem":
			der := data(c, "PayloadContent")
			if block, _ := pem.Decode(der); block != nil {
				der = block.Bytes
			}
			if _, err := x509.ParseCertificate(der); err != nil {
				return installFailed(4001, "The certificate payload %s holds no certificate.", text(c, "PayloadIdentifier"))
			}
			p.Certificates = append(p.Certificates, der)
		case "com.apple.security.scep":
			id, err := i.requestIdentity(ctx, dict(c, "PayloadContent"))
			if err != nil {
				return installFailed(4001, "The SCEP server issued no certificate: %v", err)
			}
			p.Identities = append(p.Identities, id)
		}
	}
	return nil
}

func hasPayload(payloads []map[string]any, uuid string) bool {
	for _, c := range payloads {
		if text(c, "PayloadUUID") == uuid {
			return true
		}
	}
	return false
}

// installProfile installs or replaces a profile for an owner. Declarations take over what MDM has installed, never the reverse.
func (i *IPad) installProfile(ctx context.Context, body []byte, owner string) (*profile, error) {
	p, payloads, err := readProfile(body)
	if err != nil {
		return nil, err
	}
	if owner != ownerMDM && (p.has("com.apple.mdm") || p.has("com.apple.declarations")) {
		return nil, malformed("A declared profile must not hold an MDM payload.")
	}
	if old := i.profile(p.Identifier); old != nil && owner == ownerMDM {
		switch old.Owner {
		case ownerMDM:
		case ownerUser:
			return nil, installFailed(4001, "A profile with the identifier %s was installed by the user.", p.Identifier)
		default:
			return nil, installFailed(4001, "The profile %s is managed by a declaration.", p.Identifier)
		}
	}
	if p.has("com.apple.mdm") {
		return p, i.replaceEnrolment(ctx, p, payloads)
	}
	life := i.s.Life
	if err := i.absorb(ctx, p, payloads); err != nil {
		return nil, err
	}
	if i.s.Life != life {
		return nil, installFailed(4001, "The management ended during the installation.")
	}
	p.Owner = owner
	i.put(p)
	return p, nil
}

func (i *IPad) profile(identifier string) *profile {
	for _, p := range i.s.Profiles {
		if p.Identifier == identifier {
			return p
		}
	}
	return nil
}

// put adds a profile, or replaces the one with its identifier in place.
func (i *IPad) put(p *profile) {
	replaced := false
	for n, old := range i.s.Profiles {
		if old.Identifier == p.Identifier {
			i.s.Profiles[n], replaced = p, true
		}
	}
	if !replaced {
		i.s.Profiles = append(i.s.Profiles, p)
	}
	i.noticeAir(true)
}

// drop removes a profile and writes it down.
func (i *IPad) drop(identifier, by string) bool {
	for n, p := range i.s.Profiles {
		if p.Identifier != identifier {
			continue
		}
		i.s.Profiles = append(i.s.Profiles[:n:n], i.s.Profiles[n+1:]...)
		i.s.Removed = append(i.s.Removed, Removal{identifier, i.fleet.cfg.Now(), by})
		if over := len(i.s.Removed) - removalsKept; over > 0 {
			i.s.Removed = i.s.Removed[over:]
		}
		i.noticeAir(true)
		return true
	}
	return false
}
