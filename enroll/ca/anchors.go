package ca

import (
	"bytes"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"errors"
	"fmt"
)

// maxChain is how many certificates may stand between a device and its anchor, the device included.
const maxChain = 4

// Anchors are the CA certificates whose devices we believe. It is a list and not an x509.CertPool,
// because Apple's device certificates are signed with SHA-1 and partly expired, both of which
// x509.Certificate.Verify refuses without a way to say otherwise.
type Anchors []*x509.Certificate

//go:embed apple-iphone-device-ca.pem
var appleDeviceCA []byte

// AppleAnchors returns "Apple iPhone Device CA", which issues the identities iPads sign their
// enrolment request with. A test proves it genuine by its chain up to the Apple Root CA.
//
// Danger: the anchor is deliberately not the Apple Root CA. Below that root stand also the
// certificates any paying developer gets, and each of them could then speak for every iPad.
// Document: Apple "Over-the-Air Profile Delivery and Configuration", which prints the certificate.
func AppleAnchors() Anchors {
	anchors, err := ParseAnchors(appleDeviceCA)
	if err != nil {
		panic(fmt.Sprintf("ca: the built-in Apple certificate: %v", err))
	}
	return anchors
}

// ParseAnchors reads CA certificates from PEM: those of a played Apple, or further ones Apple may
// introduce for new devices.
func ParseAnchors(data []byte) (Anchors, error) {
	var anchors Anchors
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != pemCertificate {
			return nil, fmt.Errorf("ca: reading anchors: unexpected PEM block %q", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("ca: reading anchors: %w", err)
		}
		if !cert.BasicConstraintsValid || !cert.IsCA {
			return nil, fmt.Errorf("ca: reading anchors: %q is no CA certificate", cert.Subject.CommonName)
		}
		anchors = append(anchors, cert)
	}
	if len(anchors) == 0 {
		return nil, errors.New("ca: reading anchors: no certificate")
	}
	return anchors, nil
}

// vouchFor walks from a device certificate to an anchor through the certificates that came along.
// Validity times are ignored, everything else counts: signatures, names, CA flags, key usage, path
// lengths, unknown critical extensions.
func (a Anchors) vouchFor(device *x509.Certificate, along []*x509.Certificate) error {
	if len(device.UnhandledCriticalExtensions) > 0 {
		return malformed("the device certificate has an unknown critical extension")
	}
	cert := device
	for below := 0; below < maxChain; below++ {
		for _, anchor := range a {
			if issuedBy(cert, anchor, below) {
				return nil
			}
		}
		var next *x509.Certificate
		for _, candidate := range along {
			if candidate != cert && len(candidate.UnhandledCriticalExtensions) == 0 && issuedBy(cert, candidate, below) {
				next = candidate
				break
			}
		}
		if next == nil {
			break
		}
		cert = next
	}
	return fmt.Errorf("%w: no chain from the device certificate to an anchor", ErrUntrusted)
}

// issuedBy reports whether the parent, being a CA, signed the child; below counts the CA
// certificates between the child and the device. Certificate.CheckSignature still verifies SHA-1,
// Certificate.CheckSignatureFrom no longer does.
func issuedBy(child, parent *x509.Certificate, below int) bool {
	if !bytes.Equal(child.RawIssuer, parent.RawSubject) || !parent.BasicConstraintsValid || !parent.IsCA {
		return false
	}
	if parent.KeyUsage != 0 && parent.KeyUsage&x509.KeyUsageCertSign == 0 {
		return false
	}
	if limited := parent.MaxPathLen > 0 || parent.MaxPathLenZero; limited && below > parent.MaxPathLen {
		return false
	}
	return parent.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature) == nil
}
