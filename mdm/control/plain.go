package control

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/micromdm/nanomdm/mdm"
)

// Most of what devices say is one dictionary of texts: an Idle, an Acknowledged, a question for a declaration. Such a plain message
// is read by hand, as a parser for all of XML costs more than what is done upon it. What plist would read otherwise, or not at all, is
// not plain: entities, comments, nesting, letters beyond ASCII, a key that comes twice. FuzzPlain holds both readings against each
// other.

// plain is a plain message: its keys in their order. A message has few.
type plain []plainField

type plainField struct {
	key, value string
	data       bool // value is base64
}

// Beginnings of a message, exactly as devices write them; all three may be followed by blanks.
const (
	xmlHead    = `<?xml version="1.0" encoding="UTF-8"?>`
	xmlDoctype = `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">`
	xmlPlist   = `<plist version="1.0">`
)

// readPlain reads a plain message; false: it is none.
func readPlain(body []byte) (p plain, ok bool) {
	r := plainReader(body)
	r.skip(xmlHead)
	r.skip(xmlDoctype)
	if !r.skip(xmlPlist) || !r.skip("<dict>") {
		return nil, false
	}
	p = make(plain, 0, 8)
	for !r.skip("</dict>") {
		var f plainField
		if f.key, ok = r.text("<key>", "</key>"); !ok || p.has(f.key) {
			return nil, false
		}
		if f.value, ok = r.text("<string>", "</string>"); !ok {
			f.data = true
			if f.value, ok = r.text("<data>", "</data>"); !ok {
				return nil, false
			}
		}
		p = append(p, f)
	}
	return p, r.skip("</plist>") && len(r) == 0
}

type plainReader []byte

// skip takes exactly these bytes, and blanks behind them.
func (r *plainReader) skip(s string) bool {
	if !bytes.HasPrefix(*r, []byte(s)) {
		return false
	}
	*r = bytes.TrimLeft((*r)[len(s):], " \t\r\n")
	return true
}

// text takes what stands between two tags, and blanks behind them.
func (r *plainReader) text(begin, end string) (string, bool) {
	b := *r
	if !bytes.HasPrefix(b, []byte(begin)) {
		return "", false
	}
	b = b[len(begin):]
	n := bytes.IndexByte(b, '<')
	if n < 0 || !bytes.HasPrefix(b[n:], []byte(end)) {
		return "", false
	}
	for _, c := range b[:n] {
		if (c < ' ' && c != '\n' && c != '\t') || c > '~' || c == '&' || c == '>' {
			return "", false
		}
	}
	*r = b[n:]
	r.skip(end)
	return string(b[:n]), true
}

func (p plain) has(key string) bool {
	for i := range p {
		if p[i].key == key {
			return true
		}
	}
	return false
}

// enrollmentField is the field of the names every message has; nil: the key is none of them.
func enrollmentField(e *mdm.Enrollment, key string) *string {
	switch key {
	case "UDID":
		return &e.UDID
	case "UserID":
		return &e.UserID
	case "UserShortName":
		return &e.UserShortName
	case "UserLongName":
		return &e.UserLongName
	case "EnrollmentID":
		return &e.EnrollmentID
	case "EnrollmentUserID":
		return &e.EnrollmentUserID
	}
	return nil
}

// results is the message as a report on a command; false: nanomdm has to read it.
func (p plain) results(raw []byte) (*mdm.CommandResults, bool) {
	m := &mdm.CommandResults{Raw: raw}
	for i := range p {
		f := &p[i]
		to := enrollmentField(&m.Enrollment, f.key)
		switch f.key {
		case "Status":
			to = &m.Status
		case "CommandUUID":
			to = &m.CommandUUID
		case "ErrorChain":
			return nil, false
		}
		if to == nil {
			continue
		}
		if f.data {
			return nil, false
		}
		*to = f.value
	}
	return m, m.Status != ""
}

// declarative is the message as one of declarative management; false: nanomdm has to read it.
func (p plain) declarative(raw []byte) (*mdm.DeclarativeManagement, bool) {
	m := &mdm.DeclarativeManagement{Raw: raw}
	for i := range p {
		f := &p[i]
		to := enrollmentField(&m.Enrollment, f.key)
		switch f.key {
		case "MessageType":
			to = &m.MessageType.MessageType
		case "Endpoint":
			to = &m.Endpoint
		case "Data":
			var err error
			if m.Data, err = f.bytes(); err != nil || !f.data {
				return nil, false
			}
		}
		if to == nil {
			continue
		}
		if f.data {
			return nil, false
		}
		*to = f.value
	}
	return m, m.MessageType.MessageType == "DeclarativeManagement"
}

var blanks = strings.NewReplacer("\t", "", "\n", "", " ", "")

// bytes are those of base64.
func (f *plainField) bytes() ([]byte, error) {
	if f.value == "" {
		return nil, nil
	}
	return base64.StdEncoding.DecodeString(blanks.Replace(f.value))
}
