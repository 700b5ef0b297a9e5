package ui

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"ranzen/enroll/ca"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const applePath = "/apple"

func tokenAddress(id school.TokenID) string {
	return applePath + "/tokens/" + url.PathEscape(string(id))
}

// applePage is the connection to Apple on one page: what runs out when, push, and the tokens.
type applePage struct {
	web.Frame
	Board  []boardLine
	Push   web.Status
	Facts  []web.Fact
	Renew  *web.Action
	Tokens []tokenLine
	New    *web.Action
	Empty  web.Empty
	Every  string
}

// boardLine is one line of the expiry board.
type boardLine struct {
	Name, Href string
	Ends       time.Time
	When       web.When
	Status     web.Status
	Account    string // the Apple Account needed to renew it; empty: nobody's
	Own        bool   // renews itself
	Action     *web.Action
}

type tokenLine struct {
	Name, Href string
	Kind       string
	Status     web.Status
	Assigned   *web.Progress
	Refused    int
	Synced     web.When
}

// How long before its end something is a warning, and how long before it is urgent.
const (
	endsSoon = 60 * 24 * time.Hour
	endsNow  = 8 * 24 * time.Hour
)

// endStatus says how near an end is.
func endStatus(l web.Lang, ends, now time.Time) web.Status {
	left := ends.Sub(now)
	switch {
	case left <= 0:
		return web.Status{Kind: web.Danger, Text: web.T(l, "board.ended", l.Date(ends))}
	case left < endsNow:
		return web.Status{Kind: web.Danger, Text: web.T(l, "board.ends", left)}
	case left < endsSoon:
		return web.Status{Kind: web.Warning, Text: web.T(l, "board.ends", left)}
	}
	return web.Status{Kind: web.OK, Text: web.T(l, "board.ends", left)}
}

func (u *UI) apple(w http.ResponseWriter, r *http.Request, v view) error {
	ctx := r.Context()
	push, err := u.st.PushStatus(ctx, v.by)
	if err != nil {
		return err
	}
	tokens, err := u.st.AppleTokens(ctx, v.by)
	if err != nil {
		return err
	}
	may := v.can(school.Apple)
	p := &applePage{Frame: u.frame(r, web.T(v.lang, "apple.title")), Every: "every 15s"}
	p.Place = u.adminPlace(&p.Frame, v)
	p.Push, p.Facts = pushState(&p.Frame, push)
	if may {
		text := "apple.push.setup"
		if push.Topic != "" {
			text = "apple.push.renew"
		}
		near := push.Topic == "" || push.Ends.Sub(v.now) < endsSoon
		p.Renew = &web.Action{Text: p.T(text), Href: applePath + "/push", Primary: near}
		p.New = &web.Action{Text: p.T("apple.token.new"), Href: applePath + "/tokens/new", Primary: !near && len(tokens) == 0}
	}
	if push.Topic != "" {
		p.Board = append(p.Board, boardLine{Name: p.T("apple.push"), Href: applePath + "/push", Ends: push.Ends, When: p.When(push.Ends), Status: endStatus(v.lang, push.Ends, v.now), Account: push.AppleAccount})
	}
	for _, t := range tokens {
		status, busy := appleStatus(&p.Frame, t)
		if busy {
			p.Every = "every 2s"
		}
		line := tokenLine{Name: t.Name, Href: tokenAddress(t.ID), Kind: p.T("token.kind." + t.Kind), Status: status, Refused: t.Counts.Refused, Synced: p.When(t.Sync.SyncedAt)}
		if t.Counts.Listed > 0 {
			line.Assigned = &web.Progress{Label: p.T("token.assigned.label", t.Name), Done: t.Counts.Assigned, Total: t.Counts.Listed}
		}
		p.Tokens = append(p.Tokens, line)
		if t.Accepted {
			p.Board = append(p.Board, boardLine{Name: p.T("board.token", t.Name), Href: tokenAddress(t.ID), Ends: t.Ends, When: p.When(t.Ends), Status: endStatus(v.lang, t.Ends, v.now), Account: t.AppleAccount})
		}
	}
	ends, err := u.caEnds(ctx, v.by.Tenant)
	if err != nil {
		return err
	}
	for i, at := range ends {
		p.Board = append(p.Board, boardLine{Name: p.T([]string{"board.ca", "board.signer"}[i]), Ends: at, When: p.When(at), Status: endStatus(v.lang, at, v.now), Own: i == 1})
	}
	slices.SortStableFunc(p.Board, func(a, b boardLine) int { return a.Ends.Compare(b.Ends) })
	p.Empty = web.Empty{Title: p.T("apple.tokens.none"), Text: p.T("apple.tokens.none.text")}
	return u.site.Render(w, r, http.StatusOK, "apple", p)
}

