package sim

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// oauthWindow is how far the clock of a client may be off.
const oauthWindow = 5 * time.Minute

// oauthProblem is an answer to a request whose signature does not convince. The words are those of OAuth's problem reporting.
type oauthProblem struct {
	status int
	word   string
}

// authorise checks an OAuth 1.0a HMAC-SHA1 signature and finds the server entry whose token signed. A nonce counts once.
func (a *Apple) authorise(r *http.Request) (*Server, *oauthProblem) {
	fields, ok := oauthFields(r.Header.Get("Authorization"))
	if !ok {
		return nil, &oauthProblem{http.StatusBadRequest, "parameter_absent"}
	}
	for _, name := range []string{"oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_timestamp", "oauth_nonce", "oauth_signature"} {
		if fields.Get(name) == "" {
			return nil, &oauthProblem{http.StatusBadRequest, "parameter_absent"}
		}
		if len(fields[name]) > 1 {
			return nil, &oauthProblem{http.StatusBadRequest, "parameter_rejected"}
		}
	}
	if v := fields.Get("oauth_version"); v != "" && v != "1.0" {
		return nil, &oauthProblem{http.StatusBadRequest, "version_rejected"}
	}
	if fields.Get("oauth_signature_method") != "HMAC-SHA1" {
		return nil, &oauthProblem{http.StatusBadRequest, "signature_method_rejected"}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var s *Server
	for _, candidate := range a.servers {
		if candidate.token.ConsumerKey == fields.Get("oauth_consumer_key") && candidate.token.ConsumerKey != "" {
			s = candidate
		}
	}
	now := a.cfg.Now()
	switch {
	case s == nil:
		return nil, &oauthProblem{http.StatusUnauthorized, "consumer_key_unknown"}
	case fields.Get("oauth_token") != s.token.AccessToken:
		return nil, &oauthProblem{http.StatusUnauthorized, "token_rejected"}
	case !now.Before(s.token.Expiry):
		return nil, &oauthProblem{http.StatusUnauthorized, "token_expired"}
	}
	seconds, err := strconv.ParseInt(fields.Get("oauth_timestamp"), 10, 64)
	if err != nil || time.Unix(seconds, 0).Before(now.Add(-oauthWindow)) || time.Unix(seconds, 0).After(now.Add(oauthWindow)) {
		return nil, &oauthProblem{http.StatusUnauthorized, "timestamp_refused"}
	}
	want := oauthSignature(r.Method, r.URL, fields, s.token.ConsumerSecret, s.token.AccessSecret)
	if !hmac.Equal([]byte(want), []byte(fields.Get("oauth_signature"))) {
		return nil, &oauthProblem{http.StatusUnauthorized, "signature_invalid"}
	}
	for nonce, at := range s.nonces {
		if at.Before(now.Add(-2 * oauthWindow)) {
			delete(s.nonces, nonce)
		}
	}
	if _, used := s.nonces[fields.Get("oauth_nonce")]; used {
		return nil, &oauthProblem{http.StatusUnauthorized, "nonce_used"}
	}
	s.nonces[fields.Get("oauth_nonce")] = now
	return s, nil
}

// oauthFields reads the Authorization header; values are percent-encoded between quotes.
func oauthFields(header string) (url.Values, bool) {
	scheme, rest, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "OAuth") {
		return nil, false
	}
	fields := make(url.Values)
	for _, part := range strings.Split(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, false
		}
		value, err := url.PathUnescape(strings.Trim(value, `"`))
		if err != nil {
			return nil, false
		}
		fields.Add(name, value)
	}
	return fields, true
}

// oauthSignature is RFC 5849, section 3.4.
func oauthSignature(method string, u *url.URL, fields url.Values, consumerSecret, tokenSecret string) string {
	var pairs []string
	add := func(values url.Values) {
		for name, vs := range values {
			if name == "realm" || name == "oauth_signature" {
				continue
			}
			for _, v := range vs {
				pairs = append(pairs, oauthEscape(name)+"="+oauthEscape(v))
			}
		}
	}
	add(fields)
	add(u.Query())
	sort.Strings(pairs)
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, ":443")
	base := strings.ToUpper(method) + "&" + oauthEscape("https://"+host+u.EscapedPath()) + "&" + oauthEscape(strings.Join(pairs, "&"))
	mac := hmac.New(sha1.New, []byte(oauthEscape(consumerSecret)+"&"+oauthEscape(tokenSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func oauthEscape(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			out.WriteByte(c)
			continue
		}
		out.WriteByte('%')
		out.WriteByte(hexDigits[c>>4])
		out.WriteByte(hexDigits[c&15])
	}
	return out.String()
}
