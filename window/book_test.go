package window

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// bookColumns makes rows of a random stream into those of a book.
func (s *stream) bookColumns(n, keys int) *BookColumns {
	c := s.columns(n, NoValues, 0)
	for i := range c.Key {
		c.Key[i] = uint64(s.rng.IntN(keys)) * 0x9e3779b97f4a7c15
		if c.Do[i]&Add != 0 && c.Key[i]>>63 == 0 {
			c.Do[i] |= Renew
		}
	}
	return &BookColumns{Do: c.Do, Key: c.Key, Time: c.Time, Clock: c.Clock, Record: make([]uint32, n)}
}

// part returns the rows [a, b) of the columns.
func (c *BookColumns) part(a, b int) *BookColumns {
	return &BookColumns{Do: c.Do[a:b], Key: c.Key[a:b], Time: c.Time[a:b], Clock: c.Clock[a:b], Record: c.Record[a:b]}
}

// TestBookAgainstTwin compares a book, whose records count the rows of their
// keys, with a map that is never swept, whatever the workers and wherever
// batches end.
func TestBookAgainstTwin(t *testing.T) {
	type known struct{ at, rows int64 }
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 21))
			s := &stream{rng: rng, clock: 1_000_000, wild: seed%3 == 0}
			const keep = 250_000
			c := s.bookColumns(8000, 600+rng.IntN(3000))
			book, workers := NewBook(keep, 2), 1+int(seed%5)
			got := make([]int64, len(c.Do))
			for a := 0; a < len(c.Do); {
				b := min(len(c.Do), a+1+rng.IntN(500))
				part := c.part(a, b)
				for w := range workers {
					book.Run(part, w, workers)
				}
				for w := range workers {
					book.Each(part, w, workers, func(row int, record []uint64) {
						record[1]++
						got[a+row] = int64(record[1])
					})
				}
				a = b
			}
			twin := map[uint64]*known{}
			again := int64(0)
			for i := range c.Do {
				e := twin[c.Key[i]]
				oldest := (c.Clock[i] - keep) / 1000 * 1000 // keys are known by seconds
				switch {
				case c.Do[i] == 0:
					require.Zero(t, got[i])
					continue
				case e != nil && e.at/1000*1000 > oldest:
					if c.Do[i]&Renew != 0 {
						e.at = max(e.at, c.Time[i])
					}
				case c.Do[i]&Add != 0 && c.Time[i]/1000*1000 > oldest:
					e = &known{at: c.Time[i]}
					twin[c.Key[i]] = e
				default:
					require.Zero(t, got[i], "row %d", i)
					continue
				}
				e.rows++
				again += min(e.rows-1, 1)
				require.Equal(t, e.rows, got[i], "row %d", i)
			}
			require.Greater(t, again, int64(50))
		})
	}
}

// TestBookIsSmall holds that a book lets go of what is no longer known, what a
// key costs, and that rows allocate nothing once it is as large as it is to be.
func TestBookIsSmall(t *testing.T) {
	rng := rand.New(rand.NewPCG(22, 22))
	const n, keep = 1000, 200_000
	book := NewBook(keep, 3)
	c := &BookColumns{
		Do: make([]uint8, n), Key: make([]uint64, n), Time: make([]int64, n), Clock: make([]int64, n), Record: make([]uint32, n),
	}
	at := int64(1e12)
	batch := func() {
		for i := range n {
			at++
			if i%2 == 0 {
				c.Key[i] = rng.Uint64()
			} else {
				c.Key[i] = c.Key[rng.IntN(i)]
			}
			c.Do[i], c.Time[i], c.Clock[i] = Add|Read, at, at
		}
		clear(c.Record)
		book.Run(c, 0, 1)
	}
	for range 1200 {
		batch()
	}
	keys, bytes := book.Size()
	require.Greater(t, keys, keep/2)
	require.Less(t, keys, keep)
	require.Less(t, float64(bytes)/float64(keys), 27.0+4*8*1.6)
	require.Less(t, testing.AllocsPerRun(200, batch)/n, 0.001)
}

func BenchmarkBook(b *testing.B) {
	rng := rand.New(rand.NewPCG(23, 23))
	book := NewBook(1_000_000, 3)
	const n = 4096
	c := &BookColumns{
		Do: make([]uint8, n), Key: make([]uint64, n), Time: make([]int64, n), Clock: make([]int64, n), Record: make([]uint32, n),
	}
	at := int64(1e9)
	b.ReportAllocs()
	for i := 0; i < b.N; i += n {
		b.StopTimer()
		for j := range n {
			at++
			c.Do[j], c.Key[j], c.Time[j], c.Clock[j] = Add, uint64(at/2-rng.Int64N(500_000))*0x9e3779b97f4a7c15, at, at
		}
		clear(c.Record)
		b.StartTimer()
		book.Run(c, 0, 1)
	}
}
