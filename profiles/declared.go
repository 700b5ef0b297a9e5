package profiles

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"ranzen/profiles/schema"
	"ranzen/store/school"
)

// Some things Apple takes as declarations alone: since OS 27 every setting about updates. They are kept, assigned, compared
// and exported like any profile, as one payload whose type is the declaration's; on the way to the device the frame falls
// away and the payload's own keys become the declaration.
//
// Apple lets several of them stand beside each other. Here one of each type does: the nearest assignment decides whole, as
// with everything else that speaks about one subject, and the others are explained.
var declaredTypes = map[string]bool{school.UpdateDeclared: true, school.UpdateSettingsDeclared: true}

// objectOf finds what Apple's schema says about a payload type.
func objectOf(payloadType string) (*schema.Object, bool) {
	if declaredTypes[payloadType] {
		return schema.Declaration(payloadType)
	}
	return schema.Profile(payloadType)
}

// Declare returns the keys of the declaration a content goes as: those of its only payload, without the frame's.
func Declare(f Filled) (map[string]any, error) {
	tree, err := f.read()
	if err != nil {
		return nil, fmt.Errorf("declare: %w", err)
	}
	payloads := payloadsOf(tree)
	if len(payloads) != 1 {
		return nil, fmt.Errorf("declare: %d payloads", len(payloads))
	}
	common, _ := schema.Profile(schema.Common)
	keys := map[string]any{}
	for name, v := range payloads[0] {
		if _, frame := common.Child("", name); !frame {
			keys[name] = v
		}
	}
	return keys, nil
}

// Keys of com.apple.configuration.softwareupdate.enforcement.specific.
const (
	keyVersion  = "TargetOSVersion"
	keyBuild    = "TargetBuildVersion"
	keyDeadline = "TargetLocalDateTime"
	keyDetails  = "DetailsURL"
)

// Update is what a content demands of iPadOS.
type Update struct {
	Version  string
	Build    string
	Deadline time.Time // on the clock of the iPad; its zone means nothing
}

// UpdateOf reads what a content demands; ok is false where it demands no version.
func UpdateOf(c school.Content) (u Update, ok bool) {
	if c.Declared() != school.UpdateDeclared {
		return u, false
	}
	tree, err := templates.tree(c)
	if err != nil {
		return u, false
	}
	p := payloadsOf(tree)[0]
	u.Version, u.Build = p.text(keyVersion), p.text(keyBuild)
	u.Deadline, err = time.Parse(school.DeadlineForm, p.text(keyDeadline))
	return u, err == nil && versionForm.MatchString(u.Version)
}

// SetDeadline moves the deadline of a declaration made by Declare.
func SetDeadline(keys map[string]any, at time.Time) {
	keys[keyDeadline] = at.Format(school.DeadlineForm)
}

var (
	versionForm = regexp.MustCompile(`^[1-9][0-9]{0,2}(\.[0-9]{1,3}){0,2}$`)
	buildForm   = regexp.MustCompile(`^[0-9]{2,3}[A-Z][0-9]{1,5}[a-z]?$`)
)

// declared finds what would stand in the way of a declaration: company, and what differs from device to device. What devices
// have in common is thought once for all of them.
func (f *findings) declared(p Dict, payloads int) {
	if payloads > 1 {
		f.add(school.Wrong, "PayloadType", "declared_alone", p.text("PayloadType"))
	}
	eachString(p, "", func(path, s string) {
		for _, name := range variablesIn(s) {
			f.add(school.Wrong, path, "declared_variable", name)
		}
	})
}

// updateRule finds what Apple's schema leaves open: it knows these values as plain texts.
func updateRule(f *findings, p Dict) {
	if v, ok := p[keyVersion].(string); ok && !versionForm.MatchString(v) {
		f.add(school.Wrong, keyVersion, "os_version", printable(v))
	}
	if v, ok := p[keyBuild].(string); ok && !buildForm.MatchString(v) {
		f.add(school.Wrong, keyBuild, "os_build", printable(v))
	}
	if v, ok := p[keyDeadline].(string); ok {
		if _, err := time.Parse(school.DeadlineForm, v); err != nil {
			f.add(school.Wrong, keyDeadline, "local_time", printable(v))
		}
	}
	if v := p.text(keyDetails); v != "" && !strings.HasPrefix(v, "https://") {
		f.add(school.Warning, keyDetails, "https")
	}
}
