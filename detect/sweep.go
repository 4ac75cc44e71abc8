package detect

import (
	"math"
	"slices"

	"github.com/orderguard/orderguard/window"
)

// sweep is one pass over the newest orders under a key. It measures at once for
// all conditions that look at the same orders, of whatever rule: to fetch an
// order's record costs more than to look at it a few times.
type sweep struct {
	table        int
	by           []int // indices into plan.fields
	within, aged int64
	newest       int
	asks         []ask
	farthest     int // the last word of a record that is asked for
}

// ask is what a condition measures of the orders of a sweep, or of a cluster.
type ask struct {
	measure      Measure
	word         int   // of the record: the value that is added up or told apart; 0 for none
	ageLo, ageHi int64 // of the account, in days; ageLo is math.MinInt64 where it does not matter
	mask, want   uint32
	after        int64 // how long after its creation the order must have been paid, in ms; 0 where it does not matter
	wait         int   // the word of the record that says how long it was
}

// asked returns what a condition measures of records.
func (t *threshold) asked() ask {
	a := ask{measure: t.Measure, word: t.word, ageLo: t.ageLo, ageHi: t.ageHi}
	a.mask, a.want = t.State.bits()
	if t.PaidAfter > 0 {
		a.after, a.wait = int64(t.PaidAfter), t.wait
	}
	return a
}

// sweeps says whether a condition is measured by a sweep.
func (t *threshold) sweeps() bool { return t.records && !t.byCluster() && t.table != ownOrder }

// joinSweep gives a condition a sweep and its place there.
func (p *plan) joinSweep(t *threshold) {
	one := sweep{table: t.table, by: t.by, within: int64(t.Within), aged: int64(t.Aged), newest: t.Newest}
	t.sweep = slices.IndexFunc(p.sweeps, func(s *sweep) bool {
		return s.table == one.table && slices.Equal(s.by, one.by) && s.within == one.within && s.aged == one.aged && s.newest == one.newest
	})
	if t.sweep < 0 {
		t.sweep = len(p.sweeps)
		p.sweeps = append(p.sweeps, &one)
	}
	p.tables[t.table].swept = true
	s, a := p.sweeps[t.sweep], t.asked()
	if t.ask = slices.Index(s.asks, a); t.ask < 0 {
		t.ask = len(s.asks)
		s.asks = append(s.asks, a)
		s.farthest = max(s.farthest, a.word, a.wait)
	}
	t.most = noView
	if t.Measure != Sum && t.Lo > 1 {
		t.most = slices.IndexFunc(p.tables[t.table].views, t.within)
	}
}

// noView stands for a view where there is none.
const noView = -1

// within says whether a view counts all orders that a condition looks at, as far as the
// condition's lower bound matters.
func (t *threshold) within(v window.View) bool {
	return v.Measure == window.Count && v.Mask == 0 && v.Aged == 0 && v.Within >= int64(t.Within) && max(v.Floor, v.Few) <= t.Lo
}

// tooFew says whether it is plain, from what a view has counted at event i, that a condition
// on the newest orders does not hold.
func (e *Engine) tooFew(t *threshold, i int) bool {
	if !t.sweeps() || t.most == noView || len(e.columns.late) > 0 {
		return false
	}
	row, ok := e.row(t.table, t.most, i)
	rows := &e.columns.tables[t.table]
	return ok && rows.Do[row]&window.Read != 0 && e.plan.tables[t.table].answer(rows, t.most, row) < t.Lo
}

// takes says whether an order has what is asked for, and its value. The state
// bits are those of the order when it is asked.
func (a *ask) takes(record []uint64, state uint32) (value uint64, ok bool) {
	if a.ageLo != math.MinInt64 {
		since := int64(record[orderSince])
		age := int64(record[createdAt]) - since
		if since == 0 || age < -millisPerDay || max(age, 0)/millisPerDay < a.ageLo || max(age, 0)/millisPerDay > a.ageHi {
			return 0, false
		}
	}
	if state&a.mask != a.want {
		return 0, false
	}
	if a.after > 0 && (state&bitPaid == 0 || int64(record[a.wait]) < a.after) {
		return 0, false
	}
	if a.word == 0 {
		return 0, true
	}
	value = record[a.word]
	return value, a.measure != Distinct || value != 0 // else it does not carry the field
}

// sweeper makes sweeps, and remembers what the last one of each kind found. A
// worker has one.
type sweeper struct {
	reader
	done []swept // by sweep
	// found, numbers and records are of the orders of the sweep under way.
	found   []window.Found
	numbers []uint32
	records [][]uint64
	loaded  uint64 // a sum of them, whose only use is that they are in the cache by then
}

