package ca

import (
	"errors"
	"fmt"

	"github.com/smallstep/pkcs7"
)

// Bounds for a message of a stranger. A SCEP request is about 3 KB with some hundred elements, a
// machine info about 6 KB; the depth of both stays under 20.
const (
	maxMessage  = 64 << 10
	maxDepth    = 64
	maxElements = 4096
)

// ErrMalformed says that bytes are not the message they should be. Details are for the log.
var ErrMalformed = errors.New("ca: malformed message")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// checkBER walks a BER message without building anything and refuses what would make the parser
// behind it work for minutes: too big, too deep, too many elements, lengths beyond the data,
// trailing bytes. The library converts BER to DER recursively and copies every level.
func checkBER(data []byte) error {
	if len(data) == 0 {
		return malformed("empty")
	}
	if len(data) > maxMessage {
		return malformed("%d bytes, at most %d are read", len(data), maxMessage)
	}
	const indefinite = -1
	var open []int // ends of the constructed elements we are in
	elements := 0
	at := 0
	for {
		for len(open) > 0 && open[len(open)-1] == at {
			open = open[:len(open)-1]
		}
		if elements > 0 && len(open) == 0 {
			break
		}
		limit := len(data)
		for i := len(open) - 1; i >= 0; i-- {
			if open[i] != indefinite {
				limit = open[i]
				break
			}
		}
		if limit-at < 2 {
			return malformed("element cut off at %d", at)
		}
		tag := data[at]
		if tag == 0 && data[at+1] == 0 && len(open) > 0 && open[len(open)-1] == indefinite {
			open = open[:len(open)-1]
			at += 2
			continue
		}
		if elements++; elements > maxElements {
			return malformed("more than %d elements", maxElements)
		}
		at++
		if tag&0x1f == 0x1f {
			// CMS has no tag numbers above 30.
			return malformed("long tag at %d", at)
		}
		first := int(data[at])
		at++
		length := first
		switch {
		case first == 0x80:
			if tag&0x20 == 0 {
				return malformed("primitive element without length at %d", at)
			}
			length = indefinite
		case first > 0x80:
			n := first & 0x7f
			if n > 4 || limit-at < n {
				return malformed("bad length at %d", at)
			}
			length = 0
			for range n {
				length = length<<8 | int(data[at])
				at++
			}
		}
		if length != indefinite && (length < 0 || length > limit-at) {
			return malformed("element longer than its container at %d", at)
		}
		switch {
		case tag&0x20 == 0:
			at += length
		case len(open) == maxDepth:
			return malformed("nested deeper than %d", maxDepth)
		case length == indefinite:
			open = append(open, indefinite)
		default:
			open = append(open, at+length)
		}
	}
	if at != len(data) {
		return malformed("%d trailing bytes", len(data)-at)
	}
	return nil
}

// parseSigned checks and parses a CMS SignedData with exactly one signer, whose certificate it
// brings along. No signature has been verified yet.
func parseSigned(data []byte) (*pkcs7.PKCS7, error) {
	if err := checkBER(data); err != nil {
		return nil, err
	}
	p7, err := pkcs7.Parse(data)
	if err != nil {
		return nil, malformed("not CMS: %v", err)
	}
	if len(p7.Certificates) > maxCertificates {
		return nil, malformed("%d certificates", len(p7.Certificates))
	}
	for _, cert := range p7.Certificates {
		if err := checkKeySize(cert); err != nil {
			return nil, err
		}
	}
	if len(p7.Signers) != 1 || p7.Signers[0].IssuerAndSerialNumber.SerialNumber == nil {
		return nil, malformed("%d signers, want one", len(p7.Signers))
	}
	if p7.GetOnlySigner() == nil {
		return nil, malformed("the signer's certificate is missing")
	}
	return p7, nil
}

// guard turns a panic of a library into an error. It is the last line, not the first: what can be
// checked is checked before.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = malformed("the parser gave up")
	}
}
