package school_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ranzen/store/school"
)

func TestAWordingIsReadAsItWasMeant(t *testing.T) {
	w, err := school.ReadWording("# Dauer\n\nBis **{{contract.until}}**,\nlänger nicht.\n- Hülle bleibt\n- {{person.name}}: kein <b>HTML</b>\n\n## Unterschrift\r\n{{ signatures }}\nEnde", []string{"contract.until", "person.name"}, []string{"signatures"})
	if err != nil {
		t.Fatal(err)
	}
	want := school.Wording{
		{Kind: school.WordingHeading, Runs: []school.WordingRun{{Text: "Dauer"}}},
		{Kind: school.WordingText, Runs: []school.WordingRun{{Text: "Bis "}, {Name: "contract.until", Bold: true}, {Text: ","}, {Text: " "}, {Text: "länger nicht."}}},
		{Kind: school.WordingPoint, Runs: []school.WordingRun{{Text: "Hülle bleibt"}}},
		{Kind: school.WordingPoint, Runs: []school.WordingRun{{Name: "person.name"}, {Text: ": kein <b>HTML</b>"}}},
		{Kind: school.WordingSmallHeading, Runs: []school.WordingRun{{Text: "Unterschrift"}}},
		{Kind: school.WordingTable, Name: "signatures"},
		{Kind: school.WordingText, Runs: []school.WordingRun{{Text: "Ende"}}},
	}
	if d := cmp.Diff(want, w); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"contract.until", "person.name", "signatures"}, w.Places()); d != "" {
		t.Error(d)
	}
}

func TestWhatIsWrongInAWordingIsToldByLine(t *testing.T) {
	for text, want := range map[string]struct {
		code string
		row  int
	}{
		"gut\n{{person.geheim}}":        {"wording_place", 2},
		"{{person.name":                 {"wording_brace", 1},
		"a }} b":                        {"wording_brace", 1},
		"{{a {{person.name}} b}}":       {"wording_brace", 1},
		"\n\n**fett":                    {"wording_bold", 3},
		"mitten {{signatures}} im Text": {"wording_table", 1},
	} {
		_, err := school.ReadWording(text, []string{"person.name"}, []string{"signatures"})
		all := school.Refusals(err)
		if len(all) != 1 || all[0].Code != want.code || all[0].Row != want.row {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := school.ReadWording("{{x}}\n{{y}}", nil, nil); len(school.Refusals(err)) != 2 {
		t.Errorf("only the first is told: %v", err)
	}
	for _, text := range []string{"", " \n\n", strings.Repeat("x", school.MaxWording+1), "\xff"} {
		if _, err := school.ReadWording(text, nil, nil); school.KindOf(err) != school.Invalid {
			t.Errorf("%.10q is taken: %v", text, err)
		}
	}
}

func TestAContractNamesItsPartiesAndItsObject(t *testing.T) {
	_, err := school.LoanContract.Read("{{authority.name}} leiht {{person.name}} etwas bis {{contract.until}}.\n\n{{signatures}}")
	if all := school.Refusals(err); len(all) != 1 || all[0].Code != "wording_needs" || all[0].Args[0] != "{{contract.number}}" {
		t.Errorf("a contract without a number: %v", err)
	}
	for _, k := range school.DocumentKinds {
		if len(k.Places()) == 0 || len(k.Needs()) == 0 {
			t.Errorf("%s may say nothing", k)
		}
		for _, need := range k.Needs() {
			if _, err := school.ReadWording("{{"+need+"}}", k.Places(), k.Tables()); err != nil {
				t.Errorf("%s needs what it may not have: %s", k, need)
			}
		}
	}
	if school.DocumentKind("will").Places() != nil {
		t.Error("an unknown kind has places")
	}
}

// Whatever somebody types, reading it ends, and what is read holds nothing that is not on the lists.
func FuzzReadWording(f *testing.F) {
	f.Add("# a\n{{person.name}} **b** {{signatures}}\n{{signatures}}\n- c")
	f.Add("{{{{}}}}**")
	places, tables := []string{"person.name"}, []string{"signatures"}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := school.ReadWording(text, places, tables)
		if err != nil {
			if school.KindOf(err) != school.Invalid {
				t.Errorf("%v", err)
			}
			return
		}
		for _, b := range w {
			if b.Name != "" && b.Name != "signatures" {
				t.Errorf("a table %q", b.Name)
			}
			for _, r := range b.Runs {
				if r.Name != "" && r.Name != "person.name" || !utf8.ValidString(r.Text) || strings.Contains(r.Text, "{{") {
					t.Errorf("%q holds %+v", text, r)
				}
			}
		}
	})
}
