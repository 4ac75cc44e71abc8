package detect

import (
	"unicode"
	"unicode/utf8"
)

// wordSet finds whether a text contains one of many words, in one pass over it:
// the automaton of Aho and Corasick over bytes. Capital letters count as small.
type wordSet struct {
	class [256]uint8 // what a byte is to the automaton; 0 is a byte of no word
	width int        // how many classes there are
	// next holds a row of width states for each state; hit marks the states in
	// which a word has just ended.
	next []uint16
	hit  []bool
}

// maxWords bounds the words of one filter, in bytes, so that the states have
// room in 16 bits.
const maxWords = 16 << 10

// newWordSet builds the automaton of words, which are not empty and have at
// most maxWords bytes together.
func newWordSet(words []string) *wordSet {
	w := &wordSet{width: 1}
	for _, word := range words {
		for i := range len(word) {
			if w.class[word[i]] == 0 {
				w.class[word[i]] = uint8(w.width)
				w.width++
			}
		}
	}
	w.state()
	for _, word := range words {
		w.add(word)
	}
	w.link()
	return w
}

// state adds a state without successors.
func (w *wordSet) state() uint16 {
	w.next = append(w.next, make([]uint16, w.width)...)
	w.hit = append(w.hit, false)
	return uint16(len(w.hit) - 1)
}

// add makes the path of a word.
func (w *wordSet) add(word string) {
	at := uint16(0)
	for i := range len(word) {
		slot := int(at)*w.width + int(w.class[word[i]])
		if w.next[slot] == 0 {
			n := w.state()
			w.next[slot] = n
		}
		at = w.next[slot]
	}
	w.hit[at] = true
}

// link fills the missing successors of each state with those of the longest
// proper suffix of what it has read, the states in order of their depth.
func (w *wordSet) link() {
	suffix := make([]uint16, len(w.hit))
	var queue []uint16
	for _, n := range w.next[:w.width] {
		if n != 0 {
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		w.hit[at] = w.hit[at] || w.hit[suffix[at]]
		for c := range w.width {
			slot, back := int(at)*w.width+c, w.next[int(suffix[at])*w.width+c]
			if n := w.next[slot]; n != 0 {
				suffix[n] = back
				queue = append(queue, n)
			} else {
				w.next[slot] = back
			}
		}
	}
}

// in says whether s contains one of the words. It does not allocate.
func (w *wordSet) in(s string) bool {
	at := uint16(0)
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			if 'A' <= b && b <= 'Z' {
				b += 'a' - 'A'
			}
			i++
			at = w.next[int(at)*w.width+int(w.class[b])]
		} else {
			r, size := utf8.DecodeRuneInString(s[i:])
			i += size
			var buf [utf8.UTFMax]byte
			for _, b := range utf8.AppendRune(buf[:0], unicode.ToLower(r)) {
				at = w.next[int(at)*w.width+int(w.class[b])]
			}
		}
		if w.hit[at] {
			return true
		}
	}
	return false
}

// smallLetters returns s as wordSet reads it.
func smallLetters(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = utf8.AppendRune(b, unicode.ToLower(r))
	}
	return string(b)
}
