package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ranzen/store/school"
)

// A scan that could not be booked by itself is a question: what the desk scanned on one side, what is booked on the other. A
// person decides which counts. What is decided may be undone like every act; then it is a question again.

// OfflineQuestion is a scan somebody decides, or decided, about.
type OfflineQuestion struct {
	ID         string
	Act        school.OfflineAct
	Reason     school.OfflineReason
	Online     bool // it was booked online, and an earlier scan came before it
	School     school.SchoolID
	SchoolName string
	Place      int
	By         string // who stood at the desk
	Scanned    time.Time
	Arrived    time.Time
	Code       string
	Asset      school.AssetID
	AssetName  string
	Person     school.PersonID
	PersonName string // empty: erased, or of a return
	Lacks      int    // parts of what came back that are missing or damaged
	NowPerson  school.PersonID
	NowName    string // who has it by what is booked; empty: nobody
	NowSince   time.Time
	Open       bool
	Answer     school.OfflineAnswer
	DecidedBy  string
	Decided    time.Time
	contract   school.ContractID
	parts      string
}

// offlineOpen is the condition of a question that waits: nobody answered, or the answer was undone.
const offlineOpen = `(e.state = 'asked' OR e.state = 'answered' AND EXISTS (SELECT 1 FROM change_set u WHERE u.id = e.change_set_id AND u.undone_by IS NOT NULL))`

func (s *Store) offlineQuestions(ctx context.Context, c conn, by school.Actor, cond string, values ...any) (out []OfflineQuestion, err error) {
	var w where
	w.and("e.authority_id = ?", string(by.Tenant))
	w.and("e.state IN ('asked', 'answered')")
	if err := w.limitSchools(by, school.Lend, by.Tenant, "e.school_id"); err != nil {
		return nil, school.Missing("question")
	}
	w.and(cond, values...)
	err = c.each(ctx, `SELECT e.id, e.act, e.reason, e.pack_id = '', e.school_id, s.name, e.place, e.actor_name, e.scanned_at, e.arrived_at, e.code, e.asset_id, COALESCE(a.number, a.serial, ''), e.person_id,
			COALESCE(p.given, ''), COALESCE(p.family, ''), n.id, COALESCE(n.given, ''), COALESCE(n.family, ''), k.issued_at, `+offlineOpen+`, e.answer, e.decided_by, e.decided_at, e.contract_id, e.parts
		FROM desk_entry e JOIN school s ON s.id = e.school_id LEFT JOIN asset a ON a.id = e.asset_id LEFT JOIN person p ON p.id = e.person_id
		LEFT JOIN contract k ON k.asset_id = e.asset_id AND k.issued_at IS NOT NULL AND k.returned_at IS NULL LEFT JOIN person n ON n.id = k.person_id
		WHERE `+w.String()+` ORDER BY e.scanned_at, e.id LIMIT `+w.arg(MaxPage), w.args, func(r *sql.Rows) error {
		var x OfflineQuestion
		var p, n school.Person
		if err := r.Scan(&x.ID, text(&x.Act), text(&x.Reason), &x.Online, text(&x.School), &x.SchoolName, &x.Place, &x.By, stamp(&x.Scanned), stamp(&x.Arrived), &x.Code, text(&x.Asset), &x.AssetName, text(&x.Person),
			&p.Given, &p.Family, text(&x.NowPerson), &n.Given, &n.Family, stamp(&x.NowSince), &x.Open, text(&x.Answer), &x.DecidedBy, stamp(&x.Decided), text(&x.contract), &x.parts); err != nil {
			return err
		}
		if p.Family != "" {
			x.PersonName = p.Name()
		}
		if n.Family != "" {
			x.NowName = n.Name()
		}
		if x.AssetName == "" {
			x.AssetName = x.Code
		}
		if x.parts != "" {
			var noted school.OfflineParts
			if err := json.Unmarshal([]byte(x.parts), &noted); err != nil {
				return fmt.Errorf("store: parts of a scan: %w", err)
			}
			x.Lacks = len(noted.Missing) + len(noted.Damaged)
		}
		out = append(out, x)
		return nil
	})
	return out, err
}

// OfflineQuestions lists what waits for a decision at the schools where the actor lends, or what was decided lately.
func (s *Store) OfflineQuestions(ctx context.Context, by school.Actor, open bool) ([]OfflineQuestion, error) {
	cond := offlineOpen
	if !open {
		cond = "NOT " + cond
	}
	return s.offlineQuestions(ctx, s.read(), by, cond)
}

