//go:build race

package detect

// seeds returns how many random streams a test of the engine against its twin
// goes over: fewer where the race detector makes each ten times as slow.
func seeds(n uint64) uint64 { return max(3, n/6) }

// fewer scales a bound on what all seeds together must show.
func fewer(n int) int { return n / 8 }
