package issuer

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// Client is who we are at an issuer.
type Client struct {
	Issuer   string
	ID       string
	Secret   string // empty: a public client, by PKCE alone
	Scopes   string // beside openid, blank separated
	Redirect string // exactly as it is registered there
}

// Begin is the address at which somebody signs in.
func (b *Book) Begin(ctx context.Context, c Client, state, nonce, verifier string) (string, error) {
	_, m, err := b.look(ctx, c.Issuer)
	if err != nil {
		return "", err
	}
	cfg := oauth2.Config{ClientID: c.ID, RedirectURL: c.Redirect, Scopes: append([]string{oidc.ScopeOpenID}, strings.Fields(c.Scopes)...), Endpoint: oauth2.Endpoint{AuthURL: m.Authorization}}
	return cfg.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// Person is somebody an issuer vouches for.
type Person struct {
	Subject string
	Name    string
	Email   string // unless the issuer says that nobody verified it
	SID     string
	IDToken string
	Claims  []byte // of token and userinfo together, as JSON; what the token says comes first
}

// Finish turns a code into a person. iss is what the answer says of who sent it (RFC 9207), empty if it says nothing.
func (b *Book) Finish(ctx context.Context, c Client, code, iss, nonce, verifier string) (Person, error) {
	var who Person
	p, m, err := b.look(ctx, c.Issuer)
	if err != nil {
		return who, err
	}
	if iss != "" && iss != c.Issuer || iss == "" && m.NamesItself {
		return who, trouble("mixed_up")
	}
	idToken, access, err := b.exchange(ctx, p, m, c, code, verifier)
	if err != nil {
		return who, err
	}
	token, err := b.verify(ctx, p, m, c, idToken, nonce)
	if err != nil {
		return who, err
	}
	if token.AccessTokenHash != "" && access != "" {
		if err := token.VerifyAccessToken(access); err != nil {
			return who, &Trouble{Code: "token", Err: errors.New("the access token is another")}
		}
	}
	claims := map[string]json.RawMessage{}
	if err := token.Claims(&claims); err != nil {
		return who, trouble("token")
	}
	if m.Userinfo != "" && access != "" {
		more, err := b.userinfo(ctx, p, m, access, token.Subject)
		if err != nil {
			return who, err
		}
		maps.Copy(more, claims)
		claims = more
	}
	who = Person{Subject: token.Subject, IDToken: idToken, SID: textOf(claims["sid"]), Email: textOf(claims["email"])}
	if v := strings.Trim(string(claims["email_verified"]), `"`); v == "false" {
		who.Email = ""
	}
	for _, name := range []string{textOf(claims["name"]), strings.TrimSpace(textOf(claims["given_name"]) + " " + textOf(claims["family_name"])), textOf(claims["preferred_username"])} {
		if who.Name == "" {
			who.Name = strings.TrimSpace(name)
		}
	}
	who.Claims, err = json.Marshal(claims)
	return who, err
}

func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// exchange gives the code for tokens.
func (b *Book) exchange(ctx context.Context, p *page, m *metadata, c Client, code, verifier string) (idToken, access string, err error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.Redirect}, "code_verifier": {verifier}}
	basic := c.Secret != "" && (len(m.ClientAuth) == 0 || slices.Contains(m.ClientAuth, "client_secret_basic"))
	if !basic {
		form.Set("client_id", c.ID)
		if c.Secret != "" {
			form.Set("client_secret", c.Secret)
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", trouble("answer")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		req.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
	status, _, body, err := b.send(p, req)
	if err != nil {
		return "", "", err
	}
	var answer struct {
		IDToken string `json:"id_token"`
		Access  string `json:"access_token"`
		Error   string `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return "", "", trouble("answer")
	}
	switch {
	case status == http.StatusUnauthorized || answer.Error == "invalid_client" || answer.Error == "unauthorized_client":
		return "", "", trouble("client")
	case answer.Error == "invalid_grant":
		return "", "", trouble("code")
	case status != http.StatusOK || answer.Error != "":
		return "", "", trouble("status", status)
	case answer.IDToken == "":
		return "", "", trouble("no_token")
	}
	return answer.IDToken, answer.Access, nil
}

// verifier holds a token against issuer, client and signature. Its times are held against the clock by inTime, which
// allows for clocks that differ.
func (r *ring) verifier(c Client) *oidc.IDTokenVerifier {
	return oidc.NewVerifier(c.Issuer, r, &oidc.Config{ClientID: c.ID, SupportedSigningAlgs: r.m.algorithms(), SkipExpiryCheck: true, Now: r.b.Now})
}

// verify believes a token or not. What it refuses is said in one word to people: nobody is helped by more, and the log
// has the reason.
func (b *Book) verify(ctx context.Context, p *page, m *metadata, c Client, raw, nonce string) (*oidc.IDToken, error) {
	keys := &ring{b: b, p: p, m: m}
	token, err := keys.verifier(c).Verify(ctx, raw)
	if err != nil {
		return nil, refused(errors.Join(keys.away, err))
	}
	var rest struct {
		Party  string   `json:"azp"`
		Before *float64 `json:"nbf"`
	}
	if err := token.Claims(&rest); err != nil {
		return nil, refused(err)
	}
	now := b.Now()
	switch {
	case nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return nil, refused(errors.New("another nonce"))
	case rest.Party != "" && rest.Party != c.ID, len(token.Audience) > 1 && rest.Party == "":
		return nil, refused(errors.New("issued to another party"))
	case token.Subject == "" || len(token.Subject) > 255:
		return nil, refused(errors.New("no subject"))
	}
	return token, inTime(now, token.IssuedAt, token.Expiry, rest.Before)
}

// inTime refuses what is over or not yet begun, as far as clocks can be believed. A clock that is wrong is told apart: it
// is the commonest reason, and somebody can set it.
func inTime(now, issued, ends time.Time, before *float64) error {
	switch {
	case ends.IsZero() || !now.Before(ends.Add(skew)):
		return trouble("expired")
	case issued.After(now.Add(skew)), before != nil && *before > float64(now.Add(skew).Unix()):
		return trouble("clock")
	case issued.Before(now.Add(-tokenAge)):
		return trouble("expired")
	}
	return nil
}

func refused(err error) error {
	if t, ok := errors.AsType[*Trouble](err); ok {
		return t
	}
	return &Trouble{Code: "token", Err: err}
}

// userinfo is what the issuer says of the person beside the token. It must speak of the same person.
func (b *Book) userinfo(ctx context.Context, p *page, m *metadata, access, subject string) (map[string]json.RawMessage, error) {
	body, err := b.get(ctx, p, m.Userinfo, access)
	if err != nil {
		return nil, err
	}
	out := map[string]json.RawMessage{}
	if json.Unmarshal(body, &out) != nil {
		return nil, trouble("answer")
	}
	if textOf(out["sub"]) != subject {
		return nil, &Trouble{Code: "token", Err: errors.New("userinfo speaks of somebody else")}
	}
	return out, nil
}

// Logout is an issuer's word that somebody signed out there.
type Logout struct {
	ID      string
	Subject string
	SID     string
	Until   time.Time // until when the same word could come again
}

// LoggedOut believes a logout token or not.
func (b *Book) LoggedOut(ctx context.Context, c Client, raw string) (Logout, error) {
	p, m, err := b.look(ctx, c.Issuer)
	if err != nil {
		return Logout{}, err
	}
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return Logout{}, refused(errors.New("no signed token"))
	}
	if typ, _ := jws.Signatures[0].Header.ExtraHeaders[jose.HeaderType].(string); typ != "" && !strings.EqualFold(strings.TrimPrefix(strings.ToLower(typ), "application/"), "logout+jwt") && !strings.EqualFold(typ, "JWT") {
		return Logout{}, refused(fmt.Errorf("a token of another type"))
	}
	keys := &ring{b: b, p: p, m: m}
	t, err := keys.verifier(c).VerifyLogout(ctx, raw)
	if err != nil {
		return Logout{}, refused(errors.Join(keys.away, err))
	}
	if err := inTime(b.Now(), t.IssuedAt, t.Expiry, nil); err != nil {
		return Logout{}, err
	}
	return Logout{ID: t.TokenID, Subject: t.Subject, SID: t.SessionID, Until: t.Expiry.Add(skew)}, nil
}

// endWait is how long somebody who signs out waits for the issuer to say where.
const endWait = 2 * time.Second

// EndSession is the address at which somebody signs out there as well, if the issuer has one and says so at once.
func (b *Book) EndSession(ctx context.Context, c Client, idToken, back string) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, endWait)
	defer cancel()
	_, m, err := b.look(ctx, c.Issuer)
	if err != nil || m.EndSession == "" {
		return "", false
	}
	u, err := url.Parse(m.EndSession)
	if err != nil {
		return "", false
	}
	q := u.Query()
	q.Set("client_id", c.ID)
	q.Set("post_logout_redirect_uri", back)
	if idToken != "" {
		q.Set("id_token_hint", idToken)
	}
	u.RawQuery = q.Encode()
	return u.String(), true
}
