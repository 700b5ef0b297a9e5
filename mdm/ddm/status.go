package ddm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Limits of a status report. A real one is some kilobytes; an iPad with a hundred declarations stays far below.
const (
	MaxStatus       = 4 << 20
	maxDepth        = 32
	maxDeclarations = 4096
	maxText         = 1024
)

// Validity is what a device says about a declaration.
type Validity string

const (
	Valid   Validity = "valid"
	Invalid Validity = "invalid"
	Unknown Validity = "unknown" // not looked at yet
)

// Cause is one entry of a list of reasons. Codes beginning with "Info." are not failures.
type Cause struct {
	Code        string
	Description string
}

// Failure reports whether the cause stands against the declaration.
func (c Cause) Failure() bool { return strings.HasPrefix(c.Code, "Error.") }

// DeclarationStatus is what a device says about one declaration it has.
type DeclarationStatus struct {
	Kind        Kind
	Identifier  string
	ServerToken string
	Active      bool
	Valid       Validity
	Reasons     []Cause
	Removed     bool // the device has dropped it
}

// Works reports whether the declaration is in force.
func (d DeclarationStatus) Works() bool { return d.Active && d.Valid == Valid && !d.Removed }

// ItemError says why a subscribed status item could not be reported.
type ItemError struct {
	Item    string
	Reasons []Cause
}

// Capabilities is what the device's system understands.
type Capabilities struct {
	Declarations []string // types of all four kinds
	StatusItems  []string
}

// Update is what a report says of an iPadOS update. What is nil was not spoken of.
type Update struct {
	State   *string
	Pending *Pending
	Failure *Failure
	Install *Install
	Beta    *string
}

// Pending is the version on its way; empty: none.
type Pending struct{ Version, Build, At string }

// Failure is how the last try ended; without a count there was none.
type Failure struct {
	Count  int
	Reason string
	At     string // RFC 3339, as the device writes it
}

// Install is why an update installs, and the declaration that demands it.
type Install struct {
	Reasons     []string
	Declaration string
}

// Status is a report. What the device did not mention has its zero value: a partial report speaks only of what changed.
type Status struct {
	Full         bool // replaces everything known
	Listed       bool // the report speaks about declarations
	Declarations []DeclarationStatus
	Capabilities *Capabilities
	Apps         []AppStatus
	Errors       []ItemError

	Serial, UDID                        string
	Family, ProductName, Model, Number  string
	OSVersion, Build, SupplementalBuild string
	SupplementalExtra                   string
	BatteryHealth                       string
	PasscodePresent, PasscodeCompliant  *bool
	AwaitingConfiguration               *bool
	Update                              *Update
}

// AppStatus is what a device says of an app that a declaration manages.
type AppStatus struct {
	Declaration string
	Identifier  string // bundle identifier
	State       string
	Reasons     []Cause
	Removed     bool
}

// App finds what the report says about the app of a declaration.
func (s Status) App(declaration string) (AppStatus, bool) {
	for _, a := range s.Apps {
		if a.Declaration == declaration {
			return a, true
		}
	}
	return AppStatus{}, false
}

// Of finds what the report says about a declaration.
func (s Status) Of(kind Kind, identifier string) (DeclarationStatus, bool) {
	for i := range s.Declarations {
		if d := &s.Declarations[i]; d.Identifier == identifier && d.Kind == kind {
			return *d, true
		}
	}
	return DeclarationStatus{}, false
}

