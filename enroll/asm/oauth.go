package asm

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// authorize builds the Authorization header that opens a session: OAuth 1.0a with HMAC-SHA1
// (RFC 5849, 3.4), which is what Apple requires. SHA-1 is safe inside an HMAC.
func authorize(token OAuthToken, method, url string, now time.Time) (string, error) {
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("nonce: %w", err)
	}
	params := map[string]string{
		"oauth_consumer_key":     token.ConsumerKey,
		"oauth_token":            token.AccessToken,
		"oauth_signature_method": "HMAC-SHA1",
		"oauth_timestamp":        strconv.FormatInt(now.Unix(), 10),
		"oauth_nonce":            hex.EncodeToString(nonce),
		"oauth_version":          "1.0",
	}
	params["oauth_signature"] = signature(token, method, url, params)
	header := []string{`realm="ADM"`}
	for _, name := range sortedKeys(params) {
		header = append(header, fmt.Sprintf("%s=%q", name, percent(params[name])))
	}
	return "OAuth " + strings.Join(header, ", "), nil
}

// signature signs a request without query and form parameters, the only kind there is here.
func signature(token OAuthToken, method, url string, params map[string]string) string {
	var pairs []string
	for _, name := range sortedKeys(params) {
		pairs = append(pairs, percent(name)+"="+percent(params[name]))
	}
	base := method + "&" + percent(url) + "&" + percent(strings.Join(pairs, "&"))
	mac := hmac.New(sha1.New, []byte(percent(token.ConsumerSecret)+"&"+percent(token.AccessSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// percent encodes as RFC 5849, 3.6 wants it: url.QueryEscape spares and escapes other characters.
func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
