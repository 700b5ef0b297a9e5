package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ranzen/store/school"
)

// Page is one page of a list. Next, handed in as After, gives the page that follows; it is empty at the end.
// Pages go by key, never by offset: a row that appears or vanishes meanwhile neither repeats nor hides another.
type Page[T any] struct {
	Rows []T
	Next string
}

// MaxPage is the largest page a list gives.
const MaxPage = 200

func pageSize(limit int) int {
	if limit <= 0 {
		return 50
	}
	return min(limit, MaxPage)
}

// order is how a list is sorted: by a text or BIGINT expression, which may be NULL, and by id among equals.
// NULL stands last in both directions.
type order struct {
	key, id string
	desc    bool
}

// columns are the last two columns a paged query selects.
func (o order) columns() string { return ", " + o.key + ", " + o.id }

func (o order) String() string {
	dir := ""
	if o.desc {
		dir = " DESC"
	}
	return " ORDER BY " + o.key + dir + " NULLS LAST, " + o.id + dir
}

// cursor is the key of a row. It names the place in the list and nothing else: what may be seen is checked anew.
type cursor struct {
	Text   *string `json:"t,omitempty"`
	Number *int64  `json:"n,omitempty"`
	ID     string  `json:"i"`
}

func (c *cursor) Scan(v any) error {
	switch v := v.(type) {
	case nil:
	case int64:
		c.Number = &v
	case string:
		c.Text = &v
	case []byte:
		s := string(v)
		c.Text = &s
	default:
		return fmt.Errorf("sort key is %T", v)
	}
	return nil
}

func (c cursor) String() string { return base64.RawURLEncoding.EncodeToString([]byte(toJSON(c))) }

// page continues a list behind a cursor.
func (w *where) page(o order, after string) error {
	if after == "" {
		return nil
	}
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(after)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.ID == "" || (c.Text != nil && c.Number != nil) {
		return school.Refuse("after", "cursor")
	}
	op := " > "
	if o.desc {
		op = " < "
	}
	var k any
	switch {
	case c.Text != nil:
		k = *c.Text
	case c.Number != nil:
		k = *c.Number
	default:
		w.and(o.key+" IS NULL AND "+o.id+op+"?", c.ID)
		return nil
	}
	w.and("(("+o.key+", "+o.id+")"+op+"(?, ?) OR "+o.key+" IS NULL)", k, c.ID)
	return nil
}

// words narrows a list to rows in which every word of text begins a word of one of the folded columns.
func (w *where) words(text string, columns ...string) {
	for _, word := range searchWords(text) {
		w.and(wordCond(columns, ""), wordArgs(likePrefix(word), len(columns))...)
	}
}

// searchWords are the words people mean: commas and points around them are not.
func searchWords(text string) []string {
	var out []string
	for _, f := range strings.Fields(school.Fold(text)) {
		if f = strings.Trim(f, ",;.\"'„“"); f != "" && len(out) < 8 {
			out = append(out, f)
		}
	}
	return out
}

// wordCond is the condition of one word over folded columns; more is another condition that would do as well.
func wordCond(columns []string, more string) string {
	var b strings.Builder
	for i, c := range columns {
		if i > 0 {
			b.WriteString(" OR ")
		}
		fmt.Fprintf(&b, `%[1]s LIKE ? ESCAPE '\' OR %[1]s LIKE ? ESCAPE '\' OR %[1]s LIKE ? ESCAPE '\'`, c)
	}
	if more != "" {
		if b.Len() > 0 {
			b.WriteString(" OR ")
		}
		b.WriteString(more)
	}
	return "(" + b.String() + ")"
}

func wordArgs(prefix string, columns int) []any {
	var a []any
	for range columns {
		a = append(a, prefix, "% "+prefix, "%-"+prefix)
	}
	return a
}

