package enroll

import (
	"io"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
)

// Delivery notes come as CSV out of every spreadsheet there is: with semicolons, commas or tabs, in UTF-8, UTF-16 or
// what Windows wrote before, with the columns in any order and under the names people gave them. What the rows mean is
// for the store to say; here they only become rows.

// Limits of a file.
const (
	maxFile     = 20 << 20
	maxField    = 64 << 10
	maxRows     = 100_000
	maxProblems = 500 // then nobody reads on: the file is another than was meant
)

// column is a column of a delivery note with the names it goes by, folded and without signs. The first is what export
// writes and errors say.
type column struct {
	title string
	names []string
	field func(*store.Announced) *string
}

var columns = []column{
	{"Seriennummer", []string{"seriennummer", "serien nr", "seriennr", "sn", "serial", "serial number", "serial no", "serialnumber", "gerateseriennummer", "gerate seriennummer", "s n"},
		func(a *store.Announced) *string { return &a.Serial }},
	{"Inventarnummer", []string{"inventarnummer", "inventar nr", "inventarnr", "inventar", "inventory number", "inventory no", "asset tag", "asset number", "asset", "geratenummer"},
		func(a *store.Announced) *string { return &a.Number }},
	{"Schule", []string{"schule", "schulname", "schulnummer", "dienststelle", "standort", "school", "school name", "school number", "site"},
		func(a *store.Announced) *string { return &a.School }},
	{"Klasse", []string{"klasse", "klassenname", "lerngruppe", "class", "class name"},
		func(a *store.Announced) *string { return &a.Class }},
	{"Person", []string{"person", "name", "nutzer", "benutzer", "schuler", "schulerin", "schuler in", "lehrkraft", "ausgabe an", "user", "assigned to", "student", "teacher", "email", "e mail"},
		func(a *store.Announced) *string { return &a.Person }},
	{"Platz", []string{"platz", "ort", "raum", "koffer", "lager", "place", "room", "case", "location"},
		func(a *store.Announced) *string { return &a.Place }},
	{"Lieferung", []string{"lieferung", "charge", "bestellung", "bestellnummer", "lieferschein", "batch", "delivery", "order", "order number", "purchase order"},
		func(a *store.Announced) *string { return &a.Batch }},
}

func columnNamed(head string) *column {
	name := strings.Join(strings.FieldsFunc(school.Fold(head), func(r rune) bool {
		return r == ' ' || r == '.' || r == ':' || r == '-' || r == '_' || r == '*' || r == '/' || r == '(' || r == ')' || r == '\u00a0'
	}), " ")
	for i := range columns {
		for _, n := range columns[i].names {
			if n == name {
				return &columns[i]
			}
		}
	}
	return nil
}

// ParseAnnouncement reads a delivery note. Problems of single rows are listed, each with its line in the file; the rows
// without a problem are returned beside them, so that one look shows everything. err is about the file as a whole.
func ParseAnnouncement(file []byte) (rows []store.Announced, problems []*school.Error, err error) {
	var head []*column
	n := 0
	problems, err = eachLine(file, func(record []string) (err error) {
		head, err = header(record)
		return err
	}, func(line int, record []string) (*school.Error, error) {
		if n++; n > maxRows {
			return nil, school.Refuse("file", "csv.rows", maxRows)
		}
		row, problem := announced(line, head, record)
		if problem == nil {
			rows = append(rows, row)
		}
		return problem, nil
	})
	if err != nil {
		return nil, nil, err
	}
	return rows, problems, nil
}

// header finds the columns. Those it does not know are left alone: delivery notes have many.
func header(record []string) ([]*column, error) {
	head := make([]*column, len(record))
	seen := map[*column]bool{}
	var found []string
	for i, name := range record {
		name = strings.TrimSpace(name)
		if name != "" {
			found = append(found, cutText(name, 40))
		}
		c := columnNamed(name)
		if c != nil && seen[c] {
			return nil, school.Refuse("file", "csv.column_twice", c.title)
		}
		head[i] = c
		if c != nil {
			seen[c] = true
		}
	}
	if !seen[&columns[0]] {
		if len(found) > 20 {
			found = append(found[:20], "…")
		}
		return nil, school.Refuse("file", "csv.column_missing", columns[0].title, strings.Join(found, ", "))
	}
	return head, nil
}

func announced(line int, head []*column, record []string) (store.Announced, *school.Error) {
	a := store.Announced{Row: line}
	for i, value := range record {
		value = plainCell(value)
		switch {
		case len(value) > maxField:
			return a, rowProblem(line, "", "csv.field", maxField>>10)
		case i >= len(head):
			if value != "" {
				return a, rowProblem(line, "", "csv.fields", len(record), len(head))
			}
		case head[i] != nil:
			*head[i].field(&a) = value
		}
	}
	return a, nil
}

// plainCell takes off what export put before a formula.
func plainCell(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == '\'' && school.Formula(s[1:]) {
		s = s[1:]
	}
	return s
}

func cutText(s string, longest int) string {
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}

// WriteAnnouncement writes a delivery note that ParseAnnouncement reads; without rows it is the empty form.
func WriteAnnouncement(w io.Writer, rows []store.Announced) error {
	table := make([][]string, 0, len(rows)+1)
	var head []string
	for _, c := range columns {
		head = append(head, c.title)
	}
	table = append(table, head)
	for _, a := range rows {
		var cells []string
		for _, c := range columns {
			cells = append(cells, *c.field(&a))
		}
		table = append(table, cells)
	}
	out := NewCSV(w)
	for _, cells := range table {
		if err := out.Line(cells); err != nil {
			return err
		}
	}
	return out.Close()
}
