package paper

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ranzen/ui/web/webtest"
)

// last is a file as its last update leaves it, without compression.
func last(t *testing.T, pdf []byte) []byte {
	t.Helper()
	plain := filepath.Join(t.TempDir(), "plain.pdf")
	webtest.Tell(t, "qpdf", "--qdf", "--object-streams=disable", webtest.KeepPDF(t, pdf), plain)
	b, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What ISO 19005-2 asks of a file as far as it can be seen from its structure. The reference checker does not run here.
func TestFilesAreBuiltToBeKept(t *testing.T) {
	pdf, err := sample().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if report := webtest.Tell(t, "qpdf", "--check", webtest.KeepPDF(t, pdf)); !strings.Contains(report, "No syntax or stream encoding errors") {
		t.Errorf("qpdf says:\n%s", report)
	}
	first, rest, _ := bytes.Cut(pdf, []byte("\n"))
	if !bytes.HasPrefix(first, []byte("%PDF-1.")) || len(rest) < 5 || rest[0] != '%' || rest[1] < 128 || rest[2] < 128 || rest[3] < 128 || rest[4] < 128 {
		t.Errorf("the file begins with %q", pdf[:24])
	}
	if end := pdf[bytes.LastIndex(pdf, []byte("trailer")):]; !regexp.MustCompile(`/ID\[<[0-9a-f]{32}><[0-9a-f]{32}>\]`).Match(end) {
		t.Error("the file has no id")
	}
	plain := last(t, pdf)
	for _, never := range []string{"/Encrypt", "/JavaScript", "/EmbeddedFiles", "/Transparency", "/AA", "/XFA", "/SMask", "/LZWDecode", "/Annots", "/ExtGState"} {
		if bytes.Contains(plain, []byte(never)) {
			t.Errorf("the file has %s", never)
		}
	}
	for _, want := range []string{"/GTS_PDFA1", "/MarkInfo", "/CIDToGIDMap", "/FontFile2", "<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>B</pdfaid:conformance>"} {
		if !bytes.Contains(plain, []byte(want)) {
			t.Errorf("the file has no %s", want)
		}
	}
	from, to := bytes.Index(pdf, []byte("<?xpacket begin")), bytes.Index(pdf, []byte(`<?xpacket end="r"?>`))
	if from < 0 || to < 0 {
		t.Fatal("the description is not to be read without a PDF program")
	}
	var meta struct {
		Title string `xml:"RDF>Description>title>Alt>li"`
		Made  string `xml:"RDF>Description>CreateDate"`
	}
	if err := xml.Unmarshal(pdf[from:to], &meta); err != nil || meta.Title != "Auskunft über Ömer Özgün" || meta.Made != "2026-11-17T07:10:00Z" {
		t.Errorf("the file describes itself as %+v: %v", meta, err)
	}
	for _, line := range strings.Split(strings.TrimSpace(webtest.Tell(t, "pdffonts", webtest.KeepPDF(t, pdf))), "\n")[2:] {
		if f := strings.Fields(line); len(f) < 7 || f[4] != "yes" || f[6] != "yes" {
			t.Errorf("a font is not embedded with its letters: %s", line)
		}
	}
}

func TestTheColourProfileIsOne(t *testing.T) {
	p := sRGB()
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(p[at:])) }
	if u32(0) != len(p) || string(p[36:40]) != "acsp" || string(p[12:24]) != "mntrRGB XYZ " || len(p)%4 != 0 {
		t.Fatalf("the head of the profile: %q", p[:40])
	}
	seen := map[string]bool{}
	var white [3]float64
	for i := range u32(128) {
		at := 132 + 12*i
		name, from, size := string(p[at:at+4]), u32(at+4), u32(at+8)
		if from%4 != 0 || from+size > len(p) {
			t.Errorf("%s lies at %d, %d long", name, from, size)
		}
		seen[name] = true
		if strings.HasSuffix(name, "XYZ") {
			for k := range white {
				white[k] += float64(int32(u32(from+8+4*k))) / 65536
			}
		}
	}
	for _, name := range []string{"desc", "cprt", "wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"} {
		if !seen[name] {
			t.Errorf("the profile has no %s", name)
		}
	}
	for k, want := range []float64{0.9642, 1, 0.8249} { // full red, green and blue together are white
		if d := white[k] - want; d > 0.001 || d < -0.001 {
			t.Errorf("white is %v", white)
		}
	}
}

// A file of several documents numbers each for itself, names each on its pages in bars, and is read out part by part.
func TestAFileHoldsSeveralDocuments(t *testing.T) {
	made := time.Date(2026, 11, 17, 7, 10, 0, 0, time.UTC)
	o := func(n int) Options {
		return Options{Title: fmt.Sprint("Vertrag ", n), Lang: "de-DE", Made: made, Foot: "Musterstadt", Page: func(n, of int) string { return fmt.Sprintf("Seite %d von %d", n, of) },
			Code: func(page int) string { return fmt.Sprintf("V26-%06d-%d", n, page) }}
	}
	d := New(o(1))
	d.Text(strings.Repeat("Viel Text. ", 900))
	d.Next(o(2))
	d.Text("Wenig Text.")
	pdf, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(webtest.ReadPDF(t, pdf)), " ")
	for _, want := range []string{"Seite 1 von 2", "Seite 2 von 2", "Seite 1 von 1", "V26-000001-2", "V26-000002-1"} {
		if !strings.Contains(text, want) {
			t.Errorf("no page says %q", want)
		}
	}
	tree := webtest.Tell(t, "pdfinfo", "-struct", webtest.KeepPDF(t, pdf))
	if strings.Count(tree, "Part") != 2 || strings.Count(tree, "H1") != 2 {
		t.Errorf("the tree is\n%s", tree)
	}
	base := filepath.Join(t.TempDir(), "page")
	webtest.Tell(t, "pdftoppm", "-r", "200", "-gray", webtest.KeepPDF(t, pdf), base)
	read := webtest.Tell(t, "zbarimg", "--quiet", "--nodbus", base+"-1.pgm", base+"-2.pgm", base+"-3.pgm")
	for _, want := range []string{"V26-000001-1", "V26-000001-2", "V26-000002-1"} {
		if !strings.Contains(read, "CODE-128:"+want) {
			t.Errorf("a scanned page is not known as %s: %s", want, read)
		}
	}
}
