package main

import (
	"sync"
	"time"
)

// steadyClock is the wall clock, but for jumps: casework is dated by it, and a single reading
// of another day would let terms end and records go. A jump is believed when it has lasted,
// as one does that sets the clock right. Meanwhile time goes on as it passes. A process takes its first
// reading for a jump if that is before what was written last, or more than a month after it.
type steadyClock struct {
	start time.Time // of the process, by which passing time is told
	mu    sync.Mutex
	// offset is what is added to passed time, and odd what would have to be added by
	// readings since a time; all in ms.
	begun, jumped bool
	offset, odd   int64
	since         time.Duration
}

const (
	// usualStep is what a clock is off by at most when it is being slewed, in ms.
	usualStep = 2000
	// jumpLasts is for how long a jump is not believed.
	jumpLasts = 10 * time.Minute
	// longestStop is for how long a store may be stopped without its next process taking the
	// wall clock for wrong, in ms: seldom is one for a month, and a dead battery or a bad
	// time server is mostly years off.
	longestStop = 31 * 24 * 3600_000
)

// newSteadyClock returns the clock of a process. Last is when something was written last
// before, in Unix ms, 0 if nothing was.
func newSteadyClock(last int64) *steadyClock {
	c := &steadyClock{start: time.Now()}
	if last > 0 {
		c.goOn(last, c.start.UnixMilli())
	}
	return c
}

// goOn lets the clock begin with a time that was written before, if the wall clock's cannot
// be right.
func (c *steadyClock) goOn(last, wall int64) {
	if wall < last-usualStep || wall > last+longestStop {
		c.begun, c.jumped, c.offset, c.odd = true, true, last, wall
	}
}

// now returns the time in Unix ms.
func (c *steadyClock) now() int64 { return c.at(time.Since(c.start), time.Now().UnixMilli()) }

// at returns what time it is when so much has passed and the wall clock says so.
func (c *steadyClock) at(passed time.Duration, wall int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	off := wall - passed.Milliseconds()
	near := func(a, b int64) bool { return max(a-b, b-a) <= usualStep }
	switch {
	case !c.begun || near(off, c.offset):
		c.begun, c.jumped, c.offset = true, false, off
	case !c.jumped || !near(off, c.odd):
		c.jumped, c.odd, c.since = true, off, passed
	case passed-c.since >= jumpLasts:
		c.jumped, c.offset = false, off
	}
	return passed.Milliseconds() + c.offset
}
