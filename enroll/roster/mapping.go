package roster

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"ranzen/store/school"
)

// Private is what a mapping says of a column that is neither kept nor shown, for files without heads.
const Private Field = "private"

// Mapping says how the columns of a source become people. It is data: kept as JSON, made by a page or by hand, the same
// for a file that comes every week. What a mapping leaves empty is found out.
type Mapping struct {
	Format    string           `json:"format"`
	Encoding  Encoding         `json:"encoding,omitempty"`
	Delimiter string           `json:"delimiter,omitempty"` // ";" "," "|" or "tab"
	Header    string           `json:"header,omitempty"`    // "yes" or "no"
	Skip      int              `json:"skip,omitempty"`      // lines before the heads
	Sheet     string           `json:"sheet,omitempty"`     // of a spreadsheet; empty: the first
	Columns   []Rule           `json:"columns,omitempty"`
	Only      bool             `json:"only,omitempty"`  // heads everybody knows are not looked for beside the rules
	Lists     string           `json:"lists,omitempty"` // signs between several names in one cell; "," when empty
	Classes   ClassRule        `json:"classes,omitzero"`
	Kinds     KindRule         `json:"kinds,omitzero"`
	Left      []string         `json:"left,omitempty"`      // values of the status column of people who are no longer, or not yet, there
	Constants map[Field]string `json:"constants,omitempty"` // for what the file does not say
	Dates     string           `json:"dates,omitempty"`     // "dmy" or "mdy": what days with slashes mean
	Adult     bool             `json:"adult,omitempty"`     // the eighteenth birthday is kept of a birth date
	Partial   bool             `json:"partial,omitempty"`   // who is not in the file has not left
}

// Rule says which column is meant: by one of its heads, or by its place counted from 1 in a file without heads.
type Rule struct {
	Field    Field    `json:"field"`
	Heads    []string `json:"heads,omitempty"`
	Position int      `json:"position,omitempty"`
}

// ClassRule says what is written around the name of a class.
type ClassRule struct {
	Prefixes []string `json:"prefixes,omitempty"` // taken away, "Klasse " always is
	School   string   `json:"school,omitempty"`   // the sign behind the name of a school before it: "schule1-1A"
	None     []string `json:"none,omitempty"`     // words for: no class
}

// KindRule says who is a pupil, a teacher, other staff or nobody we keep ("none": parents, alumni, guests).
type KindRule struct {
	Default school.PersonKind            `json:"default,omitempty"`
	Values  map[string]school.PersonKind `json:"values,omitempty"` // of the column of kinds
	Groups  map[string]school.PersonKind `json:"groups,omitempty"` // by being in a group or a class of that name
}

// nobody is a kind of people that is left out.
const nobody school.PersonKind = "none"

// kindWords are words for kinds of people that need no rule.
var kindWords = func() map[string]school.PersonKind {
	m := map[string]school.PersonKind{}
	for kind, list := range map[school.PersonKind]string{
		school.Pupil:   "schuler schulerin schulerinnen schulerinnenundschuler schulerinundschuler sus lernende lernender lern student students pupil kind",
		school.Teacher: "lehrer lehrerin lehrerinnen lehrerinnenundlehrer lehrkraft lehrkrafte lehrende lehr kollegium teacher teachers instructor faculty referendar referendare lehramtsanwarter schulleitung leit",
		school.Staff:   "mitarbeiter mitarbeitende mitarbeiterin sekretariat verwaltung staff personal nichtlehrendespersonal nlehr hausmeister sozialarbeit schulsozialarbeit orgadmin sysadmin administrator aide assistant schulassistenz",
		nobody:         "eltern elternteil sorgeberechtigte sorgberechtigte sorgber erziehungsberechtigte parent parents guardian relative ehemalige alumni gast gaste extern legalguardian",
	} {
		for _, w := range strings.Fields(list) {
			m[w] = kind
		}
	}
	return m
}()

// Format is a source that can be read.
type Format struct {
	ID    string   // words of ui: "roster.format.<id>"
	Media []string // "csv", "xlsx", "json", "zip"
	Table bool     // its columns can be mapped
}

// entry is one file of the catalogue.
type entry struct {
	ID      string   `json:"id"`
	Order   int      `json:"order"`
	Media   []string `json:"media"`
	Reader  string   `json:"reader,omitempty"` // code that reads it; empty: a table and its mapping
	Detect  signs    `json:"detect,omitzero"`
	Mapping Mapping  `json:"mapping,omitzero"`
}

// signs are by what a source is recognised.
type signs struct {
	All     []string `json:"all,omitempty"`     // heads that all stand there
	Any     []string `json:"any,omitempty"`     // heads of which two stand there
	File    []string `json:"file,omitempty"`    // parts of the file's name
	Columns int      `json:"columns,omitempty"` // without heads: so many columns …
	Serial  int      `json:"serial,omitempty"`  // … and serial numbers in this one
}

//go:embed catalogue/*.json
var catalogueFiles embed.FS

// catalogue are the sources known by name. A file that is wrong is found by the first test that runs.
var catalogue []entry

