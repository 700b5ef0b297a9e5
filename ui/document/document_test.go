package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/store/school"
	"ranzen/ui/paper"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

var made = time.Date(2026, 11, 17, 7, 10, 0, 0, time.UTC)

// sample are facts for every place of a kind, numbered so that each contract is another.
func sample(kind school.DocumentKind, n int) Facts {
	return Sample(kind, web.German, "Musterstadt", "Gymnasium Nord", made, n)
}

// Every wording that stands here can be read, in both languages, and says the same places.
func TestTheWordingsHereCanBeRead(t *testing.T) {
	for _, k := range school.DocumentKinds {
		var places []string
		for _, l := range web.Langs {
			w, err := k.Read(Wording(k, l))
			if err != nil {
				t.Errorf("%s, %s: %v", k, l, err)
				continue
			}
			if Default(k, l) == nil {
				t.Errorf("%s, %s is not at hand", k, l)
			}
			all := w.Places()
			slices.Sort(all)
			has := strings.Join(all, " ")
			if places = append(places, has); places[0] != has {
				t.Errorf("%s says other things in another language:\n%s\n%s", k, places[0], has)
			}
		}
	}
}

// A paper has a title, a language and tagged tables, its pages say which of how many they are, and it is the same file for the same
// facts. The names are the longest a register holds.
func TestLEND10_PapersAreTaggedAndToBeKept(t *testing.T) {
	for _, k := range school.DocumentKinds {
		for _, l := range web.Langs {
			f := Sample(k, l, "Musterstadt", "Gymnasium Nord", made, 417)
			pdf, err := PDF(Paper{Wording: Default(k, l), Facts: f, Lang: l})
			if err != nil {
				t.Fatal(err)
			}
			kept, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			var again Facts
			if err := json.Unmarshal(kept, &again); err != nil {
				t.Fatal(err)
			}
			if same, err := PDF(Paper{Wording: Default(k, l), Facts: again, Lang: l}); err != nil || !bytes.Equal(pdf, same) {
				t.Errorf("%s, %s: kept and read again it is another file: %v", k, l, err)
			}
			path := webtest.KeepPDF(t, pdf)
			info := webtest.Tell(t, "pdfinfo", path)
			if !strings.Contains(info, "Tagged:          yes") || !strings.Contains(info, "Title:           "+Title(k, l)) || !bytes.Contains(pdf, []byte("/Lang ("+l.Locale()+")")) || !bytes.Contains(pdf, []byte("<pdfaid:part>2")) {
				t.Errorf("%s, %s:\n%s", k, l, info)
			}
			if check := webtest.Tell(t, "qpdf", "--check", path); !strings.Contains(check, "No syntax") {
				t.Errorf("%s, %s: %s", k, l, check)
			}
			text := strings.Join(strings.Fields(webtest.ReadPDF(t, pdf)), " ")
			if strings.Contains(text, "{{") || strings.Contains(text, "____") || strings.Contains(text, "**") {
				t.Errorf("%s, %s is not filled in: %s", k, l, text)
			}
			for place, value := range f.Values {
				if used(Default(k, l), place) && !strings.Contains(text, strings.Join(strings.Fields(value), " ")) {
					t.Errorf("%s, %s does not say %s (%s)", k, l, place, value)
				}
			}
			if tree := webtest.Tell(t, "pdfinfo", "-struct", path); len(f.Tables) > 0 && !strings.Contains(tree, "TH") {
				t.Errorf("%s, %s: the table has no head", k, l)
			}
			if want := map[web.Lang]string{web.German: "Seite 1 von ", web.English: "Page 1 of "}[l]; !strings.Contains(text, want) {
				t.Errorf("%s, %s: no page says %q", k, l, want)
			}
		}
	}
}

func used(w school.Wording, place string) bool {
	for _, p := range w.Places() {
		if p == place {
			return true
		}
	}
	return false
}

// The pages of a contract are known again when they come back as a scan.
func TestPagesAreKnownByTheirBars(t *testing.T) {
	pdf, err := PDF(Paper{Wording: Default(school.LoanContract, web.German), Facts: sample(school.LoanContract, 417)}, Paper{Wording: Default(school.LoanContract, web.German), Facts: sample(school.LoanContract, 418)})
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(t.TempDir(), "page")
	webtest.Tell(t, "pdftoppm", "-r", "150", "-gray", webtest.KeepPDF(t, pdf), base)
	files, err := filepath.Glob(base + "*.pgm")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d pages: %v", len(files), err)
	}
	read := webtest.Tell(t, "zbarimg", append([]string{"--quiet", "--nodbus"}, files...)...)
	for _, n := range []int{417, 418} {
		for page := 1; page <= len(files)/2; page++ {
			if want := Code(sample(school.LoanContract, n).Number, "", page); !strings.Contains(read, "CODE-128:"+want+"\n") {
				t.Errorf("page %s is not known: %s", want, read)
			}
		}
	}
}

// What was signed on a pad stands on the paper, is said to whoever cannot see it, and is nowhere else than in its box.
func TestASignatureStandsOnThePaper(t *testing.T) {
	f := sample(school.HandoverPaper, 1)
	f.Signers[0].Strokes = []paper.Stroke{{{X: 0, Y: 0}, {X: 300, Y: 80}, {X: 600, Y: 10}}}
	f.Signers[0].Signed = "Musterstadt, 17.11.2026, auf dem Bildschirm"
	pdf, err := PDF(Paper{Wording: Default(school.HandoverPaper, web.German), Facts: f})
	if err != nil {
		t.Fatal(err)
	}
	tree := webtest.Tell(t, "pdfinfo", "-struct", webtest.KeepPDF(t, pdf))
	if !strings.Contains(tree, "Figure") {
		t.Errorf("the tree has no drawing:\n%s", tree)
	}
	if text := webtest.ReadPDF(t, pdf); !strings.Contains(text, "auf dem Bildschirm") {
		t.Errorf("the paper does not say how it was signed:\n%s", text)
	}
}

func TestAPreviewCannotBeTakenForAContract(t *testing.T) {
	pdf, err := PDF(Paper{Wording: Default(school.LoanContract, web.German), Facts: sample(school.LoanContract, 1), Draft: true})
	if err != nil {
		t.Fatal(err)
	}
	text := webtest.ReadPDF(t, pdf)
	if !strings.Contains(text, "(Vorschau)") || strings.Contains(text, Code(sample(school.LoanContract, 1).Number, "", 1)) {
		t.Errorf("the preview says:\n%s", text)
	}
	if _, err := PDF(); err == nil {
		t.Error("no paper is a file")
	}
}

// At least eight contracts a second and core are asked for; one file holds a class.
func BenchmarkContracts(b *testing.B) {
	w := Default(school.LoanContract, web.German)
	var class []Paper
	for n := range 30 {
		class = append(class, Paper{Wording: w, Facts: sample(school.LoanContract, n)})
	}
	b.Run("one by one", func(b *testing.B) {
		for b.Loop() {
			if _, err := PDF(class[0]); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "contracts/s")
	})
	b.Run("a class", func(b *testing.B) {
		size := 0
		for b.Loop() {
			pdf, err := PDF(class...)
			if err != nil {
				b.Fatal(err)
			}
			size = len(pdf)
		}
		b.ReportMetric(float64(30*b.N)/b.Elapsed().Seconds(), "contracts/s")
		b.ReportMetric(float64(size)/30/1024, "KB/contract")
	})
}

func ExampleCode() {
	fmt.Println(Code("L-26-000417", Mark("c3f9a0"), 2))
	// Output: L-26-000417/2.C3F9A
}
