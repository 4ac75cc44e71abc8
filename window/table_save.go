package window

// Save writes all that the table remembers. Its views are not written, but how
// many there are and for how long they remember: Load is given a table that has
// them.
func (t *Table) Save(e *Encoder) {
	t.save(e)
	if e.Bool(t.late != nil); t.late != nil {
		t.late.table.save(e)
		e.Int64(t.late.clock)
	}
}

// save writes the table but its lane for late events.
func (t *Table) save(e *Encoder) {
	e.Int(len(t.views))
	e.Int64(t.keep)
	e.Int(t.words)
	for i := range t.shards {
		s := &t.shards[i]
		s.slabs.save(e, t.words)
		e.Int(len(s.logs))
		for _, l := range s.logs {
			if e.Bool(l != nil); l != nil {
				l.save(e, len(t.views))
			}
		}
		Put(e, s.free)
		s.index.save(e)
	}
}

// Load reads what Save wrote into an empty table of the same views.
func (t *Table) Load(d *Decoder) {
	t.load(d)
	if d.Bool() {
		l := t.newLane()
		l.table.load(d)
		l.clock = d.Int64()
		t.late = l
	}
}

func (t *Table) load(d *Decoder) {
	d.Check(d.Len() == len(t.views) && d.Int64() == t.keep && d.Len() == t.words, "a table")
	for i := range t.shards {
		if !d.OK() {
			return
		}
		t.loadShard(d, &t.shards[i])
	}
}

func (t *Table) loadShard(d *Decoder, s *shard) {
	s.slabs.load(d, t.words)
	n := d.Len()
	for i := 0; i < n && d.OK(); i++ {
		var l *eventLog
		if d.Bool() {
			l = t.loadLog(d)
		}
		s.logs = append(s.logs, l)
	}
	s.free = Get[uint32](d)
	if !d.OK() {
		return
	}
	logs := newOnlyOnce(uint32(len(s.logs)))
	logs.takeAll(d, s.free, uint32(len(s.logs)))
	var rows [classes]onlyOnce
	for c := range rows {
		rows[c] = newOnlyOnce(s.slabs.next[c])
		rows[c].takeAll(d, s.slabs.free[c], s.slabs.next[c])
	}
	if !d.OK() {
		return
	}
	s.index = loadIndex(d, func(sl *slot) bool {
		switch tag := sl.tag(); {
		case tag >= singles:
			return t.words == countWords || t.known != nil
		case tag == isLog:
			return int(sl.ref) < len(s.logs) && s.logs[sl.ref] != nil && logs.take(sl.ref)
		default:
			c, _ := shape(tag)
			return sl.ref < s.slabs.next[c] && rows[c].take(sl.ref)
		}
	})
	for i, l := range s.logs {
		d.Check(l == nil || !logs.take(uint32(i)), "a log of no key")
	}
}

// save writes the rows of all classes, those that were given back too.
func (s *slabs) save(e *Encoder, words int) {
	for c := range s.chunks {
		e.Uint32(s.next[c])
		for i, chunk := range s.chunks[c] {
			e.raw(memory(chunk[:min(slabRows, int(s.next[c])-i*slabRows)*words<<c]))
		}
		Put(e, s.free[c])
	}
}

func (s *slabs) load(d *Decoder, words int) {
	for c := range s.chunks {
		next := d.Uint32()
		for have := uint32(0); have < next && d.OK(); have += slabRows {
			chunk := make([]uint32, slabRows*words<<c)
			d.raw(memory(chunk[:int(min(slabRows, next-have))*words<<c]))
			s.chunks[c] = append(s.chunks[c], chunk)
			s.next[c] = min(next, have+slabRows)
			if next-have <= slabRows {
				break // have must not wrap
			}
		}
		s.free[c] = Get[uint32](d)
	}
}

// save writes a log of a table of so many views, from its first kept event on.
func (l *eventLog) save(e *Encoder, views int) {
	Put(e, l.events[l.head:])
	for i := range views {
		s := &l.sliders[i]
		e.Bool(s.values != nil)
		e.Int(s.lo - l.head)
		e.Int(s.hi - l.head)
	}
	if l.wide != nil {
		e.raw(memory(l.wide[l.head:]))
	}
	e.Int(len(l.askers))
	for i := range l.askers {
		m := &l.askers[i]
		e.Bool(m.set)
		e.Uint32(m.ref)
		e.Int64(m.asked)
		e.Int64(m.from)
		e.Int64(m.at)
	}
	e.Int(len(l.lates))
	for i := range l.lates {
		e.Int64(l.lates[i].at)
		e.Uint64(l.lates[i].val)
		e.Uint32(l.lates[i].ref)
	}
	e.Bool(l.forgot)
	e.Uint32(l.lost)
}

// roomOfLog is which part of its events a log that was loaded has as room for
// more.
const roomOfLog = 4

func (t *Table) loadLog(d *Decoder) *eventLog {
	l := &eventLog{events: getSpare[logged](d, roomOfLog)}
	if l.sliders = l.first[:]; len(t.views) > 1 {
		l.sliders = make([]slider, len(t.views))
	}
	for v := range t.views {
		s := newSlider(&t.views[v], 0)
		if d.Bool() {
			s.values = &multiset{}
		}
		s.lo, s.hi = d.Int(len(l.events)), d.Int(len(l.events))
		d.Check(s.lo <= s.hi && (s.values == nil || s.measure == Distinct), "the window of a view")
		l.sliders[v] = s
	}
	if t.words == wideWords && d.OK() {
		l.wide = make([]int64, len(l.events), cap(l.events))
		d.raw(memory(l.wide))
	}
	n := d.Len()
	for i := 0; i < n && d.OK(); i++ {
		l.askers = append(l.askers, progress{d.Bool(), d.Uint32(), d.Int64(), d.Int64(), d.Int64()})
	}
	n = d.Int(maxLates)
	for i := 0; i < n && d.OK(); i++ {
		l.lates = append(l.lates, entry{d.Int64(), d.Uint64(), d.Uint32()})
	}
	l.forgot, l.lost = d.Bool(), d.Uint32()
	if d.OK() {
		l.slide()
	}
	return l
}

// slide takes the events of the windows into the answers of the sliders.
func (l *eventLog) slide() {
	for v := range l.sliders {
		s := &l.sliders[v]
		if s.measure == Sum || s.values != nil || s.mask != 0 {
			for i := s.lo; i < s.hi; i++ {
				s.enter(l, i)
			}
		}
	}
}
