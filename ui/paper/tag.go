package paper

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// What is marked on the pages gets a tree beside them: each element has a type, and as children other elements or marked
// pieces of pages (ISO 32000-1, 14.7 and 14.8). The finished file is not rewritten: the tree, new versions of the pages
// and of the catalog are appended to it, as an editor would (7.5.6, incremental updates).

// element is one node of the tree.
type element struct {
	kind  string
	scope string // of a table head: Column or Row
	alt   string // what a drawing is, for whoever does not see it
	kids  []kid
}

// kid is an element, or a piece of a page.
type kid struct {
	element *element
	page    int
	mark    int
}

type tagger struct {
	root  *element
	here  *element           // below which elements without another hang
	marks map[int][]*element // per page, by number of the mark
}

func (t *tagger) begin() {
	t.root, t.marks = &element{kind: "Document"}, map[int][]*element{}
	t.here = t.root
}

// first puts what was written so far into a part of its own, next begins another.
func (t *tagger) first() {
	t.root.kids = []kid{{element: &element{kind: "Part", kids: t.root.kids}}}
}

func (t *tagger) next() {
	t.here = &element{kind: "Part"}
	t.root.kids = append(t.root.kids, kid{element: t.here})
}

// add hangs an element below another; nil: below the document, or the part under way.
func (t *tagger) add(below *element, kind string) *element {
	if below == nil {
		below = t.here
	}
	e := &element{kind: kind}
	below.kids = append(below.kids, kid{element: e})
	return e
}

func (t *tagger) head(row *element, scope string) *element {
	e := t.add(row, "TH")
	e.scope = scope
	return e
}

// marked writes a piece of a page that belongs to an element.
func (d *Doc) marked(e *element, write func()) {
	n := len(d.tags.marks[d.page])
	d.tags.marks[d.page] = append(d.tags.marks[d.page], e)
	e.kids = append(e.kids, kid{page: d.page, mark: n})
	d.pdf.RawWriteStr(fmt.Sprintf("/%s <</MCID %d>> BDC", e.kind, n))
	write()
	d.pdf.RawWriteStr("EMC")
}

func (d *Doc) artifact(write func()) {
	d.pdf.RawWriteStr("/Artifact BMC")
	write()
	d.pdf.RawWriteStr("EMC")
}

