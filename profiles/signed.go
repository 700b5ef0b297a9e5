package profiles

import (
	"bytes"
	"encoding/pem"

	"github.com/smallstep/pkcs7"

	"ranzen/store/school"
)

const (
	maxBERDepth = 32 // a certificate inside signed data nests about 12 deep
	maxSigners  = 4
	maxPieces   = 8192 // elements directly inside those of indefinite length: 5 MB in pieces of a kilobyte
)

// envelopedData is the DER of the object identifier of encrypted CMS content.
var envelopedData = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03}

// unwrap returns the content of a signed profile with a finding about its signature, and anything else unchanged.
// The signer is not kept: what is sent to devices is signed again by this server, or not at all.
//
// Danger: the CMS library recurses once per nesting level without limit, and an overflowing stack cannot be recovered
// from; and after each piece of an element of indefinite length it searches all that follows. So nesting and pieces are
// counted first.
func unwrap(data []byte) ([]byte, []school.Problem, error) {
	if trimmed := bytes.TrimSpace(data); bytes.HasPrefix(trimmed, []byte("-----BEGIN ")) {
		block, _ := pem.Decode(trimmed)
		if block == nil || (block.Type != "PKCS7" && block.Type != "CMS") {
			return nil, nil, refuse("profile.not_plist")
		}
		data = block.Bytes
	}
	if len(data) == 0 || data[0] != 0x30 {
		return data, nil, nil
	}
	if bytes.Contains(data[:min(len(data), 32)], envelopedData) {
		return nil, nil, refuse("profile.encrypted")
	}
	if !shallow(data) {
		return nil, nil, refuse("profile.broken_signature")
	}
	p7, err := pkcs7.Parse(data)
	if err != nil {
		return nil, nil, refuseBecause(err, "profile.broken_signature")
	}
	if len(p7.Content) == 0 || len(p7.Signers) > maxSigners {
		return nil, nil, refuse("profile.broken_signature")
	}
	finding := school.Problem{Severity: school.Note, Payload: -1, Code: "signer_dropped"}
	if len(p7.Signers) > 0 && p7.Verify() != nil {
		finding = school.Problem{Severity: school.Warning, Payload: -1, Code: "signature_invalid"}
	}
	return p7.Content, []school.Problem{finding}, nil
}

// shallow reports whether BER data is well-formed, nests no deeper than maxBERDepth and has at most maxPieces. It is stricter than the library
// that reads the data afterwards (children end where their parent ends, nothing of indefinite length is empty), so that
// both see the same nesting.
func shallow(ber []byte) bool {
	var ends []int // of the open constructed elements; -1 for indefinite length
	pieces := 0
	for at := 0; ; {
		for len(ends) > 0 {
			end := ends[len(ends)-1]
			if end < 0 && bytes.HasPrefix(ber[at:], []byte{0, 0}) {
				at += 2
			} else if end != at {
				break
			}
			ends = ends[:len(ends)-1]
		}
		limit := len(ber)
		for i := len(ends) - 1; i >= 0; i-- {
			if ends[i] >= 0 {
				limit = ends[i]
				break
			}
		}
		if len(ends) == 0 && at > 0 {
			return true // bytes after the outermost element are the library's to judge
		}
		if len(ends) > 0 && ends[len(ends)-1] < 0 {
			if pieces++; pieces > maxPieces {
				return false
			}
		}
		constructed, end, next, ok := element(ber[:limit], at)
		if !ok {
			return false
		}
		at = next
		if !constructed {
			at = end
			continue
		}
		if end < 0 && bytes.HasPrefix(ber[at:], []byte{0, 0}) {
			return false
		}
		if ends = append(ends, end); len(ends) > maxBERDepth {
			return false
		}
	}
}

// element reads one tag and length: where its content begins (next) and ends (-1: indefinite length).
func element(ber []byte, at int) (constructed bool, end, next int, ok bool) {
	if at >= len(ber) {
		return
	}
	constructed = ber[at]&0x20 != 0
	long := ber[at]&0x1f == 0x1f
	for at++; long && at < len(ber); at++ {
		long = ber[at] >= 0x80
	}
	if at >= len(ber) {
		return
	}
	l := ber[at]
	at++
	switch {
	case l == 0x80:
		return constructed, -1, at, constructed
	case l < 0x80:
		end = at + int(l)
	default:
		n := int(l & 0x7f)
		if n > 4 || at+n > len(ber) {
			return
		}
		end = at + n + int(bigEndian(ber[at:at+n]))
		at += n
	}
	return constructed, end, at, end <= len(ber)
}
