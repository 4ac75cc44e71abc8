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

// A key is a hash shifted up by the bits that name its shard. That leaves as many
// bits free at the bottom, for a tag from 1 to tagMask. So a word that holds a key
// and a tag is never 0, and words sort by their keys.
const tagMask = 1<<shardBits - 1

func keyOf(hash uint64) uint64 { return hash << shardBits }

// precedes is below as a number, 1 or 0, without a branch.
func precedes(word, k uint64) int {
	_, borrow := bits.Sub64(word-1, k, 0)
	return int(borrow)
}

// below says whether a word sorts before key k. An empty word, 0, does not: 0 - 1
// is the largest of all. So it ends every search.
func below(word, k uint64) bool { return word-1 < k }

// same says whether a word holds key k.
func same(word, k uint64) bool { return (word-1)^k < tagMask }

// home returns the place at which the search for a key begins, among n: its
// highest bits, scaled (Lemire's fast range), so that n need not be a power of
// two and an index can grow by a quarter.
func home(k uint64, n int) int {
	hi, _ := bits.Mul64(k, uint64(n))
	return int(hi)
}

// slot is one key of an index, with its tag (doc.go). Where key is 0 it is empty.
type slot struct {
	key  uint64
	base uint32
	ref  uint32
}

// index finds slots by key. The slots stand in the order of their keys, so
// that a search for a missing key ends as early as one for a present key
// (ordered linear probing: Amble and Knuth, 1974), and growing is one pass
// from front to back. Two keys with the same 64-bit hash are one key: among 50
// million keys the chance that any two meet is below 1 in 10,000.
type index struct {
	slots  []slot // the homes, then room for what overflows the last of them; the last slot is always empty
	homes  int    // how many slots a search may begin at
	used   int    // slots that hold a key
	cursor int    // where the sweep goes on
	owed   int    // slots that the sweep has still to look at
	epoch  int64  // from which the times of single events count, in ms, see single
}

const (
	// sweepFresh is how many slots the sweep looks at for each new key. So while
	// more than a quarter of the slots are idle, they are freed faster than new
	// keys come.
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

// full says whether one more key than used would fill n homes beyond 13/16.
func full(used, n int) bool { return (used+1)*16 > n*13 }

// grown returns the number of homes that a shard grows to from n when key k comes.
// The first number depends on k, so that shards do not all grow at once, each with
// its old and new slots in memory. A small shard doubles: moving its slots again and
// again would cost more than the memory.
func grown(n int, k uint64) int {
	switch {
	case n == 0:
		return minSlots + int(k>>60)
	case n < fewHomes:
		return 2 * n
	}
	return n + n/4
}

// room returns how many slots there are for n homes: some overflow the last ones.
func room(n int) int { return n + 16 + n/64 }

// find returns the position of a key, or where it would go, and whether it is
// there.
func (x *index) find(k uint64) (int, bool) {
	if x.homes == 0 {
		return 0, false
	}
	slots := x.slots
	i := home(k, x.homes)
	// Most searches end within four slots, at which of them no processor can
	// predict: so there is no branch among the four. What follows an empty slot is
	// never below the key.
	w := slots[i : i+4 : i+4]
	i += precedes(w[0].key, k) + precedes(w[1].key, k) + precedes(w[2].key, k) + precedes(w[3].key, k)
	for below(slots[i].key, k) {
		i++
	}
	return i, same(slots[i].key, k)
}

// findFrom is find for a key for which find returned the position p earlier. Keys
// may have been inserted since, but none removed.
func (x *index) findFrom(p int, k uint64) (int, bool) {
	slots := x.slots
	if p >= len(slots) {
		return x.find(k)
	}
	if same(slots[p].key, k) {
		return p, true
	}
	// If the slot before p is below the key, so are all from the key's home to it.
	if i := home(k, x.homes); p <= i || !below(slots[p-1].key, k) {
		p = i
	}
	for below(slots[p].key, k) {
		p++
	}
	return p, same(slots[p].key, k)
}

// insert puts a key that is not there into the index, with a tag of 1, and returns
// its position. The position p is what find returned for it.
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

// sweep looks at the next slots, as many as are owed, and removes those that are
// idle: whose newest event lies in a second before that of limit. It calls free for
// each first. It is called after each batch of events, and shrinks an index that has
// become three quarters empty.
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

// pass sweeps the next slots from the cursor on, steps of them or up to the end, and
// returns how many it looked at. In the same pass it moves the slots behind a removed
// one to where they would stand without it.
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
