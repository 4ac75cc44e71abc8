package main

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/store"
)

// callbacks tell a feed that a batch is durable, and what became of it. Neither
// is nil.
type callbacks struct {
	durable func(store.FeedPosition, error)
	judged  func(duplicates int64, err error)
	post    string // that the batch is of, see parcel
}

// batches is where a feed's batches come from; see ingest.Reader.
type batches interface {
	Next(ctx context.Context) (*orderguard.Batch, error)
	Recycle(b *orderguard.Batch)
}

// drain takes all batches of a source through the flow, and returns
// when all are judged. Each gives the callbacks of a batch, at which it may look
// meanwhile.
func (f *flow) drain(ctx context.Context, source string, r batches, each func(*orderguard.Batch) callbacks) error {
	var under sync.WaitGroup
	defer under.Wait()
	return f.pour(ctx, source, r, each, &under)
}

// pour is drain, but returns when all batches have been handed over; under says when they are
// judged.
func (f *flow) pour(ctx context.Context, source string, r batches, each func(*orderguard.Batch) callbacks, under *sync.WaitGroup) error {
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f.give(ctx, source, r, b, each(b), under); err != nil {
			return err
		}
	}
}

// give pushes a batch of a reader.
func (f *flow) give(ctx context.Context, source string, r batches, b *orderguard.Batch, t callbacks, under *sync.WaitGroup) error {
	under.Add(1)
	p := &parcel{
		durable: t.durable, post: t.post,
		judged: func(duplicates int64, err error) {
			t.judged(duplicates, err)
			under.Done()
		},
		release: func() { r.Recycle(b) },
	}
	err := f.push(ctx, source, b, p)
	if err != nil {
		under.Done()
		r.Recycle(b)
	}
	return err
}

// noCallbacks is for feeds that want to know nothing.
func noCallbacks(*orderguard.Batch) callbacks {
	return callbacks{durable: func(store.FeedPosition, error) {}, judged: func(int64, error) {}}
}

// lastLines is a feed that goes on after stop has ended for as long as there is
// something at once, but not longer than linger.
type lastLines struct {
	batches
	stop  context.Context
	until time.Time
}

// Next implements batches. The end is io.EOF.
func (l *lastLines) Next(work context.Context) (*orderguard.Batch, error) {
	b, err := l.batches.Next(l.stop)
	if err == nil || l.stop.Err() == nil {
		return b, err
	}
	if l.until.IsZero() {
		l.until = time.Now().Add(linger)
	}
	look, cancel := context.WithTimeout(work, lastLook)
	defer cancel()
	if time.Now().Before(l.until) {
		b, err = l.batches.Next(look)
	}
	if err != nil {
		return nil, io.EOF
	}
	return b, nil
}

// end says that a source has ended, so that nobody waits for it.
func (f *flow) end(ctx context.Context, source string) error {
	return f.send(ctx, &parcel{Record: store.Record{Kind: store.End, Source: source, Wall: f.now()}})
}
