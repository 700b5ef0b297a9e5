package store

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"ranzen/store/school"
)

var _ = registerEvent(school.Export, "authority.imported")

// Taking over an authority that another installation handed over (tenantexport.go): the same schools, people, devices,
// holdings, accounts and the whole log, with the same ids. Secrets are not in the file, and what hangs on them begins anew:
// notImported says what and why. Devices come over when they are enrolled here; until then they stand in the lists as they were.

// notImported are tables of an export that are not taken over, and why.
var notImported = map[string]string{
	"profile":         "its content is sealed with the keys of the other installation: upload it anew",
	"profile_version": "belongs to a profile",
	"assignment":      "belongs to a profile",
	"document":        "what it says is sealed with the keys of the other installation: take the signed ones along as files, make the others anew",
	"document_link":   "belongs to a document",
	"enroll_code":     "its secret is not in the file: make a new one",
	"enrollment":      "the device is enrolled there, not here",
	"identity":        "issued by the authority's own CA, which stays there",
	"ca":              "its key is not in the file",
	"target":          "what a device of the other installation was told",
	"item_set":        "belongs to what devices were told",
	"item_set_member": "belongs to what devices were told",
	"snapshot":        "belongs to what devices were told",
	"device_order":    "given by the other installation",
	"warrant":         "given by the other installation, with words sealed there",
	"turnaround":      "nothing is erased here because somebody said so there",
	"push_cert":       "its key is not in the file: ask Apple for a new one for the same topic",
	"apple_token":     "its key is not in the file: make a new one in Apple School Manager",
	"apple_sync":      "belongs to a token of Apple's",
	"content_token":   "it is not in the file: upload it anew",
	"content_sync":    "belongs to a content token",
	"app":             "belongs to a content token: its profile is made anew when that is counted",
	"licence":         "belongs to a content token",
	"licence_account": "belongs to a content token: Apple is asked anew",
	"licence_entry":   "belongs to a content token",
	"licence_event":   "belongs to a content token",
	"licence_due":     "belongs to a content token",
	"ade_profile":     "belongs to a token of Apple's",
	"ade_device":      "belongs to a token of Apple's",
	"api_token":       "its secret is not in the file: make a new one",
	"provider":        "its secret is not in the file, and it knows the address of the other installation",
	"provider_state":  "belongs to a provider",
	"second_factor":   "its secret is not in the file",
	"passkey":         "it opens the address of the other installation alone",
	"change_set":      "can be undone only where it was done",
	"alarm":           "raised by the other installation",
	"roster_answer":   "what it was asked about is sealed",
	"roster_run":      "read by the other installation",
	"roster_part":     "belongs to a run",
	"rollover":        "under way in the other installation",
	"rollover_school": "belongs to a change of school year",
	"person_view":     "kept for a day; the log has it",
}

// Limits of an export that is read.
const (
	exportLine = 4 << 20 // bytes of one row
	exportRows = 50_000_000
)

// Imported says what was taken over.
type Imported struct {
	Authority school.AuthorityID
	Name      string
	Rows      map[string]int64 // by table
	Left      []string         // tables with rows that were not taken over
	Admin     school.AccountID // who can sign in first, by the link
	Login     string
	Link      string // its secret, this once
}

// exportFile is an export that was opened: foreign bytes.
type exportFile struct {
	z         *zip.Reader
	Format    string             `json:"format"`
	Schema    int64              `json:"schema"`
	Authority school.AuthorityID `json:"authority"`
	Tables    []exported         `json:"tables"`
}

var errExport = school.Refuse("file", "import_form")

// openExport reads what the file says of itself.
func openExport(r io.ReaderAt, size int64) (*exportFile, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, errExport
	}
	f, err := z.Open("schema.json")
	if err != nil {
		return nil, errExport
	}
	defer f.Close()
	x := &exportFile{z: z}
	if err := json.NewDecoder(io.LimitReader(f, exportLine)).Decode(x); err != nil || x.Format != "ranzen authority 1" || x.Authority == "" || hasControl(string(x.Authority)) || len(x.Authority) > 100 {
		return nil, errExport
	}
	return x, nil
}

