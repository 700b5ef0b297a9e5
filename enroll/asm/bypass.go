package asm

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// BypassCode unlocks a device that was locked to the organisation. Apple is given only its
// [BypassCode.EscrowKey]; the code itself is a secret to be sealed and kept longer than the device.
// Document: Apple "Creating and Using Bypass Codes".
type BypassCode [16]byte

// bypassAlphabet has no B, I, O and S, which are taken for 8, 1, 0 and 5.
const bypassAlphabet = "0123456789ACDEFGHJKLMNPQRTUVWXYZ"

// ErrBypassCode says that a text is no bypass code.
var ErrBypassCode = errors.New("asm: not an Activation Lock bypass code")

// NewBypassCode makes a code from 16 bytes of the source of randomness.
func NewBypassCode(random io.Reader) (BypassCode, error) {
	var code BypassCode
	if _, err := io.ReadFull(random, code[:]); err != nil {
		return BypassCode{}, fmt.Errorf("asm: making a bypass code: %w", err)
	}
	return code, nil
}

// IsZero reports whether there is no code.
func (c BypassCode) IsZero() bool { return c == BypassCode{} }

// String hides the code from logs; people read [BypassCode.Human].
func (c BypassCode) String() string { return "bypass code" }

// GoString hides the code from logs.
func (c BypassCode) GoString() string { return "asm.BypassCode{}" }

// Human writes the code as a person types it: 26 symbols of five bits each. Of the 128 bits three
// are left for the last symbol, right-aligned: encoding/base32 would shift them and give a code
// that unlocks nothing.
func (c BypassCode) Human() string {
	var b strings.Builder
	bits, have, symbols := uint(0), 0, 0
	put := func(v uint) {
		switch symbols {
		case 5, 10, 14, 18, 22:
			b.WriteByte('-')
		}
		b.WriteByte(bypassAlphabet[v&31])
		symbols++
	}
	for _, octet := range c {
		bits, have = bits<<8|uint(octet), have+8
		for have >= 5 {
			have -= 5
			put(bits >> have)
			bits &= 1<<have - 1
		}
	}
	put(bits)
	return b.String()
}

// ParseBypassCode reads what [BypassCode.Human] wrote, with or without dashes and blanks, in
// upper or lower case.
func ParseBypassCode(text string) (BypassCode, error) {
	var code BypassCode
	if len(text) > 100 {
		return code, ErrBypassCode
	}
	text = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(text))
	if len(text) != 26 {
		return code, ErrBypassCode
	}
	bits, have, n := uint(0), 0, 0
	for i := range len(text) {
		v := strings.IndexByte(bypassAlphabet, text[i])
		width := 5
		if i == len(text)-1 {
			width = 3
		}
		if v < 0 || v >= 1<<width {
			return BypassCode{}, ErrBypassCode
		}
		bits, have = bits<<width|uint(v), have+width
		if have >= 8 {
			have -= 8
			code[n] = byte(bits >> have)
			bits &= 1<<have - 1
			n++
		}
	}
	return code, nil
}

// EscrowKey is the hash of the code that Apple keeps: PBKDF2 with SHA-256, four zero bytes of
// salt and 50,000 rounds, in hex.
func (c BypassCode) EscrowKey() (string, error) {
	key, err := pbkdf2.Key(sha256.New, string(c[:]), make([]byte, 4), 50_000, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("asm: escrow key: %w", err)
	}
	return hex.EncodeToString(key), nil
}
