// Package passkeytest is an authenticator without a device, for tests: it makes keys and signs with them as a browser hands it
// out, and lies about address, count and owner when told to.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Authenticator holds one key at most.
type Authenticator struct {
	T        testing.TB
	Origin   string // where the browser stands
	Party    string // whom it signs for; empty: whom it was told
	Unasked  bool   // nobody showed a finger
	Eligible bool   // the key may be on several devices
	Count    uint32 // of the next signature; 0: it does not count
	Owner    []byte // whom the key says it belongs to

	ID  []byte
	key *ecdsa.PrivateKey
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

type options struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (a *Authenticator) read(body string) (o options) {
	a.T.Helper()
	if err := json.Unmarshal([]byte(body), &o); err != nil || o.Challenge == "" {
		a.T.Fatalf("no options: %v: %s", err, body)
	}
	return o
}

func (a *Authenticator) clientData(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	if err != nil {
		a.T.Fatal(err)
	}
	return b
}

// data is what an authenticator says of itself; more follows where a key was made.
func (a *Authenticator) data(party string, more []byte) []byte {
	if a.Party != "" {
		party = a.Party
	}
	flags := byte(0x01)
	if !a.Unasked {
		flags |= 0x04
	}
	if a.Eligible {
		flags |= 0x08 | 0x10
	}
	if more != nil {
		flags |= 0x40
	}
	sum := sha256.Sum256([]byte(party))
	out := append(sum[:], flags)
	out = binary.BigEndian.AppendUint32(out, a.Count)
	return append(out, more...)
}

func (a *Authenticator) cbor(v any) []byte {
	b, err := webauthncbor.Marshal(v)
	if err != nil {
		a.T.Fatal(err)
	}
	return b
}

// Create makes a key by what a page was told, and answers as a browser does.
func (a *Authenticator) Create(body string) string {
	a.T.Helper()
	o := a.read(body)
	if a.key == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			a.T.Fatal(err)
		}
		a.key = key
	}
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		a.T.Fatal(err)
	}
	if a.ID == nil {
		a.ID = []byte(rand.Text())
	}
	if a.Owner, err = base64.RawURLEncoding.DecodeString(o.User.ID); err != nil {
		a.T.Fatal(err)
	}
	more := append(make([]byte, 16), byte(len(a.ID)>>8), byte(len(a.ID)))
	more = append(more, a.ID...)
	more = append(more, a.cbor(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})...)
	object := a.cbor(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": a.data(o.RP.ID, more)})
	a.counted()
	return a.answer(map[string]any{"clientDataJSON": b64(a.clientData("webauthn.create", o.Challenge)), "attestationObject": b64(object), "transports": []string{"internal", "hybrid"}})
}

// Get signs by what a page was told.
func (a *Authenticator) Get(body string) string {
	a.T.Helper()
	o := a.read(body)
	data, client := a.data(o.RPID, nil), a.clientData("webauthn.get", o.Challenge)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	if err != nil {
		a.T.Fatal(err)
	}
	a.counted()
	return a.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(sig), "userHandle": b64(a.Owner)})
}

func (a *Authenticator) counted() {
	if a.Count > 0 {
		a.Count++
	}
}

func (a *Authenticator) answer(response map[string]any) string {
	b, err := json.Marshal(map[string]any{"id": b64(a.ID), "rawId": b64(a.ID), "type": "public-key", "response": response})
	if err != nil {
		a.T.Fatal(err)
	}
	return string(b)
}
