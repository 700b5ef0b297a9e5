package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/micromdm/plist"
)

// Declarative management: the sync. What the declarations then do is in declared.go, what is told about them in status.go.
// Apple: "Leveraging the declarative management data model to scale devices", "Integrating declarative management".

// ddm is the declarative half of an enrolment.
type ddm struct {
	Enabled      bool
	Token        string // DeclarationsToken of the set that is in force
	Offer        []byte // what the last command brought along
	Wanted       bool   // a sync is to be made
	Fresh        bool   // the set has changed and is not in force yet
	Unfinished   bool   // a profile could not be fetched; apply again
	Declarations []*declaration
	Arriving     []*declaration // fetched in a sync that was cut off
	Subscribed   []string
	Properties   map[string]any

	StatusDue bool
	FullDue   bool
	Pending   []byte            // a report that no 2xx has answered
	Reported  map[string]string // item → what was last said about it
}

// declaration is one document and what became of it.
type declaration struct {
	Kind        string
	Identifier  string
	ServerToken string
	Type        string
	Payload     json.RawMessage

	Active  bool
	Valid   string
	Reasons []declarationReason

	Applied   string // ServerToken under which its profile was installed
	ProfileID string // identifier of that profile
	Failed    string // why it could not be fetched or installed in the last attempt
	Gone      bool   // the user removed the profile; only a new ServerToken brings it back
}

type declarationReason struct {
	Code        string            `json:"code"`
	Description string            `json:"description,omitempty"`
	Details     map[string]string `json:"details,omitempty"`
}

func (d *ddm) enable(offer []byte) { d.Enabled, d.Offer, d.Wanted = true, offer, true }

func (d *ddm) changed() { d.StatusDue = d.Enabled }

func (d *ddm) remind(sync, daily bool) {
	if !d.Enabled {
		return
	}
	if sync && d.Unfinished {
		d.Wanted = true
	}
	if daily {
		d.FullDue = true
	}
}

const (
	dailyReport = 24 * time.Hour
	finishPause = 30 * time.Second
)

// declare syncs if that is wanted, and delivers the report that follows. False means it was cut off.
func (i *IPad) declare(ctx context.Context) bool {
	d, life := &i.s.DDM, i.s.Life
	if d.Wanted && !i.sync(ctx) {
		return false
	}
	for { // what changed while a report was owed is said after it
		if d.Pending == nil && (d.StatusDue || d.FullDue) {
			full := d.FullDue
			d.Pending = i.statusReport(full)
			d.StatusDue, d.FullDue = false, false
			if full {
				i.fleet.replan(i, dueReport, dailyReport-i.dice.upTo(time.Hour))
			}
		}
		if d.Pending == nil {
			return true
		}
		answer, ok := i.ask(ctx, "status", d.Pending)
		if !ok || i.s.Life != life {
			return false
		}
		if answer.status < 200 || answer.status > 299 {
			return i.failed(dueRetry, fmt.Errorf("sim: the server answered a status report with %d", answer.status))
		}
		d.Pending = nil
		i.succeeded()
	}
}

// ask sends one message of the declarative protocol.
func (i *IPad) ask(ctx context.Context, endpoint string, data []byte) (*reply, bool) {
	message := map[string]any{"MessageType": "DeclarativeManagement", "UDID": i.spec.UDID, "Endpoint": endpoint}
	if data != nil {
		message["Data"] = data
	}
	body, err := plist.Marshal(message)
	if err != nil {
		return nil, i.failed(dueRetry, fmt.Errorf("sim: write a declarative message: %w", err))
	}
	return i.exchange(ctx, i.s.Enrolment.CheckInURL, checkInType, body)
}

func (i *IPad) sync(ctx context.Context) bool {
	d, life := &i.s.DDM, i.s.Life
	offer := d.Offer
	if offer == nil {
		answer, ok := i.ask(ctx, "tokens", nil)
		if !ok || i.s.Life != life {
			return false
		}
		if answer.status != http.StatusOK {
			return i.failed(dueRetry, fmt.Errorf("sim: the server answered tokens with %d", answer.status))
		}
		offer = answer.body
	}
	token, err := readTokens(offer)
	if err != nil {
		return i.failed(dueRetry, err)
	}
	if token != d.Token && (!i.fetchSet(ctx) || i.s.Life != life) {
		return false
	}
	d.Wanted, d.Offer = false, nil
	if !d.Fresh && !d.Unfinished {
		return true // nothing has changed since the last time
	}
	d.Fresh = false
	return i.apply(ctx)
}

