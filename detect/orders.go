package detect

import (
	"cmp"
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// orderBook remembers each order from its first event on: its state, what its
// creation said, and where it stands in the tables that count by states.
//
// The record of an order:
//
//	word 0   state bits | known << 7, once its creation came | in which of tables it stands << 8, of the first 11 |
//	         batch in which the state turned last << 19, the low bits of its number | reference of the creation << 32
//	word 1   time of the creation
//	word 2   buyer_since of the creation, 0 if unknown
//	then     the hash of each of fields, and the value of each of numbers
//	then     in which of the other tables it stands, a bit each
//
// Its keys in tables follow from its fields.
type orderBook struct {
	*window.Book
	columns window.BookColumns
	kinds   KindSet // of events that begin a record
	// carriedTo are the kinds of later events that are told when the buyer was
	// registered.
	carriedTo KindSet
	order     int   // index into plan.fields
	fields    []int // indices into plan.fields
	numbers   []Field
	tables    []int   // indices into plan.tables
	keys      [][]int // by table: the words of a record of which its key is
	keep      int64
	// heeded are, by table, the state bits that its views ask about; only changes of
	// these are told to it.
	heeded []uint32
	// carriedFields are what later events are told beside.
	carriedFields []carriedField
	recall        func(row int, record []uint64)
	carryOver     func(row int, record []uint64)
	// pending is, in the view of a Screener, the record that an order would have,
	// and number what stands for it.
	pending []uint64
	number  uint32
}

const (
	orderKnown  = 1 << stateWidth
	heldShift   = stateWidth + 1
	heldHere    = 11 // tables whose bits stand in word 0
	heldMask    = 1<<(heldShift+heldHere) - 1<<heldShift
	turnedShift = heldShift + heldHere
	turnedMask  = 1<<32 - 1<<turnedShift
	createdAt   = 1
	orderSince  = 2
	orderFields = 3
)

// waited stands among the numbers of a record for how long after its creation the order was paid, in ms: 0 if
// that is not known, or it was sent before. It is no field of any event.
const waited Field = 0

// ordersFor returns the plan's book of orders, which it makes if it has none, to
// be kept for at least keep ms.
func (p *plan) ordersFor(keep int64) *orderBook {
	if p.orders == nil {
		p.orders = &orderBook{kinds: created, order: p.field(FieldOrder)}
	}
	p.orders.keep = max(p.orders.keep, keep)
	return p.orders
}

// addField makes the records hold the hash of a field, and returns its word.
func (o *orderBook) addField(p *plan, f Field) int {
	n := p.field(f)
	for i, have := range o.fields {
		if have == n {
			return orderFields + i
		}
	}
	o.fields = append(o.fields, n)
	return orderFields + len(o.fields) - 1
}

// addNumber makes the records hold the value of a number field, and returns
// its number among these.
func (o *orderBook) addNumber(f Field) int {
	for i, have := range o.numbers {
		if have == f {
			return i
		}
	}
	o.numbers = append(o.numbers, f)
	return len(o.numbers) - 1
}

// heldAt returns where it stands in a record whether the order is in table j of
// tables: the word, and the bit of it.
func (o *orderBook) heldAt(j int) (word int, bit uint64) {
	if j < heldHere {
		return 0, 1 << (heldShift + j)
	}
	j -= heldHere
	return orderFields + len(o.fields) + len(o.numbers) + j/64, 1 << (j % 64)
}

// words is how many words a record has.
func (o *orderBook) words() int {
	last, _ := o.heldAt(max(len(o.tables), heldHere+1) - 1)
	if len(o.tables) <= heldHere {
		return last
	}
	return last + 1
}

// keyIn returns the key of an order in table j of tables, 0 if it does not stand
// there.
func (o *orderBook) keyIn(record []uint64, j int) uint64 {
	if word, bit := o.heldAt(j); record[word]&bit == 0 {
		return 0
	}
	h := record[o.keys[j][0]]
	for _, w := range o.keys[j][1:] {
		h = mix(h, record[w])
	}
	return h
}

// reset makes the book's columns ready for a batch.
func (o *orderBook) reset(c *columns) {
	n := len(c.events)
	grow(&o.columns.Do, n)
	grow(&o.columns.Record, n)
	clear(o.columns.Record)
	grow(&c.was, n)
	clear(c.was)
	c.turns, c.turnsKnown = c.turns[:0], false
	c.resetCarried(o, n)
	o.columns.Key, o.columns.Time, o.columns.Clock = c.fields[o.order], c.time, c.clock
}

// find is the first stage where orders or accounts are known: it hashes the ids of
// those of a part of the events.
func (e *Engine) find(part, parts int) {
	c := e.columns
	from, to := share(len(c.events), part, parts)
	for i := from; i < to; i++ {
		c.time[i], c.clock[i] = int64(c.events[i].Time), int64(c.events[i].Clock)
		if e.plan.orders != nil {
			e.findOrder(i)
		}
		if e.plan.accounts != nil {
			e.findAccount(i)
		}
	}
}

// findOrder hashes the id of the order of event i, and says to the book what is to be done with it.
func (e *Engine) findOrder(i int) {
	c, o, ev := e.columns, e.plan.orders, e.columns.events[i]
	o.columns.Do[i] = 0
	if c.fields[o.order][i] = hashOf(ev.Order); c.fields[o.order][i] == 0 {
		return
	}
	switch {
	case e.timers.isCopy(i):
		o.columns.Do[i] = window.Read
	case o.kinds.Has(ev.Kind):
		o.columns.Do[i] = window.Add
	case o.carriedTo.Has(ev.Kind):
		o.columns.Do[i] = window.Read
	}
}

// recognise finds the records of this worker's accounts, and tells orders what theirs declared.
func (e *Engine) recognise(worker, workers int) {
	a := e.plan.accounts
	a.Run(&a.columns, worker, workers)
	a.Each(&a.columns, worker, workers, a.tell)
}

// inherit finds the records of this worker's orders, and tells their later events what
// their creation said: when the buyer was registered, and by which line it came.
func (e *Engine) inherit(worker, workers int) {
	if o := e.plan.orders; o != nil {
		o.Run(&o.columns, worker, workers)
		if o.carriedTo != 0 {
			o.Each(&o.columns, worker, workers, o.carryOver)
		}
	}
}

// carryBuyerSince notes when the buyer of an order was registered, and fills it into
// the order's later events.
func (e *Engine) carryBuyerSince(i int, record []uint64) {
	ev := e.columns.events[i]
	switch {
	case ev.Kind != orderguard.OrderCreated:
		ev.BuyerSince = orderguard.Millis(record[orderSince])
	case record[orderSince] == 0:
		record[orderSince] = uint64(ev.BuyerSince)
	}
	e.carryHashes(i, record)
}

// remember brings this worker's orders up to date and says to the tables of
// states what becomes of their events.
func (e *Engine) remember(worker, workers int) {
	if o := e.plan.orders; o != nil {
		o.Each(&o.columns, worker, workers, o.recall)
	}
}

// recallOrder does with the record of an order what event i says.
func (e *Engine) recallOrder(i int, record []uint64) {
	c, o := e.columns, e.plan.orders
	kind := c.kind[i]
	was := record[0]
	if c.again[i] || e.timers.isCopy(i) {
		return
	}
	if kind != orderguard.OrderCreated {
		now := turned(was, c.events[i])
		if now != was {
			c.was[i] = uint16(was&stateBits) | turnedHere
			record[0] = c.stamped(now)
		}
		if was&orderKnown == 0 {
			return
		}
		if kind == orderguard.OrderPaid && was&bitPaid == 0 {
			o.noteWait(record, c.events[i])
		}
		for j, t := range o.tables {
			if uint32(now^was)&o.heeded[j] == 0 {
				continue
			}
			if key := o.keyIn(record, j); key != 0 {
				e.plan.tables[t].setState(&c.tables[t], i, key, record)
			}
		}
		return
	}
	again := was&orderKnown != 0
	if !again {
		e.beginOrder(i, record)
	}
	for j, t := range o.tables {
		row, own := &c.tables[t], 2*i+1
		switch {
		case row.Do[own]&window.Add == 0:
		case again:
			row.Do[own] &^= window.Add // an order is counted once
		default:
			row.Val[own] = e.plan.tables[t].valueOf(record)
			word, bit := o.heldAt(j)
			record[word] |= bit
		}
	}
}

// beginOrder notes in the record of an order what its creation, event i, says.
func (e *Engine) beginOrder(i int, record []uint64) {
	c, o, ev := e.columns, e.plan.orders, e.columns.events[i]
	record[0] |= orderKnown | uint64(c.ref[i])<<32
	record[createdAt] = uint64(ev.Time)
	if record[orderSince] == 0 {
		record[orderSince] = uint64(ev.BuyerSince)
	}
	for j, f := range o.fields {
		if h := c.fields[f][i]; h != 0 || !o.carries(orderFields+j) {
			record[orderFields+j] = h
		}
	}
	for j, f := range o.numbers {
		record[orderFields+len(o.fields)+j] = uint64(f.Number(ev))
	}
	if e.plan.linked && c.taken[i] { // else the reference is another event's
		e.ledger.setRecord(c.ref[i], o.columns.Record[i])
	}
}

// noteWait notes how long after its creation an order was paid, if rules ask for that. One that was sent on trust
// says nothing of how long who pays takes.
func (o *orderBook) noteWait(record []uint64, ev *orderguard.Event) {
	if at := slices.Index(o.numbers, waited); at >= 0 {
		record[orderFields+len(o.fields)+at] = uint64(max(0, int64(ev.Time)-int64(record[createdAt])))
	}
}

// setState makes a table, by its rows, give the event that created an order the
// order's new state, as event i says.
func (t *table) setState(rows *window.Columns, i int, key uint64, record []uint64) {
	j := stateRows * i
	rows.Do[j], rows.Key[j], rows.Time[j], rows.Ref[j] = window.Set, key, int64(record[createdAt]), uint32(record[0]>>32)
	rows.Val[j] = t.valueOf(record)
}

// turn says that the order of a record had other state bits before an event of
// the batch.
type turn struct {
	record uint32
	event  int32
	was    uint16
}

// turnedHere marks, in columns.was, an event that changed the state of its order.
const turnedHere = 1 << 15

// stamped returns the first word of a record with the mark of this batch.
func (c *columns) stamped(word uint64) uint64 {
	return word&^turnedMask | c.serial<<turnedShift&turnedMask
}

// stateOf returns the state bits that an order had at event i. Any number of
// workers may ask.
func (e *Engine) stateOf(number uint32, i int) uint32 {
	return e.stateIn(e.plan.orders.Record(number), number, i)
}

// stateIn is stateOf for an order whose record is at hand. This holds the state
// at the end of the batch; it is another one at event i only if it turned within
// the batch.
func (e *Engine) stateIn(record []uint64, number uint32, i int) uint32 {
	if record[0]&turnedMask == e.columns.stamped(0) {
		for _, t := range e.columns.turnsOf(number, &e.plan.orders.columns) {
			if int(t.event) > i {
				return uint32(t.was)
			}
		}
	}
	return uint32(record[0] & stateBits)
}

// turnsOf returns the changes of an order's state in the batch, in their order.
func (c *columns) turnsOf(number uint32, orders *window.BookColumns) []turn {
	c.turnsLock.Lock()
	if !c.turnsKnown {
		c.turnsKnown = true
		for i, was := range c.was {
			if was != 0 {
				c.turns = append(c.turns, turn{orders.Record[i], int32(i), was &^ turnedHere})
			}
		}
		slices.SortFunc(c.turns, func(a, b turn) int { return cmp.Or(cmp.Compare(a.record, b.record), cmp.Compare(a.event, b.event)) })
	}
	c.turnsLock.Unlock()
	from, _ := slices.BinarySearchFunc(c.turns, number, func(t turn, n uint32) int { return cmp.Compare(t.record, n) })
	to := from
	for to < len(c.turns) && c.turns[to].record == number {
		to++
	}
	return c.turns[from:to]
}
