package control

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"ranzen/store/school"
)

// One authority that fills everything leaves room for the next, and who waits gets a place in turn.
func TestSharesOfAuthorities(t *testing.T) {
	const places = 16
	s := newShed(places)
	s.wait = 20 * time.Millisecond
	ctx := context.Background()
	took := map[school.AuthorityID]int{}
	for _, a := range []school.AuthorityID{"large", "middle", "small"} {
		for s.enter(ctx, a) {
			took[a]++
		}
	}
	if took["large"] != 12 || took["middle"] != 3 || took["small"] != 1 {
		t.Errorf("of %d places: %v", places, took)
	}

	// The places are given back one by one to those who wait: large's hundred do not keep middle's and small's waiting.
	s.wait = time.Minute
	got := make(chan school.AuthorityID)
	var waiting sync.WaitGroup
	lines := map[school.AuthorityID]int{"large": 100, "middle": 2, "small": 2}
	for a, n := range lines {
		for range n {
			waiting.Go(func() {
				if s.enter(ctx, a) {
					got <- a
				}
			})
		}
	}
	for in := 0; in < 104; runtime.Gosched() {
		s.mu.Lock()
		in = 0
		for _, x := range s.of {
			in += len(x.waiting)
		}
		s.mu.Unlock()
	}
	var working []school.AuthorityID
	for a, n := range took {
		for range n {
			working = append(working, a)
		}
	}
	last, n := map[school.AuthorityID]int{}, 0
	for len(working) > 0 {
		s.leave(working[0])
		working = working[1:]
		s.mu.Lock()
		given := places - s.free - len(working)
		s.mu.Unlock()
		for range given {
			a := <-got
			working = append(working, a)
			n++
			last[a] = n
		}
	}
	waiting.Wait()
	if n != 104 || last["middle"] > 40 || last["small"] > 40 {
		t.Errorf("%d got in; middle's last as number %d, small's as %d", n, last["middle"], last["small"])
	}
	if len(s.of) != 0 || len(s.turns) != 0 || s.free != places || s.line != newShed(places).line {
		t.Errorf("when all have left there remain %d shares, %d turns, %d places, %d in the line", len(s.of), len(s.turns), s.free, s.line)
	}
}

// The line is bounded too, and who leaves it leaves nothing behind.
func TestLineIsBounded(t *testing.T) {
	s := newShed(4)
	s.wait = time.Minute
	all := s.line
	for s.free > 1 {
		s.enter(context.Background(), "one")
	}
	ctx, leave := context.WithCancel(context.Background())
	var waiting sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 2 * all {
		waiting.Go(func() {
			if s.enter(ctx, "one") {
				mu.Lock()
				in++
				mu.Unlock()
			}
		})
	}
	for full := false; !full; runtime.Gosched() {
		s.mu.Lock()
		full = len(s.of["one"].waiting) >= all/4*3
		s.mu.Unlock()
	}
	s.mu.Lock()
	if n := len(s.of["one"].waiting); n > all*3/4+1 || s.line < all/4-1 {
		t.Errorf("%d wait, %d of %d are left to others", n, s.line, all)
	}
	s.mu.Unlock()
	leave()
	waiting.Wait()
	if in != 0 || s.line != all || len(s.turns) != 0 {
		t.Errorf("%d got in; %d of %d free, %d turns", in, s.line, all, len(s.turns))
	}
}

// Bodies: small ones are counted by the door, large ones by the byte, and one of no stated length as the longest.
func TestRoomForBodies(t *testing.T) {
	s := newShed(4)
	var gives []func()
	for range 100 {
		if _, ok := s.take(smallBody); !ok {
			t.Fatal("a small body was refused")
		}
	}
	for {
		give, ok := s.take(-1)
		if !ok {
			break
		}
		gives = append(gives, give)
	}
	if len(gives) != 4 {
		t.Errorf("%d of unknown length at once", len(gives))
	}
	for _, give := range gives {
		give()
	}
	if s.large.Load() != 0 {
		t.Errorf("%d bytes are still taken", s.large.Load())
	}
}
