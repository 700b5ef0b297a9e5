package school

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ProviderID names an identity provider.
type ProviderID string

// Provider is an OpenID provider by which people of an authority, or of one of its schools, sign in. It says who somebody
// is; what that person may do here follows from Rules, and from nothing the provider could make up beyond them.
type Provider struct {
	ID        ProviderID
	Authority AuthorityID
	School    SchoolID // empty: of the whole authority
	Name      string
	Issuer    string
	ClientID  string
	Scopes    string // beside openid, blank separated
	Rules     []ClaimRule
	Enabled   bool
}

// ClaimRule gives a role to whose token names a value in a claim. A rule without a role says that the value is known and
// gives nothing. A rule for a school role without a school means the provider's own.
type ClaimRule struct {
	Claim  string   `json:"claim"`
	Value  string   `json:"value"`
	Role   Role     `json:"role,omitempty"`
	School SchoolID `json:"school,omitempty"`
}

// Claims are what a token says of groups and roles: by claim, and for each entry all the words by which the provider
// names it. Some providers send lists of texts, some lists of objects, some maps.
type Claims map[string][][]string

// How much of a token is looked at: more is refused, because nobody is in that many groups.
const (
	maxClaimEntries = 2000
	maxClaimWord    = 200
)

// ReadClaims takes the named claims out of the JSON of a token, in whichever form they come: a text, a list of texts or
// objects, a map of objects or texts by id. What is no group or role by any reading is passed over.
func ReadClaims(raw []byte, names ...string) (Claims, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, fmt.Errorf("claims are no JSON object: %w", err)
	}
	out := Claims{}
	n := 0
	for _, name := range names {
		value, there := all[name]
		if _, read := out[name]; !there || read {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(value))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("claim: %w", err)
		}
		entries := claimEntries(v)
		if n += len(entries); n > maxClaimEntries {
			return nil, fmt.Errorf("the claims have more than %d entries", maxClaimEntries)
		}
		out[name] = entries
	}
	return out, nil
}

func claimEntries(v any) (out [][]string) {
	add := func(words ...string) {
		words = slices.DeleteFunc(words, func(w string) bool { return w == "" || len(w) > maxClaimWord })
		if len(words) > 0 {
			out = append(out, words)
		}
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if object, ok := x.(map[string]any); ok {
				add(claimWords(object)...)
			} else {
				add(claimWord(x))
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			switch x := v[key].(type) {
			case map[string]any:
				if words := claimWords(x); len(words) > 0 { // the key is its number or repeats its id
					add(words...)
				} else {
					add(strings.TrimSpace(key))
				}
			case bool: // "teacher": true
				if x {
					add(strings.TrimSpace(key))
				}
			default:
				add(claimWord(x))
			}
		}
	default:
		add(claimWord(v))
	}
	return out
}

// claimWords are the names an entry has: its id, its account name, what people call it.
func claimWords(object map[string]any) (words []string) {
	for _, name := range []string{"id", "act", "name", "displayName", "value"} {
		if w := claimWord(object[name]); w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

func claimWord(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	}
	return ""
}

// Mapped is what a token gives at a provider.
type Mapped struct {
	Grants []Grant     // each once
	Used   []ClaimRule // the rules that met something
	Left   Claims      // what no rule speaks of
}

// Map applies the rules to claims. Values are compared letter by letter.
func (p Provider) Map(c Claims) Mapped {
	m := Mapped{Left: Claims{}}
	for _, claim := range slices.Sorted(maps.Keys(c)) {
		for _, words := range c[claim] {
			met := false
			for _, r := range p.Rules {
				if r.Claim != claim || !slices.Contains(words, r.Value) {
					continue
				}
				met = true
				if !slices.Contains(m.Used, r) {
					m.Used = append(m.Used, r)
				}
				if g, ok := p.Gives(r); ok && !slices.Contains(m.Grants, g) {
					m.Grants = append(m.Grants, g)
				}
			}
			if !met {
				m.Left[claim] = append(m.Left[claim], words)
			}
		}
	}
	return m
}

// Gives is the role a rule gives, or none.
func (p Provider) Gives(r ClaimRule) (Grant, bool) {
	if r.Role == "" {
		return Grant{}, false
	}
	g := Grant{Role: r.Role, Authority: p.Authority, School: r.School}
	if g.School == "" && g.Role.Stands(p.School) {
		g.School = p.School
	}
	return g, true
}

// ClaimNames are the claims a provider's tokens are read for: those of the rules, and where providers usually say it.
func (p Provider) ClaimNames() []string {
	names := []string{"roles", "groups"}
	for _, r := range p.Rules {
		if !slices.Contains(names, r.Claim) {
			names = append(names, r.Claim)
		}
	}
	return names
}
