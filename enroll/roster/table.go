package roster

import (
	"bufio"
	"io"
	"strings"

	"ranzen/store/school"
)

// table gives lines of cells. The slice belongs to the table; a line it gave is gone with the next.
type table interface {
	next() (cells []string, row int, err error)
}

// open opens the one table of a text file or a spreadsheet.
func (f *file) open(m Mapping) (table, error) {
	if f.medium == "xlsx" {
		return f.book.open(m.Sheet)
	}
	in := bufio.NewReaderSize(f.letters(m), 256<<10)
	sample, err := in.Peek(256 << 10)
	if err != nil && err != io.EOF {
		return nil, err
	}
	comma, told := excelSeparator(sample)
	if told {
		if _, err := in.ReadSlice('\n'); err != nil && err != io.EOF {
			return nil, err
		}
	}
	if c, ok := m.comma(); ok {
		comma = c
	} else if !told {
		comma = findSeparator(sample, err == io.EOF)
	}
	r := newRecords(in, comma)
	if told {
		r.line = 2
	}
	return r, nil
}

// reading is one file on its way to people.
type reading struct {
	in      Input
	m       Mapping
	rules   map[string]Field
	values  map[string]school.PersonKind // of the column of kinds, by headKey
	groups  map[string]school.PersonKind // by being in a group
	none    map[string]bool              // words for no class
	left    map[string]bool              // values of the status of who is not there
	asked   map[string]school.PersonKind // what kindOfGroup has answered: the same few names stand in every line
	cols    []Column
	by      map[Field][]int
	words   words
	people  *builder
	devices []Device
	preview [][]string
	rows    int
	blanks  int
}

func newReading(in Input, m Mapping) *reading {
	rd := &reading{in: in, m: m, rules: m.rules(), by: map[Field][]int{}, values: byKey(m.Kinds.Values), groups: byKey(m.Kinds.Groups),
		none: map[string]bool{}, left: map[string]bool{}, asked: map[string]school.PersonKind{}}
	for _, n := range m.Classes.None {
		rd.none[headKey(n)] = true
	}
	for _, l := range m.Left {
		rd.left[headKey(l)] = true
	}
	rd.people = newBuilder(&rd.words, m.Partial)
	return rd
}

func byKey(m map[string]school.PersonKind) map[string]school.PersonKind {
	out := map[string]school.PersonKind{}
	for name, k := range m {
		out[headKey(name)] = k
	}
	return out
}

// maxTitle is how far down the heads of a table may stand: some programs write a title and a date above them.
const maxTitle = 5

func (f *file) readTables(in Input, e entry) (Result, error) {
	m := e.Mapping
	if in.Mapping != nil {
		m = *in.Mapping
	}
	rd := newReading(in, m)
	if f.medium == "json" {
		if err := rd.readJSON(f.letters(m)); err != nil {
			return Result{}, err
		}
		return rd.result(Detected{Encoding: f.text, Mark: f.mark}), nil
	}
	t, err := f.open(m)
	if err != nil {
		return Result{}, err
	}
	type line struct {
		cells []string
		row   int
		open  bool // the file ended in it
	}
	text, _ := t.(*records)
	var first []line
	for skip := m.Skip; len(first) <= maxTitle; {
		cells, row, err := t.next()
		if err == io.EOF {
			break
		} else if err != nil {
			return Result{}, err
		}
		switch {
		case skip > 0:
			skip--
		case blank(cells):
			rd.blanks++
		default:
			first = append(first, line{append([]string(nil), cells...), row, text != nil && text.open})
		}
	}
	header := -1
	for i, l := range first {
		if m.Header == "no" || header >= 0 {
			break
		}
		if m.Header == "yes" || rd.looksLikeHeads(l.cells) {
			header = i
		}
	}
	d := Detected{Encoding: f.text, Mark: f.mark}
	if text != nil {
		d.Delimiter = string(text.comma)
		if text.comma == '\t' {
			d.Delimiter = "tab"
		}
	} else {
		d.Encoding, d.Sheet = "", f.book.shown
	}
	if header >= 0 {
		d.Header = first[header].row
		rd.heads(first[header].cells)
		first = first[header+1:]
	} else {
		wide := 0
		for _, l := range first {
			wide = max(wide, len(l.cells))
		}
		var sample [][]string
		for _, l := range first {
			sample = append(sample, l.cells)
		}
		rd.places(wide, sample)
	}
	rd.order(header >= 0)
	rd.missing(header >= 0)
	for _, l := range first {
		if err := rd.line(l.cells, l.row, l.open); err != nil {
			return Result{}, err
		}
	}
	for {
		cells, row, err := t.next()
		if err == io.EOF {
			break
		} else if err != nil {
			return Result{}, err
		}
		if err := rd.line(cells, row, text != nil && text.open); err != nil {
			return Result{}, err
		}
	}
	if s, ok := t.(*sheet); ok {
		s.say(&rd.words)
	}
	return rd.result(d), nil
}

