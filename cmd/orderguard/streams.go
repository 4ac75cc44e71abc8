package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// streams says who feeds which stream, or sends which post. One at a time does:
// what it pushes is counted from where the one before it ended.
type streams struct {
	mu     sync.Mutex
	feeder map[string]*feeder
	// next is who waits for the one before to end; closed when somebody newer does.
	next map[string]chan struct{}
}

// feeder feeds a stream.
type feeder struct {
	evict func()        // tells it to end
	ended chan struct{} // closed when all that it pushed is settled
}

// claim makes somebody the feeder of a stream, when the one before has ended,
// which it is told to. The stream is its own until it calls the function
// returned. The newest waits alone: one that waited before it gets
// ingest.ErrSuperseded, so that a peer which connects again and again holds no more
// than two places.
func (s *streams) claim(ctx context.Context, stream string, evict func()) (end func(), err error) {
	me, newer := &feeder{evict: evict, ended: make(chan struct{})}, make(chan struct{})
	s.mu.Lock()
	if s.feeder == nil {
		s.feeder, s.next = map[string]*feeder{}, map[string]chan struct{}{}
	}
	if older := s.next[stream]; older != nil {
		close(older)
	}
	s.next[stream] = newer
	for {
		select {
		case <-newer:
			err = ingest.ErrSuperseded
		default:
			err = ctx.Err()
		}
		other := s.feeder[stream]
		if other == nil || err != nil {
			break
		}
		s.mu.Unlock()
		other.evict()
		select {
		case <-other.ended:
		case <-newer:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	if s.next[stream] == newer {
		delete(s.next, stream)
	}
	if err != nil {
		return nil, err
	}
	s.feeder[stream] = me
	return func() { s.leave(stream, me) }, nil
}

func (s *streams) leave(stream string, me *feeder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.feeder, stream)
	close(me.ended)
}

// tcpIntake takes what comes over TCP through the flow.
type tcpIntake struct {
	flow  *flow
	guard guard
	// strict says that a hello needs a token.
	strict bool
	ready  func() error
	work   context.Context
	mu     sync.Mutex
	open   map[string]func() // by stream: ends its feeder
}

// Open implements ingest.Intake.
func (t *tcpIntake) Open(h ingest.Hello, evict func()) (ingest.Position, error) {
	if h.Token != "" || t.strict {
		token, err := t.guard.LookupToken(h.Token)
		if err != nil || token.Role != "feeder" && token.Role != "admin" {
			return ingest.Position{}, errors.New("hello: the token is not that of a feeder: orderguard token create --role feeder makes one")
		}
	}
	ctx, stop := whileReady(t.work, t.ready)
	defer stop()
	end, err := t.flow.streams.claim(ctx, ingest.StreamFeed(h.Stream), evict)
	switch {
	case errors.Is(err, ingest.ErrSuperseded):
		return ingest.Position{}, err
	case err != nil && t.work.Err() == nil:
		return ingest.Position{}, fmt.Errorf("another connection's lines of the stream are not kept yet: %w: try again later", context.Cause(ctx))
	case err != nil:
		return ingest.Position{}, errors.New("the daemon stops: try again later")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[string]func(){}
	}
	t.open[h.Stream] = end
	return positionOf(t.flow.position(ingest.StreamFeed(h.Stream))), nil
}

// Push implements ingest.Intake.
func (t *tcpIntake) Push(source string, b *orderguard.Batch, durable func(ingest.Position, error), release func()) error {
	return t.flow.push(t.work, source, b, &parcel{
		durable: func(at store.FeedPosition, err error) { durable(positionOf(at), err) },
		release: release,
	})
}

// Close implements ingest.Intake. A stream stays a source that others wait for
// until it has been silent for a while: it will be back.
func (t *tcpIntake) Close(source string, h ingest.Hello) {
	if h.Stream == "" {
		_ = t.flow.end(t.work, source)
		return
	}
	t.mu.Lock()
	end := t.open[h.Stream]
	delete(t.open, h.Stream)
	t.mu.Unlock()
	end()
}

func positionOf(at store.FeedPosition) ingest.Position {
	return ingest.Position{Lines: at.Lines, Bytes: at.Bytes, Rejected: at.Rejected}
}
