package window

// Question asks which events stood in a window, see Participants and Each.
type Question struct {
	Key         uint64
	Time, Clock int64  // of the event that asks
	Within      int64  // length of the window in ms
	Aged        int64  // how many ms before Time the window ends, below Within
	Upto        uint32 // reference of the last event that had been added by then
	Asker       int    // who asks, see Participants
	// Valued leaves out events without a value, for an asker who counted
	// distinct values.
	Valued bool
	// Late is set for an event that RunLate measured; Clock is then what that
	// returned.
	Late bool
	// Bare is set by a caller of Each that does not look at the values. A table with
	// Known then need not look them up.
	Bare bool
}

// progress says how far one asker has been told about a log: all events with times
// in (from, at] and references up to ref.
type progress struct {
	set      bool
	ref      uint32
	asked    int64 // time of the newest question
	from, at int64
}

// Participants appends the references of the events that took part: those of the key
// with times in (Time-Within, Time-Aged], visible at Clock, added no later than
// Upto.
//
// For a busy key, an asker gets each event at least once, but not all of them at every
// question, so that an attack of n events costs n steps and not n². Askers are numbered
// from 0 (Asker); each always asks with the same Within and Aged.
func (t *Table) Participants(q Question, refs []uint32) []uint32 {
	if q.Late {
		t = t.late.table
	}
	s := &t.shards[shardOf(q.Key)]
	p, ok := s.index.find(keyOf(q.Key))
	if !ok {
		return refs
	}
	from := q.from(t.keep)
	q.pass()
	sl := &s.index.slots[p]
	switch tag := sl.tag(); {
	case tag >= singles:
		e := t.single(s, sl)
		refs = q.take(e, from, refs)
	case tag == isLog:
		return s.logs[sl.ref].participants(q, from, refs)
	default:
		class, n := shape(tag)
		row, a := s.slabs.row(class, sl.ref, t.words), anchor(sl.base)
		for i := range n {
			e := get(row[i*t.words:], t.words, a)
			refs = q.take(e, from, refs)
		}
	}
	return refs
}

// from returns the time after which the window begins, in a table that keeps events
// for keep ms.
func (q *Question) from(keep int64) int64 { return max(q.Time-q.Within, q.Clock-keep) }

// pass moves Time to the end of the window, so that it covers (Time-Within, Time].
func (q *Question) pass() {
	q.Time, q.Within, q.Aged = q.Time-q.Aged, q.Within-q.Aged, 0
}

// holds says whether an event stood in the window of a passed question.
func (q *Question) holds(e entry, from int64) bool {
	return e.at > from && e.at <= q.Time && !after(e.ref, q.Upto) && !(q.Valued && e.val == 0)
}

// take appends the reference of an event if it stood in the window.
func (q *Question) take(e entry, from int64, refs []uint32) []uint32 {
	if q.holds(e, from) {
		refs = append(refs, e.ref)
	}
	return refs
}

func (l *eventLog) participants(q Question, from int64, refs []uint32) []uint32 {
	for len(l.askers) <= q.Asker {
		l.askers = append(l.askers, progress{})
	}
	m := &l.askers[q.Asker]
	if !m.set || l.forgot && after(l.lost, m.ref) {
		refs, at := l.collect(q, from, from, refs)
		*m = progress{set: true, ref: q.Upto, asked: q.Time, from: from, at: at}
		return refs
	}
	// What has come since then, but not at the end of the log.
	for i := len(l.lates) - 1; i >= 0 && after(l.lates[i].ref, m.ref); i-- {
		refs = q.take(l.lates[i], from, refs)
	}
	if q.Time < m.asked {
		// A late question: its window begins before what has been told. What lies
		// after the window stays untold, so the progress stays as it was.
		old := q
		old.Time = min(q.Time, m.from)
		refs, _ = l.collect(old, from, from, refs)
		refs, _ = l.collect(q, from, m.at-1, refs)
		return refs
	}
	refs, at := l.collect(q, from, m.at-1, refs)
	*m = progress{set: true, ref: q.Upto, asked: q.Time, from: from, at: max(at, m.at)}
	return refs
}

// collect appends the references of the events after start that took part, and
// returns the time of the last, or start. An event that is added at the end of
// the log later on is no older than that.
func (l *eventLog) collect(q Question, from, start int64, refs []uint32) ([]uint32, int64) {
	kept := l.events[l.head:]
	for _, e := range kept[l.upTo(start):] {
		if e.at > q.Time {
			break
		}
		had := len(refs)
		if refs = q.take(entry{e.at, uint64(e.val), e.ref}, from, refs); len(refs) > had {
			start = e.at
		}
	}
	return refs, start
}
