package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Apple, "apple_token.created", "apple_token.key_made", "apple_token.accepted", "apple_token.changed", "apple_token.removed")

// AppleToken is the connection to one device management service in Apple School Manager (or Apple Business). An
// authority may have several, for instance one per kind of school. Its keys and the token itself are never in it.
//
// The private key stays for as long as the connection: Apple's later messages are signed and opened with it. A renewal
// is accepted only for the same server at Apple, else devices would silently change their list.
type AppleToken struct {
	ID           school.TokenID
	Name         string
	Kind         string // "asm" or "abm"
	Certificate  []byte // DER or PEM, what is uploaded at Apple
	Next         []byte // certificate of a key pair made for a renewal, until its token arrives
	Accepted     bool   // a token is there
	ServerUUID   string
	ServerName   string
	OrgName      string
	OrgID        string
	AppleAccount string
	Ends         time.Time
	School       school.SchoolID // where devices go that it brings; empty: to be assigned by a person
	Settings     json.RawMessage // what the ADE profile says
	Created      time.Time
	Sync         SyncState
	Counts       AppleCounts
}

// AppleCounts says how many devices a token lists and how far our profile is assigned to them.
type AppleCounts struct {
	Listed   int
	Assigned int // with the wanted ADE profile
	Refused  int // Apple did not take the last assignment
	Gone     int // were listed once
}

// CreateAppleToken begins a connection with a key pair; its certificate is what a person uploads at Apple.
func (s *Store) CreateAppleToken(ctx context.Context, by school.Actor, x AppleToken, key []byte) (school.TokenID, error) {
	name, err := cleanName("name", x.Name)
	if err != nil {
		return "", err
	}
	if x.Kind == "" {
		x.Kind = "asm"
	}
	switch {
	case x.Kind != "asm" && x.Kind != "abm":
		return "", school.Refuse("kind", "choice")
	case len(x.Certificate) == 0 || len(key) == 0:
		return "", school.Refuse("certificate", "required")
	}
	settings, err := cleanSettings(x.Settings)
	if err != nil {
		return "", err
	}
	id := NewID[school.TokenID]()
	ev := event{name: "apple_token.created", verb: school.Apple, subject: "apple_token", id: string(id), final: true}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.defaultSchool(x.School); err != nil {
			return err
		}
		err := tx.insert("apple_token", row{"id": string(id), "name": name, "kind": x.Kind, "public_cert": x.Certificate,
			"key_sealed": s.seal(tx.tokenCell("key", id), key), "school_id": opt(x.School), "settings": settings, "created_at": micros(tx.now)})
		if err == nil {
			_, err = tx.exec(ctx, `INSERT INTO apple_sync (token_id, authority_id) VALUES ($1, $2)`, string(id), string(tx.authority))
		}
		return err
	})
	return id, err
}

func (tx *Tx) tokenCell(column string, id school.TokenID) cell {
	return cell{tx.authority, "apple_token", column, string(id)}
}

func (tx *Tx) defaultSchool(id school.SchoolID) error {
	if id == "" {
		return nil
	}
	return tx.openSchool(id, school.Apple)
}

func cleanSettings(raw json.RawMessage) (string, error) {
	if len(raw) == 0 {
		return "{}", nil
	}
	var obj map[string]any
	if len(raw) > 64<<10 || json.Unmarshal(raw, &obj) != nil || obj == nil {
		return "", school.Refuse("settings", "settings_form")
	}
	return string(raw), nil
}

// NewAppleKey keeps a new key pair beside the one in force: for a renewal with a new certificate.
func (s *Store) NewAppleKey(ctx context.Context, by school.Actor, id school.TokenID, certificate, key []byte) error {
	if len(certificate) == 0 || len(key) == 0 {
		return school.Refuse("certificate", "required")
	}
	ev := event{name: "apple_token.key_made", verb: school.Apple, subject: "apple_token", id: string(id), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		return tx.update("apple_token", string(id), row{"next_cert": certificate, "next_key_sealed": s.seal(tx.tokenCell("next_key", id), key)})
	})
	return err
}

// AppleKeys are the key pairs a token file may be meant for.
type AppleKeys struct {
	Certificate, Key         []byte
	NextCertificate, NextKey []byte // empty: none was made
}

