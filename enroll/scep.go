package enroll

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"ranzen/enroll/ca"
	"ranzen/store"
	"ranzen/store/school"
)

// The SCEP endpoint. Nobody is known here but by the challenge: it says for what the certificate is, and the CSR only
// brings the key. A message that cannot be read is 400, because there is nobody to answer; a readable one with a wrong
// challenge gets a SCEP refusal with 200, always the same one: who guesses learns nothing.
//
// RFC 8894; Apple: com.apple.security.scep.

const (
	typePKIMessage = "application/x-pki-message"
	typeCAAndRA    = "application/x-x509-ca-ra-cert"
)

func (x *Enroll) scep(w http.ResponseWriter, r *http.Request) {
	a := school.AuthorityID(mux.Vars(r)["authority"])
	p, err := x.papersOf(r.Context(), a)
	switch {
	case err != nil && school.KindOf(err) != school.Invalid: // which is a name nobody can have
		x.refuse(w, http.StatusServiceUnavailable, "device CA not readable: "+err.Error(), "authority", a)
		return
	case p == nil:
		x.refuse(w, http.StatusNotFound, "no such authority or no device CA yet")
		return
	}
	switch operation := r.URL.Query().Get("operation"); {
	case operation == "GetCACaps" && r.Method == http.MethodGet:
		answer(w, "text/plain; charset=utf-8", ca.CACaps())
	case operation == "GetCACert" && r.Method == http.MethodGet:
		der, err := p.Authority.CACert()
		if err != nil {
			x.refuse(w, http.StatusServiceUnavailable, err.Error(), "authority", a)
			return
		}
		answer(w, typeCAAndRA, der)
	case operation == "PKIOperation":
		x.pkiOperation(w, r, a, p)
	default:
		x.refuse(w, http.StatusBadRequest, "no SCEP operation of ours", "authority", a)
	}
}

func answer(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(body)
}

func (x *Enroll) pkiOperation(w http.ResponseWriter, r *http.Request, a school.AuthorityID, p *ca.Papers) {
	message, status := pkiMessage(w, r)
	if status != 0 {
		x.refuse(w, status, "no readable SCEP message", "authority", a)
		return
	}
	now := x.st.Now()
	req, err := p.Authority.ParseRequest(message, now)
	if errors.Is(err, ca.ErrEnvelope) {
		if other := x.otherPapers(r.Context(), a, p); other != nil {
			p = other
			req, err = p.Authority.ParseRequest(message, now)
		}
	}
	if err != nil {
		x.refuse(w, http.StatusBadRequest, "SCEP message refused", "authority", a)
		return
	}
	cert, err := x.issue(r.Context(), a, p, req, now)
	var out []byte
	switch {
	case school.KindOf(err) == school.NotFound:
		x.log.Info("SCEP request refused", "authority", a, "why", "the challenge is missing, over, or another's")
		out, err = req.Fail(ca.BadRequest)
	case err == nil:
		out, err = req.Success(cert)
	}
	if err != nil {
		x.refuse(w, http.StatusServiceUnavailable, "certificate not issued: "+err.Error(), "authority", a)
		return
	}
	answer(w, typePKIMessage, out)
}

// issue exchanges the challenge for a certificate. A renewal without a challenge is no exception: that somebody holds an
// old key does not say that the device is still ours.
func (x *Enroll) issue(ctx context.Context, a school.AuthorityID, p *ca.Papers, req *ca.Request, now time.Time) (*x509.Certificate, error) {
	if req.Challenge == "" {
		return nil, school.Missing("challenge")
	}
	organization := strings.Join(p.Authority.Certificate().Subject.Organization, " ")
	der, err := x.st.Consume(ctx, a, req.Challenge, req.PublicKeyHash, func(ch store.Challenge) ([]byte, string, time.Time, error) {
		name := string(ch.Device)
		if name == "" {
			name = store.NewID[string]()
		}
		who := ca.Binding{CommonName: name, Organization: organization}
		if ch.Purpose == store.ForRenew {
			who.OrganizationalUnit = string(ch.Enrollment)
		}
		cert, err := p.Authority.SignDevice(req.CSR, who, now, 0)
		if err != nil {
			return nil, "", time.Time{}, err
		}
		return cert.Raw, ca.CertHash(cert), cert.NotAfter, nil
	})
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate issued before: %w", err)
	}
	return cert, nil
}

// pkiMessage takes the message from the body of a POST or, as old clients send it, from the query of a GET. status is
// not 0 when there is none.
func pkiMessage(w http.ResponseWriter, r *http.Request) (message []byte, status int) {
	if r.Method == http.MethodPost {
		return limited(w, r, ca.MaxRequest)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, http.StatusBadRequest
	}
	text := strings.ReplaceAll(query.Get("message"), " ", "+") // a plus that was not escaped
	if len(text) > base64.StdEncoding.EncodedLen(ca.MaxRequest) {
		return nil, http.StatusRequestEntityTooLarge
	}
	message, err = base64.StdEncoding.DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(text))
	if err != nil || len(message) == 0 {
		return nil, http.StatusBadRequest
	}
	return message, 0
}

// limited reads a body that may not be longer than limit.
func limited(w http.ResponseWriter, r *http.Request, limit int64) (body []byte, status int) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusBadRequest
	}
	return body, 0
}
