package ingest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderguard/orderguard"
)

const start orderguard.Millis = 1794355200000

// arrival is an event and when and where it arrives.
type arrival struct {
	source, feed string
	id           string
	time, order  orderguard.Millis
}

// push sends arrivals in batches whose ends split chooses, and returns what
// comes out as "feed/id@time clock", with " late" where it is.
func push(s *Sequencer, in []arrival, split func() bool) (out []string) {
	take := func(b *orderguard.Batch) {
		for ; b != nil; b = s.Next() {
			for _, e := range b.Events {
				line := fmt.Sprintf("%s/%s@%d %d", b.Feed, e.ID, e.Time-start, e.Clock-start)
				if e.Late {
					line += " late"
				}
				out = append(out, line)
			}
		}
	}
	for len(in) > 0 {
		n := 1
		for n < len(in) && in[n].source == in[0].source && !split() {
			n++
		}
		b := &orderguard.Batch{Feed: in[0].feed}
		for _, a := range in[:n] {
			b.Events = append(b.Events, orderguard.Event{ID: a.id, Time: a.time})
		}
		take(s.Push(in[0].source, b, time.Time{}))
		for i := range b.Events {
			b.Events[i] = orderguard.Event{} // It is recycled.
		}
		in = in[n:]
	}
	take(s.Flush())
	return out
}

func TestSequencerOrdersWithinLateness(t *testing.T) {
	const lateness = 2000
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		sources := 1 + rng.IntN(3)
		now := start
		var in []arrival
		for i := range 400 {
			if rng.IntN(100) == 0 {
				now += 5 * 3600 * 1000 // a night
			}
			now += orderguard.Millis(rng.IntN(300))
			src := rng.IntN(sources)
			in = append(in, arrival{
				source: fmt.Sprint("source", src), feed: fmt.Sprint("feed", src%2), id: fmt.Sprint(i * 7919 % 400),
				time: now, order: now + orderguard.Millis(rng.IntN(lateness+1)),
			})
		}
		slices.SortStableFunc(in, func(a, b arrival) int { return cmp.Compare(a.order, b.order) })
		sorted := slices.SortedFunc(slices.Values(in), func(a, b arrival) int {
			return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.id, b.id), cmp.Compare(a.feed, b.feed))
		})
		var want []string
		for _, a := range sorted {
			want = append(want, fmt.Sprintf("%s/%s@%d", a.feed, a.id, a.time-start))
		}
		var first []string
		for range 4 {
			s := NewSequencer(SequencerOptions{Lateness: lateness * time.Millisecond})
			got := push(s, in, func() bool { return rng.IntN(10) == 0 })
			if first == nil {
				first = got
			}
			require.Equal(t, first, got, "batches end elsewhere")
			require.Zero(t, s.Held())
			for i := range got {
				require.True(t, strings.HasPrefix(got[i], want[i]+" "), "%s, want %s", got[i], want[i])
				require.NotContains(t, got[i], "late")
			}
		}
	})
}

func TestSequencerAnyBatching(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var in []arrival
		for i := range 300 {
			at := start + orderguard.Millis(i*100+rng.IntN(10000))
			if rng.IntN(20) == 0 {
				at = start + orderguard.Millis(rng.IntN(1<<40))
			}
			in = append(in, arrival{source: fmt.Sprint(rng.IntN(3)), id: fmt.Sprint(i), time: at})
		}
		for _, lateness := range []time.Duration{0, time.Second} {
			var want []string
			for range 4 {
				s := NewSequencer(SequencerOptions{Lateness: lateness})
				got := push(s, in, func() bool { return rng.IntN(10) == 0 })
				if want == nil && lateness > 0 {
					want = got
				}
				if lateness > 0 {
					require.Equal(t, want, got)
					require.Len(t, got, len(in))
				}
			}
		}
	})
}

// batchAt returns a batch with an event at each of the given seconds.
func batchAt(seconds ...int) *orderguard.Batch {
	b := &orderguard.Batch{Feed: "f"}
	for i, s := range seconds {
		b.Events = append(b.Events, orderguard.Event{ID: fmt.Sprint(s, ".", i), Time: start + orderguard.Millis(s)*1000})
	}
	return b
}

// seconds returns the times of all that is due.
func seconds(s *Sequencer, b *orderguard.Batch) (out []int) {
	for ; b != nil; b = s.Next() {
		for _, e := range b.Events {
			out = append(out, int(e.Time-start)/1000)
		}
	}
	return out
}

func clocks(b *orderguard.Batch) (out []int) {
	for _, e := range b.Events {
		out = append(out, int(max(e.Clock-start, -1000))/1000)
	}
	return out
}

func lates(b *orderguard.Batch) (n int) {
	for _, e := range b.Events {
		if e.Late {
			n++
		}
	}
	return n
}

