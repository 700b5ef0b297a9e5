package enroll

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ranzen/enroll/asm"
	"ranzen/store"
	"ranzen/store/school"
)

// How long it waits until Apple is asked again to take a lock off.
const (
	unlockAgain  = time.Minute
	unlockNoCert = time.Hour // somebody has to bring a push certificate first
	unlocksOnce  = 50
)

// UnlocksDue reports whether Apple is to be asked for anything.
func (x *Enroll) UnlocksDue(ctx context.Context) (bool, error) {
	due, err := x.st.UnlocksDue(ctx, 1)
	return len(due) > 0, err
}

// Unlock asks Apple to take the Activation Lock off the devices somebody ordered it for, one after the other. A job calls it.
func (x *Enroll) Unlock(ctx context.Context) error {
	due, err := x.st.UnlocksDue(ctx, unlocksOnce)
	if err != nil {
		return err
	}
	roads := map[school.AuthorityID]http.RoundTripper{}
	for _, u := range due {
		if err := x.st.StillLeased(ctx); err != nil {
			return err
		}
		road, ok := roads[u.Authority]
		if !ok {
			if road, err = x.unlockRoad(ctx, u.Authority); err != nil {
				return err
			}
			roads[u.Authority] = road
		}
		if road == nil {
			if err := x.st.Unlocked(ctx, u, school.Later, "no_push_certificate", unlockNoCert); err != nil {
				return err
			}
			continue
		}
		said := asm.Unlock{Serial: u.Serial, Product: u.Product, OrgName: u.OrgName, Request: string(u.Order), Code: u.Code}.Send(ctx, road, x.st.Now())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := x.keepUnlock(ctx, u, said); err != nil {
			return err
		}
	}
	return nil
}

func (x *Enroll) keepUnlock(ctx context.Context, u store.UnlockDue, said error) error {
	var refused *asm.APIError
	var away *asm.Unavailable
	var slow *asm.Throttled
	switch {
	case said == nil:
		return x.st.Unlocked(ctx, u, school.Done, "", 0)
	case asm.NotLocked(said):
		return x.st.Unlocked(ctx, u, school.Done, "not_locked", 0)
	case errors.As(said, &refused):
		return x.st.Unlocked(ctx, u, school.Refused, refused.Error(), 0)
	case errors.As(said, &slow):
		return x.st.Unlocked(ctx, u, school.Later, "apple_away", max(slow.RetryAfter, unlockAgain))
	case errors.As(said, &away):
		return x.st.Unlocked(ctx, u, school.Later, "apple_away", max(away.RetryAfter, unlockAgain))
	}
	return said
}

// unlockRoad is the way to Apple under an authority's push certificate; nil where it has none. The played Apple asks for none.
func (x *Enroll) unlockRoad(ctx context.Context, a school.AuthorityID) (http.RoundTripper, error) {
	if x.apple != nil {
		return x.apple, nil
	}
	push, err := x.st.OpenPush(ctx, a)
	if school.KindOf(err) == school.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(push.Certificate, push.Key)
	if err != nil {
		return nil, fmt.Errorf("push certificate of authority %s: %w", a, err)
	}
	return &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, DisableKeepAlives: true}, nil
}
