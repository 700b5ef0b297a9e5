package store

import (
	"context"
	"net/url"
	"strings"

	"ranzen/store/school"
)

// ProviderLine is a line of a list of providers: eighty schools, each with a server of its own.
type ProviderLine struct {
	Row      int
	Issuer   string
	ClientID string
	Secret   string // empty: what is kept stays
	School   string // number or name; empty: the whole authority
}

// ProviderDoes says what becomes of a line.
type ProviderDoes string

const (
	ProviderCreates ProviderDoes = "create"
	ProviderChanges ProviderDoes = "change"
	ProviderKeeps   ProviderDoes = "keep"
)

// PlannedProvider is a line with what becomes of it. Its secret is not in it.
type PlannedProvider struct {
	Row      int
	Does     ProviderDoes
	Provider school.Provider
	School   string
	Secret   bool // a new one comes with it
}

// ProviderPlan is what a list would do. Nothing is done while a line is wrong.
type ProviderPlan struct {
	Lines                   []PlannedProvider
	Creates, Changes, Keeps int
	Problems                []*school.Error
}

// PlanProviders says what a list would do. like is a provider whose rules and scopes new ones take over; empty: none.
func (s *Store) PlanProviders(ctx context.Context, by school.Actor, lines []ProviderLine, like school.ProviderID) (ProviderPlan, error) {
	if err := s.mayManageProviders(by); err != nil {
		return ProviderPlan{}, err
	}
	model := school.Provider{}
	if like != "" {
		x, err := s.Provider(ctx, by, like)
		if err != nil {
			return ProviderPlan{}, err
		}
		model = x.Provider
	}
	rows, err := s.providers(ctx, `p.authority_id = $1`, string(by.Tenant))
	if err != nil {
		return ProviderPlan{}, err
	}
	schools, err := s.Schools(ctx, by)
	if err != nil {
		return ProviderPlan{}, err
	}
	var plan ProviderPlan
	first := map[string]int{}
	for _, l := range lines {
		wrong := func(err error) {
			for _, e := range school.Refusals(err) {
				at := *e
				at.Row = l.Row
				plan.Problems = append(plan.Problems, &at)
			}
		}
		x := PlannedProvider{Row: l.Row, Does: ProviderCreates, Secret: l.Secret != ""}
		x.Provider = school.Provider{Authority: by.Tenant, Issuer: strings.TrimSpace(l.Issuer), ClientID: l.ClientID, Scopes: model.Scopes, Rules: model.Rules, Enabled: true}
		if u, err := url.Parse(x.Provider.Issuer); err == nil {
			x.Provider.Name = u.Hostname()
		}
		if named := strings.TrimSpace(l.School); named != "" {
			found := 0
			for _, sc := range schools {
				if sc.Number == named || school.Fold(sc.Name) == school.Fold(named) {
					found++
					x.Provider.School, x.School, x.Provider.Name = sc.ID, sc.Name, sc.Name
				}
			}
			if found != 1 {
				wrong(school.Refuse("school", "unknown_school", cut(named, 100)))
				continue
			}
		}
		if x.Provider.Name == "" {
			x.Provider.Name = "?" // the address is refused below
		}
		if err := cleanProvider(&x.Provider); err != nil {
			wrong(err)
			continue
		}
		if err := checkSecret(l.Secret); err != nil {
			wrong(err)
			continue
		}
		if row, twice := first[x.Provider.Issuer]; twice {
			wrong(school.Refuse("issuer", "provider_twice", row))
			continue
		}
		first[x.Provider.Issuer] = l.Row
		for _, r := range rows {
			if r.Issuer != x.Provider.Issuer {
				continue
			}
			x.Provider.ID, x.Provider.Name, x.Provider.Rules, x.Provider.Scopes, x.Does = r.ID, r.Name, r.Rules, r.Scopes, ProviderChanges
			if r.ClientID == x.Provider.ClientID && r.School == x.Provider.School && !x.Secret {
				x.Does = ProviderKeeps
			}
		}
		switch x.Does {
		case ProviderCreates:
			plan.Creates++
		case ProviderChanges:
			plan.Changes++
		default:
			plan.Keeps++
		}
		plan.Lines = append(plan.Lines, x)
	}
	return plan, nil
}

// ImportProviders does what PlanProviders says, in one transaction, or nothing.
func (s *Store) ImportProviders(ctx context.Context, by school.Actor, lines []ProviderLine, like school.ProviderID) (ProviderPlan, error) {
	plan, err := s.PlanProviders(ctx, by, lines, like)
	if err != nil {
		return plan, err
	}
	if len(plan.Problems) > 0 {
		return plan, plan.Problems[0]
	}
	secrets := map[int]string{}
	for _, l := range lines {
		secrets[l.Row] = l.Secret
	}
	ev := event{name: "provider.imported", verb: school.Accounts, subject: "authority", id: string(by.Tenant), final: true,
		detail: map[string]any{"providers": plan.Creates + plan.Changes}}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		for _, x := range plan.Lines {
			p := x.Provider
			switch x.Does {
			case ProviderCreates:
				p.ID = NewID[school.ProviderID]()
				for _, r := range p.Rules {
					if err := tx.checkRule(p, r); err != nil {
						return err
					}
				}
				if err := tx.addProvider(p, secrets[x.Row]); err != nil {
					return taken(err, "issuer", "provider_taken")
				}
			case ProviderChanges:
				is, before, err := tx.provider(p.ID)
				if err != nil {
					return err
				}
				for _, of := range []school.Provider{is, p} {
					if err := tx.mayGive(of); err != nil {
						return err
					}
				}
				set := row{"client_id": p.ClientID, "school_id": opt(p.School)}
				if x.Secret {
					set["client_secret_sealed"] = tx.s.sealSecret(tx.authority, p.ID, secrets[x.Row])
				}
				if err := tx.change("provider", string(p.ID), before, set); err != nil {
					return taken(err, "issuer", "provider_taken")
				}
			}
		}
		return nil
	})
	return plan, err
}

// Carry seals what a page carries to its next step and must not show: only the same account gets it back, by Carried.
func (s *Store) Carry(by school.Actor, what string, body []byte) []byte {
	return s.seal(cell{by.Tenant, "page", what, by.ID()}, body)
}

// Carried opens what Carry sealed.
func (s *Store) Carried(by school.Actor, what string, sealed []byte) ([]byte, error) {
	return s.open(cell{by.Tenant, "page", what, by.ID()}, sealed)
}
