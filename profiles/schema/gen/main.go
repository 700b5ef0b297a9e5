//go:build ignore

// Command gen derives schema.json from a compact table of Apple's device-management schema:
//
//	go run gen/main.go path/to/apple-schema.json
//
// It keeps what an iPad server needs: profile payloads, declarations and status items that exist on iOS and iPadOS, and of
// every key path, type, presence, default, allowed values and the attributes of iOS. Keys and payload types of other
// platforms keep their name only, so that a finding can say "not on the iPad" instead of "unknown".
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"sort"
	"strconv"
)

type table struct {
	Meta struct {
		State string `json:"state"`
	} `json:"meta"`
	Profiles     []object `json:"profiles"`
	Declarations []object `json:"declarations"`
	Status       []object `json:"status"`
}

type object struct {
	ID    string                    `json:"id"`
	Title string                    `json:"title"`
	Apply string                    `json:"apply"`
	OS    map[string]map[string]any `json:"os"`
	Keys  []key                     `json:"keys"`
}

type key struct {
	Path       string                    `json:"p"`
	Type       string                    `json:"t"`
	Items      any                       `json:"items"`
	Required   bool                      `json:"req"`
	Default    any                       `json:"def"`
	Enum       []any                     `json:"enum"`
	Range      []any                     `json:"range"`
	ItemRange  []any                     `json:"itemRange"`
	Repeat     []any                     `json:"rep"`
	Combine    string                    `json:"combine"`
	AssetTypes []string                  `json:"assettypes"`
	OS         map[string]map[string]any `json:"os"`
}

// Written order is the order of these fields.
type outObject struct {
	ID         string   `json:"id"`
	Title      string   `json:"title,omitempty"`
	Introduced string   `json:"in,omitempty"`
	Deprecated string   `json:"dep,omitempty"`
	Removed    string   `json:"rem,omitempty"`
	Supervised bool     `json:"sup,omitempty"`
	Single     bool     `json:"single,omitempty"`
	Apply      string   `json:"apply,omitempty"`
	Keys       []outKey `json:"keys"`
}

