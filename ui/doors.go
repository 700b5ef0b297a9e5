package ui

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/issuer"
	"ranzen/ui/web"
)

// Signing in by an identity provider: /sign-in/with/ID begins it, the provider sends people back to /sign-in/back/ID. Each
// provider has an address of its own to come back to, so that no provider can pass another's answer off as its own.
const (
	withPath = web.SignInPath + "/with"
	backPath = web.SignInPath + "/back"

	manyDoors = 12
	aYear     = 365 * 24 * 60 * 60
)

// nobody is the road to providers where there is none.
type nobody struct{}

func (nobody) Do(*http.Request) (int, http.Header, []byte, error) {
	return 0, nil, nil, errors.New("no way out")
}

// whyNot names what stood against a request before it was sent.
func whyNot(err error) string {
	switch {
	case errors.Is(err, enroll.ErrForbidden):
		return "inside"
	case errors.Is(err, enroll.ErrElsewhere):
		return "elsewhere"
	case errors.Is(err, enroll.ErrTooLong):
		return "long"
	case errors.Is(err, enroll.ErrNotHTTPS):
		return "endpoints"
	}
	return ""
}

// issuerText says a trouble with a provider for people.
func issuerText(l web.Lang, err error) string {
	t, ok := errors.AsType[*issuer.Trouble](err)
	if !ok {
		return web.T(l, "issuer.unreachable")
	}
	return web.T(l, "issuer."+t.Code, t.Args...)
}

// clientOf is who we are at a provider.
func (u *UI) clientOf(p store.SignInProvider) issuer.Client {
	return issuer.Client{Issuer: p.Issuer, ID: p.ClientID, Secret: p.Secret, Scopes: p.Scopes, Redirect: u.backAddress(p.ID)}
}

func (u *UI) backAddress(id school.ProviderID) string { return u.Public + backPath + "/" + string(id) }

// startWord is whose doors a request wants: named in the address, else where this browser was last.
func (u *UI) startWord(r *http.Request) (word string, named bool) {
	if word = routeVar(r, "start"); word != "" {
		return word, true
	}
	return cookieOf(r, u.ownCookie("start")), false
}

func (u *UI) startOf(r *http.Request) (store.Start, error) {
	word, named := u.startWord(r)
	x, err := u.st.StartAt(r.Context(), word)
	if school.KindOf(err) == school.NotFound && !named && word != "" { // given up since
		x, err = u.st.StartAt(r.Context(), "")
	}
	if school.KindOf(err) == school.NotFound && !named {
		return store.Start{}, nil
	}
	return x, err
}

// keepStart remembers where somebody came in, so that a deep link leads to the same doors tomorrow.
func (u *UI) keepStart(w http.ResponseWriter, r *http.Request) {
	if word, named := u.startWord(r); named {
		u.setCookie(w, u.ownCookie("start"), strings.ToLower(word), aYear)
	}
}

// addDoors lists the providers by which somebody may come in: the one used last comes first.
func (u *UI) addDoors(r *http.Request, p *signInPage) error {
	start, err := u.startOf(r)
	if err != nil || len(start.Doors) == 0 {
		return err
	}
	p.Start = start.Name
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	last := cookieOf(r, u.ownCookie("with"))
	if len(start.Doors) > manyDoors {
		p.Search = &web.Filter{Action: r.URL.Path, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("signin.search"), Value: q}}, Hidden: []web.Hidden{{Name: "next", Value: p.Next}}}
		if q != "" {
			p.Search.Reset = r.URL.Path + "?next=" + url.QueryEscape(p.Next)
		}
	}
	for _, d := range start.Doors {
		if q != "" && !strings.Contains(school.Fold(d.Name+" "+d.School), school.Fold(q)) {
			continue
		}
		door := signInDoor{Name: d.School, Detail: d.Name, Href: withPath + "/" + string(d.ID) + "?next=" + url.QueryEscape(p.Next)}
		if d.School == "" || d.School == d.Name {
			door.Name, door.Detail = d.Name, ""
		}
		if string(d.ID) == last {
			door.Detail = strings.TrimLeft(door.Detail+" · "+p.T("signin.last"), " ·")
			p.Doors = append([]signInDoor{door}, p.Doors...)
		} else {
			p.Doors = append(p.Doors, door)
		}
	}
	if len(p.Doors) == 0 {
		p.Nothing = p.T("signin.nothing", q)
	}
	p.Login.Focus = false // the doors come first
	return nil
}

