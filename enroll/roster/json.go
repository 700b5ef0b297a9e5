package roster

import (
	"encoding/json"
	"io"
	"sort"
	"strings"

	"ranzen/store/school"
)

// jsonReader walks through a document without holding it. encoding/json would make of three bytes an object of a hundred;
// here only one record is held, and records are counted.
type jsonReader struct{ *json.Decoder }

func newJSON(r io.Reader) jsonReader {
	d := json.NewDecoder(r)
	d.UseNumber()
	return jsonReader{d}
}

// enter reads an opening sign; of tells which.
func (d jsonReader) enter() (of json.Delim, err error) {
	t, err := d.Token()
	if err != nil {
		return 0, noEnd(err)
	}
	delim, _ := t.(json.Delim)
	return delim, nil
}

// skip reads over a value.
func (d jsonReader) skip() error {
	for depth := 0; ; {
		t, err := d.Token()
		if err != nil {
			return noEnd(err)
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// members visits the members of the object that begins here.
func (d jsonReader) members(visit func(name string) error) error {
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return noEnd(err)
		}
		name, _ := t.(string)
		if err := visit(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return noEnd(err)
}

// records visits the elements of the array that begins here, each decoded into a fresh value. Anything that is no array
// is read over.
func (d jsonReader) records(max int, visit func(n int, text json.RawMessage) error) error {
	of, err := d.enter()
	if err != nil {
		return err
	}
	if of == '{' {
		return d.members(func(string) error { return d.skip() })
	}
	if of != '[' {
		return nil
	}
	for n := 1; d.More(); n++ {
		if n > max {
			return refuse("rows", max)
		}
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return noEnd(err)
		}
		if len(text) > maxToken {
			return refuseRow("cell", n, maxToken>>10)
		}
		if err := visit(n, text); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return noEnd(err)
}

// jsonKeys are the names of members on the first two levels, by which a source is recognised.
func jsonKeys(r io.Reader) (map[string]bool, error) {
	keys := map[string]bool{}
	d := newJSON(r)
	note := func(n int, text json.RawMessage) error {
		if n > 3 {
			return nil
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) == nil {
			for k := range members {
				keys[k] = true
			}
		}
		return nil
	}
	of, err := d.enter()
	if err != nil {
		return nil, err
	}
	if of == '{' {
		return keys, d.members(func(name string) error {
			keys[name] = true
			return d.records(maxLinks, note)
		})
	}
	for n := 1; of == '[' && n <= 3 && d.More(); n++ {
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return nil, noEnd(err)
		}
		if err := note(n, text); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// readJSON reads a document whose records are flat: one list, or an object of lists named for the people in them. The
// members are the columns; they may come in any order and need not be in every record.
func (rd *reading) readJSON(r io.Reader) error {
	d := newJSON(r)
	places := map[string]int{}
	visit := func(kind school.PersonKind) func(int, json.RawMessage) error {
		return func(n int, text json.RawMessage) error {
			var members map[string]any
			dec := json.NewDecoder(strings.NewReader(string(text)))
			dec.UseNumber()
			if err := dec.Decode(&members); err != nil {
				return refuseRow("record", n)
			}
			names := make([]string, 0, len(members))
			for name := range members {
				names = append(names, name)
			}
			sort.Strings(names)
			for _, name := range names {
				if _, met := places[name]; !met {
					if len(rd.cols) >= maxColumns {
						return refuseRow("columns", n, maxColumns)
					}
					places[name] = len(rd.cols)
					rd.head(name)
				}
			}
			cells := make([]string, len(rd.cols))
			for _, name := range names {
				cells[places[name]] = flat(members[name])
			}
			if rd.rows++; rd.rows > maxRows {
				return refuse("rows", maxRows)
			}
			if len(rd.preview) < 10 {
				rd.show(cells)
			}
			for _, c := range cells {
				if len(c) > maxCell {
					return refuseRow("cell", n, maxCell>>10)
				}
			}
			rd.person(cells, rd.rows, kind)
			return nil
		}
	}
	first, err := d.Token()
	if err != nil {
		return noEnd(err)
	}
	switch first {
	case json.Delim('['):
		for n := 1; d.More(); n++ {
			var text json.RawMessage
			if err := d.Decode(&text); err != nil {
				return noEnd(err)
			}
			if err := visit("")(n, text); err != nil {
				return err
			}
		}
		if _, err := d.Token(); err != nil {
			return noEnd(err)
		}
	case json.Delim('{'):
		if err := d.members(func(name string) error {
			return d.records(maxRows, visit(rd.kindOfGroup(name)))
		}); err != nil {
			return err
		}
	}
	rd.missing(true)
	return nil
}

// flat writes a value into one cell: a list as names with a mark between them, an object by the name in it.
func flat(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	case []any:
		var parts []string
		for _, e := range v {
			if s := flat(e); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, string(rune(listMark)))
	case map[string]any:
		for _, name := range []string{"name", "bezeichnung", "klassenname", "kuerzel", "id"} {
			if s := flat(v[name]); s != "" {
				return s
			}
		}
	}
	return ""
}
