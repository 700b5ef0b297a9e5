package store

import (
	"archive/zip"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Export, "authority.exported")

// Handing an authority over: all that is kept of it, people included, as a ZIP that anybody can read. Each table is there
// twice, as lines of JSON with every value as it is, and as CSV for people; schema.json says what the columns are and
// what was left out. It is written row by row, whatever the size.
//
// A table that is added later is in the export by itself; what is not in it stands in notExported with its reason, and a
// test finds a table that is neither.

// notExported are tables that do not go along, and why. Those without an authority_id belong to the installation.
var notExported = map[string]string{
	"session":           "sign-ins of the moment",
	"challenge":         "secrets of enrolments under way",
	"idempotency":       "answers to programs, sealed",
	"plan":              "previews, sealed",
	"outbox":            "letters, sealed; the audit says that they went",
	"change_row":        "images for undo, sealed with the keys of this installation",
	"command":           "what is just being sent, sealed",
	"notice":            "what was told once",
	"sign_in_step":      "sign-ins under way",
	"passkey_challenge": "sign-ins under way",
	"tenant_end":        "that the authority is about to leave",
	"tenant_gone":       "authorities that left",
	"tenant":            "what the portal of this installation calls the authority",
	"damage_picture":    "pictures of damages, sealed with the keys of this installation",
	"desk_booking":      "what desks just booked",
	"desk_session":      "what lies on a desk at the moment",
	"desk_pack":         "keys of desks that go on without a network, sealed",
	"print_run":         "which papers are laid out for printing at the moment",
	"print_file":        "belongs to a print run",
	"print_paper":       "belongs to a print run",
	"stack":             "scanned paper, sealed with the keys of this installation",
	"stack_page":        "belongs to a stack",
	"os_release":        "Apple's public list of versions, the same for everybody",
}

// secretColumns are columns that would let somebody in, besides those that are sealed.
var secretColumns = map[string][]string{
	"account":     {"password", "setup_hash", "setup_until"},
	"api_token":   {"hash"},
	"enroll_code": {"link_hash", "typed_hash"},
	"enrollment":  {"push_token", "push_magic"},
}

// exported is a table of an export, as schema.json describes it.
type exported struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Secret  []string `json:"left_out,omitempty"` // columns that are not there
	Rows    int64    `json:"rows"`
}

// exportNotes is the part of schema.json that people read.
var exportNotes = []string{
	"Each table is a file of JSON lines (tables/NAME.jsonl) and a file of comma separated values (tables/NAME.csv) with the same rows and columns.",
	"Ids are opaque texts; a column ending in _id names the row of another table with that id. authority.id is the authority of this export.",
	"Columns ending in _at, and from_at and until_at, are microseconds since 1970-01-01 in UTC. null means: not.",
	"Binary values are base64. Columns ending in _sort and _fold are computed from the name and need not be read.",
	"In CSV, a cell that a spreadsheet would run as a formula begins with an apostrophe; JSON has it as it is.",
	"Secrets are not in it: keys, tokens, passwords, unlock and bypass codes. The new place asks Apple for new ones.",
}

// ExportTenant writes all that is kept of the actor's authority. It stands in the audit before the first byte is out.
func (s *Store) ExportTenant(ctx context.Context, by school.Actor, w io.Writer) error {
	ev := event{name: "authority.exported", verb: school.Export, subject: "authority", id: string(by.Tenant), final: true}
	if _, err := s.write(ctx, by, ev, func(*Tx) error { return nil }); err != nil {
		return err
	}
	z := zip.NewWriter(w)
	err := s.snapshot(ctx, func(c conn) error {
		names, err := c.inOrder(ctx)
		if err != nil {
			return err
		}
		var all []exported
		for _, name := range names {
			t, ok, err := c.exportable(ctx, name)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if t.Rows, err = c.exportTable(ctx, by.Tenant, t, z); err != nil {
				return fmt.Errorf("store: export of %s: %w", name, err)
			}
			all = append(all, t)
		}
		f, err := z.Create("schema.json")
		if err != nil {
			return err
		}
		e := json.NewEncoder(f)
		e.SetIndent("", "  ")
		return e.Encode(map[string]any{"format": "ranzen authority 1", "schema": NewestSchema(), "authority": string(by.Tenant), "at": s.Now().UTC().Format(time.RFC3339),
			"notes": exportNotes, "tables": all, "not_exported": notExported})
	})
	if err != nil {
		return err // without its directory a ZIP is not one: half of it is never taken for all
	}
	return z.Close()
}

// exportable says which columns of a table go along, if it does at all.
func (c conn) exportable(ctx context.Context, name string) (t exported, ok bool, err error) {
	if _, not := notExported[name]; not {
		return t, false, nil
	}
	columns, err := c.columns(ctx, name)
	if err != nil {
		return t, false, err
	}
	t.Name = name
	ok = name == "authority"
	for _, x := range columns {
		ok = ok || x.name == "authority_id"
		if strings.HasSuffix(x.name, "_sealed") || slices.Contains(secretColumns[name], x.name) {
			t.Secret = append(t.Secret, x.name)
			continue
		}
		t.Columns = append(t.Columns, x.name)
	}
	return t, ok, nil
}

// exportTable writes the rows of a table, first as JSON, then as CSV: an archive has one file after the other.
func (c conn) exportTable(ctx context.Context, authority school.AuthorityID, t exported, z *zip.Writer) (n int64, err error) {
	of := "authority_id"
	if t.Name == "authority" {
		of = "id"
	}
	query := `SELECT ` + strings.Join(t.Columns, ", ") + ` FROM ` + t.Name + ` WHERE ` + of + ` = $1`
	values, places := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		places[i] = &values[i]
	}
	rows := func(fn func() error) error {
		n = 0
		return c.each(ctx, query, args(string(authority)), func(r *sql.Rows) error {
			if err := r.Scan(places...); err != nil {
				return err
			}
			n++
			return fn()
		})
	}
	f, err := z.Create("tables/" + t.Name + ".jsonl")
	if err != nil {
		return 0, err
	}
	lines := json.NewEncoder(f)
	lines.SetEscapeHTML(false)
	line := make(map[string]any, len(values))
	if err := rows(func() error {
		for i, v := range values {
			line[t.Columns[i]] = v // bytes become base64
		}
		return lines.Encode(line)
	}); err != nil {
		return 0, err
	}
	if f, err = z.Create("tables/" + t.Name + ".csv"); err != nil {
		return 0, err
	}
	cells := make([]string, len(values))
	out := csv.NewWriter(f)
	if err := out.Write(t.Columns); err != nil {
		return 0, err
	}
	if err := rows(func() error {
		for i, v := range values {
			cells[i] = plainCell(v)
		}
		return out.Write(cells)
	}); err != nil {
		return 0, err
	}
	out.Flush()
	return n, out.Error()
}

// plainCell is a value as a spreadsheet shows it and never runs it.
func plainCell(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case []byte:
		return base64.StdEncoding.EncodeToString(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case string:
		return school.PlainCell(x)
	}
	return fmt.Sprint(v)
}
