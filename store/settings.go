package store

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"

	"ranzen/store/school"
)

// Settings of an authority are merged field by field, so that two people who change different things at once both get
// what they want. A field is what the noun calls one, at whatever depth; a list is one field.

// settings is what ChangeAuthority writes.
type settings struct {
	Name, Contact, Modules string
	Policy                 school.Policy
}

func settingsOf(a school.Authority) settings {
	return settings{strings.TrimSpace(a.Name), a.Contact, joinModules(a.Modules), a.Policy}
}

// mergeSettings puts on top of is what differs between was and want. What was changed meanwhile to something else is
// refused, each field by the name forms and calls have for it.
func mergeSettings(was, want, is school.Authority) (school.Authority, error) {
	before, after, out := map[string]any{}, map[string]any{}, map[string]any{}
	for to, a := range map[*map[string]any]school.Authority{&before: was, &after: want, &out: is} {
		var tree map[string]any
		if err := json.Unmarshal([]byte(toJSON(settingsOf(a))), &tree); err != nil {
			return is, err
		}
		flatten("", tree, *to)
	}
	var clashes []error
	fields := maps.Clone(before) // a zero may be left out on either side
	maps.Copy(fields, after)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		now, mine := toJSON(out[field]), toJSON(after[field])
		switch {
		case toJSON(before[field]) == mine || now == mine:
		case now != toJSON(before[field]):
			clashes = append(clashes, &school.Error{Kind: school.Conflict, Code: "changed_meanwhile", Field: formName(field)})
		default:
			out[field] = after[field]
		}
	}
	if len(clashes) > 0 {
		return is, errors.Join(clashes...)
	}
	var merged settings
	if err := json.Unmarshal([]byte(toJSON(unflatten(out))), &merged); err != nil {
		return is, err
	}
	is.Name, is.Contact, is.Policy, is.Modules = merged.Name, merged.Contact, merged.Policy, nil
	for _, m := range strings.Split(merged.Modules, ",") {
		is.Modules = append(is.Modules, school.Module(m))
	}
	return is, nil
}

// flatten names every field by the way to it.
func flatten(at string, v any, out map[string]any) {
	tree, ok := v.(map[string]any)
	if !ok {
		out[at] = v
		return
	}
	for name, x := range tree {
		flatten(strings.TrimPrefix(at+"."+name, "."), x, out)
	}
}

func unflatten(fields map[string]any) map[string]any {
	out := map[string]any{}
	for at, v := range fields {
		if v == nil {
			continue
		}
		tree, way := out, strings.Split(at, ".")
		for _, name := range way[:len(way)-1] {
			if _, there := tree[name]; !there {
				tree[name] = map[string]any{}
			}
			tree = tree[name].(map[string]any)
		}
		tree[way[len(way)-1]] = v
	}
	return out
}

// formName is the last part of the way to a field as forms and calls write it: MinimumOS is minimum_os.
func formName(at string) string {
	name := at[strings.LastIndexByte(at, '.')+1:]
	var b strings.Builder
	upper := true
	for i, r := range name {
		if unicode.IsUpper(r) && !upper && i > 0 {
			b.WriteByte('_')
		}
		upper = unicode.IsUpper(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
