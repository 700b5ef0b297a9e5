package store

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"time"

	"github.com/micromdm/nanomdm/cryptoutil"
	"github.com/micromdm/nanomdm/mdm"
	"github.com/micromdm/plist"

	"ranzen/store/school"
)

// Nano is nanomdm's storage on our tables for one authority: everything nanomdm's core and its own suite need, with its
// plain queue of operator orders. mdm/control embeds it and puts the planner in place of the queue.
//
// An unknown UDID here makes an unassigned device: the path of manual enrolment. Protocol ids of user channels are
// pseudonymised by control before they come here.
type Nano struct {
	s *Store
	a school.AuthorityID
}

// Nano returns nanomdm's storage for one authority.
func (s *Store) Nano(a school.AuthorityID) *Nano { return &Nano{s, a} }

type identityKey struct{}

// WithIdentity hands the identity of a request down to the storage, which nanomdm's interfaces have no word for.
func WithIdentity(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, id)
}

// IdentityFrom is what WithIdentity put there.
func IdentityFrom(ctx context.Context) (Identity, bool) {
	id, ok := ctx.Value(identityKey{}).(Identity)
	return id, ok
}

func (n *Nano) identity(ctx context.Context) Identity {
	id, _ := IdentityFrom(ctx)
	id.Authority = n.a
	return id
}

// StoreAuthenticate begins a new enrolment. nanomdm reads few keys of the message; the others are read from its raw text.
func (n *Nano) StoreAuthenticate(r *mdm.Request, msg *mdm.Authenticate) error {
	m := Checkin{NanoID: r.ID, UDID: msg.UDID, Serial: msg.SerialNumber, Topic: msg.Topic}
	var more struct {
		Model, ModelName, ProductName, OSVersion, BuildVersion string
	}
	if len(msg.Raw) > 0 {
		if err := plist.Unmarshal(msg.Raw, &more); err != nil {
			return fmt.Errorf("store: Authenticate: %w", err)
		}
	}
	m.Model, m.ProductName, m.OSVersion, m.Build = more.ModelName, more.ProductName, more.OSVersion, more.BuildVersion
	if r.Type != mdm.Device && r.Type != mdm.UserEnrollmentDevice {
		return n.userChannel(r)
	}
	_, err := n.s.Authenticated(r.Context(), n.identity(r.Context()), m)
	return err
}

// userChannel makes the enrolment row of a user channel below the device's.
func (n *Nano) userChannel(r *mdm.Request) error {
	return n.s.transact(r.Context(), func(c conn) error {
		var parent, d string
		found, err := c.one(r.Context(), `SELECT id, device_id FROM enrollment WHERE authority_id = $1 AND nano_id = $2 AND state = 'enrolled'`, args(string(n.a), r.ParentID), &parent, &d)
		if err != nil {
			return err
		}
		if !found {
			return school.Missing("enrollment")
		}
		_, err = c.exec(r.Context(), `INSERT INTO enrollment (id, authority_id, device_id, nano_id, parent_id, type, state, created_at) VALUES ($1, $2, $3, $4, $5, 'user', 'authenticated', $6)
			ON CONFLICT DO NOTHING`, newID(), string(n.a), d, r.ID, parent, micros(n.s.Now()))
		return err
	})
}

// StoreTokenUpdate stores the push contact. A user channel's first message is its TokenUpdate.
func (n *Nano) StoreTokenUpdate(r *mdm.Request, msg *mdm.TokenUpdate) error {
	var more struct{ AwaitingConfiguration bool }
	if len(msg.Raw) > 0 {
		if err := plist.Unmarshal(msg.Raw, &more); err != nil {
			return fmt.Errorf("store: TokenUpdate: %w", err)
		}
	}
	if r.ParentID != "" {
		return n.userToken(r, msg)
	}
	_, err := n.s.TokenUpdated(r.Context(), n.a, r.ID, Token{Topic: msg.Topic, Magic: msg.PushMagic, Token: msg.Token, Unlock: msg.UnlockToken, Awaiting: more.AwaitingConfiguration})
	return err
}

// userToken stores the push contact of a user channel. It has no target: nothing is planned for users yet.
func (n *Nano) userToken(r *mdm.Request, msg *mdm.TokenUpdate) error {
	if err := n.userChannel(r); err != nil {
		return err
	}
	return n.s.transact(r.Context(), func(c conn) error {
		_, err := c.exec(r.Context(), `UPDATE enrollment SET state = 'enrolled', topic = $3, push_magic = $4, push_token = $5, tally = tally + 1, enrolled_at = COALESCE(enrolled_at, $6)
			WHERE authority_id = $1 AND nano_id = $2 AND state <> 'checked_out'`, string(n.a), r.ID, msg.Topic, msg.PushMagic, []byte(msg.Token), micros(n.s.Now()))
		return err
	})
}

