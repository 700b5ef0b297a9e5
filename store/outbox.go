package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// Mail is a letter that waits to be sent, or was. It is enqueued in the transaction of the fact it tells of: no fact
// without its letter, no letter without its fact. Address and text are sealed; Subject is kept in the open and must not
// name a person.
type Mail struct {
	ID        string
	Authority school.AuthorityID
	Kind      string // names the template
	To        string
	Subject   string
	Body      string
	Created   time.Time
	Sent      time.Time
	Next      time.Time // zero: sent or given up
	Tries     int
	Error     string // why the last try failed
}

// How long a mail server may be silent before a letter is given up.
const (
	mailFirstWait = time.Minute
	mailLongest   = 6 * time.Hour
	mailGiveUp    = 3 * 24 * time.Hour
)

// mail enqueues a letter in this write.
func (tx *Tx) mail(kind, to, subject, body string) error {
	return tx.s.mail(tx.ctx, tx.conn, tx.authority, kind, to, subject, body)
}

// mail enqueues a letter in a transaction of state. Without authority it is the installation's.
func (s *Store) mail(ctx context.Context, c conn, a school.AuthorityID, kind, to, subject, body string) error {
	id, now := newID(), s.Now().UnixMicro()
	_, err := c.exec(ctx, `INSERT INTO outbox (id, authority_id, kind, to_sealed, subject, body_sealed, created_at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
		id, opt(a), kind, s.seal(cell{a, "outbox", "to", id}, []byte(to)), subject, s.seal(cell{a, "outbox", "body", id}, []byte(body)), now)
	return err
}

// ClaimMail takes up to limit letters that are due, of all authorities in turn (one with many
// does not keep the others waiting), and holds them for lease. A letter that
// is neither reported sent nor failed by then is due again: a sender that dies may send twice, but never loses one.
func (s *Store) ClaimMail(ctx context.Context, limit int, lease time.Duration) ([]Mail, error) {
	var out []Mail
	err := s.transact(ctx, func(c conn) error {
		out = nil
		now := s.Now()
		return c.each(ctx, `WITH due AS MATERIALIZED (
				SELECT o.id FROM outbox o WHERE o.next_at <= $2 AND o.id IN (SELECT id FROM (
					SELECT id, row_number() OVER (PARTITION BY authority_id ORDER BY next_at, id) AS n FROM outbox WHERE next_at <= $2) turns
					ORDER BY n, id LIMIT $3) FOR UPDATE SKIP LOCKED)
			UPDATE outbox SET next_at = $1, tries = tries + 1 WHERE id IN (SELECT id FROM due)
			RETURNING id, authority_id, kind, to_sealed, subject, body_sealed, created_at, tries`,
			args(now.Add(lease).UnixMicro(), now.UnixMicro(), limit), func(r *sql.Rows) error {
				var m Mail
				var to, body []byte
				if err := r.Scan(&m.ID, text(&m.Authority), &m.Kind, &to, &m.Subject, &body, stamp(&m.Created), &m.Tries); err != nil {
					return err
				}
				if err := s.openMail(&m, to, body); err != nil {
					return err
				}
				out = append(out, m)
				return nil
			})
	})
	return out, err
}

func (s *Store) openMail(m *Mail, to, body []byte) error {
	t, err := s.open(cell{m.Authority, "outbox", "to", m.ID}, to)
	if err != nil {
		return err
	}
	b, err := s.open(cell{m.Authority, "outbox", "body", m.ID}, body)
	m.To, m.Body = string(t), string(b)
	return err
}

// MailSent notes that the mail server took a letter that was claimed. If it was claimed again meanwhile, the newer
// claim decides.
func (s *Store) MailSent(ctx context.Context, m Mail) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE outbox SET sent_at = $1, next_at = NULL, error = '' WHERE id = $2 AND tries = $3 AND sent_at IS NULL`, s.Now().UnixMicro(), m.ID, m.Tries)
		return err
	})
}

// MailFailed puts a claimed letter off, longer each time; after three days it is given up and says so (true). code is
// what the mail server said, without address.
func (s *Store) MailFailed(ctx context.Context, m Mail, code string) (gaveUp bool, err error) {
	now := s.Now()
	next := now.Add(min(mailFirstWait<<min(max(m.Tries-1, 0), 20), mailLongest))
	gaveUp = next.Sub(m.Created) > mailGiveUp
	if gaveUp {
		next = time.Time{}
	}
	err = s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE outbox SET next_at = $1, error = $2 WHERE id = $3 AND tries = $4 AND sent_at IS NULL`, micros(next), cut(code, 200), m.ID, m.Tries)
		return err
	})
	return gaveUp, err
}

// Outbox lists the letters of the actor's authority, the newest first, without address and text. An operator of the
// installation sees those of the installation, too.
func (s *Store) Outbox(ctx context.Context, by school.Actor, after string, limit int) (Page[Mail], error) {
	if !by.Can(school.ReadOutbox, school.Where{Authority: by.Tenant}) {
		return Page[Mail]{}, school.Missing("authority")
	}
	var w where
	if by.Can(school.Provision, school.Where{}) {
		w.and("(o.authority_id = ? OR o.authority_id IS NULL)", string(by.Tenant))
	} else {
		w.and("o.authority_id = ?", string(by.Tenant))
	}
	o := order{key: "o.created_at", id: "o.id", desc: true}
	if err := w.page(o, after); err != nil {
		return Page[Mail]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT o.id, o.authority_id, o.kind, o.subject, o.created_at, o.sent_at, o.next_at, o.tries, o.error`+o.columns()+
		` FROM outbox o WHERE `+w.String(), &w, o, limit, func(r *sql.Rows, m *Mail, rest ...any) error {
		return r.Scan(append([]any{&m.ID, text(&m.Authority), &m.Kind, &m.Subject, stamp(&m.Created), stamp(&m.Sent), stamp(&m.Next), &m.Tries, &m.Error}, rest...)...)
	})
}

// Letter reads one letter whole. Addresses and texts name people, so it takes the right to see them, too: an operator or
// auditor sees that a letter went out, not to whom.
func (s *Store) Letter(ctx context.Context, by school.Actor, id string) (Mail, error) {
	at := school.Where{Authority: by.Tenant}
	if !by.Can(school.ReadOutbox, at) {
		return Mail{}, school.Missing("mail")
	}
	if !by.Can(school.ViewPeople, at) {
		return Mail{}, school.Deny(school.ViewPeople)
	}
	var m Mail
	var to, body []byte
	found, err := s.read().one(ctx, `SELECT id, authority_id, kind, to_sealed, subject, body_sealed, created_at, sent_at, next_at, tries, error FROM outbox
		WHERE id = $1 AND authority_id = $2`, args(id, string(by.Tenant)), &m.ID, text(&m.Authority), &m.Kind, &to, &m.Subject, &body,
		stamp(&m.Created), stamp(&m.Sent), stamp(&m.Next), &m.Tries, &m.Error)
	if err == nil && !found {
		err = school.Missing("mail")
	}
	if err == nil {
		err = s.openMail(&m, to, body)
	}
	if err != nil {
		return Mail{}, err
	}
	return m, nil
}
