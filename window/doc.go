// Package window keeps sliding windows in event time: for every key, the
// recent events under it, and from them counts, sums, and the number of
// distinct values. It knows keys, times and numbers, and no order and no shop.
//
// # Meaning
//
// A window of length w, asked at time t, covers (t-w, t], or (t-w, t-a] if it
// is for events that have aged by a. Every event is kept with its own time, so
// all answers are exact: nothing is rounded to panes or buckets, whatever the
// order in which events come.
//
// How far back a table remembers is fixed: its keep, which is its longest
// window and some slack for late events. An event is visible to a question
// asked when the stream's clock stood at c only if its time is after c-keep.
// That makes an answer a function of the events and the clock alone, never of
// when a key happened to be cleaned.
//
// Events older than that when they come stand in a lane of their own (late.go),
// where they are judged by each other.
//
// # The way of the data
//
// A caller hands over columns, one element an event of a batch: key, time,
// clock, reference, value. Tables are cut into 64 shards by the highest bits of
// the key's hash. Any number of workers call Run side by side, each for its own
// shards, so that nothing is locked; within a shard the events come in the
// order of the batch. So answers depend neither on the number of workers nor
// on where batches end. Each worker goes over its events in groups of 32 and
// touches the memory of the whole group before it changes any of it, which
// lets many cache misses be under way at once.
//
// Which events stood in a window is asked once the whole batch has been
// measured, for the few events where it matters: Took tells an asker each event
// of a busy key about once, Each goes over them newest first.
//
// # Layout
//
// Most keys see one to five events in their longest window, so a key's state
// grows with what it did:
//
//	index  slots in the order of their keys (ordered linear probing), grown by
//	       a quarter at 13/16 full, or to twice as many while they are few:
//
//	       slot   16 bytes   key 58 bits | tag 6 bits | base uint32 | ref uint32
//	       key    the hash without its highest bits, which name the shard
//	       tag    0        an empty slot
//	              1 to 30  a row, with its class and the count of its events
//	              31       a log
//	              32 to 63 a single event, which stands in the slot itself
//	       base   second of the newest event, so that idle keys are found
//	              without touching their rows; of a single event, the lowest
//	              32 bits of its time in milliseconds since the shard's epoch,
//	              whose highest 5 are in the tag
//	       ref    number of the row or log; of a single event, its reference
//
//	row    in slabs for 2, 4, 8 and 16 events, oldest first, each event
//
//	       time uint32 | reference uint32 [| value uint32 or 2 × uint32]
//	       time   lowest 32 bits of the milliseconds; base says the others
//
//	log    beyond 16 events, or when a row's events lie more than 49 days
//	       apart: events of 16 bytes in a slice, wide values in another, and
//	       for each view a slider, the position of its window and the running
//	       answer
//
//	       time int64 | reference uint32 | dense value uint32
//
// A single event stands in the slot in tables without values, or whose caller
// knows these too (Known), and if its time is within four years from the epoch,
// which lies a year before the first event of an empty shard; else it has a row
// for two. Events that no question can see any more leave a row or a log when it is full.
//
// A slider moves its two ends over the log to where a question's window lies,
// adding and removing what it passes: one step an event when time goes
// forward, and as many steps as events lie in between when it goes back. For
// distinct values it holds a multiset, a roaring bitmap of the values in the
// window and a map of the surplus of those that stand in it more than once.
//
// Values counted as distinct are dense numbers, given out by Numbers and taken
// back when idle.
//
// Book remembers for a key, an order say, where it was first met. Its index holds
// nothing but single events as above; the few times that are too far from the
// epoch are in a map.
//
// Seen remembers event ids for 24 hours, each in 8 bytes:
//
//	key 58 bits | tag 6 bits: hour modulo 62, from 1; 63 for one in a map
//
// # Against its own past
//
// Surge, Series and Normal say how surprising a count is for its key, in
// decibans: 10 times the -log10 of a chance, or of a bound of it. docs/surprise.md
// has the methods and their figures. They keep what they have learned, never events:
//
//	Surge   for each shard two rows of cells of 16 bytes, each shared by the
//	        keys that fall into it:  now | past float32 | tick | loud
//	Normal  an index as above, whose slots refer to rows of 140 bytes: 24 faded
//	        counts by hour of the day, sums, and what is foreseen for the present
//	        hour
//	Series  one series: a ring of its last values
package window