// OpenAppleKeys gives the keys to whoever opens a token file a person uploaded, or signs for the authority.
func (s *Store) OpenAppleKeys(ctx context.Context, by school.Actor, id school.TokenID) (AppleKeys, error) {
	var k AppleKeys
	if !by.Can(school.Apple, school.Where{Authority: by.Tenant}) {
		return k, school.Missing("apple_token")
	}
	var key, next []byte
	found, err := s.read().one(ctx, `SELECT public_cert, key_sealed, next_cert, next_key_sealed FROM apple_token WHERE id = $1 AND authority_id = $2`,
		args(string(id), string(by.Tenant)), &k.Certificate, &key, &k.NextCertificate, &next)
	if err != nil {
		return AppleKeys{}, err
	}
	if !found {
		return AppleKeys{}, school.Missing("apple_token")
	}
	if k.Key, err = s.open(cell{by.Tenant, "apple_token", "key", string(id)}, key); err != nil {
		return AppleKeys{}, err
	}
	if k.NextKey, err = s.open(cell{by.Tenant, "apple_token", "next_key", string(id)}, next); err != nil {
		return AppleKeys{}, err
	}
	return k, nil
}

// AppleAnswer is a token that was opened, with what Apple's account call says of it.
type AppleAnswer struct {
	Token        []byte // the JSON out of the token file
	OfNext       bool   // it was meant for the new key pair
	ServerUUID   string
	ServerName   string
	OrgName      string
	OrgID        string
	AppleAccount string
	Ends         time.Time
}

// AcceptAppleToken puts a token in force, the first or a renewal. One of another server at Apple is refused: it is
// another connection, not a renewal of this one.
func (s *Store) AcceptAppleToken(ctx context.Context, by school.Actor, id school.TokenID, a AppleAnswer) error {
	switch {
	case len(a.Token) == 0 || a.ServerUUID == "":
		return school.Refuse("token", "required")
	case !a.Ends.After(s.Now()):
		return school.Refuse("token", "apple_token_ended", a.Ends)
	}
	ev := event{name: "apple_token.accepted", verb: school.Apple, subject: "apple_token", id: string(id), final: true,
		detail: map[string]any{"ends": a.Ends.UTC().Format(time.RFC3339)}}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		r, err := tx.fetch("apple_token", string(id))
		if err != nil {
			return err
		}
		if r == nil {
			return school.Missing("apple_token")
		}
		if was := r.str("server_uuid"); was != "" && was != a.ServerUUID {
			return &school.Error{Kind: school.Conflict, Code: "apple_server_changed", Field: "token", Args: []any{r.str("server_name"), a.ServerName}}
		}
		set := row{"token_sealed": s.seal(tx.tokenCell("token", id), a.Token), "server_uuid": a.ServerUUID, "server_name": a.ServerName,
			"org_name": a.OrgName, "org_id": a.OrgID, "apple_account": a.AppleAccount, "ends_at": micros(a.Ends)}
		if a.OfNext {
			sealed, _ := r["next_key_sealed"].([]byte)
			key, err := s.open(tx.tokenCell("next_key", id), sealed)
			if err != nil {
				return err
			}
			if key == nil {
				return school.Clash("apple_key_moved")
			}
			set["public_cert"], set["key_sealed"] = r["next_cert"], s.seal(tx.tokenCell("key", id), key)
			set["next_cert"], set["next_key_sealed"] = nil, nil
		}
		if err := tx.change("apple_token", string(id), r, set); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE apple_sync SET error = '', error_at = NULL, not_before = NULL WHERE token_id = $1`, string(id))
		return err
	})
	return taken(err, "token", "apple_server_refused") // whose server it is stays unsaid
}

// ChangeAppleToken writes name, default school and what the ADE profile says. Devices that are there keep their school.
func (s *Store) ChangeAppleToken(ctx context.Context, by school.Actor, x AppleToken) (school.ChangeSetID, error) {
	name, err := cleanName("name", x.Name)
	if err != nil {
		return "", err
	}
	settings, err := cleanSettings(x.Settings)
	if err != nil {
		return "", err
	}
	ev := event{name: "apple_token.changed", verb: school.Apple, subject: "apple_token", id: string(x.ID)}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.defaultSchool(x.School); err != nil {
			return err
		}
		return tx.update("apple_token", string(x.ID), row{"name": name, "school_id": opt(x.School), "settings": settings})
	})
}

// RemoveAppleToken ends a connection. What its list said is forgotten; the devices stay, and stay enrolled.
func (s *Store) RemoveAppleToken(ctx context.Context, by school.Actor, id school.TokenID) error {
	ev := event{name: "apple_token.removed", verb: school.Apple, subject: "apple_token", id: string(id), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		for _, table := range []string{"ade_device", "ade_profile", "apple_sync"} {
			if _, err := tx.exec(ctx, `DELETE FROM `+table+` WHERE token_id = $1 AND authority_id = $2`, string(id), string(tx.authority)); err != nil {
				return err
			}
		}
		return tx.remove("apple_token", string(id))
	})
	return err
}

// OpenAppleToken opens the token's JSON for the jobs that talk to Apple; no person's request gets it.
func (s *Store) OpenAppleToken(ctx context.Context, by school.Actor, id school.TokenID) ([]byte, error) {
	if by.Kind != school.SystemActor {
		return nil, school.Deny(school.Apple)
	}
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT token_sealed FROM apple_token WHERE id = $1 AND authority_id = $2`, args(string(id), string(by.Tenant)), &sealed)
	if err != nil {
		return nil, err
	}
	if !found || len(sealed) == 0 {
		return nil, school.Missing("apple_token")
	}
	return s.open(cell{by.Tenant, "apple_token", "token", string(id)}, sealed)
}

