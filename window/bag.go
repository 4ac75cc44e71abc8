package window

import "github.com/RoaringBitmap/roaring/v2"

const (
	// maxFlat is how many different values a bag holds as a flat table; a
	// bitmap takes over beyond that, since it needs far less memory for many
	// dense numbers. For few numbers, far apart, a bitmap would make and drop a
	// container for every event.
	maxFlat = 4096
	minFlat = 16
)

// bag is a multiset of dense numbers, from 1.
type bag struct {
	kinds int // how many different values
	// cells are an open-addressing table of the values and how often each is
	// there; a value of 0 is an empty cell.
	cells []cell
	// seen holds the values of a large bag, and surplus how many times more
	// than once each value stands in it. The flat table is then nil.
	seen    *roaring.Bitmap
	surplus map[uint32]uint32
}

type cell struct{ value, count uint32 }

// add puts a value into the bag.
func (b *bag) add(v uint32) {
	if b.seen != nil {
		b.addLarge(v)
		return
	}
	if (b.kinds+1)*4 > len(b.cells)*3 {
		if b.kinds >= maxFlat {
			b.enlarge()
			b.addLarge(v)
			return
		}
		b.resize(max(minFlat, len(b.cells)*2))
	}
	c := &b.cells[b.place(v)]
	if c.value == 0 {
		c.value = v
		b.kinds++
	}
	c.count++
}

// remove takes a value out of the bag, once. The value must be there.
func (b *bag) remove(v uint32) {
	if b.seen != nil {
		b.removeLarge(v)
		return
	}
	i := b.place(v)
	if b.cells[i].count--; b.cells[i].count == 0 {
		b.kinds--
		b.close(i)
	}
}

// place returns where a value is, or where it would go.
func (b *bag) place(v uint32) int {
	mask := len(b.cells) - 1
	i := b.home(v)
	for b.cells[i].value != 0 && b.cells[i].value != v {
		i = (i + 1) & mask
	}
	return i
}

// home returns where the search for a value begins (Fibonacci hashing).
func (b *bag) home(v uint32) int {
	return int(uint64(v*0x9e3779b1)*uint64(len(b.cells))>>32) & (len(b.cells) - 1)
}

// close empties place i and closes the gap.
func (b *bag) close(i int) {
	mask := len(b.cells) - 1
	for j := (i + 1) & mask; b.cells[j].value != 0; j = (j + 1) & mask {
		if staysBehind(b.home(b.cells[j].value), i, j) {
			continue
		}
		b.cells[i] = b.cells[j]
		i = j
	}
	b.cells[i] = cell{}
}

// staysBehind says whether an element at j, at home in h, must not move back
// to the gap at i, because its home lies after the gap (in cyclic order).
func staysBehind(h, i, j int) bool {
	if i <= j {
		return i < h && h <= j
	}
	return i < h || h <= j
}

func (b *bag) resize(n int) {
	old := b.cells
	b.cells = make([]cell, n)
	for _, c := range old {
		if c.value != 0 {
			b.cells[b.place(c.value)] = c
		}
	}
}

// enlarge turns the flat table into a bitmap.
func (b *bag) enlarge() {
	b.seen, b.surplus = roaring.New(), map[uint32]uint32{}
	for _, c := range b.cells {
		if c.value == 0 {
			continue
		}
		b.seen.Add(c.value)
		if c.count > 1 {
			b.surplus[c.value] = c.count - 1
		}
	}
	b.cells = nil
}

func (b *bag) addLarge(v uint32) {
	if b.seen.CheckedAdd(v) {
		b.kinds++
	} else {
		b.surplus[v]++
	}
}

func (b *bag) removeLarge(v uint32) {
	switch n := b.surplus[v]; n {
	case 0:
		b.seen.Remove(v)
		b.kinds--
		if b.kinds < maxFlat/4 {
			b.flatten()
		}
	case 1:
		delete(b.surplus, v)
	default:
		b.surplus[v] = n - 1
	}
}

// flatten turns the bitmap of a bag that has become small into a flat table.
func (b *bag) flatten() {
	seen, surplus := b.seen, b.surplus
	b.seen, b.surplus = nil, nil
	b.cells = make([]cell, maxFlat)
	for it := seen.Iterator(); it.HasNext(); {
		v := it.Next()
		b.cells[b.place(v)] = cell{v, 1 + surplus[v]}
	}
}

// bytes returns about how much memory the bag holds.
func (b *bag) bytes() int64 {
	n := int64(cap(b.cells)) * 8
	if b.seen != nil {
		n += int64(b.seen.GetSizeInBytes()) + int64(len(b.surplus))*16
	}
	return n
}
