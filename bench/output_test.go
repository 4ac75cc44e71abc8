package bench

import (
	"encoding/json"
	"errors"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An ugly stream must carry the same marketplace: every good line of the tidy
// one, some of them again, none out of place by more than was asked for.
func TestUglyStreams(t *testing.T) {
	o := GenOptions{Seed: 2, Orders: 3000}
	tidy, labels, plain := generate(t, o)
	o.Disorder, o.DuplicateShare, o.BadLineShare = Duration(5*time.Second), .02, .01
	ugly, sameLabels, stats := generate(t, o)
	require.Equal(t, labels, sameLabels)
	require.Equal(t, plain.Events, stats.Events)
	require.InEpsilon(t, float64(stats.Events)*.02, stats.Duplicates, .3)
	require.InEpsilon(t, float64(stats.Events)*.01, stats.BadLines, .3)
	require.EqualValues(t, len(ugly), stats.Bytes)

	want := map[string]int{}
	for _, l := range linesOf(tidy) {
		want[l]++
	}
	seen := map[string]bool{}
	var again, bad int64
	var newest time.Time
	disordered := false
	for _, l := range linesOf(ugly) {
		if want[l] == 0 {
			bad++
			var e event
			if json.Unmarshal([]byte(l), &e) == nil {
				require.NotContains(t, []string{"account", "message", "dispute"}, e.Type)
			}
			continue
		}
		if seen[l] {
			again++
			continue
		}
		seen[l] = true
		e := decode(t, []byte(l))
		at, err := time.Parse(time.RFC3339, e.TS)
		require.NoError(t, err)
		require.LessOrEqual(t, newest.Sub(at), 5*time.Second)
		disordered = disordered || at.Before(newest)
		if at.After(newest) {
			newest = at
		}
	}
	require.True(t, disordered)
	require.Len(t, seen, len(want), "a line is missing")
	require.Equal(t, stats.Duplicates, again)
	require.Equal(t, stats.BadLines, bad)
}

type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestGenerateSaysWhichWriterFailed(t *testing.T) {
	_, err := Generate(&full{100_000}, nil, GenOptions{Orders: 3000})
	require.EqualError(t, err, "generate: events: disk full")
	var events full
	events.left = 1 << 30
	_, err = Generate(&events, &full{10}, GenOptions{Orders: 3000})
	require.EqualError(t, err, "generate: labels: disk full")
	require.EqualError(t, Load(&full{10}, nil, LoadOptions{Orders: 50_000}), "load: events: disk full")
}

func TestQueueSorts(t *testing.T) {
	d := dice(9)
	var q queue
	var want []int64
	for i := range 5000 {
		at := int64(d.n(1000))
		q.push(task{at: at, n: uint64(i)})
		want = append(want, at)
	}
	sort.Slice(want, func(i, j int) bool { return want[i] < want[j] })
	var n uint64
	for i, at := range want {
		top := q.pop()
		require.Equal(t, at, top.at)
		if i > 0 && want[i-1] == at {
			require.Greater(t, top.n, n, "one time, and not in order of numbers")
		}
		n = top.n
	}
	require.Empty(t, q)
}

func TestAppendTime(t *testing.T) {
	d := dice(1)
	for range 2000 {
		at := time.UnixMilli(int64(d.next() % uint64(8000*365*day))).UTC()
		require.Equal(t, at.Format("2006-01-02T15:04:05.000Z"), string(appendTime(nil, at.UnixMilli())))
	}
}
