package store

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// firstWord takes the first word of a line for its order.
func firstWord() func([]byte) string {
	return func(line []byte) string {
		word, _, _ := bytes.Cut(line, []byte(" "))
		return strings.ReplaceAll(string(word), `\u006f`, "o")
	}
}

func openIndexed(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{Reserve: -1, MemTable: 8 << 20, Orders: firstWord, segmentEntries: 40, maxOffered: 30})
	require.NoError(t, err)
	return s
}

// step lets the builder work, at most so many steps.
func step(t *testing.T, s *Store, steps int) {
	orderOf := firstWord()
	for more := true; more && steps > 0; steps-- {
		var err error
		more, err = s.indexSome(t.Context(), orderOf)
		require.NoError(t, err)
	}
}

// TestIndexAgainstScan looks orders up at random moments of a journal's life,
// and holds what is found against a list of all lines.
func TestIndexAgainstScan(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	dir := t.TempDir()
	s := openIndexed(t, dir)
	defer func() { s.Close() }()
	type kept struct {
		record uint64
		line   string
	}
	var all []kept
	steps := 800
	if testing.Short() {
		steps = 500
	}
	for range steps {
		switch rng.IntN(40) {
		case 0:
			require.NoError(t, s.Close())
			s = openIndexed(t, dir)
		case 1:
			_, last, _ := s.Journal()
			require.NoError(t, s.SaveSnapshot(last, func(io.Writer) error { return nil }))
			_, err := s.Trim(t.Context(), Retention{Age: 300 * time.Second})
			require.NoError(t, err)
		case 2:
			_, err := s.Append([]Record{{Kind: Tick, Wall: int64(len(all)) * 100}})
			require.NoError(t, err)
		default:
			var raw bytes.Buffer
			var words []string
			for range rng.IntN(12) {
				word := fmt.Sprintf("o%d", rng.IntN(400))
				words = append(words, fmt.Sprintf("%s %d", word, rng.IntN(1e6)))
				end := []string{"\n", "\r\n"}[rng.IntN(2)]
				raw.WriteString(words[len(words)-1] + end)
			}
			r := Record{Kind: Lines, Feed: "f", Wall: int64(len(all)) * 100, Count: int64(len(words)), Raw: raw.Bytes(),
				Positions: map[string]FeedPosition{"f": {Lines: 1 << 40}}}
			if rng.IntN(3) > 0 {
				r.Names(func(yield func(string) bool) {
					for _, w := range words {
						yield(strings.Fields(w)[0])
					}
				})
			}
			_, err := s.Append([]Record{r})
			require.NoError(t, err)
			_, last, _ := s.Journal()
			for _, w := range words {
				all = append(all, kept{last, w})
			}
		}
		step(t, s, rng.IntN(4))
		if rng.IntN(3) > 0 {
			continue
		}
		order := fmt.Sprintf("o%d", rng.IntN(410))
		first, _, _ := s.Journal()
		want := []string{}
		for _, k := range all {
			if k.record >= first && strings.HasPrefix(k.line, order+" ") {
				want = append(want, k.line)
			}
		}
		found, err := s.Order(order)
		require.NoError(t, err)
		got := []string{}
		for _, line := range found {
			got = append(got, string(line))
		}
		require.Equal(t, want, got, order)
	}
	step(t, s, 1<<20)
	require.NotEmpty(t, s.index.segments)
	require.Less(t, len(s.index.segments), 2*mergeWidth, "they are merged")
	require.Greater(t, s.sizeClass(s.index.segments[0].entries), 0)
	for i, seg := range s.index.segments {
		require.NoError(t, seg.verify())
		if i > 0 {
			require.Equal(t, s.index.segments[i-1].last+1, seg.first, "without a gap")
		}
	}
	requireSound(t, s)
	files, err := os.ReadDir(s.index.dir)
	require.NoError(t, err)
	require.Len(t, files, len(s.index.segments), "what was merged is gone")
}

func appendWords(t testing.TB, s *Store, records int, words ...string) {
	for range records {
		_, err := s.Append([]Record{{Kind: Lines, Feed: "f", Raw: []byte(strings.Join(words, "\n") + "\n"),
			Positions: map[string]FeedPosition{"f": {Lines: 1 << 40}}}})
		require.NoError(t, err)
	}
}

func TestNamesWithEscapes(t *testing.T) {
	s := openIndexed(t, t.TempDir())
	defer s.Close()
	appendWords(t, s, 1, `\u006f1 x`, "o1 y", "o11 z", "no1 o1", "")
	for range 2 {
		found, err := s.Order("o1")
		require.NoError(t, err)
		require.Equal(t, [][]byte{[]byte(`\u006f1 x`), []byte("o1 y")}, found)
		step(t, s, 9)
	}
	for _, order := range []string{"o2", "", " ", "\n"} {
		none, err := s.Order(order)
		require.NoError(t, err)
		require.Empty(t, none, "%q", order)
	}
}

