package detect

import (
	"embed"
	"fmt"
	"math/bits"
	"strings"
	"sync"
)

// The lexicons: text files with a section for each class of words, and how rare
// three letters in a row are (see tools/letters.py).
//
//go:embed lexicon
var lexiconFiles embed.FS

// A lexicon finds words and phrases in a reading, from where a word begins. It
// is a tree of symbols, whose edges are in one hash table.
//
// An entry holds as a whole word, unless it ends in *; between words it wants
// one space or other sign, not the end of a clause. Entries of Han characters
// hold wherever they stand. "(a/b)" are alternatives.
type lexicon struct {
	nodes []node // the root is 0
	edges []edge
	shift uint
	first [lowRoots]nodeNumber // the nodes after the root by the symbols of letters
}

type nodeNumber uint32

type node struct {
	after uint64 // a bit for each symbol, by its last six bits, that may come next
	class class  // of the entry that ends here
	open  bool   // that entry may go on (it ends in *)
}

type edge struct {
	from, to nodeNumber
	sym      uint16
}

const lowRoots = 0x530

// class is what an entry means.
type class uint8

const noClass class = 0

// readLexicon reads the lexicon of a file whose sections have the names given,
// by class.
func readLexicon(file string, names []string) *lexicon {
	text, err := lexiconFiles.ReadFile("lexicon/" + file)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	l := &lexicon{nodes: make([]node, 1, 1<<14)}
	l.resize(15)
	c := noClass
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			c = classOf(file, strings.Trim(line, "[]"), names)
			continue
		}
		for entry := range strings.SplitSeq(line, "|") {
			for _, e := range alternatives(strings.TrimSpace(entry)) {
				l.add(e, c)
			}
		}
	}
	l.resize(bits.Len(uint(2*len(l.nodes) - 1)))
	return l
}

func classOf(file, name string, names []string) class {
	for i, n := range names {
		if n == name && i > 0 {
			return class(i)
		}
	}
	panic(fmt.Sprintf("BUG: %s has a section %q", file, name))
}

// alternatives writes an entry out for each of its alternatives.
func alternatives(entry string) []string {
	from := strings.IndexByte(entry, '(')
	if from < 0 {
		return []string{strings.Join(strings.Fields(entry), " ")}
	}
	to := from + strings.IndexByte(entry[from:], ')')
	var all []string
	for a := range strings.SplitSeq(entry[from+1:to], "/") {
		all = append(all, alternatives(entry[:from]+a+entry[to+1:])...)
	}
	return all
}

// add adds an entry, read as texts are.
func (l *lexicon) add(entry string, c class) {
	open := strings.HasSuffix(entry, "*")
	entry = strings.Trim(entry, "* ")
	var r reading
	r.read(entry)
	if r.n == 0 || r.count[formSign]+r.count[formEmoji] > 0 {
		panic(fmt.Sprintf("BUG: an entry of a lexicon, %q, has more than letters, digits and what parts words", entry))
	}
	at := nodeNumber(0)
	for _, sym := range r.sym[:r.n] {
		next := l.next(at, sym)
		if next == 0 {
			next = nodeNumber(len(l.nodes))
			l.nodes = append(l.nodes, node{})
			l.join(at, next, sym)
		}
		at = next
	}
	n := &l.nodes[at]
	if n.class != noClass && n.class != c {
		panic(fmt.Sprintf("BUG: %q has two meanings in a lexicon", entry))
	}
	n.class, n.open = c, n.open || open
}

// join makes a node the one after another by a symbol.
func (l *lexicon) join(from, to nodeNumber, sym uint16) {
	l.nodes[from].after |= 1 << (sym & 63)
	if from == 0 && sym < lowRoots {
		l.first[sym] = to
		return
	}
	if 2*len(l.nodes) > len(l.edges) {
		l.resize(bits.Len(uint(len(l.edges))))
	}
	l.put(edge{from, to, sym})
}

// put puts an edge where it is looked for.
func (l *lexicon) put(e edge) {
	at := l.slot(e.from, e.sym)
	for l.edges[at].to != 0 {
		at = (at + 1) & uint64(len(l.edges)-1)
	}
	l.edges[at] = e
}

// resize gives the edges room for two to the power of n.
func (l *lexicon) resize(n int) {
	old := l.edges
	l.edges, l.shift = make([]edge, 1<<n), uint(64-n)
	for _, e := range old {
		if e.to != 0 {
			l.put(e)
		}
	}
}

func (l *lexicon) slot(from nodeNumber, sym uint16) uint64 {
	return (uint64(from)<<16 | uint64(sym)) * 0x9e3779b97f4a7c15 >> l.shift
}

// next returns the node after node by sym, 0 if there is none.
func (l *lexicon) next(node nodeNumber, sym uint16) nodeNumber {
	if node == 0 && sym < lowRoots {
		return l.first[sym]
	}
	if l.nodes[node].after>>(sym&63)&1 == 0 {
		return 0
	}
	for at := l.slot(node, sym); l.edges[at].to != 0; at = (at + 1) & uint64(len(l.edges)-1) {
		if e := &l.edges[at]; e.from == node && e.sym == sym {
			return e.to
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
