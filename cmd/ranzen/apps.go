package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// appsCmd says on the machine itself what the pages say about apps: without a device the catalogue with its licences, with one how its
// apps stand and what helps, in the same words. It assigns nothing: that needs a person who is signed in.
type appsCmd struct {
	Config    `embed:""`
	Serial    string `arg:"" optional:"" help:"Serial number of a device; without it the catalogue is listed."`
	Authority string `placeholder:"NAME" help:"The authority, where there are several."`
	Language  string `default:"de" enum:"de,en" help:"Of the sentences."`
}

// Run is `ranzen apps`.
func (c appsCmd) Run(ctx context.Context, s streams) error {
	st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return c.list(ctx, st, s)
}

func (c appsCmd) list(ctx context.Context, st *store.Store, s streams) error {
	l := web.German
	if c.Language == "en" {
		l = web.English
	}
	by, err := actorFor(ctx, st, "apps", c.Authority)
	if err != nil {
		return err
	}
	if c.Serial != "" {
		return c.device(ctx, st, s, by, l)
	}
	out := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", web.T(l, "apps.name"), web.T(l, "apps.item"), web.T(l, "apps.bought"), web.T(l, "apps.used"), web.T(l, "apps.free"), web.T(l, "apps.waiting"))
	for after := ""; ; {
		page, err := st.Apps(ctx, by, store.AppFilter{After: after, Limit: store.MaxPage})
		if err != nil {
			return err
		}
		for _, x := range page.Rows {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", x.Name, x.AdamID, web.Licences(l, x.Bought), l.Number(int64(x.Used)), web.Licences(l, x.Free), l.Number(int64(x.Short)))
		}
		if after = page.Next; after == "" {
			return out.Flush()
		}
	}
}

func (c appsCmd) device(ctx context.Context, st *store.Store, s streams, by school.Actor, l web.Lang) error {
	d, err := st.DeviceBySerial(ctx, by, c.Serial)
	if school.KindOf(err) == school.NotFound {
		return fmt.Errorf("there is no device %s", c.Serial)
	}
	if err != nil {
		return err
	}
	f, have, err := st.DeviceFacts(ctx, by, d.ID)
	if err != nil {
		return err
	}
	apps := web.WhyApps(l, f, have, web.Around{Now: st.Now(), Class: f.Place.ClassName})
	for _, said := range apps {
		fmt.Fprintf(s.out, "%s\n  %s\n  %s\n  %s\n", said.Headline, said.Why, said.Helps, said.Who)
	}
	if len(apps) == 0 {
		fmt.Fprintln(s.out, web.T(l, "apps.unassigned"))
	}
	return nil
}
