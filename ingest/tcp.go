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
	// DefaultMaxConns bounds the memory of connections: each takes some megabytes
	// when it is busy, and an eighth of one when it is idle.
	DefaultMaxConns = 1000
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
	// HelloOnly says that a connection must begin with a hello.
	HelloOnly bool
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
	// What peers can make happen as often as they like.
	turnedAway, refused warnings
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
		turnedAway: warnings{log: o.Log, message: "connection turned away"},
		refused:    warnings{log: o.Log, message: "connection refused"},
	}, nil
}

// Position is how far a stream has come: how many of its lines are durable, and
// how many of those were no events.
type Position struct {
	Lines, Bytes, Rejected int64
}

// Intake takes what comes over connections. Its methods are called by many
// goroutines at once.
type Intake interface {
	// Open says that a connection feeds a stream from now on, and returns how
	// far that has come. Another connection that feeds it has been told to end,
	// by its evict, and has ended. The error is told to the peer.
	Open(h Hello, evict func()) (at Position, err error)
	// Push takes a batch of a source, or of a stream, whose name source then is. The batch
	// belongs to it until it calls release. It calls durable, once: when the
	// batch is durable, with how far its feed has come by then, or with an error
	// that ends the connection. It may wait, so that TCP slows the peer down. On
	// an error neither is called.
	Push(source string, b *orderguard.Batch, durable func(Position, error), release func()) error
	// Close says that a source or, with an empty source, the connection that feeds a stream, has ended.
	Close(source string, h Hello)
}

// Serve takes connections until ctx ends. Then it takes what has arrived by
// then, in connections that nobody has accepted yet too, waits until the whole lines of
// it are durable, and returns nil. A fragment of a line is dropped: its peer has to
// send it again. It returns an error if the listener fails.
func (s *TCPServer) Serve(ctx context.Context, in Intake) error {
	ctx, cancel := context.WithCancel(ctx)
	defer s.turnedAway.close()
	defer s.refused.close()
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
			s.admit(ctx, conn, in)
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
func (s *TCPServer) admit(ctx context.Context, conn net.Conn, in Intake) {
	select {
	case s.slots <- struct{}{}:
		s.conns.Go(func() {
			defer func() { <-s.slots }()
			s.serve(ctx, conn, in)
		})
		return
	default:
	}
	s.turnedAway.warn("remote", conn.RemoteAddr(), "limit", s.o.MaxConns)
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

// turnAway tells a peer that there are too many.
func (s *TCPServer) turnAway(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(farewell))
	line, _ := json.Marshal(map[string]string{
		"error": fmt.Sprintf("too many connections (the limit is %d): close one, or try again later", s.o.MaxConns),
	})
	if _, err := conn.Write(append(line, '\n')); err == nil {
		leave(conn)
	}
}

// leave reads what a peer still sends, for a while, so that the last line said
// to it is not lost: to close with lines of it unread would reset the connection.
func leave(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(farewell))
	if c, ok := conn.(interface{ CloseWrite() error }); ok && c.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, conn)
	}
}
