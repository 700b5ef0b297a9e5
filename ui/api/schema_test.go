package api

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/ui/web"
)

// contract is openapi.json, read.
type contract map[string]any

func readContract(t testing.TB) contract {
	t.Helper()
	var c contract
	if err := json.Unmarshal(openapi, &c); err != nil {
		t.Fatalf("openapi.json: %v", err)
	}
	return c
}

// at follows names down; a step through a $ref goes where it leads.
func (c contract) at(v any, steps ...string) any {
	v = c.follow(v)
	for _, s := range steps {
		m, _ := v.(map[string]any)
		v = c.follow(m[s])
	}
	return v
}

func (c contract) root(steps ...string) any { return c.at(map[string]any(c), steps...) }

func (c contract) follow(v any) any {
	for {
		m, ok := v.(map[string]any)
		if !ok {
			return v
		}
		ref, ok := m["$ref"].(string)
		if !ok {
			return v
		}
		v = map[string]any(c)
		for _, s := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			m, _ := v.(map[string]any)
			v = m[s]
		}
		if v == nil {
			panic("openapi.json: " + ref + " leads nowhere")
		}
	}
}

// check holds a value against a schema of the contract: as much of JSON Schema as the contract uses, and a word it does
// not know is a fault.
func (c contract) check(schema, v any, path string) (faults []string) {
	m, ok := c.follow(schema).(map[string]any)
	if !ok {
		return []string{path + ": no schema"}
	}
	fault := func(format string, args ...any) { faults = append(faults, path+": "+fmt.Sprintf(format, args...)) }
	for word, want := range m {
		switch word {
		case "description", "default", "minimum", "maximum", "required", "additionalProperties", "minItems", "maxItems", "minLength", "maxLength":
		case "type":
			if !ofType(want, v) {
				fault("%v is no %v", v, want)
			}
		case "enum":
			if v != nil && !slices.Contains(want.([]any), v) {
				fault("%v is none of %v", v, want)
			}
		case "format":
			if s, ok := v.(string); ok && want == "date-time" {
				if at, err := time.Parse(time.RFC3339, s); err != nil || at.Location() != time.UTC {
					fault("%q is no time in UTC", s)
				}
			}
		case "anyOf":
			var all []string
			fits := false
			for _, one := range want.([]any) {
				f := c.check(one, v, path)
				fits = fits || len(f) == 0
				all = append(all, f...)
			}
			if !fits {
				faults = append(faults, all...)
			}
		case "items":
			list, _ := v.([]any)
			for i, x := range list {
				faults = append(faults, c.check(want, x, fmt.Sprintf("%s[%d]", path, i))...)
			}
		case "properties":
			faults = append(faults, c.object(m, v, path)...)
		default:
			fault("the test does not know %q", word)
		}
	}
	return faults
}

func (c contract) object(m map[string]any, v any, path string) (faults []string) {
	o, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	properties := m["properties"].(map[string]any)
	for name, x := range o {
		if p, known := properties[name]; known {
			faults = append(faults, c.check(p, x, path+"."+name)...)
		} else if m["additionalProperties"] == false {
			faults = append(faults, path+"."+name+": is not in the contract")
		}
	}
	required, _ := m["required"].([]any)
	for _, name := range required {
		if _, there := o[name.(string)]; !there {
			faults = append(faults, fmt.Sprintf("%s.%v: is missing", path, name))
		}
	}
	return faults
}

func ofType(want, v any) bool {
	if list, ok := want.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return ofType(one, v) })
	}
	switch x := v.(type) {
	case nil:
		return want == "null"
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && x == math.Trunc(x)
	case []any:
		return want == "array"
	case map[string]any:
		return want == "object"
	}
	return false
}

// holds fails unless an answer is one the contract has for the call.
func (c contract) holds(t testing.TB, rt route, a response) {
	t.Helper()
	said, ok := c.root("paths", rt.path, strings.ToLower(rt.method), "responses", fmt.Sprint(a.status)).(map[string]any)
	if !ok {
		t.Errorf("%s: the contract knows no answer %d\n%s", rt.name, a.status, a.text)
		return
	}
	content, _ := said["content"].(map[string]any)
	kind := a.header.Get("Content-Type")
	if content == nil {
		if a.text != "" || kind != "" {
			t.Errorf("%s: answer %d has a body", rt.name, a.status)
		}
		return
	}
	of, ok := content[kind].(map[string]any)
	if !ok {
		t.Errorf("%s: answer %d is %q", rt.name, a.status, kind)
		return
	}
	if kind == typePDF {
		if !strings.HasPrefix(a.text, "%PDF-1.") {
			t.Errorf("%s: no PDF", rt.name)
		}
		return
	}
	if kind == typeZIP {
		if _, err := zip.NewReader(strings.NewReader(a.text), int64(len(a.text))); err != nil {
			t.Errorf("%s: no ZIP: %v", rt.name, err)
		}
		return
	}
	for _, fault := range c.check(of["schema"], a.json, rt.name) {
		t.Error(fault)
	}
	if codes, ok := said["x-codes"].([]any); ok && !slices.Contains(codes, a.get("code")) {
		t.Errorf("%s: answer %d has the code %v, which the contract does not have: %v", rt.name, a.status, a.get("code"), codes)
	}
	if a.status >= 400 {
		code := fmt.Sprint(a.get("code"))
		_, rule := web.Args("error." + code)
		_, own := web.Args("api." + code)
		if a.get("type") != "urn:ranzen:problem:"+code || a.get("status") != float64(a.status) || (a.get("detail") != nil) != (rule || own) || len(fmt.Sprint(a.get("reference"))) != 11 {
			t.Errorf("%s: no proper problem: %s", rt.name, a.text)
		}
	}
}
