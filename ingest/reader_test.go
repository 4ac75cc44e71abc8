package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// outcome is what a source came to.
type outcome struct {
	ids     []string
	rejects []orderguard.Reject
	batches int
	lines   int64
	bytes   int64
	err     error // nil at a clean end
}

// readAll reads a source to its end, and checks that its batches lie end to
// end.
func readAll(t testing.TB, src io.Reader, o ReaderOptions) (got outcome) {
	t.Helper()
	r := NewReader(src, o)
	defer r.Close()
	for {
		b, err := r.Next(t.Context())
		if err != nil {
			if err != io.EOF {
				got.err = err
			}
			return got
		}
		require.Equal(t, o.Feed, b.Feed)
		require.Equal(t, o.Source, b.Source)
		require.Equal(t, got.lines+1, b.FirstLine)
		require.Equal(t, got.bytes, b.Offset)
		require.LessOrEqual(t, len(b.Events)+len(b.Rejects), maxLot+1)
		got.batches++
		got.lines += b.Lines
		got.bytes += b.Bytes
		for i := range b.Events {
			got.ids = append(got.ids, strings.Clone(b.Events[i].ID))
		}
		for _, x := range b.Rejects {
			x.Raw = bytes.Clone(x.Raw)
			got.rejects = append(got.rejects, x)
		}
		r.Recycle(b)
	}
}

// line returns a good line with an id, of size bytes with padding.
func line(id string, size int) string {
	s := `{"type":"account","id":"` + id + `","ts":1,"role":"buyer","buyer":"b"`
	if n := size - len(s) - len(`,"x":""}`); n >= 0 {
		s += `,"x":"` + strings.Repeat("x", n) + `"`
	}
	return s + "}"
}

// messy returns a seeded source of lines of all kinds and sizes, with what must
// come of it.
func messy(rng *rand.Rand, n int) (src []byte, ids []string, rejects []orderguard.Reject) {
	var b bytes.Buffer
	lines := int64(0)
	for i := range n {
		s, good := "", false
		switch rng.IntN(40) {
		case 0:
			s = " \t"
		case 1:
			s = line("long", orderguard.MaxLine+1+rng.IntN(3*minBlock))
		case 2:
			s = `{"type":"order"`
		case 3:
			s = "\x00\xff"
		case 4:
			s, good = line(fmt.Sprint("full", i), orderguard.MaxLine-rng.IntN(2)), true
		default:
			s, good = line(fmt.Sprint(i), rng.IntN(300)), true
		}
		lines++
		switch {
		case good:
			var e orderguard.Event
			if new(Decoder).Decode([]byte(s), &e) != nil {
				panic(s)
			}
			ids = append(ids, e.ID)
		case strings.TrimSpace(s) != "":
			rejects = append(rejects, orderguard.Reject{Line: lines, Offset: int64(b.Len()), Raw: []byte(s)})
		}
		b.WriteString(s)
		if rng.IntN(3) == 0 {
			b.WriteByte('\r')
		}
		if i < n-1 || rng.IntN(2) == 0 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes(), ids, rejects
}

func TestReaderIsTheSameInAnyPieces(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		src, ids, rejects := messy(rng, 600)
		sources := map[string]io.Reader{
			"whole": bytes.NewReader(src), "halves": iotest.HalfReader(bytes.NewReader(src)),
			"eof with data": iotest.DataErrReader(bytes.NewReader(src)),
		}
		for name, r := range sources {
			o := ReaderOptions{
				Feed: "f", Source: name, Workers: 1 + rng.IntN(4),
				BlockSize: minBlock + rng.IntN(minBlock), Live: rng.IntN(2) == 0,
			}
			got := readAll(t, r, o)
			require.NoError(t, got.err)
			require.Equal(t, int64(len(src)), got.bytes)
			require.Equal(t, ids, got.ids)
			require.Len(t, got.rejects, len(rejects))
			for i, want := range rejects {
				x := got.rejects[i]
				require.Equal(t, want.Line, x.Line)
				require.Equal(t, want.Offset, x.Offset)
				require.Equal(t, string(want.Raw), string(x.Raw))
				require.False(t, x.Cut)
			}
		}
	}
}

