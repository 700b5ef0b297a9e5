package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditPeople, "roster.applied", "roster.answered")

// RosterAnswer is what somebody said to a question: a choice that is no id, or the id of one of its options.
type RosterAnswer struct {
	Kind    string
	Subject string
	Choice  string
}

// AnswerRoster keeps answers to questions of a part and thinks the run through anew. An answer holds for the next files of
// the source, too; "later" for this run alone. After a part was taken over its answers wait for the next file.
func (s *Store) AnswerRoster(ctx context.Context, by school.Actor, id school.RosterRunID, n int, answers []RosterAnswer) (school.ChangeSetID, error) {
	run, err := s.RosterRun(ctx, by, id)
	if err != nil {
		return "", err
	}
	part, err := s.RosterPart(ctx, by, id, n)
	if err != nil {
		return "", err
	}
	at := part.School
	for _, a := range answers {
		if a.Kind == school.AskSchools {
			at = ""
		}
		if err := fits(part, a); err != nil {
			return "", err
		}
	}
	ev := event{name: "roster.answered", verb: school.EditPeople, school: at, subject: "roster_source", id: string(run.Source), detail: map[string]any{"answers": len(answers), "run": string(id)}}
	set, err := s.write(ctx, by, ev, func(tx *Tx) error {
		known, err := s.rosterAnswers(ctx, tx.conn, tx.authority, run.Source, id, at)
		if err != nil {
			return err
		}
		for _, a := range answers {
			if err := tx.answer(run, at, a, known[askKey(a.Kind, a.Subject)]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return set, err
	}
	if part.State == "applied" {
		return set, s.answeredLater(ctx, run, part, answers)
	}
	return set, s.rethinkRoster(ctx, by, run, false)
}

// answeredLater takes questions out of the queue that were put off when the rest was taken over.
func (s *Store) answeredLater(ctx context.Context, run school.RosterRun, p school.RosterPart, answers []RosterAnswer) error {
	for _, a := range answers {
		for i, q := range p.Questions {
			if q.Kind == a.Kind && q.Subject == a.Subject {
				p.Questions[i].Choice = a.Choice
			}
		}
	}
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE roster_part SET open = $4, plan_sealed = $5 WHERE run_id = $1 AND n = $2 AND authority_id = $3 AND plan_sealed IS NOT NULL`,
			string(run.ID), p.N, string(run.Authority), postponed(p.Questions), s.partBody(run.Authority, run.ID, p))
		return err
	})
}

// fits refuses an answer that was not asked for or that is none of the choices.
func fits(part school.RosterPart, a RosterAnswer) error {
	for _, q := range part.Questions {
		if q.Kind != a.Kind || q.Subject != a.Subject {
			continue
		}
		person := []string{school.ChooseNew, school.ChooseLater}
		may := map[string][]string{school.AskPerson: person, school.AskID: person, school.AskChanged: person, school.AskOther: person,
			school.AskName:  {school.ChooseSame, school.ChooseNew, school.ChooseLater},
			school.AskClass: {school.ChooseNew, school.ChooseLater, school.ChooseNone}, school.AskSchools: {school.ChooseNone}}[q.Kind]
		if slices.Contains(may, a.Choice) || slices.ContainsFunc(q.Options, func(o school.RosterOption) bool { return o.ID == a.Choice }) {
			return nil
		}
		return school.Refuse("choice", "choice")
	}
	return school.Missing("roster_question")
}

func (tx *Tx) answer(run school.RosterRun, at school.SchoolID, a RosterAnswer, was rosterAnswer) error {
	set := row{"choice": a.Choice, "person_id": nil, "class_id": nil, "chosen_school_id": nil, "run_id": ""}
	switch {
	case slices.Contains([]string{school.ChooseNew, school.ChooseSame, school.ChooseLater, school.ChooseNone}, a.Choice):
		if a.Choice == school.ChooseLater {
			set["run_id"] = string(run.ID)
		}
	case a.Kind == school.AskClass:
		set["choice"], set["class_id"] = "", a.Choice
	case a.Kind == school.AskSchools:
		set["choice"], set["chosen_school_id"] = "", a.Choice
	default:
		set["choice"], set["person_id"] = "", a.Choice
	}
	if was.id != "" {
		return tx.update("roster_answer", was.id, set)
	}
	id := newID()
	set["id"], set["source_id"], set["school_id"], set["kind"], set["created_at"] = id, string(run.Source), opt(at), a.Kind, micros(tx.now)
	set["subject_sealed"] = tx.s.seal(cell{tx.authority, "roster_answer", "subject", id}, []byte(a.Subject))
	return tx.insert("roster_answer", set)
}

// rethinkRoster thinks a run through on the facts of now.
func (s *Store) rethinkRoster(ctx context.Context, by school.Actor, run school.RosterRun, moved bool) error {
	roster, err := s.rosterOf(ctx, s.read(), by, run.ID)
	if err != nil {
		return err
	}
	parts, err := s.thinkRoster(ctx, by, run, roster)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(c conn) error { return s.keepParts(ctx, c, run, parts, moved) })
}

// ready refuses to take over a part that wants something first.
func ready(run school.RosterRun, part school.RosterPart, typed int) error {
	switch {
	case run.State == "dropped":
		return school.Clash("roster_dropped")
	case part.State == "applied":
		return school.Clash("roster_done")
	case part.Open > 0:
		return school.Clash("roster_questions", part.Open)
	case part.School == "":
		return school.Clash("roster_no_school")
	case part.Typed > 0 && typed != part.Typed:
		return school.Refuse("typed", "roster_number", part.Typed)
	}
	return nil
}

// ConfirmRoster says that parts of a run shall be taken over: each is, by a job, in a transaction of its own and in the name
// of who confirmed it. typed are the numbers of those that ask for one, by part.
func (s *Store) ConfirmRoster(ctx context.Context, by school.Actor, id school.RosterRunID, typed map[int]int) error {
	run, err := s.RosterRun(ctx, by, id)
	if err != nil {
		return err
	}
	var ns []int
	for _, p := range run.Parts {
		if p.State != "planned" || p.School == "" && p.Open == 0 {
			continue
		}
		whole, err := s.RosterPart(ctx, by, id, p.N)
		if err == nil {
			err = ready(run, whole, typed[p.N])
		}
		if err != nil {
			return err
		}
		ns = append(ns, p.N)
	}
	if len(ns) == 0 {
		return school.Clash("roster_done")
	}
	err = s.transact(ctx, func(c conn) error {
		for _, n := range ns {
			if _, err := c.exec(ctx, `UPDATE roster_part SET state = 'confirmed', confirmed_by = $4, moved = FALSE WHERE run_id = $1 AND n = $2 AND authority_id = $3 AND state = 'planned'`,
				string(id), n, string(by.Tenant), by.ID()); err != nil {
				return err
			}
		}
		return c.notify(ctx)
	})
	if err == nil {
		s.changed.call()
	}
	return err
}

// RostersConfirmed reports whether a part of any authority waits to be taken over.
func (s *Store) RostersConfirmed(ctx context.Context) (bool, error) {
	n, err := s.read().number(ctx, `SELECT count(*) FROM (SELECT 1 AS one FROM roster_part WHERE state = 'confirmed' LIMIT 1) x`)
	return n > 0, err
}

// ApplyConfirmed takes over what was confirmed, part by part, in the name of who did. What does not go any more is planned
// anew and waits for another look. A job calls it; a server that dies goes on with the part it was at.
func (s *Store) ApplyConfirmed(ctx context.Context) error {
	for {
		var a school.AuthorityID
		var id school.RosterRunID
		var n int
		var confirmed string
		found, err := s.read().one(ctx, `SELECT authority_id, run_id, n, confirmed_by FROM roster_part WHERE state = 'confirmed' ORDER BY run_id, n LIMIT 1`, nil,
			text(&a), text(&id), &n, &confirmed)
		if err != nil || !found {
			return err
		}
		by, err := s.actorAgain(ctx, a, confirmed)
		if err != nil {
			return err
		}
		_, err = s.applyRoster(ctx, by, id, n)
		if school.KindOf(err) == "" && err != nil {
			return err
		}
		if err != nil { // refused: whoever confirmed it looks again
			err = s.transact(ctx, func(c conn) error {
				_, err := c.exec(ctx, `UPDATE roster_part SET state = 'planned', moved = TRUE WHERE run_id = $1 AND n = $2 AND authority_id = $3 AND state = 'confirmed'`, string(id), n, string(a))
				return err
			})
		}
		if err != nil {
			return err
		}
	}
}

// actorAgain is somebody who confirmed something, with the roles in force now.
func (s *Store) actorAgain(ctx context.Context, a school.AuthorityID, id string) (school.Actor, error) {
	if job, ok := strings.CutPrefix(id, "system:"); ok {
		return school.System(job, a), nil
	}
	by := school.Actor{Kind: school.PersonActor, Account: school.AccountID(id), Tenant: a}
	err := s.read().each(ctx, `SELECT a.name, g.role, g.authority_id, g.school_id, g.from_at, g.until_at FROM account a JOIN role_grant g ON g.account_id = a.id
		WHERE a.id = $1 AND NOT a.disabled AND g.from_at <= $2 AND (g.until_at IS NULL OR g.until_at > $2) ORDER BY g.from_at, g.id`, args(id, s.Now().UnixMicro()), func(r *sql.Rows) error {
		var g school.Grant
		err := r.Scan(&by.Name, text(&g.Role), text(&g.Authority), text(&g.School), stamp(&g.From), stamp(&g.Until))
		by.Grants = append(by.Grants, g)
		return err
	})
	return by, err
}

// ApplyRoster takes one school of a run over, in one transaction that can be undone. typed is the number a guard asks for.
// It is thought through anew inside the write: if it came to anything else than what was shown, nothing is written, the new
// plan takes the place of the old one and the error (kind Conflict, code "roster_moved") says so.
func (s *Store) ApplyRoster(ctx context.Context, by school.Actor, id school.RosterRunID, n, typed int) (school.ChangeSetID, error) {
	run, err := s.RosterRun(ctx, by, id)
	if err != nil {
		return "", err
	}
	part, err := s.RosterPart(ctx, by, id, n)
	if err == nil {
		err = ready(run, part, typed)
	}
	if err != nil {
		return "", err
	}
	return s.applyRoster(ctx, by, id, n)
}

// ApplyUnasked takes over the schools of a run that want nobody: no question is open, no guard stands against them. It
// returns how many wait for somebody.
func (s *Store) ApplyUnasked(ctx context.Context, by school.Actor, id school.RosterRunID) (waits int, err error) {
	run, err := s.RosterRun(ctx, by, id)
	if err != nil {
		return 0, err
	}
	for _, p := range run.Parts {
		part, err := s.RosterPart(ctx, by, id, p.N)
		if err != nil {
			return waits, err
		}
		switch {
		case part.State == "applied", part.School == "" && part.Open == 0: // left out, as somebody said before
		case part.Open > 0 || len(part.Guards) > 0:
			waits++
		default:
			_, err := s.ApplyRoster(ctx, by, id, p.N, 0)
			if school.KindOf(err) == school.Conflict {
				waits++
			} else if err != nil {
				return waits, err
			}
		}
	}
	return waits, nil
}

var errRosterMoved = school.Clash("roster_moved")

func (s *Store) applyRoster(ctx context.Context, by school.Actor, id school.RosterRunID, n int) (school.ChangeSetID, error) {
	run, err := s.RosterRun(ctx, by, id)
	if err != nil {
		return "", err
	}
	part, err := s.RosterPart(ctx, by, id, n)
	if err != nil {
		return "", err
	}
	for _, p := range run.Parts {
		if slices.Contains(part.After, p.N) && p.State != "applied" {
			return "", school.Clash("roster_first", p.SchoolName)
		}
	}
	roster, err := s.rosterOf(ctx, s.read(), by, id)
	if err != nil {
		return "", err
	}
	year, err := s.Year(ctx, by, s.Now())
	if err != nil {
		return "", err
	}
	ahead, err := s.rosterAhead(ctx, by, roster.Year)
	if err != nil {
		return "", err
	}
	if ahead.ID != "" {
		year = ahead.Year
	}
	ev := event{name: "roster.applied", verb: school.EditPeople, school: part.School, subject: "school", id: string(part.School),
		detail: map[string]any{"run": string(id), "source": string(run.Source), "people": part.People, "changes": part.Changes}}
	set, err := s.write(ctx, by, ev, func(tx *Tx) error {
		var seq int64
		var state, hash string
		found, err := tx.one(ctx, `SELECT a.audit_seq, p.state, p.hash FROM roster_part p JOIN authority a ON a.id = p.authority_id WHERE p.run_id = $1 AND p.n = $2 AND p.authority_id = $3 FOR UPDATE`,
			args(string(id), n, string(tx.authority)), &seq, &state, &hash)
		switch {
		case err != nil:
			return err
		case !found:
			return school.Missing("roster_part")
		case state == "applied":
			return school.Clash("roster_done")
		}
		ground, err := s.rosterGround(ctx, tx.conn, by, run, roster, ahead.ID)
		if err != nil {
			return err
		}
		if n >= len(ground.schools) || ground.schools[n].school != part.School || part.School == "" {
			return errRosterMoved
		}
		if ground.namesakes, err = s.namesakes(ctx, tx.conn, by, ahead.ID, ground.schools[n:n+1]); err != nil {
			return err
		}
		p, err := s.thinkPart(ctx, tx.conn, run, ground, n)
		if err != nil {
			return err
		}
		if p.Hash != hash || hash != part.Hash {
			return errRosterMoved
		}
		if p.w.ahead {
			err = tx.propose(p, ahead)
		} else {
			err = tx.takeOver(p, year.ID)
		}
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE roster_part SET state = 'applied', applied_at = $4, applied_seq = $5, open = $6, moved = FALSE WHERE run_id = $1 AND n = $2 AND authority_id = $3`,
			string(id), n, string(tx.authority), micros(tx.now), seq, postponed(p.Questions))
		if err == nil {
			err = s.calmRoster(ctx, tx.conn, run)
		}
		return err
	})
	if errors.Is(err, errRosterMoved) {
		if again := s.rethinkRoster(ctx, by, run, true); again != nil {
			return "", again
		}
	}
	return set, err
}

