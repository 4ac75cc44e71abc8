package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// pieces reads in pieces of any size.
type pieces struct {
	io.Reader
	rng *rand.Rand
}

func (p pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:1+p.rng.IntN(len(b))]) }

// taken is what a reader gave in all.
type taken struct {
	lines, bytes, skipped int64
	ids                   []string
	rejects               []int64 // their lines
}

func takeAll(t *testing.T, source io.Reader, o ReaderOptions) (all taken) {
	o.Workers, o.BlockSize = 1, minBlock
	r := NewReader(source, o)
	defer r.Close()
	for {
		b, err := r.Next(context.Background())
		if err != nil {
			all.skipped = r.Skipped()
			return all
		}
		require.Equal(t, max(o.FirstLine, 1)+all.lines, b.FirstLine)
		require.Equal(t, o.Offset+all.bytes, b.Offset)
		all.lines, all.bytes = all.lines+b.Lines, all.bytes+b.Bytes
		for i := range b.Events {
			all.ids = append(all.ids, string([]byte(b.Events[i].ID)))
		}
		for i := range b.Rejects {
			all.rejects = append(all.rejects, b.Rejects[i].Line)
		}
		r.Recycle(b)
	}
}

// TestSkipResumes breaks a source off anywhere and reads it again from there: all
// lines are given once, whole, with their numbers.
func TestSkipResumes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 6))
		text := uglyStream(rng)
		whole := takeAll(t, bytes.NewReader(text), ReaderOptions{})
		at := rng.IntN(len(text) + 1)
		broken := io.MultiReader(bytes.NewReader(text[:at]), iotest.ErrReader(errors.New("broken")))
		first := takeAll(t, broken, ReaderOptions{Resumed: true, Live: rng.IntN(2) == 0})
		require.EqualValues(t, bytes.Count(text[:at], []byte("\n")), first.lines, "seed %d: a fragment is no line", seed)
		rest := takeAll(t, pieces{bytes.NewReader(text), rng}, ReaderOptions{
			Skip: first.lines, FirstLine: first.lines + 1, Offset: first.bytes, Resumed: true, Live: rng.IntN(2) == 0,
		})
		require.Equal(t, first.lines, rest.skipped)
		require.Equal(t, whole.lines, first.lines+rest.lines)
		require.True(t, slices.Equal(whole.ids, append(first.ids, rest.ids...)), "seed %d", seed)
		require.Equal(t, whole.rejects, append(first.rejects, rest.rejects...), "seed %d", seed)
		again := takeAll(t, bytes.NewReader(text), ReaderOptions{Skip: whole.lines + int64(rng.IntN(2)*5)})
		require.Equal(t, taken{skipped: whole.lines}, again, "all of it was taken before")
	}
}

// TestResumedLongLine holds that the beginning of a line that is too long is no
// line either.
func TestResumedLongLine(t *testing.T) {
	long := bytes.Repeat([]byte("y"), 3*minBlock)
	broken := io.MultiReader(bytes.NewReader(long), iotest.ErrReader(errors.New("broken")))
	require.Equal(t, taken{}, takeAll(t, broken, ReaderOptions{Resumed: true}))
	require.EqualValues(t, 1, takeAll(t, bytes.NewReader(long), ReaderOptions{Resumed: true}).lines, "at the end of the source it is one")
	require.Error(t, ReaderOptions{Skip: -1}.Validate())
	_, err := NewReader(bytes.NewReader([]byte(line("a", 0)+"\n"+line("b", orderguard.MaxLine)+"\n")), ReaderOptions{Skip: 2}).Next(context.Background())
	require.Equal(t, io.EOF, err)
}
