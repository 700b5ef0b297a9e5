package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	"ranzen/store/school"
)

// UndoFor is how long a change set can be undone.
const UndoFor = 14 * 24 * time.Hour

// event is what a write is called in the audit log, whom it needs and what it is about.
type event struct {
	name    string // "profile.assigned": names the sentence in the audit page
	verb    school.Verb
	school  school.SchoolID // empty: the whole authority
	subject string          // kind of noun: "class", "device" …
	id      string
	detail  map[string]any // ids, numbers and codes; never names or secrets
	final   bool           // cannot be undone
	undoes  school.ChangeSetID
}

// Tx is a write of facts under way. Rows are written through insert, update and remove alone: they keep the images
// before and after for undo, and from them follow the marks.
type Tx struct {
	conn
	ctx       context.Context
	s         *Store
	now       time.Time
	by        school.Actor
	authority school.AuthorityID
	event     *event
	images    []image
	touched   touched
	set       school.ChangeSetID // what record will call it
	lets      school.SchoolID    // a school that offered what is taken over: the actor acts there as at its own
}

// changeSet is the id the change set of this write will have, if it changes anything.
func (tx *Tx) changeSet() school.ChangeSetID {
	if tx.set == "" {
		tx.set = NewID[school.ChangeSetID]()
	}
	return tx.set
}

// image is one fact row before and after.
type image struct {
	table, id     string
	before, after row
}

// row is a fact row as the engine gives it: string, int64, bool, float64, []byte or nil by column.
type row map[string]any

// factTables are the tables people write, with what of a row is not a fact and therefore in no image.
var factTables = map[string][]string{
	"authority": {"version", "shared_version", "marked_version", "marked_at", "audit_seq", "audit_hash", "audit_cut_seq", "audit_cut_hash"}, "school": nil, "school_year": nil, "class": nil, "school_group": nil,
	"person": {"left_at"}, "membership": nil, "place": nil, "batch": nil, "asset": nil, "device": nil, "holding": nil,
	"profile": nil, "profile_version": nil, "assignment": nil, "enroll_code": {"uses", "uses_left"}, "apple_token": nil, "content_token": nil,
	"account": nil, "role_grant": nil, "provider": nil, "api_token": {"used_at"}, "allocation": nil,
	"roster_source": nil, "roster_answer": nil, "person_key": nil, "class_key": nil,
	"device_report": nil, "repair": nil, "rollover_choice": nil, "update_freeze": nil,
	"label_sheet": nil, "label_printer": nil, "document_text": nil,
	"kit": nil, "contract": nil, "contract_part": nil, "addendum": nil, "damage": nil, "loss": nil, "issue_day": nil, "look": nil,
	"return_run": nil, "return_item": nil, "crossing": nil,
}

// write is the only door for facts. It runs fn in one transaction together with the permission check, the authority's
// version, the change set, the marks and the audit entry; it returns the change set so that a page can offer to undo it.
// fn may run more than once.
func (s *Store) write(ctx context.Context, by school.Actor, ev event, fn func(tx *Tx) error) (school.ChangeSetID, error) {
	var set school.ChangeSetID
	err := s.transact(ctx, func(c conn) error {
		e := ev
		tx := &Tx{conn: c, ctx: ctx, s: s, now: s.Now(), by: by, authority: by.Tenant, event: &e}
		var seq int64
		var prev string
		found, err := c.one(ctx, `UPDATE authority SET version = version + 1, audit_seq = audit_seq + 1 WHERE id = $1 RETURNING audit_seq, audit_hash`,
			args(string(tx.authority)), &seq, &prev)
		if err != nil {
			return err
		}
		if !found {
			return school.Missing("authority")
		}
		if err := tx.allow(e.verb, e.school); err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		if err := tx.settle(); err != nil {
			return err
		}
		set, err = tx.record(seq)
		if err != nil {
			return err
		}
		if err := tx.audit(seq, prev, set); err != nil {
			return err
		}
		return c.notify(ctx)
	})
	if err != nil {
		return "", err
	}
	s.changed.call()
	return set, nil
}

