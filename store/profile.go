package store

import (
	"context"
	"database/sql"
	"strings"
	"time"
	"unicode"

	"ranzen/store/school"
)

// A profile belongs to an authority, then every school sees it and none changes it, or to one school, then only that
// school and the authority see it. Its identifier is what devices know it by: given once, unique in the authority, never
// changed and never given again, archived profiles included.

var _ = registerEvent(school.EditProfiles, "profile.created", "profile.changed", "profile.archived")

// ProfileRow is a profile with what its line in a list and the head of its page show.
type ProfileRow struct {
	school.Profile
	SchoolName  string
	Form        string           // the form it is edited with; empty: imported
	Draft       school.VersionID // empty: none
	Latest      school.VersionID // newest published version; empty: none yet
	Number      int              // of Latest
	Content     school.Content   // of Latest, else of the draft, without the body
	Created     time.Time
	Assignments int // as far as the actor sees them
	Behind      int // of these: those that do not lead to Latest
}

// maxContent is the size up to which a profile body is kept.
const maxContent = 5 << 20

func checkContent(c school.Content) error {
	switch {
	case len(c.Body) == 0 || c.Hash == "":
		return school.Refuse("content", "required")
	case len(c.Body) > maxContent:
		return school.Refuse("content", "content_size", maxContent>>20)
	}
	return nil
}

// CreateProfile adds a profile with its first draft. Without an identifier it gets one of its own; an imported file keeps
// the one it has.
func (s *Store) CreateProfile(ctx context.Context, by school.Actor, p school.Profile, form string, c school.Content) (school.ProfileID, school.VersionID, school.ChangeSetID, error) {
	fail := func(err error) (school.ProfileID, school.VersionID, school.ChangeSetID, error) {
		return "", "", "", err
	}
	if p.Name == "" {
		p.Name = c.Name
	}
	name, err := cleanName("name", p.Name)
	if err != nil {
		return fail(err)
	}
	if err := checkContent(c); err != nil {
		return fail(err)
	}
	if p.School == "" && !by.Can(school.EditProfiles, school.Where{Authority: by.Tenant}) && by.CanSomewhere(school.View, by.Tenant) {
		return fail(school.Deny(school.EditProfiles)) // a school makes profiles for itself alone
	}
	p.ID = NewID[school.ProfileID]()
	p.Identifier = strings.TrimSpace(p.Identifier)
	if p.Identifier == "" {
		p.Identifier = school.OwnIdentifier + string(p.ID)
	}
	if len(p.Identifier) > 200 || strings.ContainsFunc(p.Identifier, unicode.IsControl) {
		return fail(school.Refuse("identifier", "identifier_form"))
	}
	var draft school.VersionID
	ev := event{name: "profile.created", verb: school.EditProfiles, school: p.School, subject: "profile", id: string(p.ID)}
	set, err := s.write(ctx, by, ev, func(tx *Tx) error {
		if p.School != "" {
			if err := tx.openSchool(p.School, school.EditProfiles); err != nil {
				return err
			}
		}
		err := tx.insert("profile", numbered(row{"id": string(p.ID), "school_id": opt(p.School), "identifier": p.Identifier,
			"description": strings.TrimSpace(p.Description), "form": form, "archived": false, "created_at": micros(tx.now)}, name))
		if err != nil {
			return taken(err, "identifier", "identifier_taken", p.Identifier)
		}
		draft, err = tx.putDraft(p.ID, c)
		return err
	})
	if err != nil {
		return fail(err)
	}
	return p.ID, draft, set, nil
}

// ChangeProfile writes name and description: what pages call a profile, nothing that devices see.
func (s *Store) ChangeProfile(ctx context.Context, by school.Actor, p school.Profile) (school.ChangeSetID, error) {
	name, err := cleanName("name", p.Name)
	if err != nil {
		return "", err
	}
	is, err := s.editable(ctx, by, p.ID)
	if err != nil {
		return "", err
	}
	ev := event{name: "profile.changed", verb: school.EditProfiles, school: is.School, subject: "profile", id: string(p.ID)}
	set, err := s.write(ctx, by, ev, func(tx *Tx) error {
		return tx.update("profile", string(p.ID), numbered(row{"description": strings.TrimSpace(p.Description)}, name))
	})
	if err == nil {
		s.forgetVersions(p.ID)
	}
	return set, err
}

// ArchiveProfile takes a profile out of the lists for good; what is still assigned cannot go.
func (s *Store) ArchiveProfile(ctx context.Context, by school.Actor, id school.ProfileID) (school.ChangeSetID, error) {
	p, err := s.editable(ctx, by, id)
	if err != nil {
		return "", err
	}
	return s.write(ctx, by, event{name: "profile.archived", verb: school.EditProfiles, school: p.School, subject: "profile", id: string(id)}, func(tx *Tx) error {
		n, err := tx.number(ctx, `SELECT count(*) FROM assignment WHERE authority_id = $1 AND profile_id = $2`, string(tx.authority), string(id))
		if err != nil {
			return err
		}
		if n > 0 {
			return school.Clash("profile_assigned", n)
		}
		return tx.update("profile", string(id), row{"archived": true})
	})
}

// livingProfile takes the row of a profile that is to be changed or assigned and refuses an archived one.
func (tx *Tx) livingProfile(id school.ProfileID) error {
	p, err := tx.fetch("profile", string(id))
	switch {
	case err != nil:
		return err
	case p == nil:
		return school.Missing("profile")
	case p.flag("archived"):
		return school.Clash("profile_archived")
	}
	return nil
}

