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

// Documents are the papers of contracts. The store keeps of what text and of which facts one was made, and of one that was
// signed the file itself; what a file looks like others know (package ui/document).

var _ = registerEvent(school.Lend, "document.made", "document.signed", "document.linked", "document.mailed")

// MaxDocuments is how many papers are made at once: a school's.
const MaxDocuments = 2000

// NewDocument is a paper to be made.
type NewDocument struct {
	Contract school.ContractID
	Kind     school.DocumentKind
	Subject  string          // what it is about, where a contract may have several of its kind
	Body     string          // the text, where the authority has none of its own
	Facts    []byte          // what it is about, as it will be read again
	Named    school.SchoolID // that the contract names instead of the one it is at, because somebody goes there
	Same     []byte          // the facts without the moment: what is the same is not made anew
}

// DocumentRow is a paper that was made.
type DocumentRow struct {
	ID        school.DocumentID
	Authority school.AuthorityID
	Contract  school.ContractID
	School    school.SchoolID
	Kind      school.DocumentKind
	Subject   string
	Hash      string
	By        string
	Made      time.Time
	Signed    time.Time
	SignedHow school.SignedHow
	Replaced  time.Time
	Scanned   int // pages that came back on paper
}

// DocumentFile is what a file is made of, or, of a paper that was signed, the file.
type DocumentFile struct {
	DocumentRow
	Body  string
	Facts []byte
	File  []byte
}

// contractPaper says which kinds are the paper that is signed before anything is handed out.
func contractPaper(k school.DocumentKind) bool {
	return k == school.LoanContract || k == school.StaffTerms
}

// MakeDocuments makes papers of contracts of one school, all of them or none. What would say the same as the paper there is
// stays as it is; another paper takes its place, and one that was signed wants a new signature.
func (s *Store) MakeDocuments(ctx context.Context, by school.Actor, at school.SchoolID, papers []NewDocument) (made, same int, err error) {
	if len(papers) == 0 || len(papers) > MaxDocuments {
		return 0, 0, school.Refuse("documents", "documents_many", MaxDocuments)
	}
	ev := event{name: "document.made", verb: school.Lend, school: at, subject: "school", id: string(at), final: true}
	if len(papers) == 1 {
		ev.subject, ev.id = "contract", string(papers[0].Contract)
	}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		fresh, all, err := tx.makeDocuments(at, papers, tx.by.Name)
		made, same = len(fresh), len(all)-len(fresh)
		return err
	})
	return made, same, err
}

// makeDocuments makes papers in this write, in the name of somebody. It returns those that are new, and all that hold then.
func (tx *Tx) makeDocuments(at school.SchoolID, papers []NewDocument, name string) (fresh, all []school.DocumentID, err error) {
	if err := tx.openSchool(at, school.Lend); err != nil {
		return nil, nil, err
	}
	texts := map[school.DocumentKind]string{}
	for _, x := range papers {
		if _, read := texts[x.Kind]; !read {
			now, err := tx.wordingNow(tx.ctx, tx.authority, x.Kind)
			if err != nil {
				return nil, nil, err
			}
			if texts[x.Kind] = now.Body; now.Body == "" {
				texts[x.Kind] = x.Body
			}
		}
		id, isNew, err := tx.makeDocument(at, x, texts[x.Kind], name)
		if err != nil {
			return nil, nil, err
		}
		if all = append(all, id); isNew {
			fresh = append(fresh, id)
		}
	}
	tx.event.detail = map[string]any{"documents": len(fresh)}
	return fresh, all, nil
}

