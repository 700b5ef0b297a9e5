package profiles

import (
	"bytes"
	"errors"
	"image"
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

// FuzzIcon holds that of an uploaded picture nothing is left but its pixels: what comes out is a small PNG of ours.
func FuzzIcon(f *testing.F) {
	f.Add([]byte(picture(3, 2)))
	f.Add([]byte(picture(500, 1)))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;<script>"))
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff"))
	f.Add([]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"))
	f.Fuzz(func(t *testing.T, upload []byte) {
		out, err := icon(upload)
		if err != nil {
			return
		}
		head, kind, err := image.DecodeConfig(bytes.NewReader(out))
		if err != nil || kind != "png" || head.Width < 1 || head.Height < 1 || head.Width > iconSize || head.Height > iconSize {
			t.Fatalf("%s %dx%d %v", kind, head.Width, head.Height, err)
		}
		if bytes.Contains(out, []byte("<script>")) {
			t.Fatal("what was hidden in the file came along")
		}
		again, err := icon(out)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("drawn again it is another picture: %v", err)
		}
	})
}
