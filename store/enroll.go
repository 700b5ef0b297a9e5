package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"ranzen/store/school"
)

// KeepCA stores a device CA of an authority, as enroll/ca wrote it. The newest one signs; older ones stay so that what
// they signed can be known.
func (s *Store) KeepCA(ctx context.Context, by school.Actor, body, certificate []byte, signer string, ends time.Time) error {
	_, err := s.write(ctx, by, event{name: "ca.created", verb: school.Apple, subject: "authority", id: string(by.Tenant), final: true}, func(tx *Tx) error {
		id := newID()
		_, err := tx.exec(ctx, `INSERT INTO ca (id, authority_id, body_sealed, certificate, signer, ends_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, string(tx.authority), s.seal(cell{tx.authority, "ca", "body", id}, body), certificate, signer, micros(ends), micros(tx.now))
		if err != nil {
			return err
		}
		tx.touched.everyone = true // server tokens contain the signer
		return nil
	})
	return err
}

// CA reads the signing CA of an authority; nil when there is none yet.
func (s *Store) CA(ctx context.Context, a school.AuthorityID) (body []byte, err error) {
	var id string
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT id, body_sealed FROM ca WHERE authority_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1`, args(string(a)), &id, &sealed)
	if err != nil || !found {
		return nil, err
	}
	return s.open(cell{a, "ca", "body", id}, sealed)
}

// Purpose says why an identity certificate is issued. Renewal and first enrolment look alike on the wire; this tells them
// apart.
type Purpose string

const (
	ForEnroll Purpose = "enroll" // Automated Device Enrollment: bound to serial and UDID
	ForRenew  Purpose = "renew"  // an enrolled device gets its next certificate
	ForManual Purpose = "manual" // by code: bound at Authenticate
)

// Challenge is a one-time secret for one certificate, bound to what it may be issued for.
type Challenge struct {
	Authority  school.AuthorityID
	Purpose    Purpose
	Device     school.DeviceID
	Enrollment school.EnrollmentID
	School     school.SchoolID
	UDID       string
	Serial     string
	Trusted    bool // manual: the code was issued for exactly this serial
	Expires    time.Time
	UsedAt     time.Time
	UsedKey    string
	Given      []byte // DER of the certificate it was consumed for
}

// NewChallenge makes a challenge and returns its secret. Only the hash is kept.
func (s *Store) NewChallenge(ctx context.Context, ch Challenge) (secret string, err error) {
	secret = Secret(24)
	err = s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO challenge (hash, authority_id, purpose, device_id, enrollment_id, school_id, udid, serial, trusted, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			Digest(secret), string(ch.Authority), string(ch.Purpose), opt(ch.Device), opt(ch.Enrollment), opt(ch.School), ch.UDID, ch.Serial, ch.Trusted, micros(ch.Expires))
		return err
	})
	return secret, err
}

// sameKeyFor is how long the key that consumed a challenge gets the same certificate again (a lost SCEP answer).
const sameKeyFor = 10 * time.Minute

// Consume exchanges a challenge for a certificate: sign is called with the binding and returns the DER of the certificate, its hash
// and end. The same public key within ten minutes gets the same certificate again, any other is refused, and so is an expired or
// unknown secret (kind NotFound).
//
// To sign takes longer than to write, so nothing is held while it is done. Of two who come with one secret at the same moment both
// may sign; what the second signed is given to nobody.
func (s *Store) Consume(ctx context.Context, authority school.AuthorityID, secret, publicKey string, sign func(Challenge) (der []byte, certHash string, ends time.Time, err error)) ([]byte, error) {
	ch, err := s.challenge(ctx, s.read(), authority, secret, publicKey, "")
	if err != nil || !ch.UsedAt.IsZero() {
		return ch.Given, err
	}
	der, hash, ends, err := sign(ch)
	if err != nil {
		return nil, err
	}
	given := der
	err = s.transact(ctx, func(c conn) error {
		ch, err := s.challenge(ctx, c, authority, secret, publicKey, " FOR UPDATE")
		if err != nil {
			return err
		}
		if !ch.UsedAt.IsZero() {
			given = ch.Given
			return nil
		}
		given = der
		now := s.Now()
		if _, err := c.exec(ctx, `UPDATE challenge SET used_at = $1, used_key = $2, certificate = $3 WHERE hash = $4`, micros(now), publicKey, der, Digest(secret)); err != nil {
			return err
		}
		return c.issue(ctx, ch, hash, ends, now)
	})
	if err != nil {
		return nil, err
	}
	return given, nil
}

