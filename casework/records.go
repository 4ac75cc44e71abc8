package casework

// records are the orders of a ledger, in blocks that never move, so that growing
// copies none of them and leaves no more room than a block.
type records struct {
	slots  map[uint64]uint32 // by key
	blocks [][]order
	free   []uint32 // slots that were given back
	used   uint32   // slots that were ever given out
}

// block is how many orders one block holds.
const block = 4096

func (r *records) at(slot uint32) *order { return &r.blocks[slot/block][slot%block] }

// get returns an order, nil if there is none.
func (r *records) get(key uint64) *order {
	slot, known := r.slots[key]
	if !known {
		return nil
	}
	return r.at(slot)
}

// add adds an order that is not there, and returns its place.
func (r *records) add(key uint64, o order) *order {
	slot := r.used
	if n := len(r.free); n > 0 {
		slot, r.free = r.free[n-1], r.free[:n-1]
	} else {
		if slot%block == 0 {
			r.blocks = append(r.blocks, make([]order, block))
		}
		r.used++
	}
	r.slots[key] = slot
	*r.at(slot) = o
	return r.at(slot)
}

// remove gives the place of an order back.
func (r *records) remove(key uint64) {
	r.free = append(r.free, r.slots[key])
	delete(r.slots, key)
}
