package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/orderguard/orderguard/bench"
	"github.com/stretchr/testify/require"
)

// Interrupting the command ends the writing, however much is left.
func TestInterruptible(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	w := interruptible{ctx, &out}
	_, err := w.Write([]byte("x"))
	require.NoError(t, err)
	cancel()
	require.ErrorIs(t, bench.Load(w, nil, bench.LoadOptions{Orders: 1 << 30, Duration: 365 * bench.Day}), context.Canceled)
	require.Equal(t, "x", out.String())
}
