package window

// prefetch loads the slots of a group of events, and then their rows or the ends of
// their logs. The loads do not depend on each other, so that the cache misses overlap.
// It notes in hints where the slots are.
func (t *Table) prefetch(c *Columns, at []int32, hints *[group]int32) {
	var slots loads[uint64]
	var rows loads[uint32]
	for _, i := range at {
		t.shards[shardOf(c.Key[i])].index.prefetch(&slots, keyOf(c.Key[i]))
	}
	sum := slots.load()
	var logs [group]*eventLog
	var by [group]int32 // the events that the logs are to take
	n := 0
	for j, i := range at {
		s := &t.shards[shardOf(c.Key[i])]
		p, ok := s.index.find(keyOf(c.Key[i]))
		hints[j] = int32(p)
		if !ok {
			continue
		}
		sl := &s.index.slots[p]
		switch tag := sl.tag(); {
		case tag >= singles:
		case tag == isLog:
			logs[n], by[n] = s.logs[sl.ref], i
			n++
		default:
			class, n := shape(tag)
			row := s.slabs.row(class, sl.ref, t.words)
			rows.add(&row[0], &row[(n-1)*t.words], &row[min(n*t.words, len(row)-1)])
		}
	}
	sink(sum + rows.load() + prefetchLogs(c, logs[:n], by[:n]))
}

// prefetchLogs loads what adding an event to a log touches: its newest and oldest
// event, the one that leaves the window of the first view, and where the values
// of these stand in its multiset.
func prefetchLogs(c *Columns, logs []*eventLog, by []int32) uint64 {
	var sum uint64
	for _, l := range logs {
		sum += uint64(l.head + l.sliders[0].lo)
	}
	for _, l := range logs {
		if n := len(l.events); n > l.head {
			sum += uint64(l.events[n-1].ref+l.events[l.head].ref) + uint64(l.events[min(l.sliders[0].lo, n-1)].ref)
		}
	}
	for j, l := range logs {
		b := l.sliders[0].values
		if b == nil || len(b.cells) == 0 {
			continue
		}
		sum += uint64(b.cells[b.home(uint32(c.Val[by[j]]))].count)
		if n := len(l.events); n > l.head {
			sum += uint64(b.cells[b.home(l.events[min(l.sliders[0].lo, n-1)].val)].count)
		}
	}
	return sum
}

// loads are words to be loaded from memory. Their addresses are collected first and
// loaded in a loop that does nothing else, so that nearly all the misses overlap.
type loads[W uint32 | uint64] struct {
	words [3 * group]*W
	n     int
}

// add takes in up to three words for each event of a group.
func (l *loads[W]) add(a, b, c *W) {
	l.words[l.n], l.words[l.n+1], l.words[l.n+2] = a, b, c
	l.n += 3
}

func (l *loads[W]) load() uint64 {
	var sum W
	for _, w := range l.words[:l.n] {
		sum += *w
	}
	return uint64(sum)
}

// prefetch adds the slots among which a key stands, or would.
func (x *index) prefetch(l *loads[uint64], k uint64) {
	if x.homes == 0 {
		return
	}
	near := x.slots[home(k, x.homes):]
	l.add(&near[0].key, &near[64/slotBytes].key, &near[128/slotBytes].key)
}

// sink takes what was loaded only to have it at hand, so that the loads are
// not optimised away.
//
//go:noinline
func sink(uint64) {}
