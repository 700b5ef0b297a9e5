package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"ranzen/store/school"
)

// The programs of TestChaos, which change facts through the API while the server dies.

// deed is one write of a program, under one key.
type deed struct {
	key, method, path string
	body              []byte
	audited           bool // leaves an entry in the audit log
	status            int
	code              string
	ID                string `json:"id"`
	Set               string `json:"change_set"`
	lost              bool   // its server died over it: its key says so for as long as it might still be under way
}

func (d *deed) done() bool { return d.status/100 == 2 }

// user is a program that acts through the API, one act after the other, and repeats what was not answered.
type user struct {
	c     *chaos
	name  string
	dice  *rand.Rand
	http  *http.Client
	deeds []*deed
	acts  atomic.Int64 // done
}

func (c *chaos) user(name string, seed uint64) *user {
	return &user{c: c, name: name, dice: rand.New(rand.NewPCG(seed, uint64(len(name)))), http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}}
}

// more is the rhythm of a program; false when it is to stop.
func (u *user) more() bool {
	select {
	case <-u.c.over:
		return false
	case <-time.After(time.Duration(u.dice.IntN(100)) * time.Millisecond):
		return true
	}
}

// ask asks the living server once.
func (u *user) ask(d *deed) (status int, body []byte, err error) {
	addr := u.c.addr.Load()
	if addr == nil {
		return 0, nil, errDown
	}
	r, err := http.NewRequest(d.method, "http://"+*addr+"/api/v1"+d.path, bytes.NewReader(d.body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+u.c.token)
	if d.key != "" {
		r.Header.Set("Idempotency-Key", d.key)
	}
	if d.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := u.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// patience is how long an act may go unanswered, and settling how long a dead server's act may still be on its way into
// the database.
const (
	patience = 3 * time.Minute
	settling = time.Second
)

// do acts, and asks again under the same key until it is answered.
func (u *user) do(method, path string, audited bool, body any) *deed {
	d := &deed{key: fmt.Sprintf("%s-%d", u.name, len(u.deeds)), method: method, path: path, audited: audited}
	u.deeds = append(u.deeds, d)
	if body != nil {
		var err error
		if d.body, err = json.Marshal(body); err != nil {
			u.c.t.Error(err)
		}
	}
	var tried int64       // the last life that was asked and did not answer
	var running time.Time // since when the try of a dead one is said to be under way
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		life := u.c.life.Load()
		status, answer, err := u.ask(d)
		if err != nil {
			if err != errDown {
				tried = life
			}
			running = time.Time{}
			select {
			case <-u.c.ended:
				d.lost = true
				return d
			default:
				continue
			}
		}
		var problem struct{ Code string }
		if status >= 400 {
			json.Unmarshal(answer, &problem)
		}
		switch {
		case status == http.StatusServiceUnavailable && u.c.balanced:
			tried, running = life, time.Time{}
			continue
		case status >= 500:
			u.c.t.Errorf("%s %s %s: %d %s", d.key, method, path, status, answer)
			return d
		case problem.Code == "idempotency_running" && tried != life:
			if running.IsZero() {
				running = time.Now()
			}
			if time.Since(running) > settling {
				d.lost = true
				return d
			}
			continue
		case problem.Code == "idempotency_running":
			continue
		}
		d.status, d.code = status, problem.Code
		if d.done() && len(answer) > 0 {
			if err := json.Unmarshal(answer, d); err != nil {
				u.c.t.Errorf("%s: %v", d.key, err)
			}
		}
		if d.audited && d.done() {
			u.acts.Add(1)
		}
		return d
	}
	u.c.t.Errorf("%s %s %s was not answered", d.key, method, path)
	return d
}

// want fails when an act was answered otherwise; false means it was not done.
func (u *user) want(d *deed, status int, but ...string) bool {
	if d.lost || d.status == 0 || slices.Contains(but, d.code) {
		return false
	}
	if d.status != status {
		u.c.t.Errorf("%s %s %s %s: %d %s", d.key, d.method, d.path, d.body, d.status, d.code)
	}
	return d.status == status
}

// read asks until it is answered.
func (u *user) read(path string, into any) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		status, body, err := u.ask(&deed{method: "GET", path: path})
		if err != nil || status == http.StatusServiceUnavailable && u.c.balanced {
			select {
			case <-u.c.ended:
				return false
			default:
				continue
			}
		}
		if err = json.Unmarshal(body, into); err != nil || status != 200 {
			u.c.t.Errorf("GET %s: %d %v", path, status, err)
			return false
		}
		return true
	}
	u.c.t.Errorf("GET %s was not answered", path)
	return false
}

