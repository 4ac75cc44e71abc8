package window

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEachAgainstTwin asks for the events of windows once a whole batch has
// been measured, as if each question came at its own event.
func TestEachAgainstTwin(t *testing.T) {
	for seed := range uint64(12) {
		values := Values(seed % 3)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 11))
			s := &stream{rng: rng, clock: 1_000_000, ref: ^uint32(0) - 1000, hot: 60 * int(seed%2), wild: seed%4 == 0}
			c := s.columns(4000, values, 1)
			table := NewTable([]View{{Measure: Count, Within: 200_000}}, values, 30_000)
			twin := &naive{keep: table.Keep(), events: map[uint64][]entry{}}
			for a := 0; a < len(c.Do); {
				b := min(len(c.Do), a+1+rng.IntN(300))
				table.Run(c.part(a, b), 0, 1)
				for i := a; i < b; i++ {
					if c.Do[i]&Add != 0 {
						e := entry{at: c.Time[i], ref: c.Ref[i]}
						if c.Val != nil {
							e.val = c.Val[i]
						}
						twin.add(c.Key[i], e)
					}
					q := Question{
						Key: c.Key[i], Time: c.Time[i], Clock: c.Clock[i], Upto: c.Ref[i],
						Within: 1 + rng.Int64N(200_000), Valued: rng.IntN(4) == 0,
					}
					if rng.IntN(2) == 0 {
						q.Aged = rng.Int64N(q.Within)
					}
					newest, most := 1+rng.IntN(60), rng.IntN(60)
					want := twin.newest(q, min(newest, most+1))
					got := []entry{}
					table.Each(q, newest, func(at int64, ref uint32, val uint64) bool {
						got = append(got, entry{at: at, ref: ref, val: val})
						return len(got) <= most
					})
					require.Equal(t, want, got, "event %d", i)
					if values == WideValues {
						continue
					}
					all := []Found{}
					for _, e := range twin.newest(q, newest) {
						all = append(all, Found{e.ref, uint32(e.val)})
					}
					require.Equal(t, all, table.Newest(q, newest, []Found{}), "event %d", i)
				}
				a = b
			}
		})
	}
}

// newest returns the last n events of a question's window, newest first.
func (n *naive) newest(q Question, most int) []entry {
	es := n.in(q.Key, q.Time-q.Within, q.Time-q.Aged, q.Clock)
	es = slices.DeleteFunc(append([]entry{}, es...), func(e entry) bool { return q.Valued && e.val == 0 })
	slices.SortStableFunc(es, func(a, b entry) int { return int(a.at - b.at) })
	slices.Reverse(es)
	return es[:min(most, len(es))]
}

// TestEachAsksNothingOfNobody holds the empty answers, and that a question
// allocates nothing.
func TestEachAsksNothingOfNobody(t *testing.T) {
	table := NewTable([]View{{Measure: Count, Within: 10_000}}, NoValues, 0)
	n := 0
	count := func(int64, uint32, uint64) bool { n++; return true }
	q := Question{Key: 5, Time: 10_000, Clock: 10_000, Within: 10_000, Upto: 1000}
	table.Each(q, 10, count)
	require.Zero(t, n)
	for i := range uint32(100) {
		table.Run(&Columns{
			Do: []uint8{Add}, Key: []uint64{5}, Time: []int64{10_000}, Clock: []int64{10_000}, Ref: []uint32{i}, Out: []int64{0},
		}, 0, 1)
	}
	table.Each(q, 0, count)
	require.Zero(t, n)
	require.Zero(t, testing.AllocsPerRun(10, func() { table.Each(q, 50, count) }))
	require.Equal(t, 11*50, n)
}
