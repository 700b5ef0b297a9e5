package profiles

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"ranzen/store/school"
)

// FuzzParse holds that no bytes bring Parse down, and that what it accepts is its own parse.
func FuzzParse(f *testing.F) {
	body, err := Encode(profile(wifiPayload(nil), payload("org.example.x", "x", Dict{"A": []any{int64(1), 1.5, []byte("x"), true}})))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "b">]><plist><dict/></plist>`))
	f.Add(list([]byte{0xd1, 1, 2}, []byte{0x51, 'k'}, []byte{0x09}))
	f.Add(list([]byte{0xa1, 0}))
	f.Add(finish(append([]byte(binaryMagic), 0xd0, 8), 1, 1, 1<<62, 0, 9))
	f.Add([]byte{0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x80, 0, 0})
	f.Add([]byte("-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(data)
		if err != nil {
			var e *school.Error
			if !errors.As(err, &e) || e.Kind != school.Invalid || !strings.HasPrefix(e.Code, "profile.") {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		again, err := Parse(c.Body)
		if err != nil || again.Hash != c.Hash || !bytes.Equal(again.Body, c.Body) {
			t.Fatalf("a stored body is not its own parse: %v", err)
		}
	})
}

// FuzzFill holds that whatever a person is called arrives byte for byte, and changes nothing beside its place.
func FuzzFill(f *testing.F) {
	for _, s := range []string{"Müller", "<key>x</key>", "&amp;", "$HOME", "a\x00b", "{{device.serial}}", "]]>", "\r\n", " ", "\xff", "\ufffe", "𝄞"} {
		f.Add(s)
	}
	tree := profile(wifiPayload(nil), payload("org.example.x", "x", Dict{"Whole": "{{person.name}}", "Part": "a {{person.name}} b {{person.name}}",
		"Raw": []byte("{{person.name}}"), "{{person.name}}": "key"}))
	body, err := Encode(tree)
	if err != nil {
		f.Fatal(err)
	}
	c, err := Parse(body)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		filled, err := Fill(c, map[string]string{"person.name": name})
		if bad := !legal(name) || strings.TrimSpace(name) == ""; bad != (err != nil) {
			t.Fatalf("%q: %v", name, err)
		}
		if err != nil {
			return
		}
		if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
			t.Fatalf("%q was accepted", name)
		}
		out, err := Deliver(filled, "de.example.delivered", "", filled.Hash)
		if err != nil {
			t.Fatal(err)
		}
		got := independent(t, out)["PayloadContent"].([]any)[1].(map[string]any)
		if got["Whole"] != name || got["Part"] != "a "+name+" b "+name || string(got["Raw"].([]byte)) != "{{person.name}}" || got["{{person.name}}"] != "key" {
			t.Fatalf("%q became %q", name, got)
		}
	})
}
