package window

import "slices"

// Each goes over the events that stood in a window, newest first: those of the
// key with times in (Time-Within, Time-Aged], visible at Clock, added no later
// than Upto. Of events of one time the last added comes first. It gives fn the
// time of each, its reference and its value (0 in a table without values),
// until fn returns false or has had as many events as newest says.
//
// Each changes nothing, so any number of calls may run at once, but not beside
// Run. It finds the newest event in a number of steps that grows with the
// logarithm of the key's events, and then takes one step an event.
func (t *Table) Each(q Question, newest int, fn func(at int64, ref uint32, val uint64) bool) {
	if q.Late {
		t = t.late.table
	}
	s := &t.shards[shardOf(q.Key)]
	p, ok := s.index.find(keyOf(q.Key))
	if !ok || newest < 1 {
		return
	}
	w := walk{q: &q, from: q.from(t.keep), left: newest, fn: fn}
	q.pass()
	sl := &s.index.slots[p]
	switch tag := sl.tag(); {
	case tag >= singles:
		w.step(t.lookUpFor(&q, t.single(s, sl)))
	case tag == isLog:
		w.log(s.logs[sl.ref])
	default:
		class, n := shape(tag)
		row, a := s.slabs.row(class, sl.ref, t.words), anchor(sl.base)
		for n > 0 && w.step(t.lookUpFor(&q, get(row[(n-1)*t.words:], t.words, a))) {
			n--
		}
	}
}

// Found is an event that Newest found: its reference and, in a table with DenseValues,
// its value.
type Found struct{ Ref, Val uint32 }

// Newest appends the events that Each would give, for one who asks for many of them:
// to be called for each costs more than to look at it.
func (t *Table) Newest(q Question, newest int, found []Found) []Found {
	if q.Late {
		t = t.late.table
	}
	s := &t.shards[shardOf(q.Key)]
	p, ok := s.index.find(keyOf(q.Key))
	if !ok || newest < 1 {
		return found
	}
	from := q.from(t.keep)
	q.pass()
	sl := &s.index.slots[p]
	switch tag := sl.tag(); {
	case tag >= singles:
		if e := t.lookUpFor(&q, t.single(s, sl)); q.holds(e, from) {
			found = append(found, Found{e.ref, uint32(e.val)})
		}
	case tag == isLog:
		return s.logs[sl.ref].newest(&q, from, newest, found)
	default:
		class, n := shape(tag)
		row, a := s.slabs.row(class, sl.ref, t.words), anchor(sl.base)
		for ; n > 0 && newest > 0; n-- {
			e := t.lookUpFor(&q, get(row[(n-1)*t.words:], t.words, a))
			if e.at <= from {
				break
			}
			if q.holds(e, from) {
				found = append(found, Found{e.ref, uint32(e.val)})
				newest--
			}
		}
	}
	return found
}

// newest is Newest of a log, for a passed question.
func (l *eventLog) newest(q *Question, from int64, newest int, found []Found) []Found {
	kept, n := l.events[l.head:], 0
	found = slices.Grow(found, newest)
	room := found[len(found) : len(found)+newest]
	for i := l.upTo(q.Time) - 1; i >= 0 && n < newest && kept[i].at > from; i-- {
		e := &kept[i]
		room[n] = Found{e.ref, e.val}
		if !after(e.ref, q.Upto) && !(q.Valued && e.val == 0) {
			n++
		}
	}
	return found[:len(found)+n]
}

// lookUpFor returns an event with its value, if the asker looks at that.
func (t *Table) lookUpFor(q *Question, e entry) entry {
	if q.Bare {
		return e
	}
	return t.lookUp(e, -1)
}

// walk is one call of Each.
type walk struct {
	q    *Question // passed
	from int64
	left int // how many events fn is still to have
	fn   func(at int64, ref uint32, val uint64) bool
}

// step gives an event to fn, if it stood in the window, and says whether older
// ones are wanted.
func (w *walk) step(e entry) bool {
	if e.at <= w.from {
		return false
	}
	if !w.q.holds(e, w.from) {
		return true
	}
	w.left--
	return w.fn(e.at, e.ref, e.val) && w.left > 0
}

// log goes over the events of a log.
func (w *walk) log(l *eventLog) {
	kept := l.events[l.head:]
	for i := l.upTo(w.q.Time) - 1; i >= 0; i-- {
		e := entry{kept[i].at, uint64(kept[i].val), kept[i].ref}
		if l.wide != nil {
			e.val = uint64(l.wide[l.head+i])
		}
		if !w.step(e) {
			return
		}
	}
}
