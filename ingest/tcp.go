package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/orderguard/orderguard"
)

// Defaults of TCPOptions.
const (
	// DefaultMaxConns bounds the memory of connections: each takes about a
	// megabyte when it is busy.
	DefaultMaxConns = 256
	// DefaultIdleTimeout lets go of peers that have vanished.
	DefaultIdleTimeout = 5 * time.Minute
	// DefaultLastLook is longer than bytes take from a peer on this machine, or
	// in the same building, and than a busy machine takes to look at them.
	DefaultLastLook = 100 * time.Millisecond
	// DefaultLinger is more than a server is behind what has arrived, as a rule.
	DefaultLinger = time.Second
	// DefaultTCPFeed is the space of event ids that all connections share.
	DefaultTCPFeed = "tcp"
)

// farewell is how long a peer that is turned away has to read why, and
// maxFarewells how many are told at a time.
const (
	farewell     = time.Second
	maxFarewells = 64
)

// maxBacklog is more than the buffers of a socket hold at its two ends: it is
// how much a stopping server reads of a peer that goes on sending. maxLingers
// bounds, in lingers, how much longer it reads while it is behind.
const (
	maxBacklog = 16 << 20
	maxLingers = 30
)

// TCPOptions says how a TCPServer serves.
type TCPOptions struct {
	// Listener is where connections come from. Serve closes it.
	Listener net.Listener
	// Feed is the feed of all connections; "" is DefaultTCPFeed.
	Feed string
	// MaxConns is how many connections there may be at a time; 0 is
	// DefaultMaxConns.
	MaxConns int
	// IdleTimeout is how long a connection may be silent, also in the middle
	// of a line; 0 is DefaultIdleTimeout.
	IdleTimeout time.Duration
	// LastLook is how long a connection may be silent once the server stops:
	// what has arrived by then is still taken. Linger is how long one that is
	// not silent is read, and longer only while that is behind. 0 is
	// DefaultLastLook and DefaultLinger.
	LastLook, Linger time.Duration
	// Log takes what happens to connections; nil takes nothing.
	Log *slog.Logger
}

// Validate reports every fault of o.
func (o TCPOptions) Validate() error {
	var errs []error
	if o.Listener == nil {
		errs = append(errs, errors.New("listener: missing"))
	}
	if o.MaxConns < 0 {
		errs = append(errs, fmt.Errorf("max conns: want 0 or more, got %d", o.MaxConns))
	}
	if o.IdleTimeout < 0 {
		errs = append(errs, fmt.Errorf("idle timeout: want 0s or more, got %v", o.IdleTimeout))
	}
	if o.LastLook < 0 || o.Linger < 0 {
		errs = append(errs, fmt.Errorf("last look, linger: want 0s or more, got %v and %v", o.LastLook, o.Linger))
	}
	return errors.Join(errs...)
}

// TCPServer takes lines from TCP connections.
type TCPServer struct {
	o         TCPOptions
	slots     chan struct{} // a token for each connection
	farewells chan struct{}
	conns     sync.WaitGroup
}

// NewTCPServer returns a server that Serve starts, or the faults of o.
func NewTCPServer(o TCPOptions) (*TCPServer, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Feed == "" {
		o.Feed = DefaultTCPFeed
	}
	if o.MaxConns == 0 {
		o.MaxConns = DefaultMaxConns
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = DefaultIdleTimeout
	}
	if o.LastLook == 0 {
		o.LastLook = DefaultLastLook
	}
	if o.Linger == 0 {
		o.Linger = DefaultLinger
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &TCPServer{
		o: o, slots: make(chan struct{}, o.MaxConns), farewells: make(chan struct{}, maxFarewells),
	}, nil
}

// TCPHandler takes a batch that came over a connection; source is the remote
// address. It is called by many goroutines at once. While it blocks, nothing
// more is read from its connection, and so TCP slows the peer down. The batch
// is good until it returns. An error closes the connection. At its end it is
// called with a nil batch, so that nobody waits for the source any more.
type TCPHandler func(source string, b *orderguard.Batch) error

// Serve takes connections until ctx ends. Then it takes what has arrived by
// then, in connections that nobody has accepted yet too, has the whole lines of
// it handled, and returns nil. A fragment of a line is dropped: its peer has to
// send it again. It returns an error if the listener fails.
func (s *TCPServer) Serve(ctx context.Context, handle TCPHandler) error {
	ctx, cancel := context.WithCancel(ctx)
	defer s.conns.Wait()
	defer cancel()
	defer s.o.Listener.Close()
	unlisten := context.AfterFunc(ctx, s.stopAccepting)
	defer unlisten()
	for pause := time.Duration(0); ; {
		conn, err := s.o.Listener.Accept()
		switch {
		case err == nil:
			pause = 0
			s.admit(ctx, conn, handle)
		case ctx.Err() != nil:
			return nil
		case isTemporary(err):
			// The process is out of file descriptors: connections that end
			// give some back.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.o.Log.Warn("accept failed, trying again", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		default:
			return fmt.Errorf("ingest: accept on %s: %w", s.o.Listener.Addr(), err)
		}
	}
}

// stopAccepting makes Accept fail once it has given the connections that are
// there.
func (s *TCPServer) stopAccepting() {
	l, ok := s.o.Listener.(interface{ SetDeadline(t time.Time) error })
	if !ok || l.SetDeadline(time.Now().Add(s.o.LastLook)) != nil {
		_ = s.o.Listener.Close()
	}
}

func isTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// admit serves a connection in a goroutine, or turns it away.
func (s *TCPServer) admit(ctx context.Context, conn net.Conn, handle TCPHandler) {
	select {
	case s.slots <- struct{}{}:
		s.conns.Go(func() {
			defer func() { <-s.slots }()
			s.serve(ctx, conn, handle)
		})
		return
	default:
	}
	s.o.Log.Warn("connection turned away", "remote", conn.RemoteAddr(), "limit", s.o.MaxConns)
	select {
	case s.farewells <- struct{}{}:
		s.conns.Go(func() {
			defer func() { <-s.farewells }()
			s.turnAway(conn)
		})
	default:
		_ = conn.Close()
	}
}

// turnAway tells a peer that there are too many. To close with lines of his
// unread would reset the connection, and the reason might never reach him.
func (s *TCPServer) turnAway(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(farewell))
	line, _ := json.Marshal(map[string]string{
		"error": fmt.Sprintf("too many connections (the limit is %d): close one, or try again later", s.o.MaxConns),
	})
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return
	}
	if c, ok := conn.(interface{ CloseWrite() error }); ok && c.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, conn)
	}
}

