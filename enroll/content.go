package enroll

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"ranzen/enroll/asm"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

// Apps and Books: what a location owns is counted once a day and whenever somebody doubts it; licences are asked for and given back in
// batches, and every request is followed to its end. One job does it for the whole installation; each location waits only for itself.

// Where licences are kept, and where the names of apps are read.
const (
	ContentHost = asm.ContentHost
	NamesHost   = asm.NamesHost
)

const (
	countEvery = 24 * time.Hour
	// askFirst is how long after a request Apple is asked what came of it, and how long it is left alone between two questions.
	askFirst = 30 * time.Second
	// lostAfter is how many times that a request may be pending before it is made again, which changes nothing where it was carried out
	// after all; againAfter, how many until one that Apple was in trouble with is made again.
	lostAfter, againAfter = 20, 2
)

// KeepContentToken takes a token file a person brought: it asks Apple whose it is and keeps it. id is empty for a new one.
func (x *Enroll) KeepContentToken(ctx context.Context, by school.Actor, t store.ContentToken, file []byte) (school.TokenID, error) {
	token, err := asm.ParseContentToken(file)
	if err != nil {
		return "", &school.Error{Kind: school.Invalid, Code: "content.not_token", Field: "token", Err: err}
	}
	if !token.Ends.After(x.st.Now()) {
		return "", school.Refuse("token", "apple_token_ended", token.Ends)
	}
	location, err := x.content(token.Bearer).Location(ctx)
	var throttled *asm.Throttled
	var away *asm.Unavailable
	switch {
	case errors.Is(err, asm.ErrTokenRejected):
		return "", &school.Error{Kind: school.Conflict, Code: "content.rejected", Field: "token", Err: err}
	case errors.As(err, &throttled), errors.As(err, &away):
		return "", &school.Error{Kind: school.Conflict, Code: "token.apple_away", Field: "token", Err: err}
	case err != nil:
		return "", err
	case location.UID == "":
		return "", &school.Error{Kind: school.Conflict, Code: "token.apple_away", Field: "token"}
	}
	if t.Name == "" {
		t.Name = location.Name
	}
	t.OrgName, t.UID, t.Ends, t.Location, t.Country = token.OrgName, location.UID, token.Ends, location.Name, location.Country
	return x.st.KeepContentToken(ctx, by, t, []byte(token.Bearer))
}

func (x *Enroll) content(bearer string) *asm.Content {
	return &asm.Content{Bearer: bearer, Transport: x.apple, Now: x.st.Now}
}

// Licences does what is due about the licences of an authority.
func (x *Enroll) Licences(ctx context.Context, a school.AuthorityID) error {
	by := school.System("apps", a)
	for more := true; more; {
		var err error
		if more, err = x.st.SettleLicences(ctx, a); err != nil {
			return err
		}
	}
	tokens, err := x.st.ContentTokens(ctx, by)
	if err != nil {
		return err
	}
	var failed error
	for _, t := range tokens {
		if err := x.location(ctx, by, t); err != nil {
			failed = errors.Join(failed, fmt.Errorf("location %s: %w", t.ID, err))
		}
	}
	_, err = x.st.SettleLicences(ctx, a) // what became free goes to who waits
	return errors.Join(failed, err)
}

