package store

import (
	"context"
	"database/sql"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "provider.created", "provider.changed", "provider.rules_changed", "provider.enabled", "provider.disabled",
	"provider.removed", "provider.imported", "authority.start_set")

// ProviderRow is a provider as lists show it, with what was last seen of it. Its secret comes out of the store for a
// sign-in alone (ProviderForSignIn).
type ProviderRow struct {
	school.Provider
	SchoolName string
	Secret     bool // there is one
	Accounts   int  // that come by it
	Good       time.Time
	Failed     time.Time
	Code       string // why it last failed
	Created    time.Time
}

// Healthy reports whether the provider did what it should when last asked.
func (p ProviderRow) Healthy() bool { return !p.Good.IsZero() && !p.Failed.After(p.Good) }

// MaxProviders is how many an authority may have: far more than it has schools.
const MaxProviders = 500

const providerColumns = `p.id, p.authority_id, p.school_id, p.name, p.issuer, p.client_id, p.scopes, p.rules, p.enabled`

func providerFields(p *school.Provider) []any {
	return []any{text(&p.ID), text(&p.Authority), text(&p.School), &p.Name, &p.Issuer, &p.ClientID, &p.Scopes, fromJSON(&p.Rules), &p.Enabled}
}

// cleanProvider refuses what cannot be a provider. The issuer is compared letter by letter with what its tokens say, so
// nothing but blanks around it is mended.
func cleanProvider(p *school.Provider) (err error) {
	if p.Name, err = cleanName("name", p.Name); err != nil {
		return err
	}
	p.Issuer, p.ClientID = strings.TrimSpace(p.Issuer), strings.TrimSpace(p.ClientID)
	p.Scopes = strings.Join(slices.DeleteFunc(strings.Fields(p.Scopes), func(s string) bool { return s == "openid" }), " ")
	u, perr := url.Parse(p.Issuer)
	switch {
	case p.Issuer == "":
		return school.Refuse("issuer", "required")
	case perr != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(p.Issuer) > 300 || hasControl(p.Issuer):
		return school.Refuse("issuer", "issuer_address")
	case p.ClientID == "":
		return school.Refuse("client_id", "required")
	case len(p.ClientID) > 300 || hasControl(p.ClientID):
		return school.Refuse("client_id", "too_long", 300)
	case len(p.Scopes) > 300 || hasControl(p.Scopes):
		return school.Refuse("scopes", "too_long", 300)
	}
	return nil
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd })
}

func checkSecret(secret string) error {
	if len(secret) > 1000 || hasControl(secret) {
		return school.Refuse("client_secret", "too_long", 1000)
	}
	return nil
}

// CreateProvider adds a provider. Until it has rules, nobody gets in by it.
func (s *Store) CreateProvider(ctx context.Context, by school.Actor, p school.Provider, secret string) (school.ProviderID, error) {
	p.ID = NewID[school.ProviderID]()
	ev := event{name: "provider.created", verb: school.Accounts, subject: "provider", id: string(p.ID), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error { return tx.addProvider(p, secret) })
	return p.ID, taken(err, "issuer", "provider_taken")
}

func (tx *Tx) addProvider(p school.Provider, secret string) error {
	if err := cleanProvider(&p); err != nil {
		return err
	}
	if err := checkSecret(secret); err != nil {
		return err
	}
	n, err := tx.number(tx.ctx, `SELECT count(*) FROM provider WHERE authority_id = $1`, string(tx.authority))
	if err != nil {
		return err
	}
	if n >= MaxProviders {
		return school.Clash("providers_many", MaxProviders)
	}
	if err := tx.providerSchool(p.School); err != nil {
		return err
	}
	p.Authority = tx.authority
	if err := tx.mayGive(p); err != nil {
		return err
	}
	if p.Rules == nil {
		p.Rules = []school.ClaimRule{}
	}
	return tx.insert("provider", row{"id": string(p.ID), "school_id": opt(p.School), "name": p.Name, "name_sort": school.SortKey(p.Name), "issuer": p.Issuer,
		"client_id": p.ClientID, "client_secret_sealed": tx.s.sealSecret(tx.authority, p.ID, secret), "scopes": p.Scopes, "rules": toJSON(p.Rules),
		"enabled": true, "created_at": micros(tx.now)})
}

func (s *Store) sealSecret(a school.AuthorityID, id school.ProviderID, secret string) []byte {
	if secret == "" {
		return nil
	}
	return s.seal(cell{a, "provider", "client_secret", string(id)}, []byte(secret))
}

