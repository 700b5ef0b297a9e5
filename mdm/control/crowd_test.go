package control_test

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/storetest"
)

// Two thousand requests of one authority meet a database whose writer is held up. What the process holds stays bounded, who
// is sent away is told when to come again, another authority's iPad is served meanwhile, and when the writer goes on all is
// as before.
func TestCrowdBeforeAHeldUpStore(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		url := storetest.URL(t, engine)
		st := storetest.Open(t, url, store.Options{})
		p := play(t, st, sim.Calm())
		other := p.neighbour()
		mine, theirs := newHand(p, "F9FXK2ABCD", "14.8", newKey(t)), newHand(other, "F9FXK2ABCE", "14.8", newKey(t))
		update := mine.signed(message("TokenUpdate", "UDID", mine.udid, "Topic", p.topic(), "PushMagic", "magic", "Token", "<data>BBBB</data>"))

		driver := map[string]string{"sqlite": "sqlite3", "postgres": "pgx"}[engine]
		db, err := sql.Open(driver, url)
		p.must(err)
		defer db.Close()
		db.SetMaxOpenConns(1)
		hold := map[string]string{"sqlite": `BEGIN IMMEDIATE`, "postgres": `BEGIN; SELECT 1 FROM enrollment WHERE authority_id = '` + string(p.by.Tenant) + `' FOR UPDATE`}[engine]
		_, err = db.Exec(hold)
		p.must(err)

		const crowd = 2000
		var before, during runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var all sync.WaitGroup
		var served, shed atomic.Int64
		shedding := make(chan struct{}, crowd)
		for range crowd {
			r := update()
			all.Go(func() {
				w := httptest.NewRecorder()
				p.handler.ServeHTTP(w, r)
				switch w.Code {
				case http.StatusOK:
					served.Add(1)
				case http.StatusServiceUnavailable:
					if s, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || s < 15 || s > 60 {
						t.Errorf("Retry-After: %q", w.Header().Get("Retry-After"))
					}
					shed.Add(1)
					shedding <- struct{}{}
				default:
					t.Errorf("answered %d", w.Code)
				}
			})
		}
		for range crowd / 3 { // the first are sent away: the line is full
			<-shedding
		}
		runtime.ReadMemStats(&during)
		if grown := int64(during.HeapInuse) - int64(before.HeapInuse); grown > 64<<20 {
			t.Errorf("the heap grew by %d MB", grown>>20)
		} else {
			t.Logf("%d MB in use before, %d MB under the crowd", before.HeapInuse>>20, during.HeapInuse>>20)
		}
		if theirs.say(theirs.idle()) != nil { // fails the test when it is not served
			t.Error("the other's iPad was given something")
		}
		if engine == "postgres" { // and may write, as none of its rows is held
			theirs.say(message("TokenUpdate", "UDID", theirs.udid, "Topic", other.topic(), "PushMagic", "magic", "Token", "<data>CCCC</data>"))
		}

		_, err = db.Exec(`ROLLBACK`)
		p.must(err)
		all.Wait()
		if served.Load() == 0 || served.Load()+shed.Load() != crowd || p.control.Shed() != uint64(shed.Load()) {
			t.Errorf("%d served, %d sent away, %d counted", served.Load(), shed.Load(), p.control.Shed())
		}
		mine.say(mine.idle()) // at once
	})
}
