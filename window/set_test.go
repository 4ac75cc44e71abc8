package window

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSetAgainstTwin compares counts by bits, which change after an event was
// added, with a loop over all events.
func TestSetAgainstTwin(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 31))
			s := &stream{rng: rng, clock: 1_000_000, ref: ^uint32(0) - 900, hot: 60 * int(seed%2)}
			views := []View{
				{Measure: Count, Within: 200_000, Aged: 20_000, Mask: 1, Want: 0}, {Measure: Count, Within: 90_000, Mask: 6, Want: 2},
				{Measure: Count, Within: 50_000},
			}
			c := s.columns(5000, DenseValues, len(views))
			for i := range c.Do {
				c.Val[i] &= 7
				if i > 20 && rng.IntN(3) == 0 {
					j := i - 1 - rng.IntN(20)
					c.Do[i], c.Key[i], c.Time[i], c.Ref[i] = Set, c.Key[j], c.Time[j], c.Ref[j]
				}
			}
			table, workers := NewTable(views, DenseValues, 30_000), 1+int(seed%3)
			from := 0 // of the batch
			if seed%2 == 1 {
				values := c.valuesByRow()
				table.Known(func(ref uint32, row int) uint32 { return values(ref, from+row) })
			}
			for a := 0; a < len(c.Do); {
				b := min(len(c.Do), a+1+rng.IntN(300))
				from = a
				for w := range workers {
					table.Run(c.part(a, b), w, workers)
				}
				a = b
			}
			events, changed := map[uint64][]entry{}, 0
			for i := range c.Do {
				k := c.Key[i]
				if c.Do[i]&Add != 0 {
					events[k] = append(events[k], entry{at: c.Time[i], ref: c.Ref[i], val: c.Val[i]})
				}
				if c.Do[i]&Set != 0 {
					for j := range events[k] {
						if e := &events[k][j]; e.ref == c.Ref[i] && e.at == c.Time[i] && e.at > c.Clock[i]-table.Keep() {
							e.val = c.Val[i]
							changed++
						}
					}
				}
				if c.Do[i]&Read == 0 {
					continue
				}
				for v, view := range views {
					want := int64(0)
					for _, e := range events[k] {
						in := e.at > max(c.Time[i]-view.Within, c.Clock[i]-table.Keep()) && e.at <= c.Time[i]-view.Aged
						if in && uint32(e.val)&view.Mask == view.Want {
							want++
						}
					}
					require.Equal(t, want, c.Out[i*len(views)+v], "event %d view %d", i, v)
				}
			}
			require.Greater(t, changed, 100)
		})
	}
}

// valuesByRow returns what tells the value of an event, by its reference, as it is
// at a row.
func (c *Columns) valuesByRow() func(ref uint32, row int) uint32 {
	type change struct {
		row int
		val uint32
	}
	changes := map[uint32][]change{}
	for i, do := range c.Do {
		if do&(Add|Set) != 0 {
			changes[c.Ref[i]] = append(changes[c.Ref[i]], change{i, uint32(c.Val[i])})
		}
	}
	return func(ref uint32, row int) uint32 {
		val := uint32(0)
		for _, ch := range changes[ref] {
			if ch.row <= row {
				val = ch.val
			}
		}
		return val
	}
}
