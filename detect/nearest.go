package detect

import (
	"fmt"
	"strings"
)

// suggest names the known word nearest to a mistaken one, and all of them where
// even the nearest is far. A kind of event is near by its status alone too:
// refund is meant for order.refunded.
func suggest(word string, known []string) string {
	best, bestAt, near := -1, 1<<30, false
	for i, k := range known {
		_, status, _ := strings.Cut(k, ".")
		for _, form := range []string{k, status} {
			if d := editDistance(strings.ToLower(word), form); form != "" && d < bestAt {
				best, bestAt, near = i, d, d <= 1+len(form)/3
			}
		}
	}
	if best < 0 {
		return "there is none to choose from"
	}
	if near {
		return fmt.Sprintf("did you mean %q?", known[best])
	}
	return fmt.Sprintf("the nearest is %q; want one of %s", known[best], strings.Join(known, ", "))
}

// maxWord is the longest word, in runes, of which editDistance sees the whole.
const maxWord = 64

// editDistance is how many single-letter insertions, removals, changes and
// swaps of neighbours make a into b.
func editDistance(a, b string) int {
	s, t := cutRunes(a), cutRunes(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			change := last[j-1]
			if s[i-1] != t[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}

// cutRunes returns the first maxWord runes of s.
func cutRunes(s string) []rune {
	r := make([]rune, 0, min(len(s), maxWord))
	for _, c := range s {
		if len(r) == maxWord {
			break
		}
		r = append(r, c)
	}
	return r
}
