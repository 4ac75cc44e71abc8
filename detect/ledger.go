package detect

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"
	"unsafe"

	"github.com/orderguard/orderguard"
)

const (
	pageBytes       = 256 << 10
	pageRest        = 3 * (3 + 255) // a record is never longer
	recordsPerStart = 64            // records from one offset of a page to the next
)

// party is who stands behind a reference.
type party struct {
	order, shop, buyer string
}

// ledger remembers the order, shop and buyer behind each reference. References
// count up from 0 and wrap; those that live lie within half of the range.
type ledger struct {
	pages []*page // in the order of their references
	spare []*page
	next  uint32 // the reference to be given next
	// linked is set if references lead on to orders, and hashed if the hashes of buyers stand beside.
	linked, hashed bool
	prev           [3][]byte
}

// page is a run of records, from the reference first.
type page struct {
	first  uint32
	count  uint32
	newest orderguard.Millis // no event of the page is younger
	data   []byte
	starts []uint32 // offset of every recordsPerStart-th record
	orders []uint32 // by record: the number of its order in the book of orders, 0 for none
	buyers []uint64 // by record: the hash of its buyer, 0 for none
}

// add records an event and returns its reference.
func (l *ledger) add(e *orderguard.Event) uint32 {
	p := l.last()
	if p == nil || len(p.data)+pageRest > pageBytes {
		p = l.newPage()
	}
	if p.count%recordsPerStart == 0 {
		p.starts = append(p.starts, uint32(len(p.data)))
		for i := range l.prev {
			l.prev[i] = l.prev[i][:0]
		}
	}
	for i, s := range [...]string{e.Order, e.Shop, e.Buyer} {
		n := shared(l.prev[i], s)
		p.data = appendPart(p.data, n, s[n:])
		l.prev[i] = append(l.prev[i][:n], s[n:]...)
	}
	// A time far ahead of the clock is an error of its sender and must not
	// keep the page for ever.
	at := max(e.Time, e.Clock)
	if at > e.Clock+millisPerDay {
		at = e.Clock
	}
	p.newest = max(p.newest, at)
	p.count++
	if l.linked {
		p.orders = append(p.orders, 0)
	}
	if l.hashed {
		p.buyers = append(p.buyers, hashOf(e.Buyer))
	}
	l.next++
	return l.next - 1
}

// A part of a record is what of it differs from the record before: a byte with how many bytes are kept
// in its upper five bits and how many follow in its lower three, or longKeep and longRest there and the
// numbers in bytes of their own.
const (
	longKeep = 31
	longRest = 7
)

// appendPart writes a part.
func appendPart(data []byte, keep int, rest string) []byte {
	data = append(data, uint8(min(keep, longKeep)<<3|min(len(rest), longRest)))
	if keep >= longKeep {
		data = append(data, uint8(keep))
	}
	if len(rest) >= longRest {
		data = append(data, uint8(len(rest)))
	}
	return append(data, rest...)
}

// cutPart takes the first part off data, which begins with a whole one.
func cutPart(data []byte) (keep int, rest, after []byte) {
	keep, n, at := int(data[0]>>3), int(data[0]&longRest), 1
	if keep == longKeep {
		keep, at = int(data[1]), 2
	}
	if n == longRest {
		n, at = int(data[at]), at+1
	}
	return keep, data[at : at+n], data[at+n:]
}

// shared returns how many leading bytes a and b have in common.
func shared(a []byte, b string) int {
	n, end := 0, min(len(a), len(b))
	for ; n+8 <= end; n += 8 {
		x, y := binary.LittleEndian.Uint64(a[n:]), binary.LittleEndian.Uint64(view(b)[n:])
		if x != y {
			return n + bits.TrailingZeros64(x^y)/8
		}
	}
	for n < end && a[n] == b[n] {
		n++
	}
	return n
}

