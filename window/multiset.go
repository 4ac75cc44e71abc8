package window

import "github.com/RoaringBitmap/roaring/v2"

const (
	// maxFlat is how many different values a multiset holds as a flat table; a
	// bitmap takes over beyond that, since it needs far less memory for many
	// dense numbers. For few numbers, far apart, a bitmap would make and drop a
	// container for every event.
	maxFlat = 4096
	minFlat = 16
)

// multiset holds dense numbers, at least 1, each as often as it was put in.
type multiset struct {
	kinds int // how many different values
	// cells are an open-addressing table of the values and how often each is
	// there; a value of 0 is an empty cell.
	cells []cell
	// seen holds the values of a large multiset, and surplus how many times more
	// than once each value stands in it. The flat table is then nil.
	seen    *roaring.Bitmap
	surplus map[uint32]uint32
}

type cell struct{ value, count uint32 }

// add puts a value into the multiset.
func (m *multiset) add(v uint32) {
	if m.seen != nil {
		m.addLarge(v)
		return
	}
	if (m.kinds+1)*4 > len(m.cells)*3 {
		if m.kinds >= maxFlat {
			m.enlarge()
			m.addLarge(v)
			return
		}
		m.resize(max(minFlat, len(m.cells)*2))
	}
	c := &m.cells[m.place(v)]
	if c.value == 0 {
		c.value = v
		m.kinds++
	}
	c.count++
}

// remove takes a value out of the multiset, once. The value must be there.
func (m *multiset) remove(v uint32) {
	if m.seen != nil {
		m.removeLarge(v)
		return
	}
	i := m.place(v)
	if m.cells[i].count--; m.cells[i].count == 0 {
		m.kinds--
		m.close(i)
	}
}

// place returns where a value is, or where it would go.
func (m *multiset) place(v uint32) int {
	mask := len(m.cells) - 1
	i := m.home(v)
	for m.cells[i].value != 0 && m.cells[i].value != v {
		i = (i + 1) & mask
	}
	return i
}

// home returns where the search for a value begins (Fibonacci hashing).
func (m *multiset) home(v uint32) int {
	return int(uint64(v*0x9e3779b1)*uint64(len(m.cells))>>32) & (len(m.cells) - 1)
}

// close empties place i and closes the gap.
func (m *multiset) close(i int) {
	mask := len(m.cells) - 1
	for j := (i + 1) & mask; m.cells[j].value != 0; j = (j + 1) & mask {
		if staysBehind(m.home(m.cells[j].value), i, j) {
			continue
		}
		m.cells[i] = m.cells[j]
		i = j
	}
	m.cells[i] = cell{}
}

// staysBehind says whether an element at j, at home in h, must not move back
// to the gap at i, because its home lies after the gap (in cyclic order).
func staysBehind(h, i, j int) bool {
	if i <= j {
		return i < h && h <= j
	}
	return i < h || h <= j
}

func (m *multiset) resize(n int) {
	old := m.cells
	m.cells = make([]cell, n)
	for _, c := range old {
		if c.value != 0 {
			m.cells[m.place(c.value)] = c
		}
	}
}

// enlarge turns the flat table into a bitmap.
func (m *multiset) enlarge() {
	m.seen, m.surplus = roaring.New(), map[uint32]uint32{}
	for _, c := range m.cells {
		if c.value == 0 {
			continue
		}
		m.seen.Add(c.value)
		if c.count > 1 {
			m.surplus[c.value] = c.count - 1
		}
	}
	m.cells = nil
}

func (m *multiset) addLarge(v uint32) {
	if m.seen.CheckedAdd(v) {
		m.kinds++
	} else {
		m.surplus[v]++
	}
}

func (m *multiset) removeLarge(v uint32) {
	switch n := m.surplus[v]; n {
	case 0:
		m.seen.Remove(v)
		m.kinds--
		if m.kinds < maxFlat/4 {
			m.flatten()
		}
	case 1:
		delete(m.surplus, v)
	default:
		m.surplus[v] = n - 1
	}
}

// flatten turns the bitmap of a multiset that has become small into a flat table.
func (m *multiset) flatten() {
	seen, surplus := m.seen, m.surplus
	m.seen, m.surplus = nil, nil
	m.cells = make([]cell, maxFlat)
	for it := seen.Iterator(); it.HasNext(); {
		v := it.Next()
		m.cells[m.place(v)] = cell{v, 1 + surplus[v]}
	}
}

// bytes returns about how much memory the multiset holds.
func (m *multiset) bytes() int64 {
	n := int64(cap(m.cells)) * 8
	if m.seen != nil {
		n += int64(m.seen.GetSizeInBytes()) + int64(len(m.surplus))*16
	}
	return n
}
