package ui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ranzen/profiles"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// contentView shows what a profile says: through the form it can be edited with, and as it stands in the file. Secrets
// are never in it.
type contentView struct {
	Heading  string
	Fields   []contentField // through its form; none: there is no form for it
	Payloads []payloadView
	Problems []finding
	Errors   int // findings that forbid publishing
	Open     bool
}

// contentField is one value under the label of its form.
type contentField struct {
	Group  string // set where a new group begins
	Name   string
	Lines  []string
	Secret bool
}

// payloadView is one payload as it stands in the file.
type payloadView struct {
	Name, Type string
	Known      bool
	Values     []payloadValue
	More       int // values that are not shown
}

type payloadValue struct {
	Key, Value string
	Secret     bool
}

// finding is a finding about a profile, as a page says it.
type finding struct {
	Status web.Status
	Where  string
	Key    string
}

// Limits of what a page shows of one payload. The file itself is never cut.
const (
	shownValues  = 300
	shownLetters = 300
)

// contentOf looks at a content for a page.
func contentOf(l web.Lang, c school.Content) (*contentView, error) {
	x := &contentView{}
	tree, err := profiles.Tree(c)
	if err != nil {
		return nil, err
	}
	form, hasForm := profiles.Form{}, false
	if kind, v, ok := profiles.Read(c); ok {
		form, hasForm = profiles.FormOf(kind)
		x.Fields = filledFields(l, form, v, payloadAt(tree, 0))
	}
	x.Open = !hasForm
	for i, p := range c.Payloads {
		view := payloadView{Name: p.Name, Type: p.Type, Known: p.Known}
		if view.Name == "" {
			view.Name = p.Type
		}
		if view.Values, view.More, err = payloadValues(l, payloadAt(tree, i)); err != nil {
			return nil, err
		}
		x.Payloads = append(x.Payloads, view)
	}
	x.Problems = findings(l, c, form)
	for _, p := range c.Problems {
		if p.Severity == school.Wrong {
			x.Errors++
		}
	}
	return x, nil
}

// payloadAt is the i-th payload of a tree that Parse accepted.
func payloadAt(tree profiles.Dict, i int) profiles.Dict {
	list, _ := tree["PayloadContent"].([]any)
	if i >= len(list) {
		return nil
	}
	d, _ := list[i].(profiles.Dict)
	return d
}

// payloadValues lists every value of a payload with its path. Comparing it with an empty payload of the same type and
// identifier lets package profiles decide what is secret, here as in every other comparison.
func payloadValues(l web.Lang, p profiles.Dict) (out []payloadValue, more int, err error) {
	frame := func(p profiles.Dict) (school.Content, error) {
		body, err := profiles.Encode(profiles.Dict{"PayloadType": "Configuration", "PayloadContent": []any{p}})
		return school.Content{Body: body}, err
	}
	bare := profiles.Dict{}
	for _, k := range []string{"PayloadType", "PayloadIdentifier", "PayloadUUID"} {
		if s, ok := p[k]; ok {
			bare[k] = s
		}
	}
	before, err := frame(bare)
	if err != nil {
		return nil, 0, err
	}
	after, err := frame(p)
	if err != nil {
		return nil, 0, err
	}
	for _, line := range profiles.Diff(before, after) {
		if len(out) == shownValues {
			more++
			continue
		}
		out = append(out, payloadValue{Key: line.Key, Value: shortText(plainValue(l, line.New)), Secret: line.Secret})
	}
	return out, more, nil
}

// plainValue says true and false in the language of the page.
func plainValue(l web.Lang, s string) string {
	switch s {
	case "true":
		return web.T(l, "profile.yes")
	case "false":
		return web.T(l, "profile.no")
	}
	return s
}

func shortText(s string) string {
	if r := []rune(s); len(r) > shownLetters {
		return string(r[:shownLetters]) + " …"
	}
	return s
}

// filledFields lists the fields of a form that are set, under their groups.
func filledFields(l web.Lang, f profiles.Form, v url.Values, payload profiles.Dict) (out []contentField) {
	for _, g := range f.Groups {
		group := groupName(l, f, g)
		for _, x := range g.Fields {
			c := contentField{Name: fieldLabel(l, f, x)}
			value := v.Get(x.Name)
			switch {
			case x.Key == "":
				continue
			case x.Kind == profiles.SecretField:
				if _, there := payload[x.Key]; !there {
					continue
				}
				c.Secret = true
			case x.Kind == profiles.ImageField:
				if _, there := payload[x.Key]; !there {
					continue
				}
				c.Lines = []string{web.T(l, "profile.image.set")}
			case x.Kind == profiles.BoolField:
				c.Lines = []string{plainValue(l, strconv.FormatBool(isOn(value)))}
			case value == "":
				continue
			case x.Kind == profiles.TimeField:
				c.Lines = []string{l.Deadline(value)}
			case x.Kind == profiles.ChoiceField:
				c.Lines = []string{optionLabel(l, f, x, value)}
			default:
				c.Lines = strings.Split(value, "\n")
			}
			c.Group, group = group, ""
			out = append(out, c)
		}
	}
	return out
}

func isOn(v string) bool { return v == "true" || v == "on" || v == "1" }

// The names of the catalogue follow from the form; see profiles.Form.