// caEnds are the ends of the authority's device CA and of the certificate that signs its profiles; none before the first
// enrolment. Only the dates leave this function.
func (u *UI) caEnds(ctx context.Context, a school.AuthorityID) ([]time.Time, error) {
	body, err := u.st.CA(ctx, a)
	if err != nil || body == nil {
		return nil, err
	}
	papers, err := ca.ParsePapers(body)
	if err != nil {
		return nil, err
	}
	return []time.Time{papers.Authority.NotAfter(), papers.Signer.NotAfter()}, nil
}

// pushState says how push stands.
func pushState(f *web.Frame, p store.Push) (web.Status, []web.Fact) {
	if p.Topic == "" {
		if !p.Requested.IsZero() {
			return web.Status{Kind: web.Waiting, Text: f.T("push.waits")}, nil
		}
		return web.Status{Kind: web.Danger, Text: f.T("push.none")}, nil
	}
	status := web.Status{Kind: web.OK, Text: f.T("push.works")}
	switch left := p.Ends.Sub(f.Now); {
	case left <= 0:
		status = web.Status{Kind: web.Danger, Text: f.T("push.over", p.Ends)}
	case p.State != "":
		status = web.Status{Kind: web.Danger, Text: f.T("push.refused")}
	case left < endsSoon:
		status = endStatus(f.Lang, p.Ends, f.Now)
	}
	account := p.AppleAccount
	if account == "" {
		account = f.T("push.account.unknown")
	}
	return status, []web.Fact{{Name: f.T("push.ends"), Text: f.Lang.Date(p.Ends)}, {Name: f.T("push.account"), Text: account}}
}

// appleStatus says in plain words how a token stands; busy is whether it moves by itself just now.
func appleStatus(f *web.Frame, t store.AppleToken) (_ web.Status, busy bool) {
	switch {
	case !t.Accepted:
		return web.Status{Kind: web.Waiting, Text: f.T("token.state.waits")}, false
	case !t.Ends.After(f.Now):
		return web.Status{Kind: web.Danger, Text: f.T("token.state.ended", t.Ends)}, false
	case t.Sync.Error != "":
		kind := web.Danger
		if t.Sync.NotBefore.After(f.Now) || t.Sync.Error == "ade_throttled" || t.Sync.Error == "ade_unavailable" || t.Sync.Error == "ade_cursor" {
			kind = web.Busy
		}
		return web.Status{Kind: kind, Text: syncError(f.Lang, t.Sync.Error)}, kind == web.Busy
	case t.Sync.SyncedAt.IsZero():
		return web.Status{Kind: web.Busy, Text: f.T("token.state.first")}, true
	case t.Counts.Refused > 0:
		return web.Status{Kind: web.Warning, Text: f.T("token.state.refused", t.Counts.Refused)}, false
	case t.Counts.Assigned < t.Counts.Listed:
		return web.Status{Kind: web.Busy, Text: f.T("token.state.assigning", t.Counts.Listed-t.Counts.Assigned)}, true
	}
	return web.Status{Kind: web.OK, Text: f.T("token.state.ok")}, false
}

// syncError says what Apple has against a token.
func syncError(l web.Lang, code string) string {
	return wordOr(l, "apple.sync."+code, web.T(l, "apple.sync.other"))
}

