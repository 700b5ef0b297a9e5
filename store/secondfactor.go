package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "account.second_set", "account.second_off", "account.second_reset", "account.recovery_made", "account.recovery_used")

// One-time codes by RFC 6238 as every app makes them: SHA-1, six digits, a new one each half minute. A code of the
// period before or after counts, because telephones' clocks differ; none counts twice.
const (
	codePeriod   = 30 * time.Second
	codeDrift    = 1
	codeSecret   = 20 // bytes
	recoveryMade = 10
	stepFor      = 30 * time.Minute // longer than the longest wait after wrong codes
)

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// SecondFactor says how it stands with the second factor of an account.
type SecondFactor struct {
	On       bool // by an app or by keys
	App      bool
	Since    time.Time // of the app
	Passkeys int
	Codes    int  // recovery codes left
	Required bool // by the authority, for a role the account has
	Possible bool // the account has a password: where a provider signs in, the second factor is its business
}

// NextStep is the answer to a right password that is not enough: Secret goes into a cookie, and with it either a code is
// asked for or a second factor is set up (SetUp). It is an error, so that nobody takes it for a session.
type NextStep struct {
	Secret string
	SetUp  bool
}

func (*NextStep) Error() string { return "sign-in: the second factor is asked for" }

// factor is a row of second_factor, opened.
type factor struct {
	there        bool
	keys         int64 // passkeys of the account
	secret, next string
	recovery     []string
	sealed       []byte // recovery as it was read
	last         int64
	since        time.Time
}

// on reports whether more than the password is asked for.
func (f factor) on() bool { return f.secret != "" || f.keys > 0 }

func (s *Store) factorOf(ctx context.Context, c conn, a Account) (f factor, err error) {
	var secret, next []byte
	if f.keys, err = c.number(ctx, `SELECT count(*) FROM passkey WHERE account_id = $1`, string(a.ID)); err != nil {
		return f, err
	}
	f.there, err = c.one(ctx, `SELECT secret_sealed, next_sealed, recovery_sealed, last_step, since_at FROM second_factor WHERE account_id = $1`,
		args(string(a.ID)), &secret, &next, &f.sealed, &f.last, stamp(&f.since))
	if err != nil || !f.there {
		return f, err
	}
	for column, to := range map[string]*string{"secret": &f.secret, "next": &f.next} {
		sealed := map[string][]byte{"secret": secret, "next": next}[column]
		plain, err := s.open(factorCell(a, column), sealed)
		if err != nil {
			return f, err
		}
		*to = string(plain)
	}
	plain, err := s.open(factorCell(a, "recovery"), f.sealed)
	if err == nil && len(plain) > 0 {
		err = json.Unmarshal(plain, &f.recovery)
	}
	return f, err
}

func factorCell(a Account, column string) cell {
	return cell{a.Authority, "second_factor", column, string(a.ID)}
}

// codeStep is the period whose code this is, newer than the last that was taken.
func codeStep(secret, code string, now time.Time, last int64) (int64, bool) {
	code = strings.Join(strings.Fields(code), "")
	step, found := int64(0), false
	at := now.Unix() / int64(codePeriod/time.Second)
	for n := at - codeDrift; n <= at+codeDrift; n++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(n), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && n > last {
			step, found = n, true
		}
	}
	return step, found
}

// plainCode is a recovery code without what people type around it.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '2' && r <= '7':
			return r
		}
		return -1
	}, code)
}

