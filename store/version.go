package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// A profile has at most one draft (number 0) and any number of published versions, counted from 1. A published version
// never changes: devices, plans and the cache of contents rest on that. Publishing gives the draft's row its number, so
// the id a page held stays good, and it cannot be undone; a wrong version is followed by a better one.

var _ = registerEvent(school.EditProfiles, "profile.drafted", "profile.draft_dropped", "profile.published")

const versionColumns = `v.id, v.authority_id, v.profile_id, v.number, p.name, p.identifier, v.meta, v.body_sealed, v.published_at`

// scanVersion reads versionColumns and opens the body.
func (s *Store) scanVersion(r *sql.Rows, v *school.Version) error {
	var sealed []byte
	err := r.Scan(text(&v.ID), text(&v.Authority), text(&v.Profile), &v.Number, &v.ProfileName, &v.Identifier, fromJSON(&v.Content), &sealed, stamp(&v.Published))
	if err != nil {
		return err
	}
	v.Content.Body, err = s.open(bodyCell(v.Authority, v.ID), sealed)
	return err
}

func bodyCell(a school.AuthorityID, id school.VersionID) cell {
	return cell{a, "profile_version", "body", string(id)}
}

// version reads one version with its opened body. Published ones are kept in memory for good, so what is returned is
// shared and must not be changed. A profile's new name is seen at once on the node where it was given; elsewhere a kept
// version bears the old one until the next start (it is shown, never hashed or delivered).
func (s *Store) version(ctx context.Context, c conn, authority school.AuthorityID, id school.VersionID) (*school.Version, error) {
	if v, ok := s.contents.Load(id); ok {
		if v := v.(*school.Version); v.Authority == authority {
			return v, nil
		}
		return nil, school.Missing("version")
	}
	var v *school.Version
	err := c.each(ctx, `SELECT `+versionColumns+` FROM profile_version v JOIN profile p ON p.id = v.profile_id WHERE v.id = $1 AND v.authority_id = $2`,
		args(string(id), string(authority)), func(r *sql.Rows) error {
			v = new(school.Version)
			return s.scanVersion(r, v)
		})
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, school.Missing("version")
	}
	// What an open transaction wrote may yet be rolled back, but nothing published is ever read before its commit:
	// publishing does not go through here.
	if v.Number > 0 {
		s.contents.Store(id, v)
	}
	return v, nil
}

// forgetVersions drops kept versions of a profile whose name changed.
func (s *Store) forgetVersions(id school.ProfileID) {
	s.contents.Range(func(k, v any) bool {
		if v.(*school.Version).Profile == id {
			s.contents.Delete(k)
		}
		return true
	})
}

// Version reads one version of a profile the actor may see, with its body. Danger: a body holds secrets such as Wi-Fi
// passwords; a page or an export shows it through a reader that leaves them out.
func (s *Store) Version(ctx context.Context, by school.Actor, id school.VersionID) (school.Version, error) {
	v, err := s.version(ctx, s.read(), by.Tenant, id)
	if err != nil {
		return school.Version{}, err
	}
	if _, err := s.Profile(ctx, by, v.Profile); err != nil {
		return school.Version{}, school.Missing("version")
	}
	return *v, nil
}

// Draft reads the draft of a profile; NotFound when there is none.
func (s *Store) Draft(ctx context.Context, by school.Actor, id school.ProfileID) (school.Version, error) {
	p, err := s.Profile(ctx, by, id)
	if err != nil {
		return school.Version{}, err
	}
	if p.Draft == "" {
		return school.Version{}, school.Missing("draft")
	}
	return s.Version(ctx, by, p.Draft)
}

// putDraft adds the draft of a profile.
func (tx *Tx) putDraft(profile school.ProfileID, c school.Content) (school.VersionID, error) {
	id := NewID[school.VersionID]()
	r := tx.contentRow(id, c)
	r["id"], r["profile_id"], r["number"], r["created_at"] = string(id), string(profile), 0, micros(tx.now)
	return id, tx.insert("profile_version", r)
}

func (tx *Tx) contentRow(id school.VersionID, c school.Content) row {
	body := c.Body
	c.Body = nil
	return row{"hash": c.Hash, "meta": toJSON(c), "body_sealed": tx.s.seal(bodyCell(tx.authority, id), body)}
}

// draftOf finds the draft of a profile inside a write; empty id: none.
func (tx *Tx) draftOf(profile school.ProfileID) (id school.VersionID, hash string, err error) {
	_, err = tx.one(tx.ctx, `SELECT id, hash FROM profile_version WHERE profile_id = $1 AND authority_id = $2 AND number = 0`,
		args(string(profile), string(tx.authority)), text(&id), &hash)
	return id, hash, err
}