func init() {
	web.Add(web.Words{
		"apple.title":                   {"Apple-Anbindung", "Apple connection"},
		"apple.board":                   {"Was wann abläuft", "What ends when"},
		"apple.board.none":              {"Noch läuft nichts ab: Push-Zertifikat und Token fehlen.", "Nothing ends yet: push certificate and token are missing."},
		"apple.push":                    {"Push-Zertifikat", "Push certificate"},
		"apple.push.text":               {"Ohne gültiges Push-Zertifikat ist kein iPad erreichbar.", "Without a valid push certificate no iPad can be reached."},
		"apple.push.setup":              {"Push einrichten", "Set up push"},
		"apple.push.renew":              {"Erneuern", "Renew"},
		"apple.tokens":                  {"Apple-Token", "Apple tokens"},
		"apple.tokens.text":             {"Ein Token verbindet mit der Geräteliste in Apple School Manager. iPads von dort richten sich von selbst ein.", "A token connects to the device list in Apple School Manager. iPads from there set themselves up."},
		"apple.token.new":               {"Token hinzufügen", "Add a token"},
		"apple.tokens.none":             {"Noch kein Token", "No token yet"},
		"apple.tokens.none.text":        {"Ohne Token lassen sich iPads nur einzeln mit einem Code anmelden.", "Without a token iPads can only be enrolled one by one with a code."},
		"board.what":                    {"Was", "What"},
		"board.when":                    {"Läuft ab", "Ends"},
		"board.account":                 {"Nötiger Apple Account", "Apple Account needed"},
		"board.own":                     {"erneuert sich von selbst", "renews by itself"},
		"board.nobody":                  {"keiner", "none"},
		"board.ended":                   {"abgelaufen am {1}", "ended on {1}"},
		"board.ends":                    {"noch {1}", "{1} left"},
		"board.token":                   {"Token „{1}“", "Token “{1}”"},
		"board.ca":                      {"Zertifizierungsstelle für iPads", "Certificate authority for iPads"},
		"board.signer":                  {"Unterschrift unter Profilen", "Signature below profiles"},
		"push.none":                     {"Noch nicht eingerichtet", "Not set up yet"},
		"push.waits":                    {"Wartet auf das Zertifikat von Apple", "Waits for the certificate from Apple"},
		"push.works":                    {"Funktioniert", "Works"},
		"push.over":                     {"Am {1} abgelaufen. Kein iPad ist erreichbar.", "Ended on {1}. No iPad can be reached."},
		"push.refused":                  {"Apple nimmt dieses Zertifikat nicht mehr an. Erneuern Sie es.", "Apple no longer accepts this certificate. Renew it."},
		"push.ends":                     {"Läuft ab", "Ends"},
		"push.account":                  {"Apple Account", "Apple Account"},
		"push.account.unknown":          {"nicht hinterlegt", "not recorded"},
		"token.kind.asm":                {"Apple School Manager", "Apple School Manager"},
		"token.kind.abm":                {"Apple Business Manager", "Apple Business Manager"},
		"token.assigned.label":          {"Vorbereitet für die Einrichtung: {1}", "Prepared for set-up: {1}"},
		"token.state":                   {"Stand", "State"},
		"token.state.waits":             {"Wartet auf die Token-Datei von Apple", "Waits for the token file from Apple"},
		"token.state.ended":             {"Am {1} abgelaufen. Neue iPads kommen nicht mehr an.", "Ended on {1}. New iPads no longer arrive."},
		"token.state.first":             {"Liest die Geräteliste zum ersten Mal.", "Reads the device list for the first time."},
		"token.state.refused":           {"{1} {1:iPad|iPads} konnte Apple nicht vorbereiten.", "Apple could not prepare {1} {1:iPad|iPads}."},
		"token.state.assigning":         {"Bereitet {1} {1:iPad|iPads} vor.", "Prepares {1} {1:iPad|iPads}."},
		"token.state.ok":                {"Alle iPads sind vorbereitet.", "All iPads are prepared."},
		"token.devices":                 {"Vorbereitet", "Prepared"},
		"token.synced":                  {"Zuletzt abgeglichen", "Last synced"},
		"apple.sync.ade_throttled":      {"Apple bittet um Geduld. Der Abgleich geht von selbst weiter.", "Apple asks for patience. The sync continues by itself."},
		"apple.sync.ade_unavailable":    {"Apples Dienst ist gerade nicht erreichbar. Der Abgleich geht von selbst weiter.", "Apple’s service cannot be reached just now. The sync continues by itself."},
		"apple.sync.ade_terms":          {"In Apple School Manager müssen neue Nutzungsbedingungen angenommen werden. Bis dahin kommen keine neuen iPads an.", "New terms must be accepted in Apple School Manager. Until then no new iPads arrive."},
		"apple.sync.ade_token_rejected": {"Apple nimmt das Token nicht mehr an. Laden Sie in Apple School Manager ein neues herunter.", "Apple no longer accepts the token. Download a new one in Apple School Manager."},
		"apple.sync.ade_access_denied":  {"Das Token darf seine Geräteliste nicht lesen. Prüfen Sie in Apple School Manager, ob der Geräteverwaltungsdienst noch besteht.", "The token may not read its device list. Check in Apple School Manager whether the device management service still exists."},
		"apple.sync.ade_cursor":         {"Apple hat den Stand des Abgleichs vergessen. Die ganze Liste wird von selbst neu gelesen.", "Apple forgot where the sync stood. The whole list is read anew by itself."},
		"apple.sync.ade_refused":        {"Apple hat den letzten Abgleich abgelehnt. Der nächste Versuch kommt von selbst.", "Apple refused the last sync. The next try comes by itself."},
		"apple.sync.other":              {"Der letzte Abgleich ist nicht gelungen. Der nächste Versuch kommt von selbst.", "The last sync did not succeed. The next try comes by itself."},
	})
}
