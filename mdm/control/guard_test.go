package control

import (
	"encoding/xml"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// What the guard lets through an XML reader must be able to walk without depth or size growing out of hand.
func FuzzCheckBody(f *testing.F) {
	for _, s := range []string{`<plist><dict><key>UDID</key></dict></plist>`, "bplist00", "<plist><dict>", "<!-- <a> --><b/>", "<![CDATA[<a>]]>", "<a/><b>", "</a>", "<a b='>'>", "<!ENTITY", "\xef\xbb\xbf<a/>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if checkBody(body) != nil {
			return
		}
		if strings.HasPrefix(string(body), "bplist") {
			t.Fatal("a binary property list passed")
		}
		d := xml.NewDecoder(strings.NewReader(string(body)))
		depth := 0
		for {
			tok, err := d.RawToken()
			if err == io.EOF || err != nil {
				return
			}
			switch tok.(type) {
			case xml.StartElement:
				if depth++; depth > maxNesting+1 {
					t.Fatalf("nested %d deep", depth)
				}
			case xml.EndElement:
				depth--
			}
		}
	})
}

// A signature header is read before anybody is known: whatever stands in it, it is refused or names a certificate.
func FuzzSignature(f *testing.F) {
	f.Add("", []byte("x"))
	f.Add("AAAA", []byte("x"))
	f.Add("MIIBBgYJKoZIhvcNAQcCoIH4MIH1AgEBMQ8wDQYJYIZIAWUDBAIBBQA=", []byte("x"))
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		r := httptest.NewRequest("PUT", "/mdm", nil)
		r.TLS = nil
		r.Header["Mdm-Signature"] = []string{header}
		if who, err := new(keys).signerOf(r, body); err == nil && (who.hash == "" || who.cert == nil) {
			t.Fatal("neither a certificate nor a refusal")
		}
	})
}

func TestGuard(t *testing.T) {
	for body, want := range map[string]error{
		`<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x"><plist version="1.0"><dict><key>a</key><true/></dict></plist>`: nil,
		"bplist00":                          errBinary,
		strings.Repeat("<a>", maxNesting+1): errDeep,
		strings.Repeat("<a>", maxNesting):   nil,
		strings.Repeat("<a/>", 1000):        nil,
		"hello":                             errNoXML,
		"":                                  errNoXML,
		"<!ENTITY x 'y'>":                   errNoXML,
		"<a><!-- <b><b><b> --></a>":         nil,
		"<a>" + strings.Repeat("<!-- ", 9):  errNoXML,
	} {
		if err := checkBody([]byte(body)); err != want {
			t.Errorf("%.40q: %v, want %v", body, err, want)
		}
	}
}
