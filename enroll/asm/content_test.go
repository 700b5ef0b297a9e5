package asm

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

type talk func(r *http.Request) (int, string)

func (f talk) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := f(r)
	return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"7"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func content(f talk) *Content {
	return &Content{Bearer: "secret", Transport: f, Now: func() time.Time { return time.Unix(0, 0) }}
}

func TestContentErrorsAreThingsToActOn(t *testing.T) {
	ask := func(status int, body string) error {
		_, _, err := content(func(r *http.Request) (int, string) {
			if r.URL.Host != ContentHost || r.Header.Get("Authorization") != "Bearer secret" {
				t.Errorf("asked %s", r.URL)
			}
			return status, body
		}).Move(context.Background(), true, []string{"1"}, []string{"S"})
		return err
	}
	var throttled *Throttled
	if err := ask(429, `{"errorNumber":9646}`); !errors.As(err, &throttled) || throttled.RetryAfter != 7*time.Second {
		t.Errorf("429: %v", err)
	}
	var away *Unavailable
	for status, body := range map[int]string{503: `{"errorNumber":9729}`, 500: `{"errorNumber":9603}`, 302: "", 200: `{`} {
		if err := ask(status, body); !errors.As(err, &away) {
			t.Errorf("%d: %v", status, err)
		}
	}
	if err := ask(200, `{}`); !errors.As(err, &away) {
		t.Errorf("without an event: %v", err)
	}
	for _, number := range []string{"9601", "9621", "9625", "9722"} {
		if err := ask(401, `{"errorNumber":`+number+`}`); !errors.Is(err, ErrTokenRejected) {
			t.Errorf("%s: %v", number, err)
		}
	}
	var refused *ContentError
	if err := ask(400, `{"errorNumber":9707}`); !errors.As(err, &refused) || refused.Number != 9707 || refused.Passing() || strings.Contains(err.Error(), "secret") {
		t.Errorf("9707: %v", err)
	}
	if err := ask(200, `{"errorNumber":9610}`); !errors.As(err, &refused) || refused.Number != 9610 {
		t.Errorf("a number under 200: %v", err)
	}
}

func TestAListThatDoesNotMoveEnds(t *testing.T) {
	c := content(func(*http.Request) (int, string) { return 200, `{"nextPageIndex":0,"assets":[{"adamId":"1"}]}` })
	if _, _, err := c.Assets(context.Background()); !errors.Is(err, ErrCursorStuck) {
		t.Errorf("%v", err)
	}
}

func contentFile(inner string) string { return base64.StdEncoding.EncodeToString([]byte(inner)) }

func TestATokenFileIsReadAsAppleWritesIt(t *testing.T) {
	got, err := ParseContentToken([]byte(contentFile(`{"token":"abc","expDate":"2027-11-08T22:33:22+0000","orgName":"Musterstadt"}`) + "\n"))
	if err != nil || got.OrgName != "Musterstadt" || got.Ends.Format(time.DateOnly) != "2027-11-08" {
		t.Errorf("%+v %v", got, err)
	}
	for _, bad := range []string{"", "x", contentFile(`{}`), contentFile(`{"token":"a"}`), contentFile(`{"token":"a","expDate":"tomorrow"}`), strings.Repeat("A", 20<<10)} {
		if _, err := ParseContentToken([]byte(bad)); !errors.Is(err, ErrNotContentToken) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func FuzzParseContentToken(f *testing.F) {
	f.Add([]byte(contentFile(`{"token":"abc","expDate":"2027-11-08T22:33:22+0000","orgName":"M"}`)))
	f.Add([]byte("aGVsbG8="))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := ParseContentToken(file)
		if err == nil && (got.Bearer == "" || got.Ends.IsZero()) {
			t.Errorf("%q gave %+v", file, got)
		}
	})
}
