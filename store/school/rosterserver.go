package school

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// RosterServer is where a source asks for its people itself: a server of the Schulconnex interface.
type RosterServer struct {
	Base          string   `json:"base"`  // address of the interface up to its version, "https://host/v1"
	Token         string   `json:"token"` // where a token is got
	ClientID      string   `json:"client_id"`
	Scope         string   `json:"scope,omitempty"`
	Organisations []string `json:"organisations,omitempty"` // ids at the server; none: everybody it releases
	Nightly       bool     `json:"nightly,omitempty"`       // asked every night; else when somebody says so
	Take          bool     `json:"take,omitempty"`          // what no question and no guard stands against is taken over without anybody
}

// Schulconnex is the format of a source that is asked.
const Schulconnex = "schulconnex"

// MaxOrganisations is how many organisations one source may ask for, one after the other.
const MaxOrganisations = 300

// Clean mends blanks and refuses what cannot be a server. Nothing is sent anywhere else than to these two addresses.
func (x *RosterServer) Clean() error {
	x.Base, x.Token = strings.TrimRight(strings.TrimSpace(x.Base), "/"), strings.TrimSpace(x.Token)
	x.ClientID, x.Scope = strings.TrimSpace(x.ClientID), strings.Join(strings.Fields(x.Scope), " ")
	var ids []string
	for _, id := range x.Organisations {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	x.Organisations = ids
	var all []error
	for _, a := range []struct{ field, text string }{{"base", x.Base}, {"token", x.Token}} {
		if err := serverAddress(a.field, a.text); err != nil {
			all = append(all, err)
		}
	}
	switch {
	case x.ClientID == "":
		all = append(all, Refuse("client_id", "required"))
	case len(x.ClientID) > 300 || !printable(x.ClientID):
		all = append(all, Refuse("client_id", "too_long", 300))
	}
	if len(x.Scope) > 300 || !printable(x.Scope) {
		all = append(all, Refuse("scope", "too_long", 300))
	}
	if len(ids) > MaxOrganisations || slices.ContainsFunc(ids, func(id string) bool { return len(id) > 200 || !printable(id) }) {
		all = append(all, Refuse("organisations", "organisations_many", MaxOrganisations))
	}
	return errors.Join(all...)
}

func serverAddress(field, text string) error {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return Refuse(field, "required")
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || len(text) > 300 || !printable(text):
		return Refuse(field, "server_address")
	}
	return nil
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd })
}

// Hosts are whom the secret is shown to.
func (x RosterServer) Hosts() (out []string) {
	for _, text := range []string{x.Base, x.Token} {
		if u, err := url.Parse(text); err == nil && !slices.Contains(out, strings.ToLower(u.Host)) {
			out = append(out, strings.ToLower(u.Host))
		}
	}
	return out
}
