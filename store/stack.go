package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"ranzen/store/school"
)

// A stack is signed paper that came back and was scanned. A job reads it page by page, each page in a transaction of its own: where a
// server dies it is read anew, and pages that are kept already stay. A page whose bars name a paper of the school is filed with it; every other
// waits for somebody to look, with its picture. Nothing is signed by a scan: that the signatures are there, somebody confirms.
//
// What was read is in the pages, and the file is forgotten: it holds the papers of many, and whoever is erased would live on in it.
// Only one with a page that could not be taken out as a picture is kept until somebody has looked at that page, in the file.

var _ = registerEvent(school.Lend, "stack.brought", "stack.filed", "stack.set_aside")

// StacksKept is how long a stack is listed when everything in it is where it belongs. Pages that were filed live as long as their
// paper; what nobody has looked at is kept.
const StacksKept = 14 * 24 * time.Hour

// MostStackTries is how often the server may die of one stack.
const MostStackTries = 3

// fileIsKept is the condition that a stack has a page that is to be seen nowhere but in its file, and waits.
const fileIsKept = `EXISTS (SELECT 1 FROM stack_page p WHERE p.stack_id = stack.id AND p.state = 'review' AND p.picture_sealed IS NULL)`

// stackWaits is the condition that a page of a stack waits, to be looked at or to be confirmed.
const stackWaits = `EXISTS (SELECT 1 FROM stack_page p LEFT JOIN document d ON d.id = p.document_id WHERE p.stack_id = stack.id
	AND (p.state = 'review' OR p.state = 'filed' AND d.signed_at IS NULL AND d.replaced_at IS NULL))`

// ScannedPage is a page as it was read.
type ScannedPage struct {
	N       int
	Picture []byte // nil: it could not be read
	Code    string // what the bars say; the rest is read out of it
	Number  string // of the contract
	Mark    string // begins the hash of the paper; empty: the one that is signed before anything is handed out
	Page    int
}

// StackReader reads a stack. It stops with the error of each.
type StackReader func(ctx context.Context, file []byte, each func(ScannedPage) error) error

// Stack is a stack with how far it is.
type Stack struct {
	ID         school.StackID
	School     school.SchoolID
	SchoolName string
	By         string
	Created    time.Time
	Read       time.Time // zero: it is being read
	Trouble    string    // code of what was refused
	Pages      int
	Review     int // pages that somebody has to look at
	Confirm    int // papers whose signatures somebody has to confirm
}

// StackPage is a page of a stack.
type StackPage struct {
	ID       school.StackPageID
	N        int
	State    string // filed, review, aside
	Why      string // unread, unknown, replaced, twice
	Code     string
	Document school.DocumentID
	Page     int
	Picture  bool
}

// BringStack keeps a stack until it is read.
func (s *Store) BringStack(ctx context.Context, by school.Actor, at school.SchoolID, file []byte) (id school.StackID, err error) {
	switch {
	case len(file) == 0:
		return "", school.Refuse("file", "required")
	case len(file) > school.MostStack:
		return "", school.Refuse("file", "scan_large", school.MostStack>>20)
	}
	if !by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: at}) {
		return "", school.Missing("school")
	}
	id = NewID[school.StackID]()
	_, err = s.write(ctx, by, event{name: "stack.brought", verb: school.Lend, school: at, subject: "school", id: string(at), final: true}, func(tx *Tx) error {
		if err := tx.openSchool(at, school.Lend); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO stack (id, authority_id, school_id, brought_by, size, file_sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			string(id), string(tx.authority), string(at), tx.by.Name, len(file), s.seal(cell{tx.authority, "stack", "file", string(id)}, file), tx.now.UnixMicro())
		return err
	})
	return id, err
}

// StacksDue reports whether a stack of any authority waits to be read.
func (s *Store) StacksDue(ctx context.Context) (bool, error) {
	n, err := s.read().number(ctx, `SELECT count(*) FROM (SELECT 1 AS one FROM stack WHERE read_at IS NULL LIMIT 1) x`)
	return n > 0, err
}

