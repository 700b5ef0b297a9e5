package main

import (
	"context"
	"fmt"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// ordersCmd says on the machine itself what the page of a device says about its orders and its way back, in the same words;
// without a device, what was ordered with a plan and is not over, as the board of orders does. It gives no order: those need a
// person who is signed in.
type ordersCmd struct {
	Config    `embed:""`
	Serial    string `arg:"" optional:"" help:"Serial number of the device; without one: what waits for a second person or is under way."`
	Authority string `placeholder:"NAME" help:"The authority, where there are several."`
	Language  string `default:"de" enum:"de,en" help:"Of the sentences."`
}

// Run is `ranzen orders`.
func (c ordersCmd) Run(ctx context.Context, s streams) error {
	st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return c.list(ctx, st, s)
}

// listedOrders is how many orders are said, newest first.
const listedOrders = 20

func (c ordersCmd) list(ctx context.Context, st *store.Store, s streams) error {
	l := language(c.Language)
	if c.Serial == "" {
		return c.board(ctx, st, l, s)
	}
	by, d, err := deviceFor(ctx, st, "orders", c.Authority, c.Serial)
	if err != nil {
		return err
	}
	turns, err := st.Turnarounds(ctx, by, store.TurnaroundFilter{Device: d.ID, Limit: 1})
	if err != nil {
		return err
	}
	for _, t := range turns {
		fmt.Fprintf(s.out, "%s: %s, %s\n", web.T(l, "turns.title"), web.T(l, "turn.step."+string(t.Step)), l.DateTime(t.Since))
		if t.Reason != "" {
			fmt.Fprintf(s.out, "  %s\n", web.T(l, "turn.why."+t.Reason))
		}
	}
	orders, err := st.Orders(ctx, by, d.ID, listedOrders)
	if err != nil {
		return err
	}
	if len(orders) == 0 && len(turns) == 0 {
		fmt.Fprintln(s.out, web.T(l, "order.none"))
	}
	for _, o := range orders {
		fmt.Fprintf(s.out, "%s  %s: %s\n", l.DateTime(o.Created), web.T(l, "device.order.name."+string(o.Kind)), web.T(l, "order.state."+string(o.State)))
		if why := web.OrderFault(l, o); why != "" {
			fmt.Fprintf(s.out, "  %s\n", why)
		}
	}
	return nil
}

// board says what was ordered with a plan and is not over, the newest first.
func (c ordersCmd) board(ctx context.Context, st *store.Store, l web.Lang, s streams) error {
	by, err := actorFor(ctx, st, "orders", c.Authority)
	if err != nil {
		return err
	}
	all, err := st.Warrants(ctx, by, false, store.MaxPage)
	if err != nil {
		return err
	}
	said := 0
	now := st.Now()
	for _, w := range all {
		state := ""
		switch {
		case w.Asked():
			state = web.T(l, "orders.state.asked", l.Moment(w.Created.Add(school.AskedFor), now))
		case w.Held(now):
			state = web.T(l, "orders.state.held", l.Clock(w.From))
		case w.Ended.IsZero() && w.Open > 0:
			state = web.T(l, "orders.state.open", w.Done, w.Devices)
		default:
			continue
		}
		said++
		what := web.T(l, "orders.count", w.Devices)
		if w.DeviceName != "" {
			what = w.DeviceName
		}
		fmt.Fprintf(s.out, "%s  %s, %s: %s\n", l.DateTime(w.Created), web.T(l, "device.order.name."+string(w.Kind)), what, state)
	}
	if said == 0 {
		fmt.Fprintln(s.out, web.T(l, "orders.none"))
	}
	return nil
}