// looksLikeHeads tells a line of heads from a line of data: it says at least two things that are understood, and nothing
// that only data say.
func (rd *reading) looksLikeHeads(cells []string) bool {
	known, filled := 0, 0
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		filled++
		if _, isDate := readDate(c, "", rd.in.Now, false); isDate || strings.Contains(c, "@") || len(c) > 2 && strings.Trim(c, "0123456789") == "" {
			return false
		}
		if u := understand(c, rd.rules, !rd.m.Only); u.field != "" || u.priv {
			known++
		}
	}
	return known > 1 || known == 1 && filled == 1
}

// heads understands the line of heads.
func (rd *reading) heads(cells []string) {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	for _, head := range cells {
		rd.head(head)
	}
}

// head understands one more column and says what it was taken for unless that is what its head says.
func (rd *reading) head(head string) {
	head, _ = clean(head)
	c := Column{Head: head, Place: len(rd.cols) + 1}
	u := understand(head, rd.rules, !rd.m.Only)
	if rule, ok := rd.ruleAt(c.Place); ok && u.field == "" && !u.priv {
		c.Field, c.How = rule, ByPlace
	} else if u.birth && rd.m.Adult && (u.field == AdultFrom || u.field == "") {
		c.Field, c.How = AdultFrom, ByHead
	} else if u.priv || u.field == Private || u.field == AdultFrom {
		c.How = IsPrivate
		rd.words.say("private_column", 0, head, "")
	} else if u.near {
		c.Field, c.How = u.field, ByGuess
		rd.words.say("head_guess", 0, head, string(u.field))
	} else if u.field != "" {
		c.Field, c.How = u.field, ByHead
	} else {
		c.How = IsUnknown
		if head != "" {
			rd.words.say("unknown_column", 0, head, "")
		}
	}
	rd.column(c)
}

func (rd *reading) ruleAt(place int) (Field, bool) {
	for _, r := range rd.m.Columns {
		if r.Position == place {
			return r.Field, true
		}
	}
	return "", false
}

// places understands the columns of a table without heads. A column nobody named that holds nothing but days is taken for
// birth dates and not shown.
func (rd *reading) places(wide int, sample [][]string) {
	for _, r := range rd.m.Columns {
		wide = max(wide, r.Position)
	}
	for place := 1; place <= min(wide, maxColumns); place++ {
		c := Column{Place: place, How: IsUnknown}
		switch field, ok := rd.ruleAt(place); {
		case ok && (field == Private || field == AdultFrom && !rd.m.Adult):
			c.How = IsPrivate
		case ok:
			c.Field, c.How = field, ByPlace
		case onlyDays(sample, place-1, rd.in):
			c.How = IsPrivate
		}
		rd.column(c)
	}
}

func onlyDays(sample [][]string, at int, in Input) bool {
	days := 0
	for _, cells := range sample {
		if at >= len(cells) || strings.TrimSpace(cells[at]) == "" {
			continue
		}
		if _, ok := readDate(cells[at], "dmy", in.Now, false); !ok {
			return false
		}
		days++
	}
	return days > 0
}

func (rd *reading) column(c Column) {
	if c.Field != "" {
		rd.by[c.Field] = append(rd.by[c.Field], c.Place-1)
	}
	rd.cols = append(rd.cols, c)
}

// order puts the columns of one field into the order of the rules.
func (rd *reading) order(headed bool) {
	for field, at := range rd.by {
		var ordered []int
		for _, r := range rd.m.Columns {
			for _, i := range at {
				if r.Field == field && (r.Position == i+1 || headed && hasHead(r.Heads, rd.cols[i].Head)) && !contains(ordered, i) {
					ordered = append(ordered, i)
				}
			}
		}
		for _, i := range at {
			if !contains(ordered, i) {
				ordered = append(ordered, i)
			}
		}
		rd.by[field] = ordered
	}
}

// missing says what no column says.
func (rd *reading) missing(headed bool) {
	_, constant := rd.m.Constants[Class]
	has := func(f Field) bool { return len(rd.by[f]) > 0 }
	switch {
	case has(Serial):
	case len(rd.by) == 0 && !headed:
		rd.words.stop("no_heads", 0, "", "")
	case !has(FullName) && !has(Family):
		rd.words.stop("no_family", 0, "", "")
	case !has(FullName) && !has(Given) && !has(CallName):
		rd.words.stop("no_given", 0, "", "")
	default:
		if !has(ID) {
			rd.words.say("no_id", 0, "", "")
		}
		if !has(Class) && !has(Groups) && !has(Courses) && !has(Teaches) && !constant && rd.m.Kinds.Default == "" {
			rd.words.say("no_class", 0, "", "")
		}
	}
}