// allow refuses what the actor may not do at a node of its authority. Who cannot even see there gets NotFound.
func (tx *Tx) allow(verb school.Verb, at school.SchoolID) error {
	where := school.Where{Authority: tx.authority, School: at}
	if tx.by.Can(verb, where) || at != "" && at == tx.lets {
		return nil
	}
	if !tx.by.Can(school.View, where) {
		return school.Missing("authority")
	}
	return school.Deny(verb)
}

// key is the name of a fact table's id column.
const key = "id"

// fetch reads a fact row of this authority. account and role_grant rows of operators have no authority and are reached
// by operators through their own methods.
func (tx *Tx) fetch(table, id string) (row, error) {
	// Joined with an empty text the authority cannot lead into an index: with the statistics of a fresh table PostgreSQL
	// would walk all rows of the authority instead of asking for the one id.
	cond := " AND authority_id || '' = $2"
	a := args(id, string(tx.authority))
	if table == "authority" {
		cond, a = "", args(id)
	}
	if (table == "account" || table == "role_grant") && tx.by.Kind == school.SystemActor {
		cond, a = "", args(id)
	}
	var out row
	err := tx.each(tx.ctx, "SELECT * FROM "+table+" WHERE id = $1"+cond+" FOR UPDATE", a, func(r *sql.Rows) error {
		cols, err := r.Columns()
		if err != nil {
			return err
		}
		vals := make([]any, len(cols))
		ptrs := make([]any, len(cols))
		for i := range vals {
			ptrs[i] = &vals[i]
		}
		if err := r.Scan(ptrs...); err != nil {
			return err
		}
		out = make(row, len(cols))
		for i, c := range cols {
			if b, ok := vals[i].([]byte); ok {
				vals[i] = bytes.Clone(b)
			}
			out[c] = vals[i]
		}
		for _, skip := range factTables[table] {
			delete(out, skip)
		}
		return nil
	})
	return out, err
}

// insert adds a fact row. authority_id is filled in.
func (tx *Tx) insert(table string, r row) error {
	if _, ok := factTables[table]; !ok {
		return fmt.Errorf("store: %s is not a table of facts", table)
	}
	if _, has := r["authority_id"]; !has && table != "authority" {
		r["authority_id"] = string(tx.authority)
	}
	if err := tx.put(table, r); err != nil {
		return err
	}
	after, err := tx.fetch(table, r[key].(string))
	if err != nil {
		return err
	}
	return tx.saw(image{table: table, id: r[key].(string), after: after})
}

func (tx *Tx) put(table string, r row) error {
	cols := columns(r)
	var names, marks strings.Builder
	a := make([]any, 0, len(cols))
	for i, c := range cols {
		if i > 0 {
			names.WriteString(", ")
			marks.WriteString(", ")
		}
		names.WriteString(c)
		fmt.Fprintf(&marks, "$%d", i+1)
		a = append(a, r[c])
	}
	_, err := tx.exec(tx.ctx, "INSERT INTO "+table+" ("+names.String()+") VALUES ("+marks.String()+")", a...)
	return err
}

// update changes columns of a fact row. A row that is not this authority's does not exist. What does not change anything
// leaves no image.
func (tx *Tx) update(table, id string, set row) error {
	before, err := tx.fetch(table, id)
	if err != nil {
		return err
	}
	if before == nil {
		return school.Missing(table)
	}
	return tx.change(table, id, before, set)
}

func (tx *Tx) change(table, id string, before, set row) error {
	cols := columns(set)
	var text strings.Builder
	a := make([]any, 0, len(cols)+1)
	for i, c := range cols {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "%s = $%d", c, i+1)
		a = append(a, set[c])
	}
	a = append(a, id)
	if _, err := tx.exec(tx.ctx, fmt.Sprintf("UPDATE %s SET %s WHERE id = $%d", table, text.String(), len(a)), a...); err != nil {
		return err
	}
	after, err := tx.fetch(table, id)
	if err != nil {
		return err
	}
	if encodeRow(before) == encodeRow(after) {
		return nil
	}
	return tx.saw(image{table: table, id: id, before: before, after: after})
}

