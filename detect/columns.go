package detect

import (
	"math/bits"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// columns are what the stages know of a batch: one element an event. They are
// kept from batch to batch.
type columns struct {
	serial uint64 // of the batch
	events []*orderguard.Event
	feed   uint64            // hash of the feed, so that ids of different feeds differ
	kind   []orderguard.Kind // an event takes many lines of memory, and judge walks over all of them
	id     []uint64
	again  []bool
	time   []int64
	clock  []int64
	now    []int64 // how far the stream is, if a rule asks for surprises
	ref    []uint32
	picked []uint64   // by event: which selectors pick it, words for each
	words  int        // of picked for an event
	fields [][]uint64 // by field: the hash of its value, 0 for none
	keys   [][]uint64 // by key: its hash, 0 for none
	count  [][]uint64 // by counted field: the hash of its value where a table takes it in, else 0
	number [][]uint64 // by counted field: the dense number of that
	tables []window.Columns
	taken  []bool     // whether a table takes the event in
	late   []lateness // of the events that are older than what a table remembers
	// several says of an event that a table with several rows an event has
	// something to do with it.
	several []bool
	// listed says of an event that it has rows in a table by a list.
	listed []bool
	// was is, by event that changed the state of its order, the state before;
	// turns are the same, sorted, once somebody has asked.
	was        []uint16
	turns      []turn
	turnsKnown bool
	// carried is, by what later events are told of their orders, the hash of it by event.
	carried   [][]uint64
	turnsLock sync.Mutex
	parts     int         // in which the batch is judged
	clusters  []clusterAt // by event, where asked for
	members   [][]uint64  // by part: of the clusters found for it
	fired     [][]firing  // by part: in the order of the events
	values    [][]int64   // by part: what an expression is given
	chosen    [][]uint64  // by part: who is to judge the event at hand, see candidatesAt
}

// firing says that a rule fires at an event; both are numbers.
type firing struct{ event, rule int32 }

// lateness says that a table measured an event among its late ones, and at
// which clock of theirs.
type lateness struct {
	event, table int
	clock        int64
}

// lateClock returns the clock at which a table measured an event among its late
// ones; not ok if it did not.
func (c *columns) lateClock(event, table int) (int64, bool) {
	for _, l := range c.late {
		if l.event == event && l.table == table {
			return l.clock, true
		}
	}
	return 0, false
}

// newColumns makes the columns that a plan needs.
func newColumns(p *plan) *columns {
	return &columns{
		words:  (len(p.selectors) + 63) / 64,
		fields: make([][]uint64, len(p.fields)),
		keys:   make([][]uint64, len(p.keys)),
		count:  make([][]uint64, len(p.counted)),
		number: make([][]uint64, len(p.counted)),
		tables: make([]window.Columns, len(p.tables)),
	}
}

// grow sets the length of s to n, making it larger if need be.
func grow[T any](s *[]T, n int) {
	if cap(*s) < n {
		*s = make([]T, n+n/2)
	}
	*s = (*s)[:n]
}

// reset makes the columns ready for a batch.
func (c *columns) reset(p *plan, feed string, events []*orderguard.Event, parts int) {
	n := len(events)
	c.serial++
	c.events, c.feed, c.parts = events, xxhash.Sum64String(feed), parts
	if p.links != nil {
		grow(&c.clusters, n)
		for w := range c.members {
			c.members[w] = c.members[w][:0]
		}
	}
	for _, pop := range p.populations {
		pop.reset(n)
	}
	grow(&c.kind, n)
	grow(&c.id, n)
	grow(&c.again, n)
	grow(&c.time, n)
	grow(&c.clock, n)
	grow(&c.ref, n)
	grow(&c.taken, n)
	grow(&c.several, n)
	grow(&c.picked, n*c.words)
	for i := range c.fields {
		grow(&c.fields[i], n)
	}
	for i := range c.keys {
		grow(&c.keys[i], n)
	}
	for i := range c.number {
		grow(&c.count[i], n)
		grow(&c.number[i], n)
	}
	for len(c.fired) < parts {
		c.fired, c.values, c.members = append(c.fired, nil), append(c.values, nil), append(c.members, nil)
		c.chosen = append(c.chosen, make([]uint64, (len(p.rules)+len(p.starters)+63)/64))
	}
	if p.orders != nil {
		p.orders.reset(c)
	}
	if p.accounts != nil {
		p.accounts.reset(c)
	}
	c.resetTables(p, n)
}

// resetTables makes the columns of the tables ready for n events.
func (c *columns) resetTables(p *plan, n int) {
	c.clearLists(p)
	grow(&c.listed, n)
	clear(c.listed)
	for i := range c.tables {
		t := &c.tables[i]
		if s := p.tables[i].stride; s > 1 {
			resetRows(t, n*s, &p.tables[i])
			continue
		}
		grow(&t.Do, n)
		p.tables[i].growAlone(t, n)
		t.Key, t.Time, t.Clock, t.Ref = c.keys[p.tables[i].key], c.time, c.clock, c.ref
		switch p.tables[i].values {
		case window.DenseValues:
			t.Val = c.number[p.tables[i].counted]
		case window.WideValues:
			grow(&t.Val, n)
		}
		grow(&t.Out, n*len(p.tables[i].views))
	}
}

// clear clears what prepare fills for some of the events [from, to).
func (c *columns) clear(p *plan, from, to int) {
	for j := range c.keys {
		clear(c.keys[j][from:to])
	}
	for j := range c.fields {
		if !p.found(j) {
			clear(c.fields[j][from:to])
		}
	}
	for j := range c.count {
		clear(c.count[j][from:to])
	}
	clear(c.several[from:to])
	if p.links != nil {
		clear(c.clusters[from:to])
	}
	for i := range c.tables {
		t, s := &c.tables[i], p.tables[i].stride
		if s == 1 || p.tables[i].state != 0 {
			clear(t.Do[from*s : to*s])
		}
		if p.tables[i].state != 0 {
			clear(t.Key[from*s : to*s])
		}
	}
}

// clearLists clears the rows that the last batch used of tables by a list: they
// are few, and the rows many.
func (c *columns) clearLists(p *plan) {
	for t := range c.tables {
		tb, rows := &p.tables[t], &c.tables[t]
		if tb.list == 0 {
			continue
		}
		for i, listed := range c.listed {
			if !listed {
				continue
			}
			from, to := i*tb.stride, (i+1)*tb.stride
			clear(rows.Do[from:to])
			clear(rows.Key[from:to])
			clear(rows.Out[from*len(tb.views) : to*len(tb.views)])
		}
	}
}

// resetRows makes the columns of a table with several rows an event ready for n
// rows.
func resetRows(t *window.Columns, n int, tb *table) {
	grow(&t.Do, n)
	grow(&t.Key, n)
	grow(&t.Time, n)
	grow(&t.Clock, n)
	grow(&t.Ref, n)
	if tb.values != window.NoValues {
		grow(&t.Val, n)
	}
	grow(&t.Out, n*len(tb.views))
	tb.growAlone(t, n)
}

// growAlone makes room for what sweeps want to know of the rows of a table.
func (t *table) growAlone(rows *window.Columns, n int) {
	if t.swept {
		grow(&rows.Alone, n)
	}
}

// prepare fills the columns for the events [from, to).
func (c *columns) prepare(p *plan, tm *timers, from, to int) {
	c.clear(p, from, to)
	for i := from; i < to; i++ {
		e := c.events[i]
		c.kind[i] = e.Kind
		c.id[i] = mix(xxhash.Sum64String(e.ID), c.feed)
		c.time[i], c.clock[i] = int64(e.Time), int64(e.Clock)
		c.taken[i], c.again[i] = false, false
		of := &p.kinds[e.Kind]
		picked, looks := c.picked[i*c.words:(i+1)*c.words], of.looks
		if rule := tm.due(i); rule != noRule {
			c.id[i] = 0
			clear(picked)
			on := p.rules[rule].on
			picked[on/64] |= 1 << (on % 64)
			looks = p.again[rule]
		} else {
			c.pick(p, of, picked, e, tm.known(i))
		}
		for _, j := range of.hashed {
			c.fields[j][i] = fieldHash(p.fields[j], e)
		}
		if e.Kind == orderguard.OrderCreated && p.accounts != nil {
			c.takeDeclared(p.accounts, i)
		}
		if p.orders != nil && p.orders.carriedTo.Has(e.Kind) {
			c.takeCarried(p.orders, i, e.Kind)
		}
		for j := range looks {
			c.prepareKey(p, &looks[j], i, e)
		}
	}
}

// pick notes which selectors pick an event, of which d is known.
func (c *columns) pick(p *plan, of *prepared, picked []uint64, e *orderguard.Event, d derived) {
	copy(picked, of.sure)
	for _, s := range of.tested {
		if p.selectors[s].match(e, &d) {
			picked[s/64] |= 1 << (s % 64)
		}
	}
}

// prepareKey fills a column of the keys for event i, and says to the tables under
// that key what is to be done with the event.
func (c *columns) prepareKey(p *plan, k *look, i int, e *orderguard.Event) {
	h := c.keyHash(p.keys[k.key].by, i)
	c.keys[k.key][i] = h
	if h == 0 {
		return
	}
	for j := range k.tables {
		l := &k.tables[j]
		t, do := l.table, l.sure
		if l.take != noSelector && c.picks(i, l.take) {
			do |= window.Add
		}
		for _, on := range l.asked {
			if c.picks(i, on) {
				do |= window.Read
				break
			}
		}
		tb := &p.tables[t]
		if do&window.Add != 0 {
			c.taken[i] = true
			if tb.values == window.DenseValues && tb.state == 0 {
				n := p.counted[tb.counted].field
				c.count[tb.counted][i] = c.fields[n][i]
			}
			if tb.stride == 1 && tb.values == window.WideValues {
				c.tables[t].Val[i] = uint64(tb.value.Number(e))
			}
		}
		switch {
		case tb.stride == 1:
			c.tables[t].Do[i] = do
			if do&window.Read != 0 {
				tb.clearAnswers(&c.tables[t], i)
			}
		case do != 0:
			c.prepareRows(p, t, i, h, do)
		}
	}
}

// clearAnswers clears a row into which a table is to write what its views say:
// where nobody asks, nobody reads.
func (t *table) clearAnswers(rows *window.Columns, row int) {
	clear(rows.Out[row*len(t.views) : (row+1)*len(t.views)])
	if t.swept {
		rows.Alone[row] = false
	}
}

// picks says whether selector s picks event i.
func (c *columns) picks(i, s int) bool {
	return c.picked[i*c.words+s/64]>>(s%64)&1 == 1
}

// skip takes event i, a repeated one, out of all that follows.
func (c *columns) skip(p *plan, i int) {
	clear(c.picked[i*c.words : (i+1)*c.words])
	c.taken[i] = false
	for t := range c.tables {
		s := p.tables[t].stride
		clear(c.tables[t].Do[i*s : (i+1)*s])
	}
}

// keyHash returns the hash of the values of fields together, 0 if one is
// missing.
func (c *columns) keyHash(fields []int, i int) uint64 {
	if len(fields) == 0 {
		return 1 // all of the key is a list
	}
	h := c.fields[fields[0]][i]
	if h == 0 {
		return 0
	}
	for _, f := range fields[1:] {
		g := c.fields[f][i]
		if g == 0 {
			return 0
		}
		h = mix(h, g)
	}
	return h
}

// hashOf returns the hash of a value, 0 for none.
func hashOf(s string) uint64 {
	if s == "" {
		return 0
	}
	return max(xxhash.Sum64String(s), 1)
}

// mix makes one hash, never 0, of two (the multiply-and-fold step of wyhash).
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0xa0761d6478bd642f, b^0xe7037ed1a0b428db)
	hi, lo = bits.Mul64(hi^lo^a, b^0x8ebc6af09c88c6e3)
	return max(hi^lo, 1)
}