func hasHead(heads []string, head string) bool {
	for _, h := range heads {
		if headKey(h) == headKey(head) {
			return true
		}
	}
	return false
}

func contains(list []int, n int) bool {
	for _, x := range list {
		if x == n {
			return true
		}
	}
	return false
}

// one is what a line says of a field, cleaned; of several columns the first that says anything, in the order of the rules.
func (rd *reading) one(cells []string, row int, f Field) string {
	for _, i := range rd.by[f] {
		if i < len(cells) {
			if s := rd.cell(cells[i], row, i); s != "" {
				return s
			}
		}
	}
	return ""
}

func (rd *reading) cell(s string, row, at int) string {
	text, why := clean(s)
	if why != "" {
		rd.words.stop("letters_"+why, row, rd.name(at), text)
	} else if formula(text) && len(text) > 1 && rd.cols[at].Field != Kind {
		rd.words.say("formula", row, rd.name(at), text)
	}
	return text
}

// name is what a column is called in a word about it.
func (rd *reading) name(at int) string {
	if rd.cols[at].Head != "" {
		return rd.cols[at].Head
	}
	return placeName(at)
}

// placeName is what spreadsheets call a column.
func placeName(at int) string {
	name := ""
	for at++; at > 0; at = (at - 1) / 26 {
		name = string(rune('A'+(at-1)%26)) + name
	}
	return name
}

// line reads one line; last says that the file ended in it.
func (rd *reading) line(cells []string, row int, last bool) error {
	if blank(cells) {
		rd.blanks++
		return nil
	}
	if rd.rows++; rd.rows > maxRows {
		return refuse("rows", maxRows)
	}
	if len(rd.preview) < 10 {
		rd.show(cells)
	}
	switch {
	case len(cells) > len(rd.cols) && !blank(cells[len(rd.cols):]):
		rd.words.stop("many_cells", row, "", "")
		return nil
	case last && len(cells) < rd.needed():
		rd.words.stop("cut_off", row, "", "")
		return nil
	case len(cells) < rd.needed():
		rd.words.say("few_cells", row, "", "")
	}
	if len(rd.by[Serial]) > 0 {
		rd.device(cells, row)
		return nil
	}
	rd.person(cells, row, "")
	return nil
}

// needed is how many cells a line must have for everything that is read to be in it.
func (rd *reading) needed() int {
	n := 0
	for i, c := range rd.cols {
		if c.Field != "" || c.Head != "" {
			n = i + 1
		}
	}
	return n
}

// show keeps a line for the preview, without what is private.
func (rd *reading) show(cells []string) {
	var out []string
	for i, c := range cells {
		text, _ := clean(c)
		if i < len(rd.cols) && (rd.cols[i].How == IsPrivate || rd.cols[i].Field == AdultFrom) || i >= len(rd.cols) {
			text = ""
		}
		out = append(out, cut(text))
	}
	rd.preview = append(rd.preview, out)
}

func (rd *reading) device(cells []string, row int) {
	serial := strings.ToUpper(strings.ReplaceAll(rd.one(cells, row, Serial), " ", ""))
	if (len(serial) == 13 || len(serial) == 11) && serial[0] == 'S' { // scanned from the barcode
		serial = serial[1:]
	}
	if serial == "" {
		rd.words.say("no_serial", row, "", "")
		return
	}
	given, family := rd.names(cells, row)
	rd.devices = append(rd.devices, Device{Row: row, Serial: serial, Number: rd.one(cells, row, Asset), Given: given, Family: family, ID: rd.one(cells, row, ID)})
}

// result puts everything together.
func (rd *reading) result(d Detected) Result {
	rd.words.count("blank_lines", "", rd.blanks)
	d.Rows = rd.rows
	r := rd.people.finish()
	used := rd.people.idColumn
	for n, i := range rd.by[ID] {
		if n != used && used >= 0 {
			rd.cols[i].Field, rd.cols[i].How = "", IsUnknown
		}
	}
	if rd.rows == 0 {
		rd.words.stop("nobody", 0, "", "")
	}
	r.Words = rd.words.list
	return Result{Roster: r, Detected: d, Columns: rd.cols, Preview: rd.preview, Mapping: rd.m, Devices: rd.devices}
}
