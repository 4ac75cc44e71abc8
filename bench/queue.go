package bench

// task is one event to come. It is kept small and free of pointers, because as
// many wait as there are orders in flight.
type task struct {
	at   int64  // ms
	n    uint64 // the order's number, see number
	shop uint32 // of an order of ordinary trade
	slot uint32 // of a scripted order, in generator.scripts; 0 for ordinary trade
	step uint8
}

// before orders tasks by time; the number and step make the order total and
// the same whatever else is in the queue.
func (a *task) before(b *task) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	if a.n != b.n {
		return a.n < b.n
	}
	return a.step < b.step
}

// queue is a heap with four children a node: half the levels of a binary one,
// which counts when it is larger than the caches.
type queue []task

func (q *queue) push(t task) {
	h := append(*q, t)
	i := len(h) - 1
	for i > 0 {
		p := (i - 1) / 4
		if !t.before(&h[p]) {
			break
		}
		h[i] = h[p]
		i = p
	}
	h[i] = t
	*q = h
}

// pop takes the earliest task; the queue must not be empty.
func (q *queue) pop() task {
	h := *q
	top, t := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	i := 0
	for {
		c := 4*i + 1
		if c >= len(h) {
			break
		}
		least := c
		for k := c + 1; k < c+4 && k < len(h); k++ {
			if h[k].before(&h[least]) {
				least = k
			}
		}
		if !h[least].before(&t) {
			break
		}
		h[i] = h[least]
		i = least
	}
	if len(h) > 0 {
		h[i] = t
	}
	*q = h
	return top
}
