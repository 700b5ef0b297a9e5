package roster

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

// errTooMuch ends the unpacking of an archive that holds more than it may.
var errTooMuch = errors.New("roster: the archive holds too much")

// maxEntries is far above the six files of Apple and the parts of a spreadsheet.
const maxEntries = 2000

// archive is a ZIP of which only so much may be unpacked, whatever its directory promises. Nothing of it touches a disk;
// names are keys and no paths.
type archive struct {
	files  map[string]*zip.File
	folder bool // the files lie in one folder
	budget int64
}

func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, broken(err)
	}
	if len(z.File) > maxEntries {
		return nil, refuse("entries", maxEntries)
	}
	a := &archive{files: map[string]*zip.File{}, budget: maxUnpack}
	book := false
	for _, f := range z.File {
		book = book || f.Name == "xl/workbook.xml"
	}
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, "\\", "/")
		if strings.HasSuffix(name, "/") || strings.HasPrefix(path.Base(name), ".") || strings.HasPrefix(name, "__MACOSX/") {
			continue
		}
		if !book && strings.Contains(name, "/") {
			a.folder = true
			name = path.Base(name)
		}
		key := strings.ToLower(name)
		if _, twice := a.files[key]; twice {
			return nil, refuse("twice", name)
		}
		a.files[key] = f
	}
	return a, nil
}

func (a *archive) has(name string) bool { return a.files[strings.ToLower(name)] != nil }

// open unpacks a file while it is read.
func (a *archive) open(name string) (io.ReadCloser, error) {
	f := a.files[strings.ToLower(name)]
	if f == nil {
		return nil, refuse("missing", name)
	}
	if f.Flags&1 != 0 {
		return nil, refuse("locked")
	}
	r, err := f.Open()
	if err != nil {
		return nil, broken(err)
	}
	return &measured{r, a}, nil
}

// measured takes what is unpacked from the archive's budget.
type measured struct {
	io.ReadCloser
	from *archive
}

func (m *measured) Read(p []byte) (int, error) {
	if m.from.budget <= 0 {
		return 0, errTooMuch
	}
	if int64(len(p)) > m.from.budget {
		p = p[:m.from.budget]
	}
	n, err := m.ReadCloser.Read(p)
	m.from.budget -= int64(n)
	return n, err
}

// text opens a file of an archive as text, with its letters found out as for a file of its own.
func (a *archive) text(name string) (io.Reader, Encoding, func() error, error) {
	r, err := a.open(name)
	if err != nil {
		return nil, "", nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		r.Close()
		return nil, "", nil, broken(err)
	}
	if len(body) > maxText {
		r.Close()
		return nil, "", nil, errTooMuch
	}
	enc, _, err := scanEncoding(func() io.Reader { return bytes.NewReader(body) })
	return decode(bytes.NewReader(body), enc), enc, r.Close, err
}
