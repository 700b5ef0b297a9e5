package asm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// UnlockHost is where an Activation Lock is taken off with its bypass code.
const UnlockHost = "deviceservices-external.apple.com"

const unlockURL = "https://" + UnlockHost + "/deviceservicesworkers/escrowKeyUnlock"

// Unlock is one request to take the Activation Lock off a device. Code is the human form of a bypass code, whichever of the
// two kinds it is of: Apple does not say which one counts.
// Document: Apple "Creating and Using Bypass Codes".
type Unlock struct {
	Serial  string
	Product string // "iPad13,18"
	OrgName string
	Request string // an id of the request, for Apple's records
	Code    string
}

// Send asks Apple. It needs no token: the road must show the push certificate as its client certificate. An *APIError says
// that Apple did not take the code, with Apple's word for it; *Unavailable and *Throttled that nobody knows.
func (u Unlock) Send(ctx context.Context, road http.RoundTripper, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	form := url.Values{"orgName": {u.OrgName}, "guid": {u.Request}, "escrowKey": {u.Code}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, unlockURL+"?"+url.Values{"serial": {u.Serial}, "productType": {u.Product}}.Encode(), strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("asm: unlock: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", "Ranzen")
	resp, err := road.RoundTrip(req)
	if err != nil { // the serial number stands in the address: only the cause is kept
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return fmt.Errorf("asm: unlock: %w", &Unavailable{Err: err})
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return nil
	}
	return fmt.Errorf("asm: unlock: %w", refusal(resp, now))
}

// NotLocked reports whether Apple says that there is nothing to take off.
func NotLocked(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}
