package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// uglyStream returns lines good and bad, blank, long and far too long.
func uglyStream(rng *rand.Rand) []byte {
	var b bytes.Buffer
	good := `{"type":"review","id":"e-%","ts":1770000000000,"shop":"s","buyer":"b","order":"o","review":"r","rating":2,"text":"caf\u00e9 ü"}`
	for i := range 1 + rng.IntN(400) {
		switch rng.IntN(12) {
		case 0:
			b.WriteString("  ")
		case 1:
			b.WriteString(`{"type":`)
		case 2:
			b.WriteString("\ufeff" + strings.ReplaceAll(good, "%", "bom"))
		case 3:
			b.WriteString(strings.ReplaceAll(good, "%", strings.Repeat("x", 200)))
		case 4:
			b.WriteString("\xff\xfe\x00")
		case 5:
			if rng.IntN(20) == 0 {
				b.WriteString(strings.Repeat("y", []int{orderguard.MaxLine, orderguard.MaxLine + 1, 3 * minBlock}[rng.IntN(3)]))
			}
		default:
			b.WriteString(strings.ReplaceAll(good, "%", string(rune('a'+i%26))+strings.Repeat("i", i%9)))
		}
		b.WriteString([]string{"\n", "\r\n", "\n\n"}[rng.IntN(3)])
	}
	if rng.IntN(2) == 0 {
		b.WriteString(`{"type":"re`)
	}
	return b.Bytes()
}

// TestRawDecodesToTheSame holds what the journal stands on: a batch's Raw gives
// the batch again.
func TestRawDecodesToTheSame(t *testing.T) {
	t.Parallel()
	lines, long := 0, 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5))
		var src io.Reader = bytes.NewReader(uglyStream(rng))
		if rng.IntN(3) == 0 {
			src = io.MultiReader(src, iotest.ErrReader(errors.New("broken")))
		}
		r := NewReader(src, ReaderOptions{Feed: "f", Source: "s", Workers: 1 + rng.IntN(2), BlockSize: minBlock, Whole: rng.IntN(2) == 0, Live: rng.IntN(2) == 0})
		for {
			b, err := r.Next(context.Background())
			if err != nil {
				break
			}
			again, err := Redecode(bytes.Clone(b.Raw), b.Feed, b.Source, b.FirstLine, b.Offset)
			require.NoError(t, err)
			require.Equal(t, len(b.Events), len(again.Events))
			if len(b.Events) > 0 {
				require.Equal(t, b.Events, again.Events)
			}
			whole := b.Rejects
			if n := len(whole); n > 0 && strings.Contains(whole[n-1].Detail, "broke off") {
				whole = whole[:n-1]
			}
			require.Equal(t, len(whole), len(again.Rejects))
			for i := range whole {
				require.Equal(t, whole[i].Reason, again.Rejects[i].Reason)
				require.Equal(t, whole[i].Line, again.Rejects[i].Line)
				long += int(min(whole[i].Line, 1)) * len(whole[i].Raw) / (2 * minBlock)
			}
			lines += int(b.Lines)
			r.Recycle(b)
		}
		require.NoError(t, r.Close())
	}
	require.Greater(t, lines, 5000)
	require.Positive(t, long, "lines longer than a block were among them")
}

// TestWholeLeavesTheFragment holds that a feed that resumes is not told that
// the half of a line has come.
func TestWholeLeavesTheFragment(t *testing.T) {
	t.Parallel()
	text := "{}\n{}\n{\"type\""
	for _, src := range []io.Reader{
		strings.NewReader(text), io.MultiReader(strings.NewReader(text), iotest.ErrReader(io.ErrUnexpectedEOF)),
		strings.NewReader("{}\n{}\n" + strings.Repeat("x", 5*minBlock)),
	} {
		got := readAll(t, src, ReaderOptions{Workers: 1, BlockSize: minBlock, Whole: true})
		require.Equal(t, int64(2), got.lines)
		require.Len(t, got.rejects, 2)
	}
}

// TestRedecodeRefuses holds that what is no batch's Raw is an error.
func TestRedecodeRefuses(t *testing.T) {
	t.Parallel()
	_, err := Redecode([]byte("{}"), "f", "s", 1, 0)
	require.ErrorContains(t, err, "no line end")
	_, err = Redecode(bytes.Repeat([]byte("{}\n"), maxLot+1), "f", "s", 1, 0)
	require.ErrorContains(t, err, "more than a batch")
}
