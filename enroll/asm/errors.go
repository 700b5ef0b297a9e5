package asm

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What a caller can act on. All are found with errors.Is behind the call that failed.
var (
	// ErrCursorExhausted: the full fetch is complete, go on with SyncDevices from this cursor.
	ErrCursorExhausted = errors.New("asm: the cursor is exhausted")
	// ErrCursorExpired and ErrCursorInvalid: start again with a full fetch.
	ErrCursorExpired = errors.New("asm: the cursor has expired")
	ErrCursorInvalid = errors.New("asm: the cursor is invalid")
	// ErrCursorStuck: Apple promised more and gave the same cursor back. Try again later; going on
	// at once would go on forever.
	ErrCursorStuck = errors.New("asm: the cursor does not move")
	// ErrTermsNotSigned: somebody has to accept new terms in Apple School Manager.
	ErrTermsNotSigned = errors.New("asm: Apple's terms have not been accepted")
	// ErrTokenRejected: the token has expired or was revoked, or our clock is wrong.
	ErrTokenRejected = errors.New("asm: Apple rejects the token")
	// ErrAccessDenied: the token is good but may not do this.
	ErrAccessDenied = errors.New("asm: the token may not do this")
	// ErrNotFound: Apple does not know the profile or device.
	ErrNotFound = errors.New("asm: Apple does not know it")
)

// APIError is any other refusal. It carries Apple's code and nothing else of the body.
type APIError struct {
	Status int
	Code   string
}

func (e *APIError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("Apple answered %d", e.Status)
	}
	return fmt.Sprintf("Apple answered %d %s", e.Status, e.Code)
}

// Is lets the code of Apple's answer match the errors above.
func (e *APIError) Is(target error) bool {
	switch target {
	case ErrCursorExhausted:
		return e.Code == "EXHAUSTED_CURSOR"
	case ErrCursorExpired:
		return e.Code == "EXPIRED_CURSOR"
	case ErrCursorInvalid:
		return e.Code == "INVALID_CURSOR"
	case ErrTermsNotSigned:
		return e.Code == "T_C_NOT_SIGNED"
	case ErrAccessDenied:
		return e.Code == "ACCESS_DENIED"
	case ErrNotFound:
		return e.Code == "NOT_FOUND" || e.Code == "DEVICE_NOT_FOUND" || e.Status == http.StatusNotFound
	}
	return false
}

// sessionGone says that a fresh session may help.
func (e *APIError) sessionGone() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden && e.Code == "FORBIDDEN"
}

// tokenRefused says that the refusal of a new session is about the token. Apple answers 400, 401
// and 403 there, but unaccepted terms are their own matter.
func (e *APIError) tokenRefused() bool {
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return e.Code != "T_C_NOT_SIGNED"
	}
	return false
}

// Throttled asks for patience. RetryAfter is zero when Apple does not say how long.
type Throttled struct{ RetryAfter time.Duration }

func (e *Throttled) Error() string {
	return fmt.Sprintf("Apple asks to come back after %s", e.RetryAfter)
}

// Unavailable is everything that may be better later: no connection, an answer that cannot be
// read, a fault at Apple. Status is zero when there was no answer.
type Unavailable struct {
	Status     int
	RetryAfter time.Duration
	Err        error
}

func (e *Unavailable) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("Apple is unavailable (%d): %v", e.Status, e.Err)
	}
	return fmt.Sprintf("Apple is unavailable (%d)", e.Status)
}

func (e *Unavailable) Unwrap() error { return e.Err }

// longestWait bounds what a header may ask of a job.
const longestWait = 24 * time.Hour

var codePattern = regexp.MustCompile(`[A-Z][A-Z_]{2,63}`)

// refusal turns an answer that is no success into an error. The body is searched for Apple's code
// (it comes bare, as a JSON string or inside an object) and then forgotten: it may repeat what we
// sent. HTML comes from proxies and holds no code.
func refusal(resp *http.Response, now time.Time) error {
	wait := retryAfter(resp.Header.Get("Retry-After"), now)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return &Throttled{RetryAfter: wait}
	case resp.StatusCode >= 500, resp.StatusCode < 400:
		return &Unavailable{Status: resp.StatusCode, RetryAfter: wait}
	}
	refused := &APIError{Status: resp.StatusCode}
	// A body that breaks off leaves the status to judge by.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxError))
	if text := strings.TrimSpace(string(body)); !strings.HasPrefix(text, "<") {
		refused.Code = codePattern.FindString(text)
	}
	return refused
}

// retryAfter reads seconds or an HTTP date.
func retryAfter(value string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, int(longestWait/time.Second))) * time.Second
	} else if when, err := http.ParseTime(value); err == nil {
		wait = when.Sub(now)
	}
	return max(0, min(wait, longestWait))
}
