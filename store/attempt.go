package store

import (
	"context"
	"time"

	"ranzen/store/school"
)

// Kinds of attempts that are counted, because they could be guesses.
const (
	trySignIn = "sign-in" // subject: digest of the folded login, whether there is such an account or not
	trySecond = "second"  // subject: account whose second factor is asked for
	tryKey    = "passkey" // subject: key that is said to have signed; slows the log alone
	tryTyped  = "typed"   // subject: "" — every typed enrolment code of the installation
	tryCode   = "code"    // subject: id of an enrolment code
)

// How a sign-in is slowed down: the first tries are free, then each failure doubles the wait. It is the wait of one
// account; a school behind one address never waits for its neighbour.
const (
	freeTries   = 5
	longestWait = 15 * time.Minute
	forgetAfter = 24 * time.Hour
)

func waitAfter(failures int64) time.Duration {
	if failures < freeTries {
		return 0
	}
	return min(time.Second<<min(failures-freeTries, 20), longestWait)
}

// mayTry counts a try at a login as failed before the password is looked at, so that many tries at once are as slow as
// one after the other. Who turns out to be right is forgiven by freshStart or by signing in.
func (s *Store) mayTry(ctx context.Context, login string) error {
	return s.slowed(ctx, trySignIn, Digest(school.Fold(login)))
}

// mayTryCode is mayTry for the code of somebody whose password was right. It has a count of its own: the password is no
// way to more tries, and whoever knows it waits for the code alone.
func (s *Store) mayTryCode(ctx context.Context, a Account) error {
	return s.slowed(ctx, trySecond, string(a.ID))
}

func (s *Store) slowed(ctx context.Context, kind, subject string) error {
	var refused error
	err := s.transact(ctx, func(c conn) error {
		refused = nil
		now := s.Now()
		var count int64
		var last time.Time
		if _, err := c.one(ctx, `SELECT count, last_at FROM attempt WHERE kind = $1 AND subject = $2 FOR UPDATE`, args(kind, subject), &count, stamp(&last)); err != nil {
			return err
		}
		if now.Sub(last) > forgetAfter {
			count = 0
		}
		if until := last.Add(waitAfter(count)); now.Before(until) {
			refused = school.Clash("sign_in_wait", int(until.Sub(now)/time.Second)+1)
			return nil
		}
		_, err := c.exec(ctx, `INSERT INTO attempt (kind, subject, count, since_at, last_at) VALUES ($1, $2, 1, $3, $3)
			ON CONFLICT (kind, subject) DO UPDATE SET count = CASE WHEN $4 > 0 THEN attempt.count + 1 ELSE 1 END, last_at = $3`,
			kind, subject, now.UnixMicro(), count)
		return err
	})
	if err != nil {
		return err
	}
	return refused
}

// within counts one more in a fixed window and reports whether it still is within the limit.
func (c conn) within(ctx context.Context, kind, subject string, now time.Time, window time.Duration, limit int64) (bool, error) {
	var count int64
	_, err := c.one(ctx, `INSERT INTO attempt (kind, subject, count, since_at, last_at) VALUES ($1, $2, 1, $3, $3)
		ON CONFLICT (kind, subject) DO UPDATE SET last_at = $3,
			count = CASE WHEN attempt.since_at <= $4 THEN 1 ELSE attempt.count + 1 END,
			since_at = CASE WHEN attempt.since_at <= $4 THEN $3 ELSE attempt.since_at END
		RETURNING count`, args(kind, subject, now.UnixMicro(), now.Add(-window).UnixMicro()), &count)
	return count <= limit, err
}