func init() { catalogue = readCatalogue() }

func readCatalogue() []entry {
	files, err := catalogueFiles.ReadDir("catalogue")
	if err != nil {
		panic(err)
	}
	var out []entry
	for _, f := range files {
		text, err := catalogueFiles.ReadFile("catalogue/" + f.Name())
		if err != nil {
			panic(err)
		}
		var e entry
		if err := strictJSON(text, &e); err != nil {
			panic(fmt.Sprintf("roster: %s: %v", f.Name(), err))
		}
		e.Mapping.Format = e.ID
		if err := e.Mapping.Check(); err != nil {
			panic(fmt.Sprintf("roster: %s: %v", f.Name(), err))
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b entry) int { return a.Order - b.Order })
	return out
}

func format(id string) (entry, bool) {
	for _, e := range catalogue {
		if e.ID == id {
			return e, true
		}
	}
	return entry{}, false
}

// Formats lists the sources that can be read, in the order pages show them.
func Formats() []Format {
	out := make([]Format, 0, len(catalogue))
	for _, e := range catalogue {
		out = append(out, Format{ID: e.ID, Media: e.Media, Table: e.Reader == ""})
	}
	return out
}

// MappingOf is the mapping a source of the catalogue begins with, to be changed and kept.
func MappingOf(id string) (Mapping, bool) {
	e, ok := format(id)
	if !ok || e.Reader != "" {
		return Mapping{}, false
	}
	var m Mapping // a copy of its own: callers change it
	text, _ := json.Marshal(e.Mapping)
	if err := json.Unmarshal(text, &m); err != nil {
		return Mapping{}, false
	}
	return m, true
}

// ParseMapping reads a kept mapping.
func ParseMapping(text []byte) (Mapping, error) {
	var m Mapping
	if len(text) > maxCell {
		return m, school.Refuse("mapping", "roster.mapping")
	}
	if err := strictJSON(text, &m); err != nil {
		return m, school.Refuse("mapping", "roster.mapping")
	}
	return m, m.Check()
}

// JSON writes a mapping as it is kept.
func (m Mapping) JSON() []byte {
	text, err := json.Marshal(m)
	if err != nil { // strings, numbers and maps of strings always marshal
		panic(err)
	}
	return text
}

// Check refuses a mapping that cannot be meant.
func (m Mapping) Check() error {
	wrong := func(what string) error { return school.Refuse("mapping", "roster.mapping_value", what) }
	if _, ok := format(m.Format); !ok && catalogue != nil {
		return wrong(m.Format)
	}
	if m.Encoding != "" && !slices.Contains(Encodings, m.Encoding) {
		return wrong(string(m.Encoding))
	}
	if _, ok := m.comma(); m.Delimiter != "" && !ok {
		return wrong(m.Delimiter)
	}
	if !slices.Contains([]string{"", "yes", "no"}, m.Header) {
		return wrong(m.Header)
	}
	if !slices.Contains([]string{"", "dmy", "mdy"}, m.Dates) {
		return wrong(m.Dates)
	}
	if m.Skip < 0 || m.Skip > 100 {
		return wrong(fmt.Sprint(m.Skip))
	}
	may := append(slices.Clone(Fields), Action, Ignored, Private)
	for _, r := range m.Columns {
		if !slices.Contains(may, r.Field) {
			return wrong(string(r.Field))
		}
		if r.Position < 0 || r.Position > maxColumns || r.Position == 0 && len(r.Heads) == 0 {
			return wrong(string(r.Field))
		}
		for _, h := range r.Heads {
			if key := headKey(h); r.Field != AdultFrom && r.Field != Private && (isBirth(key) || isPrivate(key)) {
				return school.Refuse("mapping", "roster.mapping_private", h)
			}
		}
	}
	for f := range m.Constants {
		if !slices.Contains([]Field{School, SchoolName, Year, Class, Grade, Kind}, f) {
			return wrong(string(f))
		}
	}
	for _, kinds := range []map[string]school.PersonKind{m.Kinds.Values, m.Kinds.Groups, {"": m.Kinds.Default}} {
		for _, k := range kinds {
			if !slices.Contains([]school.PersonKind{"", school.Pupil, school.Teacher, school.Staff, nobody}, k) {
				return wrong(string(k))
			}
		}
	}
	return nil
}

// comma is the byte between cells a mapping insists on.
func (m Mapping) comma() (byte, bool) {
	switch m.Delimiter {
	case ";", ",", "|":
		return m.Delimiter[0], true
	case "tab", "\t":
		return '\t', true
	}
	return 0, false
}

// rules turns the columns of a mapping round: head → field.
func (m Mapping) rules() map[string]Field {
	out := map[string]Field{}
	for _, r := range m.Columns {
		for _, h := range r.Heads {
			if key := headKey(h); key != "" {
				if _, taken := out[key]; !taken {
					out[key] = r.Field
				}
			}
		}
	}
	return out
}

func strictJSON(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something stands behind the end")
	}
	return nil
}