// pageOf runs a paged query. Its text has no ORDER BY yet and selects o.columns() last; scan reads the row into x and
// hands the two rest destinations to Scan.
func pageOf[T any](ctx context.Context, c conn, text string, w *where, o order, limit int, scan func(r *sql.Rows, x *T, rest ...any) error) (Page[T], error) {
	limit = pageSize(limit)
	var p Page[T]
	var last cursor
	err := c.each(ctx, text+o.String()+" LIMIT "+w.arg(limit+1), w.args, func(r *sql.Rows) error {
		var x T
		var k cursor
		if err := scan(r, &x, &k, &k.ID); err != nil {
			return err
		}
		if len(p.Rows) == limit {
			p.Next = last.String()
			return nil
		}
		p.Rows, last = append(p.Rows, x), k
		return nil
	})
	return p, err
}

// naturalSort is school.SortKey with numbers in the order of counting: 5a, 10a; Koffer 2, Koffer 10.
func naturalSort(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := i
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == i {
			b.WriteByte(s[i])
			i++
			continue
		}
		digits := strings.TrimLeft(s[i:n], "0")
		if len(digits) < 10 {
			b.WriteString("0000000000"[len(digits):])
		}
		b.WriteString(digits)
		i = n
	}
	return school.Fold(b.String()) + "\x01" + s
}

// numbered is named for nouns that are counted.
func numbered(r row, name string) row {
	r = named(r, name)
	r["name_sort"] = naturalSort(name)
	return r
}

// str is a text column of a fact row, NULL as empty.
func (r row) str(column string) string {
	s, _ := r[column].(string)
	return s
}

// flag is a boolean column of a fact row.
func (r row) flag(column string) bool {
	b, _ := r[column].(bool)
	return b
}

// taken turns the engine's word for a broken UNIQUE into the sentence about the noun at hand.
func taken(err error, field, code string, args ...any) error {
	var e *school.Error
	if errors.As(err, &e) && e.Code == "taken" {
		return &school.Error{Kind: school.Conflict, Code: code, Field: field, Args: args, Err: e.Err}
	}
	return err
}

// schoolOf is the school a fact row stands at. Where the actor sees nothing, nothing is there.
func (s *Store) schoolOf(ctx context.Context, by school.Actor, table, id string, verb school.Verb) (school.SchoolID, error) {
	var at school.SchoolID
	found, err := s.read().one(ctx, `SELECT school_id FROM `+table+` WHERE id = $1 AND authority_id = $2`, args(id, string(by.Tenant)), text(&at))
	if err != nil {
		return "", err
	}
	if where := (school.Where{Authority: by.Tenant, School: at}); !found || !by.Can(school.View, where) && !by.Can(verb, where) {
		return "", school.Missing(table)
	}
	return at, nil
}

// writeAt is write for an act on one noun that stands at a school: ev.verb is asked at that school, and fn gets the row.
func (s *Store) writeAt(ctx context.Context, by school.Actor, table string, ev event, fn func(tx *Tx, r row) error) (school.ChangeSetID, error) {
	at, err := s.schoolOf(ctx, by, table, ev.id, ev.verb)
	if err != nil {
		return "", err
	}
	ev.school = at
	return s.write(ctx, by, ev, func(tx *Tx) error {
		r, err := tx.own(table, ev.id, ev.verb)
		if err != nil {
			return err
		}
		return fn(tx, r)
	})
}

// own fetches a fact row that stands at a school where the actor may do verb.
func (tx *Tx) own(table, id string, verb school.Verb) (row, error) {
	r, err := tx.fetch(table, id)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, school.Missing(table)
	}
	at := school.SchoolID(r.str("school_id"))
	if table == "school" {
		at = school.SchoolID(id)
	}
	if err := tx.allow(verb, at); err != nil {
		if school.KindOf(err) == school.NotFound {
			err = school.Missing(table)
		}
		return nil, err
	}
	return r, nil
}

// openSchool refuses a school that takes nothing new: archived, not there, or not the actor's.
func (tx *Tx) openSchool(id school.SchoolID, verb school.Verb) error {
	r, err := tx.own("school", string(id), verb)
	if err == nil && r.flag("archived") {
		err = school.Clash("school_archived", r.str("name"))
	}
	return err
}
