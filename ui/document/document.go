// Package document writes the papers of the lending desk: contracts, receipts, records of handing out and taking back,
// reminders, notices. What a paper says is an authority's own wording in a closed language (package school), and until it
// has one of its own, the wording that stands here.
//
// The wordings here were written from what such papers usually say, for schools to begin with. They are no legal advice:
// an authority reads them with whoever advises it before it releases them as its own.
//
// A paper is made of its wording and of the facts it is about and of nothing else, so that the same two give the same file,
// byte by byte, years later. The German text binds; a second language beside it is there to be understood.
package document

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"ranzen/store/school"
	"ranzen/ui/paper"
	"ranzen/ui/web"
)

//go:embed text
var texts embed.FS

// Wording is the text for a kind that an authority without one of its own uses.
func Wording(kind school.DocumentKind, l web.Lang) string {
	b, err := texts.ReadFile("text/" + string(kind) + "." + l.Plain().String() + ".md")
	if err != nil {
		return ""
	}
	return string(b)
}

// Facts are what a paper is about. They can be kept and read again.
type Facts struct {
	Kind    school.DocumentKind `json:"kind"`
	Number  string              `json:"number,omitempty"` // of the contract: printed in bars on every page
	Made    time.Time           `json:"made"`
	Issuer  string              `json:"issuer"` // authority and school, at the foot of every page
	Values  map[string]string   `json:"values"`
	Tables  map[string]Table    `json:"tables,omitempty"`
	Signers []Signer            `json:"signers,omitempty"`
}

// Table is a table of facts.
type Table struct {
	Head   []string   `json:"head"`
	Shares []float64  `json:"shares"`
	Rows   [][]string `json:"rows"`
	None   string     `json:"none,omitempty"` // said where there is no row
}

// Signer is who signs, and what they signed with once they did.
type Signer struct {
	Label   string         `json:"label"`
	Name    string         `json:"name,omitempty"`
	Signed  string         `json:"signed,omitempty"` // when and how, for people
	Strokes []paper.Stroke `json:"strokes,omitempty"`
}

// Paper is one document to be written.
type Paper struct {
	Wording school.Wording
	Facts   Facts
	Lang    web.Lang
	// Mark tells in the bars which paper of a contract it is; see Mark.
	Mark string
	// Draft is written across what must not be signed: a preview.
	Draft bool
}

// Title is what a paper of a kind is called.
func Title(kind school.DocumentKind, l web.Lang) string { return web.T(l, "document."+string(kind)) }

// Mark is the short of a paper's hash: a page that comes back says of which paper it is, and in which version.
func Mark(hash string) string { return strings.ToUpper(hash[:min(len(hash), markLong)]) }

const markLong = 5

// Code is what stands in bars on a page, and what a scanned page is known by.
func Code(number, mark string, page int) string {
	if mark == "" {
		return fmt.Sprintf("%s/%d", number, page)
	}
	return fmt.Sprintf("%s/%d.%s", number, page, mark)
}

// ReadCode reads what Code wrote.
func ReadCode(code string) (number, mark string, page int, ok bool) {
	number, rest, found := strings.Cut(code, "/")
	at, mark, _ := strings.Cut(rest, ".")
	page, err := strconv.Atoi(at)
	return number, mark, page, found && err == nil && number != "" && page > 0
}

// PDF writes papers one after the other into one file: those of a class, or a single one.
func PDF(papers ...Paper) ([]byte, error) {
	var d *paper.Doc
	for _, p := range papers {
		o := p.options()
		if d == nil {
			d = paper.New(o)
		} else {
			d.Next(o)
		}
		p.write(d)
	}
	if d == nil {
		return nil, school.Missing("document")
	}
	if len(papers) > 1 {
		d.Rename(papers[0].t("document.several", Title(papers[0].Facts.Kind, papers[0].Lang), len(papers)))
	}
	return d.Bytes()
}

// Pages is how many pages a paper has.
func Pages(p Paper) int {
	d := paper.New(p.options())
	p.write(d)
	return d.Pages()
}

func (p Paper) t(key string, args ...any) string { return web.T(p.Lang, key, args...) }