func TestSequencerWithoutLateness(t *testing.T) {
	s := NewSequencer(SequencerOptions{})
	b := batchAt(1, 2, 5, 3, 5, 9, 1)
	require.Same(t, b, s.Push("a", b, time.Time{}))
	require.Equal(t, []int{1, 2, 5, 5, 5, 9, 9}, clocks(b))
	require.Equal(t, 2, lates(b))
	require.Nil(t, s.Next())
	require.Nil(t, s.Flush())
	require.Zero(t, s.Held())
	require.Equal(t, start+9000, s.Watermark())
	require.Zero(t, testing.AllocsPerRun(100, func() { s.Push("a", b, time.Time{}) }))
}

func TestSequencerOutliers(t *testing.T) {
	const year = 365 * 24 * 3600
	t.Run("one wrong clock moves nothing", func(t *testing.T) {
		s := NewSequencer(SequencerOptions{})
		b := batchAt(1, 2, year, 3, 2*year, 4)
		s.Push("a", b, time.Time{})
		require.Equal(t, []int{1, 2, 2, 3, 3, 4}, clocks(b))
		require.Zero(t, lates(b))
	})
	t.Run("not even the first event's", func(t *testing.T) {
		s := NewSequencer(SequencerOptions{})
		b := batchAt(year, 1, 2, 3)
		s.Push("a", b, time.Time{})
		require.Equal(t, []int{year, 1, 2, 3}, clocks(b))
	})
	// many returns n events from the time at on, a second apart.
	many := func(at, n int) (events []orderguard.Event) {
		for i := range n {
			events = append(events, batchAt(at+i).Events...)
		}
		return events
	}
	t.Run("a gap in the stream moves the watermark after 16, the clock after 4096", func(t *testing.T) {
		s := NewSequencer(SequencerOptions{})
		b := &orderguard.Batch{Events: append(batchAt(1, 2).Events, many(year, 5000)...)}
		s.Push("a", b, time.Time{})
		require.Equal(t, start+(year+4999)*1000, s.Watermark())
		require.Zero(t, lates(b))
		c := clocks(b)
		require.Equal(t, []int{1, 2, 2}, c[:3])
		jump := slices.IndexFunc(c, func(at int) bool { return at > 2 })
		require.Equal(t, 2+agree-1+settleAfter-1, jump)
		require.Equal(t, year+jump-2, c[jump])
	})
	t.Run("wrong clocks in a row are found out", func(t *testing.T) {
		s := NewSequencer(SequencerOptions{})
		b := &orderguard.Batch{Events: append(many(1, 3), many(year, 100)...)}
		b.Events = append(b.Events, many(4, 50)...)
		s.Push("a", b, time.Time{})
		require.Equal(t, agree-1, lates(b))
		require.Equal(t, start+53*1000, s.Watermark())
		require.Equal(t, 53, clocks(b)[len(b.Events)-1])
	})
	t.Run("a feed that is sent again takes nothing from the clock", func(t *testing.T) {
		s := NewSequencer(SequencerOptions{})
		b := &orderguard.Batch{Events: append(many(year, 10), many(1, 5000)...)}
		s.Push("a", b, time.Time{})
		require.Equal(t, 5000, lates(b))
		require.Equal(t, year+9, clocks(b)[len(b.Events)-1])
	})
	t.Run("with lateness they wait for their time", func(t *testing.T) {
		s := NewSequencer(SequencerOptions{Lateness: 2 * time.Second})
		require.Equal(t, []int{1, 2, 3, 4}, seconds(s, s.Push("a", batchAt(1, 3, 2, 5, 9*year, 4, 6, 7), time.Time{})))
		require.Equal(t, []int{5, 6, 7, 9 * year}, seconds(s, s.Flush()))
	})
	t.Run("with lateness a silence of hours does not change the order", func(t *testing.T) {
		for _, times := range [][]int{{1, 2, 3, 3603, 3604}, {1, 2, 3, 3604, 3603}, {0, 2880, 17580, 15780}} {
			s := NewSequencer(SequencerOptions{Lateness: 2 * time.Hour})
			got := append(seconds(s, s.Push("a", batchAt(times...), time.Time{})), seconds(s, s.Flush())...)
			require.Equal(t, slices.Sorted(slices.Values(times)), got)
		}
	})
}