// takeCode uses a code up: a one-time code, or a recovery code. A wrong one is refused, whoever asks.
func (s *Store) takeCode(ctx context.Context, c conn, a Account, f factor, code string) (recovered bool, err error) {
	if step, ok := codeStep(f.secret, code, s.Now(), f.last); ok && f.secret != "" {
		n, err := c.exec(ctx, `UPDATE second_factor SET last_step = $1 WHERE account_id = $2 AND last_step < $1`, step, string(a.ID))
		if err == nil && n == 0 { // somebody else took it in this moment
			err = school.Refuse("code", "code_wrong_second")
		}
		if err == nil {
			err = s.forgive(ctx, c, trySecond, string(a.ID))
		}
		return false, err
	}
	want := Digest(string(a.ID) + plainCode(code))
	for i, have := range f.recovery {
		if subtle.ConstantTimeCompare([]byte(have), []byte(want)) == 1 {
			left := slices.Delete(slices.Clone(f.recovery), i, i+1)
			n, err := c.exec(ctx, `UPDATE second_factor SET recovery_sealed = $1 WHERE account_id = $2 AND recovery_sealed = $3`,
				s.seal(factorCell(a, "recovery"), []byte(toJSON(left))), string(a.ID), f.sealed)
			if err == nil && n == 0 { // somebody else took one in this moment
				err = school.Refuse("code", "code_wrong_second")
			}
			if err == nil {
				err = s.forgive(ctx, c, trySecond, string(a.ID))
			}
			return true, err
		}
	}
	return false, school.Refuse("code", "code_wrong_second")
}

// requires reports whether an authority asks a second factor of a role the account has now.
func (s *Store) requires(ctx context.Context, c conn, id school.AccountID) (bool, error) {
	now, needed := s.Now(), false
	err := c.each(ctx, `SELECT g.role, a.policy FROM role_grant g JOIN authority a ON a.id = g.authority_id
		WHERE g.account_id = $1 AND g.from_at <= $2 AND (g.until_at IS NULL OR g.until_at > $2)`, args(string(id), now.UnixMicro()), func(r *sql.Rows) error {
		var role school.Role
		var p school.Policy
		if err := r.Scan(text(&role), fromJSON(&p)); err != nil {
			return err
		}
		needed = needed || slices.Contains(p.SecondFactor, role)
		return nil
	})
	return needed, err
}

// SecondFactor says how it stands with the actor's own.
func (s *Store) SecondFactor(ctx context.Context, by school.Actor) (SecondFactor, error) {
	a, err := s.self(ctx, by)
	if err != nil {
		return SecondFactor{}, err
	}
	f, err := s.factorOf(ctx, s.read(), a)
	if err != nil {
		return SecondFactor{}, err
	}
	needed, err := s.requires(ctx, s.read(), a.ID)
	return SecondFactor{On: f.on(), App: f.secret != "", Since: f.since, Passkeys: int(f.keys), Codes: len(f.recovery), Required: needed, Possible: a.Ready}, err
}

// provePassword lets the actor try its own password, slowed down like a sign-in.
func (s *Store) provePassword(ctx context.Context, a Account, password string) error {
	if err := s.mayTry(ctx, a.Login); err != nil {
		return err
	}
	var phc string
	if _, err := s.read().one(ctx, `SELECT password FROM account WHERE id = $1`, args(string(a.ID)), &phc); err != nil {
		return err
	}
	ok, err := passwordIs(ctx, phc, password)
	if err == nil && !ok {
		err = school.Refuse("old", "password_wrong")
	}
	if err != nil {
		return err
	}
	return s.transact(ctx, func(c conn) error { return s.forgive(ctx, c, trySignIn, Digest(school.Fold(a.Login))) })
}

// BeginSecondFactor makes a secret for the actor's app, which knows its password and, where a second factor is in force,
// its code. What is in force stays so until a code of the new secret was entered (ConfirmSecondFactor).
func (s *Store) BeginSecondFactor(ctx context.Context, by school.Actor, password, code string) (string, error) {
	a, err := s.self(ctx, by)
	if err != nil {
		return "", err
	}
	if err := s.provePassword(ctx, a, password); err != nil {
		return "", err
	}
	if a.Second {
		if err := s.mayTryCode(ctx, a); err != nil {
			return "", err
		}
	}
	return s.newFactor(ctx, a, &code)
}

