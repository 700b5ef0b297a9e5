package profiles

import (
	"regexp"
	"slices"
	"strings"

	"ranzen/store/school"
)

// variable finds what looks like a variable in a text. Blanks and unknown names count too: a typing error is to be told,
// not sent to a thousand devices. Other text in double braces is left alone.
var variable = regexp.MustCompile(`\{\{([A-Za-z0-9_. \-]{1,64})\}\}`)

// VariableError says that a variable has no value for this device, so the profile cannot be sent to it.
type VariableError struct {
	Name    string
	Empty   bool // known, but without a value here; else unknown
	Illegal bool // the value holds a character no property list can carry
}

func (e *VariableError) Error() string {
	switch {
	case e.Empty:
		return "variable " + e.Name + " has no value"
	case e.Illegal:
		return "the value of variable " + e.Name + " holds a character no property list can carry"
	}
	return "variable " + e.Name + " is unknown"
}

// Filled is the content with the variables of one device put in. It may hold what is secret or personal.
type Filled struct {
	Hash string // of the filled tree; the template's own where it has no variables
	tree Dict
	body []byte // of a template without variables, read only when it is delivered
}

// String keeps secrets and names out of whatever prints it.
func (f Filled) String() string { return "filled profile " + f.Hash }

// Fill puts values into the string values of the tree, each variable once: a value that looks like a variable stays as
// it is. Keys, data and XML are never touched, so a value cannot change the structure of the profile.
func Fill(c school.Content, values map[string]string) (Filled, error) {
	if len(c.Variables) == 0 {
		return Filled{Hash: c.Hash, body: c.Body}, nil
	}
	tree, err := templates.tree(c)
	if err != nil {
		return Filled{}, err
	}
	filled, err := mapStrings(tree, "", func(_, s string) (string, error) { return fillText(s, values) })
	if err != nil {
		return Filled{}, err
	}
	f := Filled{tree: filled.(Dict)}
	f.Hash = Hash(f.tree)
	return f, nil
}

func (f Filled) read() (Dict, error) {
	if f.tree != nil {
		return f.tree, nil
	}
	tree, _, err := read(f.body)
	return tree, err
}

func fillText(s string, values map[string]string) (string, error) {
	if !strings.Contains(s, "{{") {
		return s, nil
	}
	var failed error
	out := variable.ReplaceAllStringFunc(s, func(m string) string {
		name := m[2 : len(m)-2]
		value, known := values[name]
		switch {
		case failed != nil:
		case !known:
			failed = &VariableError{Name: name}
		case strings.TrimSpace(value) == "":
			failed = &VariableError{Name: name, Empty: true}
		case !legal(value):
			failed = &VariableError{Name: name, Illegal: true}
		}
		return value
	})
	return out, failed
}

// variablesOf lists the names used in string values, sorted, unknown ones among them.
func variablesOf(tree Dict) []string {
	var names []string
	eachString(tree, "", func(_, s string) { names = append(names, variablesIn(s)...) })
	return union(names)
}

func variablesIn(s string) (names []string) {
	if !strings.Contains(s, "{{") {
		return nil
	}
	for _, m := range variable.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	return names
}

func knownVariable(name string) bool { return slices.Contains(school.VariableNames, name) }

// Filling is one text of a profile and what it becomes for a device.
type Filling struct {
	Payload  int    // index into Content.Payloads, -1 for the frame
	Key      string // path of the key
	Template string
	Value    string // empty with Err; empty for secrets too
	Secret   bool   // the text is not shown, Template neither
	Err      *VariableError
}

// Preview shows every text with variables as the device would get it.
func Preview(c school.Content, values map[string]string) ([]Filling, error) {
	tree, err := Tree(c)
	if err != nil {
		return nil, err
	}
	var out []Filling
	eachText(tree, func(payload int, path, s string) {
		if len(variablesIn(s)) == 0 {
			return
		}
		f := Filling{Payload: payload, Key: path, Template: s}
		value, err := fillText(s, values)
		if err != nil {
			f.Err = err.(*VariableError)
		} else {
			f.Value = value
		}
		if secretPath(path) {
			f.Secret, f.Template, f.Value = true, "", ""
		}
		out = append(out, f)
	})
	return out, nil
}

// eachText visits the string values of the frame (payload -1) and of each payload, with paths inside them.
func eachText(tree Dict, f func(payload int, path, s string)) {
	frame := make(Dict, len(tree))
	for k, v := range tree {
		if k != "PayloadContent" {
			frame[k] = v
		}
	}
	eachString(frame, "", func(path, s string) { f(-1, path, s) })
	for i, p := range payloadsOf(tree) {
		eachString(p, "", func(path, s string) { f(i, path, s) })
	}
}
