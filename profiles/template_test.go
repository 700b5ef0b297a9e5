package profiles

import (
	"fmt"
	"testing"

	"ranzen/store/school"
)

// What is remembered of a template is the template, however many there are, and filling leaves it as it was.
func TestTemplatesAreRememberedAndForgotten(t *testing.T) {
	var cache templateCache
	content := func(i int) school.Content {
		tree := Dict{"PayloadType": "Configuration", "PayloadIdentifier": "a", "PayloadUUID": "6F1D0C52-0B0E-4D8E-9A55-7A3E0F3C1A01", "PayloadVersion": int64(1),
			"PayloadContent": []any{Dict{"PayloadType": "com.apple.webClip.managed", "PayloadVersion": int64(1), "PayloadIdentifier": "b",
				"PayloadUUID": "6F1D0C52-0B0E-4D8E-9A55-7A3E0F3C1A02", "Label": fmt.Sprintf("{{school.name}} %d", i), "URL": "https://www.example/"}}}
		b, err := Encode(tree)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := content(0)
	for i := range 2*maxTemplates + 10 {
		c := content(i)
		tree, err := cache.tree(c)
		if err != nil || Hash(tree) != c.Hash {
			t.Fatalf("template %d is remembered as another: %v", i, err)
		}
		if _, err := cache.tree(first); err != nil {
			t.Fatal(err)
		}
		if n := len(cache.young) + len(cache.old); n > 2*maxTemplates {
			t.Fatalf("%d templates are remembered", n)
		}
	}
	if _, ok := cache.young[first.Hash]; !ok {
		t.Error("what is asked for all the time was forgotten")
	}
	a, err := Fill(first, map[string]string{"school.name": "Nord"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Fill(first, map[string]string{"school.name": "West"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Fill(first, map[string]string{"school.name": "Nord"})
	if err != nil || a.Hash == b.Hash || a.Hash != again.Hash {
		t.Errorf("filling changed the template: %s %s %s %v", a.Hash, b.Hash, again.Hash, err)
	}
}