// postponed counts the questions that were put off: they stay in the queue after the rest was taken over.
func postponed(list []school.RosterQuestion) (n int) {
	for _, q := range list {
		if q.Choice == school.ChooseLater {
			n++
		}
	}
	return n
}

// taking is a part being written.
type taking struct {
	pupils bool // it was asked whether there may be any
	*Tx
	p       *rosterPlan
	year    school.SchoolYearID
	classes map[*rosterClassAs]school.ClassID
	groups  map[string]school.GroupID
}

// takeOver writes what a plan says.
func (tx *Tx) takeOver(p *rosterPlan, year school.SchoolYearID) error {
	if err := tx.openSchool(p.School, school.EditPeople); err != nil {
		return err
	}
	t := &taking{Tx: tx, p: p, year: year, classes: map[*rosterClassAs]school.ClassID{}, groups: p.w.groups}
	if err := t.takeClasses(); err != nil {
		return err
	}
	for _, c := range p.persons {
		if err := t.takePerson(c); err != nil {
			return err
		}
	}
	for _, c := range p.classes { // last, when nobody is in them any more
		if c.ends {
			if err := t.update("class", string(c.has.ID), row{"archived": true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeClasses gives classes their names, those first whose name nobody has any more; of names that go round in a circle one
// waits aside. Then it makes the new ones.
func (t *taking) takeClasses() error {
	free := map[string]int{}
	for _, x := range t.p.w.classes {
		free[school.Fold(x.Name)]++
	}
	var todo []*classChange
	for _, c := range t.p.classes {
		if c.has == nil {
			continue
		}
		if c.as != nil {
			t.classes[c.as] = c.has.ID
		}
		if c.ends { // makes room at once; what it still holds leaves it below
			if free[school.Fold(c.has.Name)]--; t.needed(c.has.Name) {
				if err := t.update("class", string(c.has.ID), row{"archived": true}); err != nil {
					return err
				}
				c.ends = false
			}
			continue
		}
		if c.name != "" || c.grade != c.has.Grade {
			todo = append(todo, c)
		}
	}
	for len(todo) > 0 {
		var wait []*classChange
		for _, c := range todo {
			name := c.name
			if name == "" {
				name = c.has.Name
			}
			if c.name != "" && free[school.Fold(name)] > 0 && school.Fold(name) != school.Fold(c.has.Name) {
				wait = append(wait, c)
				continue
			}
			free[school.Fold(c.has.Name)]--
			free[school.Fold(name)]++
			if err := t.update("class", string(c.has.ID), numbered(row{"grade": c.grade}, name)); err != nil {
				return taken(err, "name", "class_taken", name)
			}
		}
		if len(wait) == len(todo) { // a circle: one steps aside
			c := wait[0]
			if c.has.Name == string(c.has.ID) {
				return school.Clash("class_taken", c.name)
			}
			free[school.Fold(c.has.Name)]--
			aside := *c.has
			aside.Name = string(c.has.ID)
			if err := t.update("class", string(c.has.ID), numbered(row{}, aside.Name)); err != nil {
				return err
			}
			free[school.Fold(aside.Name)]++
			c.has = &aside
		}
		todo = wait
	}
	for _, c := range t.p.classes {
		if c.as == nil {
			continue
		}
		id := t.classes[c.as]
		if c.has == nil {
			id = NewID[school.ClassID]()
			t.classes[c.as] = id
			err := t.insert("class", numbered(row{"id": string(id), "school_id": string(t.p.School), "grade": c.grade, "archived": false, "created_at": micros(t.now)}, c.name))
			if err != nil {
				return taken(err, "name", "class_taken", c.name)
			}
		}
		if err := t.takeClassKey(c.as.ID, id); err != nil {
			return err
		}
	}
	return nil
}

// takeClassKey keeps which class the source means by an id.
func (t *taking) takeClassKey(key string, id school.ClassID) error {
	is, known := t.p.w.classKey[key]
	switch {
	case key == "" || is.class == id:
		return nil
	case known:
		return t.update("class_key", is.id, row{"class_id": string(id)})
	}
	return t.insert("class_key", row{"id": newID(), "source_id": string(t.p.w.source), "school_id": string(t.p.School), "key": key, "class_id": string(id)})
}

// needed reports whether a class of this plan is to have a name.
func (t *taking) needed(name string) bool {
	for _, c := range t.p.classes {
		if c.name != "" && school.Fold(c.name) == school.Fold(name) {
			return true
		}
	}
	return false
}

func (t *taking) takePerson(c *rosterChange) error {
	id, err := t.takeRow(c)
	if err != nil {
		return err
	}
	if c.row != nil {
		if err := t.takeKey(c, id); err != nil {
			return err
		}
	}
	if c.brings {
		if err := t.takeAlong(id, t.p.School); err != nil {
			return err
		}
	}
	if c.archive {
		if err := t.leaves(id); err != nil {
			return err
		}
	}
	for _, m := range c.end {
		if err := t.endMembership(m); err != nil {
			return err
		}
	}
	for _, j := range c.join {
		if err := t.takeJoin(id, j); err != nil {
			return err
		}
	}
	return nil
}

// takeRow writes the person itself. A guest whose own school was taken over before is there already.
func (t *taking) takeRow(c *rosterChange) (school.PersonID, error) {
	if kind, _ := c.set["kind"].(string); kind == string(school.Pupil) && !t.pupils {
		if err := t.mayBe(school.Pupil); err != nil {
			return "", err
		}
		t.pupils = true
	}
	if c.has != nil {
		if len(c.set) == 0 {
			return c.has.ID, nil
		}
		return c.has.ID, t.update("person", string(c.has.ID), c.set)
	}
	id := NewID[school.PersonID]()
	r := row{"id": string(id), "school_id": string(c.home), "archived": false, "created_at": micros(t.now)}
	for k, v := range c.set {
		r[k] = v
	}
	return id, t.insert("person", r)
}

// takeKey keeps by which id the source knows the person. An id that was given anew goes to its new bearer.
func (t *taking) takeKey(c *rosterChange, id school.PersonID) error {
	key := c.row.ID
	if key == "" {
		key = "-" + string(id)
	}
	switch {
	case c.row.rekey != nil:
		if c.has != nil && c.has.key != "" {
			if err := t.remove("person_key", c.has.keyID); err != nil {
				return err
			}
		}
		return t.update("person_key", c.row.rekey.keyID, row{"person_id": string(id)})
	case c.has != nil && c.has.key != "" && (c.row.ID == "" || c.has.key == key):
		return nil
	case c.has != nil && c.has.key != "":
		return t.update("person_key", c.has.keyID, row{"key": key})
	}
	return t.insert("person_key", row{"id": newID(), "source_id": string(t.p.w.source), "space": t.p.w.space, "key": key, "person_id": string(id)})
}

// leaves ends everything a person belongs to and is meant for. What the person holds stays open until it is back.
func (t *taking) leaves(id school.PersonID) error {
	if err := t.endMemberships(`person_id = $3`, string(id)); err != nil {
		return err
	}
	return t.unplan(id)
}

func (t *taking) takeJoin(id school.PersonID, j rosterJoin) error {
	m := row{"id": newID(), "person_id": string(id), "class_id": nil, "group_id": nil, "school_id": nil, "school_year_id": opt(t.year), "source_id": string(t.p.w.source),
		"teaches": j.teaches, "from_at": micros(t.now), "until_at": nil}
	switch {
	case j.class != nil:
		class := t.classes[j.class]
		if class == "" {
			class = j.class.has.ID
		}
		m["class_id"] = string(class)
	case j.course != "":
		fold := school.Fold(j.course)
		if t.groups[fold] == "" {
			g := NewID[school.GroupID]()
			if err := t.insert("school_group", numbered(row{"id": string(g), "school_id": string(t.p.School), "archived": false, "created_at": micros(t.now)}, j.course)); err != nil {
				return err
			}
			t.groups[fold] = g
		}
		m["group_id"] = string(t.groups[fold])
	default:
		m["school_id"] = string(t.p.School)
	}
	return t.insert("membership", m)
}

// endMembership ends one membership now; one that has not begun is taken back.
func (tx *Tx) endMembership(id string) error {
	m, err := tx.fetch("membership", id)
	if err != nil || m == nil {
		return err
	}
	if from, _ := m["from_at"].(int64); time.UnixMicro(from).After(tx.now) {
		return tx.remove("membership", id)
	}
	return tx.change("membership", id, m, row{"until_at": micros(tx.now)})
}
