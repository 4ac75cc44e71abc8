package ingest

import (
	"cmp"
	"strings"
	"unsafe"

	"github.com/orderguard/orderguard"
)

// textChunk is the size of the memory for strings of held events. A chunk is
// left to the garbage collector when it is full.
const textChunk = 64 << 10

// held is an event that waits for its turn, with strings of its own.
type held struct {
	orderguard.Event
	feed  string
	count uint64 // its place in the order of arrival
	ahead bool   // it is far ahead of its source, and leaves the clock alone
}

// compare orders events by (Time, ID, Feed), and repeated ones as they came.
func (h *held) compare(o *held) int {
	if h.Time != o.Time {
		if h.Time < o.Time {
			return -1
		}
		return 1
	}
	if c := strings.Compare(h.ID, o.ID); c != 0 {
		return c
	}
	if c := strings.Compare(h.feed, o.feed); c != 0 {
		return c
	}
	return cmp.Compare(h.count, o.count)
}

// hold returns a copy of an event.
func (s *Sequencer) hold(e *orderguard.Event, feed string) *held {
	var h *held
	if n := len(s.free); n > 0 {
		h, s.free = s.free[n-1], s.free[:n-1]
	} else {
		h = new(held)
	}
	s.count++
	*h = held{Event: *e, feed: feed, count: s.count}
	for f := range places {
		if specs[f].class == text {
			p := (*string)(unsafe.Add(unsafe.Pointer(&h.Event), specs[f].off))
			*p = s.keep(*p)
		}
	}
	if len(e.Evidence) > 0 {
		h.Evidence = make([]string, len(e.Evidence))
		for i, x := range e.Evidence {
			h.Evidence[i] = s.keep(x)
		}
	}
	return h
}

// keep returns a copy of x.
func (s *Sequencer) keep(x string) string {
	if x == "" {
		return ""
	}
	if cap(s.text)-len(s.text) < len(x) {
		s.text = make([]byte, 0, max(textChunk, len(x)))
	}
	n := len(s.text)
	s.text = append(s.text, x...)
	return unsafe.String(&s.text[n], len(x))
}

// admit makes an event wait for its turn, or releases it if that is over.
func (s *Sequencer) admit(x stamp) {
	switch {
	case x.held == nil:
	case x.time < s.due:
		x.held.Late = true
		s.emit(x.held)
	default:
		s.waiting.push(x.held)
	}
}

// Waiting gives the events that Held counts, in no order. None may be kept.
func (s *Sequencer) Waiting(yield func(e *orderguard.Event) bool) {
	for i := range s.waiting {
		if !yield(&s.waiting[i].held.Event) {
			return
		}
	}
	for _, p := range s.sources {
		for _, x := range p.run {
			if x.held != nil && !yield(&x.held.Event) {
				return
			}
		}
	}
}

// release releases the events whose turn has come.
func (s *Sequencer) release() {
	for len(s.waiting) > 0 && s.waiting[0].time < s.due {
		s.emit(s.waiting.pop())
	}
}

// emit makes an event ready to be given.
func (s *Sequencer) emit(h *held) {
	h.Late = h.Late || h.Time < s.clock
	if !h.ahead {
		s.settle(h.Time)
	}
	h.Clock = s.clockFor(h.Time)
	s.ready = append(s.ready, h)
}

// Next returns more of what is due, or nil if there is no more.
func (s *Sequencer) Next() *orderguard.Batch {
	clear(s.batch.Events)
	s.batch.Events = s.batch.Events[:0]
	for s.given < len(s.ready) && len(s.batch.Events) < maxLot {
		h := s.ready[s.given]
		if len(s.batch.Events) == 0 {
			s.batch.Feed = h.feed
		} else if s.batch.Feed != h.feed {
			break
		}
		s.batch.Events = append(s.batch.Events, h.Event)
		s.ready[s.given] = nil
		s.given++
		*h = held{}
		s.free = append(s.free, h)
	}
	if len(s.batch.Events) == 0 {
		s.ready, s.given = s.ready[:0], 0
		return nil
	}
	return &s.batch
}

// heap is the waiting events, the next one first. The time is beside the
// pointer so that few comparisons follow it.
type heap []waiter

type waiter struct {
	time orderguard.Millis
	held *held
}

func (w waiter) before(o waiter) bool {
	if w.time != o.time {
		return w.time < o.time
	}
	return w.held.compare(o.held) < 0
}

func (q *heap) push(h *held) {
	w := append(*q, waiter{h.Time, h})
	*q = w
	for i := len(w) - 1; i > 0; {
		up := (i - 1) / 2
		if !w[i].before(w[up]) {
			return
		}
		w[i], w[up] = w[up], w[i]
		i = up
	}
}

func (q *heap) pop() *held {
	w := *q
	first, n := w[0].held, len(w)-1
	w[0], w[n] = w[n], waiter{}
	w = w[:n]
	*q = w
	for i := 0; ; {
		down := 2*i + 1
		if down+1 < n && w[down+1].before(w[down]) {
			down++
		}
		if down >= n || !w[down].before(w[i]) {
			return first
		}
		w[i], w[down] = w[down], w[i]
		i = down
	}
}
