package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
)

// Setup is what all load benchmarks need.
type Setup struct {
	// Program is the product as a program; see ThisProgram.
	Program Program
	// Note, if not nil, is told what is being done.
	Note func(format string, args ...any)
	// Commit is the version that is measured.
	Commit string
}

func (s *Setup) note(format string, args ...any) {
	if s.Note != nil {
		s.Note(format, args...)
	}
}

// temporary makes a folder for the run of a benchmark.
func temporary() (dir string, remove func(err *error), err error) {
	dir, err = os.MkdirTemp("", "orderguard-bench-*")
	if err != nil {
		return "", nil, fmt.Errorf("bench: %w", err)
	}
	return dir, func(err *error) { *err = errors.Join(*err, os.RemoveAll(dir)) }, nil
}

// DetectOptions says what DetectSpeed runs.
type DetectOptions struct {
	Setup
	Input   string // a file; empty makes one
	Made    Made   // of it; two million orders by default
	Rounds  int    // zero is 5
	Workers int    // the most; zero is 2
}

// Validate returns every fault of the options at once, or nil.
func (o DetectOptions) Validate() error {
	var errs []error
	if o.Rounds < 0 || o.Rounds > 1000 {
		errs = append(errs, fmt.Errorf("rounds %d: want 1 to 1000", o.Rounds))
	}
	if o.Workers < 0 || o.Workers > 64 {
		errs = append(errs, fmt.Errorf("workers %d: want 1 to 64", o.Workers))
	}
	if o.Made.Orders < 0 {
		errs = append(errs, fmt.Errorf("orders %d: want at least 1", o.Made.Orders))
	}
	return errors.Join(errs...)
}

// stageCase is one stage with a number of workers.
type stageCase struct {
	stage   string
	workers int
	runs    []StageRun
	misses  []float64 // of the cache, an event
}

func (c *stageCase) name() string {
	words := map[string]string{
		"lines": "read lines", "decode": "decode", "windows": "decode and windows", "two": "two rules", "shipped": "shipped rules",
	}
	if c.workers > 1 {
		return fmt.Sprintf("%s, %d workers", words[c.stage], c.workers)
	}
	return words[c.stage]
}

// middle returns the median over the runs.
func (c *stageCase) middle(of func(*StageRun) float64) float64 {
	values := make([]float64, len(c.runs))
	for i := range c.runs {
		values[i] = of(&c.runs[i])
	}
	return middle(values)
}

// middle returns the median.
func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func (c *stageCase) rate() float64 {
	return c.middle(func(r *StageRun) float64 { return float64(r.Events) / r.Seconds })
}

func (c *stageCase) cpu() float64 {
	return c.middle(func(r *StageRun) float64 { return r.CPUSeconds / float64(r.Events) })
}

// DetectSpeed measures how fast the stages of the way of an event are, each more
// than the one before, with one worker and with more, in processes of their own,
// in turn.
func DetectSpeed(ctx context.Context, o DetectOptions) (res *Result, err error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("bench detect: %w", err)
	}
	dir, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	defer remove(&err)
	o.Made.Orders = cmp.Or(o.Made.Orders, 2_000_000)
	o.note("making the input")
	path, in, err := o.Made.input(o.Input, dir)
	if err != nil {
		return nil, err
	}
	cases := []*stageCase{{stage: "lines", workers: 1}}
	for workers := range cmp.Or(o.Workers, 2) {
		for _, s := range stages[1:] {
			cases = append(cases, &stageCase{stage: s, workers: workers + 1})
		}
	}
	misses := newCounter(ctx, "cache-misses")
	err = inTurn(cmp.Or(o.Rounds, 5), len(cases), func(i int) error {
		c := cases[i]
		o.note("%s, run %d", c.name(), len(c.runs)+1)
		var run StageRun
		counted, err := o.Program.measure(ctx, misses, &run, "bench", "stage", "--stage", c.stage, "--workers", strconv.Itoa(c.workers), path)
		if err == nil && run.Events == 0 {
			err = fmt.Errorf("%s: no event: is the input one of events, a line each?", in.Name)
		}
		c.runs, c.misses = append(c.runs, run), append(c.misses, counted/float64(run.Events))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("bench detect: %w", err)
	}
	res = newResult("detect", &o.Setup, in)
	res.stages(cases)
	if misses != (counter{}) {
		for i, c := range cases {
			res.Cases[i].Values = append(res.Cases[i].Values, Value{misses.String(), middle(c.misses), ""})
		}
	}
	return res, nil
}

// stages puts what was measured into the result.
func (r *Result) stages(cases []*stageCase) {
	by := map[string]*stageCase{}
	for _, c := range cases {
		by[c.name()] = c
	}
	rates := Chart{Title: "Events a second, by stage", Y: "events/s", Series: []Series{{}}}
	costs := Chart{Title: "CPU time for an event, by stage", Y: "s", Series: []Series{{}}}
	for _, c := range cases {
		decode := by[(&stageCase{stage: "decode", workers: c.workers}).name()]
		r.Cases = append(r.Cases, Case{c.name(), []Value{
			{"rate", c.rate(), "events/s"},
			{"throughput", c.middle(func(r *StageRun) float64 { return float64(r.Bytes) / r.Seconds }), "B/s"},
			{"CPU an event", c.cpu(), "s"},
			{"of decoding alone", c.rate() / decode.rate(), "x"},
			{"allocations an event", c.middle(func(r *StageRun) float64 { return float64(r.Mallocs) / float64(r.Events) }), ""},
			{"GC", c.middle(func(r *StageRun) float64 { return 100 * r.GCSeconds / r.CPUSeconds }), "%"},
			{"peak memory", c.middle(func(r *StageRun) float64 { return float64(r.PeakMemory) }), "B"},
			{"alerts", float64(c.runs[0].Alerts), ""},
		}})
		rates.Series[0].Points = append(rates.Series[0].Points, Point{Label: c.name(), Y: c.rate()})
		costs.Series[0].Points = append(costs.Series[0].Points, Point{Label: c.name(), Y: c.cpu()})
	}
	r.Charts = []Chart{rates, costs}
	lines, decode, two := by["read lines"], by["decode"], by["two rules"]
	r.Goals = []Goal{
		{What: "decoding, CPU an event, to reading lines", Value: decode.cpu() / lines.cpu(), Limit: 7, Unit: "x", AtMost: true},
		{What: "allocations an event when decoding", Value: decode.middle(func(r *StageRun) float64 { return float64(r.Mallocs) / float64(r.Events) }), Limit: .01, AtMost: true},
		{What: "decoding, of the CPU of an event by two rules", Value: decode.cpu() / two.cpu(), Limit: .75, Unit: "x"},
		{What: "shipped rules, CPU an event, to two rules", Value: by["shipped rules"].cpu() / two.cpu(), Limit: 2.5, Unit: "x", AtMost: true},
	}
	if c := by["two rules, 2 workers"]; c != nil {
		r.Goals = append(r.Goals, Goal{What: "two rules, two workers, rate, of one", Value: c.rate() / two.rate(), Limit: 1.7, Unit: "x"})
	}
	if c := by["shipped rules, 2 workers"]; c != nil {
		r.Goals = append(r.Goals, Goal{What: "shipped rules, two workers, rate, of one", Value: c.rate() / by["shipped rules"].rate(), Limit: 1.7, Unit: "x"})
	}
}
