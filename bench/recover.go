package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// RecoverOptions says what Recover does to a daemon that it starts.
type RecoverOptions struct {
	Setup
	Tails []int // lines that the journal's tail has; none are 250,000, 500,000, 1 and 2 million
}

// Validate returns every fault of the options at once, or nil.
func (o RecoverOptions) Validate() error {
	var errs []error
	for _, n := range o.Tails {
		if n < 1000 || n > 1_000_000_000 {
			errs = append(errs, fmt.Errorf("tail %d: want 1000 to 1000000000 lines", n))
		}
	}
	return errors.Join(errs...)
}

// Recover measures how long a daemon takes to start again after a kill, by the
// length of the journal's tail, and after an orderly stop.
func Recover(ctx context.Context, o RecoverOptions) (res *Result, err error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("bench recover: %w", err)
	}
	if len(o.Tails) == 0 {
		o.Tails = []int{250_000, 500_000, 1_000_000, 2_000_000}
	}
	dir, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	defer remove(&err)
	o.note("making the input")
	longest := 0
	for _, n := range o.Tails {
		longest = max(longest, n)
	}
	path, in, err := Made{Market: true}.madeFor(float64(longest)).input("", dir)
	if err != nil {
		return nil, err
	}
	res = newResult("recover", &o.Setup, in)
	killed, stopped := Series{Name: "after kill -9"}, Series{Name: "after a stop"}
	for i, n := range o.Tails {
		o.note("a tail of %d lines", n)
		c, err := o.tail(ctx, path, filepath.Join(dir, "data-"+strconv.Itoa(i)), n)
		if err != nil {
			return nil, fmt.Errorf("bench recover: a tail of %d lines: %w", n, err)
		}
		killed.Points = append(killed.Points, Point{X: float64(n), Y: c.Values[0].Value})
		stopped.Points = append(stopped.Points, Point{X: float64(n), Y: c.Values[3].Value})
		res.Cases = append(res.Cases, c)
	}
	res.Charts = []Chart{{
		Title: "Time of a start", X: "lines", Y: "s", XName: "lines since the last snapshot", Series: []Series{killed, stopped},
	}}
	return res, nil
}

// tail measures the starts of a daemon that was fed n lines.
func (o *RecoverOptions) tail(ctx context.Context, path, data string, n int) (c Case, err error) {
	never := []string{"--snapshot-every", strconv.FormatInt(math.MaxInt64, 10)}
	d, err := startDaemon(ctx, o.Program, data, never...)
	if err != nil {
		return c, err
	}
	p := &pacing{path: path, length: time.Hour, total: int64(n), every: math.MaxInt64, prefix: "tail-"}
	run, err := feed(ctx, &d.Daemon, p, (*sellers).poll)
	if err := errors.Join(err, d.end(os.Kill)); err != nil {
		return c, err
	}
	if run.lines != int64(n) {
		return c, fmt.Errorf("%d lines were acked, and not %d", run.lines, n)
	}
	if d, err = startDaemon(ctx, o.Program, data, never...); err != nil {
		return c, err
	}
	tail, cpu := d.took, d.cpu()
	begin := time.Now()
	if err := d.stop(); err != nil {
		return c, err
	}
	stop := time.Since(begin)
	if d, err = startDaemon(ctx, o.Program, data, never...); err != nil {
		return c, err
	}
	c = Case{Quantity(float64(n), "lines"), []Value{
		{"start after kill -9", tail.Seconds(), "s"},
		{"judged again", float64(n) / tail.Seconds(), "events/s"},
		{"CPU an event", cpu / float64(n), "s"},
		{"start after a stop", d.took.Seconds(), "s"},
		{"stop, with its snapshot", stop.Seconds(), "s"},
	}}
	return c, d.stop()
}