var (
	pageObject    = regexp.MustCompile(`(?s)(\d+) 0 obj\n<<(/Type /Page\n.*?)>>\nendobj`)
	catalogObject = regexp.MustCompile(`(?s)(\d+) 0 obj\n<<\n?(/Type /Catalog.*?)>>\nendobj\nxref`)
	noFiles       = regexp.MustCompile(`(?s)/(Names <<.*?\n>>|OutputIntents \[\s*\])`)
	trailerSize   = regexp.MustCompile(`/Size (\d+)`)
	trailerInfo   = regexp.MustCompile(`/Info (\d+ 0 R)`)
	trailerStart  = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\s*$`)
)

// transparency is what the writer says of every page; nothing on ours is transparent.
var transparency = []byte("/Group <</Type /Group /S /Transparency /CS /DeviceRGB>>\n")

// finish writes the file and appends the tree.
func (d *Doc) finish() ([]byte, error) {
	if err := d.feet(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := d.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	pdf := b.Bytes()
	pages, catalog, start := pageObject.FindAllSubmatch(pdf, -1), catalogObject.FindSubmatch(pdf), trailerStart.FindSubmatch(pdf)
	if len(pages) != d.page || catalog == nil || start == nil {
		return nil, errors.New("paper: the file is not built as expected")
	}
	end := pdf[bytes.LastIndex(pdf, []byte("trailer")):]
	size, info := trailerSize.FindSubmatch(end), trailerInfo.FindSubmatch(end)
	if size == nil || info == nil {
		return nil, errors.New("paper: the file has no trailer")
	}
	first, err := strconv.Atoi(string(size[1]))
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}

	u := &update{pdf: pdf, at: map[int]int{}, next: first, number: map[*element]int{}}
	root, parents, profile, meta := u.take(), u.take(), u.take(), u.take()
	u.name(d.tags.root)
	pageNumber := make([]string, len(pages)+1)
	for i, m := range pages {
		pageNumber[i+1] = string(m[1])
		n, err := strconv.Atoi(string(m[1]))
		if err != nil {
			return nil, fmt.Errorf("paper: %w", err)
		}
		u.put(n, fmt.Sprintf("<<%s/StructParents %d /Tabs /S>>", bytes.Replace(m[2], transparency, nil, 1), i))
	}
	u.write(d.tags.root, root, pageNumber)
	var nums strings.Builder
	for i := range pages {
		fmt.Fprintf(&nums, "%d [", i)
		for _, e := range d.tags.marks[i+1] {
			fmt.Fprintf(&nums, "%d 0 R ", u.number[e])
		}
		nums.WriteString("] ")
	}
	u.put(parents, "<</Nums["+nums.String()+"]>>")
	u.put(root, fmt.Sprintf("<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>", u.number[d.tags.root], parents, len(pages)))
	cat, err := strconv.Atoi(string(catalog[1]))
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	viewer := "/DisplayDocTitle true"
	if d.unscaled {
		viewer += "/PrintScaling/None"
	}
	u.stream(profile, "/N 3", sRGB())
	u.stream(meta, "/Type/Metadata/Subtype/XML", d.metadata())
	u.put(cat, fmt.Sprintf("<<%s/Version/1.7/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R/ViewerPreferences<<%s>>/Metadata %d 0 R/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)/DestOutputProfile %d 0 R>>]>>",
		noFiles.ReplaceAll(catalog[2], nil), root, viewer, meta, profile))
	return u.end(cat, string(info[1]), string(start[1])), nil
}

// update is what is appended to a finished file.
type update struct {
	pdf    []byte
	at     map[int]int // object → where it begins
	next   int
	number map[*element]int
}

func (u *update) take() int {
	u.next++
	return u.next - 1
}

// name numbers an element and everything below it.
func (u *update) name(e *element) {
	u.number[e] = u.take()
	for _, k := range e.kids {
		if k.element != nil {
			u.name(k.element)
		}
	}
}

func (u *update) put(n int, body string) {
	u.at[n] = len(u.pdf)
	u.pdf = append(u.pdf, fmt.Sprintf("%d 0 obj\n%s\nendobj\n", n, body)...)
}

func (u *update) stream(n int, dict string, body []byte) {
	u.put(n, fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(body), body))
}

func (u *update) write(e *element, above int, pages []string) {
	var kids strings.Builder
	for _, k := range e.kids {
		if k.element != nil {
			fmt.Fprintf(&kids, "%d 0 R ", u.number[k.element])
		} else {
			fmt.Fprintf(&kids, "<</Type/MCR/Pg %s 0 R/MCID %d>> ", pages[k.page], k.mark)
		}
	}
	scope := ""
	if e.scope != "" {
		scope = "/A<</O/Table/Scope/" + e.scope + ">>"
	}
	if e.alt != "" {
		scope += "/Alt<" + utf16Hex(e.alt) + ">"
	}
	u.put(u.number[e], fmt.Sprintf("<</Type/StructElem/S/%s/P %d 0 R%s/K[%s]>>", e.kind, above, scope, kids.String()))
	for _, k := range e.kids {
		if k.element != nil {
			u.write(k.element, u.number[e], pages)
		}
	}
}

// end writes the table of what was appended; a reader goes from it to the one before.
func (u *update) end(catalog int, info, before string) []byte {
	start := len(u.pdf)
	var x bytes.Buffer
	x.WriteString("xref\n")
	for n := range u.next {
		if at, ok := u.at[n]; ok {
			fmt.Fprintf(&x, "%d 1\n%010d 00000 n \n", n, at)
		}
	}
	id := sha256.Sum256(u.pdf)
	fmt.Fprintf(&x, "trailer\n<</Size %d/Root %d 0 R/Info %s/Prev %s/ID[<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n", u.next, catalog, info, before, id[:16], id[:16], start)
	return append(u.pdf, x.Bytes()...)
}
