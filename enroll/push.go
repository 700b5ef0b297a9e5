package enroll

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"

	"ranzen/enroll/ca"
	"ranzen/store"
	"ranzen/store/school"
)

// The push certificate: a request of ours, signed by an MDM vendor, turned into a certificate in Apple's portal by a
// person. The key never leaves the server; who has a ready certificate with its key may bring both.
//
// Apple: Setting Up Push Notifications for Your MDM Customers.

// NewPushRequest makes a key, keeps it sealed, and returns the request (PEM) for a vendor to sign. A request made before
// is over.
func (x *Enroll) NewPushRequest(ctx context.Context, by school.Actor, appleAccount string) (csr []byte, err error) {
	key, csr, err := ca.NewPushRequest("Ranzen " + string(by.Tenant))
	if err != nil {
		return nil, err
	}
	return csr, x.st.PushRequest(ctx, by, csr, key, appleAccount)
}

// AcceptPushCertificate puts a push certificate in force. keyPEM is empty for a certificate that came for our request,
// or for a renewal with the key in force. The store refuses another topic while devices are enrolled.
func (x *Enroll) AcceptPushCertificate(ctx context.Context, by school.Actor, certPEM, keyPEM []byte, appleAccount string) (ca.PushCertificate, error) {
	if !by.Can(school.Apple, school.Where{Authority: by.Tenant}) {
		return ca.PushCertificate{}, school.Deny(school.Apple)
	}
	keys := [][]byte{keyPEM}
	if len(keyPEM) == 0 {
		var err error
		if keys, err = x.pushKeys(ctx, by); err != nil {
			return ca.PushCertificate{}, err
		}
	}
	var push ca.PushCertificate
	var err error
	for _, key := range keys {
		if push, _, err = ca.ParsePushCertificate(certPEM, key); err == nil {
			keyPEM = key
			break
		}
	}
	if err != nil {
		return ca.PushCertificate{}, pushRefused(err)
	}
	if x.st.Now().Before(push.NotBefore) {
		return ca.PushCertificate{}, school.Refuse("certificate", "push.not_yet", push.NotBefore)
	}
	return push, x.st.StorePush(ctx, by, store.PushUpload{Topic: push.Topic, Certificate: certificates(certPEM), Key: keyPEM, Ends: push.NotAfter, AppleAccount: appleAccount})
}

// pushKeys are the keys of ours a certificate may belong to: of the request that waits, and in force.
func (x *Enroll) pushKeys(ctx context.Context, by school.Actor) (keys [][]byte, err error) {
	_, key, err := x.st.OpenPushRequest(ctx, by)
	switch {
	case err == nil:
		keys = append(keys, key)
	case school.KindOf(err) != school.NotFound:
		return nil, err
	}
	push, err := x.st.OpenPush(ctx, by.Tenant)
	switch {
	case err == nil:
		keys = append(keys, push.Key)
	case school.KindOf(err) != school.NotFound:
		return nil, err
	}
	if len(keys) == 0 {
		return nil, school.Refuse("key", "push.no_request")
	}
	return keys, nil
}

// certificates keeps of a file what is a certificate: people upload what they have, and a key among it would be stored
// where certificates are, unsealed.
func certificates(file []byte) (out []byte) {
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			out = append(out, pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})...)
		}
	}
	return out
}

// pushRefused says to a person what is wrong with the files.
func pushRefused(err error) error {
	for _, x := range []struct {
		is          error
		field, code string
	}{
		{ca.ErrNoPushCertificate, "certificate", "push.no_certificate"}, {ca.ErrNoPushKey, "key", "push.no_key"}, {ca.ErrPushKeyEncrypted, "key", "push.key_encrypted"},
		{ca.ErrPushKeyMismatch, "key", "push.key_mismatch"}, {ca.ErrNotPush, "certificate", "push.not_push"},
	} {
		if errors.Is(err, x.is) {
			return &school.Error{Kind: school.Invalid, Code: x.code, Field: x.field, Err: err}
		}
	}
	return err
}

const typeRequest = "application/x-pem-file"

// SignWithVendor has a signing service sign the request that waits and returns the file for Apple's portal. The service
// gets the request (PEM) by POST over https and answers with the file. What it answers is checked: it must hold our
// request, signed by the certificate it brings. Nothing else of the authority goes there.
func (x *Enroll) SignWithVendor(ctx context.Context, by school.Actor, address string) (file []byte, err error) {
	csr, _, err := x.st.OpenPushRequest(ctx, by)
	if err != nil {
		return nil, err
	}
	if u, err := url.Parse(address); err != nil || checkOutgoing(u) != nil {
		return nil, school.Refuse("vendor", "vendor.address")
	}
	answer, err := x.outgoing.Post(ctx, address, typeRequest, csr)
	switch {
	case errors.Is(err, ErrForbidden):
		return nil, &school.Error{Kind: school.Invalid, Code: "vendor.inside", Field: "vendor", Err: err}
	case err != nil:
		return nil, &school.Error{Kind: school.Conflict, Code: "vendor.away", Field: "vendor", Err: err}
	}
	request, err := ca.ParseVendorRequest(answer)
	if err == nil {
		err = request.Check(csr)
	}
	if err != nil {
		return nil, &school.Error{Kind: school.Conflict, Code: "vendor.answer", Field: "vendor", Err: err}
	}
	file, err = request.Encode()
	if err != nil {
		return nil, fmt.Errorf("write the request for Apple: %w", err)
	}
	return file, nil
}