func (tx *Tx) providerSchool(id school.SchoolID) error {
	if id == "" {
		return nil
	}
	r, err := tx.fetch("school", string(id))
	if err == nil && (r == nil || r.flag("archived")) {
		err = school.Missing("school")
	}
	return err
}

// mayGive refuses a provider whose rules give more than the actor has: whoever says which issuer is believed, or what its
// words mean, could otherwise let itself in.
func (tx *Tx) mayGive(p school.Provider) error {
	if tx.by.Kind == school.SystemActor {
		return nil
	}
	for _, r := range p.Rules {
		g, gives := p.Gives(r)
		if !gives {
			continue
		}
		for _, v := range g.Role.Verbs() {
			if !tx.by.Can(v, school.Where{Authority: tx.authority, School: g.School}) {
				return school.Deny(school.Accounts)
			}
		}
	}
	return nil
}

// provider reads a provider inside a write.
func (tx *Tx) provider(id school.ProviderID) (p school.Provider, r row, err error) {
	if r, err = tx.fetch("provider", string(id)); err == nil && r == nil {
		err = school.Missing("provider")
	}
	if err != nil {
		return p, nil, err
	}
	p = school.Provider{ID: id, Authority: tx.authority, School: school.SchoolID(r.str("school_id")), Name: r.str("name"), Issuer: r.str("issuer"), ClientID: r.str("client_id"),
		Scopes: r.str("scopes"), Enabled: r.flag("enabled")}
	return p, r, fromJSON(&p.Rules).Scan(r.str("rules"))
}

// changeProvider changes a provider whose rules the actor could have written.
func (s *Store) changeProvider(ctx context.Context, by school.Actor, id school.ProviderID, name string, fn func(tx *Tx, p *school.Provider) (row, error)) error {
	ev := event{name: name, verb: school.Accounts, subject: "provider", id: string(id), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		p, before, err := tx.provider(id)
		if err != nil {
			return err
		}
		if err := tx.mayGive(p); err != nil {
			return err
		}
		set, err := fn(tx, &p)
		if err != nil || len(set) == 0 {
			return err
		}
		if err := tx.mayGive(p); err != nil {
			return err
		}
		return tx.change("provider", string(id), before, set)
	})
	return taken(err, "issuer", "provider_taken")
}

// ChangeProvider writes name, school, issuer, client and scopes; a nil secret stays as it is. Where another issuer is
// named, nobody who came by the old one is known at the new: sessions of this provider end, and so do the roles it gave.
func (s *Store) ChangeProvider(ctx context.Context, by school.Actor, p school.Provider, secret *string) error {
	return s.changeProvider(ctx, by, p.ID, "provider.changed", func(tx *Tx, is *school.Provider) (row, error) {
		p.Rules, p.Authority = is.Rules, is.Authority
		if err := cleanProvider(&p); err != nil {
			return nil, err
		}
		if err := tx.providerSchool(p.School); err != nil {
			return nil, err
		}
		set := row{"school_id": opt(p.School), "name": p.Name, "name_sort": school.SortKey(p.Name), "issuer": p.Issuer, "client_id": p.ClientID, "scopes": p.Scopes}
		if secret != nil {
			if err := checkSecret(*secret); err != nil {
				return nil, err
			}
			set["client_secret_sealed"] = tx.s.sealSecret(tx.authority, p.ID, *secret)
		}
		if p.School != is.School {
			for _, r := range p.Rules {
				if g, gives := p.Gives(r); gives && !g.Role.Stands(g.School) {
					return nil, school.Refuse("school", "rule_school")
				}
			}
		}
		if p.Issuer != is.Issuer {
			if err := tx.leaveProvider(p.ID); err != nil {
				return nil, err
			}
		}
		*is = p
		return set, nil
	})
}

// leaveProvider ends the sessions of a provider and the roles it gave.
func (tx *Tx) leaveProvider(id school.ProviderID) error {
	if _, err := tx.exec(tx.ctx, `DELETE FROM session WHERE provider_id = $1`, string(id)); err != nil {
		return err
	}
	return tx.endProviderGrants(`provider_id = $1`, string(id))
}

// endProviderGrants ends roles that a provider gave and that hold now or later.
func (tx *Tx) endProviderGrants(where string, a ...any) error {
	var ids []string
	a = append(a, tx.now.UnixMicro())
	err := tx.each(tx.ctx, `SELECT id FROM role_grant WHERE `+where+` AND (until_at IS NULL OR until_at > $`+strconv.Itoa(len(a))+`) ORDER BY id`, a, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		if err == nil {
			err = tx.update("role_grant", id, row{"until_at": micros(tx.now)})
		}
	}
	return err
}

