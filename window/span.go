package window

// span is a run of shards that belong to one worker: the first, and how many.
type span struct{ from, width uint64 }

// spanOf returns the shards of one of the workers, counted from 0.
func spanOf(worker, workers int) span {
	from, to := worker*Shards/workers, (worker+1)*Shards/workers
	return span{uint64(from), uint64(to - from)}
}

// has returns 1 if a hash belongs to a shard of the span, else 0. It is a number so
// that callers need not branch on it: hashes are random, and a branch would be
// mispredicted half of the time.
func (s span) has(hash uint64) int {
	n := 0
	if hash>>(64-shardBits)-s.from < s.width {
		n = 1
	}
	return n
}