// newFactor writes a secret that waits to be confirmed. With code the one in force must agree.
func (s *Store) newFactor(ctx context.Context, a Account, code *string) (string, error) {
	b := make([]byte, codeSecret)
	rand.Read(b)
	secret := base32Plain.EncodeToString(b)
	err := s.transact(ctx, func(c conn) error {
		f, err := s.factorOf(ctx, c, a)
		if err != nil {
			return err
		}
		if f.on() {
			if code == nil {
				return school.Clash("second_there")
			}
			if _, err := s.takeCode(ctx, c, a, f, *code); err != nil {
				return err
			}
		}
		sealed := s.seal(factorCell(a, "next"), []byte(secret))
		_, err = c.exec(ctx, `INSERT INTO second_factor (account_id, authority_id, next_sealed) VALUES ($1, $2, $3) ON CONFLICT (account_id) DO UPDATE SET next_sealed = $3`,
			string(a.ID), opt(a.Authority), sealed)
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

func (s *Store) forgive(ctx context.Context, c conn, kind, subject string) error {
	_, err := c.exec(ctx, `DELETE FROM attempt WHERE kind = $1 AND subject = $2`, kind, subject)
	return err
}

// PendingSecret is the secret that waits for its first code, to be shown again.
func (s *Store) PendingSecret(ctx context.Context, by school.Actor) (string, error) {
	a, err := s.self(ctx, by)
	if err != nil {
		return "", err
	}
	f, err := s.factorOf(ctx, s.read(), a)
	if err == nil && f.next == "" {
		err = school.Missing("second_factor")
	}
	return f.next, err
}

// ConfirmSecondFactor puts the new secret in force by its first code and returns the recovery codes, this once. Every
// other session of the account ends; keep is the secret of the one that stays.
func (s *Store) ConfirmSecondFactor(ctx context.Context, by school.Actor, code, keep string) ([]string, error) {
	a, err := s.self(ctx, by)
	if err != nil {
		return nil, err
	}
	return s.confirmFactor(ctx, a, code, keep)
}

func (s *Store) confirmFactor(ctx context.Context, a Account, code, keep string) (codes []string, err error) {
	codes, digests := newRecovery(a.ID)
	err = s.changeAccount(ctx, school.System("account", a.Authority), a, event{name: "account.second_set"}, func(tx *Tx, _ row) (row, error) {
		f, err := s.factorOf(ctx, tx.conn, a)
		if err != nil {
			return nil, err
		}
		if f.next == "" {
			return nil, school.Missing("second_factor")
		}
		step, ok := codeStep(f.next, code, tx.now, 0)
		if !ok {
			return nil, school.Refuse("code", "code_wrong_second")
		}
		if _, err := tx.exec(ctx, `UPDATE second_factor SET secret_sealed = $1, next_sealed = NULL, recovery_sealed = $2, last_step = $3, since_at = $4 WHERE account_id = $5`,
			s.seal(factorCell(a, "secret"), []byte(f.next)), s.seal(factorCell(a, "recovery"), []byte(toJSON(digests))), step, tx.now.UnixMicro(), string(a.ID)); err != nil {
			return nil, err
		}
		return nil, s.freshStart(ctx, tx.conn, a, keep)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// newRecovery makes recovery codes of 60 bits, to be printed, and the digests that are kept.
func newRecovery(id school.AccountID) (codes, digests []string) {
	for range recoveryMade {
		b := make([]byte, 10)
		rand.Read(b)
		text := base32Plain.EncodeToString(b)[:12]
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:])
		digests = append(digests, Digest(string(id)+text))
	}
	return codes, digests
}

// NewRecoveryCodes replaces the recovery codes of the actor, who enters a code of its app.
func (s *Store) NewRecoveryCodes(ctx context.Context, by school.Actor, password, code string) ([]string, error) {
	a, err := s.self(ctx, by)
	if err != nil {
		return nil, err
	}
	codes, digests := newRecovery(a.ID)
	err = s.withFactor(ctx, a, "account.recovery_made", password, code, func(tx *Tx, _ factor) error {
		_, err := tx.exec(ctx, `UPDATE second_factor SET recovery_sealed = $1 WHERE account_id = $2`, s.seal(factorCell(a, "recovery"), []byte(toJSON(digests))), string(a.ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// DropSecondFactor switches the codes of the actor's app off. It takes password and code, and it is refused where the
// authority asks for a second factor and there is no other: there it can only be replaced. Passkeys and their recovery codes stay.
func (s *Store) DropSecondFactor(ctx context.Context, by school.Actor, password, code string) error {
	a, err := s.self(ctx, by)
	if err != nil {
		return err
	}
	return s.withFactor(ctx, a, "account.second_off", password, code, func(tx *Tx, f factor) error {
		if f.secret == "" {
			return school.Missing("second_factor")
		}
		if f.keys > 0 {
			_, err := tx.exec(ctx, `UPDATE second_factor SET secret_sealed = NULL, next_sealed = NULL, since_at = NULL WHERE account_id = $1`, string(a.ID))
			return err
		}
		needed, err := s.requires(ctx, tx.conn, a.ID)
		if err == nil && needed {
			err = school.Clash("second_required")
		}
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, `DELETE FROM second_factor WHERE account_id = $1`, string(a.ID))
		return err
	})
}

// withFactor changes a second factor in force, by password and code.
func (s *Store) withFactor(ctx context.Context, a Account, name, password, code string, fn func(tx *Tx, f factor) error) error {
	if err := s.provePassword(ctx, a, password); err != nil {
		return err
	}
	if err := s.mayTryCode(ctx, a); err != nil {
		return err
	}
	return s.changeAccount(ctx, school.System("account", a.Authority), a, event{name: name}, func(tx *Tx, _ row) (row, error) {
		f, err := s.factorOf(ctx, tx.conn, a)
		if err != nil {
			return nil, err
		}
		if !f.on() {
			return nil, school.Missing("second_factor")
		}
		if _, err := s.takeCode(ctx, tx.conn, a, f, code); err != nil {
			return nil, err
		}
		return nil, fn(tx, f)
	})
}

// ResetSecondFactor takes away the second factor of somebody who lost telephone and recovery codes: app, passkeys and all. Who
// does it knows the person; the account is told by mail, in the same transaction, and its sessions end. Without a subject nobody is written to.
func (s *Store) ResetSecondFactor(ctx context.Context, by school.Actor, id school.AccountID, subject, body string) error {
	is, err := s.account(ctx, by, id)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, by, is, event{name: "account.second_reset"}, func(tx *Tx, _ row) (row, error) {
		if by.Account == id {
			return nil, school.Clash("second_own")
		}
		if err := tx.outranks(by, id); err != nil {
			return nil, err
		}
		n, err := tx.exec(ctx, `DELETE FROM second_factor WHERE account_id = $1`, string(id))
		if err == nil {
			err = s.endAll(ctx, tx.conn, id, "")
		}
		if err != nil {
			return nil, err
		}
		keys, err := tx.exec(ctx, `DELETE FROM passkey WHERE account_id = $1`, string(id))
		if err == nil && n+keys == 0 {
			err = school.Missing("second_factor")
		}
		if err != nil {
			return nil, err
		}
		if is.Email == "" || subject == "" {
			return nil, nil
		}
		return nil, s.mail(ctx, tx.conn, is.Authority, "second_factor", is.Email, subject, body)
	})
}

// ---------------------------------------------------------------------------------------------- between password and session

// beginStep is called for a right password: nil when nothing more is asked for, else what is.
func (s *Store) beginStep(ctx context.Context, c conn, a Account) (*NextStep, error) {
	f, err := s.factorOf(ctx, c, a)
	if err != nil {
		return nil, err
	}
	step := &NextStep{Secret: Secret(32)}
	if !f.on() {
		if step.SetUp, err = s.requires(ctx, c, a.ID); err != nil || !step.SetUp {
			return nil, err
		}
	}
	if err := s.forgive(ctx, c, trySignIn, Digest(school.Fold(a.Login))); err != nil {
		return nil, err
	}
	_, err = c.exec(ctx, `INSERT INTO sign_in_step (hash, account_id, sets_up, ends_at) VALUES ($1, $2, $3, $4)`,
		Digest(step.Secret), string(a.ID), step.SetUp, s.Now().Add(stepFor).UnixMicro())
	return step, err
}

// SignInStep says whose sign-in waits for its second factor, and whether it has to be set up first.
func (s *Store) SignInStep(ctx context.Context, step string) (a Account, setsUp bool, err error) {
	err = s.read().each(ctx, `SELECT `+accountColumns+`, x.sets_up FROM sign_in_step x JOIN account a ON a.id = x.account_id
		WHERE x.hash = $1 AND x.ends_at > $2 AND NOT a.disabled`, args(Digest(step), s.Now().UnixMicro()), func(r *sql.Rows) error { return scanAccount(r, &a, &setsUp) })
	if err == nil && a.ID == "" {
		err = school.Refuse("code", "step_over")
	}
	return a, setsUp, err
}

// StepSecret is the secret somebody sets up who has to before the first session. It is the same each time it is asked for.
func (s *Store) StepSecret(ctx context.Context, step string) (string, error) {
	a, setsUp, err := s.SignInStep(ctx, step)
	if err != nil {
		return "", err
	}
	if !setsUp {
		return "", school.Missing("second_factor")
	}
	f, err := s.factorOf(ctx, s.read(), a)
	if err != nil || f.next != "" {
		return f.next, err
	}
	return s.newFactor(ctx, a, nil)
}

// noteRecovery says in the log that a recovery code was used.
func (s *Store) noteRecovery(ctx context.Context, c conn, a Account) error {
	if a.Authority == "" {
		return nil
	}
	by := school.Actor{Kind: school.PersonActor, Account: a.ID, Name: a.Name, Tenant: a.Authority}
	return s.note(ctx, c, a.Authority, by, event{name: "account.recovery_used", subject: "account", id: string(a.ID)})
}

// FinishSignIn opens the session for a right code. Wrong codes are slowed down like wrong passwords. Where the second factor is set up by this, codes are its recovery codes.
func (s *Store) FinishSignIn(ctx context.Context, step, code string, in SignIn) (secret string, codes []string, err error) {
	a, setsUp, err := s.SignInStep(ctx, step)
	if err != nil {
		return "", nil, err
	}
	if setsUp {
		codes, err = s.confirmFactor(ctx, a, code, "") // this ends the step as well
	} else {
		err = s.mayTryCode(ctx, a)
	}
	if err != nil {
		return "", nil, err
	}
	secret = Secret(32)
	recovered := false
	err = s.transact(ctx, func(c conn) error {
		if !setsUp {
			f, err := s.factorOf(ctx, c, a)
			if err != nil {
				return err
			}
			if recovered, err = s.takeCode(ctx, c, a, f, code); err != nil {
				return err
			}
			n, err := c.exec(ctx, `DELETE FROM sign_in_step WHERE hash = $1`, Digest(step))
			if err == nil && n == 0 { // used meanwhile, or the password changed
				err = school.Refuse("code", "step_over")
			}
			if err != nil {
				return err
			}
		}
		if recovered {
			if err := s.noteRecovery(ctx, c, a); err != nil {
				return err
			}
		}
		return s.openSession(ctx, c, a, secret, in)
	})
	if e, wrong := errors.AsType[*school.Error](err); wrong && e.Code == "code_wrong_second" && a.Authority != "" {
		ev := event{name: "account.sign_in_failed", subject: "account", id: string(a.ID)}
		if nerr := s.transact(ctx, func(c conn) error { return s.note(ctx, c, a.Authority, school.System("sign-in", a.Authority), ev) }); nerr != nil {
			return "", nil, nerr
		}
	}
	if err != nil {
		return "", nil, err
	}
	return secret, codes, nil
}