// wantedOf is where somebody wants to go who was sent here: by us, or by a portal as OpenID Connect has it
// (target_link_uri, which must be ours).
func (u *UI) wantedOf(r *http.Request) string {
	if to := r.URL.Query().Get("target_link_uri"); to != "" && u.Public != "" && strings.HasPrefix(to, u.Public+"/") {
		return localTarget(strings.TrimPrefix(to, u.Public))
	}
	return nextOf(r)
}

// signInWith sends somebody to a provider. It is a link and no form: a form would be kept from leading to another site.
func (u *UI) signInWith(w http.ResponseWriter, r *http.Request) error {
	id, next := school.ProviderID(routeVar(r, "provider")), u.wantedOf(r)
	p, err := u.st.ProviderForSignIn(r.Context(), id)
	if err != nil {
		return err
	}
	if iss := r.URL.Query().Get("iss"); iss != "" && iss != p.Issuer {
		return web.ErrNotFound
	}
	if _, in := viewOf(r); in {
		return web.Redirect(w, r, next)
	}
	if r.Method == http.MethodHead { // a look begins nothing
		return nil
	}
	x := store.Pending{Nonce: store.Secret(24), Verifier: store.Secret(32), Next: cutTarget(next)}
	state, kept := u.st.BeginPending(p.Provider, x)
	to, err := u.issuers.Begin(r.Context(), u.clientOf(p), state, x.Nonce, x.Verifier)
	if err != nil {
		return u.notSignedIn(w, r, p.Provider, next, err)
	}
	u.setCookie(w, u.pendingCookie(state), kept, int(store.PendingFor.Seconds()))
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// cutTarget gives up an address that is too long for a cookie.
func cutTarget(next string) string {
	if len(next) > 1500 {
		return web.HomePath
	}
	return next
}

// pendingCookie is the cookie of one sign-in under way: several may be, in several tabs.
func (u *UI) pendingCookie(state string) string { return u.ownCookie("in-" + store.Digest(state)[:12]) }

// signInBack is where a provider sends people back to.
func (u *UI) signInBack(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	id, state := school.ProviderID(routeVar(r, "provider")), q.Get("state")
	if r.Method == http.MethodHead {
		return nil
	}
	x, err := u.st.TakePending(r.Context(), state, cookieOf(r, u.pendingCookie(state)))
	if err == nil && x.Provider != id {
		err = school.Refuse("state", "sign_in_over")
	}
	if err != nil {
		return u.notSignedIn(w, r, school.Provider{}, web.HomePath, err)
	}
	u.setCookie(w, u.pendingCookie(state), "", 0)
	p, err := u.st.ProviderForSignIn(r.Context(), id)
	if err != nil {
		return err
	}
	if code := q.Get("error"); code != "" {
		reason := &issuer.Trouble{Code: "refused"}
		if code == "access_denied" {
			reason.Code = "left"
		}
		return u.notSignedIn(w, r, p.Provider, x.Next, reason)
	}
	who, err := u.issuers.Finish(r.Context(), u.clientOf(p), q.Get("code"), q.Get("iss"), x.Nonce, x.Verifier)
	if err != nil {
		return u.notSignedIn(w, r, p.Provider, x.Next, err)
	}
	claims, err := school.ReadClaims(who.Claims, p.ClaimNames()...)
	if err != nil {
		return u.notSignedIn(w, r, p.Provider, x.Next, &issuer.Trouble{Code: "answer", Err: err})
	}
	secret, err := u.st.Arrive(r.Context(), store.Arrival{Provider: p.Provider, Subject: who.Subject, Name: who.Name, Email: who.Email, Claims: claims, SID: who.SID, IDToken: who.IDToken,
		Client: browserFamily(r.UserAgent()), Old: cookieOf(r, u.cookieName())})
	if err != nil {
		return u.notSignedIn(w, r, p.Provider, x.Next, err)
	}
	u.providerSeen(r.Context(), p.Provider, "")
	u.setCookie(w, u.ownCookie("with"), string(p.ID), aYear)
	return u.goIn(w, r, secret, x.Next)
}

// blameless are troubles that say nothing of a provider: anybody can bring them about, or too many did.
var blameless = map[string]bool{"busy": true, "code": true, "left": true, "refused": true, "mixed_up": true}

func (u *UI) providerSeen(ctx context.Context, p school.Provider, code string) {
	if err := u.st.ProviderSeen(context.WithoutCancel(ctx), p, code); err != nil {
		u.Log.Error("the state of an identity provider was not kept", "provider", string(p.ID), "error", err)
	}
}

// notSignedInPage is the page "notsignedin": why somebody did not get in, and what helps.
type notSignedInPage struct {
	web.Frame
	Alert   web.Alert
	Help    string // who can help
	Actions []web.Action
}

// notSignedIn says why a sign-in by a provider led nowhere. What only the log may know is not on the page.
func (u *UI) notSignedIn(w http.ResponseWriter, r *http.Request, p school.Provider, next string, err error) error {
	f := &notSignedInPage{Frame: u.frame(r, ""), Alert: web.Alert{Kind: web.Danger}}
	f.Title = f.T("signin.failed")
	status := http.StatusBadGateway
	if t, ok := errors.AsType[*issuer.Trouble](err); ok {
		f.Alert.Title, f.Alert.Text = f.T("signin.by", p.Name), issuerText(f.Lang, err)
		u.Log.Warn("a sign-in by an identity provider failed", "provider", string(p.ID), "why", t.Code, "error", err, "reference", web.Reference(r))
		if blameless[t.Code] {
			status = http.StatusUnprocessableEntity
		} else {
			u.providerSeen(r.Context(), p, t.Code)
		}
		if t.Code == "busy" {
			status = http.StatusServiceUnavailable
		}
	} else {
		e, rule := errors.AsType[*school.Error](err)
		if !rule || e.Kind == school.NotFound {
			return err
		}
		f.Alert.Title, f.Alert.Kind = web.RuleText(f.Lang, e), web.Warning
		status = web.KindStatus(e.Kind)
	}
	again := web.Action{Text: f.T("signin.other"), Href: web.SignInPath + "?next=" + url.QueryEscape(next)}
	if p.ID != "" {
		f.Actions = append(f.Actions, web.Action{Text: f.T("signin.again"), Href: withPath + "/" + string(p.ID) + "?next=" + url.QueryEscape(next), Primary: true})
		if start, err := u.st.StartOf(r.Context(), p.ID); err == nil {
			if start.Contact != "" {
				f.Help = f.T("signin.ask", start.Name, start.Contact)
			}
			if start.Word != "" {
				again.Href = web.SignInPath + "/" + start.Word + "?next=" + url.QueryEscape(next)
			}
		}
	}
	f.Actions = append(f.Actions, again)
	return u.site.Render(w, r, status, "notsignedin", f)
}

// signedOutThere takes a provider's word that somebody signed out there (OpenID Connect Back-Channel Logout 1.0). It
// answers a program: 200, or 400 and no more.
func (u *UI) signedOutThere(w http.ResponseWriter, r *http.Request) error {
	no := func(err error) error {
		u.Log.Warn("a logout token was not believed", "provider", routeVar(r, "provider"), "error", err, "reference", web.Reference(r))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		return json.NewEncoder(w).Encode(map[string]string{"error": "invalid_request"})
	}
	p, err := u.st.ProviderForSignIn(r.Context(), school.ProviderID(routeVar(r, "provider")))
	if school.KindOf(err) == school.NotFound {
		return no(err)
	}
	if err != nil {
		return err
	}
	out, err := u.issuers.LoggedOut(r.Context(), u.clientOf(p), r.PostFormValue("logout_token"))
	if err != nil {
		return no(err)
	}
	_, err = u.st.SignedOutThere(r.Context(), p.Provider, out.Subject, out.SID, out.ID, out.Until)
	if school.KindOf(err) != "" {
		return no(err)
	}
	return err
}

// signedOutPage is the page "signedout": signed out here, and still signed in at the provider.
type signedOutPage struct {
	web.Frame
	Text    string
	Actions []web.Action
}

func (u *UI) signedOut(w http.ResponseWriter, r *http.Request, away store.SessionAway) error {
	r = r.WithContext(context.WithValue(r.Context(), viewKey{}, nil)) // nobody is signed in any more
	p := &signedOutPage{Frame: u.frame(r, "")}
	p.Title, p.Text = p.T("done.signed_out"), p.T("signedout.there", away.Provider.Name)
	to, ok := u.issuers.EndSession(r.Context(), issuer.Client{Issuer: away.Provider.Issuer, ID: away.Provider.ClientID}, away.IDToken, u.Public+web.SignInPath)
	if ok {
		p.Actions = append(p.Actions, web.Action{Text: p.T("signedout.too", away.Provider.Name), Href: to, Primary: true})
	}
	p.Actions = append(p.Actions, web.Action{Text: p.T("signedout.again"), Href: web.SignInPath})
	return u.site.Render(w, r, http.StatusOK, "signedout", p)
}

func init() {
	web.Add(web.Words{
		"signin.doors":    {"Anmelden über", "Sign in by"},
		"signin.local":    {"Mit Anmeldename und Passwort", "With login and password"},
		"signin.search":   {"Schule suchen", "Find your school"},
		"signin.nothing":  {"Keine Schule passt zu „{1}“.", "No school fits “{1}”."},
		"signin.last":     {"zuletzt benutzt", "used last"},
		"signin.by":       {"Anmeldung über „{1}“", "Sign-in by “{1}”"},
		"signin.again":    {"Noch einmal versuchen", "Try again"},
		"signin.other":    {"Anders anmelden", "Sign in another way"},
		"signin.ask":      {"Wer hilft bei {1}: {2}", "Who helps at {1}: {2}"},
		"signedout.there": {"Bei „{1}“ sind Sie noch angemeldet. An einem gemeinsamen Rechner melden Sie sich auch dort ab.", "At “{1}” you are still signed in. On a shared computer, sign out there as well."},
		"signedout.too":   {"Auch bei „{1}“ abmelden", "Sign out at “{1}” as well"},
		"signedout.again": {"Neu anmelden", "Sign in again"},

		"issuer.unreachable":  {"Der Anmeldedienst ist nicht erreichbar. Anmeldungen mit Passwort und bestehende Anmeldungen sind nicht betroffen.", "The identity provider cannot be reached. Sign-ins with a password and existing sign-ins are not affected."},
		"issuer.busy":         {"Gerade melden sich sehr viele über diesen Dienst an. Gleich noch einmal versuchen genügt.", "Very many are signing in by this provider just now. Trying again in a moment is enough."},
		"issuer.inside":       {"Die Adresse liegt in einem internen Netz. Der Betrieb kann dieses Netz freigeben (--inside); eine Schule kann es nicht.", "The address lies in an internal network. Operations can allow that network (--inside); a school cannot."},
		"issuer.elsewhere":    {"Die Adresse leitet auf einen anderen Rechner um. Tragen Sie die Adresse ein, zu der sie führt.", "The address leads to another host. Enter the address it leads to."},
		"issuer.long":         {"Die Antwort ist viel zu groß. Das ist kein Anmeldedienst.", "The answer is far too large. This is no identity provider."},
		"issuer.status":       {"Der Anmeldedienst antwortet mit Status {1}.", "The identity provider answers with status {1}."},
		"issuer.answer":       {"Unter dieser Adresse antwortet etwas anderes als ein Anmeldedienst.", "Something other than an identity provider answers at this address."},
		"issuer.other":        {"Der Dienst nennt sich „{1}“. Tragen Sie genau diese Adresse ein.", "The provider calls itself “{1}”. Enter exactly this address."},
		"issuer.endpoints":    {"Der Dienst nennt Adressen ohne https. Das muss dort geändert werden.", "The provider names addresses without https. This has to be changed there."},
		"issuer.no_code":      {"Der Dienst bietet das Verfahren „Authorization Code“ nicht an.", "The provider does not offer the “authorization code” flow."},
		"issuer.no_pkce":      {"Der Dienst bietet PKCE mit S256 nicht an.", "The provider does not offer PKCE with S256."},
		"issuer.no_algorithm": {"Der Dienst unterschreibt nur mit Verfahren, denen hier nicht geglaubt wird.", "The provider signs only in ways that are not believed here."},
		"issuer.keys":         {"Der Dienst veröffentlicht keinen brauchbaren Schlüssel.", "The provider publishes no usable key."},
		"issuer.client":       {"Der Dienst kennt diesen Client nicht: Client-ID oder Geheimnis stimmen nicht.", "The provider does not know this client: client ID or secret is wrong."},
		"issuer.code":         {"Diese Anmeldung war schon benutzt oder zu alt.", "This sign-in was used already or too old."},
		"issuer.no_token":     {"Der Dienst hat kein ID-Token geschickt. Dort fehlt der Bereich „openid“.", "The provider sent no ID token. The scope “openid” is missing there."},
		"issuer.token":        {"Was der Dienst geschickt hat, ist nicht für diese Anmeldung bestimmt oder nicht echt.", "What the provider sent is not meant for this sign-in, or not genuine."},
		"issuer.expired":      {"Das Token des Dienstes ist abgelaufen. Geht seine Uhr nach?", "The token of the provider has expired. Is its clock slow?"},
		"issuer.clock":        {"Die Uhr des Dienstes geht vor. Sie muss dort gestellt werden.", "The clock of the provider is fast. It has to be set there."},
		"issuer.mixed_up":     {"Die Antwort kam nicht von dem Dienst, der gefragt wurde.", "The answer did not come from the provider that was asked."},
		"issuer.refused":      {"Der Dienst hat die Anmeldung abgelehnt.", "The provider refused the sign-in."},
		"issuer.left":         {"Die Anmeldung wurde dort abgebrochen.", "The sign-in was given up there."},
	})
}
