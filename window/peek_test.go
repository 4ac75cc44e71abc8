package window

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// saved returns what a Save writes.
func saved(t testing.TB, save func(*Encoder)) []byte {
	t.Helper()
	var b bytes.Buffer
	e := NewEncoder(&b)
	save(e)
	require.NoError(t, e.Close())
	return b.Bytes()
}

// loaded lets a Load read what a Save wrote.
func loaded(t testing.TB, state []byte, load func(*Decoder)) {
	t.Helper()
	d := NewDecoder(bytes.NewReader(state))
	load(d)
	require.NoError(t, d.Close())
}

// peekViews are views of every kind, by the values that a table keeps.
var peekViews = map[Values][]View{
	NoValues: {{Measure: Count, Within: 10_000}, {Measure: Count, Within: 300_000, Aged: 7_000, Floor: 3}},
	DenseValues: {
		{Measure: Distinct, Within: 5_000}, {Measure: Distinct, Within: 200_000, Aged: 30_000, Floor: 12},
		{Measure: Distinct, Within: 300_000, Floor: 2}, {Measure: Count, Within: 100_000, Mask: 3, Want: 1}, {Measure: Count, Within: 60_000, Aged: 1, Floor: 4},
	},
	WideValues: {{Measure: Sum, Within: 20_000}, {Measure: Sum, Within: 100_000, Aged: 50_000, Floor: 9}, {Measure: Count, Within: 50_000}},
}

// only returns event i as columns of their own, with nothing answered.
func only(c *Columns, i int) *Columns {
	p := c.part(i, i+1)
	p.Out = make([]int64, len(p.Out))
	return p
}

// TestPeekAgainstRun compares what is said of an event that has not come with what
// a copy of the table says once it has, on random streams; and holds that it
// changes nothing.
func TestPeekAgainstRun(t *testing.T) {
	answers, late := map[Values]int{}, 0
	for seed := range uint64(9) {
		rng := rand.New(rand.NewPCG(seed, 61))
		values := Values(seed % 3)
		views := peekViews[values]
		s := &stream{rng: rng, clock: 1_000_000, ref: ^uint32(0) - 2000, hot: 60 * int(seed/3%2), calm: seed%2 == 0}
		c := s.columns(3500, values, len(views))
		table := NewTable(views, values, 20_000)
		for from := 0; from < len(c.Do)-1; {
			to := min(from+1+rng.IntN(250), len(c.Do)-1)
			batch := c.part(from, to)
			table.BeginLate()
			for i := range batch.Do {
				if batch.Do[i] != 0 && batch.Time[i] <= batch.Clock[i]-table.Keep() {
					table.RunLate(batch, i)
				}
			}
			table.Run(batch, 0, 1)
			from = to
			if rng.IntN(9) == 0 {
				c.Time[to] = max(c.Time[to]-400_000, 0)
			}
			next, want := only(c, to), only(c, to)
			next.Do = []uint8{Read | uint8(rng.IntN(2))}
			want.Do = slices.Clone(next.Do)
			state := saved(t, table.Save)
			again := NewTable(views, values, 20_000)
			loaded(t, state, again.Load)
			if next.Time[0] <= next.Clock[0]-table.Keep() {
				late++
				require.Equal(t, again.RunLate(want, 0), table.PeekLate(next, 0))
			} else {
				again.Run(want, 0, 1)
				table.Peek(next, 0)
			}
			require.Equal(t, want.Out, next.Out, "seed %d, before event %d, %+v", seed, to, next)
			require.True(t, bytes.Equal(state, saved(t, table.Save)), "who asks leaves a trace")
			for _, out := range next.Out {
				answers[values] += int(min(max(out, -out), 1))
			}
			added := NewTable(views, values, 20_000)
			loaded(t, state, added.Load)
			eachAlike(t, rng, table, added, only(c, to))
		}
	}
	for values := NoValues; values <= WideValues; values++ {
		require.Greater(t, answers[values], 80)
	}
	require.Greater(t, late, 15)
}

