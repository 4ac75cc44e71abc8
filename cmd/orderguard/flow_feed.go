package main

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// told is what a feed learns of a batch: that it is durable, and what became of
// it. Neither is nil.
type told struct {
	durable func(store.FeedPosition, error)
	judged  func(duplicates int64, err error)
}

// drain takes all batches of a source's reader through the flow, and returns
// when all are judged. Each is asked, while it may look at a batch, for what is
// to be told of it. The reader stays open.
func (f *flow) drain(ctx context.Context, source string, r *ingest.Reader, each func(*orderguard.Batch) told) error {
	var under sync.WaitGroup
	defer under.Wait()
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f.give(ctx, source, r, b, each(b), &under); err != nil {
			return err
		}
	}
}

// give pushes a batch of a reader.
func (f *flow) give(ctx context.Context, source string, r *ingest.Reader, b *orderguard.Batch, t told, under *sync.WaitGroup) error {
	under.Add(1)
	p := &parcel{
		durable: t.durable,
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

// end says that a source has ended, so that nobody waits for it.
func (f *flow) end(ctx context.Context, source string) error {
	return f.send(ctx, &parcel{Record: store.Record{Kind: store.End, Source: source, Wall: f.now()}})
}
