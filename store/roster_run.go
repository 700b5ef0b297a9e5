package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// A roster is brought as a file, read elsewhere (enroll/roster), thought through school by school, looked at, and taken over
// school by school. Until then nothing is changed. The file and every name of the plan are forgotten after RosterKept; the
// numbers stay.

// RosterKept is how long a file and its plans are kept.
const RosterKept = 14 * 24 * time.Hour

// MaxRosterFile is how large an uploaded file may be.
const MaxRosterFile = 64 << 20

// NewRoster is a file that was brought.
type NewRoster struct {
	Source school.RosterSourceID
	School school.SchoolID // the file is of this school; empty: it names its schools itself
	File   string
	Data   []byte

	// Fetched says that a server gave it: Data names it by its hash, and there is no file to keep.
	Fetched bool
}

// packed makes the form in which files and plans are kept: compressed, then sealed.
func (s *Store) packed(at cell, plain []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(plain); err != nil {
		panic("store: compress: " + err.Error()) // into memory
	}
	if err := z.Close(); err != nil {
		panic("store: compress: " + err.Error())
	}
	return s.seal(at, b.Bytes())
}

// unpacked reads what packed wrote; nil for what was forgotten.
func (s *Store) unpacked(at cell, sealed []byte) ([]byte, error) {
	b, err := s.open(at, sealed)
	if err != nil || b == nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("store: %s.%s: %w", at.table, at.column, err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("store: %s.%s: %w", at.table, at.column, err)
	}
	return plain, nil
}

