package window

// Book keeps a record of a fixed number of words for each key, from when the
// key is first met, or renewed, and for its keep, in ms of event time. It takes 16 bytes a
// key beside the record, and 1.2 to 1.6 times that with the room to grow.
//
// A key is known to a row of a batch only if it was met in a second after that of
// the row's clock less the keep. That makes an answer a function of the rows
// alone, never of when a key happened to be swept.
type Book struct {
	keep   int64
	words  int // of a record
	shards [Shards]bookShard
}

type bookShard struct {
	index  index
	chunks [][]uint64 // of bookRecords records each
	free   []uint32   // records given back
	// old are records that the batch at hand may still name; they are given
	// back before the next one.
	old  []uint32
	next uint32 // records ever given out
}

const bookRecords = 512

// NewBook returns a book whose records have the given number of words, at
// least 0, and are kept for keep ms, at least 1.
func NewBook(keep int64, words int) *Book {
	if keep < 1 || words < 0 {
		panic("BUG: window: a book that remembers nothing")
	}
	return &Book{keep: keep, words: words}
}

// BookColumns are the rows of a batch as a book sees them, one element a row.
// Clock never falls, but for the first events of a stream.
type BookColumns struct {
	// Do says what to do with a row: with Add, begin a record for its key
	// unless it has one, and look it up; with Renew too, keep it from this row
	// on; with other bits only, look it up; 0 skips it.
	Do    []uint8
	Key   []uint64 // hash of the key
	Time  []int64
	Clock []int64
	// Record is the number of the key's record, from 1; 0 if it has none.
	// Cleared before Run.
	Record []uint32
}

// Run takes the rows of a batch that belong to this worker's shards, an even
// part of all.
// Different workers may run at once.
func (b *Book) Run(c *BookColumns, worker, workers int) {
	if len(c.Do) == 0 {
		return
	}
	own := spanOf(worker, workers)
	for i := own.from; i < own.from+own.width; i++ {
		s := &b.shards[i]
		s.free, s.old = append(s.free, s.old...), s.old[:0]
	}
	var mine [group]int32
	n := 0
	for i, do := range c.Do {
		if do != 0 {
			mine[n] = int32(i)
			n += own.has(c.Key[i])
		}
		if n == group || i == len(c.Do)-1 {
			b.prefetch(c, mine[:n])
			for _, i := range mine[:n] {
				b.row(c, int(i))
			}
			n = 0
		}
	}
	limit := oldest(c.Clock) - b.keep
	for i := own.from; i < own.from+own.width; i++ {
		s := &b.shards[i]
		s.index.sweep(len(c.Do), limit, func(sl *slot) { s.old = append(s.old, sl.ref) })
	}
}

// Each calls fn for the rows of a batch that Run gave a record to and whose
// shards are this worker's, in their order, with the record: words that fn may
// read and write. Different workers may run at once, but not beside Run.
func (b *Book) Each(c *BookColumns, worker, workers int, fn func(row int, record []uint64)) {
	own := spanOf(worker, workers)
	var mine [group]int32
	n := 0
	for i, key := range c.Key {
		// Another worker may be writing the record of a key that is not its own, and which it is.
		if own.has(key) != 0 && c.Record[i] != 0 {
			mine[n] = int32(i)
			n++
		}
		if n == group || i == len(c.Key)-1 {
			b.prefetchRecords(c, mine[:n])
			for _, i := range mine[:n] {
				fn(int(i), b.Record(c.Record[i]))
			}
			n = 0
		}
	}
}

// prefetchRecords loads the records of a group of rows, as in Table.
func (b *Book) prefetchRecords(c *BookColumns, mine []int32) {
	if b.words == 0 {
		return
	}
	var records loads[uint64]
	for _, i := range mine {
		r := b.Record(c.Record[i])
		records.add(&r[0], &r[b.words/2], &r[b.words-1])
	}
	sink(records.load())
}

// Recast gives the records another number of words and another keep: recast is
// given each record that may be in use and a new one, all 0, to fill.
func (b *Book) Recast(keep int64, words int, recast func(was, now []uint64)) {
	now := &Book{keep: keep, words: words}
	for i := range b.shards {
		s := &b.shards[i]
		chunks := make([][]uint64, len(s.chunks))
		for c := range chunks {
			chunks[c] = make([]uint64, bookRecords*now.words)
		}
		now.shards[i].chunks = chunks
		for local := range s.next {
			recast(b.record(i, local), now.record(i, local))
		}
		s.chunks = chunks
	}
	b.keep, b.words = now.keep, now.words
}