// SetProviderRules says what the words of a provider's tokens mean. It counts for each person from the next sign-in on.
func (s *Store) SetProviderRules(ctx context.Context, by school.Actor, id school.ProviderID, rules []school.ClaimRule) error {
	return s.changeProvider(ctx, by, id, "provider.rules_changed", func(tx *Tx, p *school.Provider) (row, error) {
		p.Rules = []school.ClaimRule{}
		for _, r := range rules {
			r.Claim, r.Value = strings.TrimSpace(r.Claim), strings.TrimSpace(r.Value)
			if slices.Contains(p.Rules, r) {
				continue
			}
			if err := tx.checkRule(*p, r); err != nil {
				return nil, err
			}
			p.Rules = append(p.Rules, r)
		}
		if len(p.Rules) > maxRules {
			return nil, school.Refuse("rules", "rules_many", maxRules)
		}
		return row{"rules": toJSON(p.Rules)}, nil
	})
}

const maxRules = 200

func (tx *Tx) checkRule(p school.Provider, r school.ClaimRule) error {
	switch {
	case r.Claim == "":
		return school.Refuse("claim", "required")
	case r.Value == "":
		return school.Refuse("value", "required")
	case len(r.Claim) > 100 || hasControl(r.Claim):
		return school.Refuse("claim", "too_long", 100)
	case len(r.Value) > 200 || hasControl(r.Value):
		return school.Refuse("value", "too_long", 200)
	case r.Role == "" && r.School != "":
		return school.Refuse("school", "role_without_school")
	case r.Role == "":
		return nil
	case !slices.Contains(school.Roles, r.Role) || r.Role == school.Operator || r.Role == school.Clerk: // a clerk has an end and a PIN
		return school.Refuse("role", "choice")
	}
	g, _ := p.Gives(r)
	switch {
	case !g.Role.Stands(g.School) && g.School == "":
		return school.Refuse("school", "required")
	case !g.Role.Stands(g.School):
		return school.Refuse("school", "role_without_school")
	}
	return tx.providerSchool(g.School)
}

// EnableProvider lets people sign in by it again.
func (s *Store) EnableProvider(ctx context.Context, by school.Actor, id school.ProviderID) error {
	return s.changeProvider(ctx, by, id, "provider.enabled", func(tx *Tx, p *school.Provider) (row, error) { return row{"enabled": true}, nil })
}

// DisableProvider lets nobody sign in by it and ends the sessions that came by it. Its accounts and their roles stay.
func (s *Store) DisableProvider(ctx context.Context, by school.Actor, id school.ProviderID) error {
	return s.changeProvider(ctx, by, id, "provider.disabled", func(tx *Tx, p *school.Provider) (row, error) {
		_, err := tx.exec(ctx, `DELETE FROM session WHERE provider_id = $1`, string(id))
		return row{"enabled": false}, err
	})
}

// RemoveProvider forgets a provider: its sessions end, the roles it gave end. Its accounts stay, so that the log stays
// readable; should the issuer be entered again, its people are known again.
func (s *Store) RemoveProvider(ctx context.Context, by school.Actor, id school.ProviderID) error {
	ev := event{name: "provider.removed", verb: school.Accounts, subject: "provider", id: string(id), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		p, _, err := tx.provider(id)
		if err != nil {
			return err
		}
		if err := tx.mayGive(p); err != nil {
			return err
		}
		if err := tx.leaveProvider(id); err != nil {
			return err
		}
		tx.event.detail = map[string]any{"issuer": p.Issuer}
		for _, text := range []string{`UPDATE account SET provider_id = NULL WHERE provider_id = $1`, `UPDATE role_grant SET provider_id = NULL WHERE provider_id = $1`} {
			if _, err := tx.exec(ctx, text, string(id)); err != nil {
				return err
			}
		}
		return tx.remove("provider", string(id))
	})
	return err
}

func (s *Store) mayManageProviders(by school.Actor) error {
	if !by.Can(school.Accounts, school.Where{Authority: by.Tenant}) {
		return school.Missing("authority")
	}
	return nil
}

// Providers lists the providers of the actor's authority by name. There are never more than MaxProviders.
func (s *Store) Providers(ctx context.Context, by school.Actor) ([]ProviderRow, error) {
	if err := s.mayManageProviders(by); err != nil {
		return nil, err
	}
	return s.providers(ctx, `p.authority_id = $1`, string(by.Tenant))
}

