package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"ranzen/store/school"
)

// A print run makes the contracts of a school and lays them out class by class, for a few or for twelve thousand. It is done
// one class in one transaction: what it made, that the class is done, and what lies in its file stand there together or not
// at all, so a server that dies goes on with the class it was at and makes nothing twice. What did not change since it was
// made last is not made anew and, unless somebody wants the whole, not laid out.

var _ = registerEvent(school.Lend, "print.ordered", "print.stopped")

// PrintsKept is how long a run can be taken as files; the papers themselves stay with their contracts.
const PrintsKept = 30 * 24 * time.Hour

// PaperMaker gathers what a paper of a contract says. Who writes papers knows it (package ui).
type PaperMaker func(ctx context.Context, by school.Actor, x ContractPage, kind school.DocumentKind) (NewDocument, error)

// Print is a run with how far it is.
type Print struct {
	ID         school.PrintID
	School     school.SchoolID
	SchoolName string
	Whole      bool // what did not change is laid out too
	By         string
	Created    time.Time
	Ended      time.Time
	Files      int // classes
	Contracts  int // when it was ordered
	Done       int // contracts of classes that are done
	Made       int
	Same       int
	Failed     int // classes
	Stopped    int // classes
	Papers     int // that lie in its files and still wait for a signature
}

// PrintFile is a class of a run.
type PrintFile struct {
	ID        school.PrintFileID
	N         int
	Class     school.ClassID // empty: those who are in none
	ClassName string
	State     string // waiting, done, failed, stopped
	Contracts int
	Made      int
	Same      int
	Papers    int // that lie in it and still wait for a signature
}

// unprinted is the condition that a contract has a paper that can be made: nothing was handed out yet.
const unprinted = `k.state IN ('planned', 'prepared', 'signed') AND k.kind IN ('personal', 'staff', 'pool', 'replacement')`

// printable are the contracts of a school ($3) of an authority ($2) whose paper can be made.
const printable = ` FROM contract k JOIN person p ON p.id = k.person_id WHERE k.authority_id = $2 AND k.school_id = $3 AND ` + unprinted

// PrintableSchool is a school with contracts whose paper can be made.
type PrintableSchool struct {
	School     school.SchoolID
	SchoolName string
	Contracts  int
}

// PrintableSchools counts, by name, the contracts whose paper can be made at the schools where the actor lends.
func (s *Store) PrintableSchools(ctx context.Context, by school.Actor) (out []PrintableSchool, err error) {
	var w where
	w.and("k.authority_id = ? AND "+unprinted+" AND NOT s.archived", string(by.Tenant))
	for _, verb := range []school.Verb{school.Lend, school.ViewPeople} {
		if err := w.limitSchools(by, verb, by.Tenant, "k.school_id"); err != nil {
			return nil, err
		}
	}
	err = s.read().each(ctx, `SELECT s.id, s.name, count(*) FROM contract k JOIN school s ON s.id = k.school_id WHERE `+w.String()+` GROUP BY s.id, s.name, s.name_sort ORDER BY s.name_sort, s.id`, w.args,
		func(r *sql.Rows) error {
			var x PrintableSchool
			err := r.Scan(text(&x.School), &x.SchoolName, &x.Contracts)
			out = append(out, x)
			return err
		})
	return out, err
}

// Printable counts, class by class, the contracts of a school whose paper can be made, in the order they are printed.
func (s *Store) Printable(ctx context.Context, by school.Actor, at school.SchoolID) (out []PrintFile, err error) {
	where := school.Where{Authority: by.Tenant, School: at}
	if !by.Can(school.Lend, where) || !by.Can(school.ViewPeople, where) {
		return nil, school.Missing("school")
	}
	return s.read().printable(ctx, by.Tenant, at, s.Now())
}

func (c conn) printable(ctx context.Context, a school.AuthorityID, at school.SchoolID, now time.Time) (out []PrintFile, err error) {
	err = c.each(ctx, `SELECT x.class_id, COALESCE(l.name, ''), count(*) FROM (SELECT `+classNow+` AS class_id`+printable+`) x LEFT JOIN class l ON l.id = x.class_id
		GROUP BY x.class_id, l.name, l.name_sort ORDER BY l.name_sort NULLS LAST, x.class_id`, args(now.UnixMicro(), string(a), string(at)), func(r *sql.Rows) error {
		x := PrintFile{N: len(out) + 1, State: "waiting"}
		err := r.Scan(text(&x.Class), &x.ClassName, &x.Contracts)
		out = append(out, x)
		return err
	})
	return out, err
}

