// Package passkey speaks WebAuthn for the one address people reach the server at: what a browser is asked for, and whether
// what comes back was signed by the right key, at the right address, by somebody who showed a finger, a face or a PIN.
//
// It keeps nothing and knows no account. What was asked, of whom and until when is kept by the store, which also minds that an
// answer counts once and that a key's own count goes up. Which make of device holds a key is nobody's business: no attestation
// is asked for. (Web Authentication Level 3, W3C.)
package passkey

import (
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"golang.org/x/net/idna"
)

// What stands against an answer.
var (
	ErrForm       = errors.New("passkey: the answer cannot be read")
	ErrOrigin     = errors.New("passkey: the answer was given at another address")
	ErrUnverified = errors.New("passkey: the device asked nobody for finger, face or PIN")
	ErrRefused    = errors.New("passkey: the answer is not right")
)

// maxAnswer is more than any browser sends.
const maxAnswer = 64 << 10

// wait is how long a browser shows its window, in milliseconds; the store waits as long.
const wait = 5 * 60 * 1000

// Party is us, as keys know us. Keys are bound to ID; a server that moves to another name is another one for them.
type Party struct {
	ID     string // the name of the host
	Origin string // where pages have to stand
}

// At is the party of a public address. There is none where browsers make no keys: at an address without a name, or without
// https. A machine that speaks to itself is called localhost, which browsers trust.
func At(public string) (Party, bool) {
	u, err := url.Parse(public)
	if err != nil {
		return Party{}, false
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		host = "localhost"
	}
	if net.ParseIP(host) != nil {
		return Party{}, false
	}
	if host, err = idna.Lookup.ToASCII(host); err != nil || host == "" || strings.HasSuffix(host, ".") {
		return Party{}, false
	}
	if u.Scheme != "https" && (u.Scheme != "http" || host != "localhost") {
		return Party{}, false
	}
	p := Party{ID: host, Origin: u.Scheme + "://" + host}
	if port != "" && (u.Scheme != "https" || port != "443") && (u.Scheme != "http" || port != "80") {
		p.Origin += ":" + port
	}
	return p, protocol.ValidateRPID(p.ID) == nil
}

// User is whose key it is, as the key keeps it and its owner's device shows it.
type User struct {
	ID          []byte
	Login, Name string
}

// Key is what we know of one.
type Key struct {
	ID         []byte // what it calls itself
	Public     []byte // as COSE
	Transports []string
	Count      uint32
	Eligible   bool // it may be on several devices of its owner
	BackedUp   bool // and is
}

type descriptor struct {
	Type       string                    `json:"type"`
	ID         protocol.URLEncodedBase64 `json:"id"`
	Transports []string                  `json:"transports,omitempty"`
}

func descriptors(keys []Key) []descriptor {
	out := make([]descriptor, 0, len(keys))
	for _, k := range keys {
		out = append(out, descriptor{"public-key", k.ID, k.Transports})
	}
	return out
}

// Creation is what a browser is told to make a key that none of those is which the user has.
func (p Party) Creation(challenge string, u User, have []Key) ([]byte, error) {
	return json.Marshal(map[string]any{
		"challenge":          challenge,
		"rp":                 map[string]string{"id": p.ID, "name": "Ranzen"},
		"user":               map[string]any{"id": protocol.URLEncodedBase64(u.ID), "name": u.Login, "displayName": u.Name},
		"pubKeyCredParams":   webauthn.CredentialParametersRecommendedL3(),
		"timeout":            wait,
		"excludeCredentials": descriptors(have),
		"authenticatorSelection": map[string]any{
			"residentKey": "required", "requireResidentKey": true, "userVerification": "required"},
		"attestation": "none",
	})
}

// Request is what a browser is told to ask one of the keys; without any, whichever its owner chooses.
func (p Party) Request(challenge string, keys []Key) ([]byte, error) {
	return json.Marshal(map[string]any{"challenge": challenge, "rpId": p.ID, "timeout": wait, "userVerification": "required", "allowCredentials": descriptors(keys)})
}

// checker is the library with our address in it.
func (p Party) checker() (*webauthn.WebAuthn, error) {
	return webauthn.New(&webauthn.Config{RPID: p.ID, RPDisplayName: "Ranzen", RPOrigins: []string{p.Origin},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore}) // managers of passwords tell unasked what they can
}