// ReadStacks reads what waits, the oldest first. One that cannot be read now does not hold up the others. A job calls it.
func (s *Store) ReadStacks(ctx context.Context, reader StackReader) error {
	var errs []error
	var since time.Time
	var last school.StackID
	for {
		var a school.AuthorityID
		var id school.StackID
		var at school.SchoolID
		found, err := s.read().one(ctx, `SELECT id, authority_id, school_id, created_at FROM stack WHERE read_at IS NULL AND (created_at > $1 OR created_at = $1 AND id > $2) ORDER BY created_at, id LIMIT 1`,
			args(since.UnixMicro(), string(last)), text(&id), text(&a), text(&at), stamp(&since))
		if err == nil && found {
			err = s.readStack(ctx, a, id, at, reader)
		}
		if last = id; err != nil {
			errs = append(errs, err)
		}
		if !found || overWith(ctx, err) {
			return errors.Join(errs...)
		}
	}
}

// overWith reports whether a job that goes from one to the next ends with an error: what failed then fails for all.
func overWith(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, ErrLeaseLost)
}

// readStack reads one stack. One that took the server down with it again and again is not read any more.
func (s *Store) readStack(ctx context.Context, a school.AuthorityID, id school.StackID, at school.SchoolID, reader StackReader) error {
	tries, trouble := 0, "scan_died"
	var sealed []byte
	err := s.transact(ctx, func(c conn) error {
		_, err := c.one(ctx, `UPDATE stack SET tries = tries + 1 WHERE id = $1 RETURNING tries, file_sealed`, args(string(id)), &tries, &sealed)
		return err
	})
	if err != nil {
		return err
	}
	if tries <= MostStackTries {
		file, err := s.open(cell{a, "stack", "file", string(id)}, sealed)
		if err == nil {
			err = reader(ctx, file, func(p ScannedPage) error { return s.fileScanned(ctx, a, id, at, p) })
		}
		trouble = ""
		if e, refused := errors.AsType[*school.Error](err); refused {
			trouble = e.Code
		} else if err != nil { // the server lives
			return errors.Join(err, s.changeStack(context.WithoutCancel(ctx), `UPDATE stack SET tries = 0 WHERE id = $1`, string(id)))
		}
	}
	return s.changeStack(ctx, `UPDATE stack SET read_at = $2, trouble = $3, file_sealed = CASE WHEN `+fileIsKept+` THEN file_sealed END WHERE id = $1 AND read_at IS NULL`, string(id), s.Now().UnixMicro(), trouble)
}

func (s *Store) changeStack(ctx context.Context, text string, a ...any) error {
	err := s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, text, a...)
		return err
	})
	s.changed.call()
	return err
}