// location does what is due about one location, and keeps what went wrong as its state.
func (x *Enroll) location(ctx context.Context, by school.Actor, t store.ContentToken) error {
	now := x.st.Now()
	if now.Before(t.NotBefore) {
		return nil
	}
	bearer, err := x.st.OpenContentToken(ctx, by, t.ID)
	if err != nil {
		return err
	}
	w := locationWork{x: x, by: by, t: t, c: x.content(string(bearer))}
	err = w.run(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return w.note(ctx, err)
}

type locationWork struct {
	x     *Enroll
	by    school.Actor
	t     store.ContentToken
	c     *asm.Content
	moved bool // something worth keeping was heard
}

func (w *locationWork) run(ctx context.Context) error {
	now := w.x.st.Now()
	if w.t.Synced.IsZero() || now.Sub(w.t.Synced) >= countEvery || !w.t.Wanted.IsZero() {
		if err := w.count(ctx, now); err != nil {
			return err
		}
	}
	if err := w.follow(ctx); err != nil {
		return err
	}
	if w.t.ClaimedBy != "" {
		return nil // somebody else's: nothing is written there
	}
	return w.ask(ctx)
}

// note keeps the state of the location, and tells people what they have to do.
func (w *locationWork) note(ctx context.Context, err error) error {
	x, now := w.x, w.x.st.Now()
	var throttled *asm.Throttled
	var away *asm.Unavailable
	was := w.t
	w.t.Error, w.t.NotBefore = "", time.Time{}
	switch {
	case err == nil:
	case errors.Is(err, asm.ErrTokenRejected):
		w.t.Error, w.t.NotBefore = store.ContentRejected, now.Add(time.Hour)
	case errors.As(err, &throttled):
		w.t.Error, w.t.NotBefore = "throttled", now.Add(max(throttled.RetryAfter, time.Second))
	case errors.As(err, &away):
		w.t.Error, w.t.NotBefore = "away", now.Add(max(away.RetryAfter, time.Second))
	default:
		var refused *asm.ContentError
		if !errors.As(err, &refused) {
			return err
		}
		w.t.Error, w.t.NotBefore = strconv.Itoa(refused.Number), now.Add(patience)
	}
	if w.t.Error == store.ContentRejected {
		x.tell(ctx, store.Alarm{Authority: w.by.Tenant, Kind: store.AlarmContentRejected, Subject: string(w.t.ID), Urgency: store.Today})
	} else if err == nil {
		x.untell(ctx, w.by.Tenant, string(w.t.ID), store.AlarmContentRejected)
	}
	if w.t.ClaimedBy != "" {
		x.tell(ctx, store.Alarm{Authority: w.by.Tenant, Kind: store.AlarmContentForeign, Subject: string(w.t.ID), Urgency: store.ThisWeek})
	} else {
		x.untell(ctx, w.by.Tenant, string(w.t.ID), store.AlarmContentForeign)
	}
	if !w.moved && w.t.Error == was.Error && w.t.NotBefore.Equal(was.NotBefore) {
		return nil
	}
	if !w.moved {
		w.t.Synced = time.Time{}
	}
	return x.st.NoteContent(ctx, w.by, w.t)
}

// mdmID is how we call ourselves towards Apple: an opaque id, the same for every location of the authority.
func (w *locationWork) mdmID() string { return "ranzen-" + string(w.by.Tenant) }

// count reads what the location owns and who has it.
func (w *locationWork) count(ctx context.Context, asked time.Time) error {
	l, err := w.c.Location(ctx)
	if err != nil {
		return err
	}
	if l.MDMID == "" {
		if l, err = w.c.Claim(ctx, w.mdmID(), "Ranzen"); err != nil {
			return err
		}
	}
	w.t.Location, w.t.Country, w.t.ClaimedBy = l.Name, l.Country, ""
	if l.MDMID != w.mdmID() {
		if w.t.ClaimedBy = l.MDMName; w.t.ClaimedBy == "" {
			w.t.ClaimedBy = l.MDMID
		}
	} else if err := w.subscribe(ctx, l); err != nil {
		return err
	}
	assets, _, err := w.c.Assets(ctx)
	if err != nil {
		return err
	}
	assignments, err := w.c.Assignments(ctx)
	if err != nil {
		return err
	}
	var adams []string
	total := map[string]int{}
	for _, a := range assets {
		if _, twice := total[a.AdamID]; !twice {
			adams = append(adams, a.AdamID)
		}
		total[a.AdamID] += a.Total
	}
	if err := w.lookUp(ctx, assets, adams); err != nil {
		return err
	}
	held := map[string][]string{}
	for _, a := range assignments {
		name := a.SerialNumber
		if name == "" {
			name = "user " + a.ClientUserID
		}
		held[a.AdamID] = append(held[a.AdamID], name)
	}
	counts := make([]store.LicenceCount, 0, len(adams))
	for _, id := range adams {
		counts = append(counts, store.LicenceCount{Adam: id, Bought: total[id], Held: held[id]})
	}
	if err := w.x.st.CountLicences(ctx, w.by, w.t.ID, asked, counts); err != nil {
		return err
	}
	w.t.Synced, w.moved = asked, true
	return nil
}

// lookUp keeps the names of what is owned. That the store does not answer holds nothing up: it is asked again tomorrow.
func (w *locationWork) lookUp(ctx context.Context, assets []asm.Asset, adams []string) error {
	ask, err := w.x.st.AppsToLookUp(ctx, w.by, adams)
	if err != nil {
		return err
	}
	products := map[string]asm.Product{}
	if len(ask) > 0 {
		list, err := w.c.LookUp(ctx, w.t.Country, ask)
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		for _, p := range list {
			products[p.AdamID] = p
		}
	}
	var infos []store.AppInfo
	seen := map[string]bool{}
	for _, a := range assets {
		if !school.AdamOK(a.AdamID) || seen[a.AdamID] {
			continue
		}
		seen[a.AdamID] = true
		p, looked := products[a.AdamID]
		i := store.AppInfo{AdamID: a.AdamID, Product: "app", Name: cutName(p.Name), BundleID: p.BundleID, Seller: cutName(p.Seller), Version: cutName(p.Version), MinimumOS: p.MinimumOS, Size: p.Size,
			Platforms: a.Platforms, ForDevices: a.DeviceAssignable, Looked: looked}
		if a.ProductType == "Book" {
			i.Product = "book"
		}
		if looked && i.Product == "app" && a.DeviceAssignable && i.Name != "" && school.BundleOK(p.BundleID) {
			content, err := profiles.NewApp(i.Name, school.App{AdamID: a.AdamID, BundleID: p.BundleID}, p.MinimumOS)
			if err != nil {
				return err
			}
			i.Content = &content
		}
		infos = append(infos, i)
	}
	return w.x.st.KeepApps(ctx, w.by, w.t.School, infos)
}

// cutName is what the store calls something, at the length a page can show.
func cutName(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 100)])
}