// AppleTokens lists the connections of the actor's authority with their numbers, by name.
func (s *Store) AppleTokens(ctx context.Context, by school.Actor) ([]AppleToken, error) {
	return s.appleTokens(ctx, by, "")
}

// AppleToken reads one connection.
func (s *Store) AppleToken(ctx context.Context, by school.Actor, id school.TokenID) (AppleToken, error) {
	list, err := s.appleTokens(ctx, by, id)
	if err == nil && len(list) == 0 {
		err = school.Missing("apple_token")
	}
	if err != nil {
		return AppleToken{}, err
	}
	return list[0], nil
}

func (s *Store) appleTokens(ctx context.Context, by school.Actor, id school.TokenID) ([]AppleToken, error) {
	if !by.Can(school.Apple, school.Where{Authority: by.Tenant}) && !by.Can(school.ReadAudit, school.Where{Authority: by.Tenant}) {
		return nil, school.Missing("authority")
	}
	var w where
	w.and("t.authority_id = ?", string(by.Tenant))
	if id != "" {
		w.and("t.id = ?", string(id))
	}
	tenant := w.arg(string(by.Tenant))
	var out []AppleToken
	err := s.read().each(ctx, `SELECT t.id, t.name, t.kind, t.public_cert, t.next_cert, t.token_sealed IS NOT NULL, t.server_uuid, t.server_name, t.org_name, t.org_id,
			t.apple_account, t.ends_at, t.school_id, t.settings, t.created_at, `+syncColumns+`,
			COALESCE(n.listed, 0), COALESCE(n.assigned, 0), COALESCE(n.refused, 0), COALESCE(n.gone, 0)
		FROM apple_token t JOIN apple_sync y ON y.token_id = t.id
		LEFT JOIN (SELECT a.token_id, sum(CASE WHEN a.gone_at IS NULL THEN 1 ELSE 0 END) AS listed,
				sum(CASE WHEN a.gone_at IS NULL AND `+hasWanted+` THEN 1 ELSE 0 END) AS assigned,
				sum(CASE WHEN a.gone_at IS NULL AND a.assign_code <> '' AND NOT `+hasWanted+` THEN 1 ELSE 0 END) AS refused,
				sum(CASE WHEN a.gone_at IS NULL THEN 0 ELSE 1 END) AS gone
			FROM ade_device a JOIN apple_sync y ON y.token_id = a.token_id WHERE a.authority_id = `+tenant+` GROUP BY a.token_id) n ON n.token_id = t.id
		WHERE `+w.String()+` ORDER BY t.name, t.id`, w.args, func(r *sql.Rows) error {
		var x AppleToken
		var settings string
		dest := append([]any{text(&x.ID), &x.Name, &x.Kind, &x.Certificate, &x.Next, &x.Accepted, &x.ServerUUID, &x.ServerName, &x.OrgName, &x.OrgID,
			&x.AppleAccount, stamp(&x.Ends), text(&x.School), &settings, stamp(&x.Created)}, x.Sync.dest()...)
		if err := r.Scan(append(dest, &x.Counts.Listed, &x.Counts.Assigned, &x.Counts.Refused, &x.Counts.Gone)...); err != nil {
			return err
		}
		x.Settings = json.RawMessage(settings)
		out = append(out, x)
		return nil
	})
	return out, err
}

