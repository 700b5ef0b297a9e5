package api

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// ref is another noun, named so that nobody has to ask for its name.
type ref struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func refTo[T ~string](id T, name string) *ref {
	if id == "" {
		return nil
	}
	return &ref{string(id), name}
}

func idOrNull[T ~string](id T) *string {
	if id == "" {
		return nil
	}
	s := string(id)
	return &s
}

// moment is a time of an answer; the zero time is null.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// written is what a write answers.
type written struct {
	ID        *string `json:"id"`
	ChangeSet *string `json:"change_set"`
}

func created[T ~string](path string, id T, set school.ChangeSetID) answer {
	a := answer{status: http.StatusCreated, body: written{idOrNull(id), idOrNull(set)}}
	if path != "" {
		a.location = Prefix + path + string(id)
	}
	return a
}

func changed[T ~string](id T, set school.ChangeSetID) answer {
	return answer{body: written{idOrNull(id), idOrNull(set)}}
}

// list is a page of a list.
type list[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// paged turns a page of the store into an answer.
func paged[R, T any](p store.Page[R], view func(R) T) answer {
	return listed(p.Rows, p.Next, view)
}

func listed[R, T any](rows []R, next string, view func(R) T) answer {
	out := list[T]{Items: []T{}, Next: idOrNull(next)}
	for _, r := range rows {
		out.Items = append(out.Items, view(r))
	}
	return answer{body: out, next: next}
}

// number reads a whole number of the query; absent is zero.
func (c *call) number(name string, low, high int) (int, error) {
	s := c.query.Get(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, school.Refuse(name, "number_range", low, high)
	}
	return n, nil
}

// defaultPage is how much a list gives unasked.
const defaultPage = 50

func (c *call) limit() (int, error) {
	n, err := c.number("limit", 1, store.MaxPage)
	if n == 0 {
		n = defaultPage
	}
	return n, err
}

// flag reads true or false of the query; absent is false.
func (c *call) flag(name string) (bool, error) {
	switch c.query.Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, school.Refuse(name, "flag_form")
}

// keyed pages a list that the store gives whole, in the order of key. The keys are all different.
func keyed[R any](rows []R, key func(R) string, after string, limit int) (out []R, next string, err error) {
	slices.SortFunc(rows, func(a, b R) int { return strings.Compare(key(a), key(b)) })
	if after != "" {
		last, err := base64.RawURLEncoding.DecodeString(after)
		if err != nil {
			return nil, "", school.Refuse("after", "cursor")
		}
		i, found := slices.BinarySearchFunc(rows, string(last), func(r R, k string) int { return strings.Compare(key(r), k) })
		if found {
			i++
		}
		rows = rows[i:]
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = base64.RawURLEncoding.EncodeToString([]byte(key(rows[limit-1])))
	}
	return rows, next, nil
}

// numberedAfter reads a cursor that is a number; 0 is the beginning.
func (c *call) numberedAfter() (int64, error) {
	s := c.query.Get("after")
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 0, school.Refuse("after", "cursor")
	}
	return n, nil
}