// challenge reads what may be exchanged with a secret and a key: what was not yet, or was by this very key a moment ago.
func (s *Store) challenge(ctx context.Context, c conn, authority school.AuthorityID, secret, publicKey, lock string) (Challenge, error) {
	now := s.Now()
	ch := Challenge{Authority: authority}
	found, err := c.one(ctx, `SELECT purpose, device_id, enrollment_id, school_id, udid, serial, trusted, expires_at, used_at, used_key, certificate
		FROM challenge WHERE hash = $1 AND authority_id = $2`+lock, args(Digest(secret), string(authority)),
		text(&ch.Purpose), text(&ch.Device), text(&ch.Enrollment), text(&ch.School), &ch.UDID, &ch.Serial, &ch.Trusted, stamp(&ch.Expires), stamp(&ch.UsedAt), &ch.UsedKey, &ch.Given)
	switch {
	case err != nil:
		return Challenge{}, err
	case !found, ch.UsedAt.IsZero() && now.After(ch.Expires), !ch.UsedAt.IsZero() && (ch.UsedKey != publicKey || now.Sub(ch.UsedAt) > sameKeyFor):
		return Challenge{}, school.Missing("challenge")
	}
	return ch, nil
}

// issue binds a certificate at its issuance.
func (c conn) issue(ctx context.Context, ch Challenge, hash string, ends, now time.Time) error {
	_, err := c.exec(ctx, `INSERT INTO identity (cert_hash, authority_id, device_id, enrollment_id, purpose, state, udid, serial, school_id, trusted, ends_at, issued_at)
		VALUES ($1, $2, $3, $4, $5, 'issued', $6, $7, $8, $9, $10, $11)`,
		hash, string(ch.Authority), opt(ch.Device), opt(ch.Enrollment), string(ch.Purpose), ch.UDID, ch.Serial, opt(ch.School), ch.Trusted, micros(ends), micros(now))
	return err
}

// DropChallenges forgets challenges that are long over. A job calls it.
func (s *Store) DropChallenges(ctx context.Context) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `DELETE FROM challenge WHERE expires_at < $1`, s.Now().Add(-24*time.Hour).UnixMicro())
		return err
	})
}

// Identity is what a certificate stands for. It is read once per request and says whether there is anything to do, so
// that an idle device costs one row read.
type Identity struct {
	CertHash   string
	Authority  school.AuthorityID
	Device     school.DeviceID
	Enrollment school.EnrollmentID
	Purpose    Purpose
	State      string // issued, active, retired, revoked
	UDID       string
	Serial     string
	School     school.SchoolID
	Trusted    bool
	Ends       time.Time

	NanoID    string                 // of the enrolment
	Enrolled  school.EnrollmentState // of the enrolment
	Busy      bool                   // the target is marked, has steps, or is due
	Known     Read                   // a reading of the target that bears the same numbers is still right; zero: it has none
	RetiredBy time.Time              // when a newer certificate of the same enrolment was first used

	Forgotten time.Time // when it was issued, of one this world does not remember: see Forgotten
}