type outKey struct {
	Path       string     `json:"p"`
	Type       string     `json:"t,omitempty"`
	Items      string     `json:"items,omitempty"`
	Required   bool       `json:"req,omitempty"`
	Default    any        `json:"def,omitempty"`
	Enum       []any      `json:"enum,omitempty"`
	Range      []*float64 `json:"range,omitempty"`
	ItemRange  []*float64 `json:"itemRange,omitempty"`
	Repeat     []*float64 `json:"rep,omitempty"`
	Combine    string     `json:"combine,omitempty"`
	AssetTypes []string   `json:"assettypes,omitempty"`
	Elsewhere  bool       `json:"no,omitempty"`
	Introduced string     `json:"in,omitempty"`
	Deprecated string     `json:"dep,omitempty"`
	Removed    string     `json:"rem,omitempty"`
	Supervised bool       `json:"sup,omitempty"`
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run gen/main.go path/to/apple-schema.json")
	}
	raw, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var t table
	if err := json.Unmarshal(raw, &t); err != nil {
		log.Fatal(err)
	}
	var b bytes.Buffer
	source := "apple/device-management (MIT licence) and developer.apple.com/documentation/devicemanagement; iOS and iPadOS only"
	fmt.Fprintf(&b, "{\"source\": %q,\n\"state\": %q,\n", source, t.Meta.State)
	profiles, elsewhere := onIPad(t.Profiles)
	write(&b, "profiles", profiles)
	declarations, _ := onIPad(t.Declarations)
	write(&b, "declarations", declarations)
	status, _ := onIPad(t.Status)
	write(&b, "status", status)
	names, _ := json.Marshal(elsewhere)
	fmt.Fprintf(&b, "\"elsewhere\": %s}\n", names)
	if !json.Valid(b.Bytes()) {
		log.Fatal("the result is not JSON")
	}
	if err := os.WriteFile("schema.json", b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

func write(b *bytes.Buffer, name string, objects []outObject) {
	fmt.Fprintf(b, "%q: [\n", name)
	for i, o := range objects {
		keys := o.Keys
		o.Keys = nil
		head, _ := json.Marshal(o)
		fmt.Fprintf(b, "%s[", bytes.TrimSuffix(head, []byte("null}")))
		for j, k := range keys {
			line, err := json.Marshal(k)
			if err != nil {
				log.Fatal(err)
			}
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, "\n %s", line)
		}
		b.WriteString("]}")
		if i < len(objects)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("],\n")
}

// onIPad keeps what exists on iOS. Objects that share an id (the two kinds of extensible single sign-on) become one,
// in which only what all of them require is required.
func onIPad(in []object) (out []outObject, elsewhere []string) {
	at := map[string]int{}
	other := map[string]bool{}
	for _, o := range in {
		ios, ok := o.OS["iOS"]
		if !ok || text(ios["in"]) == "n/a" {
			other[o.ID] = true
			continue
		}
		n := outObject{ID: o.ID, Title: o.Title, Introduced: text(ios["in"]), Deprecated: text(ios["dep"]), Removed: text(ios["rem"]),
			Supervised: ios["sup"] == true, Single: ios["multi"] == false, Apply: o.Apply}
		for _, k := range o.Keys {
			n.Keys = append(n.Keys, reduce(k))
		}
		if i, ok := at[o.ID]; ok {
			out[i].Keys = merge(out[i].Keys, n.Keys)
			continue
		}
		at[o.ID] = len(out)
		out = append(out, n)
	}
	for id := range other {
		if _, both := at[id]; !both {
			elsewhere = append(elsewhere, id)
		}
	}
	sort.Strings(elsewhere)
	return out, elsewhere
}

func reduce(k key) outKey {
	ios := k.OS["iOS"]
	if text(ios["in"]) == "n/a" {
		return outKey{Path: k.Path, Elsewhere: true}
	}
	n := outKey{Path: k.Path, Type: k.Type, Required: k.Required, Default: number(k.Type, k.Default), Combine: k.Combine, AssetTypes: k.AssetTypes,
		Range: floats(k.Range), ItemRange: floats(k.ItemRange), Repeat: floats(k.Repeat),
		Introduced: text(ios["in"]), Deprecated: text(ios["dep"]), Removed: text(ios["rem"]), Supervised: ios["sup"] == true}
	switch items := k.Items.(type) {
	case string:
		n.Items = items
	case nil:
	default:
		n.Items = "any"
	}
	of := k.Type
	if k.Type == "array" {
		of = n.Items
	}
	for _, e := range k.Enum {
		n.Enum = append(n.Enum, number(of, e))
	}
	return n
}

func merge(a, b []outKey) []outKey {
	index := map[string]int{}
	inB := map[string]bool{}
	for i, k := range a {
		index[k.Path] = i
	}
	for _, k := range b {
		inB[k.Path] = true
		i, ok := index[k.Path]
		if !ok {
			k.Required = false
			a = append(a, k)
			continue
		}
		a[i].Required = a[i].Required && k.Required
		if !reflect.DeepEqual(a[i].Enum, k.Enum) {
			a[i].Enum = append(a[i].Enum, k.Enum...)
		}
	}
	for i, k := range a {
		if !inB[k.Path] {
			a[i].Required = false
		}
	}
	return a
}

func text(v any) string { s, _ := v.(string); return s }

// number turns the quoted numbers of the source into numbers where the key is one.
func number(t string, v any) any {
	if s, ok := v.(string); ok && (t == "integer" || t == "real") {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f
		}
	}
	return v
}

// floats reads bounds; an open end is null.
func floats(in []any) (out []*float64) {
	for _, v := range in {
		switch v := number("real", v).(type) {
		case float64:
			out = append(out, &v)
		case nil:
			out = append(out, nil)
		default:
			log.Fatalf("bound %v is no number", v)
		}
	}
	return out
}
