package ingest

import (
	"bytes"
	"unsafe"

	"github.com/orderguard/orderguard"
)

const (
	// maxLot is how many events and rejects a batch holds at most.
	maxLot = 4096
	// maxRaw is how much of a line that is too long is kept.
	maxRaw = 1 << 20
)

// lot is a batch and the memory that its strings are in. Its lines and offsets
// count from the beginning of its block, until Next puts it in its place.
type lot struct {
	orderguard.Batch
	mem   arena
	block *block
}

func (l *lot) clear() {
	l.mem.reset()
	l.block = nil
	clear(l.Rejects)
	l.Batch = orderguard.Batch{Events: l.Events[:0], Rejects: l.Rejects[:0]}
}

// full says whether the lot takes no more lines.
func (l *lot) full() bool { return len(l.Events)+len(l.Rejects) >= maxLot }

// fill decodes a number of the lines of buf from p to end into l, or until it is
// full, and returns where it stopped. The last byte before end is '\n', and
// padding bytes follow.
func (d *Decoder) fill(buf []byte, p, end int, l *lot, lines int) int {
	d.base, d.mem = unsafe.Pointer(unsafe.SliceData(buf)), &l.mem
	for most := min(len(l.Events)+len(l.Rejects)+lines, maxLot); p < end && len(l.Events)+len(l.Rejects) < most; {
		n := len(l.Events)
		if n == cap(l.Events) {
			l.Events = append(l.Events, orderguard.Event{})
		}
		l.Events = l.Events[:n+1]
		next, err := d.line(p, &l.Events[n])
		if err != nil {
			next = p + bytes.IndexByte(buf[p:end], '\n')
		} else if next < 0 {
			next = -1 - next
			l.Events = l.Events[:n]
		}
		if err != nil || next-p > orderguard.MaxLine {
			if l.reject(buf[p:next], p, err) {
				l.Events = l.Events[:n]
			}
		}
		l.Lines++
		p = next + 1
	}
	return p
}

// letGo drops what the decoder points to of the last line, so that nothing but
// batches keeps memory that lines were read to.
func (d *Decoder) letGo() {
	d.base, d.event, d.mem = nil, nil, nil
	clear(d.faults[:])
	clear(d.words[:])
}

// reject keeps a line that begins at offset if it is bad, with err or because
// it is too long, and reports whether it is.
func (l *lot) reject(line []byte, offset int, err *RejectError) bool {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if len(line) > orderguard.MaxLine {
		err = tooLong(int64(len(line)))
	} else if err == nil {
		return false
	}
	r := orderguard.Reject{
		Line: l.Lines, Offset: int64(offset), Reason: err.Reason, Detail: err.Detail, Raw: line,
	}
	if len(line) > maxRaw {
		r.Raw, r.Cut = line[:maxRaw:maxRaw], true
	}
	l.Rejects = append(l.Rejects, r)
	return true
}
