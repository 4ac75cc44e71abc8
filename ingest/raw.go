package ingest

import (
	"fmt"

	"github.com/orderguard/orderguard"
)

// Redecode makes a batch again of what was one. Raw is its Raw, and begins with
// the line number firstLine, at offset in its source. The batch is good for as
// long as raw is, which is not kept.
func Redecode(raw []byte, feed, source string, firstLine, offset int64) (*orderguard.Batch, error) {
	b := &block{buf: make([]byte, len(raw)+padding), end: len(raw)}
	copy(b.buf, raw)
	if n := len(raw); n > 0 && raw[n-1] != '\n' {
		return nil, fmt.Errorf("ingest: lines %d and on of %s: the last one has no line end", firstLine, source)
	}
	b.decode(new(Decoder), func() *lot { return new(lot) })
	if len(b.lots) > 1 {
		return nil, fmt.Errorf("ingest: lines %d and on of %s: more than a batch holds", firstLine, source)
	}
	l := &b.lots[0].Batch
	l.Feed, l.Source, l.FirstLine, l.Offset = feed, source, firstLine, offset
	for i := range l.Rejects {
		l.Rejects[i].Line += firstLine
		l.Rejects[i].Offset += offset
	}
	return l, nil
}
