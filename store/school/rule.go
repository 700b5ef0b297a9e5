package school

import (
	"slices"
	"strings"
	"time"
)

// Rule says which devices belong to a group by what they are and where they stand, so that nobody keeps a list. Every
// condition that is set has to hold; of a list, one value is enough. A device nobody confirmed fits no rule.
type Rule struct {
	Schools   []SchoolID   `json:"schools,omitempty"`
	Types     []string     `json:"school_types,omitempty"`
	Grades    []string     `json:"grades,omitempty"`
	Models    []string     `json:"models,omitempty"` // as devices call themselves
	Ownership []Ownership  `json:"ownership,omitempty"`
	Kinds     []PersonKind `json:"kinds,omitempty"`      // of whom it belongs to; Nobody: it stands in a case or a cupboard
	OSFrom    string       `json:"os_from,omitempty"`    // this version of iPadOS or a later one
	OSBelow   string       `json:"os_below,omitempty"`   // an older one than this
	FreeBelow int          `json:"free_below,omitempty"` // less free storage than so many GB
	Unseen    int          `json:"unseen,omitempty"`     // not seen for so many days
	Worn      bool         `json:"worn,omitempty"`       // the battery should be replaced
}

// Nobody is the kind of person of a device that nobody has and nobody is to get.
const Nobody PersonKind = "nobody"

// RuleKinds are the kinds a rule may ask for.
var RuleKinds = []PersonKind{Pupil, Teacher, Staff, Nobody}

// Bounds of a rule: what is beyond them is a slip of the hand.
const (
	mostRuleValues = 200
	MostFreeBelow  = 2000
	MostUnseen     = 730
)

// Empty reports whether the rule says nothing: the group has a list of people instead.
func (r Rule) Empty() bool {
	return len(r.Schools)+len(r.Types)+len(r.Grades)+len(r.Models)+len(r.Ownership)+len(r.Kinds) == 0 && r.OSFrom == "" && r.OSBelow == "" && r.FreeBelow == 0 && r.Unseen == 0 && !r.Worn
}

// ByTime reports whether devices fit the rule, or no longer do, merely because time passes.
func (r Rule) ByTime() bool { return r.Unseen > 0 }

// Check brings a rule into its one form and refuses what cannot be meant.
func (r Rule) Check() (Rule, error) {
	r.Schools, r.Types, r.Grades, r.Models = tidy(r.Schools), tidy(r.Types), tidy(r.Grades), tidy(r.Models)
	r.Ownership, r.Kinds = tidy(r.Ownership), tidy(r.Kinds)
	r.OSFrom, r.OSBelow = strings.TrimSpace(r.OSFrom), strings.TrimSpace(r.OSBelow)
	for _, o := range r.Ownership {
		if !slices.Contains(Ownerships, o) {
			return r, Refuse("ownership", "choice")
		}
	}
	for _, k := range r.Kinds {
		if !slices.Contains(RuleKinds, k) {
			return r, Refuse("kinds", "choice")
		}
	}
	for _, v := range []struct{ field, value string }{{"os_from", r.OSFrom}, {"os_below", r.OSBelow}} {
		if v.value != "" && !osVersion(v.value) {
			return r, Refuse(v.field, "rule_version", v.value)
		}
	}
	switch {
	case len(r.Schools)+len(r.Types)+len(r.Grades)+len(r.Models) > mostRuleValues:
		return r, Refuse("models", "rule_many", mostRuleValues)
	case r.OSFrom != "" && r.OSBelow != "" && OSAtLeast(r.OSFrom, r.OSBelow):
		return r, Refuse("os_below", "rule_versions")
	case r.FreeBelow < 0 || r.FreeBelow > MostFreeBelow:
		return r, Refuse("free_below", "rule_range", 1, MostFreeBelow)
	case r.Unseen < 0 || r.Unseen > MostUnseen:
		return r, Refuse("unseen", "rule_range", 1, MostUnseen)
	case r.Empty():
		return r, Refuse("rule", "rule_empty")
	}
	return r, nil
}

// tidy sorts values and drops empty and repeated ones.
func tidy[S ~string](list []S) []S {
	out := make([]S, 0, len(list))
	for _, v := range list {
		if v = S(strings.TrimSpace(string(v))); v != "" {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) == 0 {
		return nil
	}
	return out
}

// osVersion reports whether something is written like a version of iPadOS: "17", "17.5", "17.5.1".
func osVersion(v string) bool {
	parts := strings.Split(v, ".")
	for _, p := range parts {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return len(parts) <= 4
}

// Fits reports whether a device with these facts belongs to the rule. What is not known fits no condition about it.
func (r Rule) Fits(f Facts) bool {
	d := f.Device
	kind := Nobody
	if f.Holder != nil {
		kind = f.Holder.Kind
	}
	switch {
	case !d.Confirmed, r.Empty(),
		!among(r.Schools, f.Place.School), !among(r.Types, f.Place.SchoolType), !among(r.Grades, f.Place.Grade), !among(r.Models, d.Model),
		!among(r.Ownership, d.Ownership), !among(r.Kinds, kind),
		r.OSFrom != "" && (d.OSVersion == "" || !OSAtLeast(d.OSVersion, r.OSFrom)),
		r.OSBelow != "" && (d.OSVersion == "" || OSAtLeast(d.OSVersion, r.OSBelow)),
		r.FreeBelow > 0 && (d.StorageFree <= 0 || d.StorageFree >= float64(r.FreeBelow)),
		r.Unseen > 0 && (d.LastSeen.IsZero() || f.At.Sub(d.LastSeen) < time.Duration(r.Unseen)*24*time.Hour),
		r.Worn && d.Health != WornOut:
		return false
	}
	return true
}

func among[V comparable](list []V, v V) bool { return len(list) == 0 || slices.Contains(list, v) }

// Has reports whether a group by rule has a device with these facts: it fits, and stands at the school of the group if that has one.
func (g Group) Has(f Facts) bool {
	return (g.School == "" || g.School == f.Place.School) && g.Rule.Fits(f)
}

// GroupsByRule are the groups a device with these facts belongs to: those of its person, as they are, and those whose rule it
// fits. Whoever changes facts in thought takes them from here.
func (f Facts) GroupsByRule() []GroupID {
	byRule := make(map[GroupID]bool, len(f.Rules))
	for i := range f.Rules {
		byRule[f.Rules[i].ID] = f.Rules[i].Has(f)
	}
	out := make([]GroupID, 0, len(f.Place.Groups))
	for _, g := range f.Place.Groups {
		if _, ruled := byRule[g]; !ruled {
			out = append(out, g)
		}
	}
	for g, in := range byRule {
		if in {
			out = append(out, g)
		}
	}
	if len(out) == 0 {
		return nil
	}
	slices.Sort(out)
	return out
}

// Regroups reports whether the device belongs to other groups once it is as in d.
func (f Facts) Regroups(d Device) bool {
	if len(f.Rules) == 0 {
		return false
	}
	f.Device = d
	return !slices.Equal(f.Place.Groups, f.GroupsByRule())
}