// remove deletes a fact row.
func (tx *Tx) remove(table, id string) error {
	before, err := tx.fetch(table, id)
	if err != nil {
		return err
	}
	if before == nil {
		return school.Missing(table)
	}
	if _, err := tx.exec(tx.ctx, "DELETE FROM "+table+" WHERE id = $1", id); err != nil {
		return err
	}
	return tx.saw(image{table: table, id: id, before: before})
}

// saw keeps the image and notes whom it reaches, before a later row of the same write can hide it.
func (tx *Tx) saw(i image) error {
	tx.images = append(tx.images, i)
	tx.touched.by(i)
	return nil
}

func columns(r row) []string {
	cols := make([]string, 0, len(r))
	for c := range r {
		cols = append(cols, c)
	}
	sort.Strings(cols)
	return cols
}

// cellJSON keeps the type of a column value through JSON.
type cellJSON struct {
	S *string  `json:"s,omitempty"`
	I *int64   `json:"i,omitempty"`
	B *bool    `json:"b,omitempty"`
	F *float64 `json:"f,omitempty"`
	X []byte   `json:"x,omitempty"`
	E bool     `json:"e,omitempty"` // empty bytes, which omitempty would lose
}

func encodeRow(r row) string {
	if r == nil {
		return ""
	}
	m := make(map[string]cellJSON, len(r))
	for c, v := range r {
		var j cellJSON
		switch v := v.(type) {
		case nil:
		case string:
			j.S = &v
		case int64:
			j.I = &v
		case bool:
			j.B = &v
		case float64:
			j.F = &v
		case []byte:
			j.X, j.E = v, len(v) == 0
		default:
			panic(fmt.Sprintf("store: column %s is %T", c, v))
		}
		m[c] = j
	}
	return toJSON(m)
}

func decodeRow(b []byte) (row, error) {
	if len(b) == 0 {
		return nil, nil
	}
	var m map[string]cellJSON
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("store: change row: %w", err)
	}
	r := make(row, len(m))
	for c, j := range m {
		switch {
		case j.S != nil:
			r[c] = *j.S
		case j.I != nil:
			r[c] = *j.I
		case j.B != nil:
			r[c] = *j.B
		case j.F != nil:
			r[c] = *j.F
		case j.X != nil || j.E:
			r[c] = append([]byte{}, j.X...)
		default:
			r[c] = nil
		}
	}
	return r, nil
}

// record writes the change set of the images. A write that changed no fact row has none; what can never be undone keeps how many
// there were.
func (tx *Tx) record(seq int64) (school.ChangeSetID, error) {
	if len(tx.images) == 0 {
		return "", nil
	}
	id := tx.changeSet()
	var until any
	if !tx.event.final {
		until = micros(tx.now.Add(UndoFor))
	}
	_, err := tx.exec(tx.ctx, `INSERT INTO change_set (id, authority_id, seq, event, school_id, at, actor_id, undo_until, undoes, images, kept)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		string(id), string(tx.authority), seq, tx.event.name, string(tx.event.school), micros(tx.now), tx.by.ID(), until, opt(tx.event.undoes), len(tx.images), !tx.event.final)
	if err != nil || tx.event.final {
		return id, err
	}
	for n, i := range tx.images {
		at := cell{tx.authority, "change_row", "image", fmt.Sprintf("%s/%d", id, n)}
		_, err := tx.exec(tx.ctx, `INSERT INTO change_row (change_set_id, n, authority_id, table_name, row_id, before_sealed, after_sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, string(id), n, string(tx.authority), i.table, i.id,
			tx.s.seal(at, bytesOrNil(encodeRow(i.before))), tx.s.seal(at, bytesOrNil(encodeRow(i.after))))
		if err != nil {
			return "", err
		}
	}
	return id, nil
}

func bytesOrNil(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}
