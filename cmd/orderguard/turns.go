package main

import (
	"context"
	"sync"
)

// turns lets those who ask under one key in one after the other. The zero value is ready.
type turns struct {
	mu    sync.Mutex
	taken map[string]chan struct{} // closed when the one who is in has left
}

// await returns once it is the caller's turn, with what ends it. The error is that of ctx.
func (t *turns) await(ctx context.Context, key string) (done func(), err error) {
	for {
		t.mu.Lock()
		others := t.taken[key]
		if others == nil {
			break
		}
		t.mu.Unlock()
		select {
		case <-others:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer t.mu.Unlock()
	if t.taken == nil {
		t.taken = map[string]chan struct{}{}
	}
	mine := make(chan struct{})
	t.taken[key] = mine
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.taken, key)
		close(mine)
	}, nil
}
