package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
)

// orderFile makes a file of orders.
func orderFile(t *testing.T, orders int) string {
	path := filepath.Join(t.TempDir(), "orders.ndjson")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, Load(f, nil, LoadOptions{Orders: orders, Bursts: -1, Floods: -1}))
	require.NoError(t, f.Close())
	return path
}

// Lines are given no sooner than they are due, and all that are due at once.
func TestPacedLinesComeWhenDue(t *testing.T) {
	path := orderFile(t, 2000)
	synctest.Test(t, func(t *testing.T) {
		p := &pacing{path: path, rate: 1000, total: 500, every: 50, shops: 2, prefix: "p-"}
		r, err := p.lines(t.Context())(0)
		require.NoError(t, err)
		defer r.(io.Closer).Close()
		begin, lines, buf := time.Now(), 0, make([]byte, 64<<10)
		for {
			n, err := r.Read(buf)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			lines += bytes.Count(buf[:n], []byte("\n"))
			due := int(time.Since(begin).Milliseconds()) + 1
			require.LessOrEqual(t, lines, due)
			require.GreaterOrEqual(t, lines, due-1)
			if lines == 200 {
				time.Sleep(100 * time.Millisecond) // a daemon that takes nothing for a while
			}
		}
		require.Equal(t, 500, lines)
		require.EqualValues(t, 500, p.ended)
		require.Equal(t, 499*time.Millisecond, time.Since(begin), "the pause is made up for")
		require.GreaterOrEqual(t, p.late, 99*time.Millisecond, "and told of")
	})
}

// A stream that is taken up again after n lines goes on as it would have.
func TestPacedLinesResume(t *testing.T) {
	path := orderFile(t, 1000)
	p := &pacing{path: path, length: time.Hour, total: math.MaxInt64, every: 100, shops: 3, prefix: "p-"}
	read := func(n int64) []byte {
		r, err := p.lines(t.Context())(n)
		require.NoError(t, err)
		defer r.(io.Closer).Close()
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		return text
	}
	whole := bytes.SplitAfter(read(0), []byte("\n"))
	require.Len(t, whole, 1000+10+1, "a probe in each hundred lines")
	require.EqualValues(t, 1010, p.ended)
	for _, n := range []int64{1, 99, 100, 101, 999} {
		require.Equal(t, string(bytes.Join(whole[n:], nil)), string(read(n)), n)
	}
	_, err := p.lines(t.Context())(5000)
	require.ErrorContains(t, err, "line 1011 of the input")
}

// A probe is an event, at the time of the line before it, and knows its line.
func TestProbe(t *testing.T) {
	p := &pacing{every: 10, shops: 3, prefix: "p-"}
	for _, line := range []string{`{"ts":17,"id":"x"}`, `{"id":"x","ts": "2026-11-02T00:00:00Z"}`} {
		probe := p.probe(nil, 1239, timeIn([]byte(line)))
		var e orderguard.Event
		require.NoError(t, new(ingest.Decoder).Decode(probe, &e))
		var raw, want struct{ TS any }
		require.NoError(t, json.Unmarshal(probe, &raw))
		require.NoError(t, json.Unmarshal([]byte(line), &want))
		require.Equal(t, want, raw)
		n, ok := p.numberOf(e.Order)
		require.True(t, ok)
		require.EqualValues(t, 1239, n)
		require.Equal(t, p.shop(0), e.Shop)
	}
	require.Nil(t, timeIn([]byte(`{"id":"x"}`)))
	for _, other := range []string{"o-17", "p-x", "17"} {
		_, ok := p.numberOf(other)
		require.False(t, ok, other)
	}
}

// Lines that are acked together have waited for as long as each was due before.
func TestLatencySpread(t *testing.T) {
	l := newLatency()
	l.noteSpread(time.Second, 0, 100_000)
	require.EqualValues(t, 100_000, l.count())
	require.InEpsilon(t, .5, l.quantile(50), .02)
	require.InEpsilon(t, .99, l.quantile(99), .02)
	require.InEpsilon(t, 1, l.quantile(100), .01)
	l.noteSpread(2*time.Second, 2*time.Second, 1)
	require.InEpsilon(t, 2, l.quantile(100), .01)
}
