package window

import "slices"

// eventLog holds the events of a busy key, in the order of their times; events
// of one time stand in the order in which they came.
type eventLog struct {
	events []logged
	// head is the first event that is still kept.
	head    int
	sliders []slider   // one a view
	first   [1]slider  // the room for one, beside the rest
	wide    []int64    // values of 64 bits, in a table that keeps such
	askers  []progress // by Question.Asker
	// lates are the last events that were not added at the end, in the order
	// in which they came.
	lates []entry
	// forgot is set when lates has become too long and lost its beginning;
	// lost is then the newest reference that is gone from it.
	forgot bool
	lost   uint32
}

const maxLates = 256

// logged is an event in a log.
type logged struct {
	at  int64
	ref uint32
	val uint32 // dense, 0 in a table without such values
}

// newLog makes a log of events that stand in order.
func newLog(t *Table, es []entry) *eventLog {
	l := &eventLog{events: make([]logged, 0, 2*maxRow)}
	if l.sliders = l.first[:]; len(t.views) > 1 {
		l.sliders = make([]slider, len(t.views))
	}
	for v := range t.views {
		l.sliders[v] = newSlider(&t.views[v], 0)
	}
	for _, e := range es {
		l.add(e, t.words == wideWords)
	}
	l.lates = append(l.lates, es...) // which of them came late is not known
	slices.SortFunc(l.lates, func(a, b entry) int { return int(int32(a.ref - b.ref)) })
	return l
}

// add puts an event where its time belongs.
func (l *eventLog) add(e entry, wide bool) {
	p := len(l.events)
	if p > l.head && l.events[p-1].at > e.at {
		for p > l.head && l.events[p-1].at > e.at {
			p--
		}
		l.remember(e)
		for i := range l.sliders {
			l.sliders[i].inserted(p, e.val)
		}
	}
	if wide {
		l.wide = slices.Insert(l.wide, p, int64(e.val))
		e.val = 0
	}
	if p == len(l.events) {
		l.events = append(l.events, logged{e.at, e.ref, uint32(e.val)})
		return
	}
	l.events = slices.Insert(l.events, p, logged{e.at, e.ref, uint32(e.val)})
}

// remember notes an event that was not added at the end.
func (l *eventLog) remember(e entry) {
	if len(l.lates) == maxLates {
		l.lost, l.forgot = l.lates[maxLates/2-1].ref, true
		l.lates = l.lates[:copy(l.lates, l.lates[maxLates/2:])]
	}
	l.lates = append(l.lates, e)
}

// trim lets go of the events up to limit, when the slice of events is full: it
// grows only if they are few. Until then they stand there unseen.
func (l *eventLog) trim(limit int64) {
	if len(l.events) < cap(l.events) {
		return
	}
	h := l.head
	for h < len(l.events) && l.events[h].at <= limit {
		h++
	}
	if h > l.head {
		for i := range l.sliders {
			l.sliders[i].trimmed(l, h)
		}
		l.head = h
	}
	if h > len(l.events)/4 {
		l.compact()
	}
}

// compact moves the kept events to the beginning, and into smaller slices when
// these have become much too large.
func (l *eventLog) compact() {
	n := len(l.events) - l.head
	l.events = shifted(l.events, l.head, n)
	if l.wide != nil {
		l.wide = shifted(l.wide, l.head, n)
	}
	for i := range l.sliders {
		l.sliders[i].lo -= l.head
		l.sliders[i].hi -= l.head
	}
	l.head = 0
}

func shifted[T any](s []T, head, n int) []T {
	if cap(s) > 64 && n*4 < cap(s) {
		return append(make([]T, 0, n+n/2), s[head:]...)
	}
	return s[:copy(s, s[head:])]
}

// upTo returns how many of the kept events, those of l.events[l.head:], came up to a
// time. Events come about evenly, so that it begins where the time would stand then:
// each place that it looks at is a wait for memory.
func (l *eventLog) upTo(at int64) int {
	kept := l.events[l.head:]
	last := len(kept) - 1
	switch {
	case last < 0 || kept[last].at <= at:
		return last + 1
	case kept[0].at > at:
		return 0
	}
	// At lo is an event that came up to the time, at hi one that did not.
	lo, hi := 0, last
	guess := int(float64(last) * float64(at-kept[0].at) / float64(kept[last].at-kept[0].at))
	for step := 1; lo < guess && guess < hi; step *= 2 {
		if kept[guess].at <= at {
			lo = guess
			guess += step
		} else {
			hi = guess
			guess -= step
		}
	}
	for lo+1 < hi {
		if mid := (lo + hi) / 2; kept[mid].at <= at {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// fewerThan says whether fewer than n events came after from. It is one look at the
// n-th newest, so that the windows of most keys need not be moved.
func (l *eventLog) fewerThan(n, from int64) bool {
	at := int64(len(l.events)) - n
	return at < int64(l.head) || l.events[at].at <= from
}

// bytes returns how much memory the log holds.
func (l *eventLog) bytes() int64 {
	n := int64(cap(l.events))*16 + int64(cap(l.wide))*8 + int64(cap(l.lates))*24 + 256
	for i := range l.sliders {
		n += l.sliders[i].bytes()
	}
	return n + int64(cap(l.askers))*40
}

// after says whether reference a was given after b. References count up and
// wrap; those in use lie within half of the range.
func after(a, b uint32) bool { return int32(a-b) > 0 }