// TestTornIndex harms the files of the index: what cannot be read is made again.
func TestTornIndex(t *testing.T) {
	dir := t.TempDir()
	s := openIndexed(t, dir)
	for i := range 60 {
		appendWords(t, s, 1, fmt.Sprint("o", i, " x"), fmt.Sprint("p", i, " x"))
	}
	step(t, s, 1<<20)
	require.NoError(t, s.Close())
	names, err := filepath.Glob(filepath.Join(dir, indexDir, "*"))
	require.NoError(t, err)
	require.Len(t, names, 3)
	whole := map[string][]byte{}
	for _, name := range names {
		whole[name], err = os.ReadFile(name)
		require.NoError(t, err)
	}
	foot := len(whole[names[0]]) - footerSize
	for name, harm := range map[string]func(){
		"cut short": func() { require.NoError(t, os.Truncate(names[1], 100)) },
		"gone":      func() { require.NoError(t, os.Remove(names[0])) },
		"its end is off": func() {
			require.NoError(t, os.WriteFile(names[2], append(slices.Clone(whole[names[2]][:foot]), make([]byte, footerSize)...), 0o600))
		},
		"half written": func() { require.NoError(t, os.WriteFile(names[2]+partExt, []byte("x"), 0o600)) },
		"twice": func() {
			path := segmentPath(filepath.Join(dir, indexDir), 1, 5)
			f, err := os.Create(path)
			require.NoError(t, err)
			w := newSegmentWriter(f, 1, 5, origin{journalID: s.journalID}, 1)
			w.add(entry{hashOf("o1"), 2})
			require.NoError(t, w.close())
			require.NoError(t, f.Close())
		},
	} {
		harm()
		s = openIndexed(t, dir)
		step(t, s, 1<<20)
		for i := range 60 {
			found, err := s.Order(fmt.Sprint("o", i))
			require.NoError(t, err)
			require.Len(t, found, 1, name)
		}
		requireSound(t, s)
		require.NoError(t, s.Close())
	}

	// What is harmed inside is told, by a look-up and by Check.
	text, err := os.ReadFile(names[0])
	require.NoError(t, err)
	text[3] ^= 1
	require.NoError(t, os.WriteFile(names[0], text, 0o600))
	s = openIndexed(t, dir)
	defer s.Close()
	faults, err := s.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, faults, 1)
	require.Contains(t, faults[0], "the index")
	require.True(t, Mendable(faults[0]), faults[0])
	failed := 0
	for i := range 60 {
		if _, err := s.Order(fmt.Sprint("o", i)); err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			require.ErrorIs(t, err, ErrBehind, "it is made again")
			failed++
		}
	}
	require.Contains(t, []int{1, 2}, failed)
	mended := func() {
		step(t, s, 1<<20)
		for i := range 60 {
			found, err := s.Order(fmt.Sprint("o", i))
			require.NoError(t, err)
			require.Len(t, found, 1)
		}
		requireSound(t, s)
	}
	mended()
	require.NoError(t, os.Truncate(s.index.segments[1].file.Name(), 40)) // while it is open
	failed = 0
	for i := range 60 {
		if _, err := s.Order(fmt.Sprint("o", i)); err != nil {
			require.ErrorIs(t, err, ErrBehind)
			failed++
		}
	}
	require.NotZero(t, failed)
	mended()
}

// TestCheckHoldsTheIndexAgainstTheJournal leaves a record out of the index.
func TestCheckHoldsTheIndexAgainstTheJournal(t *testing.T) {
	dir := t.TempDir()
	s := openIndexed(t, dir)
	defer func() { s.Close() }()
	appendWords(t, s, 60, "o1 x")
	step(t, s, 1<<20)
	requireSound(t, s)
	s.index.mu.Lock()
	s.index.pending = s.index.pending[:0]
	s.index.mu.Unlock()
	faults, err := s.Check(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, faults)
	require.Contains(t, faults[0], `the index does not lead from order "o1" to record 41`)
	require.True(t, Mendable(faults[0]))
}

func TestOrderWhileTheIndexIsBehind(t *testing.T) {
	s := openIndexed(t, t.TempDir())
	defer s.Close()
	records := make([]Record, maxTail+1)
	for i := range records {
		records[i] = Record{Kind: Lines, Raw: []byte("o1 x\n")}
	}
	_, err := s.Append(records)
	require.NoError(t, err)
	_, err = s.Order("o1")
	require.ErrorIs(t, err, ErrBehind)
	require.ErrorContains(t, err, "0 of 257 records")
	require.EqualValues(t, 257, s.Unindexed())
	step(t, s, 1)
	found, err := s.Order("o1")
	require.NoError(t, err)
	require.Len(t, found, maxTail+1)

	_, err = s.Append(slices.Repeat(records, 4))
	require.NoError(t, err)
	step(t, s, 1<<20)
	found, err = s.Order("o1")
	require.ErrorIs(t, err, ErrMany)
	require.Len(t, found, maxFound)
}

// TestIndexOrders runs the builder beside appends, look-ups and a close.
func TestIndexOrders(t *testing.T) {
	s := openIndexed(t, t.TempDir())
	done := make(chan error, 1)
	go func() { done <- s.IndexOrders(t.Context()) }()
	for i := range 200 {
		appendWords(t, s, 1, fmt.Sprint("o", i%50, " x"))
		found, err := s.Order(fmt.Sprint("o", i%50))
		require.NoError(t, err)
		require.Len(t, found, 1+i/50)
	}
	require.NoError(t, s.Close())
	require.NoError(t, <-done, "a close ends it")
}

