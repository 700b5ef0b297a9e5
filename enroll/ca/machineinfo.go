package ca

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/micromdm/plist"
	"github.com/smallstep/pkcs7"
)

// ErrUntrusted says that a message is well-formed but not signed by a device of the anchors.
var ErrUntrusted = errors.New("ca: not signed by a genuine device")

// MachineInfo is what an iPad says about itself when it asks for its enrolment profile.
//
// Danger: it carries no nonce and Apple ignores its dates, so a recorded one can be replayed. It
// says that a device with this serial number once signed this, not that the device is here now.
// Document: Apple "MachineInfo" (device management, Request the Enrollment Profile).
type MachineInfo struct {
	UDID                        string `plist:"UDID"`
	Serial                      string `plist:"SERIAL"`
	Product                     string `plist:"PRODUCT"`
	Build                       string `plist:"VERSION"`
	OSVersion                   string `plist:"OS_VERSION"`
	SupplementalBuild           string `plist:"SUPPLEMENTAL_BUILD_VERSION"`
	SupplementalOSVersion       string `plist:"SUPPLEMENTAL_OS_VERSION_EXTRA"`
	IMEI                        string `plist:"IMEI"`
	MEID                        string `plist:"MEID"`
	Language                    string `plist:"LANGUAGE"`
	CanRequestSoftwareUpdate    bool   `plist:"MDM_CAN_REQUEST_SOFTWARE_UPDATE"`
	SoftwareUpdateDeviceID      string `plist:"SOFTWARE_UPDATE_DEVICE_ID"`
	MandatorySoftwareUpdate     bool   `plist:"MANDATORY_SOFTWARE_UPDATE_REQUIRED"`
	CanRequestPlatformSSOConfig bool   `plist:"MDM_CAN_REQUEST_PSSO_CONFIG"`
	PairingToken                []byte `plist:"PAIRING_TOKEN"`
}

// ParseMachineInfo reads the body of an enrolment request (or the decoded header
// x-apple-aspen-deviceinfo) and verifies that a device below the anchors signed it. Serial number
// and UDID are present and of sane shape afterwards; the other fields are as the device wrote them.
func ParseMachineInfo(body []byte, anchors Anchors) (info MachineInfo, err error) {
	defer func() {
		if err != nil {
			info = MachineInfo{}
		}
	}()
	defer guard(&err)
	p7, err := parseSigned(body)
	if err != nil {
		return info, err
	}
	if err := verifyTimeless(p7); err != nil {
		return info, fmt.Errorf("%w: %v", ErrUntrusted, err)
	}
	if err := anchors.vouchFor(p7.GetOnlySigner(), p7.Certificates); err != nil {
		return info, err
	}
	if err := checkPlist(p7.Content); err != nil {
		return info, err
	}
	if err := plist.NewXMLDecoder(bytes.NewReader(p7.Content)).Decode(&info); err != nil {
		return info, malformed("machine info is no plist: %v", err)
	}
	if !plausible(info.Serial, 6, 20, false) {
		return info, malformed("machine info without a plausible serial number")
	}
	if !plausible(info.UDID, 20, 64, true) {
		return info, malformed("machine info without a plausible UDID")
	}
	return info, nil
}

// verifyTimeless verifies the signature. The library compares the signing time with the validity of
// the certificate, which a device with an expired identity cannot pass, so it gets copies that
// never expire; the signature itself is checked with the same key.
func verifyTimeless(p7 *pkcs7.PKCS7) error {
	timeless := *p7
	timeless.Certificates = nil
	for _, cert := range p7.Certificates {
		c := *cert
		c.NotBefore = time.Time{}
		c.NotAfter = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
		timeless.Certificates = append(timeless.Certificates, &c)
	}
	return timeless.Verify()
}

// checkPlist refuses what would make a plist parser allocate or recurse without measure: binary
// plists (47 bytes can ask for gigabytes) and deep nesting.
func checkPlist(content []byte) error {
	if len(content) > maxMessage {
		return malformed("plist of %d bytes", len(content))
	}
	if bytes.HasPrefix(bytes.TrimSpace(content), []byte("bplist")) {
		return malformed("binary plist")
	}
	dec := xml.NewDecoder(bytes.NewReader(content))
	for depth, elements := 0, 0; ; {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return malformed("no XML plist: %v", err)
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
			elements++
		case xml.EndElement:
			depth--
		}
		if depth > maxDepth || elements > maxElements {
			return malformed("plist nested deeper than %d or longer than %d", maxDepth, maxElements)
		}
	}
}

// plausible says whether an identifier consists of letters and digits (UDIDs also of dashes) and
// has a sane length. It goes into file names, logs and URLs later; better it is dull.
func plausible(id string, shortest, longest int, dashes bool) bool {
	if len(id) < shortest || len(id) > longest {
		return false
	}
	for i := range len(id) {
		c := id[i]
		switch {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
		case c == '-' && dashes:
		default:
			return false
		}
	}
	return true
}