// eachAlike holds that EachWith goes over what Each goes over in a copy of the
// table once the event of c has been added to it.
func eachAlike(t testing.TB, rng *rand.Rand, table, added *Table, c *Columns) {
	t.Helper()
	e := Pending{At: c.Time[0], Ref: c.Ref[0]}
	if c.Val != nil {
		e.Val = c.Val[0]
	}
	c.Do = []uint8{Add}
	added.Run(c, 0, 1)
	q := Question{
		Key: c.Key[0], Time: c.Time[0] + rng.Int64N(3000) - 500, Clock: c.Clock[0], Within: 1 + rng.Int64N(50_000), Upto: c.Ref[0] - uint32(rng.IntN(2)),
		Valued: rng.IntN(3) == 0,
	}
	q.Aged = rng.Int64N(q.Within) * int64(rng.IntN(2))
	most, stop := rng.IntN(12), rng.IntN(12)
	walk := func(each func(fn func(int64, uint32, uint64) bool)) (list []string) {
		each(func(at int64, ref uint32, val uint64) bool {
			list = append(list, fmt.Sprint(at, ref, val))
			return len(list) != stop
		})
		return list
	}
	want := walk(func(fn func(int64, uint32, uint64) bool) { added.Each(q, most, fn) })
	require.Equal(t, want, walk(func(fn func(int64, uint32, uint64) bool) { table.EachWith(q, e, most, fn) }))
}

func TestPeekSeesTheNextNumberAndRecord(t *testing.T) {
	n, b := NewNumbers(1000), NewBook(5000, 2)
	rng := rand.New(rand.NewPCG(1, 62))
	known, begun := 0, 0
	for i := range int64(3000) {
		clock := []int64{1_000_000 + i*20}
		value := []uint64{uint64(rng.IntN(400)+1) * 0x9e3779b97f4a7c15}
		number, want := n.Peek(value[0]), []uint64{0}
		n.Run(value, clock, want, 0, 1)
		if number != unnumbered {
			known++
			require.Equal(t, want[0], number)
		}
		require.NotEqual(t, uint64(unnumbered), want[0])
		c := &BookColumns{
			Do: []uint8{uint8(rng.IntN(3))}, Key: value, Time: []int64{clock[0] - rng.Int64N(6000)}, Clock: clock, Record: []uint32{0},
		}
		record, begins := b.Peek(c, 0)
		b.Run(c, 0, 1)
		require.Equal(t, c.Record[0] != 0, record != 0 || begins)
		if begins {
			begun++
		} else {
			require.Equal(t, c.Record[0], record)
		}
	}
	require.Zero(t, n.Peek(0))
	require.Greater(t, known, 1000)
	require.Greater(t, begun, 300)
}

// untouched does something and, if that is to be looked at, holds that a Save
// writes the same as before.
func untouched(t testing.TB, look bool, save func(*Encoder), do func()) {
	t.Helper()
	if !look {
		do()
		return
	}
	state := saved(t, save)
	do()
	require.True(t, bytes.Equal(state, saved(t, save)), "who asks leaves a trace")
}

// TestPeekOfSurprises compares what is said of an event that has not come with
// what is learned of it once it has.
func TestPeekOfSurprises(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 63))
	surprised := 0
	surge := NewSurge(SurgeOptions{Width: 31})
	events := surgeStream(rng, 4000, 50)
	for i := range events.Do {
		next := events.part(i, i+1)
		next.Do, next.Out = []uint8{Read | uint8(rng.IntN(2))}, []int64{0}
		untouched(t, i%50 == 0, surge.Save, func() { surge.Peek(next, 0) })
		want := *next
		want.Out = []int64{0}
		surge.Run(&want, 0, 1)
		require.Equal(t, want.Out, next.Out, "event %d", i)
		surprised += int(min(want.Out[0], 1))
	}
	require.Greater(t, surprised, 300)
	surprised = 0
	m := &market{rng: rng, clock: 400_000 * hour}
	normal := NewNormal(NormalOptions{Within: 600_000, Keep: 48 * hour})
	counts := m.columns(8000, 30, 400_000)
	m.count(counts, 600_000)
	for i := range counts.Do {
		next := counts.part(i, i+1)
		next.Do, next.Out, next.Count = []uint8{Read | uint8(rng.IntN(2))}, []int64{0}, []int64{1 + rng.Int64N(30)}
		untouched(t, i%50 == 0, normal.Save, func() { normal.Peek(next, 0) })
		want := *next
		want.Out = []int64{0}
		normal.Run(&want, 0, 1)
		require.Equal(t, want.Out, next.Out, "event %d", i)
		surprised += int(min(want.Out[0], 1))
	}
	require.Greater(t, surprised, 500)
}
