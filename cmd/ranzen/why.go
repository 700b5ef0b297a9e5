package main

import (
	"context"
	"fmt"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// whyCmd says on the machine itself what the page of a device says of everything that is not there: what is, why, since when, what
// helps and who can do it, in the same words. Nobody is named: who reads it here is not known.
type whyCmd struct {
	Config    `embed:""`
	Serial    string `arg:"" help:"Serial number of the device."`
	Authority string `placeholder:"NAME" help:"The authority, where there are several."`
	Language  string `default:"de" enum:"de,en" help:"Of the sentences."`
	All       bool   `help:"Also what is there, and what was left out on purpose."`
}

// Run is `ranzen why`.
func (c whyCmd) Run(ctx context.Context, s streams) error {
	st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return c.say(ctx, st, s)
}

func (c whyCmd) say(ctx context.Context, st *store.Store, s streams) error {
	l := language(c.Language)
	by, d, err := deviceFor(ctx, st, "why", c.Authority, c.Serial)
	if err != nil {
		return err
	}
	facts, have, err := st.ScopeFacts(ctx, by, school.Scope{Level: school.AtDevice, ID: string(d.ID)})
	if err != nil || len(facts) == 0 {
		return err
	}
	all, there := web.WhyEach(l, facts[0], have[0], web.Around{Now: st.Now(), Class: facts[0].Place.ClassName}, c.All)
	for _, x := range all {
		fmt.Fprintf(s.out, "%s\n", x.Headline)
		for _, line := range []struct{ key, text string }{{"device.why", x.Why}, {"device.since", x.Since}, {"device.helps", x.Helps}, {"device.who", x.Who}} {
			if line.text != "" {
				fmt.Fprintf(s.out, "  %s: %s\n", web.T(l, line.key), line.text)
			}
		}
	}
	switch {
	case len(all) == 0 && there == 0:
		fmt.Fprintln(s.out, web.T(l, "device.clear.nothing"))
	case len(all) == 0:
		fmt.Fprintln(s.out, web.T(l, "device.clear", there))
	}
	return nil
}

func language(name string) web.Lang {
	if name == "en" {
		return web.English
	}
	return web.German
}

// deviceFor finds a device for a command at the machine.
func deviceFor(ctx context.Context, st *store.Store, job, authority, serial string) (by school.Actor, d store.DevicePage, err error) {
	if by, err = actorFor(ctx, st, job, authority); err != nil {
		return by, d, err
	}
	d, err = st.DeviceBySerial(ctx, by, serial)
	if school.KindOf(err) == school.NotFound {
		err = fmt.Errorf("there is no device %s", serial)
	}
	return by, d, err
}
