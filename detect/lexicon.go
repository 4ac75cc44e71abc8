package detect

import (
	"embed"
	"sync"
)

// The lexicons: text files with a section for each class of words, and how rare
// three letters in a row are (see tools/letters.py).
//
//go:embed lexicon
var lexiconFiles embed.FS

// A lexicon finds words and phrases in a reading, from where a word begins. It
// is the smallest graph of symbols that holds its entries: they share what they begin
// with, and what they end with too, which makes it a fifteenth of a tree (see lexiconBuilder).
//
// An entry holds as a whole word, unless it ends in *; between words it wants
// one space or other sign, not the end of a clause. Entries of Han characters
// hold wherever they stand. "(a/b)" are alternatives.
type lexicon struct {
	nodes []node               // the root is 0
	edges []edge               // those of a node lie side by side, by their symbols
	first [lowRoots]nodeNumber // the nodes after the root by the symbols of letters
}

type nodeNumber uint32

type node struct {
	after uint64 // a bit for each symbol, by its last six bits, that may come next
	from  uint32 // where its edges begin
	count uint16 // how many it has
	class class  // of the entry that ends here
	open  bool   // that entry may go on (it ends in *)
}

type edge struct {
	to  nodeNumber
	sym uint16
}

const lowRoots = 0x530

// class is what an entry means.
type class uint8

const noClass class = 0

// next returns the node after node by sym, 0 if there is none.
func (l *lexicon) next(node nodeNumber, sym uint16) nodeNumber {
	if node == 0 && sym < lowRoots {
		return l.first[sym]
	}
	n := &l.nodes[node]
	if n.after>>(sym&63)&1 == 0 {
		return 0
	}
	edges := l.edges[n.from : n.from+uint32(n.count)]
	for len(edges) > 8 {
		if half := len(edges) / 2; edges[half].sym <= sym {
			edges = edges[half:]
		} else {
			edges = edges[:half]
		}
	}
	for i := range edges {
		if edges[i].sym == sym {
			return edges[i].to
		}
	}
	return 0
}

// from returns the longest entry that goes on from a node, the root being 0, with
// symbol i of r: its class and its end.
func (l *lexicon) from(r *reading, i int, node nodeNumber) (found class, end int) {
	if n := &l.nodes[node]; n.class != noClass && (n.open || r.endsAt(i-1)) {
		found, end = n.class, i
	}
	for j := i; j < r.n; j++ {
		sym := r.sym[j]
		if sym == symWild && j > i {
			if c, e := l.wild(r, j, node, 3); c != noClass {
				return c, e
			}
			return found, end
		}
		to := l.next(node, sym)
		if f := r.form[j]; to == 0 && (f == formSign || f == formEmoji) && j > i && j+1 < r.n && r.form[j-1] == formHan && l.next(node, r.sym[j+1]) != 0 {
			continue // a heart or a star between two characters that are one word
		}
		if to == 0 && !r.form[j].isWord() && r.form[j] != formHard {
			to = l.next(node, ' ')
		}
		if space := nodeNumber(0); to == 0 && r.glued {
			if space = l.next(node, ' '); space != 0 {
				to = l.next(space, sym)
			}
		}
		if to == 0 && r.loose && j > i && r.form[j].isLetter() {
			if twice := l.next(node, r.sym[j-1]); twice != 0 {
				to = l.next(twice, sym)
			}
		}
		if to == 0 {
			if j > i && r.form[j-1] == formHan && (r.form[j] == formSign || r.form[j] == formEmoji) {
				continue
			}
			return found, end
		}
		node = to
		if n := &l.nodes[node]; n.class != noClass && (n.open || r.endsAt(j)) {
			found, end = n.class, j+1
		}
	}
	return found, end
}

// endsAt says whether a word ends with symbol j. A number after letters is a
// word of its own.
func (r *reading) endsAt(j int) bool {
	if j+1 >= r.n || r.form[j] == formHan {
		return true
	}
	next := r.form[j+1]
	return !next.isWord() || next == formHan || next == formDigit && r.form[j] != formDigit
}

// startsAt says whether a word starts with symbol i.
func (r *reading) startsAt(i int) bool {
	f := r.form[i]
	if !f.isWord() || i == 0 || f == formHan {
		return f.isWord()
	}
	before := r.form[i-1]
	return !before.isWord() || before == formHan || f == formOther
}

// hit is an entry that was found: the symbols [from, to) of the reading.
type hit struct {
	class    class
	from, to uint16
}

// hits are the first entries found in a reading.
type hits struct {
	list [24]hit
	n    int
	// of says of each class how many there are.
	of [48]uint8
}

// find finds the entries of r, the longest from each place where a word starts,
// without overlaps.
func (l *lexicon) find(r *reading, h *hits) {
	for i := 0; i < r.n; {
		f := r.form[i]
		if !f.isWord() {
			i++
			continue
		}
		end := i + 1
		if c, to := l.from(r, i, 0); c != noClass {
			h.add(c, i, to)
			end = to
		}
		// On to where the next word starts: past the rest of this one, for a
		// number after letters is part of their word.
		for end < r.n && !r.startsAt(end) {
			end++
		}
		i = end
	}
}

// lettersOf counts the letters of a hit, with the rest of its last word, which an
// entry may leave open.
func (r *reading) lettersOf(a *hit) int {
	n := 0
	for i := int(a.from); i < r.n && (i < int(a.to) || r.form[i] == r.form[i-1] && r.form[i].isLetter() && r.form[i] != formHan); i++ {
		n += count(r.form[i].isLetter())
	}
	return n
}

func (h *hits) add(c class, from, to int) {
	h.of[c]++
	if h.n < len(h.list) {
		h.list[h.n] = hit{c, uint16(from), uint16(to)}
		h.n++
	}
}

// The lexicons are read when a rule first asks for what they know.
var (
	noteWords  = sync.OnceValue(func() *lexicon { return readLexicon("note.txt", noteClasses[:]) })
	placeWords = sync.OnceValue(func() *lexicon { return readLexicon("place.txt", placeClasses[:]) })
)

// Preload reads the lexicons, which takes some tenths of a second: else the first text, and the batch that it is in,
// waits for that. It may run beside an engine.
func Preload() {
	noteWords()
	placeWords()
	cityWords()
	commonNeighbours()
}
