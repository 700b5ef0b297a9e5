package web

import (
	"context"
	"sync"
	"testing"
	"time"
)

func TestGate(t *testing.T) {
	g := NewGate(2)
	g.wait = time.Minute
	var leaves []func()
	for range 2 {
		leave, ok := g.Enter(context.Background())
		if !ok {
			t.Fatal("there was room")
		}
		leaves = append(leaves, leave)
	}
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for range 2 * gateLine {
		all.Go(func() {
			if _, ok := g.Enter(ctx); ok {
				t.Error("there was no room")
			}
		})
	}
	for g.near.Load() < 2+2*gateLine {
		time.Sleep(time.Millisecond)
	}
	if _, ok := g.Enter(context.Background()); ok || g.Shed() != 1 {
		t.Errorf("the line has no end: %v, %d", ok, g.Shed())
	}
	stop()
	all.Wait()
	for _, leave := range leaves {
		leave()
	}
	if leave, ok := g.Enter(context.Background()); !ok {
		t.Error("there is room again")
	} else if leave(); g.near.Load() != 0 {
		t.Errorf("%d are left", g.near.Load())
	}
	if _, ok := (*Gate)(nil).Enter(ctx); !ok {
		t.Error("where there is no gate everybody gets in")
	}
}
