package window

import (
	"encoding/binary"
	"math"
)

// View is a question that is asked of a table again and again: a measure over
// a window.
type View struct {
	Measure Measure
	Within  int64 // length of the window in ms, at least 1
	// Aged is how many ms before the question the window ends, below Within: it
	// covers (t-Within, t-Aged].
	Aged int64
	// Mask and Want narrow a Count, in a table with DenseValues, to the events
	// whose value has the bits Want among those of Mask; a Mask of 0 counts all.
	Mask, Want uint32
	// Floor, if it is at least 1, is the least answer that matters: a lower one
	// is given as 0.
	Floor int64
	// Few, if it is at least 1, is how many events must stand in the window for the
	// answer to matter: with fewer it is given as 0.
	Few int64
}

// least returns how many events must stand in the window for the answer to
// matter.
func (v *View) least() int64 {
	if v.Measure == Sum {
		return v.Few
	}
	return max(v.Few, v.Floor) // a count is never above the number of events
}

// leastOf returns how many events a key must have for an answer of one of the
// views to matter.
func leastOf(views []View) int64 {
	least := int64(math.MaxInt64)
	for v := range views {
		least = min(least, views[v].least())
	}
	return least
}

// Fits says whether a table that keeps such values can answer the view.
func (v *View) Fits(values Values) bool {
	switch v.Measure {
	case Sum:
		return values == WideValues
	case Distinct:
		return values == DenseValues
	}
	return v.Mask == 0 || values == DenseValues
}

// needsValues says whether more than the number of events matters.
func (v *View) needsValues() bool { return v.Measure != Count || v.Mask != 0 }

// Values says what a table keeps with each event.
type Values uint8

// What a table can keep with each event.
const (
	NoValues    Values = iota // nothing: the table can count
	DenseValues               // a dense number, for Distinct, or bits, for a masked Count; 0 is none
	WideValues                // 64 bits, for Sum
)

// Table keeps, for every key, the events of its longest window, and answers
// its views.
type Table struct {
	views  []View
	least  int64 // of all views, how many events must stand in the window for one to matter
	keep   int64
	words  int // of an event in a row
	shards [Shards]shard
	late   *lane // nil before the first event that is older than keep
	// known is nil unless the caller keeps the values, see Known.
	known func(ref uint32, row int) uint32
}

type shard struct {
	turn  int // of the sweep, in the first of a worker's shards
	index index
	slabs slabs
	logs  []*eventLog
	free  []uint32 // free places in logs
}

// NewTable returns a table for the views, which remembers events for slack ms
// beyond its longest window.
func NewTable(views []View, values Values, slack int64) *Table {
	t := &Table{views: views, least: leastOf(views), words: 2 + int(values)}
	for _, v := range views {
		t.keep = max(t.keep, v.Within)
		if v.Within < 1 || v.Aged < 0 || v.Aged >= v.Within || !v.Fits(values) {
			panic("BUG: window: a view that its table cannot answer")
		}
	}
	t.keep += slack
	return t
}

// Keep returns how long, in ms, the table remembers an event.
func (t *Table) Keep() int64 { return t.keep }

// Known lets a table with DenseValues look values up: fn returns the value of an event
// as it stood at a row of the current batch, or for a row below 0 at the end of the
// batch. The only event of a key (most keys have one) can then stand in its slot, as
// in a table without values. An event that is more than farAhead of the clock cannot:
// the caller may not remember it that long. Any number of workers call fn at once.
func (t *Table) Known(fn func(ref uint32, row int) uint32) { t.known = fn }

const (
	// farAhead is a day, in ms.
	farAhead = 86_400_000
	// unknown is the value in a row of an event that came from a slot, until it is
	// looked up: most never are.
	unknown = 1<<32 - 1
)

// single returns the event of a slot that holds just one.
func (t *Table) single(s *shard, sl *slot) entry {
	e := sl.single(s.index.epoch)
	if t.known != nil {
		e.val = unknown
	}
	return e
}

// lookUp returns an event with its value, looked up at a row of the batch if unknown.
func (t *Table) lookUp(e entry, row int) entry {
	if t.known != nil && e.val == unknown {
		e.val = uint64(t.known(e.ref, row))
	}
	return e
}

