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

	lots     []*lot
	from, at int           // where the last of lots begins, and the line to decode next
	done     chan struct{} // receives when lots is complete
	held     atomic.Int32  // lots that are not recycled

	// What follows is of blocks that are decoded a little at a time, see ahead.
	decoder *Decoder
	claimed bool // by one who decodes it
	decoded atomic.Bool
}

// longest is how much of a line that is too long for a block Batch.Raw has: so
// much that it is too long again.
const longest = orderguard.MaxLine + 2

// decode turns the block's lines into lots.
func (b *block) decode(d *Decoder, take func() *lot) {
	for !b.decodeSome(d, take, maxLot) {
	}
}

// decodeSome decodes a number of the block's lines, or those that are left, and
// says whether all are done.
func (b *block) decodeSome(d *Decoder, take func() *lot, lines int) (done bool) {
	if len(b.lots) == 0 || b.lots[len(b.lots)-1].full() {
		b.begin(take())
	}
	l := b.lots[len(b.lots)-1]
	b.at = d.fill(b.buf, b.at, b.end, l, lines)
	d.letGo()
	if b.at < b.end && !l.full() {
		return false
	}
	b.complete(l)
	if b.at < b.end {
		return false
	}
	if b.open {
		l.Bytes--
	}
	if r := b.broken; r != nil {
		r.Line, r.Offset = l.Lines, l.Bytes
		l.Rejects = append(l.Rejects, *r)
		l.Lines++
		l.Bytes += int64(len(r.Raw))
	}
	b.held.Store(int32(len(b.lots)))
	return true
}

// begin begins a lot with the next line.
func (b *block) begin(l *lot) {
	if l.block = b; len(b.lots) == 0 {
		b.at = b.start
		if b.long != nil {
			l.Rejects, l.Lines = append(l.Rejects, *b.long), 1
		}
	}
	b.from = b.at
	b.lots = append(b.lots, l)
}

// complete puts a lot that ends here in its place in the block.
func (b *block) complete(l *lot) {
	known, prefix := 0, int64(0)
	l.Raw = b.buf[b.from:b.at:b.at]
	if len(b.lots) == 1 {
		if prefix = b.prefix; b.long != nil {
			known = 1
			l.Raw = slices.Concat(b.long.Raw[:min(len(b.long.Raw), longest)], []byte("\n"), l.Raw)
		}
	}
	for i := known; i < len(l.Rejects); i++ {
		l.Rejects[i].Offset += prefix - int64(b.from)
	}
	l.Bytes = prefix + int64(b.at-b.from)
}

// reset makes the block ready to be filled again.
func (b *block) reset() {
	clear(b.lots)
	b.lots = b.lots[:0]
	b.start, b.end, b.prefix, b.from, b.at = 0, 0, 0, 0, 0
	b.long, b.open, b.broken = nil, false, nil
	b.claimed = false
	b.decoded.Store(false)
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
