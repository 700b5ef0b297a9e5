package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ranzen/enroll"
	"ranzen/enroll/roster"
	"ranzen/store"
	"ranzen/store/school"
)

// rosterCmd reads a list of people from the machine itself: what a nightly export of a school's program calls, or a server
// that is to be asked at once. It shows what would change and takes it over only when told to, and never past a question or a
// guard: those are for people.
type rosterCmd struct {
	Config    `embed:""`
	File      string `arg:"" optional:"" help:"The list: CSV, XLSX, JSON or ZIP."`
	Fetch     bool   `help:"Ask the server of the source, in place of a file."`
	Authority string `placeholder:"NAME" help:"The authority, where there are several."`
	School    string `placeholder:"NAME" help:"The school the list is of, by name or official number; without it the list names its schools."`
	Source    string `required:"" placeholder:"NAME" help:"Where the list comes from. One of that name is made when there is none."`
	Year      string `placeholder:"2027/28" help:"The school year of the list where it does not say so itself. A list of the next one becomes a proposal for the change of school year."`
	Apply     bool   `help:"Take it over. Without it nothing is changed."`
}

// Run is `ranzen roster`.
func (c rosterCmd) Run(ctx context.Context, s streams) error {
	st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	if !c.Fetch {
		return c.take(ctx, st, s)
	}
	inside, err := prefixes("--inside", c.Inside)
	if err != nil {
		return err
	}
	return c.fetch(ctx, st, enroll.New(enroll.Config{Store: st, Inside: inside}), s)
}

// fetch asks a server now, and says what came of it.
func (c rosterCmd) fetch(ctx context.Context, st *store.Store, x *enroll.Enroll, s streams) error {
	if c.File != "" || c.School != "" || c.Year != "" {
		return errors.New("--fetch asks a server: it goes with --source, --authority and --apply alone")
	}
	by, err := actorFor(ctx, st, "roster", c.Authority)
	if err != nil {
		return err
	}
	all, err := st.RosterSources(ctx, by)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(x store.RosterSourceRow) bool { return x.Server && school.Fold(x.Name) == school.Fold(c.Source) })
	if at < 0 {
		return fmt.Errorf("there is no source %q with a server", c.Source)
	}
	out, err := x.AskRosterServer(ctx, by.Tenant, all[at].ID)
	if err != nil {
		return err
	}
	if out.Code != "" {
		return fmt.Errorf("the server gave no list: %s", fetchWhy(out.Code))
	}
	run, err := st.RosterRun(ctx, by, out.Run)
	if err != nil {
		return err
	}
	return c.finish(ctx, st, s, by, run)
}

// fetchWhy says what stands against a list of a server.
func fetchWhy(code string) string {
	if why := map[string]string{"address": "its address is no https address", "inside": "it is in a private network; name that with --inside", "elsewhere": "it leads to another host",
		"long": "it says more than is read", "refused": "it knows no such client or secret", "forbidden": "the client may not ask for people", "busy": "it is busy; ask again later",
		"answer": "it answers something else than people", "incomplete": "the list breaks off", "nobody": "it names nobody", "unreachable": "nobody answers there"}[code]; why != "" {
		return why
	}
	return code
}

