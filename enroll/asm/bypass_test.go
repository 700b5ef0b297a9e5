package asm

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

const (
	vectorHuman = "000H4-0R40M-30F2-0918-5HR3-8F17"
	vectorKey   = "c5ced1d0c51459c1a887866a5868dd3e9e6f4fc4a8c244f3f9eb9383c0f8aecb"
)

func vector() BypassCode {
	var code BypassCode
	for i := range code {
		code[i] = byte(i)
	}
	return code
}

func TestBypassCodeVectorOfApplesSample(t *testing.T) {
	code := vector()
	if got := code.Human(); got != vectorHuman {
		t.Errorf("human form %s, want %s", got, vectorHuman)
	}
	key, err := code.EscrowKey()
	if err != nil {
		t.Fatal(err)
	}
	if key != vectorKey {
		t.Errorf("escrow key %s, want %s", key, vectorKey)
	}
}

func TestBypassCodesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "random")
		code, err := NewBypassCode(bytes.NewReader(random))
		if err != nil {
			t.Fatal(err)
		}
		human := code.Human()
		for _, text := range []string{human, strings.ToLower(human), strings.ReplaceAll(human, "-", " "), strings.ReplaceAll(human, "-", "")} {
			again, err := ParseBypassCode(text)
			if err != nil || again != code {
				t.Fatalf("%s reads back as %x, %v", text, again[:], err)
			}
		}
	})
}

func TestBypassCodeRefusals(t *testing.T) {
	for _, text := range []string{
		"", "0", strings.Repeat("0", 25), strings.Repeat("0", 27), strings.Repeat("0", 25) + "8", "I" + strings.Repeat("0", 25),
		strings.Repeat("-", 200), strings.Repeat("ü", 13),
	} {
		if _, err := ParseBypassCode(text); !errors.Is(err, ErrBypassCode) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := NewBypassCode(bytes.NewReader(make([]byte, 15))); err == nil {
		t.Error("made a code from too little randomness")
	}
	if code, err := NewBypassCode(iotest.OneByteReader(bytes.NewReader(bytes.Repeat([]byte{7}, 16)))); err != nil || code[15] != 7 {
		t.Error("a slow source makes a short code")
	}
}

func TestBypassCodesHideInLogs(t *testing.T) {
	code := vector()
	for _, verb := range []string{"%v", "%s", "%+v", "%#v"} {
		if text := fmt.Sprintf(verb, code); strings.Contains(text, "12") || strings.Contains(text, "0xc") || strings.Contains(text, "000H4") {
			t.Errorf("%s writes %s", verb, text)
		}
	}
}

func TestActivationLock(t *testing.T) {
	f, c := newFake(t)
	f.handle = func(w *answer, method, path string, body []byte) {
		in := decode[map[string]string](t, body)
		if method != "POST" || path != "/device/activationlock" || in["escrow_key"] != vectorKey || in["lost_message"] != "Bitte abgeben" {
			t.Errorf("%s %s %s", method, path, body)
		}
		w.json(map[string]string{"serial_number": in["device"], "response_status": "DEVICE_ALREADY_LOCKED"})
	}
	status, err := c.ActivationLock(t.Context(), "A", vector(), "Bitte abgeben")
	if err != nil || status != LockDeviceAlreadySet {
		t.Errorf("%s, %v", status, err)
	}
	before := len(f.calls)
	if _, err := c.ActivationLock(t.Context(), "A", BypassCode{}, ""); err == nil || len(f.calls) != before {
		t.Error("a device was locked to a person because the code was missing")
	}
	f.handle = func(w *answer, _, _ string, _ []byte) { w.body = `{"serial_number":"B","response_status":"SUCCESS"}` }
	if _, err := c.ActivationLock(t.Context(), "A", vector(), ""); err == nil {
		t.Error("took an answer about another device")
	}
}