// OrderPrint orders a run for a school: of some of its classes, or of all there is.
func (s *Store) OrderPrint(ctx context.Context, by school.Actor, at school.SchoolID, classes []school.ClassID, whole bool) (id school.PrintID, err error) {
	if !by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: at}) { // it gets their names on paper
		return "", school.Missing("school")
	}
	ev := event{name: "print.ordered", verb: school.Lend, school: at, subject: "school", id: string(at), final: true}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.openSchool(at, school.Lend); err != nil {
			return err
		}
		all, err := tx.printable(ctx, tx.authority, at, tx.now)
		if err != nil {
			return err
		}
		wanted := map[school.ClassID]bool{}
		for _, c := range classes {
			wanted[c] = true
		}
		id = NewID[school.PrintID]()
		if _, err := tx.exec(ctx, `INSERT INTO print_run (id, authority_id, school_id, whole, ordered_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			string(id), string(tx.authority), string(at), whole, tx.by.Name, tx.now.UnixMicro()); err != nil {
			return taken(err, "", "print_running")
		}
		contracts := 0
		for _, x := range all {
			if len(classes) > 0 && !wanted[x.Class] {
				continue
			}
			contracts += x.Contracts
			if _, err := tx.exec(ctx, `INSERT INTO print_file (id, authority_id, run_id, n, class_id, state, contracts) VALUES ($1, $2, $3, $4, $5, 'waiting', $6)`,
				newID(), string(tx.authority), string(id), x.N, opt(x.Class), x.Contracts); err != nil {
				return err
			}
		}
		if contracts == 0 {
			return school.Refuse("classes", "print_nothing")
		}
		tx.event.detail = map[string]any{"contracts": contracts}
		return nil
	})
	return id, err
}

// StopPrint ends a run where it is. What was made stays.
func (s *Store) StopPrint(ctx context.Context, by school.Actor, id school.PrintID) error {
	p, _, err := s.PrintByID(ctx, by, id)
	if err != nil {
		return err
	}
	ev := event{name: "print.stopped", verb: school.Lend, school: p.School, subject: "school", id: string(p.School), final: true}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		n, err := tx.exec(ctx, `UPDATE print_run SET ended_at = $2 WHERE id = $1 AND authority_id = $3 AND ended_at IS NULL`, string(id), tx.now.UnixMicro(), string(tx.authority))
		if err == nil && n == 0 {
			err = school.Clash("print_over")
		}
		if err == nil {
			_, err = tx.exec(ctx, `UPDATE print_file SET state = 'stopped' WHERE run_id = $1 AND state = 'waiting'`, string(id))
		}
		return err
	})
	return err
}

// waits are papers of a file that still wait for a signature.
const waits = ` FROM print_paper x JOIN document d ON d.id = x.document_id WHERE d.signed_at IS NULL AND d.replaced_at IS NULL AND `

const printSelect = `SELECT r.id, r.school_id, s.name, r.whole, r.ordered_by, r.created_at, r.ended_at,
	(SELECT count(*) FROM print_file f WHERE f.run_id = r.id), (SELECT COALESCE(sum(f.contracts), 0) FROM print_file f WHERE f.run_id = r.id),
	(SELECT COALESCE(sum(f.contracts), 0) FROM print_file f WHERE f.run_id = r.id AND f.state = 'done'), (SELECT COALESCE(sum(f.made), 0) FROM print_file f WHERE f.run_id = r.id),
	(SELECT COALESCE(sum(f.same), 0) FROM print_file f WHERE f.run_id = r.id), (SELECT count(*) FROM print_file f WHERE f.run_id = r.id AND f.state = 'failed'),
	(SELECT count(*) FROM print_file f WHERE f.run_id = r.id AND f.state = 'stopped'), (SELECT count(*)` + waits + `x.file_id IN (SELECT f.id FROM print_file f WHERE f.run_id = r.id))`

func scanPrint(r *sql.Rows, x *Print, rest ...any) error {
	return r.Scan(append([]any{text(&x.ID), text(&x.School), &x.SchoolName, &x.Whole, &x.By, stamp(&x.Created), stamp(&x.Ended), &x.Files, &x.Contracts, &x.Done, &x.Made, &x.Same, &x.Failed, &x.Stopped,
		&x.Papers}, rest...)...)
}

// Prints lists the runs of the schools whose people the actor sees, the newest first.
func (s *Store) Prints(ctx context.Context, by school.Actor, after string, limit int) (Page[Print], error) {
	var w where
	w.and("r.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "r.school_id"); err != nil {
		return Page[Print]{}, err
	}
	o := order{key: "r.created_at", id: "r.id", desc: true}
	if err := w.page(o, after); err != nil {
		return Page[Print]{}, err
	}
	return pageOf(ctx, s.read(), printSelect+o.columns()+` FROM print_run r JOIN school s ON s.id = r.school_id WHERE `+w.String(), &w, o, limit, scanPrint)
}

// PrintByID reads a run with its classes in the order they are printed.
func (s *Store) PrintByID(ctx context.Context, by school.Actor, id school.PrintID) (p Print, files []PrintFile, err error) {
	var w where
	w.and("r.id = ? AND r.authority_id = ?", string(id), string(by.Tenant))
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "r.school_id"); err != nil {
		return p, nil, school.Missing("print")
	}
	err = s.snapshot(ctx, func(c conn) error {
		p, files = Print{}, nil
		if err := c.each(ctx, printSelect+` FROM print_run r JOIN school s ON s.id = r.school_id WHERE `+w.String(), w.args, func(r *sql.Rows) error { return scanPrint(r, &p) }); err != nil {
			return err
		}
		if p.ID == "" {
			return school.Missing("print")
		}
		return c.each(ctx, `SELECT f.id, f.n, f.class_id, COALESCE(l.name, ''), f.state, f.contracts, f.made, f.same, (SELECT count(*)`+waits+`x.file_id = f.id)
			FROM print_file f LEFT JOIN class l ON l.id = f.class_id WHERE f.run_id = $1 ORDER BY f.n`, args(string(id)), func(r *sql.Rows) error {
			var x PrintFile
			err := r.Scan(text(&x.ID), &x.N, text(&x.Class), &x.ClassName, &x.State, &x.Contracts, &x.Made, &x.Same, &x.Papers)
			files = append(files, x)
			return err
		})
	})
	return p, files, err
}

// PrintDocuments reads what lies in a file and still waits for a signature, by the names of the people.
func (s *Store) PrintDocuments(ctx context.Context, by school.Actor, id school.PrintFileID) ([]DocumentFile, error) {
	return s.documentFiles(ctx, by, `f.signed_at IS NULL AND f.replaced_at IS NULL AND f.id IN (SELECT x.document_id FROM print_paper x WHERE x.file_id = ?)`, string(id))
}

// PrintsDue reports whether a run of any authority is under way.
func (s *Store) PrintsDue(ctx context.Context) (bool, error) {
	n, err := s.read().number(ctx, `SELECT count(*) FROM (SELECT 1 AS one FROM print_run WHERE ended_at IS NULL LIMIT 1) x`)
	return n > 0, err
}

// RunPrints carries out what was ordered, class by class, the oldest order first. One that fails now does not hold up the others. A job
// calls it.
func (s *Store) RunPrints(ctx context.Context, maker PaperMaker) error {
	var errs []error
	var since time.Time
	var last school.PrintID
	for {
		var o printOrder
		found, err := s.read().one(ctx, `SELECT id, authority_id, school_id, whole, ordered_by, created_at FROM print_run WHERE ended_at IS NULL AND (created_at > $1 OR created_at = $1 AND id > $2) ORDER BY created_at, id LIMIT 1`,
			args(since.UnixMicro(), string(last)), text(&o.id), text(&o.authority), text(&o.school), &o.whole, &o.name, stamp(&since))
		if err == nil && found {
			err = s.runPrint(ctx, o, maker)
		}
		if last = o.id; err != nil {
			errs = append(errs, err)
		}
		if !found || overWith(ctx, err) {
			return errors.Join(errs...)
		}
	}
}

// printOrder is a run as it was ordered.
type printOrder struct {
	id        school.PrintID
	authority school.AuthorityID
	school    school.SchoolID
	whole     bool
	name      string // of who ordered it
}

// runPrint carries one order out to its end.
func (s *Store) runPrint(ctx context.Context, o printOrder, maker PaperMaker) error {
	for {
		var x PrintFile
		more, err := s.read().one(ctx, `SELECT f.id, f.class_id FROM print_file f WHERE f.run_id = $1 AND f.state = 'waiting' ORDER BY f.n LIMIT 1`, args(string(o.id)), text(&x.ID), text(&x.Class))
		if err != nil {
			return err
		}
		if !more {
			err := s.transact(ctx, func(c conn) error {
				_, err := c.exec(ctx, `UPDATE print_run SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`, string(o.id), s.Now().UnixMicro())
				return err
			})
			s.changed.call()
			return err
		}
		if err := s.printClass(ctx, o, x, maker); err != nil {
			return err
		}
	}
}

// printClass makes the papers of one class and lays them out. What is refused stands at the class, and the run goes on.
func (s *Store) printClass(ctx context.Context, o printOrder, x PrintFile, maker PaperMaker) error {
	by := school.System("print", o.authority)
	papers, err := s.classPapers(ctx, by, o.school, x.Class, maker)
	if err == nil {
		err = s.layOut(ctx, by, o.school, x.ID, papers, o.whole, o.name)
	}
	if school.KindOf(err) == "" {
		return err
	}
	return s.transact(ctx, func(c conn) error { // whoever makes them on the page of the class is told why
		_, err := c.exec(ctx, `UPDATE print_file SET state = 'failed' WHERE id = $1 AND state = 'waiting'`, string(x.ID))
		return err
	})
}

// classPapers gathers what the papers of a class say.
func (s *Store) classPapers(ctx context.Context, by school.Actor, at school.SchoolID, class school.ClassID, maker PaperMaker) (papers []NewDocument, err error) {
	type one struct {
		id   school.ContractID
		kind school.ContractKind
	}
	var all []one
	in := ` AND ` + classNow + ` = $4`
	a := args(s.Now().UnixMicro(), string(by.Tenant), string(at), string(class))
	if class == "" {
		in, a = ` AND `+classNow+` IS NULL`, a[:3]
	}
	err = s.read().each(ctx, fmt.Sprintf(`SELECT k.id, k.kind`+printable+in+` ORDER BY p.name_sort, k.id LIMIT %d`, MaxDocuments+1), a, func(r *sql.Rows) error {
		var x one
		err := r.Scan(text(&x.id), text(&x.kind))
		all = append(all, x)
		return err
	})
	if err == nil && len(all) > MaxDocuments {
		err = school.Refuse("documents", "documents_many", MaxDocuments)
	}
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		kind, _ := k.kind.Paper()
		x, err := s.ContractByID(ctx, by, k.id)
		if err != nil {
			return nil, err
		}
		paper, err := maker(ctx, by, x, kind)
		if err != nil {
			return nil, err
		}
		papers = append(papers, paper)
	}
	return papers, nil
}

// errNothingNew says that no paper of a class is new: nothing happened that the log would speak of.
var errNothingNew = errors.New("store: no paper is new")

// layOut makes papers and notes what lies in the file of their class, in one transaction.
func (s *Store) layOut(ctx context.Context, by school.Actor, at school.SchoolID, file school.PrintFileID, papers []NewDocument, whole bool, name string) error {
	var fresh, all []school.DocumentID
	done := func(c conn) error {
		n, err := c.exec(ctx, `UPDATE print_file SET state = 'done', made = $2, same = $3 WHERE id = $1 AND state = 'waiting'`, string(file), len(fresh), len(all)-len(fresh))
		if err != nil {
			return err
		}
		if n == 0 { // it was stopped, or another node was faster
			return school.Clash("print_over")
		}
		lie := fresh
		if whole {
			lie = all
		}
		for _, d := range lie {
			if _, err := c.exec(ctx, `INSERT INTO print_paper (authority_id, file_id, document_id) VALUES ($1, $2, $3)`, string(by.Tenant), string(file), string(d)); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := s.write(ctx, by, event{name: "document.made", verb: school.Lend, school: at, subject: "school", id: string(at), final: true}, func(tx *Tx) (err error) {
		if fresh, all, err = tx.makeDocuments(at, papers, name); err != nil {
			return err
		}
		if len(fresh) == 0 {
			return errNothingNew
		}
		return done(tx.conn)
	})
	if errors.Is(err, errNothingNew) {
		return s.transact(ctx, done)
	}
	return err
}
