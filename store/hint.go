package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "hint.sent")

// HintEvery is how long a device's class teachers are left alone after a hint.
const HintEvery = time.Hour

// Hint is a letter that told class teachers of a device.
type Hint struct {
	At time.Time
	By string
	To []school.Person // empty where the actor may not know
}

// ClassTeachers lists who teaches the class a device counts to, today, and can be reached by mail.
func (s *Store) ClassTeachers(ctx context.Context, by school.Actor, id school.DeviceID) ([]school.Person, error) {
	at, err := s.schoolOf(ctx, by, "device", string(id), school.View)
	if err != nil {
		return nil, err
	}
	if !by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: at}) {
		return nil, school.Missing("device")
	}
	return s.classTeachers(ctx, s.read(), by.Tenant, id)
}

func (s *Store) classTeachers(ctx context.Context, c conn, a school.AuthorityID, id school.DeviceID) (out []school.Person, err error) {
	err = c.each(ctx, `SELECT DISTINCT p.id, p.given, p.family, p.email, p.name_sort FROM device_state s
			JOIN membership m ON m.class_id = s.at_class_id AND m.teaches AND m.from_at <= $3 AND (m.until_at IS NULL OR m.until_at > $3)
			JOIN person p ON p.id = m.person_id AND NOT p.archived AND p.email <> ''
		WHERE s.device_id = $1 AND s.authority_id = $2 ORDER BY p.name_sort, p.id`, args(string(id), string(a), s.Now().UnixMicro()), func(r *sql.Rows) error {
		p := school.Person{Authority: a}
		var sort string
		err := r.Scan(text(&p.ID), &p.Given, &p.Family, &p.Email, &sort)
		out = append(out, p)
		return err
	})
	return out, err
}

// SendHint writes to the class teachers of a device, each a letter of their own, together with the entry that says so.
// Who has nobody to write to is told (Conflict, code "no_teacher"), and who wrote within HintEvery as well ("hint_soon").
// It returns to how many it went. The subject names nobody.
func (s *Store) SendHint(ctx context.Context, by school.Actor, id school.DeviceID, subject, body string) (int, error) {
	sent := 0
	ev := event{name: "hint.sent", verb: school.EditDevices, subject: "device", id: string(id), final: true}
	_, err := s.writeAt(ctx, by, "device", ev, func(tx *Tx, r row) error {
		if err := tx.allow(school.ViewPeople, tx.event.school); err != nil {
			return err
		}
		// The log itself says when the last one went. Writers of an authority come one after the other, so looking is enough.
		last, err := s.lastHint(ctx, tx.conn, tx.authority, id)
		if err != nil {
			return err
		}
		if last != nil && last.At.After(tx.now.Add(-HintEvery)) {
			return school.Clash("hint_soon", int((last.At.Add(HintEvery).Sub(tx.now)+time.Minute-1)/time.Minute))
		}
		to, err := s.classTeachers(ctx, tx.conn, tx.authority, id)
		if err != nil {
			return err
		}
		if len(to) == 0 {
			return school.Clash("no_teacher")
		}
		ids := make([]string, len(to))
		for i, p := range to {
			ids[i] = string(p.ID)
			if err := tx.mail("hint", p.Email, subject, body); err != nil {
				return err
			}
		}
		sent = len(to)
		tx.event.detail = map[string]any{"persons": ids}
		return nil
	})
	return sent, err
}

// LastHint is the newest hint about a device the actor may see; nil when there was none.
func (s *Store) LastHint(ctx context.Context, by school.Actor, id school.DeviceID) (*Hint, error) {
	at, err := s.schoolOf(ctx, by, "device", string(id), school.View)
	if err != nil {
		return nil, err
	}
	e, err := s.lastHint(ctx, s.read(), by.Tenant, id)
	if err != nil || e == nil {
		return nil, err
	}
	h := &Hint{At: e.At, By: e.ActorName}
	persons, _ := e.Detail["persons"].([]any)
	if len(persons) == 0 || !by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: at}) {
		return h, nil
	}
	return h, s.read().each(ctx, `SELECT id, given, family FROM person WHERE authority_id = $1 AND id`+in+` ORDER BY name_sort, id`, args(string(by.Tenant), toJSON(persons)),
		func(r *sql.Rows) error {
			p := school.Person{Authority: by.Tenant}
			err := r.Scan(text(&p.ID), &p.Given, &p.Family)
			h.To = append(h.To, p)
			return err
		})
}

func (s *Store) lastHint(ctx context.Context, c conn, a school.AuthorityID, id school.DeviceID) (last *Entry, err error) {
	err = c.each(ctx, `SELECT `+auditColumns+` FROM audit WHERE authority_id = $1 AND subject_kind = 'device' AND subject_id = $2 AND event = 'hint.sent' ORDER BY seq DESC LIMIT 1`,
		args(string(a), string(id)), func(r *sql.Rows) error {
			var e Entry
			var raw string
			last = &e
			return scanEntry(r, &e, &raw)
		})
	return last, err
}
