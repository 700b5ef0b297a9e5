package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"ranzen/store/school"
)

// What a file says of people is kept for RosterKept and forgotten then. Of somebody who is erased it is forgotten at once:
// a file cannot be mended, so a run that names the person ends as if its days were over, and what nobody took over of it
// is to be brought again.

// ForgetRosters forgets files and names of runs older than RosterKept, of all authorities, and what nobody took over with
// them, for a job; it returns how many runs. The numbers stay.
func (s *Store) ForgetRosters(ctx context.Context) (n int64, err error) {
	err = s.transact(ctx, func(c conn) error {
		n, err = c.forgetRuns(ctx, `created_at < $1`, micros(s.Now().Add(-RosterKept)))
		return err
	})
	return n, err
}

// forgetRuns forgets the runs that fit a condition.
func (c conn) forgetRuns(ctx context.Context, which string, a ...any) (int64, error) {
	which += ` AND (upload_sealed IS NOT NULL OR body_sealed IS NOT NULL)`
	// What a server said is asked for anew: it may not have been taken over.
	if _, err := c.exec(ctx, `UPDATE roster_fetch SET etag = '', hash = '' WHERE run_id IN (SELECT id FROM roster_run WHERE `+which+`)`, a...); err != nil {
		return 0, err
	}
	if _, err := c.exec(ctx, `DELETE FROM roster_part WHERE state <> 'applied' AND run_id IN (SELECT id FROM roster_run WHERE `+which+`)`, a...); err != nil {
		return 0, err
	}
	if _, err := c.exec(ctx, `UPDATE roster_part SET plan_sealed = NULL, open = 0 WHERE run_id IN (SELECT id FROM roster_run WHERE `+which+`)`, a...); err != nil {
		return 0, err
	}
	return c.exec(ctx, `UPDATE roster_run SET upload_sealed = NULL, body_sealed = NULL,
			state = CASE WHEN EXISTS (SELECT 1 FROM roster_part p WHERE p.run_id = roster_run.id) THEN state ELSE 'dropped' END WHERE `+which, a...)
}

// listed are people as files name them: by name, and by the ids of sources.
type listed struct {
	ids   map[school.PersonID]bool
	names map[string]bool // as foldName compares them; nil: they are known by ids alone
	keys  map[string]bool // source and id
}

func listedKey(source school.RosterSourceID, key string) string { return string(source) + "\x00" + key }

// listedAs reads by what files name people.
func (c conn) listedAs(ctx context.Context, a school.AuthorityID, byName bool, people []school.PersonID) (listed, error) {
	who := listed{ids: map[school.PersonID]bool{}, keys: map[string]bool{}}
	if byName {
		who.names = map[string]bool{}
	}
	given := args(string(a), list(people))
	err := c.each(ctx, `SELECT id, given, family FROM person WHERE authority_id = $1 AND id`+in, given, func(r *sql.Rows) error {
		var id school.PersonID
		var given, family string
		err := r.Scan(text(&id), &given, &family)
		if who.ids[id] = true; byName {
			who.names[foldName(given, family)] = true
		}
		return err
	})
	if err != nil {
		return who, err
	}
	err = c.each(ctx, `SELECT source_id, key FROM person_key WHERE authority_id = $1 AND person_id`+in, given, func(r *sql.Rows) error {
		var source school.RosterSourceID
		var key string
		err := r.Scan(text(&source), &key)
		who.keys[listedKey(source, key)] = true
		return err
	})
	return who, err
}

func (w listed) in(source school.RosterSourceID, roster school.Roster) bool {
	for _, at := range roster.Schools {
		for _, p := range at.People {
			if w.names[foldName(p.Given, p.Family)] || p.ID != "" && w.keys[listedKey(source, p.ID)] {
				return true
			}
		}
	}
	return false
}

// planned reports whether a plan names somebody: who is not in a file stands in its plan, as one who leaves.
func (w listed) planned(p partBody) bool {
	for _, i := range p.Items {
		if w.ids[i.Person] {
			return true
		}
	}
	for _, q := range p.Questions {
		for _, o := range q.Options {
			if w.ids[school.PersonID(o.ID)] {
				return true
			}
		}
	}
	return false
}

