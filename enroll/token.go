package enroll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"ranzen/enroll/asm"
	"ranzen/store"
	"ranzen/store/school"
)

// A token is the connection to one device management service in Apple School Manager: a key pair of ours, whose
// certificate a person uploads there, and the file that comes back, which only our key opens.
//
// Apple: Authenticating for Automated Device Enrollment.

// NewTokenKey begins a connection: it makes the key pair and returns the certificate (PEM) that is uploaded at Apple.
// kind is "asm" or "abm".
func (x *Enroll) NewTokenKey(ctx context.Context, by school.Actor, name, kind string) (id school.TokenID, certificate []byte, err error) {
	certificate, key, err := asm.NewTokenKey("Ranzen "+string(by.Tenant), x.st.Now())
	if err != nil {
		return "", nil, err
	}
	id, err = x.st.CreateAppleToken(ctx, by, store.AppleToken{Name: name, Kind: kind, Certificate: certificate}, key)
	if err != nil {
		return "", nil, err
	}
	x.tokens.keep(id, by.Tenant)
	return id, certificate, nil
}

// RenewTokenKey makes a new key pair for a connection. The one in force stays until a token file for the new one comes.
func (x *Enroll) RenewTokenKey(ctx context.Context, by school.Actor, id school.TokenID) (certificate []byte, err error) {
	certificate, key, err := asm.NewTokenKey("Ranzen "+string(by.Tenant), x.st.Now())
	if err != nil {
		return nil, err
	}
	return certificate, x.st.NewAppleKey(ctx, by, id, certificate, key)
}

// ExchangeToken takes a token file, the first or a renewal, asks Apple whose it is, and puts it in force. A renewal must
// be for the same server at Apple; with another one devices would silently change their list.
func (x *Enroll) ExchangeToken(ctx context.Context, by school.Actor, id school.TokenID, p7m []byte) (store.AppleToken, error) {
	keys, err := x.st.OpenAppleKeys(ctx, by, id)
	if err != nil {
		return store.AppleToken{}, err
	}
	now, ofNext := x.st.Now(), false
	token, err := asm.DecryptToken(p7m, keys.Certificate, keys.Key, now)
	if errors.Is(err, asm.ErrWrongKey) && len(keys.NextKey) > 0 {
		token, err = asm.DecryptToken(p7m, keys.NextCertificate, keys.NextKey, now)
		ofNext = true
	}
	if err != nil {
		return store.AppleToken{}, tokenRefused(err)
	}
	account, err := (&asm.Client{Token: token, Transport: x.apple, Now: x.st.Now}).Account(ctx)
	if err != nil {
		return store.AppleToken{}, tokenRefused(err)
	}
	body, err := json.Marshal(token)
	if err != nil {
		return store.AppleToken{}, fmt.Errorf("write the token: %w", err)
	}
	if err := x.st.AcceptAppleToken(ctx, by, id, store.AppleAnswer{Token: body, OfNext: ofNext, ServerUUID: account.ServerUUID, ServerName: account.ServerName,
		OrgName: account.OrgName, OrgID: account.OrgID, AppleAccount: account.AdminID, Ends: token.AccessTokenExpiry}); err != nil {
		return store.AppleToken{}, err
	}
	x.tokens.keep(id, by.Tenant)
	x.untell(ctx, by.Tenant, string(id), alarmRejected, alarmTerms, alarmDenied)
	return x.st.AppleToken(ctx, by, id)
}

// tokenRefused says to a person what is wrong with a token file.
func tokenRefused(err error) error {
	refused := func(kind school.Kind, code string) error {
		return &school.Error{Kind: kind, Code: code, Field: "token", Err: err}
	}
	var throttled *asm.Throttled
	var unavailable *asm.Unavailable
	switch {
	case errors.Is(err, asm.ErrWrongKey):
		return refused(school.Invalid, "token.wrong_key")
	case errors.Is(err, asm.ErrNotToken):
		return refused(school.Invalid, "token.not_token")
	case errors.Is(err, asm.ErrExpiredToken):
		return refused(school.Invalid, "token.expired")
	case errors.Is(err, asm.ErrTokenRejected):
		return refused(school.Conflict, "token.rejected")
	case errors.Is(err, asm.ErrTermsNotSigned):
		return refused(school.Conflict, "token.terms")
	case errors.Is(err, asm.ErrAccessDenied):
		return refused(school.Conflict, "token.denied")
	case errors.As(err, &throttled), errors.As(err, &unavailable):
		return refused(school.Conflict, "token.apple_away")
	}
	return err
}

// tokens remembers whose a token is. It never changes hands; what a removed one listed is gone with it, so that an
// answer from here opens nothing.
type tokens struct {
	mu   sync.Mutex
	of   map[school.TokenID]school.AuthorityID
	read time.Time
}

// reread is how often an unknown token is looked for: strangers can ask for any.
const reread = 10 * time.Second

func (t *tokens) keep(id school.TokenID, a school.AuthorityID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[school.TokenID]school.AuthorityID{}
	}
	t.of[id] = a
}

// authorityOf finds whose a token is; NotFound when it is nobody's.
func (x *Enroll) authorityOf(ctx context.Context, id school.TokenID) (school.AuthorityID, error) {
	t := &x.tokens
	t.mu.Lock()
	defer t.mu.Unlock()
	now := x.st.Now()
	if a, ok := t.of[id]; ok {
		return a, nil
	}
	if t.of != nil && !t.read.IsZero() && now.Sub(t.read).Abs() < reread {
		return "", school.Missing("apple_token")
	}
	authorities, err := x.st.Authorities(ctx, school.System("enroll", ""))
	if err != nil {
		return "", fmt.Errorf("find the authority of a token: %w", err)
	}
	if t.of == nil {
		t.of = map[school.TokenID]school.AuthorityID{}
	}
	for _, a := range authorities {
		list, err := x.st.AppleTokens(ctx, school.System("enroll", a.ID))
		if err != nil {
			return "", fmt.Errorf("find the authority of a token: %w", err)
		}
		for _, token := range list {
			t.of[token.ID] = a.ID
		}
	}
	t.read = now
	if a, ok := t.of[id]; ok {
		return a, nil
	}
	return "", school.Missing("apple_token")
}

// heldClient is the client of a token with the token it was made for.
type heldClient struct {
	*asm.Client
	of string // digest of the token
}

// client returns the client of a token. It is kept, because it holds Apple's session and lets only one call at a time out.
func (x *Enroll) client(ctx context.Context, by school.Actor, id school.TokenID) (*asm.Client, error) {
	body, err := x.st.OpenAppleToken(ctx, by, id)
	if err != nil {
		return nil, err
	}
	of := store.Digest(string(body))
	if h, ok := x.clients.Load(id); ok && h.(*heldClient).of == of {
		return h.(*heldClient).Client, nil
	}
	c := &asm.Client{Transport: x.apple, Now: x.st.Now}
	if err := json.Unmarshal(body, &c.Token); err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	x.clients.Store(id, &heldClient{c, of})
	return c, nil
}
