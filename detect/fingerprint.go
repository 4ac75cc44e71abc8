package detect

import "slices"

// A table by states keeps with each order its state and, in the bits above, a
// fingerprint: a hash of some words of the order's record. In the table by buyer
// these are the identifiers that link accounts, in the others the buyer. It lets a
// search compare many orders without fetching their records, each a cache miss.
// Different fingerprints mean different words for certain; equal ones mean equal
// words but for a chance of one in 33 million.
const (
	stateWidth      = 7 // bits of a state
	fingerprintBits = 32 - stateWidth
)

// layOutStates settles, for each table by states: which words its fingerprints are
// of, where its key stands in a record, and which states its views ask about.
// Conditions that go over orders read the states from the records instead.
func (p *plan) layOutStates() {
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
			key = append(key, p.orders.addField(p, p.fields[f]))
		}
		p.orders.keys = append(p.orders.keys, key)
		t.fingerprinted = nil
		if by := p.keys[t.key].by; p.links != nil && len(by) == 1 && p.fields[by[0]] == FieldBuyer {
			for _, l := range p.links.through {
				t.fingerprinted = append(t.fingerprinted, l.word)
			}
			continue
		}
		if at := slices.Index(p.orders.fields, p.field(FieldBuyer)); at >= 0 {
			t.fingerprinted = []int{orderFields + at}
		}
	}
}

// fingerprintedFields returns the fields that go into the fingerprints of a table.
func (p *plan) fingerprintedFields(t *table) (list []Field) {
	for _, w := range t.fingerprinted {
		list = append(list, p.fields[p.orders.fields[w-orderFields]])
	}
	return list
}

// renewFingerprints writes new values into the tables taken over from a former plan
// whose fingerprints are now of other words, or whose views now ask about more states.
func (e *Engine) renewFingerprints(old *plan) {
	if e.plan.orders == nil {
		return
	}
	for j, n := range e.plan.orders.tables {
		t := &e.plan.tables[n]
		was := slices.IndexFunc(old.tables, func(o table) bool { return o.Table == t.Table })
		if was < 0 {
			continue
		}
		same := slices.Equal(e.plan.fingerprintedFields(t), old.fingerprintedFields(&old.tables[was]))
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

// lendValues lets a table by states look its values up in the records of orders.
func (e *Engine) lendValues(t *table) {
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
		return t.fingerprintOf(record) | state
	})
}

// valueOf returns the value that a table by states keeps with an order.
func (t *table) valueOf(record []uint64) uint64 {
	return uint64(t.fingerprintOf(record)) | record[0]&stateBits
}

// fingerprintOf returns the fingerprint of an order, above the place of its state.
func (t *table) fingerprintOf(record []uint64) uint32 {
	f := fingerprinter(0)
	for _, w := range t.fingerprinted {
		f = f.with(record[w])
	}
	return f.sum() << stateWidth
}

// fingerprintIn returns the fingerprint in such a value.
func fingerprintIn(value uint64) uint32 { return uint32(value) >> stateWidth }

// fingerprinter makes the fingerprint of some words, given one after the other.
type fingerprinter uint64

func (f fingerprinter) with(word uint64) fingerprinter {
	return fingerprinter(mix(uint64(f), word))
}

func (f fingerprinter) sum() uint32 { return uint32(f >> (64 - fingerprintBits)) }
