package main

import (
	"context"
	"sync"
)

// turns lets those who come under one key in one after the other, the first who came first.
// The zero value is ready.
type turns struct {
	mu   sync.Mutex
	last map[string]chan struct{} // by key: closed when the last who came has left
}

// await returns once it is the caller's turn, with what ends it. The error is that of ctx.
func (t *turns) await(ctx context.Context, key string) (done func(), err error) {
	mine := make(chan struct{})
	t.mu.Lock()
	before := t.last[key]
	if t.last == nil {
		t.last = map[string]chan struct{}{}
	}
	t.last[key] = mine
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.last[key] == mine {
			delete(t.last, key)
		}
		close(mine)
	}
	if before == nil {
		return leave, nil
	}
	select {
	case <-before:
		return leave, nil
	case <-ctx.Done():
		go func() { // who comes next still waits for those before
			<-before
			leave()
		}()
		return nil, ctx.Err()
	}
}
