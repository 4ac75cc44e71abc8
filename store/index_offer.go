package store

import "sync"

// maxOffered is how many hashes of orders wait for the builder at most: 32 MiB.
const maxOffered = 4 << 20

// offers are the orders of records that have just been appended, and that the builder
// need not read again.
type offers struct {
	mu    sync.Mutex
	queue []offer // in order of records, which may lack some
	size  int     // hashes in queue
}

// offer is the orders that a record names.
type offer struct {
	record uint64
	orders []uint64
}

// put offers the orders of records, of which at most so many wait. What there is no room
// for the builder reads.
func (o *offers) put(records []Record, most int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range records {
		r := &records[i]
		if r.Kind == Lines && r.orders == nil || o.size+len(r.orders) > most {
			continue
		}
		o.queue = append(o.queue, offer{r.Number, r.orders})
		o.size += len(r.orders) + 1
	}
}

// take returns the orders of a record, if they have been offered. Records are taken in
// their order: what was offered of those before goes.
func (o *offers) take(record uint64) (orders []uint64, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) > 0 && o.queue[0].record <= record {
		first := o.queue[0]
		o.queue[0] = offer{}
		o.queue, o.size = o.queue[1:], o.size-len(first.orders)-1
		if first.record == record {
			return first.orders, true
		}
	}
	return nil, false
}
