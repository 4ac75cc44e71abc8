package detect

import (
	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// save writes the pages as they are.
func (l *ledger) save(to *window.Encoder) {
	to.Int(len(l.pages))
	for _, p := range l.pages {
		to.Uint32(p.first)
		to.Uint32(p.count)
		to.Int64(int64(p.newest))
		window.Put(to, p.data)
		window.Put(to, p.starts)
		window.Put(to, p.orders)
	}
	to.Uint32(l.next)
}

// load reads what save wrote, in this format or in the one before, into the ledger of a
// new engine with a plan, whose book of orders has been read.
func (l *ledger) load(from *window.Decoder, plan *plan, format uint32) {
	for n := from.Len(); n > 0 && from.OK(); n-- {
		p := &page{first: from.Uint32(), count: from.Uint32(), newest: orderguard.Millis(from.Int64())}
		data := window.Get[byte](from)
		p.starts, p.orders = window.Get[uint32](from), window.Get[uint32](from)
		if from.Check(len(data) <= 2*pageBytes, "a page of the ledger"); !from.OK() { // one of the format before may have grown
			return
		}
		// Only the last page grows.
		switch {
		case format == formerFormat:
			p.data = make([]byte, 0, pageBytes)
			from.Check(p.renewed(data), "a page of the ledger")
		case n == 1:
			p.data = append(make([]byte, 0, pageBytes), data...)
		default:
			p.data = data
		}
		from.Check(p.whole() && p.known(plan), "a page of the ledger")
		l.pages = append(l.pages, p)
	}
	l.next = from.Uint32()
	for i, p := range l.pages {
		ahead := l.next
		if i+1 < len(l.pages) {
			ahead = l.pages[i+1].first
		}
		last := i == len(l.pages)-1
		from.Check(int32(l.next-p.first) >= 0 && p.count <= ahead-p.first && (!last || p.count == ahead-p.first), "the references of the ledger")
	}
	if p := l.last(); p != nil && p.count > 0 && from.OK() {
		record := p.read(p.count - 1) // which the next one may begin like
		l.prev = [3][]byte{[]byte(record.order), []byte(record.shop), []byte(record.buyer)}
	}
	if from.OK() {
		l.hash(l.hashed)
	}
}

// whole says whether the page holds just the records that it should.
func (p *page) whole() bool {
	if len(p.starts) != int((uint64(p.count)+recordsPerStart-1)/recordsPerStart) || len(p.orders) > int(p.count) {
		return false
	}
	data := p.data
	var had [3]int
	for n := range p.count {
		if n%recordsPerStart == 0 {
			if int(p.starts[n/recordsPerStart]) != len(p.data)-len(data) {
				return false
			}
			had = [3]int{}
		}
		for i := range had {
			if !partWhole(data) {
				return false
			}
			keep, rest, after := cutPart(data)
			if keep > had[i] {
				return false
			}
			had[i], data = keep+len(rest), after
		}
	}
	return len(data) == 0
}

// known says whether the book of a plan has the orders that the page names.
func (p *page) known(plan *plan) bool {
	for _, n := range p.orders {
		if n != 0 && (plan.orders == nil || !plan.orders.Has(n)) {
			return false
		}
	}
	return true
}

// partWhole says whether data begins with a whole part.
func partWhole(data []byte) bool {
	if len(data) == 0 {
		return false
	}
	head, n := 1, int(data[0]&longRest)
	if data[0]>>3 == longKeep {
		head++
	}
	if n == longRest {
		if head++; len(data) < head {
			return false
		}
		n = int(data[head-1])
	}
	return len(data) >= head+n
}

// renewed reads the records of a page as the format before wrote them, each part as two bytes, how
// many are kept and how many follow, and these.
func (p *page) renewed(data []byte) (ok bool) {
	var parts [3][]byte
	for n := range p.count {
		if n%recordsPerStart == 0 {
			if int(n/recordsPerStart) >= len(p.starts) {
				return false
			}
			p.starts[n/recordsPerStart], parts = uint32(len(p.data)), [3][]byte{}
		}
		for i, had := range parts {
			if len(data) < 2 {
				return false
			}
			keep, rest := int(data[0]), int(data[1])
			if data = data[2:]; keep > len(had) || rest > len(data) {
				return false
			}
			p.data = appendPart(p.data, keep, string(data[:rest]))
			parts[i], data = append(had[:keep], data[:rest]...), data[rest:]
		}
	}
	return len(data) == 0
}
