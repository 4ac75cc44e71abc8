package ingest

// Bounds of the chunks that unescaped strings go to.
const (
	minChunk = 16 << 10
	maxChunk = 2 << 20
)

// arena holds strings that are no views of their line, and lists. What is full
// is left to the garbage collector for as long as an event refers to it, and a
// bigger one begun, so that nothing moves and the steady state needs only one.
type arena struct {
	text []byte
	list []string
}

func (a *arena) reset() {
	a.text = a.text[:0]
	clear(a.list)
	a.list = a.list[:0]
}

// grow returns a.text's free part, of at least n bytes. The caller writes into
// it and then makes a.text longer by what it wrote.
func (a *arena) grow(n int) []byte {
	if cap(a.text)-len(a.text) < n {
		a.text = make([]byte, 0, max(n, minChunk, min(2*cap(a.text), maxChunk)))
	}
	return a.text[len(a.text):cap(a.text)]
}
