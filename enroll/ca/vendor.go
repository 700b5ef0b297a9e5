package ca

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/micromdm/plist"
)

const (
	pemRequest       = "CERTIFICATE REQUEST"
	maxVendorRequest = 128 << 10
)

// VendorRequest is a push certificate request signed by an MDM vendor, the file that Apple's push
// certificate portal accepts. An operator with a vendor certificate makes it here; everyone else
// gets it from a signing service, and [VendorRequest.Check] tells whether it is the right one.
// Document: Apple "Setting Up Push Notifications for Your MDM Customers".
type VendorRequest struct {
	CSR       string `plist:"PushCertRequestCSR"`
	Chain     string `plist:"PushCertCertificateChain"`
	Signature string `plist:"PushCertSignature"`
}

// NewVendorRequest signs a request with the vendor's key. The chain is PEM: the vendor certificate
// first, then Apple's intermediate and root.
func NewVendorRequest(csrPEM, chainPEM []byte, vendorKey *rsa.PrivateKey) (VendorRequest, error) {
	csr, err := parseRequest(csrPEM)
	if err != nil {
		return VendorRequest{}, err
	}
	vendor, err := vendorOf(chainPEM)
	if err != nil {
		return VendorRequest{}, err
	}
	if vendorKey == nil || !vendorKey.PublicKey.Equal(vendor.PublicKey) {
		return VendorRequest{}, errors.New("ca: vendor request: the key does not belong to the vendor certificate")
	}
	sum := sha256.Sum256(csr.Raw)
	signature, err := rsa.SignPKCS1v15(rand.Reader, vendorKey, crypto.SHA256, sum[:])
	if err != nil {
		return VendorRequest{}, fmt.Errorf("ca: vendor request: signing: %w", err)
	}
	return VendorRequest{
		CSR:       base64.StdEncoding.EncodeToString(csr.Raw),
		Chain:     string(chainPEM),
		Signature: base64.StdEncoding.EncodeToString(signature),
	}, nil
}

// Encode writes the file for the portal: the base64 form of an XML plist.
func (v VendorRequest) Encode() ([]byte, error) {
	xml, err := plist.MarshalIndent(v, "\t")
	if err != nil {
		return nil, fmt.Errorf("ca: writing a vendor request: %w", err)
	}
	return []byte(base64.StdEncoding.EncodeToString(xml)), nil
}

// ParseVendorRequest reads what [VendorRequest.Encode] or a signing service wrote.
func ParseVendorRequest(data []byte) (v VendorRequest, err error) {
	defer guard(&err)
	if len(data) > maxVendorRequest {
		return VendorRequest{}, malformed("vendor request of %d bytes", len(data))
	}
	content, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(data)))
	if err != nil {
		return VendorRequest{}, malformed("vendor request is not base64")
	}
	if err := checkPlist(content); err != nil {
		return VendorRequest{}, err
	}
	if err := plist.NewXMLDecoder(bytes.NewReader(content)).Decode(&v); err != nil {
		return VendorRequest{}, malformed("vendor request is no plist: %v", err)
	}
	return v, nil
}

// Check tells whether this is our request, signed by the certificate it brings. Whether Apple
// accepts that vendor only the portal knows.
func (v VendorRequest) Check(csrPEM []byte) error {
	ours, err := parseRequest(csrPEM)
	if err != nil {
		return err
	}
	theirs, err := base64.StdEncoding.DecodeString(v.CSR)
	if err != nil || !bytes.Equal(theirs, ours.Raw) {
		return errors.New("ca: the vendor signed another request")
	}
	vendor, err := vendorOf([]byte(v.Chain))
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.DecodeString(v.Signature)
	if err != nil {
		return errors.New("ca: the vendor's signature is not base64")
	}
	if err := vendor.CheckSignature(x509.SHA256WithRSA, ours.Raw, signature); err != nil {
		return fmt.Errorf("ca: the vendor's signature is wrong: %w", err)
	}
	return nil
}

func parseRequest(csrPEM []byte) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode(csrPEM)
	if block == nil || block.Type != pemRequest {
		return nil, errors.New("ca: no certificate request in the file")
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("ca: reading a certificate request: %w", err)
	}
	return csr, nil
}

func vendorOf(chainPEM []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(chainPEM)
	if block == nil || block.Type != pemCertificate {
		return nil, errors.New("ca: the vendor's chain holds no certificate")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("ca: the vendor's certificate: %w", err)
	}
	if err := checkKeySize(cert); err != nil {
		return nil, err
	}
	return cert, nil
}
