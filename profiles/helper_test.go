package profiles

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ranzen/store/school"
)

// codeOf returns the code of a refusal, or "" for success.
func codeOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *school.Error
	if !errors.As(err, &e) || e.Kind != school.Invalid {
		t.Fatalf("not a refusal: %v", err)
	}
	return e.Code
}

// profile builds a tree around payloads; keys of extra override the frame.
func profile(payloads ...Dict) Dict {
	list := make([]any, len(payloads))
	for i, p := range payloads {
		list[i] = p
	}
	return Dict{"PayloadType": "Configuration", "PayloadVersion": int64(1), "PayloadIdentifier": "de.example.test",
		"PayloadUUID": "11111111-1111-4111-8111-111111111111", "PayloadDisplayName": "Test", "PayloadContent": list}
}

func payload(kind, part string, keys Dict) Dict {
	d := Dict{"PayloadType": kind, "PayloadVersion": int64(1), "PayloadIdentifier": "de.example.test." + part,
		"PayloadUUID": deriveUUID("test", kind, part)}
	for k, v := range keys {
		d[k] = v
	}
	return d
}

func wifiPayload(keys Dict) Dict {
	d := payload(typeWiFi, "wifi", Dict{"SSID_STR": "Schule", "EncryptionType": "WPA2", "Password": "correct horse"})
	for k, v := range keys {
		d[k] = v
	}
	return d
}

func encode(t testing.TB, tree Dict) []byte {
	t.Helper()
	b, err := Encode(tree)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse(t testing.TB, tree Dict) school.Content {
	t.Helper()
	c, err := Parse(encode(t, tree))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func treeOf(t testing.TB, data []byte) Dict {
	t.Helper()
	tree, _, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// run calls a program of the test machine; pkg is the Debian package that brings it.
func run(t testing.TB, pkg string, in []byte, name string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed; it comes with the Debian package %s", name, pkg)
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin = bytes.NewReader(in)
	var out, trouble bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &trouble
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, trouble.String())
	}
	return out.Bytes()
}

// texts draws strings a property list can carry, with the characters that break careless writers.
func texts() *rapid.Generator[string] {
	return rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune("<>&'\"$ \t\r\n{}]äß€𝄞\u2028\ufffd\u200d")), rapid.Rune()).
		Filter(func(r rune) bool { return legal(string(r)) }))
}

func values(depth int) *rapid.Generator[any] {
	plain := []*rapid.Generator[any]{
		rapid.Bool().AsAny(), rapid.Int64().AsAny(), texts().AsAny(), rapid.SliceOfN(rapid.Byte(), 0, 40).AsAny(),
		rapid.Map(rapid.Float64(), func(f float64) any { return f + 0 }), // no negative zero: Go calls it equal to zero
		rapid.Custom(func(t *rapid.T) any { return rapid.Uint64Min(1<<63).Draw(t, "big") }),
		rapid.Custom(func(t *rapid.T) any {
			return time.Unix(rapid.Int64Range(-2_000_000_000, 5_000_000_000).Draw(t, "unix"), 0).UTC()
		}),
	}
	if depth > 0 {
		plain = append(plain, rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return values(depth - 1) }), 0, 4).AsAny(), dicts(depth-1).AsAny())
	}
	return rapid.OneOf(plain...)
}

func dicts(depth int) *rapid.Generator[Dict] {
	return rapid.Custom(func(t *rapid.T) Dict {
		m := rapid.MapOfN(texts(), rapid.Deferred(func() *rapid.Generator[any] { return values(depth) }), 0, 5).Draw(t, "dict")
		return Dict(m)
	})
}
