package control

import (
	"bytes"
	"testing"
	"time"

	"ranzen/enroll/ca"
)

// One signature serves everybody who gets the same profile of the same authority, for an hour.
func TestAProfileIsSignedOnce(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	signer := func(name string) *ca.Signer {
		p, err := ca.NewPapers(name, now)
		if err != nil {
			t.Fatal(err)
		}
		return p.Signer
	}
	ours, theirs := signer("Musterstadt"), signer("Nachbarstadt")
	k := new(signedProfiles)
	sign := func(s *ca.Signer, content string, at time.Time) []byte {
		t.Helper()
		b, err := k.sign(s, content, func() ([]byte, error) { return []byte(content), nil }, at)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := sign(ours, "wlan", now)
	for _, c := range []struct {
		name string
		got  []byte
		same bool
	}{
		{"a minute later", sign(ours, "wlan", now.Add(time.Minute)), true},
		{"another profile", sign(ours, "mail", now.Add(time.Minute)), false},
		{"another authority", sign(theirs, "wlan", now.Add(time.Minute)), false},
		{"before it was signed", sign(ours, "wlan", now.Add(-time.Minute)), false},
	} {
		if bytes.Equal(c.got, first) != c.same {
			t.Errorf("%s: the same is %v, want %v", c.name, !c.same, c.same)
		}
	}
	second := sign(ours, "wlan", now)
	if bytes.Equal(sign(ours, "wlan", now.Add(signedAge)), second) {
		t.Error("the signature is kept for ever")
	}
	big := string(make([]byte, signedSize/8))
	for i := range 20 {
		sign(ours, big+string(rune(i)), now)
	}
	total := 0
	for _, x := range k.of {
		total += len(x.cms)
	}
	if total != k.size || total > signedSize || total < signedSize/2 {
		t.Errorf("%d bytes are kept and %d counted, want at most %d", total, k.size, signedSize)
	}
}