// Identity finds what a certificate stands for, by the hash of its DER. An unknown certificate is school.NotFound.
func (s *Store) Identity(ctx context.Context, certHash string) (Identity, error) {
	id := Identity{CertHash: certHash}
	var due time.Time
	var marked sql.NullBool
	found, err := s.read().one(ctx, `SELECT i.authority_id, i.device_id, i.enrollment_id, i.purpose, i.state, i.udid, i.serial, i.school_id, i.trusted, i.ends_at,
		e.nano_id, e.state, t.gen <> t.planned_gen OR t.planned_version < a.marked_version OR t.steps, t.next_due, COALESCE(t.gen, 0), COALESCE(t.seq, 0), a.shared_version
		FROM identity i JOIN authority a ON a.id = i.authority_id LEFT JOIN enrollment e ON e.id = i.enrollment_id LEFT JOIN target t ON t.enrollment_id = i.enrollment_id
		WHERE i.cert_hash = $1`, args(certHash),
		text(&id.Authority), text(&id.Device), text(&id.Enrollment), text(&id.Purpose), text(&id.State), &id.UDID, &id.Serial, text(&id.School), &id.Trusted, stamp(&id.Ends),
		text(&id.NanoID), text(&id.Enrolled), &marked, stamp(&due), &id.Known.Gen, &id.Known.Seq, &id.Known.Shared)
	if err != nil {
		return id, err
	}
	if !found {
		return id, school.Missing("identity")
	}
	id.Busy = marked.Bool || (!due.IsZero() && !s.Now().Before(due))
	return id, nil
}

// SwitchIdentity makes a renewed certificate the one of its enrolment at its first use: the enrolment, its queue and what
// is escrowed stay; the certificates before it are retired.
func (s *Store) SwitchIdentity(ctx context.Context, id Identity) error {
	return s.transact(ctx, func(c conn) error { return c.succeed(ctx, id, s.Now()) })
}

// succeed makes a certificate that is written down the one of its enrolment.
func (c conn) succeed(ctx context.Context, id Identity, now time.Time) error {
	if _, err := c.exec(ctx, `UPDATE identity SET state = 'retired' WHERE enrollment_id = $1 AND authority_id = $2 AND state = 'active' AND cert_hash <> $3`,
		string(id.Enrollment), string(id.Authority), id.CertHash); err != nil {
		return err
	}
	if _, err := c.exec(ctx, `UPDATE identity SET state = 'active' WHERE cert_hash = $1`, id.CertHash); err != nil {
		return err
	}
	if _, err := c.exec(ctx, `UPDATE enrollment SET cert_ends_at = $1 WHERE id = $2`, micros(id.Ends), string(id.Enrollment)); err != nil {
		return err
	}
	return c.markWhere(ctx, now, `enrollment_id = $2`, string(id.Authority), string(id.Enrollment))
}

