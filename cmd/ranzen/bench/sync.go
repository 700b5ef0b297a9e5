package bench

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// declarations is how many a sync fetches.
const declarations = 5

// sync measures one declarative sync: the offer, tokens, items, five declarations, a status report. Every iPad had one before.
func (t *town) sync(ctx context.Context) error {
	declare := func(d *device) (time.Duration, error) {
		return timed(func() error { return d.declare(ctx, t.srv.client, t.srv.mdm()) })
	}
	some := t.world.devices[:min(len(t.world.devices), int(t.For.Seconds()*300))]
	for _, profiles := range []int{1, 2} { // two profiles are two configurations and two activations; properties and organization are there already
		for range profiles {
			if err := t.assign(ctx, nil); err != nil {
				return err
			}
		}
		if err := t.planned(ctx); err != nil {
			return err
		}
		if profiles == 1 {
			t.srv.loop(some, 5*time.Minute, 1, declare)
			continue
		}
		t.record("P6b")
		t.keep("P6b", t.srv, len(t.world.devices), t.srv.loop(some, 5*time.Minute, 1, declare), fmt.Sprintf("tokens, items, %d declarations, status", declarations))
	}
	return nil
}

func (d *device) ask(ctx context.Context, c *http.Client, url, endpoint string, data []byte) ([]byte, error) {
	pairs := []string{"MessageType", "DeclarativeManagement", "Endpoint", endpoint}
	if data != nil {
		pairs = append(pairs, "Data", "<data>"+base64.StdEncoding.EncodeToString(data)+"</data>")
	}
	return d.answer(ctx, c, url, pairs...)
}

// declare is the sync of one iPad.
func (d *device) declare(ctx context.Context, c *http.Client, url string) error {
	b, err := d.beIdle(ctx, c, url)
	if err != nil {
		return err
	}
	id, kind := commandOf(b)
	if kind != "DeclarativeManagement" {
		return fmt.Errorf("%q instead of DeclarativeManagement", kind)
	}
	if _, err := d.answer(ctx, c, url, "Status", "Acknowledged", "CommandUUID", id); err != nil {
		return err
	}
	if _, err := d.ask(ctx, c, url, "tokens", nil); err != nil {
		return err
	}
	raw, err := d.ask(ctx, c, url, "declaration-items", nil)
	if err != nil {
		return err
	}
	type item struct{ Identifier, ServerToken string }
	var items struct {
		Declarations struct{ Activations, Assets, Configurations, Management []item }
	}
	if err := json.Unmarshal(raw, &items); err != nil {
		return err
	}
	left := declarations
	for _, x := range []struct {
		kind string
		list []item
	}{{"configuration", items.Declarations.Configurations}, {"activation", items.Declarations.Activations}} {
		for _, i := range x.list {
			if left == 0 {
				break
			}
			left--
			if _, err := d.ask(ctx, c, url, "declaration/"+x.kind+"/"+i.Identifier, nil); err != nil {
				return err
			}
		}
	}
	state := func(list []item) []map[string]any {
		out := []map[string]any{}
		for _, i := range list {
			out = append(out, map[string]any{"identifier": i.Identifier, "server-token": i.ServerToken, "active": true, "valid": "valid"})
		}
		return out
	}
	report, err := json.Marshal(map[string]any{"Errors": []any{}, "StatusItems": map[string]any{"management": map[string]any{"declarations": map[string]any{
		"activations": state(items.Declarations.Activations), "configurations": state(items.Declarations.Configurations), "assets": state(items.Declarations.Assets),
		"management": state(items.Declarations.Management)}}}})
	if err != nil {
		return err
	}
	_, err = d.ask(ctx, c, url, "status", report)
	return err
}