func TestReaderUgly(t *testing.T) {
	lines := []string{
		"\ufeff" + line("a", 0), "", line("b", orderguard.MaxLine) + "\r", line("long", orderguard.MaxLine+1),
		line("c", 0), "  \t\r", "{\"type\":\x00}", line("d", 0) + "\r", `{"x":` + strings.Repeat("[", 10001),
		line("e", 0), `{"type":"account","id":"\xff"}`, line("f\xff", 0), `{"type":3}`, "\ufeff" + line("x", 0),
		`{"type":"order","id":"a","ts":99999999999999999999}`, "null", line("g", 0), line("h", 0)[:30],
		strings.Repeat("y", 3<<20), line("i", 0),
	}
	src := strings.Join(lines, "\n")
	for _, workers := range []int{1, 3} {
		got := readAll(t, strings.NewReader(src), ReaderOptions{Workers: workers, BlockSize: minBlock})
		require.NoError(t, got.err)
		require.Equal(t, []string{"a", "b", "c", "d", "e", "f\ufffd", "g", "i"}, got.ids)
		require.Equal(t, int64(len(lines)), got.lines)
		require.Equal(t, len(lines)-2, len(got.ids)+len(got.rejects), "lines that are not blank")
		var reasons []string
		for _, x := range got.rejects {
			reasons = append(reasons, fmt.Sprintf("%d %v", x.Line, x.Reason))
		}
		require.Equal(t, []string{
			"4 line_too_long", "7 not_json", "9 not_json", "11 not_json", "13 wrong_type", "14 not_json",
			"15 number_too_big", "16 not_object", "18 not_json", "19 line_too_long",
		}, reasons)
		last := got.rejects[len(got.rejects)-1]
		require.True(t, last.Cut)
		require.Len(t, last.Raw, maxRaw)
		require.Equal(t, "the line has 3145728 bytes, want at most 65536", last.Detail)
	}
}

func TestReaderSmall(t *testing.T) {
	for src, ids := range map[string][]string{
		"": nil, "\n": nil, "\ufeff": nil, "\r\n \n": nil,
		line("a", 0): {"a"}, line("a", 0) + "\r": {"a"}, line("a", 0) + "\n" + line("b", 0) + "\r\n": {"a", "b"},
	} {
		got := readAll(t, strings.NewReader(src), ReaderOptions{})
		require.NoError(t, got.err)
		require.Equal(t, ids, got.ids)
		require.Empty(t, got.rejects)
	}
}

func TestReaderManyShortLines(t *testing.T) {
	src := strings.Repeat(line("a", 0)+"\n", 3*maxLot) + strings.Repeat("x\n", 3*maxLot)
	got := readAll(t, strings.NewReader(src), ReaderOptions{BlockSize: 4 << 20, Workers: 2})
	require.NoError(t, got.err)
	require.Len(t, got.ids, 3*maxLot)
	require.Len(t, got.rejects, 3*maxLot)
	require.Equal(t, 6, got.batches)
}

func TestReaderOptionsValidate(t *testing.T) {
	r := NewReader(strings.NewReader(""), ReaderOptions{Workers: -1, BlockSize: 5})
	_, err := r.Next(t.Context())
	require.EqualError(t, err, "workers: want 0 or more, got -1\nblock size: want 0 or at least 131072 bytes, got 5")
}

func TestReaderRefusesForeignBatches(t *testing.T) {
	r := NewReader(strings.NewReader(line("a", 0)), ReaderOptions{})
	b, err := r.Next(t.Context())
	require.NoError(t, err)
	r.Recycle(b)
	require.Panics(t, func() { r.Recycle(b) })
	require.Panics(t, func() { r.Recycle(new(orderguard.Batch)) })
}

func TestReaderErrorAfterEverything(t *testing.T) {
	src := io.MultiReader(strings.NewReader(line("a", 0)+"\n\n"+line("b", 0)), iotest.ErrReader(errors.New("the disk is gone")))
	got := readAll(t, src, ReaderOptions{Source: "x"})
	require.EqualError(t, got.err, "ingest: read x, after line 3: the disk is gone")
	require.Equal(t, []string{"a"}, got.ids)
	require.Len(t, got.rejects, 1)
	require.Equal(t, int64(3), got.rejects[0].Line)
	require.Equal(t, line("b", 0), string(got.rejects[0].Raw))
}

// TestReaderLive sends lines in pieces, and expects each at once.
func TestReaderLive(t *testing.T) {
	for _, workers := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			in, out := io.Pipe()
			r := NewReader(in, ReaderOptions{Workers: workers, Live: true})
			ctx, cancel := context.WithCancelCause(t.Context())
			for i := range 10 {
				go func() { _, _ = io.WriteString(out, line("a", i*20)+"\n"+line("b", 0)+"\n"+line("c", 0)[:i]) }()
				b, err := r.Next(ctx)
				require.NoError(t, err)
				require.Equal(t, "a", b.Events[0].ID)
				require.Len(t, b.Events, 2)
				r.Recycle(b)
				synctest.Wait()
				_, _ = io.WriteString(out, line("c", 0)[i:]+"\n")
				b, err = r.Next(ctx)
				require.NoError(t, err)
				require.Len(t, b.Events, 1)
				r.Recycle(b)
			}
			go func() {
				synctest.Wait()
				cancel(errors.New("enough"))
			}()
			_, err := r.Next(ctx)
			require.EqualError(t, err, "enough")
			require.NoError(t, r.Close())
		})
	}
}

func TestReaderCloseWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewReader(bytes.NewReader(orderLines(20000)), ReaderOptions{Workers: 2, BlockSize: minBlock})
		_, err := r.Next(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, r.Close())
	})
}

func TestReaderAllocatesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector allocates")
	}
	lines := orderLines(3000)
	for _, workers := range []int{1, 2} {
		r := NewReader(&endless{lines: lines}, ReaderOptions{Workers: workers})
		next := func() {
			b, err := r.Next(context.Background())
			if err != nil || len(b.Rejects) > 0 {
				panic(fmt.Sprint(err, b.Rejects))
			}
			r.Recycle(b)
		}
		for range 200 {
			next()
		}
		require.LessOrEqual(t, testing.AllocsPerRun(300, next), 0.5)
		require.NoError(t, r.Close())
	}
}

// endless repeats lines.
type endless struct {
	lines []byte
	at    int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		k := copy(p[n:], e.lines[e.at:])
		n, e.at = n+k, (e.at+k)%len(e.lines)
	}
	return n, nil
}

// BenchmarkFile reads a file from the page cache: the floor, which is reading it
// and finding its line ends, and the Reader.
func BenchmarkFile(b *testing.B) {
	const lines = 400000
	path := filepath.Join(b.TempDir(), "x.ndjson")
	text := bytes.Repeat(orderLines(lines/10), 10)
	require.NoError(b, os.WriteFile(path, text, 0o600))
	buf := make([]byte, 1<<20)
	run := func(name string, read func(f io.ReadCloser) int) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				require.Equal(b, lines, read(must(Open(path))))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/line")
		})
	}
	run("cut", func(f io.ReadCloser) (n int) {
		defer f.Close()
		for {
			k, err := f.Read(buf)
			for rest := buf[:k]; ; n++ {
				i := bytes.IndexByte(rest, '\n')
				if i < 0 {
					break
				}
				rest = rest[i+1:]
			}
			if err != nil {
				return n
			}
		}
	})
	for _, workers := range []int{1, 2} {
		run(fmt.Sprint("workers=", workers), func(f io.ReadCloser) (n int) {
			r := NewReader(f, ReaderOptions{Workers: workers})
			defer r.Close()
			for {
				x, err := r.Next(b.Context())
				if err != nil {
					return n
				}
				n += len(x.Events)
				r.Recycle(x)
			}
		})
	}
}

func BenchmarkReader(b *testing.B) {
	lines := orderLines(20000)
	for _, workers := range []int{1, 2} {
		for _, block := range []int{128 << 10, 256 << 10, 512 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("workers=%d/block=%dK", workers, block>>10), func(b *testing.B) {
				b.SetBytes(int64(len(lines)))
				b.ReportAllocs()
				r := NewReader(&endless{lines: lines}, ReaderOptions{Workers: workers, BlockSize: block})
				defer r.Close()
				events := 0
				for want := 20000; b.Loop(); want += 20000 {
					for events < want {
						x, err := r.Next(context.Background())
						if err != nil {
							b.Fatal(err)
						}
						events += len(x.Events)
						r.Recycle(x)
					}
				}
				b.ReportMetric(float64(events)/b.Elapsed().Seconds()/1e6, "Mlines/s")
			})
		}
	}
}

// TestReaderEach holds that a caller's workers decode what a reader's own do, also
// ahead of what is asked for.
func TestReaderEach(t *testing.T) {
	var lines bytes.Buffer
	for i := range 30_000 {
		fmt.Fprintf(&lines, `{"type":"order","id":"e-%d","ts":%d,"shop":"s","buyer":"b","order":"o-%d","status":"created"}`+"\n", i, 1_700_000_000_000+i, i)
		if i%1000 == 0 {
			lines.WriteString("ugly\n")
		}
	}
	read := func(o ReaderOptions, helpers int) (ids []string, rejects []int64) {
		o.BlockSize = minBlock
		r := NewReader(bytes.NewReader(lines.Bytes()), o)
		var stop atomic.Bool
		var all sync.WaitGroup
		for range helpers {
			all.Go(func() {
				for !stop.Load() {
					if !r.Ahead() {
						runtime.Gosched()
					}
				}
			})
		}
		defer func() { stop.Store(true); all.Wait() }()
		for {
			b, err := r.Next(t.Context())
			if err == io.EOF {
				require.NoError(t, r.Close())
				return ids, rejects
			}
			require.NoError(t, err)
			for _, e := range b.Events {
				ids = append(ids, strings.Clone(e.ID))
			}
			for _, x := range b.Rejects {
				rejects = append(rejects, x.Line)
			}
			r.Recycle(b)
		}
	}
	ids, rejects := read(ReaderOptions{Workers: 1}, 0)
	require.Len(t, ids, 30_000)
	for helpers := range 3 {
		got, gotRejects := read(ReaderOptions{Workers: 3, Each: func(n int, f func(i int)) {
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() { f(i) })
			}
			all.Wait()
		}}, helpers)
		require.Equal(t, ids, got)
		require.Equal(t, rejects, gotRejects)
	}

	// One that is closed early leaves nothing behind.
	r := NewReader(bytes.NewReader(lines.Bytes()), ReaderOptions{Workers: 2, BlockSize: minBlock, Each: func(n int, f func(i int)) {
		for i := range n {
			f(i)
		}
	}})
	_, err := r.Next(t.Context())
	require.NoError(t, err)
	require.NoError(t, r.Close())
}
