package main

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard/ingest"
)

// Of many that wait for a stream, the newest gets it, and none waits behind it.
func TestNewestClaimWaitsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s streams
		evicted := 0
		end, err := s.claim(t.Context(), "eu", func() { evicted++ })
		require.NoError(t, err)
		got := make(chan error, 10)
		ends := make(chan func(), 10)
		for range 5 {
			go func() {
				end, err := s.claim(t.Context(), "eu", func() {})
				got <- err
				if err == nil {
					ends <- end
				}
			}()
			synctest.Wait()
		}
		require.Len(t, got, 4, "the older ones do not wait any more")
		for range 4 {
			require.ErrorIs(t, <-got, ingest.ErrSuperseded)
		}
		require.Positive(t, evicted)
		end()
		require.NoError(t, <-got)
		(<-ends)()
		require.Empty(t, s.feeder)
		require.Empty(t, s.next)

		end, err = s.claim(t.Context(), "eu", func() {})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = s.claim(ctx, "eu", func() {})
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, s.next)
		end()
	})
}
