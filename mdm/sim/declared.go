package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// What declarations do once they are there: which are valid, which activations hold, which profiles come and go.

const (
	typeLegacy       = "com.apple.configuration.legacy"
	typeSubscription = "com.apple.configuration.management.status-subscriptions"
	typeProperties   = "com.apple.management.properties"
	typeUpdate       = "com.apple.configuration.softwareupdate.enforcement.specific"
	typeApp          = "com.apple.configuration.app.managed"
	fetchTries       = 3
	valid            = "valid"
	invalid          = "invalid"
)

// apply brings the declarations into force: validate, fetch the profiles of what is to be active, install, and only then remove
// what nobody wants any more. The other way round a network would be missing in between.
func (i *IPad) apply(ctx context.Context) bool {
	d, life := &i.s.DDM, i.s.Life
	d.Unfinished = false
	for _, c := range d.Declarations {
		c.Failed = ""
	}
	i.judge()
	ready := make(map[*declaration][]byte)
	for _, c := range slices.Clone(d.Declarations) {
		if !c.Active || c.Type != typeLegacy || c.Applied == c.ServerToken {
			continue
		}
		body, err := i.fetchDeclared(ctx, c)
		if i.s.Life != life {
			return false
		}
		if err != nil {
			i.unfinished(c, err)
			continue
		}
		ready[c] = body
	}
	i.judge() // an activation is all or nothing: what could not be fetched takes its companions along
	for _, c := range slices.Clone(d.Declarations) {
		body, here := ready[c]
		if !here || !c.Active {
			continue
		}
		p, err := i.installProfile(ctx, body, c.Identifier)
		if i.s.Life != life {
			return false
		}
		if err != nil {
			i.unfinished(c, err)
			continue
		}
		c.Applied, c.ProfileID, c.Gone = c.ServerToken, p.Identifier, false
	}
	i.judge()
	i.dropUndeclared()
	i.declareApps()
	i.subscribe()
	i.update()
	d.StatusDue = true
	return true
}

func (i *IPad) unfinished(c *declaration, err error) {
	c.Applied, c.Failed = "", err.Error()
	i.s.DDM.Unfinished = true
	i.fleet.plan(i, dueSync, finishPause+i.dice.upTo(finishPause))
}

// dropUndeclared removes profiles whose declaration is gone, inactive, or has come to mean another profile.
func (i *IPad) dropUndeclared() {
	for _, p := range slices.Clone(i.s.Profiles) {
		if p.Owner == ownerMDM || p.Owner == ownerUser {
			continue
		}
		c := find(i.s.DDM.Declarations, "configuration", p.Owner)
		// While something is still to be fetched nothing goes that is declared: an update that failed keeps the old version, and
		// its companions keep theirs.
		if keeps := c != nil && c.ProfileID == p.Identifier && (c.Active || i.s.DDM.Unfinished); !keeps {
			i.drop(p.Identifier, "declaration")
			if c != nil && c.ProfileID == p.Identifier {
				c.Applied, c.ProfileID = "", ""
			}
		}
	}
}

// fetchDeclared gets the profile behind a legacy configuration, with the identity in the request if the iPad signs its GETs.
func (i *IPad) fetchDeclared(ctx context.Context, c *declaration) ([]byte, error) {
	var payload struct{ ProfileURL string }
	if err := json.Unmarshal(c.Payload, &payload); err != nil || payload.ProfileURL == "" {
		return nil, fmt.Errorf("sim: the configuration names no ProfileURL")
	}
	var req *http.Request
	var err error
	if i.spec.SignsGET {
		req, err = i.signed(http.MethodGet, payload.ProfileURL, "", nil)
	} else {
		req, err = http.NewRequest(http.MethodGet, payload.ProfileURL, nil)
	}
	if err != nil {
		return nil, err
	}
	answer, err := i.wire(ctx, req)
	for tries := 1; err != nil && tries < fetchTries && ctx.Err() == nil; tries++ {
		answer, err = i.wire(ctx, req)
	}
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(answer.header.Get("Content-Type"))
	switch {
	case answer.status != http.StatusOK:
		return nil, fmt.Errorf("sim: the profile URL answered %d", answer.status)
	case kind != "application/x-apple-aspen-config":
		return nil, fmt.Errorf("sim: the profile came as %q", kind)
	}
	return answer.body, nil
}

