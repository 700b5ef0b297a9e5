package webtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// KeepPDF writes a document where readers find it.
func KeepPDF(t *testing.T, pdf []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Tell runs a reader of documents, which must find nothing wrong, and returns what it says.
func Tell(t *testing.T, name string, args ...string) string {
	t.Helper()
	var wrong bytes.Buffer
	c := exec.Command(name, args...)
	c.Stderr = &wrong
	out, err := c.Output()
	if err != nil || wrong.Len() > 0 {
		t.Fatalf("%s: %v %s", name, err, wrong.String())
	}
	return string(out)
}

// ReadPDF is what one hears who has a PDF read out: its text, in order. It must be tagged.
func ReadPDF(t *testing.T, pdf []byte) string {
	t.Helper()
	path := KeepPDF(t, pdf)
	if info := Tell(t, "pdfinfo", path); !strings.Contains(info, "Tagged:          yes") {
		t.Errorf("the PDF is not tagged:\n%s", info)
	}
	return strings.Join(strings.Fields(Tell(t, "pdftotext", "-enc", "UTF-8", path, "-")), " ")
}
