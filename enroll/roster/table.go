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
	rd := &reading{in: in, m: m, rules: m.rules(), by: map[Field][]int{}}
	rd.people = newBuilder(&rd.words, m.Partial)
	return rd
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

// names puts a name together: the name a person is called by, and the family name with its particle.
func (rd *reading) names(cells []string, row int) (given, family string) {
	if given = rd.one(cells, row, CallName); given == "" {
		given = rd.one(cells, row, Given)
	}
	family = rd.one(cells, row, Family)
	if full := rd.one(cells, row, FullName); full != "" && family == "" {
		if given != "" {
			family = full
		} else {
			given, family = splitName(full)
			if given != "" {
				rd.words.say("name_split", 0, "", "")
			}
		}
	}
	if particle := rd.one(cells, row, Particle); particle != "" && family != "" && !strings.HasPrefix(school.Fold(family), school.Fold(particle)+" ") {
		family = particle + " " + family
	}
	return given, family
}

// splitName splits a whole name: at its comma, else before the last word and the particles before it.
func splitName(s string) (given, family string) {
	if family, given, found := strings.Cut(s, ","); found {
		return strings.TrimSpace(given), strings.TrimSpace(family)
	}
	parts := strings.Fields(s)
	at := len(parts) - 1
	for at > 1 && parts[at-1] == strings.ToLower(parts[at-1]) { // von, zu, der, van, el
		at--
	}
	if at < 1 {
		return "", s
	}
	return strings.Join(parts[:at], " "), strings.Join(parts[at:], " ")
}

// person reads one line about a person; kind is what the place of the line says, empty in a file with one table.
func (rd *reading) person(cells []string, row int, kind school.PersonKind) {
	if !rd.meant(cells, row) {
		return
	}
	given, family := rd.names(cells, row)
	if given == "" && family == "" {
		rd.words.say("no_name", row, "", "")
		return
	}
	if family == "" || given == "" {
		rd.words.say("half_name", row, "", given+family)
	}
	p := entryOf(row, given, family)
	for _, i := range rd.by[ID] {
		id := ""
		if i < len(cells) {
			id = rd.cell(cells[i], row, i)
		}
		p.ids = append(p.ids, id)
	}
	classes := rd.listed(cells, row, Class)
	if c, ok := rd.m.Constants[Class]; ok && len(classes) == 0 {
		classes = []string{c}
	}
	groups := rd.listed(cells, row, Groups)
	p.kind = rd.kind(cells, row, kind, classes, groups)
	if p.kind == nobody {
		rd.words.say("left_out", row, "", "")
		return
	}
	p.Email, p.Login = rd.mail(cells, row), rd.one(cells, row, Login)
	rd.memberships(&p, classes, groups, rd.listed(cells, row, Courses), rd.listed(cells, row, Teaches))
	if g := rd.constant(cells, row, Grade); g != "" {
		grade, ok := school.Grade(g)
		if !ok {
			rd.words.say("grade", row, "", g)
		}
		p.Grade = grade
	}
	rd.days(&p, cells, row)
	if y := rd.constant(cells, row, Year); y != "" {
		rd.people.inYear(y, row)
	}
	rd.people.add(p, rd.schoolsOf(cells, row), rd.one(cells, row, SchoolName), rd.m.Classes.School)
}

func (rd *reading) constant(cells []string, row int, f Field) string {
	if s := rd.one(cells, row, f); s != "" {
		return s
	}
	return rd.m.Constants[f]
}

func (rd *reading) schoolsOf(cells []string, row int) []string {
	list := rd.listed(cells, row, School)
	if c := rd.m.Constants[School]; len(list) == 0 && c != "" {
		list = []string{c}
	}
	if len(list) == 0 {
		list = []string{""}
	}
	return list
}

// meant reports whether a line is about somebody who is there.
func (rd *reading) meant(cells []string, row int) bool {
	if v := strings.ToLower(rd.one(cells, row, Ignored)); v == "1" || v == "true" || v == "yes" || v == "ja" {
		rd.words.say("left_ignored", row, "", "")
		return false
	}
	if strings.EqualFold(rd.one(cells, row, Action), "D") {
		rd.words.say("left_gone", row, "", "")
		return false
	}
	if status := rd.one(cells, row, Status); status != "" {
		for _, gone := range rd.m.Left {
			if headKey(gone) == headKey(status) {
				rd.words.say("left_gone", row, "", "")
				return false
			}
		}
	}
	return true
}

