package ingest

import (
	"bytes"
	"errors"
	"io"
)

// cutter reads a source and cuts it into blocks at line ends.
type cutter struct {
	r    io.Reader
	live bool // a block goes on as soon as it has a whole line
	// whole says that a last line without a line end is left out, with or
	// without an error: whoever feeds the source sends it again.
	whole bool
	// resumed says so of a source that fails.
	resumed bool

	cur     *block // the block that is being filled, begun with a fragment
	n       int    // how much of it is filled
	begun   bool   // the source's first block was given, and with it a byte order mark
	long    *longLine
	err     error // of the source, io.EOF at its end
	taken   func() *block
	ignored int // reads in a row that returned nothing
}

// errStopped is what a source of ours returns when it was told to stop: what
// follows is left unread, and a fragment is nobody's fault.
var errStopped = errors.New("stopped")

// noProgress is how often in a row a source may return neither bytes nor an
// error.
const noProgress = 100

// next returns the next block, or an error, io.EOF at the end. Lines that came
// before an error are given first.
func (c *cutter) next() (*block, error) {
	for c.err == nil {
		if c.cur == nil {
			c.cur = c.taken()
		}
		c.read()
		if b := c.cut(); b != nil {
			return b, nil
		}
	}
	return nil, c.err
}

// read reads once or, if the source is not live, until the block is full.
func (c *cutter) read() {
	room := c.cur.buf[:len(c.cur.buf)-padding]
	for c.err == nil && c.n < len(room) {
		k, err := c.r.Read(room[c.n:])
		c.n += k
		c.err = err
		if c.ignored++; k > 0 {
			c.ignored = 0
		} else if c.ignored == noProgress && err == nil {
			c.err = io.ErrNoProgress
		}
		if c.live && k > 0 {
			return
		}
	}
}

// cut returns the current block if it has whole lines, or else nil, and begins
// the next one with the fragment behind them.
func (c *cutter) cut() *block {
	b := c.cur
	if c.long != nil && !c.endLong() {
		return nil
	}
	b.end = b.start + bytes.LastIndexByte(b.buf[b.start:c.n], '\n') + 1
	switch {
	case c.err != nil:
		c.finish()
	case b.end == b.start && b.long == nil:
		if c.n == len(b.buf)-padding {
			c.long = new(longLine)
			c.endLong()
		}
		return nil
	}
	if !c.begun && b.long == nil && bytes.HasPrefix(b.buf[:b.end], []byte("\ufeff")) {
		b.start, b.prefix = 3, 3
	}
	if b.start == b.end && b.long == nil && b.broken == nil {
		return nil
	}
	c.begun = true
	c.cur = nil
	if c.err == nil {
		c.cur = c.taken()
		c.n = copy(c.cur.buf, b.buf[b.end:c.n])
	}
	return b
}

// endLong goes on with a line that is too long for a block, and reports whether
// it has ended. Then the block begins behind it.
func (c *cutter) endLong() bool {
	b, l := c.cur, c.long
	i := bytes.IndexByte(b.buf[:c.n], '\n')
	if i < 0 && (c.err == nil || c.forgets()) {
		l.add(b.buf[:c.n])
		c.n = 0
		return false
	}
	end := c.n
	if i >= 0 {
		end = i + 1
		l.add(b.buf[:i])
		b.prefix = l.size + 1
	} else {
		l.add(b.buf[:end])
		b.prefix = l.size
	}
	b.start = end
	b.long = l.reject()
	c.begun, c.long = true, nil
	return true
}

// finish ends the source's last block. At the end of the source a line needs no
// line end; an error is no end, and the fragment before it no line.
func (c *cutter) finish() {
	b := c.cur
	fragment := b.buf[b.end:c.n]
	switch {
	case len(fragment) == 0 || c.forgets():
	case c.err == io.EOF:
		b.buf[c.n] = '\n'
		b.end, b.open = c.n+1, true
	default:
		b.broken = brokenOff(fragment, c.err)
	}
}

// forgets reports whether the fragment at the end of the source is no line.
func (c *cutter) forgets() bool {
	return c.whole || c.resumed && c.err != io.EOF || errors.Is(c.err, errStopped)
}
