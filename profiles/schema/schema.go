// Package schema holds Apple's device-management schema as data: which payloads, declarations and status items exist on
// an iPad, which keys they have, and since or until which iPadOS version. Profiles are validated and forms are made from it.
//
// Source: apple/device-management and developer.apple.com/documentation/devicemanagement, in the state that State names
// (OS 27, documentation of August 2026). schema.json is generated; to renew it, derive the compact table again and run
// go generate with its path in APPLE_SCHEMA.
//
// Danger: "required" is Apple's presence flag. A few keys are required only under conditions Apple writes as prose, and
// later deprecations may be missing; so the schema says what is surely wrong, never that something is surely right.
package schema

//go:generate sh -c "go run gen/main.go \"$APPLE_SCHEMA\""

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:embed schema.json
var raw []byte

// Object is a payload, declaration or status item that exists on iOS and iPadOS.
type Object struct {
	ID         string // PayloadType, declaration type or status item name
	Title      string // Apple's English title
	Introduced string // iOS version; versions are "17.0"
	Deprecated string
	Removed    string
	Supervised bool   // works on supervised devices only
	Single     bool   // Apple allows one on a device
	Apply      string // declarations: single, multiple or combined
	Keys       []Key  // in Apple's order

	byPath map[string]int
}

// Key is one key of an object. Path is dotted; "[]" stands for each item of an array, "ANY" for a free key name.
// Attributes that are empty are those of the object.
type Key struct {
	Path       string     `json:"p"`
	Type       string     `json:"t"` // string, boolean, integer, real, data, date, array, dictionary, any
	Items      string     `json:"items"`
	Required   bool       `json:"req"` // required where its parent is present
	Default    any        `json:"def"` // string, bool or float64
	Enum       []any      `json:"enum"`
	Range      []*float64 `json:"range"`     // least, greatest; nil is open
	ItemRange  []*float64 `json:"itemRange"` // of each item
	Repeat     []*float64 `json:"rep"`       // of the number of items
	Combine    string     `json:"combine"`   // how declarations of one type are merged
	AssetTypes []string   `json:"assettypes"`
	Elsewhere  bool       `json:"no"` // the key exists on other platforms only; nothing else is known of it
	Introduced string     `json:"in"`
	Deprecated string     `json:"dep"`
	Removed    string     `json:"rem"`
	Supervised bool       `json:"sup"`
}

// Key finds a key by its path.
func (o *Object) Key(path string) (*Key, bool) {
	i, ok := o.byPath[path]
	if !ok {
		return nil, false
	}
	return &o.Keys[i], true
}

// Child finds a key below a parent path ("" is the object itself); a key the schema leaves free answers as ANY.
func (o *Object) Child(parent, name string) (*Key, bool) {
	if parent != "" {
		parent += "."
	}
	if k, ok := o.Key(parent + name); ok && name != "ANY" {
		return k, true
	}
	return o.Key(parent + "ANY")
}

// Children lists the keys directly below a parent path, in Apple's order.
func (o *Object) Children(parent string) []*Key {
	prefix := parent
	if prefix != "" {
		prefix += "."
	}
	var out []*Key
	for i := range o.Keys {
		rest, ok := strings.CutPrefix(o.Keys[i].Path, prefix)
		if ok && rest != "" && !strings.ContainsAny(rest, ".[") {
			out = append(out, &o.Keys[i])
		}
	}
	return out
}

type tables struct {
	state                          string
	profiles, declarations, status map[string]*Object
	elsewhere                      map[string]bool
}

var load = sync.OnceValue(func() *tables {
	var f struct {
		State                          string
		Profiles, Declarations, Status []*jsonObject
		Elsewhere                      []string
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		panic("schema.json is part of the program and broken: " + err.Error())
	}
	t := &tables{state: f.State, profiles: index(f.Profiles), declarations: index(f.Declarations), status: index(f.Status),
		elsewhere: make(map[string]bool, len(f.Elsewhere))}
	for _, id := range f.Elsewhere {
		t.elsewhere[id] = true
	}
	return t
})

type jsonObject struct {
	ID, Title, Apply string
	Introduced       string `json:"in"`
	Deprecated       string `json:"dep"`
	Removed          string `json:"rem"`
	Supervised       bool   `json:"sup"`
	Single           bool
	Keys             []Key
}

func index(list []*jsonObject) map[string]*Object {
	m := make(map[string]*Object, len(list))
	for _, j := range list {
		o := &Object{ID: j.ID, Title: j.Title, Introduced: j.Introduced, Deprecated: j.Deprecated, Removed: j.Removed, Supervised: j.Supervised,
			Single: j.Single, Apply: j.Apply, Keys: j.Keys, byPath: make(map[string]int, len(j.Keys))}
		for i, k := range o.Keys {
			o.byPath[k.Path] = i
		}
		m[o.ID] = o
	}
	return m
}

// Names of the two objects that are the frame of every profile, found by Profile like payload types.
const (
	TopLevel = "TopLevel"          // keys beside PayloadContent
	Common   = "CommonPayloadKeys" // keys every payload has
)

// Profile finds a payload type of configuration profiles.
func Profile(payloadType string) (*Object, bool) {
	o, ok := load().profiles[payloadType]
	return o, ok
}

// Declaration finds a declaration type.
func Declaration(declarationType string) (*Object, bool) {
	o, ok := load().declarations[declarationType]
	return o, ok
}

// StatusItem finds a status item by its name.
func StatusItem(name string) (*Object, bool) {
	o, ok := load().status[name]
	return o, ok
}

// Elsewhere reports whether Apple knows the payload type on other platforms only.
func Elsewhere(payloadType string) bool { return load().elsewhere[payloadType] }

// State says of which state of Apple's schema the tables are.
func State() string { return load().state }
