package ui

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzTarget holds that the way back after signing in leads to this host, read as browsers read addresses: they drop line
// breaks and tabs and take backslashes for slashes.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"/", "/audit?event=undone", "//evil.example", `/\evil.example`, "/\t/evil.example", "/\n/evil.example", "https://evil.example/", "javascript:alert(1)",
		" //evil.example", "/%09/evil.example", "/..//evil.example", "/?next=//evil.example", "/#//x", "\x00//evil.example", "/ä"} {
		f.Add(seed)
	}
	here, err := url.Parse("https://ranzen.example/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := localTarget(next)
		read := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimLeft(got, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10 "))
		to, err := here.Parse(read)
		if err != nil || to.Host != here.Host || to.Scheme != "https" || strings.HasPrefix(read, "//") || !strings.HasPrefix(read, "/") {
			t.Fatalf("%q leads to %q", next, got)
		}
	})
}
