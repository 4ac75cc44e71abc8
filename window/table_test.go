package window

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// naive is the dumb twin of a table: every event under its key, for ever, and
// a loop over all of them for each question.
type naive struct {
	keep   int64
	events map[uint64][]entry
}

func (n *naive) add(key uint64, e entry) { n.events[key] = append(n.events[key], e) }

func (n *naive) ask(v View, key uint64, at, clock int64) int64 {
	var count, sum int64
	values := map[uint64]bool{}
	for _, e := range n.in(key, at-v.Within, at-v.Aged, clock) {
		count++
		sum += int64(e.val)
		if e.val != 0 {
			values[e.val] = true
		}
	}
	switch v.Measure {
	case Sum:
		return sum
	case Distinct:
		return int64(len(values))
	}
	return count
}

func (n *naive) in(key uint64, from, to, clock int64) []entry {
	var es []entry
	for _, e := range n.events[key] {
		if e.at > from && e.at <= to && e.at > clock-n.keep {
			es = append(es, e)
		}
	}
	return es
}

// stream is a random stream of events: many ties, some late, some far ahead.
type stream struct {
	rng   *rand.Rand
	clock int64
	ref   uint32
	hot   int // percent of events of the busiest key
	wild  bool
	calm  bool // no pauses
}

func (s *stream) columns(n int, values Values, views int) *Columns {
	c := &Columns{Out: make([]int64, n*views)}
	for range n {
		switch s.rng.IntN(20) {
		case 0:
			if !s.calm {
				s.clock += 60_000
			}
		case 1, 2, 3, 4, 5, 6:
			s.clock += s.rng.Int64N(900)
		}
		at := s.clock
		switch {
		case s.rng.IntN(5) == 0:
			at -= s.rng.Int64N(40_000)
		case s.rng.IntN(50) == 0:
			at -= s.rng.Int64N(400_000)
		case s.wild && s.rng.IntN(200) == 0:
			at += 80 * 365 * 24 * hour
		}
		key := uint64(s.rng.IntN(40))
		if s.rng.IntN(100) < s.hot {
			key = 7
		}
		c.Do = append(c.Do, uint8(s.rng.IntN(4)))
		c.Key = append(c.Key, key*0x9e3779b97f4a7c15)
		c.Time = append(c.Time, max(at, 0))
		c.Clock = append(c.Clock, s.clock)
		s.ref++
		c.Ref = append(c.Ref, s.ref)
		switch values {
		case DenseValues:
			c.Val = append(c.Val, uint64(s.rng.IntN(60)))
		case WideValues:
			c.Val = append(c.Val, uint64(s.rng.Int64N(1000)-200))
		}
	}
	return c
}

// part returns the events [a, b) of the columns.
func (c *Columns) part(a, b int) *Columns {
	p := &Columns{Do: c.Do[a:b], Key: c.Key[a:b], Time: c.Time[a:b], Clock: c.Clock[a:b], Ref: c.Ref[a:b]}
	if c.Val != nil {
		p.Val = c.Val[a:b]
	}
	views := len(c.Out) / len(c.Do)
	p.Out = c.Out[a*views : b*views]
	return p
}

// TestTableAgainstTwin compares a table with its dumb twin on random streams,
// whatever the workers and wherever batches end.
func TestTableAgainstTwin(t *testing.T) {
	kinds := []struct {
		name   string
		values Values
		views  []View
	}{
		{"count", NoValues, []View{{Measure: Count, Within: 1}, {Measure: Count, Within: 10_000}, {Measure: Count, Within: 300_000, Aged: 7_000}}},
		{"distinct", DenseValues, []View{{Measure: Distinct, Within: 5_000}, {Measure: Count, Within: 60_000}, {Measure: Distinct, Within: 200_000, Aged: 30_000}}},
		{"sum", WideValues, []View{{Measure: Sum, Within: 20_000}, {Measure: Sum, Within: 100_000, Aged: 99_999}, {Measure: Count, Within: 50_000}}},
	}
	for _, kind := range kinds {
		for seed := range uint64(12) {
			t.Run(fmt.Sprintf("%s/%d", kind.name, seed), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(seed, 1))
				s := &stream{rng: rng, clock: 1_000_000, ref: ^uint32(0) - 2000, hot: 60 * int(seed%2), wild: seed%3 == 0}
				c := s.columns(6000, kind.values, len(kind.views))
				views := slices.Clone(kind.views)
				for v := range views {
					views[v].Floor = []int64{0, 3, 12, 40}[int(seed+uint64(v))%4]
				}
				table := NewTable(views, kind.values, 30_000)
				workers := 1 + int(seed%3)
				for a := 0; a < len(c.Do); {
					b := min(len(c.Do), a+1+rng.IntN(500))
					for w := range workers {
						table.Run(c.part(a, b), w, workers)
					}
					a = b
				}
				twin := &naive{keep: table.Keep(), events: map[uint64][]entry{}}
				for i := range c.Do {
					if c.Do[i]&Add != 0 {
						e := entry{at: c.Time[i], ref: c.Ref[i]}
						if c.Val != nil {
							e.val = c.Val[i]
						}
						twin.add(c.Key[i], e)
					}
					if c.Do[i]&Read != 0 {
						for v := range kind.views {
							want := twin.ask(views[v], c.Key[i], c.Time[i], c.Clock[i])
							if floor := views[v].Floor; floor >= 1 && want < floor {
								want = 0
							}
							require.Equal(t, want, c.Out[i*len(views)+v], "event %d view %d", i, v)
						}
					}
				}
			})
		}
	}
}