// pair is a profile and a scope, of which one program alone disposes: what hangs there is what it last did.
type pair struct {
	profile school.ProfileID
	scope   school.Scope
	id      string // of the assignment
}

func (p *pair) wish() map[string]any {
	return map[string]any{"profile": p.profile, "scope": map[string]string{"level": p.scope.Level.String(), "id": p.scope.ID}}
}

// assigns and takes away, at once.
func (u *user) assigns(pairs []*pair) {
	for u.more() {
		p := pairs[u.dice.IntN(len(pairs))]
		if p.id == "" {
			if d := u.do("POST", "/assignments", true, p.wish()); u.want(d, 201) {
				p.id = d.ID
			}
		} else if d := u.do("DELETE", "/assignments/"+p.id, true, nil); u.want(d, 200) {
			p.id = ""
		}
	}
}

// plans does the same by plan and apply.
func (u *user) plans(pairs []*pair) {
	for u.more() {
		p := pairs[u.dice.IntN(len(pairs))]
		change := map[string]any{"kind": "assign", "assign": p.wish()}
		if p.id != "" {
			change = map[string]any{"kind": "unassign", "assignment": p.id}
		}
		plan := u.do("POST", "/plans", false, map[string]any{"change": change})
		if !u.want(plan, 201) {
			continue
		}
		apply := u.do("POST", "/plans/"+plan.ID+"/apply", true, map[string]int{"typed": 0})
		for (apply.lost || apply.code == "plan_moved") && u.more() { // what moved is shown anew, and may be applied as it is now
			apply = u.do("POST", "/plans/"+plan.ID+"/apply", true, map[string]int{"typed": 0})
		}
		if !u.want(apply, 200, "plan_moved") {
			continue
		}
		if p.id != "" {
			p.id = ""
			continue
		}
		var at struct{ Items []struct{ ID string } }
		q := url.Values{"profile": {string(p.profile)}, "level": {p.scope.Level.String()}, "scope": {p.scope.ID}}
		if u.read("/assignments?"+q.Encode(), &at) {
			if len(at.Items) != 1 {
				u.c.t.Errorf("%s: %d assignments hang where one was applied", apply.key, len(at.Items))
				return
			}
			p.id = at.Items[0].ID
		}
	}
}

// orders has iPads restart and tell everything anew.
func (u *user) orders(devices []school.DeviceID) {
	for u.more() {
		kind := school.Refresh
		if u.dice.IntN(3) == 0 {
			kind = school.Restart
		}
		d := u.do("POST", "/devices/"+string(devices[u.dice.IntN(len(devices))])+"/orders", true, map[string]string{"kind": string(kind)})
		u.want(d, 202, "not_enrolled")
	}
}

// writes takes pupils in and gives iPads numbers. It returns who came, and the numbers.
func (u *user) writes(at school.SchoolID, class school.ClassID, devices []school.DeviceID) (families []string, numbers map[school.DeviceID]string) {
	numbers = map[school.DeviceID]string{}
	for n := 0; u.more(); n++ {
		if n%2 == 0 {
			family := fmt.Sprintf("Probe%05d", n)
			if d := u.do("POST", "/people", true, map[string]string{"school": string(at), "class": string(class), "kind": "pupil", "given": "Kind", "family": family}); u.want(d, 201) {
				families = append(families, family)
			}
			continue
		}
		device, number := devices[u.dice.IntN(len(devices))], fmt.Sprintf("CH-%05d", n)
		if d := u.do("PATCH", "/devices/"+string(device), true, map[string]string{"number": number}); u.want(d, 200) {
			numbers[device] = number
		}
	}
	return families, numbers
}
