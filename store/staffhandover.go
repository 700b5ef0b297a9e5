package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

// How far the hand-over to each of the staff is. Account, device, contract and what the device confirmed are known; that
// somebody was briefed, reads mail and is signed in to an app no device reports: somebody says so.

var _ = registerEvent(school.Lend, "handover.said")

// MostHandovers is how many of the staff one page of hand-overs holds.
const MostHandovers = 500

// HandoverFilter narrows the list of hand-overs.
type HandoverFilter struct {
	School school.SchoolID
	Text   string // in names
	After  string
}

// mailPayloads are what brings a mail account onto a device.
var mailPayloads = []string{"com.apple.mail.managed", "com.apple.eas.account", "com.apple.google-oauth"}

var handoverColumns = map[school.HandoverStep]string{school.HandBriefed: "briefed_at", school.HandMail: "mail_seen_at", school.HandApp: "app_seen_at"}

// SayHandover says of a step no device reports that it is done, or that it is not.
func (s *Store) SayHandover(ctx context.Context, by school.Actor, id school.PersonID, step school.HandoverStep, done bool) (school.ChangeSetID, error) {
	column, ok := handoverColumns[step]
	if !ok {
		return "", school.Refuse("step", "choice")
	}
	ev := event{name: "handover.said", verb: school.Lend, subject: "person", id: string(id), detail: map[string]any{"step": string(step), "done": done}}
	return s.writeAt(ctx, by, "person", ev, func(tx *Tx, r row) error {
		if school.PersonKind(r.str("kind")) == school.Pupil || r.flag("archived") {
			return school.Missing("person")
		}
		at := any(nil)
		if done {
			at = micros(tx.now)
		}
		return tx.change("person", string(id), r, row{column: at})
	})
}

// StaffHandovers lists the staff of a school, or of all schools whose people the actor sees, with how far the hand-over to each
// is: at most MostHandovers on a page.
func (s *Store) StaffHandovers(ctx context.Context, by school.Actor, f HandoverFilter) (Page[school.StaffHandover], error) {
	var w where
	if f.School != "" {
		w.and("p.school_id = ?", string(f.School))
	}
	w.words(f.Text, "p.name_fold")
	if err := w.page(byName, f.After); err != nil {
		return Page[school.StaffHandover]{}, err
	}
	return s.staffHandovers(ctx, by, w)
}

var byName = order{key: "p.name_sort", id: "p.id"}

// StaffHandover says how far the hand-over to one of the staff is.
func (s *Store) StaffHandover(ctx context.Context, by school.Actor, id school.PersonID) (school.StaffHandover, error) {
	var w where
	w.and("p.id = ?", string(id))
	all, err := s.staffHandovers(ctx, by, w)
	if err != nil || len(all.Rows) == 0 {
		return school.StaffHandover{}, orMissing(err, "person")
	}
	return all.Rows[0], nil
}