// OfflineOpen counts what waits for a decision.
func (s *Store) OfflineOpen(ctx context.Context, by school.Actor) (int, error) {
	var w where
	w.and("e.authority_id = ?", string(by.Tenant))
	w.and("e.state IN ('asked', 'answered')")
	w.and(offlineOpen)
	if err := w.limitSchools(by, school.Lend, by.Tenant, "e.school_id"); err != nil {
		return 0, nil // who lends nowhere has no questions
	}
	n, err := s.read().number(ctx, `SELECT count(*) FROM desk_entry e WHERE `+w.String(), w.args...)
	return int(n), err
}

// AnswerOffline decides about a scan: it is booked now, whatever was booked instead, or what is booked stays.
func (s *Store) AnswerOffline(ctx context.Context, by school.Actor, id string, answer school.OfflineAnswer) (school.ChangeSetID, error) {
	all, err := s.offlineQuestions(ctx, s.read(), by, "e.id = ?", id)
	switch {
	case err != nil || len(all) == 0:
		return "", orMissing(err, "question")
	case answer != school.AnswerBook && answer != school.AnswerLeave, answer == school.AnswerBook && all[0].Act == school.OfflineSign: // a paper that is no more cannot be signed
		return "", school.Refuse("answer", "choice")
	case !all[0].Open:
		return "", school.Clash("offline_answered")
	}
	q := all[0]
	ev := event{name: "offline.answered", verb: school.Lend, school: q.School, subject: "asset", id: string(q.Asset), detail: map[string]any{"answer": string(answer), "act": string(q.Act)}}
	if q.Asset == "" {
		ev.subject, ev.id = "school", string(q.School)
	}
	decide := func(tx *Tx) error {
		var set any
		if len(tx.images) > 0 {
			set = string(tx.changeSet())
		}
		n, err := tx.exec(ctx, `UPDATE desk_entry SET state = 'answered', answer = $3, decided_by = $4, decided_at = $5, change_set_id = $6 WHERE authority_id = $1 AND id = $2
			AND (state = 'asked' OR state = 'answered' AND decided_at = $7)`, string(tx.authority), id, string(answer), tx.by.Name, tx.now.UnixMicro(), set, q.Decided.UnixMicro())
		if err == nil && n == 0 {
			err = school.Clash("offline_answered")
		}
		return err
	}
	if answer == school.AnswerLeave {
		return s.write(ctx, by, ev, decide)
	}
	if q.Asset == "" { // it may have been entered since
		ids, err := s.read().assetsNamed(ctx, by.Tenant, school.Scan(q.Code).Readings)
		if err != nil {
			return "", err
		}
		if len(ids) != 1 {
			return "", school.Clash("offline_unknown", strings.TrimSpace(q.Code))
		}
		q.Asset = ids[0]
	}
	return s.writeAsset(ctx, by, q.Asset, ev, func(tx *Tx, t thing) error {
		if err := tx.bookAnswer(t, q); err != nil {
			return err
		}
		tx.event.name, tx.event.subject, tx.event.id, tx.event.detail = ev.name, ev.subject, ev.id, ev.detail
		return decide(tx)
	})
}

// bookAnswer books what was scanned: whoever has the thing instead gives it back first.
func (tx *Tx) bookAnswer(t thing, q OfflineQuestion) error {
	out, err := tx.outUnder(t.id)
	if err != nil {
		return err
	}
	if q.Act == school.OfflineIssue && q.Person == "" {
		return school.Clash("offline_person")
	}
	if q.Act == school.OfflineIssue && out.str("person_id") == string(q.Person) {
		return nil
	}
	if out != nil {
		g := GivenBack{Asset: t.id, Unchecked: true}
		if q.Act == school.OfflineReturn {
			if g, err = givenBack(t.id, out, q.contract, q.parts); err != nil {
				return err
			}
		}
		if _, err := tx.takeIn(t, g); err != nil {
			return err
		}
	}
	if q.Act == school.OfflineReturn {
		return nil
	}
	if t, err = tx.ownAsset(t.id, school.Lend); err != nil {
		return err
	}
	_, err = tx.handOut(t, Handover{Person: q.Person, Asset: t.id})
	return err
}
