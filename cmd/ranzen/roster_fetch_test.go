package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// A server is asked from the machine, at once and for all it has: shown first, taken over when told to, and where it gives no
// list, why.
func TestMUC07_AServerIsAskedFromTheMachine(t *testing.T) {
	names, secret := []string{"Lena", "Tom"}, "geheim"
	land := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			if _, has, _ := r.BasicAuth(); has != secret {
				http.Error(w, "no", http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, `{"access_token":"t","token_type":"Bearer","expires_in":300}`)
			return
		}
		all := []any{}
		for i, name := range names {
			all = append(all, map[string]any{"pid": fmt.Sprint("p", i), "person": map[string]any{"name": map[string]any{"vorname": name, "familienname": "Fuchs"}},
				"personenkontexte": []any{map[string]any{"organisation": map[string]any{"id": "o1", "kennung": "100417", "name": "Gymnasium Nord", "typ": "Schule"}, "rolle": "Lern", "personenstatus": "Aktiv"}}})
		}
		json.NewEncoder(w).Encode(all)
	}))
	t.Cleanup(land.Close)
	ctx := context.Background()
	st := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{})
	id, err := st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Musterstadt"})
	if err != nil {
		t.Fatal(err)
	}
	by := school.System("test", id)
	if _, err := st.CreateSchool(ctx, by, school.School{Name: "Gymnasium Nord", Number: "100417"}); err != nil {
		t.Fatal(err)
	}
	if _, err := st.CreateRosterServer(ctx, by, school.RosterSource{Name: "Land"}, school.RosterServer{Base: land.URL, Token: land.URL + "/token", ClientID: "musterstadt"}, "geheim"); err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AddCert(land.Certificate())
	x := enroll.New(enroll.Config{Store: st, Trust: trust, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	ask := func(c rosterCmd) (string, error) {
		var out bytes.Buffer
		err := c.fetch(ctx, st, x, streams{&out, &out})
		return out.String(), err
	}
	people := func() int {
		n, err := st.CountPersons(ctx, by, store.PersonFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if said, err := ask(rosterCmd{Source: "land"}); err != nil || !strings.Contains(said, "Gymnasium Nord: 2 people, 2 changes, new 2") || !strings.Contains(said, "Nothing is changed.") || people() != 0 {
		t.Errorf("only shown: %v\n%s", err, said)
	}
	if said, err := ask(rosterCmd{Source: "Land", Apply: true}); err != nil || !strings.Contains(said, "taken over") || people() != 2 {
		t.Errorf("taken over: %v\n%s", err, said)
	}
	if said, err := ask(rosterCmd{Source: "Land", Apply: true}); err != nil || !strings.Contains(said, "2 people, 0 changes") {
		t.Errorf("the same again: %v\n%s", err, said)
	}
	names = nil
	if said, err := ask(rosterCmd{Source: "Land", Apply: true}); err == nil || !strings.Contains(err.Error(), "it names nobody") || people() != 2 {
		t.Errorf("nobody: %v\n%s", err, said)
	}
	secret = "other"
	if said, err := ask(rosterCmd{Source: "Land"}); err == nil || !strings.Contains(err.Error(), "knows no such client or secret") {
		t.Errorf("another secret: %v\n%s", err, said)
	}
	for _, wrong := range []rosterCmd{{Source: "Nirgends"}, {Source: "Land", File: "x.csv"}, {Source: "Land", School: "100417"}} {
		if _, err := ask(wrong); err == nil {
			t.Errorf("%+v is asked", wrong)
		}
	}
}
