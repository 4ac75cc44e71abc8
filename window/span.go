package window

// span is the shards that are a worker's own: from, and how many.
type span struct{ from, width uint64 }

// spanOf returns the shards of a worker among a number of workers.
func spanOf(worker, workers int) span {
	from, to := worker*Shards/workers, (worker+1)*Shards/workers
	return span{uint64(from), uint64(to - from)}
}

// has returns 1 if a hash belongs to the span, else 0: which worker has it is
// as good as random, and a branch on it would be foretold wrongly half of the
// time.
func (s span) has(hash uint64) int {
	n := 0
	if hash>>(64-shardBits)-s.from < s.width {
		n = 1
	}
	return n
}
