package enroll

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"ranzen/enroll/roster/schulconnex"
	"ranzen/store"
	"ranzen/store/school"
)

// askedFor is how long one server is asked at most, with all its pages and all its pauses.
const askedFor = 20 * time.Minute

func (x *Enroll) schulconnex(server school.RosterServer, secret string) *schulconnex.Client {
	return &schulconnex.Client{HTTP: x.outgoing.Client(), Base: server.Base, TokenURL: server.Token, ClientID: server.ClientID, Secret: secret, Scope: server.Scope,
		Organisations: server.Organisations, Now: x.st.Now}
}

// LookAtRosterServer signs in at a server and asks for one page, for whoever enters it; it returns how many people it
// tells of. RosterServerCode names what is wrong.
func (x *Enroll) LookAtRosterServer(ctx context.Context, server school.RosterServer, secret string) (people int, err error) {
	if err := server.Clean(); err != nil {
		return 0, err
	}
	return x.schulconnex(server, secret).Look(ctx)
}

// AskRosterServers asks the servers that are due, one after the other, for a job. What one of them says or does not say is
// noted with its source and holds up no other; what is returned is trouble of our own.
func (x *Enroll) AskRosterServers(ctx context.Context) error {
	for {
		a, source, found, err := x.st.NextRosterServer(ctx)
		if err == nil && found {
			_, err = x.askAndNote(ctx, a, source, false)
		}
		if err != nil || !found {
			return err
		}
	}
}

// AskRosterServer asks one server now for its whole list, whatever was seen before, for somebody at the machine.
func (x *Enroll) AskRosterServer(ctx context.Context, a school.AuthorityID, source school.RosterSourceID) (store.RosterOutcome, error) {
	return x.askAndNote(ctx, a, source, true)
}

// askAndNote asks a server and notes with its source how that went.
func (x *Enroll) askAndNote(ctx context.Context, a school.AuthorityID, source school.RosterSourceID, whole bool) (store.RosterOutcome, error) {
	f, err := x.st.RosterServerOpen(ctx, school.System("schulconnex", a), source)
	out := store.RosterOutcome{Code: "unusable"}
	switch {
	case err == nil:
		if whole {
			f.ETag, f.Hash = "", ""
		}
		out, err = x.askRosterServer(ctx, f)
	case store.TroubleOf(err) == "": // a secret nobody can open any more
		f.Authority, f.Source, err = a, source, nil
	}
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return out, err
	}
	if out.Code != "" {
		x.log.Warn("roster server", "source", source, "code", out.Code)
	}
	return out, x.st.RosterFetched(ctx, f, out)
}

// askRosterServer asks one server, has what it says thought through, and takes over what needs nobody if the source says
// so. What waited since the last time gives way to what the server says now.
func (x *Enroll) askRosterServer(ctx context.Context, f store.RosterFetch) (out store.RosterOutcome, err error) {
	asking, cancel := context.WithTimeout(ctx, askedFor)
	defer cancel()
	a, err := x.schulconnex(f.Server, f.Secret).Read(asking, string(f.Source), f.ETag)
	if err != nil {
		return store.RosterOutcome{Code: RosterServerCode(err)}, nil
	}
	if a.Unchanged {
		return store.RosterOutcome{ETag: f.ETag, Hash: f.Hash}, nil
	}
	data, err := json.Marshal(a.Roster.Schools)
	if err != nil {
		return out, fmt.Errorf("name a roster: %w", err)
	}
	sum := sha256.Sum256(data)
	out = store.RosterOutcome{ETag: a.ETag, Hash: hex.EncodeToString(sum[:])}
	if out.Hash == f.Hash {
		return out, nil
	}
	if !slices.ContainsFunc(a.Roster.Schools, func(s school.RosterSchool) bool { return len(s.People) > 0 }) {
		return store.RosterOutcome{Code: "nobody"}, nil
	}
	by := school.System("schulconnex", f.Authority)
	if f.Run != "" {
		if err := x.st.EndRoster(ctx, by, f.Run); err != nil && school.KindOf(err) == "" {
			return out, err
		}
	}
	out.Run, err = x.st.BringRoster(ctx, by, store.NewRoster{Source: f.Source, School: f.School, Data: data, Fetched: true})
	if err == nil {
		if _, err = x.st.PlanRoster(ctx, by, out.Run, a.Roster); err != nil {
			err = errors.Join(err, x.st.DropRoster(ctx, by, out.Run))
		}
	}
	if school.KindOf(err) != "" {
		return store.RosterOutcome{Code: RosterServerCode(err)}, nil
	}
	if err != nil {
		return out, err
	}
	if !f.Server.Take {
		out.Waits, err = x.rosterWaits(ctx, by, out.Run)
		return out, err
	}
	waits, err := x.st.ApplyUnasked(ctx, by, out.Run)
	out.Waits = waits > 0
	return out, err
}

// rosterWaits reports whether there is anything for somebody to decide.
func (x *Enroll) rosterWaits(ctx context.Context, by school.Actor, id school.RosterRunID) (bool, error) {
	run, err := x.st.RosterRun(ctx, by, id)
	return slices.ContainsFunc(run.Parts, func(p school.RosterPart) bool { return p.Changes > 0 || p.Open > 0 }), err
}

// RosterServerCode names why a server could not be asked, or what it said not be used. The codes are words of ui
// ("server.code.<code>").
func RosterServerCode(err error) string {
	for _, x := range []struct {
		err  error
		code string
	}{
		{schulconnex.ErrAddress, "address"}, {ErrNotHTTPS, "address"}, {ErrForbidden, "inside"}, {ErrElsewhere, "elsewhere"}, {errManyDetour, "elsewhere"}, {schulconnex.ErrElsewhere, "elsewhere"},
		{ErrTooLong, "long"}, {schulconnex.ErrTooMuch, "long"}, {schulconnex.ErrRefused, "refused"}, {schulconnex.ErrForbidden, "forbidden"}, {schulconnex.ErrBusy, "busy"},
		{schulconnex.ErrAnswer, "answer"}, {schulconnex.ErrIncomplete, "incomplete"},
	} {
		if errors.Is(err, x.err) {
			return x.code
		}
	}
	if all := school.Refusals(err); len(all) > 0 {
		if slices.Contains(rosterCodes, all[0].Code) {
			return all[0].Code
		}
		return "unusable"
	}
	return "unreachable"
}

// rosterCodes are what planning refuses a whole roster for.
var rosterCodes = []string{"roster_stop", "roster_year", "roster_which_school", "roster_other_school", "roster_school_twice"}
