package profiles

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`

const dateLayout = "2006-01-02T15:04:05Z"

// Encode writes a tree as an XML property list in one fixed form. A string XML cannot carry gives an error, never a
// broken list. A carriage return is written as a character reference: a bare one would come back as a line feed.
func Encode(tree Dict) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xmlHead)
	if err := writeXML(&b, tree, 0); err != nil {
		return nil, err
	}
	b.WriteString("</plist>\n")
	return b.Bytes(), nil
}

func writeXML(b *bytes.Buffer, v any, depth int) error {
	indent := func(n int) {
		for range n {
			b.WriteByte('\t')
		}
	}
	element := func(name, text string) {
		b.WriteString("<" + name + ">" + text + "</" + name + ">\n")
	}
	indent(depth)
	switch v := v.(type) {
	case Dict:
		if len(v) == 0 {
			b.WriteString("<dict/>\n")
			return nil
		}
		b.WriteString("<dict>\n")
		for _, k := range v.sortedKeys() {
			if !legal(k) {
				return refuse("profile.bad_character", printable(k))
			}
			indent(depth + 1)
			element("key", escape(k))
			if err := writeXML(b, v[k], depth+1); err != nil {
				return err
			}
		}
		indent(depth)
		b.WriteString("</dict>\n")
	case []any:
		if len(v) == 0 {
			b.WriteString("<array/>\n")
			return nil
		}
		b.WriteString("<array>\n")
		for _, e := range v {
			if err := writeXML(b, e, depth+1); err != nil {
				return err
			}
		}
		indent(depth)
		b.WriteString("</array>\n")
	case string:
		if !legal(v) {
			return refuse("profile.bad_character", printable(v))
		}
		element("string", escape(v))
	case []byte:
		element("data", base64.StdEncoding.EncodeToString(v))
	case bool:
		if v {
			b.WriteString("<true/>\n")
		} else {
			b.WriteString("<false/>\n")
		}
	case int64:
		element("integer", strconv.FormatInt(v, 10))
	case uint64:
		element("integer", strconv.FormatUint(v, 10))
	case float64:
		element("real", strconv.FormatFloat(v, 'g', -1, 64))
	case time.Time:
		element("date", v.UTC().Format(dateLayout))
	default:
		panic("profiles: a tree holds a value no property list knows") // only our own code builds trees
	}
	return nil
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")

func escape(s string) string { return escaper.Replace(s) }

// printable is the start of a string as a message may show it.
func printable(s string) string {
	const most = 40
	var b strings.Builder
	for _, r := range s {
		if b.Len() >= most {
			b.WriteString("…")
			break
		}
		if !strconv.IsPrint(r) {
			r = '\uFFFD'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// readXML reads an XML property list into a tree. What it does not understand it refuses, so that nothing of a profile
// is lost silently: no entity declarations, no foreign elements, no text between elements, no key twice.
func readXML(data []byte) (any, error) {
	if !shortTags(data) {
		return nil, refuse("profile.broken_xml", 1)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "us-ascii", "ascii":
			return in, nil
		}
		return nil, refuse("profile.not_utf8", charset)
	}
	r := &xmlReader{d: d}
	start, err := r.next()
	if err != nil {
		return nil, r.fail(err)
	}
	if start == nil || start.Name.Local != "plist" {
		return nil, refuse("profile.not_plist")
	}
	start, err = r.next()
	if err != nil {
		return nil, r.fail(err)
	}
	if start == nil {
		return nil, refuse("profile.not_plist")
	}
	v, err := r.value(*start, 1)
	if err != nil {
		return nil, r.fail(err)
	}
	if extra, err := r.next(); err != nil || extra != nil { // </plist>
		return nil, r.fail(err)
	}
	if extra, err := r.next(); !errors.Is(err, io.EOF) || extra != nil {
		return nil, r.fail(err)
	}
	return v, nil
}

// shortTags reports whether no tag is longer than a property list needs: the XML decoder builds every attribute of a tag
// before it can be asked about one, and a tag of megabytes would cost a hundred times its size.
func shortTags(data []byte) bool {
	const longest = 1024
	for {
		i := bytes.IndexByte(data, '<')
		if i < 0 {
			return true
		}
		data = data[i:]
		closing := ""
		switch {
		case bytes.HasPrefix(data, []byte("<!--")):
			closing = "-->"
		case bytes.HasPrefix(data, []byte("<![CDATA[")):
			closing = "]]>"
		}
		if closing == "" {
			if bytes.IndexByte(data[:min(len(data), longest)], '>') < 0 {
				return false
			}
			data = data[1:]
			continue
		}
		if i = bytes.Index(data, []byte(closing)); i < 0 {
			return false
		}
		data = data[i+len(closing):]
	}
}

type xmlReader struct {
	d     *xml.Decoder
	nodes int
}

// fail turns errors of the XML decoder into the one refusal people see; our own refusals stay what they are.
func (r *xmlReader) fail(err error) error {
	if isRefusal(err) {
		return err
	}
	line, _ := r.d.InputPos()
	return refuseBecause(err, "profile.broken_xml", line)
}

// next returns the next start element, or nil at an end element.
func (r *xmlReader) next() (*xml.StartElement, error) {
	for {
		t, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				line, _ := r.d.InputPos()
				return nil, refuse("profile.broken_xml", line)
			}
		case xml.Directive:
			if bytes.ContainsAny(t, "[") || !bytes.HasPrefix(bytes.TrimSpace(t), []byte("DOCTYPE")) {
				return nil, refuse("profile.entities") // an internal subset declares entities
			}
		}
	}
}

func (r *xmlReader) value(start xml.StartElement, depth int) (any, error) {
	if depth > maxDepth {
		return nil, refuse("profile.too_deep", maxDepth)
	}
	if r.nodes++; r.nodes > maxNodes {
		return nil, refuse("profile.too_many", maxNodes)
	}
	switch start.Name.Local {
	case "dict":
		return r.dict(depth)
	case "array":
		list := []any{}
		for {
			s, err := r.next()
			if err != nil || s == nil {
				return list, err
			}
			v, err := r.value(*s, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
	}
	text, err := r.text()
	if err != nil {
		return nil, err
	}
	var v any
	ok := true
	switch start.Name.Local {
	case "string":
		v = text
	case "true", "false":
		v, ok = start.Name.Local == "true", strings.TrimSpace(text) == ""
	case "integer":
		v, ok = parseInteger(strings.TrimSpace(text))
	case "real":
		v, ok = parseReal(strings.TrimSpace(text))
	case "date":
		t, err := time.Parse(dateLayout, strings.TrimSpace(text))
		v, ok = t, err == nil
	case "data":
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		v, ok = raw, err == nil
	default:
		ok = false
	}
	if !ok {
		line, _ := r.d.InputPos()
		return nil, refuse("profile.bad_value", line, printable(start.Name.Local))
	}
	return v, nil
}

func (r *xmlReader) dict(depth int) (any, error) {
	d := Dict{}
	for {
		s, err := r.next()
		if err != nil {
			return nil, err
		}
		if s == nil {
			return d, nil
		}
		line, _ := r.d.InputPos()
		if s.Name.Local != "key" {
			return nil, refuse("profile.bad_value", line, printable(s.Name.Local))
		}
		key, err := r.text()
		if err != nil {
			return nil, err
		}
		if _, twice := d[key]; twice {
			return nil, refuse("profile.duplicate_key", printable(key), line)
		}
		s, err = r.next()
		if err != nil {
			return nil, err
		}
		if s == nil {
			return nil, refuse("profile.bad_value", line, printable(key))
		}
		if d[key], err = r.value(*s, depth+1); err != nil {
			return nil, err
		}
	}
}

// text reads to the end of the current element, which holds no others.
func (r *xmlReader) text() (string, error) {
	var b []byte
	for {
		t, err := r.d.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			b = append(b, t...)
		case xml.EndElement:
			return string(b), nil
		case xml.StartElement:
			line, _ := r.d.InputPos()
			return "", refuse("profile.bad_value", line, printable(t.Name.Local))
		}
	}
}

func parseInteger(s string) (any, bool) {
	digits, base := s, 10
	sign := ""
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		sign, digits = "-", rest
	} else {
		digits = strings.TrimPrefix(digits, "+")
	}
	if rest, ok := strings.CutPrefix(strings.ToLower(digits), "0x"); ok {
		digits, base = rest, 16
	}
	if digits == "" || strings.ContainsAny(digits, "+-_") {
		return nil, false
	}
	if i, err := strconv.ParseInt(sign+digits, base, 64); err == nil {
		return i, true
	}
	if u, err := strconv.ParseUint(digits, base, 64); err == nil && sign == "" {
		return u, true
	}
	return nil, false
}

var realForm = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// parseReal reads a finite number. No key of Apple's takes NaN or infinity, and neither has an order or an equal.
func parseReal(s string) (any, bool) {
	if !realForm.MatchString(s) {
		return nil, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, false
	}
	return f, true
}