// BringRoster keeps a file that is to be read. Nothing else changes.
func (s *Store) BringRoster(ctx context.Context, by school.Actor, x NewRoster) (school.RosterRunID, error) {
	source, err := s.RosterSourceByID(ctx, by, x.Source)
	switch {
	case err != nil:
		return "", err
	case source.Archived:
		return "", school.Clash("archived", source.Name)
	case source.Server && !x.Fetched:
		return "", school.Refuse("source", "source_asked", source.Name)
	case len(x.Data) == 0:
		return "", school.Refuse("file", "required")
	case len(x.Data) > MaxRosterFile:
		return "", school.Refuse("file", "roster.size", MaxRosterFile>>20)
	}
	if source.School != "" {
		if x.School != "" && x.School != source.School {
			return "", school.Refuse("school", "source_elsewhere", source.SchoolName)
		}
		x.School = source.School
	}
	where := school.Where{Authority: by.Tenant, School: x.School}
	if x.School != "" {
		if at, err := s.School(ctx, by, x.School); err != nil {
			return "", err
		} else if at.Archived {
			return "", school.Clash("school_archived", at.Name)
		}
		if !by.Can(school.EditPeople, where) {
			return "", school.Deny(school.EditPeople)
		}
	}
	id := NewID[school.RosterRunID]()
	sum := sha256.Sum256(x.Data)
	var file []byte
	if !x.Fetched {
		file = s.packed(runCell(by.Tenant, "upload", id), x.Data)
	}
	err = s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO roster_run (id, authority_id, source_id, school_id, actor_id, actor_name, file, hash, state, upload_sealed, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'read', $9, $10)`, string(id), string(by.Tenant), string(x.Source), opt(x.School), by.ID(), by.Name, cut(x.File, 120),
			hex.EncodeToString(sum[:]), file, micros(s.Now()))
		return err
	})
	return id, err
}

func runCell(a school.AuthorityID, column string, id school.RosterRunID) cell {
	return cell{a, "roster_run", column, string(id)}
}

func partCell(a school.AuthorityID, id school.RosterRunID, n int) cell {
	return cell{a, "roster_part", "plan", fmt.Sprintf("%s/%d", id, n)}
}

// RosterFile is the file of a run, to be read; a Conflict when it was forgotten.
func (s *Store) RosterFile(ctx context.Context, by school.Actor, id school.RosterRunID) ([]byte, error) {
	return s.rosterBytes(ctx, s.read(), by, id, "upload")
}

func (s *Store) rosterBytes(ctx context.Context, c conn, by school.Actor, id school.RosterRunID, column string) ([]byte, error) {
	if _, err := s.rosterRun(ctx, c, by, id); err != nil {
		return nil, err
	}
	var sealed []byte
	if _, err := c.one(ctx, `SELECT `+column+`_sealed FROM roster_run WHERE id = $1 AND authority_id = $2`, args(string(id), string(by.Tenant)), &sealed); err != nil {
		return nil, err
	}
	plain, err := s.unpacked(runCell(by.Tenant, column, id), sealed)
	if err == nil && plain == nil {
		err = school.Clash("roster_forgotten")
	}
	return plain, err
}

// PlanRoster thinks a roster through that was read from the file of a run, and keeps the result. One with a word that stops
// is not thought through. A run may be planned again as long as nothing of it was taken over.
func (s *Store) PlanRoster(ctx context.Context, by school.Actor, id school.RosterRunID, roster school.Roster) (school.RosterRun, error) {
	run, err := s.RosterRun(ctx, by, id)
	if err != nil {
		return run, err
	}
	said := map[string]int{}
	for _, w := range roster.Words {
		if w.Stop {
			return run, school.Refuse("file", "roster_stop")
		}
		said[w.Code] += 1 + w.More
	}
	if ahead, err := s.rosterAhead(ctx, by, roster.Year); err != nil {
		return run, err
	} else if ahead.ID != "" {
		said["ahead"] = 1
	}
	parts, err := s.thinkRoster(ctx, by, run, roster)
	if err != nil {
		return run, err
	}
	err = s.transact(ctx, func(c conn) error {
		if err := s.untouched(ctx, c, by, id); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `UPDATE roster_run SET state = 'planned', body_sealed = $3, words = $4 WHERE id = $1 AND authority_id = $2`,
			string(id), string(by.Tenant), s.packed(runCell(by.Tenant, "body", id), []byte(toJSON(roster))), toJSON(said)); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `DELETE FROM roster_part WHERE run_id = $1 AND authority_id = $2`, string(id), string(by.Tenant)); err != nil {
			return err
		}
		return s.keepParts(ctx, c, run, parts, false)
	})
	if err != nil {
		return run, err
	}
	return s.RosterRun(ctx, by, id)
}

// untouched takes a run for writing and refuses one that was dropped or begun.
func (s *Store) untouched(ctx context.Context, c conn, by school.Actor, id school.RosterRunID) error {
	var state string
	var begun int
	found, err := c.one(ctx, `SELECT state, (SELECT count(*) FROM roster_part p WHERE p.run_id = r.id AND p.state <> 'planned') FROM roster_run r
		WHERE r.id = $1 AND r.authority_id = $2 FOR UPDATE`, args(string(id), string(by.Tenant)), &state, &begun)
	switch {
	case err != nil:
		return err
	case !found:
		return school.Missing("roster_run")
	case state == "dropped":
		return school.Clash("roster_dropped")
	case begun > 0:
		return school.Clash("roster_begun")
	}
	return nil
}

// partBody is what of a part is forgotten with the file.
type partBody struct {
	SchoolName, Number string
	Items              []school.RosterItem
	Questions          []school.RosterQuestion
	Guards             []school.RosterGuard
	Words              []school.RosterWord
	After              []int
	Typed              int
}

func (s *Store) partBody(a school.AuthorityID, id school.RosterRunID, p school.RosterPart) []byte {
	return s.packed(partCell(a, id, p.N), []byte(toJSON(partBody{p.SchoolName, p.Number, p.Items, p.Questions, p.Guards, p.Words, p.After, p.Typed})))
}

// keepParts writes plans over those of parts that were not taken over. One that comes to something else than before is no
// more confirmed, and with moved it is marked as wanting another look.
func (s *Store) keepParts(ctx context.Context, c conn, run school.RosterRun, parts []school.RosterPart, moved bool) error {
	for _, p := range parts {
		if _, err := c.exec(ctx, `INSERT INTO roster_part (run_id, n, authority_id, source_id, school_id, state, hash, people, changes, open, counts, plan_sealed, moved)
			VALUES ($1, $2, $3, $4, $5, 'planned', $6, $7, $8, $9, $10, $11, $12)
			ON CONFLICT (run_id, n) DO UPDATE SET school_id = excluded.school_id, state = CASE WHEN roster_part.hash = excluded.hash THEN roster_part.state ELSE 'planned' END,
				moved = CASE WHEN roster_part.hash = excluded.hash THEN roster_part.moved ELSE excluded.moved END, hash = excluded.hash, people = excluded.people, changes = excluded.changes,
				open = excluded.open, counts = excluded.counts, plan_sealed = excluded.plan_sealed WHERE roster_part.state <> 'applied'`,
			string(run.ID), p.N, string(run.Authority), string(run.Source), string(p.School), p.Hash, p.People, p.Changes, p.Open, toJSON(p.Counts), s.partBody(run.Authority, run.ID, p), moved); err != nil {
			return err
		}
	}
	return nil
}

// thinkRoster thinks all schools of a roster through on one snapshot.
func (s *Store) thinkRoster(ctx context.Context, by school.Actor, run school.RosterRun, roster school.Roster) (out []school.RosterPart, err error) {
	ahead, err := s.rosterAhead(ctx, by, roster.Year)
	if err != nil {
		return nil, err
	}
	err = s.snapshot(ctx, func(c conn) error {
		out = nil
		ground, err := s.rosterGround(ctx, c, by, run, roster, ahead.ID)
		if err == nil {
			ground.namesakes, err = s.namesakes(ctx, c, by, ahead.ID, ground.schools)
		}
		if err != nil {
			return err
		}
		for n := range ground.schools {
			p, err := s.thinkPart(ctx, c, run, ground, n)
			if err != nil {
				return err
			}
			out = append(out, p.RosterPart)
		}
		return nil
	})
	return out, err
}

// thinkPart thinks one school through.
func (s *Store) thinkPart(ctx context.Context, c conn, run school.RosterRun, g rosterGround, n int) (*rosterPlan, error) {
	x := g.schools[n]
	if x.school == "" {
		q := x.ask
		p := &rosterPlan{RosterPart: school.RosterPart{N: n, SchoolName: x.Name, Number: x.Number, State: "planned", People: len(x.People), Counts: map[school.RosterDoes]int{}, Questions: []school.RosterQuestion{q}}}
		if q.Choice == "" {
			p.Open = 1
		}
		return p, nil
	}
	var keys []string
	for _, p := range x.People {
		if p.ID != "" {
			keys = append(keys, p.ID)
		}
	}
	w, err := s.rosterWorld(ctx, c, run.Authority, run.Source, string(run.School), run.ID, x.school, keys)
	if err != nil {
		return nil, err
	}
	if g.ahead != "" { // a school that has rolled over is in that year already
		at, err := s.rolloverSchool(ctx, c, run.Authority, g.ahead, x.school)
		if err != nil {
			return nil, err
		}
		w.ahead = at.State != "done"
	}
	if err := w.readOthers(ctx, c, run.Authority, x.People, g.namesakes); err != nil {
		return nil, err
	}
	w.may = g.may
	p := planRoster(w, x.RosterSchool, g.rosterElsewhere)
	p.N = n
	return p, nil
}

// rosterGround is which school each part of a roster means, and what the parts know of each other.
type rosterGround struct {
	rosterElsewhere
	may       func(school.SchoolID) bool  // change people there
	namesakes map[string][]rosterNamesake // of the parts that are thought through
	ahead     school.RolloverID           // it is of the next school year
	schools   []groundSchool
}

type groundSchool struct {
	school.RosterSchool
	school school.SchoolID // empty: not known, or left out
	ask    school.RosterQuestion
}

func (s *Store) rosterGround(ctx context.Context, c conn, by school.Actor, run school.RosterRun, roster school.Roster, ahead school.RolloverID) (g rosterGround, err error) {
	g.rosterElsewhere = rosterElsewhere{at: map[string][]school.SchoolID{}, whole: map[school.SchoolID]bool{}, names: map[school.SchoolID]string{}, parts: map[school.SchoolID]int{}}
	g.ahead = ahead
	g.may = func(at school.SchoolID) bool {
		return by.Can(school.EditPeople, school.Where{Authority: run.Authority, School: at})
	}
	var all []school.School
	err = c.each(ctx, `SELECT `+schoolColumns+` FROM school s WHERE s.authority_id = $1 AND NOT s.archived ORDER BY s.name_sort`, args(string(run.Authority)), func(r *sql.Rows) error {
		var x school.School
		err := scanSchool(r, &x)
		g.names[x.ID] = x.Name
		all = append(all, x)
		return err
	})
	if err != nil {
		return g, err
	}
	roster = there(roster, s.Now())
	if run.School != "" {
		one, err := ofOneSchool(all, run.School, roster)
		if err == nil {
			g.schools = []groundSchool{{RosterSchool: one, school: run.School}}
		}
		return g, err
	}
	answers, err := s.rosterAnswers(ctx, c, run.Authority, run.Source, run.ID, "")
	if err != nil {
		return g, err
	}
	for n, part := range roster.Schools {
		x := groundSchool{RosterSchool: part}
		switch found := schoolMeant(all, part.Number, part.Name); {
		case found != "":
			x.school = found
		case part.Number == "" && part.Name == "" && len(all) == 1:
			x.school = all[0].ID
		case part.Number == "" && part.Name == "":
			return g, school.Refuse("school", "roster_which_school")
		default:
			x.ask = school.RosterQuestion{Kind: school.AskSchools, Subject: "school\x00" + part.Number + "\x00" + part.Name, Name: joined(part.Number, part.Name), Detail: fmt.Sprint(len(part.People))}
			for _, o := range all {
				if by.Can(school.EditPeople, school.Where{Authority: run.Authority, School: o.ID}) {
					x.ask.Options = append(x.ask.Options, school.RosterOption{ID: string(o.ID), Name: o.Name, Detail: o.Number})
				}
			}
			a := answers[askKey(x.ask.Kind, x.ask.Subject)]
			if x.ask.Choice = a.choice; a.school != "" && g.names[a.school] != "" {
				x.school = a.school
			}
		}
		if x.school != "" {
			if _, twice := g.parts[x.school]; twice {
				return g, school.Refuse("file", "roster_school_twice", g.names[x.school])
			}
			if !by.Can(school.EditPeople, school.Where{Authority: run.Authority, School: x.school}) {
				return g, school.Refuse("file", "roster_foreign")
			}
			g.parts[x.school], g.whole[x.school] = n, !part.Partial
			for _, p := range part.People {
				if p.ID != "" && !slices.Contains(g.at[p.ID], x.school) {
					g.at[p.ID] = append(g.at[p.ID], x.school)
				}
			}
		}
		g.schools = append(g.schools, x)
	}
	return g, nil
}

// there takes out of a roster whoever it says has left by now: they stand in it as those who do not.
func there(roster school.Roster, now time.Time) school.Roster {
	today := now.In(Berlin).Format(time.DateOnly)
	roster.Schools = slices.Clone(roster.Schools)
	for i, at := range roster.Schools {
		roster.Schools[i].People = slices.DeleteFunc(slices.Clone(at.People), func(p school.RosterPerson) bool {
			return !p.Until.IsZero() && p.Until.Format(time.DateOnly) < today
		})
	}
	return roster
}

// schoolMeant finds a school by its official number, else by its name.
func schoolMeant(all []school.School, number, name string) school.SchoolID {
	for _, x := range all {
		if number != "" && strings.TrimLeft(x.Number, "0") == strings.TrimLeft(number, "0") {
			return x.ID
		}
	}
	for _, x := range all {
		if fold := school.Fold(x.Name); fold == school.Fold(number) || name != "" && fold == school.Fold(name) {
			return x.ID
		}
	}
	return ""
}

// ofOneSchool is the part of a roster that speaks of the school it was given to.
func ofOneSchool(all []school.School, at school.SchoolID, roster school.Roster) (school.RosterSchool, error) {
	for _, part := range roster.Schools {
		meant := schoolMeant(all, part.Number, part.Name)
		if meant == at || meant == "" && len(roster.Schools) == 1 {
			return part, nil
		}
	}
	return school.RosterSchool{}, school.Refuse("file", "roster_other_school")
}

// rosterOf reads the roster of a run again.
func (s *Store) rosterOf(ctx context.Context, c conn, by school.Actor, id school.RosterRunID) (roster school.Roster, err error) {
	body, err := s.rosterBytes(ctx, c, by, id, "body")
	if err == nil {
		err = json.Unmarshal(body, &roster)
	}
	return roster, err
}

// EndRoster ends what nobody took over of a run: what the source says now takes its place.
func (s *Store) EndRoster(ctx context.Context, by school.Actor, id school.RosterRunID) error {
	if _, err := s.RosterRun(ctx, by, id); err != nil {
		return err
	}
	return s.transact(ctx, func(c conn) error {
		if _, err := c.exec(ctx, `DELETE FROM roster_part WHERE run_id = $1 AND authority_id = $2 AND state = 'planned'`, string(id), string(by.Tenant)); err != nil {
			return err
		}
		_, err := c.exec(ctx, `UPDATE roster_run SET state = 'dropped', upload_sealed = NULL, body_sealed = NULL WHERE id = $1 AND authority_id = $2
			AND NOT EXISTS (SELECT 1 FROM roster_part p WHERE p.run_id = roster_run.id)`, string(id), string(by.Tenant))
		return err
	})
}

// DropRoster throws a run away of which nothing was taken over.
func (s *Store) DropRoster(ctx context.Context, by school.Actor, id school.RosterRunID) error {
	run, err := s.RosterRun(ctx, by, id)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(c conn) error {
		if err := s.untouched(ctx, c, by, id); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `DELETE FROM roster_part WHERE run_id = $1 AND authority_id = $2`, string(id), string(by.Tenant)); err != nil {
			return err
		}
		if _, err := c.exec(ctx, `UPDATE roster_run SET state = 'dropped', upload_sealed = NULL, body_sealed = NULL WHERE id = $1 AND authority_id = $2`, string(id), string(by.Tenant)); err != nil {
			return err
		}
		return s.calmRoster(ctx, c, run)
	})
}
