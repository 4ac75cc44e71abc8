package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"

	"github.com/orderguard/orderguard"
)

// maxUnder is how many batches of a connection may be on their way to the
// journal: enough to share syncs, few enough to bound what is lost on the way
// and sent again.
const maxUnder = 8

// ErrSuperseded is what the feeder of a stream is told whom another has taken the
// place of.
var ErrSuperseded = errors.New("another connection feeds this stream now: feed a stream over one connection at a time")

// connection is one TCP connection of a feed.
type connection struct {
	conn    *feedConn
	in      Intake
	log     *slog.Logger
	refused *warnings
	source  string
	hello   Hello // its stream is empty for a plain feed

	under  sync.WaitGroup
	room   chan struct{} // a token for each batch that is under way
	mu     sync.Mutex
	at     Position
	failed error // why a batch will not be durable
	// superseded is set when another connection feeds the stream.
	superseded atomic.Bool
	moved      chan struct{} // has room for one: at or failed has changed
}

// serve reads a connection to its end.
func (s *TCPServer) serve(ctx context.Context, conn net.Conn, in Intake) {
	c := &connection{
		conn: &feedConn{Conn: conn, ctx: ctx, o: &s.o}, in: in, source: conn.RemoteAddr().String(),
		room: make(chan struct{}, maxUnder), moved: make(chan struct{}, 1),
	}
	c.log, c.refused = s.o.Log.With("remote", c.source), &s.refused
	defer conn.Close()
	wake := context.AfterFunc(ctx, c.conn.hurry)
	defer wake()
	c.log.Debug("connection opened")
	from := &opening{Reader: c.conn}
	line := from.firstLine()
	hello, err := parseHello(line)
	switch {
	case errors.Is(err, errNoHello) && (!s.o.HelloOnly || len(from.head) == 0):
		// Who looks only whether the port is open has nothing to be told.
		c.plain(from, s.o.Feed)
	case errors.Is(err, errNoHello):
		c.refuse(errors.New(`this daemon takes feeds that say who they are: begin with {"hello":{"stream":"NAME","token":"TOKEN"}}`))
	case err != nil:
		c.refuse(err)
	default:
		from.skip(len(line))
		c.hello = hello
		c.stream(from)
	}
}

// plain reads a feed that does not want to know what of it is durable.
func (c *connection) plain(from io.Reader, feed string) {
	defer func() { c.in.Close(c.source, c.hello) }()
	defer c.under.Wait()
	c.read(from, c.source, ReaderOptions{Feed: feed, Source: c.source})
}

// stream reads a feed that is told what of it is durable.
func (c *connection) stream(from io.Reader) {
	at, err := c.in.Open(c.hello, func() {
		c.superseded.Store(true)
		c.conn.evict()
	})
	if err != nil {
		c.refuse(err)
		return
	}
	c.at = at
	fault := c.acked(from, at)
	// The stream is free from here on: a connection that takes it over need not
	// wait until this one's peer has listened.
	c.in.Close("", c.hello)
	if fault != nil {
		c.refuse(fault)
	}
}

// acked reads a stream from where it is, and returns what its peer is to be told
// at the end. All that was handed over is settled then.
func (c *connection) acked(from io.Reader, at Position) error {
	if !c.say(welcome{welcomed{c.hello.Stream, at.Lines}}) {
		return nil
	}
	ended := make(chan struct{})
	var acks sync.WaitGroup
	acks.Go(func() { c.acknowledge(at, ended) })
	name := StreamFeed(c.hello.Stream)
	c.read(from, name, ReaderOptions{Feed: name, Source: "stream " + c.hello.Stream, FirstLine: at.Lines + 1, Offset: at.Bytes, Whole: true})
	c.under.Wait()
	close(ended)
	acks.Wait()
	switch {
	case c.failed != nil:
		return fmt.Errorf("the lines after %d cannot be kept now (%w): send them again later", c.at.Lines, c.failed)
	case c.superseded.Load():
		return ErrSuperseded
	case c.conn.silent:
		return fmt.Errorf("nothing came for %v: connect again, and send what comes after line %d", c.conn.o.IdleTimeout, c.at.Lines)
	}
	return nil
}

// What a feed that said hello is told, as JSON.
type (
	welcome struct {
		Welcome welcomed `json:"welcome"`
	}
	welcomed struct {
		Stream string `json:"stream"`
		Acked  int64  `json:"acked"`
	}
	ack struct {
		Acked    int64 `json:"acked"`
		Rejected int64 `json:"rejected"`
	}
)

// StreamFeed returns the name under which a stream's position is kept, and
// within which its event ids are unique. No feed without a stream has it.
func StreamFeed(stream string) string { return "stream:" + stream }

// acknowledge tells the peer of what has become durable, as fast as it reads.
func (c *connection) acknowledge(told Position, ended <-chan struct{}) {
	for last := false; !last; {
		select {
		case <-c.moved:
		case <-ended:
			last = true
		}
		c.mu.Lock()
		at := c.at
		c.mu.Unlock()
		if at == told {
			continue
		}
		if !c.say(ack{at.Lines, at.Rejected}) {
			c.conn.evict() // nobody listens: what comes is not read any more
			return
		}
		told = at
	}
}

// say writes a line to the peer.
func (c *connection) say(v any) bool {
	line, err := json.Marshal(v)
	if err == nil {
		c.conn.readyToSay()
		_, err = c.conn.Write(append(line, '\n'))
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.refused.warn("remote", c.source, "stream", c.hello.Stream, "error", "it does not read what it is told of its lines")
	} else if err != nil {
		c.log.Debug("connection failed at an answer", "error", err)
	}
	return err == nil
}

// refuse tells the peer why its connection ends.
func (c *connection) refuse(err error) {
	c.refused.warn("remote", c.source, "error", err)
	if c.say(map[string]string{"error": err.Error()}) {
		leave(c.conn.Conn)
	}
}

// read hands all batches over.
func (c *connection) read(from io.Reader, source string, o ReaderOptions) {
	// A single worker decodes in this goroutine. The connection itself ends
	// the waiting of a read.
	o.Workers, o.BlockSize, o.Live = 1, liveBlock, true
	r := NewReader(from, o)
	defer r.Close()
	for {
		b, err := r.Next(context.Background())
		switch {
		case err == io.EOF:
			c.log.Debug("connection closed by its peer")
			return
		case errors.Is(err, errStopped) && c.conn.behind:
			c.log.Warn("connection cut off by the stop, with lines unread; let its feed send them again")
			return
		case errors.Is(err, errStopped):
			c.log.Debug("connection closed, the server stops or another feeds the stream")
			return
		case err != nil:
			c.log.Warn("connection failed", "error", err)
			return
		}
		if err := c.push(r, source, b); err != nil {
			c.log.Error("connection closed, its lines cannot be journalled", "error", err)
			return
		}
	}
}

// push hands a batch over, when few enough are under way.
func (c *connection) push(r *Reader, source string, b *orderguard.Batch) error {
	c.room <- struct{}{}
	c.under.Add(1)
	done := func() {
		<-c.room
		c.under.Done()
	}
	err := c.in.Push(source, b, func(at Position, err error) {
		c.note(at, err)
		done()
	}, func() { r.Recycle(b) })
	if err != nil {
		r.Recycle(b)
		done()
		c.note(Position{}, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// note keeps how far the feed has come, for the next ack.
func (c *connection) note(at Position, err error) {
	c.mu.Lock()
	if err != nil {
		c.failed = err
	} else {
		c.at = at
	}
	c.mu.Unlock()
	select {
	case c.moved <- struct{}{}:
	default:
	}
}
