package api

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"ranzen/store/school"
)

// A token is 256 random bits: nobody guesses one. What has to be held off is a program that asks the database thousands
// of times a second with a token that ended. So failed tokens are counted for the whole process, and when there were too
// many, tokens not seen to work before are turned away unasked. Tokens that work go on working meanwhile, whoever floods
// us from wherever: a school is one address, so addresses say nothing.
const (
	failuresAtOnce = 60               // failed tokens before anybody is turned away
	failureEvery   = time.Second      // gives one more try back
	knownTokens    = 10_000           // remembered to have worked
	longestToken   = 200              // ours have 46 letters
	turnedAwayFor  = 10 * time.Second // what we ask those to wait
)

// doorkeeper says who acts.
type doorkeeper struct {
	actor func(ctx context.Context, secret string) (school.Actor, error)
	now   func() time.Time

	mu    sync.Mutex
	tries float64
	at    time.Time
	known map[[sha256.Size]byte]bool
}

func newDoorkeeper(actor func(context.Context, string) (school.Actor, error), now func() time.Time) *doorkeeper {
	return &doorkeeper{actor: actor, now: now, tries: failuresAtOnce, known: map[[sha256.Size]byte]bool{}}
}

// enter opens the token of a request.
func (k *doorkeeper) enter(r *http.Request) (school.Actor, error) {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return school.Actor{}, &refusal{status: http.StatusUnauthorized, code: "token_missing"}
	}
	if len(secret) > longestToken {
		return school.Actor{}, errToken
	}
	digest := sha256.Sum256([]byte(secret))
	if !k.mayAsk(digest) {
		return school.Actor{}, &refusal{status: http.StatusTooManyRequests, code: "token_wait", retry: turnedAwayFor}
	}
	by, err := k.actor(r.Context(), secret)
	switch {
	case err == nil:
		k.worked(digest)
	case school.KindOf(err) == school.NotFound:
		k.failed(digest)
		err = errToken
	}
	return by, err
}

var errToken = &refusal{status: http.StatusUnauthorized, code: "token_invalid"}

func (k *doorkeeper) mayAsk(digest [sha256.Size]byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if since := now.Sub(k.at); since > 0 {
		k.tries = min(failuresAtOnce, k.tries+float64(since)/float64(failureEvery))
	}
	k.at = now
	return k.known[digest] || k.tries >= 1
}

func (k *doorkeeper) worked(digest [sha256.Size]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.known) >= knownTokens {
		clear(k.known)
	}
	k.known[digest] = true
}

func (k *doorkeeper) failed(digest [sha256.Size]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tries = max(0, k.tries-1)
	delete(k.known, digest)
}
