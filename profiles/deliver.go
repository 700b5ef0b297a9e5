package profiles

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Deliver writes the unsigned XML profile as it goes to the device. identifier is the identity of the profile there,
// name what the device shows (empty: the template's own), hash the content hash of the item: the top-level PayloadUUID
// follows from it, so that a ProfileList tells which content a device has.
func Deliver(f Filled, identifier, name, hash string) ([]byte, error) {
	tree, err := f.read()
	if err != nil {
		return nil, fmt.Errorf("deliver profile %s: %w", identifier, err)
	}
	tree = clone(tree).(Dict)
	moveIdentifiers(tree, identifier)
	tree = renewUUIDs(tree, identifier)
	tree["PayloadIdentifier"] = identifier
	tree["PayloadUUID"] = DeliveredUUID(hash)
	if name != "" {
		tree["PayloadDisplayName"] = name
	}
	out, err := Encode(tree)
	if err != nil {
		return nil, fmt.Errorf("deliver profile %s: %w", identifier, err)
	}
	return out, nil
}

// DeliveredUUID is the top-level PayloadUUID of a profile delivered with that content hash, as ProfileList reports it.
func DeliveredUUID(hash string) string { return deriveUUID("profile", hash) }

// deriveUUID makes a UUID from what it stands for (RFC 9562, version 8: SHA-256 instead of the SHA-1 of version 5),
// in capitals as Apple writes them.
func deriveUUID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	s := strings.ToUpper(hex.EncodeToString(b))
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// moveIdentifiers puts the delivered identifier in place of the template's own where a payload identifier begins with it.
func moveIdentifiers(tree Dict, identifier string) {
	own := tree.text("PayloadIdentifier")
	for _, p := range payloadsOf(tree) {
		if rest, ok := strings.CutPrefix(p.text("PayloadIdentifier"), own+"."); ok && own != "" {
			p["PayloadIdentifier"] = identifier + "." + rest
		}
	}
}

var uuidForm = regexp.MustCompile(`^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$`)

// reference reports whether a string value is meant as the PayloadUUID it equals. A UUID is wherever it stands; other
// strings, which some tools use as one, only under a key that says so.
func reference(key, value string) bool {
	return uuidForm.MatchString(value) || strings.Contains(key, "UUID")
}

// renewUUIDs derives every payload's UUID from the profile's identifier, the payload's identifier and its content, and
// rewrites references to it. References count by what they point to, through any number of steps: who refers to a
// changed certificate is changed too. The old UUIDs have no influence.
func renewUUIDs(tree Dict, identifier string) Dict {
	payloads := payloadsOf(tree)
	owner := map[string]int{}
	for i, p := range payloads {
		if _, taken := owner[p.text("PayloadUUID")]; !taken {
			owner[p.text("PayloadUUID")] = i
		}
	}
	refs := make([][]int, len(payloads))
	content := make([]string, len(payloads))
	for i, p := range payloads {
		plain, _ := mapStrings(p, "", func(key, s string) (string, error) {
			if j, ok := owner[s]; ok && reference(key, s) {
				if j != i && !slices.Contains(refs[i], j) {
					refs[i] = append(refs[i], j)
				}
				return "payload " + payloads[j].text("PayloadIdentifier"), nil
			}
			return s, nil
		})
		delete(plain.(Dict), "PayloadUUID")
		content[i] = Hash(plain.(Dict))
	}
	fresh := make([]string, len(payloads))
	for i, p := range payloads {
		parts := []string{"payload", identifier, p.text("PayloadIdentifier"), content[i]}
		for _, j := range reachable(refs, i) {
			parts = append(parts, content[j])
		}
		fresh[i] = deriveUUID(parts...)
	}
	out, _ := mapStrings(tree, "", func(key, s string) (string, error) {
		if j, ok := owner[s]; ok && reference(key, s) {
			return fresh[j], nil
		}
		return s, nil
	})
	for i, p := range payloadsOf(out.(Dict)) {
		p["PayloadUUID"] = fresh[i]
	}
	return out.(Dict)
}

// reachable lists the payloads one refers to, directly or not, in ascending order; circles end by themselves.
func reachable(refs [][]int, from int) []int {
	seen := map[int]bool{from: true}
	todo := slices.Clone(refs[from])
	var out []int
	for len(todo) > 0 {
		i := todo[0]
		todo = todo[1:]
		if !seen[i] {
			seen[i] = true
			out = append(out, i)
			todo = append(todo, refs[i]...)
		}
	}
	slices.Sort(out)
	return out
}
