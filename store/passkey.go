package store

import (
	"context"
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "account.passkey_added", "account.passkey_removed", "account.passkey_cloned")

// MaxPasskeys is how many keys an account has at most, PasskeyName how many letters its owner's word for one.
const (
	MaxPasskeys = 20
	PasskeyName = 60
)

// FreshFor is how long somebody who proved to be there need not do so again to change what lets them in.
const FreshFor = 10 * time.Minute

// Passkey is a key by which an account with a password signs in, or answers after the password. It replaces both factors,
// because its owner's device asks for a finger, a face or a PIN before it signs. What a key sends is read and verified above
// (ui/passkey); here is what is kept of it. Where a provider signs in there are none: they are the provider's business.
type Passkey struct {
	ID         string
	Account    school.AccountID
	Name       string   // its owner's word for it
	Credential []byte   // what it calls itself
	Public     []byte   // as COSE
	Transports []string // how browsers reach it
	Count      uint32   // how often it signed, by its own count; 0: it does not count
	Eligible   bool     // it may be on several devices of its owner
	BackedUp   bool     // and is
	Created    time.Time
	Used       time.Time
	Suspect    time.Time // its count went back: it opens nothing any more
}

const passkeyColumns = `k.id, k.account_id, k.name, k.credential, k.public_key, k.transports, k.sign_count, k.eligible, k.backed_up, k.created_at, k.used_at, k.suspect_at`

func scanPasskey(r *sql.Rows) (k Passkey, err error) {
	var transports string
	var count int64
	err = r.Scan(&k.ID, text(&k.Account), &k.Name, &k.Credential, &k.Public, &transports, &count, &k.Eligible, &k.BackedUp, stamp(&k.Created), stamp(&k.Used), stamp(&k.Suspect))
	k.Transports, k.Count = strings.Fields(transports), uint32(count)
	return k, err
}

// passkeysOf are the keys of an account, the oldest first.
func (s *Store) passkeysOf(ctx context.Context, c conn, id school.AccountID) (out []Passkey, err error) {
	err = c.each(ctx, `SELECT `+passkeyColumns+` FROM passkey k WHERE k.account_id = $1 ORDER BY k.created_at, k.id`, args(string(id)), func(r *sql.Rows) error {
		k, err := scanPasskey(r)
		out = append(out, k)
		return err
	})
	return out, err
}

// Passkeys are the actor's own.
func (s *Store) Passkeys(ctx context.Context, by school.Actor) ([]Passkey, error) {
	a, err := s.self(ctx, by)
	if err != nil {
		return nil, err
	}
	return s.passkeysOf(ctx, s.read(), a.ID)
}

// PasskeyByCredential finds the key that calls itself so, whoever's it is: what it signed says who is there.
func (s *Store) PasskeyByCredential(ctx context.Context, credential []byte) (Passkey, error) {
	var k Passkey
	err := s.read().each(ctx, `SELECT `+passkeyColumns+` FROM passkey k WHERE k.credential = $1`, args(credential), func(r *sql.Rows) (err error) {
		k, err = scanPasskey(r)
		return err
	})
	if err == nil && k.ID == "" {
		err = school.Refuse("", "passkey_unknown")
	}
	return k, err
}

func (k *Passkey) clean() (err error) {
	k.Name = strings.Map(func(r rune) rune {
		if hasControl(string(r)) {
			return ' '
		}
		return r
	}, k.Name)
	if k.Name, err = cleanName("name", k.Name); err != nil {
		return err
	}
	switch {
	case utf8.RuneCountInString(k.Name) > PasskeyName:
		return school.Refuse("name", "too_long", PasskeyName)
	case len(k.Credential) == 0 || len(k.Credential) > 1023 || len(k.Public) == 0 || len(k.Public) > 4096:
		return school.Refuse("", "passkey_form")
	}
	return nil
}

// AddPasskey keeps a new key of the actor, who has just proved to be there; keep is the secret of its session. With the first
// second factor of an account come recovery codes, shown this once, and every other session ends.
func (s *Store) AddPasskey(ctx context.Context, by school.Actor, k Passkey, keep string) ([]string, error) {
	a, err := s.self(ctx, by)
	if err != nil {
		return nil, err
	}
	return s.addPasskey(ctx, a, k, keep, func(tx *Tx, f factor) error { return s.fresh(ctx, tx.conn, a, keep) })
}