// Disable ends the enrolment. nanomdm also calls it after Authenticate, when there is nothing to end yet.
func (n *Nano) Disable(r *mdm.Request) error {
	return n.s.CheckedOut(r.Context(), n.a, r.ID)
}

// StoreUserAuthenticate keeps nothing: user channels that ask are declined (410), and the message names a person.
func (n *Nano) StoreUserAuthenticate(*mdm.Request, *mdm.UserAuthenticate) error { return nil }

// RetrieveTokenUpdateTally counts TokenUpdates of the enrolment in force; none is 0.
func (n *Nano) RetrieveTokenUpdateTally(ctx context.Context, id string) (int, error) {
	t, err := n.s.read().number(ctx, `SELECT tally FROM enrollment WHERE authority_id = $1 AND nano_id = $2 AND state <> 'checked_out'`, string(n.a), id)
	return int(t), err
}

// StoreBootstrapToken escrows a bootstrap token, sealed; an empty one deletes it.
func (n *Nano) StoreBootstrapToken(r *mdm.Request, msg *mdm.SetBootstrapToken) error {
	return n.s.transact(r.Context(), func(c conn) error {
		var e string
		found, err := c.one(r.Context(), `SELECT id FROM enrollment WHERE authority_id = $1 AND nano_id = $2 AND state <> 'checked_out'`, args(string(n.a), r.ID), &e)
		if err != nil {
			return err
		}
		if !found {
			return school.Missing("enrollment")
		}
		var sealed []byte
		if len(msg.BootstrapToken.BootstrapToken) > 0 {
			sealed = n.s.seal(cell{n.a, "enrollment", "bootstrap", e}, msg.BootstrapToken.BootstrapToken)
		}
		_, err = c.exec(r.Context(), `UPDATE enrollment SET bootstrap_sealed = $2 WHERE id = $1`, e, sealed)
		return err
	})
}

// RetrieveBootstrapToken returns what was escrowed, nil when there is nothing.
func (n *Nano) RetrieveBootstrapToken(r *mdm.Request, _ *mdm.GetBootstrapToken) (*mdm.BootstrapToken, error) {
	var e string
	var sealed []byte
	found, err := n.s.read().one(r.Context(), `SELECT id, bootstrap_sealed FROM enrollment WHERE authority_id = $1 AND nano_id = $2 AND state <> 'checked_out'`, args(string(n.a), r.ID), &e, &sealed)
	if err != nil || !found || len(sealed) == 0 {
		return nil, err
	}
	token, err := n.s.open(cell{n.a, "enrollment", "bootstrap", e}, sealed)
	if err != nil {
		return nil, err
	}
	return &mdm.BootstrapToken{BootstrapToken: token}, nil
}