// view returns the bytes of s, which must not be written.
func view(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func (l *ledger) last() *page {
	if len(l.pages) == 0 {
		return nil
	}
	return l.pages[len(l.pages)-1]
}

func (l *ledger) newPage() *page {
	var p *page
	if n := len(l.spare); n > 0 {
		p, l.spare = l.spare[n-1], l.spare[:n-1]
		*p = page{data: p.data[:0], starts: p.starts[:0], orders: p.orders[:0], buyers: p.buyers[:0]}
	} else {
		p = &page{data: make([]byte, 0, pageBytes)}
	}
	p.first = l.next
	l.pages = append(l.pages, p)
	return p
}

// find returns who stands behind a reference; not ok if that has been let go.
func (l *ledger) find(ref uint32) (party, bool) {
	if p := l.page(ref); p != nil {
		return p.read(ref - p.first), true
	}
	return party{}, false
}

// page returns the page that a reference is on; nil if that has been let go.
func (l *ledger) page(ref uint32) *page {
	back := l.next - ref
	i := sort.Search(len(l.pages), func(i int) bool { return l.next-l.pages[i].first < back })
	if i == 0 || ref-l.pages[i-1].first >= l.pages[i-1].count {
		return nil
	}
	return l.pages[i-1]
}

// link says whether references lead on to orders, from now on.
func (l *ledger) link(on bool) {
	l.linked = on
	for _, p := range l.pages {
		if !on {
			// The book that they are numbers of is gone, or will not hold them when
			// another plan asks.
			p.orders = p.orders[:0]
			continue
		}
		if n := int(p.count) - len(p.orders); n > 0 {
			p.orders = append(p.orders, make([]uint32, n)...)
		}
	}
}

// setRecord notes the order that a reference belongs to, by its number in the
// book of orders. Different references may be set at once.
func (l *ledger) setRecord(ref, number uint32) {
	if p := l.page(ref); p != nil {
		p.orders[ref-p.first] = number
	}
}

// record returns the number of the order that a reference belongs to; 0 if that
// is not known.
func (l *ledger) record(ref uint32) uint32 {
	var near *page
	return l.recordNear(ref, &near)
}

// recordNear is record for one who asks for references that lie close together:
// near is the page of the last one, nil at first.
func (l *ledger) recordNear(ref uint32, near **page) uint32 {
	if p := l.pageNear(ref, near); p != nil && ref-p.first < uint32(len(p.orders)) {
		return p.orders[ref-p.first]
	}
	return 0
}

// pageNear is page, which looks at near first and leaves what it found there.
func (l *ledger) pageNear(ref uint32, near **page) *page {
	if p := *near; p != nil && ref-p.first < p.count {
		return p
	}
	p := l.page(ref)
	if p != nil {
		*near = p
	}
	return p
}

// hash says whether the hashes of buyers stand beside the records, from now on.
func (l *ledger) hash(on bool) {
	if l.hashed = on; !on {
		for _, p := range l.pages {
			p.buyers = nil
		}
		return
	}
	for _, p := range l.pages {
		if len(p.buyers) < int(p.count) {
			p.buyers = p.buyers[:0]
			p.each(func(parts *[3][]byte) { p.buyers = append(p.buyers, hashOf(string(parts[2]))) })
		}
	}
}

// buyerNear returns the hash of the buyer behind a reference, 0 if that is not known; near is as for
// recordNear. The ledger must be hashed.
func (l *ledger) buyerNear(ref uint32, near **page) uint64 {
	if p := l.pageNear(ref, near); p != nil {
		return p.buyers[ref-p.first]
	}
	return 0
}

// read decodes the record at position n of the page.
func (p *page) read(n uint32) party {
	var room [3][orderguard.MaxID]byte
	parts := [3][]byte{room[0][:0], room[1][:0], room[2][:0]}
	data := p.data[p.starts[n/recordsPerStart]:]
	for range n%recordsPerStart + 1 {
		data = nextRecord(data, &parts)
	}
	var whole [3 * orderguard.MaxID]byte
	all := string(append(append(append(whole[:0], parts[0]...), parts[1]...), parts[2]...))
	order, shop := len(parts[0]), len(parts[0])+len(parts[1])
	return party{order: all[:order], shop: all[order:shop], buyer: all[shop:]}
}

// each visits the parts of all records of the page: order, shop and buyer.
func (p *page) each(visit func(parts *[3][]byte)) {
	var parts [3][]byte
	for data := p.data; len(data) > 0; {
		data = nextRecord(data, &parts)
		visit(&parts)
	}
}

// nextRecord makes the parts of a record those of the next one, with which data begins, and returns what is after it.
func nextRecord(data []byte, parts *[3][]byte) []byte {
	for i := range parts {
		keep, rest, after := cutPart(data)
		parts[i] = append(parts[i][:keep], rest...)
		data = after
	}
	return data
}

// letGo drops the pages whose events are all at or before limit. It returns
// the oldest reference that may still live.
func (l *ledger) letGo(limit orderguard.Millis) uint32 {
	last := l.last()
	l.pages = slices.DeleteFunc(l.pages, func(p *page) bool {
		if p.newest > limit || p == last {
			return false
		}
		if len(l.spare) < 4 {
			l.spare = append(l.spare, p)
		}
		return true
	})
	if len(l.pages) == 0 {
		return l.next
	}
	return l.pages[0].first
}

// size returns how many records are kept, and about how many bytes they take.
func (l *ledger) size() (records int, bytes int64) {
	for _, p := range l.pages {
		records += int(p.count)
		bytes += int64(cap(p.data)) + int64(cap(p.starts)+cap(p.orders))*4 + int64(cap(p.buyers))*8
	}
	return records, bytes + int64(len(l.spare))*pageBytes
}
