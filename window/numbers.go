package window

import "math"

// Numbers gives dense numbers to values, so that sets of them are small
// bitmaps. A number is taken back when its value has been idle for as long as
// any window may hold it, and given to another.
type Numbers struct {
	keep   int64
	shards [Shards]struct {
		index index
		free  []uint32
		next  uint32
	}
}

// NewNumbers returns numbers for tables that remember events for keep ms.
func NewNumbers(keep int64) *Numbers {
	// A key that nobody touched may hold an event for twice that long before
	// it is next cleaned, so the number lives twice as long too.
	return &Numbers{keep: 2 * keep}
}

// Run writes to out the numbers, from 1, of the values that belong to this
// worker's shards. A hash of 0 is no value and has the number 0, which every
// worker may write.
func (n *Numbers) Run(values []uint64, clock []int64, out []uint64, worker, workers int) {
	if len(values) == 0 {
		return
	}
	own := spanOf(worker, workers)
	var mine [group]int32
	k := 0
	// Each worker begins elsewhere, so that they do not write side by side.
	start := len(values) * worker / workers
	for j := range values {
		i := j + start
		if i >= len(values) {
			i -= len(values)
		}
		if h := values[i]; h != 0 {
			mine[k] = int32(i)
			k += own.has(h)
		} else if worker == 0 {
			out[i] = 0
		}
		if k == group || j == len(values)-1 {
			n.prefetch(values, mine[:k])
			for _, j := range mine[:k] {
				out[j] = uint64(n.number(values[j], clock[j]))
			}
			k = 0
		}
	}
	limit := oldest(clock) - n.keep
	for i := own.from; i < own.from+own.width; i++ {
		s := &n.shards[i]
		s.index.sweep(len(values), limit, func(sl *slot) {
			s.free = append(s.free, sl.ref)
		})
	}
}

// prefetch loads the slots of a group of values, as in Table.
func (n *Numbers) prefetch(values []uint64, mine []int32) {
	var slots loads[uint64]
	for _, i := range mine {
		n.shards[shardOf(values[i])].index.prefetch(&slots, keyOf(values[i]))
	}
	sink(slots.load())
}

func (n *Numbers) number(h uint64, clock int64) uint32 {
	shard := shardOf(h)
	s := &n.shards[shard]
	k := keyOf(h)
	p, ok := s.index.find(k)
	if ok {
		sl := &s.index.slots[p]
		sl.base = max(sl.base, second(clock))
		return (sl.ref<<shardBits | uint32(shard)) + 1
	}
	p = s.index.insert(p, k)
	sl := &s.index.slots[p]
	sl.base = second(clock)
	if f := len(s.free); f > 0 {
		sl.ref, s.free = s.free[f-1], s.free[:f-1]
	} else {
		if s.next == math.MaxUint32>>shardBits {
			panic("BUG: window: more values than dense numbers")
		}
		sl.ref = s.next
		s.next++
	}
	return (sl.ref<<shardBits | uint32(shard)) + 1
}

// Size tells how many values have a number, and about how many bytes that
// takes.
func (n *Numbers) Size() (values int, bytes int64) {
	for i := range n.shards {
		s := &n.shards[i]
		values += s.index.used
		bytes += int64(len(s.index.slots))*slotBytes + int64(cap(s.free))*4
	}
	return values, bytes
}

// Save writes which value has which number.
func (n *Numbers) Save(e *Encoder) {
	e.Int64(n.keep)
	for i := range n.shards {
		s := &n.shards[i]
		Put(e, s.free)
		e.Uint32(s.next)
		s.index.save(e)
	}
}

// Load reads what Save wrote into numbers that are new.
func (n *Numbers) Load(d *Decoder) {
	n.keep = d.Int64()
	for i := range n.shards {
		s := &n.shards[i]
		s.free, s.next = Get[uint32](d), d.Uint32()
		// Each number is free or has a value.
		if s.index = loadLent(d, s.next, s.free); !d.OK() {
			return
		}
	}
}
