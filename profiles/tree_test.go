package profiles

import (
	"bytes"
	"math"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/micromdm/plist"
	"pgregory.net/rapid"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := dicts(3).Draw(t, "tree")
		b, err := Encode(tree)
		if err != nil {
			t.Fatal(err)
		}
		v, err := readXML(b)
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if !bytes.Equal(Canonical(v.(Dict)), Canonical(tree)) {
			t.Fatalf("the tree changed:\n%s", cmp.Diff(tree, v))
		}
	})
}

// foreignXML writes a tree the way another program might: keys in any order, other white space, CDATA, references.
func foreignXML(b *strings.Builder, v any, r *rand.Rand) {
	space := func() { b.WriteString([]string{"", "\n", "\r\n  ", "\t", "<!-- <key>no</key> -->"}[r.Intn(5)]) }
	space()
	switch v := v.(type) {
	case Dict:
		b.WriteString("<dict>")
		keys := v.sortedKeys()
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		for _, k := range keys {
			space()
			b.WriteString("<key>" + escape(k) + "</key>")
			foreignXML(b, v[k], r)
		}
		space()
		b.WriteString("</dict>")
	case []any:
		b.WriteString("<array>")
		for _, e := range v {
			foreignXML(b, e, r)
		}
		b.WriteString("</array>")
	case string:
		if r.Intn(2) == 0 && !strings.Contains(v, "]]>") && !strings.Contains(v, "\r") {
			b.WriteString("<string><![CDATA[" + v + "]]></string>")
			return
		}
		b.WriteString("<string>" + escape(v) + "</string>")
	case bool:
		if v {
			b.WriteString("<true></true>")
		} else {
			b.WriteString("<false />")
		}
	default:
		var one bytes.Buffer
		if err := writeXML(&one, v, r.Intn(3)); err != nil {
			panic(err)
		}
		b.Write(one.Bytes())
	}
	space()
}

func TestFormattingDoesNotChangeTheHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := dicts(3).Draw(t, "tree")
		var b strings.Builder
		b.WriteString("<?xml version='1.0'?><plist>")
		foreignXML(&b, tree, rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))))
		b.WriteString("</plist>")
		v, err := readList([]byte(b.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if Hash(v.(Dict)) != Hash(tree) {
			t.Fatalf("the hash changed:\n%s", cmp.Diff(tree, v))
		}
	})
}

func TestEveryChangeOfAValueChangesTheHash(t *testing.T) {
	when := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	different := []any{true, false, int64(0), int64(1), int64(-1), uint64(math.MaxUint64), 0.0, 1.0, 1.5, "", "1", "true", "a", "a\x00",
		[]byte{}, []byte("a"), when, when.Add(time.Second), []any{}, []any{int64(1)}, []any{"a", "b"}, []any{"b", "a"}, []any{"ab"},
		[]any{[]any{"a"}, "b"}, Dict{}, Dict{"a": "b"}, Dict{"a": Dict{"b": "c"}}, Dict{"a": "b", "c": "d"}, Dict{"ab": "c"}}
	seen := map[string]any{}
	for _, v := range different {
		h := Hash(Dict{"k": v})
		if other, twice := seen[h]; twice {
			t.Errorf("%#v and %#v have one hash", v, other)
		}
		seen[h] = v
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := dicts(2).Draw(t, "a"), dicts(2).Draw(t, "b")
		if equal := cmp.Equal(a, b); equal != (Hash(a) == Hash(b)) {
			t.Fatalf("equal trees: %v, equal hashes: %v\n%s", equal, !equal, cmp.Diff(a, b))
		}
	})
}

// TestOtherReaders lets two programs nobody here wrote read our XML, and reads the binary list one of them makes of it.
func TestOtherReaders(t *testing.T) {
	tree := profile(wifiPayload(Dict{"Note": "a<b>&\"c\" $HOME 𝄞 ä", "Line": "one\ntwo", "Blank": "  x ", "Empty": "", "Yes": true, "No": false}),
		payload("org.example.unknown", "x", Dict{"Int": int64(-5), "Big": uint64(1 << 63), "Real": 1.5, "Small": 1e-9, "When": time.Date(2026, 8, 1, 7, 0, 0, 0, time.UTC),
			"Raw": bytes.Repeat([]byte{0, 1, 2, 250}, 100), "None": Dict{}, "List": []any{[]any{}, Dict{"a": int64(1 << 40)}}}))
	body := encode(t, tree)

	bin := run(t, "libplist-utils", body, "plistutil", "-i", "-", "-o", "-", "-f", "bin")
	if !bytes.HasPrefix(bin, []byte(binaryMagic)) {
		t.Fatal("plistutil made no binary list")
	}
	if diff := cmp.Diff(tree, treeOf(t, bin)); diff != "" {
		t.Errorf("plistutil read something else, or we read its binary list wrongly:\n%s", diff)
	}
	xml := run(t, "libplist-utils", bin, "plistutil", "-i", "-", "-o", "-", "-f", "xml")
	if diff := cmp.Diff(tree, treeOf(t, xml)); diff != "" {
		t.Errorf("plistutil wrote XML we read wrongly:\n%s", diff)
	}
	fromXML, errX := Parse(body)
	fromBinary, errB := Parse(bin)
	if errX != nil || errB != nil || fromXML.Hash != fromBinary.Hash || !bytes.Equal(fromXML.Body, fromBinary.Body) {
		t.Errorf("XML and binary are two contents: %v %v", errX, errB)
	}

	var got struct {
		PayloadContent []map[string]any
	}
	if err := plist.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range tree["PayloadContent"].([]any)[0].(Dict) {
		if s, ok := want.(string); ok && got.PayloadContent[0][key] != s {
			t.Errorf("%s: another library reads %q, not %q", key, got.PayloadContent[0][key], s)
		}
	}
}

func TestStringsXMLCannotCarryAreRefused(t *testing.T) {
	for _, s := range []string{"\x00", "a\x1bb", "\xff", "\ufffe", "\x0b"} {
		if _, err := Encode(Dict{"k": s}); codeOf(t, err) != "profile.bad_character" {
			t.Errorf("value %q: %v", s, err)
		}
		if _, err := Encode(Dict{s: "v"}); codeOf(t, err) != "profile.bad_character" {
			t.Errorf("key %q: %v", s, err)
		}
	}
}
