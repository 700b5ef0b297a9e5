package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func keyed1(key string) map[string]string { return map[string]string{"Idempotency-Key": key} }

func TestAKeyMakesAWriteHappenOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		post := func(who, key, name string) response {
			return w.do(request{who: who, method: "POST", path: "/classes", body: fmt.Sprintf(`{"school":%q,"name":%q}`, w.north, name), header: keyed1(key)})
		}
		first := post("admin", "k1", "8a")
		first.is(t, 201, "")
		again := post("admin", "k1", "8a")
		if again.status != 201 || again.text != first.text || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Idempotency-Replayed") != "true" {
			t.Fatalf("again: %d %v %s", again.status, again.header, again.text)
		}
		if first.header.Get("Idempotency-Replayed") != "" {
			t.Fatal("the first answer says it is not the first")
		}
		post("admin", "k1", "8b").is(t, 409, "idempotency_other")
		w.do(request{who: "admin", method: "POST", path: "/classes?archived=true", body: `{}`, header: keyed1("k1")}).is(t, 422, "unknown_parameter")
		post("own", "k1", "8c").is(t, 201, "") // keys of others are others'
		post("admin", "", "8d").is(t, 422, "idempotency_key")
		post("admin", strings.Repeat("k", 201), "8d").is(t, 422, "idempotency_key")

		// A refusal is an answer too: it is given again, also when it would be another by now.
		refused := post("admin", "k2", "8a")
		refused.is(t, 409, "class_taken")
		w.do(request{who: "admin", method: "PATCH", path: first.header.Get("Location")[len(Prefix):], body: `{"name":"9a"}`}).is(t, 200, "")
		if a := post("admin", "k2", "8a"); a.text != refused.text {
			t.Fatalf("refused, then: %d %s", a.status, a.text)
		}
		post("admin", "k3", "8a").is(t, 201, "")

		// An answer without a body.
		order := w.order()
		for range 2 {
			a := w.do(request{who: "admin", method: "DELETE", path: "/orders/" + string(order), header: keyed1("k4")})
			if a.status != 204 || a.text != "" {
				t.Fatalf("%d %s", a.status, a.text)
			}
		}
		w.do(request{who: "admin", method: "DELETE", path: "/orders/" + string(order)}).is(t, 409, "order_over")

		classes := w.do(request{who: "admin", method: "GET", path: "/classes?q=8"})
		if n := len(classes.get("items").([]any)); n != 2 {
			t.Fatalf("%d classes: %s", n, classes.text)
		}
	})
}

// call adds a route of the test's own beside the API's.
func (w *world) call(rt route) {
	r := mux.NewRouter()
	r.Handle(Prefix+rt.path, w.api.handle(rt)).Methods(rt.method).Name(rt.name)
	w.router = r
}

func TestAWriteUnderWayIsSaidToBe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		entered, leave := make(chan struct{}), make(chan struct{})
		var once sync.Once
		runs := 0
		w.call(route{name: "slow", method: "POST", path: "/slow", act: func(*API, *call) (answer, error) {
			runs++
			once.Do(func() { close(entered) })
			<-leave
			return answer{body: written{}}, nil
		}})
		q := request{who: "admin", method: "POST", path: "/slow", header: keyed1("k")}
		first := make(chan response)
		go func() { first <- w.do(q) }()
		<-entered
		a := w.do(q)
		a.is(t, 409, "idempotency_running")
		if a.header.Get("Retry-After") != "2" {
			t.Fatal(a.header)
		}
		close(leave)
		(<-first).is(t, 200, "")
		w.do(q).is(t, 200, "")
		if runs != 1 {
			t.Fatalf("%d runs", runs)
		}
	})
}