// serve reads a connection to its end.
func (s *TCPServer) serve(ctx context.Context, conn net.Conn, handle TCPHandler) {
	source := conn.RemoteAddr().String()
	log := s.o.Log.With("remote", source)
	wake := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now().Add(s.o.LastLook)) })
	defer wake()
	// A single worker decodes in this goroutine. The connection itself ends
	// the waiting of a read.
	from := &patient{Conn: conn, ctx: ctx, o: &s.o}
	r := NewReader(from, ReaderOptions{
		Feed: s.o.Feed, Source: source, Workers: 1, BlockSize: minBlock, Live: true,
	})
	defer r.Close()
	log.Debug("connection opened")
	defer func() { _ = handle(source, nil) }()
	for {
		b, err := r.Next(context.Background())
		switch {
		case err == io.EOF:
			log.Debug("connection closed by its peer")
			return
		case errors.Is(err, errStopped) && from.behind:
			log.Warn("connection cut off by the stop, with lines unread; let its feed send them again")
			return
		case errors.Is(err, errStopped):
			log.Debug("connection closed, the server stops")
			return
		case err != nil:
			log.Warn("connection failed", "error", err)
			return
		}
		err = handle(source, b)
		r.Recycle(b)
		if err != nil {
			log.Error("connection closed, its lines cannot be handled", "error", err)
			return
		}
	}
}

// patient is a connection whose reads end when it is silent for too long, and
// sooner when the server stops.
type patient struct {
	net.Conn
	ctx context.Context
	o   *TCPOptions
	// Once the server stops: until when it reads whatever comes, how much it
	// has read since, and whether the last read was full, so that there is
	// more which has come before.
	until  time.Time
	late   int
	behind bool
}

// Read reads from the connection. The deadline comes before the look at the
// context, so that the one that the context's end sets is never overwritten
// unseen. Where no deadline can be set, reading says what is wrong: a pipe
// refuses one when its peer has closed, which is an end like any other.
func (p *patient) Read(b []byte) (int, error) {
	_ = p.SetReadDeadline(time.Now().Add(p.o.IdleTimeout))
	if p.ctx.Err() != nil {
		return p.lastRead(b)
	}
	n, err := p.Conn.Read(b)
	var slow net.Error
	switch {
	case err != nil && err != io.EOF && p.ctx.Err() != nil:
		err = errStopped
	case errors.As(err, &slow) && slow.Timeout():
		err = fmt.Errorf("nothing came for %v: %w", p.o.IdleTimeout, err)
	}
	return n, err
}

// lastRead reads what is still to be had when the server stops.
func (p *patient) lastRead(b []byte) (int, error) {
	now := time.Now()
	if p.until.IsZero() {
		p.until = now.Add(p.o.Linger)
	}
	until := p.until
	if p.behind {
		until = until.Add(maxLingers * p.o.Linger)
	}
	if p.late >= maxBacklog || !now.Before(until) {
		return 0, errStopped
	}
	_ = p.SetReadDeadline(now.Add(p.o.LastLook))
	n, err := p.Conn.Read(b)
	p.late, p.behind = p.late+n, n == len(b)
	if err != nil && err != io.EOF {
		err = errStopped
	}
	return n, err
}
