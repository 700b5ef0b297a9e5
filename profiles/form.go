package profiles

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"ranzen/store/school"
)

// Form is a page for one payload type, as data: pages are generated from it and what comes back is checked against it.
// Names of the catalogue follow from it: "form." + Kind + "." + field name, with "." + option for choices (of a switch
// among the restrictions "form.allow." or "form.force." + option, by what Strict is; "unset" is the empty option), and
// "form." + Kind + ".group." or ".preset." + its name.
type Form struct {
	Kind    string // "wifi"
	Type    string // PayloadType
	Groups  []Group
	Presets []Preset

	carried []string                               // keys that stay as they are in the version before
	finish  func(d Dict, v url.Values) FieldErrors // rules between fields; may add keys no field has
}

// Group is a part of a form under one heading; forms with one group have no heading.
type Group struct {
	Name   string
	Fields []Field
}

// Preset is a set of values somebody may start from.
type Preset struct {
	Name   string
	Values url.Values
}

// FieldKind says how a field is shown and what its value is.
type FieldKind string

const (
	TextField   FieldKind = "text"
	SecretField FieldKind = "secret" // write-only: empty keeps what the previous version has
	BoolField   FieldKind = "bool"   // "true" or "on"; absent is false
	ChoiceField FieldKind = "choice" // one of Options; "" where it is among them: not set
	NumberField FieldKind = "number" // whole number; empty: not set
	ListField   FieldKind = "list"   // one entry per line
	ImageField  FieldKind = "image"  // the bytes of a PNG, JPEG or GIF; empty keeps what the previous version has
	TimeField   FieldKind = "time"   // a time on the clock of the iPad, "2026-10-02T18:00"
)

// Field is one value of a form and the key it becomes.
type Field struct {
	Name       string
	Key        string // Apple's key, dotted where it lies in a dictionary; empty: the field only steers the form
	Kind       FieldKind
	Required   bool
	Default    string // what an empty form shows
	Options    []string
	Strict     string // of a restriction: the option that restricts
	Min, Max   int    // of a number; Max of a text is its length
	Variables  bool   // variables are offered here
	MinimumOS  string // iPadOS version Apple introduced the key in
	Deprecated string // iPadOS version since which it is deprecated
	Supervised bool
	Help       string // section of the help page

	apple  bool // Apple's default of a bool
	real   bool // a choice whose options are numbers
	parse  func(lines []string) (value any, badLine int)
	format func(value any) (lines []string, ok bool)
}

// FieldErrors are all findings about the fields of a form at once.
type FieldErrors []*school.Error

func (e FieldErrors) Error() string {
	parts := make([]string, len(e))
	for i, x := range e {
		parts[i] = x.Error()
	}
	return strings.Join(parts, "; ")
}

// Unwrap lets errors.As and school.KindOf see each of them.
func (e FieldErrors) Unwrap() []error {
	out := make([]error, len(e))
	for i, x := range e {
		out[i] = x
	}
	return out
}

func fieldError(field, code string, args ...any) *school.Error {
	return &school.Error{Kind: school.Invalid, Code: code, Field: field, Args: args}
}

// forms lists every form; the schema completes them once.
var forms = sync.OnceValue(func() []Form {
	list := []Form{wifiForm, restrictionsForm(), webclipForm, passcodeForm, lockscreenForm, webfilterForm, homescreenForm, airprintForm, updateForm, updatesForm, mailForm, appForm}
	for i := range list {
		list[i] = list[i].from()
	}
	return list
})

// Forms lists the forms somebody may begin a profile with, in the order pages offer them. That of apps is not among them: apps come
// from Apple.
func Forms() []Form {
	return slices.DeleteFunc(slices.Clone(forms()), func(f Form) bool { return f.Kind == appForm.Kind })
}

// FormOf finds a form by its kind.
func FormOf(kind string) (Form, bool) {
	for _, f := range forms() {
		if f.Kind == kind {
			return f, true
		}
	}
	return Form{}, false
}

// Fields lists the fields of all groups.
func (f Form) Fields() []Field {
	var out []Field
	for _, g := range f.Groups {
		out = append(out, g.Fields...)
	}
	return out
}