func formName(l web.Lang, kind string) string {
	if kind == "" {
		return web.T(l, "profile.imported")
	}
	return wordOr(l, "form."+kind, kind)
}

func groupName(l web.Lang, f profiles.Form, g profiles.Group) string {
	if g.Name == "" {
		return ""
	}
	return web.T(l, "form."+f.Kind+".group."+g.Name)
}

func fieldLabel(l web.Lang, f profiles.Form, x profiles.Field) string {
	return web.T(l, "form."+f.Kind+"."+x.Name)
}

func optionLabel(l web.Lang, f profiles.Form, x profiles.Field, option string) string {
	word := option
	if word == "" {
		word = "unset"
	}
	switch {
	case x.Strict == "true":
		return web.T(l, "form.force."+word)
	case x.Strict == "false" || option == "":
		return web.T(l, "form.allow."+word)
	}
	return wordOr(l, "form."+f.Kind+"."+x.Name+"."+option, option)
}

// keyLabel is the label of a path in the payload of a form, or the path itself.
func keyLabel(l web.Lang, f profiles.Form, path string) string {
	for _, x := range f.Fields() {
		if x.Key != "" && (path == x.Key || strings.HasPrefix(path, x.Key+".") || strings.HasPrefix(path, x.Key+"[")) {
			return fieldLabel(l, f, x)
		}
	}
	return path
}

// findings says the findings about a content, the worst first.
func findings(l web.Lang, c school.Content, f profiles.Form) (out []finding) {
	problems := slices.Clone(c.Problems)
	slices.SortStableFunc(problems, func(a, b school.Problem) int { return rank(a.Severity) - rank(b.Severity) })
	for _, p := range problems {
		x := finding{Status: web.Status{Kind: severity(p.Severity), Text: web.ProblemText(l, p)}, Key: p.Key}
		if p.Payload >= 0 && p.Payload < len(c.Payloads) {
			payload := c.Payloads[p.Payload]
			if x.Where = payload.Name; x.Where == "" || len(c.Payloads) > 1 && x.Where == c.Name {
				x.Where = payload.Type
			}
		}
		if f.Kind != "" {
			x.Where = keyLabel(l, f, p.Key)
			if x.Where == p.Key {
				x.Where = ""
			}
		}
		out = append(out, x)
	}
	return out
}

func rank(s school.Severity) int {
	switch s {
	case school.Wrong:
		return 0
	case school.Warning:
		return 1
	}
	return 2
}

func severity(s school.Severity) web.StatusKind {
	switch s {
	case school.Wrong:
		return web.Danger
	case school.Warning:
		return web.Warning
	}
	return web.Note
}

// changedLine is one line of a comparison of two versions.
type changedLine struct {
	Where, Name string
	Old, New    string
	Added, Gone bool
	Secret      bool
}

// changes compares two contents, in the words of their form where they have the same.
func changes(l web.Lang, before, after school.Content) (out []changedLine) {
	form, was, is := profiles.Form{}, url.Values{}, url.Values{}
	if kind, v, ok := profiles.Read(after); ok {
		if kind0, v0, ok := profiles.Read(before); ok && kind0 == kind {
			form, _ = profiles.FormOf(kind)
			was, is = v0, v
		}
	}
	for _, d := range profiles.Diff(before, after) {
		x := changedLine{Where: d.Payload, Name: d.Key, Old: d.Old, New: d.New, Secret: d.Secret, Added: d.Old == "" && !d.Secret, Gone: d.New == "" && !d.Secret}
		switch {
		case d.Key == "":
			x.Name = web.T(l, "change.payload")
		case d.Key == "PayloadDisplayName":
			x.Name = web.T(l, "change.name")
		case form.Kind != "":
			x.Name = keyLabel(l, form, d.Key)
		}
		if form.Kind != "" {
			x.Where = ""
			x.Old, x.New = valueLabel(l, form, d.Key, d.Old), valueLabel(l, form, d.Key, d.New)
			for _, f := range form.Fields() { // a switch that is left out is not unset: Apple has a default
				if f.Key == d.Key && f.Kind == profiles.BoolField {
					x.Old, x.New, x.Added, x.Gone = strconv.FormatBool(isOn(was.Get(f.Name))), strconv.FormatBool(isOn(is.Get(f.Name))), false, false
				}
			}
		}
		x.Old, x.New = shortText(plainValue(l, x.Old)), shortText(plainValue(l, x.New))
		out = append(out, x)
	}
	return out
}

// valueLabel says a value as the form offers it.
func valueLabel(l web.Lang, f profiles.Form, key, value string) string {
	for _, x := range f.Fields() {
		if x.Key == key && x.Kind == profiles.TimeField {
			return l.Deadline(value)
		}
		if x.Key == key && x.Kind == profiles.ChoiceField && value != "" && slices.Contains(x.Options, value) {
			return optionLabel(l, f, x, value)
		}
	}
	return value
}

func init() {
	web.Add(web.Words{
		"profile.yes":       {"ja", "yes"},
		"profile.no":        {"nein", "no"},
		"profile.imported":  {"Eingelesene Datei", "Imported file"},
		"profile.image.set": {"ein Bild ist hinterlegt", "an image is kept"},
		"change.payload":    {"ganzer Payload", "whole payload"},
		"change.name":       {"Name", "Name"},
	})
}
