package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// ackTimeout is how long a peer may take to read an ack.
const ackTimeout = 30 * time.Second

// A peer that sends all the time, and less than a block at once, is read every
// gather: what has come by then is one batch, which costs far less than many small
// ones. Who sends now and then is read at once.
const (
	gather     = 5 * time.Millisecond
	gatherFrom = 4 << 10 // bytes at once, from which on a peer is taken to send all the time
)

// feedConn is a connection whose reads end when it is silent for too long, and
// sooner when the server stops.
type feedConn struct {
	net.Conn
	ctx    context.Context
	o      *TCPOptions
	silent bool // it was so for too long
	// steady is set while the peer sends all the time, see gather.
	steady bool
	// seen is when the last read ended.
	seen time.Time
	// Once the server stops: until when it reads whatever comes, how much it
	// has read since, and whether there may be more which has come before.
	until  time.Time
	late   int
	behind bool
	// evicted is set when the reading is to end at once.
	evicted atomic.Bool
}

// Read reads from the connection. The deadline comes before the look at the
// context, so that the one that the context's end sets is never overwritten
// unseen. Where no deadline can be set, reading says what is wrong: a pipe
// refuses one when its peer has closed, which is an end like any other.
func (p *feedConn) Read(b []byte) (int, error) {
	_ = p.SetReadDeadline(time.Now().Add(p.o.IdleTimeout))
	if p.evicted.Load() {
		return 0, errStopped
	}
	if p.ctx.Err() != nil {
		return p.lastRead(b)
	}
	if p.steady {
		time.Sleep(gather)
	}
	n, err := p.Conn.Read(b)
	now := time.Now()
	p.steady = n >= gatherFrom && n < len(b) && now.Sub(p.seen) < 4*gather
	p.seen = now
	var slow net.Error
	switch {
	case err != nil && err != io.EOF && (p.ctx.Err() != nil || p.evicted.Load()):
		err = errStopped
	case errors.As(err, &slow) && slow.Timeout():
		p.silent = true
		err = fmt.Errorf("nothing came for %v: %w", p.o.IdleTimeout, err)
	}
	return n, err
}

// hurry ends the waiting of a read and of an answer soon: the server stops.
func (p *feedConn) hurry() {
	_ = p.SetReadDeadline(time.Now().Add(p.o.LastLook))
	_ = p.SetWriteDeadline(time.Now().Add(farewell))
}

// evict ends the reading at once, and the waiting of an answer soon.
func (p *feedConn) evict() {
	p.evicted.Store(true)
	_ = p.SetReadDeadline(time.Unix(1, 0))
	_ = p.SetWriteDeadline(time.Now().Add(farewell))
}

// readyToSay gives the peer time to read an answer: little when others wait for
// the end of the connection. The look at that comes last, so that it is not
// missed.
func (p *feedConn) readyToSay() {
	_ = p.SetWriteDeadline(time.Now().Add(ackTimeout))
	if p.evicted.Load() || p.ctx.Err() != nil {
		_ = p.SetWriteDeadline(time.Now().Add(farewell))
	}
}

// lastRead reads what is still to be had when the server stops. More may have
// come before where the last read was full, and where what it gave took so long
// to hand over that the peer could send more meanwhile.
func (p *feedConn) lastRead(b []byte) (int, error) {
	now := time.Now()
	if p.until.IsZero() {
		p.until = now.Add(p.o.Linger)
	}
	p.behind = p.behind || !p.seen.IsZero() && now.Sub(p.seen) >= p.o.LastLook
	until := p.until
	if p.behind {
		until = until.Add(maxLingers * p.o.Linger)
	}
	if p.late >= maxBacklog || !now.Before(until) {
		return 0, errStopped
	}
	_ = p.SetReadDeadline(now.Add(p.o.LastLook))
	n, err := p.Conn.Read(b)
	p.seen = time.Now()
	p.late, p.behind = p.late+n, n == len(b)
	if err != nil && err != io.EOF {
		err = errStopped
	}
	return n, err
}
