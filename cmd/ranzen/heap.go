package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The collector looks at all that lives each time the heap has doubled. A server of many iPads keeps some tens of megabytes alive and
// makes as much garbage in a fraction of a second while they all come, so it would be collected ten times a second. While collections
// follow each other so closely, the heap may grow further before the next one, up to heapRoom; as soon as they do not, it is what it
// was. A small heap is cheap to collect and stays small. In its first seconds it is kept smaller still: what every job leaves behind that
// runs for the first time would lie there until somebody comes. GOGC, when set, is obeyed instead, and the limit of memory in any case.
const (
	heapRoom    = 192 << 20
	heapSmall   = 24 << 20        // alive
	heapClose   = 2 * time.Second // between two collections
	heapPercent = 100             // how much it may grow otherwise, as Go has it
	heapYoung   = 15 * time.Second
	heapFirst   = 25 // per cent, while it is young and small
)

// heapGrowth is by how many per cent of what lives the heap may grow before the next collection, since after the last one and age after
// the start.
func heapGrowth(alive uint64, since, age time.Duration) int {
	if alive < heapSmall && age < heapYoung {
		return heapFirst
	}
	if since >= heapClose || alive < heapSmall || alive >= heapRoom/2 {
		return heapPercent
	}
	return int(100*(heapRoom-alive)/alive) / 50 * 50 // in steps: to set it stops the world
}

// heap is asked after each collection.
type heap struct {
	started time.Time
	last    time.Time
	percent int
	alive   []metrics.Sample
}

// tendHeap has the heap of this process grow as heapGrowth says.
func tendHeap() {
	if os.Getenv("GOGC") != "" {
		return
	}
	now := wallClock()
	h := &heap{started: now, last: now, percent: heapFirst, alive: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	debug.SetGCPercent(heapFirst)
	h.wait()
	time.AfterFunc(heapYoung, func() { // every job has run for the first time
		debug.FreeOSMemory() // collects once more, and so grows up
		leaveText()
	})
}

// wait leaves something that is garbage at once: its finalizer runs after the next collection.
func (h *heap) wait() {
	runtime.SetFinalizer(&struct{ _ [64]byte }{}, func(any) { h.collected() })
}

func (h *heap) collected() {
	now := wallClock()
	metrics.Read(h.alive)
	if p := heapGrowth(h.alive[0].Value.Uint64(), now.Sub(h.last), now.Sub(h.started)); p != h.percent {
		h.percent = p
		debug.SetGCPercent(p)
	}
	h.last = now
	h.wait()
}
