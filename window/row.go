package window

import "math/bits"

// Tags of the slots in a table.
const (
	isLog   = 31 // tags below it say the shape of a row
	singles = 32 // and above: the slot holds its one event, see single
)

const (
	maxRow   = 16  // most events of a row
	classes  = 5   // rows for 2, 4, 8, 16 events are of the classes 1, 2, 3, 4
	slabRows = 256 // rows of a slab chunk
	fewRows  = 8   // rows of the first chunk at first: many shards have a few keys

	// Words of an event in a row, by what it holds besides time and reference.
	countWords = 2
	denseWords = 3
	wideWords  = 4
)

// entry is one event under a key.
type entry struct {
	at  int64
	val uint64
	ref uint32
}

// tag returns what the slot's tag says.
func (s *slot) tag() int { return int(s.key & tagMask) }

func (s *slot) setTag(tag int) { s.key = s.key&^tagMask | uint64(tag) }

// singleBits is how many bits there are for the time of a single event: 32 in
// base, 5 in the tag. They reach over four years from the shard's epoch.
const singleBits = 37

// epochFor returns an epoch for a shard whose first event is at that time.
func epochFor(at int64) int64 { return at - 1<<(singleBits-2) }

// single returns the one event of a slot that holds it.
func (s *slot) single(epoch int64) entry {
	return entry{at: epoch + int64(s.key&(singles-1)<<32|uint64(s.base)), ref: s.ref}
}

// setSingle writes an event into the slot; not ok if its time is too far from
// the epoch.
func (s *slot) setSingle(e entry, epoch int64) bool {
	at := uint64(e.at - epoch)
	if at >= 1<<singleBits {
		return false
	}
	s.base, s.ref = uint32(at), e.ref
	s.setTag(singles | int(at>>32))
	return true
}

// idle says whether the slot's newest event lies in a second before old, or if
// it is a single one, at or before the time ago.
func (s *slot) idle(old uint32, ago int64) bool {
	if s.key&singles != 0 {
		return int64(s.key&(singles-1)<<32|uint64(s.base)) <= ago
	}
	return s.base < old
}

// slabs holds a shard's rows, by class. A row of class c has room for 1<<c
// events of words uint32 each.
type slabs struct {
	chunks [classes][][]uint32
	free   [classes][]uint32 // rows given back, the last one is still warm
	next   [classes]uint32   // rows ever given out
}

// class returns the class of a row for n events, 1 to maxRow.
func class(n int) int { return max(1, bits.Len(uint(n-1))) }

// shape returns the class of a row and the number of its events from a tag.
func shape(tag int) (class, n int) {
	class = bits.Len(uint(tag+1)) - 1
	return class, tag + 2 - 1<<class
}

// tagOf returns the tag of a row of a class with n events: those of class 1
// have the tags 1 and 2, those of class 2 the tags from 3 to 6, and so on.
func tagOf(class, n int) int { return n + 1<<class - 2 }

// row returns the memory of a row.
func (s *slabs) row(c int, number uint32, words int) []uint32 {
	size := words << c
	at := int(number%slabRows) * size
	return s.chunks[c][number/slabRows][at : at+size : at+size]
}

// alloc returns the number of a row that nobody uses. It may move the rows of its
// class.
func (s *slabs) alloc(c, words int) uint32 {
	if f := s.free[c]; len(f) > 0 {
		s.free[c] = f[:len(f)-1]
		return f[len(f)-1]
	}
	n := s.next[c]
	if n == 1<<32-1 {
		panic("BUG: window: a shard has more rows than a slot can name")
	}
	switch size := words << c; {
	case n == 0:
		s.chunks[c] = [][]uint32{make([]uint32, fewRows*size)}
	case n%slabRows == 0:
		s.chunks[c] = append(s.chunks[c], make([]uint32, slabRows*size))
	case n < slabRows && int(n)*size == len(s.chunks[c][0]):
		more := make([]uint32, 2*int(n)*size)
		copy(more, s.chunks[c][0])
		s.chunks[c][0] = more
	}
	s.next[c]++
	return n
}

// release gives a row back. It does not touch its memory.
func (s *slabs) release(c int, number uint32) { s.free[c] = append(s.free[c], number) }

// bytes returns how much memory the slabs hold.
func (s *slabs) bytes() int64 {
	var n int64
	for c := range s.chunks {
		n += int64(cap(s.free[c])) * 4
		for _, chunk := range s.chunks[c] {
			n += int64(len(chunk)) * 4
		}
	}
	return n
}

// anchor returns the millisecond before which the events of a row lie, by less
// than 49 days, so that 32 bits of their times say which they are.
func anchor(base uint32) int64 { return (int64(base) + 1) * 1000 }

// timeOf returns the time of an event in a row from its lowest 32 bits.
func timeOf(low uint32, anchor int64) int64 { return anchor - int64(uint32(anchor)-low) }

// reaches says whether a row's 32 bits of time reach from its anchor to at.
func reaches(anchor, at int64) bool { return at < anchor && anchor-at < 1<<32 }

// get reads an event of a row.
func get(w []uint32, words int, anchor int64) entry {
	e := entry{at: timeOf(w[0], anchor), ref: w[1]}
	switch words {
	case denseWords:
		e.val = uint64(w[2])
	case wideWords:
		e.val = uint64(w[2]) | uint64(w[3])<<32
	}
	return e
}

// put writes an event into a row.
func put(w []uint32, words int, e entry) {
	w[0], w[1] = uint32(e.at), e.ref
	switch words {
	case denseWords:
		w[2] = uint32(e.val)
	case wideWords:
		w[2], w[3] = uint32(e.val), uint32(e.val>>32)
	}
}

// between returns the events of a row that came after from, up to to.
func between(row []uint32, words int, anchor, from, to int64) []uint32 {
	end := len(row)
	for end > 0 && timeOf(row[end-words], anchor) > to {
		end -= words
	}
	begin := end
	for begin > 0 && timeOf(row[begin-words], anchor) > from {
		begin -= words
	}
	return row[begin:end]
}

// measure answers a view's question over the events of a row that stand in its
// window.
func measure(v *View, in []uint32, words int) int64 {
	if !v.needsValues() {
		return int64(len(in) / words)
	}
	var sum sum128
	var kinds, matching int64
	for i := 0; i < len(in); i += words {
		switch w := in[i:]; v.Measure {
		case Count:
			matching += v.matches(w)
		case Sum:
			sum.add(int64(uint64(w[2]) | uint64(w[3])<<32))
		case Distinct:
			if w[2] != 0 && !containsValue(in[:i], w[2]) {
				kinds++
			}
		}
	}
	switch v.Measure {
	case Sum:
		return sum.value()
	case Distinct:
		return kinds
	}
	return matching
}

// matches returns 1 if an event of a row has the bits that a masked Count wants,
// else 0.
func (v *View) matches(w []uint32) int64 {
	if v.Mask != 0 && w[2]&v.Mask == v.Want {
		return 1
	}
	return 0
}

// containsValue says whether a dense value is among the events of a part of a row.
func containsValue(row []uint32, val uint32) bool {
	for i := 2; i < len(row); i += denseWords {
		if row[i] == val {
			return true
		}
	}
	return false
}