// TestFaultsOfTheIndex lets each call to the file system fail once: the index
// goes on after, and nothing is missing.
func TestFaultsOfTheIndex(t *testing.T) {
	fs := &faulty{}
	s, err := Open(t.TempDir(), Options{Reserve: -1, MemTable: 8 << 20, Orders: firstWord, segmentEntries: 10, files: fs})
	require.NoError(t, err)
	defer s.Close()
	orderOf := firstWord()
	failed := 0
	for i := range 200 {
		appendWords(t, s, 1, fmt.Sprint("o", i, " x"))
		fs.calls, fs.fails = 0, 1+i%7
		for more := true; more; {
			if more, err = s.indexSome(t.Context(), orderOf); err != nil {
				require.ErrorIs(t, err, errFault)
				failed++
				more = true
			}
		}
	}
	require.Greater(t, failed, 5)
	for i := range 200 {
		found, err := s.Order(fmt.Sprint("o", i))
		require.NoError(t, err)
		require.Len(t, found, 1)
	}
	requireSound(t, s)
}

// slowMerges are files of which the sync of a part of the index waits: a merge goes on for as long.
type slowMerges struct {
	osFiles
	before func(path string) // the sync of a file
}

func (f slowMerges) create(path string) (file, error) {
	inner, err := f.osFiles.create(path)
	return slowMerge{inner, func() { f.before(path) }}, err
}

type slowMerge struct {
	file
	before func()
}

func (f slowMerge) Sync() error {
	f.before()
	return f.file.Sync()
}

// TestOrdersWhileTheIndexIsMerged looks orders up that come in while parts of the index are merged, in more records than a
// look-up reads by itself; where they are very many, memory is bounded instead.
func TestOrdersWhileTheIndexIsMerged(t *testing.T) {
	t.Parallel()
	for _, words := range []int{1, 300} {
		var s *Store
		merges := 0
		fs := slowMerges{before: func(path string) {
			if !strings.Contains(path, indexDir) || len(s.index.segments) < mergeWidth {
				return // it is no merge
			}
			merges++
			found, err := s.Order("late")
			if words > 1 {
				require.ErrorIs(t, err, ErrBehind)
				require.Less(t, len(s.index.pending), 5*s.opts.segmentEntries)
				return
			}
			require.NoError(t, err)
			require.Len(t, found, 2*maxTail)
		}}
		s, err := Open(t.TempDir(), Options{Reserve: -1, MemTable: 8 << 20, Orders: firstWord, segmentEntries: 2 * breath / mergeWidth, files: fs})
		require.NoError(t, err)
		named := func(records, words int, last string) {
			many := make([]Record, records)
			for i := range many {
				var raw []byte
				for w := range words - 1 {
					raw = fmt.Appendf(raw, "o%d-%d x\n", i, w)
				}
				many[i] = Record{Kind: Lines, Feed: "f", Raw: append(raw, last+" x\n"...), Positions: map[string]FeedPosition{"f": {Lines: 1 << 40}}}
			}
			for len(many) > 0 {
				n, err := s.Append(many)
				require.NoError(t, err)
				many = many[n:]
			}
		}
		for len(s.index.segments) < mergeWidth {
			named(1, 400, "early")
			for s.Unindexed() > 0 && len(s.index.segments) < mergeWidth {
				step(t, s, 1)
			}
		}
		named(2*maxTail, words, "late")
		_, err = s.Order("late")
		require.ErrorIs(t, err, ErrBehind)
		merged, err := s.mergeIndex(t.Context(), firstWord())
		require.NoError(t, err)
		require.True(t, merged)
		require.Equal(t, 1, merges)
		step(t, s, 1<<20)
		for _, order := range []string{"early", "late"} {
			found, err := s.Order(order)
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(found), 300)
		}
		requireSound(t, s)
		require.NoError(t, s.Close())
	}
}

func TestSortedByHash(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, n := range []int{1, 2, 5000} {
		entries := make([]entry, n)
		for i := range entries {
			entries[i] = entry{rng.Uint64() >> (64 - hashBits) >> rng.IntN(hashBits), uint64(i)}
		}
		got := sortedByHash(entries)
		slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.hash, b.hash) })
		require.Equal(t, entries, got)
		require.True(t, slices.IsSortedFunc(got, entry.compare))
	}
}

func BenchmarkSortedByHash(b *testing.B) {
	rng := rand.New(rand.NewPCG(8, 8))
	entries := make([]entry, segmentEntries)
	for i := range entries {
		entries[i] = entry{rng.Uint64() >> (64 - hashBits), uint64(i)}
	}
	b.Run("digits", func(b *testing.B) {
		for b.Loop() {
			sortedByHash(entries)
		}
	})
	b.Run("compared", func(b *testing.B) {
		for b.Loop() {
			slices.SortFunc(slices.Clone(entries), entry.compare)
		}
	})
}
