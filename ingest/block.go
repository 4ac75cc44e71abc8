package ingest

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/orderguard/orderguard"
)

// block is a piece of a source that begins and ends with whole lines, and the
// batches that it is decoded to. It is used again when they all are recycled.
//
//	buf: [ prefix | lines, each with its '\n' | fragment | free, at least padding ]
//	               start                       end
//
// The prefix is a byte order mark, or the end of a line that was too long; the
// fragment is the beginning of the next block's first line, which is there too.
type block struct {
	buf        []byte
	start, end int
	// prefix is how many bytes of the source, in this block and in those that
	// were dropped, come before start.
	prefix int64
	// long is the line before start that was too long for a block, or nil.
	long *orderguard.Reject
	// open says that the last line has no '\n' of its own: it ends the source.
	open bool
	// broken is a reject for the fragment, before a read error, or nil.
	broken *orderguard.Reject

	lots []*lot
	done chan struct{} // receives when lots is complete
	held atomic.Int32  // lots that are not recycled
}

// longest is how much of a line that is too long for a block Batch.Raw has: so
// much that it is too long again.
const longest = orderguard.MaxLine + 2

// decode turns the block's lines into lots.
func (b *block) decode(d *Decoder, take func() *lot) {
	p, prefix := b.start, b.prefix
	for first := true; first || p < b.end; first = false {
		l := take()
		l.block = b
		if first && b.long != nil {
			l.Rejects, l.Lines = append(l.Rejects, *b.long), 1
		}
		known, begin := len(l.Rejects), p
		p = d.fill(b.buf, p, b.end, l)
		for i := known; i < len(l.Rejects); i++ {
			l.Rejects[i].Offset += prefix - int64(begin)
		}
		l.Bytes, prefix = prefix+int64(p-begin), 0
		l.Raw = b.buf[begin:p:p]
		if first && b.long != nil {
			l.Raw = slices.Concat(b.long.Raw[:min(len(b.long.Raw), longest)], []byte("\n"), l.Raw)
		}
		b.lots = append(b.lots, l)
	}
	d.letGo()
	last := b.lots[len(b.lots)-1]
	if b.open {
		last.Bytes--
	}
	if r := b.broken; r != nil {
		r.Line, r.Offset = last.Lines, last.Bytes
		last.Rejects = append(last.Rejects, *r)
		last.Lines++
		last.Bytes += int64(len(r.Raw))
	}
	b.held.Store(int32(len(b.lots)))
}

// reset makes the block ready to be filled again.
func (b *block) reset() {
	clear(b.lots)
	b.lots = b.lots[:0]
	b.start, b.end, b.prefix = 0, 0, 0
	b.long, b.open, b.broken = nil, false, nil
}

// longLine is the line that a cutter is in the middle of, when it is too long
// for a block: its beginning, and how long it is so far.
type longLine struct {
	raw  []byte
	size int64
}

func (l *longLine) add(b []byte) {
	l.size += int64(len(b))
	l.raw = append(l.raw, b[:min(len(b), maxRaw-len(l.raw))]...)
}

// reject returns the reject for the line, now that it has ended.
func (l *longLine) reject() *orderguard.Reject {
	if int64(len(l.raw)) == l.size {
		l.raw = bytes.TrimSuffix(l.raw, []byte("\r"))
		l.size = int64(len(l.raw))
	}
	err := tooLong(l.size)
	return &orderguard.Reject{
		Reason: err.Reason, Detail: err.Detail, Raw: l.raw, Cut: int64(len(l.raw)) < l.size,
	}
}

// brokenOff returns the reject for the fragment of a line at which the source
// failed with err, or nil if there is none.
func brokenOff(fragment []byte, err error) *orderguard.Reject {
	if len(bytes.TrimLeft(fragment, " \t\r")) == 0 {
		return nil
	}
	r := &orderguard.Reject{
		Reason: orderguard.NotJSON, Raw: bytes.Clone(fragment),
		Detail: fmt.Sprintf("the source broke off in the middle of this line: %v", err),
	}
	if len(fragment) > orderguard.MaxLine {
		r.Reason = orderguard.LineTooLong
	}
	return r
}
