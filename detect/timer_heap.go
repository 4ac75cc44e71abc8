package detect

import "github.com/orderguard/orderguard"

// timer is an event that a rule is to look at again. Many wait for hours, so they
// hold nothing that the collector has to look into.
type timer struct {
	at    orderguard.Millis
	seq   uint64
	rule  int
	event []byte // as Event.AppendBinary writes it
}

// timerBytes is about what a timer with its event takes.
const timerBytes = 320

// unpack writes the event of the timer over e.
func (t *timer) unpack(e *orderguard.Event) {
	if err := e.UnmarshalBinary(t.event); err != nil {
		panic("BUG: detect: a timer holds no event: " + err.Error())
	}
}

// before says whether the timer is due before another one.
func (t *timer) before(u *timer) bool { return t.at < u.at || t.at == u.at && t.seq < u.seq }

// timerHeap is a binary heap of timers, the first due on top.
type timerHeap []timer

// push adds a timer.
func (h *timerHeap) push(t timer) {
	s := append(*h, t)
	i := len(s) - 1
	for i > 0 {
		above := (i - 1) / 2
		if !t.before(&s[above]) {
			break
		}
		s[i] = s[above]
		i = above
	}
	s[i], *h = t, s
}

// pop takes out the timer that is due first.
func (h *timerHeap) pop() timer {
	s := *h
	last := len(s) - 1
	first, t := s[0], s[last]
	s[last] = timer{}
	if *h = s[:last]; last > 0 {
		h.sink(0, t)
	}
	return first
}

// sink puts a timer where i is, or below.
func (h timerHeap) sink(i int, t timer) {
	for below := 2*i + 1; below < len(h); below = 2*i + 1 {
		if right := below + 1; right < len(h) && h[right].before(&h[below]) {
			below = right
		}
		if !h[below].before(&t) {
			break
		}
		h[i] = h[below]
		i = below
	}
	h[i] = t
}

// order makes a heap of timers in any order.
func (h timerHeap) order() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.sink(i, h[i])
	}
}
