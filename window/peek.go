package window

import "math"

// What is asked by Peek, EachWith and their like is what would be answered if an
// event came now. They change nothing at all, not even the positions of sliders:
// whoever asks leaves no trace. Any number of calls may run at once, but not
// beside Run.

// Peek answers the views for event i of the columns as Run would.
func (t *Table) Peek(c *Columns, i int) { t.peek(c, i, c.Clock[i]) }

// PeekLate does the same for an event that RunLate would take, and returns the
// clock that it would return.
func (t *Table) PeekLate(c *Columns, i int) (clock int64) {
	l := t.late
	if l == nil {
		l = t.newLane()
	}
	clock = max(l.clock, c.Time[i])
	l.table.peek(c, i, clock)
	return clock
}

// peek is Peek at a clock.
func (t *Table) peek(c *Columns, i int, clock int64) {
	if c.Do[i]&Read == 0 {
		return
	}
	var events [maxRow + 1]entry
	es, l := t.short(c.Key[i], events[:0])
	if c.Do[i]&Add != 0 {
		e := entry{at: c.Time[i], ref: c.Ref[i]}
		if c.Val != nil {
			e.val = c.Val[i]
		}
		es = append(es, e)
	}
	for v := range t.views {
		p := peek{view: &t.views[v], from: max(c.Time[i]-t.views[v].Within, clock-t.keep), to: c.Time[i] - t.views[v].Aged}
		t.answer(c, v, i, p.ask(es, l, v))
	}
}

// short appends the events of a key, if they are few; else it returns their log.
func (t *Table) short(key uint64, es []entry) ([]entry, *eventLog) {
	s := &t.shards[shardOf(key)]
	p, ok := s.index.find(keyOf(key))
	if !ok {
		return es, nil
	}
	sl := &s.index.slots[p]
	switch tag := sl.tag(); {
	case tag >= singles:
		return append(es, t.lookUp(t.single(s, sl), -1)), nil
	case tag == isLog:
		return es, s.logs[sl.ref]
	default:
		class, n := shape(tag)
		row, a := s.slabs.row(class, sl.ref, t.words), anchor(sl.base)
		for ; n > 0; n-- {
			es = append(es, t.lookUp(get(row, t.words, a), -1))
			row = row[t.words:]
		}
		return es, nil
	}
}

// peek is the window (from, to] of a view, and what it holds.
type peek struct {
	view        *View
	from, to    int64
	n, matching int64
	sum         sum128
	// net is by value how many times more, or less, it stands in the window than
	// in values, which may be nil.
	net    map[uint32]int64
	values *multiset
}

// ask returns the answer over some events and those of a log, which may be nil,
// with its slider of the view.
func (p *peek) ask(es []entry, l *eventLog, slider int) int64 {
	for _, e := range es {
		if e.at > p.from && e.at <= p.to {
			p.take(e, 1)
		}
	}
	if l != nil {
		if few := p.view.least() - p.n; few > 0 && l.fewerThan(few, p.from) {
			return 0
		}
		p.over(l, &l.sliders[slider])
	}
	switch p.view.Measure {
	case Sum:
		return p.sum.value()
	case Distinct:
		return p.kinds()
	}
	if p.view.Mask != 0 {
		return p.matching
	}
	return p.n
}

// take takes an event in, if by is 1, or out, if it is -1.
func (p *peek) take(e entry, by int64) {
	p.n += by
	switch {
	case p.view.Measure == Sum && by > 0:
		p.sum.add(int64(e.val))
	case p.view.Measure == Sum:
		p.sum.sub(int64(e.val))
	case p.view.Measure == Distinct && e.val != 0:
		if p.net == nil {
			p.net = map[uint32]int64{}
		}
		p.net[uint32(e.val)] += by
	case p.view.Mask != 0 && uint32(e.val)&p.view.Mask == p.view.Want:
		p.matching += by
	}
}

