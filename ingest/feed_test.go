package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// brittle is a connection that breaks after so many bytes.
type brittle struct {
	net.Conn
	left int
}

func (b *brittle) Write(p []byte) (int, error) {
	n, err := b.Conn.Write(p[:min(len(p), b.left)])
	if b.left -= n; err == nil && n < len(p) {
		err = errors.Join(io.ErrClosedPipe, b.Close())
	}
	return n, err
}

// feedLines returns lines a to z, each once, and a blank one now and then.
func feedLines(n int) (text []byte, ids []string) {
	for i := range n {
		id := fmt.Sprint("e-", i)
		text = append(text, line(id, 0)+"\n\n"[:1+i%7/6]...)
		ids = append(ids, id)
	}
	return text, ids
}

// TestFeedResumes breaks connections anywhere: each line arrives once, in its
// order.
func TestFeedResumes(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 8))
			in := newLedger()
			l, stop := serve(t, TCPOptions{}, in)
			text, ids := feedLines(1 + rng.IntN(200))
			if rng.IntN(2) == 0 {
				text = bytes.TrimRight(text, "\n")
			}
			lines := int64(bytes.Count(text, []byte("\n")))
			if text[len(text)-1] != '\n' {
				lines++
			}
			acked, dials := int64(0), 0
			feed := func() error {
				return Feed(t.Context(), FeedOptions{
					Stream: "s", Token: "good", Lines: linesOf(text),
					Dial: func(context.Context) (net.Conn, error) {
						if dials++; dials%3 == 0 {
							return nil, errors.New("nobody listens")
						}
						return &brittle{l.dial(), 60 + rng.IntN(8000)}, nil
					},
					Acked: func(at Position) {
						require.GreaterOrEqual(t, at.Lines, acked)
						acked = at.Lines
					},
				})
			}
			require.NoError(t, feed())
			require.Equal(t, lines, acked)
			require.Equal(t, ids, in.ids)
			require.NoError(t, feed(), "there is nothing left to send")
			require.Equal(t, ids, in.ids)
			stop()
		})
	}
}

func TestFeedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newLedger()
		l, stop := serve(t, TCPOptions{}, in)
		o := FeedOptions{
			Stream: "s", Token: "bad", Dial: func(context.Context) (net.Conn, error) { return l.dial(), nil },
			Lines: func(int64) (io.Reader, error) { return bytes.NewReader([]byte(line("a", 0) + "\n")), nil },
		}
		err := Feed(t.Context(), o)
		require.ErrorIs(t, err, ErrRefused)
		require.ErrorContains(t, err, "the token is not known")
		o.Token = "good"

		o.Lines = func(int64) (io.Reader, error) { return iotest.ErrReader(errors.New("no such disk")), nil }
		require.ErrorIs(t, Feed(t.Context(), o), ErrSource)
		o.Lines = linesOf(nil)
		require.NoError(t, Feed(t.Context(), o), "nothing is durable at once")
		// The daemon loses what it has acked, and the connection breaks.
		lines, more := io.Pipe()
		o.Lines = func(int64) (io.Reader, error) { return lines, nil }
		var conn net.Conn
		o.Dial = func(context.Context) (net.Conn, error) {
			conn = l.dial()
			return conn, nil
		}
		o.Acked = func(at Position) {
			if at.Lines == 1 {
				in.mu.Lock()
				clear(in.at)
				in.mu.Unlock()
				_ = conn.Close()
			}
		}
		go func() { _, _ = io.WriteString(more, line("a", 0)+"\n") }()
		require.ErrorIs(t, Feed(t.Context(), o), ErrLost)
		o.Acked = nil

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		o.Dial = func(context.Context) (net.Conn, error) { return nil, errors.New("nobody listens") }
		require.ErrorIs(t, Feed(ctx, o), context.DeadlineExceeded)
		stop()
	})
}

// linesOf returns the Lines of a stream that is a text.
func linesOf(text []byte) func(n int64) (io.Reader, error) {
	return func(n int64) (io.Reader, error) {
		rest := text
		for range n {
			_, rest, _ = bytes.Cut(rest, []byte("\n"))
		}
		return bytes.NewReader(rest), nil
	}
}