func (c rosterCmd) take(ctx context.Context, st *store.Store, s streams) error {
	if c.File == "" {
		return errors.New("name the file of the list, or ask the server of its source with --fetch")
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	by, err := actorFor(ctx, st, "roster", c.Authority)
	if err != nil {
		return err
	}
	at, err := c.school(ctx, st, by)
	if err != nil {
		return err
	}
	source, in, err := c.source(ctx, st, by, at, data)
	if err != nil {
		return err
	}
	read, err := roster.Read(in)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if read.Roster.Year == "" {
		read.Roster.Year = c.Year
	}
	for _, w := range read.Roster.Words {
		mark := " "
		if w.Stop {
			mark = "!"
		}
		fmt.Fprintf(s.out, "%s %s", mark, w.Code)
		if w.Row > 0 {
			fmt.Fprintf(s.out, ", line %d", w.Row)
		}
		if w.Column != "" {
			fmt.Fprintf(s.out, ", column %s", w.Column)
		}
		fmt.Fprintln(s.out)
	}
	id, err := st.BringRoster(ctx, by, store.NewRoster{Source: source, School: at, File: filepath.Base(c.File), Data: data})
	if err != nil {
		return err
	}
	run, err := st.PlanRoster(ctx, by, id, read.Roster)
	if err != nil {
		return err
	}
	return c.finish(ctx, st, s, by, run)
}

// finish takes a run over as far as that is wished and nobody is asked, and says of each school what would change or did.
func (c rosterCmd) finish(ctx context.Context, st *store.Store, s streams, by school.Actor, run school.RosterRun) (err error) {
	waits, taken := 0, false
	if c.Apply {
		if waits, err = st.ApplyUnasked(ctx, by, run.ID); err != nil {
			return err
		}
	}
	for _, p := range run.Parts {
		part, err := st.RosterPart(ctx, by, run.ID, p.N)
		if err != nil {
			return err
		}
		name := part.SchoolName
		if name == "" {
			name = "(unknown school)"
		}
		fmt.Fprintf(s.out, "%s: %d people, %d changes%s\n", name, part.People, part.Changes, countsOf(part))
		switch {
		case part.State == "applied":
			taken = true
			fmt.Fprintln(s.out, "  taken over")
		case part.Open > 0:
			fmt.Fprintf(s.out, "  %d questions wait for an answer in the pages: nothing of this school is taken over.\n", part.Open)
		case len(part.Guards) > 0:
			for _, g := range part.Guards {
				fmt.Fprintf(s.out, "  guard %s: %d of %d\n", strings.TrimSpace(g.Kind+" "+g.Class), g.Count, g.Of)
			}
			fmt.Fprintln(s.out, "  Somebody has to confirm this in the pages: nothing of this school is taken over.")
		case c.Apply && part.School != "":
			fmt.Fprintln(s.out, "  It looks otherwise by now: nothing of this school is taken over.")
		}
	}
	if c.Apply && waits > 0 {
		return fmt.Errorf("%d of %d schools wait for somebody", waits, len(run.Parts))
	}
	if !c.Apply && !taken {
		fmt.Fprintln(s.out, "Nothing is changed. With --apply it is taken over.")
	}
	return nil
}

func countsOf(p school.RosterPart) string {
	out := ""
	for _, d := range school.RosterActs {
		if n := p.Counts[d]; n > 0 {
			out += fmt.Sprintf(", %s %d", d, n)
		}
	}
	return out
}

// school is the one the list is of; empty: the list names its schools.
func (c rosterCmd) school(ctx context.Context, st *store.Store, by school.Actor) (school.SchoolID, error) {
	if c.School == "" {
		return "", nil
	}
	return schoolNamed(ctx, st, by, c.School)
}

// source is the source of that name, or a new one for every school, and how its file is to be read.
func (c rosterCmd) source(ctx context.Context, st *store.Store, by school.Actor, at school.SchoolID, data []byte) (school.RosterSourceID, roster.Input, error) {
	in := roster.Input{Name: filepath.Base(c.File), Data: bytes.NewReader(data), Size: int64(len(data)), Now: st.Now()}
	all, err := st.RosterSources(ctx, by)
	if err != nil {
		return "", in, err
	}
	for _, x := range all {
		if school.Fold(x.Name) != school.Fold(c.Source) || x.School != "" && x.School != at {
			continue
		}
		in.Source, in.Format = string(x.ID), x.Format
		if x.Mapping != "" {
			m, err := roster.ParseMapping([]byte(x.Mapping))
			if err != nil {
				return "", in, err
			}
			in.Mapping = &m
		}
		return x.ID, in, nil
	}
	if in.Format, err = roster.Guess(in); err != nil {
		return "", in, fmt.Errorf("%s: %w", c.File, err)
	}
	id, err := st.CreateRosterSource(ctx, by, school.RosterSource{Name: c.Source, Format: in.Format})
	in.Source = string(id)
	return id, in, err
}
