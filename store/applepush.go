package store

import (
	"context"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Apple, "push.requested", "push.stored")

// Push is an authority's contact to Apple's push service, as pages show it. Its keys are never in it.
//
// The topic is what every enrolled device listens to: with another one they all would have to be enrolled again. So a
// certificate of another topic is refused as long as a device is enrolled. Nothing here can be undone; an older
// certificate is stored again like a new one.
type Push struct {
	Topic        string
	Ends         time.Time
	AppleAccount string // who must sign in at Apple to renew it
	State        string // what Apple last said against it; empty: nothing
	Version      int64
	Updated      time.Time
	Requested    time.Time // a signing request waits for its certificate
}

// PushRequest keeps the key of a signing request, sealed, until its certificate comes. The certificate in force stays.
func (s *Store) PushRequest(ctx context.Context, by school.Actor, csr, key []byte, appleAccount string) error {
	appleAccount = strings.TrimSpace(appleAccount)
	if len(csr) == 0 || len(key) == 0 {
		return school.Refuse("request", "required")
	}
	if len(appleAccount) > 254 {
		return school.Refuse("apple_account", "too_long", 254)
	}
	ev := event{name: "push.requested", verb: school.Apple, subject: "push", id: string(by.Tenant), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		a := string(tx.authority)
		_, err := tx.exec(ctx, `INSERT INTO push_cert (authority_id, apple_account, request_sealed, request_csr, requested_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
			ON CONFLICT (authority_id) DO UPDATE SET request_sealed = excluded.request_sealed, request_csr = excluded.request_csr, requested_at = excluded.requested_at,
				apple_account = CASE WHEN push_cert.topic IS NULL THEN excluded.apple_account ELSE push_cert.apple_account END`,
			a, appleAccount, s.seal(cell{tx.authority, "push_cert", "request", a}, key), csr, tx.now.UnixMicro())
		return err
	})
	return err
}

// OpenPushRequest gives the signing request and its key to whoever checks the certificate that came for it.
func (s *Store) OpenPushRequest(ctx context.Context, by school.Actor) (csr, key []byte, err error) {
	if !by.Can(school.Apple, school.Where{Authority: by.Tenant}) {
		return nil, nil, school.Missing("push_request")
	}
	var sealed []byte
	if _, err := s.read().one(ctx, `SELECT request_csr, request_sealed FROM push_cert WHERE authority_id = $1`, args(string(by.Tenant)), &csr, &sealed); err != nil {
		return nil, nil, err
	}
	if len(sealed) == 0 {
		return nil, nil, school.Missing("push_request")
	}
	key, err = s.open(cell{by.Tenant, "push_cert", "request", string(by.Tenant)}, sealed)
	return csr, key, err
}

// PushUpload is a push certificate that was checked: the key belongs to it, the topic is its subject's UID.
type PushUpload struct {
	Topic        string
	Certificate  []byte // PEM
	Key          []byte // PEM
	Ends         time.Time
	AppleAccount string // empty: as it was
}

