package window

import "math/bits"

// Tables, numbers and sets are cut into shards by the highest bits of the
// hash, so that workers can go over their own without a lock.
const (
	shardBits = 6
	// Shards is how many parts a table has; more workers than that find
	// nothing to do.
	Shards = 1 << shardBits
)

// shardOf returns the shard that a hash belongs to.
func shardOf(hash uint64) int { return int(hash >> (64 - shardBits)) }

// A key is a hash without the bits that its shard says already, shifted up. It
// leaves as many bits free below, for a tag from 1 to tagMask. So a word that
// holds a key and a tag is never 0, and words stand in the order of their keys.
const tagMask = 1<<shardBits - 1

func keyOf(hash uint64) uint64 { return hash << shardBits }

// one is 1 if a word stands before key k, else 0, without a branch.
func one(word, k uint64) int {
	_, borrow := bits.Sub64(word-1, k, 0)
	return int(borrow)
}

// below says whether a word stands before key k. An empty word's 0 - 1 is the
// largest of all, so that it ends every search.
func below(word, k uint64) bool { return word-1 < k }

// same says whether a word holds key k.
func same(word, k uint64) bool { return (word-1)^k < tagMask }

// home returns the place at which the search for a key begins, among n: its
// highest bits, scaled (Lemire's fast range), so that n need not be a power of
// two and a table can grow by a quarter.
func home(k uint64, n int) int {
	hi, _ := bits.Mul64(k, uint64(n))
	return int(hi)
}

// slot is one key of an index, with its tag. A zero key is an empty slot.
type slot struct {
	key  uint64
	base uint32
	ref  uint32
}

// index finds slots by key. The slots stand in the order of their keys, so
// that a search for what is not there ends as early as one for what is
// (ordered linear probing: Amble and Knuth, 1974), and growing is one pass
// from front to back. Two keys with the same 64-bit hash are one key: among 50
// million keys the chance that any two meet is below 1 in 10,000.
type index struct {
	slots  []slot // homes, then room for what the last homes push on; the last is always empty
	homes  int
	used   int
	cursor int   // where the sweep goes on
	owed   int   // slots that the sweep has still to look at
	epoch  int64 // from which the times of single events count, see single
}

const (
	// sweepFresh is how many slots the sweep looks at for each new key: what has
	// become idle goes faster than new keys come while more than a quarter of
	// the slots are idle.
	sweepFresh = 4
	// sweepRun is how many slots it looks at in one go.
	sweepRun = 256
)

// owe notes what a batch of events adds to the debt of the sweep, besides
// sweepFresh for each new key, and returns how many slots to look at now.
func owe(owed *int, events int) int {
	if *owed += events/(2*Shards) + 1; *owed < sweepRun {
		return 0
	}
	n := *owed
	*owed = 0
	return n
}

const (
	slotBytes = 16
	minSlots  = 16
	fewHomes  = 512
)

// full says whether one more of used elements would fill n homes beyond 13/16.
func full(used, n int) bool { return (used+1)*16 > n*13 }

// grown returns the next number of homes after n, for a shard to which key k
// is coming. The first number differs from shard to shard, so that they do not
// all grow at once, when old and new would stand side by side in memory. While there
// are few it is twice as many: to move them costs more than the room.
func grown(n int, k uint64) int {
	switch {
	case n == 0:
		return minSlots + int(k>>60)
	case n < fewHomes:
		return 2 * n
	}
	return n + n/4
}

// room returns how many places there are for n homes.
func room(n int) int { return n + 16 + n/64 }

// find returns the position of a key, or where it would go, and whether it is
// there.
func (x *index) find(k uint64) (int, bool) {
	if x.homes == 0 {
		return 0, false
	}
	slots := x.slots
	i := home(k, x.homes)
	// Most searches end within four slots, at a place that no processor can
	// guess: so there is no branch among them. What stands behind an empty slot
	// is never below the key.
	w := slots[i : i+4 : i+4]
	i += one(w[0].key, k) + one(w[1].key, k) + one(w[2].key, k) + one(w[3].key, k)
	for below(slots[i].key, k) {
		i++
	}
	return i, same(slots[i].key, k)
}

