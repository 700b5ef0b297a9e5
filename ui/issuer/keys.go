package issuer

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// fetchKeys reads the keys an issuer publishes. Those that are no public key for signing, or too weak or too large to be
// one, are passed over.
func (b *Book) fetchKeys(ctx context.Context, p *page, m *metadata) ([]jose.JSONWebKey, error) {
	body, err := b.get(ctx, p, m.Keys, "")
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, trouble("keys")
	}
	var out []jose.JSONWebKey
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) != nil || !usable(k) {
			continue // of a kind of tomorrow, or for something else
		}
		if out = append(out, k); len(out) > mostKeys {
			return nil, trouble("keys")
		}
	}
	if len(out) == 0 {
		return nil, trouble("keys")
	}
	return out, nil
}

func usable(k jose.JSONWebKey) bool {
	if k.Use != "" && k.Use != "sig" || !k.IsPublic() {
		return false
	}
	switch x := k.Key.(type) {
	case *rsa.PublicKey:
		return x.N.BitLen() >= 2048 && x.N.BitLen() <= 8192
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}

// fits reports whether a key makes signatures of an algorithm: no key serves for another kind than its own.
func fits(k jose.JSONWebKey, alg string) bool {
	if k.Algorithm != "" && k.Algorithm != alg {
		return false
	}
	switch x := k.Key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	case *ecdsa.PublicKey:
		return map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[x.Curve.Params().Name] == alg
	case ed25519.PublicKey:
		return alg == string(jose.EdDSA)
	}
	return false
}

// ring verifies signatures by the keys of one issuer.
type ring struct {
	b    *Book
	p    *page
	m    *metadata
	away error // the keys could not be had: no word about the token
}

var errNoKey = errors.New("signed by no key of the issuer")

// VerifySignature is what package oidc asks for the payload of a token.
func (r *ring) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, errors.New("no signed token")
	}
	h := jws.Signatures[0].Header
	for _, fetch := range []bool{false, true} {
		keys, err := r.keys(ctx, fetch)
		if err != nil {
			r.away = err
			return nil, err
		}
		for _, k := range keys {
			if h.KeyID != "" && k.KeyID != "" && h.KeyID != k.KeyID || !fits(k, h.Algorithm) {
				continue
			}
			if payload, err := jws.Verify(&k); err == nil {
				return payload, nil
			}
		}
	}
	return nil, errNoKey
}

// keys are those kept, or with anew those the issuer publishes now: asked for when the kept ones grew old, and otherwise
// not oftener than keysEvery, because anybody may send a token that names a key nobody has.
func (r *ring) keys(ctx context.Context, anew bool) ([]jose.JSONWebKey, error) {
	select {
	case r.p.turn <- struct{}{}:
		defer func() { <-r.p.turn }()
	case <-ctx.Done():
		return nil, &Trouble{Code: "unreachable", Err: ctx.Err()}
	}
	now := r.b.Now()
	r.p.mu.Lock()
	kept, at, asked := r.p.keys, r.p.keysAt, r.p.asked
	r.p.mu.Unlock()
	old := kept == nil || now.Sub(at) >= freshFor
	if !old && (!anew || now.Sub(asked) < keysEvery) {
		return kept, nil
	}
	keys, err := r.b.fetchKeys(ctx, r.p, r.m)
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.p.asked = now
	if err != nil {
		if kept != nil && now.Sub(at) < staleFor {
			return kept, nil
		}
		return nil, err
	}
	r.p.keys, r.p.keysAt = keys, now
	return keys, nil
}