// Provider reads one provider of the actor's authority.
func (s *Store) Provider(ctx context.Context, by school.Actor, id school.ProviderID) (ProviderRow, error) {
	if err := s.mayManageProviders(by); err != nil {
		return ProviderRow{}, err
	}
	rows, err := s.providers(ctx, `p.authority_id = $1 AND p.id = $2`, string(by.Tenant), string(id))
	if err == nil && len(rows) == 0 {
		err = school.Missing("provider")
	}
	if err != nil {
		return ProviderRow{}, err
	}
	return rows[0], nil
}

func (s *Store) providers(ctx context.Context, where string, a ...any) ([]ProviderRow, error) {
	var out []ProviderRow
	err := s.read().each(ctx, `SELECT `+providerColumns+`, p.client_secret_sealed IS NOT NULL, COALESCE(sc.name, ''), p.created_at, x.good_at, x.failed_at, COALESCE(x.code, ''),
			(SELECT count(*) FROM account a WHERE a.provider_id = p.id)
		FROM provider p LEFT JOIN school sc ON sc.id = p.school_id LEFT JOIN provider_state x ON x.provider_id = p.id
		WHERE `+where+` ORDER BY p.name_sort, p.id`, a, func(r *sql.Rows) error {
		var p ProviderRow
		err := r.Scan(append(providerFields(&p.Provider), &p.Secret, &p.SchoolName, stamp(&p.Created), stamp(&p.Good), stamp(&p.Failed), &p.Code, &p.Accounts)...)
		out = append(out, p)
		return err
	})
	return out, err
}

// SignInProvider is a provider as its sign-in needs it.
type SignInProvider struct {
	school.Provider
	Secret string
}

