package ca

import (
	"crypto/x509"
	"strings"
	"time"
)

// Renewal is what the certificate of a renewed identity says of itself: whose it is, which enrolment it goes on for, and
// when it was issued. Such a certificate can be recognised by a world that came back from a copy and does not remember
// issuing it. A first identity does not name an enrolment, so it is none of these.
type Renewal struct {
	Device, Enrollment string
	Issued             time.Time
}

// maxOpaque is the longest id of ours in a subject.
const maxOpaque = 64

// RenewalOf reads the subject that [Authority.SignDevice] wrote for a renewal. Anybody can write such a subject:
// [Renewal] means nothing before [IssuedBy] says who signed it.
func RenewalOf(cert *x509.Certificate) (r Renewal, ok bool) {
	s := cert.Subject
	if len(s.OrganizationalUnit) != 1 || !opaque(s.CommonName) || !opaque(s.OrganizationalUnit[0]) {
		return Renewal{}, false
	}
	return Renewal{Device: s.CommonName, Enrollment: s.OrganizationalUnit[0], Issued: cert.NotBefore.Add(backdate)}, true
}

// opaque reports whether a word can be an id of ours. What strangers write into a subject must not travel further.
func opaque(id string) bool {
	return id != "" && len(id) <= maxOpaque && strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz-") == ""
}

// IssuedBy reports whether the certificate is a device identity, valid now, that was signed by one of these issuing
// certificates (DER) itself.
func IssuedBy(cert *x509.Certificate, issuers [][]byte, now time.Time) bool {
	pool := x509.NewCertPool()
	for _, der := range issuers {
		issuer, err := x509.ParseCertificate(der)
		if err != nil || !issuer.IsCA {
			return false
		}
		pool.AddCert(issuer)
	}
	if cert.IsCA {
		return false
	}
	_, err := cert.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err == nil
}
