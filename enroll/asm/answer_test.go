package asm

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// played answers the session call well and every other one with what it was given.
type played struct {
	status int
	body   string
	header string
}

func (p played) RoundTrip(r *http.Request) (*http.Response, error) {
	a := answer{status: p.status, body: p.body, header: http.Header{"Retry-After": {p.header}, "X-Adm-Auth-Session": {p.header}}}
	if r.URL.Path == "/session" {
		a = answer{body: `{"auth_session_token":"s"}`}
	}
	resp := a.response()
	resp.Request = r
	return resp, nil
}

// FuzzAnswer has somebody else answer for Apple: whatever comes, each call ends in what it is for or in an error, and what it
// returns can be used.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"server_name":"Schulen","server_uuid":"U","org_type":"edu","urls":[{"uri":"/x","limit":{"default":1,"maximum":2}}]}`,
		`{"cursor":"c","more_to_follow":true,"fetched_until":"2026-11-17T08:00:00Z","devices":[{"serial_number":"DMPX00TEST01","op_type":"added","op_date":"2026-11-17T08:00:00Z","profile_status":"assigned"}]}`,
		`{"devices":{"DMPX00TEST01":{"serial_number":"DMPX00TEST01","response_status":"SUCCESS"}}}`,
		`{"profile_uuid":"P","devices":{"DMPX00TEST01":"SUCCESS"}}`, `{"devices":[{"model":"x"}],"cursor":"c"}`, `{"devices":[null,1,{"serial_number":7}]}`, `{"devices":{"a":null}}`, `{"response_status":"SUCCESS"}`,
		`{"profile_name":"Ranzen","url":"https://mdm.example/enroll/x","skip_setup_items":["Siri",1]}`, `"EXPIRED_CURSOR"`, `null`, `[]`, "{", "\xff", `{"cursor":"` + strings.Repeat("x", 5000) + `"}`,
	} {
		f.Add(200, seed, "30")
		f.Add(403, seed, "")
	}
	f.Add(429, "", "99999999999999999999")
	f.Add(503, "", "Wed, 21 Oct 2026 07:28:00 GMT")
	f.Fuzz(func(t *testing.T, status int, body, header string) {
		if status < 200 || status > 599 {
			return
		}
		c := &Client{Token: goodToken, Transport: played{status, body, header}, Now: func() time.Time { return now }}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		ended := func(what string, err error) bool {
			if errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%s waits for ever", what)
			}
			if err != nil && strings.Contains(err.Error(), goodToken.AccessSecret) {
				t.Fatalf("%s: the error tells the token: %v", what, err)
			}
			return err == nil
		}
		_, err := c.Account(ctx)
		ended("account", err)
		_, err = c.FetchDevices(ctx, "c", 0)
		ended("fetch", err)
		_, err = c.SyncDevices(ctx, "c", 10)
		ended("sync", err)
		_, err = c.DeviceDetails(ctx, []string{"DMPX00TEST01"})
		ended("details", err)
		_, _, err = c.DefineProfile(ctx, Profile{})
		ended("define", err)
		_, err = c.GetProfile(ctx, "P")
		ended("profile", err)
		_, err = c.AssignProfile(ctx, "P", []string{"DMPX00TEST01"})
		ended("assign", err)
		_, err = c.RemoveProfile(ctx, []string{"DMPX00TEST01"})
		ended("remove", err)
		code, err := NewBypassCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.ActivationLock(ctx, "DMPX00TEST01", code, "")
		ended("lock", err)
	})
}