// SaveDraft writes the draft of a profile, making one where there is none. form is the form it is edited with, empty for
// an imported file. over is the hash of the draft the person began from (empty: there was none): if somebody else saved
// another in between, nothing is written over it.
func (s *Store) SaveDraft(ctx context.Context, by school.Actor, id school.ProfileID, form string, c school.Content, over string) (school.VersionID, school.ChangeSetID, error) {
	if err := checkContent(c); err != nil {
		return "", "", err
	}
	p, err := s.editable(ctx, by, id)
	if err != nil {
		return "", "", err
	}
	if p.Number > 0 && p.Content.Declared() != c.Declared() { // on a device the type of what is declared under a name never changes
		return "", "", school.Clash("profile_kind")
	}
	var draft school.VersionID
	set, err := s.write(ctx, by, event{name: "profile.drafted", verb: school.EditProfiles, school: p.School, subject: "profile", id: string(id)}, func(tx *Tx) error {
		if err := tx.livingProfile(id); err != nil {
			return err
		}
		var hash string
		var err error
		if draft, hash, err = tx.draftOf(id); err != nil {
			return err
		}
		if hash != over {
			return school.Clash("draft_moved")
		}
		if err := tx.update("profile", string(id), row{"form": form}); err != nil {
			return err
		}
		if draft != "" {
			return tx.update("profile_version", string(draft), tx.contentRow(draft, c))
		}
		draft, err = tx.putDraft(id, c)
		return err
	})
	return draft, set, err
}

// DropDraft throws the draft of a profile away.
func (s *Store) DropDraft(ctx context.Context, by school.Actor, id school.ProfileID) (school.ChangeSetID, error) {
	p, err := s.editable(ctx, by, id)
	if err != nil {
		return "", err
	}
	return s.write(ctx, by, event{name: "profile.draft_dropped", verb: school.EditProfiles, school: p.School, subject: "profile", id: string(id)}, func(tx *Tx) error {
		draft, _, err := tx.draftOf(id)
		switch {
		case err != nil:
			return err
		case draft == "":
			return school.Missing("draft")
		}
		n, err := tx.number(tx.ctx, `SELECT count(*) FROM profile_version WHERE profile_id = $1 AND authority_id = $2`, string(id), string(tx.authority))
		if err != nil {
			return err
		}
		if n == 1 {
			return school.Clash("draft_only") // a profile without any content is nothing; it is archived instead
		}
		return tx.remove("profile_version", string(draft))
	})
}

// Publish makes the draft of a profile its next version, if no finding forbids it. Devices get it by assignments that
// point to it, never by the publishing.
func (s *Store) Publish(ctx context.Context, by school.Actor, id school.ProfileID) (v school.VersionID, number int, err error) {
	p, err := s.editable(ctx, by, id)
	if err != nil {
		return "", 0, err
	}
	_, err = s.write(ctx, by, event{name: "profile.published", verb: school.EditProfiles, school: p.School, subject: "profile", id: string(id), final: true}, func(tx *Tx) error {
		if err := tx.livingProfile(id); err != nil {
			return err
		}
		var hash string
		var err error
		if v, hash, err = tx.draftOf(id); err != nil {
			return err
		}
		if v == "" {
			return school.Clash("draft_none")
		}
		var meta school.Content
		if _, err := tx.one(tx.ctx, `SELECT meta FROM profile_version WHERE id = $1 AND authority_id = $2`, args(string(v), string(tx.authority)), fromJSON(&meta)); err != nil {
			return err
		}
		if n := wrongs(meta); n > 0 {
			return school.Refuse("content", "not_publishable", n)
		}
		last := ""
		if _, err := tx.one(tx.ctx, `SELECT number, hash FROM profile_version WHERE profile_id = $1 AND authority_id = $2 AND number > 0 ORDER BY number DESC LIMIT 1`,
			args(string(id), string(tx.authority)), &number, &last); err != nil {
			return err
		}
		if last == hash {
			return school.Clash("version_same", number)
		}
		number++
		tx.event.detail = map[string]any{"version": string(v), "number": number}
		return tx.update("profile_version", string(v), row{"number": number, "published_at": micros(tx.now)})
	})
	return v, number, err
}

func wrongs(c school.Content) (n int) {
	for _, p := range c.Problems {
		if p.Severity == school.Wrong {
			n++
		}
	}
	return n
}

// VersionRow is a version as the list of a profile's versions shows it; its body stays closed.
type VersionRow struct {
	ID          school.VersionID
	Number      int // 0: draft
	Content     school.Content
	Created     time.Time
	Published   time.Time
	Assignments int // that point to it, as far as the actor sees
}

// Versions lists the versions of a profile: the draft first, then newest first. Before pages backwards by number; 0
// begins at the top.
func (s *Store) Versions(ctx context.Context, by school.Actor, id school.ProfileID, before, limit int) ([]VersionRow, error) {
	if _, err := s.Profile(ctx, by, id); err != nil {
		return nil, err
	}
	var w where
	w.and("v.authority_id = ?", string(by.Tenant))
	w.and("v.profile_id = ?", string(id))
	if before > 0 {
		w.and("v.number < ?", before)
		w.and("v.number > 0")
	}
	sight, err := assignmentSight(&w, by)
	if err != nil {
		return nil, err
	}
	var out []VersionRow
	err = s.read().each(ctx, `SELECT v.id, v.number, v.meta, v.created_at, v.published_at,
		(SELECT count(*) FROM assignment a WHERE a.authority_id = v.authority_id AND a.version_id = v.id AND `+sight+`)
		FROM profile_version v WHERE `+w.String()+`
		ORDER BY CASE WHEN v.number = 0 THEN 0 ELSE 1 END, v.number DESC LIMIT `+w.arg(pageSize(limit)), w.args, func(r *sql.Rows) error {
		var x VersionRow
		if err := r.Scan(text(&x.ID), &x.Number, fromJSON(&x.Content), stamp(&x.Created), stamp(&x.Published), &x.Assignments); err != nil {
			return err
		}
		out = append(out, x)
		return nil
	})
	return out, err
}
