package detect

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// lexiconBuilder makes a lexicon of entries that come sorted by their symbols, and makes each
// node, once nothing can be added to it, the same as one that is there already and goes on alike
// (J. Daciuk et al., Incremental Construction of Minimal Acyclic Finite-State Automata, 2000).
type lexiconBuilder struct {
	*lexicon
	open  []building            // the nodes on the way of the entry at hand, the root first; it has room for all
	key   []byte                // of the last node that was looked for
	known map[uint64]nodeNumber // nodes by the hash of what they say and where they go on, or the next one that is free
}

// building is a node that may still get edges.
type building struct {
	node
	edges []edge
	sym   uint16 // by which it comes after the one before it
}

// entry is one of a lexicon: its symbols are text[from:to] of those of all.
type entry struct {
	head     uint64 // the first four, which mostly decide where it is sorted
	from, to uint32
	class    class
	open     bool
}

// readLexicon reads the lexicon of a file whose sections have the names given,
// by class.
func readLexicon(file string, names []string) *lexicon {
	text, entries := readEntries(file, names)
	symbols := func(e entry) []uint16 { return text[e.from:e.to] }
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.head, b.head), slices.Compare(symbols(a), symbols(b)))
	})
	b := lexiconBuilder{lexicon: &lexicon{nodes: make([]node, 1)}, open: make([]building, 1, maxReading+1), known: map[uint64]nodeNumber{}}
	var last []uint16
	for _, e := range entries {
		b.add(symbols(e), last, e)
		last = symbols(e)
	}
	b.close(0)
	b.nodes[0] = b.settle(&b.open[0])
	return b.lexicon
}

// readEntries reads the entries of a file, as texts are read.
func readEntries(file string, names []string) (symbols []uint16, entries []entry) {
	c, room := noClass, make([]byte, 0, 256)
	for line := range strings.Lines(string(mustRead(file))) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			c = classOf(file, strings.Trim(line, "[]"), names)
			continue
		}
		for all := range strings.SplitSeq(line, "|") {
			alternatives(room[:0], strings.TrimSpace(all), func(one string) {
				e := entry{from: uint32(len(symbols)), class: c, open: strings.HasSuffix(one, "*")}
				var r reading
				r.read(strings.Trim(one, "* "))
				if r.n == 0 || r.count[formSign]+r.count[formEmoji] > 0 {
					panic(fmt.Sprintf("BUG: an entry of a lexicon, %q, has more than letters, digits and what parts words", one))
				}
				symbols = append(symbols, r.sym[:r.n]...)
				for i := range 4 {
					e.head <<= 16
					if i < r.n {
						e.head |= uint64(r.sym[i])
					}
				}
				e.to = uint32(len(symbols))
				entries = append(entries, e)
			})
		}
	}
	return symbols, entries
}

func classOf(file, name string, names []string) class {
	for i, n := range names {
		if n == name && i > 0 {
			return class(i)
		}
	}
	panic(fmt.Sprintf("BUG: %s has a section %q", file, name))
}

// alternatives calls f with an entry, after head, written out for each of its alternatives.
func alternatives(head []byte, entry string, f func(text string)) {
	from := strings.IndexByte(entry, '(')
	if from < 0 {
		text := string(append(head, entry...))
		if strings.Contains(text, "  ") { // an alternative that is nothing stood between two words
			text = strings.Join(strings.Fields(text), " ")
		}
		f(strings.TrimSpace(text))
		return
	}
	to := from + strings.IndexByte(entry[from:], ')')
	head = append(head, entry[:from]...)
	for a := range strings.SplitSeq(entry[from+1:to], "/") {
		alternatives(append(head, a...), entry[to+1:], f)
	}
}

// add adds an entry, after the last one.
func (b *lexiconBuilder) add(symbols, last []uint16, e entry) {
	same := 0
	for same < len(last) && same < len(symbols) && last[same] == symbols[same] {
		same++
	}
	b.close(same)
	for _, sym := range symbols[same:] {
		b.open = b.open[:len(b.open)+1]
		n := &b.open[len(b.open)-1]
		n.node, n.edges, n.sym = node{}, n.edges[:0], sym
	}
	n := &b.open[len(b.open)-1]
	if n.class != noClass && n.class != e.class {
		panic(fmt.Sprintf("BUG: %q has two meanings in a lexicon", string(runesOf(symbols))))
	}
	n.class, n.open = e.class, n.open || e.open
}

func runesOf(symbols []uint16) []rune {
	runes := make([]rune, len(symbols))
	for i, sym := range symbols {
		runes[i] = rune(sym)
	}
	return runes
}

// close settles the nodes beyond the first n symbols of the entry at hand.
func (b *lexiconBuilder) close(n int) {
	for len(b.open) > n+1 {
		last := &b.open[len(b.open)-1]
		before := &b.open[len(b.open)-2]
		before.edges = append(before.edges, edge{b.number(last), last.sym})
		if len(b.open) == 2 && last.sym < lowRoots {
			b.first[last.sym] = before.edges[len(before.edges)-1].to
		}
		b.open = b.open[:len(b.open)-1]
	}
}

// number returns the number of a node: that of one like it, or a new one.
func (b *lexiconBuilder) number(n *building) nodeNumber {
	b.key = append(b.key[:0], byte(n.class), byte(count(n.open)))
	for _, e := range n.edges {
		b.key = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint16(b.key, e.sym), uint32(e.to))
	}
	hash := xxhash.Sum64(b.key)
	for ; b.known[hash] != 0; hash++ {
		old := b.known[hash]
		o := &b.nodes[old]
		if o.class == n.class && o.open == n.open && slices.Equal(b.edges[o.from:o.from+uint32(o.count)], n.edges) {
			return old
		}
	}
	b.known[hash] = nodeNumber(len(b.nodes))
	b.nodes = append(b.nodes, b.settle(n))
	return b.known[hash]
}

// settle gives a node its edges for good.
func (b *lexiconBuilder) settle(n *building) node {
	n.from, n.count = uint32(len(b.edges)), uint16(len(n.edges))
	for _, e := range n.edges {
		n.after |= 1 << (e.sym & 63)
	}
	b.edges = append(b.edges, n.edges...)
	return n.node
}
