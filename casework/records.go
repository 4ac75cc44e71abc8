package casework

// records are the orders of a ledger, in blocks that never move, so that growing
// copies none of them, and a table of open addressing by which they are found:
// without a pointer, and at most 22 bytes an order. A table has the high half of
// each key, so that hardly ever a record is touched but the one that is meant.
type records struct {
	table  []uint64 // high half of the key | slot+1, by its low bits, 0 for none; its length is a power of two
	blocks [][]order
	free   []uint32 // slots that were given back
	used   uint32   // slots that were ever given out
}

// block is how many orders one block holds.
const block = 4096

func (r *records) at(slot uint32) *order { return &r.blocks[slot/block][slot%block] }

// count returns how many orders there are.
func (r *records) count() int { return int(r.used) - len(r.free) }

// place returns where in the table a key stands, or would.
func (r *records) place(key uint64) uint64 {
	mask := uint64(len(r.table) - 1)
	i := key & mask
	for r.table[i] != 0 && (r.table[i]>>32 != key>>32 || r.at(slotIn(r.table[i])).key != key) {
		i = (i + 1) & mask
	}
	return i
}

// slotIn returns the slot in an entry of the table.
func slotIn(entry uint64) uint32 { return uint32(entry) - 1 }

// entryOf returns what the table has of an order.
func entryOf(key uint64, slot uint32) uint64 { return key>>32<<32 | uint64(slot+1) }

// together is how many events a ledger takes side by side: what they need of the
// memory is then fetched at once, and not waited for one after the other.
const together = 32

// touch loads the places of up to together keys in the table, and then their orders;
// a key of 0 is none.
func (r *records) touch(keys []uint64) {
	if len(r.table) == 0 {
		return
	}
	mask := uint64(len(r.table) - 1)
	var sum uint64
	for _, key := range keys {
		sum += r.table[key&mask]
	}
	for _, key := range keys {
		i := key & mask
		for r.table[i] != 0 && r.table[i]>>32 != key>>32 {
			i = (i + 1) & mask
		}
		if n := r.table[i]; n != 0 && key != 0 {
			sum += uint64(r.at(slotIn(n)).marks)
		}
	}
	loaded(sum)
}

// loaded takes what was loaded only to have it at hand, so that the loads are not
// optimised away.
//
//go:noinline
func loaded(uint64) {}

// get returns an order, nil if there is none.
func (r *records) get(key uint64) *order {
	if len(r.table) == 0 {
		return nil
	}
	if n := r.table[r.place(key)]; n != 0 {
		return r.at(slotIn(n))
	}
	return nil
}

// add adds an order that is not there, and returns its place.
func (r *records) add(o order) (slot uint32, _ *order) {
	slot = r.used
	if n := len(r.free); n > 0 {
		slot, r.free = r.free[n-1], r.free[:n-1]
	} else {
		if slot%block == 0 {
			r.blocks = append(r.blocks, make([]order, block))
		}
		r.used++
	}
	*r.at(slot) = o
	if r.count()*4 > len(r.table)*3 {
		r.grow()
	} else {
		r.table[r.place(o.key)] = entryOf(o.key, slot)
	}
	return slot, r.at(slot)
}

// grow doubles the table.
func (r *records) grow() {
	r.table = make([]uint64, max(1024, 2*len(r.table)))
	for slot, o := range r.all {
		r.table[r.place(o.key)] = entryOf(o.key, slot)
	}
}

// all gives the orders by their slots, of which the one in hand may be removed.
func (r *records) all(yield func(slot uint32, o *order) bool) {
	for slot := range r.used {
		if o := r.at(slot); o.key != 0 && !yield(slot, o) {
			return
		}
	}
}

// remove gives the place of an order back. Those behind it in the table move up,
// so that none is cut off from where its key begins.
func (r *records) remove(key uint64) {
	mask := uint64(len(r.table) - 1)
	hole := r.place(key)
	slot := slotIn(r.table[hole])
	*r.at(slot) = order{}
	r.free = append(r.free, slot)
	for i := (hole + 1) & mask; r.table[i] != 0; i = (i + 1) & mask {
		home := r.at(slotIn(r.table[i])).key & mask
		if (i-home)&mask >= (i-hole)&mask {
			r.table[hole], hole = r.table[i], i
		}
	}
	r.table[hole] = 0
}
