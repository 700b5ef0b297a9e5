package enroll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ranzen/enroll/asm"
	"ranzen/store"
	"ranzen/store/school"
)

// ListHost is where Apple's list of devices is read from.
const ListHost = asm.Host

// VersionsHost is where Apple's list of versions of iPadOS is read from.
const VersionsHost = asm.LookupHost

// UnlockHost is asked to take an Activation Lock off.
const UnlockHost = asm.UnlockHost

// Following the list of a token. First the whole list is fetched, page by page; its last cursor is the first for the
// changes since. Every page is kept together with its cursor in one transaction, so that work that was ended between
// two pages goes on where it was, and work done twice changes nothing. Once a day the whole list is fetched again, which
// finds what the changes did not tell; and whenever Apple no longer knows the cursor.
//
// Apple: Fetch Devices, Sync the List of Devices.

const (
	pageSize = 1000
	// fullEvery is how often the whole list is compared.
	fullEvery = 24 * time.Hour
	// restartsAtMost bounds how often one run begins the list anew: a service that forgets every cursor is not asked for ever.
	restartsAtMost = 3
	// patience is how long Apple is left alone when it asks for it without saying how long, or is not there.
	patience = time.Minute
	// awayFor is how long Apple may be silent, or want to be left alone, before people are told. The list is read every ten
	// minutes.
	awayFor = time.Hour
	// stuckFor is how long a list whose cursor does not move is left alone.
	stuckFor = 15 * time.Minute
)

// Followed is what came of following a list.
type Followed struct {
	store.SyncResult
	Pages int
	// Until is when Apple wants to be asked again, when it does not want to be asked now; zero: the end was reached.
	Until time.Time
}

// tokenAs is a token and the job as which the server acts for its authority.
func (x *Enroll) tokenAs(ctx context.Context, id school.TokenID, job string) (by school.Actor, token store.AppleToken, err error) {
	a, err := x.authorityOf(ctx, id)
	if err == nil {
		by = school.System(job, a)
		token, err = x.st.AppleToken(ctx, by, id)
	}
	return by, token, err
}

// SyncToken follows the list of a token to its end. That Apple wants to be left alone is no error: the job comes back at
// Until. What goes wrong is kept as the state of the token, and what needs a person raises an alarm.
func (x *Enroll) SyncToken(ctx context.Context, id school.TokenID) (Followed, error) {
	var done Followed
	by, token, err := x.tokenAs(ctx, id, "apple-sync")
	if err != nil {
		return done, err
	}
	if x.st.Now().Before(token.Sync.NotBefore) {
		done.Until = token.Sync.NotBefore
		return done, nil
	}
	client, err := x.client(ctx, by, id)
	if err != nil {
		return done, err
	}
	f := follower{x: x, by: by, token: id, client: client, state: token.Sync, done: &done, seen: map[string]bool{}}
	if err := f.run(ctx); err != nil {
		until, err := x.appleFailed(ctx, by, id, err, lastHeard(token))
		done.Until = until
		return done, err
	}
	x.untell(ctx, by.Tenant, string(id), alarmTerms, alarmRejected, alarmDenied, alarmAway)
	return done, nil
}

// follower is one run through the list of a token.
type follower struct {
	x        *Enroll
	by       school.Actor
	token    school.TokenID
	client   *asm.Client
	state    store.SyncState
	done     *Followed
	restarts int
	moved    int
	seen     map[string]bool // cursors of this run, each with the phase it was asked in
}

func (f *follower) run(ctx context.Context) error {
	y := &f.state
	if y.Phase == store.Fetch && y.Round == "" || y.Phase == store.Sync && (y.Cursor == "" || f.x.st.Now().Sub(y.FullAt) >= fullEvery) {
		if err := f.restart(ctx); err != nil {
			return err
		}
	}
	for {
		if at := y.Phase + " " + y.Cursor; f.seen[at] {
			return fmt.Errorf("sync: %w", asm.ErrCursorStuck)
		} else {
			f.seen[at] = true
		}
		more, err := f.page(ctx)
		switch {
		case errors.Is(err, asm.ErrCursorExpired), errors.Is(err, asm.ErrCursorInvalid):
			if f.restarts >= restartsAtMost {
				return err
			}
			if err := f.restart(ctx); err != nil {
				return err
			}
			f.restarts++
		case isMoved(err):
			// Somebody else followed the list meanwhile, or a device came in by another way: look again where it is.
			if f.moved++; f.moved > restartsAtMost {
				return err
			}
			if err := f.reread(ctx); err != nil {
				return err
			}
		case err != nil:
			return err
		case !more:
			return nil
		}
	}
}

func isMoved(err error) bool {
	var e *school.Error
	return errors.As(err, &e) && e.Code == "sync_moved"
}

func (f *follower) restart(ctx context.Context) error {
	round, err := f.x.st.StartRound(ctx, f.by, f.token)
	if err != nil {
		return err
	}
	f.state.Phase, f.state.Cursor, f.state.Round = store.Fetch, "", round
	clear(f.seen)
	return nil
}