// Clone marks an enrolment as possibly cloned: two parties hold certificates that cannot both be the device's.
func (s *Store) Clone(ctx context.Context, id Identity) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE enrollment SET clone_alarm = TRUE WHERE device_id = $1 AND authority_id = $2 AND state <> 'checked_out'`, string(id.Device), string(id.Authority))
		return err
	})
}

// Checkin is what an Authenticate message told, beside what nanomdm reads.
type Checkin struct {
	NanoID      string
	UDID        string
	Serial      string
	Topic       string
	Model       string
	ProductName string
	OSVersion   string
	Build       string
}

// Authenticated begins a new life of a device under management: the enrolment before it ends, its open orders are
// cancelled, its certificate is retired. The same Authenticate repeated before the first TokenUpdate changes nothing more.
// id.Authority is trusted; id.Device may be empty, then the device is found by serial or UDID or arrives unassigned.
func (s *Store) Authenticated(ctx context.Context, id Identity, m Checkin) (school.EnrollmentID, error) {
	device, err := s.deviceFor(ctx, id, m)
	if err != nil {
		return "", err
	}
	var e school.EnrollmentID
	err = s.transact(ctx, func(c conn) error {
		now := s.Now()
		var state school.EnrollmentState
		var nano string
		var before school.EnrollmentID
		if _, err := c.one(ctx, `SELECT e.id, e.state, e.nano_id FROM device_state s JOIN enrollment e ON e.id = s.enrollment_id WHERE s.device_id = $1 AND s.authority_id = $2 FOR UPDATE`,
			args(string(device), string(id.Authority)), text(&before), text(&state), &nano); err != nil {
			return err
		}
		if state == school.Authenticated && nano == m.NanoID && (id.Enrollment == before || id.CertHash == "") {
			e = before
			return nil
		}
		if err := c.end(ctx, id.Authority, device, m.NanoID, now); err != nil {
			return err
		}
		e = NewID[school.EnrollmentID]()
		if _, err := c.exec(ctx, `INSERT INTO enrollment (id, authority_id, device_id, nano_id, type, state, manual, topic, authenticate, cert_ends_at, created_at)
			VALUES ($1, $2, $3, $4, 'device', 'authenticated', $5, $6, $7, $8, $9)`,
			string(e), string(id.Authority), string(device), m.NanoID, id.Purpose == ForManual, m.Topic, toJSON(m), micros(id.Ends), micros(now)); err != nil {
			return err
		}
		if id.CertHash != "" {
			if _, err := c.exec(ctx, `UPDATE identity SET state = 'retired' WHERE device_id = $1 AND authority_id = $2 AND state = 'active' AND cert_hash <> $3`,
				string(device), string(id.Authority), id.CertHash); err != nil {
				return err
			}
			if _, err := c.exec(ctx, `UPDATE identity SET state = 'active', enrollment_id = $1, device_id = $2, udid = $3 WHERE cert_hash = $4`, string(e), string(device), m.UDID, id.CertHash); err != nil {
				return err
			}
		}
		_, err := c.exec(ctx, `UPDATE device_state SET enrollment_id = $1, udid = $2, model = COALESCE(NULLIF($3, ''), model), product_name = COALESCE(NULLIF($4, ''), product_name),
				os_version = COALESCE(NULLIF($5, ''), os_version), build = COALESCE(NULLIF($6, ''), build), supervised = $7, inventory_at = NULL, bypass_at = NULL, last_seen_at = $8
			WHERE device_id = $9 AND authority_id = $10`, string(e), m.UDID, m.Model, m.ProductName, m.OSVersion, m.Build, id.Purpose != ForManual, micros(now), string(device), string(id.Authority))
		return err
	})
	return e, err
}

// end ends the enrolments in force of a device, and of whoever else in the authority carries the same protocol id.
func (c conn) end(ctx context.Context, a school.AuthorityID, d school.DeviceID, nano string, now time.Time) error {
	var ids []school.EnrollmentID
	if err := c.each(ctx, `SELECT id FROM enrollment WHERE device_id = $2 AND authority_id = $1 AND state <> 'checked_out'
		UNION SELECT id FROM enrollment WHERE nano_id = $3 AND authority_id = $1 AND state <> 'checked_out'`, args(string(a), string(d), nano), func(r *sql.Rows) error {
		var e school.EnrollmentID
		if err := r.Scan(text(&e)); err != nil {
			return err
		}
		ids = append(ids, e)
		return nil
	}); err != nil || len(ids) == 0 {
		return err
	}
	return c.endAll(ctx, a, ids, "reenrolled", now)
}

func (c conn) endAll(ctx context.Context, a school.AuthorityID, ids []school.EnrollmentID, why string, now time.Time) error {
	these := list(ids)
	for _, x := range []struct {
		text string
		args []any
	}{
		{`UPDATE enrollment SET state = 'checked_out', push_token = NULL, awaiting = FALSE WHERE authority_id = $1 AND id` + in, args(string(a), these)},
		{`UPDATE device_order SET state = 'done', finished_at = $3, result = $4 WHERE authority_id = $1 AND enrollment_id` + in + ` AND kind IN ('erase', 'reset') AND state = 'handed' AND $4 = 'reenrolled'`,
			args(string(a), these, micros(now), why)}, // that it enrols anew proves the erase
		{`UPDATE device_order SET state = 'cancelled', finished_at = $3, result = $4 WHERE authority_id = $1 AND enrollment_id` + in + ` AND state IN ('waiting', 'handed', 'later')`,
			args(string(a), these, micros(now), why)},
		{`UPDATE command SET state = 'superseded', body_sealed = NULL WHERE authority_id = $1 AND enrollment_id` + in + ` AND state = 'in_flight'`, args(string(a), these)},
		{`UPDATE target SET push_due = NULL, next_due = NULL, planned_gen = gen, planned_version = $3, steps = FALSE WHERE authority_id = $1 AND enrollment_id` + in,
			args(string(a), these, int64(math.MaxInt64))}, // no mark of all ever reaches it again,
		{`DELETE FROM snapshot WHERE authority_id = $1 AND enrollment_id` + in, args(string(a), these)},
	} {
		if _, err := c.exec(ctx, x.text, x.args...); err != nil {
			return err
		}
	}
	return nil
}

// NotTheDeviceError refuses an Authenticate that came by a code and names a device that cannot be the one that asks.
// Device and School are the named one's, for the alarm.
type NotTheDeviceError struct {
	Device school.DeviceID
	School school.SchoolID
}

func (e *NotTheDeviceError) Error() string {
	return fmt.Sprintf("store: who came by a code is not device %s", e.Device)
}

// mayBe checks what a device that came by a code says of itself, because nothing of it is proved: whoever has any code
// and reads a serial number off a back cover would otherwise end the management of that iPad. A UDID belongs to one
// serial number; a device under management keeps its UDID; and a code opens the door of its own school. A code made for
// exactly one serial number says that a person wants that device enrolled: then only a foreign UDID is refused.
func (s *Store) mayBe(ctx context.Context, id Identity, m Checkin) error {
	return s.read().each(ctx, `SELECT d.id, d.serial, s.school_id, s.udid, COALESCE(e.state, '') FROM device d JOIN device_state s ON s.device_id = d.id
		LEFT JOIN enrollment e ON e.id = s.enrollment_id WHERE d.authority_id = $1 AND (d.serial = $2 OR s.udid = $3 AND s.udid <> '')`,
		args(string(id.Authority), m.Serial, m.UDID), func(r *sql.Rows) error {
			no := &NotTheDeviceError{}
			var serial, udid string
			var state school.EnrollmentState
			if err := r.Scan(text(&no.Device), &serial, text(&no.School), &udid, text(&state)); err != nil {
				return err
			}
			managed := state != "" && state != school.CheckedOut
			switch {
			case serial != m.Serial && serial != noSerial+m.NanoID,
				!id.Trusted && managed && udid != "" && udid != m.UDID,
				!id.Trusted && id.School != "" && no.School != "" && no.School != id.School:
				return no
			}
			return nil
		})
}

// noSerial begins what stands for the serial number of a device that says none.
const noSerial = "?"

// deviceFor finds the device of an Authenticate: the one the certificate is bound to, else by serial, else by UDID. A
// device nobody announced arrives unassigned, unconfirmed and, by a code, at the school of the code.
func (s *Store) deviceFor(ctx context.Context, id Identity, m Checkin) (school.DeviceID, error) {
	if id.Device != "" {
		return id.Device, nil
	}
	if id.Purpose == ForManual {
		if err := s.mayBe(ctx, id, m); err != nil {
			return "", err
		}
	}
	var d school.DeviceID
	if m.Serial != "" {
		if _, err := s.read().one(ctx, `SELECT id FROM device WHERE authority_id = $1 AND serial = $2`, args(string(id.Authority), m.Serial), text(&d)); err != nil {
			return "", err
		}
	}
	if d == "" && m.UDID != "" {
		if _, err := s.read().one(ctx, `SELECT device_id FROM device_state WHERE authority_id = $1 AND udid = $2 ORDER BY device_id LIMIT 1`, args(string(id.Authority), m.UDID), text(&d)); err != nil {
			return "", err
		}
	}
	by := school.System("enrolment", id.Authority)
	if d != "" {
		if id.Purpose != ForManual || id.Trusted {
			return d, nil
		}
		// By a code that was not issued for it, even a known device waits until a person confirms it.
		_, err := s.write(ctx, by, event{name: "device.unconfirmed", verb: school.Observe, subject: "device", id: string(d), final: true}, func(tx *Tx) error {
			return tx.update("device", string(d), row{"confirmed": false})
		})
		return d, err
	}
	serial := m.Serial
	if serial == "" {
		serial = noSerial + m.NanoID // a simulated or very old device without a serial number: unique, and seen to be none
	}
	_, err := s.write(ctx, by, event{name: "device.arrived", verb: school.Observe, subject: "device", final: true}, func(tx *Tx) error {
		var err error
		if d, err = tx.newDevice(newThing{serial: serial, model: m.Model, school: id.School, unconfirmed: id.Purpose == ForManual && !id.Trusted || id.Purpose == ""}); err != nil {
			return err
		}
		tx.event.id = string(d)
		return nil
	})
	if school.KindOf(err) == school.Conflict { // two first messages of the same device at once
		if found, ferr := s.read().one(ctx, `SELECT id FROM device WHERE authority_id = $1 AND serial = $2`, args(string(id.Authority), serial), text(&d)); ferr == nil && found {
			return d, nil
		}
	}
	return d, err
}

// Token is what a TokenUpdate brought.
type Token struct {
	Topic    string
	Magic    string
	Token    []byte
	Unlock   []byte // nil leaves the stored one
	Awaiting bool
}

// TokenUpdated stores a push contact. The first one completes the enrolment: from then on the device has a target.
func (s *Store) TokenUpdated(ctx context.Context, a school.AuthorityID, nano string, m Token) (school.EnrollmentID, error) {
	var e school.EnrollmentID
	err := s.transact(ctx, func(c conn) error {
		now := s.Now()
		var d school.DeviceID
		var state school.EnrollmentState
		var released time.Time
		found, err := c.one(ctx, `SELECT id, device_id, state, released_at FROM enrollment WHERE authority_id = $1 AND nano_id = $2 AND state <> 'checked_out' FOR UPDATE`,
			args(string(a), nano), text(&e), text(&d), text(&state), stamp(&released))
		if err != nil {
			return err
		}
		if !found {
			return school.Missing("enrollment")
		}
		awaiting := m.Awaiting && released.IsZero()
		var until any
		if awaiting {
			p, err := c.policyOf(ctx, a)
			if err != nil {
				return err
			}
			until = micros(now.Add(p.Await()))
		}
		if _, err := c.exec(ctx, `UPDATE enrollment SET state = 'enrolled', topic = $2, push_magic = $3, push_token = $4, push_state = '', tally = tally + 1,
				awaiting = $5, await_until = COALESCE(await_until, $6), enrolled_at = COALESCE(enrolled_at, $7) WHERE id = $1`,
			string(e), m.Topic, m.Magic, m.Token, awaiting, until, micros(now)); err != nil {
			return err
		}
		if len(m.Unlock) > 0 {
			if _, err := c.exec(ctx, `UPDATE device_state SET unlock_sealed = $2 WHERE device_id = $1`, string(d), s.seal(cell{a, "device_state", "unlock", string(d)}, m.Unlock)); err != nil {
				return err
			}
		}
		if _, err := c.exec(ctx, `INSERT INTO target (enrollment_id, authority_id, device_id, marked_at, push_due) VALUES ($1, $2, $3, $4, $4)
			ON CONFLICT (enrollment_id) DO UPDATE SET gen = target.gen + 1, marked_at = excluded.marked_at`, string(e), string(a), string(d), now.UnixMicro()); err != nil {
			return err
		}
		return nil
	})
	if err == nil {
		s.changed.call()
	}
	return e, err
}

// CheckedOut ends an enrolment: the device said so, or its push contact is gone for good.
func (s *Store) CheckedOut(ctx context.Context, a school.AuthorityID, nano string) error {
	return s.transact(ctx, func(c conn) error {
		var ids []school.EnrollmentID
		if err := c.each(ctx, `SELECT id FROM enrollment WHERE authority_id = $1 AND nano_id = $2 AND state = 'enrolled'
			UNION SELECT u.id FROM enrollment d JOIN enrollment u ON u.parent_id = d.id
			WHERE d.authority_id = $1 AND d.nano_id = $2 AND u.authority_id = $1 AND u.state = 'enrolled'`, args(string(a), nano), func(r *sql.Rows) error {
			var e school.EnrollmentID
			if err := r.Scan(text(&e)); err != nil {
				return err
			}
			ids = append(ids, e)
			return nil
		}); err != nil || len(ids) == 0 {
			return err
		}
		return c.endAll(ctx, a, ids, "checked_out", s.Now())
	})
}
