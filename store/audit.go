package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"ranzen/store/school"
)

// Entry is one line of an authority's chain of audit: who did what to what, when. It names ids, numbers and codes;
// names are looked up when it is shown, so that an erased person is erased here too.
type Entry struct {
	Seq       int64
	At        time.Time
	ActorKind school.ActorKind
	ActorID   string
	ActorName string
	Event     string
	Subject   string
	SubjectID string
	School    school.SchoolID
	Detail    map[string]any
	ChangeSet school.ChangeSetID
	Prev      string
	Hash      string
}

// hashEntry chains an entry to its predecessor: SHA-256 over the previous hash and every field, each with its length
// before it so that no two different entries read the same.
func hashEntry(authority school.AuthorityID, prev string, seq, at int64, fields ...string) string {
	h := sha256.New()
	fmt.Fprintf(h, "ranzen audit 1\n%s\n%s\n%d\n%d\n", authority, prev, seq, at)
	for _, f := range fields {
		fmt.Fprintf(h, "%d:%s\n", len(f), f)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// audit appends the entry of this write. The authority's row was taken at the beginning, so nobody else can have
// appended since.
func (tx *Tx) audit(seq int64, prev string, set school.ChangeSetID) error {
	e := tx.event
	if e.detail == nil {
		e.detail = map[string]any{}
	}
	detail, at := toJSON(e.detail), tx.now.UnixMicro()
	hash := hashEntry(tx.authority, prev, seq, at, string(tx.by.Kind), tx.by.ID(), tx.by.Name, e.name, e.subject, e.id, string(e.school), detail, string(set))
	_, err := tx.exec(tx.ctx, `INSERT INTO audit (authority_id, seq, at, actor_kind, actor_id, actor_name, event, subject_kind, subject_id, school_id, detail, change_set_id, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		string(tx.authority), seq, at, string(tx.by.Kind), tx.by.ID(), tx.by.Name, e.name, e.subject, e.id, string(e.school), detail, string(set), prev, hash)
	if err != nil {
		return err
	}
	_, err = tx.exec(tx.ctx, `UPDATE authority SET audit_hash = $1, shared_version = CASE WHEN $3 THEN version ELSE shared_version END,
			marked_version = CASE WHEN $4 THEN version ELSE marked_version END, marked_at = CASE WHEN $4 THEN $5 ELSE marked_at END WHERE id = $2`,
		hash, string(tx.authority), tx.touched.shared || tx.touched.everyone, tx.touched.everyone, at)
	return err
}

const auditColumns = `seq, at, actor_kind, actor_id, actor_name, event, subject_kind, subject_id, school_id, detail, change_set_id, prev, hash`

func scanEntry(r *sql.Rows, e *Entry, raw *string) error {
	err := r.Scan(&e.Seq, stamp(&e.At), text(&e.ActorKind), &e.ActorID, &e.ActorName, &e.Event, &e.Subject, &e.SubjectID,
		text(&e.School), raw, text(&e.ChangeSet), &e.Prev, &e.Hash)
	if err != nil {
		return err
	}
	return fromJSON(&e.Detail).Scan(*raw)
}

// AuditFilter narrows the audit log. Before pages backwards by sequence number; 0 begins with the newest.
type AuditFilter struct {
	Before    int64
	Subject   string
	SubjectID string
	Event     string
	Actor     string
	Limit     int
}

// Audit lists entries of the actor's authority, newest first.
func (s *Store) Audit(ctx context.Context, by school.Actor, f AuditFilter) ([]Entry, error) {
	var w where
	w.and("authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.ReadAudit, by.Tenant, "school_id"); err != nil {
		return nil, err
	}
	return s.auditWhere(ctx, &w, f)
}

// History lists the entries about one noun, for its page; it needs no more than the right to see the noun. Who only looked
// is no history: that is for those who may read the log (Views).
func (s *Store) History(ctx context.Context, by school.Actor, subject, id string, limit int) ([]Entry, error) {
	var w where
	w.and("authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.View, by.Tenant, "school_id"); err != nil {
		return nil, err
	}
	w.and("event <> ?", eventViewed)
	return s.auditWhere(ctx, &w, AuditFilter{Subject: subject, SubjectID: id, Limit: limit})
}

func (s *Store) auditWhere(ctx context.Context, w *where, f AuditFilter) ([]Entry, error) {
	if f.Before > 0 {
		w.and("seq < ?", f.Before)
	}
	if f.Subject != "" {
		w.and("subject_kind = ?", f.Subject)
	}
	if f.SubjectID != "" {
		w.and("subject_id = ?", f.SubjectID)
	}
	if f.Event != "" {
		w.and("event = ?", f.Event)
	}
	if f.Actor != "" {
		w.and("actor_id = ?", f.Actor)
	}
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 50
	}
	var out []Entry
	err := s.read().each(ctx, `SELECT `+auditColumns+` FROM audit WHERE `+w.String()+` ORDER BY seq DESC LIMIT `+w.arg(f.Limit), w.args, func(r *sql.Rows) error {
		var e Entry
		var raw string
		if err := scanEntry(r, &e, &raw); err != nil {
			return err
		}
		out = append(out, e)
		return nil
	})
	return out, err
}

// schemaCuts is the migration that let the log be cut.
const schemaCuts = 4

// VerifyAudit walks the authority's chain from its beginning and says how many entries hold and, if one does not, which.
// Its beginning is where the retention of the log cut it; how much was cut, the entry of that cut says.
func (s *Store) VerifyAudit(ctx context.Context, by school.Actor) (entries int64, broken int64, err error) {
	if !by.Can(school.ReadAudit, school.Where{Authority: by.Tenant}) {
		return 0, 0, school.Missing("authority")
	}
	err = s.snapshot(ctx, func(c conn) error {
		var cut int64
		var prev string
		if schema, err := c.schema(ctx); err != nil {
			return err
		} else if schema >= schemaCuts { // a copy is taken before an upgrade, too
			if _, err := c.one(ctx, `SELECT audit_cut_seq, audit_cut_hash FROM authority WHERE id = $1`, args(string(by.Tenant)), &cut, &prev); err != nil {
				return err
			}
		}
		err := c.each(ctx, `SELECT `+auditColumns+` FROM audit WHERE authority_id = $1 ORDER BY seq`, args(string(by.Tenant)), func(r *sql.Rows) error {
			var e Entry
			var raw string
			if err := scanEntry(r, &e, &raw); err != nil {
				return err
			}
			want := hashEntry(by.Tenant, prev, e.Seq, e.At.UnixMicro(), string(e.ActorKind), e.ActorID, e.ActorName, e.Event, e.Subject, e.SubjectID, string(e.School), raw, string(e.ChangeSet))
			if broken == 0 && (e.Prev != prev || e.Hash != want || e.Seq != cut+entries+1) {
				broken = e.Seq
			}
			prev = e.Hash
			entries++
			return nil
		})
		if err != nil {
			return err
		}
		var last string
		var seq int64
		if _, err := c.one(ctx, `SELECT audit_hash, audit_seq FROM authority WHERE id = $1`, args(string(by.Tenant)), &last, &seq); err != nil {
			return err
		}
		if broken == 0 && (last != prev || seq != cut+entries) {
			broken = cut + entries + 1 // the end was cut off
		}
		return nil
	})
	return entries, broken, err
}
