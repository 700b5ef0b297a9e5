package profiles

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ranzen/store/school"
)

// DiffLine is one value that differs between two versions. An empty Old means the value is new, an empty New that it is
// gone; of a secret both are empty and only the fact is told.
type DiffLine struct {
	Payload string // name or type of the payload; empty for the frame
	Key     string // path of the key; empty: the whole payload came or went
	Old     string
	New     string
	Secret  bool
}

// Diff lists what differs between two contents, frame first. Payloads are matched by identifier, else by type and order.
// PayloadUUIDs do not count: they are derived anew on delivery.
func Diff(before, after school.Content) []DiffLine {
	a, errA := Tree(before)
	b, errB := Tree(after)
	if errA != nil || errB != nil {
		return nil // only what Parse accepted is ever compared; an empty content has no tree
	}
	named(a)
	named(b)
	frameA, frameB := Dict{}, Dict{}
	for k, v := range a {
		if k != "PayloadContent" {
			frameA[k] = v
		}
	}
	for k, v := range b {
		if k != "PayloadContent" {
			frameB[k] = v
		}
	}
	out := compare("", frameA, frameB)
	for _, pair := range match(payloadsOf(a), payloadsOf(b)) {
		switch {
		case pair[0] == nil:
			out = append(out, DiffLine{Payload: payloadName(pair[1]), New: pair[1].text("PayloadType")})
		case pair[1] == nil:
			out = append(out, DiffLine{Payload: payloadName(pair[0]), Old: pair[0].text("PayloadType")})
		default:
			out = append(out, compare(payloadName(pair[1]), pair[0], pair[1])...)
		}
	}
	return out
}

func payloadName(p Dict) string {
	if name := p.text("PayloadDisplayName"); name != "" {
		return name
	}
	return p.text("PayloadType")
}

// named puts the identifier of a payload where another refers to its UUID, and drops the UUIDs themselves.
func named(tree Dict) {
	names := map[string]string{}
	for _, p := range payloadsOf(tree) {
		names[p.text("PayloadUUID")] = p.text("PayloadIdentifier")
		delete(p, "PayloadUUID")
	}
	delete(tree, "PayloadUUID")
	for _, p := range payloadsOf(tree) {
		for k, v := range p {
			p[k], _ = mapStrings(v, k, func(key, s string) (string, error) {
				if name, ok := names[s]; ok && reference(key, s) {
					return name, nil
				}
				return s, nil
			})
		}
	}
}

func match(a, b []Dict) (pairs [][2]Dict) {
	used := make([]bool, len(b))
	partner := make([]int, len(a))
	for i := range a {
		partner[i] = -1
	}
	for _, key := range []string{"PayloadIdentifier", "PayloadType"} {
		for i := range a {
			for j := range b {
				if partner[i] < 0 && !used[j] && a[i]["PayloadType"] == b[j]["PayloadType"] && a[i].text(key) == b[j].text(key) {
					partner[i], used[j] = j, true
				}
			}
		}
	}
	for i := range a {
		if partner[i] < 0 {
			pairs = append(pairs, [2]Dict{a[i], nil})
		}
	}
	for j := range b {
		pair := [2]Dict{nil, b[j]}
		for i := range a {
			if partner[i] == j {
				pair[0] = a[i]
			}
		}
		pairs = append(pairs, pair)
	}
	return pairs
}

func compare(name string, a, b Dict) []DiffLine {
	d := &differ{name: name, kind: b.text("PayloadType")}
	d.dict("", a, b)
	return d.out
}

type differ struct {
	name, kind string
	out        []DiffLine
}

func (d *differ) line(path string, before, after any) {
	l := DiffLine{Payload: d.name, Key: path, Old: show(before), New: show(after)}
	if secretPath(path) && !(truth(before) && truth(after)) || d.kind == "com.apple.security.pkcs12" && strings.HasPrefix(path, "PayloadContent") {
		l.Old, l.New, l.Secret = "", "", true
	}
	d.out = append(d.out, l)
}

// truth reports whether a value tells no secret whatever its key is called: allowPasswordSharing is a switch.
func truth(v any) bool {
	_, ok := v.(bool)
	return ok || v == nil
}

func (d *differ) dict(path string, a, b Dict) {
	keys := union(a.sortedKeys(), b.sortedKeys())
	for _, k := range keys {
		d.value(join(path, k), a[k], b[k])
	}
}

func (d *differ) value(path string, a, b any) {
	if a != nil && b != nil && string(appendCanonical(nil, a)) == string(appendCanonical(nil, b)) {
		return
	}
	if da, ok := a.(Dict); ok || a == nil {
		if db, ok := b.(Dict); (ok || b == nil) && (da != nil || db != nil) && !(len(da) == 0 && len(db) == 0) {
			d.dict(path, da, db)
			return
		}
	}
	if la, ok := a.([]any); ok || a == nil {
		if lb, ok := b.([]any); (ok || b == nil) && (la != nil || lb != nil) && !(len(la) == 0 && len(lb) == 0) {
			d.list(path, la, lb)
			return
		}
	}
	d.line(path, a, b)
}

// list compares lists of plain values as sets with counts, because an address put first does not change the others;
// a mere change of order, and lists of lists or dictionaries, are compared place by place.
func (d *differ) list(path string, a, b []any) {
	if plain(a) && plain(b) {
		balance := map[string]int{}
		for _, e := range a {
			balance[string(appendCanonical(nil, e))]++
		}
		var added []any
		for _, e := range b {
			key := string(appendCanonical(nil, e))
			if balance[key]--; balance[key] < 0 {
				added = append(added, e)
			}
		}
		changed := len(added) > 0
		for _, e := range a {
			key := string(appendCanonical(nil, e))
			if balance[key] > 0 {
				balance[key]--
				d.line(path, e, nil)
				changed = true
			}
		}
		for _, e := range added {
			d.line(path, nil, e)
		}
		if changed {
			return
		}
	}
	for i := range max(len(a), len(b)) {
		var x, y any
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		d.value(path+"["+strconv.Itoa(i)+"]", x, y)
	}
}

func plain(list []any) bool {
	for _, e := range list {
		switch e.(type) {
		case Dict, []any:
			return false
		}
	}
	return true
}

// show is a value as a comparison page shows it; data by length and the start of its hash.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		sum := sha256.Sum256(v)
		return strconv.Itoa(len(v)) + " B · " + hex.EncodeToString(sum[:4])
	case time.Time:
		return v.Format(dateLayout)
	case float64:
		return trim(v)
	case Dict:
		return "{}"
	case []any:
		return "[]"
	}
	return fmt.Sprint(v)
}

// secretWords mark the keys whose values are never shown. Unknown payloads use the same words, so a word anywhere in a
// path is enough; showing too little is the safe mistake.
var secretWords = []string{"challenge", "credential", "passcode", "passphrase", "password", "privatekey", "secret", "token", "authorization", "apikey"}

func secretPath(path string) bool {
	path = strings.ToLower(path)
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(path, w) })
}
