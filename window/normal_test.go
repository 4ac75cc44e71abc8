package window

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// market is a stream of events under keys whose rates and days differ, with a
// table for the counts as the engine has it.
type market struct {
	rng   *rand.Rand
	clock int64
}

// columns makes n events, some late, some under keys with long gaps.
func (m *market) columns(n, keys int, step int64) *NormalColumns {
	c := &NormalColumns{Step: 1, Count: make([]int64, n), Out: make([]int64, n)}
	for range n {
		m.clock += m.rng.Int64N(2 * step)
		if m.rng.IntN(n/4) == 0 {
			m.clock += m.rng.Int64N(60 * 24 * hour) // the market sleeps
		}
		at := m.clock
		if m.rng.IntN(10) == 0 {
			at -= m.rng.Int64N(3 * hour)
		}
		// A few keys have most events, as shops do.
		key := uint64(float64(keys) * math.Pow(m.rng.Float64(), 3))
		c.Do = append(c.Do, uint8(m.rng.IntN(8))&3|uint8(Add*m.rng.IntN(2)))
		c.Key = append(c.Key, scramble(key+1))
		c.Time, c.Clock = append(c.Time, at), append(c.Clock, m.clock)
	}
	m.count(c, hour)
	return c
}

// count fills in the counts.
func (m *market) count(c *NormalColumns, within int64) {
	t := NewTable([]View{{Measure: Count, Within: within}}, NoValues, hour)
	ref := make([]uint32, len(c.Do))
	for i := range ref {
		ref[i] = uint32(i)
	}
	t.Run(&Columns{Do: c.Do, Key: c.Key, Time: c.Time, Clock: c.Clock, Ref: ref, Out: c.Count}, 0, 1)
}

// part returns the events [a, b) of the columns.
func (c *NormalColumns) part(a, b int) *NormalColumns {
	return &NormalColumns{
		Do: c.Do[a:b], Key: c.Key[a:b], Time: c.Time[a:b], Clock: c.Clock[a:b],
		Step: 1, Count: c.Count[a:b], Out: c.Out[a:b],
	}
}

// twinKey is what the twin of a Normal keeps of a key: all its hours.
type twinKey struct {
	hours       []twinHour // that have passed, from the first on
	first, last int64
	now         float64
	level       float64
	foreseen    [24]float64 // when the present hour began
	shape       float64
}

// twinHour is an hour that has passed. Of a long gap, errors are not learned.
type twinHour struct {
	had, mean float64
	gap       bool
}

// twin is a Normal that never forgets an hour, and goes over all of them each
// time.
type twin struct {
	o      NormalOptions
	keys   map[uint64]*twinKey
	crowds [Shards]crowd
}

// days calls do with each hour that has passed at that time of the day, and how
// much it counts.
func (k *twinKey) days(of int64, do func(h twinHour, weight float64)) {
	weight := 1.0
	for i := len(k.hours) - 1; i >= 0; i-- {
		if (k.first+int64(i))%24 == of {
			do(k.hours[i], weight)
			weight *= dayFade
		}
	}
}

// setLevel foresees the present hour.
func (w *twin) setLevel(k *twinKey, c *crowd) {
	had, hours := priorEvents, priorEvents/c.rate(w.o.Rate)
	for of := range int64(24) {
		k.days(of, func(h twinHour, weight float64) { had, hours = had+weight*h.had, hours+weight*c.share(int(of)) })
	}
	k.level = had / hours
	width, recent, expected := k.sums()
	calm := 4 + 4*width*expected
	for of := range k.foreseen {
		k.foreseen[of] = k.rate(c, int64(of)) * min(max((recent+calm)/(expected+calm), 1), 4)
	}
	known := float64(min(k.last-k.first, 24*14))
	k.shape = 1 / (1/(k.level*known+priorEvents) + width)
}

func (k *twinKey) rate(c *crowd, of int64) float64 {
	had, seen := priorDays*k.level*c.share(int(of)), float64(priorDays)
	k.days(of, func(h twinHour, weight float64) { had, seen = had+weight*h.had, seen+weight })
	return had / seen
}

// sums returns the relative variance, and what the last hours had and should
// have had.
func (k *twinKey) sums() (width, had, expected float64) {
	guess := priorHours * k.level * k.level
	off, size := priorWidth*guess, guess
	n, last := len(k.hours), true
	left, recent := 1.0, 1.0
	for i := n - 1; i >= 0; i-- {
		h := k.hours[i]
		last = last && !h.gap
		if !h.gap {
			off += left * ((h.had-h.mean)*(h.had-h.mean) - h.mean)
			size += left * h.mean * h.mean
		}
		if last {
			had, expected = had+recent*h.had, expected+recent*h.mean
		}
		left, recent = left*math.Pow(dayFade, 1.0/24), recent*recentFade
	}
	return min(max(off/size, 0.01), 2), had, expected
}

