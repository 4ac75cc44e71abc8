package ingest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// FeedOptions says what Feed sends, and where to.
type FeedOptions struct {
	// Dial connects to the daemon's TCP feed.
	Dial func(ctx context.Context) (net.Conn, error)
	// Stream and Token are those of the hello; the token may be empty where the
	// daemon asks for none.
	Stream, Token string
	// Lines returns the stream's lines after the first n. What it returns is
	// closed, if it can be, when the connection breaks.
	Lines func(n int64) (io.Reader, error)
	// Acked, if not nil, is told how far the stream is durable: when the daemon
	// says welcome, and with each ack.
	Acked func(Position)
	// Pause is how long a broken connection waits until the next try; 0 is
	// DefaultPause.
	Pause time.Duration
	// Log takes what breaks; nil takes nothing.
	Log *slog.Logger
}

// DefaultPause is FeedOptions' Pause.
const DefaultPause = 100 * time.Millisecond

// welcomeTime is how long a daemon may take to say welcome: the connection that
// fed the stream before must end.
const welcomeTime = 2 * ackTimeout

// Errors that Feed returns. They may be wrapped.
var (
	// ErrRefused says that the daemon does not take the feed, or another takes its place.
	ErrRefused = errors.New("the daemon refuses the feed")
	// ErrLost says that the daemon has less of the stream than it has acked.
	ErrLost = errors.New("acked lines are lost")
	// ErrSource says that the stream's lines cannot be read.
	ErrSource = errors.New("the lines of the stream cannot be read")
)

// Feed sends a stream over TCP until all its lines are durable. After any break
// it connects again and goes on behind what the daemon has. It returns early
// with the errors above, and when ctx ends. A last line needs no line end.
func Feed(ctx context.Context, o FeedOptions) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f := &tcpFeed{FeedOptions: o}
	for {
		err := f.connect(ctx)
		if err == nil || errors.Is(err, ErrRefused) || errors.Is(err, ErrLost) || errors.Is(err, ErrSource) {
			return err
		}
		o.Log.Warn("the connection broke, it is made again", "stream", o.Stream, "acked", f.at.Lines, "error", err)
		select {
		case <-time.After(cmp.Or(o.Pause, DefaultPause)):
		case <-ctx.Done():
			return fmt.Errorf("feed %s: %w, %d lines are durable", o.Stream, context.Cause(ctx), f.at.Lines)
		}
	}
}

// tcpFeed is a stream that is being fed.
type tcpFeed struct {
	FeedOptions
	mu    sync.Mutex
	at    Position
	total int64 // lines of the stream, -1 while they are not known
	fault error // why no more lines can be sent
}

// reply is a line that a daemon says.
type reply struct {
	Welcome         *welcomed
	Acked, Rejected int64
	Error           string
}

// connect feeds over one connection. It returns nil when all is durable.
func (f *tcpFeed) connect(ctx context.Context) error {
	conn, err := f.Dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	unwatch := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer unwatch()
	said := bufio.NewReader(conn)
	if err := f.greet(conn, said); err != nil {
		return err
	}
	from := f.at.Lines
	lines, err := f.Lines(from)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSource, err)
	}
	f.total, f.fault = -1, nil
	var sending sync.WaitGroup
	sending.Go(func() { f.send(conn, lines, from) })
	err = f.listen(said)
	f.mu.Lock()
	if f.fault != nil {
		err = f.fault
	}
	f.mu.Unlock()
	_ = conn.Close()
	if c, ok := lines.(io.Closer); ok {
		_ = c.Close() // what may wait for more lines
	}
	sending.Wait()
	return err
}

// greet says hello and takes the welcome.
func (f *tcpFeed) greet(conn net.Conn, said *bufio.Reader) error {
	hello, err := json.Marshal(map[string]Hello{"hello": {Stream: f.Stream, Token: f.Token}})
	if err != nil {
		return err
	}
	_ = conn.SetDeadline(time.Now().Add(welcomeTime))
	if _, err := conn.Write(append(hello, '\n')); err != nil {
		return err
	}
	r, err := hear(said)
	switch {
	case err != nil:
		return err
	case r.Welcome == nil:
		return fmt.Errorf("%w: %s", ErrRefused, r.Error)
	case r.Welcome.Acked < f.at.Lines:
		return fmt.Errorf("stream %s: %w: the daemon has %d, and has acked %d", f.Stream, ErrLost, r.Welcome.Acked, f.at.Lines)
	}
	f.note(Position{Lines: r.Welcome.Acked, Rejected: f.at.Rejected})
	return conn.SetDeadline(time.Time{})
}

// hear takes a line that the daemon says.
func hear(said *bufio.Reader) (r reply, err error) {
	line, err := said.ReadBytes('\n')
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("the daemon says %q: %w", line, err)
	}
	return r, nil
}

// listen takes acks until all is durable.
func (f *tcpFeed) listen(said *bufio.Reader) error {
	for {
		r, err := hear(said)
		switch {
		case f.done():
			return nil
		case err != nil:
			return err
		case r.Error == ErrSuperseded.Error():
			return fmt.Errorf("%w: %s", ErrRefused, r.Error)
		case r.Error != "":
			return errors.New(r.Error)
		}
		f.note(Position{Lines: r.Acked, Rejected: r.Rejected})
		if f.done() {
			return nil
		}
	}
}

// note keeps how far the stream is durable, and tells of it.
func (f *tcpFeed) note(at Position) {
	f.mu.Lock()
	f.at = at
	f.mu.Unlock()
	if f.Acked != nil {
		f.Acked(at)
	}
}

// done reports whether all lines are durable.
func (f *tcpFeed) done() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total >= 0 && f.at.Lines >= f.total
}

// send sends the lines after the first from. When it fails it ends the
// connection, and when it is done, and nothing is left to be acked, the waiting
// for acks.
func (f *tcpFeed) send(conn net.Conn, lines io.Reader, from int64) {
	counted := &lineCounter{w: conn, lines: from, last: '\n'}
	_, err := io.CopyBuffer(counted, struct{ io.Reader }{lines}, make([]byte, 64<<10))
	if err == nil && counted.last != '\n' {
		_, err = counted.Write([]byte("\n"))
	}
	f.mu.Lock()
	if err == nil {
		f.total = counted.lines
	} else if counted.err == nil {
		f.fault = fmt.Errorf("%w: %w", ErrSource, err)
	}
	f.mu.Unlock()
	if err != nil {
		_ = conn.Close()
	} else if f.done() {
		_ = conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// lineCounter counts the lines that go through it.
type lineCounter struct {
	w     io.Writer
	lines int64
	last  byte
	err   error
}

func (c *lineCounter) Write(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, nil
	}
	if n, err = c.w.Write(b); err != nil {
		c.err = err
		return n, err
	}
	c.lines, c.last = c.lines+int64(bytes.Count(b, []byte("\n"))), b[len(b)-1]
	return n, nil
}
