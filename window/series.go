package window

import (
	"cmp"
	"math"
	"slices"
)

// Series says how surprising each value of a series of counts is, an hour apart
// for instance, against the shapes that the series had before: its last values are
// compared with the most similar ones of a past of fixed length, and the
// distance with the tail of the distances that were. So what recurs is no
// surprise, at its time of day or any other, and no series needs a threshold of
// its own. It never looks ahead.
type Series struct {
	o     SeriesOptions
	ring  []float64 // the last History+1 values
	n     int       // values so far
	mean  float64
	whole bool // only whole numbers so far
	roots []float64
	dists []float64
	tail  tail
}

// SeriesOptions say what a Series keeps. Zero means default.
type SeriesOptions struct {
	History int // values to compare with: 336, two weeks of hours
	Shape   int // values that are compared at once: 4
	Apart   int // values between the present ones and those they are compared with: 6
	Nearest int // how many of the most similar shapes the distance is the mean of: 3
	// Least is how large a count must be to matter; it holds for series of
	// whole numbers only: 4.
	Least float64
}

// NewSeries returns an empty series.
func NewSeries(o SeriesOptions) *Series {
	o.History, o.Shape = cmp.Or(o.History, 336), cmp.Or(o.Shape, 4)
	o.Apart, o.Nearest = cmp.Or(o.Apart, 6), cmp.Or(o.Nearest, 3)
	o.Least = cmp.Or(o.Least, 4)
	if o.Shape < 1 || o.Apart < 0 || o.Nearest < 1 || o.History < o.Shape+o.Apart+8 {
		panic("BUG: window: a series that cannot remember")
	}
	return &Series{
		o: o, whole: true,
		ring:  make([]float64, o.History+1),
		roots: make([]float64, o.History+1),
		dists: make([]float64, o.Nearest),
		tail:  newTail(),
	}
}

// Add takes the next value, at least 0, and returns its surprise in decibans. A
// value that is NaN is missing: it stands as the one before it.
func (s *Series) Add(x float64) float64 {
	size := len(s.ring)
	if math.IsNaN(x) {
		x = 0
		if s.n > 0 {
			x = s.ring[(s.n-1)%size]
		}
	}
	s.ring[s.n%size] = x
	s.n++
	s.whole = s.whole && x == math.Trunc(x)
	// The mean is that of two weeks, and no value counts for more than five
	// times as much.
	s.mean += (min(x, 5*s.mean+1) - s.mean) * max(1/float64(s.n), 1/float64(size-1))
	if s.n == 1 {
		s.mean = x
	}
	y := s.scaled()
	if len(y) < s.o.Shape+s.o.Apart+8 {
		return 0
	}
	d := 10 * s.tail.add(s.distance(y))
	if !s.high(y) {
		d = min(d, 10) // a dip, or a shape among ordinary values
	}
	return d
}

// scaled returns the values, oldest first, in units of the mean and with the
// same noise whether large or small: twice the root of them.
func (s *Series) scaled() []float64 {
	unit := max(s.mean, 1e-9)
	if s.whole {
		unit = max(unit, s.o.Least)
	}
	k := min(s.n, len(s.ring))
	y := s.roots[:k]
	for i := range y {
		y[i] = 2 * (math.Sqrt(1+s.ring[(s.n-k+i)%len(s.ring)]/unit) - 1)
	}
	return y
}

// distance returns how far the last values are from the most similar ones
// before.
func (s *Series) distance(y []float64) float64 {
	w := s.o.Shape
	now, past := y[len(y)-w:], y[:len(y)-1-s.o.Apart]
	near := s.dists[:0]
	for i := 0; i+w <= len(past); i++ {
		sum := 0.0
		for j, v := range now {
			d := v - past[i+j]
			sum += d * d
		}
		if len(near) == cap(near) {
			if sum >= near[len(near)-1] {
				continue
			}
			near = near[:len(near)-1]
		}
		at, _ := slices.BinarySearch(near, sum)
		near = slices.Insert(near, at, sum)
	}
	mean := 0.0
	for _, sum := range near {
		mean += math.Sqrt(sum/float64(w)) / float64(len(near))
	}
	return mean
}

// high says whether one of the last values is among the highest tenth of all.
func (s *Series) high(y []float64) bool {
	top, above := slices.Max(y[len(y)-s.o.Shape:]), 0
	for _, v := range y {
		if v > top {
			above++
		}
	}
	return above*10 <= len(y)
}

// tail learns the tail of a stream of numbers: the value that one in twenty
// exceeds, and by how much they do, in the mean (an exponential tail, of which the
// theory of extreme values says that most tails are like it). Both follow
// slowly, and an excess counts for at most tailCap times the mean, so that what
// is extreme does not become the rule.
type tail struct {
	from, mean float64
	n, over    float64
}

const (
	tailShare = 0.05
	tailRate  = 1.0 / 400
	tailCap   = 5
)

func newTail() tail { return tail{from: 0.1, mean: 0.05, over: 40} }

// add takes a number and returns -log10 of the chance of one so high.
func (t *tail) add(z float64) float64 {
	t.n++
	excess := z - t.from
	p := -math.Log10(tailShare)
	if excess > 0 {
		p += excess / (t.mean * math.Ln10)
	} else {
		p *= z / t.from
	}
	step := 4 * max(tailRate, 1/(t.n+20)) * t.mean
	if excess > 0 {
		t.from += step * (1 - tailShare)
	} else {
		t.from = max(t.from-step*tailShare, 0.03)
	}
	if excess = z - t.from; excess > 0 {
		t.over++
		t.mean += max(1/t.over, 4*tailRate) * (min(excess, tailCap*t.mean) - t.mean)
	}
	return p
}