// TestParticipantsTellsEverything checks that an asker has been told of every event
// that stood in a window it asked for, and of none that did not.
func TestParticipantsTellsEverything(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 2))
		s := &stream{rng: rng, clock: 1_000_000, hot: 70}
		view := View{Measure: Count, Within: 45_000}
		aged := int64(seed%3) * 9_000
		c := s.columns(5000, NoValues, 1)
		table := NewTable([]View{view}, NoValues, 30_000)
		twin := &naive{keep: table.Keep(), events: map[uint64][]entry{}}
		told := map[uint64]map[uint32]bool{}
		for a := 0; a < len(c.Do); {
			b := min(len(c.Do), a+1+rng.IntN(400))
			table.Run(c.part(a, b), 0, 1)
			for i := a; i < b; i++ {
				k := c.Key[i]
				if c.Do[i]&Add != 0 {
					twin.add(k, entry{at: c.Time[i], ref: c.Ref[i]})
				}
				if c.Do[i]&Read == 0 || rng.IntN(3) > 0 {
					continue
				}
				if told[k] == nil {
					told[k] = map[uint32]bool{}
				}
				in := map[uint32]bool{}
				for _, e := range twin.in(k, c.Time[i]-view.Within, c.Time[i]-aged, c.Clock[i]) {
					in[e.ref] = true
				}
				for _, ref := range table.Participants(Question{
					Key: k, Time: c.Time[i], Clock: c.Clock[i], Within: view.Within, Aged: aged, Upto: c.Ref[i], Asker: 1,
				}, nil) {
					require.True(t, in[ref], "seed %d event %d: %d did not take part", seed, i, ref)
					told[k][ref] = true
				}
				for ref := range in {
					require.True(t, told[k][ref], "seed %d event %d: %d was never told", seed, i, ref)
				}
			}
			a = b
		}
	}
}

// TestParticipantsIsLinear checks that a long attack costs a few steps an event.
func TestParticipantsIsLinear(t *testing.T) {
	table := NewTable([]View{{Measure: Count, Within: 1 << 30}}, NoValues, 0)
	told := 0
	const n = 20_000
	for i := range uint32(n) {
		at := int64(1_000_000 + 10*i)
		if i%3 == 0 {
			at -= 25 // a feed with constant disorder
		}
		table.Run(&Columns{
			Do: []uint8{Add | Read}, Key: []uint64{5}, Time: []int64{at}, Clock: []int64{int64(1_000_000 + 10*i)},
			Ref: []uint32{i}, Out: []int64{0},
		}, 0, 1)
		told += len(table.Participants(Question{Key: 5, Time: at, Clock: at, Within: 1 << 30, Upto: i}, nil))
	}
	require.GreaterOrEqual(t, told, n)
	require.Less(t, told, 6*n)
}

