package bench

import (
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// latency gathers times in a histogram of three digits, from a microsecond to
// an hour. It may be used by many goroutines.
type latency struct {
	mu sync.Mutex
	h  *hdr.Histogram
}

func newLatency() *latency { return &latency{h: hdr.New(1, int64(time.Hour/time.Microsecond), 3)} }

// note takes one time.
func (l *latency) note(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(d, 1)
}

func (l *latency) record(d time.Duration, n int64) {
	us := min(max(d.Microseconds(), 1), l.h.HighestTrackableValue())
	_ = l.h.RecordValues(us, n) // it is within the bounds
}

// noteSpread takes n times that fall evenly from first to last, as those of
// lines that were due one after another and are answered together.
func (l *latency) noteSpread(first, last time.Duration, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// The longest stands for itself, the others for parts of them.
	l.record(max(first, last), 1)
	n--
	parts := min(n, 64)
	for i := range parts {
		middle := (float64(i) + .5) / float64(parts)
		l.record(first+time.Duration(middle*float64(last-first)), n*(i+1)/parts-n*i/parts)
	}
}

// quantile returns the time that a share of all stay within, in seconds.
func (l *latency) quantile(percent float64) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return float64(l.h.ValueAtQuantile(percent)) / 1e6
}

// count returns how many there were.
func (l *latency) count() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.h.TotalCount()
}

// quantiles are those that are shown; 100 is the longest.
var quantiles = []struct {
	name    string
	percent float64
}{{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}, {"max", 100}}

// values returns the quantiles as measurements.
func (l *latency) values() (values []Value) {
	for _, q := range quantiles {
		values = append(values, Value{q.name, l.quantile(q.percent), "s"})
	}
	return values
}

// points returns the quantiles as the bars of a chart.
func (l *latency) points() (points []Point) {
	for _, q := range quantiles {
		points = append(points, Point{Label: q.name, Y: l.quantile(q.percent)})
	}
	return points
}
