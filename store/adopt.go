package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"ranzen/store/school"
)

// A world that came back from a copy has forgotten what happened between the copy and the restore. One thing of it cannot
// be asked for again: an iPad that renewed its identity in that time has only the new one, which nobody here remembers
// issuing. Turned away it would have to be enrolled again, by hand, and so would every other one of that night.
//
// So such a certificate is taken back, once, at its first use: Forgotten says which enrolment it goes on for, the caller
// checks its signature and that the message is that device's, Adopt writes it down. What must be so:
//
//   - The world was restored at most adoptFor ago, and the certificate was issued in the time it has forgotten: after the
//     copy was taken, before it was restored. One of before is known, or was taken away on purpose; one of after cannot be
//     unknown.
//   - It was issued by this authority's CA for a renewal, and names device and enrolment. A first identity says nothing of
//     an enrolment and is not taken back: a device that was reset meanwhile enrols anew.
//   - That enrolment is known, is the device's own, goes on, has an identity in force, and nobody doubts it (a clone).
//   - It is newer than every identity known of that device. An older one was succeeded already; a second renewal of the
//     forgotten time succeeds the first, whose next use is then a possible clone.
//
// Danger: what was forgotten may also have been that a person threw the device out. It was in when the copy was taken, so
// it is in again, with the new identity as with the old one; the alarm and the audit entry say so.

// wordRestored names the word of the world about restores.
const wordRestored = "restored"

// restored is what the world knows of its restores.
type restored struct {
	Gaps []gap `json:"gaps"`
}

// gap is a time the world has forgotten: from a copy to its restore.
type gap struct {
	Taken time.Time `json:"taken"`
	At    time.Time `json:"at"`
}

// adoptFor is how long after a restore forgotten identities are taken back: the long holidays and a while, which iPads
// spend in a cupboard.
const adoptFor = 60 * 24 * time.Hour

// AlarmAdopted says that a device came with an identity the restored world had forgotten. Subject: the device.
const AlarmAdopted = "identity_adopted"

// adoptedShown is how long the alarm stands: it needs eyes, not hands.
const adoptedShown = 14 * 24 * time.Hour

var _ = registerEvent(school.Observe, "identity.adopted")

// Unknown is a certificate the store has no row of, as its own subject describes it. None of it is proved.
type Unknown struct {
	CertHash   string
	Device     school.DeviceID
	Enrollment school.EnrollmentID
	Issued     time.Time
	Ends       time.Time
}

// Forgotten finds the identity that an unknown certificate would be, and the issuing certificates (DER) of the authority
// it must have been signed with. NotFound: it is nobody's, and nothing else may be concluded from it. Nothing is written:
// the caller checks the signature and the message, then adopts.
func (s *Store) Forgotten(ctx context.Context, u Unknown) (id Identity, issuers [][]byte, err error) {
	if id, err = s.read().forgotten(ctx, u, s.Now()); err != nil {
		return id, nil, err
	}
	err = s.read().each(ctx, `SELECT certificate FROM ca WHERE authority_id = $1 ORDER BY created_at, id`, args(string(id.Authority)), func(r *sql.Rows) error {
		var der []byte
		err := r.Scan(&der)
		issuers = append(issuers, bytes.Clone(der))
		return err
	})
	return id, issuers, err
}

// forgotten holds all that can be known without the certificate itself.
func (c conn) forgotten(ctx context.Context, u Unknown, now time.Time) (Identity, error) {
	id := Identity{CertHash: u.CertHash, Device: u.Device, Enrollment: u.Enrollment, Purpose: ForRenew, State: "issued", Ends: u.Ends, Forgotten: u.Issued}
	var word restored
	if _, err := c.one(ctx, `SELECT value FROM world WHERE name = $1`, args(wordRestored), fromJSON(&word)); err != nil {
		return id, err
	}
	if !word.forgot(u.Issued, now) {
		return id, school.Missing("identity")
	}
	found, err := c.one(ctx, `SELECT e.authority_id, e.nano_id, e.state, s.udid, d.serial, s.school_id FROM enrollment e
		JOIN device_state s ON s.enrollment_id = e.id AND s.device_id = e.device_id AND s.authority_id = e.authority_id
		JOIN device d ON d.id = e.device_id AND d.authority_id = e.authority_id
		WHERE e.id = $1 AND e.device_id = $2 AND e.state = 'enrolled' AND e.parent_id IS NULL AND NOT e.clone_alarm AND s.udid <> '' AND s.udid = e.nano_id
		AND EXISTS (SELECT 1 FROM identity i WHERE i.enrollment_id = e.id AND i.state = 'active')
		AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.device_id = e.device_id AND (i.issued_at >= $3 OR i.state = 'revoked'))`,
		args(string(u.Enrollment), string(u.Device), micros(u.Issued)),
		text(&id.Authority), text(&id.NanoID), text(&id.Enrolled), &id.UDID, &id.Serial, text(&id.School))
	if err != nil {
		return id, err
	}
	if !found {
		return id, school.Missing("identity")
	}
	return id, nil
}

// forgot reports whether something of that second may be forgotten, and is still asked for. Certificates know no less than
// a second: of the one in which the copy was taken, what is not known was forgotten.
func (r restored) forgot(at, now time.Time) bool {
	for _, g := range r.Gaps {
		if !at.Before(g.Taken.Truncate(time.Second)) && !at.After(g.At) && !now.After(g.At.Add(adoptFor)) {
			return true
		}
	}
	return false
}

var errAdoptedAlready = errors.New("store: adopted already")

// Adopt takes a forgotten identity back and makes it that of its enrolment; the ones before it are retired. The caller
// has checked who signed it and that the message fits it. All that Forgotten looked at is looked at again.
func (s *Store) Adopt(ctx context.Context, id Identity) error {
	by := school.System("restore", id.Authority)
	ev := event{name: "identity.adopted", verb: school.Observe, subject: "device", id: string(id.Device), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		var state string
		if found, err := tx.one(ctx, `SELECT state FROM identity WHERE cert_hash = $1`, args(id.CertHash), &state); err != nil {
			return err
		} else if found && state == "active" {
			return errAdoptedAlready // two messages of the same device at once
		} else if found {
			return school.Missing("identity")
		}
		is, err := tx.forgotten(ctx, Unknown{id.CertHash, id.Device, id.Enrollment, id.Forgotten, id.Ends}, tx.now)
		if err != nil {
			return err
		}
		if is.Authority != tx.authority {
			return school.Missing("identity")
		}
		tx.event.detail = map[string]any{"issued": id.Forgotten.UTC().Format(time.RFC3339)}
		if err := tx.issue(ctx, Challenge{Authority: is.Authority, Purpose: ForRenew, Device: is.Device, Enrollment: is.Enrollment, UDID: is.UDID, Serial: is.Serial},
			is.CertHash, is.Ends, is.Forgotten); err != nil {
			return err
		}
		if err := tx.succeed(ctx, is, tx.now); err != nil {
			return err
		}
		_, err = s.raise(ctx, tx.conn, Alarm{Authority: is.Authority, School: is.School, Kind: AlarmAdopted, Subject: string(is.Device), Urgency: GoodToKnow})
		return err
	})
	if errors.Is(err, errAdoptedAlready) {
		return nil
	}
	return err
}