func (w *twin) event(c *NormalColumns, i int) int64 {
	at := min(c.Time[i], c.Clock[i])
	h, add := at/hour, c.Do[i]&Add != 0
	crowd := &w.crowds[shardOf(c.Key[i])]
	k := w.keys[c.Key[i]]
	known := k != nil && c.Clock[i]/hour-k.last <= w.o.Keep/hour
	if !known && !add {
		return 0
	}
	if !known {
		k = &twinKey{first: h, last: h}
		w.keys[c.Key[i]] = k
		w.setLevel(k, crowd)
	}
	if !add { // a question leaves no trace
		seen, all := *k, *crowd
		seen.hours = slices.Clone(k.hours)
		k, crowd = &seen, &all
	}
	if h > k.last {
		w.pass(k, crowd, h)
	}
	if add && h == k.last {
		k.now++
	}
	if c.Do[i]&Read == 0 {
		return 0
	}
	return w.surprise(k, at, float64(c.Count[i]-int64(c.Do[i]&Add)))
}

// pass closes hours up to h.
func (w *twin) pass(k *twinKey, c *crowd, h int64) {
	for first := true; k.last < h; first = false {
		gap := !first && (h-k.last > longGap || k.hours[len(k.hours)-1].gap)
		mean, had := k.rate(c, k.last%24), k.now
		if k.last-k.first >= youngHours {
			had = min(had, mean+boldness*math.Sqrt(mean+priorWidth*mean*mean)+3)
		}
		k.hours = append(k.hours, twinHour{had, mean, gap})
		c.add(int(k.last%24), had, 1)
		k.now = 0
		k.last++
	}
	w.setLevel(k, c)
}

func (w *twin) surprise(k *twinKey, at int64, n float64) int64 {
	mean := 0.0
	for s := at - w.o.Within; s < at; s += 1000 { // second by second
		of := k.last % 24
		if s/hour < k.last {
			of = (k.last + 23) % 24
		}
		mean += k.foreseen[of] / 3600
	}
	hours := float64(min(k.last-k.first, 24*14))
	if n < 1 || n <= mean {
		return 0
	}
	d := n*math.Log(n/mean) - (n+k.shape)*math.Log((n+k.shape)/(mean+k.shape))
	return int64(min(10/math.Ln10*d*hours/(hours+youngHours), float64(w.o.Most)))
}

// TestNormalAgainstTwin compares a Normal with its twin, whatever the workers
// and wherever batches end. The two add in another order, and the twin cuts
// windows at whole seconds, so an answer may differ by 1 and half a hundredth.
func TestNormalAgainstTwin(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 22))
			o := NormalOptions{Within: 600_000, Keep: 9 * 24 * hour, Rate: 1, Most: 1000}
			m := &market{rng: rng, clock: 400 * 24 * hour}
			c := m.columns(1500, 40, []int64{200_000, 900_000}[seed%2])
			n, workers := NewNormal(o), 1+int(seed%5)
			for a := 0; a < len(c.Do); {
				b := min(len(c.Do), a+1+rng.IntN(200))
				for w := range workers {
					n.Run(c.part(a, b), w, workers)
				}
				a = b
			}
			w := &twin{o: o, keys: map[uint64]*twinKey{}}
			surprising := 0
			for i := range c.Do {
				want := int64(0)
				if c.Do[i] != 0 {
					want = w.event(c, i)
				}
				require.InDelta(t, want, c.Out[i], 1+0.005*float64(want), "event %d", i)
				if want > 5 {
					surprising++
				}
			}
			require.Greater(t, surprising, 20)
		})
	}
}

// TestNormalBatches holds that answers are the same to the bit, for any number of workers and
// wherever batches end, while keys are let go.
func TestNormalBatches(t *testing.T) {
	m := &market{rng: rand.New(rand.NewPCG(1, 23)), clock: 400 * 24 * hour}
	c := m.columns(60_000, 6000, 20_000)
	run := func(workers int, step func() int) ([]int64, *Normal) {
		n := NewNormal(NormalOptions{Within: hour, Keep: 24 * hour})
		clear(c.Out)
		for a := 0; a < len(c.Do); {
			b := min(len(c.Do), a+step())
			for w := range workers {
				n.Run(c.part(a, b), w, workers)
			}
			a = b
		}
		return append([]int64(nil), c.Out...), n
	}
	want, _ := run(1, func() int { return len(c.Do) })
	for workers := 1; workers <= 7; workers += 3 {
		got, n := run(workers, func() int { return 1 + m.rng.IntN(700) })
		require.Equal(t, want, got)
		keys, _ := n.Size()
		require.Less(t, keys, 5000)
		freed := 0
		for i := range n.shards {
			freed += len(n.shards[i].free)
		}
		require.Positive(t, freed)
	}
}
