package profiles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ranzen/profiles/schema"
	"ranzen/store/school"
)

// commonOS is the oldest iPadOS still usual in schools: iPads with an A10 end at 17.7. What Apple introduced later is
// worth a note, because some devices will ignore or refuse it.
const commonOS = "17.0"

// describe says of a payload what rules need to know.
func describe(p Dict) school.Payload {
	d := school.Payload{Type: p.text("PayloadType"), Identifier: p.text("PayloadIdentifier"), Name: p.text("PayloadDisplayName")}
	if d.Type == typeApp {
		d.Known, d.MinimumOS = true, p.text("MinimumOSVersion")
	}
	if o, ok := objectOf(d.Type); ok && !frameObject(d.Type) {
		d.Declared = declaredTypes[d.Type]
		d.Known, d.Single, d.MinimumOS = true, o.Single || d.Declared, o.Introduced
		d.Supervised = o.Supervised || supervisedByUse(p)
	}
	return d
}

func frameObject(payloadType string) bool {
	return payloadType == schema.TopLevel || payloadType == schema.Common
}

// supervisedByUse knows the payloads Apple's schema calls free although their usual form works on supervised devices
// only: a content filter or DNS proxy that is not bound to managed apps by its UUID, updates that are held back.
func supervisedByUse(p Dict) bool {
	switch p.text("PayloadType") {
	case "com.apple.webcontent-filter":
		return p.text("ContentFilterUUID") == ""
	case "com.apple.dnsProxy.managed":
		return p.text("DNSProxyUUID") == ""
	case school.UpdateSettingsDeclared:
		for _, key := range []string{"AutomaticActions", "Deferrals", "RapidSecurityResponse", "Beta"} {
			if _, there := p[key]; there {
				return true
			}
		}
	}
	return false
}

// Validate compares a tree with Apple's schema and the rules beyond it. Findings come frame first, then payload by
// payload. Only what a device would refuse, or what this server could not deliver, is Wrong.
func Validate(tree Dict) []school.Problem {
	f := &findings{payload: -1}
	if o, ok := schema.Profile(schema.TopLevel); ok {
		f.dict(o, nil, "", "", tree)
	}
	payloads := payloadsOf(tree)
	if len(payloads) == 0 {
		f.add(school.Wrong, "PayloadContent", "empty")
	}
	common, _ := schema.Profile(schema.Common)
	seenType, seenID, seenUUID := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, p := range payloads {
		f.payload = i
		kind := p.text("PayloadType")
		o, known := objectOf(kind)
		switch {
		case kind == typeApp: // of our own: its form has looked at it
		case known && !frameObject(kind):
			f.object(o, "")
			if o.Supervised || supervisedByUse(p) {
				f.add(school.Note, "", "needs_supervision")
			}
			if o.Single && seenType[kind] {
				f.add(school.Wrong, "PayloadType", "single_twice", kind)
			}
			f.dict(o, common, "", "", p)
		case schema.Elsewhere(kind):
			f.add(school.Warning, "PayloadType", "not_ipad", kind)
		default:
			f.add(school.Warning, "PayloadType", "unknown_payload", kind)
		}
		if declaredTypes[kind] {
			f.declared(p, len(payloads))
		}
		if id := p.text("PayloadIdentifier"); seenID[id] {
			f.add(school.Wrong, "PayloadIdentifier", "duplicate", id)
		}
		if id := p.text("PayloadUUID"); seenUUID[id] {
			f.add(school.Wrong, "PayloadUUID", "duplicate", id)
		}
		seenType[kind], seenID[p.text("PayloadIdentifier")], seenUUID[p.text("PayloadUUID")] = true, true, true
		if rule := rules[kind]; rule != nil {
			rule(f, p)
		}
	}
	f.variables(tree)
	f.references(tree, seenUUID)
	slices.SortStableFunc(f.list, func(a, b school.Problem) int { return a.Payload - b.Payload })
	return f.list
}

type findings struct {
	payload int
	list    []school.Problem
}

func (f *findings) add(s school.Severity, key, code string, args ...string) {
	f.list = append(f.list, school.Problem{Severity: s, Payload: f.payload, Key: key, Code: code, Args: args})
}

func (f *findings) version(s school.Severity, key, code, os string) {
	f.list = append(f.list, school.Problem{Severity: s, Payload: f.payload, Key: key, Code: code, Args: []string{os}, OS: os})
}

func (f *findings) object(o *schema.Object, key string) {
	switch {
	case o.Removed != "":
		f.version(school.Warning, key, "removed", o.Removed)
	case o.Deprecated != "":
		f.version(school.Warning, key, "deprecated", o.Deprecated)
	}
	if !school.OSAtLeast(commonOS, o.Introduced) {
		f.version(school.Note, key, "needs_os", o.Introduced)
	}
}

// dict checks a dictionary against the keys below a schema path; common are keys every payload may have besides.
func (f *findings) dict(o, common *schema.Object, at, path string, d Dict) {
	for _, name := range d.sortedKeys() {
		where, owner := join(path, name), o
		k, ok := o.Child(at, name)
		if !ok && common != nil {
			owner = common
			k, ok = common.Child("", name)
		}
		if !ok {
			f.add(school.Warning, where, "unknown_key")
			continue
		}
		if k.Elsewhere {
			f.add(school.Warning, where, "not_ipad_key")
			continue
		}
		f.attributes(owner, k, where)
		f.value(owner, k, where, d[name])
	}
	f.required(o, at, path, d)
	if common != nil {
		f.required(common, "", path, d)
	}
}

