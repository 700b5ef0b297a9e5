package main

import (
	"context"
	"fmt"
	"net/url"

	"ranzen/store"
)

// moveCmd brings a world from SQLite to PostgreSQL, or back.
type moveCmd struct {
	Config `embed:""`
	To     string `name:"to" required:"" placeholder:"URL" help:"The empty database to move to: postgres://… or a path."`
}

// Run is `ranzen move`.
func (c moveCmd) Run(ctx context.Context, s streams) error {
	n, err := store.Move(ctx, c.Database, c.To, func(table string, rows int64) {
		fmt.Fprintf(s.err, "%-20s %d rows, the same on both sides\n", table, rows)
	})
	if err != nil {
		return err
	}
	to := c.To
	if u, err := url.Parse(to); err == nil {
		to = u.Redacted()
	}
	_, err = fmt.Fprintf(s.out, "Moved: %d tables, %d rows, every row compared. The key ring stays where it is.\nNext, in /etc/ranzen/ranzen.conf: database = %s\nThen: ranzen doctor, ranzen serve. The old database is marked as moved and cannot be served any more.\n", n.Tables, n.Rows, to)
	return err
}
