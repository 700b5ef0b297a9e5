package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"ranzen/store/school"
)

// refused is an answer other than the one hoped for.
type refused struct {
	status int
	code   string // of the API's problem
	body   string
}

func (r *refused) Error() string { return fmt.Sprintf("answer %d: %s", r.status, r.body) }

// call speaks to the REST API.
func (t *town) call(ctx context.Context, method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, t.srv.url+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+t.world.token)
	r.Header.Set("Content-Type", "application/json")
	res, err := t.srv.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		var problem struct{ Code string }
		json.Unmarshal(answer, &problem) // an answer that is none has no code
		return fmt.Errorf("%s %s: %w", method, path, &refused{res.StatusCode, problem.Code, string(answer[:min(len(answer), 300)])})
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// plan is what somebody is shown before the click.
type plan struct {
	ID      string
	Preview struct{ Total int }
}

// plan asks what it would mean to give a profile to a node of the tree.
func (t *town) plan(ctx context.Context, p published, at school.Scope) (x plan, err error) {
	err = t.call(ctx, "POST", "/plans", map[string]any{"change": map[string]any{"kind": "assign", "assign": map[string]any{"profile": p.profile, "version": p.version, "mode": "required",
		"scope": map[string]string{"level": at.Level.String(), "id": at.ID}}}}, &x)
	return x, err
}

// apply is the click. When facts moved meanwhile the plan is shown anew, and whoever sees it clicks again.
func (t *town) apply(ctx context.Context, x plan) (clicks int, err error) {
	for {
		clicks++
		err = t.call(ctx, "POST", "/plans/"+x.ID+"/apply", map[string]int{"typed": x.Preview.Total}, nil)
		var no *refused
		if !errors.As(err, &no) || no.code != "plan_moved" || clicks == 20 {
			return clicks, err
		}
	}
}

// everybody is the whole authority.
func (t *town) everybody() school.Scope {
	return school.Scope{Level: school.AtAuthority, ID: string(t.world.authority)}
}

// assign gives everybody another profile: the plan first, then the act, which timing sees alone.
func (t *town) assign(ctx context.Context, timing func(plan, act time.Duration)) error {
	p, err := t.world.another()
	if err != nil {
		return err
	}
	began := time.Now()
	x, err := t.plan(ctx, p, t.everybody())
	if err != nil {
		return err
	}
	planned := time.Since(began)
	began = time.Now()
	if _, err := t.apply(ctx, x); err != nil {
		return err
	}
	if timing != nil {
		timing(planned, time.Since(began))
	}
	return nil
}
