package store

import "slices"

const (
	digitBits = 8 // hashBits is a multiple
	digits    = 1 << digitBits
)

// sortedByHash returns the entries in the order of their hashes, those of one hash as they stood: in
// the order of their records, as they come. It sorts by digits, the lowest first (LSD radix sort, Knuth, The
// Art of Computer Programming 3, 5.2.5), since to compare half a million entries took the processor from
// the stream for long every few seconds: 62 ms, and 11 ms so (BenchmarkSortedByHash).
func sortedByHash(entries []entry) []entry {
	from, to := slices.Clone(entries), make([]entry, len(entries))
	for shift := 0; shift < hashBits; shift += digitBits {
		var next [digits]int
		for i := range from {
			next[from[i].hash>>shift%digits]++
		}
		at := 0
		for digit, n := range next {
			next[digit] = at
			at += n
		}
		for _, e := range from {
			digit := e.hash >> shift % digits
			to[next[digit]] = e
			next[digit]++
		}
		from, to = to, from
	}
	return from
}
