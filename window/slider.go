package window

// Measure is what a view tells of the events in its window.
type Measure uint8

// The measures.
const (
	Count    Measure = iota // how many events
	Sum                     // the sum of their values, held at the ends of int64
	Distinct                // how many different values, 0 not counted
)

// slider is one window over a log, at the positions [lo, hi), and the answer
// for it.
type slider struct {
	measure Measure
	floor   int64
	// mask and want are those of the view, and matching is how many events of the
	// window have what a masked Count wants.
	mask, want uint32
	matching   int64
	lo, hi     int
	sum        sum128
	// values are those of the events in the window, if different ones are counted.
	// It is nil while the window holds fewer events than the least answer that
	// matters: fewer events have no more values.
	values *multiset
}

// newSlider returns the empty window of a view at a position.
func newSlider(v *View, at int) slider {
	return slider{measure: v.Measure, floor: v.Floor, mask: v.Mask, want: v.Want, lo: at, hi: at}
}

// ask moves the window to (from, to] and returns its answer.
func (s *slider) ask(l *eventLog, from, to int64) int64 {
	for s.hi < len(l.events) && l.events[s.hi].at <= to {
		s.enter(l, s.hi)
		s.hi++
	}
	for s.hi > l.head && l.events[s.hi-1].at > to {
		s.hi--
		if s.hi < s.lo {
			s.lo = s.hi
			continue
		}
		s.leave(l, s.hi)
	}
	for s.lo < s.hi && l.events[s.lo].at <= from {
		s.leave(l, s.lo)
		s.lo++
	}
	for s.lo > l.head && l.events[s.lo-1].at > from {
		s.lo--
		s.enter(l, s.lo)
	}
	switch s.measure {
	case Sum:
		return s.sum.value()
	case Distinct:
		return s.distinct(l)
	}
	if s.mask != 0 {
		return s.matching
	}
	return int64(s.hi - s.lo)
}

// distinct returns how many values the window holds, or 0 if that is less than
// what matters.
func (s *slider) distinct(l *eventLog) int64 {
	n := int64(s.hi - s.lo)
	switch {
	case s.values == nil && n < s.floor:
		return 0
	case s.values == nil:
		s.values = &multiset{}
		for i := s.lo; i < s.hi; i++ {
			s.enter(l, i)
		}
	case n < s.floor/2:
		s.values = nil
		return 0
	}
	return int64(s.values.kinds)
}

// inserted makes room for an event that is put at position p. On the edges of
// the window it stays outside; the next question moves the edge if need be.
func (s *slider) inserted(p int, val uint64) {
	switch {
	case p <= s.lo:
		s.lo++
		s.hi++
	case p < s.hi:
		s.hi++
		switch {
		case s.measure == Sum:
			s.sum.add(int64(val))
		case s.values != nil && val != 0:
			s.values.add(uint32(val))
		case s.mask != 0:
			s.matching += s.matches(uint32(val))
		}
	}
}

// trimmed takes the events before position head out of the window.
func (s *slider) trimmed(l *eventLog, head int) {
	for s.lo < head && s.lo < s.hi {
		s.leave(l, s.lo)
		s.lo++
	}
	s.lo, s.hi = max(s.lo, head), max(s.hi, head)
}

// enter takes event i of the log into the window.
func (s *slider) enter(l *eventLog, i int) {
	switch {
	case s.measure == Sum:
		s.sum.add(l.wide[i])
	case s.values != nil:
		if v := l.events[i].val; v != 0 {
			s.values.add(v)
		}
	case s.mask != 0:
		s.matching += s.matches(l.events[i].val)
	}
}

// leave takes event i of the log out of the window.
func (s *slider) leave(l *eventLog, i int) {
	switch {
	case s.measure == Sum:
		s.sum.sub(l.wide[i])
	case s.values != nil:
		if v := l.events[i].val; v != 0 {
			s.values.remove(v)
		}
	case s.mask != 0:
		s.matching -= s.matches(l.events[i].val)
	}
}

// set says that event i, which is in the window, gets another value.
func (s *slider) set(l *eventLog, i int, val uint32) {
	switch {
	case s.values != nil:
		if old := l.events[i].val; old != 0 {
			s.values.remove(old)
		}
		if val != 0 {
			s.values.add(val)
		}
	case s.mask != 0:
		s.matching += s.matches(val) - s.matches(l.events[i].val)
	}
}

// matches returns 1 if a value has the bits that a masked Count wants, else 0.
func (s *slider) matches(val uint32) int64 {
	if val&s.mask == s.want {
		return 1
	}
	return 0
}

// bytes returns about how much memory the slider holds.
func (s *slider) bytes() int64 {
	if s.values == nil {
		return 72
	}
	return 120 + s.values.bytes()
}