// listed reads cells in which several names may stand.
func (rd *reading) listed(cells []string, row int, f Field) []string {
	signs := rd.m.Lists
	if signs == "" {
		signs = ","
	}
	var out []string
	for _, i := range rd.by[f] {
		if i >= len(cells) {
			continue
		}
		for _, part := range strings.FieldsFunc(cells[i], func(r rune) bool { return r == '\n' || r == listMark || strings.ContainsRune(signs, r) }) {
			if s := rd.cell(part, row, i); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// kind decides who somebody is: by the column, by what they are a member of, by the place in the file, by the rule, by the
// name of the file.
func (rd *reading) kind(cells []string, row int, place school.PersonKind, classes, groups []string) school.PersonKind {
	kinds := rd.listed(cells, row, Kind)
	if c := rd.m.Constants[Kind]; len(kinds) == 0 && c != "" {
		kinds = []string{c}
	}
	best := school.PersonKind("")
	for _, k := range kinds {
		if found := kindNamed(k, rd.m.Kinds.Values); found != "" {
			best = stronger(best, found)
		}
	}
	if len(kinds) > 0 && best == "" && kinds[0] != "" {
		rd.words.say("kind", row, "", kinds[0])
	}
	if best != "" {
		return best
	}
	for _, list := range [][]string{classes, groups} {
		for _, name := range list {
			best = stronger(best, rd.kindOfGroup(name))
		}
	}
	switch {
	case best != "":
		return best
	case place != "":
		return place
	case rd.m.Kinds.Default != "":
		return rd.m.Kinds.Default
	}
	name := headKey(rd.in.Name)
	for _, w := range []string{"lehrer", "lehrkraft", "lehrkrafte", "kollegium", "teacher", "staff"} {
		if strings.Contains(name, w) {
			return school.Teacher
		}
	}
	return school.Pupil
}

func kindNamed(name string, rules map[string]school.PersonKind) school.PersonKind {
	key := headKey(name)
	for v, k := range rules {
		if headKey(v) == key {
			return k
		}
	}
	return kindWords[key]
}

func (rd *reading) kindOfGroup(name string) school.PersonKind {
	key := headKey(name)
	for g, k := range rd.m.Kinds.Groups {
		if headKey(g) == key {
			return k
		}
	}
	if k := kindWords[key]; len(key) > 4 && k != "" {
		return k
	}
	return ""
}

// stronger decides between two kinds of one person: a teacher who is also a parent is a teacher.
func stronger(a, b school.PersonKind) school.PersonKind {
	for _, k := range []school.PersonKind{school.Teacher, school.Staff, school.Pupil, nobody} {
		if a == k || b == k {
			return k
		}
	}
	return ""
}

func (rd *reading) mail(cells []string, row int) string {
	return rd.address(rd.one(cells, row, Email), row)
}

// address keeps a mail address that can be one and says which cannot.
func (rd *reading) address(mail string, row int) string {
	mail, _ = clean(mail)
	if mail == "" {
		return ""
	}
	if at := strings.IndexByte(mail, '@'); at < 1 || at == len(mail)-1 || strings.ContainsAny(mail, " ,;<>\"()\ufffd") || strings.Count(mail, "@") > 1 {
		rd.words.say("email", row, "", mail)
		return ""
	}
	return mail
}

// memberships sorts the names of classes and courses of a line.
func (rd *reading) memberships(p *candidate, classes, groups, courses, teaches []string) {
	mine := &p.classes
	if p.kind != school.Pupil {
		mine = &p.teaches
	}
	for _, c := range classes {
		if rd.kindOfGroup(c) != "" || rd.noClass(c) {
			continue
		}
		*mine = append(*mine, named{name: rd.bare(c), class: true})
	}
	known := map[string]bool{}
	for _, c := range *mine {
		known[school.ClassKey(c.name)] = true
	}
	for _, g := range groups {
		key := school.ClassKey(g)
		switch {
		case rd.kindOfGroup(g) != "", rd.noClass(g), known[key]:
		case strings.HasPrefix(school.Fold(g), "jahrgang "):
			if grade, ok := school.Grade(g); ok && p.kind == school.Pupil {
				p.Grade = grade
			}
		case school.ClassName(g) != g, len(known) == 0 && school.GradeOfClass(g) != "":
			*mine = append(*mine, named{name: rd.bare(g), class: true})
		default:
			*mine = append(*mine, named{name: rd.bare(g)})
		}
	}
	for _, c := range courses {
		*mine = append(*mine, named{name: rd.bare(c)})
	}
	for _, c := range teaches {
		if !rd.noClass(c) {
			p.teaches = append(p.teaches, named{name: rd.bare(c), class: school.GradeOfClass(c) != ""})
		}
	}
}

func (rd *reading) noClass(name string) bool {
	if strings.Trim(name, "-–./ ") == "" {
		return true
	}
	for _, n := range rd.m.Classes.None {
		if headKey(n) == headKey(name) {
			return true
		}
	}
	return false
}

// bare takes away what the source writes before every name of a class.
func (rd *reading) bare(name string) string {
	for _, p := range rd.m.Classes.Prefixes {
		if rest := strings.TrimSpace(strings.TrimPrefix(name, p)); rest != "" && rest != name {
			name = rest
			break
		}
	}
	return school.ClassName(name)
}

// days reads the day of leaving and, when the mapping says so, the day of coming of age. The birth date itself is
// forgotten here; not even a word about it that is wrong repeats it.
func (rd *reading) days(p *candidate, cells []string, row int) {
	if s := rd.one(cells, row, Until); s != "" {
		day, ok := readDate(s, rd.m.Dates, rd.in.Now, false)
		if !ok {
			rd.words.stop("date", row, rd.name(rd.by[Until][0]), s)
		}
		p.Until = day
	}
	if s := rd.one(cells, row, AdultFrom); s != "" && rd.m.Adult {
		day, ok := readDate(s, rd.m.Dates, rd.in.Now, true)
		switch {
		case !ok:
			rd.words.stop("birth", row, rd.name(rd.by[AdultFrom][0]), "")
		case p.kind == school.Pupil:
			p.AdultFrom = comingOfAge(day)
		}
	}
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