func (p Party) session(challenge string, user []byte) webauthn.SessionData {
	return webauthn.SessionData{Challenge: challenge, RelyingPartyID: p.ID, UserID: user, UserVerification: protocol.VerificationRequired,
		CredParams: webauthn.CredentialParametersRecommendedL3()}
}

// owner is a user with its keys, as the library asks for it.
type owner struct {
	User
	keys []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return o.ID }
func (o owner) WebAuthnName() string                       { return o.Login }
func (o owner) WebAuthnDisplayName() string                { return o.Name }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

// ways are how browsers reach a key; others are not kept.
var ways = []string{"usb", "nfc", "ble", "smart-card", "hybrid", "internal"}

// Register reads the answer to Creation.
func (p Party) Register(challenge string, u User, answer []byte) (Key, error) {
	if len(answer) > maxAnswer {
		return Key{}, ErrForm
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, ErrForm
	}
	made := parsed.Response.AttestationObject
	// Nothing was asked about the make of the device; a statement that would have to be verified by certificates is not looked at.
	if f := protocol.AttestationFormat(made.Format); f != protocol.AttestationFormatNone && (f != protocol.AttestationFormatPacked || made.AttStatement["x5c"] != nil) {
		return Key{}, ErrForm
	}
	if err := p.stood(parsed.Response.CollectedClientData, made.AuthData.Flags); err != nil {
		return Key{}, err
	}
	c, err := p.checker()
	if err != nil {
		return Key{}, err
	}
	k, err := c.CreateCredential(owner{User: u}, p.session(challenge, u.ID), parsed)
	if err != nil {
		return Key{}, ErrRefused
	}
	out := Key{ID: k.ID, Public: k.PublicKey, Count: k.Authenticator.SignCount, Eligible: k.Flags.BackupEligible, BackedUp: k.Flags.BackupState}
	for _, t := range k.Transport {
		if way := string(t); slices.Contains(ways, way) && !slices.Contains(out.Transports, way) {
			out.Transports = append(out.Transports, way)
		}
	}
	return out, nil
}

// stood refuses what was signed elsewhere, or for nobody in particular.
func (p Party) stood(c protocol.CollectedClientData, f protocol.AuthenticatorFlags) error {
	if !protocol.IsOriginInHaystack(c.Origin, []string{p.Origin}) || c.CrossOrigin {
		return ErrOrigin
	}
	if !f.UserVerified() {
		return ErrUnverified
	}
	return nil
}

// Answer is what a key signed, read but not yet believed.
type Answer struct {
	Credential []byte // what the key calls itself
	User       []byte // whose it says it is; may be empty
	parsed     *protocol.ParsedCredentialAssertionData
}

// Read reads the answer to Request.
func Read(answer []byte) (Answer, error) {
	if len(answer) > maxAnswer {
		return Answer{}, ErrForm
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Answer{}, ErrForm
	}
	return Answer{Credential: parsed.RawID, User: parsed.Response.UserHandle, parsed: parsed}, nil
}

// Check believes an answer of the key k of a user, or says what stands against it. It returns the key as it stands now; that its
// count went up is minded by whoever keeps it.
func (p Party) Check(challenge string, user []byte, k Key, a Answer) (Key, error) {
	if err := p.stood(a.parsed.Response.CollectedClientData, a.parsed.Response.AuthenticatorData.Flags); err != nil {
		return Key{}, err
	}
	c, err := p.checker()
	if err != nil {
		return Key{}, err
	}
	o := owner{User: User{ID: user}, keys: []webauthn.Credential{{ID: k.ID, PublicKey: k.Public,
		Flags: webauthn.CredentialFlags{BackupEligible: k.Eligible, BackupState: k.BackedUp}, Authenticator: webauthn.Authenticator{SignCount: k.Count}}}}
	now, err := c.ValidateLogin(o, p.session(challenge, user), a.parsed)
	if err != nil {
		return Key{}, ErrRefused
	}
	k.Count, k.BackedUp = a.parsed.Response.AuthenticatorData.Counter, now.Flags.BackupState
	return k, nil
}
