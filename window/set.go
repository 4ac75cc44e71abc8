package window

// set gives an event that was added before another value: the one under the
// slot's key with the time and the reference of e. It does nothing if that has
// been let go. Only tables with DenseValues take other values.
func (t *Table) set(s *shard, sl *slot, e entry) {
	if t.words != denseWords {
		panic("BUG: window: a table whose values cannot be set")
	}
	if tag := sl.tag(); tag >= singles {
		return // the caller knows it
	} else if tag == isLog {
		s.logs[sl.ref].set(e)
		return
	}
	class, n := shape(sl.tag())
	row, a := s.slabs.row(class, sl.ref, t.words), anchor(sl.base)
	for ; n > 0; n-- {
		w := row[(n-1)*t.words:]
		if w[1] == e.ref && timeOf(w[0], a) == e.at {
			w[2] = uint32(e.val)
			return
		}
	}
}

// Revalue gives each event of a table with DenseValues what fn makes of its
// reference and value, but of those whose values only the caller knows. What the views count must not change by it.
func (t *Table) Revalue(fn func(ref, val uint32) uint32) {
	if t.words != denseWords {
		panic("BUG: window: a table whose values cannot be set")
	}
	for i := range t.shards {
		s := &t.shards[i]
		for j := range s.index.slots {
			switch sl := &s.index.slots[j]; {
			case sl.key == 0 || sl.tag() >= singles:
			case sl.tag() == isLog:
				l := s.logs[sl.ref]
				for k := range l.events {
					l.events[k].val = fn(l.events[k].ref, l.events[k].val)
				}
			default:
				class, n := shape(sl.tag())
				for row := s.slabs.row(class, sl.ref, t.words)[:n*t.words]; len(row) > 0; row = row[t.words:] {
					if t.known == nil || row[2] != unknown {
						row[2] = fn(row[1], row[2])
					}
				}
			}
		}
	}
}

// set gives an event of the log another value.
func (l *eventLog) set(e entry) {
	for i := l.since(e.at); i < len(l.events) && l.events[i].at == e.at; i++ {
		if l.events[i].ref != e.ref {
			continue
		}
		for v := range l.sliders {
			if s := &l.sliders[v]; i >= s.lo && i < s.hi {
				s.set(l, i, uint32(e.val))
			}
		}
		l.events[i].val = uint32(e.val)
		return
	}
}

// since returns the position of the first event at or after a time. It begins at
// the end, since most of what changes an order comes soon after it.
func (l *eventLog) since(at int64) int {
	lo, hi := l.head, len(l.events)
	for step := 8; hi-step > l.head; step *= 2 {
		if l.events[hi-step].at < at {
			lo = hi - step + 1
			break
		}
		hi -= step
	}
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); l.events[mid].at < at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