func TestInternalTroubleForgetsTheKeyAndTellsNothing(t *testing.T) {
	for name, act := range map[string]func(*API, *call) (answer, error){
		"error": func(*API, *call) (answer, error) { return answer{}, fmt.Errorf("disk of %s is full", family) },
		"panic": func(*API, *call) (answer, error) { panic(family) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "sqlite")
			fails := true
			w.call(route{name: "frail", method: "POST", path: "/frail", act: func(a *API, c *call) (answer, error) {
				if fails {
					return act(a, c)
				}
				return answer{body: written{}}, nil
			}})
			q := request{who: "admin", method: "POST", path: "/frail", header: keyed1("k")}
			a := w.do(q)
			a.is(t, 500, "internal")
			if strings.Contains(a.text, family) {
				t.Fatalf("tells: %s", a.text)
			}
			fails = false
			w.do(q).is(t, 200, "")
		})
	}
}

// TestAWriteIsFinishedThoughItsCallerLeft: whoever hung up asks again with the same key and gets the answer of the first.
func TestAWriteIsFinishedThoughItsCallerLeft(t *testing.T) {
	w := newWorld(t, "sqlite")
	ctx, hangUp := context.WithCancel(context.Background())
	runs := 0
	w.call(route{name: "slow", method: "POST", path: "/slow", act: func(a *API, c *call) (answer, error) {
		runs++
		hangUp()
		_, err := a.st.CountDevices(c.ctx, c.by, store.DeviceFilter{})
		return answer{status: http.StatusCreated, body: written{}}, err
	}})
	ask := func(ctx context.Context) response {
		r := httptest.NewRequestWithContext(ctx, "POST", Prefix+"/slow", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
		r.Header.Set("Idempotency-Key", "k")
		return w.send(r)
	}
	ask(ctx)
	ask(context.Background()).is(t, 201, "")
	if runs != 1 {
		t.Fatalf("%d runs", runs)
	}
}

// TestAWriteWithoutItsAnswerDidNotHappen: what a call wrote and the answer under its key are kept together. So a key whose
// server died may be used again.
func TestAWriteWithoutItsAnswerDidNotHappen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		fails := true
		w.call(route{name: "frail", method: "POST", path: "/frail", act: func(a *API, c *call) (answer, error) {
			id, err := a.st.CreatePerson(c.ctx, c.by, school.Person{School: w.north, Kind: school.Pupil, Given: "Kind", Family: "Einmal"}, "")
			if err == nil && fails {
				panic("the server dies")
			}
			return created("", id, ""), err
		}})
		count := func() int {
			t.Helper()
			page, err := w.st.Persons(context.Background(), w.by, store.PersonFilter{Text: "Einmal"})
			if err != nil {
				t.Fatal(err)
			}
			return len(page.Rows)
		}
		q := request{who: "admin", method: "POST", path: "/frail", header: keyed1("k")}
		w.do(q).is(t, 500, "internal")
		if n := count(); n != 0 {
			t.Fatalf("%d persons of a call that failed", n)
		}
		fails = false
		for range 2 {
			w.do(q).is(t, 201, "")
		}
		if n := count(); n != 1 {
			t.Fatalf("%d persons", n)
		}
	})
}

// TestWhoFindsNoRoomSendsItAgain: what a gate sends away has not begun, so its key is as new. Small calls do not pass the gate.
func TestWhoFindsNoRoomSendsItAgain(t *testing.T) {
	w := newWorld(t, "sqlite")
	q := request{who: "admin", method: "POST", path: "/profiles", body: mobileconfig, header: map[string]string{"Content-Type": typeProfile, "Idempotency-Key": "k"}}
	w.api.heavy = web.NewGate(0)
	a := w.do(q)
	a.is(t, 503, "busy")
	if again := a.header.Get("Retry-After"); again != "15" {
		t.Errorf("it is to come again after %q seconds", again)
	}
	w.do(request{who: "admin", method: "GET", path: "/profiles"}).is(t, 200, "")
	w.api.heavy = nil
	if a = w.do(q); a.status != 201 || a.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("%d, replayed: %q", a.status, a.header.Get("Idempotency-Replayed"))
	}
}
