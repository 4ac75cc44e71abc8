package window

const hour = 3600_000

// seenHours is for how many full hours Seen remembers an id.
const seenHours = 24

// Seen remembers which ids came during the last 24 hours of event time, by
// their hashes; for up to an hour longer, since it counts whole hours. It takes
// 8 bytes an id, and 1.2 to 1.6 times that with the room to grow.
type Seen struct {
	shards [Shards]seenShard
}

// farHours is how far an event may be ahead of the clock for its own hour to
// count. The clock's counts for one that is farther ahead, whose time is wrong,
// and for one that is late.
const farHours = 1 << 14

// Run sets again[i], which the caller has cleared, for the ids, of this worker's shards, that came before
// within 24 hours, clears it for the others, and remembers those. An id of 0 is none. An id goes
// when the clock has passed its time by so long.
func (s *Seen) Run(ids []uint64, time, clock []int64, again []bool, worker, workers int) {
	if len(ids) == 0 {
		return
	}
	own := spanOf(worker, workers)
	var mine [group]int32
	n := 0
	for i := range ids {
		mine[n] = int32(i)
		if ids[i] != 0 {
			n += own.has(ids[i])
		}
		if n == group || i == len(ids)-1 {
			s.prefetch(ids, mine[:n])
			for _, j := range mine[:n] {
				id := ids[j]
				if s.shards[shardOf(id)].check(keyOf(id), time[j]/hour, clock[j]/hour) {
					again[j] = true // rare: workers that write side by side would slow each other
				}
			}
			n = 0
		}
	}
	now := clock[len(clock)-1] / hour
	for i := own.from; i < own.from+own.width; i++ {
		sh := &s.shards[i]
		if steps := owe(&sh.owed, len(ids)); steps > 0 {
			sh.sweep(steps, now)
		}
	}
}

// prefetch loads the places of a group of ids, as in Table.
func (s *Seen) prefetch(ids []uint64, mine []int32) {
	var places loads[uint64]
	for _, i := range mine {
		if sh := &s.shards[shardOf(ids[i])]; sh.homes > 0 {
			near := sh.ids[home(keyOf(ids[i]), sh.homes):]
			places.add(&near[0], &near[8], &near[15])
		}
	}
	sink(places.load())
}

// Size tells how many ids are remembered, and how many bytes that takes.
func (s *Seen) Size() (ids int, bytes int64) {
	for i := range s.shards {
		sh := &s.shards[i]
		ids += sh.used
		bytes += int64(len(sh.ids))*8 + int64(len(sh.ahead))*40
	}
	return ids, bytes
}