// profileSight narrows profiles p to those the actor may see: the authority's, and those of its schools.
func profileSight(w *where, by school.Actor) error {
	schools, ok := by.Schools(school.View, by.Tenant)
	if !ok {
		return school.Missing("authority")
	}
	w.and("p.authority_id = ?", string(by.Tenant))
	if schools != nil {
		w.and("(p.school_id IS NULL OR p.school_id IN (SELECT value FROM json_array_elements_text(?::json)))", list(schools))
	}
	return nil
}

// assignmentSight is the condition under which the actor sees assignments a: those above schools, and those of its own.
func assignmentSight(w *where, by school.Actor) (string, error) {
	schools, ok := by.Schools(school.View, by.Tenant)
	switch {
	case !ok:
		return "", school.Missing("authority")
	case schools == nil:
		return "TRUE", nil
	}
	return "(a.scope_level IN (1, 2, 6) AND a.school_id IS NULL OR a.school_id IN (SELECT value FROM json_array_elements_text(" + w.arg(list(schools)) + "::json)))", nil
}

// ProfileFilter narrows the list of profiles. Search: every word begins a word of the name.
type ProfileFilter struct {
	Search   string
	School   school.SchoolID // only what this school may use: its own and the authority's
	Archived bool            // the archived ones instead
	Forms    []string        // only those edited with one of these forms
	NoApps   bool            // without those that are apps
	After    string          // where the last page ended
	Limit    int
}

// Profiles lists the profiles the actor may see, by name.
func (s *Store) Profiles(ctx context.Context, by school.Actor, f ProfileFilter) (Page[ProfileRow], error) {
	var w where
	if err := profileSight(&w, by); err != nil {
		return Page[ProfileRow]{}, err
	}
	w.and("p.archived = ?", f.Archived)
	if f.NoApps {
		w.and("p.form <> ?", AppForm)
	}
	if f.School != "" {
		w.and("(p.school_id IS NULL OR p.school_id = ?)", string(f.School))
	}
	if len(f.Forms) > 0 {
		w.and("p.form IN (SELECT value FROM json_array_elements_text(?::json))", list(f.Forms))
	}
	w.words(f.Search, "p.name_fold")
	o := order{key: "p.name_sort", id: "p.id"}
	if err := w.page(o, f.After); err != nil {
		return Page[ProfileRow]{}, err
	}
	return s.profilesWhere(ctx, by, &w, o, f.Limit)
}

// Profile reads one profile the actor may see.
func (s *Store) Profile(ctx context.Context, by school.Actor, id school.ProfileID) (ProfileRow, error) {
	var w where
	if err := profileSight(&w, by); err != nil {
		return ProfileRow{}, school.Missing("profile")
	}
	w.and("p.id = ?", string(id))
	page, err := s.profilesWhere(ctx, by, &w, order{key: "p.name_sort", id: "p.id"}, 1)
	if err == nil && len(page.Rows) == 0 {
		err = school.Missing("profile")
	}
	if err != nil {
		return ProfileRow{}, err
	}
	return page.Rows[0], nil
}

// editable reads a profile the actor may change. A school sees the authority's profiles and is told that they are not its
// to change.
func (s *Store) editable(ctx context.Context, by school.Actor, id school.ProfileID) (ProfileRow, error) {
	p, err := s.Profile(ctx, by, id)
	if err == nil && !by.Can(school.EditProfiles, school.Where{Authority: by.Tenant, School: p.School}) {
		err = school.Deny(school.EditProfiles)
	}
	return p, err
}

func (s *Store) profilesWhere(ctx context.Context, by school.Actor, w *where, o order, limit int) (Page[ProfileRow], error) {
	sight, err := assignmentSight(w, by)
	if err != nil {
		return Page[ProfileRow]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT p.id, p.authority_id, p.school_id, p.name, p.identifier, p.description, p.archived, COALESCE(sc.name, ''), p.form,
		d.id, l.id, COALESCE(l.number, 0), COALESCE(l.meta, d.meta), p.created_at,
		(SELECT count(*) FROM assignment a WHERE a.authority_id = p.authority_id AND a.profile_id = p.id AND `+sight+`),
		(SELECT count(*) FROM assignment a WHERE a.authority_id = p.authority_id AND a.profile_id = p.id AND a.mode = 'required' AND a.version_id <> l.id AND `+sight+`)`+
		o.columns()+`
		FROM profile p
		LEFT JOIN school sc ON sc.id = p.school_id
		LEFT JOIN profile_version d ON d.profile_id = p.id AND d.number = 0
		LEFT JOIN profile_version l ON l.profile_id = p.id AND l.number > 0 AND l.number = (SELECT max(x.number) FROM profile_version x WHERE x.profile_id = p.id)
		WHERE `+w.String(), w, o, limit, func(r *sql.Rows, x *ProfileRow, rest ...any) error {
		return r.Scan(append([]any{text(&x.ID), text(&x.Authority), text(&x.School), &x.Name, &x.Identifier, &x.Description, &x.Archived, &x.SchoolName, &x.Form,
			text(&x.Draft), text(&x.Latest), &x.Number, fromJSON(&x.Content), stamp(&x.Created), &x.Assignments, &x.Behind}, rest...)...)
	})
}