// StorePush puts a push certificate in force. A request that waited is over.
func (s *Store) StorePush(ctx context.Context, by school.Actor, u PushUpload) error {
	u.AppleAccount = strings.TrimSpace(u.AppleAccount)
	switch {
	case u.Topic == "" || len(u.Certificate) == 0 || len(u.Key) == 0:
		return school.Refuse("certificate", "required")
	case !u.Ends.After(s.Now()):
		return school.Refuse("certificate", "push_ended", u.Ends)
	case len(u.AppleAccount) > 254:
		return school.Refuse("apple_account", "too_long", 254)
	}
	ev := event{name: "push.stored", verb: school.Apple, subject: "push", id: string(by.Tenant), final: true,
		detail: map[string]any{"ends": u.Ends.UTC().Format(time.RFC3339)}}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		a := string(tx.authority)
		var topic, account string
		if _, err := tx.one(ctx, `SELECT topic, apple_account FROM push_cert WHERE authority_id = $1 FOR UPDATE`, args(a), text(&topic), &account); err != nil {
			return err
		}
		if topic != "" && topic != u.Topic {
			n, err := tx.number(ctx, `SELECT count(*) FROM enrollment WHERE authority_id = $1 AND state <> 'checked_out' AND parent_id IS NULL`, a)
			if err != nil {
				return err
			}
			if n > 0 {
				return &school.Error{Kind: school.Conflict, Code: "push_topic_changed", Field: "certificate", Args: []any{n, account}}
			}
			tx.event.detail["topic_changed"] = true
		}
		if u.AppleAccount != "" {
			account = u.AppleAccount
		}
		_, err := tx.exec(ctx, `INSERT INTO push_cert (authority_id, topic, certificate, key_sealed, ends_at, apple_account, version, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, 1, $7) ON CONFLICT (authority_id) DO UPDATE SET topic = excluded.topic, certificate = excluded.certificate,
				key_sealed = excluded.key_sealed, ends_at = excluded.ends_at, apple_account = excluded.apple_account, version = push_cert.version + 1,
				state = '', updated_at = excluded.updated_at, request_sealed = NULL, request_csr = NULL, requested_at = NULL`,
			a, u.Topic, u.Certificate, s.seal(cell{tx.authority, "push_cert", "key", a}, u.Key), u.Ends.UnixMicro(), account, tx.now.UnixMicro())
		return err
	})
	return taken(err, "certificate", "push_refused") // whose topic it is stays unsaid
}

// PushStatus is the push contact of the actor's authority; the zero value when there never was one.
func (s *Store) PushStatus(ctx context.Context, by school.Actor) (Push, error) {
	var p Push
	if !by.Can(school.View, school.Where{Authority: by.Tenant}) {
		return p, school.Missing("authority")
	}
	_, err := s.read().one(ctx, `SELECT topic, ends_at, apple_account, state, version, updated_at, requested_at FROM push_cert WHERE authority_id = $1`,
		args(string(by.Tenant)), text(&p.Topic), stamp(&p.Ends), &p.AppleAccount, &p.State, &p.Version, stamp(&p.Updated), stamp(&p.Requested))
	return p, err
}

// PushCert is what the push provider needs of one authority.
type PushCert struct {
	Topic       string
	Certificate []byte // PEM
	Key         []byte // PEM
	Ends        time.Time
	Version     int64
}

// OpenPush opens the push certificate for the provider, which acts for no person.
func (s *Store) OpenPush(ctx context.Context, authority school.AuthorityID) (PushCert, error) {
	var p PushCert
	var sealed []byte
	_, err := s.read().one(ctx, `SELECT topic, certificate, key_sealed, ends_at, version FROM push_cert WHERE authority_id = $1`,
		args(string(authority)), text(&p.Topic), &p.Certificate, &sealed, stamp(&p.Ends), &p.Version)
	if err != nil {
		return PushCert{}, err
	}
	if p.Topic == "" {
		return PushCert{}, school.Missing("push_cert")
	}
	if p.Key, err = s.open(cell{authority, "push_cert", "key", string(authority)}, sealed); err != nil {
		return PushCert{}, err
	}
	return p, nil
}

// PushVersion tells the provider cheaply whether what it holds is still in force: 0 when there is none.
func (s *Store) PushVersion(ctx context.Context, authority school.AuthorityID) (int64, error) {
	return s.read().number(ctx, `SELECT version FROM push_cert WHERE authority_id = $1 AND topic IS NOT NULL`, string(authority))
}

// PushSaid keeps what Apple last said against the certificate of this version; empty: it works.
func (s *Store) PushSaid(ctx context.Context, authority school.AuthorityID, version int64, state string) error {
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE push_cert SET state = $1 WHERE authority_id = $2 AND version = $3 AND state <> $1`, state, string(authority), version)
		return err
	})
}
