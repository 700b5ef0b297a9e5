package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"ranzen/store/school"
)

// PasskeyUse is what a key is asked for.
type PasskeyUse string

const (
	PasskeyAdd    PasskeyUse = "add"     // a new one, by somebody signed in or by a role that needs one
	PasskeyProve  PasskeyUse = "prove"   // that its owner still sits there
	PasskeySignIn PasskeyUse = "sign_in" // instead of login, password and code
	PasskeySecond PasskeyUse = "second"  // after the password
)

// passkeyAskedFor is how long an answer is waited for.
const passkeyAskedFor = 5 * time.Minute

// PasskeyAsk is a question to a key. Account and Keys are empty where whoever has a key may answer.
type PasskeyAsk struct {
	Challenge string
	Account   Account
	Keys      []Passkey // of the account
}

// PasskeyProof is an answer that was found right.
type PasskeyProof struct {
	Key      Passkey
	Count    uint32
	BackedUp bool
}

// errCloned is a count that did not go up. It is no answer to anybody: doubt says it.
var errCloned = errors.New("store: a passkey counts back")

// askPasskey keeps a question of one browser; the one it had for the same purpose is void.
func (s *Store) askPasskey(ctx context.Context, use PasskeyUse, holder string, a Account) (PasskeyAsk, error) {
	ask := PasskeyAsk{Challenge: Secret(32), Account: a}
	if a.ID != "" {
		var err error
		if ask.Keys, err = s.passkeysOf(ctx, s.read(), a.ID); err != nil {
			return PasskeyAsk{}, err
		}
	}
	err := s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO passkey_challenge (hash, purpose, account_id, challenge, ends_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (hash, purpose) DO UPDATE SET account_id = $3, challenge = $4, ends_at = $5`,
			Digest(holder), string(use), opt(a.ID), ask.Challenge, s.Now().Add(passkeyAskedFor).UnixMicro())
		return err
	})
	return ask, err
}

// TakePasskeyAsk takes back what was asked of a browser, once: right or wrong, the answer to it counts never again.
func (s *Store) TakePasskeyAsk(ctx context.Context, use PasskeyUse, holder string) (PasskeyAsk, error) {
	var ask PasskeyAsk
	var found bool
	var ends time.Time
	err := s.transact(ctx, func(c conn) (err error) {
		ask = PasskeyAsk{}
		found, err = c.one(ctx, `DELETE FROM passkey_challenge WHERE hash = $1 AND purpose = $2 RETURNING challenge, account_id, ends_at`,
			args(Digest(holder), string(use)), &ask.Challenge, text(&ask.Account.ID), stamp(&ends))
		return err
	})
	if err == nil && (!found || !ends.After(s.Now())) {
		err = school.Refuse("", "passkey_over")
	}
	if err != nil {
		return PasskeyAsk{}, err
	}
	return ask, nil
}

// AskPasskey asks the actor's own keys whether their owner still sits there (PasskeyProve), or for a new one (PasskeyAdd), which
// takes that it was proved just now. keep is the secret of the session.
func (s *Store) AskPasskey(ctx context.Context, by school.Actor, use PasskeyUse, keep string) (PasskeyAsk, error) {
	a, err := s.self(ctx, by)
	if err == nil && !a.Ready {
		err = school.Missing("passkey")
	}
	if err == nil && use == PasskeyAdd {
		err = s.fresh(ctx, s.read(), a, keep)
	}
	if err != nil {
		return PasskeyAsk{}, err
	}
	return s.askPasskey(ctx, use, keep, a)
}

// AskAnyPasskey asks whoever wants to sign in; browser is the secret of a cookie.
func (s *Store) AskAnyPasskey(ctx context.Context, browser string) (PasskeyAsk, error) {
	return s.askPasskey(ctx, PasskeySignIn, browser, Account{})
}

// AskPasskeyInStep asks somebody whose password was right: for a key they have, or, where one is needed first, for a new one.
func (s *Store) AskPasskeyInStep(ctx context.Context, step string) (PasskeyAsk, PasskeyUse, error) {
	a, setsUp, err := s.SignInStep(ctx, step)
	if err != nil {
		return PasskeyAsk{}, "", err
	}
	use := PasskeySecond
	if setsUp {
		use = PasskeyAdd
	}
	ask, err := s.askPasskey(ctx, use, step, a)
	return ask, use, err
}

// usePasskey writes that a key signed. Its count has to have gone up, unless it does not count at all.
func (s *Store) usePasskey(ctx context.Context, c conn, p PasskeyProof) error {
	n, err := c.exec(ctx, `UPDATE passkey SET sign_count = CAST($1 AS BIGINT), backed_up = $2, used_at = $3
		WHERE id = $4 AND suspect_at IS NULL AND (sign_count < CAST($1 AS BIGINT) OR sign_count = 0 AND CAST($1 AS BIGINT) = 0)`,
		int64(p.Count), p.BackedUp, s.Now().UnixMicro(), p.Key.ID)
	if err == nil && n == 0 {
		err = errCloned
	}
	return err
}

// doubt turns a count that went back into a refusal. The key opens nothing any more, and the log says so once.
func (s *Store) doubt(ctx context.Context, a Account, p PasskeyProof, err error) error {
	if !errors.Is(err, errCloned) {
		return err
	}
	if !p.Key.Suspect.IsZero() {
		return school.Refuse("", "passkey_cloned")
	}
	err = s.changeAccount(ctx, school.System("sign-in", a.Authority), a, event{name: "account.passkey_cloned"}, func(tx *Tx, _ row) (row, error) {
		n, err := tx.exec(ctx, `UPDATE passkey SET suspect_at = $1 WHERE id = $2 AND suspect_at IS NULL`, tx.now.UnixMicro(), p.Key.ID)
		if err == nil && n == 0 { // removed meanwhile, or said already
			err = school.Refuse("", "passkey_unknown")
		}
		return nil, err
	})
	return cmp.Or(err, school.Refuse("", "passkey_cloned"))
}

// SignInWithPasskey opens a session for an answer that was found right. It needs neither password nor code.
func (s *Store) SignInWithPasskey(ctx context.Context, p PasskeyProof, in SignIn) (string, error) {
	a, err := s.ownerOf(ctx, p)
	if err != nil {
		return "", err
	}
	if rests, err := s.rests(ctx, s.read(), a.Authority); err != nil || rests {
		return "", cmp.Or(err, school.Clash("tenant_rests"))
	}
	secret := Secret(32)
	in.passkey = p.Key.ID
	err = s.transact(ctx, func(c conn) error {
		if err := s.usePasskey(ctx, c, p); err != nil {
			return err
		}
		return s.openSession(ctx, c, a, secret, in)
	})
	if err != nil {
		return "", s.doubt(ctx, a, p, err)
	}
	return secret, nil
}

// FinishWithPasskey opens the session of somebody whose password was right, instead of a code.
func (s *Store) FinishWithPasskey(ctx context.Context, step string, p PasskeyProof, in SignIn) (string, error) {
	a, setsUp, err := s.SignInStep(ctx, step)
	if err == nil && (setsUp || a.ID != p.Key.Account) {
		err = school.Refuse("", "passkey_unknown")
	}
	if err != nil {
		return "", err
	}
	secret := Secret(32)
	in.passkey = p.Key.ID
	err = s.transact(ctx, func(c conn) error {
		if err := s.usePasskey(ctx, c, p); err != nil {
			return err
		}
		n, err := c.exec(ctx, `DELETE FROM sign_in_step WHERE hash = $1`, Digest(step))
		if err == nil && n == 0 { // used meanwhile, or the password changed
			err = school.Refuse("code", "step_over")
		}
		if err == nil {
			err = s.forgive(ctx, c, trySecond, string(a.ID))
		}
		if err != nil {
			return err
		}
		return s.openSession(ctx, c, a, secret, in)
	})
	if err != nil {
		return "", s.doubt(ctx, a, p, err)
	}
	return secret, nil
}

// FinishByAddingPasskey opens the session of somebody whose role needs a second factor and who had none: the new key is it.
// codes are its recovery codes, shown this once.
func (s *Store) FinishByAddingPasskey(ctx context.Context, step string, k Passkey, in SignIn) (secret string, codes []string, err error) {
	a, setsUp, err := s.SignInStep(ctx, step)
	if err == nil && !setsUp {
		err = school.Clash("second_there")
	}
	if err != nil {
		return "", nil, err
	}
	codes, err = s.addPasskey(ctx, a, k, "", func(tx *Tx, f factor) error { // this ends the step as well
		n, err := tx.exec(ctx, `DELETE FROM sign_in_step WHERE hash = $1`, Digest(step))
		if err == nil && n == 0 {
			err = school.Refuse("code", "step_over")
		}
		if err == nil && f.on() {
			err = school.Clash("second_there")
		}
		return err
	})
	if err != nil {
		return "", nil, err
	}
	secret = Secret(32)
	err = s.transact(ctx, func(c conn) error { return s.openSession(ctx, c, a, secret, in) })
	if err != nil {
		return "", nil, err
	}
	return secret, codes, nil
}

// PasskeyFailed says in the log that somebody tried a key that did not sign: seldom, however often it is tried.
func (s *Store) PasskeyFailed(ctx context.Context, k Passkey) error {
	if err := s.slowed(ctx, tryKey, k.ID); err != nil {
		if school.KindOf(err) == school.Conflict {
			err = nil
		}
		return err
	}
	var home school.AuthorityID
	if _, err := s.read().one(ctx, `SELECT authority_id FROM account WHERE id = $1`, args(string(k.Account)), text(&home)); err != nil || home == "" {
		return err
	}
	ev := event{name: "account.sign_in_failed", subject: "account", id: string(k.Account)}
	return s.transact(ctx, func(c conn) error { return s.note(ctx, c, home, school.System("sign-in", home), ev) })
}

// ownerOf is the account of a key, if it may sign in.
func (s *Store) ownerOf(ctx context.Context, p PasskeyProof) (Account, error) {
	a, err := s.self(ctx, school.Actor{Kind: school.PersonActor, Account: p.Key.Account})
	if err == nil && !a.Ready || school.KindOf(err) == school.NotFound {
		err = school.Refuse("", "passkey_unknown")
	}
	return a, err
}

// ---------------------------------------------------------------------------------------------- still there

// fresh refuses what takes that the owner of a session proved to be there just now.
func (s *Store) fresh(ctx context.Context, c conn, a Account, keep string) error {
	n, err := c.number(ctx, `SELECT count(*) FROM session WHERE hash = $1 AND account_id = $2 AND proven_at > $3`,
		Digest(keep), string(a.ID), s.Now().Add(-FreshFor).UnixMicro())
	if err == nil && n == 0 {
		err = school.Clash("prove_first")
	}
	return err
}

// Prove makes the actor's session fresh by password and, where a second factor is in force, code.
func (s *Store) Prove(ctx context.Context, by school.Actor, password, code, keep string) error {
	a, err := s.self(ctx, by)
	if err != nil {
		return err
	}
	if err := s.provePassword(ctx, a, password); err != nil {
		return err
	}
	if a.Second {
		if err := s.mayTryCode(ctx, a); err != nil {
			return err
		}
	}
	return s.transact(ctx, func(c conn) error {
		f, err := s.factorOf(ctx, c, a)
		if err != nil {
			return err
		}
		if f.on() {
			recovered, err := s.takeCode(ctx, c, a, f, code)
			if err == nil && recovered {
				err = s.noteRecovery(ctx, c, a)
			}
			if err != nil {
				return err
			}
		}
		return s.freshen(ctx, c, a, keep)
	})
}

// ProveWithPasskey makes the actor's session fresh by one of its keys.
func (s *Store) ProveWithPasskey(ctx context.Context, by school.Actor, p PasskeyProof, keep string) error {
	a, err := s.self(ctx, by)
	if err == nil && a.ID != p.Key.Account {
		err = school.Refuse("", "passkey_unknown")
	}
	if err != nil {
		return err
	}
	return s.doubt(ctx, a, p, s.transact(ctx, func(c conn) error {
		if err := s.usePasskey(ctx, c, p); err != nil {
			return err
		}
		return s.freshen(ctx, c, a, keep)
	}))
}

func (s *Store) freshen(ctx context.Context, c conn, a Account, keep string) error {
	n, err := c.exec(ctx, `UPDATE session SET proven_at = $1 WHERE hash = $2 AND account_id = $3`, s.Now().UnixMicro(), Digest(keep), string(a.ID))
	if err == nil && n == 0 {
		err = school.Missing("session")
	}
	return err
}
