package main

import (
	"sync/atomic"
	"time"
)

// wallClock is the machine's clock, the one place besides the store's default where it is read.
func wallClock() time.Time { return time.Now() }

// movedClock is the machine's clock moved by an offset: the demo begins its story sixteen days ago and then goes on today.
type movedClock struct{ offset atomic.Int64 }

func (c *movedClock) now() time.Time       { return wallClock().Add(time.Duration(c.offset.Load())) }
func (c *movedClock) move(d time.Duration) { c.offset.Store(int64(d)) }