// Record returns the words of a record by its number. They may be read by any
// number of workers at once, and are good for as long as a question may be asked
// at a clock at which the key is known.
func (b *Book) Record(number uint32) []uint64 {
	return b.record(int((number-1)&(Shards-1)), (number-1)>>shardBits)
}

func (b *Book) record(shard int, local uint32) []uint64 {
	at := int(local%bookRecords) * b.words
	return b.shards[shard].chunks[local/bookRecords][at : at+b.words : at+b.words]
}

// prefetch loads the slots of a group of rows, as in Table.
func (b *Book) prefetch(c *BookColumns, mine []int32) {
	var slots loads[uint64]
	for _, i := range mine {
		b.shards[shardOf(c.Key[i])].index.prefetch(&slots, keyOf(c.Key[i]))
	}
	sink(slots.load())
}

// row looks one row up, and begins its key's record if that is to be done.
func (b *Book) row(c *BookColumns, i int) {
	shard := shardOf(c.Key[i])
	s, k, oldest, met := &b.shards[shard], keyOf(c.Key[i]), second(c.Clock[i]-b.keep), second(c.Time[i])
	p, found := s.index.find(k)
	if found && s.index.slots[p].base > oldest {
		if c.Do[i]&Renew != 0 {
			s.index.slots[p].base = max(s.index.slots[p].base, met)
		}
		c.Record[i] = s.index.slots[p].ref<<shardBits | uint32(shard) + 1
		return
	}
	if c.Do[i]&Add == 0 || met <= oldest {
		return // no other row could see it
	}
	if found {
		s.old = append(s.old, s.index.slots[p].ref)
	} else {
		p = s.index.insert(p, k)
	}
	sl := &s.index.slots[p]
	sl.base, sl.ref = met, s.begin(b.words)
	clear(b.record(shard, sl.ref))
	c.Record[i] = sl.ref<<shardBits | uint32(shard) + 1
}

// begin returns the number of a record that no key has.
func (s *bookShard) begin(words int) uint32 {
	if f := len(s.free); f > 0 {
		n := s.free[f-1]
		s.free = s.free[:f-1]
		return n
	}
	if s.next%bookRecords == 0 {
		s.chunks = append(s.chunks, make([]uint64, bookRecords*words))
	}
	if s.next == 1<<(32-shardBits)-1 {
		panic("BUG: window: more records than a book can number")
	}
	s.next++
	return s.next - 1
}

// Size tells how many keys a book holds, and about how many bytes that takes.
func (b *Book) Size() (keys int, bytes int64) {
	for i := range b.shards {
		s := &b.shards[i]
		keys += s.index.used
		bytes += int64(len(s.index.slots))*slotBytes + int64(len(s.chunks))*bookRecords*int64(b.words)*8 + int64(cap(s.free)+cap(s.old))*4
	}
	return keys, bytes
}

// Save writes all records.
func (b *Book) Save(e *Encoder) {
	e.Int64(b.keep)
	e.Int(b.words)
	for i := range b.shards {
		s := &b.shards[i]
		e.Uint32(s.next)
		for c, chunk := range s.chunks {
			e.raw(memory(chunk[:min(bookRecords, int(s.next)-c*bookRecords)*b.words]))
		}
		Put(e, s.free)
		Put(e, s.old)
		s.index.save(e)
	}
}

// Load reads what Save wrote into a new book of the same keep and records.
func (b *Book) Load(d *Decoder) {
	d.Check(d.Int64() == b.keep && d.Len() == b.words, "a book")
	for i := range b.shards {
		s := &b.shards[i]
		next := d.Int32(1<<(32-shardBits) - 1)
		for have := 0; have < next && d.OK(); have += bookRecords {
			chunk := make([]uint64, bookRecords*b.words)
			d.raw(memory(chunk[:min(bookRecords, next-have)*b.words]))
			s.chunks = append(s.chunks, chunk)
		}
		s.next = uint32(next)
		s.free, s.old = Get[uint32](d), Get[uint32](d)
		if s.index = loadLent(d, s.next, s.free, s.old); !d.OK() {
			return
		}
	}
}

// Has says whether a number is that of a record. Those that Run gave are.
func (b *Book) Has(number uint32) bool {
	return number > 0 && (number-1)>>shardBits < b.shards[(number-1)&(Shards-1)].next
}
