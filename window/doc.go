// Package window keeps sliding windows in event time: the recent events of every
// key, and from them counts, sums, and numbers of distinct values. It deals in
// keys, times (ms) and numbers, and knows nothing of orders or shops.
//
// # Meaning
//
// A window of length w, asked at time t, covers (t-w, t], or (t-w, t-a] if only
// events that are at least a old count. Every event is kept with its own time, so
// all answers are exact, in whatever order the events arrive: nothing is rounded
// to panes or buckets.
//
// A table has a fixed retention, its keep: its longest window and some slack for
// late events. A question asked when the stream's clock stands at c sees only
// events with times after c-keep. So an answer depends on the events and the
// clock alone, never on when an idle key happened to be removed.
//
// Events that arrive when they are already older than keep go into a lane of
// their own (late.go), and are judged by each other.
//
// # The way of the data
//
// A caller passes a batch as columns, one element per event: key, time, clock,
// reference, value. Tables are cut into 64 shards by the top bits of the key's
// hash. Any number of workers call Run at once, each for its own shards, without
// locks; within a shard, events are taken in the order of the batch. So answers
// depend neither on the number of workers nor on where batches end. A worker takes
// its events in groups of 32 and prefetches the memory of a whole group before it
// changes any of it, so that many cache misses overlap.
//
// Which events stood in a window is asked after the whole batch has been
// measured, and only for the few events that need it. Participants reports each
// event of a busy key to an asker about once; Each visits them newest first.
//
// # Layout
//
// Most keys see one to five events in their longest window, so the state of a key
// takes one of three forms, by how many events it has:
//
//	index  slots in the order of their keys (ordered linear probing). When 13/16
//	       full it grows by a quarter, or doubles while it is small.
//
//	       slot   16 bytes   key 58 bits | tag 6 bits | base uint32 | ref uint32
//	       key    the hash without its top bits, which name the shard
//	       tag    0        an empty slot
//	              1 to 30  a row; the tag says its class and its number of events
//	              31       a log
//	              32 to 63 a single event, held in the slot itself
//	       base   second of the newest event, so that idle keys are found without
//	              reading their rows. Of a single event: the low 32 bits of its
//	              time in ms since the shard's epoch; the 5 bits above are in the tag
//	       ref    number of the row or log; of a single event, its reference
//
//	row    in slabs for 2, 4, 8 and 16 events, oldest first; each event is
//
//	       time uint32 | reference uint32 [| value uint32 or 2 × uint32]
//	       time   the low 32 bits of the ms; the others follow from base
//
//	log    for more than 16 events, or when those of a row lie more than 49 days
//	       apart: a slice of 16-byte events, another of wide values, and for each
//	       view a slider: the position of its window, and the answer there
//
//	       time int64 | reference uint32 | dense value uint32
//
// A single event stands in its slot if the table keeps no values, or its caller
// can look them up (Known), and if its time lies in the four years after the shard's
// epoch, which is set a year before the first event of an empty shard. Otherwise it
// has a row for two. Events that no question can see any more leave a row or a log
// when that is full.
//
// A slider moves the two ends of its window to where a question's window lies, and
// adds and removes the events that it passes: one step per event while time goes
// forward, and as many steps as events lie between when it goes back. For distinct
// values it holds a multiset; a large one is a roaring bitmap of the values and a
// map of how many times more than once each occurs.
//
// Values that are counted as distinct are dense numbers. Numbers assigns them, and
// takes back those that are idle.
//
// Book keeps a record of fixed size per key, an order for instance, from when the
// key was first met. Its index is as above, but base is the second in which the key
// was first met, ref the number of its record, and the tag always 1.
//
// Seen remembers event ids for 24 hours, in 8 bytes each:
//
//	key 58 bits | tag 6 bits: the hour modulo 62, plus 1; 63 if the hour is in a map
//
// # A key against its own past
//
// Surge, Series and Normal say how surprising a count is for its key, in
// decibans: -10 log10 of its probability, or of an upper bound of it. Methods and
// figures are in docs/surprise.md. They keep what they have learned, no events:
//
//	Surge   a sketch: per shard two rows of 16-byte cells, each cell shared by the
//	        keys that hash to it:  now | past float32 | tick | loud
//	Normal  an index as above, whose slots refer to rows of 140 bytes: decayed
//	        counts by hour of the day, sums, and the forecast for the present hour
//	Series  one series: a ring of its last values
package window
