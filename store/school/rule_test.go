package school_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store/school"
)

func TestRuleFits(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	ipad := func(change func(f *school.Facts)) school.Facts {
		f := school.Facts{At: now, Device: school.Device{Model: "iPad (9. Generation)", OSVersion: "17.6", Ownership: school.Owned, Confirmed: true, StorageFree: 12, LastSeen: now.Add(-time.Hour)},
			Place: school.Placement{School: "nord", SchoolType: "Gymnasium", Grade: "7"}, Holder: &school.Person{Kind: school.Pupil}}
		if change != nil {
			change(&f)
		}
		return f
	}
	for name, x := range map[string]struct {
		rule school.Rule
		f    school.Facts
		want bool
	}{
		"nothing said":           {school.Rule{}, ipad(nil), false},
		"model":                  {school.Rule{Models: []string{"iPad Air", "iPad (9. Generation)"}}, ipad(nil), true},
		"another model":          {school.Rule{Models: []string{"iPad Air"}}, ipad(nil), false},
		"old iPadOS":             {school.Rule{OSBelow: "17.10"}, ipad(nil), true},
		"not older than itself":  {school.Rule{OSBelow: "17.6"}, ipad(nil), false},
		"new enough":             {school.Rule{OSFrom: "17.6"}, ipad(nil), true},
		"iPadOS unknown":         {school.Rule{OSBelow: "18"}, ipad(func(f *school.Facts) { f.Device.OSVersion = "" }), false},
		"iPadOS unknown, newer":  {school.Rule{OSFrom: "15"}, ipad(func(f *school.Facts) { f.Device.OSVersion = "" }), false},
		"little storage":         {school.Rule{FreeBelow: 13}, ipad(nil), true},
		"just enough storage":    {school.Rule{FreeBelow: 12}, ipad(nil), false},
		"storage unknown":        {school.Rule{FreeBelow: 12}, ipad(func(f *school.Facts) { f.Device.StorageFree = 0 }), false},
		"seen":                   {school.Rule{Unseen: 14}, ipad(nil), false},
		"unseen":                 {school.Rule{Unseen: 14}, ipad(func(f *school.Facts) { f.Device.LastSeen = now.Add(-14 * 24 * time.Hour) }), true},
		"never seen":             {school.Rule{Unseen: 14}, ipad(func(f *school.Facts) { f.Device.LastSeen = time.Time{} }), false},
		"a teacher's":            {school.Rule{Kinds: []school.PersonKind{school.Teacher}}, ipad(func(f *school.Facts) { f.Holder.Kind = school.Teacher }), true},
		"a pupil's":              {school.Rule{Kinds: []school.PersonKind{school.Teacher}}, ipad(nil), false},
		"nobody's":               {school.Rule{Kinds: []school.PersonKind{school.Nobody}}, ipad(func(f *school.Facts) { f.Holder = nil }), true},
		"of parents":             {school.Rule{Ownership: []school.Ownership{school.Parent}}, ipad(func(f *school.Facts) { f.Device.Ownership = school.Parent }), true},
		"worn":                   {school.Rule{Worn: true}, ipad(func(f *school.Facts) { f.Device.Health = school.WornOut }), true},
		"school and grade":       {school.Rule{Schools: []school.SchoolID{"nord"}, Grades: []string{"7"}, Types: []string{"Gymnasium"}}, ipad(nil), true},
		"one condition does not": {school.Rule{Schools: []school.SchoolID{"nord"}, Grades: []string{"8"}}, ipad(nil), false},
		"not confirmed":          {school.Rule{Grades: []string{"7"}}, ipad(func(f *school.Facts) { f.Device.Confirmed = false }), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := x.rule.Fits(x.f); got != x.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestRuleIsChecked(t *testing.T) {
	many := make([]string, 300)
	for i := range many {
		many[i] = string(rune('a' + i))
	}
	for name, x := range map[string]struct {
		rule        school.Rule
		field, code string
	}{
		"empty":       {school.Rule{Models: []string{" "}}, "rule", "rule_empty"},
		"no version":  {school.Rule{OSFrom: "17,5"}, "os_from", "rule_version"},
		"a gap":       {school.Rule{OSBelow: "17."}, "os_below", "rule_version"},
		"none fits":   {school.Rule{OSFrom: "18", OSBelow: "17.5"}, "os_below", "rule_versions"},
		"days":        {school.Rule{Unseen: 731}, "unseen", "rule_range"},
		"storage":     {school.Rule{FreeBelow: -1}, "free_below", "rule_range"},
		"ownership":   {school.Rule{Ownership: []school.Ownership{"mine"}}, "ownership", "choice"},
		"kind":        {school.Rule{Kinds: []school.PersonKind{"robot"}}, "kinds", "choice"},
		"many values": {school.Rule{Models: many}, "models", "rule_many"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := x.rule.Check()
			e, ok := errors.AsType[*school.Error](err)
			if !ok || e.Field != x.field || e.Code != x.code || e.Kind != school.Invalid {
				t.Errorf("got %+v", err)
			}
		})
	}
	got, err := school.Rule{Models: []string{"b", " a ", "b", ""}, OSFrom: " 17.5 "}.Check()
	if err != nil || !cmp.Equal(got, school.Rule{Models: []string{"a", "b"}, OSFrom: "17.5"}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestGroupsByRuleKeepThoseOfThePerson(t *testing.T) {
	f := school.Facts{Device: school.Device{Confirmed: true, OSVersion: "17.1"}, Place: school.Placement{School: "nord", Groups: []school.GroupID{"club", "old", "was"}},
		Rules: []school.Group{{ID: "elsewhere", School: "sued", Rule: school.Rule{OSBelow: "18"}}, {ID: "here", School: "nord", Rule: school.Rule{OSBelow: "18"}},
			{ID: "old", Rule: school.Rule{OSBelow: "18"}}, {ID: "was", Rule: school.Rule{OSBelow: "17"}}}}
	if got := f.GroupsByRule(); !slices.Equal(got, []school.GroupID{"club", "here", "old"}) {
		t.Errorf("got %v", got)
	}
	if f.Place.Groups = f.GroupsByRule(); f.Regroups(f.Device) {
		t.Error("nothing changed and it comes to other groups")
	}
	d := f.Device
	if d.OSVersion = "18.0"; !f.Regroups(d) {
		t.Error("it was updated and stays in the groups")
	}
}