func (f *follower) reread(ctx context.Context) error {
	token, err := f.x.st.AppleToken(ctx, f.by, f.token)
	if err != nil {
		return err
	}
	f.state = token.Sync
	clear(f.seen)
	return nil
}

// page asks for one page and keeps it. more is false at the end of the changes; a full fetch is always followed by the
// changes made while it ran.
func (f *follower) page(ctx context.Context) (more bool, err error) {
	y := &f.state
	var got asm.Page
	if y.Phase == store.Fetch {
		got, err = f.client.FetchDevices(ctx, y.Cursor, pageSize)
	} else {
		got, err = f.client.SyncDevices(ctx, y.Cursor, pageSize)
	}
	if errors.Is(err, asm.ErrCursorExhausted) {
		got, err = asm.Page{}, nil // everything behind this cursor is known: the page is empty and the cursor stays
	}
	if err != nil {
		return false, err
	}
	result, err := f.x.st.SaveSync(ctx, f.by, store.SyncPage{Token: f.token, Phase: y.Phase, Round: y.Round, From: y.Cursor, Cursor: got.Cursor,
		More: got.MoreToFollow, Devices: listedDevices(got.Devices)})
	if err != nil {
		return false, err
	}
	f.done.New, f.done.Back, f.done.Gone, f.done.Pages = f.done.New+result.New, f.done.Back+result.Back, f.done.Gone+result.Gone, f.done.Pages+1
	if got.Cursor != "" {
		y.Cursor = got.Cursor
	}
	if y.Phase == store.Fetch {
		if !got.MoreToFollow {
			y.Phase = store.Sync
		}
		return true, nil
	}
	return got.MoreToFollow, nil
}

func listedDevices(in []asm.Device) []store.ADEDevice {
	out := make([]store.ADEDevice, 0, len(in))
	for _, d := range in {
		out = append(out, store.ADEDevice{Serial: d.SerialNumber, Model: d.Model, Description: d.Description, Color: d.Color, Family: d.DeviceFamily,
			ProfileUUID: d.ProfileUUID, ProfileStatus: string(d.ProfileStatus), Op: string(d.Op), OpAt: d.OpDate.Time, MigrateUntil: d.MigrationDeadline.Time})
	}
	return out
}

// lastHeard is when Apple last answered for a token; before it ever did, when there was a token.
func lastHeard(t store.AppleToken) time.Time {
	last := t.Created
	for _, at := range []time.Time{t.Sync.CursorAt, t.Sync.SyncedAt, t.Sync.FullAt} {
		if at.After(last) {
			last = at
		}
	}
	return last
}

// appleFailed keeps what Apple said against a call. Patience that was asked for is no error; until says how long. heard is
// when Apple last answered: long ago, it becomes an alarm, which the next answer ends.
func (x *Enroll) appleFailed(ctx context.Context, by school.Actor, id school.TokenID, err error, heard time.Time) (until time.Time, _ error) {
	if ctx.Err() != nil {
		return time.Time{}, err // we were ended: that says nothing about Apple
	}
	now := x.st.Now()
	var throttled *asm.Throttled
	var unavailable *asm.Unavailable
	var code, alarm string
	switch {
	case errors.As(err, &throttled):
		code, until = "ade_throttled", now.Add(max(throttled.RetryAfter, patience))
		if throttled.RetryAfter > 0 {
			until = now.Add(throttled.RetryAfter)
		}
	case errors.As(err, &unavailable):
		code, until = "ade_unavailable", now.Add(patience)
		if unavailable.RetryAfter > 0 {
			until = now.Add(unavailable.RetryAfter)
		}
	case errors.Is(err, asm.ErrTermsNotSigned):
		code, alarm = "ade_terms", alarmTerms
	case errors.Is(err, asm.ErrTokenRejected):
		code, alarm = "ade_token_rejected", alarmRejected
	case errors.Is(err, asm.ErrAccessDenied):
		code, alarm = "ade_access_denied", alarmDenied
	case errors.Is(err, asm.ErrCursorStuck), errors.Is(err, asm.ErrCursorExpired), errors.Is(err, asm.ErrCursorInvalid):
		code, until = "ade_cursor", now.Add(stuckFor)
	default:
		var refused *asm.APIError
		if !errors.As(err, &refused) {
			return time.Time{}, err // trouble of our own
		}
		code, until = "ade_refused", now.Add(stuckFor)
	}
	if err := x.st.SyncFailed(ctx, by, id, code, until); err != nil {
		return until, err
	}
	x.log.Warn("Apple's enrolment service", "authority", by.Tenant, "token", id, "code", code, "until", until)
	if alarm != "" {
		x.tell(ctx, store.Alarm{Authority: by.Tenant, Kind: alarm, Subject: string(id), Urgency: store.Today})
	}
	if throttled != nil || unavailable != nil {
		if now.Sub(heard) > awayFor {
			x.tell(ctx, store.Alarm{Authority: by.Tenant, Kind: alarmAway, Subject: string(id), Urgency: store.ThisWeek})
		}
		return until, nil
	}
	return until, fmt.Errorf("apple: %s: %w", code, err)
}
