package ingest

// Bounds of the chunks that unescaped strings go to.
const (
	minChunk = 16 << 10
	maxChunk = 2 << 20
)

// memory holds strings that are no views of their line, and lists. What is full
// is left to the garbage collector for as long as an event refers to it, and a
// bigger one begun, so that nothing moves and the steady state needs only one.
type memory struct {
	text []byte
	list []string
}

func (m *memory) reset() {
	m.text = m.text[:0]
	clear(m.list)
	m.list = m.list[:0]
}

// grow returns m.text's free part, of at least n bytes. The caller writes into
// it and then makes m.text longer by what it wrote.
func (m *memory) grow(n int) []byte {
	if cap(m.text)-len(m.text) < n {
		m.text = make([]byte, 0, max(n, minChunk, min(2*cap(m.text), maxChunk)))
	}
	return m.text[len(m.text):cap(m.text)]
}