// over takes in the events of a log. It begins with what the slider knows of its
// own window, unless the one that is asked for is too far from that.
func (p *peek) over(l *eventLog, s *slider) {
	lo := l.head + l.upTo(p.from)
	hi := max(lo, l.head+l.upTo(p.to))
	if p.view.Measure == Count && p.view.Mask == 0 {
		p.n += int64(hi - lo)
		return
	}
	if p.view.Measure == Distinct && p.n+int64(hi-lo) < p.view.Floor {
		return // fewer events have no more values
	}
	if far := distance(lo, s.lo) + distance(hi, s.hi); far >= hi-lo || p.view.Measure == Distinct && s.values == nil {
		p.walk(l, lo, hi, 1)
		return
	}
	p.n, p.matching, p.values = p.n+int64(s.hi-s.lo), p.matching+s.matching, s.values
	p.sum.join(s.sum)
	p.walk(l, s.lo, min(s.hi, lo), -1)
	p.walk(l, max(s.lo, hi), s.hi, -1)
	p.walk(l, lo, min(hi, s.lo), 1)
	p.walk(l, max(lo, s.hi), hi, 1)
}

// walk takes the events [from, to) of a log in or out.
func (p *peek) walk(l *eventLog, from, to int, by int64) {
	for i := from; i < to; i++ {
		e := entry{at: l.events[i].at, val: uint64(l.events[i].val)}
		if l.wide != nil {
			e.val = uint64(l.wide[i])
		}
		p.take(e, by)
	}
}

// kinds returns how many different values the window holds.
func (p *peek) kinds() int64 {
	n := int64(0)
	if p.values != nil {
		n = int64(p.values.kinds)
	}
	for v, by := range p.net {
		had := int64(0)
		if p.values != nil {
			had = p.values.holds(v)
		}
		switch has := had+by > 0; {
		case has && had == 0:
			n++
		case !has && had > 0:
			n--
		}
	}
	return n
}

// holds returns how often a value is in the multiset.
func (m *multiset) holds(v uint32) int64 {
	switch {
	case m.seen != nil && m.seen.Contains(v):
		return 1 + int64(m.surplus[v])
	case len(m.cells) == 0:
		return 0
	}
	return int64(m.cells[m.place(v)].count)
}

func distance(a, b int) int { return max(a-b, b-a) }

// Pending is an event of a key that has not been added.
type Pending struct {
	At  int64
	Ref uint32
	Val uint64
}

// EachWith is Each as if an event had been added last under the key of the
// question.
func (t *Table) EachWith(q Question, with Pending, newest int, fn func(at int64, ref uint32, val uint64) bool) {
	passed := q
	passed.pass()
	e := entry{with.At, with.Val, with.Ref}
	if newest < 1 || !passed.holds(e, q.from(t.keep)) {
		t.Each(q, newest, fn)
		return
	}
	left, given := newest, false
	give := func(at int64, ref uint32, val uint64) bool {
		if left--; !fn(at, ref, val) {
			left = 0
		}
		return left > 0
	}
	t.Each(q, newest, func(at int64, ref uint32, val uint64) bool {
		if !given && at <= e.at {
			if given = true; !give(e.at, e.ref, e.val) {
				return false
			}
		}
		return give(at, ref, val)
	})
	if !given && left > 0 {
		give(e.at, e.ref, e.val)
	}
}

// unnumbered is a number that no value has.
const unnumbered = math.MaxUint32

// Peek returns the number of a value, 0 for the hash 0, and for a value that has
// none one that no other has.
func (n *Numbers) Peek(value uint64) uint64 {
	if value == 0 {
		return 0
	}
	shard := shardOf(value)
	s := &n.shards[shard]
	if p, ok := s.index.find(keyOf(value)); ok {
		return uint64(s.index.slots[p].ref<<shardBits|uint32(shard)) + 1
	}
	return unnumbered
}

// Peek returns the number that Run would give as the record of row i, 0 for
// none; begun says that it would begin a record for the row, whose number is
// not known yet.
func (b *Book) Peek(c *BookColumns, i int) (number uint32, begun bool) {
	shard := shardOf(c.Key[i])
	s, oldest := &b.shards[shard], second(c.Clock[i]-b.keep)
	if c.Do[i] == 0 {
		return 0, false
	}
	p, found := s.index.find(keyOf(c.Key[i]))
	if found && s.index.slots[p].base > oldest {
		return s.index.slots[p].ref<<shardBits | uint32(shard) + 1, false
	}
	return 0, c.Do[i]&Add != 0 && second(c.Time[i]) > oldest
}

// NoRecord is a number that no record has.
const NoRecord = math.MaxUint32
