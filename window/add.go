package window

// begin puts the only event of a key into its slot.
func (t *Table) begin(s *shard, sl *slot, e entry, limit int64) {
	if s.index.used == 1 { // no other slot counts from the epoch
		s.index.epoch = epochFor(e.at)
	}
	alone := t.words == countWords || t.known != nil && e.at <= limit+t.keep+farAhead
	if !alone || !sl.setSingle(e, s.index.epoch) {
		t.write(s, sl, []entry{e}, -1)
	}
}

// add puts an event into the slot of a key that has others. Those at or before
// limit, which no question can see any more, go when their room is needed.
func (t *Table) add(s *shard, sl *slot, e entry, row int, limit int64) {
	switch tag := sl.tag(); {
	case tag >= singles:
		old := t.single(s, sl)
		switch {
		case old.at <= limit:
			t.begin(s, sl, e, limit)
		case old.at <= e.at:
			t.write(s, sl, []entry{old, e}, row)
		default:
			t.write(s, sl, []entry{e, old}, row)
		}
	case tag == isLog:
		l := s.logs[sl.ref]
		l.trim(limit)
		l.add(e, t.words == wideWords)
		sl.base = max(sl.base, second(e.at))
	default:
		t.addRow(s, sl, e, row, limit)
	}
}

// write makes a row, or a log, of events in the order of their times; it is for
// the event at a row of the batch.
func (t *Table) write(s *shard, sl *slot, es []entry, at int) {
	newest := es[len(es)-1].at
	sl.base = second(newest)
	a := anchor(sl.base)
	if len(es) > maxRow || newest < 0 || !reaches(a, newest) || !reaches(a, es[0].at) {
		for i := range es {
			es[i] = t.lookUp(es[i], at)
		}
		sl.ref = s.place(newLog(t, es))
		sl.setTag(isLog)
		return
	}
	c := class(len(es))
	sl.ref = s.slabs.alloc(c, t.words)
	sl.setTag(tagOf(c, len(es)))
	row := s.slabs.row(c, sl.ref, t.words)
	for i := range es {
		put(row[i*t.words:], t.words, es[i])
	}
}

// addRow adds an event to the row of a slot.
func (t *Table) addRow(s *shard, sl *slot, e entry, at int, limit int64) {
	c, n := shape(sl.tag())
	words := t.words
	row, was := s.slabs.row(c, sl.ref, words), anchor(sl.base)
	base := max(sl.base, second(e.at))
	a := anchor(base)
	if n == 1<<c || !reaches(a, timeOf(row[0], was)) {
		if n = drop(row, n, words, was, limit); n == 0 {
			s.slabs.release(c, sl.ref)
			t.begin(s, sl, e, limit)
			return
		}
	}
	if n == maxRow || !reaches(a, e.at) || !reaches(a, timeOf(row[0], was)) {
		t.promote(s, sl, row[:n*words], c, e, at)
		return
	}
	if to := class(n + 1); to > c || to < c-1 { // one class larger than need be is kept
		number := s.slabs.alloc(to, words)
		other := s.slabs.row(to, number, words)
		copy(other, row[:n*words])
		s.slabs.release(c, sl.ref)
		c, row, sl.ref = to, other, number
	}
	j := n
	for j > 0 && timeOf(row[(j-1)*words], a) > e.at {
		j--
	}
	if j < n {
		copy(row[(j+1)*words:], row[j*words:n*words])
	}
	put(row[j*words:], words, e)
	sl.base = base
	sl.setTag(tagOf(c, n+1))
}

// drop lets go of a row's events up to limit and returns how many are left.
func drop(row []uint32, n, words int, anchor, limit int64) int {
	i := 0
	for i < n && timeOf(row[i*words], anchor) <= limit {
		i++
	}
	if i > 0 {
		copy(row, row[i*words:n*words])
	}
	return n - i
}

// promote makes a log of a row of class c and one more event.
func (t *Table) promote(s *shard, sl *slot, row []uint32, c int, e entry, at int) {
	es := make([]entry, 0, maxRow+1)
	a := anchor(sl.base)
	for ; len(row) > 0; row = row[t.words:] {
		es = append(es, t.lookUp(get(row, t.words, a), at))
	}
	es = append(es, e)
	for j := len(es) - 1; j > 0 && es[j-1].at > e.at; j-- {
		es[j-1], es[j] = es[j], es[j-1]
	}
	s.slabs.release(c, sl.ref)
	sl.base = second(es[len(es)-1].at)
	sl.ref = s.place(newLog(t, es))
	sl.setTag(isLog)
}

// place keeps a log and returns its number.
func (s *shard) place(l *eventLog) uint32 {
	if n := len(s.free); n > 0 {
		f := s.free[n-1]
		s.free = s.free[:n-1]
		s.logs[f] = l
		return f
	}
	s.logs = append(s.logs, l)
	return uint32(len(s.logs) - 1)
}