// ADEFilter narrows and pages the list of what a token lists.
type ADEFilter struct {
	Serial  string // beginning of a serial number
	Gone    bool   // those no longer listed instead of those that are
	Refused bool   // only those whose last assignment Apple did not take
	After   string
	Limit   int
}

// ADERow is a device as a token's list says.
type ADERow struct {
	ADEDevice
	Device school.DeviceID
	Gone   time.Time
	Tries  int
	Code   string // Apple's answer to the last assignment, empty when it was taken
	Next   time.Time
}

// ADEDevices lists what a token lists, by serial number.
func (s *Store) ADEDevices(ctx context.Context, by school.Actor, token school.TokenID, f ADEFilter) (Page[ADERow], error) {
	if !by.Can(school.Apple, school.Where{Authority: by.Tenant}) {
		return Page[ADERow]{}, school.Missing("apple_token")
	}
	var w where
	w.and("a.authority_id = ? AND a.token_id = ?", string(by.Tenant), string(token))
	w.and(map[bool]string{false: "a.gone_at IS NULL", true: "a.gone_at IS NOT NULL"}[f.Gone])
	if f.Refused {
		w.and("a.assign_code <> '' AND NOT " + hasWanted)
	}
	if serial := cleanSerial(f.Serial); serial != "" {
		w.and(`a.serial >= ? AND a.serial < ?`, serial, serial+"\U0010ffff")
	}
	o := order{key: "a.serial", id: "a.serial"}
	if err := w.page(o, f.After); err != nil {
		return Page[ADERow]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT a.serial, a.model, a.description, a.color, a.family, a.profile_uuid, a.profile_status, a.op_at, a.migrate_until, a.device_id,
		a.gone_at, a.assign_tries, a.assign_code, a.assign_next`+o.columns()+` FROM ade_device a JOIN apple_sync y ON y.token_id = a.token_id WHERE `+w.String(),
		&w, o, f.Limit, func(r *sql.Rows, x *ADERow, rest ...any) error {
			return r.Scan(append([]any{&x.Serial, &x.Model, &x.Description, &x.Color, &x.Family, &x.ProfileUUID, &x.ProfileStatus, stamp(&x.OpAt), stamp(&x.MigrateUntil),
				text(&x.Device), stamp(&x.Gone), &x.Tries, &x.Code, stamp(&x.Next)}, rest...)...)
		})
}

// ADEProfileOf is the uuid under which an ADE profile of this definition was made at Apple before; empty: it never was.
func (s *Store) ADEProfileOf(ctx context.Context, by school.Actor, token school.TokenID, hash string) (string, error) {
	var uuid string
	_, err := s.read().one(ctx, `SELECT uuid FROM ade_profile WHERE token_id = $1 AND authority_id = $2 AND hash = $3 ORDER BY created_at DESC, uuid LIMIT 1`,
		args(string(token), string(by.Tenant), hash), &uuid)
	return uuid, err
}

// SetADEProfile says which ADE profile every device of the list shall have. What was put off is due at once.
func (s *Store) SetADEProfile(ctx context.Context, by school.Actor, token school.TokenID, uuid, hash string) error {
	if by.Kind != school.SystemActor {
		return school.Deny(school.Apple)
	}
	if uuid = strings.TrimSpace(uuid); uuid == "" {
		return school.Refuse("profile_uuid", "required")
	}
	return s.transact(ctx, func(c conn) error {
		n, err := c.exec(ctx, `UPDATE apple_sync SET profile_uuid = $1 WHERE token_id = $2 AND authority_id = $3`, uuid, string(token), string(by.Tenant))
		if err != nil {
			return err
		}
		if n == 0 {
			return school.Missing("apple_token")
		}
		_, err = c.exec(ctx, `INSERT INTO ade_profile (token_id, uuid, authority_id, hash, created_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (token_id, uuid) DO UPDATE SET hash = excluded.hash`, string(token), uuid, string(by.Tenant), hash, s.Now().UnixMicro())
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, `UPDATE ade_device SET assign_next = NULL, assign_tries = 0, assign_code = '' WHERE token_id = $1 AND profile_uuid <> $2`, string(token), uuid)
		return err
	})
}
