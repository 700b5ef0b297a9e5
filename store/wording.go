package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// Wordings are an authority's own texts of documents: one draft for each kind, and the versions that were released. What
// was released never changes; the newest one is what new documents say.

var _ = registerEvent(school.Settings, "wording.drafted", "wording.released", "wording.dropped")

// WordingRow is a text of a kind, a draft or a version.
type WordingRow struct {
	ID       school.DocumentTextID
	Kind     school.DocumentKind
	Number   int // 0: a draft
	Body     string
	Hash     string
	By       string
	Changed  time.Time
	Released time.Time
}

// hashWording is by what a document knows the text it was made of.
func hashWording(kind school.DocumentKind, body string) string {
	h := sha256.New()
	h.Write([]byte(string(kind) + "\x00" + body))
	return hex.EncodeToString(h.Sum(nil))
}

const wordingColumns = `id, kind, number, body, hash, created_by, changed_at, released_at`

func scanWording(r *sql.Rows, x *WordingRow) error {
	return r.Scan(text(&x.ID), text(&x.Kind), &x.Number, &x.Body, &x.Hash, &x.By, stamp(&x.Changed), stamp(&x.Released))
}

// Wordings lists what an authority has of its own: the draft and the newest version of each kind, kinds in their order.
func (s *Store) Wordings(ctx context.Context, by school.Actor) ([]WordingRow, error) {
	return s.wordings(ctx, by, `AND (number = 0 OR number = (SELECT max(o.number) FROM document_text o WHERE o.authority_id = t.authority_id AND o.kind = t.kind))`)
}

// WordingVersions lists all of one kind, the draft first, then the newest version.
func (s *Store) WordingVersions(ctx context.Context, by school.Actor, kind school.DocumentKind) ([]WordingRow, error) {
	return s.wordings(ctx, by, `AND kind = $2`, string(kind))
}

func (s *Store) wordings(ctx context.Context, by school.Actor, cond string, more ...any) (out []WordingRow, err error) {
	if !by.Can(school.Settings, school.Where{Authority: by.Tenant}) {
		return nil, school.Missing("authority")
	}
	err = s.read().each(ctx, `SELECT `+wordingColumns+` FROM document_text t WHERE authority_id = $1 `+cond+` ORDER BY CASE WHEN number = 0 THEN 0 ELSE 1 END, number DESC, kind`,
		append(args(string(by.Tenant)), more...), func(r *sql.Rows) error {
			var x WordingRow
			err := scanWording(r, &x)
			out = append(out, x)
			return err
		})
	return out, err
}

// wordingNow is the newest version of a kind, or nothing where the authority has none.
func (c conn) wordingNow(ctx context.Context, a school.AuthorityID, kind school.DocumentKind) (x WordingRow, err error) {
	err = c.each(ctx, `SELECT `+wordingColumns+` FROM document_text WHERE authority_id = $1 AND kind = $2 AND number > 0 ORDER BY number DESC LIMIT 1`, args(string(a), string(kind)),
		func(r *sql.Rows) error { return scanWording(r, &x) })
	return x, err
}

// WordingNow is the text new papers of a kind say, for whoever makes papers or reads them; empty where the authority has none of its own.
func (s *Store) WordingNow(ctx context.Context, by school.Actor, kind school.DocumentKind) (string, error) {
	if !by.CanSomewhere(school.Lend, by.Tenant) && !by.CanSomewhere(school.View, by.Tenant) {
		return "", school.Missing("document")
	}
	x, err := s.read().wordingNow(ctx, by.Tenant, kind)
	return x.Body, err
}

// SaveWording writes the draft of a kind. A draft may be wrong: it is checked when it is released. before is what whoever writes
// began from; another who wrote meanwhile is not written over.
func (s *Store) SaveWording(ctx context.Context, by school.Actor, kind school.DocumentKind, before, body string) (school.ChangeSetID, error) {
	if !slices.Contains(school.DocumentKinds, kind) {
		return "", school.Missing("document")
	}
	body = strings.TrimSpace(strings.ReplaceAll(body, "\r\n", "\n")) + "\n"
	switch {
	case len(body) > school.MaxWording:
		return "", school.Refuse("text", "too_long", school.MaxWording)
	case strings.TrimSpace(body) == "":
		return "", school.Refuse("text", "required")
	}
	ev := event{name: "wording.drafted", verb: school.Settings, subject: "document_text", id: string(kind), detail: map[string]any{"kind": string(kind)}}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		draft, err := tx.draftWording(kind)
		if err != nil {
			return err
		}
		set := row{"body": body, "hash": hashWording(kind, body), "changed_at": micros(tx.now), "created_by": by.Name}
		if draft == nil {
			set["id"], set["kind"], set["number"], set["created_at"] = newID(), string(kind), int64(0), micros(tx.now)
			return tx.insert("document_text", set)
		}
		if before != "" && draft.str("hash") != before {
			return &school.Error{Kind: school.Conflict, Code: "wording_moved", Field: "text", Args: []any{draft.str("created_by")}}
		}
		return tx.change("document_text", draft.str("id"), draft, set)
	})
}

// draftWording is the draft of a kind, or nothing.
func (tx *Tx) draftWording(kind school.DocumentKind) (row, error) {
	var id string
	found, err := tx.one(tx.ctx, `SELECT id FROM document_text WHERE authority_id = $1 AND kind = $2 AND number = 0`, args(string(tx.authority), string(kind)), &id)
	if err != nil || !found {
		return nil, err
	}
	return tx.fetch("document_text", id)
}

// ReleaseWording makes a version of the draft of a kind: new documents say it from now on. hash is what whoever releases has seen.
func (s *Store) ReleaseWording(ctx context.Context, by school.Actor, kind school.DocumentKind, hash string) (school.ChangeSetID, error) {
	ev := event{name: "wording.released", verb: school.Settings, subject: "document_text", id: string(kind), detail: map[string]any{"kind": string(kind)}, final: true}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		draft, err := tx.draftWording(kind)
		if err != nil {
			return err
		}
		if draft == nil {
			return school.Missing("document")
		}
		if draft.str("hash") != hash {
			return &school.Error{Kind: school.Conflict, Code: "wording_moved", Field: "text", Args: []any{draft.str("created_by")}}
		}
		if _, err := kind.Read(draft.str("body")); err != nil {
			return err
		}
		now, err := tx.wordingNow(tx.ctx, tx.authority, kind)
		if err != nil {
			return err
		}
		if now.Hash == hash {
			return school.Clash("wording_same", now.Number)
		}
		tx.event.detail["number"] = now.Number + 1
		return tx.change("document_text", draft.str("id"), draft, row{"number": int64(now.Number + 1), "released_at": micros(tx.now), "changed_at": micros(tx.now)})
	})
}

// DropWording throws the draft of a kind away.
func (s *Store) DropWording(ctx context.Context, by school.Actor, kind school.DocumentKind) (school.ChangeSetID, error) {
	ev := event{name: "wording.dropped", verb: school.Settings, subject: "document_text", id: string(kind), detail: map[string]any{"kind": string(kind)}}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		draft, err := tx.draftWording(kind)
		if err == nil && draft == nil {
			err = school.Missing("document")
		}
		if err != nil {
			return err
		}
		return tx.remove("document_text", draft.str("id"))
	})
}
