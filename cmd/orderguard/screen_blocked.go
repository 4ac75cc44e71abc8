package main

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// How many blocked attempts share a record of the journal, at most, and about how many
// bytes of them.
const (
	maxAttempts     = 1000
	maxAttemptBytes = 1 << 20
)

// blockedAttempts takes attempts that were blocked into the journal, where they count
// like orders. While some are made durable, those that come meanwhile gather, and
// share the next record and its sync.
type blockedAttempts struct {
	flow *flow
	work context.Context // of the flow
	turn chan struct{}   // has room for one: whose attempts are made durable

	mu   sync.Mutex
	next *attempts // nil: whoever comes begins
}

// attempts are lines that become durable together.
type attempts struct {
	lines []byte
	count int
	done  chan struct{} // closed when they are durable, or never will be
	err   error         // why not, once done is closed
}

func newBlockedAttempts(work context.Context, f *flow) *blockedAttempts {
	return &blockedAttempts{flow: f, work: work, turn: make(chan struct{}, 1)}
}

// keep makes an attempt durable. If ctx ends before, it may become so all the same.
func (b *blockedAttempts) keep(ctx context.Context, line []byte) error {
	b.mu.Lock()
	some := b.next
	if some == nil {
		some = &attempts{done: make(chan struct{})}
		b.next = some
		go b.journal(some) // not of this caller, who may go while others wait
	}
	some.lines = append(append(some.lines, bytes.TrimSpace(line)...), '\n')
	if some.count++; some.count == maxAttempts || len(some.lines) >= maxAttemptBytes {
		b.next = nil
	}
	b.mu.Unlock()
	select {
	case <-some.done:
		return some.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// journal takes attempts through the flow in their turn, and waits until they are
// durable.
func (b *blockedAttempts) journal(some *attempts) {
	defer close(some.done)
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	b.mu.Lock()
	if b.next == some {
		b.next = nil
	}
	b.mu.Unlock()
	durable := make(chan error, 1)
	by := redecoders.Get().(*ingest.Redecoder)
	batch, err := by.Decode(some.lines, screenFeed, screenFeed, 1, 0)
	if err == nil {
		err = b.flow.push(b.work, screenFeed, batch, &parcel{
			durable: func(_ store.FeedPosition, err error) { durable <- err },
			release: func() { redecoders.Put(by) },
		})
	}
	if err == nil {
		err = <-durable
	}
	if err != nil {
		some.err = fmt.Errorf("journal blocked attempts: %w", err)
	}
}
