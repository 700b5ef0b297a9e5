// Package profiles reads, builds, checks, fills and delivers Apple configuration profiles. Whatever becomes a profile on
// an iPad passes through Parse, wherever it came from: a file, a form or the API; only Parse makes a school.Content.
//
// A profile is a tree (see Dict) from the moment it is read until it is written for one device. Unknown payloads and keys
// stay as they are; what the reader cannot keep with its meaning it refuses. Formatting, key order and the difference
// between XML and binary are no part of the meaning: equal trees have equal hashes.
//
//	Parse     bytes → Content          the gate: limits, signature, frame, findings
//	Build     form values → Content    through Parse; Read turns a content back into form values
//	Fill      Content → Filled         variables of one device, in string values of the tree, once
//	Deliver   Filled → bytes           unsigned XML with the identity the profile has on the device
//	Enrollment values → bytes          the profile that enrols a device and renews its identity
//	Validate, Diff, Preview            what pages show
//
// Identity on the device. The top-level PayloadIdentifier is the profile; it comes from the store, never from the file.
// PayloadUUIDs of the template serve only as names by which payloads refer to each other: on delivery each is derived
// from identifier and content, so that a payload that did not change keeps its UUID and the device leaves it alone (a
// Wi-Fi does not reconnect, a web clip keeps its place), while a changed one is replaced. A payload identifier that begins
// with the template's own identifier moves along with it, so two profiles made by one form never share one.
//
// Dangers. Foreign bytes: see binary.go and signed.go for what a small file can do to a parser. Secrets: bodies hold
// Wi-Fi passwords and challenges in clear text; they belong in sealed columns and never in a log; findings and
// differences never repeat them. The package has no clock and no randomness: the same input gives the same bytes.
package profiles

import (
	"bytes"
	"errors"
	"slices"

	"ranzen/store/school"
)

// Parse reads a configuration profile: XML or binary, signed (CMS as DER or PEM; content kept, signer not) or not.
// Errors are *school.Error of kind Invalid with a code of their own; findings that leave the profile readable are in
// Content.Problems.
func Parse(data []byte) (school.Content, error) {
	if len(data) > MaxSize {
		return school.Content{}, refuse("profile.too_large", MaxSize>>20)
	}
	tree, signature, err := read(data)
	if err != nil {
		return school.Content{}, err
	}
	for i, p := range payloadsOf(tree) {
		if p.text("PayloadType") == typeApp {
			return school.Content{}, refuse("profile.contains_app", i+1)
		}
	}
	return parseTree(tree, signature)
}

// parseTree is Parse of a tree that was read, or made here.
func parseTree(tree Dict, signature []school.Problem) (school.Content, error) {
	if err := checkFrame(tree); err != nil {
		return school.Content{}, err
	}
	body, err := Encode(tree)
	if err != nil {
		return school.Content{}, err
	}
	if len(body) > maxBody {
		return school.Content{}, refuse("profile.too_large", MaxSize>>20)
	}
	c := school.Content{Body: body, Hash: Hash(tree), Name: tree.text("PayloadDisplayName"), Variables: variablesOf(tree)}
	c.App = appOf(payloadsOf(tree))
	for _, p := range payloadsOf(tree) {
		c.Payloads = append(c.Payloads, describe(p))
		if ssid := p.text("SSID_STR"); p.text("PayloadType") == typeWiFi && ssid != "" && !slices.Contains(c.Networks, ssid) {
			c.Networks = append(c.Networks, ssid)
		}
	}
	c.Problems = append(signature, Validate(tree)...)
	return c, nil
}

// Tree reads the tree of a content that Parse made.
func Tree(c school.Content) (Dict, error) {
	tree, _, err := read(c.Body)
	return tree, err
}

func read(data []byte) (Dict, []school.Problem, error) {
	if len(data) > maxBody {
		return nil, nil, refuse("profile.too_large", MaxSize>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	data, signature, err := unwrap(data)
	if err != nil {
		return nil, nil, err
	}
	v, err := readList(data)
	if err != nil {
		return nil, nil, err
	}
	tree, ok := v.(Dict)
	if !ok {
		return nil, nil, refuse("profile.not_plist")
	}
	return tree, signature, nil
}

func readList(data []byte) (any, error) {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(data, []byte(binaryMagic)):
		return readBinary(data)
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return nil, refuse("profile.not_utf8", "UTF-16")
	case bytes.HasPrefix(trimmed, []byte("<")):
		return readXML(trimmed)
	}
	return nil, refuse("profile.not_plist")
}

// Payload types that are never accepted from outside: a second enrolment, and declarations that would stand beside ours.
const (
	typeMDM          = "com.apple.mdm"
	typeDeclarations = "com.apple.declarations"
	typeWiFi         = "com.apple.wifi.managed"
	typeSCEP         = "com.apple.security.scep"
	typeRoot         = "com.apple.security.root"
)

// checkFrame makes sure that the tree is a profile with payloads that can be told apart and sent to a device.
func checkFrame(tree Dict) error {
	if _, ok := tree["EncryptedPayloadContent"]; ok || tree["IsEncrypted"] == true {
		return refuse("profile.encrypted")
	}
	if tree["PayloadType"] != "Configuration" {
		return refuse("profile.not_profile")
	}
	list, ok := tree["PayloadContent"].([]any)
	if !ok {
		return refuse("profile.no_payloads")
	}
	for i, e := range list {
		p, ok := e.(Dict)
		if !ok {
			return refuse("profile.payload_incomplete", i+1, "PayloadType")
		}
		for _, key := range []string{"PayloadType", "PayloadIdentifier", "PayloadUUID"} {
			if p.text(key) == "" {
				return refuse("profile.payload_incomplete", i+1, key)
			}
		}
		switch p.text("PayloadType") {
		case typeMDM:
			return refuse("profile.contains_mdm", i+1)
		case typeDeclarations:
			return refuse("profile.contains_declarations", i+1)
		case "Configuration":
			return refuse("profile.nested", i+1)
		}
	}
	return nil
}

func isRefusal(err error) bool {
	var e *school.Error
	return errors.As(err, &e)
}

func refuseBecause(cause error, code string, args ...any) error {
	return &school.Error{Kind: school.Invalid, Code: code, Args: args, Err: cause}
}
