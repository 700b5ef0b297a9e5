package school

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClassesRollOverByTheRules(t *testing.T) {
	for _, x := range []struct {
		kind    string
		classes []string // name, or name=grade
		choices map[string]string
		want    []string
	}{
		{"Gymnasium", []string{"5a", "06B", "Klasse 7", "9a"}, nil, []string{"5a up 6a 6", "06B up 07B 7", "Klasse 7 up Klasse 8 8", "9a up 10a 10"}},
		{"Gymnasium", []string{"9a", "10a", "10b", "EF", "Q1", "Q2"}, nil, []string{"9a up 10a 10", "10a up EF EF", "10b joins EF EF", "EF up Q1 Q1", "Q1 up Q2 Q2", "Q2 ends"}},
		{"Gymnasium", []string{"12a", "13a"}, nil, []string{"12a up 13a 13", "13a ends"}},
		{"Grundschule", []string{"3a", "4a"}, nil, []string{"3a up 4a 4", "4a ends"}},
		{"Grundschule", []string{"4a", "6a"}, nil, []string{"4a up 5a 5", "6a ends"}},
		{"Realschule", []string{"9a", "10c"}, nil, []string{"9a up 10a 10", "10c ends"}},
		{"Realschule", []string{"9a", "10c"}, map[string]string{"9a": "10d"}, []string{"9a up 10d 10", "10c ends"}},
		{"Gesamtschule", []string{"Chor=", "Willkommen=", "5a"}, nil, []string{"Chor stays Chor ", "Willkommen stays Willkommen ", "5a up 6a 6"}},
		{"Gesamtschule", []string{"7a", "7b"}, map[string]string{"7b": "8a"}, []string{"7a up 8a 8", "7b joins 8a 8"}},
		{"Gesamtschule", []string{"7a", "8a"}, map[string]string{"8a": "8a"}, []string{"7a joins 8a 8", "8a stays 8a 8"}},
		{"Gesamtschule", []string{"7a"}, map[string]string{"7a": ""}, []string{"7a ends"}},
	} {
		f := RolloverFacts{Type: x.kind, Choices: RolloverChoices{Classes: map[ClassID]string{}}}
		for _, c := range x.classes {
			name, grade := c, gradeIn(c)
			if n := len(c) - 1; c[n] == '=' {
				name, grade = c[:n], ""
			}
			f.Classes = append(f.Classes, RolloverClass{ID: ClassID(name), Name: name, Grade: grade})
		}
		for k, v := range x.choices {
			f.Choices.Classes[ClassID(k)] = v
		}
		var got []string
		for _, s := range PlanRollover(f).Steps {
			line := fmt.Sprintf("%s %s", s.Name, s.Does)
			if s.Does != RollsEnds {
				line += " " + s.To + " " + s.ToAs
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(x.want, got); diff != "" {
			t.Errorf("%s %v: %s", x.kind, x.classes, diff)
		}
	}
}