func (s *Store) addPasskey(ctx context.Context, a Account, k Passkey, keep string, may func(tx *Tx, f factor) error) (codes []string, err error) {
	if err := k.clean(); err != nil {
		return nil, err
	}
	if !a.Ready {
		return nil, school.Missing("passkey")
	}
	made, digests := newRecovery(a.ID)
	err = s.changeAccount(ctx, school.System("account", a.Authority), a, event{name: "account.passkey_added"}, func(tx *Tx, _ row) (row, error) {
		codes = nil
		f, err := s.factorOf(ctx, tx.conn, a)
		if err == nil {
			err = may(tx, f)
		}
		if err == nil && f.keys >= MaxPasskeys {
			err = school.Clash("passkey_many", MaxPasskeys)
		}
		if err != nil {
			return nil, err
		}
		if err := tx.put("passkey", row{"id": newID(), "authority_id": opt(a.Authority), "account_id": string(a.ID), "credential": k.Credential, "public_key": k.Public,
			"name": k.Name, "transports": strings.Join(k.Transports, " "), "sign_count": int64(k.Count), "eligible": k.Eligible, "backed_up": k.BackedUp,
			"created_at": micros(tx.now)}); err != nil {
			return nil, err
		}
		if len(f.recovery) == 0 {
			codes = made
			if _, err := tx.exec(ctx, `INSERT INTO second_factor (account_id, authority_id, recovery_sealed) VALUES ($1, $2, $3) ON CONFLICT (account_id) DO UPDATE SET recovery_sealed = $3`,
				string(a.ID), opt(a.Authority), s.seal(factorCell(a, "recovery"), []byte(toJSON(digests)))); err != nil {
				return nil, err
			}
		}
		if f.on() {
			return nil, nil
		}
		return nil, s.freshStart(ctx, tx.conn, a, keep)
	})
	if err != nil {
		return nil, taken(err, "", "passkey_taken")
	}
	return codes, nil
}

// RemovePasskey forgets a key of the actor, who has just proved to be there, and ends what was opened with it. The last
// second factor stays where the authority asks for one; where it may go, its recovery codes go too.
func (s *Store) RemovePasskey(ctx context.Context, by school.Actor, id, keep string) error {
	a, err := s.self(ctx, by)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, school.System("account", a.Authority), a, event{name: "account.passkey_removed"}, func(tx *Tx, _ row) (row, error) {
		if err := s.fresh(ctx, tx.conn, a, keep); err != nil {
			return nil, err
		}
		if _, err := tx.exec(ctx, `DELETE FROM session WHERE passkey_id = $1 AND account_id = $2 AND hash <> $3`, id, string(a.ID), Digest(keep)); err != nil {
			return nil, err
		}
		n, err := tx.exec(ctx, `DELETE FROM passkey WHERE id = $1 AND account_id = $2`, id, string(a.ID))
		if err == nil && n == 0 {
			err = school.Missing("passkey")
		}
		if err != nil {
			return nil, err
		}
		f, err := s.factorOf(ctx, tx.conn, a)
		if err != nil || f.on() {
			return nil, err
		}
		if needed, err := s.requires(ctx, tx.conn, a.ID); err != nil || needed {
			if err == nil {
				err = school.Clash("passkey_last")
			}
			return nil, err
		}
		_, err = tx.exec(ctx, `DELETE FROM second_factor WHERE account_id = $1`, string(a.ID))
		return nil, err
	})
}

// RenewRecoveryCodes replaces the recovery codes of the actor, who has just proved to be there.
func (s *Store) RenewRecoveryCodes(ctx context.Context, by school.Actor, keep string) ([]string, error) {
	a, err := s.self(ctx, by)
	if err != nil {
		return nil, err
	}
	codes, digests := newRecovery(a.ID)
	err = s.changeAccount(ctx, school.System("account", a.Authority), a, event{name: "account.recovery_made"}, func(tx *Tx, _ row) (row, error) {
		if err := s.fresh(ctx, tx.conn, a, keep); err != nil {
			return nil, err
		}
		n, err := tx.exec(ctx, `UPDATE second_factor SET recovery_sealed = $1 WHERE account_id = $2 AND recovery_sealed IS NOT NULL`,
			s.seal(factorCell(a, "recovery"), []byte(toJSON(digests))), string(a.ID))
		if err == nil && n == 0 {
			err = school.Missing("second_factor")
		}
		return nil, err
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