// Defaults are the values an empty form shows.
func (f Form) Defaults() url.Values {
	v := url.Values{}
	for _, x := range f.Fields() {
		if x.Default != "" && x.Default != "false" {
			v.Set(x.Name, x.Default)
		}
	}
	return v
}

const maxName = 100

// Build makes a content from the values of a form. previous is the version it replaces, or nil: secrets and images left
// empty are taken from it, and its identifiers stay, so that devices see the same payload. The error is FieldErrors, or
// what Parse refuses.
func Build(kind, name string, v url.Values, previous *school.Content) (school.Content, error) {
	f, ok := FormOf(kind)
	if !ok || f.carried != nil && previous == nil {
		return school.Content{}, refuse("form.unknown_kind", kind)
	}
	frame, old, err := f.start(previous)
	if err != nil {
		return school.Content{}, err
	}
	var wrong FieldErrors
	if name = strings.TrimSpace(name); name == "" {
		wrong = append(wrong, fieldError("name", "form.required"))
	} else if utf8.RuneCountInString(name) > maxName {
		wrong = append(wrong, fieldError("name", "form.too_long", maxName))
	}
	payload := Dict{}
	for _, x := range f.Fields() {
		value, e := x.read(v)
		switch {
		case e != nil:
			wrong = append(wrong, e)
			continue
		case value == nil && x.kept():
			value, _ = old.at(x.Key)
		}
		if value == nil {
			if x.Required {
				wrong = append(wrong, fieldError(x.Name, "form.required"))
			}
			continue
		}
		if x.Key != "" {
			payload.set(x.Key, value)
		}
	}
	if f.finish != nil {
		wrong = append(wrong, f.finish(payload, v)...)
	}
	if len(wrong) > 0 {
		return school.Content{}, wrong
	}
	for _, k := range append([]string{"PayloadIdentifier", "PayloadUUID", "PayloadDescription", "PayloadOrganization"}, f.carried...) {
		if s, ok := old[k]; ok {
			payload[k] = s
		}
	}
	payload["PayloadType"], payload["PayloadVersion"] = f.Type, int64(1)
	given, named := old["PayloadDisplayName"]
	switch _, continued := old["PayloadType"]; {
	case !continued, named && given == frame["PayloadDisplayName"]:
		payload["PayloadDisplayName"] = name
	case named:
		payload["PayloadDisplayName"] = given // apart from the profile's name; it is not the form's to change
	}
	frame["PayloadDisplayName"] = name
	frame["PayloadContent"] = []any{payload}
	return parseTree(frame, nil)
}

// start returns the frame and payload to build on: those of the previous version where it is of the same form.
func (f Form) start(previous *school.Content) (frame, payload Dict, err error) {
	identifier := "ranzen.form." + f.Kind
	frame = Dict{"PayloadType": "Configuration", "PayloadVersion": int64(1), "PayloadIdentifier": identifier,
		"PayloadUUID": deriveUUID("form", f.Kind)}
	payload = Dict{"PayloadIdentifier": identifier + ".1", "PayloadUUID": deriveUUID("form payload", f.Kind)}
	if previous == nil {
		return frame, payload, nil
	}
	tree, err := Tree(*previous)
	if err != nil {
		return nil, nil, fmt.Errorf("read the previous version of the profile: %w", err)
	}
	payloads := payloadsOf(tree)
	if len(payloads) != 1 || payloads[0].text("PayloadType") != f.Type {
		return frame, payload, nil
	}
	for _, k := range []string{"PayloadIdentifier", "PayloadUUID", "PayloadDisplayName", "PayloadDescription", "PayloadOrganization", "PayloadScope"} {
		if v, ok := tree[k]; ok {
			frame[k] = v
		}
	}
	return frame, payloads[0], nil
}