func (tx *Tx) makeDocument(at school.SchoolID, x NewDocument, body, name string) (id school.DocumentID, fresh bool, err error) {
	r, err := tx.own("contract", string(x.Contract), school.Lend)
	if err != nil {
		return "", false, err
	}
	c := contractOf(r)
	if c.School != at {
		return "", false, school.Missing("contract")
	}
	text := hashWording(x.Kind, body)
	sum := sha256.Sum256(append([]byte(text+"\x00"), x.Same...))
	hash := hex.EncodeToString(sum[:])
	var old, oldHash string
	if _, err := tx.one(tx.ctx, `SELECT id, hash FROM document WHERE contract_id = $1 AND kind = $2 AND subject = $3 AND replaced_at IS NULL`, args(string(x.Contract), string(x.Kind), x.Subject), &old, &oldHash); err != nil {
		return "", false, err
	}
	if oldHash == hash {
		return school.DocumentID(old), false, nil
	}
	if contractPaper(x.Kind) && !c.May(school.PrepareContract) {
		return "", false, school.Clash("document_late", c.Number)
	}
	if old != "" {
		if _, err := tx.exec(tx.ctx, `UPDATE document SET replaced_at = $2 WHERE id = $1`, old, tx.now.UnixMicro()); err != nil {
			return "", false, err
		}
	}
	if _, err := tx.exec(tx.ctx, `INSERT INTO document_body (authority_id, hash, body) VALUES ($1, $2, $3) ON CONFLICT (authority_id, hash) DO NOTHING`, string(tx.authority), text, body); err != nil {
		return "", false, err
	}
	id = NewID[school.DocumentID]()
	if _, err := tx.exec(tx.ctx, `INSERT INTO document (id, authority_id, school_id, contract_id, person_id, kind, subject, body_hash, hash, facts_sealed, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		string(id), string(tx.authority), opt(at), string(x.Contract), string(c.Person), string(x.Kind), x.Subject, text, hash, tx.s.seal(cell{tx.authority, "document", "facts", string(id)}, x.Facts), name, tx.now.UnixMicro()); err != nil {
		return "", false, err
	}
	if !contractPaper(x.Kind) {
		return id, true, nil
	}
	c.Named = x.Named
	if c, err = c.Do(school.PrepareContract, nil, tx.now); err != nil {
		return "", false, err
	}
	return id, true, tx.change("contract", string(c.ID), r, contractRow(c))
}

const documentColumns = `f.id, f.authority_id, f.contract_id, f.school_id, f.kind, f.subject, f.hash, f.made_by, f.made_at, f.signed_at, f.signed_how, f.replaced_at, (SELECT count(*) FROM stack_page g WHERE g.document_id = f.id)`

func scanDocument(r *sql.Rows, x *DocumentRow, rest ...any) error {
	return r.Scan(append([]any{text(&x.ID), text(&x.Authority), text(&x.Contract), text(&x.School), text(&x.Kind), &x.Subject, &x.Hash, &x.By, stamp(&x.Made), stamp(&x.Signed), text(&x.SignedHow), stamp(&x.Replaced), &x.Scanned}, rest...)...)
}

// DocumentsOf lists the papers of a contract, the newest first, for whoever sees its people.
func (s *Store) DocumentsOf(ctx context.Context, by school.Actor, id school.ContractID) (out []DocumentRow, err error) {
	if _, err := s.ContractByID(ctx, by, id); err != nil {
		return nil, err
	}
	err = s.read().each(ctx, `SELECT `+documentColumns+` FROM document f WHERE f.contract_id = $1 AND f.authority_id = $2 ORDER BY f.made_at DESC, f.id`, args(string(id), string(by.Tenant)),
		func(r *sql.Rows) error {
			var x DocumentRow
			err := scanDocument(r, &x)
			out = append(out, x)
			return err
		})
	return out, err
}

// DocumentByID reads a paper with what its file is made of, for whoever sees the people of its school.
func (s *Store) DocumentByID(ctx context.Context, by school.Actor, id school.DocumentID) (DocumentFile, error) {
	all, err := s.documentFiles(ctx, by, "f.id = ?", string(id))
	if err == nil && len(all) == 0 {
		err = school.Missing("document")
	}
	if err != nil {
		return DocumentFile{}, err
	}
	return all[0], nil
}

// ClassDocuments reads the papers of a kind that hold now for those who are in a class today, by their names.
func (s *Store) ClassDocuments(ctx context.Context, by school.Actor, class school.ClassID, kinds ...school.DocumentKind) ([]DocumentFile, error) {
	now := s.Now().UnixMicro()
	return s.documentFiles(ctx, by, `f.replaced_at IS NULL AND f.kind IN (SELECT value FROM json_array_elements_text(?::json)) AND f.person_id IN (SELECT m.person_id FROM membership m
		WHERE m.class_id = ? AND NOT m.teaches AND m.from_at <= ? AND (m.until_at IS NULL OR m.until_at > ?))`, list(kinds), string(class), now, now)
}

// StackDocuments reads the papers of which pages lie in a stack, and which pages of each came back, in whatever stack.
func (s *Store) StackDocuments(ctx context.Context, by school.Actor, id school.StackID) (docs map[school.DocumentID]DocumentFile, back map[school.DocumentID][]int, err error) {
	all, err := s.documentFiles(ctx, by, `f.id IN (SELECT x.document_id FROM stack_page x WHERE x.stack_id = ?)`, string(id))
	if err != nil {
		return nil, nil, err
	}
	docs, back = map[school.DocumentID]DocumentFile{}, map[school.DocumentID][]int{}
	for _, d := range all {
		docs[d.ID] = d
	}
	pages, err := s.read().stackPages(ctx, `document_id IN (SELECT x.document_id FROM stack_page x WHERE x.stack_id = $1 AND x.authority_id = $2) ORDER BY page, created_at, n`, string(id), string(by.Tenant))
	for _, p := range pages {
		if _, seen := docs[p.Document]; seen {
			back[p.Document] = append(back[p.Document], p.Page)
		}
	}
	return docs, back, err
}

func (s *Store) documentFiles(ctx context.Context, by school.Actor, cond string, more ...any) (out []DocumentFile, err error) {
	var w where
	w.and("f.authority_id = ?", string(by.Tenant))
	w.and(cond, more...)
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "f.school_id"); err != nil {
		return nil, school.Missing("document")
	}
	type sealed struct{ facts, file []byte }
	var boxes []sealed
	err = s.read().each(ctx, `SELECT `+documentColumns+`, b.body, f.facts_sealed, f.file_sealed FROM document f JOIN person p ON p.id = f.person_id
		JOIN document_body b ON b.authority_id = f.authority_id AND b.hash = f.body_hash WHERE `+w.String()+` ORDER BY p.name_sort, f.id`, w.args, func(r *sql.Rows) error {
		var x DocumentFile
		var y sealed
		err := scanDocument(r, &x.DocumentRow, &x.Body, &y.facts, &y.file)
		out, boxes = append(out, x), append(boxes, y)
		return err
	})
	for i, y := range boxes {
		if err != nil {
			return nil, err
		}
		if out[i].Facts, err = s.open(cell{by.Tenant, "document", "facts", string(out[i].ID)}, y.facts); err == nil && y.file != nil {
			out[i].File, err = s.open(cell{by.Tenant, "document", "file", string(out[i].ID)}, y.file)
		}
	}
	return out, err
}

// SignDocument says that a paper was signed, and keeps its file: nothing that is changed later changes what was signed. A
// signed contract lets the desk hand out. hash is of the paper whoever signs has seen.
func (s *Store) SignDocument(ctx context.Context, by school.Actor, id school.DocumentID, how school.SignedHow, hash string, file []byte) error {
	if !slices.Contains(school.Signings, how) || len(file) == 0 {
		return school.Refuse("how", "choice")
	}
	x, err := s.DocumentByID(ctx, by, id)
	if err != nil {
		return err
	}
	return s.signDocument(ctx, by, x, how, hash, file, "")
}

// signDocument signs; link is the id of the link that is used up by it.
func (s *Store) signDocument(ctx context.Context, by school.Actor, x DocumentFile, how school.SignedHow, hash string, file []byte, link string) error {
	ev := event{name: "document.signed", verb: school.Lend, school: x.School, subject: "contract", id: string(x.Contract), detail: map[string]any{"kind": string(x.Kind), "how": string(how)}, final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		r, err := tx.own("contract", string(x.Contract), school.Lend)
		if err != nil {
			return err
		}
		if link != "" {
			n, err := tx.exec(ctx, `UPDATE document_link SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2`, link, tx.now.UnixMicro())
			if err != nil {
				return err
			}
			if n == 0 {
				return school.Clash("document_moved")
			}
		}
		n, err := tx.exec(ctx, `UPDATE document SET signed_at = $2, signed_how = $3, file_sealed = $4 WHERE id = $1 AND hash = $5 AND signed_at IS NULL AND replaced_at IS NULL`,
			string(x.ID), tx.now.UnixMicro(), string(how), tx.s.seal(cell{tx.authority, "document", "file", string(x.ID)}, file), hash)
		if err != nil {
			return err
		}
		if n == 0 {
			return school.Clash("document_moved")
		}
		if !contractPaper(x.Kind) {
			return nil
		}
		c, err := contractOf(r).Do(school.SignContract, nil, tx.now)
		if err != nil {
			return err
		}
		c.SignedHow = how
		return tx.change("contract", string(c.ID), r, contractRow(c))
	})
	return err
}

// SignLinkLife is how long somebody may sign by a link.
const SignLinkLife = 14 * 24 * time.Hour

// MakeSignLink makes a link by which somebody signs who is not here. The secret is returned this once.
func (s *Store) MakeSignLink(ctx context.Context, by school.Actor, id school.DocumentID) (secret string, err error) {
	x, err := s.DocumentByID(ctx, by, id)
	if err != nil {
		return "", err
	}
	_, err = s.write(ctx, by, x.event("document.linked"), func(tx *Tx) (err error) {
		secret, err = tx.makeSignLink(x)
		return err
	})
	return secret, err
}

// event is something that happens with a paper and nothing is undone of.
func (x DocumentFile) event(name string) event {
	return event{name: name, verb: school.Lend, school: x.School, subject: "contract", id: string(x.Contract), detail: map[string]any{"kind": string(x.Kind)}, final: true}
}

// makeSignLink makes a link for a paper as it is now; those that were there open nothing any more.
func (tx *Tx) makeSignLink(x DocumentFile) (secret string, err error) {
	n, err := tx.number(tx.ctx, `SELECT count(*) FROM document WHERE id = $1 AND authority_id = $2 AND hash = $3 AND signed_at IS NULL AND replaced_at IS NULL`, string(x.ID), string(tx.authority), x.Hash)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", school.Clash("document_moved")
	}
	if _, err := tx.exec(tx.ctx, `UPDATE document_link SET expires_at = $2 WHERE document_id = $1 AND used_at IS NULL AND expires_at > $2`, string(x.ID), tx.now.UnixMicro()); err != nil { // one at a time
		return "", err
	}
	secret = Secret(16)
	_, err = tx.exec(tx.ctx, `INSERT INTO document_link (id, authority_id, document_id, secret_hash, hash, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		newID(), string(tx.authority), string(x.ID), Digest(secret), x.Hash, tx.by.Name, tx.now.UnixMicro(), tx.now.Add(SignLinkLife).UnixMicro())
	return secret, err
}

// MailSignLink makes a link and sends it to somebody, in one: the secret is nowhere but in the letter. letter writes it.
func (s *Store) MailSignLink(ctx context.Context, by school.Actor, id school.DocumentID, to string, letter func(secret string) (subject, body string)) error {
	return s.mailDocument(ctx, by, id, to, "document.linked", func(tx *Tx, x DocumentFile) (string, string, error) {
		secret, err := tx.makeSignLink(x)
		subject, body := letter(secret)
		return subject, body, err
	})
}

// MailDocument sends somebody what a paper says.
func (s *Store) MailDocument(ctx context.Context, by school.Actor, id school.DocumentID, to, subject, body string) error {
	return s.mailDocument(ctx, by, id, to, "document.mailed", func(*Tx, DocumentFile) (string, string, error) { return subject, body, nil })
}

func (s *Store) mailDocument(ctx context.Context, by school.Actor, id school.DocumentID, to, name string, letter func(tx *Tx, x DocumentFile) (subject, body string, err error)) error {
	if to = strings.TrimSpace(to); !looksLikeEmail(to) {
		return school.Refuse("to", "email_form")
	}
	x, err := s.DocumentByID(ctx, by, id)
	if err != nil {
		return err
	}
	_, err = s.write(ctx, by, x.event(name), func(tx *Tx) error {
		subject, body, err := letter(tx, x)
		if err != nil {
			return err
		}
		return tx.mail("document", to, subject, body)
	})
	return err
}

// SignLink is what a link opens: the paper, and whose it is. One that was used, ran out or whose paper was replaced opens nothing.
func (s *Store) SignLink(ctx context.Context, secret string) (DocumentFile, error) {
	x, _, err := s.signLink(ctx, secret)
	return x, err
}

func (s *Store) signLink(ctx context.Context, secret string) (x DocumentFile, link string, err error) {
	var id school.DocumentID
	var a school.AuthorityID
	found, err := s.read().one(ctx, `SELECT l.id, f.id, f.authority_id FROM document_link l JOIN document f ON f.id = l.document_id
		WHERE l.secret_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND f.hash = l.hash AND f.signed_at IS NULL AND f.replaced_at IS NULL`,
		args(Digest(secret), s.Now().UnixMicro()), &link, text(&id), text(&a))
	if err != nil || !found {
		return x, "", orMissing(err, "document")
	}
	x, err = s.DocumentByID(ctx, school.System("signature by link", a), id)
	return x, link, err
}

// SignByLink signs what a link opens, and uses it up.
func (s *Store) SignByLink(ctx context.Context, secret, hash string, file []byte) error {
	x, link, err := s.signLink(ctx, secret)
	if err != nil {
		return err
	}
	return s.signDocument(ctx, school.System("signature by link", x.Authority), x, school.ByLink, hash, file, link)
}
