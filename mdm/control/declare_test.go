package control_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/mdm/control"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/storetest"
)

// What an iPad was offered is served word for word by a server that knows no more of it than what was kept, in the form of today
// and in the one before it. What it would write in other words it does not serve, and holds nothing against the iPad because of it.
func TestWhatWasOfferedOutlivesTheServer(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		p := play(t, storetest.Open(t, storetest.URL(t, engine), store.Options{}), sim.Calm())
		p.changing()
		i := newHand(p, "F9FXK2ABCD", "26.4", newKey(t))
		restarted := func() {
			p.mount(control.New(control.Config{Store: p.st, BaseURL: base}))
		}
		identity := func() store.Identity {
			id, err := p.st.Identity(ctx, certHash(i.h.cert))
			p.must(err)
			return id
		}
		var items struct {
			Declarations map[string][]struct{ Identifier string }
		}
		p.must(json.Unmarshal(i.declarative("declaration-items", nil), &items))
		var endpoints []string
		for list, kind := range map[string]string{"Activations": "activation", "Configurations": "configuration", "Management": "management"} {
			for _, d := range items.Declarations[list] {
				endpoints = append(endpoints, "declaration/"+kind+"/"+d.Identifier)
			}
		}
		served := func() map[string]string {
			all := map[string]string{}
			for _, e := range endpoints {
				all[e] = string(i.declarative(e, nil))
			}
			return all
		}
		kept := func(body string) {
			id := identity()
			token, _, err := p.st.Offered(ctx, id.Authority, id.Enrollment)
			p.must(err)
			o, _, read, err := p.st.Hear(ctx, id, "")
			p.must(err)
			o.Snapshot = &store.Snapshot{Token: token, Body: []byte(body)}
			if ok, err := p.st.Keep(ctx, o, read); err != nil || !ok {
				t.Fatal(ok, err)
			}
			restarted()
		}

		words := served()
		if len(words) < 6 {
			t.Fatalf("%d declarations", len(words))
		}
		restarted()
		if diff := cmp.Diff(words, served()); diff != "" {
			t.Errorf("after a restart: %s", diff)
		}
		var all []json.RawMessage
		for _, w := range words {
			all = append(all, json.RawMessage(w))
		}
		before, err := json.Marshal(map[string]any{"Declarations": all})
		p.must(err)
		kept(string(before))
		if diff := cmp.Diff(words, served()); diff != "" {
			t.Errorf("kept before there were outlines: %s", diff)
		}

		kept(`{"d":true,"v":"99"}`)
		w := httptest.NewRecorder()
		p.handler.ServeHTTP(w, i.signed(message("DeclarativeManagement", "UDID", i.udid, "Endpoint", endpoints[0]))())
		if w.Code != http.StatusNotFound {
			t.Errorf("in other words: status %d", w.Code)
		}
		has := func() any {
			id := identity()
			_, have, _, err := p.st.Facts(ctx, id.Authority, id.Enrollment)
			p.must(err)
			return have.Present
		}
		had := has()
		i.declarative("status", []byte(`{"StatusItems":{"management":{"declarations":{"configurations":[]}}}}`))
		if diff := cmp.Diff(had, has()); diff != "" {
			t.Errorf("a report on what nobody knows changed what the iPad has: %s", diff)
		}
	})
}
