package asm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

const pmv = `{"AssetSets":{"iOS":[
 {"ProductVersion":"26.4","Build":"23E246","PostingDate":"2026-03-24","ExpirationDate":"2026-09-20","SupportedDevices":["iPad13,18","iPhone15,2","iPad12,1"]},
 {"ProductVersion":"26.4","Build":"23E247","PostingDate":"bald","SupportedDevices":["iPhone15,2"]},
 {"ProductVersion":"","Build":"x","SupportedDevices":["iPad13,18"]},
 {"ProductVersion":"18.7.1","Build":"22H31","PostingDate":"2026-01-01","ExpirationDate":"","SupportedDevices":["iPad7,11"]}],
 "macOS":[]},"PublicAssetSets":{}}`

type answers func(*http.Request) (*http.Response, error)

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func says(status int, body string) answers {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{}}, nil
	}
}

func TestReleasesAreThoseForIPads(t *testing.T) {
	var asked string
	got, err := Releases(context.Background(), answers(func(r *http.Request) (*http.Response, error) {
		asked = r.Method + " " + r.URL.String()
		return says(http.StatusOK, pmv)(r)
	}))
	want := []Release{{"26.4", "23E246", "2026-03-24", "2026-09-20", []string{"iPad13,18", "iPad12,1"}}, {"18.7.1", "22H31", "2026-01-01", "", []string{"iPad7,11"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if asked != "GET https://gdmf.apple.com/v2/pmv" {
		t.Errorf("asked %s", asked)
	}
}

func TestAListThatIsNoneIsNotTaken(t *testing.T) {
	for name, a := range map[string]answers{
		"away":      func(*http.Request) (*http.Response, error) { return nil, errors.New("no such host") },
		"not found": says(http.StatusNotFound, pmv), "busy": says(http.StatusServiceUnavailable, ""), "no list": says(http.StatusOK, "<html>"),
		"no iPad": says(http.StatusOK, `{"AssetSets":{"iOS":[{"ProductVersion":"26.4","SupportedDevices":["iPhone15,2"]}]}}`), "empty": says(http.StatusOK, `{}`),
	} {
		list, err := Releases(context.Background(), a)
		var u *Unavailable
		if !errors.As(err, &u) || list != nil {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

func FuzzReleases(f *testing.F) {
	f.Add([]byte(pmv))
	f.Add([]byte(`{"AssetSets":{"iOS":[{"SupportedDevices":[null,7,"iPad"]}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := parseReleases(data)
		if (err == nil) != (len(list) > 0) {
			t.Fatalf("%d versions and %v", len(list), err)
		}
		for _, r := range list {
			if r.Version == "" || len(r.Products) == 0 || len(r.Products) > maxProducts {
				t.Fatalf("%+v", r)
			}
		}
	})
}
