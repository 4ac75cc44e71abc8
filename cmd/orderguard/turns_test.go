package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTurns holds that one is in at a time, in the order in which they came, also when one who
// waits goes away.
func TestTurns(t *testing.T) {
	var turns turns
	done, err := turns.await(t.Context(), "s-1")
	require.NoError(t, err)
	other, err := turns.await(t.Context(), "s-2")
	require.NoError(t, err, "another key")
	other()
	var order []int
	leaving, leave := context.WithCancel(t.Context())
	ended := make(chan int)
	for i := range 4 {
		before := turns.tail("s-1")
		go func() {
			ctx := t.Context()
			if i == 1 {
				ctx = leaving
			}
			done, err := turns.await(ctx, "s-1")
			if err == nil {
				order = append(order, i)
				done()
			}
			ended <- i
		}()
		await(t, "its place", func() bool { return turns.tail("s-1") != before })
	}
	leave()
	require.Equal(t, 1, <-ended)
	require.Empty(t, order)
	done()
	for range 3 {
		<-ended
	}
	require.Equal(t, []int{0, 2, 3}, order)
	require.Nil(t, turns.tail("s-1"))
}

func (t *turns) tail(key string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last[key]
}