func (p Paper) options() paper.Options {
	o := paper.Options{Title: Title(p.Facts.Kind, p.Lang), Lang: p.Lang.Locale(), Made: p.Facts.Made, Foot: p.Facts.Issuer,
		Page: func(n, of int) string { return web.T(p.Lang, "document.page", n, of) }}
	if p.Facts.Number != "" {
		o.Title = p.t("document.numbered", o.Title, p.Facts.Number)
		o.Code = func(n int) string { return Code(p.Facts.Number, p.Mark, n) }
	}
	if p.Draft {
		o.Title, o.Code = p.t("document.draft", o.Title), nil
	}
	return o
}

func (p Paper) write(d *paper.Doc) {
	var points [][]paper.Run
	for _, b := range p.Wording {
		if b.Kind != school.WordingPoint && len(points) > 0 {
			d.Points(points...)
			points = nil
		}
		switch b.Kind {
		case school.WordingHeading, school.WordingSmallHeading:
			text := ""
			for _, r := range p.runs(b.Runs) {
				text += r.Text
			}
			d.Heading(map[school.WordingKind]int{school.WordingHeading: 2, school.WordingSmallHeading: 3}[b.Kind], text)
		case school.WordingPoint:
			points = append(points, p.runs(b.Runs))
		case school.WordingTable:
			p.table(d, b.Name)
		default:
			d.Rich(p.runs(b.Runs)...)
		}
	}
	d.Points(points...)
}

// runs fills in the places. What nobody knows is a line to write on.
func (p Paper) runs(runs []school.WordingRun) (out []paper.Run) {
	for _, r := range runs {
		text := r.Text
		if r.Name != "" {
			if text = p.Facts.Values[r.Name]; text == "" {
				text = blank
			}
		}
		out = append(out, paper.Run{Text: text, Bold: r.Bold})
	}
	return out
}

const blank = "____________________"

func (p Paper) table(d *paper.Doc, name string) {
	if name == "signatures" {
		var boxes []paper.SignBox
		for _, s := range p.Facts.Signers {
			b := paper.SignBox{Label: s.Label, Name: s.Name, Place: s.Signed, Strokes: s.Strokes}
			if b.Place == "" {
				b.Place = p.t("document.place")
			}
			if len(s.Strokes) > 0 {
				b.Alt = p.t("document.signature", s.Name)
			}
			boxes = append(boxes, b)
		}
		d.Signatures(boxes...)
		return
	}
	t := p.Facts.Tables[name]
	if len(t.Rows) == 0 {
		if t.None != "" {
			d.Text(t.None)
		}
		return
	}
	d.Table(t.Head, t.Shares, t.Rows)
}

// defaults are the wordings of this package, read once.
var defaults = sync.OnceValue(func() map[school.DocumentKind]map[web.Lang]school.Wording {
	out := map[school.DocumentKind]map[web.Lang]school.Wording{}
	for _, k := range school.DocumentKinds {
		out[k] = map[web.Lang]school.Wording{}
		for _, l := range web.Langs {
			if w, err := k.Read(Wording(k, l)); err == nil { // a test reads every one
				out[k][l] = w
			}
		}
	}
	return out
})

// Default is the wording of this package for a kind, read.
func Default(kind school.DocumentKind, l web.Lang) school.Wording { return defaults()[kind][l.Plain()] }

func init() {
	web.Add(web.Words{
		"document.contract":  {"Leihvertrag", "Loan contract"},
		"document.staff":     {"Nutzungsvereinbarung", "Terms of use"},
		"document.handover":  {"Übergabeprotokoll", "Handover record"},
		"document.return":    {"Rückgabeprotokoll", "Return record"},
		"document.damage":    {"Schadensprotokoll", "Damage record"},
		"document.receipt":   {"Sammelquittung", "Class receipt"},
		"document.reminder":  {"Mahnung", "Reminder"},
		"document.addendum":  {"Nachtrag zum Leihvertrag", "Addendum to the loan contract"},
		"document.lease":     {"Leasing-Rückgabeliste", "Lease return list"},
		"document.privacy":   {"Datenschutzinformation", "Privacy notice"},
		"document.erasure":   {"Löschnachweis", "Proof of erasure"},
		"document.numbered":  {"{1} {2}", "{1} {2}"},
		"document.several":   {"{1} ({2} Papiere)", "{1} ({2} papers)"},
		"document.draft":     {"{1} (Vorschau)", "{1} (preview)"},
		"document.page":      {"Seite {1} von {2}", "Page {1} of {2}"},
		"document.place":     {"Ort, Datum, Unterschrift", "Place, date, signature"},
		"document.signature": {"Unterschrift von {1}", "Signature of {1}"},
	})
}
