package main

import "strings"

// suggest names the known word that is nearest to a mistaken one, or all of
// them when none is near.
func suggest(word string, known []string) string {
	best, bestAt := "", len(word)
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < bestAt {
			best, bestAt = k, d
		}
	}
	if best != "" && bestAt <= max(1, len(best)/3) {
		return "did you mean " + best + "?"
	}
	return "want one of " + strings.Join(known, ", ")
}

// distance is how many bytes must be added, removed, changed or swapped with
// their neighbour to make a of b.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
