package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"ranzen/store"
	"ranzen/ui/web"
)

// appsCmd lists on the machine itself the catalogue with its licences, as the page does. It assigns nothing: that needs a person who is
// signed in.
type appsCmd struct {
	Config    `embed:""`
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