// ProviderForSignIn reads an enabled provider for somebody who is nobody yet.
func (s *Store) ProviderForSignIn(ctx context.Context, id school.ProviderID) (SignInProvider, error) {
	var p SignInProvider
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT `+providerColumns+`, p.client_secret_sealed FROM provider p WHERE p.id = $1 AND p.enabled`,
		args(string(id)), append(providerFields(&p.Provider), &sealed)...)
	if err == nil && !found {
		err = school.Missing("provider")
	}
	if err != nil {
		return SignInProvider{}, err
	}
	secret, err := s.open(cell{p.Authority, "provider", "client_secret", string(p.ID)}, sealed)
	p.Secret = string(secret)
	return p, err
}

// ProviderSeen notes whether a provider did what it should: an empty code is good. It is state, and no reason to fail.
func (s *Store) ProviderSeen(ctx context.Context, p school.Provider, code string) error {
	now := s.Now().UnixMicro()
	set, value := `good_at = $3`, any(now)
	if code != "" {
		set = `failed_at = $3, code = $4`
	}
	return s.transact(ctx, func(c conn) error {
		// Who fails all the time is noted once a minute: a broken provider is no reason to write with every click.
		n, err := c.number(ctx, `SELECT count(*) FROM provider_state WHERE provider_id = $1 AND (($3 = '' AND good_at > $2 AND (failed_at IS NULL OR failed_at <= good_at))
			OR ($3 <> '' AND failed_at > $2 AND code = $3 AND (good_at IS NULL OR good_at <= failed_at)))`, string(p.ID), s.Now().Add(-time.Minute).UnixMicro(), code)
		if err != nil || n > 0 {
			return err
		}
		if _, err := c.exec(ctx, `INSERT INTO provider_state (provider_id, authority_id) SELECT id, authority_id FROM provider WHERE id = $1 ON CONFLICT (provider_id) DO NOTHING`, string(p.ID)); err != nil {
			return err
		}
		a := args(string(p.ID), string(p.Authority), value)
		if code != "" {
			a = append(a, cut(code, 60))
		}
		_, err = c.exec(ctx, `UPDATE provider_state SET `+set+` WHERE provider_id = $1 AND authority_id = $2`, a...)
		return err
	})
}

// LastClaims are the groups and roles of the last token a provider gave, without its person, for the page that shows
// what rules would give.
func (s *Store) LastClaims(ctx context.Context, by school.Actor, id school.ProviderID) (c school.Claims, at time.Time, err error) {
	if _, err := s.Provider(ctx, by, id); err != nil {
		return nil, at, err
	}
	var sealed []byte
	if _, err := s.read().one(ctx, `SELECT claims_sealed, claims_at FROM provider_state WHERE provider_id = $1 AND authority_id = $2`,
		args(string(id), string(by.Tenant)), &sealed, stamp(&at)); err != nil {
		return nil, at, err
	}
	body, err := s.open(cell{by.Tenant, "provider_state", "claims", string(id)}, sealed)
	if err != nil || body == nil {
		return nil, at, err
	}
	return c, at, fromJSON(&c).Scan(body)
}

func (s *Store) keepClaims(ctx context.Context, p school.Provider, c school.Claims) error {
	sealed := s.seal(cell{p.Authority, "provider_state", "claims", string(p.ID)}, []byte(toJSON(c)))
	return s.transact(ctx, func(x conn) error {
		_, err := x.exec(ctx, `INSERT INTO provider_state (provider_id, authority_id, claims_sealed, claims_at) SELECT id, authority_id, $2, CAST($3 AS BIGINT) FROM provider WHERE id = $1
			ON CONFLICT (provider_id) DO UPDATE SET claims_sealed = $2, claims_at = $3`, string(p.ID), sealed, s.Now().UnixMicro())
		return err
	})
}

// ---------------------------------------------------------------------------------------------- where people begin

// Start is what anybody may know of an authority who knows its word: its name, and by which doors its people come in.
type Start struct {
	Authority school.AuthorityID
	Word      string
	Name      string
	Contact   string
	Doors     []Door
}

// Door is a provider on the page where people sign in.
type Door struct {
	ID     school.ProviderID
	Name   string
	School string // empty: of the whole authority
}

// SetStart gives the authority the word of its sign-in address; the empty one takes it away.
func (s *Store) SetStart(ctx context.Context, by school.Actor, word string) error {
	word = strings.ToLower(strings.TrimSpace(word))
	if word != "" && (len(word) < 3 || len(word) > 40 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || word[0] == '-' || slices.Contains(reservedStarts, word)) {
		return school.Refuse("start", "start_form")
	}
	ev := event{name: "authority.start_set", verb: school.Accounts, subject: "authority", id: string(by.Tenant), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error { return tx.update("authority", string(by.Tenant), row{"start": word}) })
	return taken(err, "start", "start_taken")
}

// reservedStarts are words that lead elsewhere below the address of signing in.
var reservedStarts = []string{"with", "back", "code", "done", "passkey", "second", "secure", "signed-out"}

// StartWord is the word of the actor's authority.
func (s *Store) StartWord(ctx context.Context, by school.Actor) (word string, err error) {
	if err := s.mayManageProviders(by); err != nil {
		return "", err
	}
	_, err = s.read().one(ctx, `SELECT start FROM authority WHERE id = $1`, args(string(by.Tenant)), &word)
	return word, err
}

// StartAt is where a word leads. The empty word leads to the only authority that has a word, if there is just one.
func (s *Store) StartAt(ctx context.Context, word string) (Start, error) {
	x := Start{Word: strings.ToLower(word)}
	n := 0
	cond, a := `start = $1`, args(x.Word)
	if word == "" {
		cond, a = `start <> ''`, nil
	}
	err := s.read().each(ctx, `SELECT id, start, name, contact FROM authority WHERE `+cond+` ORDER BY id LIMIT 2`, a, func(r *sql.Rows) error {
		n++
		return r.Scan(text(&x.Authority), &x.Word, &x.Name, &x.Contact)
	})
	if err == nil && (n != 1 || x.Word == "") {
		err = school.Missing("authority")
	}
	if err != nil {
		return Start{}, err
	}
	err = s.read().each(ctx, `SELECT p.id, p.name, COALESCE(sc.name, '') FROM provider p LEFT JOIN school sc ON sc.id = p.school_id
		WHERE p.authority_id = $1 AND p.enabled ORDER BY sc.name_sort NULLS FIRST, p.name_sort, p.id`, args(string(x.Authority)), func(r *sql.Rows) error {
		var d Door
		err := r.Scan(text(&d.ID), &d.Name, &d.School)
		x.Doors = append(x.Doors, d)
		return err
	})
	return x, err
}

// StartOf is the start of a provider's authority, for pages that lead back to it.
func (s *Store) StartOf(ctx context.Context, id school.ProviderID) (Start, error) {
	var x Start
	found, err := s.read().one(ctx, `SELECT a.id, a.start, a.name, a.contact FROM provider p JOIN authority a ON a.id = p.authority_id WHERE p.id = $1`,
		args(string(id)), text(&x.Authority), &x.Word, &x.Name, &x.Contact)
	if err == nil && !found {
		err = school.Missing("provider")
	}
	return x, err
}
