package ingest

import (
	"fmt"

	"github.com/orderguard/orderguard"
)

// Redecoder makes batches again of what were some. Its memory is used again.
type Redecoder struct {
	d Decoder
	b block
	l lot
}

// Decode makes a batch again of its Raw, which begins with the line number
// firstLine, at offset in its source. The batch is good until the next call. Raw is
// not kept.
func (x *Redecoder) Decode(raw []byte, feed, source string, firstLine, offset int64) (*orderguard.Batch, error) {
	if n := len(raw); n > 0 && raw[n-1] != '\n' {
		return nil, fmt.Errorf("ingest: lines %d and on of %s: the last one has no line end", firstLine, source)
	}
	x.l.clear()
	x.b.reset()
	x.b.buf = append(append(x.b.buf[:0], raw...), make([]byte, padding)...)
	x.b.end = len(raw)
	first := &x.l
	x.b.decode(&x.d, func() *lot {
		l := first
		first = new(lot)
		return l
	})
	if len(x.b.lots) > 1 {
		return nil, fmt.Errorf("ingest: lines %d and on of %s: more than a batch holds", firstLine, source)
	}
	l := &x.l.Batch
	l.Feed, l.Source, l.FirstLine, l.Offset = feed, source, firstLine, offset
	for i := range l.Rejects {
		l.Rejects[i].Line += firstLine
		l.Rejects[i].Offset += offset
	}
	return l, nil
}
