package window

import "sort"

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
	kept := l.events[l.head:]
	first := sort.Search(len(kept), func(i int) bool { return kept[i].at >= e.at })
	for i := l.head + first; i < len(l.events) && l.events[i].at == e.at; i++ {
		if l.events[i].ref != e.ref {
			continue
		}
		for v := range l.sliders {
			l.sliders[v].set(l, i, uint32(e.val))
		}
		l.events[i].val = uint32(e.val)
		return
	}
}