func TestSequencerSources(t *testing.T) {
	wall := time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
	s := NewSequencer(SequencerOptions{Lateness: 2 * time.Second, Idle: 10 * time.Second})
	require.Equal(t, []int{1, 2, 3, 4, 5, 6, 7}, seconds(s, s.Push("a", batchAt(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), wall)))
	require.Empty(t, seconds(s, s.Push("b", batchAt(9), wall)))
	require.Equal(t, []int{}, append([]int{}, seconds(s, s.Push("a", batchAt(20, 21), wall.Add(9*time.Second)))...), "b holds it back")
	require.Equal(t, start+10000, s.Watermark())
	require.Equal(t, 6, s.Held())
	require.Equal(t, []int{8, 9, 9, 10}, seconds(s, s.Tick(wall.Add(11*time.Second))), "b is idle")
	late := s.Push("b", batchAt(15), wall.Add(12*time.Second))
	require.Equal(t, 1, lates(late))
	require.Equal(t, []int{15}, seconds(s, late))
	require.Equal(t, []int{20, 21}, seconds(s, s.Tick(wall.Add(time.Minute))), "all are idle")
	s.Close("b", wall.Add(time.Minute))
	s.Close("b", wall.Add(time.Minute))
	late = s.Push("a", batchAt(20), wall.Add(time.Minute))
	require.Equal(t, 1, lates(late))
	require.Equal(t, []int{20}, seconds(s, late))
}

func TestSequencerCloseReleases(t *testing.T) {
	s := NewSequencer(SequencerOptions{Lateness: time.Second})
	require.Empty(t, seconds(s, s.Push("a", batchAt(100, 101), time.Time{})))
	require.Equal(t, []int{0}, seconds(s, s.Push("b", batchAt(0, 1, 2), time.Time{}))[:1])
	s.Close("b", time.Time{})
	require.Equal(t, []int{100, 101, 102}, seconds(s, s.Push("a", batchAt(102, 110), time.Time{})))
	require.Equal(t, []int{110}, seconds(s, s.Flush()))
}

// A feed over short connections is put in order like one over a long one: what
// its last connection sent waits for the next.
func TestSequencerWaitsForTheNextConnection(t *testing.T) {
	wall := time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return wall.Add(time.Duration(s * float64(time.Second))) }
	s := NewSequencer(SequencerOptions{Lateness: 2 * time.Second, Idle: 5 * time.Second})
	require.Equal(t, []int{7}, seconds(s, s.Push("a", batchAt(10, 7, 9), wall)))
	s.Close("a", at(4.5))
	require.False(t, s.Silent(at(4.7)))
	require.Empty(t, seconds(s, s.Tick(at(4.7))), "the next one may come yet")
	require.Equal(t, 2, s.Held())
	require.Empty(t, seconds(s, s.Push("b", batchAt(8), at(5))), "it is in time, and others may come before it")
	require.Equal(t, []int{8, 9, 10, 11}, seconds(s, s.Push("b", batchAt(11, 15), at(5))))
	s.Close("b", at(6))
	require.False(t, s.Silent(at(10.9)))
	require.True(t, s.Silent(at(11)), "nobody is waited for any more")
	require.Equal(t, []int{15}, seconds(s, s.Tick(at(11))))
	require.False(t, s.Silent(at(12)), "nothing is held")
}

func TestSequencerOptionsValidate(t *testing.T) {
	require.EqualError(t, SequencerOptions{Lateness: -1, Idle: -1, MaxJump: -1}.Validate(),
		"lateness: want 0s or more, got -1ns\nidle: want 0s or more, got -1ns\nmax jump: want 0s or more, got -1ns")
	require.Panics(t, func() { NewSequencer(SequencerOptions{Idle: -1}) })
}

func TestSequencerKeepsStrings(t *testing.T) {
	s := NewSequencer(SequencerOptions{Lateness: time.Second})
	var d Decoder
	var want []orderguard.Event
	var got []orderguard.Event
	take := func(b *orderguard.Batch) {
		for ; b != nil; b = s.Next() {
			for _, e := range b.Events {
				e.Clock, e.Late = 0, false
				got = append(got, e)
			}
		}
	}
	for range 3 {
		for _, line := range good {
			b := &orderguard.Batch{Events: make([]orderguard.Event, 1)}
			require.NoError(t, d.Decode([]byte(line), &b.Events[0]))
			w, _ := reference([]byte(line))
			want = append(want, w)
			take(s.Push("a", b, time.Time{}))
			clear(d.own.text[:cap(d.own.text)])
			d.Reset()
		}
	}
	take(s.Flush())
	require.ElementsMatch(t, want, got)
}

func BenchmarkSequencer(b *testing.B) {
	for _, lateness := range []time.Duration{0, 2 * time.Second} {
		b.Run(lateness.String(), func(b *testing.B) {
			b.ReportAllocs()
			s := NewSequencer(SequencerOptions{Lateness: lateness})
			batch := &orderguard.Batch{Events: make([]orderguard.Event, 1000)}
			now := start
			for b.Loop() {
				for i := range batch.Events {
					e := &batch.Events[i]
					now++
					e.Time = now + orderguard.Millis(i*7919%1000)
					e.ID, e.Shop, e.Buyer, e.Order, e.Device = "e-000000000", "s-1234", "b-123456", "o-12345678", "d-1234567890"
				}
				for out := s.Push("a", batch, time.Time{}); out != nil; out = s.Next() {
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/event")
		})
	}
}