// EnqueueCommand puts a raw command into the order queue of each id. An id that is not enrolled is an error of its own and
// does not fail the others.
func (n *Nano) EnqueueCommand(ctx context.Context, ids []string, cmd *mdm.Command) (map[string]error, error) {
	failed := map[string]error{}
	err := n.s.transact(ctx, func(c conn) error {
		clear(failed)
		for _, id := range ids {
			var e, d string
			found, err := c.one(ctx, `SELECT id, device_id FROM enrollment WHERE authority_id = $1 AND nano_id = $2 AND state = 'enrolled'`, args(string(n.a), id), &e, &d)
			if err != nil {
				return err
			}
			if !found {
				failed[id] = school.Missing("enrollment")
				continue
			}
			o := NewID[school.OrderID]()
			now := n.s.Now()
			if _, err := c.exec(ctx, `INSERT INTO device_order (id, authority_id, device_id, enrollment_id, kind, request_type, body_sealed, command_uuid, priority, state, created_by, created_at)
				VALUES ($1, $2, $3, $4, 'raw', $5, $6, $7, 0, 'waiting', 'raw', $8)`,
				string(o), string(n.a), d, e, cmd.Command.RequestType, n.s.seal(cell{n.a, "device_order", "body", string(o)}, cmd.Raw), cmd.CommandUUID, micros(now)); err != nil {
				return err
			}
			if err := c.markWhere(ctx, now, `enrollment_id = $2`, string(n.a), e); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		n.s.changed.call()
	}
	return failed, err
}

// RetrieveNextCommand hands out the queue in its order: what was handed out and never answered comes again.
func (n *Nano) RetrieveNextCommand(r *mdm.Request, skipNotNow bool) (*mdm.Command, error) {
	var cmd *mdm.Command
	states := `('waiting', 'handed', 'later')`
	if skipNotNow {
		states = `('waiting', 'handed')`
	}
	err := n.s.transact(r.Context(), func(c conn) error {
		cmd = nil
		var o, uuid, kind string
		var sealed []byte
		found, err := c.one(r.Context(), `SELECT o.id, o.command_uuid, o.request_type, o.body_sealed FROM device_order o JOIN enrollment e ON e.id = o.enrollment_id
			WHERE o.authority_id = $1 AND e.nano_id = $2 AND e.state = 'enrolled' AND o.kind = 'raw' AND o.state IN `+states+` ORDER BY o.priority DESC, o.id LIMIT 1`,
			args(string(n.a), r.ID), &o, &uuid, &kind, &sealed)
		if err != nil || !found {
			return err
		}
		body, err := n.s.open(cell{n.a, "device_order", "body", o}, sealed)
		if err != nil {
			return err
		}
		cmd = &mdm.Command{CommandUUID: uuid, Raw: body}
		cmd.Command.RequestType = kind
		_, err = c.exec(r.Context(), `UPDATE device_order SET state = 'handed' WHERE id = $1`, o)
		return err
	})
	return cmd, err
}

// StoreCommandReport keeps the answer to a queued command. An unknown or repeated UUID is no error: the device must get 200.
func (n *Nano) StoreCommandReport(r *mdm.Request, report *mdm.CommandResults) error {
	state, ok := map[string]school.OrderState{"Acknowledged": school.Done, "Error": school.Refused, "CommandFormatError": school.Refused, "NotNow": school.Later}[report.Status]
	if !ok {
		return nil
	}
	return n.s.transact(r.Context(), func(c conn) error {
		var finished any
		if !state.Open() {
			finished = micros(n.s.Now())
		}
		_, err := c.exec(r.Context(), `UPDATE device_order SET state = $4, finished_at = $5, result = $6 WHERE authority_id = $1 AND command_uuid = $2
			AND enrollment_id IN (SELECT id FROM enrollment WHERE authority_id = $1 AND nano_id = $3) AND state IN ('waiting', 'handed', 'later')`,
			string(n.a), report.CommandUUID, r.ID, string(state), finished, report.Status)
		return err
	})
}

// ClearQueue cancels what is still open.
func (n *Nano) ClearQueue(r *mdm.Request) error {
	return n.s.transact(r.Context(), func(c conn) error {
		_, err := c.exec(r.Context(), `UPDATE device_order SET state = 'cancelled', finished_at = $3, result = 'cleared' WHERE authority_id = $1
			AND enrollment_id IN (SELECT id FROM enrollment WHERE authority_id = $1 AND nano_id = $2) AND state IN ('waiting', 'handed', 'later')`,
			string(n.a), r.ID, micros(n.s.Now()))
		return err
	})
}

// RetrievePushInfo returns the push contacts of enrolled ids; others are left out.
func (n *Nano) RetrievePushInfo(ctx context.Context, ids []string) (map[string]*mdm.Push, error) {
	out := map[string]*mdm.Push{}
	err := n.s.read().each(ctx, `SELECT nano_id, topic, push_magic, push_token FROM enrollment WHERE authority_id = $1 AND state = 'enrolled' AND push_token IS NOT NULL AND nano_id`+in,
		args(string(n.a), list(ids)), func(r *sql.Rows) error {
			var id string
			var p mdm.Push
			var token []byte
			if err := r.Scan(&id, &p.Topic, &p.PushMagic, &token); err != nil {
				return err
			}
			p.Token = append(p.Token, token...)
			out[id] = &p
			return nil
		})
	return out, err
}

// StorePushCert stores the push certificate of the authority, its key sealed.
func (n *Nano) StorePushCert(ctx context.Context, pemCert, pemKey []byte) error {
	topic, err := cryptoutil.TopicFromPEMCert(pemCert)
	if err != nil {
		return fmt.Errorf("store: push certificate: %w", err)
	}
	cert, err := cryptoutil.DecodePEMCertificate(pemCert)
	if err != nil {
		return fmt.Errorf("store: push certificate: %w", err)
	}
	return n.s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO push_cert (authority_id, topic, certificate, key_sealed, ends_at, version, updated_at) VALUES ($1, $2, $3, $4, $5, 1, $6)
			ON CONFLICT (authority_id) DO UPDATE SET topic = excluded.topic, certificate = excluded.certificate, key_sealed = excluded.key_sealed,
				ends_at = excluded.ends_at, version = push_cert.version + 1, updated_at = excluded.updated_at`,
			string(n.a), topic, pemCert, n.s.seal(cell{n.a, "push_cert", "key", string(n.a)}, pemKey), micros(cert.NotAfter), micros(n.s.Now()))
		return err
	})
}

// RetrievePushCert returns the push certificate with its key and the token that tells when it was replaced.
func (n *Nano) RetrievePushCert(ctx context.Context, topic string) (*tls.Certificate, string, error) {
	p, err := n.s.OpenPush(ctx, n.a)
	if err != nil {
		return nil, "", err
	}
	if p.Topic != topic {
		return nil, "", school.Missing("push_cert")
	}
	cert, err := tls.X509KeyPair(p.Certificate, p.Key)
	if err != nil {
		return nil, "", fmt.Errorf("store: push certificate: %w", err)
	}
	return &cert, fmt.Sprint(p.Version), nil
}

// IsPushCertStale reports whether the certificate was replaced since.
func (n *Nano) IsPushCertStale(ctx context.Context, topic, staleToken string) (bool, error) {
	v, err := n.s.PushVersion(ctx, n.a)
	return fmt.Sprint(v) != staleToken, err
}

// HasCertHash reports whether the certificate is known at all.
func (n *Nano) HasCertHash(r *mdm.Request, hash string) (bool, error) {
	c, err := n.s.read().number(r.Context(), `SELECT count(*) FROM identity WHERE authority_id = $1 AND cert_hash = $2`, string(n.a), hash)
	return c > 0, err
}

// EnrollmentHasCertHash reports whether the enrolment has any certificate; hash is not looked at.
func (n *Nano) EnrollmentHasCertHash(r *mdm.Request, _ string) (bool, error) {
	c, err := n.s.read().number(r.Context(), `SELECT count(*) FROM identity WHERE authority_id = $1 AND udid = $2 AND state = 'active'`, string(n.a), r.ID)
	return c > 0, err
}

// IsCertHashAssociated reports whether the certificate is the enrolment's.
func (n *Nano) IsCertHashAssociated(r *mdm.Request, hash string) (bool, error) {
	c, err := n.s.read().number(r.Context(), `SELECT count(*) FROM identity WHERE authority_id = $1 AND cert_hash = $2 AND udid = $3 AND state = 'active'`, string(n.a), hash, r.ID)
	return c > 0, err
}

// AssociateCertHash binds a certificate that this server did not issue: nanomdm's own devices in tests.
func (n *Nano) AssociateCertHash(r *mdm.Request, hash string) error {
	ends := n.s.Now().Add(24 * time.Hour)
	if r.Certificate != nil {
		ends = r.Certificate.NotAfter
	}
	return n.s.transact(r.Context(), func(c conn) error {
		_, err := c.exec(r.Context(), `INSERT INTO identity (cert_hash, authority_id, purpose, state, udid, ends_at, issued_at) VALUES ($1, $2, 'enroll', 'active', $3, $4, $5)
			ON CONFLICT (cert_hash) DO NOTHING`, hash, string(n.a), r.ID, micros(ends), micros(n.s.Now()))
		return err
	})
}

// EnrollmentFromHash finds the enrolment of a certificate; empty when there is none.
func (n *Nano) EnrollmentFromHash(ctx context.Context, hash string) (string, error) {
	var id string
	_, err := n.s.read().one(ctx, `SELECT udid FROM identity WHERE authority_id = $1 AND cert_hash = $2`, args(string(n.a), hash), &id)
	return id, err
}

// RetrieveMigrationCheckins sends what another server would need to take the enrolments over.
func (n *Nano) RetrieveMigrationCheckins(ctx context.Context, out chan<- interface{}) error {
	type line struct {
		m        Checkin
		id       string
		magic    string
		token    []byte
		d        string
		unlocked []byte
	}
	var lines []line
	err := n.s.read().each(ctx, `SELECT e.nano_id, e.authenticate, e.topic, e.push_magic, e.push_token, e.device_id, s.unlock_sealed FROM enrollment e JOIN device_state s ON s.device_id = e.device_id
		WHERE e.authority_id = $1 AND e.state = 'enrolled' AND e.parent_id IS NULL ORDER BY e.id`, args(string(n.a)), func(r *sql.Rows) error {
		var l line
		var topic string
		if err := r.Scan(&l.id, fromJSON(&l.m), &topic, &l.magic, &l.token, &l.d, &l.unlocked); err != nil {
			return err
		}
		l.m.Topic = topic
		lines = append(lines, l)
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range lines {
		unlock, err := n.s.open(cell{n.a, "device_state", "unlock", l.d}, l.unlocked)
		if err != nil {
			return err
		}
		auth := &mdm.Authenticate{Enrollment: mdm.Enrollment{UDID: l.m.UDID}, MessageType: mdm.MessageType{MessageType: "Authenticate"}, Topic: l.m.Topic, SerialNumber: l.m.Serial}
		tok := &mdm.TokenUpdate{Enrollment: mdm.Enrollment{UDID: l.m.UDID}, MessageType: mdm.MessageType{MessageType: "TokenUpdate"},
			Push: mdm.Push{Topic: l.m.Topic, PushMagic: l.magic, Token: l.token}, UnlockToken: unlock}
		for _, m := range []interface{}{auth, tok} {
			select {
			case out <- m:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}