// What is to be done with an event, as bits.
const (
	Add   = 1 << iota // add the event under its key
	Read              // answer the views at the event's time, with the event itself if it is added
	Set               // give the event of this time and reference, added before, another value
	Renew             // in a Book, with Add: the keep of the key's record begins anew
)

// Columns are the events of a batch as a table sees them, one element an
// event. Clock never falls, but for the first events of a stream.
type Columns struct {
	Do    []uint8  // Add, Read, both, Set, or 0 to skip the event
	Key   []uint64 // hash of the key
	Time  []int64
	Clock []int64
	Ref   []uint32 // what Participants gives back for the event; rising by one or more
	Val   []uint64 // nil in a table without values
	// Out has the answers, event by event, those of all views side by side, since a
	// caller reads many of them for one event. The caller clears them before Run where
	// Do says Read.
	Out []int64
	// Alone is nil, or says of an added event that its key held no other at that time.
	// The caller clears it as Out.
	Alone []bool
	// Low is the lowest clock that a question about the batch may name; 0 is
	// the lowest of Clock.
	Low int64
}

const (
	group = 32
	// sweepTurns is the number of batches in which each shard is swept once. Sweeping
	// all of them at each batch would cost a small batch more than its events do.
	sweepTurns = 4
)

// Run takes the events of a batch that belong to this worker's shards, an even
// part of all, and returns how many of the rows have something to do. Each event is first
// added, then the views are read. Different workers may run at once.
func (t *Table) Run(c *Columns, worker, workers int) (rows int) {
	own := spanOf(worker, workers)
	if len(c.Do) == 0 || own.width == 0 {
		return 0
	}
	limit := c.low() - t.keep
	var at [group]int32
	n := 0
	for i := 0; i < len(c.Do); i++ {
		if c.Do[i] == 0 {
			if i+8 <= len(c.Do) && binary.LittleEndian.Uint64(c.Do[i:]) == 0 {
				i += 7 // skip eight at once: many tables take few of the events
			}
			continue
		}
		at[n] = int32(i)
		n += own.has(c.Key[i])
		if rows++; n == group {
			t.group(c, at[:n], limit)
			n = 0
		}
	}
	if rows == 0 {
		return 0
	}
	t.group(c, at[:n], limit)
	first := &t.shards[own.from]
	first.turn = (first.turn + 1) % sweepTurns
	for i := own.from + uint64(first.turn); i < own.from+own.width; i += sweepTurns {
		s := &t.shards[i]
		s.index.sweep(rows*sweepTurns, limit, s.release)
	}
	return rows
}

// group takes events side by side, so that their memory is fetched at once.
func (t *Table) group(c *Columns, at []int32, limit int64) {
	var hints [group]int32
	t.prefetch(c, at, &hints)
	for j, i := range at {
		t.event(c, int(i), int(hints[j]), limit)
	}
}

// low returns the lowest clock of a question about the batch.
func (c *Columns) low() int64 {
	if c.Low != 0 {
		return c.Low
	}
	return oldest(c.Clock)
}

// oldest returns the lowest clock of a batch: the first, unless the stream began in
// this batch with a wrong time, and the clock fell after that.
func oldest(clock []int64) int64 { return min(clock[0], clock[len(clock)-1]) }

// event adds and reads one event, whose slot may be at hint. What lies at or
// before limit is let go.
func (t *Table) event(c *Columns, i, hint int, limit int64) {
	k := keyOf(c.Key[i])
	s := &t.shards[shardOf(c.Key[i])]
	p, found := s.index.findFrom(hint, k)
	if c.Do[i]&Add != 0 {
		e := entry{at: c.Time[i], ref: c.Ref[i]}
		if c.Val != nil {
			e.val = c.Val[i]
		}
		if found {
			t.add(s, &s.index.slots[p], e, i, limit)
		} else {
			p = s.index.insert(p, k)
			t.begin(s, &s.index.slots[p], e, limit)
			if found = true; c.Alone != nil {
				c.Alone[i] = true
			}
		}
	}
	if c.Do[i]&Set != 0 && found {
		t.set(s, &s.index.slots[p], entry{at: c.Time[i], ref: c.Ref[i], val: c.Val[i]})
	}
	if c.Do[i]&Read != 0 && found {
		t.read(c, i, s, &s.index.slots[p])
	}
}