// Read turns a content back into the values of a form. ok is false when no form can show all of it: then the page shows
// the profile itself, and nothing is lost by saving a form that never knew of it. Secrets and images are left out.
func Read(c school.Content) (kind string, v url.Values, ok bool) {
	tree, err := Tree(c)
	if err != nil {
		return "", nil, false
	}
	payloads := payloadsOf(tree)
	if len(payloads) != 1 {
		return "", nil, false
	}
	for _, f := range forms() {
		if f.Type != payloads[0].text("PayloadType") {
			continue
		}
		v, ok := f.values(payloads[0])
		if !ok {
			return "", nil, false
		}
		again, err := Build(f.Kind, tree.text("PayloadDisplayName"), v, &c) // the proof that nothing is lost
		if err != nil {
			return "", nil, false
		}
		rebuilt, err := Tree(again)
		if err != nil || Hash(withoutDefaults(rebuilt)) != Hash(withoutDefaults(tree)) {
			return "", nil, false
		}
		return f.Kind, v, true
	}
	return "", nil, false
}

func (f Form) values(payload Dict) (url.Values, bool) {
	v := url.Values{}
	for _, x := range f.Fields() {
		value, there := payload.at(x.Key)
		if x.kept() || x.Key == "" || !there {
			if x.Kind == BoolField && x.Key != "" && x.apple {
				v.Set(x.Name, "true")
			}
			continue
		}
		s, ok := x.show(value)
		if !ok {
			return nil, false
		}
		v.Set(x.Name, s)
	}
	return v, true
}

// withoutDefaults leaves out what Apple assumes anyway: an explicit default means the same as none.
func withoutDefaults(tree Dict) Dict {
	tree = clone(tree).(Dict)
	for _, p := range payloadsOf(tree) {
		o, ok := objectOf(p.text("PayloadType"))
		if !ok {
			continue
		}
		for _, k := range o.Children("") {
			value, there := p[k.Path]
			n, isNumber := number(value)
			if isNumber && k.Type == "real" {
				p[k.Path] = n
			}
			if isNumber {
				value = n
			}
			if there && k.Default != nil && value == k.Default {
				delete(p, k.Path)
			}
		}
	}
	return tree
}

// kept reports whether an empty field keeps the value of the previous version.
func (x Field) kept() bool { return x.Kind == SecretField || x.Kind == ImageField }

// read turns what was entered into the value of the key; nil means the key stays out.
func (x Field) read(v url.Values) (any, *school.Error) {
	raw := v.Get(x.Name)
	if x.Kind == ListField {
		return x.lines(raw)
	}
	if x.Kind == ImageField {
		if raw == "" {
			return nil, nil
		}
		icon, err := icon([]byte(raw))
		if err != nil {
			return nil, &school.Error{Kind: school.Invalid, Code: "form.image", Field: x.Name, Args: []any{maxUpload >> 20}, Err: err}
		}
		return icon, nil
	}
	s := raw
	if x.Kind != SecretField {
		s = strings.TrimSpace(raw)
	}
	if !legal(s) {
		return nil, fieldError(x.Name, "form.characters")
	}
	switch x.Kind {
	case BoolField:
		on := s == "true" || s == "on"
		if on == x.apple {
			return nil, nil
		}
		return on, nil
	case ChoiceField:
		if !slices.Contains(x.Options, s) {
			if s == "" {
				return nil, fieldError(x.Name, "form.required")
			}
			return nil, fieldError(x.Name, "form.choice")
		}
		switch {
		case s == "":
			return nil, nil
		case s == "true", s == "false":
			return s == "true", nil
		case x.real:
			f, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return nil, fieldError(x.Name, "form.choice")
			}
			return f, nil
		}
		return s, nil
	case NumberField:
		if s == "" {
			return nil, nil
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, fieldError(x.Name, "form.number")
		}
		if n < x.Min || n > x.Max {
			return nil, fieldError(x.Name, "form.range", x.Min, x.Max)
		}
		return int64(n), nil
	case TimeField:
		return x.time(s)
	}
	if s == "" {
		return nil, nil
	}
	if x.Max > 0 && utf8.RuneCountInString(s) > x.Max {
		return nil, fieldError(x.Name, "form.too_long", x.Max)
	}
	if e := unknownIn(x.Name, s); e != nil {
		return nil, e
	}
	return s, nil
}