// follow asks what came of requests.
func (w *locationWork) follow(ctx context.Context) error {
	events, err := w.x.st.LicenceEvents(ctx, w.by, w.t.ID)
	for _, e := range events {
		if err != nil {
			return err
		}
		err = w.followOne(ctx, e)
	}
	return err
}

func (w *locationWork) followOne(ctx context.Context, e store.LicenceEvent) error {
	st, now := w.x.st, w.x.st.Now()
	event, err := w.c.Event(ctx, e.ID)
	var refused *asm.ContentError
	switch {
	case errors.As(err, &refused) && refused.Number == 9708: // Apple knows nothing of it
		return st.LicenceEventOver(ctx, w.by, e.ID, nil, true)
	case err != nil:
		return err
	case !event.Done && now.Sub(e.Sent) >= lostAfter*w.x.event:
		return st.LicenceEventOver(ctx, w.by, e.ID, nil, true)
	case !event.Done:
		return st.LicenceEventPending(ctx, w.by, e.ID, now.Add(w.x.event<<min(e.Tries, 3)))
	}
	var failures []store.LicenceFailure
	for _, f := range event.Failures {
		for _, a := range f.Info.Assets {
			for _, serial := range f.Info.Serials {
				x := store.LicenceFailure{Adam: a.AdamID, Serial: serial, Code: strconv.Itoa(f.Number)}
				if asm.PassingNumber(f.Number) {
					x.Again = now.Add(againAfter * w.x.event)
				}
				failures = append(failures, x)
			}
		}
	}
	return st.LicenceEventOver(ctx, w.by, e.ID, failures, false)
}

// ask sends what is to be given and taken back.
func (w *locationWork) ask(ctx context.Context) error {
	st := w.x.st
	limits := asm.Limits{Assets: 25, Serials: 1000}
	requests, err := st.LicenceRequests(ctx, w.by, w.t.ID, limits.Assets, limits.Serials)
	if err != nil || len(requests) == 0 {
		return err
	}
	said, err := w.c.Config(ctx)
	if err != nil {
		return err
	}
	if said != limits {
		if requests, err = st.LicenceRequests(ctx, w.by, w.t.ID, said.Assets, said.Serials); err != nil {
			return err
		}
	}
	for _, q := range requests {
		event, l, err := w.c.Move(ctx, q.Give, q.Adams, q.Serials)
		var refused *asm.ContentError
		switch {
		case errors.As(err, &refused) && !refused.Passing() && !errors.Is(err, asm.ErrTokenRejected):
			err = st.LicencesRefused(ctx, w.by, q, strconv.Itoa(refused.Number), time.Time{})
		case err != nil:
			return err
		default:
			err = st.LicencesSent(ctx, w.by, w.t.ID, q, event, st.Now().Add(w.x.event))
		}
		if err != nil {
			return err
		}
		if l.MDMID != "" && l.MDMID != w.mdmID() { // somebody took it over between two requests
			if w.t.ClaimedBy = l.MDMName; w.t.ClaimedBy == "" {
				w.t.ClaimedBy = l.MDMID
			}
			w.moved = true
			w.t.Synced = time.Time{}
			return nil
		}
	}
	return nil
}