// findFrom finds a key like find, which once gave the position p for it. Keys may
// have been put in since, but none removed.
func (x *index) findFrom(p int, k uint64) (int, bool) {
	slots := x.slots
	if p >= len(slots) {
		return x.find(k)
	}
	if same(slots[p].key, k) {
		return p, true
	}
	// If the one before p is below the key, what lies between it and the key's
	// home is too.
	if i := home(k, x.homes); p <= i || !below(slots[p-1].key, k) {
		p = i
	}
	for below(slots[p].key, k) {
		p++
	}
	return p, same(slots[p].key, k)
}

// insert puts a key that is not there, but would go to position p, into the
// index with a tag of 1, and returns its position.
func (x *index) insert(p int, k uint64) int {
	if full(x.used, x.homes) {
		x.resize(grown(x.homes, k))
		p, _ = x.find(k)
	}
	x.used++
	x.owed += sweepFresh
	slots := x.slots
	i, carry := p, slot{key: k | 1}
	for carry.key != 0 {
		slots[i], carry = carry, slots[i]
		i++
	}
	if i == len(slots) { // the last one is to be empty
		x.resize(grown(x.homes, k))
		p, _ = x.find(k)
	}
	return p
}

func (x *index) resize(homes int) {
	old := x.slots
	cursor := x.cursor
	for !x.refill(old, homes) {
		homes, x.cursor = grown(homes, 0), cursor
	}
}

// refill takes slots over into new ones; not ok if they do not fit.
func (x *index) refill(old []slot, homes int) bool {
	cursor := x.cursor
	x.slots, x.homes, x.cursor = make([]slot, room(homes)), homes, 0
	next, moved := 0, false
	for i := range old {
		if old[i].key == 0 {
			continue
		}
		next = max(next, home(old[i].key&^tagMask, homes))
		if next >= len(x.slots)-1 {
			return false
		}
		if i >= cursor && !moved {
			x.cursor, moved = next, true // the sweep goes on with the slot at which it was
		}
		x.slots[next] = old[i]
		next++
	}
	return true
}

// sweep looks at the next slots and removes those whose newest event lies in a
// second before that of limit; free takes each before it goes. It is called
// after each batch of events, and shrinks an index that has become three
// quarters empty.
func (x *index) sweep(events int, limit int64, free func(*slot)) {
	if x.used == 0 {
		return
	}
	steps := min(owe(&x.owed, events), len(x.slots))
	if steps == 0 {
		return
	}
	for steps > 0 {
		steps -= x.pass(steps, limit, free)
	}
	if x.homes > minSlots*4 && x.used*4 < x.homes {
		x.resize(max(minSlots, x.used*2))
	}
}

// pass sweeps the slots from the cursor on, steps of them if there are so many,
// and returns how many it looked at. It moves those behind what it removes to
// where they would stand without, all in one go.
func (x *index) pass(steps int, limit int64, free func(*slot)) int {
	slots := x.slots
	begin, last := x.cursor, len(x.slots)-1
	old, ago := second(limit), limit-x.epoch
	i, next := begin, begin // from next to i there is a gap
	for ; i < last && (i < begin+steps || next < i); i++ {
		s := &slots[i]
		switch {
		case s.key == 0:
			next = i + 1
		case s.idle(old, ago):
			free(s)
			*s = slot{}
			x.used--
		case next == i:
			next++
		default:
			if to := max(next, home(s.key&^tagMask, x.homes)); to < i {
				slots[to], *s = *s, slot{}
				next = to + 1
			} else {
				next = i + 1
			}
		}
	}
	if x.cursor = i; i >= last {
		x.cursor = 0
		i++
	}
	return i - begin
}

// second returns the second that holds a time, bounded to what a slot holds.
func second(at int64) uint32 {
	return uint32(min(max(at/1000, 0), 1<<32-1))
}