// ParseStatus reads the Data of a status message. Unknown keys and values of an unexpected type are passed over, so that
// a new iPadOS cannot silence a device; what is not a report at all, too large or nested too deep is refused.
func ParseStatus(data []byte) (Status, error) {
	if len(data) > MaxStatus {
		return Status{}, fmt.Errorf("status report of %d bytes, at most %d are read", len(data), MaxStatus)
	}
	if err := shallow(data); err != nil {
		return Status{}, fmt.Errorf("reading status report: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var root map[string]any
	if err := dec.Decode(&root); err != nil {
		return Status{}, fmt.Errorf("reading status report: %w", err)
	}
	if root == nil {
		return Status{}, errors.New("reading status report: null is no report")
	}
	var s Status
	s.Full, _ = root["FullReport"].(bool)
	items := node(root["StatusItems"])
	if err := s.declarations(items.at("management", "declarations")); err != nil {
		return Status{}, fmt.Errorf("reading status report: %w", err)
	}
	s.capabilities(items.at("management", "client-capabilities"))
	s.device(items)
	for i, e := range list(items.at("app", "managed")["list"]) {
		if i == maxDeclarations {
			break
		}
		n := node(e)
		removed, _ := n["_removed"].(bool)
		s.Apps = append(s.Apps, AppStatus{Declaration: n.text("declaration-identifier"), Identifier: n.text("identifier"), State: n.text("state"),
			Reasons: causes(n["reasons"]), Removed: removed})
	}
	for i, e := range list(root["Errors"]) {
		if i == maxDeclarations {
			break
		}
		s.Errors = append(s.Errors, ItemError{Item: node(e).text("StatusItem"), Reasons: causes(node(e)["Reasons"])})
	}
	return s, nil
}

func (s *Status) declarations(n tree) error {
	for _, k := range []struct {
		name string
		kind Kind
	}{{"activations", Activations}, {"assets", Assets}, {"configurations", Configurations}, {"management", Management}} {
		v, mentioned := n[k.name]
		if !mentioned {
			continue
		}
		s.Listed = true
		for _, e := range list(v) {
			if len(s.Declarations) == maxDeclarations {
				return fmt.Errorf("more than %d declarations", maxDeclarations)
			}
			d := node(e)
			active, _ := d["active"].(bool)
			removed, _ := d["_removed"].(bool)
			ds := DeclarationStatus{Kind: k.kind, Identifier: d.text("identifier"), ServerToken: d.text("server-token"),
				Active: active, Valid: Validity(d.text("valid")), Reasons: causes(d["reasons"]), Removed: removed}
			if ds.Valid != Valid && ds.Valid != Invalid {
				ds.Valid = Unknown
			}
			if ds.Identifier != "" {
				s.Declarations = append(s.Declarations, ds)
			}
		}
	}
	return nil
}

func (s *Status) capabilities(n tree) {
	p := n.at("supported-payloads")
	if p == nil {
		return
	}
	c := &Capabilities{StatusItems: texts(p["status-items"])}
	d := p.at("declarations")
	for _, kind := range []string{"activations", "assets", "configurations", "management"} {
		c.Declarations = append(c.Declarations, texts(d[kind])...)
	}
	s.Capabilities = c
}

func (s *Status) device(items tree) {
	device := items.at("device")
	s.Serial, s.UDID = device.text("identifier", "serial-number"), device.text("identifier", "udid")
	s.Family, s.ProductName = device.text("model", "family"), device.text("model", "identifier")
	s.Model, s.Number = device.text("model", "marketing-name"), device.text("model", "number")
	os := device.at("operating-system")
	s.OSVersion, s.Build = os.text("version"), os.text("build-version")
	s.SupplementalBuild, s.SupplementalExtra = os.text("supplemental", "build-version"), os.text("supplemental", "extra-version")
	s.BatteryHealth = device.text("power", "battery-health")
	s.PasscodePresent = items.at("passcode").truth("is-present")
	s.PasscodeCompliant = items.at("passcode").truth("is-compliant")
	s.AwaitingConfiguration = items.at("mdm").truth("is-awaiting-configuration")
	if u := items.at("softwareupdate"); u != nil {
		s.Update = u.update()
	}
}

func (t tree) update() *Update {
	u := &Update{State: t.said("install-state"), Beta: t.said("beta-enrollment")}
	if p, ok := t["pending-version"].(map[string]any); ok {
		u.Pending = &Pending{Version: node(p).text("os-version"), Build: node(p).text("build-version"), At: node(p).text("target-local-date-time")}
	}
	if f, ok := t["failure-reason"].(map[string]any); ok {
		u.Failure = &Failure{Count: node(f).number("count"), Reason: node(f).text("reason"), At: node(f).text("timestamp")}
	}
	if i, ok := t["install-reason"].(map[string]any); ok {
		u.Install = &Install{Reasons: texts(i["reason"]), Declaration: node(i).text("declaration-id")}
	}
	return u
}

func causes(v any) []Cause {
	var out []Cause
	for i, e := range list(v) {
		if i == 16 {
			break
		}
		n := node(e) // declarations write the keys small, the Errors of a report write them large
		out = append(out, Cause{Code: n.text("code") + n.text("Code"), Description: n.text("description") + n.text("Description")})
	}
	return out
}

// tree is one object of a report; a nil tree answers every question with nothing.
type tree map[string]any

func node(v any) tree {
	m, _ := v.(map[string]any)
	return m
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func texts(v any) []string {
	var out []string
	for i, e := range list(v) {
		if i == maxDeclarations {
			break
		}
		if t, ok := e.(string); ok {
			out = append(out, clip(t))
		}
	}
	return out
}

func (t tree) at(path ...string) tree {
	for _, p := range path {
		t = node(t[p])
	}
	return t
}

func (t tree) leaf(path []string) any { return t.at(path[:len(path)-1]...)[path[len(path)-1]] }

func (t tree) text(path ...string) string {
	s, _ := t.leaf(path).(string)
	return clip(s)
}

// said is a text that was spoken of, empty or not.
func (t tree) said(name string) *string {
	if s, ok := t[name].(string); ok {
		s = clip(s)
		return &s
	}
	return nil
}

func (t tree) truth(path ...string) *bool {
	if b, ok := t.leaf(path).(bool); ok {
		return &b
	}
	return nil
}

func (t tree) number(path ...string) int {
	if n, ok := t.leaf(path).(json.Number); ok {
		if i, err := n.Int64(); err == nil && i >= 0 && i < 1<<31 {
			return int(i)
		}
	}
	return 0
}

func clip(s string) string {
	if len(s) > maxText {
		return strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// shallow refuses nesting that no report has, before anything is allocated for it.
func shallow(data []byte) error {
	depth, quoted, escaped := 0, false, false
	for _, c := range data {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped = c == '\\'
			quoted = c != '"'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("nested deeper than %d", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}
