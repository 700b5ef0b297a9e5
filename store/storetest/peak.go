package storetest

import (
	"runtime"
	"time"
)

// Peak is how much more memory is in use at most while something is done than before it: what tests that ran earlier in the same
// process still hold is not its doing.
func Peak(do func()) uint64 {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		var most uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	do()
	close(stop)
	return max(<-peak, before.HeapAlloc) - before.HeapAlloc
}
