package api

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"ranzen/store/school"
	"ranzen/ui/web"
)

func TestEveryRouteStandsInTheContractAndTheReverse(t *testing.T) {
	c := readContract(t)
	r := mux.NewRouter()
	(&API{}).Routes(r)
	walked := map[string]bool{}
	err := r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := route.GetMethods()
		if err != nil { // the subrouter itself
			return nil
		}
		for _, m := range methods {
			if path = strings.TrimPrefix(path, Prefix); m != http.MethodHead && path != "/openapi.json" {
				walked[m+" "+path] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	for path, ops := range c.root("paths").(map[string]any) {
		for method := range ops.(map[string]any) {
			written[strings.ToUpper(method)+" "+path] = true
		}
	}
	for _, x := range []struct {
		a, b map[string]bool
		what string
	}{{walked, written, "is not in openapi.json"}, {written, walked, "is in openapi.json and nowhere else"}} {
		for one := range x.a {
			if !x.b[one] {
				t.Error(one, x.what)
			}
		}
	}
	if len(walked) != len(routes) {
		t.Errorf("%d routes, %d in the table", len(walked), len(routes))
	}
}

func TestTheContractSaysOfEveryCallWhatTheTableSays(t *testing.T) {
	c := readContract(t)
	ids := map[any]bool{}
	for _, rt := range routes {
		op, _ := c.root("paths", rt.path, strings.ToLower(rt.method)).(map[string]any)
		if op["operationId"] != rt.name || ids[op["operationId"]] {
			t.Errorf("%s is called %v", rt.name, op["operationId"])
		}
		ids[op["operationId"]] = true

		var query, path []string
		var key bool
		for _, p := range op["parameters"].([]any) {
			p := c.follow(p).(map[string]any)
			switch name := p["name"].(string); p["in"] {
			case "query":
				query = append(query, name)
			case "path":
				path = append(path, "{"+name+"}")
			case "header":
				key = key || name == "Idempotency-Key"
			}
		}
		want := slices.Clone(rt.params)
		sort.Strings(want)
		sort.Strings(query)
		if !slices.Equal(query, want) {
			t.Errorf("%s: parameters %v, the table has %v", rt.name, query, want)
		}
		for _, p := range path {
			if !strings.Contains(rt.path, p) {
				t.Errorf("%s: no %s in the path", rt.name, p)
			}
		}
		if n := strings.Count(rt.path, "{"); n != len(path) {
			t.Errorf("%s: %d of %d path parameters", rt.name, len(path), n)
		}
		if writes := rt.method != http.MethodGet && !rt.above; key != writes {
			t.Errorf("%s: Idempotency-Key %v", rt.name, key)
		}

		var takes []string
		body, _ := op["requestBody"].(map[string]any)
		for kind := range mapOf(body["content"]) {
			takes = append(takes, kind)
		}
		sort.Strings(takes)
		if !slices.Equal(takes, slices.Sorted(slices.Values(rt.takes))) {
			t.Errorf("%s: takes %v, the table has %v", rt.name, takes, rt.takes)
		}

		verbs := []string{}
		for _, v := range rt.verbs {
			verbs = append(verbs, string(v))
		}
		if said := fmt.Sprint(op["x-verbs"]); len(verbs) > 0 && said != fmt.Sprint(verbs) {
			t.Errorf("%s: x-verbs %v, the table has %v", rt.name, said, verbs)
		}
		for _, v := range rt.verbs {
			if _, ok := web.Args("verb." + string(v)); !ok {
				t.Errorf("%s: no verb %s", rt.name, v)
			}
		}
	}
}

func mapOf(v any) map[string]any { m, _ := v.(map[string]any); return m }

func TestEveryCodeOfTheContractExists(t *testing.T) {
	c := readContract(t)
	// Refusals of files and forms are package profiles' own.
	files, err := filepath.Glob("../../profiles/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no profiles", err)
	}
	var source strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(b)
	}
	written := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			codes, _ := v["x-codes"].([]any)
			for _, x := range codes {
				code := x.(string)
				written[code] = true
				_, rule := web.Args("error." + code)
				_, own := web.Args("api." + code)
				if !rule && !own && !strings.Contains(source.String(), `"`+code+`"`) {
					t.Errorf("there is no code %s", code)
				}
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(map[string]any(c))
	if len(written) < 100 {
		t.Errorf("only %d codes", len(written))
	}
	for _, key := range web.Keys() {
		code, own := strings.CutPrefix(key, "api.")
		if own && !strings.HasPrefix(code, "title.") && !written[code] && code != "method" { // 405 belongs to no call
			t.Errorf("%s stands nowhere in the contract", code)
		}
	}
}

func TestExamplesHoldAgainstTheirSchemas(t *testing.T) {
	c := readContract(t)
	n := 0
	var walk func(v any, path string)
	walk = func(v any, path string) {
		switch v := v.(type) {
		case []any:
			for i, x := range v {
				walk(x, fmt.Sprintf("%s[%d]", path, i))
			}
		case map[string]any:
			if ref, ok := v["$ref"]; ok && c.follow(v) == nil {
				t.Errorf("%s leads nowhere", ref)
			}
			if example, ok := v["example"]; ok {
				n++
				for _, fault := range c.check(v["schema"], example, path) {
					t.Error(fault)
				}
			}
			for name, x := range v {
				if name != "example" {
					walk(x, path+"/"+name)
				}
			}
		}
	}
	walk(map[string]any(c), "")
	for path, ops := range c.root("paths").(map[string]any) {
		for method, op := range ops.(map[string]any) {
			bodies := []any{mapOf(mapOf(op)["requestBody"])["content"]}
			for status, r := range mapOf(mapOf(op)["responses"]) {
				if status < "300" {
					bodies = append(bodies, mapOf(r)["content"])
				}
			}
			for _, b := range bodies {
				if j := mapOf(mapOf(b)[typeJSON]); len(j) > 0 && j["example"] == nil {
					t.Errorf("%s %s: a body without an example", method, path)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d examples", n)
	}
}

func TestEverySchemaIsUsed(t *testing.T) {
	c := readContract(t)
	for name := range c.root("components", "schemas").(map[string]any) {
		if !strings.Contains(string(openapi), `"#/components/schemas/`+name+`"`) {
			t.Errorf("nothing is a %s", name)
		}
	}
}

func TestTheContractIsServedToEverybody(t *testing.T) {
	w := newWorld(t, "sqlite")
	a := w.do(request{method: "GET", path: "/openapi.json"})
	if a.status != 200 || a.get("openapi") != "3.1.0" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/vnd.oai.openapi+json") {
		t.Fatalf("%d %v", a.status, a.header)
	}
}

func TestSentencesStandInTheCatalogue(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503} {
		if _, ok := web.Args(fmt.Sprintf("api.title.%d", status)); !ok {
			t.Errorf("no title for %d", status)
		}
	}
	for _, k := range []school.Kind{school.NotFound, school.Denied, school.Invalid, school.Conflict} {
		if _, ok := web.Args(fmt.Sprintf("api.title.%d", web.KindStatus(k))); !ok {
			t.Errorf("no title for %s", k)
		}
	}
}