// judge computes validity and activity of every declaration from the declarations and from what failed in the last attempt.
func (i *IPad) judge() {
	d := &i.s.DDM
	d.Properties = nil
	for _, c := range d.Declarations {
		c.Active = false
		c.Valid, c.Reasons = i.validity(c)
		if c.Kind == "management" && c.Valid == valid {
			c.Active = true
			if c.Type == typeProperties {
				var properties map[string]any
				if json.Unmarshal(c.Payload, &properties) == nil {
					if d.Properties == nil {
						d.Properties = make(map[string]any)
					}
					maps.Copy(d.Properties, properties)
				}
			}
		}
	}
	referenced := make(map[string]bool)
	for _, a := range d.Declarations {
		if a.Kind == "activation" && a.Valid == valid {
			i.activate(a, referenced)
		}
	}
	assets := make(map[string]bool)
	for _, c := range d.Declarations {
		if c.Kind != "configuration" {
			continue
		}
		if c.Active {
			for _, ref := range assetReferences(c.Payload) {
				assets[ref] = true
			}
		} else if !referenced[c.Identifier] && c.Valid == valid {
			c.Reasons = append(c.Reasons, declarationReason{Code: "Info.NotReferencedByActivation"})
		}
	}
	for _, a := range d.Declarations {
		if a.Kind != "asset" || a.Valid != valid {
			continue
		}
		if a.Active = assets[a.Identifier]; !a.Active {
			a.Reasons = append(a.Reasons, declarationReason{Code: "Info.NotReferencedByConfiguration"})
		}
	}
}

// activate switches the configurations of one activation on, all or none.
func (i *IPad) activate(a *declaration, referenced map[string]bool) {
	d := &i.s.DDM
	var payload struct {
		StandardConfigurations []string
		Predicate              string
	}
	if err := json.Unmarshal(a.Payload, &payload); err != nil {
		a.Valid, a.Reasons = invalid, []declarationReason{{Code: "Error.InvalidPayload", Description: err.Error()}}
		return
	}
	refuse := func(code, about string) {
		a.Valid = invalid
		a.Reasons = append(a.Reasons, declarationReason{Code: code, Details: map[string]string{"Identifier": about}})
	}
	var members []*declaration
	for _, id := range payload.StandardConfigurations {
		referenced[id] = true
		c := find(d.Declarations, "configuration", id)
		switch {
		case c == nil:
			refuse("Error.MissingConfigurations", id)
			continue
		case c.Valid != valid:
			refuse("Error.ConfigurationIsInvalid", id)
			continue
		}
		for _, ref := range assetReferences(c.Payload) {
			if asset := find(d.Declarations, "asset", ref); asset == nil || asset.Valid != valid {
				refuse("Error.MissingAssets", ref)
			}
		}
		members = append(members, c)
	}
	if a.Valid != valid {
		return
	}
	holds, err := i.predicate(payload.Predicate)
	switch {
	case err != nil:
		a.Valid, a.Reasons = invalid, []declarationReason{{Code: "Error.UnableToParsePredicate", Description: err.Error()}}
		return
	case !holds:
		a.Reasons = []declarationReason{{Code: "Info.Predicate"}}
		return
	}
	a.Active = true
	for _, c := range members {
		c.Active = true
	}
}

// validity looks at one document: is its type known to this iPadOS, and its keys.
func (i *IPad) validity(c *declaration) (string, []declarationReason) {
	no := func(code, description string) (string, []declarationReason) {
		return invalid, []declarationReason{{Code: code, Description: description}}
	}
	t, known := declarationTypes[c.Type]
	if !known || olderThan(i.s.OSVersion, t.since) {
		return no("Error.UnknownDeclarationType", c.Type+" is not known to iPadOS "+i.s.OSVersion)
	}
	var payload map[string]json.RawMessage
	if err := json.Unmarshal(c.Payload, &payload); err != nil || payload == nil {
		return no("Error.InvalidPayload", "the payload is no dictionary")
	}
	var unknown []string
	for name := range payload {
		if key, ok := t.keys[name]; !t.open && (!ok || olderThan(i.s.OSVersion, key.since)) {
			unknown = append(unknown, name)
		}
	}
	if unknown != nil {
		slices.Sort(unknown)
		return no("Error.UnknownPayloadKeys", strings.Join(unknown, ", "))
	}
	for name, key := range t.keys {
		if _, there := payload[name]; key.required && !there {
			return no("Error.ConfigurationIsInvalid", name+" is missing")
		}
	}
	switch {
	case c.Failed != "":
		return no("Error.ConfigurationCannotBeApplied", c.Failed)
	case c.Gone:
		return no("Error.ConfigurationCannotBeApplied", "the user removed the profile")
	case c.Type == typeLegacy && len(payload["ProfileURL"]) == 0:
		return no("Error.ConfigurationIsInvalid", "ProfileURL is missing")
	case c.Type == typeUpdate:
		var target struct{ TargetOSVersion string }
		if json.Unmarshal(c.Payload, &target) != nil || !olderThan(i.s.OSVersion, target.TargetOSVersion) {
			return no("Error.ConfigurationCannotBeApplied", "the version is installed already")
		}
	}
	return valid, nil
}