// swept is what a sweep found at an event of a batch.
type swept struct {
	batch   uint64
	event   int
	ok      bool
	values  []int64    // by ask
	differs []valueSet // by ask
}

func newSweeper(e *Engine) *sweeper { return &sweeper{reader: reader{Engine: e}} }

// measure returns what a condition measures at event i; not ok if the event
// lacks a field of its key.
func (s *sweeper) measure(t *threshold, i int) (int64, bool) {
	for len(s.done) < len(s.plan.sweeps) {
		s.done = append(s.done, swept{})
	}
	at := &s.done[t.sweep]
	if at.batch != s.columns.serial || at.event != i {
		s.run(s.plan.sweeps[t.sweep], at, i)
	}
	return at.values[t.ask], at.ok
}

// run goes over the orders.
func (s *sweeper) run(w *sweep, at *swept, i int) {
	at.batch, at.event = s.columns.serial, i
	grow(&at.values, len(w.asks))
	clear(at.values)
	key := s.columns.keyHash(w.by, i)
	if at.ok = key != 0; !at.ok {
		return
	}
	for len(at.differs) < len(w.asks) {
		at.differs = append(at.differs, valueSet{})
	}
	for a := range w.asks {
		if w.asks[a].measure == Distinct {
			at.differs[a].empty()
		}
	}
	s.find(w, key, i)
	for n, record := range s.records {
		at.take(w, record, s.stateIn(record, s.numbers[n], i))
	}
}

// find finds the orders of a sweep, and then their records: each step waits for the memory
// of all of them at once.
func (s *sweeper) find(w *sweep, key uint64, i int) {
	c := s.columns
	s.found, s.numbers, s.records = s.found[:0], s.numbers[:0], s.records[:0]
	switch {
	case !s.alone(w, key, i):
		s.found = s.plan.tables[w.table].Newest(window.Question{
			Key: key, Time: c.time[i], Clock: c.clock[i], Within: w.within, Aged: w.aged, Upto: s.upto(i), Bare: true,
		}, w.newest, s.found)
	case w.aged == 0:
		s.found = append(s.found, window.Found{Ref: c.ref[i]})
	}
	for _, order := range s.found {
		if number := s.number(order.Ref); number != 0 {
			s.numbers = append(s.numbers, number)
		}
	}
	for _, number := range s.numbers {
		record := s.plan.orders.Record(number)
		s.records = append(s.records, record)
		s.loaded += record[0] + record[w.farthest]
	}
}

// alone says whether it is plain that the order of event i is the only one under the key
// of a sweep, as nearly every order of a buyer at a shop is.
func (s *sweeper) alone(w *sweep, key uint64, i int) bool {
	t, c := &s.plan.tables[w.table], s.columns
	rows, row := &c.tables[w.table], (i+1)*t.stride-1
	const asked = window.Add | window.Read
	return rows.Do[row]&asked == asked && rows.Alone[row] && rows.Key[row] == key && c.time[i] > c.clock[i]-t.Keep()
}

// take takes in an order in a state.
func (at *swept) take(w *sweep, record []uint64, state uint32) {
	for a := range w.asks {
		value, ok := w.asks[a].takes(record, state)
		switch {
		case !ok:
		case w.asks[a].measure == Count:
			at.values[a]++
		case w.asks[a].measure == Sum:
			at.values[a] += int64(value)
		case at.differs[a].add(value):
			at.values[a]++
		}
	}
}

// valueSet is a set of hashes that is emptied in no time.
type valueSet struct {
	slots []struct {
		value uint64
		round uint32 // in which it was added
	}
	round uint32
	n     int
}

// empty takes all values out.
func (s *valueSet) empty() {
	s.n = 0
	if s.round++; s.round == 0 { // it has come round
		clear(s.slots)
		s.round = 1
	}
}

// add adds a value and says whether it is new.
func (s *valueSet) add(value uint64) bool {
	if 2*s.n >= len(s.slots) {
		s.double()
	}
	mask := uint64(len(s.slots) - 1)
	for at := value & mask; ; at = (at + 1) & mask {
		switch slot := &s.slots[at]; {
		case slot.round != s.round:
			slot.value, slot.round = value, s.round
			s.n++
			return true
		case slot.value == value:
			return false
		}
	}
}

// double makes room.
func (s *valueSet) double() {
	old := s.slots
	s.slots = make([]struct {
		value uint64
		round uint32
	}, max(16, 2*len(old)))
	s.n = 0
	for _, slot := range old {
		if slot.round == s.round {
			s.add(slot.value)
		}
	}
}