// fetchSet gets the manifest and every declaration in it that is new or changed. Only when all are there does the old set go.
func (i *IPad) fetchSet(ctx context.Context) bool {
	d, life := &i.s.DDM, i.s.Life
	answer, ok := i.ask(ctx, "declaration-items", nil)
	if !ok || i.s.Life != life {
		return false
	}
	if answer.status != http.StatusOK {
		return i.failed(dueRetry, fmt.Errorf("sim: the server answered declaration-items with %d", answer.status))
	}
	manifest, err := readManifest(answer.body)
	if err != nil {
		return i.failed(dueRetry, err)
	}
	var next []*declaration
	for _, item := range manifest.items {
		have := slices.Concat(d.Declarations, d.Arriving)
		n := slices.IndexFunc(have, func(h *declaration) bool {
			return h.Kind == item.kind && h.Identifier == item.Identifier && h.ServerToken == item.ServerToken
		})
		if n >= 0 {
			next = append(next, have[n])
			continue
		}
		answer, ok := i.ask(ctx, "declaration/"+item.kind+"/"+item.Identifier, nil)
		if !ok || i.s.Life != life {
			return false
		}
		switch answer.status {
		case http.StatusOK:
		case http.StatusNotFound:
			continue // it does not exist any more
		default:
			return i.failed(dueRetry, fmt.Errorf("sim: the server answered a declaration with %d", answer.status))
		}
		fresh, err := readDeclaration(answer.body, item.kind, item.Identifier)
		if err != nil {
			return i.failed(dueRetry, err)
		}
		if old := find(d.Declarations, item.kind, item.Identifier); old != nil {
			fresh.ProfileID, fresh.Applied = old.ProfileID, old.Applied
		}
		d.Arriving = append(d.Arriving, fresh)
		next = append(next, fresh)
	}
	d.Declarations, d.Arriving = next, nil
	d.Token, d.Fresh = manifest.token, true
	return true
}

func find(all []*declaration, kind, identifier string) *declaration {
	for _, d := range all {
		if d.Kind == kind && d.Identifier == identifier {
			return d
		}
	}
	return nil
}

const (
	tokenMost      = 256 // octets of a DeclarationsToken
	identifierMost = 64  // octets of an Identifier and of a ServerToken
)

func readTokens(body []byte) (string, error) {
	var doc struct {
		SyncTokens struct {
			DeclarationsToken string
			Timestamp         string
		}
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return "", fmt.Errorf("sim: read the tokens: %w", err)
	}
	t := doc.SyncTokens
	if t.DeclarationsToken == "" || len(t.DeclarationsToken) > tokenMost {
		return "", errors.New("sim: the DeclarationsToken is empty or too long")
	}
	if _, err := time.Parse(time.RFC3339, t.Timestamp); err != nil {
		return "", fmt.Errorf("sim: the timestamp of the tokens: %w", err)
	}
	return t.DeclarationsToken, nil
}

type manifestItem struct {
	kind        string
	Identifier  string
	ServerToken string
}

type manifest struct {
	items []manifestItem
	token string
}

func readManifest(body []byte) (manifest, error) {
	var doc struct {
		Declarations struct {
			Activations, Assets, Configurations, Management *[]manifestItem
		}
		DeclarationsToken string
	}
	var m manifest
	if err := json.Unmarshal(body, &doc); err != nil {
		return m, fmt.Errorf("sim: read the manifest: %w", err)
	}
	if doc.DeclarationsToken == "" || len(doc.DeclarationsToken) > tokenMost {
		return m, errors.New("sim: the manifest has no usable DeclarationsToken")
	}
	m.token = doc.DeclarationsToken
	seen := make(map[string]bool)
	for _, part := range []struct {
		kind  string
		items *[]manifestItem
	}{
		{"asset", doc.Declarations.Assets}, {"configuration", doc.Declarations.Configurations},
		{"management", doc.Declarations.Management}, {"activation", doc.Declarations.Activations},
	} {
		if part.items == nil {
			return m, fmt.Errorf("sim: the manifest has no array for %s", part.kind)
		}
		for _, item := range *part.items {
			if !fits(item.Identifier) || !fits(item.ServerToken) || seen[item.Identifier] {
				return m, fmt.Errorf("sim: the manifest lists a %s without, with too long or with repeated names", part.kind)
			}
			seen[item.Identifier] = true
			item.kind = part.kind
			m.items = append(m.items, item)
		}
	}
	return m, nil
}

func fits(name string) bool { return name != "" && len(name) <= identifierMost }

// readDeclaration checks that the answer is what was asked for. Its ServerToken may be newer than the manifest's.
func readDeclaration(body []byte, kind, identifier string) (*declaration, error) {
	var doc struct {
		Type, Identifier, ServerToken string
		Payload                       json.RawMessage
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, fmt.Errorf("sim: read a declaration: %w", err)
	}
	switch {
	case doc.Identifier != identifier:
		return nil, errors.New("sim: the server sent another declaration than the one asked for")
	case !fits(doc.ServerToken):
		return nil, errors.New("sim: a declaration without a usable ServerToken")
	case doc.Type == "":
		return nil, errors.New("sim: a declaration without a type")
	case kindOf(doc.Type) != "" && kindOf(doc.Type) != kind:
		return nil, fmt.Errorf("sim: a %s was listed as %s", doc.Type, kind)
	}
	return &declaration{Kind: kind, Identifier: identifier, ServerToken: doc.ServerToken, Type: doc.Type, Payload: doc.Payload}, nil
}