// fileScanned keeps a page, where it belongs or for somebody to look at. A page that is kept already stays.
func (s *Store) fileScanned(ctx context.Context, a school.AuthorityID, stack school.StackID, at school.SchoolID, p ScannedPage) error {
	err := s.transact(ctx, func(c conn) error {
		n, err := c.number(ctx, `SELECT count(*) FROM stack_page WHERE stack_id = $1 AND n = $2`, string(stack), p.N)
		if err != nil || n > 0 {
			return err
		}
		state, why := "review", "unread"
		var doc school.DocumentID
		if p.Number != "" {
			if doc, why, err = c.paperOf(ctx, a, at, p.Number, p.Mark, p.Page); err != nil {
				return err
			}
		}
		if doc != "" {
			state = "filed"
		}
		id := NewID[school.StackPageID]()
		_, err = c.exec(ctx, `INSERT INTO stack_page (id, authority_id, stack_id, n, state, why, code, document_id, page, picture_sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			string(id), string(a), string(stack), p.N, state, why, p.Code, opt(doc), p.Page, s.seal(cell{a, "stack_page", "picture", string(id)}, p.Picture), s.Now().UnixMicro())
		return err
	})
	s.changed.call()
	return err
}

// paperOf finds the paper of a school a page belongs to, or says why it is not filed there.
func (c conn) paperOf(ctx context.Context, a school.AuthorityID, at school.SchoolID, number, mark string, page int) (doc school.DocumentID, why string, err error) {
	var now bool
	found, err := c.one(ctx, `SELECT d.id, d.replaced_at IS NULL FROM document d JOIN contract k ON k.id = d.contract_id WHERE k.authority_id = $1 AND k.number = $2 AND d.school_id = $3
		AND CASE WHEN $4 = '' THEN d.kind IN ('contract', 'staff') AND d.replaced_at IS NULL ELSE substr(d.hash, 1, length($4)) = $4 END ORDER BY d.made_at DESC, d.id LIMIT 1`,
		args(string(a), strings.ToUpper(strings.TrimSpace(number)), string(at), strings.ToLower(mark)), text(&doc), &now)
	switch {
	case err != nil:
		return "", "", err
	case !found:
		return "", "unknown", nil
	case !now:
		return "", "replaced", nil
	}
	n, err := c.number(ctx, `SELECT count(*) FROM stack_page WHERE document_id = $1 AND page = $2 AND page > 0`, string(doc), page)
	if err == nil && n > 0 {
		return "", "twice", nil
	}
	return doc, "", err
}

const stackSelect = `SELECT t.id, t.school_id, s.name, t.brought_by, t.created_at, t.read_at, t.trouble, (SELECT count(*) FROM stack_page p WHERE p.stack_id = t.id),
	(SELECT count(*) FROM stack_page p WHERE p.stack_id = t.id AND p.state = 'review'),
	(SELECT count(DISTINCT d.id) FROM stack_page p JOIN document d ON d.id = p.document_id WHERE p.stack_id = t.id AND d.signed_at IS NULL AND d.replaced_at IS NULL)`

func scanStack(r *sql.Rows, x *Stack, rest ...any) error {
	return r.Scan(append([]any{text(&x.ID), text(&x.School), &x.SchoolName, &x.By, stamp(&x.Created), stamp(&x.Read), &x.Trouble, &x.Pages, &x.Review, &x.Confirm}, rest...)...)
}

// Stacks lists the stacks of the schools whose people the actor sees, the newest first.
func (s *Store) Stacks(ctx context.Context, by school.Actor, after string, limit int) (Page[Stack], error) {
	var w where
	w.and("t.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "t.school_id"); err != nil {
		return Page[Stack]{}, err
	}
	o := order{key: "t.created_at", id: "t.id", desc: true}
	if err := w.page(o, after); err != nil {
		return Page[Stack]{}, err
	}
	return pageOf(ctx, s.read(), stackSelect+o.columns()+` FROM stack t JOIN school s ON s.id = t.school_id WHERE `+w.String(), &w, o, limit, scanStack)
}

// StackByID reads a stack with its pages in their order.
func (s *Store) StackByID(ctx context.Context, by school.Actor, id school.StackID) (x Stack, pages []StackPage, err error) {
	var w where
	w.and("t.authority_id = ?", string(by.Tenant))
	w.and("t.id = ?", string(id))
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "t.school_id"); err != nil {
		return x, nil, school.Missing("stack")
	}
	err = s.snapshot(ctx, func(c conn) error {
		x, pages = Stack{}, nil
		if err := c.each(ctx, stackSelect+` FROM stack t JOIN school s ON s.id = t.school_id WHERE `+w.String(), w.args, func(r *sql.Rows) error { return scanStack(r, &x) }); err != nil {
			return err
		}
		if x.ID == "" {
			return school.Missing("stack")
		}
		pages, err = c.stackPages(ctx, "stack_id = $1 ORDER BY n", string(id))
		return err
	})
	return x, pages, err
}

func (c conn) stackPages(ctx context.Context, cond string, a ...any) (out []StackPage, err error) {
	err = c.each(ctx, `SELECT id, n, state, why, code, document_id, page, picture_sealed IS NOT NULL FROM stack_page WHERE `+cond, args(a...), func(r *sql.Rows) error {
		var p StackPage
		err := r.Scan(text(&p.ID), &p.N, &p.State, &p.Why, &p.Code, text(&p.Document), &p.Page, &p.Picture)
		out = append(out, p)
		return err
	})
	return out, err
}

// ScannedPages lists the pages that came back of a paper, for whoever sees the people of its school.
func (s *Store) ScannedPages(ctx context.Context, by school.Actor, id school.DocumentID) ([]StackPage, error) {
	if _, err := s.DocumentByID(ctx, by, id); err != nil {
		return nil, err
	}
	return s.read().stackPages(ctx, "document_id = $1 ORDER BY page, created_at, n", string(id))
}

// StackPicture is what is to be seen on a page.
func (s *Store) StackPicture(ctx context.Context, by school.Actor, id school.StackPageID) ([]byte, error) {
	var w where
	w.and("p.id = ?", string(id))
	w.and("p.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "t.school_id"); err != nil {
		return nil, school.Missing("picture")
	}
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT p.picture_sealed FROM stack_page p JOIN stack t ON t.id = p.stack_id WHERE `+w.String(), w.args, &sealed)
	if err != nil || !found || sealed == nil {
		return nil, orMissing(err, "picture")
	}
	return s.open(cell{by.Tenant, "stack_page", "picture", string(id)}, sealed)
}

// StackFile is the file of a stack, as long as there is a page in it that is to be seen nowhere else. Who got it stands in the log.
func (s *Store) StackFile(ctx context.Context, by school.Actor, id school.StackID) ([]byte, error) {
	x, _, err := s.StackByID(ctx, by, id)
	if err != nil {
		return nil, err
	}
	var sealed []byte
	if _, err := s.read().one(ctx, `SELECT file_sealed FROM stack WHERE id = $1 AND authority_id = $2`, args(string(id), string(by.Tenant)), &sealed); err != nil || sealed == nil {
		return nil, orMissing(err, "file")
	}
	if err := s.NamesExported(ctx, by, "stack", x.School); err != nil {
		return nil, err
	}
	return s.open(cell{by.Tenant, "stack", "file", string(id)}, sealed)
}

// forgetStacks forgets the files of stacks in which papers of somebody lay.
func (tx *Tx) forgetStacks(person school.PersonID) error {
	_, err := tx.exec(tx.ctx, `UPDATE stack SET file_sealed = NULL WHERE read_at IS NOT NULL AND file_sealed IS NOT NULL
		AND id IN (SELECT g.stack_id FROM document d JOIN stack_page g ON g.document_id = d.id WHERE d.person_id = $1 AND d.authority_id = $2)`, string(person), string(tx.authority))
	return err
}

// FileStackPage files a page that was looked at, under the number of its contract. One without a picture would prove nothing there.
func (s *Store) FileStackPage(ctx context.Context, by school.Actor, stack school.StackID, id school.StackPageID, number string) error {
	return s.stackAct(ctx, by, stack, "stack.filed", func(tx *Tx, x Stack) error {
		if strings.TrimSpace(number) == "" {
			return school.Refuse("number", "required")
		}
		doc, why, err := tx.paperOf(ctx, tx.authority, x.School, number, "", 0)
		if err != nil {
			return err
		}
		if doc == "" {
			return school.Refuse("number", "stack_"+cmp.Or(why, "unknown"), strings.ToUpper(strings.TrimSpace(number)))
		}
		n, err := tx.exec(ctx, `UPDATE stack_page SET state = 'filed', why = '', document_id = $3 WHERE id = $1 AND stack_id = $2 AND state <> 'filed' AND picture_sealed IS NOT NULL`, string(id), string(stack), string(doc))
		if err == nil && n == 0 {
			err = school.Clash("stack_moved")
		}
		return err
	})
}

// SetStackPageAside says that a page belongs to no contract: an empty back, a page of something else.
func (s *Store) SetStackPageAside(ctx context.Context, by school.Actor, stack school.StackID, id school.StackPageID) error {
	return s.stackAct(ctx, by, stack, "stack.set_aside", func(tx *Tx, _ Stack) error {
		n, err := tx.exec(ctx, `UPDATE stack_page SET state = 'aside' WHERE id = $1 AND stack_id = $2 AND state = 'review'`, string(id), string(stack))
		if err == nil && n == 0 {
			err = school.Clash("stack_moved")
		}
		if err == nil {
			_, err = tx.exec(ctx, `UPDATE stack SET file_sealed = NULL WHERE id = $1 AND read_at IS NOT NULL AND NOT `+fileIsKept, string(stack))
		}
		return err
	})
}

func (s *Store) stackAct(ctx context.Context, by school.Actor, id school.StackID, name string, act func(tx *Tx, x Stack) error) error {
	x, _, err := s.StackByID(ctx, by, id)
	if err != nil {
		return err
	}
	_, err = s.write(ctx, by, event{name: name, verb: school.Lend, school: x.School, subject: "school", id: string(x.School), final: true}, func(tx *Tx) error { return act(tx, x) })
	return err
}