func (f *findings) required(o *schema.Object, at, path string, d Dict) {
	for _, k := range o.Children(at) {
		name := k.Path[strings.LastIndexByte(k.Path, '.')+1:]
		if _, there := d[name]; there || !k.Required || name == "ANY" {
			continue
		}
		f.add(school.Wrong, join(path, name), "missing")
	}
}

func (f *findings) attributes(o *schema.Object, k *schema.Key, where string) {
	switch {
	case k.Removed != "":
		f.version(school.Warning, where, "removed", k.Removed)
	case k.Deprecated != "":
		f.version(school.Warning, where, "deprecated", k.Deprecated)
	}
	if k.Introduced != "" && !school.OSAtLeast(commonOS, k.Introduced) && k.Introduced != o.Introduced {
		f.version(school.Note, where, "needs_os", k.Introduced)
	}
	if k.Supervised && !o.Supervised {
		f.add(school.Note, where, "needs_supervision")
	}
}

func (f *findings) value(o *schema.Object, k *schema.Key, where string, v any) {
	if !f.typed(k.Type, where, v) {
		return
	}
	switch v := v.(type) {
	case Dict:
		if k.Type == "dictionary" && len(o.Children(k.Path)) > 0 {
			f.dict(o, nil, k.Path, where, v)
		}
	case []any:
		f.count(k.Repeat, where, len(v))
		f.items(o, k, k.Path+"[]", k.Items, where, v)
	default:
		f.allowed(k.Enum, where, v)
		f.within(k.Range, where, v)
	}
}

func (f *findings) items(o *schema.Object, k *schema.Key, at, kind, where string, list []any) {
	for i, e := range list {
		place := where + "[" + strconv.Itoa(i) + "]"
		if kind != "" && !f.typed(kind, place, e) {
			continue
		}
		switch e := e.(type) {
		case Dict:
			if len(o.Children(at)) > 0 {
				f.dict(o, nil, at, place, e)
			}
		case []any:
			f.items(o, k, at+"[]", "", place, e)
		default:
			f.allowed(k.Enum, place, e)
			f.within(k.ItemRange, place, e)
		}
	}
}

// typed checks a value's type. Numbers and booleans that stand for each other work on devices, so they only get a warning.
func (f *findings) typed(want, where string, v any) bool {
	have := typeName(v)
	if want == have || want == "any" || want == "" || want == "real" && have == "integer" {
		return true
	}
	number := func(t string) bool { return t == "integer" || t == "real" || t == "boolean" }
	if number(want) && number(have) {
		f.add(school.Warning, where, "type", want, have)
		return false
	}
	f.add(school.Wrong, where, "type", want, have)
	return false
}

func typeName(v any) string {
	switch v.(type) {
	case Dict:
		return "dictionary"
	case []any:
		return "array"
	case string:
		return "string"
	case []byte:
		return "data"
	case bool:
		return "boolean"
	case int64, uint64:
		return "integer"
	case float64:
		return "real"
	case time.Time:
		return "date"
	}
	return ""
}

func (f *findings) allowed(enum []any, where string, v any) {
	if len(enum) == 0 {
		return
	}
	s, isText := v.(string)
	if isText && len(variablesIn(s)) > 0 {
		return
	}
	names := make([]string, len(enum))
	for i, e := range enum {
		if isText && e == any(s) {
			return
		}
		if a, ok := number(e); ok {
			if b, ok := number(v); ok && a == b {
				return
			}
		}
		if e == v {
			return
		}
		names[i] = fmt.Sprint(e)
	}
	f.add(school.Wrong, where, "enum", printable(fmt.Sprint(v)), strings.Join(names, ", "))
}

func (f *findings) within(bounds []*float64, where string, v any) {
	n, ok := number(v)
	if ok && len(bounds) == 2 && (bounds[0] != nil && n < *bounds[0] || bounds[1] != nil && n > *bounds[1]) {
		f.add(school.Wrong, where, "range", trim(n), bound(bounds[0]), bound(bounds[1]))
	}
}

func (f *findings) count(bounds []*float64, where string, n int) {
	if c := float64(n); len(bounds) == 2 && (bounds[0] != nil && c < *bounds[0] || bounds[1] != nil && c > *bounds[1]) {
		f.add(school.Wrong, where, "count", strconv.Itoa(n), bound(bounds[0]), bound(bounds[1]))
	}
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func trim(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func bound(b *float64) string {
	if b == nil {
		return "∞"
	}
	return trim(*b)
}

// variables finds unknown names, and variables where the identity of profile or payload would hang on them.
func (f *findings) variables(tree Dict) {
	eachText(tree, func(payload int, path, s string) {
		f.payload = payload
		for _, name := range variablesIn(s) {
			switch {
			case path == "PayloadIdentifier" || path == "PayloadUUID" || path == "PayloadType":
				f.add(school.Wrong, path, "variable_in_identity", name)
			case !knownVariable(name):
				f.add(school.Wrong, path, "unknown_variable", name)
			}
		}
	})
}

// references finds certificates and identities a payload names that are not in the profile: Apple resolves them only there.
func (f *findings) references(tree Dict, uuids map[string]bool) {
	eachText(tree, func(payload int, path, s string) {
		f.payload = payload
		key := path[strings.LastIndexByte(path, '.')+1:]
		key, _, _ = strings.Cut(key, "[")
		if payload >= 0 && key != "PayloadUUID" && strings.HasPrefix(key, "Payload") && strings.HasSuffix(key, "UUID") && s != "" && !uuids[s] {
			f.add(school.Wrong, path, "dangling_reference")
		}
	})
}