// assetReferences are the values of all keys that end in AssetReference or AssetReferences, at any depth.
func assetReferences(payload json.RawMessage) []string {
	var refs []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for name, e := range v {
				if ref, ok := e.(string); ok && strings.HasSuffix(name, "AssetReference") {
					refs = append(refs, ref)
				}
				if many, ok := e.([]any); ok && strings.HasSuffix(name, "AssetReferences") {
					for _, one := range many {
						if ref, ok := one.(string); ok {
							refs = append(refs, ref)
						}
					}
				}
				walk(e)
			}
		}
	}
	if bytes.Contains(payload, []byte("AssetReference")) {
		var v any
		if json.Unmarshal(payload, &v) == nil {
			walk(v)
		}
	}
	slices.Sort(refs)
	return refs
}

// predicate understands what a school server writes: one comparison of a status item or a property with a literal.
func (i *IPad) predicate(text string) (bool, error) {
	text = strings.TrimSpace(text)
	for strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") && balanced(text[1:len(text)-1]) {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	switch text {
	case "", "TRUEPREDICATE":
		return true, nil
	case "FALSEPREDICATE":
		return false, nil
	}
	for _, op := range []string{"==", "!=", ">=", "<=", ">", "<"} {
		left, right, ok := strings.Cut(text, op)
		if !ok {
			continue
		}
		have, err := i.operand(strings.TrimSpace(left))
		if err != nil {
			return false, err
		}
		want := strings.Trim(strings.TrimSpace(right), `'"`)
		switch op {
		case "==":
			return have == want, nil
		case "!=":
			return have != want, nil
		case ">=":
			return !olderThan(have, want), nil
		case "<=":
			return !olderThan(want, have), nil
		case ">":
			return olderThan(want, have), nil
		default:
			return olderThan(have, want), nil
		}
	}
	return false, fmt.Errorf("sim: the played iPad cannot evaluate %q", text)
}

func balanced(s string) bool {
	depth := 0
	for _, r := range s {
		switch r {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0
}

func (i *IPad) operand(s string) (string, error) {
	if name, ok := strings.CutPrefix(s, "@status("); ok {
		if v, ok := i.statusItem(strings.TrimSuffix(name, ")")); ok {
			return fmt.Sprint(v), nil
		}
		return "", nil
	}
	if name, ok := strings.CutPrefix(s, "@property("); ok {
		if v, ok := i.s.DDM.Properties[strings.TrimSuffix(name, ")")]; ok {
			return fmt.Sprint(v), nil
		}
		return "", nil
	}
	return "", fmt.Errorf("sim: %q is neither a status item nor a property", s)
}

// subscribe unites the subscriptions that are active; a new one makes a full report due.
func (i *IPad) subscribe() {
	d := &i.s.DDM
	wanted := make(map[string]bool)
	for _, c := range d.Declarations {
		if !c.Active || c.Type != typeSubscription {
			continue
		}
		var payload struct{ StatusItems []struct{ Name string } }
		if json.Unmarshal(c.Payload, &payload) == nil {
			for _, item := range payload.StatusItems {
				wanted[item.Name] = true
			}
		}
	}
	names := slices.Sorted(maps.Keys(wanted))
	for _, n := range names {
		if !slices.Contains(d.Subscribed, n) {
			d.FullDue = true
		}
	}
	d.Subscribed = names
}