// answer writes an answer unless it is 0 or below the view's floor: workers that write
// into the same cache lines slow each other down.
func (t *Table) answer(c *Columns, v, i int, answer int64) {
	if floor := t.views[v].Floor; answer >= max(floor, 1) || floor < 1 && answer != 0 {
		c.Out[i*len(t.views)+v] = answer
	}
}

// read answers the views for event i from the slot of its key.
func (t *Table) read(c *Columns, i int, s *shard, sl *slot) {
	switch tag := sl.tag(); {
	case tag >= singles:
		if t.least <= 1 {
			t.readSingle(c, i, sl.single(s.index.epoch))
		}
	case tag == isLog:
		at, oldest, l := c.Time[i], c.Clock[i]-t.keep, s.logs[sl.ref]
		for v := range t.views {
			from := max(at-t.views[v].Within, oldest)
			if n := t.views[v].least(); n > 0 && l.fewerThan(n, from) {
				continue
			}
			t.answer(c, v, i, l.sliders[v].ask(l, from, at-t.views[v].Aged))
		}
	default:
		if class, n := shape(tag); int64(n) >= t.least {
			t.readRow(c, i, s.slabs.row(class, sl.ref, t.words)[:n*t.words], anchor(sl.base))
		}
	}
}

// readSingle answers the views for event i from the only event of its key.
func (t *Table) readSingle(c *Columns, i int, e entry) {
	at, oldest := c.Time[i], c.Clock[i]-t.keep
	for v := range t.views {
		view := &t.views[v]
		if view.least() > 1 || e.at > at-view.Aged || e.at <= max(at-view.Within, oldest) {
			continue
		}
		if view.Mask == 0 || t.known(e.ref, i)&view.Mask == view.Want {
			t.answer(c, v, i, 1)
		}
	}
}

// readRow answers the views for event i from the events of a row.
func (t *Table) readRow(c *Columns, i int, row []uint32, anchor int64) {
	at, oldest := c.Time[i], c.Clock[i]-t.keep
	for v := range t.views {
		view := &t.views[v]
		if int64(len(row)/t.words) < view.least() {
			continue
		}
		in := between(row, t.words, anchor, max(at-view.Within, oldest), at-view.Aged)
		if len(in) == 0 || view.Measure != Sum && int64(len(in)/t.words) < view.Floor {
			continue // a count is never above the number of events
		}
		if t.known != nil && (view.needsValues() || len(in) > t.words) {
			t.lookUpRow(in, anchor, i) // keep what was looked up: Each may ask again and again
		}
		t.answer(c, v, i, measure(view, in, t.words))
	}
}

// lookUpRow looks up the unknown values in part of a row, and keeps them there.
func (t *Table) lookUpRow(in []uint32, anchor int64, i int) {
	for ; len(in) > 0; in = in[t.words:] {
		if in[2] == unknown {
			put(in, t.words, t.lookUp(get(in, t.words, anchor), i))
		}
	}
}

// release gives back what a slot refers to.
func (s *shard) release(sl *slot) {
	switch tag := sl.tag(); {
	case tag >= singles:
	case tag == isLog:
		s.logs[sl.ref] = nil
		s.free = append(s.free, sl.ref)
	default:
		class, _ := shape(tag)
		s.slabs.release(class, sl.ref)
	}
}

// Size tells how many keys a table holds, and about how many bytes.
func (t *Table) Size() (keys int, bytes int64) {
	for i := range t.shards {
		s := &t.shards[i]
		keys += s.index.used
		bytes += int64(len(s.index.slots))*slotBytes + s.slabs.bytes() + int64(cap(s.logs))*8
		for _, l := range s.logs {
			if l != nil {
				bytes += l.bytes()
			}
		}
	}
	if t.late != nil {
		k, b := t.late.table.Size()
		keys, bytes = keys+k, bytes+b
	}
	return keys, bytes
}

// Slots returns how many of the bytes of Size are slots of keys, filled and empty: what a table of so
// many keys takes before they have done anything.
func (t *Table) Slots() (bytes int64) {
	for i := range t.shards {
		bytes += int64(len(t.shards[i].index.slots)) * slotBytes
	}
	if t.late != nil {
		bytes += t.late.table.Slots()
	}
	return bytes
}