func (s *Store) staffHandovers(ctx context.Context, by school.Actor, w where) (p Page[school.StaffHandover], err error) {
	w.and("p.authority_id = ?", string(by.Tenant))
	w.and("p.kind <> 'pupil' AND NOT p.archived")
	if err := w.limitSchools(by, school.ViewPeople, by.Tenant, "p.school_id"); err != nil {
		return p, school.Missing("person")
	}
	type held struct {
		at            cursor
		adult, signed time.Time
		kind          school.PersonKind
		set, missing  string
	}
	var rest []held
	limit := w.arg(MostHandovers + 1)
	var out []school.StaffHandover
	err = s.snapshot(ctx, func(c conn) error {
		out, rest, p.Next = nil, nil, ""
		policy, err := c.policyOf(ctx, by.Tenant)
		if err != nil {
			return err
		}
		err = c.each(ctx, `SELECT p.id, p.school_id, COALESCE(sc.name, ''), p.given, p.family, p.kind, p.adult_from, p.email <> '' OR p.login <> '', p.briefed_at, p.mail_seen_at, p.app_seen_at,
				k.id, k.issued_at, k.signed_at, d.id, COALESCE(a.number, a.serial, ''), a.id IS NOT NULL AND (d.id IS NULL OR d.confirmed AND e.id IS NOT NULL), CASE WHEN `+planned("t", "p.authority_id")+` THEN t.applied_set END, t.missing`+byName.columns()+`
			FROM person p LEFT JOIN school sc ON sc.id = p.school_id
			LEFT JOIN contract k ON k.id = (SELECT x.id FROM contract x JOIN contract_part y ON y.contract_id = x.id AND y.n = 1 WHERE x.person_id = p.id AND x.state IN ('planned', 'prepared', 'signed', 'issued')
				AND x.kind IN ('personal', 'staff') AND y.kind IN ('ipad', 'mac', 'notebook') ORDER BY CASE x.state WHEN 'issued' THEN 0 WHEN 'signed' THEN 1 WHEN 'prepared' THEN 2 ELSE 3 END, x.number DESC LIMIT 1)
			LEFT JOIN device d ON d.id = COALESCE((SELECT v.id FROM device v WHERE v.asset_id = k.asset_id), (SELECT v.id FROM device v WHERE v.planned_person_id = p.id ORDER BY v.serial LIMIT 1))
			LEFT JOIN asset a ON a.id = COALESCE(k.asset_id, d.asset_id)
			LEFT JOIN device_state st ON st.device_id = d.id LEFT JOIN enrollment e ON e.id = st.enrollment_id AND e.state = 'enrolled' LEFT JOIN target t ON t.enrollment_id = e.id
			WHERE `+w.String()+byName.String()+` LIMIT `+limit, w.args, func(r *sql.Rows) error {
			var x school.StaffHandover
			var who school.Person
			var h held
			var set, missing sql.NullString
			err := r.Scan(text(&x.Person), text(&x.School), &x.SchoolName, &who.Given, &who.Family, text(&h.kind), stamp(&h.adult), &x.Account, stamp(&x.Briefed), stamp(&x.Mail), stamp(&x.App), text(&x.Contract),
				stamp(&x.Issued), stamp(&h.signed), text(&x.Device), &x.DeviceName, &x.Prepared, &set, &missing, &h.at, &h.at.ID)
			x.Name, h.set, h.missing = who.Name(), set.String, missing.String
			out, rest = append(out, x), append(rest, h)
			return err
		})
		if err != nil {
			return err
		}
		if len(out) > MostHandovers {
			out, rest = out[:MostHandovers], rest[:MostHandovers]
			p.Next = rest[MostHandovers-1].at.String()
		}
		sets := map[string]bool{}
		for i := range out {
			x, h := &out[i], rest[i]
			x.Unsigned = !x.Issued.IsZero() && school.Contract{Signed: h.signed}.Unsigned(policy.Lending.Signers(h.kind, h.adult, s.Now()))
			if h.set != "" && !x.Issued.IsZero() {
				sets[h.set] = true
			}
		}
		brings, err := c.bringsMailAndApps(ctx, by.Tenant, keys(sets))
		if err != nil {
			return err
		}
		for i := range out {
			var missing []school.ItemKey
			if err := fromJSON(&missing).Scan(rest[i].missing); err != nil {
				return err
			}
			for _, b := range brings[rest[i].set] {
				if !slices.Contains(missing, b.key) {
					out[i].MailThere, out[i].AppThere = out[i].MailThere || b.mail, out[i].AppThere || b.app
				}
			}
		}
		return nil
	})
	p.Rows = out
	return p, err
}

// brought is an item of a set that brings a mail account or an app.
type brought struct {
	key       school.ItemKey
	mail, app bool
}

// bringsMailAndApps reads which items of sets bring mail accounts and apps.
func (c conn) bringsMailAndApps(ctx context.Context, a school.AuthorityID, sets []string) (map[string][]brought, error) {
	out := map[string][]brought{}
	if len(sets) == 0 {
		return out, nil
	}
	return out, c.each(ctx, `SELECT m.set_hash, m.item_key, v.meta FROM item_set_member m JOIN profile_version v ON v.id = m.version_id
		WHERE m.authority_id = $1 AND m.set_hash IN (SELECT value FROM json_array_elements_text($2::json))`, args(string(a), list(sets)), func(r *sql.Rows) error {
		var set string
		var b brought
		var content school.Content
		if err := r.Scan(&set, text(&b.key), fromJSON(&content)); err != nil {
			return err
		}
		b.app = content.App != nil
		b.mail = slices.ContainsFunc(content.Payloads, func(p school.Payload) bool { return slices.Contains(mailPayloads, p.Type) })
		if b.mail || b.app {
			out[set] = append(out[set], b)
		}
		return nil
	})
}