// rows reads a table of it line by line; numbers stay as they were written.
func (x *exportFile) rows(table string, fn func(map[string]any) error) error {
	f, err := x.z.Open("tables/" + table + ".jsonl")
	if err != nil {
		return errExport
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, exportLine)
	n := 0
	for lines.Scan() {
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.UseNumber()
		var row map[string]any
		if n++; d.Decode(&row) != nil || row == nil || n > exportRows {
			return errExport
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	if lines.Err() != nil {
		return errExport
	}
	return nil
}

// value turns what JSON has into what the column takes.
func (c column) value(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case bool:
		return x, nil
	case json.Number:
		if strings.Contains(c.kind, "double") || c.kind == "real" {
			return x.Float64()
		}
		n, err := x.Int64()
		if c.kind == "boolean" {
			return n != 0, err
		}
		return n, err
	case string:
		if c.kind == "bytea" || c.kind == "blob" {
			return base64.StdEncoding.DecodeString(x)
		}
		if strings.ContainsRune(x, 0) {
			return nil, errExport
		}
		return x, nil
	}
	return nil, errExport
}

// ImportTenant takes over an authority from an export, whole or not at all, for somebody who runs the installation. Its first
// administrator gets a new set-up link; everybody else's password has to be set anew, too.
func (s *Store) ImportTenant(ctx context.Context, by school.Actor, r io.ReaderAt, size int64) (Imported, error) {
	if !by.Installs() {
		return Imported{}, school.Missing("tenant")
	}
	x, err := openExport(r, size)
	if err != nil {
		return Imported{}, err
	}
	if newest := NewestSchema(); x.Schema != newest {
		return Imported{}, school.Refuse("file", "import_schema", x.Schema, newest)
	}
	var out Imported
	err = s.transact(ctx, func(c conn) (err error) {
		out = Imported{Authority: x.Authority, Rows: map[string]int64{}}
		return s.takeOver(ctx, c, by, x, &out)
	})
	if err != nil {
		var e *school.Error
		if errors.As(err, &e) && e.Code == "taken" {
			err = school.Clash("import_taken")
		}
		return Imported{}, err
	}
	s.changed.call()
	return out, nil
}

func (s *Store) takeOver(ctx context.Context, c conn, by school.Actor, x *exportFile, out *Imported) error {
	if n, err := c.number(ctx, `SELECT count(*) FROM authority WHERE id = $1`, string(x.Authority)); err != nil || n > 0 {
		return orClash(err, "import_here")
	}
	if n, err := c.number(ctx, `SELECT count(*) FROM tenant_gone WHERE id = $1`, string(x.Authority)); err != nil || n > 0 {
		return orClash(err, "import_gone") // the journal would delete it again after a restore
	}
	names, err := c.inOrder(ctx)
	if err != nil {
		return err
	}
	said := map[string]exported{}
	for _, t := range x.Tables {
		said[t.Name] = t
	}
	for _, name := range names {
		t, there := said[name]
		ours, ok, err := c.exportable(ctx, name)
		switch {
		case err != nil:
			return err
		case !ok || !there:
			continue
		case notImported[name] != "":
			if t.Rows > 0 {
				out.Left = append(out.Left, name)
			}
			continue
		}
		if !slices.Equal(slices.Sorted(slices.Values(t.Columns)), slices.Sorted(slices.Values(ours.Columns))) {
			return errExport
		}
		if err := s.takeTable(ctx, c, x, ours, out); err != nil {
			return err
		}
	}
	if out.Rows["authority"] != 1 {
		return errExport
	}
	if _, err := c.one(ctx, `SELECT name FROM authority WHERE id = $1`, args(string(x.Authority)), &out.Name); err != nil {
		return err
	}
	// The oldest administrator who is not locked out comes in first.
	found, err := c.one(ctx, `SELECT a.id, a.login FROM account a JOIN role_grant g ON g.account_id = a.id WHERE a.authority_id = $1 AND NOT a.disabled AND g.role = 'authority_admin' AND g.school_id IS NULL
		AND (g.until_at IS NULL OR g.until_at > $2) ORDER BY a.created_at, a.id LIMIT 1`, args(string(x.Authority), micros(s.Now())), text(&out.Admin), &out.Login)
	if err != nil {
		return err
	}
	if !found {
		return school.Clash("import_nobody")
	}
	out.Link = Secret(32)
	if _, err := c.exec(ctx, `UPDATE account SET setup_hash = $1, setup_until = $2 WHERE id = $3`, Digest(out.Link), micros(s.Now().Add(LinkFor)), string(out.Admin)); err != nil {
		return err
	}
	return s.note(ctx, c, x.Authority, by, event{name: "authority.imported", subject: "authority", id: string(x.Authority)})
}

func orClash(err error, code string) error {
	if err == nil {
		err = school.Clash(code)
	}
	return err
}

// takeTable writes the rows of one table. What refers to a table that stays behind refers to nothing.
func (s *Store) takeTable(ctx context.Context, c conn, x *exportFile, t exported, out *Imported) error {
	columns, err := c.columns(ctx, t.Name)
	if err != nil {
		return err
	}
	targets, err := c.targets(ctx, t.Name)
	if err != nil {
		return err
	}
	kinds := map[string]column{}
	for _, k := range columns {
		kinds[k.name] = k
	}
	owner := "authority_id"
	if t.Name == "authority" {
		owner = "id"
	}
	tx := &Tx{conn: c, ctx: ctx, s: s, now: s.Now(), authority: x.Authority, event: &event{}}
	return x.rows(t.Name, func(from map[string]any) error {
		if from[owner] != string(x.Authority) {
			return errExport
		}
		if t.Name == "role_grant" && from["role"] == string(school.Operator) {
			return nil // of the other installation
		}
		r := row{}
		for _, name := range t.Columns {
			v, err := kinds[name].value(from[name])
			if err != nil {
				return errExport
			}
			if notImported[targets[name]] != "" {
				v = nil
			}
			r[name] = v
		}
		switch t.Name {
		case "authority":
			r["hash_key_sealed"] = s.seal(cell{x.Authority, "authority", "hash_key", string(x.Authority)}, newHashKey())
			r["start"] = "" // the word of its address is given anew
		case "device_state":
			r["enrollment_id"] = nil
		case "deletion":
			r["filed"] = false
		}
		out.Rows[t.Name]++
		return tx.put(t.Name, r)
	})
}