// time reads a time on the clock of the iPad, as a browser or a person writes it.
func (x Field) time(s string) (any, *school.Error) {
	if s == "" {
		return nil, nil
	}
	for _, form := range []string{school.DeadlineForm, "2006-01-02T15:04", "2006-01-02 15:04", "2.1.2006 15:04", "2.1.2006, 15:04"} {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 2000 && t.Year() < 2100 {
			return t.Format(school.DeadlineForm), nil
		}
	}
	return nil, fieldError(x.Name, "form.time")
}

func unknownIn(field, s string) *school.Error {
	for _, name := range variablesIn(s) {
		if !knownVariable(name) {
			return fieldError(field, "form.variable", name)
		}
	}
	return nil
}

// maxLines bounds a list in a form; longer ones come as files.
const maxLines = 2000

func (x Field) lines(raw string) (any, *school.Error) {
	lines := strings.Split(strings.ReplaceAll(raw, "\r\n", "\n"), "\n")
	if len(lines) > maxLines {
		return nil, fieldError(x.Name, "form.too_long", maxLines)
	}
	if strings.TrimSpace(raw) == "" {
		return nil, nil
	}
	for i, line := range lines {
		if !legal(line) {
			return nil, &school.Error{Kind: school.Invalid, Code: "form.characters", Field: x.Name, Row: i + 1}
		}
		if e := unknownIn(x.Name, line); e != nil {
			e.Row = i + 1
			return nil, e
		}
	}
	if x.parse != nil {
		value, bad := x.parse(lines)
		if bad > 0 {
			return nil, &school.Error{Kind: school.Invalid, Code: "form.line", Field: x.Name, Row: bad, Args: []any{bad, printable(lines[bad-1])}}
		}
		return value, nil
	}
	list := []any{}
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list, nil
}

// show is the reverse of read. It need not be exact: Read proves the way there and back.
func (x Field) show(value any) (string, bool) {
	if x.format != nil {
		lines, ok := x.format(value)
		return strings.Join(lines, "\n"), ok
	}
	switch value := value.(type) {
	case string:
		if x.Kind == TimeField {
			return strings.TrimSuffix(value, ":00"), true
		}
		return value, true
	case bool:
		return strconv.FormatBool(value), true
	case int64:
		return strconv.FormatInt(value, 10), true
	case float64:
		return trim(value), true
	case []any:
		lines := make([]string, len(value))
		for i, e := range value {
			s, ok := e.(string)
			if !ok {
				return "", false
			}
			lines[i] = s
		}
		return strings.Join(lines, "\n"), true
	}
	return "", false
}

// from fills in what Apple's schema says about the keys of a form: versions, supervision, ranges, defaults.
func (f Form) from() Form {
	if f.Kind == appForm.Kind { // of a type of our own
		return f
	}
	o, ok := objectOf(f.Type)
	if !ok {
		panic("profiles: form " + f.Kind + " has no payload in the schema")
	}
	for i := range f.Groups {
		for j := range f.Groups[i].Fields {
			x := &f.Groups[i].Fields[j]
			x.Help = "form-" + f.Kind
			if x.Key == "" {
				continue
			}
			k, ok := o.Key(x.Key)
			if !ok {
				panic("profiles: form " + f.Kind + " has a key that is not in the schema: " + x.Key)
			}
			x.MinimumOS, x.Deprecated, x.Supervised = k.Introduced, k.Deprecated, k.Supervised || o.Supervised
			if x.MinimumOS == "" {
				x.MinimumOS = o.Introduced
			}
			if x.Kind == BoolField {
				x.apple = k.Default == true
				if x.apple && x.Default == "" {
					x.Default = "true"
				}
			}
			if x.Kind == NumberField && len(k.Range) == 2 && k.Range[0] != nil && k.Range[1] != nil {
				x.Min, x.Max = int(*k.Range[0]), int(*k.Range[1])
			}
		}
	}
	return f
}

// FieldsOf returns the field errors in an error of Build, or nil.
func FieldsOf(err error) FieldErrors {
	var e FieldErrors
	errors.As(err, &e)
	return e
}