// TestIdleKeysAreLetGo checks that memory follows the keys that live.
func TestIdleKeysAreLetGo(t *testing.T) {
	table := NewTable([]View{{Measure: Distinct, Within: 60_000}}, DenseValues, 0)
	numbers := NewNumbers(60_000)
	rng := rand.New(rand.NewPCG(3, 3))
	var ref uint32
	most := int64(0)
	for minute := range int64(100) {
		c := &Columns{Out: make([]int64, 1000), Val: make([]uint64, 1000)}
		values := make([]uint64, 1000)
		for i := range 1000 {
			c.Do = append(c.Do, Add|Read)
			c.Key = append(c.Key, rng.Uint64())
			c.Time = append(c.Time, 1e9+minute*60_000)
			c.Clock = append(c.Clock, 1e9+minute*60_000)
			c.Ref = append(c.Ref, ref)
			values[i] = rng.Uint64()
			ref++
		}
		numbers.Run(values, c.Clock, c.Val, 0, 1)
		table.Run(c, 0, 1)
		_, bytes := table.Size()
		if minute == 20 {
			most = bytes
		}
	}
	keys, bytes := table.Size()
	require.Less(t, keys, 8000)
	require.LessOrEqual(t, bytes, most*3/2)
	n, _ := numbers.Size()
	require.Less(t, n, 10_000)
}

// TestNoAllocationInTheSteadyState holds that adding and reading an event
// allocates nothing, of many keys as of a busy one.
func TestNoAllocationInTheSteadyState(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	s := &stream{rng: rng, clock: 1_000_000, hot: 30, calm: true}
	table := NewTable([]View{{Measure: Distinct, Within: 5_000}, {Measure: Count, Within: 10_000}}, DenseValues, 5_000)
	for range 200 {
		table.Run(s.columns(1000, DenseValues, 2), 0, 1)
	}
	batches := make([]*Columns, 101)
	for i := range batches {
		batches[i] = s.columns(1000, DenseValues, 2)
	}
	i := 0
	perBatch := testing.AllocsPerRun(100, func() {
		table.Run(batches[i], 0, 1)
		i++
	})
	require.Less(t, perBatch/1000, 0.02)
}

// TestNumbersAreDense checks that living values have different numbers, near
// each other.
func TestNumbersAreDense(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	n := NewNumbers(hour)
	values, clock, out := make([]uint64, 10_000), make([]int64, 10_000), make([]uint64, 10_000)
	for i := range values {
		values[i], clock[i] = rng.Uint64(), hour
	}
	values[17], values[99] = 0, values[5]
	for w := range 2 {
		n.Run(values, clock, out, w, 2)
	}
	byNumber := map[uint64]uint64{}
	for i, v := range values {
		if v == 0 {
			require.Zero(t, out[i])
			continue
		}
		require.LessOrEqual(t, out[i], uint64(20_000))
		if old, ok := byNumber[out[i]]; ok {
			require.Equal(t, old, v)
		}
		byNumber[out[i]] = v
	}
	require.Equal(t, out[5], out[99])
	require.Len(t, byNumber, 9998)
}

// TestBagAgainstTwin compares bags, small and large, with a map.
func TestBagAgainstTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	var b multiset
	twin := map[uint32]int{}
	var held []uint32
	for phase := range 8 {
		for range 12_000 {
			if phase%2 == 0 || len(held) == 0 {
				v := 1 + rng.Uint32N(9000)
				b.add(v)
				twin[v]++
				held = append(held, v)
			} else {
				i := rng.IntN(len(held))
				v := held[i]
				held[i] = held[len(held)-1]
				held = held[:len(held)-1]
				b.remove(v)
				if twin[v]--; twin[v] == 0 {
					delete(twin, v)
				}
			}
			require.Equal(t, len(twin), b.kinds)
		}
	}
}

func BenchmarkTable(b *testing.B) {
	for _, keys := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(7, 7))
			table := NewTable([]View{{Measure: Count, Within: 600_000}}, NoValues, 60_000)
			const n = 4096
			c := &Columns{
				Do: make([]uint8, n), Key: make([]uint64, n), Time: make([]int64, n), Clock: make([]int64, n),
				Ref: make([]uint32, n), Out: make([]int64, n),
			}
			at, ref := int64(1e9), uint32(0)
			b.ReportAllocs()
			for i := 0; i < b.N; i += n {
				b.StopTimer()
				for j := range n {
					if j%3 == 0 {
						at++
					}
					ref++
					c.Do[j], c.Key[j], c.Time[j], c.Clock[j], c.Ref[j] = Add|Read, uint64(rng.IntN(keys))*0x9e3779b97f4a7c15, at, at, ref
				}
				b.StartTimer()
				table.Run(c, 0, 1)
			}
		})
	}
}