// asked reports whether a question is about somebody: its subject is the id of a source, or the name where there is none.
func (w listed) asked(source school.RosterSourceID, subject string) bool {
	for name := range w.names {
		if strings.Contains(subject+"\x00", "\x00"+name+"\x00") {
			return true
		}
	}
	key, found := strings.CutPrefix(subject, "id\x00")
	key, _, _ = strings.Cut(key, "\x00")
	return found && key != "" && w.keys[listedKey(source, key)]
}

// forgetListed forgets what files, plans and answers say of people who are about to be erased. Where somebody asked for it,
// whoever bears the same name is taken for the same: a file too many is forgotten rather than one too few. Of the thousands
// who left long ago somebody bears the name of a child in every file, so those are looked for by their ids.
func (s *Store) forgetListed(ctx context.Context, c conn, a school.AuthorityID, byName bool, people ...school.PersonID) error {
	who, err := c.listedAs(ctx, a, byName, people)
	if err != nil {
		return err
	}
	type kept struct {
		id     school.RosterRunID
		source school.RosterSourceID
	}
	var runs []kept
	err = c.each(ctx, `SELECT id, source_id FROM roster_run WHERE authority_id = $1 AND (upload_sealed IS NOT NULL OR body_sealed IS NOT NULL)`, args(string(a)), func(r *sql.Rows) error {
		var x kept
		err := r.Scan(text(&x.id), text(&x.source))
		runs = append(runs, x)
		return err
	})
	if err != nil {
		return err
	}
	var out []school.RosterRunID
	for _, x := range runs {
		names, err := s.runNames(ctx, c, a, x.id, x.source, who)
		if err != nil {
			return err
		}
		if names {
			out = append(out, x.id)
		}
	}
	if len(out) > 0 {
		if _, err := c.forgetRuns(ctx, `authority_id = $1 AND id`+in, string(a), list(out)); err != nil {
			return err
		}
	}
	return s.forgetAnswers(ctx, c, a, who)
}

// runNames reports whether a run names one of them. Of a file that was not read yet nobody can say that it does not.
func (s *Store) runNames(ctx context.Context, c conn, a school.AuthorityID, id school.RosterRunID, source school.RosterSourceID, who listed) (bool, error) {
	var sealed []byte
	if _, err := c.one(ctx, `SELECT body_sealed FROM roster_run WHERE id = $1 AND authority_id = $2`, args(string(id), string(a)), &sealed); err != nil {
		return false, err
	}
	plain, err := s.unpacked(runCell(a, "body", id), sealed)
	if err != nil {
		return false, err
	}
	if plain == nil {
		return who.names != nil, nil
	}
	var roster school.Roster
	if err := json.Unmarshal(plain, &roster); err != nil {
		return false, err
	}
	found := who.in(source, roster)
	if found {
		return true, nil
	}
	err = c.each(ctx, `SELECT n, plan_sealed FROM roster_part WHERE run_id = $1 AND authority_id = $2 AND plan_sealed IS NOT NULL`, args(string(id), string(a)), func(r *sql.Rows) error {
		var n int
		var sealed []byte
		if err := r.Scan(&n, &sealed); err != nil {
			return err
		}
		plain, err := s.unpacked(partCell(a, id, n), sealed)
		if err != nil || plain == nil {
			return err
		}
		var b partBody
		err = json.Unmarshal(plain, &b)
		found = found || who.planned(b)
		return err
	})
	return found, err
}

// forgetAnswers takes back what was answered about them: that somebody of this name is another one is a word about both.
func (s *Store) forgetAnswers(ctx context.Context, c conn, a school.AuthorityID, who listed) error {
	var out []string
	err := c.each(ctx, `SELECT id, source_id, subject_sealed FROM roster_answer WHERE authority_id = $1 AND kind IN ('person', 'id', 'name')`, args(string(a)), func(r *sql.Rows) error {
		var id string
		var source school.RosterSourceID
		var sealed []byte
		if err := r.Scan(&id, text(&source), &sealed); err != nil {
			return err
		}
		subject, err := s.open(cell{a, "roster_answer", "subject", id}, sealed)
		if err == nil && who.asked(source, string(subject)) {
			out = append(out, id)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		return err
	}
	if _, err := c.exec(ctx, `DELETE FROM roster_answer WHERE authority_id = $1 AND id`+in, string(a), list(out)); err != nil {
		return err
	}
	_, err = c.exec(ctx, `UPDATE change_row SET before_sealed = NULL, after_sealed = NULL WHERE authority_id = $1 AND table_name = 'roster_answer' AND row_id`+in, string(a), list(out))
	return err
}
