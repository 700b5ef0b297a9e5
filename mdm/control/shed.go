package control

import (
	"context"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"ranzen/store/school"
)

// Shedding. What this process takes on at once is bounded, so that a database that is held up, or a morning on which
// everybody comes, costs time and never memory. Who finds no room is told 503 and when to come again; an iPad does, and
// nothing it had to say is lost. There is no limit per address: a school is one.
//
// Two bounds, because before the signature is checked nobody knows whose a request is. The door counts everybody who is
// inside, whoever they are. Behind the signature each authority has a share of the places and of the line before them: it may
// take three times of what is still free and no more, so it can fill three quarters alone, and there is always room for the
// next. Who waits gets a place in turn by authority.
const (
	placesPerCPU = 64
	linePerCPU   = 512
	doorPerCPU   = 256             // beyond places and line: those whose body and signature are being read
	longestWait  = 2 * time.Second // in the line
	shares       = 3               // of what is free
	smallBody    = 64 << 10
	largeBodies  = 64 << 20 // bytes of bodies larger than that, all together
)

type shed struct {
	door   int64 // the most who may be inside
	inside atomic.Int64
	large  atomic.Int64 // bytes
	count  atomic.Uint64
	told   atomic.Int64 // when it was last logged

	mu    sync.Mutex
	free  int // places
	line  int // places in the line that are free
	wait  time.Duration
	of    map[school.AuthorityID]*share
	turns []*share // who waits, in turn
}

// share is what an authority takes.
type share struct {
	working int
	waiting []chan struct{} // closed: has a place
}

// newShed makes room for so many at once; 0: as the processors allow.
func newShed(places int) *shed {
	cpus := runtime.GOMAXPROCS(0)
	if places == 0 {
		places = placesPerCPU * cpus
	}
	line := linePerCPU * cpus
	return &shed{door: int64(places + line + doorPerCPU*cpus), free: places, line: line, wait: longestWait, of: map[school.AuthorityID]*share{}}
}

// enter takes a place for an authority, or waits for one. false: there is none, now and for a while.
func (s *shed) enter(ctx context.Context, a school.AuthorityID) bool {
	s.mu.Lock()
	x := s.of[a]
	if x == nil {
		x = &share{}
		s.of[a] = x
	}
	if len(x.waiting) == 0 && s.may(x) {
		s.free--
		x.working++
		s.mu.Unlock()
		return true
	}
	if len(x.waiting) >= shares*s.line {
		s.forget(a, x)
		s.mu.Unlock()
		return false
	}
	place := make(chan struct{})
	if s.line--; len(x.waiting) == 0 {
		s.turns = append(s.turns, x)
	}
	x.waiting = append(x.waiting, place)
	s.mu.Unlock()

	patience := time.NewTimer(s.wait)
	defer patience.Stop()
	select {
	case <-place:
		return true
	case <-patience.C:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.Index(x.waiting, place)
	if at < 0 { // it was given in this very moment
		return true
	}
	x.waiting = slices.Delete(x.waiting, at, at+1)
	if s.line++; len(x.waiting) == 0 {
		s.turns = slices.DeleteFunc(s.turns, func(y *share) bool { return x == y })
	}
	s.forget(a, x)
	return false
}

// leave gives a place back, and on to whoever waits.
func (s *shed) leave(a school.AuthorityID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.of[a]
	x.working--
	s.free++
	for passed := 0; s.free > 0 && passed < len(s.turns); {
		next := s.turns[0]
		s.turns = s.turns[1:]
		if !s.may(next) {
			s.turns = append(s.turns, next)
			passed++
			continue
		}
		close(next.waiting[0])
		next.waiting = next.waiting[1:]
		next.working++
		s.free--
		s.line++
		if len(next.waiting) > 0 {
			s.turns = append(s.turns, next)
		}
		passed = 0
	}
	s.forget(a, x)
}

func (s *shed) may(x *share) bool { return s.free > 0 && x.working < shares*s.free }

func (s *shed) forget(a school.AuthorityID, x *share) {
	if x.working == 0 && len(x.waiting) == 0 {
		delete(s.of, a)
	}
}

// take takes room for a body; give gives it back. A body whose length nobody says may be as long as any.
func (s *shed) take(length int64) (give func(), ok bool) {
	if length >= 0 && length <= smallBody {
		return func() {}, true
	}
	if length < 0 || length > maxBody {
		length = maxBody
	}
	if s.large.Add(length) > largeBodies {
		s.large.Add(-length)
		return nil, false
	}
	return func() { s.large.Add(-length) }, true
}

// Shed is how many requests were sent away since the start because there was no room.
func (x *Control) Shed() uint64 { return x.shed.count.Load() }

// Door lets in whom there is room for. It stands before everything a device calls, here and in package enroll.
func (x *Control) Door(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer x.shed.inside.Add(-1)
		if x.shed.inside.Add(1) > x.shed.door {
			x.away(w, "too many requests at once")
			return
		}
		give, ok := x.shed.take(r.ContentLength)
		if !ok {
			x.away(w, "too many large requests at once")
			return
		}
		defer give()
		next.ServeHTTP(w, r)
	})
}

// fairly gives each authority its share of what is done at once. It stands behind identify.
func (x *Control) fairly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := sessionOf(r.Context()).id.Authority
		if !x.shed.enter(r.Context(), a) {
			x.away(w, "an authority has no place left")
			return
		}
		defer x.shed.leave(a)
		next.ServeHTTP(w, r)
	})
}

// tellEvery is how often it is logged that requests are sent away: the log must not grow by what is to spare memory.
const tellEvery = time.Minute

// away sends a request away.
func (x *Control) away(w http.ResponseWriter, why string) {
	n := x.shed.count.Add(1)
	now := x.st.Now().UnixNano()
	if told := x.shed.told.Load(); now-told > int64(tellEvery) && x.shed.told.CompareAndSwap(told, now) {
		x.log.Warn("device requests are sent away until there is room", "why", why, "since the start", n)
	}
	w.Header().Set("Retry-After", comeAgain())
	http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
}

// comeAgain is when somebody shall ask again, in seconds: not all at once.
func comeAgain() string { return strconv.Itoa(15 + rand.IntN(46)) }
