package detect

import "slices"

// The value that a table by states keeps with an order is its state and, in the
// bits above, a mark: a hash of some words of the order's record. In the table by
// buyer these are the identifiers that link accounts, in the others the buyer. So
// whoever goes over many orders, to find those that have the same in them or not,
// need not fetch their records, each of which is a wait for memory. Different
// marks are of different orders for certain. Equal ones are not, by a chance of
// one in 33 million, where the words differ.
const (
	stateWidth = 7 // bits of a state
	markWidth  = 32 - stateWidth
)

// marks chooses what the marks in the tables by states are of, and finds where
// their keys stand in records, and which states their views ask about. Conditions that
// walk over orders ask the records instead.
func (p *plan) marks() {
	if p.orders == nil {
		return
	}
	p.orders.keys, p.orders.heeded = nil, nil
	for _, n := range p.orders.tables {
		t := &p.tables[n]
		heeded := uint32(0)
		for v := range t.views {
			heeded |= t.views[v].Mask
		}
		p.orders.heeded = append(p.orders.heeded, heeded)
		var key []int
		for _, f := range p.keys[t.key].by {
			key = append(key, p.orders.holds(p, p.fields[f]))
		}
		p.orders.keys = append(p.orders.keys, key)
		t.marked = nil
		if by := p.keys[t.key].by; p.links != nil && len(by) == 1 && p.fields[by[0]] == FieldBuyer {
			for _, l := range p.links.through {
				t.marked = append(t.marked, l.word)
			}
			continue
		}
		if at := slices.Index(p.orders.fields, p.field(FieldBuyer)); at >= 0 {
			t.marked = []int{orderFields + at}
		}
	}
}

// markedFields returns the fields of which the marks in a table are.
func (p *plan) markedFields(t *table) (list []Field) {
	for _, w := range t.marked {
		list = append(list, p.fields[p.orders.fields[w-orderFields]])
	}
	return list
}

// remark makes the marks in the tables that were those of a former plan what
// this one takes them for, and tells these tables the states that only it asks about.
func (e *Engine) remark(old *plan) {
	if e.plan.orders == nil {
		return
	}
	for j, n := range e.plan.orders.tables {
		t := &e.plan.tables[n]
		was := slices.IndexFunc(old.tables, func(o table) bool { return o.Table == t.Table })
		if was < 0 {
			continue
		}
		same := slices.Equal(e.plan.markedFields(t), old.markedFields(&old.tables[was]))
		at := slices.Index(old.orders.tables, was)
		if same && at >= 0 && e.plan.orders.heeded[j]&^old.orders.heeded[at] == 0 {
			continue
		}
		t.Revalue(func(ref, val uint32) uint32 {
			if number := e.ledger.record(ref); number != 0 {
				return uint32(t.valueOf(e.plan.orders.Record(number)))
			}
			return val & stateBits
		})
	}
}

// tell lets a table by states ask the records for the values of its orders.
func (e *Engine) tell(t *table) {
	t.Known(func(ref uint32, row int) uint32 {
		number := e.ledger.record(ref)
		if number == 0 {
			return 0
		}
		record := e.plan.orders.Record(number)
		if uint32(record[0]>>32) != ref {
			return 0 // the order was met so early that another has its record by now
		}
		state := uint32(record[0] & stateBits)
		if row >= 0 {
			state = e.stateIn(record, number, row/stateRows)
		}
		return t.markOf(record) | state
	})
}

// valueOf returns the value that a table by states keeps with an order.
func (t *table) valueOf(record []uint64) uint64 {
	return uint64(t.markOf(record)) | record[0]&stateBits
}

// markOf returns the mark of an order, above the place of its state.
func (t *table) markOf(record []uint64) uint32 {
	m := marker(0)
	for _, w := range t.marked {
		m = m.with(record[w])
	}
	return m.mark() << stateWidth
}

// markIn returns the mark in such a value.
func markIn(value uint64) uint32 { return uint32(value) >> stateWidth }

// marker makes the mark of some words, given one after the other.
type marker uint64

func (m marker) with(word uint64) marker { return marker(mix(uint64(m), word)) }

func (m marker) mark() uint32 { return uint32(m >> (64 - markWidth)) }
